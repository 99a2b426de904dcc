"""What a split keeps together: copies and named groups whole, chains of near copies only up to a bound."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ghep.data.check import check
from ghep.data.report import CheckReport
from ghep.data.splitting.copies import Pair
from ghep.data.splitting.kept_together import ALWAYS, keep_together
from ghep.types import SPLITS, Example


def examples(count: int, labels: str = "ab") -> list[Example]:
    return [Example(f"{at:03}", b"", {"label": labels[at % len(labels)]}) for at in range(count)]


def members(groups: dict[str, str]) -> list[list[str]]:
    found: dict[str, list[str]] = {}
    for identity, group in sorted(groups.items()):
        found.setdefault(group, []).append(identity)
    return list(found.values())


def test_a_chain_is_cut_where_it_is_least_alike() -> None:
    """120 frames, every tenth step a large one: the cuts lie there."""
    near = {(f"{at:03}", f"{at + 1:03}"): 0.2 if at % 10 == 9 else 0.1 for at in range(119)}
    together = keep_together(examples(120), [], near, {})
    assert members(together.groups) == [[f"{at:03}" for at in range(first, first + 10)] for first in range(0, 120, 10)]
    assert together.cut == (tuple(f"{at:03}" for at in range(120)),)
    assert keep_together(examples(120), [], dict(list(near.items())[::-1]), {}) == together


def test_no_chain_takes_most_of_a_small_class() -> None:
    all_ = [*examples(600, "a"), *(Example(f"rare{at:02}", b"", {"label": "r"}) for at in range(60))]
    near: dict[Pair, float] = {(f"rare{at:02}", f"rare{at + 1:02}"): 0.1 for at in range(59)}
    sizes = [len(group) for group in members(keep_together(all_, [], near, {}).groups)]
    assert max(sizes) <= 12 and sum(sizes) >= 58


def test_equal_examples_small_chains_and_named_groups_stay_whole() -> None:
    all_ = examples(100)
    equal = tuple(f"{at:03}" for at in range(40))
    folded: dict[Pair, float] = {(f"{at:03}", f"{at + 1:03}"): 0.0 for at in range(40, 60)}
    chain: dict[Pair, float] = {(f"{at:03}", f"{at + 1:03}"): 0.1 for at in range(70, 69 + ALWAYS)}
    named = {f"{at:03}": "p1" for at in range(61, 70)} | {"099": "p1"}
    together = keep_together(all_, [equal], folded | chain, named)
    assert [len(group) for group in members(together.groups)] == [40, 21, 10, ALWAYS]
    assert together.cut == ()


def test_named_groups_that_share_a_copy_are_joined_only_within_the_bound() -> None:
    named = {f"{at:03}": f"p{at // 20}" for at in range(100)} | {f"{at:03}": f"q{at // 3}" for at in range(100, 106)}
    together = keep_together(examples(106), [("000", "020"), ("100", "104")], {}, named)
    assert sorted(map(len, members(together.groups))) == [5, 20, 20, 20, 20, 20]
    assert together.cut == (tuple(f"{at:03}" for at in range(40)),)


def camera(root: Path, sizes: dict[str, int], *, change: int) -> Path:
    """Frames of one camera: a still scene, noise, and in all classes but "good" a small bright thing somewhere."""
    rng = np.random.default_rng(0)
    layers = [Image.fromarray(rng.integers(0, 256, (n, n, 3), dtype=np.uint8)).resize((96, 72), 3) for n in (4, 12, 30)]
    scene = np.mean([np.asarray(layer, dtype=float) for layer in layers], axis=0)
    for name, count in sizes.items():
        (root / name).mkdir(parents=True)
        for at in range(count):
            frame = np.clip(scene + rng.normal(0, 2, scene.shape), 0, 255)
            if name != "good":
                row, column = rng.integers(10, 50), rng.integers(10, 70)
                frame[row : row + change, column : column + change] = 240
            Image.fromarray(frame.astype(np.uint8)).save(root / name / f"{at:03}.png")
    return root


def codes(report: CheckReport) -> dict[str, str]:
    return {finding.code: finding.message for finding in report.findings}


@pytest.mark.slow
@pytest.mark.parametrize("change", [2, 12])
def test_a_fixed_camera_still_leaves_something_to_test_on(change: int, tmp_path: Path) -> None:
    """Small or large, what the classes differ in must not decide whether there is a test split."""
    report = check(camera(tmp_path, {"good": 60, "scratched": 60}, change=change))
    data = report.dataset
    for split, share in (("train", 0.7), ("valid", 0.15), ("test", 0.15)):
        labels = Counter(one.labels["label"] for one in data.examples(split))
        assert set(labels) == {"good", "scratched"}
        assert labels.total() == pytest.approx(120 * share, abs=13)
    found = codes(report)
    assert "fixed camera" in found["near-copies-chained"] and "leakage-near" not in found
    made = next(message for code, message in found.items() if code == "split-made")
    assert ", ".join(f"{data.counts[split]} {split}" for split in SPLITS) in made
    pairs = re.search(r"and (\d+) pairs of near copies are in different splits", found["near-copies-chained"])
    assert pairs and made.endswith(f", copies kept together except {pairs[1]} pairs of near copies")
    assert all(len(item) < 200 for finding in report.findings for item in finding.items)


def test_frames_in_which_something_large_changes_are_no_copies(tmp_path: Path) -> None:
    report = check(camera(tmp_path, {"good": 2, "scratched": 40}, change=14))
    assert sum("scratched" in a and "scratched" in b for a, b in report.near_duplicates) < 20


def test_a_split_that_groups_made_uneven_is_a_warning(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows = [f"{' '.join(rng.choice(list('abcdefgh'), 12))} {at},{'xy'[at % 2]},{at < 90}" for at in range(100)]
    path = tmp_path / "t.csv"
    path.write_text("\n".join(["text,label,author", *rows]))
    report = check(path, group="author")
    assert report.dataset.counts == {"train": 100, "valid": 0, "test": 0} or max(report.dataset.counts.values()) == 90
    assert "instead of about 15" in codes(report)["split-uneven"]
