//! Private DataNets: digests under a key, sizes withheld, and what an outsider can learn from the chain.

use std::collections::{BTreeSet, HashSet};

use cosmwasm_std::Binary;
use datanet::ContractError;
use protocol::datanet::{Admission, NewDatanet, RevealedContribution, Status, Verdict};
use protocol::{ContributionId, DatanetId, Hash32, ModelId};
use rules::duplicate::{DuplicateError, Side as Which};
use rules::hash::Hash;
use rules::item::{item_digest, items_commitment, key_commitment, private_item_digest, text_item};
use rules::tree::leaf;

use crate::stand_ins::in_debt;
use crate::world::{APPEAL_PERIOD, BOND, MIN_BLOCKS, SALT, Side, World, duplicate_proof, items, revealed, settings};

/// What the DataNet's contributors and reviewers know and nobody else: 32 bytes as a random generator gave them.
const KEY: Hash = [
    0xd3, 0x1f, 0x88, 0x0a, 0x6e, 0xc2, 0x51, 0x97, 0x24, 0xbb, 0x05, 0xfe, 0x39, 0x70, 0xac, 0x1d, 0x8e, 0x42, 0xf7,
    0x63, 0x9b, 0x10, 0xd8, 0x2c, 0xe5, 0x4a, 0x77, 0x01, 0xb6, 0x3d, 0x90, 0xca,
];

const NAMES: [&str; 40] = [
    "Abel", "Adam", "Aida", "Amir", "Anna", "Azra", "Bela", "Cleo", "Cora", "Dana", "Dora", "Elif", "Emil", "Enzo",
    "Erik", "Esra", "Finn", "Gina", "Hana", "Hugo", "Igor", "Ines", "Iris", "Ivan", "Jana", "Joel", "Juan", "Karl",
    "Kira", "Lara", "Lena", "Luis", "Maya", "Mila", "Nils", "Nora", "Omar", "Petr", "Rosa", "Yuki",
];
const FINDINGS: [&str; 30] = [
    "anaemia",
    "angina",
    "apnoea",
    "arthritis",
    "asthma",
    "bronchitis",
    "bursitis",
    "cataract",
    "colitis",
    "concussion",
    "cystitis",
    "dermatitis",
    "diabetes",
    "eczema",
    "epilepsy",
    "gastritis",
    "glaucoma",
    "gout",
    "hepatitis",
    "hernia",
    "influenza",
    "lupus",
    "measles",
    "migraine",
    "mumps",
    "myopia",
    "otitis",
    "pneumonia",
    "sciatica",
    "sinusitis",
];

/// Everything the outsider thinks of: every name with every finding.
fn dictionary() -> Vec<String> {
    NAMES.iter().flat_map(|name| FINDINGS.iter().map(move |finding| format!("{name}: {finding}"))).collect()
}

/// What is contributed; all of it stands in the dictionary.
const CONTRIBUTED: [&str; 4] = ["Anna: diabetes", "Hugo: gout", "Kira: lupus", "Omar: asthma"];

fn contributed() -> BTreeSet<String> {
    CONTRIBUTED.map(str::to_owned).into()
}

fn private_settings(world: &World) -> NewDatanet {
    let reviewers = world.accounts(&["rev1", "rev2", "rev3"]);
    let item_key = Some(Hash32(key_commitment(&KEY)));
    NewDatanet { item_key, media: "text/plain".to_owned(), ..settings(Admission::Reviewed { reviewers, threshold: 2 }) }
}

fn public_settings(world: &World) -> NewDatanet {
    NewDatanet { item_key: None, ..private_settings(world) }
}

fn under_key(text: &str) -> Hash {
    private_item_digest(&KEY, &text_item(text))
}

fn in_the_open(text: &str) -> Hash {
    item_digest(&text_item(text))
}

/// Commits and reveals with the size withheld, and reviewers accept.
fn contribute(world: &mut World, sender: &str, datanet: DatanetId, digests: &[Hash]) -> ContributionId {
    let id = world.commit(sender, datanet, digests).unwrap();
    world.reveal(sender, id, RevealedContribution { bytes: 0_u64.into(), ..revealed(digests) }).unwrap();
    world.decide(id, Verdict::Accept);
    id
}

/// A DataNet's whole life: contributions of one item and of several, a copy and its proof, use, a debt, a withdrawal.
fn live(world: &mut World, settings: NewDatanet, digest: fn(&str) -> Hash) {
    let datanet = world.create(settings).unwrap();
    let digests = CONTRIBUTED.map(digest);
    let several = contribute(world, "ann", datanet, &digests[..3]);
    contribute(world, "ben", datanet, &digests[3..]);
    let copy = contribute(world, "cyd", datanet, &digests[1..2]);
    let sides = (Side { id: several, items: &digests[..3] }, Side { id: copy, items: &digests[1..2] });
    world.prove("eve", duplicate_proof(sides.0, sides.1, &[(1, 0)])).unwrap();
    let model = ModelId(1);
    world.mark_used(&[several]).unwrap();
    world.recognise(datanet, model);
    world.set_standing(model, several, in_debt(5, 2));
    world.claim(several, model).unwrap();
    world.pass(APPEAL_PERIOD, MIN_BLOCKS);
    world.collect(several, model).unwrap();
    world.withdraw("ann", several).unwrap();
}

/// Who reads everything on the chain and knows no key.
struct Outsider {
    /// Every byte that is stored, sent or emitted.
    bytes: Vec<Vec<u8>>,
    /// Every 32 bytes in a row among them, and every 32 bytes that stand there as hex or base64.
    hashes: HashSet<Hash>,
    /// Those that stand as hex or base64, or are easily thought of: keys to try.
    keys: Vec<Hash>,
}

impl Outsider {
    fn of(world: &World) -> Self {
        let contracts = [&world.datanet, &world.settlement, &world.model, &world.token];
        let stored = contracts.into_iter().flat_map(|contract| world.app.dump_wasm_raw(contract));
        let bytes: Vec<Vec<u8>> = stored.flat_map(|(key, value)| [key, value]).chain(world.seen.clone()).collect();
        let written: BTreeSet<Hash> = bytes.iter().flat_map(|bytes| written_hashes(bytes)).collect();
        let raw = bytes.iter().flat_map(|bytes| bytes.windows(32)).filter_map(|window| window.try_into().ok());
        let hashes = raw.chain(written.iter().copied()).collect();
        let keys = guessed_keys(world, &written);
        Self { bytes, hashes, keys }
    }

    /// Texts of the dictionary that the outsider knows to be contributed.
    fn confirmed(&self, dictionary: &[String]) -> BTreeSet<String> {
        dictionary.iter().filter(|text| self.confirms(text, &self.keys)).cloned().collect()
    }

    /// Whether anything on the chain follows from the guess: the text itself, its digest, its leaf, or the root of it alone.
    fn confirms(&self, text: &str, keys: &[Hash]) -> bool {
        let canonical = text_item(text);
        let under_keys = keys.iter().map(|key| private_item_digest(key, &canonical));
        let mut digests =
            under_keys.chain([item_digest(&canonical), private_item_digest(&item_digest(&canonical), &canonical)]);
        digests.any(|digest| {
            [digest, leaf(&digest), items_commitment(&[digest])].iter().any(|hash| self.hashes.contains(hash))
        }) || self.bytes.iter().any(|bytes| bytes.windows(canonical.len()).any(|window| window == canonical))
    }
}

/// 32 bytes that stand in a text as 64 hex digits or as base64.
fn written_hashes(bytes: &[u8]) -> Vec<Hash> {
    let text = |window: &[u8]| String::from_utf8(window.to_vec()).ok();
    let hex =
        bytes.windows(64).filter_map(|window| text(window)?.to_lowercase().parse::<Hash32>().ok().map(Hash::from));
    let padded = bytes.windows(44).filter(|window| window[43] == b'=');
    let base64 = padded.filter_map(|window| Binary::from_base64(&text(window)?).ok()?.to_array().ok());
    hex.chain(base64).collect()
}

fn guessed_keys(world: &World, written: &BTreeSet<Hash>) -> Vec<Hash> {
    let mut padded = [[0; 32]; 2];
    padded[0][31] = 1;
    padded[1][0] = 1;
    let names = [world.datanet.as_str(), &world.app.block_info().chain_id, "digits", "text/plain", "key", ""];
    let named = names
        .into_iter()
        .flat_map(|name| [item_digest(name.as_bytes()), key_commitment(&item_digest(name.as_bytes()))]);
    let commitments = written.iter().map(key_commitment);
    let constants = [[0; 32], [1; 32], [0xff; 32], SALT.into()];
    written.iter().copied().chain(commitments).chain(padded).chain(constants).chain(named).collect()
}

#[test]
fn nothing_on_chain_lets_an_outsider_confirm_a_guess() {
    let mut world = World::new();
    let settings = private_settings(&world);
    live(&mut world, settings, under_key);
    let (outsider, dictionary) = (Outsider::of(&world), dictionary());
    assert!(dictionary.len() >= 1_000 && contributed().iter().all(|text| dictionary.contains(text)));
    // What the outsider has to work with: the commitment to the key, and even digests, which the duplicate proof showed.
    assert!(outsider.keys.contains(&key_commitment(&KEY)));
    assert!(outsider.hashes.contains(&under_key(CONTRIBUTED[1])));
    assert!(!outsider.hashes.contains(&KEY));
    assert_eq!(outsider.confirmed(&dictionary), BTreeSet::new());
}

#[test]
fn the_same_outsider_confirms_every_right_guess_in_a_public_datanet() {
    let mut world = World::new();
    let settings = public_settings(&world);
    live(&mut world, settings, in_the_open);
    let confirmed = Outsider::of(&world).confirmed(&dictionary());
    // Single items by their roots, the copy also by its digest in the proof, its neighbours by their leaves in the proof's path.
    assert_eq!(confirmed, contributed());
}

#[test]
fn who_holds_the_key_confirms_at_once() {
    let mut world = World::new();
    let settings = private_settings(&world);
    live(&mut world, settings, under_key);
    let holder = Outsider { keys: vec![KEY], ..Outsider::of(&world) };
    assert_eq!(world.datanet(DatanetId(1)).unwrap().settings.item_key, Some(key_commitment(&KEY).into()));
    assert_eq!(holder.confirmed(&dictionary()), contributed());
    let root = world.contribution(ContributionId(1)).revealed.unwrap().items_root;
    assert_eq!(root, Hash32(items_commitment(&CONTRIBUTED.map(under_key)[..3])), "given the batch, all of it");
}

#[test]
fn the_size_of_a_private_contribution_is_withheld() {
    let mut world = World::new();
    let settings = NewDatanet { admission: Admission::Open {}, ..private_settings(&world) };
    let datanet = world.create(settings).unwrap();
    let digests = [under_key(CONTRIBUTED[0])];
    let id = world.commit("ann", datanet, &digests).unwrap();
    for bytes in [1, 14, u64::MAX] {
        let said = RevealedContribution { bytes: bytes.into(), ..revealed(&digests) };
        assert_eq!(world.reveal("ann", id, said).unwrap_err(), ContractError::PrivateSize { bytes });
    }
    let withheld = RevealedContribution { bytes: 0_u64.into(), ..revealed(&digests) };
    world.reveal("ann", id, withheld).unwrap();
    assert_eq!(world.contribution(id).status, Status::Accepted);
}

#[test]
fn a_public_datanet_has_no_key_and_shows_sizes() {
    let mut world = World::new();
    let datanet = world.open_datanet();
    assert_eq!(world.datanet(datanet).unwrap().settings.item_key, None);
    let id = world.contribute("ann", datanet, &items(0..3));
    assert_eq!(world.contribution(id).revealed.unwrap().bytes.u64(), 64);
}

#[test]
fn copies_within_a_private_datanet_are_proved_by_their_digests() {
    let mut world = World::new();
    let settings = private_settings(&world);
    let datanet = world.create(settings).unwrap();
    let original: Vec<Hash> = dictionary()[..30].iter().map(|text| under_key(text)).collect();
    let copy: Vec<Hash> = dictionary()[29..59].iter().map(|text| under_key(&format!("  {text}\r\n"))).collect();
    let earlier = contribute(&mut world, "ann", datanet, &original);
    let later = contribute(&mut world, "ben", datanet, &copy);
    let proof = duplicate_proof(Side { id: earlier, items: &original }, Side { id: later, items: &copy }, &[(29, 0)]);
    world.prove("eve", proof).unwrap();
    assert_eq!(world.contribution(later).bond_taken.u128(), BOND / 30);
}

#[test]
fn a_copy_under_another_key_proves_nothing_and_is_for_reviewers_to_refuse() {
    let mut world = World::new();
    let settings = private_settings(&world);
    let datanet = world.create(settings).unwrap();
    let original = [under_key(CONTRIBUTED[0])];
    let disguised = [private_item_digest(&[9; 32], &text_item(CONTRIBUTED[0]))];
    let earlier = contribute(&mut world, "ann", datanet, &original);
    let later = contribute(&mut world, "ben", datanet, &disguised);
    let sides = (Side { id: earlier, items: &original }, Side { id: later, items: &disguised });
    let refused = world.prove("eve", duplicate_proof(sides.0, sides.1, &[(0, 0)])).unwrap_err();
    assert_eq!(refused, ContractError::Duplicate(DuplicateError::Root { side: Which::Earlier }));
}
