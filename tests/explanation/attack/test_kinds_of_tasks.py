"""Several classes at once flip; a number is refused in one line; ratings are classes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import ghep
from ghep.cli.app import run


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Photos that are red or not, and bright or not; their brightness as a number, and as stars."""
    folder, rng = tmp_path_factory.mktemp("kinds"), np.random.default_rng(0)
    lines = ["path,colours,number,stars"]
    for place in range(40):
        red, bright = place % 2, place // 2 % 2
        pixels = rng.integers(0, 60, (40, 40, 3)) + 60 + 60 * bright
        pixels[..., 0] += 60 * red
        Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(folder / f"{place}.png")
        names = "|".join(["red"] * red + ["bright"] * bright) or "|"
        lines.append(f"{place}.png,{names},{100 + 37.5 * bright + place / 7:.2f},{1 + bright * 2}")
    (folder / "table.csv").write_text("\n".join(lines))
    return folder / "table.csv"


def fitted(table: Path, label: str, out: Path, backbone: str, **more: object) -> Path:
    run_ = ghep.fit(table, backbone=backbone, label_columns=[label], out=out, control=False, **more)  # type: ignore[arg-type]
    return Path(run_.bundle)


def test_one_of_several_classes_flips(table: Path, tmp_path: Path, small_backbone: str) -> None:
    bundle = fitted(table, "colours", tmp_path / "run", small_backbone)
    photos = [table.parent / f"{place}.png" for place in (0, 4, 8)]
    found = ghep.attack(bundle, photos, to="red", epsilon="64/255", checked=0, out=tmp_path / "out")
    said = ghep.load(bundle).predict(sorted((tmp_path / "out" / "images").glob("*.png")))
    assert found.reached == 3 and all("red" in str(one.label).split("|") for one in said)
    away = ghep.attack(bundle, photos, epsilon="64/255", checked=2, steps=10)
    assert away.reached == 3 and all(one.after.label != one.before.label for one in away.photos)


@pytest.mark.slow
def test_ratings_are_classes_and_numbers_are_refused(
    table: Path, tmp_path: Path, small_backbone: str, capsys: pytest.CaptureFixture[str]
) -> None:
    rated = fitted(table, "stars", tmp_path / "rating", small_backbone, ratings=["stars"])
    found = ghep.attack(rated, table.parent / "0.png", to="3", epsilon="100/255", checked=0)
    assert found.photos[0].after.label == "3" and found.reached == 1
    number = fitted(table, "number", tmp_path / "number", small_backbone, regression=["number"])
    assert run(["attack", str(number), str(table.parent / "0.png"), "-o", str(tmp_path / "x")]) == 2
    assert "predicts a number" in capsys.readouterr().err
