//! One, two and three processes on one PostgreSQL, each of which takes any request.

use super::flow::{self, Shop};
use super::ground::Ground;
use super::measure::Line;
use super::process::{Server, Watched};
use super::shop::{self, Processor};
use super::{Failure, Place, Sizes};
use crate::db::Kind;

const CLIENTS: usize = 64;
const MOST: usize = 3;

pub async fn run(place: &Place, sizes: Sizes) -> Result<Vec<Line>, Failure> {
    let mut lines = Vec::new();
    for count in 1..=MOST {
        let ground = Ground::make(Kind::Postgres, place).await?;
        let mut servers = Vec::new();
        for _ in 0..count {
            servers.push(Server::start(&ground).await?);
        }
        let fairs = shop::open_many(servers[0].address, sizes.conferences, flow::PRICE).await?;
        let shop = Shop {
            addresses: servers.iter().map(|server| server.address).collect(),
            fairs: fairs.into(),
            processor: Processor::of(&ground).await?,
        };
        let line = Line::new(format!("{count} nodes, {CLIENTS} clients"), "orders");
        lines.push(flow::orders(line, sizes.plan, &Watched::all(&servers), &shop, CLIENTS).await?);
        for server in servers {
            server.stop().await?;
        }
        ground.remove().await?;
    }
    Ok(lines)
}
