"""Statistics of unlabelled photos: only they change, the mismatch falls, and the folder is a backbone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import ghep
from ghep.backbone.architecture import Architecture
from ghep.backbone.base import Backbone
from ghep.backbone.catalog import load_backbone
from ghep.backbone.deferred import timm_module
from ghep.backbone.source_head import source_head
from ghep.cli.app import run
from ghep.errors import BackboneError, ConfigError, DataError
from ghep.messages import Message
from ghep.pretrain.batch_norm import reestimate_on_photos
from ghep.pretrain.record import Pretrained, read_pretrained
from ghep.reporter import Silent
from ghep.storage.tensors import write_tensors
from small_bert import small_bert
from tiny import ARCHITECTURE, PREPROCESS, SIZE, changed, same, settled, tensors_of, tiny_data

SIDE = 24


def greys(folder: Path, count: int, *, seed: int = 0, name: str = "grey") -> list[Path]:
    """Write smooth grey photos of low contrast in two folders; the source data of the backbone are noisy colours."""
    rng, files = np.random.default_rng(seed), []
    for at in range(count):
        ramp = np.linspace(60, 60 + rng.uniform(10, 60), SIDE)[:, None, None] * np.ones((1, SIDE, 1))
        pixels = np.repeat(ramp + rng.normal(0, 6, (SIDE, SIDE, 1)), 3, axis=2)
        file = folder / f"class {at % 2}" / f"{name}{at:03}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(file)
        files.append(file)
    return files


def weights_in(folder: Path, architecture: Architecture = ARCHITECTURE, **about: Any) -> Path:
    """Write a weight file with its json, and return its path."""
    net = architecture.build(seed=0)
    if architecture is ARCHITECTURE:
        net.load_state_dict(settled(0))
    write_tensors(folder / "tiny.safetensors", net.state_dict())
    config = {**architecture.to_json(), **PREPROCESS.to_timm(), "licence": "MIT", **about}
    (folder / "tiny.json").write_text(json.dumps(config), encoding="utf-8")
    return folder / "tiny.safetensors"


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    return weights_in(tmp_path)


def features_of(backbone: Backbone) -> torch.Tensor:
    with torch.no_grad():
        found = backbone.eval()(PREPROCESS.sample(4, 0))
    assert isinstance(found, torch.Tensor)
    return found


def codes(found: Pretrained) -> list[str]:
    return [one.code for one in found.findings]


def test_only_statistics_change_and_the_folder_is_a_backbone(weights: Path, tmp_path: Path) -> None:
    greys(tmp_path / "photos", 64)
    found = reestimate_on_photos(tmp_path / "photos", backbone=weights, out=tmp_path / "out")
    before, after = load_backbone(str(weights)), load_backbone(str(found.folder))
    differ = changed(tensors_of(before), tensors_of(after))
    assert differ and all(
        name.rpartition(".")[2] in ("running_mean", "running_var", "num_batches_tracked") for name in differ
    )
    assert after.preprocess == before.preprocess and after.architecture == before.architecture
    assert not torch.allclose(features_of(before), features_of(after), atol=1e-2)
    assert after.card.licence == "MIT" and after.card.pretrained
    assert after.card.source == "tiny.safetensors; BatchNorm statistics of 48 photos of photos"
    record = found.record
    assert (record["objective"], record["backbone"], record["photos"], record["held_out_photos"]) == (
        "bn",
        str(weights),
        48,
        16,
    )
    assert record["mismatch_after"] < record["mismatch_before"] / 4
    assert [row["layer"] for row in record["layers"]][:2] == ["bn1", "layer1.0.bn1"]
    assert sum(one["shift_after"] for one in record["layers"]) < sum(one["shift_before"] for one in record["layers"])
    assert codes(found) == ["bn-reestimated"] and found.curve == ()
    assert "48 unlabelled photos" in (found.folder / "README.md").read_text(encoding="utf-8")
    assert read_pretrained(found.folder) == found


def test_a_run_takes_the_folder(weights: Path, tmp_path: Path) -> None:
    greys(tmp_path / "photos", 64)
    found = reestimate_on_photos(tmp_path / "photos", backbone=weights, out=tmp_path / "out")
    trained_on = ghep.fit(
        tmp_path / "photos", backbone=found.folder, strategy="linear_probe", cache=False, out=tmp_path / "run"
    )
    card = json.loads((trained_on.bundle / "config.json").read_text(encoding="utf-8"))["backbone"]["card"]
    assert card["source"].endswith("48 photos of photos")
    trained, written = load_backbone(str(trained_on.bundle)), load_backbone(str(found.folder))
    assert same(tensors_of(trained), tensors_of(written))


def test_the_same_photos_give_the_same_bits_whatever_their_names(weights: Path, tmp_path: Path) -> None:
    files = greys(tmp_path / "photos", 64)
    first = reestimate_on_photos(tmp_path / "photos", backbone=weights, out=tmp_path / "one")
    again = reestimate_on_photos(tmp_path / "photos", backbone=weights, out=tmp_path / "two", workers=1)
    assert (tmp_path / "one/model.safetensors").read_bytes() == (tmp_path / "two/model.safetensors").read_bytes()
    assert first.record["digest"] == again.record["digest"]
    other = reestimate_on_photos(tmp_path / "photos", backbone=weights, out=tmp_path / "three", seed=1)
    assert other.record["digest"] != first.record["digest"], "other photos are held out"
    with pytest.raises(ConfigError, match="already holds a pretraining"):
        reestimate_on_photos(tmp_path / "photos", backbone=weights, out=tmp_path / "one")
    files[0].unlink()
    replaced = reestimate_on_photos(tmp_path / "photos", backbone=weights, out=tmp_path / "one", overwrite=True)
    assert replaced.record["photos"] == 47


def test_test_photos_are_named_and_dropped(weights: Path, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    greys(tmp_path / "photos", 60)
    tests = []
    for at in range(3):  # with structure, so that near copies are recognised
        coarse = rng.integers(0, 255, (8, 8, 3), dtype=np.uint8)
        image = Image.fromarray(coarse).resize((160, 160), Image.Resampling.BICUBIC)
        tests.append(tmp_path / "test" / f"{at}.png")
        tests[-1].parent.mkdir(exist_ok=True)
        image.save(tests[-1])
    (tmp_path / "photos" / "equal.png").write_bytes(tests[0].read_bytes())
    Image.open(tests[1]).resize((120, 120)).save(tmp_path / "photos" / "near.jpg", quality=80)
    found = reestimate_on_photos(tmp_path / "photos", backbone=weights, out=tmp_path / "out", exclude=tests)
    assert found.record["dropped"] == {"equal.png": str(tests[0]), "near.jpg": str(tests[1])}
    assert found.record["photos"] + found.record["held_out_photos"] == 60
    (finding,) = [one for one in found.findings if one.code == "photos-in-test"]
    assert finding.severity == "warning" and finding.items == (f"equal.png = {tests[0]}", f"near.jpg = {tests[1]}")


def test_files_that_are_no_images_are_named_and_left_out(weights: Path, tmp_path: Path) -> None:
    files = greys(tmp_path / "photos", 64)
    files[5].write_bytes(files[5].read_bytes()[:60])
    (tmp_path / "photos" / "notes.txt").write_text("not a photo", encoding="utf-8")
    found = reestimate_on_photos(tmp_path / "photos", backbone=weights, out=tmp_path / "out")
    assert found.record["unusable"] == 1
    (finding,) = [one for one in found.findings if one.code == "photos-unusable"]
    assert finding.items[0].startswith("class 1/grey005.png: truncated")


def test_too_few_photos_say_why(weights: Path, tmp_path: Path) -> None:
    files = greys(tmp_path / "photos", 50)
    for file in files[:4]:
        file.write_bytes(b"")
    with pytest.raises(DataError, match=r"46 usable photos.*need 48.*of 50 files, 4 cannot be used.*grey000.png"):
        reestimate_on_photos(tmp_path / "photos", backbone=weights, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="holds no images and no tables"):
        reestimate_on_photos(tmp_path / "empty", backbone=weights, out=tmp_path / "out")
    with pytest.raises(DataError, match="there is no"):
        reestimate_on_photos(tmp_path / "nowhere", backbone=weights, out=tmp_path / "out")


def test_tables_and_several_places(weights: Path, tmp_path: Path) -> None:
    files = greys(tmp_path / "photos", 64)
    table = tmp_path / "list.csv"
    table.write_text("\n".join(["path", *map(str, files[:50])]) + "\n", encoding="utf-8")
    found = reestimate_on_photos(table, backbone=weights, out=tmp_path / "one")
    assert found.record["photos"] + found.record["held_out_photos"] == 50
    both = reestimate_on_photos(
        [tmp_path / "photos/class 0", tmp_path / "photos/class 1"], backbone=weights, out=tmp_path / "two"
    )
    whole = reestimate_on_photos(tmp_path / "photos", backbone=weights, out=tmp_path / "three")
    assert both.record["photos"] == whole.record["photos"] == 48


def test_photos_like_the_source_data_are_no_gain(weights: Path, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    for at, one in enumerate(tiny_data(64, seed=4).examples):
        Image.fromarray(one.raw).save(tmp_path / "photos" / f"{at}.png")
    found = reestimate_on_photos(tmp_path / "photos", backbone=weights, out=tmp_path / "out")
    assert abs(found.record["mismatch_before"]) < 0.05


@pytest.mark.parametrize(
    ("name", "needs"), [("vit", "no BatchNorm"), ("random", "random weights"), ("texts", "for texts")]
)
def test_backbones_without_statistics_are_refused(
    name: str, needs: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    greys(tmp_path / "photos", 4)
    if name == "vit":
        vit = Architecture("timm", "test_vit", {"img_size": SIZE * 4, "depth": 1})
        place = weights_in(tmp_path, vit, input_size=[3, SIZE * 4, SIZE * 4])
    elif name == "random":
        weights_in(tmp_path)
        place = tmp_path / "tiny.json"
    else:
        place = small_bert(tmp_path / "bert")
    with pytest.raises(ConfigError, match=needs) as refused:
        reestimate_on_photos(tmp_path / "photos", backbone=place, out=tmp_path / "out")
    assert "--from" in refused.value.remedy
    with pytest.raises(BackboneError):
        reestimate_on_photos(tmp_path / "photos", backbone=tmp_path / "gone", out=tmp_path / "out")


def test_timm_reads_a_network_that_it_has_a_name_for(tmp_path: Path) -> None:
    timm_net = Architecture("timm", "test_resnet", {})
    place = weights_in(tmp_path, timm_net, input_size=[3, 32, 32], crop_pct=0.29)
    greys(tmp_path / "photos", 48)
    found = reestimate_on_photos(tmp_path / "photos", backbone=place, out=tmp_path / "out")
    ours = load_backbone(str(found.folder))
    theirs = timm_module().create_model(f"local-dir:{found.folder}", pretrained=True).eval()
    pixels = ours.preprocess.sample(2, 0)
    with torch.no_grad():
        assert torch.equal(theirs(pixels), ours.eval()(pixels))
    assert ours.preprocess.resize_to == load_backbone(str(place)).preprocess.resize_to
    assert isinstance(source_head(str(found.folder), ours), Message), "the source head is not in the folder"


def test_progress_is_reported(weights: Path, tmp_path: Path) -> None:
    reporter, seen = Silent(), list[tuple[str, int, int]]()
    reporter.progress = lambda *step: seen.append(step)  # type: ignore[method-assign]
    greys(tmp_path / "photos", 50)
    reestimate_on_photos(tmp_path / "photos", backbone=weights, out=tmp_path / "out", reporter=reporter)
    assert ("read", 50, 50) in seen and seen[-1] == ("batch-norm", 34, 34)


def test_the_command_writes_a_backbone_and_reports_the_mismatch(
    weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    greys(tmp_path / "photos", 50)
    command = ["pretrain", str(tmp_path / "photos"), "--objective", "bn", "--out", str(tmp_path / "out")]
    assert run(command) == 2 and "--from" in capsys.readouterr().err
    assert run([*command, "--from", str(weights), "--lr", "1e-3"]) == 2 and "lr" in capsys.readouterr().err
    assert run([*command, "--from", str(weights)]) == 0
    record = read_pretrained(tmp_path / "out").record
    shown = " ".join(capsys.readouterr().out.split())
    assert f"fell from {record['mismatch_before']:.2f} to {record['mismatch_after']:.2f}" in shown
    assert str(tmp_path / "out") in shown


@pytest.mark.slow
def test_a_task_judges_the_statistics_and_its_test_photos_are_dropped(
    weights: Path, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GHEP_CACHE", str(tmp_path / "cache"))
    command = ["pretrain", str(photos), "--objective", "bn", "--from", str(weights), "--out", str(tmp_path / "out")]
    task = ["--then", str(photos), "--strategies", "linear_probe", "--labels", "5", "--seeds", "2", "--device", "cpu"]
    assert run([*command, *task]) == 0
    record = read_pretrained(tmp_path / "out").record
    tests = {file.relative_to(photos).as_posix() for file in (photos / "test").rglob("*.png")}
    assert tests <= record["dropped"].keys()
    shown = capsys.readouterr().out
    assert "verdict" in shown and "5 per class" in shown
