//! The file of a store, which outlives a full disk: the space of the whole file is taken as soon as it grows, so that small writes need no
//! more; and once a write has failed, the file is opened again, since redb answers nothing from then on.

use std::{
    fs::OpenOptions,
    io,
    path::{Path, PathBuf},
    sync::{
        PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};

use redb::{Database, DatabaseError, Error, ReadTransaction, ReadableDatabase as _, WriteTransaction};
use rustix::fs::FallocateFlags;

/// An open file, or one whose disk failed it a moment ago.
pub struct File {
    path: PathBuf,
    database: RwLock<Option<Database>>,
    /// Bytes whose space is taken.
    taken: AtomicU64,
}

impl File {
    /// Opens a file, or makes it.
    ///
    /// # Errors
    /// What redb says; [`DatabaseError::DatabaseAlreadyOpen`] if another process has it open.
    pub fn open(path: &Path) -> Result<Self, DatabaseError> {
        let database = RwLock::new(Some(Database::create(path)?));
        let file = Self { path: path.to_owned(), database, taken: AtomicU64::new(0) };
        file.take_space();
        Ok(file)
    }

    /// One durable transaction: synced when this returns. Done again from the beginning if the disk fails.
    ///
    /// # Errors
    /// What redb says.
    pub fn write(&self, work: impl Fn(&WriteTransaction) -> Result<(), Error>) -> Result<(), Error> {
        self.run(|database| {
            let transaction = database.begin_write()?;
            work(&transaction)?;
            Ok(transaction.commit()?)
        })?;
        self.take_space();
        Ok(())
    }

    /// One look.
    ///
    /// # Errors
    /// What redb says.
    pub fn read<T>(&self, work: impl Fn(&ReadTransaction) -> Result<T, Error>) -> Result<T, Error> {
        self.run(|database| work(&database.begin_read()?))
    }

    /// Work that may be done twice; done again when the disk fails, on the file opened anew.
    fn run<T>(&self, work: impl Fn(&Database) -> Result<T, Error>) -> Result<T, Error> {
        match self.run_once(&work) {
            Err(Error::Io(_) | Error::PreviousIo) => {
                self.open_again()?;
                self.run_once(&work)
            }
            done => done,
        }
    }

    fn run_once<T>(&self, work: impl Fn(&Database) -> Result<T, Error>) -> Result<T, Error> {
        let database = self.database.read().unwrap_or_else(PoisonError::into_inner);
        database.as_ref().map_or(Err(Error::PreviousIo), work)
    }

    fn open_again(&self) -> Result<(), Error> {
        let mut database = self.database.write().unwrap_or_else(PoisonError::into_inner);
        // Closed first: two of them cannot be open.
        *database = None;
        *database = Some(Database::create(&self.path)?);
        Ok(())
    }

    /// Not every file system can: then a full disk stops writes a little sooner.
    fn take_space(&self) {
        let take = || -> io::Result<u64> {
            let file = OpenOptions::new().write(true).open(&self.path)?;
            let length = file.metadata()?.len();
            if length > self.taken.load(Ordering::Relaxed) {
                rustix::fs::fallocate(&file, FallocateFlags::empty(), 0, length)?;
            }
            Ok(length)
        };
        match take() {
            Ok(length) => drop(self.taken.fetch_max(length, Ordering::Relaxed)),
            Err(error) => {
                tracing::debug!(path = %self.path.display(), %error, "cannot take the space of the store in advance")
            }
        }
    }
}
