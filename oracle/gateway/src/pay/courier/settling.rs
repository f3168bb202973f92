//! From an answer to its voucher: the receipt is rebuilt and compared, the call counted and its answer kept, all on disk before the voucher is sent.

use cosmwasm_std::Binary;
use protocol::{Epoch, settlement::SignedVoucher};
use rules::payment::Voucher;
use serde_json::Value;

use super::{
    Courier, CourierError,
    answering::{Call, END},
    seconds,
};
use crate::{
    account::Reach,
    asked::Asked,
    crash::crash_point,
    pay::{
        Pocket, Sent, check,
        purse::{Answered, Kept, Pending},
        stream::Gathered,
    },
    service::tariff,
    voucher,
    x402::{self, Charged, Requirements, SettlementResponse},
};

/// An answer, as it is told and as its receipt has it.
struct Said<'a> {
    output: &'a [u8],
    told: &'a [u8],
    is_stream: bool,
}

impl Call {
    /// Settles an answer that came in one piece.
    pub(super) async fn settle_answer(&mut self, settled: &[u8], body: &[u8]) -> Result<(), CourierError> {
        let output = said(&self.asked, body).ok_or(CourierError::Broken("the answer is no answer"))?;
        self.settle(settled, Said { output: &output, told: body, is_stream: false }).await
    }

    /// Settles an answer that came bit by bit.
    pub(super) async fn settle_stream(&mut self, gathered: &Gathered) -> Result<(), CourierError> {
        match &gathered.settled {
            Some(settled) if gathered.has_failed => self.forget(settled.as_bytes()),
            Some(settled) => {
                let told = [&gathered.passed, END.as_bytes()].concat();
                let said = Said { output: gathered.text.as_bytes(), told: &told, is_stream: true };
                self.settle(settled.as_bytes(), said).await
            }
            // The client was told of it, and may ask again.
            None if gathered.has_failed => Ok(()),
            None => Err(CourierError::Broken("the stream ended without a receipt: ask again, it is charged once")),
        }
    }

    /// Forgets an order that the gateway says it did not serve.
    fn forget(&mut self, settled: &[u8]) -> Result<(), CourierError> {
        let settled: SettlementResponse = x402::decode(settled)?;
        if let Some(pocket) = self.taken.pocket.as_mut().filter(|_| !settled.success) {
            pocket.pending = None;
            self.courier.purse.put(pocket)?;
        }
        Ok(())
    }

    /// Checks the receipt, signs for it, and sends the voucher.
    async fn settle(&mut self, settled: &[u8], said: Said<'_>) -> Result<(), CourierError> {
        let settled: SettlementResponse = x402::decode(settled)?;
        let charged = settled.extra.ok_or(CourierError::Broken("the receipt names no charge: nothing was signed"))?;
        crash_point!("answer-got");
        let courier = &self.courier;
        let pocket = self.taken.pocket.as_mut().ok_or(CourierError::Broken("the call has no channel"))?;
        let epoch = courier.wallet.epoch().await?;
        match courier.checked((pocket, epoch), &self.terms, &self.asked, &charged, said.output) {
            Ok(after) => {
                let pending = pocket.pending.take().ok_or(CourierError::Broken("there is no order to settle"))?;
                pocket.paid = after;
                pocket.epoch = Some(Epoch(charged.epoch));
                pocket.unsent = Some(courier.sign(pocket, charged.epoch));
                let kept = kept(pending, &said);
                let gone = courier.shelf.room_for(kept.body.len());
                let dropped = gone.as_deref().unwrap_or_default();
                let answer = Answered { kept: gone.is_some().then_some(&kept), dropped };
                courier.purse.spend(pocket, charged.charged_amount, kept.at, answer)?;
                if gone.is_some() {
                    courier.shelf.put(&kept, dropped, self.ticket.as_deref());
                }
                crash_point!("call-counted");
                courier.hand_over(pocket).await
            }
            Err(error) => {
                pocket.retired = Some(error.to_string());
                courier.purse.put(pocket)?;
                Err(error)
            }
        }
    }
}

impl Courier {
    fn checked(
        &self,
        (pocket, epoch): (&Pocket, u64),
        terms: &Requirements,
        asked: &Asked,
        charged: &Charged,
        output: &[u8],
    ) -> Result<Reach, CourierError> {
        let pending = pocket.pending.as_ref().ok_or(CourierError::Broken("there is no order to check"))?;
        let tokens_out = match asked {
            Asked::Text(_) => output.len() as u64,
            Asked::Label(_) => 1,
        };
        let sent = Sent {
            domain: &self.domain,
            model: pocket.model,
            order: &pending.order,
            tariff: tariff(&terms.extra.price),
            prompt: asked.prompt(),
            output,
            tokens_out,
            epochs: (pocket.epoch.map_or(0, Epoch::get), epoch.saturating_add(1)),
        };
        Ok(check(&sent, charged, &self.seal_key(terms, pocket)?)?)
    }

    /// The voucher for all that a channel was found to owe.
    fn sign(&self, pocket: &Pocket, epoch: u64) -> SignedVoucher {
        let (cumulative, head) = (pocket.paid.sum.u128(), pocket.paid.head.0);
        let voucher = Voucher { channel: pocket.channel.get(), epoch, cumulative, head };
        voucher::sign(&self.key_of(pocket.nonce.as_ref()), &self.domain, &voucher)
    }
}

fn kept(pending: Pending, said: &Said<'_>) -> Kept {
    let Pending { order, key, .. } = pending;
    Kept {
        call: (order.channel, order.number),
        request: order.request,
        key,
        at: seconds(),
        is_handed: false,
        is_stream: said.is_stream,
        body: Binary::from(said.told),
    }
}

/// The answer in a body, as a receipt holds it.
fn said(asked: &Asked, body: &[u8]) -> Option<Vec<u8>> {
    let body: Value = serde_json::from_slice(body).ok()?;
    match asked {
        Asked::Text(_) => {
            let choice = &body["choices"][0];
            let text = choice["message"]["content"].as_str().or_else(|| choice["text"].as_str())?;
            Some(text.as_bytes().to_vec())
        }
        Asked::Label(_) => Some(u16::try_from(body["label"].as_u64()?).ok()?.to_be_bytes().to_vec()),
    }
}
