//! Live streams, and what every answer carries.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::header;
use serde_json::{Value, json};

use crate::site::{Message, Messages, Site, both};

both!(a_stream_begins_with_the_current_state_and_its_position);
async fn a_stream_begins_with_the_current_state_and_its_position(site: &Site) {
    let fair = site.organizer("live", &[(1_000, 5)]).await;
    let mut conference = Messages::of(site.get("/api/conferences/live/events")).await;
    let first = conference.next().await;
    assert_eq!((first.event.as_str(), &first.json["seat_types"][0]["available"]), ("conference", &json!(5)));
    let order = site.order(&fair, &[(0, 2)]).await;
    let next = conference.next().await;
    assert_eq!((next.event.as_str(), &next.json["seat_types"][0]["available"]), ("availability", &json!(3)));
    assert!(next.id > first.id);

    let mut holder = Messages::of(site.get(order.at("/events")).cookie(&order.cookie)).await;
    let mut stranger = Messages::of(site.get(order.at("/events"))).await;
    assert_eq!(holder.next().await.json["access_code"], order.json["access_code"]);
    assert_eq!(stranger.next().await.json["access_code"], Value::Null);
    site.register(&order).await;
    assert_eq!(holder.next().await.json["registrant"], crate::site::ada());
    assert_eq!(stranger.next().await.json["registrant"], Value::Null);
}

both!(a_confirmation_arrives_by_itself);
async fn a_confirmation_arrives_by_itself(site: &Site) {
    let fair = site.organizer("arrive", &[(1_000, 5)]).await;
    let order = site.order(&fair, &[(0, 2)]).await;
    let payment = site.start_payment(&order).await;
    let mut stream = Messages::of(site.get(order.at("/events")).cookie(&order.cookie)).await;
    site.decide(&payment, "accept").await;
    while stream.next_of("order").await.json["status"] != "confirmed" {}
}

both!(a_resumed_stream_misses_nothing);
async fn a_resumed_stream_misses_nothing(site: &Site) {
    let fair = site.organizer("resume", &[(1_000, 50)]).await;
    let events = || site.get(fair.at("/events")).cookie(&fair.session);
    let mut stream = Messages::of(events()).await;
    let first = stream.next().await;
    assert_eq!((first.event.as_str(), &first.json["seat_types"][0]["free"]), ("summary", &json!(50)));
    site.order(&fair, &[(0, 1)]).await;
    let seen = stream.next_of("activity").await;
    drop(stream);
    for _ in 0..3 {
        site.order(&fair, &[(0, 1)]).await;
    }
    let mut resumed = Messages::of(events().header("last-event-id", seen.id.to_string())).await;
    assert_eq!(resumed.next().await.event, "summary");
    let order = site.order(&fair, &[(0, 2)]).await;
    site.pay(&order).await;

    let history = site.get(fair.at("/history?limit=500")).cookie(&fair.session).await.expect(200);
    let missed =
        history["events"].as_array().unwrap().iter().filter(|it| it["position"].as_i64() > Some(seen.id));
    for event in missed {
        let activity = resumed.next_of("activity").await;
        assert_eq!((&activity.json, Some(activity.id)), (event, event["position"].as_i64()));
    }
}

both!(wherever_a_stream_breaks_off_the_last_id_leads_to_everything_after_it);
async fn wherever_a_stream_breaks_off_the_last_id_leads_to_everything_after_it(site: &Site) {
    let fair = site.organizer("break", &[(1_000, 50)]).await;
    let events = || site.get(fair.at("/events")).cookie(&fair.session);
    let mut stream = Messages::of(events()).await;
    let mut seen = vec![stream.next().await];
    // Side by side, so that several are of one batch.
    let fair = &fair;
    let orders = [1, 2, 3, 4].map(|quantity| {
        let seats = [(0, quantity)];
        async move {
            let order = site.order(fair, &seats).await;
            site.register(&order).await;
        }
    });
    futures_util::future::join_all(orders).await;
    let history = site.get(fair.at("/history?limit=500")).cookie(&fair.session).await.expect(200);
    let positions: Vec<_> =
        history["events"].as_array().unwrap().iter().map(|it| it["position"].as_i64().unwrap()).collect();
    let last = *positions.last().unwrap();
    while seen.last().unwrap().id < last || seen.last().unwrap().event != "activity" {
        seen.push(stream.next().await);
    }
    let newest = |messages: &[Message]| -> BTreeMap<String, Value> {
        let orders = messages.iter().filter(|it| it.event == "order");
        orders.map(|it| (it.json["id"].to_string(), it.json["registrant"].clone())).collect()
    };
    let all = newest(&seen);
    assert_eq!(all.len(), 4);

    for kept in 1..=seen.len() {
        let mut heard = seen[..kept].to_vec();
        let from = heard.last().unwrap().id;
        let mut resumed = Messages::of(events().header("last-event-id", from.to_string())).await;
        let mut after = positions.iter().filter(|position| **position > from);
        let mut expected = after.next();
        while let Some(position) = expected {
            let message = resumed.next().await;
            if message.event == "activity" {
                assert_eq!(message.id, *position, "after {from}");
                expected = after.next();
            }
            heard.push(message);
        }
        assert_eq!(newest(&heard), all, "after {from}");
        let told: BTreeSet<_> = heard.iter().filter(|it| it.event == "activity").map(|it| it.id).collect();
        let of_stream = positions.iter().filter(|position| **position > seen[0].id);
        assert!(told.iter().eq(of_stream), "after {from}");
    }
}

both!(an_organizer_sees_orders_and_numbers_as_they_change);
async fn an_organizer_sees_orders_and_numbers_as_they_change(site: &Site) {
    let fair = site.organizer("watch", &[(1_000, 50)]).await;
    let mut stream = Messages::of(site.get(fair.at("/events")).cookie(&fair.session)).await;
    stream.next_of("summary").await;
    let order = site.order(&fair, &[(0, 2)]).await;
    let mut kinds = BTreeSet::new();
    while kinds.len() < 3 {
        let message = stream.next().await;
        match message.event.as_str() {
            "order" => assert_eq!(message.json["id"], order.id),
            "summary" => assert_eq!(message.json["seat_types"][0]["held"], 2),
            "activity" => {}
            other => panic!("{other} is no message of this stream"),
        }
        kinds.insert(message.event);
    }
}

both!(every_answer_carries_the_security_headers);
async fn every_answer_carries_the_security_headers(site: &Site) {
    let fair = site.organizer("secure", &[(1_000, 5)]).await;
    let order = site.order(&fair, &[(0, 1)]).await;
    let page = format!("/secure/orders/{}", order.id);
    let manage = fair.at("");
    let paths = [
        "/",
        "/secure",
        page.as_str(),
        "/orders/find",
        "/manage",
        "/nowhere",
        "/api/conferences",
        "/api/nowhere",
        manage.as_str(),
        "/healthz",
        "/assets/missing",
    ];
    for path in paths {
        let answer = site.get(path).await;
        let policy = answer.header(header::CONTENT_SECURITY_POLICY);
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self' 'wasm-unsafe-eval';"),
            "{path}: {policy}"
        );
        assert!(!policy.contains("unsafe-inline"), "{path}: {policy}");
        assert_eq!(answer.header(header::X_CONTENT_TYPE_OPTIONS), "nosniff", "{path}");
        assert_eq!(answer.header(header::X_FRAME_OPTIONS), "DENY", "{path}");
        assert!(answer.headers.contains_key(header::REFERRER_POLICY), "{path}");
        assert!(answer.headers.contains_key(header::STRICT_TRANSPORT_SECURITY), "{path}");
    }
}

both!(a_command_from_another_site_is_refused);
async fn a_command_from_another_site_is_refused(site: &Site) {
    let fair = site.organizer("cross", &[(1_000, 5)]).await;
    let body = json!({ "seats": fair.choose(&[(0, 1)]) });
    let place = || site.post("/api/conferences/cross/orders", body.clone());
    place().header("sec-fetch-site", "cross-site").await.refused(403, "cross-site");
    place()
        .header("origin", "https://evil.example")
        .header("host", "plenary.test")
        .await
        .refused(403, "cross-site");
    place().header("sec-fetch-site", "same-origin").await.expect(201);
    assert_eq!(site.recorded(&fair, "OrderPlaced").await, 1);
}
