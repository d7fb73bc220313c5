//! The HTTP contract as a document: `/api/openapi.json`, in version 3.1 of its format.
//!
//! The shapes come from the types that the handlers read and write; the list of calls is the table below.

use std::sync::LazyLock;

use axum::Router;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use plenary_shared::conference::{
    Conference, ConferenceSummary, ConferenceTexts, CreateConference, LocateConference, LocatedConference,
    ManagedConference, ManagedSeatType, SeatTypeInput, SeatTypeTexts, Unpublish, UpdateConference,
};
use plenary_shared::format::Locale;
use plenary_shared::live::Availability;
use plenary_shared::payments::{Payment, PaymentCallback, StartedPayment};
use plenary_shared::promo_codes::{PromoCode, PromoCodeInput};
use plenary_shared::registration::{
    Assignments, AttendeeRow, AttendeeRows, AttentionEntry, AttentionKind, AttentionResolution, ChangeSeats,
    CheckIn, FindOrder, FoundOrder, History, HistoryEvent, Order, OrganizerOrders, Person, PlaceOrder,
    ProcessDecision, Quote, QuoteRequest, ResolveAttention, SeatAssignment, Summary,
};
use plenary_shared::tables::{AttendeeColumn, Column, OrderColumn};
use plenary_shared::waitlist::{JoinWaitList, OrganizerWaitList, OrganizerWaitListEntry, WaitListEntry};
use plenary_shared::{Currency, Date, Money, Problem, Timestamp};
use serde_json::{Map, Value, json};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// What a call answers with when all goes well.
#[derive(Debug, Clone, Copy)]
enum Answer {
    Json(&'static str),
    List(&'static str),
    Text(&'static str),
    Nothing,
}

/// One call.
struct Call {
    method: &'static str,
    path: &'static str,
    summary: &'static str,
    body: Option<&'static str>,
    status: u16,
    answer: Answer,
    /// What it may refuse with, beside what every call may.
    refusals: &'static [u16],
    query: &'static [&'static str],
}

const fn call(method: &'static str, path: &'static str, summary: &'static str, answer: Answer) -> Call {
    Call { method, path, summary, body: None, status: 200, answer, refusals: &[], query: &[] }
}

impl Call {
    const fn takes(self, body: &'static str) -> Self {
        Self { body: Some(body), ..self }
    }

    const fn gives(self, status: u16) -> Self {
        Self { status, ..self }
    }

    const fn or(self, refusals: &'static [u16]) -> Self {
        Self { refusals, ..self }
    }

    const fn asks(self, query: &'static [&'static str]) -> Self {
        Self { query, ..self }
    }
}

const STREAM: Answer = Answer::Text("text/event-stream");
const CSV: Answer = Answer::Text("text/csv");

#[rustfmt::skip]
const CALLS: [Call; 55] = {
    use Answer::{Json, List, Nothing, Text};
    [
        call("get", "/api/conferences", "Published conferences, soonest first.", List("ConferenceSummary"))
            .asks(&["q", "after", "limit", "lang"]),
        call("get", "/api/conferences/{slug}", "A published conference.", Json("Conference"))
            .asks(&["lang"]).or(&[404]),
        call("get", "/api/conferences/{slug}/events", "A conference as it changes.", STREAM).asks(&["lang"]).or(&[404]),
        call("post", "/api/conferences/{slug}/quote", "What seats would cost.", Json("Quote")).takes("QuoteRequest")
            .or(&[404, 422, 429]),
        call("post", "/api/conferences/{slug}/orders", "Place an order.", Json("Order")).takes("PlaceOrder").gives(201)
            .or(&[404, 409, 422, 429]),
        call("get", "/api/orders/{id}", "An order, as the asker may see it.", Json("Order")).asks(&["lang"]).or(&[404]),
        call("delete", "/api/orders/{id}", "Give the seats back.", Json("Order"))
            .or(&[403, 404, 409, 410]),
        call("get", "/api/orders/{id}/events", "An order as it changes.", STREAM).asks(&["lang"]).or(&[404]),
        call("put", "/api/orders/{id}/seats", "Ask for other seats.", Json("Order")).takes("ChangeSeats")
            .or(&[403, 404, 409, 410, 422, 429]),
        call("post", "/api/orders/{id}/extension", "Ask for more time, once.", Json("Order"))
            .or(&[403, 404, 409, 410]),
        call("put", "/api/orders/{id}/registrant", "Say who registers.", Json("Order")).takes("Person")
            .or(&[403, 404, 409, 410, 422]),
        call("post", "/api/orders/{id}/payments", "Start a payment.", Json("StartedPayment")).gives(201)
            .or(&[403, 404, 409, 410]),
        call("post", "/api/orders/{id}/confirmation", "Confirm a free order.", Json("Order"))
            .or(&[403, 404, 409, 410]),
        call("get", "/api/orders/{id}/assignments", "Who sits where.", Json("Assignments"))
            .asks(&["lang"]).or(&[403, 404, 409]),
        call("put", "/api/orders/{id}/assignments/{position}", "Assign a seat.", Json("SeatAssignment")).takes("Person")
            .or(&[403, 404, 409, 422]),
        call("delete", "/api/orders/{id}/assignments/{position}", "Unassign a seat.", Json("SeatAssignment"))
            .or(&[403, 404, 409]),
        call("post", "/api/orders/find", "Find an order again.", Json("FoundOrder")).takes("FindOrder")
            .or(&[404, 422, 429]),
        call("post", "/api/conferences/{slug}/waitlist", "Wait for seats that are taken.", Json("WaitListEntry"))
            .takes("JoinWaitList").gives(201).or(&[404, 409, 422, 429]),
        call("get", "/api/waitlist/{id}", "A place on the wait list, as the asker may see it.", Json("WaitListEntry"))
            .asks(&["proof", "lang"]).or(&[404]),
        call("get", "/api/waitlist/{id}/events", "A place on the wait list as it changes.", STREAM)
            .asks(&["proof", "lang"])
            .or(&[404]),
        call("delete", "/api/waitlist/{id}", "Leave the wait list.", Json("WaitListEntry")).asks(&["proof"])
            .or(&[403, 404]),
        call("get", "/api/payments/{id}", "A payment, to its order's holder.", Json("Payment")).or(&[403, 404]),
        call("post", "/api/payments/callback", "What the processor says, signed.", Nothing).takes("PaymentCallback")
            .or(&[401, 422]),
        call("post", "/api/management/conferences", "Create a conference.", Json("ManagedConference"))
            .takes("CreateConference").gives(201).or(&[409, 422]),
        call("post", "/api/management/session", "Locate a conference.", Json("LocatedConference"))
            .takes("LocateConference").or(&[401, 422, 429]),
        call("delete", "/api/management/session", "End the session.", Nothing).gives(204).or(&[401]),
        call("get", "/api/management/conferences/{slug}", "A conference, to its organizer.", Json("ManagedConference"))
            .or(&[401, 404]),
        call("put", "/api/management/conferences/{slug}", "Change a conference.", Json("ManagedConference"))
            .takes("UpdateConference").or(&[401, 404, 409, 422]),
        call("post", "/api/management/conferences/{slug}/publish", "Publish.", Json("ManagedConference"))
            .or(&[401, 404, 409]),
        call("post", "/api/management/conferences/{slug}/unpublish", "Unpublish.", Json("ManagedConference"))
            .takes("Unpublish").or(&[401, 404, 409, 422]),
        call("get", "/api/management/conferences/{slug}/seat-types", "Seat types.", List("ManagedSeatType"))
            .or(&[401, 404]),
        call("post", "/api/management/conferences/{slug}/seat-types", "Add a seat type.", Json("ManagedSeatType"))
            .takes("SeatTypeInput").gives(201).or(&[401, 404, 409, 422]),
        call("put", "/api/management/conferences/{slug}/seat-types/{id}", "Change a seat type.", Json("ManagedSeatType"))
            .takes("SeatTypeInput").or(&[401, 404, 409, 422]),
        call("delete", "/api/management/conferences/{slug}/seat-types/{id}", "Delete a seat type.", Nothing).gives(204)
            .or(&[401, 404, 409]),
        call("get", "/api/management/conferences/{slug}/promo-codes", "Promotional codes.", List("PromoCode"))
            .or(&[401, 404]),
        call("post", "/api/management/conferences/{slug}/promo-codes", "Add a promotional code.", Json("PromoCode"))
            .takes("PromoCodeInput").gives(201).or(&[401, 404, 409, 422]),
        call("put", "/api/management/conferences/{slug}/promo-codes/{id}", "Change a promotional code.",
            Json("PromoCode")).takes("PromoCodeInput").or(&[401, 404, 409, 422]),
        call("get", "/api/management/conferences/{slug}/orders", "Orders, newest first.", Json("OrganizerOrders"))
            .asks(&["order_id", "status", "q", "sort", "after", "limit"]).or(&[401, 404, 422]),
        call("get", "/api/management/conferences/{slug}/attendees", "Sold seats.", Json("AttendeeRows"))
            .asks(&["order_id", "seat_type_id", "q", "sort", "after", "limit"]).or(&[401, 404, 422]),
        call("put", "/api/management/conferences/{slug}/attendees/{order_id}/{position}/check-in",
            "Let whoever has a seat in; once.", Json("AttendeeRow")).takes("CheckIn").or(&[401, 404, 409, 422]),
        call("delete", "/api/management/conferences/{slug}/attendees/{order_id}/{position}/check-in",
            "Take a check-in back.", Json("AttendeeRow")).or(&[401, 404, 409]),
        call("get", "/api/management/conferences/{slug}/orders.csv", "All orders.", CSV)
            .asks(&["order_id", "status", "q", "sort", "columns"]).or(&[401, 404, 422]),
        call("get", "/api/management/conferences/{slug}/attendees.csv", "All sold seats.", CSV)
            .asks(&["order_id", "seat_type_id", "q", "sort", "columns"]).or(&[401, 404, 422]),
        call("get", "/api/management/conferences/{slug}/summary", "The numbers, now or at a past instant.",
            Json("Summary")).asks(&["as_of"]).or(&[400, 401, 404]),
        call("get", "/api/management/conferences/{slug}/history", "What was recorded, in plain words.", Json("History"))
            .asks(&["order_id", "after", "limit"]).or(&[401, 404, 422]),
        call("get", "/api/management/conferences/{slug}/events", "The numbers, orders and activity as they change.",
            STREAM).or(&[401, 404]),
        call("get", "/api/management/conferences/{slug}/attention", "Charges to decide about.", List("AttentionEntry"))
            .asks(&["all"]).or(&[401, 404]),
        call("post", "/api/management/conferences/{slug}/attention/{order_id}", "Decide about a charge.", Json("Order"))
            .takes("ResolveAttention").or(&[401, 404, 409, 422]),
        call("delete", "/api/management/conferences/{slug}/orders/{id}/personal-data",
            "Erase who is named in an order, for ever.", Json("Order")).or(&[401, 404]),
        call("get", "/api/management/conferences/{slug}/waitlist", "Who waits, in the order in which seats are offered.",
            Json("OrganizerWaitList")).asks(&["status", "seat_type_id", "after", "limit"]).or(&[401, 404, 422]),
        call("delete", "/api/management/conferences/{slug}/waitlist/{id}", "Take somebody off the wait list.",
            Json("OrganizerWaitListEntry")).or(&[401, 404]),
        call("get", "/api/openapi.json", "This document.", Text("application/json")),
        call("get", "/healthz", "The process is up.", Text("text/plain")),
        call("get", "/readyz", "The store can be reached.", Text("text/plain")).or(&[503]),
        call("get", "/metrics", "Prometheus text.", Text("text/plain")),
    ]
};

/// The document, made once.
static DOCUMENT: LazyLock<String> = LazyLock::new(|| document().to_string());

pub fn routes() -> Router {
    let serve =
        || async { ([(header::CONTENT_TYPE, "application/json")], DOCUMENT.as_str()).into_response() };
    Router::new().route("/api/openapi.json", get(serve))
}

fn document() -> Value {
    let mut paths = Map::new();
    for call in &CALLS {
        let path = paths.entry(call.path).or_insert_with(|| json!({}));
        path[call.method] = operation(call);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Plenary",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Conference registration that never makes anyone wait.",
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "paths": paths,
        "components": {
            "schemas": schemas(),
            "securitySchemes": {
                "session": { "type": "apiKey", "in": "cookie", "name": "plenary_session" },
                "token": { "type": "http", "scheme": "bearer" },
            },
        },
    })
}

fn operation(call: &Call) -> Value {
    let mut operation = json!({
        "summary": call.summary,
        "operationId": operation_id(call),
        "parameters": parameters(call),
        "responses": responses(call),
    });
    // What a stranger is told to sign in for needs one of these.
    if call.path.starts_with("/api/management/")
        && call.refusals.contains(&401)
        && call.body != Some("LocateConference")
    {
        operation["security"] = json!([{ "session": [] }, { "token": [] }]);
    }
    if let Some(body) = call.body {
        let optional = matches!(body, "Unpublish" | "CheckIn");
        operation["requestBody"] = json!({ "required": !optional, "content": { "application/json": { "schema": reference(body) } } });
    }
    operation
}

fn operation_id(call: &Call) -> String {
    let words = call.path.split(['/', '{', '}', '.', '-']).filter(|word| !word.is_empty() && *word != "api");
    std::iter::once(call.method).chain(words).collect::<Vec<_>>().join("_")
}

fn parameters(call: &Call) -> Vec<Value> {
    let in_path = call.path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
    let in_path = in_path.map(|name| {
        let schema = match name {
            "id" | "order_id" => json!({ "type": "string", "format": "uuid" }),
            "position" => json!({ "type": "integer" }),
            _ => json!({ "type": "string" }),
        };
        json!({ "name": name, "in": "path", "required": true, "schema": schema })
    });
    let in_query = call.query.iter().map(|name| {
        let schema = match *name {
            "sort" | "columns" if call.path.contains("attendees") => of_columns::<AttendeeColumn>(name),
            "sort" | "columns" => of_columns::<OrderColumn>(name),
            "all" => json!({ "type": "boolean" }),
            // What is no such tag asks for nothing. Commands heed it as well, for what they answer with.
            "lang" => json!({ "type": "string", "examples": Locale::ALL.map(Locale::tag) }),
            "as_of" => json!({ "type": "string", "format": "date-time" }),
            "limit" => json!({ "type": "integer", "minimum": 1, "maximum": i32::MAX }),
            "order_id" | "seat_type_id" => json!({ "type": "string", "format": "uuid" }),
            _ => json!({ "type": "string" }),
        };
        let mut parameter = json!({ "name": name, "in": "query", "required": false, "schema": schema });
        if *name == "columns" {
            // Commas between the names, and not the parameter again for each of them.
            parameter["explode"] = false.into();
        }
        parameter
    });
    let key = json!({
        "name": "Idempotency-Key", "in": "header", "required": false,
        "schema": { "type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[!-~]+$" },
    });
    let key = (call.method != "get").then_some(key);
    in_path.chain(in_query).chain(key).collect()
}

/// What a list can be put in order by, or its columns.
fn of_columns<C: Column>(parameter: &str) -> Value {
    if parameter == "columns" {
        let names: Vec<_> = C::ALL.iter().map(|column| column.name()).collect();
        return json!({ "type": "array", "items": { "type": "string", "enum": names }, "uniqueItems": true });
    }
    let ordered = C::ALL.iter().filter(|column| column.has_order());
    let names: Vec<_> = ordered.flat_map(|it| [it.name().to_owned(), format!("-{}", it.name())]).collect();
    json!({ "type": "string", "enum": names })
}

fn responses(call: &Call) -> Value {
    let mut responses = Map::new();
    responses.insert(call.status.to_string(), success(call));
    // A repeat of the same order or payment changes nothing.
    if call.status == 201 {
        responses.insert("200".to_owned(), success(call));
    }
    let everywhere: &[u16] = match call.method {
        "get" if !call.query.is_empty() => &[422, 503],
        "get" if call.path.starts_with("/api/") => &[503],
        "get" => &[],
        _ => &[400, 403, 413, 415, 422, 503],
    };
    for status in everywhere.iter().chain(call.refusals) {
        let content = json!({ "application/problem+json": { "schema": reference("Problem") } });
        let response = json!({ "description": "Refused; the problem says why.", "content": content });
        responses.entry(status.to_string()).or_insert(response);
    }
    Value::Object(responses)
}

fn success(call: &Call) -> Value {
    let json = |schema: Value| json!({ "application/json": { "schema": schema } });
    let content = match call.answer {
        Answer::Json(name) => json(reference(name)),
        Answer::List(name) => json(json!({ "type": "array", "items": reference(name) })),
        // Each message of a stream is JSON of its own; the version of OpenAPI that is written here cannot say so.
        Answer::Text("text/event-stream") => json!({ "text/event-stream": {} }),
        Answer::Text(media_type) => json!({ media_type: { "schema": { "type": "string" } } }),
        Answer::Nothing => return json!({ "description": call.summary }),
    };
    json!({ "description": call.summary, "content": content })
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

type Named = Vec<(String, RefOr<Schema>)>;

fn schemas() -> Map<String, Value> {
    let mut named = Named::new();
    macro_rules! add {
        ($($kind:ty),* $(,)?) => {
            $(
                named.push((<$kind as ToSchema>::name().into_owned(), <$kind as PartialSchema>::schema()));
                <$kind as ToSchema>::schemas(&mut named);
            )*
        };
    }
    add!(
        Conference,
        ConferenceSummary,
        CreateConference,
        LocateConference,
        LocatedConference,
        ManagedConference
    );
    add!(
        ManagedSeatType,
        PromoCode,
        PromoCodeInput,
        SeatTypeInput,
        Unpublish,
        UpdateConference,
        Availability,
        Payment,
        PaymentCallback
    );
    add!(
        StartedPayment,
        Assignments,
        AttendeeRow,
        AttendeeRows,
        AttentionEntry,
        AttentionKind,
        AttentionResolution,
        ResolveAttention,
        ChangeSeats,
        CheckIn,
        FindOrder,
        FoundOrder,
        History
    );
    add!(
        HistoryEvent,
        ProcessDecision,
        Order,
        OrganizerOrders,
        Person,
        PlaceOrder,
        Quote,
        QuoteRequest,
        SeatAssignment,
        Summary
    );
    add!(JoinWaitList, OrganizerWaitList, OrganizerWaitListEntry, WaitListEntry);
    add!(ConferenceTexts, SeatTypeTexts, Locale, Problem, Money, Currency, Date, Timestamp);
    let schema = |schema: RefOr<Schema>| serde_json::to_value(schema).expect("schemas are JSON");
    named.into_iter().map(|(name, it)| (name, schema(it))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn references(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                found.extend(fields.get("$ref").and_then(Value::as_str).map(str::to_owned));
                fields.values().for_each(|value| references(value, found));
            }
            Value::Array(items) => items.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }

    #[test]
    fn everything_that_is_referred_to_is_there() {
        let document = document();
        let mut found = Vec::new();
        references(&document, &mut found);
        assert!(found.len() > 50);
        for reference in found {
            let pointer = reference.trim_start_matches('#');
            assert!(document.pointer(pointer).is_some(), "{reference}");
        }
    }

    #[test]
    fn the_bounds_that_are_told_are_those_that_are_checked() {
        use plenary_shared::pricing::MAX_SEATS_PER_TYPE;
        use plenary_shared::validation::{
            MAX_CODE_USES, MAX_CODES_PER_ORDER, MAX_EMAIL, MAX_PERSON_NAME, MAX_QUOTA,
        };
        let document = document();
        let told = |path: &str| document.pointer(&format!("/components/schemas/{path}")).cloned();
        assert_eq!(told("SeatQuantity/properties/quantity/maximum"), Some(json!(MAX_SEATS_PER_TYPE)));
        assert_eq!(told("PlaceOrder/properties/promo_codes/maxItems"), Some(json!(MAX_CODES_PER_ORDER)));
        assert_eq!(told("Person/properties/first_name/maxLength"), Some(json!(MAX_PERSON_NAME)));
        assert_eq!(told("Person/properties/email/maxLength"), Some(json!(MAX_EMAIL)));
        assert_eq!(told("SeatTypeInput/properties/quota/maximum"), Some(json!(MAX_QUOTA)));
        assert_eq!(told("PromoCodeInput/properties/max_uses/maximum"), Some(json!(MAX_CODE_USES)));
        assert_eq!(told("PlaceOrder/properties/seats/minItems"), Some(json!(1)));
    }

    #[test]
    fn operations_have_names_of_their_own() {
        let mut names: Vec<_> = CALLS.iter().map(operation_id).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), CALLS.len());
    }
}
