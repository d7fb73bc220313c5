//! The reads of this room. None of them touches the write path.

use std::collections::HashMap;
use std::sync::Arc;

use plenary_shared::conference::ConferenceSummary;
use plenary_shared::format::Locale;
use plenary_shared::registration::{
    AttendeeRow, AttentionEntry, AttentionKind, HistoryEvent, OrderStatus, OrganizerOrder, Person,
    ProcessDecision, Summary,
};
use plenary_shared::{ConferenceId, OrderId, PromoCodeId, SeatTypeId, Timestamp, validation};
use uuid::Uuid;

use super::catalogue::Catalogue;
use super::history;
use super::live::{HotConference, Live};
use super::order::AttentionReason;
use super::projections::{
    AssignmentView, Attention, ConferenceView, Form, OrderView, Past, load_assignment_view,
    load_conference_view, load_numbers, load_order_view,
};
use super::reactors::StoredProcess;
use super::tables::SeatId;
use crate::clock::Clock;
use crate::db::Db;
use crate::eventstore::{self, Codec, Shard, StreamId};
use crate::messaging::Error;
use crate::personal::Personal;
use crate::registration::seat_assignments::{self, SeatAssignments};
use crate::{fetch_all, fetch_optional};

/// Reads what the projections have written.
#[derive(Debug, Clone)]
pub struct Queries {
    pub db: Db,
    pub live: Arc<Live>,
    pub codec: Codec,
    pub clock: Clock,
}

/// Which of a conference's orders or seats to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// This order alone.
    pub order_id: Option<OrderId>,
    pub status: Option<OrderStatus>,
    pub seat_type_id: Option<SeatTypeId>,
    /// Looked for in names, addresses and codes, without regard to case.
    pub text: Option<String>,
}

/// Which charges to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charges {
    /// Those that wait for a decision.
    Undecided,
    All,
}

/// A seat and who has it.
#[derive(Debug, Clone)]
pub struct GivenSeat {
    pub attendee: Person,
    pub seat_type_id: SeatTypeId,
    pub seat_type_name: String,
}

/// One page of a list, and where the next one begins.
#[derive(Debug, Clone)]
pub struct Page<T> {
    pub items: Vec<T>,
    pub next: Option<String>,
}

/// Events of the past read at once.
const PAST_EVENTS: i64 = 1000;

impl Queries {
    /// A conference by its slug, hot: no database is asked when nothing has changed.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn conference(&self, slug: &str) -> Result<Option<Arc<HotConference>>, Error> {
        // What can be no slug need not be asked for, and PostgreSQL would not take a NUL.
        if !validation::is_slug(slug) {
            return Ok(None);
        }
        let key = slug.to_lowercase();
        if let Some(hot) = self.live.by_slug(&key).and_then(|id| self.live.conference(id)) {
            return Ok(Some(hot));
        }
        let read = async {
            let mut reader = self.db.read().await?;
            fetch_optional!(
                reader.conn(),
                (String,),
                "select body from conference_views where slug_key = $1",
                key,
            )
        };
        // Boxed, here and below: else every request would have room for what few of them read.
        let Some((body,)) = Box::pin(read).await? else { return Ok(None) };
        Ok(self.live.keep(serde_json::from_str(&body)?))
    }

    /// A conference by its id, hot.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn conference_by_id(&self, id: ConferenceId) -> Result<Option<Arc<HotConference>>, Error> {
        if let Some(hot) = self.live.conference(id) {
            return Ok(Some(hot));
        }
        let read = async {
            let mut reader = self.db.read().await?;
            load_conference_view(reader.conn(), id).await
        };
        Ok(Box::pin(read).await?.and_then(|view| self.live.keep(view)))
    }

    /// The published conferences whose name, tagline or location holds `text` in any language, soonest first, as a reader
    /// sees them.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn conferences(
        &self,
        text: &str,
        after: Option<(String, Uuid)>,
        (limit, language): (i64, Option<Locale>),
    ) -> Result<Page<ConferenceSummary>, Error> {
        let (date, id) = after.unwrap_or_default();
        let mut reader = self.db.read().await?;
        let rows = fetch_all!(
            reader.conn(),
            (String,),
            "select body from conference_views
             where published = $1 and (start_date, conference_id) > ($2, $3) and search like $4 escape '\\'
             order by start_date, conference_id limit $5",
            true,
            date,
            id,
            pattern(text),
            limit + 1,
        )?;
        let views = rows.iter().map(|(body,)| serde_json::from_str::<ConferenceView>(body));
        let views = views.collect::<Result<Vec<_>, _>>()?;
        let items: Vec<_> = views.iter().filter_map(|view| view.to_summary(language)).collect();
        Ok(page(items, limit, |it| format!("{}_{}", it.start_date, it.id)))
    }

    /// # Errors
    ///
    /// When the database fails.
    pub async fn order(&self, id: OrderId) -> Result<Option<Arc<OrderView>>, Error> {
        if let Some(recent) = self.live.recent_order(id) {
            return Ok(Some(recent));
        }
        let read = async {
            let mut reader = self.db.read().await?;
            load_order_view(reader.conn(), id).await
        };
        Ok(Box::pin(read).await?.map(Arc::new))
    }

    /// # Errors
    ///
    /// When the database fails.
    pub async fn assignments(&self, id: OrderId) -> Result<Option<AssignmentView>, Error> {
        let mut reader = self.db.read().await?;
        load_assignment_view(reader.conn(), id).await
    }

    /// The orders that name this registrant, by the keyed hash of the address.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn orders_of(&self, email_hash: &[u8]) -> Result<Vec<OrderView>, Error> {
        let mut reader = self.db.read().await?;
        let rows = fetch_all!(
            reader.conn(),
            (String,),
            "select v.body from order_locators l join order_views v on v.order_id = l.order_id
             where l.email_hash = $1 order by l.order_id desc limit 200",
            email_hash,
        )?;
        Ok(rows.iter().map(|(body,)| serde_json::from_str(body)).collect::<Result<_, _>>()?)
    }

    /// Who was given a seat in `version` of its order's assignments, as she is known now. `None` when the seat was
    /// given to another since, or she was erased.
    ///
    /// # Errors
    ///
    /// When the database fails or an event cannot be read.
    pub async fn seat_given(
        &self,
        (conference_id, order_id): (ConferenceId, OrderId),
        position: i64,
        version: i64,
    ) -> Result<Option<GivenSeat>, Error> {
        let Some(view) = self.assignments(order_id).await? else { return Ok(None) };
        let seat = usize::try_from(position).ok().and_then(|index| view.assignments.seats().get(index));
        let Some(seat) = seat else { return Ok(None) };
        let (shard, stream) = (Shard::of(conference_id), StreamId::of::<SeatAssignments>(order_id.0));
        let mut reader = self.db.read().await?;
        let events = eventstore::load_stream(reader.conn(), &self.codec, shard, stream, version - 1).await?;
        let later = events.iter().skip(1).filter_map(|event| event.get::<seat_assignments::Event>());
        if later.clone().any(|event| event.vacates(position)) {
            return Ok(None);
        }
        let attendee = seat.attendee.as_ref().and_then(Personal::reveal);
        Ok(attendee.map(|attendee| GivenSeat {
            attendee: attendee.clone(),
            seat_type_id: seat.seat_type_id,
            seat_type_name: seat.seat_type_name.clone(),
        }))
    }

    /// A conference's orders, newest first.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn organizer_orders(
        &self,
        conference: &HotConference,
        filter: &Filter,
        after: Option<OrderId>,
        limit: i64,
    ) -> Result<Page<OrganizerOrder>, Error> {
        let rows = self.order_rows(conference.view.id, filter, after, limit).await?;
        Ok(page(self.to_organizer_orders(conference, &rows)?, limit, |it| it.order.id.to_string()))
    }

    /// Orders, each as its own view and that of its assignments, as they cross HTTP.
    pub(super) fn to_organizer_orders(
        &self,
        conference: &HotConference,
        rows: &[(String, Option<String>)],
    ) -> Result<Vec<OrganizerOrder>, Error> {
        let now = self.clock.now();
        let orders = rows.iter().map(|(order, assignments)| {
            let order: OrderView = serde_json::from_str(order)?;
            let assignments: Option<AssignmentView> =
                assignments.as_deref().map(serde_json::from_str).transpose()?;
            let attendees = assignments.map(|it| it.organizer_seats()).unwrap_or_default();
            let order = conference.order(&order, (Form::Full, None), now);
            Ok(order.map(|order| OrganizerOrder { order, attendees }))
        });
        orders.filter_map(Result::transpose).collect()
    }

    async fn order_rows(
        &self,
        conference_id: ConferenceId,
        filter: &Filter,
        after: Option<OrderId>,
        limit: i64,
    ) -> Result<Vec<(String, Option<String>)>, Error> {
        let mut reader = self.db.read().await?;
        let before = after.map_or(Uuid::max(), |id| id.0);
        Ok(fetch_all!(
            reader.conn(),
            (String, Option<String>),
            "select v.body, a.body from order_views v left join assignment_views a on a.order_id = v.order_id
             where v.conference_id = $1 and v.order_id < $2 and ($3 = '' or v.status = $3)
                and v.search like $4 escape '\\' and ($6 = 0 or v.order_id = $7)
             order by v.order_id desc limit $5",
            conference_id.0,
            before,
            filter.status.map_or("", OrderStatus::as_str),
            pattern(filter.text.as_deref().unwrap_or_default()),
            limit + 1,
            i64::from(filter.order_id.is_some()),
            filter.order_id.map_or(Uuid::nil(), |id| id.0),
        )?)
    }

    /// A conference's sold seats, by order and position.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn attendees(
        &self,
        conference_id: ConferenceId,
        filter: &Filter,
        after: Option<SeatId>,
        limit: i64,
    ) -> Result<Page<AttendeeRow>, Error> {
        let wanted = usize::try_from(limit).unwrap_or(0) + 1;
        let (mut order, mut position) = after.unwrap_or((OrderId(Uuid::nil()), -1));
        let mut items = Vec::new();
        while items.len() < wanted {
            let views = self.assignment_rows(conference_id, filter.order_id, (order, position)).await?;
            let Some(last) = views.last() else { break };
            let next = (last.order_id, i64::MAX);
            for view in &views {
                let from = if view.order_id == order { position } else { -1 };
                items.extend(seats_of(view, filter).filter(|seat| seat.position > from));
            }
            (order, position) = next;
        }
        Ok(page(items, limit, |it| format!("{}_{}", it.order_id, it.position)))
    }

    /// The next assignments after a seat, that seat's own order first.
    pub(super) async fn assignment_rows(
        &self,
        conference_id: ConferenceId,
        only: Option<OrderId>,
        (from, position): SeatId,
    ) -> Result<Vec<AssignmentView>, Error> {
        let mut reader = self.db.read().await?;
        let rows = fetch_all!(
            reader.conn(),
            (String,),
            "select body from assignment_views
             where conference_id = $1 and (order_id > $2 or (order_id = $2 and $3 < 1000000))
                and ($4 = 0 or order_id = $5)
             order by order_id limit 200",
            conference_id.0,
            from.0,
            position,
            i64::from(only.is_some()),
            only.map_or(Uuid::nil(), |id| id.0),
        )?;
        Ok(rows.iter().map(|(body,)| serde_json::from_str(body)).collect::<Result<_, _>>()?)
    }

    /// The organizer's numbers, now.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn summary(&self, conference: &HotConference) -> Result<Summary, Error> {
        let mut reader = self.db.read().await?;
        // Seats and revenue as of one commit: the hot copy is replaced a moment after it.
        let (seats, sums) = load_numbers(reader.conn(), conference.view.id).await?;
        let seats = seats.as_ref().unwrap_or(&conference.view);
        Ok(sums.unwrap_or_default().to_summary(seats, self.clock.now()))
    }

    /// The organizer's numbers as they were at an instant, from the log; what is to come is as it is now.
    ///
    /// # Errors
    ///
    /// When the database fails or an event cannot be read.
    pub async fn summary_as_of(
        &self,
        conference: &HotConference,
        as_of: Timestamp,
    ) -> Result<Summary, Error> {
        if as_of >= self.clock.now() {
            return self.summary(conference).await;
        }
        let (id, mut after) = (conference.view.id, 0);
        let mut past = Past::new(id);
        let mut reader = self.db.read().await?;
        loop {
            let events =
                eventstore::read_conference_after(reader.conn(), &self.codec, id, after, PAST_EVENTS).await?;
            // Time does not run backwards in a log.
            let until = events.partition_point(|event| event.recorded_at <= as_of);
            events[..until].iter().for_each(|event| past.fold(event));
            match events.last() {
                Some(last) if until == events.len() => after = last.position,
                _ => return Ok(past.to_summary(as_of, conference.view.catalogue.currency())),
            }
        }
    }

    /// What was recorded of a conference, or of one order in it, oldest first.
    ///
    /// # Errors
    ///
    /// When the database fails or an event cannot be read.
    pub async fn history(
        &self,
        conference_id: ConferenceId,
        order_id: Option<OrderId>,
        after: i64,
        limit: i64,
        locale: Locale,
    ) -> Result<Page<HistoryEvent>, Error> {
        let catalogue = match self.conference_by_id(conference_id).await? {
            Some(hot) => hot.view.catalogue.clone(),
            None => Catalogue::default(),
        };
        let mut reader = self.db.read().await?;
        let positions = fetch_all!(
            reader.conn(),
            (i64,),
            "select position from events
             where conference_id = $1 and position > $2 and ($3 = 0 or correlation_id = $4)
             order by position limit $5",
            conference_id.0,
            after,
            i64::from(order_id.is_some()),
            order_id.map_or(Uuid::nil(), |id| id.0),
            limit + 1,
        )?;
        let positions: Vec<_> = positions.into_iter().map(|(position,)| position).collect();
        let shard = Shard::of(conference_id);
        let events = eventstore::events_at(reader.conn(), &self.codec, shard, &positions).await?;
        let items = events.iter().map(|event| history::tell(event, &catalogue, locale)).collect();
        Ok(page(items, limit, |it: &HistoryEvent| it.position.to_string()))
    }

    /// The last position of the log that a conference belongs to.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn head(&self, conference_id: ConferenceId) -> Result<i64, Error> {
        let mut reader = self.db.read().await?;
        Ok(eventstore::head(reader.conn(), Shard::of(conference_id)).await?.0)
    }

    /// What the registration process of an order of this conference decided, oldest first.
    ///
    /// # Errors
    ///
    /// When the database fails or the process cannot be read.
    pub async fn decisions(
        &self,
        conference_id: ConferenceId,
        order_id: OrderId,
        locale: Locale,
    ) -> Result<Vec<ProcessDecision>, Error> {
        let mut reader = self.db.read().await?;
        let row = fetch_optional!(
            reader.conn(),
            (String,),
            "select state from processes where shard = $1 and process_id = $2 and conference_id = $3",
            Shard::of(conference_id).0,
            order_id.0,
            conference_id.0,
        )?;
        let Some((state,)) = row else { return Ok(Vec::new()) };
        let process: StoredProcess = serde_json::from_str(&state)?;
        Ok(process.decisions.iter().map(|it| history::decided(it, locale)).collect())
    }

    /// How often a rebuild has mended read models.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn generation(&self) -> Result<i64, Error> {
        let mut reader = self.db.read().await?;
        let row = fetch_optional!(reader.conn(), (i64,), "select generation from derived_generation")?;
        Ok(row.map_or(0, |(generation,)| generation))
    }

    /// The charges that somebody must decide about, by order; with `All`, also those that were decided.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn attention(
        &self,
        conference_id: ConferenceId,
        which: Charges,
        locale: Locale,
    ) -> Result<Vec<AttentionEntry>, Error> {
        let mut reader = self.db.read().await?;
        let rows = fetch_all!(
            reader.conn(),
            (String,),
            "select body from attention_views where conference_id = $1 order by order_id, payment_id",
            conference_id.0,
        )?;
        let rows = rows.iter().map(|(body,)| serde_json::from_str::<Attention>(body));
        let rows = rows.collect::<Result<Vec<_>, _>>()?;
        let listed = |it: &&Attention| which == Charges::All || it.resolution.is_none();
        Ok(rows.iter().filter(listed).map(|it| attention_entry(it, locale)).collect())
    }

    /// How many seats of each announced type are left, held and sold.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn figures(
        &self,
        conference_id: ConferenceId,
    ) -> Result<HashMap<SeatTypeId, super::projections::SeatTypeView>, Error> {
        let hot = self.conference_by_id(conference_id).await?;
        let figures = hot.map(|hot| hot.view.figures.clone()).unwrap_or_default();
        Ok(figures.into_iter().map(|it| (it.id, it)).collect())
    }

    /// How many orders use each promotional code of a conference; those that none uses are absent.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn code_uses(&self, conference_id: ConferenceId) -> Result<HashMap<PromoCodeId, i64>, Error> {
        let hot = self.conference_by_id(conference_id).await?;
        Ok(hot.map(|hot| hot.view.code_uses.clone()).unwrap_or_default().into_iter().collect())
    }
}

fn attention_entry(it: &Attention, locale: Locale) -> AttentionEntry {
    AttentionEntry {
        order_id: it.order_id,
        payment_id: it.payment_id,
        kind: match it.reason {
            AttentionReason::LateAndSoldOut => AttentionKind::LateAndSoldOut,
            AttentionReason::SecondCharge => AttentionKind::SecondCharge,
            AttentionReason::WrongAmount => AttentionKind::WrongAmount,
        },
        reason: history::needs_attention(it.reason, it.amount, locale),
        amount: it.amount,
        raised_at: it.raised_at,
        resolution: it.resolution,
        resolved_at: it.resolved_at,
        refunded_at: it.refunded_at,
    }
}

/// The seats of an order that the filter lets through.
pub(super) fn seats_of<'v>(
    view: &'v AssignmentView,
    filter: &'v Filter,
) -> impl Iterator<Item = AttendeeRow> + 'v {
    let text = filter.text.as_deref().unwrap_or_default().to_lowercase();
    view.attendee_rows()
        .into_iter()
        .filter(|seat| filter.seat_type_id.is_none_or(|id| id == seat.seat_type_id))
        .filter(move |row| text.is_empty() || matches_text(row, &text))
}

fn matches_text(row: &AttendeeRow, text: &str) -> bool {
    let is_named = |it: &Person| {
        format!("{} {} {}", it.first_name, it.last_name, it.email).to_lowercase().contains(text)
    };
    row.ticket.to_lowercase().contains(text) || row.attendee.as_ref().is_some_and(is_named)
}

/// The pattern that finds `text` anywhere.
pub(super) fn pattern(text: &str) -> String {
    let escaped = text.to_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{escaped}%")
}

/// Cuts off the item that was read only to know whether there is a next page.
pub(super) fn page<T>(mut items: Vec<T>, limit: i64, cursor: impl Fn(&T) -> String) -> Page<T> {
    let limit = usize::try_from(limit).unwrap_or(0);
    let more = items.len() > limit;
    items.truncate(limit);
    let next = if more { items.last().map(cursor) } else { None };
    Page { items, next }
}
