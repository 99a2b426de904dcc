from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ghep.comparison.planning.draws import FEWEST_WITH_VALID, less_than_all, nested_draws
from ghep.data.dataset import Dataset
from ghep.errors import ConfigError, DataError
from ghep.types import Example

SHOTS = (1, 2, 4, 5, 8, 16)


def examples(split: str, sizes: dict[str, int]) -> tuple[Example, ...]:
    return tuple(
        Example(f"{split}/{label}/{at}", b"", {"label": label, "other": "x"})
        for label, n in sizes.items()
        for at in range(n)
    )


def made(train: dict[str, int], valid: dict[str, int], test: dict[str, int] | None = None) -> Dataset:
    test = dict.fromkeys(train, 3) if test is None else test
    parts = [examples(split, sizes) for split, sizes in (("train", train), ("valid", valid), ("test", test))]
    classes = {"label": tuple(sorted(train)), "other": ("x",)}
    return Dataset("made up", Path(), *parts, classes=classes)


def ids(examples: tuple[Example, ...]) -> set[str]:
    return {example.id for example in examples}


def labelled(dataset: Dataset) -> set[str]:
    return ids((*dataset.train, *dataset.valid))


@given(st.lists(st.integers(1, 30), min_size=2, max_size=5), st.integers(0, 4), st.integers(0, 3))
@settings(max_examples=60, deadline=None)
def test_draws_nest_are_stratified_and_leave_test_alone(sizes: list[int], valid: int, draw: int) -> None:
    dataset = made({f"c{at}": n for at, n in enumerate(sizes)}, {f"c{at}": valid for at in range(len(sizes))})
    drawn = nested_draws(dataset, "label", SHOTS, draw=draw)
    assert tuple(drawn) == SHOTS
    smaller: set[str] = set()
    for count, data in drawn.items():
        counts = Counter(example.labels["label"] for example in (*data.train, *data.valid))
        assert counts == {f"c{at}": min(count, n + valid) for at, n in enumerate(sizes)}
        assert smaller <= labelled(data)
        smaller = labelled(data)
        assert data.test == dataset.test
        assert not ids(data.train) & ids(data.valid)
        assert not labelled(data) & ids(data.test)
        assert data.classes == {"label": dataset.classes["label"]}
        in_train = Counter(example.labels["label"] for example in data.train)
        for label, number in counts.items():
            kept = in_train[label]
            assert kept == number if number < FEWEST_WITH_VALID else 0.7 * number <= kept < number


def test_the_order_of_the_examples_has_no_say() -> None:
    dataset = made({"a": 20, "b": 30}, {"a": 5, "b": 5})
    shuffled = replace(
        dataset,
        train=tuple(random.Random(0).sample(dataset.train, len(dataset.train))),
        valid=tuple(random.Random(1).sample(dataset.valid, len(dataset.valid))),
    )
    assert nested_draws(dataset, "label", SHOTS, draw=3) == nested_draws(shuffled, "label", (16, 8, 5, 4, 2, 1), draw=3)


def test_a_draw_does_not_depend_on_which_others_are_asked_for() -> None:
    dataset = made({"a": 20, "b": 30}, {})
    assert nested_draws(dataset, "label", [8], draw=1)[8] == nested_draws(dataset, "label", SHOTS, draw=1)[8]


def test_other_draws_are_others_and_take_every_example_alike() -> None:
    dataset = made({"a": 20, "b": 20}, {"a": 20, "b": 20})
    taken = [labelled(nested_draws(dataset, "label", [10], draw=draw)[10]) for draw in range(200)]
    assert len({frozenset(one) for one in taken}) == 200
    times = Counter(identity for one in taken for identity in one)  # 10 of 40 a class: 50 of 200, give or take 6
    assert len(times) == 80
    assert min(times.values()) > 25
    assert max(times.values()) < 75


def test_classes_that_fall_short_are_named() -> None:
    drawn = nested_draws(made({"a": 3, "b": 30}, {"a": 1}), "label", [4, 8], draw=0)
    assert drawn[4].findings == ()
    (finding,) = drawn[8].findings
    assert (finding.code, finding.items) == ("fewer-labels", ("a: 4",))


def test_counts_that_take_every_label_are_not_fewer_labels() -> None:
    dataset = made({"a": 10, "b": 4}, {"a": 2, "b": 1})
    assert less_than_all(dataset, "label", (1, 5, 11, 12, 5000)) == (1, 5, 11)


def test_equal_copies_stay_on_one_side() -> None:
    dataset = made({"a": 10, "b": 10}, {})
    twins = {f"train/a/{at}": f"digest {at // 2}" for at in range(10)}
    dataset = replace(dataset, digests=twins | {f"train/b/{at}": f"digest {at}" for at in range(2)})
    for draw in range(20):
        data = nested_draws(dataset, "label", [10], draw=draw)[10]
        sides = [{dataset.digests.get(one, one) for one in ids(part)} for part in (data.train, data.valid)]
        assert not sides[0] & sides[1]
        assert data.valid
        assert {example.labels["label"] for example in data.train} == {"a", "b"}


def test_copies_of_another_class_stay_in_train_with_it() -> None:
    """Each b is a copy of the first a, all other a are copies of one another: dealt out, no b would be in train."""
    dataset = made({"a": 9, "b": 5}, {})
    one = {"train/a/0", *(f"train/b/{at}" for at in range(5))}
    dataset = replace(dataset, digests={x.id: "one" if x.id in one else "other" for x in dataset.train})
    data = nested_draws(dataset, "label", [9], draw=0)[9]
    assert one <= ids(data.train)
    assert data.valid == ()


def test_without_a_test_split_valid_takes_its_place() -> None:
    dataset = made({"a": 9, "b": 9}, {"a": 4, "b": 4}, test={})
    data = nested_draws(dataset, "label", [8], draw=0)[8]
    assert data.test == dataset.valid
    assert labelled(data) <= ids(dataset.train)


def test_examples_without_a_label_of_the_task_are_not_drawn() -> None:
    dataset = made({"a": 5, "b": 5}, {})
    dataset = replace(dataset, train=(*dataset.train, Example("unlabelled", b"", {"other": "x"})))
    assert "unlabelled" not in labelled(nested_draws(dataset, "label", [50], draw=0)[50])


def test_what_cannot_be_drawn_is_refused() -> None:
    dataset = made({"a": 5, "b": 5}, {})
    with pytest.raises(ConfigError, match='no task "lable"'):
        nested_draws(dataset, "lable", [1], draw=0)
    for shots in ([], [0, 1]):
        with pytest.raises(ConfigError, match="at least one label per class"):
            nested_draws(dataset, "label", shots, draw=0)
    with pytest.raises(DataError, match="neither a test split nor a valid split"):
        nested_draws(replace(dataset, test=()), "label", [1], draw=0)
