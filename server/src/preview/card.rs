//! The picture of a conference that other sites show with a link to it: what, when, where, and how much is left.

use plenary_app::{Language, charts, pages};
use plenary_shared::conference::Conference;

use super::canvas::{Area, Canvas, Colour};

/// The size that sites ask for, in pixels.
const WIDTH: usize = 1200;
const HEIGHT: usize = 630;
/// What stays free around everything.
const MARGIN: f32 = 80.0;
/// How wide a line may be.
const LINE: f32 = 1200.0 - 2.0 * MARGIN;

// The light colours of `style/00-tokens.css`.
const GROUND: Colour = [0xfb, 0xfa, 0xf8];
const SUNKEN: Colour = [0xe6, 0xe2, 0xdb];
const INK: Colour = [0x1b, 0x1d, 0x22];
const QUIET: Colour = [0x55, 0x5a, 0x64];

/// Sizes of the name, in pixels: the largest in which it fits is taken.
const NAMES: [f32; 3] = [92.0, 76.0, 60.0];
/// The most lines of a name.
const MOST_LINES: usize = 3;

/// Draws it.
pub fn draw(conference: &Conference, language: Language) -> Vec<u8> {
    let mut canvas = Canvas::new(WIDTH, HEIGHT, GROUND);
    let accent = pages::accent_colour(&conference.slug);
    canvas.fill(Area { x: 0, y: 0, width: 24, height: HEIGHT }, accent);
    canvas.write(language.product(), (MARGIN, 92.0), 34.0, accent);
    let bottom = name(&mut canvas, conference);
    let days = language.days_of(conference);
    canvas.write(&days, (MARGIN, bottom + 66.0), 40.0, INK);
    let place = cut(&canvas, &conference.location, 36.0);
    if canvas.can_write(&place) {
        canvas.write(&place, (MARGIN, bottom + 116.0), 36.0, QUIET);
    }
    seats(&mut canvas, conference, language, accent);
    canvas.to_png()
}

/// Writes the name and gives where its last line stands. What the font cannot write, the address can.
fn name(canvas: &mut Canvas, conference: &Conference) -> f32 {
    let name = if canvas.can_write(&conference.name) { &conference.name } else { &conference.slug };
    let fitting = NAMES.iter().map(|size| (*size, wrapped(canvas, name, *size)));
    let smallest = NAMES[NAMES.len() - 1];
    let (size, mut lines) = fitting
        .into_iter()
        .find(|(size, lines)| lines.len() <= if *size > smallest { MOST_LINES - 1 } else { MOST_LINES })
        .unwrap_or_else(|| (smallest, wrapped(canvas, name, smallest)));
    if lines.len() > MOST_LINES {
        lines.truncate(MOST_LINES);
        let last = format!("{}…", lines[MOST_LINES - 1]);
        lines[MOST_LINES - 1] = cut(canvas, &last, size);
    }
    let mut baseline = 124.0;
    for line in lines {
        baseline += size * 1.12;
        canvas.write(&cut(canvas, &line, size), (MARGIN, baseline), size, INK);
    }
    baseline
}

/// The words of a text in lines that are no wider than there is room.
fn wrapped(canvas: &Canvas, text: &str, size: f32) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let longer = lines.last().map(|line| format!("{line} {word}"));
        match (lines.last_mut(), longer) {
            (Some(line), Some(longer)) if canvas.width_of(&longer, size) <= LINE => *line = longer,
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// As much of a line as there is room for.
fn cut(canvas: &Canvas, text: &str, size: f32) -> String {
    if canvas.width_of(text, size) <= LINE {
        return text.to_owned();
    }
    let mut short: Vec<char> = text.chars().collect();
    while !short.is_empty() {
        short.pop();
        let line = format!("{}…", short.iter().collect::<String>().trim_end());
        if canvas.width_of(&line, size) <= LINE {
            return line;
        }
    }
    String::new()
}

/// How many seats are left, in words and as the bar that organizers know.
fn seats(canvas: &mut Canvas, conference: &Conference, language: Language, accent: Colour) {
    let all: i64 = conference.seat_types.iter().map(|it| it.quota).sum();
    let left: i64 = conference.seat_types.iter().map(|it| it.available.max(0)).sum();
    if all == 0 {
        return;
    }
    canvas.write(&language.seats_left_of(left, all), (MARGIN, 536.0), 34.0, QUIET);
    let [(_, taken), _] = charts::parts(all - left, 0, left);
    let scaled = |parts: i64| usize::try_from(parts * 1040 / charts::WIDTH).unwrap_or(0);
    let bar = Area { x: 80, y: 558, width: scaled(charts::WIDTH), height: 20 };
    canvas.fill(bar, SUNKEN);
    canvas.fill(Area { width: scaled(taken), ..bar }, accent);
}

#[cfg(test)]
mod tests {
    use plenary_shared::conference::SeatType;
    use plenary_shared::{ConferenceId, Currency, Date, Money, SeatTypeId};
    use uuid::Uuid;

    use super::*;

    fn conference(name: &str, available: i64) -> Conference {
        Conference {
            id: ConferenceId(Uuid::from_u128(7)),
            slug: "rustconf".into(),
            name: name.into(),
            tagline: String::new(),
            description: "Two days.".into(),
            location: "Turin".into(),
            start_date: Date::from_ymd(2027, 3, 1).unwrap(),
            end_date: Date::from_ymd(2027, 3, 2).unwrap(),
            currency: Currency::EUR,
            time_zone: "Europe/Rome".into(),
            published: true,
            language: None,
            seat_types: vec![SeatType {
                id: SeatTypeId(Uuid::from_u128(1)),
                name: "General".into(),
                description: String::new(),
                price: Money::new(34_905, Currency::EUR),
                quota: 10,
                available,
            }],
            version: 1,
        }
    }

    #[test]
    fn the_same_conference_gives_the_same_bytes_and_a_sale_gives_others() {
        let draw = |available, language| draw(&conference("RustConf", available), language);
        assert_eq!(draw(5, Language::En), draw(5, Language::En));
        assert_ne!(draw(5, Language::En), draw(4, Language::En));
        assert_ne!(draw(5, Language::En), draw(5, Language::De));
    }

    #[test]
    fn a_name_of_any_length_and_script_is_drawn() {
        let long = "An extraordinarily verbose name ".repeat(20);
        let endless = "x".repeat(500);
        for name in ["", "R", &long, &endless, "東京会議", "a\tb\nc", "\u{1f600}"] {
            let file = draw(&conference(name, -3), Language::En);
            assert!(file.len() > 2_000 && file.len() < 200_000, "{name}: {}", file.len());
        }
    }

    #[test]
    fn lines_are_broken_between_words_and_end_with_dots_where_they_are_cut() {
        let canvas = Canvas::new(1, 1, GROUND);
        let lines = wrapped(&canvas, "one two three four five six seven eight nine ten eleven twelve", 92.0);
        assert!(lines.len() > 1, "{lines:?}");
        assert!(lines.iter().all(|line| canvas.width_of(line, 92.0) <= LINE), "{lines:?}");
        let line = cut(&canvas, &"x".repeat(200), 92.0);
        assert!(line.ends_with('…') && canvas.width_of(&line, 92.0) <= LINE);
    }
}
