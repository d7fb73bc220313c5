use plenary_shared::promo_codes::{Combines, DiscountRule};
use plenary_shared::{Currency, Money, SeatTypeId};
use uuid::Uuid;

use super::*;

const GENERAL: SeatTypeId = SeatTypeId(Uuid::from_u128(1));
const WORKSHOP: SeatTypeId = SeatTypeId(Uuid::from_u128(2));

fn code(number: u128, code: &str, combines: Combines) -> CatalogueCode {
    CatalogueCode {
        id: PromoCodeId(Uuid::from_u128(number)),
        promo_code: PromoCode {
            code: code.into(),
            description: String::new(),
            discount: DiscountRule::Percentage { percent: 10 },
            seat_type_ids: None,
            max_uses: Some(3),
            combines,
            active: true,
            version: 1,
        },
    }
}

fn named(codes: &[&str]) -> Combines {
    Combines::With(codes.iter().map(|code| (*code).to_owned()).collect())
}

fn catalogue() -> Vec<CatalogueCode> {
    let mut off = code(4, "OFF", Combines::All);
    off.promo_code.active = false;
    let mut workshop = code(5, "WORKSHOP", Combines::All);
    workshop.promo_code.seat_type_ids = Some(vec![WORKSHOP]);
    vec![
        code(1, "EARLY", Combines::All),
        code(2, "ALONE", Combines::None),
        code(3, "STUDENT", named(&["EARLY"])),
        off,
        workshop,
    ]
}

fn general() -> Vec<OrderedSeat> {
    let unit_price = Money::new(100, Currency::USD);
    vec![OrderedSeat { seat_type_id: GENERAL, name: "General".into(), quantity: 1, unit_price }]
}

fn typed(codes: &[&str]) -> Vec<String> {
    codes.iter().map(|code| (*code).to_owned()).collect()
}

/// The names of the chosen codes, or the field and the rule of every error.
fn chosen(codes: &[&str], kept: &[AppliedCode]) -> Result<Vec<String>, Vec<(String, String)>> {
    choose(&typed(codes), &catalogue(), kept, &general())
        .map(|chosen| chosen.into_iter().map(|it| it.code.code).collect())
        .map_err(|errors| errors.into_iter().map(|it| (it.field, it.rule)).collect())
}

#[test]
fn a_code_counts_once_whatever_its_case_and_the_order_of_entry() {
    for codes in [&["early", "STUDENT"][..], &["student", " Early ", "EARLY"][..]] {
        assert_eq!(chosen(codes, &[]), Ok(vec!["EARLY".to_owned(), "STUDENT".to_owned()]));
    }
    assert_eq!(chosen(&[], &[]), Ok(vec![]));
}

#[test]
fn a_code_that_cannot_be_used_is_refused_with_its_reason() {
    let cases = [
        (&["NOBODY"][..], "promo_codes[0]", "unknown_code"),
        (&["EARLY", ""][..], "promo_codes[1]", "unknown_code"),
        (&["OFF"][..], "promo_codes[0]", "code_not_active"),
        (&["EARLY", "WORKSHOP"][..], "promo_codes[1]", "code_out_of_scope"),
        (&["ALONE", "EARLY"][..], "promo_codes[1]", "code_not_combinable"),
        (&["EARLY", "ALONE"][..], "promo_codes[1]", "code_not_combinable"),
        (&["EARLY"; 11][..], "promo_codes", "too_many"),
    ];
    for (codes, field, rule) in cases {
        let errors = vec![(field.to_owned(), rule.to_owned())];
        assert_eq!(chosen(codes, &[]), Err(errors), "{codes:?}");
    }
}

#[test]
fn every_wrong_code_is_named() {
    let errors = chosen(&["NOBODY", "EARLY", "OFF", "ALONE", "STUDENT"], &[]).unwrap_err();
    let errors: Vec<_> = errors.iter().map(|(field, rule)| (field.as_str(), rule.as_str())).collect();
    let expected = [
        ("promo_codes[0]", "unknown_code"),
        ("promo_codes[2]", "code_not_active"),
        ("promo_codes[3]", "code_not_combinable"),
        ("promo_codes[4]", "code_not_combinable"),
    ];
    assert_eq!(errors, expected);
}

#[test]
fn a_reason_names_the_other_code() {
    let errors = choose(&typed(&["alone", "early"]), &catalogue(), &[], &general()).unwrap_err();
    assert_eq!(errors[0].message, "EARLY cannot be combined with ALONE.");
}

#[test]
fn an_order_keeps_a_code_as_it_took_it() {
    let taken = choose(&typed(&["EARLY"]), &catalogue(), &[], &general()).unwrap().remove(0).code;
    let as_then =
        AppliedCode { code: "OFF".into(), discount: DiscountRule::Percentage { percent: 99 }, ..taken };
    let kept = choose(&typed(&["off"]), &catalogue(), std::slice::from_ref(&as_then), &general()).unwrap();
    assert_eq!(kept, [Chosen { code: as_then, max_uses: None, index: 0 }]);
}

#[test]
fn only_what_is_unknown_or_switched_off_is_a_guess() {
    for (codes, guess) in [(["NOBODY"], true), (["OFF"], true), (["WORKSHOP"], false)] {
        let errors = choose(&typed(&codes), &catalogue(), &[], &general()).unwrap_err();
        assert_eq!(is_guess(&errors), guess, "{codes:?}");
        assert_eq!(all_known(&typed(&codes), &catalogue()), !guess, "{codes:?}");
    }
}

#[test]
fn two_requests_with_the_same_codes_are_the_same() {
    assert_eq!(names(&typed(&["b", " A", "a"])), ["A", "B"]);
}
