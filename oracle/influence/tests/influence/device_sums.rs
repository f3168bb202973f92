//! What is summed on a device against what is summed on the CPU. Without a card the device is the CPU too, in 32 bits.

use candle_core::{DType, Result, Tensor};
use influence::ekfac::sums::{MomentSums, SquareSums};
use influence::ekfac::{Labels, Shard, Subject, basis, damping, factors, spectrum};
use influence::index::device::{self, DeviceProjection};
use influence::index::sketch::{Projection, sketches};
use influence::{Job, Threads};
use kernels::Place;
use lm::config::{Heads, LlamaConfig};
use lm::evaluate::Layout;
use lm::model::Model;
use lm::pack::TokenItem;
use lm::weights::Weights;

/// Part of the largest number of a weight that sums in 32 bits may be off by.
const TOLERANCE: f64 = 2e-5;

fn place() -> Place {
    if cfg!(feature = "cuda") { Place::Cuda(0) } else { Place::Cpu }
}

/// Random weights of ordinary size.
fn weights() -> Result<Weights> {
    let config = LlamaConfig::new(11, 8, 2, Heads { query: 4, key_value: 2 }, 12, 16);
    let initial = Weights::initial(&config, 7)?;
    let stretched = |tensor: &Tensor| if tensor.rank() > 1 { tensor * 15.0 } else { tensor * 1.1 };
    Weights::new(config, initial.tensors().iter().map(stretched).collect::<Result<_>>()?)
}

/// Several to a block, some over blocks that are computed apart, one with a prompt.
fn items() -> Vec<TokenItem> {
    let text = |length: u32, step: u32| TokenItem::whole((0..length).map(|place| (step * place + 3) % 11).collect());
    vec![text(4, 3), TokenItem::answered(vec![2, 2, 9, 10, 4], 3), text(22, 7), text(3, 5), text(17, 4)]
}

fn layouts() -> [Layout; 2] {
    [Layout { block_length: 6, blocks_at_once: 1 }, Layout { block_length: 6, blocks_at_once: 3 }]
}

fn assert_close(found: &[f64], expected: &[f64]) {
    let largest = expected.iter().fold(0f64, |largest, value| largest.max(value.abs()));
    let error = found.iter().zip(expected).map(|(found, expected)| (found - expected).abs()).fold(0f64, f64::max);
    assert_eq!(found.len(), expected.len());
    assert!(largest > 0.0 && error < TOLERANCE * largest, "{error} beside {largest}");
}

/// Calls `with` for every layout with the model on the CPU and on the device.
fn for_each_layout(with: impl Fn(&Subject<'_>, &Subject<'_>)) {
    let weights = weights().expect("small weights");
    let device = place().open().expect("a device: run this test on a machine with a card");
    let there = Model::new(weights.to(DType::F32, &device).expect("a device"));
    let here = Model::new(weights);
    for layout in layouts() {
        with(&Subject::trained(&here, layout), &Subject::trained(&there, layout));
    }
}

#[test]
fn moments_of_a_device_are_those_of_the_cpu() {
    let (items, job) = (items(), Job::from(Threads::new(1)));
    for_each_layout(|here, there| {
        let mut sums = MomentSums::zero(there).expect("memory");
        let mut expected = factors::zero(here);
        for shard in Shard::cut(&items, 2) {
            sums.add(there, shard, Labels::Own, &job).expect("a pass");
            expected.add(&factors::factors(here, shard, Labels::Own, &job).expect("a pass"));
        }
        let found = sums.moments().expect("moments");
        for ((site, found), (_, expected)) in found.iter().zip(expected.iter()) {
            for (found, expected) in [(&found.inputs, &expected.inputs), (&found.outputs, &expected.outputs)] {
                let numbers = |matrix: &faer::Mat<f64>| -> Vec<f64> {
                    let size = matrix.nrows();
                    (0..size * size).map(|place| matrix[(place / size, place % size)]).collect()
                };
                assert_eq!(found.is_some(), expected.is_some(), "{}", site.name());
                if let (Some(found), Some(expected)) = (found, expected) {
                    assert_close(&numbers(found), &numbers(expected));
                }
            }
        }
    });
}

#[test]
fn squares_of_a_device_are_those_of_the_cpu_for_items_over_several_blocks_too() {
    let (items, job) = (items(), Job::from(Threads::new(1)));
    for_each_layout(|here, there| {
        let moments = factors::factors(here, Shard::whole(&items), Labels::Own, &job).expect("a pass");
        let of = |subject: &Subject<'_>| {
            let weights = subject.model.weights();
            basis::bases(&moments, weights.device(), weights.dtype(), &job).expect("bases")
        };
        let (own, bases) = (of(here), of(there));
        let mut sums = SquareSums::zero(there).expect("memory");
        let mut expected = spectrum::zero(here);
        for shard in Shard::cut(&items, 3) {
            sums.add(there, &bases, (shard, Labels::Own), &job).expect("a pass");
            expected.add(&spectrum::spectrum(here, &own, shard, Labels::Own, &job).expect("a pass"));
        }
        let found = sums.squares().expect("squares");
        for ((_, found), (_, expected)) in found.iter().zip(expected.iter()) {
            assert_close(&found.0, &expected.0);
        }
    });
}

#[test]
fn a_model_in_16_bits_has_about_the_moments_of_one_in_32() {
    let (items, job) = (items(), Job::from(Threads::new(1)));
    let weights = weights().expect("small weights");
    let device = place().open().expect("a device: run this test on a machine with a card");
    let narrow = weights.to(DType::BF16, &device).expect("a device");
    let rounded = narrow.to(DType::F32, &candle_core::Device::Cpu).expect("the CPU");
    let (narrow, rounded) = (Model::new(narrow), Model::new(rounded));
    let [layout, _] = layouts();
    let (narrow, rounded) = (Subject::trained(&narrow, layout), Subject::trained(&rounded, layout));
    let mut sums = MomentSums::zero(&narrow).expect("memory");
    sums.add(&narrow, Shard::whole(&items), Labels::Own, &job).expect("a pass");
    let found = sums.moments().expect("moments");
    let expected = factors::factors(&rounded, Shard::whole(&items), Labels::Own, &job).expect("a pass");
    for ((_, found), (_, expected)) in found.iter().zip(expected.iter()) {
        let traces = [&found.inputs, &expected.inputs].map(|side| {
            let side = side.as_ref().expect("short sides are turned");
            (0..side.nrows()).map(|place| side[(place, place)]).sum::<f64>()
        });
        assert!((traces[0] / traces[1] - 1.0).abs() < 0.05, "{traces:?}");
    }
}

#[test]
fn sketches_of_a_device_are_those_of_the_cpu() {
    let (items, job) = (items(), Job::from(Threads::new(1)));
    for_each_layout(|here, there| {
        let moments = factors::factors(here, Shard::whole(&items), Labels::Own, &job).expect("a pass");
        let of = |subject: &Subject<'_>| {
            let weights = subject.model.weights();
            basis::bases(&moments, weights.device(), weights.dtype(), &job).expect("bases")
        };
        let (own, bases) = (of(here), of(there));
        let squares = spectrum::spectrum(here, &own, Shard::whole(&items), Labels::Own, &job).expect("a pass");
        let damped = damping::damped(&squares, items.len(), damping::PART);
        // Fewer buckets than a row has columns, and many more.
        for width in [8, 64] {
            let projection = Projection::new((width, 5), here, &damped);
            let copied = DeviceProjection::of(&projection, there).expect("memory");
            let expected = sketches(here, (&own, &projection), Shard::whole(&items), &job).expect("sketches");
            let found = device::sketches(there, (&bases, &copied), Shard::whole(&items), &job).expect("sketches");
            let wide = |values: Vec<f32>| values.into_iter().map(f64::from).collect::<Vec<f64>>();
            assert_close(&wide(found), &wide(expected));
        }
    });
}
