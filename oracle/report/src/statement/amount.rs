//! Amounts and times as a statement carries and shows them.

use std::fmt;

use serde::{Serialize, Serializer};

/// A whole amount, text in JSON.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Amount(pub u128);

/// A whole amount that may be negative, text in JSON.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Signed(pub i128);

macro_rules! as_text {
    ($($name:ident),+) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
    )+};
}

as_text!(Amount, Signed);

const DAY: u64 = 86_400;
/// Days of 400 years, after which the calendar repeats.
const CYCLE: u64 = 146_097;
/// Days from 1 March of the year 0 to 1 January 1970.
const TO_1970: u64 = 719_468;

/// A time in seconds since 1970 as `2027-01-15 08:00:00`, UTC, in the Gregorian calendar.
pub fn utc(seconds: u64) -> String {
    let (days, rest) = (seconds / DAY + TO_1970, seconds % DAY);
    let (cycle, day) = (days / CYCLE, days % CYCLE);
    // Counted from March, a leap day is the last of its year.
    let of_cycle = (day - day / 1_460 + day / 36_524 - day / (CYCLE - 1)) / 365;
    let of_year = day - (365 * of_cycle + of_cycle / 4 - of_cycle / 100);
    let from_march = (5 * of_year + 2) / 153;
    let date = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = cycle * 400 + of_cycle + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{date:02} {:02}:{:02}:{:02}", rest / 3_600, rest / 60 % 60, rest % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `date -u -d @N '+%F %T'` of GNU coreutils 9.1.
    #[test]
    fn times_are_those_of_the_calendar() {
        for (seconds, expected) in [
            (0, "1970-01-01 00:00:00"),
            (951_782_400, "2000-02-29 00:00:00"),
            (1_735_689_599, "2024-12-31 23:59:59"),
            (1_800_000_000, "2027-01-15 08:00:00"),
            (4_107_542_399, "2100-02-28 23:59:59"),
            (4_107_542_400, "2100-03-01 00:00:00"),
        ] {
            assert_eq!(utc(seconds), expected);
        }
    }
}
