//! Nobody sees a byte of what is another's: every call of the contract, with another organizer's ids, asked by
//! strangers of every kind.

use serde_json::{Map, Value, json};

use crate::contract::{Contract, Operation, Said, send};
use crate::site::{Fair, Placed, Site, both, creation, seat_type};

/// What anybody may ask, and why. Everything else refuses strangers.
const PUBLIC: [(&str, &str); 19] = [
    ("GET /api/conferences", "the list of published conferences"),
    ("GET /api/conferences/{slug}", "a published conference"),
    ("GET /api/conferences/{slug}/events", "a published conference"),
    ("POST /api/conferences/{slug}/quote", "what seats cost"),
    ("POST /api/conferences/{slug}/orders", "anybody may order"),
    ("POST /api/conferences/{slug}/waitlist", "anybody may wait"),
    ("GET /api/orders/{id}", "an order without what is personal in it"),
    ("GET /api/orders/{id}/events", "an order without what is personal in it"),
    ("GET /api/waitlist/{id}/events", "an entry without what is personal in it"),
    ("GET /api/waitlist/{id}", "an entry without what is personal in it"),
    ("POST /api/orders/find", "proof is in the body"),
    ("POST /api/payments/callback", "proof is in the signature"),
    ("POST /api/management/conferences", "anybody may create a conference"),
    ("POST /api/management/session", "proof is in the body"),
    ("DELETE /api/management/session", "it ends one's own"),
    ("GET /api/openapi.json", "the contract itself"),
    ("GET /healthz", "for the operator's probes"),
    ("GET /readyz", "for the operator's probes"),
    ("GET /metrics", "numbers alone"),
];

/// Words that are in nothing but what is theirs.
const THEIRS: [&str; 7] = ["Zebulon", "zebulon", "Xanthippe", "xanthippe", "Quixote", "quixote", "Umbrage"];

/// A conference with orders in every situation, a draft beside it, and whoever owns all that.
struct Tenant {
    fair: Fair,
    draft: Fair,
    token: String,
    /// Everybody who holds one of the orders.
    holders: String,
    orders: Vec<Placed>,
    /// Everything of theirs that has an id, but conferences.
    ids: Vec<String>,
    /// Words that nobody else may see.
    secrets: Vec<String>,
}

fn zebulon(slug: &str) -> Value {
    let mut body = creation(slug);
    body["owner_name"] = json!("Zebulon");
    body["owner_email"] = json!("zebulon@example.org");
    body
}

fn person(first_name: &str) -> Value {
    json!({ "first_name": first_name, "last_name": "Doe", "email": format!("{first_name}@example.org") })
}

impl Tenant {
    async fn settled_in(site: &Site, slug: &str) -> Self {
        let fair = Self::open(site, zebulon(slug)).await;
        site.call("POST", fair.at("/publish")).cookie(&fair.session).await.expect(200);
        let mut hidden = zebulon(&format!("{slug}-draft"));
        hidden["name"] = json!("Umbrage");
        let draft = Self::open(site, hidden).await;
        let located = json!({ "email": "zebulon@example.org", "access_code": fair.access_code });
        let session = site.post("/api/management/session", located).await.expect(200);
        let token = session["token"].as_str().unwrap().to_owned();

        let mut tenant = Self {
            secrets: vec![fair.access_code.clone(), draft.access_code.clone(), token.clone()],
            ids: fair.seats.iter().chain(&draft.seats).cloned().collect(),
            fair,
            draft,
            token,
            holders: String::new(),
            orders: Vec::new(),
        };
        for quantity in [1, 2, 3, 4] {
            tenant.order(site, quantity).await;
        }
        let [open, pending, confirmed, late] = &tenant.orders[..] else { unreachable!() };
        let named =
            |order: &Placed| site.put(order.at("/registrant"), person("Xanthippe")).cookie(&order.cookie);
        for order in [open, pending, confirmed, late] {
            named(order).await.expect(200);
        }
        let mut payments = Vec::new();
        for order in [pending, confirmed, late] {
            let started = site.call("POST", order.at("/payments")).cookie(&order.cookie).await.expect(201);
            payments.push(started["payment"]["id"].as_str().unwrap().to_owned());
        }
        site.decide(&payments[1], "accept").await;
        site.settles(confirmed, "confirmed").await;
        let seat = site.put(confirmed.at("/assignments/0"), person("Quixote")).cookie(&confirmed.cookie);
        seat.await.expect(200);
        tenant.ids.extend(payments);
        tenant.wait(site).await;
        tenant
    }

    async fn open(site: &Site, creation: Value) -> Fair {
        let created = site.post("/api/management/conferences", creation.clone()).await;
        let session = created.cookie();
        let json = created.expect(201);
        let mut fair = Fair {
            slug: creation["slug"].as_str().unwrap().to_owned(),
            access_code: json["access_code"].as_str().unwrap().to_owned(),
            session,
            seats: Vec::new(),
        };
        for price in [1_000, 0] {
            let created = site.post(fair.at("/seat-types"), seat_type(price, 50)).cookie(&fair.session).await;
            fair.seats.push(created.expect(201)["id"].as_str().unwrap().to_owned());
        }
        fair
    }

    /// Somebody waits for seats of which there are none.
    async fn wait(&mut self, site: &Site) {
        let none =
            site.post(self.fair.at("/seat-types"), seat_type(5_000, 0)).cookie(&self.fair.session).await;
        let none = none.expect(201)["id"].clone();
        let path = format!("/api/conferences/{}/waitlist", self.fair.slug);
        let body = json!({ "email": "Quixote@example.org", "seat_type_id": none, "quantity": 2 });
        let joined = site.post(path, body).await.expect(201);
        self.ids.extend([&joined["id"], &none].map(|id| id.as_str().unwrap().to_owned()));
    }

    async fn order(&mut self, site: &Site, quantity: i64) {
        let order = site.order(&self.fair, &[(0, quantity)]).await;
        self.ids.push(order.id.clone());
        self.secrets.push(order.json["access_code"].as_str().unwrap().to_owned());
        let separator = if self.holders.is_empty() { "" } else { "; " };
        self.holders = format!("{}{separator}{}", self.holders, order.cookie);
        self.orders.push(order);
    }

    /// What the world looks like to its owner.
    async fn state(&self, site: &Site) -> Vec<Value> {
        let mut seen = Vec::new();
        for fair in [&self.fair, &self.draft] {
            for rest in ["", "/seat-types", "/history?limit=500", "/orders?limit=500", "/attendees"] {
                let answer = site.get(fair.at(rest)).cookie(&fair.session).await;
                seen.push(without_the_time(answer.expect(200)));
            }
        }
        seen
    }

    /// What an answer gives away.
    fn found_in(&self, said: &Said) -> Option<&str> {
        let secrets = self.secrets.iter().map(String::as_str);
        THEIRS.into_iter().chain(secrets).find(|secret| said.text.contains(secret))
    }
}

/// The time of the reading is no part of what is read.
fn without_the_time(mut json: Value) -> Value {
    match &mut json {
        Value::Object(fields) => {
            fields.remove("server_time");
            for value in fields.values_mut() {
                *value = without_the_time(value.take());
            }
        }
        Value::Array(items) => {
            for item in items {
                *item = without_the_time(item.take());
            }
        }
        _ => {}
    }
    json
}

/// Who asks: a name, and the headers of the request.
type Asker = (&'static str, Vec<(&'static str, String)>);

fn strangers(mine: &Tenant, theirs: &Tenant) -> Vec<Asker> {
    let cookie = |cookie: &str| vec![("cookie", cookie.to_owned())];
    let bearer = |token: &str| vec![("authorization", format!("Bearer {token}"))];
    let value = |cookie: &str| cookie.split_once('=').unwrap().1.to_owned();
    let swapped = format!(
        "plenary_session={}; plenary_holder={}",
        value(&theirs.orders[0].cookie),
        value(&theirs.fair.session)
    );
    let zeros = "0".repeat(64);
    vec![
        ("nobody", vec![]),
        ("another organizer and registrant", cookie(&format!("{}; {}", mine.fair.session, mine.holders))),
        ("another organizer's script", bearer(&mine.token)),
        (
            "somebody who makes things up",
            cookie(&format!("plenary_session={zeros}; plenary_holder={zeros}.{zeros}")),
        ),
        ("a script that makes things up", bearer(&zeros)),
        ("somebody who mixes things up", cookie(&swapped)),
        ("their registrant, as a script", bearer(&value(&theirs.orders[0].cookie))),
        ("somebody with an empty proof", cookie("plenary_session=; plenary_holder=")),
        ("somebody without a scheme", vec![("authorization", theirs.token.clone())]),
    ]
}

/// Every path that a call has with what is theirs in it.
fn paths(operation: &Operation, mine: &Tenant, theirs: &Tenant) -> Vec<String> {
    let parameters = operation.parameters();
    let slugs: Vec<&str> = match (parameters.contains(&"slug"), parameters.len()) {
        (false, _) => vec![""],
        (true, 1) => vec![&theirs.fair.slug, &theirs.draft.slug],
        (true, _) => vec![&theirs.fair.slug, &theirs.draft.slug, &mine.fair.slug],
    };
    let named = parameters.iter().any(|name| !["slug", "position"].contains(name));
    let nobody = [String::new()];
    let ids = if named { &theirs.ids[..] } else { &nobody };
    let path = |slug: &str, id: &str| {
        operation.at(|name| match name {
            "slug" => slug.to_owned(),
            "position" => "0".to_owned(),
            _ => id.to_owned(),
        })
    };
    slugs.iter().flat_map(|slug| ids.iter().map(move |id| path(slug, id))).collect()
}

/// What a body says of theirs.
fn known(theirs: &Tenant) -> Map<String, Value> {
    let seats = json!([{ "seat_type_id": theirs.fair.seats[0], "quantity": 1 }]);
    let price = json!({ "amount": 1, "currency": "USD" });
    let known = json!({
        "seats": seats, "seat_type_id": theirs.fair.seats[0], "price": price, "version": 1, "quantity": 1,
        "payment_id": theirs.ids.last(), "name": "Taken over",
    });
    known.as_object().unwrap().clone()
}

fn is_public(operation: &Operation) -> bool {
    PUBLIC.iter().any(|(name, _)| *name == operation.name())
}

both!(nobody_sees_or_changes_what_is_another_organizers);
async fn nobody_sees_or_changes_what_is_another_organizers(site: &Site) {
    let contract = Contract::of(site).await;
    let (mine, theirs) = (Tenant::settled_in(site, "mine").await, Tenant::settled_in(site, "theirs").await);
    let before = theirs.state(site).await;
    let mut tried = 0;
    for (asker, headers) in strangers(&mine, &theirs) {
        for operation in contract.operations.iter().filter(|it| !is_public(it)) {
            let body = operation.body.as_ref().map(|schema| contract.example(schema, &known(&theirs)));
            for path in paths(operation, &mine, &theirs) {
                let said = ask(site, operation, &path, &headers, body.as_ref()).await;
                let what = format!("{asker}: {} {path}: {} {}", operation.method, said.status, said.text);
                assert!(matches!(said.status, 401 | 403 | 404), "{what}");
                assert_eq!(said.media_type, "application/problem+json", "{what}");
                assert!(operation.statuses.contains(&said.status), "the contract does not say it: {what}");
                assert_eq!(theirs.found_in(&said), None, "{what}");
                tried += 1;
            }
        }
    }
    assert!(tried > 1_000, "{tried}");
    assert_eq!(theirs.state(site).await, before);
}

async fn ask(
    site: &Site,
    operation: &Operation,
    path: &str,
    headers: &[(&'static str, String)],
    body: Option<&Value>,
) -> Said {
    let mut headers = headers.to_vec();
    if body.is_some() {
        headers.push(("content-type", "application/json".to_owned()));
    }
    let body = body.map(Value::to_string).unwrap_or_default();
    send(site, &operation.method, path, &headers, body).await
}

both!(what_everybody_may_ask_gives_nothing_away);
async fn what_everybody_may_ask_gives_nothing_away(site: &Site) {
    let contract = Contract::of(site).await;
    let (mine, theirs) = (Tenant::settled_in(site, "mine").await, Tenant::settled_in(site, "theirs").await);
    let mut body = known(&theirs);
    body.insert("slug".to_owned(), json!(theirs.draft.slug));
    body.remove("name");
    for (asker, headers) in strangers(&mine, &theirs) {
        // Mine own are mine to see; whoever ends her session is a stranger from then on.
        let ends = |it: &Operation| it.method == "DELETE";
        for operation in contract.operations.iter().filter(|it| is_public(it) && !ends(it)) {
            let example = operation.body.as_ref().map(|schema| contract.example(schema, &body));
            for path in paths(operation, &mine, &theirs) {
                let said = ask(site, operation, &path, &headers, example.as_ref()).await;
                let what = format!("{asker}: {} {path}: {} {}", operation.method, said.status, said.text);
                assert!(said.status < 500, "{what}");
                assert_eq!(theirs.found_in(&said), None, "{what}");
            }
        }
        for order in &theirs.orders {
            let page = send(site, "GET", &format!("/theirs/orders/{}", order.id), &headers, "").await;
            assert!(page.status < 500, "{asker}");
            assert_eq!(theirs.found_in(&page), None, "{asker}: the page of order {}", order.id);
        }
        for path in ["/", "/theirs", "/theirs-draft", "/manage/theirs", "/manage"] {
            let page = send(site, "GET", path, &headers, "").await;
            assert!(page.status < 500, "{asker}: {path}");
            assert_eq!(theirs.found_in(&page), None, "{asker}: {path}");
        }
    }
}

both!(what_is_mine_shows_nothing_of_theirs_whatever_is_asked_of_it);
async fn what_is_mine_shows_nothing_of_theirs_whatever_is_asked_of_it(site: &Site) {
    let contract = Contract::of(site).await;
    let (mine, theirs) = (Tenant::settled_in(site, "mine").await, Tenant::settled_in(site, "theirs").await);
    let before = theirs.state(site).await;
    let headers = [("cookie", format!("{}; {}", mine.fair.session, mine.holders))];
    let asked = contract.operations.iter().filter(|it| it.method == "GET" && it.parameters() == ["slug"]);
    for operation in asked {
        for query in &operation.query {
            for id in &theirs.ids {
                let path = operation.at(|_| mine.fair.slug.clone());
                let said = send(site, "GET", &format!("{path}?{query}={id}"), &headers, "").await;
                assert!(said.status < 500, "{path}?{query}={id}: {}", said.text);
                // The same words are in what is mine; the codes are not.
                let given_away = theirs.secrets.iter().find(|secret| said.text.contains(*secret));
                assert_eq!(given_away, None, "{path}?{query}={id}");
            }
        }
    }
    // Their seats cannot be had with my order, nor their things changed under my address.
    let seats = json!({ "seats": [{ "seat_type_id": theirs.fair.seats[0], "quantity": 1 }] });
    let order = &mine.orders[0];
    let changed = site.put(order.at("/seats"), seats.clone()).cookie(&order.cookie).await;
    changed.refused(422, "invalid-input");
    site.post("/api/conferences/mine/orders", seats).await.refused(422, "invalid-input");
    assert_eq!(theirs.state(site).await, before);
}
