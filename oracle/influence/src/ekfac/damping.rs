//! How much is added to the curvature's diagonal.
//!
//! # Procedure `mean-eigenvalue/2`
//! Each site has its own damping: 3 % of the mean of its diagonal. Sites differ by orders of magnitude in their curvature; a small part of the
//! mean leaves the directions that carry most of it as they are, and keeps the others from being blown up. The part was chosen on the halves of
//! Task B that `docs/attribution.md` shows, where it cannot be told from 1 %: it is a choice, not a finding.
//!
//! # Source
//! Grosse et al. 2023, *Studying Large Language Model Generalization with Influence Functions*, section 3.1, where the part is 10 %.

use super::PerSite;
use super::spectrum::Squares;

/// Name of the procedure, for manifests.
pub const PROCEDURE: &str = "mean-eigenvalue/2";
/// Part of the mean that is added.
pub const PART: f64 = 0.03;

/// `Λ + λ` of every site, from sums over `items` items, with `part` of the mean added.
pub fn damped(squares: &PerSite<Squares>, items: usize, part: f64) -> PerSite<Vec<f64>> {
    let of_site = |squares: &Squares| -> Vec<f64> {
        let (count, size) = (items.max(1) as f64, squares.0.len().max(1) as f64);
        let mean = squares.0.iter().sum::<f64>() / count / size;
        let floor = (part * mean).max(f64::MIN_POSITIVE);
        squares.0.iter().map(|sum| sum / count + floor).collect()
    };
    PerSite(squares.0.iter().map(|(site, squares)| (*site, of_site(squares))).collect())
}
