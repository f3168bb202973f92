//! The measurements of bench/gpu on the CPU: that they run, not how fast.

use candle_core::{DType, Device};
use tasks::gpu::shape::{Rows, Shape};
use tasks::gpu::workload::Workload;
use tasks::gpu::{attribution, training};

const ROWS: Rows = Rows { length: 8, at_once: 16, of_step: 32, measured: 64 };

fn workload(dtype: DType) -> Workload {
    Workload::draw(&Shape::Tiny.config(), ROWS, dtype, &Device::Cpu).expect("a tiny model")
}

#[test]
fn every_pass_of_a_tiny_model_runs_in_both_precisions() {
    for dtype in [DType::F32, DType::BF16] {
        let workload = workload(dtype);
        assert_eq!((workload.rows(), workload.items.len(), workload.group().len()), (64, 8, 2));
        let (bases, found) = attribution::measured_bases(&workload).expect("bases");
        assert!(found > 0.0);
        let taken = [
            attribution::moments(&workload, 1),
            attribution::squares(&workload, &bases, 1),
            attribution::sketches(&workload, &bases, 128, 1),
            training::gradients(&workload, 1),
            training::steps(&workload, 1),
        ];
        for seconds in taken {
            assert!(seconds.expect("a pass").median() > 0.0);
        }
    }
}

#[test]
fn drawn_bases_have_the_shapes_of_found_ones() {
    let workload = workload(DType::F32);
    let bases = attribution::drawn_bases(&workload).expect("bases");
    assert!(attribution::squares(&workload, &bases, 1).expect("a pass").median() > 0.0);
}

#[test]
fn rows_that_do_not_divide_one_another_are_refused() {
    for rows in [Rows { at_once: 20, ..ROWS }, Rows { measured: 65, ..ROWS }, Rows { length: 0, ..ROWS }] {
        let drawn = Workload::draw(&Shape::Tiny.config(), rows, DType::F32, &Device::Cpu);
        assert!(drawn.is_err_and(|error| error.to_string().contains("must divide")));
    }
}
