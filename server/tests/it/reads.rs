//! Reads: what everybody asks for lies in memory, and nothing is sent again to somebody who has it.

use axum::http::header;

use crate::site::{Place, Site, both};

both!(every_read_has_a_tag_and_is_not_sent_twice);
async fn every_read_has_a_tag_and_is_not_sent_twice(site: &Site) {
    let fair = site.organizer("rustconf", &[(19_900, 10)]).await;
    let order = site.order(&fair, &[(0, 1)]).await;
    let payment = site.pay(&order).await["payment"]["id"].as_str().unwrap().to_owned();
    let hers = [order.at(""), order.at("/assignments"), format!("/api/payments/{payment}")];
    let organizers = ["", "/seat-types", "/orders", "/attendees", "/summary", "/history", "/attention"];
    let everybodys =
        ["/api/conferences".to_owned(), "/api/conferences/rustconf".to_owned(), "/rustconf".to_owned()];
    let reads = hers
        .into_iter()
        .map(|path| (path, &order.cookie))
        .chain(organizers.map(|rest| (fair.at(rest), &fair.session)))
        .chain(everybodys.map(|path| (path, &order.cookie)));
    for (path, cookie) in reads {
        let first = site.get(&path).cookie(cookie).await;
        assert_eq!(first.status, 200, "{path}");
        let again = site.get(&path).cookie(cookie).header("if-none-match", first.header(header::ETAG)).await;
        assert_eq!((again.status, again.bytes.len()), (304, 0), "{path}");
    }
}

/// A closed database answers nobody, so whatever is still answered did not ask it.
async fn what_everybody_reads_costs_no_database(place: Place) {
    let site = Site::on(place).await;
    let fair = site.organizer("rustconf", &[(19_900, 10)]).await;
    let (page, json) = (format!("/{}", fair.slug), format!("/api/conferences/{}", fair.slug));
    for path in [&page, &json] {
        site.get(path).await.expect(200);
    }
    site.db.close().await;
    for path in [&page, &json] {
        let answer = site.get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(String::from_utf8_lossy(&answer.bytes).contains("199"));
    }
}

#[tokio::test]
async fn what_everybody_reads_costs_no_read_of_sqlite() {
    what_everybody_reads_costs_no_database(Place::sqlite()).await;
}

#[tokio::test]
async fn what_everybody_reads_costs_no_read_of_postgres() {
    what_everybody_reads_costs_no_database(Place::postgres().await).await;
}
