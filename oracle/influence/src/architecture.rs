//! Layer sizes, and where each layer's weights lie in the flat order.

use crate::dataset::Examples;
use crate::mlp::MlpError;

/// One layer's place in the flat weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LayerShape {
    /// First weight of the layer.
    pub offset: usize,
    /// Inputs, not counting the constant 1 of the bias.
    pub inputs: usize,
    /// Units.
    pub outputs: usize,
}

/// Layer sizes, from the number of features to the number of labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Architecture(Vec<usize>);

impl Architecture {
    /// Checks that `layers` describe a network.
    ///
    /// # Errors
    /// [`MlpError::Layers`].
    pub fn new(layers: &[usize]) -> Result<Self, MlpError> {
        let labels = layers.last().copied().unwrap_or(0);
        if layers.len() < 2 || layers.contains(&0) || labels > usize::from(u16::MAX) {
            return Err(MlpError::Layers(layers.to_vec()));
        }
        Ok(Self(layers.to_vec()))
    }

    /// The sizes.
    pub fn layers(&self) -> &[usize] {
        &self.0
    }

    /// Number of features.
    pub fn inputs(&self) -> usize {
        self.0[0]
    }

    /// Number of labels.
    pub fn labels(&self) -> usize {
        self.0[self.0.len() - 1]
    }

    /// Number of weights, biases included.
    pub fn parameters(&self) -> usize {
        self.0.windows(2).map(|pair| (pair[0] + 1) * pair[1]).sum()
    }

    /// Where each layer's weights lie in the flat order: layer by layer, unit by unit, a unit's input weights and then
    /// its bias (`[outputs, inputs + 1]`, row by row).
    pub fn shapes(&self) -> Vec<LayerShape> {
        let mut offset = 0;
        self.0
            .windows(2)
            .map(|pair| {
                let shape = LayerShape { offset, inputs: pair[0], outputs: pair[1] };
                offset += (pair[0] + 1) * pair[1];
                shape
            })
            .collect()
    }

    /// Checks that `examples` can be fed to such a model: their width and every label.
    ///
    /// # Errors
    /// [`MlpError::Width`] or [`MlpError::Label`].
    pub fn check(&self, examples: &Examples) -> Result<(), MlpError> {
        if examples.width() != self.inputs() {
            return Err(MlpError::Width { found: examples.width(), expected: self.inputs() });
        }
        let labels = self.labels();
        match examples.labels().iter().position(|&label| usize::from(label) >= labels) {
            Some(example) => Err(MlpError::Label { example, label: examples.labels()[example], labels }),
            None => Ok(()),
        }
    }
}
