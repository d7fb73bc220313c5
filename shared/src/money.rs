//! Amounts in integer minor units. No floating-point number ever holds money.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The currencies that can be sold in: ISO 4217 code and number of minor digits.
const CURRENCIES: [([u8; 3], u32); 32] = [
    (*b"AED", 2),
    (*b"AUD", 2),
    (*b"BGN", 2),
    (*b"BRL", 2),
    (*b"CAD", 2),
    (*b"CHF", 2),
    (*b"CLP", 0),
    (*b"CNY", 2),
    (*b"CZK", 2),
    (*b"DKK", 2),
    (*b"EUR", 2),
    (*b"GBP", 2),
    (*b"HKD", 2),
    (*b"HUF", 2),
    (*b"IDR", 2),
    (*b"ILS", 2),
    (*b"INR", 2),
    (*b"ISK", 0),
    (*b"JPY", 0),
    (*b"KRW", 0),
    (*b"KWD", 3),
    (*b"MXN", 2),
    (*b"NOK", 2),
    (*b"NZD", 2),
    (*b"PLN", 2),
    (*b"RON", 2),
    (*b"SEK", 2),
    (*b"SGD", 2),
    (*b"THB", 2),
    (*b"TRY", 2),
    (*b"USD", 2),
    (*b"ZAR", 2),
];

/// A currency by its ISO 4217 code.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency([u8; 3]);

impl Currency {
    pub const EUR: Self = Self(*b"EUR");
    pub const USD: Self = Self(*b"USD");

    /// The code, three capital letters.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("???")
    }

    /// How many digits its minor unit has: 2 for cents, 0 for yen.
    pub fn minor_digits(self) -> u32 {
        CURRENCIES.iter().find(|(code, _)| *code == self.0).map_or(2, |(_, digits)| *digits)
    }

    /// Every currency that can be sold in, in alphabetical order.
    pub fn all() -> impl Iterator<Item = Self> {
        CURRENCIES.iter().map(|(code, _)| Self(*code))
    }
}

impl Default for Currency {
    fn default() -> Self {
        Self::USD
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// The text names no currency that can be sold in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a currency code like USD or EUR is expected")]
pub struct UnknownCurrency;

impl FromStr for Currency {
    type Err = UnknownCurrency;

    fn from_str(text: &str) -> Result<Self, UnknownCurrency> {
        Self::all().find(|currency| currency.code() == text).ok_or(UnknownCurrency)
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for Currency {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .enum_values(Some(Self::all().map(|currency| currency.code().to_owned()).collect::<Vec<_>>()))
            .into()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for Currency {}

/// An amount of money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Money {
    /// In minor units: cents, or whole yen.
    pub amount: i64,
    pub currency: Currency,
}

impl Money {
    pub const fn new(amount: i64, currency: Currency) -> Self {
        Self { amount, currency }
    }

    pub const fn zero(currency: Currency) -> Self {
        Self { amount: 0, currency }
    }
}

/// The plain form for logs, CSV files and histories: `199.00 USD`. Readers see their own locale's form.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.currency.minor_digits();
        let unit = 10_u64.pow(digits);
        let sign = if self.amount < 0 { "-" } else { "" };
        let (major, minor) = (self.amount.unsigned_abs() / unit, self.amount.unsigned_abs() % unit);
        if digits == 0 {
            return write!(f, "{sign}{major} {}", self.currency);
        }
        write!(f, "{sign}{major}.{minor:0width$} {}", self.currency, width = digits as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_show_as_many_minor_digits_as_the_currency_has() {
        let cases = [
            (19_900, "USD", "199.00 USD"),
            (5, "EUR", "0.05 EUR"),
            (-1, "EUR", "-0.01 EUR"),
            (1200, "JPY", "1200 JPY"),
            (1200, "KWD", "1.200 KWD"),
        ];
        for (amount, code, text) in cases {
            assert_eq!(Money::new(amount, code.parse().unwrap()).to_string(), text);
        }
    }

    #[test]
    fn only_currencies_of_the_table_are_read() {
        assert_eq!("usd".parse::<Currency>(), Err(UnknownCurrency));
        assert_eq!("XXX".parse::<Currency>(), Err(UnknownCurrency));
        assert!(Currency::all().all(|currency| currency.code().parse() == Ok(currency)));
    }
}
