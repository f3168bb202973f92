//! The rules, held to published vectors, to an independent reference and to their properties.

mod agreement;
mod arithmetic;
mod clock;
mod duplicates;
mod ledger;
mod medians;
mod records;
mod reference;
mod reports;
mod split;
mod texts;
mod trees;
mod vectors;
