//! Offering a transaction and looking until it is in a block, or never can be.
//!
//! What can go wrong after a transaction was offered is not known to have gone wrong: an answer may be lost on its way, a node may
//! forget its mempool. So the same bytes are offered again, which a node takes for the same transaction, and nothing else is signed
//! with the key, until the transaction is found or the chain is past the last block that it can be in.

use std::time::Instant;

use backon::{BackoffBuilder as _, ExponentialBuilder};
use cosmrs::tendermint::abci::types::ExecTxResult;

use super::{
    Receipt, WasmdClient,
    crash::crash_point,
    envelope::{Cost, Envelope, Signed},
    messages::Batch,
    node::{CallError, seconds},
    record,
    refusal::{self, Asked, Refusal},
    writer::Writer,
};
use crate::{ChainError, Signer, TxOutcome, error::Result};

/// Blocks after which a transaction is offered again.
const OFFER_AGAIN: u64 = 2;

/// Why an attempt at a transaction failed.
#[derive(Debug)]
pub(crate) enum Failed {
    /// It was signed for another place in the account's order: worth another attempt, once the chain was asked.
    Sequence { expected: u64, got: u64 },
    /// Another attempt would fail alike.
    Chain(ChainError),
}

impl From<ChainError> for Failed {
    fn from(error: ChainError) -> Self {
        Self::Chain(error)
    }
}

impl Failed {
    /// After the last attempt.
    fn finally(self, signer: &Signer) -> ChainError {
        match self {
            Self::Sequence { expected, got } => {
                ChainError::Sequence { address: signer.address().to_owned(), expected, got }
            }
            Self::Chain(error) => error,
        }
    }
}

/// A transaction in a block.
#[derive(Clone, Debug)]
struct Included {
    height: u64,
    /// Its block's time, in seconds.
    time: u64,
    result: ExecTxResult,
}

impl WasmdClient {
    /// Sends messages in one transaction; returns once it is in a block.
    pub(crate) async fn transact(&self, signer: &Signer, batch: Batch) -> Result<Receipt> {
        let writer = self.writers().of(signer.address());
        let mut writer = writer.lock().await;
        self.settle_open(&mut writer, signer.address()).await?;
        let sent = match self.attempt(&mut writer, signer, &batch).await {
            Err(Failed::Sequence { expected, got }) => {
                tracing::warn!(address = signer.address(), expected, got, "the sequence is not the chain's; asking it");
                self.attempt(&mut writer, signer, &batch).await
            }
            sent => sent,
        };
        sent.map_err(|failed| failed.finally(signer))
    }

    /// Finds out what became of the transactions that an earlier turn left open, or an earlier life of the program.
    pub(crate) async fn settle_open(&self, writer: &mut Writer, address: &str) -> Result<()> {
        if let Some(pending) = writer.pending.clone() {
            self.settle_one(writer, &pending).await?;
        }
        if !writer.recovered {
            for left in self.journal().of(address)? {
                tracing::info!(hash = %left.hash, "looking for what was sent before this program started");
                self.settle_one(writer, &left).await?;
            }
            writer.recovered = true;
        }
        Ok(())
    }

    /// Nobody waits for its result any more: that it cannot come into a block later is enough.
    async fn settle_one(&self, writer: &mut Writer, signed: &Signed) -> Result<()> {
        if self.node().status_now().await?.height <= signed.timeout_height {
            match self.confirm(signed).await {
                Ok(_) | Err(ChainError::Expired { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        crash_point!("tx-settled");
        self.journal().forget(&signed.hash);
        writer.resolve();
        Ok(())
    }

    async fn attempt(
        &self,
        writer: &mut Writer,
        signer: &Signer,
        batch: &Batch,
    ) -> std::result::Result<Receipt, Failed> {
        let envelope = self.envelope(writer, signer, batch).await?;
        let cost = self.price(&envelope).await.inspect_err(|_| writer.resolve())?;
        let signed = envelope.sign(cost.clone());
        crash_point!("tx-signed");
        // Kept before it is offered: should this turn be cut off, or the program, the next one looks for it first.
        self.journal().remember(signer.address(), &signed)?;
        crash_point!("tx-journalled");
        writer.pending = Some(signed.clone());
        let fee = self.options().fee(cost.gas);
        let asked = Asked { batch, address: signer.address(), denom: &self.options().denom, fee };
        let delivered = self.deliver(&signed, &asked).await;
        crash_point!("tx-confirmed");
        if let Err(Failed::Chain(ChainError::Unconfirmed { .. })) = &delivered {
            writer.account = None;
        } else {
            self.journal().forget(&signed.hash);
            match &delivered {
                Ok(included) if included.result.code.is_ok() => writer.advance(),
                Ok(_) | Err(_) => writer.resolve(),
            }
        }
        crash_point!("tx-forgotten");
        receipt(&signed, &cost, delivered?, &asked)
    }

    async fn envelope<'a>(&'a self, writer: &mut Writer, signer: &'a Signer, batch: &'a Batch) -> Result<Envelope<'a>> {
        let account = match writer.account {
            Some(account) => account,
            None => self.account(signer.address()).await?,
        };
        writer.account = Some(account);
        let signed_at = self.node().status().await?.height;
        let timeout_height = signed_at.saturating_add(self.options().timeout_blocks);
        Ok(Envelope { chain_id: &self.options().chain_id, signer, account, batch, signed_at, timeout_height })
    }

    async fn deliver(&self, signed: &Signed, asked: &Asked<'_>) -> std::result::Result<Included, Failed> {
        self.offer(signed, asked).await?;
        crash_point!("tx-offered");
        Ok(self.confirm(signed).await?)
    }

    /// Offers a transaction for the first time. A refusal is certain: no copy is on its way. A lost answer is none.
    async fn offer(&self, signed: &Signed, asked: &Asked<'_>) -> std::result::Result<(), Failed> {
        let mut pauses = self.pauses();
        loop {
            match self.offer_once(signed).await {
                Ok(()) => return Ok(()),
                Err(refusal) if refusal.is_full() => match pauses.next() {
                    Some(pause) => tokio::time::sleep(pause).await,
                    None => return Err(ChainError::MempoolFull.into()),
                },
                Err(refusal) => return Err(failed(refusal, asked)),
            }
        }
    }

    fn pauses(&self) -> impl Iterator<Item = std::time::Duration> {
        let options = self.options();
        ExponentialBuilder::new()
            .with_jitter()
            .with_min_delay(options.retry_pause)
            .with_max_times(options.retries)
            .build()
    }

    /// Offers a transaction; refused is only what the node says it refuses.
    async fn offer_once(&self, signed: &Signed) -> std::result::Result<(), Refusal> {
        let refusal = match self.node().offer(signed.bytes.clone()).await {
            Ok(answer) if answer.code.is_ok() => return Ok(()),
            Ok(answer) => Refusal::new(&answer.codespace, answer.code.value(), &answer.log),
            Err(CallError::Answer(words)) => Refusal::new("rpc", 0, &words),
            Err(CallError::Transport(reason)) => {
                tracing::warn!(hash = %signed.hash, reason, "whether the node took the transaction is not known; looking for it");
                return Ok(());
            }
        };
        if refusal.is_known() { Ok(()) } else { Err(refusal) }
    }

    /// Looks for a transaction until it is in a block or never can be, or until the node has not told for too long.
    async fn confirm(&self, signed: &Signed) -> Result<Included> {
        let (started, mut offered_at) = (Instant::now(), signed.signed_at);
        while started.elapsed() < self.options().confirm_timeout {
            tokio::time::sleep(self.options().poll_interval).await;
            match self.look(signed, &mut offered_at).await {
                Ok(Some(included)) => return Ok(included),
                Ok(None) => {}
                Err(expired @ ChainError::Expired { .. }) => return Err(expired),
                Err(error) => tracing::debug!(hash = %signed.hash, %error, "still looking for the transaction"),
            }
        }
        Err(ChainError::Unconfirmed { hash: signed.hash, timeout_height: signed.timeout_height })
    }

    /// One look: in the node's index, then at where the chain stands.
    async fn look(&self, signed: &Signed, offered_at: &mut u64) -> Result<Option<Included>> {
        if let Some(found) = self.node().transaction(signed.hash).await? {
            let height = found.height.value();
            return Ok(Some(Included { height, time: self.block_time(height).await?, result: found.tx_result }));
        }
        let latest = self.node().status_now().await?.height;
        if latest > signed.timeout_height {
            return self.scan(signed).await.map(Some);
        }
        if latest >= offered_at.saturating_add(OFFER_AGAIN) {
            *offered_at = latest;
            self.offer_again(signed).await;
        }
        Ok(None)
    }

    /// The first copy may be in a block by now, so that a refusal says nothing.
    async fn offer_again(&self, signed: &Signed) {
        match self.offer_once(signed).await {
            Ok(()) => tracing::debug!(hash = %signed.hash, "offered the transaction again"),
            Err(refusal) => {
                tracing::debug!(hash = %signed.hash, ?refusal, "offered again, the transaction was refused")
            }
        }
    }

    /// Looks into every block that the transaction can be in: an index may lag, blocks do not.
    async fn scan(&self, signed: &Signed) -> Result<Included> {
        for height in signed.signed_at.saturating_add(1)..=signed.timeout_height {
            let block = self.node().block(height).await?.block;
            let Some(index) = block.data.iter().position(|bytes| *bytes == signed.bytes) else {
                continue;
            };
            let results = self.node().block_results(height).await?.txs_results.unwrap_or_default();
            let missing = || ChainError::Node(format!("block {height} has no result for its transaction {index}"));
            let result = results.into_iter().nth(index).ok_or_else(missing)?;
            return Ok(Included { height, time: seconds(block.header.time), result });
        }
        Err(ChainError::Expired { hash: signed.hash, timeout_height: signed.timeout_height })
    }
}

fn failed(refusal: Refusal, asked: &Asked<'_>) -> Failed {
    match refusal.sequence() {
        Some((expected, got)) => Failed::Sequence { expected, got },
        None => Failed::Chain(refusal::of_transaction(refusal, asked)),
    }
}

fn receipt(
    signed: &Signed,
    cost: &Cost,
    included: Included,
    asked: &Asked<'_>,
) -> std::result::Result<Receipt, Failed> {
    let Included { height, time, result } = included;
    if result.code.is_err() {
        return Err(failed(Refusal::new(&result.codespace, result.code.value(), &result.log), asked));
    }
    Ok(Receipt {
        outcome: TxOutcome { height, time, hash: signed.hash, events: record::events(&result.events) },
        gas_used: u64::try_from(result.gas_used).unwrap_or_default(),
        gas_wanted: cost.gas,
        bytes: signed.bytes.len() as u64,
    })
}
