//! The demo: three believable conferences in an empty database, made through the same commands as any other.

use std::sync::Arc;

use plenary_shared::conference::{
    ConferenceTexts, CreateConference, SeatTypeInput, SeatTypeTexts, Translations,
};
use plenary_shared::format::Locale;
use plenary_shared::payments::{PaymentCallback, PaymentOutcome};
use plenary_shared::registration::{Person, SeatQuantity};
use plenary_shared::{ConferenceId, Currency, Date, Money, OrderId, PaymentId, SeatTypeId};

use crate::clock::{Clock, Entropy};
use crate::conference::{self, CreateSeatType, PublishConference};
use crate::http::command::Idempotency;
use crate::http::problem::ApiError;
use crate::messaging::Mailbox;
use crate::payments::HandleCallback;
use crate::registration::commands::{
    AssignRegistrantDetails, AssignSeat, ConfirmOrder, RegisterToConference, StartPayment,
};
use crate::registration::order::HolderId;
use crate::registration::queries::Queries;

/// Who owns the demo conferences.
pub const OWNER: &str = "demo@plenary.example";

/// Fills an empty database.
#[derive(Debug)]
pub struct Demo {
    pub room: Arc<conference::Room>,
    pub mailbox: Mailbox,
    pub queries: Queries,
    pub clock: Clock,
    pub entropy: Entropy,
}

/// A demo conference and what opens it.
#[derive(Debug)]
pub struct Opened {
    pub slug: String,
    pub access_code: String,
}

struct Conference {
    slug: &'static str,
    name: &'static str,
    tagline: &'static str,
    description: &'static str,
    location: &'static str,
    /// Days from today, and how many days it lasts beyond the first.
    starts_in: (i64, i64),
    currency: &'static str,
    time_zone: &'static str,
    german: Option<German>,
    seat_types: &'static [SeatType],
}

/// What the conference says in German. Its name and its place are the same.
struct German {
    tagline: &'static str,
    description: &'static str,
}

struct SeatType {
    name: &'static str,
    description: &'static str,
    /// Name and description in German.
    german: Option<[&'static str; 2]>,
    /// In minor units.
    price: i64,
    quota: i64,
    sold: i64,
}

fn german() -> String {
    Locale::De.tag().to_owned()
}

impl German {
    fn texts(&self) -> ConferenceTexts {
        let (tagline, description) = (Some(self.tagline.to_owned()), Some(self.description.to_owned()));
        ConferenceTexts { tagline, description, ..ConferenceTexts::default() }
    }
}

impl SeatType {
    fn translations(&self) -> Translations<SeatTypeTexts> {
        let texts = self.german.map(|texts| texts.map(|text| Some(text.to_owned())));
        let texts = texts.map(|[name, description]| SeatTypeTexts { name, description });
        texts.into_iter().map(|texts| (german(), texts)).collect()
    }
}

const CONFERENCES: [Conference; 3] = [
    Conference {
        slug: "ferrous-days",
        name: "Ferrous Days",
        tagline: "Two days of systems programming by the canal",
        description: "Talks in the morning, workshops in the afternoon, and a long evening on the water.\n\nFerrous Days \
                      brings together people who build things that must not fall over: databases, engines, networks, \
                      and the tools to look inside them.",
        location: "Gasometer Schöneberg, Berlin",
        starts_in: (47, 1),
        currency: "EUR",
        time_zone: "Europe/Berlin",
        german: Some(German {
            tagline: "Zwei Tage Systemprogrammierung am Kanal",
            description: "Vormittags Vorträge, nachmittags Workshops, und ein langer Abend auf dem Wasser.\n\nFerrous Days \
                          bringt Leute zusammen, die bauen, was nicht umfallen darf: Datenbanken, Maschinen, Netze, \
                          und die Werkzeuge, mit denen man in sie hineinsieht.",
        }),
        seat_types: &[
            SeatType {
                name: "Full conference",
                description: "Both days, lunch and the boat.",
                german: Some(["Ganze Konferenz", "Beide Tage, Mittagessen und das Boot."]),
                price: 34_900,
                quota: 240,
                sold: 38,
            },
            SeatType {
                name: "Workshop: allocators",
                description: "An afternoon with twelve others and a profiler.",
                german: Some([
                    "Workshop: Allokatoren",
                    "Ein Nachmittag mit zwölf anderen und einem Profiler.",
                ]),
                price: 12_000,
                quota: 14,
                sold: 9,
            },
            SeatType {
                name: "Student",
                description: "With a valid student card.",
                german: Some(["Studierende", "Mit gültigem Studierendenausweis."]),
                price: 9_900,
                quota: 40,
                sold: 12,
            },
        ],
    },
    Conference {
        slug: "harbour-ux",
        name: "Harbour UX",
        tagline: "One room, eight talks, no sponsors",
        description: "A small conference on interfaces that respect people's time. Eight talks of half an hour, each with \
                      as much time again for questions.",
        location: "Old Customs House, Lisbon",
        starts_in: (19, 0),
        currency: "EUR",
        time_zone: "Europe/Lisbon",
        german: None,
        seat_types: &[
            SeatType {
                name: "Seat",
                description: "The whole day, with breakfast.",
                german: None,
                price: 18_000,
                quota: 60,
                sold: 57,
            },
            SeatType {
                name: "Dinner",
                description: "At the long table, afterwards.",
                german: None,
                price: 4_500,
                quota: 20,
                sold: 20,
            },
        ],
    },
    Conference {
        slug: "open-data-day",
        name: "Open Data Day",
        tagline: "Bring a data set, leave with a map",
        description: "A free day of hacking on public data with the people who publish it. Coffee is on the city.",
        location: "Public Library, Portland",
        starts_in: (82, 0),
        currency: "USD",
        time_zone: "America/Los_Angeles",
        german: None,
        seat_types: &[
            SeatType {
                name: "Free seat",
                description: "A chair, a socket and wireless.",
                german: None,
                price: 0,
                quota: 120,
                sold: 31,
            },
            SeatType {
                name: "Supporter",
                description: "The same chair. Your money pays for somebody's journey.",
                german: None,
                price: 2_500,
                quota: 50,
                sold: 6,
            },
        ],
    },
];

const PEOPLE: [(&str, &str); 8] = [
    ("Ada", "Okafor"),
    ("Jonas", "Lindqvist"),
    ("Mei", "Tanaka"),
    ("Sofia", "Marques"),
    ("Tom", "Haverkamp"),
    ("Leila", "Haddad"),
    ("Igor", "Novak"),
    ("Clara", "Weiss"),
];

impl Demo {
    /// Makes the conferences that are not there yet, and says what opens each.
    ///
    /// # Errors
    ///
    /// When something that a user could do as well is refused, or the database fails.
    pub async fn fill(&self) -> Result<Vec<Opened>, ApiError> {
        let mut opened = Vec::new();
        for conference in &CONFERENCES {
            let known = self.queries.conference(conference.slug).await?;
            let id = match known {
                Some(hot) => hot.view.id,
                None => self.make(conference).await?,
            };
            let access_code = self.room.access_code(id).await?.unwrap_or_default();
            opened.push(Opened { slug: conference.slug.to_owned(), access_code });
        }
        Ok(opened)
    }

    async fn make(&self, conference: &Conference) -> Result<ConferenceId, ApiError> {
        let today = Date(self.clock.now().to_utc().date_naive());
        let start_date = today.plus_days(conference.starts_in.0);
        let currency: Currency =
            conference.currency.parse().map_err(|error| ApiError::Broken(Box::new(error)))?;
        let input = CreateConference {
            owner_name: "Demo Organizer".to_owned(),
            owner_email: OWNER.to_owned(),
            name: conference.name.to_owned(),
            slug: conference.slug.to_owned(),
            tagline: conference.tagline.to_owned(),
            description: conference.description.to_owned(),
            location: conference.location.to_owned(),
            start_date,
            end_date: start_date.plus_days(conference.starts_in.1),
            currency: Some(currency),
            time_zone: Some(conference.time_zone.to_owned()),
            language: Some(Locale::En),
            translations: conference.german.iter().map(|it| (german(), it.texts())).collect(),
        };
        let (_, id) = self.room.create(Idempotency(None), &input, b"").await?;
        let mut seat_types = Vec::new();
        for seat_type in conference.seat_types {
            let input = SeatTypeInput {
                name: seat_type.name.to_owned(),
                description: seat_type.description.to_owned(),
                price: Money::new(seat_type.price, currency),
                quota: seat_type.quota,
                translations: seat_type.translations(),
                version: None,
            };
            let reply = self.mailbox.send(id, CreateSeatType(input)).await?;
            seat_types.push((SeatTypeId(reply.outcome.concerns), seat_type));
        }
        self.mailbox.send(id, PublishConference).await?;
        for (seat_type_id, seat_type) in seat_types {
            self.sell(id, seat_type_id, seat_type).await?;
        }
        Ok(id)
    }

    /// Sells seats in orders of one to four, each to somebody else.
    async fn sell(&self, id: ConferenceId, seat: SeatTypeId, seat_type: &SeatType) -> Result<(), ApiError> {
        let mut left = seat_type.sold;
        for (index, (first_name, last_name)) in (0..).zip(PEOPLE.iter().cycle()) {
            if left == 0 {
                break;
            }
            let quantity = (index % 4 + 1).min(left);
            left -= quantity;
            let email =
                format!("{}.{}{index}@example.org", first_name.to_lowercase(), last_name.to_lowercase());
            let person =
                Person { first_name: (*first_name).to_owned(), last_name: (*last_name).to_owned(), email };
            self.buy(id, SeatQuantity { seat_type_id: seat, quantity }, person, seat_type.price > 0).await?;
        }
        Ok(())
    }

    async fn buy(
        &self,
        id: ConferenceId,
        seat: SeatQuantity,
        person: Person,
        paid: bool,
    ) -> Result<(), ApiError> {
        let order_id = OrderId(self.entropy.id(self.clock.now()));
        let place = RegisterToConference {
            order_id,
            seats: vec![seat],
            promo_codes: Vec::new(),
            expected_total: None,
            holder: HolderId("demo".to_owned()),
        };
        self.mailbox.send(id, place).await?;
        let registrant = person.clone();
        self.mailbox.send(id, AssignRegistrantDetails { order_id, registrant, language: None }).await?;
        if paid {
            self.pay(id, order_id).await?;
        } else {
            self.mailbox.send(id, ConfirmOrder { order_id }).await?;
        }
        let attendee = Some(person);
        self.mailbox.send(id, AssignSeat { order_id, position: 0, attendee }).await?;
        Ok(())
    }

    async fn pay(&self, id: ConferenceId, order_id: OrderId) -> Result<(), ApiError> {
        let reply = self.mailbox.send(id, StartPayment { order_id }).await?;
        let view = self.queries.order(order_id).await?.ok_or_else(|| ApiError::not_found("This order"))?;
        let total = view.order.terms().map_or(Money::zero(Currency::USD), |terms| terms.total);
        let now = self.clock.now();
        let callback = PaymentCallback {
            event_id: self.entropy.id(now).to_string(),
            payment_id: PaymentId(reply.outcome.concerns),
            outcome: PaymentOutcome::Completed,
            amount: total.amount,
            currency: total.currency,
            occurred_at: now,
        };
        self.mailbox.send(id, HandleCallback { callback }).await?;
        Ok(())
    }
}
