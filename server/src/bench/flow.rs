//! Whole orders over HTTP: the conference's data, reserve, register, pay, confirmed seen on the live stream.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::ground::Ground;
use super::measure::{AsyncWorker, Line, Pen, Plan, float, measure};
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
            let line = Line::new(name(clients, fairs.len()), "orders").figure("idle RSS, MiB", idle);
            lines.push(orders(line, sizes.plan, &server.watched(), &shop, clients).await?);
        }
    }
    let most =
        lines.iter().filter(|line| line.name == name(HALF, fairs.len())).map(Line::rate).fold(0.0, f64::max);
    if most > 0.0 {
        let shop = Shop { addresses: Arc::from([server.address]), fairs, processor };
        let each = Duration::from_secs_f64(f64::from(u32::try_from(HALF)?) * 2.0 / most);
        let line = Line::new(format!("{HALF} clients at half of that load"), "orders");
        lines.push(orders_every(line, sizes.plan, &server.watched(), (&shop, each), HALF).await?);
    }
    server.stop().await?;
    Ok(lines)
}

/// Clients that are measured at half the load that they can make, too.
const HALF: usize = 64;

fn name(clients: usize, conferences: usize) -> String {
    format!("{clients} clients, {conferences} conferences")
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
    orders_every(line, plan, watched, (shop, Duration::ZERO), clients).await
}

/// As [`orders`], where each client begins an order so often and no more.
async fn orders_every(
    line: Line,
    plan: Plan,
    watched: &Watched,
    (shop, every): (&Shop, Duration),
    clients: usize,
) -> Result<Line, Failure> {
    let workers = (0..clients).map(|index| Customer { shop: shop.clone(), index, clients, every });
    measure(line, plan, watched, workers).await
}

#[derive(Debug)]
struct Customer {
    shop: Shop,
    index: usize,
    clients: usize,
    every: Duration,
}

impl AsyncWorker for Customer {
    async fn work(self, pen: Pen) -> Result<(), Failure> {
        let Self { shop, index, clients, every } = self;
        let mut buyer = Buyer::at(shop.addresses[index % shop.addresses.len()]).await?;
        let turns = (index..).take_while(|_| pen.going());
        // One after the other, not all at once.
        let mut next = Instant::now() + every.mul_f64(float(index as u64) / float(clients as u64));
        for turn in turns {
            if !every.is_zero() {
                tokio::time::sleep_until(next.into()).await;
                next += every;
            }
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
