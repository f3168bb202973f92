//! Which messages went through and which were refused, by variant.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use protocol::{attribution, datanet, model, open_token, settlement, stake};
use schemars::{JsonSchema, schema::SchemaObject, schema_for};

/// Variants that no account can ever send with success: only a contract may, they were for deployment, or OPEN has nobody for it.
pub const CLOSED: [&str; 19] = [
    "attribution.receive",
    "attribution.wire",
    "datanet.mark_used",
    "datanet.receive",
    "datanet.wire",
    "model.consume_validation",
    "model.wire",
    "open_token.mint",
    "open_token.update_marketing",
    "open_token.update_minter",
    "open_token.upload_logo",
    "settlement.advance",
    "settlement.receive",
    "settlement.sync_contributions",
    "settlement.take_positions",
    "settlement<-debt",
    "stake.deliver",
    "stake.pay_work",
    "stake.receive",
];

/// Every variant of every contract's messages as `contract.variant`, and of what OPEN is sent for as `contract<-variant`.
pub fn every_variant() -> BTreeSet<String> {
    [
        variants::<open_token::ExecuteMsg>("open_token."),
        variants::<datanet::ExecuteMsg>("datanet."),
        variants::<datanet::ReceiveMsg>("datanet<-"),
        variants::<model::ExecuteMsg>("model."),
        variants::<attribution::ExecuteMsg>("attribution."),
        variants::<attribution::ReceiveMsg>("attribution<-"),
        variants::<settlement::ExecuteMsg>("settlement."),
        variants::<settlement::ReceiveMsg>("settlement<-"),
        variants::<stake::ExecuteMsg>("stake."),
        variants::<stake::ReceiveMsg>("stake<-"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Names of an enum's variants, as its schema lists them: a new variant cannot be forgotten.
fn variants<T: JsonSchema>(prefix: &str) -> Vec<String> {
    let listed = schema_for!(T).schema.subschemas.and_then(|schemas| schemas.one_of).unwrap_or_default();
    let names = listed.into_iter().flat_map(|schema| names(schema.into_object()));
    names.map(|name| format!("{prefix}{name}")).collect()
}

fn names(schema: SchemaObject) -> Vec<String> {
    let keys = schema.object.map(|object| object.required.into_iter().collect::<Vec<_>>()).unwrap_or_default();
    let texts = schema.enum_values.unwrap_or_default();
    keys.into_iter().chain(texts.iter().filter_map(|text| text.as_str().map(str::to_owned))).collect()
}

/// What became of the messages of a variant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Went through.
    pub succeeded: u64,
    /// Were refused.
    pub refused: u64,
}

/// What became of all messages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage(BTreeMap<String, Tally>);

impl Coverage {
    /// Counts a message.
    pub fn count(&mut self, variant: String, succeeded: bool) {
        let tally = self.0.entry(variant).or_default();
        let counter = if succeeded { &mut tally.succeeded } else { &mut tally.refused };
        *counter = counter.saturating_add(1);
    }

    /// Adds what another one counted.
    pub fn add(&mut self, other: &Self) {
        for (variant, counted) in &other.0 {
            let tally = self.0.entry(variant.clone()).or_default();
            tally.succeeded = tally.succeeded.saturating_add(counted.succeeded);
            tally.refused = tally.refused.saturating_add(counted.refused);
        }
    }

    /// What became of a variant.
    pub fn of(&self, variant: &str) -> Tally {
        self.0.get(variant).copied().unwrap_or_default()
    }

    /// Every variant that exists or was sent, in alphabetical order.
    pub fn tallies(&self) -> BTreeMap<String, Tally> {
        let named = every_variant().into_iter().chain(self.0.keys().cloned());
        named.map(|variant| (variant.clone(), self.of(&variant))).collect()
    }

    /// Variants that could succeed and never did.
    pub fn never_succeeded(&self) -> Vec<String> {
        let open = every_variant().into_iter().filter(|variant| !CLOSED.contains(&variant.as_str()));
        open.filter(|variant| self.of(variant).succeeded == 0).collect()
    }

    /// Variants that can never succeed and did.
    pub fn broke_in(&self) -> Vec<&'static str> {
        CLOSED.into_iter().filter(|variant| self.of(variant).succeeded > 0).collect()
    }

    /// Closed variants that nobody even tried.
    pub fn never_tried(&self) -> Vec<String> {
        every_variant().into_iter().filter(|variant| self.of(variant) == Tally::default()).collect()
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.tallies().iter().try_for_each(|(variant, tally)| {
            writeln!(f, "{variant:<36} {:>9} succeeded {:>9} refused", tally.succeeded, tally.refused)
        })
    }
}
