//! The rows of Management say what its events have told the others.

use std::collections::BTreeMap;

use plenary_shared::ConferenceId;
use plenary_shared::format::Locale;

use super::Violations;
use super::queries;
use crate::conference::contracts::{Event, to_json};
use crate::db::Conn;
use crate::eventstore::{Aggregate, RecordedEvent};
use crate::messaging::Error;
use crate::registration::catalogue::Catalogue;

#[derive(Debug, Default)]
pub(super) struct Management(BTreeMap<ConferenceId, Catalogue>);

impl Management {
    pub fn event(&mut self, event: &RecordedEvent) {
        let Some(happened) = event.get::<Event>() else { return };
        let catalogue = self.0.entry(event.conference_id).or_default();
        *catalogue = std::mem::take(catalogue).evolve(happened);
    }

    pub fn is_published(&self, conference: ConferenceId) -> bool {
        self.0.get(&conference).is_some_and(|catalogue| catalogue.published)
    }

    pub async fn finish(mut self, mut conn: Conn<'_>, violations: &mut Violations) -> Result<(), Error> {
        let mut seat_types = queries::seat_types(conn.again()).await?;
        for (id, row) in queries::conferences(conn).await? {
            let Some(told) = self.0.remove(&id) else {
                violations.add(format!("conference {id} has a row and no events"));
                continue;
            };
            let (slug, published) = (&told.slug, told.published);
            let told_of = told.details.as_ref().map(|it| {
                [
                    slug.clone(),
                    it.name.clone(),
                    it.tagline.clone(),
                    it.description.clone(),
                    it.location.clone(),
                    it.start_date.to_string(),
                    it.end_date.to_string(),
                    it.currency.code().to_owned(),
                    it.time_zone.clone(),
                    it.reservation_shown_s.to_string(),
                    it.reservation_buffer_s.to_string(),
                    it.waitlist_offer_s.to_string(),
                    it.language.map_or("", Locale::tag).to_owned(),
                    to_json(&it.translations),
                    i64::from(published).to_string(),
                ]
            });
            if told_of.as_ref() != Some(&row.columns) {
                violations.add(format!("the row of conference {id} differs from its events"));
            }
            let rows = seat_types.remove(&id).unwrap_or_default();
            // Before the first publication nobody was told of seat types.
            let told: Vec<_> = told.seats.iter().map(|it| (it.id, columns_of(&it.seat))).collect();
            if row.ever_published && rows != told || !row.ever_published && !told.is_empty() {
                violations.add(format!("the seat types of conference {id} differ from what was announced"));
            }
        }
        for id in self.0.keys() {
            violations.add(format!("conference {id} has events and no row"));
        }
        for id in seat_types.keys() {
            violations.add(format!("seat types belong to conference {id}, which does not exist"));
        }
        Ok(())
    }
}

fn columns_of(seat: &crate::conference::contracts::Seat) -> queries::SeatTypeColumns {
    let translations = to_json(&seat.translations);
    (seat.name.clone(), seat.description.clone(), seat.price.amount, seat.quota, seat.version, translations)
}
