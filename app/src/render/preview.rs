//! What search engines and other sites learn of a page: its conference as schema.org has it.

use plenary_shared::Money;
use plenary_shared::conference::{Conference, SeatType};
use serde_json::{Value, json};

/// The conference at `address` as a schema.org `Event`, for a script element that holds data.
pub fn event(conference: &Conference, address: &str) -> String {
    let description =
        if conference.tagline.is_empty() { &conference.description } else { &conference.tagline };
    let offers: Vec<_> = conference.seat_types.iter().map(|seat_type| offer(seat_type, address)).collect();
    let event = json!({
        "@context": "https://schema.org",
        "@type": "Event",
        "name": conference.name,
        "description": description,
        "startDate": conference.start_date,
        "endDate": conference.end_date,
        "eventStatus": "https://schema.org/EventScheduled",
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
        "location": { "@type": "Place", "name": conference.location, "address": conference.location },
        "url": address,
        "offers": offers,
    });
    // A script element ends at its first end tag, whatever that stands in.
    event.to_string().replace('<', "\\u003c")
}

fn offer(seat_type: &SeatType, address: &str) -> Value {
    let availability = if seat_type.available > 0 { "InStock" } else { "SoldOut" };
    json!({
        "@type": "Offer",
        "name": seat_type.name,
        "price": in_major_units(seat_type.price),
        "priceCurrency": seat_type.price.currency,
        "availability": format!("https://schema.org/{availability}"),
        "url": address,
    })
}

/// A price as schema.org writes it: a point, no symbol, no groups.
fn in_major_units(price: Money) -> String {
    let digits = price.currency.minor_digits() as usize;
    let unit = 10_i64.pow(price.currency.minor_digits());
    if digits == 0 {
        return price.amount.to_string();
    }
    format!("{}.{:0digits$}", price.amount / unit, price.amount % unit)
}

#[cfg(test)]
mod tests {
    use plenary_shared::{ConferenceId, Currency, Date, SeatTypeId};
    use uuid::Uuid;

    use super::*;

    fn conference(name: &str) -> Conference {
        Conference {
            id: ConferenceId(Uuid::from_u128(7)),
            slug: "rustconf".into(),
            name: name.into(),
            tagline: String::new(),
            description: "Two days.".into(),
            location: "Turin".into(),
            start_date: Date::from_ymd(2027, 3, 1).unwrap(),
            end_date: Date::from_ymd(2027, 3, 2).unwrap(),
            currency: Currency::EUR,
            time_zone: "Europe/Rome".into(),
            published: true,
            language: None,
            seat_types: vec![SeatType {
                id: SeatTypeId(Uuid::from_u128(1)),
                name: "General".into(),
                description: String::new(),
                price: Money::new(34_905, Currency::EUR),
                quota: 10,
                available: 0,
            }],
            version: 1,
        }
    }

    #[test]
    fn an_event_has_its_days_and_its_offers() {
        let event: Value =
            serde_json::from_str(&event(&conference("RustConf"), "https://x/rustconf")).unwrap();
        assert_eq!(
            (event["startDate"].as_str(), event["endDate"].as_str()),
            (Some("2027-03-01"), Some("2027-03-02"))
        );
        assert_eq!(event["offers"][0]["price"], "349.05");
        assert_eq!(event["offers"][0]["priceCurrency"], "EUR");
        assert_eq!(event["offers"][0]["availability"], "https://schema.org/SoldOut");
    }

    #[test]
    fn a_name_cannot_end_the_script_that_it_stands_in() {
        let text = event(&conference("</script><script>alert(1)</script>"), "https://x/y");
        assert!(!text.contains('<'), "{text}");
        let event: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(event["name"], "</script><script>alert(1)</script>");
    }

    #[test]
    fn prices_are_written_without_symbols() {
        let cases = [(0, "EUR", "0.00"), (5, "USD", "0.05"), (1200, "JPY", "1200"), (1_005, "KWD", "1.005")];
        for (amount, currency, text) in cases {
            assert_eq!(in_major_units(Money::new(amount, currency.parse().unwrap())), text);
        }
    }
}
