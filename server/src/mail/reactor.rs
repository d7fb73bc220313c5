//! What letters follow from events. They are put into the outbox in the unit of work of the event.

use async_trait::async_trait;

use super::delivery::LETTER;
use super::letter::Letter;
use crate::conference::contracts as management;
use crate::messaging::{Error, Reactor, RecordedEventDraft, UnitOfWork};
use crate::registration::contracts as registration;

/// Has letters sent.
#[derive(Debug)]
pub struct LetterWriter;

#[async_trait]
impl Reactor for LetterWriter {
    async fn react(&self, event: &RecordedEventDraft, work: &mut UnitOfWork<'_>) -> Result<(), Error> {
        if let Some(letter) = letter_about(event) {
            work.send(LETTER, serde_json::to_string(&letter)?);
        }
        Ok(())
    }
}

fn letter_about(event: &RecordedEventDraft) -> Option<Letter> {
    let conference_id = event.conference_id;
    if let Some(management::Event::ConferenceCreated { .. }) = event.event.get() {
        return Some(Letter::ConferenceAccess { conference_id });
    }
    if let Some(order_id) = registration::order_confirmed(event) {
        return Some(Letter::OrderConfirmed { order_id });
    }
    if let Some(given) = registration::seat_given(event) {
        let registration::SeatGiven { order_id, position, version } = given;
        return Some(Letter::AttendeeNotice { order_id, position, version });
    }
    if let Some(offer) = registration::offer_made(event) {
        return Some(Letter::SeatsOffered { entry_id: offer.entry_id, order_id: offer.order_id });
    }
    registration::attention_raised(event).map(|raised| Letter::AttentionRaised {
        conference_id,
        order_id: raised.order_id,
        payment_id: raised.payment_id,
    })
}
