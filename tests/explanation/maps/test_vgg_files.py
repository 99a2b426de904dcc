"""Feature maps of VGG-16 from the ``.h5`` of Keras; torchvision's ``.pth`` is in tests/backbone/test_weights.py.

The network has random weights in the layout in which Keras saves them. What ``ghep explain`` writes is compared with
a forward pass of the same photo through Keras, at the layers that it names.
"""

from __future__ import annotations

import json
import os
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ghep.cli.app import run
from ghep.explanation.maps import explain_photos, photo

pytestmark = pytest.mark.slow
CLASSES = 7


@pytest.fixture(autouse=True)
def _feature_maps_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """No curves (90 passes) and no three networks with random weights: with VGG-16 they take ten times the rest."""
    monkeypatch.setattr(photo, "curves_of", lambda *_: None)
    monkeypatch.setattr(explain_photos, "randomised_subjects", lambda *_, **__: [])


@pytest.fixture(scope="module")
def cat(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photo that is neither square nor of the network's size."""
    draw = np.random.default_rng(0)
    coarse = Image.fromarray(draw.integers(0, 256, (9, 12, 3), dtype=np.uint8))
    path = tmp_path_factory.mktemp("photo") / "cat.png"
    coarse.resize((400, 300), Image.Resampling.BICUBIC).save(path)
    return path


def explained(model: str, image: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> tuple[Any, str, str]:
    """Return the raw arrays, the page and the messages of ``ghep explain MODEL PHOTO --maps``."""
    assert run(["explain", model, str(image), "--maps", "-o", str(out), "--json"]) == 0
    told = capsys.readouterr()
    assert json.loads(told.out)["photos"][0]["top"]
    (file,) = (out / "arrays").glob("*.npz")
    return np.load(file), (out / "page.html").read_text(encoding="utf-8"), told.err


def seen(path: Path) -> Image.Image:
    """Return what the usual preprocessing of torchvision shows to a network: side 256, centre 224 x 224."""
    from torchvision import transforms

    with Image.open(path) as image:
        pixels = image.convert("RGB")
    shown: Image.Image = transforms.CenterCrop(224)(transforms.Resize(256)(pixels))
    return shown


def relative(found: np.ndarray, wanted: np.ndarray) -> float:
    """Return the largest difference, in units of the root mean square of ``wanted``."""
    assert found.shape == wanted.shape
    return float(np.abs(found - wanted).max() / np.sqrt((wanted**2).mean()))


@pytest.mark.filterwarnings("ignore:::keras")  # raised inside Keras
def test_of_keras(cat: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("h5py")
    os.environ["KERAS_BACKEND"] = "torch"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        keras = pytest.importorskip("keras")
    keras.config.set_floatx("float32")
    keras.config.set_dtype_policy("float32")
    keras.utils.set_random_seed(0)
    model = keras.applications.VGG16(weights=None, classes=CLASSES)
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D):
            kernel, bias = layer.get_weights()
            draw = np.random.default_rng(len(kernel.flat))
            layer.set_weights(
                [
                    (draw.standard_normal(kernel.shape) * (2 / kernel[..., 0].size) ** 0.5).astype("float32"),
                    draw.normal(0, 0.3, bias.shape).astype("float32"),
                ]
            )
    path = tmp_path / "vgg16.h5"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Keras recommends its newer format
        model.save(path)
    arrays, page, _ = explained(str(path), cat, tmp_path / "out", capsys)
    wanted = keras.Model(model.inputs, [model.get_layer(f"block{number}_pool").output for number in (1, 3, 5)])
    pixels = keras.applications.vgg16.preprocess_input(np.asarray(seen(cat), dtype="float32")[None])
    for stage, place, value in zip(
        ("early", "middle", "late"), (4, 16, 30), wanted.predict(pixels, verbose=0), strict=True
    ):
        assert f"Output of features.{place}," in page
        assert relative(arrays[f"channels_{stage}"], value[0].transpose(2, 0, 1)) < 1e-4, stage
