"""Prediction time of shared and single-task models, on the same raw examples, on this machine.

In: the bundles of the models. Out: seconds per example. The models take turns, so that other load on the machine
affects all of them equally. The result is the median of a few rounds after a warm-up round. The time is from the raw
example (a file, a text) to the predictions for all tasks of a model.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

from ghep.comparison.execution.driver import Driver
from ghep.comparison.planning.grid import Cell, lines
from ghep.comparison.record import Contender
from ghep.errors import UserError
from ghep.export.predictor import load
from ghep.messages import text_of
from ghep.types import Raw

EXAMPLES = 64
ROUNDS = 3


def predict_seconds(driver: Driver) -> dict[Contender, float]:
    """Return contender -> seconds per raw test example, for each shared model and each single-task model.

    Each backbone is timed once and its times are saved in the ledger, because all strategies and sharing strategies use
    the same network with other weights. A backbone is left out if no strategy has the bundles of all these models.
    """
    found: dict[Contender, float] = {}
    tasks = tuple(driver.ground.tasks)
    for backbone in driver.ground.backbones:
        models = [
            one for one in driver.lineup.contenders if one.backbone == backbone and len(one.tasks) in (1, len(tasks))
        ]
        timed = driver.ledger.decided(f"prediction with {backbone}", lambda: _timed(driver, models))  # noqa: B023
        found |= {one: timed[_name(one)] for one in models if _name(one) in timed}
    return found


def _name(contender: Contender) -> str:
    return Contender("", tasks=contender.tasks).key


def _timed(driver: Driver, models: Sequence[Contender]) -> dict[str, float]:
    """Return key of a model's tasks -> seconds per example; empty if a model has no bundle or cannot be loaded."""
    plain = lines(one for one in models if not one.sharing).values()
    found = [{_name(one): bundle for one in its if (bundle := _bundle(driver, one)) is not None} for its in plain]
    bundles = max(found, key=len, default={})
    if len(bundles) <= len(driver.ground.tasks):
        return {}
    test = driver.ground.dataset.test
    inputs = [one.raw for one in test[:: max(1, len(test) // EXAMPLES)][:EXAMPLES]]
    driver.reporter.say("  " + text_of("timing-predictions", models=len(bundles), examples=len(inputs)))
    try:
        return medians(bundles, inputs, device=driver.settings.run.get("device", "auto"))
    except UserError as error:
        driver.reporter.say("  " + text_of("timing-failed", cause=error.cause))
        return {}


def _bundle(driver: Driver, contender: Contender) -> Path | None:
    folders = (driver.ledger.run_folder(Cell(contender, seed)) / "bundle" for seed in range(driver.settings.seeds))
    return next((folder for folder in folders if folder.is_dir()), None)


def medians(bundles: Mapping[str, Path], inputs: Sequence[Raw], *, device: str = "auto") -> dict[str, float]:
    """Return name -> median seconds per example of each model in ``bundles``; the models take turns."""
    predictors = {name: load(bundle, device=device) for name, bundle in bundles.items()}
    rounds: dict[str, list[float]] = {name: [] for name in predictors}
    for number in range(1 + ROUNDS):
        for name, predictor in predictors.items():
            began = time.perf_counter()
            predictor.predict(inputs, report=lambda _: None)
            if number:
                rounds[name].append(time.perf_counter() - began)
    return {name: median(seconds) / max(1, len(inputs)) for name, seconds in rounds.items()}
