"""``--task``: the data of several tasks, in place of DATA, on every verb that takes it and in a config file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ghep.cli.app import run
from ghep.config import resolve, resolve_comparison, tasks_named
from ghep.errors import ConfigError


def table(file: Path, *rows: str) -> Path:
    file.write_text("\n".join(["text,label", *rows]) + "\n", encoding="utf-8")
    return file


@pytest.fixture
def places(tmp_path: Path) -> list[str]:
    mood = table(tmp_path / "m.csv", *(f"sentence {at},{('up', 'down')[at % 2]}" for at in range(40)))
    stars = table(tmp_path / "s.csv", *(f"sentence {at},{at % 3}" for at in range(30, 90)))
    return ["--task", f"mood={mood}", "--task", f"stars={stars}:label"]


def test_check_counts_the_labels_of_each_task(places: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", *places]) == 0
    out = capsys.readouterr().out
    lines = [line.split() for line in out.splitlines()]
    rows = {" ".join(line[:-3]): [int(n) for n in line[-3:]] for line in lines if "".join(line[-3:]).isdigit()}
    assert "mood+stars: 90 usable texts in" in out
    assert sum(rows["up"]) == sum(rows["down"]) == 20 and sum(rows["0"]) == 20
    mood, stars = (out.index(f"\n{task} ") for task in ("mood", "stars"))
    assert mood < out.index("\nlabelled") < out.index("not labelled") < stars < out.rindex("\nlabelled")
    assert sum(rows["labelled"]) == 60 and sum(rows["not labelled"]) == 30
    assert "10 texts are in several data sets and count as one example each: 10 of mood and stars" in out
    assert run(["check", *places, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {task: sum(map(sum, map(dict.values, found.values()))) for task, found in told["classes"].items()} == {
        "mood": 40,
        "stars": 60,
    }


@pytest.mark.parametrize("verb", [["check"], ["fit"], ["compare"], ["evaluate", "BUNDLE"]])
def test_data_or_tasks_and_not_both(
    verb: list[str],
    places: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    verb = [str(tmp_path) if word == "BUNDLE" else word for word in verb]
    for arguments, told in (
        ([str(tmp_path), *places], "error: both data and tasks were given\n  fix: choose one"),
        ([], "error: no data was given\n  fix: pass a folder or table, or --task NAME=PATH"),
        (["--task", "mood"], "error: --task 'mood' is not NAME=PATH"),
        (["--task", "=x"], "error: --task '=x' is not NAME=PATH"),
        ([*places, *places[:2]], "error: --task mood was given twice"),
    ):
        assert run([*verb, *arguments]) == 2
        assert told in capsys.readouterr().err, arguments


def test_a_path_may_have_an_equals_sign() -> None:
    assert tasks_named(["a=b=c", "d=e:f"]) == {"a": "b=c", "d": "e:f"}


def test_tasks_in_a_config_file(tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    file.write_text('seed = 1\n[tasks]\ncars = "road/cars"\nsigns = "road/signs"\n', encoding="utf-8")
    places = {"cars": "road/cars", "signs": "road/signs"}
    for resolved in (resolve(file, {}), resolve_comparison_of(tmp_path, "[tasks]\n" + 'cars = "road/cars"\n')):
        assert resolved["data"]["cars"] == "road/cars" and "tasks" not in resolved
    assert resolve(file, {}) == {"seed": 1, "data": places}
    assert resolve(file, {"data": "photos"})["data"] == "photos"
    assert resolve(file, {"task": ["x=y"], "data": None})["data"] == {"x": "y"}, "a flag stands for the whole table"
    file.write_text('data = "photos"\n', encoding="utf-8")
    assert resolve(file, {"task": ["x=y"]}) == {"data": {"x": "y"}}
    file.write_text('data = "photos"\n[tasks]\nx = "y"\n', encoding="utf-8")
    with pytest.raises(ConfigError, match="both data and tasks"):
        resolve(file, {})


def resolve_comparison_of(folder: Path, text: str) -> dict[str, object]:
    file = folder / "compare.toml"
    file.write_text(text, encoding="utf-8")
    return resolve_comparison(file, {})


@pytest.mark.parametrize("tasks", ["tasks = 3", "[tasks]\ncars = 3", "[tasks]", 'tasks = ["a=b"]'])
def test_tasks_that_are_no_table_of_paths_are_named(
    tasks: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "c.toml").write_text(tasks, encoding="utf-8")
    assert run(["fit", "--config", str(tmp_path / "c.toml")]) == 2
    assert "or a path for each task)" in capsys.readouterr().err
