//! Where prompts lie, for strata: the mean over a prompt's tokens of the rows that enter the model's head.

use candle_core::{DType, Tensor};
use compute::{Job, parallel};
use lm::model::Model;
use lm::pack::{Packed, TokenItem, pack};
use lm::tap::{Map, Site, Tap};

use super::{LanguageError, LanguageManifest};
use crate::strata::Points;

/// The points of prompts, given as tokens.
///
/// # Errors
/// If candle fails or the job is cancelled.
pub(super) fn of_prompts(
    (manifest, model): (&LanguageManifest, &Model),
    prompts: &[Vec<u32>],
    job: &Job,
) -> Result<Points<'static>, LanguageError> {
    // Every token of a prompt needs a row, and so a successor.
    let items: Vec<TokenItem> =
        prompts.iter().map(|prompt| TokenItem::whole([prompt.as_slice(), &[0]].concat())).collect();
    let (layout, width) = (manifest.layout(), model.config().hidden_size);
    let packed = pack(&items, layout.block_length);
    let groups = layout.groups(&packed);
    let rows = parallel::map_under(job, groups.len(), |group| Ok(rows(model, &packed, groups[group].clone())))?;
    let rows: Vec<Vec<f32>> = rows.into_iter().collect::<Result<Vec<_>, _>>()?.concat();
    let mut points = vec![0f32; prompts.len() * width];
    for piece in &packed.pieces {
        let point = &mut points[piece.item * width..][..width];
        let share = 1.0 / prompts[piece.item].len() as f32;
        for row in &rows[piece.block * layout.block_length + piece.start..][..piece.rows] {
            point.iter_mut().zip(row).for_each(|(sum, value)| *sum += share * value);
        }
    }
    Ok(Points::new(width, points))
}

/// The rows that enter the head.
fn rows(model: &Model, packed: &Packed, blocks: std::ops::Range<usize>) -> Result<Vec<Vec<f32>>, candle_core::Error> {
    let weights = model.weights();
    let batch = packed.batch(blocks, model.config(), weights.dtype(), weights.device())?;
    let trace = model.forward(&batch)?;
    let mut tap = HeadRows(Vec::new());
    model.backward(&trace, &batch, &trace.logits.zeros_like()?, &mut tap)?;
    Ok(tap.0)
}

struct HeadRows(Vec<Vec<f32>>);

impl Tap for HeadRows {
    fn wants(&self, site: Site) -> bool {
        site == Site::whole(Map::Head)
    }

    fn linear(&mut self, _: Site, inputs: &Tensor, _: &Tensor) -> candle_core::Result<()> {
        self.0 = inputs.to_dtype(DType::F32)?.to_vec2()?;
        Ok(())
    }
}
