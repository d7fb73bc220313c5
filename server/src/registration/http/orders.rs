//! What registrants do with orders.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use plenary_shared::format::Locale;
use plenary_shared::payments::StartedPayment;
use plenary_shared::registration::{
    ChangeSeats as ChangeSeatsInput, FindOrder, Order, OrderStatus, Person, PlaceOrder, SeatAssignment,
};
use plenary_shared::{ConferenceId, OrderId, PaymentId, Problem, validation};
use serde::Deserialize;
use subtle::ConstantTimeEq;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::{Room, follow};
use crate::http::client_address::ClientAddress;
use crate::http::command::{Committed, Idempotency};
use crate::http::headers::conditional;
use crate::http::holder::Holder;
use crate::http::input::{JsonBody, OptionalJsonBody, PathId};
use crate::http::language::{self, Reader};
use crate::http::problem::ApiError;
use crate::http::sse;
use crate::messaging::{Command, Reply};
use crate::registration::commands::{
    AddHolder, AssignRegistrantDetails, AssignSeat, ChangeSeats, ConfirmOrder, ExtendReservation,
    RegisterToConference, ReleaseOrder, StartPayment,
};
use crate::registration::live::LiveOrder;
use crate::registration::order::HolderId;
use crate::registration::projections::{AssignmentView, Form, OrderView};

pub(super) fn routes() -> Router<Arc<Room>> {
    Router::new()
        .route("/api/conferences/{slug}/orders", post(place))
        .route("/api/orders/{id}", get(read).delete(release))
        .route("/api/orders/{id}/seats", put(change_seats))
        .route("/api/orders/{id}/extension", post(extend))
        .route("/api/orders/{id}/registrant", put(assign_registrant))
        .route("/api/orders/{id}/payments", post(start_payment))
        .route("/api/orders/{id}/confirmation", post(confirm))
        .route("/api/orders/{id}/assignments", get(assignments))
        .route("/api/orders/{id}/assignments/{position}", put(assign).delete(unassign))
        .route("/api/orders/find", post(find))
}

pub(super) fn streams() -> Router<Arc<Room>> {
    Router::new().route("/api/orders/{id}/events", get(events))
}

/// Commands whose body says nothing.
#[derive(Debug, Default, Deserialize)]
struct Empty {}

/// An order that was placed, as its sender may see it, and the cookie that proves it.
#[derive(Debug)]
pub struct PlacedOrder {
    pub reply: Reply,
    pub order: Order,
    pub cookie: Option<HeaderValue>,
}

impl Room {
    /// Places an order for the sender of a request.
    ///
    /// # Errors
    ///
    /// A problem when the conference is not on sale or a rule forbids it.
    pub async fn place_order(
        &self,
        slug: &str,
        (headers, address, reader): (&HeaderMap, ClientAddress, Reader),
        idempotency: Idempotency,
        (input, body): (PlaceOrder, &[u8]),
    ) -> Result<PlacedOrder, ApiError> {
        let hot = self.published(slug).await?;
        let known = Holder::from_headers(headers, &self.secrets);
        let holder = known.unwrap_or_else(|| Holder::new(self.entropy));
        let keyed = idempotency.0.is_some();
        let order_id = input.id.unwrap_or_else(|| self.order_id(idempotency));
        let command = RegisterToConference {
            order_id,
            seats: input.seats,
            promo_codes: input.promo_codes.clone(),
            expected_total: input.expected_total,
            holder: HolderId(holder.id()),
        };
        let sent = async { idempotency.send(&self.mailbox, hot.view.id, body, command).await };
        let reply = self.naming_codes(&hot, address, &input.promo_codes, sent).await?;
        let mut view = self.order_view(order_id).await?;
        let held = view.is_held_by(&HolderId(holder.id()));
        // The key was known to the first sender alone: whoever repeats it lost the answer, and the cookie with it.
        let proved = held || (keyed && reply.repeated);
        if proved && !held {
            view = Box::pin(self.add_holder(&view, &holder)).await?;
        }
        let form = if proved { Form::Full } else { Form::Redacted };
        let cookie = proved.then(|| holder.set_cookie(&self.secrets, self.transport));
        Ok(PlacedOrder { reply, order: self.show(&view, form, reader).await?, cookie })
    }

    /// An id for an order that came without one. A repeat of the same command must name the same order.
    pub fn order_id(&self, idempotency: Idempotency) -> OrderId {
        let fresh = self.entropy.id(self.clock.now());
        OrderId(idempotency.0.map_or(fresh, |command| {
            uuid::Builder::from_bytes(command.0.into_bytes())
                .with_version(uuid::Version::SortRand)
                .with_variant(uuid::Variant::RFC4122)
                .into_uuid()
        }))
    }

    pub(super) async fn add_holder(
        &self,
        view: &OrderView,
        holder: &Holder,
    ) -> Result<Arc<OrderView>, ApiError> {
        let command = AddHolder { order_id: view.id, holder: HolderId(holder.id()) };
        self.mailbox.send(view.conference_id, command).await?;
        self.order_view(view.id).await
    }

    /// Has a command on an order carried out for one of its holders, and gives the order after it as she reads it.
    ///
    /// # Errors
    ///
    /// A problem when the sender is no holder or a rule forbids it.
    pub async fn command_order(
        &self,
        (view, body): (&OrderView, &[u8]),
        reader: Reader,
        idempotency: Idempotency,
        command: impl Command + 'static,
    ) -> Result<(Reply, Order), ApiError> {
        let reply = idempotency.send(&self.mailbox, view.conference_id, body, command).await?;
        let view = self.order_view(view.id).await?;
        Ok((reply, self.show(&view, Form::Full, reader).await?))
    }
}

/// `POST /api/conferences/{slug}/orders`
async fn place(
    State(room): State<Arc<Room>>,
    PathId(slug): PathId<String>,
    address: ClientAddress,
    reader: Reader,
    headers: HeaderMap,
    idempotency: Idempotency,
    JsonBody { value, bytes }: JsonBody<PlaceOrder>,
) -> Result<Response, ApiError> {
    let sender = (&headers, address, reader);
    let placed = room.place_order(&slug, sender, idempotency, (value, &bytes)).await?;
    let location = format!("/api/orders/{}", placed.order.id);
    let mut response = Committed(placed.reply, Json(placed.order)).into_response();
    response.headers_mut().insert(header::LOCATION, header_value(&location));
    if let Some(cookie) = placed.cookie {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

pub(super) fn header_value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).expect("paths with ids are header values")
}

/// `GET /api/orders/{id}`
async fn read(
    State(room): State<Arc<Room>>,
    PathId(id): PathId<OrderId>,
    reader: Reader,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let view = room.order_view(id).await?;
    let form = room.form_for(&view, &headers);
    let order = room.show(&view, form, reader).await?;
    let names = room.names_of(view.conference_id, reader).await?;
    let form = match form {
        Form::Full => "full",
        Form::Redacted => "redacted",
    };
    let etag = format!("{id}-{}-{form}-{names}", view.version);
    Ok(reader.mark(conditional(&headers, &etag, || Json(order).into_response())))
}

impl Room {
    /// Tells one version of the names that a reader sees of a conference from another, for tags of what shows them.
    pub(super) async fn names_of(&self, id: ConferenceId, reader: Reader) -> Result<String, ApiError> {
        let hot = self.hot_conference(id).await?;
        Ok(format!("{}-{}", hot.view.details_version, reader.tag()))
    }
}

/// `GET /api/orders/{id}/events`
async fn events(
    State(room): State<Arc<Room>>,
    PathId(id): PathId<OrderId>,
    Reader(reader): Reader,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let view = room.order_view(id).await?;
    let form = room.form_for(&view, &headers);
    Ok(sse::stream(follow::order(room.follow(id).await?, (form, reader))))
}

impl Room {
    /// Returns when an order's payment is no longer open, or `patience` is over.
    ///
    /// # Errors
    ///
    /// When the order cannot be read.
    pub async fn until_heard(&self, id: OrderId, patience: Duration) -> Result<(), ApiError> {
        let mut feed = self.follow(id).await?;
        let settled = feed.wait_for(|order| order.view.status() != OrderStatus::PaymentPending);
        // Whoever waited in vain sees an open payment, which is the truth.
        let _ = tokio::time::timeout(patience, settled).await;
        Ok(())
    }

    /// Follows an order from its present state on.
    async fn follow(&self, id: OrderId) -> Result<watch::Receiver<Arc<LiveOrder>>, ApiError> {
        let view = self.order_view(id).await?;
        let conference = self.hot_conference(view.conference_id).await?;
        let now = self.clock.now();
        let feed = self.live.follow_order(LiveOrder::new(view, Arc::clone(&conference), now));
        // Whatever was committed between the read and the subscription is read again.
        let view = self.order_view(id).await?;
        self.live.follow_order(LiveOrder::new(view, conference, self.clock.now()));
        Ok(feed)
    }
}

impl Room {
    /// Asks for other seats and codes for an order's holder, and gives the order after it.
    ///
    /// # Errors
    ///
    /// A problem when a rule forbids it, or the sender has named too many codes that are not known.
    pub async fn change_seats(
        &self,
        (view, body): (&OrderView, &[u8]),
        (address, reader): (ClientAddress, Reader),
        idempotency: Idempotency,
        input: ChangeSeatsInput,
    ) -> Result<(Reply, Order), ApiError> {
        let hot = self.hot_conference(view.conference_id).await?;
        let ChangeSeatsInput { seats, promo_codes } = input;
        let command = ChangeSeats { order_id: view.id, seats, promo_codes: promo_codes.clone() };
        let changed = self.command_order((view, body), reader, idempotency, command);
        self.naming_codes(&hot, address, &promo_codes, changed).await
    }
}

/// `PUT /api/orders/{id}/seats`
async fn change_seats(
    State(room): State<Arc<Room>>,
    PathId(order_id): PathId<OrderId>,
    address: ClientAddress,
    reader: Reader,
    headers: HeaderMap,
    idempotency: Idempotency,
    JsonBody { value, bytes }: JsonBody<ChangeSeatsInput>,
) -> Result<Committed<Json<Order>>, ApiError> {
    let view = room.held_order(order_id, &headers).await?;
    let (reply, order) = room.change_seats((&view, &bytes), (address, reader), idempotency, value).await?;
    Ok(Committed(reply, Json(order)))
}

/// `POST /api/orders/{id}/extension`
async fn extend(
    State(room): State<Arc<Room>>,
    PathId(order_id): PathId<OrderId>,
    reader: Reader,
    headers: HeaderMap,
    idempotency: Idempotency,
    OptionalJsonBody { value: Empty {}, bytes }: OptionalJsonBody<Empty>,
) -> Result<Committed<Json<Order>>, ApiError> {
    let view = room.held_order(order_id, &headers).await?;
    let command = ExtendReservation { order_id };
    let (reply, order) = room.command_order((&view, &bytes), reader, idempotency, command).await?;
    Ok(Committed(reply, Json(order)))
}

/// `PUT /api/orders/{id}/registrant`
async fn assign_registrant(
    State(room): State<Arc<Room>>,
    PathId(order_id): PathId<OrderId>,
    reader: Reader,
    headers: HeaderMap,
    idempotency: Idempotency,
    JsonBody { value, bytes }: JsonBody<Person>,
) -> Result<Committed<Json<Order>>, ApiError> {
    let view = room.held_order(order_id, &headers).await?;
    let registrant = valid_person(value)?;
    let command = AssignRegistrantDetails { order_id, registrant, language: reader.0 };
    let (reply, order) = room.command_order((&view, &bytes), reader, idempotency, command).await?;
    Ok(Committed(reply, Json(order)))
}

/// The language that the sender of a request wants to be spoken to in, if she says.
pub fn language_of(headers: &HeaderMap) -> Option<Locale> {
    language::of(headers)
}

/// A person whose fields keep the rules, without the spaces around them.
///
/// # Errors
///
/// A problem that names the fields that do not.
pub fn valid_person(person: Person) -> Result<Person, ApiError> {
    let errors = validation::person(&person, "");
    if !errors.is_empty() {
        return Err(ApiError::invalid(errors));
    }
    let trimmed = |text: String| text.trim().to_owned();
    let Person { first_name, last_name, email } = person;
    Ok(Person { first_name: trimmed(first_name), last_name: trimmed(last_name), email: trimmed(email) })
}

impl Room {
    /// Starts a payment for an order's holder, or gives the one that is open.
    ///
    /// # Errors
    ///
    /// A problem when a rule forbids it.
    pub async fn pay(
        &self,
        (view, body): (&OrderView, &[u8]),
        idempotency: Idempotency,
    ) -> Result<(Reply, StartedPayment), ApiError> {
        let command = StartPayment { order_id: view.id };
        let reply = idempotency.send(&self.mailbox, view.conference_id, body, command).await?;
        let started = self.payments.started(PaymentId(reply.outcome.concerns)).await?;
        Ok((reply, started))
    }
}

/// `POST /api/orders/{id}/payments`
async fn start_payment(
    State(room): State<Arc<Room>>,
    PathId(order_id): PathId<OrderId>,
    headers: HeaderMap,
    idempotency: Idempotency,
    OptionalJsonBody { value: Empty {}, bytes }: OptionalJsonBody<Empty>,
) -> Result<Committed<Json<StartedPayment>>, ApiError> {
    let view = room.held_order(order_id, &headers).await?;
    let (reply, started) = room.pay((&view, &bytes), idempotency).await?;
    Ok(Committed(reply, Json(started)))
}

/// `POST /api/orders/{id}/confirmation`
async fn confirm(
    State(room): State<Arc<Room>>,
    PathId(order_id): PathId<OrderId>,
    reader: Reader,
    headers: HeaderMap,
    idempotency: Idempotency,
    OptionalJsonBody { value: Empty {}, bytes }: OptionalJsonBody<Empty>,
) -> Result<Committed<Json<Order>>, ApiError> {
    let view = room.held_order(order_id, &headers).await?;
    let command = ConfirmOrder { order_id };
    let (reply, order) = room.command_order((&view, &bytes), reader, idempotency, command).await?;
    Ok(Committed(reply, Json(order)))
}

/// `DELETE /api/orders/{id}`
async fn release(
    State(room): State<Arc<Room>>,
    PathId(order_id): PathId<OrderId>,
    reader: Reader,
    headers: HeaderMap,
    idempotency: Idempotency,
) -> Result<Committed<Json<Order>>, ApiError> {
    let view = room.held_order(order_id, &headers).await?;
    let command = ReleaseOrder { order_id };
    let (reply, order) = room.command_order((&view, b""), reader, idempotency, command).await?;
    Ok(Committed(reply, Json(order)))
}

impl Room {
    /// The assignments of an order.
    ///
    /// # Errors
    ///
    /// A problem while the order is not confirmed.
    pub async fn assignments(&self, id: OrderId) -> Result<AssignmentView, ApiError> {
        self.queries.assignments(id).await?.ok_or_else(|| {
            let title = "The seats of this order can be assigned once it is confirmed.";
            Problem::new("order-not-confirmed", 409, title).into()
        })
    }

    /// Seats an attendee, or nobody any more, and gives the seat after it.
    ///
    /// # Errors
    ///
    /// A problem when there is no such seat or the order is not confirmed.
    pub async fn assign_seat(
        &self,
        (conference_id, body): (ConferenceId, &[u8]),
        reader: Reader,
        idempotency: Idempotency,
        command: AssignSeat,
    ) -> Result<(Reply, SeatAssignment), ApiError> {
        let (order_id, position) = (command.order_id, command.position);
        let reply = idempotency.send(&self.mailbox, conference_id, body, command).await?;
        let seats = self.show_assignments(&self.assignments(order_id).await?, reader).await?.seats;
        let seat = seats.into_iter().find(|seat| seat.position == position);
        Ok((reply, seat.ok_or_else(|| ApiError::not_found("This seat"))?))
    }
}

/// `GET /api/orders/{id}/assignments`
async fn assignments(
    State(room): State<Arc<Room>>,
    PathId(id): PathId<OrderId>,
    reader: Reader,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    room.held_order(id, &headers).await?;
    let view = room.assignments(id).await?;
    let body = room.show_assignments(&view, reader).await?;
    let names = room.names_of(view.conference_id, reader).await?;
    let etag = format!("{id}-seats-{}-{names}", view.version);
    Ok(reader.mark(conditional(&headers, &etag, || Json(body).into_response())))
}

/// `PUT /api/orders/{id}/assignments/{position}`
async fn assign(
    State(room): State<Arc<Room>>,
    PathId((order_id, position)): PathId<(OrderId, i64)>,
    reader: Reader,
    headers: HeaderMap,
    idempotency: Idempotency,
    JsonBody { value, bytes }: JsonBody<Person>,
) -> Result<Committed<Json<SeatAssignment>>, ApiError> {
    let view = room.held_order(order_id, &headers).await?;
    let command = AssignSeat { order_id, position, attendee: Some(valid_person(value)?) };
    let (reply, seat) = room.assign_seat((view.conference_id, &bytes), reader, idempotency, command).await?;
    Ok(Committed(reply, Json(seat)))
}

/// `DELETE /api/orders/{id}/assignments/{position}`
async fn unassign(
    State(room): State<Arc<Room>>,
    PathId((order_id, position)): PathId<(OrderId, i64)>,
    reader: Reader,
    headers: HeaderMap,
    idempotency: Idempotency,
) -> Result<Committed<Json<SeatAssignment>>, ApiError> {
    let view = room.held_order(order_id, &headers).await?;
    let command = AssignSeat { order_id, position, attendee: None };
    let (reply, seat) = room.assign_seat((view.conference_id, b""), reader, idempotency, command).await?;
    Ok(Committed(reply, Json(seat)))
}

/// An order that was found, and the cookie that proves it from now on.
#[derive(Debug)]
pub struct FoundOrder {
    pub found: plenary_shared::registration::FoundOrder,
    pub cookie: HeaderValue,
}

/// How long a failed look-up takes, whatever was wrong with it.
const FAILED_LOOKUP: Duration = Duration::from_millis(150);

impl Room {
    /// Finds an order by its registrant's address and its code, and makes the asker a holder of it.
    ///
    /// # Errors
    ///
    /// The same problem after the same time, whichever of the two is wrong; another after too many attempts.
    pub async fn find_order(
        &self,
        headers: &HeaderMap,
        address: ClientAddress,
        input: FindOrder,
    ) -> Result<FoundOrder, ApiError> {
        self.guesses.attempt(&input.email, address).await?;
        let deadline = Instant::now() + FAILED_LOOKUP;
        let Some(view) = self.look_up(&input).await? else {
            sleep_until(deadline).await;
            let title = "No order has this e-mail address and access code.";
            let detail = "Look at the confirmation: the code has six letters and digits.";
            return Err(Problem::new("not-found", 404, title).with_detail(detail).into());
        };
        self.guesses.succeeded(&input.email, address).await?;
        let known = Holder::from_headers(headers, &self.secrets);
        let holder = known.unwrap_or_else(|| Holder::new(self.entropy));
        if !view.is_held_by(&HolderId(holder.id())) {
            self.add_holder(&view, &holder).await?;
        }
        let hot = self.hot_conference(view.conference_id).await?;
        let conference_slug = hot.conference.slug.clone();
        let found = plenary_shared::registration::FoundOrder { order_id: view.id, conference_slug };
        Ok(FoundOrder { found, cookie: holder.set_cookie(&self.secrets, self.transport) })
    }

    async fn look_up(&self, input: &FindOrder) -> Result<Option<OrderView>, ApiError> {
        let code = input.access_code.trim().to_ascii_uppercase();
        let orders = self.queries.orders_of(&self.secrets.keyed_hash(input.email.trim())).await?;
        let mut matching = orders.into_iter().filter(|view| {
            let terms = view.order.terms();
            let registrant = terms.and_then(|terms| terms.registrant.as_ref()?.reveal());
            let same = registrant.is_some_and(|it| validation::same_email(&it.email, input.email.trim()));
            let known = terms.map_or("", |terms| &terms.access_code);
            bool::from(known.as_bytes().ct_eq(code.as_bytes())) && same
        });
        Ok(matching.next_back())
    }
}

/// `POST /api/orders/find`
async fn find(
    State(room): State<Arc<Room>>,
    address: ClientAddress,
    headers: HeaderMap,
    JsonBody { value, .. }: JsonBody<FindOrder>,
) -> Result<Response, ApiError> {
    let FoundOrder { found, cookie } = room.find_order(&headers, address, value).await?;
    let mut response = (StatusCode::OK, Json(found)).into_response();
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    Ok(response)
}
