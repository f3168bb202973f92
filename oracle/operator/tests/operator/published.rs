//! Published objects, over a folder and over a store in memory: every way in which one can be missing or false. Over a bucket:
//! [`bucket`].

mod bucket;
mod durable;
mod validation;
mod weights;

use std::{fs, sync::Arc};

use futures::TryStreamExt;
use object_store::{ObjectStore, ObjectStoreExt, local::LocalFileSystem, memory::InMemory, path::Path};
use operator::published::{Digested, Kind, Published, PublishedError, Segment, SegmentClaim};
use protocol::Hash32;
use rules::payment::genesis_head;
use tempfile::TempDir;

use crate::shop::{CHANNEL, MODEL, buy, domain, gateway, payer};

/// A store, as its users and as whoever controls it see it.
struct Shelf {
    published: Published,
    raw: Arc<dyn ObjectStore>,
    _folder: Option<TempDir>,
}

impl Shelf {
    fn in_folder() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let raw = LocalFileSystem::new_with_prefix(folder.path()).expect("it is there");
        Self { published: Published::at(folder.path()), raw: Arc::new(raw), _folder: Some(folder) }
    }

    fn in_memory() -> Self {
        let raw = Arc::new(InMemory::new());
        Self { published: Published::over("memory", raw.clone()), raw, _folder: None }
    }

    fn each() -> [Self; 2] {
        [Self::in_folder(), Self::in_memory()]
    }

    /// The names of all objects.
    async fn names(&self) -> Vec<String> {
        let objects: Vec<_> = self.raw.list(None).try_collect().await.expect("it can be listed");
        let mut names: Vec<String> = objects.into_iter().map(|object| object.location.to_string()).collect();
        names.sort();
        names
    }

    /// The name of the one object.
    async fn only(&self) -> Path {
        let names = self.names().await;
        assert_eq!(names.len(), 1, "{names:?}");
        Path::parse(&names[0]).expect("it is one")
    }

    async fn replace(&self, name: &Path, bytes: impl Into<Vec<u8>>) {
        self.raw.put(name, bytes.into().into()).await.expect("it can be replaced");
    }

    async fn remove(&self, name: &Path) {
        self.raw.delete(name).await.expect("it can be removed");
    }

    async fn edit(&self, name: &Path, from: &str, to: &str) {
        let bytes = self.raw.get(name).await.expect("it is there").bytes().await.expect("it can be read");
        let text = String::from_utf8(bytes.to_vec()).expect("it is text");
        assert!(text.contains(from), "{from} is in {text}");
        self.replace(name, text.replacen(from, to, 1)).await;
    }

    async fn put_items(&self) -> rules::hash::Hash {
        self.published.put_items(&examples(), Digested::Openly).await.expect("it can be written")
    }

    /// Why the items are false.
    async fn false_items(&self, root: &rules::hash::Hash) -> String {
        falsehood(self.published.items(root, Digested::Openly).await)
    }
}

fn examples() -> Vec<Vec<u8>> {
    (0..5_u8).map(|number| vec![number; 3]).collect()
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

/// Two paid calls in epoch 1.
fn receipts() -> Segment {
    let (mut gateway, mut payer) = (gateway(), payer());
    buy(&mut gateway, &mut payer, 1, "standard");
    buy(&mut gateway, &mut payer, 1, "priority");
    gateway.redemptions().pop().expect("two calls were paid").1
}

/// What the chain says of these receipts, with one lie.
async fn read(
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
    published.segment(&claim).await
}

#[tokio::test]
async fn items_are_read_as_they_were_put() {
    for shelf in Shelf::each() {
        let root = shelf.put_items().await;
        assert_eq!(shelf.published.items(&root, Digested::Openly).await.expect("they are there"), examples());
        assert!(shelf.published.has_items(&root, Digested::Openly).await.expect("the store answers"));
        assert_eq!(shelf.names().await, [format!("items/{}.json", hex::encode(root))]);
    }
}

#[tokio::test]
async fn private_items_are_read_with_their_key_and_with_no_other() {
    for shelf in Shelf::each() {
        let published = &shelf.published;
        let root = published.put_items(&examples(), Digested::Under(&[7; 32])).await.expect("it can be written");
        assert_eq!(published.items(&root, Digested::Under(&[7; 32])).await.expect("they are there"), examples());
        let other = published.items(&root, Digested::Under(&[8; 32])).await;
        assert_eq!(falsehood(other), "its items have another root");
        assert!(is_missing(published.items(&root, Digested::Openly).await));
        assert_eq!(shelf.names().await, [format!("private-items/{}.json", hex::encode(root))]);
    }
}

#[tokio::test]
async fn missing_items_are_named_as_missing() {
    let nowhere = tempfile::tempdir().expect("a temporary folder").path().join("removed");
    let stores = Shelf::each().map(|shelf| shelf.published);
    for published in stores.into_iter().chain([Published::at(&nowhere)]) {
        assert!(is_missing(published.items(&[1; 32], Digested::Openly).await));
        assert!(!published.has_items(&[1; 32], Digested::Openly).await.expect("it can be told"));
        assert!(!published.has_weights(&[1; 32]).await.expect("it can be told"));
        assert!(!published.has_validation(&[1; 32], 0, 2).await.expect("it can be told"));
    }
    assert!(!nowhere.exists(), "reading makes no folder");
}

#[tokio::test]
async fn items_that_were_changed_left_out_or_are_no_items_are_false() {
    for shelf in Shelf::each() {
        let root = shelf.put_items().await;
        let name = shelf.only().await;
        shelf.edit(&name, "030303", "030304").await;
        assert_eq!(shelf.false_items(&root).await, "its items have another root");
        shelf.remove(&name).await;
        shelf.put_items().await;
        shelf.edit(&name, "\"000000\",", "").await;
        assert_eq!(shelf.false_items(&root).await, "its items have another root");
        for no_items in [b"[\"xyz\"]".as_slice(), &[0xff, 0xfe], b"", b"[\"000000\"", &[b'['; 1000]] {
            shelf.replace(&name, no_items).await;
            shelf.false_items(&root).await;
        }
    }
}

#[tokio::test]
async fn what_is_published_again_is_the_same_and_something_else_is_never_replaced() {
    for shelf in Shelf::each() {
        let root = shelf.put_items().await;
        let name = shelf.only().await;
        assert_eq!(shelf.put_items().await, root, "again");
        for other in [b"[]".to_vec(), vec![b' '; 1000]] {
            shelf.replace(&name, other.clone()).await;
            let refused = shelf.published.put_items(&examples(), Digested::Openly).await;
            assert!(falsehood(refused).contains("something else was published under its name"));
            let kept = shelf.raw.get(&name).await.expect("it is there").bytes().await.expect("it can be read");
            assert_eq!(kept, other);
        }
    }
}

#[tokio::test]
async fn many_who_publish_the_same_at_once_all_succeed() {
    for shelf in Shelf::each() {
        let published = &shelf.published;
        let items = examples();
        let puts = (0..16).map(|_| published.put_items(&items, Digested::Openly));
        let roots = futures::future::try_join_all(puts).await.expect("nobody is in the way of another");
        assert!(roots.iter().all(|root| *root == roots[0]));
        assert_eq!(shelf.names().await.len(), 1);
    }
}

#[tokio::test]
async fn an_object_of_the_largest_size_is_read_and_a_larger_one_is_false() {
    for shelf in Shelf::each() {
        let name = Path::from(format!("weights/{}/manifest.json", hex::encode([1; 32])));
        let limit = Kind::Manifest.max_bytes();
        shelf.replace(&name, vec![1; limit]).await;
        assert_eq!(shelf.published.manifest(&[1; 32]).await.expect("it fits").len(), limit);
        shelf.replace(&name, vec![1; limit + 1]).await;
        let reason = falsehood(shelf.published.manifest(&[1; 32]).await);
        assert_eq!(reason, format!("it is larger than {limit} bytes"));
    }
}

#[tokio::test]
async fn what_nobody_would_read_is_not_published() {
    let shelf = Shelf::in_memory();
    // Hexadecimal digits are twice the bytes.
    let items = [vec![0; Kind::Items.max_bytes() / 2]];
    let refused = shelf.published.put_items(&items, Digested::Openly).await;
    assert!(matches!(refused, Err(PublishedError::TooLarge { .. })), "{refused:?}");
    assert!(shelf.names().await.is_empty());
}

#[tokio::test]
async fn a_folder_that_cannot_be_read_or_written_makes_nothing_missing_or_false() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let published = Published::at(folder.path());
    fs::write(folder.path().join("items"), "a file where a folder should be").expect("it can be written");
    let read = published.items(&[1; 32], Digested::Openly).await;
    assert!(matches!(read, Err(PublishedError::Unavailable { .. })), "{read:?}");
    assert!(published.has_items(&[1; 32], Digested::Openly).await.is_err());
    let written = published.put_items(&examples(), Digested::Openly).await;
    assert!(matches!(written, Err(PublishedError::Unavailable { .. })), "{written:?}");
    let below = Published::at(folder.path().join("items").join("published"));
    let written = below.put_items(&examples(), Digested::Openly).await;
    assert!(matches!(written, Err(PublishedError::Unavailable { .. })), "{written:?}");
}

#[tokio::test]
async fn a_folder_may_have_any_name_and_be_named_in_any_way() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::create_dir(folder.path().join("inner")).expect("it can be made");
    let roundabout = folder.path().join("inner").join("..").join("Größe #1 % of 100?");
    let published = Published::at(&roundabout);
    let root = published.put_items(&examples(), Digested::Openly).await.expect("it can be written");
    let direct = Published::at(folder.path().join("Größe #1 % of 100?"));
    assert_eq!(direct.items(&root, Digested::Openly).await.expect("it is the same folder"), examples());
}

#[tokio::test]
async fn an_upload_that_a_crash_cut_short_is_in_nobodys_way() {
    let shelf = Shelf::in_folder();
    let root = shelf.put_items().await;
    let name = shelf.only().await;
    shelf.remove(&name).await;
    let folder = shelf._folder.as_ref().expect("it is in a folder").path();
    fs::write(folder.join(format!("{name}#1")), b"[\"0000").expect("it can be written");
    assert!(is_missing(shelf.published.items(&root, Digested::Openly).await), "half an object is none");
    shelf.put_items().await;
    assert_eq!(shelf.published.items(&root, Digested::Openly).await.expect("they are there"), examples());
}

#[tokio::test]
async fn receipts_are_read_as_they_were_put() {
    for shelf in Shelf::each() {
        let segment = receipts();
        shelf.published.put_segment(&segment).await.expect("it can be written");
        assert!(shelf.published.has_segment(&segment.head.0).await.expect("the store answers"));
        assert_eq!(read(&shelf.published, &segment, |_| {}).await.expect("they are true"), segment);
        assert_eq!(shelf.names().await, [format!("receipts/{}.json", hex::encode(segment.head.0))]);
    }
}

#[tokio::test]
async fn missing_receipts_are_named_as_missing() {
    for shelf in Shelf::each() {
        let segment = receipts();
        shelf.published.put_segment(&segment).await.expect("it can be written");
        assert!(is_missing(read(&shelf.published, &segment, |claim| claim.head = [1; 32]).await));
        assert!(!shelf.published.has_segment(&[1; 32]).await.expect("the store answers"));
    }
}

/// What is changed about something.
type Alter<T> = fn(&mut T);
/// The same for a claim, whatever it borrows.
type AlterClaim = fn(&mut SegmentClaim<'_>);

#[tokio::test]
async fn receipts_of_something_else_are_false() {
    let Shelf { published, .. } = Shelf::in_memory();
    let segment = receipts();
    published.put_segment(&segment).await.expect("it can be written");
    let lies: [(AlterClaim, &str); 5] = [
        (|claim| claim.model = 2, "it is of another model, channel or head"),
        (|claim| claim.channel = 8, "it is of another model, channel or head"),
        (|claim| claim.previous_head = [1; 32], "it is of another model, channel or head"),
        (|claim| claim.epoch = 2, "receipt 1 is of epoch 1, not 2"),
        (|claim| claim.amount = 5, "its fees sum to 4, redeemed were 5"),
    ];
    for (lie, reason) in lies {
        assert_eq!(falsehood(read(&published, &segment, lie).await), reason);
    }
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
    assert_eq!(falsehood(published.segment(&claim).await), "its receipts do not lead to the redeemed head");
    claim.amount = 0;
    assert!(segment.check(&claim).is_err());
}

#[tokio::test]
async fn receipts_that_were_changed_left_out_or_added_are_false() {
    let segment = receipts();
    let wrong = "its receipts do not lead to the redeemed head";
    let changes: [(Alter<Segment>, &str); 8] = [
        (|segment| segment.receipts[0].output = [0, 9].into(), wrong),
        (|segment| segment.receipts[0].prompt = b"another".into(), wrong),
        (|segment| segment.receipts[1].salt = Hash32([0; 32]), wrong),
        (|segment| segment.receipts[1].fee += cosmwasm_std::Uint128::one(), wrong),
        (|segment| segment.receipts[1].version += 1, wrong),
        (|segment| drop(segment.receipts.pop()), wrong),
        (|segment| segment.receipts.push(segment.receipts[0].clone()), wrong),
        (|segment| segment.receipts[0].fee = cosmwasm_std::Uint128::MAX, "the fees overflow"),
    ];
    for (change, reason) in changes {
        let mut changed = segment.clone();
        change(&mut changed);
        for shelf in Shelf::each() {
            shelf.published.put_segment(&changed).await.expect("it can be written");
            assert_eq!(falsehood(read(&shelf.published, &segment, |_| {}).await), reason);
        }
    }
}
