//! The rows of the read models: read one by one, written once for each batch.

use std::collections::BTreeMap;

use plenary_shared::registration::AttentionResolution;
use plenary_shared::{ConferenceId, Money, OrderId, PaymentId, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{AssignmentView, ConferenceView, OrderView, SummaryView, Views, from_body, to_body};
use crate::conference::contracts::Details;
use crate::db::{Conn, Writes};
use crate::messaging::{Error, hex};
use crate::registration::order::AttentionReason;
use crate::registration::waiting;
use crate::{fetch_all, fetch_optional, later};

/// A charge that the organizer must decide about, or has decided about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attention {
    pub conference_id: ConferenceId,
    pub order_id: OrderId,
    pub payment_id: PaymentId,
    pub reason: AttentionReason,
    pub amount: Money,
    pub raised_at: Timestamp,
    #[serde(default)]
    pub resolution: Option<AttentionResolution>,
    #[serde(default)]
    pub resolved_at: Option<Timestamp>,
    #[serde(default)]
    pub refunded_at: Option<Timestamp>,
}

impl Attention {
    /// Notes what was decided.
    pub fn resolve(&mut self, resolution: AttentionResolution, now: Timestamp) {
        self.resolution = Some(resolution);
        self.resolved_at = Some(now);
    }
}

macro_rules! load {
    ($(#[$doc:meta])* $name:ident: $id:ty => $view:ty, $sql:literal) => {
        $(#[$doc])*
        ///
        /// # Errors
        ///
        /// When the database fails or the row cannot be read.
        pub async fn $name(conn: Conn<'_>, id: $id) -> Result<Option<$view>, Error> {
            let row = fetch_optional!(conn, (String,), $sql, id.0)?;
            row.map(|(body,)| from_body(&body)).transpose()
        }
    };
}

/// The entry about one charge of an order.
///
/// # Errors
///
/// When the database fails or the row cannot be read.
pub async fn load_attention(
    conn: Conn<'_>,
    (order_id, payment_id): (OrderId, PaymentId),
) -> Result<Option<Attention>, Error> {
    let row = fetch_optional!(
        conn,
        (String,),
        "select body from attention_views where order_id = $1 and payment_id = $2",
        order_id.0,
        payment_id.0,
    )?;
    row.map(|(body,)| from_body(&body)).transpose()
}

load! {
    /// A conference's view.
    load_conference_view: ConferenceId => ConferenceView,
    "select body from conference_views where conference_id = $1"
}
load! {
    /// An order's view.
    load_order_view: OrderId => OrderView,
    "select body from order_views where order_id = $1"
}
load! {
    /// The view of an order's assignments.
    load_assignment_view: OrderId => AssignmentView,
    "select body from assignment_views where order_id = $1"
}
load! {
    /// The sums over a conference's orders.
    load_summary_view: ConferenceId => SummaryView,
    "select body from summary_views where conference_id = $1"
}

/// What a conference has sold, as of one commit: its seats, and the sums over its orders.
///
/// # Errors
///
/// When the database fails or a row cannot be read.
pub async fn load_numbers(
    conn: Conn<'_>,
    id: ConferenceId,
) -> Result<(Option<ConferenceView>, Option<SummaryView>), Error> {
    let row = fetch_optional!(
        conn,
        (String, Option<String>),
        "select c.body, s.body from conference_views c
         left join summary_views s on s.conference_id = c.conference_id
         where c.conference_id = $1",
        id.0,
    )?;
    let Some((seats, sums)) = row else { return Ok((None, None)) };
    Ok((Some(from_body(&seats)?), sums.as_deref().map(from_body).transpose()?))
}

/// Has every touched row written once.
pub(super) fn store(writes: &mut Writes, views: &Views) -> Result<(), Error> {
    store_conferences(writes, views)?;
    store_orders(writes, views)?;
    store_assignments(writes, views)?;
    store_summaries(writes, views)?;
    store_locators(writes, views)?;
    store_attention(writes, views)?;
    waiting::store(writes, views.wait_list.changed().map(|(_, it)| it))
}

/// What conferences are found by: slug, whether it is published (`1` or `0`), first day, and text to search in.
fn conference_columns(it: &ConferenceView) -> [String; 4] {
    let details = it.catalogue.details.as_ref();
    let start_date = details.map(|details| details.start_date.to_string()).unwrap_or_default();
    let search = details.map(search_text).unwrap_or_default();
    let published = if it.catalogue.published { "1" } else { "0" };
    [it.catalogue.slug.to_lowercase(), published.to_owned(), start_date, search.to_lowercase()]
}

/// Name, tagline and location, in every language that has them.
fn search_text(details: &Details) -> String {
    let mut text = format!("{}\n{}\n{}", details.name, details.tagline, details.location);
    for it in details.translations.values() {
        for translated in [&it.name, &it.tagline, &it.location].into_iter().flatten() {
            text.push('\n');
            text.push_str(translated);
        }
    }
    text
}

fn store_conferences(writes: &mut Writes, views: &Views) -> Result<(), Error> {
    let (whole, figures): (Vec<_>, Vec<_>) =
        views.conferences.changed().map(|(_, it)| it).partition(|it| views.catalogues.contains(&it.id));
    store_whole_conferences(writes, &whole)?;
    store_figures(writes, &figures)
}

/// A sale changes nothing that a conference is found by: its row is written without touching those indexes.
fn store_figures(writes: &mut Writes, conferences: &[&ConferenceView]) -> Result<(), Error> {
    let row = |it: &&ConferenceView| Ok((it.id, it.version, to_body(it)?));
    let Some(rows) = rows(conferences.iter().map(row))? else { return Ok(()) };
    later!(
        writes,
        changes: conferences.len(),
        sqlite: "update conference_views set version = value->>1, body = value->>2 from jsonb_each($1)
            where conference_id = unhex(value->>0, '-')",
        postgres: "update conference_views set version = (value->>1)::bigint, body = value->>2
            from jsonb_array_elements($1::jsonb) as rows(value) where conference_id = (value->>0)::uuid",
        rows,
    );
    Ok(())
}

fn store_whole_conferences(writes: &mut Writes, conferences: &[&ConferenceView]) -> Result<(), Error> {
    let row = |it: &ConferenceView| {
        let [slug_key, published, start_date, search] = conference_columns(it);
        Ok((it.id, slug_key, published, start_date, search, it.version, to_body(it)?))
    };
    let Some(rows) = rows(conferences.iter().map(|it| row(it)))? else { return Ok(()) };
    later!(
        writes,
        sqlite: "insert into conference_views (conference_id, slug_key, published, start_date, search, version, body)
            select unhex(value->>0, '-'), value->>1, value->>2, value->>3, value->>4, value->>5, value->>6
            from jsonb_each($1) where true
            on conflict (conference_id) do update set slug_key = excluded.slug_key, published = excluded.published,
                start_date = excluded.start_date, search = excluded.search, version = excluded.version,
                body = excluded.body",
        postgres: "insert into conference_views (conference_id, slug_key, published, start_date, search, version,
                body)
            select (value->>0)::uuid, value->>1, (value->>2)::int::boolean, value->>3, value->>4,
                (value->>5)::bigint, value->>6
            from jsonb_array_elements($1::jsonb) as rows(value)
            on conflict (conference_id) do update set slug_key = excluded.slug_key, published = excluded.published,
                start_date = excluded.start_date, search = excluded.search, version = excluded.version,
                body = excluded.body",
        rows,
    );
    Ok(())
}

fn store_orders(writes: &mut Writes, views: &Views) -> Result<(), Error> {
    let row = |it: &OrderView| {
        let status = it.status().as_str();
        Ok((it.id, it.conference_id, status, it.search_text(), it.version, to_body(it)?))
    };
    let Some(rows) = rows(views.orders.changed().map(|(_, it)| row(it)))? else { return Ok(()) };
    later!(
        writes,
        sqlite: "insert into order_views (order_id, conference_id, status, search, version, body)
            select unhex(value->>0, '-'), unhex(value->>1, '-'), value->>2, value->>3, value->>4, value->>5
            from jsonb_each($1) where true
            on conflict (order_id) do update set status = excluded.status, search = excluded.search,
                version = excluded.version, body = excluded.body",
        postgres: "insert into order_views (order_id, conference_id, status, search, version, body)
            select (value->>0)::uuid, (value->>1)::uuid, value->>2, value->>3, (value->>4)::bigint, value->>5
            from jsonb_array_elements($1::jsonb) as rows(value)
            on conflict (order_id) do update set status = excluded.status, search = excluded.search,
                version = excluded.version, body = excluded.body",
        rows,
    );
    Ok(())
}

fn store_assignments(writes: &mut Writes, views: &Views) -> Result<(), Error> {
    let row = |it: &AssignmentView| Ok((it.order_id, it.conference_id, it.version, to_body(it)?));
    let Some(rows) = rows(views.assignments.changed().map(|(_, it)| row(it)))? else { return Ok(()) };
    later!(
        writes,
        sqlite: "insert into assignment_views (order_id, conference_id, version, body)
            select unhex(value->>0, '-'), unhex(value->>1, '-'), value->>2, value->>3
            from jsonb_each($1) where true
            on conflict (order_id) do update set version = excluded.version, body = excluded.body",
        postgres: "insert into assignment_views (order_id, conference_id, version, body)
            select (value->>0)::uuid, (value->>1)::uuid, (value->>2)::bigint, value->>3
            from jsonb_array_elements($1::jsonb) as rows(value)
            on conflict (order_id) do update set version = excluded.version, body = excluded.body",
        rows,
    );
    Ok(())
}

fn store_summaries(writes: &mut Writes, views: &Views) -> Result<(), Error> {
    let row = |(id, it): (&ConferenceId, &SummaryView)| Ok((*id, it.version, to_body(it)?));
    let Some(rows) = rows(views.summaries.changed().map(row))? else { return Ok(()) };
    later!(
        writes,
        sqlite: "insert into summary_views (conference_id, version, body)
            select unhex(value->>0, '-'), value->>1, value->>2 from jsonb_each($1) where true
            on conflict (conference_id) do update set version = excluded.version, body = excluded.body",
        postgres: "insert into summary_views (conference_id, version, body)
            select (value->>0)::uuid, (value->>1)::bigint, value->>2
            from jsonb_array_elements($1::jsonb) as rows(value)
            on conflict (conference_id) do update set version = excluded.version, body = excluded.body",
        rows,
    );
    Ok(())
}

fn store_locators(writes: &mut Writes, views: &Views) -> Result<(), Error> {
    if let Some(erased) = rows(views.erased.iter().map(Ok))? {
        later!(
            writes,
            sqlite: "delete from order_locators where order_id in (select unhex(value, '-') from jsonb_each($1))",
            postgres: "delete from order_locators where order_id in (select value::uuid
                from jsonb_array_elements_text($1::jsonb) as rows(value))",
            erased,
        );
    }
    let row = |(hash, order): &(Vec<u8>, Uuid)| Ok((hex(hash), *order));
    let Some(rows) = rows(views.locators.iter().map(row))? else { return Ok(()) };
    later!(
        writes,
        sqlite: "insert into order_locators (email_hash, order_id)
            select unhex(value->>0), unhex(value->>1, '-') from jsonb_each($1) where true
            on conflict do nothing",
        postgres: "insert into order_locators (email_hash, order_id)
            select decode(value->>0, 'hex'), (value->>1)::uuid from jsonb_array_elements($1::jsonb) as rows(value)
            on conflict do nothing",
        rows,
    );
    Ok(())
}

fn store_attention(writes: &mut Writes, views: &Views) -> Result<(), Error> {
    let row = |it: &Attention| Ok((it.order_id, it.payment_id, it.conference_id, to_body(it)?));
    let Some(rows) = rows(views.attention.changed().map(|(_, it)| row(it)))? else { return Ok(()) };
    later!(
        writes,
        sqlite: "insert into attention_views (order_id, payment_id, conference_id, body)
            select unhex(value->>0, '-'), unhex(value->>1, '-'), unhex(value->>2, '-'), value->>3
            from jsonb_each($1) where true
            on conflict (order_id, payment_id) do update set body = excluded.body",
        postgres: "insert into attention_views (order_id, payment_id, conference_id, body)
            select (value->>0)::uuid, (value->>1)::uuid, (value->>2)::uuid, value->>3
            from jsonb_array_elements($1::jsonb) as rows(value)
            on conflict (order_id, payment_id) do update set body = excluded.body",
        rows,
    );
    Ok(())
}

/// The rows as one JSON array, or `None` when there are none.
fn rows<R: Serialize>(rows: impl Iterator<Item = Result<R, Error>>) -> Result<Option<String>, Error> {
    let rows = rows.collect::<Result<Vec<_>, _>>()?;
    Ok(if rows.is_empty() { None } else { Some(serde_json::to_string(&rows)?) })
}

/// One read model's rows as they are stored: key, and everything else as one text.
type Stored = Vec<(Uuid, String)>;

/// Names the rows that differ from `views`, those that are missing and those that should not be there.
pub(super) async fn compare(mut conn: Conn<'_>, views: &Views) -> Result<Vec<String>, Error> {
    let mut different = Vec::new();
    let stored: Stored = fetch_all!(
        conn.again(),
        (Uuid, String),
        "select conference_id, slug_key || ' ' || case when published then '1' else '0' end || ' ' || start_date
            || ' ' || search || ' ' || body
         from conference_views",
    )?;
    let rebuilt = views.conferences.changed().map(|(id, it)| Ok((id.0, whole_conference(it)?)));
    differences("conference", stored, rebuilt, &mut different)?;
    let stored: Stored = fetch_all!(
        conn.again(),
        (Uuid, String),
        "select order_id, status || ' ' || search || ' ' || body from order_views",
    )?;
    let whole =
        |it: &OrderView| Ok(format!("{} {} {}", it.status().as_str(), it.search_text(), to_body(it)?));
    let rebuilt = views.orders.changed().map(|(id, it)| whole(it).map(|row| (id.0, row)));
    differences("order", stored, rebuilt, &mut different)?;
    let stored: Stored =
        fetch_all!(conn.again(), (Uuid, String), "select order_id, body from assignment_views")?;
    let rebuilt = views.assignments.changed().map(|(id, it)| Ok((id.0, to_body(it)?)));
    differences("assignments", stored, rebuilt, &mut different)?;
    let stored: Stored =
        fetch_all!(conn.again(), (Uuid, String), "select conference_id, body from summary_views")?;
    let rebuilt = views.summaries.changed().map(|(id, it)| Ok((id.0, to_body(it)?)));
    differences("summary", stored, rebuilt, &mut different)?;
    let stored: Stored =
        fetch_all!(conn.again(), (Uuid, String), "select payment_id, body from attention_views")?;
    let rebuilt = views.attention.changed().map(|(_, it)| Ok((it.payment_id.0, to_body(it)?)));
    differences("attention", stored, rebuilt, &mut different)?;
    let entries = views.wait_list.changed().map(|(_, it)| it);
    let (stored, rebuilt) = waiting::compare(conn.again(), entries).await?;
    differences("wait list", stored, rebuilt.into_iter().map(Ok), &mut different)?;
    let stored =
        fetch_all!(conn, (Vec<u8>, Uuid), "select email_hash, order_id from order_locators order by 1, 2")?;
    if !stored.iter().eq(&views.locators) {
        different.push("the look-up of orders by e-mail differs from its rebuild".to_owned());
    }
    Ok(different)
}

/// A conference's row as [`compare`] reads it.
fn whole_conference(it: &ConferenceView) -> Result<String, Error> {
    let [slug, published, start_date, search] = conference_columns(it);
    Ok(format!("{slug} {published} {start_date} {search} {}", to_body(it)?))
}

fn differences(
    model: &str,
    stored: Stored,
    rebuilt: impl Iterator<Item = Result<(Uuid, String), Error>>,
    different: &mut Vec<String>,
) -> Result<(), Error> {
    let mut stored: BTreeMap<Uuid, String> = stored.into_iter().collect();
    for row in rebuilt {
        let (id, row) = row?;
        match stored.remove(&id) {
            None => different.push(format!("the {model} view {id} is missing")),
            Some(found) if found != row => {
                different.push(format!("the {model} view {id} differs from its rebuild"));
            }
            Some(_) => {}
        }
    }
    different.extend(stored.into_keys().map(|id| format!("the {model} view {id} has no events")));
    Ok(())
}
