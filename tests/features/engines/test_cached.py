from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ghep.features.frozen as frozen
from ghep.backbone.base import Backbone
from ghep.backbone.cached import keep_backbones
from ghep.features.decisions import Decisions
from ghep.features.engines.cached import forget_engines
from ghep.features.frozen import Engines, FrozenPart
from tiny import BLOCKS, tiny_backbone, tiny_data

pytest.importorskip("openvino")


@pytest.fixture
def chosen(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Whom ``choose_engine`` was asked for, call by call."""
    asked: list[str] = []
    choose = frozen.choose_engine

    def counted(*given: Any, **options: Any) -> Any:
        asked.append(options["wanted"])
        return choose(*given, **options)

    monkeypatch.setattr(frozen, "choose_engine", counted)
    yield asked
    forget_engines()


def run_of(comparison: Path, backbone: Backbone | None = None, engine: str = "openvino-float32", **fixed: bool) -> Any:
    """Return the features of a run that shares the decisions of ``comparison``; there is no store."""
    part = FrozenPart(backbone or tiny_backbone(), engines=Engines(engine, **fixed))
    part.decisions = Decisions(comparison / "decisions.json", shared=True).also_in(comparison / "run.json")
    return part.activations(tiny_data(6), [BLOCKS], exact=True)[BLOCKS].matrix()


def test_a_later_run_of_a_comparison_compiles_nothing(tmp_path: Path, chosen: list[str]) -> None:
    with keep_backbones():
        first = run_of(tmp_path)
        again = run_of(tmp_path)
    assert len(chosen) == 1 and np.array_equal(first, again)


def test_a_trained_backbone_does_not_change_what_was_kept(tmp_path: Path, chosen: list[str]) -> None:
    backbone = tiny_backbone()
    with keep_backbones():
        first = run_of(tmp_path, backbone)
        for parameter in backbone.parameters():
            parameter.data.mul_(3)
        other = run_of(tmp_path, backbone)  # other weights: compiled for themselves
        assert np.array_equal(run_of(tmp_path), first) and not np.allclose(other, first)
    assert len(chosen) == 2


@pytest.mark.slow
@pytest.mark.parametrize("what", ["not wanted", "another comparison", "torch", "fixed"])
def test_where_every_run_chooses_for_itself(tmp_path: Path, chosen: list[str], what: str) -> None:
    engine = "torch-float32" if what == "torch" else "openvino-float32"
    for number in range(2):
        comparison = tmp_path / str(number * (what == "another comparison"))
        comparison.mkdir(exist_ok=True)
        if what == "not wanted":
            run_of(comparison)
            continue
        with keep_backbones():
            run_of(comparison, engine=engine, fixed=what == "fixed")
    assert len(chosen) == 2


def test_a_run_by_itself_keeps_nothing(chosen: list[str]) -> None:
    with keep_backbones():
        for _ in range(2):
            part = FrozenPart(tiny_backbone(), engines=Engines("openvino-float32"))
            part.activations(tiny_data(6), [BLOCKS], exact=True)
    assert len(chosen) == 2
