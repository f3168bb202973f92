//! Epochs tile time, and a notice outlasts what it must.

use proptest::prelude::*;
use rules::clock::Clock;

proptest! {
    #[test]
    fn every_moment_belongs_to_exactly_one_epoch(
        genesis in 0..u64::MAX / 4,
        epoch_length in 1..u64::MAX / 4,
        after in 0..u64::MAX / 4,
    ) {
        let clock = Clock { genesis, epoch_length };
        let time = genesis + after;
        let epoch = clock.epoch_at(time).unwrap();
        let (start, end) = (clock.start_of(epoch).unwrap(), clock.end_of(epoch).unwrap());
        prop_assert!(start <= time && time < end);
        prop_assert_eq!(clock.epoch_at(end), Some(epoch + 1));
    }

    #[test]
    fn a_notice_outlasts_the_redemption_of_the_epoch_in_which_it_is_given(
        genesis in 0..u64::MAX / 8,
        epoch_length in 1..u64::MAX / 8,
        after in 0..u64::MAX / 8,
    ) {
        let clock = Clock { genesis, epoch_length };
        let given = genesis + after;
        let epoch = clock.epoch_at(given).unwrap();
        prop_assert!(given + clock.min_notice() >= clock.redemption_end(epoch).unwrap());
    }
}
