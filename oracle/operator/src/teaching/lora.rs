//! What adapter is wanted, as a person writes it: `r=8,alpha=16,targets=q_proj,v_proj`.

use std::str::FromStr;

use lm::{lora::LoraConfig, weights::Projection};

/// Rank unless another is wanted.
const RANK: usize = 8;
/// α unless another is wanted.
const ALPHA: f64 = 16.0;
/// Adapted projections unless others are wanted: those of Hu et al. 2021.
const TARGETS: [Projection; 2] = [Projection::Query, Projection::Value];
/// Stands for every projection.
const ALL: &str = "all";

/// Why a text is no adapter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoraError {
    /// A key that there is not.
    #[error("`{0}` is no part of an adapter: write r=8,alpha=16,targets=q_proj,v_proj, or some of it")]
    Key(String),
    /// A number that cannot be used.
    #[error("{key}={value} cannot be used: write {allowed}")]
    Number {
        /// `r` or `alpha`.
        key: &'static str,
        /// What was written.
        value: String,
        /// What may be.
        allowed: &'static str,
    },
    /// A module that is no projection.
    #[error(
        "`{0}` is no projection: targets are q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj, or all"
    )]
    Target(String),
}

/// An adapter to be made.
#[derive(Clone, Debug, PartialEq)]
pub struct Lora {
    /// Rank.
    pub rank: usize,
    /// α
    pub alpha: f64,
    /// Adapted projections of every block.
    pub targets: Vec<Projection>,
}

impl Default for Lora {
    fn default() -> Self {
        Self { rank: RANK, alpha: ALPHA, targets: TARGETS.to_vec() }
    }
}

impl Lora {
    /// As PEFT configures it.
    pub fn config(&self) -> LoraConfig {
        LoraConfig::new(self.rank, self.alpha, &self.targets)
    }

    fn set(&mut self, key: &str, value: &str) -> Result<(), LoraError> {
        let number = |key, allowed| LoraError::Number { key, value: value.to_owned(), allowed };
        match key {
            "r" => {
                let rank = value.parse().ok().filter(|rank| *rank > 0);
                self.rank = rank.ok_or_else(|| number("r", "a whole number from 1 on"))?;
            }
            "alpha" => {
                let alpha = value.parse().ok().filter(|alpha: &f64| alpha.is_finite() && *alpha > 0.0);
                self.alpha = alpha.ok_or_else(|| number("alpha", "a positive number"))?;
            }
            "targets" => self.targets = targets(value)?,
            other => return Err(LoraError::Key(other.to_owned())),
        }
        Ok(())
    }
}

impl FromStr for Lora {
    type Err = LoraError;

    /// A part without `=` belongs to the list before it.
    fn from_str(text: &str) -> Result<Self, LoraError> {
        let mut pairs: Vec<(String, String)> = Vec::new();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            match (part.split_once('='), pairs.last_mut()) {
                (Some((key, value)), _) => pairs.push((key.trim().to_owned(), value.trim().to_owned())),
                (None, Some((_, value))) => *value = format!("{value},{part}"),
                (None, None) => return Err(LoraError::Key(part.to_owned())),
            }
        }
        let mut lora = Self::default();
        pairs.iter().try_for_each(|(key, value)| lora.set(key, value))?;
        Ok(lora)
    }
}

fn targets(value: &str) -> Result<Vec<Projection>, LoraError> {
    if value == ALL {
        return Ok(Projection::ALL.to_vec());
    }
    let named = |module: &str| Projection::named(module).ok_or_else(|| LoraError::Target(module.to_owned()));
    value.split(',').map(named).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_written_is_as_usual_and_targets_may_hold_commas() {
        assert_eq!("".parse(), Ok(Lora::default()));
        let lora: Lora = "targets=q_proj,down_proj, r=4 ,alpha=2.5".parse().unwrap();
        assert_eq!(lora, Lora { rank: 4, alpha: 2.5, targets: vec![Projection::Query, Projection::Down] });
        assert_eq!("targets=all".parse::<Lora>().unwrap().targets, Projection::ALL);
    }

    #[test]
    fn what_cannot_be_an_adapter_is_named() {
        let refused = |text: &str| text.parse::<Lora>().unwrap_err().to_string();
        assert!(refused("rank=8").contains("`rank`"));
        assert!(refused("q_proj").contains("`q_proj`"));
        assert!(refused("r=0").contains("r=0"));
        assert!(refused("alpha=NaN").contains("alpha=NaN"));
        assert!(refused("targets=lm_head").contains("`lm_head`"));
    }
}
