//! The picture that other sites show with a link to a conference, drawn once for each version of it.

mod canvas;
mod card;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use plenary_app::Language;
use plenary_shared::ConferenceId;

use crate::registration::live::HotConference;

/// Pictures kept, some tens of kilobytes each. The rest is drawn when asked for.
const CAPACITY: usize = 64;

/// The version that was drawn, and its file.
type Drawn = (i64, Bytes);

/// The pictures at hand.
#[derive(Debug, Default)]
pub struct Pictures(Mutex<HashMap<(ConferenceId, Language), Drawn>>);

impl Pictures {
    /// The picture of a conference as a PNG file. `None` when it could not be drawn.
    pub async fn of(&self, hot: &Arc<HotConference>, language: Language) -> Option<Bytes> {
        let (key, version) = ((hot.view.id, language), hot.view.version);
        if let Some((_, picture)) = self.lock().get(&key).filter(|(drawn, _)| *drawn == version) {
            return Some(picture.clone());
        }
        let shown = Arc::clone(hot);
        // It takes milliseconds, in which this thread would answer nobody else.
        let drawn = tokio::task::spawn_blocking(move || {
            card::draw(shown.for_reader(Some(language.locale())), language)
        })
        .await;
        let picture =
            Bytes::from(drawn.inspect_err(|error| tracing::error!(%error, "a picture was not drawn")).ok()?);
        let mut pictures = self.lock();
        if pictures.len() >= CAPACITY {
            pictures.clear();
        }
        pictures.insert(key, (version, picture.clone()));
        Some(picture)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<(ConferenceId, Language), Drawn>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
