//! Places the labels of points so that they cover neither one another nor a point.

/// A box in pixels: left, top, right, bottom.
type Box4 = (f64, f64, f64, f64);

/// Distance from a point at which its label needs a line to be understood.
const NEEDS_LINE: f64 = 18.0;
const RADII: [f64; 6] = [9.0, 16.0, 26.0, 40.0, 58.0, 80.0];
const DIRECTIONS: [(f64, f64); 8] =
    [(1.0, -0.6), (-1.0, -0.6), (1.0, 0.6), (-1.0, 0.6), (1.0, 0.0), (-1.0, 0.0), (0.0, -1.0), (0.0, 1.0)];

/// Where a label's box stands.
#[derive(Clone, Copy, Debug)]
pub struct Placed {
    /// Left end.
    pub x: f64,
    /// Middle of the height.
    pub y: f64,
    /// Whether it stands so far away that a line should lead to it.
    pub needs_line: bool,
}

/// A point, the size of its label, and the ends of its error bars as boxes to keep clear.
pub struct Item {
    pub at: (f64, f64),
    pub size: (f64, f64),
    pub bars: [Box4; 2],
}

/// One place per item, first come first served; the cheapest of 48 places around its point.
pub fn place(items: &[Item], bounds: Box4) -> Vec<Placed> {
    let mut taken: Vec<Box4> = Vec::with_capacity(items.len());
    let mut out = Vec::with_capacity(items.len());
    for item in items {
        let candidates = RADII.iter().flat_map(|&radius| DIRECTIONS.map(|way| (radius, candidate(item, way, radius))));
        let cost = |&(radius, area): &(f64, Box4)| {
            radius + obstacles(area, items, &taken, bounds) + confusion(area, item, items)
        };
        let best = candidates.min_by(|a, b| cost(a).total_cmp(&cost(b)));
        let (radius, area) = best.expect("there are 48 candidates");
        taken.push(area);
        out.push(Placed { x: area.0, y: f64::midpoint(area.1, area.3), needs_line: radius > NEEDS_LINE });
    }
    out
}

fn candidate(item: &Item, way: (f64, f64), radius: f64) -> Box4 {
    let ((x, y), (width, height)) = (item.at, item.size);
    let left = match way.0 {
        side if side > 0.0 => x + radius,
        side if side < 0.0 => x - radius - width,
        _ => x - width / 2.0,
    };
    let middle = y + way.1 * (radius + height / 2.0);
    (left, middle - height / 2.0, left + width, middle + height / 2.0)
}

fn obstacles(area: Box4, items: &[Item], taken: &[Box4], bounds: Box4) -> f64 {
    let outside = area.0 < bounds.0 || area.1 < bounds.1 || area.2 > bounds.2 || area.3 > bounds.3;
    let labels = taken.iter().filter(|other| overlap(area, **other)).count();
    let points = items.iter().filter(|item| overlap(area, around(item.at))).count();
    let bars = items.iter().flat_map(|item| item.bars).filter(|bar| overlap(area, *bar)).count();
    let weigh = |count: usize, weight: f64| f64::from(u32::try_from(count).unwrap_or(u32::MAX)) * weight;
    (if outside { 1000.0 } else { 0.0 }) + weigh(labels, 400.0) + weigh(points, 200.0) + weigh(bars, 30.0)
}

/// A label nearer to another point than to its own, or as near, would be read as that point's.
fn confusion(area: Box4, own: &Item, items: &[Item]) -> f64 {
    let own_distance = distance(area, own.at);
    let others = items.iter().filter(|other| other.at != own.at);
    if others.map(|other| distance(area, other.at)).any(|other| other < own_distance + 5.0) { 120.0 } else { 0.0 }
}

/// From a box to a point.
fn distance(area: Box4, (x, y): (f64, f64)) -> f64 {
    let across = (area.0 - x).max(x - area.2).max(0.0);
    let along = (area.1 - y).max(y - area.3).max(0.0);
    across.hypot(along)
}

fn around((x, y): (f64, f64)) -> Box4 {
    (x - 6.0, y - 6.0, x + 6.0, y + 6.0)
}

fn overlap(a: Box4, b: Box4) -> bool {
    a.0 < b.2 && b.0 < a.2 && a.1 < b.3 && b.1 < a.3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_a_dense_crowd_do_not_cover_one_another() {
        let bars = [(0.0, 0.0, 0.0, 0.0); 2];
        let items: Vec<Item> =
            (0..10).map(|i| Item { at: (300.0 + f64::from(i) * 4.0, 200.0), size: (70.0, 14.0), bars }).collect();
        let placed = place(&items, (0.0, 0.0, 640.0, 480.0));
        for (index, a) in placed.iter().enumerate() {
            for b in placed.iter().skip(index + 1) {
                let area = |p: &Placed| (p.x, p.y - 7.0, p.x + 70.0, p.y + 7.0);
                assert!(!overlap(area(a), area(b)), "{a:?} covers {b:?}");
            }
        }
    }
}
