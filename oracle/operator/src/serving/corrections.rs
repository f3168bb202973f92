//! Corrections on their way into a DataNet. What was done already is found on chain by the commitment, whose salt the gateway can always make again.

use async_trait::async_trait;
use chain::{ChainError, Signer, address_of};
use cosmwasm_std::Uint64;
use gateway::{chain::Fault, correction::Correction, service::Corrects};
use k256::ecdsa::VerifyingKey;
use protocol::{
    Bps, ContributionId, DatanetId, Hash32, ModelId, Page, Payee,
    datanet::{
        Contribution, ContributionKind, Datanet, ExecuteMsg, QueryMsg, ReceiveMsg, RevealedContribution, Status,
    },
};
use rules::{hash::digest, item};
use zeroize::Zeroizing;

use super::outside::{Outside, fault};
use crate::published::Digested;

#[async_trait]
impl Corrects for Outside {
    async fn datanet(&self, model: ModelId) -> Result<Option<DatanetId>, Fault> {
        Ok(self.contracts().model_record(model).await.map_err(fault)?.corrections)
    }

    async fn is_curator(&self, model: ModelId, key: &VerifyingKey) -> Result<Option<String>, Fault> {
        let address = address_of(key).map_err(|error| Fault::Refused(error.to_string()))?;
        let record = self.contracts().model_record(model).await.map_err(fault)?;
        let mut curators: Vec<String> = record.curators.into_iter().map(String::from).collect();
        if let Some(datanet) = record.corrections {
            curators.extend(self.datanet_record(datanet).await?.settings.curators);
        }
        Ok(curators.contains(&address).then_some(address))
    }

    async fn contribute(&self, datanet: DatanetId, correction: &Correction) -> Result<ContributionId, Fault> {
        let record = self.datanet_record(datanet).await?;
        let digested = self.keys().digested(&record).map_err(|error| Fault::Refused(error.to_string()))?;
        let is_private = matches!(digested, Digested::Under(_));
        let settings = &record.settings;
        let items = vec![correction.item.to_vec()];
        let root = self.published().put_items(&items, digested).await;
        let root = root.map_err(|error| Fault::Unavailable(error.to_string()))?;
        let salt = salt(self.signer(), correction);
        let domain = self.contracts().datanet_domain();
        let commitment =
            Hash32(item::contribution_commitment(&domain, datanet.get(), self.signer().address(), &root, &salt));
        let committed = match self.find(datanet, &commitment).await? {
            Some(found) => found,
            None => {
                let hook = ReceiveMsg::Commit { datanet, commitment };
                let (to, bond) = (&self.contracts().deployment().datanet, settings.bond.u128());
                self.contracts().send_open(self.signer(), to, bond, &hook).await.map_err(fault)?;
                let lost = || Fault::Unavailable("a commitment is not on chain yet".to_owned());
                self.find(datanet, &commitment).await?.ok_or_else(lost)?
            }
        };
        if committed.status == Status::Committed {
            let revealed = RevealedContribution {
                kind: ContributionKind::Correction,
                items_root: Hash32(root),
                item_count: Uint64::one(),
                // What is private withholds its size too.
                bytes: Uint64::new(if is_private { 0 } else { correction.item.len() as u64 }),
                uri: format!("published:items/{}", hex::encode(root)),
                licence: settings.licence.clone(),
                salt: Hash32(salt),
                payees: vec![Payee { account: correction.payer.to_string(), share: Bps::WHOLE }],
            };
            let reveal = ExecuteMsg::Reveal { contribution: committed.id, revealed };
            self.contracts().tell_datanet(self.signer(), &reveal).await.map_err(fault)?;
        }
        Ok(committed.id)
    }
}

impl Outside {
    async fn datanet_record(&self, datanet: DatanetId) -> Result<Datanet, Fault> {
        self.contracts().datanet(&QueryMsg::Datanet { datanet }).await.map_err(fault)
    }

    /// A contribution of this gateway by its commitment, looked for page by page.
    async fn find(&self, datanet: DatanetId, commitment: &Hash32) -> Result<Option<Contribution>, Fault> {
        let mut after = None;
        let mut found = None;
        loop {
            let page = Page { start_after: after.map(Uint64::new), limit: Some(Page::MAX_LIMIT) };
            let query = QueryMsg::Contributions { datanet, page };
            let more: Vec<Contribution> =
                self.contracts().datanet(&query).await.map_err(|error: ChainError| fault(error))?;
            let Some(last) = more.last() else { return Ok(found) };
            after = Some(last.id.get());
            found = found.or_else(|| more.into_iter().find(|one| one.commitment == *commitment));
        }
    }
}

/// Only the gateway can make it, and always the same: `digest("correction-salt/v1", secret key, channel, number)`.
fn salt(signer: &Signer, correction: &Correction) -> [u8; 32] {
    let secret = Zeroizing::new(<[u8; 32]>::from(signer.signing_key().to_bytes()));
    let (channel, number) = (correction.channel.get().to_be_bytes(), correction.number.to_be_bytes());
    digest("correction-salt/v1", &[secret.as_slice(), &channel, &number])
}
