//! How long seats are held, in units that people think in.

use leptos::prelude::*;
use plenary_shared::FieldError;
use plenary_shared::conference::{ManagedConference, UpdateConference};

use super::form::{Control, Form, Input};

const MINUTE_S: i64 = 60;
const HOUR_S: i64 = 3_600;

/// What is typed of one clock, and what it was before.
#[derive(Debug, Clone, Copy)]
struct Clock {
    name: &'static str,
    unit_s: i64,
    text: RwSignal<String>,
    known_s: StoredValue<i64>,
}

impl Clock {
    fn new(name: &'static str, unit_s: i64, known_s: i64) -> Self {
        let text = RwSignal::new(text_of(known_s, unit_s));
        Self { name, unit_s, text, known_s: StoredValue::new(known_s) }
    }

    fn take(self, known_s: i64) {
        self.known_s.set_value(known_s);
        self.text.set(text_of(known_s, self.unit_s));
    }

    /// What is sent: nothing where nothing else was typed.
    fn read(self) -> Result<Option<i64>, FieldError> {
        let known = self.known_s.get_value();
        let typed = self.text.with_untracked(|text| seconds_of(text, self.unit_s));
        let typed = typed.ok_or_else(|| FieldError::new(self.name, "duration", ""))?;
        // A time that is not whole in this unit is shown rounded, and stays as it is.
        let is_same = self.text.with_untracked(|text| *text == text_of(known, self.unit_s));
        Ok((!is_same).then_some(typed))
    }
}

/// The clocks of a conference, as they are typed.
#[derive(Debug, Clone, Copy)]
pub struct Clocks {
    shown: Clock,
    buffer: Clock,
    offer: Clock,
}

impl Clocks {
    pub fn of(known: &ManagedConference) -> Self {
        Self {
            shown: Clock::new("reservation_shown_s", MINUTE_S, known.reservation_shown_s),
            buffer: Clock::new("reservation_buffer_s", MINUTE_S, known.reservation_buffer_s),
            offer: Clock::new("waitlist_offer_s", HOUR_S, known.waitlist_offer_s),
        }
    }

    /// Shows what the server knows.
    pub fn take(self, known: &ManagedConference) {
        self.shown.take(known.reservation_shown_s);
        self.buffer.take(known.reservation_buffer_s);
        self.offer.take(known.waitlist_offer_s);
    }

    /// Puts what was changed into `input`.
    ///
    /// # Errors
    ///
    /// Names the clocks that cannot be read.
    pub fn read(self, input: &mut UpdateConference) -> Result<(), Vec<FieldError>> {
        let (shown, buffer, offer) = (self.shown.read(), self.buffer.read(), self.offer.read());
        match (shown, buffer, offer) {
            (Ok(shown), Ok(buffer), Ok(offer)) => {
                input.reservation_shown_s = shown;
                input.reservation_buffer_s = buffer;
                input.waitlist_offer_s = offer;
                Ok(())
            }
            (shown, buffer, offer) => {
                Err([shown.err(), buffer.err(), offer.err()].into_iter().flatten().collect())
            }
        }
    }
}

/// Whole units, and sixtieths of one where they are needed: `15`, `7:30`.
fn text_of(seconds: i64, unit_s: i64) -> String {
    let (whole, rest) = (seconds / unit_s, seconds % unit_s * 60 / unit_s);
    if rest == 0 { whole.to_string() } else { format!("{whole}:{rest:02}") }
}

fn seconds_of(text: &str, unit_s: i64) -> Option<i64> {
    let (whole, rest) = text.trim().split_once(':').unwrap_or((text.trim(), "0"));
    let (whole, rest) = (whole.parse::<i64>().ok()?, rest.parse::<i64>().ok()?);
    if !(0..60).contains(&rest) || !(0..=1_000_000).contains(&whole) {
        return None;
    }
    Some(whole * unit_s + rest * unit_s / 60)
}

/// The fields.
#[component]
pub fn ClockFields(form: Form, clocks: Clocks) -> impl IntoView {
    let words = form.language;
    view! {
        <fieldset class="card form__part">
            <legend class="form__legend">{words.clocks()}</legend>
            <p class="quiet">{words.clocks_hint()}</p>
            <div class="form__pair">
                <Input
                    form name="reservation_shown_s" label=words.shown_minutes() value=clocks.shown.text
                    control=Control::Line("number") hint=words.shown_minutes_hint()
                />
                <Input
                    form name="reservation_buffer_s" label=words.buffer_minutes() value=clocks.buffer.text
                    control=Control::Line("number") hint=words.buffer_minutes_hint()
                />
                <Input
                    form name="waitlist_offer_s" label=words.offer_hours() value=clocks.offer.text
                    control=Control::Line("number")
                />
            </div>
        </fieldset>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_as_it_is_shown() {
        for (seconds, unit_s, text) in
            [(900, MINUTE_S, "15"), (450, MINUTE_S, "7:30"), (86_400, HOUR_S, "24"), (5_400, HOUR_S, "1:30")]
        {
            assert_eq!(text_of(seconds, unit_s), text);
            assert_eq!(seconds_of(text, unit_s), Some(seconds));
        }
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in ["", "soon", "-1", "5:60", "1:2:3", "1.5"] {
            assert_eq!(seconds_of(text, MINUTE_S), None, "{text}");
        }
    }
}
