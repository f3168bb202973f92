//! The command line: raw arguments become checked ones here, once; every command ends in a yes, a no or an error.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, Result, bail};
use chain::{EmbeddedClient, Signer, embedded::Checks};
use clap::{Args, Parser, Subcommand};
use protocol::{
    Epoch, ModelId, RoundId,
    attribution::{ExecuteMsg as AttributionMsg, Round},
    settlement::{ClaimItem, ExecuteMsg as SettlementMsg},
};

use crate::{
    contracts::Contracts,
    keys::DatanetKeys,
    node::{Engine, Node},
    progress::Progress,
    published::Published,
    replay,
    state::StateFolder,
    statement,
    story::{self, CHAIN_FILE, Options, PUBLISHED_FOLDER, plan::Size},
};

/// Settles who gets paid when an AI model is used: the operator's and the auditor's tool.
#[derive(Debug, Parser)]
#[command(name = "oracle", version)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Play the whole story on the embedded chain: contribute, train, serve, measure, settle, claim.
    Demo(DemoArguments),
    /// Open a round over all unsettled epochs whose redemption period is over, or a valuation round.
    Open(OpenArguments),
    /// Measure the open round and commit to the report.
    Commit(Act),
    /// Reveal what was committed; begins the reveal window if the commit window has ended.
    Reveal(Act),
    /// First pass once the reveal window has ended: medians, D, agreement.
    Aggregate(Act),
    /// Second pass: move the ledger.
    Advance(Act),
    /// Claim for positions of a model; the money goes to their payees.
    Claim(ClaimArguments),
    /// Recompute a settled round from the chain's public vectors, bit for bit.
    Replay(ReplayArguments),
    /// Say what an account earned and paid in some epochs, to the uopen.
    Statement(StatementArguments),
}

#[derive(Debug, Args)]
struct DemoArguments {
    /// Folder for the report, the saved chain, published objects and caches.
    #[arg(long, default_value = "demo-out")]
    out: PathBuf,
    /// Seed of every draw: data, prices, training.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Earning epochs.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(3..=6))]
    epochs: u32,
    /// Operators; six is the fewest that can bear two liars.
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(6..=16))]
    operators: u32,
    /// Forget what earlier runs left in the folder.
    #[arg(long)]
    fresh: bool,
    /// The digits, as `data/README.md` describes them.
    #[arg(long, default_value = "data/digits.csv.gz", hide = true)]
    data: PathBuf,
}

/// Which chain, and where published objects are.
#[derive(Debug, Args)]
struct Place {
    /// Folder of a demo: its saved chain and published objects.
    #[arg(long, default_value = "demo-out")]
    out: PathBuf,
    /// File with keys of private DataNets: a JSON object of ids and 64 hex digits, readable by its owner only.
    #[arg(long, env = "ORACLE_DATANET_KEYS")]
    datanet_keys: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct Act {
    #[command(flatten)]
    place: Place,
    /// The model.
    #[arg(long)]
    model: u64,
    /// File with the key that signs: 64 hex digits, readable by its owner only.
    #[arg(long, env = "ORACLE_KEY_FILE")]
    key: PathBuf,
    /// The operator's own folder.
    #[arg(long, env = "ORACLE_STATE", default_value = "oracle-state")]
    state: PathBuf,
}

#[derive(Debug, Args)]
struct OpenArguments {
    #[command(flatten)]
    act: Act,
    /// Open a valuation round, which shares royalties and a tranche of the stake by utility.
    #[arg(long)]
    valuation: bool,
}

#[derive(Debug, Args)]
struct ClaimArguments {
    #[command(flatten)]
    act: Act,
    /// Positions, separated by commas.
    #[arg(long, value_delimiter = ',', required = true)]
    positions: Vec<u32>,
}

#[derive(Debug, Args)]
struct ReplayArguments {
    #[command(flatten)]
    place: Place,
    /// The model.
    #[arg(long)]
    model: u64,
    /// The settled round.
    #[arg(long)]
    round: u64,
    /// Also recompute the scores from the published receipts and training data.
    #[arg(long)]
    influence: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct StatementArguments {
    /// The account.
    #[arg(long)]
    account: String,
    /// First epoch, by block time.
    #[arg(long)]
    from: u64,
    /// Last epoch.
    #[arg(long)]
    to: u64,
    /// Folder of a demo: its saved chain.
    #[arg(long, default_value = "demo-out")]
    out: PathBuf,
    /// Also write it as CSV.
    #[arg(long)]
    csv: Option<PathBuf>,
    /// Also write it as a page to print.
    #[arg(long)]
    html: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Runs a command: `true` for yes or done, `false` for no.
///
/// # Errors
/// Whatever kept it from running.
pub fn run(arguments: Arguments) -> Result<bool> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start the runtime")?;
    runtime.block_on(async {
        match arguments.command {
            Command::Demo(demo) => run_demo(demo).await,
            Command::Replay(replay) => run_replay(replay).await,
            Command::Statement(statement) => run_statement(statement).await,
            Command::Claim(claim) => run_claim(claim).await,
            Command::Open(open) if open.valuation => run_act(open.act, Step::OpenValuation).await,
            Command::Open(open) => run_act(open.act, Step::Open).await,
            Command::Commit(act) => run_act(act, Step::Commit).await,
            Command::Reveal(act) => run_act(act, Step::Reveal).await,
            Command::Aggregate(act) => run_act(act, Step::Aggregate).await,
            Command::Advance(act) => run_act(act, Step::Advance).await,
        }
    })
}

async fn run_demo(arguments: DemoArguments) -> Result<bool> {
    let DemoArguments { out, seed, epochs, operators, fresh, data } = arguments;
    if fresh {
        story::start_over(&out)?;
    }
    let progress = Progress::visible();
    let options = Options { data, out, size: Size { seed, epochs, operators } };
    let report = story::tell(&options, &progress).await?;
    let written = report::write(&report, &options.out)?;
    println!("{}", report::terminal::render(&report));
    println!("{}\n{}", written.html.display(), written.json.display());
    let failed: Vec<&str> =
        report.checks.iter().filter(|check| !check.holds).map(|check| check.name.as_str()).collect();
    if !failed.is_empty() {
        eprintln!("oracle: these checks do not hold: {}", failed.join(", "));
    }
    Ok(failed.is_empty())
}

async fn run_replay(arguments: ReplayArguments) -> Result<bool> {
    let (model, round) = (ModelId(arguments.model), RoundId(arguments.round));
    // An auditor looks at whatever chain it is shown: what breaks an invariant there is a difference to name, not an obstacle.
    let (contracts, _) = connect(&arguments.place, Checks::Off).await?;
    let mut replayed = replay::replay(&contracts, model, round).await?;
    if arguments.influence {
        let cache = std::env::temp_dir().join(format!("oracle-replay-{}", std::process::id()));
        let engine = engine(&arguments.place, &contracts, cache.clone())?;
        let steps = replay::steps(&contracts, model, round).await?;
        let last = steps.last().context("a settled round has a step")?;
        let distance = replay::influence(&engine, &last.aggregate, model, round).await;
        // The cache is this process's own; nothing else reads it.
        std::fs::remove_dir_all(&cache).ok();
        replayed.influence = Some(distance?);
    }
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&replayed)?);
    } else {
        print!("{}", replayed.describe());
    }
    Ok(replayed.agrees())
}

async fn run_statement(arguments: StatementArguments) -> Result<bool> {
    let StatementArguments { account, from, to, out, csv, html, json } = arguments;
    // As in a replay, what is wrong with the chain is the answer and not an obstacle.
    let (contracts, client) = connect(&Place { out, datanet_keys: None }, Checks::Off).await?;
    let made = match statement::account(&contracts, &client, &account, Epoch(from)..=Epoch(to)).await {
        Err(error) if error.is_mismatch() => {
            eprintln!("oracle: the chain's books do not add up: {error}");
            return Ok(false);
        }
        made => made?,
    };
    let write = |path: PathBuf, text: String| {
        std::fs::write(&path, text).with_context(|| format!("cannot write the statement to {}", path.display()))
    };
    csv.map(|path| write(path, statement::csv(&made))).transpose()?;
    if let Some(path) = html {
        write(path, statement::page(&made)?)?;
    }
    if json {
        println!("{}", serde_json::to_string_pretty(&made)?);
    } else {
        print!("{}", statement::render(&made));
    }
    Ok(made.adds_up())
}

#[derive(Clone, Copy)]
enum Step {
    Open,
    OpenValuation,
    Commit,
    Reveal,
    Aggregate,
    Advance,
}

async fn run_act(act: Act, step: Step) -> Result<bool> {
    let (contracts, client) = connect(&act.place, Checks::On).await?;
    let signer = signer(&act.key)?;
    let model = ModelId(act.model);
    match step {
        Step::Open => {
            contracts.tell_attribution(&signer, &AttributionMsg::Open { model }).await?;
        }
        Step::OpenValuation => {
            contracts.tell_attribution(&signer, &AttributionMsg::OpenValuation { model }).await?;
        }
        Step::Commit => {
            let round = open_round(&contracts, model).await?;
            if let Some(lacking) = node(&act, &contracts, signer)?.commit(&round).await? {
                eprintln!(
                    "oracle: committed to `too few`, since the round cannot be measured: {:#}",
                    anyhow::Error::from(lacking)
                );
            }
        }
        Step::Reveal => node(&act, &contracts, signer)?.reveal(&open_round(&contracts, model).await?).await?,
        Step::Aggregate => {
            let round = open_round(&contracts, model).await?.id;
            contracts.tell_attribution(&signer, &AttributionMsg::Aggregate { model, round, limit: None }).await?;
        }
        Step::Advance => {
            let round = open_round(&contracts, model).await?.id;
            contracts.tell_attribution(&signer, &AttributionMsg::Advance { model, round, limit: None }).await?;
        }
    }
    save(&act.place, &client).await
}

async fn run_claim(arguments: ClaimArguments) -> Result<bool> {
    let (contracts, client) = connect(&arguments.act.place, Checks::On).await?;
    let signer = signer(&arguments.act.key)?;
    let claims = vec![ClaimItem { model: ModelId(arguments.act.model), positions: arguments.positions }];
    contracts.tell_settlement(&signer, &SettlementMsg::Claim { claims }).await?;
    save(&arguments.act.place, &client).await
}

async fn connect(place: &Place, checks: Checks) -> Result<(Contracts, EmbeddedClient)> {
    let file = place.out.join(CHAIN_FILE);
    let client = EmbeddedClient::open(&file, checks).await.with_context(|| {
        format!("cannot open the chain {}: run scripts/demo first, or name its folder with --out", file.display())
    })?;
    let deployment = client.deployment().await?.context("no contracts are deployed on this chain")?;
    Ok((Contracts::new(Arc::new(client.clone()), deployment), client))
}

async fn save(place: &Place, client: &EmbeddedClient) -> Result<bool> {
    client.save(&place.out.join(CHAIN_FILE)).await.context("cannot save the chain")?;
    Ok(true)
}

fn signer(path: &Path) -> Result<Signer> {
    Signer::load(path).with_context(|| format!("cannot use the key {}", path.display()))
}

fn engine(place: &Place, contracts: &Contracts, cache: PathBuf) -> Result<Engine> {
    let keys = place.datanet_keys.as_deref().map(DatanetKeys::load).transpose()?.unwrap_or_default();
    let published = Published::at(place.out.join(PUBLISHED_FOLDER));
    Ok(Engine { contracts: contracts.clone(), published, keys, cache })
}

fn node(act: &Act, contracts: &Contracts, signer: Signer) -> Result<Node> {
    let state = StateFolder::at(&act.state);
    let engine = engine(&act.place, contracts, state.cache())?;
    Ok(Node { signer, state, engine })
}

async fn open_round(contracts: &Contracts, model: ModelId) -> Result<Round> {
    match contracts.open_round(model).await? {
        Some(round) => Ok(round),
        None => {
            bail!("model {model} has no open round: `oracle open` opens one when an epoch's redemption period is over")
        }
    }
}
