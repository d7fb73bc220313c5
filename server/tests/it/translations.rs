//! A conference in several languages: text by text as its reader reads, and in its own words where it has no others.

use axum::http::header;
use plenary_server::db::Db;
use plenary_server::rebuild::{self, rebuild};
use plenary_server::{startup, transfer};
use serde_json::{Value, json};

use crate::site::{Call, Fair, Messages, Place, Site, both, on_both, seat_type};

/// Gives the conference a German name and tagline, and its first seat type a German name.
async fn translate(site: &Site, fair: &Fair) -> Value {
    let version = site.get(fair.at("")).cookie(&fair.session).await.expect(200)["version"].clone();
    let german = json!({ "name": "Rosttage", "tagline": "Zwei Tage am Kanal" });
    let change = json!({ "language": "en", "tagline": "Two days", "translations": { "de": german }, "version": version });
    let changed = site.put(fair.at(""), change).cookie(&fair.session).await.expect(200);
    let mut seat = seat_type(1_000, 10);
    seat["translations"] = json!({ "de": { "name": "Für zehn" } });
    seat["version"] = json!(1);
    let path = fair.at(&format!("/seat-types/{}", fair.seats[0]));
    site.put(path, seat).cookie(&fair.session).await.expect(200);
    changed
}

/// A published conference that has German texts beside its English ones.
pub async fn translated(site: &Site, slug: &str) -> Fair {
    let fair = site.organizer(slug, &[(1_000, 10), (2_000, 5)]).await;
    translate(site, &fair).await;
    fair
}

fn german(call: Call<'_>) -> Call<'_> {
    call.header("accept-language", "de-AT, en;q=0.5")
}

both!(the_processors_page_says_what_is_paid_for_in_its_readers_language);
async fn the_processors_page_says_what_is_paid_for_in_its_readers_language(site: &Site) {
    let fair = translated(site, "bezahlt").await;
    let order = site.order(&fair, &[(0, 1)]).await;
    let page = format!("/simulated-processor/{}", site.start_payment(&order).await);
    let read = german(site.get(&page)).await.text();
    assert!(read.contains("Anmeldung zu Rosttage") && !read.contains("Registration for"), "{read}");
    for english in [german(site.get(format!("{page}?lang=en"))), site.get(&page)] {
        let read = english.await.text();
        assert!(read.contains("Registration for Conference bezahlt"), "{read}");
    }
}

both!(a_reader_reads_text_by_text_what_there_is_in_her_language);
async fn a_reader_reads_text_by_text_what_there_is_in_her_language(site: &Site) {
    let fair = translated(site, "rostig").await;
    let answer = german(site.get("/api/conferences/rostig")).await;
    assert_eq!(answer.header(header::CONTENT_LANGUAGE), "de");
    assert_eq!(answer.header(header::VARY), "accept-language, cookie");
    let read = answer.expect(200);
    assert_eq!((&read["name"], &read["tagline"]), (&json!("Rosttage"), &json!("Zwei Tage am Kanal")));
    assert_eq!((&read["description"], &read["location"]), (&json!("Two days of talks."), &json!("Berlin")));
    assert_eq!(read["seat_types"][0]["name"], "Für zehn");
    assert_eq!(read["seat_types"][1]["name"], "For 2000");
    assert_eq!(read["language"], Value::Null, "it is in two");
    // The address says it first, whatever the browser prefers.
    let english = german(site.get("/api/conferences/rostig?lang=en")).await.expect(200);
    assert_eq!((&english["name"], &english["language"]), (&json!("Conference rostig"), &json!("en")));
    let silent = site.get("/api/conferences/rostig").await.expect(200);
    assert_eq!(silent, english, "whoever says nothing reads its own words");
    let chosen = german(site.get("/api/conferences/rostig")).cookie("plenary_language=en").await.expect(200);
    assert_eq!(chosen, english);

    let listed = site.get("/api/conferences?lang=de").await.expect(200);
    assert_eq!((&listed[0]["name"], &listed[0]["location"]), (&json!("Rosttage"), &json!("Berlin")));
    let found = site.get("/api/conferences?q=rosttage").await.expect(200);
    assert_eq!(found[0]["name"], "Conference rostig", "it is found by every name");

    let managed =
        site.get(fair.at("")).cookie(&fair.session).header("accept-language", "de").await.expect(200);
    assert_eq!((&managed["name"], &managed["language"]), (&json!("Conference rostig"), &json!("en")));
    assert_eq!(managed["translations"]["de"]["name"], "Rosttage");
    let seats = site.get(fair.at("/seat-types")).cookie(&fair.session).await.expect(200);
    assert_eq!(seats[0]["translations"], json!({ "de": { "name": "Für zehn" } }));
    assert_eq!(seats[1]["translations"], json!({}));
}

both!(each_language_has_its_own_tag);
async fn each_language_has_its_own_tag(site: &Site) {
    translated(site, "tagged").await;
    for path in ["/api/conferences/tagged", "/tagged", "/tagged/calendar.ics", "/api/conferences"] {
        let [german, english] = ["de", "en"].map(|lang| format!("{path}?lang={lang}"));
        let tag_of = async |path: &str| site.get(path).await.header(header::ETAG).to_owned();
        let (in_german, in_english) = (tag_of(&german).await, tag_of(&english).await);
        assert_ne!(in_german, in_english, "{path}");
        assert_eq!(site.get(&german).header("if-none-match", &in_german).await.status, 304, "{path}");
        assert_eq!(site.get(&german).header("if-none-match", &in_english).await.status, 200, "{path}");
    }
}

both!(pages_and_files_are_in_one_language);
async fn pages_and_files_are_in_one_language(site: &Site) {
    translated(site, "faces").await;
    let page = german(site.get("/faces")).await.text();
    assert!(page.contains("<title>Rosttage</title>"), "{page}");
    assert!(page.contains(r#""name":"Rosttage""#), "what programs read");
    assert!(page.contains("Für zehn") && !page.contains("For 1000"));
    assert!(page.contains(r#"hreflang="en""#) && page.contains("faces?lang=en"));
    let english = german(site.get("/faces?lang=en")).await.text();
    assert!(english.contains("<title>Conference faces</title>") && !english.contains("Rosttage"));
    let file = german(site.get("/faces/calendar.ics")).await.text();
    assert!(file.contains("SUMMARY:Rosttage\r\n") && file.contains("LOCATION:Berlin\r\n"));
    assert!(german(site.get("/")).await.text().contains("Rosttage"));
}

both!(a_live_stream_speaks_the_language_that_it_was_asked_in);
async fn a_live_stream_speaks_the_language_that_it_was_asked_in(site: &Site) {
    let fair = translated(site, "streamed").await;
    let mut german = Messages::of(site.get("/api/conferences/streamed/events?lang=de")).await;
    let mut english = Messages::of(site.get("/api/conferences/streamed/events?lang=en")).await;
    assert_eq!(german.next_of("conference").await.json["name"], "Rosttage");
    assert_eq!(english.next_of("conference").await.json["name"], "Conference streamed");
    let order = site.order(&fair, &[(0, 1)]).await;
    assert_eq!(german.next_of("availability").await.json["seat_types"][0]["available"], 9);
    let mut hers = Messages::of(site.get(order.at("/events?lang=de")).cookie(&order.cookie)).await;
    let told = hers.next_of("order").await.json;
    assert_eq!(
        (&told["conference"]["name"], &told["seats"][0]["name"]),
        (&json!("Rosttage"), &json!("Für zehn"))
    );
}

both!(an_order_is_read_in_the_language_of_its_reader_under_the_name_it_was_placed_with);
async fn an_order_is_read_in_the_language_of_its_reader_under_the_name_it_was_placed_with(site: &Site) {
    let fair = translated(site, "ordered").await;
    let order = site.order(&fair, &[(0, 1), (1, 1)]).await;
    let read = async |lang: &str| {
        let it = site.get(order.at(&format!("?lang={lang}"))).cookie(&order.cookie).await.expect(200);
        let seats =
            it["seats"].as_array().unwrap().iter().map(|seat| seat["name"].as_str().unwrap().to_owned());
        (it["conference"]["name"].as_str().unwrap().to_owned(), seats.collect::<Vec<_>>())
    };
    assert_eq!(read("de").await, ("Rosttage".into(), vec!["Für zehn".into(), "For 2000".into()]));
    assert_eq!(read("en").await, ("Conference ordered".into(), vec!["For 1000".into(), "For 2000".into()]));
    let tag = site.get(order.at("?lang=de")).cookie(&order.cookie).await.header(header::ETAG).to_owned();
    let same = site.get(order.at("?lang=en")).cookie(&order.cookie).header("if-none-match", &tag).await;
    assert_eq!(same.status, 200);

    site.pay(&order).await;
    let seats = site.get(order.at("/assignments?lang=de")).cookie(&order.cookie).await.expect(200);
    assert_eq!(seats["seats"][0]["seat_type_name"], "Für zehn");
    let tickets =
        site.get(format!("/ordered/orders/{}/tickets?lang=de", order.id)).cookie(&order.cookie).await.text();
    assert!(tickets.contains("Rosttage") && tickets.contains("Für zehn"));
    // What was bought is not called by what another thing is called in another language.
    let mut renamed = seat_type(1_000, 10);
    (renamed["name"], renamed["version"]) = (json!("Premium"), json!(2));
    let path = fair.at(&format!("/seat-types/{}", fair.seats[0]));
    let kept = site.put(path, renamed).cookie(&fair.session).await.expect(200);
    assert_eq!(kept["translations"]["de"]["name"], "Für zehn");
    assert_eq!(read("de").await.1, ["For 1000", "For 2000"]);
    let quote = json!({ "seats": fair.choose(&[(0, 1)]) });
    let quote = site.post("/api/conferences/ordered/quote?lang=de", quote).await.expect(200);
    assert_eq!(quote["lines"][0]["name"], "Für zehn");
    let listed = site.get(fair.at("/orders?lang=de")).cookie(&fair.session).await.expect(200);
    assert_eq!(listed["orders"][0]["seats"][0]["name"], "For 1000", "organizers read their own words");
}

both!(a_wrong_translation_is_refused_by_field_and_changes_nothing);
async fn a_wrong_translation_is_refused_by_field_and_changes_nothing(site: &Site) {
    let fair = site.organizer("refused", &[(1_000, 10)]).await;
    let seat = fair.at(&format!("/seat-types/{}", fair.seats[0]));
    let cases = [
        (json!({ "tlh": { "name": "Qapla" } }), "translations.tlh", "language"),
        (json!({ "de": { "name": "x".repeat(121) } }), "translations.de.name", "too_long"),
        (json!({ "de": { "name": 7 } }), "translations.de.name", "type"),
        (json!({ "de": { "slug": "x" } }), "translations.de.slug", "type"),
        (json!({ "de": { "name": "\u{7}" } }), "translations.de.name", "control_characters"),
        (json!([]), "translations", "type"),
    ];
    for (translations, field, rule) in cases {
        let change = json!({ "translations": translations, "version": 2 });
        let conference = site.put(fair.at(""), change).cookie(&fair.session).await;
        let mut change = seat_type(1_000, 10);
        (change["translations"], change["version"]) = (translations, json!(1));
        let seat = site.put(&seat, change).cookie(&fair.session).await;
        for refused in [conference, seat] {
            refused.refused(422, "invalid-input");
            let error = &refused.json["errors"][0];
            assert_eq!((&error["field"], &error["rule"]), (&json!(field), &json!(rule)));
        }
    }
    let wrong = json!({ "language": "tlh", "version": 2 });
    let refused = site.put(fair.at(""), wrong).cookie(&fair.session).await;
    assert_eq!((refused.status, &refused.json["errors"][0]["field"]), (422, &json!("language")));
    let stale = json!({ "translations": { "de": { "name": "Zu spät" } }, "version": 1 });
    site.put(fair.at(""), stale).cookie(&fair.session).await.refused(409, "stale-version");
    let untouched = site.get(fair.at("")).cookie(&fair.session).await.expect(200);
    assert_eq!((&untouched["translations"], &untouched["version"]), (&json!({}), &json!(2)));
}

both!(what_is_not_published_is_read_in_no_language);
async fn what_is_not_published_is_read_in_no_language(site: &Site) {
    let fair = site.draft("hidden", &[(1_000, 10)]).await;
    translate(site, &fair).await;
    for path in
        ["/api/conferences/hidden?lang=de", "/api/conferences/hidden/events?lang=de", "/hidden?lang=de"]
    {
        assert_eq!(site.get(path).await.status, 404, "{path}");
    }
    // Seat types that are announced later have their texts with them.
    site.post(fair.at("/publish"), json!({})).cookie(&fair.session).await.expect(200);
    let read = site.get("/api/conferences/hidden?lang=de").await.expect(200);
    assert_eq!(read["seat_types"][0]["name"], "Für zehn");
}

both!(a_conference_is_created_as_another_was_read);
async fn a_conference_is_created_as_another_was_read(site: &Site) {
    let fair = translated(site, "original").await;
    let known = site.get(fair.at("")).cookie(&fair.session).await.expect(200);
    let mut copy = crate::site::creation("copy");
    (copy["language"], copy["translations"]) = (known["language"].clone(), known["translations"].clone());
    let created = site.post("/api/management/conferences", copy).await;
    let session = created.cookie();
    let created = created.expect(201);
    assert_eq!((&created["language"], &created["translations"]), (&json!("en"), &known["translations"]));
    let seats = site.get(fair.at("/seat-types")).cookie(&fair.session).await.expect(200);
    let path = "/api/management/conferences/copy/seat-types";
    let seat = site.post(
        path,
        json!({ "version": null, "name": seats[0]["name"], "price": seats[0]["price"], "quota": 1,
        "translations": seats[0]["translations"] }),
    );
    assert_eq!(seat.cookie(session).await.expect(201)["translations"], seats[0]["translations"]);
}

async fn export(db: &Db) -> String {
    let derived = startup::read_models(db).await.unwrap().tables();
    let mut bytes = Vec::new();
    transfer::export(db, &derived, &mut bytes).await.unwrap();
    String::from_utf8(bytes).unwrap()
}

async fn they_outlive_a_rebuild_and_a_move(place: Place) {
    let another = place.another().await;
    let site = Site::on(place).await;
    let fair = translated(&site, "moving").await;
    let read = site.get("/api/conferences/moving?lang=de").await.expect(200);
    let report = rebuild(&site.db, &startup::read_models(&site.db).await.unwrap()).await.unwrap();
    assert_eq!(report.mended(), 0, "{report}");
    let text = export(&site.db).await;
    site.finish().await;

    let db = another.open().await;
    let mut imported = transfer::import(&db, text.as_bytes()).await.unwrap();
    let models = startup::read_models_seen_by(imported.conn()).await.unwrap();
    rebuild::fill_empty(imported.conn(), &models).await.unwrap();
    imported.commit().await.unwrap();
    assert_eq!(export(&db).await, text);
    db.close().await;
    let site = Site::on(another).await;
    assert_eq!(site.get("/api/conferences/moving?lang=de").await.expect(200), read);
    let managed = site.get(fair.at("")).cookie(&fair.session).await.expect(200);
    assert_eq!(managed["translations"]["de"]["name"], "Rosttage");
    site.finish().await;
}
on_both!(they_outlive_a_rebuild_and_a_move);

async fn a_row_that_says_otherwise_than_its_events_is_found(place: Place) {
    let site = Site::on(place).await;
    translated(&site, "tampered").await;
    assert_eq!(site.violations().await, Vec::<String>::new());
    let forged = r#"update seat_types set translations = '{"de":{"name":"Gratis"}}' where version = 2"#;
    assert_eq!(crate::site::sabotage(&site.db, forged).await, 1);
    let said = site.violations().await;
    assert!(said.iter().any(|it| it.contains("seat types of conference")), "{said:?}");
    site.running.stop().await;
}
on_both!(a_row_that_says_otherwise_than_its_events_is_found);
