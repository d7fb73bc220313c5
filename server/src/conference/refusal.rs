//! What a refusal is over HTTP: the one place where this room chooses a status.

use plenary_shared::{FieldError, Problem};

use super::conference::Refusal;
use crate::http::problem::ApiError;
use crate::messaging::Failure;

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let title = refusal.to_string();
        match refusal {
            Refusal::UnknownConference | Refusal::UnknownSeatType | Refusal::UnknownPromoCode => {
                Self::new("not-found", 404, title)
            }
            Refusal::StaleVersion { current } => Self::new("stale-version", 409, title).with_detail(format!(
                "It is at version {current} now. Look at it again before you change it."
            )),
            Refusal::PublishedOnce => Self::new("published-once", 409, title)
                .with_detail("Set its quota to what is sold, and nothing more of it is sold."),
            Refusal::CurrencyFixed { currency } => {
                let message = format!("The conference sells in {currency}.");
                Self::new("currency-fixed", 409, title)
                    .with_errors(vec![FieldError::new("currency", "fixed", message)])
            }
            Refusal::SlugTaken => Self::new("slug-taken", 409, title),
            Refusal::CodeTaken => {
                let error = FieldError::new("code", "taken", title.clone());
                Self::new("code-taken", 409, title).with_errors(vec![error])
            }
            Refusal::NamedByCode { .. } => Self::new("seat-type-in-use", 409, title)
                .with_detail("Let the code be for other seat types first."),
            Refusal::Invalid(errors) => ApiError::invalid(errors).into_problem(),
        }
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        Problem::from(refusal).into()
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Problem::from(refusal).into()
    }
}
