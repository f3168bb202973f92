//! What a computation took: seconds on the wall and seconds of processors.

use std::iter::Sum;
use std::ops::{Add, Mul};
use std::time::Instant;

/// The unit of `/proc/self/stat`: Linux counts processor time in hundredths of a second wherever Rust runs.
const TICKS_PER_SECOND: f64 = 100.0;

/// Seconds spent.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spent {
    /// On the wall: on a machine with other work, more than the computation needs.
    pub seconds: f64,
    /// Of processors, summed over threads; not a number where the system does not tell.
    pub cpu_seconds: f64,
}

impl Add for Spent {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { seconds: self.seconds + other.seconds, cpu_seconds: self.cpu_seconds + other.cpu_seconds }
    }
}

impl Mul<f64> for Spent {
    type Output = Self;

    fn mul(self, factor: f64) -> Self {
        Self { seconds: self.seconds * factor, cpu_seconds: self.cpu_seconds * factor }
    }
}

impl Sum for Spent {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        parts.fold(Self::default(), Add::add)
    }
}

/// The result of `work`, and what it took.
pub fn timed<T>(work: impl FnOnce() -> T) -> (T, Spent) {
    let (start, cpu_start) = (Instant::now(), cpu_seconds());
    let result = work();
    let spent = Spent { seconds: start.elapsed().as_secs_f64(), cpu_seconds: cpu_seconds() - cpu_start };
    (result, spent)
}

/// Processor time of this process, user and system.
fn cpu_seconds() -> f64 {
    std::fs::read_to_string("/proc/self/stat").ok().and_then(|stat| parse(&stat)).unwrap_or(f64::NAN)
}

/// Fields 14 and 15 of proc(5), counted from behind the name in brackets, which may hold spaces.
fn parse(stat: &str) -> Option<f64> {
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut ticks = fields.split(' ').skip(11).map(str::parse::<f64>);
    Some((ticks.next()?.ok()? + ticks.next()?.ok()?) / TICKS_PER_SECOND)
}

/// The machine's load over the last minute, for the reader of wall times; empty where the system does not tell.
pub fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_read_from_behind_a_name_with_spaces() {
        let stat = "7 (a b) c) S 1 7 7 0 -1 4194304 100 0 0 0 250 50 3 4 20 0 1 0";
        assert_eq!(parse(stat), Some(3.0));
        assert_eq!(parse("nothing"), None);
    }
}
