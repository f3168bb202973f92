use rules::clock::{Clock, Window};
use serde::Deserialize;

use super::{Number, cases};

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Case {
    Epoch {
        genesis: Number<u64>,
        epoch_length: Number<u64>,
        time: Number<u64>,
        epoch: Option<Number<u64>>,
    },
    Bounds(Bounds),
    Window {
        ends_at: Number<u64>,
        began_height: Number<u64>,
        min_blocks: Number<u64>,
        time: Number<u64>,
        height: Number<u64>,
        ended: bool,
    },
}

#[derive(Deserialize)]
struct Bounds {
    genesis: Number<u64>,
    epoch_length: Number<u64>,
    epoch: Number<u64>,
    start: Option<Number<u64>>,
    end: Option<Number<u64>>,
    redemption_end: Option<Number<u64>>,
    min_notice: Number<u64>,
}

impl Bounds {
    fn check(&self) {
        let clock = Clock { genesis: self.genesis.0, epoch_length: self.epoch_length.0 };
        let epoch = self.epoch.0;
        assert_eq!(clock.start_of(epoch).map(Number), self.start);
        assert_eq!(clock.end_of(epoch).map(Number), self.end);
        assert_eq!(clock.redemption_end(epoch).map(Number), self.redemption_end);
        assert_eq!(clock.min_notice(), self.min_notice.0);
    }
}

#[test]
fn epochs_and_windows_follow_the_vectors() {
    for case in cases::<Case>("clock.json") {
        match case {
            Case::Epoch { genesis, epoch_length, time, epoch } => {
                let clock = Clock { genesis: genesis.0, epoch_length: epoch_length.0 };
                assert_eq!(clock.epoch_at(time.0).map(Number), epoch, "{clock:?}");
            }
            Case::Bounds(bounds) => bounds.check(),
            Case::Window { ends_at, began_height, min_blocks, time, height, ended } => {
                let window = Window { ends_at: ends_at.0, began_height: began_height.0, min_blocks: min_blocks.0 };
                assert_eq!(window.ended(time.0, height.0), ended, "{window:?}");
            }
        }
    }
}
