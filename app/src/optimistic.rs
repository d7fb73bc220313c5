//! The order as the browser expects it until the server has decided, and how the two become one.
//!
//! Pure: the clock, the id and the randomness are passed in.

use plenary_shared::conference::Conference;
use plenary_shared::pricing::{self, UnitPrice};
use plenary_shared::registration::{Order, OrderConference, OrderSeat, OrderStatus, SeatQuantity};
use plenary_shared::{OrderId, Timestamp};

/// The longest pause between two tries, in milliseconds.
const LONGEST_PAUSE_MS: f64 = 15_000.0;

/// The order that the server will make if everything can be had; `None` when a seat type is unknown here.
pub fn expected(
    id: OrderId,
    conference: &Conference,
    seats: &[SeatQuantity],
    now: Timestamp,
) -> Option<Order> {
    let priced = pricing::price(seats, &prices(conference), conference.currency).ok()?;
    let name = |line: &pricing::Line| {
        let found = conference.seat_types.iter().find(|seat_type| seat_type.id == line.seat_type_id);
        found.map(|seat_type| seat_type.name.clone()).unwrap_or_default()
    };
    let seats = priced.lines.iter().map(|line| OrderSeat {
        seat_type_id: line.seat_type_id,
        name: name(line),
        requested: line.quantity,
        reserved: line.quantity,
        unit_price: line.unit_price,
        line_total: line.line_total,
    });
    Some(Order {
        id,
        conference: OrderConference {
            id: conference.id,
            slug: conference.slug.clone(),
            name: conference.name.clone(),
        },
        status: OrderStatus::Pending,
        access_code: None,
        placed_at: now,
        expires_at: None,
        seats: seats.collect(),
        discounts: Vec::new(),
        total: priced.total,
        free: priced.total.amount == 0,
        registrant: None,
        payment: None,
        version: 0,
        server_time: now,
    })
}

/// What a conference asks for its seats.
pub fn prices(conference: &Conference) -> Vec<UnitPrice> {
    let unit_price = |seat_type: &plenary_shared::conference::SeatType| UnitPrice {
        seat_type_id: seat_type.id,
        price: seat_type.price,
    };
    conference.seat_types.iter().map(unit_price).collect()
}

/// The order to show after `heard` arrived while `shown` was on screen: the newer, never back, and what is known
/// of the registrant is not lost to a message for everybody.
#[must_use]
pub fn reconcile(shown: &Order, mut heard: Order) -> Order {
    let newer = match shown.status {
        // What it is waiting for has a version of its own.
        OrderStatus::Pending => heard.version > shown.version,
        _ => (heard.version, heard.server_time) >= (shown.version, shown.server_time),
    };
    if !newer {
        return shown.clone();
    }
    if heard.access_code.is_none() && shown.access_code.is_some() {
        heard.access_code.clone_from(&shown.access_code);
        heard.registrant.clone_from(&shown.registrant);
        heard.payment = shown.payment;
    }
    heard
}

/// What was asked for.
pub fn requested(order: &Order) -> Vec<SeatQuantity> {
    quantities(order, |seat| seat.requested)
}

/// What could be held.
pub fn held(order: &Order) -> Vec<SeatQuantity> {
    quantities(order, |seat| seat.reserved)
}

fn quantities(order: &Order, of: impl Fn(&OrderSeat) -> i64) -> Vec<SeatQuantity> {
    let quantity = |seat: &OrderSeat| SeatQuantity { seat_type_id: seat.seat_type_id, quantity: of(seat) };
    chosen(&order.seats.iter().map(quantity).collect::<Vec<_>>())
}

/// Without the seat types that nothing was chosen of.
pub fn chosen(seats: &[SeatQuantity]) -> Vec<SeatQuantity> {
    seats.iter().filter(|seat| seat.quantity > 0).copied().collect()
}

/// Whether two choices are of the same seats, in whatever order.
pub fn same_seats(a: &[SeatQuantity], b: &[SeatQuantity]) -> bool {
    let (a, b) = (chosen(a), chosen(b));
    a.len() == b.len() && a.iter().all(|seat| b.contains(seat))
}

/// How long to wait before the next try, in milliseconds: doubling, and spread by `jitter` (0 to 1) so that
/// thousands who lost the same server do not come back in step.
pub fn pause_ms(tries: i32, jitter: f64) -> f64 {
    let pause = (500.0 * 2.0_f64.powi(tries)).min(LONGEST_PAUSE_MS);
    pause * (0.5 + jitter / 2.0)
}

/// The first try before which the pause is a second at least. As long wants a server to be left alone that is too busy.
pub const POLITE: i32 = 2;

/// Changes of several things, of each of them one at a time: what is wanted while a change of the same thing is on
/// its way waits for its answer, so that the server hears them in the reader's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turns<Change> {
    /// What a change is on its way for, and what waits for its answer.
    under_way: Vec<(i64, Option<Change>)>,
}

impl<Change> Default for Turns<Change> {
    fn default() -> Self {
        Self { under_way: Vec::new() }
    }
}

impl<Change> Turns<Change> {
    /// Gives `change` back when it is to be sent now. Otherwise it waits, in place of what waited before.
    pub fn take(&mut self, thing: i64, change: Change) -> Option<Change> {
        if let Some((_, waiting)) = self.under_way.iter_mut().find(|it| it.0 == thing) {
            *waiting = Some(change);
            return None;
        }
        self.under_way.push((thing, None));
        Some(change)
    }

    /// The change on its way was answered: gives what is to be sent next. `None` ends the turn.
    pub fn answered(&mut self, thing: i64) -> Option<Change> {
        let at = self.under_way.iter().position(|it| it.0 == thing)?;
        let next = self.under_way[at].1.take();
        if next.is_none() {
            self.under_way.swap_remove(at);
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use plenary_shared::conference::SeatType;
    use plenary_shared::registration::Person;
    use plenary_shared::{ConferenceId, Currency, Date, Money, SeatTypeId};
    use uuid::Uuid;

    use super::*;

    const GENERAL: SeatTypeId = SeatTypeId(Uuid::from_u128(1));
    const NOW: Timestamp = Timestamp::from_millis(1_000);

    fn conference() -> Conference {
        Conference {
            id: ConferenceId(Uuid::from_u128(7)),
            slug: "rustconf".into(),
            name: "RustConf".into(),
            tagline: String::new(),
            description: String::new(),
            location: String::new(),
            start_date: Date::from_ymd(2027, 3, 1).unwrap(),
            end_date: Date::from_ymd(2027, 3, 2).unwrap(),
            currency: Currency::EUR,
            time_zone: "Europe/Berlin".into(),
            published: true,
            language: None,
            seat_types: vec![SeatType {
                id: GENERAL,
                name: "General".into(),
                description: String::new(),
                price: Money::new(1000, Currency::EUR),
                quota: 10,
                available: 10,
            }],
            version: 1,
        }
    }

    fn seats(quantity: i64) -> Vec<SeatQuantity> {
        vec![SeatQuantity { seat_type_id: GENERAL, quantity }]
    }

    fn pending() -> Order {
        expected(OrderId(Uuid::from_u128(9)), &conference(), &seats(3), NOW).unwrap()
    }

    fn decided(status: OrderStatus, version: i64) -> Order {
        Order { status, version, access_code: Some("ABC234".into()), ..pending() }
    }

    #[test]
    fn an_expected_order_has_everything_at_the_price_shown() {
        let order = pending();
        assert_eq!((order.status, order.total), (OrderStatus::Pending, Money::new(3000, Currency::EUR)));
        assert_eq!((order.seats[0].requested, order.seats[0].reserved), (3, 3));
    }

    #[test]
    fn an_order_for_an_unknown_seat_type_is_not_expected() {
        let unknown = [SeatQuantity { seat_type_id: SeatTypeId(Uuid::from_u128(2)), quantity: 1 }];
        assert_eq!(expected(OrderId(Uuid::from_u128(9)), &conference(), &unknown, NOW), None);
    }

    #[test]
    fn the_servers_order_takes_the_place_of_the_expected_one() {
        let answer = Order { server_time: Timestamp::from_millis(1), ..decided(OrderStatus::Reserved, 2) };
        assert_eq!(reconcile(&pending(), answer.clone()), answer);
    }

    #[test]
    fn an_older_message_changes_nothing() {
        let shown = decided(OrderStatus::Confirmed, 5);
        assert_eq!(reconcile(&shown, decided(OrderStatus::Reserved, 4)), shown);
    }

    #[test]
    fn of_two_messages_of_a_version_the_later_wins() {
        let shown = decided(OrderStatus::Reserved, 5);
        let later = Order { server_time: Timestamp::from_millis(2_000), ..shown.clone() };
        assert_eq!(reconcile(&shown, later.clone()), later);
        assert_eq!(reconcile(&later, shown), later);
    }

    #[test]
    fn a_message_for_everybody_does_not_hide_what_the_registrant_knows() {
        let person =
            Person { first_name: "Ada".into(), last_name: "L".into(), email: "ada@example.org".into() };
        let shown = Order { registrant: Some(person), ..decided(OrderStatus::Reserved, 5) };
        let redacted = Order { registrant: None, access_code: None, ..decided(OrderStatus::Confirmed, 6) };
        let order = reconcile(&shown, redacted);
        assert_eq!(
            (order.status, order.access_code, order.registrant),
            (OrderStatus::Confirmed, shown.access_code, shown.registrant,)
        );
    }

    #[test]
    fn choices_are_the_same_without_their_zeros() {
        let other = SeatQuantity { seat_type_id: SeatTypeId(Uuid::from_u128(2)), quantity: 0 };
        assert!(same_seats(&[seats(2)[0], other], &seats(2)));
        assert!(!same_seats(&seats(1), &seats(2)));
    }

    #[test]
    fn pauses_grow_to_a_limit_and_are_spread() {
        assert!((pause_ms(0, 1.0) - 500.0).abs() < 0.1);
        assert!((pause_ms(3, 1.0) - 4_000.0).abs() < 0.1);
        assert!((pause_ms(30, 1.0) - LONGEST_PAUSE_MS).abs() < 0.1);
        assert!((pause_ms(0, 0.0) - 250.0).abs() < 0.1);
        assert!(pause_ms(POLITE, 0.0) >= 1_000.0 && pause_ms(POLITE - 1, 0.0) < 1_000.0);
    }

    #[test]
    fn a_change_waits_for_the_answer_to_the_one_before_and_the_last_one_wins() {
        let mut turns = Turns::default();
        assert_eq!(turns.take(1, "seat Ada"), Some("seat Ada"));
        assert_eq!(turns.take(1, "seat Mei"), None);
        assert_eq!(turns.take(1, "free it"), None);
        assert_eq!(turns.take(2, "seat Ada"), Some("seat Ada"), "another seat does not wait");
        assert_eq!(turns.answered(1), Some("free it"));
        assert_eq!(turns.take(1, "seat Mei"), None, "what waited is on its way now");
        assert_eq!(turns.answered(1), Some("seat Mei"));
        assert_eq!((turns.answered(1), turns.answered(2)), (None, None));
        assert_eq!(turns.take(1, "seat Ada"), Some("seat Ada"));
    }
}
