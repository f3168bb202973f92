//! Canonical texts: other spellings of the same text are the same item.

use proptest::prelude::*;
use rules::item::{ImageItem, image_item, text_item};
use unicode_normalization::UnicodeNormalization;

/// Texts rich in what is normalised.
fn texts() -> impl Strategy<Value = String> {
    let any = any::<String>();
    let rich = "[ \t\r\n\u{a0}\u{2028}a\u{e9}e\u{301}\u{323}\u{1100}\u{1161}\u{212b}]{0,30}";
    prop_oneof![any, rich]
}

proptest! {
    #[test]
    fn canonical_texts_stay_as_they_are(text in texts()) {
        let once = text_item(&text);
        let again = text_item(std::str::from_utf8(&once).unwrap());
        prop_assert_eq!(once, again);
    }

    #[test]
    fn decomposition_line_ends_and_padding_do_not_matter(text in texts()) {
        let canonical = text_item(&text);
        let unix = text.replace("\r\n", "\n").replace('\r', "\n");
        let decomposed: String = text.nfd().collect();
        prop_assert_eq!(&text_item(&decomposed), &canonical);
        prop_assert_eq!(&text_item(&unix), &canonical);
        prop_assert_eq!(&text_item(&unix.replace('\n', "\r\n")), &canonical);
        prop_assert_eq!(&text_item(&format!("\u{3000}\n{text}\t\r\n")), &canonical);
    }

    #[test]
    fn no_text_is_an_image(text in texts(), width in 0..9_u16, height in 0..9_u16, label: u16) {
        let text = text_item(&text);
        prop_assert_eq!(ImageItem::parse(&text), None);
        let pixels = vec![b' '; usize::from(width) * usize::from(height)];
        let image = image_item(width, height, &pixels, label).unwrap();
        prop_assert!(std::str::from_utf8(&image).is_err());
        prop_assert_eq!(ImageItem::parse(&image).unwrap().pixels, pixels);
    }
}
