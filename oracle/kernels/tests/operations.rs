//! Operations against their definitions, on the CPU and, with the feature `cuda`, on a card.

use candle_core::{DType, Device, Result, Tensor};
use kernels::{
    Blocks, Part, Runs, Seen, add_runs, add_second_moments, add_squares, block_sums, softmax, softmax_backward,
};

/// Part of the largest value that sums in another order may be off by.
const TOLERANCE: f32 = 1e-5;

/// Where operations are tried.
fn devices() -> Vec<Device> {
    #[cfg(feature = "cuda")]
    let places = [kernels::Place::Cpu, kernels::Place::Cuda(0)];
    #[cfg(not(feature = "cuda"))]
    let places = [kernels::Place::Cpu];
    places.map(|place| place.open().expect("a device: run these tests on a machine with a card")).into()
}

/// Numbers that bf16 has exactly.
fn wave(count: usize, step: f32) -> Vec<f32> {
    (0..count).map(|place| ((place as f32 * step).sin() * 64.0).round() / 32.0).collect()
}

fn assert_close(found: &Tensor, expected: &[f32]) -> Result<()> {
    let found: Vec<f32> = found.flatten_all()?.to_vec1()?;
    let largest = expected.iter().fold(0f32, |largest, value| largest.max(value.abs()));
    let error = found.iter().zip(expected).map(|(found, expected)| (found - expected).abs()).fold(0f32, f32::max);
    assert_eq!(found.len(), expected.len());
    assert!(largest > 0.0 && error < TOLERANCE * largest, "{error} beside {largest}");
    Ok(())
}

#[test]
fn squares_are_added_over_the_first_axis() -> Result<()> {
    let (values, start) = (wave(3 * 10 * 7, 0.7), wave(70, 0.3));
    let expected: Vec<f32> =
        (0..70).map(|place| start[place] + (0..3).map(|row| values[row * 70 + place].powi(2)).sum::<f32>()).collect();
    for device in devices() {
        for dtype in [DType::F32, DType::BF16] {
            let sums = Tensor::from_slice(&start, (10, 7), &device)?;
            add_squares(&sums, &Tensor::from_slice(&values, (3, 10, 7), &device)?.to_dtype(dtype)?)?;
            assert_close(&sums, &expected)?;
        }
    }
    Ok(())
}

#[test]
fn second_moments_of_16_bit_rows_are_summed_in_32() -> Result<()> {
    let (rows, size) = (wave(200 * 5, 0.9), 5);
    let entry = |place: usize| -> f32 {
        let (left, right) = (place / size, place % size);
        rows.chunks_exact(size).map(|row| row[left] * row[right]).sum::<f32>() + 1.0
    };
    let expected: Vec<f32> = (0..size * size).map(entry).collect();
    for device in devices() {
        for dtype in [DType::F32, DType::BF16] {
            let sums = Tensor::ones((size, size), DType::F32, &device)?;
            add_second_moments(&sums, &Tensor::from_slice(&rows, (200, size), &device)?.to_dtype(dtype)?)?;
            assert_close(&sums, &expected)?;
        }
    }
    Ok(())
}

/// Sketches written plainly: coordinate by coordinate.
fn plain(matrices: &[f32], scales: &[f32], starts: &[u32], (columns, width): (usize, usize)) -> Vec<f32> {
    let parts = columns.div_ceil(width);
    let mut sketches = vec![0.0; matrices.len() / scales.len() * width];
    for (place, value) in matrices.iter().enumerate() {
        let (matrix, place) = (place / scales.len(), place % scales.len());
        let (row, column) = (place / columns, place % columns);
        let bucket = (starts[row * parts + column / width] as usize + column % width) % width;
        sketches[matrix * width + bucket] += value * scales[place];
    }
    sketches
}

#[test]
fn runs_go_to_the_buckets_behind_their_starts() -> Result<()> {
    // Rows in several parts, rows of one part, and rows that meet few of many buckets.
    for (rows, columns, width) in [(11, 150, 64), (70, 64, 64), (9, 40, 512)] {
        let (matrices, scales) = (wave(3 * rows * columns, 0.7), wave(rows * columns, 1.1));
        let starts: Vec<u32> =
            (0..rows * columns.div_ceil(width)).map(|part| (part * 37 + 5) as u32 % width as u32).collect();
        let expected = plain(&matrices, &scales, &starts, (columns, width));
        for device in devices() {
            let runs = Runs::new(width, Tensor::from_slice(&scales, (rows, columns), &device)?, &starts)?;
            for dtype in [DType::F32, DType::BF16] {
                let sketches = Tensor::zeros((3, width), DType::F32, &device)?;
                let matrices = Tensor::from_slice(&matrices, (3, rows, columns), &device)?.to_dtype(dtype)?;
                add_runs(&sketches, &matrices, &runs)?;
                assert_close(&sketches, &expected)?;
            }
        }
    }
    Ok(())
}

/// Bytes that take every value from −127 to 127.
fn bytes(count: usize, step: usize) -> Vec<u8> {
    (0..count).map(|place| ((place * step % 255) as i32 - 127) as i8).map(i8::cast_unsigned).collect()
}

/// `Σ (row · query) 2^(exponent − base)`, each towards zero, in 128 bits.
fn plain_sum(rows: &[u8], exponents: &[u8], query: &[u8], (part, base): (Part, i32)) -> i64 {
    let signed = |byte: &u8| i128::from(byte.cast_signed());
    let of_row = |(row, exponent): (&[u8], &u8)| {
        let product: i128 = row.iter().zip(query).map(|(left, right)| signed(left) * signed(right)).sum();
        let up = i32::from(exponent.cast_signed()) - base;
        let moved = if up >= 0 { product << up } else { product / (1i128 << -up) };
        if part == Part::Signed { moved } else { moved.abs() }
    };
    let sum: i128 = rows.chunks_exact(query.len()).zip(exponents).map(of_row).sum();
    i64::try_from(sum).expect("blocks of 64 rows fit")
}

#[test]
fn block_sums_are_exact_for_one_query_and_for_many() -> Result<()> {
    let (width, count) = (192, 150);
    let rows = bytes(count * width, 61);
    let exponents: Vec<u8> = (0..count).map(|row| (row as i32 * 7 % 80 - 70) as i8).map(i8::cast_unsigned).collect();
    let (ranges, base) = ([0..1, 1..64, 64..64, 64..128, 128..150], 9 - 24);
    for queries in [1, 4, 9] {
        let asked = bytes(queries * width, 89);
        for part in [Part::Signed, Part::Absolute] {
            let of = |range: &std::ops::Range<usize>| -> Vec<i64> {
                let (rows, exponents) = (&rows[range.start * width..range.end * width], &exponents[range.clone()]);
                asked.chunks_exact(width).map(|query| plain_sum(rows, exponents, query, (part, base))).collect()
            };
            let expected: Vec<Vec<i64>> = ranges.iter().map(of).collect();
            for device in devices() {
                let rows = Tensor::from_slice(&rows, (count, width), &device)?;
                let exponents = Tensor::from_slice(&exponents, count, &device)?;
                let asked = Tensor::from_slice(&asked, (queries, width), &device)?;
                let blocks = Blocks::new(&ranges, &device)?;
                let found = block_sums((&rows, &exponents), &asked, &blocks, (part, base))?;
                assert_eq!(found.to_vec2::<i64>()?, expected);
            }
        }
    }
    Ok(())
}

#[test]
fn shapes_and_types_that_do_not_fit_are_refused() -> Result<()> {
    for device in devices() {
        let zeros = |shape: &[usize]| Tensor::zeros(shape, DType::F32, &device);
        assert!(add_squares(&zeros(&[4])?, &zeros(&[3, 5])?).is_err());
        assert!(add_squares(&zeros(&[4])?, &zeros(&[3, 4])?.to_dtype(DType::F64)?).is_err());
        assert!(add_squares(&zeros(&[4])?, &zeros(&[4, 3])?.t()?).is_err());
        assert!(add_second_moments(&zeros(&[4, 5])?, &zeros(&[3, 4])?).is_err());
        assert!(Runs::new(64, zeros(&[2, 100])?, &[0, 1, 2]).is_err(), "a row of 100 is in two parts");
        assert!(Runs::new(64, zeros(&[2, 64])?, &[0, 64]).is_err(), "there is no bucket 64");
        let runs = Runs::new(64, zeros(&[2, 64])?, &[0, 63])?;
        assert!(add_runs(&zeros(&[3, 64])?, &zeros(&[3, 2, 63])?, &runs).is_err());

        let rows = |count: usize, width: usize| Tensor::zeros((count, width), DType::U8, &device);
        let exponents = Tensor::zeros(3, DType::U8, &device)?;
        let sums = |rows: &Tensor, queries: &Tensor, end: usize| {
            block_sums(
                (rows, &exponents),
                queries,
                &Blocks::new(std::slice::from_ref(&(0..end)), &device)?,
                (Part::Signed, 0),
            )
        };
        assert!(sums(&rows(3, 64)?, &rows(1, 64)?, 3).is_ok());
        assert!(sums(&rows(3, 64)?, &rows(1, 128)?, 3).is_err());
        assert!(sums(&rows(3, 60)?, &rows(1, 60)?, 3).is_err(), "60 is no multiple of 64");
        assert!(sums(&rows(3, 64)?, &rows(1, 64)?, 4).is_err(), "there are three rows");
    }
    Ok(())
}

/// `softmax(scale · scores)` over the columns from `first` to the row's own position, written plainly.
fn plain_softmax(scores: &[f32], length: usize, first: &[usize], scale: f32) -> Vec<f32> {
    let mut weights = vec![0.0; scores.len()];
    for (rank, (row, own)) in weights.chunks_exact_mut(length).zip(scores.chunks_exact(length)).enumerate() {
        let seen = first[rank]..=rank % length;
        let total: f32 = own[seen.clone()].iter().map(|score| (scale * score).exp()).sum();
        for column in seen {
            row[column] = (scale * own[column]).exp() / total;
        }
    }
    weights
}

#[test]
fn softmax_is_over_what_a_row_sees() -> Result<()> {
    // Two blocks of two heads and 70 positions: the first whole, the second in two pieces.
    let (length, heads) = (70, 2);
    let scores = wave(2 * heads * length * length, 0.37);
    let of_second = |position: usize| if position < 40 { 0 } else { 40 };
    let firsts: Vec<u32> =
        (0..2 * length).map(|place| if place < length { 0 } else { of_second(place - length) as u32 }).collect();
    let of_row = |rank: usize| if rank < heads * length { 0 } else { of_second(rank % length) };
    let first: Vec<usize> = (0..2 * heads * length).map(of_row).collect();
    let expected = plain_softmax(&scores, length, &first, 0.5);
    for device in devices() {
        let seen = Seen::new(&firsts, length, heads * length, &device)?;
        let scores = Tensor::from_slice(&scores, (2, heads, length, length), &device)?;
        assert_close(&softmax(&scores, &seen, 0.5)?, &expected)?;
        let narrow = softmax(&scores.to_dtype(DType::BF16)?, &seen, 0.5)?;
        assert_eq!(narrow.dtype(), DType::BF16);
        let rounded = Tensor::from_slice(&expected, narrow.dims(), &device)?.to_dtype(DType::BF16)?;
        let error = (narrow.to_dtype(DType::F32)? - rounded.to_dtype(DType::F32)?)?.abs()?.max_all()?;
        assert!(error.to_scalar::<f32>()? < 0.004, "one unit in the last place of 1 at most");
    }
    Ok(())
}

#[test]
fn one_blocks_firsts_are_for_all_blocks() -> Result<()> {
    let (length, scores) = (5, wave(3 * 25, 0.37));
    let expected = plain_softmax(&scores, length, &[0; 15], 2.0);
    for device in devices() {
        let seen = Seen::new(&[0; 5], length, length, &device)?;
        assert_close(&softmax(&Tensor::from_slice(&scores, (3, 5, 5), &device)?, &seen, 2.0)?, &expected)?;
    }
    Ok(())
}

#[test]
fn the_derivative_of_softmax_is_the_quotient_of_differences() -> Result<()> {
    const STEP: f32 = 1e-2;
    /// Differences in 32 bits are off by about a thousandth.
    const CLOSE: f32 = 5e-3;
    let (length, scores, slopes) = (33, wave(33 * 33, 0.37), wave(33 * 33, 1.9));
    for device in devices() {
        let seen = Seen::new(&[0; 33], length, length, &device)?;
        let tensor = |values: &[f32]| Tensor::from_slice(values, (33, 33), &device);
        let loss = |scores: &[f32]| -> Result<f32> {
            (softmax(&tensor(scores)?, &seen, 0.5)? * tensor(&slopes)?)?.sum_all()?.to_scalar()
        };
        let weights = softmax(&tensor(&scores)?, &seen, 0.5)?;
        let found: Vec<f32> = softmax_backward(&weights, &tensor(&slopes)?, 0.5)?.flatten_all()?.to_vec1()?;
        for place in (0..scores.len()).step_by(97) {
            let moved = |by: f32| {
                let mut scores = scores.clone();
                scores[place] += by;
                loss(&scores)
            };
            let quotient = (moved(STEP)? - moved(-STEP)?) / (2.0 * STEP);
            assert!((found[place] - quotient).abs() < CLOSE, "{} instead of {quotient}", found[place]);
        }
    }
    Ok(())
}

#[test]
fn positions_that_do_not_see_themselves_are_refused() {
    for device in devices() {
        assert!(Seen::new(&[0, 0, 3], 3, 3, &device).is_err());
        assert!(Seen::new(&[0, 0], 3, 3, &device).is_err());
        assert!(Seen::new(&[0, 0, 0], 3, 4, &device).is_err());
    }
}
