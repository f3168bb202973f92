"""DESIGN section 5, "Stake": points per share, remainder carried; carried while supply held is 0.

Points are 2^-48 uopen per unit, as the interface fixes; sums are exact in integers of any size, and
what does not fit into 128 bits is refused.
"""

from .hashing import Draw

SCALE = 2**48
U128, SUPPLY = 2**128 - 1, 10**18


def distribute(points, income, sharing):
    per_unit, carried = points
    due = income * SCALE + carried
    more, left = divmod(due, sharing) if sharing else (0, due)
    fits = due <= U128 and per_unit + more <= U128
    return (per_unit + more, left) if fits else None


def settle(holding, balance, points):
    seen, claimable, fraction = holding
    per_unit, _ = points
    if per_unit < seen:
        return None
    whole, fraction = divmod(balance * (per_unit - seen) + fraction, SCALE)
    return (per_unit, claimable + whole, fraction) if claimable + whole <= U128 else None


def show_points(points):
    per_unit, carried = points
    return {"per_unit": str(per_unit), "carried": str(carried)}


def show_holding(holding):
    seen, claimable, fraction = holding
    return {"seen": str(seen), "claimable": str(claimable), "fraction": str(fraction)}


def distribute_case(points, income, sharing):
    after = distribute(points, income, sharing)
    return {
        "kind": "distribute",
        "points": show_points(points),
        "income": str(income),
        "sharing": str(sharing),
        "after": after and show_points(after),
    }


def settle_case(holding, balance, points):
    after = settle(holding, balance, points)
    return {
        "kind": "settle",
        "holding": show_holding(holding),
        "balance": str(balance),
        "points": show_points(points),
        "after": after and show_holding(after),
    }


def history(draw, number):
    """Holders who are settled before every move, dividends, and what each could claim at the end."""
    supply = draw.pick([3, 10**6, 10**12, draw.between(3, 10**15)])
    cuts = sorted(draw.below(supply + 1) for _ in range(2))
    balances = [cuts[0], cuts[1] - cuts[0], supply - cuts[1]]
    start = [str(balance) for balance in balances]
    points, holdings, steps, arrived = (0, 0), [(0, 0, 0)] * 3, [], 0
    for _ in range(12):
        income = draw.pick([0, 1, 7, draw.below(10**6), draw.below(10**16)])
        points, arrived = distribute(points, income, supply), arrived + income
        giver, taker = draw.below(3), draw.below(3)
        for holder in {giver, taker}:
            holdings[holder] = settle(holdings[holder], balances[holder], points)
        moved = draw.below(balances[giver] + 1)
        balances[giver] -= moved
        balances[taker] += moved
        steps.append({
            "income": str(income),
            "giver": giver,
            "taker": taker,
            "moved": str(moved),
            "points": show_points(points),
            "holdings": [show_holding(holding) for holding in holdings],
        })
    last = [settle(holding, balance, points) for holding, balance in zip(holdings, balances)]
    assert arrived * SCALE == sum(h[1] * SCALE + h[2] for h in last) + points[1]
    return {"kind": "history", "name": f"random {number}", "balances": start, "steps": steps}


FRESH = (0, 0)

DISTRIBUTED = [
    (FRESH, 0, 0),
    (FRESH, 0, 5),
    (FRESH, 5, 0),
    (FRESH, 1, 1),
    (FRESH, 1, 3),
    (FRESH, 1, SCALE),
    (FRESH, 1, SCALE + 1),
    ((9, 5 * SCALE), 0, 0),
    ((9, 5 * SCALE), 1, 2),
    ((9, SCALE - 1), 0, SCALE),
    (FRESH, SUPPLY, 1),
    (FRESH, SUPPLY, U128),
    (FRESH, 2**80 - 1, 1),
    ((0, SCALE - 1), 2**80 - 1, 1),
    ((0, SCALE), 2**80 - 1, 1),
    ((0, SCALE), 2**80 - 1, 0),
    (FRESH, 2**80, 1),
    (FRESH, 2**80, U128),
    (FRESH, U128, 0),
    ((U128, 0), 0, 1),
    ((U128, 0), 1, SCALE + 1),
    ((U128, 0), 1, SCALE),
    ((U128 - 1, 0), 1, SCALE),
    ((U128, U128), 0, 0),
]

SETTLED = [
    ((0, 0, 0), 0, (0, 0)),
    ((0, 0, 0), 1, (SCALE, 7)),
    ((0, 0, 0), 1, (SCALE - 1, 0)),
    ((0, 0, SCALE - 1), 1, (1, 0)),
    ((0, 0, SCALE - 1), 1, (0, 0)),
    ((0, 3, SCALE - 1), SCALE, (SCALE - 1, 0)),
    ((5, 3, 9), 10**12, (5, 0)),
    ((5, 3, 9), 10**12, (4, 0)),
    ((U128, 0, 0), 1, (U128, 0)),
    ((U128, 0, 0), 1, (U128 - 1, 0)),
    ((0, 0, 0), SCALE, (U128, 0)),
    ((0, 0, 1), SCALE, (U128, 0)),
    ((0, 1, 0), SCALE, (U128, 0)),
    ((0, 0, 0), SCALE + 1, (U128, 0)),
    ((0, U128, 0), 1, (SCALE - 1, 0)),
    ((0, U128, 0), 1, (SCALE, 0)),
    ((0, 0, SCALE - 1), U128, (U128, 0)),
    ((0, 0, 0), 0, (U128, U128)),
    ((0, 0, 0), 1, (SUPPLY * SCALE, 0)),
]


def cases():
    draw = Draw("dividends")
    for points, income, sharing in DISTRIBUTED:
        yield distribute_case(points, income, sharing)
    for holding, balance, points in SETTLED:
        yield settle_case(holding, balance, points)
    for number in range(12):
        yield history(draw, number)
