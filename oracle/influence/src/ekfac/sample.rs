//! Items that the curvature is measured at.

use compute::random::{Random, Stream};
use lm::pack::TokenItem;

/// Ranks of the items that are drawn until they have `predictions`, in their order; all items if they have no more.
pub(crate) fn sample(items: &[TokenItem], seed: u64, predictions: usize) -> Vec<usize> {
    let of_item = |item: &TokenItem| item.tokens.len().saturating_sub(1);
    if items.iter().map(of_item).sum::<usize>() <= predictions {
        return (0..items.len()).collect();
    }
    let mut order: Vec<u32> = (0..items.len() as u32).collect();
    Random::new(seed, Stream::Samples).shuffle(&mut order);
    let mut found = 0;
    let wanted = order.into_iter().map(|item| item as usize).take_while(|item| {
        let goes_on = found < predictions;
        found += of_item(&items[*item]);
        goes_on
    });
    let mut drawn: Vec<usize> = wanted.collect();
    drawn.sort_unstable();
    drawn
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_drawn_until_their_predictions_suffice() {
        let items: Vec<TokenItem> = (0..50).map(|rank| TokenItem::whole(vec![0; 2 + rank % 5])).collect();
        let predictions = |ranks: &[usize]| ranks.iter().map(|rank| items[*rank].tokens.len() - 1).sum::<usize>();
        let drawn = sample(&items, 3, 40);
        assert!(drawn.is_sorted() && (40..45).contains(&predictions(&drawn)));
        assert_ne!(drawn, sample(&items, 4, 40));
        assert_eq!(sample(&items, 3, 150), (0..50).collect::<Vec<_>>());
    }
}
