use std::ops::Range;

use corpus::spans::{Citation, Occurrence, Output, SpanIndex, TraceSettings, byte_symbols, bytes_as_text};
use proptest::collection::vec;
use proptest::prelude::*;

const EVERYTHING: TraceSettings = TraceSettings { shortest: 1, smallest_weight: 0.0, most_occurrences: 3 };

fn index(texts: &[&str]) -> SpanIndex {
    SpanIndex::new(&texts.iter().map(|text| byte_symbols(text)).collect::<Vec<_>>()).unwrap()
}

fn trace(texts: &[&str], output: &str) -> Vec<Citation> {
    let settings = TraceSettings { smallest_weight: 12.0, ..TraceSettings::default() };
    index(texts).trace(&Output::bytes(output), &settings, bytes_as_text)
}

#[test]
fn an_output_is_traced_to_the_items_that_it_was_put_together_from() {
    let texts = ["the ray is bent in the prism", "a boy whitewashed the fence", "the boy whitewashed nothing"];
    let found = trace(&texts, "He saw that the ray is bent; a boy whitewashed it.");
    let said: Vec<_> = found.iter().map(|one| (one.text.as_str(), one.start, one.occurrences.as_slice())).collect();
    let beginning_of = |item| [Occurrence { item, offset: 0 }];
    let expected = [("the ray is bent", 12, &beginning_of(0)[..]), ("a boy whitewashed ", 29, &beginning_of(1)[..])];
    assert_eq!(said, expected);
}

#[test]
fn a_span_ends_with_the_last_whole_word_that_matches() {
    let found = trace(&["refracted through the prisms"], "refracted through the prismatic");
    assert_eq!(found[0].text, "refracted through the ");
}

#[test]
fn no_span_crosses_from_one_item_into_the_next() {
    let items = [vec![1, 2, 3], vec![4, 5, 6]];
    let found = SpanIndex::new(&items).unwrap().trace(&Output::tokens(&[2, 3, 4, 5]), &EVERYTHING, |_| String::new());
    assert_eq!(found.iter().map(|one| (one.start, one.length)).collect::<Vec<_>>(), [(0, 2), (2, 2)]);
}

#[test]
fn occurrences_are_counted_in_full_and_listed_from_the_first() {
    let items = vec![vec![7, 8, 9]; 5];
    let found = SpanIndex::new(&items).unwrap().trace(&Output::tokens(&[7, 8, 9]), &EVERYTHING, |_| String::new());
    assert_eq!(found[0].occurrence_count, 5);
    assert_eq!(found[0].occurrences, [0, 1, 2].map(|item| Occurrence { item, offset: 0 }));
    // Three symbols, each a third of the text.
    assert!((found[0].weight - 3.0 * 3.0_f64.ln()).abs() < 1e-12);
}

#[test]
fn common_words_alone_are_not_cited() {
    let text = "of the light and of the rays and of the light";
    let settings = TraceSettings { smallest_weight: 50.0, ..TraceSettings::default() };
    let found = index(&[text]).trace(&Output::bytes("and of the"), &settings, bytes_as_text);
    assert_eq!(found, []);
}

#[test]
fn nothing_is_found_in_an_empty_index_or_of_an_empty_output() {
    let none: [&[u32]; 0] = [];
    let found = SpanIndex::new(&none).unwrap().trace(&Output::tokens(&[1]), &EVERYTHING, |_| String::new());
    assert_eq!(found, []);
    assert_eq!(trace(&["", "light"], ""), []);
}

#[test]
fn citations_are_read_back_from_json_as_they_were() {
    let found = trace(&["a boy whitewashed the fence"], "a boy whitewashed it");
    let json = serde_json::to_string(&found).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Citation>>(&json).unwrap(), found);
}

/// All places where `span` stands in the items.
fn places(items: &[Vec<u32>], span: &[u32]) -> Vec<Occurrence> {
    let in_item = |(item, symbols): (usize, &Vec<u32>)| {
        let hits = symbols.windows(span.len()).enumerate().filter(|(_, window)| *window == span);
        hits.map(|(offset, _)| Occurrence { item, offset }).collect::<Vec<_>>()
    };
    items.iter().enumerate().flat_map(in_item).collect()
}

/// Spans that occur and lie in no larger one that does.
fn maximal(items: &[Vec<u32>], output: &[u32]) -> Vec<Range<usize>> {
    let all = (0..output.len()).flat_map(|start| (start + 1..=output.len()).map(move |end| start..end));
    let occurring: Vec<Range<usize>> = all.filter(|span| !places(items, &output[span.clone()]).is_empty()).collect();
    let inside = |inner: &Range<usize>, outer: &Range<usize>| {
        inner != outer && outer.start <= inner.start && inner.end <= outer.end
    };
    occurring.iter().filter(|span| !occurring.iter().any(|other| inside(span, other))).cloned().collect()
}

fn weight(items: &[Vec<u32>], span: &[u32]) -> f64 {
    let all = items.concat();
    let share = |symbol: &u32| all.iter().filter(|other| *other == symbol).count() as f64 / all.len() as f64;
    span.iter().map(|symbol| -share(symbol).ln()).sum()
}

/// Largest sum of weights of spans from `start` on that do not overlap.
fn best(spans: &[(Range<usize>, f64)], start: usize) -> f64 {
    let usable = spans.iter().filter(|(span, _)| span.start >= start);
    usable.map(|(span, weight)| weight + best(spans, span.end)).fold(0.0, f64::max)
}

proptest! {
    #[test]
    fn the_index_finds_what_a_search_of_everything_finds(items in vec(vec(0u32..4, 0..12), 0..4), output in vec(0u32..5, 0..9)) {
        let found = SpanIndex::new(&items).unwrap().trace(&Output::tokens(&output), &EVERYTHING, |_| String::new());
        let spans = maximal(&items, &output);
        for one in &found {
            let span = one.start..one.start + one.length;
            let places = places(&items, &output[span.clone()]);
            prop_assert!(spans.contains(&span));
            prop_assert_eq!(one.occurrence_count, places.len());
            prop_assert_eq!(&one.occurrences[..], &places[..places.len().min(3)]);
        }
        prop_assert!(found.windows(2).all(|pair| pair[0].start + pair[0].length <= pair[1].start));
        let weighed: Vec<_> = spans.into_iter().map(|span| (span.clone(), weight(&items, &output[span]))).collect();
        let sum: f64 = found.iter().map(|one| one.weight).sum();
        prop_assert!((sum - best(&weighed, 0)).abs() < 1e-9);
    }
}
