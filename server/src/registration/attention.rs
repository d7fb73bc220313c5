//! What the organizer decides about a charge that needs her attention.

use async_trait::async_trait;
use plenary_shared::registration::{AttentionResolution, SeatQuantity};
use plenary_shared::validation::MAX_QUOTA;
use plenary_shared::{OrderId, PaymentId, Problem};

use super::commands::decide_order;
use super::order::{self, Order};
use super::seats_availability::{Refusal, SeatsAvailability};
use super::wait_list::WaitList;
use crate::messaging::{Command, Failure, Outcome, UnitOfWork};

/// Gives a charge back, or has more seats offered so that its order is confirmed.
#[derive(Debug)]
pub struct ResolveAttention {
    pub order_id: OrderId,
    pub resolution: AttentionResolution,
    /// The oldest charge that waits for a decision, if it names none.
    pub payment_id: Option<PaymentId>,
}

#[async_trait]
impl Command for ResolveAttention {
    fn name(&self) -> &'static str {
        match self.resolution {
            AttentionResolution::Refund => "RefundPayment",
            AttentionResolution::OverrideQuota => "OverrideQuota",
        }
    }

    async fn run(&self, work: &mut UnitOfWork<'_>) -> Result<Outcome, Failure> {
        let payment_id = self.payment_id;
        let command = match self.resolution {
            AttentionResolution::Refund => order::Command::Refund { payment_id },
            AttentionResolution::OverrideQuota => {
                let missing = missing(work, self.order_id).await?;
                order::Command::OverrideQuota { payment_id, missing }
            }
        };
        let version = decide_order(work, self.order_id, command).await?;
        Ok(Outcome::new(200, self.order_id, version))
    }
}

/// What an order would need beside what is free at this moment and nobody waits for.
async fn missing(work: &mut UnitOfWork<'_>, order_id: OrderId) -> Result<Vec<SeatQuantity>, Failure> {
    let order = work.load::<Order>(order_id.0).await?;
    let wanted = order.terms().map(order::Terms::requested).unwrap_or_default();
    let kept = work.load::<WaitList>(work.conference_id().0).await?.awaited();
    let availability = work.load::<SeatsAvailability>(work.conference_id().0).await?;
    let missing = availability.missing(order_id, &wanted, &kept);
    for &SeatQuantity { seat_type_id, quantity } in &missing {
        let quota = availability.quota(seat_type_id).unwrap_or(0) + quantity;
        if quota > MAX_QUOTA {
            return Err(Problem::from(Refusal::QuotaOutOfRange { seat_type_id, quota }).into());
        }
    }
    Ok(missing)
}
