//! A client of OpenAI's API that asks again until it is answered, says so as OpenAI's own clients do, and takes nothing for an answer that is not whole.

use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use serde_json::{Value, json};

use super::world::MODEL;

/// How long a client asks again.
const PATIENCE: Duration = Duration::from_secs(90);
const PAUSE: Duration = Duration::from_millis(150);
/// How often a client has asked before.
const RETRIES: &str = "x-stainless-retry-count";

/// What is asked, each prompt once.
#[derive(Clone, Debug)]
pub struct Question {
    pub prompt: String,
    pub tokens: usize,
    pub stream: bool,
}

impl Question {
    pub fn body(&self) -> Value {
        // As the model itself draws, so that two answers to one question would differ; and none ends before its last token.
        json!({"model": MODEL, "prompt": self.prompt, "max_tokens": self.tokens, "stream": self.stream})
    }
}

/// Asks once, for the first time: the whole answer, or why there is none.
pub async fn ask(http: &reqwest::Client, at: &str, question: &Question) -> Result<String> {
    ask_after(http, at, question, 0).await
}

async fn ask_after(http: &reqwest::Client, at: &str, question: &Question, retries: usize) -> Result<String> {
    let request = http.post(format!("{at}/v1/completions")).header(RETRIES, retries.to_string());
    let response = request.body(question.body().to_string()).send().await?;
    let status = response.status();
    let told = response.text().await?;
    ensure!(status.is_success(), "{status}: {told}");
    if question.stream { of_stream(&told) } else { text_of(&serde_json::from_str(&told)?) }
}

/// Asks until there is an answer, after so many tries.
pub async fn ask_on(http: &reqwest::Client, at: &str, question: &Question, mut retries: usize) -> Result<String> {
    let began = Instant::now();
    loop {
        match ask_after(http, at, question, retries).await {
            Ok(answer) => return Ok(answer),
            Err(error) if began.elapsed() > PATIENCE => return Err(error.context(format!("{question:?}"))),
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
        retries += 1;
    }
}

fn text_of(told: &Value) -> Result<String> {
    match told["choices"][0]["text"].as_str() {
        Some(text) => Ok(text.to_owned()),
        None => bail!("it is no answer: {told}"),
    }
}

fn of_stream(told: &str) -> Result<String> {
    ensure!(told.trim_end().ends_with("data: [DONE]"), "the stream is cut: {told}");
    let mut text = String::new();
    for data in told.lines().filter_map(|line| line.strip_prefix("data: ")).filter(|data| *data != "[DONE]") {
        let chunk: Value = serde_json::from_str(data)?;
        ensure!(chunk.get("error").is_none(), "{chunk}");
        text.push_str(&text_of(&chunk)?);
    }
    Ok(text)
}
