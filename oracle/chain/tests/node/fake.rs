//! A node that does on purpose what real ones do by chance: it loses requests and answers, forgets its mempool, is late, is of another
//! chain. It makes a block whenever it is asked for its status; what it answers has the form of a wasmd 0.61.14 (`answers/`).

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chain::WasmdOptions;
use cosmrs::{
    Any,
    proto::{
        cosmos::{
            auth::v1beta1::{BaseAccount, QueryAccountResponse},
            base::abci::v1beta1::GasInfo,
            tx::v1beta1::{AuthInfo, SimulateResponse, TxBody, TxRaw},
        },
        traits::Message as _,
    },
};
use cosmwasm_std::Binary;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
};

/// The chain that the node says it is of.
pub const CHAIN_ID: &str = "fake-1";

/// What goes wrong; each number counts down.
#[derive(Clone, Debug)]
pub struct Faults {
    /// Broadcasts that do not reach the node.
    pub lost_requests: u32,
    /// Broadcasts that reach it, but whose answers are lost.
    pub lost_answers: u32,
    /// Broadcasts that it refuses because its mempool is full.
    pub full: u32,
    /// Blocks that it makes before a transaction comes into one; its timeout height still holds.
    pub late: u64,
    /// The height at which it forgets its mempool.
    pub forgets_at: Option<u64>,
    /// Other requests that get no answer.
    pub silent: u32,
    /// How long every answer takes.
    pub delay: Duration,
    /// Whether its index of transactions is empty.
    pub index: Index,
    /// Blocks that it makes when asked for its status; none when the chain stands still.
    pub pace: u64,
    /// Whether it says that it is catching up.
    pub catching_up: bool,
    /// What a transaction in a block says, if it failed.
    pub failure: Option<(u32, &'static str)>,
}

/// Whether a node finds transactions by their hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Index {
    /// It does.
    Kept,
    /// It has the blocks only.
    Absent,
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            lost_requests: 0,
            lost_answers: 0,
            full: 0,
            late: 1,
            forgets_at: None,
            silent: 0,
            delay: Duration::ZERO,
            index: Index::Kept,
            pace: 1,
            catching_up: false,
            failure: None,
        }
    }
}

/// A transaction that the node knows.
#[derive(Clone, Debug)]
struct Known {
    bytes: Vec<u8>,
    sequence: u64,
    timeout_height: u64,
    seen_at: u64,
}

/// The chain behind the node.
#[derive(Debug)]
pub struct State {
    pub faults: Faults,
    pub chain_id: String,
    pub height: u64,
    /// Time of the block at height 0, in seconds.
    pub start: u64,
    /// Transactions that the account has in blocks.
    pub sequence: u64,
    /// Broadcasts that reached the node.
    pub offers: u32,
    mempool: Vec<Known>,
    /// Transactions in blocks, with their heights.
    pub included: Vec<(u64, Vec<u8>)>,
}

/// A running node; it ends with the test's runtime.
#[derive(Clone)]
pub struct FakeNode {
    state: Arc<Mutex<State>>,
    address: String,
}

enum Reply {
    Answer(Value),
    Nothing,
}

impl FakeNode {
    pub async fn start(faults: Faults) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let state = State {
            faults,
            chain_id: CHAIN_ID.to_owned(),
            height: 10,
            start: 1_800_000_000,
            sequence: 3,
            offers: 0,
            mempool: Vec::new(),
            included: Vec::new(),
        };
        let node =
            Self { state: Arc::new(Mutex::new(state)), address: format!("http://{}", listener.local_addr().unwrap()) };
        tokio::spawn(serve(listener, Arc::clone(&node.state)));
        node
    }

    /// Settings with short pauses.
    pub fn options(&self) -> WasmdOptions {
        WasmdOptions {
            retry_pause: Duration::from_millis(1),
            poll_interval: Duration::from_millis(1),
            confirm_timeout: Duration::from_secs(5),
            request_timeout: Duration::from_millis(500),
            timeout_blocks: 8,
            ..WasmdOptions::new(&self.address, CHAIN_ID)
        }
    }

    /// Sets the time of the latest block, in seconds.
    pub fn set_time(&self, time: u64) {
        let mut state = self.state();
        state.start = time - state.height;
    }

    /// Transactions in blocks, the account's sequence, and broadcasts that arrived.
    pub fn counts(&self) -> (usize, u64, u32) {
        let state = self.state();
        (state.included.len(), state.sequence, state.offers)
    }

    /// Held for one statement only: the node needs it to answer.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn serve(listener: TcpListener, state: Arc<Mutex<State>>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(converse(stream, Arc::clone(&state)));
    }
}

/// Answers requests of one connection; ends it where a request or an answer is to be lost.
async fn converse(stream: TcpStream, state: Arc<Mutex<State>>) {
    let mut stream = BufReader::new(stream);
    while let Some(request) = read(&mut stream).await {
        let (reply, delay) = {
            let mut state = state.lock().unwrap();
            let (method, params) = (request["method"].as_str().unwrap().to_owned(), &request["params"]);
            (state.reply(&method, params), state.faults.delay)
        };
        tokio::time::sleep(delay).await;
        let Reply::Answer(mut answer) = reply else { return };
        answer["jsonrpc"] = json!("2.0");
        answer["id"] = request["id"].clone();
        let body = answer.to_string();
        let head =
            format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", body.len());
        if stream.write_all((head + &body).as_bytes()).await.is_err() {
            return;
        }
    }
}

async fn read(stream: &mut BufReader<TcpStream>) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        match line.trim().to_ascii_lowercase().split_once(':') {
            Some(("content-length", value)) => length = value.trim().parse().ok()?,
            Some(_) => {}
            None if line.trim().is_empty() => break,
            None => {}
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    serde_json::from_slice(&body).ok()
}

fn result(value: Value) -> Reply {
    Reply::Answer(json!({ "result": value }))
}

fn error(data: impl Into<String>) -> Reply {
    Reply::Answer(json!({ "error": { "code": -32603, "message": "Internal error", "data": data.into() } }))
}

fn counts_down(count: &mut u32) -> bool {
    let counts = *count > 0;
    *count = count.saturating_sub(1);
    counts
}

fn template(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

impl State {
    fn reply(&mut self, method: &str, params: &Value) -> Reply {
        if method != "broadcast_tx_sync" && counts_down(&mut self.faults.silent) {
            return Reply::Nothing;
        }
        match method {
            "status" => self.status(),
            "abci_query" => self.query(params),
            "broadcast_tx_sync" => self.broadcast(params),
            "tx" => self.transaction(params),
            "header" => result(json!({ "header": self.block(params)["block"]["header"] })),
            "block" => result(self.block(params)),
            "block_results" => self.results(params),
            other => error(format!("{other} is not known here")),
        }
    }

    /// Makes a block.
    fn advance(&mut self) {
        if self.faults.pace == 0 {
            return;
        }
        self.height += self.faults.pace;
        if self.faults.forgets_at == Some(self.height) {
            self.mempool.clear();
        }
        let (height, late) = (self.height, self.faults.late);
        self.mempool.retain(|known| known.timeout_height >= height);
        let ripe =
            self.mempool.iter().position(|known| known.seen_at + late <= height && known.sequence == self.sequence);
        if let Some(ripe) = ripe {
            self.included.push((height, self.mempool.remove(ripe).bytes));
            self.sequence += 1;
        }
    }

    fn status(&mut self) -> Reply {
        self.advance();
        let mut status = template(include_str!("answers/status.json"));
        status["node_info"]["network"] = json!(self.chain_id);
        status["sync_info"]["latest_block_height"] = json!(self.height.to_string());
        status["sync_info"]["latest_block_time"] = json!(self.time(self.height));
        status["sync_info"]["catching_up"] = json!(self.faults.catching_up);
        result(status)
    }

    fn time(&self, height: u64) -> String {
        let time = i64::try_from(self.start + height).unwrap();
        cosmrs::tendermint::Time::from_unix_timestamp(time, 0).unwrap().to_rfc3339()
    }

    fn query(&self, params: &Value) -> Reply {
        let value = match params["path"].as_str().unwrap() {
            "/cosmos.auth.v1beta1.Query/Account" => self.account(),
            "/cosmos.tx.v1beta1.Service/Simulate" => {
                let data = hex::decode(params["data"].as_str().unwrap()).unwrap();
                let request = cosmrs::proto::cosmos::tx::v1beta1::SimulateRequest::decode(data.as_slice()).unwrap();
                let signed = known(&request.tx_bytes, 0).sequence;
                if signed != self.sequence {
                    let log = format!(
                        "rpc error: code = Unknown desc = account sequence mismatch, expected {}, got {signed}: incorrect \
                         account sequence [cosmos/cosmos-sdk@v0.53.6/x/auth/ante/sigverify.go:364] with gas used: '35448'",
                        self.sequence
                    );
                    return result(
                        json!({ "response": { "code": 18, "codespace": "sdk", "log": log, "height": "4", "index": "0" } }),
                    );
                }
                let gas = GasInfo { gas_wanted: 0, gas_used: 100_000 };
                SimulateResponse { gas_info: Some(gas), result: None }.encode_to_vec()
            }
            other => panic!("{other} is not asked of this node"),
        };
        let value = Binary::from(value).to_base64();
        result(json!({ "response": { "code": 0, "log": "", "value": value, "height": "4", "index": "0" } }))
    }

    fn account(&self) -> Vec<u8> {
        let account = BaseAccount { account_number: 7, sequence: self.sequence, ..BaseAccount::default() };
        let any = Any { type_url: "/cosmos.auth.v1beta1.BaseAccount".to_owned(), value: account.encode_to_vec() };
        QueryAccountResponse { account: Some(any) }.encode_to_vec()
    }

    fn broadcast(&mut self, params: &Value) -> Reply {
        if counts_down(&mut self.faults.lost_requests) {
            return Reply::Nothing;
        }
        self.offers += 1;
        let bytes = Binary::from_base64(params["tx"].as_str().unwrap()).unwrap().to_vec();
        let answer = self.check(bytes);
        if counts_down(&mut self.faults.lost_answers) { Reply::Nothing } else { answer }
    }

    fn check(&mut self, bytes: Vec<u8>) -> Reply {
        if counts_down(&mut self.faults.full) {
            return error("mempool is full: number of txs 5000 (max: 5000), total txs bytes 1 (max: 2)");
        }
        let has = |own: &Vec<u8>| *own == bytes;
        if self.mempool.iter().any(|own| has(&own.bytes)) || self.included.iter().any(|(_, own)| has(own)) {
            return error("tx already exists in cache");
        }
        let new = known(&bytes, self.height);
        let mut checked = json!({ "code": 0, "codespace": "", "data": "", "log": "", "hash": hash(&bytes) });
        if new.sequence != self.sequence {
            let (expected, got) = (self.sequence, new.sequence);
            checked["code"] = json!(32);
            checked["codespace"] = json!("sdk");
            checked["log"] =
                json!(format!("account sequence mismatch, expected {expected}, got {got}: incorrect account sequence"));
        } else {
            self.mempool.push(new);
        }
        result(checked)
    }

    fn transaction(&self, params: &Value) -> Reply {
        let wanted = hex::encode_upper(Binary::from_base64(params["hash"].as_str().unwrap()).unwrap());
        let found = self.included.iter().find(|(_, bytes)| hash(bytes) == wanted);
        match found.filter(|_| self.faults.index == Index::Kept) {
            Some((height, bytes)) => result(json!({
                "hash": wanted, "height": height.to_string(), "index": 0,
                "tx_result": self.outcome(), "tx": Binary::from(bytes.clone()).to_base64(),
            })),
            None => error(format!("tx ({wanted}) not found")),
        }
    }

    fn outcome(&self) -> Value {
        let (code, log) = self.faults.failure.unwrap_or_default();
        let codespace = if code == 0 { "" } else { "wasm" };
        json!({ "code": code, "codespace": codespace, "data": null, "log": log, "info": "", "gas_wanted": "130000", "gas_used": "90000", "events": [
            { "type": "tx", "attributes": [{ "key": "fee", "value": "130stake", "index": true }] },
            { "type": "wasm-done", "attributes": [
                { "key": "_contract_address", "value": "wasm1contract", "index": true },
                { "key": "msg_index", "value": "0", "index": true },
            ] },
        ] })
    }

    fn block(&self, params: &Value) -> Value {
        let height: u64 = params["height"].as_str().unwrap().parse().unwrap();
        let mut block = template(include_str!("answers/block.json"));
        let transactions = self.included.iter().filter(|(at, _)| *at == height);
        let transactions: Vec<_> = transactions.map(|(_, bytes)| Binary::from(bytes.clone()).to_base64()).collect();
        block["block"]["header"]["height"] = json!(height.to_string());
        block["block"]["header"]["time"] = json!(self.time(height));
        block["block"]["data"]["txs"] = json!(transactions);
        block
    }

    fn results(&self, params: &Value) -> Reply {
        let transactions = self.block(params)["block"]["data"]["txs"].as_array().unwrap().len();
        result(json!({
            "height": params["height"], "txs_results": vec![self.outcome(); transactions], "finalize_block_events": [],
            "validator_updates": null, "consensus_param_updates": null, "app_hash": "",
        }))
    }
}

fn known(bytes: &[u8], seen_at: u64) -> Known {
    let raw = TxRaw::decode(bytes).unwrap();
    let auth = AuthInfo::decode(raw.auth_info_bytes.as_slice()).unwrap();
    let body = TxBody::decode(raw.body_bytes.as_slice()).unwrap();
    Known {
        bytes: bytes.to_vec(),
        sequence: auth.signer_infos[0].sequence,
        timeout_height: body.timeout_height,
        seen_at,
    }
}

fn hash(bytes: &[u8]) -> String {
    hex::encode_upper(Sha256::digest(bytes))
}
