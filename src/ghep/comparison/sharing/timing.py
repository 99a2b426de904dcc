"""What an answer takes: one model for all tasks beside one for each, on the same raw examples, on this machine.

The models take turns, so that whatever else the machine does falls on all of them alike; the median of a few rounds
after one that warms up. The time is from the raw example (a file, a text) to the answers to all tasks of the model.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

from ghep.comparison.execution.running import Running
from ghep.comparison.planning.grid import Cell, lines
from ghep.comparison.record import Contender
from ghep.errors import UserError
from ghep.export.predictor import load
from ghep.types import Raw

EXAMPLES = 64
ROUNDS = 3


def predict_seconds(running: Running) -> dict[Contender, float]:
    """Return, for each model of all tasks and of one, the seconds from one raw test example to its answers.

    A backbone is timed once, and that is written down: whatever the strategy and the way of sharing, it is the same
    network with other weights. Empty for a backbone of which no strategy has a bundle of every such model.
    """
    found: dict[Contender, float] = {}
    tasks = tuple(running.ground.tasks)
    for backbone in running.ground.backbones:
        who = [one for one in running.who if one.backbone == backbone and len(one.tasks) in (1, len(tasks))]
        timed = running.ledger.decided(f"prediction with {backbone}", lambda: _timed(running, who))  # noqa: B023
        found |= {one: timed[_name(one)] for one in who if _name(one) in timed}
    return found


def _name(contender: Contender) -> str:
    return Contender("", tasks=contender.tasks).key


def _timed(running: Running, who: Sequence[Contender]) -> dict[str, float]:
    """Return tasks of a model -> seconds; nothing where a side has no bundle that can be loaded."""
    usual = lines(one for one in who if not one.sharing).values()
    sides = [{_name(one): bundle for one in its if (bundle := _bundle(running, one)) is not None} for its in usual]
    bundles = max(sides, key=len, default={})
    if len(bundles) <= len(running.ground.tasks):
        return {}
    test = running.ground.dataset.test
    inputs = [one.raw for one in test[:: max(1, len(test) // EXAMPLES)][:EXAMPLES]]
    running.reporter.say(f"  timing the answers of {len(bundles)} models to {len(inputs)} examples")
    try:
        return medians(bundles, inputs, device=running.settings.run.get("device", "auto"))
    except UserError as error:
        running.reporter.say(f"  not timed: {error.cause}")
        return {}


def _bundle(running: Running, contender: Contender) -> Path | None:
    folders = (running.ledger.run_folder(Cell(contender, seed)) / "bundle" for seed in running.seeds)
    return next((folder for folder in folders if folder.is_dir()), None)


def medians(bundles: Mapping[str, Path], inputs: Sequence[Raw], *, device: str = "auto") -> dict[str, float]:
    """Return the median seconds an example takes with each of ``bundles``, which answer in turns."""
    predictors = {name: load(bundle, device=device) for name, bundle in bundles.items()}
    rounds: dict[str, list[float]] = {name: [] for name in predictors}
    for number in range(1 + ROUNDS):
        for name, predictor in predictors.items():
            began = time.perf_counter()
            predictor.predict(inputs)
            if number:
                rounds[name].append(time.perf_counter() - began)
    return {name: median(seconds) / max(1, len(inputs)) for name, seconds in rounds.items()}
