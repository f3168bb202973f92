//! Sizes of models.

use clap::ValueEnum;
use lm::config::{Heads, LlamaConfig};
use serde::Serialize;

/// A model's sizes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shape {
    /// 0.1 M weights, for trying the program.
    Tiny,
    /// 1.2 billion: the sizes of Llama 3.2 1B.
    #[value(name = "1b")]
    Billion,
    /// 6.7 billion: the sizes of Llama 2 7B.
    #[value(name = "7b")]
    SevenBillion,
}

/// Rows that are computed together unless others are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Rows {
    /// Of a block, and so of an item.
    pub length: usize,
    /// Of a group of blocks.
    pub at_once: usize,
    /// Of a step of training.
    pub of_step: usize,
    /// Of a measurement.
    pub measured: usize,
}

impl Shape {
    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tiny => "tiny",
            Self::Billion => "1b",
            Self::SevenBillion => "7b",
        }
    }

    /// The model.
    pub fn config(self) -> LlamaConfig {
        match self {
            Self::Tiny => LlamaConfig::new(256, 64, 2, Heads { query: 4, key_value: 2 }, 128, 64),
            Self::Billion => {
                let mut config = LlamaConfig::new(128_256, 2_048, 16, Heads { query: 32, key_value: 8 }, 8_192, 8_192);
                config.rope_theta = 500_000.0;
                config
            }
            Self::SevenBillion => {
                let mut config = LlamaConfig::new(32_000, 4_096, 32, Heads { query: 32, key_value: 32 }, 11_008, 4_096);
                config.tie_word_embeddings = false;
                config
            }
        }
    }

    /// Rows that suit it on a card of 80 GB or more.
    pub fn rows(self) -> Rows {
        match self {
            Self::Tiny => Rows { length: 32, at_once: 128, of_step: 256, measured: 512 },
            Self::Billion => Rows { length: 1_024, at_once: 8_192, of_step: 32_768, measured: 131_072 },
            Self::SevenBillion => Rows { length: 1_024, at_once: 2_048, of_step: 16_384, measured: 32_768 },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lm::weights::Slot;

    fn weights(shape: Shape) -> usize {
        let config = shape.config();
        Slot::all(&config).iter().map(|slot| slot.shape(&config).iter().product::<usize>()).sum()
    }

    #[test]
    fn shapes_have_the_weights_that_their_names_say() {
        assert_eq!(weights(Shape::Billion), 1_235_814_400);
        assert_eq!(weights(Shape::SevenBillion), 6_738_415_616);
        assert!(weights(Shape::Tiny) < 120_000);
        for shape in [Shape::Tiny, Shape::Billion, Shape::SevenBillion] {
            assert!(shape.config().check().is_ok(), "{}", shape.name());
        }
    }

    #[test]
    fn a_measurement_is_of_whole_steps_of_whole_groups_of_whole_blocks() {
        for shape in [Shape::Tiny, Shape::Billion, Shape::SevenBillion] {
            let Rows { length, at_once, of_step, measured } = shape.rows();
            assert!(
                at_once.is_multiple_of(length) && of_step.is_multiple_of(at_once) && measured.is_multiple_of(of_step)
            );
        }
    }
}
