//! The bounds of Conference Management: what is just allowed is kept as it was sent, and what is just beyond is refused
//! by the names of the field and the rule, and changes nothing.

use axum::http::header::LOCATION;
use plenary_app::RESERVED_SLUGS;
use serde_json::{Value, json};

use crate::site::{Answer, Fair, Site, both, creation};

/// Checks that exactly this field was refused by this rule.
#[track_caller]
fn refused_for(answer: &Answer, field: &str, rule: &str) {
    answer.refused(422, "invalid-input");
    let errors = answer.json["errors"].as_array().unwrap();
    let named: Vec<_> = errors.iter().map(|it| (it["field"].as_str(), it["rule"].as_str())).collect();
    assert_eq!(named, [(Some(field), Some(rule))], "{}", answer.text());
    assert!(errors[0]["message"].as_str().unwrap().ends_with('.'), "{}", answer.text());
}

/// Letters that take two bytes each: bounds count characters.
fn long(characters: usize) -> Value {
    json!("ä".repeat(characters))
}

/// An address of so many characters, in the longest parts that there are.
fn address(characters: usize) -> Value {
    let (local, label) = ("a".repeat(64), "b".repeat(63));
    let rest = characters - local.len() - 1 - 2 * (label.len() + 1);
    json!(format!("{local}@{label}.{label}.{}", "c".repeat(rest)))
}

/// A field, what is just allowed in it, and what is not, with the rule.
type Bound = (&'static str, Vec<Value>, Vec<(Value, &'static str)>);

/// The texts that can be changed later, too.
fn texts() -> Vec<Bound> {
    let required = |longest: usize| {
        let beyond =
            vec![(json!(""), "required"), (json!(" \n"), "required"), (long(longest + 1), "too_long")];
        (vec![json!("x"), long(longest)], beyond)
    };
    let optional = |longest: usize| (vec![json!(""), long(longest)], vec![(long(longest + 1), "too_long")]);
    let bounds = [
        ("name", required(120)),
        ("tagline", optional(200)),
        ("description", required(10_000)),
        ("location", required(200)),
    ];
    bounds.into_iter().map(|(field, (within, beyond))| (field, within, beyond)).collect()
}

fn clocks() -> Vec<Bound> {
    let range = |field, first: i64, last: i64| {
        let beyond = vec![(json!(first - 1), "range"), (json!(last + 1), "range")];
        (field, vec![json!(first), json!(last)], beyond)
    };
    vec![
        range("reservation_shown_s", 1, 86_400),
        range("reservation_buffer_s", 0, 86_400),
        range("waitlist_offer_s", 60, 2_592_000),
    ]
}

both!(a_conference_is_created_within_its_bounds);
async fn a_conference_is_created_within_its_bounds(site: &Site) {
    let mut bounds = texts();
    bounds.push((
        "owner_name",
        vec![json!("x"), long(100)],
        vec![(json!(" "), "required"), (long(101), "too_long")],
    ));
    bounds.push(("owner_email", vec![json!("a@b.c"), address(254)], vec![(address(255), "email")]));
    bounds.push((
        "start_date",
        vec![json!("1970-01-01"), json!("2026-06-02")],
        vec![(json!("1969-12-31"), "range")],
    ));
    bounds.push((
        "end_date",
        vec![json!("2026-06-01"), json!("9999-12-31")],
        vec![(json!("2026-05-31"), "order")],
    ));
    let mut number = 0;
    for (field, within, beyond) in bounds {
        for value in within {
            number += 1;
            let mut input = creation(&format!("bound-{number}"));
            input[field] = value.clone();
            let created = site.post("/api/management/conferences", input).await.expect(201);
            assert_eq!(created[field], value, "{field}");
        }
        for (value, rule) in beyond {
            let mut input = creation("beyond");
            input[field] = value;
            refused_for(&site.post("/api/management/conferences", input).await, field, rule);
        }
    }
    // Nothing was done by halves: the slug is still free.
    let created = site.post("/api/management/conferences", creation("beyond")).await.expect(201);
    assert_eq!((&created["currency"], &created["time_zone"]), (&json!("USD"), &json!("UTC")));
    assert_eq!((&created["published"], &created["ever_published"]), (&json!(false), &json!(false)));
}

both!(a_slug_has_its_form_and_is_no_address_of_the_site);
async fn a_slug_has_its_form_and_is_no_address_of_the_site(site: &Site) {
    let create = async |slug: &str| site.post("/api/management/conferences", creation(slug)).await;
    let longest = "z".repeat(60);
    for slug in ["abc", "0-_", "Z__", longest.as_str()] {
        assert_eq!(create(slug).await.expect(201)["slug"], slug);
    }
    let too_long = "y".repeat(61);
    for slug in ["", "ab", "-ab", "_ab", "a b", "a/b", "a.b", "äbc", "abc\n", too_long.as_str()] {
        refused_for(&create(slug).await, "slug", "slug");
    }
    for reserved in RESERVED_SLUGS.into_iter().filter(|it| plenary_shared::validation::is_slug(it)) {
        refused_for(&create(reserved).await, "slug", "reserved");
        refused_for(&create(&reserved.to_uppercase()).await, "slug", "reserved");
    }
    create("ABC").await.refused(409, "slug-taken");
    create(&longest.to_uppercase()).await.refused(409, "slug-taken");
}

/// Changes a conference as it is now.
async fn change(site: &Site, fair: &Fair, field: &str, value: &Value) -> Answer {
    let now = site.get(fair.at("")).cookie(&fair.session).await.expect(200);
    let input = json!({ "version": now["version"], field: value });
    site.put(fair.at(""), input).cookie(&fair.session).await
}

both!(a_conference_is_changed_within_its_bounds_and_stays_published);
async fn a_conference_is_changed_within_its_bounds_and_stays_published(site: &Site) {
    let fair = site.organizer("changed", &[(100, 10)]).await;
    let mut bounds = texts();
    bounds.extend(clocks());
    bounds.push((
        "start_date",
        vec![json!("1970-01-01"), json!("2026-06-02")],
        vec![(json!("1969-12-31"), "range")],
    ));
    bounds.push((
        "end_date",
        vec![json!("9999-12-31"), json!("2026-06-02")],
        vec![(json!("2026-06-01"), "order")],
    ));
    for (field, within, beyond) in bounds {
        for value in within {
            let changed = change(site, &fair, field, &value).await.expect(200);
            assert_eq!((&changed[field], &changed["published"]), (&value, &json!(true)), "{field}");
        }
        for (value, rule) in beyond {
            let before = site.get(fair.at("")).cookie(&fair.session).await.expect(200);
            refused_for(&change(site, &fair, field, &value).await, field, rule);
            let after = site.get(fair.at("")).cookie(&fair.session).await.expect(200);
            assert_eq!((&after[field], &after["version"]), (&before[field], &before["version"]), "{field}");
        }
    }
    site.get("/api/conferences/changed").await.expect(200);
    // What is fixed stays, whatever comes along.
    for field in ["slug", "owner_name", "owner_email", "access_code", "published"] {
        let changed = change(site, &fair, field, &json!("other")).await.expect(200);
        assert_ne!(changed[field], "other", "{field}");
    }
}

both!(a_redirect_link_has_its_length);
async fn a_redirect_link_has_its_length(site: &Site) {
    let fair = site.organizer("sent-on", &[]).await;
    let link = |length: usize| format!("https://example.org/{}", "x".repeat(length - 20));
    let unpublish = async |url: String| {
        site.post(fair.at("/unpublish"), json!({ "redirect_url": url })).cookie(&fair.session).await
    };
    refused_for(&unpublish(link(2001)).await, "redirect_url", "url");
    site.get("/api/conferences/sent-on").await.expect(200);
    assert_eq!(unpublish(link(2000)).await.expect(200)["redirect_url"], link(2000));
    let hidden = site.get("/api/conferences/sent-on").await;
    hidden.refused(404, "not-found");
    assert_eq!(hidden.json["redirect_url"], link(2000));
    let page = site.get("/sent-on").await;
    assert_eq!((page.status, page.header(LOCATION)), (303, link(2000).as_str()));
    // A header is ASCII, and browsers read the percent form of a host's name as well.
    unpublish("https://m\u{fc}ller.example/\u{fc}ber?a=b".to_owned()).await.expect(200);
    let page = site.get("/sent-on").await;
    assert_eq!((page.status, page.header(LOCATION)), (303, "https://m%C3%BCller.example/%C3%BCber?a=b"));
}

fn seat_type(field: &str, value: &Value, currency: &str) -> Value {
    let mut input = json!({ "name": "General", "price": { "amount": 1, "currency": currency }, "quota": 1 });
    match field {
        "price.amount" => input["price"]["amount"] = value.clone(),
        field => input[field] = value.clone(),
    }
    input
}

fn amount_of<'v>(seat_type: &'v Value, field: &str) -> &'v Value {
    match field {
        "price.amount" => &seat_type["price"]["amount"],
        field => &seat_type[field],
    }
}

both!(a_seat_type_is_created_and_changed_within_its_bounds);
async fn a_seat_type_is_created_and_changed_within_its_bounds(site: &Site) {
    // 50,000 of a currency in its minor units.
    for (slug, currency, highest) in
        [("dollars", "USD", 5_000_000), ("yen", "JPY", 50_000), ("dinars", "KWD", 50_000_000)]
    {
        let mut input = creation(slug);
        input["currency"] = json!(currency);
        let created = site.post("/api/management/conferences", input).await;
        let session = created.cookie();
        created.expect(201);
        let path = format!("/api/management/conferences/{slug}/seat-types");
        let first =
            site.post(&path, seat_type("quota", &json!(5), currency)).cookie(&session).await.expect(201);
        let first = format!("{path}/{}", first["id"].as_str().unwrap());
        let range =
            |last: i64| (vec![json!(0), json!(last)], vec![(json!(-1), "range"), (json!(last + 1), "range")]);
        let bounds = [
            ("name", (vec![json!("x"), long(70)], vec![(json!(" "), "required"), (long(71), "too_long")])),
            ("description", (vec![json!(""), long(250)], vec![(long(251), "too_long")])),
            ("quota", range(1_000_000)),
            ("price.amount", range(highest)),
        ];
        for (field, (within, beyond)) in bounds {
            for value in within {
                let input = seat_type(field, &value, currency);
                let created = site.post(&path, input.clone()).cookie(&session).await.expect(201);
                assert_eq!(amount_of(&created, field), &value, "{field}");
                let changed = site.put(&first, at_its_version(site, &path, &session, input).await);
                assert_eq!(amount_of(&changed.cookie(&session).await.expect(200), field), &value, "{field}");
            }
            for (value, rule) in beyond {
                let before = site.get(&path).cookie(&session).await.expect(200);
                let input = seat_type(field, &value, currency);
                refused_for(&site.post(&path, input.clone()).cookie(&session).await, field, rule);
                let changed = site.put(&first, at_its_version(site, &path, &session, input).await);
                refused_for(&changed.cookie(&session).await, field, rule);
                assert_eq!(site.get(&path).cookie(&session).await.expect(200), before);
            }
        }
    }
}

/// A change of the first seat type, made on what it is now.
async fn at_its_version(site: &Site, path: &str, session: &str, mut input: Value) -> Value {
    let now = site.get(path).cookie(session).await.expect(200);
    input["version"] = now[0]["version"].clone();
    input
}

both!(the_currency_is_fixed_by_the_first_seat_type);
async fn the_currency_is_fixed_by_the_first_seat_type(site: &Site) {
    let fair = site.draft("fixed", &[]).await;
    let euros = json!("EUR");
    assert_eq!(change(site, &fair, "currency", &euros).await.expect(200)["currency"], euros);
    let path = fair.at("/seat-types");
    let added =
        site.post(&path, seat_type("quota", &json!(1), "EUR")).cookie(&fair.session).await.expect(201);
    let refused = change(site, &fair, "currency", &json!("USD")).await;
    refused.refused(409, "currency-fixed");
    assert_eq!(refused.json["errors"][0]["field"], "currency");
    change(site, &fair, "currency", &euros).await.expect(200);
    let dollars = site.post(&path, seat_type("quota", &json!(1), "USD")).cookie(&fair.session).await;
    refused_for(&dollars, "price.currency", "currency");
    // Nobody was told of it yet, so it may go, and the currency is free again.
    let added = format!("{path}/{}", added["id"].as_str().unwrap());
    assert_eq!(site.delete(added).cookie(&fair.session).await.status, 204);
    assert_eq!(change(site, &fair, "currency", &json!("USD")).await.expect(200)["currency"], "USD");
}
