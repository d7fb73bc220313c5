//! The address that a request comes from, seen through the proxies that we trust and no others.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// A network in front of us, `10.0.0.0/8` or a single address, whose word on where a request comes from is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrustedProxy {
    network: IpAddr,
    prefix_bits: u32,
}

/// The text is no address and no network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an address like 10.0.0.1 or a network like 10.0.0.0/8 is expected")]
pub struct NotANetwork;

impl FromStr for TrustedProxy {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        let (address, prefix) = text.split_once('/').map_or((text, None), |(it, bits)| (it, Some(bits)));
        let network: IpAddr = address.trim().parse().map_err(|_| NotANetwork)?;
        let longest = if network.is_ipv4() { 32 } else { 128 };
        let prefix_bits = prefix.map_or(Ok(longest), |bits| bits.trim().parse().map_err(|_| NotANetwork))?;
        if prefix_bits > longest {
            return Err(NotANetwork);
        }
        Ok(Self { network, prefix_bits })
    }
}

impl TrustedProxy {
    fn contains(self, address: IpAddr) -> bool {
        match (self.network, address) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let apart = u32::from(network) ^ u32::from(address);
                apart.leading_zeros() >= self.prefix_bits
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let apart = u128::from(network) ^ u128::from(address);
                apart.leading_zeros() >= self.prefix_bits
            }
            _ => false,
        }
    }
}

/// The trusted proxies, as an extension of every request. Without it none is trusted.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(pub Arc<[TrustedProxy]>);

impl TrustedProxies {
    /// Whether an address, in its canonical form, is one of them.
    pub fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|proxy| proxy.contains(address))
    }

    /// The nearest address on the way here that is no trusted proxy.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer;
        // Every proxy adds the address that it was called from at the end; what stands before the first stranger is
        // hearsay.
        for hop in headers.get_all(&FORWARDED_FOR).iter().rev() {
            for hop in hop.to_str().unwrap_or_default().rsplit(',') {
                if !self.trusts(client) {
                    return client;
                }
                let Ok(address) = hop.trim().parse::<IpAddr>() else { return client };
                client = address.to_canonical();
            }
        }
        client
    }
}

/// Where a request comes from. Requests without a connection, as tests send them in process, come from this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

impl<S: Send + Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |peer| peer.0.ip().to_canonical());
        let proxies = parts.extensions.get::<TrustedProxies>().cloned().unwrap_or_default();
        Ok(Self(proxies.client(peer, &parts.headers)))
    }
}

impl ClientAddress {
    /// What stands for one guest of the network: an address of version 4, or the /64 that one of version 6 is in,
    /// of which a single machine can have every address.
    pub fn subject(self) -> String {
        match self.0 {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => Ipv6Addr::from(u128::from(address) >> 64 << 64).to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn client(trusted: &[&str], peer: &str, forwarded: &[&'static str]) -> String {
        let proxies: Vec<_> = trusted.iter().map(|text| text.parse::<TrustedProxy>().unwrap()).collect();
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append(FORWARDED_FOR, HeaderValue::from_static(line));
        }
        TrustedProxies(proxies.into()).client(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        let cases: [(&[&str], &str, &[&'static str], &str); 7] = [
            (&[], "1.1.1.1", &["2.2.2.2"], "1.1.1.1"),
            (&["10.0.0.0/8"], "1.1.1.1", &["2.2.2.2"], "1.1.1.1"),
            (&["10.0.0.0/8"], "10.1.2.3", &["2.2.2.2"], "2.2.2.2"),
            (&["10.0.0.0/8"], "10.1.2.3", &["6.6.6.6, 2.2.2.2, 10.9.9.9"], "2.2.2.2"),
            (&["10.0.0.0/8"], "10.1.2.3", &["6.6.6.6", "2.2.2.2"], "2.2.2.2"),
            (&["10.0.0.1"], "10.0.0.1", &["garbage"], "10.0.0.1"),
            (&["::1"], "::1", &["2001:db8::7"], "2001:db8::7"),
        ];
        for (trusted, peer, forwarded, expected) in cases {
            assert_eq!(client(trusted, peer, forwarded), expected, "{trusted:?} {peer} {forwarded:?}");
        }
    }

    #[test]
    fn a_network_has_a_prefix_that_fits() {
        for bad in ["", "x", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1"] {
            assert_eq!(bad.parse::<TrustedProxy>(), Err(NotANetwork), "{bad}");
        }
    }

    #[test]
    fn one_machine_cannot_pass_for_many_by_its_own_network() {
        let subject = |text: &str| ClientAddress(text.parse().unwrap()).subject();
        assert_eq!(subject("2001:db8::1"), subject("2001:db8::2"));
        assert_ne!(subject("192.0.2.1"), subject("192.0.2.2"));
    }
}
