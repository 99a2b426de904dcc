from __future__ import annotations

from math import exp

import pytest
import torch

from ghep.multitask.dwa import DynamicWeightAverage

BOTH = torch.tensor([True, True])


def epoch(weighting: DynamicWeightAverage, *steps: tuple[float, float], present: torch.Tensor = BOTH) -> list[float]:
    for losses in steps:
        weighting.observe(torch.tensor(losses), present, None)
    weighting.end_epoch()
    return weighting.weights().tolist()


def closed_form(*ratios: float) -> list[float]:
    parts = [exp(ratio / 2) for ratio in ratios]
    return [len(parts) * part / sum(parts) for part in parts]


def test_weights_are_a_softmax_of_the_ratios_of_mean_losses() -> None:
    weighting = DynamicWeightAverage(2)
    assert weighting.weights().tolist() == [1.0, 1.0]
    assert epoch(weighting, (3.0, 1.0), (1.0, 1.0)) == [1.0, 1.0]  # means 2, 1
    assert epoch(weighting, (1.0, 1.2), (1.0, 0.8)) == pytest.approx(closed_form(0.5, 1.0))  # means 1, 1
    assert epoch(weighting, (3.0, 0.1)) == pytest.approx(closed_form(3.0, 0.1))


def test_what_the_docstring_says_of_its_size() -> None:
    weighting = DynamicWeightAverage(2)
    epoch(weighting, (2.0, 1.0))
    assert epoch(weighting, (1.0, 1.0)) == pytest.approx([0.88, 1.12], abs=0.005)


def test_weights_stand_still_within_an_epoch() -> None:
    weighting = DynamicWeightAverage(2)
    epoch(weighting, (2.0, 1.0))
    before = epoch(weighting, (1.0, 1.0))
    weighting.observe(torch.tensor([50.0, 0.1]), BOTH, None)
    assert weighting.weights().tolist() == before


def test_a_mean_is_over_the_steps_in_which_the_task_was_there() -> None:
    weighting = DynamicWeightAverage(2)
    epoch(weighting, (2.0, 1.0))
    weighting.observe(torch.tensor([3.0, torch.nan]), torch.tensor([True, False]), None)
    assert epoch(weighting, (1.0, 0.5)) == pytest.approx(closed_form(1.0, 0.5))


def test_a_task_without_labels_for_an_epoch_keeps_its_averages() -> None:
    weighting = DynamicWeightAverage(2)
    epoch(weighting, (2.0, 1.0))
    epoch(weighting, (1.0, 0.5))
    without = epoch(weighting, (0.9, torch.nan), present=torch.tensor([True, False]))
    assert without == pytest.approx(closed_form(0.9, 0.5))


def test_a_loss_that_was_0_is_no_reason_for_infinite_weight() -> None:
    weighting = DynamicWeightAverage(2)
    epoch(weighting, (0.0, 1.0))
    assert epoch(weighting, (0.5, 1.0)) == [1.0, 1.0]
    assert epoch(DynamicWeightAverage(2), (0.0, 0.0)) == [1.0, 1.0]
