"""Overfitting, collapse and wasted epochs are found where they are, and not in healthy histories."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from ghep.features.frozen import FrozenPart
from ghep.guards.overtraining import Overtraining, overtraining, rate_check, sample_of
from ghep.metrics.intervals import wilson
from ghep.strategy.catalog import strategy_named
from ghep.strategy.derive import Situation
from ghep.training.state import Epoch
from ghep.types import Score
from tiny import same, tensors_of, tiny_data, tiny_fit, tiny_model

VALID = tiny_data(60, seed=1)


def row(epoch: int, *, score: float = 0.9, entropy: float | None = 1.0, largest: float | None = 0.34) -> Epoch:
    return Epoch("full", epoch, 0.1, 0.3, score, 1e-3, 2.0, (), entropy, largest)


def tail(best: int, epochs: int, *, rise: float = 0.0, p: float = 1.0) -> dict[str, Any]:
    loss = {"rise": rise, "p": p}
    return {"stage": "full", "best_epoch": best, "epochs": epochs, "seconds": 9.0, "loss": loss, "score": loss}


def score(right: int, n: int) -> Score:
    return Score("accuracy", right / n, wilson(right, n), n)


def scores(train: int = 60, valid: int = 40) -> Mapping[str, tuple[Score, Score]]:
    return {"label": (score(train, 60), score(valid, 60))}


def never() -> Any:
    raise AssertionError("a pass over train that nothing asked for")


def judged(history: list[Epoch], after: Any, train_scores: Any = never, **more: Any) -> Overtraining:
    return overtraining(history, after, VALID, train_scores, **more)


def codes(found: Overtraining) -> list[tuple[str, str]]:
    json.dumps(found.to_json(), allow_nan=False)
    return [(one.code, one.severity) for one in found.findings]


def test_a_healthy_run_has_no_finding_and_train_is_not_scored() -> None:
    found = judged([row(1), row(2), row(3)], tail(3, 3))
    assert codes(found) == [] and "34%" in found.summary and "alarm" in found.summary
    assert codes(judged([row(1), row(2), row(3)], tail(2, 3, rise=0.01, p=0.2))) == []


def test_overfitting_is_a_loss_that_rose_and_a_train_score_far_above_valid() -> None:
    history = [row(epoch) for epoch in range(1, 11)]
    found = judged(history, tail(3, 10, rise=0.5, p=1e-6), scores)
    assert codes(found) == [("overfitted", "info")]
    (finding,) = found.findings
    assert "1.000 on a sample of train and 0.667 on valid" in finding.message and "--epochs 3" in finding.remedy
    assert codes(judged(history, tail(3, 10, rise=0.5, p=1e-6), lambda: scores(60, 58))) == [
        ("best-epoch-early", "info")
    ], "train is as good as valid"
    assert codes(judged(history, tail(9, 10, rise=0.5, p=0.01), never)) == [], "it may be chance"
    assert codes(judged(history, tail(3, 10, rise=-0.5, p=1e-6), never)) == [("best-epoch-early", "info")]


@pytest.mark.parametrize(("best", "epochs", "told"), [(1, 4, True), (2, 4, False), (2, 5, True), (5, 30, True)])
def test_epochs_that_brought_nothing(best: int, epochs: int, told: bool) -> None:
    found = judged([row(epoch) for epoch in range(1, epochs + 1)], tail(best, epochs))
    assert codes(found) == ([("best-epoch-early", "info")] if told else [])
    assert not told or "9.0 s" in found.findings[0].message


def test_nothing_is_said_of_epochs_that_were_undone() -> None:
    solved = Epoch("probe", 0, float("nan"), 0.3, 0.9, 0.0, 1.0, (), 1.0, 0.34)
    history = [solved, row(1), row(2, entropy=0.0, largest=1.0)]
    found = judged(history, tail(1, 9, rise=1.0, p=1e-9), never, start_kept=True)
    assert codes(found) == [("predictions-collapsed", "info")], "the last epoch collapsed, the head is kept"
    assert found.kept is not None and found.kept["stage"] == "probe"


def test_a_collapse_to_one_class() -> None:
    collapsed = row(2, entropy=0.0, largest=1.0)
    (finding,) = judged([row(1), collapsed], tail(2, 2)).findings
    assert (finding.code, finding.severity) == ("predictions-collapsed", "warning")
    assert "epoch 2 of stage full, 100% of the predictions" in finding.message
    assert "33%" in finding.message and "these weights are the result" in finding.message
    (finding,) = judged([row(1), collapsed], tail(1, 2)).findings
    assert finding.severity == "info" and "earlier epoch are kept" in finding.message


@pytest.mark.parametrize("kind", ["unequal classes", "few examples", "regression", "older version"])
def test_no_collapse(kind: str) -> None:
    targets, largest = VALID.targets["label"].copy(), 1.0
    if kind == "unequal classes":
        targets[:] = 0
        targets[:3] = 1  # always answering 0 is right 95 times of 100
    if kind == "few examples":
        targets[4:] = -1
    if kind == "regression":
        targets = np.linspace(0, 1, 60, dtype=np.float32)
    known = kind != "older version"
    valid = type(VALID)(VALID.examples, {"label": targets}, VALID.prepared, VALID.preprocess)
    history = [row(1, entropy=0.0 if known else None, largest=largest if known else None)]
    assert codes(overtraining(history, tail(1, 1), valid, never)) == []


def test_without_valid_nothing_is_known() -> None:
    found = overtraining([Epoch("full", 1, 0.1, None, None, 1e-3, 2.0)], None, None, never)
    assert codes(found) == [] and "no validation split" in found.summary and found.kept is None


def test_the_sample_of_train_is_bounded_and_always_the_same() -> None:
    train = tiny_data(300)
    few, again, many = sample_of(train, VALID), sample_of(train, VALID), sample_of(train, tiny_data(290))
    assert (
        len(few) == 60 and len(many) == 200 and [one.id for one in few.examples] == [one.id for one in again.examples]
    )
    assert few.targets["label"].tolist() == [int(one.labels["label"][-1]) for one in few.examples]


def situation(model: Any) -> Situation:
    return Situation(30, tuple(block.name for block in model.backbone.blocks()), batch_norm=True, has_valid=True)


SLOW = pytest.mark.slow


@pytest.mark.parametrize(
    "name", ["lp_ft", *(pytest.param(name, marks=SLOW) for name in ("full", "light", "progressive"))]
)
def test_the_rate_check_finds_the_rate_that_explodes(name: str) -> None:
    model, train = tiny_model(), tiny_data(30)
    before = tensors_of(model)
    for factor, alarm in ((1.0, False), (1e5, True)):
        given = {"epochs": 4, "batch_size": 10, "augment": "none", "lr": 1e-3 * factor, "head_lr": 4e-3 * factor}
        plan = strategy_named(name, **given).plan(situation(model))
        found = rate_check(model, plan, train, VALID, FrozenPart(model.backbone, workers=1), workers=1)
        assert found is not None and [one.code for one in found.findings] == ["learning-rate-too-high"] * alarm
        assert "explode" in found.summary and found.lr == pytest.approx(1e-3 * factor)
        json.dumps(found.to_json(), allow_nan=False)
        assert same(before, tensors_of(model)) and all(one.requires_grad for one in model.parameters())
    assert (
        rate_check(
            model, strategy_named("linear_probe").plan(situation(model)), train, VALID, FrozenPart(model.backbone)
        )
        is None
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", ["full", "light", "lp_ft", "progressive", "linear_probe"])
@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=SLOW) for seed in range(1, 8))])
def test_healthy_runs_have_no_warning(name: str, seed: int) -> None:
    model, train = tiny_model(seed), tiny_data(30, seed=10 + seed)
    given = {} if name == "linear_probe" else {"epochs": 12, "batch_size": 10, "lr": 5e-3, "augment": "none"}
    fitted = tiny_fit(model, strategy_named(name, **given).plan(situation(model)), train, VALID, seed=seed)
    found = overtraining(fitted.history, fitted.tail, VALID, scores, start_kept=fitted.start_kept)
    said = [one.code for one in (*fitted.findings, *found.findings) if one.severity != "info"]
    assert said == [] and all(one.answer_entropy is not None for one in fitted.history)


@pytest.mark.slow
def test_labels_without_meaning_are_overfitted() -> None:
    """Labels are dealt at random: train can be learnt by heart, and the loss on valid rises."""
    rng = np.random.default_rng(0)
    train, valid = tiny_data(30), tiny_data(60, seed=1)
    for data in (train, valid):
        rng.shuffle(data.targets["label"])
    model = tiny_model()
    plan = strategy_named("full", epochs=40, batch_size=10, lr=5e-3, augment="none", patience=0).plan(situation(model))
    fitted = tiny_fit(model, plan, train, valid)
    assert fitted.tail is not None and fitted.tail["loss"]["rise"] > 0 and fitted.tail["loss"]["p"] < 1e-3
    found = overtraining(fitted.history, fitted.tail, valid, lambda: scores(60, 22), start_kept=fitted.start_kept)
    assert codes(found) == [("overfitted", "info")]
