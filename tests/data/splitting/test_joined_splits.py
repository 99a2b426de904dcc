from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ghep.data.dataset import Part
from ghep.data.splitting.joined_splits import split_joined
from ghep.data.splitting.splits import CARVED, split_examples
from ghep.errors import DataError
from ghep.types import SPLITS, Example, Split

Named = Mapping[str, Split]


def examples(name: str, n: int, start: int = 0) -> list[Example]:
    return [Example(f"{name}/{at}", b"", {name: "ab"[at % 2]}) for at in range(start, start + n)]


def part(name: str, splits: Named | None = None) -> Part:
    return Part(name, f"data/{name}", (name,), splits or {})


def dealt(all_: list[Example], *shares: Split) -> dict[str, Split]:
    """Splits that turn by turn are named."""
    return {one.id: shares[at % len(shares)] for at, one in enumerate(all_)}


SAYS: dict[str, tuple[Split, ...]] = {
    "nothing": (),
    "train alone": ("train",),
    "train and test": ("train", "train", "test"),
    "train and valid": ("train", "train", "valid"),
    "all three": ("train", "train", "valid", "test"),
}


@pytest.mark.parametrize("says", SAYS)
@pytest.mark.parametrize("first", SAYS)
def test_each_part_is_divided_as_if_it_were_read_alone(first: str, says: str) -> None:
    cars, signs = examples("cars", 120), examples("signs", 80)
    named = {"cars": dealt(cars, *SAYS[first]) if SAYS[first] else {}}
    named["signs"] = dealt(signs, *SAYS[says]) if SAYS[says] else {}
    parts = [part(name, splits) for name, splits in named.items()]
    kept, splits, findings = split_joined([*cars, *signs], parts, {}, seed=3)
    alone = [split_examples(own, named[own[0].id[:-2]], {}, seed=3) for own in (cars, signs)]
    assert kept == [*cars, *signs] and splits == alone[0][0] | alone[1][0]
    told = [f"{name}: {one.message}" for name, (_, found) in zip(named, alone, strict=True) for one in found]
    assert [one.message for one in findings] == told


def test_what_one_part_names_test_is_no_other_parts_to_learn_from() -> None:
    both = [Example(f"x/{at}", b"", {"cars": "ab"[at % 2], "signs": "cd"[at % 2]}) for at in range(60)]
    cars = {one.id: "test" if at < 20 else "train" for at, one in enumerate(both)}
    signs = {one.id: "test" if at >= 50 else "valid" if at >= 45 else "train" for at, one in enumerate(both)}
    kept, splits, findings = split_joined(both, [part("cars", cars), part("signs", signs)], {}, seed=0)
    by_id = {one.id: one for one in kept}
    assert {i for i, s in splits.items() if s == "test" and "cars" in by_id[i].labels} == {
        f"x/{at}" for at in range(20)
    }
    assert {i for i, s in splits.items() if s == "test" and "signs" in by_id[i].labels} == {
        f"x/{at}" for at in range(50, 60)
    }
    assert by_id["x/0"].labels == {"cars": "a"} and by_id["x/50"].labels == {"signs": "c"}
    assert all(splits[f"x/{at}"] == "valid" and len(by_id[f"x/{at}"].labels) == 2 for at in range(45, 50))
    test, valid = findings[:2]
    assert test.code == "left-to-test" and test.severity == "info" and len(test.items) == 30
    assert test.message.endswith("has them in test: 10 of cars, 20 of signs") and "x/0 (signs: train)" in test.items
    assert valid.code == "left-to-valid" and valid.items == tuple(f"x/{at} (cars)" for at in range(45, 50))
    assert valid.message.endswith("moved from train to valid, because another task has them in valid: 5 of cars")


def test_an_example_that_loses_its_only_label_is_left_out() -> None:
    cars, signs = examples("cars", 60), examples("signs", 60)
    named = {"cars": dealt(cars, "train", "train", "test"), "signs": dealt(signs, "train", "valid", "test")}
    groups = {"cars/2": "g", "signs/0": "g", "cars/5": "h", "signs/1": "h"}  # test of cars; train, valid of signs
    kept, splits, findings = split_joined([*cars, *signs], [part(*one) for one in named.items()], groups, seed=0)
    gone = {"signs/0", "signs/1"}
    assert {one.id for one in [*cars, *signs]} - {one.id for one in kept} == gone and not gone & splits.keys()
    assert findings[0].items == ("signs/0 (signs: train)", "signs/1 (signs: valid)")


def test_a_copy_of_another_tasks_example_goes_where_that_one_is() -> None:
    cars, signs, people = examples("cars", 90), examples("signs", 90), examples("people", 90)
    named = {"cars": dealt(cars, "train", "valid", "test"), "signs": dealt(signs, "train", "train", "test")}
    groups = {f"{name}/{at}": f"g{at}" for name in ("cars", "people") for at in range(0, 60)}
    groups |= {f"signs/{at}": f"g{at}" for at in (0, 1, 3, 4, 6, 7)}
    parts = [part("cars", named["cars"]), part("signs", named["signs"]), part("people")]
    _, splits, _ = split_joined([*cars, *signs, *people], parts, groups, seed=0)
    for at in range(60):
        assert splits[f"people/{at}"] == splits[f"cars/{at}"] == named["cars"][f"cars/{at}"]
    assert [splits[f"signs/{at}"] for at in (0, 1, 3, 4, 6, 7)] == ["train", "valid"] * 3, "not carved, and moved"
    assert "test" in splits.values() and splits["signs/2"] == "test"


def test_copies_inside_one_data_set_are_its_own_affair() -> None:
    cars, signs = examples("cars", 60), examples("signs", 60)
    named = {"cars": dealt(cars, "train", "valid", "test"), "signs": dealt(signs, "train", "valid", "test")}
    groups = {"cars/0": "g", "cars/2": "g"}
    kept, splits, findings = split_joined([*cars, *signs], [part(*one) for one in named.items()], groups, seed=0)
    assert (len(kept), splits["cars/0"], splits["cars/2"], findings) == (120, "train", "test", [])


def test_valid_is_carved_out_of_what_is_held_in_common_where_there_is_nothing_else() -> None:
    both = [Example(f"x/{at}", b"", {"cars": "ab"[at % 2], "signs": "cd"[at % 2]}) for at in range(100)]
    official = dealt(both, "train", "train", "train", "train", "test")
    apart = {one.id: split for one, split in zip(both, official.values(), strict=True)}
    _, splits, _ = split_joined(both, [part("cars", official), part("signs", apart)], {}, seed=0)
    assert list(splits.values()).count("valid") == CARVED * 80
    more = examples("cars", 25)
    with_valid = {**official, **dealt(more, "valid")}
    _, splits, _ = split_joined([*both, *more], [part("cars", with_valid), part("signs", apart)], {}, seed=0)
    carved = [one.id for one in both if splits[one.id] == "valid"]
    assert len(carved) == CARVED * 80, "signs has nothing of its own to choose by"
    only = examples("signs", 50)
    _, splits, _ = split_joined(
        [*both, *more, *only],
        [part("cars", with_valid), part("signs", {**apart, **dealt(only, "train")})],
        {},
        seed=0,
    )
    assert [one.id for one in both if splits[one.id] == "valid"] == [], "what cars has in train stays there"
    assert sum(splits[one.id] == "valid" for one in only) == CARVED * 50


def shared(n: int) -> list[Example]:
    return [Example(f"x/{at}", b"", {"cars": "ab"[at % 2], "signs": "cd"[at % 2]}) for at in range(n)]


def test_where_no_part_has_valid_it_is_carved_out_of_what_they_share_too() -> None:
    both, cars, signs = shared(100), examples("cars", 100), examples("signs", 100)
    parts = [
        part("cars", dealt([*both, *cars], "train", "train", "train", "train", "test")),
        part("signs", dealt([*both, *signs], "train", "train", "train", "train", "test")),
    ]
    _, splits, _ = split_joined([*both, *cars, *signs], parts, {}, seed=0)
    for own in ([*both, *cars], [*both, *signs], both):
        assert sum(splits[one.id] == "valid" for one in own) == pytest.approx(CARVED * 0.8 * len(own), abs=6)


def test_copies_stay_together_whatever_they_are_carved_from() -> None:
    both, signs = shared(100), examples("signs", 100)
    groups = {f"{name}/{at}": f"g{at}" for name in ("x", "signs") for at in range(100)}
    cars = dealt(both, "train", "train", "train", "train", "test") | dealt(examples("cars", 20), "valid")
    named = [part("cars", cars), part("signs", dealt(both, "train", "train", "train", "train", "test"))]
    people = [Example(one.id, b"", {"people": "ab"[at % 2]}) for at, one in enumerate(signs)]
    named.append(part("people", dealt(people, "train", "train", "train", "train", "test")))
    _, splits, _ = split_joined([*both, *examples("cars", 20), *people], named, groups, seed=0)
    assert all(splits[f"x/{at}"] == splits[f"signs/{at}"] for at in range(100))
    assert sum(splits[one.id] == "valid" for one in both) == CARVED * 80


def test_parts_that_name_nothing_keep_their_copies_together_too() -> None:
    cars, signs = examples("cars", 120), examples("signs", 120)
    groups = {f"{name}/{at}": f"g{at}" for name in ("cars", "signs") for at in range(120)}
    _, splits, _ = split_joined([*cars, *signs], [part("cars"), part("signs")], groups, seed=0)
    assert all(splits[f"cars/{at}"] == splits[f"signs/{at}"] for at in range(120))
    some = {f"signs/{at}": split for at, split in zip(range(100, 120), SPLITS * 7, strict=False)}
    _, splits, _ = split_joined([*cars, *signs], [part("cars"), part("signs", some)], groups, seed=0)
    assert all(splits[f"cars/{at}"] == splits[f"signs/{at}"] for at in range(120))


def test_train_alone_says_nothing_against_a_test_split() -> None:
    both = shared(60)
    parts = [part("cars", dealt(both, "train", "valid", "test")), part("signs", dealt(both, "train"))]
    kept, splits, findings = split_joined(both, parts, {}, seed=0)
    assert kept == both and splits == parts[0].splits and [one.code for one in findings] == ["split-made"]


def test_what_another_part_trains_on_is_enough_to_train_on() -> None:
    both, signs = shared(60), examples("signs", 20)
    named = [part("cars", dealt(both, "train", "valid", "test")), part("signs", dealt(signs, "test"))]
    _, splits, _ = split_joined([*both, *signs], named, {}, seed=0)
    assert splits == named[0].splits | named[1].splits


def test_a_part_that_names_no_train_split_is_refused_by_name() -> None:
    cars, signs = examples("cars", 30), examples("signs", 30)
    with pytest.raises(DataError, match="signs: no examples to train on, only test"):
        split_joined([*cars, *signs], [part("cars"), part("signs", dealt(signs, "test"))], {}, seed=0)


def test_a_task_that_ends_up_without_a_test_split_is_named() -> None:
    both = [Example(f"x/{at}", b"", {"cars": "ab"[at % 2], "signs": "cd"[at % 2]}) for at in range(60)]
    others = examples("cars", 20)
    named = {**dealt(both, "train", "valid"), **dealt(others, "test")}
    _, _, findings = split_joined([*both, *others], [part("cars", named), part("signs")], {}, seed=0)
    assert [one.message for one in findings if one.code == "no-test-split"] == [
        "signs: there is no test split; scores are on valid"
    ]


SPLIT = st.sampled_from([None, *SPLITS])


@given(
    st.lists(st.tuples(SPLIT, SPLIT, st.integers(0, 2), st.integers(0, 40)), min_size=1, max_size=60),
    st.integers(0, 3),
)
@settings(max_examples=150, deadline=None)
def test_test_splits_stay_as_given_and_nothing_in_one_is_learnt_from(
    rows: list[tuple[Split | None, Split | None, int, int]], seed: int
) -> None:
    """Whatever two parts name for what they share: each row is of the first, of the second, or of both."""
    all_, named, groups = [], defaultdict[str, dict[str, Split]](dict), {}
    for at, (first, second, whose, group) in enumerate(rows):
        names = (("cars",), ("signs",), ("cars", "signs"))[whose]
        all_.append(Example(f"x/{at}", b"", dict.fromkeys(names, "ab"[at % 2])))
        groups[f"x/{at}"] = f"g{group}"
        named["cars"] |= {f"x/{at}": first} if first and "cars" in names else {}
        named["signs"] |= {f"x/{at}": second} if second and "signs" in names else {}
    extra = [*examples("cars", 20, start=100), *examples("signs", 20, start=100)]
    for name in ("cars", "signs"):  # each names all three, so that every name counts
        named[name] |= dealt([one for one in extra if name in one.labels], *SPLITS)
    parts = [part("cars", named["cars"]), part("signs", named["signs"])]
    kept, splits, _ = split_joined([*all_, *extra], parts, groups, seed=seed)
    assert {one.id for one in kept} == splits.keys()
    now = {one.id: one.labels for one in kept}
    for name, own in named.items():
        for identity, split in own.items():
            if split == "test":
                assert splits[identity] == "test" and name in now[identity]
            elif splits.get(identity) == "test":
                assert name not in now[identity]
            elif split == "valid" and identity in splits:
                assert splits[identity] == "valid"
    said_of: dict[tuple[str, str], set[Split | None]] = defaultdict(set)
    for one in all_:
        for name in one.labels:
            said_of[groups[one.id], name].add(named[name].get(one.id))
    at_odds = {group for (group, _), said in said_of.items() if len(said) > 1}
    for group in set(groups.values()) - at_odds:
        assert len({splits[one.id] for one in all_ if groups[one.id] == group and one.id in splits}) <= 1
