//! Reads: what everybody asks for, from memory, and orders, from the database.

use std::net::SocketAddr;
use std::time::Instant;

use axum::http::header;

use super::client::{Client, Says};
use super::ground::Ground;
use super::measure::{AsyncWorker, Line, Pen, measure};
use super::process::Server;
use super::shop::{self, Buyer};
use super::{Failure, Sizes};

const CLIENTS: usize = 64;

pub async fn run(ground: &Ground, sizes: Sizes) -> Result<Vec<Line>, Failure> {
    let server = Server::start(ground).await?;
    let fairs = shop::open_many(server.address, 1, super::flow::PRICE).await?;
    let mut buyer = Buyer::at(server.address).await?;
    let order = buyer.place(&fairs[0], 2).await?;
    let path = format!("/api/conferences/{}", fairs[0].slug);
    let tag = buyer.client.get(&path, Says::default()).await?.expect(200)?;
    let tag = tag.header(header::ETAG).to_owned();
    let (none, brotli) = (None, Some(("accept-encoding", "br".to_owned())));
    let reads = [
        Read::new("conference JSON", &path, none.clone()),
        Read { status: 304, ..Read::new("conference JSON, unchanged", &path, Some(("if-none-match", tag))) },
        Read::new("conference page, brotli", &format!("/{}", fairs[0].slug), brotli),
        Read::new("conference page, plain", &format!("/{}", fairs[0].slug), none.clone()),
        Read {
            cookie: order.cookie.clone(),
            ..Read::new("order JSON", &format!("/api/orders/{}", order.id), none)
        },
    ];
    let mut lines = Vec::new();
    for read in reads {
        let line = Line::new(format!("{}, {CLIENTS} clients", read.name), "answers");
        let reader = |_| Reader { address: server.address, read: read.clone() };
        lines.push(measure(line, sizes.plan, &server.watched(), (0..CLIENTS).map(reader)).await?);
    }
    server.stop().await?;
    Ok(lines)
}

#[derive(Debug, Clone)]
struct Read {
    name: &'static str,
    path: String,
    header: Option<(&'static str, String)>,
    cookie: String,
    status: u16,
}

impl Read {
    fn new(name: &'static str, path: &str, header: Option<(&'static str, String)>) -> Self {
        Self { name, path: path.to_owned(), header, cookie: String::new(), status: 200 }
    }
}

#[derive(Debug)]
struct Reader {
    address: SocketAddr,
    read: Read,
}

impl AsyncWorker for Reader {
    async fn work(self, pen: Pen) -> Result<(), Failure> {
        let Self { address, read } = self;
        let mut client = Client::connect(address).await?;
        let header = read.header.as_ref().map(|(name, value)| (*name, value.as_str()));
        let says = Says { cookie: &read.cookie, header, ..Says::default() };
        while pen.going() {
            let since = Instant::now();
            client.get(&read.path, says).await?.expect(read.status)?;
            pen.step("answer", since);
            pen.done();
        }
        Ok(())
    }
}
