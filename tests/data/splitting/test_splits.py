from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ghep.data.splitting.splits import CARVED, FRACTIONS, MOST_CARVED, deal, split_examples
from ghep.errors import DataError
from ghep.types import SPLITS, Example


def examples(sizes: dict[str, int]) -> list[Example]:
    return [Example(f"{label}/{at}", b"", {"label": label}) for label, n in sizes.items() for at in range(n)]


@given(
    st.lists(st.integers(1, 40), min_size=1, max_size=6),
    st.integers(0, 5),
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), max_size=10),
)
@settings(max_examples=60, deadline=None)
def test_partition_groups_and_coverage(sizes: list[int], seed: int, tied: list[tuple[int, int]]) -> None:
    all_ = examples({f"c{at}": n for at, n in enumerate(sizes)})
    groups: dict[str, str] = {}
    for a, b in tied:
        one, other = all_[a % len(all_)], all_[b % len(all_)]
        if one.labels == other.labels and one.id not in groups and other.id not in groups:
            groups |= {one.id: one.id, other.id: one.id}
    splits = deal(all_, groups, FRACTIONS, seed=seed)
    assert set(splits) == {example.id for example in all_}
    for identity, group in groups.items():
        assert splits[identity] == splits[group]
    for label in {example.labels["label"] for example in all_}:
        mine = [example.id for example in all_ if example.labels["label"] == label]
        if len({groups.get(identity, identity) for identity in mine}) >= 3:
            assert {splits[identity] for identity in mine} == set(SPLITS)
    shuffled = random.Random(seed).sample(all_, len(all_))
    assert deal(shuffled, groups, FRACTIONS, seed=seed) == splits


def test_shares_are_kept_for_each_class() -> None:
    splits = deal(examples({"a": 100, "b": 1000}), {}, FRACTIONS, seed=0)
    for label, n in (("a", 100), ("b", 1000)):
        share = {split: sum(splits[f"{label}/{at}"] == split for at in range(n)) / n for split in SPLITS}
        assert share == pytest.approx(FRACTIONS, abs=0.011)


def test_another_seed_is_another_split() -> None:
    all_ = examples({"a": 50, "b": 50})
    assert deal(all_, {}, FRACTIONS, seed=0) != deal(all_, {}, FRACTIONS, seed=1)


def test_several_tasks_and_missing_labels() -> None:
    all_ = [
        Example(str(at), b"", {k: v for k, v in (("x", "ab"[at % 2]), ("y", "cde"[at % 3])) if (at + len(k + v)) % 4})
        for at in range(240)
    ]
    splits = deal(all_, {}, FRACTIONS, seed=0)
    for task, label in (("x", "a"), ("x", "b"), ("y", "c"), ("y", "d"), ("y", "e")):
        mine = [splits[example.id] for example in all_ if example.labels.get(task) == label]
        for split, share in FRACTIONS.items():
            assert mine.count(split) / len(mine) == pytest.approx(share, abs=0.05)


def test_given_splits_are_kept() -> None:
    all_ = examples({"a": 50, "b": 50})
    given_ = {example.id: ("train" if at % 5 else "test") for at, example in enumerate(all_)}
    splits, findings = split_examples(all_, given_, {}, seed=0)
    assert [finding.code for finding in findings] == ["valid-carved"]
    assert all(splits[identity] == "test" for identity, split in given_.items() if split == "test")
    assert sum(split == "valid" for split in splits.values()) == round(80 * CARVED)
    given_ = {example.id: ("train" if at % 5 else "valid") for at, example in enumerate(all_)}
    splits, findings = split_examples(all_, given_, {}, seed=0)
    assert splits == given_ and [finding.code for finding in findings] == ["no-test-split"]


def test_the_rest_follows_its_copies() -> None:
    all_ = examples({"a": 50, "b": 50})
    given_ = {"a/0": "train", "a/1": "valid", "a/2": "test", "b/0": "train"}
    splits, findings = split_examples(all_, given_, {"a/2": "a/2", "a/40": "a/2"}, seed=0)
    assert splits["a/40"] == "test" and findings[0].code == "split-completed"


def test_no_train_is_an_error() -> None:
    all_ = examples({"a": 2})
    with pytest.raises(DataError, match="only test"):
        split_examples(all_, {example.id: "test" for example in all_}, {}, seed=0)


def test_no_more_is_carved_than_it_takes_to_choose() -> None:
    examples = [Example(str(place), "", {"label": str(place % 2)}) for place in range(8_000)]
    given = {one.id: "test" if place < 100 else "train" for place, one in enumerate(examples)}
    splits, _ = split_examples(examples, given, {}, seed=0)
    assert sum(split == "valid" for split in splits.values()) == MOST_CARVED


def test_an_uneven_split_blames_groups_only_where_there_are_some() -> None:
    two_each = examples({f"c{at}": 2 for at in range(40)})
    said = {one.code: one for one in split_examples(two_each, {}, {}, seed=0)[1]}["split-uneven"]
    assert "valid has 0 examples instead of about 12" in said.message and "classes have so few examples" in said.message
    assert "groups" not in said.message and "--group" not in said.remedy
    large = examples({"a": 60, "b": 60})
    groups = {one.id: one.labels["label"] for one in large}
    said = {one.code: one for one in split_examples(large, {}, groups, seed=0)[1]}["split-uneven"]
    assert "have to stay together" in said.message and "--group" in said.remedy
