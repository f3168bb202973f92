//! Time: it passes, jumps, and stands still.

use super::{Action, Crowd, Moves, Table};

const DAY: u64 = 86_400;

pub const MOVES: &Moves = &[
    (20, Crowd::wait),
    (8, Crowd::wait_for_an_epoch),
    (4, Crowd::tick_and_wait),
    (1, Crowd::many_blocks_without_time),
    (2, Crowd::wait_for_epochs),
];

impl Crowd {
    fn wait(&mut self, _: &Table) -> Option<Action> {
        let seconds = self.chance.below(50);
        Some(Action::Pass { seconds, blocks: self.chance.below(8) })
    }

    /// To the first second of the next epoch, or the one before or after.
    fn wait_for_an_epoch(&mut self, table: &Table) -> Option<Action> {
        self.nobody_waits(table)?;
        let end = table.world.clock().end_of(table.world.epoch())?;
        let seconds = end.checked_sub(table.world.chain.time())?.saturating_add(self.chance.below(3)).saturating_sub(1);
        Some(Action::Pass { seconds, blocks: seconds })
    }

    /// Whether time may jump: mostly not while a round is open.
    pub(super) fn nobody_waits(&mut self, table: &Table) -> Option<()> {
        (!table.has_open_round() || self.chance.once_in(40)).then_some(())
    }

    /// Past the redemption period of the last epoch, which somebody must have shown the contract.
    fn tick_and_wait(&mut self, table: &Table) -> Option<Action> {
        self.nobody_waits(table)?;
        let settlement = &table.world.at.settlement;
        self.queue.push_back(Action::Pass { seconds: 500, blocks: 100 });
        Some(Action::message(&self.anyone(), settlement, &protocol::settlement::ExecuteMsg::Tick {}))
    }

    fn many_blocks_without_time(&mut self, _: &Table) -> Option<Action> {
        Some(Action::Pass { seconds: 0, blocks: self.chance.below(10_000) })
    }

    /// Some epochs; rarely more than a range can wait, or a day without blocks.
    fn wait_for_epochs(&mut self, table: &Table) -> Option<Action> {
        self.nobody_waits(table)?;
        Some(match self.chance.below(25) {
            0 => Action::Pass { seconds: DAY, blocks: 1 },
            1 => Action::Pass { seconds: 70_000, blocks: 14_000 },
            _ => Action::Pass { seconds: self.chance.below(7).saturating_mul(1_000), blocks: 1_000 },
        })
    }
}
