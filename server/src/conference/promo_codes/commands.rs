//! The commands about promotional codes: read the rows, decide, write the row, announce.

use async_trait::async_trait;
use plenary_shared::PromoCodeId;
use plenary_shared::promo_codes::PromoCodeInput;

use super::rules::{self, Holdings};
use super::store;
use crate::conference::commands::load;
use crate::conference::contracts::Announcements;
use crate::messaging::{Command, Failure, Outcome, UnitOfWork};

/// Adds a promotional code.
#[derive(Debug)]
pub struct CreatePromoCode(pub PromoCodeInput);

#[async_trait]
impl Command for CreatePromoCode {
    fn name(&self) -> &'static str {
        "CreatePromoCode"
    }

    async fn run(&self, work: &mut UnitOfWork<'_>) -> Result<Outcome, Failure> {
        let (conference, seat_types) = load(work).await?;
        // The head of the shard is this transaction's, so nobody adds the same code in between; the constraint only
        // stands behind that.
        let codes = store::promo_codes(work.conn().await?, conference.id).await?;
        let id = PromoCodeId(work.new_id());
        let holdings = Holdings { conference: &conference, seat_types: &seat_types, codes: &codes };
        let (code, events) = rules::create(holdings, id, &self.0)?;
        store::insert(work.write().await?, conference.id, &code).await?;
        work.append::<Announcements>(conference.id.0, events).await?;
        Ok(Outcome::new(201, id, code.promo_code.version))
    }
}

/// Changes a promotional code.
#[derive(Debug)]
pub struct UpdatePromoCode {
    pub id: PromoCodeId,
    pub input: PromoCodeInput,
}

#[async_trait]
impl Command for UpdatePromoCode {
    fn name(&self) -> &'static str {
        "UpdatePromoCode"
    }

    async fn run(&self, work: &mut UnitOfWork<'_>) -> Result<Outcome, Failure> {
        let (conference, seat_types) = load(work).await?;
        let codes = store::promo_codes(work.conn().await?, conference.id).await?;
        let holdings = Holdings { conference: &conference, seat_types: &seat_types, codes: &codes };
        let (next, events) = rules::update(holdings, self.id, &self.input)?;
        if !codes.contains(&next) {
            store::update(work.write().await?, &next).await?;
        }
        work.append::<Announcements>(conference.id.0, events).await?;
        Ok(Outcome::new(200, self.id, next.promo_code.version))
    }
}
