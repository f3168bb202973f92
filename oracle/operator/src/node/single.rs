//! The influence of contributions on one answer alone: for whoever asks what shaped it. Pay is decided by rounds, over all answers.

use influence::{
    language::{Answered, AnsweredReceipt},
    report::{Attributable, Ownership, Receipt},
};
use protocol::ModelId;
use rules::item;

use super::{
    Engine, NodeError,
    engine::{blocking, is_of_language},
};
use crate::{
    inputs::{
        self, InputsError,
        texts::{self, TextBatch},
    },
    published::PublishedReceipt,
};

impl Engine {
    /// φ of every position of a model on one answer, summed over its items, as a share of all: the sizes of all shares sum to 1.
    ///
    /// # Errors
    /// If the version cannot be loaded or measured, or the receipt is none of it.
    pub async fn influence_on(&self, model: ModelId, receipt: &PublishedReceipt) -> Result<Vec<f64>, NodeError> {
        let record = self.contracts.model_record(model).await?;
        let version = self.version(model, receipt.version).await?;
        let method = self.contracts.method(record.method).await?;
        let (prompt, job) = (item::item_digest(&receipt.prompt), self.job.clone());
        let of_inputs = |reason: String| NodeError::Inputs(InputsError::Receipt(reason));
        if is_of_language(&method) {
            let (prompt_text, answer) = texts::exchange(receipt, 0).map_err(of_inputs)?;
            let said = Answered { prompt: prompt_text, answer };
            let (scorer, ownership) = self.scorer(model, &version, record.positions).await?;
            let asked = AnsweredReceipt { net_fee_uopen: 1, prompt, said };
            return blocking(move || Ok(shares(scorer.influence_on_receipts(&[&asked], &job)?.row(0), &ownership)))
                .await?;
        }
        let image = inputs::image(&receipt.prompt, "prompt", 0)?;
        let label = receipt.output.as_slice().try_into().map(u16::from_be_bytes);
        let served_label = label.map_err(|_| of_inputs("its output is not a label".to_owned()))?;
        let (preconditioned, ownership) = self.preconditioned(model, &version, record.positions).await?;
        let asked = Receipt { net_fee_uopen: 1, prompt, features: image.features(), served_label };
        blocking(move || Ok(shares(preconditioned.influence_on_receipts(&[&asked], &job)?.row(0), &ownership))).await?
    }

    /// The training texts of a language model's version; nothing of a classifier's.
    ///
    /// # Errors
    /// If they cannot be read.
    pub async fn training_texts(&self, model: ModelId, number: u32) -> Result<Vec<TextBatch>, NodeError> {
        let record = self.contracts.model_record(model).await?;
        if !is_of_language(&self.contracts.method(record.method).await?) {
            return Ok(Vec::new());
        }
        let version = self.version(model, number).await?;
        let loaded = self.language_model(&version).await?;
        Ok(texts::training(self.sources(), model, number, loaded.manifest()).await?)
    }
}

fn shares(of_items: &[f64], ownership: &Ownership) -> Vec<f64> {
    let mut of_positions = vec![0.0; ownership.positions];
    for (value, position) in of_items.iter().zip(&ownership.item_positions) {
        of_positions[*position as usize] += value;
    }
    let total: f64 = of_positions.iter().map(|value: &f64| value.abs()).sum();
    if total > 0.0 {
        of_positions.iter_mut().for_each(|value| *value /= total);
    }
    of_positions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_add_up_to_their_positions_and_sizes_to_one() {
        let ownership = Ownership { item_positions: vec![2, 0, 2, 1], positions: 4 };
        assert_eq!(shares(&[1.0, -2.0, 3.0, 2.0], &ownership), [-0.25, 0.25, 0.5, 0.0]);
        assert_eq!(shares(&[0.0; 4], &ownership), [0.0; 4]);
    }
}
