from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from scipy.stats import chi2_contingency

from ghep.data.splitting.shares import p_value, share_findings
from ghep.types import Example


def parts(train: Mapping[str, int], test: Mapping[str, int]) -> dict[str, list[Example]]:
    return {
        name: [Example(f"{name}/{label}/{at}", "", {"label": label}) for label, n in counts.items() for at in range(n)]
        for name, counts in (("train", train), ("valid", {}), ("test", test))
    }


def test_shares_that_differ_are_reported_with_the_class_that_differs_most() -> None:
    (found,) = share_findings(parts({"yes": 420, "no": 580}, {"yes": 150, "no": 50}), ["label"])
    assert (found.code, found.severity) == ("label-shares-differ", "warning")
    assert "'no' is 58% of train and 25% of test (p < 0.001)" in found.message
    assert found.items == ("no: -33.0%", "yes: +33.0%")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("train", "test"),
    [
        ({"a": 70, "b": 30}, {"a": 14, "b": 16}),  # far, and yet chance
        ({"a": 50_000, "b": 50_000}, {"a": 5_400, "b": 4_600}),  # certain, and small
        ({"a": 70, "b": 30}, {"a": 30}),  # reported as a split of one class
        ({"a": 70, "b": 30}, {}),
        ({str(k): 3 for k in range(300)}, {str(k): 1 for k in range(0, 300, 3)}),  # rare classes, by chance not there
    ],
)
def test_chance_and_small_differences_are_not(train: Mapping[str, int], test: Mapping[str, int]) -> None:
    assert share_findings(parts(train, test), ["label"]) == []


def test_data_divided_at_random_never_fire() -> None:
    rng = np.random.default_rng(0)
    for _ in range(300):
        classes = int(rng.integers(2, 30))
        labels = rng.choice(classes, 600, p=rng.dirichlet(np.ones(classes)))
        train, test = ({str(k): int((part == k).sum()) for k in range(classes)} for part in np.split(labels, [480]))
        assert share_findings(parts(train, {k: n for k, n in test.items() if n}), ["label"]) == []


@pytest.mark.parametrize("classes", [2, 3, 10, 201])
def test_the_p_value_is_that_of_scipy(classes: int) -> None:
    rng = np.random.default_rng(classes)
    one, other = rng.integers(40, 60, classes), rng.integers(20, 80, classes)
    expected = chi2_contingency([one, other], correction=False).pvalue
    counts = ({str(k): int(n) for k, n in enumerate(part)} for part in (one, other))
    assert p_value(*counts) == pytest.approx(expected, rel=1e-6)
