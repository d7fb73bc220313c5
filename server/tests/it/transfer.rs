//! Everything that cannot be derived moves from one database to another of either kind.

use std::collections::BTreeSet;

use plenary_server::db::Db;
use plenary_server::transfer::{self, TransferError};
use plenary_server::{rebuild, startup, verify};
use serde_json::Value;

use crate::site::{BUFFER, Place, SHOWN, Site, ada};

async fn export(db: &Db) -> String {
    let derived = startup::read_models(db).await.unwrap().tables();
    let mut bytes = Vec::new();
    transfer::export(db, &derived, &mut bytes).await.unwrap();
    String::from_utf8(bytes).unwrap()
}

/// Reads an export into a database, as the program does.
async fn import(db: &Db, text: &str) -> Result<u64, TransferError> {
    let mut imported = transfer::import(db, text.as_bytes()).await?;
    let models = startup::read_models_seen_by(imported.conn()).await.unwrap();
    assert!(rebuild::fill_empty(imported.conn(), &models).await.unwrap() > 0);
    let rows = imported.rows;
    imported.commit().await.unwrap();
    let verdict = verify::verify(db, &startup::codec()).await.unwrap();
    assert_eq!(verdict.violations, Vec::<String>::new());
    Ok(rows)
}

/// From one place to the next and the one after: the same bytes each time.
async fn moves(from: Place, by: Place, to: Place) {
    let site = Site::on(from).await;
    let (fair, open) = site.populate("moving").await;
    let found = site.order(&fair, &[(1, 2)]).await;
    let original = export(&site.db).await;
    site.finish().await;

    for place in [&by, &to] {
        let db = place.open().await;
        let rows = import(&db, &original).await.unwrap();
        assert!(rows > 50, "{rows}");
        assert_eq!(export(&db).await, original);
        db.close().await;
    }
    for place in [by, to] {
        let site = Site::on(place).await;
        // Whoever was known is known, and everything goes on.
        let summary = site.get(fair.at("/summary")).cookie(&fair.session).await.expect(200);
        assert_eq!(summary["seat_types"][0]["sold"], 2);
        let mine = site.get(open.at("")).cookie(&open.cookie).await.expect(200);
        assert_eq!((&mine["status"], &mine["registrant"]), (&Value::from("payment_pending"), &ada()));
        let payment = mine["payment"]["id"].as_str().unwrap();
        site.decide(payment, "accept").await;
        site.settles(&open, "confirmed").await;
        let fresh = site.order(&fair, &[(0, 5)]).await;
        site.pay(&fresh).await;
        site.hand.advance(SHOWN + BUFFER);
        site.settles(&found, "expired").await;
        site.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_sqlite_over_postgres_and_back() {
    moves(Place::sqlite(), Place::postgres().await, Place::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_postgres_over_sqlite_and_back() {
    moves(Place::postgres().await, Place::sqlite(), Place::postgres().await).await;
}

async fn what_is_not_whole_is_refused(place: Place) {
    let another = place.another().await;
    let site = Site::on(place).await;
    site.populate("whole").await;
    let whole = export(&site.db).await;
    let refused = transfer::import(&site.db, whole.as_bytes()).await;
    assert!(matches!(refused, Err(TransferError::NotEmpty(_))), "{refused:?}");
    site.finish().await;

    let db = another.open().await;
    let nothing = contents(&db).await;
    let lines: Vec<_> = whole.lines().collect();
    let without = |index: usize| {
        let kept = lines.iter().enumerate().filter(|(at, _)| *at != index).map(|(_, line)| *line);
        kept.collect::<Vec<_>>().join("\n")
    };
    let in_the_middle = lines.iter().position(|line| line.contains(r#"{\"OrderPlaced\""#)).unwrap();
    let cases = [
        (String::new(), "its last line is missing"),
        ("{}\n".to_owned(), "line 1 is no line of an export"),
        (without(0), "line 1 is no line of an export"),
        (without(in_the_middle), "its checksum is another"),
        (without(lines.len() - 1), "its last line is missing"),
        (whole.replace("For 1000", "For 2000"), "its checksum is another"),
        (format!("{whole}{{}}\n"), "something follows its last line"),
        (whole.replacen("\"shards\":16", "\"shards\":8", 1), "this is no export of version 1 with 16 shards"),
        (
            whole.replacen("\"migrations\":[1,", "\"migrations\":[1,999,", 1),
            "export and import with the same program",
        ),
        (
            whole.replacen("{\"table\":\"commands\"", "{\"table\":\"demands\"", 1),
            "no table demands has these columns",
        ),
        (whole.replacen(lines[in_the_middle], "[1,2]", 1), "2 cells are not the 13 of the table"),
    ];
    for (damaged, said) in cases {
        assert_ne!(damaged, whole, "{said}");
        let refused = transfer::import(&db, damaged.as_bytes()).await.unwrap_err().to_string();
        assert!(refused.contains(said), "{said}: {refused}");
        assert_eq!(contents(&db).await, nothing, "{said}");
    }
    import(&db, &whole).await.unwrap();
    db.close().await;
}

/// Everything, derived tables too.
async fn contents(db: &Db) -> String {
    let mut bytes = Vec::new();
    transfer::export(db, &BTreeSet::new(), &mut bytes).await.unwrap();
    String::from_utf8(bytes).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_whole_is_refused_on_sqlite() {
    what_is_not_whole_is_refused(Place::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_whole_is_refused_on_postgres() {
    what_is_not_whole_is_refused(Place::postgres().await).await;
}
