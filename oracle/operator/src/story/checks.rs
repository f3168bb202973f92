//! What must hold at the end. Each check compares something read from the chain, or measured, with a bound that it could miss.

use anyhow::{Context, Result};
use protocol::{
    RoundId,
    attribution::{Config as AttributionConfig, Outcome, QueryMsg as AttributionQuery},
    datanet::{Config as DatanetConfig, QueryMsg as DatanetQuery, Status},
    settlement::{ModelTotals, QueryMsg as SettlementQuery, Totals},
    stake::{DividendTotals, QueryMsg as StakeQuery},
};
use report::data::Check;
use rules::score::Vector;
use serde_json::{Value, json};

use super::{
    Options, PUBLISHED_FOLDER,
    collect::{Collected, operator, usual_rule},
    correct::Corrected,
    lineage,
    plan::Conduct,
    repeat::Repeated,
    rounds::{Behaviour, behaviour, settled},
    stage::Stage,
    statements::Stated,
};
use crate::{
    node::Engine,
    published::Published,
    replay::{self, Step},
};

/// Least Spearman correlation of influence with the effect of removal.
const LEAST_SPEARMAN: f64 = 0.9;
/// Most that noise may be paid, as a fraction of the pools.
const MOST_NOISE: f64 = 0.005;

/// All checks, in the order in which they are shown.
pub async fn all(
    options: &Options,
    stage: &Stage<'_>,
    collected: &Collected<'_>,
    stated: &[Stated],
    repeated: &Repeated,
) -> Result<Vec<Check>> {
    let mut checks = truth(collected);
    checks.push(wrong_items_paid(collected)?);
    checks.push(noise_paid(collected)?);
    checks.push(copier_bond(collected)?);
    checks.push(silent_slashed(stage, collected).await?);
    checks.push(liars_moved_nothing(stage, collected)?);
    checks.push(hidden_receipts_to_treasury(stage, collected).await?);
    checks.push(expired_epoch_covered(stage, collected).await?);
    checks.push(usual_rule_pays_harm(collected)?);
    checks.push(bond_taken(stage, collected).await?);
    checks.push(royalties_flow(stage, collected).await?);
    checks.push(stake_and_dividends(stage, collected).await?);
    checks.push(statements(stage, stated).await?);
    checks.push(conservation(stage, collected).await?);
    checks.push(replay(options, stage, collected).await?);
    checks.push(same_bytes(repeated));
    checks.extend(collected.played.corrected.as_ref().map(corrector_earns));
    Ok(checks)
}

fn check(name: &str, holds: bool, value: Value, bound: Value, meaning: &str) -> Check {
    Check { name: name.to_owned(), holds, value, bound, meaning: meaning.to_owned() }
}

fn truth(collected: &Collected<'_>) -> Vec<Check> {
    let truth = &collected.truth;
    let spearman = |name: &str, value: f64, ceiling: f64, meaning: &str| {
        let value_json =
            json!({ "spearman": rounded(value), "split_half_ceiling": rounded(ceiling), "seeds": truth.seeds });
        check(name, value >= LEAST_SPEARMAN, value_json, json!({ "spearman_at_least": LEAST_SPEARMAN }), meaning)
    };
    vec![
        spearman(
            "truth_queries",
            truth.spearman_queries,
            truth.ceiling_queries,
            "Net influence ranks contributions as retraining without them changes the loss on paid queries.",
        ),
        spearman(
            "truth_validation",
            truth.spearman_validation,
            truth.ceiling_validation,
            "Utility ranks contributions as retraining without them changes the loss on validation examples.",
        ),
    ]
}

fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

/// Position of the batch of a conduct.
fn position(collected: &Collected<'_>, conduct: Conduct) -> Result<usize> {
    let played = collected.played;
    let batch = played
        .plan
        .batches
        .iter()
        .position(|batch| batch.conduct == conduct)
        .context("every conduct is in the plan")?;
    let id = played.contributed.ids[batch];
    played.registered.positions.iter().position(|used| *used == id).context("the batch is used")
}

/// What contributors could be paid from: fees, and royalties that valuations shared.
fn pools(collected: &Collected<'_>) -> u128 {
    let steps = collected.steps.iter().chain(&collected.valuations);
    steps.map(|step| step.settled.parts.influence.u128()).sum()
}

/// Pools of the rounds of fees, which the usual rule is held against.
fn fee_pools(collected: &Collected<'_>) -> u128 {
    collected.steps.iter().map(|step| step.settled.parts.influence.u128()).sum()
}

fn wrong_items_paid(collected: &Collected<'_>) -> Result<Check> {
    let words = collected.played.plan.subject.harm();
    let account = &collected.accounts[position(collected, Conduct::Wrong)?];
    let holds = account.payable.u64() == 0 && account.claimed.is_zero() && account.debt.u64() > 0;
    Ok(check(
        words.check,
        holds,
        json!({ "payable": account.payable, "claimed": account.claimed, "debt": account.debt }),
        json!({ "payable": "0", "claimed": "0", "debt_above": "0" }),
        &format!("{} are paid nothing, and their account is in debt.", words.what),
    ))
}

fn noise_paid(collected: &Collected<'_>) -> Result<Check> {
    let account = &collected.accounts[position(collected, Conduct::Noise)?];
    let share = account.payable.u64() as f64 / pools(collected) as f64;
    Ok(check(
        "noise_paid",
        share <= MOST_NOISE,
        json!({ "share_of_pools": rounded(share), "payable": account.payable }),
        json!({ "share_at_most": MOST_NOISE }),
        "Noise that passed review is paid next to nothing.",
    ))
}

fn copier_bond(collected: &Collected<'_>) -> Result<Check> {
    let batches = &collected.played.plan.batches;
    let index = batches.iter().position(|batch| batch.conduct == Conduct::Copy).context("the plan has a copy")?;
    let record = &collected.records[index];
    let holds =
        record.status == Status::Slashed && record.bond_taken == record.bond && !record.bond.is_zero() && !record.used;
    Ok(check(
        "copier_bond",
        holds,
        json!({ "status": record.status, "bond": record.bond, "taken": record.bond_taken, "duplicates": record.duplicates }),
        json!({ "status": "slashed", "taken": record.bond }),
        "A stranger's duplicate proof took the copier's whole bond before any training.",
    ))
}

async fn silent_slashed(stage: &Stage<'_>, collected: &Collected<'_>) -> Result<Check> {
    let mut silent = Vec::new();
    let mut others = 0;
    for (index, actor) in stage.cast.operators.iter().enumerate() {
        let record = operator(stage, actor).await?;
        let was_silent =
            collected.played.rounds.iter().any(|(_, conduct)| behaviour(conduct, index) == Behaviour::Silent);
        match was_silent {
            true => silent.push((record.slashed, record.bond.u128())),
            false => others += record.slashed,
        }
    }
    let holds = !silent.is_empty() && silent.iter().all(|part| *part == (1, 0)) && others == 0;
    Ok(check(
        "silent_slashed",
        holds,
        json!({ "silent": silent.iter().map(|(slashed, bond)| json!({ "slashed": slashed, "bond": bond.to_string() })).collect::<Vec<_>>(), "others_slashed": others }),
        json!({ "silent": [{ "slashed": 1, "bond": "0" }], "others_slashed": 0 }),
        "The operator who committed and never revealed lost its bond; nobody else lost any.",
    ))
}

/// Recomputes the ledgers of rounds with liars from the honest vectors alone, and compares with what the chain did.
fn liars_moved_nothing(stage: &Stage<'_>, collected: &Collected<'_>) -> Result<Check> {
    let (mut moved, mut reward, mut liars, mut identical) = (0_u128, 0_u128, 0_usize, true);
    for (round, conduct) in &collected.played.rounds {
        let is_liar = |operator: &str| {
            let index = stage.cast.operators.iter().position(|actor| actor.signer.address() == operator);
            index.is_some_and(|index| matches!(behaviour(conduct, index), Behaviour::Reposted | Behaviour::Invented))
        };
        let Some(step) = collected.steps.iter().find(|step| step.settled.round == round.id) else { continue };
        let honest: Vec<&Vector> = step
            .revealed
            .iter()
            .filter(|revealed| !is_liar(&revealed.operator))
            .map(|revealed| &revealed.vector)
            .collect();
        identical &= honest.windows(2).all(|pair| pair[0] == pair[1]);
        liars += step.revealed.len() - honest.len();
        moved += payout_moved(step, &honest, round.redemptions as usize)?;
        let liars_here = step.revealed.iter().filter(|revealed| is_liar(&revealed.operator));
        reward += liars_here.map(|liar| collected.reward(round, &liar.operator)).sum::<u128>();
    }
    Ok(check(
        "liars_moved_nothing",
        moved == 0 && reward == 0 && liars >= 2 && identical,
        json!({ "liars": liars, "moved_uopen": moved.to_string(), "rewards_uopen": reward.to_string(), "honest_byte_identical": identical }),
        json!({ "liars_at_least": 2, "moved_uopen": "0", "rewards_uopen": "0", "honest_byte_identical": true }),
        "A reposted and an invented vector moved no payout by one uopen, and earned nothing.",
    ))
}

fn payout_moved(step: &Step, honest: &[&Vector], redemptions: usize) -> Result<u128> {
    let alone = replay::aggregate(honest, redemptions).context("a settled round has honest vectors")?;
    let ledger = replay::advance(&step.before.entries, &alone, &replay::terms(&step.settled)?)?;
    Ok((ledger.iter().zip(&step.after.entries))
        .map(|(alone, chain)| {
            u128::from(alone.payable.abs_diff(chain.payable)) + u128::from(alone.accrued.abs_diff(chain.accrued))
        })
        .sum())
}

async fn hidden_receipts_to_treasury(stage: &Stage<'_>, collected: &Collected<'_>) -> Result<Check> {
    let last = collected.steps.last().context("rounds were settled")?;
    let model = collected.played.registered.model;
    let redemptions = stage.contracts.redemptions(model, last.settled.first_epoch, last.settled.last_epoch).await?;
    let published = &stage.published;
    let mut hidden = 0_u128;
    for (_, redemption) in &redemptions {
        if !published.has_segment(redemption.head.bytes()).await? {
            hidden += redemption.amount.u128();
        }
    }
    let gone = last.settled.unresolved.u128();
    let rest = last.settled.gross.u128();
    Ok(check(
        "hidden_receipts_to_treasury",
        hidden > 0 && gone == hidden && rest > 0,
        json!({ "hidden_uopen": hidden.to_string(), "unresolved_uopen": gone.to_string(), "settled_uopen": rest.to_string() }),
        json!({ "unresolved_uopen": hidden.to_string(), "settled_uopen_above": "0" }),
        "Fees whose receipts the gateway hid went to the treasury, the owner's part too; the rest settled.",
    ))
}

async fn expired_epoch_covered(stage: &Stage<'_>, collected: &Collected<'_>) -> Result<Check> {
    let rounds = &collected.played.rounds;
    let failed =
        rounds.iter().position(|(round, _)| round.outcome == Some(Outcome::NoQuorum)).context("a round failed")?;
    let (before, after) =
        (&rounds[failed].0, rounds.get(failed + 1).map(|(round, _)| round).context("a round followed")?);
    let books = stage.contracts.books(collected.played.registered.model).await?;
    let settled_by = books.iter().find(|book| book.epoch == before.last_epoch).and_then(|book| book.settled_by);
    let holds = settled(after) && after.last_epoch >= before.last_epoch && settled_by == Some(after.id);
    Ok(check(
        "expired_epoch_covered",
        holds,
        json!({ "epoch": before.last_epoch, "failed_round": before.id, "settled_by": settled_by }),
        json!({ "settled_by": after.id }),
        "The epoch of a round without quorum was settled by the next round; nothing was lost.",
    ))
}

fn usual_rule_pays_harm(collected: &Collected<'_>) -> Result<Check> {
    let total = fee_pools(collected) as f64;
    let share = |conduct| -> Result<(f64, f64)> {
        let position = position(collected, conduct)?;
        let usual = usual_rule(collected, position, collected.steps.len()) as f64 / total;
        let paid = collected.steps.last().map_or(0, |step| step.after.entries[position].payable);
        Ok((usual, paid as f64 / total))
    };
    let (wrong, noise) = (share(Conduct::Wrong)?, share(Conduct::Noise)?);
    let all: u128 =
        (0..collected.accounts.len()).map(|position| usual_rule(collected, position, collected.steps.len())).sum();
    let whole = (all as f64 / total - 1.0).abs() < 1e-3;
    Ok(check(
        "usual_rule",
        whole && wrong.0 + noise.0 > 2.0 * (wrong.1 + noise.1) && wrong.0 > 0.05,
        json!({
            "wrong_labels": { "usual": rounded(wrong.0), "paid": rounded(wrong.1) },
            "noise": { "usual": rounded(noise.0), "paid": rounded(noise.1) },
            "sum_of_usual": rounded(all as f64 / total),
        }),
        json!({ "usual_for_wrong_labels_above": 0.05, "usual_over_paid_above": 2, "sum_of_usual": 1.0 }),
        "The sum of positive influences per item, beside each payout, would have paid wrong labels and noise.",
    ))
}

/// The bond of the wrong labels, beside what the chain credited to their account.
async fn bond_taken(stage: &Stage<'_>, collected: &Collected<'_>) -> Result<Check> {
    let batch = collected.played.plan.batches.iter().position(|batch| batch.conduct == Conduct::Wrong);
    let record = &collected.records[batch.context("the plan has wrong items")?];
    let model = collected.played.registered.model;
    let totals: ModelTotals = stage.contracts.settlement(&SettlementQuery::ModelTotals { model }).await?;
    let owed = record.bond.u128().min(collected.played.proved_debt);
    let holds = record.bond_taken.u128() == owed
        && owed > 0
        && totals.debt_collected == record.bond_taken
        && record.status == Status::Accepted;
    Ok(check(
        "bond_taken",
        holds,
        json!({ "bond": record.bond, "taken": record.bond_taken, "credited": totals.debt_collected, "status": record.status }),
        json!({ "taken": owed.to_string(), "credited": owed.to_string(), "status": "accepted" }),
        "After two rounds with proved debt, and no appeal, what wrong items owe was taken from their bond and credited to their account.",
    ))
}

/// What the adapter's payers paid to the base's contributors, though nobody asked the base anything.
async fn royalties_flow(stage: &Stage<'_>, collected: &Collected<'_>) -> Result<Check> {
    let played = collected.played;
    let adapter: ModelTotals =
        stage.contracts.settlement(&SettlementQuery::ModelTotals { model: played.grown.adapter.model }).await?;
    let valuation = collected.valuations.last().context("a valuation was settled")?;
    let (pool, paid) = (valuation.settled.parts.influence.u128(), lineage::released(valuation));
    let books = stage.contracts.books(played.registered.model).await?;
    let own = books.iter().filter(|book| book.epoch >= played.grown.round.last_epoch).count();
    let flowed = adapter.royalties_flowed.u128();
    Ok(check(
        "royalties_flow",
        flowed > 0 && pool > 0 && paid > 0 && own == 0,
        json!({ "flowed_uopen": flowed.to_string(), "pool_uopen": pool.to_string(), "released_uopen": paid.to_string(), "own_epochs_with_fees": own }),
        json!({ "flowed_uopen_above": "0", "pool_uopen_above": "0", "released_uopen_above": "0", "own_epochs_with_fees": 0 }),
        "The adapter's royalties reached its base, and a valuation round released them to the base's contributors.",
    ))
}

/// The tranche that valuation gave, that claims delivered it all, and that holders were paid every dividend but fractions of an uopen.
async fn stake_and_dividends(stage: &Stage<'_>, collected: &Collected<'_>) -> Result<Check> {
    let model = collected.played.registered.model;
    let totals: ModelTotals = stage.contracts.settlement(&SettlementQuery::ModelTotals { model }).await?;
    let books: DividendTotals = stage.contracts.stake(model, &StakeQuery::DividendTotals {}).await?;
    let valuation = &collected.valuations.last().context("a valuation was settled")?.settled;
    let holders = stage.contracts.holders(model).await?.len();
    let harmful = [Conduct::Wrong, Conduct::Noise];
    let to_harm = harmful.into_iter().map(|conduct| Ok(collected.accounts[position(collected, conduct)?].stake.u64()));
    let to_harm = to_harm.collect::<Result<Vec<u64>>>()?;
    let left = books.outstanding.u128();
    let holds = !valuation.stake_given.is_zero()
        && valuation.stake_given <= valuation.tranche
        && totals.stake_claimed == totals.stake_given
        && to_harm[0] == 0
        && !books.paid.is_zero()
        && left <= holders as u128 + 1;
    Ok(check(
        "stake_and_dividends",
        holds,
        json!({
            "tranche_units": valuation.tranche, "given_units": valuation.stake_given, "delivered_units": totals.stake_claimed,
            "given_to_wrong_labels": to_harm[0].to_string(), "given_to_noise": to_harm[1].to_string(),
            "dividends_received_uopen": books.received, "paid_uopen": books.paid, "fractions_left_uopen": left.to_string(),
        }),
        json!({ "given_units_at_most": valuation.tranche, "delivered_units": totals.stake_given, "given_to_wrong_labels": "0", "fractions_left_uopen_at_most": holders + 1 }),
        "A valuation round gave a tranche of the stake by utility, claims delivered it, and holders were paid their dividends.",
    ))
}

/// Whether every statement adds up, and begins and ends with what its account had and has.
async fn statements(stage: &Stage<'_>, stated: &[Stated]) -> Result<Check> {
    let mut wrong = Vec::new();
    let mut lines = 0;
    for Stated { name, start, statement } in stated {
        let held = stage.contracts.open_balance(&statement.account).await?;
        lines += statement.lines.len();
        if !statement.adds_up() || statement.opening.0 != *start || statement.closing.0 != held {
            wrong.push(name.clone());
        }
    }
    Ok(check(
        "statements",
        wrong.is_empty() && stated.len() == stage.cast.everybody().len() && lines > stated.len(),
        json!({ "statements": stated.len(), "lines": lines, "wrong": wrong }),
        json!({ "wrong": [] }),
        "Everybody's statement begins with what it had, names every movement with its transaction, and ends with what the chain says.",
    ))
}

async fn conservation(stage: &Stage<'_>, collected: &Collected<'_>) -> Result<Check> {
    let totals: Totals = stage.contracts.settlement(&SettlementQuery::Totals {}).await?;
    let unclaimed = totals.liability.checked_sub(stage.contracts.claimed().await?)?;
    let datanet: DatanetConfig = stage.contracts.datanet(&DatanetQuery::Config {}).await?;
    let attribution: AttributionConfig = stage.contracts.attribution(&AttributionQuery::Config {}).await?;
    let (mut start, mut end) = (0, 0);
    for actor in stage.cast.everybody() {
        start += actor.start;
        end += stage.contracts.open_balance(actor.signer.address()).await?;
    }
    let mut dividends = 0;
    for model in collected.played.models() {
        let books: DividendTotals = stage.contracts.stake(model, &StakeQuery::DividendTotals {}).await?;
        dividends += books.outstanding.u128();
    }
    let supply = stage.contracts.open_supply().await?;
    let held = [
        ("held_by_accounts", end),
        ("channels", totals.channels.u128()),
        ("pools", totals.pools.u128()),
        ("liabilities", unclaimed.u128()),
        ("owner_and_operator_balances", totals.balances.u128()),
        ("treasury", totals.treasury.u128()),
        ("royalties", totals.royalties.u128()),
        ("dividends", dividends),
        ("contribution_bonds", datanet.bonds_held.u128()),
        ("operator_bonds", attribution.bonds_held.u128()),
    ];
    let sum: u128 = held.iter().map(|(_, amount)| amount).sum();
    let parts: serde_json::Map<String, Value> =
        held.iter().map(|(name, amount)| ((*name).to_owned(), json!(amount.to_string()))).collect();
    Ok(check(
        "conservation",
        sum == supply && start == supply,
        json!({ "sum_uopen": sum.to_string(), "parts_uopen": parts }),
        json!({ "supply_uopen": supply.to_string() }),
        "Every uopen that entered is claimed, owed, pooled, bonded, in a channel, with the treasury or still with its holder.",
    ))
}

/// A stranger opens the chain and the published objects with an empty folder, and recomputes every settled round.
async fn replay(options: &Options, stage: &Stage<'_>, collected: &Collected<'_>) -> Result<Check> {
    let _step = stage.progress.step("a stranger replays every settled round, influence included", 0);
    let contracts = collected.played.ground.as_stranger(&options.out).await?;
    let folder = options.out.join("repeat").join("stranger");
    let published = Published::at(options.out.join(PUBLISHED_FOLDER));
    let keys = stage.keys.clone();
    let engine = Engine::new(contracts.clone(), published, keys, folder.clone());
    let (mut differences, mut distances, mut within) = (Vec::new(), Vec::new(), true);
    for model in [collected.played.registered.model, collected.played.grown.adapter.model] {
        for step in replay::steps(&contracts, model, RoundId(u64::MAX)).await? {
            let mut replayed = replay::replay(&contracts, model, step.settled.round).await?;
            let distance = replay::influence(&engine, &step.aggregate, model, step.settled.round).await?;
            within &= distance.holds();
            distances.push(distance);
            differences.append(&mut replayed.differences);
        }
    }
    super::remove(&folder)?;
    Ok(check(
        "replay",
        differences.is_empty() && within && !distances.is_empty(),
        json!({ "rounds": distances.len(), "differences": differences, "influence_distance": distances }),
        json!({ "differences": [], "influence_distance": "each at most the method's tolerance" }),
        "From public vectors a stranger recomputes aggregate and ledger bit for bit, and from published receipts the scores.",
    ))
}

fn same_bytes(repeated: &Repeated) -> Check {
    check(
        "same_bytes",
        repeated.this == repeated.other,
        json!(repeated.this),
        json!(repeated.other),
        "Two runs with one seed give the same weights, the same vectors and the same ledger.",
    )
}

fn corrector_earns(corrected: &Corrected) -> Check {
    let accrued: i64 = corrected.accounts.iter().map(|account| account.accrued.i64()).sum();
    let earning = corrected.accounts.iter().filter(|account| account.accrued.i64() > 0).count();
    let Corrected { asked, wrong, learned, contributions, round, .. } = corrected;
    check(
        "corrector_earns",
        settled(round) && *learned > 0 && accrued > 0,
        json!({ "asked": asked, "answered_wrongly": wrong, "corrected": contributions.len(), "then_right": learned, "earning": earning, "accrued": accrued.to_string() }),
        json!({ "then_right_above": 0, "accrued_above": "0" }),
        "A payer corrected answers that it had bought; the next version gives right ones, and the corrections earn.",
    )
}
