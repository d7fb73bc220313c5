//! What is looked up before its conference is known: slugs, orders, payments.
//!
//! An entry is claimed before it is used and belongs to one conference for ever. A claim that is not used is
//! harmless.

use std::collections::{HashMap, HashSet};

use plenary_shared::ConferenceId;
use uuid::Uuid;

use crate::db::{Conn, Writes};
use crate::hex::encode as hex;
use crate::{fetch_all, fetch_optional, later};

/// One entry that a conference wants to own.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Claim {
    /// The directory: `slug`, `order`, `payment`.
    pub kind: &'static str,
    /// What is looked up in it.
    pub entry: Vec<u8>,
}

/// The conference that owns an entry, if one does.
///
/// # Errors
///
/// When the database fails.
pub async fn owner_of(
    conn: Conn<'_>,
    kind: &'static str,
    entry: &[u8],
) -> sqlx::Result<Option<ConferenceId>> {
    let row = fetch_optional!(
        conn,
        (Uuid,),
        "select conference_id from directory where kind = $1 and entry = $2",
        kind,
        entry,
    )?;
    Ok(row.map(|(id,)| ConferenceId(id)))
}

/// Enters ids that were made just now, and that nobody else can have.
pub(super) fn enter(writes: &mut Writes, entries: &[(&'static str, Uuid, ConferenceId)]) {
    if entries.is_empty() {
        return;
    }
    let rows = serde_json::to_string(entries).expect("texts and ids are JSON");
    later!(
        writes,
        sqlite: "insert into directory (kind, entry, conference_id)
            select value->>0, unhex(value->>1, '-'), unhex(value->>2, '-') from jsonb_each($1) where true
            on conflict do nothing",
        postgres: "insert into directory (kind, entry, conference_id)
            select value->>0, uuid_send((value->>1)::uuid), (value->>2)::uuid
            from jsonb_array_elements($1::jsonb) as rows(value)
            on conflict do nothing",
        rows,
    );
}

/// The entry of an id.
pub(super) fn claim_of(kind: &'static str, id: Uuid) -> Claim {
    Claim { kind, entry: id.as_bytes().to_vec() }
}

/// What became of the claims of a batch.
#[derive(Debug, Default)]
pub(super) struct Claimed {
    /// The owner of each entry: the claimant, or whoever came first.
    pub owners: HashMap<Claim, ConferenceId>,
    /// Those that nobody had claimed before: there is nothing yet that they could lead to.
    pub fresh: HashSet<Claim>,
}

/// Claims all entries at once.
pub(super) async fn claim(mut conn: Conn<'_>, claims: Vec<(ConferenceId, Claim)>) -> sqlx::Result<Claimed> {
    if claims.is_empty() {
        return Ok(Claimed::default());
    }
    // In one order everywhere, so that two writers never wait for each other.
    let mut rows: Vec<_> = claims.iter().map(|(id, claim)| (claim.kind, hex(&claim.entry), id)).collect();
    rows.sort();
    let rows = serde_json::to_string(&rows).expect("texts and ids are JSON");
    let entered = fetch_all!(
        conn.again(),
        (String, Vec<u8>, Uuid),
        sqlite: "insert into directory (kind, entry, conference_id)
            select value->>0, unhex(value->>1), unhex(value->>2, '-') from jsonb_each($1) where true
            on conflict do nothing returning kind, entry, conference_id",
        postgres: "insert into directory (kind, entry, conference_id)
            select value->>0, decode(value->>1, 'hex'), (value->>2)::uuid
            from jsonb_array_elements($1::jsonb) as rows(value)
            on conflict do nothing returning kind, entry, conference_id",
        rows.as_str(),
    )?;
    let mut entered = by_entry(entered);
    let claims: HashSet<_> = claims.into_iter().map(|(_, claim)| claim).collect();
    let fresh: HashSet<_> = claims.iter().filter(|it| entered.contains_key(&key(it))).cloned().collect();
    if fresh.len() < claims.len() {
        entered.extend(by_entry(owners(conn, &rows).await?));
    }
    let owners = claims.into_iter().filter_map(|claim| {
        let owner = ConferenceId(*entered.get(&key(&claim))?);
        Some((claim, owner))
    });
    Ok(Claimed { owners: owners.collect(), fresh })
}

/// Finds out to whom entries belong, where nobody else can claim them meanwhile. What no one has yet is the claimant's:
/// [`claim_later`] is to enter it. `sent` are owners that those who read may not see yet.
pub(super) async fn look_up(
    conn: Conn<'_>,
    claims: &[(ConferenceId, Claim)],
    sent: &HashMap<Claim, ConferenceId>,
) -> sqlx::Result<Claimed> {
    let mut claimed = Claimed::default();
    let known = |claim: &Claim| Some((claim.clone(), *sent.get(claim)?));
    claimed.owners.extend(claims.iter().filter_map(|(_, claim)| known(claim)));
    let unknown = claims.iter().filter(|(_, claim)| !claimed.owners.contains_key(claim));
    let rows: Vec<_> = unknown.map(|(_, claim)| (claim.kind, hex(&claim.entry))).collect();
    if rows.is_empty() {
        return Ok(claimed);
    }
    let rows = serde_json::to_string(&rows).expect("texts are JSON");
    let stored = by_entry(owners(conn, &rows).await?);
    for (claimant, claim) in claims {
        if claimed.owners.contains_key(claim) {
            continue;
        }
        let owner = stored.get(&key(claim)).copied().map(ConferenceId);
        if owner.is_none() {
            claimed.fresh.insert(claim.clone());
        }
        claimed.owners.insert(claim.clone(), owner.unwrap_or(*claimant));
    }
    Ok(claimed)
}

/// Has those claims entered that nobody has made before.
pub(super) fn claim_later(writes: &mut Writes, claimed: &Claimed) {
    let entry = |claim: &Claim| (claim.kind, hex(&claim.entry), claimed.owners.get(claim).copied());
    let mut rows: Vec<_> = claimed.fresh.iter().map(entry).collect();
    if rows.is_empty() {
        return;
    }
    rows.sort();
    let rows = serde_json::to_string(&rows).expect("texts and ids are JSON");
    later!(
        writes,
        sqlite: "insert into directory (kind, entry, conference_id)
            select value->>0, unhex(value->>1), unhex(value->>2, '-') from jsonb_each($1)",
        postgres: "insert into directory (kind, entry, conference_id)
            select value->>0, decode(value->>1, 'hex'), (value->>2)::uuid
            from jsonb_array_elements($1::jsonb) as rows(value)",
        rows,
    );
}

type Entry = (String, Vec<u8>, Uuid);

fn by_entry(rows: Vec<Entry>) -> HashMap<(String, Vec<u8>), Uuid> {
    rows.into_iter().map(|(kind, entry, id)| ((kind, entry), id)).collect()
}

fn key(claim: &Claim) -> (String, Vec<u8>) {
    (claim.kind.to_owned(), claim.entry.clone())
}

async fn owners(conn: Conn<'_>, rows: &str) -> sqlx::Result<Vec<Entry>> {
    fetch_all!(
        conn,
        Entry,
        sqlite: "select kind, entry, conference_id from directory
            where (kind, entry) in (select value->>0, unhex(value->>1) from jsonb_each($1))",
        postgres: "select kind, entry, conference_id from directory
            where (kind, entry) in (select value->>0, decode(value->>1, 'hex')
                from jsonb_array_elements($1::jsonb) as rows(value))",
        rows,
    )
}
