//! Statements that are refused, and the forms in which one is shown: a chain that was changed, ranges and accounts that are not there,
//! the table, CSV, the page and the command.

use super::*;

/// What is found in a world that was changed by hand.
async fn found(account: &Addr, tamper: impl FnOnce(&mut World)) -> String {
    let mut world = settled();
    world.chain.set_invariants(Invariants::Off);
    tamper(&mut world);
    let saved = Saved::of(&world);
    let error = saved.read(account.as_str(), 0, saved.last).await.expect_err("nobody noticed");
    assert!(error.is_mismatch(), "{error}");
    error.to_string()
}

fn add_open(world: &mut World, account: &Addr, change: i128) {
    let balance = i128::try_from(world.open_balance(account)).unwrap() + change;
    let token = world.at.open_token.clone();
    let mut storage = world.chain.contract_storage_mut(&token);
    OPEN_BALANCES.save(storage.as_mut(), account, &Uint128::new(balance.unsigned_abs())).unwrap();
}

fn contributor() -> Addr {
    testing::EmbeddedChain::account("contributor 1")
}

#[tokio::test]
async fn a_balance_changed_by_one_uopen_is_found_and_measured() {
    let account = contributor();
    let text = found(&account, |world| add_open(world, &account, 1)).await;
    assert!(text.contains("the sum of all balances has 1 more"), "{text}");
    let text = found(&account, |world| add_open(world, &account, -1)).await;
    assert!(text.contains("the sum of all balances has 1 less"), "{text}");
    let stranger = testing::EmbeddedChain::account("stranger");
    let text = found(&account, |world| add_open(world, &stranger, 7)).await;
    assert!(text.contains("the sum of all balances has 7 more"), "{text}");
}

#[tokio::test]
async fn open_moved_by_hand_out_of_a_contract_is_found() {
    let account = contributor();
    for contract in [|world: &World| world.at.settlement.clone(), |world: &World| world.at.datanet.clone()] {
        let text = found(&account, |world| {
            let contract = contract(world);
            add_open(world, &contract, -3);
            add_open(world, &account, 3);
        })
        .await;
        assert!(text.contains("began with nothing") && text.contains("the chain has 3 less"), "{text}");
    }
}

#[tokio::test]
async fn a_balance_that_the_transactions_cannot_lead_to_is_found() {
    let account = contributor();
    let stranger = testing::EmbeddedChain::account("stranger");
    let text = found(&account, |world| {
        let all = i128::try_from(world.open_balance(&account)).unwrap();
        add_open(world, &account, -all);
        add_open(world, &stranger, all);
    })
    .await;
    assert!(text.contains("the tip less the transactions since"), "{text}");
}

#[tokio::test]
async fn a_changed_ledger_or_booked_balance_is_found() {
    let account = contributor();
    let text = found(&account, |world| {
        let (settlement, model) = (world.at.settlement.clone(), world.model.get());
        let mut storage = world.chain.contract_storage_mut(&settlement);
        // Written raw, without JSON around it.
        let chunk = LEDGER.key((model, 0));
        let mut entries = unpack(&storage.get(&chunk).unwrap()).unwrap();
        entries[0].accrued += 2;
        storage.set(&chunk, &pack(&entries));
    })
    .await;
    assert!(text.contains("accrued at position 0 of model 1") && text.contains("settlement has 2 more"), "{text}");
    let owner = testing::EmbeddedChain::account("owner");
    let text = found(&owner, |world| {
        let settlement = world.at.settlement.clone();
        let mut storage = world.chain.contract_storage_mut(&settlement);
        let booked = BOOKED.load(storage.as_ref(), &owner).unwrap();
        BOOKED.save(storage.as_mut(), &owner, &(booked + Uint128::new(4))).unwrap();
    })
    .await;
    assert!(text.contains("balance in settlement") && text.contains("settlement has 4 more"), "{text}");
}

#[tokio::test]
async fn a_range_or_an_account_that_is_not_there_is_named() {
    let world = settled();
    let saved = Saved::of(&world);
    let account = world.accounts.payer.to_string();
    let last = saved.last;
    let error = saved.read(&account, 2, 1).await.unwrap_err();
    assert!(matches!(error, StatementError::EmptyRange { first: 2, last: 1 }), "{error}");
    let error = saved.read(&account, 0, last + 1).await.unwrap_err();
    assert!(matches!(error, StatementError::BeyondChain { current, .. } if current == last), "{error}");
    let error = saved.read("nobody", 0, last).await.unwrap_err();
    assert!(matches!(error, StatementError::NotAnAddress { .. }), "{error}");
    let nobody = testing::EmbeddedChain::account("nobody ever");
    let error = saved.read(nobody.as_str(), 0, last).await.unwrap_err();
    assert!(matches!(error, StatementError::Unknown { .. }), "{error}");
}

#[tokio::test]
async fn a_quiet_period_is_a_statement_without_lines() {
    let mut world = settled();
    world.to_next_epoch();
    let saved = Saved::of(&world);
    let account = &world.accounts.contributors[0];
    let statement = saved.read(account.as_str(), saved.last, saved.last).await.unwrap();
    assert!(statement.adds_up() && statement.lines.is_empty() && statement.accruals.is_empty());
    assert_eq!((statement.opening, statement.closing.0), (statement.closing, world.open_balance(account)));
    assert!(!statement.period.over && statement::render(&statement).contains("No OPEN moved in this period."));
}

#[tokio::test]
async fn table_csv_page_and_json_show_the_same_amounts() {
    let world = settled();
    let saved = Saved::of(&world);
    let statement = saved.whole(&world.accounts.contributors[0]).await;
    let (text, page) = (statement::render(&statement), statement::page(&statement).unwrap());
    for shown in ["3.694444", "1,000,002.694444", "claim", "bond of a contribution"] {
        assert!(text.contains(shown) && page.contains(shown), "{shown}");
    }
    assert!(page.contains("size: A4") && page.contains("table-header-group") && page.contains("counter(pages)"));
    assert!(page.contains(world.accounts.contributors[0].as_str()) && !page.contains("http"));

    let csv = statement::csv(&statement);
    let rows: Vec<Vec<&str>> = csv.lines().map(|line| line.split(',').collect()).collect();
    let column = |name: &str| rows[0].iter().position(|label| *label == name).unwrap();
    let sum = |name: &str| -> u128 {
        let movements = rows.iter().filter(|row| row[0] == "movement");
        movements.map(|row| row[column(name)].parse::<u128>().unwrap()).sum()
    };
    assert!(rows.iter().all(|row| row.len() == rows[0].len()));
    assert_eq!((sum("in_uopen"), sum("out_uopen")), (statement.received.0, statement.paid.0));
    let balance = |section: &str| rows.iter().find(|row| row[0] == section).unwrap()[column("balance_uopen")];
    assert_eq!(balance("opening"), statement.opening.to_string());
    assert_eq!(balance("closing"), statement.closing.to_string());

    let json = serde_json::to_value(&statement).unwrap();
    assert_eq!(json["closing"], statement.closing.to_string());
    assert_eq!(json["lines"][1]["in"], (POOL * 5 / 9).to_string());
    assert_eq!(json["lines"][1]["kind"], "claim");
    for kind in Kind::ALL {
        assert_eq!(serde_json::to_value(kind).unwrap(), kind.id());
    }
}

#[tokio::test]
async fn a_statement_changed_afterwards_no_longer_adds_up_and_names_are_escaped() {
    let world = settled();
    let statement = Saved::of(&world).whole(&world.accounts.owner).await;
    let contributor = Saved::of(&world).whole(&world.accounts.contributors[0]).await;
    let changes: [fn(&mut Statement); 6] = [
        |statement| statement.closing.0 += 1,
        |statement| statement.opening.0 += 1,
        |statement| statement.lines[0].paid.0 += 1,
        |statement| statement.lines[1].balance.0 -= 1,
        |statement| drop(statement.lines.pop()),
        |statement| statement.totals[0].received.0 += 1,
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let mut changed = contributor.clone();
        change(&mut changed);
        assert!(!changed.adds_up(), "change {number}");
    }
    let mut named = statement;
    named.stakes[0].sent.0 += 1;
    assert!(!named.adds_up());
    named.models[0].name = "<script>alert('x')</script>\u{1b}[2J".to_owned();
    let page = statement::page(&named).unwrap();
    assert!(!page.contains("<script>") && page.contains("&lt;script&gt;"));
    assert!(!statement::render(&named).contains('\u{1b}'));
}

/// Runs the built binary on a saved chain.
fn oracle(saved: &Saved, account: &Addr, more: &[&str]) -> Output {
    let (out, last) = (saved.path(""), saved.last.to_string());
    let mut arguments = vec!["statement", "--account", account.as_str(), "--from", "0", "--to", &last, "--out", &out];
    arguments.extend(more);
    Command::new(env!("CARGO_BIN_EXE_oracle")).args(arguments).output().expect("the binary was built")
}

#[test]
fn the_command_prints_writes_and_ends_with_1_where_the_chain_was_changed() {
    let mut world = settled();
    let account = world.accounts.contributors[0].clone();
    let saved = Saved::of(&world);
    let (csv, html) = (saved.path("statement.csv"), saved.path("statement.html"));
    let output = oracle(&saved, &account, &["--csv", &csv, "--html", &html]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("closing balance") && Path::new(&csv).exists() && Path::new(&html).exists());
    let output = oracle(&saved, &account, &["--json"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("--json prints JSON");
    assert_eq!(json["closing"], world.open_balance(&account).to_string());

    let output = oracle(&saved, &testing::EmbeddedChain::account("nobody ever"), &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("is unknown to this chain"));
    world.chain.set_invariants(Invariants::Off);
    add_open(&mut world, &account, 1);
    let output = oracle(&Saved::of(&world), &account, &[]);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0));
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(error.contains("do not add up") && error.contains("the sum of all balances has 1 more"), "{error}");
}
