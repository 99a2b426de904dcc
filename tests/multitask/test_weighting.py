"""What every way of weighting has to keep."""

from __future__ import annotations

import pytest
import torch

from ghep.errors import ConfigError
from ghep.multitask.settings import Sharing
from ghep.multitask.weighting import Weighting, weighting_for

TASKS = ("cars", "people", "signs")
ALL = torch.tensor([True, True, True])
WAYS = ["fixed", "uncertainty", "gradnorm", "dwa"]


def way(name: str) -> Weighting:
    return weighting_for(Sharing(weighting=name), TASKS)  # type: ignore[arg-type]


def observe(weighting: Weighting, steps: range, *, present: torch.Tensor = ALL) -> list[torch.Tensor]:
    """Steps of falling losses with some noise; an epoch ends after every fourth. What is absent is NaN."""
    weights = []
    for step in steps:
        rng = torch.Generator().manual_seed(step)
        losses = torch.tensor([2.0, 1.0, 0.1]) * (0.5 + torch.rand(3, generator=rng)) / (1 + step / 5)
        norms = weighting.weights() * torch.tensor([5.0, 1.0, 0.2]) if weighting.wants_norms else None
        here = present if step % 3 else ALL
        losses = torch.where(here, losses, torch.nan)
        norms = None if norms is None else torch.where(here, norms, torch.nan)
        weighting.observe(losses, here, norms)
        if step % 4 == 3:
            weighting.end_epoch()
        weights.append(weighting.weights())
    return weights


@pytest.mark.parametrize("name", WAYS)
def test_before_the_first_step_all_losses_count_1(name: str) -> None:
    weights = way(name).weights()
    assert weights.tolist() == [1.0, 1.0, 1.0] and weights.dtype == torch.float32 and not weights.requires_grad


@pytest.mark.parametrize("name", WAYS)
def test_resumed_from_its_state_it_goes_on_bit_for_bit(name: str) -> None:
    """In the middle of an epoch."""
    never_stopped = observe(way(name), range(30))
    first = way(name)
    observe(first, range(14))
    kept = first.state()
    observe(first, range(14, 20))  # what was returned has to be a copy
    second = way(name)
    second.load(kept)
    for expected, found in zip(never_stopped[14:], observe(second, range(14, 30)), strict=True):
        assert torch.equal(expected, found)
    third = way(name)
    third.load(kept)  # and what was loaded too
    assert torch.equal(observe(third, range(14, 30))[-1], never_stopped[-1])
    if name != "fixed":
        assert not torch.equal(never_stopped[13], never_stopped[-1])


@pytest.mark.parametrize("name", WAYS)
def test_weights_stay_above_0_and_finite(name: str) -> None:
    for weights in observe(way(name), range(60), present=torch.tensor([True, False, True])):
        assert (weights > 0).all() and weights.isfinite().all()
        if name != "uncertainty":
            assert weights.mean() == pytest.approx(1.0)


@pytest.mark.parametrize("name", ["uncertainty", "gradnorm"])
def test_a_task_that_is_absent_is_left_as_it_is(name: str) -> None:
    weighting = way(name)
    observe(weighting, range(5))
    before = weighting.weights()
    absent = torch.tensor([True, False, True])
    for _ in range(3):
        weighting.observe(torch.tensor([9.0, torch.nan, 0.1]), absent, torch.tensor([9.0, torch.nan, 0.1]))
    after = weighting.weights()
    assert after[1] == before[1] and (after[absent] != before[absent]).all()


@pytest.mark.parametrize("name", WAYS)
def test_losses_may_carry_a_graph(name: str) -> None:
    weighting = way(name)
    losses = torch.ones(3, requires_grad=True) * 2
    weighting.observe(losses, ALL, losses)
    weighting.end_epoch()
    assert not weighting.weights().requires_grad
    assert not any(part.requires_grad for part in weighting.state().values())


def test_names_that_do_not_exist() -> None:
    with pytest.raises(ConfigError, match='did you mean "gradnorm"'):
        way("grad-norm")


def test_given_weights_are_not_ignored_in_silence() -> None:
    with pytest.raises(ConfigError, match="only be used with weighting=fixed"):
        weighting_for(Sharing(weighting="dwa", task_weights=(("cars", 2.0),)), TASKS)
