"""The fastest engine that agrees is taken; one that disagrees, fails or is missing is named and does no harm."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
import torch

from ghep.backbone.base import Backbone
from ghep.errors import ConfigError
from ghep.features.engines.choose import (
    COMPILED,
    PLAIN,
    Candidate,
    Choice,
    Trial,
    choose_engine,
    disagreement,
    exact_engine,
    fits_half,
)
from ghep.features.engines.engine import Engine, NotInstalledError, UnavailableError, torch_float32
from tiny import BLOCKS, SIZE, tiny_backbone, tiny_data

SAMPLE = 8


class Clock:
    """Time passes only when an engine says so."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def candidate(
    clock: Clock,
    name: str = "fast",
    *,
    examples_per_second: float = 1000.0,
    setup: float = 0.0,
    expected_setup: float = 0.0,
    speedup: float = math.inf,
    change: Callable[[torch.Tensor], torch.Tensor] = lambda activation: activation,
    devices: tuple[str, ...] = ("cpu",),
    exact: bool = True,
) -> Candidate:
    def make(backbone: Backbone, boundaries: Sequence[int]) -> Engine:
        plain = torch_float32(backbone, boundaries)
        clock.now += setup

        def run(inputs: torch.Tensor) -> list[torch.Tensor]:
            clock.now += len(inputs) / examples_per_second
            return [change(activation) for activation in plain.run(inputs)]

        return Engine(name, f"{name}/1", exact, run)

    return Candidate(name, make, exact, devices, expected_setup, speedup)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Plain float32 takes a hundredth of a second per image; its tail is free."""
    found = Clock()
    plain = candidate(found, PLAIN, examples_per_second=100)
    monkeypatch.setattr("ghep.features.engines.choose.torch_float32", plain.make)
    return found


def choose(clock: Clock, *candidates: Candidate, images: int = 100_000, **settings: Any) -> Choice:
    data = tiny_data(SAMPLE)
    sample = data.preprocess.collate([example.raw for example in data.examples])
    boundaries = settings.pop("boundaries", (1, BLOCKS))
    return choose_engine(
        tiny_backbone(), sample, boundaries, images=images, candidates=candidates, clock=clock, **settings
    )


def trial(choice: Choice, name: str) -> Trial:
    return next(trial for trial in choice.trials if trial.engine == name)


def test_the_fastest_that_agrees_is_taken(clock: Clock) -> None:
    slow, fast = candidate(clock, "slow", examples_per_second=102), candidate(clock, "fast", examples_per_second=180)
    for order in ((slow, fast), (fast, slow)):
        choice = choose(clock, *order)
        assert choice.engine.name == "fast" and not choice.findings
        assert [trial.engine for trial in choice.trials if trial.taken] == ["fast"]
        assert choice.examples_per_second == pytest.approx(180)
        assert trial(choice, PLAIN).why == trial(choice, "slow").why == "slower than fast"


def test_a_tie_goes_to_plain_float32_and_then_to_the_first(clock: Clock) -> None:
    assert choose(clock, candidate(clock, examples_per_second=100)).engine.name == PLAIN
    choice = choose(clock, candidate(clock, "one"), candidate(clock, "other"))
    assert choice.engine.name == "one"


@pytest.mark.parametrize(("images", "tried"), [(200, False), (700, True)])
def test_what_cannot_pay_back_is_not_tried(clock: Clock, images: int, tried: bool) -> None:
    """Plain takes 2 or 7 s; trying costs 5 s and two passes over the sample."""
    choice = choose(clock, candidate(clock, setup=5, expected_setup=5), images=images)
    assert (choice.engine.name == "fast") is tried
    assert trial(choice, "fast").why.startswith("the fastest" if tried else "not tried: 200 examples take 2.0 s")


def test_each_trial_has_to_pay_back_against_the_best_so_far(clock: Clock) -> None:
    choice = choose(clock, candidate(clock), candidate(clock, "other", expected_setup=5), images=700)
    assert choice.engine.name == "fast"
    assert trial(choice, "other").why.startswith("not tried: 700 examples take 0.70 s with fast")


def test_what_was_never_faster_than_the_best_so_far_is_not_tried(clock: Clock) -> None:
    choice = choose(clock, candidate(clock), candidate(clock, "other", speedup=4))
    assert trial(choice, "other").why.startswith(
        "not tried: 100,000 examples take 100.0 s with fast; this engine would save 0.00 s"
    )
    slower = candidate(clock, examples_per_second=300)
    assert trial(choose(clock, slower, candidate(clock, "other", speedup=4)), "other").taken


def test_set_up_is_what_is_not_the_pass(clock: Clock) -> None:
    measured = trial(choose(clock, candidate(clock, setup=5, examples_per_second=200)), "fast")
    assert measured.setup_seconds == pytest.approx(5)
    assert measured.examples_per_second == pytest.approx(200)


@pytest.mark.parametrize(
    ("factor", "exact", "wanted", "said"),
    [
        (1.2, False, "auto", []),
        (1.4, False, "auto", []),
        (1.7, False, "auto", ["info"]),
        (1.2, True, "auto", ["info"]),
        (1.0002, True, "auto", []),
        (1.2, False, "fast", ["warning"]),
    ],
)
def test_rounding_of_half_precision_is_recorded_and_not_reported(
    clock: Clock, factor: float, exact: bool, wanted: str, said: list[str]
) -> None:
    change = {"change": lambda features: (features - features.mean(0)) * factor + features.mean(0), "exact": exact}
    choice = choose(clock, candidate(clock, **change), wanted=wanted, boundaries=(BLOCKS,))
    assert [finding.severity for finding in choice.findings if finding.code == "engine-disagrees"] == said
    assert trial(choice, "fast").disagreement == pytest.approx(factor - 1, rel=0.01)
    assert trial(choice, "fast").taken == (wanted == "fast" or factor == 1.0002)


def test_one_that_disagrees_is_named_and_not_used(clock: Clock) -> None:
    choice = choose(clock, candidate(clock, change=lambda activation: activation * 1.7))
    assert choice.engine.name == PLAIN
    assert [(finding.code, finding.severity) for finding in choice.findings] == [("engine-disagrees", "info")]
    assert "fast" in choice.findings[0].message and "not used" in choice.findings[0].message
    assert trial(choice, "fast").disagreement > 0.1


def test_every_boundary_has_to_agree(clock: Clock) -> None:
    def off_in_the_middle(activation: torch.Tensor) -> torch.Tensor:
        return activation * 1.5 if activation.ndim == 4 else activation

    assert choose(clock, candidate(clock, change=off_in_the_middle), boundaries=(BLOCKS,)).engine.name == "fast"
    assert choose(clock, candidate(clock, change=off_in_the_middle), boundaries=(BLOCKS, 1)).engine.name == PLAIN


def test_half_precision_may_be_off_by_more_than_float32(clock: Clock) -> None:
    for exact, taken in ((True, PLAIN), (False, "fast")):
        change = {"change": lambda features: features * 1.003, "exact": exact}
        assert choose(clock, candidate(clock, **change), boundaries=(BLOCKS,)).engine.name == taken


@pytest.mark.parametrize("value", [math.nan, math.inf])
@pytest.mark.parametrize("wanted", ["auto", "fast"])
def test_what_is_not_finite_never_agrees(clock: Clock, value: float, wanted: str) -> None:
    def poison(activation: torch.Tensor) -> torch.Tensor:
        activation[0].fill_(value)
        return activation

    choice = choose(clock, candidate(clock, change=poison), wanted=wanted)
    assert choice.engine.name == PLAIN
    assert choice.findings[0].code == "engine-disagrees" and "NaN or infinity" in choice.findings[0].message


@pytest.mark.parametrize(("wanted", "severity"), [("auto", "info"), ("fast", "warning")])
def test_one_that_fails_is_named_and_not_used(clock: Clock, wanted: str, severity: str) -> None:
    def fail(activation: torch.Tensor) -> torch.Tensor:
        raise RuntimeError("no kernel for this\nand a long story")

    choice = choose(clock, candidate(clock, change=fail), wanted=wanted)
    assert choice.engine.name == PLAIN
    assert [(finding.code, finding.severity) for finding in choice.findings] == [("engine-failed", severity)]
    assert "no kernel for this" in trial(choice, "fast").why and "story" not in trial(choice, "fast").why


def test_one_that_is_asked_for_is_used_and_its_disagreement_said(clock: Clock) -> None:
    slow = candidate(clock, "slow", examples_per_second=1, change=lambda activation: activation * 1.5)
    choice = choose(clock, candidate(clock), slow, wanted="slow", images=1)
    assert choice.engine.name == "slow"
    assert [(finding.code, finding.severity) for finding in choice.findings] == [("engine-disagrees", "warning")]
    assert {trial.engine for trial in choice.trials} == {PLAIN, "slow"}
    assert choose(clock, candidate(clock), wanted=PLAIN).engine.name == PLAIN


def test_one_that_is_missing_is_passed_over_or_explained(clock: Clock) -> None:
    def missing(*_: object) -> Engine:
        raise UnavailableError("it is not installed", remedy="pip install it")

    absent = Candidate("absent", missing, True, ("cpu",), 0.0, math.inf)
    choice = choose(clock, absent)
    assert choice.engine.name == PLAIN and not choice.findings
    assert trial(choice, "absent").why == "it is not installed"
    with pytest.raises(ConfigError, match="absent cannot be used: it is not installed\n  pip install it"):
        choose(clock, absent, wanted="absent")


def test_what_would_be_faster_if_it_were_installed_is_said_once(clock: Clock) -> None:
    def missing(*_: object) -> Engine:
        raise NotInstalledError("it is not installed", remedy="pip install it")

    first = Candidate("first", missing, True, ("cpu",), 0.0, math.inf)
    choice = choose(clock, first, replace(first, name="second"))
    assert [(one.code, one.severity, one.remedy) for one in choice.findings] == [
        ("engine-missing", "info", "pip install it")
    ]
    assert "it is not installed" in choice.findings[0].message
    assert not choose(clock, replace(first, speedup=1.0)).findings, "it would not have been tried"


def test_an_unknown_name_or_the_wrong_device_is_explained(clock: Clock) -> None:
    with pytest.raises(ConfigError, match='did you mean "fast"'):
        choose(clock, candidate(clock), wanted="fats")
    elsewhere = candidate(clock, devices=("cuda",))
    assert choose(clock, elsewhere).engine.name == PLAIN
    with pytest.raises(ConfigError, match="fast runs on cuda, but the backbone is on cpu"):
        choose(clock, elsewhere, wanted="fast")


def test_the_record_is_plain_json(clock: Clock) -> None:
    choice = choose(clock, candidate(clock, change=lambda activation: activation * math.nan), candidate(clock, "other"))
    record = json.loads(json.dumps(choice.to_json(), allow_nan=False))
    assert record["engine"] == "other/1" and record["half"] == {"1": True, str(BLOCKS): True}
    assert [trial["taken"] for trial in record["trials"]] == [False, False, True]


def test_disagreement_is_measured_against_the_spread_between_examples() -> None:
    expected = torch.tensor([[100.0, 1.0], [100.0, -1.0]], dtype=torch.float64)
    assert disagreement(expected + torch.tensor([[0.3, 0.0], [0.0, 0.4]]), expected) == pytest.approx(
        0.5 / math.sqrt(2)
    )
    assert disagreement(expected, expected) == 0.0
    assert disagreement(expected[:1] + 1e-6, expected[:1]) == math.inf, "one example shows no differences"


def test_half_precision_storage_is_refused_where_it_changes_the_features() -> None:
    backbone = tiny_backbone()
    features = torch.randn(6, backbone.feature_dim)
    assert fits_half(backbone, features, BLOCKS)
    assert not fits_half(backbone, features * 1e5, BLOCKS), "float16 ends at 65504"
    assert not fits_half(backbone, features + 1e4, BLOCKS), "steps of 8 between neighbours"
    activation = torch.randn(6, 8, SIZE, SIZE)
    assert fits_half(backbone, activation, 1)
    assert not fits_half(backbone, activation * 1e5, 1)


@pytest.mark.parametrize(("images", "again"), [(100, False), (100_000, True)])
def test_one_that_was_chosen_is_taken_again_if_no_other_could_pay_back(clock: Clock, images: int, again: bool) -> None:
    exact = candidate(clock, "exact", examples_per_second=400, setup=1.0)
    half = candidate(clock, "half", examples_per_second=800, speedup=10.0)
    known = choose(clock, exact, images=100_000)
    before = clock.now
    choice = choose(clock, exact, half, images=images, known=known)
    assert choice.engine.name == ("half" if again else "exact")
    assert (clock.now > before) is again
    # A name is a name.
    assert choose(clock, exact, half, images=images, known=known, wanted="half").engine.name == "half"


def test_one_that_was_tried_in_vain_is_not_tried_again(clock: Clock) -> None:
    exact, half = candidate(clock, "exact", examples_per_second=400), candidate(clock, "half", examples_per_second=300)
    known = choose(clock, exact, half)
    before = clock.now
    assert choose(clock, exact, half, known=known).engine is known.engine and clock.now == before


def test_a_decided_engine_is_taken_whatever_the_clock_says(clock: Clock) -> None:
    slow, fast = candidate(clock, "slow", examples_per_second=2), candidate(clock, "fast")
    choice = choose(clock, fast, slow, decided="slow", images=1)
    assert choice.engine.name == "slow" and {one.engine for one in choice.trials} == {PLAIN, "slow"}
    assert trial(choice, "slow").why == "chosen without measuring time"
    assert choose(clock, fast, slow, decided=PLAIN).engine.name == PLAIN
    known = choose(clock, slow, decided="slow")
    before = clock.now
    assert choose(clock, fast, slow, decided="slow", known=known).engine is known.engine and clock.now == before
    assert choose(clock, fast, slow, decided="fast", known=known).engine.name == "fast"


@pytest.mark.parametrize(("plain_seconds", "tried"), [(1e-6, False), (1e-2, True)])
def test_what_is_worth_a_trial_is_counted_where_it_can_be(clock: Clock, plain_seconds: float, tried: bool) -> None:
    """The clock says 1000 s, of a machine that does something else."""
    choice = choose(clock, candidate(clock, expected_setup=5), plain_seconds=plain_seconds)
    assert (choice.engine.name == "fast") is tried
    known = choose(clock, candidate(clock, "exact", examples_per_second=400))
    half = candidate(clock, "half", examples_per_second=900, expected_setup=5)
    again = choose(clock, half, known=known, plain_seconds=plain_seconds)
    assert again.engine.name == ("half" if tried else "exact")


def test_a_decided_engine_that_disagrees_is_not_used(clock: Clock) -> None:
    off = candidate(clock, change=lambda activation: activation * 1.5)
    choice = choose(clock, off, decided="fast")
    assert choice.engine.name == PLAIN and [one.code for one in choice.findings] == ["engine-disagrees"]


@pytest.mark.parametrize(
    ("images", "seconds", "device", "machine", "name"),
    [
        (1000, 0.01, "cpu", "x86_64", COMPILED),
        (10, 0.01, "cpu", "x86_64", PLAIN),
        (10**6, 1e-9, "cpu", "x86_64", PLAIN),
        (1000, 0.01, "cuda", "x86_64", PLAIN),
        (1000, 0.01, "cpu", "arm64", PLAIN),
    ],
)
def test_the_engine_of_what_is_scored_is_counted(
    images: int, seconds: float, device: str, machine: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platform.machine", lambda: machine)
    assert exact_engine(seconds, 3_000_000, images=images, device=device) == name


def test_one_that_is_there_is_not_made_again(clock: Clock) -> None:
    exact = candidate(clock, "exact", examples_per_second=400, setup=50.0)
    half = candidate(clock, "half", examples_per_second=200, setup=1.0)
    known = choose(clock, exact)
    before = clock.now
    choice = choose(clock, half, exact, known=known)
    assert choice.engine is known.engine
    assert clock.now - before < 50 and trial(choice, "exact").setup_seconds == pytest.approx(0, abs=1e-6)
    assert trial(choice, "half").examples_per_second == pytest.approx(200)
