//! Corrections: what the answer of a paid call should have been.

use bytes::Bytes;
use k256::ecdsa::{Signature, signature::hazmat::PrehashSigner as _};
use rules::order::correction_digest;
use serde::Deserialize;

use super::{Courier, CourierError, Reply};
use crate::{openai::AskError, service::CorrectionRequest};

/// A correction as a client sends it: the receipt's name, and a text or a label.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Correction {
    receipt: String,
    answer: Answer,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Answer {
    Text(String),
    Label(u16),
}

impl Courier {
    /// Says what an answer should have been, signed by the channel's key.
    ///
    /// # Errors
    /// If the request cannot be read, the purse neither, or the gateway does not answer.
    pub async fn correct(&self, body: &[u8]) -> Result<Reply, CourierError> {
        let wish: Correction = serde_json::from_slice(body).map_err(AskError::from)?;
        let parts =
            wish.receipt.split_once('-').and_then(|(channel, call)| Some((channel.parse().ok()?, call.parse().ok()?)));
        let (channel, number): (u64, u64) =
            parts.ok_or(CourierError::Broken("a receipt is named as `<channel>-<number>`"))?;
        let answer = match wish.answer {
            Answer::Text(text) => text.into_bytes(),
            Answer::Label(label) => label.to_be_bytes().to_vec(),
        };
        // A channel that is not of this purse may be an older one, of the account's own key.
        let nonce = self.purse.pockets()?.into_iter().find(|pocket| pocket.channel.get() == channel);
        let key = self.key_of(nonce.and_then(|pocket| pocket.nonce).as_ref());
        let digest = correction_digest(&self.domain, channel, number, &answer);
        let signature: Signature = key.sign_prehash(&digest).expect("a digest of 32 bytes can always be signed");
        let signature = signature.to_bytes().to_vec().into();
        let request = CorrectionRequest { receipt: wish.receipt, answer: answer.into(), signature };
        let body = Bytes::from(serde_json::to_vec(&request).expect("plain structs always serialise"));
        let response = self.post("/v1/corrections", &body).send().await?;
        Ok(Reply::free(response.status().as_u16(), response.bytes().await?))
    }
}
