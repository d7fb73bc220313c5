//! The organizer's tables: the order of their rows and the choice of their columns, on screen and in spreadsheets.

use std::time::Duration;

use plenary_shared::tables::{AttendeeColumn, Column, OrderColumn};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::site::{Fair, Placed, Site, both};

/// First and last names whose order two databases do not agree about.
const PEOPLE: [(&str, &str); 6] = [
    ("Zoë", "Öztürk"),
    ("ada", "lovelace"),
    ("Ada", "Łuk"),
    ("Émile", "Lind"),
    ("Bo", "Li"),
    ("Ángel", "Zapata"),
];

/// Everybody's last name in alphabetical order.
const ALPHABETICAL: [&str; 6] = ["Li", "Lind", "lovelace", "Łuk", "Öztürk", "Zapata"];

fn person((first, last): (&str, &str)) -> Value {
    let email = format!("{}@example.org", u32::from(first.chars().next().unwrap()));
    json!({ "first_name": first, "last_name": last, "email": email })
}

/// A conference with an order of each of these, of one seat more each time, and one of nobody.
async fn crowded(site: &Site, slug: &str) -> (Fair, Vec<Placed>) {
    let fair = site.organizer(slug, &[(0, 50), (1_000, 50)]).await;
    let mut orders = Vec::new();
    for (seats, who) in (1..).zip(PEOPLE) {
        let order = site.order(&fair, &[(0, seats)]).await;
        site.put(order.at("/registrant"), person(who)).cookie(&order.cookie).await.expect(200);
        orders.push(order);
        site.hand.advance(Duration::from_millis(2));
    }
    orders.push(site.order(&fair, &[(1, 1)]).await);
    (fair, orders)
}

/// Confirms every order that has a registrant, and seats her first.
async fn seat_all(site: &Site, orders: &[Placed]) {
    for (order, who) in orders.iter().zip(PEOPLE) {
        site.call("POST", order.at("/confirmation")).cookie(&order.cookie).await.expect(200);
        site.put(order.at("/assignments/0"), person(who)).cookie(&order.cookie).await.expect(200);
    }
}

async fn read(site: &Site, fair: &Fair, path: &str) -> Value {
    site.get(fair.at(path)).cookie(&fair.session).await.expect(200)
}

async fn spreadsheet(site: &Site, fair: &Fair, path: &str) -> Vec<String> {
    let answer = site.get(fair.at(path)).cookie(&fair.session).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.text().lines().map(str::to_owned).collect()
}

/// One text field of every row, `pointer` naming it; empty where there is none.
fn column(page: &Value, list: &str, pointer: &str) -> Vec<String> {
    let rows = page[list].as_array().unwrap();
    let cell = |row: &Value| match row.pointer(pointer) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    };
    rows.iter().map(cell).collect()
}

/// A list walked to its end, so many rows at a time.
async fn walked(site: &Site, fair: &Fair, (list, sort): (&str, &str), limit: usize) -> Vec<Value> {
    let (mut rows, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = read(site, fair, &format!("/{list}?sort={sort}&limit={limit}{cursor}")).await;
        rows.extend(page[list].as_array().unwrap().clone());
        let Some(next) = page["next"].as_str() else { return rows };
        // Addresses are kept by browsers and proxies: there are ids and numbers in them, and no names.
        let says_nothing = |part: &str| part.parse::<Uuid>().is_ok() || part.parse::<i64>().is_ok();
        assert!(next.split('_').all(says_nothing), "{next}");
        cursor = format!("&after={next}");
    }
}

/// Every order of rows that a list knows.
fn sorts<C: Column>() -> Vec<String> {
    let columns = C::ALL.iter().filter(|column| column.has_order());
    columns.flat_map(|it| [it.name().to_owned(), format!("-{}", it.name())]).collect()
}

both!(orders_are_listed_in_the_order_of_a_column);
async fn orders_are_listed_in_the_order_of_a_column(site: &Site) {
    let (fair, _) = crowded(site, "ordered").await;
    let last_names = async |sort: &str| {
        column(&read(site, &fair, &format!("/orders?sort={sort}")).await, "orders", "/registrant/last_name")
    };
    let backwards: Vec<_> = ALPHABETICAL.iter().rev().copied().collect();
    assert_eq!(last_names("last_name").await, [&ALPHABETICAL[..], &[""]].concat());
    assert_eq!(last_names("-last_name").await, [&backwards[..], &[""]].concat(), "nobody comes last");
    let first_names = read(site, &fair, "/orders?sort=first_name").await;
    assert_eq!(
        column(&first_names, "orders", "/registrant/first_name"),
        ["ada", "Ada", "Ángel", "Bo", "Émile", "Zoë", ""]
    );
    let dearest = read(site, &fair, "/orders?sort=-total").await;
    assert_eq!(dearest["orders"][0]["total"]["amount"], 1_000);
    let most_seats = read(site, &fair, "/orders?sort=-seats").await;
    assert_eq!(
        column(&most_seats, "orders", "/seats/0/reserved"),
        ["6", "5", "4", "3", "2", "1", "1"],
        "of two that have one seat, the newer comes first: {most_seats}"
    );
    assert_eq!(most_seats["orders"][5]["registrant"], Value::Null);
    // The same filters as ever.
    let found = read(site, &fair, "/orders?sort=-last_name&q=lovelace").await;
    assert_eq!(column(&found, "orders", "/registrant/last_name"), ["lovelace"]);
    let newest_first = read(site, &fair, "/orders").await;
    let by_time = read(site, &fair, "/orders?sort=-placed_at").await;
    assert_eq!(column(&by_time, "orders", "/id"), column(&newest_first, "orders", "/id"));
}

both!(attendees_are_listed_in_the_order_of_a_column);
async fn attendees_are_listed_in_the_order_of_a_column(site: &Site) {
    let (fair, orders) = crowded(site, "seated").await;
    seat_all(site, &orders).await;
    let by_name = read(site, &fair, "/attendees?sort=last_name").await;
    let names = column(&by_name, "attendees", "/attendee/last_name");
    assert_eq!(names[..6], ALPHABETICAL);
    assert!(names.len() == 21 && names[6..].iter().all(String::is_empty), "{names:?}");
    let door = fair.at(&format!("/attendees/{}/2/check-in", orders[3].id));
    site.call("PUT", door).cookie(&fair.session).await.expect(200);
    for sort in ["checked_in_at", "-checked_in_at"] {
        let first = &read(site, &fair, &format!("/attendees?sort={sort}")).await["attendees"][0];
        assert_eq!((&first["order_id"], &first["position"]), (&json!(orders[3].id), &json!(2)), "{sort}");
    }
}

both!(a_list_in_order_is_the_same_page_by_page);
async fn a_list_in_order_is_the_same_page_by_page(site: &Site) {
    let (fair, orders) = crowded(site, "paged").await;
    seat_all(site, &orders).await;
    for sort in sorts::<OrderColumn>() {
        let whole = column(&read(site, &fair, &format!("/orders?sort={sort}")).await, "orders", "/id");
        let paged = walked(site, &fair, ("orders", &sort), 2).await;
        assert_eq!(paged.iter().map(|row| row["id"].as_str().unwrap()).collect::<Vec<_>>(), whole, "{sort}");
    }
    for sort in sorts::<AttendeeColumn>() {
        let whole =
            read(site, &fair, &format!("/attendees?sort={sort}&limit=500")).await["attendees"].clone();
        assert_eq!(Value::from(walked(site, &fair, ("attendees", &sort), 4).await), whole, "{sort}");
    }
}

both!(a_row_that_moves_between_two_pages_hides_no_other);
async fn a_row_that_moves_between_two_pages_hides_no_other(site: &Site) {
    let (fair, orders) = crowded(site, "moving").await;
    let first = read(site, &fair, "/orders?sort=last_name&limit=3").await;
    assert_eq!(column(&first, "orders", "/registrant/last_name"), ALPHABETICAL[..3]);
    // The last of the page gets a name from the other end of the alphabet, and then another.
    let ada = &orders[1];
    for last in ["Zzz", "Aaa", "Zzz"] {
        site.put(ada.at("/registrant"), person(("Ada", last))).cookie(&ada.cookie).await.expect(200);
    }
    let next = first["next"].as_str().unwrap();
    let rest = read(site, &fair, &format!("/orders?sort=last_name&after={next}")).await;
    let names = column(&rest, "orders", "/registrant/last_name");
    assert_eq!(names, ["Łuk", "Öztürk", "Zapata", "Zzz", ""]);

    seat_all(site, &orders).await;
    let first = read(site, &fair, "/attendees?sort=last_name&limit=2").await;
    let lind = &orders[3];
    site.delete(lind.at("/assignments/0")).cookie(&lind.cookie).await.expect(200);
    let next = first["next"].as_str().unwrap();
    let rest = read(site, &fair, &format!("/attendees?sort=last_name&limit=4&after={next}")).await;
    assert_eq!(column(&rest, "attendees", "/attendee/last_name"), ALPHABETICAL[2..]);
}

both!(a_spreadsheet_has_the_rows_and_the_columns_that_were_asked_for);
async fn a_spreadsheet_has_the_rows_and_the_columns_that_were_asked_for(site: &Site) {
    let (fair, orders) = crowded(site, "exact").await;
    seat_all(site, &orders).await;
    let rows = spreadsheet(site, &fair, "/orders.csv?sort=-last_name&columns=last_name,seats,total").await;
    assert_eq!(
        rows,
        [
            "last_name,seats,total",
            "Zapata,6 × For 0,0.00",
            "Öztürk,1 × For 0,0.00",
            "Łuk,3 × For 0,0.00",
            "lovelace,2 × For 0,0.00",
            "Lind,4 × For 0,0.00",
            "Li,5 × For 0,0.00",
            ",1 × For 1000,10.00",
        ]
    );
    let rows = spreadsheet(site, &fair, "/orders.csv?q=lind&status=confirmed&columns=status,attendees").await;
    assert_eq!(rows, ["status,attendees", "confirmed,Émile Lind"]);
    let rows =
        spreadsheet(site, &fair, "/attendees.csv?q=li&sort=last_name&columns=position,last_name").await;
    assert_eq!(rows, ["position,last_name", "1,Li", "1,Lind"]);
    let rows = spreadsheet(site, &fair, "/orders.csv?sort=-name&columns=name,seats").await;
    assert_eq!(rows[..3], ["name,seats", "Ángel Zapata,6 × For 0", "Zoë Öztürk,1 × For 0"]);
    let rows = spreadsheet(site, &fair, "/attendees.csv?q=li&sort=-name&columns=name,position").await;
    assert_eq!(rows, ["name,position", "Émile Lind,1", "Bo Li,1"]);
    // Without a choice it is what it always was.
    let usual = spreadsheet(site, &fair, "/orders.csv").await;
    assert!(usual[0].ends_with(",total,currency,free,promo_codes,discount"), "{}", usual[0]);
    for (list, sort) in [("orders", "-seats"), ("attendees", "-last_name")] {
        let mut unordered = spreadsheet(site, &fair, &format!("/{list}.csv")).await;
        let mut ordered = spreadsheet(site, &fair, &format!("/{list}.csv?sort={sort}")).await;
        assert_eq!(ordered[0], unordered[0]);
        ordered.sort();
        unordered.sort();
        assert_eq!(ordered, unordered, "{list}");
    }
}

both!(what_is_no_column_is_named);
async fn what_is_no_column_is_named(site: &Site) {
    let (mine, orders) = crowded(site, "named").await;
    let theirs = site.organizer("theirs", &[(0, 5)]).await;
    let foreign = site.order(&theirs, &[(0, 1)]).await;
    let calls = [
        ("/orders?sort=colour".to_owned(), "sort"),
        ("/orders?sort=attendees".to_owned(), "sort"),
        ("/attendees?sort=total".to_owned(), "sort"),
        ("/orders.csv?sort=--total".to_owned(), "sort"),
        ("/orders.csv?columns=colour".to_owned(), "columns"),
        ("/orders.csv?columns=total,total".to_owned(), "columns"),
        ("/attendees.csv?columns=email,total".to_owned(), "columns"),
        // Where a page of another order of rows ended, or one that never was.
        (format!("/orders?sort=total&after={}", orders[0].id), "after"),
        (format!("/orders?sort=total&after={}_999", orders[0].id), "after"),
        (format!("/orders?sort=total&after={}_0", orders[0].id), "after"),
        (format!("/orders?sort=total&after={}_1", foreign.id), "after"),
        (format!("/attendees?sort=email&after={}_0_1", orders[0].id), "after"),
    ];
    for (path, field) in calls {
        let answer = site.get(mine.at(&path)).cookie(&mine.session).await;
        assert_eq!(answer.json["errors"][0]["field"], field, "{path}");
        answer.refused(422, "invalid-input");
    }
    let told = site.get(mine.at("/orders?sort=colour")).cookie(&mine.session).await;
    let rule = told.json["errors"][0]["message"].as_str().unwrap();
    assert!(rule.contains("placed_at, first_name"), "{rule}");
}
