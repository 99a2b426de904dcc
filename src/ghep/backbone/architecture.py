"""An architecture: plain data from which a network is built, without its weights.

In: the key of a builder in ``BUILDERS``, and numbers, strings and lists as arguments. Out: the network. A file can only
choose among these builders and cannot name a function, so reading an architecture from a file runs no foreign code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import version
from typing import Any

import torch
from torch import nn

from ghep.errors import BackboneError, did_you_mean

REFUSED_ARGUMENTS = {
    *("pretrained", "pretrained_cfg", "pretrained_cfg_overlay", "checkpoint_path", "cache_dir"),  # downloads or reads
    "num_classes",  # would make the network output logits instead of features
}
MOBILENET_V1 = "timm.models.efficientnet._gen_mobilenet_v1"
"""The only function outside timm's registry that published weight files name: MobileNetV1 at widths below 1."""
LEADING = "leading-blocks"
"""Builder of the first blocks of another architecture (``leading.py``)."""


@dataclass(frozen=True)
class Architecture:
    """How to build a network: ``builder`` is a key of BUILDERS; the builder receives ``name`` and ``arguments``."""

    builder: str
    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)

    def build(self, *, seed: int = 0) -> nn.Module:
        """Return the network without a head (output: features (N, D)), with random weights drawn from ``seed``.

        Raises BackboneError for an unknown builder, and for arguments that are not allowed or do not fit the network.
        """
        if self.builder not in BUILDERS:
            hint = did_you_mean(self.builder, BUILDERS)
            raise BackboneError("unknown-builder", name=self.builder, hint=hint)
        refused = REFUSED_ARGUMENTS & set(self.arguments)
        if refused:
            raise BackboneError("architecture-argument-refused", arguments=sorted(refused))
        if self.arguments.get("in_chans", 3) != 3:
            raise BackboneError("architecture-not-rgb", name=self.name, channels=self.arguments["in_chans"])
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return _built(self.builder, self.name, dict(self.arguments))

    def library(self) -> str:
        """Return the version, such as ``1.0.20``, of the library that implements the network."""
        return version(LIBRARIES.get(self.builder, "timm"))

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object that ``from_json`` reads."""
        return {"builder": self.builder, "name": self.name, "arguments": dict(self.arguments)}

    @classmethod
    def from_json(cls, config: Mapping[str, Any]) -> Architecture:
        """Return the architecture in ``{"builder", "name", "arguments"}``; raise BackboneError for anything else."""
        try:
            return cls(str(config["builder"]), str(config["name"]), dict(config.get("arguments", {})))
        except (KeyError, TypeError, ValueError) as error:
            raise BackboneError("architecture-incomplete", found=repr(config)) from error

    @classmethod
    def from_card(cls, card: Mapping[str, Any]) -> Architecture:
        """Return the architecture that ``card``, the json next to a weight file, describes.

        The json holds the output of ``to_json``, arguments of timm's ``create_model``, a ``build`` object (a function
        and its arguments), or the depth of a CIFAR ResNet. Raises BackboneError for anything else.
        """
        try:
            return cls._from_card(card)
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:  # the file may hold anything
            raise BackboneError("card-without-architecture", kind=type(error).__name__, error=str(error)) from error

    @classmethod
    def _from_card(cls, card: Mapping[str, Any]) -> Architecture:
        if "builder" in card:
            return cls.from_json(card)
        name = str(card.get("architecture", ""))
        if name.startswith("cifar_resnet"):
            return cifar_resnet(int(card.get("depth") or name.removeprefix("cifar_resnet")))
        if "build" in card:
            return _from_build(card["build"])
        arguments = dict(card.get("create_model") or card.get("model_args") or {})
        name = str(arguments.pop("model_name", name))
        for key in ("pretrained", "num_classes"):
            arguments.pop(key, None)
        return cls("timm", name, arguments)


def cifar_resnet(depth: int) -> Architecture:
    """Return the CIFAR ResNet with ``depth`` layers (He et al. 2015, section 4.2): ResNet-20, 32, 44, 56, 110.

    Raises BackboneError unless ``depth`` is 6n + 2 for an n of 1 or more.
    """
    if (depth - 2) % 6 or depth < 8:
        raise BackboneError("cifar-resnet-depth", depth=depth)
    blocks = (depth - 2) // 6
    return Architecture(
        "small-resnet",
        f"cifar_resnet{depth}",
        {"widths": [16, 32, 64], "depths": [blocks] * 3, "stem_stride": 1, "shortcut": "pad"},
    )


def _from_build(build: Mapping[str, Any]) -> Architecture:
    """Return the architecture in ``build``, the object ``{"function", "args", "kwargs"}`` of a card.

    Raises BackboneError unless the function is MOBILENET_V1.
    """
    if build.get("function") != MOBILENET_V1:
        raise BackboneError("build-function-refused", function=repr(build.get("function")), allowed=MOBILENET_V1)
    arguments = {key: value for key, value in dict(build.get("kwargs", {})).items() if key != "num_classes"}
    return Architecture("timm-mobilenetv1", str(build.get("args", ["mobilenetv1_100"])[0]), arguments)


def _built(builder: str, name: str, arguments: dict[str, Any]) -> nn.Module:
    module, _, function = BUILDERS[builder].partition(":")
    build = getattr(import_module(module), function)
    try:
        net: nn.Module = build(name, arguments)
    except BackboneError:
        raise
    except (TypeError, ValueError, AssertionError, LookupError, RuntimeError) as error:  # timm and torch raise all
        raise BackboneError(
            "architecture-not-buildable", name=name, arguments=repr(arguments), error=str(error)
        ) from error
    return net


BUILDERS = {
    "bag-of-vectors": "ghep.backbone.bag_of_vectors:build",
    "bilm": "ghep.backbone.bilm:build",
    "keras": "ghep.backbone.keras_networks:build",
    LEADING: "ghep.backbone.leading:build",
    "small-resnet": "ghep.backbone.small_resnet:build",
    "text-to-text": "ghep.backbone.huggingface:build",
    "timm": "ghep.backbone.timm_networks:timm_network",
    "timm-mobilenetv1": "ghep.backbone.timm_networks:mobilenet_v1",
    "transformers": "ghep.backbone.huggingface:build",
}
"""Builder -> ``module:function`` that takes a name and arguments and returns the network."""
BACKBONES = {"text-to-text": "ghep.backbone.text_to_text:TextToTextBackbone"}
"""Builder -> ``module:class`` of its backbones, where it differs from the default of the modality."""
LIBRARIES = {"transformers": "transformers", "text-to-text": "transformers", "bag-of-vectors": "torch", "bilm": "torch"}
"""Builder -> distribution that implements its networks, where that is not timm."""
