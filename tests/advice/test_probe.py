"""The probe that orders backbones: scored on what it has not seen, the same examples for all."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from ghep.advice import probe as of_probe
from ghep.advice.probe import FOLDS, probe, stratified_folds
from ghep.features.probes import solve_head

Split = tuple[np.ndarray, np.ndarray]


def problem(*, signal: float, n: int = 80, dim: int = 200) -> tuple[Split, Split]:
    rng = np.random.default_rng(0)
    targets = np.arange(n) % 2
    features = (signal * (2 * targets[:, None] - 1) + rng.normal(0, 1, (n, dim))).astype(np.float32)
    cut = 3 * n // 4
    return (features[:cut], targets[:cut]), (features[cut:], targets[cut:])


def test_folds_are_stratified_and_even() -> None:
    targets = np.array([0] * 23 + [1] * 12 + [2] * 2)
    folds = stratified_folds(targets, FOLDS, seed=0)
    sizes = Counter(folds.tolist())
    assert max(sizes.values()) - min(sizes.values()) <= 1
    for label in (0, 1, 2):
        of_label = np.bincount(folds[targets == label], minlength=FOLDS)
        assert of_label.max() - of_label.min() <= 1
    assert (folds == stratified_folds(targets, FOLDS, seed=0)).all()
    assert (folds != stratified_folds(targets, FOLDS, seed=1)).any()


def test_noise_is_worth_no_more_than_chance() -> None:
    """With more dimensions than examples a head gets everything right that it was solved on."""
    train, valid = problem(signal=0)
    head = solve_head(*train, 2, strengths=(1e-4,))
    assert (head(train[0]).argmax(1) == train[1]).all()
    found = probe(train, valid, 2)
    assert found.n == 80 and found.folds == FOLDS
    assert 0.3 < found.accuracy < 0.7


def test_signal_is_found_with_its_interval() -> None:
    found = probe(*problem(signal=0.3), 2)
    assert found.accuracy > 0.9 and found.interval.low < found.accuracy <= found.interval.high


def test_folds_are_solved_at_the_strength_that_valid_chose() -> None:
    train, valid = problem(signal=0.06)
    strength = solve_head(*train, 2, valid=valid).strength
    features, targets = (np.concatenate(both) for both in zip(train, valid, strict=True))
    folds = stratified_folds(targets, FOLDS, seed=0)

    def by_hand(strength: float) -> np.ndarray:
        right = np.zeros(len(targets), bool)
        for fold in range(FOLDS):
            out = folds == fold
            head = solve_head(features[~out], targets[~out], 2, strengths=(strength,))
            right[out] = head(features[out]).argmax(1) == targets[out]
        return right

    found = probe(train, valid, 2).correct
    assert (found == by_hand(strength)).all()
    assert (found != by_hand(1e-4 if strength > 1 else 100.0)).any(), "this problem tells strengths apart"


def test_enough_validation_examples_are_scored_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_probe, "ENOUGH", 20)
    train, valid = problem(signal=0.1)
    found = probe(train, valid, 2)
    assert found.n == 20 and found.folds == 0
    right = solve_head(*train, 2, valid=valid)(valid[0]).argmax(1) == valid[1]
    assert (found.correct == right).all()


def test_without_valid_train_is_scored_fold_by_fold() -> None:
    (features, targets), _ = problem(signal=0.3)
    found = probe((features, targets), (features[:0], targets[:0]), 2)
    assert found.n == 60 and found.accuracy > 0.9
