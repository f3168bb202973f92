//! The order in which an index holds items: those of one contribution follow each other.

use influence::index::Contribution;
use lm::pack::TokenItem;

use crate::attributed::Owners;

/// The user's items, sorted by contribution.
pub(super) struct Order {
    /// The user's rank of every item of the index.
    ranks: Vec<usize>,
    contributions: Vec<Contribution>,
}

impl Order {
    /// Contributions in the order in which items first name them; where nobody names any, runs of `run` items.
    pub(super) fn new(owners: Option<&Owners>, items: usize, run: u32) -> Self {
        let mut ranks: Vec<usize> = (0..items).collect();
        let position = |item: usize| owners.map_or(item / run.max(1) as usize, |owners| owners.of(item));
        ranks.sort_by_key(|item| position(*item));
        let same = |left: &usize, right: &usize| position(*left) == position(*right);
        let contribution = |own: &[usize]| Contribution { position: position(own[0]) as u32, items: own.len() as u32 };
        Self { contributions: ranks.chunk_by(same).map(contribution).collect(), ranks }
    }

    /// Whose the items are, in the order of the index.
    pub(super) fn contributions(&self) -> &[Contribution] {
        &self.contributions
    }

    /// The user's rank of an item of the index.
    pub(super) fn item(&self, rank: usize) -> usize {
        self.ranks[rank]
    }

    /// Items in the order of the index.
    pub(super) fn sorted(&self, items: &[TokenItem]) -> Vec<TokenItem> {
        self.ranks.iter().map(|item| items[*item].clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(order: &Order) -> Vec<(u32, u32)> {
        order.contributions().iter().map(|own| (own.position, own.items)).collect()
    }

    #[test]
    fn items_of_one_contribution_follow_each_other_in_their_own_order() {
        let owners = Owners::new(["bert", "anna", "bert", "carl", "anna"].map(str::to_owned));
        let order = Order::new(Some(&owners), 5, 2);
        assert_eq!((0..5).map(|rank| order.item(rank)).collect::<Vec<_>>(), [0, 2, 1, 4, 3]);
        assert_eq!(sizes(&order), [(0, 2), (1, 2), (2, 1)]);
    }

    #[test]
    fn items_of_nobody_are_runs_in_the_order_in_which_they_came() {
        let order = Order::new(None, 7, 3);
        assert_eq!((0..7).map(|rank| order.item(rank)).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5, 6]);
        assert_eq!(sizes(&order), [(0, 3), (1, 3), (2, 1)]);
    }
}
