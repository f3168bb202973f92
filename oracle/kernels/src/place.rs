//! Where tensors are computed, as a user names it.

use std::fmt;
use std::str::FromStr;

use candle_core::Device;

/// A processor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// `cpu`
    #[default]
    Cpu,
    /// `cuda`, the first of NVIDIA's cards, or `cuda:N`.
    Cuda(usize),
}

/// What a card needs that was found missing.
const NEEDED: &str = if cfg!(feature = "cuda") {
    "it needs an NVIDIA card of that number and its driver for CUDA 13; `nvidia-smi` shows both (docs/gpu.md)"
} else {
    "it needs a program built with the feature `cuda` (docs/gpu.md)"
};

/// Why there is no such place.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// The name is none.
    #[error("`{0}` is no place to compute: say cpu, cuda or cuda:N")]
    Name(String),
    /// The card cannot be used.
    #[error("cannot use {place}: {}", NEEDED)]
    Open {
        /// The place.
        place: Place,
        /// What candle said.
        #[source]
        source: Box<candle_core::Error>,
    },
}

impl FromStr for Place {
    type Err = PlaceError;

    fn from_str(name: &str) -> Result<Self, PlaceError> {
        let wrong = || PlaceError::Name(name.to_owned());
        match name.split_once(':') {
            None if name == "cpu" => Ok(Self::Cpu),
            None if name == "cuda" => Ok(Self::Cuda(0)),
            Some(("cuda", rank)) => rank.parse().map(Self::Cuda).map_err(|_| wrong()),
            _ => Err(wrong()),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cpu => formatter.write_str("cpu"),
            Self::Cuda(rank) => write!(formatter, "cuda:{rank}"),
        }
    }
}

impl Place {
    /// The device. All threads send a card their work in one stream, so that tensors may be handed between them; freed memory is kept for what
    /// comes next.
    ///
    /// # Errors
    /// If the program was built without cards, or this one cannot be used.
    pub fn open(self) -> Result<Device, PlaceError> {
        match self {
            Self::Cpu => Ok(Device::Cpu),
            Self::Cuda(rank) => {
                open_card(rank).map_err(|source| PlaceError::Open { place: self, source: Box::new(source) })
            }
        }
    }
}

fn open_card(rank: usize) -> candle_core::Result<Device> {
    let device = Device::new_cuda_with_stream(rank)?;
    #[cfg(feature = "cuda")]
    crate::cuda::keep_freed_memory(rank)?;
    Ok(device)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_as_they_are_shown() {
        for place in [Place::Cpu, Place::Cuda(0), Place::Cuda(3)] {
            assert_eq!(place.to_string().parse::<Place>().expect("a place"), place);
        }
        assert_eq!("cuda".parse::<Place>().expect("a place"), Place::Cuda(0));
        for name in ["gpu", "cuda:", "cuda:x", "cpu:1", ""] {
            assert!(name.parse::<Place>().is_err(), "{name}");
        }
    }

    #[cfg(not(feature = "cuda"))]
    #[test]
    fn a_card_is_refused_by_a_program_without_them() {
        let error = Place::Cuda(0).open().expect_err("built without cards");
        assert!(error.to_string().contains("feature `cuda`"));
    }
}
