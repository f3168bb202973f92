//! All searches over items as contributions hold them.

use std::collections::BTreeMap;

use rules::item::ImageItem;
use serde::{Deserialize, Serialize};

use super::exact::exact_copies;
use super::shifts::{ShiftSettings, shifted_copies};
use super::text::{TextSettings, near_texts};
use super::vectors::{Rows, Values, VectorSettings, near_vectors};
use super::{Duplicate, Link, Place, SearchError, resolve};

/// An item to compare.
#[derive(Clone, Copy, Debug)]
pub struct Item<'a> {
    /// Where it stands.
    pub place: Place,
    /// Its canonical bytes, as [`rules::item::text_item`] or [`rules::item::image_item`] make them.
    pub canonical: &'a [u8],
}

/// How all searches are done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// For texts.
    pub text: TextSettings,
    /// For images at rest.
    pub images: VectorSettings,
    /// For images that were shifted.
    pub shifts: ShiftSettings,
}

/// Says of each item that repeats an earlier one what it repeats, by rank in `items`.
///
/// Copies are left out of the near searches, in which their first stands for them. Images are compared with images of the same width and
/// height, whatever their labels. Bytes that are neither an image nor UTF-8 have only exact copies.
///
/// # Errors
/// If the settings are out of range.
pub fn find(items: &[Item<'_>], settings: &Settings) -> Result<Vec<Duplicate>, SearchError> {
    let places: Vec<Place> = items.iter().map(|item| item.place).collect();
    let order = by_precedence(&places);
    let mut links = of_ranks(exact_copies(order.iter().map(|rank| items[*rank].canonical)), &order);
    let firsts = without_copies(order, &links);
    links.extend(text_links(items, &firsts, &settings.text)?);
    links.extend(image_links(items, &firsts, settings)?);
    resolve(&places, &links)
}

/// Ranks of the items, earliest first.
pub(super) fn by_precedence(places: &[Place]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..places.len()).collect();
    order.sort_by_key(|rank| places[*rank]);
    order
}

pub(super) fn without_copies(mut order: Vec<usize>, copies: &[Link]) -> Vec<usize> {
    let mut copied: Vec<usize> = copies.iter().map(|link| link.second).collect();
    copied.sort_unstable();
    order.retain(|rank| copied.binary_search(rank).is_err());
    order
}

/// Links between places in `ranks`, as links between the ranks there.
pub(super) fn of_ranks(links: Vec<Link>, ranks: &[usize]) -> Vec<Link> {
    let of_rank = |link: Link| Link { first: ranks[link.first], second: ranks[link.second], ..link };
    links.into_iter().map(of_rank).collect()
}

fn text_links(items: &[Item<'_>], firsts: &[usize], settings: &TextSettings) -> Result<Vec<Link>, SearchError> {
    let text = |rank: &usize| Some((*rank, std::str::from_utf8(items[*rank].canonical).ok()?));
    let (ranks, texts): (Vec<usize>, Vec<&str>) = firsts.iter().filter_map(text).unzip();
    Ok(of_ranks(near_texts(&texts, settings)?, &ranks))
}

/// Ranks of the images of one width and height, and their pixels.
#[derive(Default)]
struct Group {
    ranks: Vec<usize>,
    pixels: Vec<u8>,
}

fn image_links(items: &[Item<'_>], firsts: &[usize], settings: &Settings) -> Result<Vec<Link>, SearchError> {
    let mut links = Vec::new();
    for ((width, height), group) in images_by_shape(items, firsts) {
        let (width, height) = (usize::from(width), usize::from(height));
        let rows = Rows { dimension: width * height, values: Values::Unsigned(&group.pixels) };
        links.extend(of_ranks(near_images(&rows, width, settings)?, &group.ranks));
    }
    Ok(links)
}

/// Links of images of `width` pixels to a line, at rest and shifted.
pub(super) fn near_images(rows: &Rows<'_>, width: usize, settings: &Settings) -> Result<Vec<Link>, SearchError> {
    let mut links = near_vectors(rows, &settings.images)?;
    links.extend(shifted_copies(rows, width, &settings.shifts)?);
    Ok(links)
}

fn images_by_shape(items: &[Item<'_>], firsts: &[usize]) -> BTreeMap<(u16, u16), Group> {
    let mut groups: BTreeMap<_, Group> = BTreeMap::new();
    for rank in firsts {
        // An image without pixels has nothing to compare.
        if let Some(image) = ImageItem::parse(items[*rank].canonical).filter(|image| !image.pixels.is_empty()) {
            let group = groups.entry((image.width, image.height)).or_default();
            group.ranks.push(*rank);
            group.pixels.extend(image.pixels);
        }
    }
    groups
}
