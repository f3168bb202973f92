//! Who contributes what.

/// What a contributor's items are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Digits with their labels.
    Honest,
    /// Inverted digits with their labels: the only such data.
    Specialist,
    /// Digits with wrong labels.
    WrongLabels,
    /// Uniform noise with random labels.
    Noise,
}

/// A contributor; its place among all is its position in the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contributor {
    /// As tables name it.
    pub name: String,
    /// What its items are.
    pub kind: Kind,
    /// How many.
    pub items: usize,
}

/// Images of the honest contributors.
const HONEST: [usize; 8] = [20, 40, 60, 80, 100, 120, 160, 200];
/// Images of the specialist, and of the contributor with wrong labels.
const SIXTY: usize = 60;
/// Contributors of noise, and images of each.
const NOISE: (usize, usize) = (5, 40);

/// Eight honest contributors, the specialist, the one with wrong labels, five of noise.
pub fn contributors() -> Vec<Contributor> {
    let one = |name: String, kind, items| Contributor { name, kind, items };
    let honest = HONEST.into_iter().map(|items| one(format!("h{items}"), Kind::Honest, items));
    let others = [
        one("specialist".to_owned(), Kind::Specialist, SIXTY),
        one("wrong_labels".to_owned(), Kind::WrongLabels, SIXTY),
    ];
    let noise = (0..NOISE.0).map(|number| one(format!("noise_{number}"), Kind::Noise, NOISE.1));
    honest.chain(others).chain(noise).collect()
}

/// Positions of the contributors of a kind.
pub fn positions(kind: Kind) -> Vec<usize> {
    let all = contributors();
    (0..all.len()).filter(|&position| all[position].kind == kind).collect()
}
