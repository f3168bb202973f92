//! Questions to the other contracts.

use cosmwasm_std::{Addr, QuerierWrapper};
use protocol::attribution::{Method, QueryMsg as AttributionQuery};
use protocol::datanet::{Contribution, Datanet, QueryMsg as DatanetQuery, Snapshot};
use protocol::model::{Config, TrainedOn};
use protocol::settlement::QueryMsg as SettlementQuery;
use protocol::stake::{QueryMsg as StakeQuery, Reserves};
use protocol::{ContributionId, DatanetId, Epoch, MethodId};

use crate::ContractError;

/// Checks that `attribution` has the method.
pub fn check_method(querier: QuerierWrapper, attribution: &Addr, method: MethodId) -> Result<(), ContractError> {
    querier
        .query_wasm_smart::<Method>(attribution, &AttributionQuery::Method { method })
        .map_err(|_| ContractError::UnknownMethod { method })?;
    Ok(())
}

/// Checks that the DataNet exists.
pub fn check_datanet(querier: QuerierWrapper, at: &Addr, datanet: DatanetId) -> Result<(), ContractError> {
    querier
        .query_wasm_smart::<Datanet>(at, &DatanetQuery::Datanet { datanet })
        .map_err(|_| ContractError::UnknownDatanet { datanet })?;
    Ok(())
}

/// Checks that the snapshot exists, holds something and has the root named.
pub fn check_snapshot(querier: QuerierWrapper, datanet: &Addr, part: &TrainedOn) -> Result<(), ContractError> {
    let TrainedOn { datanet: id, version, root } = *part;
    let unknown = ContractError::UnknownSnapshot { datanet: id, version };
    if version.is_zero() {
        return Err(unknown);
    }
    let asked = DatanetQuery::Snapshot { datanet: id, version };
    let snapshot: Snapshot = querier.query_wasm_smart(datanet, &asked).map_err(|_| unknown)?;
    if snapshot.root != root {
        return Err(ContractError::WrongSnapshotRoot { datanet: id, version, actual: snapshot.root });
    }
    Ok(())
}

/// A contribution.
pub fn contribution(
    querier: QuerierWrapper,
    datanet: &Addr,
    contribution: ContributionId,
) -> Result<Contribution, ContractError> {
    Ok(querier.query_wasm_smart(datanet, &DatanetQuery::Contribution { contribution })?)
}

/// The DataNet of a contribution.
pub fn datanet_of(
    querier: QuerierWrapper,
    datanet: &Addr,
    contribution: ContributionId,
) -> Result<Datanet, ContractError> {
    let found = self::contribution(querier, datanet, contribution)?;
    let asked = DatanetQuery::Datanet { datanet: found.datanet };
    Ok(querier.query_wasm_smart(datanet, &asked)?)
}

/// The epoch of the current block; `None` before the first.
pub fn current_epoch(querier: QuerierWrapper, config: &Config) -> Result<Option<Epoch>, ContractError> {
    let settlement = config.settlement.as_ref().ok_or(ContractError::NotWired)?;
    Ok(querier.query_wasm_smart(settlement, &SettlementQuery::CurrentEpoch {})?)
}

/// What is left of the reserves of a stake contract.
pub fn reserves(querier: QuerierWrapper, stake: &Addr) -> Result<Reserves, ContractError> {
    Ok(querier.query_wasm_smart(stake, &StakeQuery::Reserves {})?)
}
