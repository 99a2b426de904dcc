"""Stages on stored activations: the same training, without the frozen blocks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from ghep.backbone.image import ImageBackbone
from ghep.features.costs import Costs
from ghep.features.frozen import Engines, FrozenPart
from ghep.features.store import ActivationStore
from ghep.model.transfer import TransferModel
from ghep.strategy.base import Plan
from ghep.strategy.catalog import strategy_named
from ghep.strategy.derive import Situation
from ghep.strategy.progress import Fitted
from ghep.strategy.supply import Supply
from ghep.team import Team
from team import in_team
from tiny import BLOCKS, tensors_of, tiny_data, tiny_fit, tiny_model

TRAIN, VALID = tiny_data(24), tiny_data(12, seed=1)
EXACT = Engines("torch-float32", half=False)


@pytest.fixture(autouse=True)
def _storing_pays(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tiny network is never worth storing: make its passes dear."""
    costs = Costs(1.0, 10.0, tuple(k / BLOCKS for k in range(BLOCKS + 1)), (1,) * (BLOCKS + 1))
    monkeypatch.setattr(FrozenPart, "costs", lambda *_, **__: costs)


def plan_of(name: str, model: TransferModel, **settings: Any) -> Plan:
    blocks = tuple(block.name for block in model.backbone.blocks())
    strategy = strategy_named(name, **{"epochs": 6, "batch_size": 8, "lr": 3e-3, "views": 2, **settings})
    return strategy.plan(Situation(24, blocks, batch_norm=True, has_valid=True))


def fitted(
    name: str, store: Path | None, *, limit: int = 2**30, engines: Engines = EXACT, **settings: Any
) -> tuple[TransferModel, Fitted, FrozenPart]:
    model = tiny_model()
    kept = ActivationStore(store, limit_bytes=limit) if store is not None else None
    part = FrozenPart(model.backbone, store=kept, engines=engines, workers=1)
    return model, tiny_fit(model, plan_of(name, model, **settings), TRAIN, VALID, part), part


CASES = [
    ("light", {"frozen_blocks": 1}),
    ("light", {"frozen_blocks": 2, "augment": "none"}),
    ("light", {"frozen_blocks": 2, "ema_decay": 0.9}),
    ("light", {"frozen_blocks": BLOCKS}),
    ("progressive", {}),
    ("lp_ft", {}),
]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "settings"), CASES)
def test_cached_equals_live(tmp_path: Path, name: str, settings: dict[str, Any]) -> None:
    live, on_examples, _ = fitted(name, None, **settings)
    cached, on_stored, part = fitted(name, tmp_path, **settings)
    assert on_examples.stored == () and (on_stored.stored != () or name == "lp_ft")
    untouched = min(stage.frozen_blocks for stage in plan_of(name, live, **settings).stages)
    assert part.unmoved() == (BLOCKS if on_stored.start_kept else untouched)
    for one, other in zip(tensors_of(live).values(), tensors_of(cached).values(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)
    scores = [[row.valid_score for row in found.history] for found in (on_examples, on_stored)]
    assert scores[0] == scores[1]


def test_half_precision_is_within_noise(tmp_path: Path) -> None:
    live, *_ = fitted("light", None, frozen_blocks=1)
    cached, *_ = fitted("light", tmp_path, frozen_blocks=1, engines=Engines("torch-float32"))
    for one, other in zip(tensors_of(live).values(), tensors_of(cached).values(), strict=True):
        assert (one.float() - other.float()).abs().mean() < 0.02 * one.float().abs().mean() + 1e-4


def test_frozen_blocks_run_once_and_in_a_second_run_never(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[int] = []
    forward_at = ImageBackbone.forward_at
    monkeypatch.setattr(
        ImageBackbone, "forward_at", lambda self, inputs, k: (ran.append(len(inputs)), forward_at(self, inputs, k))[1]
    )
    _, _, part = fitted("progressive", tmp_path)
    assert sum(one.computed for one in part.passes) == 24 + 2 * 24 + 12, "plain train, two views of it, valid"
    ran.clear()
    _, _, again = fitted("progressive", tmp_path, seed=None)
    assert ran == [] and sum(one.computed for one in again.passes) == 0
    _, _, light = fitted("light", tmp_path, frozen_blocks=2)
    assert ran == [], "another strategy finds them too"
    assert light.passes


def test_progressive_moves_its_boundary_down(tmp_path: Path) -> None:
    _, found, part = fitted("progressive", tmp_path, frozen_blocks=0)
    assert found.stored == (1, 2)
    assert [one.boundaries for one in part.passes] == [(1, 2, BLOCKS), (BLOCKS,), (1, 2)]
    assert [one.what for one in part.passes] == ["valid", "train", "train"]


def test_what_does_not_fit_runs_live_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ghep.features import frozen
    from ghep.features.store import StoreFullError

    def full(*_: object, **__: object) -> bool:
        raise StoreFullError("No space left on device")

    monkeypatch.setattr(frozen.ActivationStore, "make_room", full)
    live, *_ = fitted("progressive", None)
    model, found, _ = fitted("progressive", tmp_path)
    assert [finding.code for finding in found.findings if finding.severity == "warning"] == ["store-full"]
    assert found.stored == ()
    for one, other in zip(tensors_of(live).values(), tensors_of(model).values(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


@pytest.mark.slow
def test_a_resumed_run_goes_on_as_it_began(tmp_path: Path) -> None:
    """Stored or live is a part of the checkpoint: costs measured anew could decide otherwise."""
    from ghep.errors import Interrupted
    from ghep.training.stop import StopRequest

    whole, *_ = fitted("light", tmp_path / "store", frozen_blocks=1)
    model, stop, steps = tiny_model(), StopRequest(), []
    part = FrozenPart(model.backbone, store=ActivationStore(tmp_path / "store", limit_bytes=2**30), engines=EXACT)

    def ask(row: object) -> None:
        steps.append(row)
        if len(steps) == 2:
            stop.ask()

    with pytest.raises(Interrupted):
        tiny_fit(
            *(model, plan_of("light", model, frozen_blocks=1), TRAIN, VALID, part),
            **{"folder": tmp_path / "c", "stop": stop, "epoch": ask},
        )
    again = tiny_model()
    part = FrozenPart(again.backbone, store=ActivationStore(tmp_path / "store", limit_bytes=2**30), engines=EXACT)
    found = tiny_fit(
        again, plan_of("light", again, frozen_blocks=1), TRAIN, VALID, part, folder=tmp_path / "c", resume=True
    )
    assert found.stored == (1,)
    assert all(
        torch.equal(one, other)
        for one, other in zip(tensors_of(whole).values(), tensors_of(again).values(), strict=True)
    )


def test_features_without_a_validation_split(tmp_path: Path) -> None:
    model = tiny_model()
    part = FrozenPart(model.backbone, store=ActivationStore(tmp_path, limit_bytes=2**30), engines=EXACT)
    found = tiny_fit(model, plan_of("lp_ft", model), TRAIN, None, part)
    assert len(found.history) == 7 and np.isnan(found.history[0].train_loss)


@pytest.mark.slow
@pytest.mark.parametrize("full", [None, 0, 1])
def test_what_has_no_space_on_one_machine_is_stored_on_none(tmp_path: Path, full: int | None) -> None:
    def work(team: Team) -> tuple[str, bool, list[str]]:
        model, folder = tiny_model(), tmp_path / str(team.rank)  # each machine has a store of its own
        folder.mkdir()
        part = FrozenPart(
            model.backbone, store=ActivationStore(folder, limit_bytes=2**30), engines=Engines("auto"), workers=1
        )
        plan = plan_of("light", model, frozen_blocks=1)
        supply = Supply(plan.stages, TRAIN, VALID, part, 2**30, team=team)
        with pytest.MonkeyPatch.context() as patch:
            if team.rank == full:
                patch.setattr(ActivationStore, "make_room", lambda *_, **__: False)
            train, valid = supply.sources(len(plan.stages) - 1)
        kinds = {type(train).__name__, type(valid).__name__}
        return kinds.pop(), bool(supply.stored), [one.code for one in supply.findings]

    expected = ("StoredActivations", True, []) if full is None else ("LabelledExamples", False, ["store-full"])
    assert in_team(2, work) == [expected, expected]
