//! Announcing changes: what is refused is refused now, not after the delay.

use protocol::timelock::{Change, ExecuteMsg, MAX_CHANGES, MAX_MESSAGE_BYTES, ProposalState};
use protocol::{ProposalId, Seconds};
use timelock::ContractError;

use crate::world::{DELAY, FIRST, MIN_BLOCKS, PERIOD, START, START_HEIGHT, World, attributes};

#[test]
fn an_announcement_says_what_will_change_and_when() {
    let mut world = World::new();
    let changes = vec![world.migrate("{}"), Change::SetDelay { delay: Seconds(1) }];
    let response = world.propose(changes.clone()).unwrap();
    assert_eq!(attributes(&response, "proposal_made", "changes"), ["2"]);
    assert_eq!(attributes(&response, "proposal_made", "executable_at"), [(START + DELAY).to_string()]);
    let [proposal] = world.proposals().try_into().unwrap();
    assert_eq!((proposal.id, proposal.changes, proposal.state), (FIRST, changes, ProposalState::Waiting));
    assert_eq!((proposal.proposer, proposal.reason.as_str()), (world.account("proposer"), "a better build"));
    assert_eq!(proposal.executable_at, Seconds(START + DELAY));
    assert_eq!(proposal.expires_at, Seconds(START + DELAY + PERIOD));
    let heights = [proposal.proposed_height, proposal.executable_height, proposal.expires_height].map(|it| it.u64());
    assert_eq!(heights, [START_HEIGHT, START_HEIGHT + MIN_BLOCKS, START_HEIGHT + 2 * MIN_BLOCKS]);
}

#[test]
fn an_announcement_changes_nothing() {
    let mut world = World::new();
    world.propose(vec![world.migrate("{}"), Change::SetDelay { delay: Seconds(1) }]).unwrap();
    assert!(world.migrations(&world.target).is_empty());
    assert_eq!(world.admin(&world.target), Some(world.timelock.clone()));
}

#[test]
fn a_proposal_has_between_1_and_16_changes() {
    let mut world = World::new();
    for count in [0, MAX_CHANGES + 1] {
        let error = world.propose(vec![world.migrate("{}"); count]).unwrap_err();
        assert_eq!(error, ContractError::ChangeCount { count });
    }
    world.propose(vec![world.migrate("{}"); MAX_CHANGES]).unwrap();
}

#[test]
fn malformed_changes_are_refused_at_once() {
    let mut world = World::new();
    let (target, nobody) = (world.target.to_string(), "nobody".to_owned());
    let migrate = |contract: &str, code_id: u64, msg: &[u8]| Change::Migrate {
        contract: contract.to_owned(),
        code_id: code_id.into(),
        msg: msg.into(),
    };
    let mut refused = |change: Change| world.propose(vec![change]).unwrap_err();
    assert_eq!(refused(migrate(&target, 0, b"{}")), ContractError::CodeIdZero);
    for msg in [b"".as_slice(), b"[]", b"{", b"migrate", &[0xff, 0xfe]] {
        assert_eq!(refused(migrate(&target, 1, msg)), ContractError::MessageNotJson, "{msg:?}");
    }
    let long = format!("{{{}}}", " ".repeat(MAX_MESSAGE_BYTES - 1));
    let bytes = MAX_MESSAGE_BYTES + 1;
    assert_eq!(refused(migrate(&target, 1, long.as_bytes())), ContractError::MessageLength { bytes });
    for change in [
        migrate(&nobody, 1, b"{}"),
        Change::SetAdmin { contract: nobody.clone(), to: target.clone() },
        Change::SetAdmin { contract: target.clone(), to: nobody.clone() },
        Change::ClearAdmin { contract: nobody.clone() },
    ] {
        assert!(matches!(refused(change), ContractError::Std(_)));
    }
    assert!(world.proposals().is_empty());
}

#[test]
fn one_malformed_change_refuses_the_whole_proposal() {
    let mut world = World::new();
    let changes = vec![world.migrate("{}"), Change::SetDelay { delay: Seconds(0) }];
    assert_eq!(world.propose(changes).unwrap_err(), ContractError::Delay { delay: Seconds(0) });
    assert!(world.proposals().is_empty());
}

#[test]
fn a_reason_has_at_most_256_bytes() {
    let mut world = World::new();
    let propose = |world: &mut World, reason: String| {
        world.execute("proposer", &ExecuteMsg::Propose { changes: vec![world.migrate("{}")], reason })
    };
    let error = propose(&mut world, "é".repeat(128) + "!").unwrap_err();
    assert_eq!(error, ContractError::ReasonLength { bytes: 257 });
    propose(&mut world, "é".repeat(128)).unwrap();
    assert_eq!(world.proposals()[0].id, ProposalId(1));
}
