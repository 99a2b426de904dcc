"""Exports for Hugging Face's libraries load in them as they are, and answer as ghep does."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import timm
import torch
from PIL import Image

import ghep
from export.hf_bundles import ANIMAL, METRICS, bundle_of, named, photos, python_blocks, timm_backbone
from ghep.cli.app import run
from ghep.data.image.levels import Levels
from ghep.errors import ConfigError
from ghep.export.hf import HfExport, _refuse_disagreement, export_hf
from ghep.export.hf_head import head_of
from ghep.export.odd_inputs import odd_inputs
from ghep.model.bundle import Bundle, load_bundle
from ghep.model.lora import adapters_in, add_lora, merge_lora
from ghep.storage.folder import verify_folder
from ghep.tasks.multi_label import MultiLabel
from ghep.tasks.regression import Regression
from tiny import tiny_backbone

WITH_NETWORK = {"HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}


@pytest.fixture(autouse=True, scope="module")
def _few_odd_files() -> Iterator[None]:
    """Compare on four odd files instead of thirty, some of them huge."""
    few = ("photo.png", "16 bits.png", "alpha.png", "truncated.jpg")
    given = {name: content for name, content in odd_inputs("image").items() if name in few}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ghep.export.hf_parity.odd_inputs", lambda *_, **__: given)
        yield


def timm_outputs(folder: Path, files: list[Path]) -> torch.Tensor:
    """Return the outputs (N, K) that timm alone computes for image files."""
    net = timm.create_model(f"local-dir:{folder}", pretrained=True).eval()
    transform = timm.data.create_transform(**timm.data.resolve_model_data_config(net), is_training=False)
    with torch.no_grad():
        return net(torch.stack([transform(Image.open(file).convert("RGB")) for file in files]))


@pytest.fixture(scope="module")
def ants(tmp_path_factory: pytest.TempPathFactory) -> tuple[Bundle, HfExport, list[Path]]:
    """A bundle of photos, its export, and photos."""
    root = tmp_path_factory.mktemp("hf")
    files, bundle = photos(root / "photos"), bundle_of(root / "bundle", timm_backbone(), scale=3.0)
    (exported,) = export_hf(bundle, root / "export", inputs=named(files))
    return bundle, exported, files


@pytest.mark.slow
def test_timm_alone_answers_with_the_calibrated_probabilities(ants: tuple[Bundle, HfExport, list[Path]]) -> None:
    bundle, exported, files = ants
    expected = ghep.load(bundle.folder).predict_proba(files)
    assert np.ptp(expected, axis=0).max() > 0.01, "or wrong preprocessing would not show"
    np.testing.assert_allclose(timm_outputs(exported.folder, files).softmax(1).numpy(), expected, atol=1e-5)
    net = timm.create_model(f"local-dir:{exported.folder}", pretrained=True)
    assert net.pretrained_cfg["label_names"] == list(ANIMAL.classes)
    verify_folder(exported.folder, error=ConfigError, what="the export")


def test_the_agreement_is_that_of_the_files(ants: tuple[Bundle, HfExport, list[Path]]) -> None:
    _, exported, files = ants
    told = json.loads((exported.folder / "parity.json").read_text())
    by_set = {(one["library"], one["inputs"]): one for one in told["agreements"]}
    assert {library for library, _ in by_set} == {"timm", "transformers"}
    for library in ("timm", "transformers"):
        found = by_set[library, "files"]
        assert found["n"] == found["equal_labels"] == len(files) and found["largest_difference"] < 1e-5
        odd = by_set[library, "odd inputs"]
        assert odd["n"] == 3 and odd["unread"] == [], "ghep refuses the truncated file"
        assert odd["largest_difference"] > 1e-3, "a 16-bit image is white to them"
        assert odd["worst"] == "16 bits.png" and "photo.png" not in odd["differing"]


def test_the_metadata_survives_the_hubs_own_reader(ants: tuple[Bundle, HfExport, list[Path]]) -> None:
    from huggingface_hub import ModelCard
    from huggingface_hub.repocard import metadata_eval_result, metadata_load
    from huggingface_hub.repocard_data import model_index_to_eval_results

    _, exported, _ = ants
    card = ModelCard.load(exported.folder / "README.md")
    assert card.data.library_name == "timm" and card.data.pipeline_tag == "image-classification"
    assert card.data.license == "apache-2.0" and card.data.base_model == "timm/test_resnet.random"
    results = {one.metric_type: one for one in card.data.eval_results}
    assert set(results) == {"accuracy", "f1"}, "controls and the majority class are no results of the model"
    accuracy = results["accuracy"]
    assert accuracy.metric_value == METRICS["scores"]["test"]["animal"]["accuracy"]["value"]
    assert accuracy.metric_args == {"low": 0.81, "high": 0.95, "level": 0.95, "n": 90}
    assert accuracy.metric_name == "accuracy (95 % interval 0.810 to 0.950, n = 90)"
    assert (accuracy.dataset_name, accuracy.dataset_split) == ("ants", "test")
    theirs = metadata_eval_result(
        model_pretty_name="ants-test_resnet.random",
        task_pretty_name="",
        task_id="image-classification",
        metrics_pretty_name=accuracy.metric_name,
        metrics_id="accuracy",
        metrics_value=0.9,
        dataset_pretty_name="ants",
        dataset_id="ants",
        dataset_split="test",
    )
    name, (same,) = model_index_to_eval_results(theirs["model-index"])
    assert name == card.data.model_name and same.unique_identifier == accuracy.unique_identifier
    assert metadata_load(exported.folder / "README.md") == card.data.to_dict()


def test_the_card_has_the_training_and_no_path_of_this_computer(ants: tuple[Bundle, HfExport, list[Path]]) -> None:
    _, exported, _ = ants
    text = (exported.folder / "README.md").read_text()
    assert "## Data" in text and "read from ants.csv" in text
    assert "/home/" not in text and str(exported.folder.parent) not in text and "old title" not in text


@pytest.mark.slow
def test_the_code_of_the_card_runs(ants: tuple[Bundle, HfExport, list[Path]]) -> None:
    bundle, exported, files = ants
    Image.open(files[1]).save(exported.folder / "image.jpg", quality=95)
    codes = python_blocks((exported.folder / "README.md").read_text())
    assert len(codes) == 2
    expected = ghep.load(bundle.folder).predict([exported.folder / "image.jpg"])[0].probabilities
    try:
        plain, pipeline = run_alone(*((code, exported.folder) for code in codes))
    finally:
        (exported.folder / "image.jpg").unlink()
    assert plain == pytest.approx(expected, abs=1e-4)
    assert {one["label"]: one["score"] for one in pipeline} == pytest.approx(expected, abs=1e-4)


def run_alone(*cards: tuple[str, Path]) -> list[Any]:
    """Run the code of each card in its folder, in a process that cannot import ghep; return what each prints."""
    lines = ["import os, sys", "sys.modules['ghep'] = None"]
    for code, folder in cards:
        lines += [f"os.chdir({str(folder)!r})", f"exec({code!r}, {{}})", "print('end of a card')"]
    folder = cards[0][1]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", "\n".join(lines)],
        cwd=folder,
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder.parent), "OMP_NUM_THREADS": "1", **WITH_NETWORK},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    printed = done.stdout.split("end of a card\n")[: len(cards)]
    return [ast.literal_eval(one.strip().splitlines()[-1]) for one in printed]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["test_vit", "test_convnext2", "test_efficientnet"])
def test_networks_of_other_kinds(name: str, tmp_path: Path) -> None:
    bundle = bundle_of(tmp_path / "bundle", timm_backbone(name))
    files = photos(tmp_path / "photos", 3)
    (exported,) = export_hf(bundle, tmp_path / "export")
    expected = ghep.load(bundle.folder).predict_proba(files)
    np.testing.assert_allclose(timm_outputs(exported.folder, files).softmax(1).numpy(), expected, atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["levit_128s", "deit_tiny_distilled_patch16_224", "resnetv2_50x1_bit"])
def test_classifiers_that_are_not_one_linear_layer(name: str, tmp_path: Path) -> None:
    """A linear layer behind a BatchNorm, two heads whose outputs are averaged, a convolution."""
    bundle = bundle_of(tmp_path / "bundle", timm_backbone(name), scale=0.05)
    files = photos(tmp_path / "photos", 2)
    (exported,) = export_hf(bundle, tmp_path / "export")
    expected = ghep.load(bundle.folder).predict_proba(files)
    np.testing.assert_allclose(timm_outputs(exported.folder, files).softmax(1).numpy(), expected, atol=1e-5)


@pytest.mark.slow
def test_arguments_of_the_architecture_are_kept(tmp_path: Path) -> None:
    bundle = bundle_of(tmp_path / "bundle", timm_backbone("test_vit", size=96, img_size=96, depth=2))
    files = photos(tmp_path / "photos", 2)
    (exported,) = export_hf(bundle, tmp_path / "export")
    expected = ghep.load(bundle.folder).predict_proba(files)
    np.testing.assert_allclose(timm_outputs(exported.folder, files).softmax(1).numpy(), expected, atol=1e-5)


def test_an_image_size_that_timm_would_not_use_is_refused(tmp_path: Path) -> None:
    """A network for 96 pixels that also takes 160: timm takes the size of the network's arguments."""
    bundle = bundle_of(tmp_path / "bundle", timm_backbone("test_vit", img_size=96))
    with pytest.raises(ConfigError, match="it would read images of 96 x 96 px, and the bundle reads 160 x 160 px"):
        export_hf(bundle, tmp_path / "export")


@pytest.mark.slow
def test_several_labels(tmp_path: Path) -> None:
    bundle = bundle_of(tmp_path / "bundle", timm_backbone(), MultiLabel("animal", ANIMAL.classes))
    files = photos(tmp_path / "photos")
    (exported,) = export_hf(bundle, tmp_path / "export", inputs=named(files))
    expected = ghep.load(bundle.folder).predict_proba(files)
    np.testing.assert_allclose(timm_outputs(exported.folder, files).sigmoid().numpy(), expected, atol=1e-5)
    for one in exported.agreements:
        if one.inputs == "files":
            assert one.equal_labels == one.n == len(files) and one.largest_difference < 1e-5
    assert json.loads((exported.folder / "labels.json").read_text())["problem_type"] == "multi_label_classification"


@pytest.mark.slow
def test_numbers_are_in_the_units_of_the_labels(tmp_path: Path) -> None:
    task = Regression("age", mean=40.0, spread=12.0)
    bundle = bundle_of(tmp_path / "bundle", timm_backbone(), task, calibration={"age": 1.1})
    files = photos(tmp_path / "photos")
    (exported,) = export_hf(bundle, tmp_path / "export", inputs=named(files))
    expected = [one.value for one in ghep.load(bundle.folder).predict(files)]
    np.testing.assert_allclose(timm_outputs(exported.folder, files)[:, 0].numpy(), expected, atol=1e-3)
    for one in exported.agreements:
        if one.inputs == "files":
            assert one.equal_labels == one.n == len(files), one
    assert json.loads((exported.folder / "labels.json").read_text())["half_width"] == pytest.approx(1.1 * 12)
    assert "Nine true numbers of ten are within 13.2 of the output" in (exported.folder / "README.md").read_text()


@pytest.mark.slow
def test_half_precision_and_merged_lora(tmp_path: Path) -> None:
    backbone = timm_backbone("test_vit")
    add_lora(backbone, rank=2, alpha=4, targets=("qkv",), seed=0)
    with torch.no_grad():
        for adapter in adapters_in(backbone).values():
            adapter.b.fill_(0.05)
    merge_lora(backbone)
    bundle = bundle_of(tmp_path / "bundle", backbone, dtype="float16")
    files = photos(tmp_path / "photos", 3)
    (exported,) = export_hf(bundle, tmp_path / "export")
    expected = ghep.load(bundle.folder).predict_proba(files)
    np.testing.assert_allclose(timm_outputs(exported.folder, files).softmax(1).numpy(), expected, atol=1e-5)


@pytest.mark.slow
def test_a_folder_for_each_of_several_tasks(tmp_path: Path) -> None:
    tasks = (ANIMAL, Regression("age", mean=40.0, spread=12.0))
    bundle = bundle_of(tmp_path / "bundle", timm_backbone(), *tasks, calibration={"animal": 2.0, "age": 1.0})
    exported = export_hf(bundle, tmp_path / "export")
    assert [(one.task, one.folder) for one in exported] == [
        ("animal", tmp_path / "export" / "animal"),
        ("age", tmp_path / "export" / "age"),
    ]
    files = photos(tmp_path / "photos", 2)
    predictor = ghep.load(bundle.folder)
    expected = predictor.predict_proba(files, task="animal")
    np.testing.assert_allclose(timm_outputs(exported[0].folder, files).softmax(1).numpy(), expected, atol=1e-5)
    numbers = [one.value for one in predictor.predict(files) if one.task == "age"]
    np.testing.assert_allclose(timm_outputs(exported[1].folder, files)[:, 0].numpy(), numbers, atol=1e-3)


def test_a_task_that_cannot_name_a_folder(tmp_path: Path) -> None:
    bundle = bundle_of(tmp_path / "bundle", timm_backbone(), ANIMAL, Regression("../age", mean=0.0, spread=1.0))
    with pytest.raises(ConfigError, match=r'"\.\./age" cannot be the name of a folder'):
        export_hf(bundle, tmp_path / "export")
    assert not (tmp_path / "export").exists()


def test_a_model_of_images_with_more_bits_is_refused(tmp_path: Path) -> None:
    backbone = timm_backbone()
    backbone.preprocess = backbone.preprocess.with_levels(Levels(integers=(0.0, 4095.0)))
    bundle = bundle_of(tmp_path / "bundle", backbone)
    with pytest.raises(ConfigError, match="more than 8 bits"):
        export_hf(bundle, tmp_path / "export")


def test_a_network_that_timm_does_not_have_is_refused(tmp_path: Path) -> None:
    bundle = bundle_of(tmp_path / "bundle", tiny_backbone())
    with pytest.raises(ConfigError, match=r"tiny is not a network of timm's registry.*\n.*--to onnx"):
        export_hf(bundle, tmp_path / "export")
    assert not (tmp_path / "export").exists()


def test_weights_that_arrive_elsewhere_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The outputs are compared, so a network whose version with a head differs is never written."""
    bundle = bundle_of(tmp_path / "bundle", timm_backbone())
    create = timm.create_model

    def with_another_activation(name: str, **arguments: object) -> torch.nn.Module:
        net = create(name, **arguments)
        net.act1 = torch.nn.Tanh()
        return net

    monkeypatch.setattr(timm, "create_model", with_another_activation)
    with pytest.raises(ConfigError, match="its outputs differ"):
        export_hf(bundle, tmp_path / "export")


def test_files_that_timm_reads_differently_are_refused(tmp_path: Path) -> None:
    """Pillow clips a 16-bit image to white, where ghep scales it."""
    bundle, files = bundle_of(tmp_path / "bundle", timm_backbone(), scale=3.0), []
    for path in photos(tmp_path / "photos", 4):
        deep = np.asarray(Image.open(path).convert("L")).astype(np.uint16) * 257
        files.append(path.with_name(f"{path.stem}-16.png"))
        Image.fromarray(deep).save(files[-1])
    with pytest.raises(ConfigError, match=r"timm reads these inputs differently .* over 4 inputs") as caught:
        export_hf(bundle, tmp_path / "export", inputs=named(files))
    assert "--to onnx" in caught.value.remedy and not (tmp_path / "export").exists()


def test_answers_that_are_nan_are_refused(ants: tuple[Bundle, HfExport, list[Path]]) -> None:
    bundle, export, _ = ants
    nan = replace(export.agreements[0], inputs="files", median_difference=float("nan"))
    with pytest.raises(ConfigError, match="differently from ghep"):
        _refuse_disagreement((nan,), head_of(bundle, bundle.model.tasks[0]), "image")


def test_the_command_says_how_well_it_agrees(
    ants: tuple[Bundle, HfExport, list[Path]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle, _, files = ants
    for place, file in enumerate(files):
        (tmp_path / "data" / ANIMAL.classes[place % 2]).mkdir(parents=True, exist_ok=True)
        Image.open(file).save(tmp_path / "data" / ANIMAL.classes[place % 2] / f"{place}.png")
    arguments = ["export", str(bundle.folder), "--to", "hf", "--out", str(tmp_path / "out"), "--data"]
    assert run([*arguments, str(tmp_path / "data")]) == 0
    shown = capsys.readouterr().out
    assert f'"animal" loads with timm: {tmp_path / "out"}' in shown
    assert "all split: 6 of 6 labels equal" in shown and "odd inputs" in shown


def test_an_export_can_be_loaded_only_whole(ants: tuple[Bundle, HfExport, list[Path]]) -> None:
    _, exported, _ = ants
    assert {path.name for path in exported.folder.iterdir()} == {
        *("config.json", "model.safetensors", "labels.json", "parity.json", "README.md", "MANIFEST.json")
    }
    assert load_bundle(ants[0].folder).model.tasks == (ANIMAL,)
