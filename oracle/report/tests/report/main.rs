//! A report rendered, written and read again.

mod sample;

use report::{Report, data::Check, html, plots, terminal, write};
use serde_json::json;

const SCRIPT: &str = "<script>alert('x')</script>";

/// An amount as the report shows it, made in another way than the report makes it.
fn in_open(uopen: impl ToString) -> String {
    let digits = uopen.to_string();
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits.as_str()), |rest| ("-", rest));
    let padded = format!("{digits:0>7}");
    let (whole, fraction) = padded.split_at(padded.len() - 6);
    assert!(whole.len() <= 3, "the sample's payouts need no separators");
    format!("{sign}{whole}.{fraction}")
}

/// The sample with nothing in it: what a run that stops at once would leave.
fn empty() -> Report {
    let mut report = sample::report();
    report.checks.clear();
    report.contributions.clear();
    report.accounts.clear();
    report.rounds.clear();
    report.truth.rows.clear();
    report.timings.clear();
    report.fees = report::data::FeeFlow::default();
    report
}

fn all_plots(report: &Report) -> Vec<String> {
    vec![
        plots::payouts(report).unwrap(),
        plots::net_against_queries(&report.truth).unwrap(),
        plots::utility_against_validation(&report.truth).unwrap(),
        plots::fee_flow(&report.fees).unwrap(),
        plots::agreement(&report.rounds).unwrap(),
    ]
}

/// Asserts that the drawing has one closing tag for each opening one, and no coordinate that is no number.
fn assert_well_formed(svg: &str) {
    assert!(svg.starts_with("<svg ") && svg.trim_end().ends_with("</svg>"), "{svg}");
    assert_eq!(svg.matches("<text").count(), svg.matches("</text>").count());
    assert!(!svg.contains("NaN") && !svg.contains("inf\""), "{svg}");
}

#[test]
fn every_number_of_every_contribution_is_in_the_terminal_and_on_the_page() {
    let report = sample::report();
    let (text, page) = (terminal::render(&report), html::render(&report).unwrap());
    for row in &report.contributions {
        let line = text.lines().find(|line| line.split_whitespace().any(|word| word == row.name)).unwrap();
        let amounts = [
            in_open(row.accrued),
            in_open(row.held_back),
            in_open(row.debt),
            in_open(row.payable),
            in_open(row.claimed),
            in_open(row.usual_rule),
        ];
        for amount in amounts {
            assert!(line.contains(&amount), "{amount} is missing in: {line}");
            assert!(page.contains(&format!(">{amount}<")), "{amount} of {} is missing on the page", row.name);
        }
        if row.position.is_some() {
            let score = format!("{:.3} ± {:.3}", row.score * 100.0, row.error * 100.0);
            assert!(line.contains(&score) && page.contains(&score), "{score} of {} is missing", row.name);
        }
    }
}

#[test]
fn what_each_stage_has_in_the_answers_stands_beside_the_fixed_royalty_share() {
    let mut report = sample::report();
    let page = html::render(&report).unwrap();
    let sentence = page.lines().find(|line| line.contains("went to its base as royalties")).unwrap();
    for part in ["61.4 %", "10.0 %", "5.3 %", "30.0 %"] {
        assert!(sentence.contains(part), "{part} is not in: {sentence}");
    }
    report.offspring.stages = None;
    assert!(!html::render(&report).unwrap().contains("of all influence on its answers"));
}

#[test]
fn no_line_in_the_terminal_is_wider_than_140_columns_even_with_long_names_and_large_amounts() {
    let mut report = sample::report();
    report.contributions[0].name = "a-name-that-somebody-found-worth-making-much-longer-than-it-needs-to-be".to_owned();
    report.contributions[0].usual_rule = 1_000_000_000_000_000_000;
    report.accounts[0].start = 1_000_000_000_000_000_000;
    for line in terminal::render(&report).lines() {
        assert!(line.chars().count() <= usize::from(terminal::WIDTH), "{} columns: {line}", line.chars().count());
    }
}

#[test]
fn amounts_of_tens_of_thousands_stay_on_one_line() {
    let mut report = sample::report();
    for row in &mut report.contributions {
        (row.usual_rule, row.claimed, row.payable) = (12_345_678_901, 12_345_678_901, 12_345_678_901);
        (row.accrued, row.held_back) = (-12_345_678_901, 12_345_678_901);
    }
    let text = terminal::render(&report);
    assert_eq!(text.matches("12,345.678901").count(), 5 * report.contributions.len(), "{text}");
}

#[test]
fn amounts_in_the_terminal_stand_under_one_another() {
    let text = terminal::render(&sample::report());
    let table: Vec<&str> = text.lines().skip_while(|line| !line.starts_with("pos")).skip(2).take(11).collect();
    let ends: Vec<usize> = table.iter().map(|line| line.chars().count()).collect();
    assert_eq!(table.len(), 11);
    assert!(ends.iter().all(|end| *end == ends[0]), "{text}");
}

#[test]
fn control_characters_in_a_name_do_not_reach_the_terminal() {
    let mut report = sample::report();
    report.contributions[0].name = "red\u{1b}[31m\u{7}".to_owned();
    report.run.model = "two\nlines".to_owned();
    let text = terminal::render(&report);
    assert!(!text.contains('\u{1b}') && !text.contains('\u{7}'));
    assert!(!text.contains("two\nlines"));
}

#[test]
fn a_script_in_a_name_is_text_wherever_the_name_is_shown() {
    let mut report = sample::report();
    report.run.model = SCRIPT.to_owned();
    report.run.data_source = SCRIPT.to_owned();
    report.contributions[0].name = SCRIPT.to_owned();
    report.contributions[10].name = SCRIPT.to_owned();
    report.accounts[0].name = SCRIPT.to_owned();
    report.accounts[0].address = format!("wasm1\"{SCRIPT}");
    report.truth.rows[0].name = SCRIPT.to_owned();
    report.rounds[0].operators[0].name = SCRIPT.to_owned();
    report.rounds[0].operators[0].behaviour = SCRIPT.to_owned();
    report.rounds[0].outcome = SCRIPT.to_owned();
    report.checks[0].value = json!(SCRIPT);
    report.checks[0].meaning = SCRIPT.to_owned();
    let page = html::render(&report).unwrap();
    assert!(!page.to_lowercase().contains("<script"), "a script got through");
    assert!(page.contains("&lt;script&gt;"));
}

#[test]
fn the_page_fetches_nothing() {
    let page = html::render(&sample::report()).unwrap();
    let without_namespaces = page.replace("http://www.w3.org/2000/svg", "");
    for forbidden in ["http://", "https://", " src=", "<link", "@import", "url("] {
        assert!(!without_namespaces.contains(forbidden), "the page contains {forbidden}");
    }
    assert_eq!(page.matches("<svg ").count(), 5);
}

#[test]
fn a_failing_check_is_seen_in_the_terminal_and_on_the_page() {
    let mut report = sample::report();
    assert!(terminal::render(&report).ends_with("All 6 checks hold.\n"));
    report.checks.push(Check {
        name: "junk is unpaid".to_owned(),
        holds: false,
        value: json!(0.25),
        bound: json!("at most 0.01"),
        meaning: "Junk was paid.".to_owned(),
    });
    let text = terminal::render(&report);
    let line = text.lines().find(|line| line.contains("junk is unpaid")).unwrap();
    assert!(line.contains('✗') && line.contains("0.25") && line.contains("at most 0.01"), "{line}");
    assert!(text.ends_with("1 of 7 checks FAILS.\n"));

    let page = html::render(&report).unwrap();
    assert!(page.contains(r#"<p class="verdict bad">1 of 7 checks FAILS.</p>"#));
    assert!(page.contains(r#"<td class="text bad">✗</td><td class="text bad">junk is unpaid</td>"#));
}

#[test]
fn plots_are_well_formed_and_name_every_contribution_that_has_a_position() {
    let report = sample::report();
    let drawn = all_plots(&report);
    drawn.iter().for_each(|svg| assert_well_formed(svg));
    for row in &report.truth.rows {
        for svg in &drawn[..3] {
            assert!(svg.contains(&row.name), "{} is missing", row.name);
        }
    }
    assert!(drawn[1].contains("0.964") && drawn[1].contains("0.988"));
    assert!(drawn[3].contains("480.000000 OPEN") && drawn[3].contains("57.0 %"));
    assert!(drawn[4].contains("reposted") && drawn[4].contains("slashed"));
}

#[test]
fn a_report_without_content_still_renders() {
    let report = empty();
    all_plots(&report).iter().for_each(|svg| assert_well_formed(svg));
    assert!(html::render(&report).unwrap().contains("No round has settled yet"));
    assert!(terminal::render(&report).contains("digits-mlp"));
}

#[test]
fn values_that_are_no_numbers_are_left_out_of_the_plots() {
    let mut report = sample::report();
    report.truth.spearman_queries = f64::NAN;
    report.truth.rows[0].net = f64::INFINITY;
    report.truth.rows[1].effect_queries_error = f64::NAN;
    let svg = plots::net_against_queries(&report.truth).unwrap();
    assert_well_formed(&svg);
    assert!(!svg.contains("honest-200") && svg.contains("honest-160"));
}

#[test]
fn fees_that_do_not_add_up_are_shown_as_such() {
    let mut report = sample::report();
    assert!(!plots::fee_flow(&report.fees).unwrap().contains("Elsewhere"));
    report.fees.owner -= 1_000_000;
    let svg = plots::fee_flow(&report.fees).unwrap();
    assert!(svg.contains("Elsewhere") && svg.contains("1.000000 OPEN"));
    report.fees.payable = u128::MAX;
    assert_well_formed(&plots::fee_flow(&report.fees).unwrap());
}

#[test]
fn what_is_written_reads_back_with_large_amounts_as_strings() {
    let mut report = sample::report();
    report.accounts[0].start = u128::MAX;
    let out = tempfile::tempdir().unwrap();
    let folder = out.path().join("not/yet/there");
    let written = write(&report, &folder).unwrap();

    let json = std::fs::read_to_string(&written.json).unwrap();
    assert!(json.contains(r#""start": "340282366920938463463374607431768211455""#));
    assert_eq!(serde_json::from_str::<Report>(&json).unwrap(), report);
    assert_eq!(std::fs::read_to_string(&written.html).unwrap(), html::render(&report).unwrap());
}

#[test]
fn writing_again_replaces_both_files_and_leaves_no_others() {
    let out = tempfile::tempdir().unwrap();
    let mut report = sample::report();
    write(&report, out.path()).unwrap();
    report.run.seed = 8;
    let written = write(&report, out.path()).unwrap();
    assert!(std::fs::read_to_string(written.json).unwrap().contains(r#""seed": 8"#));
    assert_eq!(std::fs::read_dir(out.path()).unwrap().count(), 2);
}

#[test]
fn a_folder_that_cannot_be_made_is_named_in_the_error() {
    let out = tempfile::tempdir().unwrap();
    let file = out.path().join("a-file");
    std::fs::write(&file, "").unwrap();
    let error = write(&sample::report(), &file.join("folder")).unwrap_err();
    assert!(matches!(error, report::WriteError::Folder { .. }));
    assert!(error.to_string().contains("a-file/folder"), "{error}");
}
