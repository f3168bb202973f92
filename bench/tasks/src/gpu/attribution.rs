//! The passes that make an index.

use anyhow::Result;
use influence::ekfac::basis::{self, Basis};
use influence::ekfac::sums::{MomentSums, SquareSums};
use influence::ekfac::{Labels, PerSite, Shard, Subject, damping, factors, spectrum};
use influence::index::device::{self, DeviceProjection};
use influence::index::sketch::{self, Projection};

use super::clock::Seconds;
use super::workload::Workload;

/// Seed of drawn labels and sketches.
const SEED: u64 = 0;
const LABELS: Labels = Labels::Drawn { seed: SEED };

/// Seconds of second moments of what enters and leaves every tracked map, at labels drawn from the model: the pass, and taking the sums to the CPU once.
///
/// # Errors
/// If the device fails.
pub fn moments(workload: &Workload, repeats: usize) -> Result<Seconds> {
    let (subject, job) = (workload.subject(), workload.job());
    let shard = Shard::whole(&workload.items);
    if workload.device().is_cpu() {
        return Seconds::of(workload.device(), repeats, || {
            factors::factors(&subject, shard, LABELS, &job)?;
            Ok(())
        });
    }
    let mut sums = MomentSums::zero(&subject)?;
    Seconds::of(workload.device(), repeats, || Ok(sums.add(&subject, shard, LABELS, &job)?))
}

/// Eigenbases of the moments at one group of items, and the seconds that they took on the CPU.
///
/// # Errors
/// If the device fails.
pub fn measured_bases(workload: &Workload) -> Result<(PerSite<Basis>, f64)> {
    let (subject, job) = (workload.subject(), workload.job());
    let found = factors::factors(&subject, Shard::whole(workload.group()), LABELS, &job)?;
    let weights = workload.model.weights();
    // Eigenvectors are found on the CPU whatever the device.
    let job = compute::Job::from(compute::Threads::available());
    let start = std::time::Instant::now();
    let bases = basis::bases(&found, weights.device(), weights.dtype(), &job)?;
    Ok((bases, start.elapsed().as_secs_f64()))
}

/// Random matrices in their place.
///
/// # Errors
/// If the device fails.
pub fn drawn_bases(workload: &Workload) -> Result<PerSite<Basis>> {
    Ok(basis::drawn(&workload.subject())?)
}

/// Seconds of sums of squared gradients of all items in the bases.
///
/// # Errors
/// If the device fails.
pub fn squares(workload: &Workload, bases: &PerSite<Basis>, repeats: usize) -> Result<Seconds> {
    let (subject, job) = (workload.subject(), workload.job());
    let shard = Shard::whole(&workload.items);
    if workload.device().is_cpu() {
        return Seconds::of(workload.device(), repeats, || {
            spectrum::spectrum(&subject, bases, shard, LABELS, &job)?;
            Ok(())
        });
    }
    let mut sums = SquareSums::zero(&subject)?;
    Seconds::of(workload.device(), repeats, || Ok(sums.add(&subject, bases, (shard, LABELS), &job)?))
}

/// Seconds of sketches of all items, `width` numbers each.
///
/// # Errors
/// If the device fails.
pub fn sketches(workload: &Workload, bases: &PerSite<Basis>, width: usize, repeats: usize) -> Result<Seconds> {
    let (subject, job) = (workload.subject(), workload.job());
    let shard = Shard::whole(&workload.items);
    if workload.device().is_cpu() {
        let projection = measured_projection(&subject, bases, width, workload)?;
        return Seconds::of(workload.device(), repeats, || {
            sketch::sketches(&subject, (bases, &projection), shard, &job)?;
            Ok(())
        });
    }
    let projection = DeviceProjection::drawn(width, &subject, SEED)?;
    Seconds::of(workload.device(), repeats, || {
        device::sketches(&subject, (bases, &projection), shard, &job)?;
        Ok(())
    })
}

fn measured_projection(
    subject: &Subject<'_>,
    bases: &PerSite<Basis>,
    width: usize,
    workload: &Workload,
) -> Result<Projection> {
    let squares = spectrum::spectrum(subject, bases, Shard::whole(workload.group()), LABELS, &workload.job())?;
    let damped = damping::damped(&squares, workload.group().len(), damping::PART);
    Ok(Projection::new((width, SEED), subject, &damped))
}
