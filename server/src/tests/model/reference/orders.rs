//! What becomes of an order until it is over.

use super::super::steps::Codes;
use super::{Answer, Broken, EXTENSION_MS, OPEN, OVER, Payment, Reference, both, codes, is_order};
use plenary_shared::registration::OrderStatus;

impl Reference {
    pub(super) fn register(&mut self, index: usize, person: u8) -> Answer {
        if self.orders[index].state.erased && !self.breaks(Broken::TheErasedAreNamedAgain) {
            return Answer::Refused(&[409]);
        }
        self.orders[index].state.person = Some(person);
        Answer::Done(200)
    }

    /// Nobody is named in it any more, and nobody will be; everything else stays as it is.
    pub(super) fn erase(&mut self, index: usize) -> Answer {
        let state = &mut self.orders[index].state;
        (state.erased, state.person) = (true, None);
        state.seats.iter_mut().flatten().for_each(|seat| *seat = None);
        Answer::Done(200)
    }

    /// Whether what is shown as its time is over.
    fn time_is_up(&self, index: usize) -> bool {
        self.now_ms > self.orders[index].state.expires_at_ms
    }

    /// As many of these as can be had, beside what the order holds already.
    pub(super) fn obtainable(&self, index: usize, wanted: [i64; 2]) -> [i64; 2] {
        both(|seat| wanted[seat].min(self.to_be_had(seat) + self.orders[index].state.held[seat]))
    }

    pub(super) fn change_seats(&mut self, index: usize, wanted: [i64; 2], codes: Codes) -> Answer {
        if !self.may_be_instead(index, wanted) {
            return Answer::Refused(&[409]);
        }
        let stays = match self.orders[index].state.status {
            status if !OPEN.contains(&status) => Some(OVER),
            OrderStatus::PaymentPending => Some(Answer::Refused(&[409])),
            _ if self.time_is_up(index) => Some(Answer::Refused(&[410])),
            _ => None,
        };
        let kept = self.orders[index].codes.clone();
        let codes = self.choose(wanted, codes, &kept).filter(|_| is_order(wanted));
        let codes = match (codes, stays) {
            (Some(codes), None) => codes,
            (None, None) => return Answer::Refused(&[422]),
            (Some(_), Some(refused)) => return refused,
            (None, Some(_)) => return Answer::Refused(&[409, 410, 422]),
        };
        let held = self.obtainable(index, wanted);
        let prices = both(|seat| match self.orders[index].state.wanted[seat] {
            0 => self.price[seat],
            _ => self.orders[index].prices[seat],
        });
        let order = &mut self.orders[index];
        (order.prices, order.state.codes, order.codes) = (prices, codes::which(&codes), codes);
        let state = &mut order.state;
        (state.wanted, state.held) = (wanted, held);
        state.status = if held == wanted { OrderStatus::Reserved } else { OrderStatus::PartiallyReserved };
        self.orders[index].state.due = self.due(index);
        self.serve();
        Answer::Done(200)
    }

    pub(super) fn pay(&mut self, index: usize) -> Answer {
        let status = self.orders[index].state.status;
        if status == OrderStatus::PaymentPending {
            return Answer::Done(200);
        }
        if self.time_is_up(index) {
            return Answer::Refused(&[410]);
        }
        let state = &mut self.orders[index].state;
        if status != OrderStatus::Reserved || state.person.is_none() || state.due == 0 {
            return Answer::Refused(&[409]);
        }
        state.status = OrderStatus::PaymentPending;
        let total = state.due;
        self.orders[index].open_payment = Some(self.payments.len());
        self.payments.push(Payment { order: index, total, rejected: false, completed: false });
        Answer::Done(201)
    }

    pub(super) fn confirm_free(&mut self, index: usize) -> Answer {
        let state = &self.orders[index].state;
        if state.status == OrderStatus::PaymentPending {
            return Answer::Refused(&[409]);
        }
        if self.time_is_up(index) {
            return Answer::Refused(&[410]);
        }
        if state.due != 0 || state.status != OrderStatus::Reserved || state.person.is_none() {
            return Answer::Refused(&[409]);
        }
        self.confirm(index);
        Answer::Done(200)
    }

    pub(super) fn confirm(&mut self, index: usize) {
        let state = &mut self.orders[index].state;
        (state.status, state.held) = (OrderStatus::Confirmed, [0, 0]);
        let count = usize::try_from(state.wanted[0] + state.wanted[1]).unwrap_or(0);
        state.seats = Some(vec![None; count]);
        let taken = state.wanted;
        for (sold, taken) in self.sold.iter_mut().zip(taken) {
            *sold += taken;
        }
        self.close_offer(index, taken[0] + taken[1]);
    }

    pub(super) fn extend(&mut self, index: usize) -> Answer {
        let twice = self.breaks(Broken::MoreTimeTwice);
        let order = &mut self.orders[index];
        if order.extended && !twice {
            return Answer::Refused(&[409]);
        }
        let until = order.state.expires_at_ms.max(self.now_ms) + EXTENSION_MS;
        order.release_at_ms += until - order.state.expires_at_ms;
        (order.state.expires_at_ms, order.extended) = (until, true);
        self.extend_offer(index, until);
        Answer::Done(200)
    }

    pub(super) fn seat(&mut self, index: usize, position: i64, person: Option<u8>) -> Answer {
        let state = &mut self.orders[index].state;
        let Some(seats) = &mut state.seats else { return Answer::Refused(&[409]) };
        let seat = usize::try_from(position).ok().and_then(|position| seats.get_mut(position));
        let Some(seat) = seat else { return Answer::Refused(&[404]) };
        if state.erased && person.is_some() {
            return Answer::Refused(&[409]);
        }
        *seat = person;
        Answer::Done(200)
    }
}
