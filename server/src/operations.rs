//! What the operator asks: alive, ready, how much.

use std::fmt::Write as _;
use std::sync::atomic::Ordering;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::db::Db;
use crate::eventstore::{self, Shard};
use crate::messaging::{Mailbox, outbox};

#[derive(Debug, Clone)]
struct Operator {
    db: Db,
    mailbox: Mailbox,
}

pub fn routes(db: Db, mailbox: Mailbox) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .with_state(Operator { db, mailbox })
}

/// `GET /readyz`: the store can be reached and the log is there.
async fn ready(State(operator): State<Operator>) -> Response {
    let head = async {
        let mut reader = operator.db.read().await?;
        eventstore::head(reader.conn(), Shard(0)).await
    };
    match head.await {
        Ok(_) => "ready\n".into_response(),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the database cannot be reached\n").into_response()
        }
    }
}

/// How many messages wait, and how many were given up. A database that cannot be reached hides no other figure.
async fn outbox_figures(db: &Db) -> (i64, i64) {
    let figures = async { outbox::figures(db.read().await?.conn()).await };
    figures.await.unwrap_or_else(|error| {
        tracing::warn!(%error, "the outbox could not be counted");
        (-1, -1)
    })
}

/// `GET /metrics`: Prometheus text.
async fn metrics(State(operator): State<Operator>) -> Response {
    let statistics = &operator.mailbox.statistics;
    let counters = [
        ("commands_total", "Commands carried out or refused.", &statistics.commands),
        ("refusals_total", "Commands that a rule forbade.", &statistics.refusals),
        ("turned_away_total", "Commands whose sender was told to come back.", &statistics.turned_away),
        ("batches_total", "Transactions that carried out commands.", &statistics.batches),
        ("failed_batches_total", "Transactions that were given up.", &statistics.failed_batches),
        ("events_total", "Events recorded by this process.", &statistics.events),
    ];
    let mut text = String::new();
    for (name, help, counter) in counters {
        let value = counter.load(Ordering::Relaxed);
        let _ = writeln!(
            text,
            "# HELP plenary_{name} {help}\n# TYPE plenary_{name} counter\nplenary_{name} {value}"
        );
    }
    let waiting = operator.mailbox.waiting();
    let (in_outbox, parked) = outbox_figures(&operator.db).await;
    let last = statistics.last_commit_s.load(Ordering::Relaxed);
    let gauges = [
        (
            "commands_waiting",
            "Commands that wait in the mailbox.",
            i64::try_from(waiting).unwrap_or(i64::MAX),
        ),
        ("last_commit_timestamp_seconds", "When something was last committed.", last),
        ("outbox_waiting", "Messages that wait to be delivered; -1 when that is not known.", in_outbox),
        ("outbox_parked", "Messages that were given up; -1 when that is not known.", parked),
    ];
    for (name, help, value) in gauges {
        let _ = writeln!(
            text,
            "# HELP plenary_{name} {help}\n# TYPE plenary_{name} gauge\nplenary_{name} {value}"
        );
    }
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}
