//! What somebody gains who pays fees to itself, by the rules of a round.
//!
//! Honest payers pay fees of 1 in an epoch. The attacker adds `f`, for answers that it chose. Net shares are then `(net + f · own) / (1 + f)`; what is paid of
//! the pool is `score / D` with `score = max(0, min(net, u))` and `D = Σ max(net, 0)` ([`influence::report`]). Errors are left out, and with them what doubt
//! holds back.

use influence::draws::Estimate;
use influence::report::decide;

/// What of a fee reaches the contributors' pool, and the owner and the stake, by the terms of docs/exploits.md: 95 % after the protocol's share, 70 % and 30 %
/// of that.
const POOL: f64 = 0.95 * 0.7;
const OWNER_AND_STAKE: f64 = 0.95 * 0.3;
/// What an attacker may spend, beside fees of 1 that honest payers pay.
const SPENT: [f64; 10] = [0.003, 0.01, 0.03, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 5.0];

/// Whom an attacker is, besides a contributor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attacker {
    /// Nobody.
    Contributor,
    /// Who owns the model and all of its stake, too.
    Owner,
}

/// What bounds use by usefulness.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// `min(net, u)`, as rounds have it.
    Bound,
    /// `min(net, u · min(1, D / Σ max(u, 0)))`: usefulness on the scale of use. No rule of rounds.
    Scaled,
    /// `net`: where usefulness leaves room for everything.
    Unbound,
}

/// The honest epoch that an attacker adds to.
pub struct Epoch {
    /// Net shares of what was answered.
    net: Vec<f64>,
    /// Of what is true.
    usefulness: Vec<f64>,
}

impl Epoch {
    /// Shares `[answers][contributions]` of honest answers of the same fee each, and of validation examples.
    pub fn new(answered: &[Vec<f64>], validation: &[Vec<f64>]) -> Self {
        Self { net: mean(answered), usefulness: mean(validation) }
    }

    /// `D = Σ max(net, 0)` without an attacker.
    pub fn reach(&self) -> f64 {
        reach(&self.net)
    }

    /// Usefulness of everybody over net shares, where both are positive: above 1 it leaves room.
    pub fn room(&self) -> f64 {
        reach(&self.usefulness) / self.reach()
    }

    /// Part of the pool that honest contributors are paid without an attacker.
    pub fn honest(&self, rule: Rule) -> f64 {
        (0..self.net.len()).map(|position| self.paid(position, &self.net, 0.0, rule)).sum::<f64>() / POOL
    }

    /// Most that position `attacker` gains by any sum, with mean shares `own` of its own answers, in fees of the honest; 0 if nothing pays.
    pub fn gain(&self, attacker: usize, own: &[f64], who: Attacker, rule: Rule) -> f64 {
        let before = self.paid(attacker, own, 0.0, rule);
        let gains = SPENT.iter().map(|&spent| {
            let back = if who == Attacker::Owner { OWNER_AND_STAKE * spent } else { 0.0 };
            self.paid(attacker, own, spent, rule) + back - before - spent
        });
        gains.fold(0.0, f64::max)
    }

    fn paid(&self, attacker: usize, own: &[f64], spent: f64, rule: Rule) -> f64 {
        let net: Vec<f64> =
            self.net.iter().zip(own).map(|(honest, own)| (honest + spent * own) / (1.0 + spent)).collect();
        let exact = |value| Estimate { value, error: 0.0 };
        let scale = match rule {
            Rule::Scaled if reach(&self.usefulness) > 0.0 => (reach(&net) / reach(&self.usefulness)).min(1.0),
            _ => 1.0,
        };
        let bound = |position: usize| match (rule, self.usefulness[position]) {
            (Rule::Unbound, _) => 1.0,
            (_, useful) if useful > 0.0 => scale * useful,
            (_, harmful) => harmful,
        };
        let score = |position: usize| decide(exact(net[position]), exact(bound(position))).value.max(0.0);
        let scores: f64 = (0..net.len()).map(score).sum();
        let owed = reach(&net).max(scores);
        if owed > 0.0 { POOL * (1.0 + spent) * score(attacker) / owed } else { 0.0 }
    }
}

fn reach(net: &[f64]) -> f64 {
    net.iter().map(|net| net.max(0.0)).sum()
}

/// Mean of rows `[answers][contributions]`, of which there is at least one.
pub fn mean(rows: &[Vec<f64>]) -> Vec<f64> {
    let positions = rows.first().map_or(0, Vec::len);
    (0..positions).map(|position| rows.iter().map(|row| row[position]).sum::<f64>() / rows.len() as f64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buying_from_oneself_pays_only_where_usefulness_leaves_room() {
        // Two of a share of 0.05 each; on its own answers the first has 0.9. With room for three times as much, the first tenth brings
        // net shares of 0.127 and 0.045, so 0.665 · 1.1 · 0.127 / 0.173 − 0.3325 − 0.1 = 0.105.
        let honest = vec![vec![0.05, 0.05]];
        let roomy = Epoch::new(&honest, &[vec![0.15, 0.15]]);
        assert!(roomy.gain(0, &[0.9, 0.0], Attacker::Contributor, Rule::Bound) > 0.1);
        let tight = Epoch::new(&honest, &honest);
        assert_eq!(tight.gain(0, &[0.9, 0.0], Attacker::Contributor, Rule::Bound), 0.0);
        assert!(tight.gain(0, &[0.9, 0.0], Attacker::Contributor, Rule::Unbound) > 0.1);
        assert_eq!(roomy.gain(0, &[0.0, 0.9], Attacker::Owner, Rule::Bound), 0.0);
        // On the scale of use, neither has room.
        assert_eq!(roomy.gain(0, &[0.9, 0.0], Attacker::Contributor, Rule::Scaled), 0.0);
        assert!((roomy.honest(Rule::Scaled) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn nobody_who_says_what_others_say_gains() {
        let honest = vec![vec![0.1, 0.2], vec![0.3, 0.1]];
        let epoch = Epoch::new(&honest, &[vec![0.9, 0.9]]);
        assert_eq!(epoch.gain(0, &mean(&honest), Attacker::Owner, Rule::Unbound), 0.0);
    }
}
