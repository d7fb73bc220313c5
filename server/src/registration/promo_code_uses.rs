//! `PromoCodeUses`: which orders of a conference use which promotional codes.
//!
//! Promises that a code is used by no more orders than its limit allows, as the limit was when each of them took it;
//! only an order that was paid late takes its codes again whatever the limit says.

use std::collections::{BTreeMap, BTreeSet};

use plenary_shared::{OrderId, PromoCodeId};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// From now on the order uses these codes and no others. One that it uses already is not counted again.
    Use { order_id: OrderId, codes: Vec<LimitedCode> },
    /// The order was paid, maybe after its uses were given back: it has these codes again, whatever their limits.
    Keep { order_id: OrderId, promo_code_ids: Vec<PromoCodeId> },
    /// The order uses no code any more.
    GiveBack { order_id: OrderId },
}

/// A code and how many orders may use it at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitedCode {
    pub promo_code_id: PromoCodeId,
    /// `None` for any number.
    pub max_uses: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    PromoCodesUsed {
        order_id: OrderId,
        promo_code_ids: Vec<PromoCodeId>,
        /// The order was paid late, and no limit was asked for.
        late: bool,
    },
    PromoCodesGivenBack {
        order_id: OrderId,
        promo_code_ids: Vec<PromoCodeId>,
    },
}

impl Event {
    /// The name that the log and histories show.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::PromoCodesUsed { .. } => "PromoCodesUsed",
            Self::PromoCodesGivenBack { .. } => "PromoCodesGivenBack",
        }
    }

    /// By how much it changes how often each code is used.
    pub fn changes(&self) -> impl Iterator<Item = (PromoCodeId, i64)> + '_ {
        let (ids, change) = match self {
            Self::PromoCodesUsed { promo_code_ids, .. } => (promo_code_ids, 1),
            Self::PromoCodesGivenBack { promo_code_ids, .. } => (promo_code_ids, -1),
        };
        ids.iter().map(move |id| (*id, change))
    }
}

/// Why the whole command was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("A promotional code has been used up.")]
    UsedUp { promo_code_ids: Vec<PromoCodeId> },
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PromoCodeUses {
    /// The codes of every order that uses any.
    by_order: BTreeMap<OrderId, BTreeSet<PromoCodeId>>,
    /// How many orders use each code, never zero.
    counts: BTreeMap<PromoCodeId, i64>,
}

impl PromoCodeUses {
    /// How many orders use a code.
    pub fn count(&self, promo_code_id: PromoCodeId) -> i64 {
        self.counts.get(&promo_code_id).copied().unwrap_or(0)
    }

    /// The codes that an order uses.
    pub fn of_order(&self, order_id: OrderId) -> impl Iterator<Item = PromoCodeId> + '_ {
        self.by_order.get(&order_id).into_iter().flatten().copied()
    }

    /// Every order that uses a code, with its codes.
    pub fn orders(&self) -> impl Iterator<Item = (OrderId, &BTreeSet<PromoCodeId>)> {
        self.by_order.iter().map(|(order_id, codes)| (*order_id, codes))
    }

    fn uses(&self, order_id: OrderId, promo_code_id: PromoCodeId) -> bool {
        self.by_order.get(&order_id).is_some_and(|codes| codes.contains(&promo_code_id))
    }

    fn has_left(&self, code: LimitedCode) -> bool {
        code.max_uses.is_none_or(|most| self.count(code.promo_code_id) < most)
    }
}

/// Decides what happens when `command` meets `state`. What is already so gives no events.
///
/// # Errors
///
/// Gives the rule that forbids the whole command.
pub fn decide(state: &PromoCodeUses, command: Command) -> Result<Vec<Event>, Refusal> {
    match command {
        Command::Use { order_id, codes } => use_codes(state, order_id, &codes),
        Command::Keep { order_id, promo_code_ids } => Ok(keep(state, order_id, promo_code_ids)),
        Command::GiveBack { order_id } => Ok(given_back(order_id, state.of_order(order_id).collect())),
    }
}

fn use_codes(state: &PromoCodeUses, order_id: OrderId, codes: &[LimitedCode]) -> Result<Vec<Event>, Refusal> {
    let new: Vec<_> = codes.iter().filter(|code| !state.uses(order_id, code.promo_code_id)).collect();
    let used_up: Vec<_> =
        new.iter().filter(|code| !state.has_left(***code)).map(|code| code.promo_code_id).collect();
    if !used_up.is_empty() {
        return Err(Refusal::UsedUp { promo_code_ids: used_up });
    }
    let is_dropped = |id: &PromoCodeId| !codes.iter().any(|code| code.promo_code_id == *id);
    let dropped = state.of_order(order_id).filter(is_dropped).collect();
    let new = new.into_iter().map(|code| code.promo_code_id).collect();
    let mut events = given_back(order_id, dropped);
    events.extend(used(order_id, new, false));
    Ok(events)
}

fn keep(state: &PromoCodeUses, order_id: OrderId, mut promo_code_ids: Vec<PromoCodeId>) -> Vec<Event> {
    promo_code_ids.retain(|id| !state.uses(order_id, *id));
    used(order_id, promo_code_ids, true).into_iter().collect()
}

fn used(order_id: OrderId, promo_code_ids: Vec<PromoCodeId>, late: bool) -> Option<Event> {
    (!promo_code_ids.is_empty()).then_some(Event::PromoCodesUsed { order_id, promo_code_ids, late })
}

fn given_back(order_id: OrderId, promo_code_ids: Vec<PromoCodeId>) -> Vec<Event> {
    if promo_code_ids.is_empty() {
        return vec![];
    }
    vec![Event::PromoCodesGivenBack { order_id, promo_code_ids }]
}

/// Folds one recorded event into the state. Never fails and never decides.
#[must_use]
pub fn evolve(mut state: PromoCodeUses, event: &Event) -> PromoCodeUses {
    for (id, change) in event.changes() {
        *state.counts.entry(id).or_default() += change;
    }
    state.counts.retain(|_, count| *count != 0);
    match event {
        Event::PromoCodesUsed { order_id, promo_code_ids, .. } => {
            state.by_order.entry(*order_id).or_default().extend(promo_code_ids);
        }
        Event::PromoCodesGivenBack { order_id, promo_code_ids } => {
            if let Some(codes) = state.by_order.get_mut(order_id) {
                codes.retain(|id| !promo_code_ids.contains(id));
            }
            if state.by_order.get(order_id).is_some_and(BTreeSet::is_empty) {
                state.by_order.remove(order_id);
            }
        }
    }
    state
}

#[cfg(test)]
mod tests;
