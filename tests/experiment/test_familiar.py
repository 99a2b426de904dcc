"""A run stores by what unfamiliar inputs are recognised; predict, exports, evaluate and the command line use it."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import load_file

import ghep
from ghep.cli.app import run as command
from ghep.errors import BundleError, ConfigError
from ghep.experiment import familiar
from ghep.experiment.evaluation import evaluate
from ghep.experiment.fit import fit
from ghep.experiment.record import Run
from ghep.export.runtime import load as load_export
from ghep.export.write import write_export
from ghep.guards.familiarity import MOST, familiarity_from
from ghep.model.bundle import load_bundle

QUICK = {"precision": "float32", "workers": 1}
RATE = 0.2
"""The 20 examples of valid allow 2 / 21 and more."""


@pytest.fixture(scope="module")
def run(photos: Path, small_backbone: str, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return fit(photos, backbone=small_backbone, out=tmp_path_factory.mktemp("run") / "r", **QUICK)


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """24 images without stripes: red, with some noise."""
    folder, rng = tmp_path_factory.mktemp("odd"), np.random.default_rng(3)
    for number in range(24):
        pixels = np.array([245, 10, 10]) + rng.normal(0, 4, (40, 40, 3))
        Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(folder / f"{number:02d}.png")
    return folder


def paths(folder: Path) -> list[str]:
    return [str(path) for path in sorted(folder.rglob("*.png"))]


def stored_distances(bundle: Path) -> np.ndarray:
    return load_file(bundle / "familiarity.safetensors")["distances"]


def distances_of(bundle: Path, files: list[str]) -> np.ndarray:
    """Distances as predict measures them, from the files."""
    predictor = ghep.load(bundle)
    assert predictor.familiarity is not None
    found = np.empty(len(files))

    def keep(places: np.ndarray, features: np.ndarray) -> None:
        found[places] = predictor.familiarity.bank.distances(features)

    predictor.logits(predictor.prepare(files), use_features=keep)
    return found


def test_the_bundle_holds_features_of_train_and_what_valid_is_like(run: Run) -> None:
    arrays = load_file(run.bundle / "familiarity.safetensors")
    assert arrays["features"].shape[0] == 60 and arrays["features"].dtype == np.float16
    assert arrays["distances"].shape == (20,) and arrays["probabilities.label"].shape == (20,)
    assert "familiarity.safetensors" in json.loads((run.bundle / "MANIFEST.json").read_text(encoding="utf-8"))["files"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "settings",
    [{}, {"strategy": "full", "epochs": 1}, {"strategy": "light", "epochs": 6, "views": 2}, {"cache": False}],
)
def test_distances_on_valid_are_those_that_predict_measures(
    photos: Path, small_backbone: str, tmp_path: Path, settings: dict[str, Any]
) -> None:
    """For moved blocks, the features are those of the network after training."""
    found = fit(photos, backbone=small_backbone, out=tmp_path / "r", **QUICK, **settings)
    measured = np.sort(distances_of(found.bundle, paths(photos / "valid")))
    np.testing.assert_allclose(stored_distances(found.bundle), measured, atol=2e-5)
    assert found.cost.phases["familiarity"] <= found.cost.phases["evaluate"]


def test_a_probe_reads_features_that_are_there_already(
    photos: Path, small_backbone: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a pass over train")

    monkeypatch.setattr(familiar, "predict_logits", refuse)
    for name, more in (("a", {}), ("b", {"deterministic": True})):
        found = fit(photos, backbone=small_backbone, out=tmp_path / name, **QUICK, **more)
        assert (found.bundle / "familiarity.safetensors").is_file()


def test_after_light_only_the_blocks_that_moved_are_computed(
    photos: Path, small_backbone: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    boundaries, predict = [], familiar.predict_logits

    def watched(model: Any, source: Any, **more: Any) -> Any:
        boundaries.append(source.boundary)
        return predict(model, source, **more)

    monkeypatch.setattr(familiar, "predict_logits", watched)
    found = fit(photos, backbone=small_backbone, strategy="light", epochs=6, views=2, out=tmp_path / "r", **QUICK)
    assert boundaries == [sum(block != "moved" for block in found.proof.values())] != [0]


def test_a_pass_is_bounded_by_the_length_of_the_training() -> None:
    assert familiar.most_rows(0) == familiar.LEAST_ROWS == familiar.most_rows(5_000)
    assert familiar.most_rows(12_345) == 1_234 and familiar.most_rows(10**6) == MOST


def test_the_same_command_stores_the_same_arrays(photos: Path, small_backbone: str, tmp_path: Path) -> None:
    files = [
        fit(
            photos, backbone=small_backbone, strategy="full", epochs=1, deterministic=True, out=tmp_path / name, **QUICK
        ).bundle
        / "familiarity.safetensors"
        for name in ("a", "b")
    ]
    assert files[0].read_bytes() == files[1].read_bytes()


def test_without_it_the_bundle_says_why_it_cannot_abstain(
    run: Run, photos: Path, small_backbone: str, tmp_path: Path
) -> None:
    without = fit(photos, backbone=small_backbone, familiarity=False, out=tmp_path / "r", **QUICK)
    assert not (without.bundle / "familiarity.safetensors").exists() and "familiarity" not in without.cost.phases
    predictor = ghep.load(without.bundle)
    one, other = (each.predict(paths(photos / "test")) for each in (predictor, ghep.load(run.bundle)))
    assert one[0].familiarity is None and one[0].certainty is None and one[0].abstained == ""
    assert [each.label for each in one] == [each.label for each in other]
    with pytest.raises(ConfigError, match="cannot abstain") as refused:
        predictor.predict(paths(photos / "test"), abstain=RATE)
    assert "--no-familiarity" in refused.value.remedy
    with pytest.raises(ConfigError, match="cannot abstain"):
        evaluate(without.bundle, photos, abstain=RATE)


def test_a_bundle_of_an_older_version_predicts(run: Run, photos: Path, tmp_path: Path) -> None:
    old = Path(shutil.copytree(run.bundle, tmp_path / "old"))
    (old / "familiarity.safetensors").unlink()
    manifest = json.loads((old / "MANIFEST.json").read_text(encoding="utf-8"))
    del manifest["files"]["familiarity.safetensors"]
    (old / "MANIFEST.json").write_text(json.dumps(manifest), encoding="utf-8")
    files = paths(photos / "test")
    assert [one.label for one in ghep.load(old).predict(files)] == [
        one.label for one in ghep.load(run.bundle).predict(files)
    ]


def test_a_changed_file_is_refused(run: Run, tmp_path: Path) -> None:
    changed = Path(shutil.copytree(run.bundle, tmp_path / "changed"))
    with (changed / "familiarity.safetensors").open("r+b") as file:
        file.seek(-1, 2)
        file.write(b"\x07")
    with pytest.raises(BundleError, match=r"familiarity\.safetensors"):
        load_bundle(changed)


def test_what_is_odd_is_unfamiliar_and_the_label_stays(run: Run, photos: Path, odd: Path) -> None:
    predictor = ghep.load(run.bundle)
    with pytest.warns(UserWarning, match="inputs-drifted"):
        found = predictor.predict(paths(odd), abstain=RATE)
    assert {one.abstained for one in found} == {"unfamiliar"}
    assert all(one.label in ("rows", "columns") and one.probability is not None for one in found)
    assert found[0].familiarity == pytest.approx(1 / 21) and "unfamiliar" in repr(found[0])
    assert "unlike the training data" in found._repr_html_() and "24 withheld" in found._repr_html_()
    assert "unlike the training data" in found[0]._repr_html_()
    plain = predictor.predict(paths(photos / "test"))
    judged = predictor.predict(paths(photos / "test"), abstain=RATE)
    assert [(one.label, one.probability) for one in plain] == [(one.label, one.probability) for one in judged]
    assert not any(one.abstained for one in plain) and sum(bool(one.abstained) for one in judged) < 12


@pytest.mark.parametrize("rate", [0, 1, -0.1, 1.5, True, "0.1", float("nan")])
def test_a_rate_that_is_none_is_refused(run: Run, photos: Path, rate: Any) -> None:
    with pytest.raises(ConfigError, match="cannot abstain at the rate"):
        ghep.load(run.bundle).predict(paths(photos / "test")[:1], abstain=rate)


def test_too_few_examples_for_a_rate_say_which_is_possible(run: Run, photos: Path) -> None:
    with pytest.raises(ConfigError, match="too few validation examples") as refused:
        ghep.load(run.bundle).predict(paths(photos / "test")[:1], abstain=0.05)
    assert "0.096" in refused.value.remedy
    ghep.load(run.bundle).predict(paths(photos / "test")[:1], abstain=0.096)


def test_an_unusable_input_has_no_p_values_and_costs_the_others_nothing(run: Run, photos: Path, tmp_path: Path) -> None:
    (tmp_path / "page.png").write_text("<html>", encoding="utf-8")
    one, bad, other = ghep.load(run.bundle).predict(
        [paths(photos / "test")[0], tmp_path / "page.png", paths(photos / "test")[1]], abstain=RATE
    )
    assert bad.problem and bad.familiarity is None and bad.abstained == ""
    assert one.familiarity is not None and other.familiarity is not None


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["onnx", "openvino", "torch-export"])
def test_an_export_says_the_same(run: Run, photos: Path, odd: Path, kind: str, tmp_path: Path) -> None:
    export = load_export(write_export(load_bundle(run.bundle), kind, tmp_path / kind))
    files = [*paths(photos / "test"), *paths(odd)[:3]]
    for one, other in zip(
        ghep.load(run.bundle).predict(files, abstain=RATE, report=lambda _: None),
        export.predict(files, abstain=RATE, report=lambda _: None),
        strict=True,
    ):
        assert (one.label, one.abstained) == (other.label, other.abstained)
        assert one.familiarity == pytest.approx(other.familiarity, abs=1.01 / 21)


def test_evaluate_scores_what_is_answered(run: Run, photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plain, found = evaluate(run.bundle, photos), evaluate(run.bundle, photos, abstain=RATE)
    assert plain.results[0].answered is None and plain.results[0].scores == found.results[0].scores
    answered = found.results[0].answered
    withheld = answered.unfamiliar + answered.undecided
    assert answered.share.n == 20 and answered.share.value == pytest.approx(1 - withheld / 20)
    assert answered.score.n == 20 - withheld and answered.score.name == "accuracy"
    assert answered.share.interval.low < answered.share.value <= answered.share.interval.high
    rows = ghep.load(run.bundle).predict(paths(photos / "test"), abstain=RATE)
    kinds = [one.abstained for one in rows]
    assert (kinds.count("unfamiliar"), kinds.count("undecided")) == (answered.unfamiliar, answered.undecided)
    right = [one.label == Path(one.input).parent.name for one in rows if not one.abstained]
    assert answered.score.value == pytest.approx(np.mean(right))
    assert command(["evaluate", str(run.bundle), str(photos), "--abstain", str(RATE)]) == 0
    assert "share answered" in capsys.readouterr().out
    assert command(["evaluate", str(run.bundle), str(photos), "--abstain", str(RATE), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["scores"]["test"]["label"]["abstain"]
    assert told["rate"] == RATE and told["share"]["n"] == 20


def test_evaluate_reports_drift(run: Run, odd: Path, tmp_path: Path) -> None:
    for place, path in enumerate(paths(odd)):
        folder = tmp_path / ("rows" if place % 2 else "columns")
        folder.mkdir(exist_ok=True)
        shutil.copy(path, folder)
    found = evaluate(run.bundle, tmp_path, abstain=RATE)
    assert "inputs-drifted" in [one.code for one in found.findings]
    answered = found.results[0].answered
    assert answered.unfamiliar == 24 and answered.score is None and answered.on_unfamiliar.n == 24


def test_the_command_prints_why_after_the_label(
    run: Run, photos: Path, odd: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = ghep.load(run.bundle).predict(paths(photos / "test"))
    usual = next(one.input for one in rows if min(one.familiarity or 0, one.certainty or 0) > RATE)
    files = [paths(odd)[0], usual]
    assert command(["predict", str(run.bundle), *files]) == 0
    plain = capsys.readouterr().out.splitlines()
    table = tmp_path / "p.csv"
    assert command(["predict", str(run.bundle), *files, "--abstain", str(RATE), "--out", str(table)]) == 0
    told = capsys.readouterr()
    assert told.out.splitlines()[0] == f"{plain[0]}\tunfamiliar" and told.out.splitlines()[1].startswith(plain[1])
    assert "1 unfamiliar" in told.err and "at most 20% would" in told.err
    first = next(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
    assert first["abstained"] == "unfamiliar" and float(first["familiarity"]) == pytest.approx(1 / 21, abs=1e-6)
    assert command(["predict", str(run.bundle), *files, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert rows[0]["familiarity"] == pytest.approx(1 / 21) and rows[0]["abstained"] == "" and rows[1]["certainty"] > 0
    assert command(["predict", str(run.bundle), *files, "--abstain", "0.05"]) == 2
    assert "0.096 or more" in capsys.readouterr().err


def test_copies_of_train_in_valid_are_left_out(photos: Path, small_backbone: str, tmp_path: Path) -> None:
    copied = Path(shutil.copytree(photos, tmp_path / "photos"))
    for kind in ("rows", "columns"):
        for number in range(4):
            shutil.copy(copied / "train" / kind / f"{number:03d}.png", copied / "valid" / kind / f"copy{number}.png")
    found = fit(copied, backbone=small_backbone, out=tmp_path / "r", **QUICK)
    assert len(stored_distances(found.bundle)) == 20


def test_numbers_are_only_unfamiliar(photos: Path, small_backbone: str, tmp_path: Path, odd: Path) -> None:
    rows = ["path,size,split"]
    for split in ("train", "valid", "test"):
        for path in sorted((photos / split).rglob("*.png")):
            rows.append(f"{path},{float(path.parent.name == 'rows') + int(path.stem) / 100},{split}")
    (tmp_path / "sizes.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    table = {"path_column": "path", "label_columns": ("size",), "split_column": "split", "regression": ("size",)}
    found = fit(tmp_path / "sizes.csv", backbone=small_backbone, out=tmp_path / "r", **QUICK, **table)
    known = familiarity_from(load_bundle(found.bundle).familiarity)
    assert known is not None and not known.probabilities
    row = ghep.load(found.bundle).predict(paths(odd)[:1], abstain=0.05)[0]
    assert row.abstained == "unfamiliar" and row.certainty is None and row.value is not None
    with pytest.raises(ConfigError, match="too few"):
        ghep.load(found.bundle).predict(paths(odd)[:1], abstain=0.04)
