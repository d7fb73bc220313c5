use proptest::prelude::*;
use uuid::Uuid;

use super::*;

const ONE: OrderId = OrderId(Uuid::from_u128(1));
const OTHER: OrderId = OrderId(Uuid::from_u128(2));
const EARLY: PromoCodeId = PromoCodeId(Uuid::from_u128(10));
const STUDENT: PromoCodeId = PromoCodeId(Uuid::from_u128(11));

/// Codes that may be used once each.
fn once(ids: &[PromoCodeId]) -> Vec<LimitedCode> {
    ids.iter().map(|id| LimitedCode { promo_code_id: *id, max_uses: Some(1) }).collect()
}

fn take(order_id: OrderId, ids: &[PromoCodeId]) -> Command {
    Command::Use { order_id, codes: once(ids) }
}

fn keep_all(order_id: OrderId, ids: &[PromoCodeId]) -> Command {
    Command::Keep { order_id, promo_code_ids: ids.to_vec() }
}

fn used_by(order_id: OrderId, ids: &[PromoCodeId], late: bool) -> Event {
    Event::PromoCodesUsed { order_id, promo_code_ids: ids.to_vec(), late }
}

fn back(order_id: OrderId, ids: &[PromoCodeId]) -> Event {
    Event::PromoCodesGivenBack { order_id, promo_code_ids: ids.to_vec() }
}

fn after(commands: impl IntoIterator<Item = Command>) -> PromoCodeUses {
    commands.into_iter().fold(PromoCodeUses::default(), |uses, command| {
        decide(&uses, command).unwrap().iter().fold(uses, evolve)
    })
}

#[test]
fn every_command_has_an_answer_in_every_situation() {
    let situations = [
        ("nobody uses it", after([])),
        ("the order uses it", after([take(ONE, &[EARLY])])),
        ("another has used it up", after([take(OTHER, &[EARLY])])),
        ("the order has another one", after([take(ONE, &[STUDENT])])),
    ];
    let commands = [
        ("Use", take(ONE, &[EARLY])),
        ("Keep", keep_all(ONE, &[EARLY])),
        ("GiveBack", Command::GiveBack { order_id: ONE }),
    ];
    let mut table = vec![];
    for (name, uses) in &situations {
        table.push((*name).to_owned());
        for (name, command) in &commands {
            let answer = match decide(uses, command.clone()) {
                Ok(events) if events.is_empty() => "nothing".to_owned(),
                Ok(events) => events.iter().map(Event::name).collect::<Vec<_>>().join(" + "),
                Err(Refusal::UsedUp { .. }) => "refused: UsedUp".to_owned(),
            };
            table.push(format!("  {name}: {answer}"));
        }
    }
    assert_eq!(table, include_str!("table.txt").lines().collect::<Vec<_>>());
}

#[test]
fn a_limit_that_is_reached_refuses_the_whole_order_by_the_codes() {
    let uses = after([take(OTHER, &[EARLY])]);
    let refusal = Refusal::UsedUp { promo_code_ids: vec![EARLY] };
    assert_eq!(decide(&uses, take(ONE, &[STUDENT, EARLY])), Err(refusal));
}

#[test]
fn a_code_without_a_limit_never_runs_out() {
    let unlimited = |order_id| {
        let code = LimitedCode { promo_code_id: EARLY, max_uses: None };
        Command::Use { order_id, codes: vec![code] }
    };
    let orders = (0..100).map(|number| unlimited(OrderId(Uuid::from_u128(number))));
    assert_eq!(after(orders).count(EARLY), 100);
}

#[test]
fn what_an_order_uses_already_is_not_counted_again_even_beyond_the_limit() {
    let uses = after([take(ONE, &[EARLY])]);
    assert_eq!(decide(&uses, take(ONE, &[EARLY])), Ok(vec![]));
    let both = decide(&uses, take(ONE, &[EARLY, STUDENT]));
    assert_eq!(both, Ok(vec![used_by(ONE, &[STUDENT], false)]));
}

#[test]
fn a_change_gives_back_what_it_does_not_name() {
    let uses = after([take(ONE, &[EARLY])]);
    let events = decide(&uses, take(ONE, &[STUDENT]));
    assert_eq!(events, Ok(vec![back(ONE, &[EARLY]), used_by(ONE, &[STUDENT], false)]));
    assert_eq!(decide(&uses, take(ONE, &[])), Ok(vec![back(ONE, &[EARLY])]));
}

#[test]
fn what_is_given_back_can_be_used_by_another() {
    let uses = after([take(ONE, &[EARLY]), Command::GiveBack { order_id: ONE }]);
    assert_eq!((uses.count(EARLY), uses), (0, PromoCodeUses::default()));
    assert_eq!(decide(&PromoCodeUses::default(), take(OTHER, &[EARLY])).unwrap().len(), 1);
}

#[test]
fn an_order_paid_late_has_its_codes_again_whatever_the_limit() {
    let uses = after([take(ONE, &[EARLY]), Command::GiveBack { order_id: ONE }, take(OTHER, &[EARLY])]);
    assert_eq!(decide(&uses, keep_all(ONE, &[EARLY])), Ok(vec![used_by(ONE, &[EARLY], true)]));
    let uses = after([take(OTHER, &[EARLY]), keep_all(ONE, &[EARLY])]);
    assert_eq!(uses.count(EARLY), 2);
}

/// Few orders and few codes, so that they meet often.
fn any_command() -> impl Strategy<Value = Command> {
    let order = (0..6_u128).prop_map(|number| OrderId(Uuid::from_u128(number)));
    let codes = proptest::sample::subsequence(vec![EARLY, STUDENT], 0..=2);
    (order, codes, 0..3_u8).prop_map(|(order_id, ids, kind)| match kind {
        0 => Command::Use {
            order_id,
            codes: ids.iter().map(|id| LimitedCode { promo_code_id: *id, max_uses: Some(3) }).collect(),
        },
        1 => keep_all(order_id, &ids),
        _ => Command::GiveBack { order_id },
    })
}

proptest! {
    #[test]
    fn counts_are_what_orders_use_and_only_the_late_pass_the_limit(
        commands in proptest::collection::vec(any_command(), 0..60),
    ) {
        let mut uses = PromoCodeUses::default();
        for command in commands {
            let before = uses.clone();
            let Ok(events) = decide(&uses, command.clone()) else { continue };
            uses = events.iter().fold(uses, evolve);
            for id in [EARLY, STUDENT] {
                let by_orders = uses.orders().filter(|(_, codes)| codes.contains(&id)).count();
                prop_assert_eq!(uses.count(id), i64::try_from(by_orders).unwrap());
                let passed = uses.count(id) > 3 && uses.count(id) > before.count(id);
                let is_late = matches!(command, Command::Keep { .. });
                prop_assert!(!passed || is_late);
            }
            prop_assert_eq!(decide(&uses, command), Ok(vec![]), "a repeat changes nothing");
        }
    }
}
