//! Several servers on one PostgreSQL: any of them takes any request, and none is shown what is no longer so.

use std::sync::Arc;

use futures_util::future::join_all;
use serde_json::json;

use crate::buyers::{Counter, Stall};
use crate::child::{self, Server};
use crate::site::{Messages, Place, Site, ada};

async fn two() -> (Site, Site) {
    let one = Site::on(Place::postgres().await).await;
    let other = one.beside().await;
    (one, other)
}

/// What one server commits, the others know a moment later: this returns when `site` shows a published conference.
async fn shows(site: &Site, slug: &str) {
    site.eventually(&format!("/api/conferences/{slug}"), "", |it| it["slug"] == slug).await;
}

async fn end(one: Site, other: Site) {
    other.running.stop().await;
    one.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_sees_what_its_sender_has_done_elsewhere() {
    let (one, other) = two().await;
    let fair = one.organizer("elsewhere", &[(1_000, 1_000)]).await;
    // A hot copy on both.
    shows(&other, "elsewhere").await;
    assert_eq!((one.available(&fair, 0).await, other.available(&fair, 0).await), (1_000, 1_000));
    for sold in 1..=20 {
        let body = json!({ "seats": fair.choose(&[(0, 1)]) });
        let placed = one.post("/api/conferences/elsewhere/orders", body).await;
        let position = placed.headers["plenary-position"].to_str().unwrap().to_owned();
        let seen = other.get("/api/conferences/elsewhere").header("plenary-position", position).await;
        assert_eq!(seen.expect(200)["seat_types"][0]["available"], 1_000 - sold);
    }
    end(one, other).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_position_that_no_log_has_delays_nobody() {
    let (one, other) = two().await;
    one.organizer("bogus", &[(1_000, 10)]).await;
    shows(&other, "bogus").await;
    for position in ["3-999999999", "99-1", "-1-5", "x"] {
        let answer = other.get("/api/conferences/bogus").header("plenary-position", position).await;
        assert_eq!(answer.status, 200, "{position}");
    }
    end(one, other).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn live_streams_tell_what_other_servers_commit() {
    let (one, other) = two().await;
    let fair = one.organizer("told", &[(1_000, 50)]).await;
    shows(&other, "told").await;
    let mut everybody = Messages::of(other.get("/api/conferences/told/events")).await;
    assert_eq!(everybody.next().await.json["seat_types"][0]["available"], 50);
    let order = one.order(&fair, &[(0, 2)]).await;
    assert_eq!(everybody.next().await.json["seat_types"][0]["available"], 48);
    let mut holder = Messages::of(other.get(order.at("/events")).cookie(&order.cookie)).await;
    assert_eq!(holder.next().await.json["status"], "reserved");
    one.register(&order).await;
    assert_eq!(holder.next().await.json["registrant"], ada());
    one.pay(&order).await;
    while holder.next_of("order").await.json["status"] != "confirmed" {}
    end(one, other).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_organizer_sees_everything_once_and_in_order_wherever_it_was_committed() {
    let (one, other) = two().await;
    let fair = one.organizer("once", &[(1_000, 500)]).await;
    shows(&other, "once").await;
    let mut stream = Messages::of(other.get(fair.at("/events")).cookie(&fair.session)).await;
    let begin = stream.next_of("summary").await.id;
    for _ in 0..10 {
        let both = [&one, &other].map(|site| site.order(&fair, &[(0, 1)]));
        join_all(both).await;
    }
    let history = one.get(fair.at("/history?limit=500")).cookie(&fair.session).await.expect(200);
    let events = history["events"].as_array().unwrap().iter();
    let after: Vec<_> = events.filter(|it| it["position"].as_i64() > Some(begin)).collect();
    assert!(after.len() >= 60, "{history}");
    for event in after {
        assert_eq!(&stream.next_of("activity").await.json, event);
    }
    end(one, other).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_together_sell_no_seat_twice() {
    let (one, other) = two().await;
    let fair = one.organizer("together", &[(1_000, 31)]).await;
    shows(&other, "together").await;
    let mut held = 0;
    for _ in 0..10 {
        let four = [&one, &other, &one, &other].map(|site| site.order(&fair, &[(0, 1)]));
        let orders = join_all(four).await;
        held += orders.iter().map(|it| it.json["seats"][0]["reserved"].as_i64().unwrap()).sum::<i64>();
    }
    assert_eq!(held, 31);
    end(one, other).await;
}

/// What a server decides by must be forgotten when another has changed it, even when it has only refused so far.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_server_has_refused_it_allows_once_another_has_made_it_possible() {
    let (one, other) = two().await;
    let fair = one.organizer("possible", &[(0, 31)]).await;
    shows(&other, "possible").await;
    let order = one.order(&fair, &[(0, 1)]).await;
    let confirm = || other.post(order.at("/confirmation"), json!({})).cookie(&order.cookie);
    // Nobody has said yet who registers.
    assert_eq!(confirm().await.status, 409);
    one.register(&order).await;
    assert_eq!(confirm().await.expect(200)["status"], "confirmed");
    end(one, other).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_expires_once_however_many_servers_wait_for_it() {
    let (one, other) = two().await;
    let fair = one.organizer("expires", &[(1_000, 5)]).await;
    let order = one.order(&fair, &[(0, 2)]).await;
    one.hand.advance(crate::site::SHOWN + crate::site::BUFFER);
    one.settles(&order, "expired").await;
    assert_eq!(one.recorded(&fair, "OrderExpired").await, 1);
    assert_eq!(one.available(&fair, 0).await, 5);
    end(one, other).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stands_still_or_dies_takes_nothing_with_it() {
    let place = Place::postgres().await;
    let servers = [(); 2].map(|()| Server::start(&place, &[]).unwrap());
    let stall = Stall::open(servers[0].address, "paused").await;
    stall.is_sold_at(servers[1].address).await;
    let counters = [(); 2].map(|()| Arc::<Counter>::default());
    let buyers: Vec<_> =
        (0..8).map(|index| counters[index % 2].buyer(servers[index % 2].address, &stall)).collect();
    let [first, second] = servers;
    let [of_first, of_second] = &counters;
    for _ in 0..3 {
        join_all([of_first.grows_by(20), of_second.grows_by(20)]).await;
        // It may stand still in the middle of a batch, with the head of the log in its hands.
        first.signal("STOP");
        of_second.grows_by(40).await;
        first.signal("CONT");
        of_first.grows_by(20).await;
    }
    first.kill();
    of_second.grows_by(40).await;
    of_second.is_enough();
    for buyer in buyers {
        buyer.await.unwrap();
    }
    stall.compare(second.address, &counters).await;
    child::verify(&place);
    second.kill();
}
