//! One forward and backward pass over some blocks of items.

use std::ops::Range;

use candle_core::Tensor;
use compute::random::{Random, Stream};
use compute::{Job, parallel};
use lm::evaluate::Layout;
use lm::loss;
use lm::model::Model;
use lm::pack::{Packed, Piece, TokenItem, pack};
use lm::tap::{Map, Part, Site, Tap};

use super::EkfacError;

/// Which labels a gradient is taken at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Labels {
    /// The items' own next tokens.
    Own,
    /// Drawn from the model itself under a seed: then squared gradients are its curvature.
    Drawn {
        /// The seed.
        seed: u64,
    },
}

/// A model, and which of its weights influence goes through.
#[derive(Clone, Debug)]
pub struct Subject<'a> {
    /// The model.
    pub model: &'a Model,
    /// Tracked weights, in one order.
    pub sites: Vec<Site>,
    /// How items are laid out.
    pub layout: Layout,
}

/// The longest side of a weight that is turned into an eigenbasis: beyond it that costs more than it shows.
const LONGEST_SIDE: usize = 4_096;

impl<'a> Subject<'a> {
    /// What training changes of a model: its adapter's weights, or all linear maps where there is none. Norms and the rows of the embedding,
    /// as far as they are not the head, are left out.
    pub fn trained(model: &'a Model, layout: Layout) -> Self {
        let sites = match model.adapter() {
            Some(adapter) => adapter.sites(),
            None => model.maps().into_iter().map(Site::whole).collect(),
        };
        Self { model, sites, layout }
    }

    /// The same without the head.
    #[must_use]
    pub fn without_head(mut self) -> Self {
        self.sites.retain(|site| site.map != Map::Head);
        self
    }

    /// `[outputs, inputs]` of a site.
    pub(crate) fn shape(&self, site: Site) -> [usize; 2] {
        let config = self.model.config();
        let whole = match site.map {
            Map::Projection(_, projection) => projection.shape(config),
            Map::Head => [config.vocab_size, config.hidden_size],
        };
        let rank = self.model.adapter().map_or(0, |adapter| adapter.config().r);
        match site.part {
            Part::Whole => whole,
            Part::Down => [rank, whole[1]],
            Part::Up => [whole[0], rank],
        }
    }

    /// `[outputs, inputs]` of a site, with whether the side is turned into an eigenbasis. Tokens stay as they are: their second moments are nearly
    /// diagonal.
    pub(crate) fn sides(&self, site: Site) -> [(usize, bool); 2] {
        let tokens = site.map == Map::Head && site.part == Part::Whole;
        let [outputs, inputs] = self.shape(site);
        [(outputs, !tokens && outputs <= LONGEST_SIDE), (inputs, inputs <= LONGEST_SIDE)]
    }

    /// Passes over all items of a shard; `tap` gives one tap per group of blocks, and results come in the order of groups.
    pub(crate) fn pass<T: Tap + Send>(
        &self,
        shard: &Shard<'_>,
        labels: Labels,
        tap: impl Fn(&Group<'_>) -> T + Sync,
        job: &Job,
    ) -> Result<Vec<T>, EkfacError> {
        let packed = pack(shard.items, self.layout.block_length);
        let groups = self.layout.groups(&packed);
        let taps = parallel::map_under(job, groups.len(), |index| {
            Ok(self.pass_group(&Group::new(&packed, groups[index].clone()), (shard, labels), &tap))
        })?;
        taps.into_iter().collect()
    }

    fn pass_group<T: Tap>(
        &self,
        group: &Group<'_>,
        (shard, labels): (&Shard<'_>, Labels),
        tap: &impl Fn(&Group<'_>) -> T,
    ) -> Result<T, EkfacError> {
        let mut tap = tap(group);
        self.run(group, (shard, labels), &mut tap)?;
        Ok(tap)
    }

    /// Passes over all items of a shard, one group of blocks after another on the calling thread: `each` gets a group and what runs a tap over it.
    /// What taps leave on a device is there once, and not for every group.
    pub(crate) fn in_turn(
        &self,
        shard: &Shard<'_>,
        labels: Labels,
        job: &Job,
        mut each: impl FnMut(&Group<'_>, &dyn Fn(&mut dyn Tap) -> Result<(), EkfacError>) -> Result<(), EkfacError>,
    ) -> Result<(), EkfacError> {
        let packed = pack(shard.items, self.layout.block_length);
        for blocks in self.layout.groups(&packed) {
            job.control.check()?;
            let group = Group::new(&packed, blocks);
            each(&group, &|tap: &mut dyn Tap| self.run(&group, (shard, labels), tap))?;
        }
        Ok(())
    }

    /// Whether the model is where numbers are better added up than taken away.
    pub(crate) fn is_on_a_device(&self) -> bool {
        !self.model.weights().device().is_cpu()
    }

    fn run(
        &self,
        group: &Group<'_>,
        (shard, labels): (&Shard<'_>, Labels),
        tap: &mut dyn Tap,
    ) -> Result<(), EkfacError> {
        let weights = self.model.weights();
        let batch = group.packed.batch(group.blocks.clone(), self.model.config(), weights.dtype(), weights.device())?;
        let trace = self.model.forward(&batch)?;
        let by_logits = match labels {
            Labels::Own => loss::score(&trace.logits, batch.targets(), batch.weights())?.by_logits,
            Labels::Drawn { seed } => {
                let uniform = shard.uniform(seed, group, batch.weights().len());
                loss::sampled_gradient(&trace.logits, batch.weights(), &uniform)?
            }
        };
        Ok(self.model.backward(&trace, &batch, &by_logits, tap)?)
    }
}

/// Items that one task is about.
#[derive(Clone, Copy, Debug)]
pub struct Shard<'a> {
    /// The items.
    pub items: &'a [TokenItem],
    /// Rank of the first among all items.
    pub first: usize,
}

impl<'a> Shard<'a> {
    /// All items as one shard.
    pub fn whole(items: &'a [TokenItem]) -> Self {
        Self { items, first: 0 }
    }

    /// All items in shards of at most `size`.
    pub fn cut(items: &'a [TokenItem], size: usize) -> Vec<Self> {
        items.chunks(size.max(1)).enumerate().map(|(rank, items)| Self { items, first: rank * size.max(1) }).collect()
    }

    /// Numbers that decide drawn labels, one per row: a function of the seed, the shard and the row's place in it.
    fn uniform(&self, seed: u64, group: &Group<'_>, rows: usize) -> Vec<f32> {
        let part = ((self.first as u64) << 32) | group.blocks.start as u64;
        let mut random = Random::of_part(seed, Stream::Labels, part);
        (0..rows).map(|_| random.unit()).collect()
    }
}

/// Blocks that are computed together.
pub(crate) struct Group<'a> {
    pub(crate) packed: &'a Packed,
    pub(crate) blocks: Range<usize>,
}

impl<'a> Group<'a> {
    fn new(packed: &'a Packed, blocks: Range<usize>) -> Self {
        Self { packed, blocks }
    }

    /// Pieces in these blocks, with their first row among the group's.
    pub(crate) fn pieces(&self) -> Vec<(Piece, usize)> {
        let length = self.packed.length;
        let inside = self.packed.pieces.iter().filter(|piece| self.blocks.contains(&piece.block));
        inside.map(|piece| (piece.clone(), (piece.block - self.blocks.start) * length + piece.start)).collect()
    }

    /// Per row 1, or 0 where it holds nothing; `None` if all hold something.
    pub(crate) fn filled(&self) -> Option<Vec<f32>> {
        let mut filled = vec![0.0; self.blocks.len() * self.packed.length];
        for (piece, first) in self.pieces() {
            filled[first..first + piece.rows].fill(1.0);
        }
        filled.contains(&0.0).then_some(filled)
    }
}

/// Rows without those that hold nothing, which would count as inputs otherwise.
pub(crate) fn only_filled(rows: &Tensor, filled: Option<&[f32]>) -> candle_core::Result<Tensor> {
    match filled {
        None => Ok(rows.clone()),
        Some(filled) => {
            rows.broadcast_mul(&Tensor::from_slice(filled, (filled.len(), 1), rows.device())?.to_dtype(rows.dtype())?)
        }
    }
}
