"""LP-FT against full fine-tuning on test photos with noise, blur and less contrast, which training has not seen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from cells import Cell, Lab
from claim import Claim, Row
from corruptions import CORRUPTIONS
from rows import SMALL, difference

LABELS = 100
SETS = ("flowers17", "pets3", "hymenoptera")


def rows(lab: Lab, seeds: Sequence[int]) -> list[Row]:
    """Return a row for all changes together, one for each change and one for unchanged photos, for each set."""
    found = []
    for data in SETS:
        lp_ft = Cell(data, SMALL, "lp_ft", 0, LABELS)
        full = lp_ft.but(strategy="full")
        kept = [seed for seed in seeds if lab.has([one.but(seed=seed) for one in (lp_ft, full)], changed=True)]
        if not kept:
            continue
        for names in (tuple(CORRUPTIONS), *((name,) for name in CORRUPTIONS)):
            together = len(names) > 1
            ours, theirs = (table(lab, one, kept, names) for one in (lp_ft, full))
            one = lab.difference_of(ours, theirs, *([cell.but(seed=seed) for seed in kept] for cell in (lp_ft, full)))
            ends = (float(one.value), float(one.low), float(one.high))
            more = (("LP-FT", f"{ours.mean():.3f}"), ("full", f"{theirs.mean():.3f}"))
            where = f"{data}, {'all three' if together else names[0]}"
            counts = together and len(kept) > 1
            found.append(Row(where, *ends, ours.shape[1], len(kept), counts=counts, more=more))
        found += difference(lab, f"{data}, unchanged", kept, lp_ft, full, sides=("LP-FT", "full"), counts=False)
    return found


def table(lab: Lab, cell: Cell, seeds: Sequence[int], names: Sequence[str]) -> np.ndarray:
    """Return the share of the changes ``names`` with which each test photo is recognised, float (seeds, photos)."""
    fits = [lab.fit(cell.but(seed=seed), changed=True) for seed in seeds]
    return np.stack([np.mean([fitted.changed[name] for name in names], axis=0) for fitted in fits])


CLAIM = Claim(
    name="lp-ft-out-of-domain",
    sentence="LP-FT beats full fine-tuning out of domain",
    measure="points of accuracy: LP-FT minus full",
    rows=rows,
    scale=100,
)
