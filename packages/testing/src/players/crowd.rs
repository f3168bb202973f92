//! Players who know the world: what they do next depends on where it stands, and on what they remember.

mod bonds;
mod data;
mod models;
mod money;
mod operators;
mod payments;
mod rounds;
mod stakes;
mod time;
mod tokens;

use std::collections::{BTreeMap, VecDeque};

use cosmwasm_std::Addr;
use protocol::datanet::{self, Contribution, Datanet};
use protocol::model::{self, Model};
use protocol::{ChannelId, ContributionId, ModelId, Page, RoundId};
use rules::hash::Hash;
use rules::score::Report;
use serde::{Serialize, de::DeserializeOwned};

use super::mutation::mutate;
use super::{Action, Chance, Reply, Table};
use crate::scenario::{Batch, PaidChannel};
use crate::{EmbeddedChain, TxOutcome};

/// What somebody may do now, if there is occasion for it.
type Move = fn(&mut Crowd, &Table) -> Option<Action>;
/// Moves by how often they are tried.
type Moves = [(u64, Move)];

/// One in so many actions is changed into what nobody means.
const MUTATED: u64 = 8;

/// What the last action makes, if it goes through.
enum Pending {
    Nothing,
    Batch(Batch),
    Opened(PaidChannel),
    Paid(usize, PaidChannel),
}

/// Players, and what they remember that the chain does not tell.
pub struct Crowd {
    chance: Chance,
    moves: Vec<(u64, Move)>,
    /// Who plays.
    accounts: Vec<Addr>,
    /// Whom messages may name by mistake.
    names: Vec<Addr>,
    batches: Vec<Batch>,
    channels: Vec<PaidChannel>,
    reports: BTreeMap<(ModelId, RoundId, Addr), (Report, Hash)>,
    pending: Pending,
    queue: VecDeque<Action>,
}

impl Crowd {
    /// Everybody at a table.
    pub fn new(seed: u64, table: &Table) -> Self {
        let world = &table.world;
        let mut accounts = world.accounts.all();
        accounts.push(EmbeddedChain::account("a nobody without OPEN"));
        let at = &world.at;
        let contracts = [&at.open_token, &at.datanet, &at.model, &at.attribution, &at.settlement];
        let strange =
            [table.foreign.clone(), table.counterfeit.clone(), Addr::unchecked("wasm1nobody"), Addr::unchecked("")];
        let names = accounts.iter().chain(contracts).chain(&table.stakes).chain(&strange).cloned().collect();
        Self {
            chance: Chance::new(seed),
            moves: all_moves(),
            accounts,
            names,
            batches: world.batches.clone(),
            channels: world.channels.clone(),
            reports: BTreeMap::new(),
            pending: Pending::Nothing,
            queue: VecDeque::new(),
        }
    }

    /// What happens next.
    pub fn next(&mut self, table: &Table) -> Action {
        self.pending = Pending::Nothing;
        if let Some(waiting) = self.queue.pop_front() {
            return waiting;
        }
        let action = self.meant(table);
        let action = self.signed(action);
        if self.chance.once_in(MUTATED) {
            mutate(&mut self.chance, action, &self.accounts, &self.names)
        } else {
            action
        }
    }

    /// Contracts sign nothing, even where one has become an owner or an operator.
    fn signed(&mut self, action: Action) -> Action {
        match action {
            Action::Send { sender, messages } if !self.accounts.contains(&sender) => {
                Action::Send { sender: self.anyone(), messages }
            }
            other => other,
        }
    }

    /// Something that makes sense.
    fn meant(&mut self, table: &Table) -> Action {
        loop {
            self.pending = Pending::Nothing;
            let Some(act) = self.chance.weighted(&self.moves).copied() else { continue };
            if let Some(action) = act(self, table) {
                return action;
            }
        }
    }

    /// Remembers what became of it.
    pub fn learn(&mut self, table: &Table, reply: &Reply) {
        let Reply::Done(outcome) = reply else { return };
        match std::mem::replace(&mut self.pending, Pending::Nothing) {
            Pending::Nothing => (),
            Pending::Batch(batch) => self.learn_batch(batch, outcome),
            Pending::Opened(channel) => self.learn_channel(table, channel, outcome),
            Pending::Paid(index, paid) => {
                if let Some(channel) = self.channels.get_mut(index) {
                    *channel = paid;
                }
            }
        }
    }

    fn learn_batch(&mut self, batch: Batch, outcome: &TxOutcome) {
        if let Some(id) = number(outcome, "contribution_committed", "contribution") {
            self.batches.push(Batch { id: ContributionId(id), ..batch });
        }
    }

    fn learn_channel(&mut self, table: &Table, channel: PaidChannel, outcome: &TxOutcome) {
        if let Some(id) = number(outcome, "channel_opened", "channel") {
            let head = rules::payment::genesis_head(&table.world.settlement_domain(), id);
            self.channels.push(PaidChannel { id: ChannelId(id), head, ..channel });
        }
    }

    fn anyone(&mut self) -> Addr {
        self.chance.pick(&self.accounts).cloned().unwrap_or_else(|| Addr::unchecked(""))
    }

    fn one<T: Clone>(&mut self, from: &[T]) -> Option<T> {
        self.chance.pick(from).cloned()
    }

    /// Mostly one of those who may, sometimes anybody.
    fn mostly(&mut self, entitled: &Addr) -> Addr {
        if self.chance.once_in(30) { self.anyone() } else { entitled.clone() }
    }

    fn some_model(&mut self, table: &Table) -> Option<Model> {
        let models = table.models();
        self.one(&models)
    }

    fn some_datanet(&mut self, table: &Table) -> Option<Datanet> {
        let datanets = table.datanets();
        self.one(&datanets)
    }

    fn some_contribution(&mut self, table: &Table) -> Option<Contribution> {
        let contributions = table.contributions();
        self.one(&contributions)
    }

    /// A contribution that a model uses.
    fn some_used(&mut self, table: &Table, model: &Model) -> Option<model::UsedContribution> {
        let used = table.used(model.id);
        self.one(&used)
    }
}

impl Table {
    fn ask<T: DeserializeOwned>(&self, contract: &Addr, query: &impl Serialize) -> Option<T> {
        self.world.chain.query(contract, query).ok()
    }

    fn models(&self) -> Vec<Model> {
        self.ask(&self.world.at.model, &model::QueryMsg::Models { page: whole() }).unwrap_or_default()
    }

    fn datanets(&self) -> Vec<Datanet> {
        self.ask(&self.world.at.datanet, &datanet::QueryMsg::Datanets { page: whole() }).unwrap_or_default()
    }

    fn contributions(&self) -> Vec<Contribution> {
        let of = |datanet: Datanet| {
            let query = datanet::QueryMsg::Contributions { datanet: datanet.id, page: whole() };
            self.ask::<Vec<Contribution>>(&self.world.at.datanet, &query).unwrap_or_default()
        };
        self.datanets().into_iter().flat_map(of).collect()
    }

    fn used(&self, model: ModelId) -> Vec<model::UsedContribution> {
        self.ask(&self.world.at.model, &model::QueryMsg::Used { model, page: whole() }).unwrap_or_default()
    }
}

fn all_moves() -> Vec<(u64, Move)> {
    [
        tokens::MOVES,
        stakes::MOVES,
        data::MOVES,
        bonds::MOVES,
        models::MOVES,
        operators::MOVES,
        rounds::MOVES,
        payments::MOVES,
        money::MOVES,
        time::MOVES,
    ]
    .concat()
}

fn number(outcome: &TxOutcome, event: &str, key: &str) -> Option<u64> {
    outcome.attribute(event, key)?.parse().ok()
}

fn whole() -> Page {
    Page { start_after: None, limit: Some(Page::MAX_LIMIT) }
}
