//! Queries: every listing is paged.

use cosmwasm_std::{Binary, Deps, Env, to_json_binary};
use protocol::model::MAX_POSITIONS;
use protocol::settlement::{Account, EpochBook, QueryMsg, Standing};
use protocol::{Epoch, ModelId, Page};

use crate::error::ContractError;
use crate::state;
use crate::{accounts, range, valuation, windows};

pub fn query(deps: Deps, env: &Env, msg: QueryMsg) -> Result<Binary, ContractError> {
    let storage = deps.storage;
    let setup = state::load_setup(storage)?;
    Ok(match msg {
        QueryMsg::Config {} => to_json_binary(&setup.config),
        QueryMsg::Totals {} => to_json_binary(&state::load_totals(storage)?),
        QueryMsg::CurrentEpoch {} => to_json_binary(&windows::current_epoch(&setup, env)),
        QueryMsg::Channel { channel } => to_json_binary(&state::load_channel(storage, channel)?),
        QueryMsg::Channels { page } => to_json_binary(&state::list_channels(storage, &page)?),
        QueryMsg::Epochs { model, page } => to_json_binary(&epochs(deps, model, &page)?),
        QueryMsg::Redemptions { model, epoch, page } => {
            to_json_binary(&state::list_redemptions(storage, model, epoch, &page)?)
        }
        QueryMsg::Openable { model } => to_json_binary(&range::openable(storage, &setup, env, model)?),
        QueryMsg::LastScores { model, from, count } => to_json_binary(&last_scores(deps, model, from, count)?),
        QueryMsg::Accounts { model, page } => to_json_binary(&list_accounts(deps, model, &page)?),
        QueryMsg::ModelTotals { model } => to_json_binary(&state::load_model_totals(storage, model)?),
        QueryMsg::SettledRounds { model, page } => to_json_binary(&state::list_rounds(storage, model, &page)?),
        QueryMsg::Valuation { model } => to_json_binary(&valuation::find(deps, &setup, env, model)?),
        QueryMsg::Standing { model, position } => to_json_binary(&standing(deps, model, position)?),
        QueryMsg::Spends { page } => to_json_binary(&state::list_spends(storage, &page)?),
        QueryMsg::Ownership {} => to_json_binary(&cw_ownable::get_ownership(storage)?),
        QueryMsg::Balance { account } => {
            let account = deps.api.addr_validate(&account)?;
            to_json_binary(&state::load_balance(storage, &account)?)
        }
    }?)
}

fn epochs(deps: Deps, model: ModelId, page: &Page) -> Result<Vec<EpochBook>, ContractError> {
    let after = page.after().map(Epoch);
    let books = state::list_books(deps.storage, model, after, page.take())?;
    Ok(books.iter().map(|(epoch, book)| book.shown(*epoch)).collect())
}

/// Positions that no round has reached count as 0.
fn last_scores(deps: Deps, model: ModelId, from: u32, count: u32) -> Result<Binary, ContractError> {
    if count > MAX_POSITIONS {
        return Err(ContractError::ScoreCount { count });
    }
    let wanted = usize::try_from(count).unwrap_or(0);
    let entries = accounts::load_entries(deps.storage, model, from, wanted)?;
    let scores = entries.iter().flat_map(|entry| entry.last_score.to_be_bytes());
    Ok(scores.collect::<Vec<u8>>().into())
}

fn list_accounts(deps: Deps, model: ModelId, page: &Page) -> Result<Vec<Account>, ContractError> {
    let positions = state::load_model(deps.storage, model)?.positions;
    let from = match page.after() {
        None => 0,
        Some(after) => u32::try_from(after).map_or(positions, |after| after.saturating_add(1)),
    };
    let left = usize::try_from(positions.saturating_sub(from)).unwrap_or(0);
    let entries = accounts::load_entries(deps.storage, model, from, left.min(page.take()))?;
    (from..).zip(&entries).map(|(position, entry)| accounts::shown(deps.storage, model, position, entry)).collect()
}

/// What is owed beyond doubt now, and for how many rounds there was such a debt; all 0 of a position that no round has reached.
/// Whether the position's account was released and nothing can have moved it since: fees that wait for a round could.
fn is_retired(deps: Deps, model: ModelId, position: u32) -> Result<bool, ContractError> {
    let book = state::load_model(deps.storage, model)?;
    let waiting = state::list_books(deps.storage, model, book.totals.settled_through, 1)?;
    Ok(book.retired && position < book.positions && waiting.is_empty())
}

fn standing(deps: Deps, model: ModelId, position: u32) -> Result<Standing, ContractError> {
    let entry = accounts::load_entry(deps.storage, model, position)?;
    let counts = accounts::load_standing(deps.storage, model, position)?;
    Ok(Standing {
        proved_debt: entry.proved_debt().into(),
        rounds_with_debt: counts.with_debt,
        rounds_without_debt: counts.without_debt,
        retired: is_retired(deps, model, position)?,
    })
}
