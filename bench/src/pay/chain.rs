//! The embedded chain that the fees are settled on: a DataNet with the fifteen contributions, a model, three operators, a payer.

use anyhow::{Context, Result, ensure};
use cosmwasm_std::Uint128;
use protocol::Bps;
use protocol::settlement::{Config, QueryMsg, SettledRound};
use rules::score::{Report, Vector};
use testing::scenario::{Part, Setup, World};
use testing::{ChainOptions, Invariants};

use super::cast::contributors;
use super::{CAP, Z_TENTHS};

/// As many as one deposit pays for.
pub const MAX_EPOCHS: usize = 80;
/// Queries of an epoch that one deposit pays for.
pub const MAX_QUERIES: usize = 600;

const OPERATORS: usize = 3;

/// The chain, at the beginning of an epoch.
pub struct Chain {
    world: World,
}

/// An account of the ledger, in uopen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Earned by measurement, less harm.
    pub accrued: i64,
    /// Ever released for payment.
    pub payable: u64,
}

/// What the contracts did with an epoch's fees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// The contributors' part of the fees, in uopen.
    pub pool: u64,
    /// What of it is owed to nobody, and so the treasury's, in uopen.
    pub residual: u64,
    /// D, as aggregated.
    pub denominator: u64,
    /// The accounts afterwards, by position.
    pub accounts: Vec<Account>,
}

impl Chain {
    /// A chain with contributions of as many items as the contributors have, for rounds of `validation` fresh examples.
    pub fn new(validation: u64) -> Self {
        let mut setup = Setup {
            chain: ChainOptions { invariants: Invariants::Off, ..ChainOptions::default() },
            items: contributors().iter().map(|contributor| contributor.items as u64).collect(),
            operators: OPERATORS,
            validation: validation * MAX_EPOCHS as u64,
            ..Setup::default()
        };
        setup.terms.release_rate = Bps::WHOLE;
        setup.terms.cap = Uint128::from(CAP);
        setup.method.z_tenths = Z_TENTHS;
        setup.method.validation_per_round = validation.into();
        Self { world: World::with(setup) }
    }

    /// The protocol's share of fees.
    pub fn protocol_bps(&self) -> u16 {
        self.world.settlement::<Config>(&QueryMsg::Config {}).protocol_share.0
    }

    /// From now on checks the whole state after every transaction, or no longer.
    pub fn watch(&mut self, watched: bool) {
        self.world.chain.set_invariants(if watched { Invariants::Return } else { Invariants::Off });
    }

    /// Pays for the calls of an epoch, redeems them by one voucher, and settles them by a round in which all operators report the same.
    ///
    /// # Errors
    /// If a contract refuses a step, or the whole state does not hold together.
    pub fn settle(&mut self, fees: &[u128], vector: &Vector) -> Result<Settled> {
        self.pay(fees)?;
        self.world.finish_epoch();
        let part = Part::Reports(Report::Vector(vector.clone()));
        let round = self.world.play_round(&vec![part; OPERATORS])?;
        let rounds = self.world.settled_rounds();
        let settled = rounds.into_iter().find(|settled| settled.round == round.id);
        self.read(&settled.context("the round closed without effect")?)
    }

    /// A receipt for every call; the payer's last voucher pays for all.
    fn pay(&mut self, fees: &[u128]) -> Result<()> {
        let (domain, epoch) = (self.world.settlement_domain(), self.world.epoch());
        let channel = self.world.channels.first_mut().context("the world has an open channel")?;
        let voucher = fees.iter().map(|&fee| channel.pay(&domain, epoch, fee)).last().context("nothing was asked")?;
        self.world.redeem(vec![voucher])?;
        Ok(())
    }

    fn read(&self, settled: &SettledRound) -> Result<Settled> {
        ensure!(settled.complete && settled.unresolved.is_zero(), "the round is not settled whole");
        let ledger = self.world.ledger();
        let account = |account: &protocol::settlement::Account| Account {
            accrued: account.accrued.i64(),
            payable: account.payable.u64(),
        };
        Ok(Settled {
            pool: settled.parts.influence.u128().try_into()?,
            residual: settled.residual.u128().try_into()?,
            denominator: settled.denominator.u64(),
            accounts: ledger.iter().map(account).collect(),
        })
    }
}
