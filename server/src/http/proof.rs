//! Proofs in links: what a letter carries so that its addressee need not type a code.
//!
//! A proof names one thing and is signed; whoever has it becomes a holder of that thing and is sent on to the address
//! without it, so that no proof stays in an address bar, a history or a log.

use plenary_shared::{OrderId, WaitListEntryId};

use super::holder::unhex;
use super::secrets::{Purpose, Secrets};
use crate::messaging::hex;

/// Bytes of a signature.
const LENGTH: usize = 32;

/// What a link can prove.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proven {
    /// To be the registrant of an order, or whoever it is offered to.
    Order(OrderId),
    /// To be whoever waits.
    WaitListEntry(WaitListEntryId),
}

impl Proven {
    fn message(self) -> Vec<u8> {
        let (kind, id) = match self {
            Self::Order(id) => ("order", id.0),
            Self::WaitListEntry(id) => ("waitlist", id.0),
        };
        [kind.as_bytes(), b":", id.as_bytes()].concat()
    }

    /// What the link carries as `?proof=`: 64 hexadecimal digits.
    pub fn proof(self, secrets: &Secrets) -> String {
        hex(&secrets.sign(Purpose::Link, &self.message()))
    }

    /// Whether `proof` proves it.
    pub fn is_proven_by(self, proof: &str, secrets: &Secrets) -> bool {
        unhex::<LENGTH>(proof).is_some_and(|proof| secrets.verify(Purpose::Link, &self.message(), &proof))
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::clock::Entropy;
    use crate::testing;

    #[tokio::test]
    async fn a_proof_is_good_for_one_thing() {
        let it = testing::sqlite().await;
        let secrets = Secrets::open(&it.db, Entropy).await.unwrap();
        let id = Uuid::from_u128(1);
        let order = Proven::Order(OrderId(id));
        let proof = order.proof(&secrets);
        assert_eq!(proof.len(), 2 * LENGTH);
        assert!(order.is_proven_by(&proof, &secrets));
        assert!(!Proven::WaitListEntry(WaitListEntryId(id)).is_proven_by(&proof, &secrets));
        assert!(!Proven::Order(OrderId(Uuid::from_u128(2))).is_proven_by(&proof, &secrets));
        for bad in ["", "0", &proof[1..], &proof[2..], &proof.replace(&proof[..1], "x")] {
            assert!(!order.is_proven_by(bad, &secrets), "{bad}");
        }
    }
}
