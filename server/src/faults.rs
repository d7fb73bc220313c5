//! Points at which the tests make the program fail, and bugs that they plant to see themselves fail.
//!
//! All of it is behind the feature `faults`, which only the tests of this package ask for: without it
//! [`fault_point!`](crate::fault_point) leaves nothing behind and [`planted!`](crate::planted) is `false`, and
//! `cargo xtask test` looks into the program that it built for browsers to see that no point is in it.

#[cfg(feature = "faults")]
mod plan;

#[cfg(feature = "faults")]
pub use plan::{Action, Bug, Fault, POINTS, REBUILD_POINTS};

/// What makes the points of one process fail. Nothing does unless a test says so.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    #[cfg(feature = "faults")]
    plan: std::sync::Arc<std::sync::Mutex<plan::Plan>>,
}

/// Names a place between two steps. A test may have the program die there, or the next step fail.
#[macro_export]
macro_rules! fault_point {
    ($faults:expr, $name:literal) => {
        #[cfg(feature = "faults")]
        {
            $faults.reach(concat!("fault point, ", $name))?;
        }
        #[cfg(not(feature = "faults"))]
        {
            let _ = &$faults;
        }
    };
}

/// Whether a test has planted this bug.
#[macro_export]
macro_rules! planted {
    ($faults:expr, $bug:ident) => {{
        #[cfg(feature = "faults")]
        let planted = $faults.has($crate::faults::Bug::$bug);
        #[cfg(not(feature = "faults"))]
        let planted = false;
        planted
    }};
}
