//! `oracle status`: where chain, rounds and the operator stand.

use anyhow::Result;
use chain::embedded::Checks;
use clap::Args;
use comfy_table::{Table, presets::UTF8_BORDERS_ONLY};
use protocol::{
    Epoch, ModelId,
    attribution::{Operator, Participation, Round},
    model::Model,
    settlement::{Openable, QueryMsg as SettlementQuery},
};
use serde::Serialize;

use super::place::{Found, Place};
use crate::{contracts::Contracts, daemon::survey};

#[derive(Debug, Args)]
pub struct StatusArguments {
    #[command(flatten)]
    place: Place,
    /// The operator's account; with --home, that of its key.
    #[arg(long)]
    account: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Where everything stands.
#[derive(Debug, Serialize)]
struct Standing {
    /// The chain.
    chain: chain::Status,
    /// Its epoch.
    epoch: Option<Epoch>,
    /// The operator's account.
    account: Option<Account>,
    /// The models.
    models: Vec<ModelStanding>,
}

/// An operator.
#[derive(Debug, Serialize)]
struct Account {
    address: String,
    /// OPEN, in uopen.
    open_uopen: String,
    /// Rewards that wait in settlement, in uopen.
    rewards_uopen: String,
    /// What the methods say that admitted it.
    methods: Vec<Operator>,
}

/// A model.
#[derive(Debug, Serialize)]
struct ModelStanding {
    model: ModelId,
    name: String,
    versions: u32,
    positions: u32,
    /// Its open round.
    round: Option<Round>,
    /// The operator's part in that.
    part: Option<Participation>,
    /// What a round could cover now, where none is open.
    openable: Option<Openable>,
}

/// Says where everything stands.
pub async fn run(arguments: StatusArguments) -> Result<bool> {
    let found = arguments.place.find(Checks::Off).await?;
    let address = match arguments.account {
        Some(account) => Some(account),
        None => found.signer(None).ok().map(|signer| signer.address().to_owned()),
    };
    let standing = standing(&found, address).await?;
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&standing)?);
    } else {
        print!("{}", render(&standing));
    }
    Ok(true)
}

async fn standing(found: &Found, address: Option<String>) -> Result<Standing> {
    let contracts = &found.contracts;
    let mut models = Vec::new();
    for model in contracts.models().await? {
        models.push(of_model(contracts, model, address.as_deref()).await?);
    }
    let account = match address {
        Some(address) => Some(account(contracts, address).await?),
        None => None,
    };
    let epoch = contracts.settlement(&SettlementQuery::CurrentEpoch {}).await?;
    Ok(Standing { chain: contracts.status().await?, epoch, account, models })
}

async fn of_model(contracts: &Contracts, record: Model, address: Option<&str>) -> Result<ModelStanding> {
    let (model, name) = (record.id, record.name);
    let round = contracts.open_round(model).await?;
    let part = match (&round, address) {
        (Some(round), Some(address)) => {
            let parts = contracts.participations(model, round.id).await?;
            parts.into_iter().find(|part| part.operator.as_str() == address)
        }
        _ => None,
    };
    let openable = match round {
        Some(_) => None,
        None => Some(contracts.settlement(&SettlementQuery::Openable { model }).await?),
    };
    Ok(ModelStanding { model, name, versions: record.versions, positions: record.positions, round, part, openable })
}

async fn account(contracts: &Contracts, address: String) -> Result<Account> {
    Ok(Account {
        open_uopen: contracts.open_balance(&address).await?.to_string(),
        rewards_uopen: contracts.balance(&address).await?.to_string(),
        methods: survey::standings(contracts, &address).await?,
        address,
    })
}

fn render(standing: &Standing) -> String {
    let mut text = format!(
        "chain {}, block {}, epoch {}\n",
        standing.chain.chain_id,
        standing.chain.height.saturating_sub(1),
        standing.epoch.map_or("not begun".to_owned(), |epoch| epoch.to_string()),
    );
    if let Some(account) = &standing.account {
        text += &format!(
            "operator {}: {} uopen, {} uopen of rewards wait\n",
            account.address, account.open_uopen, account.rewards_uopen
        );
        for operator in &account.methods {
            text += &format!(
                "  method {}: bond {} uopen, missed {}, slashed {}, penalties {}\n",
                operator.method, operator.bond, operator.missed, operator.slashed, operator.penalties
            );
        }
    }
    let mut table = Table::new();
    table.load_preset(UTF8_BORDERS_ONLY).set_header(["model", "name", "versions", "round", "phase", "own part"]);
    for model in &standing.models {
        table.add_row([
            model.model.to_string(),
            model.name.clone(),
            model.versions.to_string(),
            model.round.as_ref().map_or_else(|| waiting(model), |round| round.id.to_string()),
            model.round.as_ref().map_or_else(String::new, |round| format!("{:?}", round.phase).to_lowercase()),
            part(model),
        ]);
    }
    text + &format!("{table}\n")
}

fn waiting(model: &ModelStanding) -> String {
    match &model.openable {
        Some(Openable::Range(range)) => format!("epochs {} to {} can open", range.first_epoch, range.last_epoch),
        Some(Openable::Redeemable { epoch, .. }) => format!("epoch {epoch} can still be redeemed"),
        Some(Openable::NoFees {}) | None => "no fees wait".to_owned(),
    }
}

fn part(model: &ModelStanding) -> String {
    match &model.part {
        None => "none".to_owned(),
        Some(part) if part.revealed.is_some() => "revealed".to_owned(),
        Some(part) if part.commitment.is_some() => "committed".to_owned(),
        Some(_) => "to commit".to_owned(),
    }
}
