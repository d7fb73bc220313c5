//! Promotional codes, from the organizer who makes them to the order that uses them.

use std::time::Duration;

use axum::http::header;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::site::{Answer, BUFFER, Fair, Placed, SHOWN, Site, both};

fn percent(code: &str, percent: i64) -> Value {
    json!({ "code": code, "description": "A discount", "discount": { "kind": "percentage", "percent": percent } })
}

fn amount(code: &str, amount: i64) -> Value {
    let amount = json!({ "amount": amount, "currency": "USD" });
    json!({ "code": code, "discount": { "kind": "amount", "amount": amount } })
}

/// The code with other fields.
fn with(mut code: Value, fields: Value) -> Value {
    let Value::Object(fields) = fields else { panic!("fields are an object: {fields}") };
    code.as_object_mut().unwrap().extend(fields);
    code
}

impl Site {
    async fn add_code(&self, fair: &Fair, code: Value) -> Value {
        self.post(fair.at("/promo-codes"), code).cookie(&fair.session).await.expect(201)
    }

    async fn change_code(&self, fair: &Fair, code: &Value, fields: Value) -> Value {
        let path = fair.at(&format!("/promo-codes/{}", code["id"].as_str().unwrap()));
        self.put(path, with(code.clone(), fields)).cookie(&fair.session).await.expect(200)
    }

    async fn uses(&self, fair: &Fair, code: &Value) -> i64 {
        let codes = self.get(fair.at("/promo-codes")).cookie(&fair.session).await.expect(200);
        let found = codes.as_array().unwrap().iter().find(|it| it["id"] == code["id"]);
        found.unwrap()["uses"].as_i64().unwrap()
    }

    async fn quote(&self, fair: &Fair, quantities: &[(usize, i64)], codes: &[&str]) -> Answer {
        let path = format!("/api/conferences/{}/quote", fair.slug);
        self.post(path, json!({ "seats": fair.choose(quantities), "promo_codes": codes })).await
    }

    async fn try_order_with(&self, fair: &Fair, quantities: &[(usize, i64)], codes: &[&str]) -> Answer {
        let path = format!("/api/conferences/{}/orders", fair.slug);
        self.post(path, json!({ "seats": fair.choose(quantities), "promo_codes": codes })).await
    }

    async fn order_with(&self, fair: &Fair, quantities: &[(usize, i64)], codes: &[&str]) -> Placed {
        let answer = self.try_order_with(fair, quantities, codes).await;
        let cookie = answer.cookie();
        let json = answer.expect(201);
        Placed { id: json["id"].as_str().unwrap().to_owned(), cookie, json }
    }

    async fn change(
        &self,
        order: &Placed,
        fair: &Fair,
        quantities: &[(usize, i64)],
        codes: &[&str],
    ) -> Answer {
        let body = json!({ "seats": fair.choose(quantities), "promo_codes": codes });
        self.put(order.at("/seats"), body).cookie(&order.cookie).await
    }
}

/// The field and the rule of every error.
fn rules(answer: &Answer) -> Vec<(&str, &str)> {
    let errors = answer.json["errors"].as_array().unwrap();
    errors.iter().map(|it| (it["field"].as_str().unwrap(), it["rule"].as_str().unwrap())).collect()
}

/// The code and the amount of every discount.
fn discounts(order: &Value) -> Vec<(&str, i64)> {
    let discounts = order["discounts"].as_array().unwrap();
    discounts
        .iter()
        .map(|it| (it["code"].as_str().unwrap(), it["amount"]["amount"].as_i64().unwrap()))
        .collect()
}

both!(an_organizer_adds_changes_and_switches_off_codes);
async fn an_organizer_adds_changes_and_switches_off_codes(site: &Site) {
    let fair = site.organizer("coded", &[(1_000, 10)]).await;
    let path = fair.at("/promo-codes");
    assert_eq!(site.get(&path).cookie(&fair.session).await.expect(200), json!([]));

    let wanted = with(percent("early-26", 10), json!({ "seat_type_ids": [fair.seats[0]], "max_uses": 5 }));
    let added = site.post(&path, wanted.clone()).cookie(&fair.session).key("once").await;
    assert!(added.headers.contains_key("plenary-position"));
    let again = site.post(&path, wanted).cookie(&fair.session).key("once").await.expect(201);
    let code = added.expect(201);
    assert_eq!(again, code);
    let expected = json!({
        "id": code["id"], "code": "EARLY-26", "description": "A discount",
        "discount": { "kind": "percentage", "percent": 10 }, "seat_type_ids": [fair.seats[0]], "max_uses": 5,
        "combines": "none", "active": true, "uses": 0, "version": 1,
    });
    assert_eq!(code, expected);

    let changed =
        site.change_code(&fair, &code, json!({ "active": false, "combines": { "with": ["student"] } })).await;
    assert_eq!((&changed["active"], &changed["version"]), (&json!(false), &json!(2)));
    assert_eq!(changed["combines"], json!({ "with": ["STUDENT"] }));
    let one = fair.at(&format!("/promo-codes/{}", code["id"].as_str().unwrap()));
    site.put(&one, code.clone()).cookie(&fair.session).await.refused(409, "stale-version");
    assert_eq!(site.get(&path).cookie(&fair.session).await.expect(200), json!([changed]));
    assert_eq!(site.recorded(&fair, "PromoCodeUpdated").await, 1);
}

both!(a_wrong_code_is_refused_by_its_fields_and_changes_nothing);
async fn a_wrong_code_is_refused_by_its_fields_and_changes_nothing(site: &Site) {
    let fair = site.organizer("coded", &[(1_000, 10)]).await;
    let add = |code: Value| site.post(fair.at("/promo-codes"), code).cookie(&fair.session);
    let code = site.add_code(&fair, percent("EARLY", 10)).await;
    add(percent("early", 20)).await.refused(409, "code-taken");
    let stranger = site.id();
    for (input, field, rule) in [
        (percent("AB", 10), "code", "promo_code"),
        (percent("LATE", 0), "discount.percent", "range"),
        (amount("LATE", 0), "discount.amount.amount", "range"),
        (with(percent("LATE", 10), json!({ "seat_type_ids": [stranger] })), "seat_type_ids[0]", "unknown"),
        (with(percent("LATE", 10), json!({ "max_uses": 0 })), "max_uses", "range"),
    ] {
        let refused = add(input).await;
        refused.refused(422, "invalid-input");
        assert_eq!(rules(&refused), [(field, rule)]);
    }
    for malformed in [json!({}), with(percent("LATE", 10), json!({ "discount": { "kind": "gift" } }))] {
        let status = add(malformed).await.status;
        assert!((400..500).contains(&status), "{status}");
    }
    let renamed = with(code.clone(), json!({ "code": "OTHER" }));
    let one = fair.at(&format!("/promo-codes/{}", code["id"].as_str().unwrap()));
    let refused = site.put(&one, renamed).cookie(&fair.session).await;
    assert_eq!(rules(&refused), [("code", "fixed")]);
    assert_eq!(site.recorded(&fair, "PromoCodeCreated").await, 1);
    assert_eq!(site.recorded(&fair, "PromoCodeUpdated").await, 0);
}

both!(codes_belong_to_one_conference);
async fn codes_belong_to_one_conference(site: &Site) {
    let (mine, other) =
        (site.organizer("mine", &[(1_000, 9)]).await, site.organizer("other", &[(1_000, 9)]).await);
    let code = site.add_code(&mine, percent("EARLY", 10)).await;
    let at = |fair: &Fair| fair.at(&format!("/promo-codes/{}", code["id"].as_str().unwrap()));
    site.get(mine.at("/promo-codes")).await.refused(401, "not-signed-in");
    site.get(mine.at("/promo-codes")).cookie(&other.session).await.refused(404, "not-found");
    site.put(at(&mine), code.clone()).cookie(&other.session).await.refused(404, "not-found");
    // Of another conference: said before anything about the body.
    site.put(at(&other), json!({})).cookie(&other.session).await.refused(404, "not-found");
    assert_eq!(rules(&site.quote(&other, &[(0, 1)], &["EARLY"]).await), [("promo_codes[0]", "unknown_code")]);
    site.add_code(&other, percent("EARLY", 20)).await;
    let quote = site.quote(&other, &[(0, 1)], &["EARLY"]).await.expect(200);
    assert_eq!(discounts(&quote), [("EARLY", 200)]);
}

both!(a_seat_type_and_a_currency_that_codes_name_stay);
async fn a_seat_type_and_a_currency_that_codes_name_stay(site: &Site) {
    let fair = site.draft("draft", &[(1_000, 5)]).await;
    let code =
        site.add_code(&fair, with(percent("ONE", 10), json!({ "seat_type_ids": [fair.seats[0]] }))).await;
    let delete = || site.delete(fair.at(&format!("/seat-types/{}", fair.seats[0]))).cookie(&fair.session);
    delete().await.refused(409, "seat-type-in-use");
    site.change_code(&fair, &code, json!({ "seat_type_ids": null })).await;
    assert_eq!(delete().await.status, 204);

    let currency = json!({ "currency": "EUR", "version": 1 });
    site.add_code(&fair, amount("TWO", 100)).await;
    site.put(fair.at(""), currency).cookie(&fair.session).await.refused(409, "currency-fixed");
}

both!(a_quote_says_what_codes_take_off_or_why_they_do_not);
async fn a_quote_says_what_codes_take_off_or_why_they_do_not(site: &Site) {
    let fair = site.organizer("quoted", &[(15_000, 10), (4_999, 10)]).await;
    let all = json!({ "combines": "all" });
    site.add_code(&fair, with(percent("EARLY", 10), all.clone())).await;
    site.add_code(&fair, with(amount("GIFT", 5_000), all.clone())).await;
    site.add_code(&fair, percent("ALONE", 50)).await;
    let only_workshop = json!({ "seat_type_ids": [fair.seats[1]], "combines": "all" });
    site.add_code(&fair, with(percent("WORKSHOP", 100), only_workshop)).await;
    site.add_code(&fair, with(percent("OFF", 10), json!({ "active": false }))).await;

    let quote = site.quote(&fair, &[(0, 2), (1, 1)], &["gift", "EARLY", "Gift"]).await.expect(200);
    // 3,000 and, of 499.9, 500 to even; then the amount, once.
    assert_eq!(discounts(&quote), [("EARLY", 3_500), ("GIFT", 5_000)]);
    assert_eq!(quote["total"]["amount"], 26_499);
    assert_eq!(quote["lines"][0]["line_total"]["amount"], 30_000);
    let free = site.quote(&fair, &[(1, 3)], &["WORKSHOP"]).await.expect(200);
    assert_eq!(free["total"]["amount"], 0);

    let too_many = ["EARLY"; 11];
    let cases: [(&[&str], &str, &str); 6] = [
        (&["NOBODY"], "promo_codes[0]", "unknown_code"),
        (&["EARLY", "OFF"], "promo_codes[1]", "code_not_active"),
        (&["WORKSHOP"], "promo_codes[0]", "code_out_of_scope"),
        (&["EARLY", "ALONE"], "promo_codes[1]", "code_not_combinable"),
        (&["ALONE", "EARLY"], "promo_codes[1]", "code_not_combinable"),
        (&too_many, "promo_codes", "too_many"),
    ];
    for (codes, field, rule) in cases {
        for refused in
            [site.quote(&fair, &[(0, 1)], codes).await, site.try_order_with(&fair, &[(0, 1)], codes).await]
        {
            refused.refused(422, "invalid-input");
            assert_eq!(rules(&refused), [(field, rule)], "{codes:?}");
        }
    }
    assert_eq!(site.recorded(&fair, "OrderPlaced").await, 0);
}

both!(an_order_is_charged_what_is_left_after_its_codes);
async fn an_order_is_charged_what_is_left_after_its_codes(site: &Site) {
    let fair = site.organizer("charged", &[(15_000, 10), (4_999, 10)]).await;
    let code = site.add_code(&fair, amount("GIFT", 5_000)).await;
    let order = site.order_with(&fair, &[(0, 2), (1, 1)], &["gift"]).await;
    assert_eq!(
        (order.json["status"].as_str(), &order.json["total"]["amount"]),
        (Some("reserved"), &json!(29_999))
    );
    assert_eq!(discounts(&order.json), [("GIFT", 5_000)]);
    let payment = site.start_payment(&order).await;
    let seen = site.get(format!("/api/payments/{payment}")).cookie(&order.cookie).await.expect(200);
    assert_eq!(seen["total"]["amount"], 29_999);
    site.decide(&payment, "accept").await;
    site.settles(&order, "confirmed").await;
    assert_eq!(site.uses(&fair, &code).await, 1);

    let summary = site.get(fair.at("/summary")).cookie(&fair.session).await.expect(200);
    assert_eq!(summary["revenue"]["amount"], 29_999);
    let by_type =
        [0, 1].map(|place: usize| summary["seat_types"][place]["revenue"]["amount"].as_i64().unwrap());
    assert_eq!(by_type, [25_714, 4_285]);
    let listed = site.get(fair.at("/orders")).cookie(&fair.session).await.expect(200);
    assert_eq!(discounts(&listed["orders"][0]), [("GIFT", 5_000)]);
    let csv = site.get(fair.at("/orders.csv")).cookie(&fair.session).await.text();
    assert!(csv.lines().nth(1).unwrap().ends_with("299.99,USD,false,GIFT,50.00"), "{csv}");
    let history = site.get(fair.at("/history")).cookie(&fair.session).await.expect(200);
    let texts: Vec<_> =
        history["events"].as_array().unwrap().iter().map(|it| it["text"].as_str().unwrap()).collect();
    assert!(texts.contains(&"Counted as used: GIFT."), "{texts:?}");
    assert!(texts.iter().any(|text| text.ends_with("with the promotional code GIFT.")), "{texts:?}");
}

both!(a_code_for_everything_makes_an_order_that_is_confirmed_without_payment);
async fn a_code_for_everything_makes_an_order_that_is_confirmed_without_payment(site: &Site) {
    let fair = site.organizer("free", &[(15_000, 2)]).await;
    site.add_code(&fair, percent("SPEAKER", 100)).await;
    let order = site.order_with(&fair, &[(0, 1)], &["SPEAKER"]).await;
    assert_eq!((&order.json["free"], &order.json["total"]["amount"]), (&json!(true), &json!(0)));
    site.register(&order).await;
    site.call("POST", order.at("/payments")).cookie(&order.cookie).await.refused(409, "free-of-charge");
    let confirmed = site.call("POST", order.at("/confirmation")).cookie(&order.cookie).await.expect(200);
    assert_eq!(confirmed["status"], "confirmed");

    let partial = site.order_with(&fair, &[(0, 2)], &["SPEAKER"]).await;
    assert_eq!(partial.json["free"], false);
    site.register(&partial).await;
    let confirm = site.call("POST", partial.at("/confirmation")).cookie(&partial.cookie);
    confirm.await.refused(409, "reservation-incomplete");
}

both!(a_partial_order_costs_what_is_reserved_less_its_codes);
async fn a_partial_order_costs_what_is_reserved_less_its_codes(site: &Site) {
    let fair = site.organizer("scarce", &[(1_000, 3)]).await;
    site.add_code(&fair, percent("TENTH", 10)).await;
    let order = site.order_with(&fair, &[(0, 5)], &["TENTH"]).await;
    assert_eq!(
        (&order.json["total"]["amount"], discounts(&order.json)),
        (&json!(2_700), vec![("TENTH", 300)])
    );
}

both!(what_is_expected_is_compared_with_the_discounted_total);
async fn what_is_expected_is_compared_with_the_discounted_total(site: &Site) {
    let fair = site.organizer("expected", &[(1_000, 9)]).await;
    site.add_code(&fair, percent("TENTH", 10)).await;
    let place = |amount: i64| {
        let total = json!({ "amount": amount, "currency": "USD" });
        let body =
            json!({ "seats": fair.choose(&[(0, 2)]), "promo_codes": ["TENTH"], "expected_total": total });
        site.post("/api/conferences/expected/orders", body)
    };
    place(2_000).await.refused(409, "price-changed");
    place(1_800).await.expect(201);
}

both!(a_repeat_is_the_same_order_only_with_the_same_codes);
async fn a_repeat_is_the_same_order_only_with_the_same_codes(site: &Site) {
    let fair = site.organizer("again", &[(1_000, 9)]).await;
    let code = site.add_code(&fair, percent("TENTH", 10)).await;
    let id = site.id();
    let place = |codes: &[&str]| {
        let body = json!({ "id": id, "seats": fair.choose(&[(0, 1)]), "promo_codes": codes });
        site.post("/api/conferences/again/orders", body)
    };
    place(&["TENTH"]).await.expect(201);
    // Also once it could not be used any more.
    site.change_code(&fair, &code, json!({ "active": false })).await;
    place(&["tenth", "TENTH"]).await.expect(200);
    place(&[]).await.refused(409, "order-exists");
    assert_eq!(site.uses(&fair, &code).await, 1);
}

both!(of_two_hundred_orders_at_once_as_many_use_a_code_as_may);
async fn of_two_hundred_orders_at_once_as_many_use_a_code_as_may(site: &Site) {
    let fair = site.organizer("rush", &[(1_000, 500)]).await;
    let code = site.add_code(&fair, with(percent("FIFTY", 50), json!({ "max_uses": 50 }))).await;
    let body = json!({ "seats": fair.choose(&[(0, 1)]), "promo_codes": ["FIFTY"] }).to_string();
    let calls: Vec<_> = (0..200)
        .map(|_| {
            let request = axum::http::Request::post("/api/conferences/rush/orders");
            let request = request.header("content-type", "application/json");
            let request = request.body(axum::body::Body::from(body.clone())).unwrap();
            tokio::spawn(Answer::to(site.running.router.clone(), request))
        })
        .collect();
    let answers: Vec<_> = join_all(calls).await.into_iter().map(Result::unwrap).collect();
    let placed = answers.iter().filter(|answer| answer.status == 201);
    assert!(placed.clone().all(|answer| answer.json["total"]["amount"] == 500));
    assert_eq!(placed.count(), 50);
    for refused in answers.iter().filter(|answer| answer.status != 201) {
        refused.refused(422, "invalid-input");
        assert_eq!(rules(refused), [("promo_codes[0]", "code_used_up")]);
    }
    assert_eq!((site.uses(&fair, &code).await, site.available(&fair, 0).await), (50, 450));
    assert_eq!(rules(&site.quote(&fair, &[(0, 1)], &["FIFTY"]).await), [("promo_codes[0]", "code_used_up")]);
}

both!(a_use_is_given_back_when_the_order_ends_or_does_without_it);
async fn a_use_is_given_back_when_the_order_ends_or_does_without_it(site: &Site) {
    let fair = site.organizer("returned", &[(1_000, 10)]).await;
    let code = site.add_code(&fair, with(percent("ONCE", 10), json!({ "max_uses": 1 }))).await;
    let taken = || site.try_order_with(&fair, &[(0, 1)], &["ONCE"]);

    let given_up = site.order_with(&fair, &[(0, 1)], &["ONCE"]).await;
    assert_eq!(rules(&taken().await), [("promo_codes[0]", "code_used_up")]);
    site.delete(given_up.at("")).cookie(&given_up.cookie).await.expect(200);

    let expiring = site.order_with(&fair, &[(0, 1)], &["ONCE"]).await;
    assert_eq!(site.uses(&fair, &code).await, 1);
    site.hand.advance(SHOWN + BUFFER + Duration::from_millis(1));
    site.settles(&expiring, "expired").await;

    let without = site.order_with(&fair, &[(0, 1)], &["ONCE"]).await;
    assert_eq!(site.uses(&fair, &code).await, 1);
    let changed = site.change(&without, &fair, &[(0, 1)], &[]).await.expect(200);
    assert_eq!((changed["status"].as_str(), &changed["total"]["amount"]), (Some("reserved"), &json!(1_000)));
    assert_eq!(site.uses(&fair, &code).await, 0);

    let last = site.order_with(&fair, &[(0, 1)], &["ONCE"]).await;
    assert_eq!(
        rules(&site.change(&without, &fair, &[(0, 2)], &["ONCE"]).await),
        [("promo_codes[0]", "code_used_up")]
    );
    site.pay(&last).await;
    assert_eq!(site.uses(&fair, &code).await, 1);
    assert_eq!(site.recorded(&fair, "PromoCodesGivenBack").await, 3);
}

both!(an_order_paid_late_keeps_its_discount_beyond_the_limit);
async fn an_order_paid_late_keeps_its_discount_beyond_the_limit(site: &Site) {
    let fair = site.organizer("late", &[(1_000, 10)]).await;
    let code = site.add_code(&fair, with(percent("ONCE", 10), json!({ "max_uses": 1 }))).await;
    let late = site.order_with(&fair, &[(0, 1)], &["ONCE"]).await;
    let payment = site.start_payment(&late).await;
    site.hand.advance(SHOWN + BUFFER + Duration::from_millis(1));
    site.settles(&late, "expired").await;
    site.order_with(&fair, &[(0, 1)], &["ONCE"]).await;
    site.decide(&payment, "accept").await;
    let confirmed = site.settles(&late, "confirmed").await;
    assert_eq!((&confirmed["total"]["amount"], discounts(&confirmed)), (&json!(900), vec![("ONCE", 100)]));
    assert_eq!(site.uses(&fair, &code).await, 2);
}

both!(an_order_that_needs_attention_uses_no_code);
async fn an_order_that_needs_attention_uses_no_code(site: &Site) {
    let fair = site.organizer("gone", &[(1_000, 1)]).await;
    let code = site.add_code(&fair, percent("TENTH", 10)).await;
    let late = site.order_with(&fair, &[(0, 1)], &["TENTH"]).await;
    let payment = site.start_payment(&late).await;
    site.hand.advance(SHOWN + BUFFER + Duration::from_millis(1));
    site.settles(&late, "expired").await;
    site.order(&fair, &[(0, 1)]).await;
    site.decide(&payment, "accept").await;
    site.settles(&late, "needs_attention").await;
    assert_eq!(site.uses(&fair, &code).await, 0);
}

both!(what_an_organizer_makes_of_a_code_later_touches_no_order);
async fn what_an_organizer_makes_of_a_code_later_touches_no_order(site: &Site) {
    let fair = site.organizer("kept", &[(1_000, 10)]).await;
    let code = site.add_code(&fair, with(percent("TENTH", 10), json!({ "max_uses": 1 }))).await;
    let order = site.order_with(&fair, &[(0, 1)], &["TENTH"]).await;
    let discount = json!({ "kind": "percentage", "percent": 90 });
    site.change_code(&fair, &code, json!({ "discount": discount, "active": false })).await;
    let seen = site.get(order.at("")).cookie(&order.cookie).await.expect(200);
    assert_eq!(seen["total"]["amount"], 900);
    let changed = site.change(&order, &fair, &[(0, 3)], &["TENTH"]).await.expect(200);
    assert_eq!((&changed["total"]["amount"], discounts(&changed)), (&json!(2_700), vec![("TENTH", 300)]));
    let other = site.try_order_with(&fair, &[(0, 1)], &["TENTH"]).await;
    assert_eq!(rules(&other), [("promo_codes[0]", "code_not_active")]);
    assert_eq!(site.uses(&fair, &code).await, 1);
}

both!(a_code_can_be_added_to_seats_that_are_held);
async fn a_code_can_be_added_to_seats_that_are_held(site: &Site) {
    let fair = site.organizer("added", &[(1_000, 2)]).await;
    site.add_code(&fair, percent("TENTH", 10)).await;
    let order = site.order(&fair, &[(0, 2)]).await;
    let changed = site.change(&order, &fair, &[(0, 2)], &["TENTH"]).await.expect(200);
    assert_eq!((changed["status"].as_str(), &changed["total"]["amount"]), (Some("reserved"), &json!(1_800)));
    assert_eq!(site.recorded(&fair, "OrderSeatsChanged").await, 0);
    let paid = site.pay(&order).await;
    assert_eq!(paid["total"]["amount"], 1_800);
}

both!(whoever_guesses_at_codes_has_to_wait);
async fn whoever_guesses_at_codes_has_to_wait(site: &Site) {
    let fair = site.organizer("guarded", &[(1_000, 50)]).await;
    site.add_code(&fair, percent("TENTH", 10)).await;
    for _ in 0..20 {
        site.quote(&fair, &[(0, 1)], &["TENTH"]).await.expect(200);
    }
    let order = site.order(&fair, &[(0, 1)]).await;
    for number in 0..4 {
        site.quote(&fair, &[(0, 1)], &[&format!("GUESS-{number}")]).await.refused(422, "invalid-input");
        site.try_order_with(&fair, &[(0, 1)], &["TENTH", "GUESS"]).await.refused(422, "invalid-input");
    }
    for _ in 0..2 {
        site.change(&order, &fair, &[(0, 1)], &["GUESS"]).await.refused(422, "invalid-input");
    }
    for refused in [
        site.quote(&fair, &[(0, 1)], &["TENTH"]).await,
        site.try_order_with(&fair, &[(0, 1)], &["TENTH"]).await,
        site.change(&order, &fair, &[(0, 1)], &["TENTH"]).await,
    ] {
        refused.refused(429, "slow-down");
        assert_eq!(refused.header(header::RETRY_AFTER), "60");
    }
    // Without codes everything goes on.
    site.quote(&fair, &[(0, 1)], &[]).await.expect(200);
    site.order(&fair, &[(0, 1)]).await;
    site.hand.advance(Duration::from_mins(1));
    site.quote(&fair, &[(0, 1)], &["TENTH"]).await.expect(200);
}

both!(a_plain_form_takes_codes_between_commas_and_spaces);
async fn a_plain_form_takes_codes_between_commas_and_spaces(site: &Site) {
    let fair = site.organizer("plain", &[(1_000, 10)]).await;
    let all = json!({ "combines": "all" });
    site.add_code(&fair, with(percent("TENTH", 10), all.clone())).await;
    site.add_code(&fair, with(amount("GIFT", 100), all)).await;
    let seats = format!("seats.{}=2", fair.seats[0]);
    let placed = site.call("POST", "/plain").form(&format!("{seats}&promo_code=tenth,+gift")).await;
    assert_eq!(placed.status, 303, "{}", placed.text());
    let path = placed.header(header::LOCATION).replace("/plain", "/api");
    let cookie = placed.cookie();
    let order = site.get(&path).cookie(&cookie).await.expect(200);
    assert_eq!(discounts(&order), [("TENTH", 200), ("GIFT", 100)]);

    // A form that does not ask for codes leaves them.
    let id = order["id"].as_str().unwrap();
    let fewer = format!("seats.{}=1", fair.seats[0]);
    let changed = site.call("POST", format!("/plain/orders/{id}/seats")).cookie(&cookie).form(&fewer).await;
    assert_eq!(changed.status, 303, "{}", changed.text());
    let order = site.get(&path).cookie(&cookie).await.expect(200);
    assert_eq!(discounts(&order), [("TENTH", 100), ("GIFT", 100)]);

    let refused = site.call("POST", "/plain").form(&format!("{seats}&promo_code=nobody")).await;
    assert_eq!(refused.status, 422);
}
