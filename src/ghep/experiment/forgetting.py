"""Measure in a run what training leaves of the source knowledge: ``guards/forgetting.py``, before and after.

In: a graft before training. Out: a ``Watch``, which holds what the backbone output before training; only small arrays,
no copy of its weights. A resumed run computes it again from the pretrained weights, before it loads its checkpoint.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from ghep.backbone.base import Backbone
from ghep.backbone.source_head import source_head
from ghep.experiment.graft import Graft
from ghep.experiment.options import RunOptions
from ghep.experiment.source_data import read_source_data
from ghep.guards.forgetting import (
    FEWEST_INPUTS,
    LEAST_INPUTS,
    Forgetting,
    Inspected,
    Snapshot,
    SourceScores,
    forgetting,
    inputs_for,
    nothing_forgotten,
    source_scores,
)
from ghep.guards.proof import Proof
from ghep.messages import Message
from ghep.types import Finding, Split

HELD_OUT: tuple[Split, ...] = ("valid", "test")
"""Splits whose inputs are used, without their labels."""


@dataclass(frozen=True)
class Watch:
    """A pretrained backbone before training."""

    backbone: Backbone
    inspected: Inspected | None = None
    """None if the plan moves no block."""
    before: Snapshot | None = None
    source: SourceScores | None = None
    """Scores on source data of a backbone that the plan does not move."""
    findings: tuple[Finding, ...] = ()

    def after(self, proof: Proof, phases: dict[str, float]) -> Forgetting:
        """Return what is left after training, of which ``proof`` says what moved; ``phases`` gets the seconds."""
        if self.inspected is None or self.before is None or "moved" not in proof.blocks.values():
            return nothing_forgotten(proof.blocks, self.source if self.before is None else self.before.source)
        began = time.perf_counter()
        found = forgetting(self.inspected, proof.blocks, self.before, self.inspected.snapshot(self.backbone))
        phases["forgetting"] = phases.get("forgetting", 0.0) + time.perf_counter() - began
        return found

    def left(self) -> dict[str, float]:
        """Return what is left at one alpha of an interpolation (``strategy/wise.py``).

        ``kept``: by ``Forgetting.measure``; with source data also ``source``, the accuracy there.
        """
        if self.inspected is None or self.before is None:
            return {}
        first = self.inspected.first
        blocks = {one.name: "frozen" if at < first else "moved" for at, one in enumerate(self.backbone.blocks())}
        found = forgetting(self.inspected, blocks, self.before, self.inspected.snapshot(self.backbone))
        return {"kept": found.kept} | ({} if found.source is None else {"source": found.source[1].accuracy.value})


def watch(made: Graft, name: str, options: RunOptions, phases: dict[str, float]) -> Watch | None:
    """Return the backbone of ``made``, loaded as ``name``, as it is before training.

    Return None if its weights are random, or if there are too few inputs to measure changes (``LEAST_INPUTS``) and no
    source data. ``phases`` gets the seconds. Raises ConfigError or DataError if source data are given and cannot be
    used.
    """
    backbone, stages = made.backbone, made.plan.stages
    if not backbone.card.pretrained:
        return None
    first = min(stage.frozen_blocks for stage in stages)
    still = first == len(backbone.blocks())
    if still and options.source_data is None:
        return Watch(backbone)
    began = time.perf_counter()
    head, source = source_head(name, backbone), None
    if not isinstance(head, Message) and len(head.weight) < 2:
        head = Message("source-head-of-number")
    if options.source_data is not None:
        limit, workers = options.cache_size, options.workers
        source = read_source_data(options.source_data, backbone, head, limit_bytes=limit, workers=workers)
    known, no_head = (None, head) if isinstance(head, Message) else (head, None)
    findings = () if source is None else source.findings
    if still:
        assert known is not None and source is not None
        scores = source_scores(backbone, known, source, workers=options.workers)
        found = Watch(backbone, source=scores, findings=findings)
    else:
        split = split_of({split: len(data) for split, data in made.splits.items()})
        data = made.splits[split]
        if len(data) < LEAST_INPUTS and source is None:
            return None
        seen = sum(stage.epochs for stage in stages) * len(made.splits["train"])
        places = inputs_for(seen, len(data))
        inspected = Inspected(data, split, places, first, known, no_head, source, options.workers)
        found = Watch(backbone, inspected, inspected.snapshot(backbone), findings=findings)
    phases["forgetting"] = time.perf_counter() - began
    return found


def split_of(counts: Mapping[Split, int]) -> Split:
    """Return the split whose inputs are measured; ``counts``: split -> number of examples.

    It is valid if it has enough inputs (``FEWEST_INPUTS``), else test, else the larger of both, and train if neither
    has the ``LEAST_INPUTS``.
    """
    enough = [split for split in HELD_OUT if counts.get(split, 0) >= FEWEST_INPUTS]
    larger = enough[0] if enough else max(HELD_OUT, key=lambda split: counts.get(split, 0))
    return larger if counts.get(larger, 0) >= LEAST_INPUTS else "train"


def unused_source_data(watched: Watch | None, options: RunOptions) -> tuple[Finding, ...]:
    """Return a finding if source data were given for a backbone with random weights."""
    if watched is not None or options.source_data is None:
        return ()
    return (Finding.of("source-data-unused", "info"),)
