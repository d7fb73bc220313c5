//! Whatever comes in: a problem that names what is wrong, and nothing has changed.

use axum::http::header;
use serde_json::{Value, json};

use crate::site::{Answer, Fair, Placed, Site, both, creation};

/// A 4xx problem; gives the first field that it names.
#[track_caller]
fn problem(answer: &Answer, what: &str) -> String {
    assert!((400..500).contains(&answer.status), "{what}: {} {}", answer.status, answer.text());
    assert_eq!(answer.header(header::CONTENT_TYPE), "application/problem+json", "{what}: {}", answer.text());
    assert_eq!(answer.json["status"], answer.status, "{what}");
    assert!(answer.json["title"].is_string(), "{what}");
    answer.json["errors"][0]["field"].as_str().unwrap_or_default().to_owned()
}

async fn state(site: &Site, fair: &Fair, order: &Placed) -> [Value; 3] {
    let history = site.get(fair.at("/history?limit=500")).cookie(&fair.session).await.expect(200);
    let conference = site.get(format!("/api/conferences/{}", fair.slug)).await.expect(200);
    [history, conference, site.get(order.at("")).cookie(&order.cookie).await.expect(200)]
}

both!(wrong_seats_name_their_field);
async fn wrong_seats_name_their_field(site: &Site) {
    let fair = site.organizer("strict", &[(1_000, 5), (2_000, 5)]).await;
    let order = site.order(&fair, &[(0, 1)]).await;
    let before = state(site, &fair, &order).await;
    let (seat, other, unknown) = (&fair.seats[0], &fair.seats[1], site.id());
    let line = |id: &str, quantity: Value| json!({ "seat_type_id": id, "quantity": quantity });
    let cases = [
        (json!({}), 422, "seats"),
        (json!([]), 422, "body"),
        (json!("seats"), 422, "body"),
        (json!({ "seats": {} }), 422, "seats"),
        (json!({ "seats": [] }), 422, "seats"),
        (json!({ "seats": [null] }), 422, "seats[0]"),
        (json!({ "seats": [line(seat, json!(0))] }), 422, "seats"),
        (json!({ "seats": [line(seat, json!(-1))] }), 422, "seats[0].quantity"),
        (json!({ "seats": [line(seat, json!(1.5))] }), 422, "seats[0].quantity"),
        (json!({ "seats": [line(seat, json!("2"))] }), 422, "seats[0].quantity"),
        (json!({ "seats": [line(seat, json!(i64::MAX))] }), 422, "seats[0].quantity"),
        (json!({ "seats": [line(seat, json!(i64::MIN))] }), 422, "seats[0].quantity"),
        (json!({ "seats": [line(seat, json!(u64::MAX))] }), 422, "seats[0].quantity"),
        (json!({ "seats": [line(seat, json!(1e300))] }), 422, "seats[0].quantity"),
        (json!({ "seats": [line(seat, json!(1)), line(seat, json!(1))] }), 422, "seats[1].seat_type_id"),
        (json!({ "seats": [line(other, json!(1)), line(&unknown, json!(1))] }), 422, "seats[1].seat_type_id"),
        (json!({ "seats": [line("no-id", json!(1))] }), 422, "seats[0].seat_type_id"),
        (json!({ "seats": [{ "seat_type_id": seat }] }), 422, "seats[0].quantity"),
        (json!({ "seats": [line(seat, json!(1))], "colour": 1 }), 422, "colour"),
        (json!({ "seats": [line(seat, json!(1))], "promo_codes": ["FREE"] }), 422, "promo_codes[0]"),
    ];
    for (body, status, field) in cases {
        let calls = [
            site.post("/api/conferences/strict/orders", body.clone()),
            site.put(order.at("/seats"), body.clone()).cookie(&order.cookie),
            site.post("/api/conferences/strict/quote", body.clone()),
        ];
        for call in calls {
            let answer = call.await;
            let named = problem(&answer, &body.to_string());
            assert_eq!((answer.status, named.as_str()), (status, field), "{body}");
        }
    }
    assert_eq!(state(site, &fair, &order).await, before);
}

both!(wrong_ids_and_totals_of_an_order_name_their_field);
async fn wrong_ids_and_totals_of_an_order_name_their_field(site: &Site) {
    let fair = site.organizer("strict", &[(1_000, 5)]).await;
    let cases = [
        ("id", json!("no-id")),
        ("id", json!(7)),
        ("expected_total.amount", json!({ "amount": 1.5, "currency": "USD" })),
        ("expected_total.currency", json!({ "amount": 1, "currency": "dollars" })),
        ("expected_total", json!(1000)),
        ("promo_codes", json!("FREE")),
    ];
    for (field, value) in cases {
        let mut body = json!({ "seats": fair.choose(&[(0, 1)]) });
        body[field.split('.').next().unwrap()] = value;
        let answer = site.post("/api/conferences/strict/orders", body.clone()).await;
        assert_eq!((problem(&answer, field).as_str(), answer.status), (field, 422), "{body}");
    }
    assert_eq!(site.recorded(&fair, "OrderPlaced").await, 0);
}

both!(bodies_that_cannot_be_read_are_refused_everywhere);
async fn bodies_that_cannot_be_read_are_refused_everywhere(site: &Site) {
    let fair = site.organizer("strict", &[(1_000, 5)]).await;
    let order = site.order(&fair, &[(0, 1)]).await;
    let before = state(site, &fair, &order).await;
    let seat_type = fair.at(&format!("/seat-types/{}", fair.seats[0]));
    let commands = [
        ("POST", "/api/conferences/strict/orders".to_owned()),
        ("POST", "/api/conferences/strict/quote".to_owned()),
        ("PUT", order.at("/seats")),
        ("PUT", order.at("/registrant")),
        ("PUT", order.at("/assignments/0")),
        ("POST", order.at("/payments")),
        ("POST", order.at("/confirmation")),
        ("POST", order.at("/extension")),
        ("POST", "/api/orders/find".to_owned()),
        ("POST", "/api/management/conferences".to_owned()),
        ("POST", "/api/management/session".to_owned()),
        ("PUT", fair.at("")),
        ("POST", fair.at("/unpublish")),
        ("POST", fair.at("/seat-types")),
        ("PUT", seat_type),
    ];
    for (method, path) in &commands {
        let send = |body: Vec<u8>, media_type: &str| {
            let cookies = format!("{}; {}", order.cookie, fair.session);
            site.call(method, path).cookie(cookies).header("content-type", media_type).raw(body)
        };
        let json = "application/json";
        for malformed in ["{", "{\"a\":}", "\u{feff}{}", "{} {}", "nul", "[[[["] {
            let answer = send(malformed.into(), json).await;
            problem(&answer, path);
            assert_eq!(answer.status, 400, "{method} {path} {malformed}: {}", answer.text());
        }
        let invalid_utf8 = send(b"{\"first_name\": \"\xff\xfe\"}".to_vec(), json).await;
        problem(&invalid_utf8, path);
        assert_eq!(invalid_utf8.status, 400, "{method} {path}: {}", invalid_utf8.text());
        let huge = send(vec![b' '; 10 * 1024 * 1024], json).await;
        huge.refused(413, "too-large");
        for media_type in ["text/plain", "application/xml", "application/x-www-form-urlencoded"] {
            send(b"{}".to_vec(), media_type).await.refused(415, "unsupported-media-type");
        }
        let deep = send("[".repeat(60_000).into(), json).await;
        assert_eq!((problem(&deep, path).as_str(), deep.status), ("", 400));
    }
    assert_eq!(state(site, &fair, &order).await, before);
}

both!(what_does_not_exist_is_not_found);
async fn what_does_not_exist_is_not_found(site: &Site) {
    let fair = site.organizer("strict", &[(1_000, 5)]).await;
    let order = site.order(&fair, &[(0, 1)]).await;
    let (unknown, nul) = (site.id(), "%00");
    let long = "x".repeat(5_000);
    let ids = [unknown.as_str(), "no-id", nul, "%ff", "..", "%2e%2e%2f", "0", long.as_str(), "%F0%9F%A6%80"];
    for id in ids {
        let paths = [
            format!("/api/orders/{id}"),
            format!("/api/orders/{id}/events"),
            format!("/api/orders/{id}/assignments"),
            format!("/api/payments/{id}"),
            format!("/api/conferences/{id}"),
            format!("/api/conferences/{id}/events"),
            fair.at(&format!("/{id}")),
            format!("/api/management/conferences/{id}"),
            format!("/api/management/conferences/{id}/summary"),
            format!("/api/{id}"),
        ];
        for path in paths {
            let answer = site.get(&path).cookie(&fair.session).await;
            problem(&answer, &path);
            assert_eq!(answer.status, 404, "{path}: {}", answer.text());
        }
        let path = fair.at(&format!("/seat-types/{id}"));
        let answer = site.put(&path, json!({})).cookie(&fair.session).await;
        problem(&answer, &path);
        assert_eq!(answer.status, 404, "{path}: {}", answer.text());
        let body = json!({ "seats": fair.choose(&[(0, 1)]) });
        let path = format!("/api/conferences/{id}/orders");
        problem(&site.post(&path, body).await, &path);
        let page = site.get(format!("/{id}")).await;
        assert!((400..500).contains(&page.status), "/{id}: {}", page.status);
    }
    site.pay(&order).await;
    for position in ["1", "-1", "9223372036854775807", "99999999999999999999", "x", "%00"] {
        let path = order.at(&format!("/assignments/{position}"));
        let answer = site.put(&path, crate::site::ada()).cookie(&order.cookie).await;
        problem(&answer, &path);
        assert_eq!(answer.status, 404, "{path}");
    }
}

both!(wrong_methods_are_problems_too);
async fn wrong_methods_are_problems_too(site: &Site) {
    let fair = site.organizer("strict", &[(1_000, 5)]).await;
    for (method, path) in [
        ("DELETE", "/api/conferences/strict".to_owned()),
        ("PATCH", "/api/orders/find".to_owned()),
        ("GET", "/api/management/session".to_owned()),
        ("PUT", fair.at("/publish")),
        ("GET", "/api/payments/callback/x".to_owned()),
    ] {
        let answer = site.call(method, &path).cookie(&fair.session).await;
        problem(&answer, &path);
        assert!(matches!(answer.status, 404 | 405), "{method} {path}");
    }
}

both!(queries_that_make_no_sense_name_it);
async fn queries_that_make_no_sense_name_it(site: &Site) {
    let fair = site.organizer("strict", &[(1_000, 5)]).await;
    for query in ["q=%00", "q=a%00b", "limit=x", "limit=1.5", "limit=99999999999999999999", "order_id=x"] {
        let lists = ["/orders", "/attendees", "/history", "/orders.csv"].map(|list| fair.at(list));
        for list in lists {
            let path = format!("{list}?{query}");
            let answer = site.get(&path).cookie(&fair.session).await;
            assert_eq!((problem(&answer, &path).is_empty(), answer.status), (false, 422), "{path}");
        }
    }
    for (path, field) in [
        (fair.at("/orders?status=sold"), "status"),
        (fair.at("/orders?after=x"), "after"),
        (fair.at("/history?after=x"), "after"),
        (fair.at("/attendees?after=x"), "after"),
        ("/api/conferences?q=%00".to_owned(), "q"),
        ("/api/conferences?limit=x".to_owned(), "limit"),
    ] {
        let answer = site.get(&path).cookie(&fair.session).await;
        assert_eq!((problem(&answer, &path).as_str(), answer.status), (field, 422), "{path}");
    }
    for harmless in
        ["limit=-5", "limit=0", "limit=9223372036854775807", "q=%25%5F%5C%27%22", "q=%F0%9F%A6%80"]
    {
        let path = fair.at(&format!("/orders?{harmless}"));
        assert_eq!(site.get(&path).cookie(&fair.session).await.status, 200, "{path}");
    }
}

both!(people_conferences_and_seat_types_name_their_fields);
async fn people_conferences_and_seat_types_name_their_fields(site: &Site) {
    let fair = site.organizer("strict", &[(1_000, 5)]).await;
    let order = site.order(&fair, &[(0, 1)]).await;
    let before = state(site, &fair, &order).await;
    let long = "x".repeat(20_000);
    let of_person = [
        ("email", json!("ada")),
        ("email", json!("")),
        ("email", json!("a\u{0}@example.org")),
        ("email", json!(null)),
        ("first_name", json!("")),
        ("first_name", json!(long)),
        ("last_name", json!("a\u{0}b")),
        ("last_name", json!(7)),
    ];
    for (field, value) in of_person {
        let mut body = crate::site::ada();
        body[field] = value;
        let answer = site.put(order.at("/registrant"), body.clone()).cookie(&order.cookie).await;
        assert_eq!((problem(&answer, field).as_str(), answer.status), (field, 422), "{body}");
    }
    let of_conference = [
        ("slug", json!("a b")),
        ("slug", json!("api")),
        ("slug", json!("é-conf")),
        ("name", json!("")),
        ("name", json!(long)),
        ("owner_email", json!("olga")),
        ("start_date", json!("2026-02-30")),
        ("end_date", json!("2026-05-01")),
        ("time_zone", json!("Mars/Olympus")),
        ("currency", json!("XYZ")),
        ("start_date", json!(20_260_601)),
        ("location", json!("a\u{0}")),
    ];
    for (field, value) in of_conference {
        let mut body = creation("fresh");
        body[field] = value;
        let answer = site.post("/api/management/conferences", body.clone()).await;
        assert_eq!((problem(&answer, field).as_str(), answer.status), (field, 422), "{body}");
    }
    let money = |amount: Value, currency: &str| json!({ "amount": amount, "currency": currency });
    let of_seat_type = [
        ("quota", "quota", json!(-1)),
        ("quota", "quota", json!(1_000_001)),
        ("quota", "quota", json!("many")),
        ("price.amount", "price", money(json!(-1), "USD")),
        ("price.amount", "price", money(json!(i64::MAX), "USD")),
        ("price.currency", "price", money(json!(1), "EUR")),
        ("price.amount", "price", money(json!(0.1), "USD")),
        ("name", "name", json!(long)),
    ];
    for (field, member, value) in of_seat_type {
        let mut body = crate::site::seat_type(1, 1);
        body[member] = value;
        let answer = site.post(fair.at("/seat-types"), body.clone()).cookie(&fair.session).await;
        assert_eq!((problem(&answer, field).as_str(), answer.status), (field, 422), "{body}");
    }
    assert_eq!(state(site, &fair, &order).await, before);
}

both!(keys_that_are_none_are_refused);
async fn keys_that_are_none_are_refused(site: &Site) {
    let fair = site.organizer("strict", &[(1_000, 5)]).await;
    for key in ["", " ", "a b", "é", &"k".repeat(65)] {
        let body = json!({ "seats": fair.choose(&[(0, 1)]) });
        let answer = site.post("/api/conferences/strict/orders", body).key(key).await;
        answer.refused(400, "invalid-idempotency-key");
    }
    assert_eq!(site.recorded(&fair, "OrderPlaced").await, 0);
}
