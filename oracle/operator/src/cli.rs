//! The command line: raw arguments become checked ones here, once; every command ends in a yes, a no or an error.

mod acts;
mod audit;
mod audits;
mod cite;
mod disclose;
mod duplicates;
mod place;
mod publish;
mod score;
mod service;
mod status;
mod train;

use std::{path::PathBuf, process::ExitCode};

use anyhow::{Context, Result};
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::{
    deploy,
    progress::Progress,
    story::{
        self, Options,
        devnet::OnDevnet,
        ground::{Embedded, Ground},
        plan::Size,
        subject::Subject,
    },
};

/// Settles who gets paid when an AI model is used: the operator's and the auditor's tool.
///
/// Exit codes: 0 done or yes; 1 a negative answer; 2 it could not run.
#[derive(Debug, Parser)]
#[command(name = "oracle", version)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Play the whole story: contribute, train, serve, measure, settle, claim.
    Demo(DemoArguments),
    /// Write a commented configuration and a new key.
    Init(service::InitArguments),
    /// Show the account of the configured key, or import one.
    Keys(service::KeysArguments),
    /// Run the operator: take part in every round of every model that it serves, until told to stop.
    Run(place::HomeArguments),
    /// Serve the models that name this key's account: an HTTP service as OpenAI's, paid call by call, until told to stop.
    Serve(place::HomeArguments),
    /// Pay for calls: a local address at which any client of OpenAI's API can point, until told to stop.
    Pay(service::PayArguments),
    /// Say where chain, rounds and the operator stand.
    Status(status::StatusArguments),
    /// Look for what keeps the operator from doing its part.
    Doctor(service::DoctorArguments),
    /// Open a round over all unsettled epochs whose redemption period is over, or a valuation round.
    Open(acts::OpenArguments),
    /// Measure the open round and commit to the report.
    Commit(acts::Act),
    /// Reveal what was committed; begins the reveal window if the commit window has ended.
    Reveal(acts::Act),
    /// First pass once the reveal window has ended: medians, D, agreement.
    Aggregate(acts::Act),
    /// Second pass: move the ledger.
    Advance(acts::Act),
    /// Claim for positions of a model; the money goes to their payees.
    Claim(acts::ClaimArguments),
    /// Let an auditor read what was paid for: opens the receipts of some epochs to their key. Only who can read them can do it.
    Disclose(disclose::DiscloseArguments),
    /// Recompute a settled round from the chain's public vectors, bit for bit.
    Replay(audits::ReplayArguments),
    /// Say what an account earned and paid in some epochs, to the uopen.
    Statement(audits::StatementArguments),
    /// Say how much each item made a language model answer as it does: a matrix of influences, without any chain.
    Score(score::ScoreArguments),
    /// Train a language model or a LoRA adapter, from files or from a DataNet's contributions. Killed, the same command goes on.
    Train(Box<train::TrainArguments>),
    /// Publish a version that was trained where its operators look for it, before it is registered.
    Publish(publish::PublishArguments),
    /// Hold influence against real retraining: leave contributions out, train again, and compare.
    Audit(Box<audit::AuditArguments>),
    /// Find items that repeat earlier ones, before training.
    Duplicates(duplicates::DuplicatesArguments),
    /// Show where the words of an output stand in the training text. No part of pay.
    Cite(cite::CiteArguments),
    /// Put all contracts onto a chain, or finish what was begun, or show what is deployed.
    Deploy(Box<deploy::DeployArguments>),
}

/// Where a story is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// All contracts in this program; time passes because someone waits for it.
    Embedded,
    /// A local wasmd chain with contracts as wasm, and every operator a process of its own.
    Wasmd,
}

/// What a story is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Story {
    /// A classifier of hand-written digits.
    Digits,
    /// A language model of a book, and a LoRA adapter for another.
    Text,
}

#[derive(Debug, Args)]
struct DemoArguments {
    /// What the story is about.
    #[arg(long, value_enum, default_value_t = Story::Digits)]
    story: Story,
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
    /// Where to play.
    #[arg(long, value_enum, default_value_t = Kind::Embedded)]
    chain: Kind,
    /// Folder of a running devnet, for wasmd.
    #[arg(long, default_value = "devnet/run", hide = true)]
    devnet: PathBuf,
    /// Folder of the contracts as wasm, for wasmd.
    #[arg(long, default_value = "artifacts", hide = true)]
    artifacts: PathBuf,
    /// The file of the digits or the folder of the books, as `data/README.md` describes them.
    #[arg(long, hide = true)]
    data: Option<PathBuf>,
}

impl Story {
    fn subject(self) -> Subject {
        match self {
            Self::Digits => Subject::Digits,
            Self::Text => Subject::Text,
        }
    }

    /// Its data, from the project's folder.
    fn data(self) -> PathBuf {
        match self {
            Self::Digits => "data/digits.csv.gz".into(),
            Self::Text => "data".into(),
        }
    }
}

/// The program: reads the command line, runs the command and says how it ended.
pub fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("oracle: {error:#}");
            ExitCode::from(2)
        }
    }
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
            Command::Init(init) => service::init(init),
            Command::Keys(keys) => service::keys(keys),
            Command::Run(home) => service::run(&home).await,
            Command::Serve(home) => service::serve(&home).await,
            Command::Pay(pay) => service::pay(&pay).await,
            Command::Status(arguments) => status::run(arguments).await,
            Command::Doctor(doctor) => service::doctor(doctor).await,
            Command::Open(open) => acts::open(open).await,
            Command::Commit(act) => acts::commit(&act).await,
            Command::Reveal(act) => acts::reveal(&act).await,
            Command::Aggregate(act) => acts::aggregate(&act).await,
            Command::Advance(act) => acts::advance(&act).await,
            Command::Claim(claim) => acts::claim(claim).await,
            Command::Disclose(disclose) => disclose::run(disclose).await,
            Command::Replay(replay) => audits::replay(replay).await,
            Command::Statement(statement) => audits::statement(statement).await,
            Command::Score(arguments) => score::run(arguments),
            Command::Train(arguments) => train::run(*arguments).await,
            Command::Publish(arguments) => publish::run(arguments).await,
            Command::Audit(arguments) => audit::run(*arguments),
            Command::Duplicates(arguments) => duplicates::run(arguments).await,
            Command::Cite(arguments) => cite::run(arguments),
            Command::Deploy(arguments) => deploy::run(*arguments).await,
        }
    })
}

async fn run_demo(arguments: DemoArguments) -> Result<bool> {
    let DemoArguments { story, out, seed, epochs, operators, fresh, chain, devnet, artifacts, data } = arguments;
    if fresh {
        story::start_over(&out)?;
    }
    let progress = Progress::visible();
    let ground: std::sync::Arc<dyn Ground> = match chain {
        Kind::Embedded => std::sync::Arc::new(Embedded::start().await?),
        Kind::Wasmd => std::sync::Arc::new(OnDevnet::reach(&devnet, artifacts, &out).await?),
    };
    let data = data.unwrap_or_else(|| story.data());
    let options = Options { subject: story.subject(), data, out, size: Size { seed, epochs, operators } };
    let report = story::tell(ground, &options, &progress).await?;
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
