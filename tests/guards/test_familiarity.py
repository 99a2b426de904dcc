"""Unfamiliar inputs: p-values that hold whatever the features are, a bounded bank, a test of drift of known level."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest

from ghep.errors import BundleError
from ghep.guards.familiarity import (
    DRIFT_LEVEL,
    LEAST_BATCH,
    MOST,
    Bank,
    Drift,
    Familiarity,
    beta_binomial_tail,
    drawn,
    drift_in,
    familiarity,
    familiarity_from,
    withheld,
)


def clusters(n: int, *, dim: int = 64, seed: int = 0, classes: int = 3, at: int = 0) -> np.ndarray:
    """Features (n, dim) around ``classes`` centres, positive like those after a ReLU; ``at`` chooses the centres."""
    centres = np.random.default_rng([at, 99]).normal(0, 1, (classes, dim))
    rng = np.random.default_rng([seed, at])
    return np.maximum(2 + centres[of_clusters(n, seed=seed, classes=classes, at=at)] + rng.normal(0, 0.6, (n, dim)), 0)


def of_clusters(n: int, *, seed: int = 0, classes: int = 3, at: int = 0) -> np.ndarray:
    return np.random.default_rng([seed, at, 1]).integers(classes, size=n)


def known(train: np.ndarray, valid: np.ndarray, **probabilities: np.ndarray) -> Familiarity:
    bank = bank_of(train)
    found = familiarity(bank, bank.distances(valid), probabilities, without=np.zeros(len(valid), dtype=bool))
    assert found is not None
    return found


def bank_of(train: np.ndarray) -> Bank:
    return Bank.of(train, of_clusters(len(train)).tolist())


def test_the_distance_is_to_the_nearest_example_and_the_nearest_mean() -> None:
    train, new, groups = clusters(100), clusters(7, seed=1), of_clusters(100)
    rows = train / np.linalg.norm(train, axis=1, keepdims=True)
    means = np.stack([rows[groups == one].mean(axis=0) for one in range(3)])
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    unit = new / np.linalg.norm(new, axis=1, keepdims=True)
    bank = Bank.of(train, groups.tolist())
    assert bank.means.shape == (3, 64)
    expected = 1 - ((unit @ rows.T).max(axis=1) + (unit @ means.T).max(axis=1)) / 2
    np.testing.assert_allclose(bank.distances(new), expected, atol=3e-4)
    np.testing.assert_allclose(bank.distances(3 * new)[::-1], bank.distances(new[::-1]), atol=1e-6)
    assert Bank.of(train, [None] * 100).means.shape == (1, 64), "numbers have no classes"


def test_float16_changes_no_p_value_of_a_healthy_input_by_more_than_a_step() -> None:
    train, valid, new = clusters(400), clusters(100, seed=1), clusters(300, seed=2)
    half = bank_of(train)
    whole = Bank(*(one / np.linalg.norm(one, axis=1, keepdims=True) for one in (train, half.means.astype(np.float32))))
    two = [Familiarity(bank, np.sort(bank.distances(valid)).astype(np.float32)) for bank in (half, whole)]
    assert np.abs(two[0].of_features(new) - two[1].of_features(new)).max() <= 2 / 101


def test_of_inputs_like_valid_no_more_than_the_rate_is_unfamiliar() -> None:
    """The mean over draws of valid: a single valid of 39 examples may be lucky or not."""
    shares = []
    for seed in range(60):
        found = known(clusters(150, seed=3 * seed), clusters(39, seed=3 * seed + 1))
        shares.append((found.of_features(clusters(200, seed=3 * seed + 2)) <= 0.05).mean())
    assert 0.03 < np.mean(shares) <= 0.06  # 2 of 40; 60 draws


def test_inputs_from_elsewhere_are_unfamiliar() -> None:
    found = known(clusters(200), clusters(99, seed=1))
    assert (found.of_features(clusters(50, at=7)) == 1 / 100).all()


def test_fewer_examples_than_features_need_no_covariance() -> None:
    found = known(clusters(8, dim=1280), clusters(30, dim=1280, seed=1))
    p_values = found.of_features(clusters(50, dim=1280, seed=2))
    assert np.isfinite(p_values).all() and p_values.min() >= 1 / 31 and p_values.max() <= 1


def test_constant_and_zero_features_make_nothing_unfamiliar_and_nothing_nan() -> None:
    for value in (0.0, 3.0):
        constant = np.full((40, 16), value, dtype=np.float32)
        found = known(constant, constant[:20])
        assert (found.of_features(constant) == 1).all()
    collapsed = np.ones((40, 16), dtype=np.float32) * np.linspace(1, 2, 40, dtype=np.float32)[:, None]
    found = known(collapsed, collapsed[::2] * np.float32(1.0000001))
    assert (found.of_features(collapsed[1:2]) > 0.05).all()


def test_features_that_are_not_finite_are_as_far_as_can_be() -> None:
    found, new = known(clusters(50), clusters(19, seed=1)), clusters(3, seed=2)
    new[0, 0], new[2, 5] = np.nan, np.inf
    assert found.bank.distances(new)[[0, 2]].tolist() == [np.inf, np.inf]
    assert found.of_features(new)[[0, 2]].tolist() == [1 / 20, 1 / 20] and found.of_features(new)[1] > 1 / 20


def test_copies_of_train_in_valid_do_not_count() -> None:
    """With them, the distances on valid would be too small, and new inputs too often unfamiliar."""
    train, valid, new = clusters(30, classes=30), clusters(40, seed=1, classes=30), clusters(200, seed=2, classes=30)
    bank = bank_of(train)
    mixed = np.concatenate([valid, train, train])
    copies = np.arange(len(mixed)) >= 40
    found = familiarity(bank, bank.distances(mixed), {"a": np.linspace(0, 1, len(mixed))}, without=copies)
    assert found is not None and found.n == 40 and len(found.probabilities["a"]) == 40
    naive = familiarity(bank, bank.distances(mixed), {}, without=np.zeros(len(mixed), dtype=bool))
    assert naive is not None
    assert naive.of_features(new).mean() < found.of_features(new).mean()
    assert familiarity(bank, bank.distances(train), {}, without=np.ones(30, dtype=bool)) is None


def test_an_example_without_a_label_of_a_task_does_not_count_for_its_answers() -> None:
    found = known(clusters(30), clusters(4, seed=1), a=np.array([0.9, np.nan, 0.5, np.nan]))
    np.testing.assert_allclose(found.probabilities["a"], [0.5, 0.9])
    assert found.of_answers("a", np.array([0.4, 0.5, 0.95])).tolist() == [1 / 3, 2 / 3, 1]


def test_the_draw_is_the_same_for_a_seed_and_keeps_rare_classes() -> None:
    groups = ["common"] * 5000 + ["rare"] * 3 + ["some"] * 900
    places = drawn(groups, seed=4)
    assert len(places) == MOST and list(places) == sorted(set(places.tolist()))
    assert np.array_equal(places, drawn(groups, seed=4)) and not np.array_equal(places, drawn(groups, seed=5))
    of = [groups[place] for place in places]
    assert (of.count("rare"), of.count("some"), of.count("common")) == (3, 900, 1097)
    assert drawn(groups[:7], seed=1).tolist() == list(range(7)) and not len(drawn([]))


def test_classes_that_the_bank_has_not_are_unfamiliar_and_that_is_not_hidden() -> None:
    both, one = clusters(200, classes=2), clusters(200, classes=1)
    found = known(one, both[:100])
    assert found.n == 100  # half of valid is far: what is far on valid is familiar by definition
    assert (found.of_features(both[100:]) > 0.02).mean() > 0.9


def test_what_is_withheld_at_a_rate() -> None:
    familiar, certain = np.array([0.02, 0.025, 0.03, 0.5]), np.array([0.01, 0.9, 0.025, 0.0251])
    unfamiliar, undecided = withheld(familiar, certain, 0.05)
    assert unfamiliar.tolist() == [True, True, False, False] and undecided.tolist() == [False, False, True, False]
    unfamiliar, undecided = withheld(familiar, None, 0.05)
    assert unfamiliar.tolist() == [True, True, True, False] and not undecided.any()
    assert [bool(one) for one in withheld(1 / 40, 1.0, 0.05)] == [
        True,
        False,
    ]  # 2.5 % of 39 + 1: equal in floating point


def test_the_least_rate_is_the_one_at_which_the_smallest_p_value_counts() -> None:
    found = known(clusters(30), clusters(39, seed=1), a=np.linspace(0.5, 1, 39))
    assert found.least_rate("a", classes=True) == 2 / 40 and found.least_rate("b", classes=False) == 1 / 40
    assert found.least_rate("unlabelled", classes=True) == 2
    assert withheld(1 / 40, 1.0, found.least_rate("a", classes=True))[0]


def test_arrays_are_read_back_and_others_are_refused() -> None:
    found = known(clusters(50), clusters(20, seed=1), **{"a.b": np.linspace(0.2, 1, 20)})
    again = familiarity_from(found.arrays())
    new = clusters(9, seed=2)
    assert again is not None and np.array_equal(again.of_features(new), found.of_features(new))
    assert again.probabilities.keys() == {"a.b"} and again.bank.features.dtype == np.float16
    assert familiarity_from({}) is None
    with pytest.raises(BundleError) as refused:
        found.of_features(new[:, :5])
    assert "two models" in refused.value.remedy


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("features", None),
        ("features", np.full((50, 64), np.nan, dtype=np.float16)),
        ("features", np.zeros((0, 64), dtype=np.float16)),
        ("features", np.zeros((MOST + 1, 64), dtype=np.float16)),
        ("features", np.zeros((5, 64), dtype=np.int64)),
        ("means", np.zeros((3, 5), dtype=np.float16)),
        ("means", np.zeros((51, 64), dtype=np.float16)),
        ("means", np.zeros(64, dtype=np.float16)),
        ("distances", np.array([0.5, 0.1], dtype=np.float32)),
        ("distances", np.array([np.nan], dtype=np.float32)),
        ("distances", np.array([], dtype=np.float32)),
        ("distances", np.zeros((2, 2), dtype=np.float32)),
        ("probabilities.label", np.array([0.9, 0.1], dtype=np.float32)),
    ],
)
def test_arrays_that_ghep_did_not_write_are_refused(name: str, value: np.ndarray | None) -> None:
    arrays = known(clusters(50), clusters(20, seed=1), label=np.linspace(0.2, 1, 20)).arrays()
    arrays[name] = value  # type: ignore[assignment]
    if value is None:
        del arrays[name]
    with pytest.raises(BundleError, match=r"familiarity\.safetensors"):
        familiarity_from(arrays)


# --- drift


def test_the_beta_binomial_tail_is_that_of_scipy() -> None:
    from scipy.stats import betabinom

    for least, n, a, b in ((1, 20, 1, 20), (5, 20, 5, 95), (30, 400, 10, 191), (20, 20, 2, 40), (3, 5, 1, 1)):
        expected = betabinom.sf(least - 1, n, a, b)
        assert beta_binomial_tail(least, n, a, b) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("calibrated_on", "size"), [(19, 20), (60, 20), (60, 500), (400, 100)])
def test_at_most_one_of_a_thousand_healthy_batches_is_said_to_drift(calibrated_on: int, size: int) -> None:
    """Distances have any continuous distribution: ranks decide. 20,000 batches, each with a valid of its own."""
    rng, trials = np.random.default_rng(0), 20_000
    valid, batch = np.sort(rng.random((trials, calibrated_on))), rng.random((trials, size))
    rank = math.floor(0.05 * (calibrated_on + 1) + 1e-9)
    unusual = (batch >= valid[:, -rank][:, None]).sum(axis=1)
    counts, times = np.unique(unusual, return_counts=True)
    seen = sum(int(n) for count, n in zip(counts, times, strict=True) if Drift(size, int(count), calibrated_on).seen)
    assert seen / trials <= DRIFT_LEVEL + 3 * math.sqrt(DRIFT_LEVEL / trials)


def test_a_binomial_test_would_alarm_too_often_where_valid_is_small() -> None:
    from scipy.stats import binom

    found = Drift(500, 60, 60)
    assert not found.seen and binom.sf(59, 500, 0.05) < 1e-6


def test_drift_is_said_with_its_numbers() -> None:
    found = drift_in([0.01] * 12 + [0.5] * 8, 100)
    assert found is not None and found.seen and found.share == 0.6
    (finding,) = found.findings
    assert (finding.code, finding.severity) == ("inputs-drifted", "warning")
    assert "12 of 20 inputs" in finding.message and "100 validation examples" in finding.message and finding.remedy
    assert "12 of 20" in found.summary
    assert found.to_json()["drifted"] is True and found.to_json()["unusual"] == 12
    healthy = drift_in([0.01] + [0.5] * 19, 100)
    assert healthy is not None and not healthy.seen and healthy.findings == () and "1 of 20" in healthy.summary
    assert drift_in([0.01] * (LEAST_BATCH - 1), 100) is None
    assert drift_in([0.01] * 30, 18) is None, "no p-value of 18 examples can be 5 %"


def test_more_unusual_inputs_are_stronger_evidence() -> None:
    values = [Drift(50, count, 100).p_value for count in range(51)]
    assert all(one > other for one, other in pairwise(values[1:])) and values[0] == 1
