//! Who tells the strata of validation images: whoever drew them, or the engine.

use anyhow::Result;
use influence::clusters::{ClusterSettings, Clusters, Rows};
use influence::dataset::Examples;
use influence::mlp::Mlp;

use super::engine::Engine;
use super::scene::Fresh;

/// Who tells the strata, and from what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Kinds {
    /// They are as drawn.
    Known,
    /// The engine finds clusters of pixels.
    Pixels,
    /// The engine finds clusters of the members' hidden layers, one behind the other.
    Hidden,
}

/// How the strata that the engine found compare with those drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found {
    /// How many it found.
    pub count: usize,
    /// Part of the images that are of the stratum most drawn in their cluster.
    pub purity: f64,
}

/// Tells strata, epoch after epoch. The engine finds clusters in the images of the first, and assigns those of all others: as when a
/// validation pool is approved, before anything is paid.
pub struct Finder {
    kinds: Kinds,
    clusters: Option<Clusters>,
    /// How often each stratum was drawn in each cluster.
    drawn: Vec<Vec<usize>>,
}

impl Finder {
    /// One that has seen no image.
    pub fn new(kinds: Kinds) -> Self {
        Self { kinds, clusters: None, drawn: Vec::new() }
    }

    /// The images with the strata that are told of them.
    ///
    /// # Errors
    /// If the images cannot be embedded or clustered.
    pub fn tell(&mut self, fresh: Fresh, engine: &Engine) -> Result<Fresh> {
        let (width, values) = match self.kinds {
            Kinds::Known => return Ok(fresh),
            Kinds::Pixels => (fresh.examples.width(), fresh.examples.features().to_vec()),
            Kinds::Hidden => hidden_layers(engine.members(), &fresh.examples),
        };
        let rows = Rows::new(width, &values)?;
        let clusters = match self.clusters.take() {
            Some(clusters) => clusters,
            None => Clusters::find(&rows, &ClusterSettings::default())?,
        };
        let strata = clusters.assign(&rows)?;
        strata.iter().zip(&fresh.strata).for_each(|(&found, &drawn)| self.note(found.into(), drawn.into()));
        self.clusters = Some(clusters);
        Ok(Fresh { strata, ..fresh })
    }

    /// What the engine found; nothing where it was told, or saw no image.
    pub fn found(&self) -> Option<Found> {
        let clusters = self.clusters.as_ref()?;
        let most: usize = self.drawn.iter().filter_map(|drawn| drawn.iter().max()).sum();
        let all: usize = self.drawn.iter().flatten().sum();
        Some(Found { count: clusters.count(), purity: most as f64 / all as f64 })
    }

    fn note(&mut self, cluster: usize, stratum: usize) {
        if self.drawn.len() <= cluster {
            self.drawn.resize(cluster + 1, Vec::new());
        }
        let drawn = &mut self.drawn[cluster];
        drawn.resize(drawn.len().max(stratum + 1), 0);
        drawn[stratum] += 1;
    }
}

/// What the first layer of each member makes of every example, one member behind the other: units of different members have nothing to
/// do with one another, so that no mean over members would say anything. With the number of values per example.
fn hidden_layers(members: &[Mlp], examples: &Examples) -> (usize, Vec<f32>) {
    let width = members.iter().map(|member| member.architecture().layers()[1]).sum();
    let rows = (0..examples.len()).map(|example| examples.row(example));
    (width, rows.flat_map(|row| members.iter().flat_map(move |member| hidden_layer(member, row))).collect())
}

/// `max(0, W x + b)` of the first layer.
fn hidden_layer(member: &Mlp, row: &[f32]) -> Vec<f32> {
    let shape = member.architecture().shapes()[0];
    let unit = |weights: &[f32]| -> f32 {
        let (bias, weights) = weights.split_last().expect("a unit has a bias");
        let sum: f32 = weights.iter().zip(row).map(|(weight, value)| weight * value).sum();
        (sum + bias).max(0.0)
    };
    let layer = &member.weights()[shape.offset..][..(shape.inputs + 1) * shape.outputs];
    layer.chunks_exact(shape.inputs + 1).map(unit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use influence::mlp::Architecture;

    #[test]
    fn a_hidden_layer_is_cut_at_zero_and_members_stand_one_behind_the_other() {
        let architecture = Architecture::new(&[2, 2, 1]).expect("two layers");
        // Units `x − y + 0.5` and `−x + 0`, then an output that does not matter.
        let weights = vec![1.0, -1.0, 0.5, -1.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        let member = Mlp::from_weights(architecture, weights).expect("nine weights");
        let mut examples = Examples::new(2);
        examples.push(&[1.0, 0.25], 0).expect("two features");
        let (width, values) = hidden_layers(&[member.clone(), member], &examples);
        assert_eq!((width, values), (4, vec![1.25, 0.0, 1.25, 0.0]));
    }

    #[test]
    fn purity_counts_the_most_drawn_stratum_of_every_cluster() {
        let mut finder = Finder::new(Kinds::Pixels);
        [(0, 0), (0, 0), (0, 1), (1, 1)].into_iter().for_each(|(cluster, stratum)| finder.note(cluster, stratum));
        assert!(finder.found().is_none(), "no image was seen");
        finder.clusters =
            Some(Clusters::find(&Rows::new(1, &[0.0]).expect("a row"), &ClusterSettings::default()).expect("one"));
        assert_eq!(finder.found(), Some(Found { count: 1, purity: 0.75 }));
    }
}
