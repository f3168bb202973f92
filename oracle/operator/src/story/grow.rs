//! Act 6: somebody builds on the base. An adapter for other data is made from a private DataNet, earns for one epoch and settles
//! it; its royalties flow to the base, which serves nobody any more, and a valuation round shares them and a tranche of the stake among
//! the base's contributors.

use anyhow::{Context, Result};
use protocol::{
    attribution::{Round, RoundKind},
    model::WorkKind,
    settlement::ExecuteMsg,
};

use super::{
    cast::ADAPTER_DEPOSIT,
    contribute::{self, Contributed, Net},
    earn::{Candour, Market},
    rounds::{Crew, Misbehaviours},
    stage::Stage,
    train::{self, Making, Registered, Shares},
};

/// The adapter and what it did.
pub struct Grown {
    /// Its data.
    pub contributed: Contributed,
    /// The adapter.
    pub adapter: Registered,
    /// Its round.
    pub round: Round,
    /// The base's valuation round.
    pub valuation: Round,
}

/// Plays the act.
pub async fn play(stage: &Stage<'_>, base: &Registered, crew: &mut dyn Crew) -> Result<Grown> {
    let contributed = {
        let _step = stage.progress.step(&format!("a private DataNet: {}", stage.plan.subject.adapter_net().name), 0);
        contribute::play(stage, &Net::of_adapter(stage)).await?
    };
    let adapter = make_adapter(stage, base, &contributed).await?;
    let mut market = Market::open(stage, &adapter, ADAPTER_DEPOSIT).await?;
    let epoch = stage.current_epoch().await?.next().context("epochs do not end")?;
    market.trade(stage, epoch, &stage.plan.adapter.calls, Candour::Open).await?;
    crew.expect(&Misbehaviours::new()).await?;
    stage.wait_for_redemption_end(epoch).await?;
    let round = crew.play(stage, &adapter, RoundKind::Fees, &Misbehaviours::new()).await?;
    let flow = ExecuteMsg::Flow { model: adapter.model };
    stage.contracts.tell_settlement(&stage.cast.stranger.signer, &flow).await?;
    let valuation = crew.play(stage, base, RoundKind::Valuation, &Misbehaviours::new()).await?;
    Ok(Grown { contributed, adapter, round, valuation })
}

async fn make_adapter(stage: &Stage<'_>, base: &Registered, contributed: &Contributed) -> Result<Registered> {
    let words = stage.plan.subject.adapter();
    let making = Making {
        name: words.name,
        symbol: words.symbol,
        owner: &stage.cast.adapter_owner,
        shares: Shares { owner: 1_500, stake: 500, influence: 5_000, parents: 3_000 },
        base: Some(base),
        contributed,
        validation: &stage.plan.adapter.validation,
        work: vec![train::claim(&stage.cast.tuner, WorkKind::FineTuning)],
    };
    train::make(stage, base.method, &making).await
}
