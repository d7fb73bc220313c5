//! What an operator runs, as processes of their own: what they say, how they end, and what they leave behind.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use plenary_server::clock::Entropy;
use plenary_server::faults::REBUILD_POINTS;
use plenary_server::transfer;
use tokio::task::JoinHandle;

use crate::buyers::{Counter, Stall};
use crate::child::{self, Said, Server, run, run_elsewhere};
use crate::site::{Place, Site, on_both, sabotage};

/// What a rebuild finds to mend in a database with a confirmed order.
const DAMAGE: &str = "update order_views set status = 'expired' where status = 'confirmed'";

/// Everything that a database holds.
async fn contents(place: &Place) -> String {
    let db = place.open().await;
    let mut bytes = Vec::new();
    transfer::export(&db, &BTreeSet::new(), &mut bytes).await.unwrap();
    db.close().await;
    String::from_utf8(bytes).unwrap()
}

async fn change(place: &Place, sql: &str) -> u64 {
    let db = place.open().await;
    let changed = sabotage(&db, sql).await;
    db.close().await;
    changed
}

/// A database with orders in every situation, which nobody serves from.
async fn populated(place: Place) -> Place {
    let site = Site::on(place).await;
    site.populate("operated").await;
    site.stop().await
}

/// A database of the other kind.
async fn other_kind(place: &Place) -> Place {
    match place {
        Place::Sqlite(_) => Place::postgres().await,
        Place::Postgres { .. } => Place::sqlite(),
    }
}

/// A server, and those who buy from it all the time.
struct Busy {
    server: Server,
    stall: Stall,
    counter: Arc<Counter>,
    buyers: Vec<JoinHandle<()>>,
}

impl Busy {
    async fn start(place: &Place, slug: &str, buyers: usize) -> Self {
        let server = Server::start(place, &[]).unwrap();
        let stall = Stall::open(server.address, slug).await;
        let counter = Arc::<Counter>::default();
        let buyers = (0..buyers).map(|_| counter.buyer(server.address, &stall)).collect();
        Self { server, stall, counter, buyers }
    }

    /// Ends the buying and the server: everything that was acknowledged is there, and everything agrees.
    async fn end(self, place: &Place) {
        self.counter.is_enough();
        for buyer in self.buyers {
            buyer.await.unwrap();
        }
        self.stall.compare(self.server.address, &[self.counter]).await;
        self.server.kill();
        child::verify(place);
    }
}

/// What `plenary rebuild` says when it went well: a line a table, and what it came to.
#[track_caller]
fn rebuilt(said: Said) -> String {
    let out = said.ok();
    let last = out.lines().last().unwrap_or_default().to_owned();
    assert!(last.starts_with("rebuilt from "), "{out}");
    last
}

on_both!(rebuild_export_and_verify_run_beside_a_serving_process_under_load);
async fn rebuild_export_and_verify_run_beside_a_serving_process_under_load(place: Place) {
    let place = populated(place).await;
    let busy = Busy::start(&place, "busy", 4).await;
    for _ in 0..2 {
        busy.counter.grows_by(20).await;
        assert_eq!(change(&place, DAMAGE).await, 2);
        assert!(!rebuilt(run("rebuild", &place, &[], "")).contains("; 0 rows mended"));
        assert!(rebuilt(run("rebuild", &place, &[], "")).contains("; 0 rows mended"));
        child::verify(&place);
        let exported = run("export", &place, &[], "");
        assert!(
            exported.err.starts_with("exported ") && exported.err.ends_with(" rows\n"),
            "{}",
            exported.err
        );
        // What was exported in the middle of everything is whole.
        let copy = place.another().await;
        let imported = run("import", &copy, &[], &exported.ok()).ok();
        assert!(imported.lines().last().unwrap().starts_with("ok: "), "{imported}");
    }
    busy.counter.grows_by(20).await;
    busy.end(&place).await;
}

#[tokio::test]
async fn a_second_process_serves_from_no_file_that_one_serves_from() {
    let place = Place::sqlite();
    let server = Server::start(&place, &[]).unwrap();
    run("serve", &place, &[], "").refused("another process serves from");
    server.kill();
    Server::start(&place, &[]).unwrap().kill();
    child::verify(&place);
}

on_both!(an_export_moves_into_the_other_database);
async fn an_export_moves_into_the_other_database(place: Place) {
    let place = populated(place).await;
    let other = other_kind(&place).await;
    let exported = run("export", &place, &[], "").ok();
    let imported = run("import", &other, &[], &exported).ok();
    let [rows, verdict] = imported.lines().collect::<Vec<_>>()[..] else { panic!("{imported}") };
    assert!(rows.starts_with("imported ") && rows.ends_with(" events"), "{rows}");
    assert!(verdict.starts_with("ok: "), "{verdict}");
    child::verify(&other);
    // As a file, and from a file, it is the same.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("plenary.jsonl");
    let file = file.to_str().unwrap();
    assert_eq!(run("export", &other, &["--to", file], "").ok(), "");
    assert_eq!(std::fs::read_to_string(file).unwrap(), exported);
    let third = place.another().await;
    run("import", &third, &["--from", file], "").ok();
    assert_eq!(run("export", &third, &[], "").ok(), exported);
    assert!(rebuilt(run("rebuild", &third, &[], "")).contains("; 0 rows mended"));
}

on_both!(what_cannot_be_imported_or_exported_leaves_everything_as_it_was);
async fn what_cannot_be_imported_or_exported_leaves_everything_as_it_was(place: Place) {
    let place = populated(place).await;
    let exported = run("export", &place, &[], "").ok();
    let before = contents(&place).await;
    run("import", &place, &[], &exported)
        .refused("is not empty; an export is imported into an empty database");
    assert_eq!(contents(&place).await, before);

    let empty = place.another().await;
    empty.open().await.close().await;
    let nothing = contents(&empty).await;
    let unknown = exported.replace("\"OrderCancelled\",1,", "\"OrderCancelled\",7,");
    let cases = [
        (String::new(), "its last line is missing"),
        ("[1,2,3]\n".to_owned(), "line 1 is no line of an export"),
        (exported.replace("For 1000", "For 2000"), "its checksum is another"),
        (exported[..exported.len() / 2].to_owned(), "is no line of an export"),
        (resealed(&unknown), "cannot be read: OrderCancelled in version 7"),
    ];
    for (damaged, said) in cases {
        run("import", &empty, &[], &damaged).refused(said);
        assert_eq!(contents(&empty).await, nothing, "{said}");
    }
    run("import", &empty, &["--from", "/nowhere/plenary.jsonl"], "")
        .refused("/nowhere/plenary.jsonl: No such file");
    run("export", &place, &["--to", "/nowhere/plenary.jsonl"], "")
        .refused("/nowhere/plenary.jsonl: No such file");
    let folder = tempfile::tempdir().unwrap();
    let kept = folder.path().join("kept.jsonl");
    std::fs::write(&kept, "mine").unwrap();
    run("export", &place, &["--to", kept.to_str().unwrap()], "").refused("kept.jsonl: File exists");
    assert_eq!(std::fs::read_to_string(&kept).unwrap(), "mine");
    run("import", &empty, &[], &exported).ok();
}

/// An export with the sum that belongs to what it says.
fn resealed(export: &str) -> String {
    use sha2::{Digest, Sha256};
    let body = &export[..=export.trim_end().rfind('\n').unwrap()];
    let footer: serde_json::Value = serde_json::from_str(&export[body.len()..]).unwrap();
    let sum = plenary_server::hex::encode(&Sha256::digest(body));
    format!("{body}{{\"rows\":{},\"sha256\":\"{sum}\"}}\n", footer["rows"])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_not_there_is_named_without_its_password() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = folder.path().join("none");
    let nowhere = nowhere.to_str().unwrap();
    for command in ["verify", "export"] {
        run_elsewhere(command, &["--data-dir", nowhere]).refused("there is no database at");
        assert!(!folder.path().join("none").exists(), "{command} has made it");
    }
    for command in ["verify", "export", "rebuild", "import", "outbox", "migrate"] {
        for (url, said) in [
            ("mysql://olga:hunter2@127.0.0.1/plenary", "postgres://user:password@host/name"),
            ("postgres://olga:hunter2@127.0.0.1:70000/plenary", "postgres://user:password@host/name"),
            ("postgres://olga:hunter2@127.0.0.1:9/plenary", "Connection refused"),
        ] {
            let refused = run_elsewhere(command, &["--database-url", url, "--data-dir", nowhere]);
            refused.refused(said);
            assert!(!refused.err.contains("hunter2"), "{}", refused.err);
        }
    }
    let Place::Postgres { server, .. } = Place::postgres().await else { return };
    let unknown = Place::Postgres { server, name: "plenary_unknown".to_owned() };
    for command in ["verify", "export", "rebuild", "import"] {
        run(command, &unknown, &[], "").refused("database \"plenary_unknown\" does not exist");
    }
}

on_both!(a_database_that_nothing_was_served_from_is_told_apart_from_a_broken_one);
async fn a_database_that_nothing_was_served_from_is_told_apart_from_a_broken_one(place: Place) {
    if let Place::Sqlite(folder) = &place {
        std::fs::write(folder.path().join("plenary.db"), "").unwrap();
    }
    for command in ["verify", "export"] {
        run(command, &place, &[], "").refused("the database is empty: nothing was ever served from it");
    }
    assert_eq!(run("migrate", &place, &[], "").ok(), "");
    for command in ["verify", "export", "rebuild"] {
        run(command, &place, &[], "").refused("nothing was ever served from it");
    }
    assert_eq!(change(&place, "delete from _sqlx_migrations where version = 7").await, 1);
    for command in ["verify", "export"] {
        run(command, &place, &[], "").refused("use the program that serves from it");
    }
}

on_both!(a_rebuild_that_dies_anywhere_is_made_good_by_the_next);
async fn a_rebuild_that_dies_anywhere_is_made_good_by_the_next(place: Place) {
    let place = populated(place).await;
    let server = Server::start(&place, &[]).unwrap();
    let stall = Stall::open(server.address, "dies").await;
    for point in REBUILD_POINTS {
        assert_eq!(change(&place, DAMAGE).await, 2, "{point}");
        let died = run("rebuild", &place, &["--faults", &format!("{point}=kill@1")], "");
        assert_eq!((died.code, died.out.as_str()), (None, ""), "{point}: {}", died.err);
        // Nobody waits for the dead.
        assert_eq!(stall.order(server.address).await.unwrap().0, 201);
        let mended = point == "fault point, rebuild: committed";
        let verdict = run("verify", &place, &[], "");
        assert_eq!(verdict.code, Some(i32::from(!mended)), "{point}: {verdict:?}");
        rebuilt(run("rebuild", &place, &[], ""));
        child::verify(&place);
    }
    server.kill();
}

const KILLS: usize = 12;

on_both!(a_rebuild_that_is_killed_at_any_moment_is_made_good_by_the_next);
async fn a_rebuild_that_is_killed_at_any_moment_is_made_good_by_the_next(place: Place) {
    let place = populated(place).await;
    let busy = Busy::start(&place, "killed", 2).await;
    for _ in 0..KILLS {
        change(&place, DAMAGE).await;
        let [pause] = Entropy.bytes::<1>();
        child::kill_after("rebuild", &place, &[], Duration::from_millis(u64::from(pause)));
        busy.counter.grows_by(3).await;
    }
    rebuilt(run("rebuild", &place, &[], ""));
    child::verify(&place);
    busy.end(&place).await;
}

on_both!(an_import_that_is_killed_is_there_as_a_whole_or_not_at_all);
async fn an_import_that_is_killed_is_there_as_a_whole_or_not_at_all(place: Place) {
    let place = populated(place).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("plenary.jsonl");
    let from = ["--from", file.to_str().unwrap()];
    run("export", &place, &["--to", from[1]], "").ok();
    for _ in 0..KILLS / 2 {
        let copy = place.another().await;
        let [pause] = Entropy.bytes::<1>();
        child::kill_after("import", &copy, &from, Duration::from_millis(u64::from(pause)));
        // The next makes it whole, unless this one was done already.
        let next = run("import", &copy, &from, "");
        if next.code != Some(0) {
            next.refused("is not empty; an export is imported into an empty database");
        }
        child::verify(&copy);
    }
}

on_both!(an_event_that_the_program_does_not_know_stops_every_command);
async fn an_event_that_the_program_does_not_know_stops_every_command(place: Place) {
    let place = populated(place).await;
    let forms = [
        ("event_type = 'OrderTeleported'", "cannot be read: OrderTeleported in version 1"),
        ("schema_version = 99", "cannot be read: OrderCancelled in version 99"),
        ("stream_type = 'teleporter'", "cannot be read: no room knows streams of type teleporter"),
    ];
    for (form, said) in forms {
        let unknown = place.copy().await;
        let newer = format!("update events set {form} where event_type = 'OrderCancelled'");
        assert_eq!(change(&unknown, &newer).await, 1);
        let noted = "insert into event_forms (stream_type, event_type, schema_version)
            select distinct stream_type, event_type, schema_version from events where true on conflict do nothing";
        assert_eq!(change(&unknown, noted).await, 1);
        let before = contents(&unknown).await;
        run("serve", &unknown, &[], "").refused(said);
        let refused = run("rebuild", &unknown, &[], "");
        refused.refused(said);
        assert!(refused.err.starts_with("the event at "), "{}", refused.err);
        let verdict = run("verify", &unknown, &[], "");
        assert!(verdict.code == Some(1) && verdict.out.contains(said), "{verdict:?}");
        // An export is what there is, whether anybody can read it or not; who reads it in can not.
        let exported = run("export", &unknown, &[], "").ok();
        assert_eq!(contents(&unknown).await, before);
        let empty = place.another().await;
        run("import", &empty, &[], &exported).refused(said);
        run("verify", &empty, &[], "").refused("nothing was ever served from it");
    }
}
