//! Outputs of tasks in an object store: created whole, never replaced, checked whenever they are read.

use std::fmt;
use std::io;
use std::path::{Path as FolderPath, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{Error, ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload};
use rules::hash::Hash;
use tokio::runtime::Runtime;

use crate::map::Mapped;
use crate::plan::TaskId;
use crate::seal::{self, SealError, hex};

/// Why an output could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There are no threads for input and output.
    #[error("cannot start the threads that read and write outputs")]
    Threads(#[source] io::Error),
    /// The folder cannot be used.
    #[error("cannot use {} for outputs", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<Error>,
    },
    /// The store failed or did not answer.
    #[error("cannot {operation} {object}: run it again when the store works")]
    Unavailable {
        /// `read` or `write`.
        operation: &'static str,
        /// The object.
        object: String,
        /// What the store said.
        #[source]
        source: Box<Error>,
    },
    /// Something else lies where an output should.
    #[error("{object} is not the output of its task: find out who wrote it, remove it and run the job again")]
    False {
        /// The object.
        object: String,
        /// What is wrong with it.
        #[source]
        source: SealError,
    },
    /// Another output of the same task is there: one of the two computations was wrong, or a task is no function of its inputs.
    #[error(
        "{object} has the hash {there}, but {computed} was computed now: find out which is wrong before anything is paid by it"
    )]
    Different {
        /// The object.
        object: String,
        /// Hash of what is there, in hexadecimal.
        there: String,
        /// Hash of what was computed, in hexadecimal.
        computed: String,
    },
    /// An output that must be there is not.
    #[error("{object} is missing: it was removed while the job ran, or its task was never done")]
    Missing {
        /// The object.
        object: String,
    },
}

/// Where outputs are.
pub struct Store {
    objects: Arc<dyn ObjectStore>,
    /// Of a local folder: its objects are mapped instead of read.
    folder: Option<PathBuf>,
    runtime: Runtime,
}

impl fmt::Debug for Store {
    /// The kind alone: what is behind it may hold credentials.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Store").field("folder", &self.folder).finish_non_exhaustive()
    }
}

/// What a task put out.
#[derive(Debug)]
pub struct Output {
    hash: Hash,
    bytes: Source,
}

#[derive(Debug)]
enum Source {
    Read(Bytes),
    Mapped(Mapped),
}

impl Output {
    /// Hash of the output, which takes in its task.
    pub fn hash(&self) -> Hash {
        self.hash
    }

    /// The bytes that the task put out.
    pub fn payload(&self) -> &[u8] {
        &self.bytes.as_ref()[seal::BYTES..]
    }
}

impl AsRef<[u8]> for Output {
    fn as_ref(&self) -> &[u8] {
        self.payload()
    }
}

impl AsRef<[u8]> for Source {
    fn as_ref(&self) -> &[u8] {
        match self {
            Self::Read(bytes) => bytes,
            Self::Mapped(map) => map.as_ref(),
        }
    }
}

impl Store {
    /// A folder, which is made if it is not there. What was put is on the disk when [`Self::put`] returns.
    ///
    /// # Errors
    /// If the folder cannot be made or used.
    pub fn in_folder(path: &FolderPath) -> Result<Self, StoreError> {
        let failed = |source| StoreError::Folder { path: path.to_path_buf(), source: Box::new(source) };
        let made = std::fs::create_dir_all(path);
        made.map_err(|source| failed(Error::Generic { store: "folder", source: Box::new(source) }))?;
        let objects = LocalFileSystem::new_with_prefix(path).map_err(failed)?.with_fsync(true);
        Ok(Self { folder: Some(path.to_path_buf()), ..Self::over(Arc::new(objects))? })
    }

    /// Any store that can create an object only if there is none of its name.
    ///
    /// # Errors
    /// If no thread can be started.
    pub fn over(objects: Arc<dyn ObjectStore>) -> Result<Self, StoreError> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        Ok(Self { objects, folder: None, runtime: runtime.map_err(StoreError::Threads)? })
    }

    /// Writes a task's output unless it is there. Blocks; not for asynchronous code.
    ///
    /// # Errors
    /// [`StoreError::Different`] or [`StoreError::False`] if something else is there: it stays.
    pub fn put(&self, task: &TaskId, payload: Vec<u8>) -> Result<Hash, StoreError> {
        let hash = seal::hash(task, &payload);
        let seal = Bytes::copy_from_slice(&seal::header(&hash, &payload));
        let sealed = PutPayload::from_iter([seal, Bytes::from(payload)]);
        let (name, create) = (Path::from(task.object()), PutOptions::from(PutMode::Create));
        match self.runtime.block_on(self.objects.put_opts(&name, sealed, create)) {
            Ok(_) => Ok(hash),
            Err(Error::AlreadyExists { .. }) => self.agree(task, hash),
            Err(source) => Err(unavailable("write", task, source)),
        }
    }

    /// Checks that what is there has the hash of what was computed.
    pub(crate) fn agree(&self, task: &TaskId, hash: Hash) -> Result<Hash, StoreError> {
        let there = self.need(task)?.hash;
        if there != hash {
            let (there, computed) = (hex(&there), hex(&hash));
            return Err(StoreError::Different { object: task.object(), there, computed });
        }
        Ok(hash)
    }

    /// A task's output, if it is there. Blocks; not for asynchronous code.
    ///
    /// # Errors
    /// [`StoreError::False`] if something else is there.
    pub fn get(&self, task: &TaskId) -> Result<Option<Output>, StoreError> {
        let Some(bytes) = self.fetch(task)? else { return Ok(None) };
        match seal::check(task, bytes.as_ref()) {
            Ok(hash) => Ok(Some(Output { hash, bytes })),
            Err(source) => Err(StoreError::False { object: task.object(), source }),
        }
    }

    /// As [`Self::get`], of an output that must be there.
    ///
    /// # Errors
    /// [`StoreError::Missing`] if it is not.
    pub fn need(&self, task: &TaskId) -> Result<Output, StoreError> {
        self.get(task)?.ok_or_else(|| StoreError::Missing { object: task.object() })
    }

    fn fetch(&self, task: &TaskId) -> Result<Option<Source>, StoreError> {
        let read = match &self.folder {
            Some(folder) => return mapped(folder, task),
            None => self.runtime.block_on(async { self.objects.get(&Path::from(task.object())).await?.bytes().await }),
        };
        match read {
            Ok(bytes) => Ok(Some(Source::Read(bytes))),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(source) => Err(unavailable("read", task, source)),
        }
    }
}

fn mapped(folder: &FolderPath, task: &TaskId) -> Result<Option<Source>, StoreError> {
    let path = folder.join(task.object());
    // An empty file cannot be mapped; it is read, and found to be no output.
    let opened = match std::fs::metadata(&path) {
        Ok(about) if about.len() == 0 => Ok(Source::Read(Bytes::new())),
        Ok(_) => Mapped::open(&path).map(Source::Mapped),
        Err(error) => Err(error),
    };
    match opened {
        Ok(source) => Ok(Some(source)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unavailable("read", task, Error::Generic { store: "folder", source: Box::new(error) })),
    }
}

fn unavailable(operation: &'static str, task: &TaskId, source: Error) -> StoreError {
    StoreError::Unavailable { operation, object: task.object(), source: Box::new(source) }
}
