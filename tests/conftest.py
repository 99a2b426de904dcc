"""What several rooms test with: a folder of striped pictures and a backbone of a few thousand weights.

Being here also puts ``tests/`` on the path, so that a test can say ``from tiny import ...``.
"""

from __future__ import annotations

import gc
import json
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from browser import Chromium

os.environ["GHEP_LANG"] = "en"  # tests read messages, on a machine in any language
os.environ.setdefault("OMP_NUM_THREADS", "1")  # processes that tests start compute as tests do, bit for bit

COUNTS = {"train": 30, "valid": 10, "test": 10}
"""Pictures per class."""


def pytest_collection_finish() -> None:
    """A collection of garbage skips what is imported and the tests: with torch, two million objects."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _activations_of_tests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Runs of the tests share a store of their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GHEP_CACHE", str(tmp_path_factory.mktemp("activations")))
        yield


@pytest.fixture(scope="session", autouse=True)
def _no_waiting_for_disks() -> Iterator[None]:
    """Files outlive a killed process without fsync, and no test cuts the power: a run waits for the disk 50 times."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda descriptor: None)
        yield


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    """A browser for the tests of one file; not longer, because while it runs no other test can have an event loop."""
    with Chromium() as running:
        yield running


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``{train,valid,test}/{rows,columns}/000.png``: stripes that lie or stand, of any width, phase and colour."""
    root, rng = tmp_path_factory.mktemp("data") / "photos", np.random.default_rng(0)
    for split, count in COUNTS.items():
        for kind in ("rows", "columns"):
            folder = root / split / kind
            folder.mkdir(parents=True)
            for number in range(count):
                Image.fromarray(_stripes(kind, rng)).save(folder / f"{number:03d}.png")
    return root


@pytest.fixture(scope="session")
def small_backbone(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A file that names an architecture: blocks conv1, layer1, layer2, random weights, 32 pixels."""
    file = tmp_path_factory.mktemp("backbone") / "small.json"
    arguments = {"widths": [8, 16], "depths": [1, 1], "stem_stride": 2, "shortcut": "project"}
    numbers = {"input_size": [3, 32, 32], "crop_pct": 1.0, "mean": [0.5, 0.5, 0.5], "std": [0.25, 0.25, 0.25]}
    file.write_text(json.dumps({"builder": "small-resnet", "name": "small", "arguments": arguments, **numbers}))
    return str(file)


@pytest.fixture(scope="session")
def trained_gpt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A GPT of 2 layers x 32 that ``ghep pretrain`` trained for a second or two on ``pretrain.small``."""
    import ghep
    from pretrain.small import documents

    folder = tmp_path_factory.mktemp("trained-gpt")
    (folder / "walks.txt").write_text("\n".join(one.text for one in documents(120)), encoding="utf-8")
    sizes = {"layers": 2, "width": 32, "length": 32, "batch_size": 16, "vocabulary_kind": "bytes", "vocabulary": 320}
    settings = {"passes": 12.0, "lr": 1e-2, "dropout": 0.0, "precision": "float32", "workers": 1}
    ghep.pretrain(folder / "walks.txt", objective="clm", out=folder / "gpt", **sizes, **settings)
    return folder / "gpt"


def _stripes(kind: str, rng: np.random.Generator, size: int = 40) -> np.ndarray:
    wave = np.sin(2 * np.pi * (np.arange(size) / rng.uniform(5, 9) + rng.uniform()))
    lying = np.repeat(wave[:, None], size, axis=1)
    field = lying if kind == "rows" else lying.T
    colour = rng.uniform(40, 90, 3)
    picture = 128 + field[..., None] * colour + rng.normal(0, 12, (size, size, 3))
    return picture.clip(0, 255).astype(np.uint8)
