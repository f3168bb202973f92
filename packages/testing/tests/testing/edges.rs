//! The edges: numbers at the ends of their types in every message, and a round, a contribution and a lineage as large as they can be.

use std::collections::BTreeMap;
use std::time::Instant;

use cosmwasm_std::Addr;
use protocol::attribution::Outcome;
use protocol::datanet::{self, Admission, MAX_MARKED, MAX_PAYEES, NewDatanet};
use protocol::model::{self, MAX_DEPTH, MAX_PARENTS, MAX_POSITIONS, NewModel};
use protocol::settlement::{MAX_EPOCHS, MAX_REDEMPTIONS, MAX_VOUCHERS};
use protocol::{Bps, ContributionId, DatanetId, ModelId, Payee};
use testing::players::{Action, every_variant, play_edges, shrink};
use testing::scenario::{
    Batch, DEPOSIT, INITIAL_BALANCE, Part, Setup, World, adapter_terms, new_adapter, new_model, report,
};
use testing::{ChainOptions, EmbeddedChain, Invariants, err};

use crate::attacker::FEE;

/// Times that every variant is tried at the edges.
const TIMES: u64 = 3;
/// Lives in which every variant must come up.
const MOST_LIVES: u64 = 16;

/// Says how long a test took, since these are the long ones.
struct Took(&'static str, Instant);

impl Took {
    fn of(what: &'static str) -> Self {
        Self(what, Instant::now())
    }
}

impl Drop for Took {
    fn drop(&mut self) {
        println!("{} took {:.1} s", self.0, self.1.elapsed().as_secs_f64());
    }
}

#[test]
fn every_number_of_every_message_at_the_ends_of_all_types_is_taken_or_refused_in_words() {
    let _took = Took::of("numbers at their ends");
    let (mut tried, mut edges) = (BTreeMap::new(), 0);
    let untried = |tried: &BTreeMap<String, u64>| -> Vec<String> {
        every_variant().into_iter().filter(|variant| !tried.contains_key(variant)).collect()
    };
    for seed in 0..MOST_LIVES {
        edges += play_edges(seed, 500, TIMES, &mut tried).unwrap_or_else(|failure| {
            let shrunk = shrink(&failure).failure;
            let listed: Vec<String> = shrunk.actions.iter().map(Action::to_string).collect();
            panic!("{failure}\nin short: {}\n{}", shrunk.fault, listed.join("\n"))
        });
        if untried(&tried).is_empty() {
            break;
        }
    }
    assert_eq!(untried(&tried), Vec::<String>::new());
    println!("{edges} messages with numbers at their ends");
    assert!(edges > 5_000, "{edges}");
}

/// Without checks after every message: a state of this size is read once, in the end.
fn large() -> World {
    let chain = ChainOptions { invariants: Invariants::Off, seconds_per_block: 1, ..ChainOptions::default() };
    World::with(Setup { chain, operators: 3, ..Setup::default() })
}

/// Contributions of one item each in an open DataNet, until the model holds all it can.
fn fill(world: &mut World) {
    let new = NewDatanet { admission: Admission::Open {}, commits_per_day: u32::MAX, ..world.new_datanet() };
    let create = datanet::ExecuteMsg::CreateDatanet(new);
    let outcome = world.contribute_as(&world.accounts.datanet_owner.clone(), &create).unwrap();
    world.datanet = DatanetId(outcome.attribute("datanet_created", "datanet").unwrap().parse().unwrap());
    let contributor = world.accounts.stranger.clone();
    let missing = MAX_POSITIONS - world.model_record().positions;
    let mut ids: Vec<ContributionId> = Vec::new();
    for number in 0..missing + 1 {
        let mut batch = Batch::named(&contributor, &format!("item {number}"), 1);
        world.commit(&mut batch).unwrap();
        world.reveal(&batch).unwrap();
        ids.push(batch.id);
    }
    let too_many = ids.pop().unwrap();
    for some in ids.chunks(MAX_MARKED) {
        append(world, some.to_vec()).unwrap();
    }
    let error: ::model::ContractError = err(append(world, vec![too_many]));
    assert!(matches!(error, ::model::ContractError::TooManyContributions { .. }), "{error}");
}

fn append(world: &mut World, contributions: Vec<ContributionId>) -> Result<testing::TxOutcome, testing::ChainError> {
    world.by_owner(&model::ExecuteMsg::AppendContributions { model: world.model, contributions })
}

/// As many redemptions as a range holds, in as many epochs.
fn pay_all(world: &mut World) {
    let payer = world.accounts.payer.clone();
    for _ in 1..MAX_VOUCHERS {
        world.open_channel(&payer, DEPOSIT / 1_000).unwrap();
    }
    let domain = world.settlement_domain();
    for _ in 0..MAX_EPOCHS {
        let epoch = world.epoch();
        let vouchers = world.channels.iter_mut().map(|channel| channel.pay(&domain, epoch, 1_000)).collect();
        world.redeem(vouchers).unwrap();
        world.finish_epoch();
    }
}

#[test]
fn the_largest_round_has_16384_positions_4096_redemptions_and_64_epochs() {
    let _took = Took::of("the largest round");
    let mut world = large();
    fill(&mut world);
    world.register_version().unwrap();
    world.to_next_epoch();
    pay_all(&mut world);
    let round = world.open_round().unwrap();
    assert_eq!((round.positions, round.redemptions), (MAX_POSITIONS, MAX_REDEMPTIONS));
    assert_eq!(world.epochs().len(), MAX_EPOCHS);

    let entry = |at: u32| ((at % 97) as i32 * 1_000 - 20_000, at % 5);
    let entries: Vec<(i32, u32)> = (0..round.positions).map(entry).collect();
    let same = Part::Reports(report(&entries, 900_000_000, round.redemptions));
    let before = world.chain.height();
    let round = world.play_opened(&round, &vec![same; 3]).unwrap();
    assert_eq!(round.outcome, Some(Outcome::Settled));
    println!("{} blocks from the first commit to the end", world.chain.height() - before);
    world.claim(&(80..97).collect::<Vec<u32>>()).unwrap();
    world.chain.set_invariants(Invariants::Panic);
    world.chain.check(&[]).unwrap();
}

#[test]
fn sixteen_payees_are_paid_and_seventeen_refused() {
    let _took = Took::of("sixteen payees");
    let mut world = World::new();
    let (batch, most) = (world.batches[0].clone(), u16::try_from(MAX_PAYEES).unwrap());
    let payees = |count: u16| -> Vec<Payee> {
        let account = |number: u16| EmbeddedChain::account(&format!("payee {number}")).to_string();
        let share = |number: u16| Bps(if number == 0 { Bps::WHOLE.0 - (count - 1) } else { 1 });
        (0..count).map(|number| Payee { account: account(number), share: share(number) }).collect()
    };
    let set = |payees| datanet::ExecuteMsg::SetPayees { contribution: batch.id, payees };
    let error: ::datanet::ContractError = err(world.contribute_as(&batch.contributor, &set(payees(most + 1))));
    assert!(matches!(error, ::datanet::ContractError::Shares(_)), "{error}");
    world.contribute_as(&batch.contributor, &set(payees(most))).unwrap();
    world.settle(FEE, &[(500_000_000, 0), (0, 0), (0, 0)], 500_000_000).unwrap();
    world.claim(&[0]).unwrap();
    let paid = |number: u16| world.open_balance(&EmbeddedChain::account(&format!("payee {number}")));
    assert!((0..most).all(|number| paid(number) > 0));
    assert_eq!((0..most).map(paid).sum::<u128>(), u128::from(world.ledger()[0].payable.u64()));
}

/// Shares that sum to the whole, the first a little more.
fn parents(models: &[ModelId]) -> Vec<(ModelId, u16)> {
    let each = Bps::WHOLE.0 / u16::try_from(models.len()).unwrap();
    let rest = Bps::WHOLE.0 - each * u16::try_from(models.len()).unwrap();
    models.iter().enumerate().map(|(index, &model)| (model, if index == 0 { each + rest } else { each })).collect()
}

fn merge(world: &World, models: &[ModelId]) -> NewModel {
    NewModel { kind: model::ModelKind::Merge, ..new_adapter(world, &parents(models)) }
}

#[test]
fn sixteen_parents_get_royalties_and_seventeen_are_refused() {
    let _took = Took::of("sixteen parents");
    let mut world = World::new();
    let mut bases = vec![world.model];
    while bases.len() <= MAX_PARENTS {
        let new = new_model(&world);
        bases.push(world.create_model(new).unwrap());
    }
    let too_many = merge(&world, &bases);
    let error: ::model::ContractError = err(world.create_model(too_many));
    assert!(matches!(error, ::model::ContractError::ParentCount { .. }), "{error}");
    bases.pop();
    let merged = merge(&world, &bases);
    let merged = world.create_model(merged).unwrap();
    earn(&mut world, merged);
    world.with_model(merged, World::flow).unwrap();
    for base in bases {
        let waiting = world.with_model(base, |world| world.model_totals().royalties);
        assert!(!waiting.influence.is_zero(), "model {base}: {waiting:?}");
    }
}

/// A model is served, paid and settled.
fn earn(world: &mut World, model: ModelId) {
    world.with_model(model, |world| {
        world.serve(&format!("text of {model}"), INITIAL_BALANCE / 100);
        world.settle(FEE * 100, &[(500_000_000, 0)], 500_000_000).unwrap();
    });
}

#[test]
fn royalties_flow_through_a_lineage_of_eight_and_nine_are_refused() {
    let _took = Took::of("a lineage of eight");
    let mut world = World::new();
    let mut line = vec![world.model];
    while line.len() < usize::from(MAX_DEPTH) {
        let new = new_adapter(&world, &[(*line.last().unwrap(), Bps::WHOLE.0)]);
        line.push(world.create_model(new).unwrap());
    }
    let too_deep = new_adapter(&world, &[(*line.last().unwrap(), Bps::WHOLE.0)]);
    let error: ::model::ContractError = err(world.create_model(too_deep));
    assert!(matches!(error, ::model::ContractError::TooDeep { .. }), "{error}");
    earn(&mut world, *line.last().unwrap());
    for child in line.iter().skip(1).rev() {
        world.with_model(*child, World::flow).unwrap();
    }
    let waiting = world.model_totals().royalties;
    // 30 % of each step, seven times, of a net fee of 950,000,000 uopen; 70 % of that is the contributors'.
    let parts = adapter_terms(&world).parents;
    assert_eq!(parts, Bps(3_000));
    let reached = (0..7).fold(950_000_000u128, |amount, _| amount * 3_000 / 10_000);
    let all = waiting.influence + waiting.owner + waiting.stake;
    assert!(all.u128().abs_diff(reached) <= 7, "{all} and {reached}");
    let _: Addr = world.stake();
}
