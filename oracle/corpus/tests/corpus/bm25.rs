use corpus::bm25::{Bm25, Parameters};
use corpus::words::Vocabulary;

const DOCUMENTS: [&[u32]; 3] = [&[1, 1, 2], &[2, 3], &[4]];

/// Rounding of the last digit that was written down.
const TOLERANCE: f64 = 1e-12;

fn assert_close(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    assert!(found.iter().zip(expected).all(|(one, other)| (one - other).abs() < TOLERANCE), "{found:?}");
}

#[test]
fn scores_are_those_computed_by_hand() {
    let index = Bm25::new(&DOCUMENTS, Parameters::default()).unwrap();
    // Three documents, two terms long in the mean. Term 1: idf ln(1 + 2.5/1.5), in document 0 twice, whose length term is 1.2 · 1.375 = 1.65.
    // Term 2: idf ln(1 + 1.5/2.5), in documents 0 and 1 once.
    let (rare, common) = ((1.0_f64 + 2.5 / 1.5).ln(), 1.6_f64.ln());
    let first = rare * 4.4 / 3.65 + common * 2.2 / 2.65;
    assert_close(&index.scores(&[1, 2]), &[first, common, 0.0]);
    assert_close(&[first], &[1.572_561_202_683_896_2]);
}

#[test]
fn a_term_asked_twice_counts_twice_and_an_unknown_one_not_at_all() {
    let index = Bm25::new(&DOCUMENTS, Parameters::default()).unwrap();
    let (once, twice) = (index.scores(&[2]), index.scores(&[2, 9, 2]));
    assert_close(&twice, &once.iter().map(|score| 2.0 * score).collect::<Vec<_>>());
    assert_eq!(index.scores(&[]), [0.0; 3]);
}

#[test]
fn a_longer_document_scores_less_for_the_same_word_unless_length_is_not_to_count() {
    let mut vocabulary = Vocabulary::new();
    let documents = ["a prism", "a prism and a lens and a hole"].map(|text| vocabulary.learn(text));
    let query = vocabulary.encode("PRISM");
    let scores = |b| Bm25::new(&documents, Parameters { k1: 1.2, b }).unwrap().scores(&query);
    assert!(scores(0.75)[0] > scores(0.75)[1]);
    assert_eq!(scores(0.0)[0], scores(0.0)[1]);
}

#[test]
fn no_documents_and_empty_documents_have_no_scores_to_tell() {
    let none: [&[u32]; 0] = [];
    assert!(Bm25::new(&none, Parameters::default()).unwrap().scores(&[1]).is_empty());
    assert_eq!(Bm25::new(&[[]; 2], Parameters::default()).unwrap().scores(&[1]), [0.0; 2]);
}

#[test]
fn parameters_out_of_range_are_refused() {
    for (k1, b) in [(-0.1, 0.5), (f64::NAN, 0.5), (1.0, 1.5)] {
        let error = Bm25::new(&DOCUMENTS, Parameters { k1, b }).err().unwrap();
        assert!(error.to_string().contains("take a finite k1"), "{error}");
    }
}
