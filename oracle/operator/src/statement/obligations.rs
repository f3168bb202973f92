//! What the models of an account owe at the tip, and what bounds it: settlement's and the model's own answers, side by side.

use cosmwasm_std::{Uint64, Uint128};
use protocol::{
    Epoch, ModelId, Page,
    event::SettlementEvent,
    model::{Commerce, DatedTerms, Model, QueryMsg as ModelQuery, Terms},
    settlement::{Account, ModelTotals, Parts, QueryMsg, Standing},
    stake::{QueryMsg as StakeQuery, Reserves},
};
use report::statement::{Amount, OwnedModel, ParentShare, PartsOwed, Period, Signed, TermsShown};
use rules::ledger::MAX_CAP;

use super::{Mismatch, StatementError, history::History, period, records::Records};
use crate::contracts::Contracts;

/// The models of an account, by id.
pub async fn read(
    contracts: &Contracts,
    records: &Records,
    history: &History,
    account: &str,
    period: &Period,
) -> Result<Vec<OwnedModel>, StatementError> {
    let mut all = Vec::new();
    for model in records.models.iter().filter(|model| model.owner.as_str() == account) {
        let answers = Answers::ask(contracts, model.id).await?;
        answers.compare(model.id)?;
        all.push(answers.show(model, records, history, period)?);
    }
    Ok(all)
}

/// All that the contracts say of a model's obligations.
struct Answers {
    totals: ModelTotals,
    accounts: Vec<Account>,
    commerce: Commerce,
    terms: Vec<DatedTerms>,
    reserves: Reserves,
    last_fees: Option<Epoch>,
    standing: Standing,
}

impl Answers {
    async fn ask(contracts: &Contracts, model: ModelId) -> Result<Self, StatementError> {
        let books = contracts.books(model).await?;
        Ok(Self {
            totals: contracts.settlement(&QueryMsg::ModelTotals { model }).await?,
            accounts: contracts.accounts(model).await?,
            commerce: contracts.model(&ModelQuery::Commerce { model, epoch: None }).await?,
            terms: terms_history(contracts, model).await?,
            reserves: contracts.stake(model, &StakeQuery::Reserves {}).await?,
            last_fees: books.last().map(|book| book.epoch),
            standing: contracts.settlement(&QueryMsg::Standing { model, position: 0 }).await?,
        })
    }

    /// Totals are the sums of their accounts. While a round is in progress, both have taken in the same chunks.
    fn compare(&self, model: ModelId) -> Result<(), StatementError> {
        let what = |of: &str| format!("{of} of model {model}");
        let payable = self.accounts.iter().map(|account| u128::from(account.payable.u64())).sum::<u128>();
        let totals = ("its totals", self.totals.payable.u128());
        Mismatch::unless_equal(what("payable"), totals, ("its accounts", payable))?;
        let claimed = self.accounts.iter().map(|account| account.claimed.u128()).sum::<u128>();
        let totals = ("its totals", self.totals.claimed.u128());
        Mismatch::unless_equal(what("claimed"), totals, ("its accounts", claimed))?;
        let liability = self.accounts.iter().map(liability).sum::<u128>();
        let totals = ("its totals", self.totals.liability.u128());
        Mismatch::unless_equal(what("liability"), totals, ("its accounts", liability))
    }

    fn show(
        &self,
        model: &Model,
        records: &Records,
        history: &History,
        period: &Period,
    ) -> Result<OwnedModel, StatementError> {
        let Self { totals, accounts, reserves, .. } = self;
        let sum = |of: fn(&Account) -> u64| Amount(accounts.iter().map(|account| u128::from(of(account))).sum());
        let pending = self.terms.iter().find(|dated| dated.from.get() > period.tip_epoch);
        let in_force = self.terms.iter().rfind(|dated| dated.from.get() <= period.tip_epoch);
        let from = in_force.map_or(0, |dated| dated.from.get());
        let retire_from_epoch = self.retire_from(records, period);
        let (received, flowed) = royalties(history, model.id, period);
        Ok(OwnedModel {
            model: model.id.get(),
            name: model.name.clone(),
            settled_through: totals.settled_through.map(Epoch::get),
            liability: shown(totals.liability),
            payable: shown(totals.payable),
            claimed: shown(totals.claimed),
            owed: less(totals.liability, totals.claimed)?,
            claimable: less(totals.payable, totals.claimed)?,
            held_back: sum(|account| account.held_back.u64()),
            unsettled: parts(&totals.unsettled),
            in_progress: shown(totals.in_progress),
            royalties_owed: shown(totals.royalties_owed),
            royalties_waiting: parts(&totals.royalties),
            royalties_flowed: shown(totals.royalties_flowed),
            royalties_received_in_period: received,
            royalties_flowed_in_period: flowed,
            reserve_contributors: shown(reserves.contributors),
            stake_undelivered: less(totals.stake_given, totals.stake_claimed)?,
            reserve_work: shown(reserves.work),
            positions: model.positions,
            bound: bound(&self.commerce.terms, pending, model.positions),
            terms: terms(from, &self.commerce.terms),
            pending: pending.map(|dated| terms(dated.from.get(), &dated.terms)),
            parents: self.parents(),
            debt: sum(|account| account.debt.u64()),
            proved_debt: sum(|account| account.proved_debt.u64()),
            debt_collected: shown(totals.debt_collected),
            accrued: Signed(accounts.iter().map(|account| i128::from(account.accrued.i64())).sum()),
            retired: self.standing.retired,
            retire_from_epoch,
            retire_from: retire_from_epoch.and_then(|epoch| records.clock.start_of(epoch)),
            must_settle_first: !totals.in_progress.is_zero() || self.last_fees > totals.settled_through,
        })
    }

    fn parents(&self) -> Vec<ParentShare> {
        let parents = self.commerce.parents.iter();
        parents.map(|parent| ParentShare { model: parent.model.get(), share_bps: parent.share.0 }).collect()
    }

    /// More than `retire_after` epochs must begin after the last one with fees or a valuation, as `Retire` checks it.
    fn retire_from(&self, records: &Records, period: &Period) -> Option<u64> {
        if self.standing.retired || self.accounts.is_empty() {
            return None;
        }
        let last = self.last_fees.max(self.totals.valued_in).map(Epoch::get);
        let retire_after = records.config.retire_after.u64();
        Some(last.map_or(period.tip_epoch, |last| last.saturating_add(retire_after).saturating_add(1)))
    }
}

async fn terms_history(contracts: &Contracts, model: ModelId) -> Result<Vec<DatedTerms>, StatementError> {
    let mut all: Vec<DatedTerms> = Vec::new();
    loop {
        let start_after = all.last().map(|dated| Uint64::new(dated.from.get()));
        let page = Page { start_after, limit: Some(Page::MAX_LIMIT) };
        let more: Vec<DatedTerms> = contracts.model(&ModelQuery::TermsHistory { model, page }).await?;
        if more.is_empty() {
            return Ok(all);
        }
        all.extend(more);
    }
}

/// `max(payable, accrued, 0)`.
fn liability(account: &Account) -> u128 {
    u128::from(account.payable.u64().max(u64::try_from(account.accrued.i64()).unwrap_or(0)))
}

/// Royalties that came from children in a period, and those that went to parents.
fn royalties(history: &History, of: ModelId, within: &Period) -> (Amount, Amount) {
    let (mut received, mut flowed) = (0_u128, 0_u128);
    for (place, event) in history.settlement() {
        let SettlementEvent::RoyaltiesFlowed { model, parent, amount } = event else { continue };
        if !period::covers(within, place.epoch) {
            continue;
        }
        if *parent == of {
            received = received.saturating_add(amount.u128());
        }
        if *model == of {
            flowed = flowed.saturating_add(amount.u128());
        }
    }
    (Amount(received), Amount(flowed))
}

/// `cap · positions`, by the higher cap; at most 2^63 − 1 per position.
fn bound(in_force: &Terms, pending: Option<&DatedTerms>, positions: u32) -> Amount {
    let pending = pending.map_or(Uint128::zero(), |dated| dated.terms.cap);
    let cap = in_force.cap.max(pending).u128().min(u128::from(MAX_CAP));
    Amount(cap.saturating_mul(u128::from(positions)))
}

fn terms(from: u64, terms: &Terms) -> TermsShown {
    TermsShown {
        from_epoch: from,
        owner_bps: terms.owner.0,
        stake_bps: terms.stake.0,
        influence_bps: terms.influence.0,
        parents_bps: terms.parents.0,
        release_rate_bps: terms.release_rate.0,
        cap: shown(terms.cap),
    }
}

fn parts(parts: &Parts) -> PartsOwed {
    PartsOwed {
        protocol: shown(parts.protocol),
        owner: shown(parts.owner),
        stake: shown(parts.stake),
        influence: shown(parts.influence),
        parents: shown(parts.parents),
    }
}

fn shown(amount: Uint128) -> Amount {
    Amount(amount.u128())
}

fn less(whole: Uint128, part: Uint128) -> Result<Amount, StatementError> {
    Ok(shown(whole.checked_sub(part).map_err(|_| StatementError::Range("what is owed"))?))
}
