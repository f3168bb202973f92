//! `/v1/corrections`: a payer says what an answer should have been. It waits a while for a curator, who may take it as a validation example; then it becomes a contribution.

use std::sync::Arc;

use async_trait::async_trait;
use axum::{
    Json,
    body::Bytes,
    extract::{Path, State as Given},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use cosmwasm_std::{Binary, HexBinary};
use k256::ecdsa::{Signature, VerifyingKey, signature::hazmat::PrehashVerifier as _};
use protocol::{ChannelId, ContributionId, DatanetId, ModelId};
use rules::order::{correction_digest, taken_digest};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    ServiceError, Shop,
    http::{Served, refuse},
    reply::seconds,
};
use crate::{
    chain::Fault,
    correction::{Correction, State, corrected},
    till::TillError,
};

/// Brings corrections onto the chain. Every step may be asked for again: what was done already is found there.
#[async_trait]
pub trait Corrects: Send + Sync + 'static {
    /// The DataNet that a model names for corrections.
    ///
    /// # Errors
    /// [`Fault`]
    async fn datanet(&self, model: ModelId) -> Result<Option<DatanetId>, Fault>;

    /// Whether an account curates the model, or the DataNet that it names.
    ///
    /// # Errors
    /// [`Fault`]
    async fn is_curator(&self, model: ModelId, key: &VerifyingKey) -> Result<Option<String>, Fault>;

    /// Commits to a correction and reveals it, as far as that was not done: its payer is its payee.
    ///
    /// # Errors
    /// [`Fault`]: refused, if the DataNet takes no more for now.
    async fn contribute(&self, datanet: DatanetId, correction: &Correction) -> Result<ContributionId, Fault>;
}

/// A correction as a payer sends it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CorrectionRequest {
    /// `<channel>-<number>`
    pub receipt: String,
    /// What should have been answered, as a receipt holds answers.
    pub answer: HexBinary,
    /// Compact signature of `rules::order::correction_digest` by the channel's voucher key.
    pub signature: Binary,
}

/// A curator's act.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TakeRequest {
    /// The curator's compressed public key.
    pub public_key: HexBinary,
    /// Compact signature of `rules::order::taken_digest` by it.
    pub signature: Binary,
}

/// `POST /v1/corrections`
pub(super) async fn correct(Given(Served { shop, .. }): Given<Served>, body: Bytes) -> Response {
    match accept(&shop, &body).await {
        Ok(correction) => (StatusCode::ACCEPTED, Json(shown(&correction))).into_response(),
        Err(error) => refuse(&shop, error),
    }
}

/// `GET /v1/corrections/{id}`: what became of it; not what it says.
pub(super) async fn show(Given(Served { shop, .. }): Given<Served>, Path(id): Path<String>) -> Response {
    let found = || -> Result<Option<Correction>, ServiceError> {
        let call = call_of(&id)?;
        Ok(shop.till.corrections()?.into_iter().find(|one| (one.channel, one.number) == call))
    };
    match found() {
        Ok(Some(correction)) => Json(shown(&correction)).into_response(),
        Ok(None) => refuse(&shop, ServiceError::Missing("such correction")),
        Err(error) => refuse(&shop, error),
    }
}

/// `POST /v1/corrections/{id}/take`: a curator gets the item, and nobody learns from it.
pub(super) async fn take(Given(Served { shop, .. }): Given<Served>, Path(id): Path<String>, body: Bytes) -> Response {
    match taken(&shop, &id, &body).await {
        Ok(correction) => {
            let item = HexBinary::from(correction.item.as_slice());
            Json(json!({"correction": shown(&correction), "item": item})).into_response()
        }
        Err(error) => refuse(&shop, error),
    }
}

fn shown(correction: &Correction) -> serde_json::Value {
    let Correction { channel, number, model, received_at, state, .. } = correction;
    json!({"id": format!("{channel}-{number}"), "model": model, "received_at": received_at, "state": state})
}

fn call_of(id: &str) -> Result<(ChannelId, u64), ServiceError> {
    let parts = id.split_once('-').and_then(|(channel, number)| Some((channel.parse().ok()?, number.parse().ok()?)));
    let (channel, number) = parts.ok_or(ServiceError::Missing("such receipt"))?;
    Ok((ChannelId(channel), number))
}

fn corrector(shop: &Shop) -> Result<Arc<dyn Corrects>, ServiceError> {
    shop.corrects.clone().ok_or(ServiceError::Missing("place for corrections"))
}

async fn accept(shop: &Arc<Shop>, body: &[u8]) -> Result<Correction, ServiceError> {
    let request: CorrectionRequest =
        serde_json::from_slice(body).map_err(|error| ServiceError::Body(error.to_string()))?;
    let call = call_of(&request.receipt)?;
    let missing = |_| ServiceError::Missing("such receipt");
    let account = shop.till.account(call.0).map_err(missing)?;
    let booked = shop.till.booked(call.0, call.1)?.ok_or(ServiceError::Missing("such receipt"))?;
    let digest = correction_digest(shop.till.domain(), call.0.get(), call.1, &request.answer);
    check_signature(&shop.till.voucher_key(call.0)?, &digest, &request.signature)?;
    if account.served.number == call.1 && !account.unsigned().is_zero() {
        return Err(ServiceError::Correction("the call is not paid yet: send its voucher first"));
    }
    if corrector(shop)?.datanet(account.model).await?.is_none() {
        return Err(ServiceError::Correction("this model takes no corrections"));
    }
    let item = corrected(&booked.receipt, &request.answer)
        .ok_or(ServiceError::Correction("it is no answer, or the one that was given"))?;
    let correction = Correction {
        channel: call.0,
        number: call.1,
        model: account.model,
        payer: account.payer,
        item: item.into(),
        received_at: seconds(),
        state: State::Waiting,
    };
    // A call is corrected once. The same again is no other correction.
    shop.till.correct(call, |there| match there {
        None => Ok(correction.clone()),
        Some(there) if there.item == correction.item => Ok(there),
        Some(_) => Err(ServiceError::Correction("the call was corrected otherwise already")),
    })
}

async fn taken(shop: &Arc<Shop>, id: &str, body: &[u8]) -> Result<Correction, ServiceError> {
    let request: TakeRequest = serde_json::from_slice(body).map_err(|error| ServiceError::Body(error.to_string()))?;
    let call = call_of(id)?;
    let key = VerifyingKey::from_sec1_bytes(&request.public_key)
        .map_err(|_| ServiceError::Correction("the public key is none"))?;
    check_signature(&key, &taken_digest(shop.till.domain(), call.0.get(), call.1), &request.signature)?;
    let account = shop.till.account(call.0).map_err(|_| ServiceError::Missing("such correction"))?;
    let curator = corrector(shop)?.is_curator(account.model, &key).await?;
    let curator =
        curator.ok_or(ServiceError::Correction("only a curator of the model, or of its corrections, takes one"))?;
    shop.till.correct(call, |there| match there {
        None => Err(ServiceError::Missing("such correction")),
        Some(there) => match there.state.clone() {
            State::Waiting => Ok(Correction { state: State::Validation { curator: curator.clone() }, ..there }),
            State::Validation { curator: by } if by == curator => Ok(there),
            _ => Err(ServiceError::Correction("it is taken or contributed already")),
        },
    })
}

fn check_signature(key: &VerifyingKey, digest: &[u8; 32], signature: &Binary) -> Result<(), ServiceError> {
    let signature =
        Signature::from_slice(signature).map_err(|_| ServiceError::Correction("its signature is malformed"))?;
    key.verify_prehash(digest, &signature).map_err(|_| ServiceError::Correction("its signature is of another key"))
}

/// Makes contributions of the corrections that no curator took in time.
///
/// # Errors
/// If the chain or the books cannot be used: what was not done stays due.
pub async fn pass_on(shop: &Arc<Shop>) -> Result<usize, ServiceError> {
    let Some(corrects) = shop.corrects.clone() else { return Ok(0) };
    let mut passed = 0;
    for correction in shop.till.corrections()? {
        let call = (correction.channel, correction.number);
        let datanet = match &correction.state {
            State::Committing { datanet } => *datanet,
            State::Waiting if is_due(shop, &correction) => match corrects.datanet(correction.model).await? {
                // Written down first: from now on no curator takes it.
                Some(datanet) => {
                    decide(shop, call, State::Committing { datanet })?;
                    datanet
                }
                None => {
                    decide(shop, call, State::Unwanted)?;
                    continue;
                }
            },
            _ => continue,
        };
        match corrects.contribute(datanet, &correction).await {
            Ok(contribution) => {
                shop.till.correct(call, |there| {
                    let there = there.ok_or(TillError::UnknownChannel(call.0))?;
                    Ok::<_, TillError>(Correction { state: State::Contributed { datanet, contribution }, ..there })
                })?;
                passed += 1;
            }
            Err(Fault::Refused(reason)) => {
                tracing::info!(channel = %call.0, number = call.1, reason, "the DataNet does not take a correction now; trying again");
            }
            Err(fault) => return Err(fault.into()),
        }
    }
    Ok(passed)
}

fn is_due(shop: &Shop, correction: &Correction) -> bool {
    seconds().saturating_sub(correction.received_at) >= shop.limits.correction_wait.as_secs()
}

/// Changes what waits; a curator may have been quicker.
fn decide(shop: &Shop, call: (ChannelId, u64), state: State) -> Result<(), ServiceError> {
    shop.till.correct(call, |there| match there {
        Some(there) if there.state == State::Waiting => Ok(Correction { state: state.clone(), ..there }),
        _ => Err(ServiceError::Correction("it is taken already")),
    })?;
    Ok(())
}
