"""DESIGN section 3, "Duplicate proof": what is proved, and what it costs."""

from fractions import Fraction
from math import floor

from .hashing import Draw
from .items import item_digest, items_root
from .trees import hexes, leaf, multi_path


def proof(earlier, later, pairs):
    """pairs: (earlier position, later position), as the prover would send them."""
    return {
        "kind": "proof",
        "earlier_root": items_root(earlier).hex(),
        "earlier_count": str(len(earlier)),
        "later_root": items_root(later).hex(),
        "later_count": str(len(later)),
        "pairs": [pair(later[j], i, j) for i, j in pairs],
        "earlier_path": path(earlier, [i for i, _ in pairs]),
        "later_path": path(later, [j for _, j in pairs]),
    }


def pair(digest, earlier_position, later_position):
    return {
        "digest": digest.hex(),
        "earlier_position": str(earlier_position),
        "later_position": str(later_position),
    }


def path(digests, positions):
    return hexes(multi_path([leaf(d) for d in digests], sorted(set(positions))))


def slash(bond, distinct, count):
    """Part of the bond slashed in total, or None for the whole bond."""
    share = Fraction(distinct, count)
    return None if share >= Fraction(20, 100) else floor(bond * share)


def cases():
    draw = Draw("duplicates")
    shared = [item_digest(b"shared %d" % i) for i in range(6)]
    earlier = [item_digest(b"earlier %d" % i) for i in range(13)]
    later = [item_digest(b"later %d" % i) for i in range(30)]
    for i, j, k in [(0, 0, 2), (1, 12, 3), (2, 5, 17), (3, 6, 29), (4, 1, 16)]:
        earlier[j], later[k] = shared[i], shared[i]
    later[20] = shared[1]  # the later one repeats an item twice
    every = [(0, 2), (12, 3), (1, 16), (5, 17), (12, 20), (6, 29)]

    for pairs in [every, every[:1], every[2:4], [(12, 3), (12, 20)], [(6, 29)]]:
        yield proof(earlier, later, pairs)
    yield proof([shared[0]], [shared[0]], [(0, 0)])
    yield from refused(earlier, later, every)
    yield from costs(draw)


def refused(earlier, later, every):
    good = proof(earlier, later, every)
    pairs = good["pairs"]
    none = "00" * 32
    swapped = [pairs[1], pairs[0], *pairs[2:]]
    conflict = [pairs[0], {**pairs[1], "earlier_position": "0"}, *pairs[2:]]
    alien = [{**pairs[0], "digest": none}, *pairs[1:]]
    for error, change in [
        ("no pair", {"pairs": []}),
        ("order", {"pairs": swapped}),
        ("order", {"pairs": [pairs[0], *pairs]}),
        ("later outside", {"later_count": "29"}),
        ("earlier outside", {"earlier_count": "12"}),
        ("conflict", {"pairs": conflict}),
        ("earlier path", {"earlier_path": good["earlier_path"][:-1]}),
        ("earlier path", {"earlier_path": [*good["earlier_path"], none]}),
        ("later path", {"later_path": good["later_path"][1:]}),
        ("later path", {"later_path": [*good["later_path"], none]}),
        ("earlier root", {"earlier_root": good["later_root"]}),
        ("later root", {"later_root": good["earlier_root"]}),
        ("earlier root", {"pairs": alien}),
        ("later root", {"later_path": [none, *good["later_path"][1:]]}),
    ]:
        yield {**good, **change, "error": error}


def costs(draw):
    chosen = [
        (100, 0, 7), (100, 1, 7), (100, 1, 5), (100, 1, 6), (99, 1, 100), (0, 3, 100),
        (1, 19, 100), (1, 20, 100), (2**128 - 1, 1, 6), (2**128 - 1, 2**61, 2**64 - 1),
        (10**12, (2**64 - 1) // 5, 2**64 - 1), (10**12, (2**64 - 1) // 5 - 1, 2**64 - 1),
        (10, 7, 7),
    ]
    for _ in range(20):
        count = draw.between(1, 2000)
        chosen.append((draw.below(10**20), draw.below(count // 4 + 1), count))
    for bond, distinct, count in chosen:
        total = slash(bond, distinct, count)
        yield {
            "kind": "slash",
            "bond": str(bond),
            "distinct": str(distinct),
            "item_count": str(count),
            "total": "whole" if total is None else str(total),
        }
    for distinct, count in [(0, 0), (1, 0), (8, 7)]:
        yield {
            "kind": "slash",
            "bond": "1",
            "distinct": str(distinct),
            "item_count": str(count),
            "error": "count",
        }
    for amount in [0, 1, 2, 101, 2**128 - 1]:
        prover = floor(Fraction(amount, 2))
        yield {"kind": "prover", "amount": str(amount), "prover": str(prover)}
