//! The conference's time zone. The browser knows the zones; nothing here brings a table of them.

use std::cell::RefCell;

use js_sys::{Array, Function, Intl, Object, Reflect};
use plenary_shared::{Timestamp, format};
use wasm_bindgen::{JsCast, JsValue};

use crate::Language;

/// An instant as the clocks of `zone` show it: `Mar 1, 2026, 09:30`; in UTC where the browser does not know it.
pub fn local_time(instant: Timestamp, zone: &str, language: Language) -> String {
    format::date_time(instant, offset_minutes(instant, zone).unwrap_or(0), language.locale())
}

/// The reader's own zone: `Europe/Berlin`.
pub fn of_the_reader() -> Option<String> {
    let format = Intl::DateTimeFormat::new(&Array::new(), &Object::new());
    Reflect::get(&format.resolved_options(), &"timeZone".into()).ok()?.as_string()
}

/// Every zone that the browser knows; empty where it does not tell.
pub fn known() -> Vec<String> {
    let tell = || -> Option<Array> {
        let intl = Reflect::get(&js_sys::global(), &"Intl".into()).ok()?;
        let list: Function = Reflect::get(&intl, &"supportedValuesOf".into()).ok()?.dyn_into().ok()?;
        list.call1(&JsValue::UNDEFINED, &"timeZone".into()).ok()?.dyn_into().ok()
    };
    tell().map(|zones| zones.iter().filter_map(|zone| zone.as_string()).collect()).unwrap_or_default()
}

/// How many minutes east of UTC the clocks of `zone` are at `instant`.
fn offset_minutes(instant: Timestamp, zone: &str) -> Option<i64> {
    let format = cached_format(zone)?;
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of our days are exact in a double")]
    let date = js_sys::Date::new(&JsValue::from_f64(instant.as_millis() as f64));
    let text = |part: &JsValue, name: &str| Reflect::get(part, &name.into()).ok()?.as_string();
    let parts = format.format_to_parts(&date);
    let name = parts.iter().find(|part| text(part, "type").as_deref() == Some("timeZoneName"))?;
    minutes_of(&text(&name, "value")?)
}

/// Making a format is slow, and a list needs it in every row.
fn cached_format(zone: &str) -> Option<Intl::DateTimeFormat> {
    thread_local! {
        static LAST: RefCell<Option<(String, Intl::DateTimeFormat)>> = const { RefCell::new(None) };
    }
    LAST.with_borrow_mut(|last| {
        if last.as_ref().is_none_or(|(name, _)| name != zone) {
            *last = Some((zone.to_owned(), format_in(zone)?));
        }
        last.as_ref().map(|(_, format)| format.clone())
    })
}

fn format_in(zone: &str) -> Option<Intl::DateTimeFormat> {
    let intl = Reflect::get(&js_sys::global(), &"Intl".into()).ok()?;
    let class: Function = Reflect::get(&intl, &"DateTimeFormat".into()).ok()?.dyn_into().ok()?;
    let options = Object::new();
    Reflect::set(&options, &"timeZone".into(), &zone.into()).ok()?;
    Reflect::set(&options, &"timeZoneName".into(), &"longOffset".into()).ok()?;
    // Made by reflection: an unknown zone throws, and the binding of the constructor does not catch.
    let made = Reflect::construct(&class, &Array::of2(&"en-US".into(), &options)).ok()?;
    Some(made.unchecked_into())
}

/// The minutes of an offset as browsers name it: `GMT+05:30`, `GMT`.
fn minutes_of(name: &str) -> Option<i64> {
    let offset = name.strip_prefix("GMT")?;
    if offset.is_empty() {
        return Some(0);
    }
    let sign = if offset.starts_with(['-', '\u{2212}']) { -1 } else { 1 };
    let digits = offset.trim_start_matches(['+', '-', '\u{2212}']);
    let (hours, minutes) = digits.split_once(':').unwrap_or((digits, "0"));
    Some(sign * (hours.parse::<i64>().ok()? * 60 + minutes.parse::<i64>().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_is_read_as_browsers_name_it() {
        let cases = [
            ("GMT", Some(0)),
            ("GMT+05:30", Some(330)),
            ("GMT-03:00", Some(-180)),
            ("GMT\u{2212}01:00", Some(-60)),
            ("GMT+2", Some(120)),
            ("CET", None),
        ];
        for (name, minutes) in cases {
            assert_eq!(minutes_of(name), minutes, "{name}");
        }
    }
}
