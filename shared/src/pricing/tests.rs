use proptest::prelude::*;
use uuid::Uuid;

use super::*;

const GENERAL: SeatTypeId = SeatTypeId(Uuid::from_u128(1));
const WORKSHOP: SeatTypeId = SeatTypeId(Uuid::from_u128(2));
const DINNER: SeatTypeId = SeatTypeId(Uuid::from_u128(3));
const TYPES: [SeatTypeId; 3] = [GENERAL, WORKSHOP, DINNER];

fn usd(amount: i64) -> Money {
    Money::new(amount, Currency::USD)
}

fn prices(general: i64, workshop: i64) -> [UnitPrice; 2] {
    [(GENERAL, general), (WORKSHOP, workshop)]
        .map(|(seat_type_id, amount)| UnitPrice { seat_type_id, price: usd(amount) })
}

fn seats(general: i64, workshop: i64) -> [SeatQuantity; 2] {
    [(GENERAL, general), (WORKSHOP, workshop)]
        .map(|(seat_type_id, quantity)| SeatQuantity { seat_type_id, quantity })
}

fn code(code: &str, discount: DiscountRule, seat_type_ids: Option<&[SeatTypeId]>) -> AppliedCode {
    AppliedCode {
        promo_code_id: PromoCodeId(Uuid::nil()),
        code: code.to_owned(),
        description: format!("About {code}"),
        discount,
        seat_type_ids: seat_type_ids.map(<[_]>::to_vec),
        combines: Combines::All,
    }
}

fn percent(percent: i64) -> DiscountRule {
    DiscountRule::Percentage { percent }
}

fn amount(amount: i64) -> DiscountRule {
    DiscountRule::Amount { amount: usd(amount) }
}

/// What each code takes off, in the order in which they apply.
fn taken(priced: &Priced) -> Vec<(&str, i64)> {
    priced.discounts.iter().map(|it| (it.code.as_str(), it.amount.amount)).collect()
}

#[test]
fn a_line_is_unit_price_times_quantity() {
    let cases = [((1510, 0), (3, 0), 4530), ((19_900, 4_900), (2, 1), 44_700), ((0, 0), (5, 5), 0)];
    for ((general, workshop), (wanted, wanted_too), total) in cases {
        let priced = price(&seats(wanted, wanted_too), &prices(general, workshop), Currency::USD).unwrap();
        assert_eq!(priced.total, usd(total));
    }
}

#[test]
fn seats_not_chosen_have_no_line() {
    let priced = price(&seats(0, 1), &prices(1, 2), Currency::USD).unwrap();
    assert_eq!(priced.lines.iter().map(|line| line.seat_type_id).collect::<Vec<_>>(), [WORKSHOP]);
}

#[test]
fn a_seat_type_without_a_price_is_named() {
    let unknown = price(&seats(1, 1), &prices(1, 1)[..1], Currency::USD);
    assert_eq!(unknown, Err(UnknownSeatType(WORKSHOP)));
}

/// Two general seats at 150.00 and a workshop at 49.99: 349.99.
fn basket() -> Priced {
    price(&seats(2, 1), &prices(15_000, 4_999), Currency::USD).unwrap()
}

/// A name, the codes, what each takes off, what each line is reduced by, the total.
type Example<'e> = (&'e str, Vec<AppliedCode>, &'e [(&'e str, i64)], [i64; 2], i64);

fn examples() -> Vec<Example<'static>> {
    let general = Some(&[GENERAL][..]);
    let workshop = Some(&[WORKSHOP][..]);
    vec![
        ("no code", vec![], &[], [0, 0], 34_999),
        ("everything", vec![code("ALL", percent(100), None)], &[("ALL", 34_999)], [30_000, 4_999], 0),
        (
            "all of one seat type",
            vec![code("SPEAKER", percent(100), general)],
            &[("SPEAKER", 30_000)],
            [30_000, 0],
            4_999,
        ),
        // 499.9 rounds to 500.
        ("a tenth of one type", vec![code("TEN", percent(10), workshop)], &[("TEN", 500)], [0, 500], 34_499),
        (
            "a third or so of all",
            vec![code("X", percent(33), None)],
            &[("X", 11_550)],
            [9_900, 1_650],
            23_449,
        ),
        // Once per order, though there are two seats; shared in the proportion of 30,000 to 4,999.
        ("an amount", vec![code("FIFTY", amount(5_000), None)], &[("FIFTY", 5_000)], [4_286, 714], 29_999),
        (
            "an amount of one type",
            vec![code("W", amount(5_000), workshop)],
            &[("W", 4_999)],
            [0, 4_999],
            30_000,
        ),
        (
            "an amount larger than everything",
            vec![code("GIFT", amount(1_000_000), None)],
            &[("GIFT", 34_999)],
            [30_000, 4_999],
            0,
        ),
        (
            "two percentages of one list price",
            vec![code("A", percent(50), general), code("B", percent(20), general)],
            &[("A", 15_000), ("B", 6_000)],
            [21_000, 0],
            13_999,
        ),
        (
            "percentages that would exceed the line",
            vec![code("A", percent(80), general), code("B", percent(80), general)],
            &[("A", 24_000), ("B", 6_000)],
            [30_000, 0],
            4_999,
        ),
        (
            "percentages before amounts, whatever they are called",
            vec![code("A", amount(40_000), None), code("B", percent(50), None)],
            &[("B", 17_500), ("A", 17_499)],
            [30_000, 4_999],
            0,
        ),
        (
            "some seat types before all",
            vec![code("A", amount(4_999), None), code("B", amount(4_999), workshop)],
            &[("B", 4_999), ("A", 4_999)],
            [4_999, 4_999],
            25_001,
        ),
        ("nothing in scope", vec![code("D", percent(50), Some(&[DINNER]))], &[("D", 0)], [0, 0], 34_999),
    ]
}

#[test]
fn worked_examples() {
    for (name, codes, expected, lines, total) in examples() {
        let priced = basket().less(&codes);
        assert_eq!(taken(&priced), expected, "{name}");
        assert_eq!(priced.total, usd(total), "{name}");
        let discounts: Vec<_> = priced.lines.iter().map(|line| line.discount.amount).collect();
        assert_eq!(discounts, lines, "{name}");
    }
}

#[test]
fn percentages_round_half_to_even_on_each_line() {
    let cases =
        [(1, 50, 0), (3, 50, 2), (5, 50, 2), (7, 50, 4), (25, 10, 2), (35, 10, 4), (149, 1, 1), (151, 1, 2)];
    for (unit, hundredths, off) in cases {
        let priced = price(&seats(1, 1), &prices(unit, unit), Currency::USD).unwrap();
        let priced = priced.less(&[code("X", percent(hundredths), None)]);
        assert_eq!(taken(&priced), [("X", 2 * off)], "{hundredths} % of {unit} on two lines");
    }
}

#[test]
fn an_amount_of_another_currency_takes_nothing() {
    let euros = DiscountRule::Amount { amount: Money::new(100, Currency::EUR) };
    assert_eq!(basket().less(&[code("X", euros, None)]).total, basket().total);
}

#[test]
fn codes_combine_when_each_allows_the_other() {
    let with = |name: &str, combines| AppliedCode { combines, ..code(name, percent(1), None) };
    let named = |other: &str| Combines::With(vec![other.to_owned()]);
    let cases = [
        (Combines::All, Combines::All, true),
        (Combines::All, Combines::None, false),
        (Combines::None, Combines::None, false),
        (named("B"), Combines::All, true),
        (named("B"), named("A"), true),
        (named("B"), named("C"), false),
        (named("C"), Combines::All, false),
    ];
    for (of_a, of_b, expected) in cases {
        let (a, b) = (with("A", of_a), with("B", of_b));
        assert_eq!((a.combines_with(&b), b.combines_with(&a)), (expected, expected), "{a:?} {b:?}");
    }
}

/// Any rule, for any seat types.
fn any_code(name: usize) -> impl Strategy<Value = AppliedCode> {
    let rule = prop_oneof![(1..=100_i64).prop_map(percent), (1..=5_000_000_i64).prop_map(amount)];
    let scope = proptest::option::of(proptest::sample::subsequence(TYPES.to_vec(), 1..=3));
    (rule, scope).prop_map(move |(rule, scope)| code(&format!("CODE{name}"), rule, scope.as_deref()))
}

fn any_codes() -> impl Strategy<Value = Vec<AppliedCode>> {
    (0..=4_usize).prop_flat_map(|count| (0..count).map(any_code).collect::<Vec<_>>())
}

/// Seats of every type and what one of each costs.
fn any_basket() -> impl Strategy<Value = Vec<(SeatQuantity, UnitPrice)>> {
    let of = |seat_type_id: SeatTypeId| {
        (0..=20_i64, 0..=5_000_000_i64).prop_map(move |(quantity, amount)| {
            (SeatQuantity { seat_type_id, quantity }, UnitPrice { seat_type_id, price: usd(amount) })
        })
    };
    TYPES.map(of).into_iter().collect::<Vec<_>>()
}

fn priced(basket: &[(SeatQuantity, UnitPrice)]) -> Priced {
    let (seats, prices): (Vec<_>, Vec<_>) = basket.iter().copied().unzip();
    price(&seats, &prices, Currency::USD).unwrap()
}

proptest! {
    #[test]
    fn the_total_is_the_sum_of_the_lines(
        general in 0..=5_000_000_i64, workshop in 0..=5_000_000_i64, a in 0..=20_i64, b in 0..=20_i64,
    ) {
        let priced = price(&seats(a, b), &prices(general, workshop), Currency::USD).unwrap();
        prop_assert_eq!(priced.total.amount, general * a + workshop * b);
        prop_assert!(priced.lines.iter().all(|line| line.quantity > 0));
    }

    #[test]
    fn nothing_is_ever_below_zero_and_everything_adds_up(basket in any_basket(), codes in any_codes()) {
        let list = priced(&basket);
        let reduced = list.clone().less(&codes);
        prop_assert!(reduced.total.amount >= 0);
        prop_assert!(reduced.lines.iter().all(|line| line.discount.amount >= 0 && line.left() >= 0));
        prop_assert!(reduced.discounts.iter().all(|it| it.amount.amount >= 0));
        let by_code: i64 = reduced.discounts.iter().map(|it| it.amount.amount).sum();
        let by_line: i64 = reduced.lines.iter().map(|line| line.discount.amount).sum();
        prop_assert_eq!(by_code, by_line);
        prop_assert_eq!(reduced.total.amount, list.total.amount - by_code);
        prop_assert_eq!(reduced.discounts.len(), codes.len());
    }

    #[test]
    fn lines_out_of_scope_are_left_alone(basket in any_basket(), codes in any_codes()) {
        let reduced = priced(&basket).less(&codes);
        let covered = |line: &Line| codes.iter().any(|code| code.covers(line.seat_type_id));
        prop_assert!(reduced.lines.iter().all(|line| line.discount.amount == 0 || covered(line)));
    }

    #[test]
    fn the_order_of_entry_does_not_matter(
        basket in any_basket(),
        (codes, shuffled) in any_codes().prop_flat_map(|codes| (Just(codes.clone()), Just(codes).prop_shuffle())),
    ) {
        prop_assert_eq!(priced(&basket).less(&codes), priced(&basket).less(&shuffled));
    }

    #[test]
    fn the_order_of_the_seats_does_not_matter(
        (basket, shuffled) in any_basket().prop_flat_map(|it| (Just(it.clone()), Just(it).prop_shuffle())),
        codes in any_codes(),
    ) {
        let by_type = |mut priced: Priced| {
            priced.lines.sort_by_key(|line| line.seat_type_id);
            priced
        };
        prop_assert_eq!(by_type(priced(&basket).less(&codes)), by_type(priced(&shuffled).less(&codes)));
    }

    #[test]
    fn a_code_more_never_makes_it_dearer(basket in any_basket(), codes in any_codes()) {
        let totals: Vec<_> = (0..=codes.len()).map(|count| priced(&basket).less(&codes[..count]).total.amount).collect();
        prop_assert!(totals.is_sorted_by(|a, b| a >= b), "{:?}", totals);
    }
}
