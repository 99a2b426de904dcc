"""``ghep explain`` of photos, from the files to the page."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

import ghep
from ghep.cli.app import run
from ghep.errors import ConfigError
from ghep.explanation.maps.channels import channels_of, stages
from ghep.explanation.maps.photo import Explainer
from ghep.explanation.maps.randomised import randomised_subjects
from ghep.explanation.subject import Subject, subject_of
from ghep.tasks.multi_label import MultiLabel
from ghep.tasks.rating import Rating
from ghep.tasks.regression import Regression
from tiny import tiny_backbone


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory, photos: Path, small_backbone: str) -> Path:
    folder = tmp_path_factory.mktemp("explain") / "run"
    return Path(ghep.fit(photos, backbone=small_backbone, strategy="full", epochs=2, out=folder).bundle)


@pytest.fixture(scope="module")
def files(photos: Path) -> list[str]:
    return [str(file) for file in sorted((photos / "test").rglob("*.png"))[8:12]]


@pytest.mark.slow
def test_the_answer_is_that_of_predict_and_the_model_is_left_as_it_was(bundle: Path, files: list[str]) -> None:
    subject = subject_of(bundle)
    before = subject.backbone.fingerprints()
    found = ghep.explain(subject, files)
    assert subject.backbone.fingerprints() == before and not subject.backbone.training
    for one, said in zip(found, ghep.load(bundle).predict(files), strict=True):
        assert one.answer == said.label
        np.testing.assert_allclose(list(one.probabilities.values()), list(said.probabilities.values()), atol=1e-5)
    again = ghep.explain(bundle, files)
    assert found.to_json()["photos"] == again.to_json()["photos"], "deterministic"


@pytest.mark.slow
def test_the_page_has_maps_curves_channels_and_the_comparison(
    bundle: Path, files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"not an image")
    out = tmp_path / "out"
    command = ["explain", str(bundle), *files[:2], str(broken), "--maps", "--before", "--out", str(out), "--json"]
    assert run(command) == 1, "one file cannot be read"
    found = json.loads(capsys.readouterr().out)
    assert list(found["problems"]) == [str(broken)] and len(found["photos"]) == 2
    assert {"deletion", "insertion"} == set(found["photos"][0]["areas"])
    assert [one["block"] for one in found["before"]["blocks"]] == ["conv1", "layer1", "layer2"]
    page = (out / "page.html").read_text(encoding="utf-8")
    assert "broken.png" in page and "linear CKA" in page and "A map says where" in page
    assert len(list((out / "figures").glob("*.png"))) >= 10
    with np.load(next((out / "arrays").glob("*.npz"))) as arrays:
        assert arrays["on_photo"].shape == (2, 40, 40) and arrays["channels_late"].shape[0] == 16
        assert arrays["deletion_map"].shape == (11,)
    assert run(command[:-1]) == 2 and "is not empty" in capsys.readouterr().err


@pytest.mark.slow
def test_before_a_control_are_the_random_weights_it_began_with(photos: Path, files: list[str], tmp_path: Path) -> None:
    folders = {"out": tmp_path / "run", "cache_dir": tmp_path / "cache"}
    run = ghep.fit(photos, backbone="seedling", random_weights=True, **folders)
    change = ghep.explain(run.bundle, files[:1], before=True).fine_tuning
    assert change is not None and change.frozen, "a probe leaves the random features as they were"


def test_before_needs_a_bundle_and_its_own_backbone(bundle: Path, files: list[str], tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy.symlink_to(bundle)
    with pytest.raises(ConfigError, match="which is not found here"):
        ghep.explain(copy, files[:1], before=True)
    with pytest.raises(ConfigError, match="another network: its blocks"):
        ghep.explain(bundle, files[:1], before_backbone="seedling")
    with pytest.raises(ConfigError, match="not fine-tuned"):
        ghep.explain(Subject("x", tiny_backbone(), nn.Linear(16, 2), ("a", "b")), files[:1], before=True)
    with pytest.raises(ConfigError, match="target"):
        ghep.explain(bundle, files[:1], target="")
    with pytest.raises(ConfigError, match="no setting labels") as refused:
        ghep.explain(bundle, files[:1], labels="rows")  # type: ignore[call-arg]
    assert "target, maps, before" in refused.value.remedy


def test_another_seed_of_the_comparison_is_the_noise_floor(
    tmp_path: Path, photos: Path, small_backbone: str, files: list[str]
) -> None:
    for seed in (0, 1):
        out = tmp_path / f"light--small--seed-{seed}"
        ghep.fit(photos, backbone=small_backbone, strategy="full", epochs=1, seed=seed, out=out)
    found = ghep.explain(tmp_path / "light--small--seed-0" / "bundle", files[:2], before=True)
    assert found.fine_tuning.other_seed.endswith("seed-1/bundle")
    assert all(one.seeds_cka is not None for one in found.fine_tuning.blocks)
    assert any("two seeds" in line for line in found.lines())


def tiny_subject(task: object, outputs: int, labels: tuple[str, ...]) -> Subject:
    torch.manual_seed(0)
    return Subject("tiny", tiny_backbone(), nn.Linear(16, outputs), labels, task)  # type: ignore[arg-type]


def noise() -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 255, (20, 30, 3)).astype(np.uint8))


def test_numbers_have_one_map_and_curves_from_zero_to_one() -> None:
    subject = tiny_subject(Regression("age", 40.0, 10.0), 1, ("age",))
    with subject.in_use():
        one = Explainer(subject).explain(noise(), "noise")
    assert one.maps.shape[0] == 1 and one.explained == ("age",) and not one.probabilities
    assert float(one.answer) and one.curves is not None
    assert (one.curves.deletion["map"][[0, -1]] == pytest.approx([1, 0])) and len(one.on_photo) == 1


@pytest.mark.parametrize("kind", [MultiLabel, Rating])
def test_label_sets_and_ratings(kind: type) -> None:
    subject = tiny_subject(kind("task", ("1", "2", "3")), 3, ("1", "2", "3"))
    with subject.in_use():
        one = Explainer(subject).explain(noise(), "noise")
        ranked = [name for name, _ in one.top]
        assert list(one.explained) == ranked[:2]
        assert (abs(sum(one.probabilities.values()) - 1) < 1e-6) == (kind is Rating)


def test_channels_of_early_middle_and_late_blocks() -> None:
    backbone = tiny_backbone()
    found = channels_of(backbone, torch.randn(1, 3, 16, 16))
    assert [one.stage for one in found] == ["early", "middle", "late"]
    assert [one.block for one in found] == [block for block, _ in stages(backbone).values()]
    for one in found:
        activity = np.abs(one.values).mean((1, 2))
        assert list(one.active) == sorted(range(len(activity)), key=lambda c: -activity[c])[: len(one.active)]


def test_random_weights_are_other_weights_and_the_model_keeps_its_own() -> None:
    subject = tiny_subject(None, 3, ("a", "b", "c"))
    before = subject.backbone.fingerprints()
    one, other = randomised_subjects(subject, seed=0, draws=2)
    assert subject.backbone.fingerprints() == before
    assert one.backbone.fingerprints() != other.backbone.fingerprints() != before
    assert not torch.equal(one.head.weight, subject.head.weight)
