//! What must agree about promotional codes: uses with orders and limits, prices with the rules in the log, and
//! Management's rows with what it has announced.

use std::collections::{BTreeMap, BTreeSet};

use plenary_shared::{ConferenceId, OrderId, PromoCodeId};

use crate::conference::contracts as management;
use crate::eventstore::{Aggregate, RecordedEvent};
use crate::registration::catalogue::Catalogue;
use crate::registration::order::{self, Order};
use crate::registration::promo_code_uses::{self, PromoCodeUses};

/// What is folded from the log about promotional codes.
#[derive(Debug, Default)]
pub(super) struct Codes {
    catalogues: BTreeMap<ConferenceId, Catalogue>,
    uses: BTreeMap<ConferenceId, PromoCodeUses>,
}

impl Codes {
    /// Folds one event in. Names what it does that the limits at that moment did not allow.
    pub fn event(&mut self, event: &RecordedEvent) -> Vec<String> {
        if let Some(happened) = event.get::<management::Event>() {
            let catalogue = self.catalogues.entry(event.conference_id).or_default();
            *catalogue = std::mem::take(catalogue).evolve(happened);
        }
        let Some(happened) = event.get::<promo_code_uses::Event>() else { return Vec::new() };
        let uses = self.uses.entry(event.conference_id).or_default();
        *uses = promo_code_uses::evolve(std::mem::take(uses), happened);
        let promo_code_uses::Event::PromoCodesUsed { promo_code_ids, late: false, .. } = happened else {
            return Vec::new();
        };
        let beyond = |id: &&PromoCodeId| match self.known(event.conference_id, **id) {
            None => true,
            Some(code) => code.max_uses.is_some_and(|most| self.count(event.conference_id, **id) > most),
        };
        let place = format!("{}-{}", event.shard.0, event.position);
        let beyond = promo_code_ids.iter().filter(beyond);
        beyond.map(|id| format!("promotional code {id} is used beyond its limit at {place}")).collect()
    }

    fn known(&self, conference: ConferenceId, id: PromoCodeId) -> Option<&management::PromoCode> {
        let known = self.catalogues.get(&conference)?.promo_codes.iter().find(|it| it.id == id);
        known.map(|it| &it.promo_code)
    }

    fn count(&self, conference: ConferenceId, id: PromoCodeId) -> i64 {
        self.uses.get(&conference).map_or(0, |uses| uses.count(id))
    }

    /// Every live order uses the codes that it has, and no other order uses any.
    pub fn check_uses(&self, orders: &BTreeMap<OrderId, Order>) -> Vec<String> {
        let mut wrong = Vec::new();
        for (id, order) in orders {
            let Some(terms) = order.terms() else { continue };
            let due: BTreeSet<_> = order.promo_codes_in_use().iter().map(|it| it.promo_code_id).collect();
            let counted = self.uses.get(&terms.conference_id);
            let counted: BTreeSet<_> = counted.into_iter().flat_map(|uses| uses.of_order(*id)).collect();
            if counted != due {
                wrong.push(format!("order {id} counts as using other promotional codes than it has"));
            }
        }
        let users = self.uses.values().flat_map(PromoCodeUses::orders);
        let strangers = users.filter(|(id, _)| !orders.contains_key(id));
        wrong.extend(
            strangers.map(|(id, _)| format!("order {id} uses promotional codes and was never placed")),
        );
        wrong
    }

    /// Rows are what was announced. A row is an id, the code, whether it is active, and its version.
    pub fn check_rows(&self, rows: Vec<(PromoCodeId, String, bool, i64)>) -> Vec<String> {
        let mut announced: BTreeMap<PromoCodeId, (String, bool, i64)> = BTreeMap::new();
        for it in self.catalogues.values().flat_map(|catalogue| &catalogue.promo_codes) {
            let code = &it.promo_code;
            announced.insert(it.id, (code.code.clone(), code.active, code.version));
        }
        let mut wrong = Vec::new();
        for (id, code, active, version) in rows {
            if announced.remove(&id) != Some((code, active, version)) {
                wrong.push(format!("the row of promotional code {id} is not what was announced"));
            }
        }
        wrong.extend(announced.into_keys().map(|id| format!("promotional code {id} has no row")));
        wrong
    }
}

/// Names a price that does not follow from the seats and codes of the order: of what it asks for or of what it holds.
pub(super) fn wrong_price(id: OrderId, order: &Order, event: &RecordedEvent) -> Option<String> {
    let terms = order.terms()?;
    let place = format!("{}-{}", event.shard.0, event.position);
    match event.get::<order::Event>()? {
        order::Event::OrderTotalsCalculated { lines, discounts, total, free } => {
            let stated = order::Totals { lines: lines.clone(), discounts: discounts.clone(), total: *total };
            let possible = [terms.price_of(&terms.requested()), terms.price_of(&terms.reserved)];
            let right = possible.contains(&stated) && (!free || total.amount == 0);
            (!right).then(|| format!("order {id} is priced by other rules than its own at {place}"))
        }
        order::Event::OrderConfirmed { total, .. } if *total != terms.due() => {
            Some(format!("order {id} is confirmed for another price than its own at {place}"))
        }
        _ => None,
    }
}
