use plenary_shared::conference::{CreateConference, SeatTypeInput, Translations};
use plenary_shared::{ConferenceId, Date, Money};
use uuid::Uuid;

use super::super::super::conference::{self, World};
use super::*;
use crate::eventstore::DomainEvent;

const GENERAL: SeatTypeId = SeatTypeId(Uuid::from_u128(10));
const STRANGE: SeatTypeId = SeatTypeId(Uuid::from_u128(99));
const EARLY: PromoCodeId = PromoCodeId(Uuid::from_u128(20));
const OTHER: PromoCodeId = PromoCodeId(Uuid::from_u128(21));

fn draft() -> Conference {
    let world = World {
        reserved_slugs: &[],
        is_time_zone: |_| true,
        reservation_s: (900, 840),
        waitlist_offer_s: 86_400,
    };
    let input = CreateConference {
        owner_name: "Ada".into(),
        owner_email: "ada@example.org".into(),
        name: "Engines".into(),
        slug: "engines".into(),
        tagline: String::new(),
        description: "All about engines.".into(),
        location: "London".into(),
        start_date: Date::from_ymd(2026, 3, 1).unwrap(),
        end_date: Date::from_ymd(2026, 3, 2).unwrap(),
        currency: None,
        time_zone: None,
        language: None,
        translations: Translations::new(),
    };
    conference::create(ConferenceId(Uuid::from_u128(1)), &input, world).unwrap().0
}

fn general(conference: &Conference) -> SeatType {
    let price = Money::new(100, Currency::USD);
    let translations = Translations::new();
    let (name, description) = ("General".into(), String::new());
    let input = SeatTypeInput { name, description, price, quota: 10, translations, version: None };
    conference::create_seat_type(conference, &[], GENERAL, &input).unwrap().0
}

/// What `decide` says of a conference with one seat type and these codes.
fn with<T>(codes: &[OwnCode], decide: impl FnOnce(Holdings<'_>) -> T) -> T {
    let conference = draft();
    let seat_types = [general(&conference)];
    decide(Holdings { conference: &conference, seat_types: &seat_types, codes })
}

fn input() -> PromoCodeInput {
    PromoCodeInput {
        code: " early ".into(),
        description: " For the early birds ".into(),
        discount: DiscountRule::Percentage { percent: 10 },
        seat_type_ids: Some(vec![GENERAL, GENERAL]),
        max_uses: Some(50),
        combines: Combines::With(vec!["student".into(), "Senior".into(), "STUDENT".into()]),
        active: true,
        version: None,
    }
}

fn euros() -> DiscountRule {
    DiscountRule::Amount { amount: Money::new(100, Currency::EUR) }
}

fn dollars() -> DiscountRule {
    DiscountRule::Amount { amount: Money::new(100, Currency::USD) }
}

fn early() -> OwnCode {
    with(&[], |it| create(it, EARLY, &input())).unwrap().0
}

fn refused(decision: Decision<OwnCode>) -> Vec<(String, String)> {
    match decision.map(|_| ()) {
        Err(Refusal::Invalid(errors)) => errors.into_iter().map(|it| (it.field, it.rule)).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_new_code_is_tidied_and_told_of_at_once() {
    let (code, events) = with(&[], |it| create(it, EARLY, &input())).unwrap();
    let it = &code.promo_code;
    assert_eq!((it.code.as_str(), it.description.as_str()), ("EARLY", "For the early birds"));
    assert_eq!(it.seat_type_ids.as_deref(), Some(&[GENERAL][..]));
    assert_eq!(it.combines, Combines::With(vec!["SENIOR".into(), "STUDENT".into()]));
    assert_eq!((it.active, it.version), (true, 1));
    assert_eq!(events.iter().map(DomainEvent::name).collect::<Vec<_>>(), ["PromoCodeCreated"]);
}

#[test]
fn a_code_is_taken_whatever_its_case() {
    let again = PromoCodeInput { code: "Early".into(), ..input() };
    assert_eq!(with(&[early()], |it| create(it, OTHER, &again)), Err(Refusal::CodeTaken));
}

#[test]
fn a_code_is_refused_by_the_fields_that_only_the_server_knows() {
    let strange = PromoCodeInput { seat_type_ids: Some(vec![GENERAL, STRANGE]), ..input() };
    let foreign = PromoCodeInput { discount: euros(), ..input() };
    for (input, field, rule) in
        [(strange, "seat_type_ids[1]", "unknown"), (foreign, "discount.amount.currency", "currency")]
    {
        let errors = refused(with(&[], |it| create(it, EARLY, &input)));
        assert_eq!(errors, [(field.to_owned(), rule.to_owned())]);
    }
}

#[test]
fn a_conference_has_no_more_codes_than_can_be_kept_at_hand() {
    let code = |number: u128| {
        let mut code = early();
        code.promo_code.code = format!("CODE-{number}");
        OwnCode { id: PromoCodeId(Uuid::from_u128(number)), ..code }
    };
    let codes: Vec<_> = (0..1000).map(code).collect();
    let errors = refused(with(&codes, |it| create(it, EARLY, &input())));
    assert_eq!(errors, [("code".to_owned(), "too_many".to_owned())]);
}

#[test]
fn a_change_of_what_it_is_gives_the_next_version() {
    let off = PromoCodeInput { active: false, version: Some(1), ..input() };
    let (code, events) = with(&[early()], |it| update(it, EARLY, &off)).unwrap();
    assert_eq!((code.promo_code.active, code.promo_code.version), (false, 2));
    assert_eq!(events.iter().map(DomainEvent::name).collect::<Vec<_>>(), ["PromoCodeUpdated"]);

    let same = PromoCodeInput { version: Some(1), ..input() };
    assert_eq!(with(&[early()], |it| update(it, EARLY, &same)), Ok((early(), vec![])));
}

#[test]
fn a_change_is_refused_when_it_is_of_another_conference_stale_or_of_the_code_itself() {
    let at = |version| PromoCodeInput { version, ..input() };
    assert_eq!(
        with(&[early()], |it| update(it, OTHER, &at(None))),
        Err(Refusal::UnknownPromoCode),
        "before anything is said about the input"
    );
    let stale = Err(Refusal::StaleVersion { current: 1 });
    assert_eq!(with(&[early()], |it| update(it, EARLY, &at(Some(2)))), stale);
    let required = refused(with(&[early()], |it| update(it, EARLY, &at(None))));
    assert_eq!(required, [("version".to_owned(), "required".to_owned())]);
    let renamed = PromoCodeInput { code: "LATE".into(), version: Some(1), ..input() };
    let fixed = refused(with(&[early()], |it| update(it, EARLY, &renamed)));
    assert_eq!(fixed, [("code".to_owned(), "fixed".to_owned())]);
}

#[test]
fn a_seat_type_that_a_code_names_stays() {
    let named = Err(Refusal::NamedByCode { code: "EARLY".into() });
    assert_eq!(may_delete_seat_type(&[early()], GENERAL), named);
    assert_eq!(may_delete_seat_type(&[early()], STRANGE), Ok(()));
}

#[test]
fn the_currency_stays_once_a_code_takes_off_an_amount() {
    let amount = PromoCodeInput { discount: dollars(), ..input() };
    let code = with(&[], |it| create(it, EARLY, &amount)).unwrap().0;
    let fixed = Err(Refusal::CurrencyFixed { currency: Currency::USD });
    assert_eq!(may_change_currency(std::slice::from_ref(&code), Currency::USD, Currency::EUR), fixed);
    assert_eq!(may_change_currency(&[code], Currency::USD, Currency::USD), Ok(()));
    assert_eq!(may_change_currency(&[early()], Currency::USD, Currency::EUR), Ok(()));
}
