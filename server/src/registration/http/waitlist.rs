//! Waiting for seats that are taken: joining, looking, leaving; and the organizer's list.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use plenary_shared::waitlist::{
    JoinWaitList as JoinInput, OrganizerWaitList, OrganizerWaitListEntry, WaitListEntry, WaitListStatus,
};
use plenary_shared::{OrderId, Problem, SeatTypeId, WaitListEntryId, validation};
use serde::Deserialize;

use super::orders::header_value;
use super::{Room, follow, lists};
use crate::http::client_address::ClientAddress;
use crate::http::command::{Committed, Idempotency};
use crate::http::headers::{conditional, conditional_json};
use crate::http::holder::Holder;
use crate::http::input::{JsonBody, PathId, QueryInput};
use crate::http::language::Reader;
use crate::http::problem::ApiError;
use crate::http::proof::Proven;
use crate::http::sse;
use crate::messaging::Reply;
use crate::personal::Personal;
use crate::registration::order::HolderId;
use crate::registration::projections::Form;
use crate::registration::wait_list::Leaver;
use crate::registration::waiting::WaitListEntryView;
use crate::registration::waiting::commands::{AddWaitListHolder, JoinWaitList, LeaveWaitList};
use crate::registration::waiting::queries::EntryFilter;

pub(super) fn routes() -> Router<Arc<Room>> {
    Router::new()
        .route("/api/conferences/{slug}/waitlist", post(join))
        .route("/api/waitlist/{id}", get(read).delete(leave))
}

pub(super) fn streams() -> Router<Arc<Room>> {
    Router::new().route("/api/waitlist/{id}/events", get(events))
}

pub(super) fn management_routes() -> Router<Arc<Room>> {
    Router::new()
        .route("/api/management/conferences/{slug}/waitlist", get(list))
        .route("/api/management/conferences/{slug}/waitlist/{id}", delete(remove))
}

/// A place on the wait list, as its sender may see it, and the cookie that proves it.
#[derive(Debug)]
pub struct JoinedWaitList {
    pub reply: Reply,
    pub entry: WaitListEntry,
    pub cookie: Option<HeaderValue>,
}

impl Room {
    /// Takes a place on a wait list for the sender of a request.
    ///
    /// # Errors
    ///
    /// A problem when the conference is not on sale, seats can be had, or there were too many attempts.
    pub async fn join_wait_list(
        &self,
        slug: &str,
        (headers, address, reader): (&HeaderMap, ClientAddress, Reader),
        idempotency: Idempotency,
        (input, body): (JoinInput, &[u8]),
    ) -> Result<JoinedWaitList, ApiError> {
        let hot = self.published(slug).await?;
        let errors = validation::join_wait_list(&input);
        if !errors.is_empty() {
            return Err(ApiError::invalid(errors));
        }
        let email = input.email.trim();
        self.joins.attempt(email, address).await?;
        let known = Holder::from_headers(headers, &self.secrets);
        let holder = known.unwrap_or_else(|| Holder::new(self.entropy));
        let command = JoinWaitList {
            email: Personal::new(email.to_owned()),
            seat_type_id: input.seat_type_id,
            wanted: input.quantity,
            holder: HolderId(holder.id()),
            language: reader.0,
        };
        let reply = idempotency.send(&self.mailbox, hot.view.id, body, command).await?;
        let id = WaitListEntryId(reply.outcome.concerns);
        let mut view = self.entry_view(id).await?;
        let held = view.is_held_by(&HolderId(holder.id()));
        // The key was known to the first sender alone: whoever repeats it lost the answer, and the cookie with it.
        let joined = idempotency.0.is_some() && reply.repeated && reply.outcome.status == 201;
        let mut proved = held;
        if joined && !held {
            match self.add_entry_holder(&view, &holder).await {
                Ok(known) => (view, proved) = (known, true),
                // Repeated by ever new browsers, it is known to enough of them.
                Err(ApiError::Problem(_)) => {}
                Err(broken) => return Err(broken),
            }
        }
        let form = if proved { Form::Full } else { Form::Redacted };
        let cookie = proved.then(|| holder.set_cookie(&self.secrets, self.transport));
        Ok(JoinedWaitList { reply, entry: self.show_entry(&view, form, reader).await?, cookie })
    }

    /// A place on the wait list by its id.
    ///
    /// # Errors
    ///
    /// A problem when there is none.
    pub async fn entry_view(&self, id: WaitListEntryId) -> Result<WaitListEntryView, ApiError> {
        let view = self.queries.wait_list_entry(id).await?;
        view.ok_or_else(|| ApiError::not_found("This place on the wait list"))
    }

    /// In which form the sender of a request may see a place on the wait list.
    pub fn entry_form_for(&self, view: &WaitListEntryView, headers: &HeaderMap, proof: Option<&str>) -> Form {
        let holder = Holder::from_headers(headers, &self.secrets);
        let held = holder.is_some_and(|holder| view.is_held_by(&HolderId(holder.id())));
        let proven = Proven::WaitListEntry(view.id());
        let shown = proof.is_some_and(|proof| proven.is_proven_by(proof, &self.secrets));
        if held || shown { Form::Full } else { Form::Redacted }
    }

    /// The place on the wait list as it crosses HTTP.
    ///
    /// # Errors
    ///
    /// When its conference cannot be read.
    pub async fn show_entry(
        &self,
        view: &WaitListEntryView,
        form: Form,
        reader: Reader,
    ) -> Result<WaitListEntry, ApiError> {
        let hot = self.hot_conference(view.conference_id).await?;
        let place = self.queries.place_of(view).await?;
        let mut entry = view.to_entry(
            form,
            place,
            (hot.order_conference(reader.0), &hot.view.catalogue),
            self.clock.now(),
        );
        let name = hot.view.catalogue.name_for(reader.0, entry.seat_type_id, &entry.seat_type_name);
        entry.seat_type_name = name.to_owned();
        Ok(entry)
    }

    async fn add_entry_holder(
        &self,
        view: &WaitListEntryView,
        holder: &Holder,
    ) -> Result<WaitListEntryView, ApiError> {
        let command = AddWaitListHolder { entry_id: view.id(), holder: HolderId(holder.id()) };
        self.mailbox.send(view.conference_id, command).await?;
        self.entry_view(view.id()).await
    }

    /// Takes the place off the list for one of its holders.
    ///
    /// # Errors
    ///
    /// A problem when there is no such place, or its asker has not proved to be a holder.
    pub async fn leave_wait_list(
        &self,
        id: WaitListEntryId,
        (headers, proof, reader): (&HeaderMap, Option<&str>, Reader),
        idempotency: Idempotency,
    ) -> Result<(Reply, WaitListEntry), ApiError> {
        let view = self.entry_view(id).await?;
        if self.entry_form_for(&view, headers, proof) == Form::Redacted {
            let title = "Only whoever took this place on the wait list can do that.";
            let detail = "Follow the link in the e-mail, or use the browser that joined.";
            return Err(Problem::new("proof-required", 403, title).with_detail(detail).into());
        }
        let command = LeaveWaitList { entry_id: id, by: Leaver::Registrant };
        let reply = idempotency.send(&self.mailbox, view.conference_id, b"", command).await?;
        let view = self.entry_view(id).await?;
        Ok((reply, self.show_entry(&view, Form::Full, reader).await?))
    }

    /// Makes the bearer of a link from a letter a holder of the order that it is for. `None` when the link proves
    /// nothing.
    ///
    /// # Errors
    ///
    /// A problem when there is no such order.
    pub async fn redeem_order(
        &self,
        id: OrderId,
        proof: &str,
        headers: &HeaderMap,
    ) -> Result<Option<HeaderValue>, ApiError> {
        if !Proven::Order(id).is_proven_by(proof, &self.secrets) {
            return Ok(None);
        }
        let view = self.order_view(id).await?;
        let holder = self.holder_of(headers);
        if !view.is_held_by(&HolderId(holder.id())) {
            self.add_holder(&view, &holder).await?;
        }
        Ok(Some(holder.set_cookie(&self.secrets, self.transport)))
    }

    /// Makes the bearer of a link from a letter a holder of the place on the wait list and of what is on offer to it.
    /// `None` when the link proves nothing.
    ///
    /// # Errors
    ///
    /// A problem when there is no such place.
    pub async fn redeem_entry(
        &self,
        id: WaitListEntryId,
        proof: &str,
        headers: &HeaderMap,
    ) -> Result<Option<HeaderValue>, ApiError> {
        if !Proven::WaitListEntry(id).is_proven_by(proof, &self.secrets) {
            return Ok(None);
        }
        let view = self.entry_view(id).await?;
        let holder = self.holder_of(headers);
        if !view.is_held_by(&HolderId(holder.id())) {
            match self.add_entry_holder(&view, &holder).await {
                Ok(_) => {}
                // It is known to enough browsers; this one sees what everybody sees.
                Err(ApiError::Problem(_)) => return Ok(None),
                Err(broken) => return Err(broken),
            }
        }
        Ok(Some(holder.set_cookie(&self.secrets, self.transport)))
    }

    fn holder_of(&self, headers: &HeaderMap) -> Holder {
        Holder::from_headers(headers, &self.secrets).unwrap_or_else(|| Holder::new(self.entropy))
    }
}

/// `POST /api/conferences/{slug}/waitlist`
async fn join(
    State(room): State<Arc<Room>>,
    PathId(slug): PathId<String>,
    address: ClientAddress,
    reader: Reader,
    headers: HeaderMap,
    idempotency: Idempotency,
    JsonBody { value, bytes }: JsonBody<JoinInput>,
) -> Result<Response, ApiError> {
    let sender = (&headers, address, reader);
    let joined = room.join_wait_list(&slug, sender, idempotency, (value, &bytes)).await?;
    let location = format!("/api/waitlist/{}", joined.entry.id);
    let mut response = Committed(joined.reply, Json(joined.entry)).into_response();
    response.headers_mut().insert(header::LOCATION, header_value(&location));
    if let Some(cookie) = joined.cookie {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

#[derive(Debug, Deserialize)]
struct ProofQuery {
    proof: Option<String>,
}

/// `GET /api/waitlist/{id}`
async fn read(
    State(room): State<Arc<Room>>,
    PathId(id): PathId<WaitListEntryId>,
    reader: Reader,
    headers: HeaderMap,
    QueryInput(query): QueryInput<ProofQuery>,
) -> Result<Response, ApiError> {
    let view = room.entry_view(id).await?;
    let form = room.entry_form_for(&view, &headers, query.proof.as_deref());
    let entry = room.show_entry(&view, form, reader).await?;
    // The place moves with the others', the names with the conference.
    let (place, names) = (entry.place.unwrap_or(0), room.names_of(view.conference_id, reader).await?);
    let etag = format!("{id}-{}-{place}-{names}-{}", view.version, entry.held);
    Ok(reader.mark(conditional(&headers, &etag, || Json(entry).into_response())))
}

/// `GET /api/waitlist/{id}/events`
async fn events(
    State(room): State<Arc<Room>>,
    PathId(id): PathId<WaitListEntryId>,
    reader: Reader,
    headers: HeaderMap,
    QueryInput(query): QueryInput<ProofQuery>,
) -> Result<Response, ApiError> {
    let view = room.entry_view(id).await?;
    let form = room.entry_form_for(&view, &headers, query.proof.as_deref());
    let head = room.queries.head(view.conference_id).await?;
    // First listen, then read: what is committed in between is in the first message or in the next.
    let feed = room.live.follow_wait_list(view.conference_id, head);
    Ok(sse::stream(follow::entry(room, (id, form, reader), feed)))
}

/// `DELETE /api/waitlist/{id}`
async fn leave(
    State(room): State<Arc<Room>>,
    PathId(id): PathId<WaitListEntryId>,
    reader: Reader,
    headers: HeaderMap,
    idempotency: Idempotency,
    QueryInput(query): QueryInput<ProofQuery>,
) -> Result<Committed<Json<WaitListEntry>>, ApiError> {
    let proof = query.proof.as_deref();
    let (reply, entry) = room.leave_wait_list(id, (&headers, proof, reader), idempotency).await?;
    Ok(Committed(reply, Json(entry)))
}

#[derive(Debug, Deserialize)]
struct ListQuery {
    status: Option<String>,
    seat_type_id: Option<SeatTypeId>,
    after: Option<String>,
    limit: Option<i64>,
}

impl ListQuery {
    fn filter(&self) -> Result<EntryFilter, ApiError> {
        let status = lists::status(self.status.as_deref(), WaitListStatus::parse)?;
        Ok(EntryFilter { status, seat_type_id: self.seat_type_id })
    }

    fn after(&self) -> Result<i64, ApiError> {
        let after = lists::place(self.after.as_deref(), |cursor| cursor.parse().ok())?;
        Ok(after.unwrap_or(0))
    }
}

/// `GET …/{slug}/waitlist`
async fn list(
    State(room): State<Arc<Room>>,
    PathId(slug): PathId<String>,
    headers: HeaderMap,
    QueryInput(query): QueryInput<ListQuery>,
) -> Result<Response, ApiError> {
    let hot = room.managed(&headers, &slug).await?;
    let limit = lists::page_length(query.limit);
    let page = room.queries.wait_list(&hot, query.filter()?, query.after()?, limit).await?;
    Ok(conditional_json(&headers, &OrganizerWaitList { entries: page.items, next: page.next }))
}

/// `DELETE …/{slug}/waitlist/{id}`
async fn remove(
    State(room): State<Arc<Room>>,
    PathId((slug, id)): PathId<(String, WaitListEntryId)>,
    headers: HeaderMap,
    idempotency: Idempotency,
) -> Result<Committed<Json<OrganizerWaitListEntry>>, ApiError> {
    let hot = room.managed(&headers, &slug).await?;
    let view = room.entry_view(id).await?;
    if view.conference_id != hot.view.id {
        return Err(ApiError::not_found("This place on the wait list"));
    }
    let command = LeaveWaitList { entry_id: id, by: Leaver::Organizer };
    let reply = idempotency.send(&room.mailbox, hot.view.id, b"", command).await?;
    let view = room.entry_view(id).await?;
    Ok(Committed(reply, Json(view.to_organizer(None, &hot.view.catalogue))))
}
