//! Whoever wants more of promotional codes and of the wait list than they give.

use std::collections::BTreeSet;

use axum::http::header;
use futures_util::future::join_all;
use plenary_server::personal::Personal;
use plenary_server::registration::order::HolderId;
use plenary_server::registration::waiting::commands::JoinWaitList;
use serde_json::{Value, json};

use crate::site::{Answer, Call, Fair, Placed, Site, both};

fn percentage(code: &str, percent: impl Into<Value>) -> Value {
    json!({ "code": code, "discount": { "kind": "percentage", "percent": percent.into() }, "combines": "all" })
}

fn amount(code: &str, amount: impl Into<Value>) -> Value {
    let amount = json!({ "amount": amount.into(), "currency": "USD" });
    json!({ "code": code, "discount": { "kind": "amount", "amount": amount }, "combines": "all" })
}

fn limited(mut code: Value, max_uses: impl Into<Value>) -> Value {
    code["max_uses"] = max_uses.into();
    code
}

async fn add_code(site: &Site, fair: &Fair, code: Value) -> Value {
    site.post(fair.at("/promo-codes"), code).cookie(&fair.session).await.expect(201)
}

fn quote<'s>(site: &'s Site, fair: &Fair, quantity: i64, codes: &[impl AsRef<str>]) -> Call<'s> {
    let codes: Vec<_> = codes.iter().map(AsRef::as_ref).collect();
    let body = json!({ "seats": fair.choose(&[(0, quantity)]), "promo_codes": codes });
    site.post(format!("/api/conferences/{}/quote", fair.slug), body)
}

async fn order_with(site: &Site, fair: &Fair, quantity: i64, codes: &[impl AsRef<str>]) -> Placed {
    let codes: Vec<_> = codes.iter().map(AsRef::as_ref).collect();
    let body = json!({ "seats": fair.choose(&[(0, quantity)]), "promo_codes": codes });
    let answer = site.post(format!("/api/conferences/{}/orders", fair.slug), body).await;
    let cookie = answer.cookie();
    let json = answer.expect(201);
    Placed { id: json["id"].as_str().unwrap().to_owned(), cookie, json }
}

/// The field and the rule of every error.
fn rules(answer: &Answer) -> Vec<(&str, &str)> {
    let errors = answer.json["errors"].as_array().unwrap();
    errors.iter().map(|it| (it["field"].as_str().unwrap(), it["rule"].as_str().unwrap())).collect()
}

/// Refused with the name of the field, whether its value is of no sense or no value at all.
#[track_caller]
fn names(answer: &Answer, field: &str) {
    answer.refused(422, "invalid-input");
    let named = rules(answer).into_iter().map(|(field, _)| field).collect::<Vec<_>>();
    assert!(named.iter().any(|it| it.starts_with(field)), "{named:?} instead of {field}");
}

both!(whoever_guesses_at_codes_waits_and_nobody_else_does);
async fn whoever_guesses_at_codes_waits_and_nobody_else_does(site: &Site) {
    let (fair, other) =
        (site.organizer("guessed", &[(1_000, 50)]).await, site.organizer("calm", &[(1_000, 50)]).await);
    add_code(site, &fair, percentage("TENTH", 10)).await;
    add_code(site, &other, percentage("TENTH", 10)).await;
    let guesser = [203, 0, 113, 7];
    for number in 0..10 {
        let guess = quote(site, &fair, 1, &[format!("GUESS{number}")]).coming_from(guesser).await;
        assert_eq!(rules(&guess), [("promo_codes[0]", "unknown_code")]);
    }
    // Right or wrong, nothing is said to her any more; longer and longer.
    for code in ["TENTH", "GUESS"] {
        let refused = quote(site, &fair, 1, &[code]).coming_from(guesser).await;
        refused.refused(429, "slow-down");
        assert!(refused.header(header::RETRY_AFTER).parse::<i64>().unwrap() >= 1);
        assert_eq!((&refused.json["errors"], &refused.json["total"]), (&Value::Null, &Value::Null));
    }
    quote(site, &fair, 1, &[""; 0]).coming_from(guesser).await.expect(200);
    quote(site, &other, 1, &["TENTH"]).coming_from(guesser).await.expect(200);
    // Her neighbour, and everybody else, has not guessed.
    for neighbour in [[203, 0, 113, 8], [198, 51, 100, 1]] {
        let quoted = quote(site, &fair, 1, &["TENTH"]).coming_from(neighbour).await.expect(200);
        assert_eq!(quoted["total"]["amount"], 900);
    }
}

both!(a_hundred_guesses_at_once_are_no_more_than_one_after_the_other);
async fn a_hundred_guesses_at_once_are_no_more_than_one_after_the_other(site: &Site) {
    let fair = site.organizer("rushed", &[(1_000, 50)]).await;
    add_code(site, &fair, percentage("TENTH", 10)).await;
    let guesses: Vec<_> = (0..100).map(|number| [format!("GUESS{number}")]).collect();
    let calls = guesses.iter().map(|guess| quote(site, &fair, 1, guess).into_future());
    let answers = join_all(calls).await;
    let said = answers.iter().filter(|answer| answer.status == 422).count();
    assert!((1..=10).contains(&said), "{said} guesses were answered");
    assert!(answers.iter().all(|answer| matches!(answer.status, 422 | 429)));
}

both!(codes_of_absurd_worth_are_not_made);
async fn codes_of_absurd_worth_are_not_made(site: &Site) {
    let fair = site.organizer("absurd", &[(1_000, 50)]).await;
    let many: Vec<_> = (0..5_000).map(|number| format!("C{number:04}")).collect();
    let mut with_many = percentage("FINE", 10);
    with_many["combines"] = json!({ "with": many });
    let mut foreign = amount("FINE", 100);
    foreign["discount"]["amount"]["currency"] = json!("EUR");
    let cases = [
        (percentage("FINE", 101), "discount"),
        (percentage("FINE", 0), "discount"),
        (percentage("FINE", -50), "discount"),
        (percentage("FINE", i64::MAX), "discount"),
        (percentage("FINE", 12.5), "discount"),
        (amount("FINE", -1), "discount"),
        (amount("FINE", i64::MIN), "discount"),
        (amount("FINE", i64::MAX), "discount"),
        (amount("FINE", 0), "discount"),
        (foreign, "discount"),
        (limited(percentage("FINE", 10), -1), "max_uses"),
        (limited(percentage("FINE", 10), i64::MAX), "max_uses"),
        (percentage("A", 10), "code"),
        (percentage(&"A".repeat(33), 10), "code"),
        (percentage("", 10), "code"),
        (percentage("TEN TH", 10), "code"),
        // Cyrillic, full width, a zero-width space within, a combining accent.
        (percentage("\u{422}ENTH", 10), "code"),
        (percentage("\u{ff34}\u{ff25}\u{ff2e}", 10), "code"),
        (percentage("TEN\u{200b}TH", 10), "code"),
        (percentage("TE\u{301}NTH", 10), "code"),
        (percentage("'; drop table promo_codes;--", 10), "code"),
        (with_many, "combines"),
    ];
    for (code, field) in cases {
        let refused = site.post(fair.at("/promo-codes"), code).cookie(&fair.session).await;
        names(&refused, field);
    }
    assert_eq!(site.recorded(&fair, "PromoCodeCreated").await, 0);
}

both!(what_is_typed_as_a_code_is_looked_up_and_never_read_as_more);
async fn what_is_typed_as_a_code_is_looked_up_and_never_read_as_more(site: &Site) {
    let fair = site.organizer("typed", &[(1_000, 50)]).await;
    add_code(site, &fair, limited(percentage("TENTH", 10), 1)).await;
    // One code, however it is written and however often.
    let spellings = ["TENTH", "tenth", "TeNtH", " TENTH ", "\tTENTH\n", "TENTH", "tenth"];
    let order = order_with(site, &fair, 2, &spellings).await;
    assert_eq!(
        (&order.json["total"]["amount"], order.json["discounts"].as_array().unwrap().len()),
        (&1_800.into(), 1)
    );
    assert_eq!(site.recorded(&fair, "PromoCodesUsed").await, 1);
    site.delete(order.at("")).cookie(&order.cookie).await.expect(200);

    let long = "T".repeat(40_000);
    for lookalike in ["\u{422}ENTH", "\u{ff34}ENTH", "TEN\u{200b}TH", "TE\u{301}NTH", "%54ENTH", "", &long] {
        let refused = quote(site, &fair, 2, &[lookalike]).coming_from([198, 51, 100, 9]).await;
        assert_eq!(rules(&refused), [("promo_codes[0]", "unknown_code")]);
        assert!(refused.bytes.len() < 1_000, "what was typed is said again");
    }
    let ten_thousand = vec!["TENTH"; 10_000];
    for codes in [&ten_thousand[..], &ten_thousand[..11]] {
        let refused = quote(site, &fair, 2, codes).await;
        let says = (refused.status, refused.slug());
        assert!(says == (413, "too-large") || rules(&refused) == [("promo_codes", "too_many")], "{says:?}");
    }
    for no_list in [json!("TENTH"), json!({ "0": "TENTH" }), json!([["TENTH"]]), json!([7]), json!([null])] {
        let body = json!({ "seats": fair.choose(&[(0, 1)]), "promo_codes": no_list });
        names(&site.post("/api/conferences/typed/orders", body).await, "promo_codes");
    }
    assert_eq!(site.recorded(&fair, "OrderPlaced").await, 1);
}

both!(whatever_codes_take_nothing_costs_less_than_nothing);
async fn whatever_codes_take_nothing_costs_less_than_nothing(site: &Site) {
    let fair = site.organizer("nothing", &[(1_000, 50)]).await;
    let mut codes = Vec::new();
    for (number, code) in [
        percentage("P1", 100),
        percentage("P2", 100),
        amount("A1", 5_000_000),
        amount("A2", 1),
        percentage("P3", 99),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("CODE{number}");
        let mut code = code;
        code["code"] = json!(name);
        add_code(site, &fair, code).await;
        codes.push(name);
    }
    for used in [&codes[..], &codes[2..], &codes[2..3], &codes[3..]] {
        let quoted = quote(site, &fair, 3, used).await.expect(200);
        let taken: Vec<_> = quoted["discounts"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["amount"]["amount"].as_i64().unwrap())
            .collect();
        let total = quoted["total"]["amount"].as_i64().unwrap();
        assert!(total >= 0 && taken.iter().all(|it| *it >= 0), "{quoted}");
        assert_eq!(total + taken.iter().sum::<i64>(), 3_000, "{quoted}");
    }
    let order = order_with(site, &fair, 3, &codes).await;
    assert_eq!((&order.json["total"]["amount"], &order.json["free"]), (&0.into(), &true.into()));
    site.register(&order).await;
    site.call("POST", order.at("/payments")).cookie(&order.cookie).await.refused(409, "free-of-charge");
    let confirmed = site.call("POST", order.at("/confirmation")).cookie(&order.cookie).await.expect(200);
    assert_eq!(confirmed["total"]["amount"], 0);
    let summary = site.get(fair.at("/summary")).cookie(&fair.session).await.expect(200);
    assert_eq!(summary["revenue"]["amount"], 0);
}

both!(of_sixty_changes_at_once_as_many_use_a_code_as_may);
async fn of_sixty_changes_at_once_as_many_use_a_code_as_may(site: &Site) {
    let fair = site.organizer("changed", &[(1_000, 100)]).await;
    add_code(site, &fair, limited(percentage("SEVEN", 50), 7)).await;
    let orders = join_all((0..60).map(|_| site.order(&fair, &[(0, 1)]))).await;
    let body = json!({ "seats": fair.choose(&[(0, 1)]), "promo_codes": ["SEVEN"] });
    let calls = orders
        .iter()
        .map(|order| site.put(order.at("/seats"), body.clone()).cookie(&order.cookie).into_future());
    let answers = join_all(calls).await;
    let (with, without): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
    assert_eq!(with.len(), 7);
    assert!(with.iter().all(|answer| answer.json["total"]["amount"] == 500));
    assert!(without.iter().all(|answer| rules(answer) == [("promo_codes[0]", "code_used_up")]));
}

fn joins<'s>(
    site: &'s Site,
    fair: &Fair,
    email: &str,
    seat_type: impl Into<Value>,
    quantity: impl Into<Value>,
) -> Call<'s> {
    let body = json!({ "email": email, "seat_type_id": seat_type.into(), "quantity": quantity.into() });
    site.post(format!("/api/conferences/{}/waitlist", fair.slug), body)
}

both!(nobody_waits_for_absurd_numbers_or_for_what_is_not_sold);
async fn nobody_waits_for_absurd_numbers_or_for_what_is_not_sold(site: &Site) {
    let fair = site.organizer("numbers", &[(1_000, 0), (0, 5)]).await;
    let elsewhere = site.organizer("elsewhere", &[(1_000, 0)]).await;
    let sold_out = fair.seats[0].as_str();
    for quantity in [
        json!(i64::MIN),
        json!(-1),
        json!(0),
        json!(21),
        json!(i64::MAX),
        json!(1e300),
        json!(1.5),
        json!("2"),
        json!([2]),
    ] {
        names(&joins(site, &fair, "ada@example.org", sold_out, quantity).await, "quantity");
    }
    let unknown = site.id();
    for seat_type in [unknown.as_str(), elsewhere.seats[0].as_str(), "", "free"] {
        names(&joins(site, &fair, "ada@example.org", seat_type, 1).await, "seat_type_id");
    }
    // There are seats, and they cost nothing: nobody has to wait for them.
    joins(site, &fair, "ada@example.org", fair.seats[1].as_str(), 5).await.refused(409, "seats-available");
    let draft = site.draft("draft", &[(1_000, 0)]).await;
    joins(site, &draft, "ada@example.org", draft.seats[0].as_str(), 1).await.refused(404, "not-found");
    assert_eq!(site.recorded(&fair, "WaitListJoined").await, 0);
}

both!(one_address_has_one_place_however_often_it_asks);
async fn one_address_has_one_place_however_often_it_asks(site: &Site) {
    let fair = site.organizer("often", &[(1_000, 0)]).await;
    let seat_type = fair.seats[0].as_str();
    let spellings = ["ada@example.org", "ADA@example.org", " ada@EXAMPLE.org ", "Ada@Example.Org"];
    let calls = (0..12).map(|number| {
        let address = [203, 0, 113, u8::try_from(number).unwrap()];
        joins(site, &fair, spellings[number % 4], seat_type, 2).coming_from(address).into_future()
    });
    let answers = join_all(calls).await;
    let ids: BTreeSet<_> =
        answers.iter().map(|answer| answer.json["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids.len(), 1);
    // The first alone is her; the others learn nothing and change nothing.
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
    assert_eq!(answers.iter().filter(|answer| answer.json["held"] == true).count(), 1);
    assert_eq!(site.recorded(&fair, "WaitListJoined").await, 1);
    assert_eq!(site.recorded(&fair, "WaitListEntryEnlarged").await, 0);
    // Whoever goes on has to wait, whatever she comes from.
    for number in 12..20 {
        joins(site, &fair, "ada@example.org", seat_type, 2)
            .coming_from([203, 0, 113, number])
            .await
            .expect(200);
    }
    let refused = joins(site, &fair, "ada@example.org", seat_type, 2).coming_from([198, 51, 100, 1]).await;
    refused.refused(429, "slow-down");
    assert!(refused.header(header::RETRY_AFTER).parse::<i64>().unwrap() >= 1);
    joins(site, &fair, "grace@example.org", seat_type, 2).coming_from([198, 51, 100, 1]).await.expect(201);
}

both!(ids_and_proofs_of_places_cannot_be_guessed);
async fn ids_and_proofs_of_places_cannot_be_guessed(site: &Site) {
    let fair = site.organizer("proofs", &[(1_000, 0)]).await;
    let mut places = Vec::new();
    for email in ["ada@example.org", "grace@example.org"] {
        let joined = joins(site, &fair, email, fair.seats[0].as_str(), 2).await;
        let cookie = joined.cookie();
        places.push((format!("/api/waitlist/{}", joined.expect(201)["id"].as_str().unwrap()), cookie));
    }
    let (place, (_, stranger)) = (&places[0].0, &places[1]);
    for _ in 0..30 {
        let other = format!("/api/waitlist/{}", site.id());
        site.get(&other).await.refused(404, "not-found");
        site.delete(&other).await.refused(404, "not-found");
    }
    let long = "a".repeat(5_000);
    for proof in ["", "0", &"0".repeat(64), &"f".repeat(64), "%20", "%F0%9F%A6%80", "null", &long] {
        let seen = site.get(format!("{place}?proof={proof}")).cookie(stranger).await.expect(200);
        assert_eq!((&seen["held"], &seen["offers"]), (&false.into(), &json!([])));
        assert!(!seen.to_string().contains("ada@"), "{seen}");
        let left = site.delete(format!("{place}?proof={proof}")).cookie(stranger).await;
        left.refused(403, "proof-required");
    }
    assert_eq!(site.recorded(&fair, "WaitListLeft").await, 0);
}

both!(of_two_hundred_who_join_while_seats_are_freed_no_more_are_offered_than_there_are);
async fn of_two_hundred_who_join_while_seats_are_freed_no_more_are_offered_than_there_are(site: &Site) {
    let fair = site.organizer("crowd", &[(1_000, 60)]).await;
    let orders = join_all((0..60).map(|_| site.order(&fair, &[(0, 1)]))).await;
    let conference =
        site.get("/api/conferences/crowd").await.expect(200)["id"].as_str().unwrap().parse().unwrap();
    let joins = (0..200).map(|number: i64| {
        let command = JoinWaitList {
            email: Personal::new(format!("{number}@example.org")),
            seat_type_id: fair.seats[0].parse().unwrap(),
            wanted: 1 + number % 3,
            holder: HolderId(number.to_string()),
            language: None,
        };
        site.running.mailbox.send(conference, command)
    });
    let given_back =
        orders.iter().take(40).map(|order| site.delete(order.at("")).cookie(&order.cookie).into_future());
    let (joined, released) = tokio::join!(join_all(joins), join_all(given_back));
    assert!(released.iter().all(|answer| answer.status == 200));
    // Whoever came when enough seats were free was told to order them.
    let refused = joined.iter().filter(|answer| answer.is_err()).count();
    let free = site.available(&fair, 0).await;
    let list = site.get(fair.at("/waitlist?limit=500")).cookie(&fair.session).await.expect(200);
    let entries = list["entries"].as_array().unwrap();
    assert_eq!(entries.len() + refused, 200);
    let number = |entry: &Value, field: &str| entry[field].as_i64().unwrap();
    let offered: i64 = entries.iter().map(|entry| number(entry, "offered")).sum();
    assert_eq!(offered + free, 40);
    assert!(entries.iter().all(|entry| number(entry, "offered") <= number(entry, "wanted")));
    // In the order of joining: all that they want, then one a part, then nothing.
    let served: Vec<_> =
        entries.iter().map(|entry| number(entry, "wanted") - number(entry, "offered")).collect();
    let first_without = served.iter().position(|missing| *missing > 0).unwrap_or(served.len());
    assert!(entries.iter().skip(first_without + 1).all(|entry| number(entry, "offered") == 0));
    assert!(free == 0 || first_without == served.len());
    let summary = site.get(fair.at("/summary")).cookie(&fair.session).await.expect(200);
    assert_eq!(summary["seat_types"][0]["held"], 20 + offered);
}
