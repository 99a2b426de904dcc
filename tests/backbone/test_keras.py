"""Keras applications have the same features as in Keras, from each file format of Keras."""

from __future__ import annotations

import json
import os
import sys
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch

from ghep.backbone.architecture import Architecture
from ghep.backbone.base import Card
from ghep.backbone.catalog import find, load_backbone
from ghep.backbone.image import ImageBackbone
from ghep.data.image.preprocess import ImagePreprocess
from ghep.errors import BackboneError

h5py = pytest.importorskip("h5py")

pytestmark = pytest.mark.filterwarnings("ignore:::keras")  # raised inside Keras
BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
SIZES = {"InceptionV3": 107, "VGG16": 224, "VGG19": 224}
"""Image sizes, where 64 pixels are too few or VGG's dense layers need 224."""


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    """The benchmark with the same comparison, which imports Keras."""
    os.environ["KERAS_BACKEND"] = "torch"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pytest.importorskip("keras")
    sys.path.insert(0, str(BENCHMARKS))
    try:
        import keras_parity
    finally:
        sys.path.remove(str(BENCHMARKS))
    return keras_parity


def pixels(size: int) -> np.ndarray:
    return np.random.default_rng(5).integers(0, 256, (2, size, size, 3)).astype("float32")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "include_top"),
    [
        *[(name, True) for name in ("ResNet50", "MobileNetV2", "DenseNet121", "MobileNetV3Small", "EfficientNetB0")],
        *[(name, False) for name in ("MobileNet", "InceptionV3", "ResNet50V2", "MobileNetV3Large", "EfficientNetB2")],
        ("VGG16", False),  # with its dense layers: tests/explanation/maps/test_vgg_files.py
    ],
)
def test_features_are_those_of_keras_from_every_format(
    name: str, include_top: bool, bench: ModuleType, tmp_path: Path
) -> None:
    size = SIZES.get(name, 64)
    model = bench.random_application(name, include_top=include_top, size=size)
    path = bench.saved(model, tmp_path, "keras")
    backbone = load_backbone(str(path))
    assert (
        bench.difference(bench.keras_features(model, name, pixels(size)), bench.ghep_features(backbone, pixels(size)))
        < 1e-6
    )
    assert backbone.preprocess.height == size
    whole = find(str(path))
    assert whole.state is not None
    for form in bench.FORMS[1:]:
        path.unlink()
        path = bench.saved(model, tmp_path, form)
        other = find(str(path))
        assert other.architecture == whole.architecture and other.state is not None
        assert {key: other.numbers[key] for key in ("mean", "std")} == {
            key: whole.numbers[key] for key in ("mean", "std")
        }
        assert sorted(other.state) == sorted(whole.state)
        assert all(torch.equal(tensor, whole.state[key]) for key, tensor in other.state.items()), form


@pytest.mark.slow
@pytest.mark.parametrize("include_top", [True, False])
@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("MobileNet", {"alpha": 0.25}),
        ("MobileNetV2", {"alpha": 0.35}),
        ("MobileNetV2", {"alpha": 1.3}),
        ("MobileNetV3Small", {"alpha": 0.75}),
        ("MobileNetV3Large", {"minimalistic": True}),
    ],
)
def test_other_widths_and_kinds_of_mobilenets_are_told_from_their_arrays(
    name: str, arguments: dict[str, Any], include_top: bool, bench: ModuleType, tmp_path: Path
) -> None:
    model = bench.random_application(name, include_top=include_top, size=64, **arguments)
    backbone = load_backbone(str(bench.saved(model, tmp_path, "unnamed")))
    wanted = bench.keras_features(model, name, pixels(64))
    assert bench.difference(wanted, bench.ghep_features(backbone, pixels(64))) < 1e-6


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("resnet50v2", {}),
        ("resnet50", {"stride_first": True, "norm_eps": 1.001e-5}),
        ("inception_v3", {"own_border": True}),
        ("vgg16", {"without": ["pre_logits"]}),
        ("tf_mobilenetv3_small_100", {"without": ["conv_head", "act2"]}),
        ("mobilenetv1", {"channel_multiplier": 0.25, "pad_type": "same"}),
    ],
)
def test_changed_networks_come_back_from_json_and_run_in_two_halves(name: str, arguments: dict[str, Any]) -> None:
    architecture = Architecture.from_json(json.loads(json.dumps(Architecture("keras", name, arguments).to_json())))
    preprocess = ImagePreprocess.from_timm({"input_size": (3, 96, 96)})
    backbone = ImageBackbone(
        architecture.build(seed=1), architecture=architecture, preprocess=preprocess, card=Card(name, "random weights")
    ).eval()
    images = torch.randn(2, 3, 96, 96, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        whole = backbone(images)
        boundaries = list(range(len(backbone.blocks())))
        for k, activation in zip(boundaries, backbone.forward_at(images, boundaries), strict=True):
            torch.testing.assert_close(backbone.forward_from(activation, k), whole)
        assert backbone.feature_map(images, backbone.maps()[-1]).ndim == 4


@pytest.mark.slow
@pytest.mark.parametrize("form", ["keras", "weights.h5", "unnamed", "h5", "named"])
def test_an_application_inside_a_users_model_is_found(form: str, bench: ModuleType, tmp_path: Path) -> None:
    keras = bench.keras
    base = bench.random_application("MobileNetV2", include_top=False, size=64)
    base.trainable = False
    model = keras.Sequential([keras.Input((64, 64, 3)), base, keras.layers.Dense(8), keras.layers.Dense(3)])
    backbone = load_backbone(str(bench.saved(model, tmp_path, form)))
    wanted = bench.keras_features(base, "MobileNetV2", pixels(64))
    assert bench.difference(wanted, bench.ghep_features(backbone, pixels(64))) < 1e-6
    assert any(finding.code == "source-head-left-out" for finding in backbone.findings)


@pytest.mark.slow
def test_a_model_that_scales_pixels_itself_keeps_its_scale_and_its_order_of_channels(
    bench: ModuleType, tmp_path: Path
) -> None:
    keras = bench.keras
    base = bench.random_application("ResNet50", include_top=False, size=64)
    model = keras.Sequential([keras.Input((64, 64, 3)), keras.layers.Rescaling(1 / 127.5, -1), base])
    backbone = load_backbone(str(bench.saved(model, tmp_path, "keras")))
    wanted = bench.predicted(model, pixels(64))
    assert bench.difference(wanted, bench.ghep_features(backbone, pixels(64))) < 1e-6


@pytest.mark.slow
def test_the_released_efficientnets_divide_by_the_standard_deviation_once_more(
    bench: ModuleType, tmp_path: Path
) -> None:
    """Released files have a standard deviation as variance, recognised by its values if there is no config."""
    model = bench.random_application("EfficientNetB0", include_top=False, size=64)
    mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    layer = next(one for one in model.layers if isinstance(one, bench.keras.layers.Normalization))
    for variable, values in zip(layer.weights[:2], (mean, std), strict=True):
        variable.assign(np.array(values, "float32"))
    numbers = find(str(bench.saved(model, tmp_path, "named"))).numbers
    assert numbers["mean"] == pytest.approx(mean) and numbers["std"] == pytest.approx(std)
    numbers = find(str(bench.saved(model, tmp_path, "keras"))).numbers  # its config has no second layer
    assert numbers["std"] == pytest.approx(np.sqrt(std))


def convolution(file: h5py.File, name: str, *shape: int) -> None:
    """Write one layer in Keras 3's layout."""
    file.create_group(f"layers/{name}/vars").create_dataset("0", data=np.ones(shape, "float32"))


def test_a_network_that_is_no_application_is_refused_with_what_was_found(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "w.weights.h5", "w") as file:
        convolution(file, "conv2d", 3, 3, 3, 8)
        convolution(file, "conv2d_1", 3, 3, 8, 8)
    for name in (str(tmp_path / "w.weights.h5"), f"timm/vgg16@{tmp_path / 'w.weights.h5'}"):
        with pytest.raises(
            BackboneError, match=r"not a Keras application .*\(convolutions: 2, depthwise: 0, BatchNorms: 0\)"
        ):
            load_backbone(name)


@pytest.mark.parametrize("name", ["w.h5", "w.keras", "w.hdf5"])
def test_damaged_files_are_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"anything")
    for given in (str(tmp_path / name), f"timm/resnet18@{tmp_path / name}"):
        with pytest.raises(BackboneError, match="cannot be read as Keras weights"):
            load_backbone(given)


def test_a_link_into_another_file_is_not_followed(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "secret.h5", "w") as file:
        convolution(file, "conv2d", 3, 3, 3, 8)
    with h5py.File(tmp_path / "w.h5", "w") as file:
        file["layers"] = h5py.ExternalLink("secret.h5", "/layers")
    with pytest.raises(BackboneError, match="is a link to another file"):
        load_backbone(str(tmp_path / "w.h5"))


def test_without_h5py_the_error_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "w.h5").write_bytes(b"anything")
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(BackboneError, match="needs h5py") as refused:
        load_backbone(str(tmp_path / "w.h5"))
    assert 'pip install "ghep[keras]"' in refused.value.remedy


def test_the_name_of_another_architecture_is_refused(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "w.h5", "w") as file:
        for number in range(13):
            convolution(file, f"conv2d_{number}" if number else "conv2d", 3, 3, 3, 8)
    with pytest.raises(BackboneError, match="contains Keras' VGG16, not resnet50"):
        load_backbone(f"timm/resnet50@{tmp_path / 'w.h5'}")
