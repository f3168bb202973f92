//! What the tests send: a good model, and messages about it.

use cosmwasm_std::{Addr, Uint64, Uint128};
use cw_multi_test::IntoAddr as _;
use protocol::model::{
    Curatorship, ExecuteMsg, ModelKind, NewModel, NewStake, Parent, Price, Terms, VersionManifest, WorkClaim, WorkKind,
};
use protocol::{Bps, ContributionId, DatanetId, Hash32, MethodId, ModelId, RoundId};

pub const GOVERNANCE: &str = "governance";
pub const OWNER: &str = "owner";
pub const GATEWAY: &str = "gateway";
/// The model's first curator.
pub const CURATOR: &str = "curator";
/// The model's second curator, who also curates the first DataNet.
pub const BOTH: &str = "both";
/// A curator of the first DataNet.
pub const KEEPER: &str = "keeper";
pub const CONTRIBUTOR: &str = "contributor";
pub const STRANGER: &str = "stranger";

/// The model that `World::with_model` creates.
pub const MODEL: ModelId = ModelId(1);
/// The DataNet that exists from the start.
pub const DATANET: DatanetId = DatanetId(1);
/// The method that exists from the start.
pub const METHOD: MethodId = MethodId(1);

pub fn account(name: &str) -> Addr {
    name.into_addr()
}

pub fn text(name: &str) -> String {
    account(name).into_string()
}

pub fn hash(byte: u8) -> Hash32 {
    Hash32([byte; 32])
}

pub fn price(name: &str, per_call: u128) -> Price {
    Price::flat(name, per_call)
}

pub fn terms() -> Terms {
    Terms {
        owner: Bps(2_000),
        stake: Bps(1_000),
        influence: Bps(7_000),
        parents: Bps(0),
        release_rate: Bps(2_500),
        cap: Uint128::new(1_000_000_000),
    }
}

pub fn new_stake() -> NewStake {
    NewStake {
        name: "digits shares".to_owned(),
        symbol: "DIGITS".to_owned(),
        owner: Bps(5_000),
        contributors: Bps(3_000),
        work: Bps(2_000),
    }
}

pub fn new_model() -> NewModel {
    NewModel {
        name: "digits-mlp".to_owned(),
        kind: ModelKind::Base,
        terms: terms(),
        prices: vec![price("standard", 2_000), price("batch", 1_000)],
        gateway: text(GATEWAY),
        method: METHOD,
        curators: vec![text(CURATOR), text(BOTH)],
        parents: vec![],
        stake: new_stake(),
    }
}

pub fn parent(model: u64, share: u16) -> Parent {
    Parent { model: ModelId(model), share: Bps(share) }
}

/// A model made from others, which gives them a tenth.
pub fn child(kind: ModelKind, parents: Vec<Parent>) -> NewModel {
    let terms = Terms { owner: Bps(1_000), parents: Bps(1_000), ..terms() };
    NewModel { kind, parents, terms, ..new_model() }
}

pub fn create(new: NewModel) -> ExecuteMsg {
    ExecuteMsg::CreateModel(new)
}

pub fn change_terms(terms: Terms) -> ExecuteMsg {
    ExecuteMsg::ChangeTerms { model: MODEL, terms }
}

pub fn append(ids: &[ContributionId]) -> ExecuteMsg {
    ExecuteMsg::AppendContributions { model: MODEL, contributions: ids.to_vec() }
}

pub fn note(ids: &[u64]) -> ExecuteMsg {
    let contributions = ids.iter().copied().map(ContributionId).collect();
    ExecuteMsg::NoteWithdrawals { model: MODEL, contributions }
}

pub fn register(manifest: VersionManifest) -> ExecuteMsg {
    ExecuteMsg::RegisterVersion { model: MODEL, manifest }
}

pub fn claim(name: &str, kind: WorkKind, share: u16) -> WorkClaim {
    WorkClaim { account: text(name), kind, share: Bps(share) }
}

pub fn set_prices(prices: Vec<Price>) -> ExecuteMsg {
    ExecuteMsg::SetPrices { model: MODEL, prices }
}

pub fn corrections(datanet: Option<DatanetId>) -> ExecuteMsg {
    ExecuteMsg::SetCorrections { model: MODEL, datanet }
}

pub fn offer(to: &str) -> ExecuteMsg {
    ExecuteMsg::OfferModel { model: MODEL, to: text(to) }
}

pub fn accept() -> ExecuteMsg {
    ExecuteMsg::AcceptModel { model: MODEL }
}

pub fn propose(root: Hash32, count: u64) -> ExecuteMsg {
    ExecuteMsg::ProposeValidation { model: MODEL, root, count: Uint64::new(count), uri: "ipfs://examples".to_owned() }
}

pub fn approve(root: Hash32, on_behalf: Curatorship) -> ExecuteMsg {
    ExecuteMsg::ApproveValidation { model: MODEL, root, on_behalf }
}

pub fn for_datanet(contribution: u64) -> Curatorship {
    Curatorship::Datanet { contribution: ContributionId(contribution) }
}

pub fn consume(count: u64) -> ExecuteMsg {
    ExecuteMsg::ConsumeValidation { model: MODEL, round: RoundId(1), count: Uint64::new(count) }
}
