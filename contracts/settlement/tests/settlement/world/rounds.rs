//! Rounds as `attribution` would settle them.

use protocol::settlement::{AdvanceBegin, ExecuteMsg, OpenRange, Openable, OperatorReward, QueryMsg};
use protocol::{Bps, ModelId, RoundId};
use rules::score::{ScoreEntry, pack_entries};

use super::{MODEL, Outcome, World, positive_sum};

impl World {
    pub fn range(&self) -> OpenRange {
        match self.openable(MODEL) {
            Openable::Range(range) => *range,
            other => panic!("nothing to settle: {other:?}"),
        }
    }

    pub fn openable(&self, model: ModelId) -> Openable {
        self.query(&QueryMsg::Openable { model })
    }

    /// The beginning of a round over all that can be settled, everything resolved, nobody rewarded.
    pub fn begin(&self, scores: &[ScoreEntry]) -> AdvanceBegin {
        let range = self.range();
        AdvanceBegin {
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
        let msg = ExecuteMsg::Advance {
            model: MODEL,
            round,
            begin: begin.map(Box::new),
            first_position,
            entries: pack_entries(scores).into(),
        };
        self.execute("attribution", &msg)
    }

    /// A whole round in one message.
    pub fn settle(&mut self, scores: &[ScoreEntry]) -> RoundId {
        let begin = self.begin(scores);
        let round = self.next_round();
        self.chunk(round, Some(begin), 0, scores).unwrap();
        round
    }

    /// Earns `fee` in `epoch` over a new channel, and ends the epoch's redemption.
    pub fn earn(&mut self, epoch: u64, fee: u128) {
        let channel = self.open_channel(fee);
        self.redeem_one(channel, epoch, fee).unwrap();
        self.end_redemption(epoch);
    }
}
