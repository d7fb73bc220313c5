//! A conference as everybody sees it, and its figures as its organizer sees them.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use plenary_shared::conference::{Conference, ConferenceSummary, SeatType};
use plenary_shared::format::Locale;
use plenary_shared::live::{Availability, SeatTypeAvailability};
use plenary_shared::registration::SeatQuantity;
use plenary_shared::{ConferenceId, PromoCodeId, SeatTypeId};
use serde::{Deserialize, Serialize};

use crate::conference::contracts as management;
use crate::eventstore::{Aggregate, RecordedEvent};
use crate::registration::catalogue::{Catalogue, CatalogueSeat};
use crate::registration::promo_code_uses;
use crate::registration::seats_availability::{Event, SeatChange};

/// One conference: what it sells, and how much of it is left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConferenceView {
    pub id: ConferenceId,
    pub catalogue: Catalogue,
    /// In the order of the catalogue.
    pub figures: Vec<SeatTypeView>,
    /// How many orders use each promotional code; those that none uses are absent.
    #[serde(default)]
    pub code_uses: BTreeMap<PromoCodeId, i64>,
    /// Grows with every event of the conference or of its availability.
    pub version: i64,
    /// The version at which something other than the figures last changed.
    pub details_version: i64,
    /// The position in the log of the last event.
    pub position: i64,
}

/// What the texts chosen for a reader have turned out to be in.
struct Texts {
    reader: Option<Locale>,
    own: Option<Locale>,
    are_translated: bool,
    are_own: bool,
}

impl Texts {
    /// The translation of a text, else the text. One that is empty is in no language.
    fn choose(&mut self, translated: Option<&String>, own: &String) -> String {
        self.are_translated |= translated.is_some();
        self.are_own |= translated.is_none() && !own.is_empty();
        translated.unwrap_or(own).clone()
    }

    /// The one language of all of them, as far as there is one and it is known.
    fn language(&self) -> Option<Locale> {
        match (self.are_translated, self.are_own) {
            (true, true) => None,
            (true, false) => self.reader,
            (false, _) => self.own,
        }
    }
}

/// How many seats of one type there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatTypeView {
    pub id: SeatTypeId,
    pub quota: i64,
    /// Below zero after the quota was cut below what is held and sold.
    pub remaining: i64,
    pub held: i64,
    pub sold: i64,
}

impl ConferenceView {
    pub fn new(id: ConferenceId) -> Self {
        let (catalogue, figures) = (Catalogue::default(), Vec::new());
        let code_uses = BTreeMap::new();
        Self { id, catalogue, figures, code_uses, version: 0, details_version: 0, position: 0 }
    }

    /// The zone that its days are counted in.
    pub fn time_zone(&self) -> Tz {
        let name = self.catalogue.details.as_ref().map_or("UTC", |details| &details.time_zone);
        name.parse().unwrap_or(Tz::UTC)
    }

    pub fn fold_management(&mut self, event: &RecordedEvent, happened: &management::Event) {
        self.catalogue = std::mem::take(&mut self.catalogue).evolve(happened);
        self.moved(event);
        // Codes are nothing that everybody sees.
        if !matches!(
            happened,
            management::Event::PromoCodeCreated { .. } | management::Event::PromoCodeUpdated { .. }
        ) {
            self.details_version = self.version;
        }
    }

    pub fn fold_code_uses(&mut self, event: &RecordedEvent, happened: &promo_code_uses::Event) {
        for (id, change) in happened.changes() {
            *self.code_uses.entry(id).or_default() += change;
        }
        self.code_uses.retain(|_, uses| *uses != 0);
        self.moved(event);
    }

    pub fn fold_availability(&mut self, event: &RecordedEvent, happened: &Event) {
        match happened {
            Event::SeatQuotaSet { seat_type_id, quota, availability_change, .. } => {
                let figures = self.figures_of(*seat_type_id);
                figures.quota = *quota;
                figures.remaining += availability_change;
            }
            Event::SeatsReserved { availability_changes, .. }
            | Event::SeatsReservationCancelled { availability_changes, .. } => {
                self.change(availability_changes);
            }
            Event::SeatsReservationCommitted { details, .. } => self.commit(details),
        }
        self.moved(event);
    }

    fn moved(&mut self, event: &RecordedEvent) {
        self.version += 1;
        self.position = event.position;
    }

    fn change(&mut self, changes: &[SeatChange]) {
        for change in changes {
            let figures = self.figures_of(change.seat_type_id);
            figures.remaining += change.change;
            figures.held -= change.change;
        }
    }

    fn commit(&mut self, details: &[SeatQuantity]) {
        for seat in details {
            let figures = self.figures_of(seat.seat_type_id);
            figures.held -= seat.quantity;
            figures.sold += seat.quantity;
        }
    }

    fn figures_of(&mut self, id: SeatTypeId) -> &mut SeatTypeView {
        let index = self.figures.iter().position(|figures| figures.id == id).unwrap_or_else(|| {
            self.figures.push(SeatTypeView { id, quota: 0, remaining: 0, held: 0, sold: 0 });
            self.figures.len() - 1
        });
        &mut self.figures[index]
    }

    /// The figures of one seat type.
    pub fn figures(&self, id: SeatTypeId) -> Option<&SeatTypeView> {
        self.figures.iter().find(|figures| figures.id == id)
    }

    fn available(&self, id: SeatTypeId) -> i64 {
        self.figures(id).map_or(0, |figures| figures.remaining.max(0))
    }

    /// As a reader of this language sees it, in its own words where it has no others; `None` before it was created.
    pub fn to_conference(&self, reader: Option<Locale>) -> Option<Conference> {
        let details = self.catalogue.details.as_ref()?;
        let mut texts = self.texts(reader);
        let translated = self.catalogue.translation(reader, &details.translations);
        let (tagline, description) = (&details.tagline, &details.description);
        Some(Conference {
            id: self.id,
            slug: self.catalogue.slug.clone(),
            name: texts.choose(translated.and_then(|it| it.name.as_ref()), &details.name),
            tagline: texts.choose(translated.and_then(|it| it.tagline.as_ref()), tagline),
            description: texts.choose(translated.and_then(|it| it.description.as_ref()), description),
            location: texts.choose(translated.and_then(|it| it.location.as_ref()), &details.location),
            seat_types: self
                .catalogue
                .seats
                .iter()
                .map(|it| self.seat_type(it, reader, &mut texts))
                .collect(),
            start_date: details.start_date,
            end_date: details.end_date,
            currency: details.currency,
            time_zone: details.time_zone.clone(),
            published: self.catalogue.published,
            language: texts.language(),
            version: self.version,
        })
    }

    fn texts(&self, reader: Option<Locale>) -> Texts {
        let own = self.catalogue.details.as_ref().and_then(|details| details.language);
        Texts { reader, own, are_translated: false, are_own: false }
    }

    fn seat_type(&self, it: &CatalogueSeat, reader: Option<Locale>, texts: &mut Texts) -> SeatType {
        let translated = self.catalogue.translation(reader, &it.seat.translations);
        let description = translated.and_then(|it| it.description.as_ref());
        SeatType {
            id: it.id,
            name: texts.choose(translated.and_then(|it| it.name.as_ref()), &it.seat.name),
            description: texts.choose(description, &it.seat.description),
            price: it.seat.price,
            quota: it.seat.quota,
            available: self.available(it.id),
        }
    }

    /// Its line of the public list, for a reader; `None` before it was created.
    pub fn to_summary(&self, reader: Option<Locale>) -> Option<ConferenceSummary> {
        let details = self.catalogue.details.as_ref()?;
        let mut texts = self.texts(reader);
        let translated = self.catalogue.translation(reader, &details.translations);
        Some(ConferenceSummary {
            id: self.id,
            slug: self.catalogue.slug.clone(),
            name: texts.choose(translated.and_then(|it| it.name.as_ref()), &details.name),
            tagline: texts.choose(translated.and_then(|it| it.tagline.as_ref()), &details.tagline),
            location: texts.choose(translated.and_then(|it| it.location.as_ref()), &details.location),
            start_date: details.start_date,
            end_date: details.end_date,
        })
    }

    /// What is left of each seat type.
    pub fn to_availability(&self) -> Availability {
        let of = |id| SeatTypeAvailability { id, available: self.available(id) };
        let seat_types = self.catalogue.seats.iter().map(|it| of(it.id)).collect();
        Availability { seat_types, version: self.version }
    }
}
