"""Synthetic comparisons of several tasks: answers drawn from a seed, with planted gains and losses.

``World`` sets how much each way of sharing adds to each task's skill; ``road`` is a complete example.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import numpy as np
from tests.comparison import made_up

from ghep.comparison.record import Answers, Comparison, Contender, Data, EpochRow, Failure, Measured, Pair
from ghep.comparison.sharing.evidence import sharing_evidence
from ghep.comparison.sharing.kinds import gain_kind
from ghep.comparison.sharing.record import Bill, Gain, Gradients, Model, SharedComparison, SharingEvidence
from ghep.comparison.sharing.statistics import single_task_of
from ghep.types import Finding, Interval

SECONDS = {"linear_probe": 6.0, "light": 20.0, "full": 90.0}
PARAMETERS = {"linear_probe": 0, "light": 1_290_000, "full": 2_223_872}
BACKBONE = 2_223_872
LEVELS = {"linear_probe": 1.2, "light": 1.5, "full": 1.7}


@dataclass(frozen=True)
class Task:
    """One task: name, classes and number of test examples."""

    name: str
    classes: tuple[str, ...]
    n: int = 600

    @property
    def data(self) -> Data:
        k = len(self.classes)
        counts = {
            split: dict.fromkeys(self.classes, count * self.n // (6 * k))
            for split, count in (("train", 12), ("valid", 3), ("test", 6))
        }
        where = f"road/{self.name}"
        return Data(self.name, where, "image", self.name, self.classes, counts, "test", raw={})


CARS = Task("cars", ("none", "car", "van", "lorry"))
PEOPLE = Task("people", ("none", "some"), 450)
SIGNS = Task("signs", ("stop", "yield", "limit 50", "limit 80", "no entry", "other"), 800)
ROAD = (CARS, PEOPLE, SIGNS)


@dataclass(frozen=True)
class World:
    """The ground truth: the skill that sharing adds to each task, on the scale of the examples' difficulty."""

    tasks: tuple[Task, ...] = ROAD
    strategies: tuple[str, ...] = ("linear_probe", "light", "full")
    backbones: tuple[str, ...] = ("timm/mobilenetv2_100.ra_in1k",)
    together: Mapping[tuple[str, str], float] = field(default_factory=dict)
    """(strategy, task) -> skill added by training on all tasks."""
    remedies: Mapping[str, Mapping[tuple[str, str], float]] = field(default_factory=dict)
    """Way of sharing -> the same. Run only for ``full``."""
    pairs: Mapping[tuple[str, str], float] = field(default_factory=dict)
    """(i, j) -> skill that training with i adds to j, for every strategy except the probe."""
    seeds: int = 3
    seed_skill: float = 0.03
    noise: float = 0.25


def road(folder: Path = Path("runs/compare-road")) -> SharedComparison:
    """Return three tasks with three strategies: full hurts people and helps signs, and PCGrad fixes most of it."""
    world = World(
        together={("light", "signs"): 0.03, ("full", "people"): -0.6, ("full", "signs"): 0.32},
        remedies={
            "surgery=pcgrad": {("full", "people"): -0.05, ("full", "signs"): 0.25},
            "weighting=uncertainty": {("full", "people"): -0.45, ("full", "signs"): 0.3},
        },
        pairs={("cars", "people"): -0.3, ("signs", "people"): -0.4, ("cars", "signs"): 0.2, ("people", "cars"): 0.05},
    )
    shared = made(world, folder)
    failed = Failure(Contender("full", world.backbones[0], ("people",)), 2, None, 0, "not enough memory", "batch 16")
    people = shared.tasks["people"]
    people = replace(people, failures=(failed,), runs=(*people.runs, majority(PEOPLE)))
    return replace(
        shared,
        tasks={**shared.tasks, "people": people},
        findings=(
            Finding(
                "tasks-of-unequal-size", "warning", "signs has 1.8 times the labels of people", "mixing=temperature"
            ),
            Finding("few-examples", "info", "people has 900 labels"),
        ),
    )


@cache
def on_the_road() -> tuple[SharedComparison, SharingEvidence]:
    """Return ``road`` and its evidence."""
    shared = road()
    return shared, sharing_evidence(shared)


def made(world: World, folder: Path = Path("runs/compare-road"), *, seed: int = 0) -> SharedComparison:
    """Return all runs of ``world``."""
    tables = {task.name: _table(world, task, np.random.default_rng([seed, i])) for i, task in enumerate(world.tasks)}
    contenders = dict.fromkeys(one for table in tables.values() for one in table.contenders)
    models = tuple(_model(one, number, world) for one in contenders for number in range(world.seeds) if not one.control)
    return SharedComparison(
        tables,
        models,
        "road",
        folder,
        remedies=tuple(world.remedies),
        seconds=sum(model.seconds for model in models),
        time_limit=7200.0,
        environment={"ghep": "0.1", "python": "3.12.3", "torch": "2.15.0", "device": "cpu", "threads": 2},
        settings={
            "task": [f"{task.name}=road/{task.name}" for task in world.tasks],
            "strategies": list(world.strategies),
            "backbones": list(world.backbones),
            "seeds": world.seeds,
            "command": "ghep compare --task cars=road/cars --task people=road/people --task signs=road/signs --seeds 3",
        },
    )


def contenders_for(world: World, task: str) -> Iterator[tuple[Contender, float]]:
    """Yield the contenders that answer ``task``, with the skill added by training with other tasks."""
    every = tuple(one.name for one in world.tasks)
    for backbone in world.backbones:
        for strategy in world.strategies:
            yield Contender(strategy, backbone, (task,)), 0.0
            yield Contender(strategy, backbone, every), world.together.get((strategy, task), 0.0)
            for other in every if len(every) > 2 and world.pairs else ():
                if other != task:
                    both = tuple(name for name in every if name in (task, other))
                    gain = 0.0 if strategy == "linear_probe" else world.pairs.get((other, task), 0.0)
                    yield Contender(strategy, backbone, both), gain
        for sharing, skill in world.remedies.items():
            yield Contender("full", backbone, every, sharing), skill.get(("full", task), 0.0)


def majority(task: Task) -> Measured:
    """Return the majority control of ``task``."""
    targets, ids = _examples(task)
    return made_up.majority(targets, ids)


def gain(task: str, low: float, high: float, adjusted: float = 0.5, *, together: Contender | None = None) -> Gain:
    """Return a gain with this interval, in accuracy."""
    together = together or Contender("full", "net", ("cars", "people"))
    middle = (low + high) / 2
    pair = Pair(together, single_task_of(together, task), middle, Interval(low, high), adjusted, adjusted, 0.02, None)
    identical = low == high == 0
    return Gain(task, pair.a, pair.b, pair, gain_kind(middle, pair.interval, adjusted), f"{task} so", identical)


def costs(together: Contender | None = None, *, times: float = 0.5) -> Bill:
    """Return costs that are ``times`` those of single-task models."""
    who = together or Contender("full", "net", ("cars", "people"))
    return Bill(who, 100 * times, 100.0, 1e4, 2e4, int(2e7 * times), int(2e7), 0.02 * times, 0.02)


def _table(world: World, task: Task, rng: np.random.Generator) -> Comparison:
    targets, ids = _examples(task)
    hard = rng.normal(size=task.n)
    own = {(s, b): rng.normal(0, 0.3, task.n) for s in world.strategies for b in world.backbones}
    runs, frozen = [], {}
    for contender, gain in contenders_for(world, task.name):
        for number in range(world.seeds):
            still = contender.strategy == "linear_probe"
            noise = 0.0 if still else rng.normal(0, world.seed_skill) + rng.normal(0, world.noise, task.n)
            ease = (
                LEVELS.get(contender.strategy, 0.4) + gain + own[contender.strategy, contender.backbone] + noise - hard
            )
            answers = made_up._answers(targets, ids, ease, len(task.classes), number_seed=17)
            if still:
                answers = frozen.setdefault(contender.backbone, answers)
            runs.append(_run(contender, number, answers, rng))
    return Comparison(task.data, tuple(runs), Path(f"runs/compare-road/{task.name}"), touches=len(runs), seconds=900.0)


def _examples(task: Task) -> tuple[np.ndarray, tuple[str, ...]]:
    return np.arange(task.n) % len(task.classes), tuple(f"{task.name}/{index:04d}.jpg" for index in range(task.n))


def _run(contender: Contender, seed: int, answers: Answers, rng: np.random.Generator) -> Measured:
    seconds = _seconds(contender)
    valid = min(1.0, answers.accuracy + float(rng.normal(0, 0.003)))
    epochs = 0 if contender.strategy == "linear_probe" else 8
    rows = tuple(
        EpochRow("fine-tune" if k else "solved", k, 0.7, 0.8, valid - 0.1 * np.exp(-k), seconds / (epochs + 1))
        for k in range(epochs + 1)
    )
    return Measured(
        contender, seed, None, 0, 1200, answers, valid, rows, seconds, 0.2 * seconds, int(9e8), _moving(contender),
        BACKBONE + 5_000, folder=Path(f"runs/compare-road/{contender.key.replace(' ', '-').replace('/', '-')}-{seed}"),
    )  # fmt: skip


def _seconds(contender: Contender) -> float:
    """Return the seconds of a run: fewer for several tasks than for each separately, more with surgery."""
    factor = 1.6 if "surgery" in contender.sharing else 1.0
    return SECONDS.get(contender.strategy, 30.0) * factor * (0.6 + 0.25 * len(contender.tasks))


def _moving(contender: Contender) -> int:
    return PARAMETERS.get(contender.strategy, BACKBONE) + 1281 * max(1, len(contender.tasks))


def _model(contender: Contender, seed: int, world: World) -> Model:
    heads = 1281 * 4 * len(contender.tasks)
    every = len(contender.tasks) == len(world.tasks)
    return Model(
        contender,
        seed,
        seconds=_seconds(contender) * (1 + 0.02 * seed),
        saved_seconds=0.2 * _seconds(contender),
        examples_seen=8 * 1200 * len(contender.tasks),
        trained_parameters=_moving(contender),
        total_parameters=BACKBONE + heads,
        weight_bytes=4 * (BACKBONE + heads) if seed == 0 else 0,
        predict_seconds=0.011 + 0.0002 * len(contender.tasks),
        gradients=gradients([task.name for task in world.tasks], seed)
        if every and contender.strategy != "linear_probe"
        else None,
        folder=Path(f"runs/compare-road/{seed}"),
    )


def gradients(tasks: Sequence[str], seed: int = 0) -> Gradients:
    """Return gradients in which the second task is at odds with the others."""
    t = len(tasks)
    odd = np.array([i == 1 for i in range(t)])
    apart = odd[:, None] ^ odd[None, :]
    cosines = np.where(apart, -0.21, 0.34) + 0.02 * seed
    conflicting = np.where(apart, 0.78, 0.12)
    affinity = np.where(apart, -0.3, 0.25) * (1 + 0.3 * np.arange(t)[:, None])
    for one, value in ((cosines, 1.0), (conflicting, 0.0), (affinity, 1.0)):
        np.fill_diagonal(one, value)
    return Gradients(
        tuple(tasks),
        120,
        *(tuple(map(tuple, one.tolist())) for one in (cosines, conflicting)),
        norms=tuple(np.linspace(1.9, 0.6, t).tolist()),
        affinity=tuple(map(tuple, affinity.tolist())),
    )
