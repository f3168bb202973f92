//! Every way in which a file of rows can lie.

use influence::index::rows::{CHECKSUM_BYTES, HEADER_BYTES, Header, Kind, Rows, RowsError, WIDEST, join, write};
use sha2::{Digest, Sha256};

const HEADER: Header = Header { kind: Kind::Items, width: 64, count: 3, first: 40, job: [9; 32] };

/// Three rows: of ones, twos and threes.
fn file() -> Vec<u8> {
    let values: Vec<i8> = (0..3 * 64).map(|place| 1 + (place / 64) as i8).collect();
    write(&HEADER, &values, &[-5, 0, 7])
}

/// The file with a change, and a checksum that fits it.
fn changed(change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut bytes = file();
    bytes.truncate(bytes.len() - CHECKSUM_BYTES);
    change(&mut bytes);
    let sum = Sha256::digest(&bytes);
    bytes.extend_from_slice(&sum);
    bytes
}

fn lie(bytes: &[u8]) -> RowsError {
    Rows::parse(bytes).expect_err("a lie")
}

#[test]
fn rows_are_read_back_as_they_were_written() {
    let bytes = file();
    let rows = Rows::parse(&bytes).expect("rows");
    assert_eq!((rows.header(), rows.len(), rows.width()), (&HEADER, 3, 64));
    assert_eq!((rows.row(1), rows.exponent(0), rows.exponent(2)), (&[2u8; 64][..], -5, 7));
    assert_eq!(rows.largest_exponent(), 7);
    assert_eq!(bytes.len() as u128, HEADER.file_bytes());
    assert_eq!(bytes.len(), HEADER_BYTES + 3 * (64 + 1) + CHECKSUM_BYTES);
}

#[test]
fn rows_begin_at_multiples_of_their_alignment() {
    let bytes = file();
    let rows = Rows::parse(&bytes).expect("rows");
    let places = (0..3).map(|row| rows.row(row).as_ptr() as usize - bytes.as_ptr() as usize);
    assert_eq!(places.collect::<Vec<_>>(), [128, 192, 256]);
}

#[test]
fn a_file_that_was_cut_or_lengthened_is_refused_at_every_length() {
    let bytes = file();
    for length in 0..HEADER_BYTES {
        assert_eq!(lie(&bytes[..length]), RowsError::Short { bytes: length });
    }
    for length in HEADER_BYTES..bytes.len() {
        assert!(matches!(lie(&bytes[..length]), RowsError::Length { .. }), "{length} bytes");
    }
    assert!(matches!(lie(&[bytes.as_slice(), &[0]].concat()), RowsError::Length { .. }));
}

#[test]
fn every_flipped_bit_is_found() {
    let bytes = file();
    for place in 0..bytes.len() {
        let mut bytes = bytes.clone();
        bytes[place] ^= 1;
        assert!(Rows::parse(&bytes).is_err(), "byte {place}");
    }
}

#[test]
fn a_header_that_lies_is_refused_though_its_checksum_holds() {
    assert_eq!(lie(&changed(|bytes| bytes[0] = b'R')), RowsError::Magic);
    assert_eq!(lie(&changed(|bytes| bytes[8] = 1)), RowsError::Version(1));
    assert_eq!(lie(&changed(|bytes| bytes[64] = 2)), RowsError::Kind(2));
    assert_eq!(lie(&changed(|bytes| bytes[100] = 1)), RowsError::Reserved);
    for width in [0, 65, WIDEST + 64] {
        assert_eq!(lie(&changed(|bytes| bytes[12..16].copy_from_slice(&width.to_le_bytes()))), RowsError::Width(width));
    }
}

#[test]
fn a_header_of_other_rows_than_there_are_is_refused_whatever_it_says() {
    let counted = |count: u64| lie(&changed(|bytes| bytes[16..24].copy_from_slice(&count.to_le_bytes())));
    for count in [0, 2, 4, u64::MAX] {
        assert!(matches!(counted(count), RowsError::Length { count: said, .. } if said == count));
    }
    let wide = lie(&changed(|bytes| bytes[12] = 128));
    assert!(matches!(wide, RowsError::Length { width: 128, .. }));
}

#[test]
fn a_value_that_could_overflow_a_product_is_refused() {
    let place = HEADER_BYTES + 64 + 5;
    assert_eq!(lie(&changed(|bytes| bytes[place] = 0x80)), RowsError::Value { row: 1 });
    let exponent = changed(|bytes| bytes[HEADER_BYTES + 3 * 64] = 0x80);
    assert_eq!(Rows::parse(&exponent).expect("an exponent may be −128").exponent(0), -128);
}

#[test]
fn a_checksum_of_other_bytes_is_refused() {
    let mut bytes = file();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    assert!(matches!(lie(&bytes), RowsError::Checksum { found, expected } if found != expected));
}

#[test]
fn rows_of_another_job_or_place_are_told_apart() {
    let other = |header: Header| match HEADER.expect(&header) {
        Err(RowsError::Other { field, .. }) => field,
        other => panic!("{other:?}"),
    };
    assert_eq!(HEADER.expect(&HEADER), Ok(()));
    assert_eq!(other(Header { kind: Kind::Queries, ..HEADER }), "kind");
    assert_eq!(other(Header { width: 128, ..HEADER }), "width");
    assert_eq!(other(Header { count: 4, ..HEADER }), "count");
    assert_eq!(other(Header { first: 0, ..HEADER }), "first rank");
    assert_eq!(other(Header { job: [8; 32], ..HEADER }), "job");
}

#[test]
fn shards_that_follow_each_other_become_one_file() {
    let next = Header { first: 43, count: 2, ..HEADER };
    let (one, other) = (file(), write(&next, &[-4; 128], &[1, 2]));
    let parts = [Rows::parse(&one).expect("rows"), Rows::parse(&other).expect("rows")];
    let mut joined = Vec::new();
    join(&parts, &mut joined).expect("they follow");
    let rows = Rows::parse(&joined).expect("rows");
    assert_eq!(*rows.header(), Header { count: 5, ..HEADER });
    assert_eq!(
        (rows.row(2), rows.row(4), rows.exponent(2), rows.exponent(4)),
        (&[3u8; 64][..], &[252u8; 64][..], 7, 2)
    );
    let turned = join(&[parts[1], parts[0]], Vec::new()).expect_err("they do not follow");
    assert!(turned.to_string().contains("first rank"), "{turned}");
    assert!(join(&[], Vec::new()).is_err());
}
