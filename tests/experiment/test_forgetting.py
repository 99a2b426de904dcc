"""Forgetting in a run: where it is written, what a frozen trunk shows, and that a resumed run says the same."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from ghep.backbone.catalog import load_backbone
from ghep.backbone.source_head import source_head
from ghep.errors import ConfigError, DataError
from ghep.experiment.fit import fit
from ghep.experiment.forgetting import split_of
from ghep.experiment.source_data import read_source_data
from ghep.guards.forgetting import source_scores
from ghep.model.transfer import TransferModel
from ghep.strategy.fit import fit_plan
from ghep.training.moving import copied, moving, put
from small_bert import reviews, small_bert, write_table

QUICK: dict[str, Any] = {"precision": "float32", "workers": 1, "control": False}
TRAINED = {"epochs": 2, "batch_size": 8, "lr": 5e-3, "augment": "none"}
NAMES = ("lying", "standing", "neither")


@pytest.fixture(scope="module")
def pretrained(small_backbone: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The small backbone as a weight file with a head of three classes."""
    folder = tmp_path_factory.mktemp("pretrained")
    net = load_backbone(small_backbone, seed=3).net
    head = torch.randn(3, 16, generator=torch.Generator().manual_seed(0))
    save_file({**net.state_dict(), "linear.weight": head, "linear.bias": torch.zeros(3)}, folder / "w.safetensors")
    card = json.loads(Path(small_backbone).read_text(encoding="utf-8"))
    (folder / "names.txt").write_text("\n".join(NAMES), encoding="utf-8")
    (folder / "w.json").write_text(json.dumps({**card, "num_classes": 3, "labels": "names.txt"}), encoding="utf-8")
    return str(folder / "w.safetensors")


def metrics_of(run: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((run.folder / "metrics.json").read_text(encoding="utf-8"))
    return found


@pytest.mark.slow
def test_a_run_that_moves_blocks_says_what_is_left(photos: Path, pretrained: str, tmp_path: Path) -> None:
    run = fit(photos, backbone=pretrained, strategy="full", out=tmp_path / "r", **QUICK, **TRAINED)
    found = run.forgetting
    assert found is not None and found.moved and found.split == "valid" and found.inputs == 20
    assert found.agreement is not None and found.agreement.divergence > 0
    assert set(found.cka) == set(run.proof)
    assert metrics_of(run)["forgetting"] == found.to_json()
    assert found.lines()[0] in (run.bundle / "README.md").read_text(encoding="utf-8")
    assert run.cost.phases["forgetting"] > 0


def test_a_few_validation_examples_are_not_what_it_is_measured_on(
    photos: Path, pretrained: str, tmp_path: Path
) -> None:
    """Three, as of 15 labels: CKA needs four, and 32 say more."""
    assert split_of({"train": 99, "valid": 40, "test": 40}) == "valid"
    assert split_of({"train": 99, "valid": 31, "test": 32}) == "test"
    assert split_of({"train": 99, "valid": 31, "test": 30}) == "valid"
    assert split_of({"train": 99, "valid": 3}) == "train"
    few, kept = tmp_path / "few.csv", {"train": 12, "valid": 3, "test": 20}
    rows = [
        [str(image), image.parent.name, split]
        for split, count in kept.items()
        for at, image in enumerate(sorted((photos / split).rglob("*.png"), key=lambda one: one.name))
        if at < count
    ]
    with few.open("w", newline="") as file:
        csv.writer(file).writerows([["path", "label", "split"], *rows])
    found = fit(few, backbone=pretrained, strategy="full", out=tmp_path / "r", **QUICK, **TRAINED).forgetting
    assert found is not None and (found.split, found.inputs) == ("test", 20) and 0 < found.kept <= 1


def test_a_frozen_trunk_loses_exactly_nothing(photos: Path, pretrained: str, tmp_path: Path) -> None:
    run = fit(photos, backbone=pretrained, out=tmp_path / "r", **QUICK)
    assert run.forgetting is not None and not run.forgetting.moved and run.forgetting.kept == 1.0
    assert set(metrics_of(run)["forgetting"]["cka"].values()) == {1.0}
    assert "forgetting" not in run.cost.phases, "nothing is computed"


@pytest.mark.slow
def test_training_that_was_undone_loses_exactly_nothing(
    photos: Path, pretrained: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def undone(model: TransferModel, *given: Any, **more: Any) -> Any:
        before = copied(moving(model, 0))
        fitted = fit_plan(model, *given, **more)
        put(moving(model, 0), before)
        fitted.start_kept = True
        return fitted

    monkeypatch.setattr("ghep.experiment.fit.fit_plan", undone)
    run = fit(photos, backbone=pretrained, strategy="full", out=tmp_path / "r", **QUICK, **TRAINED)
    assert run.forgetting is not None and run.forgetting.kept == 1.0 and not run.forgetting.moved


@pytest.mark.slow
def test_random_weights_know_nothing_that_could_be_lost(photos: Path, small_backbone: str, tmp_path: Path) -> None:
    run = fit(photos, backbone=small_backbone, strategy="full", out=tmp_path / "r", **QUICK, **TRAINED)
    assert run.forgetting is None and "forgetting" not in metrics_of(run)


@pytest.mark.slow
def test_a_resumed_run_says_the_same(photos: Path, pretrained: str, tmp_path: Path) -> None:
    class CutOffError(Exception):
        pass

    class CutsOff:
        def say(self, text: str) -> None: ...

        def progress(self, phase: str, done: int, total: int) -> None: ...

        def epoch(self, row: object) -> None:
            raise CutOffError

    given = {"backbone": pretrained, "strategy": "full", "checkpoint_seconds": 0, **QUICK, **TRAINED}
    whole = fit(photos, out=tmp_path / "whole", **given)
    with pytest.raises(CutOffError):
        fit(photos, out=tmp_path / "cut", reporter=CutsOff(), **given)
    resumed = fit(photos, out=tmp_path / "cut", resume=True, **given)
    assert "resumed" in {finding.code for finding in resumed.findings}
    assert metrics_of(resumed)["forgetting"] == metrics_of(whole)["forgetting"]


def test_merged_adapters_are_measured(photos: Path, pretrained: str, tmp_path: Path) -> None:
    run = fit(photos, backbone=pretrained, strategy="lora", out=tmp_path / "r", **QUICK, **{**TRAINED, "lr": 0.05})
    if "start-kept" not in {finding.code for finding in run.findings}:
        moved = [name for name, verdict in run.proof.items() if verdict == "moved"]
        assert run.forgetting is not None and moved
        assert all((run.forgetting.cka[name] == 1) == (name not in moved) for name in run.proof)


@pytest.fixture(scope="module")
def source(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table of photos with the names, an index and a name that is no class."""
    files = sorted((photos / "train").rglob("*.png"))
    labels = ["standing" if "columns" in str(file) else "0" for file in files]
    labels[0] = "sideways"
    return write_table(
        tmp_path_factory.mktemp("source") / "source.csv", path=[str(file) for file in files], label=labels
    )


def test_accuracy_on_source_data_before_and_after(photos: Path, pretrained: str, source: Path, tmp_path: Path) -> None:
    given = {"backbone": pretrained, "source_data": source, **QUICK}
    run = fit(photos, strategy="full", out=tmp_path / "full", **given, **TRAINED)
    probe = fit(photos, strategy="linear_probe", out=tmp_path / "probe", **given)
    assert run.forgetting is not None and run.forgetting.source is not None and probe.forgetting is not None
    before, after = run.forgetting.source
    backbone = load_backbone(pretrained)
    head = source_head(pretrained, backbone)
    data = read_source_data(source, backbone, head, limit_bytes=2**20, workers=1)
    expected = source_scores(backbone, head, data, workers=1)
    assert np.array_equal(before.right, expected.right) and before.accuracy.n == 59
    assert not np.array_equal(before.right, after.right)
    assert probe.forgetting.to_json()["source"] == {
        **{"before": before.accuracy.value, "after": before.accuracy.value, "lost": 0.0, "n": 59},
        **{key: probe.forgetting.to_json()["source"][key] for key in ("low", "high", "p")},
    }
    assert "source-labels-left-out" in {finding.code for finding in run.findings}
    assert any("accuracy on the source data" in line for line in run.forgetting.lines())
    config = json.loads((run.bundle / "config.json").read_text(encoding="utf-8"))
    assert str(source) not in json.dumps(config), "a bundle does not show folders"


def test_source_data_that_cannot_be_used(photos: Path, pretrained: str, tmp_path: Path) -> None:
    headless = str(tmp_path / "w.safetensors")
    save_file(load_backbone(pretrained).net.state_dict(), headless)
    (tmp_path / "w.json").write_text(Path(pretrained).with_suffix(".json").read_text().replace("names.txt", ""))
    with pytest.raises(DataError, match="none of the 2 labels"):
        fit(photos, backbone=pretrained, source_data=photos, out=tmp_path / "r", **QUICK)
    with pytest.raises(ConfigError, match="cannot be measured"):
        fit(photos, backbone=headless, source_data=photos, out=tmp_path / "s", **QUICK)


def test_source_data_are_not_used_for_random_weights(photos: Path, small_backbone: str, tmp_path: Path) -> None:
    run = fit(photos, backbone=small_backbone, source_data=photos, out=tmp_path / "r", **QUICK)
    assert "source-data-unused" in {finding.code for finding in run.findings}


def test_neighbours_of_the_probe_sentences(tmp_path: Path) -> None:
    (tmp_path / "bert").mkdir()
    backbone, (texts, labels) = small_bert(tmp_path / "bert"), reviews(60)
    data = write_table(tmp_path / "reviews.csv", text=texts, label=labels)
    run = fit(data, backbone=backbone, strategy="full", out=tmp_path / "r", **QUICK, epochs=1, lr=1e-3)
    assert run.forgetting is not None and run.forgetting.measure == "neighbours"
    assert 0 <= run.forgetting.kept <= 1 and run.forgetting.next_token_loss is None
    assert run.forgetting.to_json()["no_source_head"] is not None
