//! Letters: that they follow from what happens, are sent at least once, and are gone with whoever was erased.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use plenary_server::mail::{Enveloped, Folder, Post, Smtp};
use plenary_server::messaging::outbox::{self, Undelivered};
use plenary_shared::Timestamp;
use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use uuid::Uuid;

use crate::personal_data::texts;
use crate::site::{Fair, Place, Placed, Site, ada, mail_of};
use crate::translations::translated;

/// Keeps letters, or has none.
#[derive(Debug, Default)]
struct Letterbox {
    letters: Mutex<Vec<(String, String)>>,
    closed: AtomicBool,
}

impl Letterbox {
    /// The letters whose text holds all of `parts`.
    fn holding(&self, parts: &[&str]) -> Vec<String> {
        let letters = self.letters.lock().unwrap();
        let all = letters.iter().map(|(_, text)| text.clone());
        all.filter(|text| parts.iter().all(|part| text.contains(part))).collect()
    }

    async fn one(&self, parts: &[&str]) -> String {
        until(|| self.holding(parts).len() == 1, || {}).await;
        self.holding(parts).remove(0)
    }
}

#[async_trait]
impl Post for Letterbox {
    async fn take(&self, letter: &Enveloped) -> Result<(), Undelivered> {
        if self.closed.load(Ordering::SeqCst) {
            return Err(Undelivered::Later("it is closed".to_owned()));
        }
        let text = unquoted(&letter.message.formatted());
        self.letters.lock().unwrap().push((letter.message_id.clone(), text));
        Ok(())
    }

    async fn destroy(&self, subject: Uuid) -> Result<(), Undelivered> {
        self.letters.lock().unwrap().retain(|(name, _)| !name.ends_with(&format!(".{subject}")));
        Ok(())
    }
}

/// Waits for what happens in a task of the server, and does something between two looks.
async fn until(happened: impl Fn() -> bool, meanwhile: impl Fn()) {
    for _ in 0..4_000 {
        if happened() {
            return;
        }
        meanwhile();
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("it never came about");
}

fn unquoted(letter: &[u8]) -> String {
    let joined = String::from_utf8_lossy(letter).replace("=\r\n", "");
    let mut bytes = Vec::new();
    let mut rest = joined.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let quoted = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()).filter(|_| byte == b'=');
        bytes.push(quoted.unwrap_or(byte));
        rest = if quoted.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

macro_rules! by_post {
    ($name:ident) => {
        mod $name {
            use super::*;

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                run(Place::sqlite()).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                run(Place::postgres().await).await;
            }

            async fn run(place: Place) {
                let post = Arc::<Letterbox>::default();
                let site = Site::posting(place, Arc::clone(&post) as Arc<dyn Post>).await;
                super::$name(&site, &post).await;
                site.finish().await;
            }
        }
    };
}

by_post!(seats_are_offered_in_the_language_in_which_they_were_waited_for);
async fn seats_are_offered_in_the_language_in_which_they_were_waited_for(site: &Site, post: &Letterbox) {
    let fair = site.organizer("sprachen", &[(1_050, 3)]).await;
    let order = site.order(&fair, &[(0, 3)]).await;
    let join = |email: &str, language: &str| {
        let body = json!({ "email": email, "seat_type_id": fair.seats[0], "quantity": 1 });
        site.post("/api/conferences/sprachen/waitlist", body).header("accept-language", language)
    };
    let joined = join("grete@example.org", "de-AT,de;q=0.9,en;q=0.5").await;
    let entry = joined.clone().expect(201);
    join("ada@example.org", "en-GB,de;q=0.2").await.expect(201);
    let body = json!({ "email": "noone@example.org", "seat_type_id": fair.seats[0], "quantity": 1 });
    site.post("/api/conferences/sprachen/waitlist", body).await.expect(201);
    // What she asks in later, or a stranger does, changes nothing.
    join("grete@example.org", "en").cookie(joined.cookie()).await.expect(200);
    site.delete(order.at("")).cookie(&order.cookie).await.expect(200);

    let german = post.one(&["To: grete@example.org"]).await;
    assert!(german.contains("Diese Plätze sind jetzt für dich reserviert"), "{german}");
    assert!(german.contains("1 × For 1050") && german.contains("2026, 09:00 abschließt"), "{german}");
    assert!(german.contains("lang=\"de\"") && !german.contains("are held for you"), "{german}");
    let proved = format!("/api/waitlist/{}", entry["id"].as_str().unwrap());
    let offer = site.get(proved).cookie(joined.cookie()).await.expect(200)["offer"]["order_id"].clone();
    assert!(german.contains(&format!("/sprachen/orders/{}?proof=", offer.as_str().unwrap())), "{german}");
    for email in ["ada@example.org", "noone@example.org"] {
        let english = post.one(&[&format!("To: {email}")]).await;
        assert!(english.contains("Subject: Seats for you at Conference sprachen"), "{english}");
        assert!(english.contains("These seats are held for you now"), "{english}");
    }
}

by_post!(letters_follow_from_what_happens);
async fn letters_follow_from_what_happens(site: &Site, post: &Letterbox) {
    let fair = site.organizer("posted", &[(1_050, 10)]).await;
    let access = post.one(&["To: Olga <olga@example.org>"]).await;
    assert!(access.contains("Subject: The access code of Conference posted"), "{access}");
    assert!(access.contains(&fair.access_code) && access.contains("http://plenary.test/manage"), "{access}");

    let order = site.order(&fair, &[(0, 2)]).await;
    let registrant = site.put(order.at("/registrant"), ada()).cookie(&order.cookie);
    registrant.header("accept-language", "de-AT").await.expect(200);
    let started = site.call("POST", order.at("/payments")).cookie(&order.cookie).await.expect(201);
    site.decide(started["payment"]["id"].as_str().unwrap(), "accept").await;
    let confirmed = post.one(&["Subject: Deine Anmeldung zu Conference posted"]).await;
    let code = order.json["access_code"].as_str().unwrap();
    let link = format!("http://plenary.test/posted/orders/{}?proof=", order.id);
    for part in ["ada@example.org", code, &link, "2 × For 1050", "posted.ics", "Auto-Submitted: auto-"] {
        assert!(confirmed.contains(part), "{part}: {confirmed}");
    }

    let grace = json!({ "first_name": "Grace", "last_name": "Hopper", "email": "grace@example.org" });
    site.put(order.at("/assignments/1"), grace).cookie(&order.cookie).await.expect(200);
    let notice = post.one(&["grace@example.org"]).await;
    assert!(notice.contains("Subject: Dein Platz bei Conference posted"), "{notice}");
    assert!(!notice.contains(code) && !notice.contains("proof="), "{notice}");

    let outbox = texts(&site.db, "select payload from outbox").await.concat();
    for secret in ["olga", "ada", "Ada", "Grace", "grace", code, &fair.access_code] {
        assert!(!outbox.contains(secret), "{secret} is in {outbox}");
    }
}

by_post!(a_letter_names_the_conference_in_its_own_language);
async fn a_letter_names_the_conference_in_its_own_language(site: &Site, post: &Letterbox) {
    let fair = translated(site, "benannt").await;
    let order = site.order(&fair, &[(0, 1)]).await;
    // The page that she reads says it, whatever her browser prefers.
    let registrant = site.put(order.at("/registrant?lang=de"), ada()).cookie(&order.cookie);
    registrant.header("accept-language", "en").await.expect(200);
    let started = site.call("POST", order.at("/payments")).cookie(&order.cookie).await.expect(201);
    site.decide(started["payment"]["id"].as_str().unwrap(), "accept").await;
    let confirmed = post.one(&["Subject: Deine Anmeldung zu Rosttage"]).await;
    assert!(confirmed.contains("SUMMARY:Rosttage") && !confirmed.contains("For 1000"), "{confirmed}");
}

/// Has an order for the only seat paid when somebody else has it.
async fn charge_too_late(site: &Site, fair: &Fair) -> Placed {
    let (late, payment) = site.overtaken(fair, &[(0, 1)]).await;
    site.pay(&site.order(fair, &[(0, 1)]).await).await;
    site.decide(&payment, "accept").await;
    late
}

by_post!(a_charge_without_seats_is_a_letter_to_the_organizer);
async fn a_charge_without_seats_is_a_letter_to_the_organizer(site: &Site, post: &Letterbox) {
    let fair = site.organizer("late", &[(1_000, 1)]).await;
    let late = charge_too_late(site, &fair).await;
    let letter = post.one(&["A payment for Conference late needs your decision"]).await;
    assert!(letter.contains("To: Olga <olga@example.org>"), "{letter}");
    assert!(letter.contains(&format!("http://plenary.test/manage/late/orders/{}", late.id)), "{letter}");
    assert!(!letter.contains("ada@") && !letter.contains("Lovelace"), "{letter}");
}

by_post!(the_owner_of_a_german_conference_is_written_to_in_german);
async fn the_owner_of_a_german_conference_is_written_to_in_german(site: &Site, post: &Letterbox) {
    let mut creation = crate::site::creation("rost");
    creation["language"] = json!("de");
    let created = site.post("/api/management/conferences", creation).await;
    let (session, json) = (created.cookie(), created.expect(201));
    let access = post.one(&["Subject: Der Zugangscode von Conference rost"]).await;
    assert!(access.contains(json["access_code"].as_str().unwrap()), "{access}");

    let mut fair = Fair { slug: "rost".to_owned(), session, access_code: String::new(), seats: Vec::new() };
    let seat = crate::site::seat_type(1_000, 1);
    let seat = site.post(fair.at("/seat-types"), seat).cookie(&fair.session).await.expect(201);
    fair.seats.push(seat["id"].as_str().unwrap().to_owned());
    site.call("POST", fair.at("/publish")).cookie(&fair.session).await.expect(200);
    charge_too_late(site, &fair).await;
    let letter = post.one(&["braucht deine Entscheidung"]).await;
    assert!(letter.contains("kamen zu spät: Die Plätze waren nicht mehr zu haben."), "{letter}");
}

by_post!(whoever_was_erased_gets_no_letter_and_none_of_hers_is_kept);
async fn whoever_was_erased_gets_no_letter_and_none_of_hers_is_kept(site: &Site, post: &Letterbox) {
    let fair = site.organizer("gone", &[(1_000, 10)]).await;
    let kept = site.order(&fair, &[(0, 1)]).await;
    site.pay(&kept).await;
    post.one(&["Your registration for Conference gone", &kept.id]).await;
    post.closed.store(true, Ordering::SeqCst);
    let waiting = site.order(&fair, &[(0, 1)]).await;
    site.pay(&waiting).await;
    for order in [&kept, &waiting] {
        let path = fair.at(&format!("/orders/{}/personal-data", order.id));
        site.delete(path).cookie(&fair.session).await.expect(200);
    }
    until(|| post.holding(&["ada@example.org"]).is_empty(), || {}).await;
    post.closed.store(false, Ordering::SeqCst);
    let mut waits = true;
    while waits {
        site.hand.advance(Duration::from_secs(1));
        tokio::time::sleep(Duration::from_millis(10)).await;
        waits = !texts(&site.db, "select kind from outbox where state = 'waiting'").await.is_empty();
    }
    assert_eq!(post.holding(&["ada@example.org"]), Vec::<String>::new());
    assert_eq!(texts(&site.db, "select kind from outbox where state = 'parked'").await, Vec::<String>::new());
}

by_post!(a_seat_that_went_to_another_meanwhile_is_announced_to_her_alone);
async fn a_seat_that_went_to_another_meanwhile_is_announced_to_her_alone(site: &Site, post: &Letterbox) {
    let fair = site.organizer("swapped", &[(1_000, 10)]).await;
    let order = site.order(&fair, &[(0, 1)]).await;
    site.pay(&order).await;
    post.closed.store(true, Ordering::SeqCst);
    for name in ["first", "second"] {
        let person = json!({ "first_name": "A", "last_name": "B", "email": format!("{name}@example.org") });
        site.put(order.at("/assignments/0"), person).cookie(&order.cookie).await.expect(200);
    }
    post.closed.store(false, Ordering::SeqCst);
    until(|| post.holding(&["second@example.org"]).len() == 1, || site.hand.advance(Duration::from_secs(1)))
        .await;
    let mut waits = true;
    while waits {
        site.hand.advance(Duration::from_secs(1));
        tokio::time::sleep(Duration::from_millis(10)).await;
        waits = !texts(&site.db, "select kind from outbox where state = 'waiting'").await.is_empty();
    }
    let (first, second) = (post.holding(&["first@example.org"]), post.holding(&["second@example.org"]));
    assert_eq!((first.len(), second.len()), (0, 1));
}

/// What a mail server does with the next letter.
#[derive(Debug, Clone, Copy)]
pub enum Act {
    /// Says this of the addressee.
    Refuse(&'static str),
    /// Takes the letter and is gone before it says so.
    BreakOff,
    /// Says nothing until it is let go on.
    Hold,
}

/// A mail server that does as it is told, and takes everything after that.
#[derive(Debug, Clone)]
pub struct MailServer {
    pub address: SocketAddr,
    acts: Arc<Mutex<VecDeque<Act>>>,
    heard: Arc<Mutex<Vec<String>>>,
    /// Told when a letter is held.
    pub holding: Arc<Notify>,
    pub go_on: Arc<Notify>,
}

impl MailServer {
    pub async fn start(acts: impl IntoIterator<Item = Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let acts = Arc::new(Mutex::new(acts.into_iter().collect()));
        let (holding, go_on) = Default::default();
        let server = Self { address, acts, heard: Arc::default(), holding, go_on };
        let serving = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let serving = serving.clone();
                tokio::spawn(async move { serving.talk(stream).await });
            }
        });
        server
    }

    fn post(&self) -> Arc<dyn Post> {
        Arc::new(Smtp::at(&format!("smtp://{}", self.address)).unwrap())
    }

    pub fn does_next(&self, act: Act) {
        self.acts.lock().unwrap().push_back(act);
    }

    pub fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }

    /// Until the other side, or an act, ends it.
    async fn talk(&self, stream: TcpStream) -> Option<()> {
        let (read, mut write) = stream.into_split();
        let mut lines = BufReader::new(read).lines();
        let mut act = None;
        write.write_all(b"220 test\r\n").await.ok()?;
        while let Some(line) = lines.next_line().await.ok()? {
            let answer = match line.split([' ', ':']).next().unwrap().to_ascii_uppercase().as_str() {
                "MAIL" => {
                    act = self.acts.lock().unwrap().pop_front();
                    if matches!(act, Some(Act::Hold)) {
                        self.holding.notify_one();
                        self.go_on.notified().await;
                    }
                    "250 ok"
                }
                "RCPT" => match act {
                    Some(Act::Refuse(answer)) => answer,
                    _ => "250 ok",
                },
                "DATA" => {
                    write.write_all(b"354 go on\r\n").await.ok()?;
                    let mut letter = String::new();
                    while let Some(line) = lines.next_line().await.ok()?.filter(|line| line != ".") {
                        letter.push_str(&line);
                        letter.push('\n');
                    }
                    self.heard.lock().unwrap().push(letter);
                    if matches!(act, Some(Act::BreakOff)) {
                        return None;
                    }
                    "250 taken"
                }
                "QUIT" => "221 bye",
                _ => "250 ok",
            };
            write.write_all(format!("{answer}\r\n").as_bytes()).await.ok()?;
        }
        None
    }
}

pub fn message_id(letter: &str) -> &str {
    letter.lines().find_map(|line| line.strip_prefix("Message-ID: ")).unwrap()
}

async fn a_letter_is_sent_at_least_once_under_one_message_id(place: Place) {
    let server = MailServer::start([Act::Refuse("451 <olga@example.org> not now"), Act::BreakOff]).await;
    let site = Site::posting(place, server.post()).await;
    site.draft("retried", &[]).await;
    // Slowly, so that whoever is busy with it can say so in time.
    until(|| server.heard().len() == 2, || site.hand.advance(Duration::from_millis(100))).await;
    let heard = server.heard();
    assert_eq!(message_id(&heard[0]), message_id(&heard[1]));
    let mut state = Vec::new();
    while state != ["delivered"] {
        tokio::time::sleep(Duration::from_millis(5)).await;
        state = texts(&site.db, "select state from outbox").await;
    }
    assert_eq!(texts(&site.db, "select cast(attempts as text) from outbox").await, ["3"]);
    site.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_letter_is_sent_at_least_once_under_one_message_id_on_sqlite() {
    a_letter_is_sent_at_least_once_under_one_message_id(Place::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_letter_is_sent_at_least_once_under_one_message_id_on_postgres() {
    a_letter_is_sent_at_least_once_under_one_message_id(Place::postgres().await).await;
}

async fn what_a_server_will_never_take_is_parked_until_the_operator_says_so(place: Place) {
    let server = MailServer::start([Act::Refuse("550 <olga@example.org> unknown")]).await;
    let site = Site::posting(place, server.post()).await;
    site.draft("parked", &[]).await;
    let mut parked = Vec::new();
    while parked.is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
        parked = outbox::parked(site.db.read().await.unwrap().conn()).await.unwrap();
    }
    assert_eq!((parked[0].kind.as_str(), parked[0].attempts), ("letter", 1));
    let metrics = site.get("/metrics").await.text();
    assert!(metrics.contains("\nplenary_outbox_parked 1\n"), "{metrics}");

    let mut tx = site.db.begin().await.unwrap();
    assert!(outbox::retry(tx.conn(), parked[0].id, site.clock.now()).await.unwrap());
    assert!(!outbox::retry(tx.conn(), Uuid::nil(), site.clock.now()).await.unwrap());
    tx.commit().await.unwrap();
    until(|| server.heard().len() == 1, || site.hand.advance(Duration::from_secs(1))).await;
    site.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_server_will_never_take_is_parked_on_sqlite() {
    what_a_server_will_never_take_is_parked_until_the_operator_says_so(Place::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_server_will_never_take_is_parked_on_postgres() {
    what_a_server_will_never_take_is_parked_until_the_operator_says_so(Place::postgres().await).await;
}

/// Notes why letters did not go.
#[derive(Debug)]
struct Listening {
    post: Arc<dyn Post>,
    reasons: Mutex<Vec<Undelivered>>,
}

#[async_trait]
impl Post for Listening {
    async fn take(&self, letter: &Enveloped) -> Result<(), Undelivered> {
        let taken = self.post.take(letter).await;
        self.reasons.lock().unwrap().extend(taken.clone().err());
        taken
    }

    async fn destroy(&self, subject: Uuid) -> Result<(), Undelivered> {
        self.post.destroy(subject).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_reason_that_is_logged_names_nobody() {
    let acts =
        [Act::Refuse("451 <olga@example.org> not now"), Act::BreakOff, Act::Refuse("550 olga@example.org")];
    let server = MailServer::start(acts).await;
    let post = Arc::new(Listening { post: server.post(), reasons: Mutex::default() });
    let site = Site::posting(Place::sqlite(), Arc::clone(&post) as Arc<dyn Post>).await;
    site.draft("logged", &[]).await;
    let reasons = || post.reasons.lock().unwrap().clone();
    until(|| reasons().len() == 3, || site.hand.advance(Duration::from_secs(1))).await;
    let said = format!("{:?}", reasons());
    assert!(!said.contains("olga") && !said.contains('@'), "{said}");
    assert!(said.contains("Later(\"the mail server answered 451\")"), "{said}");
    assert!(said.contains("Never(\"the mail server answered 550\")"), "{said}");
    site.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn letters_in_a_folder_are_shown_in_the_demo_and_nowhere_else() {
    let files = tempfile::tempdir().unwrap();
    let folder = Folder::new(files.path().join("mail"));
    let mail = mail_of(Arc::new(folder.clone()), Some(folder.clone()));
    let now = Timestamp::from_millis(1_772_355_600_000);
    let site = Site::with(Place::sqlite(), now, plenary_server::faults::Faults::default(), mail).await;
    assert!(site.get("/dev/mail").await.text().contains("Nothing was written yet."));
    let fair = site.organizer("shown", &[(0, 10)]).await;
    let order = site.order(&fair, &[(0, 1)]).await;
    site.register(&order).await;
    site.call("POST", order.at("/confirmation")).cookie(&order.cookie).await.expect(200);
    let mut names = Vec::new();
    while names.len() < 2 {
        tokio::time::sleep(Duration::from_millis(5)).await;
        names = folder.names().await.unwrap();
    }
    let list = site.get("/dev/mail").await.text();
    let about = names.iter().find(|name| name.ends_with(&format!(".{}", order.id))).unwrap();
    assert!(list.contains(&format!("href=\"/dev/mail/{about}\"")) && list.contains("Ada Lovelace"), "{list}");
    assert!(list.contains("Your registration for Conference shown"), "{list}");
    let german = site.get("/dev/mail").header("accept-language", "de").await.text();
    assert!(german.contains("Briefe dieser Demo") && german.contains("stylesheet"), "{german}");
    let letter = site.get(format!("/dev/mail/{about}")).await.text();
    assert!(letter.contains(order.json["access_code"].as_str().unwrap()), "{letter}");
    assert!(
        letter.contains(&format!("href=\"http://plenary.test/shown/orders/{}?proof=", order.id)),
        "{letter}"
    );
    for unknown in ["none", "..%2F..%2Fplenary.db", "..%2Fplenary"] {
        let page = site.get(format!("/dev/mail/{unknown}")).await;
        assert!(page.status == 404 && page.text().contains("stylesheet"), "{}", page.text());
    }

    let path = fair.at(&format!("/orders/{}/personal-data", order.id));
    site.delete(path).cookie(&fair.session).await.expect(200);
    while names.iter().any(|name| name.ends_with(&order.id)) {
        tokio::time::sleep(Duration::from_millis(5)).await;
        names = folder.names().await.unwrap();
    }
    assert_eq!(names.len(), 1, "the organizer's letter stays");
    site.finish().await;

    let elsewhere = Site::on(Place::sqlite()).await;
    assert_eq!(elsewhere.get("/dev/mail").await.status, 404);
    elsewhere.finish().await;
}
