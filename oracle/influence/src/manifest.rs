//! What a model version was trained with: enough to train it again and to check its influence.

use serde::{Deserialize, Serialize};

use crate::digest::{Digest, digest, hex};
use crate::mlp::{Architecture, Mlp, MlpError, ensemble_hash};

/// Name of the influence method; a change that moves a score gets another name.
pub const METHOD: &str = "ggn-exact/1";

/// Why a plan or manifest cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// The layer sizes describe no network.
    #[error("the layer sizes cannot be used")]
    Layers(#[from] MlpError),
    /// A number is not in its range.
    #[error("{name} is {value}, but must be {allowed}")]
    Value {
        /// Which number.
        name: &'static str,
        /// What it is.
        value: f64,
        /// What it may be.
        allowed: &'static str,
    },
    /// The manifest is for another method than this engine's.
    #[error("the manifest is for method `{found}`, this engine computes `{METHOD}`")]
    Method {
        /// The manifest's method.
        found: String,
    },
    /// The bytes are not a manifest in canonical form.
    #[error("the bytes are not a canonical training manifest")]
    Json(#[from] serde_json::Error),
    /// The bytes are a manifest, but not in its one canonical form.
    #[error("the manifest is not in canonical form")]
    NotCanonical,
}

/// The precision that weights are trained in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// IEEE 754 binary32.
    F32,
}

/// How the step size moves over the steps of a training.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Schedule {
    /// The same at every step.
    Constant,
    /// Step `t` of `T` has `1 − t/T` of it, `t` from 0: the last steps settle, so that members differ by where they started and not by
    /// where the noise of large steps left them.
    Linear,
}

impl Schedule {
    /// The factor of the step size at step `step` of `steps`.
    pub fn factor(self, step: usize, steps: usize) -> f64 {
        match self {
            Self::Constant => 1.0,
            Self::Linear => 1.0 - step as f64 / steps as f64,
        }
    }
}

/// How to train: fixed before training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainingPlan {
    /// Layer sizes, from features to labels.
    pub layers: Vec<usize>,
    /// Passes over the items.
    pub epochs: usize,
    /// Items per step.
    pub batch: usize,
    /// Step size.
    pub learning_rate: f64,
    /// How it moves over the steps.
    pub schedule: Schedule,
    /// Momentum of the velocity.
    pub momentum: f64,
    /// Weight decay, added to the gradient; must be positive, since damping is a multiple of it.
    pub weight_decay: f64,
    /// One seed per member.
    #[serde(with = "decimal_strings")]
    pub seeds: Vec<u64>,
    /// Precision of weights and training arithmetic.
    pub precision: Precision,
    /// Of an adapter: hash of the weights that training starts from, [`crate::mlp::ensemble_hash`] as 64 hex digits. Member `i` starts
    /// from member `i` of the base, again from the first when the base has fewer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
}

impl TrainingPlan {
    /// Digits (64-32-10), with the given seeds: Task A of the project's measurements, but for a step size that falls to 0.
    pub fn digits(seeds: Vec<u64>) -> Self {
        Self {
            layers: vec![64, 32, 10],
            epochs: 60,
            batch: 50,
            learning_rate: 0.1,
            schedule: Schedule::Linear,
            momentum: 0.9,
            weight_decay: 1e-3,
            seeds,
            precision: Precision::F32,
            start: None,
        }
    }

    /// The plan of an adapter, which starts from a base's members.
    #[must_use]
    pub fn starting_from(self, base: &[Mlp]) -> Self {
        Self { start: Some(hex(&ensemble_hash(base))), ..self }
    }

    /// Checks every number, and gives the architecture.
    ///
    /// # Errors
    /// Names the number that is out of its range.
    pub fn check(&self) -> Result<Architecture, ManifestError> {
        let architecture = Architecture::new(&self.layers)?;
        let check = |name, value: f64, allowed, fits: bool| {
            if fits { Ok(()) } else { Err(ManifestError::Value { name, value, allowed }) }
        };
        let positive = |value: f64| value.is_finite() && value > 0.0;
        check("epochs", self.epochs as f64, "at least 1", self.epochs > 0)?;
        check("batch", self.batch as f64, "at least 1", self.batch > 0)?;
        check("learning_rate", self.learning_rate, "positive", positive(self.learning_rate))?;
        check("momentum", self.momentum, "from 0 to below 1", (0.0..1.0).contains(&self.momentum))?;
        check("weight_decay", self.weight_decay, "positive", positive(self.weight_decay))?;
        check("the number of seeds", self.seeds.len() as f64, "at least 1", !self.seeds.is_empty())?;
        Ok(architecture)
    }

    /// SHA-256 of the canonical JSON, under the tag `influence/plan/1`.
    pub fn hash(&self) -> Digest {
        digest("influence/plan/1", &[&canonical_json(self)])
    }
}

/// How a model version was trained and how its influence is computed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainingManifest {
    /// Influence method, [`METHOD`].
    pub method: String,
    /// How the members were trained.
    pub plan: TrainingPlan,
    /// Added to the diagonal of the Gauss-Newton matrix (weight decay not counted apart).
    pub damping: f64,
    /// Name of the procedure that chose the damping, [`crate::damping::PROCEDURE`].
    pub damping_procedure: String,
}

impl TrainingManifest {
    /// The manifest of a plan and of the damping chosen for it by [`crate::damping::choose`].
    pub fn new(plan: TrainingPlan, damping: f64) -> Self {
        let damping_procedure = crate::damping::PROCEDURE.to_owned();
        Self { method: METHOD.to_owned(), plan, damping, damping_procedure }
    }

    /// Checks method, plan and damping, and gives the architecture.
    ///
    /// # Errors
    /// Names what cannot be used.
    pub fn check(&self) -> Result<Architecture, ManifestError> {
        if self.method != METHOD {
            return Err(ManifestError::Method { found: self.method.clone() });
        }
        if !(self.damping.is_finite() && self.damping > 0.0) {
            return Err(ManifestError::Value { name: "damping", value: self.damping, allowed: "positive" });
        }
        self.plan.check()
    }

    /// The one canonical form: JSON without white space, fields in the order of their declaration, seeds as decimal
    /// strings, floats as the shortest decimal that reads back the same.
    pub fn canonical_bytes(&self) -> Vec<u8> {
        canonical_json(self)
    }

    /// Reads and checks what [`Self::canonical_bytes`] gave.
    ///
    /// # Errors
    /// If the bytes are no manifest, not in canonical form, or not usable.
    pub fn from_canonical_bytes(bytes: &[u8]) -> Result<Self, ManifestError> {
        let manifest: Self = serde_json::from_slice(bytes)?;
        if manifest.canonical_bytes() != bytes {
            return Err(ManifestError::NotCanonical);
        }
        manifest.check()?;
        Ok(manifest)
    }

    /// SHA-256 of the canonical bytes, under the tag `influence/manifest/1`.
    pub fn hash(&self) -> Digest {
        digest("influence/manifest/1", &[&self.canonical_bytes()])
    }
}

fn canonical_json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("plain structs of numbers and strings always serialise")
}

/// 64-bit numbers as decimal strings, since JSON readers elsewhere hold numbers as doubles.
mod decimal_strings {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(values: &[u64], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(values.iter().map(u64::to_string))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u64>, D::Error> {
        let texts = Vec::<String>::deserialize(deserializer)?;
        texts.iter().map(|text| text.parse().map_err(D::Error::custom)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> TrainingManifest {
        TrainingManifest::new(TrainingPlan::digits(vec![1, u64::MAX]), 0.003)
    }

    #[test]
    fn a_linear_schedule_falls_from_the_whole_step_to_almost_nothing() {
        assert_eq!(Schedule::Linear.factor(0, 10), 1.0);
        assert!((Schedule::Linear.factor(9, 10) - 0.1).abs() < 1e-12);
        assert_eq!(Schedule::Constant.factor(9, 10), 1.0);
    }

    #[test]
    fn the_canonical_form_is_fixed() {
        let text = r#"{"method":"ggn-exact/1","plan":{"layers":[64,32,10],"epochs":60,"batch":50,"learning_rate":0.1,"schedule":"linear","momentum":0.9,"weight_decay":0.001,"seeds":["1","18446744073709551615"],"precision":"f32"},"damping":0.003,"damping_procedure":"half-subset-lds/2"}"#;
        assert_eq!(String::from_utf8(manifest().canonical_bytes()).expect("JSON is text"), text);
    }

    #[test]
    fn canonical_bytes_read_back_and_other_bytes_do_not() {
        let bytes = manifest().canonical_bytes();
        assert_eq!(TrainingManifest::from_canonical_bytes(&bytes).expect("canonical"), manifest());
        let spaced = [b" ".as_slice(), &bytes].concat();
        assert!(matches!(TrainingManifest::from_canonical_bytes(&spaced), Err(ManifestError::NotCanonical)));
        assert!(matches!(TrainingManifest::from_canonical_bytes(b"{}"), Err(ManifestError::Json(_))));
    }

    #[test]
    fn every_field_moves_the_hash() {
        let mut others = vec![manifest(); 4];
        others[0].plan.seeds[0] = 2;
        others[1].plan.learning_rate = 0.2;
        others[2].damping = 0.004;
        others[3].damping_procedure = "by hand".to_owned();
        for other in others {
            assert_ne!(other.hash(), manifest().hash());
        }
    }

    #[test]
    fn numbers_out_of_range_are_named() {
        let mut plan = TrainingPlan::digits(vec![1]);
        plan.momentum = 1.0;
        assert!(matches!(plan.check(), Err(ManifestError::Value { name: "momentum", .. })));
        let mut unusable = manifest();
        unusable.damping = f64::NAN;
        assert!(matches!(unusable.check(), Err(ManifestError::Value { name: "damping", .. })));
        unusable.method = "other".to_owned();
        assert!(matches!(unusable.check(), Err(ManifestError::Method { .. })));
    }
}
