//! Money: every charge has a consequence, and the rows of Payments say what its events say.

use std::collections::BTreeMap;

use plenary_shared::payments::PaymentCallback;
use plenary_shared::{OrderId, PaymentId};

use super::Violations;
use super::orders::Orders;
use super::queries::{self, Ledger};
use crate::db::Conn;
use crate::eventstore::{Aggregate, RecordedEvent};
use crate::messaging::Error;
use crate::payments::payment::{self, Payment};
use crate::registration::order::Order;

#[derive(Debug, Default)]
pub(super) struct Money {
    payments: BTreeMap<PaymentId, Folded>,
}

#[derive(Debug, Default)]
struct Folded {
    payment: Payment,
    version: i64,
    /// What was taken, once.
    charge: Option<plenary_shared::Money>,
    refunded: Option<plenary_shared::Money>,
}

impl Money {
    pub fn ids(&self) -> impl Iterator<Item = PaymentId> {
        self.payments.keys().copied()
    }

    /// The conference of a payment.
    pub fn conference_of(&self, id: PaymentId) -> Option<plenary_shared::ConferenceId> {
        self.payments.get(&id).and_then(|it| it.payment.terms()).map(|terms| terms.conference_id)
    }

    pub fn event(&mut self, event: &RecordedEvent) {
        let Some(happened) = event.get::<payment::Event>() else { return };
        let folded = self.payments.entry(PaymentId(event.stream_id.0)).or_default();
        folded.payment = std::mem::take(&mut folded.payment).evolve(happened);
        folded.version = event.version;
        match happened {
            payment::Event::PaymentCompleted { amount, .. } => folded.charge = Some(*amount),
            payment::Event::PaymentRefunded { amount, .. } => folded.refunded = Some(*amount),
            payment::Event::PaymentInitiated { .. } | payment::Event::PaymentRejected { .. } => {}
        }
    }

    pub async fn finish(
        &self,
        orders: &Orders,
        ledger: &Ledger,
        mut conn: Conn<'_>,
        violations: &mut Violations,
    ) -> Result<(), Error> {
        self.check_charges(orders, violations);
        self.check_confirmations(orders, violations);
        self.check_rows(conn.again(), violations).await?;
        self.check_inbox(conn, violations).await?;
        self.check_ledger(ledger, violations);
        Ok(())
    }

    /// Whoever was charged has seats or somebody's attention.
    fn check_charges(&self, orders: &Orders, violations: &mut Violations) {
        for (id, folded) in &self.payments {
            let (Some(charge), Some(terms)) = (folded.charge, folded.payment.terms()) else { continue };
            let order_id: OrderId = terms.order_id;
            let order = orders.get(order_id);
            let confirmed =
                matches!(order, Some(Order::Confirmed { payment_id: Some(paid), .. }) if paid == id);
            let terms = order.and_then(Order::terms);
            let noticed = terms.is_some_and(|terms| terms.attention.iter().any(|it| it.payment_id == *id));
            if !confirmed && !noticed {
                violations
                    .add(format!("payment {id} was completed and order {order_id} knows nothing of it"));
            }
            if confirmed && terms.is_some_and(|terms| terms.total != charge) {
                violations.add(format!("order {order_id} costs something else than payment {id} took"));
            }
        }
    }

    /// Whoever has seats that cost something was charged.
    fn check_confirmations(&self, orders: &Orders, violations: &mut Violations) {
        for (id, order) in orders.iter() {
            let Order::Confirmed { terms, payment_id } = order else { continue };
            let paid = payment_id.and_then(|payment| self.payments.get(&payment));
            if terms.total.amount > 0 && paid.is_none_or(|it| it.charge.is_none()) {
                violations.add(format!("order {id} is confirmed and was never charged"));
            }
        }
    }

    /// A payment's row is what its events make.
    async fn check_rows(&self, conn: Conn<'_>, violations: &mut Violations) -> Result<(), Error> {
        let mut rows = queries::payments(conn).await?;
        for (id, folded) in &self.payments {
            match rows.remove(id) {
                None => violations.add(format!("payment {id} has events and no row")),
                Some((state, version)) => {
                    let stored: Payment = serde_json::from_str(&state)?;
                    if stored != folded.payment || version != folded.version {
                        violations.add(format!("the row of payment {id} differs from its events"));
                    }
                }
            }
        }
        for id in rows.into_keys() {
            violations.add(format!("payment {id} has a row and no events"));
        }
        Ok(())
    }

    /// What the processor told us was handled, or names no payment of ours.
    async fn check_inbox(&self, conn: Conn<'_>, violations: &mut Violations) -> Result<(), Error> {
        for (event_id, body, state) in queries::inbox(conn).await? {
            let callback: PaymentCallback = serde_json::from_str(&body)?;
            let known = self.payments.contains_key(&callback.payment_id);
            match state.as_str() {
                "handled" if known => {}
                "parked" => {}
                "handled" => {
                    violations.add(format!("callback {event_id} was handled for an unknown payment"));
                }
                _ => violations.add(format!("callback {event_id} was received and is not handled")),
            }
        }
        Ok(())
    }

    /// The simulated processor's own books agree, but for what it has still to tell.
    fn check_ledger(&self, ledger: &Ledger, violations: &mut Violations) {
        for (id, entry) in &ledger.decided {
            let Some(folded) = self.payments.get(id) else {
                violations.add(format!("the processor's ledger has payment {id}, which does not exist"));
                continue;
            };
            let taken = (entry.completed).then_some(entry.amount);
            let asked = folded.payment.terms().map(|terms| terms.total);
            if taken.is_some() && taken != asked {
                violations.add(format!("the processor took something else for payment {id} than was asked"));
            }
            if taken.is_some() && folded.charge.is_none() && !entry.on_its_way {
                violations.add(format!("the processor took payment {id}, and nobody was told"));
            }
        }
        for (id, folded) in &self.payments {
            if let Some(refunded) = folded.refunded
                && ledger.refunds.get(id) != Some(&refunded)
            {
                violations
                    .add(format!("payment {id} is said to be given back, and the processor has it still"));
            }
        }
        for id in
            ledger.refunds.keys().filter(|id| self.payments.get(id).is_none_or(|it| it.charge.is_none()))
        {
            violations.add(format!("the processor gave payment {id} back, which it never took"));
        }
    }
}
