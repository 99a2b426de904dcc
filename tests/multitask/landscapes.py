"""Two losses of two numbers each, with known optima, from the papers of PCGrad and CAGrad; and Adam to walk on them."""

from __future__ import annotations

from collections.abc import Callable
from math import log, tanh

import numpy as np

Losses = tuple[np.ndarray, np.ndarray]
"""Losses (2,) and their gradients (2, 2), a row for each."""
FLOOR = 5e-6


def valleys(x: float, y: float) -> Losses:
    """Two narrow valleys that meet at x = -2, y to infinity (arXiv:2001.06782, figure 1)."""
    bend, slope = tanh(y), 1 - tanh(y) ** 2
    first, d_first = _log_of(0.5 * x + bend)
    second, d_second = _log_of(0.5 * x - bend + 2)
    gradients = [[10 * d_first, 20 * d_first * slope], [12.5 * d_second, -25 * d_second * slope]]
    return np.array([20 * first, 25 * second]), np.array(gradients)


def valleys_and_bowls(x: float, y: float) -> Losses:
    """Valleys where y > 0; below, two bowls whose mean is least at (0, -8.355) (arXiv:2110.14048, figure 2)."""
    bend, slope = tanh(y), 1 - tanh(y) ** 2
    fade = tanh(y / 2)
    d_fade = 0.5 * (1 - fade**2)
    if y > 0:
        first, d_first = _log_of(-0.5 * (x + 7) + bend)
        second, d_second = _log_of(-0.5 * (x - 3) - bend + 2)
        values = np.array([first + 6, second + 6])
        along_x, along_y = np.array([-0.5 * d_first, -0.5 * d_second]), np.array([d_first, -d_second]) * slope
    else:
        fade, d_fade = -fade, -d_fade
        values = ((x - np.array([7, -7])) ** 2 + 0.1 * (y + 8) ** 2) / 10 - 20
        along_x, along_y = 0.2 * (x - np.array([7, -7])), np.full(2, 0.02 * (y + 8))
    return fade * values, np.stack([fade * along_x, fade * along_y + d_fade * values], axis=1)


def _log_of(value: float) -> tuple[float, float]:
    """Return log |value| and its slope, level near 0."""
    return (log(abs(value)), 1 / value) if abs(value) > FLOOR else (log(FLOOR), 0.0)


def walk(
    losses: Callable[[float, float], Losses],
    start: tuple[float, float],
    way: Callable[[np.ndarray], np.ndarray],
    *,
    lr: float,
    steps: int,
) -> np.ndarray:
    """Return where Adam arrives from ``start``; ``way`` (2, 2) -> (2,) turns Gram matrix into weights of gradients."""
    place, mean, square = np.array(start), np.zeros(2), np.zeros(2)
    for step in range(1, steps + 1):
        gradients = losses(*place)[1]
        slope = way(gradients @ gradients.T) @ gradients
        mean, square = 0.9 * mean + 0.1 * slope, 0.999 * square + 0.001 * slope**2
        place = place - lr * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.999**step)) + 1e-8)
    return place
