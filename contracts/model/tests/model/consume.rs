//! `ConsumeValidation`.

use cosmwasm_std::Uint64;
use model::ContractError;
use protocol::event::ModelEvent;
use protocol::model::ExecuteMsg;
use protocol::{ModelId, RoundId};

use crate::world::*;

#[test]
fn a_round_moves_the_cursor_to_the_end_of_the_pool_and_no_further() {
    let mut world = World::with_pool(10);
    let outcome = world.consume(6).unwrap();
    let consumed = ModelEvent::ValidationConsumed { model: MODEL, round: RoundId(1), from: 0, count: 6 };
    assert_eq!(events(&outcome), [consumed]);
    let too_few = |asked: u64, available: u64| ContractError::TooFewExamples {
        asked: Uint64::new(asked),
        available: Uint64::new(available),
    };
    assert_eq!(err(world.consume(5)), too_few(5, 4));
    assert_eq!(world.model().validation.cursor, Uint64::new(6));
    world.consume(4).unwrap();
    assert_eq!(err(world.consume(1)), too_few(1, 0));
    assert_eq!(err(world.consume(u64::MAX)), too_few(u64::MAX, 0));
}

#[test]
fn an_extension_gives_the_next_rounds_fresh_examples() {
    let mut world = World::with_pool(10);
    world.consume(10).unwrap();
    world.extend_pool(hash(2), 5);
    let outcome = world.consume(5).unwrap();
    let consumed = ModelEvent::ValidationConsumed { model: MODEL, round: RoundId(1), from: 10, count: 5 };
    assert_eq!(events(&outcome), [consumed]);
}

#[test]
fn a_round_consumes_at_least_one_example() {
    let mut world = World::with_pool(10);
    assert_eq!(err(world.consume(0)), ContractError::ZeroExamples);
}

#[test]
fn only_the_attribution_contract_consumes() {
    let mut world = World::with_pool(10);
    for sender in [OWNER, GOVERNANCE, CURATOR, STRANGER, "settlement"] {
        assert!(matches!(world.refused(sender, consume(1)), ContractError::Unauthorized { .. }));
    }
}

#[test]
fn nobody_consumes_before_the_contract_is_wired() {
    let mut world = World::unwired();
    assert!(matches!(err(world.consume(1)), ContractError::Unauthorized { .. }));
}

#[test]
fn an_unknown_model_is_refused() {
    let mut world = World::with_model();
    let attribution = world.attribution.clone();
    let msg = ExecuteMsg::ConsumeValidation { model: ModelId(2), round: RoundId(1), count: Uint64::one() };
    let expected = ContractError::UnknownModel { model: ModelId(2) };
    assert_eq!(err(world.execute_as(&attribution, msg)), expected);
}
