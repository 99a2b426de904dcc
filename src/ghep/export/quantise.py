"""An ONNX graph in 8-bit integers, if it is as accurate on valid and faster; otherwise it is refused.

In: an export in float32, and the examples of its run. Out: the graph of the best variant, and what was measured.

Several variants are made (``int8_variants``), and each is compared with float32 on the same examples of valid. A
variant is accepted if the 95 % interval of the difference of each task's score excludes a loss of more than ``LOSS``,
and if it is ``FASTER`` times as fast on this machine. The interval of the accepted variant is not corrected for the
choice among a few.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np

from ghep.cpus import cores
from ghep.errors import ConfigError
from ghep.export.exported import output_name
from ghep.export.int8_variants import variants
from ghep.export.onnx_engine import GRAPH, session_run
from ghep.export.run_data import spaced
from ghep.export.runtime import CLOSE, ExportedPredictor
from ghep.messages import number_text, text_of
from ghep.metrics.paired import Paired, paired
from ghep.tasks.base import Classifier, Task, labelled
from ghep.types import Example

CALIBRATED = 128
"""Training inputs from which the ranges of static variants are taken."""
SCORED = 2000
"""Most examples of valid that are scored, evenly spaced."""
LOSS = 0.01
"""Loss of the primary score that the interval of the difference has to exclude: a point of accuracy, or 0.01 of R²."""
LEAST = ceil(NormalDist().inv_cdf(0.975) ** 2 * (1 / LOSS - 1))
"""Examples at which the interval of an accuracy excludes ``LOSS`` if no answer differs (``tango``). With fewer, it does
so only if int8 is right more often than float32, which is luck."""
FASTER = 1.1
TIMED = 16
"""Inputs of a round of timing."""
ROUNDS = 15
LEAST_TOLERANCE = 0.02
"""Smallest tolerance of the self-test, relative as ``runtime.CLOSE``: another processor rounds some numbers otherwise,
and in 8 bits a step is 0.4 % of a range."""


class Speed(NamedTuple):
    """How many times as fast as float32 a variant is: median and quartiles of rounds in which both took turns."""

    median: float
    low: float
    high: float


@dataclass(frozen=True)
class Variant:
    """One way to quantise, and what it gave."""

    name: str
    graph: bytes
    scores: Mapping[str, Paired]
    """Task -> its primary score on valid, compared with that of float32."""
    speed: Speed

    @property
    def worst(self) -> str:
        """The task whose score may have lost most."""
        return min(self.scores, key=lambda task: _order(self.scores[task].interval.low))

    @property
    def low(self) -> float:
        """Lower end of the interval of the worst task's difference."""
        return _order(self.scores[self.worst].interval.low)

    @property
    def accepted(self) -> bool:
        """Whether it is as accurate and faster."""
        return self.low >= -LOSS and self.speed.median >= FASTER

    def to_json(self) -> dict[str, Any]:
        """Return what was measured."""
        scores = {
            task: {"n": one.n, "difference": one.difference, "low": one.interval.low, "high": one.interval.high}
            for task, one in self.scores.items()
        }
        return {"variant": self.name, "tasks": scores, "faster": self.speed._asdict(), "bytes": len(self.graph)}


def quantised(export: ExportedPredictor, splits: Mapping[str, Sequence[Example]]) -> tuple[ExportedPredictor, Variant]:
    """Return ``export`` with a graph in int8, and how it was made; ``splits`` are the examples of the run.

    Its ``int8`` in ``export.json`` is all that was measured, and its self-test has the logits of the new graph.

    Raises ConfigError as ``examples_for`` does, and if no variant is as accurate and faster: the message has the
    numbers of the best one.
    """
    train, valid = examples_for(export.described_tasks, splits)
    found = measured(export, train, valid)
    best = max(found, key=lambda one: (one.accepted, one.low >= -LOSS, one.low, one.speed.median))
    if not best.accepted:
        raise ConfigError("int8-does-not-pay", **told_of(best), loss=LOSS, least=FASTER, count=len(found))
    return _with(export, best, found, train), best


def examples_for(
    tasks: Sequence[Task], splits: Mapping[str, Sequence[Example]]
) -> tuple[Sequence[Example], Sequence[Example]]:
    """Return the examples of train that ranges are taken from, and those of valid that are scored.

    Raises ConfigError if there are none, and if valid is too small to show anything.
    """
    train, valid = spaced(splits.get("train", ()), CALIBRATED), spaced(splits.get("valid", ()), SCORED)
    targets = {task.name: task.encode([one.labels for one in valid]) for task in tasks} if valid else {}
    if not train or not all(labelled(targets[task.name]).any() if targets else False for task in tasks):
        raise ConfigError("int8-without-data")
    for task in tasks:
        count = int(labelled(targets[task.name]).sum())
        if isinstance(task, Classifier) and count < LEAST:
            raise ConfigError("int8-few-valid", n=count, least=LEAST, loss=LOSS)
    return train, valid


def lines_of(export: ExportedPredictor, best: Variant) -> list[str]:
    """Return lines on what was measured of ``export`` in int8, made from the variant ``best``."""
    told = export.exported.description["int8"]
    sizes = {"megabytes": told["bytes"] / 1e6, "before": told["float32_bytes"] / 1e6}
    lines = [text_of("int8-line", **told_of(best), **sizes)]
    if told["in_a_batch"] > CLOSE:
        lines.append(text_of("int8-in-a-batch", difference=number_text(told["in_a_batch"], ".2f")))
    return lines


def told_of(variant: Variant) -> dict[str, Any]:
    """Return the numbers of ``variant`` as parameters of a message: of the task that may have lost most."""
    one = variant.scores[variant.worst]
    return {
        "variant": variant.name,
        "task": variant.worst,
        "n": one.n,
        "difference": one.difference,
        "low": one.interval.low,
        "high": one.interval.high,
        "faster": number_text(variant.speed.median, ".2f"),
        "slowest": number_text(variant.speed.low, ".2f"),
        "fastest": number_text(variant.speed.high, ".2f"),
    }


def measured(export: ExportedPredictor, train: Sequence[Example], valid: Sequence[Example]) -> list[Variant]:
    """Return every variant of ``export``, with ranges from ``train``, scored on ``valid`` and timed.

    Raises ConfigError if onnxruntime can make none of them.
    """
    graphs = variants(export, _usable(export, train))
    predictors = {"float32": export, **{name: _replaced(export, graph) for name, graph in graphs.items()}}
    credits_of = _credits(predictors, valid)
    speeds = speed_ratios(predictors, _usable(export, valid[:TIMED]))
    return [
        Variant(
            name,
            graph,
            {task: paired(credits_of[name][task], base) for task, base in credits_of["float32"].items()},
            speeds[name],
        )
        for name, graph in graphs.items()
    ]


def speed_ratios(predictors: Mapping[str, ExportedPredictor], inputs: Sequence[np.ndarray]) -> dict[str, Speed]:
    """Return name -> speed of the network compared with that of ``float32``; all take turns in each round."""
    spent: dict[str, list[float]] = {name: [] for name in predictors}
    for _ in range(ROUNDS + 1):
        for name, one in predictors.items():
            began = time.perf_counter()
            one.logits(inputs)
            spent[name].append(time.perf_counter() - began)
    seconds = {name: np.array(values[1:]) for name, values in spent.items()}  # the first round warms up
    ratios = {name: np.quantile(seconds["float32"] / values, [0.5, 0.25, 0.75]) for name, values in seconds.items()}
    return {name: Speed(*map(float, values)) for name, values in ratios.items()}


def _order(number: float) -> float:
    """Return ``number``, or minus infinity for NaN."""
    return number if number == number else -np.inf


def _usable(export: ExportedPredictor, examples: Sequence[Example]) -> list[np.ndarray]:
    return [one for one in export.prepare([each.raw for each in examples]) if isinstance(one, np.ndarray)]


def _replaced(export: ExportedPredictor, graph: bytes) -> ExportedPredictor:
    return type(export)(replace(export.exported, files={GRAPH: graph}))


def _credits(predictors: Mapping[str, ExportedPredictor], valid: Sequence[Example]) -> dict[str, dict[str, np.ndarray]]:
    """Return name of a predictor -> task -> credit (n,) of each labelled and usable example."""
    export = predictors["float32"]
    usable: list[Example] = []
    found: dict[str, dict[str, list[np.ndarray]]] = {name: {task: [] for task in export.tasks} for name in predictors}
    for part in _chunks(valid, export.chunk):  # bounds memory
        prepared = export.prepare([one.raw for one in part])
        places = [place for place, one in enumerate(prepared) if isinstance(one, np.ndarray)]
        usable += [part[place] for place in places]
        for name, predictor in predictors.items():
            logits = predictor.logits([prepared[place] for place in places])  # type: ignore[misc]
            for task, values in logits.items():
                found[name][task].append(values)
    targets = {task.name: task.encode([one.labels for one in usable]) for task in export.described_tasks}
    return {
        name: {
            task.name: _credit(task, targets[task.name], np.concatenate(of[task.name]), export)
            for task in export.described_tasks
        }
        for name, of in found.items()
    }


def _credit(task: Task, targets: np.ndarray, logits: np.ndarray, export: ExportedPredictor) -> np.ndarray:
    return task.credit(targets, task.predict(logits, export.calibration.get(task.name)))


def _chunks(examples: Sequence[Example], size: int) -> Iterator[Sequence[Example]]:
    for start in range(0, len(examples), size):
        yield examples[start : start + size]


def _with(
    export: ExportedPredictor, best: Variant, found: Sequence[Variant], train: Sequence[Example]
) -> ExportedPredictor:
    """Return ``export`` with the graph of ``best``, a self-test of its own, and what was measured.

    The self-test stores what the graph computes here. Its ``tolerance`` is four times the difference from the same
    graph computed in float32 between integers, which rounds some numbers to the next step, as another processor may.
    ``in_a_batch`` is how much a logit depends on the other inputs of a call: dynamic ranges are those of the batch.
    """
    exported = export.exported
    names = [output_name(task, exported.tasks, "logits") for task in exported.tasks]
    inputs = [exported.self_test[name] for name in exported.input_names]
    here, unfused = (
        session_run(best.graph, exported.input_names, 1, fused=fused)(inputs, names) for fused in (True, False)
    )
    some, made = _usable(export, train[:TIMED]), _replaced(export, best.graph)
    alone = [np.concatenate(each) for each in zip(*([*made.logits([one]).values()] for one in some), strict=True)]
    told = {
        **best.to_json(),
        "calibrated_on": len(train),
        "float32_bytes": len(exported.files[GRAPH]),
        "threads": cores(),
        "rounds": ROUNDS,
        "tolerance": max(LEAST_TOLERANCE, 4 * _apart(here, unfused)),
        "in_a_batch": _apart([*made.logits(some).values()], alone),
        "variants": [one.to_json() for one in found],
    }
    changed = replace(
        exported,
        files={GRAPH: best.graph},
        self_test={
            **dict(zip(exported.input_names, inputs, strict=True)),
            **{f"expected.{name}": values for name, values in zip(names, here, strict=True)},
        },
        description={**exported.description, "int8": told},
    )
    return type(export)(changed)


def _apart(one: Sequence[np.ndarray], other: Sequence[np.ndarray]) -> float:
    """Return the largest difference of a logit, relative as ``runtime.CLOSE``; each array is of one task."""
    apart = [np.abs(a - b).max() / max(1.0, np.abs(a).max()) for a, b in zip(one, other, strict=True)]
    return float(np.max(apart))
