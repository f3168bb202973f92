//! Contributions, their votes and uses, and how many an account commits a day.

use cosmwasm_schema::cw_serde;
use cosmwasm_std::{Addr, Empty, Order, StdResult, Storage, Uint64};
use cw_storage_plus::{Bound, Item, Map};
use protocol::datanet::{Contribution, Verdict};
use protocol::{ContributionId, DatanetId, ModelId, Page};

use super::{keys, next, overflow};
use crate::ContractError;

const SECONDS_PER_DAY: u64 = 86_400;

const CONTRIBUTION_COUNT: Item<u64> = Item::new(keys::CONTRIBUTION_COUNT);
const CONTRIBUTIONS: Map<u64, Contribution> = Map::new(keys::CONTRIBUTIONS);
const BY_DATANET: Map<(u64, u64), Empty> = Map::new(keys::BY_DATANET);
const DAILY_COMMITS: Map<(u64, &Addr), DayCount> = Map::new(keys::DAILY_COMMITS);
const VOTES: Map<(u64, &Addr), Verdict> = Map::new(keys::VOTES);
/// By contribution and model.
const USES: Map<(u64, u64), Empty> = Map::new(keys::USES);
const WITHDRAWN_HEIGHTS: Map<u64, Uint64> = Map::new(keys::WITHDRAWN_HEIGHTS);

#[cw_serde]
struct DayCount {
    day: u64,
    commits: u32,
}

/// The id that the next commit gets: ids follow the order of commits.
pub fn next_contribution(storage: &mut dyn Storage) -> Result<ContributionId, ContractError> {
    next(storage, &CONTRIBUTION_COUNT, "contribution ids").map(ContributionId)
}

pub fn save_contribution(storage: &mut dyn Storage, contribution: &Contribution) -> StdResult<()> {
    CONTRIBUTIONS.save(storage, contribution.id.get(), contribution)
}

/// Stores a contribution for the first time and lists it in its DataNet.
pub fn append_contribution(storage: &mut dyn Storage, contribution: &Contribution) -> StdResult<()> {
    BY_DATANET.save(storage, (contribution.datanet.get(), contribution.id.get()), &Empty {})?;
    save_contribution(storage, contribution)
}

pub fn contribution(storage: &dyn Storage, contribution: ContributionId) -> Result<Contribution, ContractError> {
    CONTRIBUTIONS.may_load(storage, contribution.get())?.ok_or(ContractError::UnknownContribution { contribution })
}

pub fn contributions(
    storage: &dyn Storage,
    datanet: DatanetId,
    page: &Page,
) -> Result<Vec<Contribution>, ContractError> {
    let after = page.after().map(Bound::exclusive);
    let listed = BY_DATANET.prefix(datanet.get()).keys(storage, after, None, Order::Ascending);
    listed.take(page.take()).map(|id| contribution(storage, ContributionId(id?))).collect()
}

/// Counts a commit of `contributor` on the day of `time`.
///
/// # Errors
/// [`ContractError::DailyLimit`] once `limit` commits were counted on that day.
pub fn count_commit(
    storage: &mut dyn Storage,
    datanet: DatanetId,
    contributor: &Addr,
    time: u64,
    limit: u32,
) -> Result<(), ContractError> {
    let key = (datanet.get(), contributor);
    let day = time / SECONDS_PER_DAY;
    let last = DAILY_COMMITS.may_load(storage, key)?;
    let so_far = last.filter(|last| last.day == day).map_or(0, |last| last.commits);
    if so_far >= limit {
        let next_day = day.saturating_add(1).saturating_mul(SECONDS_PER_DAY);
        return Err(ContractError::DailyLimit { datanet, limit, next_day });
    }
    let commits = so_far.checked_add(1).ok_or(overflow("commits of a day"))?;
    Ok(DAILY_COMMITS.save(storage, key, &DayCount { day, commits })?)
}

pub fn has_voted(storage: &dyn Storage, contribution: ContributionId, reviewer: &Addr) -> bool {
    VOTES.has(storage, (contribution.get(), reviewer))
}

pub fn save_vote(
    storage: &mut dyn Storage,
    contribution: ContributionId,
    reviewer: &Addr,
    verdict: Verdict,
) -> StdResult<()> {
    VOTES.save(storage, (contribution.get(), reviewer), &verdict)
}

/// Whether a model uses a contribution.
pub fn uses(storage: &dyn Storage, model: ModelId, contribution: ContributionId) -> bool {
    USES.has(storage, (contribution.get(), model.get()))
}

pub fn save_use(storage: &mut dyn Storage, model: ModelId, contribution: ContributionId) -> StdResult<()> {
    USES.save(storage, (contribution.get(), model.get()), &Empty {})
}

/// The height at which a withdrawn contribution was withdrawn.
pub fn withdrawn_height(storage: &dyn Storage, contribution: ContributionId) -> StdResult<Uint64> {
    WITHDRAWN_HEIGHTS.load(storage, contribution.get())
}

pub fn save_withdrawn_height(storage: &mut dyn Storage, contribution: ContributionId, height: Uint64) -> StdResult<()> {
    WITHDRAWN_HEIGHTS.save(storage, contribution.get(), &height)
}

#[cfg(test)]
mod tests {
    use super::*;
    use cosmwasm_std::testing::MockStorage;

    #[test]
    fn a_day_counts_up_to_its_limit_and_begins_again_at_midnight() {
        let mut storage = MockStorage::new();
        let account = Addr::unchecked("a");
        let mut commit = |time| count_commit(&mut storage, DatanetId(1), &account, time, 2);
        assert_eq!(commit(0), Ok(()));
        assert_eq!(commit(86_399), Ok(()));
        let refused = ContractError::DailyLimit { datanet: DatanetId(1), limit: 2, next_day: 86_400 };
        assert_eq!(commit(86_399), Err(refused));
        assert_eq!(commit(86_400), Ok(()));
    }
}
