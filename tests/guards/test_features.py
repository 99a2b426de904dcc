"""Poor features are found by what they look like, healthy ones are not, and controls are compared in pairs."""

from __future__ import annotations

import json

import numpy as np
import pytest

from ghep.guards.features import MOST, against_control, check_features, effective_rank
from ghep.storage.text import plain


def features(n: int = 60, dims: int = 40, *, seed: int = 0) -> np.ndarray:
    """Like those after a ReLU: positive, with a common mean, in all directions."""
    return np.maximum(np.random.default_rng(seed).normal(0.3, 1, (n, dims)), 0).astype(np.float32)


def codes(rows: np.ndarray) -> list[str]:
    return [finding.code for finding in check_features(rows, name="net").findings]


@pytest.mark.parametrize("n", [2, 5, 10, 60, 3 * MOST])
def test_healthy_features_are_not_doubted(n: int) -> None:
    assert codes(features(n)) == []


def test_equal_features_are_constant() -> None:
    rows = np.repeat(features()[:1], 30, axis=0)
    assert codes(rows) == codes(np.zeros((30, 4))) == ["features-constant"]
    assert codes(rows + 1e-8 * features(30)) == ["features-constant"], "rounding is no variation"


def test_multiples_of_one_vector_are_of_low_rank() -> None:
    rng = np.random.default_rng(0)
    check = check_features(np.outer(rng.lognormal(size=50), features()[0]), name="net")
    assert [finding.code for finding in check.findings] == ["features-low-rank"]
    assert check.effective_rank == pytest.approx(1, abs=1e-6) and "1" in check.findings[0].message


def test_almost_one_direction_is_a_collapse() -> None:
    rows = features()[0] + 1e-3 * features()
    check = check_features(rows, name="net")
    assert [finding.code for finding in check.findings] == ["features-collapsed"] and check.mean_cosine > 0.999


def test_nan_is_reported_and_nothing_else_is_guessed() -> None:
    rows = features()
    rows[3, 2], rows[7, 1] = np.nan, np.inf
    check = check_features(rows, name="net")
    assert [finding.code for finding in check.findings] == ["features-not-finite"] and check.finite == 58 / 60
    assert codes(np.full((5, 3), np.nan)) == ["features-not-finite"]


def test_dead_dimensions_are_counted() -> None:
    rows = features(dims=40)
    rows[:, :35] = 0.25
    (finding,) = check_features(rows, name="net").findings
    assert finding.code == "features-dead" and "88" in finding.message and "40" in finding.message


def test_a_few_examples_say_nothing_about_the_rank() -> None:
    rows = features(3)
    rows[2] = rows[0] + rows[1]
    assert codes(rows) == []
    assert codes(features(1)) == codes(features(0)) == []


def test_effective_rank_is_that_of_the_paper() -> None:
    """For k equal singular values it is k; in general exp of their entropy."""
    rng = np.random.default_rng(0)
    left, right = (np.linalg.qr(rng.normal(size=(n, 5)))[0] for n in (30, 12))
    assert effective_rank(left @ right.T) == pytest.approx(5)
    values = np.array([4.0, 2.0, 1.0, 1.0])
    shares = values / values.sum()
    expected = np.exp(-(shares * np.log(shares)).sum())
    for rows in ((left[:, :4] * values) @ right[:, :4].T, (right[:, :4] * values) @ left[:, :4].T):
        assert effective_rank(rows) == pytest.approx(expected), "from either Gram matrix"


def test_many_rows_cost_no_more() -> None:
    check = check_features(features(3 * MOST), name="net")
    assert check.examples == MOST


def test_the_summary_has_number_and_bar_and_json_is_plain() -> None:
    check = check_features(features(), name="net")
    assert "net" in check.summary and "35.1 of at most 40" in check.summary
    assert json.loads(json.dumps(plain(check.to_json())))["effective_rank"] == check.effective_rank


def answers(share: float, n: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).random(n) < share


def test_a_probe_no_better_than_its_control_is_named() -> None:
    check = against_control(answers(0.6, 600, 0), answers(0.6, 600, 1), "random", name="net")
    assert [finding.code for finding in check.findings] == ["features-no-better-than-random"] and check.no_better
    assert "random weights" in check.summary and json.dumps(plain(check.to_json()))
    majority = against_control(answers(0.5, 900, 0), answers(0.5, 900, 3), "majority", name="net")
    assert [finding.code for finding in majority.findings] == ["features-no-better-than-majority"]


def test_a_worse_probe_is_named_too() -> None:
    assert against_control(answers(0.4, 300, 0), answers(0.7, 300, 1), "random", name="net").findings


@pytest.mark.parametrize("n", [10, 30, 60])
def test_few_examples_of_a_hard_task_prove_nothing(n: int) -> None:
    """Not significantly better is not the same as no better."""
    for seed in range(20):
        check = against_control(answers(0.7, n, seed), answers(0.6, n, 100 + seed), "random", name="net")
        assert check.findings == () or check.high < 0.2 * (1 - check.control_score)
    assert (
        sum(
            bool(against_control(answers(0.75, n, seed), answers(0.6, n, 50 + seed), "random", name="net").findings)
            for seed in range(20)
        )
        <= 1
    )


def test_small_but_certain_gains_count() -> None:
    both = answers(0.5, 4000, 0)
    better = both | answers(0.1, 4000, 1)
    assert against_control(better, both, "random", name="net").findings == ()


def test_numbers_are_compared_by_their_credit() -> None:
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 0.1, 200)
    assert against_control(noise, np.zeros(200), "majority", name="net").no_better
    assert not against_control(0.5 + noise, np.zeros(200), "majority", name="net").no_better


def test_a_control_with_random_weights_may_have_poor_features() -> None:
    from ghep.guards.poor_features import backbone_findings, feature_findings
    from tiny import tiny_backbone, tiny_data

    rows = np.outer(np.arange(1, 31.0), features()[0])
    pretrained, random = tiny_backbone(), tiny_backbone(pretrained=False)
    assert [one.code for one in feature_findings(pretrained, rows)] == ["features-low-rank"]
    assert feature_findings(random, rows) == () == backbone_findings(random, tiny_data())
    assert [one.code for one in feature_findings(random, 0 * rows)] == ["features-constant"]
    assert feature_findings(pretrained, np.zeros((4, 3, 5))) == (), "features of positions are not judged"
