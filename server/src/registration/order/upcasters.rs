//! The forms that the events of orders once had. Nothing here ever changes: the log keeps every form for ever.

use serde_json::{Value, json};

use crate::eventstore::{Fields, Upcaster};

/// Version 1 knew no promotional codes.
pub const UPCASTERS: &[Upcaster] = &[
    Upcaster { event_type: "OrderPlaced", from: 1, lift: without_codes },
    Upcaster { event_type: "OrderSeatsChanged", from: 1, lift: without_codes },
    Upcaster { event_type: "OrderTotalsCalculated", from: 1, lift: without_discounts },
];

fn without_codes(fields: &mut Fields) {
    fields.insert("promo_codes".to_owned(), json!([]));
}

fn without_discounts(fields: &mut Fields) {
    fields.insert("discounts".to_owned(), json!([]));
    let lines = fields.get_mut("lines").and_then(Value::as_array_mut);
    for line in lines.into_iter().flatten().filter_map(Value::as_object_mut) {
        let currency = line.get("line_total").and_then(|it| it.get("currency")).cloned();
        line.insert("discount".to_owned(), json!({ "amount": 0, "currency": currency }));
    }
}
