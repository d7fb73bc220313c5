//! More buyers than seats, all at once.

use futures_util::future::join_all;
use serde_json::json;

use crate::site::{Answer, Fair, Site, both};

async fn rush(site: &Site, fair: &Fair, buyers: usize, quantity: i64) -> Vec<Answer> {
    let path = format!("/api/conferences/{}/orders", fair.slug);
    let body = json!({ "seats": fair.choose(&[(0, quantity)]) });
    let calls: Vec<_> = (0..buyers)
        .map(|_| {
            // A request of its own task each, on all threads.
            let router = site.running.router.clone();
            let request = axum::http::Request::post(&path).header("content-type", "application/json");
            let request = request.body(axum::body::Body::from(body.to_string())).unwrap();
            tokio::spawn(Answer::to(router, request))
        })
        .collect();
    join_all(calls).await.into_iter().map(Result::unwrap).collect()
}

fn reserved(answer: &Answer) -> i64 {
    answer.json["seats"][0]["reserved"].as_i64().unwrap()
}

both!(of_four_buyers_of_the_last_two_pairs_exactly_two_get_them);
async fn of_four_buyers_of_the_last_two_pairs_exactly_two_get_them(site: &Site) {
    let fair = site.organizer("pairs", &[(1_000, 4)]).await;
    let answers = rush(site, &fair, 4, 2).await;
    assert!(answers.iter().all(|answer| answer.status == 201));
    let mut held: Vec<_> = answers.iter().map(reserved).collect();
    held.sort_unstable();
    assert_eq!(held, [0, 0, 2, 2]);
    assert_eq!(site.available(&fair, 0).await, 0);
}

both!(two_hundred_buyers_at_once_split_what_there_is_exactly);
async fn two_hundred_buyers_at_once_split_what_there_is_exactly(site: &Site) {
    let fair = site.organizer("rush", &[(1_000, 121)]).await;
    let answers = rush(site, &fair, 200, 2).await;
    assert!(answers.iter().all(|answer| answer.status == 201));
    let with = |count: i64| answers.iter().filter(|answer| reserved(answer) == count).count();
    assert_eq!((with(2), with(1), with(0)), (60, 1, 139));
    assert_eq!(site.available(&fair, 0).await, 0);
    let summary = site.get(fair.at("/summary")).cookie(&fair.session).await.expect(200);
    let seats = &summary["seat_types"][0];
    assert_eq!([&seats["held"], &seats["sold"], &seats["free"]], [121, 0, 0]);
    assert_eq!(summary["orders"], json!({ "reserved": 60, "partially_reserved": 140 }));
}

both!(one_order_sent_many_times_at_once_is_one_order);
async fn one_order_sent_many_times_at_once_is_one_order(site: &Site) {
    let fair = site.organizer("same", &[(1_000, 50)]).await;
    let body = json!({ "id": site.id(), "seats": fair.choose(&[(0, 1)]) });
    let calls =
        (0..20).map(|_| site.post("/api/conferences/same/orders", body.clone()).key("one").into_future());
    for answer in join_all(calls).await {
        assert_eq!(answer.status, 201, "{}", answer.text());
        assert_ne!(answer.json["access_code"], serde_json::Value::Null);
    }
    assert_eq!(site.available(&fair, 0).await, 49);
    assert_eq!(site.recorded(&fair, "OrderPlaced").await, 1);
}
