//! Both sides die at every step of a call and at any moment, and are started again: what clients are told is booked once, paid once, and redeemed once.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use operator::story::processes::Process;
use protocol::Epoch;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::{
    asking::{Question, ask, ask_on},
    books::{self, Told},
    world::{Payer, World, died, log},
};

/// Clients at a time, and how often each side is killed under them.
const CLIENTS: usize = 4;
const KILLS: usize = 5;
/// How long redemption may take once an epoch is over.
const PATIENCE: Duration = Duration::from_secs(120);

/// Where the gateway dies during a call; in the middle of a stream after some bits.
const OF_CALLS: [(&str, &str); 5] = [
    ("order-taken", "1*return(abort)"),
    ("bit-told", "5*off->1*return(abort)"),
    ("answer-made", "1*return(abort)"),
    ("call-booked", "1*return(abort)"),
    ("voucher-taken", "1*return(abort)"),
];

/// Who is killed at any moment.
#[derive(Clone, Copy, Debug)]
enum Side {
    Gateway,
    Payer,
}

impl Side {
    fn name(self) -> &'static str {
        match self {
            Self::Gateway => "moment without a gateway",
            Self::Payer => "moment without a payer",
        }
    }
}

struct Scene {
    world: World,
    payer: Payer,
    http: reqwest::Client,
    told: Told,
}

fn question(name: &str, number: usize) -> Question {
    Question { prompt: format!("the {name} of {number}"), tokens: 20 + 7 * (number % 20), stream: number % 2 == 1 }
}

impl Scene {
    async fn open() -> Result<Self> {
        let mut world = World::new().await?;
        world.open("").await?;
        let settings = [("pay.per_day", "900000000"), ("pay.deposit", "40000000")];
        let mut payer = world.payer(0, &settings)?;
        payer.open("").await?;
        Ok(Self { world, payer, http: reqwest::Client::new(), told: Told::new() })
    }

    /// Asks until there is an answer, after so many tries, and keeps it.
    async fn buy(&mut self, question: Question, retries: usize) -> Result<()> {
        let answer = ask_on(&self.http, &self.payer.at, &question, retries).await?;
        self.told.insert(question.prompt, answer);
        Ok(())
    }

    /// The gateway dies at a point of a call, and is asked again once it is back.
    async fn gateway_dies(&mut self, number: usize, (point, when): (&str, &str)) -> Result<()> {
        self.world.gateway.kill()?;
        self.world.open(&format!("{point}={when}")).await?;
        let question = Question { stream: point == "bit-told", ..question(point, number) };
        let first = ask(&self.http, &self.payer.at, &question).await;
        died(&mut self.world.gateway).await.with_context(|| format!("{point}: {first:?}"))?;
        self.world.open("").await?;
        match first {
            // Only its voucher was lost.
            Ok(answer) => {
                ensure!(point == "voucher-taken", "{point}: answered by a gateway that had died");
                self.told.insert(question.prompt, answer);
            }
            Err(_) => self.buy(question, 1).await?,
        }
        Ok(())
    }

    async fn payer_dies(&mut self, number: usize, point: &str) -> Result<()> {
        let question = question(point, number);
        self.dies_asked(&question, point).await?;
        self.payer.open("").await?;
        self.buy(question, 1).await
    }

    /// The payer dies at a point of its way to an answer.
    async fn dies_asked(&mut self, question: &Question, point: &str) -> Result<()> {
        self.payer.process.kill()?;
        self.payer.open(&format!("{point}=1*return(abort)")).await?;
        ensure!(ask(&self.http, &self.payer.at, question).await.is_err(), "{point}: answered by a payer that had died");
        died(&mut self.payer.process).await.context(point.to_owned())
    }

    /// The payer, which has no channel yet, dies before and after it opens one: the one on chain is found.
    async fn opening_dies(&mut self) -> Result<()> {
        let question = question("opening", 0);
        for point in gateway::crash::OPENING {
            self.dies_asked(&question, point).await?;
        }
        let (known, wanted) = books::channels(&self.payer)?;
        ensure!(self.world.opened_by(0).await? == 1 && known == 0 && wanted > 0, "{known} known, {wanted} wanted");
        self.payer.open("").await?;
        self.buy(question, 2).await?;
        ensure!(self.world.opened_by(0).await? == 1, "another channel was opened");
        Ok(())
    }

    /// A side is killed again and again while clients ask.
    async fn killed_at_random(&mut self, side: Side) -> Result<()> {
        let (is_over, told) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(Told::new())));
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| {
                let (is_over, told) = (Arc::clone(&is_over), Arc::clone(&told));
                let (http, at) = (self.http.clone(), self.payer.at.clone());
                tokio::spawn(async move {
                    for number in (client..).step_by(CLIENTS) {
                        if is_over.load(Ordering::Relaxed) {
                            break;
                        }
                        let question = question(side.name(), number);
                        let answer = ask_on(&http, &at, &question, 0).await?;
                        told.lock().expect("nobody panics here").insert(question.prompt, answer);
                    }
                    Ok::<_, anyhow::Error>(())
                })
            })
            .collect();
        let mut random = ChaCha8Rng::seed_from_u64(7);
        for _ in 0..KILLS {
            tokio::time::sleep(Duration::from_millis(random.random_range(100..900))).await;
            match side {
                Side::Gateway => {
                    self.world.gateway.kill()?;
                    self.world.open("").await?;
                }
                Side::Payer => {
                    self.payer.process.kill()?;
                    self.payer.open("").await?;
                }
            }
        }
        is_over.store(true, Ordering::Relaxed);
        for client in clients {
            client.await??;
        }
        let told = std::mem::take(&mut *told.lock().expect("nobody panics here"));
        ensure!(told.len() >= CLIENTS, "only {} calls were made between the kills", told.len());
        self.told.extend(told);
        Ok(())
    }

    /// The gateway dies between two steps of redeeming.
    async fn redemption_dies(&mut self) -> Result<()> {
        self.world.gateway.kill()?;
        self.world.open("receipts-shown=1*return(abort)").await?;
        self.buy(question("redemption", 0), 0).await?;
        died(&mut self.world.gateway).await.context("receipts-shown")?;
        self.world.open("vouchers-redeemed=1*return(abort)").await?;
        died(&mut self.world.gateway).await.context("vouchers-redeemed")?;
        self.world.open("").await
    }

    async fn close(mut self) -> Result<()> {
        self.payer.process.stop().await?;
        self.world.gateway.stop().await?;
        let mut accounts = books::agree(&self.world, &self.payer, &self.told)?;
        let known = books::channels(&self.payer)?;
        ensure!(known == (self.world.opened_by(0).await?, 0), "not all channels on chain are known: {known:?}");
        // What was said last may be of an epoch that is not over.
        self.world.open("").await?;
        let began = Instant::now();
        while !books::redeemed(&self.world.contracts, &accounts).await? {
            ensure!(began.elapsed() < PATIENCE, "not all is redeemed:\n{}", log(&self.world.gateway));
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
        self.world.gateway.stop().await?;
        accounts = books::agree(&self.world, &self.payer, &self.told)?;
        let model = accounts.first().context("there are channels")?.model;
        let redemptions = self.world.contracts.redemptions(model, Epoch(0), Epoch(u64::MAX)).await?;
        let booked: u128 = redemptions.iter().map(|(_, redemption)| redemption.amount.u128()).sum();
        let served: u128 = accounts.iter().map(|account| account.served.sum.u128()).sum();
        ensure!(booked == served, "{booked} uopen were redeemed of {served}");
        ensure!(accounts.len() <= CLIENTS, "{} channels for {CLIENTS} clients", accounts.len());
        Ok(())
    }
}

async fn play(scene: &mut Scene) -> Result<()> {
    scene.opening_dies().await?;
    for (number, point) in OF_CALLS.into_iter().enumerate() {
        scene.gateway_dies(number, point).await?;
    }
    for (number, point) in gateway::crash::PAYER.into_iter().enumerate() {
        scene.payer_dies(number, point).await?;
        // In the middle of a stream as well.
        scene.payer_dies(number + 11, point).await?;
    }
    scene.killed_at_random(Side::Gateway).await?;
    scene.killed_at_random(Side::Payer).await?;
    scene.redemption_dies().await
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "kills at random moments, a minute and a half: scripts/test-wasmd -- --ignored"]
async fn whatever_dies_every_answer_is_booked_paid_and_redeemed_once() -> Result<()> {
    let mut scene = Scene::open().await?;
    let said = |process: &Process| format!("-- {}\n{}", process.name, log(process));
    if let Err(error) = play(&mut scene).await {
        let logs = [&scene.world.gateway, &scene.payer.process].map(said).join("\n");
        return Err(error.context(logs));
    }
    scene.close().await
}
