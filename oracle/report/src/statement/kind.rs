//! What movements, accruals and losses are for: names for programs and words for people.

use serde::Serialize;

macro_rules! kinds {
    ($(#[$enum_doc:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $id:literal, $words:literal;)+ }) => {
        $(#[$enum_doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            $($(#[$doc])* $variant,)+
        }

        impl $name {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Its name in JSON and CSV.
            pub const fn id(self) -> &'static str {
                match self { $(Self::$variant => $id,)+ }
            }

            /// Its name in tables.
            pub const fn words(self) -> &'static str {
                match self { $(Self::$variant => $words,)+ }
            }
        }
    };
}

kinds! {
    /// What a movement of OPEN was for.
    Kind {
        /// A contribution's payable money, paid to a payee.
        Claim = "claim", "claim";
        /// An owner's part of fees, withdrawn.
        OwnerPart = "owner_part", "owner's part";
        /// An owner's part of royalties, withdrawn.
        RoyaltyPart = "royalty_part", "owner's part of royalties";
        /// An operator's reward, withdrawn.
        OperatorReward = "operator_reward", "operator's reward";
        /// A dividend of stake, paid out.
        Dividend = "dividend", "dividend";
        /// OPEN given to the holders of a stake.
        DividendGiven = "dividend_given", "to the holders of stake";
        /// Paid into a channel.
        ChannelDeposit = "channel_deposit", "deposit to a channel";
        /// Left in a channel when it closed.
        ChannelRefund = "channel_refund", "refund of a channel";
        /// Bond of a contribution.
        BondPosted = "bond_posted", "bond of a contribution";
        /// Bond of a contribution that was refused.
        BondReturned = "bond_returned", "bond returned: refused";
        /// Bond of a contribution that was released.
        BondReleased = "bond_released", "bond released";
        /// Bond of an operator, or what lacked of it.
        OperatorBond = "operator_bond", "bond of an operator";
        /// Bond of an operator who left.
        OperatorBondReturned = "operator_bond_returned", "bond of an operator returned";
        /// Half of what a duplicate proof took.
        ProverReward = "prover_reward", "prover's reward";
        /// Taken from a bond for proved debt.
        DebtCollected = "debt_collected", "proved debt collected";
        /// Paid by the treasury.
        TreasurySpending = "treasury_spending", "spending of the treasury";
        /// Given to the treasury; what was taken from bonds arrives so.
        TreasuryGift = "treasury_gift", "to the treasury";
        /// Destroyed.
        Burn = "burn", "burnt";
        /// Anything else.
        Transfer = "transfer", "transfer";
    }
}

kinds! {
    /// What was earned.
    AccrualKind {
        /// A contribution, by a round of fees.
        Influence = "influence", "contribution: influence";
        /// A contribution, by a valuation round.
        Valuation = "valuation", "contribution: valuation";
        /// A contribution's debt, paid from its bond.
        DebtRepaid = "debt_repaid", "contribution: debt repaid";
        /// A contribution's money that a stopped model no longer holds back.
        Retired = "retired", "contribution: released, model stopped";
        /// The owner's part of fees.
        OwnerPart = "owner_part", "owner's part";
        /// The owner's part of royalties.
        RoyaltyPart = "royalty_part", "owner's part of royalties";
        /// An operator's reward.
        OperatorReward = "operator_reward", "operator's reward";
        /// A dividend.
        Dividend = "dividend", "dividend";
    }
}

kinds! {
    /// Why a bond was taken.
    LossKind {
        /// A commitment was never revealed.
        Forfeited = "forfeited", "contribution never revealed";
        /// Items were proved to be copies.
        Duplicates = "duplicates", "copies proved";
        /// Proved debt.
        ProvedDebt = "proved_debt", "proved debt";
        /// Missed rounds of an operator.
        Missed = "missed", "rounds missed";
        /// An operator committed and did not reveal.
        Slashed = "slashed", "commitment not revealed";
    }
}
