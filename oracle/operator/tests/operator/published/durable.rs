//! Files of this machine that a crash leaves whole.

use std::fs;

use operator::published::write_durably;

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
