//! What the story says of debt, of the adapter, of royalties, stake and dividends, recomputed from transactions, token balances and
//! revealed vectors by other ways than its checks take.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use chain::{ChainClient, TxFilter, TxRecord};
use operator::{
    contracts::Contracts,
    replay::{self, Revealed},
    story::{CHAIN_FILE, KEYS_FILE, PUBLISHED_FOLDER, stage::Pace},
};
use protocol::{
    ModelId,
    attribution::RoundKind,
    settlement::SettledRound,
    stake::{QueryMsg as StakeQuery, SUPPLY},
};
use report::data::HolderRow;
use serde_json::Value;

use crate::{
    story::uopen,
    told::{ADAPTER, MODEL, told},
};

/// Stake that the story gives the owner, the contributors' reserve and the work reserve of each model, in units.
const OWNER_UNITS: u128 = SUPPLY / 2;
const CONTRIBUTORS_UNITS: u128 = SUPPLY * 3 / 10;
const WORK_UNITS: u128 = SUPPLY / 5;

async fn transactions(filter: TxFilter) -> Vec<TxRecord> {
    told().chain().await.txs(&filter).await.expect("the chain answers")
}

async fn every_transaction() -> Vec<TxRecord> {
    transactions(TxFilter::event("execute")).await
}

/// OPEN that went from one account to another in transactions, by the token's own events, in uopen.
fn moved(transactions: &[TxRecord], contracts: &Contracts, from: &str, to: &str) -> u128 {
    let token = contracts.deployment().open_token.as_str();
    let wanted = [("_contract_address", token), ("from", from), ("to", to)];
    let events = transactions.iter().flat_map(|transaction| &transaction.events).filter(|event| event.ty == "wasm");
    let amounts = events.filter_map(|event| {
        let value = |key: &str| event.attributes.iter().find(|own| own.key == key).map(|own| own.value.as_str());
        let all = wanted.iter().all(|(key, wanted)| value(key) == Some(wanted));
        all.then(|| value("amount").and_then(|amount| amount.parse::<u128>().ok()).expect("transfers have amounts"))
    });
    amounts.sum()
}

async fn settled(contracts: &Contracts, model: ModelId) -> Vec<SettledRound> {
    contracts.settled_rounds(model).await.expect("the chain answers")
}

async fn valuation(contracts: &Contracts) -> SettledRound {
    let last = settled(contracts, MODEL).await.pop().expect("rounds were settled");
    assert_eq!(last.kind, RoundKind::Valuation, "it came last");
    last
}

/// Score and error of every position of the valuation: of the scores the lower middle one, of the errors the upper.
async fn medians(contracts: &Contracts, round: &SettledRound) -> Vec<(i128, i128)> {
    let record = contracts.round(MODEL, round.round).await.expect("the round was played");
    let revealed: Vec<Revealed> = replay::revealed(contracts, &record).await.expect("vectors are well formed");
    let middle = |position: usize| {
        let of = |pick: fn(&rules::score::ScoreEntry) -> i128| {
            let mut column: Vec<i128> =
                revealed.iter().map(|revealed| pick(&revealed.vector.entries[position])).collect();
            column.sort_unstable();
            column
        };
        let (scores, errors) = (of(|entry| entry.score.into()), of(|entry| entry.error.into()));
        (scores[(scores.len() - 1) / 2], errors[errors.len() / 2])
    };
    (0..record.positions as usize).map(middle).collect()
}

fn holder(model: &str, name: &str) -> &'static HolderRow {
    let mut holders = told().first.holders.iter();
    holders.find(|row| row.model == model && row.name == name).unwrap_or_else(|| panic!("{name} holds stake"))
}

#[tokio::test]
async fn bond_taken_from_the_wrong_labels_was_owed_beyond_doubt_went_to_settlement_and_was_credited() {
    let check = told().check("bond_taken");
    let contracts = told().contracts().await;
    let at = contracts.deployment();
    let claimed = transactions(TxFilter::event("debt_claimed").from_contract(&at.datanet)).await;
    let collected = transactions(TxFilter::event("debt_collected").from_contract(&at.datanet)).await;
    assert_eq!((claimed.len(), collected.len()), (1, 1), "nobody else was in proved debt");
    assert!(collected[0].time >= claimed[0].time + Pace::EMBEDDED.notice, "there was time to appeal");

    let taken = moved(&collected, &contracts, at.datanet.as_str(), at.settlement.as_str());
    assert_eq!(taken, told().account("wrong-labels").start, "the whole bond");
    for (part, key) in
        [(&check.value, "bond"), (&check.value, "taken"), (&check.value, "credited"), (&check.bound, "taken")]
    {
        assert_eq!(uopen(&part[key]), taken, "{key}");
    }

    let row = told().contribution("wrong-labels");
    let position = row.position.expect("it was used") as usize;
    let steps = told().steps().await;
    let fees: Vec<_> = steps.iter().filter(|step| step.settled.kind == RoundKind::Fees).collect();
    for step in &fees[fees.len() - 2..] {
        let entry = &step.after.entries[position];
        assert!(-(entry.accrued as f64) - 4.0 * (entry.variance as f64).sqrt() > taken as f64, "{entry:?}");
    }

    let valuation = valuation(&contracts).await;
    let score = medians(&contracts, &valuation).await[position].0;
    let gain = (valuation.parts.influence.u128() as i128 * score).div_euclid(valuation.denominator.u64().into());
    let before = row.history.last().expect("rounds of fees were settled").accrued;
    assert_eq!(i128::from(row.accrued), i128::from(before) + taken as i128 + gain);
}

#[tokio::test]
async fn royalties_flow_is_the_parents_part_of_every_call_of_the_adapter_and_reached_contributors() {
    let check = told().check("royalties_flow");
    let contracts = told().contracts().await;
    let rounds = settled(&contracts, ADAPTER).await;
    let [round] = rounds.as_slice() else { panic!("the adapter has one round: {rounds:?}") };
    let redemptions =
        contracts.redemptions(ADAPTER, round.first_epoch, round.last_epoch).await.expect("the chain answers");
    let gross: u128 = redemptions.iter().map(|(_, redemption)| redemption.amount.u128()).sum();
    // Of each redemption 5 % is the protocol's, rounded down, and of the rest 30 % the parents', rounded down.
    let parents = |gross: u128| (gross - gross * 5 / 100) * 30 / 100;
    let flowed: u128 = redemptions.iter().map(|(_, redemption)| parents(redemption.amount.u128())).sum();
    let offspring = &told().first.offspring;
    assert_eq!((uopen(&check.value["flowed_uopen"]), offspring.royalties, offspring.gross), (flowed, flowed, gross));

    // The base's terms: a fifth to its owner, a twentieth to its stake, the rest to its contributors. No second protocol share.
    let valuation = valuation(&contracts).await;
    let (owner, stake) = (flowed / 5, flowed / 20);
    let parts = [valuation.parts.protocol, valuation.parts.owner, valuation.parts.stake, valuation.parts.influence];
    assert_eq!(parts.map(|part| part.u128()), [0, owner, stake, flowed - owner - stake]);
    assert_eq!(uopen(&check.value["pool_uopen"]), flowed - owner - stake);

    let now: u128 = told().first.contributions.iter().map(|row| u128::from(row.payable)).sum();
    let last = told().first.contributions.iter().filter_map(|row| row.history.last());
    let released = now - last.map(|point| u128::from(point.payable)).sum::<u128>();
    assert!(released > 0);
    assert_eq!((uopen(&check.value["released_uopen"]), offspring.released), (released, released));

    let last_own = contracts.books(MODEL).await.expect("the chain answers").last().expect("it earned").epoch;
    assert!(last_own < redemptions[0].0, "the base served nobody when the adapter did");
}

#[tokio::test]
async fn stake_and_dividends_are_what_utility_and_shares_say_and_token_balances_show() {
    let check = told().check("stake_and_dividends");
    let contracts = told().contracts().await;
    let valuation = valuation(&contracts).await;
    let tranche = CONTRIBUTORS_UNITS / 4;
    assert_eq!((valuation.tranche.u128(), uopen(&check.value["tranche_units"])), (tranche, tranche));

    let medians = medians(&contracts, &valuation).await;
    let positive: i128 = medians.iter().map(|(score, _)| *score.max(&0)).sum();
    let z_tenths = i128::from(valuation.z_tenths);
    let units: Vec<u128> = medians
        .iter()
        .map(|(score, error)| tranche * (10 * score - z_tenths * error).max(0) as u128 / (10 * positive) as u128)
        .collect();
    let mut rows: Vec<_> = told().first.contributions.iter().filter(|row| row.position.is_some()).collect();
    rows.sort_by_key(|row| row.position);
    assert_eq!(rows.iter().map(|row| u128::from(row.stake)).collect::<Vec<_>>(), units);
    let given: u128 = units.iter().sum();
    for key in ["given_units", "delivered_units"] {
        assert_eq!(uopen(&check.value[key]), given, "{key}");
    }
    assert!(0 < given && given <= tranche);
    assert_eq!((told().contribution("wrong-labels").stake, told().contribution("noise").stake), (0, 0));

    let stake = contracts.stake_address(MODEL).await.expect("the base has a stake");
    let all = every_transaction().await;
    let received = moved(&all, &contracts, contracts.deployment().settlement.as_str(), stake.as_str());
    let parts: u128 = settled(&contracts, MODEL).await.iter().map(|settled| settled.parts.stake.u128()).sum();
    assert_eq!((uopen(&check.value["dividends_received_uopen"]), received), (parts, parts));
    // All of it came when owner and trainer, who hold five to one, shared alone: contributors' stake was delivered later.
    let mut paid = 0;
    for (name, parts) in [("owner", 5), ("trainer", 1)] {
        let to = moved(&all, &contracts, stake.as_str(), &told().account(name).address);
        assert!(to <= received * parts / 6 && to + 2 > received * parts / 6, "{name}: {to} of {received}");
        assert_eq!((told().account(name).dividends, holder("digits-mlp", name).dividends), (to, to));
        paid += to;
    }
    assert_eq!(uopen(&check.value["paid_uopen"]), paid);
    assert_eq!(uopen(&check.value["fractions_left_uopen"]), received - paid);
}

#[tokio::test]
async fn holders_are_those_of_the_token_and_all_units_are_somewhere() {
    let contracts = told().contracts().await;
    let mut seen = 0;
    for (model, name) in [(MODEL, "digits-mlp"), (ADAPTER, "inverted-digits")] {
        let stake = contracts.stake_address(model).await.expect("the model has a stake");
        let rows: Vec<_> = told().first.holders.iter().filter(|row| row.model == name).collect();
        let all = every_transaction().await;
        for row in &rows {
            let address = &told().account(&row.name).address;
            assert_eq!(row.units, units(&contracts, model, address).await, "{}", row.name);
            assert_eq!(row.dividends, moved(&all, &contracts, stake.as_str(), address), "{}", row.name);
            assert_eq!(row.share, row.units as f64 / SUPPLY as f64);
        }
        assert!(rows.windows(2).all(|pair| pair[0].units >= pair[1].units), "the larger first");
        let given: u128 = settled(&contracts, model).await.iter().map(|settled| settled.stake_given.u128()).sum();
        let reserves = CONTRIBUTORS_UNITS - given + WORK_UNITS / 2;
        assert_eq!(units(&contracts, model, stake.as_str()).await, reserves);
        assert_eq!(rows.iter().map(|row| row.units).sum::<u128>() + reserves, SUPPLY);
        seen += rows.len();
    }
    assert_eq!(seen, told().first.holders.len(), "and no others");
    let owner = |model: &str, owner: &str, worker: &str| (holder(model, owner).units, holder(model, worker).units);
    assert_eq!(owner("digits-mlp", "owner", "trainer"), (OWNER_UNITS, WORK_UNITS / 2));
    assert_eq!(owner("inverted-digits", "adapter-owner", "fine-tuner"), (OWNER_UNITS, WORK_UNITS / 2));
}

async fn units(contracts: &Contracts, model: ModelId, account: &str) -> u128 {
    let query = StakeQuery::Balance { address: account.to_owned() };
    let answer: cw20::BalanceResponse = contracts.stake(model, &query).await.expect("the token answers");
    answer.balance.u128()
}

#[tokio::test]
async fn payees_of_a_shared_contribution_share_its_stake_too() {
    let stake = u128::from(told().contribution("honest-160").stake);
    let (contributor, annotator) = (holder("digits-mlp", "honest-160").units, holder("digits-mlp", "annotator").units);
    assert_eq!((contributor, annotator), (stake - stake * 3 / 10, stake * 3 / 10));
    let alone = told().contribution("honest-200");
    assert_eq!(holder("digits-mlp", "honest-200").units, u128::from(alone.stake));
}

#[tokio::test]
async fn the_adapter_in_the_report_is_the_chains() {
    let contracts = told().contracts().await;
    let offspring = &told().first.offspring;
    assert_eq!(offspring.model, contracts.model_record(ADAPTER).await.expect("the chain answers").name);
    let accounts = contracts.accounts(ADAPTER).await.expect("the chain answers");
    let used = contracts.used(ADAPTER).await.expect("the chain answers");
    assert_eq!((offspring.contributions.len(), used.len()), (2, 2));
    for ((row, account), id) in offspring.contributions.iter().zip(&accounts).zip(used) {
        let record = contracts.contribution(id).await.expect("the chain answers");
        let revealed = record.revealed.expect("it was accepted");
        assert_eq!(
            (row.contribution, row.position, row.items),
            (id.get(), Some(account.position), revealed.item_count.u64())
        );
        let shown = (row.accrued, row.payable, row.claimed, row.held_back, row.debt, row.stake);
        let on_chain = (
            account.accrued.i64(),
            account.payable.u64(),
            account.claimed.u128(),
            account.held_back.u64(),
            account.debt.u64(),
            account.stake.u64(),
        );
        assert_eq!(shown, on_chain, "{}", row.name);
        assert_eq!(told().account(&row.name).address, record.contributor.as_str());
        let account = told().account(&row.name);
        assert_eq!((account.bonded, account.end), (account.start, row.claimed), "its bond is held, its pay was paid");
    }
}

#[tokio::test]
async fn the_adapters_round_and_the_bases_valuation_in_the_report_are_the_chains() {
    let contracts = told().contracts().await;
    let rounds = &told().first.offspring.rounds;
    assert_eq!(rounds.iter().map(|row| row.kind.as_str()).collect::<Vec<_>>(), ["fees", "valuation"]);
    let names = rounds.iter().map(|row| row.model.as_str()).collect::<Vec<_>>();
    assert_eq!(names, ["inverted-digits", "digits-mlp"]);
    for (row, model) in rounds.iter().zip([ADAPTER, MODEL]) {
        let settled = settled(&contracts, model).await.pop().expect("rounds were settled");
        let record = contracts.round(model, settled.round).await.expect("the chain answers");
        assert_eq!((row.round, row.redemptions), (settled.round.get(), record.redemptions));
        assert_eq!((row.pool, row.residual), (settled.parts.influence.u128(), settled.residual.u128()));
        assert_eq!(row.unresolved, settled.unresolved.u128());
        let addresses: Vec<&str> =
            row.operators.iter().map(|operator| told().account(&operator.name).address.as_str()).collect();
        let mut set: Vec<&str> = record.operators.iter().map(|operator| operator.as_str()).collect();
        set.sort_by_key(|operator| addresses.iter().position(|address| address == operator));
        assert_eq!(addresses, set, "who lost its bond is in no set");
        assert!(row.operators.iter().all(|operator| operator.revealed && operator.distance == Some(0)));
        let rewards: u128 = row.operators.iter().map(|operator| operator.reward).sum();
        assert_eq!(rewards, settled.operator_rewards.u128());
    }
    assert_eq!(rounds[1].operators.iter().map(|operator| operator.reward).sum::<u128>(), 0, "a valuation pays nobody");
}

#[tokio::test]
async fn items_of_the_private_datanet_lie_apart_from_public_ones() {
    let contracts = told().contracts().await;
    let folder = |kind: &str, file: &str| told().folder.join(PUBLISHED_FOLDER).join(kind).join(file);
    let mut private = Vec::new();
    for id in contracts.used(ADAPTER).await.expect("the chain answers") {
        let record = contracts.contribution(id).await.expect("the chain answers");
        let file = format!("{}.json", record.revealed.expect("it was accepted").items_root);
        assert!(!folder("items", &file).exists(), "{file} is public");
        let text = fs::read(folder("private-items", &file)).expect("who has the key can read it");
        private.extend(serde_json::from_slice::<Vec<String>>(&text).expect("items are a list"));
    }
    assert_eq!(private.len(), 160);
    for path in files(&told().folder.join(PUBLISHED_FOLDER).join("items")) {
        let text = fs::read_to_string(path).expect("it is text");
        assert!(!private.iter().any(|item| text.contains(item)), "nor under another name");
    }
    // What the gateway serves and curators approve are other images than what was contributed.
    for kind in ["receipts", "validation"] {
        for path in files(&told().folder.join(PUBLISHED_FOLDER).join(kind)) {
            let text = fs::read_to_string(path).expect("it is text");
            assert!(!private.iter().any(|item| text.contains(item)), "{kind}");
        }
    }
}

#[test]
fn the_datanets_key_is_in_a_file_of_its_owners_alone_and_nowhere_else() {
    let path = told().folder.join(KEYS_FILE);
    let mode = fs::metadata(&path).expect("the story wrote the keys").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let keys: Value = serde_json::from_slice(&fs::read(&path).expect("it is there")).expect("keys are JSON");
    let key = keys["2"].as_str().expect("the private DataNet is the second").to_owned();
    assert_eq!(key.len(), 64);
    let bytes = hex::decode(&key).expect("keys are hex");
    let mut shown =
        vec![told().folder.join(CHAIN_FILE), told().folder.join("report.json"), told().folder.join("report.html")];
    shown.extend(files(&told().folder.join(PUBLISHED_FOLDER)));
    assert!(shown.len() > 20);
    for path in shown {
        let file = fs::read(&path).expect("it is there");
        let holds = |wanted: &[u8]| file.windows(wanted.len()).any(|window| window == wanted);
        let base64 = cosmwasm_std::Binary::from(bytes.as_slice()).to_base64();
        let base64 = base64.trim_end_matches('=').as_bytes();
        assert!(!holds(key.as_bytes()) && !holds(&bytes) && !holds(base64), "{}", path.display());
    }
}

/// All files under a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder exists");
    let paths = entries.map(|entry| entry.expect("it can be read").path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}
