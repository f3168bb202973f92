"""Writes the test vectors of packages/rules; `make.py --check` says whether they are fresh.

Each module in spec/ states one part of DESIGN in plain Python (any size of integer, fractions,
hashlib) and lists its cases. Nothing here was translated from the Rust crate: where the two
disagree, one of them is wrong.
"""

import json
import sys
from pathlib import Path

from spec import clock, contributions, dividends, duplicates, hashing, items, ledger, medians, money
from spec import orders, payments, prompts, rounds, royalties, standings, trees

FILES = {
    "advance": ledger.advance_cases,
    "agreement": medians.agreement_cases,
    "clock": clock.cases,
    "contributions": contributions.cases,
    "digests": hashing.cases,
    "dividends": dividends.cases,
    "duplicates": duplicates.cases,
    "entries": ledger.entry_cases,
    "fees": payments.fee_cases,
    "inputs": rounds.input_cases,
    "items": items.cases,
    "medians": medians.median_cases,
    "orders": orders.cases,
    "payments": payments.payment_cases,
    "prompts": prompts.cases,
    "quorum": medians.quorum_cases,
    "redemptions": payments.redemption_cases,
    "reports": rounds.report_cases,
    "reserve": money.reserve_cases,
    "royalties": royalties.cases,
    "split": money.cases,
    "standings": standings.cases,
    "trees": trees.cases,
}


def render(cases):
    return json.dumps({"cases": list(cases())}, indent=1, ensure_ascii=True) + "\n"


def main():
    here = Path(__file__).parent
    stale = []
    for name, cases in FILES.items():
        path, text = here / f"{name}.json", render(cases)
        if "--check" not in sys.argv:
            path.write_text(text)
        elif not path.exists() or path.read_text() != text:
            stale.append(path.name)
    if stale:
        sys.exit(f"stale: {', '.join(stale)}; run make.py")


if __name__ == "__main__":
    main()
