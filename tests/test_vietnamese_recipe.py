"""The commands of recipes/vietnamese reach ghep's functions with the settings that they mean."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ghep.cli.app import run
from ghep.errors import ConfigError
from ghep.pretrain.options import refuse_meaningless

ROOT = Path(__file__).parents[1]
RECIPE = ROOT / "recipes" / "vietnamese"


@pytest.fixture
def commands(tmp_path: Path) -> list[list[str]]:
    """Return the arguments of each ghep that ``make`` starts; every other one ends with exit code 1, a finding."""
    (tmp_path / "out" / "mlm").mkdir(parents=True)  # as an interruption leaves it
    fake = tmp_path / "ghep"
    fake.write_text('#!/usr/bin/env bash\nprintf "%q " "$@" >> calls\necho >> calls\nexit $(($(wc -l < calls) % 2))\n')
    fake.chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "TIME": "90m"}
    arguments = ["the corpus.txt", "labelled", "out"]
    subprocess.run([RECIPE / "make", *arguments], cwd=tmp_path, env=environment, check=True)
    return [shlex.split(line) for line in (tmp_path / "calls").read_text().splitlines()]


def test_its_commands_are_taken(commands: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[dict[str, Any]] = []

    def reached(*what: Any, objective: str = "", **settings: Any) -> None:
        called.append({"what": what, "objective": objective, **settings})
        if objective:
            refuse_meaningless(
                objective, {name: settings[name] for name in settings if name not in OURS}, continued=False
            )
        raise ConfigError("interrupted")

    monkeypatch.setattr("ghep.cli.pretrain.held_back", lambda then, photos: ("a test text", then))
    monkeypatch.setattr("ghep.pretrain.pretrain.pretrain", reached)
    monkeypatch.setattr("ghep.comparison.compare.compare", reached)
    assert [run(arguments) for arguments in commands] == [2, 2, 2]
    vectors, mlm, both = called
    assert (vectors["objective"], mlm["objective"], mlm["time_limit"]) == ("word2vec", "mlm", 90 * 60)
    assert "resume" not in vectors and mlm["resume"]
    for one in (vectors, mlm):
        assert one["what"] == ([Path("the corpus.txt")],) and one["licence"] == "cc-by-sa-4.0"
        then = one["exclude"][1]
        assert (str(then["then"]), then["labels"], then["then_time_limit"]) == ("labelled", "16,64,all", 30 * 60)
    assert both["what"] == ("labelled",)
    assert both["backbones"] == f"{vectors['out']},{mlm['out']},minilm"


OURS = ("exclude", "reporter", "stop")
"""Arguments of ``pretrain`` that are no settings."""


def test_both_readmes_show_the_same_commands() -> None:
    english, vietnamese = (
        re.findall(r"^    ((?:recipes/|ghep |\w+=).*?)(?:  .*)?$", (RECIPE / name).read_text("utf-8"), re.MULTILINE)
        for name in ("README.md", "README.vi.md")
    )
    assert english == vietnamese and len(english) >= 3
