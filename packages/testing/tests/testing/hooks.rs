//! Contracts that call back while they are paid or called, and tokens that are not OPEN.

use cosmwasm_std::{
    Addr, Binary, CosmosMsg, Deps, DepsMut, Empty, Env, MessageInfo, Reply, Response, StdError, StdResult, SubMsg,
    Uint128, WasmMsg, from_json, to_json_binary,
};
use cw_multi_test::ContractWrapper;
use cw20::{Cw20Coin, Cw20ExecuteMsg, Cw20ReceiveMsg};
use protocol::settlement::{ClaimItem, ExecuteMsg, ReceiveMsg, SignedVoucher};
use protocol::{Bps, Payee, attribution, datanet, open_token};
use serde::{Deserialize, Serialize};
use settlement::ContractError;
use testing::scenario::World;
use testing::{ChainError, Code, TxOutcome, VoucherKey, err};

use crate::attacker::{FEE, REACH, SCORES, wealth};

/// Messages of the attacker's contract. What OPEN brings carries a `Plan`, too.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum AttackMsg {
    Run(Plan),
    Receive(Cw20ReceiveMsg),
}

/// Calls to make, and whether to go on where one fails.
#[derive(Serialize, Deserialize)]
struct Plan {
    calls: Vec<CosmosMsg>,
    swallow: bool,
}

fn instantiate(_: DepsMut, _: Env, _: MessageInfo, _: Empty) -> StdResult<Response> {
    Ok(Response::new())
}

fn execute(_: DepsMut, _: Env, _: MessageInfo, msg: AttackMsg) -> StdResult<Response> {
    let plan = match msg {
        AttackMsg::Run(plan) => plan,
        AttackMsg::Receive(received) => from_json(received.msg)?,
    };
    let wrap = |call: CosmosMsg| match plan.swallow {
        true => SubMsg::reply_on_error(call, 0),
        false => SubMsg::new(call),
    };
    Ok(Response::new().add_submessages(plan.calls.into_iter().map(wrap)))
}

fn query(_: Deps, _: Env, _: Empty) -> StdResult<Binary> {
    Err(StdError::generic_err("nothing to ask"))
}

fn reply(_: DepsMut, _: Env, _: Reply) -> StdResult<Response> {
    Ok(Response::new())
}

/// A world with one settled round, whose first contribution pays the attacker's contract, which also has a channel.
struct Attack {
    world: World,
    contract: Addr,
    attacker: Addr,
    channel: protocol::ChannelId,
}

const DEPOSIT: u128 = 1_000_000;

impl Attack {
    fn new() -> Self {
        let mut world = World::new();
        let attacker = world.accounts.stranger.clone();
        let code = Box::new(ContractWrapper::new(execute, instantiate, query).with_reply(reply));
        let contract = world.chain.instantiate_foreign(code, &attacker).unwrap();
        let gift = Cw20ExecuteMsg::Transfer { recipient: contract.to_string(), amount: Uint128::new(10 * DEPOSIT) };
        let token = world.at.open_token.clone();
        world.chain.execute(&attacker, &token, &gift, &[]).unwrap();
        let payees = vec![Payee { account: contract.to_string(), share: Bps::WHOLE }];
        let set = datanet::ExecuteMsg::SetPayees { contribution: world.batches[0].id, payees };
        let (author, at) = (world.batches[0].contributor.clone(), world.at.datanet.clone());
        world.chain.execute(&author, &at, &set, &[]).unwrap();
        world.settle(FEE, &SCORES, REACH).unwrap();
        let mut attack = Self { world, contract, attacker, channel: protocol::ChannelId(0) };
        let voucher_key = VoucherKey::named("attacker").public_key();
        let open = ReceiveMsg::OpenChannel { model: attack.world.model, voucher_key };
        let open = attack.send(&attack.world.at.settlement, DEPOSIT, &open);
        let outcome = attack.run(vec![open], false).unwrap();
        let id = outcome.attribute("channel_opened", "channel").unwrap().parse().unwrap();
        attack.channel = protocol::ChannelId(id);
        attack
    }

    fn due(&self) -> u128 {
        let account = self.world.ledger()[0].clone();
        u128::from(account.payable.u64()) - account.claimed.u128()
    }

    fn wealth(&self) -> u128 {
        wealth(&self.world, &[&self.contract, &self.attacker])
    }

    /// OPEN's `Send` as the contract would send it.
    fn send(&self, to: &Addr, amount: u128, hook: &impl Serialize) -> CosmosMsg {
        let msg = to_json_binary(hook).unwrap();
        let send = Cw20ExecuteMsg::Send { contract: to.to_string(), amount: Uint128::new(amount), msg };
        call(&self.world.at.open_token, &send)
    }

    fn settlement(&self, msg: &ExecuteMsg) -> CosmosMsg {
        call(&self.world.at.settlement, msg)
    }

    fn claim(&self) -> CosmosMsg {
        let claims = vec![ClaimItem { model: self.world.model, positions: vec![0] }];
        self.settlement(&ExecuteMsg::Claim { claims })
    }

    /// The contract calls, asked directly.
    fn run(&mut self, calls: Vec<CosmosMsg>, swallow: bool) -> Result<TxOutcome, ChainError> {
        let run = AttackMsg::Run(Plan { calls, swallow });
        self.world.chain.execute(&self.attacker, &self.contract, &run, &[])
    }

    /// The contract calls while OPEN is being sent to it.
    fn run_in_hook(&mut self, calls: Vec<CosmosMsg>, swallow: bool) -> Result<TxOutcome, ChainError> {
        let plan = Plan { calls, swallow };
        let (attacker, contract) = (self.attacker.clone(), self.contract.clone());
        self.world.chain.send_open(&attacker, &contract, 1, &plan)
    }
}

fn call(contract: &Addr, msg: &impl Serialize) -> CosmosMsg {
    let msg = to_json_binary(msg).unwrap();
    WasmMsg::Execute { contract_addr: contract.to_string(), msg, funds: vec![] }.into()
}

#[test]
fn claiming_again_from_inside_a_transfer_of_open_pays_once() {
    let mut attack = Attack::new();
    let (before, due) = (attack.wealth(), attack.due());
    assert!(due > 0);
    let claims = vec![attack.claim(), attack.claim()];
    let error: ContractError = err(attack.run_in_hook(claims.clone(), false));
    assert_eq!(error, ContractError::NothingPayable);
    assert_eq!(attack.wealth(), before, "a refusal undoes the first claim as well");
    // The same, going on where a call fails: paid once, however deep the calls are nested.
    let nested = attack.send(&attack.contract.clone(), 1, &Plan { calls: claims.clone(), swallow: true });
    attack.run_in_hook([claims, vec![nested]].concat(), true).unwrap();
    assert_eq!(attack.wealth(), before + due);
    assert_eq!(attack.due(), 0);
}

#[test]
fn a_channel_is_refunded_once_however_often_it_is_finished_from_a_hook() {
    let mut attack = Attack::new();
    let (channel, before) = (attack.channel, attack.wealth());
    let finish = attack.settlement(&ExecuteMsg::FinishClose { channel });
    let close = attack.settlement(&ExecuteMsg::CloseChannel { channel });
    attack.run_in_hook(vec![close.clone(), finish.clone(), close], true).unwrap();
    assert_eq!(attack.wealth(), before, "notice was given, and nothing is paid before it ends");
    attack.world.chain.pass_time(1_500);
    let topped_up = attack.send(&attack.world.at.settlement, DEPOSIT, &ReceiveMsg::TopUp { channel });
    attack.run_in_hook(vec![topped_up, finish.clone(), finish.clone(), finish], true).unwrap();
    assert_eq!(attack.wealth(), before + DEPOSIT);
    assert!(attack.world.channel(channel).closed);
}

#[test]
fn balances_are_withdrawn_once_and_only_by_their_accounts() {
    let mut attack = Attack::new();
    let before = attack.wealth();
    let withdraw = attack.settlement(&ExecuteMsg::Withdraw {});
    let error: ContractError = err(attack.run_in_hook(vec![withdraw.clone()], false));
    assert!(matches!(error, ContractError::NothingToWithdraw { .. }), "{error}");
    attack.run_in_hook(vec![withdraw.clone(), withdraw], true).unwrap();
    assert_eq!(attack.wealth(), before);
}

#[test]
fn a_contract_that_speaks_as_open_or_as_a_peer_moves_nothing() {
    let mut attack = Attack::new();
    let (before, totals) = (attack.wealth(), attack.world.totals());
    let hook = |msg: Binary| Cw20ReceiveMsg { sender: attack.attacker.to_string(), amount: Uint128::new(DEPOSIT), msg };
    let treasury = to_json_binary(&ReceiveMsg::Treasury {}).unwrap();
    let bond = to_json_binary(&attribution::ReceiveMsg::Bond { method: attack.world.method }).unwrap();
    let commitment = protocol::Hash32([7; 32]);
    let commit = datanet::ReceiveMsg::Commit { datanet: attack.world.datanet, commitment };
    let commit = to_json_binary(&commit).unwrap();
    let at = attack.world.at.clone();
    let update = protocol::settlement::ContributionUpdate {
        contribution: attack.world.batches[1].id,
        payees: vec![Payee { account: attack.contract.to_string(), share: Bps::WHOLE }],
        slashed: false,
    };
    let contributions = vec![attack.world.batches[1].id];
    let take = ExecuteMsg::TakePositions { model: attack.world.model, first_position: 0, contributions };
    let calls = [
        attack.settlement(&ExecuteMsg::Receive(hook(treasury))),
        attack.settlement(&take),
        attack.settlement(&ExecuteMsg::SyncContributions { updates: vec![update] }),
        call(&at.attribution, &attribution::ExecuteMsg::Receive(hook(bond))),
        call(&at.datanet, &datanet::ExecuteMsg::Receive(hook(commit))),
    ];
    for one in &calls {
        assert!(attack.run_in_hook(vec![one.clone()], false).is_err());
    }
    attack.run_in_hook(calls.to_vec(), true).unwrap();
    assert_eq!((attack.wealth(), attack.world.totals()), (before, totals));
}

#[test]
fn a_copy_of_open_that_its_maker_minted_buys_nothing() {
    let mut world = World::new();
    let attacker = world.accounts.stranger.clone();
    let fake = open_token::InstantiateMsg {
        name: "OPEN".to_owned(),
        symbol: "OPEN".to_owned(),
        decimals: open_token::DECIMALS,
        initial_balances: vec![Cw20Coin { address: attacker.to_string(), amount: Uint128::new(1_000_000_000_000) }],
        mint: None,
        marketing: None,
    };
    let fake = world.chain.instantiate(Code::OpenToken, &attacker, &fake, None).unwrap();
    let totals = world.totals();
    let voucher_key = VoucherKey::named("fake").public_key();
    let open = ReceiveMsg::OpenChannel { model: world.model, voucher_key };
    let bond = attribution::ReceiveMsg::Bond { method: world.method };
    let sends = [
        (world.at.settlement.clone(), to_json_binary(&open).unwrap()),
        (world.at.settlement.clone(), to_json_binary(&ReceiveMsg::Treasury {}).unwrap()),
        (world.at.attribution.clone(), to_json_binary(&bond).unwrap()),
    ];
    for (contract, msg) in sends {
        let send = Cw20ExecuteMsg::Send { contract: contract.to_string(), amount: Uint128::new(50_000_000), msg };
        let Err(ChainError::Rejected(rejection)) = world.chain.execute(&attacker, &fake, &send, &[]) else {
            panic!("{contract} took a token that is not OPEN")
        };
        assert!(rejection.reason().contains("not") && rejection.reason().contains("OPEN"), "{}", rejection.reason());
    }
    assert_eq!(world.totals(), totals);
}

#[test]
fn a_gateway_that_is_a_contract_redeems_no_voucher_twice_in_a_call_of_a_call() {
    let mut attack = Attack::new();
    let payer = attack.world.accounts.payer.clone();
    // The model's gateway is another account: the contract cannot redeem for it, whatever it wraps the call in.
    let (domain, epoch) = (attack.world.settlement_domain(), attack.world.epoch());
    let voucher: SignedVoucher = attack.world.channels[0].clone().pay(&domain, epoch, FEE);
    let (before, totals) = (wealth(&attack.world, &[&payer]), attack.world.totals());
    let redeem = attack.settlement(&ExecuteMsg::Redeem { vouchers: vec![voucher.clone()] });
    let error: ContractError = err(attack.run_in_hook(vec![redeem], false));
    assert!(matches!(error, ContractError::NotGateway { .. }), "{error}");
    assert_eq!((wealth(&attack.world, &[&payer]), attack.world.totals()), (before, totals));
    attack.world.redeem(vec![voucher.clone()]).unwrap();
    let error: ContractError = err(attack.world.redeem(vec![voucher]));
    assert!(matches!(error, ContractError::VoucherNotAboveLast { .. }), "{error}");
}
