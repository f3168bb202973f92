//! Typed ids and times: a `ModelId` can never be passed where a `ChannelId` is meant.

use std::{fmt, str::FromStr};

use cosmwasm_std::Uint64;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

macro_rules! string_u64 {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u64);

        impl $name {
            /// The number itself.
            pub const fn get(self) -> u64 {
                self.0
            }

            /// The id after this one; `None` at the end of the range.
            pub const fn next(self) -> Option<Self> {
                match self.0.checked_add(1) {
                    Some(next) => Some(Self(next)),
                    None => None,
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = std::num::ParseIntError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                Uint64::new(self.0).serialize(serializer)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Uint64::deserialize(deserializer).map(|value| Self(value.u64()))
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> String {
                stringify!($name).to_owned()
            }

            fn json_schema(generator: &mut schemars::r#gen::SchemaGenerator) -> schemars::schema::Schema {
                let mut schema = String::json_schema(generator).into_object();
                schema.string().pattern = Some("^[0-9]+$".to_owned());
                schema.metadata().description = Some(concat!("A 64-bit number as a decimal string: ", stringify!($name)).to_owned());
                schema.into()
            }
        }
    )+};
}

string_u64! {
    /// A DataNet, counted from 1 by the `datanet` contract.
    DatanetId,
    /// A contribution, counted from 1 across all DataNets in the order of commits: a lower id was committed earlier.
    ContributionId,
    /// A model, counted from 1 by the `model` contract.
    ModelId,
    /// A payment channel, counted from 1 by the `settlement` contract.
    ChannelId,
    /// A scoring round, counted from 1 per model by the `attribution` contract.
    RoundId,
    /// A scoring method, counted from 1 by the `attribution` contract.
    MethodId,
    /// A proposed spending of the treasury, counted from 1 by the `settlement` contract.
    SpendId,
    /// A proposal of a timelock, counted from 1 by the `timelock` contract.
    ProposalId,
    /// `(block time − genesis) / epoch length`.
    Epoch,
    /// A time or a length of time in whole seconds.
    Seconds,
}
