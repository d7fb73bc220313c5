//! Instants and dates as they cross HTTP and lie in the log.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, TimeDelta, Timelike, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An instant in UTC, whole milliseconds: `2026-03-01T09:00:00.000Z`.
///
/// Finer parts are cut off when one is made, so that what was written and what is read back are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From milliseconds since 1970-01-01T00:00:00Z.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// From microseconds since 1970-01-01T00:00:00Z, the unit of the database.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros.div_euclid(1000))
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    pub const fn as_micros(self) -> i64 {
        self.0 * 1000
    }

    /// The time from `earlier` to this, or zero when `earlier` is the later one.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0 - earlier.0).unwrap_or(0))
    }

    /// The same instant as chrono knows it; the far ends of its range for what lies beyond.
    pub fn to_utc(self) -> DateTime<Utc> {
        let end = if self.0 < 0 { DateTime::<Utc>::MIN_UTC } else { DateTime::<Utc>::MAX_UTC };
        DateTime::from_timestamp_millis(self.0).unwrap_or(end)
    }
}

impl From<DateTime<Utc>> for Timestamp {
    fn from(instant: DateTime<Utc>) -> Self {
        Self(instant.timestamp_millis())
    }
}

impl std::ops::Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }
}

impl std::ops::Sub<Duration> for Timestamp {
    type Output = Self;

    fn sub(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let instant = self.to_utc().naive_utc();
        let time = instant.time();
        let millis = self.0.rem_euclid(1000);
        write!(
            f,
            "{}T{:02}:{:02}:{:02}.{millis:03}Z",
            Date(instant.date()),
            time.hour(),
            time.minute(),
            time.second()
        )
    }
}

/// The text is no instant or no date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a date like 2026-03-01 or an instant like 2026-03-01T09:00:00.000Z is expected")]
pub struct NotATime;

/// By hand, as are the other three: chrono's parser and formatter for all forms weigh as much as a page of the
/// application, and two forms are all that is needed.
impl FromStr for Timestamp {
    type Err = NotATime;

    fn from_str(text: &str) -> Result<Self, NotATime> {
        let (date, rest) = text.split_at_checked(10).ok_or(NotATime)?;
        let Date(date) = date.parse()?;
        let rest = rest.strip_prefix(['T', 't', ' ']).ok_or(NotATime)?;
        let (time, rest) = rest.split_at_checked(8).ok_or(NotATime)?;
        let [hour, minute, second] = numbers(time, ':', [2, 2, 2])?;
        // A leap second counts as the one before it.
        let time =
            NaiveTime::from_hms_opt(hour, minute, second.min(59)).filter(|_| second <= 60).ok_or(NotATime)?;
        let (millis, zone) = milliseconds(rest)?;
        let local = date.and_time(time).and_utc().timestamp_millis() + millis;
        Ok(Self(local - offset_minutes(zone)? * 60_000))
    }
}

/// The fraction of a second at the beginning of `text`, cut to milliseconds, and what comes after it.
fn milliseconds(text: &str) -> Result<(i64, &str), NotATime> {
    let Some(fraction) = text.strip_prefix('.') else { return Ok((0, text)) };
    let length = fraction.bytes().take_while(u8::is_ascii_digit).count();
    if length == 0 {
        return Err(NotATime);
    }
    let digits = fraction[..length].bytes().chain(std::iter::repeat(b'0')).take(3);
    Ok((digits.fold(0, |millis, digit| millis * 10 + i64::from(digit - b'0')), &fraction[length..]))
}

/// `Z`, `+01:00` or `-01:00`, in minutes east of UTC.
fn offset_minutes(zone: &str) -> Result<i64, NotATime> {
    if zone == "Z" || zone == "z" {
        return Ok(0);
    }
    let sign = match zone.as_bytes().first() {
        Some(b'+') => 1,
        Some(b'-') => -1,
        _ => return Err(NotATime),
    };
    let [hours, minutes] = numbers(&zone[1..], ':', [2, 2])?;
    if hours > 23 || minutes > 59 {
        return Err(NotATime);
    }
    Ok(sign * i64::from(hours * 60 + minutes))
}

/// Numbers of exactly so many digits each, with `separator` between them and nothing else.
fn numbers<const N: usize>(text: &str, separator: char, digits: [usize; N]) -> Result<[u32; N], NotATime> {
    let mut pieces = text.split(separator);
    let mut numbers = [0; N];
    for (number, digits) in numbers.iter_mut().zip(digits) {
        let piece = pieces.next().ok_or(NotATime)?;
        if piece.len() != digits || !piece.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(NotATime);
        }
        *number = piece.parse().map_err(|_| NotATime)?;
    }
    if pieces.next().is_none() { Ok(numbers) } else { Err(NotATime) }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(|_| de::Error::custom("an instant like 2026-03-01T09:00:00.000Z is expected"))
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for Timestamp {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .format(Some(utoipa::openapi::SchemaFormat::KnownFormat(utoipa::openapi::KnownFormat::DateTime)))
            .into()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for Timestamp {}

/// A day in the conference's own time zone: `2026-03-01`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Date(pub NaiveDate);

impl Date {
    /// Year, month (1 to 12) and day (1 to 31); `None` for a day that does not exist.
    pub fn from_ymd(year: i32, month: u32, day: u32) -> Option<Self> {
        NaiveDate::from_ymd_opt(year, month, day).map(Self)
    }

    /// The day `days` later.
    #[must_use]
    pub fn plus_days(self, days: i64) -> Self {
        Self(self.0.checked_add_signed(TimeDelta::days(days)).unwrap_or(self.0))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.0.year(), self.0.month(), self.0.day())
    }
}

impl FromStr for Date {
    type Err = NotATime;

    fn from_str(text: &str) -> Result<Self, NotATime> {
        let [year, month, day] = numbers(text, '-', [4, 2, 2])?;
        let year = i32::try_from(year).map_err(|_| NotATime)?;
        Self::from_ymd(year, month, day).ok_or(NotATime)
    }
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(|_| de::Error::custom("a date like 2026-03-01 is expected"))
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for Date {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .format(Some(utoipa::openapi::SchemaFormat::KnownFormat(utoipa::openapi::KnownFormat::Date)))
            .into()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for Date {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_has_milliseconds_and_a_z() {
        let instant = Timestamp::from_millis(1_772_355_600_000);
        assert_eq!(instant.to_string(), "2026-03-01T09:00:00.000Z");
        assert_eq!("2026-03-01T10:00:00+01:00".parse(), Ok(instant));
    }

    #[test]
    fn an_instant_may_have_any_fraction_and_zone() {
        let cases = [
            ("1970-01-01T00:00:00Z", 0),
            ("1970-01-01t00:00:00.1z", 100),
            ("1970-01-01T00:00:00.123999Z", 123),
            ("1969-12-31T23:30:00.5-00:30", 500),
            ("1970-01-01T05:30:00+05:30", 0),
            ("1969-12-31T23:59:60Z", -1_000),
        ];
        for (text, millis) in cases {
            assert_eq!(text.parse(), Ok(Timestamp::from_millis(millis)), "{text}");
        }
    }

    #[test]
    fn what_is_no_instant_is_refused() {
        for text in [
            "",
            "1970-01-01",
            "1970-01-01T00:00:00",
            "1970-01-01T00:00:00.Z",
            "1970-01-01T24:00:00Z",
            "1970-02-30T00:00:00Z",
            "1970-01-01T00:00:00+0100",
            "1970-01-01T00:00:00+24:00",
            "1970-01-01T0:00:00Z",
            "1970-01-01T00:00:61Z",
            "+970-01-01T00:00:00Z",
            "1970-01-01T00:00:00Zx",
            "1970-01-0é00:00:00Z",
        ] {
            assert_eq!(text.parse::<Timestamp>(), Err(NotATime), "{text}");
        }
    }

    #[test]
    fn an_instant_survives_the_unit_of_the_database() {
        let instant = Timestamp::from_millis(-1);
        assert_eq!(Timestamp::from_micros(instant.as_micros()), instant);
    }

    #[test]
    fn a_date_is_year_month_day() {
        let date = Date::from_ymd(2026, 3, 1).unwrap();
        assert_eq!(serde_json::to_string(&date).unwrap(), r#""2026-03-01""#);
        assert!("2026-02-30".parse::<Date>().is_err());
    }
}
