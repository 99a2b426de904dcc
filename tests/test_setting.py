"""A setting is declared once: flags, TOML keys, keyword arguments, checks and help come from that."""

from __future__ import annotations

import importlib.util
import inspect
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import get_type_hints

import pytest
import typer.main

import ghep
from ghep.cli.app import app
from ghep.cluster.blocks import ClusterOptions
from ghep.comparison.keywords import CompareKeywords
from ghep.comparison.planning.settings import compare_settings
from ghep.comparison.pretraining.options import then_settings
from ghep.config import resolve, resolve_comparison
from ghep.data.sources.options import READ_OPTIONS
from ghep.errors import ConfigError
from ghep.experiment.keywords import FitKeywords
from ghep.experiment.options import SAVE_DTYPES, TRACKERS, fit_settings
from ghep.experiment.trackers import NAMES as TRACKER_NAMES
from ghep.explanation.attack.attack_options import AttackOptions
from ghep.explanation.ideal.request import IdealKeywords, IdealOptions
from ghep.explanation.neighbours.options import SimilarOptions
from ghep.explanation.options import ExplainKeywords, ExplainOptions
from ghep.features.engines.choose import CANDIDATES, PLAIN
from ghep.features.options import ENGINES, FeatureOptions
from ghep.messages import catalogue
from ghep.model.bundle import DTYPES
from ghep.pretrain.options import pretrain_settings
from ghep.serve.options import ServeOptions
from ghep.setting import PANELS, Setting, refusals, setting, settings_of, whole, with_signature

ROOT = Path(__file__).parents[1]
TABLES = {
    "fit": fit_settings(),
    "compare": compare_settings(),
    "advise": {**settings_of(FeatureOptions), **settings_of(ClusterOptions), **READ_OPTIONS},
    "doctor": {**settings_of(FeatureOptions), **READ_OPTIONS},
    "check": READ_OPTIONS,
    "evaluate": READ_OPTIONS,
    "predict": READ_OPTIONS,
    "explain": settings_of(ExplainOptions),
    "ideal": settings_of(IdealOptions),
    "attack": settings_of(AttackOptions),
    "similar": settings_of(SimilarOptions),
    "export": READ_OPTIONS,
    "pretrain": {**pretrain_settings(), **then_settings()},
    "serve": settings_of(ServeOptions),
}
EVERY = [(verb, one) for verb, table in TABLES.items() for one in table.values() if verb in one.verbs]


@pytest.mark.slow
@pytest.mark.parametrize(("verb", "one"), EVERY, ids=[f"{verb}-{one.name}" for verb, one in EVERY])
def test_a_setting_has_a_flag_help_a_panel_and_says_what_it_may_be(verb: str, one: Setting) -> None:
    command = typer.main.get_command(app).commands[verb]  # type: ignore[attr-defined]
    (parameter,) = (one_ for one_ in command.params if one_.name == one.name)
    assert one.flag in parameter.opts
    assert one.help(verb) and one.allowed() and one.panel in PANELS


def test_the_common_ones_come_first_and_are_about_a_dozen() -> None:
    for verb in ("fit", "compare"):
        command = typer.main.get_command(app).commands[verb]  # type: ignore[attr-defined]
        panels = [getattr(one, "rich_help_panel", None) for one in command.params if one.name not in ("data", "json")]
        assert len(list(dict.fromkeys(panels))) == sum(a != b for a, b in zip(panels, ["", *panels], strict=False))
        assert panels[0] == "Common" and 8 <= panels.count("Common") <= 13


def test_no_help_is_left_over() -> None:
    names = {one.name for _, one in EVERY} | {"data", "read"}
    left = [code for code in catalogue() if code.startswith("setting-")]
    known = {f"setting-{name}" for name in names} | {f"setting-{verb}-{one.name}" for verb, one in EVERY}
    assert set(left) <= known | {"setting-refused", "setting-choices"}


def test_choices_are_those_of_the_code_that_takes_them() -> None:
    assert set(ENGINES) == {PLAIN, *(one.name for one in CANDIDATES)}
    assert (tuple(DTYPES), TRACKER_NAMES) == (SAVE_DTYPES, TRACKERS)


@pytest.mark.parametrize(
    ("function", "keywords"),
    [
        (ghep.fit, FitKeywords),
        (ghep.compare, CompareKeywords),
        (ghep.explain, ExplainKeywords),
        (ghep.ideal, IdealKeywords),
    ],
)
def test_the_signature_is_the_real_one(function: object, keywords: type) -> None:
    named = {name for name, one in inspect.signature(function).parameters.items() if one.kind is one.KEYWORD_ONLY}  # type: ignore[arg-type]
    assert not [one for one in inspect.signature(function).parameters.values() if one.kind is one.VAR_KEYWORD]  # type: ignore[arg-type]
    assert set(get_type_hints(keywords)) <= named
    assert inspect.signature(ghep.fit).parameters["epochs"].default is None


def test_the_typed_keywords_are_up_to_date() -> None:
    spec = importlib.util.spec_from_file_location("keywords", ROOT / "scripts" / "keywords.py")
    assert spec is not None and spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    old = [file.name for file, text in script.modules().items() if file.read_text(encoding="utf-8") != text]
    assert not old, "run scripts/keywords.py"


def test_a_file_may_have_every_setting_with_units(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text(
        'data = "d"\ntime_limit = "2m"\ncache_size = "1K"\nepochs = 3\nlayout = "splits"\n'
    )
    found = resolve(tmp_path / "c.toml", {"strategy": "light", "checkpoint_seconds": "1m"})
    assert (found["time_limit"], found["cache_size"], found["checkpoint_seconds"]) == (120, 1024, 60)
    (tmp_path / "c.toml").write_text('data = "d"\ntime_limit = "2m"\nlimits = {tone = 20}\n')
    assert resolve_comparison(tmp_path / "c.toml", {})["time_limit"] == 120
    with pytest.raises(ConfigError, match="has no setting called rank"):
        resolve(None, {"data": "d", "strategy": "full", "rank": 4})


def test_values_are_refused_with_what_they_may_be() -> None:
    @dataclass
    class Own:
        epochs: int = setting(3, whole(1))
        schedule: str = setting("a", choices=("a", "b"))
        plain: int = 4

    table = settings_of(Own)
    assert set(table) == {"epochs", "schedule"} and Own().epochs == 3
    assert refusals(table, {"epochs": 0, "schedule": ["a"]}) == [
        "epochs=0 (a whole number from 1; linear_probe trains the head alone)",
        "schedule=['a'] (a or b)",
    ]
    assert refusals(table, {"epochs": None, "other": 1}) == []

    @with_signature(table)
    def function(data: str, **options: int) -> None: ...

    assert list(inspect.signature(function).parameters) == ["data", "epochs", "schedule"]


@pytest.mark.slow
def test_the_command_line_knows_its_flags_without_torch() -> None:
    code = "import sys; from ghep.cli.app import run; run(['fit', '--help']); sys.exit('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "--layer-decay" in done.stdout
