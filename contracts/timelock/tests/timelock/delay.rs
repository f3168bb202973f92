//! How long announcements wait.

use cosmwasm_std::Uint64;
use protocol::Seconds;
use protocol::timelock::{Change, Config, InstantiateMsg, MAX_BLOCKS, QueryMsg};
use timelock::ContractError;

use crate::world::{DELAY, FIRST, MIN_BLOCKS, World};

const YEAR: u64 = 365 * 86_400;

fn with(change: impl FnOnce(&mut InstantiateMsg)) -> Result<World, ContractError> {
    let mut world = World::bare();
    let mut msg = world.instantiate_msg();
    change(&mut msg);
    world.timelock = world.instantiate(&msg)?;
    Ok(world)
}

fn refused(change: impl FnOnce(&mut InstantiateMsg)) -> ContractError {
    with(change).err().expect("a parameter out of its bounds")
}

#[test]
fn the_configuration_is_what_was_set_up() {
    let config: Config = World::new().query(&QueryMsg::Config {});
    assert_eq!(config, Config { delay: Seconds(DELAY), min_blocks: Uint64::new(MIN_BLOCKS) });
}

#[test]
fn a_delay_is_between_a_second_and_a_year() {
    for seconds in [0, YEAR + 1, u64::MAX] {
        let delay = Seconds(seconds);
        assert_eq!(refused(|msg| msg.delay = delay), ContractError::Delay { delay });
        let mut world = World::new();
        assert_eq!(world.propose(vec![Change::SetDelay { delay }]).unwrap_err(), ContractError::Delay { delay });
    }
    for seconds in [1, YEAR] {
        with(|msg| msg.delay = Seconds(seconds)).unwrap();
        World::new().propose(vec![Change::SetDelay { delay: Seconds(seconds) }]).unwrap();
    }
}

#[test]
fn blocks_beyond_a_day_are_refused() {
    for blocks in [MAX_BLOCKS + 1, u64::MAX] {
        assert_eq!(refused(|msg| msg.min_blocks = blocks.into()), ContractError::Blocks { blocks });
    }
    with(|msg| msg.min_blocks = Uint64::zero()).unwrap();
    with(|msg| msg.min_blocks = MAX_BLOCKS.into()).unwrap();
}

#[test]
fn without_blocks_the_time_alone_counts() {
    let mut world = with(|msg| msg.min_blocks = Uint64::zero()).unwrap();
    world.propose(vec![Change::SetDelay { delay: Seconds(9) }]).unwrap();
    world.pass(DELAY, 0);
    world.run(FIRST).unwrap();
}
