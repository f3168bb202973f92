//! Strata: kinds of queries, each shown by validation examples.
//!
//! A stratum's centroid is the mean of its validation examples' points, summed in their order in f64. What a point is, the kind of model
//! says: the features of a classifier, an embedding of a prompt. A query belongs to the stratum of the nearest centroid (squared Euclidean distance); of equally near ones, to that of the lowest number.
//!
//! A stratum of one example has no standard error. While there is such a stratum and another one, that of the lowest number is merged
//! into the one whose centroid is nearest (of equally near ones, the lowest number), which keeps its number and gets the centroid
//! of all its examples.

use std::borrow::Cow;
use std::collections::BTreeMap;

/// Fewest draws that have a standard error.
const LEAST: usize = 2;

/// Where queries lie, so that alike ones lie near one another.
///
/// # Shapes
/// `[queries, width]`, row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct Points<'a> {
    width: usize,
    values: Cow<'a, [f32]>,
}

impl<'a> Points<'a> {
    /// Points of `width` numbers each.
    pub fn new(width: usize, values: impl Into<Cow<'a, [f32]>>) -> Self {
        Self { width, values: values.into() }
    }

    /// One point.
    pub fn row(&self, index: usize) -> &[f32] {
        &self.values[index * self.width..(index + 1) * self.width]
    }
}

/// A kind of queries.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Stratum {
    /// Its number, fixed when the validation pool was approved.
    pub(crate) number: u16,
    /// Its validation examples, in order.
    pub(crate) examples: Vec<usize>,
    /// Its paid prompts, in order, by an index of the caller's.
    pub(crate) prompts: Vec<usize>,
    centroid: Vec<f64>,
}

impl Stratum {
    fn new(number: u16, examples: Vec<usize>, validation: &Points<'_>) -> Self {
        let centroid = centroid(&examples, validation);
        Self { number, examples, prompts: Vec::new(), centroid }
    }

    /// Takes in another one's examples and prompts.
    fn take(&mut self, other: Self, validation: &Points<'_>) {
        self.examples.extend(other.examples);
        self.examples.sort_unstable();
        self.prompts.extend(other.prompts);
        self.prompts.sort_unstable();
        self.centroid = centroid(&self.examples, validation);
    }
}

/// The strata of the validation examples, by number, each of at least two examples unless there are no two examples. Without
/// any example there is one empty stratum, to which all queries belong.
pub(crate) fn of_validation(validation: &Points<'_>, numbers: &[u16]) -> Vec<Stratum> {
    let mut examples: BTreeMap<u16, Vec<usize>> = BTreeMap::new();
    for (example, &number) in numbers.iter().enumerate() {
        examples.entry(number).or_default().push(example);
    }
    if examples.is_empty() {
        examples.insert(0, Vec::new());
    }
    let strata = examples.into_iter().map(|(number, examples)| Stratum::new(number, examples, validation)).collect();
    merge_small(strata, validation, |stratum| stratum.examples.len())
}

/// The strata that hold paid prompts, each of at least two prompts unless there are no two prompts.
pub(crate) fn of_prompts(strata: &[Stratum], validation: &Points<'_>) -> Vec<Stratum> {
    let paid = strata.iter().filter(|stratum| !stratum.prompts.is_empty()).cloned().collect();
    merge_small(paid, validation, |stratum| stratum.prompts.len())
}

/// Index of the stratum whose centroid is nearest to a point; there must be one.
pub(crate) fn nearest(strata: &[Stratum], point: &[f32]) -> usize {
    let point: Vec<f64> = point.iter().map(|&value| f64::from(value)).collect();
    nearest_to(strata, &point)
}

fn nearest_to(strata: &[Stratum], point: &[f64]) -> usize {
    let distances: Vec<f64> = strata.iter().map(|stratum| squared_distance(&stratum.centroid, point)).collect();
    (1..distances.len()).fold(0, |best, next| if distances[next] < distances[best] { next } else { best })
}

fn squared_distance(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(left, right)| (left - right).powi(2)).sum()
}

fn centroid(examples: &[usize], validation: &Points<'_>) -> Vec<f64> {
    let mut sums = vec![0.0; validation.width];
    for &example in examples {
        sums.iter_mut().zip(validation.row(example)).for_each(|(sum, &feature)| *sum += f64::from(feature));
    }
    let count = examples.len().max(1) as f64;
    sums.into_iter().map(|sum| sum / count).collect()
}

fn merge_small(mut strata: Vec<Stratum>, validation: &Points<'_>, size: impl Fn(&Stratum) -> usize) -> Vec<Stratum> {
    while strata.len() > 1
        && let Some(small) = strata.iter().position(|stratum| size(stratum) < LEAST)
    {
        let small = strata.remove(small);
        let nearest = nearest_to(&strata, &small.centroid);
        strata[nearest].take(small, validation);
    }
    strata
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One number per example.
    fn line(values: &[f32]) -> Points<'_> {
        Points::new(1, values)
    }

    fn members(strata: &[Stratum]) -> Vec<(u16, Vec<usize>)> {
        strata.iter().map(|stratum| (stratum.number, stratum.examples.clone())).collect()
    }

    #[test]
    fn of_equally_near_centroids_the_lower_number_wins() {
        let strata = of_validation(&line(&[5.0, 5.0, 1.0, 1.0]), &[2, 2, 7, 7]);
        assert_eq!(nearest(&strata, &[3.0]), 0);
        assert_eq!(nearest(&strata, &[2.9]), 1);
        assert_eq!(nearest(&strata, &[3.1]), 0);
    }

    #[test]
    fn a_stratum_of_one_example_joins_the_nearest_and_moves_its_centroid() {
        let validation = line(&[0.0, 0.0, 4.0, 10.0, 10.0]);
        let strata = of_validation(&validation, &[1, 1, 3, 2, 2]);
        assert_eq!(members(&strata), [(1, vec![0, 1, 2]), (2, vec![3, 4])]);
        assert_eq!(strata[0].centroid, [4.0 / 3.0]);
        assert_eq!(nearest(&strata, &[5.5]), 0, "5.67 is the middle of the centroids");
        assert_eq!(nearest(&strata, &[5.8]), 1);
    }

    #[test]
    fn lonely_strata_are_merged_from_the_lowest_number_on_until_none_is_left() {
        // 0 at 0 joins 1 at 3; they have two. 5 at 9 is as near to the pair as to 6 at 16.5: the lower number takes it.
        let strata = of_validation(&line(&[0.0, 3.0, 9.0, 16.5, 16.5]), &[0, 1, 5, 6, 6]);
        assert_eq!(members(&strata), [(1, vec![0, 1, 2]), (6, vec![3, 4])]);
        let alone = of_validation(&line(&[1.0]), &[9]);
        assert_eq!(members(&alone), [(9, vec![0])]);
    }

    #[test]
    fn without_examples_all_queries_are_of_one_stratum() {
        let strata = of_validation(&line(&[]), &[]);
        assert_eq!(members(&strata), [(0, Vec::new())]);
        assert_eq!(nearest(&strata, &[0.5]), 0);
    }

    #[test]
    fn strata_without_paid_prompts_take_part_in_no_merging_of_prompts() {
        let validation = line(&[0.0, 0.0, 4.0, 4.0, 10.0, 10.0]);
        let mut strata = of_validation(&validation, &[0, 0, 1, 1, 2, 2]);
        strata[0].prompts = vec![0];
        strata[2].prompts = vec![1, 2];
        let merged = of_prompts(&strata, &validation);
        assert_eq!(merged.len(), 1);
        assert_eq!((merged[0].number, merged[0].prompts.clone()), (2, vec![0, 1, 2]));
    }
}
