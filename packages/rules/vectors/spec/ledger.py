"""DESIGN section 5, "Advance", "Proved debt", and the readings of an entry."""

from fractions import Fraction
from math import ceil, floor, isqrt

from .hashing import Draw

FRESH = (0, 0, 0, 0)
I64, U64, U128, SUPPLY, ONE = 2**63 - 1, 2**64 - 1, 2**128 - 1, 10**18, 10**9
NAMES = ["accrued", "payable", "variance", "last_score"]


def ceil_sqrt(x):
    return 0 if x == 0 else isqrt(x - 1) + 1


def bound(variance, z_tenths):
    return min(U64, ceil(Fraction(z_tenths, 10) * ceil_sqrt(variance)))


def advance(entry, r):
    """One round, in fractions; saturation of the stored widths only at the end of each line."""
    accrued, payable, variance, _ = entry
    pool, per = r["pool"], Fraction(1, r["denominator"])
    gain = max(-pool, floor(pool * r["score"] * per))
    doubt = min(pool, ceil(pool * r["error"] * per))
    accrued = max(-I64 - 1, min(r["cap"], accrued + gain))
    variance = min(U128, variance + doubt**2)
    earned = max(0, accrued - bound(variance, r["z_tenths"]))
    payable += floor(max(0, earned - payable) * Fraction(r["release_bps"], 10_000))
    return (accrued, payable, variance, entry[3] if "valuation" in r else r["score"])


def pack(entry):
    accrued, payable, variance, last_score = entry
    return leb128(zigzag(accrued)) + leb128(payable) + leb128(variance) + leb128(zigzag(last_score))


def zigzag(n):
    return 2 * n if n >= 0 else -2 * n - 1


def leb128(n):
    low, rest = n % 128, n // 128
    return bytes([low + 128]) + leb128(rest) if rest else bytes([low])


def show(entry):
    accrued, payable, variance, last_score = entry
    return {
        "accrued": str(accrued),
        "payable": str(payable),
        "variance": str(variance),
        "last_score": last_score,
    }


def terms(pool=1_000, denominator=ONE, z_tenths=20, release_bps=10_000, cap=I64, score=0, error=0):
    return locals()


def valuation(**changes):
    """A round whose pool is royalties: the last score stays that of the last round of fees."""
    return {**terms(**changes), "valuation": True}


def show_round(r):
    wide = {"pool", "denominator", "cap"}
    return {name: str(value) if name in wide else value for name, value in r.items()}


def history(name, rounds, start=FRESH):
    entry, steps = start, []
    for r in rounds:
        entry = advance(entry, r)
        steps.append({**show_round(r), "after": show(entry)})
    return {"kind": "history", "name": name, "start": show(start), "rounds": steps}


EDGES = [
    ("nothing measured, nothing moves", [terms()]),
    ("sure money is paid at once", [terms(score=ONE // 4)]),
    ("doubt holds back, then gives way",
     [terms(score=10**8, error=8 * 10**7)] * 12),
    ("negative gains round towards minus infinity", [terms(pool=7, denominator=3, score=-1)] * 2),
    ("positive gains round down, doubts up",
     [terms(pool=10, denominator=7, score=3, error=1)] * 2),
    ("a tiny D clamps loss and doubt at the pool",
     [terms(score=5 * 10**8), terms(denominator=1, score=-ONE, error=ONE), terms(score=5 * 10**8)]),
    ("a tiny D pays at most the pool", [terms(denominator=1, score=1, error=0)]),
    ("debt is worked off before anything is paid",
     [terms(score=-6 * 10**8), terms(score=4 * 10**8), terms(score=4 * 10**8)]),
    ("payable outlives what was earned", [terms(score=ONE), terms(score=-ONE), terms(score=-ONE)]),
    ("the cap stops growth", [terms(score=ONE, cap=1_500)] * 3),
    ("a lower cap cuts accrued, not payable",
     [terms(score=ONE, release_bps=5_000), terms(score=ONE, release_bps=5_000, cap=700)]),
    ("a cap of 0 pays nothing", [terms(score=ONE, cap=0)]),
    ("slow release", [terms(score=ONE // 3, release_bps=1)] * 3),
    ("no release", [terms(score=ONE // 3, release_bps=0), terms(release_bps=10_000)]),
    ("z of 0 ignores doubt", [terms(score=10**8, error=ONE, z_tenths=0)]),
    ("the largest z", [terms(score=ONE, error=3_921_568, z_tenths=255)] * 2),
    ("z moves, payable stays", [terms(score=ONE, error=10**7, z_tenths=z) for z in (0, 255, 20)]),
    ("the whole supply in one pool",
     [terms(pool=SUPPLY, score=ONE, error=1), terms(pool=SUPPLY, score=-ONE, error=ONE)]),
    ("an empty pool only notes the score", [terms(pool=0, score=77, error=5)]),
]

VALUED = [
    ("a first valuation notes no score", [valuation(score=ONE // 2, error=10**7)]),
    ("a valuation between rounds of fees",
     [terms(score=10**8), valuation(score=-5 * 10**8), terms(score=3 * 10**8)]),
    ("a valuation's doubt counts like any other",
     [terms(score=ONE, error=10**8), valuation(score=ONE // 10, error=ONE), valuation(score=ONE // 10)]),
    ("a valuation's debt is worked off by fees", [valuation(score=-ONE), terms(score=ONE), terms(score=ONE)]),
    ("the whole supply as royalties", [terms(score=1), valuation(pool=SUPPLY, score=ONE, error=ONE)]),
    ("an empty valuation moves nothing at all", [terms(score=77), valuation(pool=0, score=5, error=9)]),
]

STARTED = [
    ("accrued saturates upwards at i64", (I64 - 5, 0, 0, 0), [terms(pool=SUPPLY, score=ONE)] * 2),
    ("accrued saturates downwards at i64", (-I64, 3, 0, 0), [terms(pool=SUPPLY, score=-ONE)] * 2),
    ("variance saturates", (10**9, 0, U128 - 1, 0), [terms(pool=SUPPLY, error=ONE)] * 2),
    ("a saturated bound holds back all", (I64, 0, U128, 0), [terms(z_tenths=255)]),
    ("an exact square root", (100, 0, 2_500, 0), [terms(z_tenths=10)]),
    ("a root that rounds up", (100, 0, 2_501, 0), [terms(z_tenths=10)]),
    ("a bound that rounds up", (100, 0, 9, 0), [terms(z_tenths=7)]),
    ("payable above the cap stays", (900, 900, 0, 1), [terms(score=ONE, cap=100)]),
    ("a valuation keeps the lowest last score", (I64, 0, 0, -(2**31)), [valuation(pool=SUPPLY, score=ONE)] * 2),
    ("a valuation keeps the highest last score", (-I64 - 1, 0, U128, 2**31 - 1), [valuation(score=-ONE)]),
]

REFUSED = [
    ("no denominator", terms(denominator=0)),
    ("pool", terms(pool=SUPPLY + 1)),
    ("cap", terms(cap=I64 + 1)),
    ("release", terms(release_bps=10_001)),
    ("score", terms(score=ONE + 1, denominator=2 * ONE)),
    ("score", terms(score=-ONE - 1)),
    ("score", terms(error=ONE + 1)),
    ("above denominator", terms(score=8, denominator=7)),
]


def random_round(draw):
    denominator = draw.pick([1, 7, 10**6, ONE, draw.between(1, 2 * ONE)])
    top = min(ONE, denominator)
    return terms(
        pool=draw.pick([0, 1, 10**6, SUPPLY, draw.below(10**12)]),
        denominator=denominator,
        z_tenths=draw.pick([0, 20, 30, draw.below(256)]),
        release_bps=draw.pick([10_000, 2_500, draw.below(10_001)]),
        cap=draw.pick([I64, 10**7, draw.below(10**13)]),
        score=draw.between(-top // 3, top),
        error=draw.pick([0, 1, top // 20, draw.below(top + 1)]),
    )


def advance_cases():
    for name, rounds in EDGES + VALUED:
        yield history(name, rounds)
    for name, start, rounds in STARTED:
        yield history(name, rounds, start)
    draw = Draw("histories")
    for number in range(40):
        yield history(f"random {number}", [random_round(draw) for _ in range(8)])
    for number in range(10):
        rounds = [random_round(draw) for _ in range(8)]
        marked = [{**r, "valuation": True} if draw.below(2) else r for r in rounds]
        yield history(f"random with valuations {number}", marked)
    for error, r in REFUSED:
        yield {
            "kind": "refused",
            "start": show(FRESH),
            "round": show_round(r),
            "error": error,
        }


def readings(entry, z_tenths):
    accrued, payable, variance, _ = entry
    doubt = bound(variance, z_tenths)
    earned = max(0, accrued - doubt)
    return {
        "packed": pack(entry).hex(),
        "liability": str(max(payable, accrued, 0)),
        "doubt_bound": str(doubt),
        "earned": str(earned),
        "held_back": str(max(0, accrued - max(earned, payable))),
        "debt": str(max(0, -accrued)),
        "proved_debt": str(max(0, -accrued - 4 * ceil_sqrt(variance))),
    }


def entry_cases():
    draw = Draw("entries")
    entries = [FRESH, (-1, 0, 0, -1), (100, 40, 900, 5), (100, 90, 900, 5), (50, 60, 0, 0)]
    entries += [(I64, U64, U128, 2**31 - 1), (-I64 - 1, 0, U128, -(2**31))]
    entries += [(-100, 0, 625, 0), (-100, 7, 600, 0), (-101, 0, 625, 0), (5, 0, 1, 0)]
    entries += [(-I64 - 1, 0, 0, 0), (-I64 - 1, U64, (2**61) ** 2, 0), (-I64 - 1, 0, (2**61) ** 2 - 1, 0)]
    entries += [(-I64 - 1, 0, (2**61 - 1) ** 2, 0), (-I64, 0, (2**61) ** 2, 0), (-5, 0, 1, 0), (-4, 0, 1, 0)]
    for _ in range(30):
        size = draw.pick([10**3, 10**9, I64])
        entries.append(
            (draw.between(-size, size), draw.below(size), draw.below(size) ** 2, draw.below(ONE))
        )
    for number, entry in enumerate(entries):
        z_tenths = [20, 0, 30, 255, 1][number % 5]
        yield {
            "kind": "readings",
            "entry": show(entry),
            "z_tenths": z_tenths,
            **readings(entry, z_tenths),
        }
    yield {"kind": "packed", "packed": "", "entries": []}
    yield {"kind": "packed", "packed": pack(entries[2]).hex() + pack(entries[5]).hex(), "entries": [show(entries[2]), show(entries[5])]}
    cut, tail = pack(entries[6])[:-1].hex(), "00" * 3
    # Cut; a number that ends in a zero; accrued, payable, variance and last score one bit too wide.
    wrong = [cut, "00" * 5, "8000" + tail, leb128(U64 + 1).hex() + tail, "00" + leb128(U64 + 1).hex() + "0000"]
    wrong += ["0000" + leb128(U128 + 1).hex() + "00", tail + leb128(2**32).hex()]
    for packed in wrong:
        yield {"kind": "packed", "packed": packed, "error": "packed"}
    paid = [((-100, 7, 625, 3), 100), ((-100, 7, 625, 3), 1), ((-I64 - 1, 0, 0, 0), I64 + 1)]
    paid += [(FRESH, 0), ((-1, 0, U128, 0), 1), ((-I64 - 1, U64, 0, 0), 1), ((5, 0, 0, 0), 0)]
    for entry, amount in paid:
        accrued, *rest = entry
        after = show((accrued + amount, *rest))
        yield {"kind": "repay", "entry": show(entry), "amount": str(amount), "after": after}
    refused = [((-100, 7, 625, 3), 101), ((5, 0, 0, 0), 1), (FRESH, 1), ((-I64 - 1, 0, 0, 0), I64 + 2)]
    refused += [((-1, 0, 0, 0), U64), ((I64, 0, 0, 0), U64)]
    for entry, amount in refused:
        yield {"kind": "repay", "entry": show(entry), "amount": str(amount), "error": "repay"}
    kept = [(100, 40), (40, 100), (-5, 0), (-5, 3), (0, 0), (I64, 0), (I64, U64), (-I64 - 1, 0), (-I64 - 1, U64)]
    for accrued, payable in kept:
        held = max(payable, accrued, 0)
        yield {
            "kind": "retire",
            "entry": show((accrued, payable, 9, 1)),
            "after": show((accrued, held, 9, 1)),
        }
