"""A pass over the frozen blocks that several processes share: the rows of one process, each computed once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ghep.data.loading.views import PLAIN
from ghep.experiment.scoring import scored_from
from ghep.features.frozen import Engines, FrozenPart, StoredActivations
from ghep.features.store import ActivationStore
from ghep.team import Team
from team import in_team
from tiny import tiny_backbone, tiny_data

DATA = tiny_data(100)  # four batches


def part_in(folder: Path | None) -> FrozenPart:
    store = None if folder is None else ActivationStore(folder, limit_bytes=10**9)
    if folder is not None:
        folder.mkdir(exist_ok=True)
    return FrozenPart(tiny_backbone(), store=store, engines=Engines("torch-float32"), workers=1)


@pytest.mark.slow
@pytest.mark.parametrize("exact", [True, False])
def test_each_process_computes_a_part_and_all_find_the_rows_of_one(tmp_path: Path, exact: bool) -> None:
    alone = part_in(tmp_path / "alone").activations(DATA, [2, 3], exact=exact)

    def work(team: Team) -> Any:
        part = part_in(tmp_path / "shared")
        part.share(team, DATA, [2, 3], exact=exact)
        found = part.activations(DATA, [2, 3], exact=exact)
        first, second = part.passes
        return (first.computed, second.computed, second.reused), {key: one.matrix() for key, one in found.items()}

    for counts, found in in_team(2, work):
        assert counts == (100, 0, 100)
        for boundary, one in alone.items():
            assert (found[boundary] == one.matrix()).all()
    segments = list((tmp_path / "shared").glob("*/seg-*"))
    assert len(segments) == 4  # one of each process at each boundary


@pytest.mark.slow
def test_without_a_store_in_common_each_computes_all(tmp_path: Path) -> None:
    def work(team: Team) -> Any:
        for part in (part_in(tmp_path / str(team.rank)), part_in(None)):
            part.share(team, DATA, [3], views=(PLAIN,))
            assert not part.passes
            yield part.features(DATA)

    expected = part_in(None).features(DATA)
    for found in in_team(2, lambda team: list(work(team))):
        assert all(np.array_equal(one, expected) for one in found)


def test_a_part_that_fails_is_computed_afterwards(tmp_path: Path) -> None:
    def broken(*_: Any) -> None:
        raise FloatingPointError

    def work(team: Team) -> Any:
        part = part_in(tmp_path / "store")
        with pytest.MonkeyPatch.context() as patch:
            if team.rank == 1:
                patch.setattr("ghep.features.frozen.finite_rows", broken)
            part.share(team, DATA, [3], exact=True)
        assert part.holds(DATA, [3], views=(PLAIN,), exact=True) is False
        return part.features(DATA)

    expected = part_in(tmp_path / "other").features(DATA)
    for found in in_team(2, work):
        assert np.array_equal(found, expected)


@pytest.mark.slow
@pytest.mark.parametrize("common", [True, False])
def test_activations_for_scores_are_computed_by_all_and_kept_by_the_first(tmp_path: Path, common: bool) -> None:
    """Also if only the first process has rounded its weights, so that fewer of its blocks are unchanged."""

    def work(team: Team) -> Any:
        part = part_in(tmp_path / "store" if common else None)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(FrozenPart, "unmoved", lambda _: 2 if team.first else 3)
            found = scored_from(part, {"test": DATA}, stored=(2,), team=team)
        return isinstance(found["test"], StoredActivations), [(one.boundaries, one.computed) for one in part.passes]

    shared, own = ((2,), 100), ((2,), 0) if common else ((2,), 100)
    first, other = in_team(2, work)
    assert first == (True, [shared, own] if common else [own])
    assert other == (False, [shared] if common else [])
