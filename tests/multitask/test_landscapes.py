from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.optimize import check_grad

from multitask.landscapes import FLOOR, Losses, valleys, valleys_and_bowls


@pytest.mark.parametrize("losses", [valleys, valleys_and_bowls])
@pytest.mark.parametrize("place", [(0.5, -3.0), (-8.5, 7.5), (-3.0, 2.0), (9.0, -9.0)])
def test_gradients(losses: Callable[[float, float], Losses], place: tuple[float, float]) -> None:
    for task in range(2):
        error = check_grad(lambda at: losses(*at)[0][task], lambda at: losses(*at)[1][task], place)  # noqa: B023
        assert error < 1e-3 * (1 + np.abs(losses(*place)[1][task]).max())


def test_the_ground_of_a_valley_is_level() -> None:
    values, gradients = valleys(0.0, 0.0)
    assert values[0] == 20 * np.log(FLOOR) and gradients[0].tolist() == [0.0, 0.0]
