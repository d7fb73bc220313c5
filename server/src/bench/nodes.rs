//! One, two and three processes on one PostgreSQL, each of which takes any request, and how late one hears of another.

use super::flow::{self, Shop};
use super::ground::Ground;
use super::live::Subscribers;
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
    lines.push(heard_of_another(place, sizes).await?);
    Ok(lines)
}

/// Subscribers at one node of a conference that is changed at another.
async fn heard_of_another(place: &Place, sizes: Sizes) -> Result<Line, Failure> {
    let ground = Ground::make(Kind::Postgres, place).await?;
    let (followed, changed) = (Server::start(&ground).await?, Server::start(&ground).await?);
    let fairs = shop::open_many(changed.address, 1, flow::PRICE).await?;
    let count = sizes.subscribers / 10;
    let subscribers = Subscribers::of(&fairs[0], followed.address, count).await?;
    let name = format!("{count} subscribers at one node, changes at another");
    let line = subscribers.hear(name, &followed.watched(), changed.address, sizes.plan).await?;
    followed.stop().await?;
    changed.stop().await?;
    ground.remove().await?;
    Ok(line)
}
