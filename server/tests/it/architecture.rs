//! The invariants of ARCHITECTURE.md that are about what is absent, read off the sources.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const ROOMS: [&str; 4] = ["conference", "mail", "payments", "registration"];

/// A source file, by its path below `server/src`, without its tests and comments.
struct Source {
    path: String,
    lines: Vec<String>,
}

impl Source {
    fn read(root: &Path, file: &Path) -> Self {
        let text = fs::read_to_string(file).unwrap();
        // Tests are the last part of a file, and are held to nothing but being readable.
        let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
        let lines = code.lines().map(str::trim).filter(|line| !line.starts_with("//")).map(str::to_owned);
        let path = file.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
        Self { path, lines: lines.collect() }
    }

    fn room(&self) -> Option<&'static str> {
        ROOMS.into_iter().find(|room| self.path.starts_with(&format!("{room}/")))
    }

    /// The names without folder and ending.
    fn name(&self) -> &str {
        Path::new(&self.path).file_stem().unwrap().to_str().unwrap()
    }

    fn is_one_of(&self, paths: &[&str]) -> bool {
        paths.contains(&self.path.as_str())
    }

    /// The lines that hold one of these words.
    fn saying<'s>(&'s self, words: &'s [&str]) -> impl Iterator<Item = String> + 's {
        let found = move |line: &&String| words.iter().any(|word| line.contains(word));
        self.lines.iter().filter(found).map(|line| format!("{}: {line}", self.path))
    }

    /// The modules of other parts that are named, as in `crate::messaging::…` and in `use crate::{…}`.
    fn neighbours(&self) -> impl Iterator<Item = String> + '_ {
        let named = self.lines.iter().flat_map(|line| line.split("crate::").skip(1));
        named.flat_map(|rest| match rest.strip_prefix('{') {
            Some(list) => list.split(['}', ';']).next().unwrap().split(", ").map(str::to_owned).collect(),
            None => vec![rest.to_owned()],
        })
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn files_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files = Vec::new();
    for path in entries {
        if path.is_dir() {
            files.extend(files_in(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
    files
}

/// What the program is made of, without the tests.
fn sources() -> Vec<Source> {
    let is_test = |path: &PathBuf| {
        path.components().any(|part| part.as_os_str() == "tests") || path.ends_with("tests.rs")
    };
    let root = root();
    let mut files = files_in(&root);
    files.retain(|path| !is_test(path) && !path.ends_with("testing.rs"));
    let sources: Vec<_> = files.iter().map(|file| Source::read(&root, file)).collect();
    assert!(sources.len() > 50, "the sources are not where they were");
    sources
}

#[track_caller]
fn absent(invariant: &str, found: impl IntoIterator<Item = String>) {
    let found: Vec<_> = found.into_iter().collect();
    assert!(found.is_empty(), "{invariant}\n{}", found.join("\n"));
}

#[test]
fn rules_are_pure() {
    const RULES: [&str; 22] = [
        "preview/canvas.rs",
        "preview/card.rs",
        "mail/draft.rs",
        "mail/words.rs",
        "calendar.rs",
        "conference/conference.rs",
        "conference/promo_codes/rules.rs",
        "payments/payment.rs",
        "registration/order.rs",
        "registration/order/rules.rs",
        "registration/order/state.rs",
        "registration/order/upcasters.rs",
        "registration/process.rs",
        "registration/promo_code_uses.rs",
        "registration/promo_codes.rs",
        "registration/seat_assignments.rs",
        "registration/seats_availability.rs",
        "registration/tables.rs",
        "registration/wait_list.rs",
        "registration/wait_list/entry.rs",
        "registration/waiting/check.rs",
        "personal.rs",
    ];
    const WORLD: [&str; 7] =
        ["async ", "sqlx", "axum", "tokio", "crate::clock", "crate::db", "crate::messaging"];
    let sources = sources();
    let rules: Vec<_> = sources.iter().filter(|source| source.is_one_of(&RULES)).collect();
    assert_eq!(rules.len(), RULES.len(), "a file of rules has moved");
    absent(
        "Rules are pure: they wait for nothing and know no database, HTTP or clock.",
        rules.iter().flat_map(|it| it.saying(&WORLD)),
    );
}

#[test]
fn a_room_sees_only_the_contracts_of_another() {
    let sources = sources();
    let trespasses =
        sources.iter().filter_map(|source| Some((source, source.room()?))).flat_map(|(source, own)| {
            let other = move |named: &String| {
                let mut path = named
                    .split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'))
                    .next()
                    .unwrap()
                    .split("::");
                let room = path.next().unwrap();
                ROOMS.contains(&room) && room != own && path.next() != Some("contracts")
            };
            source.neighbours().filter(other).map(|named| format!("{}: {named}", source.path))
        });
    absent("A room sees nothing of another but its contracts.", trespasses);
}

#[test]
fn what_the_rooms_stand_on_knows_no_room() {
    let below = ["http/", "messaging/", "eventstore/", "db.rs", "clock.rs", "personal.rs"];
    let sources = sources();
    let ground = sources.iter().filter(|source| below.iter().any(|part| source.path.starts_with(part)));
    let words: Vec<_> = ROOMS.iter().map(|room| format!("crate::{room}")).collect();
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    absent(
        "Nothing that the rooms stand on knows a room.",
        ground.flat_map(|source| source.saying(&words).collect::<Vec<_>>()),
    );
}

#[test]
fn time_and_randomness_come_from_one_place() {
    const SOURCES_OF_THEM: [&str; 8] =
        ["SystemTime", "Utc::now", "Local::now", "now_v7", "new_v4", "getrandom", "rand::", "thread_rng"];
    let sources = sources();
    let others = sources.iter().filter(|source| source.path != "clock.rs");
    absent(
        "Time and randomness come from clock.rs alone.",
        others.flat_map(|it| it.saying(&SOURCES_OF_THEM)),
    );
}

#[test]
fn sql_has_its_places() {
    // Rooms have their store, their projections' rows and their queries; the ground has what it keeps for all.
    // `mailbox` and `verify` ask one question each of tables that belong to nobody else. `schema` treats all tables
    // alike, and `shadow` puts new rows beside old ones.
    const PLACES: [&str; 16] = [
        "store",
        "forms",
        "rows",
        "queries",
        "log",
        "keys",
        "records",
        "directory",
        "outbox",
        "secrets",
        "sessions",
        "guesses",
        "mailbox",
        "verify",
        "schema",
        "shadow",
    ];
    const STATEMENTS: [&str; 7] = [
        "execute!(",
        "fetch_all!(",
        "fetch_many!(",
        "fetch_optional!(",
        "later!(",
        "sqlx::query",
        "query_as(",
    ];
    let sources = sources();
    let is_place =
        |it: &&Source| it.path == "db.rs" || it.path.starts_with("db/") || PLACES.contains(&it.name());
    let others = sources.iter().filter(|source| !is_place(source));
    absent(
        "SQL is written in stores, rows and queries, and nowhere else.",
        others.flat_map(|it| it.saying(&STATEMENTS)),
    );
}

#[test]
fn both_databases_have_the_same_migrations() {
    let names = |database: &str| -> BTreeSet<_> {
        let folder = root().join("../../migrations").join(database);
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect()
    };
    let sqlite = names("sqlite");
    assert!(!sqlite.is_empty());
    assert_eq!(sqlite, names("postgres"), "Every migration is there for both databases.");
}

#[test]
fn no_conference_can_take_an_address_of_the_site() {
    let sources = sources();
    // Every path is a literal: in a route, in a list of fixed addresses, or as the beginning of others.
    // The benchmark has addresses too, as a client has them.
    let site = sources.iter().filter(|source| !source.path.starts_with("bench/"));
    let lines = site.flat_map(|source| source.lines.iter());
    let literals = lines.filter(|line| !line.contains("include!")).flat_map(|line| line.split("\"/").skip(1));
    let segments = literals.filter_map(|rest| rest.split(['"', '/', '{', '?']).next());
    let is_segment =
        |it: &&str| !it.is_empty() && it.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    let mut segments: BTreeSet<_> = segments.filter(is_segment).map(str::to_owned).collect();
    segments.extend(["manage".to_owned(), "orders".to_owned()]);
    assert!(segments.contains("api") && segments.contains("healthz"), "the routes are not where they were");
    let free = segments.into_iter().filter(|it| !plenary_app::RESERVED_SLUGS.contains(&it.as_str()));
    absent("Every first segment of the site's own addresses is reserved.", free);
}

/// The words that address somebody formally, in a German text. At the beginning of a sentence `Sie` may be several, or
/// a thing.
fn formal_words(text: &str) -> Vec<&str> {
    const ALWAYS: [&str; 7] = ["Ihnen", "Ihr", "Ihre", "Ihrem", "Ihren", "Ihrer", "Ihres"];
    let is_letter = |c: char| c.is_alphabetic();
    let words = text.split(|c| !is_letter(c)).filter(|word| !word.is_empty());
    let begins = |word: &str| {
        let at = word.as_ptr() as usize - text.as_ptr() as usize;
        let before = text[..at].trim_end_matches([' ', '\\', '\n', '\t']);
        before.is_empty() || before.ends_with(['"', '.', ':', '!', '?', '}'])
    };
    words.filter(|word| ALWAYS.contains(word) || (*word == "Sie" && !begins(word))).collect()
}

#[test]
fn everybody_is_addressed_alike_in_german() {
    assert_eq!(formal_words("Das sind Ihre Plätze für Sie."), ["Ihre", "Sie"]);
    assert_eq!(
        formal_words("Danke. Sie bleiben für dich, und sie sind es: Sie sind dein."),
        Vec::<&str>::new()
    );
    let root = root();
    let mut files = files_in(&root.join("../../app/src/words"));
    files.extend(files_in(&root.join("../../shared/src")));
    files.extend(files_in(&root.join("mail")));
    assert!(files.len() > 15, "the words are not where they were");
    let found = files.iter().flat_map(|file| {
        let text = fs::read_to_string(file).unwrap();
        let lines = text.lines().filter(|line| !formal_words(line).is_empty());
        lines.map(|line| format!("{}: {}", file.display(), line.trim())).collect::<Vec<_>>()
    });
    absent("German says du, in pages and letters alike.", found);
}
