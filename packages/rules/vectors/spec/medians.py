"""DESIGN section 5, "Median", and section 4: agreement, rewards, quorum."""

from fractions import Fraction
from math import floor

from .hashing import Draw


def lower(values):
    """Of the middle ones the lower: as many values above it as below, or one more."""
    return sorted(values)[-(len(values) // 2 + 1)]


def upper(values):
    return sorted(values)[len(values) // 2]


def median_cases():
    draw = Draw("medians")
    rows = [
        [(5, 1)],
        [(5, 1), (-5, 3)],
        [(10**9, 10**9), (-(10**9), 0)],
        [(0, 0), (0, 0), (0, 0)],
        [(-(2**31), 2**32 - 1), (2**31 - 1, 0), (0, 7)],
    ]
    for size in range(1, 12):
        for span in (3, 10**9):
            rows.append(
                [(draw.between(-span, span), draw.below(span + 1)) for _ in range(size)]
            )
    for row in rows:
        yield {
            "kind": "entry",
            "entries": [{"score": score, "error": error} for score, error in row],
            "score": lower([score for score, _ in row]),
            "error": upper([error for _, error in row]),
        }
    for size in range(1, 8):
        reaches = [draw.below(10**9 + 1) for _ in range(size)]
        positive = draw.below(10**9 + 1)
        middle = upper(reaches)
        yield {
            "kind": "reach",
            "reaches": [str(reach) for reach in reaches],
            "reach": str(middle),
            "positive_sum": str(positive),
            "denominator": str(middle if middle > positive else positive),
        }


def agreement(distance, reference):
    """In basis points, rounded down."""
    if reference == 0:
        return 10_000 if distance == 0 else 0
    return floor(max(Fraction(0), 1 - Fraction(4 * distance, reference)) * 10_000)


def agreement_cases():
    draw = Draw("agreement")
    for size in [0, 1, 2, 5, 20]:
        for span in (4, 10**9):
            a = [draw.between(-span, span) for _ in range(size)]
            b = [draw.between(-span, span) for _ in range(size)]
            apart = sum(abs(x - y) for x, y in zip(a, b))
            yield {"kind": "distance", "a": a, "b": b, "distance": str(apart)}
    yield {"kind": "distance", "a": [-(2**31)], "b": [2**31 - 1], "distance": str(2**32 - 1)}
    yield {"kind": "distance", "a": [1, 2], "b": [1], "error": "length"}

    pairs = [(0, 0), (1, 0), (0, 9), (1, 4), (1, 5), (1, 3), (25, 100), (24, 100), (1, 40_001)]
    pairs += [(2**64 - 1, 2**64 - 1), (2**62 - 1, 2**64 - 1), (1, 2**64 - 1), (0, 2**64 - 1)]
    pairs += [(draw.below(10**9), draw.below(8 * 10**9)) for _ in range(25)]
    for number, (apart, reference) in enumerate(pairs):
        yield {
            "kind": "agreement",
            "distance": str(apart),
            "reference": ["median", "nearest"][number % 2],
            "value": str(reference),
            "bps": agreement(apart, reference),
        }
    pots = [(1000, 3, 10_000), (1000, 3, 0), (1, 5, 9_999), (2**128 - 1, 3, 10_000)]
    pots += [(draw.below(10**15), draw.between(3, 40), draw.below(10_001)) for _ in range(15)]
    for pot, n, bps in pots:
        yield {
            "kind": "reward",
            "pot": str(pot),
            "n": n,
            "bps": bps,
            "reward": str(floor(Fraction(pot, n) * Fraction(bps, 10_000))),
        }
    yield {"kind": "reward", "pot": "5", "n": 0, "bps": 10_000, "reward": "0"}


def quorum_cases():
    for n in [*range(0, 32), 100, 2**32 - 1]:
        if n < 3:
            yield {"kind": "quorum", "n": n, "error": "too few"}
            continue
        quorum = floor(Fraction(2 * n, 3)) + 1
        liars = floor(Fraction(quorum - 1, 2))
        yield {"kind": "quorum", "n": n, "quorum": quorum, "tolerated": liars}
    for count, of in [(0, 0), (1, 1), (1, 2), (2, 3), (1, 3), (5, 10), (6, 10), (2**32 - 1,) * 2]:
        more = count > Fraction(of, 2)
        yield {"kind": "majority", "count": count, "of": of, "majority": more}
