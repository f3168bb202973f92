"""DESIGN section 5, "Proved debt": how many settled rounds of fees in a row had it, or did not."""

from .hashing import Draw
from .ledger import I64, U128, ceil_sqrt, show

DEBT_ROUNDS = 2  # "after two settled rounds in a row with it"


def proved_debt(entry):
    accrued, _, variance, _ = entry
    return max(0, -accrued - 4 * ceil_sqrt(variance))


def after(standing, entry):
    with_debt, without_debt = standing
    return (min(255, with_debt + 1), 0) if proved_debt(entry) else (0, min(255, without_debt + 1))


def show_standing(standing):
    with_debt, without_debt = standing
    return {"with_debt": with_debt, "without_debt": without_debt, "packed": bytes(standing).hex()}


def history(name, entries, start=(0, 0)):
    standing, steps = start, []
    for entry in entries:
        standing = after(standing, entry)
        claimable = standing[0] >= DEBT_ROUNDS and proved_debt(entry) > 0
        steps.append({"entry": show(entry), "after": show_standing(standing), "claimable": claimable})
    return {"kind": "history", "name": name, "start": show_standing(start), "steps": steps}


CLEAN, OWING, DOUBTED = (0, 0, 0, 0), (-101, 0, 625, 0), (-100, 0, 625, 0)
DEEPEST, FULL = (-I64 - 1, 0, 0, 0), (-I64 - 1, 0, U128, 0)

HISTORIES = [
    ("two rounds in a row make a claim", [OWING, OWING, OWING]),
    ("a round without ends the row", [OWING, CLEAN, OWING, OWING]),
    ("debt within doubt is no proved debt", [OWING, DOUBTED, OWING, DOUBTED]),
    ("clean rounds count", [CLEAN] * 4 + [OWING] + [CLEAN]),
    ("the deepest debt, and the largest doubt", [DEEPEST, DEEPEST, FULL, DEEPEST]),
]

STARTED = [
    ("rounds with debt stop at 255", (254, 0), [OWING] * 3),
    ("rounds without stop at 255", (0, 254), [CLEAN] * 3),
    ("a full count falls to 0 at once", (255, 0), [CLEAN, OWING]),
    ("a full count without falls too", (0, 255), [OWING, CLEAN]),
]


def claim_case(standing, entry):
    """The standing of an earlier round beside what the account holds now, for instance after a repayment."""
    return {
        "kind": "claim",
        "standing": show_standing(standing),
        "entry": show(entry),
        "claimable": standing[0] >= DEBT_ROUNDS and proved_debt(entry) > 0,
    }


def cases():
    for name, entries in HISTORIES:
        yield history(name, entries)
    for name, start, entries in STARTED:
        yield history(name, entries, start)
    draw = Draw("standings")
    for number in range(6):
        entries = [draw.pick([CLEAN, OWING, DOUBTED, DEEPEST, FULL]) for _ in range(20)]
        yield history(f"random {number}", entries)
    for rounds in [0, 1, 2, 3, 255]:
        for entry in [CLEAN, OWING, DOUBTED, DEEPEST, FULL]:
            yield claim_case((rounds, 0), entry)
    for packed in ["", "00", "000000"]:
        yield {"kind": "packed", "packed": packed, "error": "packed"}
