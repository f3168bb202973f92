//! Items that repeat what the model answered for a fee before they were committed. Receipts name prompts and answers, so that whoever runs the
//! model can look; no own work is behind a bought label.

use anyhow::Result;
use corpus::duplicates::{Duplicate, Item, Place, Settings, find};
use influence::dataset::{DIGITS_MAX_PIXEL, DIGITS_SIDE, Examples, LabelledImage};

use super::training::canonical;

/// Ranks of the items that are like the image of an answer, at rest or as `settings` allow, and have its label.
///
/// # Errors
/// If images are not whole.
pub fn bought(items: &[LabelledImage], answers: &[LabelledImage], settings: &Settings) -> Result<Vec<usize>> {
    let bytes = answers.iter().chain(items).map(canonical).collect::<Result<Vec<_>>>()?;
    let place = |rank: usize| {
        let contribution = u64::from(rank >= answers.len());
        Place { committed_at: contribution, contribution, index: rank as u64 }
    };
    let all: Vec<Item<'_>> =
        bytes.iter().enumerate().map(|(rank, canonical)| Item { place: place(rank), canonical }).collect();
    let label = |rank: usize| items[rank - answers.len()].label;
    let answered = |duplicate: &Duplicate| {
        let sources = [duplicate.matched, duplicate.original].into_iter().filter_map(|source| answers.get(source));
        sources.into_iter().any(|answer| answer.label == label(duplicate.item))
    };
    let found = find(&all, settings)?;
    let own = found.iter().filter(|duplicate| duplicate.item >= answers.len());
    Ok(own.filter(|duplicate| answered(duplicate)).map(|duplicate| duplicate.item - answers.len()).collect())
}

/// Answers as images: each prompt to the nearest grey values, with the label that was served.
pub fn answers(prompts: &Examples, served: &[u16]) -> Vec<LabelledImage> {
    let grey = |feature: &f32| (feature * f32::from(DIGITS_MAX_PIXEL)).round().clamp(0.0, f32::from(DIGITS_MAX_PIXEL));
    let answer = |(prompt, &label): (usize, &u16)| LabelledImage {
        pixels: prompts.row(prompt).iter().map(|feature| grey(feature) as u8).collect(),
        width: DIGITS_SIDE,
        height: DIGITS_SIDE,
        label,
    };
    served.iter().enumerate().map(answer).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(seed: usize, label: u16) -> LabelledImage {
        let pixels = (0..64).map(|pixel| ((pixel * (seed * 7 + 3) + pixel * pixel * seed) % 17) as u8).collect();
        LabelledImage { pixels, width: 8, height: 8, label }
    }

    #[test]
    fn an_answer_with_its_label_is_bought_and_an_image_labelled_otherwise_is_not() {
        let asked = [image(1, 4), image(2, 5)];
        let items = [image(3, 4), image(1, 4), image(2, 6)];
        assert_eq!(bought(&items, &asked, &Settings::default()).expect("whole images"), [1]);
        assert_eq!(bought(&items, &[], &Settings::default()).expect("whole images"), [0usize; 0]);
    }

    #[test]
    fn prompts_come_back_as_the_images_they_were() {
        let asked = [image(1, 4), image(2, 5)];
        let prompts = Examples::from_images(&asked).expect("one size");
        assert_eq!(answers(&prompts, &[4, 5]), asked);
    }
}
