//! What an order is at any moment, folded from its events.

use std::collections::BTreeSet;

use plenary_shared::format::Locale;
use plenary_shared::pricing::{self, AppliedCode, UnitPrice};
use plenary_shared::registration::{Discount, OrderStatus, Person, SeatQuantity};
use plenary_shared::{ConferenceId, Currency, Money, PaymentId, Timestamp};
use serde::{Deserialize, Serialize};

use super::{AttentionReason, Event, HolderId, OrderLine, OrderedSeat};
use crate::personal::Personal;

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Order {
    #[default]
    NotPlaced,
    /// Asked for, and what could be held is not known yet; also after its seats were changed.
    Placed(Terms),
    PartiallyReserved(Terms),
    Reserved(Terms),
    PaymentPending {
        terms: Terms,
        payment_id: PaymentId,
    },
    Confirmed {
        terms: Terms,
        /// `None` when it was free of charge.
        payment_id: Option<PaymentId>,
    },
    Expired(Terms),
    Cancelled(Terms),
    /// Charged for, without seats; a person decides.
    NeedsAttention(Terms),
    /// A person decided to give back everything that was charged.
    Refunded(Terms),
}

/// What an order has in every situation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    pub conference_id: ConferenceId,
    pub currency: Currency,
    pub access_code: String,
    /// What is asked for.
    pub seats: Vec<OrderedSeat>,
    /// What was asked for at first.
    pub first_placed: Vec<SeatQuantity>,
    /// In alphabetical order, each with its rule as it was when the order took it.
    #[serde(default)]
    pub promo_codes: Vec<AppliedCode>,
    /// The codes asked for at first, in alphabetical order.
    #[serde(default)]
    pub first_promo_codes: Vec<String>,
    /// What is held, as far as the order knows; at last what was held when it ended.
    pub reserved: Vec<SeatQuantity>,
    pub lines: Vec<OrderLine>,
    #[serde(default)]
    pub discounts: Vec<Discount>,
    pub total: Money,
    /// Everything requested is held and costs nothing.
    pub free: bool,
    /// What is shown.
    pub expires_at: Timestamp,
    /// When the seats are released.
    pub release_at: Timestamp,
    pub extended: bool,
    pub holders: BTreeSet<HolderId>,
    pub registrant: Option<Personal<Person>>,
    /// The language that the registrant was spoken to in, as far as it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Locale>,
    /// When personal data was erased. Nobody can be named from then on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erased_at: Option<Timestamp>,
    pub attention: Vec<Attention>,
}

/// A charge that a person must decide about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attention {
    pub payment_id: PaymentId,
    pub reason: AttentionReason,
    pub amount: Money,
    /// `None` while it waits for a decision.
    #[serde(default)]
    pub resolution: Option<Resolution>,
}

/// What a person decided about a charge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Resolution {
    /// The money goes back; the processor has not confirmed it yet.
    RefundDecided,
    /// The money is back.
    Refunded,
    /// More seats were offered, so that the order has its own.
    QuotaOverridden,
}

impl std::fmt::Display for Resolution {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::RefundDecided => "the money is on its way back",
            Self::Refunded => "the money was given back",
            Self::QuotaOverridden => "more seats were offered for it",
        })
    }
}

impl Order {
    /// What it has in every situation; `None` before it is placed.
    pub const fn terms(&self) -> Option<&Terms> {
        match self {
            Self::NotPlaced => None,
            Self::Placed(terms)
            | Self::PartiallyReserved(terms)
            | Self::Reserved(terms)
            | Self::PaymentPending { terms, .. }
            | Self::Confirmed { terms, .. }
            | Self::Expired(terms)
            | Self::Cancelled(terms)
            | Self::NeedsAttention(terms)
            | Self::Refunded(terms) => Some(terms),
        }
    }

    /// Where it stands.
    pub const fn status(&self) -> OrderStatus {
        match self {
            Self::NotPlaced | Self::Placed(_) => OrderStatus::Pending,
            Self::PartiallyReserved(_) => OrderStatus::PartiallyReserved,
            Self::Reserved(_) => OrderStatus::Reserved,
            Self::PaymentPending { .. } => OrderStatus::PaymentPending,
            Self::Confirmed { .. } => OrderStatus::Confirmed,
            Self::Expired(_) => OrderStatus::Expired,
            Self::Cancelled(_) => OrderStatus::Cancelled,
            Self::NeedsAttention(_) => OrderStatus::NeedsAttention,
            Self::Refunded(_) => OrderStatus::Refunded,
        }
    }

    /// The payment that has neither completed nor been rejected.
    pub const fn open_payment(&self) -> Option<PaymentId> {
        match self {
            Self::PaymentPending { payment_id, .. } => Some(*payment_id),
            _ => None,
        }
    }

    /// The promotional codes that count as used by it: those of every order that has, or may yet have, its seats.
    pub fn promo_codes_in_use(&self) -> &[AppliedCode] {
        match self {
            Self::Placed(terms)
            | Self::PartiallyReserved(terms)
            | Self::Reserved(terms)
            | Self::PaymentPending { terms, .. }
            | Self::Confirmed { terms, .. } => &terms.promo_codes,
            Self::NotPlaced
            | Self::Expired(_)
            | Self::Cancelled(_)
            | Self::NeedsAttention(_)
            | Self::Refunded(_) => &[],
        }
    }

    /// Whether its seats were released, so that a payment comes late.
    pub(super) const fn has_ended(&self) -> bool {
        matches!(self, Self::Expired(_) | Self::Cancelled(_) | Self::NeedsAttention(_) | Self::Refunded(_))
    }

    /// What was asked for at first, to tell a repeat of the same request from another one.
    pub fn first_placed(&self) -> &[SeatQuantity] {
        self.terms().map_or(&[], |terms| &terms.first_placed)
    }

    /// The codes that were asked for at first.
    pub fn first_promo_codes(&self) -> &[String] {
        self.terms().map_or(&[], |terms| &terms.first_promo_codes)
    }
}

impl Order {
    fn into_terms(self) -> Option<Terms> {
        match self {
            Self::NotPlaced => None,
            Self::Placed(terms)
            | Self::PartiallyReserved(terms)
            | Self::Reserved(terms)
            | Self::PaymentPending { terms, .. }
            | Self::Confirmed { terms, .. }
            | Self::Expired(terms)
            | Self::Cancelled(terms)
            | Self::NeedsAttention(terms)
            | Self::Refunded(terms) => Some(terms),
        }
    }

    const fn terms_mut(&mut self) -> Option<&mut Terms> {
        match self {
            Self::NotPlaced => None,
            Self::Placed(terms)
            | Self::PartiallyReserved(terms)
            | Self::Reserved(terms)
            | Self::PaymentPending { terms, .. }
            | Self::Confirmed { terms, .. }
            | Self::Expired(terms)
            | Self::Cancelled(terms)
            | Self::NeedsAttention(terms)
            | Self::Refunded(terms) => Some(terms),
        }
    }

    /// The same situation, other terms.
    fn with(mut self, change: impl FnOnce(&mut Terms)) -> Self {
        if let Some(terms) = self.terms_mut() {
            change(terms);
        }
        self
    }

    /// Another situation, the same terms.
    fn turned(self, situation: impl FnOnce(Terms) -> Self) -> Self {
        self.into_terms().map_or(Self::NotPlaced, situation)
    }
}

impl Terms {
    /// What is asked for.
    pub fn requested(&self) -> Vec<SeatQuantity> {
        quantities(&self.seats)
    }

    /// Whether the money of this payment is back, or on its way there.
    pub fn is_given_back(&self, payment_id: PaymentId) -> bool {
        let given_back =
            |it: &Attention| matches!(it.resolution, Some(Resolution::RefundDecided | Resolution::Refunded));
        self.attention.iter().any(|it| it.payment_id == payment_id && given_back(it))
    }

    /// One decision settles a charge, for however many reasons it was listed.
    fn resolve(&mut self, payment_id: PaymentId, resolution: Resolution) {
        let undecided = |it: &&mut Attention| it.payment_id == payment_id && it.resolution.is_none();
        self.attention.iter_mut().filter(undecided).for_each(|it| it.resolution = Some(resolution));
    }

    /// What was decided to be given back has arrived.
    fn given_back(&mut self, payment_id: PaymentId) {
        let on_its_way = |it: &&mut Attention| {
            it.payment_id == payment_id && it.resolution == Some(Resolution::RefundDecided)
        };
        self.attention
            .iter_mut()
            .filter(on_its_way)
            .for_each(|it| it.resolution = Some(Resolution::Refunded));
    }

    /// The price of all that is asked for, less what its codes take off.
    pub fn due(&self) -> Money {
        self.price_of(&self.requested()).total
    }

    /// What so many of its seats cost, less what its codes take off.
    pub fn price_of(&self, held: &[SeatQuantity]) -> Totals {
        let quantity = |seat: &OrderedSeat| {
            let held = held.iter().find(|it| it.seat_type_id == seat.seat_type_id);
            held.map_or(0, |it| it.quantity.min(seat.quantity))
        };
        let seats: Vec<_> = self
            .seats
            .iter()
            .map(|seat| OrderedSeat { quantity: quantity(seat), ..seat.clone() })
            .filter(|seat| seat.quantity > 0)
            .collect();
        price(&seats, &self.promo_codes, self.currency)
    }

    /// What it says that it costs.
    pub fn totals(&self) -> Totals {
        let Self { lines, discounts, total, .. } = self;
        Totals { lines: lines.clone(), discounts: discounts.clone(), total: *total }
    }
}

/// Names and prices put aside.
pub fn quantities(seats: &[OrderedSeat]) -> Vec<SeatQuantity> {
    let quantity =
        |seat: &OrderedSeat| SeatQuantity { seat_type_id: seat.seat_type_id, quantity: seat.quantity };
    seats.iter().map(quantity).collect()
}

/// The price of some seats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Totals {
    pub lines: Vec<OrderLine>,
    /// One per promotional code.
    pub discounts: Vec<Discount>,
    pub total: Money,
}

/// The price of `seats`, less what `codes` take off.
pub fn price(seats: &[OrderedSeat], codes: &[AppliedCode], currency: Currency) -> Totals {
    let prices: Vec<UnitPrice> = seats
        .iter()
        .map(|seat| UnitPrice { seat_type_id: seat.seat_type_id, price: seat.unit_price })
        .collect();
    let whole = pricing::price(&quantities(seats), &prices, currency)
        .expect("every ordered seat brings its own price")
        .less(codes);
    let lines = whole.lines.into_iter().map(OrderLine::from).collect();
    Totals { lines, discounts: whole.discounts, total: whole.total }
}

impl From<pricing::Line> for OrderLine {
    fn from(line: pricing::Line) -> Self {
        let pricing::Line { seat_type_id, quantity, unit_price, line_total, discount } = line;
        Self { seat_type_id, quantity, unit_price, line_total, discount }
    }
}

/// Folds one recorded event into the state. Never fails and never decides.
#[must_use]
pub fn evolve(order: Order, event: &Event) -> Order {
    match event {
        Event::OrderPlaced { .. } => placed(event).map_or(order, Order::Placed),
        Event::OrderTotalsCalculated { lines, discounts, total, free } => order.with(|terms| {
            terms.lines.clone_from(lines);
            terms.discounts.clone_from(discounts);
            terms.total = *total;
            terms.free = *free;
        }),
        Event::OrderSeatsChanged { seats, promo_codes } => order
            .with(|terms| {
                terms.seats.clone_from(seats);
                terms.promo_codes.clone_from(promo_codes);
            })
            .turned(Order::Placed),
        Event::OrderPromoCodesChanged { promo_codes } => {
            order.with(|terms| terms.promo_codes.clone_from(promo_codes))
        }
        Event::OrderPartiallyReserved { reserved } => {
            order.with(|terms| terms.reserved.clone_from(reserved)).turned(Order::PartiallyReserved)
        }
        Event::OrderReservationCompleted { reserved } => {
            order.with(|terms| terms.reserved.clone_from(reserved)).turned(Order::Reserved)
        }
        Event::OrderHolderAdded { holder } => order.with(|terms| {
            terms.holders.insert(holder.clone());
        }),
        Event::OrderRegistrantAssigned { registrant, language } => order.with(|terms| {
            terms.registrant = Some(registrant.clone());
            terms.language = language.or(terms.language);
        }),
        Event::OrderPaymentStarted { payment_id, .. } => {
            order.turned(|terms| Order::PaymentPending { terms, payment_id: *payment_id })
        }
        Event::OrderPaymentRejected { .. } => order.turned(Order::Reserved),
        Event::OrderConfirmed { payment_id, seats, .. } => order
            .with(|terms| terms.reserved.clone_from(seats))
            .turned(|terms| Order::Confirmed { terms, payment_id: *payment_id }),
        Event::OrderExpirationExtended { expires_at, release_at } => order.with(|terms| {
            terms.expires_at = *expires_at;
            terms.release_at = *release_at;
            terms.extended = true;
        }),
        Event::OrderExpired { .. } => order.turned(Order::Expired),
        Event::OrderCancelled { .. } => order.turned(Order::Cancelled),
        Event::OrderNeedsAttention { payment_id, reason, amount } => {
            let attention =
                Attention { payment_id: *payment_id, reason: *reason, amount: *amount, resolution: None };
            needing_attention(order.with(|terms| terms.attention.push(attention)))
        }
        Event::OrderRefundDecided { payment_id, .. } => {
            given_back(order.with(|terms| terms.resolve(*payment_id, Resolution::RefundDecided)))
        }
        Event::OrderPaymentRefunded { payment_id, .. } => order.with(|terms| terms.given_back(*payment_id)),
        Event::OrderQuotaOverridden { payment_id, .. } => {
            order.with(|terms| terms.resolve(*payment_id, Resolution::QuotaOverridden))
        }
        Event::OrderPersonalDataErased { erased_at, .. } => order.with(|terms| {
            terms.registrant = None;
            terms.erased_at = Some(*erased_at);
        }),
    }
}

/// An order is refunded when no other charge of it waits for a decision; a confirmed one keeps its seats.
fn given_back(order: Order) -> Order {
    match order {
        Order::NeedsAttention(terms) if terms.attention.iter().all(|it| it.resolution.is_some()) => {
            Order::Refunded(terms)
        }
        order => order,
    }
}

/// A confirmed order keeps its seats, whatever else is charged for it.
fn needing_attention(order: Order) -> Order {
    match order {
        Order::Confirmed { .. } => order,
        order => order.turned(Order::NeedsAttention),
    }
}

fn placed(event: &Event) -> Option<Terms> {
    let Event::OrderPlaced {
        conference_id,
        seats,
        promo_codes,
        currency,
        expires_at,
        release_at,
        access_code,
        holder,
    } = event
    else {
        return None;
    };
    Some(Terms {
        conference_id: *conference_id,
        currency: *currency,
        access_code: access_code.clone(),
        seats: seats.clone(),
        first_placed: quantities(seats),
        promo_codes: promo_codes.clone(),
        first_promo_codes: promo_codes.iter().map(|it| it.code.clone()).collect(),
        reserved: vec![],
        lines: vec![],
        discounts: vec![],
        total: Money::zero(*currency),
        free: false,
        expires_at: *expires_at,
        release_at: *release_at,
        extended: false,
        holders: holder.iter().cloned().collect(),
        registrant: None,
        language: None,
        erased_at: None,
        attention: vec![],
    })
}
