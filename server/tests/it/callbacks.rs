//! What the processor says, at every instant of an order's life: a completed payment is never dropped and never leaves
//! an order in limbo.

use std::time::Duration;

use plenary_server::clock::Entropy;
use plenary_server::http::secrets::{Purpose, Replaceable, Secrets};
use plenary_server::messaging::hex;
use plenary_server::payments;
use serde_json::{Value, json};

use crate::site::{BUFFER, Fair, Placed, SHOWN, Site, assert_committed, both, sabotage};

const MILLISECOND: Duration = Duration::from_millis(1);

/// One message of the processor about one of an order's payments.
#[derive(Debug, Clone, Copy)]
struct Said {
    payment: usize,
    event: &'static str,
    outcome: &'static str,
    amount: i64,
    currency: &'static str,
}

const fn completed(payment: usize, event: &'static str) -> Said {
    Said { payment, event, outcome: "completed", amount: 2_000, currency: "USD" }
}

const fn rejected(payment: usize, event: &'static str) -> Said {
    Said { payment, event, outcome: "rejected", amount: 2_000, currency: "USD" }
}

/// What is said, and of how many payments; all but the last were rejected when the order began.
struct Scenario {
    name: &'static str,
    payments: usize,
    said: &'static [Said],
}

const SCENARIOS: [Scenario; 8] = [
    Scenario { name: "completed", payments: 1, said: &[completed(0, "a")] },
    Scenario {
        name: "completed three times",
        payments: 1,
        said: &[completed(0, "a"), completed(0, "a"), completed(0, "b")],
    },
    Scenario { name: "completed, then rejected", payments: 1, said: &[completed(0, "a"), rejected(0, "b")] },
    Scenario { name: "rejected, then completed", payments: 1, said: &[rejected(0, "a"), completed(0, "b")] },
    Scenario { name: "rejected", payments: 1, said: &[rejected(0, "a")] },
    Scenario { name: "wrong amount", payments: 1, said: &[Said { amount: 1_999, ..completed(0, "a") }] },
    Scenario { name: "wrong currency", payments: 1, said: &[Said { currency: "EUR", ..completed(0, "a") }] },
    Scenario {
        name: "two payments completed, the rejected one first",
        payments: 2,
        said: &[completed(0, "a"), completed(1, "b")],
    },
];

/// How the order stands when the processor begins to speak.
#[derive(Debug, Clone, Copy)]
enum Moment {
    InTime,
    /// So long after the order was placed, before its seats are released.
    Held(Duration),
    /// So long after, when they were.
    Released(Duration),
    SoldOut,
    Cancelled,
    CancelledAndSoldOut,
    NeedsAttention,
    Refunded,
}

fn moments() -> [(&'static str, Moment); 13] {
    let release = SHOWN + BUFFER;
    [
        ("in time", Moment::InTime),
        ("1 ms before time is up", Moment::Held(SHOWN.saturating_sub(MILLISECOND))),
        ("when time is up", Moment::Held(SHOWN)),
        ("1 ms after time is up", Moment::Held(SHOWN + MILLISECOND)),
        ("1 ms before the release", Moment::Held(release.saturating_sub(MILLISECOND))),
        ("at the release", Moment::Released(release)),
        ("1 ms after the release", Moment::Released(release + MILLISECOND)),
        ("a day later", Moment::Released(Duration::from_hours(24))),
        ("expired and sold out", Moment::SoldOut),
        ("cancelled", Moment::Cancelled),
        ("cancelled and sold out", Moment::CancelledAndSoldOut),
        ("needs attention", Moment::NeedsAttention),
        ("refunded", Moment::Refunded),
    ]
}

/// One cell of the table.
struct Cell<'s> {
    site: &'s Site,
    fair: Fair,
    order: Placed,
    payments: Vec<String>,
}

impl<'s> Cell<'s> {
    async fn begin(site: &'s Site, slug: &str, scenario: &Scenario, moment: Moment) -> Self {
        let fair = site.organizer(slug, &[(1_000, 3)]).await;
        let order = site.order(&fair, &[(0, 2)]).await;
        let mut cell = Self { site, fair, order, payments: Vec::new() };
        // A payment of its own that brings the order there, rejected like the others before the last.
        let detour = matches!(moment, Moment::NeedsAttention | Moment::Refunded);
        for left in (1..=scenario.payments + usize::from(detour)).rev() {
            let payment = site.start_payment(&cell.order).await;
            cell.payments.push(payment);
            if left > 1 {
                cell.say(rejected(cell.payments.len() - 1, "early")).await;
            }
        }
        if detour {
            cell.payments.rotate_left(1);
        }
        cell
    }

    async fn say(&self, said: Said) {
        let payment = &self.payments[said.payment];
        let body = json!({
            "event_id": format!("{payment}-{}", said.event), "payment_id": payment, "outcome": said.outcome,
            "amount": said.amount, "currency": said.currency, "occurred_at": "2026-03-01T09:00:00.000Z",
        });
        self.site.callback(&body).await.expect(200);
    }

    async fn reach(&self, moment: Moment) {
        let (site, order) = (self.site, &self.order);
        match moment {
            Moment::InTime => {}
            Moment::Held(after) => {
                site.hand.advance(after);
                let seen = site.get(order.at("")).cookie(&order.cookie).await.expect(200);
                assert_eq!(seen["status"], "payment_pending");
            }
            Moment::Released(after) => {
                site.hand.advance(after);
                site.settles(order, "expired").await;
            }
            Moment::SoldOut => {
                site.hand.advance(SHOWN + BUFFER);
                site.settles(order, "expired").await;
                site.order(&self.fair, &[(0, 2)]).await;
            }
            Moment::Cancelled | Moment::CancelledAndSoldOut => {
                site.delete(order.at("")).cookie(&order.cookie).await.expect(200);
                if matches!(moment, Moment::CancelledAndSoldOut) {
                    site.order(&self.fair, &[(0, 2)]).await;
                }
            }
            Moment::NeedsAttention | Moment::Refunded => {
                self.say(Said { amount: 1, ..completed(self.payments.len() - 1, "wrong") }).await;
                site.settles(order, "needs_attention").await;
                if matches!(moment, Moment::Refunded) {
                    let path = self.fair.at(&format!("/attention/{}", order.id));
                    let refund = site.post(path, json!({ "resolution": "refund" }));
                    assert_eq!(refund.cookie(&self.fair.session).await.expect(200)["status"], "refunded");
                }
            }
        }
    }

    /// What it came to, in one line.
    async fn outcome(&self, scenario: &Scenario) -> String {
        let (site, fair) = (self.site, &self.fair);
        let order = site.get(self.order.at("")).cookie(&self.order.cookie).await.expect(200);
        let summary = site.get(fair.at("/summary")).cookie(&fair.session).await.expect(200);
        let charges = site.get(fair.at("/attention?all=true")).cookie(&fair.session).await.expect(200);
        let charges = charges.as_array().unwrap();
        self.check(scenario, &order, charges);
        let [sold, held, free] = ["sold", "held", "free"].map(|it| summary["seat_types"][0][it].clone());
        let mut kinds: Vec<_> = charges
            .iter()
            .map(|it| match it["resolution"].as_str() {
                None => it["kind"].as_str().unwrap().to_owned(),
                Some(resolution) => format!("{} ({resolution})", it["kind"].as_str().unwrap()),
            })
            .collect();
        kinds.sort();
        let kinds = if kinds.is_empty() { "nothing".to_owned() } else { kinds.join(" + ") };
        let status = order["status"].as_str().unwrap();
        format!("{status}; {sold} sold, {held} held, {free} free; listed: {kinds}")
    }

    /// Whoever was charged is confirmed by it or on the organizer's list.
    fn check(&self, scenario: &Scenario, order: &Value, charges: &[Value]) {
        let completed = scenario.said.iter().filter(|said| said.outcome == "completed");
        for said in completed {
            let payment = json!(self.payments[said.payment]);
            let confirmed = order["status"] == "confirmed"
                && order["payment"] == json!({ "id": payment, "status": "completed" });
            let listed = charges.iter().any(|it| it["payment_id"] == payment);
            assert!(confirmed || listed, "{} is lost: {order}", scenario.name);
            let status = order["status"].as_str().unwrap();
            assert!(["confirmed", "needs_attention"].contains(&status), "{}: {status}", scenario.name);
        }
    }
}

both!(whatever_the_processor_says_whenever_has_its_consequence);
async fn whatever_the_processor_says_whenever_has_its_consequence(site: &Site) {
    let mut table = Vec::new();
    for (number, scenario) in SCENARIOS.iter().enumerate() {
        table.push(scenario.name.to_owned());
        for (index, (name, moment)) in moments().into_iter().enumerate() {
            let cell = Cell::begin(site, &format!("cell-{number}-{index}"), scenario, moment).await;
            cell.reach(moment).await;
            for said in scenario.said {
                cell.say(*said).await;
            }
            table.push(format!("  {name}: {}", cell.outcome(scenario).await));
        }
    }
    assert_committed("tests/it/callbacks.txt", &table);
}

fn callback(payment: &str, event_id: &str) -> Value {
    json!({
        "event_id": event_id, "payment_id": payment, "outcome": "completed", "amount": 2_000, "currency": "USD",
        "occurred_at": "2026-03-01T09:00:00.000Z",
    })
}

fn signature(secrets: &Secrets, sent_at_s: i64, body: &str) -> String {
    let code = secrets.sign(Purpose::Processor, &payments::signed_text(sent_at_s, body.as_bytes()));
    format!("t={sent_at_s},v1={}", hex(&code))
}

both!(a_signature_is_good_for_five_minutes_either_way);
async fn a_signature_is_good_for_five_minutes_either_way(site: &Site) {
    let secrets = Secrets::open_read_only(&site.db).await.unwrap();
    let now_s = site.clock.now().as_millis() / 1000;
    let body = callback(&site.id(), "one").to_string();
    for (off, status) in [(-301, 401), (-300, 200), (-299, 200), (0, 200), (299, 200), (300, 200), (301, 401)]
    {
        let answer = site.signed_callback(&body, &signature(&secrets, now_s + off, &body)).await;
        assert_eq!(answer.status, status, "{off} s");
    }
    // Of several signatures, as while a key is replaced, one good one is enough.
    let good = signature(&secrets, now_s, &body);
    let both = good.replace("v1=", &format!("v1={},v1=", "0".repeat(64)));
    assert_eq!(site.signed_callback(&body, &both).await.status, 200);
}

both!(while_a_key_is_replaced_both_are_believed_and_then_the_old_one_is_not);
async fn while_a_key_is_replaced_both_are_believed_and_then_the_old_one_is_not(site: &Site) {
    let body = callback(&site.id(), "one").to_string();
    let send = async |secrets: &Secrets| {
        let now_s = site.clock.now().as_millis() / 1000;
        site.signed_callback(&body, &signature(secrets, now_s, &body)).await.status
    };
    let replace = async || {
        let now = site.clock.now();
        Secrets::replace(&site.db, Replaceable::Processor, Entropy, now).await.unwrap();
        site.running.secrets.refresh(&site.db, now).await.unwrap();
        Secrets::open_read_only(&site.db).await.unwrap()
    };
    let first = Secrets::open_read_only(&site.db).await.unwrap();
    let second = replace().await;
    // Before it signs here, whoever is ahead may sign with it already.
    assert_eq!([send(&first).await, send(&second).await], [200, 200]);
    site.hand.advance(Duration::from_mins(2));
    let third = replace().await;
    site.hand.advance(Duration::from_mins(2));
    site.running.secrets.refresh(&site.db, site.clock.now()).await.unwrap();
    assert_eq!([send(&first).await, send(&second).await, send(&third).await], [401, 200, 200]);
    // The built-in processor signs with the newest one.
    let fair = site.organizer("rotated", &[(1_000, 5)]).await;
    let order = site.order(&fair, &[(0, 2)]).await;
    site.pay(&order).await;
}

both!(a_parked_callback_is_handled_when_its_payment_becomes_known);
async fn a_parked_callback_is_handled_when_its_payment_becomes_known(site: &Site) {
    let fair = site.organizer("parked", &[(1_000, 5)]).await;
    let (one, other) = (site.order(&fair, &[(0, 2)]).await, site.order(&fair, &[(0, 2)]).await);
    let payments = [site.start_payment(&one).await, site.start_payment(&other).await];
    // As if the payments were not known yet.
    sabotage(&site.db, "update directory set kind = 'later' where kind = 'payment'").await;
    let rows = sabotage(&site.db, "update payments set version = version").await;
    assert_eq!(rows, 2);
    for payment in &payments {
        site.callback(&callback(payment, payment)).await.expect(200);
    }
    let parked = "update payment_inbox set state = state where state = 'parked'";
    assert_eq!(sabotage(&site.db, parked).await, 2);
    sabotage(&site.db, "update directory set kind = 'payment' where kind = 'later'").await;
    // Said again, it is handled at once; not said again, it is handled all the same.
    site.callback(&callback(&payments[0], &payments[0])).await.expect(200);
    assert_eq!(site.get(one.at("")).await.expect(200)["status"], "confirmed");
    let sweeper_idles = Duration::from_secs(5);
    site.until(async || {
        site.hand.advance(sweeper_idles);
        sabotage(&site.db, parked).await == 0
    })
    .await;
    site.settles(&other, "confirmed").await;
    assert_eq!(site.recorded(&fair, "PaymentCompleted").await, 2);
}
