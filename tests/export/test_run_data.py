"""The examples that an export is compared on."""

from __future__ import annotations

from itertools import pairwise

import pytest

from ghep.export.run_data import spaced
from ghep.types import Example


@pytest.mark.parametrize("count", [1, 99, 100, 101, 153, 199, 2132])
def test_as_many_are_chosen_as_were_asked_from_the_first_to_the_last(count: int) -> None:
    examples = [Example(str(place), place, {}) for place in range(count)]
    chosen = spaced(examples, 100)
    assert len(chosen) == min(count, 100)
    assert (chosen[0], chosen[-1]) == (examples[0], examples[-1])
    gaps = {int(b.id) - int(a.id) for a, b in pairwise(chosen)}
    assert max(gaps, default=1) - min(gaps, default=1) <= 1


def test_of_nothing_nothing_is_chosen() -> None:
    assert spaced([], 100) == []
