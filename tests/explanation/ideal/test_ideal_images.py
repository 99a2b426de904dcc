"""Ideal images of small bundles: certain, reproducible, saved as the model sees them, and judged by others only."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import ghep
from ghep.cli.app import run as ghep_command
from ghep.errors import ConfigError
from ghep.explanation.ideal.ideal_images import IdealImages
from ghep.explanation.subject import subject_of
from ghep.model.bundle import load_bundle

STEPS = 64
LITTLE = 1e-5
"""Weight of the total variation: these classes are stripes, which have much of it."""


@pytest.fixture(scope="module")
def bundle(photos: Path, small_backbone: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _fitted(photos, small_backbone, tmp_path_factory.mktemp("ideal"), seed=0)


@pytest.fixture(scope="module")
def other(photos: Path, small_backbone: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _fitted(photos, small_backbone, tmp_path_factory.mktemp("other"), seed=1)


@pytest.fixture(scope="module")
def found(bundle: Path, other: Path, photos: Path) -> IdealImages:
    return ghep.ideal(bundle, photos=photos / "test", judge=other, steps=STEPS, variation=LITTLE)


def _fitted(photos: Path, backbone: str, folder: Path, *, seed: int) -> Path:
    made = ghep.fit(photos, backbone=backbone, strategy="scratch", epochs=4, seed=seed, out=folder / "run")
    return Path(made.bundle)


@pytest.mark.slow
def test_all_classes_of_a_bundle_in_all_ways(found: IdealImages) -> None:
    assert found.labels == ("columns", "rows") and found.ways == ("pixels", "pixels_tv", "fourier")
    assert found.photos is not None and found.photos.count == 20
    for one in found.images:
        assert one.judged is not None and 0 <= one.judged.value <= 1
        assert one.steps == (0, 1, 2, 4, 8, 16, 32, 64) and len(one.frames) == len(one.by_frame) == 8
        assert one.ordinary is (found.photos.low <= one.variation <= found.photos.high)
    for label in found.labels:
        for way in ("pixels", "fourier"):
            one = found.image(label, way)
            assert one.own.top and one.own.value > one.by_frame[0] and one.objective[-1] > one.objective[0]


def test_the_variation_loss_makes_pixels_smoother(found: IdealImages) -> None:
    for label in found.labels:
        assert found.image(label, "pixels_tv").variation < 0.8 * found.image(label, "pixels").variation


@pytest.mark.slow
def test_the_same_arguments_give_the_same_images(bundle: Path, found: IdealImages) -> None:
    files = {path: path.read_bytes() for path in bundle.iterdir()}
    again = ghep.ideal(bundle, "rows", ways="fourier", steps=STEPS, variation=LITTLE)
    assert np.array_equal(again.image("rows", "fourier").pixels, found.image("rows", "fourier").pixels)
    another = ghep.ideal(bundle, "rows", ways="fourier", steps=STEPS, variation=LITTLE, seed=1)
    assert not np.array_equal(another.images[0].pixels, again.images[0].pixels)
    assert {path: path.read_bytes() for path in bundle.iterdir()} == files


def test_the_model_is_left_as_it_was(bundle: Path) -> None:
    loaded = load_bundle(bundle)
    before, modes = loaded.model.backbone.fingerprints(), [one.training for one in loaded.model.modules()]
    wanted = [one.requires_grad for one in loaded.model.parameters()]
    ghep.ideal(loaded, "rows", ways="pixels", steps=2)
    assert loaded.model.backbone.fingerprints() == before
    assert [one.training for one in loaded.model.modules()] == modes
    assert [one.requires_grad for one in loaded.model.parameters()] == wanted


@pytest.mark.slow
def test_predict_says_the_same_about_the_saved_image(bundle: Path, found: IdealImages, tmp_path: Path) -> None:
    page = found.save(tmp_path / "page")
    assert "less 1e-05 x total variation" in page.read_text(encoding="utf-8")
    assert page.read_text(encoding="utf-8").count("<figure") == 3
    for name, one in found.files().items():
        probabilities = ghep.load(bundle).predict_proba([tmp_path / "page" / "images" / f"{name}.png"])
        expected = probabilities[0, ("columns", "rows").index(one.label)]
        assert abs(float(expected) - one.own.value) < 1e-3
        with np.load(tmp_path / "page" / "arrays" / f"{name}.npz") as arrays:
            assert np.array_equal(arrays["pixels"], one.pixels) and arrays["objective"].shape == (STEPS,)
    assert (tmp_path / "page" / "figures" / "images.png").is_file()


def test_a_model_does_not_judge_itself(bundle: Path) -> None:
    with pytest.raises(ConfigError, match="same backbone weights"):
        ghep.ideal(bundle, "rows", judge=bundle, steps=1)
    alone = ghep.ideal(bundle, "rows", ways="pixels", steps=1)
    assert alone.judge is None and [one.code for one in alone.findings] == ["ideal-no-judge"]
    assert "No other network judged" in str(alone._repr_html_())


def test_a_head_that_ignores_the_image_has_no_gradient(bundle: Path, tmp_path: Path) -> None:
    loaded = load_bundle(bundle)
    with torch.no_grad():
        for one in loaded.model.head("label").parameters():
            one.zero_()
    dead = ghep.ideal(loaded, "rows", ways=["fourier"], steps=2)
    assert [one.code for one in dead.findings if one.severity == "error"] == ["ideal-no-gradient"]


@pytest.mark.slow
def test_a_number_is_raised_and_lowered(small_backbone: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    levels = np.linspace(30, 220, 40)
    for place, level in enumerate(levels):
        pixels = (level + rng.normal(0, 10, (32, 32, 3))).clip(0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{place}.png")
    rows = [f"{place}.png,{level:.1f}" for place, level in enumerate(levels)]
    (tmp_path / "table.csv").write_text("\n".join(["path,light", *rows]) + "\n")
    made = ghep.fit(
        tmp_path / "table.csv",
        backbone=small_backbone,
        label_columns=["light"],
        regression=["light"],
        out=tmp_path / "run",
    )
    found = ghep.ideal(made.bundle, ways="fourier", steps=STEPS)
    low, high = (found.image(label, "fourier").own.value for label in ("lowest", "highest"))
    assert found.number and high > levels.mean() > low
    assert "predicts for the images" in str(found._repr_html_())
    with pytest.raises(ConfigError, match="predicts a number and has no class rows"):
        ghep.ideal(made.bundle, "rows")


def test_photos_give_the_spectrum_and_bad_ones_are_named(bundle: Path, photos: Path, tmp_path: Path) -> None:
    for file in sorted((photos / "test" / "rows").iterdir())[:4]:
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    with pytest.raises(ConfigError, match="no photos were given"):
        ghep.ideal(bundle, "rows", magnitude="data")
    found = ghep.ideal(
        bundle, "columns", photos=tmp_path, magnitude="data", ways="fourier", steps=STEPS, variation=LITTLE
    )
    assert found.photos is not None and found.photos.count == 4
    (said,) = (one for one in found.findings if one.code == "ideal-photos-unreadable")
    assert "broken.png" in said.items[0]
    assert found.images[0].own.value > found.images[0].by_frame[0]


def test_settings_that_cannot_be_used_are_all_named(bundle: Path) -> None:
    with pytest.raises(ConfigError, match=r"ways='wave'.*steps=0"):
        ghep.ideal(bundle, "rows", ways="wave", steps=0)
    with pytest.raises(ConfigError, match="no setting step"):
        ghep.ideal(bundle, "rows", step=3)  # type: ignore[call-arg]


@pytest.mark.slow
def test_the_command_writes_a_page_and_refuses_a_full_folder(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [
        "ideal",
        str(bundle),
        "--label",
        "rows",
        "--way",
        "pixels",
        "--steps",
        "2",
        "--out",
        str(tmp_path / "o"),
    ]
    assert ghep_command([*arguments, "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["images"][0]["label"] == "rows" and Path(printed["page"]).is_file()
    assert ghep_command(arguments) == 2
    assert "is not empty" in capsys.readouterr().err
    assert ghep_command([*arguments, "--overwrite"]) == 0
    assert "No other network judged" in capsys.readouterr().out
    assert ghep_command(["ideal", str(bundle), "--label", "rowz"]) == 2
    assert 'no class called "rowz"' in capsys.readouterr().err


def test_labels_become_safe_and_different_file_names(found: IdealImages) -> None:
    from dataclasses import replace

    images = [replace(found.images[0], label=label) for label in ("../a", "a", "a, b", "猫", "//")]
    names = list(replace(found, images=tuple(images)).files())
    assert len(set(names)) == 5 and not any("/" in name or "." in name for name in names)


@pytest.mark.slow
def test_a_model_of_texts_is_refused_in_a_line(tmp_path: Path) -> None:
    rows = [f"{'good' if place % 2 else 'bad'} film {place},{'pos' if place % 2 else 'neg'}" for place in range(40)]
    (tmp_path / "table.csv").write_text("\n".join(["text,label", *rows]) + "\n")
    (tmp_path / "words.txt").write_text("good 1 0\nbad 0 1\nfilm 1 1\n")
    made = ghep.fit(tmp_path / "table.csv", backbone=str(tmp_path / "words.txt"), out=tmp_path / "run")
    with pytest.raises(ConfigError, match="reads texts; this command works on images"):
        ghep.ideal(made.bundle, "pos")
    assert subject_of(made.bundle).modality == "text"
