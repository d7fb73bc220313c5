//! Which promotional codes an order may use: the codes that were typed against those that the conference has.
//!
//! Whether a code has uses left is asked of [`promo_code_uses`](super::promo_code_uses), which alone counts them.

use plenary_shared::pricing::AppliedCode;
use plenary_shared::{FieldError, PromoCodeId, validation};
use serde::{Deserialize, Serialize};

use super::order::OrderedSeat;
use crate::conference::contracts::PromoCode;

/// A code as Registration knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogueCode {
    pub id: PromoCodeId,
    pub promo_code: PromoCode,
}

/// The rules that an order breaks whose codes are unknown or switched off: whoever meets them may be guessing.
const GUESSED: [&str; 2] = ["unknown_code", "code_not_active"];

/// A code that an order may use, as far as the code itself goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    pub code: AppliedCode,
    /// `None` for any number.
    pub max_uses: Option<i64>,
    /// Its place in the request, counted from 0.
    pub index: usize,
}

impl Chosen {
    /// What is said once its limit is reached.
    pub fn used_up(&self) -> FieldError {
        let message = format!("The promotional code {} has been used up.", self.code.code);
        error(self.index, "code_used_up", message)
    }
}

/// The codes of a request, each once whatever its case and however often it was typed, in alphabetical order.
///
/// A code that the order uses already stays as it was when the order took it, whatever has become of it since.
///
/// # Errors
///
/// Names every code that cannot be used, with the reason: it is not known, not active, for none of the seats, or does
/// not combine with another.
pub fn choose(
    typed: &[String],
    known: &[CatalogueCode],
    kept: &[AppliedCode],
    seats: &[OrderedSeat],
) -> Result<Vec<Chosen>, Vec<FieldError>> {
    let mut errors = validation::codes_of_order(typed);
    if !errors.is_empty() {
        return Err(errors);
    }
    let mut chosen: Vec<Chosen> = Vec::new();
    for (index, text) in typed.iter().enumerate() {
        let code = upper(text);
        if chosen.iter().any(|earlier| earlier.code.code == code) {
            continue;
        }
        match find(&code, index, known, kept).and_then(|code| in_scope(code, seats)) {
            Ok(code) => chosen.push(code),
            Err(error) => errors.push(error),
        }
    }
    errors.extend(conflicts(&chosen));
    if !errors.is_empty() {
        return Err(errors);
    }
    chosen.sort_by(|a, b| a.code.code.cmp(&b.code.code));
    Ok(chosen)
}

/// The codes of a request as [`choose`] would name them, known or not, to tell one request from another.
pub fn names(typed: &[String]) -> Vec<String> {
    let mut names: Vec<_> = typed.iter().map(|text| upper(text)).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Whether somebody who was refused so may have been guessing at codes.
pub fn is_guess(errors: &[FieldError]) -> bool {
    errors.iter().any(|error| GUESSED.contains(&error.rule.as_str()))
}

/// Whether every code is one that the conference has switched on, so that nobody is guessing.
pub fn all_known(typed: &[String], known: &[CatalogueCode]) -> bool {
    let is_known = |text: &String| {
        let code = upper(text);
        known.iter().any(|it| it.promo_code.code == code && it.promo_code.active)
    };
    typed.iter().all(is_known)
}

fn upper(text: &str) -> String {
    text.trim().to_ascii_uppercase()
}

fn find(
    code: &str,
    index: usize,
    known: &[CatalogueCode],
    kept: &[AppliedCode],
) -> Result<Chosen, FieldError> {
    if let Some(kept) = kept.iter().find(|it| it.code == code) {
        return Ok(Chosen { code: kept.clone(), max_uses: None, index });
    }
    let unknown = || error(index, "unknown_code", "This promotional code is not known.");
    let CatalogueCode { id, promo_code: it } =
        known.iter().find(|it| it.promo_code.code == code).ok_or_else(unknown)?;
    if !it.active {
        let message = format!("The promotional code {code} is not active.");
        return Err(error(index, "code_not_active", message));
    }
    let code = AppliedCode {
        promo_code_id: *id,
        code: it.code.clone(),
        description: it.description.clone(),
        discount: it.discount,
        seat_type_ids: it.seat_type_ids.clone(),
        combines: it.combines.clone(),
    };
    Ok(Chosen { code, max_uses: it.max_uses, index })
}

fn in_scope(chosen: Chosen, seats: &[OrderedSeat]) -> Result<Chosen, FieldError> {
    if seats.iter().any(|seat| chosen.code.covers(seat.seat_type_id)) {
        return Ok(chosen);
    }
    let message = format!("The promotional code {} is not for the seats that were chosen.", chosen.code.code);
    Err(error(chosen.index, "code_out_of_scope", message))
}

/// An error at the later code of every two that do not combine.
fn conflicts(chosen: &[Chosen]) -> impl Iterator<Item = FieldError> + '_ {
    let earlier = |index: usize| chosen[..index].iter();
    chosen.iter().enumerate().flat_map(move |(place, later)| {
        earlier(place).filter(|it| !it.code.combines_with(&later.code)).map(|it| {
            let message = format!("{} cannot be combined with {}.", later.code.code, it.code.code);
            error(later.index, "code_not_combinable", message)
        })
    })
}

fn error(index: usize, rule: &str, message: impl Into<String>) -> FieldError {
    FieldError::new(format!("promo_codes[{index}]"), rule, message)
}

#[cfg(test)]
mod tests;
