from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image
from sklearn.linear_model import Ridge

from ghep.data.image.control import ImageControls
from ghep.data.image.linear_hog import SIDE, STRENGTHS, UNTUNED, _Ridge, fit_linear_hog, hog_features, to_square
from ghep.errors import DataError
from ghep.types import Example

N, CLASSES = 120, 3


def stripes(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Noisy stripes of random colour, thickness and phase; the class is their direction, 0, 60 or 120 degrees."""
    rng = np.random.default_rng(seed)
    targets = np.arange(count) % CLASSES
    y, x = np.mgrid[:SIDE, :SIDE]
    images = []
    for k in targets:
        angle = np.pi * k / CLASSES
        wave = np.sin((x * np.cos(angle) + y * np.sin(angle)) / rng.uniform(1.5, 3) + rng.uniform(0, 6))
        image = 128 + 60 * wave[..., None] * rng.choice([-1, 1], 3) + rng.normal(0, 20, (SIDE, SIDE, 3))
        images.append(np.clip(image, 0, 255))
    return np.array(images, dtype=np.uint8), targets


def coloured(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Noise, with more red, green or blue."""
    rng = np.random.default_rng(seed)
    targets = np.arange(count) % CLASSES
    images = rng.integers(0, 180, (count, SIDE, SIDE, 3))
    images[np.arange(count), :, :, targets] += 60
    return images.astype(np.uint8), targets


@pytest.mark.parametrize("make", [stripes, coloured])
def test_edge_directions_and_colours_are_learnt(make: Any) -> None:
    images, targets = make(N)
    model = fit_linear_hog(hog_features(images), targets, CLASSES)
    images, targets = make(60, 1)
    probabilities = model.probabilities(hog_features(images))
    assert (probabilities.argmax(axis=1) == targets).mean() > 0.95
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    assert model.held_out_loss[model.strength] == min(model.held_out_loss.values())
    assert set(model.held_out_loss) == set(STRENGTHS)


def test_a_gradient_is_counted_in_its_direction() -> None:
    """A ramp to the right has its gradient at 0 degrees, one downwards at 90: bins 0 and, of 9, 4 and 5."""
    ramp = np.linspace(0, 255, SIDE).astype(np.uint8)
    right = np.broadcast_to(ramp[None, :, None], (SIDE, SIDE, 3))
    both = hog_features(np.stack([right, right.transpose(1, 0, 2)]))
    cells = both[:, : 7 * 7 * 36].reshape(2, 7 * 7 * 4, 9)
    shares = cells.sum(axis=1) / cells.sum(axis=(1, 2))[:, None]
    assert shares[0, 0] > 0.99
    np.testing.assert_allclose(shares[1, 4:6], 0.5, atol=0.01)


def test_brighter_images_have_the_same_gradients() -> None:
    images, _ = stripes(3)
    dim = (images // 2).astype(np.uint8)
    gradients = [hog_features(one)[:, : 7 * 7 * 36] for one in (images, dim)]
    assert (gradients[0] * gradients[1]).sum(axis=1).min() > 0.95
    assert np.isfinite(hog_features(np.zeros((1, SIDE, SIDE, 3), np.uint8))).all()


@pytest.mark.parametrize("shape", [(30, 8), (12, 40)])
def test_leave_one_out_in_closed_form_is_leaving_one_out(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    features, wanted = rng.normal(size=shape), rng.choice([-1.0, 1.0], (shape[0], 2))
    ridge, strength = _Ridge(features, wanted), 0.3
    penalty = strength * ridge.scale
    weight, bias = ridge.solution(strength)
    whole = Ridge(alpha=penalty).fit(features, wanted)
    np.testing.assert_allclose(weight, whole.coef_, atol=1e-8)
    np.testing.assert_allclose(bias, whole.intercept_, atol=1e-8)
    left_out = ridge.left_out(strength)
    for place in range(shape[0]):
        others = np.arange(shape[0]) != place
        without = Ridge(alpha=penalty).fit(features[others], wanted[others])
        np.testing.assert_allclose(left_out[place], without.predict(features[[place]])[0], atol=1e-8)


def test_several_classes_at_once() -> None:
    (one, directions), (other, colours) = stripes(N), coloured(N, 3)
    colours = np.roll(colours, 1)
    other = np.roll(other, 1, axis=0)
    images = (one.astype(int) // 2 + other // 2).astype(np.uint8)
    targets = np.stack([directions == 0, colours == 0, np.ones(N)], axis=1).astype(np.int8)
    targets[::10] = -1
    model = fit_linear_hog(hog_features(images), targets, 3)
    kept = targets[:, 0] >= 0
    answers = model.probabilities(hog_features(images[kept])) > 0.5
    assert (answers == targets[kept]).mean() > 0.95 and answers[:, 2].all()


def test_few_images_and_classes_without_training_images() -> None:
    images, targets = stripes(6)
    model = fit_linear_hog(hog_features(images[targets != 1]), targets[targets != 1], CLASSES)
    assert model.strength == UNTUNED and not model.held_out_loss
    probabilities = model.probabilities(hog_features(images))
    assert not probabilities[:, 1].any() and (probabilities.argmax(axis=1) == targets)[targets != 1].all()
    with pytest.raises(DataError, match="of 1 class"):
        fit_linear_hog(hog_features(images), np.zeros(6, int), CLASSES)


def test_each_example_is_read_once() -> None:
    images, targets = stripes(30)
    read: list[str] = []

    def prepared(example: Example) -> np.ndarray:
        read.append(example.id)
        return np.asarray(Image.fromarray(images[int(example.id)]).resize((90, 70)))

    examples = [Example(str(place), b"", {}) for place in range(30)]
    fit = ImageControls(prepared)
    control = fit(examples[:20], targets[:20], CLASSES)
    again = fit(examples[:20], targets[:20], CLASSES)
    np.testing.assert_array_equal(control.outputs(examples), again.outputs(examples))
    assert sorted(read) == sorted(example.id for example in examples)
    assert control.outputs([]).shape == (0, CLASSES)
    assert control.name == "linear_hog" and control.seconds > 0


def test_images_smaller_than_the_side_are_enlarged() -> None:
    assert to_square(np.zeros((20, 30, 3), np.uint8)).shape == (SIDE, SIDE, 3)
