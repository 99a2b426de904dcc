"""The frozen part of a backbone over examples: computed once, kept in the store, handed out as batches.

In: a backbone, examples and the boundaries that are wanted. Out: one source of batches per boundary, whose inputs are
the activations there. What the store lacks is computed in one pass for all boundaries and views, by the fastest
engine that agrees with plain float32 on a sample of the same examples.

Splits that are scored ask for ``exact``: then only engines that compute in float32 are used and rows are kept in
float32, so that what is measured is what the deployed model, plain float32, will say. Training rows may be half
precision.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ghep.backbone.base import Backbone
from ghep.backbone.blocks import evaluating
from ghep.data.loader import LabelledExamples, batches_in_order
from ghep.data.padded import Inputs, as_rows, from_rows
from ghep.data.views import PLAIN, View
from ghep.errors import BackboneError
from ghep.features.costs import Costs, seconds_each, shares_of_time
from ghep.features.engines.choose import CANDIDATES, Choice, choose_engine
from ghep.features.engines.engine import torch_bfloat16
from ghep.features.store import (
    ActivationStore,
    Cause,
    DiskTable,
    Maker,
    MemoryTable,
    StoreFullError,
    StoreGoneError,
    Table,
)
from ghep.types import Finding

BATCH = 32
SAMPLE = 16
"""Examples on which engines are compared."""


@dataclass(frozen=True)
class StoredActivations:
    """A source of batches whose inputs are stored activations: nothing is decoded and no frozen block runs."""

    data: LabelledExamples
    boundary: int
    digests: tuple[str, ...]
    """By place."""
    rows: Mapping[tuple[View, str], np.ndarray]
    """(view, digest) -> one row: maps channels last, sequences without what fills them up."""

    @property
    def targets(self) -> Mapping[str, np.ndarray]:
        """Task name -> int64 (N,); -1 is unlabelled."""
        return self.data.targets

    def __len__(self) -> int:
        return len(self.digests)

    def name(self, place: int) -> str:
        """Return the id of the example at ``place``."""
        return self.data.name(place)

    @property
    def lengths(self) -> np.ndarray | None:
        """Return the positions (N,) of each example."""
        return self.data.lengths

    def inputs(self, places: np.ndarray, views: Sequence[View]) -> Inputs:
        """Gather rows, as float32; maps come as (N, C, H, W) in channels-last memory, sequences padded."""
        found = [self.rows[view, self.digests[place]] for place, view in zip(places, views, strict=True)]
        return from_rows(found, ragged=self.lengths is not None and found[0].ndim == 2)

    def matrix(self, view: View = PLAIN) -> np.ndarray:
        """Return all rows in order, float32: for features (N, D)."""
        return np.stack([self.rows[view, digest] for digest in self.digests]).astype(np.float32, copy=False)


@dataclass
class Pass:
    """What was asked of the frozen part, and what it cost: a line of the run's record."""

    what: str
    boundaries: tuple[int, ...]
    views: int
    engine: str
    computed: int = 0
    """Examples (times views) that went through the network."""
    reused: int = 0
    """Examples (times views) that did not have to."""
    seconds: float = 0.0
    """Without what choosing and setting up an engine took."""
    bytes: int = 0
    """Written."""


@dataclass(frozen=True)
class Engines:
    """How engines are chosen: ``wanted`` is a name or ``auto``; ``allowed`` says whether rows may be half precision."""

    wanted: str = "auto"
    half: bool = True

    def name(self, *, exact: bool) -> str:
        """Return whom to ask for: a half-precision engine that was wanted is none for exact rows."""
        inexact = {candidate.name for candidate in CANDIDATES if not candidate.exact}
        return "auto" if exact and self.wanted in inexact else self.wanted


class FrozenPart:
    """The leading blocks of ``backbone`` as they were when this was made; they must not change while it is used."""

    def __init__(
        self,
        backbone: Backbone,
        *,
        store: ActivationStore | None = None,
        fingerprints: Mapping[str, str] | None = None,
        engines: Engines | None = None,
        workers: int = 2,
        expected: int = 0,
        progress: Callable[[str, int, int], None] | None = None,
    ) -> None:
        self.backbone = backbone
        self.expected = expected
        """Examples of all splits together: what an exact engine has before it, whichever split comes first."""
        self.store = store
        self.fingerprints = dict(fingerprints or backbone.fingerprints())
        self.engines = engines or Engines()
        self.workers = workers
        self.progress = progress
        self.passes: list[Pass] = []
        self.findings: list[Finding] = []
        self.records: dict[str, Any] = {}
        """What was measured of each engine, by purpose."""
        self.choosing_seconds = 0.0
        """Spent on trying engines and setting them up."""
        self._memory: dict[tuple[str, Maker], MemoryTable] = {}
        self._chosen: dict[tuple[tuple[int, ...], bool], Choice] = {}
        self._weights: dict[int, str] = {}

    def activations(
        self,
        data: LabelledExamples,
        boundaries: Iterable[int],
        *,
        views: Sequence[View] = (PLAIN,),
        exact: bool = False,
        what: str = "train",
    ) -> dict[int, StoredActivations]:
        """Return a source of batches for each boundary, with every example in every one of ``views``.

        Raises StoreFullError when the rows do not fit the store's bound or the disk.
        """
        return _Request(self, data, tuple(sorted(set(boundaries))), tuple(views), exact, what).answer()

    def holds(self, data: LabelledExamples, boundaries: Iterable[int], *, views: Sequence[View], exact: bool) -> bool:
        """Whether everything is in the store already."""
        request = _Request(self, data, tuple(sorted(set(boundaries))), tuple(views), exact, "")
        return request.complete() is not None

    def unmoved(self) -> int:
        """Return how many leading blocks of the backbone are bit for bit what they were."""
        now = self.backbone.fingerprints()
        for index in range(len(self.backbone.blocks())):
            if any(now[name] != self.fingerprints[name] for name in self.backbone.block_tensors(index)):
                return index
        return len(self.backbone.blocks())

    def in_memory(self) -> FrozenPart:
        """Return the same without a store: what is computed is kept while this lives."""
        return FrozenPart(
            self.backbone,
            fingerprints=self.fingerprints,
            engines=self.engines,
            workers=self.workers,
            expected=self.expected,
            progress=self.progress,
        )

    def release(self, *, exact: bool) -> None:
        """Let go of the engines for training, and of the exact ones: each holds the weights in a layout of its own.

        The next pass that needs one chooses and makes it again.
        """
        self._chosen = {key: choice for key, choice in self._chosen.items() if key[1] and not exact}

    def costs(self, data: LabelledExamples, boundaries: tuple[int, ...], *, images: int) -> Costs:
        """Return what a pass costs, measured on a sample of ``data`` the first time and noted in the store for later.

        So a run that finds its rows in the store decides as the one that stored them did, and runs no block at all.
        """
        last = len(self.backbone.blocks())
        length = 1 if data.lengths is None else round(float(data.lengths.mean()))
        name = (
            f"costs-{self.cause(data, last, PLAIN).key}-{'.'.join(map(str, boundaries))}-{length}-{self.engines.wanted}"
        )
        noted = self.store.note(name) if self.store is not None else None
        if noted is not None:
            with suppress(KeyError, TypeError, ValueError):
                return Costs.from_json(noted)
        choice = self.engine_for(data, boundaries, exact=False, images=images)
        sample = self._sample(data)
        # The training loop takes the number format that is fastest there; it cannot use any other engine.
        live = seconds_each(torch_bfloat16(self.backbone, (last,)), sample)
        costs = Costs(
            1 / choice.examples_per_second,
            min(live, 1 / (choice.trials[0].examples_per_second or math.inf)),
            shares_of_time(self.backbone, sample),
            tuple(self.row_bytes(data, boundary, half=True) if boundary else 0 for boundary in range(last + 1)),
        )
        if self.store is not None:
            self.store.write_note(name, costs.to_json())
        return costs

    def _sample(self, data: LabelledExamples) -> Inputs:
        """Return the inputs of a few examples from all over ``data``."""
        places = np.unique(np.linspace(0, len(data) - 1, min(SAMPLE, len(data))).astype(int))
        return data.inputs(places, [PLAIN] * len(places))

    def row_bytes(self, data: LabelledExamples, boundary: int, *, half: bool) -> int:
        """Return the mean size of one row."""
        elements = self.backbone.row_elements(boundary)
        if boundary == len(self.backbone.blocks()):
            half = False
        whole = boundary == len(self.backbone.blocks()) and not self.backbone.ragged_features
        positions = 1.0 if whole or data.lengths is None else float(data.lengths.mean())
        return math.ceil((2 if half else 4) * elements * positions)

    def cause(self, data: LabelledExamples, boundary: int, view: View) -> Cause:
        """Return everything that decides a row of ``data`` beside its content."""
        if boundary not in self._weights:
            self._weights[boundary] = self.backbone.fingerprint(boundary, of=self.fingerprints)
        return Cause(
            weights=self._weights[boundary],
            boundary=boundary,
            preprocess=data.preprocess.identity(),
            view=json.dumps(view.to_json(), sort_keys=True),
        )

    def tables(self, cause: Cause) -> Sequence[Table]:
        """Return the tables there are for ``cause``."""
        if self.store is not None:
            return self.store.tables(cause)
        return [table for (key, _), table in self._memory.items() if key == cause.key]

    def table(self, cause: Cause, maker: Maker) -> Table:
        """Return the table of ``maker`` for ``cause``, made if it is not there."""
        if self.store is not None:
            return self.store.table(cause, maker, self.records)
        return self._memory.setdefault((cause.key, maker), MemoryTable(maker))

    def engine_for(self, data: LabelledExamples, boundaries: tuple[int, ...], *, exact: bool, images: int) -> Choice:
        """Return the engine for a pass over ``images`` examples like those of ``data``, measured on a few of them."""
        key = (boundaries, exact)
        if key not in self._chosen:
            began = time.perf_counter()
            sample = self._sample(data)
            candidates = [one for one in CANDIDATES if one.exact or not exact]
            wanted = self.engines.name(exact=exact)
            known = None if exact else self._chosen.get((boundaries, True))
            images = max(images, self.expected) if exact else images
            choice = choose_engine(
                self.backbone, sample, boundaries, images=images, wanted=wanted, candidates=candidates, known=known
            )
            self.records["scored splits" if exact else "training"] = choice.to_json()
            said = {(one.code, one.items) for one in self.findings}  # at other boundaries, of other examples
            self.findings += [one for one in choice.findings if (one.code, one.items) not in said]
            self._chosen[key] = choice
            self.choosing_seconds += time.perf_counter() - began
        return self._chosen[key]


@dataclass
class _Request:
    """One call of ``activations``: what is there, what is missing, and the pass that fills it."""

    part: FrozenPart
    data: LabelledExamples
    boundaries: tuple[int, ...]
    views: tuple[View, ...]
    exact: bool
    what: str
    places: dict[str, int] = field(init=False)
    """Digest -> the first place it is at: equal files are computed once."""

    def __post_init__(self) -> None:
        self.places = {}
        for place in range(len(self.data)):
            self.places.setdefault(self.data.digest(place), place)

    def answer(self) -> dict[int, StoredActivations]:
        for _ in range(2):
            with suppress(StoreGoneError):
                return self._answer()
        return self._answer()

    def _answer(self) -> dict[int, StoredActivations]:
        began, chosen = time.perf_counter(), self.part.choosing_seconds
        engine = self.complete()
        count = len(self.places) * len(self.views)
        done = Pass(self.what, self.boundaries, len(self.views), engine or "", reused=count)
        if engine is None:
            engine = done.engine = self._compute(done)
        digests = tuple(self.data.digest(place) for place in range(len(self.data)))
        found = {
            boundary: StoredActivations(self.data, boundary, digests, self._rows(engine, boundary))
            for boundary in self.boundaries
        }
        done.seconds = time.perf_counter() - began - (self.part.choosing_seconds - chosen)
        self.part.passes.append(done)
        return found

    def complete(self) -> str | None:
        """Return the engine that made all of the rows that are wanted, if one did; an exact one rather than another."""
        counts: dict[tuple[bool, str], int] = {}
        for boundary in self.boundaries:
            for view in self.views:
                best: dict[tuple[bool, str], int] = {}
                for maker, rows in self._found(boundary, view):
                    key = (not maker.exact, maker.engine)
                    best[key] = max(best.get(key, 0), len(rows))
                for key, count in best.items():
                    counts[key] = counts.get(key, 0) + count
        wanted = len(self.boundaries) * len(self.views) * len(self.places)
        return min((key for key, count in counts.items() if count == wanted), default=(False, None))[1]

    def _found(self, boundary: int, view: View) -> Iterator[tuple[Maker, Mapping[str, np.ndarray]]]:
        """Yield, for each maker whose rows may be used, the rows there are."""
        wanted = self.part.engines.name(exact=self.exact)
        for table in self.part.tables(self.part.cause(self.data, boundary, view)):
            if (table.maker.exact or not self.exact) and wanted in ("auto", table.maker.engine.split("/")[0]):
                yield table.maker, table.find(self.places)
                self._report_damage(table)

    def _rows(self, engine: str, boundary: int) -> dict[tuple[View, str], np.ndarray]:
        rows: dict[tuple[View, str], np.ndarray] = {}
        for view in self.views:
            of_engine = [found for maker, found in self._found(boundary, view) if maker.engine == engine]
            found = max(of_engine, key=len, default={})
            if len(found) < len(self.places):
                raise StoreGoneError("rows were deleted by another process while they were gathered")
            rows |= {(view, digest): row for digest, row in found.items()}
        return rows

    def _compute(self, done: Pass) -> str:
        """Run what is missing through an engine; return its identity, under which every row can be found now."""
        images = len(self.places) * len(self.views)
        choice = self.part.engine_for(self.data, self.boundaries, exact=self.exact, images=images)
        half = self._bears_half(choice)
        try:
            self._fill(choice, done, half=half)
        except FloatingPointError:
            if not half:
                raise BackboneError(
                    f"{self.part.backbone.card.name} puts out NaN or infinity for these examples",
                    remedy="check the weights and their preprocessing (mean, std), or choose another backbone",
                ) from None
            self._fill(choice, done, half=False)  # one example went beyond what half precision can hold
        return choice.engine.identity

    def _fill(self, choice: Choice, done: Pass, *, half: bool) -> None:
        tables = {
            (boundary, view): self.part.table(
                self.part.cause(self.data, boundary, view), self._maker(choice, boundary, half=half)
            )
            for boundary in self.boundaries
            for view in self.views
        }
        self._make_room(tables)
        done.computed = done.reused = 0
        for view in self.views:
            of_view = {boundary: tables[boundary, view] for boundary in self.boundaries}
            missing = {k: self.places.keys() - table.find(self.places).keys() for k, table in of_view.items()}
            places = np.array(sorted({self.places[digest] for lacking in missing.values() for digest in lacking}), int)
            done.computed += len(places)
            done.reused += len(self.places) - len(places)
            if len(places):
                done.bytes += self._run(choice, view, of_view, missing, places)

    def _run(
        self,
        choice: Choice,
        view: View,
        tables: Mapping[int, Table],
        missing: Mapping[int, set[str]],
        places: np.ndarray,
    ) -> int:
        """One pass over the examples at ``places``; return the bytes that were written."""
        part, written, seen = self.part, 0, 0
        with ExitStack() as stack:
            writers = {boundary: stack.enter_context(table.writer()) for boundary, table in tables.items()}
            # no_grad, not inference_mode: heads are trained on these tensors afterwards.
            stack.enter_context(torch.no_grad())
            stack.enter_context(evaluating(part.backbone))
            batches = batches_in_order(self.data, batch_size=BATCH, workers=part.workers, view=view, places=places)
            for batch in batches:
                for boundary, out in zip(tables, choice.engine(batch.inputs), strict=True):
                    rows = _finite_rows(out, tables[boundary].maker.dtype)
                    for place, row in zip(batch.indices, rows, strict=True):
                        digest = self.data.digest(int(place))
                        if digest in missing[boundary]:
                            writers[boundary].add(digest, row)
                            written += row.nbytes
                seen += len(batch.indices)
                if part.progress is not None:
                    part.progress(f"features of {self.what}", seen, len(places))
        return written

    def _maker(self, choice: Choice, boundary: int, *, half: bool) -> Maker:
        """Features are small, and a head is solved on them: they stay float32."""
        inner = boundary < len(self.part.backbone.blocks())
        return Maker(choice.engine.identity, "float16" if half and inner else "float32", choice.engine.exact)

    def _bears_half(self, choice: Choice) -> bool:
        inner = [boundary for boundary in self.boundaries if boundary < len(self.part.backbone.blocks())]
        return bool(inner) and not self.exact and self.part.engines.half and all(choice.half[k] for k in inner)

    def _make_room(self, tables: Mapping[tuple[int, View], Table]) -> None:
        store = self.part.store
        if store is None:
            return
        each = sum(
            self.part.row_bytes(self.data, k, half=table.maker.dtype == "float16") for (k, _), table in tables.items()
        )
        keep = [table.path for table in tables.values() if isinstance(table, DiskTable)]
        if not store.make_room(each * len(self.places), keep=keep):
            needed, limit = each * len(self.places) / 2**30, store.limit_bytes / 2**30
            raise StoreFullError(f"{needed:.1f} GiB of activations do not fit {limit:.1f} GiB")

    def _report_damage(self, table: Table) -> None:
        if isinstance(table, DiskTable) and table.damaged:
            message = f"{len(table.damaged)} segments of stored activations were damaged and are computed again"
            items = tuple(sorted(table.damaged))
            self.part.findings.append(Finding("store-damaged", "warning", message, "check the disk", items))
            table.damaged = set()


def default_folder() -> Path:
    """Return where the store lies unless it is named: ``GHEP_CACHE``, or ``ghep`` in the user's cache folder."""
    import os

    given = os.environ.get("GHEP_CACHE")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(given) if given else cache / "ghep" / "activations"


def passes_in_json(part: FrozenPart) -> dict[str, Any]:
    """Return what the frozen part did, in plain values for the run's record."""
    return {
        "passes": [asdict(one) for one in part.passes],
        "engines": dict(part.records),
        "choosing_seconds": part.choosing_seconds,
    }


def _finite_rows(out: Inputs, dtype: str) -> list[np.ndarray]:
    rows = as_rows(out, dtype)
    if not all(np.isfinite(row).all() for row in rows):
        raise FloatingPointError(f"activations are not finite as {dtype}")
    return rows
