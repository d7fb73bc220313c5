//! What commands came to concerns something that exists, and everything is found under the conference that has it.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::Violations;
use super::chronicle::Chronicle;
use super::money::Money;
use super::orders::Orders;
use super::queries;
use crate::db::Conn;
use crate::messaging::Error;
use crate::registration::seat_assignments::SeatAssignments;
use crate::schema;

/// Checks commands and the directory.
pub(super) async fn check(
    chronicle: &Chronicle,
    orders: &Orders,
    money: &Money,
    mut conn: Conn<'_>,
    violations: &mut Violations,
) -> Result<(), Error> {
    check_commands(chronicle, conn.again(), violations).await?;
    check_directory(orders, money, conn, violations).await
}

/// What a command concerned exists, or was deleted since; and what was refused is not recorded.
async fn check_commands(
    chronicle: &Chronicle,
    mut conn: Conn<'_>,
    violations: &mut Violations,
) -> Result<(), Error> {
    const NO_CONTENT: i64 = 204;
    let mut known: HashSet<Uuid> = HashSet::new();
    for stream in chronicle.streams() {
        // A stream of assignments has the id of its order, and a stream of availability that of its conference; both
        // have the code that sets them apart.
        known.extend([stream.0, stream.id_of::<SeatAssignments>()]);
    }
    for table in schema::tables(conn.again()).await? {
        known.extend(queries::ids_of(conn.again(), &table).await?);
    }
    let recorded = queries::commands(conn).await?;
    known.extend(recorded.iter().filter(|it| it.status == NO_CONTENT).map(|it| it.concerns));
    for record in recorded {
        if !(200..300).contains(&record.status) {
            violations.add(format!("command {} was recorded as {}", record.command_id, record.status));
        }
        if !known.contains(&record.concerns) {
            let (command, concerns) = (record.command_id, record.concerns);
            violations.add(format!("command {command} concerned {concerns}, which does not exist"));
        }
    }
    Ok(())
}

/// Orders, payments and slugs lead to their own conference.
async fn check_directory(
    orders: &Orders,
    money: &Money,
    mut conn: Conn<'_>,
    violations: &mut Violations,
) -> Result<(), Error> {
    let mut entries: HashMap<(String, Vec<u8>), Uuid> = queries::directory(conn.again()).await?;
    let mut expect = |kind: &str, entry: Vec<u8>, conference: Uuid, what: String| match entries
        .remove(&(kind.to_owned(), entry))
    {
        Some(found) if found == conference => {}
        Some(_) => violations.add(format!("{what} is looked up in another conference")),
        None => violations.add(format!("{what} cannot be looked up")),
    };
    for (id, order) in orders.iter() {
        let Some(terms) = order.terms() else { continue };
        expect("order", id.0.as_bytes().to_vec(), terms.conference_id.0, format!("order {id}"));
    }
    for id in money.ids() {
        let Some(conference) = money.conference_of(id) else { continue };
        expect("payment", id.0.as_bytes().to_vec(), conference.0, format!("payment {id}"));
    }
    for (slug, conference) in queries::slugs(conn).await? {
        expect("slug", slug.into_bytes(), conference, format!("conference {conference}"));
    }
    Ok(())
}
