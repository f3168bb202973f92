"""DESIGN section 4: a round's inputs, an operator's report, and what it commits to."""

import struct

from .hashing import DOMAIN, OTHER_DOMAIN, Draw, counted, digest, u32, u64, u128

ONE = 10**9


def inputs_digest(domain, i):
    return digest(
        "inputs/v2",
        *domain,
        u64(i["model"]),
        u64(i["round"]),
        u64(i["first_epoch"]),
        u64(i["last_epoch"]),
        *counted(i["redemption_commitments"]),
        *counted(i["versions"]),
        u32(i["positions"]),
        i["validation_root"],
        u64(i["validation_from"]),
        u64(i["validation_count"]),
        u64(i["method"]),
        bytes([i["kind"]]),
        u128(i["pool"]),
        u128(i["tranche"]),
        i["terms"],
        *counted(i["operators"]),
    )


# Fields of each width, for the edges of their types.
WIDE = ["model", "round", "first_epoch", "last_epoch", "validation_from", "validation_count", "method"]


def edge_inputs(draw, kind, top):
    """All numbers at the lowest or the highest value of their type."""
    return {
        **{name: (2**64 - 1) * top for name in WIDE},
        "redemption_commitments": [],
        "versions": [draw.bytes()],
        "positions": (2**32 - 1) * top,
        "validation_root": draw.bytes(),
        "kind": kind,
        "pool": (2**128 - 1) * top,
        "tranche": (2**128 - 1) * top,
        "terms": b"",
        "operators": ["wasm1a"],
    }


def inputs_case(domain, i):
    return {
        "domain": list(domain),
        **{name: plain(name, value) for name, value in i.items()},
        "digest": inputs_digest(domain, i).hex(),
    }


def input_cases():
    draw = Draw("inputs")
    hashes = [draw.bytes() for _ in range(3)]
    shapes = [  # the same hashes and names, cut into lists differently
        (hashes, [], ["wasm1a", "wasm1b"]),
        (hashes[:2], hashes[2:], ["wasm1a", "wasm1b"]),
        ([], hashes, ["wasm1awasm1b"]),
        ([], [], []),
        (hashes[:1], hashes[1:], ["wasm1b", "wasm1a"]),
    ]
    for domain in [DOMAIN, OTHER_DOMAIN]:
        for commitments, versions, operators in shapes:
            i = {
                "model": draw.below(2**64),
                "round": draw.below(2**64),
                "first_epoch": draw.below(2**64),
                "last_epoch": draw.below(2**64),
                "redemption_commitments": commitments,
                "versions": versions,
                "positions": draw.below(2**32),
                "validation_root": draw.bytes(),
                "validation_from": draw.below(2**64),
                "validation_count": draw.below(2**64),
                "method": draw.below(9),
                "kind": draw.below(2),
                "pool": draw.below(2**128),
                "tranche": draw.below(2**128),
                "terms": draw.bytes(draw.below(60)),
                "operators": operators,
            }
            yield inputs_case(domain, i)
    for kind, top in [(0, 0), (1, 0), (0, 1), (1, 1), (255, 1)]:
        yield inputs_case(DOMAIN, edge_inputs(draw, kind, top))
    swapped = {**edge_inputs(draw, 1, 0), "pool": 7, "tranche": 9}
    yield inputs_case(DOMAIN, swapped)
    yield inputs_case(DOMAIN, {**swapped, "pool": 9, "tranche": 7})


def plain(name, value):
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list):
        return [plain(name, element) for element in value]
    if isinstance(value, int) and name not in ("positions", "kind"):
        return str(value)
    return value


def pack(entries):
    return b"".join(struct.pack(">iI", score, error) for score, error in entries)


def bitmap(bits, ones):
    """Bit i is bit i mod 8 of byte i / 8, least significant first."""
    return sum(1 << i for i in ones).to_bytes((bits + 7) // 8, "little")


def report_bytes(report):
    if report is None:
        return b"\x00"
    entries, reach, bits, ones = report
    packed, marks = pack(entries), bitmap(bits, ones)
    return b"\x01" + u64(len(packed)) + packed + u64(reach) + u64(bits) + u64(len(marks)) + marks


def problem(report):
    """The bound a report breaks, if any."""
    if report is None:
        return None
    entries, reach, _, _ = report
    if reach > ONE:
        return "reach"
    for score, error in entries:
        if abs(score) > ONE:
            return "score"
        if error > ONE:
            return "error"
    if sum(max(score, 0) for score, _ in entries) > ONE:
        return "positive sum"
    if sum(abs(score) for score, _ in entries) > 2 * ONE:
        return "magnitude"
    return None


def report_cases():
    draw = Draw("reports")
    some = [(draw.between(-(10**7), 10**7), draw.below(10**7)) for _ in range(40)]
    reports = [
        None,
        ([], 0, 0, []),
        ([(0, 0)], 0, 1, [0]),
        (some, 5 * 10**8, 19, [0, 7, 8, 18]),
        (some[:3], ONE, 8, range(8)),
        ([(ONE, ONE), (-ONE, ONE)], ONE, 0, []),
        ([(ONE, 0), (1, 0)], 0, 0, []),
        ([(-ONE, 0), (-ONE, 0)], 0, 0, []),
        ([(-ONE, 0), (-ONE, 0), (-1, 0)], 0, 0, []),
        ([(ONE // 2, 0), (-ONE, 0), (-ONE // 2, 0), (-1, 0)], 0, 0, []),
        ([(0, 0), (ONE + 1, 0)], 0, 0, []),
        ([(-ONE - 1, 0)], 0, 0, []),
        ([(-(2**31), 0)], 0, 0, []),
        ([(1, ONE + 1)], 0, 0, []),
        ([(1, 2**32 - 1)], 0, 0, []),
        ([(1, 1)], ONE + 1, 0, []),
        ([(1, 1)], 2**64 - 1, 0, []),
    ]
    for number, report in enumerate(reports):
        domain = [DOMAIN, OTHER_DOMAIN][number % 2]
        yield report_case(draw, domain, report, 0, 0)
    for more_positions, more_redemptions in [(1, 0), (-1, 0), (0, 1), (0, -1), (0, 5)]:
        yield report_case(draw, DOMAIN, reports[3], more_positions, more_redemptions)
    for bad in ["", "02", "0000", "01", report_bytes(reports[3]).hex() + "00",
                report_bytes(reports[3])[:-1].hex(), report_bytes(reports[2])[:-1].hex() + "02"]:
        yield {"kind": "bytes", "bytes": bad, "error": "bytes"}


def report_case(draw, domain, report, more_positions, more_redemptions):
    inputs, salt, operator = draw.bytes(), draw.bytes(), "wasm1operator"
    data = report_bytes(report)
    entries, reach, bits, ones = report or ([], 0, 0, [])
    error = problem(report)
    if more_redemptions:
        error = "unresolved"
    if more_positions:
        error = "entries"
    case = {
        "kind": "report",
        "domain": list(domain),
        "inputs": inputs.hex(),
        "operator": operator,
        "salt": salt.hex(),
        "report": None if report is None else {
            "entries": [{"score": score, "error": error_} for score, error_ in entries],
            "reach": str(reach),
            "redemptions": bits,
            "unresolved": list(ones),
        },
        "bytes": data.hex(),
        "commitment": digest("report/v1", *domain, inputs, operator, data, salt).hex(),
        "positions": len(entries) + more_positions,
        "redemptions": bits + more_redemptions,
    }
    return {**case, "error": error} if error else case
