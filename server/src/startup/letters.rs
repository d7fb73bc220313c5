//! What letters say, asked of the rooms that know it.

use std::sync::Arc;

use async_trait::async_trait;
use plenary_shared::registration::{OrderStatus, Person};
use plenary_shared::{ConferenceId, OrderId, PaymentId, WaitListEntryId};

use crate::conference;
use crate::mail::{Access, Attention, Offer, Order, Records, Seat};
use crate::messaging::Error;
use crate::personal::Personal;
use crate::registration::live::HotConference;
use crate::registration::order::OrderedSeat;
use crate::registration::queries::{Charges, Queries};

/// The rooms, as mail asks for them.
#[derive(Debug)]
pub(super) struct LetterRecords {
    pub queries: Queries,
    pub management: Arc<conference::Room>,
}

impl LetterRecords {
    async fn conference(&self, id: ConferenceId) -> Result<Option<Arc<HotConference>>, Error> {
        self.queries.conference_by_id(id).await
    }
}

#[async_trait]
impl Records for LetterRecords {
    async fn access(&self, id: ConferenceId) -> Result<Option<Access>, Error> {
        let Some(managed) = self.management.managed(id).await? else { return Ok(None) };
        let code = self.management.access_code(id).await?;
        Ok(code.map(|access_code| Access {
            name: managed.conference.name,
            language: managed.conference.language,
            owner: owner(managed.owner_name, managed.owner_email),
            access_code,
        }))
    }

    async fn order(&self, id: OrderId) -> Result<Option<Order>, Error> {
        let Some(view) = self.queries.order(id).await? else { return Ok(None) };
        let Some(hot) = self.conference(view.conference_id).await? else { return Ok(None) };
        let confirmed = view.status() == OrderStatus::Confirmed;
        let terms = view.order.terms().filter(|_| confirmed);
        let registrant = terms.and_then(|terms| terms.registrant.as_ref()).and_then(Personal::reveal);
        let (Some(terms), Some(registrant)) = (terms, registrant) else { return Ok(None) };
        let name = |seat: &OrderedSeat| {
            let name = hot.view.catalogue.name_for(terms.language, seat.seat_type_id, &seat.name);
            (seat.quantity, name.to_owned())
        };
        Ok(Some(Order {
            id,
            conference: hot.for_reader(terms.language).clone(),
            registrant: registrant.clone(),
            language: terms.language,
            access_code: terms.access_code.clone(),
            seats: terms.seats.iter().map(name).collect(),
            total: terms.total,
        }))
    }

    async fn seat(&self, id: OrderId, position: i64, version: i64) -> Result<Option<Seat>, Error> {
        let Some(view) = self.queries.order(id).await? else { return Ok(None) };
        let Some(hot) = self.conference(view.conference_id).await? else { return Ok(None) };
        let place = (view.conference_id, id);
        let Some(given) = self.queries.seat_given(place, position, version).await? else { return Ok(None) };
        let language = view.order.terms().and_then(|terms| terms.language);
        let name = hot.view.catalogue.name_for(language, given.seat_type_id, &given.seat_type_name);
        Ok(Some(Seat {
            conference: hot.for_reader(language).clone(),
            attendee: given.attendee,
            language,
            seat_type_name: name.to_owned(),
        }))
    }

    async fn offer(&self, entry: WaitListEntryId, order: OrderId) -> Result<Option<Offer>, Error> {
        let Some(view) = self.queries.wait_list_entry(entry).await? else { return Ok(None) };
        let Some(hot) = self.conference(view.conference_id).await? else { return Ok(None) };
        let open = view.entry.offers.iter().find(|it| it.order_id == order);
        let email = view.entry.email.as_ref().and_then(Personal::reveal);
        let (Some(open), Some(email)) = (open, email) else { return Ok(None) };
        let (catalogue, id, language) = (&hot.view.catalogue, view.entry.seat_type_id, view.entry.language);
        let name = catalogue.name_for(language, id, catalogue.name_of(id)).to_owned();
        Ok(Some(Offer {
            conference: hot.for_reader(language).clone(),
            email: email.clone(),
            language: view.entry.language,
            order_id: order,
            seats: (open.seats, name),
            offered_until: open.offered_until,
        }))
    }

    async fn attention(
        &self,
        conference: ConferenceId,
        order: OrderId,
        payment: PaymentId,
    ) -> Result<Option<Attention>, Error> {
        let Some(managed) = self.management.managed(conference).await? else { return Ok(None) };
        let language = managed.conference.language;
        let entries =
            self.queries.attention(conference, Charges::Undecided, language.unwrap_or_default()).await?;
        let entry = entries.into_iter().find(|it| it.order_id == order && it.payment_id == payment);
        Ok(entry.map(|entry| Attention {
            name: managed.conference.name,
            slug: managed.conference.slug,
            language,
            owner: owner(managed.owner_name, managed.owner_email),
            order_id: order,
            reason: entry.reason,
        }))
    }
}

/// An owner has one name.
fn owner(name: String, email: String) -> Person {
    Person { first_name: name, last_name: String::new(), email }
}
