"""Sentences that lessons on transfer learning teach, each tested on real data: the numbers and figures of docs/claims.

    scripts/bench claims [NAME ...] --data ../shared/data --weights ../shared/weights [--seeds 3]

Every fit is kept in --out and made once, so the command may be interrupted and repeated; a fit that several claims need
is made once. For each claim it writes docs/claims/numbers/NAME.csv, docs/claims/figures/NAME.svg and the measured part
of docs/claims/NAME.md, and then the summary tables in docs/claims/index.md and docs/vi/claims.md. The answer to a claim
follows from its rows by a fixed rule (``claim.verdict``).

--repeat makes all fits again with other seeds (splits, draws of labels, orders, initial heads), and writes next to
the answer whether it is the same. --list names the claims. --no-fits uses only what is in --out.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import time
from collections import Counter
from pathlib import Path

import vietnamese
from cells import Lab
from claim import Claim, Row, verdict
from pages import answer_of, figure, into, measured_part, numbers, verdict_in

HERE = Path(__file__).parent
PAGES = HERE.parents[1] / "docs" / "claims"
FIRST_REPEATED_SEED = 100


def claims() -> dict[str, Claim]:
    """Return every claim by its name, in the order of their files."""
    files = sorted((HERE / "tested").glob("*.py"))
    found = [importlib.import_module(f"tested.{file.stem}").CLAIM for file in files if file.stem != "__init__"]
    return {claim.name: claim for claim in found}


def main() -> int:
    """Measure the claims that were named."""
    arguments = parsed()
    known = claims()
    if arguments.list:
        for claim in known.values():
            print(f"{claim.name:32} {claim.sentence}")
        return 0
    unknown = [name for name in arguments.claims if name not in known]
    if unknown:
        print(f"no claim is called {', '.join(unknown)}; there are {', '.join(known)}", file=sys.stderr)
        return 2
    for name in arguments.claims or known:
        lab = Lab(arguments.data, arguments.weights, arguments.out, may_fit=not arguments.no_fits)
        try:
            measure(known[name], lab, arguments.seeds, repeat=arguments.repeat)
        except LookupError as missing:
            print(f"{name}: {missing}")
    into(PAGES / "index.md", summary(known))
    into(PAGES.parent / "vi" / "claims.md", vietnamese.summary(answers(known)))
    return 0


def measure(claim: Claim, lab: Lab, count: int, *, repeat: bool) -> None:
    """Measure one claim, write its numbers, its figure and its page, and print its table."""
    began = time.perf_counter()
    first = FIRST_REPEATED_SEED if repeat else 0
    rows = claim.rows(lab, range(first, first + count))
    if not any(row.counts for row in rows):
        raise LookupError("no row that could decide has its fits")
    again = PAGES / "numbers" / f"{claim.name}.repeated.csv"
    numbers(rows, lab.used, again if repeat else PAGES / "numbers" / f"{claim.name}.csv")
    print(f"\n## {claim.name}: {verdict(rows)}; {time.perf_counter() - began:.0f} s\n")
    for row in rows:
        print(f"  {row.where}: {row.value:.4g} ({row.low:.4g} to {row.high:.4g}) {row.answer if row.counts else ''}")
    if repeat:
        lab.used.clear()
        rows = claim.rows(lab, range(count))
    else:
        figure(claim, rows, PAGES / "figures" / f"{claim.name}.svg")
    more = claim.also(lab, range(count)) if claim.also else ""
    compared = same_answers(rows, again) if again.exists() else None
    into(PAGES / f"{claim.name}.md", measured_part(claim, rows, more, compared))


def same_answers(rows: list[Row], again: Path) -> str:
    """Return how many rows have the same answer as in the repetition."""
    other = verdict_in(again)
    pairs = [(row.answer, other[row.where]) for row in rows if row.counts and row.where in other]
    said = Counter(
        "same" if a == b else "opposite" if "cannot tell" not in (a, b) else "less or more sure" for a, b in pairs
    )
    rest = "".join(f", {said[kind]} {kind}" for kind in ("less or more sure", "opposite") if said[kind])
    return f"the same answer on {said['same']} of {len(pairs)} rows{rest} ([numbers](numbers/{again.name}))"


def summary(known: dict[str, Claim]) -> str:
    """Return the table of all claims."""
    lines = ["| the sentence | answer | measured |", "|---|---|---|"]
    for name, answer in answers(known):
        lines.append(f"| [{known[name].sentence}]({name}.md) | {answer} | {known[name].measure} |")
    return "\n".join(lines)


def answers(known: dict[str, Claim]) -> list[tuple[str, str]]:
    """Return the name of each claim and the answer that its page gives."""
    return [(name, answer_of(PAGES / f"{name}.md")) for name in known]


def parsed() -> argparse.Namespace:
    """Return the command line."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench claims", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("claims", nargs="*", metavar="NAME")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--weights", type=Path, default=Path("../shared/weights"))
    parser.add_argument("--out", type=Path, default=Path("build/claims"))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--repeat", action="store_true")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--no-fits", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
