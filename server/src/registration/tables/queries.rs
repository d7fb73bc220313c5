//! Lists in the order of a column, read from the views.

use std::cmp::Reverse;
use std::collections::HashMap;

use plenary_shared::registration::{AttendeeRow, OrderStatus, OrganizerOrder};
use plenary_shared::tables::{AttendeeColumn, OrderColumn, Sort};
use plenary_shared::{ConferenceId, OrderId};
use serde_json::json;
use uuid::Uuid;

use super::{PlacedOrder, PlacedSeat, SeatId, behind, cut, placed_order, placed_seat};
use crate::eventstore::{self, RecordedEvent, Shard, StreamId};
use crate::fetch_all;
use crate::messaging::Error;
use crate::registration::live::HotConference;
use crate::registration::order::{self, Order};
use crate::registration::projections::{AssignmentView, OrderView};
use crate::registration::queries::{Filter, Page, Queries, pattern, seats_of};
use crate::registration::seat_assignments::{self, SeatAssignments};

/// How many views are read at once. Between two readings others get their turn.
const READ_AT_ONCE: i64 = 500;

impl Queries {
    /// A conference's orders in the order of a column, from behind an order as it was at a version. `None` where the
    /// conference has never had that.
    ///
    /// # Errors
    ///
    /// When the database fails or an event cannot be read.
    pub async fn orders_in_order(
        &self,
        conference: &HotConference,
        (filter, sort): (&Filter, Sort<OrderColumn>),
        after: Option<(OrderId, i64)>,
        limit: i64,
    ) -> Result<Option<Page<OrganizerOrder>>, Error> {
        let id = conference.view.id;
        let rows = self.placed_orders(id, filter, sort).await?;
        let rest = match after {
            None => &rows[..],
            Some(last) => match self.order_as_it_was(id, last, sort.column).await? {
                Some(last) => behind(&rows, &last, sort.direction),
                None => return Ok(None),
            },
        };
        let (orders, next) = cut(rest, limit, |row| format!("{}_{}", row.place.0, row.version));
        let orders: Vec<_> = orders.into_iter().map(|Reverse(order)| order).collect();
        Ok(Some(Page { items: self.orders_at(conference, &orders).await?, next }))
    }

    /// Every order that the filter lets through, in order.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn order_ids_in_order(
        &self,
        conference_id: ConferenceId,
        filter: &Filter,
        sort: Sort<OrderColumn>,
    ) -> Result<Vec<OrderId>, Error> {
        let rows = self.placed_orders(conference_id, filter, sort).await?;
        Ok(rows.into_iter().map(|row| row.place.0).collect())
    }

    async fn placed_orders(
        &self,
        conference_id: ConferenceId,
        filter: &Filter,
        sort: Sort<OrderColumn>,
    ) -> Result<Vec<PlacedOrder>, Error> {
        let mut rows = Vec::new();
        let mut after = OrderId(Uuid::nil());
        loop {
            let views = self.order_views(conference_id, filter, after).await?;
            rows.extend(views.iter().filter_map(|view| placed_order(view, sort.column)));
            match views.last() {
                Some(last) => after = last.id,
                None => break,
            }
        }
        rows.sort_unstable_by(|one, other| one.compare(other, sort.direction));
        Ok(rows)
    }

    async fn order_views(
        &self,
        conference_id: ConferenceId,
        filter: &Filter,
        after: OrderId,
    ) -> Result<Vec<OrderView>, Error> {
        let mut reader = self.db.read().await?;
        let rows = fetch_all!(
            reader.conn(),
            (String,),
            "select body from order_views
             where conference_id = $1 and order_id > $2 and ($3 = '' or status = $3)
                and search like $4 escape '\\' and ($6 = 0 or order_id = $7)
             order by order_id limit $5",
            conference_id.0,
            after.0,
            filter.status.map_or("", OrderStatus::as_str),
            pattern(filter.text.as_deref().unwrap_or_default()),
            READ_AT_ONCE,
            i64::from(filter.order_id.is_some()),
            filter.order_id.map_or(Uuid::nil(), |id| id.0),
        )?;
        Ok(rows.iter().map(|(body,)| serde_json::from_str(body)).collect::<Result<_, _>>()?)
    }

    /// These orders whole, in this order.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn orders_at(
        &self,
        conference: &HotConference,
        ids: &[OrderId],
    ) -> Result<Vec<OrganizerOrder>, Error> {
        let mut reader = self.db.read().await?;
        let rows = fetch_all!(
            reader.conn(),
            (String, Option<String>),
            sqlite: "select v.body, a.body from order_views v left join assignment_views a on a.order_id = v.order_id
                where v.order_id in (select unhex(value, '-') from jsonb_each($1))",
            postgres: "select v.body, a.body from order_views v left join assignment_views a on a.order_id = v.order_id
                where v.order_id in (select value::uuid from jsonb_array_elements_text($1::jsonb) as rows(value))",
            json!(ids).to_string(),
        )?;
        let orders = self.to_organizer_orders(conference, &rows)?;
        let mut orders: HashMap<_, _> = orders.into_iter().map(|it| (it.order.id, it)).collect();
        Ok(ids.iter().filter_map(|id| orders.remove(id)).collect())
    }

    /// The place that an order had when it was at `version`.
    async fn order_as_it_was(
        &self,
        conference_id: ConferenceId,
        (id, version): (OrderId, i64),
        column: OrderColumn,
    ) -> Result<Option<PlacedOrder>, Error> {
        let stream = StreamId::of::<Order>(id.0);
        let events = self.events_until(conference_id, stream, version).await?;
        let Some(first) = events.first() else { return Ok(None) };
        let mut view = OrderView::new(id, first);
        for event in &events {
            if let Some(happened) = event.get::<order::Event>() {
                view.fold(event, happened);
            }
        }
        Ok(placed_order(&view, column))
    }

    /// A stream's first events; none where the conference has no such stream, or it never got so far.
    async fn events_until(
        &self,
        conference_id: ConferenceId,
        stream: StreamId,
        version: i64,
    ) -> Result<Vec<RecordedEvent>, Error> {
        let mut reader = self.db.read().await?;
        let shard = Shard::of(conference_id);
        let mut events = eventstore::load_stream(reader.conn(), &self.codec, shard, stream, 0).await?;
        // Another conference's orders are none of this organizer's business, not even their place.
        let is_known = events.iter().any(|event| event.version == version)
            && events.iter().all(|event| event.conference_id == conference_id);
        events.retain(|event| is_known && event.version <= version);
        Ok(events)
    }

    /// A conference's sold seats in the order of a column, from behind a seat as it was at a version. `None` where the
    /// conference has never had that.
    ///
    /// # Errors
    ///
    /// When the database fails or an event cannot be read.
    pub async fn attendees_in_order(
        &self,
        conference_id: ConferenceId,
        (filter, sort): (&Filter, Sort<AttendeeColumn>),
        after: Option<(SeatId, i64)>,
        limit: i64,
    ) -> Result<Option<Page<AttendeeRow>>, Error> {
        let rows = self.placed_seats(conference_id, filter, sort).await?;
        let rest = match after {
            None => &rows[..],
            Some(last) => match self.seat_as_it_was(conference_id, last, sort.column).await? {
                Some(last) => behind(&rows, &last, sort.direction),
                None => return Ok(None),
            },
        };
        let cursor = |row: &PlacedSeat| format!("{}_{}_{}", row.place.0, row.place.1, row.version);
        let (seats, next) = cut(rest, limit, cursor);
        Ok(Some(Page { items: self.attendees_at(&seats).await?, next }))
    }

    /// Every sold seat that the filter lets through, in order.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn seat_ids_in_order(
        &self,
        conference_id: ConferenceId,
        filter: &Filter,
        sort: Sort<AttendeeColumn>,
    ) -> Result<Vec<SeatId>, Error> {
        let rows = self.placed_seats(conference_id, filter, sort).await?;
        Ok(rows.into_iter().map(|row| row.place).collect())
    }

    async fn placed_seats(
        &self,
        conference_id: ConferenceId,
        filter: &Filter,
        sort: Sort<AttendeeColumn>,
    ) -> Result<Vec<PlacedSeat>, Error> {
        let mut rows = Vec::new();
        let mut after = (OrderId(Uuid::nil()), i64::MAX);
        loop {
            let views = self.assignment_rows(conference_id, filter.order_id, after).await?;
            for view in &views {
                rows.extend(seats_of(view, filter).map(|row| placed_seat(&row, sort.column, view.version)));
            }
            match views.last() {
                Some(last) => after = (last.order_id, i64::MAX),
                None => break,
            }
        }
        rows.sort_unstable_by(|one, other| one.compare(other, sort.direction));
        Ok(rows)
    }

    /// These seats whole, in this order.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn attendees_at(&self, seats: &[SeatId]) -> Result<Vec<AttendeeRow>, Error> {
        let orders: Vec<_> = seats.iter().map(|(order, _)| order).collect();
        let mut reader = self.db.read().await?;
        let rows = fetch_all!(
            reader.conn(),
            (String,),
            sqlite: "select body from assignment_views
                where order_id in (select unhex(value, '-') from jsonb_each($1))",
            postgres: "select body from assignment_views
                where order_id in (select value::uuid from jsonb_array_elements_text($1::jsonb) as rows(value))",
            json!(orders).to_string(),
        )?;
        let views = rows.iter().map(|(body,)| serde_json::from_str::<AssignmentView>(body));
        let views = views.collect::<Result<Vec<_>, _>>()?;
        let found = views.iter().flat_map(AssignmentView::attendee_rows);
        let mut found: HashMap<SeatId, _> = found.map(|row| ((row.order_id, row.position), row)).collect();
        Ok(seats.iter().filter_map(|seat| found.remove(seat)).collect())
    }

    /// The place that a seat had when its order's assignments were at `version`.
    async fn seat_as_it_was(
        &self,
        conference_id: ConferenceId,
        ((order_id, position), version): (SeatId, i64),
        column: AttendeeColumn,
    ) -> Result<Option<PlacedSeat>, Error> {
        let stream = StreamId::of::<SeatAssignments>(order_id.0);
        let events = self.events_until(conference_id, stream, version).await?;
        let mut view = AssignmentView::new(order_id, conference_id);
        for event in &events {
            if let Some(happened) = event.get::<seat_assignments::Event>() {
                view.fold(event, happened);
            }
        }
        let rows = view.attendee_rows();
        let row = rows.iter().find(|row| row.position == position);
        Ok(row.map(|row| placed_seat(row, column, version)))
    }
}
