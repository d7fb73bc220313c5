//! What the server pushes: one stream of messages per page, opened again by itself, and whether it is there.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{EventSource, MessageEvent};

use crate::{navigation, optimistic};

/// How long a stream may be away, in milliseconds, before the reader is told. Shorter, and every page that is left
/// says so while it goes.
const AWAY_AFTER_MS: i32 = 2_500;

/// Whether the server can be heard.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Connection {
    #[default]
    Here,
    Away,
}

/// A stream of messages and what listens to it. Closed when it is dropped.
struct Stream {
    source: EventSource,
    // The browser calls these for as long as the stream is open.
    _listeners: Vec<Closure<dyn FnMut(MessageEvent)>>,
    _opened: Closure<dyn FnMut()>,
    _failed: Closure<dyn FnMut()>,
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.source.set_onopen(None);
        self.source.set_onerror(None);
        self.source.close();
    }
}

/// Listens to the stream at `url`, to another one when `url` changes, to none while it is `None`, and hands
/// messages called one of `names` to `hear` with their name.
pub fn follow(
    url: Signal<Option<String>>,
    names: &'static [&'static str],
    connection: RwSignal<Connection>,
    hear: impl Fn(&'static str, &str) + Copy + 'static,
) {
    let stream = StoredValue::new_local(None::<Stream>);
    let tries = StoredValue::new(0);
    let again = RwSignal::new(0_u32);
    Effect::new(move |_| {
        again.track();
        stream.set_value(None);
        let opened = move || {
            tries.set_value(0);
            // Set even where it is so already: whoever follows hears of every opening.
            connection.set(Connection::Here);
        };
        let failed = move || later_away_or_again(stream, tries, again, connection);
        stream.set_value(url.get().and_then(|url| open(&url, names, hear, opened, failed)));
    });
    on_cleanup(move || stream.set_value(None));
}

/// The browser tries again by itself while it can; a stream that it gave up is opened anew.
fn later_away_or_again(
    stream: StoredValue<Option<Stream>, LocalStorage>,
    tries: StoredValue<i32>,
    again: RwSignal<u32>,
    connection: RwSignal<Connection>,
) {
    let state = move || stream.try_with_value(|stream| stream.as_ref().map(|s| s.source.ready_state()));
    after(AWAY_AFTER_MS, move || {
        if matches!(state().flatten(), Some(EventSource::CONNECTING | EventSource::CLOSED)) {
            connection.set(Connection::Away);
        }
    });
    if state().flatten() == Some(EventSource::CLOSED) {
        tries.update_value(|tries| *tries += 1);
        #[expect(clippy::cast_possible_truncation, reason = "a pause is a few seconds")]
        let pause = optimistic::pause_ms(tries.get_value() + 1, navigation::jitter()) as i32;
        after(pause, move || {
            again.try_update(|again| *again += 1);
        });
    }
}

fn open(
    url: &str,
    names: &'static [&'static str],
    hear: impl Fn(&'static str, &str) + Copy + 'static,
    opened: impl Fn() + 'static,
    failed: impl Fn() + 'static,
) -> Option<Stream> {
    let source = EventSource::new(url).ok()?;
    let mut listeners = Vec::with_capacity(names.len());
    for &name in names {
        let listener = Closure::<dyn FnMut(MessageEvent)>::new(move |message: MessageEvent| {
            if let Some(text) = message.data().as_string() {
                hear(name, &text);
            }
        });
        source.add_event_listener_with_callback(name, listener.as_ref().unchecked_ref()).ok()?;
        listeners.push(listener);
    }
    let opened = Closure::<dyn FnMut()>::new(opened);
    let failed = Closure::<dyn FnMut()>::new(failed);
    source.set_onopen(Some(opened.as_ref().unchecked_ref()));
    source.set_onerror(Some(failed.as_ref().unchecked_ref()));
    Some(Stream { source, _listeners: listeners, _opened: opened, _failed: failed })
}

fn after(pause_ms: i32, act: impl FnOnce() + 'static) {
    set_timeout(act, std::time::Duration::from_millis(u64::try_from(pause_ms).unwrap_or(0)));
}
