"""Copies of test rows in train: the score without them stands next to the headline, and says what they did to it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ghep.cli.app import run as ghep
from ghep.experiment.results import SplitResult
from ghep.experiment.unseen import with_unseen
from ghep.tasks.classification import Classification
from ghep.types import Example

TASK = Classification("label", ("a", "b"))


def result(right: list[bool], label: str = "a") -> SplitResult:
    examples = tuple(Example(str(at), None, {"label": label}) for at in range(len(right)))
    targets = TASK.encode([one.labels for one in examples])
    probabilities = np.array([[0.8, 0.2] if one else [0.2, 0.8] for one in right])
    scores = TASK.score(targets, probabilities)
    return SplitResult("test", "label", examples, targets, probabilities, scores, TASK.constant(targets))


def test_scores_are_given_for_the_unseen_and_for_each_kind_of_copy() -> None:
    copies = {"0": [{"label": "a"}], "1": [{"label": "b"}, {"label": "a"}], "2": [{"label": "b"}], "3": [None]}
    (found,), (finding,) = with_unseen([result([True, True, False, True, True, False])], [TASK], copies)
    assert found.unseen.n == 2 and found.unseen.scores[0].value == 0.5
    assert [(kind, score.value, score.n) for kind, score in found.unseen.copied] == [
        ("same", 1.0, 2),
        ("other", 0.0, 1),
        ("unknown", 1.0, 1),
    ]
    assert (finding.code, finding.severity) == ("scored-on-copies", "error")
    assert (
        "4 of 6 test examples of label have a copy in train or valid: accuracy 0.667 on all, 0.500 on the 2 without"
        in (finding.message)
    )
    assert "0.000 on the 1 whose copy has another label" in finding.message


def test_without_copies_nothing_is_added_and_with_copies_alone_nothing_is_unseen() -> None:
    whole = result([True, False])
    assert with_unseen([whole], [TASK], {"7": [None]}) == ((whole,), ())
    (found,), (finding,) = with_unseen([whole], [TASK], {"0": [None], "1": [None]})
    assert found.unseen.scores == () and "no example without a copy" in finding.message


@pytest.mark.slow
def test_fit_says_so_before_the_scores_and_in_its_files(
    photos: Path, small_backbone: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = shutil.copytree(photos, tmp_path / "photos")
    for at in range(3):
        shutil.copy(data / "train" / "rows" / f"{at:03d}.png", data / "test" / "rows" / f"copy {at}.png")
        shutil.copy(data / "train" / "rows" / f"{at + 3:03d}.png", data / "test" / "columns" / f"copy {at}.png")
    out = tmp_path / "r"
    assert ghep(["fit", str(data), "-b", small_backbone, "-o", str(out), "--precision", "float32"]) == 1
    told = capsys.readouterr()
    assert "[leakage-exact]; training continues" in told.err
    order = ["2 errors found; the result cannot be trusted", "[leakage-exact]", "[scored-on-copies]", "test, label: 26"]
    order += ["on the 20 examples without a copy in train or valid (6 have one):", "cost "]
    assert [told.out.index(part) for part in order] == sorted(told.out.index(part) for part in order)
    assert told.out.count("[leakage-exact]") == 1
    scores = json.loads((out / "metrics.json").read_text(encoding="utf-8"))["scores"]["test"]["label"]
    assert (scores["accuracy"]["n"], scores["unseen_accuracy"]["n"]) == (26, 20)
    assert "| test | label | accuracy without copies in train or valid |" in (out / "bundle" / "README.md").read_text(
        "utf-8"
    )


def frames(root: Path) -> Path:
    """A still scene with noise, and in one class a small bright thing: one chain of near copies."""
    rng = np.random.default_rng(0)
    scene = np.asarray(
        Image.fromarray(rng.integers(0, 256, (8, 8, 3), dtype=np.uint8)).resize((48, 48), 3), dtype=float
    )
    for label in ("good", "scratched"):
        (root / label).mkdir(parents=True)
        for at in range(30):
            frame = np.clip(scene + rng.normal(0, 2, scene.shape), 0, 255).astype(np.uint8)
            if label == "scratched":
                row, column = rng.integers(4, 40, 2)
                frame[row : row + 2, column : column + 2] = 240
            Image.fromarray(frame).save(root / label / f"{at:03}.png")
    return root


def two_of_each(root: Path) -> Path:
    rng = np.random.default_rng(0)
    for label in ("a", "b"):
        (root / "train" / label).mkdir(parents=True)
        for at in range(1 + (label == "a")):
            pixels = rng.integers(0, 256, (8, 8, 3), dtype=np.uint8)
            Image.fromarray(pixels).resize((48, 48)).save(root / "train" / label / f"{at}.png")
    return root


@pytest.mark.slow
@pytest.mark.parametrize(("made", "code"), [(frames, "scored-on-copies"), (two_of_each, "nothing-held-out")])
def test_fit_exits_1_where_its_scores_say_nothing_of_new_examples(
    made: Callable[[Path], Path], code: str, small_backbone: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, out = made(tmp_path / "data"), tmp_path / "r"
    assert ghep(["fit", str(data), "-b", small_backbone, "-o", str(out), "--precision", "float32"]) == 1
    assert f"[{code}]" in capsys.readouterr().out and (out / "bundle").is_dir()
