//! What a recomputed ledger is held against: every difference is a sentence.

use protocol::{
    Hash32, ModelId,
    attribution::RoundKind,
    settlement::{Account, SettledRound},
};
use rules::{
    ledger::Entry,
    score::{Report, report_commitment},
};

use super::{
    ReplayError,
    ledger::{Ledger, Step},
    vectors::Revealed,
};
use crate::contracts::Contracts;

/// D, residual and stake of a round.
pub fn round(step: &Step) -> Vec<String> {
    let (settled, round) = (&step.settled, step.settled.round);
    let mut differences = Vec::new();
    if settled.denominator.u64() != step.aggregate.denominator {
        differences.push(format!(
            "round {round}: D is {} on chain, {} recomputed",
            settled.denominator, step.aggregate.denominator
        ));
    }
    if u128::try_from(step.residual()) != Ok(settled.residual.u128()) {
        differences.push(format!(
            "round {round}: the residual is {} on chain, {} recomputed",
            settled.residual,
            step.residual()
        ));
    }
    if step.stake_given() != settled.stake_given.u128() {
        differences.push(format!(
            "round {round}: {} units of stake were given on chain, {} recomputed",
            settled.stake_given,
            step.stake_given()
        ));
    }
    differences
}

/// Whether every vector is the one that its operator committed to: transactions could be forged by whoever shows them.
pub async fn commitments(contracts: &Contracts, model: ModelId, step: &Step) -> Result<Vec<String>, ReplayError> {
    let round = step.settled.round;
    let (record, parts) = (contracts.round(model, round).await?, contracts.participations(model, round).await?);
    let mut differences = Vec::new();
    if u32::try_from(step.revealed.len()) != Ok(record.vectors) {
        differences.push(format!(
            "round {round}: {} vectors were revealed on chain, {} are in its transactions",
            record.vectors,
            step.revealed.len()
        ));
    }
    for Revealed { operator, vector, salt } in &step.revealed {
        let report = Report::Vector(vector.clone());
        let recomputed =
            report_commitment(&contracts.attribution_domain(), record.inputs.bytes(), operator, &report, salt.bytes());
        let committed = parts.iter().find(|part| part.operator.as_str() == operator).and_then(|part| part.commitment);
        if committed != Some(Hash32(recomputed)) {
            differences.push(format!("round {round}: the vector of {operator} is not the one that it committed to"));
        }
    }
    Ok(differences)
}

/// Whether the fees that left the pool are those of the redemptions that more than half of the vectors call unresolved.
pub async fn unresolved(contracts: &Contracts, model: ModelId, step: &Step) -> Result<Vec<String>, ReplayError> {
    let SettledRound { round, kind, first_epoch, last_epoch, unresolved, .. } = step.settled;
    if kind == RoundKind::Valuation {
        return Ok(Vec::new());
    }
    let redemptions = contracts.redemptions(model, first_epoch, last_epoch).await?;
    let marked = redemptions.iter().enumerate().filter(|(index, _)| step.aggregate.unresolved.get(*index));
    let recomputed: u128 = marked.map(|(_, (_, redemption))| redemption.amount.u128()).sum();
    if recomputed == unresolved.u128() {
        return Ok(Vec::new());
    }
    Ok(vec![format!("round {round}: {unresolved} uopen left the pool as unresolved on chain, {recomputed} recomputed")])
}

/// Every bit of every account, and the stake that valuations gave it.
pub fn accounts(ledger: &Ledger, accounts: &[Account]) -> Vec<String> {
    let mut differences = Vec::new();
    let Ledger { entries: ledger, stake } = ledger;
    if ledger.len() != accounts.len() {
        differences.push(format!("{} accounts on chain, {} recomputed", accounts.len(), ledger.len()));
    }
    for (entry, account) in ledger.iter().zip(accounts) {
        let on_chain = Entry {
            accrued: account.accrued.i64(),
            payable: account.payable.u64(),
            variance: account.variance.u128(),
            last_score: account.last_score,
        };
        if *entry != on_chain {
            differences.push(format!("position {}: {on_chain:?} on chain, {entry:?} recomputed", account.position));
        }
        let units = stake.get(account.position as usize).copied().unwrap_or_default();
        if units != account.stake.u64() {
            let (position, on_chain) = (account.position, account.stake);
            differences.push(format!("position {position}: {on_chain} units of stake on chain, {units} recomputed"));
        }
    }
    differences
}
