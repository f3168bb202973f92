//! `SetCorrections`.

use model::ContractError;
use protocol::event::ModelEvent;
use protocol::{DatanetId, ModelId};

use crate::world::*;

#[test]
fn a_model_names_the_datanet_of_its_corrections_and_takes_it_back() {
    let mut world = World::with_model();
    assert_eq!(world.model().corrections, None);
    let events = world.run(OWNER, corrections(Some(DATANET)));
    assert_eq!(events, [ModelEvent::CorrectionsSet { model: MODEL, datanet: DATANET.get() }]);
    assert_eq!(world.model().corrections, Some(DATANET));
    assert_eq!(world.run(OWNER, corrections(None)), [ModelEvent::CorrectionsSet { model: MODEL, datanet: 0 }]);
    assert_eq!(world.model().corrections, None);
}

#[test]
fn only_the_owner_names_it() {
    for sender in [STRANGER, GATEWAY, CURATOR, KEEPER] {
        let error = World::with_model().refused(sender, corrections(Some(DATANET)));
        assert_eq!(error, ContractError::NotModelOwner { model: MODEL, owner: account(OWNER) });
    }
}

#[test]
fn a_datanet_that_does_not_exist_is_refused() {
    let mut world = World::with_model();
    let datanet = DatanetId(99);
    assert_eq!(world.refused(OWNER, corrections(Some(datanet))), ContractError::UnknownDatanet { datanet });
    assert_eq!(world.model().corrections, None);
}

#[test]
fn a_new_owner_inherits_it() {
    let mut world = World::with_model();
    world.run(OWNER, corrections(Some(DATANET)));
    world.run(OWNER, offer("buyer"));
    world.run("buyer", accept());
    assert_eq!(world.model().corrections, Some(DATANET));
    let error = world.refused(OWNER, corrections(None));
    assert_eq!(error, ContractError::NotModelOwner { model: ModelId(1), owner: account("buyer") });
}
