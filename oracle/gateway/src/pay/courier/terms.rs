//! What the gateway asks for, once for each model and way.

use std::sync::{Arc, PoisonError};

use bytes::Bytes;
use futures::StreamExt as _;
use k256::ecdsa::VerifyingKey;
use protocol::ModelId;

use super::{Courier, CourierError, Reply};
use crate::{
    asked::Way,
    template::{self, Template},
    x402::{self, PAYMENT_REQUIRED, PaymentRequired, Requirements},
};

/// Bytes of the longest manifest that is read.
const LONGEST_MANIFEST: usize = 1 << 20;

/// What was asked for last.
#[derive(Clone)]
pub(super) struct Known {
    /// How a request is paid.
    pub terms: Requirements,
    /// How conversations become prompts, if the version has a template.
    pub template: Option<Arc<Template>>,
}

impl Courier {
    /// How this request is paid, as the gateway said last; asked for once.
    pub(super) async fn terms(&self, way: Way, name: &str, body: &Bytes) -> Result<Result<Known, Reply>, CourierError> {
        let key = (way.path().to_owned(), name.to_owned());
        let known = self.terms.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        if let Some(known) = known {
            return Ok(Ok(known));
        }
        let response = self.post(way.path(), body).send().await?;
        match required(&response)? {
            Some(required) => Ok(Ok(self.learn((way, name), required).await?)),
            None => Ok(Err(Reply::free(response.status().as_u16(), response.bytes().await?))),
        }
    }

    /// Takes over what the gateway asks for, if it is what it says it is.
    pub(super) async fn learn(
        &self,
        (way, name): (Way, &str),
        required: PaymentRequired,
    ) -> Result<Known, CourierError> {
        let network = x402::network(&self.domain.chain_id);
        let ours = |one: &&Requirements| {
            one.scheme == x402::SCHEME
                && one.network == network
                && one.extra.settlement.as_str() == self.domain.contract
        };
        let mut fitting = required.accepts.iter().filter(ours).peekable();
        let first = fitting.peek().copied().cloned();
        let chosen = fitting.find(|one| one.extra.price.name == self.price).cloned().or(first);
        let chosen = chosen
            .ok_or_else(|| CourierError::Terms(format!("it takes no payment on {network}: {}", required.error)))?;
        let owner = self.wallet.address_of(&gateway_key(&chosen)?)?;
        if owner != chosen.pay_to.as_str() {
            return Err(CourierError::Terms(format!("its key is of {owner}, not of {}", chosen.pay_to)));
        }
        let key = (way.path().to_owned(), name.to_owned());
        let template = match &chosen.extra.template {
            Some(rule) if way == Way::Chat => Some(self.template(rule, &chosen, &key).await?),
            _ => None,
        };
        let known = Known { terms: chosen, template };
        self.terms.lock().unwrap_or_else(PoisonError::into_inner).insert(key, known.clone());
        Ok(known)
    }

    /// The template of a version, from the manifest that the chain names; looked for once.
    async fn template(
        &self,
        rule: &str,
        chosen: &Requirements,
        key: &(String, String),
    ) -> Result<Arc<Template>, CourierError> {
        if rule != template::RULE {
            let why = format!("conversations become prompts by `{rule}`, which is not known here: take a newer payer");
            return Err(CourierError::Terms(why));
        }
        let (model, version) = (chosen.extra.model, chosen.extra.version);
        let before = self.terms.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned();
        let is_same = |known: &Known| (known.terms.extra.model, known.terms.extra.version) == (model, version);
        if let Some(template) = before.filter(is_same).and_then(|known| known.template) {
            return Ok(template);
        }
        let registered = self.wallet.version(model, version).await?;
        let chat = template::of_manifest(&self.manifest(model).await?, &registered.manifest)?;
        Ok(Arc::new(Template::new(&chat, registered.at)?))
    }

    async fn manifest(&self, model: ModelId) -> Result<Vec<u8>, CourierError> {
        let told = self.http.get(format!("{}/v1/models/{model}/manifest", self.gateway)).send().await?;
        let mut parts = told.error_for_status()?.bytes_stream();
        let mut manifest = Vec::new();
        while let Some(part) = parts.next().await {
            manifest.extend_from_slice(&part?);
            if manifest.len() > LONGEST_MANIFEST {
                return Err(CourierError::Broken("the gateway's manifest of the model is longer than any"));
            }
        }
        Ok(manifest)
    }
}

/// What is asked for payment, if anything.
pub(super) fn required(response: &reqwest::Response) -> Result<Option<PaymentRequired>, CourierError> {
    let header = response.headers().get(PAYMENT_REQUIRED);
    Ok(header.map(|header| x402::decode(header.as_bytes())).transpose()?)
}

pub(super) fn asks_for_payment(reply: &Reply) -> bool {
    matches!(reply, Reply::Whole { status: 402, .. })
}

pub(super) fn gateway_key(terms: &Requirements) -> Result<VerifyingKey, CourierError> {
    let bytes = hex::decode(&terms.extra.gateway_key).ok();
    let key = bytes.and_then(|bytes| VerifyingKey::from_sec1_bytes(&bytes).ok());
    key.ok_or_else(|| CourierError::Terms("its key is none".to_owned()))
}
