//! Recognition of models: announced, confirmed, revoked.

use datanet::ContractError;
use protocol::datanet::{ExecuteMsg, MAX_RECOGNISED, QueryMsg, Recognition};
use protocol::event::DatanetEvent;
use protocol::{DatanetId, ModelId, Seconds};

use crate::stand_ins::MODELS;
use crate::world::{MIN_BLOCKS, NOTICE_PERIOD, World, edges, events};

const MODEL: ModelId = ModelId(1);

#[test]
fn a_model_is_announced_confirmed_and_revoked() {
    let mut world = World::new();
    let datanet = world.open_datanet();
    assert_eq!(world.recognitions(datanet), []);
    let (proposed_at, proposed_height) = (Seconds(world.now()), world.app.block_info().height.into());
    let response = world.propose(datanet, MODEL).unwrap();
    let not_before = Seconds(world.now() + NOTICE_PERIOD);
    assert_eq!(events(&response), [DatanetEvent::RecognitionProposed { datanet, model: MODEL, not_before }]);
    let announced = Recognition { model: MODEL, proposed_at, proposed_height, confirmed: false };
    assert_eq!(world.recognitions(datanet), std::slice::from_ref(&announced));

    world.pass(NOTICE_PERIOD, MIN_BLOCKS);
    let response = world.confirm(datanet, MODEL).unwrap();
    assert_eq!(events(&response), [DatanetEvent::RecognitionConfirmed { datanet, model: MODEL }]);
    assert_eq!(world.recognitions(datanet), [Recognition { confirmed: true, ..announced }]);

    let response = world.revoke(datanet, MODEL).unwrap();
    assert_eq!(events(&response), [DatanetEvent::RecognitionRevoked { datanet, model: MODEL }]);
    assert_eq!(world.recognitions(datanet), []);
}

#[test]
fn a_notice_lasts_its_time_and_its_blocks_and_a_halted_chain_does_not_end_it() {
    for (seconds, blocks, over) in edges(NOTICE_PERIOD) {
        let mut world = World::new();
        let datanet = world.open_datanet();
        world.propose(datanet, MODEL).unwrap();
        let due = world.now() + NOTICE_PERIOD;
        let due_height = world.app.block_info().height + MIN_BLOCKS;
        world.pass(seconds, blocks);
        let refused = ContractError::NoticeRuns { datanet, model: MODEL, due, due_height };
        let expected = if over { Ok(()) } else { Err(refused) };
        assert_eq!(world.confirm(datanet, MODEL).map(drop), expected, "after {seconds} s and {blocks} blocks");
    }
}

#[test]
fn only_the_owner_of_the_datanet_decides_and_after_a_hand_over_the_new_one() {
    let mut world = World::new();
    let datanet = world.curated_datanet();
    world.propose(datanet, MODEL).unwrap();
    world.pass(NOTICE_PERIOD, MIN_BLOCKS);
    let messages = [
        ExecuteMsg::ProposeRecognition { datanet, model: ModelId(2) },
        ExecuteMsg::ConfirmRecognition { datanet, model: MODEL },
        ExecuteMsg::RevokeRecognition { datanet, model: MODEL },
    ];
    let refuse_all = |world: &mut World, senders: &[&str]| {
        for (sender, msg) in senders.iter().flat_map(|sender| messages.iter().map(move |msg| (sender, msg))) {
            let refused = world.execute(sender, msg.clone()).unwrap_err();
            let sender = world.account(sender).into_string();
            assert_eq!(refused, ContractError::NotDatanetOwner { datanet, sender });
        }
    };
    refuse_all(&mut world, &["ann", "governance", "cur1", "model"]);
    let to = world.account("ann").into_string();
    world.execute("owner", ExecuteMsg::OfferDatanet { datanet, to }).unwrap();
    refuse_all(&mut world, &["ann"]);
    world.execute("ann", ExecuteMsg::AcceptDatanet { datanet }).unwrap();
    refuse_all(&mut world, &["owner"]);
    for msg in messages {
        world.execute("ann", msg).unwrap();
    }
}

#[test]
fn a_model_exists_before_it_is_announced() {
    let mut world = World::new();
    let datanet = world.open_datanet();
    for id in [0, MODELS + 1, u64::MAX] {
        let refused = world.propose(datanet, ModelId(id)).unwrap_err();
        assert!(
            matches!(refused, ContractError::UnknownModel { model: ModelId(model), .. } if model == id),
            "{refused}"
        );
    }
    let unknown = DatanetId(9);
    let refused = world.propose(unknown, MODEL).unwrap_err();
    assert_eq!(refused, ContractError::UnknownDatanet { datanet: unknown });
    let error = world.query::<Vec<Recognition>>(&QueryMsg::Recognitions { datanet: unknown }).unwrap_err().to_string();
    assert!(error.contains("there is no DataNet 9"), "{error}");
}

#[test]
fn before_wiring_no_model_can_be_announced() {
    let mut world = World::unwired();
    let datanet = world.open_datanet();
    assert_eq!(world.propose(datanet, MODEL).unwrap_err(), ContractError::NotWired);
}

#[test]
fn a_model_is_listed_once() {
    let mut world = World::new();
    let (datanet, other) = (world.open_datanet(), world.open_datanet());
    world.propose(datanet, MODEL).unwrap();
    let listed = ContractError::AlreadyListed { datanet, model: MODEL };
    assert_eq!(world.propose(datanet, MODEL).unwrap_err(), listed);
    world.pass(NOTICE_PERIOD, MIN_BLOCKS);
    world.confirm(datanet, MODEL).unwrap();
    assert_eq!(world.propose(datanet, MODEL).unwrap_err(), listed);
    let confirmed = ContractError::AlreadyRecognised { datanet, model: MODEL };
    assert_eq!(world.confirm(datanet, MODEL).unwrap_err(), confirmed);
    // Each DataNet has its own list.
    assert_eq!(world.recognitions(other), []);
    let not_announced = ContractError::NotAnnounced { datanet: other, model: MODEL };
    assert_eq!(world.confirm(other, MODEL).unwrap_err(), not_announced);
}

#[test]
fn what_was_not_announced_is_neither_confirmed_nor_revoked() {
    let mut world = World::new();
    let datanet = world.open_datanet();
    let refused = ContractError::NotAnnounced { datanet, model: MODEL };
    assert_eq!(world.confirm(datanet, MODEL).unwrap_err(), refused);
    assert_eq!(world.revoke(datanet, MODEL).unwrap_err(), refused);
    world.propose(datanet, MODEL).unwrap();
    world.revoke(datanet, MODEL).unwrap();
    world.pass(NOTICE_PERIOD, MIN_BLOCKS);
    assert_eq!(world.confirm(datanet, MODEL).unwrap_err(), refused);
    assert_eq!(world.revoke(datanet, MODEL).unwrap_err(), refused);
}

#[test]
fn who_announces_again_waits_again() {
    let mut world = World::new();
    let datanet = world.open_datanet();
    world.recognise(datanet, MODEL);
    world.revoke(datanet, MODEL).unwrap();
    world.propose(datanet, MODEL).unwrap();
    world.pass(NOTICE_PERIOD - 1, MIN_BLOCKS);
    let refused = world.confirm(datanet, MODEL).unwrap_err();
    assert!(matches!(refused, ContractError::NoticeRuns { .. }), "{refused}");
    world.pass(1, 0);
    world.confirm(datanet, MODEL).unwrap();
}

#[test]
fn announced_and_recognised_models_together_are_bounded() {
    let mut world = World::new();
    let datanet = world.open_datanet();
    let most = u64::try_from(MAX_RECOGNISED).unwrap();
    for model in (1..=most).rev() {
        world.propose(datanet, ModelId(model)).unwrap();
    }
    world.pass(NOTICE_PERIOD, MIN_BLOCKS);
    world.confirm(datanet, ModelId(3)).unwrap();
    let one_more = ModelId(most + 1);
    assert_eq!(world.propose(datanet, one_more).unwrap_err(), ContractError::TooManyRecognised { datanet });
    let listed: Vec<u64> = world.recognitions(datanet).iter().map(|recognition| recognition.model.get()).collect();
    assert_eq!(listed, (1..=most).collect::<Vec<u64>>());
    world.revoke(datanet, ModelId(3)).unwrap();
    world.propose(datanet, one_more).unwrap();
    assert_eq!(world.recognitions(datanet).len(), MAX_RECOGNISED);
}
