//! How long an order lives: the three instants, more time, and clocks that survive a restart.

use std::time::Duration;

use plenary_server::messaging::SendError;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::site::{BUFFER, Fair, Place, Placed, Refused, SHOWN, Site, ada, both};

const MILLISECOND: Duration = Duration::from_millis(1);
const RELEASE: Duration = Duration::from_mins(15 + 14);

/// What each command is answered when it comes `after` an order was placed.
async fn answers(site: &Site, fair: &Fair, after: Duration) -> [(u16, String); 5] {
    let mut orders = Vec::new();
    for _ in 0..5 {
        let order = site.order(fair, &[(0, 2)]).await;
        site.register(&order).await;
        orders.push(order);
    }
    site.hand.advance(after);
    if after >= RELEASE {
        for order in &orders {
            site.settles(order, "expired").await;
        }
    }
    let [pay, seats, extend, register, release] = &orders[..] else { unreachable!() };
    let choice = json!({ "seats": fair.choose(&[(0, 1)]) });
    let person = json!({ "first_name": "Grace", "last_name": "Hopper", "email": "grace@example.org" });
    let answers = [
        site.call("POST", pay.at("/payments")).cookie(&pay.cookie).await,
        site.put(seats.at("/seats"), choice).cookie(&seats.cookie).await,
        site.call("POST", extend.at("/extension")).cookie(&extend.cookie).await,
        site.put(register.at("/registrant"), person).cookie(&register.cookie).await,
        site.delete(release.at("")).cookie(&release.cookie).await,
    ];
    for order in orders {
        site.delete(order.at("")).cookie(&order.cookie).await;
    }
    answers.map(|answer| (answer.status, answer.slug().to_owned()))
}

both!(at_each_of_the_three_instants_the_right_things_are_still_possible);
async fn at_each_of_the_three_instants_the_right_things_are_still_possible(site: &Site) {
    let up = (410, "time-is-up");
    let gone = (410, "order-expired");
    let ok = (200, "");
    let table = [
        (SHOWN.saturating_sub(MILLISECOND), [(201, ""), ok, ok, ok, ok]),
        (SHOWN, [(201, ""), ok, ok, ok, ok]),
        (SHOWN + MILLISECOND, [up, up, ok, ok, ok]),
        (RELEASE.saturating_sub(MILLISECOND), [up, up, ok, ok, ok]),
        (RELEASE, [gone, gone, gone, gone, gone]),
        (RELEASE + MILLISECOND, [gone, gone, gone, gone, gone]),
    ];
    for (number, (after, expected)) in table.into_iter().enumerate() {
        let fair = site.organizer(&format!("instant-{number}"), &[(1_000, 50)]).await;
        let found = answers(site, &fair, after).await;
        let found: Vec<_> = found.iter().map(|(status, slug)| (*status, slug.as_str())).collect();
        assert_eq!(found, expected, "{after:?} after the order was placed");
    }
}

both!(a_started_payment_may_finish_until_the_release);
async fn a_started_payment_may_finish_until_the_release(site: &Site) {
    let fair = site.organizer("started", &[(1_000, 5)]).await;
    let order = site.order(&fair, &[(0, 2)]).await;
    let payment = site.start_payment(&order).await;
    site.hand.advance(RELEASE.saturating_sub(MILLISECOND));
    // Asking again gives the one that is open.
    let again = site.call("POST", order.at("/payments")).cookie(&order.cookie).await.expect(200);
    assert_eq!(again["payment"]["id"], payment);
    site.decide(&payment, "accept").await;
    site.settles(&order, "confirmed").await;
    assert_eq!(site.recorded(&fair, "OrderExpired").await, 0);
}

both!(more_time_counts_from_expiry_or_from_now_and_the_release_moves_along);
async fn more_time_counts_from_expiry_or_from_now_and_the_release_moves_along(site: &Site) {
    let fair = site.organizer("extended", &[(1_000, 50)]).await;
    // Asked for after so many minutes, time is up after so many, and the seats are released 14 minutes later.
    for (asked, up) in [(0, 25), (5, 25), (15, 25), (20, 30), (28, 38)] {
        let order = site.order(&fair, &[(0, 2)]).await;
        let placed_at = site.clock.now();
        site.hand.advance(Duration::from_mins(asked));
        let extended = site.call("POST", order.at("/extension")).cookie(&order.cookie).await.expect(200);
        let expires_at = placed_at + Duration::from_mins(up);
        assert_eq!(extended["expires_at"], json!(expires_at.to_string()), "asked after {asked} minutes");
        site.hand.advance((Duration::from_mins(up - asked) + BUFFER).saturating_sub(MILLISECOND));
        let seen = site.get(order.at("")).cookie(&order.cookie).await.expect(200);
        assert_eq!(seen["status"], "reserved");
        site.hand.advance(MILLISECOND);
        site.settles(&order, "expired").await;
        // The first deadline's timer came to nothing.
        let released = format!("/history?order_id={}&limit=500", order.id);
        let history = site.get(fair.at(&released)).cookie(&fair.session).await.expect(200);
        let kinds = history["events"].as_array().unwrap().iter().filter(|it| it["type"] == "OrderExpired");
        assert_eq!(kinds.count(), 1);
    }
}

both!(the_organizer_sets_the_clocks_of_new_orders);
async fn the_organizer_sets_the_clocks_of_new_orders(site: &Site) {
    let fair = site.organizer("clocks", &[(1_000, 50)]).await;
    let before = site.order(&fair, &[(0, 1)]).await;
    assert_eq!(before.json["expires_at"], "2026-03-01T09:15:00.000Z");
    let conference = site.get(fair.at("")).cookie(&fair.session).await.expect(200);
    assert_eq!(
        (&conference["reservation_shown_s"], &conference["reservation_buffer_s"]),
        (&json!(900), &json!(840))
    );
    let version = conference["version"].clone();
    let set = |shown: Value, buffer: Value| {
        let body =
            json!({ "reservation_shown_s": shown, "reservation_buffer_s": buffer, "version": version });
        site.put(fair.at(""), body).cookie(&fair.session)
    };
    for (shown, buffer, field) in [
        (0, 60, "reservation_shown_s"),
        (86_401, 60, "reservation_shown_s"),
        (60, -1, "reservation_buffer_s"),
        (60, 86_401, "reservation_buffer_s"),
    ] {
        let refused = set(shown.into(), buffer.into()).await;
        assert_eq!(refused.expect(422)["errors"][0]["field"], field, "{shown} {buffer}");
    }
    let changed = set(60.into(), 0.into()).await.expect(200);
    assert_eq!((&changed["reservation_shown_s"], &changed["reservation_buffer_s"]), (&json!(60), &json!(0)));

    let after = site.order(&fair, &[(0, 1)]).await;
    assert_eq!(after.json["expires_at"], "2026-03-01T09:01:00.000Z");
    site.hand.advance(Duration::from_mins(1));
    site.settles(&after, "expired").await;
    let unchanged = site.get(before.at("")).cookie(&before.cookie).await.expect(200);
    assert_eq!(
        (&unchanged["status"], &unchanged["expires_at"]),
        (&json!("reserved"), &before.json["expires_at"])
    );
}

both!(every_order_says_what_time_the_server_has);
async fn every_order_says_what_time_the_server_has(site: &Site) {
    let fair = site.organizer("time", &[(1_000, 50)]).await;
    let order = site.order(&fair, &[(0, 1)]).await;
    assert_eq!(order.json["server_time"], "2026-03-01T09:00:00.000Z");
    site.hand.advance(Duration::from_secs(61));
    let later = site.get(order.at("")).cookie(&order.cookie).await.expect(200);
    assert_eq!(later["server_time"], "2026-03-01T09:01:01.000Z");
}

both!(a_timer_goes_off_although_somebody_always_waits);
async fn a_timer_goes_off_although_somebody_always_waits(site: &Site) {
    let fair = site.organizer("busy", &[(1_000, 9)]).await;
    let order = site.order(&fair, &[(0, 2)]).await;
    let conference = order.json["conference"]["id"].as_str().unwrap().parse().unwrap();
    // More come than are carried out.
    let takes = Duration::from_millis(20);
    let mut crowd = JoinSet::new();
    let (mailbox, mut ticks) = (&site.running.mailbox, tokio::time::interval(takes / 2));
    let come = async {
        loop {
            ticks.tick().await;
            let mailbox = mailbox.clone();
            crowd.spawn(async move { mailbox.send(conference, Refused::After(takes)).await });
        }
    };
    let expires = async {
        site.until(async || mailbox.waiting() > 2).await;
        site.hand.advance(RELEASE + Duration::from_secs(1));
        site.eventually(&order.at(""), &order.cookie, |it| it["status"] == "expired").await;
    };
    tokio::select! {
        () = come => {}
        () = expires => {}
    }
    while let Some(answer) = crowd.join_next().await {
        assert!(matches!(answer.unwrap(), Err(SendError::Refused(_))));
    }
}

/// Stops the server while orders are open, lets time pass, and starts it again.
async fn timers_fire_after_a_restart(place: Place) {
    let site = Site::on(place).await;
    let fair = site.organizer("restart", &[(1_000, 9)]).await;
    let due = site.order(&fair, &[(0, 2)]).await;
    let extended = site.order(&fair, &[(0, 3)]).await;
    site.call("POST", extended.at("/extension")).cookie(&extended.cookie).await.expect(200);

    // Just before the first is due, nothing happens; then it does by itself.
    let site = site.restart(RELEASE.saturating_sub(MILLISECOND)).await;
    let seen = site.get(due.at("")).cookie(&due.cookie).await.expect(200);
    assert_eq!(seen["status"], "reserved");
    site.hand.advance(MILLISECOND);
    site.settles(&due, "expired").await;
    assert_eq!(site.available(&fair, 0).await, 6);

    // What came due while nobody served happens at once.
    let site = site.restart(Duration::from_hours(48)).await;
    site.settles(&extended, "expired").await;
    assert_eq!(site.available(&fair, 0).await, 9);
    refused_after_release(&site, &extended).await;
    site.finish().await;
}

async fn refused_after_release(site: &Site, order: &Placed) {
    let late = site.put(order.at("/registrant"), ada()).cookie(&order.cookie).await;
    late.refused(410, "order-expired");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn timers_fire_after_a_restart_on_sqlite() {
    timers_fire_after_a_restart(Place::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn timers_fire_after_a_restart_on_postgres() {
    timers_fire_after_a_restart(Place::postgres().await).await;
}
