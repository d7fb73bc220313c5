//! Where rendered pages get what they show: in process, as the visitor may see it.

use std::sync::Arc;

use async_trait::async_trait;
use axum::http::HeaderMap;
use plenary_app::Backend;
use plenary_shared::conference::{Conference, ConferenceSummary};
use plenary_shared::registration::{Assignments, Order};
use plenary_shared::waitlist::WaitListEntry;
use plenary_shared::{OrderId, Problem, WaitListEntryId};

use crate::http::problem::ApiError;
use crate::registration::http::Room;

/// Conferences on the front page; whoever looks for more searches.
const FRONT_PAGE: i64 = 100;

/// The sender of a request, and what she may see.
#[derive(Debug)]
pub struct Visitor {
    pub room: Arc<Room>,
    pub headers: HeaderMap,
}

#[async_trait]
impl Backend for Visitor {
    async fn conferences(&self) -> Result<Vec<ConferenceSummary>, Problem> {
        let page = self.room.queries.conferences("", None, FRONT_PAGE).await.map_err(ApiError::from);
        Ok(page.map_err(ApiError::into_problem)?.items)
    }

    async fn conference(&self, slug: &str) -> Result<Conference, Problem> {
        let hot = self.room.published(slug).await.map_err(ApiError::into_problem)?;
        Ok(hot.conference.clone())
    }

    async fn conference_of(&self, order: &Order) -> Result<Conference, Problem> {
        let hot = self.room.queries.conference_by_id(order.conference.id).await.map_err(ApiError::from);
        let hot = hot.map_err(ApiError::into_problem)?;
        hot.map(|hot| hot.conference.clone())
            .ok_or_else(|| ApiError::not_found("This conference").into_problem())
    }

    async fn wait_list_entry(&self, id: WaitListEntryId) -> Result<WaitListEntry, Problem> {
        let entry = async {
            let view = self.room.entry_view(id).await?;
            let form = self.room.entry_form_for(&view, &self.headers, None);
            self.room.show_entry(&view, form).await
        };
        entry.await.map_err(ApiError::into_problem)
    }

    async fn order(&self, id: OrderId) -> Result<Order, Problem> {
        let order = async {
            let view = self.room.order_view(id).await?;
            let form = self.room.form_for(&view, &self.headers);
            self.room.show(&view, form).await
        };
        order.await.map_err(ApiError::into_problem)
    }

    async fn assignments(&self, id: OrderId) -> Result<Assignments, Problem> {
        let assignments = async {
            self.room.held_order(id, &self.headers).await?;
            Ok(self.room.assignments(id).await?.to_assignments())
        };
        assignments.await.map_err(ApiError::into_problem)
    }
}
