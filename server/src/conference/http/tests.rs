use std::collections::HashMap;

use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::super::{CodeUses, Room, SeatFigure, SeatFigures, contracts};
use super::*;
use crate::clock::Entropy;
use crate::eventstore::{self, Codec, Shard};
use crate::http::cookies::Transport;
use crate::http::guesses::Guesses;
use crate::http::secrets::Secrets;
use crate::http::sessions::Sessions;
use crate::testing::{self, TestDb};

/// One seat of everything is sold.
#[derive(Debug)]
struct OneSold(SeatTypeId);

#[async_trait::async_trait]
impl SeatFigures for OneSold {
    async fn of(&self, _: ConferenceId) -> sqlx::Result<HashMap<SeatTypeId, SeatFigure>> {
        Ok(HashMap::from([(self.0, SeatFigure { available: -1, held: 0, sold: 1 })]))
    }
}

/// Nobody has used a code.
#[derive(Debug)]
struct Unused;

#[async_trait::async_trait]
impl CodeUses for Unused {
    async fn of(&self, _: ConferenceId) -> sqlx::Result<HashMap<plenary_shared::PromoCodeId, i64>> {
        Ok(HashMap::new())
    }
}

struct Site {
    router: Router,
    it: TestDb,
}

#[derive(Debug)]
struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Value,
}

impl Answer {
    fn slug(&self) -> &str {
        self.body["type"].as_str().unwrap_or_default().trim_start_matches("urn:plenary:problem:")
    }

    fn cookie(&self) -> String {
        let cookie = self.headers[header::SET_COOKIE].to_str().unwrap();
        cookie.split(';').next().unwrap().to_owned()
    }

    fn version(&self) -> i64 {
        self.body["version"].as_i64().unwrap()
    }
}

async fn room(it: &TestDb, figures: Arc<dyn SeatFigures>) -> Arc<Room> {
    let (clock, _) = testing::clock();
    let secrets = Secrets::open(&it.db, Entropy).await.unwrap();
    Arc::new(Room {
        db: it.db.clone(),
        mailbox: testing::mailbox(&it.db, &clock, [contracts::stream_type()]),
        entropy: Entropy,
        sessions: Sessions::new(it.db.clone(), clock.clone(), Entropy),
        guesses: Guesses::new(it.db.clone(), clock.clone(), secrets.clone()),
        secrets,
        clock,
        figures,
        code_uses: Arc::new(Unused),
        reserved_slugs: &["manage"],
        reservation_s: (900, 840),
        waitlist_offer_s: 86_400,
        transport: Transport::Plain,
    })
}

async fn sites() -> Vec<Site> {
    let mut sites = Vec::new();
    for it in testing::databases().await {
        let figures = Arc::new(OneSold(SeatTypeId(uuid::Uuid::nil())));
        sites.push(Site { router: routes(room(&it, figures).await), it });
    }
    sites
}

impl Site {
    async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Value) -> Answer {
        let mut request = Request::builder().method(method).uri(format!("/api/management/{path}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = if body.is_null() {
            Body::empty()
        } else {
            request = request.header("content-type", "application/json");
            Body::from(body.to_string())
        };
        let response = self.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Answer { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    async fn create(&self, slug: &str) -> Answer {
        self.send("POST", "conferences", &[], creation(slug)).await
    }

    async fn events(&self, conference: &Value) -> Vec<&'static str> {
        let id: ConferenceId = conference["id"].as_str().unwrap().parse().unwrap();
        let stream = eventstore::StreamId::of::<contracts::Announcements>(id.0);
        let codec = Codec::new([contracts::stream_type()]);
        let mut reader = self.it.db.read().await.unwrap();
        let events = eventstore::load_stream(reader.conn(), &codec, Shard::of(id), stream, 0).await.unwrap();
        events.iter().map(|event| event.event.name()).collect()
    }
}

fn creation(slug: &str) -> Value {
    json!({
        "owner_name": "Ada Lovelace", "owner_email": "Ada@example.org", "name": "Engines", "slug": slug,
        "description": "All about engines.", "location": "London",
        "start_date": "2026-03-01", "end_date": "2026-03-02",
    })
}

fn seat_type(quota: i64) -> Value {
    json!({ "name": "General", "price": { "amount": 19900, "currency": "USD" }, "quota": quota })
}

#[tokio::test]
async fn creating_gives_the_code_once_and_a_session() {
    for site in sites().await {
        let created = site.create("Engines").await;
        assert_eq!(created.status, 201, "{:?}", created.body);
        assert_eq!(created.body["access_code"].as_str().unwrap().len(), 5);
        assert_eq!(created.headers[header::LOCATION], "/api/management/conferences/Engines");
        assert!(created.headers.contains_key("plenary-position"));
        let cookie = created.cookie();
        let shown = site.send("GET", "conferences/engines", &[("cookie", &cookie)], Value::Null).await;
        assert_eq!((shown.status, &shown.body["owner_email"]), (200, &json!("Ada@example.org")));
        assert_eq!(shown.body.get("access_code"), None);
        let tag = shown.headers[header::ETAG].to_str().unwrap();
        let headers = [("cookie", cookie.as_str()), ("if-none-match", tag)];
        assert_eq!(site.send("GET", "conferences/engines", &headers, Value::Null).await.status, 304);
        assert_eq!(site.events(&created.body).await, ["ConferenceCreated"]);
    }
}

#[tokio::test]
async fn a_slug_is_taken_whatever_its_case_and_a_refused_creation_takes_none() {
    for site in sites().await {
        let mut invalid = creation("engines");
        invalid["time_zone"] = json!("Mars/Olympus");
        let refused = site.send("POST", "conferences", &[], invalid).await;
        assert_eq!((refused.status, &refused.body["errors"][0]["field"]), (422, &json!("time_zone")));
        assert_eq!(site.create("engines").await.status, 201);
        let taken = site.create("ENGINES").await;
        assert_eq!((taken.status, taken.slug()), (409, "slug-taken"));
        let reserved = site.create("Manage").await;
        assert_eq!((reserved.status, &reserved.body["errors"][0]["field"]), (422, &json!("slug")));
    }
}

#[tokio::test]
async fn the_same_creation_under_one_key_happens_once() {
    for site in sites().await {
        let key = [("idempotency-key", "0123456789abcdef")];
        let first = site.send("POST", "conferences", &key, creation("engines")).await;
        let again = site.send("POST", "conferences", &key, creation("engines")).await;
        assert_eq!((first.status, again.status), (201, 201));
        assert_eq!(first.body, again.body);
        assert_eq!(site.events(&first.body).await, ["ConferenceCreated"]);
        let other = site.send("POST", "conferences", &key, creation("other")).await;
        assert_eq!((other.status, other.slug()), (422, "idempotency-key-reused"));
    }
}

#[tokio::test]
async fn an_owner_finds_her_conference_and_a_wrong_email_looks_like_a_wrong_code() {
    for site in sites().await {
        let created = site.create("engines").await;
        let code = created.body["access_code"].as_str().unwrap().to_lowercase();
        let proof = |email: &str, code: &str| json!({ "email": email, "access_code": code });
        let wrong_email = site.send("POST", "session", &[], proof("eve@example.org", &code)).await;
        let wrong_code = site.send("POST", "session", &[], proof("ada@example.org", "-----")).await;
        assert_eq!((wrong_email.status, wrong_code.status), (401, 401));
        assert_eq!(wrong_email.body, wrong_code.body);
        let found = site.send("POST", "session", &[], proof("ADA@example.org", &code)).await;
        assert_eq!((found.status, &found.body["slug"]), (200, &json!("engines")));
        assert_eq!(found.body.get("access_code"), None);
        let bearer = format!("Bearer {}", found.body["token"].as_str().unwrap());
        let bearer = [("authorization", bearer.as_str())];
        assert_eq!(site.send("GET", "conferences/engines", &bearer, Value::Null).await.status, 200);
        assert_eq!(site.send("DELETE", "session", &bearer, Value::Null).await.status, 204);
        assert_eq!(site.send("GET", "conferences/engines", &bearer, Value::Null).await.status, 401);
    }
}

#[tokio::test]
async fn after_five_wrong_codes_even_the_right_one_has_to_wait() {
    for site in sites().await {
        let created = site.create("engines").await;
        let proof = |code: &str| json!({ "email": "ada@example.org", "access_code": code });
        for _ in 0..5 {
            assert_eq!(site.send("POST", "session", &[], proof("AAAAA")).await.status, 401);
        }
        let right = created.body["access_code"].as_str().unwrap();
        let refused = site.send("POST", "session", &[], proof(right)).await;
        assert_eq!((refused.status, &refused.headers[header::RETRY_AFTER]), (429, &"60".parse().unwrap()));
    }
}

#[tokio::test]
async fn a_stranger_learns_nothing_from_how_a_body_is_refused() {
    for site in sites().await {
        let mine = site.create("engines").await.cookie();
        site.create("others").await;
        let calls = [
            ("GET", "conferences/others"),
            ("PUT", "conferences/others"),
            ("POST", "conferences/others/publish"),
            ("POST", "conferences/others/unpublish"),
            ("GET", "conferences/others/seat-types"),
            ("POST", "conferences/others/seat-types"),
            ("PUT", "conferences/others/seat-types/00000000-0000-7000-8000-000000000000"),
            ("DELETE", "conferences/others/seat-types/00000000-0000-7000-8000-000000000000"),
        ];
        for (method, path) in calls {
            let stranger = site.send(method, path, &[], json!({ "nonsense": 1 })).await;
            assert_eq!((stranger.status, stranger.slug()), (401, "not-signed-in"), "{method} {path}");
            let other = site.send(method, path, &[("cookie", &mine)], json!({ "nonsense": 1 })).await;
            assert_eq!((other.status, other.slug()), (404, "not-found"), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn a_conference_is_changed_published_and_hidden() {
    for site in sites().await {
        let created = site.create("engines").await;
        let cookie = created.cookie();
        let cookie = [("cookie", cookie.as_str())];
        let change = json!({ "location": "Paris", "version": 1 });
        let updated = site.send("PUT", "conferences/engines", &cookie, change.clone()).await;
        assert_eq!((updated.status, updated.version()), (200, 2));
        assert_eq!(updated.body["location"], "Paris");
        let stale = site.send("PUT", "conferences/engines", &cookie, change).await;
        assert_eq!((stale.status, stale.slug()), (409, "stale-version"));
        let published = site.send("POST", "conferences/engines/publish", &cookie, Value::Null).await;
        assert_eq!((published.status, &published.body["published"]), (200, &json!(true)));
        let again = site.send("POST", "conferences/engines/publish", &cookie, json!({})).await;
        assert_eq!((again.status, again.version()), (200, 3));
        let redirect = json!({ "redirect_url": "https://example.org" });
        let hidden = site.send("POST", "conferences/engines/unpublish", &cookie, redirect).await;
        assert_eq!(
            (&hidden.body["published"], &hidden.body["ever_published"]),
            (&json!(false), &json!(true))
        );
        let events = site.events(&created.body).await;
        let expected =
            ["ConferenceCreated", "ConferenceUpdated", "ConferencePublished", "ConferenceUnpublished"];
        assert_eq!(events, expected);
    }
}

#[tokio::test]
async fn seat_types_are_added_changed_and_deleted() {
    const PATH: &str = "conferences/engines/seat-types";
    for site in sites().await {
        let created = site.create("engines").await;
        let cookie = created.cookie();
        let cookie = [("cookie", cookie.as_str())];
        let first = site.send("POST", PATH, &cookie, seat_type(10)).await;
        assert_eq!((first.status, first.version(), &first.body["available"]), (201, 1, &json!(10)));
        let second = site.send("POST", PATH, &cookie, seat_type(5)).await;
        let [first, second] =
            [&first, &second].map(|it| format!("{PATH}/{}", it.body["id"].as_str().unwrap()));

        let key = [cookie[0], ("idempotency-key", "k")];
        assert_eq!(site.send("DELETE", &second, &key, Value::Null).await.status, 204);
        assert_eq!(site.send("DELETE", &second, &key, Value::Null).await.status, 204);
        assert_eq!(site.send("DELETE", &second, &cookie, Value::Null).await.status, 404);

        site.send("POST", "conferences/engines/publish", &cookie, Value::Null).await;
        let kept = site.send("DELETE", &first, &cookie, Value::Null).await;
        assert_eq!((kept.status, kept.slug()), (409, "published-once"));
        let mut change = seat_type(20);
        change["version"] = json!(1);
        let changed = site.send("PUT", &first, &cookie, change.clone()).await;
        assert_eq!((changed.status, changed.version(), &changed.body["quota"]), (200, 2, &json!(20)));
        assert_eq!(site.send("PUT", &first, &cookie, change).await.slug(), "stale-version");

        let shown = site.send("GET", PATH, &cookie, Value::Null).await;
        assert_eq!(shown.body.as_array().unwrap().len(), 1);
        let events = site.events(&created.body).await;
        assert_eq!(events, ["ConferenceCreated", "SeatCreated", "ConferencePublished", "SeatUpdated"]);
    }
}

#[tokio::test]
async fn a_seat_type_of_another_conference_cannot_be_found() {
    for site in sites().await {
        let others = site.create("others").await;
        let cookie = others.cookie();
        let theirs =
            site.send("POST", "conferences/others/seat-types", &[("cookie", &cookie)], seat_type(10)).await;
        let mine = site.create("engines").await.cookie();
        let path = format!("conferences/engines/seat-types/{}", theirs.body["id"].as_str().unwrap());
        for (method, path) in
            [("PUT", path.as_str()), ("DELETE", &path), ("PUT", "conferences/engines/seat-types/x")]
        {
            let answer = site.send(method, path, &[("cookie", &mine)], json!({ "nonsense": 1 })).await;
            assert_eq!((answer.status, answer.slug()), (404, "not-found"), "{method}");
        }
    }
}

#[tokio::test]
async fn the_figures_are_those_of_whoever_sells_the_seats() {
    for it in testing::databases().await {
        let site =
            Site { router: routes(room(&it, Arc::new(OneSold(SeatTypeId(uuid::Uuid::nil())))).await), it };
        let cookie = site.create("engines").await.cookie();
        let cookie = [("cookie", cookie.as_str())];
        let added = site.send("POST", "conferences/engines/seat-types", &cookie, seat_type(0)).await;
        let id = added.body["id"].as_str().unwrap().parse().unwrap();
        let Site { it, .. } = site;
        let site = Site { router: routes(room(&it, Arc::new(OneSold(id))).await), it };
        let managed = site.send("GET", "conferences/engines/seat-types", &cookie, Value::Null).await;
        assert_eq!((&managed.body[0]["available"], &managed.body[0]["sold"]), (&json!(-1), &json!(1)));
        let shown = site.send("GET", "conferences/engines", &cookie, Value::Null).await;
        assert_eq!(shown.body["seat_types"][0]["available"], 0);
    }
}
