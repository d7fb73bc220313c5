//! Where rendered pages get what they show: in process, as the visitor may see it.

use std::sync::Arc;

use async_trait::async_trait;
use axum::http::HeaderMap;
use plenary_app::Backend;
use plenary_shared::conference::{Conference, ConferenceSummary};
use plenary_shared::registration::{Assignments, Order};
use plenary_shared::waitlist::WaitListEntry;
use plenary_shared::{OrderId, Problem, WaitListEntryId};

use crate::http::language::Reader;
use crate::http::problem::ApiError;
use crate::registration::http::Room;

/// Conferences on the front page; whoever looks for more searches.
const FRONT_PAGE: i64 = 100;

/// The sender of a request, and what she may see.
#[derive(Debug)]
pub struct Visitor {
    pub room: Arc<Room>,
    pub headers: HeaderMap,
    /// The language of the page, which is that of what is on it.
    pub reader: Reader,
}

#[async_trait]
impl Backend for Visitor {
    async fn conferences(&self) -> Result<Vec<ConferenceSummary>, Problem> {
        let page = self
            .room
            .queries
            .conferences("", None, (FRONT_PAGE, self.reader.0))
            .await
            .map_err(ApiError::from);
        Ok(page.map_err(ApiError::into_problem)?.items)
    }

    async fn conference(&self, slug: &str) -> Result<Conference, Problem> {
        let hot = self.room.published(slug).await.map_err(ApiError::into_problem)?;
        Ok(hot.for_reader(self.reader.0).clone())
    }

    async fn conference_of(&self, order: &Order) -> Result<Conference, Problem> {
        let hot = self.room.queries.conference_by_id(order.conference.id).await.map_err(ApiError::from);
        let hot = hot.map_err(ApiError::into_problem)?;
        hot.map(|hot| hot.for_reader(self.reader.0).clone())
            .ok_or_else(|| ApiError::not_found("This conference").into_problem())
    }

    async fn wait_list_entry(&self, id: WaitListEntryId) -> Result<WaitListEntry, Problem> {
        let entry = async {
            let view = self.room.entry_view(id).await?;
            let form = self.room.entry_form_for(&view, &self.headers, None);
            self.room.show_entry(&view, form, self.reader).await
        };
        entry.await.map_err(ApiError::into_problem)
    }

    async fn order(&self, id: OrderId) -> Result<Order, Problem> {
        let order = async {
            let view = self.room.order_view(id).await?;
            let form = self.room.form_for(&view, &self.headers);
            self.room.show(&view, form, self.reader).await
        };
        order.await.map_err(ApiError::into_problem)
    }

    async fn assignments(&self, id: OrderId) -> Result<Assignments, Problem> {
        let assignments = async {
            self.room.held_order(id, &self.headers).await?;
            self.room.show_assignments(&self.room.assignments(id).await?, self.reader).await
        };
        assignments.await.map_err(ApiError::into_problem)
    }
}
