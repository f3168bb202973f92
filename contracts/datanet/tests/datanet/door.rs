//! Set-up, wiring, governance, permissions.

use cw_ownable::{Action, OwnershipError};
use cw20::Cw20ReceiveMsg;
use datanet::ContractError;
use protocol::datanet::{Admission, ExecuteMsg, InstantiateMsg, QueryMsg, Verdict};
use protocol::{Bps, ContributionId, DatanetId, ModelId, Permission, Seconds};

use crate::deploy::{instantiate_datanet, instantiation, native_coin};
use crate::world::{MIN_BLOCKS, REVEAL_PERIOD, Side, World, duplicate_proof, items, revealed, settings};

/// A number for each message, so that the compiler asks for one more line here when there is one more message.
fn number(msg: &ExecuteMsg) -> usize {
    match msg {
        ExecuteMsg::Wire { .. } => 0,
        ExecuteMsg::UpdateOwnership(_) => 1,
        ExecuteMsg::CreateDatanet(_) => 2,
        ExecuteMsg::OfferDatanet { .. } => 3,
        ExecuteMsg::AcceptDatanet { .. } => 4,
        ExecuteMsg::Receive(_) => 5,
        ExecuteMsg::Reveal { .. } => 6,
        ExecuteMsg::Forfeit { .. } => 7,
        ExecuteMsg::Review { .. } => 8,
        ExecuteMsg::ProveDuplicate(_) => 9,
        ExecuteMsg::SetPayees { .. } => 10,
        ExecuteMsg::Withdraw { .. } => 11,
        ExecuteMsg::ReleaseBond { .. } => 12,
        ExecuteMsg::ProposeRecognition { .. } => 13,
        ExecuteMsg::ConfirmRecognition { .. } => 14,
        ExecuteMsg::RevokeRecognition { .. } => 15,
        ExecuteMsg::ClaimDebt { .. } => 16,
        ExecuteMsg::Appeal { .. } => 17,
        ExecuteMsg::CollectDebt { .. } => 18,
        ExecuteMsg::MarkUsed { .. } => 19,
    }
}

/// Whether a message was refused because of who sent it.
fn refused_sender(error: &ContractError) -> bool {
    matches!(
        error,
        ContractError::Unauthorized { .. }
            | ContractError::StrangeToken { .. }
            | ContractError::Ownership(_)
            | ContractError::NotDatanetOwner { .. }
            | ContractError::NotOffered { .. }
            | ContractError::NotContributor { .. }
            | ContractError::NotReviewer { .. }
            | ContractError::NotCurator { .. }
    )
}

#[test]
fn every_message_is_refused_from_strangers_unless_anyone_may_send_it() {
    let mut world = World::new();
    let datanet = world.reviewed_datanet();
    let accepted = world.contribute("ann", datanet, &items(0..3));
    world.decide(accepted, Verdict::Accept);
    world.contribute("ann", datanet, &items(3..6));
    let messages = every_message(&world);
    let numbers: Vec<usize> = messages.iter().map(number).collect();
    assert_eq!(numbers, (0..20).collect::<Vec<usize>>(), "one of every message");
    for msg in messages {
        let (permission, text) = (msg.permission(), format!("{msg:?}"));
        let refused = world.execute("stranger", msg).err();
        match permission {
            Permission::Anyone => assert!(refused.is_none_or(|error| !refused_sender(&error)), "{text}"),
            Permission::Governance => assert_eq!(refused, Some(OwnershipError::NotOwner.into()), "{text}"),
            Permission::OpenToken => assert!(matches!(refused, Some(ContractError::StrangeToken { .. })), "{text}"),
            Permission::Model => assert!(matches!(refused, Some(ContractError::Unauthorized { .. })), "{text}"),
            Permission::Party(_) => assert!(refused.is_some_and(|error| refused_sender(&error)), "{text}"),
            other => panic!("no message of datanet is for {other:?}"),
        }
    }
}

/// Sets one of the periods.
type SetPeriod = fn(&mut InstantiateMsg, Seconds);

/// One of every message.
fn every_message(world: &World) -> Vec<ExecuteMsg> {
    let (datanet, contribution, model) = (DatanetId(1), ContributionId(1), ModelId(1));
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
        ExecuteMsg::Review { contribution: ContributionId(2), verdict: Verdict::Accept },
        ExecuteMsg::ProveDuplicate(proof),
        ExecuteMsg::SetPayees { contribution, payees: vec![] },
        ExecuteMsg::Withdraw { contribution },
        ExecuteMsg::ReleaseBond { contribution },
        ExecuteMsg::ProposeRecognition { datanet, model },
        ExecuteMsg::ConfirmRecognition { datanet, model },
        ExecuteMsg::RevokeRecognition { datanet, model },
        ExecuteMsg::ClaimDebt { contribution, model },
        ExecuteMsg::Appeal { contribution, model },
        ExecuteMsg::CollectDebt { contribution, model },
        ExecuteMsg::MarkUsed { model, influence_share: Bps(1), contributions: vec![contribution] },
    ]
}

#[test]
fn no_message_takes_native_coins() {
    let mut world = World::new();
    for msg in every_message(&world) {
        let refused = world.execute_with_native_coins("rich", msg);
        assert_eq!(refused.unwrap_err(), ContractError::NativeCoins);
    }
    let msg = instantiation(&world.app, &world.token);
    let refused = instantiate_datanet(&mut world.app, &msg, &[native_coin()]);
    assert_eq!(refused.unwrap_err(), ContractError::NativeCoins);
}

#[test]
fn every_period_is_between_a_second_and_a_year() {
    let mut world = World::new();
    let good = instantiation(&world.app, &world.token);
    let year = 365 * 86_400;
    let periods: [(&str, SetPeriod); 3] = [
        ("reveal", |msg, period| msg.reveal_period = period),
        ("notice", |msg, period| msg.notice_period = period),
        ("appeal", |msg, period| msg.appeal_period = period),
    ];
    for (period, set) in periods {
        for given in [0, 1, year, year + 1, u64::MAX] {
            let mut msg = good.clone();
            set(&mut msg, Seconds(given));
            let answer = instantiate_datanet(&mut world.app, &msg, &[]).map(drop);
            let refused = Err(ContractError::Period { period, given: Seconds(given), max: year });
            assert_eq!(answer, if (1..=year).contains(&given) { Ok(()) } else { refused });
        }
    }
}

#[test]
fn a_bond_is_released_after_one_to_255_clean_rounds() {
    let mut world = World::new();
    let good = instantiation(&world.app, &world.token);
    let none = InstantiateMsg { clean_rounds: 0, ..good.clone() };
    let refused = instantiate_datanet(&mut world.app, &none, &[]).unwrap_err();
    assert_eq!(refused, ContractError::ZeroCleanRounds);
    for clean_rounds in [1, 255] {
        let msg = InstantiateMsg { clean_rounds, ..good.clone() };
        instantiate_datanet(&mut world.app, &msg, &[]).unwrap();
    }
}

#[test]
fn addresses_are_checked_at_instantiation_and_wiring() {
    let mut world = World::unwired();
    let good = instantiation(&world.app, &world.token);
    let no_token = InstantiateMsg { open_token: "token".to_owned(), ..good.clone() };
    let no_owner = InstantiateMsg { owner: "OWNER".to_owned(), ..good.clone() };
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
    let (model, settlement) = (world.model.to_string(), world.settlement.to_string());
    let wire = ExecuteMsg::Wire { model, settlement };
    let refused = world.execute("ann", wire.clone()).unwrap_err();
    assert_eq!(refused, ContractError::Ownership(OwnershipError::NotOwner));
    assert_eq!(world.config().settlement, None);

    world.execute("governance", wire.clone()).unwrap();
    assert_eq!(world.config().settlement, Some(world.settlement.clone()));
    assert_eq!(world.config().model, Some(world.model.clone()));
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
