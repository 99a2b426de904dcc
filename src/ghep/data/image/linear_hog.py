"""The control for images: a linear model on colours and on the directions of edges, without a network or pretraining.

In: small RGB images. Out: features, probabilities. Features are histograms of oriented gradients (Dalal and Triggs
2005, doi:10.1109/CVPR.2005.177), 9 directions in 8 x 8 cells, and joint histograms of colour (Swain and Ballard 1991,
doi:10.1007/BF00130487), 4 levels of each channel, of the whole image and its quarters. The classifier is ridge
regression on targets of +1 and -1. Its leave-one-out predictions have a closed form for every regularisation strength
(Allen 1974, doi:10.1080/00401706.1974.10489157). So fitting takes seconds for thousands of images, and the strength is
chosen without validation examples.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from threadpoolctl import threadpool_limits

from ghep.errors import DataError
from ghep.metrics import multi_label
from ghep.metrics.calibration import MIN_EXAMPLES, fit_temperature, sigmoid, softmax
from ghep.metrics.classification import log_loss
from ghep.tasks.base import labelled

NAME = "linear_hog"
"""Name of this control in tables and messages."""

SIDE = 64
"""Side of the image in pixels; images are squashed to a square."""
CELL = 8
"""Side of a cell in pixels."""
DIRECTIONS = 9
"""Bins from 0 to 180 degrees: an edge from dark to bright counts like one from bright to dark."""
CLIPPED = 0.2
"""A block's histogram is clipped here and normalised again, so that one strong edge does not dominate."""
LEVELS = 4
"""Levels of each colour channel."""
STRENGTHS = tuple(10.0**power for power in np.arange(-3, 3.5, 0.5))
"""Regularisation strengths, times the mean eigenvalue of the features' Gram matrix."""
UNTUNED = 0.1
"""Strength for too few images to choose one."""
BATCH = 256
"""Images processed at a time, to bound memory."""


def hog_features(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return features (N, F) of RGB images (N, SIDE, SIDE, 3): gradients and colours, each scaled to unit length."""
    parts = [_features(images[start : start + BATCH]) for start in range(0, len(images), BATCH)]
    return np.concatenate(parts) if parts else _features(np.zeros((1, SIDE, SIDE, 3), np.uint8))[:0]


def to_square(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a decoded image (H, W, 3) resized to (SIDE, SIDE, 3)."""
    image = Image.fromarray(pixels)
    return np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BOX if min(image.size) > SIDE else None))


def _features(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    found = np.concatenate([_length_one(_gradients(images)), _length_one(_colours(images))], axis=1)
    return found.astype(np.float32)


def _gradients(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return histograms (N, blocks x 4 cells x DIRECTIONS) of the gradients, in blocks of 2 x 2 cells.

    Of the three channels of a pixel, the one with the steepest gradient counts.
    """
    values = np.sqrt(images.astype(np.float32) / 255)
    padded = np.pad(values, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="edge")
    down, right = padded[:, 2:, 1:-1] - padded[:, :-2, 1:-1], padded[:, 1:-1, 2:] - padded[:, 1:-1, :-2]
    steepness = down**2 + right**2
    steepest = steepness.argmax(axis=3)[..., None]
    down, right, steepness = (np.take_along_axis(one, steepest, axis=3)[..., 0] for one in (down, right, steepness))
    # Each pixel votes for the two nearest directions, in proportion to their distance.
    direction = np.arctan2(down, right) / np.pi * DIRECTIONS % DIRECTIONS
    steepness = np.sqrt(steepness)
    count, cells = len(images), SIDE // CELL
    histograms = np.empty((count, cells, cells, DIRECTIONS), dtype=np.float32)
    for k in range(DIRECTIONS):
        away = np.abs(direction - k)
        votes = steepness * np.maximum(0, 1 - np.minimum(away, DIRECTIONS - away))
        histograms[..., k] = votes.reshape(count, cells, CELL, cells, CELL).sum(axis=(2, 4))
    corners = [histograms[:, y : cells - 1 + y, x : cells - 1 + x] for y in (0, 1) for x in (0, 1)]
    blocks = np.concatenate(corners, axis=3)
    blocks = _length_one(np.minimum(_length_one(blocks), CLIPPED))
    return blocks.reshape(count, -1)


def _colours(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the square root of the share of each colour, (N, 5 x LEVELS ** 3), in the image and its four quarters.

    With square roots, an inner product compares two distributions (the Bhattacharyya coefficient).
    """
    levels = images.astype(np.int64) * LEVELS // 256
    colour = (levels[..., 0] * LEVELS + levels[..., 1]) * LEVELS + levels[..., 2]
    kinds, count, half = LEVELS**3, len(images), SIDE // 2
    places = colour.reshape(count, 2, half, 2, half).transpose(0, 1, 3, 2, 4).reshape(count * 4, -1)
    numbers = np.bincount((np.arange(count * 4)[:, None] * kinds + places).ravel(), minlength=count * 4 * kinds)
    quarters = numbers.reshape(count, 4, kinds)
    shares = np.concatenate([quarters.sum(axis=1, keepdims=True) / 4, quarters], axis=1) / half**2
    return np.sqrt(shares).reshape(count, -1).astype(np.float32)


def _length_one(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return ``values`` with vectors along the last axis scaled to length 1; zero vectors stay zero."""
    length = np.sqrt((values**2).sum(axis=-1, keepdims=True))
    return np.asarray(values / np.maximum(length, 1e-3), dtype=np.float32)


@dataclass(frozen=True, eq=False)
class LinearHog:
    """A fitted linear model on gradients and colours; ``probabilities`` predicts."""

    weight: NDArray[np.float64]
    """(P, F): one row for each class that occurs in training."""
    bias: NDArray[np.float64]
    """(P,)."""
    temperature: float
    """Scores are divided by it before they become probabilities; fitted on leave-one-out predictions."""
    strength: float
    """The regularisation chosen from ``STRENGTHS``."""
    held_out_loss: Mapping[float, float]
    """Strength -> log loss of the leave-one-out predictions; empty if there were too few images to choose."""
    num_classes: int
    present: NDArray[np.int64]
    """(P,): the classes that occur in training."""
    exclusive: bool
    """Whether an image has exactly one class; else any number."""
    seconds: float

    def probabilities(self, features: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return class probabilities (N, K) for ``features`` (N, F); 0 for a class without training images."""
        found = np.zeros((len(features), self.num_classes))
        to_probabilities = softmax if self.exclusive else sigmoid
        if len(features):
            found[:, self.present] = to_probabilities(features @ self.weight.T + self.bias, self.temperature)
        return found


def fit_linear_hog(features: NDArray[np.float32], targets: NDArray[Any], num_classes: int) -> LinearHog:
    """Return a model fitted on ``features`` (N, F) and ``targets``, classes (N,) or rows of 0 and 1 (N, K).

    Examples with target -1 are skipped. Chooses the regularisation strength with the lowest log loss of the
    leave-one-out predictions. The result is deterministic. Raises DataError if fewer than two classes are labelled.
    """
    start = time.perf_counter()
    targets = np.asarray(targets)
    kept = labelled(targets)
    features, targets = features[kept], targets[kept].astype(np.int64)
    exclusive = targets.ndim == 1
    found = len(np.unique(targets, axis=0))
    if found < 2:
        raise DataError("images-one-class", count=len(features), classes=found)
    present = np.unique(targets) if exclusive else np.arange(num_classes)
    truth = np.searchsorted(present, targets) if exclusive else targets
    sets = truth[:, None] == np.arange(len(present)) if exclusive else truth
    with threadpool_limits(1, user_api="blas"):
        ridge = _Ridge(features.astype(np.float64), np.where(sets, 1.0, -1.0))
        losses, temperatures = {}, {UNTUNED: 1.0}
        for strength in STRENGTHS if len(truth) >= MIN_EXAMPLES else ():
            scores = ridge.left_out(strength)
            temperatures[strength] = fit_temperature(scores, truth).temperature
            losses[strength] = _loss(truth, scores, temperatures[strength])
        chosen = min(losses, key=losses.__getitem__) if losses else UNTUNED
        weight, bias = ridge.solution(chosen)
    seconds = time.perf_counter() - start
    return LinearHog(weight, bias, temperatures[chosen], chosen, losses, num_classes, present, exclusive, seconds)


@dataclass(frozen=True, eq=False)
class RidgeHog:
    """Ridge regression of numbers on gradients and colours; ``numbers`` predicts."""

    weight: NDArray[np.float64]
    """(1, F)."""
    bias: NDArray[np.float64]
    """(1,)."""
    strength: float
    seconds: float

    def numbers(self, features: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the predicted number of each row of ``features`` (N, F), (N, 1)."""
        return np.asarray(features @ self.weight.T + self.bias)


def fit_ridge_hog(features: NDArray[np.float32], targets: NDArray[Any]) -> RidgeHog:
    """Return a ridge regression of the numbers ``targets`` (N,) on ``features`` (N, F); targets of NaN are skipped.

    Chooses the strength with the smallest squared error of the leave-one-out predictions. Raises DataError if fewer
    than two numbers differ.
    """
    start = time.perf_counter()
    kept = labelled(targets)
    features, numbers = features[kept], targets[kept].astype(np.float64)
    if len(np.unique(numbers)) < 2:
        raise DataError("images-one-number", count=len(features))
    with threadpool_limits(1, user_api="blas"):
        ridge = _Ridge(features.astype(np.float64), numbers[:, None])
        enough = len(numbers) >= MIN_EXAMPLES
        errors = {
            one: float(np.square(ridge.left_out(one)[:, 0] - numbers).mean()) for one in (STRENGTHS if enough else ())
        }
        chosen = min(errors, key=errors.__getitem__) if errors else UNTUNED
        weight, bias = ridge.solution(chosen)
    return RidgeHog(weight, bias, chosen, time.perf_counter() - start)


class _Ridge:
    """Ridge regression of ``wanted`` (N, P) on ``features`` (N, F) with an intercept, for any regularisation strength.

    With X the centred features, the eigenvectors of the smaller of X X^T and X^T X are computed once.
    """

    def __init__(self, features: NDArray[np.float64], wanted: NDArray[np.float64]) -> None:
        self.mean, self.wanted_mean = features.mean(axis=0), wanted.mean(axis=0)
        self.features, self.wanted = features - self.mean, wanted - self.wanted_mean
        count, width = features.shape
        if count <= width:
            values, self.left = np.linalg.eigh(self.features @ self.features.T)
            self.values = np.maximum(values, 0)
        else:
            values, right = np.linalg.eigh(self.features.T @ self.features)
            self.values = np.maximum(values, 0)
            self.left = self.features @ right / np.sqrt(np.maximum(self.values, 1e-12 * self.values.max()))
        self.parts = self.left.T @ self.wanted
        self.scale = self.values.sum() / len(self.values)

    def left_out(self, strength: float) -> NDArray[np.float64]:
        """Return leave-one-out scores (N, P): each example's score is that of a model fitted to the other examples."""
        shares = self.values / (self.values + strength * self.scale)
        residual = self.wanted - (self.left * shares) @ self.parts
        leverage = (self.left**2) @ shares + 1 / len(self.wanted)
        return np.asarray(self.wanted + self.wanted_mean - residual / np.maximum(1 - leverage, 1e-9)[:, None])

    def solution(self, strength: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return weight (P, F) and bias (P,) of the model fitted to all examples."""
        dual = self.left @ (self.parts / (self.values + strength * self.scale)[:, None])
        weight = self.features.T @ dual
        return weight.T, self.wanted_mean - self.mean @ weight


def _loss(targets: NDArray[Any], scores: NDArray[Any], temperature: float) -> float:
    if targets.ndim == 1:
        return float(log_loss(targets, softmax(scores, temperature))[0])
    return float(multi_label.log_loss(targets, sigmoid(scores, temperature))[0])
