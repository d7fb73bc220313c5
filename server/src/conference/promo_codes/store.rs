//! The rows of promotional codes.

use plenary_shared::{ConferenceId, PromoCodeId};
use uuid::Uuid;

use super::rules::OwnCode;
use crate::conference::contracts::PromoCode;
use crate::db::Conn;
use crate::{execute, fetch_all, row};

row! {
    struct PromoCodeRow {
        promo_code_id: Uuid,
        code: String,
        description: String,
        discount: String,
        seat_type_ids: Option<String>,
        max_uses: Option<i64>,
        combines: String,
        active: bool,
        version: i64,
    }
}

impl TryFrom<PromoCodeRow> for OwnCode {
    type Error = sqlx::Error;

    fn try_from(row: PromoCodeRow) -> sqlx::Result<Self> {
        let seat_type_ids = row.seat_type_ids.as_deref().map(serde_json::from_str).transpose();
        Ok(Self {
            id: PromoCodeId(row.promo_code_id),
            promo_code: PromoCode {
                code: row.code,
                description: row.description,
                discount: serde_json::from_str(&row.discount).map_err(decode)?,
                seat_type_ids: seat_type_ids.map_err(decode)?,
                max_uses: row.max_uses,
                combines: serde_json::from_str(&row.combines).map_err(decode)?,
                active: row.active,
                version: row.version,
            },
        })
    }
}

fn decode(error: serde_json::Error) -> sqlx::Error {
    sqlx::Error::Decode(error.into())
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("rules and ids are JSON")
}

/// The promotional codes of a conference, in alphabetical order.
///
/// # Errors
///
/// When the database fails or a row cannot be read.
pub async fn promo_codes(conn: Conn<'_>, conference_id: ConferenceId) -> sqlx::Result<Vec<OwnCode>> {
    let rows = fetch_all!(
        conn,
        PromoCodeRow,
        "select promo_code_id, code, description, discount, seat_type_ids, max_uses, combines, active, version
         from promo_codes where conference_id = $1",
        conference_id.0,
    )?;
    let mut codes = rows.into_iter().map(OwnCode::try_from).collect::<Result<Vec<_>, _>>()?;
    // Databases do not agree on the alphabet.
    codes.sort_by(|a, b| a.promo_code.code.cmp(&b.promo_code.code));
    Ok(codes)
}

/// Stores a new code.
///
/// # Errors
///
/// When the database fails, or the conference has such a code already.
pub async fn insert(conn: Conn<'_>, conference_id: ConferenceId, it: &OwnCode) -> sqlx::Result<()> {
    let code = &it.promo_code;
    execute!(
        conn,
        "insert into promo_codes (promo_code_id, conference_id, code, description, discount, seat_type_ids, max_uses,
            combines, active, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        it.id.0,
        conference_id.0,
        code.code.as_str(),
        code.description.as_str(),
        json(&code.discount),
        code.seat_type_ids.as_ref().map(json),
        code.max_uses,
        json(&code.combines),
        code.active,
        code.version,
    )?;
    Ok(())
}

/// Stores the next version of a code.
///
/// # Errors
///
/// When the database fails or does not hold the version before.
pub async fn update(conn: Conn<'_>, it: &OwnCode) -> sqlx::Result<()> {
    let code = &it.promo_code;
    let changed = execute!(
        conn,
        "update promo_codes set description = $3, discount = $4, seat_type_ids = $5, max_uses = $6, combines = $7,
            active = $8, version = $2
         where promo_code_id = $1 and version + 1 = $2",
        it.id.0,
        code.version,
        code.description.as_str(),
        json(&code.discount),
        code.seat_type_ids.as_ref().map(json),
        code.max_uses,
        json(&code.combines),
        code.active,
    )?;
    if changed == 1 { Ok(()) } else { Err(sqlx::Error::RowNotFound) }
}
