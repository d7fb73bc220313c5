//! What organizers see and change, and what they never see of each other.

use axum::http::header;
use serde_json::{Value, json};

use crate::site::{Site, ada, both, creation, seat_type};

both!(an_organizer_without_the_conference_in_her_session_finds_nothing);
async fn an_organizer_without_the_conference_in_her_session_finds_nothing(site: &Site) {
    let mine = site.organizer("mine", &[(1_000, 5)]).await;
    let theirs = site.organizer("theirs", &[(1_000, 5)]).await;
    let order = site.order(&theirs, &[(0, 1)]).await;
    let seat_type_path = format!("/seat-types/{}", theirs.seats[0]);
    let attention = format!("/attention/{}", order.id);
    let calls: [(&str, &str, Option<Value>); 18] = [
        ("GET", "", None),
        ("PUT", "", Some(json!({ "name": "Stolen", "version": 1 }))),
        ("POST", "/publish", None),
        ("POST", "/unpublish", Some(json!({}))),
        ("GET", "/seat-types", None),
        ("POST", "/seat-types", Some(seat_type(1, 1))),
        ("PUT", &seat_type_path, Some(seat_type(1, 1))),
        ("DELETE", &seat_type_path, None),
        ("GET", "/orders", None),
        ("GET", "/attendees", None),
        ("GET", "/orders.csv", None),
        ("GET", "/attendees.csv", None),
        ("GET", "/summary", None),
        ("GET", "/history", None),
        ("GET", "/events", None),
        ("GET", "/attention", None),
        ("GET", "/orders?q=%25", None),
        ("POST", &attention, Some(json!({ "resolution": "refund" }))),
    ];
    for (method, rest, body) in calls {
        let call = || {
            let call = site.call(method, theirs.at(rest));
            body.as_ref().map_or_else(|| site.call(method, theirs.at(rest)), |body| call.json(body))
        };
        call().await.refused(401, "not-signed-in");
        call().cookie("plenary_session=00").await.refused(401, "not-signed-in");
        call().cookie(&mine.session).await.refused(404, "not-found");
    }
    let missing = site.get("/api/management/conferences/nowhere").cookie(&mine.session).await;
    let hidden = site.get(theirs.at("")).cookie(&mine.session).await;
    assert_eq!(missing.json, hidden.json);

    // A seat type of another conference is not there either, whatever is said about it.
    let foreign = mine.at(&seat_type_path);
    site.put(&foreign, json!({ "nonsense": 1 })).cookie(&mine.session).await.refused(404, "not-found");
    site.delete(&foreign).cookie(&mine.session).await.refused(404, "not-found");
    let untouched = site.get(theirs.at("")).cookie(&theirs.session).await.expect(200);
    assert_eq!(untouched["published"], true);
}

both!(a_session_is_opened_with_address_and_code_and_ends);
async fn a_session_is_opened_with_address_and_code_and_ends(site: &Site) {
    let fair = site.organizer("located", &[]).await;
    let locate = |email: &str, code: &str| {
        site.post("/api/management/session", json!({ "email": email, "access_code": code }))
    };
    let located = locate("OLGA@example.org", &fair.access_code.to_lowercase()).await;
    let (cookie, json) = (located.cookie(), located.expect(200));
    assert!(json["access_code"].is_null());
    site.get(fair.at("")).cookie(&cookie).await.expect(200);
    let bearer = format!("Bearer {}", json["token"].as_str().unwrap());
    site.get(fair.at("")).header("authorization", bearer).await.expect(200);
    let wrong =
        [locate("olga@example.org", "AAAAA").await, locate("eve@example.org", &fair.access_code).await];
    assert_eq!(wrong[0].json, wrong[1].json);
    wrong[0].refused(401, "wrong-email-or-code");
    let ended = site.delete("/api/management/session").cookie(&cookie).await;
    assert_eq!(ended.status, 204);
    site.get(fair.at("")).cookie(&cookie).await.refused(401, "not-signed-in");
}

both!(guessing_is_slowed_down);
async fn guessing_is_slowed_down(site: &Site) {
    let guess = || {
        let body = json!({ "email": "olga@example.org", "access_code": "AAAAA" });
        site.post("/api/management/session", body)
    };
    for _ in 0..5 {
        assert_eq!(guess().await.status, 401);
    }
    let slowed = guess().await;
    slowed.refused(429, "slow-down");
    assert_eq!(slowed.header(header::RETRY_AFTER), "60");
}

both!(a_change_made_on_an_older_version_is_refused);
async fn a_change_made_on_an_older_version_is_refused(site: &Site) {
    let fair = site.organizer("stale", &[(1_000, 5)]).await;
    let version = site.get(fair.at("")).cookie(&fair.session).await.expect(200)["version"].clone();
    let rename =
        |name: &str| site.put(fair.at(""), json!({ "name": name, "version": version })).cookie(&fair.session);
    let renamed = rename("First").await.expect(200);
    assert_eq!(renamed["name"], "First");
    assert!(renamed["version"].as_i64() > version.as_i64());
    rename("Second").await.refused(409, "stale-version");
    assert_eq!(site.get("/api/conferences/stale").await.expect(200)["name"], "First");

    let path = fair.at(&format!("/seat-types/{}", fair.seats[0]));
    let reprice = |price: i64, version: i64| {
        let mut body = seat_type(price, 5);
        body["version"] = version.into();
        site.put(&path, body).cookie(&fair.session)
    };
    reprice(2_000, 1).await.expect(200);
    reprice(3_000, 1).await.refused(409, "stale-version");
}

both!(a_seat_type_can_be_deleted_only_before_the_first_publication);
async fn a_seat_type_can_be_deleted_only_before_the_first_publication(site: &Site) {
    let fair = site.draft("deleted", &[(1_000, 5), (2_000, 5)]).await;
    let delete = |place: usize| {
        site.delete(fair.at(&format!("/seat-types/{}", fair.seats[place]))).cookie(&fair.session)
    };
    assert_eq!(delete(0).await.status, 204);
    delete(0).await.refused(404, "not-found");
    site.call("POST", fair.at("/publish")).cookie(&fair.session).await.expect(200);
    delete(1).await.refused(409, "published-once");
    site.call("POST", fair.at("/unpublish")).cookie(&fair.session).await.expect(200);
    delete(1).await.refused(409, "published-once");
}

both!(a_slug_is_taken_whatever_its_case);
async fn a_slug_is_taken_whatever_its_case(site: &Site) {
    site.organizer("RustConf", &[]).await;
    for slug in ["RustConf", "rustconf", "RUSTCONF"] {
        let answer = site.post("/api/management/conferences", creation(slug)).await;
        answer.refused(409, "slug-taken");
        assert_eq!(answer.cookie(), "");
    }
    assert_eq!(site.get("/api/conferences/rustconf").await.expect(200)["slug"], "RustConf");
    let reserved = site.post("/api/management/conferences", creation("Manage")).await;
    assert_eq!(reserved.expect(422)["errors"][0]["field"], "slug");
}

both!(the_summary_adds_up);
async fn the_summary_adds_up(site: &Site) {
    let fair = site.organizer("sums", &[(1_000, 10), (0, 10)]).await;
    let summary = || site.get(fair.at("/summary")).cookie(&fair.session);
    let paid = site.order(&fair, &[(0, 2), (1, 1)]).await;
    site.pay(&paid).await;
    site.order(&fair, &[(0, 3)]).await;
    let given_back = site.order(&fair, &[(0, 1)]).await;
    site.delete(given_back.at("")).cookie(&given_back.cookie).await.expect(200);
    let numbers = summary().await.expect(200);
    let figures = |place: usize| {
        let it = &numbers["seat_types"][place];
        ["quota", "sold", "held", "free"].map(|name| it[name].as_i64().unwrap())
    };
    assert_eq!((figures(0), figures(1)), ([10, 2, 3, 5], [10, 1, 0, 9]));
    assert_eq!(numbers["revenue"], json!({ "amount": 2_000, "currency": "USD" }));
    assert_eq!(numbers["orders"], json!({ "confirmed": 1, "reserved": 1, "cancelled": 1 }));
    let day = json!({
        "date": "2026-03-01", "orders": 1, "seats": 3, "revenue": { "amount": 2_000, "currency": "USD" },
    });
    assert_eq!(numbers["by_day"], json!([day]));
}

both!(the_history_tells_of_one_order_or_of_all_page_by_page);
async fn the_history_tells_of_one_order_or_of_all_page_by_page(site: &Site) {
    let fair = site.organizer("told", &[(1_000, 10)]).await;
    let (one, other) = (site.order(&fair, &[(0, 2)]).await, site.order(&fair, &[(0, 1)]).await);
    site.pay(&one).await;
    let history = async |query: String| site.get(fair.at(&query)).cookie(&fair.session).await.expect(200);
    let of_other = history(format!("/history?order_id={}", other.id)).await;
    let of_other = of_other["events"].as_array().unwrap();
    assert!(of_other.iter().all(|event| event["order_id"] == other.id));
    let kinds: Vec<_> = of_other.iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert!(kinds.contains(&"OrderPlaced") && kinds.contains(&"SeatsReserved"), "{kinds:?}");
    assert!(!kinds.contains(&"OrderConfirmed"), "{kinds:?}");

    let all = history("/history?limit=500".to_owned()).await["events"].clone();
    let (mut paged, mut after) = (Vec::new(), Value::from("0"));
    while let Some(cursor) = after.as_str() {
        let page = history(format!("/history?limit=4&after={cursor}")).await;
        paged.extend(page["events"].as_array().unwrap().clone());
        after = page["next"].clone();
    }
    assert_eq!(Value::from(paged), all);
    let positions: Vec<_> =
        all.as_array().unwrap().iter().map(|it| it["position"].as_i64().unwrap()).collect();
    assert!(positions.is_sorted());
}

both!(orders_are_listed_searched_and_paged);
async fn orders_are_listed_searched_and_paged(site: &Site) {
    let fair = site.organizer("lists", &[(1_000, 50)]).await;
    let mut placed = Vec::new();
    for _ in 0..5 {
        placed.push(site.order(&fair, &[(0, 1)]).await);
        // Ids made in the same millisecond have no order among them.
        site.hand.advance(std::time::Duration::from_millis(1));
    }
    site.pay(&placed[2]).await;
    site.put(placed[2].at("/assignments/0"), ada()).cookie(&placed[2].cookie).await.expect(200);
    let orders = async |query: &str| {
        let path = fair.at(&format!("/orders{query}"));
        site.get(path).cookie(&fair.session).await.expect(200)
    };
    let ids = |page: &Value| -> Vec<String> {
        page["orders"].as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap().to_owned()).collect()
    };
    let newest_first: Vec<_> = placed.iter().rev().map(|order| order.id.clone()).collect();
    assert_eq!(ids(&orders("").await), newest_first);
    let first = orders("?limit=2").await;
    assert_eq!(ids(&first), newest_first[..2]);
    let second = orders(&format!("?limit=3&after={}", first["next"].as_str().unwrap())).await;
    assert_eq!((ids(&second), &second["next"]), (newest_first[2..].to_vec(), &Value::Null));

    let found = [placed[2].id.clone()];
    let code = placed[2].json["access_code"].as_str().unwrap();
    for query in ["?q=LOVELACE", "?q=ada%40example", "?status=confirmed", &format!("?q={code}")] {
        assert_eq!(ids(&orders(query).await), found, "{query}");
    }
    assert_eq!(ids(&orders("?q=%25").await), [""; 0], "a percent sign is no wildcard");
    let order = &orders("?status=confirmed").await["orders"][0];
    assert_eq!((&order["registrant"], &order["attendees"][0]["attendee"]), (&ada(), &ada()));
    let attendees = site.get(fair.at("/attendees?q=ada")).cookie(&fair.session).await.expect(200);
    assert_eq!(attendees["attendees"].as_array().unwrap().len(), 1);
}

both!(lists_are_exported_whole_and_harmless);
async fn lists_are_exported_whole_and_harmless(site: &Site) {
    let fair = site.organizer("export", &[(1_050, 50)]).await;
    let order = site.order(&fair, &[(0, 2)]).await;
    let formula = json!({ "first_name": "=1+1", "last_name": "Love, \"lace\"", "email": "ada@example.org" });
    site.put(order.at("/registrant"), formula.clone()).cookie(&order.cookie).await.expect(200);
    let csv = site.get(fair.at("/orders.csv")).cookie(&fair.session).await;
    assert_eq!(csv.header(header::CONTENT_TYPE), "text/csv; charset=utf-8");
    assert_eq!(csv.header(header::CONTENT_DISPOSITION), "attachment; filename=\"orders.csv\"");
    let code = order.json["access_code"].as_str().unwrap();
    let row = format!(
        "{},{code},reserved,2026-03-01T09:00:00.000Z,'=1+1,\"Love, \"\"lace\"\"\",ada@example.org,2 × For 1050,21.00,USD,false,,0.00",
        order.id
    );
    let text = csv.text();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines[1..], [row.as_str()]);
    assert!(lines[0].ends_with(",total,currency,free,promo_codes,discount"), "{}", lines[0]);
    let empty = site.get(fair.at("/attendees.csv")).cookie(&fair.session).await;
    assert_eq!(empty.text().lines().count(), 1);
}

both!(published_conferences_are_listed_soonest_first);
async fn published_conferences_are_listed_soonest_first(site: &Site) {
    for (slug, start) in [("second", "2026-07-01"), ("first", "2026-06-01"), ("third", "2026-08-01")] {
        let fair = site.organizer(slug, &[]).await;
        let body = json!({ "start_date": start, "end_date": "2026-09-01", "version": 2 });
        site.put(fair.at(""), body).cookie(&fair.session).await.expect(200);
    }
    site.draft("hidden", &[]).await;
    let list = async |query: &str| site.get(format!("/api/conferences{query}")).await;
    let slugs = |json: &Value| -> Vec<String> {
        json.as_array().unwrap().iter().map(|it| it["slug"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(slugs(&list("").await.json), ["first", "second", "third"]);
    assert_eq!(slugs(&list("?q=SECOND").await.json), ["second"]);
    let page = list("?limit=2").await;
    assert_eq!(slugs(&page.json), ["first", "second"]);
    let (next, _) = page.header(header::LINK).strip_prefix('<').unwrap().split_once('>').unwrap();
    assert_eq!(slugs(&site.get(next).await.json), ["third"]);
}
