//! Which blocks a range of epochs stands for.

use std::ops::RangeInclusive;

use chain::Status;
use protocol::Epoch;
use report::statement::Period;
use rules::clock::Clock;

use super::StatementError;

/// The epochs asked for, if the chain has reached them.
pub fn period(clock: &Clock, tip: &Status, range: &RangeInclusive<Epoch>) -> Result<Period, StatementError> {
    let (first, last) = (range.start().get(), range.end().get());
    if first > last {
        return Err(StatementError::EmptyRange { first, last });
    }
    let current = clock.epoch_at(tip.time).ok_or(StatementError::BeforeGenesis { genesis: clock.genesis })?;
    if last > current {
        return Err(StatementError::BeyondChain { last, current });
    }
    let beyond = || StatementError::Range("an epoch's time");
    let (from, end) = (clock.start_of(first).ok_or_else(beyond)?, clock.end_of(last).ok_or_else(beyond)?);
    Ok(Period {
        first_epoch: first,
        last_epoch: last,
        from,
        until: end.min(tip.time),
        over: end <= tip.time,
        tip_epoch: current,
        tip_height: tip.height,
        tip_time: tip.time,
    })
}

/// Whether a block's epoch is one of them.
pub fn covers(period: &Period, epoch: Option<u64>) -> bool {
    epoch.is_some_and(|epoch| (period.first_epoch..=period.last_epoch).contains(&epoch))
}
