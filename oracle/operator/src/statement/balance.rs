//! Balances of an account, derived backwards from the tip.

use report::statement::{Amount, Line, Period};

use super::{Mismatch, StatementError, period};

/// A period's balances, and its lines with the balance after each.
pub struct Balances {
    pub opening: Amount,
    pub received: Amount,
    pub paid: Amount,
    pub closing: Amount,
    pub lines: Vec<Line>,
}

impl Balances {
    /// `balance before = balance after − in + out`, line by line, down to what the account was given when OPEN was made. No balance
    /// on the way may be negative: then the transactions and the balance at the tip do not fit together.
    pub fn derive(tip: u128, all: &[Line], period: &Period) -> Result<Self, StatementError> {
        let out_of_range = || StatementError::Range("a balance");
        let mut balance = i128::try_from(tip).map_err(|_| out_of_range())?;
        let mut closing = balance;
        let mut lines = Vec::new();
        for line in all.iter().rev() {
            let inside = period::covers(period, line.place.epoch);
            if inside {
                lines.push(Line { balance: at_least_nothing(balance, line)?, ..line.clone() });
            }
            let (received, paid) = (i128::try_from(line.received.0), i128::try_from(line.paid.0));
            let (Ok(received), Ok(paid)) = (received, paid) else {
                return Err(out_of_range());
            };
            balance = balance.checked_sub(received).and_then(|rest| rest.checked_add(paid)).ok_or_else(out_of_range)?;
            at_least_nothing(balance, line)?;
            if line.place.epoch > Some(period.last_epoch) {
                closing = balance;
            }
        }
        lines.reverse();
        Self::of_period(closing, lines)
    }

    fn of_period(closing: i128, lines: Vec<Line>) -> Result<Self, StatementError> {
        let out_of_range = || StatementError::Range("a balance");
        let sum = |of: fn(&Line) -> Amount| {
            let sum = lines.iter().try_fold(0_u128, |sum, line| sum.checked_add(of(line).0));
            sum.ok_or_else(out_of_range)
        };
        let (received, paid) = (sum(|line| line.received)?, sum(|line| line.paid)?);
        let closing = u128::try_from(closing).map_err(|_| out_of_range())?;
        let opening = closing.checked_add(paid).and_then(|sum| sum.checked_sub(received)).ok_or_else(out_of_range)?;
        Ok(Self {
            opening: Amount(opening),
            received: Amount(received),
            paid: Amount(paid),
            closing: Amount(closing),
            lines,
        })
    }
}

fn at_least_nothing(balance: i128, line: &Line) -> Result<Amount, StatementError> {
    let what = format!("balance of OPEN about block {}", line.place.height);
    match u128::try_from(balance) {
        Ok(balance) => Ok(Amount(balance)),
        Err(_) => {
            let (left, right) =
                (("the tip less the transactions since".to_owned(), balance), ("the least".to_owned(), 0));
            Err(Mismatch { what, left, right }.into())
        }
    }
}
