//! The rules of promotional codes: from the codes there are and a wish to the next row and what the other rooms are
//! told. Codes are told of at once, published or not: nobody sees them who does not know them.

use plenary_shared::promo_codes::{Combines, DiscountRule, PromoCodeInput};
use plenary_shared::{Currency, FieldError, PromoCodeId, SeatTypeId, validation};

use super::super::conference::{Conference, Decision, Refusal, SeatType};
use super::super::contracts::{Event, PromoCode};

/// The most codes of one conference: Registration keeps them all at hand.
const MAX_CODES: usize = 1000;

/// A promotional code as its room keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnCode {
    pub id: PromoCodeId,
    pub promo_code: PromoCode,
}

/// What a wish about a code is held against.
#[derive(Debug, Clone, Copy)]
pub struct Holdings<'h> {
    pub conference: &'h Conference,
    pub seat_types: &'h [SeatType],
    pub codes: &'h [OwnCode],
}

/// A new code.
///
/// # Errors
///
/// When the input breaks a rule or the conference has such a code already, whatever its case.
pub fn create(it: Holdings<'_>, id: PromoCodeId, input: &PromoCodeInput) -> Decision<OwnCode> {
    let promo_code = checked(it, input, 1)?;
    if it.codes.iter().any(|other| other.promo_code.code == promo_code.code) {
        return Err(Refusal::CodeTaken);
    }
    if it.codes.len() >= MAX_CODES {
        let message = format!("A conference has at most {MAX_CODES} promotional codes.");
        return Err(Refusal::Invalid(vec![FieldError::new("code", "too_many", message)]));
    }
    let created = Event::PromoCodeCreated { promo_code_id: id, promo_code: promo_code.clone() };
    Ok((OwnCode { id, promo_code }, vec![created]))
}

/// The code as the input says. Orders that use it keep the rule that they were placed with.
///
/// # Errors
///
/// When it is not one of the conference's, before anything else; when the change was made on an older version or
/// breaks a rule.
pub fn update(it: Holdings<'_>, id: PromoCodeId, input: &PromoCodeInput) -> Decision<OwnCode> {
    let known = it.codes.iter().find(|code| code.id == id).ok_or(Refusal::UnknownPromoCode)?;
    let current = known.promo_code.version;
    match input.version {
        None => {
            let required = "The version that the change was made on is required.";
            return Err(Refusal::Invalid(vec![FieldError::new("version", "required", required)]));
        }
        Some(version) if version != current => return Err(Refusal::StaleVersion { current }),
        Some(_) => {}
    }
    let same_version = checked(it, input, current)?;
    if same_version.code != known.promo_code.code {
        let fixed = "A code stays as it is. Switch it off and add another one.";
        return Err(Refusal::Invalid(vec![FieldError::new("code", "fixed", fixed)]));
    }
    if same_version == known.promo_code {
        return Ok((known.clone(), Vec::new()));
    }
    let promo_code = PromoCode { version: current + 1, ..same_version };
    let updated = Event::PromoCodeUpdated { promo_code_id: id, promo_code: promo_code.clone() };
    Ok((OwnCode { id, promo_code }, vec![updated]))
}

/// Whether a seat type may be deleted as far as codes go: one that is named by a code may not, because the code would
/// be left with a scope that nobody can choose.
///
/// # Errors
///
/// Names the code.
pub fn may_delete_seat_type(codes: &[OwnCode], id: SeatTypeId) -> Result<(), Refusal> {
    let names = |it: &&OwnCode| it.promo_code.seat_type_ids.as_ref().is_some_and(|ids| ids.contains(&id));
    codes
        .iter()
        .find(names)
        .map_or(Ok(()), |it| Err(Refusal::NamedByCode { code: it.promo_code.code.clone() }))
}

/// Whether the currency may change as far as codes go: not once one of them takes off an amount.
///
/// # Errors
///
/// Says what the currency stays.
pub fn may_change_currency(codes: &[OwnCode], from: Currency, to: Currency) -> Result<(), Refusal> {
    let is_amount = |it: &OwnCode| matches!(it.promo_code.discount, DiscountRule::Amount { .. });
    if from != to && codes.iter().any(is_amount) {
        return Err(Refusal::CurrencyFixed { currency: from });
    }
    Ok(())
}

fn checked(it: Holdings<'_>, input: &PromoCodeInput, version: i64) -> Result<PromoCode, Refusal> {
    let mut errors = validation::promo_code(input);
    errors.extend(wrong_currency(it.conference, input.discount));
    errors.extend(unknown_seat_types(it.seat_types, input));
    if !errors.is_empty() {
        return Err(Refusal::Invalid(errors));
    }
    let scope = |ids: &Vec<SeatTypeId>| {
        let mut ids = ids.clone();
        ids.sort_unstable();
        ids.dedup();
        ids
    };
    Ok(PromoCode {
        code: upper(&input.code),
        description: input.description.trim().to_owned(),
        discount: input.discount,
        seat_type_ids: input.seat_type_ids.as_ref().map(scope),
        max_uses: input.max_uses,
        combines: in_upper_case(&input.combines),
        active: input.active,
        version,
    })
}

fn wrong_currency(conference: &Conference, discount: DiscountRule) -> Option<FieldError> {
    let currency = conference.details.currency;
    match discount {
        DiscountRule::Amount { amount } if amount.currency != currency => {
            let message = format!("The conference sells in {currency}.");
            Some(FieldError::new("discount.amount.currency", "currency", message))
        }
        DiscountRule::Amount { .. } | DiscountRule::Percentage { .. } => None,
    }
}

fn unknown_seat_types<'i>(
    seat_types: &'i [SeatType],
    input: &'i PromoCodeInput,
) -> impl Iterator<Item = FieldError> + 'i {
    let named = input.seat_type_ids.iter().flatten().enumerate();
    let unknown = named.filter(|(_, id)| !seat_types.iter().any(|it| it.id == **id));
    unknown.map(|(index, _)| {
        let field = format!("seat_type_ids[{index}]");
        FieldError::new(field, "unknown", "The conference has no such seat type.")
    })
}

fn in_upper_case(combines: &Combines) -> Combines {
    let Combines::With(codes) = combines else { return combines.clone() };
    let mut codes: Vec<_> = codes.iter().map(|code| upper(code)).collect();
    codes.sort_unstable();
    codes.dedup();
    Combines::With(codes)
}

fn upper(code: &str) -> String {
    code.trim().to_ascii_uppercase()
}

#[cfg(test)]
mod tests;
