"""Files of more than 8 bits with different bit depths, and with varying exposures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ghep.data.check import check
from ghep.data.image.depths import depths_used
from ghep.data.image.levels import Extent, Kind
from ghep.data.report import CheckReport
from ghep.types import Finding

White = Callable[[int, np.random.Generator], float]


def codes(report: CheckReport) -> dict[str, Finding]:
    return {finding.code: finding for finding in report.findings}


def save(path: Path, rng: np.random.Generator, white: float) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    small = Image.fromarray(rng.integers(0, 256, (5, 5), dtype=np.uint8)).resize((24, 24), Image.Resampling.BICUBIC)
    values = np.asarray(small).astype(float)
    Image.fromarray(((values - values.min()) / np.ptp(values) * white).round().astype(np.uint16)).save(path)


@pytest.mark.parametrize(("fewer", "more"), [(10, 12), (12, 14), (14, 16), (12, 16)])
def test_depths_that_differ_between_classes_are_a_shortcut(fewer: int, more: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for at in range(60):
        save(tmp_path / "ab"[at % 2] / f"p{at}.tif", rng, (2 ** (more if at % 2 else fewer) - 1) * rng.uniform(0.85, 1))
    found = codes(check(tmp_path))
    assert found["bit-depths-differ"].message.startswith(f"30 files use {fewer} bits and 30 use {more} bits: ")
    assert {f"a: 100% {fewer} bits", f"b: 100% {more} bits"} <= {*found["bit-depths-differ"].items}
    assert found["shortcut"].message.startswith("bit depth alone predicts the class: ")


def test_depths_that_differ_between_splits_are_reported_by_split(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for at in range(60):
        split, white = ("train", 4095) if at < 40 else ("test", 16383)
        save(tmp_path / split / "ab"[at % 2] / f"p{at}.tif", rng, white)
    found = codes(check(tmp_path))
    assert {"train: 100% 12 bits", "test: 100% 14 bits"} <= {*found["bit-depths-differ"].items}
    assert "shortcut" not in found


@pytest.mark.parametrize(
    "white",
    [
        lambda at, rng: 4095 * rng.uniform(0.3, 1),
        lambda at, rng: 2 ** rng.uniform(11, 16) - 1,  # exposures that vary
        lambda at, rng: rng.normal(3500, 300),
        lambda at, rng: 4095 if at % 20 else 60000,  # a few outliers
        lambda at, rng: 2500 if at % 2 else 30000,  # classes of another brightness
        lambda at, rng: 65535 * (rng.uniform(0.02, 0.1) if at % 10 == 0 else rng.uniform(0.6, 1)),  # night
    ],
)
def test_exposures_that_vary_are_of_one_depth(white: White) -> None:
    for seed in range(40):
        rng = np.random.default_rng(seed)
        extents = {str(at): Extent("integers", 0.0, round(min(65535, white(at, rng)))) for at in range(60)}
        assert len(set(depths_used(extents).values())) == 1


def test_depths_of_floats_and_three_depths() -> None:
    floats = {str(at): Extent("floats", 0.0, 1.0 if at % 2 else 255.0) for at in range(20)}
    assert depths_used(floats) == {str(at): "0 to 1" if at % 2 else "8 bits" for at in range(20)}
    three = {str(at): Extent("integers", 5.0, 2.0 ** (10 + at % 3 * 2) - 1) for at in range(30)}
    assert depths_used(three) == {str(at): f"{10 + at % 3 * 2} bits" for at in range(30)}
    hounsfield = {str(at): Extent("integers", -1000.0, 1023.0 if at % 2 else 4095.0) for at in range(30)}
    assert set(depths_used(hounsfield).values()) == {"other integers"}


Reach = Callable[[int, np.random.Generator], tuple[float, float]]


def z_scored(rng: np.random.Generator) -> tuple[float, float]:
    return rng.uniform(-2.5, -1.2), rng.uniform(1.5, 4)


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("floats", z_scored, lambda rng: (rng.uniform(0, 0.03), rng.uniform(0.8, 1))),
        ("floats", z_scored, lambda rng: (rng.uniform(0, 8), rng.uniform(180, 255))),
        ("floats", lambda rng: (-1.0, rng.uniform(0.7, 1)), lambda _: (0.0, 1.0)),
        ("floats", z_scored, lambda rng: (rng.uniform(-1024, -900), rng.uniform(800, 2500))),
        ("floats", lambda _: (-1.0, 1.0), lambda rng: (-128.0, rng.uniform(90, 127))),
        ("integers", lambda rng: (-1024.0, rng.uniform(900, 3071)), lambda rng: (0.0, rng.uniform(1900, 4095))),
    ],
)
def test_ranges_below_0_are_distinguished_from_others(kind: Kind, one: Any, other: Any) -> None:
    for seed in range(20):
        rng = np.random.default_rng(seed)
        extents = {str(at): Extent(kind, *(one, other)[at % 2](rng)) for at in range(40)}
        found = depths_used(extents)
        assert len(set(found.values())) == 2 and all(text.startswith("about ") for text in found.values())
        assert all(len({found[str(at)] for at in range(side, 40, 2)}) == 1 for side in (0, 1))


@pytest.mark.parametrize(
    "reach",
    [
        lambda _, rng: z_scored(rng),
        lambda at, rng: (rng.uniform(-2.5, -1.2), rng.uniform(1.5, 4)) if at % 20 else (0.0, 0.0),  # blank images
        lambda _, rng: (low := rng.uniform(-0.8, 0.3), low + rng.uniform(0.3, 0.7)),  # a vegetation index
        lambda _, rng: (-1024.0 if rng.random() < 0.5 else rng.uniform(-200, 80), rng.uniform(200, 3000)),  # cut out
        lambda _, rng: (rng.normal(0, 0.01), rng.uniform(0.7, 1)),  # noise around black
        lambda _, rng: (-(2 ** rng.uniform(0, 10)), 2 ** rng.uniform(0, 10)),
        lambda at, _: (0.0, 4095.0) if at % 20 == 0 else (-1024.0, 3071.0),  # a few others
    ],
)
def test_values_below_0_that_only_vary_are_of_one_range(reach: Reach) -> None:
    for seed in range(40):
        rng = np.random.default_rng(seed)
        extents = {str(at): Extent("floats", *reach(at, rng)) for at in range(60)}
        assert set(depths_used(extents).values()) == {"other floats"}


def test_units_that_differ_between_classes_are_a_shortcut(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for at in range(60):
        small = Image.fromarray(rng.integers(0, 256, (5, 5), dtype=np.uint8)).resize((24, 24), Image.Resampling.BICUBIC)
        values = np.asarray(small).astype(np.float32) / 255
        values = (values - values.mean()) / values.std() if at % 2 else values
        path = tmp_path / "ab"[at % 2] / f"p{at}.tif"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(values.astype(np.float32)).save(path)
    found = codes(check(tmp_path))
    assert found["shortcut"].message.startswith("range of values alone predicts the class: ")
    said = found["bit-depths-differ"]
    assert (
        said.severity == "warning"
        and said.message.startswith("30 files use about -")
        and "30 use about 0" in said.message
    )
    assert len(said.items) == 2 and said.items[0].startswith("a: 100% about 0")


def test_8_bit_files_among_deeper_ones_are_a_shortcut_by_class_alone(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for at in range(60):
        path = tmp_path / "ab"[at % 2] / f"p{at}.png"
        save(path, rng, 4095)
        if at % 2:
            Image.fromarray((np.asarray(Image.open(path)) >> 4).astype(np.uint8)).save(path)
    found = codes(check(tmp_path))
    assert found["shortcut"].message.startswith("bit depth alone") and "bit-depths-differ" not in found
