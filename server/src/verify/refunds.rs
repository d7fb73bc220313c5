//! Refunds: what was decided is given back or on its way, and nothing else is.

use std::collections::BTreeMap;

use plenary_shared::{Money, PaymentId};

use super::Violations;
use crate::eventstore::RecordedEvent;
use crate::payments::payment;
use crate::registration::order;

/// What the log says of every payment that somebody has decided to give back, or that is said to be back.
#[derive(Debug, Default)]
pub(super) struct Refunds {
    taken: BTreeMap<PaymentId, Money>,
    decided: BTreeMap<PaymentId, Money>,
    recorded: BTreeMap<PaymentId, Money>,
}

/// What lies outside the log.
#[derive(Debug, Default)]
pub(super) struct Carried {
    /// What the processor has given back.
    pub given: BTreeMap<PaymentId, Money>,
    /// What the outbox has still to bring to the processor, or has given up bringing there.
    pub on_the_way: BTreeMap<PaymentId, Money>,
}

impl Refunds {
    pub fn event(&mut self, event: &RecordedEvent) {
        if let Some(order::Event::OrderRefundDecided { payment_id, amount }) = event.get() {
            self.decided.insert(*payment_id, *amount);
        }
        match event.get() {
            Some(payment::Event::PaymentCompleted { payment_id, amount, .. }) => {
                self.taken.insert(*payment_id, *amount);
            }
            Some(payment::Event::PaymentRefunded { payment_id, amount, .. }) => {
                self.recorded.insert(*payment_id, *amount);
            }
            Some(payment::Event::PaymentInitiated { .. } | payment::Event::PaymentRejected { .. }) | None => {
            }
        }
    }

    pub fn finish(&self, carried: &Carried, violations: &mut Violations) {
        let Carried { given, on_the_way } = carried;
        for (id, amount) in &self.decided {
            if self.taken.get(id) != Some(amount) {
                violations.add(format!("another amount of payment {id} is to be given back than it took"));
            }
            if !given.contains_key(id) && !on_the_way.contains_key(id) {
                violations.add(format!(
                    "payment {id} was to be given back, and that is neither done nor on its way"
                ));
            }
        }
        for (what, refunds) in [
            ("was given back", given),
            ("is on its way back", on_the_way),
            ("is said to be back", &self.recorded),
        ] {
            for (id, amount) in refunds {
                match self.decided.get(id) {
                    None => violations.add(format!("payment {id} {what}, and nobody has decided that")),
                    Some(decided) if decided != amount => {
                        violations.add(format!("of payment {id} another amount {what} than was decided"));
                    }
                    Some(_) => {}
                }
            }
        }
    }
}
