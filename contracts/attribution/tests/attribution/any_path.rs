//! Bonds on any path: random messages in random order, and after each the bench counts every bond and every open set.

use attribution::ContractError;
use protocol::RoundId;
use protocol::attribution::{ExecuteMsg, MIN_OPERATORS, Operator, QueryMsg, Round};
use protocol::settlement::Valuation;

use crate::bench::{BOND, Bench, METHOD, MODEL, SALT, UNBONDING, honest, report_msg, utility, valuation};

const ACCOUNTS: usize = 10;
const STEPS: u32 = 400;
const WEALTH: u128 = 10 * BOND;

/// The same numbers for the same seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn account(&mut self) -> usize {
        usize::try_from(self.roll(10)).unwrap()
    }
}

type Sent = Result<(), ContractError>;

fn step(bench: &mut Bench, dice: &mut Dice) -> Sent {
    let account = dice.account();
    let sent = match dice.roll(16) {
        0 => bench.admit(account),
        1 if dice.roll(4) == 0 => bench.remove(account),
        2 if dice.roll(4) == 0 => bench.unbond(account),
        3 => bench.withdraw(account),
        4 => bench.pay_bond(account, lacks(bench, account)),
        5 => bench.try_open(),
        6 => {
            let epoch = bench.valuation().epoch;
            bench.set_valuation(&Valuation { epoch, ..valuation() });
            bench.pass_epochs(1);
            bench.try_open_valuation()
        }
        7..=9 => commit(bench, account),
        10 | 11 => reveal(bench, account),
        12 => end_commits(bench),
        13 => finish(bench),
        _ => {
            bench.pass(dice.roll(90), dice.roll(4));
            return Ok(());
        }
    };
    sent.map(|_| ())
}

fn lacks(bench: &Bench, account: usize) -> u128 {
    let operators: Vec<Operator> = bench.query(&QueryMsg::Operators { method: METHOD });
    let found = operators.into_iter().find(|operator| operator.account == bench.operators[account]);
    found.map_or(BOND, |operator| BOND - operator.bond.u128())
}

fn last_round(bench: &Bench) -> Option<Round> {
    bench.query(&QueryMsg::OpenRound { model: MODEL })
}

/// The open round, or one that does not exist.
fn named(bench: &Bench) -> RoundId {
    last_round(bench).map_or(RoundId(u64::MAX), |round| round.id)
}

fn report(bench: &Bench) -> rules::score::Report {
    match last_round(bench) {
        Some(round) if round.redemptions == 0 => utility(),
        _ => honest(),
    }
}

type Response = Result<cw_multi_test::AppResponse, ContractError>;

fn commit(bench: &mut Bench, account: usize) -> Response {
    let commitment = match last_round(bench) {
        Some(_) => bench.commitment(account, &report(bench)),
        None => SALT,
    };
    let (round, operator) = (named(bench), bench.operators[account].clone());
    bench.send(&operator, &ExecuteMsg::Commit { model: MODEL, round, commitment })
}

fn reveal(bench: &mut Bench, account: usize) -> Response {
    let (round, operator) = (named(bench), bench.operators[account].clone());
    let report = report_msg(&report(bench));
    bench.send(&operator, &ExecuteMsg::Reveal { model: MODEL, round, report, salt: SALT })
}

fn end_commits(bench: &mut Bench) -> Response {
    let round = named(bench);
    bench.anyone(&ExecuteMsg::EndCommits { model: MODEL, round })
}

fn finish(bench: &mut Bench) -> Response {
    let (round, limit) = (named(bench), None);
    let advanced = bench.anyone(&ExecuteMsg::Advance { model: MODEL, round, limit });
    advanced.or_else(|_| bench.anyone(&ExecuteMsg::Aggregate { model: MODEL, round, limit }))
}

/// Ends the open round, lets everyone leave, and pays every bond back.
fn wind_up(bench: &mut Bench) {
    while last_round(bench).is_some() {
        bench.end_window();
        let _ = end_commits(bench);
        let _ = finish(bench);
    }
    for account in 0..ACCOUNTS {
        let _ = bench.unbond(account);
    }
    bench.pass(UNBONDING * 2, 1);
    for account in 0..ACCOUNTS {
        let _ = bench.withdraw(account);
    }
}

#[test]
fn bonds_add_up_and_all_of_them_go_back_or_to_the_treasury() {
    let (mut opened, mut slashed, mut penalised) = (0, 0, 0);
    for seed in 0..24 {
        let mut bench = Bench::new();
        let mut dice = Dice(seed);
        for _ in 0..STEPS {
            let sent = step(&mut bench, &mut dice);
            assert_ne!(sent, Err(ContractError::Overflow), "seed {seed}");
        }
        wind_up(&mut bench);
        assert_eq!(bench.config().bonds_held.u128(), 0, "seed {seed}: nobody's bond is stuck");
        let wealth: u128 = bench.operators[..ACCOUNTS].iter().map(|account| bench.balance(account)).sum();
        let taken: u128 = bench.treasury().iter().map(|payment| payment.u128()).sum();
        assert_eq!(wealth + taken, ACCOUNTS as u128 * WEALTH, "seed {seed}");
        let operators: Vec<Operator> = bench.query(&QueryMsg::Operators { method: METHOD });
        slashed += operators.iter().map(|operator| operator.slashed).sum::<u32>();
        penalised += operators.iter().map(|operator| operator.penalties).sum::<u32>();
        let rounds: Vec<Round> = bench.query(&QueryMsg::Rounds { model: MODEL, page: protocol::Page::default() });
        assert!(rounds.iter().all(|round| round.operators.len() >= MIN_OPERATORS));
        opened += rounds.len();
    }
    println!("{opened} rounds, {slashed} slashed, {penalised} penalised");
    assert!(opened > 48 && slashed > 10 && penalised > 10, "the paths lead somewhere");
}
