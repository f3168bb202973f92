//! What a payer says that an answer should have been: a contribution to be, or a validation example; never both.

use cosmwasm_std::{Addr, Binary};
use protocol::{ChannelId, ContributionId, DatanetId, ModelId};
use rules::item::{ImageItem, image_item, text_item};
use serde::{Deserialize, Serialize};

use crate::{prompt::SEPARATOR, segment::PublishedReceipt};

/// A correction, as the gateway keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// The channel of the call.
    pub channel: ChannelId,
    /// Rank of the call in it.
    pub number: u64,
    /// The model.
    pub model: ModelId,
    /// Who corrects, and is paid for it.
    pub payer: Addr,
    /// Canonical bytes of the item: what was asked, and what should have been answered.
    pub item: Binary,
    /// When it came, in seconds since 1970.
    pub received_at: u64,
    /// What became of it.
    pub state: State,
}

/// What became of a correction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum State {
    /// A curator can still take it.
    Waiting,
    /// A curator took it as a validation example: nobody can learn from it.
    Validation {
        /// The curator.
        curator: String,
    },
    /// It is on its way into a DataNet: no curator can take it any more.
    Committing {
        /// The DataNet.
        datanet: DatanetId,
    },
    /// It was shown to the DataNet's reviewers. What becomes of it there stands on chain.
    Contributed {
        /// The DataNet.
        datanet: DatanetId,
        /// The contribution.
        contribution: ContributionId,
    },
    /// The model takes no corrections.
    Unwanted,
}

/// The item of a call's prompt with another answer: of a text `prompt ‖ U+001F ‖ answer`, of an image the same one with another label. None if the answer is none, or the one
/// that was given.
pub fn corrected(receipt: &PublishedReceipt, answer: &[u8]) -> Option<Vec<u8>> {
    if answer == receipt.output.as_slice() {
        return None;
    }
    if let Ok(prompt) = std::str::from_utf8(&receipt.prompt) {
        let answer = std::str::from_utf8(answer).ok()?;
        let is_said = !answer.trim().is_empty() && !answer.contains(SEPARATOR);
        return is_said.then(|| text_item(&format!("{prompt}{SEPARATOR}{answer}")));
    }
    let image = ImageItem::parse(&receipt.prompt)?;
    image_item(image.width, image.height, image.pixels, u16::from_be_bytes(answer.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use cosmwasm_std::Uint128;
    use protocol::Hash32;

    use super::*;

    fn receipt(prompt: &[u8], output: &[u8]) -> PublishedReceipt {
        PublishedReceipt {
            version: 1,
            epoch: 1,
            number: 1,
            prompt: prompt.into(),
            salt: Hash32([0; 32]),
            output: output.into(),
            tokens_in: 1,
            tokens_out: 1,
            fee: Uint128::new(1),
            price_sheet: 1,
        }
    }

    #[test]
    fn a_text_keeps_its_prompt_and_gets_another_answer() {
        let said = receipt(b"the ray of", b" shade");
        assert_eq!(corrected(&said, b" light").as_deref(), Some(b"the ray of\x1f light".as_slice()));
        for none in [b" shade".as_slice(), b"", b"  ", b"a\x1fb", &[0xff]] {
            assert_eq!(corrected(&said, none), None, "{none:?}");
        }
    }

    #[test]
    fn an_image_gets_another_label() {
        let prompt = image_item(2, 1, &[3, 4], 0).expect("two pixels");
        let said = receipt(&prompt, &[0, 7]);
        assert_eq!(corrected(&said, &[0, 9]), image_item(2, 1, &[3, 4], 9));
        assert_eq!(corrected(&said, &[0, 7]), None);
        assert_eq!(corrected(&said, &[9]), None);
    }
}
