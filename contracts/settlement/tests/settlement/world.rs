//! A small chain with `settlement` on it, whose books are checked after every message.

use std::collections::BTreeMap;

use cosmwasm_std::{Addr, BlockInfo, Event, Timestamp, Uint64, Uint128, to_json_binary};
use cw_multi_test::{App, AppResponse, ContractWrapper, Executor};
use cw20::{Cw20Coin, Cw20ExecuteMsg};
use k256::ecdsa::SigningKey;
use protocol::model::Commerce;
use protocol::settlement::{
    ClaimItem, ContributionUpdate, ExecuteMsg, InstantiateMsg, Parts, ReceiveMsg, SignedVoucher,
};
use protocol::{Bps, ChannelId, ContributionId, ModelId, Page, Payee, Seconds};
use rules::score::ScoreEntry;
use serde::Serialize;
use settlement::ContractError;

use crate::stub::{self, Known};

mod books;
mod rounds;
mod stakes;
mod vouchers;

pub use stakes::RESERVE;

pub const GENESIS: u64 = 1_000_000;
pub const EPOCH: u64 = 1_000;
pub const MIN_BLOCKS: u64 = 5;
pub const START_HEIGHT: u64 = 100;
pub const MIN_REDEMPTION: u128 = 10;
pub const TREASURY_DELAY: u64 = 300;
pub const RETIRE_AFTER: u64 = 5;
pub const VALUATION_INTERVAL: u64 = 2;
pub const LAPSE_AFTER: u64 = 64;
/// OPEN of payer and stranger each: more than there can be, to reach the ledger's bounds.
pub const FUNDS: u128 = 10_000_000_000_000_000_000;
/// The model of most tests, with `POSITIONS` positions.
pub const MODEL: ModelId = ModelId(1);
/// Another model with the same gateway.
pub const OTHER_MODEL: ModelId = ModelId(2);
pub const POSITIONS: u32 = 130;

pub type Outcome = Result<AppResponse, ContractError>;

pub struct World {
    pub app: App,
    pub open: Addr,
    pub settlement: Addr,
    pub stub: Addr,
    /// Every model that the stand-in knows; their books are checked.
    pub models: Vec<ModelId>,
    stakes: BTreeMap<ModelId, Addr>,
    pub payer: Addr,
    pub gateway: Addr,
    pub owner: Addr,
    pub datanet: Addr,
    pub attribution: Addr,
    pub stranger: Addr,
    pub key: SigningKey,
    /// OPEN sent to the contract outside of its messages.
    pub donated: u128,
    next_round: u64,
}

impl World {
    pub fn new() -> Self {
        Self::with(|_| ())
    }

    pub fn with(change: impl FnOnce(&mut InstantiateMsg)) -> Self {
        let mut world = Self::bare();
        let mut msg = world.instantiate_msg();
        change(&mut msg);
        world.settlement = world.instantiate(&msg).unwrap();
        for id in [MODEL, OTHER_MODEL] {
            world.create_model(id, |_| ());
        }
        world
    }

    /// Token and stand-in, no settlement yet.
    pub fn bare() -> Self {
        let mut app = App::default();
        app.set_block(BlockInfo {
            height: START_HEIGHT,
            time: Timestamp::from_seconds(GENESIS),
            chain_id: "test-1".to_owned(),
        });
        let [payer, gateway, owner, datanet, attribution, stranger] =
            ["payer", "gateway", "owner", "datanet", "attribution", "stranger"].map(|name| app.api().addr_make(name));
        let stub_code = app.store_code(stub::contract());
        let stub =
            app.instantiate_contract(stub_code, owner.clone(), &cosmwasm_std::Empty {}, &[], "model", None).unwrap();
        let open = deploy_token(&mut app, [&payer, &stranger]);
        Self {
            settlement: open.clone(),
            models: vec![],
            stakes: BTreeMap::new(),
            key: SigningKey::from_slice(&[7; 32]).unwrap(),
            donated: 0,
            next_round: 1,
            app,
            open,
            stub,
            payer,
            gateway,
            owner,
            datanet,
            attribution,
            stranger,
        }
    }

    pub fn instantiate_msg(&self) -> InstantiateMsg {
        InstantiateMsg {
            open_token: self.open.to_string(),
            datanet: self.datanet.to_string(),
            model: self.stub.to_string(),
            attribution: self.attribution.to_string(),
            genesis: Seconds(GENESIS),
            epoch_length: Seconds(EPOCH),
            min_blocks: Uint64::new(MIN_BLOCKS),
            protocol_share: Bps(1_000),
            operators_share: Bps(5_000),
            min_redemption: Uint128::new(MIN_REDEMPTION),
            owner: self.account("governance").into(),
            treasury_delay: Seconds(TREASURY_DELAY),
            retire_after: Uint64::new(RETIRE_AFTER),
            valuation_interval: Uint64::new(VALUATION_INTERVAL),
            lapse_after: Uint64::new(LAPSE_AFTER),
        }
    }

    pub fn instantiate(&mut self, msg: &InstantiateMsg) -> Result<Addr, ContractError> {
        let code = self.app.store_code(Box::new(
            ContractWrapper::new(
                settlement::contract::execute,
                settlement::contract::instantiate,
                settlement::contract::query,
            )
            .with_migrate(settlement::contract::migrate),
        ));
        let admin = Some(self.owner.to_string());
        self.app
            .instantiate_contract(code, self.owner.clone(), msg, &[], "settlement", admin)
            .map_err(|error| error.downcast().unwrap())
    }

    // ---- time

    /// Sets time, in seconds after genesis, and moves `blocks` on.
    pub fn at(&mut self, seconds: u64, blocks: u64) {
        self.app.update_block(|block| {
            block.time = Timestamp::from_seconds(GENESIS + seconds);
            block.height += blocks;
        });
    }

    /// Moves to the first block that may settle all epochs up to `epoch`.
    pub fn end_redemption(&mut self, epoch: u64) {
        self.at((epoch + 1) * EPOCH + EPOCH / 2, 1);
        self.tick();
        self.at((epoch + 1) * EPOCH + EPOCH / 2, MIN_BLOCKS);
    }

    pub fn tick(&mut self) {
        self.execute("stranger", &ExecuteMsg::Tick {}).unwrap();
    }

    // ---- messages

    pub fn account(&self, name: &str) -> Addr {
        self.app.api().addr_make(name)
    }

    /// Sends a message by a named account, and checks the books whatever comes of it.
    pub fn execute(&mut self, sender: &str, msg: &ExecuteMsg) -> Outcome {
        let sender = self.account(sender);
        let settlement = self.settlement.clone();
        self.run(sender, settlement, msg)
    }

    /// Speaks as the OPEN contract, which the published cw20 would do only after moving the amount.
    pub fn execute_as_open(&mut self, msg: &ExecuteMsg) -> Outcome {
        let (open, settlement) = (self.open.clone(), self.settlement.clone());
        self.run(open, settlement, msg)
    }

    /// Books `messages` times 64 redemptions in `epoch`, over 64 new channels.
    pub fn fill(&mut self, epoch: u64, messages: u128) {
        let channels: Vec<ChannelId> = (0..64).map(|_| self.open_channel(messages * 10)).collect();
        for message in 1..=messages {
            let sign = |channel: &ChannelId| self.voucher(*channel, epoch, message * 10);
            let vouchers = channels.iter().map(sign).collect();
            self.redeem(vouchers).unwrap();
        }
    }

    /// Sends OPEN with a message.
    pub fn pay(&mut self, payer: &str, amount: u128, msg: &ReceiveMsg) -> Outcome {
        let sender = self.account(payer);
        let send = Cw20ExecuteMsg::Send {
            contract: self.settlement.to_string(),
            amount: amount.into(),
            msg: to_json_binary(msg).unwrap(),
        };
        let open = self.open.clone();
        self.run(sender, open, &send)
    }

    fn run(&mut self, sender: Addr, contract: Addr, msg: &(impl Serialize + std::fmt::Debug)) -> Outcome {
        let outcome = self
            .app
            .execute_contract(sender, contract, msg, &[])
            .map_err(|error| error.downcast().expect("an error of settlement"));
        self.check_books();
        outcome
    }

    pub fn open_channel(&mut self, amount: u128) -> ChannelId {
        self.open_channel_of(MODEL, amount)
    }

    pub fn open_channel_of(&mut self, model: ModelId, amount: u128) -> ChannelId {
        let voucher_key = self.voucher_key();
        let msg = ReceiveMsg::OpenChannel { model, voucher_key };
        let response = self.pay("payer", amount, &msg).unwrap();
        let ids = attributes(&response, "channel_opened", "channel");
        ids.first().unwrap().parse().unwrap()
    }

    pub fn redeem(&mut self, vouchers: Vec<SignedVoucher>) -> Outcome {
        self.execute("gateway", &ExecuteMsg::Redeem { vouchers })
    }

    pub fn redeem_one(&mut self, channel: ChannelId, epoch: u64, cumulative: u128) -> Outcome {
        let voucher = self.voucher(channel, epoch, cumulative);
        self.redeem(vec![voucher])
    }

    pub fn sync(&mut self, contribution: u64, payees: &[(&str, u16)], slashed: bool) -> Outcome {
        let update = self.update(contribution, payees, slashed);
        let updates = vec![update];
        self.execute("datanet", &ExecuteMsg::SyncContributions { updates })
    }

    pub fn update(&self, contribution: u64, payees: &[(&str, u16)], slashed: bool) -> ContributionUpdate {
        let payee = |(name, share): &(&str, u16)| Payee { account: self.account(name).into(), share: Bps(*share) };
        ContributionUpdate {
            contribution: ContributionId(contribution),
            payees: payees.iter().map(payee).collect(),
            slashed,
        }
    }

    pub fn claim(&mut self, positions: &[u32]) -> Outcome {
        let claims = vec![item(MODEL, positions)];
        self.execute("stranger", &ExecuteMsg::Claim { claims })
    }

    pub fn sweep(&mut self, positions: &[u32]) -> Outcome {
        let claims = vec![item(MODEL, positions)];
        self.execute("stranger", &ExecuteMsg::SweepSlashed { claims })
    }

    // ---- the stand-in

    /// Registers a model with a stake of its own.
    pub fn create_model(&mut self, id: ModelId, change: impl FnOnce(&mut Known)) {
        let stake = self.deploy_stake(id);
        self.stakes.insert(id, stake);
        let mut known = self.known(id);
        change(&mut known);
        self.set_model(known);
    }

    /// A model as it is created; the same contributions at the same positions of each.
    pub fn known(&self, id: ModelId) -> Known {
        let used = (0..POSITIONS).map(|position| ContributionId(u64::from(position) + 1));
        let commerce = Commerce {
            gateway: self.gateway.clone(),
            owner: self.owner.clone(),
            terms: stub::terms(),
            versions: 1,
            parents: vec![],
            stake: self.stake(id),
        };
        Known { id, commerce, later: vec![], used: used.collect() }
    }

    pub fn set_model(&mut self, known: Known) {
        if !self.models.contains(&known.id) {
            self.models.push(known.id);
        }
        let (owner, stub) = (self.owner.clone(), self.stub.clone());
        self.app.execute_contract(owner, stub, &known, &[]).unwrap();
        for (first, used) in (0..).step_by(100).zip(known.used.chunks(100)) {
            self.take_positions(known.id, first, used).unwrap();
        }
    }

    /// Speaks as the model contract.
    pub fn take_positions(&mut self, model: ModelId, first_position: u32, used: &[ContributionId]) -> Outcome {
        let (stub, settlement) = (self.stub.clone(), self.settlement.clone());
        self.run(stub, settlement, &ExecuteMsg::TakePositions { model, first_position, contributions: used.to_vec() })
    }
}

fn deploy_token(app: &mut App, rich: [&Addr; 2]) -> Addr {
    let code = app.store_code(Box::new(ContractWrapper::new(
        cw20_base::contract::execute,
        cw20_base::contract::instantiate,
        cw20_base::contract::query,
    )));
    let coin = |account: &Addr| Cw20Coin { address: account.to_string(), amount: FUNDS.into() };
    let msg = cw20_base::msg::InstantiateMsg {
        name: "OPEN".to_owned(),
        symbol: "OPEN".to_owned(),
        decimals: 6,
        initial_balances: rich.map(coin).into(),
        mint: None,
        marketing: None,
    };
    app.instantiate_contract(code, rich[0].clone(), &msg, &[], "open", None).unwrap()
}

pub fn everything() -> Page {
    Page { start_after: None, limit: Some(100) }
}

pub fn sum(parts: &Parts) -> Uint128 {
    parts.protocol + parts.owner + parts.stake + parts.influence + parts.parents
}

pub fn item(model: ModelId, positions: &[u32]) -> ClaimItem {
    ClaimItem { model, positions: positions.to_vec() }
}

pub fn score(score: i32, error: u32) -> ScoreEntry {
    ScoreEntry { score, error }
}

pub fn positive_sum(scores: &[ScoreEntry]) -> u64 {
    scores.iter().map(|entry| u64::try_from(entry.score).unwrap_or(0)).sum()
}

/// Attribute values of all events of a type, in order.
pub fn attributes(response: &AppResponse, event: &str, attribute: &str) -> Vec<String> {
    let wanted = format!("wasm-{event}");
    let of = |event: &Event| {
        let found = event.attributes.iter().find(|candidate| candidate.key == attribute);
        found.map(|found| found.value.clone())
    };
    response.events.iter().filter(|event| event.ty == wanted).filter_map(of).collect()
}
