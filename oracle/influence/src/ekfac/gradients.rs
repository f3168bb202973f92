//! Gradients of single pieces at every site.

use candle_core::{Result, Tensor};
use lm::tap::{Site, Tap};

use super::PerSite;
use super::basis::{Basis, Side};
use super::pass::{Group, Subject};

/// What is made of the gradients of a group's pieces.
pub(crate) trait Take {
    /// Takes a site's, whole and once.
    ///
    /// # Shapes
    /// `[pieces, outputs, inputs]`
    fn take(&mut self, site: Site, gradients: Tensor) -> Result<()>;
}

/// Forms the gradient of every piece at every tracked site, turned into bases where there are some.
pub(crate) struct GradientTap<'a, T> {
    subject: &'a Subject<'a>,
    bases: Option<&'a PerSite<Basis>>,
    pieces: Pieces,
    /// What takes them.
    pub(crate) taken: T,
}

impl<'a, T: Take> GradientTap<'a, T> {
    pub(crate) fn new(
        subject: &'a Subject<'a>,
        bases: Option<&'a PerSite<Basis>>,
        group: &Group<'_>,
        taken: T,
    ) -> Self {
        Self { subject, bases, pieces: Pieces::of(group), taken }
    }

    pub(crate) fn pieces(&self) -> &Pieces {
        &self.pieces
    }

    fn turned(&self, site: Site, side: impl Fn(&Basis) -> &Side, rows: &Tensor) -> Result<Tensor> {
        match self.bases.and_then(|bases| bases.get(site)) {
            Some(basis) => side(basis).turn(rows),
            None => Ok(rows.clone()),
        }
    }
}

impl<T: Take> Tap for GradientTap<'_, T> {
    fn wants(&self, site: Site) -> bool {
        self.subject.sites.contains(&site)
    }

    fn linear(&mut self, site: Site, inputs: &Tensor, gradients: &Tensor) -> Result<()> {
        let inputs = self.turned(site, |basis| &basis.inputs, inputs)?;
        let gradients = self.turned(site, |basis| &basis.outputs, gradients)?;
        let formed = self.pieces.gradients(&inputs, &gradients)?;
        self.taken.take(site, formed)
    }
}

/// Where a group's pieces are.
pub(crate) struct Pieces {
    /// Rank of each piece's item in the shard, first row and number of rows.
    places: Vec<(usize, usize, usize)>,
    /// Rows of all pieces, if they are alike and nothing lies between them.
    even: Option<usize>,
    /// Whether an item may have more than one piece, here or elsewhere.
    divided: bool,
}

impl Pieces {
    pub(crate) fn of(group: &Group<'_>) -> Self {
        let pieces = group.pieces();
        let places: Vec<_> = pieces.iter().map(|(piece, first)| (piece.item, *first, piece.rows)).collect();
        let length = group.packed.length;
        let whole = places.iter().all(|(_, _, rows)| *rows == length);
        let all = &group.packed.pieces;
        let divided = all.windows(2).any(|pair| pair[0].item == pair[1].item);
        Self { places, even: whole.then_some(length), divided }
    }

    /// The item of each piece.
    pub(crate) fn items(&self) -> impl Iterator<Item = usize> + '_ {
        self.places.iter().map(|(item, _, _)| *item)
    }

    /// The item of each piece, if some items have several.
    pub(crate) fn divided(&self) -> Option<Vec<usize>> {
        self.divided.then(|| self.items().collect())
    }

    /// `Σ δᵀ x` over the rows of each piece.
    ///
    /// # Shapes
    /// `inputs` `[rows, inputs]`, `gradients` `[rows, outputs]`, result `[pieces, outputs, inputs]`.
    fn gradients(&self, inputs: &Tensor, gradients: &Tensor) -> Result<Tensor> {
        if let Some(length) = self.even {
            let apart = |rows: &Tensor| rows.reshape((self.places.len(), length, ()));
            return apart(gradients)?.transpose(1, 2)?.matmul(&apart(inputs)?);
        }
        let of_piece = |(_, first, rows): &(usize, usize, usize)| {
            gradients.narrow(0, *first, *rows)?.t()?.matmul(&inputs.narrow(0, *first, *rows)?)
        };
        Tensor::stack(&self.places.iter().map(of_piece).collect::<Result<Vec<_>>>()?, 0)
    }
}
