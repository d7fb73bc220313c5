//! Names and addresses: sealed in the log, shown to whom they concern, and gone once they are erased.

use plenary_server::db::Db;
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;

use crate::site::{Fair, Messages, Place, Placed, Site, ada, both, sabotage};

/// What nobody may read in the log.
const NAMES: [&str; 5] = ["Ada", "Lovelace", "ada@example.org", "Olga", "olga@example.org"];

/// The first column of what a statement finds, which must be text.
pub async fn texts(db: &Db, sql: &str) -> Vec<String> {
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

/// An order that was paid, with two people on its seats.
async fn seated(site: &Site, fair: &Fair) -> Placed {
    let order = site.order(fair, &[(0, 2)]).await;
    site.pay(&order).await;
    let grace = json!({ "first_name": "Grace", "last_name": "Hopper", "email": "grace@example.org" });
    for (position, attendee) in [(0, ada()), (1, grace)] {
        let path = order.at(&format!("/assignments/{position}"));
        site.put(path, attendee).cookie(&order.cookie).await.expect(200);
    }
    order
}

fn erasure(fair: &Fair, order: &Placed) -> String {
    fair.at(&format!("/orders/{}/personal-data", order.id))
}

both!(an_organizer_erases_who_is_named_in_an_order);
async fn an_organizer_erases_who_is_named_in_an_order(site: &Site) {
    let fair = site.organizer("erased", &[(1_000, 10)]).await;
    let order = seated(site, &fair).await;
    let found = json!({ "email": "ada@example.org", "access_code": order.json["access_code"] });
    site.post("/api/orders/find", found.clone()).await.expect(200);

    let erased = site.delete(erasure(&fair, &order)).cookie(&fair.session).await.expect(200);
    assert_eq!((&erased["status"], &erased["registrant"]), (&json!("confirmed"), &Value::Null));
    site.post("/api/orders/find", found).await.refused(404, "not-found");
    let seats = site.get(order.at("/assignments")).cookie(&order.cookie).await.expect(200);
    let attendees: Vec<_> = seats["seats"].as_array().unwrap().iter().map(|it| &it["attendee"]).collect();
    assert_eq!(attendees, [&Value::Null, &Value::Null]);
    for list in ["/orders", "/orders.csv", "/attendees", "/attendees.csv", "/history?limit=500", "/attention"]
    {
        let text = site.get(fair.at(list)).cookie(&fair.session).await.text();
        for name in ["Ada", "Lovelace", "Grace", "Hopper", "ada@", "grace@"] {
            assert!(!text.contains(name), "{name} is in {list}: {text}");
        }
    }
    let found = site.get(fair.at("/orders?q=lovelace")).cookie(&fair.session).await.expect(200);
    assert_eq!(found["orders"], json!([]));
    assert_eq!(site.available(&fair, 0).await, 8, "the seats stay sold");
}

both!(erasing_twice_erases_once_and_nobody_is_named_again);
async fn erasing_twice_erases_once_and_nobody_is_named_again(site: &Site) {
    let fair = site.organizer("twice", &[(1_000, 10)]).await;
    let order = seated(site, &fair).await;
    for _ in 0..2 {
        site.delete(erasure(&fair, &order)).cookie(&fair.session).await.expect(200);
    }
    assert_eq!(site.recorded(&fair, "OrderPersonalDataErased").await, 1);
    assert_eq!(site.recorded(&fair, "AttendeesErased").await, 1);
    let path = order.at("/assignments/0");
    site.put(path, ada()).cookie(&order.cookie).await.refused(409, "personal-data-erased");

    let open = site.order(&fair, &[(0, 1)]).await;
    site.register(&open).await;
    site.delete(erasure(&fair, &open)).cookie(&fair.session).await.expect(200);
    site.put(open.at("/registrant"), ada()).cookie(&open.cookie).await.refused(409, "personal-data-erased");
}

both!(a_payment_on_its_way_confirms_an_erased_order_without_naming_anybody);
async fn a_payment_on_its_way_confirms_an_erased_order_without_naming_anybody(site: &Site) {
    let fair = site.organizer("underway", &[(1_000, 10)]).await;
    let order = site.order(&fair, &[(0, 1)]).await;
    let payment = site.start_payment(&order).await;
    site.delete(erasure(&fair, &order)).cookie(&fair.session).await.expect(200);
    site.decide(&payment, "accept").await;
    site.settles(&order, "confirmed").await;
    let path = order.at("/assignments/0");
    site.put(path, ada()).cookie(&order.cookie).await.refused(409, "personal-data-erased");
}

both!(nobody_but_its_organizer_erases_an_order);
async fn nobody_but_its_organizer_erases_an_order(site: &Site) {
    let (fair, other) = (site.organizer("mine", &[(0, 10)]).await, site.organizer("yours", &[]).await);
    let order = site.order(&fair, &[(0, 1)]).await;
    site.register(&order).await;
    let foreign = other.at(&format!("/orders/{}/personal-data", order.id));
    site.delete(&foreign).cookie(&other.session).await.refused(404, "not-found");
    site.delete(erasure(&fair, &order)).cookie(&other.session).await.refused(404, "not-found");
    assert_eq!(site.delete(erasure(&fair, &order)).await.status, 401);
    assert_eq!(site.delete(erasure(&fair, &order)).cookie(&order.cookie).await.status, 401);
    for unknown in [site.id(), "none".to_owned()] {
        let path = fair.at(&format!("/orders/{unknown}/personal-data"));
        site.delete(path).cookie(&fair.session).await.refused(404, "not-found");
    }
    assert_eq!(site.recorded(&fair, "OrderPersonalDataErased").await, 0);
}

both!(a_link_without_proof_shows_nobody);
async fn a_link_without_proof_shows_nobody(site: &Site) {
    let fair = site.organizer("stranger", &[(1_000, 10)]).await;
    let order = seated(site, &fair).await;
    let code = order.json["access_code"].as_str().unwrap();
    let page = format!("/{}/orders/{}", fair.slug, order.id);
    let stream = Messages::of(site.get(order.at("/events"))).await.next().await.json.to_string();
    let mut texts = vec![stream];
    for path in [order.at(""), order.at("/assignments"), page, format!("/{}", fair.slug)] {
        texts.push(site.get(path).await.text());
    }
    for list in
        ["/orders", "/orders.csv", "/attendees", "/attendees.csv", "/history", "/attention", "/events"]
    {
        texts.push(site.get(fair.at(list)).await.text());
    }
    for text in texts {
        for secret in ["Ada", "Lovelace", "Grace", "Hopper", "ada@", "grace@", "olga@", code] {
            assert!(!text.contains(secret), "{secret} is in {text}");
        }
    }
}

/// Whatever a database holds, as text or as bytes: of a file, what lies in it; of a server, every row of every table.
async fn everything(place: &Place) -> Vec<u8> {
    let db = place.open().await;
    if let Db::Postgres(_) = &db {
        let tables = "select table_name::text from information_schema.tables where table_schema = 'public'";
        let mut rows = Vec::new();
        for table in texts(&db, tables).await {
            rows.extend(texts(&db, &format!("select t::text from {table} t")).await);
        }
        db.close().await;
        return rows.concat().into_bytes();
    }
    sabotage(&db, "pragma wal_checkpoint(truncate)").await;
    db.close().await;
    place.files().iter().flat_map(|file| std::fs::read(file).unwrap()).collect()
}

fn holds(haystack: &[u8], needle: &str) -> bool {
    haystack.windows(needle.len()).any(|window| window.eq_ignore_ascii_case(needle.as_bytes()))
}

async fn nothing_is_left_of_whoever_was_erased(place: Place) {
    let site = Site::on(place).await;
    let fair = site.organizer("left", &[(1_000, 100)]).await;
    let mut orders = Vec::new();
    for number in 0..30 {
        let order = site.order(&fair, &[(0, 1)]).await;
        let person = json!({
            "first_name": format!("Xaver{number}x"), "last_name": "Zwingli", "email": format!("xaver{number}x@zw.example"),
        });
        site.put(order.at("/registrant"), person.clone()).cookie(&order.cookie).await.expect(200);
        if number % 3 == 0 {
            let started = site.call("POST", order.at("/payments")).cookie(&order.cookie).await.expect(201);
            site.decide(started["payment"]["id"].as_str().unwrap(), "accept").await;
            site.settles(&order, "confirmed").await;
            site.put(order.at("/assignments/0"), person).cookie(&order.cookie).await.expect(200);
        }
        orders.push(order);
    }
    let erased = [&orders[3], &orders[7], &orders[29]];
    for order in erased {
        site.delete(erasure(&fair, order)).cookie(&fair.session).await.expect(200);
    }
    let place = site.stop().await;
    let everything = everything(&place).await;
    // The organizer's lists show those who were not erased.
    assert!(holds(&everything, "xaver4x@zw.example"), "nothing would be found");
    for number in [3, 7, 29] {
        assert!(!holds(&everything, &format!("xaver{number}x")), "something is left of number {number}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_left_of_whoever_was_erased_on_sqlite() {
    nothing_is_left_of_whoever_was_erased(Place::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_left_of_whoever_was_erased_on_postgres() {
    nothing_is_left_of_whoever_was_erased(Place::postgres().await).await;
}
