use corpus::duplicates::shingles::Shingles;
use corpus::duplicates::text::{TextSettings, near_texts};
use corpus::duplicates::vectors::{Measure, Rows, Values, VectorSettings, near_vectors};
use corpus::duplicates::{Banding, Item, Kind, Place, SearchError, Settings, find};
use rules::item::{image_item, text_item};

fn place(committed_at: u64, contribution: u64, index: u64) -> Place {
    Place { committed_at, contribution, index }
}

fn cosine(threshold: f64) -> VectorSettings {
    VectorSettings { measure: Measure::Cosine, threshold, ..VectorSettings::default() }
}

const OBSERVATION: &str =
    "The homogeneal Light and Rays which appear red, or rather make Objects appear so, I call red-making";

#[test]
fn every_copy_is_traced_to_the_earliest_commit_and_told_how_it_is_alike() {
    let near = OBSERVATION.replace("rather", "sometimes");
    let texts = [near.as_str(), OBSERVATION, "nothing of the kind", OBSERVATION];
    let canonical = texts.map(text_item);
    let places = [place(30, 1, 0), place(20, 2, 0), place(10, 3, 0), place(20, 0, 5)];
    let items: Vec<Item<'_>> =
        places.iter().zip(&canonical).map(|(place, canonical)| Item { place: *place, canonical }).collect();
    let found = find(&items, &Settings::default()).unwrap();
    let said: Vec<_> = found.iter().map(|one| (one.item, one.original, one.matched, one.kind)).collect();
    // Items 1 and 3 came in the same block: the lower position is first.
    assert_eq!(said, [(0, 3, 3, Kind::NearText), (1, 3, 3, Kind::Exact)]);
    assert!(found[0].similarity > 0.5 && found[0].similarity < 1.0, "{found:?}");
}

#[test]
fn white_space_at_the_ends_is_no_difference_and_case_is_a_near_one() {
    let canonical =
        [text_item("light and colours"), text_item(" light and colours\r\n"), text_item("Light and Colours!")];
    let items: Vec<Item<'_>> =
        (0..3).map(|rank| Item { place: place(rank, 0, 0), canonical: &canonical[rank as usize] }).collect();
    let said: Vec<_> =
        find(&items, &Settings::default()).unwrap().iter().map(|one| (one.item, one.kind, one.similarity)).collect();
    assert_eq!(said, [(1, Kind::Exact, 1.0), (2, Kind::NearText, 1.0)]);
}

#[test]
fn an_image_with_another_label_is_a_near_duplicate_and_one_of_another_shape_is_none() {
    let pixels: Vec<u8> = (0..64).map(|at| (at * 7 % 17) as u8).collect();
    let images = [(8, 8, 1), (8, 8, 2), (4, 16, 1)];
    let canonical = images.map(|(width, height, label)| image_item(width, height, &pixels, label).unwrap());
    let items: Vec<Item<'_>> =
        (0..3).map(|rank| Item { place: place(rank, 0, 0), canonical: &canonical[rank as usize] }).collect();
    let said: Vec<_> =
        find(&items, &Settings::default()).unwrap().iter().map(|one| (one.item, one.original, one.kind)).collect();
    assert_eq!(said, [(1, 0, Kind::NearVector)]);
}

#[test]
fn empty_texts_blank_images_and_unknown_bytes_have_exact_copies_only() {
    let blank = image_item(8, 8, &[0; 64], 0).unwrap();
    let grey = image_item(8, 8, &[9; 64], 0).unwrap();
    let canonical: [&[u8]; 9] = [b"", b"", b"...", b"!", &blank, &blank, &grey, &[0xfe, 1], &[0xfe, 1]];
    let items: Vec<Item<'_>> =
        (0..9).map(|rank| Item { place: place(rank, 0, 0), canonical: canonical[rank as usize] }).collect();
    let said: Vec<_> =
        find(&items, &Settings::default()).unwrap().iter().map(|one| (one.item, one.original, one.kind)).collect();
    assert_eq!(said, [(1, 0, Kind::Exact), (5, 4, Kind::Exact), (8, 7, Kind::Exact)]);
}

#[test]
fn sketches_of_any_scale_are_alike_if_they_point_the_same_way() {
    let sketch: Vec<i8> = (0..64).map(|at| (at * 37 % 101) as i8 - 50).collect();
    let half: Vec<i8> = sketch.iter().map(|value| value / 2).collect();
    let opposite: Vec<i8> = sketch.iter().map(|value| -value).collect();
    let all = [sketch, half, opposite].concat();
    let links = near_vectors(&Rows { dimension: 64, values: Values::Integers(&all) }, &cosine(0.99)).unwrap();
    assert_eq!(links.iter().map(|link| (link.first, link.second)).collect::<Vec<_>>(), [(0, 1)]);
    let floats: Vec<f32> = all.iter().map(|value| f32::from(*value) * 0.125).collect();
    let same = near_vectors(&Rows { dimension: 64, values: Values::Floats(&floats) }, &cosine(0.99)).unwrap();
    assert_eq!(same, links);
}

#[test]
fn a_flood_of_one_text_is_joined_in_bounded_time() {
    let texts: Vec<String> = (0..3_000).map(|number| format!("{OBSERVATION} {number}")).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let settings = TextSettings::default();
    let links = near_texts(&texts, &settings).unwrap();
    let per_text = settings.banding.bands * settings.banding.bucket_limit;
    assert!(links.len() >= texts.len() - 1 && links.len() < per_text * texts.len(), "{}", links.len());
    assert!((1..texts.len()).all(|text| links.iter().any(|link| link.second == text)));
}

#[test]
fn another_seed_draws_other_candidates_and_the_same_seed_the_same() {
    let texts: Vec<String> = (0..200)
        .map(|number| format!("{} {}", number / 2, OBSERVATION.replace(' ', &format!(" {} ", number % 7))))
        .collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let banding = Banding { bands: 2, rows: 4, bucket_limit: 8 };
    let search = |seed| near_texts(&texts, &TextSettings { seed, banding, ..TextSettings::default() }).unwrap();
    assert_eq!(search(1), search(1));
    assert_ne!(search(1), search(2));
}

#[test]
fn settings_out_of_range_are_refused_by_name() {
    let texts = |settings| near_texts(&["a"], &settings).unwrap_err();
    let banding = |bands, rows, bucket_limit| TextSettings {
        banding: Banding { bands, rows, bucket_limit },
        ..TextSettings::default()
    };
    let default = TextSettings::default();
    assert_eq!(texts(TextSettings { threshold: 0.0, ..default }), SearchError::Threshold(0.0));
    assert_eq!(texts(TextSettings { shingles: Shingles::Words(0), ..default }), SearchError::ShingleLength);
    assert_eq!(texts(banding(8, 65, 1)), SearchError::Banding { bands: 8, rows: 65 });
    assert_eq!(texts(banding(8, 8, 0)), SearchError::BucketLimit);
}

#[test]
fn rows_that_are_not_whole_or_not_finite_are_refused() {
    let vectors = |dimension, values| {
        near_vectors(&Rows { dimension, values: Values::Floats(values) }, &cosine(0.9)).unwrap_err()
    };
    assert_eq!(vectors(2, &[1.0, 2.0, 3.0]), SearchError::Rows { values: 3, dimension: 2 });
    assert_eq!(vectors(0, &[]), SearchError::Rows { values: 0, dimension: 0 });
    assert_eq!(vectors(1, &[1.0, f32::NAN]), SearchError::NotFinite { row: 1 });
}
