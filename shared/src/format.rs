//! Numbers, money, dates and times as readers write them: one table, the same text on the server and in the
//! browser, and no library of locales in either.

use chrono::{Datelike, Timelike};
use serde::{Deserialize, Serialize};

use crate::{Currency, Date, Money, Timestamp};

/// A way of writing numbers and dates.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Locale {
    #[default]
    En,
    De,
}

struct Conventions {
    group: char,
    decimal: char,
    symbol_first: bool,
    months: [&'static str; 12],
    months_short: [&'static str; 12],
    weekdays: [&'static str; 7],
}

const EN: Conventions = Conventions {
    group: ',',
    decimal: '.',
    symbol_first: true,
    months: [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    months_short: ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
    weekdays: ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
};

const DE: Conventions = Conventions {
    group: '.',
    decimal: ',',
    symbol_first: false,
    months: [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ],
    months_short: [
        "Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sept.", "Okt.", "Nov.", "Dez.",
    ],
    weekdays: ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"],
};

/// Currencies whose sign everybody knows; the others are written by their code.
const SYMBOLS: [(&str, &str); 9] = [
    ("AUD", "A$"),
    ("BRL", "R$"),
    ("CAD", "CA$"),
    ("EUR", "€"),
    ("GBP", "£"),
    ("INR", "₹"),
    ("JPY", "¥"),
    ("NZD", "NZ$"),
    ("USD", "$"),
];

/// Keeps a number and its unit on one line.
const NO_BREAK_SPACE: char = '\u{a0}';

impl Locale {
    pub const ALL: [Self; 2] = [Self::En, Self::De];

    /// The tag of its language: `en`.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
        }
    }

    /// The one with this tag, in whatever letters.
    pub fn parse(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|locale| locale.tag().eq_ignore_ascii_case(tag))
    }

    /// The best one for an `Accept-Language` header; English where none fits.
    pub fn accepted(header: &str) -> Self {
        let weighted = |part: &str| {
            let mut pieces = part.split(';');
            let tag = pieces.next().unwrap_or_default().trim().to_ascii_lowercase();
            let weight = pieces.find_map(|piece| piece.trim().strip_prefix("q=")?.parse::<f32>().ok());
            let primary = tag.split('-').next().unwrap_or_default().to_owned();
            (primary, weight.unwrap_or(1.0))
        };
        let mut best = (Self::En, 0.0);
        for (tag, weight) in header.split(',').map(weighted) {
            let known = Self::ALL.into_iter().find(|locale| locale.tag() == tag);
            if let Some(locale) = known.filter(|_| weight > best.1) {
                best = (locale, weight);
            }
        }
        best.0
    }

    const fn conventions(self) -> &'static Conventions {
        match self {
            Self::En => &EN,
            Self::De => &DE,
        }
    }
}

/// A whole number: `12,345`.
pub fn number(value: i64, locale: Locale) -> String {
    let digits = grouped(value.unsigned_abs(), locale.conventions().group);
    if value < 0 { format!("-{digits}") } else { digits }
}

/// An amount: `$1,299.00`, `1.299,00 €`, `CHF 12.00`.
pub fn money(money: Money, locale: Locale) -> String {
    let conventions = locale.conventions();
    let digits = money.currency.minor_digits();
    let unit = 10_u64.pow(digits);
    let amount = money.amount.unsigned_abs();
    let mut figure = grouped(amount / unit, conventions.group);
    if digits > 0 {
        figure.push(conventions.decimal);
        let minor = (amount % unit).to_string();
        figure.extend(std::iter::repeat_n('0', digits as usize - minor.len()));
        figure.push_str(&minor);
    }
    let sign = if money.amount < 0 { "-" } else { "" };
    let symbol = symbol(money.currency);
    match (conventions.symbol_first, symbol) {
        (true, Some(symbol)) => format!("{sign}{symbol}{figure}"),
        (true, None) => format!("{sign}{}{NO_BREAK_SPACE}{figure}", money.currency.code()),
        (false, symbol) => {
            format!("{sign}{figure}{NO_BREAK_SPACE}{}", symbol.unwrap_or(money.currency.code()))
        }
    }
}

/// A day: `March 1, 2026`.
pub fn date(date: Date, locale: Locale) -> String {
    let (year, month, day) = parts(date);
    let month = locale.conventions().months[month];
    match locale {
        Locale::En => format!("{month} {day}, {year}"),
        Locale::De => format!("{day}. {month} {year}"),
    }
}

/// A day with its weekday: `Sunday, March 1, 2026`.
pub fn date_with_weekday(day: Date, locale: Locale) -> String {
    let weekday = locale.conventions().weekdays[day.0.weekday().num_days_from_monday() as usize];
    format!("{weekday}, {}", date(day, locale))
}

/// A day without its year, for charts and lists: `Mar 1`.
pub fn date_short(date: Date, locale: Locale) -> String {
    let (_, month, day) = parts(date);
    let month = locale.conventions().months_short[month];
    match locale {
        Locale::En => format!("{month} {day}"),
        Locale::De => format!("{day}. {month}"),
    }
}

/// The days from `start` to `end`, said once where they agree: `March 1–3, 2026`.
pub fn date_range(start: Date, end: Date, locale: Locale) -> String {
    if start == end {
        return date_with_weekday(start, locale);
    }
    let (year, month, day) = parts(start);
    let (end_year, end_month, end_day) = parts(end);
    if year != end_year {
        return format!("{} – {}", date(start, locale), date(end, locale));
    }
    let months = &locale.conventions().months;
    match locale {
        Locale::En if month == end_month => format!("{} {day}–{end_day}, {year}", months[month]),
        Locale::De if month == end_month => format!("{day}.–{end_day}. {} {year}", months[month]),
        Locale::En => format!("{} {day} – {} {end_day}, {year}", months[month], months[end_month]),
        Locale::De => format!("{day}. {} – {end_day}. {} {year}", months[month], months[end_month]),
    }
}

/// An instant `offset_minutes` east of UTC, to the minute: `Mar 1, 2026, 09:30`.
pub fn date_time(instant: Timestamp, offset_minutes: i64, locale: Locale) -> String {
    let local = Timestamp::from_millis(instant.as_millis() + offset_minutes * 60_000).to_utc();
    let day = Date(local.date_naive());
    let (hour, minute) = (local.hour(), local.minute());
    match locale {
        Locale::En => format!("{}, {}, {hour:02}:{minute:02}", date_short(day, locale), local.year()),
        Locale::De => format!("{} {}, {hour:02}:{minute:02}", date_short(day, locale), local.year()),
    }
}

/// Seconds as a clock shows them: `14:05`.
pub fn minutes_and_seconds(seconds: u64) -> String {
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

fn parts(date: Date) -> (i32, usize, u32) {
    (date.0.year(), date.0.month0() as usize, date.0.day())
}

fn symbol(currency: Currency) -> Option<&'static str> {
    SYMBOLS.iter().find(|(code, _)| *code == currency.code()).map(|(_, symbol)| *symbol)
}

fn grouped(value: u64, separator: char) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(separator);
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(year: i32, month: u32, day: u32) -> Date {
        Date::from_ymd(year, month, day).unwrap()
    }

    #[test]
    fn money_is_written_as_its_reader_writes_it() {
        let cases = [
            (19_900, "USD", "$199.00", "199,00\u{a0}$"),
            (129_905, "EUR", "€1,299.05", "1.299,05\u{a0}€"),
            (1_234_567, "JPY", "¥1,234,567", "1.234.567\u{a0}¥"),
            (-5, "CHF", "-CHF\u{a0}0.05", "-0,05\u{a0}CHF"),
            (1200, "KWD", "KWD\u{a0}1.200", "1,200\u{a0}KWD"),
        ];
        for (amount, code, english, german) in cases {
            let amount = Money::new(amount, code.parse().unwrap());
            assert_eq!(money(amount, Locale::En), english);
            assert_eq!(money(amount, Locale::De), german);
        }
    }

    #[test]
    fn thousands_are_grouped() {
        for (value, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "-1,234,567")] {
            assert_eq!(number(value, Locale::En), text);
        }
        assert_eq!(number(1000, Locale::De), "1.000");
    }

    #[test]
    fn a_range_says_once_what_both_days_share() {
        let cases = [
            (day(2026, 3, 1), day(2026, 3, 1), "Sunday, March 1, 2026", "Sonntag, 1. März 2026"),
            (day(2026, 3, 1), day(2026, 3, 3), "March 1–3, 2026", "1.–3. März 2026"),
            (day(2026, 3, 30), day(2026, 4, 1), "March 30 – April 1, 2026", "30. März – 1. April 2026"),
            (
                day(2026, 12, 31),
                day(2027, 1, 1),
                "December 31, 2026 – January 1, 2027",
                "31. Dezember 2026 – 1. Januar 2027",
            ),
        ];
        for (start, end, english, german) in cases {
            assert_eq!(date_range(start, end, Locale::En), english);
            assert_eq!(date_range(start, end, Locale::De), german);
        }
    }

    #[test]
    fn an_instant_is_shown_in_the_zone_of_the_conference() {
        let instant: Timestamp = "2026-03-01T23:30:00Z".parse().unwrap();
        assert_eq!(date_time(instant, 60, Locale::En), "Mar 2, 2026, 00:30");
        assert_eq!(date_time(instant, -90, Locale::De), "1. März 2026, 22:00");
    }

    #[test]
    fn a_clock_shows_minutes_and_seconds() {
        for (seconds, text) in [(0, "0:00"), (59, "0:59"), (845, "14:05"), (6000, "100:00")] {
            assert_eq!(minutes_and_seconds(seconds), text);
        }
    }
}
