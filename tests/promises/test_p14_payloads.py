"""P14: loading a model cannot run code: a payload in every file type that ghep reads as weights or settings."""

from __future__ import annotations

import json
import pickle
import shutil
from pathlib import Path

import pytest
import torch

import ghep
from ghep.backbone.catalog import load_backbone
from ghep.errors import UserError
from ghep.experiment.fit import fit
from ghep.storage.folder import write_folder


class Payload:
    """Creates a file when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return Path.touch, (self.mark,)


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".pth", ".pt", ".bin", ".th", ".safetensors"])
def test_a_payload_in_a_weight_file_is_refused_and_not_run(suffix: str, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    for number, write in enumerate(
        (
            lambda path: torch.save({"w": Payload(mark)}, path),
            lambda path: path.write_bytes(pickle.dumps(Payload(mark))),
        )
    ):
        weights = tmp_path / f"weights{number}{suffix}"
        write(weights)
        weights.with_suffix(".json").write_text(json.dumps({"architecture": "resnet10t"}), encoding="utf-8")
        with pytest.raises(UserError):
            load_backbone(str(weights))
    assert not mark.exists()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "preprocessor_config.json", "labels.json"])
def test_a_payload_in_a_bundle_is_refused_and_not_run(
    name: str, photos: Path, small_backbone: str, tmp_path: Path
) -> None:
    mark = tmp_path / "ran"
    bundle = fit(photos, backbone=small_backbone, out=tmp_path / "run", precision="float32", workers=1).bundle
    forged = tmp_path / "forged"
    # A forger writes a manifest that fits: the hash protects against accidents, the formats against malice.
    with write_folder(forged) as folder:
        for file in bundle.iterdir():
            if file.name != "MANIFEST.json":
                shutil.copy(file, folder)
        (folder / name).write_bytes(pickle.dumps(Payload(mark)))
    with pytest.raises(UserError):
        ghep.load(forged)
    assert not mark.exists()


@pytest.mark.parametrize(
    "architecture",
    [
        {"builder": "timm", "name": "resnet10t", "arguments": {"pretrained": True}},
        {"builder": "timm", "name": "hf-hub:somebody/model", "arguments": {}},
        {"builder": "timm", "name": "resnet10t", "arguments": {"checkpoint_path": "x.pth"}},
        {"builder": "os.system", "name": "true", "arguments": {}},
        {"build": {"function": "os.system", "args": ["true"]}},
    ],
    ids=["pretrained", "hub", "checkpoint", "builder", "function"],
)
def test_an_architecture_file_cannot_name_code_or_fetch(architecture: dict[str, object], tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text(json.dumps(architecture), encoding="utf-8")
    with pytest.raises(UserError):
        load_backbone(str(file))
