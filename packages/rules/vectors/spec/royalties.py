"""DESIGN section 4, "Royalties": one hop, at most 16 edges, remainder carried, no second protocol share."""

from .hashing import Draw
from .money import part, random_shares, split_fee

U128 = 2**128 - 1


def flow_case(owed, shares):
    case = {"kind": "flow", "owed": str(owed), "shares_bps": shares}
    if not 1 <= len(shares) <= 16:
        return {**case, "error": "parents"}
    if sum(shares) != 10_000:
        return {**case, "error": "sum"}
    parts = [part(owed, share) for share in shares]
    carried = owed - sum(parts)
    assert 0 <= carried < len(shares)
    return {**case, "parts": [str(value) for value in parts], "carried": str(carried)}


def intake_case(amount, terms):
    names = ["owner", "stake", "influence", "parents"]
    case = {"kind": "intake", "amount": str(amount), "terms_bps": dict(zip(names, terms))}
    if sum(terms) != 10_000:
        return {**case, "error": "sum"}
    parts = split_fee(amount, 0, *terms)
    assert parts["protocol"] == 0
    return {**case, "parts": {name: str(value) for name, value in parts.items()}}


def lineage_case(draw, number):
    """Royalties of several rounds: what is carried joins what comes next, and nothing is lost."""
    shares, carried, moved, came, steps = random_shares(draw, draw.between(1, 16)), 0, 0, 0, []
    for _ in range(8):
        income = draw.below(10 ** draw.between(1, 17))
        owed, came = carried + income, came + income
        parts = [part(owed, share) for share in shares]
        carried, moved = owed - sum(parts), moved + sum(parts)
        steps.append({
            "income": str(income),
            "parts": [str(value) for value in parts],
            "carried": str(carried),
        })
    assert came == moved + carried
    return {"kind": "lineage", "name": f"random {number}", "shares_bps": shares, "steps": steps}


FLOWS = [
    (0, [10_000]),
    (1, [10_000]),
    (1_001, [3_333, 3_333, 3_334]),
    (999, [5_000, 5_000]),
    (1_000, [1, 9_999]),
    (9_999, [1, 9_999]),
    (1_000, [0, 10_000]),
    (1_015, [625] * 16),
    (U128, [10_000]),
    (U128, [3_333, 3_333, 3_334]),
    (U128, [625] * 16),
    (10**18, [1] * 15 + [9_985]),
    (7, []),
    (7, [0] * 16 + [10_000]),
    (7, [5_000, 4_999]),
    (7, [5_000, 5_001]),
    (7, [65_535] * 16),
]

INTAKES = [
    (0, (2_000, 1_000, 7_000, 0)),
    (1, (2_000, 1_000, 7_000, 0)),
    (101, (3_333, 3_333, 1, 3_333)),
    (1_000, (0, 0, 0, 10_000)),
    (U128, (0, 0, 10_000, 0)),
    (U128, (3_333, 3_333, 1, 3_333)),
    (7, (2_500, 2_500, 2_500, 2_499)),
    (7, (65_535, 65_535, 65_535, 65_535)),
]


def cases():
    draw = Draw("royalties")
    for owed, shares in FLOWS:
        yield flow_case(owed, shares)
    for count in range(1, 17):
        yield flow_case(draw.below(10 ** draw.between(3, 18)), random_shares(draw, count))
    for amount, terms in INTAKES:
        yield intake_case(amount, terms)
    for number in range(6):
        yield lineage_case(draw, number)
