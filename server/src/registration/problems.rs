//! What this room's refusals are for the asker: the one place that chooses their HTTP status.

use plenary_shared::{FieldError, Problem};

use super::{order, seat_assignments, seats_availability, wait_list};

impl From<order::Refusal> for Problem {
    fn from(refusal: order::Refusal) -> Self {
        use order::Refusal as R;
        let text = refusal.to_string();
        let (slug, status) = match &refusal {
            R::NothingChosen => return invalid("seats", "required", text),
            R::QuantityOutOfRange { index, .. } => return invalid(&quantity(*index), "too_many", text),
            R::DuplicateSeatType { index, .. } => return invalid(&seat_type(*index), "duplicate", text),
            R::WrongCurrency { index, .. } => return invalid(&seat_type(*index), "currency", text),
            R::NotPlaced => ("not-found", 404),
            R::Confirmed => ("order-confirmed", 409),
            R::Expired => ("order-expired", 410),
            R::Cancelled => ("order-cancelled", 409),
            R::NeedsAttention => ("needs-attention", 409),
            R::Refunded => ("order-refunded", 409),
            R::NothingToDecide => ("nothing-to-decide", 409),
            R::AlreadyDecided(_) => ("already-decided", 409),
            R::OverrideImpossible => ("override-impossible", 409),
            R::TimeIsUp => ("time-is-up", 410),
            R::PaymentOpen { .. } => ("payment-open", 409),
            R::ReservationIncomplete | R::RegistrantMissing => ("reservation-incomplete", 409),
            R::FreeOfCharge => ("free-of-charge", 409),
            R::PaymentRequired { .. } => ("payment-required", 409),
            R::AlreadyExtended => ("already-extended", 409),
            R::PersonalDataErased => ("personal-data-erased", 409),
        };
        Self::new(slug, status, text)
    }
}

impl From<seats_availability::Refusal> for Problem {
    fn from(refusal: seats_availability::Refusal) -> Self {
        use seats_availability::Refusal as R;
        let text = refusal.to_string();
        match refusal {
            R::QuotaOutOfRange { .. } => invalid("quota", "range", text),
            R::NothingChosen => invalid("seats", "required", text),
            R::UnknownSeatType { index, .. } => invalid(&seat_type(index), "unknown", text),
            R::DuplicateSeatType { index, .. } => invalid(&seat_type(index), "duplicate", text),
            R::NegativeQuantity { index, .. } => invalid(&quantity(index), "negative", text),
            R::TooManySeats { index, .. } => invalid(&quantity(index), "too_many", text),
        }
    }
}

impl From<seat_assignments::Refusal> for Problem {
    fn from(refusal: seat_assignments::Refusal) -> Self {
        use seat_assignments::Refusal as R;
        let text = refusal.to_string();
        match refusal {
            R::NotCreated => Self::new("order-not-confirmed", 409, text),
            R::AlreadyCheckedIn { since } => {
                let problem =
                    Self::new("already-checked-in", 409, text).with_detail(format!("Since {since}."));
                Self { since: Some(since), ..problem }
            }
            R::SeatInUse { .. } => Self::new("seat-in-use", 409, text),
            R::UnknownPosition { .. } => Self::new("not-found", 404, text),
            R::PersonalDataErased => Self::new("personal-data-erased", 409, text),
            R::EmailMissing => invalid("email", "required", text),
        }
    }
}

impl From<wait_list::Refusal> for Problem {
    fn from(refusal: wait_list::Refusal) -> Self {
        use wait_list::Refusal as R;
        let text = refusal.to_string();
        match refusal {
            R::QuantityOutOfRange => invalid("quantity", "range", text),
            R::SeatsAvailable { free } => {
                Self::new("seats-available", 409, text).with_detail(format!("{free} can be had right now."))
            }
            R::ListFull => Self::new("wait-list-full", 409, text),
            R::UnknownEntry => Self::new("not-found", 404, text),
            R::TooManyHolders => Self::new("too-many-holders", 409, text),
            R::OnlyFewerSeats { offered } => {
                Self::new("only-fewer-seats", 409, text).with_detail(format!("{offered} were offered."))
            }
        }
    }
}

fn quantity(index: usize) -> String {
    format!("seats[{index}].quantity")
}

fn seat_type(index: usize) -> String {
    format!("seats[{index}].seat_type_id")
}

fn invalid(field: &str, rule: &str, message: String) -> Problem {
    invalid_input(vec![FieldError::new(field, rule, message)])
}

/// The problem that names these fields.
pub fn invalid_input(errors: Vec<FieldError>) -> Problem {
    crate::http::problem::ApiError::invalid(errors).into_problem()
}
