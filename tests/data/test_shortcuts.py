"""What gives the class away without a look at the content, and names of files that look like groups."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ghep.data.check import check
from ghep.data.image.formats import jpeg_quality
from ghep.data.report import CheckReport
from ghep.data.shortcuts import shortcut_findings
from ghep.data.splitting.groups_in_names import groups_in_names
from ghep.types import Example, Finding, Split

Traits = Callable[[str, np.random.Generator], Any]


def found(value: Traits, *, classes: str = "ab", each: int = 40, seed: int = 0) -> list[Finding]:
    rng = np.random.default_rng(seed)
    examples = [Example(f"{name}{at}", b"", {"label": name}) for name in classes for at in range(each)]
    traits = {one.id: {"trait": value(one.labels["label"], rng)} for one in examples}
    return shortcut_findings(traits, examples, ["label"])


@pytest.mark.parametrize(
    ("value", "labels"),
    [
        (lambda name, rng: float(rng.normal(1000 if name == "a" else 700, 60)), ["a", "b"]),
        (lambda name, rng: float(1024 if name == "a" else rng.integers(900, 1200)), ["a", "b"]),
        (lambda name, rng: "PNG" if name == "a" else "JPEG", ["a", "b"]),
        (lambda name, rng: f"{rng.integers(5) + 5 * (name == 'a')} x 8", ["a", "b"]),
    ],
)
def test_what_separates_a_class_is_found(value: Traits, labels: list[str]) -> None:
    (one,) = found(value)
    assert one.code == "shortcut" and one.severity == "warning"
    assert sorted(item[0] for item in one.items) == labels


def test_one_class_of_many_is_named_and_no_other() -> None:
    (one,) = found(lambda name, rng: float(rng.normal(300 if name == "c" else 100, 20)), classes="abcdef")
    assert "'c' (AUC 1.00)" in one.message and len(one.items) == 1


@pytest.mark.parametrize(
    "value",
    [
        lambda name, rng: float(rng.normal(1000, 60)),
        lambda name, rng: "PNG" if rng.random() < 0.5 else "JPEG",
        lambda name, rng: float(rng.normal(1000 if name == "a" else 950, 60)),  # 0.72 of the pairs
        lambda name, rng: "PNG" if rng.random() < (0.9 if name == "a" else 0.3) else "JPEG",
        lambda name, rng: f"{rng.integers(10**6)}",
    ],
)
def test_chance_and_mild_differences_raise_nothing(value: Traits) -> None:
    for seed in range(40):
        assert found(value, classes="abcd", each=15, seed=seed) == []


def test_few_examples_prove_nothing() -> None:
    assert found(lambda name, rng: float(name == "a"), each=8) == []


def image(rng: np.random.Generator, width: int, height: int) -> Image.Image:
    small = Image.fromarray(rng.integers(0, 256, (6, 6, 3), dtype=np.uint8))
    return small.resize((width, height), Image.Resampling.BICUBIC)


def codes(report: CheckReport) -> dict[str, Finding]:
    return {finding.code: finding for finding in report.findings}


def test_size_and_format_of_images_and_length_of_texts(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for kind, suffix, side in (("sick", "png", 48), ("well", "png", 64)):
        (tmp_path / "size" / kind).mkdir(parents=True)
        for at in range(30):
            image(rng, side, int(rng.integers(40, 70))).save(tmp_path / "size" / kind / f"{at}.{suffix}")
    said = codes(check(tmp_path / "size"))["shortcut"]
    assert said.message.startswith("image width alone predicts the class: ")
    assert any(item.startswith("sick: 48; other classes: 64") for item in said.items)
    words = rng.choice(list("abcdefgh"), (120, 40))
    rows = [f"{' '.join(row[: 30 if at % 2 else 12])} {at},{'xy'[at % 2]}" for at, row in enumerate(words)]
    (tmp_path / "t.csv").write_text("\n".join(["text,label", *rows]))
    assert codes(check(tmp_path / "t.csv"))["shortcut"].message.startswith("length in ")


def test_a_scratch_that_takes_a_few_bytes_more_is_no_shortcut(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for kind in ("good", "scratched"):
        (tmp_path / kind).mkdir()
        for at in range(30):
            pixels = np.asarray(image(rng, 64, 64)).copy()
            if kind == "scratched":
                pixels[20, 10:50] = 255
            Image.fromarray(pixels).save(tmp_path / kind / f"{at}.png")
    assert "shortcut" not in codes(check(tmp_path))


def test_the_same_encoder_and_quality_are_no_shortcut_however_much_the_content_needs(tmp_path: Path) -> None:
    """Fog and streets: at equal pixels and quality the size of a file is what its content needs."""
    rng = np.random.default_rng(0)
    for kind, cells in (("fog", 3), ("street", 24)):
        (tmp_path / kind).mkdir()
        for at in range(30):
            small = Image.fromarray(rng.integers(0, 256, (cells, cells, 3), dtype=np.uint8))
            small.resize((64, 64), Image.Resampling.BICUBIC).save(tmp_path / kind / f"{at}.jpg", quality=85)
    assert "shortcut" not in codes(check(tmp_path))


def test_jpeg_quality_and_aspect_ratio_are_named_as_what_they_are(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for kind, quality, ratio in (("sick", 95, 1.5), ("well", 75, 0.7)):
        for at in range(30):
            for folder, wide, used in (("quality", 1.0, quality), ("ratio", ratio, 90)):
                path = tmp_path / folder / kind / f"{at}.jpg"
                path.parent.mkdir(parents=True, exist_ok=True)
                side = int(rng.integers(40, 120))
                image(rng, round(side * wide), side).save(path, quality=used)
    said = codes(check(tmp_path / "quality"))["shortcut"]
    assert said.message.startswith("JPEG quality alone predicts the class: ")
    assert "sick: 95; other classes: 75" in said.items
    assert codes(check(tmp_path / "ratio"))["shortcut"].message.startswith("aspect ratio alone predicts the class: ")


@pytest.mark.parametrize("quality", [1, 30, 50, 75, 92, 95, 100])
def test_the_quality_of_a_jpeg_is_read_from_its_table(quality: int) -> None:
    rng, buffer = np.random.default_rng(0), io.BytesIO()
    image(rng, 24, 24).save(buffer, "JPEG", quality=quality)
    assert jpeg_quality(buffer.getvalue()) == quality
    other = io.BytesIO()
    image(rng, 24, 24).save(other, "JPEG", qtables=[[3] * 64, [3] * 64])
    assert 90 < (jpeg_quality(other.getvalue()) or 0) < 100
    assert jpeg_quality(b"\x89PNG") is None and jpeg_quality(b"\xff\xd8\xff\xdb") is None


def folders(root: Path, names: Callable[[str, int], str], *, classes: str = "ab", each: int = 60) -> Path:
    rng = np.random.default_rng(0)
    for label in classes:
        for at in range(each):
            path = root / names(label, at)
            path.parent.mkdir(parents=True, exist_ok=True)
            image(rng, 24, 24).save(path)
    return root


@pytest.mark.slow
@pytest.mark.parametrize(
    ("names", "group"),
    [
        (lambda label, at: f"{label}/p{at // 6 + 100 * (label == 'a'):03}_{at:03}.png", "p100"),
        (lambda label, at: f"{label}/p{at // 6:03}_{at:03}.png", "a/p000"),
        (lambda label, at: f"{label}/film{at // 6:02}{label}/{at}.png", "film00a"),
        (lambda label, at: f"{label}/crop{at // 3:04}{label}1{'xyz'[at % 3]}.png", "crop0000a1"),
        (lambda label, at: f"{label}/p{at // 2}{label}_{'left' if at % 2 else 'right'}.png", "p0a"),
    ],
)
def test_names_of_patients_and_films_are_hinted_at_with_the_option_to_use(
    names: Callable[[str, int], str], group: str, tmp_path: Path
) -> None:
    said = codes(check(folders(tmp_path, names)))["groups-in-names"]
    assert said.severity == "warning" and "test examples belong to a group that train or valid has" in said.message
    option = said.remedy.split("'")[1]
    report = check(tmp_path, group=option)
    assert not {"groups-in-names", "leakage-group", "no-group", "split-uneven"} & codes(report).keys()
    match = re.search(option, names("a", 0))
    assert match and match[1] == group


@pytest.mark.slow
@pytest.mark.parametrize(
    "names",
    [
        lambda label, at: f"{label}/{at}.png",
        lambda label, at: f"{label}/{(at * 7919 + ord(label) * 104729) % 100003}.png",
        lambda label, at: f"{label}/{at + 60 * (label == 'b')}.png" if at % 7 else f"{label}/{at}.jpg",
        lambda label, at: f"train/{label}/{at}.png" if at < 40 else f"test/{label}/{at}.png",
        lambda label, at: f"{label}/{at:04}.png",
        lambda label, at: f"{label}/image_{at:04}.png",
        lambda label, at: f"{label}/{label}.{at}.png",
        lambda label, at: f"{label}/{label}_{at // 2:02}{at:02}.png",
        lambda label, at: (
            f"{label}/{(at * 7919 + ord(label) * 104729) % 10007}_{(at * 65537 + ord(label)) % 99991:x}.png"
        ),
        lambda label, at: f"{label}/n{ord(label):08}_{at}.png",
        lambda label, at: f"train/{label}/p{at:02}_1.png" if at < 40 else f"test/{label}/q{at:02}_1.png",
        lambda label, at: (
            f"train/{label}/{at // 3}_{at}.png"
            if at < 1
            else f"test/{label}/{at // 3}_{at}.png"
            if at > 40
            else f"train/{label}/x{at}.png"
        ),
    ],
)
def test_ordinary_names_are_no_groups(names: Callable[[str, int], str], tmp_path: Path) -> None:
    assert "groups-in-names" not in codes(check(folders(tmp_path, names)))


def test_classes_that_are_numbers_are_no_groups_in_the_folders_of_splits() -> None:
    examples = [
        Example(
            id=f"{split}/{digit}/{at:04}.png", raw=Path(f"{split}/{digit}/{at:04}.png"), labels={"label": f"{digit}"}
        )
        for split in ("train", "test")
        for digit in range(10)
        for at in range(20 * digit, 20 * digit + 20)
    ]
    given: dict[str, Split] = {one.id: "train" if one.id.startswith("train") else "test" for one in examples}
    splits: dict[str, Split] = {one.id: "valid" if one.id.endswith("5.png") else given[one.id] for one in examples}
    assert not groups_in_names(examples, splits, given)
