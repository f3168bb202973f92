//! The package `openai` as it is on PyPI, pointed at `oracle pay`; and a gateway that is told to stop while it answers.

use std::{path::PathBuf, process::Command, time::Duration};

use anyhow::{Context, Result, ensure};

use super::{
    asking::Question,
    books::{self, Told},
    world::{MODEL, Payer, World, log},
};
use crate::devnet::root;

/// Tokens of the answer during which the gateway is told to stop.
const LONG: usize = 890;

/// Where `scripts/test-wasmd` put the package.
fn python() -> PathBuf {
    root().join("target/openai/bin/python")
}

/// The client's own lines: what they expect stands there.
fn run_client(payer: &Payer, poor: &Payer) -> Result<()> {
    let script = root().join("oracle/operator/tests/wasmd/openai_client.py");
    let output = Command::new(python())
        .arg(script)
        .args([MODEL, &payer.at, &poor.at])
        .output()
        .context("the package openai is not there: run scripts/test-wasmd")?;
    let (told, error) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    ensure!(output.status.success(), "{told}\n{error}\n-- pay\n{}", log(&payer.process));
    print!("{told}");
    Ok(())
}

/// Told to stop while it answers, it takes nothing new, and finishes and books what it began.
async fn stopped_while_it_answers(world: &mut World, payer: &Payer) -> Result<(String, String)> {
    let http = reqwest::Client::new();
    let question = Question { prompt: "the ray of long ago".to_owned(), tokens: LONG, stream: true };
    let mut answer = http.post(format!("{}/v1/completions", payer.at)).body(question.body().to_string()).send().await?;
    ensure!(answer.status().is_success(), "{}: {}", answer.status(), answer.text().await?);
    let mut told = Vec::new();
    // Some of it is there, and far from all.
    for _ in 0..3 {
        told.extend(answer.chunk().await?.context("it has begun")?);
    }
    let at = world.gateway_at.clone();
    let asked_to_stop = std::time::Instant::now();
    let refused = async {
        let mut was_taken = true;
        while was_taken && asked_to_stop.elapsed() < Duration::from_secs(5) {
            let late = reqwest::Client::new().get(format!("{at}/v1/models")).send().await;
            was_taken = late.is_ok_and(|response| response.status().is_success());
        }
        was_taken
    };
    let rest = async {
        while let Some(bytes) = answer.chunk().await? {
            told.extend(bytes);
        }
        Ok::<_, anyhow::Error>(())
    };
    let (stopped, was_taken, rest) = tokio::join!(world.gateway.stop(), refused, rest);
    stopped?;
    rest?;
    ensure!(!was_taken, "a gateway that was told to stop took new requests");
    let told = String::from_utf8(told)?;
    ensure!(told.trim_end().ends_with("data: [DONE]"), "the answer was cut: {told}");
    let text: String = told
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line.strip_prefix("data: ")?).ok())
        .filter_map(|chunk| chunk["choices"][0]["text"].as_str().map(str::to_owned))
        .collect();
    Ok((question.prompt, text))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_real_openai_package_buys_and_a_gateway_told_to_stop_finishes_what_it_began() -> Result<()> {
    let mut world = World::new().await?;
    world.open("").await?;
    let mut payer =
        world.payer(0, &[("pay.per_call", "9000000"), ("pay.per_day", "900000000"), ("pay.deposit", "40000000")])?;
    // Enough for a few calls of a day.
    let mut poor = world.payer(1, &[("pay.per_day", "150000"), ("pay.deposit", "1000000"), ("pay.at_once", "1")])?;
    payer.open("").await?;
    poor.open("").await?;
    let (paid, client) = tokio::task::spawn_blocking(move || {
        let client = run_client(&payer, &poor);
        ((payer, poor), client)
    })
    .await?;
    client?;
    let (mut payer, mut poor) = paid;
    let (prompt, text) = stopped_while_it_answers(&mut world, &payer).await?;
    poor.process.stop().await?;
    payer.process.stop().await?;
    booked(&world, &prompt, &text)?;
    both_count_alike(&world, [&payer, &poor])
}

fn booked(world: &World, prompt: &str, text: &str) -> Result<()> {
    let till = world.till()?;
    let mut found = Told::new();
    for account in till.accounts()? {
        let last = till.booked(account.channel, account.served.number)?.context("every channel has a call")?;
        found
            .insert(String::from_utf8(last.receipt.prompt.to_vec())?, String::from_utf8(last.receipt.output.to_vec())?);
    }
    ensure!(found.get(prompt).is_some_and(|output| output == text), "{prompt} is not booked as it was told: {found:?}");
    Ok(())
}

fn both_count_alike(world: &World, payers: [&Payer; 2]) -> Result<()> {
    let till = world.till()?;
    let accounts = till.accounts()?;
    let served: u128 = accounts.iter().map(|account| account.served.sum.u128()).sum();
    let spent = payers.iter().map(|payer| books::spent(payer)).sum::<Result<u128>>()?;
    ensure!(spent == served && served > 0, "payers count {spent} uopen, the gateway {served}");
    ensure!(accounts.iter().all(|account| account.unsigned().is_zero()), "not all is signed for");
    Ok(())
}
