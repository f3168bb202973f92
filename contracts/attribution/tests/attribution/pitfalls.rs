//! One test for each pitfall that audits find in CosmWasm contracts and that this contract could fall into.
//!
//! Others stand where they belong: coins, wiring and migration in `governance`, tokens and zero amounts in `bonds`,
//! edges of phases in `windows`, storage keys beside their names in `src/state/keys.rs`, absent records in `queries`.

use attribution::ContractError;
use cosmwasm_std::{Uint128, to_json_vec};
use cw_multi_test::{Executor, IntoAddr};
use cw20::Cw20ExecuteMsg;
use protocol::attribution::{ExecuteMsg, MAX_OPERATORS, Operator, QueryMsg};
use protocol::{Hash32, RoundId};
use rules::hash::Domain;
use rules::score::{Report, report_commitment};

use crate::bench::{BOND, Bench, METHOD, MODEL, SALT, UNBONDING, honest, method_params, report_msg, vector};

#[test]
fn duplicate_ids_in_a_vec_an_operator_stands_once_in_the_set() {
    let mut bench = Bench::new();
    bench.remove(0).unwrap();
    bench.pass_delay();
    bench.admit(0).unwrap();
    bench.admit(0).unwrap_err();
    bench.pass_delay();
    let operators = bench.open().operators;
    assert!(operators.is_sorted_by(|a, b| a < b), "strictly ascending");
}

#[test]
fn unchecked_arithmetic_ids_end_instead_of_wrapping() {
    let mut bench = Bench::wired();
    let (contract, governance) = (bench.attribution.clone(), bench.governance.clone());
    let last = to_json_vec(&u64::MAX).unwrap();
    let mut storage = bench.app.contract_storage_mut(&contract);
    storage.set(b"last_method", &last);
    drop(storage);
    let register = ExecuteMsg::RegisterMethod(method_params());
    let refused = bench.send(&governance, &register).unwrap_err();
    assert_eq!(refused, ContractError::Overflow);
}

#[test]
fn rounding_towards_the_caller_agreement_rounds_down() {
    let mut bench = Bench::new();
    let near = vector(&[401, 300, -200, 98], 900, &[]);
    let mut reports = vec![vector(&[400, 300, -200, 99], 900, &[]); 6];
    reports.push(near);
    bench.play(&reports);
    // 1 − 4·2/999 is 9,919.9 basis points.
    assert_eq!(bench.agreements(1)[6], Some(9_919));
}

#[test]
fn errors_built_and_not_returned_a_refused_message_changes_nothing() {
    let mut bench = Bench::committed(&vec![honest(); 3]);
    bench.reveal(0, &honest()).unwrap();
    let before = bench.dump();
    bench.try_open().unwrap_err();
    bench.commit(4, &honest()).unwrap_err();
    bench.end_commits().unwrap_err();
    bench.reveal(0, &honest()).unwrap_err();
    bench.reveal(1, &Report::TooFew).unwrap_err();
    bench.reveal(5, &honest()).unwrap_err();
    bench.aggregate(None).unwrap_err();
    bench.advance(None).unwrap_err();
    bench.admit(0).unwrap_err();
    bench.pay_bond(0, 1).unwrap_err();
    bench.try_open_valuation().unwrap_err();
    bench.withdraw(0).unwrap_err();
    bench.unbond(9).unwrap_err();
    bench.remove(9).unwrap_err();
    assert_eq!(bench.dump(), before);
}

#[test]
fn reply_swallowing_failures_when_settlement_refuses_the_whole_message_fails() {
    let mut bench = Bench::revealed(&vec![honest(); 7]);
    bench.aggregate(None).unwrap();
    let before = bench.dump();
    bench.set_refuses(true);
    let round = RoundId(1);
    let advance = ExecuteMsg::Advance { model: MODEL, round, limit: None };
    let (anyone, contract) = (bench.governance.clone(), bench.attribution.clone());
    let refused = bench.app.execute_contract(anyone, contract, &advance, &[]).unwrap_err();
    assert!(format!("{refused:#}").contains("told to refuse"));
    assert_eq!(bench.dump(), before);
    bench.set_refuses(false);
    bench.advance(None).unwrap();
}

#[test]
fn voting_by_live_balance_who_bonds_after_the_opening_has_no_part() {
    let mut bench = Bench::opened();
    bench.join(7);
    let round = bench.open_round();
    assert_eq!((round.operators.len(), round.quorum), (7, 5));
    let operator = bench.operators[7].clone();
    let refused = bench.commit(7, &honest()).unwrap_err();
    assert_eq!(refused, ContractError::NotInSet { operator });
}

#[test]
fn accounting_from_raw_balances_a_donation_is_no_bond() {
    let mut bench = Bench::wired();
    bench.admit(0).unwrap();
    let transfer = Cw20ExecuteMsg::Transfer { recipient: bench.attribution.to_string(), amount: Uint128::new(BOND) };
    let (donor, token) = (bench.operators[0].clone(), bench.open_token.clone());
    bench.app.execute_contract(donor, token, &transfer, &[]).unwrap();
    assert_eq!(bench.config().bonds_held, Uint128::zero());
    assert_eq!(bench.operator(0).bond, Uint128::zero());
    bench.pay_bond(0, BOND).unwrap();
    assert_eq!(bench.config().bonds_held, Uint128::new(BOND));
}

#[test]
fn accounting_from_raw_balances_a_donation_is_not_withdrawn() {
    let mut bench = Bench::new();
    let transfer = Cw20ExecuteMsg::Transfer { recipient: bench.attribution.to_string(), amount: Uint128::new(7) };
    let (donor, token) = (bench.operators[0].clone(), bench.open_token.clone());
    bench.app.execute_contract(donor, token, &transfer, &[]).unwrap();
    for index in 0..7 {
        bench.unbond(index).unwrap();
    }
    bench.pass(UNBONDING, 0);
    for index in 0..7 {
        bench.withdraw(index).unwrap();
    }
    assert_eq!(bench.balance(&bench.attribution), 7);
    assert_eq!(bench.config().bonds_held, Uint128::zero());
}

#[test]
fn instant_use_of_privilege_governance_neither_removes_nor_seats_anyone_at_once() {
    let mut bench = Bench::new();
    bench.remove(0).unwrap();
    bench.admit(0).unwrap_err();
    bench.join(7);
    assert_eq!(bench.open().operators, bench.operators[..7]);
}

#[test]
fn funds_stuck_for_good_every_outcome_of_a_round_lets_go_of_the_bonds() {
    let nothing = vector(&[0, -5, 0, -1], 0, &[]);
    let ends = [vec![], vec![honest(); 4], vec![Report::TooFew; 7], vec![nothing; 7], vec![honest(); 7]];
    for reports in ends {
        let mut bench = Bench::new();
        let round = bench.play(&reports);
        for index in 0..7 {
            assert_eq!(bench.operator(index).open_sets, 0, "{:?}", round.outcome);
            bench.unbond(index).unwrap();
        }
        bench.pass(UNBONDING, 0);
        for index in 0..7 {
            bench.withdraw(index).unwrap();
        }
    }
}

#[test]
fn storage_that_grows_without_bound_a_full_method_keeps_64_records() {
    let mut bench = Bench::wired();
    for index in 0..MAX_OPERATORS {
        bench.admit(index).unwrap();
        bench.unbond(index).unwrap();
    }
    for turn in 0..100 {
        let operator = format!("newcomer {turn}").into_addr();
        bench.govern(ExecuteMsg::AdmitOperator { method: METHOD, operator: operator.to_string() });
        bench.send(&operator, &ExecuteMsg::Unbond { method: METHOD }).unwrap();
        bench.pass(1, 1);
    }
    let operators: Vec<Operator> = bench.query(&QueryMsg::Operators { method: METHOD });
    assert_eq!(operators.len(), MAX_OPERATORS);
}

#[test]
fn push_payments_in_loops_many_silent_operators_make_one_payment() {
    let mut bench = Bench::committed(&vec![honest(); 7]);
    bench.end_commits().unwrap();
    bench.end_window();
    bench.aggregate(None).unwrap();
    assert_eq!(bench.treasury(), [Uint128::new(7 * BOND)]);
    assert_eq!(bench.config().bonds_held, Uint128::zero());
}

#[test]
fn replay_a_commitment_for_another_chain_contract_round_or_account_cannot_be_revealed() {
    let mut bench = Bench::opened();
    let inputs = *bench.open_round().inputs.bytes();
    let (home, operator) = (bench.domain(), bench.operators[0].to_string());
    let elsewhere = Domain { chain_id: "bench-2".to_owned(), ..home.clone() };
    let other_contract = Domain { contract: bench.settlement.to_string(), ..home.clone() };
    let hash = |domain, inputs: [u8; 32], operator: &str| -> Hash32 {
        report_commitment(domain, &inputs, operator, &honest(), SALT.bytes()).into()
    };
    let replayed = [
        hash(&elsewhere, inputs, &operator),
        hash(&other_contract, inputs, &operator),
        hash(&home, [1; 32], &operator),
        hash(&home, inputs, "somebody else"),
    ];
    for (index, commitment) in replayed.into_iter().enumerate() {
        bench.commit_hash(index, commitment).unwrap();
    }
    bench.end_window();
    for index in 0..4 {
        let refused = bench.reveal(index, &honest()).unwrap_err();
        assert_eq!(refused, ContractError::CommitmentMismatch);
    }
}

#[test]
fn commitments_that_another_can_copy_a_copied_one_cannot_be_revealed() {
    let mut bench = Bench::opened();
    let honest_one = bench.commitment(0, &honest());
    bench.commit_hash(1, honest_one).unwrap();
    bench.commit_hash(0, honest_one).unwrap();
    bench.end_window();
    bench.reveal(0, &honest()).unwrap();
    let refused = bench.reveal(1, &honest()).unwrap_err();
    assert_eq!(refused, ContractError::CommitmentMismatch);
    bench.end_window();
    bench.aggregate(None).unwrap();
    assert_eq!(bench.operator(1).slashed, 1, "the copier was silent");
    assert_eq!(bench.operator(0).slashed, 0);
}

#[test]
fn unbounded_iteration_a_round_reads_its_own_set_only() {
    let mut bench = Bench::new();
    for index in 7..64 {
        bench.admit(index).unwrap();
    }
    assert_eq!(bench.open().operators.len(), 7);
}

#[test]
fn iteration_order_the_order_of_messages_changes_no_result() {
    let reports: Vec<Report> =
        (0..7).map(|shift| vector(&[400 + shift, 300 - shift, -200, 100 * shift], 900, &[])).collect();
    let in_order = |order: [usize; 7]| {
        let mut bench = Bench::opened();
        for index in order {
            bench.commit(index, &reports[index]).unwrap();
        }
        bench.end_window();
        for index in order {
            bench.reveal(index, &reports[index]).unwrap();
        }
        bench.end_window();
        bench.aggregate(None).unwrap();
        bench.advance(None).unwrap();
        (bench.advanced(), bench.dump())
    };
    let expected = in_order([0, 1, 2, 3, 4, 5, 6]);
    assert_eq!(in_order([6, 5, 4, 3, 2, 1, 0]), expected);
    assert_eq!(in_order([3, 0, 6, 1, 5, 2, 4]), expected);
}

#[test]
fn a_resolver_that_is_a_party_whoever_aggregates_the_result_is_the_same() {
    let by = |sender: usize| {
        let mut bench = Bench::revealed(&vec![honest(); 7]);
        let sender = bench.operators[sender].clone();
        let (model, round, limit) = (MODEL, RoundId(1), None);
        let aggregate = ExecuteMsg::Aggregate { model, round, limit };
        bench.send(&sender, &aggregate).unwrap();
        let advance = ExecuteMsg::Advance { model, round, limit };
        bench.send(&sender, &advance).unwrap();
        (bench.advanced(), bench.dump())
    };
    assert_eq!(by(0), by(70));
}

#[test]
fn messages_are_json_that_reads_back() {
    let reveal = ExecuteMsg::Reveal { model: MODEL, round: RoundId(1), report: report_msg(&honest()), salt: SALT };
    let json = to_json_vec(&reveal).unwrap();
    let read: ExecuteMsg = cosmwasm_std::from_json(json).unwrap();
    assert_eq!(read, reveal);
    let unknown = cosmwasm_std::from_json::<QueryMsg>(b"{\"nothing\":{}}");
    assert!(unknown.is_err());
}
