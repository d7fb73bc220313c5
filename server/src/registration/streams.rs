//! How the aggregates of this room lie in the log.

use uuid::Uuid;

use super::commands::ORDERS;
use super::order::{self, Order};
use super::promo_code_uses::{self, PromoCodeUses};
use super::seat_assignments::{self, SeatAssignments};
use super::seats_availability::{self, SeatsAvailability};
use super::wait_list::{self, WaitList};
use crate::eventstore::{Aggregate, StoredEvent, StreamId, StreamType, Upcaster};

macro_rules! stream {
    ($state:ty, $event:ty, $evolve:path, $name:literal, $code:literal $(claimed $claimed:expr)? $(, $data_subject:expr)? $(; $upcasters:path)?) => {
        impl StoredEvent for $event {
            $(const UPCASTERS: &'static [Upcaster] = $upcasters;)?

            fn name(&self) -> &'static str {
                <$event>::name(self)
            }

            $(fn data_subject(&self, stream: StreamId) -> Option<Uuid> {
                let data_subject: fn(&$event, StreamId) -> Option<Uuid> = $data_subject;
                data_subject(self, stream)
            })?
        }

        impl Aggregate for $state {
            type Event = $event;
            const STREAM_TYPE: &'static str = $name;
            const STREAM_CODE: u8 = $code;
            $(const CLAIMED_AS: Option<&'static str> = Some($claimed);)?

            fn evolve(self, event: &$event) -> Self {
                $evolve(self, event)
            }
        }
    };
}

stream!(Order, order::Event, order::evolve, "order", 0 claimed ORDERS, |event, stream| {
    matches!(event, order::Event::OrderRegistrantAssigned { .. }).then_some(stream.0)
}; order::UPCASTERS);
// Streams with the id of their conference, whose own stream has the code 0: 1 is the availability of its seats, 2 the
// uses of its promotional codes, 3 its wait list.
stream!(SeatsAvailability, seats_availability::Event, seats_availability::evolve, "seats_availability", 1);
stream!(PromoCodeUses, promo_code_uses::Event, promo_code_uses::evolve, "promo_code_uses", 2);
stream!(WaitList, wait_list::Event, wait_list::evolve, "wait_list", 3, |event, _| {
    matches!(event, wait_list::Event::WaitListJoined { .. }).then_some(event.entry_id().0)
});
// They have the id of their order.
stream!(
    SeatAssignments,
    seat_assignments::Event,
    seat_assignments::evolve,
    "seat_assignments",
    1 claimed ORDERS,
    |event, stream| {
        use seat_assignments::Event::{SeatAssigned, SeatAssignmentUpdated};
        let names_somebody = matches!(event, SeatAssigned { .. } | SeatAssignmentUpdated { .. });
        names_somebody.then(|| stream.id_of::<SeatAssignments>())
    }
);

/// How the log reads the events of this room.
pub fn stream_types() -> [StreamType; 5] {
    [
        StreamType::of::<order::Event>(Order::STREAM_TYPE),
        StreamType::of::<seats_availability::Event>(SeatsAvailability::STREAM_TYPE),
        StreamType::of::<promo_code_uses::Event>(PromoCodeUses::STREAM_TYPE),
        StreamType::of::<seat_assignments::Event>(SeatAssignments::STREAM_TYPE),
        StreamType::of::<wait_list::Event>(WaitList::STREAM_TYPE),
    ]
}
