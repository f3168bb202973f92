//! Influence of single items on single queries, from integers: for people and their arrays. No pay is made of it.

use compute::{Cancelled, Job, parallel};

use super::product::{BLOCK, Wide, dot, widened};
use super::quantize::power_of_two;
use super::rows::Rows;

/// `φ_q(i) = (1/n) ⟨v_q, v_i⟩ 2^(e_q + e_i)` in nats, `n` being the number of all items.
///
/// # Shapes
/// `[queries, items]`, query by query.
///
/// # Errors
/// If the job is cancelled.
///
/// # Determinism
/// The same for any number of threads, on any processor: products are integers, and each is rounded once.
pub fn influences((queries, items): (&Rows<'_>, &Rows<'_>), count: usize, job: &Job) -> Result<Vec<f32>, Cancelled> {
    let (wide, blocks) = (Wide::of(queries), items.len().div_ceil(BLOCK));
    let found = parallel::map_under(job, blocks, |block| {
        let last = items.len().min((block + 1) * BLOCK);
        Ok((block * BLOCK..last).map(|item| of_item((queries, &wide), (items, item), count)).collect::<Vec<_>>())
    })?;
    let mut values = vec![0f32; queries.len() * items.len()];
    for (item, column) in found.into_iter().flatten().enumerate() {
        for (query, value) in column.into_iter().enumerate() {
            values[query * items.len() + item] = value;
        }
    }
    Ok(values)
}

/// Influence of one item on every query.
fn of_item((queries, wide): (&Rows<'_>, &Wide), (items, item): (&Rows<'_>, usize), count: usize) -> Vec<f32> {
    let own: Vec<i16> = widened(items.row(item)).collect();
    let value = |(query, row): (usize, &[i16])| {
        let exponent = i32::from(queries.exponent(query)) + i32::from(items.exponent(item));
        (f64::from(dot(&own, row)) * power_of_two(exponent) / count as f64) as f32
    };
    wide.rows().enumerate().map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::super::rows::{Header, Kind, write};
    use super::*;
    use compute::Threads;

    #[test]
    fn influences_are_products_with_their_exponents_over_the_number_of_items() {
        let file = |kind, count, values: &[i8], exponents: &[i8]| {
            let wide: Vec<i8> = values.iter().flat_map(|value| [*value; 64]).collect();
            write(&Header { kind, width: 64, count, first: 0, job: [1; 32] }, &wide, exponents)
        };
        let items = file(Kind::Items, 3, &[1, -2, 127], &[0, 3, -7]);
        let queries = file(Kind::Queries, 2, &[5, -1], &[-2, 1]);
        let (items, queries) = (Rows::parse(&items).expect("rows"), Rows::parse(&queries).expect("rows"));
        let expected = [5.0 / 4.0, -20.0, 635.0 / 512.0, -2.0, 32.0, -127.0 / 64.0].map(|value| value * 64.0 / 10.0);
        for threads in [1, 3] {
            let found = influences((&queries, &items), 10, &Job::from(Threads::new(threads))).expect("not cancelled");
            assert_eq!(found, expected.map(|value: f64| value as f32));
        }
    }
}
