//! What a transaction may use and pays: simulated gas × margin, up to the ceiling, at the price.

use cosmrs::proto::{
    cosmos::base::v1beta1::Coin,
    cosmos::tx::v1beta1::{SimulateRequest, SimulateResponse},
};
use cosmwasm_std::{Decimal, Uint128};

use super::{
    WasmdClient, WasmdOptions,
    envelope::{Cost, Envelope},
    queries::{Unanswered, malformed},
    refusal::{self, Asked},
    send::Failed,
};
use crate::{ChainError, error::Result};

impl WasmdOptions {
    /// Gas that a transaction is given: `⌈simulated × gas_margin⌉`.
    pub(crate) fn gas(&self, simulated: u64) -> Result<u64> {
        let needed = u64::try_from(times(simulated, self.gas_margin).u128()).unwrap_or(u64::MAX);
        let ceiling = self.gas_ceiling;
        if needed > ceiling { Err(ChainError::GasCeiling { needed, ceiling }) } else { Ok(needed) }
    }

    /// Fee for an amount of gas: `⌈gas × gas_price⌉` of the native coin.
    pub(crate) fn fee(&self, gas: u64) -> u128 {
        times(gas, self.gas_price).u128()
    }

    pub(crate) fn cost(&self, gas: u64) -> Cost {
        let fee = Some(self.fee(gas)).filter(|fee| *fee > 0);
        let coin = |fee: u128| Coin { denom: self.denom.clone(), amount: fee.to_string() };
        Cost { gas, fee: fee.map(coin) }
    }
}

/// `⌈amount × factor⌉`, or the largest number.
fn times(amount: u64, factor: Decimal) -> Uint128 {
    Uint128::from(amount).checked_mul_ceil(factor).unwrap_or(Uint128::MAX)
}

impl WasmdClient {
    /// Simulates a transaction.
    pub(crate) async fn price(&self, envelope: &Envelope<'_>) -> std::result::Result<Cost, Failed> {
        let options = self.options();
        let gas = options.gas(self.simulate(envelope).await?)?;
        Ok(options.cost(gas))
    }

    async fn simulate(&self, envelope: &Envelope<'_>) -> std::result::Result<u64, Failed> {
        let path = "/cosmos.tx.v1beta1.Service/Simulate";
        // With the least fee there is: paying it uses gas too.
        let cost = self.options().cost(1);
        let question = SimulateRequest { tx_bytes: envelope.unsigned(cost), ..SimulateRequest::default() };
        match self.service::<_, SimulateResponse>(path, &question).await {
            Ok(answer) => {
                let info = answer.gas_info.ok_or_else(|| malformed(path, &"no gas in it"))?;
                Ok(info.gas_used)
            }
            Err(Unanswered::Failed(error)) => Err(error.into()),
            Err(Unanswered::Refused(refusal)) => {
                if let Some((expected, got)) = refusal.sequence() {
                    return Err(Failed::Sequence { expected, got });
                }
                let (address, denom) = (envelope.signer.address(), self.options().denom.as_str());
                let asked = Asked { batch: envelope.batch, address, denom, fee: self.options().fee(1) };
                Err(refusal::of_transaction(refusal, &asked).into())
            }
        }
    }
}
