//! Identifiers: UUIDs of version 7, each in a type of its own so that one cannot stand for another.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[cfg_attr(feature = "openapi", schema(value_type = String, format = "uuid"))]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    };
}

id! {
    /// A conference. Everything that must agree belongs to one.
    ConferenceId
}
id! {
    /// A kind of admission that a conference sells.
    SeatTypeId
}
id! {
    /// An order, made where it is first shown: in the registrant's browser, or by the server for plain forms.
    /// It is also the id of the order's reservation and the link to its redacted view.
    OrderId
}
id! {
    /// One attempt to pay for an order.
    PaymentId
}
id! {
    /// Somebody's place on a wait list, and the link to its redacted view.
    WaitListEntryId
}
id! {
    /// A promotional code of a conference.
    PromoCodeId
}
