//! Pages as browsers without scripts, calendars and search engines get them.

use axum::http::header;
use serde_json::json;

use crate::site::{Site, both};

async fn tickets_of_a_confirmed_order(site: &Site) {
    let fair = site.organizer("tickets", &[(0, 9)]).await;
    let order = site.order(&fair, &[(0, 2)]).await;
    let path = format!("/tickets/orders/{}/tickets", order.id);
    let early = site.get(&path).cookie(&order.cookie).await;
    assert_eq!(early.status, 409);

    site.register(&order).await;
    site.post(order.at("/confirmation"), json!({})).cookie(&order.cookie).await.expect(200);
    let mei = json!({ "first_name": "Mei", "last_name": "Tanaka", "email": "mei@example.org" });
    site.put(order.at("/assignments/1"), mei).cookie(&order.cookie).await.expect(200);

    let all = site.get(&path).cookie(&order.cookie).await;
    let text = all.text();
    assert_eq!((all.status, text.matches("class=\"qr\"").count()), (200, 2), "{text}");
    assert!(text.contains("Mei Tanaka") && text.contains("Nobody yet"), "{text}");
    assert!(!text.contains("mei@example.org"), "a ticket says no more than it must");
    let code = order.json["access_code"].as_str().unwrap();
    assert!(!text.contains(code), "whoever has a ticket does not have the order");

    let one = site.get(format!("{path}/1")).cookie(&order.cookie).await;
    assert_eq!(one.text().matches("class=\"qr\"").count(), 1);
    assert_eq!(site.get(format!("{path}/2")).cookie(&order.cookie).await.status, 404);
    let nosy = site.get(&path).await;
    assert_eq!(nosy.status, 403);
    assert!(!nosy.text().contains("Mei"));
    assert_eq!(site.call("POST", &path).cookie(&order.cookie).form("x=1").await.status, 405);
}

async fn an_order_of_an_unpublished_conference_keeps_its_days(site: &Site) {
    let fair = site.organizer("hidden", &[(0, 9)]).await;
    let order = site.order(&fair, &[(0, 1)]).await;
    site.call("POST", fair.at("/unpublish")).cookie(&fair.session).await.expect(200);
    let path = format!("/hidden/orders/{}", order.id);
    let hers = site.get(&path).cookie(&order.cookie).await;
    assert!(hers.status == 200 && hers.text().contains("2026-06-01"), "{}", hers.text());
    let others = site.get(&path).await;
    assert!(others.status == 200 && !others.text().contains("2026-06-01"));
}

async fn a_conference_is_a_file_for_calendars(site: &Site) {
    site.organizer("calendar", &[(0, 9)]).await;
    let file = site.get("/calendar/calendar.ics").await;
    assert_eq!(file.status, 200);
    assert_eq!(file.header(header::CONTENT_TYPE), "text/calendar; charset=utf-8");
    assert_eq!(file.header(header::CONTENT_DISPOSITION), "attachment; filename=\"calendar.ics\"");
    let text = file.text();
    assert!(text.contains("DTSTART;VALUE=DATE:20260601\r\nDTEND;VALUE=DATE:20260603\r\n"), "{text}");
    assert!(text.contains("URL:http://plenary.test/calendar\r\n"), "{text}");
    let tag = file.header(header::ETAG).to_owned();
    assert_eq!(site.get("/calendar/calendar.ics").header(header::IF_NONE_MATCH, &tag).await.status, 304);

    site.draft("unseen", &[(0, 9)]).await;
    assert_eq!(site.get("/unseen/calendar.ics").await.status, 404);
}

async fn search_engines_find_what_is_published(site: &Site) {
    site.organizer("seen", &[(4_900, 0)]).await;
    site.draft("unseen", &[(0, 9)]).await;
    let list = site.get("/sitemap.xml").await;
    assert_eq!(list.header(header::CONTENT_TYPE), "application/xml; charset=utf-8");
    let text = list.text();
    assert!(text.contains("<loc>http://plenary.test/seen</loc>") && !text.contains("unseen"), "{text}");

    let page = site.get("/seen").await.text();
    let data = page.split_once("<script type=\"application/ld+json\">").unwrap().1;
    let data: serde_json::Value = serde_json::from_str(data.split_once("</script>").unwrap().0).unwrap();
    assert_eq!(data["@type"], "Event");
    assert_eq!(data["url"], "http://plenary.test/seen");
    assert_eq!(data["offers"][0]["price"], "49.00");
    assert!(page.contains("<link rel=\"canonical\" href=\"http://plenary.test/seen\">"), "{page}");
}

both!(tickets_of_a_confirmed_order);
both!(an_order_of_an_unpublished_conference_keeps_its_days);
both!(a_conference_is_a_file_for_calendars);
both!(search_engines_find_what_is_published);

async fn a_place_on_the_wait_list_by_plain_forms(site: &Site) {
    let fair = site.organizer("queue", &[(0, 1), (0, 5)]).await;
    let order = site.order(&fair, &[(0, 1)]).await;
    let page = site.get(format!("/queue/waitlist?seat_type_id={}&quantity=2", fair.seats[0])).await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains(&format!("value=\"{}\" selected", fair.seats[0])), "{}", page.text());
    assert!(page.text().contains("value=\"2\""), "{}", page.text());

    let wrong = format!("email=mei%40example&seat_type_id={}&quantity=2", fair.seats[0]);
    let refused = site.call("POST", "/queue/waitlist").form(&wrong).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("value=\"mei@example\""), "what was typed is kept");
    assert!(refused.text().contains("This does not look like an e-mail address."));

    let form = format!("email=mei%40example.org&seat_type_id={}&quantity=1", fair.seats[0]);
    let joined = site.call("POST", "/queue/waitlist").form(&form).await;
    assert_eq!(joined.status, 303, "{}", joined.text());
    let (place, cookie) = (joined.header(header::LOCATION).to_owned(), joined.cookie());
    let hers = site.get(&place).cookie(&cookie).await;
    assert!(hers.text().contains("You are the next."), "{}", hers.text());
    assert!(!hers.text().contains("mei@example.org"));
    let others = site.get(&place).await;
    assert!(others.text().contains("Is this your place on the wait list?"), "{}", others.text());
    assert_eq!(site.call("POST", &place).form("decision=leave").await.status, 403);

    site.delete(order.at("")).cookie(&order.cookie).await.expect(200);
    let offered = site.get(&place).cookie(&cookie).await;
    assert!(offered.text().contains("There are seats for you"), "{}", offered.text());
    assert!(offered.text().contains("/queue/orders/"), "{}", offered.text());
    let left = site.call("POST", &place).cookie(&cookie).form("decision=leave").await;
    assert_eq!((left.status, left.header(header::LOCATION)), (303, place.as_str()));
    let off = site.get(&place).cookie(&cookie).await;
    assert!(off.text().contains("You are off the list"), "{}", off.text());
    assert_eq!(site.get(place.replace("queue", "elsewhere")).await.status, 404);
}

async fn the_design_is_for_those_who_try_things_out(site: &Site) {
    assert_eq!(site.get("/design").await.status, 404);
}

both!(a_place_on_the_wait_list_by_plain_forms);
both!(the_design_is_for_those_who_try_things_out);

async fn a_page_speaks_the_language_that_was_chosen(site: &Site) {
    site.organizer("tongue", &[(0, 9)]).await;
    let speaks = |text: &str, tag: &str| text.contains(&format!("<html lang=\"{tag}\""));
    for path in ["/", "/tongue", "/orders/find", "/manage", "/nowhere-at-all/x"] {
        let german = site.get(format!("{path}?lang=de")).header(header::ACCEPT_LANGUAGE, "en").await;
        assert!(speaks(&german.text(), "de"), "{path}: {}", german.text());
        assert!(german.text().contains("href=\"?lang=en\""), "{path}: {}", german.text());
        let cookie = german.header(header::SET_COOKIE).to_owned();
        assert!(cookie.starts_with("plenary_language=de; Path=/; Max-Age=31536000"), "{cookie}");
        // Chosen once, it counts more than what the browser prefers.
        let next = site.get(path).cookie("plenary_language=de").header(header::ACCEPT_LANGUAGE, "en").await;
        assert!(speaks(&next.text(), "de"), "{path}");
        let back = site.get(format!("{path}?lang=en")).cookie("plenary_language=de").await;
        assert!(speaks(&back.text(), "en"), "{path}");
        let unknown = site.get(format!("{path}?lang=fr")).header(header::ACCEPT_LANGUAGE, "de").await;
        assert!(speaks(&unknown.text(), "de") && unknown.headers.get(header::SET_COOKIE).is_none(), "{path}");
    }
    let page = site.get("/tongue").await;
    assert_eq!(page.header(header::VARY), "accept-encoding, accept-language, cookie");
    for (tag, rest) in [("en", "?lang=en"), ("de", "?lang=de"), ("x-default", "")] {
        let link =
            format!("<link rel=\"alternate\" hreflang=\"{tag}\" href=\"http://plenary.test/tongue{rest}\">");
        assert!(page.text().contains(&link), "{}", page.text());
    }
    let kept = site.get("/tongue/waitlist?seat_type_id=1&quantity=2&lang=de").await;
    assert!(kept.text().contains("href=\"?lang=en&amp;seat_type_id=1&amp;quantity=2\""), "{}", kept.text());
}

both!(a_page_speaks_the_language_that_was_chosen);

async fn a_link_to_a_conference_has_a_picture(site: &Site) {
    let fair = site.organizer("pictured", &[(0, 9)]).await;
    let page = site.get("/pictured").await.text();
    let address = "http://plenary.test/pictured/preview.png?lang=en";
    assert!(page.contains(&format!("<meta property=\"og:image\" content=\"{address}\">")), "{page}");
    assert!(page.contains("<meta name=\"twitter:card\" content=\"summary_large_image\">"), "{page}");

    let picture = site.get("/pictured/preview.png").await;
    assert_eq!(picture.status, 200);
    assert_eq!(picture.header(header::CONTENT_TYPE), "image/png");
    assert_eq!(picture.header(header::CACHE_CONTROL), "public, max-age=300");
    // A PNG of 1200 by 630.
    let begins = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x04\xb0\0\0\x02\x76";
    assert!(picture.bytes.starts_with(begins));
    let tag = picture.header(header::ETAG).to_owned();
    let again = site.get("/pictured/preview.png").header(header::IF_NONE_MATCH, &tag).await;
    assert_eq!((again.status, again.bytes.len()), (304, 0));
    let german = site.get("/pictured/preview.png?lang=de").header(header::IF_NONE_MATCH, &tag).await;
    assert!(german.status == 200 && german.bytes != picture.bytes);
    // What is left has changed, and so has the picture.
    site.order(&fair, &[(0, 4)]).await;
    let after = site.get("/pictured/preview.png").header(header::IF_NONE_MATCH, &tag).await;
    assert!(after.status == 200 && after.bytes != picture.bytes);

    site.draft("unpictured", &[(0, 9)]).await;
    assert_eq!(site.get("/unpictured/preview.png").await.status, 404);
    assert_eq!(site.call("POST", "/pictured/preview.png").form("x=1").await.status, 404);
}

both!(a_link_to_a_conference_has_a_picture);
