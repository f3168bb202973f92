//! What the comparison's contract does, on the embedded chain.

use airdrop::{ContractError, ExecuteMsg, InstantiateMsg, contract, tree};
use cosmwasm_std::{Addr, Binary, Uint128};
use cw_multi_test::{App, ContractWrapper, Executor as _, IntoAddr as _};
use cw20::{BalanceResponse, Cw20Coin, Cw20QueryMsg};

const ACCOUNTS: u32 = 7;

struct World {
    app: App,
    token: Addr,
    airdrop: Addr,
}

fn account(number: u32) -> Addr {
    format!("account {number}").into_addr()
}

fn amount(number: u32) -> u128 {
    1_000 + u128::from(number)
}

fn leaves() -> Vec<tree::Hash> {
    (0..ACCOUNTS).map(|number| tree::leaf(account(number).as_str(), amount(number))).collect()
}

fn world() -> World {
    let mut app = App::default();
    let creator = "creator".into_addr();
    let token = ContractWrapper::new(
        cw20_base::contract::execute,
        cw20_base::contract::instantiate,
        cw20_base::contract::query,
    );
    let token = app.store_code(Box::new(token));
    let airdrop = ContractWrapper::new(contract::execute, contract::instantiate, contract::query);
    let airdrop = app.store_code(Box::new(airdrop));
    let msg = cw20_base::msg::InstantiateMsg {
        name: "Token".to_owned(),
        symbol: "TOKEN".to_owned(),
        decimals: 6,
        initial_balances: vec![Cw20Coin { address: creator.to_string(), amount: Uint128::new(1_000_000) }],
        mint: None,
        marketing: None,
    };
    let token = app.instantiate_contract(token, creator.clone(), &msg, &[], "token", None).expect("valid");
    let (root, _) = tree::prove(&leaves(), 0);
    let msg = InstantiateMsg { token: token.to_string(), root: Binary::from(root) };
    let airdrop = app.instantiate_contract(airdrop, creator.clone(), &msg, &[], "airdrop", None).expect("valid");
    let fund = cw20::Cw20ExecuteMsg::Transfer { recipient: airdrop.to_string(), amount: Uint128::new(1_000_000) };
    app.execute_contract(creator, token.clone(), &fund, &[]).expect("the creator has the whole supply");
    World { app, token, airdrop }
}

impl World {
    fn claim(&mut self, sender: u32, of: u32, amount: u128) -> Result<(), ContractError> {
        let (_, proof) = tree::prove(&leaves(), of as usize);
        let claim = ExecuteMsg::Claim { amount: amount.into(), proof: proof.into_iter().map(Binary::from).collect() };
        let done = self.app.execute_contract(account(sender), self.airdrop.clone(), &claim, &[]);
        done.map(drop).map_err(|error| error.downcast().expect("the airdrop's own error"))
    }

    fn balance(&self, number: u32) -> u128 {
        let query = Cw20QueryMsg::Balance { address: account(number).to_string() };
        let answer: BalanceResponse = self.app.wrap().query_wasm_smart(&self.token, &query).expect("it answers");
        answer.balance.u128()
    }
}

#[test]
fn every_account_of_the_tree_is_paid_once() {
    let mut world = world();
    for number in 0..ACCOUNTS {
        world.claim(number, number, amount(number)).expect("it is in the tree");
        assert_eq!(world.balance(number), amount(number));
    }
    assert_eq!(world.claim(3, 3, amount(3)), Err(ContractError::Claimed));
}

#[test]
fn anothers_proof_and_another_amount_are_refused() {
    let mut world = world();
    assert_eq!(world.claim(1, 2, amount(2)), Err(ContractError::NotInTree));
    assert_eq!(world.claim(1, 1, amount(1) + 1), Err(ContractError::NotInTree));
}
