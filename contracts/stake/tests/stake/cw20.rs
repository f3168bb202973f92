//! Word for word cw20: what wallets send is understood, but nothing mints.

use cosmwasm_std::{Uint128, from_json, to_json_binary};
use cw20::{Cw20ExecuteMsg, Expiration, Logo, MinterResponse, TokenInfoResponse};
use cw20_base::msg::QueryMsg as Cw20BaseQuery;
use protocol::stake::{DECIMALS, ExecuteMsg, QueryMsg, SUPPLY};
use stake::ContractError;

use crate::world::World;

fn text(name: &str) -> String {
    name.to_owned()
}

/// Every message of cw20 but those about minting.
fn messages() -> Vec<Cw20ExecuteMsg> {
    let amount = Uint128::new(5);
    let (owner, spender, contract, recipient) = (text("a"), text("b"), text("c"), text("d"));
    vec![
        Cw20ExecuteMsg::Transfer { recipient: recipient.clone(), amount },
        Cw20ExecuteMsg::Burn { amount },
        Cw20ExecuteMsg::Send { contract: contract.clone(), amount, msg: b"x".into() },
        Cw20ExecuteMsg::IncreaseAllowance { spender: spender.clone(), amount, expires: None },
        Cw20ExecuteMsg::DecreaseAllowance { spender, amount, expires: Some(Expiration::AtHeight(9)) },
        Cw20ExecuteMsg::TransferFrom { owner: owner.clone(), recipient, amount },
        Cw20ExecuteMsg::SendFrom { owner: owner.clone(), contract, amount, msg: b"x".into() },
        Cw20ExecuteMsg::BurnFrom { owner, amount },
        Cw20ExecuteMsg::UpdateMarketing { project: Some(text("p")), description: None, marketing: None },
        Cw20ExecuteMsg::UploadLogo(Logo::Url(text("u"))),
    ]
}

fn minting() -> [Cw20ExecuteMsg; 2] {
    [
        Cw20ExecuteMsg::Mint { recipient: text("a"), amount: Uint128::new(5) },
        Cw20ExecuteMsg::UpdateMinter { new_minter: Some(text("a")) },
    ]
}

#[test]
fn every_message_of_cw20_but_minting_is_understood_as_it_is_written() {
    for message in messages() {
        let json = to_json_binary(&message).unwrap();
        let understood: ExecuteMsg = from_json(&json).unwrap();
        assert_eq!(to_json_binary(&understood).unwrap(), json, "{message:?}");
    }
}

#[test]
fn every_query_of_cw20_is_understood_as_it_is_written() {
    let (owner, spender, address) = (text("a"), text("b"), text("c"));
    let (start_after, limit) = (Some(text("d")), Some(3));
    let queries = [
        Cw20BaseQuery::Balance { address },
        Cw20BaseQuery::TokenInfo {},
        Cw20BaseQuery::Minter {},
        Cw20BaseQuery::Allowance { owner: owner.clone(), spender: spender.clone() },
        Cw20BaseQuery::AllAllowances { owner, start_after: start_after.clone(), limit },
        Cw20BaseQuery::AllSpenderAllowances { spender, start_after: start_after.clone(), limit },
        Cw20BaseQuery::AllAccounts { start_after, limit },
        Cw20BaseQuery::MarketingInfo {},
        Cw20BaseQuery::DownloadLogo {},
    ];
    for query in queries {
        let json = to_json_binary(&query).unwrap();
        let understood: QueryMsg = from_json(&json).unwrap();
        assert_eq!(to_json_binary(&understood).unwrap(), json, "{query:?}");
    }
}

#[test]
fn there_is_no_message_that_mints_or_names_a_minter() {
    let mut world = World::new();
    for message in minting() {
        assert!(from_json::<ExecuteMsg>(to_json_binary(&message).unwrap()).is_err());
        for sender in ["owner", "model", "settlement", "stake"] {
            let contract = world.stake.clone();
            let refused = world.tell(sender, &contract, &message).unwrap_err();
            assert!(matches!(refused, ContractError::Std(_)), "{refused}");
        }
    }
    assert_eq!(world.supply(), SUPPLY);
}

#[test]
fn the_token_is_what_it_was_created_as_and_has_no_minter() {
    let world = World::new();
    let expected = TokenInfoResponse {
        name: text("Stake of digits"),
        symbol: text("DIGITS"),
        decimals: DECIMALS,
        total_supply: Uint128::new(SUPPLY),
    };
    assert_eq!(world.query::<TokenInfoResponse>(&QueryMsg::TokenInfo {}), expected);
    assert_eq!(world.query::<Option<MinterResponse>>(&QueryMsg::Minter {}), None);
    assert_eq!(world.units("a stranger"), 0);
}
