"""Tasks of unequal size on one backbone: does the small task suffer from the large ones, or they from it?"""

from __future__ import annotations

from collections.abc import Sequence

from cells import Cell, Lab
from claim import Claim, Row
from rows import SMALL, available

LABELS = 200
TASKS = ("cars", "people", "signs")
FEW = "cars"
COUNTS = (200, 60, 20)
"""Labels of the small task; the others keep LABELS."""


def rows(lab: Lab, seeds: Sequence[int]) -> list[Row]:
    found = []
    for count in COUNTS:
        alone = {
            task: Cell(task, SMALL, "light", 0, count if task == FEW else LABELS).but(augment="none", views=1)
            for task in TASKS
        }
        together = alone[TASKS[-1]].but(data="+".join(TASKS))
        if count != LABELS:
            together = together.but(fewer=((FEW, count),))
        ways = {"proportional": together, "equal": together.but(mixing="equal")} if count != LABELS else {"": together}
        for way, shared in ways.items():
            for task in TASKS:
                kept = available(lab, seeds, shared, alone[task])
                if not kept:
                    continue
                ours, theirs = ([one.but(seed=seed) for seed in kept] for one in (shared, alone[task]))
                gain = lab.difference(ours, theirs, task)
                means = [
                    sum(float(one.right[task].mean()) for one in lab.fits(cells)) / len(kept)
                    for cells in (ours, theirs)
                ]
                more = (("shared", f"{means[0]:.3f}"), ("alone", f"{means[1]:.3f}"))
                n, ends = len(lab.fit(theirs[0]).right[task]), (gain.value, gain.low, gain.high)
                where = f"{task}, {count} labels of {FEW}{way and ', ' + way}"
                counts = count != LABELS and way == "proportional"
                found.append(Row(where, *ends, n, len(kept), below=True, counts=counts, more=more))
    return found


CLAIM = Claim(
    name="equal-data",
    sentence="Tasks should have about equally much data",
    measure="points of accuracy that sharing adds",
    rows=rows,
    scale=100,
)
