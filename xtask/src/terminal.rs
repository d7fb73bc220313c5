//! What is said while something takes long.

use std::fmt;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;

/// Silence longer than this looks like a hang.
const REMINDER: Duration = Duration::from_secs(15);

/// Announces a phase, runs it, and says how long it took; in between, that it is still running.
pub fn phase<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    println!("==> {name}");
    let started = Instant::now();
    let (finished, waiting) = channel::<()>();
    let outcome = thread::scope(|scope| {
        scope.spawn(move || {
            while waiting.recv_timeout(REMINDER) == Err(RecvTimeoutError::Timeout) {
                println!("    … {name}: {} so far", Elapsed(started.elapsed()));
            }
        });
        let outcome = work();
        drop(finished);
        outcome
    });
    let verb = if outcome.is_ok() { "done in" } else { "FAILED after" };
    println!("==> {name}: {verb} {}", Elapsed(started.elapsed()));
    outcome
}

/// A duration for people: `4.2 s`, `2 min 05 s`.
#[derive(Debug, Clone, Copy)]
pub struct Elapsed(pub Duration);

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        let text = if seconds < 60 {
            format!("{:.1} s", self.0.as_secs_f64())
        } else {
            format!("{} min {:02} s", seconds / 60, seconds % 60)
        };
        f.pad(&text)
    }
}

/// A size for people: `143.2 KB` of 1000 bytes each, as browsers count.
#[derive(Debug, Clone, Copy)]
pub struct Size(pub u64);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths_of_kb = self.0.div_ceil(100);
        let text = if tenths_of_kb < 10_000 {
            format!("{}.{} KB", tenths_of_kb / 10, tenths_of_kb % 10)
        } else {
            format!("{}.{} MB", tenths_of_kb / 10_000, tenths_of_kb % 10_000 / 1000)
        };
        f.pad(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_sizes_read_well() {
        assert_eq!(Elapsed(Duration::from_millis(4_240)).to_string(), "4.2 s");
        assert_eq!(Elapsed(Duration::from_secs(125)).to_string(), "2 min 05 s");
        assert_eq!(Size(143_180).to_string(), "143.2 KB");
        assert_eq!(Size(12_340_000).to_string(), "12.3 MB");
    }
}
