//! Who uses which promotional code, kept in step with what becomes of orders.
//!
//! An order takes its codes when it is placed or changed, in the command that does so, because a limit that is reached
//! refuses the whole command. What happens to it later can only be followed: its codes are given back when it ends, and
//! taken again whatever their limits when it is paid all the same.

use async_trait::async_trait;
use plenary_shared::{FieldError, OrderId, Problem};

use super::order::{self, Order};
use super::problems::invalid_input;
use super::promo_code_uses::{self, LimitedCode, PromoCodeUses, Refusal};
use super::promo_codes::Chosen;
use crate::eventstore::NewEvent;
use crate::messaging::{Error, Failure, Reactor, UnitOfWork};

/// Gives codes back and takes them again as orders end and are confirmed.
#[derive(Debug)]
pub struct PromoCodeCounter;

#[async_trait]
impl Reactor for PromoCodeCounter {
    async fn react(&self, event: &NewEvent, work: &mut UnitOfWork<'_>) -> Result<(), Error> {
        if event.event.get::<order::Event>().is_none() {
            return Ok(());
        }
        let order_id = OrderId(event.stream_id.0);
        let order = work.load::<Order>(order_id.0).await?;
        if order.terms().is_none_or(|terms| terms.promo_codes.is_empty()) {
            return Ok(());
        }
        let command = match order.promo_codes_in_use() {
            [] => promo_code_uses::Command::GiveBack { order_id },
            codes => {
                let promo_code_ids = codes.iter().map(|code| code.promo_code_id).collect();
                promo_code_uses::Command::Keep { order_id, promo_code_ids }
            }
        };
        let id = work.conference_id().0;
        let uses = work.load::<PromoCodeUses>(id).await?;
        let events = promo_code_uses::decide(uses, command)
            .map_err(|refusal| Error::ReactionRefused(refusal.to_string()))?;
        work.append::<PromoCodeUses>(id, events).await?;
        Ok(())
    }
}

/// Asks an order for a decision that gives it these codes and no others, and appends it with their uses. Gives the
/// order's version after it.
///
/// # Errors
///
/// When a rule of the order forbids the command, or a code has been used up; then nothing was written.
pub async fn decide_with_codes(
    work: &mut UnitOfWork<'_>,
    order_id: OrderId,
    command: order::Command,
    chosen: &[Chosen],
) -> Result<i64, Failure> {
    work.correlate(order_id.0);
    let decided = order::decide(work.load::<Order>(order_id.0).await?, command).map_err(Problem::from)?;
    let conference_id = work.conference_id().0;
    let limited = |it: &Chosen| LimitedCode { promo_code_id: it.code.promo_code_id, max_uses: it.max_uses };
    let codes = chosen.iter().map(limited).collect();
    let uses = work.load::<PromoCodeUses>(conference_id).await?;
    let taken = promo_code_uses::decide(uses, promo_code_uses::Command::Use { order_id, codes })
        .map_err(|refusal| used_up(&refusal, chosen))?;
    let version = work.append::<Order>(order_id.0, decided).await?;
    work.append::<PromoCodeUses>(conference_id, taken).await?;
    Ok(version)
}

/// The refusal at the fields of the request.
fn used_up(Refusal::UsedUp { promo_code_ids }: &Refusal, chosen: &[Chosen]) -> Problem {
    let errors: Vec<FieldError> = chosen
        .iter()
        .filter(|it| promo_code_ids.contains(&it.code.promo_code_id))
        .map(Chosen::used_up)
        .collect();
    invalid_input(errors)
}
