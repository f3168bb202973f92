//! Rounds without a commitment: every third in a row costs a penalty, and the place in the set until the bond is whole.

use cosmwasm_std::Uint128;
use protocol::attribution::{ExecuteMsg, Outcome};
use protocol::event::AttributionEvent;
use protocol::model::RoundBasis;
use protocol::{ModelId, RoundId};

use crate::bench::{BOND, Bench, METHOD, MODEL, MODELS, PENALTY, SALT, basis, events, honest, method_params, utility};

fn penalised(bench: &Bench, index: usize, round: u64, penalty: u128) -> AttributionEvent {
    AttributionEvent::OperatorPenalised {
        method: METHOD,
        operator: bench.operators[index].to_string(),
        model: MODEL,
        round: RoundId(round),
        penalty: Uint128::new(penalty),
    }
}

fn missed(bench: &Bench, index: usize, round: u64, missed: u32) -> AttributionEvent {
    AttributionEvent::RoundMissed {
        method: METHOD,
        operator: bench.operators[index].to_string(),
        model: MODEL,
        round: RoundId(round),
        missed,
    }
}

/// Plays with the first operators, and gives what the first aggregation said.
fn play(bench: &mut Bench, present: usize) -> Vec<AttributionEvent> {
    bench.play_to_reveals(&vec![honest(); present]);
    let response = bench.aggregate(None).unwrap();
    if bench.is_open() {
        bench.advance(None).unwrap();
    }
    events(&response)
}

#[test]
fn the_penalty_falls_exactly_at_the_third_round_in_a_row() {
    let mut bench = Bench::new();
    for round in 1..=2 {
        let said = play(&mut bench, 6);
        assert_eq!(said[0], missed(&bench, 6, round, u32::try_from(round).unwrap()));
        assert_eq!(bench.operator(6).bond.u128(), BOND);
    }
    assert!(bench.treasury().is_empty());
    let said = play(&mut bench, 6);
    assert_eq!(said[..2], [missed(&bench, 6, 3, 3), penalised(&bench, 6, 3, PENALTY)]);
    let operator = bench.operator(6);
    assert_eq!((operator.bond.u128(), operator.missed), (BOND - PENALTY, 0));
    assert_eq!((operator.penalties, operator.slashed), (1, 0));
    assert_eq!(bench.treasury(), [Uint128::new(PENALTY)]);
}

#[test]
fn a_reveal_begins_the_count_anew() {
    let mut bench = Bench::new();
    for _ in 0..3 {
        play(&mut bench, 6);
        play(&mut bench, 6);
        assert_eq!(bench.operator(6).missed, 2);
        play(&mut bench, 7);
        assert_eq!(bench.operator(6).missed, 0);
    }
    assert!(bench.treasury().is_empty());
}

#[test]
fn a_report_of_too_little_evidence_is_no_absence() {
    let mut bench = Bench::new();
    play(&mut bench, 6);
    let mut reports = vec![honest(); 6];
    reports.push(rules::score::Report::TooFew);
    bench.play(&reports);
    assert_eq!(bench.operator(6).missed, 0);
}

#[test]
fn failed_rounds_count_and_a_dead_operator_pays_in_them_too() {
    let mut bench = Bench::new();
    for _ in 0..3 {
        play(&mut bench, 4);
        assert_eq!(bench.operator(0).missed, 0);
        bench.pass_epochs(1);
    }
    assert_eq!(bench.treasury(), [Uint128::new(3 * PENALTY)], "one payment for three of them");
    let round = bench.open();
    assert_eq!(round.operators, bench.operators[..4]);
    assert_eq!(round.quorum, 3);
}

#[test]
fn two_operators_who_never_commit_in_twenty_rounds_pay_once_and_the_rest_settles_every_round() {
    let mut bench = Bench::new();
    for round in 1..=20 {
        let played = bench.play(&vec![honest(); 5]);
        assert_eq!(played.outcome, Some(Outcome::Settled), "round {round}");
        assert_eq!(played.quorum, if round <= 3 { 5 } else { 4 });
    }
    for absent in [5, 6] {
        let operator = bench.operator(absent);
        assert_eq!((operator.bond.u128(), operator.penalties), (BOND - PENALTY, 1));
    }
    for present in 0..5 {
        let operator = bench.operator(present);
        assert_eq!((operator.bond.u128(), operator.penalties), (BOND, 0));
    }
    assert_eq!(bench.treasury(), [Uint128::new(2 * PENALTY)]);
}

#[test]
fn who_tops_up_and_stays_away_pays_every_third_round() {
    let mut bench = Bench::new();
    for _ in 0..20 {
        let played = bench.play(&vec![honest(); 5]);
        assert_eq!(played.outcome, Some(Outcome::Settled));
        assert_eq!(played.operators.len(), 7);
        bench.top_up();
    }
    for absent in [5, 6] {
        let operator = bench.operator(absent);
        assert_eq!((operator.penalties, operator.missed), (6, 2));
    }
    assert_eq!(bench.treasury(), vec![Uint128::new(2 * PENALTY); 6]);
}

#[test]
fn who_paid_is_in_no_set_until_it_pays_exactly_what_its_bond_lacks() {
    let mut bench = Bench::new();
    for _ in 0..3 {
        play(&mut bench, 6);
    }
    assert_eq!(bench.open().operators, bench.operators[..6]);
    bench.play_opened_to_reveals(&vec![honest(); 6]);
    bench.aggregate(None).unwrap();
    bench.advance(None).unwrap();
    assert_eq!(bench.operator(6).missed, 0, "it was not in that set");
    let (due, sent) = (Uint128::new(PENALTY), Uint128::new(BOND));
    let refused = bench.pay_bond(6, BOND).unwrap_err();
    assert_eq!(refused, attribution::ContractError::WrongBond { due, sent });
    bench.pay_bond(6, PENALTY).unwrap();
    assert_eq!(bench.open().operators, bench.operators[..7]);
}

/// Rounds 1 of two models, opened together; the last operator commits in neither.
fn two_rounds_open() -> Bench {
    let mut bench = Bench::opened();
    bench.anyone(&ExecuteMsg::Open { model: ModelId(2) }).unwrap();
    bench
}

fn aggregate_empty(bench: &mut Bench, model: ModelId) {
    let round = RoundId(1);
    bench.anyone(&ExecuteMsg::EndCommits { model, round }).unwrap();
    bench.end_window();
    bench.anyone(&ExecuteMsg::Aggregate { model, round, limit: None }).unwrap();
}

#[test]
fn rounds_of_all_models_count_together_and_those_open_at_once_count_as_one() {
    let mut bench = two_rounds_open();
    bench.end_window();
    aggregate_empty(&mut bench, ModelId(1));
    aggregate_empty(&mut bench, ModelId(2));
    assert_eq!(bench.operator(6).missed, 1);
    bench.pass_epochs(1);
    play(&mut bench, 6);
    assert_eq!(bench.operator(6).missed, 2);
    bench.anyone(&ExecuteMsg::Open { model: ModelId(3) }).unwrap();
    bench.end_window();
    aggregate_empty(&mut bench, ModelId(3));
    assert_eq!(bench.operator(6).penalties, 1);
    assert_eq!(bench.operator(0).penalties, 0);
}

#[test]
fn however_many_rounds_a_stranger_opens_in_one_window_an_absence_counts_once() {
    let mut bench = Bench::new();
    let models = (1..=MODELS).map(ModelId);
    for model in models.clone() {
        bench.anyone(&ExecuteMsg::Open { model }).unwrap();
    }
    bench.end_window();
    for model in models {
        aggregate_empty(&mut bench, model);
    }
    for operator in 0..7 {
        assert_eq!((bench.operator(operator).missed, bench.operator(operator).bond.u128()), (1, BOND));
    }
    assert!(bench.treasury().is_empty());
}

#[test]
fn valuations_count_neither_as_missed_nor_as_attended() {
    let mut bench = Bench::new();
    for _ in 0..2 {
        play(&mut bench, 6);
    }
    bench.play_valuation(&vec![utility(); 6]);
    let operator = bench.operator(6);
    assert_eq!((operator.missed, operator.penalties), (2, 0));
    bench.pass_epochs(2);
    bench.set_basis(&RoundBasis { versions: 2, ..basis() });
    bench.play_valuation(&vec![utility(); 7]);
    assert_eq!(bench.operator(6).missed, 2, "to take part where nothing was paid excuses nobody");
    play(&mut bench, 6);
    assert_eq!(bench.operator(6).penalties, 1);
}

#[test]
fn slashes_and_penalties_of_a_round_make_one_payment() {
    let mut bench = Bench::new();
    for _ in 0..2 {
        play(&mut bench, 6);
    }
    bench.open();
    bench.commit_all(&vec![honest(); 6]);
    bench.end_window();
    for index in 1..6 {
        bench.reveal(index, &honest()).unwrap();
    }
    bench.end_window();
    let said = events(&bench.aggregate(None).unwrap());
    let slashed = AttributionEvent::OperatorSlashed {
        method: METHOD,
        operator: bench.operators[0].to_string(),
        model: MODEL,
        round: RoundId(3),
        bond: Uint128::new(BOND),
    };
    assert_eq!(said[..3], [slashed, missed(&bench, 6, 3, 3), penalised(&bench, 6, 3, PENALTY)]);
    assert_eq!(bench.treasury(), [Uint128::new(BOND + PENALTY)]);
    assert_eq!(bench.config().bonds_held, Uint128::new(6 * BOND - PENALTY));
}

#[test]
fn silence_begins_the_count_anew() {
    let mut bench = Bench::new();
    for _ in 0..2 {
        play(&mut bench, 6);
    }
    bench.open();
    bench.commit_all(&vec![honest(); 7]);
    bench.end_window();
    for index in 0..6 {
        bench.reveal(index, &honest()).unwrap();
    }
    bench.end_window();
    bench.aggregate(None).unwrap();
    bench.advance(None).unwrap();
    let operator = bench.operator(6);
    assert_eq!((operator.missed, operator.slashed, operator.penalties), (0, 1, 0));
}

#[test]
fn a_new_bond_begins_the_count_anew() {
    let mut bench = two_rounds_open();
    let (model, round, operator) = (ModelId(2), RoundId(1), bench.operators[6].clone());
    bench.send(&operator, &ExecuteMsg::Commit { model, round, commitment: SALT }).unwrap();
    bench.end_window();
    aggregate_empty(&mut bench, ModelId(2));
    aggregate_empty(&mut bench, ModelId(1));
    let operator = bench.operator(6);
    assert_eq!((operator.bond.u128(), operator.slashed, operator.missed), (0, 1, 1));
    bench.pay_bond(6, BOND).unwrap();
    assert_eq!(bench.operator(6).missed, 0);
}

#[test]
fn a_bond_that_was_slashed_elsewhere_pays_what_is_left_of_it() {
    let mut bench = Bench::new();
    for _ in 0..2 {
        play(&mut bench, 6);
    }
    bench.open();
    bench.anyone(&ExecuteMsg::Open { model: ModelId(2) }).unwrap();
    bench.end_window();
    let round = RoundId(1);
    let end = ExecuteMsg::EndCommits { model: ModelId(2), round };
    bench.anyone(&end).unwrap();
    let (contract, account) = (bench.attribution.clone(), bench.operators[6].clone());
    set_bond(&mut bench, &contract, &account, PENALTY - 1);
    bench.end_commits().unwrap();
    bench.end_window();
    bench.aggregate(None).unwrap();
    let operator = bench.operator(6);
    assert_eq!((operator.bond.u128(), operator.penalties), (0, 1));
    assert_eq!(bench.treasury(), [Uint128::new(PENALTY - 1)]);
    bench.anyone(&ExecuteMsg::Aggregate { model: ModelId(2), round, limit: None }).unwrap();
    assert_eq!(bench.operator(6).missed, 0, "it was open at the same time");
}

/// As if the rest had been taken by rounds of other models.
fn set_bond(bench: &mut Bench, contract: &cosmwasm_std::Addr, account: &cosmwasm_std::Addr, bond: u128) {
    use cw_storage_plus::{Item, Map};
    const OPERATORS: Map<(u64, &cosmwasm_std::Addr), protocol::attribution::Operator> = Map::new("operators");
    const BONDS_HELD: Item<Uint128> = Item::new("bonds_held");
    let mut storage = bench.app.contract_storage_mut(contract);
    let mut operator = OPERATORS.load(&*storage, (METHOD.get(), account)).unwrap();
    let held = BONDS_HELD.load(&*storage).unwrap() - operator.bond + Uint128::new(bond);
    operator.bond = Uint128::new(bond);
    OPERATORS.save(&mut *storage, (METHOD.get(), account), &operator).unwrap();
    BONDS_HELD.save(&mut *storage, &held).unwrap();
}

#[test]
fn a_penalty_as_large_as_the_bond_takes_it_whole() {
    let mut bench = Bench::wired_with(protocol::attribution::MethodParams {
        missed_penalty: Uint128::new(BOND),
        ..method_params()
    });
    for index in 0..7 {
        bench.join(index);
    }
    bench.pass_delay();
    for _ in 0..3 {
        play(&mut bench, 6);
    }
    assert_eq!(bench.operator(6).bond, Uint128::zero());
    assert_eq!(bench.treasury(), [Uint128::new(BOND)]);
    assert_eq!(bench.open().operators.len(), 6);
}

#[test]
fn chunked_aggregation_counts_an_absence_once() {
    let mut bench = Bench::revealed(&vec![honest(); 6]);
    for _ in 0..4 {
        bench.aggregate(Some(1)).unwrap();
    }
    assert_eq!(bench.operator(6).missed, 1);
}
