"""Save a trained model: write the bundle and the run folder, and check that the bundle predicts as the scored model.

In: an ``Outcome`` and a folder. Out: the ``Run``, and the files.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from ghep._version import __version__
from ghep.backbone.base import Card
from ghep.data.dataset import Dataset
from ghep.experiment.card import model_card
from ghep.experiment.folder import metrics_json, write_history, write_outcome, write_predictions
from ghep.experiment.graft import Graft
from ghep.experiment.record import Run, environment
from ghep.experiment.score_run import Scored
from ghep.experiment.scoring import first_few, prove_scored
from ghep.guards.deployed import prove_deployed
from ghep.guards.forgetting import Forgetting
from ghep.guards.proof import Proof
from ghep.guards.seen import seen_by_training
from ghep.messages import text_of
from ghep.model.bundle import save_bundle
from ghep.model.predict import predict_logits
from ghep.strategy.base import Plan
from ghep.strategy.progress import Fitted
from ghep.tasks.base import classes_of
from ghep.training.checkpoint import Checkpoints
from ghep.types import Cost, Finding, Split


@dataclass(frozen=True)
class Outcome:
    """A trained model with its scores, findings and cost."""

    graft: Graft
    seed: int
    settings: Mapping[str, Any]
    """The settings of the run, as in config.json."""
    fitted: Fitted
    proof: Proof
    scored: Scored
    findings: tuple[Finding, ...]
    cost: Cost
    forgetting: Forgetting | None = None
    """None for a backbone with random weights."""
    processes: int = 1
    """How many processes trained the model together."""


def save(outcome: Outcome, folder: Path, *, dtype: str) -> Run:
    """Write bundle and run folder, return the run; raise BrokenPromise if the bundle differs from the scored model."""
    graft, fitted, scored = outcome.graft, outcome.fitted, outcome.scored.results
    familiarity = outcome.scored.familiarity
    model, dataset = graft.model, graft.dataset
    run_environment = {
        **environment(),
        "device": str(model.device),
        "precision": fitted.precision.name if fitted.precision else "float32",
        **({} if outcome.processes == 1 else {"processes": outcome.processes}),
    }
    metrics = metrics_json(scored, outcome.cost)
    card = model_card(
        dataset=dataset,
        backbone=model.backbone.card,
        plan=graft.plan,
        seed=outcome.seed,
        results=scored,
        cost=outcome.cost,
        findings=outcome.findings,
        environment=run_environment,
        forgetting=outcome.forgetting,
    )
    model.backbone.card = _card_after_training(model.backbone.card, dataset, graft.plan, outcome.proof)
    bundle = folder / "bundle"
    save_bundle(
        bundle,
        model,
        calibration=outcome.scored.calibration,
        training=_training(outcome, run_environment),
        metrics=metrics,
        card=card,
        seen=seen_by_training(dataset),
        columns=dataset.columns,
        familiarity=None if familiarity is None else familiarity.arrays(),
        dtype=dtype,
    )
    metrics |= _check_bundle(outcome, bundle)
    write_history(folder, fitted.history)
    write_predictions(folder, scored, {task.name: classes_of(task) for task in model.tasks})
    rest = {
        "examples": dataset.counts,
        "proof": outcome.proof.blocks,
        "stopped": fitted.stopped,
        "frozen_part": fitted.frozen,
        "scored_by": outcome.scored.engine,
        **({} if fitted.gradients is None else {"gradients": fitted.gradients}),
        **({} if outcome.forgetting is None else {"forgetting": outcome.forgetting.to_json()}),
        **({} if fitted.interpolated is None else {"interpolated": fitted.interpolated}),
    }
    write_outcome(folder, {**metrics, "environment": run_environment, **rest}, outcome.findings, dataset.quarantined)
    Checkpoints(folder / "checkpoints").keep_newest()  # for --resume
    return Run(
        model.backbone.card.name,
        graft.strategy.name,
        outcome.seed,
        scored,
        tuple(fitted.history),
        outcome.cost,
        run_environment,
        outcome.findings,
        outcome.proof.blocks,
        folder,
        bundle,
        fitted.frozen,
        outcome.forgetting,
    )


def _check_bundle(outcome: Outcome, bundle: Path) -> dict[str, Any]:
    """Compare the saved bundle and the scores with the model in plain float32; return the results for metrics.json.

    The model is moved to the CPU.
    """
    model, splits = outcome.graft.model.to("cpu"), outcome.graft.splits
    scored = outcome.scored.results
    if outcome.fitted.chosen_on is not None:  # scores on valid are of heads that are not in the bundle
        scored = tuple(result for result in scored if result.split != "valid")
    names = list(dict.fromkeys(result.split for result in scored)) or ["train"]
    few = {name: first_few(splits[cast(Split, name)]) for name in names}
    plain = {name: predict_logits(model, data) for name, data in few.items()}
    return {
        "deployed": prove_deployed(plain[names[0]], bundle, few[names[0]]),
        "scored_as_deployed": prove_scored(model.tasks, plain, scored, outcome.scored.calibration),
    }


def _training(outcome: Outcome, run_environment: Mapping[str, Any]) -> dict[str, Any]:
    """Return the record of the training that is written to the bundle."""
    precision = outcome.fitted.precision
    return {
        **_without_paths(outcome.settings),
        "environment": run_environment,
        "proof": outcome.proof.blocks,
        "scored_by": outcome.scored.engine,
        "precision_milliseconds": precision.milliseconds if precision else {},
    }


def _without_paths(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings with names of files in place of paths: a bundle may be shared and must not show folders."""
    paths = ("out", "cache_dir", "source_data")
    options = {key: value for key, value in settings["options"].items() if key not in paths}
    names = {key: _name_of(settings[key]) for key in ("data", "backbone")}
    return {**settings, **names, "options": options}


def _name_of(place: str | Mapping[str, str]) -> Any:
    if isinstance(place, str):
        return Path(place).name
    return {task: Path(one).name for task, one in place.items()}


def _card_after_training(card: Card, dataset: Dataset, plan: Plan, proof: Proof) -> Card:
    """Return ``card`` if all blocks stayed frozen, else a copy whose source also names ``dataset``."""
    if "moved" not in proof.blocks.values():
        return card
    labels = tuple(label for classes in dataset.classes.values() for label in classes)
    source = text_of(
        "card-source",
        data=dataset.name,
        examples=len(dataset.train),
        strategy=plan.strategy,
        version=__version__,
        pretrained=card.pretrained,
        before=card.source,
    )
    return dataclasses.replace(card, source=source, pretrained=True, source_labels=labels)
