//! Two processes on one PostgreSQL: what one has begun and cannot end, the other ends. Whoever comes back finds it done.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::buyers::{JSON, Stall};
use crate::child::{self, PATIENCE, Server, request, send};
use crate::letters::{Act, MailServer, message_id};
use crate::personal_data::texts;
use crate::site::{Place, creation, sabotage};

/// How long the other may take: longer than what is promised, because a loaded machine is slow, and shorter than what
/// a dead process could keep if nobody had to renew a lease.
const SOON: Duration = Duration::from_secs(20);

/// Looks again until something has come about in another process.
async fn until(what: &str, come_about: impl AsyncFn() -> bool) {
    let until = Instant::now() + SOON;
    while !come_about().await {
        assert!(Instant::now() < until, "it never came about: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn posting_to(mail: &MailServer) -> Vec<String> {
    vec!["--smtp-url".to_owned(), format!("smtp://{}", mail.address)]
}

async fn create(address: SocketAddr, slug: &str) {
    let body = creation(slug).to_string();
    let create = request("POST", "/api/management/conferences", JSON, &body);
    assert_eq!(send(address, &create).await.unwrap().0, 201);
}

/// How an order stands, as everybody may see it.
async fn status(address: SocketAddr, order: &str) -> Value {
    let (_, _, order) =
        send(address, &request("GET", &format!("/api/orders/{order}"), "", "")).await.unwrap();
    order["status"].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_letter_of_a_server_that_is_killed_is_sent_by_the_other() {
    let place = Place::postgres().await;
    let (mute, mail) = (MailServer::start([Act::Hold]).await, MailServer::start([]).await);
    let first = Server::start(&place, &posting_to(&mute)).unwrap();
    create(first.address, "left").await;
    // It has claimed the letter, and keeps it for as long as it lives.
    tokio::time::timeout(PATIENCE, mute.holding.notified()).await.unwrap();
    let second = Server::start(&place, &posting_to(&mail)).unwrap();
    first.kill();
    until("the other sends it", async || mail.heard().len() == 1).await;
    assert_eq!(mute.heard(), Vec::<String>::new());
    second.signal("TERM");
    second.mourn();
    child::verify(&place);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stood_still_sends_nothing_that_the_other_has_sent() {
    const LETTERS: usize = 4;
    let place = Place::postgres().await;
    let (slow, mail) = (MailServer::start([]).await, MailServer::start([]).await);
    let first = Server::start(&place, &posting_to(&slow)).unwrap();
    for number in 0..LETTERS {
        create(first.address, &format!("still-{number}")).await;
    }
    let db = place.open().await;
    let delivered = async || texts(&db, "select state from outbox where state = 'delivered'").await.len();
    until("all are sent", async || delivered().await == LETTERS).await;
    // All of them again, so that one worker claims all; and it does not get beyond the first.
    slow.does_next(Act::Hold);
    let again = "update outbox set state = 'waiting', due_at = 0 where kind = 'letter'";
    assert_eq!(sabotage(&db, again).await, LETTERS as u64);
    tokio::time::timeout(PATIENCE, slow.holding.notified()).await.unwrap();
    first.signal("STOP");
    let second = Server::start(&place, &posting_to(&mail)).unwrap();
    until("the other sends all", async || mail.heard().len() == LETTERS).await;
    until("the other notes it", async || delivered().await == LETTERS).await;
    let epochs = "select cast(epoch as text) from outbox order by message_id";
    let before = texts(&db, epochs).await;

    first.signal("CONT");
    slow.go_on.notify_one();
    // Asked to stop, it ends what it believes to have at hand.
    first.signal("TERM");
    first.mourn();
    // What was on its way then is one letter at most, and says that it is the same.
    let heard = slow.heard().split_off(LETTERS);
    assert!(heard.len() <= 1, "{} were sent twice", heard.len());
    let ids: BTreeSet<_> = mail.heard().iter().map(|letter| message_id(letter).to_owned()).collect();
    assert_eq!(ids.len(), LETTERS);
    assert!(heard.iter().all(|letter| ids.contains(message_id(letter))));
    assert_eq!((delivered().await, texts(&db, epochs).await), (LETTERS, before));
    db.close().await;
    second.signal("TERM");
    second.mourn();
    child::verify(&place);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payment_of_a_server_that_dies_with_it_is_completed_by_the_other() {
    let place = Place::postgres().await;
    let dying = ["--faults", "fault point, outbox: claimed=kill@1"].map(str::to_owned);
    let first = Server::start(&place, &dying).unwrap();
    let second = Server::start(&place, &[]).unwrap();
    let stall = Stall::open(second.address, "heir").await;
    stall.is_sold_at(first.address).await;
    let mut orders = Vec::new();
    // Whoever looks first claims it: mostly, and at last, the one that was told.
    while let Some((order, payment)) = stall.go_to_pay(first.address).await {
        orders.push(order);
        let form = "content-type: application/x-www-form-urlencoded\r\n";
        let path = format!("/simulated-processor/{payment}");
        let _ = send(first.address, &request("POST", &path, form, "decision=accept")).await;
        assert!(orders.len() < 50, "it does not die");
    }
    first.mourn();
    for order in &orders {
        until("the order is confirmed", async || status(second.address, order).await == "confirmed").await;
    }
    second.signal("TERM");
    second.mourn();
    child::verify(&place);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_timer_of_a_server_that_is_killed_goes_off_in_the_other_however_busy_that_is() {
    let place = Place::postgres().await;
    let short = ["--reservation-shown", "2s", "--reservation-buffer", "0s"].map(str::to_owned);
    let [first, second] = [(); 2].map(|()| Server::start(&place, &short).unwrap());
    let stall = Stall::open(first.address, "timer").await;
    stall.is_sold_at(second.address).await;
    let (_, _, order) = stall.order(first.address).await.unwrap();
    let id = order["id"].as_str().unwrap().to_owned();
    first.kill();
    // The same order again and again: commands that set no timer.
    let address = second.address;
    let body = json!({ "id": id, "seats": [{ "seat_type_id": stall.seat_type, "quantity": 1 }] }).to_string();
    let repeat = Arc::new(request("POST", "/api/conferences/timer/orders", JSON, &body));
    let busy: Vec<_> = (0..2)
        .map(|_| {
            let repeat = Arc::clone(&repeat);
            tokio::spawn(async move { while send(address, &repeat).await.is_some() {} })
        })
        .collect();
    until("the order expires", async || status(address, &id).await == "expired").await;
    second.signal("TERM");
    second.mourn();
    for client in busy {
        client.await.unwrap();
    }
    child::verify(&place);
}
