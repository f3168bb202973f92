//! Everything that a round's report depends on, gathered from the chain and the published objects and checked against the chain.

pub mod texts;

use std::collections::BTreeMap;

use futures::{StreamExt, TryStreamExt, stream};
use influence::dataset::{DIGITS_MAX_PIXEL, LabelledImage};
use protocol::{
    Bps, ModelId,
    attribution::Round,
    datanet::{Contribution, Datanet, QueryMsg as DatanetQuery},
    model::{QueryMsg as ModelQuery, ValidationExtension, Version},
    settlement::{BookedRedemption, Config as SettlementConfig, QueryMsg as SettlementQuery},
};
use rules::{
    bitmap::{Bitmap, BitmapError},
    hash::Domain,
    item::{self, ImageItem},
};

use crate::{
    contracts::Contracts,
    keys::{DatanetKeys, KeysError},
    originals::PROCEDURE,
    published::{Published, PublishedError, PublishedReceipt, Segment, SegmentClaim, ValidationExample},
};

/// Why a round's inputs cannot be gathered. Missing receipts are no error: they are reported as unresolved.
#[derive(Debug, thiserror::Error)]
pub enum InputsError {
    /// The chain did not answer.
    #[error("the chain did not answer")]
    Chain(#[from] chain::ChainError),
    /// Training items or validation examples are missing or false, without which nothing can be measured; or the store of published
    /// objects cannot be used.
    #[error("published objects cannot be used")]
    Published(#[from] PublishedError),
    /// The key of a private DataNet is lacking or wrong.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// An item is not what its DataNet's media type says.
    #[error("{what} {index} is not a labelled grey image")]
    NotAnImage {
        /// What was read.
        what: &'static str,
        /// Which one.
        index: usize,
    },
    /// An item is not what its DataNet's media type says.
    #[error("{what} {index} is not a text, or not in canonical form")]
    NotAText {
        /// What was read.
        what: &'static str,
        /// Which one.
        index: usize,
    },
    /// A version says by another procedure than this program's which of its items are copies.
    #[error(
        "the version was trained without copies by `{0}`, this program knows `{PROCEDURE}`: use the program that it names"
    )]
    Originals(String),
    /// Copies cannot be looked for.
    #[error("cannot look for copies among the training items")]
    Search(#[from] corpus::duplicates::SearchError),
    /// A receipt is none of the model that it names.
    #[error("the receipt cannot be read: {0}")]
    Receipt(String),
    /// A bitmap on chain is malformed.
    #[error("a bitmap on chain is malformed")]
    Bitmap(#[from] BitmapError),
    /// The validation pool does not reach as far as the round says.
    #[error("validation example {0} is in no approved extension")]
    NoExtension(u64),
}

/// A paid call that counts: of a classifier, unless another kind of prompt and answer is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaidCall<P = LabelledImage, S = u16> {
    /// Version of the model that answered.
    pub version: u32,
    /// Fee less the protocol's share, in uopen.
    pub net_fee: u128,
    /// Digest of the prompt: calls of the same prompt are one draw.
    pub prompt_digest: rules::hash::Hash,
    /// The prompt.
    pub prompt: P,
    /// What was served: of a classifier the label.
    pub served: S,
}

/// What was paid for in a round.
#[derive(Clone, Debug)]
pub struct PaidCalls<P = LabelledImage, S = u16> {
    /// Calls of resolved redemptions, in the order of the chain.
    pub calls: Vec<PaidCall<P, S>>,
    /// Redemptions whose receipts are missing or false.
    pub unresolved: Bitmap,
    /// Why, by redemption.
    pub reasons: Vec<(usize, String)>,
}

impl<P, S> PaidCalls<P, S> {
    /// All fees less the protocol's share, in uopen.
    pub fn net_fees(&self) -> u128 {
        self.calls.iter().map(|call| call.net_fee).sum()
    }

    /// Of a range without redemptions.
    pub fn none() -> Self {
        Self { calls: Vec::new(), unresolved: Bitmap::new(0), reasons: Vec::new() }
    }
}

/// A contribution's place in the training data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrainingBatch {
    /// Position in the model.
    pub position: u32,
    /// Its images.
    pub images: Vec<LabelledImage>,
}

/// Reads a prompt or an item.
pub fn image(canonical: &[u8], what: &'static str, index: usize) -> Result<LabelledImage, InputsError> {
    let item = ImageItem::parse(canonical).ok_or(InputsError::NotAnImage { what, index })?;
    Ok(LabelledImage {
        width: usize::from(item.width),
        height: usize::from(item.height),
        pixels: item.pixels.to_vec(),
        label: item.label,
    })
}

/// Canonical bytes of an image as an item.
///
/// # Errors
/// The image, when its sides or pixels do not fit an item.
pub fn image_bytes(image: &LabelledImage) -> Result<Vec<u8>, InputsError> {
    let sides = u16::try_from(image.width).ok().zip(u16::try_from(image.height).ok());
    sides
        .and_then(|(width, height)| item::image_item(width, height, &image.pixels, image.label))
        .ok_or(InputsError::NotAnImage { what: "image", index: 0 })
}

/// Canonical bytes of an image as a prompt: an item whose label says nothing.
pub fn prompt_bytes(image: &LabelledImage) -> Result<Vec<u8>, InputsError> {
    image_bytes(&LabelledImage { label: UNLABELLED, ..image.clone() })
}

/// The label of a prompt.
pub const UNLABELLED: u16 = u16::MAX;

/// Where data is read: the chain, the published objects, and keys of private DataNets.
#[derive(Clone, Copy)]
pub struct Sources<'a> {
    /// The contracts.
    pub contracts: &'a Contracts,
    /// The published objects.
    pub published: &'a Published,
    /// Keys of private DataNets.
    pub keys: &'a DatanetKeys,
}

/// The images of a contribution, checked against its root.
pub async fn items(sources: Sources<'_>, contribution: &Contribution) -> Result<Vec<LabelledImage>, InputsError> {
    let items = item_bytes(sources, contribution).await?;
    items.iter().enumerate().map(|(index, bytes)| image(bytes, "item", index)).collect()
}

/// The items of a contribution as canonical bytes, checked against its root.
pub async fn item_bytes(sources: Sources<'_>, contribution: &Contribution) -> Result<Vec<Vec<u8>>, InputsError> {
    let Some(revealed) = &contribution.revealed else { return Ok(Vec::new()) };
    let datanet: Datanet = sources.contracts.datanet(&DatanetQuery::Datanet { datanet: contribution.datanet }).await?;
    let digested = sources.keys.digested(&datanet)?;
    Ok(sources.published.items(revealed.items_root.bytes(), digested).await?)
}

/// The training data of a classifier's version, by position.
pub async fn training(sources: Sources<'_>, model: ModelId, number: u32) -> Result<Vec<TrainingBatch>, InputsError> {
    let mut batches = Vec::new();
    for (position, contribution) in trained_on(sources, model, number).await? {
        batches.push(TrainingBatch { position, images: items(sources, &contribution).await? });
    }
    Ok(batches)
}

/// The contributions that a version was trained on, with their positions.
pub async fn trained_on(
    sources: Sources<'_>,
    model: ModelId,
    number: u32,
) -> Result<Vec<(u32, Contribution)>, InputsError> {
    let contracts = sources.contracts;
    let version: Version = contracts.model(&ModelQuery::Version { model, number }).await?;
    let positions = version.manifest.positions as usize;
    let left_out = Bitmap::from_bytes(positions, version.manifest.left_out.to_vec())?;
    let used = contracts.used(model).await?;
    let mut contributions = Vec::new();
    for (position, contribution) in (0_u32..).zip(used.into_iter().take(positions)) {
        if !left_out.get(position as usize) {
            contributions.push((position, contracts.contribution(contribution).await?));
        }
    }
    Ok(contributions)
}

/// The validation examples of a round, with the stratum of each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Validation {
    /// The images, with true labels.
    pub images: Vec<LabelledImage>,
    /// Their strata, in the same order.
    pub strata: Vec<u16>,
}

/// The validation examples of a classifier's round.
pub async fn validation(
    contracts: &Contracts,
    published: &Published,
    round: &Round,
) -> Result<Validation, InputsError> {
    let mut validation = Validation::default();
    for (index, example) in examples(contracts, published, round).await?.iter().enumerate() {
        validation.images.push(image(&example.item, "validation example", index)?);
        validation.strata.push(example.stratum);
    }
    Ok(validation)
}

/// The validation examples of a round as they were approved.
pub async fn examples(
    contracts: &Contracts,
    published: &Published,
    round: &Round,
) -> Result<Vec<ValidationExample>, InputsError> {
    let extensions: Vec<ValidationExtension> = contracts.validation_extensions(round.model).await?;
    let end = round.validation_from.u64() + round.validation_count.u64();
    let mut next = round.validation_from.u64();
    let mut consumed = Vec::new();
    while next < end {
        let extension = extensions
            .iter()
            .find(|extension| (extension.first.u64()..extension.first.u64() + extension.count.u64()).contains(&next))
            .ok_or(InputsError::NoExtension(next))?;
        let until = end.min(extension.first.u64() + extension.count.u64());
        let from = next - extension.first.u64();
        consumed.extend(published.validation(extension.root.bytes(), from, (until - next) as usize).await?);
        next = until;
    }
    Ok(consumed)
}

/// The receipts of one redemption, or why they cannot be used.
pub type Receipts = Result<Segment, String>;

/// What tells whether a version can have served a call.
pub trait Serves {
    /// A prompt.
    type Prompt;
    /// An answer.
    type Answer;

    /// Prompt and answer of the receipt at `index` of its redemption.
    ///
    /// # Errors
    /// Why the version cannot have served it.
    fn read(&self, receipt: &PublishedReceipt, index: usize) -> Result<(Self::Prompt, Self::Answer), String>;
}

/// What a classifier's version takes and gives: a receipt that says otherwise was never served by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Features of a prompt.
    pub inputs: usize,
    /// Labels there are.
    pub labels: usize,
}

/// Most receipts that are read at a time; memory is bounded by as many objects of the largest size.
const READS_AT_ONCE: usize = 4;

/// The receipts of every redemption of a round, in the order of its bitmap, each checked against what was redeemed.
///
/// # Errors
/// Also if the store cannot say whether receipts are there: then nobody may call them unresolved.
pub async fn receipts(
    contracts: &Contracts,
    published: &Published,
    round: &Round,
) -> Result<Vec<Receipts>, InputsError> {
    let domain = contracts.settlement_domain();
    let redemptions = contracts.redemptions(round.model, round.first_epoch, round.last_epoch).await?;
    let claims = redemptions.iter().map(|(epoch, redemption)| claim(&domain, round.model, epoch.get(), redemption));
    let reads: Vec<_> = claims.map(|claim| segment(published, claim)).collect();
    stream::iter(reads).buffered(READS_AT_ONCE).try_collect().await
}

async fn segment(published: &Published, claim: SegmentClaim<'_>) -> Result<Receipts, InputsError> {
    match published.segment(&claim).await {
        Ok(segment) => Ok(Ok(segment)),
        Err(error) if error.is_of_object() => Ok(Err(error.to_string())),
        Err(error) => Err(error.into()),
    }
}

/// The share of every fee that is the protocol's.
pub async fn protocol_share(contracts: &Contracts) -> Result<Bps, InputsError> {
    let config: SettlementConfig = contracts.settlement(&SettlementQuery::Config {}).await?;
    Ok(config.protocol_share)
}

/// The paid calls among receipts. A redemption is unresolved, whole, when its receipts are missing, do not lead to its head, do not add
/// up, or name a call that its version, if there is one in `versions`, cannot have served.
pub fn paid_calls<V: Serves>(
    redemptions: &[Receipts],
    versions: &BTreeMap<u32, V>,
    protocol_share: Bps,
) -> Result<PaidCalls<V::Prompt, V::Answer>, InputsError> {
    let mut paid = PaidCalls { calls: Vec::new(), unresolved: Bitmap::new(redemptions.len()), reasons: Vec::new() };
    for (index, receipts) in redemptions.iter().enumerate() {
        match receipts.as_ref().map_err(Clone::clone).and_then(|segment| calls_of(segment, versions, protocol_share)) {
            Ok(calls) => paid.calls.extend(calls),
            Err(reason) => {
                paid.unresolved.set(index)?;
                paid.reasons.push((index, reason));
            }
        }
    }
    Ok(paid)
}

fn claim<'a>(domain: &'a Domain, model: ModelId, epoch: u64, redemption: &BookedRedemption) -> SegmentClaim<'a> {
    SegmentClaim {
        domain,
        model: model.get(),
        epoch,
        channel: redemption.channel.get(),
        previous_head: redemption.previous_head.0,
        head: redemption.head.0,
        amount: redemption.amount.u128(),
    }
}

/// Calls of versions that serve so.
type Calls<V> = Vec<PaidCall<<V as Serves>::Prompt, <V as Serves>::Answer>>;

fn calls_of<V: Serves>(
    segment: &Segment,
    versions: &BTreeMap<u32, V>,
    protocol_share: Bps,
) -> Result<Calls<V>, String> {
    let call = |(index, receipt): (usize, &PublishedReceipt)| {
        let PublishedReceipt { number, version, .. } = receipt;
        let serves = versions
            .get(version)
            .ok_or_else(|| format!("receipt {number} names version {version}, which was not registered"))?;
        let fee = receipt.fee.u128();
        let protocol = rules::split::protocol_part(fee, protocol_share.0).map_err(|error| error.to_string())?;
        let (prompt, served) = serves.read(receipt, index)?;
        let prompt_digest = item::item_digest(&receipt.prompt);
        Ok(PaidCall { version: *version, net_fee: fee - protocol, prompt_digest, prompt, served })
    };
    segment.receipts.iter().enumerate().map(call).collect()
}

impl Serves for Shape {
    type Prompt = LabelledImage;
    type Answer = u16;

    fn read(&self, receipt: &PublishedReceipt, index: usize) -> Result<(LabelledImage, u16), String> {
        let number = receipt.number;
        let label: [u8; 2] = receipt
            .output
            .as_slice()
            .try_into()
            .map_err(|_| format!("the output of receipt {number} is not a label"))?;
        let prompt = image(&receipt.prompt, "prompt", index).map_err(|error| error.to_string())?;
        let served = u16::from_be_bytes(label);
        let (pixels, inputs) = (prompt.pixels.len(), self.inputs);
        if pixels != inputs {
            return Err(format!("the prompt of receipt {number} has {pixels} pixels, the model takes {inputs}"));
        }
        if let Some(pixel) = prompt.pixels.iter().find(|pixel| **pixel > DIGITS_MAX_PIXEL) {
            return Err(format!(
                "the prompt of receipt {number} has a grey value of {pixel}, above {DIGITS_MAX_PIXEL}"
            ));
        }
        if usize::from(served) >= self.labels {
            return Err(format!("receipt {number} names label {served}, the model has {}", self.labels));
        }
        Ok((prompt, served))
    }
}
