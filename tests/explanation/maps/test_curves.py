"""Deletion and insertion rank maps: the map of what the answer depends on, above edges and random maps."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ghep.explanation.maps.curves import EDGES, OWN, RANDOM, STEPS, curves_of, edges


def left_quarter(pixels: torch.Tensor) -> torch.Tensor:
    """The answer depends on the left quarter of the photo alone."""
    return pixels[..., : pixels.shape[3] // 4].mean((1, 2, 3))


@pytest.fixture
def inputs() -> torch.Tensor:
    made = torch.zeros(1, 3, 32, 32)
    made[..., :8] = 1.0
    return made


def test_a_right_map_is_best_and_a_reversed_one_worst(inputs: torch.Tensor) -> None:
    cam = np.repeat(np.linspace(1, -1, 8)[None], 8, axis=0)
    right, wrong = (curves_of(left_quarter, inputs, one, np.random.default_rng(0)) for one in (cam, -cam))
    assert right.area("deletion", OWN) < right.area("deletion", RANDOM) < wrong.area("deletion", OWN)
    assert right.area("insertion", OWN) > right.area("insertion", RANDOM) > wrong.area("insertion", OWN)


def test_curves_run_between_the_photo_and_its_mean_colour(inputs: torch.Tensor) -> None:
    found = curves_of(left_quarter, inputs, np.eye(4), np.random.default_rng(0))
    for curve in found.deletion.values():
        assert curve.shape == (STEPS + 1,) and curve[0] == pytest.approx(1) and curve[-1] == pytest.approx(0.25)
    for curve in found.insertion.values():
        assert curve[0] == pytest.approx(0.25) and curve[-1] == pytest.approx(1)


def test_the_area_is_that_of_trapezoids(inputs: torch.Tensor) -> None:
    found = curves_of(left_quarter, inputs, np.eye(4), np.random.default_rng(0))
    assert found.area("deletion", EDGES) == pytest.approx(np.trapezoid(found.deletion[EDGES], dx=1 / STEPS))


def test_edges_are_found_where_they_are(inputs: torch.Tensor) -> None:
    strength = edges(inputs, (8, 8))
    assert strength[:, 1].min() > 0 and not strength[:, 4:].any()
