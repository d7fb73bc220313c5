//! The organizer's lists in the order of one of their columns.
//!
//! Each database would put names into an order of its own, and neither looks into a view. So rows are put in order
//! here: a list of places is made of every row that the filter lets through, and only the rows of a page are read
//! whole.
//!
//! A page says where it ended as a row and that row's version, never as what stands in it: names and addresses do not
//! belong into addresses of pages. A row that has changed since is looked up in the log as it was then, so that nobody
//! whose own place is still the same is shown twice or left out.

mod queries;

use std::cmp::{Ordering, Reverse};

use plenary_shared::registration::{AttendeeRow, OrderStatus, Person};
use plenary_shared::tables::{AttendeeColumn, Direction, OrderColumn};
use plenary_shared::{OrderId, Timestamp};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::projections::OrderView;

/// A seat by its order and its position in it.
pub type SeatId = (OrderId, i64);

/// What a row is put in order by. The keys of a column are of one kind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Number(i64),
    Text(String),
    /// Comes last, whichever way the rows go.
    Nothing,
}

impl Key {
    fn text(parts: &[&str]) -> Self {
        // The least of all characters, so that `Li` comes before `Lind` whatever follows.
        Self::Text(parts.iter().map(|part| fold(part)).collect::<Vec<_>>().join("\0"))
    }

    fn of(value: Option<i64>) -> Self {
        value.map_or(Self::Nothing, Self::Number)
    }

    fn named(person: Option<&Person>, parts: impl Fn(&Person) -> [&str; 2]) -> Self {
        person.map_or(Self::Nothing, |person| Self::text(&parts(person)))
    }
}

/// Letters as a reader looks for them: without case and accents.
fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for letter in text.trim().nfd().filter(|letter| !is_combining_mark(*letter)).flat_map(char::to_lowercase)
    {
        match letter {
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'ø' => folded.push('o'),
            'ł' => folded.push('l'),
            'đ' | 'ð' => folded.push('d'),
            'ı' => folded.push('i'),
            other => folded.push(other),
        }
    }
    folded
}

/// A row's place in an order.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Placed<P> {
    key: Key,
    /// Decides among rows of the same key, always the same way.
    place: P,
    version: i64,
}

impl<P: Ord> Placed<P> {
    fn compare(&self, other: &Self, direction: Direction) -> Ordering {
        let keys = match (&self.key, &other.key) {
            (Key::Nothing, Key::Nothing) => Ordering::Equal,
            (Key::Nothing, _) => Ordering::Greater,
            (_, Key::Nothing) => Ordering::Less,
            (one, other) => directed(one.cmp(other), direction),
        };
        keys.then_with(|| self.place.cmp(&other.place))
    }
}

const fn directed(ordering: Ordering, direction: Direction) -> Ordering {
    match direction {
        Direction::Ascending => ordering,
        Direction::Descending => ordering.reverse(),
    }
}

/// The rows behind one that may itself be gone or elsewhere by now.
fn behind<'r, P: Ord>(rows: &'r [Placed<P>], last: &Placed<P>, direction: Direction) -> &'r [Placed<P>] {
    &rows[rows.partition_point(|row| row.compare(last, direction).is_le())..]
}

/// Orders of the same key are listed newest first, as they are without an order.
type PlacedOrder = Placed<Reverse<OrderId>>;
type PlacedSeat = Placed<SeatId>;

/// `None` before it was placed.
fn placed_order(view: &OrderView, column: OrderColumn) -> Option<PlacedOrder> {
    let terms = view.order.terms()?;
    let person = terms.registrant.as_ref().and_then(|it| it.reveal());
    let key = match column {
        OrderColumn::OrderId => Key::text(&[&view.id.to_string()]),
        OrderColumn::AccessCode => Key::text(&[&terms.access_code]),
        OrderColumn::Status => Key::Number(rank(view.status())),
        OrderColumn::PlacedAt => Key::Number(view.placed_at.as_micros()),
        OrderColumn::FirstName => Key::named(person, |it| [&it.first_name, &it.last_name]),
        OrderColumn::LastName | OrderColumn::Name => Key::named(person, |it| [&it.last_name, &it.first_name]),
        OrderColumn::Email => Key::named(person, |it| [&it.email, ""]),
        OrderColumn::Seats => Key::Number(terms.reserved.iter().map(|seat| seat.quantity).sum()),
        OrderColumn::Total => Key::Number(terms.total.amount),
        OrderColumn::Currency => Key::text(&[&terms.currency.to_string()]),
        OrderColumn::Free => Key::Number(i64::from(terms.free)),
        OrderColumn::PromoCodes if terms.discounts.is_empty() => Key::Nothing,
        OrderColumn::PromoCodes => {
            Key::text(&terms.discounts.iter().map(|it| it.code.as_str()).collect::<Vec<_>>())
        }
        OrderColumn::Discount => Key::Number(terms.discounts.iter().map(|it| it.amount.amount).sum()),
        OrderColumn::Attendees => Key::Nothing,
    };
    Some(Placed { key, place: Reverse(view.id), version: view.version })
}

/// The way of an order through its life.
fn rank(status: OrderStatus) -> i64 {
    (0..).zip(OrderStatus::ALL).find(|(_, it)| *it == status).map_or(0, |(rank, _)| rank)
}

fn placed_seat(row: &AttendeeRow, column: AttendeeColumn, version: i64) -> PlacedSeat {
    let person = row.attendee.as_ref();
    let key = match column {
        AttendeeColumn::OrderId => Key::text(&[&row.order_id.to_string()]),
        AttendeeColumn::Position => Key::Number(row.position),
        AttendeeColumn::SeatType => Key::text(&[&row.seat_type_name]),
        AttendeeColumn::FirstName => Key::named(person, |it| [&it.first_name, &it.last_name]),
        AttendeeColumn::LastName | AttendeeColumn::Name => {
            Key::named(person, |it| [&it.last_name, &it.first_name])
        }
        AttendeeColumn::Email => Key::named(person, |it| [&it.email, ""]),
        AttendeeColumn::Ticket => Key::text(&[&row.ticket]),
        AttendeeColumn::CheckedInAt => Key::of(row.checked_in_at.map(Timestamp::as_micros)),
    };
    Placed { key, place: (row.order_id, row.position), version }
}

/// One page of ordered rows as they are read whole.
fn cut<P: Copy, C>(rows: &[Placed<P>], limit: i64, cursor: impl Fn(&Placed<P>) -> C) -> (Vec<P>, Option<C>) {
    let limit = usize::try_from(limit).unwrap_or(0);
    let shown = &rows[..limit.min(rows.len())];
    let next = if rows.len() > limit { shown.last().map(cursor) } else { None };
    (shown.iter().map(|row| row.place).collect(), next)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ordered(mut rows: Vec<Placed<i64>>, direction: Direction) -> Vec<i64> {
        rows.sort_by(|one, other| one.compare(other, direction));
        rows.into_iter().map(|row| row.place).collect()
    }

    fn placed(key: Key, place: i64) -> Placed<i64> {
        Placed { key, place, version: 1 }
    }

    #[test]
    fn letters_are_compared_without_case_and_accents() {
        let names = ["Zoë", "zoe", "Ångström", "angel", "Öztürk", "Oz", "Łuk", "Strauß", "STRAUSS", "Ørsted"];
        let mut folded = names.map(fold);
        folded.sort();
        let expected =
            ["angel", "angstrom", "luk", "orsted", "oz", "ozturk", "strauss", "strauss", "zoe", "zoe"];
        assert_eq!(folded, expected);
    }

    #[test]
    fn a_short_name_comes_before_a_longer_one_that_begins_like_it() {
        assert_eq!(
            ordered(
                vec![placed(Key::text(&["Lind", "A"]), 2), placed(Key::text(&["Li", "Z"]), 1)],
                Direction::Ascending
            ),
            [1, 2]
        );
    }

    #[test]
    fn nothing_comes_last_and_the_same_stays_in_its_order_whichever_way_rows_go() {
        let rows = || {
            let number = |value, place| placed(Key::Number(value), place);
            vec![placed(Key::Nothing, 5), number(2, 4), number(1, 3), number(2, 2), placed(Key::Nothing, 1)]
        };
        assert_eq!(ordered(rows(), Direction::Ascending), [3, 2, 4, 1, 5]);
        assert_eq!(ordered(rows(), Direction::Descending), [2, 4, 3, 1, 5]);
    }

    #[test]
    fn a_page_begins_behind_a_row_that_is_no_longer_there() {
        let rows: Vec<_> = [1, 2, 4, 5].map(|value| placed(Key::Number(value), value)).into();
        let gone = placed(Key::Number(3), 3);
        let left: Vec<_> = behind(&rows, &gone, Direction::Ascending).iter().map(|row| row.place).collect();
        assert_eq!(left, [4, 5]);
    }

    #[test]
    fn only_a_page_with_something_behind_it_names_the_next() {
        let rows: Vec<_> = (0..3).map(|place| placed(Key::Nothing, place)).collect();
        let last = |limit| cut(&rows, limit, |row| row.place);
        assert_eq!(last(2), (vec![0, 1], Some(1)));
        assert_eq!(last(3), (vec![0, 1, 2], None));
    }
}
