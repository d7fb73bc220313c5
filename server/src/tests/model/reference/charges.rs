//! What the processor says, and what the organizer decides about it.

use super::{Answer, Broken, Decided, OPEN, Reason, Reference, both};
use plenary_shared::registration::OrderStatus;

impl Reference {
    pub(super) fn call_back(&mut self, payment: usize, completed: bool, wrong_by: i64) {
        let it = &mut self.payments[payment];
        let index = it.order;
        if completed && !it.completed {
            it.completed = true;
            let amount = it.total + wrong_by;
            self.charged(index, payment, amount);
        } else if !completed && !it.completed && !it.rejected {
            it.rejected = true;
            self.rejected(index, payment);
        }
    }

    fn rejected(&mut self, index: usize, payment: usize) {
        let order = &mut self.orders[index];
        if order.state.status == OrderStatus::PaymentPending && order.open_payment == Some(payment) {
            order.state.status = OrderStatus::Reserved;
            if self.breaks(Broken::RejectionEndsTheOrder) {
                self.end(index, OrderStatus::Cancelled);
            }
        }
    }

    /// Money came in: the order is confirmed if the amount is right and all its seats are held or can be had again;
    /// else somebody must decide.
    fn charged(&mut self, index: usize, payment: usize, amount: i64) {
        let state = &self.orders[index].state;
        if state.status == OrderStatus::Confirmed {
            return self.orders[index].state.attention.push((payment, Reason::SecondCharge, None));
        }
        let over = !OPEN.contains(&state.status);
        if over && self.breaks(Broken::LatePaymentsAreDropped) {
            return;
        }
        let had = if over { self.obtainable(index, state.wanted) } else { state.held };
        if amount == state.due && had == state.wanted {
            return self.confirm(index);
        }
        let reason = if amount == state.due { Reason::SoldOut } else { Reason::WrongAmount };
        self.orders[index].state.attention.push((payment, reason, None));
        self.end(index, OrderStatus::NeedsAttention);
        self.serve();
    }

    fn undecided(&self, index: usize) -> Option<usize> {
        self.orders[index].state.attention.iter().position(|(_, _, decided)| decided.is_none())
    }

    pub(super) fn refund(&mut self, index: usize) -> Answer {
        let Some(entry) = self.undecided(index) else { return Answer::Refused(&[404, 409]) };
        let state = &mut self.orders[index].state;
        state.attention[entry].2 = Some(Decided::Refunded);
        if state.status == OrderStatus::NeedsAttention && state.attention.iter().all(|it| it.2.is_some()) {
            state.status = OrderStatus::Refunded;
        }
        Answer::Done(200)
    }

    pub(super) fn offer_more(&mut self, index: usize) -> Answer {
        let Some(entry) = self.undecided(index) else { return Answer::Refused(&[404, 409]) };
        let state = &self.orders[index].state;
        if state.status != OrderStatus::NeedsAttention || state.attention[entry].1 != Reason::SoldOut {
            return Answer::Refused(&[409]);
        }
        let wanted = state.wanted;
        let missing = both(|seat| match wanted[seat] {
            0 => 0,
            count => (count - self.remaining(seat).min(self.to_be_had(seat))).max(0),
        });
        for (quota, missing) in self.quota.iter_mut().zip(missing) {
            *quota += missing;
        }
        self.orders[index].state.attention[entry].2 = Some(Decided::MoreSeats);
        self.confirm(index);
        Answer::Done(200)
    }
}
