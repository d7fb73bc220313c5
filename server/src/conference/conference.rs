//! The rules of Conference Management: from a row and a wish to the next row and what the other rooms are told.

use plenary_shared::conference::{
    ConferenceTexts, CreateConference, SeatTypeInput, SeatTypeTexts, Translations, UpdateConference,
};
use plenary_shared::{ConferenceId, Currency, Date, FieldError, SeatTypeId, validation};

use super::contracts::{Details, Event, Owner, Seat};
use crate::personal::Personal;

/// How long a reservation may be shown to be held, in seconds: a second, to try what happens, to a day.
pub const SHOWN_S: std::ops::RangeInclusive<i64> = 1..=24 * 60 * 60;
/// How much longer it may be held for a payment on its way, in seconds: not at all to a day.
pub const BUFFER_S: std::ops::RangeInclusive<i64> = 0..=24 * 60 * 60;
/// How long an offer to somebody on the wait list may stand, in seconds: a minute to thirty days.
const OFFER_S: std::ops::RangeInclusive<i64> = 60..=30 * 24 * 60 * 60;
/// Years that a conference can be in: dates are compared as texts, so all have four digits.
const YEARS: std::ops::RangeInclusive<i32> = 1970..=9999;

/// A conference as its room keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conference {
    pub id: ConferenceId,
    pub slug: String,
    pub owner: Owner,
    pub details: Details,
    pub publication: Publication,
    /// Where visitors are sent while it is not published.
    pub redirect_url: Option<String>,
    /// Counts the changes of the conference, not those of its seat types.
    pub version: i64,
}

/// Whether the public sees a conference, and ever has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Publication {
    /// Nobody has been told of its seat types.
    Never,
    Published,
    Withdrawn,
}

impl Publication {
    pub const fn is_published(self) -> bool {
        matches!(self, Self::Published)
    }

    pub const fn ever_published(self) -> bool {
        !matches!(self, Self::Never)
    }
}

/// A seat type as its room keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeatType {
    pub id: SeatTypeId,
    /// Its place among the seat types of its conference.
    pub ordinal: i64,
    pub seat: Seat,
}

/// Why a wish is refused, in words for the organizer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("The conference could not be found.")]
    UnknownConference,
    #[error("The seat type could not be found.")]
    UnknownSeatType,
    #[error("The promotional code could not be found.")]
    UnknownPromoCode,
    #[error("Somebody has changed this in the meantime.")]
    StaleVersion { current: i64 },
    #[error("Seat types cannot be deleted after the conference has been published.")]
    PublishedOnce,
    #[error("The currency is fixed once there is a seat type or a code for an amount.")]
    CurrencyFixed { currency: Currency },
    #[error("The chosen conference slug is already taken.")]
    SlugTaken,
    #[error("The conference has this promotional code already.")]
    CodeTaken,
    #[error("The promotional code {code} is for this seat type.")]
    NamedByCode { code: String },
    #[error("Some of the input is not valid.")]
    Invalid(Vec<FieldError>),
}

/// What the rules need to know of the world.
#[derive(Debug, Clone, Copy)]
pub struct World {
    /// Slugs that are addresses of the site's own pages.
    pub reserved_slugs: &'static [&'static str],
    /// Whether this is the IANA name of a time zone.
    pub is_time_zone: fn(&str) -> bool,
    /// How long reservations are shown to be held, and how much longer they are, in seconds, if the organizer does
    /// not say.
    pub reservation_s: (i64, i64),
    /// How long an offer to somebody on the wait list stands, in seconds, if the organizer does not say.
    pub waitlist_offer_s: i64,
}

/// The next row, and what the other rooms are told.
pub type Decision<Row> = Result<(Row, Vec<Event>), Refusal>;

/// A new conference, not published.
///
/// # Errors
///
/// When the input breaks a rule.
pub fn create(id: ConferenceId, input: &CreateConference, world: World) -> Decision<Conference> {
    let mut errors = validation::create_conference(input);
    if world.reserved_slugs.iter().any(|reserved| reserved.eq_ignore_ascii_case(&input.slug)) {
        errors.push(FieldError::new("slug", "reserved", "This slug is an address of this site."));
    }
    let details = Details {
        name: trimmed(&input.name),
        tagline: trimmed(&input.tagline),
        description: trimmed(&input.description),
        location: trimmed(&input.location),
        start_date: input.start_date,
        end_date: input.end_date,
        currency: input.currency.unwrap_or_default(),
        time_zone: input.time_zone.as_deref().map_or_else(|| "UTC".to_owned(), trimmed),
        reservation_shown_s: world.reservation_s.0,
        reservation_buffer_s: world.reservation_s.1,
        waitlist_offer_s: world.waitlist_offer_s,
        language: input.language,
        translations: conference_translations(&Translations::new(), &input.translations),
    };
    errors.extend(calendar_errors(&details, world));
    refuse_any(errors)?;
    let owner = Owner {
        name: Personal::new(trimmed(&input.owner_name)),
        email: Personal::new(trimmed(&input.owner_email)),
    };
    let slug = input.slug.clone();
    let created =
        Event::ConferenceCreated { slug: slug.clone(), owner: owner.clone(), details: details.clone() };
    let publication = Publication::Never;
    let conference = Conference { id, slug, owner, details, publication, redirect_url: None, version: 1 };
    Ok((conference, vec![created]))
}

/// The conference with the fields changed that the input names.
///
/// # Errors
///
/// When the change was made on an older version or breaks a rule.
pub fn update(
    conference: &Conference,
    seat_types: &[SeatType],
    input: &UpdateConference,
    world: World,
) -> Decision<Conference> {
    require_version(conference.version, input.version)?;
    let details = merge(&conference.details, input);
    if details.currency != conference.details.currency && !seat_types.is_empty() {
        return Err(Refusal::CurrencyFixed { currency: conference.details.currency });
    }
    let dates = (details.start_date, details.end_date);
    let texts = (&details.name, &details.tagline, &details.description, &details.location);
    let mut errors = validation::conference_texts(texts.0, texts.1, texts.2, texts.3, dates);
    errors.extend(validation::conference_translations(&input.translations));
    errors.extend(calendar_errors(&details, world));
    errors.extend(seconds_errors("reservation_shown_s", details.reservation_shown_s, &SHOWN_S));
    errors.extend(seconds_errors("reservation_buffer_s", details.reservation_buffer_s, &BUFFER_S));
    errors.extend(seconds_errors("waitlist_offer_s", details.waitlist_offer_s, &OFFER_S));
    refuse_any(errors)?;
    if details == conference.details {
        return Ok((conference.clone(), Vec::new()));
    }
    let updated = Event::ConferenceUpdated { details: details.clone() };
    Ok((Conference { details, ..changed(conference) }, vec![updated]))
}

/// The conference, visible to everyone. Its seat types are announced before it is seen for the first time.
pub fn publish(conference: &Conference, seat_types: &[SeatType]) -> (Conference, Vec<Event>) {
    let announced = match conference.publication {
        Publication::Published => return (conference.clone(), Vec::new()),
        Publication::Withdrawn => Vec::new(),
        Publication::Never => seat_types.iter().map(SeatType::created).collect(),
    };
    let events = announced.into_iter().chain([Event::ConferencePublished]).collect();
    (Conference { publication: Publication::Published, ..changed(conference) }, events)
}

/// The conference, gone from public view; visitors are sent to `redirect_url` if there is one.
///
/// # Errors
///
/// When the link is none.
pub fn unpublish(conference: &Conference, redirect_url: Option<&str>) -> Decision<Conference> {
    let redirect_url = redirect_url.map(trimmed).filter(|url| !url.is_empty());
    refuse_any(redirect_url.as_deref().map(validation::redirect_url).unwrap_or_default())?;
    let publication = match conference.publication {
        Publication::Published => Publication::Withdrawn,
        hidden @ (Publication::Never | Publication::Withdrawn) => hidden,
    };
    if publication == conference.publication && redirect_url == conference.redirect_url {
        return Ok((conference.clone(), Vec::new()));
    }
    let unpublished = Event::ConferenceUnpublished { redirect_url: redirect_url.clone() };
    Ok((Conference { publication, redirect_url, ..changed(conference) }, vec![unpublished]))
}

/// A new seat type, the last of its conference.
///
/// # Errors
///
/// When the input breaks a rule.
pub fn create_seat_type(
    conference: &Conference,
    seat_types: &[SeatType],
    id: SeatTypeId,
    input: &SeatTypeInput,
) -> Decision<SeatType> {
    let seat = seat(conference, input, (1, &Translations::new()))?;
    let ordinal = seat_types.iter().map(|other| other.ordinal).max().map_or(1, |last| last + 1);
    let seat_type = SeatType { id, ordinal, seat };
    let events = conference.announce(seat_type.created());
    Ok((seat_type, events))
}

/// The seat type as the input says.
///
/// # Errors
///
/// When it is not one of the conference's, before anything else; when the change was made on an older version or
/// breaks a rule.
pub fn update_seat_type(
    conference: &Conference,
    seat_types: &[SeatType],
    id: SeatTypeId,
    input: &SeatTypeInput,
) -> Decision<SeatType> {
    let seat_type = find(seat_types, id)?;
    let current = seat_type.seat.version;
    let Some(version) = input.version else {
        let required = "The version that the change was made on is required.";
        return Err(Refusal::Invalid(vec![FieldError::new("version", "required", required)]));
    };
    require_version(current, version)?;
    let known = &seat_type.seat.translations;
    let next = seat(conference, input, (current, known))?;
    if next == seat_type.seat {
        return Ok((seat_type.clone(), Vec::new()));
    }
    let seat = Seat { version: current + 1, ..next };
    let events = conference.announce(Event::SeatUpdated { seat_type_id: id, seat: seat.clone() });
    Ok((SeatType { seat, ..seat_type.clone() }, events))
}

/// The seat type with `by` more seats, for an order that the organizer helps to its seats.
///
/// # Errors
///
/// When it is not one of the conference's, or would have more seats than a seat type can have.
pub fn raise_quota(
    conference: &Conference,
    seat_types: &[SeatType],
    id: SeatTypeId,
    by: i64,
) -> Decision<SeatType> {
    let seat_type = find(seat_types, id)?;
    let (quota, version) = (seat_type.seat.quota + by, seat_type.seat.version + 1);
    if quota > validation::MAX_QUOTA {
        let message = format!("A quota is a number from 0 to {}.", validation::MAX_QUOTA);
        return Err(Refusal::Invalid(vec![FieldError::new("quota", "range", message)]));
    }
    let seat = Seat { quota, version, ..seat_type.seat.clone() };
    let events = conference.announce(Event::SeatUpdated { seat_type_id: id, seat: seat.clone() });
    Ok((SeatType { seat, ..seat_type.clone() }, events))
}

/// Whether a seat type may be deleted. Nobody has been told of it, so nobody needs to be told.
///
/// # Errors
///
/// When it is not one of the conference's, before anything else; when the conference was published once.
pub fn delete_seat_type(
    conference: &Conference,
    seat_types: &[SeatType],
    id: SeatTypeId,
) -> Result<(), Refusal> {
    find(seat_types, id)?;
    match conference.publication {
        Publication::Never => Ok(()),
        Publication::Published | Publication::Withdrawn => Err(Refusal::PublishedOnce),
    }
}

impl Conference {
    /// Seat types are announced from the first publication on; until then an announcement comes to nothing.
    fn announce(&self, event: Event) -> Vec<Event> {
        match self.publication {
            Publication::Never => Vec::new(),
            Publication::Published | Publication::Withdrawn => vec![event],
        }
    }
}

impl SeatType {
    fn created(&self) -> Event {
        Event::SeatCreated { seat_type_id: self.id, seat: self.seat.clone() }
    }
}

fn changed(conference: &Conference) -> Conference {
    Conference { version: conference.version + 1, ..conference.clone() }
}

fn find(seat_types: &[SeatType], id: SeatTypeId) -> Result<&SeatType, Refusal> {
    seat_types.iter().find(|seat_type| seat_type.id == id).ok_or(Refusal::UnknownSeatType)
}

const fn require_version(current: i64, asked: i64) -> Result<(), Refusal> {
    if asked == current { Ok(()) } else { Err(Refusal::StaleVersion { current }) }
}

fn refuse_any(errors: Vec<FieldError>) -> Result<(), Refusal> {
    if errors.is_empty() { Ok(()) } else { Err(Refusal::Invalid(errors)) }
}

fn merge(details: &Details, input: &UpdateConference) -> Details {
    let text = |new: &Option<String>, old: &String| new.as_deref().map_or_else(|| old.clone(), trimmed);
    Details {
        name: text(&input.name, &details.name),
        tagline: text(&input.tagline, &details.tagline),
        description: text(&input.description, &details.description),
        location: text(&input.location, &details.location),
        start_date: input.start_date.unwrap_or(details.start_date),
        end_date: input.end_date.unwrap_or(details.end_date),
        currency: input.currency.unwrap_or(details.currency),
        time_zone: text(&input.time_zone, &details.time_zone),
        reservation_shown_s: input.reservation_shown_s.unwrap_or(details.reservation_shown_s),
        reservation_buffer_s: input.reservation_buffer_s.unwrap_or(details.reservation_buffer_s),
        waitlist_offer_s: input.waitlist_offer_s.unwrap_or(details.waitlist_offer_s),
        language: input.language.or(details.language),
        translations: conference_translations(&details.translations, &input.translations),
    }
}

/// What is left of a text in another language: one that is left out stays, one that is empty goes.
fn merged_text(known: Option<&String>, sent: Option<&String>) -> Option<String> {
    sent.map(|text| trimmed(text)).or_else(|| known.cloned()).filter(|text| !text.is_empty())
}

/// What becomes of the texts in other languages; `merge` makes one language's of what is known and what was sent. A
/// language without any text is as good as one that was never named.
fn merged<Texts: Clone + Default + PartialEq>(
    known: &Translations<Texts>,
    sent: &Translations<Texts>,
    merge: impl Fn(&Texts, &Texts) -> Texts,
) -> Translations<Texts> {
    let mut merged = known.clone();
    for (tag, texts) in sent {
        let texts = merge(&merged.remove(tag).unwrap_or_default(), texts);
        if texts != Texts::default() {
            merged.insert(tag.clone(), texts);
        }
    }
    merged
}

fn conference_translations(
    known: &Translations<ConferenceTexts>,
    sent: &Translations<ConferenceTexts>,
) -> Translations<ConferenceTexts> {
    merged(known, sent, |known, sent| ConferenceTexts {
        name: merged_text(known.name.as_ref(), sent.name.as_ref()),
        tagline: merged_text(known.tagline.as_ref(), sent.tagline.as_ref()),
        description: merged_text(known.description.as_ref(), sent.description.as_ref()),
        location: merged_text(known.location.as_ref(), sent.location.as_ref()),
    })
}

fn seat_type_translations(
    known: &Translations<SeatTypeTexts>,
    sent: &Translations<SeatTypeTexts>,
) -> Translations<SeatTypeTexts> {
    merged(known, sent, |known, sent| SeatTypeTexts {
        name: merged_text(known.name.as_ref(), sent.name.as_ref()),
        description: merged_text(known.description.as_ref(), sent.description.as_ref()),
    })
}

/// The seat as the input says, at a version and with the translations that are known of it.
fn seat(
    conference: &Conference,
    input: &SeatTypeInput,
    (version, known): (i64, &Translations<SeatTypeTexts>),
) -> Result<Seat, Refusal> {
    let mut errors = validation::seat_type(input);
    let currency = conference.details.currency;
    if input.price.currency != currency {
        let message = format!("The conference sells in {currency}.");
        errors.push(FieldError::new("price.currency", "currency", message));
    }
    refuse_any(errors)?;
    let (name, description) = (trimmed(&input.name), trimmed(&input.description));
    let translations = seat_type_translations(known, &input.translations);
    Ok(Seat { name, description, price: input.price, quota: input.quota, version, translations })
}

fn calendar_errors(details: &Details, world: World) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let year_of = |date: Date| chrono::Datelike::year(&date.0);
    for (field, date) in [("start_date", details.start_date), ("end_date", details.end_date)] {
        if !YEARS.contains(&year_of(date)) {
            let message = format!("A year is from {} to {}.", YEARS.start(), YEARS.end());
            errors.push(FieldError::new(field, "range", message));
        }
    }
    if !(world.is_time_zone)(&details.time_zone) {
        let message = "A time zone is named like Europe/Berlin or UTC.";
        errors.push(FieldError::new("time_zone", "time_zone", message));
    }
    errors
}

fn seconds_errors(field: &str, value: i64, range: &std::ops::RangeInclusive<i64>) -> Option<FieldError> {
    let message = || format!("This is from {} to {} seconds.", range.start(), range.end());
    (!range.contains(&value)).then(|| FieldError::new(field, "range", message()))
}

fn trimmed(text: &str) -> String {
    text.trim().to_owned()
}

#[cfg(test)]
mod tests;
