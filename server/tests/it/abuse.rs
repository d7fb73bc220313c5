//! Nonsense for every call of the contract: it is told what is wrong, nothing has changed, and nothing breaks.

use serde_json::{Map, Value, json};

use crate::contract::{Contract, Operation, Said, send};
use crate::site::{Fair, Placed, Site, both, seat_type};

/// Somebody who may do everything here.
struct Everybody {
    fair: Fair,
    order: Placed,
    payment: String,
    /// A place on the wait list.
    entry: String,
    /// A promotional code.
    code: String,
}

impl Everybody {
    async fn on(site: &Site) -> Self {
        let fair = site.organizer("abused", &[(1_000, 50), (0, 50)]).await;
        let order = site.order(&fair, &[(0, 1)]).await;
        let payment = site.start_payment(&order).await;
        site.decide(&payment, "accept").await;
        site.settles(&order, "confirmed").await;
        let none = site.post(fair.at("/seat-types"), seat_type(5_000, 0)).cookie(&fair.session).await;
        let body =
            json!({ "email": "ada@example.org", "seat_type_id": none.expect(201)["id"], "quantity": 2 });
        let joined = site.post("/api/conferences/abused/waitlist", body).cookie(&order.cookie).await;
        let entry = joined.expect(201)["id"].as_str().unwrap().to_owned();
        let code = json!({ "code": "TEN", "discount": { "kind": "percentage", "percent": 10 } });
        let made = site.post(fair.at("/promo-codes"), code).cookie(&fair.session).await.expect(201);
        let code = made["id"].as_str().unwrap().to_owned();
        Self { fair, order, payment, entry, code }
    }

    fn headers(&self) -> Vec<(&'static str, String)> {
        vec![
            ("cookie", format!("{}; {}", self.fair.session, self.order.cookie)),
            ("content-type", "application/json".to_owned()),
        ]
    }

    /// Where a call is made to, so that it is about what is there.
    fn path(&self, operation: &Operation) -> String {
        operation.at(|name| match name {
            "slug" => self.fair.slug.clone(),
            "position" => "0".to_owned(),
            _ if operation.path.contains("/seat-types/") => self.fair.seats[0].clone(),
            _ if operation.path.contains("/payments/") => self.payment.clone(),
            _ if operation.path.contains("/waitlist/") => self.entry.clone(),
            _ if operation.path.contains("/promo-codes/") => self.code.clone(),
            _ => self.order.id.clone(),
        })
    }

    fn known(&self, operation: &Operation) -> Map<String, Value> {
        // A conference was created and published; everything else is as it was made.
        let version = if operation.path.ends_with("/conferences/{slug}") { 2 } else { 1 };
        let code = if operation.path.ends_with("/{id}") { "TEN" } else { "TWENTY" };
        let seats = json!([{ "seat_type_id": self.fair.seats[0], "quantity": 1 }]);
        let price = json!({ "amount": 1, "currency": "USD" });
        let known = json!({
            "seats": seats, "seat_type_id": self.fair.seats[0], "price": price, "version": version, "quantity": 1,
            "slug": "abused", "email": "nobody@example.org", "payment_id": self.payment,
            "code": code, "discount": { "kind": "percentage", "percent": 20 }, "combines": "none",
        });
        known.as_object().unwrap().clone()
    }

    async fn state(&self, site: &Site) -> Vec<Value> {
        let mut seen = Vec::new();
        for rest in ["", "/seat-types", "/history?limit=500", "/attendees"] {
            seen.push(site.get(self.fair.at(rest)).cookie(&self.fair.session).await.expect(200));
        }
        seen.push(site.get(self.order.at("")).cookie(&self.order.cookie).await.expect(200));
        seen
    }
}

/// What takes back what was read of it, with the fields that nobody can set.
const TOLERANT: [&str; 5] = [
    "PUT /api/management/conferences/{slug}",
    "POST /api/management/conferences/{slug}/seat-types",
    "PUT /api/management/conferences/{slug}/seat-types/{id}",
    "POST /api/management/conferences/{slug}/promo-codes",
    "PUT /api/management/conferences/{slug}/promo-codes/{id}",
];

fn json_of(said: &Said) -> Value {
    serde_json::from_str(&said.text).unwrap_or(Value::Null)
}

/// The fields that a problem names.
fn fields_of(said: &Said) -> Vec<String> {
    let errors = json_of(said)["errors"].as_array().cloned().unwrap_or_default();
    errors.iter().map(|it| it["field"].as_str().unwrap_or_default().to_owned()).collect()
}

/// A 4xx problem, whatever was sent.
#[track_caller]
fn refused(said: &Said, what: &str) {
    let problem = json_of(said);
    assert!((400..500).contains(&said.status), "{what}: {} {}", said.status, said.text);
    assert_eq!(said.media_type, "application/problem+json", "{what}: {}", said.text);
    assert_eq!(problem["status"], said.status, "{what}");
    assert!(problem["title"].as_str().is_some_and(|title| !title.is_empty()), "{what}: {}", said.text);
    let inside = ["select ", "sqlx", "panicked", "/src/", ".rs:", "SqliteError", "PgDatabaseError"];
    assert!(!inside.iter().any(|word| said.text.contains(word)), "{what}: {}", said.text);
}

both!(texts_that_are_no_json_are_refused_by_every_call);
async fn texts_that_are_no_json_are_refused_by_every_call(site: &Site) {
    let contract = Contract::of(site).await;
    let everybody = Everybody::on(site).await;
    let before = everybody.state(site).await;
    let mut texts: Vec<Vec<u8>> = ["{", "{\"a\":}", "\u{feff}{}", "{} {}", "nul", "'", "{\"a\" 1}", "[1,]"]
        .iter()
        .map(|text| text.as_bytes().to_vec())
        .collect();
    texts.push(b"{\"name\": \"\xff\xfe\"}".to_vec());
    texts.push("[".repeat(60_000).into_bytes());
    texts.push("{\"a\":".repeat(12_000).into_bytes());
    texts.push(b"\0".to_vec());
    for operation in contract.operations.iter().filter(|it| it.body.is_some()) {
        let path = everybody.path(operation);
        for text in &texts {
            let shown = String::from_utf8_lossy(&text[..text.len().min(40)]).into_owned();
            let what = format!("{} {path} {shown}", operation.method);
            let said = send(site, &operation.method, &path, &everybody.headers(), text.clone()).await;
            refused(&said, &what);
            assert!(matches!(said.status, 400 | 401), "{what}: {} {}", said.status, said.text);
        }
        let huge = vec![b' '; 10 * 1024 * 1024];
        let said = send(site, &operation.method, &path, &everybody.headers(), huge).await;
        refused(&said, &path);
        assert_eq!(said.status, 413, "{} {path}: {}", operation.method, said.text);
        for media_type in ["text/plain", "application/xml", "application/x-www-form-urlencoded", "é"] {
            let headers = [everybody.headers().remove(0), ("content-type", media_type.to_owned())];
            let said = send(site, &operation.method, &path, &headers, "{}").await;
            refused(&said, &path);
            assert!(matches!(said.status, 415 | 401), "{} {path}: {}", operation.method, said.text);
        }
    }
    assert_eq!(everybody.state(site).await, before);
}

/// Values that a field of these types cannot have.
fn nonsense(types: &[String], required: bool) -> Vec<Value> {
    let is = |name: &str| types.iter().any(|it| it == name);
    let mut values = Vec::new();
    if required && !is("null") {
        values.push(Value::Null);
    }
    if !is("string") {
        values.extend([json!("7"), json!("x")]);
    }
    if !is("integer") && !is("number") {
        values.extend([json!(7), json!(-1.5)]);
    }
    if is("integer") {
        values.extend([json!(1.5), json!(1e300), json!(u64::MAX), json!(i64::MIN)]);
    }
    if is("string") {
        values.push(json!("a\u{0}b"));
    }
    if !is("boolean") {
        values.push(json!(true));
    }
    if is("array") {
        values.extend([json!([null]), json!([[]]), json!([{ "unknown": 1 }])]);
    } else {
        values.push(json!([]));
    }
    if !is("object") {
        values.push(json!({}));
    }
    values
}

both!(a_field_of_another_type_is_named_by_every_call);
async fn a_field_of_another_type_is_named_by_every_call(site: &Site) {
    let contract = Contract::of(site).await;
    let everybody = Everybody::on(site).await;
    let before = everybody.state(site).await;
    let mut tried = 0;
    for operation in &contract.operations {
        let Some(schema) = &operation.body else { continue };
        let example = contract.example(schema, &everybody.known(operation));
        for (field, of) in contract.fields(schema) {
            let types = contract.types(&of);
            assert!(!types.is_empty(), "{}: {field} has no type", operation.name());
            for value in nonsense(&types, contract.requires(schema, &field)) {
                // Any number may be a version of long ago, or of what is to be made.
                if field == "version" && value.is_i64() {
                    continue;
                }
                let mut body = example.clone();
                body[&field] = value;
                let said = tell(site, &everybody, operation, &body).await;
                let what = format!("{} {body}", operation.name());
                refused(&said, &what);
                // Whoever must prove something proves it first, whoever guesses is slowed down, and a wrong code has one
                // answer, whatever is wrong with it.
                let is_guess = operation.path.ends_with("/find") && said.status == 404;
                if !is_guess && !matches!(said.status, 401 | 429) {
                    assert_eq!(said.status, 422, "{what}: {}", said.text);
                    let named = fields_of(&said);
                    assert!(named.iter().any(|it| it.starts_with(&field)), "{what} names {named:?}");
                }
                tried += 1;
            }
        }
    }
    assert!(tried > 200, "{tried}");
    assert_eq!(everybody.state(site).await, before);
}

async fn tell(site: &Site, everybody: &Everybody, operation: &Operation, body: &Value) -> Said {
    let path = everybody.path(operation);
    send(site, &operation.method, &path, &everybody.headers(), body.to_string()).await
}

both!(bodies_that_are_no_objects_or_have_too_much_are_refused_by_every_call);
async fn bodies_that_are_no_objects_or_have_too_much_are_refused_by_every_call(site: &Site) {
    let contract = Contract::of(site).await;
    let everybody = Everybody::on(site).await;
    let before = everybody.state(site).await;
    for operation in &contract.operations {
        let Some(schema) = &operation.body else { continue };
        for body in [json!([]), json!("x"), json!(7), json!(true), Value::Null, json!([{}])] {
            let said = tell(site, &everybody, operation, &body).await;
            refused(&said, &format!("{} {body}", operation.name()));
        }
        if !TOLERANT.contains(&operation.name().as_str()) {
            let mut body = contract.example(schema, &everybody.known(operation));
            body["colour"] = json!("blue");
            let said = tell(site, &everybody, operation, &body).await;
            let what = format!("{} {body}", operation.name());
            refused(&said, &what);
            assert!(said.status == 401 || fields_of(&said) == ["colour"], "{what}: {}", said.text);
        }
        // As long as a text can be that is read at all.
        for (field, of) in contract.fields(schema) {
            if contract.types(&of).iter().any(|it| it == "string") {
                let mut body = contract.example(schema, &everybody.known(operation));
                body[&field] = json!("x".repeat(60_000));
                let said = tell(site, &everybody, operation, &body).await;
                refused(&said, &format!("{}: a long {field}", operation.name()));
            }
        }
    }
    assert_eq!(everybody.state(site).await, before);
}

both!(ids_that_name_nothing_are_not_found_by_any_call);
async fn ids_that_name_nothing_are_not_found_by_any_call(site: &Site) {
    let contract = Contract::of(site).await;
    let everybody = Everybody::on(site).await;
    let before = everybody.state(site).await;
    let (unknown, long) = (site.id(), "x".repeat(5_000));
    let ids = [
        unknown.as_str(),
        "no-id",
        "%00",
        "%ff",
        "..",
        "%2e%2e%2f",
        "0",
        "-1",
        &long,
        "%F0%9F%A6%80",
        "%27%22;--",
    ];
    for operation in contract.operations.iter().filter(|it| !it.parameters().is_empty()) {
        let body =
            operation.body.as_ref().map(|schema| contract.example(schema, &everybody.known(operation)));
        let sound = everybody.path(operation);
        for parameter in operation.parameters() {
            for id in ids {
                if parameter == "position" && id == "0" {
                    continue;
                }
                let mut parts: Vec<&str> = sound.split('/').collect();
                let index = operation.path.split('/').position(|part| part == format!("{{{parameter}}}"));
                parts[index.unwrap()] = id;
                let path = parts.join("/");
                let text = body.as_ref().map(Value::to_string).unwrap_or_default();
                let said = send(site, &operation.method, &path, &everybody.headers(), text).await;
                let what = format!("{} {path}", operation.method);
                refused(&said, &what);
                assert!(matches!(said.status, 404 | 405), "{what}: {} {}", said.status, said.text);
            }
        }
    }
    assert_eq!(everybody.state(site).await, before);
}

both!(no_query_breaks_any_call);
async fn no_query_breaks_any_call(site: &Site) {
    let contract = Contract::of(site).await;
    let everybody = Everybody::on(site).await;
    let long = "x".repeat(5_000);
    let values = [
        "",
        "%00",
        "a%00b",
        "%ff",
        "%",
        "1.5",
        "-1",
        "99999999999999999999",
        "x",
        &long,
        "%F0%9F%A6%80",
        "%25_%27",
    ];
    for operation in &contract.operations {
        for query in &operation.query {
            for value in values {
                let path = format!("{}?{query}={value}", everybody.path(operation));
                let said = send(site, &operation.method, &path, &everybody.headers(), "").await;
                assert!(said.status < 500, "{path}: {} {}", said.status, said.text);
                if said.status >= 400 {
                    refused(&said, &path);
                    assert!(!fields_of(&said).is_empty(), "{path}: {}", said.text);
                }
            }
            let twice = format!("{}?{query}=1&{query}=2&{query}[]=3", everybody.path(operation));
            let said = send(site, &operation.method, &twice, &everybody.headers(), "").await;
            assert!(said.status < 500, "{twice}: {}", said.status);
        }
    }
}
