//! What must hold at the end of the story: every check is there, holds, and says what the report's other figures and the chain say.

use influence::statistics::spearman;
use operator::{
    replay,
    story::{cast::OPERATOR_BOND, measure::TRUTH_SEEDS},
};
use protocol::{Epoch, RoundId, attribution::RoundKind};
use report::data::{Check, TruthRow};
use rules::{
    hash::{Hash, digest},
    score::pack_entries,
};
use serde_json::Value;

use crate::told::{ADAPTER, CORRECTED, MODEL, told};

/// The report rounds to four digits.
const ROUNDING: f64 = 1e-4;

/// An amount as checks show it.
pub fn uopen(value: &Value) -> u128 {
    value.as_str().expect("amounts are strings").parse().expect("amounts are whole")
}

fn close(value: &Value, expected: f64) {
    let value = value.as_f64().expect("a number");
    assert!((value - expected).abs() <= ROUNDING, "{value} is not {expected}");
}

/// A truth check against the correlation of the rows, whose bound must be 0.9.
fn correlates(check: &Check, influence: fn(&TruthRow) -> f64, effect: fn(&TruthRow) -> f64) {
    let rows = &told().first.truth.rows;
    assert_eq!(rows.len(), 10, "all but the copy were used");
    let column = |of: fn(&TruthRow) -> f64| rows.iter().map(of).collect::<Vec<f64>>();
    let recomputed = spearman(&column(influence), &column(effect)).expect("the columns can be ranked");
    assert!(recomputed >= 0.9, "{recomputed}");
    close(&check.value["spearman"], recomputed);
    assert_eq!(check.bound["spearman_at_least"], 0.9);
    let ceiling = check.value["split_half_ceiling"].as_f64().expect("the ceiling stands beside it");
    assert!((0.9..=1.0).contains(&ceiling), "a truth of {ceiling} could not tell");
    assert_eq!(check.value["seeds"], TRUTH_SEEDS);
}

#[test]
fn both_runs_end_with_exit_code_0() {
    let told = told();
    let failed = |report: &report::Report| {
        report.checks.iter().filter(|check| !check.holds).map(|check| check.name.clone()).collect::<Vec<_>>()
    };
    assert_eq!((failed(&told.first), failed(&told.second)), (vec![], vec![]));
    assert_eq!(told.exits, [Some(0), Some(0)]);
}

#[test]
fn every_check_is_there_once_and_no_other() {
    let names: Vec<&str> = told().first.checks.iter().map(|check| check.name.as_str()).collect();
    let expected = [
        "truth_queries",
        "truth_validation",
        "wrong_labels_paid",
        "noise_paid",
        "copier_bond",
        "silent_slashed",
        "liars_moved_nothing",
        "hidden_receipts_to_treasury",
        "expired_epoch_covered",
        "usual_rule",
        "bond_taken",
        "royalties_flow",
        "stake_and_dividends",
        "statements",
        "conservation",
        "replay",
        "same_bytes",
        "corrector_earns",
    ];
    assert_eq!(names, expected);
}

#[test]
fn truth_queries_net_influence_ranks_contributions_as_retraining_does_on_what_was_paid_for() {
    let check = told().check("truth_queries");
    correlates(check, |row| row.net, |row| row.effect_queries);
    close(&check.value["spearman"], told().first.truth.spearman_queries);
}

#[test]
fn truth_validation_utility_ranks_contributions_as_retraining_does_on_fresh_examples() {
    let check = told().check("truth_validation");
    correlates(check, |row| row.utility, |row| row.effect_validation);
    close(&check.value["spearman"], told().first.truth.spearman_validation);
}

#[test]
fn wrong_labels_paid_nothing_and_their_account_is_in_debt() {
    let check = told().check("wrong_labels_paid");
    let (row, account) = (told().contribution("wrong-labels"), told().account("wrong-labels"));
    assert_eq!((row.payable, row.claimed, account.end, account.claimed), (0, 0, 0, 0));
    assert!(row.accrued < 0 && row.accrued.unsigned_abs() == row.debt, "{} and a debt of {}", row.accrued, row.debt);
    assert_eq!(uopen(&check.value["debt"]), u128::from(row.debt));
    assert!(row.history.windows(2).all(|pair| pair[1].accrued <= pair[0].accrued), "no round made it better");
}

#[test]
fn noise_paid_at_most_half_a_percent_of_the_pools() {
    let check = told().check("noise_paid");
    let row = told().contribution("noise");
    assert_eq!((row.status.as_str(), row.items), ("accepted", 60), "review let it pass");
    assert!(u128::from(row.payable) * 200 <= told().pools(), "{} of {}", row.payable, told().pools());
    assert_eq!(uopen(&check.value["payable"]), u128::from(row.payable));
    assert_eq!(check.bound["share_at_most"], 0.005);
}

#[test]
fn copier_bond_is_lost_half_to_whoever_proved_the_copy() {
    let check = told().check("copier_bond");
    let (row, copier, prover) = (told().contribution("copier"), told().account("copier"), told().account("stranger"));
    assert_eq!((row.status.as_str(), row.position, row.payable), ("slashed", None, 0));
    assert_eq!((copier.slashed, copier.bonded, copier.end), (copier.start, 0, 0));
    assert_eq!(uopen(&check.value["taken"]), copier.start);
    assert_eq!((prover.start, prover.end), (0, copier.start / 2));
    let honest = |name: &str| !["copier", "wrong-labels"].contains(&name);
    let others: Vec<_> = (told().first.accounts.iter())
        .filter(|account| account.role == "contributor" && honest(&account.name))
        .collect();
    assert_eq!(others.len(), 11, "the adapter's two contributors are among them");
    assert!(others.into_iter().all(|account| account.slashed == 0 && account.bonded == account.start));
}

#[test]
fn silent_slashed_and_nobody_else() {
    told().check("silent_slashed");
    let report = &told().first;
    let rows = || report.rounds.iter().flat_map(|round| &round.operators);
    let silent: Vec<_> = rows().filter(|row| row.behaviour == "silent").collect();
    assert_eq!(silent.len(), 1);
    assert!(silent[0].committed && !silent[0].revealed && silent[0].slashed && silent[0].reward == 0);
    assert!(rows().filter(|row| row.behaviour != "silent").all(|row| !row.slashed));
    for account in report.accounts.iter().filter(|account| account.role == "operator") {
        let expected = if account.name == silent[0].name { (OPERATOR_BOND, 0) } else { (0, OPERATOR_BOND) };
        assert_eq!((account.slashed, account.bonded), expected, "{}", account.name);
    }
}

#[tokio::test]
async fn liars_moved_nothing_and_earned_nothing() {
    told().check("liars_moved_nothing");
    let round = told().first.rounds.iter().find(|round| round.operators.iter().any(|row| row.behaviour == "invented"));
    let round = round.expect("a round had liars");
    let is_liar = |behaviour: &str| ["reposted", "invented"].contains(&behaviour);
    for row in &round.operators {
        assert!(row.revealed);
        match is_liar(&row.behaviour) {
            true => {
                assert_eq!((row.distance > Some(0), row.agreement, row.reward), (true, Some(0.0), 0), "{}", row.name)
            }
            false => {
                assert_eq!((row.distance, row.agreement, row.reward > 0), (Some(0), Some(1.0), true), "{}", row.name)
            }
        }
    }
    let steps = told().steps().await;
    let step = steps.iter().find(|step| step.settled.round.get() == round.round).expect("it was settled");
    let liars: Vec<&str> = (round.operators.iter().filter(|row| is_liar(&row.behaviour)))
        .map(|row| told().account(&row.name).address.as_str())
        .collect();
    assert_eq!(liars.len(), 2);
    let honest: Vec<_> = step
        .revealed
        .iter()
        .filter(|revealed| !liars.contains(&revealed.operator.as_str()))
        .map(|revealed| &revealed.vector)
        .collect();
    assert!(honest.iter().all(|vector| *vector == honest[0]), "honest vectors are the same to the byte");
    let alone = replay::aggregate(&honest, round.redemptions as usize).expect("there are honest vectors");
    let terms = replay::terms(&step.settled).expect("amounts are in range");
    assert_eq!(
        replay::advance(&step.before.entries, &alone, &terms).expect("it advances"),
        step.after.entries,
        "the same ledger as without them"
    );
}

#[tokio::test]
async fn hidden_receipts_to_treasury_the_owners_part_too_and_the_rest_settled() {
    let check = told().check("hidden_receipts_to_treasury");
    let contracts = told().contracts().await;
    let last = told().first.rounds.last().expect("rounds were played");
    let redemptions =
        contracts.redemptions(MODEL, Epoch(last.first_epoch), Epoch(last.last_epoch)).await.expect("the chain answers");
    let mut hidden = Vec::new();
    for (_, redemption) in &redemptions {
        if !told().published().has_segment(redemption.head.bytes()).await.expect("the folder can be read") {
            hidden.push(redemption.amount.u128());
        }
    }
    assert_eq!((hidden.len(), last.unresolved), (1, hidden[0]));
    assert_eq!(uopen(&check.value["unresolved_uopen"]), hidden[0]);
    assert!(told().first.rounds.iter().all(|round| round.round == last.round || round.unresolved == 0));
    // 5 % of what is left is the protocol's; of the rest a fifth is the owner's, a twentieth the stake's, all else the contributors'.
    let fees = &told().first.fees;
    let net = (fees.gross - fees.unresolved) * 95 / 100;
    assert_eq!((fees.unresolved, fees.owner, fees.stake), (hidden[0], net / 5, net / 20));
    assert_eq!(fees.pool, net - net / 5 - net / 20);
    let protocol = fees.operators + fees.protocol_treasury;
    assert_eq!(fees.gross, fees.unresolved + protocol + fees.owner + fees.stake + fees.pool);
    let royalties = told().contracts().await.settled_rounds(MODEL).await.expect("the chain answers");
    let royalties = royalties.last().expect("the valuation was settled").parts.owner.u128();
    let corrected = told().contracts().await.settled_rounds(CORRECTED).await.expect("the chain answers");
    let sold: u128 = corrected.iter().map(|settled| settled.parts.owner.u128()).sum();
    let owner = told().account("owner");
    assert_eq!(owner.withdrawn, fees.owner + royalties + sold, "nothing of what was hidden");
    assert_eq!(owner.end, owner.withdrawn + owner.dividends);
}

#[tokio::test]
async fn expired_epoch_covered_by_the_next_round() {
    let check = told().check("expired_epoch_covered");
    let rounds = &told().first.rounds;
    let failed = rounds.iter().position(|round| round.outcome == "no quorum").expect("a round failed");
    let (failed, next) = (&rounds[failed], &rounds[failed + 1]);
    assert_eq!((failed.pool, next.outcome.as_str()), (0, "settled"));
    assert!(next.first_epoch <= failed.first_epoch && next.last_epoch >= failed.last_epoch && next.pool > 0);
    assert!(failed.operators.iter().filter(|row| row.revealed).count() < 5, "fewer than the quorum of 7 revealed");
    let books = told().contracts().await.books(MODEL).await.expect("the chain answers");
    assert!(books.iter().all(|book| book.settled_by.is_some()), "no epoch is left behind");
    assert_eq!(uopen(&check.value["settled_by"]), u128::from(next.round));
}

#[test]
fn usual_rule_would_have_paid_wrong_labels_what_this_one_does_not() {
    let check = told().check("usual_rule");
    let pools = told().pools() as f64;
    let whole: u128 = told().first.contributions.iter().map(|row| row.usual_rule).sum();
    assert!((whole as f64 / pools - 1.0).abs() < 1e-3, "the usual rule pays everything out");
    for (key, name) in [("wrong_labels", "wrong-labels"), ("noise", "noise")] {
        let row = told().contribution(name);
        close(&check.value[key]["usual"], row.usual_rule as f64 / pools);
        let paid = row.history.last().expect("rounds of fees were settled").payable;
        close(&check.value[key]["paid"], paid as f64 / pools);
        assert!(row.usual_rule > 2 * u128::from(row.payable), "{name}");
    }
    assert!(told().contribution("wrong-labels").usual_rule as f64 > 0.05 * pools);
}

#[tokio::test]
async fn conservation_every_uopen_is_somewhere() {
    let check = told().check("conservation");
    let supply = uopen(&check.bound["supply_uopen"]);
    let parts = check.value["parts_uopen"].as_object().expect("parts by name");
    let part = |name: &str| uopen(&parts[name]);
    assert_eq!(parts.values().map(uopen).sum::<u128>(), supply);
    let sum = |of: fn(&report::data::AccountRow) -> u128| told().first.accounts.iter().map(of).sum::<u128>();
    assert_eq!(sum(|account| account.start), supply, "nothing was minted");
    assert_eq!(sum(|account| account.end), part("held_by_accounts"));
    assert_eq!(sum(|account| account.bonded), part("contribution_bonds") + part("operator_bonds"));
    let report = &told().first;
    let payers = report.accounts.iter().filter(|account| account.role == "payer");
    let given: u128 = payers.map(|account| account.start - account.end).sum();
    // One payer lent the gateway the bonds of its corrections.
    let lent = told().account("gateway").bonded;
    let contracts = told().contracts().await;
    let sold = contracts.settled_rounds(CORRECTED).await.expect("the chain answers");
    let sold: u128 = sold.iter().map(|settled| (settled.gross + settled.unresolved).u128()).sum();
    assert!(lent > 0 && sold > 0);
    assert_eq!(part("channels"), given - lent - report.fees.gross - report.offspring.gross - sold);
    let rows = || report.contributions.iter().chain(&report.offspring.contributions);
    let corrected = contracts.accounts(CORRECTED).await.expect("the chain answers");
    let waiting: u128 =
        corrected.iter().map(|account| u128::from(account.payable.u64()) - account.claimed.u128()).sum();
    let unclaimed = rows().map(|row| u128::from(row.payable) - row.claimed).sum::<u128>();
    let held = corrected.iter().map(|account| u128::from(account.held_back.u64()));
    let held_back = rows().map(|row| u128::from(row.held_back)).chain(held).sum::<u128>();
    assert_eq!(
        (unclaimed, part("liabilities")),
        (0, held_back + waiting),
        "what is owed is held back or not claimed yet"
    );
    assert_eq!((part("pools"), part("royalties"), part("owner_and_operator_balances")), (0, 0, 0));
}

#[tokio::test]
async fn accounts_bonds_channels_and_debts_sum_to_the_supply() {
    let check = told().check("conservation");
    let parts = &check.value["parts_uopen"];
    let at_accounts: u128 = told().first.accounts.iter().map(|account| account.end + account.bonded).sum();
    let in_contracts: u128 =
        ["channels", "pools", "liabilities", "owner_and_operator_balances", "treasury", "royalties", "dividends"]
            .iter()
            .map(|part| uopen(&parts[part]))
            .sum();
    assert_eq!(at_accounts + in_contracts, uopen(&check.bound["supply_uopen"]));
    let slashed: u128 = told().first.accounts.iter().map(|account| account.slashed).sum();
    let contracts = told().contracts().await;
    let mut to_treasury = slashed - told().account("stranger").end;
    for model in [MODEL, ADAPTER, CORRECTED] {
        for settled in contracts.settled_rounds(model).await.expect("the chain answers") {
            let protocol = settled.parts.protocol - settled.operator_rewards;
            to_treasury += (settled.unresolved + protocol + settled.residual).u128();
        }
    }
    assert_eq!(uopen(&parts["treasury"]), to_treasury);
}

#[tokio::test]
async fn replay_recomputes_every_settled_round_and_its_scores() {
    let check = told().check("replay");
    let rounds = told().first.rounds.iter().chain(&told().first.offspring.rounds);
    let settled = rounds.filter(|round| round.outcome == "settled").count();
    let distances = check.value["influence_distance"].as_array().expect("one distance per round");
    assert_eq!((check.value["rounds"].as_u64(), distances.len()), (Some(settled as u64), settled));
    for distance in distances {
        let tolerance = distance["tolerance"].as_u64();
        for what in ["scores", "errors", "denominator"] {
            assert!(distance[what].as_u64() <= tolerance && tolerance < Some(1_000_000), "{distance}");
        }
    }
    assert_eq!(check.value["differences"], serde_json::json!([]));
    let mut steps = told().steps().await;
    let valuation = steps.pop().expect("rounds were settled");
    assert_eq!(valuation.settled.kind, RoundKind::Valuation, "it came last");
    assert!(steps.iter().all(|step| step.settled.kind == RoundKind::Fees));
    assert_eq!(steps.len() + 2, settled, "the adapter's round and the valuation beside them");
    for row in told().first.contributions.iter().filter(|row| row.position.is_some()) {
        let position = row.position.expect("it has one") as usize;
        let recomputed: Vec<_> = steps
            .iter()
            .map(|step| &step.after.entries[position])
            .map(|entry| (entry.accrued, entry.payable))
            .collect();
        let shown: Vec<_> = row.history.iter().map(|point| (point.accrued, point.payable)).collect();
        assert_eq!(recomputed, shown, "{}", row.name);
        let valued = &valuation.after.entries[position];
        assert_eq!((valued.accrued, valued.payable), (row.accrued, row.payable), "{}", row.name);
    }
}

#[tokio::test]
async fn same_bytes_two_runs_give_the_same_weights_vectors_and_ledger() {
    let check = told().check("same_bytes");
    assert_eq!(check.value, check.bound);
    let hash = |parts: Vec<Vec<u8>>| -> String {
        let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
        let hash: Hash = digest("operator/fingerprint/1", &parts);
        hex::encode(hash)
    };
    let contracts = told().contracts().await;
    let mut vectors = Vec::new();
    let mut rounds = contracts.rounds(MODEL).await.expect("the chain answers");
    let valuation = rounds.pop().expect("the last round of the base is a valuation");
    rounds.extend(contracts.rounds(ADAPTER).await.expect("the chain answers"));
    for round in rounds.into_iter().chain([valuation]) {
        let mut revealed = replay::revealed(&contracts, &round).await.expect("vectors are well formed");
        revealed.sort_by(|one, other| one.operator.cmp(&other.operator));
        for revealed in revealed {
            vectors.push(pack_entries(&revealed.vector.entries));
            vectors.push(revealed.vector.reach.to_be_bytes().to_vec());
            vectors.push(revealed.vector.unresolved.as_bytes().to_vec());
        }
    }
    assert_eq!(check.value["vectors"], hash(vectors));
    let mut ledgers = Vec::new();
    for model in [MODEL, ADAPTER] {
        let steps = replay::steps(&contracts, model, RoundId(u64::MAX)).await.expect("the rounds can be replayed");
        let ledger = &steps.last().expect("rounds were settled").after;
        ledgers.push(rules::ledger::pack(&ledger.entries));
        ledgers.extend(ledger.stake.iter().map(|units| units.to_be_bytes().to_vec()));
    }
    assert_eq!(check.value["ledger"], hash(ledgers));
    let again =
        told().second.checks.iter().find(|check| check.name == "same_bytes").expect("the second run checks too");
    assert_eq!(again.value, check.value);
}

#[test]
fn payees_of_a_shared_contribution_get_their_shares() {
    let claimed = told().contribution("honest-160").claimed;
    let (contributor, annotator) = (told().account("honest-160").claimed, told().account("annotator").claimed);
    assert!(claimed > 0);
    assert_eq!(contributor + annotator, claimed);
    assert_eq!(annotator, claimed * 3 / 10, "30 %, rounded down; the first payee gets the rest");
    let dividends = told().account("annotator").dividends;
    assert_eq!(told().account("annotator").end, annotator + dividends);
}

#[test]
fn everybody_else_was_paid_what_was_payable() {
    let report = &told().first;
    let rows = report.contributions.iter().chain(&report.offspring.contributions);
    for row in rows.filter(|row| row.name != "honest-160") {
        assert_eq!(
            (row.claimed, told().account(&row.name).claimed),
            (u128::from(row.payable), u128::from(row.payable)),
            "{}",
            row.name
        );
    }
}

#[test]
fn honest_contributions_are_paid_and_the_larger_ones_more_in_the_main() {
    let honest: Vec<_> = told().first.contributions.iter().filter(|row| row.name.starts_with("honest")).collect();
    assert_eq!(honest.len(), 8);
    assert!(honest.iter().all(|row| row.payable > 0 && row.debt == 0));
    let column = |of: fn(&&report::data::ContributionRow) -> f64| honest.iter().map(of).collect::<Vec<f64>>();
    let rank =
        spearman(&column(|row| row.items as f64), &column(|row| row.payable as f64)).expect("they can be ranked");
    assert!(rank > 0.8, "{rank}");
}

#[test]
fn a_second_run_retrains_nothing_and_gives_the_same_figures() {
    let told = told();
    let steps = |report: &report::Report, start: &str| -> Vec<bool> {
        report.timings.iter().filter(|timing| timing.step.starts_with(start)).map(|timing| timing.kept).collect()
    };
    // The base, the adapter and the corrected version are trained; what is corrected starts as the base. The truth is found for the base.
    for (long, first) in [("train ", &[false, false, true, false][..]), ("truth", &[false])] {
        let expected = (first.to_vec(), vec![true; first.len()]);
        assert_eq!((steps(&told.first, long), steps(&told.second, long)), expected, "{long}");
    }
    for (only_once, times) in [("choose the damping", 3), ("the same story once more", 1)] {
        let seen = (steps(&told.first, only_once).len(), steps(&told.second, only_once).len());
        assert_eq!(seen, (times, 0), "{only_once}");
    }
    let figures = |report: &report::Report| report::Report { timings: Vec::new(), ..report.clone() };
    assert_eq!(figures(&told.first), figures(&told.second));
}
