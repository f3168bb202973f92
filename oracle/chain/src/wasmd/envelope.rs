//! A transaction around its messages: built, and signed in the direct mode.

use cosmrs::proto::{
    cosmos::{
        base::v1beta1::Coin,
        crypto::secp256k1::PubKey,
        tx::{
            signing::v1beta1::SignMode,
            v1beta1::{
                AuthInfo, Fee, ModeInfo, SignDoc, SignerInfo, TxBody, TxRaw,
                mode_info::{Single, Sum},
            },
        },
    },
    traits::Message as _,
};
use protocol::Hash32;

use super::{
    hash,
    messages::{Batch, any},
    writer::Account,
};
use crate::Signer;

/// What a transaction may cost.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Cost {
    pub gas: u64,
    pub fee: Option<Coin>,
}

/// A transaction ready to be offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Signed {
    pub bytes: Vec<u8>,
    pub hash: Hash32,
    /// The latest block when it was signed.
    pub signed_at: u64,
    /// The last block that it can be in.
    pub timeout_height: u64,
}

/// A transaction before it is signed.
#[derive(Clone, Debug)]
pub(crate) struct Envelope<'a> {
    pub chain_id: &'a str,
    pub signer: &'a Signer,
    pub account: Account,
    pub batch: &'a Batch,
    pub signed_at: u64,
    pub timeout_height: u64,
}

impl Envelope<'_> {
    /// As it is simulated: with a signature of zeros, which a simulation does not look at, but for its size.
    pub(crate) fn unsigned(&self, cost: Cost) -> Vec<u8> {
        let (body, auth) = (self.body(), self.auth(cost));
        TxRaw { body_bytes: body, auth_info_bytes: auth, signatures: vec![vec![0; 64]] }.encode_to_vec()
    }

    /// Signed, for at most this cost.
    pub(crate) fn sign(&self, cost: Cost) -> Signed {
        let (body, auth) = (self.body(), self.auth(cost));
        let document = SignDoc {
            body_bytes: body.clone(),
            auth_info_bytes: auth.clone(),
            chain_id: self.chain_id.to_owned(),
            account_number: self.account.number,
        };
        let signature = self.signer.sign_transaction(&document.encode_to_vec());
        let bytes = TxRaw { body_bytes: body, auth_info_bytes: auth, signatures: vec![signature] }.encode_to_vec();
        Signed { hash: hash(&bytes), bytes, signed_at: self.signed_at, timeout_height: self.timeout_height }
    }

    fn body(&self) -> Vec<u8> {
        let body =
            TxBody { messages: self.batch.messages.clone(), timeout_height: self.timeout_height, ..TxBody::default() };
        body.encode_to_vec()
    }

    fn auth(&self, cost: Cost) -> Vec<u8> {
        let direct = ModeInfo { sum: Some(Sum::Single(Single { mode: SignMode::Direct.into() })) };
        let signer = SignerInfo {
            public_key: Some(any(&PubKey { key: self.signer.public_key() })),
            mode_info: Some(direct),
            sequence: self.account.sequence,
        };
        let fee = Fee { amount: cost.fee.into_iter().collect(), gas_limit: cost.gas, ..Fee::default() };
        AuthInfo { signer_infos: vec![signer], fee: Some(fee), ..AuthInfo::default() }.encode_to_vec()
    }
}
