//! The report, read back from the chain: nothing is printed from the program's own memory but names, behaviours and measured truth.

use anyhow::Result;
use chain::TxRecord;
use influence::{
    dataset::Examples,
    language::{LanguageModel, Text},
    mlp,
};
use protocol::{
    DatanetId, ModelId, Page, RoundId,
    attribution::{Operator, Outcome, QueryMsg as AttributionQuery, Round, RoundKind},
    datanet::{Contribution, QueryMsg as DatanetQuery, Status},
    event::{AttributionEvent, SettlementEvent},
    settlement::Account,
};
use report::data::{AccountRow, ContributionRow, FeeFlow, HistoryPoint, OperatorRow, Report, RoundRow, Run};
use rules::score::SCALE;

use super::{
    Options, PRIVATE_DATANET, Played,
    cast::Actor,
    checks, lineage,
    measure::{self, MeasuredRound},
    repeat::Repeated,
    rounds::{Misbehaviours, behaviour, settled},
    samples,
    stage::Stage,
    statements,
    version::Version,
};
use crate::{
    inputs::{self, texts},
    node::Engine,
    progress::Progress,
    replay::{self, Step},
    training::Trained,
};

/// Everything that the report and the checks are made from.
pub struct Collected<'a> {
    /// The story.
    pub played: &'a Played,
    /// Settled rounds of fees, recomputed from the chain.
    pub steps: Vec<Step>,
    /// Settled valuation rounds, recomputed from the chain.
    pub valuations: Vec<Step>,
    /// Settled rounds as the engine sees them.
    pub measured: Vec<MeasuredRound>,
    /// Contributions on chain, in the order of the plan's batches.
    pub records: Vec<Contribution>,
    /// Accounts on chain, by position.
    pub accounts: Vec<Account>,
    /// Influence beside the truth.
    pub truth: report::data::Truth,
    /// Rewards booked to operators: model, round, operator, uopen.
    pub rewards: Vec<(ModelId, RoundId, String, u128)>,
}

impl Collected<'_> {
    /// What an operator was booked in a round, in uopen.
    pub fn reward(&self, round: &Round, operator: &str) -> u128 {
        self.rewards
            .iter()
            .filter(|(model, id, account, _)| (*model, *id) == (round.model, round.id) && account == operator)
            .map(|(.., amount)| amount)
            .sum()
    }
}

/// Makes the report.
pub async fn report(options: &Options, played: &Played, repeated: &Repeated, progress: &Progress) -> Result<Report> {
    let stage = played.stage(options, progress);
    let cache = options.out.join("operators").join(&played.cast.operators[0].name).join("cache");
    let engine = stage.engine(cache);
    let collected = collect(&stage, &engine, played).await?;
    let stated = statements::play(&stage, played.ground.still().await?).await?;
    let checks = checks::all(options, &stage, &collected, &stated, repeated).await?;
    Ok(Report {
        run: run(&stage, played)?,
        checks,
        contributions: contributions(&collected),
        accounts: accounts(&stage).await?,
        rounds: rounds(&stage, played, &collected).await?,
        fees: fees(&collected),
        offspring: lineage::offspring(&stage, &engine, &collected).await?,
        holders: lineage::holders(&stage, &collected).await?,
        samples: samples::of(&stage, &engine, played).await?,
        truth: collected.truth,
        timings: progress.timings(),
    })
}

async fn collect<'a>(stage: &Stage<'_>, engine: &Engine, played: &'a Played) -> Result<Collected<'a>> {
    let model = played.registered.model;
    let steps = replay::steps(&stage.contracts, model, RoundId(u64::MAX)).await?;
    let (steps, valuations) = steps.into_iter().partition(|step| step.settled.kind == RoundKind::Fees);
    let settled_rounds = played.rounds.iter().map(|(round, _)| round.clone()).filter(settled).collect();
    let measured = measure::rounds(stage, engine, settled_rounds).await?;
    let mut records = Vec::new();
    for id in &played.contributed.ids {
        records.push(stage.contracts.contribution(*id).await?);
    }
    let names = position_names(played);
    let truth = measure::truth(stage, engine, &played.registered, &measured, &names).await?;
    let accounts = stage.contracts.accounts(model).await?;
    let rewards = rewards(&stage.contracts.settlement_events("reward_booked").await?);
    Ok(Collected { played, steps, valuations, measured, records, accounts, truth, rewards })
}

fn rewards(transactions: &[TxRecord]) -> Vec<(ModelId, RoundId, String, u128)> {
    (transactions.iter().flat_map(|transaction| &transaction.events))
        .filter_map(|event| SettlementEvent::parse(event)?.ok())
        .filter_map(|event| match event {
            SettlementEvent::RewardBooked { model, round, operator, amount, .. } => {
                Some((model, round, operator, amount.u128()))
            }
            _ => None,
        })
        .collect()
}

/// Names of the contributions by position.
pub fn position_names(played: &Played) -> Vec<String> {
    let name = |id| {
        let index = played.contributed.ids.iter().position(|candidate| candidate == id);
        index.map_or_else(String::new, |index| played.plan.batches[index].name.clone())
    };
    played.registered.positions.iter().map(name).collect()
}

fn run(stage: &Stage<'_>, played: &Played) -> Result<Run> {
    let model = match &played.registered.version {
        Version::Images(trained) => classifier(trained, played)?,
        Version::Texts(model) => language_model(model, played)?,
    };
    let subject = stage.plan.subject;
    Ok(Run {
        seed: stage.size.seed,
        epochs: stage.size.epochs,
        operators: stage.size.operators,
        chain_id: stage.contracts.deployment().chain_id.clone(),
        model: subject.base().name.to_owned(),
        layers: model.layers,
        damping: model.damping,
        accuracy: model.accuracy,
        receipts: played.plan.calls.iter().map(|calls| calls.len() as u64).sum(),
        data_source: subject.source().to_owned(),
    })
}

/// What the report says of the base.
struct Base {
    layers: Vec<usize>,
    damping: f64,
    accuracy: f64,
}

/// Its accuracy is that on all validation images.
fn classifier(trained: &Trained, played: &Played) -> Result<Base> {
    let examples = played.plan.validation.iter().enumerate();
    let images = examples.map(|(index, example)| inputs::image(&example.item, "validation example", index));
    let validation = Examples::from_images(&images.collect::<Result<Vec<_>, _>>()?)?;
    let served = mlp::served_labels(&trained.members, &validation)?;
    let right = served.iter().zip(validation.labels()).filter(|(served, label)| served == label).count();
    let (layers, damping) = (trained.manifest.plan.layers.clone(), trained.manifest.damping);
    Ok(Base { layers, damping, accuracy: right as f64 / served.len() as f64 })
}

/// Its layers are the tokens and, per layer, the width of the stream; its accuracy is the part of the first round's questions whose answer
/// begins with the true token.
fn language_model(model: &LanguageModel, played: &Played) -> Result<Base> {
    let manifest = model.manifest();
    let (mut right, count) = (0, played.plan.validation_per_round);
    for (index, example) in played.plan.validation.iter().take(count).enumerate() {
        if let Text::Answered(question) = texts::text(&example.item, "validation example", index)? {
            right += usize::from(model.begins_rightly(&question)?);
        }
    }
    let widths = std::iter::repeat_n(manifest.model.hidden_size, manifest.model.num_hidden_layers);
    let layers = std::iter::once(manifest.model.vocab_size).chain(widths).collect();
    Ok(Base { layers, damping: manifest.scoring.damping, accuracy: right as f64 / count as f64 })
}

/// One row per batch of the plan: those with a position first.
fn contributions(collected: &Collected<'_>) -> Vec<ContributionRow> {
    let played = collected.played;
    let position_of = |record: &Contribution| played.registered.positions.iter().position(|id| *id == record.id);
    let mut rows: Vec<ContributionRow> = (collected.records.iter().zip(&played.plan.batches))
        .map(|(record, batch)| contribution(collected, record, &batch.name, position_of(record)))
        .collect();
    rows.sort_by_key(|row| (row.position.is_none(), row.position, row.contribution));
    rows
}

fn contribution(
    collected: &Collected<'_>,
    record: &Contribution,
    name: &str,
    position: Option<usize>,
) -> ContributionRow {
    let account = position.and_then(|position| collected.accounts.get(position));
    let (score, error) = position.map_or((0.0, 0.0), |position| mean_score(&collected.steps, position));
    ContributionRow {
        contribution: record.id.get(),
        position: position.map(|position| position as u32),
        name: name.to_owned(),
        status: status(record.status).to_owned(),
        items: record.revealed.as_ref().map_or(0, |revealed| revealed.item_count.u64()),
        score,
        error,
        accrued: account.map_or(0, |account| account.accrued.i64()),
        held_back: account.map_or(0, |account| account.held_back.u64()),
        debt: account.map_or(0, |account| account.debt.u64()),
        payable: account.map_or(0, |account| account.payable.u64()),
        claimed: account.map_or(0, |account| account.claimed.u128()),
        usual_rule: position.map_or(0, |position| usual_rule(collected, position, collected.steps.len())),
        stake: account.map_or(0, |account| account.stake.u64()),
        history: position.map_or_else(Vec::new, |position| history(collected, position)),
    }
}

pub(super) fn status(status: Status) -> &'static str {
    match status {
        Status::Committed => "committed",
        Status::Forfeited => "forfeited",
        Status::Pending => "pending",
        Status::Accepted => "accepted",
        Status::Rejected => "rejected",
        Status::Withdrawn => "withdrawn",
        Status::Slashed => "slashed",
    }
}

/// Mean over settled rounds of the aggregated score, weighted by pool, as a fraction of the fees; errors of independent rounds.
fn mean_score(steps: &[Step], position: usize) -> (f64, f64) {
    let pool = |step: &Step| step.settled.parts.influence.u128() as f64;
    let total: f64 = steps.iter().map(pool).sum();
    let (score, variance) = steps.iter().fold((0.0, 0.0), |(score, variance), step| {
        let (share, entry) = (pool(step) / total, step.aggregate.entries[position]);
        let error = share * f64::from(entry.error) / f64::from(SCALE);
        (score + share * f64::from(entry.score) / f64::from(SCALE), variance + error * error)
    });
    (score, variance.sqrt())
}

/// What the sum of positive influences per item would have paid over the first rounds, in uopen.
pub fn usual_rule(collected: &Collected<'_>, position: usize, rounds: usize) -> u128 {
    (collected.steps.iter().zip(&collected.measured).take(rounds))
        .map(|(step, measured)| {
            (step.settled.parts.influence.u128() as f64 * measured.breakdown.usual_rule[position]) as u128
        })
        .sum()
}

fn history(collected: &Collected<'_>, position: usize) -> Vec<HistoryPoint> {
    (collected.steps.iter().enumerate())
        .map(|(index, step)| HistoryPoint {
            round: step.settled.round.get(),
            epoch: step.settled.last_epoch.get(),
            accrued: step.after.entries[position].accrued,
            payable: step.after.entries[position].payable,
            usual_rule: usual_rule(collected, position, index + 1),
        })
        .collect()
}

async fn accounts(stage: &Stage<'_>) -> Result<Vec<AccountRow>> {
    let paid = stage.contracts.settlement_events("paid").await?;
    let withdrawn = stage.contracts.settlement_events("withdrawn").await?;
    let mut rows = Vec::new();
    for actor in stage.cast.everybody() {
        let end = stage.contracts.open_balance(actor.signer.address()).await?;
        let (bonded, slashed) = bonds(stage, actor).await?;
        rows.push(AccountRow {
            name: actor.name.clone(),
            role: actor.role.to_owned(),
            address: actor.address(),
            start: actor.start,
            end,
            claimed: received(&paid, actor.signer.address()),
            dividends: lineage::dividends(stage, actor.signer.address()).await?,
            withdrawn: received(&withdrawn, actor.signer.address()),
            bonded,
            slashed,
        });
    }
    Ok(rows)
}

/// What an account was paid in transactions, by their `paid` or `withdrawn` events.
fn received(transactions: &[TxRecord], account: &str) -> u128 {
    (transactions.iter().flat_map(|transaction| &transaction.events))
        .filter_map(|event| SettlementEvent::parse(event)?.ok())
        .filter_map(|event| match event {
            SettlementEvent::Paid { account: to, amount } | SettlementEvent::Withdrawn { account: to, amount }
                if to == account =>
            {
                Some(amount.u128())
            }
            _ => None,
        })
        .sum()
}

/// Bond held for an account, and what of it was lost.
async fn bonds(stage: &Stage<'_>, actor: &Actor) -> Result<(u128, u128)> {
    if actor.role == "operator" {
        let operator = operator(stage, actor).await?;
        let lost = if operator.slashed > 0 { super::cast::OPERATOR_BOND } else { 0 };
        return Ok((operator.bond.u128(), lost));
    }
    // A gateway contributes what payers correct.
    if !["contributor", "gateway"].contains(&actor.role) {
        return Ok((0, 0));
    }
    let mut records: Vec<Contribution> = Vec::new();
    for datanet in [DatanetId(1), PRIVATE_DATANET] {
        let query = DatanetQuery::Contributions { datanet, page: Page::default() };
        records.extend(stage.contracts.datanet::<Vec<Contribution>>(&query).await?);
    }
    let own = records.iter().filter(|record| record.contributor.as_str() == actor.signer.address());
    Ok(own.fold((0, 0), |(held, lost), record| {
        let taken = record.bond_taken.u128();
        let left = if record.bond_returned { 0 } else { record.bond.u128() - taken };
        (held + left, lost + taken)
    }))
}

/// An operator's record.
pub async fn operator(stage: &Stage<'_>, actor: &Actor) -> Result<Operator> {
    let query = AttributionQuery::Operator { method: protocol::MethodId(1), account: actor.address() };
    Ok(stage.contracts.attribution(&query).await?)
}

async fn rounds(stage: &Stage<'_>, played: &Played, collected: &Collected<'_>) -> Result<Vec<RoundRow>> {
    let mut rows = Vec::new();
    for (round, misbehaviours) in &played.rounds {
        let step = collected.steps.iter().find(|step| step.settled.round == round.id);
        rows.push(round_row(stage, collected, (round, misbehaviours), step).await?);
    }
    Ok(rows)
}

/// One round, settled or not.
pub(super) async fn round_row(
    stage: &Stage<'_>,
    collected: &Collected<'_>,
    (round, misbehaviours): (&Round, &Misbehaviours),
    step: Option<&Step>,
) -> Result<RoundRow> {
    let amount = |of: &dyn Fn(&protocol::settlement::SettledRound) -> cosmwasm_std::Uint128| {
        step.map_or(0, |step| of(&step.settled).u128())
    };
    let kind = match round.kind {
        RoundKind::Fees => "fees",
        RoundKind::Valuation => "valuation",
    };
    Ok(RoundRow {
        model: stage.contracts.model_record(round.model).await?.name,
        kind: kind.to_owned(),
        round: round.id.get(),
        first_epoch: round.first_epoch.get(),
        last_epoch: round.last_epoch.get(),
        outcome: outcome(round).to_owned(),
        redemptions: round.redemptions,
        pool: amount(&|settled| settled.parts.influence),
        unresolved: amount(&|settled| settled.unresolved),
        residual: amount(&|settled| settled.residual),
        operators: operators(stage, collected, round, misbehaviours).await?,
    })
}

fn outcome(round: &Round) -> &'static str {
    match round.outcome {
        Some(Outcome::Settled) => "settled",
        Some(Outcome::NoQuorum) => "no quorum",
        Some(Outcome::TooFew) => "too few",
        Some(Outcome::NothingMeasured) => "nothing measured",
        None => "open",
    }
}

async fn operators(
    stage: &Stage<'_>,
    collected: &Collected<'_>,
    round: &Round,
    misbehaviours: &Misbehaviours,
) -> Result<Vec<OperatorRow>> {
    let parts = stage.contracts.participations(round.model, round.id).await?;
    let agreements = stage.contracts.attribution_events("agreement", &round_attributes(round)).await?;
    let mut rows = Vec::new();
    for (index, actor) in stage.cast.operators.iter().enumerate() {
        if !round.operators.iter().any(|operator| operator.as_str() == actor.signer.address()) {
            continue;
        }
        let part = parts.iter().find(|part| part.operator.as_str() == actor.signer.address());
        rows.push(OperatorRow {
            name: actor.name.clone(),
            behaviour: behaviour(misbehaviours, index).name().to_owned(),
            committed: part.is_some_and(|part| part.commitment.is_some()),
            revealed: part.is_some_and(|part| part.revealed.is_some()),
            agreement: part.and_then(|part| part.agreement).map(|agreement| f64::from(agreement.0) / 10_000.0),
            distance: distance(&agreements, round, actor),
            reward: collected.reward(round, actor.signer.address()),
            slashed: part.is_some_and(|part| part.slashed),
        });
    }
    Ok(rows)
}

fn round_attributes(round: &Round) -> [(&'static str, String); 2] {
    [("model", round.model.to_string()), ("round", round.id.to_string())]
}

fn distance(transactions: &[TxRecord], of: &Round, actor: &Actor) -> Option<u64> {
    (transactions.iter().flat_map(|transaction| &transaction.events))
        .filter_map(|event| AttributionEvent::parse(event)?.ok())
        .find_map(|event| match event {
            AttributionEvent::Agreement { model, round, operator, distance, .. }
                if (model, round) == (of.model, of.id) && operator == actor.signer.address() =>
            {
                Some(distance)
            }
            _ => None,
        })
}

fn fees(collected: &Collected<'_>) -> FeeFlow {
    let mut flow = FeeFlow::default();
    for step in &collected.steps {
        let settled = &step.settled;
        flow.gross += settled.gross.u128() + settled.unresolved.u128();
        flow.unresolved += settled.unresolved.u128();
        flow.operators += settled.operator_rewards.u128();
        flow.protocol_treasury += settled.parts.protocol.u128() - settled.operator_rewards.u128();
        flow.owner += settled.parts.owner.u128();
        flow.stake += settled.parts.stake.u128();
        flow.pool += settled.parts.influence.u128();
        flow.residual += settled.residual.u128();
    }
    // As the last round of fees left it: what valuations release came from royalties.
    let last = collected.steps.last().map_or(&[][..], |step| &step.after.entries);
    flow.payable = last.iter().map(|entry| u128::from(entry.payable)).sum();
    flow.held_back = flow.pool - flow.residual - flow.payable;
    flow
}
