"""Class folders that are called as leftovers are: classes if they hold what classes hold, else refused."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ghep.data.check import check
from ghep.data.report import CheckReport
from ghep.errors import DataError
from ghep.types import Finding


def photos(folder: Path, count: int, *, seed: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    for at in range(count):
        small = Image.fromarray(rng.integers(0, 256, (6, 6, 3), dtype=np.uint8))
        small.resize((192, 192), Image.Resampling.BICUBIC).save(folder / f"{at:03d}.png", compress_level=1)


def classes(root: Path, **counts: int) -> Path:
    for seed, (name, count) in enumerate(counts.items()):
        photos(root / name, count, seed=seed)
    return root


def labels(report: CheckReport) -> dict[str, int]:
    data = report.dataset
    return dict(Counter(one.labels["label"] for one in (*data.train, *data.valid, *data.test)))


def odd(report: CheckReport) -> list[Finding]:
    return [one for one in report.findings if one.code == "class-name-odd"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("leftover", "others"),
    [
        ("temp", "rh"),
        ("thumbs", "fingers"),
        ("backup", "reverse"),
        ("checkpoints", "roads bridges"),
        ("heatmap", "scatter bar line"),
        ("old", "cat dog"),
        ("samples", "references blanks"),
    ],
)
def test_a_name_of_leftovers_is_a_class_where_it_holds_as_much_as_the_others(
    leftover: str, others: str, tmp_path: Path
) -> None:
    report = check(classes(tmp_path, **dict.fromkeys([leftover, *others.split()], 12)))
    assert labels(report) == dict.fromkeys([leftover, *others.split()], 12)
    (said,) = odd(report)
    assert said.severity == "warning" and said.items == (leftover,) and f"--exclude {leftover}" in said.remedy


def test_it_is_a_class_in_splits_that_all_have_it(tmp_path: Path) -> None:
    for at, (split, count) in enumerate({"train": 12, "valid": 4, "test": 4}.items()):
        for seed, name in enumerate(("temp", "rh")):
            photos(tmp_path / split / name, count, seed=10 * at + seed)
    report = check(tmp_path)
    assert labels(report) == {"temp": 20, "rh": 20} and len(odd(report)) == 1
    shutil.rmtree(tmp_path / "test" / "temp")
    with pytest.raises(DataError, match=r"temp in .* is an unusual class name"):
        check(tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("made", ["thumbnails", "copies", "saved again"])
def test_a_folder_that_repeats_the_others_is_refused(made: str, tmp_path: Path) -> None:
    root = classes(tmp_path, cat=12, dog=12)
    name = {"thumbnails": "thumbs", "copies": "samples", "saved again": "backup"}[made]
    (root / name).mkdir()
    for path in [*sorted((root / "cat").iterdir())[:6], *sorted((root / "dog").iterdir())[:5]]:
        target = root / name / f"{path.parent.name}_{path.name}"
        if made == "copies":
            shutil.copy(path, target)
        else:
            with Image.open(path) as image:
                image.resize((96, 96) if made == "thumbnails" else image.size).save(target.with_suffix(".jpg"))
    photos(root / name, 2, seed=9)
    with pytest.raises(
        DataError, match=rf"'{name}' is an unusual class name.* 13 examples (9|10|11) are copies of examples"
    ) as refused:
        check(root)
    assert f"--exclude {name}" in refused.value.remedy and "--layout classes" in refused.value.remedy
    assert labels(check(root, exclude=[name])) == {"cat": 12, "dog": 12}
    assert name in labels(check(root, layout="classes"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("counts", "doubtful"),
    [
        ({"cat": 30, "dog": 30, "temp": 3}, "temp"),  # a few that somebody left there
        ({"cat": 6, "dog": 6, "backup": 40}, "backup"),  # more than there is of anything
        ({"cat": 6, "dog": 6, "backup": 6, "old": 6}, "backup, old"),
        ({"cat": 6, "dog": 6, "backup/cat": 3, "backup/dog": 3}, "backup"),
        ({"cat": 6, "dog": 6, "New folder": 6}, "New folder"),
        ({"cat": 6, "dog": 6, "wandb": 6}, "wandb"),
        ({"cat": 6, "dog": 6, "masks": 6}, "masks"),
    ],
)
def test_other_leftovers_are_refused(counts: dict[str, int], doubtful: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=f"{doubtful} in .* unusual class name"):
        check(classes(tmp_path, **counts))


def test_what_programs_leave_behind_is_passed_over(tmp_path: Path) -> None:
    counts = {"cat": 6, "dog": 6, "__MACOSX": 6, ".ipynb_checkpoints": 6, "cat/.ipynb_checkpoints": 6}
    assert labels(check(classes(tmp_path, **counts))) == {"cat": 6, "dog": 6}
