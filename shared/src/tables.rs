//! The organizer's tables as they are asked for: which columns, and in the order of which.

use std::fmt;

/// A column of a table. Its name heads it in spreadsheets and stands in addresses.
pub trait Column: Copy + PartialEq + fmt::Debug + 'static {
    /// Every column, in the order of a spreadsheet.
    const ALL: &'static [Self];

    /// The name as it crosses HTTP: `placed_at`.
    fn name(self) -> &'static str;

    /// Whether rows can be put in the order of this column.
    fn has_order(self) -> bool;

    /// The column that has this name.
    fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|column| column.name() == name)
    }
}

macro_rules! columns {
    ($(#[$doc:meta])* $kind:ident { $($(#[$column_doc:meta])* $column:ident = $name:literal),* $(,)? } unordered: $($unordered:ident)*) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $kind {
            $($(#[$column_doc])* $column,)*
        }

        impl Column for $kind {
            const ALL: &'static [Self] = &[$(Self::$column),*];

            fn name(self) -> &'static str {
                match self {
                    $(Self::$column => $name,)*
                }
            }

            fn has_order(self) -> bool {
                let unordered: &[Self] = &[$(Self::$unordered),*];
                !unordered.contains(&self)
            }
        }
    };
}

columns! {
    /// What a table of orders can show.
    OrderColumn {
        OrderId = "order_id",
        AccessCode = "access_code",
        Status = "status",
        PlacedAt = "placed_at",
        FirstName = "first_name",
        LastName = "last_name",
        Email = "email",
        Seats = "seats",
        Total = "total",
        Currency = "currency",
        Free = "free",
        PromoCodes = "promo_codes",
        Discount = "discount",
        /// Who is named for the seats.
        Attendees = "attendees",
        /// First and last name in one cell. People are looked up by their last names, so rows are too.
        Name = "name",
    }
    unordered: Attendees
}

columns! {
    /// What a table of sold seats can show.
    AttendeeColumn {
        OrderId = "order_id",
        /// Counted from 1 within the order.
        Position = "position",
        SeatType = "seat_type",
        FirstName = "first_name",
        LastName = "last_name",
        Email = "email",
        Ticket = "ticket",
        CheckedInAt = "checked_in_at",
        /// First and last name in one cell, in the order of last names.
        Name = "name",
    }
    unordered:
}

/// Which way rows go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    Ascending,
    Descending,
}

impl Direction {
    /// The other way.
    #[must_use]
    pub const fn reversed(self) -> Self {
        match self {
            Self::Ascending => Self::Descending,
            Self::Descending => Self::Ascending,
        }
    }
}

/// The order of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sort<C> {
    pub column: C,
    pub direction: Direction,
}

impl<C: Column> Sort<C> {
    /// Reads `column`, or `-column` for descending; `None` where there is no such order.
    pub fn parse(text: &str) -> Option<Self> {
        let (direction, name) = match text.strip_prefix('-') {
            Some(name) => (Direction::Descending, name),
            None => (Direction::Ascending, text),
        };
        let column = C::parse(name).filter(|column| column.has_order())?;
        Some(Self { column, direction })
    }
}

impl<C: Column> fmt::Display for Sort<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.direction == Direction::Descending { "-" } else { "" };
        write!(f, "{sign}{}", self.column.name())
    }
}

/// Reads names of columns between commas, each once; `None` where one is unknown or comes twice.
pub fn parse_columns<C: Column>(text: &str) -> Option<Vec<C>> {
    let mut columns = Vec::new();
    for name in text.split(',') {
        let column = C::parse(name.trim()).filter(|column| !columns.contains(column))?;
        columns.push(column);
    }
    Some(columns)
}

/// The names of columns with commas between them.
pub fn join_columns<C: Column>(columns: &[C]) -> String {
    columns.iter().map(|column| column.name()).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_written_as_it_is_read() {
        for column in OrderColumn::ALL.iter().filter(|column| column.has_order()) {
            for direction in [Direction::Ascending, Direction::Descending] {
                let sort = Sort { column: *column, direction };
                assert_eq!(Sort::parse(&sort.to_string()), Some(sort));
            }
        }
    }

    #[test]
    fn there_is_no_order_of_what_is_no_column_or_has_none() {
        for text in ["", "-", "total ", "--total", "+total", "Total", "attendees", "colour", "seat_type"] {
            assert_eq!(Sort::<OrderColumn>::parse(text), None, "{text}");
        }
        assert!(AttendeeColumn::ALL.iter().all(|column| column.has_order()));
    }

    #[test]
    fn columns_come_in_the_order_in_which_they_are_named() {
        let columns = parse_columns::<OrderColumn>("total, email").unwrap();
        assert_eq!(columns, [OrderColumn::Total, OrderColumn::Email]);
        assert_eq!(join_columns(&columns), "total,email");
        for text in ["", "total,", "total,total", "total;email", "colour"] {
            assert_eq!(parse_columns::<OrderColumn>(text), None, "{text}");
        }
    }
}
