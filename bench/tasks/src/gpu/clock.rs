//! Seconds of work on a device, and memory that was taken.

use std::process::Command;
use std::time::Instant;

use anyhow::Result;
use candle_core::{Device, DeviceLocation};

/// Seconds that some work took, done several times.
#[derive(Clone, Debug, PartialEq)]
pub struct Seconds(Vec<f64>);

impl Seconds {
    /// Does `work` once unmeasured and then `repeats` times, the device waited for each time.
    ///
    /// # Errors
    /// What `work` gives, or the device.
    pub fn of(device: &Device, repeats: usize, mut work: impl FnMut() -> Result<()>) -> Result<Self> {
        work()?;
        device.synchronize()?;
        let mut once = || -> Result<f64> {
            let start = Instant::now();
            work()?;
            device.synchronize()?;
            Ok(start.elapsed().as_secs_f64())
        };
        let mut seconds = (0..repeats.max(1)).map(|_| once()).collect::<Result<Vec<f64>>>()?;
        seconds.sort_by(f64::total_cmp);
        Ok(Self(seconds))
    }

    /// The middle one; of an even number the larger of the two in the middle.
    pub fn median(&self) -> f64 {
        self.0[self.0.len() / 2]
    }

    /// The shortest and the longest.
    pub fn range(&self) -> [f64; 2] {
        [self.0[0], self.0[self.0.len() - 1]]
    }
}

/// Most memory that was taken so far, MiB: of a card what it is in use by anyone now, since memory once taken is kept; on the CPU the process's peak. `None`
/// where the system does not say.
pub fn peak_mib(device: &Device) -> Option<u64> {
    match device.location() {
        DeviceLocation::Cuda { gpu_id } => of_card(gpu_id),
        _ => of_process(&std::fs::read_to_string("/proc/self/status").ok()?),
    }
}

fn of_card(rank: usize) -> Option<u64> {
    let mut command = Command::new("nvidia-smi");
    command.args(["--query-gpu=memory.used", "--format=csv,noheader,nounits", "-i", &rank.to_string()]);
    String::from_utf8(command.output().ok()?.stdout).ok()?.trim().parse().ok()
}

/// `VmHWM` of proc(5), which is in KiB.
fn of_process(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? / 1_024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_done_once_before_it_is_measured() {
        let mut done = 0;
        let seconds = Seconds::of(&Device::Cpu, 3, || {
            done += 1;
            Ok(())
        });
        let seconds = seconds.expect("work that cannot fail");
        assert_eq!((done, seconds.0.len()), (4, 3));
        assert!(seconds.range()[0] <= seconds.median() && seconds.median() <= seconds.range()[1]);
    }

    #[test]
    fn the_peak_of_a_process_is_read() {
        assert_eq!(of_process("Name:\tgpu\nVmHWM:\t  204800 kB\nVmRSS:\t 1 kB\n"), Some(200));
        assert_eq!(of_process("Name:\tgpu\n"), None);
    }
}
