"""``keep``: where it is refused, what a plan makes of it, and that l2sp returns to the pretrained weights."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from ghep.backbone.source_head import SourceHead
from ghep.errors import ConfigError
from ghep.strategy.catalog import STRATEGIES, strategy_named
from ghep.strategy.derive import Situation
from ghep.training.stage import Keep
from tiny import tensors_of, tiny_data, tiny_fit, tiny_model

TRAIN, VALID = tiny_data(30), tiny_data(12, seed=1)
SITUATION = Situation(30, ("conv1", "layer1", "layer2"), batch_norm=True, has_valid=True)
FINE_TUNING = [name for name in STRATEGIES if name not in ("linear_probe", "scratch")]
QUICK = {"epochs": 4, "batch_size": 10, "lr": 3e-3, "augment": "none"}


@pytest.mark.parametrize(
    ("name", "settings", "said", "fix"),
    [
        ("linear_probe", {"keep": "wise"}, "changes no pretrained weight", "fine-tunes"),
        ("scratch", {"keep": "l2sp"}, "random weights", "leave it out"),
        ("lora", {"keep": "l2sp"}, "start at zero", "keep=wise or keep=lwf"),
        ("full", {"keep": "lwf", "mixup": 0.2}, "blend", "leave out mixup"),
        ("full", {"keep": "lwf", "cutmix": 0.2}, "blend", "leave out mixup"),
        ("full", {"keep": "ewc"}, "wise", ""),
        ("full", {"keep": "wise", "keep_alpha": 1.5}, "0 to 1", ""),
        ("full", {"keep": "l2sp", "keep_weight": 0.0}, "above 0", ""),
    ],
)
def test_what_cannot_be_kept_is_refused_at_once(name: str, settings: dict[str, object], said: str, fix: str) -> None:
    with pytest.raises(ConfigError, match=said) as refused:
        strategy_named(name, **settings)
    assert fix in refused.value.remedy


@pytest.mark.parametrize(
    ("keep", "changed", "said"),
    [
        ("wise", {"pretrained": False}, "random"),
        ("l2sp", {"pretrained": False}, "random"),
        ("wise", {"linear_heads": False}, "decoder"),
    ],
)
def test_a_backbone_without_anything_to_keep_is_refused(keep: str, changed: dict[str, bool], said: str) -> None:
    with pytest.raises(ConfigError, match=said) as refused:
        strategy_named("full", keep=keep).plan(dataclasses.replace(SITUATION, **changed))
    assert refused.value.remedy
    strategy_named("full").plan(dataclasses.replace(SITUATION, **changed))


@pytest.mark.parametrize("name", FINE_TUNING)
def test_a_plan_says_what_is_kept_and_is_otherwise_the_same(name: str) -> None:
    for keep in STRATEGIES[name].keeps:
        # The answers that lwf keeps were given with the pretrained BatchNorm statistics.
        free = strategy_named(name, **({"batch_norm": "keep"} if keep == "lwf" else {})).plan(SITUATION)
        plan = strategy_named(name, keep=keep).plan(SITUATION)
        plain = tuple(dataclasses.replace(stage, keep=None) for stage in plan.stages)
        assert plain == free.stages and len(plan.reasons) == len(free.reasons) + 1
        assert (plan.interpolation is not None) == (keep == "wise")
        terms = {"l2sp": Keep("l2sp", 0.01), "lwf": Keep("lwf", 1.0)}
        assert {stage.keep for stage in plan.stages if stage.head == "train"} == {terms.get(keep)}
        assert "keep" not in free.stages[-1].to_json()


@pytest.mark.parametrize(
    ("settings", "unused"),
    [
        ({"keep_alpha": 0.5}, "keep_alpha=0.5"),
        ({"keep": "l2sp", "keep_alpha": 0.5}, "keep_alpha=0.5"),
        ({"keep": "wise", "keep_weight": 2.0}, "keep_weight=2"),
    ],
)
def test_settings_of_another_method_are_reported(settings: dict[str, object], unused: str) -> None:
    (finding,) = strategy_named("full", **settings).plan(SITUATION).findings
    assert finding.code == "settings-unused" and unused in finding.message and finding.remedy


def test_l2sp_holds_every_stage_at_the_pretrained_weights() -> None:
    """Not at the weights that the stage before it ended with."""

    def away(keep: str) -> float:
        model = tiny_model()
        settings = {"keep": keep, **({"keep_weight": 1.0} if keep == "l2sp" else {})}
        plan = strategy_named("progressive", **QUICK, **settings, patience=0, frozen_blocks=0).plan(SITUATION)
        before = tensors_of(model)
        tiny_fit(model, plan, TRAIN, None)
        names = [f"backbone.net.{name}" for name, _ in model.backbone.net.named_parameters()]
        return float(sum((tensors_of(model)[name] - before[name]).square().sum() for name in names))

    assert away("l2sp") < 0.6 * away("none")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["full", "light"])
def test_lwf_learns_the_task_and_keeps_the_answers(name: str) -> None:
    rng = np.random.default_rng(5)
    head = SourceHead(rng.normal(0, 0.5, (7, 16)).astype(np.float32), np.zeros(7, np.float32))

    def answers(**settings: object) -> tuple[np.ndarray, float | None]:
        model = tiny_model()
        plan = strategy_named(name, **{**QUICK, "epochs": 12}, patience=0, batch_norm="keep", **settings).plan(
            SITUATION
        )
        fitted = tiny_fit(model, plan, TRAIN, VALID, source=head if settings else None)
        inputs = VALID.preprocess.collate([one.raw for one in VALID.examples])
        with torch.no_grad():
            found = head.probabilities(model.eval().backbone(inputs).numpy())
        return found, fitted.history[-1].valid_score

    with torch.no_grad():
        inputs = VALID.preprocess.collate([one.raw for one in VALID.examples])
        before = head.probabilities(tiny_model().eval().backbone(inputs).numpy())
    (free, _), (kept, score) = answers(), answers(keep="lwf", keep_weight=10.0)
    assert np.abs(kept - before).mean() < 0.6 * np.abs(free - before).mean()
    assert score is not None and score > 0.6
