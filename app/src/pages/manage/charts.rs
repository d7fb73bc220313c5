//! Numbers that people would rather see than read. Geometry is arithmetic in whole units of the drawing.

use std::fmt::Write as _;

use leptos::prelude::*;
use plenary_shared::registration::{DaySummary, SeatTypeSummary};
use plenary_shared::{Date, Money, format};

use crate::Language;

/// The width of a bar's drawing.
pub const WIDTH: i64 = 1000;
/// The height of the days' drawing.
const HEIGHT: i64 = 160;
/// The most days that are drawn; more would be thinner than a line.
const MOST_DAYS: i64 = 120;

/// Where the parts of a bar begin and how wide they are: sold, held, of everything there is.
pub fn parts(sold: i64, held: i64, free: i64) -> [(i64, i64); 2] {
    let all = (sold + held + free.max(0)).max(1);
    let scaled = |value: i64| value.max(0) * WIDTH / all;
    let (sold_end, held_end) = (scaled(sold), scaled(sold + held));
    [(0, sold_end), (sold_end, held_end - sold_end)]
}

/// One seat type as one bar: what is sold, what is held, what is free.
pub fn capacity_bar(language: Language, figures: &SeatTypeSummary) -> impl IntoView + use<> {
    let [sold, held] = parts(figures.sold, figures.held, figures.free);
    let label = language.sold_held_free(figures);
    view! {
        <svg class="capacity" viewBox="0 0 1000 20" preserveAspectRatio="none" role="img" aria-label=label>
            <rect class="capacity__free" x="0" y="0" width=WIDTH height="20"></rect>
            <rect class="capacity__sold" x=sold.0 y="0" width=sold.1 height="20"></rect>
            <rect class="capacity__held" x=held.0 y="0" width=held.1 height="20"></rect>
        </svg>
    }
}

/// The fewest days that are drawn: of fewer, each would be a wall.
const FEWEST_DAYS: i64 = 14;

/// Every day from the first sale to `last`, those without a sale too; some before it where they are few, the latest
/// where they are too many.
pub fn every_day(days: &[DaySummary], last: Date, zero: Money) -> Vec<DaySummary> {
    let Some(first) = days.first().map(|day| day.date) else { return Vec::new() };
    let last = days.last().map_or(last, |day| day.date.max(last));
    let count = (last.0 - first.0).num_days() + 1;
    let on = |date: Date| {
        let known = days.iter().find(|day| day.date == date).cloned();
        known.unwrap_or(DaySummary { date, orders: 0, seats: 0, revenue: zero })
    };
    let drawn = count.clamp(FEWEST_DAYS, MOST_DAYS);
    (1 - drawn..=0).map(|days| on(last.plus_days(days))).collect()
}

/// Seats sold a day, as columns.
pub fn days_chart(language: Language, days: &[DaySummary]) -> impl IntoView + use<> {
    let locale = language.locale();
    let most = days.iter().map(|day| day.seats).max().unwrap_or(0).max(1);
    let slot = WIDTH / i64::try_from(days.len()).unwrap_or(1).max(1);
    let gap = if slot > 12 { slot / 6 } else { 0 };
    let ends = days
        .first()
        .zip(days.last())
        .map(|(first, last)| [first, last].map(|day| format::date_short(day.date, locale)));
    let column = move |(index, day): (usize, &DaySummary)| {
        let height = (day.seats * HEIGHT / most).max(i64::from(day.seats > 0));
        let x = i64::try_from(index).unwrap_or(0) * slot + gap / 2;
        view! {
            <rect class="days__day" x=x y=HEIGHT - height width=slot - gap height=height>
                <title>{language.sold_on(day)}</title>
            </rect>
        }
    };
    let label = language.best_day(most);
    let [first, last] = ends.unwrap_or_default();
    let is_one_day = first == last;
    view! {
        <figure class="days">
            <figcaption class="days__scale">{label.clone()}</figcaption>
            <svg class="days__chart" viewBox="0 0 1000 160" preserveAspectRatio="none" role="img" aria-label=label>
                {days.iter().enumerate().map(column).collect_view()}
                <rect class="days__ground" x="0" y="159" width=WIDTH height="1"></rect>
            </svg>
            <div class="days__ends" aria-hidden="true">
                <span>{first}</span>
                {(!is_one_day).then(|| view! { <span>{last}</span> })}
            </div>
        </figure>
    }
}

/// What is sold up to each day: running sums.
fn running(days: &[DaySummary]) -> Vec<i64> {
    days.iter()
        .scan(0, |sold, day| {
            *sold += day.seats;
            Some(*sold)
        })
        .collect()
}

/// The ground under a line through `values`, one a slot, where `most` is the height of the drawing.
fn area(values: &[i64], most: i64) -> String {
    let slots = i64::try_from(values.len()).unwrap_or(1).max(1);
    let height = |value: i64| HEIGHT - value.clamp(0, most) * HEIGHT / most.max(1);
    let mut path = format!("M0 {HEIGHT}");
    for (index, &value) in values.iter().enumerate() {
        let (from, y) = (i64::try_from(index).unwrap_or(0), height(value));
        // Writing to a string cannot fail.
        let _ = write!(path, "V{y}H{}", (from + 1) * WIDTH / slots);
    }
    path + &format!("V{HEIGHT}Z")
}

/// Seats sold so far, day by day, against all the seats that there are.
pub fn capacity_chart(language: Language, days: &[DaySummary], quota: i64) -> impl IntoView + use<> {
    let sums = running(days);
    let sold = sums.last().copied().unwrap_or(0);
    let label = language.sold_against(sold, quota);
    let area = area(&sums, quota.max(sold).max(1));
    view! {
        <figure class="days">
            <figcaption class="days__scale">{label.clone()}</figcaption>
            <svg class="days__chart days__chart--flat" viewBox="0 0 1000 160" preserveAspectRatio="none" role="img" aria-label=label>
                <path class="days__area" d=area></path>
                <rect class="days__capacity" x="0" y="0" width=WIDTH height="1"></rect>
                <rect class="days__ground" x="0" y="159" width=WIDTH height="1"></rect>
            </svg>
        </figure>
    }
}

/// How large a part of `whole` is, as a bar behind its number.
pub fn share_bar(part: i64, whole: i64) -> impl IntoView {
    let width = part.max(0) * WIDTH / whole.max(1);
    view! {
        <svg class="share" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">
            <rect class="share__part" x="0" y="0" width=width height="10"></rect>
        </svg>
    }
}

#[cfg(test)]
mod tests {
    use plenary_shared::Currency;

    use super::*;

    fn day(day: u32, seats: i64) -> DaySummary {
        let date = Date::from_ymd(2026, 3, day).unwrap();
        DaySummary { date, orders: 1, seats, revenue: Money::zero(Currency::EUR) }
    }

    #[test]
    fn the_parts_of_a_bar_fill_it_exactly() {
        assert_eq!(parts(50, 25, 25), [(0, 500), (500, 250)]);
        assert_eq!(parts(0, 0, 0), [(0, 0), (0, 0)]);
        assert_eq!(parts(100, 0, 0), [(0, WIDTH), (WIDTH, 0)]);
        // Cut below what is sold: the bar is full, and no part is negative.
        assert_eq!(parts(60, 40, -20), [(0, 600), (600, 400)]);
    }

    #[test]
    fn a_day_without_sales_is_a_day() {
        let days = every_day(
            &[day(1, 2), day(4, 1)],
            Date::from_ymd(2026, 3, 5).unwrap(),
            Money::zero(Currency::EUR),
        );
        assert_eq!(
            days.iter().map(|day| day.seats).collect::<Vec<_>>(),
            [0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 1, 0]
        );
    }

    #[test]
    fn of_very_many_days_the_latest_are_shown() {
        let last = Date::from_ymd(2027, 3, 1).unwrap();
        let days = every_day(&[day(1, 2)], last, Money::zero(Currency::EUR));
        assert_eq!(days.len(), usize::try_from(MOST_DAYS).unwrap());
        assert_eq!(days.last().map(|day| day.date), Some(last));
    }

    #[test]
    fn what_is_sold_so_far_never_falls() {
        assert_eq!(running(&[day(1, 2), day(2, 0), day(3, 5)]), [2, 2, 7]);
        assert_eq!(area(&[2, 4], 4), "M0 160V80H500V0H1000V160Z");
        assert_eq!(area(&[], 4), "M0 160V160Z");
    }
}
