//! Reads codes with the camera, where the browser can do so by itself.

use std::time::Duration;

use js_sys::{Array, Function, Object, Promise, Reflect};
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{MediaStream, MediaStreamConstraints, MediaStreamTrack};

use super::super::desk::Desk;
use crate::components::Tone;
use crate::navigation;
use crate::words::Explanation;

/// How long to wait between two looks, in milliseconds. Longer, and a ticket must be held still; shorter, and a phone
/// gets warm.
const LOOK_EVERY_MS: u64 = 200;
/// For how many looks a code that was read counts as still being held there: three seconds.
const STILL_THERE: u32 = 15;

/// The browser's own reader of codes.
#[derive(Debug, Clone)]
struct Reader(JsValue);

impl Reader {
    /// `None` where the browser has none.
    fn new() -> Option<Self> {
        let class: Function =
            Reflect::get(&navigation::window(), &"BarcodeDetector".into()).ok()?.dyn_into().ok()?;
        let options = Object::new();
        Reflect::set(&options, &"formats".into(), &Array::of1(&"qr_code".into())).ok()?;
        Reflect::construct(&class, &Array::of1(&options)).ok().map(Self)
    }

    /// What the first code in the picture says.
    async fn read(&self, picture: &JsValue) -> Option<String> {
        let detect: Function = Reflect::get(&self.0, &"detect".into()).ok()?.dyn_into().ok()?;
        let answer: Promise = detect.call1(&self.0, picture).ok()?.dyn_into().ok()?;
        let codes: Array = JsFuture::from(answer).await.ok()?.dyn_into().ok()?;
        Reflect::get(&codes.get(0), &"rawValue".into()).ok()?.as_string()
    }
}

/// Whether this browser can scan.
pub fn can_scan() -> bool {
    Reader::new().is_some()
}

/// The camera's picture, for as long as it is on the page. Every code that comes into sight is handed to `on_code` once.
#[component]
pub fn Scanner(desk: Desk, is_on: RwSignal<bool>, on_code: Callback<String>) -> impl IntoView {
    let video = NodeRef::<html::Video>::new();
    let stream = StoredValue::new_local(None::<MediaStream>);
    on_cleanup(move || {
        if let Some(Some(stream)) = stream.try_update_value(Option::take) {
            end(&stream);
        }
    });
    spawn_local(async move {
        let Ok(opened) = open().await else {
            if is_on.try_set(false).is_none() {
                let words = desk.language;
                let explanation = Explanation::new(words.no_camera(), words.no_camera_detail());
                desk.notice.set(Some((Tone::Problem, explanation)));
            }
            return;
        };
        // Left before the camera was there.
        if stream.try_set_value(Some(opened.clone())).is_some() {
            return end(&opened);
        }
        if let (Some(picture), Some(reader)) = (video.get_untracked(), Reader::new()) {
            picture.set_src_object(Some(&opened));
            look(&reader, &picture, || stream.try_with_value(|_| ()).is_some(), on_code).await;
        }
    });
    view! {
        <video
            class="scan" node_ref=video autoplay=true muted=true playsinline=true
            aria-label=desk.language.camera_view()
        ></video>
    }
}

/// Looks at the picture again and again while it is there.
async fn look(reader: &Reader, picture: &JsValue, is_there: impl Fn() -> bool, on_code: Callback<String>) {
    let (mut last, mut looks) = (String::new(), 0);
    while is_there() {
        looks += 1;
        if let Some(code) = reader.read(picture).await {
            if is_there() && (code != last || looks > STILL_THERE) {
                on_code.run(code.clone());
            }
            (last, looks) = (code, 0);
        }
        pause().await;
    }
}

async fn pause() {
    let promise = Promise::new(&mut |resolve, _| {
        set_timeout(move || drop(resolve.call0(&JsValue::UNDEFINED)), Duration::from_millis(LOOK_EVERY_MS));
    });
    // It is kept always.
    let _ = JsFuture::from(promise).await;
}

/// The camera on the back, where there are two.
async fn open() -> Result<MediaStream, JsValue> {
    let camera = Object::new();
    Reflect::set(&camera, &"facingMode".into(), &"environment".into())?;
    let constraints = MediaStreamConstraints::new();
    constraints.set_video(&camera);
    let devices = navigation::window().navigator().media_devices()?;
    let opened = JsFuture::from(devices.get_user_media_with_constraints(&constraints)?).await?;
    opened.dyn_into()
}

/// Switches the camera off.
fn end(stream: &MediaStream) {
    for track in stream.get_tracks() {
        track.unchecked_into::<MediaStreamTrack>().stop();
    }
}
