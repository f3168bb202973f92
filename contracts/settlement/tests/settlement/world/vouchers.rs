//! Vouchers as a payer signs them.

use cosmwasm_std::Binary;
use k256::ecdsa::signature::hazmat::PrehashSigner;
use k256::ecdsa::{Signature, SigningKey};
use protocol::settlement::SignedVoucher;
use protocol::{ChannelId, Epoch, Hash32};
use rules::hash::Domain;
use rules::payment::Voucher;

use super::World;

impl World {
    pub fn voucher_key(&self) -> Binary {
        let point = self.key.verifying_key().to_encoded_point(true);
        Binary::from(point.as_bytes())
    }

    pub fn domain(&self) -> Domain {
        Domain { chain_id: "test-1".to_owned(), contract: self.settlement.to_string() }
    }

    pub fn voucher(&self, channel: ChannelId, epoch: u64, cumulative: u128) -> SignedVoucher {
        self.voucher_in(&self.domain(), &self.key, channel, epoch, cumulative)
    }

    pub fn voucher_in(
        &self,
        domain: &Domain,
        key: &SigningKey,
        channel: ChannelId,
        epoch: u64,
        cumulative: u128,
    ) -> SignedVoucher {
        let head = rules::payment::output_hash(&cumulative.to_be_bytes());
        let voucher = Voucher { channel: channel.get(), epoch, cumulative, head };
        let signature: Signature = key.sign_prehash(&voucher.digest(domain)).unwrap();
        SignedVoucher {
            channel,
            epoch: Epoch(epoch),
            cumulative: cumulative.into(),
            head: Hash32(head),
            signature: signature.to_vec().into(),
        }
    }
}
