//! What is to fail, and what has been passed.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;
use std::sync::MutexGuard;

use super::Faults;

/// Every point, in the order in which a paid order passes them. What each name says has just been done.
pub const POINTS: [&str; 36] = [
    "fault point, mailbox: begun",
    "fault point, mailbox: heads taken",
    "fault point, mailbox: records found",
    "fault point, mailbox: claimed",
    "fault point, mailbox: command run",
    "fault point, mailbox: reacted",
    "fault point, mailbox: decided",
    "fault point, mailbox: processes staged",
    "fault point, mailbox: outbox staged",
    "fault point, mailbox: marked",
    "fault point, mailbox: keys made",
    "fault point, mailbox: staged",
    "fault point, mailbox: projected",
    "fault point, mailbox: written",
    "fault point, mailbox: committed",
    "fault point, mailbox: published",
    "fault point, mailbox: answering",
    "fault point, process: received",
    "fault point, process: state saved",
    "fault point, process: carried out",
    "fault point, process: done",
    "fault point, payment: entered",
    "fault point, payment: saved",
    "fault point, processor: decided",
    "fault point, processor: committed",
    "fault point, outbox: waiting",
    "fault point, outbox: claiming",
    "fault point, outbox: claimed",
    "fault point, outbox: delivered",
    "fault point, outbox: settling",
    "fault point, outbox: settled",
    "fault point, inbox: verified",
    "fault point, inbox: located",
    "fault point, inbox: received",
    "fault point, inbox: handled",
    "fault point, timer: read",
];

/// The points of a rebuild. No order passes them.
pub const REBUILD_POINTS: [&str; 4] = [
    "fault point, rebuild: filled",
    "fault point, rebuild: compared",
    "fault point, rebuild: replaced",
    "fault point, rebuild: committed",
];

fn is_point(name: &str) -> bool {
    POINTS.contains(&name) || REBUILD_POINTS.contains(&name)
}

/// What happens at a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// The process is gone at once; nothing is tidied up.
    Kill,
    /// The database seems to fail, so many times.
    Error { times: u32 },
}

/// Something that is to happen when a point is passed for the `nth` time from now, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub point: String,
    pub action: Action,
    pub nth: u32,
}

/// A bug that a test must find.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Bug {
    /// A reaction that fails is passed over, and its event counts as handled.
    DropsFailedReactions,
    /// A process' state is committed before what it decided.
    SavesStateApart,
    /// A command is marked as carried out before its effect is committed.
    MarksBeforeTheEffect,
    /// What was carried out is not marked.
    ForgetsCommands,
    /// A message of the outbox counts as delivered before it is.
    SettlesBeforeDelivering,
    /// A callback is answered before it is stored.
    AnswersBeforeStoring,
    /// Timers are remembered and not stored.
    RemembersTimersOnly,
    /// A payment that completes after its order has ended is an error.
    DropsLatePayments,
}

#[derive(Debug, Default)]
pub(super) struct Plan {
    faults: Vec<Fault>,
    bugs: BTreeSet<Bug>,
    passed: BTreeMap<&'static str, u32>,
    struck: u32,
}

impl Faults {
    /// With this bug planted.
    #[must_use]
    pub fn with(bug: Bug) -> Self {
        let faults = Self::default();
        faults.plan().bugs.insert(bug);
        faults
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().expect("no holder of this lock panics")
    }

    /// Has something happen.
    pub fn arm(&self, fault: Fault) {
        assert!(is_point(&fault.point), "there is no point {}", fault.point);
        self.plan().faults.push(fault);
    }

    /// Has nothing happen any more. Gives how often something has happened since it was armed.
    pub fn disarm(&self) -> u32 {
        let mut plan = self.plan();
        plan.faults.clear();
        std::mem::take(&mut plan.struck)
    }

    /// Whether something has happened since it was armed.
    pub fn has_struck(&self) -> bool {
        self.plan().struck > 0
    }

    /// The points that have been passed.
    pub fn passed(&self) -> Vec<&'static str> {
        self.plan().passed.keys().copied().collect()
    }

    /// Whether this bug is planted.
    pub fn has(&self, bug: Bug) -> bool {
        self.plan().bugs.contains(&bug)
    }

    /// Passes a point.
    ///
    /// # Errors
    ///
    /// When a test wants it.
    pub fn reach(&self, point: &'static str) -> sqlx::Result<()> {
        assert!(is_point(point), "{point} is not in the list of points");
        let mut plan = self.plan();
        *plan.passed.entry(point).or_default() += 1;
        let Some(index) = plan.faults.iter().position(|fault| fault.point == point) else { return Ok(()) };
        let fault = &mut plan.faults[index];
        if fault.nth > 1 {
            fault.nth -= 1;
            return Ok(());
        }
        match &mut fault.action {
            Action::Kill => std::process::abort(),
            Action::Error { times } => {
                *times -= 1;
                if *times == 0 {
                    plan.faults.remove(index);
                }
            }
        }
        plan.struck += 1;
        Err(sqlx::Error::Protocol(format!("a test has it fail at {point}")))
    }
}

/// `<point>=kill@<nth>` or `<point>=error*<times>@<nth>`, as a test gives it to a process of its own.
impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parse = || {
            let (point, rest) = text.split_once('=')?;
            let (action, nth) = rest.split_once('@')?;
            let action = match action.split_once('*') {
                None if action == "kill" => Action::Kill,
                Some(("error", times)) => Action::Error { times: times.parse().ok()? },
                _ => return None,
            };
            Some(Self { point: point.to_owned(), action, nth: nth.parse().ok()? })
        };
        parse().ok_or_else(|| format!("{text} is no fault"))
    }
}
