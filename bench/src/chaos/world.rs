//! A small world that works: a DataNet, a tiny model that is really trained on it, five bonded operators, validation examples.

use std::{path::PathBuf, sync::Arc};

use anyhow::{Context, Result};
use chain::{Admins, DeployConfig, Signer};
use cosmwasm_std::{Addr, Uint128};
use influence::dataset::LabelledImage;
use operator::{
    contracts::Contracts,
    inputs::{self, TrainingBatch},
    keys::DatanetKeys,
    node::Engine,
    published::{Published, ValidationExample, ValidationSlice},
    story::ground::Chain,
    training::Trained,
};
use protocol::{
    Bps, ContributionId, Epoch, MethodId, ModelId, Seconds, attribution::Round, settlement::QueryMsg as SettlementQuery,
};

use super::{
    making::{Making, bond},
    model,
    people::{OPERATOR_BOND, People},
};

/// The one model.
pub const MODEL: ModelId = ModelId(1);
/// The one method.
pub const METHOD: MethodId = MethodId(1);
/// Validation examples that a round consumes.
pub const VALIDATION_PER_ROUND: usize = 10;

/// How fast a world lives: times in seconds.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Length of an epoch.
    pub epoch: u64,
    /// Length of the commit and of the reveal window.
    pub window: u64,
    /// Blocks that every window lasts at least.
    pub min_blocks: u64,
    /// Time until an admitted operator takes part.
    pub operator_delay: u64,
}

/// What a world is made of.
pub struct World {
    /// The contracts.
    pub contracts: Contracts,
    /// The chain.
    pub chain: Arc<dyn Chain>,
    /// Everybody.
    pub people: People,
    /// Published objects.
    pub published: Published,
    /// How fast it lives.
    pub pace: Pace,
    /// Images to ask about.
    pub digits: Arc<Vec<LabelledImage>>,
    /// The model.
    pub trained: Trained,
    /// Its approved validation examples, in the order in which rounds consume them.
    pub validation: Vec<ValidationExample>,
    /// Everything of this world on disk.
    pub folder: PathBuf,
}

/// Where a world is made.
pub struct Site {
    /// The contracts, deployed with [`deploy_config`].
    pub contracts: Contracts,
    /// The chain.
    pub chain: Arc<dyn Chain>,
    /// How fast it lives.
    pub pace: Pace,
    /// An empty folder.
    pub folder: PathBuf,
    /// All images.
    pub digits: Arc<Vec<LabelledImage>>,
}

/// Folder of published objects in a world's folder.
pub const PUBLISHED_FOLDER: &str = "published";

/// Parameters of the contracts.
pub fn deploy_config(people: &People, pace: Pace) -> DeployConfig {
    let balances = people.wealth().into_iter().map(|(signer, amount)| (address(signer), Uint128::new(amount)));
    DeployConfig {
        governance: address(&people.governance),
        balances: balances.collect(),
        reveal_period: Seconds(1_200),
        min_blocks: pace.min_blocks,
        genesis: None,
        epoch_length: Seconds(pace.epoch),
        protocol_share: Bps(500),
        operators_share: Bps(6_000),
        min_redemption: Uint128::new(1_000),
        notice_period: Seconds(pace.epoch),
        appeal_period: Seconds(pace.epoch),
        clean_rounds: 3,
        operator_delay: Seconds(pace.operator_delay),
        unbonding_period: Seconds(10 * pace.epoch),
        treasury_delay: Seconds(5 * pace.epoch),
        retire_after: 1_000,
        valuation_interval: 4,
        lapse_after: 64,
        admins: Admins::NOBODY,
    }
}

fn address(signer: &Signer) -> Addr {
    Addr::unchecked(signer.address())
}

impl World {
    /// Makes a world whose validation examples last for so many rounds.
    ///
    /// # Errors
    /// If a contract refuses or something cannot be written.
    pub async fn make(site: Site, people: People, rounds: usize) -> Result<Self> {
        let Site { contracts, chain, pace, folder, digits } = site;
        let published = Published::at(folder.join(PUBLISHED_FOLDER));
        let images = model::Images::draw(&digits, people.seed, rounds);
        let making =
            Making { contracts: &contracts, chain: chain.as_ref(), published: &published, people: &people, pace };
        let (contributed, ()) = tokio::try_join!(making.contribute(&images.batches), making.admit())?;
        let batches: Vec<TrainingBatch> = contributed
            .iter()
            .zip(0..)
            .map(|((_, images), position)| TrainingBatch { position, images: images.clone() })
            .collect();
        let trained = model::train(people.seed, &batches)?;
        trained.publish(&published).await?;
        let ids: Vec<ContributionId> = contributed.into_iter().map(|(id, _)| id).collect();
        let example = |image| Ok(ValidationExample::new(&inputs::image_bytes(image)?, 0));
        let validation: Vec<ValidationExample> = images.validation.iter().map(example).collect::<Result<_>>()?;
        making.make_model(&ids, &trained, &validation).await?;
        Ok(Self { contracts, chain, people, published, pace, digits, trained, validation, folder })
    }

    /// An engine that keeps derived data in a folder of its name.
    pub fn engine(&self, cache: PathBuf) -> Engine {
        Engine::new(self.contracts.clone(), self.published.clone(), DatanetKeys::default(), cache)
    }

    /// The epoch of the next block.
    ///
    /// # Errors
    /// If the chain does not answer.
    pub async fn epoch(&self) -> Result<Epoch> {
        let epoch: Option<Epoch> = self.contracts.settlement(&SettlementQuery::CurrentEpoch {}).await?;
        epoch.context("the world begins after genesis")
    }

    /// The owner publishes the validation examples that a round consumes.
    ///
    /// # Errors
    /// If there are too few, or they cannot be written.
    pub async fn publish_validation(&self, round: &Round) -> Result<()> {
        let slice = ValidationSlice::cut(&self.validation, round.validation_from.u64(), round.validation_count.u64());
        Ok(self.published.put_validation(&slice.context("the validation pool is used up")?).await?)
    }

    /// Pays what operators' bonds lack, so that all are in the next round.
    ///
    /// # Errors
    /// If a contract refuses.
    pub async fn bond_again(&self) -> Result<()> {
        let bonds = self.contracts.operators(METHOD).await?;
        for operator in bonds {
            let due = OPERATOR_BOND.saturating_sub(operator.bond.u128());
            let signer = self.people.operators.iter().find(|signer| signer.address() == operator.account.as_str());
            if let Some(signer) = signer.filter(|_| due > 0) {
                bond(&self.contracts, signer, due).await?;
            }
        }
        Ok(())
    }
}
