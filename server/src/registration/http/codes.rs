//! Promotional codes as they are named: what they would take off, and how often one may name a wrong one.

use std::future::Future;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use plenary_shared::Problem;
use plenary_shared::format::Locale;
use plenary_shared::registration::{Quote, QuoteLine, QuoteRequest};

use super::Room;
use crate::http::client_address::ClientAddress;
use crate::http::input::{JsonBody, PathId};
use crate::http::language::Reader;
use crate::http::problem::ApiError;
use crate::registration::live::HotConference;
use crate::registration::order::{self, OrderedSeat};
use crate::registration::problems::invalid_input;
use crate::registration::promo_codes::{self, Chosen};

impl Room {
    /// Has something done that names promotional codes. Whoever names too many that are not known, or not active, has to
    /// wait before naming any again.
    ///
    /// # Errors
    ///
    /// As `done`; [`ApiError::SlowDown`] for whoever has to wait.
    pub(super) async fn naming_codes<T>(
        &self,
        conference: &HotConference,
        address: ClientAddress,
        codes: &[String],
        done: impl Future<Output = Result<T, ApiError>>,
    ) -> Result<T, ApiError> {
        if codes.is_empty() {
            return done.await;
        }
        let naming = async {
            let turn = self.guesses.turn(conference.view.id, address).await?;
            if promo_codes::all_known(codes, &conference.view.catalogue.promo_codes) {
                drop(turn);
                return done.await;
            }
            let done = done.await;
            if let Err(ApiError::Problem(problem)) = &done
                && promo_codes::is_guess(&problem.errors)
            {
                turn.failed().await?;
            }
            done
        };
        // Boxed: else every order would have room for what only those take that name codes.
        Box::pin(naming).await
    }
}

/// `POST /api/conferences/{slug}/quote`
pub(super) async fn quote(
    State(room): State<Arc<Room>>,
    PathId(slug): PathId<String>,
    address: ClientAddress,
    Reader(reader): Reader,
    JsonBody { value, .. }: JsonBody<QuoteRequest>,
) -> Result<Json<Quote>, ApiError> {
    let hot = room.published(&slug).await?;
    let quoted = async { Ok(price(&hot, &value, reader)?) };
    Ok(Json(room.naming_codes(&hot, address, &value.promo_codes, quoted).await?))
}

fn price(hot: &HotConference, request: &QuoteRequest, reader: Option<Locale>) -> Result<Quote, Problem> {
    let catalogue = &hot.view.catalogue;
    let seats = catalogue.order(&request.seats).map_err(invalid_input)?;
    let chosen = promo_codes::choose(&request.promo_codes, &catalogue.promo_codes, &[], &seats);
    let chosen = chosen.and_then(|chosen| with_uses_left(chosen, hot)).map_err(invalid_input)?;
    let codes: Vec<_> = chosen.into_iter().map(|it| it.code).collect();
    let totals = order::price(&seats, &codes, catalogue.currency());
    let line = |(line, seat): (&order::OrderLine, &OrderedSeat)| QuoteLine {
        seat_type_id: line.seat_type_id,
        name: catalogue.name_for(reader, seat.seat_type_id, &seat.name).to_owned(),
        quantity: line.quantity,
        unit_price: line.unit_price,
        line_total: line.line_total,
    };
    let lines = totals.lines.iter().zip(&seats).map(line).collect();
    Ok(Quote { lines, discounts: totals.discounts, total: totals.total })
}

/// As far as is known at this moment; the order itself asks whoever counts.
fn with_uses_left(
    chosen: Vec<Chosen>,
    hot: &HotConference,
) -> Result<Vec<Chosen>, Vec<plenary_shared::FieldError>> {
    let uses = |it: &Chosen| hot.view.code_uses.get(&it.code.promo_code_id).copied().unwrap_or(0);
    let used_up = |it: &&Chosen| it.max_uses.is_some_and(|most| uses(it) >= most);
    let errors: Vec<_> = chosen.iter().filter(used_up).map(Chosen::used_up).collect();
    if errors.is_empty() { Ok(chosen) } else { Err(errors) }
}
