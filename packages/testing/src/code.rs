//! The code of all contracts.

use cosmwasm_std::Empty;
use cw_multi_test::{Contract, ContractWrapper};

/// The contracts whose code the chain holds, in the order of their code ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Code {
    /// OPEN.
    OpenToken = 1,
    /// `datanet`.
    Datanet = 2,
    /// `model`.
    Model = 3,
    /// `attribution`.
    Attribution = 4,
    /// `settlement`.
    Settlement = 5,
    /// `stake`, which `model` instantiates.
    Stake = 6,
    /// `timelock`, the admin of others.
    Timelock = 7,
}

impl Code {
    /// All of them, in the order of their ids.
    pub const ALL: [Self; 7] =
        [Self::OpenToken, Self::Datanet, Self::Model, Self::Attribution, Self::Settlement, Self::Stake, Self::Timelock];

    /// The code id, the same on every embedded chain; on others it is what storing the code returned.
    pub const fn id(self) -> u64 {
        self as u64
    }

    /// The contract's name, and the label of its instances.
    pub const fn label(self) -> &'static str {
        match self {
            Self::OpenToken => "open-token",
            Self::Datanet => "datanet",
            Self::Model => "model",
            Self::Attribution => "attribution",
            Self::Settlement => "settlement",
            Self::Stake => "stake",
            Self::Timelock => "timelock",
        }
    }

    /// The crate's name as its build writes it: `artifacts/<name>.wasm`.
    pub const fn artifact(self) -> &'static str {
        match self {
            Self::OpenToken => "open_token",
            _ => self.label(),
        }
    }

    pub(crate) fn contract(self) -> Box<dyn Contract<Empty>> {
        macro_rules! wrapped {
            ($contract:ident $(, $more:ident)?) => {
                Box::new(
                    ContractWrapper::new(
                        $contract::contract::execute,
                        $contract::contract::instantiate,
                        $contract::contract::query,
                    )
                    .with_migrate($contract::contract::migrate)
                    $(.$more($contract::contract::reply))?,
                )
            };
        }
        match self {
            Self::OpenToken => wrapped!(open_token),
            Self::Datanet => wrapped!(datanet),
            Self::Model => wrapped!(model, with_reply),
            Self::Attribution => wrapped!(attribution),
            Self::Settlement => wrapped!(settlement),
            Self::Stake => wrapped!(stake),
            Self::Timelock => wrapped!(timelock),
        }
    }
}
