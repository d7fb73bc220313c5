//! The reads of wait lists.

use plenary_shared::waitlist::{OrganizerWaitListEntry, WaitListStatus};
use plenary_shared::{ConferenceId, SeatTypeId, WaitListEntryId};

use super::{WaitListEntryView, rows};
use crate::messaging::Error;
use crate::registration::live::HotConference;
use crate::registration::queries::{Page, Queries, page};
use crate::{fetch_all, fetch_optional};

/// Which entries to list.
#[derive(Debug, Clone, Copy, Default)]
pub struct EntryFilter {
    pub status: Option<WaitListStatus>,
    pub seat_type_id: Option<SeatTypeId>,
}

impl Queries {
    /// # Errors
    ///
    /// When the database fails.
    pub async fn wait_list_entry(&self, id: WaitListEntryId) -> Result<Option<WaitListEntryView>, Error> {
        let mut reader = self.db.read().await?;
        rows::load(reader.conn(), id).await
    }

    /// The place of an entry, counted from 1 among those that wait for the same seat type; `None` when it waits for
    /// nothing.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn place_of(&self, view: &WaitListEntryView) -> Result<Option<i64>, Error> {
        if view.entry.waits_for() == 0 {
            return Ok(None);
        }
        let mut reader = self.db.read().await?;
        let row = fetch_optional!(
            reader.conn(),
            (i64,),
            "select count(*) from wait_list_views
             where conference_id = $1 and seat_type_id = $2 and waiting = $3 and ordinal <= $4",
            view.conference_id.0,
            view.entry.seat_type_id.0,
            true,
            view.ordinal,
        )?;
        Ok(row.map(|(place,)| place))
    }

    /// A conference's wait list, in the order in which seats are offered.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn wait_list(
        &self,
        conference: &HotConference,
        filter: EntryFilter,
        after: i64,
        limit: i64,
    ) -> Result<Page<OrganizerWaitListEntry>, Error> {
        let ConferenceId(conference_id) = conference.view.id;
        let mut reader = self.db.read().await?;
        let rows = fetch_all!(
            reader.conn(),
            (String, i64),
            "select v.body, (select count(*) from wait_list_views o
                where o.conference_id = v.conference_id and o.seat_type_id = v.seat_type_id and o.waiting = $2
                    and o.ordinal <= v.ordinal)
             from wait_list_views v
             where v.conference_id = $1 and v.ordinal > $3 and ($4 = '' or v.status = $4)
                and ($5 = 0 or v.seat_type_id = $6)
             order by v.ordinal limit $7",
            conference_id,
            true,
            after,
            filter.status.map_or("", WaitListStatus::as_str),
            i64::from(filter.seat_type_id.is_some()),
            filter.seat_type_id.map_or(uuid::Uuid::nil(), |id| id.0),
            limit + 1,
        )?;
        let entry = |(body, place): &(String, i64)| {
            let view: WaitListEntryView = serde_json::from_str(body)?;
            let place = (view.entry.waits_for() > 0).then_some(*place);
            Ok((view.ordinal, view.to_organizer(place, &conference.view.catalogue)))
        };
        let entries = rows.iter().map(entry).collect::<Result<Vec<_>, Error>>()?;
        let Page { items, next } = page(entries, limit, |(ordinal, _)| ordinal.to_string());
        Ok(Page { items: items.into_iter().map(|(_, entry)| entry).collect(), next })
    }
}
