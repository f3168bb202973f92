//! Queries: pages, absent records, and what passes through.

use protocol::attribution::{Config, Operator, Phase, QueryMsg, Round};
use protocol::settlement::Openable;
use protocol::{MethodId, ModelId, Page, RoundId, Seconds};

use crate::bench::{Bench, METHOD, MODEL, OPERATOR_DELAY, UNBONDING, honest, range};

#[test]
fn the_configuration_reads_back() {
    let bench = Bench::wired();
    let expected = Config {
        open_token: bench.open_token.clone(),
        model: bench.model.clone(),
        settlement: Some(bench.settlement.clone()),
        min_blocks: 3_u64.into(),
        chain_id: "bench-1".to_owned(),
        bonds_held: 0_u128.into(),
        operator_delay: Seconds(OPERATOR_DELAY),
        unbonding_period: Seconds(UNBONDING),
    };
    assert_eq!(bench.config(), expected);
}

#[test]
fn rounds_are_listed_in_pages() {
    let mut bench = Bench::new();
    for _ in 0..5 {
        bench.play(&[]);
        bench.top_up();
        bench.pass_epochs(1);
    }
    let ids = |start_after: Option<u64>, limit| -> Vec<u64> {
        let page = Page { start_after: start_after.map(Into::into), limit };
        let rounds: Vec<Round> = bench.query(&QueryMsg::Rounds { model: MODEL, page });
        rounds.iter().map(|round| round.id.get()).collect()
    };
    assert_eq!(ids(None, None), [1, 2, 3, 4, 5]);
    assert_eq!(ids(Some(1), Some(2)), [2, 3]);
    assert_eq!(ids(Some(5), None), [0; 0]);
    assert_eq!(ids(Some(u64::MAX), Some(u32::MAX)), [0; 0]);
    let other: Vec<Round> = bench.query(&QueryMsg::Rounds { model: ModelId(2), page: Page::default() });
    assert_eq!(other, []);
}

#[test]
fn the_open_round_is_found_while_it_is_open() {
    let mut bench = Bench::new();
    assert!(!bench.is_open());
    bench.open();
    assert_eq!(bench.open_round().phase, Phase::Commit);
    bench.end_window();
    bench.end_commits().unwrap();
    bench.end_window();
    bench.aggregate(None).unwrap();
    assert!(!bench.is_open());
}

#[test]
fn participations_stand_in_the_order_of_the_set() {
    let mut bench = Bench::new();
    bench.play(&vec![honest(); 6]);
    let parts = bench.participations(1);
    let operators: Vec<_> = parts.iter().map(|part| part.operator.clone()).collect();
    assert_eq!(operators, bench.round(1).operators);
    assert_eq!(parts[6].commitment, None);
    assert_eq!(parts[6].revealed, None);
    assert_eq!(parts[6].agreement, None);
    let operators: Vec<Operator> = bench.query(&QueryMsg::Operators { method: METHOD });
    assert_eq!(operators.len(), 7);
}

#[test]
fn what_opening_would_cover_is_settlement_s_answer() {
    let mut bench = Bench::wired();
    let asked = QueryMsg::Openable { model: MODEL };
    let openable: Openable = bench.query(&asked);
    assert_eq!(openable, Openable::Range(Box::new(range())));
    bench.set_openable(&Openable::NoFees {});
    let openable: Openable = bench.query(&asked);
    assert_eq!(openable, Openable::NoFees {});
}

#[test]
fn queries_for_what_does_not_exist_are_refused_with_a_reason() {
    let bench = Bench::wired();
    let (model, round, method) = (MODEL, RoundId(1), MethodId(2));
    let stranger = bench.operators[0].to_string();
    let cases = [
        (QueryMsg::Round { model, round }, "has no round 1"),
        (QueryMsg::Participations { model, round }, "has no round 1"),
        (QueryMsg::Method { method }, "method 2 is not registered"),
        (QueryMsg::Operators { method }, "method 2 is not registered"),
        (QueryMsg::Operator { method, account: stranger.clone() }, "method 2 is not registered"),
        (QueryMsg::Operator { method: METHOD, account: stranger }, "is not admitted"),
        (QueryMsg::Operator { method: METHOD, account: "nonsense".to_owned() }, "Error"),
    ];
    for (query, reason) in cases {
        let refused = bench.query_error(&query);
        assert!(refused.contains(reason), "{query:?}: {refused}");
    }
}
