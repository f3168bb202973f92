//! Vouchers on their way to the gateway: one that does not arrive is sent again, alone or with the next order.

use bytes::Bytes;
use protocol::settlement::SignedVoucher;

use super::{Courier, CourierError};
use crate::pay::Pocket;

/// What became of a voucher.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Delivery {
    Arrived,
    /// It is not what the gateway counts.
    Refused,
    /// To be sent again.
    Lost,
}

impl Courier {
    /// Sends the last voucher.
    pub(super) async fn hand_over(&self, pocket: &mut Pocket) -> Result<(), CourierError> {
        let Some(voucher) = pocket.unsent.clone() else { return Ok(()) };
        if self.deliver(&voucher).await == Delivery::Arrived {
            pocket.unsent = None;
            self.purse.put(pocket)?;
        }
        Ok(())
    }

    async fn deliver(&self, voucher: &SignedVoucher) -> Delivery {
        let body = Bytes::from(serde_json::to_vec(voucher).expect("plain structs always serialise"));
        let channel = voucher.channel;
        match self.post("/v1/vouchers", &body).send().await {
            Ok(response) if response.status().is_success() => Delivery::Arrived,
            Ok(response) => {
                let status = response.status();
                tracing::warn!(%channel, %status, "the gateway does not take a voucher now");
                let is_no = status.is_client_error() && !matches!(status.as_u16(), 408 | 409 | 429);
                if is_no { Delivery::Refused } else { Delivery::Lost }
            }
            Err(error) => {
                tracing::warn!(%channel, %error, "a voucher was not sent; it is sent again");
                Delivery::Lost
            }
        }
    }

    /// Sends all vouchers that the gateway lacks, of channels that are not in use just now.
    ///
    /// # Errors
    /// If the purse cannot be used.
    pub async fn settle_up(&self) -> Result<(), CourierError> {
        for voucher in self.channels.owed() {
            if self.deliver(&voucher).await == Delivery::Arrived {
                self.channels.arrived(&voucher, |pocket| self.purse.put(pocket))?;
            }
        }
        // Nobody else writes those that are used no further, and no order of theirs brings a voucher any more.
        for mut pocket in self.purse.pockets()?.into_iter().filter(|pocket| pocket.retired.is_some()) {
            let Some(voucher) = pocket.unsent.take() else { continue };
            if self.deliver(&voucher).await != Delivery::Lost {
                self.purse.put(&pocket)?;
            }
        }
        Ok(())
    }
}
