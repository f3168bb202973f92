//! Published objects: every way in which one can be missing or false.

use std::{
    fs,
    path::{Path, PathBuf},
};

use operator::published::{
    Digested, Published, PublishedError, Segment, SegmentClaim, ValidationExample, ValidationSlice, validation_root,
    write_durably,
};
use protocol::Hash32;
use rules::payment::genesis_head;
use tempfile::TempDir;

use crate::shop::{CHANNEL, MODEL, buy, domain, gateway, payer};

fn folder() -> (TempDir, Published) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let published = Published::at(folder.path().join("published"));
    (folder, published)
}

fn examples() -> Vec<Vec<u8>> {
    (0..5_u8).map(|number| vec![number; 3]).collect()
}

/// The same, as validation examples of two strata.
fn validation() -> Vec<ValidationExample> {
    (0..).zip(examples()).map(|(number, item)| ValidationExample::new(&item, number % 2)).collect()
}

/// The one file under a folder.
fn only_file(folder: &Path) -> PathBuf {
    let entry = fs::read_dir(folder)
        .expect("the folder exists")
        .next()
        .expect("it holds something")
        .expect("it can be read")
        .path();
    if entry.is_dir() { only_file(&entry) } else { entry }
}

fn edit(path: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).expect("the file is text");
    assert!(text.contains(from), "{from} is in {text}");
    fs::write(path, text.replacen(from, to, 1)).expect("the file can be written");
}

fn is_missing<T>(result: Result<T, PublishedError>) -> bool {
    matches!(result, Err(PublishedError::Missing { .. }))
}

fn falsehood<T>(result: Result<T, PublishedError>) -> String {
    match result {
        Err(PublishedError::False { reason, .. }) => reason,
        Err(other) => panic!("it is not false but {other}"),
        Ok(_) => panic!("it was believed"),
    }
}

/// Two paid calls in epoch 1, published.
fn receipts(published: &Published) -> Segment {
    let (mut gateway, mut payer) = (gateway(), payer());
    buy(&mut gateway, &mut payer, 1, "standard");
    buy(&mut gateway, &mut payer, 1, "priority");
    let (_, segment) = gateway.redemptions().pop().expect("two calls were paid");
    published.put_segment(&segment).expect("the folder can be written");
    segment
}

/// What the chain says of these receipts, with one lie.
fn read(
    published: &Published,
    segment: &Segment,
    lie: impl FnOnce(&mut SegmentClaim<'_>),
) -> Result<Segment, PublishedError> {
    let domain = domain();
    let mut claim = SegmentClaim {
        domain: &domain,
        model: MODEL.get(),
        epoch: 1,
        channel: CHANNEL.get(),
        previous_head: genesis_head(&domain, CHANNEL.get()),
        head: segment.head.0,
        amount: 4,
    };
    lie(&mut claim);
    published.segment(&claim)
}

#[test]
fn items_are_read_as_they_were_put() {
    let (_folder, published) = folder();
    let root = published.put_items(&examples(), Digested::Openly).expect("the folder can be written");
    assert_eq!(published.items(&root, Digested::Openly).expect("they are there"), examples());
}

#[test]
fn private_items_are_read_with_their_key_and_with_no_other() {
    let (_folder, published) = folder();
    let root = published.put_items(&examples(), Digested::Under(&[7; 32])).expect("the folder can be written");
    assert_eq!(published.items(&root, Digested::Under(&[7; 32])).expect("they are there"), examples());
    let other = published.items(&root, Digested::Under(&[8; 32]));
    assert_eq!(falsehood(other), "its items have another root");
    assert!(is_missing(published.items(&root, Digested::Openly)));
}

#[test]
fn missing_items_are_named_as_missing() {
    let (_folder, published) = folder();
    assert!(is_missing(published.items(&[1; 32], Digested::Openly)));
}

#[test]
fn items_that_were_changed_left_out_or_are_no_items_are_false() {
    let (folder, published) = folder();
    let root = published.put_items(&examples(), Digested::Openly).expect("the folder can be written");
    let path = only_file(folder.path());
    edit(&path, "030303", "030304");
    assert_eq!(falsehood(published.items(&root, Digested::Openly)), "its items have another root");
    published.put_items(&examples(), Digested::Openly).expect("the folder can be written");
    edit(&path, "\"000000\",", "");
    assert_eq!(falsehood(published.items(&root, Digested::Openly)), "its items have another root");
    fs::write(&path, "[\"xyz\"]").expect("the file can be written");
    falsehood(published.items(&root, Digested::Openly));
    fs::write(&path, [0xff, 0xfe]).expect("the file can be written");
    falsehood(published.items(&root, Digested::Openly));
}

#[test]
fn an_object_that_cannot_be_read_is_neither_missing_nor_false() {
    let (folder, published) = folder();
    let root = published.put_items(&examples(), Digested::Openly).expect("the folder can be written");
    let path = only_file(folder.path());
    fs::remove_file(&path).expect("the file can be removed");
    fs::create_dir(&path).expect("a folder in its place");
    assert!(matches!(published.items(&root, Digested::Openly), Err(PublishedError::Io { .. })));
}

#[test]
fn receipts_are_read_as_they_were_put() {
    let (_folder, published) = folder();
    let segment = receipts(&published);
    assert!(published.has_segment(&segment.head.0));
    assert_eq!(read(&published, &segment, |_| {}).expect("they are true"), segment);
}

#[test]
fn missing_receipts_are_named_as_missing() {
    let (_folder, published) = folder();
    let segment = receipts(&published);
    assert!(is_missing(read(&published, &segment, |claim| claim.head = [1; 32])));
    assert!(!published.has_segment(&[1; 32]));
}

#[test]
fn receipts_of_something_else_are_false() {
    let (_folder, published) = folder();
    let segment = receipts(&published);
    let elsewhere = "it is of another model, channel or head";
    assert_eq!(falsehood(read(&published, &segment, |claim| claim.model = 2)), elsewhere);
    assert_eq!(falsehood(read(&published, &segment, |claim| claim.channel = 8)), elsewhere);
    assert_eq!(falsehood(read(&published, &segment, |claim| claim.previous_head = [1; 32])), elsewhere);
    assert_eq!(falsehood(read(&published, &segment, |claim| claim.epoch = 2)), "receipt 1 is of epoch 1, not 2");
    assert_eq!(falsehood(read(&published, &segment, |claim| claim.amount = 5)), "its fees sum to 4, redeemed were 5");
    let mut other = domain();
    other.chain_id = "shop-2".to_owned();
    let mut claim = SegmentClaim {
        domain: &other,
        model: MODEL.get(),
        epoch: 1,
        channel: CHANNEL.get(),
        previous_head: segment.previous_head.0,
        head: segment.head.0,
        amount: 4,
    };
    assert_eq!(falsehood(published.segment(&claim)), "its receipts do not lead to the redeemed head");
    claim.amount = 0;
    assert!(segment.check(&claim).is_err());
}

#[test]
fn receipts_that_were_changed_left_out_or_added_are_false() {
    let (_folder, published) = folder();
    let segment = receipts(&published);
    let wrong = "its receipts do not lead to the redeemed head";
    let changes: [fn(&mut Segment); 7] = [
        |segment| segment.receipts[0].output = [0, 9].into(),
        |segment| segment.receipts[0].prompt = b"another".into(),
        |segment| segment.receipts[1].salt = Hash32([0; 32]),
        |segment| segment.receipts[1].fee += cosmwasm_std::Uint128::one(),
        |segment| segment.receipts[1].version += 1,
        |segment| drop(segment.receipts.pop()),
        |segment| segment.receipts.push(segment.receipts[0].clone()),
    ];
    for change in changes {
        let mut changed = segment.clone();
        change(&mut changed);
        published.put_segment(&changed).expect("the folder can be written");
        assert_eq!(falsehood(read(&published, &segment, |_| {})), wrong);
    }
    let mut overflowing = segment.clone();
    overflowing.receipts[0].fee = cosmwasm_std::Uint128::MAX;
    published.put_segment(&overflowing).expect("the folder can be written");
    assert_eq!(falsehood(read(&published, &segment, |_| {})), "the fees overflow");
}

#[test]
fn any_range_of_an_extension_is_read_as_it_was_put() {
    let (_folder, published) = folder();
    let (examples, root) = (validation(), validation_root(&validation()));
    for from in 0..5_usize {
        for count in 1..=5 - from {
            let slice = ValidationSlice::cut(&examples, from as u64, count as u64).expect("the range is in it");
            published.put_validation(&slice).expect("the folder can be written");
            assert_eq!(
                published.validation(&root, from as u64, count).expect("it is there"),
                examples[from..from + count]
            );
        }
    }
}

#[test]
fn a_range_beyond_an_extension_cannot_be_cut() {
    for (from, count) in [(4, 2), (5, 1), (0, 6), (u64::MAX, 2)] {
        assert_eq!(ValidationSlice::cut(&validation(), from, count), None);
    }
}

#[test]
fn missing_validation_is_named_as_missing() {
    let (_folder, published) = folder();
    published
        .put_validation(&ValidationSlice::cut(&validation(), 0, 2).expect("it is in it"))
        .expect("the folder can be written");
    assert!(is_missing(published.validation(&validation_root(&validation()), 2, 2)));
    assert!(is_missing(published.validation(&[1; 32], 0, 2)));
}

#[test]
fn validation_that_is_another_range_or_not_under_the_root_is_false() {
    let (folder, published) = folder();
    let root = validation_root(&validation());
    let put = || {
        published
            .put_validation(&ValidationSlice::cut(&validation(), 1, 2).expect("it is in it"))
            .expect("it can be written")
    };
    put();
    let path = only_file(folder.path());
    let read = || published.validation(&root, 1, 2);
    let outside = "its examples are not under the approved root";
    let ranges = ("\"from\": 1", "\"from\": 2");
    edit(&path, ranges.0, ranges.1);
    assert_eq!(falsehood(read()), "it is another range");
    put();
    edit(&path, "020202", "020203");
    assert_eq!(falsehood(read()), outside);
    put();
    edit(&path, "\"of\": 5", "\"of\": 6");
    falsehood(read());
    put();
    // Of the five examples those at 1 and 2: strata 1 and 0.
    edit(&path, "\"stratum\": 1", "\"stratum\": 2");
    assert_eq!(falsehood(read()), outside);
    put();
    let last = "{\n      \"item\": \"020202\"";
    edit(&path, last, &format!("{{ \"item\": \"030303\", \"stratum\": 1 }}, {last}"));
    assert_eq!(falsehood(read()), "it is another range");
    put();
    edit(&path, &hex::encode(root), &hex::encode([1; 32]));
    assert_eq!(falsehood(read()), "it is another range");
}

#[test]
fn a_slice_at_the_end_of_all_numbers_is_false_and_not_a_panic() {
    let mut slice = ValidationSlice::cut(&validation(), 0, 2).expect("it is in it");
    slice.from = u64::MAX;
    assert_eq!(slice.check(), Err("the range overflows".to_owned()));
    slice.from = 0;
    slice.of = u64::MAX;
    assert!(slice.check().is_err());
}

#[test]
fn a_file_is_replaced_whole() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("deep").join("file.json");
    for bytes in [b"old".as_slice(), b"new and longer", b""] {
        write_durably(&path, bytes).expect("it can be written");
        assert_eq!(fs::read(&path).expect("it is there"), bytes);
    }
    assert_eq!(fs::read_dir(folder.path().join("deep")).expect("it exists").count(), 1, "nothing is left beside it");
}

#[test]
fn a_write_that_fails_or_was_cut_short_leaves_the_old_file() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("file.json");
    write_durably(&path, b"old").expect("it can be written");
    // A crash after half of the bytes: they are beside the file, and the next write is not in their way.
    fs::write(folder.path().join("file.json.part"), b"ha").expect("it can be written");
    assert_eq!(fs::read(&path).expect("it is there"), b"old");
    write_durably(&path, b"new").expect("what a crash left is no obstacle");
    assert_eq!(fs::read(&path).expect("it is there"), b"new");

    let occupied = folder.path().join("occupied");
    fs::create_dir_all(occupied.join("inside")).expect("a folder can be made");
    write_durably(&occupied, b"new").expect_err("a folder is in the way");
    assert!(occupied.join("inside").exists());
}

#[test]
fn files_that_differ_only_in_their_extension_do_not_share_what_is_written_beside_them() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (json, tmp) = (folder.path().join("file.json"), folder.path().join("file.tmp"));
    write_durably(&tmp, b"mine").expect("it can be written");
    write_durably(&json, b"other").expect("it can be written");
    assert_eq!(fs::read(&tmp).expect("it is there"), b"mine");
}
