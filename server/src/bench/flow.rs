//! Whole orders over HTTP: the conference's data, reserve, register, pay, confirmed seen on the live stream.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use super::ground::Ground;
use super::measure::{AsyncWorker, Line, Pen, Plan, measure};
use super::process::{Server, Watched};
use super::shop::{self, Buyer, Fair, Processor};
use super::{Failure, Sizes};

/// In minor units.
pub const PRICE: i64 = 19_900;

pub async fn run(ground: &Ground, sizes: Sizes) -> Result<Vec<Line>, Failure> {
    let server = Server::start(ground).await?;
    let idle = server.watched().rss_mib().unwrap_or(0.0);
    let fairs: Arc<[Fair]> = shop::open_many(server.address, sizes.conferences, PRICE).await?.into();
    let processor = Processor::of(ground).await?;
    let one: Arc<[Fair]> = Arc::from(&fairs[..1]);
    let mut lines = Vec::new();
    for &clients in sizes.clients {
        for fairs in [&fairs, &one] {
            let shop = Shop {
                addresses: Arc::from([server.address]),
                fairs: Arc::clone(fairs),
                processor: processor.clone(),
            };
            let name = format!("{clients} clients, {} conferences", fairs.len());
            let line = Line::new(name, "orders").figure("idle RSS, MiB", idle);
            lines.push(orders(line, sizes.plan, &server.watched(), &shop, clients).await?);
        }
    }
    server.stop().await?;
    Ok(lines)
}

/// Where orders are placed, and what is bought there.
#[derive(Debug, Clone)]
pub struct Shop {
    pub addresses: Arc<[SocketAddr]>,
    pub fairs: Arc<[Fair]>,
    pub processor: Processor,
}

/// Has so many clients place and pay orders, one after the other.
pub async fn orders(
    line: Line,
    plan: Plan,
    watched: &Watched,
    shop: &Shop,
    clients: usize,
) -> Result<Line, Failure> {
    let workers = (0..clients).map(|index| Customer { shop: shop.clone(), index });
    measure(line, plan, watched, workers).await
}

#[derive(Debug)]
struct Customer {
    shop: Shop,
    index: usize,
}

impl AsyncWorker for Customer {
    async fn work(self, pen: Pen) -> Result<(), Failure> {
        let Self { shop, index } = self;
        let mut buyer = Buyer::at(shop.addresses[index % shop.addresses.len()]).await?;
        let turns = (index..).take_while(|_| pen.going());
        for turn in turns {
            let fair = &shop.fairs[turn % shop.fairs.len()];
            order(&mut buyer, fair, &shop.processor, &pen).await?;
        }
        Ok(())
    }
}

async fn order(buyer: &mut Buyer, fair: &Fair, processor: &Processor, pen: &Pen) -> Result<(), Failure> {
    let whole = Instant::now();
    buyer.look(fair).await?;
    let since = Instant::now();
    let order = buyer.place(fair, 2).await?;
    pen.step("reserve", since);
    let since = Instant::now();
    buyer.register(&order).await?;
    pen.step("register", since);
    let since = Instant::now();
    let payment = buyer.start_payment(&order).await?;
    pen.step("start payment", since);
    let since = Instant::now();
    buyer.see_confirmed(&order, payment, processor).await?;
    pen.step("pay, and confirmed seen", since);
    pen.step("whole order", whole);
    pen.done();
    Ok(())
}
