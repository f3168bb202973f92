//! Statements of accounts of a small world: every uopen is told, what is told adds up, and what was changed by hand is found.

use std::{
    path::Path,
    process::{Command, Output},
};

use chain::{EmbeddedClient, embedded::Checks};
use cosmwasm_std::{Addr, Binary, Uint128, to_json_string};
use cw_storage_plus::Map;
use cw20::Cw20ExecuteMsg;
use operator::{
    contracts::Contracts,
    statement::{self, Statement, StatementError},
};
use protocol::{
    Bps, Epoch, Payee, datanet,
    settlement::{ClaimItem, ExecuteMsg, ReceiveMsg},
};
use report::statement::{AccrualKind, Kind, Line, LossKind, Signed};
use rules::ledger::{pack, unpack};
use tempfile::TempDir;
use testing::{
    Invariants, TxMessage,
    scenario::{
        CONTRIBUTION_BOND, DEPOSIT, INITIAL_BALANCE, MISSED_PENALTY, OPERATOR_BOND, Part, Setup, World, report,
    },
};

mod forms_and_refusals;

const SCORES: [(i32, u32); 3] = [(500_000_000, 0), (300_000_000, 0), (-100_000_000, 0)];
const REACH: u64 = 900_000_000;
const FEE: u128 = 10_000_000;
/// Of a fee, without the protocol's 5 %.
const NET: u128 = 9_500_000;
/// The contributors' 70 % of it.
const POOL: u128 = 6_650_000;

/// Balances of cw20-base, and of settlement.
const OPEN_BALANCES: Map<&Addr, Uint128> = Map::new("balance");
const BOOKED: Map<&Addr, Uint128> = Map::new("balances");
const LEDGER: Map<(u64, u32), Binary> = Map::new("ledger");

/// The world's chain as another process finds it.
struct Saved {
    folder: TempDir,
    last: u64,
}

impl Saved {
    fn of(world: &World) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        world.chain.save(&folder.path().join("chain.json")).expect("a chain can be saved");
        Self { folder, last: world.epoch() }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().expect("a path in UTF-8").to_owned()
    }

    async fn read(&self, account: &str, first: u64, last: u64) -> Result<Statement, StatementError> {
        let file = self.folder.path().join("chain.json");
        let client = EmbeddedClient::open(&file, Checks::Off).await.expect("the saved chain opens");
        let deployment = client.deployment().await.expect("the chain answers").expect("contracts are deployed");
        let contracts = Contracts::new(std::sync::Arc::new(client.clone()), deployment);
        statement::account(&contracts, &client, account, Epoch(first)..=Epoch(last)).await
    }

    /// From the first epoch to the tip.
    async fn whole(&self, account: &Addr) -> Statement {
        let statement = self.read(account.as_str(), 0, self.last).await.expect("the books add up");
        assert!(statement.adds_up());
        statement
    }
}

fn of_kind(statement: &Statement, kind: Kind) -> Vec<&Line> {
    statement.lines.iter().filter(|line| line.purpose.kind == kind).collect()
}

/// Amounts in and out of all lines of a kind.
fn moved(statement: &Statement, kind: Kind) -> (u128, u128) {
    let lines = of_kind(statement, kind);
    (lines.iter().map(|line| line.received.0).sum(), lines.iter().map(|line| line.paid.0).sum())
}

/// Accrued, payable and stake of all accruals of a kind.
fn earned(statement: &Statement, kind: AccrualKind) -> (i128, u128, u128) {
    statement
        .accruals
        .iter()
        .filter(|accrual| accrual.kind == kind)
        .fold((0, 0, 0), |sum, accrual| (sum.0 + accrual.accrued.0, sum.1 + accrual.payable.0, sum.2 + accrual.stake.0))
}

/// A world after one settled round, all of it claimed.
fn settled() -> World {
    let mut world = World::new();
    world.settle(FEE, &SCORES, REACH).unwrap();
    world.claim(&[0, 1]).unwrap();
    world
}

#[tokio::test]
async fn a_contributor_sees_bond_accrual_and_claim_and_each_balance() {
    let world = settled();
    let (account, saved) = (world.accounts.contributors[0].clone(), Saved::of(&world));
    let statement = saved.whole(&account).await;
    let payable = POOL * 5 / 9;
    assert_eq!((statement.opening.0, statement.closing.0), (INITIAL_BALANCE, world.open_balance(&account)));
    assert_eq!(statement.lines.len(), 2);
    let [bond, claim] = [&statement.lines[0], &statement.lines[1]];
    assert_eq!((bond.purpose.kind, bond.paid.0), (Kind::BondPosted, CONTRIBUTION_BOND));
    assert_eq!(bond.purpose.contribution, Some(world.batches[0].id.get()));
    assert_eq!(bond.counterparty_name.as_deref(), Some("datanet"));
    assert_eq!((claim.purpose.kind, claim.received.0), (Kind::Claim, payable));
    assert_eq!((claim.purpose.model, claim.purpose.position), (Some(1), Some(0)));
    assert_eq!(claim.balance.0, INITIAL_BALANCE - CONTRIBUTION_BOND + payable);
    assert_eq!(earned(&statement, AccrualKind::Influence), (payable as i128, payable, 0));
    assert_eq!(statement.outside.contribution_bonds.0, CONTRIBUTION_BOND);
    assert_eq!(statement.outside.claimable.0, 0);

    let harmful = saved.whole(&world.accounts.contributors[2]).await;
    let loss = POOL.div_ceil(9);
    assert_eq!(earned(&harmful, AccrualKind::Influence), (-(loss as i128), 0, 0));
}

#[tokio::test]
async fn statements_of_all_epochs_follow_one_another_for_everybody_and_sum_to_the_supply() {
    let mut world = settled();
    let owner = world.accounts.owner.clone();
    world.settle_as(&owner, &ExecuteMsg::Withdraw {}).unwrap();
    world.to_next_epoch();
    let stake = world.stake();
    let (owner, stranger) = (world.accounts.owner.clone(), world.accounts.stranger.clone());
    world.move_stake(&owner, &stranger, 1_000_000).unwrap();
    world.settle(FEE, &SCORES, REACH).unwrap();
    world.claim_dividends(&[&owner, &stranger]).unwrap();
    let saved = Saved::of(&world);
    let contracts = [&world.at.settlement, &world.at.datanet, &world.at.attribution, &stake];
    let everybody: Vec<Addr> = world.accounts.all().into_iter().chain(contracts.into_iter().cloned()).collect();
    let (mut first, mut last, mut came, mut went) = (0, 0, 0, 0);
    for account in &everybody {
        let whole = saved.whole(account).await;
        assert_eq!(whole.closing.0, world.open_balance(account));
        let mut balance = whole.opening.0;
        let mut lines = 0;
        for epoch in 0..=saved.last {
            let of_epoch = saved.read(account.as_str(), epoch, epoch).await.unwrap();
            assert!(of_epoch.adds_up() && of_epoch.lines.iter().all(|line| line.place.epoch == Some(epoch)));
            assert_eq!(of_epoch.opening.0, balance, "{account} in epoch {epoch}");
            balance = of_epoch.closing.0;
            lines += of_epoch.lines.len();
        }
        assert_eq!((balance, lines), (whole.closing.0, whole.lines.len()));
        first += whole.opening.0;
        last += whole.closing.0;
        came += whole.received.0;
        went += whole.paid.0;
        assert!(of_kind(&whole, Kind::Transfer).is_empty(), "the protocol explains every movement: {account}");
    }
    let supply = INITIAL_BALANCE * world.accounts.all().len() as u128;
    assert_eq!((first, last, came), (supply, supply, went));
}

#[tokio::test]
async fn a_payer_sees_deposit_fees_by_model_and_epoch_and_refund() {
    let mut world = World::new();
    let paid_in = world.epoch();
    world.pay(FEE).unwrap();
    world.pay(FEE / 2).unwrap();
    world.to_next_epoch();
    world.pay_in(0, paid_in + 1, 1_000).unwrap();
    let (payer, gateway) = (world.accounts.payer.clone(), world.accounts.gateway.clone());
    let channel = world.channels[0].id;
    world.chain.send_open(&payer, &world.at.settlement.clone(), 77, &ReceiveMsg::TopUp { channel }).unwrap();
    let open = Saved::of(&world).whole(&payer).await;
    assert_eq!(open.outside.channels.0, DEPOSIT + 77 - FEE * 3 / 2 - 1_000);
    world.settle_as(&gateway, &ExecuteMsg::CloseChannel { channel }).unwrap();

    let statement = Saved::of(&world).whole(&payer).await;
    let fees: Vec<_> = statement.fees.iter().map(|fee| (fee.epoch, fee.redemptions, fee.amount.0)).collect();
    assert_eq!(fees, [(paid_in, 2, FEE * 3 / 2), (paid_in + 1, 1, 1_000)]);
    assert!(statement.fees.iter().all(|fee| fee.model == 1 && fee.channel == channel.get()));
    assert_eq!(moved(&statement, Kind::ChannelDeposit), (0, DEPOSIT + 77));
    assert_eq!(moved(&statement, Kind::ChannelRefund), (DEPOSIT + 77 - FEE * 3 / 2 - 1_000, 0));
    assert!(of_kind(&statement, Kind::ChannelDeposit).iter().all(|line| line.purpose.model == Some(1)));
    assert_eq!(statement.outside.channels.0, 0);
}

#[tokio::test]
async fn an_owner_sees_its_parts_by_round_its_dividends_and_its_stake() {
    let mut world = World::new();
    let owner = world.accounts.owner.clone();
    world.settle(FEE, &SCORES, REACH).unwrap();
    world.settle(FEE / 10, &SCORES, REACH).unwrap();
    let booked = Saved::of(&world).whole(&owner).await;
    assert_eq!(booked.outside.booked.0, world.settlement_balance(&owner));
    assert_eq!(booked.outside.dividends.0, world.dividends(&owner).claimable.u128());
    world.settle_as(&owner, &ExecuteMsg::Withdraw {}).unwrap();
    world.claim_dividends(&[&owner]).unwrap();
    let sold = 1_234_567;
    world.move_stake(&owner, &world.accounts.stranger.clone(), sold).unwrap();

    let statement = Saved::of(&world).whole(&owner).await;
    let parts: Vec<_> =
        of_kind(&statement, Kind::OwnerPart).iter().map(|line| (line.purpose.round, line.received.0)).collect();
    assert_eq!(parts, [(Some(1), NET / 5), (Some(2), NET / 50)]);
    assert_eq!(moved(&statement, Kind::Dividend), (world.dividends(&owner).paid.u128(), 0));
    let paid = world.dividends(&owner).paid.u128();
    assert_eq!(earned(&statement, AccrualKind::Dividend), (paid as i128, paid, 0));
    assert_eq!(earned(&statement, AccrualKind::OwnerPart).1, NET / 5 + NET / 50);
    let rounds: Vec<_> = statement
        .accruals
        .iter()
        .filter(|accrual| accrual.kind == AccrualKind::Dividend)
        .map(|accrual| accrual.round)
        .collect();
    assert_eq!(rounds, [Some(1), Some(2)]);
    let [stake] = statement.stakes.as_slice() else { panic!("one model: {:?}", statement.stakes) };
    assert_eq!((stake.closing.0, stake.sent.0), (world.stake_balance(&owner), sold));
    assert_eq!((stake.dividends.0, stake.dividends_paid.0), (paid, paid));
}

#[tokio::test]
async fn an_operator_sees_reward_penalty_and_slashed_bond() {
    let mut world = World::new();
    let same = |redemptions| Part::Reports(report(&SCORES, REACH, redemptions));
    for _ in 0..3 {
        world.pay(FEE).unwrap();
        world.finish_epoch();
        let round = world.open_round().unwrap();
        let mut parts = vec![same(round.redemptions); 7];
        parts[5] = Part::Absent;
        world.play_opened(&round, &parts).unwrap();
    }
    world.pay(FEE).unwrap();
    world.finish_epoch();
    let round = world.open_round().unwrap();
    let mut parts = vec![same(round.redemptions); 7];
    // Whose bond is short is in no set.
    parts[5] = Part::Absent;
    parts[6] = Part::Silent;
    world.play_opened(&round, &parts).unwrap();
    let operators = world.accounts.operators.clone();
    world.bond_operator(&operators[5]).unwrap();
    world.settle_as(&operators[0], &ExecuteMsg::Withdraw {}).unwrap();
    world.unbond(&operators[0]).unwrap();
    world.chain.pass_time(500);
    world.withdraw_bond(&operators[0]).unwrap();

    let saved = Saved::of(&world);
    let honest = saved.whole(&operators[0]).await;
    let rewards = of_kind(&honest, Kind::OperatorReward);
    assert_eq!(rewards.iter().map(|line| line.purpose.round).collect::<Vec<_>>(), [Some(1), Some(2), Some(3), Some(4)]);
    assert_eq!(earned(&honest, AccrualKind::OperatorReward).1, moved(&honest, Kind::OperatorReward).0);
    assert_eq!(moved(&honest, Kind::OperatorBond), (0, OPERATOR_BOND));
    assert_eq!(moved(&honest, Kind::OperatorBondReturned), (OPERATOR_BOND, 0));
    assert!(honest.losses.is_empty());

    let absent = saved.whole(&operators[5]).await;
    assert_eq!(moved(&absent, Kind::OperatorBond), (0, OPERATOR_BOND + MISSED_PENALTY));
    let lost: Vec<_> = absent.losses.iter().map(|loss| (loss.kind, loss.round, loss.amount.0)).collect();
    assert_eq!(lost, [(LossKind::Missed, Some(3), MISSED_PENALTY)]);
    assert_eq!(absent.outside.operator_bonds.0, OPERATOR_BOND);

    let silent = saved.whole(&operators[6]).await;
    let lost: Vec<_> = silent.losses.iter().map(|loss| (loss.kind, loss.round, loss.amount.0)).collect();
    assert_eq!(lost, [(LossKind::Slashed, Some(4), OPERATOR_BOND)]);
    assert_eq!(silent.outside.operator_bonds.0, 0);
}

#[tokio::test]
async fn a_claim_of_several_positions_is_split_by_contribution_and_payee() {
    let mut world = World::new();
    let [first, second] = [world.accounts.contributors[0].clone(), world.accounts.contributors[1].clone()];
    let payees = [(&first, 3_333), (&second, 6_667)]
        .map(|(account, share)| Payee { account: account.to_string(), share: Bps(share) })
        .to_vec();
    let set = datanet::ExecuteMsg::SetPayees { contribution: world.batches[0].id, payees };
    world.contribute_as(&first, &set).unwrap();
    world.settle(FEE, &SCORES, REACH).unwrap();
    world.claim(&[0, 1]).unwrap();

    let saved = Saved::of(&world);
    let (of_first, of_second) = (POOL * 5 / 9, POOL * 3 / 9);
    let to_second = of_first * 6_667 / 10_000;
    let statement = saved.whole(&second).await;
    let claims: Vec<_> =
        of_kind(&statement, Kind::Claim).iter().map(|line| (line.purpose.position, line.received.0)).collect();
    assert_eq!(claims, [(Some(0), to_second), (Some(1), of_second)]);
    let of_round: Vec<_> = statement.accruals.iter().map(|accrual| (accrual.share_bps, accrual.payable.0)).collect();
    assert_eq!(of_round, [(Some(6_667), to_second), (Some(10_000), of_second)]);
    let statement = saved.whole(&first).await;
    assert_eq!(moved(&statement, Kind::Claim).0, of_first - to_second, "what rounding leaves is the first payee's");

    // Payees of later do not change what was paid: it is told, though no longer by position.
    let set = datanet::ExecuteMsg::SetPayees {
        contribution: world.batches[0].id,
        payees: vec![Payee { account: first.to_string(), share: Bps::WHOLE }],
    };
    world.contribute_as(&first, &set).unwrap();
    let statement = Saved::of(&world).whole(&second).await;
    let claims: Vec<_> =
        of_kind(&statement, Kind::Claim).iter().map(|line| (line.purpose.position, line.received.0)).collect();
    assert_eq!(claims, [(None, to_second + of_second)]);
}

#[tokio::test]
async fn what_no_event_explains_is_a_transfer_even_beside_a_claim_of_the_same_amount() {
    let mut world = World::new();
    world.settle(FEE, &SCORES, REACH).unwrap();
    let (stranger, payee) = (world.accounts.stranger.clone(), world.accounts.contributors[0].clone());
    let payer = world.accounts.payer.clone();
    let (token, settlement) = (world.at.open_token.clone(), world.at.settlement.clone());
    let amount = Uint128::new(POOL * 5 / 9);
    let message = |contract: &Addr, msg: String| TxMessage { contract: contract.to_string(), msg, funds: vec![] };
    let transfer = |to: &Addr| to_json_string(&Cw20ExecuteMsg::Transfer { recipient: to.to_string(), amount }).unwrap();
    let claims = vec![ClaimItem { model: world.model, positions: vec![0] }];
    let claim = to_json_string(&ExecuteMsg::Claim { claims }).unwrap();
    let messages =
        vec![message(&token, transfer(&payee)), message(&settlement, claim), message(&token, transfer(&settlement))];
    world.chain.execute_all(&stranger, messages).unwrap();
    world.chain.execute(&stranger, &token, &Cw20ExecuteMsg::Burn { amount: 5u128.into() }, &[]).unwrap();
    let allow =
        Cw20ExecuteMsg::IncreaseAllowance { spender: stranger.to_string(), amount: 100u128.into(), expires: None };
    world.chain.execute(&payer, &token, &allow, &[]).unwrap();
    let take = |recipient: &Addr| Cw20ExecuteMsg::TransferFrom {
        owner: payer.to_string(),
        recipient: recipient.to_string(),
        amount: 30u128.into(),
    };
    world.chain.execute(&stranger, &token, &take(&stranger), &[]).unwrap();
    let burn = Cw20ExecuteMsg::BurnFrom { owner: payer.to_string(), amount: 20u128.into() };
    world.chain.execute(&stranger, &token, &burn, &[]).unwrap();
    let itself = Cw20ExecuteMsg::Transfer { recipient: stranger.to_string(), amount: 9u128.into() };
    world.chain.execute(&stranger, &token, &itself, &[]).unwrap();

    let saved = Saved::of(&world);
    let received = saved.whole(&payee).await;
    let kinds: Vec<_> = received.lines.iter().skip(1).map(|line| (line.purpose.kind, line.received.0)).collect();
    assert_eq!(kinds, [(Kind::Transfer, amount.u128()), (Kind::Claim, amount.u128())]);
    assert_eq!(received.lines[1].counterparty.as_deref(), Some(stranger.as_str()));
    let sent = saved.whole(&stranger).await;
    assert_eq!(moved(&sent, Kind::Transfer), (30 + 9, 2 * amount.u128() + 9));
    assert_eq!(moved(&sent, Kind::Burn), (0, 5));
    let spent = saved.whole(&payer).await;
    assert_eq!((moved(&spent, Kind::Transfer), moved(&spent, Kind::Burn)), ((0, 30), (0, 20)));
    assert_eq!(spent.closing.0, world.open_balance(&payer));
}

#[tokio::test]
async fn copies_debts_gifts_and_spendings_are_told_to_those_they_concern() {
    let mut world = World::new();
    let (model, harmful) = (world.model, world.batches[2].id);
    world.recognise(model);
    for _ in 0..2 {
        world.settle(FEE / 10, &SCORES, REACH).unwrap();
    }
    world.claim_debt(harmful).unwrap();
    world.pass_appeals();
    world.collect_debt(harmful).unwrap();
    let copier = world.accounts.contributors[3].clone();
    let mut copy = world.batches[0].copied_by(&copier);
    world.contribute(&mut copy).unwrap();
    let prover = world.accounts.stranger.clone();
    let prove = datanet::ExecuteMsg::ProveDuplicate(copy.duplicate_proof(&world.batches[0], 20));
    world.contribute_as(&prover, &prove).unwrap();
    let giver = world.accounts.payer.clone();
    world.chain.send_open(&giver, &world.at.settlement.clone(), 41, &ReceiveMsg::Treasury {}).unwrap();
    let grantee = world.accounts.reviewers[0].clone();
    let spend = world.propose_spend(&grantee, 17).unwrap();
    world.pass_treasury_delay();
    world.execute_spend(spend).unwrap();

    let saved = Saved::of(&world);
    let taken = world.contribution(harmful).bond_taken.u128();
    let indebted = saved.whole(&world.accounts.contributors[2]).await;
    let lost: Vec<_> = indebted.losses.iter().map(|loss| (loss.kind, loss.model, loss.amount.0)).collect();
    assert_eq!(lost, [(LossKind::ProvedDebt, Some(1), taken)]);
    assert_eq!(earned(&indebted, AccrualKind::DebtRepaid), (taken as i128, 0, 0));
    let accrued: i128 = indebted.accruals.iter().map(|accrual| accrual.accrued.0).sum();
    assert_eq!(Signed(accrued), Signed(world.ledger()[2].accrued.i64().into()));
    assert_eq!(indebted.outside.contribution_bonds.0, CONTRIBUTION_BOND - taken);

    let copied = saved.whole(&copier).await;
    let lost: Vec<_> = copied.losses.iter().map(|loss| (loss.kind, loss.contribution, loss.amount.0)).collect();
    assert_eq!(lost, [(LossKind::Duplicates, Some(copy.id.get()), CONTRIBUTION_BOND)]);
    assert_eq!(moved(&saved.whole(&prover).await, Kind::ProverReward), (CONTRIBUTION_BOND / 2, 0));
    assert_eq!(moved(&saved.whole(&giver).await, Kind::TreasuryGift), (0, 41));
    assert_eq!(moved(&saved.whole(&grantee).await, Kind::TreasurySpending), (17, 0));
    let settlement = saved.whole(&world.at.settlement).await;
    assert_eq!(moved(&settlement, Kind::DebtCollected), (taken, 0));
    assert_eq!(moved(&settlement, Kind::TreasuryGift), (41 + CONTRIBUTION_BOND / 2, 0));
}

#[tokio::test]
async fn released_bonds_and_what_a_stopped_model_releases_are_told() {
    let doubtful = [(500_000_000, 100_000_000), (300_000_000, 100_000_000), (-100_000_000, 0)];
    let mut world = World::new();
    let model = world.model;
    world.recognise(model);
    for _ in 0..3 {
        world.settle(FEE, &doubtful, REACH).unwrap();
    }
    world.release_bond(world.batches[0].id).unwrap();
    let account = world.accounts.contributors[0].clone();
    let before = Saved::of(&world).whole(&world.accounts.owner).await;
    let held_back = world.ledger()[0].held_back.u64();
    assert!(held_back > 0);
    for _ in 0..6 {
        world.to_next_epoch();
    }
    world.retire(None).unwrap();
    let saved = Saved::of(&world);
    let statement = saved.whole(&account).await;
    assert_eq!(moved(&statement, Kind::BondReleased), (CONTRIBUTION_BOND, 0));
    assert_eq!(earned(&statement, AccrualKind::Retired), (0, held_back.into(), 0));
    assert_eq!(statement.outside.claimable.0, u128::from(world.ledger()[0].payable.u64()));

    // The owner was told the first epoch in which that could happen.
    let [owned] = before.models.as_slice() else { panic!("one model") };
    let last = world.epochs().last().unwrap().epoch.get();
    assert_eq!((owned.retire_from_epoch, owned.retired, owned.must_settle_first), (Some(last + 6), false, false));
    assert_eq!(owned.retire_from, world.clock().start_of(last + 6));
    let after = saved.whole(&world.accounts.owner).await;
    assert!(after.models[0].retired && after.models[0].retire_from_epoch.is_none());
}

/// What the owner is told of a model is what the contracts answer.
fn assert_obligations(world: &World, owned: &report::statement::OwnedModel) {
    let (totals, ledger, reserves) = (world.model_totals(), world.ledger(), world.reserves());
    assert_eq!(owned.model, world.model.get());
    assert_eq!(owned.owed.0, (totals.liability - totals.claimed).u128());
    assert_eq!(owned.claimable.0, (totals.payable - totals.claimed).u128());
    assert_eq!((owned.liability.0, owned.payable.0), (totals.liability.u128(), totals.payable.u128()));
    assert_eq!((owned.claimed.0, owned.in_progress.0), (totals.claimed.u128(), totals.in_progress.u128()));
    let sum = |of: fn(&protocol::settlement::Account) -> u64| {
        ledger.iter().map(|account| u128::from(of(account))).sum::<u128>()
    };
    assert_eq!(owned.held_back.0, sum(|account| account.held_back.u64()));
    assert_eq!(owned.held_back.0, owned.liability.0 - owned.payable.0);
    assert_eq!(owned.debt.0, sum(|account| account.debt.u64()));
    assert_eq!(owned.proved_debt.0, sum(|account| account.proved_debt.u64()));
    for (shown, parts) in [(&owned.unsettled, &totals.unsettled), (&owned.royalties_waiting, &totals.royalties)] {
        assert_eq!((shown.protocol.0, shown.owner.0), (parts.protocol.u128(), parts.owner.u128()));
        assert_eq!((shown.stake.0, shown.influence.0), (parts.stake.u128(), parts.influence.u128()));
        assert_eq!(shown.parents.0, parts.parents.u128());
    }
    assert_eq!(owned.royalties_owed.0, totals.royalties_owed.u128());
    assert_eq!(owned.royalties_flowed.0, totals.royalties_flowed.u128());
    assert_eq!(owned.reserve_contributors.0, reserves.contributors.u128());
    assert_eq!(owned.reserve_work.0, reserves.work.u128());
    assert_eq!(owned.stake_undelivered.0, (totals.stake_given - totals.stake_claimed).u128());
    let model = world.model_record();
    assert_eq!(owned.positions, model.positions);
    assert_eq!(owned.bound.0, model.terms.cap.u128() * u128::from(model.positions));
    let parents: Vec<_> = owned.parents.iter().map(|parent| (parent.model, parent.share_bps)).collect();
    assert_eq!(parents, model.parents.iter().map(|parent| (parent.model.get(), parent.share.0)).collect::<Vec<_>>());
}

#[tokio::test]
async fn an_owner_of_a_base_and_an_adapter_sees_every_obligation_as_the_contracts_answer_it() {
    let mut world = World::new();
    let adapter = world.adapter(DEPOSIT);
    world.with_model(adapter, |world| world.settle(FEE, &[(900_000_000, 0)], 900_000_000)).unwrap();
    world.settle(FEE, &SCORES, REACH).unwrap();
    let owner = world.accounts.owner.clone();
    let unsettled = world.with_model(adapter, |world| world.pay(FEE));
    unsettled.unwrap();
    let before = Saved::of(&world).whole(&owner).await;
    assert!(before.models[1].must_settle_first && before.models[1].royalties_owed.0 == NET * 3 / 10);
    assert_obligations(&world, &before.models[0]);
    world.with_model(adapter, |world| assert_obligations(world, &before.models[1]));

    world.with_model(adapter, World::flow).unwrap();
    let terms = protocol::model::Terms {
        release_rate: Bps::WHOLE,
        cap: world.setup.terms.cap + Uint128::one(),
        ..world.setup.terms.clone()
    };
    world.change_terms(terms).unwrap();
    let flowed = Saved::of(&world).whole(&owner).await;
    let [base, adapted] = flowed.models.as_slice() else { panic!("two models") };
    assert_obligations(&world, base);
    world.with_model(adapter, |world| assert_obligations(world, adapted));
    assert_eq!(base.royalties_received_in_period.0, NET * 3 / 10);
    assert_eq!(adapted.royalties_flowed_in_period.0, NET * 3 / 10);
    let pending = base.pending.expect("the terms change with the next epoch");
    assert_eq!((pending.from_epoch, pending.cap.0), (world.epoch() + 1, base.terms.cap.0 + 1));
    assert_eq!(base.terms.cap.0, world.setup.terms.cap.u128());

    world.value(&SCORES).unwrap();
    world.claim(&[0, 1]).unwrap();
    world.settle_as(&owner, &ExecuteMsg::Withdraw {}).unwrap();
    let saved = Saved::of(&world);
    let statement = saved.whole(&owner).await;
    assert_obligations(&world, &statement.models[0]);
    let royalty = NET * 3 / 10 / 5;
    assert_eq!(
        (moved(&statement, Kind::RoyaltyPart), earned(&statement, AccrualKind::RoyaltyPart).1),
        ((royalty, 0), royalty)
    );
    let contributor = saved.whole(&world.accounts.contributors[0]).await;
    let (_, _, units) = earned(&contributor, AccrualKind::Valuation);
    assert_eq!(units, world.stake_balance(&world.accounts.contributors[0]));
    assert_eq!(contributor.stakes[0].delivered.0, units);
}

#[tokio::test]
async fn a_round_whose_chunks_are_not_all_in_is_told_as_it_stands() {
    let mut world = World::with(Setup { items: vec![20, 40, 60], ..Setup::default() });
    world.settle(FEE, &SCORES, REACH).unwrap();
    world.pay(FEE).unwrap();
    world.finish_epoch();
    let round = world.open_round().unwrap();
    let saved = Saved::of(&world);
    let owner = saved.whole(&world.accounts.owner).await;
    assert!(owner.models[0].must_settle_first);
    assert_eq!(owner.models[0].unsettled.influence.0, round.pool.u128());
    assert_obligations(&world, &owner.models[0]);
}
