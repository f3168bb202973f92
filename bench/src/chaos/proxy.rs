//! A way to a real node on which transactions and answers get lost, come twice, or come late: a small HTTP proxy that looks for what
//! is offered to the mempool, and passes on everything else.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use anyhow::Result;
use rand::{Rng as _, seq::SliceRandom as _};
use rand_chacha::ChaCha8Rng;
use tokio::{
    io::{self, AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use super::faults::{Fault, Script};

/// The method that offers a transaction.
const OFFER: &[u8] = b"broadcast_tx";
/// Faults in a row after which a transaction is let through.
const IN_A_ROW: u32 = 2;
/// Bytes of a request, at most.
const LONGEST: usize = 4 << 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fortune {
    Fine,
    Lost,
    AnswerLost,
    Twice,
    Late,
    AnswerLate,
}

struct Way {
    chance: ChaCha8Rng,
    faults: Vec<Fault>,
    /// Those that come first, so that each comes.
    first: Vec<Fault>,
    in_a_row: u32,
    happened: Happened,
}

/// How often what happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Happened {
    /// Transactions or answers lost.
    pub lost: u64,
    /// Transactions sent twice.
    pub twice: u64,
    /// Transactions or answers delayed.
    pub delayed: u64,
}

/// A proxy; it ends when dropped.
pub struct Proxy {
    /// Where it listens, as a node's address.
    pub rpc: String,
    way: Arc<Mutex<Way>>,
    task: JoinHandle<()>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Proxy {
    /// A way to the node at `host:port` that is fine until it is told otherwise.
    ///
    /// # Errors
    /// If no port is free.
    pub async fn start(node: String, chance: ChaCha8Rng) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let rpc = format!("http://{}", listener.local_addr()?);
        let way = Way { chance, faults: Vec::new(), first: Vec::new(), in_a_row: 0, happened: Happened::default() };
        let way = Arc::new(Mutex::new(way));
        let task = tokio::spawn(accept(listener, node, Arc::clone(&way)));
        Ok(Self { rpc, way, task })
    }

    /// What goes wrong from now on.
    pub fn play(&self, script: &Script) {
        let of_way = [Fault::Lost, Fault::Duplicated, Fault::Delayed];
        let mut way = lock(&self.way);
        way.faults = of_way.into_iter().filter(|fault| script.has(*fault)).collect();
        let mut first = way.faults.clone();
        first.shuffle(&mut way.chance);
        way.first = first;
    }

    /// What happened since the last call.
    pub fn happened(&self) -> Happened {
        std::mem::take(&mut lock(&self.way).happened)
    }
}

fn lock(way: &Mutex<Way>) -> MutexGuard<'_, Way> {
    way.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn accept(listener: TcpListener, node: String, way: Arc<Mutex<Way>>) {
    while let Ok((client, _)) = listener.accept().await {
        let (node, way) = (node.clone(), Arc::clone(&way));
        // A connection that breaks is what this proxy is for.
        tokio::spawn(async move { drop(serve(client, &node, &way).await) });
    }
}

/// One request and its answer; then the connection ends.
async fn serve(mut client: TcpStream, node: &str, way: &Mutex<Way>) -> io::Result<()> {
    let Some(request) = read_request(&mut client).await? else { return Ok(()) };
    let fortune = if contains(&request, OFFER) { lock(way).fortune() } else { Fortune::Fine };
    match fortune {
        Fortune::Lost => return Ok(()),
        Fortune::Late => wait(way).await,
        Fortune::Twice => drop(ask(node, &request).await?),
        Fortune::Fine | Fortune::AnswerLost | Fortune::AnswerLate => {}
    }
    let answer = ask(node, &request).await?;
    match fortune {
        Fortune::AnswerLost => return Ok(()),
        Fortune::AnswerLate => wait(way).await,
        _ => {}
    }
    client.write_all(&answer).await?;
    client.shutdown().await
}

async fn wait(way: &Mutex<Way>) {
    let delay = lock(way).chance.random_range(500..3_000);
    tokio::time::sleep(Duration::from_millis(delay)).await;
}

async fn ask(node: &str, request: &[u8]) -> io::Result<Vec<u8>> {
    let mut upstream = TcpStream::connect(node).await?;
    upstream.write_all(request).await?;
    let mut answer = Vec::new();
    upstream.read_to_end(&mut answer).await?;
    Ok(answer)
}

/// A whole request, told to end its connection; `None` if there is none.
async fn read_request(client: &mut TcpStream) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    loop {
        if let Some(head) = find(&bytes, b"\r\n\r\n")
            && bytes.len() >= head + 4 + content_length(&bytes[..head])
        {
            bytes.splice(head..head, b"\r\nConnection: close".iter().copied());
            return Ok(Some(bytes));
        }
        if bytes.len() > LONGEST || client.read_buf(&mut bytes).await? == 0 {
            return Ok(None);
        }
    }
}

fn content_length(head: &[u8]) -> usize {
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let line = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    line.and_then(|length| length.trim().parse().ok()).unwrap_or(0)
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    find(bytes, part).is_some()
}

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}

impl Way {
    fn fortune(&mut self) -> Fortune {
        let drawn = self.draw();
        let harmless = matches!(drawn, Fortune::Fine | Fortune::Twice);
        self.in_a_row = if harmless { 0 } else { self.in_a_row + 1 };
        match drawn {
            Fortune::Fine => {}
            Fortune::Lost | Fortune::AnswerLost => self.happened.lost += 1,
            Fortune::Twice => self.happened.twice += 1,
            Fortune::Late | Fortune::AnswerLate => self.happened.delayed += 1,
        }
        drawn
    }

    fn draw(&mut self) -> Fortune {
        if self.faults.is_empty() || self.in_a_row >= IN_A_ROW {
            return Fortune::Fine;
        }
        let first = self.first.pop();
        if first.is_none() && self.chance.random_bool(0.3) {
            return Fortune::Fine;
        }
        let answer = self.chance.random_bool(0.5);
        match first.unwrap_or_else(|| self.faults[self.chance.random_range(0..self.faults.len())]) {
            Fault::Lost if answer => Fortune::AnswerLost,
            Fault::Lost => Fortune::Lost,
            Fault::Duplicated => Fortune::Twice,
            _ if answer => Fortune::AnswerLate,
            _ => Fortune::Late,
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;

    use super::*;

    /// A node that answers everything alike, and counts.
    async fn node() -> (String, Arc<Mutex<u32>>) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let asked = Arc::new(Mutex::new(0));
        let counted = Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let request = read_request(&mut client).await.expect("readable");
                *counted.lock().expect("not poisoned") += u32::from(request.is_some());
                client.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await.expect("writable");
            }
        });
        (address, asked)
    }

    async fn call(proxy: &Proxy, body: &str) -> String {
        let mut stream = TcpStream::connect(proxy.rpc.trim_start_matches("http://")).await.expect("listens");
        let request = format!("POST / HTTP/1.1\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        stream.write_all(request.as_bytes()).await.expect("writable");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("text");
        answer
    }

    async fn proxy(fault: Option<Fault>) -> (Proxy, Arc<Mutex<u32>>) {
        let (address, asked) = node().await;
        let proxy = Proxy::start(address, ChaCha8Rng::seed_from_u64(1)).await.expect("starts");
        let faults: Vec<Fault> = fault.into_iter().collect();
        proxy.play(&Script::of(&faults, 0));
        (proxy, asked)
    }

    #[tokio::test]
    async fn without_faults_everything_passes() {
        let (proxy, asked) = proxy(None).await;
        assert!(call(&proxy, "broadcast_tx_sync").await.ends_with("ok"));
        assert_eq!(*asked.lock().expect("not poisoned"), 1);
        assert_eq!(proxy.happened(), Happened::default());
    }

    #[tokio::test]
    async fn of_what_is_offered_some_is_lost_but_never_more_than_two_in_a_row() {
        let (proxy, _) = proxy(Some(Fault::Lost)).await;
        let mut answered = Vec::new();
        for _ in 0..12 {
            answered.push(!call(&proxy, "broadcast_tx_sync").await.is_empty());
        }
        assert!(proxy.happened().lost > 0);
        assert!(answered.windows(3).all(|three| three.contains(&true)), "{answered:?}");
    }

    #[tokio::test]
    async fn questions_are_never_touched() {
        let (proxy, asked) = proxy(Some(Fault::Lost)).await;
        for _ in 0..12 {
            assert!(call(&proxy, "abci_query").await.ends_with("ok"));
        }
        assert_eq!(*asked.lock().expect("not poisoned"), 12);
    }
}
