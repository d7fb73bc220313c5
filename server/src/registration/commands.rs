//! The commands of this room: each loads what it decides by, asks the rules, and appends.

use std::time::Duration;

use async_trait::async_trait;
use plenary_shared::format::Locale;
use plenary_shared::registration::{Person, SeatQuantity};
use plenary_shared::{Money, OrderId, PaymentId, Problem};

use super::catalogue::Catalogue;
use super::order::{self, HolderId, Order};
use super::problems::invalid_input;
use super::promo_code_counter::decide_with_codes;
use super::promo_codes::{self, Chosen};
use super::seat_assignments::{self, SeatAssignments};
use super::wait_list::WaitList;
use crate::messaging::{Claim, Command, Failure, Outcome, UnitOfWork};
use crate::personal::Personal;

/// The directory of orders: order id → conference.
pub const ORDERS: &str = "order";

/// How much longer an extension lets an order live.
pub const EXTENSION: Duration = Duration::from_mins(10);

/// Places an order: prices it and reserves what can be had.
#[derive(Debug)]
pub struct RegisterToConference {
    pub order_id: OrderId,
    pub seats: Vec<SeatQuantity>,
    pub promo_codes: Vec<String>,
    pub expected_total: Option<Money>,
    pub holder: HolderId,
}

#[async_trait]
impl Command for RegisterToConference {
    fn name(&self) -> &'static str {
        "RegisterToConference"
    }

    fn claims(&self) -> Vec<Claim> {
        vec![Claim { kind: ORDERS, entry: self.order_id.0.as_bytes().to_vec() }]
    }

    async fn run(&self, work: &mut UnitOfWork<'_>) -> Result<Outcome, Failure> {
        work.correlate(self.order_id.0);
        // While it is known without looking that there are none: they are asked for when the order is confirmed.
        work.load::<SeatAssignments>(self.order_id.0).await?;
        let order = work.load::<Order>(self.order_id.0).await?;
        if order.terms().is_some() {
            self.compare(order)?;
            let version = work.version_of::<Order>(self.order_id.0).await?;
            return Ok(Outcome::new(200, self.order_id, version));
        }
        let conference_id = work.conference_id();
        let (now, access_code) = (work.now(), work.entropy().code::<6>());
        let catalogue = work.load::<Catalogue>(conference_id.0).await?;
        let (seats, chosen) = self.choose(catalogue)?;
        let expires_at = now + catalogue.reservation_shown();
        let place = order::Command::Place {
            conference_id,
            seats,
            promo_codes: chosen.iter().map(|it| it.code.clone()).collect(),
            currency: catalogue.currency(),
            expires_at,
            release_at: expires_at + catalogue.reservation_buffer(),
            access_code,
            holder: Some(self.holder.clone()),
        };
        let version = decide_with_codes(work, self.order_id, place, &chosen).await?;
        Ok(Outcome::new(201, self.order_id, version))
    }
}

impl RegisterToConference {
    /// A repeat asks for what was asked for at first.
    fn compare(&self, order: &Order) -> Result<(), Problem> {
        let chosen: Vec<_> = self.seats.iter().copied().filter(|seat| seat.quantity != 0).collect();
        if chosen != order.first_placed() {
            return Err(Problem::new(
                "order-exists",
                409,
                "An order with this id was placed with other seats.",
            ));
        }
        if promo_codes::names(&self.promo_codes) != order.first_promo_codes() {
            let title = "An order with this id was placed with other promotional codes.";
            return Err(Problem::new("order-exists", 409, title));
        }
        Ok(())
    }

    fn choose(&self, catalogue: &Catalogue) -> Result<(Vec<order::OrderedSeat>, Vec<Chosen>), Problem> {
        if !catalogue.published {
            return Err(not_on_sale(catalogue));
        }
        let seats = catalogue.order(&self.seats).map_err(invalid_input)?;
        let chosen = promo_codes::choose(&self.promo_codes, &catalogue.promo_codes, &[], &seats);
        let chosen = chosen.map_err(invalid_input)?;
        let codes: Vec<_> = chosen.iter().map(|it| it.code.clone()).collect();
        let total = order::price(&seats, &codes, catalogue.currency()).total;
        match self.expected_total {
            Some(expected) if expected != total => {
                let title = "The price has changed since it was shown.";
                Err(Problem::new("price-changed", 409, title)
                    .with_detail(format!("The total is {total} now.")))
            }
            _ => Ok((seats, chosen)),
        }
    }
}

/// What visitors of a conference that is not published are told.
pub fn not_on_sale(catalogue: &Catalogue) -> Problem {
    let mut problem = Problem::new("not-found", 404, "This conference could not be found.");
    problem.redirect_url.clone_from(&catalogue.redirect_url);
    problem
}

/// Asks an order for a decision and appends it. Gives the order's version after it.
///
/// # Errors
///
/// When a rule of the order forbids the command.
pub async fn decide_order(
    work: &mut UnitOfWork<'_>,
    order_id: OrderId,
    command: order::Command,
) -> Result<i64, Failure> {
    work.correlate(order_id.0);
    let order = work.load::<Order>(order_id.0).await?;
    let events = order::decide(order, command).map_err(Problem::from)?;
    Ok(work.append::<Order>(order_id.0, events).await?)
}

macro_rules! order_command {
    ($(#[$doc:meta])* $name:ident { $($field:ident: $kind:ty),* $(,)? } => |$self:ident, $work:ident| $command:expr) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name {
            pub order_id: OrderId,
            $(pub $field: $kind,)*
        }

        #[async_trait]
        impl Command for $name {
            fn name(&self) -> &'static str {
                stringify!($name)
            }

            async fn run(&self, work: &mut UnitOfWork<'_>) -> Result<Outcome, Failure> {
                let command = {
                    let ($self, $work) = (self, &*work);
                    $command
                };
                let version = decide_order(work, self.order_id, command).await?;
                Ok(Outcome::new(200, self.order_id, version))
            }
        }
    };
}

order_command! {
    /// Says who registers.
    AssignRegistrantDetails { registrant: Person, language: Option<Locale> } => |it, work|
    order::Command::AssignRegistrant {
        registrant: Personal::new(it.registrant.clone()),
        language: it.language,
        now: work.now(),
    }
}

order_command! {
    /// Confirms an order that costs nothing.
    ConfirmOrder {} => |_it, work| order::Command::ConfirmFree { now: work.now() }
}

order_command! {
    /// Gives the seats back.
    ReleaseOrder {} => |_it, _work| order::Command::Cancel
}

order_command! {
    /// Asks for more time, once.
    ExtendReservation {} => |_it, work| order::Command::ExtendExpiration { now: work.now(), by: EXTENSION }
}

order_command! {
    /// Makes somebody who has proved it a holder of the order.
    AddHolder { holder: HolderId } => |it, _work| order::Command::AddHolder { holder: it.holder.clone() }
}

/// Makes everybody who is named in an order unreadable, for ever.
#[derive(Debug)]
pub struct ErasePersonalData {
    pub order_id: OrderId,
    pub by: order::ErasedBy,
}

#[async_trait]
impl Command for ErasePersonalData {
    fn name(&self) -> &'static str {
        "ErasePersonalData"
    }

    async fn run(&self, work: &mut UnitOfWork<'_>) -> Result<Outcome, Failure> {
        let conference_id = work.conference_id();
        let order = work.load::<Order>(self.order_id.0).await?;
        // Orders of other conferences can lie in the same shard.
        if order.terms().is_none_or(|terms| terms.conference_id != conference_id) {
            return Err(Problem::from(order::Refusal::NotPlaced).into());
        }
        let command = order::Command::ErasePersonalData { now: work.now(), by: self.by };
        let version = decide_order(work, self.order_id, command).await?;
        Ok(Outcome::new(200, self.order_id, version))
    }
}

/// Asks for other seats in place of those that the order has.
#[derive(Debug)]
pub struct ChangeSeats {
    pub order_id: OrderId,
    pub seats: Vec<SeatQuantity>,
    pub promo_codes: Vec<String>,
}

#[async_trait]
impl Command for ChangeSeats {
    fn name(&self) -> &'static str {
        "ChangeSeats"
    }

    async fn run(&self, work: &mut UnitOfWork<'_>) -> Result<Outcome, Failure> {
        let list = work.load::<WaitList>(work.conference_id().0).await?;
        list.check_change(self.order_id, &self.seats).map_err(Problem::from)?;
        let order = work.load::<Order>(self.order_id.0).await?;
        let kept = order.terms().map(|terms| terms.promo_codes.clone()).unwrap_or_default();
        let catalogue = work.load::<Catalogue>(work.conference_id().0).await?;
        let seats = catalogue.order(&self.seats).map_err(invalid_input)?;
        let chosen = promo_codes::choose(&self.promo_codes, &catalogue.promo_codes, &kept, &seats);
        let chosen = chosen.map_err(invalid_input)?;
        let promo_codes = chosen.iter().map(|it| it.code.clone()).collect();
        let command = order::Command::ChangeSeats { seats, promo_codes, now: work.now() };
        let version = decide_with_codes(work, self.order_id, command, &chosen).await?;
        Ok(Outcome::new(200, self.order_id, version))
    }
}

/// Starts a payment, or gives the one that is open already.
#[derive(Debug)]
pub struct StartPayment {
    pub order_id: OrderId,
}

#[async_trait]
impl Command for StartPayment {
    fn name(&self) -> &'static str {
        "StartPayment"
    }

    async fn run(&self, work: &mut UnitOfWork<'_>) -> Result<Outcome, Failure> {
        let open = work.load::<Order>(self.order_id.0).await?.open_payment();
        let payment_id = open.unwrap_or_else(|| PaymentId(work.new_id()));
        let command = order::Command::StartPayment { payment_id, now: work.now() };
        let version = decide_order(work, self.order_id, command).await?;
        Ok(Outcome::new(if open.is_some() { 200 } else { 201 }, payment_id, version))
    }
}

/// Seats an attendee, or nobody any more.
#[derive(Debug)]
pub struct AssignSeat {
    pub order_id: OrderId,
    pub position: i64,
    /// `None` leaves the seat empty.
    pub attendee: Option<Person>,
}

#[async_trait]
impl Command for AssignSeat {
    fn name(&self) -> &'static str {
        if self.attendee.is_some() { "AssignSeat" } else { "UnassignSeat" }
    }

    async fn run(&self, work: &mut UnitOfWork<'_>) -> Result<Outcome, Failure> {
        work.correlate(self.order_id.0);
        let position = self.position;
        let command = match &self.attendee {
            Some(attendee) => {
                seat_assignments::Command::AssignSeat { position, attendee: Personal::new(attendee.clone()) }
            }
            None => seat_assignments::Command::UnassignSeat { position },
        };
        let assignments = work.load::<SeatAssignments>(self.order_id.0).await?;
        let events = seat_assignments::decide(assignments, command).map_err(Problem::from)?;
        let version = work.append::<SeatAssignments>(self.order_id.0, events).await?;
        Ok(Outcome::new(200, self.order_id, version))
    }
}
