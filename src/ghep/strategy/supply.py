"""The data that each stage of a plan trains on: examples, or cached activations of the frozen blocks.

In: a plan, two splits and the frozen part of the backbone. Out: features (N, D) for a stage that solves the head, a
source of batches per split for a stage that is trained. The first request fills the cache for the rest of the plan:
one pass over train and one over valid, for every boundary that a stage needs.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ghep.data.loading.batches import BatchSource, LabelledExamples
from ghep.data.loading.views import PLAIN, View, Views
from ghep.features.frozen import FrozenPart, StoredActivations
from ghep.features.store import StoreFullError
from ghep.messages import text_of
from ghep.strategy.caching import Caching, decide, may_store
from ghep.team import Team
from ghep.training.stage import Stage
from ghep.types import Finding

Key = tuple[int, tuple[View, ...]]
"""(boundary, views)"""


@dataclass
class Supply:
    """The data sources of a plan in progress."""

    stages: Sequence[Stage]
    train: LabelledExamples
    valid: LabelledExamples | None
    frozen: FrozenPart
    limit_bytes: int = 0
    """Most bytes of cached activations; 0: every stage runs its frozen blocks live."""
    say: Callable[[str], None] | None = None
    caching: Caching | None = None
    """Which stages use cached activations; None before the decision. A resumed run keeps the first decision."""
    team: Team = field(default_factory=Team)
    """The processes that train together: the first one decides, and each computes a part into a common store."""
    findings: list[Finding] = field(default_factory=list)
    _of_train: dict[Key, StoredActivations] = field(default_factory=dict)
    _of_valid: dict[int, StoredActivations] = field(default_factory=dict)

    def features(self, index: int, *, by_all: bool = True) -> dict[str, np.ndarray]:
        """Return split -> float32 features (N, D) of the plain view, for the solved stage ``index``.

        Without ``by_all``, only the first process of the team uses them; the others get none, which saves memory.
        """
        boundary = self.stages[index].frozen_blocks
        self._ready(index)
        if not (by_all or self.team.first):
            return {}
        found = {"train": self._of_train[boundary, (PLAIN,)].matrix()}
        return found if self.valid is None else {**found, "valid": self._of_valid[boundary].matrix()}

    def sources(self, index: int) -> tuple[BatchSource, BatchSource | None]:
        """Return the sources of batches of train and valid for stage ``index``."""
        caching, stage = self._decided(), self.stages[index]
        if index in caching.stored:
            self._ready(index)
        if index not in self._decided().stored:  # undone by _ready if the disk is full
            return self.train, self.valid
        boundary = stage.frozen_blocks
        return self._of_train[boundary, _views(stage)], self._of_valid.get(boundary)

    @property
    def stored(self) -> tuple[int, ...]:
        """Return the boundaries at which stages trained on cached activations."""
        indices = () if self.caching is None else self.caching.stored
        return tuple(sorted({self.stages[index].frozen_blocks for index in indices}))

    def _decided(self) -> Caching:
        """Return which stages use cached activations; the first call decides and reports the reasons."""
        if self.caching is None:
            self.caching = self.team.told(self._decide() if self.team.first else None)
            assert self.caching is not None
            for line in self.caching.reasons:
                if self.say is not None:
                    self.say(text_of("activations-line", line=line))
        return self.caching

    def _decide(self) -> Caching:
        if not any(map(may_store, self.stages)) or not self.limit_bytes:
            return Caching()
        name, noted = self._decision(), self.frozen.decisions.get(self._decision())
        if (stored := _stages_in(noted, len(self.stages))) is not None:
            return Caching(stored, (text_of("activations-decided-before"),))
        count = 0 if self.valid is None else len(self.valid)
        costs = self.frozen.costs(self.train)
        caching = decide(self.stages, costs, train=len(self.train), valid=count, limit_bytes=self.limit_bytes)
        noted = {"stored": list(caching.stored), "reasons": list(caching.reasons)}
        stored = _stages_in(self.frozen.decisions.put(name, noted), len(self.stages))
        return caching if stored is None else replace(caching, stored=stored)

    def _decision(self) -> str:
        """Return the name under which the decision for this plan is saved."""
        counts = [len(self.train), 0 if self.valid is None else len(self.valid), self.limit_bytes]
        text = json.dumps([[stage.to_json() for stage in self.stages], counts], sort_keys=True)
        return f"stages on stored activations, plan {hashlib.sha256(text.encode()).hexdigest()[:12]}"

    def _ready(self, index: int) -> None:
        """Compute the activations for stage ``index`` and, in the same pass, for the stages after it."""
        if self._has(index):
            return
        if self.team.size > 1:
            self._decided()
            for data, boundaries, options in self._requests(self._wanted(index)):
                self.frozen.share(self.team, data, boundaries, **options)
        self._compute(index)
        # If the activations have no space on one machine, no process trains on them.
        found = self.team.collected((self.caching, self.findings))
        self.caching, self.findings = min(found, key=lambda one: 0 if one[0] is None else len(one[0].stored))

    def _wanted(self, index: int) -> list[int]:
        """Return the indices of the stages whose activations are computed when stage ``index`` needs its own."""
        # If rows must be equal bit for bit, a resumed run makes the same requests as an uninterrupted one.
        first = 0 if self.frozen.engines.fixed else index
        return [i for i in range(first, len(self.stages)) if self._wants(i)]

    def _compute(self, index: int) -> None:
        wanted = self._wanted(index)
        try:
            self._fill(wanted, self.frozen)
        except StoreFullError as error:
            finding = Finding.of("store-full", "warning", cause=str(error))
            self.findings.append(finding)
            self.caching = Caching((), (finding.message,))
            self._fill([i for i in wanted if self.stages[i].head == "solve"], self.frozen.in_memory())

    def _wants(self, index: int) -> bool:
        return self.stages[index].head == "solve" or index in self._decided().stored

    def _has(self, index: int) -> bool:
        stage = self.stages[index]
        return (stage.frozen_blocks, _views(stage)) in self._of_train

    def _fill(self, indices: Sequence[int], frozen: FrozenPart) -> None:
        """Compute the activations for the stages ``indices``."""
        for data, boundaries, options in self._requests(indices):
            found = frozen.activations(data, boundaries, **options)
            if data is self.valid:
                self._of_valid |= found
            else:
                self._of_train |= {(boundary, options["views"]): one for boundary, one in found.items()}
        frozen.release(exact=False)  # held-out splits are still to be scored

    def _requests(self, indices: Sequence[int]) -> Iterator[tuple[LabelledExamples, set[int], dict[str, Any]]]:
        """Yield (data, boundaries, options) of each pass: one over valid, and one over train per set of views."""
        by_views: dict[tuple[View, ...], set[int]] = {}
        for index in indices:
            by_views.setdefault(_views(self.stages[index]), set()).add(self.stages[index].frozen_blocks)
        if self.valid is not None and by_views:  # first, because its exact rows may serve train as well
            yield self.valid, set().union(*by_views.values()), {"exact": True, "what": "valid"}
        for views, needed in by_views.items():
            yield self.train, needed, {"views": views}


def _views(stage: Stage) -> tuple[View, ...]:
    """Return the views of each example whose activations a stage caches; a head is solved on the plain view."""
    return (PLAIN,) if stage.head == "solve" else Views(stage.augment, stage.views).kept


def _stages_in(noted: Any, count: int) -> tuple[int, ...] | None:
    """Return the indices of the cached stages in a saved decision ``noted``; None if the decision is unusable."""
    stored = noted.get("stored") if isinstance(noted, Mapping) else None
    if isinstance(stored, list) and all(type(index) is int and 0 <= index < count for index in stored):
        return tuple(stored)
    return None
