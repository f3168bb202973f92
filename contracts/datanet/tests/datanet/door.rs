//! Set-up, wiring, governance, permissions.

use cw_ownable::{Action, OwnershipError};
use cw20::Cw20ReceiveMsg;
use datanet::ContractError;
use protocol::datanet::{Admission, ExecuteMsg, InstantiateMsg, QueryMsg, Verdict};
use protocol::{Bps, ContributionId, DatanetId, ModelId, Seconds};

use crate::deploy::{deploy_datanet, instantiate_datanet, native_coin};
use crate::world::{MIN_BLOCKS, REVEAL_PERIOD, Side, World, duplicate_proof, items, revealed, settings};

/// One of every message.
fn every_message(world: &World) -> Vec<ExecuteMsg> {
    let (datanet, contribution) = (DatanetId(1), ContributionId(1));
    let to = world.account("ann").into_string();
    let items = items(0..3);
    let proof = duplicate_proof(
        Side { id: contribution, items: &items },
        Side { id: ContributionId(2), items: &items },
        &[(0, 0)],
    );
    let sent = Cw20ReceiveMsg { sender: to.clone(), amount: 1_u128.into(), msg: Default::default() };
    vec![
        ExecuteMsg::Wire { model: to.clone(), settlement: to.clone() },
        ExecuteMsg::UpdateOwnership(Action::RenounceOwnership),
        ExecuteMsg::CreateDatanet(settings(Admission::Open {})),
        ExecuteMsg::OfferDatanet { datanet, to },
        ExecuteMsg::AcceptDatanet { datanet },
        ExecuteMsg::Receive(sent),
        ExecuteMsg::Reveal { contribution, revealed: revealed(&items) },
        ExecuteMsg::Forfeit { contribution },
        ExecuteMsg::Review { contribution, verdict: Verdict::Accept },
        ExecuteMsg::ProveDuplicate(proof),
        ExecuteMsg::SetPayees { contribution, payees: vec![] },
        ExecuteMsg::MarkUsed { model: ModelId(1), influence_share: Bps(1), contributions: vec![contribution] },
    ]
}

#[test]
fn no_message_takes_native_coins() {
    let mut world = World::new();
    for msg in every_message(&world) {
        let refused = world.execute_with_native_coins("rich", msg);
        assert_eq!(refused.unwrap_err(), ContractError::NativeCoins);
    }
    let msg = instantiation(&world);
    let refused = instantiate_datanet(&mut world.app, &msg, &[native_coin()]);
    assert_eq!(refused.unwrap_err(), ContractError::NativeCoins);
}

fn instantiation(world: &World) -> InstantiateMsg {
    InstantiateMsg {
        owner: world.account("governance").into_string(),
        open_token: world.token.to_string(),
        reveal_period: Seconds(REVEAL_PERIOD),
        min_blocks: MIN_BLOCKS.into(),
    }
}

#[test]
fn a_reveal_period_is_between_a_second_and_a_year() {
    let mut world = World::new();
    let token = world.token.clone();
    let year = 365 * 86_400;
    for given in [0, year + 1, u64::MAX] {
        let refused = deploy_datanet(&mut world.app, &token, given).unwrap_err();
        assert_eq!(refused, ContractError::RevealPeriod { given: Seconds(given), max: year });
    }
    for given in [1, year] {
        deploy_datanet(&mut world.app, &token, given).unwrap();
    }
}

#[test]
fn addresses_are_checked_at_instantiation_and_wiring() {
    let mut world = World::unwired();
    let no_token = InstantiateMsg { open_token: "token".to_owned(), ..instantiation(&world) };
    let no_owner = InstantiateMsg { owner: "OWNER".to_owned(), ..instantiation(&world) };
    for (msg, account) in [(no_token, "token"), (no_owner, "OWNER")] {
        let refused = instantiate_datanet(&mut world.app, &msg, &[]).unwrap_err();
        assert_eq!(refused, ContractError::InvalidAddress { account: account.to_owned() });
    }
    let settlement = world.settlement.to_string();
    let refused = world.execute("governance", ExecuteMsg::Wire { model: "nobody".to_owned(), settlement });
    assert_eq!(refused.unwrap_err(), ContractError::InvalidAddress { account: "nobody".to_owned() });
}

#[test]
fn peers_are_named_once_and_by_governance_only() {
    let mut world = World::unwired();
    let (model, settlement) = (world.account("model").into_string(), world.settlement.to_string());
    let wire = ExecuteMsg::Wire { model, settlement };
    let refused = world.execute("ann", wire.clone()).unwrap_err();
    assert_eq!(refused, ContractError::Ownership(OwnershipError::NotOwner));
    assert_eq!(world.config().settlement, None);

    world.execute("governance", wire.clone()).unwrap();
    assert_eq!(world.config().settlement, Some(world.settlement.clone()));
    assert_eq!(world.config().model, Some(world.account("model")));
    assert_eq!(world.execute("governance", wire).unwrap_err(), ContractError::AlreadyWired);
}

#[test]
fn governance_moves_in_two_steps() {
    let mut world = World::new();
    let new_owner = world.account("ann").into_string();
    let offer = ExecuteMsg::UpdateOwnership(Action::TransferOwnership { new_owner, expiry: None });
    let refused = world.execute("ben", offer.clone()).unwrap_err();
    assert_eq!(refused, ContractError::Ownership(OwnershipError::NotOwner));
    world.execute("governance", offer).unwrap();
    let accept = ExecuteMsg::UpdateOwnership(Action::AcceptOwnership);
    let refused = world.execute("ben", accept.clone()).unwrap_err();
    assert_eq!(refused, ContractError::Ownership(OwnershipError::NotPendingOwner));
    world.execute("ann", accept).unwrap();
    let ownership: cw_ownable::Ownership<cosmwasm_std::Addr> = world.query(&QueryMsg::Ownership {}).unwrap();
    assert_eq!(ownership.owner, Some(world.account("ann")));
}

#[test]
fn before_wiring_what_needs_a_peer_is_refused_and_the_rest_works() {
    let mut world = World::unwired();
    let datanet = world.open_datanet();
    let (batch, copy) = (items(0..3), items(0..3));
    let earlier = world.contribute("ann", datanet, &batch);
    let later = world.contribute("ben", datanet, &copy);
    let overdue = world.commit("cyd", datanet, &batch).unwrap();
    world.pass(REVEAL_PERIOD, MIN_BLOCKS);

    let forfeit = world.execute("eve", ExecuteMsg::Forfeit { contribution: overdue });
    assert_eq!(forfeit.unwrap_err(), ContractError::NotWired);
    let proof = duplicate_proof(Side { id: earlier, items: &batch }, Side { id: later, items: &copy }, &[(0, 0)]);
    assert_eq!(world.prove("eve", proof.clone()).unwrap_err(), ContractError::NotWired);
    assert_eq!(world.mark_used(&[earlier]).unwrap_err(), ContractError::NotWired);

    let settlement = world.settlement.clone();
    world.wire(&settlement).unwrap();
    world.prove("eve", proof).unwrap();
    world.execute("eve", ExecuteMsg::Forfeit { contribution: overdue }).unwrap();
    world.mark_used(&[earlier]).unwrap();
}
