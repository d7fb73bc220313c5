//! Prices as organizers type them, in major units, and as they are sent, in minor units. No floating-point number.

use plenary_shared::{Currency, Money};

/// The amount in minor units that `text` says, in either way of writing: `1,299.50`, `1.299,5`, `1299`.
/// `None` when it says none, or says more digits than the currency has.
///
/// The last separator is the decimal one when no more digits follow it than the currency has; any other separates
/// thousands.
pub fn minor_units(text: &str, currency: Currency) -> Option<i64> {
    let digits = currency.minor_digits() as usize;
    let text: String = text.chars().filter(|c| !c.is_whitespace() && *c != '\'').collect();
    let (major, minor) = match text.rfind(['.', ',']) {
        Some(at) if digits > 0 && text.len() - at - 1 <= digits => (&text[..at], &text[at + 1..]),
        _ => (text.as_str(), ""),
    };
    let major = without_groups(major)?;
    if !minor.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    format!("{major}{minor:0<digits$}").parse().ok()
}

/// The digits of a whole number whose thousands may be separated.
fn without_groups(text: &str) -> Option<String> {
    let mut groups = text.split(['.', ',']);
    let first = groups.next().filter(|first| !first.is_empty())?;
    let mut digits = first.to_owned();
    for group in groups {
        if group.len() != 3 || first.len() > 3 {
            return None;
        }
        digits.push_str(group);
    }
    digits.bytes().all(|byte| byte.is_ascii_digit()).then_some(digits)
}

/// What stands in the field for an amount: `1299.50`, with the decimal separator of the reader.
pub fn major_units(money: Money, decimal: char) -> String {
    let digits = money.currency.minor_digits();
    let unit = 10_i64.pow(digits);
    if digits == 0 {
        return money.amount.to_string();
    }
    let (major, minor) = (money.amount / unit, (money.amount % unit).abs());
    format!("{major}{decimal}{minor:0width$}", width = digits as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_read_in_either_way_of_writing() {
        let cases = [
            ("0", "EUR", Some(0)),
            ("199", "EUR", Some(19_900)),
            ("199.9", "EUR", Some(19_990)),
            ("199,90", "EUR", Some(19_990)),
            ("1,299.50", "USD", Some(129_950)),
            ("1.299,50", "EUR", Some(129_950)),
            ("1.299", "EUR", Some(129_900)),
            (" 1 299 ", "EUR", Some(129_900)),
            ("1'299.00", "CHF", Some(129_900)),
            ("12.", "EUR", Some(1_200)),
            ("1,200", "JPY", Some(1_200)),
            ("1.250", "KWD", Some(1_250)),
        ];
        for (text, currency, amount) in cases {
            assert_eq!(minor_units(text, currency.parse().unwrap()), amount, "{text} {currency}");
        }
    }

    #[test]
    fn what_is_no_price_is_none() {
        for text in
            ["", ".", ".5", "-1", "1.2345", "12,34,56", "1e3", "ten", "1234.567", "99999999999999999999"]
        {
            assert_eq!(minor_units(text, Currency::EUR), None, "{text}");
        }
        assert_eq!(minor_units("10.5", "JPY".parse().unwrap()), None);
    }

    #[test]
    fn what_stands_in_the_field_is_read_back() {
        for (amount, currency) in [(0, "EUR"), (5, "EUR"), (129_950, "USD"), (1_200, "JPY"), (1_005, "KWD")] {
            let money = Money::new(amount, currency.parse().unwrap());
            for decimal in ['.', ','] {
                assert_eq!(minor_units(&major_units(money, decimal), money.currency), Some(amount));
            }
        }
    }
}
