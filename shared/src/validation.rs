//! The rules for input, one place for the browser and the server.
//!
//! Every function gives all errors it finds, each with the path of the field, the rule's stable name and a
//! sentence.

use crate::conference::{ConferenceTexts, CreateConference, SeatTypeInput, SeatTypeTexts, Translations};
use crate::format::Locale;
use crate::pricing::MAX_SEATS_PER_TYPE;
use crate::promo_codes::{Combines, DiscountRule, PromoCodeInput};
use crate::registration::{Person, SeatQuantity};
use crate::waitlist::JoinWaitList;
use crate::{Date, FieldError, Money, SeatTypeId};

/// The longest e-mail address, in characters (RFC 5321).
pub const MAX_EMAIL: usize = 254;
/// The longest first or last name, in characters.
pub const MAX_PERSON_NAME: usize = 100;
/// The longest name of a conference, in characters.
const MAX_NAME: usize = 120;
/// The longest tagline, in characters.
const MAX_TAGLINE: usize = 200;
/// The longest description of a conference, in characters.
const MAX_DESCRIPTION: usize = 10_000;
/// The longest location, in characters.
const MAX_LOCATION: usize = 200;
/// The longest name of a seat type, in characters.
const MAX_SEAT_TYPE_NAME: usize = 70;
/// The longest description of a seat type, in characters.
const MAX_SEAT_TYPE_DESCRIPTION: usize = 250;
/// The most seats of one seat type that a conference offers.
pub const MAX_QUOTA: i64 = 1_000_000;
/// The highest price, in major units of its currency.
pub const MAX_PRICE_MAJOR: i64 = 50_000;
/// The most promotional codes of one order.
pub const MAX_CODES_PER_ORDER: usize = 10;
/// The most orders that a promotional code can be limited to.
pub const MAX_CODE_USES: i64 = 1_000_000;
/// The most codes that a promotional code can name as those it combines with, and the most seat types that it can name.
pub const MAX_NAMED_BY_CODE: usize = 100;

/// Whether `text` is an e-mail address: a dot-atom local part, an `@`, a domain with at least one dot.
pub fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    text.chars().count() <= MAX_EMAIL && local.len() <= 64 && is_dot_atom(local) && is_domain(domain)
}

fn is_dot_atom(local: &str) -> bool {
    const SYMBOLS: &str = "!#$%&'*+-/=?^_`{|}~";
    let is_atom_char = |c: char| c.is_alphanumeric() || SYMBOLS.contains(c);
    local.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atom_char))
}

fn is_domain(domain: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    domain.contains('.') && domain.split('.').all(is_label)
}

/// Whether two addresses are the same: without regard to case.
pub fn same_email(a: &str, b: &str) -> bool {
    a.to_lowercase() == b.to_lowercase()
}

/// Whether `text` can be the slug of a conference by its form: `^[A-Za-z0-9][A-Za-z0-9_-]{2,59}$`.
pub fn is_slug(text: &str) -> bool {
    let bytes = text.as_bytes();
    (3..=60).contains(&bytes.len())
        && bytes[0].is_ascii_alphanumeric()
        && bytes.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_' || *b == b'-')
}

/// Checks a registrant or an attendee; `prefix` comes before the names of the fields.
pub fn person(person: &Person, prefix: &str) -> Vec<FieldError> {
    let mut errors = Errors::default();
    errors.text(&format!("{prefix}first_name"), &person.first_name, 1..=MAX_PERSON_NAME);
    errors.text(&format!("{prefix}last_name"), &person.last_name, 1..=MAX_PERSON_NAME);
    errors.email(&format!("{prefix}email"), &person.email);
    errors.0
}

/// Checks the seats of an order by themselves; whether the conference has such seat types is asked elsewhere.
pub fn seats(seats: &[SeatQuantity]) -> Vec<FieldError> {
    let mut errors = Errors::default();
    for (index, seat) in seats.iter().enumerate() {
        let field = format!("seats[{index}].quantity");
        if seat.quantity < 0 {
            errors.add(&field, "negative", "A quantity cannot be negative.");
        } else if seat.quantity > MAX_SEATS_PER_TYPE {
            let message = format!("An order has at most {MAX_SEATS_PER_TYPE} seats of one type.");
            errors.add(&field, "too_many", message);
        }
        if seats[..index].iter().any(|earlier| earlier.seat_type_id == seat.seat_type_id) {
            let field = format!("seats[{index}].seat_type_id");
            errors.add(&field, "duplicate", "Each seat type can be named only once.");
        }
    }
    if errors.0.is_empty() && seats.iter().all(|seat| seat.quantity == 0) {
        errors.add("seats", "required", "One or more items are required.");
    }
    errors.0
}

/// Checks what somebody sends to wait for seats.
pub fn join_wait_list(input: &JoinWaitList) -> Vec<FieldError> {
    let mut errors = Errors::default();
    errors.email("email", &input.email);
    if !(1..=MAX_SEATS_PER_TYPE).contains(&input.quantity) {
        let message = format!("One can wait for 1 to {MAX_SEATS_PER_TYPE} seats.");
        errors.add("quantity", "range", message);
    }
    errors.0
}

/// Checks what creates a conference, but for what only the server knows: reserved slugs and time zones.
pub fn create_conference(input: &CreateConference) -> Vec<FieldError> {
    let mut errors = Errors::default();
    errors.text("owner_name", &input.owner_name, 1..=100);
    errors.email("owner_email", &input.owner_email);
    if !is_slug(&input.slug) {
        errors.add("slug", "slug", SLUG_MESSAGE);
    }
    errors.conference_texts(&input.name, &input.tagline, &input.description, &input.location);
    errors.dates(input.start_date, input.end_date);
    errors.0.extend(conference_translations(&input.translations));
    errors.0
}

/// The rule for slugs, for people.
pub const SLUG_MESSAGE: &str =
    "A slug has 3 to 60 letters, digits, underscores and hyphens and starts with a letter or digit.";

/// Checks the editable fields of a conference.
pub fn conference_texts(
    name: &str,
    tagline: &str,
    description: &str,
    location: &str,
    dates: (Date, Date),
) -> Vec<FieldError> {
    let mut errors = Errors::default();
    errors.conference_texts(name, tagline, description, location);
    errors.dates(dates.0, dates.1);
    errors.0
}

/// Checks a conference's texts in other languages. None of them is required: what is empty is read in the conference's
/// own words.
pub fn conference_translations(translations: &Translations<ConferenceTexts>) -> Vec<FieldError> {
    let mut errors = Errors::default();
    for (tag, texts) in translations {
        errors.translation(
            tag,
            &[
                ("name", &texts.name, MAX_NAME),
                ("tagline", &texts.tagline, MAX_TAGLINE),
                ("description", &texts.description, MAX_DESCRIPTION),
                ("location", &texts.location, MAX_LOCATION),
            ],
        );
    }
    errors.0
}

/// Checks a seat type's texts in other languages.
fn seat_type_translations(translations: &Translations<SeatTypeTexts>) -> Vec<FieldError> {
    let mut errors = Errors::default();
    for (tag, texts) in translations {
        errors.translation(
            tag,
            &[
                ("name", &texts.name, MAX_SEAT_TYPE_NAME),
                ("description", &texts.description, MAX_SEAT_TYPE_DESCRIPTION),
            ],
        );
    }
    errors.0
}

/// Checks a seat type.
pub fn seat_type(input: &SeatTypeInput) -> Vec<FieldError> {
    let mut errors = Errors::default();
    errors.text("name", &input.name, 1..=MAX_SEAT_TYPE_NAME);
    errors.text("description", &input.description, 0..=MAX_SEAT_TYPE_DESCRIPTION);
    errors.price("price.amount", input.price);
    if !(0..=MAX_QUOTA).contains(&input.quota) {
        errors.add("quota", "range", format!("A quota is a number from 0 to {MAX_QUOTA}."));
    }
    errors.0.extend(seat_type_translations(&input.translations));
    errors.0
}

/// Whether `text` can be a promotional code: 3 to 32 letters, digits, underscores and hyphens.
pub fn is_promo_code(text: &str) -> bool {
    (3..=32).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

/// The rule for promotional codes, for people.
pub const PROMO_CODE_MESSAGE: &str = "A code has 3 to 32 letters, digits, underscores and hyphens.";

/// Checks a promotional code, but for what only the server knows: the conference's seat types, currency and codes.
pub fn promo_code(input: &PromoCodeInput) -> Vec<FieldError> {
    let mut errors = Errors::default();
    if !is_promo_code(input.code.trim()) {
        errors.add("code", "promo_code", PROMO_CODE_MESSAGE);
    }
    errors.text("description", &input.description, 0..=250);
    match input.discount {
        DiscountRule::Percentage { percent } if !(1..=100).contains(&percent) => {
            errors.add("discount.percent", "range", "A percentage is a whole number from 1 to 100.");
        }
        DiscountRule::Percentage { .. } => {}
        DiscountRule::Amount { amount } => errors.discount("discount.amount.amount", amount),
    }
    errors.scope(input.seat_type_ids.as_deref());
    if input.max_uses.is_some_and(|uses| !(1..=MAX_CODE_USES).contains(&uses)) {
        let message = format!("A code can be used 1 to {MAX_CODE_USES} times, or any number of times.");
        errors.add("max_uses", "range", message);
    }
    if let Combines::With(codes) = &input.combines {
        errors.named_codes(&input.code, codes);
    }
    errors.0
}

/// Checks the promotional codes of an order by themselves; whether the conference has them is asked elsewhere.
pub fn codes_of_order(codes: &[String]) -> Vec<FieldError> {
    let mut errors = Errors::default();
    if codes.len() > MAX_CODES_PER_ORDER {
        let message = format!("An order has at most {MAX_CODES_PER_ORDER} promotional codes.");
        errors.add("promo_codes", "too_many", message);
    }
    errors.0
}

/// Checks that `url` is an absolute `http` or `https` link.
pub fn redirect_url(url: &str) -> Vec<FieldError> {
    let mut errors = Errors::default();
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let is_link = rest.is_some_and(|rest| {
        !rest.is_empty()
            && !rest.starts_with('/')
            && !rest.contains(|c: char| c.is_whitespace() || c.is_control() || "\"<>\\".contains(c))
    });
    if !is_link || url.len() > 2000 {
        errors.add("redirect_url", "url", "A link starts with https:// or http:// and has no spaces.");
    }
    errors.0
}

#[derive(Default)]
struct Errors(Vec<FieldError>);

impl Errors {
    fn add(&mut self, field: &str, rule: &str, message: impl Into<String>) {
        self.0.push(FieldError::new(field, rule, message));
    }

    fn text(&mut self, field: &str, value: &str, length: std::ops::RangeInclusive<usize>) {
        let characters = value.trim().chars().count();
        if characters == 0 && *length.start() > 0 {
            self.add(field, "required", "This field is required.");
        } else if !length.contains(&characters) {
            self.add(field, "too_long", format!("At most {} characters are allowed.", length.end()));
        } else if value.chars().any(|c| c.is_control() && c != '\n' && c != '\r' && c != '\t') {
            self.add(field, "control_characters", "Control characters are not allowed.");
        }
    }

    fn email(&mut self, field: &str, value: &str) {
        if value.trim().is_empty() {
            self.add(field, "required", "This field is required.");
        } else if !is_email(value.trim()) {
            self.add(field, "email", "The provided email address is not valid.");
        }
    }

    fn conference_texts(&mut self, name: &str, tagline: &str, description: &str, location: &str) {
        self.text("name", name, 1..=MAX_NAME);
        self.text("tagline", tagline, 0..=MAX_TAGLINE);
        self.text("description", description, 1..=MAX_DESCRIPTION);
        self.text("location", location, 1..=MAX_LOCATION);
    }

    /// Texts in one language: each by its name, with the most characters that it may have.
    fn translation(&mut self, tag: &str, texts: &[(&str, &Option<String>, usize)]) {
        // As it is written in tags, so that there is one of each.
        if !Locale::ALL.iter().any(|locale| locale.tag() == tag) {
            let known = Locale::ALL.map(Locale::tag).join(", ");
            self.add(&format!("translations.{tag}"), "language", format!("A language is one of: {known}."));
            return;
        }
        for (name, text, most) in texts {
            if let Some(text) = text {
                self.text(&format!("translations.{tag}.{name}"), text, 0..=*most);
            }
        }
    }

    fn dates(&mut self, start: Date, end: Date) {
        if start > end {
            self.add("end_date", "order", "The last day cannot be before the first.");
        }
    }

    fn price(&mut self, field: &str, price: Money) {
        let highest = MAX_PRICE_MAJOR * 10_i64.pow(price.currency.minor_digits());
        if !(0..=highest).contains(&price.amount) {
            let message = format!("A price is from 0 to {}.", Money::new(highest, price.currency));
            self.add(field, "range", message);
        }
    }

    fn discount(&mut self, field: &str, amount: Money) {
        let highest = MAX_PRICE_MAJOR * 10_i64.pow(amount.currency.minor_digits());
        if !(1..=highest).contains(&amount.amount) {
            let lowest = Money::new(1, amount.currency);
            let message = format!("A discount is from {lowest} to {}.", Money::new(highest, amount.currency));
            self.add(field, "range", message);
        }
    }

    fn scope(&mut self, seat_type_ids: Option<&[SeatTypeId]>) {
        let Some(ids) = seat_type_ids else { return };
        if ids.is_empty() {
            self.add("seat_type_ids", "required", "Name one seat type at least, or none for all of them.");
        } else if ids.len() > MAX_NAMED_BY_CODE {
            let message = format!("A code names at most {MAX_NAMED_BY_CODE} seat types.");
            self.add("seat_type_ids", "too_many", message);
        }
    }

    fn named_codes(&mut self, own: &str, codes: &[String]) {
        if codes.is_empty() {
            self.add("combines.with", "required", "Name one code at least.");
        } else if codes.len() > MAX_NAMED_BY_CODE {
            let message = format!("A code names at most {MAX_NAMED_BY_CODE} others.");
            self.add("combines.with", "too_many", message);
            return;
        }
        for (index, code) in codes.iter().enumerate() {
            let field = format!("combines.with[{index}]");
            if !is_promo_code(code.trim()) {
                self.add(&field, "promo_code", PROMO_CODE_MESSAGE);
            } else if code.trim().eq_ignore_ascii_case(own.trim()) {
                self.add(&field, "itself", "An order has each code only once.");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{Currency, SeatTypeId};

    fn seat(id: u128, quantity: i64) -> SeatQuantity {
        SeatQuantity { seat_type_id: SeatTypeId(Uuid::from_u128(id)), quantity }
    }

    fn rules(errors: &[FieldError]) -> Vec<(&str, &str)> {
        errors.iter().map(|error| (error.field.as_str(), error.rule.as_str())).collect()
    }

    #[test]
    fn an_email_has_a_dot_atom_and_a_domain_with_a_dot() {
        for good in
            ["a@b.c", "a+b@c.de", "first.last@sub.example.org", "o'neil@example.com", "jörg@müller.de"]
        {
            assert!(is_email(good), "{good}");
        }
        let long = format!("{}@example.com", "a".repeat(MAX_EMAIL));
        for bad in [
            "", "a", "a@b", "@b.c", "a@.c", ".a@b.c", "a.@b.c", "a..b@c.d", "a b@c.d", "a@b.c.", "a@-b.c",
            &long,
        ] {
            assert!(!is_email(bad), "{bad}");
        }
    }

    #[test]
    fn a_slug_is_three_to_sixty_plain_characters() {
        for good in ["abc", "A-1", "rust_conf-2026", &"a".repeat(60)] {
            assert!(is_slug(good), "{good}");
        }
        for bad in ["", "ab", "-abc", "_abc", "a b", "äbc", "a/b", &"a".repeat(61)] {
            assert!(!is_slug(bad), "{bad}");
        }
    }

    #[test]
    fn seats_are_refused_by_name() {
        type Case<'c> = (&'c [SeatQuantity], &'c [(&'c str, &'c str)]);
        let cases: [Case<'_>; 6] = [
            (&[], &[("seats", "required")]),
            (&[seat(1, 0)], &[("seats", "required")]),
            (&[seat(1, 1), seat(2, 21)], &[("seats[1].quantity", "too_many")]),
            (&[seat(1, -1)], &[("seats[0].quantity", "negative")]),
            (&[seat(1, 1), seat(1, 1)], &[("seats[1].seat_type_id", "duplicate")]),
            (&[seat(1, 20), seat(2, 0)], &[]),
        ];
        for (input, expected) in cases {
            assert_eq!(rules(&seats(input)), expected);
        }
    }

    #[test]
    fn a_person_has_two_names_and_an_address() {
        let nobody = Person { first_name: " ".into(), last_name: "x".repeat(101), email: "x".into() };
        let expected = [("first_name", "required"), ("last_name", "too_long"), ("email", "email")];
        assert_eq!(rules(&person(&nobody, "")), expected);
    }

    #[test]
    fn one_waits_for_one_to_twenty_seats_with_an_address() {
        let input = |email: &str, quantity| JoinWaitList {
            email: email.to_owned(),
            seat_type_id: SeatTypeId(Uuid::from_u128(1)),
            quantity,
        };
        assert_eq!(rules(&join_wait_list(&input("ada@example.org", 20))), []);
        let wrong = [("email", "required"), ("quantity", "range")];
        assert_eq!(rules(&join_wait_list(&input(" ", 0))), wrong);
        assert_eq!(rules(&join_wait_list(&input("ada", 21))), [("email", "email"), ("quantity", "range")]);
    }

    #[test]
    fn a_translation_has_the_limits_of_what_it_translates_and_may_leave_everything_out() {
        let texts = |name: &str| ConferenceTexts { name: Some(name.into()), ..ConferenceTexts::default() };
        let of = |tag: &str, texts| conference_translations(&Translations::from([(tag.to_owned(), texts)]));
        assert_eq!(rules(&of("de", ConferenceTexts::default())), []);
        assert_eq!(rules(&of("de", texts(""))), []);
        assert_eq!(rules(&of("en", texts(&"ä".repeat(MAX_NAME)))), []);
        assert_eq!(
            rules(&of("de", texts(&"ä".repeat(MAX_NAME + 1)))),
            [("translations.de.name", "too_long")]
        );
        assert_eq!(rules(&of("de", texts("\u{7}"))), [("translations.de.name", "control_characters")]);
        assert_eq!(rules(&of("tlh", texts("Qapla"))), [("translations.tlh", "language")]);
        assert_eq!(rules(&of("DE", texts("Tage"))), [("translations.DE", "language")]);
    }

    #[test]
    fn prices_and_quotas_have_limits() {
        let input = |amount, currency: &str, quota| SeatTypeInput {
            name: "General".into(),
            description: String::new(),
            price: Money::new(amount, currency.parse::<Currency>().unwrap()),
            quota,
            translations: Translations::new(),
            version: None,
        };
        assert_eq!(rules(&seat_type(&input(5_000_000, "USD", MAX_QUOTA))), []);
        assert_eq!(rules(&seat_type(&input(50_001, "JPY", 0))), [("price.amount", "range")]);
        assert_eq!(rules(&seat_type(&input(-1, "USD", -1))), [("price.amount", "range"), ("quota", "range")]);
    }

    #[test]
    fn a_promotional_code_is_refused_by_the_names_of_its_fields() {
        type Case<'c> = (&'c str, PromoCodeInput, &'c [(&'c str, &'c str)]);
        let good = PromoCodeInput {
            code: "early-BIRD_26".into(),
            description: "For the early birds".into(),
            discount: DiscountRule::Percentage { percent: 100 },
            seat_type_ids: Some(vec![SeatTypeId(Uuid::from_u128(1))]),
            max_uses: Some(1),
            combines: Combines::With(vec!["STUDENT".into()]),
            active: true,
            version: None,
        };
        assert_eq!(rules(&promo_code(&good)), []);
        let amount = |amount| DiscountRule::Amount { amount: Money::new(amount, Currency::USD) };
        let with = |codes: &[&str]| Combines::With(codes.iter().map(|code| (*code).to_owned()).collect());
        let cases: [Case<'_>; 10] = [
            ("short", PromoCodeInput { code: "AB".into(), ..good.clone() }, &[("code", "promo_code")]),
            ("a space", PromoCodeInput { code: "A B C".into(), ..good.clone() }, &[("code", "promo_code")]),
            ("long", PromoCodeInput { code: "A".repeat(33), ..good.clone() }, &[("code", "promo_code")]),
            (
                "more than everything",
                PromoCodeInput { discount: DiscountRule::Percentage { percent: 101 }, ..good.clone() },
                &[("discount.percent", "range")],
            ),
            (
                "nothing",
                PromoCodeInput { discount: amount(0), ..good.clone() },
                &[("discount.amount.amount", "range")],
            ),
            (
                "no seat type",
                PromoCodeInput { seat_type_ids: Some(vec![]), ..good.clone() },
                &[("seat_type_ids", "required")],
            ),
            ("no use", PromoCodeInput { max_uses: Some(0), ..good.clone() }, &[("max_uses", "range")]),
            (
                "nobody",
                PromoCodeInput { combines: with(&[]), ..good.clone() },
                &[("combines.with", "required")],
            ),
            (
                "itself",
                PromoCodeInput { combines: with(&["Early-bird_26"]), ..good.clone() },
                &[("combines.with[0]", "itself")],
            ),
            (
                "no code",
                PromoCodeInput { combines: with(&["STUDENT", "!"]), ..good.clone() },
                &[("combines.with[1]", "promo_code")],
            ),
        ];
        for (name, input, expected) in cases {
            assert_eq!(rules(&promo_code(&input)), expected, "{name}");
        }
    }

    #[test]
    fn an_order_has_a_handful_of_codes() {
        let codes = |count: usize| vec!["CODE".to_owned(); count];
        assert_eq!(rules(&codes_of_order(&codes(MAX_CODES_PER_ORDER))), []);
        assert_eq!(rules(&codes_of_order(&codes(11))), [("promo_codes", "too_many")]);
    }

    #[test]
    fn a_redirect_is_an_absolute_link() {
        assert!(redirect_url("https://example.org/next?year=2027").is_empty());
        for bad in ["", "javascript:alert(1)", "//example.org", "https://", "https:///x", "http://a b"] {
            assert!(!redirect_url(bad).is_empty(), "{bad}");
        }
    }
}
