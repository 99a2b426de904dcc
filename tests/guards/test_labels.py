"""Which labels are probably wrong: planted in made-up logits, and what no method can find."""

from __future__ import annotations

import numpy as np
import pytest

from ghep.guards.labels import BAR, doubtful, findable, folds_by_group


def made_up(classes: int, distance: float, wrong: float, count: int = 3000) -> tuple[np.ndarray, ...]:
    """Logits that are exactly calibrated, labels of which a share ``wrong`` was replaced, and which these are."""
    rng = np.random.default_rng(0)
    truth = rng.integers(0, classes, count)
    noise = rng.standard_normal((count, classes))
    noise[np.arange(count), truth] += distance
    flipped = rng.random(count) < wrong
    targets = np.where(flipped, (truth + rng.integers(1, classes, count)) % classes, truth)
    return distance * noise, targets, flipped


@pytest.mark.parametrize("classes", [2, 6, 17])
def test_replaced_labels_are_found_and_ranked_first(classes: int) -> None:
    logits, targets, flipped = made_up(classes, 4.0, 0.05)
    found = doubtful(logits, targets)
    right = flipped[found.suspects]
    assert right.sum() >= 0.9 * flipped.sum() and right.mean() >= 0.9
    assert np.all(np.diff(found.margins[found.suspects]) >= 0) and right[: len(right) // 2].all()
    assert found.wrong == pytest.approx(flipped.mean(), abs=0.01)
    assert found.temperature == pytest.approx(1, abs=0.15)
    assert np.all(found.likely != targets) and np.all(found.margins[found.suspects] < 0)


@pytest.mark.parametrize(("classes", "distance"), [(2, 4.0), (2, 1.1), (17, 2.0)])
def test_clean_labels_are_not_suspected_however_hard_they_are(classes: int, distance: float) -> None:
    logits, targets, _ = made_up(classes, distance, 0)
    found = doubtful(logits, targets)
    assert len(found.suspects) <= BAR * len(targets) and found.wrong < 0.01
    assert (1 - found.accuracy) > BAR or distance == 4.0, "the heads are wrong more often than that"


def test_timid_heads_are_made_confident_first() -> None:
    """Heads that learnt from wrong labels: a common temperature changes nothing."""
    logits, targets, _ = made_up(6, 2.5, 0.05)
    timid = doubtful(0.3 * logits, targets)
    assert timid.temperature == pytest.approx(0.3, abs=0.05)
    assert len(set(timid.suspects.tolist()) ^ set(doubtful(logits, targets).suspects.tolist())) <= 2


@pytest.mark.parametrize("seed", range(4))
def test_labels_that_no_head_can_predict_are_not_taken_for_wrong(seed: int) -> None:
    rng = np.random.default_rng(seed)
    found = doubtful(rng.standard_normal((400, 2)), rng.integers(0, 2, 400))
    assert found.wrong == 0 and len(found.suspects) <= BAR * 400


def test_a_single_wrong_label_is_found() -> None:
    logits, targets, _ = made_up(3, 5.0, 0)
    row = int(logits.max(1).argmax())
    targets[row] = (targets[row] + 1) % 3
    assert doubtful(logits, targets).suspects.tolist()[0] == row


@pytest.mark.slow
@pytest.mark.parametrize(
    ("accuracy", "classes", "recall"),
    [(0.78, 2, 0.27), (0.78, 6, 0.84), (0.90, 2, 0.81), (0.90, 17, 0.99), (0.95, 2, 0.95), (0.845, 3, 0.79)],
)
def test_the_bound_depends_on_accuracy_and_classes(accuracy: float, classes: int, recall: float) -> None:
    assert findable(accuracy, classes) == pytest.approx(recall, abs=0.02)


@pytest.mark.slow
def test_the_bound_is_reached_by_exact_probabilities() -> None:
    rng = np.random.default_rng(1)
    logits = 2.0 * rng.standard_normal((20_000, 2))
    chance = 1 / (1 + np.exp(logits[:, 0] - logits[:, 1]))
    truth = (rng.random(20_000) < chance).astype(int)
    flipped = rng.random(20_000) < 0.05
    targets = np.where(flipped, 1 - truth, truth)
    order = np.argsort(doubtful(logits, targets).margins)
    right = np.cumsum(flipped[order])
    recall = right[right / np.arange(1, len(right) + 1) >= 0.5].max() / flipped.sum()
    accuracy = float((logits.argmax(1) == truth).mean())
    assert recall == pytest.approx(findable(accuracy, 2), abs=0.04)


def test_folds_keep_groups_together_and_classes_even() -> None:
    rng = np.random.default_rng(0)
    targets = np.repeat([0, 1, 2], [50, 100, 25])
    groups = rng.integers(0, 60, 175)
    folds = folds_by_group(targets, groups, 5, seed=3)
    assert all(len(set(folds[groups == one])) == 1 for one in set(groups.tolist()))
    alone = folds_by_group(targets, np.arange(175), 5, seed=3)
    counts = np.array([np.bincount(targets[alone == fold], minlength=3) for fold in range(5)])
    assert counts.tolist() == [[10, 20, 5]] * 5
    assert not np.array_equal(alone, folds_by_group(targets, np.arange(175), 5, seed=4))
    assert np.array_equal(alone, folds_by_group(targets, np.arange(175), 5, seed=3))
