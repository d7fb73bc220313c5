//! Registration's own copy of what a conference sells: it goes on selling while Management is away.

use std::time::Duration;

use plenary_shared::conference::Translations;
use plenary_shared::format::Locale;
use plenary_shared::pricing::UnitPrice;
use plenary_shared::registration::SeatQuantity;
use plenary_shared::{Currency, FieldError, SeatTypeId};
use serde::{Deserialize, Serialize};

use super::order::OrderedSeat;
use super::promo_codes::CatalogueCode;
use crate::conference::contracts::{self, Details, Event, Seat};
use crate::eventstore::Aggregate;

/// What Registration knows of a conference.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalogue {
    pub slug: String,
    pub details: Option<Details>,
    pub published: bool,
    pub redirect_url: Option<String>,
    /// In the order in which they were announced.
    pub seats: Vec<CatalogueSeat>,
    /// In the order in which they were announced.
    #[serde(default)]
    pub promo_codes: Vec<CatalogueCode>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogueSeat {
    pub id: SeatTypeId,
    pub seat: Seat,
}

impl Catalogue {
    pub fn currency(&self) -> Currency {
        self.details.as_ref().map_or_else(Currency::default, |details| details.currency)
    }

    pub fn name(&self) -> &str {
        self.details.as_ref().map_or("", |details| &details.name)
    }

    /// How long a reservation is shown to be held.
    pub fn reservation_shown(&self) -> Duration {
        seconds(self.details.as_ref().map_or(0, |details| details.reservation_shown_s))
    }

    /// How much longer it is held for a payment on its way.
    pub fn reservation_buffer(&self) -> Duration {
        seconds(self.details.as_ref().map_or(0, |details| details.reservation_buffer_s))
    }

    /// How long an offer to somebody on the wait list stands.
    pub fn waitlist_offer(&self) -> Duration {
        seconds(self.details.as_ref().map_or(0, |details| details.waitlist_offer_s))
    }

    /// What a seat type is called.
    pub fn name_of(&self, id: SeatTypeId) -> &str {
        self.seats.iter().find(|it| it.id == id).map_or("a seat type", |it| &it.seat.name)
    }

    /// What a seat type that somebody took as `known` is called for a reader. What was taken keeps its name, whatever the
    /// organizer calls it later; so a translation stands for that name only as long as it is the one translated.
    pub fn name_for<'a>(&'a self, reader: Option<Locale>, id: SeatTypeId, known: &'a str) -> &'a str {
        let seat = self.seats.iter().find(|it| it.id == id && it.seat.name == known);
        let texts = seat.and_then(|it| self.translation(reader, &it.seat.translations));
        texts.and_then(|texts| texts.name.as_deref()).unwrap_or(known)
    }

    /// The texts for a reader, if there are any beside the conference's own: none in the language of those.
    pub fn translation<'a, Texts>(
        &self,
        reader: Option<Locale>,
        translations: &'a Translations<Texts>,
    ) -> Option<&'a Texts> {
        let own = self.details.as_ref().and_then(|details| details.language);
        let reader = reader.filter(|reader| Some(*reader) != own)?;
        translations.get(reader.tag())
    }

    pub fn prices(&self) -> Vec<UnitPrice> {
        let price = |it: &CatalogueSeat| UnitPrice { seat_type_id: it.id, price: it.seat.price };
        self.seats.iter().map(price).collect()
    }

    /// The seats of a request at today's names and prices, without those not chosen.
    ///
    /// # Errors
    ///
    /// Names every seat type that the conference does not sell, and what else is wrong with the request.
    pub fn order(&self, wanted: &[SeatQuantity]) -> Result<Vec<OrderedSeat>, Vec<FieldError>> {
        let mut errors = plenary_shared::validation::seats(wanted);
        let mut seats = Vec::new();
        for (index, wanted) in wanted.iter().enumerate() {
            match self.seats.iter().find(|it| it.id == wanted.seat_type_id) {
                None => {
                    let field = format!("seats[{index}].seat_type_id");
                    errors.push(FieldError::new(field, "unknown", "The conference has no such seat type."));
                }
                Some(_) if wanted.quantity == 0 => {}
                Some(it) => seats.push(OrderedSeat {
                    seat_type_id: it.id,
                    name: it.seat.name.clone(),
                    quantity: wanted.quantity,
                    unit_price: it.seat.price,
                }),
            }
        }
        if errors.is_empty() { Ok(seats) } else { Err(errors) }
    }
}

fn seconds(count: i64) -> Duration {
    Duration::from_secs(u64::try_from(count).unwrap_or(0))
}

impl Aggregate for Catalogue {
    type Event = Event;
    const STREAM_TYPE: &'static str = contracts::STREAM_TYPE;

    fn evolve(mut self, event: &Event) -> Self {
        match event {
            Event::ConferenceCreated { slug, details, .. } => {
                self.slug.clone_from(slug);
                self.details = Some(details.clone());
            }
            Event::ConferenceUpdated { details } => self.details = Some(details.clone()),
            Event::ConferencePublished => {
                self.published = true;
                self.redirect_url = None;
            }
            Event::ConferenceUnpublished { redirect_url } => {
                self.published = false;
                self.redirect_url.clone_from(redirect_url);
            }
            Event::SeatCreated { seat_type_id, seat } | Event::SeatUpdated { seat_type_id, seat } => {
                self.put(*seat_type_id, seat);
            }
            Event::PromoCodeCreated { promo_code_id, promo_code }
            | Event::PromoCodeUpdated { promo_code_id, promo_code } => {
                self.put_code(CatalogueCode { id: *promo_code_id, promo_code: promo_code.clone() });
            }
        }
        self
    }
}

impl Catalogue {
    fn put(&mut self, id: SeatTypeId, seat: &Seat) {
        match self.seats.iter_mut().find(|it| it.id == id) {
            Some(it) => it.seat = seat.clone(),
            None => self.seats.push(CatalogueSeat { id, seat: seat.clone() }),
        }
    }

    fn put_code(&mut self, code: CatalogueCode) {
        match self.promo_codes.iter_mut().find(|it| it.id == code.id) {
            Some(it) => *it = code,
            None => self.promo_codes.push(code),
        }
    }
}
