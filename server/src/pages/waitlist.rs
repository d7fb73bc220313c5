//! The plain form that joins a wait list.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use plenary_app::SubmittedForm;
use plenary_shared::FieldError;
use plenary_shared::waitlist::JoinWaitList;

use super::forms::fields;
use super::{Faces, failure, respond, see_other};
use crate::http::client_address::ClientAddress;
use crate::http::command::Idempotency;
use crate::http::input::PathId;
use crate::http::language::{self, Reader};
use crate::http::problem::ApiError;

/// `POST /{slug}/waitlist`: done, it leads to the place on the list; refused, to the form again.
pub(super) async fn join(
    State(faces): State<Arc<Faces>>,
    slug: Result<PathId<String>, ApiError>,
    headers: HeaderMap,
    address: ClientAddress,
    request: Request,
) -> Response {
    let submitted = async { Ok((slug?.0, fields(&headers, request).await?)) };
    let (slug, fields) = match submitted.await {
        Ok(submitted) => submitted,
        Err(error) => return failure(&faces, &headers, error),
    };
    let joined = async {
        let input = input_of(&fields)?;
        let body = serde_json::to_vec(&input)?;
        let room = &faces.registration;
        let sender = (&headers, address, Reader(language::of(&headers)));
        room.join_wait_list(&slug, sender, Idempotency(None), (input, &body)).await
    };
    match joined.await {
        Ok(joined) => {
            let (slug, id) = (&joined.entry.conference.slug, joined.entry.id);
            let mut response = see_other(&format!("/{slug}/waitlist/{id}"));
            if let Some(cookie) = joined.cookie {
                response.headers_mut().append(header::SET_COOKIE, cookie);
            }
            response
        }
        Err(error) => {
            let form = SubmittedForm { fields, problem: error.into_problem() };
            respond(faces.render(&format!("/{slug}/waitlist"), &headers, Some(form)).await)
        }
    }
}

/// The fields `email`, `seat_type_id` and `quantity`.
fn input_of(fields: &[(String, String)]) -> Result<JoinWaitList, ApiError> {
    let text =
        |name: &str| fields.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value.trim());
    let wrong = |field: &str, rule: &str, message: &str| vec![FieldError::new(field, rule, message)];
    let mut errors = Vec::new();
    let seat_type_id = text("seat_type_id").parse();
    if seat_type_id.is_err() {
        errors.extend(wrong("seat_type_id", "unknown", "There is no such seat type."));
    }
    let quantity = text("quantity").parse();
    if quantity.is_err() {
        errors.extend(wrong("quantity", "type", "A whole number is expected."));
    }
    match (seat_type_id, quantity) {
        (Ok(seat_type_id), Ok(quantity)) => {
            Ok(JoinWaitList { email: text("email").to_owned(), seat_type_id, quantity })
        }
        _ => Err(ApiError::invalid(errors)),
    }
}
