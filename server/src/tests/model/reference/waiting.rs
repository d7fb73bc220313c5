//! The wait list: who waits, and what was offered.

use super::{Answer, Broken, MOST_SEATS, Reference, SECOND_MS};
use plenary_shared::registration::OrderStatus;

/// How long an offer stands.
pub const OFFER_S: i64 = 20 * 60;

/// Somebody who waits or has an open offer, as everybody can see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    pub email: u8,
    pub seat_type: usize,
    pub wanted: i64,
    pub accepted: i64,
    pub passed_on: i64,
    pub offers: Vec<Offer>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer {
    pub order: usize,
    pub seats: i64,
    pub until_ms: i64,
}

#[derive(Debug, Clone)]
pub(super) struct Entry {
    it: Waiting,
    /// Who joined, and alone may say anew how many seats are wanted.
    person: u8,
    left: bool,
}

impl Entry {
    pub(super) fn waiting(&self) -> Waiting {
        self.it.clone()
    }

    fn waits_for(&self) -> i64 {
        let offered: i64 = self.it.offers.iter().map(|offer| offer.seats).sum();
        if self.left { 0 } else { (self.it.wanted - self.it.accepted - self.it.passed_on - offered).max(0) }
    }
}

/// Two people have the same address.
pub const fn email_of(person: u8) -> u8 {
    if person > 2 { 2 } else { person }
}

impl Reference {
    /// The entry that a step names.
    pub fn entry(&self, entry: usize) -> Option<usize> {
        (!self.entries.is_empty()).then(|| entry % self.entries.len())
    }

    /// The seats of a type that nobody waits for.
    pub(super) fn to_be_had(&self, seat: usize) -> i64 {
        let line = self.line.iter().map(|entry| &self.entries[*entry]).filter(|it| it.it.seat_type == seat);
        let awaited: i64 = line.map(Entry::waits_for).sum();
        let kept = if self.breaks(Broken::HiddenSeatsAreAnybodys) { 0 } else { awaited };
        (self.remaining(seat) - kept).max(0)
    }

    pub(super) fn join(&mut self, person: u8, seat_type: usize, wanted: i64) -> Answer {
        if !self.published {
            return Answer::Refused(&[404]);
        }
        if !(1..=MOST_SEATS).contains(&wanted) {
            return Answer::Refused(&[422]);
        }
        let email = email_of(person);
        let is_hers = |entry: &&usize| {
            self.entries[**entry].it.email == email && self.entries[**entry].it.seat_type == seat_type
        };
        if let Some(entry) = self.line.iter().find(is_hers).copied() {
            self.say_anew(entry, person, wanted);
            return Answer::Done(200);
        }
        if self.remaining(seat_type) >= wanted {
            return Answer::Refused(&[409]);
        }
        self.line.push(self.entries.len());
        let it = Waiting { email, seat_type, wanted, accepted: 0, passed_on: 0, offers: Vec::new() };
        self.entries.push(Entry { it, person, left: false });
        self.serve();
        Answer::Done(201)
    }

    /// Fewer seats keep the place, more go to the end; a stranger says nothing.
    fn say_anew(&mut self, entry: usize, person: u8, wanted: i64) {
        let it = &mut self.entries[entry];
        if it.person != person {
            return;
        }
        let more = wanted > it.it.wanted;
        it.it.wanted = wanted;
        if more {
            self.line.retain(|other| *other != entry);
            self.line.push(entry);
        }
        self.tidy();
        self.serve();
    }

    pub(super) fn leave(&mut self, entry: usize) -> Answer {
        let Some(entry) = self.entry(entry) else { return Answer::Nothing };
        if self.line.contains(&entry) {
            self.entries[entry].left = true;
            let offers = std::mem::take(&mut self.entries[entry].it.offers);
            self.tidy();
            for offer in offers {
                self.end(offer.order, OrderStatus::Cancelled);
            }
            self.serve();
        }
        Answer::Done(200)
    }

    /// Whoever waits for nothing and is offered nothing is on the list no more.
    fn tidy(&mut self) {
        let entries = &self.entries;
        self.line.retain(|entry| entries[*entry].waits_for() > 0 || !entries[*entry].it.offers.is_empty());
    }

    /// Offers what is free, type by type, to those who wait for it, one after the other.
    pub(super) fn serve(&mut self) {
        for seat in 0..2 {
            while let Some(entry) =
                self.next_in_line(seat).filter(|_| self.published && self.remaining(seat) > 0)
            {
                let waits_for = self.entries[entry].waits_for();
                let seats = waits_for.min(self.remaining(seat));
                let offer =
                    Offer { order: self.orders.len(), seats, until_ms: self.now_ms + OFFER_S * SECOND_MS };
                self.entries[entry].it.offers.push(offer);
                self.offer(seat, seats);
                if seats < waits_for && self.breaks(Broken::PartialOffersLosePlaces) {
                    self.line.retain(|other| *other != entry);
                    self.line.push(entry);
                }
            }
        }
    }

    fn next_in_line(&self, seat: usize) -> Option<usize> {
        let waits =
            |entry: &usize| self.entries[*entry].it.seat_type == seat && self.entries[*entry].waits_for() > 0;
        self.line.iter().copied().find(waits)
    }

    /// The order that holds what is offered: whoever is offered seats comes before those who wait.
    fn offer(&mut self, seat: usize, seats: i64) {
        let mut wanted = [0, 0];
        wanted[seat] = seats;
        self.put(wanted, Vec::new(), OFFER_S * SECOND_MS);
        if let Some(order) = self.orders.last_mut() {
            (order.state.held, order.state.status) = (wanted, OrderStatus::Reserved);
        }
    }

    fn offer_of(&mut self, order: usize) -> Option<(&mut Waiting, usize)> {
        self.entries.iter_mut().find_map(|entry| {
            let index = entry.it.offers.iter().position(|offer| offer.order == order)?;
            Some((&mut entry.it, index))
        })
    }

    /// Of what was offered with an order so many seats were taken; the rest is passed on.
    pub(super) fn close_offer(&mut self, order: usize, taken: i64) {
        let Some((it, index)) = self.offer_of(order) else { return };
        let offer = it.offers.remove(index);
        it.accepted += taken;
        it.passed_on += offer.seats - taken;
        self.tidy();
    }

    pub(super) fn extend_offer(&mut self, order: usize, until_ms: i64) {
        if let Some((it, index)) = self.offer_of(order) {
            it.offers[index].until_ms = until_ms;
        }
    }

    /// An order that is on offer may have fewer of the seats that were offered, and no others.
    pub(super) fn may_be_instead(&mut self, order: usize, wanted: [i64; 2]) -> bool {
        let Some((it, index)) = self.offer_of(order) else { return true };
        wanted[it.seat_type] <= it.offers[index].seats && wanted[1 - it.seat_type] == 0
    }
}
