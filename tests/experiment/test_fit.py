"""A run from folder to bundle: what is written, what is proved, what is the same again."""

from __future__ import annotations

import csv
import errno
import json
import os
import re
import shutil
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

import ghep
from ghep.backbone.catalog import load_backbone
from ghep.errors import ConfigError
from ghep.experiment.fit import _cost, fit
from ghep.reporter import Silent
from ghep.strategy.base import Plan
from ghep.strategy.catalog import STRATEGIES
from ghep.strategy.fit import Fitted
from tiny import tiny_model

QUICK = {"precision": "float32", "workers": 1}
TRAINED = {"epochs": 3, "batch_size": 8, "lr": 5e-3, "augment": "none"}


def settings_for(strategy: str) -> dict[str, object]:
    given = {} if strategy == "linear_probe" else dict(TRAINED)
    return {**given, "lr": 1e-2} if strategy == "lora" else given  # beside random weights there is much to learn


@pytest.mark.slow
@pytest.mark.parametrize("strategy", sorted(STRATEGIES))
def test_every_strategy_learns_and_proves_what_moved(
    strategy: str, photos: Path, small_backbone: str, tmp_path: Path
) -> None:
    settings = settings_for(strategy)
    run = fit(photos, backbone=small_backbone, strategy=strategy, out=tmp_path / "run", **QUICK, **settings)
    assert run.accuracy.value >= 0.8
    assert run.accuracy.n == 20
    moved = {block for block, verdict in run.proof.items() if verdict == "moved"}
    partly = ("light", "lp_ft", "progressive", "lora")
    last = {strategy: {"layer2"} for strategy in partly}  # two thirds frozen, of few labels
    expected = {"linear_probe": set(), **last}.get(strategy, {"conv1", "layer1", "layer2"})
    if "start-kept" in {finding.code for finding in run.findings}:
        expected = set()  # the probe was better than any epoch of fine-tuning
    assert moved == expected


def test_lora_that_matches_no_layer_is_refused(photos: Path, small_backbone: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="matched no layer"):
        fit(photos, backbone=small_backbone, strategy="lora", targets="query", out=tmp_path / "run", **QUICK)


def test_a_batch_is_bounded_by_the_activations_of_these_images(
    photos: Path, small_backbone: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes, counted = {}, {}
    monkeypatch.setattr("ghep.strategy.derive.ACTIVATION_BYTES", 2**20)
    for pixels in (32, 64):
        out = tmp_path / str(pixels)
        fit(photos, backbone=small_backbone, strategy="full", image_size=pixels, out=out, **{**QUICK, "epochs": 1})
        plan = json.loads((out / "plan.json").read_text(encoding="utf-8"))
        (reason,) = (one for one in plan["reasons"] if one.startswith("batches"))
        sizes[pixels] = plan["stages"][0]["batch_size"]
        number, unit = re.search(r"([0-9.]+) ([KM])iB of activations", reason).groups()
        counted[pixels] = float(number) * {"K": 1, "M": 1024}[unit] / sizes[pixels]
    assert counted[64] == pytest.approx(4 * counted[32], rel=0.05), "four times as many pixels"
    assert sizes[64] == sizes[32] / 4


def test_the_run_folder_tells_everything(photos: Path, small_backbone: str, tmp_path: Path) -> None:
    run = fit(photos, backbone=small_backbone, strategy="light", out=tmp_path / "run", **QUICK, **TRAINED)
    names = {path.name for path in run.folder.iterdir()}
    assert names >= {
        "config.json",
        "plan.json",
        "history.csv",
        "metrics.json",
        "predictions.csv",
        "findings.json",
        "bundle",
    }
    rows = list(csv.DictReader((run.folder / "predictions.csv").read_text(encoding="utf-8").splitlines()))
    assert len(rows) == 40, "valid and test, one row each"
    (epoch, *_) = csv.DictReader((run.folder / "history.csv").read_text(encoding="utf-8").splitlines())
    assert float(epoch["answer_entropy"]) >= 0 and 0 < float(epoch["largest_answer"]) <= 1
    correct = [int(row["correct"]) for row in rows if row["split"] == "test"]
    assert np.mean(correct) == pytest.approx(run.accuracy.value)
    metrics = json.loads((run.folder / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["scores"]["test"]["label"]["accuracy"]["value"] == pytest.approx(run.accuracy.value)
    assert metrics["cost"]["trained_parameters"] < metrics["cost"]["total_parameters"]
    card = (run.bundle / "README.md").read_text(encoding="utf-8")
    assert card.startswith("---\nlibrary_name: ghep") and f"{run.accuracy.value:.3f}" in card


def test_a_bundle_names_no_place_on_this_machine(photos: Path, small_backbone: str, tmp_path: Path) -> None:
    run = fit(photos, backbone=small_backbone, out=tmp_path / "run", **QUICK)
    for file in run.bundle.iterdir():
        content = file.read_bytes()
        assert str(tmp_path).encode() not in content and str(photos.parent).encode() not in content, file.name


@pytest.mark.slow
def test_same_seed_same_weights(photos: Path, small_backbone: str, tmp_path: Path) -> None:
    runs = [
        fit(photos, backbone=small_backbone, strategy="full", seed=seed, out=tmp_path / name, **QUICK, **TRAINED)
        for name, seed in (("a", 3), ("b", 3), ("c", 4))
    ]
    first, again, other = (load_file(run.bundle / "model.safetensors") for run in runs)
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not all(torch.equal(first[name], other[name]) for name in first)


@pytest.mark.slow
@pytest.mark.parametrize(
    "strategy", ["full", *(pytest.param(name, marks=pytest.mark.slow) for name in ("progressive", "lp_ft"))]
)
def test_a_run_that_is_cut_off_and_resumed_ends_with_the_same_weights(
    strategy: str, photos: Path, small_backbone: str, tmp_path: Path
) -> None:
    class CutOffError(Exception):
        pass

    class CutsOff:
        """Stops the run after its second saved epoch has been followed by a third."""

        count = 0

        def say(self, text: str) -> None: ...

        def progress(self, phase: str, done: int, total: int) -> None: ...

        def epoch(self, row: object) -> None:
            self.count += 1
            if self.count == 3:
                raise CutOffError

    settings = {**TRAINED, "epochs": 4, "ema_decay": 0.9, "augment": "light", "checkpoint_seconds": 0}
    arguments = {"backbone": small_backbone, "strategy": strategy, **QUICK, **settings}
    whole = fit(photos, out=tmp_path / "whole", **arguments)
    with pytest.raises(CutOffError):
        fit(photos, out=tmp_path / "cut", reporter=CutsOff(), **arguments)
    resumed = fit(photos, out=tmp_path / "cut", resume=True, **arguments)
    assert "resumed" in {finding.code for finding in resumed.findings}
    expected, found = (load_file(run.bundle / "model.safetensors") for run in (whole, resumed))
    assert all(torch.equal(expected[name], found[name]) for name in expected)


def test_a_resumed_run_costs_what_all_its_sessions_took() -> None:
    fitted = Fitted(seconds=105.0, seconds_before=100.0, examples_seen=3)
    cost = _cost(time.perf_counter() - 7.0, 0.0, {}, tiny_model(), Plan("full", (), ()), fitted)
    assert cost.seconds >= 107.0


OTHER_RUNS: dict[str, dict[str, Any]] = {
    "other settings": {"lr": 0.3},
    "another strategy": {"strategy": "full"},
    "another seed": {"seed": 4},
    "other data": {},
    "another precision": {"precision": "bfloat16"},
    "deterministic": {"deterministic": True},
}


@pytest.fixture(scope="module")
def begun(photos: Path, small_backbone: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("begun") / "r"
    fit(photos, backbone=small_backbone, strategy="light", out=out, control=False, **QUICK, **TRAINED)
    return out


@pytest.mark.slow
@pytest.mark.parametrize("other", OTHER_RUNS)
@pytest.mark.parametrize("checkpoint", [True, False])
def test_a_resume_that_is_refused_changes_no_file(
    other: str, checkpoint: bool, begun: Path, photos: Path, small_backbone: str, tmp_path: Path
) -> None:
    given = {"backbone": small_backbone, "strategy": "light", "out": tmp_path / "r", "control": False}
    shutil.copytree(begun, tmp_path / "r")
    data = photos
    if other == "other data":
        data = shutil.copytree(photos, tmp_path / "photos-again")
        shutil.rmtree(data / "test" / "rows")
        shutil.copytree(photos / "valid" / "rows", data / "test" / "rows")
    if not checkpoint:
        shutil.rmtree(tmp_path / "r" / "checkpoints")
    before = {path: path.read_bytes() for path in (tmp_path / "r").rglob("*") if path.is_file()}
    with pytest.raises(ConfigError, match=r"started with other settings: \w+ was|belongs to other data"):
        fit(data, **{**given, **QUICK, **TRAINED, "resume": True, **OTHER_RUNS[other]})
    assert {path: path.read_bytes() for path in (tmp_path / "r").rglob("*") if path.is_file()} == before


@pytest.mark.slow
def test_a_resume_that_is_refused_names_what_changed(photos: Path, small_backbone: str, tmp_path: Path) -> None:
    given = {"backbone": small_backbone, "strategy": "light", "out": tmp_path / "r", "control": False}
    fit(photos, **given, **QUICK, **TRAINED)
    with pytest.raises(ConfigError, match=r"started with other settings: seed was 0, now 4; lr was 0\.005, now 0\.3"):
        fit(photos, **{**given, **QUICK, **TRAINED, "resume": True, "lr": 0.3, "seed": 4})
    again = fit(photos, **{**given, **QUICK, **TRAINED, "resume": True})
    assert "resumed" in {finding.code for finding in again.findings}


def test_two_runs_do_not_write_into_one_folder(photos: Path, small_backbone: str, tmp_path: Path) -> None:
    refused: list[ConfigError] = []

    class Second(Silent):
        def epoch(self, row: object) -> None:
            with pytest.raises(ConfigError) as error:
                fit(photos, backbone=small_backbone, out=tmp_path / "r", overwrite=True, seed=9, **QUICK)
            refused.append(error.value)

    given = {"backbone": small_backbone, "strategy": "light", "control": False}
    run = fit(photos, out=tmp_path / "r", reporter=Second(), **given, **QUICK, **TRAINED)
    assert len(refused) == 3 and "another process is writing to" in str(refused[0])
    assert json.loads((tmp_path / "r" / "config.json").read_text(encoding="utf-8"))["seed"] == 0
    assert not list((tmp_path / "r").glob(".*"))
    assert ghep.load(run.bundle)


def test_a_folder_with_a_comparison_is_refused(photos: Path, small_backbone: str, tmp_path: Path) -> None:
    (tmp_path / "comparison-state.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ConfigError, match="holds a comparison"):
        fit(photos, backbone=small_backbone, out=tmp_path, overwrite=True, **QUICK)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("how", "strategy"), [("no home", "linear_probe"), ("read-only", "light"), ("a file", "linear_probe")]
)
def test_a_home_that_cannot_be_written_to_costs_the_store_and_not_the_run(
    how: str, strategy: str, photos: Path, small_backbone: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GHEP_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    if how == "no home":
        monkeypatch.setattr(Path, "home", lambda: (_ for _ in ()).throw(RuntimeError("no home directory")))
    elif how == "read-only":
        monkeypatch.setenv("HOME", "/proc/nobody")  # nothing can be made there, by root either
    else:
        (tmp_path / "file").write_text("in the way", encoding="utf-8")
        monkeypatch.setenv("GHEP_CACHE", str(tmp_path / "file" / "store"))
    settings = {**TRAINED, "views": 1} if strategy == "light" else {}
    run = fit(photos, backbone=small_backbone, strategy=strategy, out=tmp_path / "r", **QUICK, **settings)
    (said,) = [finding for finding in run.findings if finding.code == "store-not-writable"]
    assert said.severity == "warning" and "activations cannot be cached in" in said.message
    assert all(flag in str(said.remedy) for flag in ("--cache-dir", "GHEP_CACHE", "--no-cache"))
    quiet = fit(
        photos, backbone=small_backbone, strategy=strategy, out=tmp_path / "q", cache=False, **QUICK, **settings
    )
    assert "store-not-writable" not in {finding.code for finding in quiet.findings}


def test_a_store_that_is_closed_on_the_way_is_left(
    photos: Path, small_backbone: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr("ghep.features.store.write_folder", closed)
    run = fit(photos, backbone=small_backbone, out=tmp_path / "r", cache_dir=tmp_path / "s", **QUICK)
    assert "store-full" in {finding.code for finding in run.findings} and run.accuracy.n == 20


@pytest.mark.slow
def test_time_limit_ends_training(photos: Path, small_backbone: str, tmp_path: Path) -> None:
    settings = {**TRAINED, "epochs": 10_000}
    run = fit(photos, backbone=small_backbone, strategy="full", out=tmp_path, time_limit=2.0, **QUICK, **settings)
    assert len(run.history) < 10_000
    assert run.history[-1].head_lr < 1e-3, "the schedule runs out with the time"


def test_unknown_options_are_errors_with_a_suggestion(photos: Path, small_backbone: str) -> None:
    with pytest.raises(ConfigError, match=r"(?s)epoch.*did you mean"):
        fit(photos, backbone=small_backbone, strategy="full", epoch=3)
    with pytest.raises(ConfigError, match="linear_probe"):
        fit(photos, backbone=small_backbone, strategy="linear_prob")


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"seed": -1}, "seed=-1"),
        ({"seed": 2**32}, "seed=4294967296"),
        ({"seed": True}, "seed=True"),
        ({"time_limit": "30m"}, "time_limit='30m' (seconds"),
        ({"cache_size": "1G"}, "cache_size='1G' (bytes"),
        ({"save_dtype": "bfloat16"}, "save_dtype='bfloat16' (float32 or float16)"),
        ({"read": {"x": 1}}, "read={'x': 1} ("),
        ({"label_columns": [3]}, r"label_columns=\[3\] \("),
        ({"device": "quantum"}, "device='quantum'"),
        ({"strategy": None}, "strategy=None"),
        ({"workers": -2, "precision": "foo", "augment": "wild"}, "augment='wild'.*workers=-2.*precision='foo'"),
    ],
    ids=str,
)
def test_wrong_options_are_refused_together_before_anything_is_read(wrong: dict[str, Any], told: str) -> None:
    pattern = told if "\\" in told or "*" in told else re.escape(told)
    with pytest.raises(ConfigError, match=pattern):
        fit("nowhere", **{"backbone": "no such backbone", **wrong})


def test_settings_that_a_probe_cannot_follow_are_named(photos: Path, small_backbone: str, tmp_path: Path) -> None:
    run = fit(photos, backbone=small_backbone, strategy="linear_probe", lr=1.0, epochs=3, out=tmp_path, **QUICK)
    unused = next(finding for finding in run.findings if finding.code == "settings-unused")
    assert "epochs and lr" in unused.message


@pytest.mark.slow
def test_random_weights_are_said_to_be_random(photos: Path, small_backbone: str, tmp_path: Path) -> None:
    fit(photos, backbone=small_backbone, strategy="linear_probe", out=tmp_path / "run", **QUICK)
    config = json.loads((tmp_path / "run" / "bundle" / "config.json").read_text(encoding="utf-8"))
    assert config["backbone"]["card"]["pretrained"] is False


def test_a_bundle_is_a_backbone_for_the_next_run(photos: Path, small_backbone: str, tmp_path: Path) -> None:
    first = fit(photos, backbone=small_backbone, strategy="scratch", out=tmp_path / "a", **QUICK, **TRAINED)
    card = load_backbone(str(first.bundle)).card
    assert card.pretrained and card.source.startswith(f"{photos.name} (60 examples, scratch")
    assert card.source_labels == ("columns", "rows")
    second = fit(photos, backbone=str(first.bundle), strategy="linear_probe", out=tmp_path / "b", **QUICK)
    before, after = (load_file(run.bundle / "model.safetensors") for run in (first, second))
    assert all(torch.equal(before[name], after[name]) for name in before if name.startswith("backbone."))


def test_several_label_columns_are_several_tasks_and_blanks_are_left_out(
    photos: Path, small_backbone: str, tmp_path: Path
) -> None:
    table = tmp_path / "both.csv"  # not in the folder of photos, which other tests read
    rows = ["path,kind,parity,split"]
    for path in sorted(photos.rglob("*.png")):
        split, kind = path.relative_to(photos).parts[:2]
        parity = "" if int(path.stem) % 3 == 0 else "even" if int(path.stem) % 2 == 0 else "odd"
        rows.append(f"{path},{kind},{parity},{split}")
    table.write_text("\n".join(rows) + "\n", encoding="utf-8")
    columns = ["kind", "parity"]
    run = fit(table, backbone=small_backbone, out=tmp_path / "run", label_columns=columns, **QUICK)
    assert {result.task for result in run.results} == {"kind", "parity"}
    assert run.result(task="kind").score("accuracy").n == 20
    assert run.result(task="parity").score("accuracy").n == 12
    assert ghep.load(run.bundle).tasks == ("kind", "parity")


def test_a_file_name_that_is_no_utf8_does_not_end_a_run(photos: Path, small_backbone: str, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(photos, data)
    shutil.rmtree(data / "valid")  # train is then dealt by the hash of its names
    for folder in (data / "train" / "rows", data / "test" / "rows"):
        (folder / "000.png").rename(folder / os.fsdecode(b"\xff.png"))
    run = fit(data, backbone=small_backbone, out=tmp_path / "run", **QUICK)
    assert "\\udcff.png" in (run.folder / "predictions.csv").read_text(encoding="utf-8")


def test_tables_hold_no_formulas(photos: Path, small_backbone: str, tmp_path: Path) -> None:
    names = {"rows": "=rows()", "columns": "@columns"}
    for path in photos.rglob("*.png"):
        split, kind = path.relative_to(photos).parts[:2]
        folder = tmp_path / "data" / split / names[kind]
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, folder)
    run = fit(tmp_path / "data", backbone=small_backbone, out=tmp_path / "run", **QUICK)
    rows = list(csv.DictReader((run.folder / "predictions.csv").read_text(encoding="utf-8").splitlines()))
    assert {row["label"] for row in rows} == {"'=rows()", "'@columns"}
    assert ghep.load(run.bundle).classes() == ("=rows()", "@columns")


def test_a_run_that_was_cut_off_is_not_replaced_by_accident(photos: Path, small_backbone: str, tmp_path: Path) -> None:
    """Somebody starts again without --resume: hours of training must not be lost to that."""
    (tmp_path / "checkpoints" / "step-00000007").mkdir(parents=True)
    arguments = {"backbone": small_backbone, "out": tmp_path, **QUICK}
    with pytest.raises(ConfigError, match="an interrupted run"):
        fit(photos, **arguments)
    fit(photos, overwrite=True, **arguments)


FOREIGN = {
    "a model": {"config.json": '{"model_type": "bert"}', "model.safetensors": "x"},
    "results": {"predictions.csv": "id,answer\n"},
    "scores": {"metrics.json": "not even JSON"},
    "decisions": {"decisions.json": '{"hire": "yes"}'},
    "checkpoints": {"checkpoints/epoch-3.pt": "x"},
}


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("name", FOREIGN)
def test_a_folder_of_something_else_is_refused_and_left_as_it_is(
    name: str, overwrite: bool, photos: Path, small_backbone: str, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    for file, text in FOREIGN[name].items():
        (out / file).parent.mkdir(parents=True, exist_ok=True)
        (out / file).write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=f"would overwrite its {next(iter(FOREIGN[name]))}"):
        fit(photos, backbone=small_backbone, out=out, overwrite=overwrite, **QUICK)
    files = {path.relative_to(out).as_posix(): path.read_text() for path in out.rglob("*") if path.is_file()}
    assert files == FOREIGN[name]


def test_a_bundle_is_not_replaced_by_a_run(photos: Path, small_backbone: str, tmp_path: Path) -> None:
    bundle = fit(photos, backbone=small_backbone, out=tmp_path / "r", **QUICK).bundle
    with pytest.raises(ConfigError, match=r"would overwrite its config\.json, metrics\.json, MANIFEST\.json"):
        fit(photos, backbone=small_backbone, out=bundle, overwrite=True, **QUICK)
    assert ghep.load(bundle)


def test_a_run_goes_into_a_folder_with_files_of_other_names(photos: Path, small_backbone: str, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    (tmp_path / ".ghep-lock").touch()
    (tmp_path / "decisions.json").write_text('{"engine": {"engine": "torch-float32"}}', encoding="utf-8")
    (tmp_path / "checkpoints").mkdir()
    fit(photos, backbone=small_backbone, out=tmp_path, **QUICK)
    assert (tmp_path / "notes.txt").read_text(encoding="utf-8") == "mine"
