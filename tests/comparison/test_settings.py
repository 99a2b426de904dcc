"""What a comparison is asked for: read once, refused whole."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ghep.comparison.settings import command_line, settings_from
from ghep.errors import ConfigError


def test_lists_may_come_as_one_text() -> None:
    assert settings_from(backbones="a, b,a").backbones == ("a", "b")
    assert settings_from(backbones=[Path("x"), "b"]).backbones == ("x", "b")
    assert settings_from(labels="20, 5,all").labels == (5, 20)
    assert settings_from(labels=[5, "all"]).labels == (5,)
    assert settings_from(labels=7).labels == (7,)


def test_strategies_may_be_called_by_their_aliases_and_scratch_is_a_control() -> None:
    assert settings_from(strategies="probe,gradual,scratch").strategies == ("linear_probe", "progressive")
    assert settings_from(strategies="probe,scratch", controls=False).strategies == ("linear_probe", "scratch")
    every = settings_from()
    assert every.every and "scratch" not in every.strategies and len(every.strategies) >= 6


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        settings_from(seeds=0, labels="5,x,0", time_limit=-1, keep="none", workers=-1)
    for part in ("seeds=0", "labels='x'", "labels='0'", "time_limit=-1", "keep='none'", "workers=-1"):
        assert part in caught.value.cause


def test_unknown_names_come_with_a_suggestion() -> None:
    with pytest.raises(ConfigError) as caught:
        settings_from(seedz=3)
    assert "seeds" in caught.value.remedy
    with pytest.raises(ConfigError, match="no strategy is called"):
        settings_from(strategies="fulll")


def test_the_key_is_of_what_decides_the_numbers() -> None:
    one = settings_from(backbones="a", seeds=3)
    assert one.key() == settings_from(backbones=["a"], seeds=3).key()
    assert one.key() == settings_from(backbones="a", seeds=3, keep="all", cache_dir="elsewhere", workers=1).key()
    for other in (
        settings_from(backbones="a", seeds=4),
        settings_from(backbones="b", seeds=3),
        settings_from(backbones="a", seeds=3, precision="float32"),
        settings_from(backbones="a", seeds=3, text_column="t"),
        settings_from(backbones="a", seeds=3, time_limit=60),
        replace(one, search=False),
    ):
        assert other.key() != one.key()


def test_the_command_line_asks_for_the_same() -> None:
    assert command_line("my photos", settings_from()) == "ghep compare 'my photos' --seeds 5"
    given = settings_from(
        backbones="a,b",
        strategies="full",
        seeds=2,
        labels="5,all",
        time_limit=90,
        search=False,
        cache=False,
        strict=True,
        workers=1,
        ratings=["stars"],
        label_columns=["stars"],
        text_column="t",
    )
    assert command_line("d", given) == (
        "ghep compare d --backbones a,b --seeds 2 --strategies full --labels 5,all --time-limit 90s "
        "--no-search --workers 1 --strict --no-cache --rating stars --text-column t --label stars"
    )
