//! Names and addresses: sealed in the log, shown to whom they concern, and gone once they are erased.

use plenary_server::db::Db;
use serde_json::json;
use sqlx::AssertSqlSafe;

use crate::site::{Site, ada, both, sabotage};

/// What nobody may read in the log.
const NAMES: [&str; 5] = ["Ada", "Lovelace", "ada@example.org", "Olga", "olga@example.org"];

/// The first column of what a statement finds, which must be text.
async fn texts(db: &Db, sql: &str) -> Vec<String> {
    let sql = AssertSqlSafe(sql.to_owned());
    match db {
        Db::Sqlite { writer, .. } => sqlx::query_scalar(sql).fetch_all(writer).await.unwrap(),
        Db::Postgres(pool) => sqlx::query_scalar(sql).fetch_all(pool).await.unwrap(),
    }
}

both!(the_log_holds_no_name_and_no_address_that_anybody_can_read);
async fn the_log_holds_no_name_and_no_address_that_anybody_can_read(site: &Site) {
    let fair = site.organizer("sealed", &[(1_000, 10)]).await;
    let order = site.order(&fair, &[(0, 2)]).await;
    site.pay(&order).await;
    for position in 0..2 {
        let path = order.at(&format!("/assignments/{position}"));
        site.put(path, ada()).cookie(&order.cookie).await.expect(200);
    }
    let payloads = texts(&site.db, "select payload from events").await;
    for name in NAMES {
        assert_eq!(payloads.iter().filter(|it| it.contains(name)).count(), 0, "{name}");
    }
    assert_eq!(payloads.iter().filter(|it| it.contains("\"sealed\"")).count(), 4);
    let history = site.get(fair.at("/history?limit=500")).cookie(&fair.session).await.text();
    assert!(history.contains("Ada Lovelace (ada@example.org)"), "{history}");
    // One for the conference's owner and one for the order, however often they are used.
    let keys = texts(&site.db, "select cast(created_at as text) from personal_keys").await;
    assert_eq!(keys.len(), 2);
}

both!(what_was_recorded_before_sealing_is_still_read);
async fn what_was_recorded_before_sealing_is_still_read(site: &Site) {
    let fair = site.organizer("before", &[(1_000, 10)]).await;
    let order = site.order(&fair, &[(0, 1)]).await;
    site.register(&order).await;
    let plain = json!({ "OrderRegistrantAssigned": { "registrant": { "plain": ada() } } });
    let sql = format!("update events set payload = '{plain}' where event_type = 'OrderRegistrantAssigned'");
    assert_eq!(sabotage(&site.db, &sql).await, 1);
    let history = site.get(fair.at("/history?limit=500")).cookie(&fair.session).await.text();
    assert!(history.contains("Ada Lovelace (ada@example.org)"), "{history}");
    site.pay(&order).await;
}
