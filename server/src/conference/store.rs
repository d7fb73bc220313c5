//! The rows of conferences and seat types.

use plenary_shared::format::Locale;
use plenary_shared::{ConferenceId, Currency, Date, Money, SeatTypeId};
use uuid::Uuid;

use super::conference::{Conference, Publication, SeatType};
use super::contracts::{Details, Owner, Seat, to_json};
use crate::db::Conn;
use crate::personal::Personal;
use crate::{execute, fetch_all, fetch_optional, row};

/// What lets an organizer in, beside her e-mail.
#[derive(Clone)]
pub struct Access {
    /// The keyed hash of the owner's e-mail.
    pub owner_hash: [u8; 16],
    pub code: String,
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Access(…)")
    }
}

row! {
    struct ConferenceRow {
        conference_id: Uuid,
        slug: String,
        owner_name: String,
        owner_email: String,
        name: String,
        tagline: String,
        description: String,
        location: String,
        start_date: String,
        end_date: String,
        currency: String,
        time_zone: String,
        published: bool,
        ever_published: bool,
        redirect_url: Option<String>,
        reservation_shown_s: i64,
        reservation_buffer_s: i64,
        waitlist_offer_s: i64,
        language: Option<String>,
        translations: String,
        version: i64,
    }
}

impl TryFrom<ConferenceRow> for Conference {
    type Error = sqlx::Error;

    fn try_from(row: ConferenceRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: ConferenceId(row.conference_id),
            slug: row.slug,
            owner: Owner { name: Personal::new(row.owner_name), email: Personal::new(row.owner_email) },
            details: Details {
                name: row.name,
                tagline: row.tagline,
                description: row.description,
                location: row.location,
                start_date: row.start_date.parse::<Date>().map_err(decode)?,
                end_date: row.end_date.parse::<Date>().map_err(decode)?,
                currency: row.currency.parse().map_err(decode)?,
                time_zone: row.time_zone,
                reservation_shown_s: row.reservation_shown_s,
                reservation_buffer_s: row.reservation_buffer_s,
                waitlist_offer_s: row.waitlist_offer_s,
                language: row.language.as_deref().and_then(Locale::parse),
                translations: serde_json::from_str(&row.translations).map_err(decode)?,
            },
            publication: match (row.published, row.ever_published) {
                (true, _) => Publication::Published,
                (false, true) => Publication::Withdrawn,
                (false, false) => Publication::Never,
            },
            redirect_url: row.redirect_url,
            version: row.version,
        })
    }
}

fn decode(error: impl std::fmt::Display) -> sqlx::Error {
    sqlx::Error::Decode(error.to_string().into())
}

/// The conference with this id.
///
/// # Errors
///
/// When the database fails.
pub async fn conference(conn: Conn<'_>, id: ConferenceId) -> sqlx::Result<Option<Conference>> {
    let row = fetch_optional!(
        conn,
        ConferenceRow,
        "select conference_id, slug, owner_name, owner_email, name, tagline, description, location, start_date,
            end_date, currency, time_zone, published, ever_published, redirect_url, reservation_shown_s,
            reservation_buffer_s, waitlist_offer_s, language, translations, version
         from conferences where conference_id = $1",
        id.0,
    )?;
    row.map(Conference::try_from).transpose()
}

/// The seat types of a conference, in their order. Their prices are in the conference's currency.
///
/// # Errors
///
/// When the database fails.
pub async fn seat_types(
    conn: Conn<'_>,
    conference_id: ConferenceId,
    currency: Currency,
) -> sqlx::Result<Vec<SeatType>> {
    type Row = (Uuid, i64, String, String, i64, i64, i64, String);
    let rows = fetch_all!(
        conn,
        Row,
        "select seat_type_id, ordinal, name, description, price, quota, version, translations
         from seat_types where conference_id = $1 order by ordinal",
        conference_id.0,
    )?;
    let seat_type = |(id, ordinal, name, description, price, quota, version, translations): Row| {
        let translations = serde_json::from_str(&translations).map_err(decode)?;
        let price = Money::new(price, currency);
        let seat = Seat { name, description, price, quota, version, translations };
        Ok(SeatType { id: SeatTypeId(id), ordinal, seat })
    };
    rows.into_iter().map(seat_type).collect()
}

/// The conferences of an owner and the code of each.
///
/// # Errors
///
/// When the database fails.
pub async fn access_codes(
    conn: Conn<'_>,
    owner_hash: &[u8; 16],
) -> sqlx::Result<Vec<(ConferenceId, String)>> {
    let rows = fetch_all!(
        conn,
        (Uuid, String),
        "select conference_id, access_code from conferences where owner_hash = $1",
        owner_hash.as_slice(),
    )?;
    Ok(rows.into_iter().map(|(id, code)| (ConferenceId(id), code)).collect())
}

/// The access code of a conference.
///
/// # Errors
///
/// When the database fails.
pub async fn access_code(conn: Conn<'_>, id: ConferenceId) -> sqlx::Result<Option<String>> {
    let row = fetch_optional!(
        conn,
        (String,),
        "select access_code from conferences where conference_id = $1",
        id.0
    )?;
    Ok(row.map(|(code,)| code))
}

/// Stores a new conference.
///
/// # Errors
///
/// When the database fails, or there is such a conference already.
pub async fn insert_conference(conn: Conn<'_>, it: &Conference, access: &Access) -> sqlx::Result<()> {
    let details = &it.details;
    execute!(
        conn,
        "insert into conferences (conference_id, slug, slug_key, owner_name, owner_email, owner_hash, access_code,
            name, tagline, description, location, start_date, end_date, currency, time_zone, published,
            ever_published, redirect_url, reservation_shown_s, reservation_buffer_s, waitlist_offer_s,
            version, language, translations)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
            $22, $23, $24)",
        it.id.0,
        it.slug.as_str(),
        it.slug.to_lowercase(),
        it.owner.name.reveal().map_or("", String::as_str),
        it.owner.email.reveal().map_or("", String::as_str),
        access.owner_hash.as_slice(),
        access.code.as_str(),
        details.name.as_str(),
        details.tagline.as_str(),
        details.description.as_str(),
        details.location.as_str(),
        details.start_date.to_string(),
        details.end_date.to_string(),
        details.currency.code(),
        details.time_zone.as_str(),
        it.publication.is_published(),
        it.publication.ever_published(),
        it.redirect_url.as_deref(),
        details.reservation_shown_s,
        details.reservation_buffer_s,
        details.waitlist_offer_s,
        it.version,
        details.language.map(Locale::tag),
        to_json(&details.translations),
    )?;
    Ok(())
}

/// Stores the next version of a conference.
///
/// # Errors
///
/// When the database fails or does not hold the version before.
pub async fn update_conference(conn: Conn<'_>, it: &Conference) -> sqlx::Result<()> {
    let details = &it.details;
    let changed = execute!(
        conn,
        "update conferences set name = $3, tagline = $4, description = $5, location = $6, start_date = $7,
            end_date = $8, currency = $9, time_zone = $10, published = $11, ever_published = $12,
            redirect_url = $13, reservation_shown_s = $14, reservation_buffer_s = $15, waitlist_offer_s = $16,
            language = $17, translations = $18, version = $2
         where conference_id = $1 and version + 1 = $2",
        it.id.0,
        it.version,
        details.name.as_str(),
        details.tagline.as_str(),
        details.description.as_str(),
        details.location.as_str(),
        details.start_date.to_string(),
        details.end_date.to_string(),
        details.currency.code(),
        details.time_zone.as_str(),
        it.publication.is_published(),
        it.publication.ever_published(),
        it.redirect_url.as_deref(),
        details.reservation_shown_s,
        details.reservation_buffer_s,
        details.waitlist_offer_s,
        details.language.map(Locale::tag),
        to_json(&details.translations),
    )?;
    exactly_one(changed)
}

/// Stores a new seat type.
///
/// # Errors
///
/// When the database fails, or there is such a seat type already.
pub async fn insert_seat_type(
    conn: Conn<'_>,
    conference_id: ConferenceId,
    it: &SeatType,
) -> sqlx::Result<()> {
    execute!(
        conn,
        "insert into seat_types (seat_type_id, conference_id, name, description, price, quota, ordinal, version,
            translations)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        it.id.0,
        conference_id.0,
        it.seat.name.as_str(),
        it.seat.description.as_str(),
        it.seat.price.amount,
        it.seat.quota,
        it.ordinal,
        it.seat.version,
        to_json(&it.seat.translations),
    )?;
    Ok(())
}

/// Stores the next version of a seat type.
///
/// # Errors
///
/// When the database fails or does not hold the version before.
pub async fn update_seat_type(conn: Conn<'_>, it: &SeatType) -> sqlx::Result<()> {
    let changed = execute!(
        conn,
        "update seat_types set name = $3, description = $4, price = $5, quota = $6, translations = $7, version = $2
         where seat_type_id = $1 and version + 1 = $2",
        it.id.0,
        it.seat.version,
        it.seat.name.as_str(),
        it.seat.description.as_str(),
        it.seat.price.amount,
        it.seat.quota,
        to_json(&it.seat.translations),
    )?;
    exactly_one(changed)
}

/// Deletes a seat type.
///
/// # Errors
///
/// When the database fails or does not hold it.
pub async fn delete_seat_type(conn: Conn<'_>, id: SeatTypeId) -> sqlx::Result<()> {
    exactly_one(execute!(conn, "delete from seat_types where seat_type_id = $1", id.0)?)
}

const fn exactly_one(rows: u64) -> sqlx::Result<()> {
    if rows == 1 { Ok(()) } else { Err(sqlx::Error::RowNotFound) }
}
