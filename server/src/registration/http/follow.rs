//! The live streams of this room.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use futures_util::{Stream, StreamExt, stream};
use plenary_shared::WaitListEntryId;
use plenary_shared::format::Locale;
use plenary_shared::live::{ENTRY, ORDER, SUMMARY};
use plenary_shared::waitlist::WaitListEntry;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::Room;
use crate::http::language::Reader;
use crate::http::sse;
use crate::registration::live::{HotConference, Json, LiveOrder, News, OrganizerFeed};
use crate::registration::projections::Form;

/// The shortest time between two messages about one conference's availability: five a second.
const COALESCE: Duration = Duration::from_millis(200);

/// A conference as it changes, for a reader: whole at first and when its details change, else what is left of it.
pub fn conference(
    mut feed: watch::Receiver<Arc<HotConference>>,
    reader: Option<Locale>,
) -> impl Stream<Item = Bytes> + Send {
    let first = Arc::clone(&feed.borrow_and_update());
    let opening = first.conference_message(reader);
    let state = (feed, first.view.details_version, Instant::now());
    let changes = stream::unfold(state, move |(mut feed, details, last)| async move {
        feed.changed().await.ok()?;
        sleep_until(last + COALESCE).await;
        let hot = Arc::clone(&feed.borrow_and_update());
        let newer = hot.view.details_version > details;
        let message = if newer { hot.conference_message(reader) } else { hot.availability_message() };
        Some((message, (feed, hot.view.details_version, Instant::now())))
    });
    stream::once(std::future::ready(opening)).chain(changes)
}

/// An order as it changes, for a reader.
pub fn order(
    mut feed: watch::Receiver<Arc<LiveOrder>>,
    (form, reader): (Form, Option<Locale>),
) -> impl Stream<Item = Bytes> + Send {
    let opening = feed.borrow_and_update().message(form, reader);
    let changes = stream::unfold(feed, move |mut feed| async move {
        feed.changed().await.ok()?;
        let message = feed.borrow_and_update().message(form, reader);
        Some((message, feed))
    });
    stream::once(std::future::ready(opening)).chain(changes)
}

/// A place on the wait list as it changes, by what happens to it or to those before it.
///
/// It is read anew after changes of the list, so that many of them in a row cost one reading.
pub fn entry(
    room: Arc<Room>,
    (id, form, reader): (WaitListEntryId, Form, Reader),
    feed: watch::Receiver<i64>,
) -> impl Stream<Item = Bytes> + Send {
    stream::unfold((feed, None::<WaitListEntry>), move |(mut feed, shown)| {
        let room = Arc::clone(&room);
        async move {
            loop {
                if shown.is_some() {
                    feed.changed().await.ok()?;
                    sleep_until(Instant::now() + COALESCE).await;
                }
                let position = *feed.borrow_and_update();
                let read = async { room.show_entry(&room.entry_view(id).await?, form, reader).await };
                let entry =
                    read.await.inspect_err(|error| tracing::error!(?error, "a stream broke off")).ok()?;
                if shown.as_ref().is_none_or(|shown| differs(shown, &entry)) {
                    let json = serde_json::to_string(&entry).expect("views are JSON");
                    return Some((sse::message(ENTRY, position, &json), (feed, Some(entry))));
                }
            }
        }
    })
}

/// The time of the reading is no part of what is read.
fn differs(shown: &WaitListEntry, now: &WaitListEntry) -> bool {
    WaitListEntry { server_time: shown.server_time, ..now.clone() } != *shown
}

/// What an organizer sees: the numbers first, then what was `missed` after position `after`, then everything after
/// position `head` as it happens.
///
/// The id of a message says how far everything was told: whoever comes back with it misses nothing. So the stream ends where
/// something missed could not be read (`None`).
pub fn organizer(
    feed: OrganizerFeed,
    summary: Json,
    missed: impl Stream<Item = Option<News>> + Send,
    (after, head): (i64, i64),
) -> impl Stream<Item = Bytes> + Send {
    let opening = stream::once(std::future::ready(Some(News::Summary(summary)))).chain(missed);
    let opening =
        opening.scan(after, |told, news| std::future::ready(Some(news.map(|news| tell(told, news)))));
    let changes = stream::unfold((feed, head), |(mut feed, mut told)| async move {
        loop {
            let news = feed.next().await?;
            // Committed between listening and reading, it was among what was missed.
            if !matches!(&news, News::Activity(activity) if activity.position <= told) {
                return Some((tell(&mut told, news), (feed, told)));
            }
        }
    });
    let all = opening.chain(changes.map(Some));
    all.take_while(|message| std::future::ready(message.is_some())).filter_map(std::future::ready)
}

/// News as a message, after everything up to position `told`.
fn tell(told: &mut i64, news: News) -> Bytes {
    match news {
        News::Summary(json) => sse::message(SUMMARY, *told, &json),
        News::Order(json) => sse::message(ORDER, *told, &json),
        News::Activity(activity) => {
            *told = activity.position;
            activity.message
        }
    }
}

#[cfg(test)]
mod tests {
    use plenary_shared::ConferenceId;

    use super::*;
    use crate::registration::live::{Activity, Live};

    #[tokio::test]
    async fn where_something_missed_cannot_be_read_the_stream_ends_and_its_last_id_leads_there() {
        // It goes on as long as there is something to follow.
        let live = Live::default();
        let feed = live.follow_organizer(ConferenceId(uuid::Uuid::from_u128(1)), Locale::En);
        let activity = |position| {
            Some(News::Activity(Activity { position, message: sse::message("activity", position, "{}") }))
        };
        let missed = stream::iter([activity(5), None, activity(7)]);
        let told: Vec<_> = organizer(feed, "{}".into(), missed, (4, 9)).collect().await;
        assert_eq!(told, [sse::message(SUMMARY, 4, "{}"), sse::message("activity", 5, "{}")]);
    }
}
