//! Feature vectors with labels: what models are trained on, asked and checked with.

use crate::dataset::{DatasetError, LabelledImage};

/// Feature vectors of one length, each with a label: training items, queries with the label served, or validation
/// examples.
///
/// # Shapes
/// `[examples, width]`, row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct Examples {
    width: usize,
    features: Vec<f32>,
    labels: Vec<u16>,
}

impl Examples {
    /// No examples yet, of `width` features each.
    pub fn new(width: usize) -> Self {
        Self { width, features: Vec::new(), labels: Vec::new() }
    }

    /// The examples of `images`, in order. All images must have the same number of pixels.
    ///
    /// # Errors
    /// [`DatasetError::Width`] if they have not.
    pub fn from_images<'a>(images: impl IntoIterator<Item = &'a LabelledImage>) -> Result<Self, DatasetError> {
        let mut images = images.into_iter().peekable();
        let mut examples = Self::new(images.peek().map_or(0, |image| image.pixels.len()));
        for image in images {
            examples.push(&image.features(), image.label)?;
        }
        Ok(examples)
    }

    /// Adds an example at the end.
    ///
    /// # Errors
    /// [`DatasetError::Width`] if it has not [`Self::width`] features.
    pub fn push(&mut self, features: &[f32], label: u16) -> Result<(), DatasetError> {
        if features.len() != self.width {
            return Err(DatasetError::Width { found: features.len(), expected: self.width });
        }
        self.features.extend_from_slice(features);
        self.labels.push(label);
        Ok(())
    }

    /// Number of examples.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Number of features of each example.
    pub fn width(&self) -> usize {
        self.width
    }

    /// All features, row by row.
    pub fn features(&self) -> &[f32] {
        &self.features
    }

    /// The features of one example.
    pub fn row(&self, index: usize) -> &[f32] {
        &self.features[index * self.width..(index + 1) * self.width]
    }

    /// All labels, in order.
    pub fn labels(&self) -> &[u16] {
        &self.labels
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_of_another_width_are_refused() {
        let mut examples = Examples::new(2);
        assert!(matches!(examples.push(&[1.0], 0), Err(DatasetError::Width { found: 1, expected: 2 })));
    }
}
