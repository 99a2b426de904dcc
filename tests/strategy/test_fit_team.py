"""Several processes carry out one plan: the first one solves the heads, and all have the model of one process."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ghep.strategy.fit as fit
from ghep.features.frozen import Engines, FrozenPart
from ghep.features.store import ActivationStore
from ghep.model.lora import linear_layers
from ghep.strategy.catalog import strategy_named
from ghep.strategy.derive import Situation
from ghep.team import Team
from team import in_team
from tiny import tensors_of, tiny_data, tiny_model, tiny_session

TRAIN, VALID = tiny_data(26), tiny_data(13, seed=1)
QUICK = {"epochs": 2, "batch_size": 8, "lr": 3e-3, "augment": "none"}
PLANS = {
    "linear_probe": ("linear_probe", {}),
    "lp_ft": ("lp_ft", QUICK),
    "wise": ("full", {**QUICK, "keep": "wise"}),
}


@pytest.mark.parametrize("stored", [False, True])
@pytest.mark.parametrize("name", [pytest.param(name, marks=[pytest.mark.slow] * (name != "lp_ft")) for name in PLANS])
def test_the_first_process_solves_the_heads_and_all_have_the_model_of_one(
    name: str, stored: bool, tmp_path: Path
) -> None:
    strategy, settings = PLANS[name]

    def work(team: Team) -> Any:
        model, solved = tiny_model(), list[int]()
        solve = fit.solve_heads
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(fit, "solve_heads", lambda *given, **more: (solved.append(1), solve(*given, **more))[1])
            blocks = tuple(block.name for block in model.backbone.blocks())
            situation = Situation(
                *(26, blocks), batch_norm=True, has_valid=True, linear_layers=linear_layers(model.backbone)
            )
            plan = strategy_named(strategy, **settings).plan(situation)
            session = dataclasses.replace(tiny_session(), team=team)
            folder = tmp_path / f"store-{team.size}"
            folder.mkdir(exist_ok=True)
            store = ActivationStore(folder, limit_bytes=10**9) if stored else None
            part = FrozenPart(model.backbone, store=store, engines=Engines("torch-float32"), workers=1)
            fitted = fit.fit_plan(model, plan, TRAIN, VALID, session, part)
        scores = [(row.valid_score, row.valid_loss) for row in fitted.history]
        return len(solved), bool(fitted.features), scores, {key: one.numpy() for key, one in tensors_of(model).items()}

    solved, kept, scores, weights = work(Team())
    first, other = in_team(2, work)
    assert (first[0], first[1]) == (solved, kept) and solved > 0
    assert other[:2] == (0, False), "neither the time nor the memory of a second solver"
    assert first[2] == other[2] == [(score, pytest.approx(loss, abs=1e-5)) for score, loss in scores]
    for key, one in weights.items():
        np.testing.assert_allclose(first[3][key], one, atol=1e-5, err_msg=key)
        assert (first[3][key] == other[3][key]).all(), key
