//! What attackers have, and what they repeat.

use cosmwasm_std::{Addr, to_json_string};
use protocol::attribution::Round;
use protocol::datanet;
use protocol::settlement::{self, ClaimItem};
use rules::score::Report;
use testing::scenario::{Batch, World};
use testing::{ChainError, TxMessage, TxOutcome};

/// Scores of the three contributions of a new world.
pub const SCORES: [(i32, u32); 3] = [(500_000_000, 0), (300_000_000, 0), (-100_000_000, 0)];
/// Reach that goes with them.
pub const REACH: u64 = 900_000_000;
/// A fee.
pub const FEE: u128 = 10_000_000;

/// OPEN that accounts hold and could withdraw from settlement.
pub fn wealth(world: &World, accounts: &[&Addr]) -> u128 {
    let of = |account: &&Addr| world.open_balance(account) + world.settlement_balance(account);
    accounts.iter().map(of).sum()
}

/// A message to settlement, to be sent among others.
pub fn to_settlement(world: &World, msg: &settlement::ExecuteMsg) -> TxMessage {
    TxMessage { contract: world.at.settlement.to_string(), msg: to_json_string(msg).unwrap(), funds: vec![] }
}

/// Moves what slashed positions would be paid to the treasury, as a stranger may.
pub fn sweep(world: &mut World, positions: &[u32]) -> Result<TxOutcome, ChainError> {
    let claims = vec![ClaimItem { model: world.model, positions: positions.to_vec() }];
    let stranger = world.accounts.stranger.clone();
    world.settle_as(&stranger, &settlement::ExecuteMsg::SweepSlashed { claims })
}

/// Sends a duplicate proof.
pub fn prove(world: &mut World, prover: &Addr, proof: datanet::DuplicateProof) -> Result<TxOutcome, ChainError> {
    let prove = datanet::ExecuteMsg::ProveDuplicate(proof);
    let contract = world.at.datanet.clone();
    world.chain.execute(prover, &contract, &prove, &[])
}

/// The last contributor has a copy of the first batch accepted and used; returns it and its position.
pub fn used_copy(world: &mut World) -> (Batch, u32) {
    let copier = world.accounts.contributors.last().unwrap().clone();
    let mut copy = world.batches[0].copied_by(&copier);
    world.contribute(&mut copy).unwrap();
    let position = world.model_record().positions;
    let append = protocol::model::ExecuteMsg::AppendContributions { model: world.model, contributions: vec![copy.id] };
    world.by_owner(&append).unwrap();
    world.register_version().unwrap();
    (copy, position)
}

/// All operators report the same, up to where the ledger begins to move.
pub fn play_to_advance(world: &mut World, round: &Round, report: &Report) {
    let operators = world.accounts.operators.clone();
    for operator in &operators {
        world.commit_report(operator, round, report).unwrap();
    }
    world.pass_window(round.id);
    for operator in &operators {
        world.reveal_report(operator, round, report).unwrap();
    }
    world.pass_window(round.id);
    world.aggregate(round.id, None).unwrap();
}
