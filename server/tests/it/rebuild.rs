//! Read models are made anew beside a server that goes on serving.

use std::collections::BTreeSet;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use plenary_server::db::Db;
use plenary_server::rebuild::{ReadModels, Rebuild, rebuild};
use plenary_server::{startup, transfer};
use serde_json::Value;

use crate::site::{Fair, Site, both, sabotage};

/// Everything that the database holds but the outbox: letters go on their way meanwhile.
async fn contents(db: &Db) -> String {
    let mut bytes = Vec::new();
    transfer::export(db, &BTreeSet::from(["outbox"]), &mut bytes).await.unwrap();
    String::from_utf8(bytes).unwrap()
}

async fn models(site: &Site) -> ReadModels {
    startup::read_models(&site.db).await.unwrap()
}

/// Buys, gives back and leaves orders, one after the other.
async fn trade(site: &Site, fair: &Fair, orders: usize) {
    for index in 0..orders {
        let order = site.order(fair, &[(0, 1)]).await;
        match index % 3 {
            0 => drop(site.delete(order.at("")).cookie(&order.cookie).await.expect(200)),
            1 => drop(site.start_payment(&order).await),
            _ => drop(site.register(&order).await),
        }
    }
}

both!(a_rebuild_beside_a_serving_process_finds_nothing_to_mend);
async fn a_rebuild_beside_a_serving_process_finds_nothing_to_mend(site: &Site) {
    let (fair, _) = site.populate("rebuilt").await;
    let busy = site.organizer("busy", &[(700, 10_000)]).await;
    let models = models(site).await;
    let rebuilds = async {
        let mut events = 0;
        for _ in 0..3 {
            let report = rebuild(&site.db, &models).await.unwrap();
            assert_eq!((report.mended(), report.differences.count), (0, 0), "{report}");
            events = report.events;
        }
        events
    };
    let ((), (), events) = tokio::join!(trade(site, &busy, 40), trade(site, &fair, 5), rebuilds);
    assert!(events > 20, "{events}");
    let before = contents(&site.db).await;
    rebuild(&site.db, &models).await.unwrap();
    assert_eq!(contents(&site.db).await, before, "a rebuild that mends nothing writes nothing");
}

/// What has befallen the derived tables.
const DAMAGE: [&str; 9] = [
    "delete from order_views where status = 'confirmed'",
    "delete from order_locators",
    "delete from summary_views",
    "delete from assignment_views",
    "update order_views set status = 'expired' where status = 'payment_pending'",
    "update order_views set body = replace(body, '\"version\":', '\"version\":9') where status = 'cancelled'",
    "update conference_views set body = replace(body, '\"remaining\":', '\"remaining\":10')",
    "update conference_views set published = not published, search = 'nothing'",
    "insert into attention_views (order_id, payment_id, conference_id, body)
     select order_id, order_id, conference_id, '{}' from order_views",
];

both!(rows_that_were_lost_or_changed_are_mended_while_orders_are_placed);
async fn rows_that_were_lost_or_changed_are_mended_while_orders_are_placed(site: &Site) {
    let (fair, open) = site.populate("mended").await;
    let models = models(site).await;
    let whole = contents(&site.db).await;
    for damage in DAMAGE {
        assert!(sabotage(&site.db, damage).await > 0, "{damage}");
        let report = rebuild(&site.db, &models).await.unwrap();
        assert!(report.mended() > 0 && report.differences.count > 0, "{damage}: {report}");
        assert!(report.to_string().contains("differed: "), "{report}");
        assert_eq!(contents(&site.db).await, whole, "{damage}");
    }
    for damage in DAMAGE {
        sabotage(&site.db, damage).await;
    }
    let busy = site.organizer("busy", &[(700, 1_000)]).await;
    let (report, ()) = tokio::join!(rebuild(&site.db, &models), trade(site, &busy, 20));
    assert!(report.unwrap().mended() > 5);
    let order = site.get(open.at("")).cookie(&open.cookie).await.expect(200);
    assert_eq!(order["status"], "payment_pending");
    assert_eq!(site.available(&fair, 0).await, 5);
}

both!(a_serving_process_forgets_what_was_mended);
async fn a_serving_process_forgets_what_was_mended(site: &Site) {
    let (fair, _) = site.populate("remembered").await;
    assert_eq!(site.available(&fair, 0).await, 5);
    // The process keeps the conference in memory. Once it has forgotten it, the next order is counted on what it reads then.
    let damage = "update conference_views set body = replace(body, '\"remaining\":5', '\"remaining\":9')";
    assert_eq!(sabotage(&site.db, damage).await, 1);
    sabotage(&site.db, "update derived_generation set generation = generation + 1").await;
    site.order(&fair, &[(0, 1)]).await;
    assert_eq!(site.available(&fair, 0).await, 8, "this is to be mended");
    assert!(rebuild(&site.db, &models(site).await).await.unwrap().mended() > 0);
    let path = format!("/api/conferences/{}", fair.slug);
    let mended = |it: &Value| it["seat_types"][0]["available"] == 4;
    site.eventually(&path, "", mended).await;
    site.order(&fair, &[(0, 1)]).await;
    assert_eq!(site.available(&fair, 0).await, 3, "the writer has forgotten what it remembered, too");
}

/// Runs `future` until it has been waited for `steps` times, then drops it. Gives what it came to, if it did.
async fn until_step<T>(steps: usize, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let mut left = steps;
    poll_fn(move |cx| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(cx).map(Some)
    })
    .await
}

both!(a_rebuild_that_is_broken_off_leaves_everything_as_it_was);
async fn a_rebuild_that_is_broken_off_leaves_everything_as_it_was(site: &Site) {
    let (fair, _) = site.populate("halfway").await;
    let models = models(site).await;
    let whole = contents(&site.db).await;
    for damage in &DAMAGE[..4] {
        sabotage(&site.db, damage).await;
    }
    let damaged = contents(&site.db).await;
    let mut steps = 1;
    loop {
        let mut rebuild = Rebuild::begin(&site.db, &models).await.unwrap();
        rebuild.fill().await.unwrap();
        rebuild.compare().await.unwrap();
        let done = until_step(steps, rebuild.switch()).await;
        let now = contents(&site.db).await;
        if done.is_some() || now == whole {
            break;
        }
        assert!(now == damaged, "something was changed after {steps} steps");
        // Nobody has to wait for what was broken off.
        tokio::time::timeout(Duration::from_secs(10), site.get(fair.at("/summary"))).await.unwrap();
        steps += 1 + steps / 4;
    }
    assert_eq!(contents(&site.db).await, whole);
    assert!(steps > 1, "nothing was broken off");
}

both!(a_rebuild_of_what_it_cannot_read_says_where_it_is_and_changes_nothing);
async fn a_rebuild_of_what_it_cannot_read_says_where_it_is_and_changes_nothing(site: &Site) {
    site.populate("unread").await;
    let models = models(site).await;
    let forms = [
        ("event_type = 'OrderTeleported'", "cannot be read: OrderTeleported in version 1"),
        ("schema_version = 99", "cannot be read: OrderCancelled in version 99"),
        ("stream_type = 'teleporter'", "cannot be read: no room knows streams of type teleporter"),
    ];
    sabotage(&site.db, DAMAGE[0]).await;
    for (form, said) in forms {
        let the_one = "where event_type in ('OrderCancelled', 'OrderTeleported')";
        assert_eq!(sabotage(&site.db, &format!("update events set {form} {the_one}")).await, 1);
        let before = contents(&site.db).await;
        let refused = rebuild(&site.db, &models).await.unwrap_err().to_string();
        assert!(refused.starts_with("the event at ") && refused.contains(said), "{refused}");
        assert_eq!(contents(&site.db).await, before);
        let original = "event_type = 'OrderCancelled', schema_version = 1, stream_type = 'order'";
        assert_eq!(sabotage(&site.db, &format!("update events set {original} {the_one}")).await, 1);
    }
    assert_eq!(rebuild(&site.db, &models).await.unwrap().mended(), 2);
}

#[test]
fn every_table_is_said_to_be_authoritative_or_derived() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../ARCHITECTURE.md")).unwrap();
    let section = text.split("## Tables: authoritative or derived").nth(1).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let (authoritative, derived) = section.split_once("Derived").unwrap();
    let names = |text: &str| -> BTreeSet<String> {
        text.split('`').skip(1).step_by(2).filter(|it| !it.contains(' ')).map(str::to_owned).collect()
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let site = Site::on(crate::site::Place::sqlite()).await;
        let tables = plenary_server::schema::tables(site.db.read().await.unwrap().conn()).await.unwrap();
        let found: BTreeSet<_> = tables.into_iter().map(|it| it.name).collect();
        let made: BTreeSet<_> = models(&site).await.tables().into_iter().map(str::to_owned).collect();
        let (authoritative, mut derived) = (names(authoritative), names(derived));
        assert_eq!(authoritative.union(&derived).cloned().collect::<BTreeSet<_>>(), found);
        assert!(derived.remove("derived_generation"));
        assert_eq!(derived, made, "what is derived is made by a projection");
        site.finish().await;
    });
}
