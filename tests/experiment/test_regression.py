"""A table whose labels are numbers: learnt, scored, saved and answered like every other."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ghep
from ghep.cli.app import run as cli
from ghep.errors import BundleError, ConfigError, DataError
from ghep.experiment.evaluation import evaluate
from ghep.experiment.fit import fit
from ghep.experiment.record import Run
from ghep.model.bundle import _calibration, load_bundle
from ghep.tasks import Classification, Regression
from tagged import numbered_pictures, tagged_texts, written

SHARED = Path(__file__).parents[2].parent / "shared"
QUICK: dict[str, Any] = {"precision": "float32", "workers": 1}
TRAINED: dict[str, Any] = {"strategy": "light", "epochs": 8, "batch_size": 16, "lr": 1e-2, "augment": "none"}


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return numbered_pictures(tmp_path_factory.mktemp("pictures"))


@pytest.fixture(scope="module")
def probed(pictures: Path, small_backbone: str, tmp_path_factory: pytest.TempPathFactory) -> Run:
    out = tmp_path_factory.mktemp("run") / "run"
    return fit(pictures, backbone=small_backbone, regression="light", out=out, **QUICK)


def scores(run: Run, task: str = "light") -> dict[str, float]:
    return {score.name: score.value for score in run.result("test", task).scores}


@pytest.mark.slow
def test_light_is_read_from_pictures(probed: Run) -> None:
    found, result = scores(probed), probed.result()
    assert list(found) == ["r2", "mae", "rmse", "spearman", "coverage"]
    assert found["r2"] > 0.9 and found["spearman"] > 0.9 and found["mae"] < 15
    assert probed.primary.name == "r2" and probed.primary.n == int((~np.isnan(result.targets)).sum()) < 40
    assert result.constant == 0 and result.constant_name == "always the mean"
    with pytest.raises(DataError, match="light has no score accuracy; it has r2"):
        _ = probed.accuracy


def test_predictions_are_in_the_units_of_the_labels(probed: Run, pictures: Path) -> None:
    file = probed.folder / "predictions.csv"
    rows = [row for row in csv.DictReader(file.read_text().splitlines()) if row["split"] == "test"]
    known = [row for row in rows if row["label"]]
    errors = np.array([float(row["predicted"]) - float(row["label"]) for row in known])
    assert np.abs(errors).mean() == pytest.approx(scores(probed)["mae"], rel=1e-5)
    inside = [float(row["low"]) <= float(row["label"]) <= float(row["high"]) for row in known]
    assert np.mean(inside) == pytest.approx(scores(probed)["coverage"])
    assert all(row["correct"] == row["probability"] == "" for row in rows)

    said = ghep.load(probed.bundle).predict([pictures.parent / row["id"] for row in rows])
    assert [one.value for one in said] == pytest.approx([float(row["predicted"]) for row in rows], abs=1e-3)
    assert said[0].interval is not None and said[0].interval.level == 0.9
    assert [one.interval.low for one in said if one.interval] == pytest.approx(
        [float(row["low"]) for row in rows], abs=1e-2
    )
    assert (
        float(said[0].label or "") == pytest.approx(said[0].value or 0.0, abs=1e-2)
        and said[0].probability is None
        and said[0].probabilities == {}
    )
    assert f"{said[0].label} [" in repr(said[0]) and said[0].label in said._repr_html_()
    with pytest.raises(ConfigError, match="numbers, not probabilities"):
        ghep.load(probed.bundle).predict_proba([pictures.parent / "0.png"])


def test_the_bundle_has_the_units_and_the_half_width(probed: Run) -> None:
    bundle = load_bundle(probed.bundle)
    (task,) = bundle.model.tasks
    assert isinstance(task, Regression) and task.spread > 0
    config = json.loads((probed.bundle / "config.json").read_text())
    assert config["temperatures"] == {} and config["half_widths"] == dict(bundle.calibration)
    card = (probed.bundle / "README.md").read_text(encoding="utf-8")
    assert "| light | examples | minimum |" in card and "predicts a number for any input" in card


@pytest.mark.parametrize(("half_width", "loads"), [(0.0, True), (1e9, True), (-1.0, False), ("wide", False)])
def test_any_half_width_from_0_on_loads(half_width: Any, loads: bool, probed: Run) -> None:
    config = json.loads((probed.bundle / "config.json").read_text())
    config["half_widths"]["light"] = half_width
    tasks = load_bundle(probed.bundle).model.tasks
    if loads:
        assert _calibration(config, tasks) == {"light": half_width}
    else:
        with pytest.raises(BundleError, match="light"):
            _calibration(config, tasks)


def test_evaluate_gives_the_same_scores(probed: Run, pictures: Path) -> None:
    again = evaluate(probed.bundle, pictures, split="test")
    assert [one.value for one in again.results[0].scores] == pytest.approx(list(scores(probed).values()), abs=1e-6)


def test_the_command_line(
    probed: Run, pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], small_backbone: str
) -> None:
    photo = str(pictures.parent / "0.png")
    assert cli(["predict", str(probed.bundle), photo, "--out", str(tmp_path / "p.csv")]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    value = ghep.load(probed.bundle).predict([photo])[0]
    assert value.interval is not None
    assert line == f"{photo}\t{value.label}\t[{value.interval.low}, {value.interval.high}]"
    (row,) = csv.DictReader((tmp_path / "p.csv").read_text().splitlines())
    assert float(row["label"]) == float(value.label or "") and float(row["low"]) == value.interval.low
    assert cli(["predict", str(probed.bundle), photo, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["value"] == value.value
    out = str(tmp_path / "run")
    assert cli(["fit", str(pictures), "--regression", "light", "-b", small_backbone, "--out", out]) == 0
    said = capsys.readouterr()
    assert "light, a number (regression)" in said.err and "always the mean    0.000" in said.out


@pytest.mark.slow
def test_a_number_and_a_class_are_trained_together(pictures: Path, small_backbone: str, tmp_path: Path) -> None:
    more = {**TRAINED, "strategy": "lp_ft", "mixup": 0.2, "label_smoothing": 0.05, "class_weights": True}
    columns: dict[str, Any] = {"label_columns": ["kind"], "regression": ["light"]}
    run = fit(pictures, backbone=small_backbone, out=tmp_path / "run", **columns, **QUICK, **more)
    kinds = {task.name: type(task) for task in load_bundle(run.bundle).model.tasks}
    assert kinds == {"kind": Classification, "light": Regression}
    assert scores(run)["r2"] > 0.8 and run.result("test", "kind").score("accuracy").value > 0.8
    said = ghep.load(run.bundle).predict([pictures.parent / "0.png"])
    assert [one.probability is None for one in said] == [False, True]
    header = (run.folder / "predictions.csv").read_text().splitlines()[0]
    assert header.endswith("label_probability,low,high")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*run_.findings has all:UserWarning")  # with equal weights it is no better
def test_weights_count_in_probe_and_in_training(small_backbone: str) -> None:
    """Half of the labels are wrong and weigh nothing: with equal weights nothing could be learnt."""

    rng = np.random.default_rng(0)
    light = rng.uniform(20, 230, 80)
    images = (light[:, None, None, None] + rng.normal(0, 5, (80, 32, 32, 3))).clip(0, 255).astype(np.uint8)
    wrong = np.arange(80) % 2 == 1
    y = np.where(wrong, 250 - light, light)
    for how in ({"strategy": "linear_probe"}, {"strategy": "light", "epochs": 10, "lr": 1e-2}):
        model = ghep.TransferRegressor(small_backbone, **how)
        assert model.fit(images, y).score(images[~wrong], y[~wrong]) < 0.2, how
        weights = np.where(wrong, 0.0, 1.0)
        assert model.fit(images, y, sample_weight=weights).score(images[~wrong], y[~wrong]) > 0.6, how


def test_texts_have_a_control(tmp_path: Path) -> None:
    table, vectors = tagged_texts(tmp_path)
    rows = list(csv.DictReader(table.read_text().splitlines()))
    with_numbers = [
        [row["text"], 3.5 * ("cast" in row["about"]) + 10 * ("music" in row["about"]) + place % 3 / 10, row["split"]]
        for place, row in enumerate(rows)
    ]
    file = written(tmp_path / "numbers.csv", ["text", "worth", "split"], with_numbers)
    run = fit(file, backbone=vectors, regression="worth", out=tmp_path / "run")
    (control,) = run.result().controls
    assert run.primary.value > 0.7 and control.score.name == "r2" and control.score.value > 0.9
    assert control.paired.difference == pytest.approx(run.primary.value - control.score.value)


def test_class_weights_need_classes(pictures: Path, small_backbone: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="light predicts a number and has no classes"):
        fit(pictures, backbone=small_backbone, regression="light", class_weights=True, out=tmp_path / "run", **QUICK)


def test_a_rating_is_no_regression(pictures: Path, small_backbone: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="both --rating"):
        fit(pictures, backbone=small_backbone, regression="light", ratings="light", out=tmp_path / "run", **QUICK)


def test_a_valid_split_below_the_mean_of_train_still_chooses_the_epoch(small_backbone: str, tmp_path: Path) -> None:
    """Standardised numbers may be negative, which in a class index would mean: no label."""
    table = numbered_pictures(tmp_path, 120)
    rows = list(csv.DictReader(table.read_text().splitlines()))
    kept = [[*row.values()] for row in rows if row["split"] != "valid" or (row["light"] and float(row["light"]) < 40)]
    low = written(tmp_path / "low.csv", list(rows[0]), kept)
    run = fit(
        low, backbone=small_backbone, regression="light", out=tmp_path / "run", **QUICK, **{**TRAINED, "epochs": 2}
    )
    assert all(row.valid_loss is not None and row.valid_score is not None for row in run.history)


def test_a_constant_test_split_is_scored_without_r2(small_backbone: str, tmp_path: Path) -> None:
    table = numbered_pictures(tmp_path, 120)
    rows = list(csv.DictReader(table.read_text().splitlines()))
    same = [{**row, "light": "20" if row["split"] == "test" else row["light"]} for row in rows]
    constant = written(tmp_path / "same.csv", list(rows[0]), [[*row.values()] for row in same])
    run = fit(constant, backbone=small_backbone, regression="light", out=tmp_path / "run", **QUICK)
    found = scores(run)
    assert np.isnan(found["r2"]) and np.isnan(run.result("test").constant) and found["mae"] > 0


@pytest.mark.slow
@pytest.mark.parametrize(("scale", "shift"), [(1.0, 1e9), (1e-9, 0.0), (1e30, 0.0)])
def test_large_and_small_units(scale: float, shift: float, small_backbone: str, tmp_path: Path) -> None:
    table = numbered_pictures(tmp_path, 120)
    rows = list(csv.DictReader(table.read_text().splitlines()))
    other = [{**row, "light": repr(float(row["light"]) * scale + shift) if row["light"] else ""} for row in rows]
    scaled = written(tmp_path / "scaled.csv", list(rows[0]), [[*row.values()] for row in other])
    run = fit(scaled, backbone=small_backbone, regression="light", out=tmp_path / "run", **QUICK)
    lines = (run.folder / "predictions.csv").read_text().splitlines()
    written_numbers = [float(row["predicted"]) for row in csv.DictReader(lines)]
    assert np.std(written_numbers) > 10 * scale
    said = ghep.load(run.bundle).predict([tmp_path / "0.png", tmp_path / "1.png"])
    assert len({one.label for one in said}) == 2
    assert " 0.000 " not in str(run.result().score("mae"))


@pytest.mark.slow
@pytest.mark.skipif(not SHARED.is_dir(), reason="needs shared data and weights")
def test_the_blur_of_real_photos_is_read_from_them(tmp_path: Path) -> None:
    """250 photos of flowers, each blurred by a radius from 0 to 4: an ImageNet network learns the radius."""
    from PIL import Image, ImageFilter

    photos, rng = sorted((SHARED / "data" / "flowers17").rglob("*.jpg")), np.random.default_rng(0)
    rows = []
    for number in rng.permutation(len(photos))[:250]:
        radius = float(rng.uniform(0, 4))
        blurred = Image.open(photos[number]).convert("RGB").filter(ImageFilter.GaussianBlur(radius))
        blurred.save(tmp_path / f"{number}.png")
        rows.append([f"{number}.png", f"{radius:.3f}"])
    table = written(tmp_path / "blur.csv", ["path", "radius"], rows)
    weights = str(SHARED / "weights" / "mobilenetv1_025.imagenet.safetensors")
    run = fit(table, backbone=weights, regression="radius", strategy="light", deterministic=True, out=tmp_path / "run")
    assert run.primary.value > 0.9
    assert scores(run, "radius")["mae"] < 0.4 and scores(run, "radius")["coverage"] > 0.75
