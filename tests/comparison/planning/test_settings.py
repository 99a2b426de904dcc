"""What a comparison is asked for: read once, refused whole."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ghep.comparison.planning.settings import command_line, for_tasks, settings_from, settings_of_way
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
    variants = settings_from(strategies="full,fine-tune+wise,full+l2sp,full+wise")
    assert variants.strategies == ("full", "full+wise", "full+l2sp"), "contenders with and without a remedy"
    assert "full,full+wise,full+l2sp" in command_line("photos", variants)
    every = settings_from()
    assert every.every and "scratch" not in every.strategies and len(every.strategies) >= 6


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        settings_from(seeds=0, labels="5,x,0", time_limit=-1, keep="none", workers=-1, augment="mirror")
    for part in (
        "seeds=0",
        "labels='x'",
        "labels='0'",
        "time_limit=-1",
        "keep='none'",
        "workers=-1",
        "augment='mirror'",
    ):
        assert part in caught.value.cause


def test_unknown_names_come_with_a_suggestion() -> None:
    with pytest.raises(ConfigError) as caught:
        settings_from(seedz=3)
    assert "seeds" in caught.value.remedy
    with pytest.raises(ConfigError, match="unknown strategy"):
        settings_from(strategies="fulll")


def test_the_key_is_of_what_decides_the_numbers() -> None:
    one = settings_from(backbones="a", seeds=3)
    assert one.key() == settings_from(backbones=["a"], seeds=3).key()
    assert one.key() == settings_from(backbones="a", seeds=3, keep="all", cache_dir="elsewhere", workers=1).key()
    assert one.key() == settings_from(backbones="a", seeds=3, time_limit=60).key(), "with more time it goes on"
    for other in (
        settings_from(backbones="a", seeds=4),
        settings_from(backbones="b", seeds=3),
        settings_from(backbones="a", seeds=3, precision="float32"),
        settings_from(backbones="a", seeds=3, text_column="t"),
        settings_from(backbones="a", seeds=3, augment="no-mirror"),
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
        augment="no-mirror",
        cache=False,
        strict=True,
        workers=1,
        ratings=["stars"],
        label_columns=["stars"],
        text_column="t",
    )
    assert command_line("d", given) == (
        "ghep compare d --backbones a,b --seeds 2 --strategies full --labels 5,all --time-limit 90s "
        "--augment no-mirror --no-search --strict --workers 1 --no-cache --rating stars --text t --label stars"
    )


def test_of_several_tasks_fewer_strategies_and_seeds_are_usual() -> None:
    usual = for_tasks(settings_from(), 3)
    assert (usual.strategies, usual.seeds) == (("linear_probe", "light", "full"), 3)
    assert for_tasks(settings_from(seeds=5), 2).seeds == 5
    assert for_tasks(settings_from(strategies="lora,scratch"), 2).strategies == ("lora",)
    assert settings_from(strategies="lora,scratch,random_features").named_controls == ("scratch", "random_features")
    assert for_tasks(settings_from(), 1) == settings_from()
    with pytest.raises(ConfigError, match="one task"):
        for_tasks(settings_from(labels=5), 2)


def test_ways_of_sharing_are_refused_before_the_work() -> None:
    assert settings_from().remedy and settings_from().remedies == ()
    named = settings_from(remedies="auto,mixing=equal,mixing=temperature+mixing_temperature=5")
    assert named.remedy and named.remedies == ("mixing=equal", "mixing=temperature+mixing_temperature=5")
    assert settings_of_way(named.remedies[1]) == {"mixing": "temperature", "mixing_temperature": 5.0}
    assert not settings_from(remedies="none").remedy
    with pytest.raises(ConfigError) as caught:
        settings_from(remedies="mixing=evenly,lr=3", affinity="all", limits={"tone": "few"})
    for part in ("'mixing=evenly'", "'lr=3'", "affinity='all'", "limits={'tone': 'few'}"):
        assert part in caught.value.cause
    with pytest.raises(ConfigError, match="only one of the two"):
        settings_from(labels=5, limits={"tone": 20})
    with pytest.raises(ConfigError, match="limits='tone=20'"):
        settings_from(limits="tone=20")


def test_the_command_line_asks_for_the_same_of_several_tasks() -> None:
    asked = settings_from(
        remedies="surgery=pcgrad", affinity="pairs", limits={"my tone": 200}, strategies="full,scratch"
    )
    assert command_line({"a": "x/a", "b": "x/b c"}, for_tasks(asked, 2)) == (
        "ghep compare --task a=x/a --task 'b=x/b c' --strategies full,scratch "
        "--affinity pairs --remedies surgery=pcgrad --limit 'my tone=200'"
    )
    assert "--seeds" in command_line("x", for_tasks(settings_from(seeds=3), 2))
    assert "--remedies none" in command_line("x", settings_from(remedies="none"))


def test_how_many_runs_at_once_changes_no_number_and_their_threads_do() -> None:
    assert settings_from(jobs=2).key() == settings_from(jobs="auto").key() == settings_from().key()
    assert settings_from(threads=2).key() != settings_from().key()
    assert settings_from(jobs="3").jobs == 3 and settings_from(jobs="auto").jobs is None
    with pytest.raises(ConfigError, match=r"jobs='many'.*threads=0"):
        settings_from(jobs="many", threads=0)
