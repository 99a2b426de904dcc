"""P8: a plan that is interrupted at every k-th step and resumed ends as if it never had been, to the bit.

``tests/training/test_resume.py`` shows it for single stages, and that no part of a stage's state can be left out.
"""

from __future__ import annotations

import dataclasses
import functools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from ghep.backbone.source_head import SourceHead
from ghep.errors import Interrupted
from ghep.model.transfer import TransferModel
from ghep.strategy.catalog import strategy_named
from ghep.strategy.derive import Situation
from ghep.strategy.fit import Fitted
from ghep.training.checkpoint import Checkpoint, Checkpoints
from ghep.training.stop import StopRequest
from tiny import same, tensors_of, tiny_data, tiny_fit, tiny_model

TRAIN, VALID = tiny_data(24), tiny_data(12, seed=1)
SOURCE = SourceHead(np.eye(5, 16, dtype=np.float32), np.zeros(5, np.float32))
SETTINGS = {"epochs": 4, "batch_size": 8, "lr": 3e-4, "augment": "standard", "ema_decay": 0.9, "mixup": 0.4}
PLANS: dict[str, tuple[str, dict[str, Any]]] = {
    "progressive": ("progressive", {"frozen_blocks": 0}),
    "gains to the end": ("progressive", {"frozen_blocks": 0, "lr": 1e-3, "mixup": 0.0, "augment": "none"}),
    "progressive, sgd": ("progressive", {"frozen_blocks": 0, "optimizer": "sgd", "ema_decay": 0.0}),
    "progressive, too fast": ("progressive", {"frozen_blocks": 0, "lr": 1e5, "warmup": 0.0}),
    "probe, then tune": ("lp_ft", {"patience": 1}),
    "light": ("light", {"cutmix": 1.0}),
    "wise": ("full", {"keep": "wise"}),
    "wise after a probe": ("progressive", {"frozen_blocks": 0, "keep": "wise", "keep_alpha": 0.5}),
    "l2sp": ("progressive", {"frozen_blocks": 0, "keep": "l2sp", "keep_weight": 0.5}),
    "lwf": ("full", {"keep": "lwf", "mixup": 0.0}),
    "comes back to the probe": ("progressive", {"frozen_blocks": 0, "lr": 3.0, "warmup": 0.0, "mixup": 0.0}),
}


class AskedAt(StopRequest):
    """Asked for after the k-th step, or in the middle of the validation before it."""

    def __init__(self, k: int) -> None:
        self.left = k
        super().__init__()

    @property
    def asked(self) -> bool:
        self.left -= 1
        return self.left < 0

    @asked.setter
    def asked(self, value: bool) -> None: ...


def carried_out(name: str, *, workers: int = 1, **options: Any) -> tuple[TransferModel, Fitted]:
    strategy, settings = PLANS[name]
    model = tiny_model(dropout=0.3)
    situation = Situation(24, tuple(block.name for block in model.backbone.blocks()), batch_norm=True, has_valid=True)
    plan = strategy_named(strategy, **{**SETTINGS, **settings}).plan(situation)
    torch.manual_seed(len(options))  # another process
    source = SOURCE if settings.get("keep") == "lwf" else None
    return model, tiny_fit(model, plan, TRAIN, VALID, workers=workers, source=source, **options)


@functools.cache
def never_stopped(name: str) -> tuple[dict[str, torch.Tensor], Fitted]:
    model, fitted = carried_out(name)
    return tensors_of(model), fitted


def record(fitted: Fitted) -> object:
    rows = [dataclasses.replace(row, seconds=0.0) for row in fitted.history]
    findings = [finding for finding in fitted.findings if finding.code not in ("resumed", "nothing-to-resume")]
    return repr((rows, findings, fitted.examples_seen, fitted.stopped, fitted.start_kept, fitted.interpolated))


@pytest.mark.slow
@pytest.mark.parametrize("k", [1, 2, 5])
@pytest.mark.parametrize("name", PLANS)
def test_interrupted_at_every_kth_step_and_resumed_equals_uninterrupted(name: str, k: int, tmp_path: Path) -> None:
    expected, whole = never_stopped(name)
    interruptions = 0
    while True:
        stop = AskedAt(k)
        options = {"folder": tmp_path, "resume": True, "every": 1000.0, "stop": stop}
        try:
            model, fitted = carried_out(name, workers=1 + interruptions % 3, **options)
            break
        except Interrupted:
            interruptions += 1
    assert interruptions >= (4, 2, 1)[(1, 2, 5).index(k)]
    assert same(expected, tensors_of(model))
    assert record(whole) == record(fitted)


def test_the_plans_are_what_they_are_called() -> None:
    assert any(finding.code == "diverged" for finding in never_stopped("progressive, too fast")[1].findings)
    assert never_stopped("comes back to the probe")[1].start_kept
    assert not never_stopped("gains to the end")[1].start_kept


@pytest.mark.slow
@pytest.mark.parametrize(
    ("part", "name"),
    [("earlier", "gains to the end"), ("kept", "comes back to the probe"), ("solved", "wise after a probe")],
)
def test_without_what_the_plan_remembers_of_earlier_stages_it_ends_otherwise(
    part: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut off between two stages."""
    options = {"folder": tmp_path, "every": 1000.0}
    plain, saved = Checkpoints.save, []

    class CutOffError(Exception):
        pass

    def cut_off(self: Checkpoints, checkpoint: Checkpoint, _: object = None) -> bool:
        saved.append(plain(self, checkpoint))
        if len(saved) == 2:
            raise CutOffError
        return True

    with monkeypatch.context() as patch:
        patch.setattr(Checkpoints, "save", cut_off)
        with pytest.raises(CutOffError):
            carried_out(name, **options)
    expected, _ = never_stopped(name)
    newest = Checkpoints.newest
    for spoil in (False, True):

        def read(self: Checkpoints, spoil: bool = spoil) -> Checkpoint | None:
            found = newest(self)
            assert found is not None and found.run["stage"] == 2 and found.state.model_state is None
            return dataclasses.replace(found, **{part: {}}) if spoil else found

        monkeypatch.setattr(Checkpoints, "newest", read)
        monkeypatch.setattr(Checkpoints, "save", lambda *_: True)
        model, _ = carried_out(name, resume=True, **options)
        equal = same(expected, tensors_of(model))
        assert equal is not spoil


def test_a_solved_head_is_not_solved_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is saved when its stage ends, whatever the interval."""
    name = "probe, then tune"
    options = {"folder": tmp_path, "every": 1000.0}
    expected, _ = never_stopped(name)
    with pytest.raises(Interrupted):
        carried_out(name, stop=AskedAt(1), **options)
    for checkpoint in sorted(tmp_path.iterdir())[1:]:
        (checkpoint / "state.json").unlink()  # back to the one between the stages

    def solve_head(*_: object, **__: object) -> None:
        raise AssertionError("solved again")

    monkeypatch.setattr("ghep.strategy.solve.solve_any_head", solve_head)
    model, fitted = carried_out(name, resume=True, **options)
    assert "resumed" in {finding.code for finding in fitted.findings}
    assert same(expected, tensors_of(model))
