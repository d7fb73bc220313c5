//! What everybody reads lies in memory.

use crate::site::{Place, Site};

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
