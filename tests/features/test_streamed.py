"""A head that is solved by passes over blocks is the one solved in memory, and memory does not grow with the rows."""

from __future__ import annotations

import tracemalloc
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.special import log_softmax

from ghep.errors import ConfigError
from ghep.features import on_disk, probes, streamed
from ghep.features.on_disk import Stacked, is_large, matrix_on_disk
from ghep.features.probes import LinearHead, solve_head
from ghep.features.streamed import findings_of, in_step, solve_any_head, solve_streamed, up_to_the_rise

N, D, K = 240, 12, 4
CLASSES = tuple(range(K))


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of 100 rows, and a sample of 60."""
    monkeypatch.setattr(streamed, "BLOCK_BYTES", 100 * 4 * D)
    monkeypatch.setattr(streamed, "SAMPLE_BYTES", 60 * 4 * D)


def rows_of(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Overlapping clusters far from the origin, of directions of different spread."""
    rng = np.random.default_rng([seed, count])
    targets = rng.integers(0, K, count)
    features = np.random.default_rng(0).normal(0, 1.5, (K, D))[targets] + rng.normal(0, 1.5, (count, D))
    return (features * np.linspace(0.2, 3, D) + np.linspace(-20, 20, D)).astype(np.float32), targets


def kinds(targets: np.ndarray) -> dict[str, tuple[np.ndarray, int]]:
    """Targets of each kind with the number of outputs, made from classes (N,); some rows are without a label."""
    rng, gaps = np.random.default_rng(1), np.arange(len(targets)) % 7 == 0
    several = (targets[:, None] == np.array(CLASSES)).astype(np.int8)
    several |= (rng.random(several.shape) < 0.2).astype(np.int8)
    numbers = (targets + rng.normal(0, 0.5, len(targets))).astype(np.float32)
    return {
        "classes": (np.where(gaps, -1, targets), K),
        "sets": (np.where(gaps[:, None], np.int8(-1), several), K),
        "numbers": (np.where(gaps, np.float32(np.nan), numbers), 1),
    }


def mapped(features: np.ndarray, folder: Path) -> np.ndarray:
    return matrix_on_disk(iter(features), features.shape, folder)


@pytest.mark.slow
@pytest.mark.parametrize(("with_valid", "weighted"), [(True, False), (False, True)])
@pytest.mark.parametrize("kind", ["classes", "sets", "numbers"])
def test_it_is_the_head_that_is_solved_in_memory(kind: str, with_valid: bool, weighted: bool, tmp_path: Path) -> None:
    (train, classes), (held, of_held) = rows_of(N, 0), rows_of(90, 1)
    (targets, outputs), (wanted, _) = kinds(classes)[kind], kinds(of_held)[kind]
    weights: dict[str, Any] = {}
    if weighted:
        weights = {"example_weights": np.linspace(0.5, 1.5, N)}
        weights |= {} if kind == "numbers" else {"class_weights": np.linspace(0.7, 2.0, K)}
    valid = (held, wanted) if with_valid else None
    expected = solve_head(train, targets, outputs, valid=valid, **weights)
    on_file = (mapped(held, tmp_path), wanted) if with_valid else None
    found = solve_streamed(mapped(train, tmp_path), targets, outputs, valid=on_file, **weights)
    assert found.strength == expected.strength
    for strength, loss in expected.valid_loss.items():
        assert found.valid_loss[strength] == pytest.approx(loss, rel=1e-2), "solved coarsely"
    assert found.valid_loss[found.strength] == pytest.approx(expected.valid_loss[found.strength], abs=1e-4)
    logits, by_memory = found(held), expected(held)
    if kind == "classes":  # softmax does not see a number that is added to all logits
        logits, by_memory = (one - one.mean(1, keepdims=True) for one in (logits, by_memory))
    np.testing.assert_allclose(logits, by_memory, atol=0.01 * np.abs(by_memory).max())
    assert found.convergence is not None and found.convergence.gap < 1e-6
    assert found.convergence.rows == np.count_nonzero(np.arange(N) % 7)


@pytest.mark.parametrize("strength", [1.0, 1e-3])
def test_the_loss_is_above_the_minimum_by_at_most_the_stated_gap(
    strength: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also for a head that was solved badly, which is a finding then."""
    features, targets = rows_of(N, 0)
    inputs = features.astype(np.float64) - features.mean(0, dtype=np.float64)
    scale = float(np.sqrt((inputs**2).mean()))

    def objective(head: LinearHead) -> float:
        logits = features.astype(np.float64) @ head.weight.T.astype(np.float64) + head.bias
        penalty = strength / 2 * float((head.weight.astype(np.float64) ** 2).sum()) * scale**2
        return penalty - float(log_softmax(logits, axis=1)[np.arange(N), targets].mean())

    least = objective(solve_head(features, targets, K, strengths=[strength]))
    good = solve_streamed(features, targets, K, strengths=[strength])
    for tolerance in ("COARSE", "IN_SINGLE"):
        monkeypatch.setattr(streamed, tolerance, {**probes.COARSE, "maxiter": 1})
    bad = solve_streamed(features, targets, K, strengths=[strength])
    assert good.convergence is not None and bad.convergence is not None
    assert objective(good) - least <= good.convergence.gap + 2e-6  # rounding to float32
    assert 1e-5 < objective(bad) - least <= bad.convergence.gap
    assert [one.code for one in findings_of(good)] == ["head-streamed"]
    assert [one.code for one in findings_of(bad)] == ["head-streamed", "head-not-converged"]
    assert findings_of(solve_head(features, targets, K, strengths=[strength])) == ()


def test_one_pass_serves_all_strengths(monkeypatch: pytest.MonkeyPatch) -> None:
    features, targets = rows_of(N, 0)
    served: list[int] = []
    values = streamed._Search._values
    monkeypatch.setattr(
        streamed._Search, "_values", lambda self, *asked: (served.append(len(asked[0])), values(self, *asked))[1]
    )
    head = solve_streamed(features, targets, K, valid=rows_of(90, 1))
    assert served[0] == len(probes.STRENGTHS) == len(head.valid_loss)
    assert head.convergence is not None and head.convergence.passes == len(served) + 3
    assert sum(served) > 1.5 * len(served)


def test_heads_that_are_too_large_together_are_solved_in_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    features, targets = rows_of(N, 0)
    strengths = (10.0, 1.0, 0.1)
    together = solve_streamed(features, targets, K, valid=rows_of(90, 1), strengths=strengths)
    monkeypatch.setattr(streamed, "HEAD_BYTES", 2 * 8 * streamed.COPIES * K * (D + 1))
    groups = []
    solved = streamed._Search._solved
    monkeypatch.setattr(
        streamed._Search, "_solved", lambda self, starts, to: (groups.append(len(starts)), solved(self, starts, to))[1]
    )
    apart = solve_streamed(features, targets, K, valid=rows_of(90, 1), strengths=strengths)
    assert set(groups) == {2, 1} and apart.strength == together.strength
    np.testing.assert_allclose(apart.weight, together.weight, atol=2e-3 * np.abs(together.weight).max())


def test_strengths_beyond_a_rise_of_the_loss_are_no_candidates_as_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (probes, streamed):
        monkeypatch.setattr(module, "WORSE", 1.0)
    few, valid = rows_of(40, 0), rows_of(90, 1)
    expected, found = solve_head(*few, K, valid=valid), solve_streamed(*few, K, valid=valid)
    assert found.valid_loss.keys() == expected.valid_loss.keys() and len(found.valid_loss) < len(probes.STRENGTHS)
    assert found.strength == expected.strength
    losses = {10.0: 1.0, 1.0: 0.9, 0.1: 1.1, 0.01: 0.5}
    assert up_to_the_rise(losses) == ({10.0: 1.0, 1.0: 0.9, 0.1: 1.1}, True)
    assert up_to_the_rise({10.0: 1.0, 1.0: 0.9}) == ({10.0: 1.0, 1.0: 0.9}, False)


@pytest.mark.slow
def test_the_result_is_the_same_bit_for_bit_wherever_the_rows_are(tmp_path: Path) -> None:
    features, targets = rows_of(N, 0)
    valid = rows_of(90, 1)
    heads = [
        solve_streamed(rows, targets, K, valid=valid, strengths=(1.0, 0.1))
        for rows in (features, mapped(features, tmp_path), Stacked((features[:110], features[110:])))
    ]
    for head in heads[1:]:
        assert np.array_equal(head.weight, heads[0].weight) and np.array_equal(head.bias, heads[0].bias)
        assert head.valid_loss == heads[0].valid_loss


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["classes", "sets", "numbers"])
def test_memory_does_not_grow_with_the_rows(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What grows is a few numbers for each row: its target and its weight."""
    monkeypatch.setattr(streamed, "BLOCK_BYTES", 500 * 4 * 8 * D)
    for tolerance in ("COARSE", "IN_SINGLE"):
        monkeypatch.setattr(streamed, tolerance, {**probes.COARSE, "maxiter": 2})
    peaks = []
    for count in (2000, 16000):
        features, classes = rows_of(count, 0)
        targets, outputs = kinds(classes)[kind]
        features, (held, of_held) = mapped(np.tile(features, (1, 8)), tmp_path), rows_of(90, 1)
        valid = np.tile(held, (1, 8)), kinds(of_held)[kind][0]
        tracemalloc.start()
        solve_streamed(features, targets, outputs, valid=valid, strengths=(1.0, 0.1))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] - peaks[0] < 14_000 * 4 * 8 * D / 4, "a quarter of the rows that were added"


def test_what_fails_in_a_pass_fails_the_solver_and_leaves_no_thread_waiting() -> None:
    def values(_: dict[int, np.ndarray]) -> Mapping[int, tuple[float, np.ndarray]]:
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        in_step([np.ones(3), np.ones(3)], values, probes.COARSE)


def test_problems_in_step_end_where_each_would_alone() -> None:
    centres = [np.array([1.0, -2.0]), np.array([30.0, 4.0]), np.array([0.0, 0.0])]

    def values(asked: dict[int, np.ndarray]) -> Mapping[int, tuple[float, np.ndarray]]:
        assert list(asked) == sorted(asked)
        return {at: (float(((x - centres[at]) ** 4).sum()), 4 * (x - centres[at]) ** 3) for at, x in asked.items()}

    ends = in_step([np.zeros(2)] * 3, values, probes.TOLERANCE)
    for end, centre in zip(ends, centres, strict=True):
        np.testing.assert_allclose(end.x, centre, atol=0.02)
    assert len({end.nfev for end in ends}) > 1, "they end at different steps"


def test_only_features_that_are_too_many_for_memory_are_streamed(monkeypatch: pytest.MonkeyPatch) -> None:
    features, targets = rows_of(N, 0)
    assert solve_any_head(features, targets, K).convergence is None
    monkeypatch.setattr(on_disk, "LARGE_BYTES", features.nbytes)
    assert not is_large(features.shape) and is_large((N + 1, D))
    monkeypatch.setattr(on_disk, "LARGE_BYTES", features.nbytes - 1)
    assert solve_any_head(features, targets, K).convergence is not None
    monkeypatch.undo()
    monkeypatch.setattr(on_disk, "memory_bytes", lambda: 8 * features.nbytes - 1)
    assert is_large(features.shape), "a small machine"


def test_a_matrix_on_disk_is_the_rows_and_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(on_disk, "WRITTEN", 7)
    features = rows_of(40, 0)[0]
    found = mapped(features.astype(np.float16), tmp_path)
    assert found.dtype == np.float32 and np.array_equal(found, features.astype(np.float16).astype(np.float32))
    assert not list(tmp_path.iterdir())
    on_disk.forget(found)
    assert np.array_equal(found[3], features[3].astype(np.float16).astype(np.float32)), "read again"


def test_stacked_rows_are_those_of_the_parts() -> None:
    features = rows_of(40, 0)[0]
    rows = Stacked((features[:11], features[11:11], features[11:35], features[35:]))
    assert rows.shape == features.shape
    for part in (slice(0, 5), slice(5, 20), slice(10, 36), slice(30, 99), slice(0, 40)):
        assert np.array_equal(rows[part], features[part])


def test_pages_of_stacked_rows_are_given_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    features, given = rows_of(40, 0)[0], list[int]()
    rows = Stacked((mapped(features[:25], tmp_path), mapped(features[25:], tmp_path)))
    monkeypatch.setattr(on_disk, "forget", lambda part: given.append(len(part)))
    assert np.array_equal(rows[20:30], features[20:30]) and given == [5, 5]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full")
def test_a_disk_without_room_for_the_rows_is_an_error_that_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = lambda dir: Path("/dev/full").open("wb")  # noqa: E731, SIM115 - the caller closes it
    monkeypatch.setattr(on_disk.tempfile, "TemporaryFile", full)
    with pytest.raises(ConfigError, match="cannot be written") as caught:
        mapped(rows_of(4000, 0)[0], tmp_path)
    assert str(tmp_path) in caught.value.cause and "188 KiB" in caught.value.cause
    assert "--cache-dir" in caught.value.remedy


@pytest.mark.slow
def test_a_run_on_many_features_is_the_run_in_memory(
    photos: Path, small_backbone: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ghep.experiment.fit import fit

    given: dict[str, Any] = {"backbone": small_backbone, "workers": 1, "engine": "torch-float32", "control": False}
    given["cache_dir"] = tmp_path / "store"
    monkeypatch.setattr(streamed, "SAMPLE_BYTES", 2**20)
    plain = fit(photos, **given, out=tmp_path / "plain")
    monkeypatch.setattr(on_disk, "LARGE_BYTES", 1)
    large = fit(photos, **given, out=tmp_path / "large", refit=True)
    codes = [finding.code for finding in large.findings]
    assert "head-streamed" in codes and "head-not-converged" not in codes
    assert "head-streamed" not in [finding.code for finding in plain.findings]
    assert large.history[0].valid_loss == pytest.approx(plain.history[0].valid_loss, abs=5e-4)
    (told,) = (finding for finding in large.findings if finding.code == "head-streamed")
    assert "was solved from the disk" in told.message
    assert all(path.is_dir() or path.stat().st_size == 0 for path in (tmp_path / "store").iterdir()), "no scratch file"
