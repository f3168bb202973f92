//! What a story is about: which kind of model, and how people speak of it. The acts are the same for all.

/// What a story is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A classifier of hand-written digits, and one adapted to inverted digits.
    Digits,
    /// A language model of one book, and a LoRA adapter for another.
    Text,
}

/// A DataNet in words.
#[derive(Clone, Copy, Debug)]
pub struct NetWords {
    /// Its name.
    pub name: &'static str,
    /// What is in it.
    pub description: &'static str,
}

/// A model in words.
#[derive(Clone, Copy, Debug)]
pub struct ModelWords {
    /// Its name.
    pub name: &'static str,
    /// Its stake's symbol.
    pub symbol: &'static str,
}

/// Contributions that do harm, in words.
#[derive(Clone, Copy, Debug)]
pub struct HarmWords {
    /// Name of the check that they are paid nothing.
    pub check: &'static str,
    /// What they are, as the beginning of a sentence.
    pub what: &'static str,
}

impl Subject {
    /// Media type of the DataNets.
    pub fn media(self) -> &'static str {
        match self {
            Self::Digits => "image/x-grey8",
            Self::Text => "text/plain",
        }
    }

    /// How items are read.
    pub fn schema(self) -> &'static str {
        match self {
            Self::Digits => "rules::item::ImageItem",
            Self::Text => "rules::item::text_item",
        }
    }

    /// Name of the influence method.
    pub fn method(self) -> &'static str {
        match self {
            Self::Digits => influence::manifest::METHOD,
            Self::Text => influence::language::manifest::METHOD,
        }
    }

    /// The base's DataNet.
    pub fn base_net(self) -> NetWords {
        match self {
            Self::Digits => NetWords {
                name: "digits",
                description: "Hand-written digits, 8 by 8 grey values from 0 to 16, with the digit shown",
            },
            Self::Text => NetWords { name: "opticks", description: "Passages of Newton's Opticks" },
        }
    }

    /// The adapter's DataNet, which is private.
    pub fn adapter_net(self) -> NetWords {
        match self {
            Self::Digits => NetWords { name: "inverted digits", description: "Hand-written digits, dark on light" },
            Self::Text => NetWords { name: "sawyer", description: "Passages of Twain's Tom Sawyer" },
        }
    }

    /// What the key of the private DataNet is made from.
    pub fn key_name(self) -> &'static str {
        match self {
            Self::Digits => "key of the inverted digits",
            Self::Text => "key of the passages of Tom Sawyer",
        }
    }

    /// The base.
    pub fn base(self) -> ModelWords {
        match self {
            Self::Digits => ModelWords { name: "digits-mlp", symbol: "DIGITS" },
            Self::Text => ModelWords { name: "opticks-lm", symbol: "OPTICKS" },
        }
    }

    /// The adapter.
    pub fn adapter(self) -> ModelWords {
        match self {
            Self::Digits => ModelWords { name: "inverted-digits", symbol: "INVERTED" },
            Self::Text => ModelWords { name: "sawyer-lora", symbol: "SAWYER" },
        }
    }

    /// Contributions that do harm.
    pub fn harm(self) -> HarmWords {
        match self {
            Self::Digits => HarmWords { check: "wrong_labels_paid", what: "Wrong labels" },
            Self::Text => HarmWords { check: "wrong_answers_paid", what: "Wrong answers" },
        }
    }

    /// Where the data is from.
    pub fn source(self) -> &'static str {
        match self {
            Self::Digits => {
                "UCI Optical Recognition of Handwritten Digits (E. Alpaydin, C. Kaynak, 1998), as scikit-learn ships it, CC BY 4.0"
            }
            Self::Text => {
                "I. Newton, Opticks (1730), and M. Twain, The Adventures of Tom Sawyer (1876), in the public domain"
            }
        }
    }
}
