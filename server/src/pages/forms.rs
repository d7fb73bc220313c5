//! Plain forms: what browsers without scripts send. Done, they answer 303; refused, the page again with the input and
//! the reasons.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{OriginalUri, Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use plenary_app::{ManageRoute, OrderPart, Route, SubmittedForm};
use plenary_shared::conference::LocateConference;
use plenary_shared::payments::PaymentOutcome;
use plenary_shared::registration::{ChangeSeats, FindOrder, Person, PlaceOrder, SeatQuantity};
use plenary_shared::{FieldError, OrderId, PaymentId, Problem, WaitListEntryId};

use super::{Faces, decoded, failure, processor_page, respond, see_other};
use crate::http::client_address::ClientAddress;
use crate::http::command::Idempotency;
use crate::http::holder::Holder;
use crate::http::input::{PathId, read_body};
use crate::http::language::Reader;
use crate::http::problem::ApiError;
use crate::messaging;
use crate::payments;
use crate::registration::commands::{
    AssignRegistrantDetails, AssignSeat, ConfirmOrder, ExtendReservation, ReleaseOrder,
};
use crate::registration::http::{language_of, valid_person};
use crate::registration::projections::{Form, OrderView};

/// For how long the same choice of the same holder is taken for a second click on the same button.
const SECOND_CLICK: Duration = Duration::from_secs(30);

/// How long the page after the processor's waits for the callback to arrive: without scripts it cannot hear of it
/// later.
const HEARD: Duration = Duration::from_secs(3);

/// What a form came with.
#[derive(Debug)]
struct Submission {
    route: Route,
    headers: HeaderMap,
    address: ClientAddress,
    fields: Vec<(String, String)>,
}

/// Where to send the visitor after a form was done.
#[derive(Debug)]
struct Done {
    target: String,
    cookie: Option<HeaderValue>,
}

impl Done {
    fn at(target: impl Into<String>) -> Self {
        Self { target: target.into(), cookie: None }
    }
}

/// Takes any form of the site.
pub(super) async fn submit(
    State(faces): State<Arc<Faces>>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    address: ClientAddress,
    request: Request,
) -> Response {
    let path = decoded(uri.path());
    let fields = match fields(&headers, request).await {
        Ok(fields) => fields,
        Err(error) => return failure(&faces, &headers, error),
    };
    let Some(route) = Route::parse(&path) else {
        return failure(&faces, &headers, ApiError::not_found("This page"));
    };
    let page = page_of(&route);
    let submission = Submission { route, headers, address, fields };
    match faces.carry_out(&submission).await {
        Ok(done) => {
            let mut response = see_other(&done.target);
            if let Some(cookie) = done.cookie {
                response.headers_mut().append(header::SET_COOKIE, cookie);
            }
            response
        }
        Err(error) => {
            let problem = error.into_problem();
            let form = SubmittedForm { fields: submission.fields, problem };
            respond(faces.render(&page, &submission.headers, Some(form)).await)
        }
    }
}

/// The page that a form is on.
fn page_of(route: &Route) -> String {
    match route {
        Route::Order { slug, order_id, .. } => format!("/{slug}/orders/{order_id}"),
        other => other.path(),
    }
}

pub(super) async fn fields(headers: &HeaderMap, request: Request) -> Result<Vec<(String, String)>, ApiError> {
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    if !media_type.starts_with("application/x-www-form-urlencoded") {
        return Err(Problem::new("unsupported-media-type", 415, "This is not a form.").into());
    }
    let body = read_body(request, &()).await?;
    serde_urlencoded::from_bytes(&body)
        .map_err(|_| Problem::new("malformed", 400, "The form could not be read.").into())
}

impl Submission {
    fn text(&self, name: &str) -> String {
        let field = self.fields.iter().find(|(field, _)| field == name);
        field.map(|(_, value)| value.clone()).unwrap_or_default()
    }

    /// The fields `seats.<seat type>=n`; an empty one counts as none.
    fn seats(&self) -> Result<Vec<SeatQuantity>, ApiError> {
        let named =
            self.fields.iter().filter_map(|(name, value)| Some((name.strip_prefix("seats.")?, value)));
        let seat = |(id, value): (&str, &String)| {
            let wrong = |rule, message: &str| {
                ApiError::invalid(vec![FieldError::new(format!("seats.{id}"), rule, message)])
            };
            let text = value.trim();
            let quantity = if text.is_empty() { Ok(0) } else { text.parse() };
            Ok(SeatQuantity {
                seat_type_id: id.parse().map_err(|_| wrong("unknown", "There is no such seat type."))?,
                quantity: quantity.map_err(|_| wrong("type", "A whole number is expected."))?,
            })
        };
        named.map(seat).collect()
    }

    /// The field `promo_code`: codes between commas or spaces. Nothing when the form has no such field.
    fn promo_codes(&self) -> Option<Vec<String>> {
        let (_, text) = self.fields.iter().find(|(field, _)| field == "promo_code")?;
        let separate = |c: char| c == ',' || c.is_whitespace();
        Some(text.split(separate).filter(|code| !code.is_empty()).map(str::to_owned).collect())
    }

    fn person(&self) -> Person {
        Person {
            first_name: self.text("first_name"),
            last_name: self.text("last_name"),
            email: self.text("email"),
        }
    }
}

impl Faces {
    async fn carry_out(&self, submission: &Submission) -> Result<Done, ApiError> {
        match &submission.route {
            Route::Conference { slug } => self.place(slug, submission).await,
            Route::Order { slug, order_id, part } => self.on_order(slug, *order_id, *part, submission).await,
            Route::WaitList { slug, entry_id: Some(id) } => self.leave(slug, *id, submission).await,
            Route::FindOrder => self.find(submission).await,
            Route::Manage(ManageRoute::Locate) => self.locate(submission).await,
            // Joining has a handler of its own.
            Route::Conferences
            | Route::Design
            | Route::Calendar { .. }
            | Route::Picture { .. }
            | Route::WaitList { entry_id: None, .. }
            | Route::Manage(_) => Err(no_form()),
        }
    }

    async fn place(&self, slug: &str, submission: &Submission) -> Result<Done, ApiError> {
        let seats = submission.seats()?;
        let promo_codes = submission.promo_codes().unwrap_or_default();
        let input = PlaceOrder { id: None, seats, promo_codes, expected_total: None };
        let body = serde_json::to_vec(&input)?;
        let keys = self.click_keys(slug, submission, &body);
        let slug = self.registration.published(slug).await?.conference.slug.clone();
        // The same choice in the half minute before is the same click, on whichever side of the full half minute.
        if let Some([_, before]) = keys
            && let Some(order_id) = self.recent_order(before).await?
        {
            return Ok(Done::at(format!("/{slug}/orders/{order_id}")));
        }
        let idempotency = Idempotency(keys.map(|[now, _]| now));
        let sender = (&submission.headers, submission.address, Reader(None));
        let placed = self.registration.place_order(&slug, sender, idempotency, (input, &body)).await?;
        Ok(Done { target: format!("/{slug}/orders/{}", placed.order.id), cookie: placed.cookie })
    }

    /// What names this click and one in the half minute before; nothing for a visitor without a cookie.
    fn click_keys(
        &self,
        slug: &str,
        submission: &Submission,
        body: &[u8],
    ) -> Option<[messaging::CommandId; 2]> {
        let holder = Holder::from_headers(&submission.headers, &self.registration.secrets)?;
        let window = i64::try_from(SECOND_CLICK.as_millis()).unwrap_or(i64::MAX);
        let half_minute = self.registration.clock.now().as_millis() / window;
        let choice = messaging::hex(&messaging::body_hash(body));
        let key = |half_minute: i64| {
            let text = format!("{}.{choice}.{half_minute}", holder.id());
            messaging::command_id(&format!("form {}", slug.to_lowercase()), &text)
        };
        Some([key(half_minute), key(half_minute - 1)])
    }

    async fn recent_order(&self, key: messaging::CommandId) -> Result<Option<OrderId>, ApiError> {
        let id = self.registration.order_id(Idempotency(Some(key)));
        let Some(view) = self.registration.queries.order(id).await? else { return Ok(None) };
        let age = self.registration.clock.now().since(view.placed_at);
        Ok((age <= SECOND_CLICK).then_some(id))
    }

    async fn on_order(
        &self,
        slug: &str,
        order_id: OrderId,
        part: OrderPart,
        submission: &Submission,
    ) -> Result<Done, ApiError> {
        let room = &self.registration;
        let view = room.held_order(order_id, &submission.headers).await?;
        match part {
            OrderPart::Whole => return self.complete(slug, &view, submission).await,
            OrderPart::Tickets(_) => return Err(no_form()),
            OrderPart::Seats => {
                let promo_codes = submission.promo_codes().unwrap_or_else(|| codes_of(&view));
                let input = ChangeSeats { seats: submission.seats()?, promo_codes };
                let sender = (submission.address, Reader(None));
                room.change_seats((&view, b""), sender, Idempotency(None), input).await?;
            }
            OrderPart::Release => {
                room.mailbox.send(view.conference_id, ReleaseOrder { order_id }).await?;
            }
            OrderPart::Extension => {
                room.mailbox.send(view.conference_id, ExtendReservation { order_id }).await?;
            }
            OrderPart::Assign(position) => {
                let person = submission.person();
                let cleared = person.email.trim().is_empty()
                    && person.first_name.trim().is_empty()
                    && person.last_name.trim().is_empty();
                let attendee = if cleared { None } else { Some(valid_person(person)?) };
                room.mailbox.send(view.conference_id, AssignSeat { order_id, position, attendee }).await?;
            }
        }
        Ok(Done::at(format!("/{slug}/orders/{order_id}")))
    }

    /// Says who registers, and pays or confirms.
    async fn complete(
        &self,
        slug: &str,
        held: &OrderView,
        submission: &Submission,
    ) -> Result<Done, ApiError> {
        let (room, order_id) = (&self.registration, held.id);
        let registrant = valid_person(submission.person())?;
        let language = language_of(&submission.headers);
        let command = AssignRegistrantDetails { order_id, registrant, language };
        room.mailbox.send(held.conference_id, command).await?;
        let view = room.order_view(order_id).await?;
        if room.show(&view, Form::Full, Reader(None)).await?.free {
            room.mailbox.send(view.conference_id, ConfirmOrder { order_id }).await?;
            return Ok(Done::at(format!("/{slug}/orders/{order_id}")));
        }
        let (_, started) = room.pay((&view, b""), Idempotency(None)).await?;
        Ok(Done::at(started.redirect_url))
    }

    async fn find(&self, submission: &Submission) -> Result<Done, ApiError> {
        let input =
            FindOrder { email: submission.text("email"), access_code: submission.text("access_code") };
        let found = self.registration.find_order(&submission.headers, submission.address, input).await?;
        let target = format!("/{}/orders/{}", found.found.conference_slug, found.found.order_id);
        Ok(Done { target, cookie: Some(found.cookie) })
    }

    /// Takes a place off the wait list.
    async fn leave(
        &self,
        slug: &str,
        id: WaitListEntryId,
        submission: &Submission,
    ) -> Result<Done, ApiError> {
        let asker = (&submission.headers, None, Reader(None));
        self.registration.leave_wait_list(id, asker, Idempotency(None)).await?;
        Ok(Done::at(format!("/{slug}/waitlist/{id}")))
    }

    async fn locate(&self, submission: &Submission) -> Result<Done, ApiError> {
        let input =
            LocateConference { email: submission.text("email"), access_code: submission.text("access_code") };
        let (conference, token) =
            self.management.sign_in(&submission.headers, submission.address, &input).await?;
        let cookie = Some(token.set_cookie(self.management.transport));
        Ok(Done { target: format!("/manage/{}", conference.conference.slug), cookie })
    }
}

fn no_form() -> ApiError {
    Problem::new("method-not-allowed", 405, "There is no form on this page.").into()
}

/// The codes that an order has: a form that does not ask for codes leaves them as they are.
fn codes_of(view: &OrderView) -> Vec<String> {
    let terms = view.order.terms();
    terms.map(|terms| terms.promo_codes.iter().map(|it| it.code.clone()).collect()).unwrap_or_default()
}

/// What the visitor of the simulated processor decided.
pub(super) async fn decide_payment(
    State(faces): State<Arc<Faces>>,
    payment_id: Result<PathId<PaymentId>, ApiError>,
    headers: HeaderMap,
    request: Request,
) -> Response {
    let decided = async {
        let PathId(id) = payment_id?;
        let fields = fields(&headers, request).await?;
        let decision = fields.iter().find(|(name, _)| name == "decision").map(|(_, value)| value.as_str());
        let outcome = match decision {
            Some("accept") => PaymentOutcome::Completed,
            Some("reject") => PaymentOutcome::Rejected,
            _ => {
                let error = FieldError::new("decision", "unknown", "It is either accept or reject.");
                return Err(ApiError::invalid(vec![error]));
            }
        };
        let payment = payments::http::payment(&faces.db, id).await?;
        if payment.status != plenary_shared::payments::PaymentStatus::Initiated {
            let language = super::language_of(&headers);
            return Ok(respond(processor_page(&faces, id, language, &headers).await?));
        }
        faces.processor.decide(id, outcome).await?;
        faces.registration.until_heard(payment.order_id, HEARD).await?;
        Ok(see_other(&super::order_path(&*faces.conference_of(&payment).await?, &payment)))
    };
    decided.await.unwrap_or_else(|error| failure(&faces, &headers, error))
}
