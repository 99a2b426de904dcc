"""One model for several tasks: the accuracy of each task in a shared model against a model of its own."""

from __future__ import annotations

from collections.abc import Sequence

from cells import Cell, Lab
from claim import Claim, Row
from rows import SMALL, accuracy, available

LABELS = 200
GROUPS = (("cars+people+signs", SMALL), ("movie-polarity+movie-rating", "minilm"))
STRATEGY = "light"


def rows(lab: Lab, seeds: Sequence[int]) -> list[Row]:
    found = []
    for names, backbone in GROUPS:
        options = {"max_length": 64} if backbone == "minilm" else {"augment": "none", "views": 1}
        together = Cell(names, backbone, STRATEGY, 0, LABELS).but(**options)
        for task in names.split("+"):
            alone = together.but(data=task)
            kept = available(lab, seeds, together, alone)
            if not kept:
                continue
            shared, single = ([one.but(seed=seed) for seed in kept] for one in (together, alone))
            gain = lab.difference(shared, single, task)
            mean = sum(float(one.right[task].mean()) for one in lab.fits(shared)) / len(kept)
            more = (("shared", f"{mean:.3f}"), ("alone", f"{accuracy(lab, single):.3f}"))
            n = len(lab.fit(single[0]).right[task])
            ends = (gain.value, gain.low, gain.high)
            found.append(Row(f"{task}, with {others(names, task)}", *ends, n, len(kept), more=more))
    return found


def others(names: str, task: str) -> str:
    """Return the names of the tasks that share the backbone with ``task``."""
    return " and ".join(one for one in names.split("+") if one != task)


CLAIM = Claim(
    name="multi-task",
    sentence="One model for several tasks beats one model per task",
    measure="points of accuracy that sharing adds",
    rows=rows,
    scale=100,
)
