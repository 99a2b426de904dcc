"""Run the frozen part of a backbone on examples once, cache the activations, and provide them as batches.

In: a backbone, examples and the requested boundaries. Out: one source of batches per boundary, whose inputs are the
activations at that boundary. A row is the activation of one view of one example. Rows that the store lacks are computed
in one pass for all boundaries and views, by the fastest engine that agrees with plain float32 on a sample of the same
examples.

Splits that are scored request ``exact`` rows: only engines that compute in float32 are used, and rows are stored in
float32, so that the measured scores are those of the deployed model, which is plain float32. Training rows may be in
half precision.

The engine of exact rows is chosen by counting operations, that of training rows by measuring time. Measured choices are
saved (``decisions.py``) and used again by all runs that share the saved decisions.

A row can differ in its last bits if it is computed in another batch. A cached exact row is therefore used only if it
was computed in a pass over the same examples: scores do not depend on what else is in the store, and evaluating a
bundle gives the scores of its run. If training must not depend on the store either (``Engines.fixed``), a cached
training row is used only if it was computed in a pass over the same examples and the same boundaries, and no time is
measured.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import math
import os
import platform
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext, suppress
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ghep.backbone.base import Backbone
from ghep.backbone.blocks import evaluating
from ghep.cluster.connect import Cluster
from ghep.data.loading.batches import LabelledExamples, batches_of, chunks_in_order, spaced
from ghep.data.loading.padded import Inputs, finite_rows, from_rows
from ghep.data.loading.views import PLAIN, View
from ghep.errors import BackboneError
from ghep.features.costs import Costs, counted_seconds, typical_example
from ghep.features.decisions import Decisions
from ghep.features.engines.cached import keep_choice, kept_choice
from ghep.features.engines.choose import CANDIDATES, Choice, choose_engine, exact_engine
from ghep.features.engines.choose import PLAIN as REFERENCE
from ghep.features.engines.openvino_runtime import is_installed as openvino_is_installed
from ghep.features.on_disk import is_large, matrix_on_disk
from ghep.features.options import FeatureOptions
from ghep.features.remote import Rows, remote_rows, worth_sending
from ghep.features.store import (
    ActivationStore,
    Cause,
    DiskTable,
    Maker,
    MemoryTable,
    StoreFullError,
    StoreGoneError,
    Table,
    opened_store,
)
from ghep.messages import Message, text_of
from ghep.model.memory import RowsAtOnce
from ghep.storage.lock import one_at_a_time
from ghep.team import Team
from ghep.types import Finding

BATCH = 32
SAMPLE = 16
"""Examples on which engines are compared."""
COMPILED_SHARE = 0.6
"""Time of a compiled engine divided by that of the training loop's forward pass: 0.2 to 0.7 (docs/decisions/0006)."""


@dataclass(frozen=True)
class StoredActivations:
    """A source of batches whose inputs are cached activations: no example is decoded and no frozen block runs."""

    data: LabelledExamples
    boundary: int
    digests: tuple[str, ...]
    """Content digest of each example."""
    rows: Mapping[tuple[View, str], np.ndarray]
    """(view, digest) -> the activation of one example: images channels last, sequences without padding."""
    scratch: Path | None = None
    """Folder for a matrix that is too large for memory; None: every matrix is in memory."""

    @property
    def targets(self) -> Mapping[str, np.ndarray]:
        """Task name -> targets of the examples (N, ...); -1 or NaN is unlabelled."""
        return self.data.targets

    @property
    def weights(self) -> np.ndarray | None:
        """Weight of each example in the training loss (N,); None: all equal."""
        return self.data.weights

    def __len__(self) -> int:
        return len(self.digests)

    def name(self, place: int) -> str:
        """Return the id of example number ``place``."""
        return self.data.name(place)

    @property
    def lengths(self) -> np.ndarray | None:
        """Length of each example in positions (N,); None if all have the same length."""
        return self.data.lengths

    def inputs(self, places: np.ndarray, views: Sequence[View]) -> Inputs:
        """Return the cached activations of the examples at ``places``, one view for each, in float32.

        Feature maps are (N, C, H, W) in channels-last memory, sequences are padded.
        """
        found = [self.rows[view, self.digests[place]] for place, view in zip(places, views, strict=True)]
        return from_rows(found, ragged=self.lengths is not None and found[0].ndim == 2)

    def matrix(self, view: View = PLAIN) -> np.ndarray:
        """Return the activations of all examples in order, float32 (N, ...); for features (N, D).

        Features that are too many for memory are in a mapped scratch file. Raises ConfigError if the disk has no space.
        """
        rows = (self.rows[view, digest] for digest in self.digests)
        shape = (len(self.digests), *self.rows[view, self.digests[0]].shape) if self.digests else ()
        if self.scratch is not None and len(shape) == 2 and is_large(shape):
            return matrix_on_disk(rows, shape, self.scratch)
        return np.stack(list(rows)).astype(np.float32, copy=False)


@dataclass
class Pass:
    """One request for activations and its cost, as recorded in the run folder."""

    what: str
    boundaries: tuple[int, ...]
    views: int
    engine: str
    computed: int = 0
    """Examples times views that were computed."""
    reused: int = 0
    """Examples times views that were found in the store."""
    seconds: float = 0.0
    """Time of the request, without choosing and setting up an engine."""
    bytes: int = 0
    """Bytes written."""


@dataclass(frozen=True)
class Engines:
    """How engines are chosen.

    ``wanted`` is an engine's name or ``auto``. ``half`` says whether training rows may be stored in half precision.
    """

    wanted: str = "auto"
    half: bool = True
    fixed: bool = False
    """Whether rows must not depend on the machine's load or the store: they are bit-identical and nothing is timed."""

    def name(self, *, exact: bool) -> str:
        """Return the requested engine; ``auto`` if rows must be ``exact`` and that engine is not float32."""
        inexact = {candidate.name for candidate in CANDIDATES if not candidate.exact}
        return "auto" if exact and self.wanted in inexact else self.wanted


class FrozenPart:
    """Runs the leading blocks of ``backbone`` on examples. Their weights must not change while the object is used."""

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
        cluster: Cluster | None = None,
    ) -> None:
        self.backbone = backbone
        self.expected = expected
        """Number of examples in all splits, by which an exact engine is chosen whichever split is requested first."""
        self.store = store
        self.fingerprints = dict(fingerprints or backbone.fingerprints())
        self.engines = engines or Engines()
        self.decisions = Decisions()
        """Choices made by measuring time; a caller that keeps decisions in files replaces this attribute."""
        self.workers = workers
        self.progress = progress
        self.cluster = cluster
        """The nodes that compute rows; None: this process does. The rows are the same."""
        self.passes: list[Pass] = []
        self.findings: list[Finding] = []
        self.records: dict[str, Any] = {}
        """Measurements of each engine, by purpose."""
        self.exact_engine = ""
        """Name of the engine of the latest exact rows; empty if no exact rows were requested."""
        self.choosing_seconds = 0.0
        """Seconds spent on trying engines and setting them up."""
        self.at_once = RowsAtOnce()
        """How many rows of a batch fit into the memory of the device."""
        self._memory: dict[tuple[str, Maker], MemoryTable] = {}
        self._chosen: dict[tuple[tuple[int, ...], bool], Choice] = {}
        self._weights: dict[int, str] = {}
        self._seconds: tuple[float, ...] | None = None

    @property
    def device(self) -> torch.device:
        """Device of the backbone's weights."""
        return next(self.backbone.parameters()).device

    def activations(
        self,
        data: LabelledExamples,
        boundaries: Iterable[int],
        *,
        views: Sequence[View] = (PLAIN,),
        exact: bool = False,
        what: str = "train",
    ) -> dict[int, StoredActivations]:
        """Return boundary -> the activations of all examples in all ``views``, as a source of batches.

        Rows that the store lacks are computed. ``exact`` rows are float32; ``what`` is the name of the data, for the
        record. Raises StoreFullError if the rows exceed the store's limit or the free disk space, and BackboneError if
        they are not finite.
        """
        return _Request(self, data, tuple(sorted(set(boundaries))), tuple(views), exact, what).answer()

    def share(
        self,
        team: Team,
        data: LabelledExamples,
        boundaries: Iterable[int],
        *,
        views: Sequence[View] = (PLAIN,),
        exact: bool = False,
        what: str = "train",
    ) -> None:
        """Compute the rows that ``activations`` will find, each process of ``team`` a part, into their common store.

        Nothing is computed if the rows are there, or if the processes have no store in common; they then know the
        engine that the first one has chosen. A part that fails is left to ``activations``.
        """
        if team.size == 1:
            return
        common = self._is_store_common(team)
        request = _Request(self, data, tuple(sorted(set(boundaries))), tuple(views), exact, what)
        engine = team.told(request.complete())
        if team.first and engine is None:
            request.prepare()
        elif team.first and engine is not None:
            self.note(engine.split("/")[0], exact=exact)
        for name, content in team.told(self.decisions.known).items():
            self.decisions.put(name, content)
        if engine is not None or not common:
            return
        began, done = time.perf_counter(), Pass(what, request.boundaries, len(request.views), "")
        with suppress(FloatingPointError, StoreFullError):
            request.compute_share(team, done)
        computed = sum(team.collected(done.computed))  # and wait until all rows are in the store
        self.passes.append(replace(done, computed=computed, seconds=time.perf_counter() - began))

    def _is_store_common(self, team: Team) -> bool:
        """Whether the processes of ``team`` have one store: each sees a file that the first one writes there."""
        if team.any(self.store is None) or self.store is None:
            return False
        path = self.store.folder / team.told(f".seen-by-all-{secrets.token_hex(8)}")
        with suppress(OSError):
            if team.first:
                path.touch()
        team.collected(None)
        common = not team.any(not path.exists())
        if team.first:
            path.unlink(missing_ok=True)
        return common

    def features(self, data: LabelledExamples, *, exact: bool = True, what: str = "train") -> np.ndarray:
        """Return the features (N, D) of all examples, float32; they are kept in memory if the store is full.

        ``exact`` and ``what`` as in ``activations``.
        """
        last = len(self.backbone.blocks())
        try:
            found = self.activations(data, [last], exact=exact, what=what)
        except StoreFullError:  # features are small
            found = self.in_memory().activations(data, [last], exact=exact, what=what)
        return found[last].matrix()

    def holds(self, data: LabelledExamples, boundaries: Iterable[int], *, views: Sequence[View], exact: bool) -> bool:
        """Whether the store has the activations of all examples of ``data`` at all ``boundaries``, in all ``views``."""
        request = _Request(self, data, tuple(sorted(set(boundaries))), tuple(views), exact, "")
        return request.complete() is not None

    def unmoved(self) -> int:
        """Return how many leading blocks of the backbone are unchanged, bit for bit, since this object was made."""
        now = self.backbone.fingerprints()
        for index in range(len(self.backbone.blocks())):
            if any(now[name] != self.fingerprints[name] for name in self.backbone.block_tensors(index)):
                return index
        return len(self.backbone.blocks())

    def shortens_scoring(self, data: LabelledExamples, boundary: int, *, images: int) -> bool:
        """Whether activations at ``boundary`` save time in scoring ``images`` examples like ``data``, by counted work.

        The blocks after the boundary run in plain PyTorch, the whole network by the exact engine, which may be faster.
        """
        if self._by_count(data, images, exact=True) == REFERENCE or self.backbone.ragged_features:
            return True
        return self.costs(data).tail(boundary) <= 1

    def in_memory(self) -> FrozenPart:
        """Return a copy of this object that keeps activations in memory and not in the store."""
        part = FrozenPart(
            self.backbone,
            fingerprints=self.fingerprints,
            engines=self.engines,
            workers=self.workers,
            expected=self.expected,
            progress=self.progress,
            cluster=self.cluster,
        )
        part.decisions, part.at_once = self.decisions, self.at_once
        return part

    def release(self, *, exact: bool) -> None:
        """Free the engines that compute training rows, and with ``exact`` also the exact one, for held-out splits.

        An engine may hold a copy of the weights. The next pass that needs a freed engine chooses and makes it again.
        """
        self._chosen = {key: choice for key, choice in self._chosen.items() if key[1] and not exact}

    def costs(self, data: LabelledExamples) -> Costs:
        """Return the costs of a pass over one example, counted on an example of ``data``, not measured."""
        last, seconds = len(self.backbone.blocks()), self._counted(data)
        total = max(seconds[-1], 1e-12)
        on_cpu = self.device.type == "cpu"
        compiled = on_cpu and not self.engines.wanted.startswith("torch") and openvino_is_installed()
        return Costs(
            live_seconds=total,
            pass_seconds=(COMPILED_SHARE if compiled else 1.0) * total,
            shares=tuple(end / total for end in seconds),
            row_bytes=tuple(
                self.row_bytes(data, boundary, half=True) if boundary else 0 for boundary in range(last + 1)
            ),
            weights=self._weights_before(),
        )

    def _weights_before(self) -> tuple[float, ...]:
        """Return the fraction of the backbone's weights that lie before each boundary, from 0.0 to 1.0."""
        blocks = range(len(self.backbone.blocks()))
        sizes = [sum(one.numel() for one in self.backbone.block_parameters(index).values()) for index in blocks]
        return (0.0, *(float(end) / max(1, sum(sizes)) for end in itertools.accumulate(sizes)))

    def _counted(self, data: LabelledExamples) -> tuple[float, ...]:
        if self._seconds is None:
            self._seconds = counted_seconds(self.backbone, typical_example(data))
        return self._seconds

    def _sample(self, data: LabelledExamples) -> Inputs:
        """Return the inputs of at most ``SAMPLE`` examples, evenly spaced in ``data``, on which engines are tried."""
        places = sample_places(len(data))
        return data.inputs(places, [PLAIN] * len(places))

    def row_bytes(self, data: LabelledExamples, boundary: int, *, half: bool) -> int:
        """Return the mean number of bytes of the activation of one example at ``boundary``; ``half``: in float16."""
        elements = self.backbone.row_elements(boundary)
        if boundary == len(self.backbone.blocks()):
            half = False
        whole = boundary == len(self.backbone.blocks()) and not self.backbone.ragged_features
        positions = 1.0 if whole or data.lengths is None else float(data.lengths.mean())
        return math.ceil((2 if half else 4) * elements * positions)

    def cause(self, data: LabelledExamples, boundary: int, view: View) -> Cause:
        """Return the key of the table of activations: weights up to ``boundary``, preprocessing and ``view``."""
        if boundary not in self._weights:
            self._weights[boundary] = self.backbone.fingerprint(boundary, of=self.fingerprints)
        return Cause(
            weights=self._weights[boundary],
            boundary=boundary,
            preprocess=data.preprocess.identity(),
            view=json.dumps(view.to_json(), sort_keys=True),
        )

    def tables(self, cause: Cause) -> Sequence[Table]:
        """Return the existing tables of activations for ``cause``, one per engine and dtype."""
        if self.store is not None:
            return self.store.tables(cause)
        return [table for (key, _), table in self._memory.items() if key == cause.key]

    def table(self, cause: Cause, maker: Maker) -> Table:
        """Return the table for ``cause`` and ``maker`` (engine and dtype); create it if it does not exist."""
        if self.store is not None:
            return self.store.table(cause, maker, self.records)
        return self._memory.setdefault((cause.key, maker), MemoryTable(maker))

    def engine_for(self, data: LabelledExamples, boundaries: tuple[int, ...], *, exact: bool, images: int) -> Choice:
        """Return the engine for a pass over ``images`` examples like those of ``data``, tried on a sample of them.

        An earlier decision is used if there is one. Otherwise the engine is chosen by counting operations for ``exact``
        rows and with ``Engines.fixed``, and by measuring time for other rows. Measurements are saved with the store and
        reused for similar passes.
        """
        key = (boundaries, exact)
        if key not in self._chosen:
            began = time.perf_counter()
            candidates = [one for one in CANDIDATES if one.exact or not exact]
            wanted = self.engines.name(exact=exact)
            known = None if exact else self._chosen.get((boundaries, True))
            decided = self.decided(exact=exact)
            name = decided
            if not decided and (exact or self.engines.fixed):
                name = self._by_count(data, images, exact=exact)
            measured = not name and wanted == "auto" and self.store is not None
            note = self._note_of_engine(data, boundaries, images) if measured else ""
            if note and self.store is not None:
                name = self._known(self.store.note(note), exact=exact)
            keep_key = self._key_to_keep(boundaries, wanted, name, exact=exact)
            kept = keep_key and kept_choice(keep_key)
            choose = partial(
                choose_engine,
                self.backbone,
                self._sample(data),
                boundaries,
                images=images,
                wanted=wanted,
                candidates=candidates,
                plain_seconds=self._counted(data)[-1],
                known=known,
            )
            choice = kept or choose(decided=name)
            if note and choice.engine.name != name:  # no saved note, or its engine does not work here
                choice = choose() if name else choice
                if self.store is not None:
                    self.store.write_note(note, {"engine": choice.engine.name})
            if not decided and self.decisions.agreement is not None:
                choice = self._agreed(choice, choose, exact=exact)
            if keep_key:
                keep_choice(keep_key, choice, sum(tensor.nbytes for tensor in self.backbone.parameters()))
            self.records["scored splits" if exact else "training"] = choice.to_json()
            if decided and decided != choice.engine.name:
                self.findings.append(_changed(decided, choice))
            # Other boundaries and examples may have given the same findings.
            reported = {(one.code, one.items) for one in self.findings}
            self.findings += [one for one in choice.findings if (one.code, one.items) not in reported]
            self._chosen[key] = choice
            self.choosing_seconds += time.perf_counter() - began
        return self._chosen[key]

    def _agreed(self, choice: Choice, choose: Callable[..., Choice], *, exact: bool) -> Choice:
        """Return ``choice``, or what ``choose`` returns for the engine that another machine chose in the meantime."""
        self.records["scored splits" if exact else "training"] = choice.to_json()
        self.note(choice.engine.name, exact=exact)
        agreed = self.decided(exact=exact)
        return choice if agreed in ("", choice.engine.name) else choose(decided=agreed)

    def _key_to_keep(self, boundaries: tuple[int, ...], wanted: str, decided: str, *, exact: bool) -> Any:
        """Return the key under which an engine is kept in memory for later runs; None if it is not kept.

        Only runs of one comparison, which share decisions and the data set, share an engine.
        """
        if self.decisions.shared is None or self.engines.fixed or (not decided and wanted == "auto"):
            return None
        device, threads = self.device.type, torch.get_num_threads()
        weights = self.backbone.fingerprint(max(boundaries), of=self.fingerprints)
        preprocess = self.backbone.preprocess.identity()
        return self.decisions.shared, weights, preprocess, boundaries, wanted, decided, exact, device, threads

    def wanted(self, data: LabelledExamples, *, exact: bool, images: int) -> str:
        """Return the name of the engine whose cached rows may be used for ``data``; ``auto``: rows of any engine."""
        name = self.engines.name(exact=exact)
        if name == "auto" and (exact or self.engines.fixed):
            return self.decided(exact=exact) or self._by_count(data, images, exact=exact)
        return self.decided(exact=exact) or name

    def decided(self, *, exact: bool) -> str:
        """Return the engine that an earlier decision names for exact or for training rows; empty without a decision."""
        auto = self.engines.name(exact=exact) == "auto"
        return self._known(self.decisions.get(self._decision(exact=exact)), exact=exact) if auto else ""

    def _known(self, noted: Any, *, exact: bool) -> str:
        """Return the engine that ``noted``, a saved decision or measurement, names; empty if this version lacks it."""
        names = [REFERENCE, *(one.name for one in CANDIDATES if one.exact or not exact)]
        return noted["engine"] if isinstance(noted, Mapping) and noted.get("engine") in names else ""

    def _note_of_engine(self, data: LabelledExamples, boundaries: tuple[int, ...], images: int) -> str:
        """Return the key under which the store saves the name of the fastest engine: a hash of all that affects speed.

        The hash leaves out the values of the weights: agreement with plain float32 is checked each time.
        """
        machine = [platform.processor(), platform.machine(), os.cpu_count(), torch.get_num_threads()]
        device, length = self.device.type, 0
        if data.lengths is not None:
            length = round(2 * math.log2(max(1.0, float(data.lengths.mean()))))
        of_pass = [boundaries, round(math.log2(max(1, images))), length, device]
        of_backbone = [self.backbone.architecture.to_json(), self.backbone.preprocess.identity()]
        installed = [torch.__version__, openvino_is_installed()]
        text = json.dumps([of_backbone, of_pass, machine, installed], sort_keys=True)
        return f"engine {hashlib.sha256(text.encode()).hexdigest()[:32]}"

    def note(self, engine: str, *, exact: bool) -> None:
        """Save the decision that ``engine`` computes the exact, or the training, rows, with its measurements."""
        if exact:
            self.exact_engine = engine
        if self.engines.name(exact=exact) == "auto" and self.decided(exact=exact) != engine:
            record = self.records.get("scored splits" if exact else "training", {})
            trials = [one for one in record.get("trials", ()) if one["engine"] == engine or not one["taken"]]
            self.decisions.put(self._decision(exact=exact), {"engine": engine, "trials": trials})

    def _decision(self, *, exact: bool) -> str:
        text = json.dumps([self.backbone.architecture.to_json(), self.backbone.preprocess.identity()], sort_keys=True)
        rows = "scored" if exact else "training"
        return f"engine of {rows} rows, backbone {hashlib.sha256(text.encode()).hexdigest()[:12]}"

    def _by_count(self, data: LabelledExamples, images: int, *, exact: bool) -> str:
        parameters = sum(parameter.numel() for parameter in self.backbone.parameters())
        device = self.device.type
        if self.engines.fixed and self.expected:
            images = self.expected
        elif exact:
            images = max(images, self.expected)
        return exact_engine(self._counted(data)[-1], parameters, images=images, device=device)


def frozen_part(
    backbone: Backbone,
    options: FeatureOptions,
    *,
    expected: int,
    fingerprints: Mapping[str, str] | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> FrozenPart:
    """Return the frozen part of ``backbone`` with the store and the engines of ``options``.

    ``expected`` is the number of examples in all splits. A store that cannot be written is a finding of the part.
    """
    store, findings = opened_store(options.cache_dir, limit_bytes=options.cache_size) if options.cache else (None, ())
    part = FrozenPart(
        backbone,
        store=store,
        fingerprints=fingerprints,
        engines=Engines(options.engine, fixed=options.deterministic),
        workers=options.workers,
        expected=expected,
        progress=progress,
    )
    part.findings += findings
    return part


@dataclass
class _Request:
    """One call of ``FrozenPart.activations``: finds the cached rows and computes the missing ones in one pass."""

    part: FrozenPart
    data: LabelledExamples
    boundaries: tuple[int, ...]
    views: tuple[View, ...]
    exact: bool
    what: str
    places: dict[str, int] = field(init=False)
    """Digest -> index of the first example with that digest, so that equal files are computed once."""
    pass_id: str = field(init=False, default="")
    """For exact or fixed rows: a suffix of the engine's identity, the hash of what is computed together. Else empty."""

    def __post_init__(self) -> None:
        self.places = {}
        for place in range(len(self.data)):
            self.places.setdefault(self.data.digest(place), place)
        if self.exact or self.part.engines.fixed:
            boundaries = self.boundaries if self.part.engines.fixed else ()
            together = [list(self.places), boundaries, self.exact, BATCH, torch.get_num_threads()]
            self.pass_id = f"/pass-{hashlib.sha256(json.dumps(together).encode()).hexdigest()[:16]}"

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
            with self._filling() as waited:
                engine = self.complete() if waited else None
                if engine is None:
                    engine = done.engine = self._compute(done)
        self.part.note(engine.split("/")[0], exact=self.exact)
        digests = tuple(self.data.digest(place) for place in range(len(self.data)))
        scratch = None if self.part.store is None else self.part.store.folder
        found = {
            boundary: StoredActivations(self.data, boundary, digests, self._rows(engine, boundary), scratch)
            for boundary in self.boundaries
        }
        done.seconds = time.perf_counter() - began - (self.part.choosing_seconds - chosen)
        self.part.passes.append(done)
        return found

    def _filling(self) -> AbstractContextManager[bool]:
        """Return a lock for the pass that fills the store; its value is whether this process had to wait for another.

        If it had to wait, the other process has stored the rows.
        """
        if self.part.store is None:
            return nullcontext(enter_result=False)
        work = [sorted(self.places), sorted(self.part.fingerprints.items()), self.exact]
        digest = hashlib.sha256(json.dumps(work).encode()).hexdigest()[:32]
        return one_at_a_time(self.part.store.folder / f".filling-{digest}")

    def complete(self) -> str | None:
        """Return the identity of an engine of which the store has all requested rows; None if there is no such engine.

        Engines that compute in float32 are preferred.
        """
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
        """Yield (maker, digest -> row) for each engine and dtype (``Maker``) whose cached rows may be used."""
        wanted = self.part.wanted(self.data, exact=self.exact, images=len(self.places) * len(self.views))
        for table in self.part.tables(self.part.cause(self.data, boundary, view)):
            fits = (table.maker.exact or not self.exact) and table.maker.engine.endswith(self.pass_id)
            if fits and wanted in ("auto", table.maker.engine.split("/")[0]):
                yield table.maker, table.find(self.places)
                self._report_damage(table)

    def _rows(self, engine: str, boundary: int) -> dict[tuple[View, str], np.ndarray]:
        rows: dict[tuple[View, str], np.ndarray] = {}
        for view in self.views:
            of_engine = [found for maker, found in self._found(boundary, view) if maker.engine == engine]
            found = max(of_engine, key=len, default={})
            if len(found) < len(self.places):
                raise StoreGoneError(text_of("stored-rows-deleted"))
            rows |= {(view, digest): row for digest, row in found.items()}
        return rows

    def _compute(self, done: Pass) -> str:
        """Compute and store the missing rows, and record the cost in ``done``; return the identity of the engine."""
        choice = self._choice()
        half = self._fits_half(choice)
        try:
            self._fill(choice, done, half=half)
        except FloatingPointError:
            if not half:
                raise BackboneError("frozen-outputs-not-finite", backbone=self.part.backbone.card.name) from None
            self._fill(choice, done, half=False)  # an activation exceeded the range of half precision
        return choice.engine.identity + self.pass_id

    def prepare(self) -> None:
        """Choose the engine, note it, and create the tables: two processes that create one disturb each other."""
        choice = self._choice()
        self.part.note(choice.engine.name, exact=self.exact)
        with suppress(StoreFullError):
            self._tables(choice, half=self._fits_half(choice))

    def compute_share(self, team: Team, done: Pass) -> None:
        """Compute and store the rows of every ``team.size``-th batch, also those that the store has."""
        choice = self._choice()
        done.engine, tables = choice.engine.identity + self.pass_id, self._tables(choice, half=self._fits_half(choice))
        self._make_room(tables)
        for view in self.views:
            of_view = {boundary: tables[boundary, view] for boundary in self.boundaries}
            missing = {boundary: set(self.places) for boundary in self.boundaries}
            chunks = self._chunks(missing)[team.rank :: team.size]
            done.bytes += self._run(choice, view, of_view, missing, chunks)
            done.computed += sum(map(len, chunks))

    def _choice(self) -> Choice:
        images = len(self.places) * len(self.views)
        return self.part.engine_for(self.data, self.boundaries, exact=self.exact, images=images)

    def _tables(self, choice: Choice, *, half: bool) -> dict[tuple[int, View], Table]:
        return {
            (boundary, view): self.part.table(
                self.part.cause(self.data, boundary, view), self._maker(choice, boundary, half=half)
            )
            for boundary in self.boundaries
            for view in self.views
        }

    def _fill(self, choice: Choice, done: Pass, *, half: bool) -> None:
        tables = self._tables(choice, half=half)
        self._make_room(tables)
        done.computed = done.reused = 0
        for view in self.views:
            of_view = {boundary: tables[boundary, view] for boundary in self.boundaries}
            missing = {k: self.places.keys() - table.find(self.places).keys() for k, table in of_view.items()}
            chunks = self._chunks(missing)
            count = sum(map(len, chunks))
            done.computed += count
            done.reused += len(self.places) - count
            if count:
                done.bytes += self._run(choice, view, of_view, missing, chunks)

    def _chunks(self, missing: Mapping[int, set[str]]) -> list[np.ndarray]:
        """Return the indices of the examples of each batch to compute, so that all ``missing`` rows are computed."""
        wanted: set[str] = set().union(*missing.values())
        computed = self.places if self.pass_id else wanted  # with a pass_id, the same batches as in the first pass
        places = np.array(sorted(self.places[digest] for digest in computed), int)
        chunks = chunks_in_order(self.data, batch_size=BATCH, places=places)
        return [chunk for chunk in chunks if any(self.data.digest(int(place)) in wanted for place in chunk)]

    def _run(
        self,
        choice: Choice,
        view: View,
        tables: Mapping[int, Table],
        missing: Mapping[int, set[str]],
        chunks: Sequence[np.ndarray],
    ) -> int:
        """Compute the batches ``chunks`` in ``view`` and add ``missing`` rows to ``tables``; return bytes written."""
        part, written, seen, count = self.part, 0, 0, sum(map(len, chunks))
        dtypes = {boundary: table.maker.dtype for boundary, table in tables.items()}
        with ExitStack() as stack:
            writers = {boundary: stack.enter_context(table.writer()) for boundary, table in tables.items()}
            # no_grad, not inference_mode: heads are trained on these tensors afterwards.
            stack.enter_context(torch.no_grad())
            stack.enter_context(evaluating(part.backbone))
            for block in self._blocks(choice, view, dtypes, chunks):
                for indices, by_boundary in block:
                    for boundary, rows in zip(tables, by_boundary, strict=True):
                        for place, row in zip(indices, rows, strict=True):
                            digest = self.data.digest(int(place))
                            if digest in missing[boundary]:
                                writers[boundary].add(digest, row)
                                written += row.nbytes
                    seen += len(indices)
                    if part.progress is not None:
                        part.progress(text_of("phase-features", split=self.what), seen, count)
                if part.cluster is not None:  # what a killed call has received is not computed again
                    for writer in writers.values():
                        writer.flush()
        return written

    def _blocks(
        self, choice: Choice, view: View, dtypes: Mapping[int, str], chunks: Sequence[np.ndarray]
    ) -> Iterator[list[Rows]]:
        """Yield the rows of some batches at a time, computed here or on the cluster."""
        part = self.part
        if part.cluster is not None and worth_sending(chunks):
            yield from remote_rows(
                *(part.cluster, part.backbone, choice.engine, self.data, chunks, dtypes),
                view=view,
                workers=part.workers,
            )
            return
        for batch in batches_of(self.data, chunks, workers=part.workers, view=view):
            outputs = part.at_once.run(choice.engine, batch.inputs, part.device)
            by_boundary = [
                [row for out in parts for row in finite_rows(out, dtype)]
                for dtype, *parts in zip(dtypes.values(), *outputs, strict=True)
            ]
            yield [(batch.indices, by_boundary)]

    def _maker(self, choice: Choice, boundary: int, *, half: bool) -> Maker:
        """Return engine and dtype of rows at ``boundary``: float16 with ``half``, but always float32 for features."""
        inner = boundary < len(self.part.backbone.blocks())
        return Maker(
            choice.engine.identity + self.pass_id, "float16" if half and inner else "float32", choice.engine.exact
        )

    def _fits_half(self, choice: Choice) -> bool:
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
            needed = each * len(self.places)
            raise StoreFullError(text_of("activations-exceed-limit", bytes=needed, limit=store.limit_bytes))

    def _report_damage(self, table: Table) -> None:
        if isinstance(table, DiskTable) and table.damaged:
            damaged = sorted(table.damaged)
            self.part.findings.append(Finding.of("store-damaged", "warning", items=damaged, count=len(damaged)))
            table.damaged = set()


def sample_places(count: int) -> np.ndarray:
    """Return the indices of the examples, evenly spaced among ``count``, on which engines are tried."""
    return spaced(count, SAMPLE)


def passes_in_json(part: FrozenPart) -> dict[str, Any]:
    """Return the passes and engines of the frozen part, as plain values for the run's record."""
    return {
        "passes": [asdict(one) for one in part.passes],
        "engines": dict(part.records),
        "choosing_seconds": part.choosing_seconds,
    }


def _changed(decided: str, choice: Choice) -> Finding:
    why = next((one.why for one in choice.trials if one.engine == decided), "") or Message("engine-not-available")
    return Finding.of("engine-changed", "warning", before=decided, why=why, engine=choice.engine.name)
