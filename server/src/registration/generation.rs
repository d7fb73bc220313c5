//! Notices that a rebuild has mended derived rows, and forgets what was made of them in this process.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::live::Live;
use super::queries::Queries;

/// How often a process looks. A rebuild that mends something is rare, and looking costs one row.
const INTERVAL: Duration = Duration::from_secs(1);

/// Looks until `stop` is set.
pub async fn watch(queries: Queries, mut stop: watch::Receiver<bool>) {
    let mut known = None;
    // A batch that had read a row before it was mended may be published after the first time.
    let mut once_more = false;
    loop {
        match queries.generation().await {
            Ok(generation) => {
                let moved = known.is_some_and(|known| known != generation);
                if moved || once_more {
                    forget(&queries.live, moved);
                }
                once_more = moved;
                known = Some(generation);
            }
            Err(error) => tracing::warn!(%error, "it is not known whether read models were mended"),
        }
        tokio::select! {
            () = tokio::time::sleep(INTERVAL) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

fn forget(live: &Arc<Live>, moved: bool) {
    if moved {
        tracing::info!("read models were mended: live streams begin again");
    }
    live.forget();
}
