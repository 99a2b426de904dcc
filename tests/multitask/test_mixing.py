from __future__ import annotations

from collections import Counter
from math import inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ghep.data.loading.batches import Rows
from ghep.errors import ConfigError
from ghep.multitask.mixing import drawn, shares
from ghep.multitask.settings import Sharing

EQUAL = Sharing(mixing="equal")
ROOT = Sharing(mixing="sqrt")


def apart(**counts: int) -> dict[str, np.ndarray]:
    """Each row labelled for one task alone: data sets that share nothing."""
    owner = np.repeat(list(counts), list(counts.values()))
    return {task: owner == task for task in counts}


def epochs(labelled: dict[str, np.ndarray], sharing: Sharing, number: int, seed: int = 0) -> list[Rows]:
    found = [drawn(labelled, sharing, seed=seed, epoch=epoch) for epoch in range(number)]
    assert all(one is not None for one in found)
    return found  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("sharing", "expected"),
    [
        (Sharing(), (0.1, 0.9)),
        (EQUAL, (0.5, 0.5)),
        (ROOT, (0.25, 0.75)),
        (Sharing(mixing="temperature", mixing_temperature=1), (0.1, 0.9)),
        (Sharing(mixing="temperature", mixing_temperature=2), (0.25, 0.75)),
        (Sharing(mixing="temperature", mixing_temperature=4), (1 / (1 + 3**0.5), 3**0.5 / (1 + 3**0.5))),
        (Sharing(mixing="temperature", mixing_temperature=0.5), (1 / 82, 81 / 82)),
        (Sharing(mixing="temperature", mixing_temperature=inf), (0.5, 0.5)),
    ],
)
def test_shares_have_their_closed_form(sharing: Sharing, expected: tuple[float, float]) -> None:
    assert tuple(shares({"cars": 100, "signs": 900}, sharing).values()) == pytest.approx(expected)


def test_a_task_without_labels_has_no_share() -> None:
    assert shares({"cars": 0, "signs": 4}, EQUAL) == {"cars": 0.0, "signs": 1.0}
    assert shares({"cars": 0}, EQUAL) == {"cars": 0.0}
    assert shares({}, EQUAL) == {}


@pytest.mark.parametrize("temperature", [0.0, -1.0, float("nan")])
def test_a_temperature_that_is_none(temperature: float) -> None:
    with pytest.raises(ConfigError, match="above 0"):
        shares({"cars": 1}, Sharing(mixing="temperature", mixing_temperature=temperature))


@pytest.mark.parametrize(("sharing", "sizes"), [(EQUAL, (1, 1, 1)), (ROOT, (50**0.5, 165**0.5, 785**0.5))])
def test_an_epoch_of_separate_data_has_the_shares_it_should(sharing: Sharing, sizes: tuple[float, ...]) -> None:
    labelled = apart(people=50, cars=165, signs=785)
    ideal = 1000 * np.array(sizes) / sum(sizes)
    for epoch in epochs(labelled, sharing, 3):
        rows = np.array([labelled[task][epoch.places].sum() for task in ("people", "cars", "signs")])
        assert rows.sum() == 1000 and (abs(rows - ideal) < 1).all()


def test_all_rows_of_a_small_task_come_before_one_comes_again_and_large_ones_rotate() -> None:
    labelled = apart(few=7, many=93)
    seen: Counter[int] = Counter()
    for epoch in epochs(labelled, EQUAL, 13):
        for place, passes in zip(epoch.places.tolist(), epoch.passes.tolist(), strict=True):
            # Within an epoch the order is shuffled, so the first of two visits may carry the later number.
            assert abs(passes - seen[place]) <= 50 // 7 + 1
            seen[place] += 1
        few = [seen[place] for place in range(7)]
        many = [seen[place] for place in range(7, 100)]
        assert max(few) - min(few) <= 1 and max(many) - min(many) <= 1
    assert sum(few) == sum(many) == 13 * 50


def test_passes_count_every_visit_of_a_row_once() -> None:
    labelled = apart(few=7, many=93)
    visits: dict[int, list[int]] = {place: [] for place in range(100)}
    for epoch in epochs(labelled, ROOT, 9):
        for place, passes in zip(epoch.places.tolist(), epoch.passes.tolist(), strict=True):
            visits[place].append(passes)
    assert all(sorted(numbers) == list(range(len(numbers))) for numbers in visits.values())


def test_an_epoch_depends_on_seed_and_number_alone() -> None:
    labelled = apart(few=7, many=93)
    third = drawn(labelled, EQUAL, seed=4, epoch=2)
    again = epochs(labelled, EQUAL, 3, seed=4)[2]
    turned = drawn(dict(reversed(labelled.items())), EQUAL, seed=4, epoch=2)
    assert third is not None and turned is not None
    for other in (again, turned):
        np.testing.assert_array_equal(third.places, other.places)
        np.testing.assert_array_equal(third.passes, other.passes)
    assert third.places.dtype == third.passes.dtype == np.int64
    for different in (drawn(labelled, EQUAL, seed=5, epoch=2), drawn(labelled, EQUAL, seed=4, epoch=3)):
        assert different is not None
        assert (np.sort(different.places) != np.sort(third.places)).any()  # other rows of the large task
        assert (labelled["few"][different.places] != labelled["few"][third.places]).any()  # in another order


def test_tasks_are_mixed_within_a_batch() -> None:
    labelled = apart(few=100, many=900)
    epoch = epochs(labelled, EQUAL, 1)[0]
    in_batch = labelled["few"][epoch.places].reshape(-1, 50).sum(axis=1)
    assert in_batch.min() > 5 and in_batch.max() < 45


def test_a_row_counts_for_each_of_its_tasks() -> None:
    """60 rows for a alone, 30 for b alone, 10 for both. One of b is worth 70 / 40 of one of a, one of both the sum."""
    a, b = np.arange(100) < 70, np.arange(100) >= 60
    epoch = epochs({"a": a, "b": b}, EQUAL, 1)[0]
    of = Counter(zip(a[epoch.places].tolist(), b[epoch.places].tolist(), strict=True))
    one, other = 0.5 / 70, 0.5 / 40
    assert of[True, False] == pytest.approx(100 * 60 * one, abs=1)
    assert of[False, True] == pytest.approx(100 * 30 * other, abs=1)
    assert of[True, True] == pytest.approx(100 * 10 * (one + other), abs=1)


def test_nothing_is_drawn_where_every_row_comes_once_in_any_case() -> None:
    assert drawn(apart(few=7, many=93), Sharing(), seed=0, epoch=0) is None
    assert drawn(apart(few=7, many=93), Sharing("temperature", 1.0), seed=0, epoch=0) is None
    assert drawn(apart(one=50, other=50), EQUAL, seed=0, epoch=0) is None
    every = np.ones(20, dtype=bool)
    assert drawn({"a": every, "b": every}, EQUAL, seed=0, epoch=0) is None
    assert drawn({"a": np.arange(9) < 5}, EQUAL, seed=0, epoch=0) is None


def test_rows_without_any_label_do_not_come() -> None:
    labelled = {task: np.concatenate([rows, np.zeros(40, dtype=bool)]) for task, rows in apart(a=30, b=30).items()}
    for epoch in epochs(labelled, EQUAL, 2):
        np.testing.assert_array_equal(np.sort(epoch.places), np.arange(60))
    assert drawn({"a": np.zeros(3, dtype=bool), "b": np.zeros(3, dtype=bool)}, EQUAL, seed=0, epoch=0) is None


def test_a_lonely_row_of_a_large_task_is_not_dropped() -> None:
    """One row is labelled for the large task alone: its quota is a third of a row."""
    row = np.arange(301)
    labelled = {"large": row >= 0, "small": (row >= 1) & (row <= 50), "middling": row > 50}
    for epoch in epochs(labelled, EQUAL, 3):
        assert len(epoch.places) == 301 and (epoch.places == 0).sum() == 1


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(
    counts=st.lists(st.integers(0, 12), min_size=8, max_size=8),
    mixing=st.sampled_from(["equal", "sqrt", "temperature"]),
    seed=st.integers(0, 99),
)
def test_whatever_the_pattern(counts: list[int], mixing: str, seed: int) -> None:
    """Exact length, no row without labels, none left behind, and even within each pattern over five epochs."""
    codes = np.repeat(np.arange(8), counts)
    labelled = {name: (codes >> bit) % 2 == 1 for bit, name in enumerate("abc")}
    found = [drawn(labelled, Sharing(mixing=mixing), seed=seed, epoch=epoch) for epoch in range(5)]  # type: ignore[arg-type]
    if found[0] is None:
        return
    rows = int((codes > 0).sum())
    assert all(one is not None and len(one.places) == rows for one in found)
    times = np.bincount(np.concatenate([one.places for one in found if one is not None]), minlength=len(codes))
    assert (times[codes == 0] == 0).all()
    for code in range(1, 8):
        mine = times[codes == code]
        assert len(mine) == 0 or (mine.sum() >= 5 and mine.max() - mine.min() <= 1)
