//! Steps turned into the commands that serve.

use std::sync::Arc;
use std::time::Duration;

use plenary_shared::conference::{SeatTypeInput, Unpublish};
use plenary_shared::payments::{PaymentCallback, PaymentOutcome};
use plenary_shared::promo_codes::{Combines, DiscountRule, PromoCodeInput};
use plenary_shared::registration::{AttentionResolution, SeatQuantity};
use plenary_shared::{Currency, Money, OrderId, SeatTypeId};

use super::run::{Asked, Player, person};
use super::steps::{CODES, CodeRule, Codes, Step, Takes};
use crate::clock::Entropy;
use crate::conference::contracts as management;
use crate::conference::{
    CreatePromoCode, PublishConference, UnpublishConference, UpdatePromoCode, UpdateSeatType,
};
use crate::messaging::{Command, CommandId};
use crate::payments::HandleCallback;
use crate::personal::Personal;
use crate::registration::attention::ResolveAttention;
use crate::registration::commands::{
    AssignRegistrantDetails, AssignSeat, ChangeSeats, ConfirmOrder, ErasePersonalData, ExtendReservation,
    RegisterToConference, ReleaseOrder, StartPayment,
};
use crate::registration::order::{ErasedBy, HolderId};
use crate::registration::wait_list::Leaver;
use crate::registration::waiting::commands::{JoinWaitList, LeaveWaitList};

/// What the codes are called: in the order of their numbers.
pub const CODE_NAMES: [&str; CODES] = ["EARLY", "GIFT", "STAFF"];

fn codes_of(codes: Codes) -> Vec<String> {
    // Typed as people do.
    let typed = codes.iter().zip(CODE_NAMES).filter(|(wanted, _)| **wanted);
    typed.map(|(_, name)| name.to_lowercase()).collect()
}

impl Player {
    fn quantities(&self, seats: [i64; 2]) -> Vec<SeatQuantity> {
        let seat =
            |(&quantity, (id, _)): (&i64, &(SeatTypeId, _))| SeatQuantity { seat_type_id: *id, quantity };
        seats.iter().zip(&self.seats).map(seat).collect()
    }

    fn input(&self, seat_type: usize) -> SeatTypeInput {
        let management::Seat { name, description, price, quota, version, translations } =
            self.seats[seat_type].1.clone();
        SeatTypeInput { name, description, price, quota, translations, version: Some(version) }
    }

    fn update(&self, seat_type: usize, change: impl FnOnce(&mut SeatTypeInput)) -> Arc<dyn Command> {
        let mut input = self.input(seat_type);
        change(&mut input);
        Arc::new(UpdateSeatType { id: self.seats[seat_type].0, input })
    }

    /// The order that a step names.
    fn order(&self, number: usize) -> Option<OrderId> {
        self.reference.named(number).map(|index| self.placed[index])
    }

    /// What a step asks; `None` when nobody is asked. It looks at the reference as it was before the step.
    pub fn asked(&mut self, step: Step) -> Option<Asked> {
        if let Step::Again { nth } = step {
            return (!self.past.is_empty()).then(|| self.past[nth % self.past.len()].clone());
        }
        let command = self.command(step)?;
        Some(Asked { id: CommandId(Entropy.id(self.began)), command, status_before: None })
    }

    fn command(&mut self, step: Step) -> Option<Arc<dyn Command>> {
        Some(match step {
            Step::Wait(_) | Step::Restart | Step::Again { .. } => return None,
            Step::Place { seats, codes } => self.place(seats, codes),
            Step::SetCode { code, rule } => self.set_code(code, rule),
            Step::Join { person: number, seat_type, wanted } => Arc::new(JoinWaitList {
                email: Personal::new(person(number).email),
                seat_type_id: self.seats[seat_type].0,
                wanted,
                holder: HolderId(format!("browser {number}")),
                language: None,
            }),
            Step::Leave { entry, removed } => {
                let entry_id = self.entries[self.reference.entry(entry)?];
                let by = if removed { Leaver::Organizer } else { Leaver::Registrant };
                Arc::new(LeaveWaitList { entry_id, by })
            }
            Step::SetQuota { seat_type, quota } => self.update(seat_type, |input| input.quota = quota),
            Step::SetPrice { seat_type, price } => self.update(seat_type, |input| input.price.amount = price),
            Step::Publish => Arc::new(PublishConference),
            Step::Unpublish => Arc::new(UnpublishConference(Unpublish { redirect_url: None })),
            Step::CallBack { payment, completed, wrong_by } => {
                let payment = self.reference.payment(payment)?;
                self.call_back(payment, completed, wrong_by)
            }
            Step::CallBackAgain { nth } => {
                let callback = self.callbacks.get(nth % self.callbacks.len().max(1))?.clone();
                Arc::new(HandleCallback { callback })
            }
            by_order => return self.on_order(by_order),
        })
    }

    fn set_code(&self, code: usize, rule: CodeRule) -> Arc<dyn Command> {
        let known = self.codes[code];
        let discount = match rule.takes {
            Takes::Percent(percent) => DiscountRule::Percentage { percent },
            Takes::Amount(amount) => DiscountRule::Amount { amount: Money::new(amount, Currency::USD) },
        };
        let input = PromoCodeInput {
            code: CODE_NAMES[code].to_owned(),
            description: String::new(),
            discount,
            seat_type_ids: rule.scope.map(|seat_type| vec![self.seats[seat_type].0]),
            max_uses: rule.limit,
            combines: if rule.combines { Combines::All } else { Combines::None },
            active: rule.active,
            version: known.map(|(_, version)| version),
        };
        match known {
            Some((id, _)) => Arc::new(UpdatePromoCode { id, input }),
            None => Arc::new(CreatePromoCode(input)),
        }
    }

    /// An id that sorts after all that were made before this instant.
    fn order_id(&self) -> OrderId {
        let now = Duration::from_millis(u64::try_from(self.reference.now_ms()).unwrap_or(0));
        OrderId(Entropy.id(self.began + now))
    }

    fn place(&self, seats: [i64; 2], codes: Codes) -> Arc<dyn Command> {
        Arc::new(RegisterToConference {
            order_id: self.order_id(),
            seats: self.quantities(seats),
            promo_codes: codes_of(codes),
            expected_total: None,
            holder: HolderId("holder".to_owned()),
        })
    }

    fn call_back(&mut self, payment: usize, completed: bool, wrong_by: i64) -> Arc<dyn Command> {
        let callback = PaymentCallback {
            event_id: Entropy.id(self.began).to_string(),
            payment_id: self.payments[payment],
            outcome: if completed { PaymentOutcome::Completed } else { PaymentOutcome::Rejected },
            amount: self.reference.total_of(payment) + wrong_by,
            currency: Currency::USD,
            occurred_at: self.began,
        };
        self.callbacks.push(callback.clone());
        Arc::new(HandleCallback { callback })
    }

    fn on_order(&self, step: Step) -> Option<Arc<dyn Command>> {
        Some(match step {
            Step::ChangeSeats { order, seats, codes } => {
                let (order_id, seats) = (self.order(order)?, self.quantities(seats));
                Arc::new(ChangeSeats { order_id, seats, promo_codes: codes_of(codes) })
            }
            Step::ChangeCodes { order, codes } => {
                let seats = self.quantities(self.reference.wanted(self.reference.named(order)?));
                Arc::new(ChangeSeats { order_id: self.order(order)?, seats, promo_codes: codes_of(codes) })
            }
            Step::Register { order, person: number } => {
                let order_id = self.order(order)?;
                Arc::new(AssignRegistrantDetails { order_id, registrant: person(number), language: None })
            }
            Step::Pay { order } => Arc::new(StartPayment { order_id: self.order(order)? }),
            Step::ConfirmFree { order } => Arc::new(ConfirmOrder { order_id: self.order(order)? }),
            Step::Extend { order } => Arc::new(ExtendReservation { order_id: self.order(order)? }),
            Step::Cancel { order } => Arc::new(ReleaseOrder { order_id: self.order(order)? }),
            Step::Assign { order, position, person: number } => Arc::new(AssignSeat {
                order_id: self.order(order)?,
                position,
                attendee: Some(person(number)),
            }),
            Step::Unassign { order, position } => {
                Arc::new(AssignSeat { order_id: self.order(order)?, position, attendee: None })
            }
            Step::Erase { order } => {
                Arc::new(ErasePersonalData { order_id: self.order(order)?, by: ErasedBy::Organizer })
            }
            Step::Refund { order } => self.resolve(order, AttentionResolution::Refund)?,
            Step::Override { order } => self.resolve(order, AttentionResolution::OverrideQuota)?,
            _ => return None,
        })
    }

    fn resolve(&self, order: usize, resolution: AttentionResolution) -> Option<Arc<dyn Command>> {
        Some(Arc::new(ResolveAttention { order_id: self.order(order)?, resolution, payment_id: None }))
    }
}
