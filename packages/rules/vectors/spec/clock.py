"""DESIGN section 3, "Time", and section 4, "Earn"."""

from fractions import Fraction
from math import ceil, floor

from .hashing import Draw

TOP = 2**64 - 1


def fit(value):
    return str(value) if 0 <= value <= TOP else None


def cases():
    draw = Draw("clock")
    clocks = [(0, 1), (1_000, 101), (1_767_225_600, 604_800), (5, TOP), (TOP, 1), (7, 0)]
    for genesis, length in clocks:
        times = {0, genesis, TOP, draw.below(2**64)}
        times |= {t for k in range(4) for d in (-1, 0) if 0 <= (t := genesis + k * length + d) <= TOP}
        for time in sorted(times):
            epoch = None
            if time >= genesis and length > 0:
                epoch = str(floor(Fraction(time - genesis, length)))
            yield {
                "kind": "epoch",
                "genesis": str(genesis),
                "epoch_length": str(length),
                "time": str(time),
                "epoch": epoch,
            }
        for epoch in [0, 1, 2, 53, TOP]:
            start = genesis + epoch * length
            yield {
                "kind": "bounds",
                "genesis": str(genesis),
                "epoch_length": str(length),
                "epoch": str(epoch),
                "start": fit(start),
                "end": fit(start + length),
                "redemption_end": fit(start + length + floor(Fraction(length, 2))),
                "min_notice": str(min(TOP, ceil(Fraction(3 * length, 2)))),
            }
    for ends_at, began, blocks in [(50, 10, 5), (0, 0, 0), (TOP, TOP, TOP)]:
        for time in sorted({0, max(ends_at - 1, 0), ends_at, TOP}):
            for height in sorted({0, max(min(began + blocks, TOP) - 1, 0), min(began + blocks, TOP)}):
                yield {
                    "kind": "window",
                    "ends_at": str(ends_at),
                    "began_height": str(began),
                    "min_blocks": str(blocks),
                    "time": str(time),
                    "height": str(height),
                    "ended": time >= ends_at and height >= min(began + blocks, TOP),
                }
