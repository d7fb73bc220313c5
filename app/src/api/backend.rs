//! Where pages rendered on the server get what they show, in process and as the viewer may see it.

use async_trait::async_trait;
use plenary_shared::conference::{Conference, ConferenceSummary};
use plenary_shared::registration::{Assignments, Order};
use plenary_shared::waitlist::WaitListEntry;
use plenary_shared::{OrderId, Problem, WaitListEntryId};

/// The server as pages see it. It carries the viewer: without proof, orders come redacted.
///
/// Every method refuses as the HTTP call of the same purpose would, and its problem becomes the page.
#[async_trait]
pub trait Backend: Send + Sync {
    /// The published conferences, soonest first.
    ///
    /// # Errors
    ///
    /// When the server cannot answer.
    async fn conferences(&self) -> Result<Vec<ConferenceSummary>, Problem>;

    /// A published conference.
    ///
    /// # Errors
    ///
    /// 404 while there is none, with `redirect_url` where the organizer set one.
    async fn conference(&self, slug: &str) -> Result<Conference, Problem>;

    /// The conference of an order, whether it is published or not.
    ///
    /// # Errors
    ///
    /// When the server cannot answer.
    async fn conference_of(&self, order: &Order) -> Result<Conference, Problem>;

    /// A place on a wait list, as the viewer may see it.
    ///
    /// # Errors
    ///
    /// 404 when there is none.
    async fn wait_list_entry(&self, id: WaitListEntryId) -> Result<WaitListEntry, Problem>;

    /// An order as the viewer may see it.
    ///
    /// # Errors
    ///
    /// 404 when there is none.
    async fn order(&self, id: OrderId) -> Result<Order, Problem>;

    /// The seats of a confirmed order.
    ///
    /// # Errors
    ///
    /// 403 without proof, 404 when there is no such order, 409 before it is confirmed.
    async fn assignments(&self, id: OrderId) -> Result<Assignments, Problem>;
}
