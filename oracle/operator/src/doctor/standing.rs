//! What the contracts say of the account: admission, bond, misses; and which keys its models need.

use std::collections::BTreeSet;

use chain::ChainError;
use protocol::{
    DatanetId, MethodId, ModelId,
    attribution::{Method, Operator, QueryMsg as AttributionQuery},
    datanet::{Datanet, QueryMsg as DatanetQuery},
    model::{Model, QueryMsg as ModelQuery, Version},
};

use super::{Finding, whole};
use crate::{config::Serve, contracts::Contracts, keys::DatanetKeys};

/// The most methods that are looked at.
const MOST_METHODS: u64 = 64;

/// What each method that admitted the account says of it, and those in whose rounds it takes part.
pub async fn memberships(contracts: &Contracts, address: &str) -> (Vec<Finding>, BTreeSet<MethodId>) {
    match admissions(contracts, address).await {
        Ok(admitted) if admitted.is_empty() => {
            let advice = format!("ask governance to admit {address}");
            (vec![Finding::fail("bond", "no method has admitted this account", advice)], BTreeSet::new())
        }
        Ok(admitted) => judge_all(contracts, &admitted).await,
        Err(error) => {
            (vec![Finding::fail("bond", whole(&error), "look at the node and the deployment")], BTreeSet::new())
        }
    }
}

async fn judge_all(contracts: &Contracts, admitted: &[(Method, Operator)]) -> (Vec<Finding>, BTreeSet<MethodId>) {
    let now = match contracts.status().await {
        Ok(status) => status.time,
        Err(error) => return (vec![Finding::fail("bond", whole(&error), "look at the node")], BTreeSet::new()),
    };
    let findings = admitted.iter().map(|(method, operator)| judge(method, operator, now)).collect();
    let bonded = admitted.iter().filter(|(method, operator)| is_active(method, operator, now));
    (findings, bonded.map(|(method, _)| method.id).collect())
}

/// Methods that know the account.
pub async fn admissions(contracts: &Contracts, address: &str) -> Result<Vec<(Method, Operator)>, ChainError> {
    let mut admitted = Vec::new();
    for id in 1..=MOST_METHODS {
        let method = match contracts.method(MethodId(id)).await {
            Ok(method) => method,
            Err(ChainError::NotFound { .. }) => break,
            Err(error) => return Err(error),
        };
        let query = AttributionQuery::Operator { method: method.id, account: address.to_owned() };
        match contracts.attribution(&query).await {
            Ok(operator) => admitted.push((method, operator)),
            Err(ChainError::NotFound { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(admitted)
}

fn is_active(method: &Method, operator: &Operator, now: u64) -> bool {
    operator.bond >= method.params.bond
        && operator.active_from.get() <= now
        && operator.leaves_at.is_none_or(|leaves| leaves.get() > now)
}

fn judge(method: &Method, operator: &Operator, now: u64) -> Finding {
    let (name, id, due) = (&method.params.name, method.id, method.params.bond);
    let what = format!(
        "{name} (method {id}): bond {} of {due} uopen, missed {}, slashed {}, penalties {}",
        operator.bond, operator.missed, operator.slashed, operator.penalties
    );
    if let Some(leaves) = operator.leaves_at {
        let free = operator.bond_free_at.map_or(0, |free| free.get());
        let advice =
            format!("the bond can be withdrawn from {free} on; keep running while an open round's set holds you");
        return Finding::warn("bond", format!("{what}; leaves at {leaves}", leaves = leaves.get()), advice);
    }
    if operator.bond < due {
        let lacking = due.saturating_sub(operator.bond);
        let advice = format!("send exactly {lacking} uopen to `attribution` with {{\"bond\":{{\"method\":\"{id}\"}}}}");
        return Finding::fail("bond", what, advice);
    }
    if operator.active_from.get() > now {
        let wait = operator.active_from.get().saturating_sub(now);
        return Finding::warn(
            "bond",
            format!("{what}; takes part in {wait} s"),
            "wait: admissions take effect after a delay",
        );
    }
    if operator.missed > 0 {
        return Finding::warn(
            "bond",
            what,
            "the third missed round in a row costs a penalty: find out why rounds were missed",
        );
    }
    Finding::ok("bond", what)
}

/// Whether the keys of all private DataNets are held that the served models were trained on.
pub async fn private_datanets(
    contracts: &Contracts,
    serve: &Serve,
    methods: &BTreeSet<MethodId>,
    keys: &DatanetKeys,
) -> Vec<Finding> {
    match check_datanets(contracts, serve, methods, keys).await {
        Ok(findings) => findings,
        Err(error) => vec![Finding::fail("datanet keys", whole(&error), "look at the node, and at `models.serve`")],
    }
}

async fn check_datanets(
    contracts: &Contracts,
    serve: &Serve,
    methods: &BTreeSet<MethodId>,
    keys: &DatanetKeys,
) -> Result<Vec<Finding>, ChainError> {
    let models = served(contracts, serve, methods).await?;
    let mut findings = vec![Finding::ok("models", describe(&models))];
    let mut needed = BTreeSet::new();
    for model in models.iter().filter(|model| model.versions > 0) {
        needed.extend(datanets(contracts, model).await?);
    }
    for id in needed {
        let datanet: Datanet = contracts.datanet(&DatanetQuery::Datanet { datanet: id }).await?;
        findings.extend(judge_datanet(&datanet, keys));
    }
    Ok(findings)
}

fn judge_datanet(datanet: &Datanet, keys: &DatanetKeys) -> Option<Finding> {
    datanet.settings.item_key.as_ref()?;
    let (id, name) = (datanet.id, &datanet.settings.name);
    Some(match keys.digested(datanet) {
        Ok(_) => Finding::ok("datanet keys", format!("DataNet {id} ({name}) is private and its key is held")),
        Err(error) => {
            let advice = "ask its owner for the key, and add it to the file that `objects.datanet_keys` names";
            Finding::fail("datanet keys", whole(&error), advice)
        }
    })
}

fn describe(models: &[Model]) -> String {
    if models.is_empty() {
        return "none is served yet".to_owned();
    }
    let names: Vec<String> = models.iter().map(|model| format!("{} ({})", model.id, model.name)).collect();
    format!("serves {}", names.join(", "))
}

/// Models that are served: of `all`, those whose method the account takes part in.
async fn served(contracts: &Contracts, serve: &Serve, methods: &BTreeSet<MethodId>) -> Result<Vec<Model>, ChainError> {
    if let Serve::Only(ids) = serve {
        let mut models = Vec::new();
        for id in ids {
            models.push(contracts.model_record(*id).await?);
        }
        return Ok(models);
    }
    let mut models = contracts.models().await?;
    models.retain(|model| methods.contains(&model.method));
    Ok(models)
}

/// DataNets that a model's latest version was trained on.
async fn datanets(contracts: &Contracts, model: &Model) -> Result<Vec<DatanetId>, ChainError> {
    let (id, number): (ModelId, u32) = (model.id, model.versions);
    let version: Version = contracts.model(&ModelQuery::Version { model: id, number }).await?;
    Ok(version.manifest.trained_on.iter().map(|trained| trained.datanet).collect())
}
