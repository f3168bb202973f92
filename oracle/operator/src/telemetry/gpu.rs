//! Memory of NVIDIA GPUs, asked when somebody looks. A machine without one has no such metrics.

use std::fmt;

use nvml_wrapper::Nvml;
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric as _},
    metrics::{MetricType, gauge::ConstGauge},
};

/// The GPUs of this machine.
pub struct Gpus {
    driver: Nvml,
}

/// One GPU.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gpu {
    /// Its place, from 0.
    pub index: u32,
    /// What it is called.
    pub name: String,
    /// Memory in use, in bytes.
    pub used: u64,
    /// Memory in all, in bytes.
    pub total: u64,
}

impl fmt::Debug for Gpus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Gpus").field(&self.list()).finish()
    }
}

impl Gpus {
    /// The GPUs, if there is a driver and at least one.
    pub fn find() -> Option<Self> {
        let driver = Nvml::init().ok()?;
        driver.device_count().is_ok_and(|count| count > 0).then_some(Self { driver })
    }

    /// Those that answer.
    pub fn list(&self) -> Vec<Gpu> {
        let count = self.driver.device_count().unwrap_or(0);
        (0..count).filter_map(|index| self.gpu(index)).collect()
    }

    fn gpu(&self, index: u32) -> Option<Gpu> {
        let device = self.driver.device_by_index(index).ok()?;
        let memory = device.memory_info().ok()?;
        let name = device.name().unwrap_or_else(|_| "unnamed".to_owned());
        Some(Gpu { index, name, used: memory.used, total: memory.total })
    }
}

impl Collector for Gpus {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let gpus = self.list();
        let mut write = |name, help, of: fn(&Gpu) -> u64| {
            let mut family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
            for gpu in &gpus {
                let bytes = ConstGauge::new(i64::try_from(of(gpu)).unwrap_or(i64::MAX));
                bytes.encode(family.encode_family(&[("gpu", gpu.index.to_string())])?)?;
            }
            Ok(())
        };
        write("gpu_memory_used_bytes", "Memory of the GPU in use", |gpu| gpu.used)?;
        write("gpu_memory_total_bytes", "Memory of the GPU in all", |gpu| gpu.total)
    }
}
