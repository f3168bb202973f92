//! What makes, checks and runs an operator.

use std::{io, path::PathBuf};

use anyhow::{Context, Result};
use clap::Args;

use super::place::HomeArguments;
use crate::{
    config::{Environment, FILE, init},
    doctor, paying, run, secrets, serving,
};

#[derive(Debug, Args)]
pub struct InitArguments {
    /// The folder to be made.
    #[arg(long, env = "ORACLE_HOME", default_value = "oracle-home")]
    home: PathBuf,
    /// A setting other than its default, as chain.chain_id=open-local-1; again for more.
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
}

#[derive(Debug, Args)]
pub struct KeysArguments {
    #[command(flatten)]
    home: HomeArguments,
    /// Read a phrase of 24 words, or 64 hex digits, from standard input into the configured file, which must not exist.
    #[arg(long)]
    import: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub struct DoctorArguments {
    #[command(flatten)]
    home: HomeArguments,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub struct PayArguments {
    #[command(flatten)]
    home: HomeArguments,
    /// Show what was spent, and go. Not while the payer runs: ask it at /spent.
    #[arg(long)]
    spent: bool,
    /// Print JSON.
    #[arg(long, requires = "spent")]
    json: bool,
}

/// Writes a home.
pub fn init(arguments: InitArguments) -> Result<bool> {
    let InitArguments { home, set } = arguments;
    let pair = |setting: &String| {
        let (key, value) = setting.split_once('=')?;
        Some((key.trim().to_owned(), value.trim().to_owned()))
    };
    let set = set
        .iter()
        .map(|setting| pair(setting).with_context(|| format!("--set {setting}: a key, `=` and a value are expected")))
        .collect::<Result<_>>()?;
    print!("{}", init::init(&init::Init { home, set })?.describe());
    Ok(true)
}

/// Shows or imports a key.
pub fn keys(arguments: KeysArguments) -> Result<bool> {
    let (config, environment) = arguments.home.config()?;
    let account = match arguments.import {
        true => secrets::import(&config.key, &mut io::stdin().lock())?,
        false => secrets::account(&config.key, &environment)?,
    };
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&account)?);
    } else {
        let secrets::Account { address, public_key, reading_key, source } = account;
        println!(
            "address      {address}\npublic key   {public_key}\nreading key  {reading_key}\nfrom         {source}"
        );
    }
    Ok(true)
}

/// Runs the operator.
pub async fn run(home: &HomeArguments) -> Result<bool> {
    let (config, environment) = home.config()?;
    run::run(&config, &environment).await
}

/// Runs the gateway.
pub async fn serve(home: &HomeArguments) -> Result<bool> {
    let (config, environment) = home.config()?;
    serving::run(&config, &environment).await
}

/// Runs the payer, or shows what it spent.
pub async fn pay(arguments: &PayArguments) -> Result<bool> {
    let (config, environment) = arguments.home.config()?;
    if arguments.spent {
        let spent = paying::spent(&config)?;
        match arguments.json {
            true => println!("{}", serde_json::to_string_pretty(&spent)?),
            false => println!("{}", paying::table(&spent)),
        }
        return Ok(true);
    }
    paying::run(&config, &environment).await
}

/// Looks for what is wrong.
pub async fn doctor(arguments: DoctorArguments) -> Result<bool> {
    let environment = Environment::of_process()?;
    let findings = doctor::run(&arguments.home.home.join(FILE), &environment).await;
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&findings)?);
    } else {
        print!("{}", doctor::table(&findings));
    }
    Ok(doctor::passes(&findings))
}
