//! Says what has become durable: to whoever follows, to the outbox, and to the senders, in this order.
//!
//! It is a task beside the writer, which carries out the next batch meanwhile. Everything goes out in the order of the
//! commits. The line is bounded by the mailbox: whatever stands in it is waited for by its sender.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use plenary_shared::Problem;
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::JoinHandle;

use super::mailbox::SendError;
use super::{AfterCommit, Error, Reply};
use crate::fault_point;
use crate::faults::Faults;

/// Where the answer to a command goes.
pub(super) type Sender = oneshot::Sender<Result<Reply, SendError>>;
/// A command's answer, if its batch commits.
pub(super) type Answer = Result<Reply, Box<Problem>>;

/// What follows from one commit.
pub(super) struct Announcement {
    pub after: Vec<AfterCommit>,
    /// Whether something was put into the outbox.
    pub wake_outbox: bool,
    pub answers: Vec<(Sender, Answer)>,
}

/// Whom to tell.
#[derive(Debug)]
pub(super) struct Announcer {
    pub outbox: Arc<Notify>,
    pub faults: Faults,
}

impl Announcer {
    /// Announces what it is sent until there are no more senders.
    pub fn start(self) -> (mpsc::UnboundedSender<Announcement>, JoinHandle<()>) {
        let (sender, mut announcements) = mpsc::unbounded_channel();
        let task = tokio::spawn(async move {
            while let Some(announcement) = announcements.recv().await {
                let announced = catch_unwind(AssertUnwindSafe(|| self.announce(announcement)));
                // Those who got no answer may send again, under the same id, and are told what has become of it.
                if let Err(error) = announced.unwrap_or(Err(Error::Panicked)) {
                    tracing::error!(?error, "what is durable could not be announced: {error}");
                }
            }
        });
        (sender, task)
    }

    #[cfg_attr(
        not(feature = "faults"),
        expect(clippy::unnecessary_wraps, reason = "fault points return errors")
    )]
    fn announce(&self, announcement: Announcement) -> Result<(), Error> {
        let Announcement { after, wake_outbox, answers } = announcement;
        for then in after {
            then();
        }
        fault_point!(self.faults, "mailbox: published");
        if wake_outbox {
            self.outbox.notify_one();
        }
        fault_point!(self.faults, "mailbox: answering");
        for (sender, answer) in answers {
            // Whoever asked may have gone; the effect stays.
            let _ = sender.send(answer.map_err(SendError::Refused));
        }
        Ok(())
    }
}
