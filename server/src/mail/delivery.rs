//! From a message in the outbox to a letter on its way.

use std::sync::Arc;

use async_trait::async_trait;
use lettre::Message as Mime;
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use plenary_shared::OrderId;
use plenary_shared::conference::Conference;
use plenary_shared::format::{self, Locale};
use plenary_shared::registration::Person;
use uuid::Uuid;

use super::draft::Draft;
use super::letter::{Letter, Records};
use super::post::{Enveloped, Post, name_of};
use super::words;
use crate::calendar;
use crate::clock::Clock;
use crate::http::proof::Proven;
use crate::http::secrets::Secrets;
use crate::messaging::outbox::{Delivery, Message, Undelivered};
use crate::messaging::{Error, PERSONAL_DATA_ERASED};

/// The kind of the outbox messages that are letters.
pub const LETTER: &str = "letter";

/// What every letter is written with.
#[derive(Debug)]
pub struct Desk {
    pub records: Arc<dyn Records>,
    pub post: Arc<dyn Post>,
    pub secrets: Secrets,
    pub clock: Clock,
    /// Where the site is for the world, without a slash at the end.
    pub public_url: String,
    pub from: Mailbox,
}

/// A letter with its addressee.
struct Written {
    to: (String, String),
    draft: Draft,
    /// Name and text of a calendar file that goes with it.
    calendar: Option<(String, String)>,
}

impl Desk {
    /// The letter as things stand; `None` when nobody is to get it any more.
    async fn write(&self, letter: Letter) -> Result<Option<Written>, Error> {
        Ok(match letter {
            Letter::ConferenceAccess { conference_id } => {
                let access = self.records.access(conference_id).await?;
                access.map(|it| Written {
                    to: addressee(&it.owner),
                    draft: words::access(it.language.unwrap_or_default(), &it, self.url("/manage")),
                    calendar: None,
                })
            }
            Letter::OrderConfirmed { order_id } => self.records.order(order_id).await?.map(|it| {
                let url = self.proving(&it.conference, it.id);
                Written {
                    to: addressee(&it.registrant),
                    draft: words::order(it.language.unwrap_or_default(), &it, url),
                    calendar: Some(self.calendar(&it.conference)),
                }
            }),
            Letter::AttendeeNotice { order_id, position, version } => {
                let seat = self.records.seat(order_id, position, version).await?;
                seat.map(|it| {
                    let url = self.url(&format!("/{}", it.conference.slug));
                    Written {
                        to: addressee(&it.attendee),
                        draft: words::seat(it.language.unwrap_or_default(), &it, url),
                        calendar: Some(self.calendar(&it.conference)),
                    }
                })
            }
            Letter::SeatsOffered { entry_id, order_id } => {
                let offer = self.records.offer(entry_id, order_id).await?;
                offer.map(|it| {
                    let locale = it.language.unwrap_or_default();
                    let url = self.proving(&it.conference, it.order_id);
                    Written {
                        to: (String::new(), it.email.clone()),
                        draft: words::offer(
                            locale,
                            &it,
                            &until(&it.conference, it.offered_until, locale),
                            url,
                        ),
                        calendar: None,
                    }
                })
            }
            Letter::AttentionRaised { conference_id, order_id, payment_id } => {
                let attention = self.records.attention(conference_id, order_id, payment_id).await?;
                attention.map(|it| {
                    let url = self.url(&format!("/manage/{}/orders/{}", it.slug, it.order_id));
                    let draft = words::attention(it.language.unwrap_or_default(), &it, url);
                    Written { to: addressee(&it.owner), draft, calendar: None }
                })
            }
        })
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.public_url)
    }

    /// A link to an order that makes whoever follows it a holder.
    fn proving(&self, conference: &Conference, order_id: OrderId) -> String {
        let proof = Proven::Order(order_id).proof(&self.secrets);
        self.url(&format!("/{}/orders/{order_id}?proof={proof}", conference.slug))
    }

    fn calendar(&self, conference: &Conference) -> (String, String) {
        let url = self.url(&format!("/{}", conference.slug));
        (format!("{}.ics", conference.slug), calendar::file(conference, &url, self.clock.now()))
    }

    /// The letter in its envelope. Its time is that of its id, so that it is the same at every try.
    fn envelop(&self, id: Uuid, subject: Uuid, written: Written) -> Result<Enveloped, lettre::error::Error> {
        let message_id = name_of(id, subject);
        let domain = self.from.email.domain();
        let Written { to: (name, email), draft, calendar } = written;
        let to = email.parse().map_err(|_| lettre::error::Error::MissingTo)?;
        let name = Some(name).filter(|name| !name.trim().is_empty());
        let date = HeaderName::new_from_ascii_str("Date");
        let builder = Mime::builder()
            .raw_header(HeaderValue::new(date, sent_at(id)))
            .message_id(Some(format!("<{message_id}@{domain}>")))
            .from(self.from.clone())
            .to(Mailbox::new(name, to))
            .subject(draft.subject.clone())
            .header(AutoSubmitted);
        let both = MultiPart::alternative()
            .singlepart(quoted(ContentType::TEXT_PLAIN, draft.text()))
            .singlepart(quoted(ContentType::TEXT_HTML, draft.html()));
        let message = match calendar {
            None => builder.multipart(both),
            Some((name, file)) => {
                let kind = ContentType::parse("text/calendar; charset=utf-8; method=PUBLISH");
                let kind = kind.expect("the media type of calendars is one");
                builder.multipart(
                    MultiPart::mixed().multipart(both).singlepart(Attachment::new(name).body(file, kind)),
                )
            }
        };
        Ok(Enveloped { message_id, message: message? })
    }
}

/// A part that reads well also where nobody decodes it.
fn quoted(kind: ContentType, text: String) -> SinglePart {
    SinglePart::builder().header(kind).header(ContentTransferEncoding::QuotedPrintable).body(text)
}

fn addressee(person: &Person) -> (String, String) {
    (person.full_name().trim().to_owned(), person.email.clone())
}

/// An instant in a conference's own time.
fn until(conference: &Conference, instant: plenary_shared::Timestamp, locale: Locale) -> String {
    use chrono::Offset;
    let zone: chrono_tz::Tz = conference.time_zone.parse().unwrap_or(chrono_tz::UTC);
    let offset = instant.to_utc().with_timezone(&zone).offset().fix().local_minus_utc();
    format::date_time(instant, i64::from(offset / 60), locale)
}

/// When an id was made, as the header of a letter says it (RFC 5322, 3.3).
fn sent_at(id: Uuid) -> String {
    let (seconds, nanoseconds) = id.get_timestamp().map_or((0, 0), |it| it.to_unix());
    let instant =
        i64::try_from(seconds).ok().and_then(|it| chrono::DateTime::from_timestamp(it, nanoseconds));
    instant.unwrap_or_default().format("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

/// Tells machines not to answer (RFC 3834).
#[derive(Debug, Clone, Copy)]
struct AutoSubmitted;

impl lettre::message::header::Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// Writes letters and has the post take them.
#[derive(Debug)]
pub struct LetterDelivery(pub Arc<Desk>);

#[async_trait]
impl Delivery for LetterDelivery {
    fn kind(&self) -> &'static str {
        LETTER
    }

    async fn deliver(&self, message: &Message) -> Result<(), Undelivered> {
        let letter: Letter = serde_json::from_str(&message.payload)
            .map_err(|error| Undelivered::Never(format!("it is no letter: {error}")))?;
        let Some(written) = self.0.write(letter).await.map_err(|error| unread(&error))? else {
            return Ok(());
        };
        let enveloped = self.0.envelop(message.message_id, letter.subject(), written);
        // The error repeats the address that it does not like.
        let enveloped = enveloped.map_err(|_| Undelivered::Never("its address is none".to_owned()))?;
        self.0.post.take(&enveloped).await?;
        // Somebody who was erased while it was written is not to be found in what was kept of it either.
        match self.0.write(letter).await.map_err(|error| unread(&error))? {
            Some(_) => Ok(()),
            None => self.0.post.destroy(letter.subject()).await,
        }
    }
}

fn unread(error: &Error) -> Undelivered {
    Undelivered::Later(format!("what it says could not be read: {error}"))
}

/// Has the letters of whoever was erased destroyed.
#[derive(Debug)]
pub struct LetterErasure(pub Arc<Desk>);

#[async_trait]
impl Delivery for LetterErasure {
    fn kind(&self) -> &'static str {
        PERSONAL_DATA_ERASED
    }

    async fn deliver(&self, message: &Message) -> Result<(), Undelivered> {
        let subject =
            message.payload.parse().map_err(|_| Undelivered::Never("it names nobody".to_owned()))?;
        self.0.post.destroy(subject).await
    }
}
