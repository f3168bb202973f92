use rules::item::{
    ImageItem, example_digest, image_item, item_digest, items_commitment, key_commitment, private_item_digest,
    text_item,
};
use serde::Deserialize;

use super::{Digest, Hex, cases, hashes};

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Case {
    Text { text: String, canonical: Hex, digest: Digest },
    Image(Image),
    Root { digests: Vec<Digest>, items_root: Digest },
    Private { key: Digest, canonical: Hex, digest: Digest, key_commitment: Digest },
    Example { item: Digest, stratum: u16, digest: Digest },
}

#[derive(Deserialize)]
struct Image {
    width: u16,
    height: u16,
    label: u16,
    pixels: Hex,
    canonical: Option<Hex>,
    digest: Option<Digest>,
}

impl Image {
    fn check(self) {
        let Self { width, height, .. } = self;
        let bytes = image_item(width, height, &self.pixels.0, self.label);
        assert_eq!(bytes, self.canonical.map(|canonical| canonical.0));
        let Some(bytes) = bytes else {
            return;
        };
        assert_eq!(Some(Digest(item_digest(&bytes))), self.digest);
        let image = ImageItem { width, height, label: self.label, pixels: &self.pixels.0 };
        assert_eq!(ImageItem::parse(&bytes), Some(image));
    }
}

#[test]
fn items_follow_the_vectors() {
    for case in cases::<Case>("items.json") {
        match case {
            Case::Text { text, canonical, digest } => {
                assert_eq!(text_item(&text), canonical.0, "{text:?}");
                assert_eq!(item_digest(&canonical.0), digest.0);
            }
            Case::Image(image) => image.check(),
            Case::Root { digests, items_root } => {
                assert_eq!(items_commitment(&hashes(&digests)), items_root.0);
            }
            Case::Private { key, canonical, digest, key_commitment: commitment } => {
                assert_eq!(private_item_digest(&key.0, &canonical.0), digest.0);
                assert_eq!(key_commitment(&key.0), commitment.0);
            }
            Case::Example { item, stratum, digest } => assert_eq!(example_digest(&item.0, stratum), digest.0),
        }
    }
}
