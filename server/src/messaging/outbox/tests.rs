use super::*;
use crate::testing::{self, TestDb};

/// How long a recipient takes to write down what it was told: a lease is renewed meanwhile.
const BOOKING: Duration = Duration::from_millis(100);

/// Hears everything, says nothing to what it does not want to hear, and may be slow.
#[derive(Debug, Default)]
struct Ear {
    heard: Notify,
    begun: Notify,
    go_on: Notify,
    /// Where it writes.
    book: Option<Db>,
}

#[async_trait]
impl Delivery for Ear {
    fn kind(&self) -> &'static str {
        "letter"
    }

    async fn deliver(&self, message: &Message) -> Result<(), Undelivered> {
        match message.payload.as_str() {
            "never answered" => std::future::pending().await,
            "slow" => {
                self.begun.notify_one();
                self.go_on.notified().await;
            }
            "booked" => {
                let tx = self.book.as_ref().unwrap().begin().await.unwrap();
                self.begun.notify_one();
                tokio::time::sleep(BOOKING).await;
                tx.commit().await.unwrap();
            }
            _ => {}
        }
        self.heard.notify_one();
        Ok(())
    }
}

/// Stores messages with these payloads, in this order.
async fn stored(it: &TestDb, clock: &Clock, payloads: &[&str]) {
    let letter = |(after, payload): (u64, &&str)| NewMessage {
        id: Entropy.id(clock.now()),
        kind: "letter",
        payload: (*payload).to_owned(),
        due_at: clock.now() + Duration::from_micros(after),
    };
    let letters: Vec<_> = (0..).zip(payloads).map(letter).collect();
    let mut tx = it.db.begin().await.unwrap();
    let mut writes = Writes::default();
    store(&mut writes, &letters);
    writes.send(tx.conn()).await.unwrap();
    tx.commit().await.unwrap();
}

fn worker(it: &TestDb, clock: &Clock, ear: &Arc<Ear>) -> Worker {
    Worker {
        db: it.db.clone(),
        clock: clock.clone(),
        entropy: Entropy,
        deliveries: vec![ear.clone()],
        claim: 8,
        lease: LEASE,
        patience: Duration::from_mins(1),
        wake: Arc::default(),
        faults: Faults::default(),
    }
}

/// Payload, state and tries of every message.
async fn rows(it: &TestDb) -> Vec<(String, String, i32)> {
    let mut reader = it.db.read().await.unwrap();
    let rows = fetch_all!(
        reader.conn(),
        (String, String, i32),
        "select payload, state, attempts from outbox order by payload",
    );
    rows.unwrap()
}

fn row(payload: &str, state: &str, attempts: i32) -> (String, String, i32) {
    (payload.to_owned(), state.to_owned(), attempts)
}

/// Runs a worker until `done` returns.
async fn running(worker: Worker, done: impl Future<Output = ()>) {
    let (stop, stopped) = watch::channel(false);
    let running = tokio::spawn(worker.run(stopped));
    done.await;
    stop.send(true).unwrap();
    running.await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recipient_that_never_answers_keeps_nobody_else_waiting() {
    for it in testing::databases().await {
        let (clock, hand) = testing::clock();
        stored(&it, &clock, &["never answered", "answered"]).await;
        hand.advance(Duration::from_millis(1));
        let ear = Arc::<Ear>::default();
        let impatient = Worker { patience: Duration::from_millis(20), ..worker(&it, &clock, &ear) };
        running(impatient, ear.heard.notified()).await;
        assert_eq!(rows(&it).await, [row("answered", "delivered", 1), row("never answered", "waiting", 1)]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_busy_with_a_message_keeps_it_and_what_comes_after_it() {
    for it in testing::databases().await {
        let (clock, hand) = testing::clock();
        stored(&it, &clock, &["slow", "then this"]).await;
        hand.advance(Duration::from_millis(1));
        let ear = Arc::<Ear>::default();
        let other = worker(&it, &clock, &ear);
        running(worker(&it, &clock, &ear), async {
            ear.begun.notified().await;
            for _ in 0..5 {
                // Nearly the whole lease, which is renewed by then.
                hand.advance(other.lease * 4 / 5);
                until(async || is_renewed(&it, clock.now() + other.lease).await).await;
                assert!(other.claim().await.unwrap().messages.is_empty());
            }
            ear.go_on.notify_one();
            until(async || rows(&it).await.iter().all(|(_, state, _)| state == "delivered")).await;
        })
        .await;
        assert_eq!(rows(&it).await, [row("slow", "delivered", 1), row("then this", "delivered", 1)]);
    }
}

/// SQLite has one connection that writes, and the renewal waits for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delivery_that_writes_is_not_held_up_by_the_renewal_of_its_lease() {
    for it in testing::databases().await {
        let (clock, hand) = testing::clock();
        stored(&it, &clock, &["booked"]).await;
        hand.advance(Duration::from_millis(1));
        let ear = Arc::new(Ear { book: Some(it.db.clone()), ..Ear::default() });
        running(worker(&it, &clock, &ear), async {
            ear.begun.notified().await;
            hand.advance(LEASE / 2);
            let heard = tokio::time::timeout(Duration::from_secs(15), ear.heard.notified()).await;
            heard.expect("neither waits for the other");
        })
        .await;
        assert_eq!(rows(&it).await, [row("booked", "delivered", 1)]);
    }
}

/// Looks again until something has come about that nobody tells of.
async fn until(come_about: impl AsyncFn() -> bool) {
    while !come_about().await {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// Whether every message that waits is claimed for a whole lease from now.
async fn is_renewed(it: &TestDb, until: Timestamp) -> bool {
    let mut reader = it.db.read().await.unwrap();
    let late = fetch_optional!(
        reader.conn(),
        (Uuid,),
        "select message_id from outbox where state = 'waiting' and due_at < $1",
        until.as_micros(),
    );
    late.unwrap().is_none()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_stood_still_begins_nothing_that_another_has_taken_and_undoes_nothing() {
    for it in testing::databases().await {
        let (clock, hand) = testing::clock();
        stored(&it, &clock, &["first", "second"]).await;
        hand.advance(Duration::from_millis(1));
        let (paused, other) = (Arc::<Ear>::default(), Arc::<Ear>::default());
        let [slept, awake] = [&paused, &other].map(|ear| worker(&it, &clock, ear));
        let mut claimed = slept.claim().await.unwrap();
        assert_eq!(claimed.messages.len(), 2);
        let at_hand = slept.next_of(&mut claimed).await.unwrap().unwrap();

        // It stands still for longer than its lease, and another takes both.
        hand.advance(slept.lease);
        let taken = awake.claim().await.unwrap();
        assert_eq!(taken.messages.len(), 2);
        // What it had at hand is neither given up nor done, whatever it believes.
        let never = Err(Undelivered::Never("it is lost".to_owned()));
        for sent in [Ok(()), never] {
            slept.note(&mut vec![slept.settled(&at_hand, sent)]).await.unwrap();
        }
        assert!(slept.next_of(&mut claimed).await.unwrap().is_none(), "it begins with what is another's");
        assert_eq!(rows(&it).await, [row("first", "waiting", 2), row("second", "waiting", 2)]);
        for message in taken.messages {
            awake.note(&mut vec![awake.settled(&message, Ok(()))]).await.unwrap();
        }
        assert_eq!(rows(&it).await, [row("first", "delivered", 2), row("second", "delivered", 2)]);
    }
}
