"""DESIGN section 4, "Earn" (split of a fee), section 3 (payees), section 5, "Stake" (reserve)."""

from fractions import Fraction
from math import floor

from .hashing import Draw

ONE = 10**9


def part(amount, bps):
    return floor(Fraction(amount * bps, 10_000))


def split_fee(gross, protocol_bps, owner, stake, influence, parents):
    protocol = part(gross, protocol_bps)
    net = gross - protocol
    parts = {
        "protocol": protocol,
        "owner": part(net, owner),
        "stake": part(net, stake),
        "parents": part(net, parents),
    }
    return {**parts, "influence": gross - sum(parts.values())}


def fee_case(gross, protocol_bps, terms):
    names = ["owner", "stake", "influence", "parents"]
    case = {
        "kind": "fee",
        "gross": str(gross),
        "protocol_bps": protocol_bps,
        "terms_bps": dict(zip(names, terms)),
    }
    if protocol_bps > 10_000:
        return {**case, "error": "protocol"}
    if sum(terms) != 10_000:
        return {**case, "error": "sum"}
    parts = split_fee(gross, protocol_bps, *terms)
    assert sum(parts.values()) == gross
    return {**case, "parts": {name: str(value) for name, value in parts.items()}}


def random_shares(draw, count):
    cuts = sorted(draw.below(10_001) for _ in range(count - 1))
    return [high - low for low, high in zip([0, *cuts], [*cuts, 10_000])]


def payees_case(amount, shares):
    case = {"kind": "payees", "amount": str(amount), "shares_bps": shares}
    if not 1 <= len(shares) <= 16:
        return {**case, "error": "payees"}
    if sum(shares) != 10_000:
        return {**case, "error": "sum"}
    parts = [part(amount, share) for share in shares]
    parts[0] += amount - sum(parts)
    return {**case, "parts": [str(value) for value in parts]}


def cases():
    draw = Draw("split")
    for gross in [0, 1, 9, 101, 1_000_000, 2**128 - 1]:
        yield fee_case(gross, 500, (2_000, 1_000, 6_000, 1_000))
        yield fee_case(gross, 0, (0, 0, 10_000, 0))
        yield fee_case(gross, 10_000, (3_333, 3_333, 1, 3_333))
    yield fee_case(7, 10_001, (2_500, 2_500, 2_500, 2_500))
    yield fee_case(7, 0, (2_500, 2_500, 2_500, 2_499))
    yield fee_case(7, 0, (65_535, 65_535, 65_535, 65_535))
    for _ in range(20):
        yield fee_case(draw.below(10**18), draw.below(10_001), tuple(random_shares(draw, 4)))

    yield payees_case(100, [])
    yield payees_case(100, [0] * 16 + [10_000])
    yield payees_case(100, [5_000, 4_999])
    yield payees_case(100, [5_000, 5_001])
    yield payees_case(100, [0, 10_000])
    yield payees_case(1, [1, 9_999])
    yield payees_case(2**128 - 1, [3_333, 3_333, 3_334])
    for count in range(1, 17):
        yield payees_case(draw.below(10**draw.between(1, 18)), random_shares(draw, count))


def reserve_share(tranche, score, error, z_tenths, positive_sum):
    beyond = max(Fraction(0), score - Fraction(z_tenths, 10) * error)
    return floor(tranche * beyond / positive_sum)


def share_case(tranche, score, error, z_tenths, positive_sum):
    return {
        "kind": "share",
        "tranche": str(tranche),
        "score": score,
        "error": error,
        "z_tenths": z_tenths,
        "positive_sum": str(positive_sum),
        "share": str(reserve_share(tranche, score, error, z_tenths, positive_sum)),
    }


def reserve_cases():
    draw = Draw("reserve")
    rows = [(1_000, 50, 10, 20, 100), (1_000, -5, 0, 20, 100), (2**128 - 1, 10**9, 0, 20, 10**9)]
    rows += [(1_000, 50, 3, 255, 50), (7, 1, 0, 0, 3), (0, 1, 0, 0, 1)]
    for _ in range(25):
        score = draw.below(10**9)
        rows.append(
            (draw.below(10**18), score, draw.below(score // 2 + 1), draw.below(40),
             score + draw.below(10**9))
        )
    for tranche, score, error, z_tenths, positive_sum in rows:
        yield share_case(tranche, score, error, z_tenths, positive_sum)
    extremes = [(2**128 - 1, ONE, ONE, 0, ONE), (2**128 - 1, ONE, 1, 255, 2**64 - 1)]
    extremes += [(2**128 - 1, 1, 0, 20, 2**64 - 1), (10**18, -(2**31), 2**32 - 1, 255, 1)]
    extremes += [(10**18, 2**31 - 1, 0, 0, 2**31 - 1)]
    for tranche, score, error, z_tenths, positive_sum in extremes:
        yield share_case(tranche, score, error, z_tenths, positive_sum)
    for score, positive_sum in [(0, 0), (5, 4)]:
        yield {
            "kind": "share",
            "tranche": "9",
            "score": score,
            "error": 0,
            "z_tenths": 20,
            "positive_sum": str(positive_sum),
            "share": None,
        }
    for left in [0, 1, 3, 4, 5, 10**12, 2**128 - 1]:
        yield {"kind": "tranche", "left": str(left), "largest": str(floor(Fraction(left, 4)))}
    for left, share_bps in work_rows(draw):
        yield {
            "kind": "work",
            "left": str(left),
            "share_bps": share_bps,
            "payment": str(part(left, share_bps)),
        }


def work_rows(draw):
    lefts = [0, 1, 9_999, 10_000, 1_001, 2**64, 2**128 - 1]
    yield from ((left, bps) for left in lefts for bps in [0, 1, 5_000, 9_999, 10_000])
    yield from ((draw.below(10**draw.between(1, 38)), draw.below(10_001)) for _ in range(20))
