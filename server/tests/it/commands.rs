//! Commands that come twice, and answers that get lost.

use axum::http::header;
use serde_json::{Value, json};

use crate::site::{Site, ada, both};

both!(the_same_key_and_body_act_once_and_are_answered_alike);
async fn the_same_key_and_body_act_once_and_are_answered_alike(site: &Site) {
    let fair = site.organizer("once", &[(1_000, 5)]).await;
    let place = || {
        let body = json!({ "seats": fair.choose(&[(0, 2)]) });
        site.post("/api/conferences/once/orders", body).key("a-random-key")
    };
    let first = place().await;
    // The answer was lost, and the cookie with it.
    let again = place().await;
    assert_eq!((first.status, again.status), (201, 201));
    assert_eq!(first.json["id"], again.json["id"]);
    assert_eq!(first.header(header::LOCATION), again.header(header::LOCATION));
    assert!(!first.cookie().is_empty() && !again.cookie().is_empty());
    assert_eq!(again.json["access_code"], first.json["access_code"]);
    assert_eq!(site.available(&fair, 0).await, 3);
    assert_eq!(site.recorded(&fair, "OrderPlaced").await, 1);

    let path = format!("/api/orders/{}", first.json["id"].as_str().unwrap());
    for cookie in [first.cookie(), again.cookie()] {
        assert_ne!(site.get(&path).cookie(cookie).await.expect(200)["access_code"], Value::Null);
    }
}

both!(the_same_key_with_another_body_is_refused);
async fn the_same_key_with_another_body_is_refused(site: &Site) {
    let fair = site.organizer("once", &[(1_000, 5)]).await;
    let order = site.order(&fair, &[(0, 1)]).await;
    let assign = |person: Value| site.put(order.at("/registrant"), person).cookie(&order.cookie).key("k");
    assign(ada()).await.expect(200);
    assign(ada()).await.expect(200);
    let grace = json!({ "first_name": "Grace", "last_name": "Hopper", "email": "grace@example.org" });
    assign(grace.clone()).await.refused(422, "idempotency-key-reused");
    // The same key elsewhere is another key.
    let other = site.order(&fair, &[(0, 1)]).await;
    let assigned = site.put(other.at("/registrant"), grace.clone()).cookie(&other.cookie).key("k");
    assert_eq!(assigned.await.expect(200)["registrant"], grace);
    assert_eq!(site.recorded(&fair, "OrderRegistrantAssigned").await, 2);
}

both!(a_refusal_is_decided_anew);
async fn a_refusal_is_decided_anew(site: &Site) {
    let fair = site.organizer("anew", &[(1_000, 5)]).await;
    let order = site.order(&fair, &[(0, 1)]).await;
    let pay = || site.call("POST", order.at("/payments")).cookie(&order.cookie).key("pay");
    pay().await.refused(409, "reservation-incomplete");
    site.register(&order).await;
    pay().await.expect(201);
    pay().await.expect(201);
    assert_eq!(site.recorded(&fair, "PaymentInitiated").await, 1);
}

both!(organizers_commands_act_once_under_a_key);
async fn organizers_commands_act_once_under_a_key(site: &Site) {
    let create = || site.post("/api/management/conferences", crate::site::creation("keyed")).key("create");
    let (first, again) = (create().await, create().await);
    assert_eq!((first.status, again.status), (201, 201));
    assert_eq!(first.json["access_code"], again.json["access_code"]);
    let path = "/api/management/conferences/keyed/seat-types";
    let add = || site.post(path, crate::site::seat_type(100, 5)).cookie(again.cookie()).key("add");
    assert_eq!(add().await.expect(201)["id"], add().await.expect(201)["id"]);
    let seat_types = site.get(path).cookie(again.cookie()).await.expect(200);
    assert_eq!(seat_types.as_array().unwrap().len(), 1);
}

both!(a_repeated_order_id_is_the_same_order);
async fn a_repeated_order_id_is_the_same_order(site: &Site) {
    let fair = site.organizer("repeat", &[(1_000, 5), (2_000, 5)]).await;
    let other = site.organizer("elsewhere", &[(1_000, 5)]).await;
    let id = site.id();
    let place = |slug: &str, seats: Value| {
        let body = json!({ "id": id, "seats": seats });
        site.post(format!("/api/conferences/{slug}/orders"), body)
    };
    let first = place("repeat", fair.choose(&[(0, 2)])).await;
    let cookie = first.cookie();
    assert_eq!(first.expect(201)["id"], id);

    // Whoever knows no more than the id learns nothing and gets no cookie.
    let stranger = place("repeat", fair.choose(&[(0, 2), (1, 0)])).await;
    assert_eq!((stranger.status, stranger.cookie().as_str()), (200, ""));
    assert_eq!(stranger.json["access_code"], Value::Null);
    let holder = place("repeat", fair.choose(&[(0, 2)])).cookie(&cookie).await.expect(200);
    assert_ne!(holder["access_code"], Value::Null);

    place("repeat", fair.choose(&[(0, 1)])).await.refused(409, "order-exists");
    assert_eq!(place("elsewhere", other.choose(&[(0, 2)])).await.status, 409);
    assert_eq!(site.available(&fair, 0).await, 3);
    assert_eq!(site.available(&other, 0).await, 5);
}

both!(a_read_that_names_a_position_has_seen_it);
async fn a_read_that_names_a_position_has_seen_it(site: &Site) {
    let fair = site.organizer("seen", &[(1_000, 5)]).await;
    let body = json!({ "seats": fair.choose(&[(0, 1)]) });
    let placed = site.post("/api/conferences/seen/orders", body).await;
    let position = placed.headers["plenary-position"].to_str().unwrap().to_owned();
    let conference = site.get("/api/conferences/seen").header("plenary-position", position).await.expect(200);
    assert_eq!(conference["seat_types"][0]["available"], 4);
}
