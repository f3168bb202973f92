//! Rounds as `attribution` would settle them.

use cosmwasm_std::{Binary, Uint128};
use cw_multi_test::AppResponse;
use protocol::attribution::RoundKind;
use protocol::settlement::{AdvanceBegin, ExecuteMsg, OpenRange, Openable, OperatorReward, QueryMsg, Valuation};
use protocol::{Bps, ModelId, RoundId};
use rules::score::{ScoreEntry, pack_entries};

use super::{MODEL, Outcome, World, positive_sum};

impl World {
    pub fn range(&self) -> OpenRange {
        self.range_of(MODEL)
    }

    pub fn range_of(&self, model: ModelId) -> OpenRange {
        match self.openable(model) {
            Openable::Range(range) => *range,
            other => panic!("nothing to settle: {other:?}"),
        }
    }

    pub fn openable(&self, model: ModelId) -> Openable {
        self.query(&QueryMsg::Openable { model })
    }

    /// The beginning of a round over all that can be settled, everything resolved, nobody rewarded.
    pub fn begin(&self, scores: &[ScoreEntry]) -> AdvanceBegin {
        self.begin_of(MODEL, scores)
    }

    pub fn begin_of(&self, model: ModelId, scores: &[ScoreEntry]) -> AdvanceBegin {
        let range = self.range_of(model);
        AdvanceBegin {
            kind: RoundKind::Fees,
            royalties: Uint128::zero(),
            tranche: Uint128::zero(),
            versions: 0,
            first_epoch: range.first_epoch,
            last_epoch: range.last_epoch,
            denominator: positive_sum(scores).max(1).into(),
            z_tenths: 20,
            positions: scores.len() as u32,
            operators: 3,
            rewards: vec![],
            unresolved: vec![0; (range.redemptions as usize).div_ceil(8)].into(),
        }
    }

    pub fn valuation(&self, model: ModelId) -> Valuation {
        self.query(&QueryMsg::Valuation { model })
    }

    /// The beginning of a valuation of all royalties and the largest tranche, opened now.
    pub fn begin_valuation(&self, model: ModelId, scores: &[ScoreEntry]) -> AdvanceBegin {
        let valuation = self.valuation(model);
        AdvanceBegin {
            kind: RoundKind::Valuation,
            royalties: valuation.royalties.influence,
            tranche: valuation.tranche,
            versions: valuation.valued_versions + 1,
            first_epoch: valuation.epoch,
            last_epoch: valuation.epoch,
            denominator: positive_sum(scores).max(1).into(),
            z_tenths: 20,
            positions: scores.len() as u32,
            operators: 3,
            rewards: vec![],
            unresolved: Binary::default(),
        }
    }

    /// A whole valuation in one message.
    pub fn value(&mut self, model: ModelId, scores: &[ScoreEntry]) -> AppResponse {
        let begin = self.begin_valuation(model, scores);
        let round = self.next_round();
        self.chunk_of((model, round), Some(begin), 0, scores).unwrap()
    }

    pub fn rewards(&self, agreements: &[(&str, u16)]) -> Vec<OperatorReward> {
        let reward =
            |(name, bps): &(&str, u16)| OperatorReward { operator: self.account(name).into(), agreement: Bps(*bps) };
        agreements.iter().map(reward).collect()
    }

    pub fn next_round(&mut self) -> RoundId {
        let round = RoundId(self.next_round);
        self.next_round += 1;
        round
    }

    /// One chunk of an advance, by `attribution`.
    pub fn chunk(
        &mut self,
        round: RoundId,
        begin: Option<AdvanceBegin>,
        first_position: u32,
        scores: &[ScoreEntry],
    ) -> Outcome {
        self.chunk_of((MODEL, round), begin, first_position, scores)
    }

    pub fn chunk_of(
        &mut self,
        (model, round): (ModelId, RoundId),
        begin: Option<AdvanceBegin>,
        first_position: u32,
        scores: &[ScoreEntry],
    ) -> Outcome {
        let msg = ExecuteMsg::Advance {
            model,
            round,
            begin: begin.map(Box::new),
            first_position,
            entries: pack_entries(scores).into(),
        };
        self.execute("attribution", &msg)
    }

    /// A whole round in one message.
    pub fn settle(&mut self, scores: &[ScoreEntry]) -> RoundId {
        self.settle_of(MODEL, scores)
    }

    pub fn settle_of(&mut self, model: ModelId, scores: &[ScoreEntry]) -> RoundId {
        let begin = self.begin_of(model, scores);
        let round = self.next_round();
        self.chunk_of((model, round), Some(begin), 0, scores).unwrap();
        round
    }

    /// Earns `fee` in `epoch` over a new channel, and ends the epoch's redemption.
    pub fn earn(&mut self, epoch: u64, fee: u128) {
        self.earn_of(MODEL, epoch, fee);
    }

    pub fn earn_of(&mut self, model: ModelId, epoch: u64, fee: u128) {
        let channel = self.open_channel_of(model, fee);
        self.redeem_one(channel, epoch, fee).unwrap();
        self.end_redemption(epoch);
    }
}
