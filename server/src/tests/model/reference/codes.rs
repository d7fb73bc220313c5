//! Promotional codes: who may use them, and what they take off.

use super::super::steps::{CODES, CodeRule, Codes, Takes};
use super::{Answer, Broken, OPEN, Reference};
use plenary_shared::registration::OrderStatus;

/// A code that an order has, with its rule as it was when the order took it.
pub(super) type Taken = (usize, CodeRule);

/// Which codes these are.
pub(super) fn which(codes: &[Taken]) -> Codes {
    std::array::from_fn(|code| codes.iter().any(|(taken, _)| *taken == code))
}

/// So many hundredths, half to even.
const fn hundredths(amount: i64, percent: i64) -> i64 {
    let (whole, rest) = (amount * percent / 100, amount * percent % 100);
    if rest > 50 || (rest == 50 && whole % 2 == 1) { whole + 1 } else { whole }
}

/// The lines; less the percentages of each; less the amounts for one kind of seats; less the amounts for all. Nothing
/// is ever below zero.
pub(super) fn price(count: [i64; 2], price: [i64; 2], codes: &[Taken], broken: Option<Broken>) -> i64 {
    let line = |seat: usize| {
        let list = count[seat] * price[seat];
        let of_line = codes.iter().filter(|(_, rule)| rule.scope.is_none_or(|scope| scope == seat));
        let percentages = of_line.map(|(_, rule)| match rule.takes {
            Takes::Percent(percent) => hundredths(list, percent),
            Takes::Amount(_) => 0,
        });
        let amounts = codes.iter().filter(|(_, rule)| rule.scope == Some(seat)).map(amount);
        let left = (list - percentages.sum::<i64>()).max(0);
        (left - amounts.sum::<i64>()).max(0)
    };
    let times = if broken == Some(Broken::AmountsAreForEverySeat) { count[0] + count[1] } else { 1 };
    let amounts: i64 = codes.iter().filter(|(_, rule)| rule.scope.is_none()).map(amount).sum();
    (line(0) + line(1) - amounts * times).max(0)
}

fn amount((_, rule): &Taken) -> i64 {
    match rule.takes {
        Takes::Percent(_) => 0,
        Takes::Amount(amount) => amount,
    }
}

impl Reference {
    pub(super) fn set_code(&mut self, code: usize, rule: CodeRule) -> Answer {
        let is_new = self.codes[code].is_none();
        self.codes[code] = Some(rule);
        Answer::Done(if is_new { 201 } else { 200 })
    }

    /// How many orders use a code: those that have, or may yet have, their seats.
    pub(super) fn uses(&self, code: usize) -> i64 {
        let keeps = self.breaks(Broken::ExpiryKeepsUses);
        let counts = |status| {
            OPEN.contains(&status)
                || status == OrderStatus::Confirmed
                || (keeps && status == OrderStatus::Expired)
        };
        let users = self.orders.iter().filter(|order| counts(order.state.status) && order.state.codes[code]);
        i64::try_from(users.count()).unwrap_or(i64::MAX)
    }

    /// The codes that an order for these seats may have, beside those `kept` that it has; `None` when one of them may
    /// not be had.
    pub(super) fn choose(&self, seats: [i64; 2], codes: Codes, kept: &[Taken]) -> Option<Vec<Taken>> {
        let wanted = (0..CODES).filter(|code| codes[*code]);
        let chosen = wanted.map(|code| self.usable(code, kept)).collect::<Option<Vec<Taken>>>()?;
        let in_scope = |(_, rule): &Taken| rule.scope.is_none_or(|seat| seats[seat] > 0);
        let combine = chosen.len() < 2 || chosen.iter().all(|(_, rule)| rule.combines);
        (combine && chosen.iter().all(in_scope)).then_some(chosen)
    }

    fn usable(&self, code: usize, kept: &[Taken]) -> Option<Taken> {
        if let Some(kept) = kept.iter().find(|(taken, _)| *taken == code) {
            return Some(*kept);
        }
        let rule = self.codes[code]?;
        let has_left = rule.limit.is_none_or(|limit| self.uses(code) < limit);
        (rule.active && has_left).then_some((code, rule))
    }
}
