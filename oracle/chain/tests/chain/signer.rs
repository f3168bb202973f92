//! Keys and their files.

use std::{fs, os::unix::fs::PermissionsExt as _};

use chain::{Signer, SignerError};
use cosmwasm_std::{Api as _, testing::MockApi};
use zeroize::Zeroizing;

/// The secret 1: its address is that of the generator point, known from other tools (hash160 751e76e8…).
#[test]
fn an_address_is_the_bech32_of_the_keys_hash160() {
    let mut one = [0; 32];
    one[31] = 1;
    let signer = Signer::from_bytes(&one).unwrap();
    let expected = MockApi::default().with_prefix("wasm");
    let hash160 = hex::decode("751e76e8199196d454941c45d1b3a323f1433bd6").unwrap();
    assert_eq!(signer.address(), expected.addr_humanize(&hash160.into()).unwrap().as_str());
}

#[test]
fn zero_and_the_order_of_the_group_are_no_keys() {
    assert!(matches!(Signer::from_bytes(&[0; 32]), Err(SignerError::NotAKey)));
    assert!(matches!(Signer::from_bytes(&[0xff; 32]), Err(SignerError::NotAKey)));
}

#[test]
fn a_signature_verifies_as_contracts_verify_it() {
    let signer = Signer::from_seed_label("payer");
    let digest = [7; 32];
    let signature = signer.sign_digest(&digest);
    assert!(MockApi::default().secp256k1_verify(&digest, &signature, &signer.public_key()).unwrap());
    assert!(!MockApi::default().secp256k1_verify(&[8; 32], &signature, &signer.public_key()).unwrap());
}

#[test]
fn a_label_always_gives_the_same_key_and_another_label_another() {
    assert_eq!(Signer::from_seed_label("a").address(), Signer::from_seed_label("a").address());
    assert_ne!(Signer::from_seed_label("a").address(), Signer::from_seed_label("b").address());
}

#[test]
fn a_key_file_reads_back_and_is_never_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    let signer = Signer::from_seed_label("a");
    signer.save(&path).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(Signer::load(&path).unwrap().address(), signer.address());
    let again = Signer::from_seed_label("b").save(&path);
    assert!(matches!(again, Err(SignerError::File { action: "write", .. })));
    assert_eq!(Signer::load(&path).unwrap().address(), signer.address());
}

#[test]
fn a_key_file_that_others_can_read_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    Signer::from_seed_label("a").save(&path).unwrap();
    for mode in [0o640, 0o604, 0o620] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        assert!(matches!(Signer::load(&path), Err(SignerError::Exposed { mode: found, .. }) if found == mode));
    }
}

#[test]
fn a_key_file_without_a_key_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    assert!(matches!(Signer::load(&path), Err(SignerError::File { action: "read", .. })));
    for text in ["", "abc", &"g".repeat(64), &"a".repeat(66)] {
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert!(matches!(Signer::load(&path), Err(SignerError::Malformed(_))), "{text}");
    }
}

#[test]
fn a_signer_never_prints_its_key() {
    let mut secret = [0; 32];
    secret[31] = 77;
    let signer = Signer::from_bytes(&secret).unwrap();
    let printed = format!("{signer:?}");
    assert_eq!(printed, format!("Signer {{ address: {:?}, key: \"redacted\" }}", signer.address()));
}

/// `wasmd keys add --recover` 0.61.14 gives this address to the phrase.
#[test]
fn a_phrase_gives_the_key_that_wallets_give() {
    let phrase = Zeroizing::new(format!("{}art", "abandon ".repeat(23)));
    let signer = Signer::from_mnemonic(&phrase).unwrap();
    assert_eq!(signer.address(), "wasm1r5v5srda7xfth3hn2s26txvrcrntldju3hkw75");
    let spaced = Zeroizing::new(format!("\n {}\n", phrase.replace(' ', "  ")));
    assert_eq!(Signer::from_mnemonic(&spaced).unwrap().address(), signer.address());
}

#[test]
fn a_phrase_with_a_wrong_word_or_too_few_is_refused() {
    for words in [format!("{}abandon", "abandon ".repeat(23)), format!("{}about", "abandon ".repeat(11)), String::new()]
    {
        assert!(matches!(Signer::from_mnemonic(&Zeroizing::new(words)), Err(SignerError::NotAPhrase)));
    }
}

#[test]
fn a_new_key_comes_back_by_its_phrase_from_a_file_of_its_owners() {
    let (signer, phrase) = Signer::generate().unwrap();
    assert_ne!(Signer::generate().unwrap().0.address(), signer.address());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("phrase");
    Signer::save_mnemonic(&path, &phrase).unwrap();
    assert_eq!(Signer::load_mnemonic(&path).unwrap().address(), signer.address());
    assert!(matches!(Signer::save_mnemonic(&path, &phrase), Err(SignerError::File { action: "write", .. })));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(Signer::load_mnemonic(&path), Err(SignerError::Exposed { .. })));
}
