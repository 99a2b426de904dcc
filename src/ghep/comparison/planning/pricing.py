"""Estimate the cost of a run before it is made: work is counted, prices are measured once per backbone.

    seconds of a run = overhead + train * price of a training row + updates * price of an update of all weights
                       + passes * price of a row in the pass that fills the store + scored * price of a row in float32
                       + solved * price of a row of a solved head

A row is one example that passes through the network. ``Work`` counts rows, each weighted by the fraction of the network
that the row passes through, and updates, each weighted by the fraction of the weights that change. So a plan that
trains fewer blocks never has a higher estimate than one that trains more, however noisy the measured prices are.
``Prices`` are seconds on this machine, measured by training on a few rows, by the trials of the engines and, for texts,
by a few batches of a pass.

The price of a run *by itself* includes everything that the run needs. Within a comparison the data are read once and
the activations of frozen blocks are computed once, so later runs take less: ``Estimates`` has the additional time.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import platform
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace

import numpy as np
import torch

from ghep.comparison.planning.search import taken
from ghep.data.loading.batches import LabelledExamples, chunks_in_order, chunks_of_epoch
from ghep.data.loading.views import PLAIN, Views
from ghep.errors import UserError
from ghep.experiment.familiar import most_rows
from ghep.experiment.graft import Graft, backbone_for, graft
from ghep.experiment.options import RunOptions
from ghep.experiment.prepared import Prepared
from ghep.features.costs import Costs
from ghep.features.decisions import Decisions
from ghep.features.engines.choose import Choice
from ghep.features.frozen import BATCH
from ghep.features.probes import blas_threads
from ghep.reporter import Silent
from ghep.strategy.base import Plan
from ghep.strategy.caching import decide
from ghep.strategy.catalog import strategy_named
from ghep.strategy.fit import fit_plan
from ghep.strategy.wise import ALPHAS
from ghep.training.session import Session
from ghep.training.state import Epoch
from ghep.types import Split

UNDISTURBED = 0.8
"""Processor seconds per second of a training step from which it counts as undisturbed. Training keeps at least one core
busy; with less than this, other processes had the cores: the processor seconds are the price, and it is not saved for
later comparisons."""
FORWARD = 1 / 3
"""Fraction of the time of a training step (forward, backward, update) that the forward pass takes."""
ADAPTERS = 2 / 3
"""Time of a training step of adapters, as a fraction of one of the weights, whose gradients it does not compute."""
START_SECONDS = 5.0
"""Time to start a process that imports PyTorch; part of the price of a run by itself."""
VERSION = 5
"""Of saved prices: those of version 1 may have been measured on a busy machine, those of version 2 in the first two
steps of a process, which took up to twice as long as later ones; those of version 3 took short texts for as efficient
as the longest one of a sample; those of version 4 trained on texts of one length."""
BENCHMARK_SECONDS, FEWEST_ROWS, MANY_ROWS = 1.5, 4, 12
"""For measuring the price of a training row: the time limit, the fewest rows, and the number of rows from which the
cost per step can be separated from the cost per row."""
EPOCHS = 4
"""Epochs of the measurement, of one step each; the fastest counts. In the first two, kernels are compiled and memory is
requested from the system: minilm on 21 texts: 0.48, 0.53, 0.40 and 0.37 seconds."""
EVALUATIONS = 500
"""Evaluations of the loss of a head, and of its gradient, until its strength is chosen and it is solved: 50 (7,527 x
384 x 2) to 565 (11,268 x 384 x 3)."""
FEATURES = 2**20
"""Numbers in the features on which such an evaluation is timed."""


@dataclass(frozen=True)
class Work:
    """The work of one run: rows (examples) that pass through the network, and updates of its weights.

    A row counts as one if it passes through the whole network.
    """

    train: float = 0.0
    """Rows that pass forward and backward in training."""
    passes: float = 0.0
    """Rows of the pass that fills the store with activations."""
    scored: float = 0.0
    """Rows that pass forward in float32, through the blocks after ``scored_at``: the scored splits, and the training
    examples by which unfamiliar inputs are recognised."""
    stored: tuple[tuple[int, int], ...] = ()
    """(views, boundary) of the activations that the pass stores. A run that finds them in the store needs no pass."""
    updates: float = 0.0
    """Optimiser steps, each weighted by the fraction of the weights that it updates."""
    depth: float = 1.0
    """Largest fraction of the network that a stage trains, by its operations."""
    solved: float = 0.0
    """Rows of features on which heads are solved."""
    scored_at: int = 0
    """Boundary at which the store has the float32 activations of the scored splits; 0: they are not stored."""
    scored_passes: float = 0.0
    """Rows of the pass that stores them. A run that finds them in the store needs no such pass."""
    likely: float = 1.0
    """Fraction of the training that is expected: patience may end it before the last epoch."""

    def times(self, factor: float) -> Work:
        """Return this work with ``factor`` times as much training, for a plan with another number of epochs."""
        return replace(self, train=self.train * factor, updates=self.updates * factor)


def work_of(plan: Plan, costs: Costs, counts: Mapping[Split, int], *, limit_bytes: int) -> Work:
    """Return the work of ``plan`` for ``counts`` examples of each split; ``limit_bytes`` is the store's limit."""
    train, valid, test = (counts.get(split, 0) for split in ("train", "valid", "test"))
    stored = decide(plan.stages, costs, train=train, valid=valid, limit_bytes=limit_bytes).stored
    rows, updates, kept, depth, solved, likely = 0.0, 0.0, list[tuple[int, int]](), 0.0, 0.0, 0.0
    for index, stage in enumerate(plan.stages):
        share = costs.shares[stage.frozen_blocks]
        if stage.head == "solve" or index in stored:
            views = 1 if stage.head == "solve" else max(1, len(Views(stage.augment, stage.views).kept))
            kept.append((views, stage.frozen_blocks))
        if stage.head == "solve":
            solved += train
            continue
        live, depth = 0.0 if index in stored else share, max(depth, 1 - share)
        moved = 1 - costs.weights[stage.still_blocks] if costs.weights else 0.0
        trained = (1 - share) * (ADAPTERS if stage.adapters else 1.0) + live * FORWARD
        each = train * trained + valid * (1 - share + live) * FORWARD
        rows += stage.epochs * each
        likely += likely_epochs(stage.epochs, stage.patience) * each
        updates += stage.epochs * math.ceil(train / stage.batch_size) * moved
    likely = likely / rows if rows else 1.0
    if plan.interpolation is not None:
        kept.append((1, len(costs.shares) - 1))  # the features that the head is solved on
        solved += train
        if plan.interpolation.alpha is None:
            index = min(range(len(plan.stages)), key=lambda i: plan.stages[i].frozen_blocks)
            frozen = costs.shares[plan.stages[index].frozen_blocks] if index in stored else 0.0
            rows += len(ALPHAS) * valid * (1 - frozen) * FORWARD
    deepest: dict[int, float] = {}
    for views, boundary in kept:
        deepest[views] = max(deepest.get(views, 0.0), costs.shares[boundary])
    passes = sum(views * train * share for views, share in deepest.items()) + valid * max(deepest.values(), default=0)
    unmoved = min((one.frozen_blocks for one in plan.stages if one.head != "solve"), default=len(costs.shares) - 1)
    kept_there = unmoved in {*(boundary for _, boundary in kept), len(costs.shares) - 1}
    scored_at = unmoved if kept_there and costs.tail(unmoved) <= 1 else 0
    share, scored = costs.shares[scored_at], valid + test
    if valid and depth:  # examples by which unfamiliar inputs are recognised
        seen = sum(stage.epochs for stage in plan.stages if stage.head != "solve") * train
        scored += min(train, most_rows(seen))
    return Work(
        rows,
        passes,
        scored * (costs.tail(scored_at) if scored_at else 1.0),
        tuple(sorted(set(kept))),
        updates,
        depth or 1.0,
        solved,
        scored_at,
        (valid + test) * share,
        likely,
    )


def likely_epochs(epochs: int, patience: int) -> float:
    """Return the expected number of epochs of a stage of ``epochs``: half way from the first that patience may end.

    On the ants and bees (EfficientNet-Lite0, three seeds each) ``full`` took 7, 7 and 10 of 12 epochs (8.5 expected),
    ``scratch`` 10, 20 and 20 of 20 (13), ``lora`` 6, 7 and 7 of 15 (10), ``lp_ft`` 6, 7 and 8 of 8 (6.5).
    """
    return (patience + epochs) / 2 if 0 < patience < epochs else float(epochs)


@dataclass(frozen=True)
class Prices:
    """The measured time, in seconds on this machine, of each kind of work with one backbone."""

    overhead: float
    """Per run, without passes, training and scoring: loading, saving, checking the saved model."""
    train: float
    """Per row of training, forward and backward."""
    passes: float
    """Per row of the pass that fills the store."""
    scored: float
    """Per row that is scored, forward in float32."""
    read: float = 0.0
    """Per process: reading, checking and decoding all the data."""
    setup: float = 0.0
    """Per process: setting up the engines."""
    update: float = 0.0
    """Per optimiser step over all weights, including the other costs of a step that do not depend on its rows."""
    head: float = 0.0
    """Per row of features on which a head is solved."""

    def seconds(self, work: Work) -> float:
        """Return the seconds of a run with this work, in a process that has read the data and with an empty store."""
        scored = (work.scored + work.scored_passes) * self.scored
        return self.overhead + self.training(work) + work.solved * self.head + work.passes * self.passes + scored

    def training(self, work: Work) -> float:
        """Return the seconds of the training part of ``work``."""
        return work.train * self.train + work.updates * self.update

    def by_itself(self, work: Work) -> float:
        """Return the seconds of a run in a process of its own: start, reading of the data and setup included."""
        return START_SECONDS + self.read + self.setup + self.seconds(work)


def measured_prices(
    name: str, made: Graft, prepared: Prepared, options: RunOptions, decisions: Decisions
) -> tuple[Prices, Costs]:
    """Return the measured prices of the backbone ``name``, and the counted costs of its blocks.

    ``made`` is the backbone with the head of a linear probe. Prices are saved in the store of activations and reused by
    later comparisons with this backbone and with examples of about the same length, unless other processes kept the
    machine busy while they were measured.
    """
    train, last = made.splits["train"], len(made.backbone.blocks())
    made.frozen.decisions = decisions
    costs = made.frozen.costs(train)
    choice = made.frozen.engine_for(train, (last,), exact=False, images=len(prepared.dataset))
    made.frozen.note(choice.engine.name, exact=False)
    exact = made.frozen.engine_for(train, (last,), exact=True, images=len(prepared.dataset))
    made.frozen.note(exact.engine.name, exact=True)  # before workers start, independent of their order
    note = _name_of_note(made, options, choice.engine.name, costs)
    store = made.frozen.store
    noted = None if store is None else store.note(note)
    if isinstance(noted, Mapping) and noted.keys() == {one.name for one in fields(Prices)}:
        return replace(Prices(**noted), read=prepared.seconds), costs
    on_cpu = made.model.device.type == "cpu"
    passes, scored = (seconds_of_row(one, train, on_cpu=on_cpu) for one in (choice, exact))
    plain = next((one.examples_per_second for one in choice.trials if one.examples_per_second), None)
    live = 1 / plain if plain and train.lengths is None else max(passes, scored)
    load, row, update, disturbed = load_and_training(name, prepared, options, decisions, live)
    prices = Prices(
        overhead=1.0 + 2 * load,
        train=max(row, passes),
        passes=passes,
        scored=scored,
        read=prepared.seconds,
        setup=made.frozen.choosing_seconds,
        update=update,
        head=sum(seconds_of_head(made.backbone.feature_dim, task.outputs, len(train)) for task in made.model.tasks),
    )
    if store is not None and not disturbed:
        store.write_note(note, asdict(prices))
    return prices, costs


def seconds_of_row(choice: Choice, data: LabelledExamples, *, on_cpu: bool) -> float:
    """Return the seconds of a row of ``data`` in a pass by the engine of ``choice``, which computes ``on_cpu`` or not.

    If lengths differ, three batches of the pass over ``data`` are timed: the engine was tried on a sample padded to its
    longest sequence, and short sequences take more time for each position. A batch runs once, as in a pass, where most
    batches have a shape that the engine has not met.
    """
    if data.lengths is None:
        return 1 / choice.examples_per_second
    chunks, most = chunks_in_order(data, batch_size=BATCH), int(BENCHMARK_SECONDS / 3 * choice.examples_per_second)
    ends, seconds = np.cumsum([len(chunk) for chunk in chunks]), []
    for part in (1 / 6, 3 / 6, 5 / 6):
        places = chunks[int(np.searchsorted(ends, part * len(data), side="right"))][: max(FEWEST_ROWS, most)]
        began, worked = time.perf_counter(), time.process_time()
        choice.engine(data.inputs(places, [PLAIN] * len(places)))
        elapsed, worked = time.perf_counter() - began, time.process_time() - worked
        seconds.append((worked if on_cpu and worked < UNDISTURBED * elapsed else elapsed) / len(places))
    return float(np.mean(seconds))


def seconds_of_head(dim: int, outputs: int, count: int) -> float:
    """Return the seconds per row of solving a head with ``outputs`` on ``count`` rows of ``dim`` features.

    An evaluation, which is two matrix products, is timed on at most ``FEATURES`` numbers.
    """
    rows = max(1, min(count, FEATURES // dim))
    features, weight = np.ones((rows, dim)), np.ones((dim, outputs))
    with blas_threads(count * dim * outputs):
        began = time.perf_counter()
        for _ in range(3):
            features.T @ (features @ weight)
        seconds = time.perf_counter() - began
    return seconds / 3 / rows * EVALUATIONS


def typical_lengths(data: LabelledExamples, *, batch_size: int) -> tuple[list[float], float]:
    """Return three lengths to which batches of an epoch are padded, and the mean of all.

    The three are those in the middle of each third of the epoch's positions, so that long texts, which take much of its
    time, count by their positions. Without lengths there is one "length", 1.
    """
    if data.lengths is None:
        return [1.0], 1.0
    order = np.random.default_rng(0).permutation(len(data))
    chunks = chunks_of_epoch(order, data.lengths, batch_size)
    padded = np.sort([float(data.lengths[chunk].max()) for chunk in chunks])
    at = np.searchsorted(np.cumsum(padded), np.array([1, 3, 5]) / 6 * padded.sum())
    return padded[at].tolist(), float(padded.mean())


def places_of_length(data: LabelledExamples, count: int, length: float) -> np.ndarray:
    """Return the positions in ``data`` of the ``count`` examples whose length is closest to ``length``."""
    if data.lengths is None:
        return np.arange(min(count, len(data)))
    return np.sort(np.argsort(np.abs(data.lengths - length), kind="stable")[:count])


def _name_of_note(made: Graft, options: RunOptions, engine: str, costs: Costs) -> str:
    """Return the key under which the store saves the prices, with a hash of everything that the prices depend on."""
    lengths = made.splits["train"].lengths
    length = 0 if lengths is None else round(4 * math.log2(max(1.0, float(lengths.mean()))))
    machine = [platform.processor(), platform.machine(), os.cpu_count(), torch.get_num_threads(), torch.__version__]
    settings = [options.precision, str(made.model.device), engine, round(math.log2(costs.live_seconds), 1), length]
    text = json.dumps([VERSION, made.backbone.architecture.to_json(), machine, settings])
    return f"prices {hashlib.sha256(text.encode()).hexdigest()[:32]}"


def load_and_training(
    name: str, prepared: Prepared, options: RunOptions, decisions: Decisions, live: float
) -> tuple[float, float, float, bool]:
    """Return three times in seconds, and whether other processes disturbed the measurement.

    The times are those to load the backbone, per training row, and per update of all weights.

    The whole network is trained for a step on few rows and for one on more rows; from the difference follow the times
    per row and per update. If there is time for few rows only, the whole step is attributed to the rows. If lengths
    differ, steps on three lengths are timed, because the time of a position depends on the length. ``live`` is the
    measured time of a row in the forward pass. The prices are those of a machine that is not busy: how busy it is may
    change, and ``Estimates`` follows it with the seconds of finished runs.
    """
    strategy, began = strategy_named("full", epochs=EPOCHS), time.perf_counter()
    backbone = backbone_for(name, strategy, options, seed=0)
    load = time.perf_counter() - began
    made = graft(prepared, backbone, strategy, options, Silent())
    made.frozen.decisions = decisions
    train, size = made.splits["train"], made.plan.stages[-1].batch_size
    wanted = int(BENCHMARK_SECONDS * FORWARD / EPOCHS / max(live, 1e-9))
    many = min(len(train), max(FEWEST_ROWS, min(wanted, size)))  # in one batch
    lengths, mean = typical_lengths(train, batch_size=size)
    middle = lengths[len(lengths) // 2]
    steps: list[StepTimes] = []

    def step(count: int, length: float) -> float:
        rows = taken(train, places_of_length(train, count, length).tolist())
        steps.append(StepTimes())
        fit_plan(made.model, made.plan, rows, None, Session(options=options, reporter=steps[-1]), made.frozen)
        return fastest(steps[-1])[0]

    def fastest(one: StepTimes) -> tuple[float, bool]:
        return one.fastest(on_cpu=made.model.device.type == "cpu")

    try:
        by_length = {length: step(many, length) for length in lengths}
        few = step(FEWEST_ROWS, middle) if many >= MANY_ROWS else None
    except UserError:  # the backbone cannot be trained: its runs report it
        return load, live / FORWARD, 0.0, False
    disturbed = any(fastest(one)[1] for one in steps)
    update = 0.0
    if few is not None:
        row = max(0.0, by_length[middle] - few) / (many - FEWEST_ROWS)
        update = max(0.0, by_length[middle] - many * max(row, live))
    row = mean * float(np.mean([(by_length[one] - update) / many / one for one in lengths]))
    if few is not None:
        row = max(row, live)  # training takes more than the forward pass; otherwise the measurement was disturbed
    return load, row, update, disturbed


class StepTimes(Silent):
    """Receives the epochs of the measurement, of one step each, and times them by the clock and by the processor."""

    def __init__(self) -> None:
        self.times: list[tuple[float, float]] = []
        """Seconds, and processor seconds of this process, of each step."""
        self._worked = time.process_time()

    def epoch(self, row: Epoch) -> None:
        """Note the step that has ended."""
        worked = time.process_time()
        if row.epoch:
            self.times.append((row.seconds, worked - self._worked))
        self._worked = worked

    def fastest(self, *, on_cpu: bool) -> tuple[float, bool]:
        """Return the seconds of the fastest step, and whether other processes had the cores: then processor seconds.

        With ``on_cpu`` false, another device computes, and the processor waits.
        """
        steps = [(seconds, False) for seconds, worked in self.times if not on_cpu or worked >= UNDISTURBED * seconds]
        return min(steps or [(worked, True) for _, worked in self.times])
