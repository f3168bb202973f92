//! `OfferModel` and `AcceptModel`.

use model::ContractError;
use protocol::ModelId;
use protocol::event::ModelEvent;
use protocol::model::{Curatorship, ExecuteMsg};

use crate::world::*;

#[test]
fn a_model_changes_hands_in_two_steps() {
    let mut world = World::with_model();
    let offered = world.run(OWNER, offer("buyer"));
    assert_eq!(offered, [ModelEvent::ModelOffered { model: MODEL, to: text("buyer") }]);
    assert_eq!(world.model().owner, account(OWNER));
    assert_eq!(world.model().offered_to, Some(account("buyer")));

    let accepted = world.run("buyer", accept());
    assert_eq!(accepted, [ModelEvent::ModelAccepted { model: MODEL, owner: text("buyer") }]);
    assert_eq!((world.model().owner, world.model().offered_to), (account("buyer"), None));
    let error = world.refused(OWNER, set_prices(vec![price("standard", 1)]));
    assert_eq!(error, ContractError::NotModelOwner { model: MODEL, owner: account("buyer") });
    world.run("buyer", set_prices(vec![price("standard", 1)]));
}

#[test]
fn only_the_owner_offers_and_only_the_offered_accepts() {
    let mut world = World::with_model();
    assert_eq!(
        world.refused(STRANGER, offer(STRANGER)),
        ContractError::NotModelOwner { model: MODEL, owner: account(OWNER) }
    );
    assert_eq!(world.refused(STRANGER, accept()), ContractError::NotOffered { model: MODEL });
    world.run(OWNER, offer("buyer"));
    assert_eq!(world.refused(STRANGER, accept()), ContractError::NotOffered { model: MODEL });
    world.run("buyer", accept());
    assert_eq!(world.refused("buyer", accept()), ContractError::NotOffered { model: MODEL });
}

#[test]
fn a_new_offer_replaces_the_last_and_an_offer_to_oneself_withdraws_it() {
    let mut world = World::with_model();
    world.run(OWNER, offer("buyer"));
    world.run(OWNER, offer("other"));
    assert_eq!(world.refused("buyer", accept()), ContractError::NotOffered { model: MODEL });
    world.run(OWNER, offer(OWNER));
    assert_eq!(world.refused("other", accept()), ContractError::NotOffered { model: MODEL });
    assert_eq!(world.model().owner, account(OWNER));
}

#[test]
fn an_offer_names_a_valid_account_and_an_existing_model() {
    let mut world = World::with_model();
    let nobody = ExecuteMsg::OfferModel { model: MODEL, to: "nobody".to_owned() };
    assert!(matches!(world.refused(OWNER, nobody), ContractError::Std(_)));
    let model = ModelId(2);
    let error = world.refused(OWNER, ExecuteMsg::OfferModel { model, to: text("buyer") });
    assert_eq!(error, ContractError::UnknownModel { model });
    assert_eq!(world.refused(OWNER, ExecuteMsg::AcceptModel { model }), ContractError::UnknownModel { model });
}

/// A resolver that is a party: a curator approves, then takes the model over, and would own what it approved.
#[test]
fn a_new_owner_does_not_inherit_a_proposal_that_it_approved_as_a_curator() {
    let mut world = World::with_used(1);
    world.run(OWNER, propose(hash(1), 10));
    world.run(CURATOR, approve(hash(1), Curatorship::Model {}));
    world.run(OWNER, offer(CURATOR));
    world.run(CURATOR, accept());
    assert_eq!(world.model().validation.proposal, None);
    assert_eq!(world.refused(KEEPER, approve(hash(1), for_datanet(1))), ContractError::NoProposal);
}
