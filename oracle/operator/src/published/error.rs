//! Why a published object could not be used: it is missing, it is false, or the store could not say.

/// Why an object could not be used. The first two are the publisher's doing, the others the store's or this machine's.
#[derive(Debug, thiserror::Error)]
pub enum PublishedError {
    /// It is not there.
    #[error("{object} is not published: ask whoever committed to it")]
    Missing {
        /// Where it was looked for.
        object: String,
    },
    /// It is there and is not what the chain names; or something else lies where it would be published.
    #[error("{object} is false: {reason}")]
    False {
        /// Where it lies.
        object: String,
        /// What does not hold.
        reason: String,
    },
    /// It would not be read by anyone, and was not published.
    #[error("{object} would have {bytes} bytes, {limit} are read at most: publish less under one commitment")]
    TooLarge {
        /// Where it would lie.
        object: String,
        /// Its size.
        bytes: usize,
        /// What is read of its kind, in bytes.
        limit: usize,
    },
    /// The store refused access: nothing is known of the object.
    #[error(
        "the store refuses access to {object}: check the credentials; reading needs s3:GetObject and s3:ListBucket, publishing s3:PutObject"
    )]
    Refused {
        /// What was asked for.
        object: String,
        /// What the store said.
        #[source]
        source: object_store::Error,
    },
    /// The store did not answer, failed, or cannot do what is asked: nothing is known of the object.
    #[error("the store cannot be used for {object}: try again when it works")]
    Unavailable {
        /// What was asked for.
        object: String,
        /// What the store said.
        #[source]
        source: object_store::Error,
    },
}

impl PublishedError {
    /// Whether the object is missing or false, rather than the store or this machine at fault.
    pub fn is_of_object(&self) -> bool {
        matches!(self, Self::Missing { .. } | Self::False { .. })
    }

    /// What a store's error says of an object.
    pub(super) fn of_store(object: String, source: object_store::Error) -> Self {
        use object_store::Error;
        match source {
            Error::NotFound { .. } => Self::Missing { object },
            Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => Self::Refused { object, source },
            _ => Self::Unavailable { object, source },
        }
    }

    pub(super) fn falsehood(object: String, reason: &str) -> Self {
        Self::False { object, reason: reason.to_owned() }
    }
}
