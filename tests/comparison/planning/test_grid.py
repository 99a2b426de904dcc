"""Which runs there are, in which order, and what their folders are called."""

from __future__ import annotations

from ghep.comparison.planning.grid import Cell, arms, contenders, in_pairs, line_of, lines, on_fewer, rounds
from ghep.comparison.record import Contender


def test_controls_take_part_with_every_backbone_and_cheap_ones_come_first() -> None:
    who = contenders(["a", "b"], ["full", "linear_probe"], controls=True)
    assert [one.strategy for one in who] == [
        *("linear_probe", "linear_probe", "random_features", "random_features"),
        *("full", "full", "scratch", "scratch"),
    ]
    assert {one.backbone for one in who} == {"a", "b"}
    assert [one.control for one in who] == [False, False, True, True, False, False, True, True]
    assert [str(one) for one in contenders(["a"], ["full"], controls=False)] == ["full (a)"]


def test_a_strategy_of_the_user_has_its_place_beside_full() -> None:
    who = contenders(["a"], ["mine", "light", "full"], controls=True)
    assert [one.strategy for one in who] == ["random_features", "light", "mine", "full", "scratch"]


def test_all_come_with_one_seed_before_any_comes_with_the_next() -> None:
    who = [Contender("full", "a"), Contender("light", "a")]
    assert [[(cell.contender.strategy, cell.seed) for cell in cells] for cells in rounds(who, 2)] == [
        [("full", 0), ("light", 0)],
        [("full", 1), ("light", 1)],
    ]


def test_a_draw_is_trained_with_its_own_number_as_the_seed_and_the_first_draw_comes_first() -> None:
    cells = on_fewer([Contender("full", "a")], [20, 5], 2)
    assert [(cell.draw, cell.labels, cell.seed) for cell in cells] == [(0, 5, 0), (0, 20, 0), (1, 5, 1), (1, 20, 1)]


def test_names_of_folders_are_safe_and_never_meet() -> None:
    names = [
        Cell(Contender("full", backbone), seed, labels, draw).name
        for backbone in ("x/net.safetensors", "y/net.safetensors", "timm/../../net", "a b:c")
        for seed in (0, 1)
        for labels, draw in ((None, 0), (5, 0), (5, 1))
    ]
    assert len(set(names)) == len(names)
    assert not any(set(name) & set("/\\: ") or ".." in name.split("--") for name in names)


def test_a_line_has_a_model_for_each_task_and_one_for_all() -> None:
    line = Contender("full", "a")
    assert [one.tasks for one in arms(line, ("x", "y", "z"))] == [("x",), ("y",), ("z",), ("x", "y", "z")]
    assert [one.tasks for one in in_pairs(line, ("x", "y", "z"))] == [("x", "y"), ("x", "z"), ("y", "z")]
    assert arms(line, ()) == (line,) and in_pairs(line, ("x", "y")) == ()
    other = Contender("full", "a", ("x", "y"), "mixing=equal")
    assert lines([*arms(line, ("x", "y")), other]) == {line: (*arms(line, ("x", "y")), other)}
    assert line_of(other) == line


def test_names_of_folders_tell_tasks_and_ways_of_sharing_apart() -> None:
    ways = ("", "mixing=equal", "mixing=temperature+mixing_temperature=5")
    tasks = ((), ("x",), ("x", "y"), ("x+y",), ("y", "x"), ("../x", "a b"), ("x" * 300,))
    names = [Cell(Contender("full", "a", some, way), 0).name for some in tasks for way in ways]
    assert len(set(names)) == len(names) and max(map(len, names)) < 250
    assert not any(set(name) & set("/\\: ") or ".." in name.split("--") for name in names)


def test_keys_never_meet_whatever_tasks_are_called() -> None:
    who = [Contender("full", "b", tasks) for tasks in (("a", "c"), ("a+c",), ("a%2Bc",), ("a", "c d"), ("a", "c", "d"))]
    who += [Contender("full", "b", ("a",), "mixing=equal"), Contender("full", "b", ("a mixing=equal",))]
    assert len({one.key for one in who}) == len(who)
    assert who[0].key == "full b a+c"
