//! Traces a text to the two books: `cargo run --package corpus --example citations`.

use std::time::Instant;

use corpus::spans::{Citation, Output, SpanIndex, TraceSettings, byte_symbols, bytes_as_text};

/// Put together from both books and words of nobody.
const OUTPUT: &str = "As was said before, the Rays which differ in Refrangibility\ndiffer also in Colour, and therefore every sensible reader \
will agree that Tom appeared on the sidewalk with a bucket of whitewash and a\nlong-handled brush, which no theory of fluxions explains.";

fn main() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/");
    let read = |book: &str| std::fs::read_to_string(format!("{folder}{book}")).expect("the books are kept in data/");
    let items = ["opticks.txt", "sawyer.txt"].map(|book| byte_symbols(&read(book)));
    let start = Instant::now();
    let index = SpanIndex::new(&items).expect("two books fit");
    let bytes: usize = items.iter().map(Vec::len).sum();
    println!("{bytes} bytes indexed in {:.3} s", start.elapsed().as_secs_f64());
    let start = Instant::now();
    let found = index.trace(&Output::bytes(OUTPUT), &TraceSettings::default(), bytes_as_text);
    println!("{} bytes traced in {:.6} s", OUTPUT.len(), start.elapsed().as_secs_f64());
    found.iter().for_each(print);
    let whole = Output::bytes(&bytes_as_text(&items[1][..20_000]));
    let start = Instant::now();
    let citations = index.trace(&whole, &TraceSettings::default(), bytes_as_text).len();
    println!("20000 bytes that are all of one item: {citations} citation in {:.3} s", start.elapsed().as_secs_f64());
}

fn print(citation: &Citation) {
    let Citation { text, start, weight, occurrence_count, occurrences, .. } = citation;
    let first = occurrences[0];
    println!(
        "at {start}, {weight:.0} nats, {occurrence_count} times, first in item {} at {}: {text:?}",
        first.item, first.offset
    );
}
