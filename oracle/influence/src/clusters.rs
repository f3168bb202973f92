//! Kinds of queries, found without being told: clusters of embeddings.
//!
//! Rows are embeddings of validation examples, whatever they stand for: pixels, hidden layers, mean token states. The clusters of the
//! rows are what [`crate::report`] takes as strata.
//!
//! # Procedure `kmeans-silhouette/1`
//! 1. For every number of clusters from 2 to `most`, eight starts: the first centroid is a random row, each further one a row drawn with a
//!    probability proportional to its squared distance from the nearest centroid so far (k-means++). Then rows join their nearest
//!    centroid, of equally near ones the first, and centroids move to the mean of their rows, until no row changes or 100 times. Of the eight
//!    the one with the smallest sum of squared distances stays.
//! 2. A number is refused if one of its clusters has fewer than `least_rows` rows: it could not say much of its error.
//! 3. The quality of a number is the mean silhouette of the rows, of at most 1,000 of them, taken evenly.
//! 4. The number of best quality is taken, of equals the smallest; if its quality is under `least_silhouette`, there is one cluster.
//! 5. Clusters are numbered from 0 by falling size, of equals by their first row.
//!
//! # Determinism
//! Sums are taken in the order of the rows in f64, on one thread: the same rows and settings give the same clusters on every machine.
//!
//! # Source
//! D. Arthur and S. Vassilvitskii, *k-means++: the advantages of careful seeding*, 2007. P. Rousseeuw, *Silhouettes: a graphical aid to the
//! interpretation and validation of cluster analysis*, 1987; that a mean silhouette under 0.25 shows no structure is from L. Kaufman and
//! P. Rousseeuw, *Finding groups in data*, 1990.

use crate::random::{Random, Stream};

/// Starts of every number of clusters.
const STARTS: u64 = 8;
/// The most times that centroids move.
const MOVES: usize = 100;
/// The most rows that silhouettes are taken of.
const SILHOUETTES: usize = 1_000;

/// Why clusters could not be found or rows not be assigned.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ClusterError {
    /// Embeddings that are not whole, or none.
    #[error("{values} values are no rows of {dimension} each: give at least one whole row of at least one value")]
    Rows {
        /// Values given.
        values: usize,
        /// Values per row.
        dimension: usize,
    },
    /// A value that is infinite or not a number.
    #[error("row {row} holds a value that is no finite number: leave the row out")]
    NotFinite {
        /// The row.
        row: usize,
    },
    /// Rows of another dimension than those that the clusters were found in.
    #[error("rows of {found} values cannot be assigned to clusters of rows of {expected}: embed them alike")]
    Dimension {
        /// Values per row given.
        found: usize,
        /// Values per row of the clusters.
        expected: usize,
    },
    /// More clusters than strata can have numbers.
    #[error("at most {most} clusters cannot be looked for: choose from 1 to 65,535")]
    Most {
        /// The most clusters asked for.
        most: usize,
    },
}

/// Embeddings of one dimension.
///
/// # Shapes
/// `[rows, dimension]`, row by row.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    dimension: usize,
    values: &'a [f32],
}

impl<'a> Rows<'a> {
    /// Takes at least one whole row of finite values.
    ///
    /// # Errors
    /// [`ClusterError::Rows`] or [`ClusterError::NotFinite`].
    pub fn new(dimension: usize, values: &'a [f32]) -> Result<Self, ClusterError> {
        if dimension == 0 || values.is_empty() || !values.len().is_multiple_of(dimension) {
            return Err(ClusterError::Rows { values: values.len(), dimension });
        }
        match values.iter().position(|value| !value.is_finite()) {
            Some(index) => Err(ClusterError::NotFinite { row: index / dimension }),
            None => Ok(Self { dimension, values }),
        }
    }

    fn count(&self) -> usize {
        self.values.len() / self.dimension
    }

    fn row(&self, row: usize) -> &'a [f32] {
        &self.values[row * self.dimension..(row + 1) * self.dimension]
    }
}

/// How clusters are looked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClusterSettings {
    /// The most clusters.
    pub most: usize,
    /// The fewest rows of a cluster.
    pub least_rows: usize,
    /// The smallest mean silhouette that shows any clusters, from −1 to 1.
    pub least_silhouette: f64,
    /// Seed of the starts.
    pub seed: u64,
}

/// Up to eight clusters of at least sixteen rows, as many effective prompts as a report needs.
impl Default for ClusterSettings {
    fn default() -> Self {
        Self { most: 8, least_rows: 16, least_silhouette: 0.25, seed: 0 }
    }
}

/// Clusters, numbered from 0.
#[derive(Clone, Debug, PartialEq)]
pub struct Clusters {
    centroids: Vec<Vec<f64>>,
    silhouette: Option<f64>,
}

impl Clusters {
    /// The clusters of `rows`, by the procedure above. They can be found in a part of the rows, and the others [assigned](Self::assign).
    ///
    /// # Errors
    /// [`ClusterError::Most`].
    pub fn find(rows: &Rows<'_>, settings: &ClusterSettings) -> Result<Self, ClusterError> {
        if settings.most == 0 || settings.most > usize::from(u16::MAX) {
            return Err(ClusterError::Most { most: settings.most });
        }
        let sample = Sample::of(rows);
        let mut best = Self { centroids: vec![mean(rows, 0..rows.count())], silhouette: None };
        let most = settings.most.min(rows.count());
        for partition in (2..=most).filter_map(|count| Partition::best(rows, count, settings)) {
            let silhouette = sample.silhouette(&partition);
            if silhouette >= settings.least_silhouette && best.silhouette.is_none_or(|least| silhouette > least) {
                best = Self { centroids: partition.by_size(), silhouette: Some(silhouette) };
            }
        }
        Ok(best)
    }

    /// How many.
    pub fn count(&self) -> usize {
        self.centroids.len()
    }

    /// The mean silhouette of the rows that they were found in; none where there is one cluster.
    pub fn silhouette(&self) -> Option<f64> {
        self.silhouette
    }

    /// The cluster of each row: the one of the nearest centroid, of equally near ones the first.
    ///
    /// # Errors
    /// [`ClusterError::Dimension`].
    pub fn assign(&self, rows: &Rows<'_>) -> Result<Vec<u16>, ClusterError> {
        let expected = self.centroids[0].len();
        if rows.dimension != expected {
            return Err(ClusterError::Dimension { found: rows.dimension, expected });
        }
        Ok((0..rows.count()).map(|row| nearest(&self.centroids, rows.row(row)).0 as u16).collect())
    }
}

/// Rows with the number of the cluster of each.
struct Partition {
    centroids: Vec<Vec<f64>>,
    clusters: Vec<usize>,
    inertia: f64,
}

impl Partition {
    /// The best of all starts; none if a cluster of it is too small.
    fn best(rows: &Rows<'_>, count: usize, settings: &ClusterSettings) -> Option<Self> {
        let starts = (0..STARTS).map(|start| {
            let part = count as u64 * STARTS + start;
            Self::descend(rows, first_centroids(rows, count, Random::of_part(settings.seed, Stream::Subsets, part)))
        });
        let best = starts.min_by(|left, right| left.inertia.total_cmp(&right.inertia))?;
        best.sizes().iter().all(|&size| size >= settings.least_rows.max(1)).then_some(best)
    }

    /// Lloyd's algorithm. A centroid that loses all rows stays where it is.
    fn descend(rows: &Rows<'_>, centroids: Vec<Vec<f64>>) -> Self {
        let mut partition = Self::joined(rows, centroids);
        for _ in 0..MOVES {
            let next = Self::joined(rows, partition.moved(rows));
            let settled = next.clusters == partition.clusters;
            partition = next;
            if settled {
                break;
            }
        }
        partition
    }

    fn joined(rows: &Rows<'_>, centroids: Vec<Vec<f64>>) -> Self {
        let joined = (0..rows.count()).map(|row| nearest(&centroids, rows.row(row)));
        let (clusters, distances): (Vec<usize>, Vec<f64>) = joined.unzip();
        Self { centroids, clusters, inertia: distances.iter().sum() }
    }

    fn moved(&self, rows: &Rows<'_>) -> Vec<Vec<f64>> {
        let moved = |(cluster, centroid): (usize, &Vec<f64>)| {
            let members: Vec<usize> = self.members(cluster).collect();
            if members.is_empty() { centroid.clone() } else { mean(rows, members.into_iter()) }
        };
        self.centroids.iter().enumerate().map(moved).collect()
    }

    fn members(&self, cluster: usize) -> impl Iterator<Item = usize> {
        self.clusters.iter().enumerate().filter(move |(_, own)| **own == cluster).map(|(row, _)| row)
    }

    fn sizes(&self) -> Vec<usize> {
        (0..self.centroids.len()).map(|cluster| self.members(cluster).count()).collect()
    }

    /// The centroids by falling size of their clusters, of equals by the first row.
    fn by_size(self) -> Vec<Vec<f64>> {
        let sizes = self.sizes();
        let mut order: Vec<usize> = (0..sizes.len()).collect();
        order.sort_by_key(|&cluster| (std::cmp::Reverse(sizes[cluster]), self.members(cluster).next()));
        order.into_iter().map(|cluster| self.centroids[cluster].clone()).collect()
    }
}

/// Rows of which silhouettes are taken, with all distances between them.
struct Sample {
    rows: Vec<usize>,
    /// `[rows, rows]`
    distances: Vec<f64>,
}

impl Sample {
    fn of(rows: &Rows<'_>) -> Self {
        let step = rows.count().div_ceil(SILHOUETTES);
        let sample: Vec<usize> = (0..rows.count()).step_by(step).collect();
        let distance = |one: usize, other: usize| -> f64 {
            let pairs = rows.row(one).iter().zip(rows.row(other));
            pairs.map(|(one, other)| (f64::from(*one) - f64::from(*other)).powi(2)).sum::<f64>().sqrt()
        };
        let distances = sample.iter().flat_map(|&one| sample.iter().map(move |&other| distance(one, other))).collect();
        Self { rows: sample, distances }
    }

    /// Mean of `(b − a) / max(a, b)`: `a` is a row's mean distance to the others of its cluster, `b` the smallest mean distance to another
    /// cluster. A row that is alone in its cluster counts 0.
    fn silhouette(&self, partition: &Partition) -> f64 {
        let total: f64 = (0..self.rows.len()).map(|row| self.silhouette_of(row, partition)).sum();
        total / self.rows.len() as f64
    }

    fn silhouette_of(&self, row: usize, partition: &Partition) -> f64 {
        let mut sums = vec![(0.0, 0_usize); partition.centroids.len()];
        for (other, distance) in self.distances[row * self.rows.len()..][..self.rows.len()].iter().enumerate() {
            let (sum, count) = &mut sums[partition.clusters[self.rows[other]]];
            *sum += distance;
            *count += usize::from(other != row);
        }
        let own = partition.clusters[self.rows[row]];
        let mean = |cluster: usize| sums[cluster].0 / sums[cluster].1 as f64;
        let others = (0..sums.len()).filter(|&cluster| cluster != own && sums[cluster].1 > 0);
        let (within, beside) = (mean(own), others.map(mean).fold(f64::INFINITY, f64::min));
        let widest = within.max(beside);
        if sums[own].1 == 0 || !widest.is_finite() || widest == 0.0 { 0.0 } else { (beside - within) / widest }
    }
}

/// k-means++: rows that lie far from those before are likely to be next.
fn first_centroids(rows: &Rows<'_>, count: usize, mut random: Random) -> Vec<Vec<f64>> {
    let point = |row: usize| rows.row(row).iter().map(|&value| f64::from(value)).collect::<Vec<f64>>();
    let mut centroids = vec![point(random.below(rows.count() as u32) as usize)];
    while centroids.len() < count {
        let weights: Vec<f64> = (0..rows.count()).map(|row| nearest(&centroids, rows.row(row)).1).collect();
        centroids.push(point(weighted(&weights, f64::from(random.unit()))));
    }
    centroids
}

/// The first index at which the sum of the weights exceeds this part of the whole; the last one where it never does.
fn weighted(weights: &[f64], part: f64) -> usize {
    let mut left = part * weights.iter().sum::<f64>();
    for (index, weight) in weights.iter().enumerate() {
        left -= weight;
        if left < 0.0 {
            return index;
        }
    }
    weights.len() - 1
}

/// The nearest centroid, of equally near ones the first, and the squared distance to it.
fn nearest(centroids: &[Vec<f64>], row: &[f32]) -> (usize, f64) {
    let squared = |centroid: &Vec<f64>| -> f64 {
        centroid.iter().zip(row).map(|(one, &other)| (one - f64::from(other)).powi(2)).sum()
    };
    let distances = centroids.iter().map(squared).enumerate();
    distances.fold((0, f64::INFINITY), |best, next| if next.1 < best.1 { next } else { best })
}

fn mean(rows: &Rows<'_>, members: impl ExactSizeIterator<Item = usize>) -> Vec<f64> {
    let count = members.len() as f64;
    let mut sums = vec![0.0; rows.dimension];
    for row in members {
        sums.iter_mut().zip(rows.row(row)).for_each(|(sum, &value)| *sum += f64::from(value));
    }
    sums.into_iter().map(|sum| sum / count).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Points around centres, `each` of them, within half a unit.
    fn around(centres: &[[f32; 2]], each: usize) -> Vec<f32> {
        let mut random = Random::new(11, Stream::Subsets);
        let mut jitter = |value: f32| value + random.unit() - 0.5;
        let rows = centres.iter().flat_map(|centre| std::iter::repeat_n(centre, each));
        rows.flat_map(|&[x, y]| [x, y]).map(&mut jitter).collect()
    }

    fn found(values: &[f32], settings: &ClusterSettings) -> (Clusters, Vec<u16>) {
        let rows = Rows::new(2, values).expect("whole rows");
        let clusters = Clusters::find(&rows, settings).expect("a number of clusters that can be");
        let assigned = clusters.assign(&rows).expect("the same dimension");
        (clusters, assigned)
    }

    #[test]
    fn as_many_clusters_are_found_as_there_are_and_the_largest_is_first() {
        let mut values = around(&[[0.0, 0.0], [9.0, 0.0]], 20);
        values.extend(around(&[[0.0, 9.0]], 30));
        let (clusters, assigned) = found(&values, &ClusterSettings::default());
        assert_eq!(clusters.count(), 3);
        assert!(clusters.silhouette().is_some_and(|silhouette| silhouette > 0.9), "{:?}", clusters.silhouette());
        assert!(assigned[40..].iter().all(|&cluster| cluster == 0), "thirty rows are the most");
        assert!(assigned[..20].iter().all(|&cluster| cluster == 1), "of equals the one with the first row");
        assert!(assigned[20..40].iter().all(|&cluster| cluster == 2));
    }

    #[test]
    fn rows_without_structure_are_one_cluster() {
        let values = around(&[[0.0, 0.0]], 300);
        // A square cut in four has a silhouette of about 0.4, but nobody would call its quarters kinds.
        let strict = ClusterSettings { least_silhouette: 0.5, ..ClusterSettings::default() };
        let (clusters, assigned) = found(&values, &strict);
        assert_eq!((clusters.count(), clusters.silhouette()), (1, None));
        assert!(assigned.iter().all(|&cluster| cluster == 0));
    }

    #[test]
    fn a_cluster_of_few_rows_is_not_told_apart() {
        let mut values = around(&[[0.0, 0.0], [5.0, 0.0]], 50);
        values.extend(around(&[[0.0, 5.0]], 15));
        let (all, _) = found(&values, &ClusterSettings { least_rows: 15, ..ClusterSettings::default() });
        assert_eq!(all.count(), 3);
        let (large, assigned) = found(&values, &ClusterSettings { least_rows: 16, ..ClusterSettings::default() });
        assert_eq!(large.count(), 2);
        assert!(assigned[100..].iter().all(|&cluster| cluster == assigned[0]), "they join their nearest");
    }

    #[test]
    fn the_same_rows_give_the_same_clusters_and_equal_rows_are_one() {
        let values = around(&[[0.0, 0.0], [3.0, 0.0]], 40);
        assert_eq!(found(&values, &ClusterSettings::default()), found(&values, &ClusterSettings::default()));
        let (clusters, _) = found(&[1.0; 80], &ClusterSettings::default());
        assert_eq!(clusters.count(), 1, "rows at no distance from one another cannot be cut");
    }

    #[test]
    fn rows_that_are_not_whole_finite_or_of_the_same_dimension_are_refused() {
        assert_eq!(Rows::new(2, &[1.0; 3]).expect_err("half a row"), ClusterError::Rows { values: 3, dimension: 2 });
        assert_eq!(Rows::new(2, &[]).expect_err("no row"), ClusterError::Rows { values: 0, dimension: 2 });
        let broken = [0.0, 0.0, 0.0, f32::NAN];
        assert_eq!(Rows::new(2, &broken).expect_err("not a number"), ClusterError::NotFinite { row: 1 });
        let (clusters, _) = found(&[1.0; 4], &ClusterSettings::default());
        let wide = Rows::new(3, &[1.0; 3]).expect("a whole row");
        assert_eq!(clusters.assign(&wide), Err(ClusterError::Dimension { found: 3, expected: 2 }));
        let none = ClusterSettings { most: 0, ..ClusterSettings::default() };
        assert_eq!(Clusters::find(&wide, &none), Err(ClusterError::Most { most: 0 }));
    }
}
