//! Bytes in a store: read up to a limit, written once and never replaced.

use std::{
    fmt, fs, io,
    path::{Path as FolderPath, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use futures::TryStreamExt;
use object_store::{
    Error, ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload, local::LocalFileSystem, path::Path,
};

use super::{PublishedError, kind::Name};

/// Where the bytes are.
#[derive(Clone)]
enum Place {
    /// A folder, which is made with the first object.
    Folder(PathBuf),
    /// Any other store.
    Store(Arc<dyn ObjectStore>),
}

/// A store, under the name that people know it by.
#[derive(Clone)]
pub(super) struct Objects {
    name: String,
    place: Place,
}

impl fmt::Debug for Objects {
    /// The name alone: what is behind it may hold credentials.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Objects").field(&self.name).finish()
    }
}

impl Objects {
    pub(super) fn in_folder(root: PathBuf) -> Self {
        Self { name: root.display().to_string(), place: Place::Folder(root) }
    }

    pub(super) fn in_store(name: String, store: Arc<dyn ObjectStore>) -> Self {
        Self { name, place: Place::Store(store) }
    }

    /// An object's name for people.
    pub(super) fn describe(&self, name: &Name) -> String {
        format!("{}/{}", self.name, name.path)
    }

    /// Reads an object of at most `limit` bytes; what is larger is false, and is not read to its end.
    pub(super) async fn read(&self, name: &Name, limit: usize) -> Result<Vec<u8>, PublishedError> {
        let failed = |source| PublishedError::of_store(self.describe(name), source);
        let store = self.existing(name)?;
        let found = store.get(&name.path).await.map_err(failed)?;
        // A size that lies is found out below.
        if usize::try_from(found.meta.size).map_or(true, |size| size > limit) {
            return Err(self.too_large(name, limit));
        }
        let mut stream = found.into_stream();
        let mut bytes = Vec::new();
        while let Some(chunk) = stream.try_next().await.map_err(failed)? {
            if chunk.len() > limit - bytes.len() {
                return Err(self.too_large(name, limit));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }

    /// Whether there is an object of this name, true or false.
    pub(super) async fn exists(&self, name: &Name) -> Result<bool, PublishedError> {
        let found = match self.existing(name) {
            Ok(store) => store.head(&name.path).await.map_err(|source| self.error(name, source)),
            Err(error) => Err(error),
        };
        match found {
            Ok(_) => Ok(true),
            Err(PublishedError::Missing { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Writes an object unless it is there; durable when this returns.
    ///
    /// # Errors
    /// [`PublishedError::TooLarge`], or [`PublishedError::False`] if other bytes are there under its name: they stay.
    pub(super) async fn write(&self, name: &Name, bytes: Vec<u8>) -> Result<(), PublishedError> {
        let limit = name.kind.max_bytes();
        if bytes.len() > limit {
            return Err(PublishedError::TooLarge { object: self.describe(name), bytes: bytes.len(), limit });
        }
        let bytes = Bytes::from(bytes);
        let put = PutPayload::from_bytes(bytes.clone());
        match self.created(name)?.put_opts(&name.path, put, PutOptions::from(PutMode::Create)).await {
            Ok(_) => Ok(()),
            Err(Error::AlreadyExists { .. }) => self.agree(name, &bytes).await,
            Err(source) => Err(self.error(name, source)),
        }
    }

    /// Checks that what is there is what would have been written.
    async fn agree(&self, name: &Name, bytes: &Bytes) -> Result<(), PublishedError> {
        match self.read(name, bytes.len()).await {
            Ok(there) if there == *bytes => Ok(()),
            Ok(_) | Err(PublishedError::False { .. }) => {
                let reason = "something else was published under its name: remove it if it is yours";
                Err(PublishedError::falsehood(self.describe(name), reason))
            }
            Err(error) => Err(error),
        }
    }

    pub(super) fn error(&self, name: &Name, source: Error) -> PublishedError {
        PublishedError::of_store(self.describe(name), source)
    }

    fn too_large(&self, name: &Name, limit: usize) -> PublishedError {
        PublishedError::falsehood(self.describe(name), &format!("it is larger than {limit} bytes"))
    }

    /// The store for reading. A folder that is not there holds nothing.
    fn existing(&self, name: &Name) -> Result<Arc<dyn ObjectStore>, PublishedError> {
        let Place::Folder(root) = &self.place else { return self.created(name) };
        match root.try_exists() {
            Ok(true) => self.local(root, name),
            Ok(false) => Err(PublishedError::Missing { object: self.describe(name) }),
            Err(source) => Err(self.error(name, of_folder(source))),
        }
    }

    /// The store for writing. A folder is made if it is not there.
    fn created(&self, name: &Name) -> Result<Arc<dyn ObjectStore>, PublishedError> {
        match &self.place {
            Place::Store(store) => Ok(store.clone()),
            Place::Folder(root) => {
                make(root).map_err(|source| self.error(name, of_folder(source)))?;
                self.local(root, name)
            }
        }
    }

    /// A folder as a store: files and their folders are flushed to disk before a write returns, and appear whole or not at all.
    fn local(&self, root: &FolderPath, name: &Name) -> Result<Arc<dyn ObjectStore>, PublishedError> {
        match LocalFileSystem::new_with_prefix(root) {
            Ok(store) => Ok(Arc::new(store.with_fsync(true))),
            Err(source) => Err(self.error(name, source)),
        }
    }
}

/// Makes a folder, if it is not there, so that it outlasts a crash.
fn make(root: &FolderPath) -> io::Result<()> {
    if root.try_exists()? {
        return Ok(());
    }
    fs::create_dir_all(root)?;
    let parent = root.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(FolderPath::new("."));
    fs::File::open(parent)?.sync_all()
}

fn of_folder(source: io::Error) -> Error {
    Error::Generic { store: "folder", source: Box::new(source) }
}

/// A store below a prefix.
pub(super) fn below(store: Arc<dyn ObjectStore>, prefix: Path) -> Arc<dyn ObjectStore> {
    Arc::new(object_store::prefix::PrefixStore::new(store, prefix))
}
