"""How to build a network without weights, as plain data that can be read from a file and run no code.

An architecture names a builder from the fixed list below and gives it numbers, strings and lists. A file can choose
among these builders; it cannot name a function of its own.
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
    *("pretrained", "pretrained_cfg", "pretrained_cfg_overlay", "checkpoint_path", "cache_dir"),  # would fetch or open
    "num_classes",  # would end the network in logits instead of features
}
MOBILENET_V1 = "timm.models.efficientnet._gen_mobilenet_v1"
"""The one function outside timm's registry that weight files in the wild name: MobileNetV1 at widths below 1."""


@dataclass(frozen=True)
class Architecture:
    """``builder`` is one of BUILDERS; ``name`` and ``arguments`` go to it."""

    builder: str
    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)

    def build(self, *, seed: int = 0) -> nn.Module:
        """Build with random weights drawn from ``seed``; the network ends in features (N, D), it has no head."""
        if self.builder not in BUILDERS:
            raise BackboneError(f'no builder is called "{self.builder}"', remedy=did_you_mean(self.builder, BUILDERS))
        refused = REFUSED_ARGUMENTS & set(self.arguments)
        if refused:
            raise BackboneError(
                f"an architecture may not set {', '.join(sorted(refused))}",
                remedy="remove it from the json beside the weights",
            )
        if self.arguments.get("in_chans", 3) != 3:
            raise BackboneError(
                f"{self.name} is asked for with in_chans {self.arguments['in_chans']}; pictures come with 3 channels",
                remedy="pass weights of a network for RGB pictures",
            )
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return _built(self.builder, self.name, dict(self.arguments))

    def library(self) -> str:
        """Return the version of the library whose code the network is."""
        return version(LIBRARIES.get(self.builder, "timm"))

    def to_json(self) -> dict[str, Any]:
        """Write what ``from_json`` reads."""
        return {"builder": self.builder, "name": self.name, "arguments": dict(self.arguments)}

    @classmethod
    def from_json(cls, config: Mapping[str, Any]) -> Architecture:
        """Read ``{"builder", "name", "arguments"}``."""
        try:
            return cls(str(config["builder"]), str(config["name"]), dict(config.get("arguments", {})))
        except (KeyError, TypeError, ValueError) as error:
            raise BackboneError(
                f"an architecture needs builder, name and arguments; came {config!r}", remedy="see docs/backbones.md"
            ) from error

    @classmethod
    def from_card(cls, card: Mapping[str, Any]) -> Architecture:
        """Read the json beside a weight file: ``create_model`` or ``build`` arguments for timm, or a depth."""
        try:
            return cls._from_card(card)
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:  # a card is anybody's file
            raise BackboneError(
                f"the card names no architecture that can be read ({type(error).__name__}: {error})",
                remedy="see docs/backbones.md",
            ) from error

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
    """ResNet-20, 32, 44, 56 or 110 of section 4.2: 6n + 2 layers."""
    if (depth - 2) % 6 or depth < 8:
        raise BackboneError(f"a CIFAR ResNet has 6n + 2 layers; came {depth}", remedy="use 20, 32, 44, 56 or 110")
    blocks = (depth - 2) // 6
    return Architecture(
        "small-resnet",
        f"cifar_resnet{depth}",
        {"widths": [16, 32, 64], "depths": [blocks] * 3, "stem_stride": 1, "shortcut": "pad"},
    )


def _from_build(build: Mapping[str, Any]) -> Architecture:
    """Read ``{"function", "args", "kwargs"}``: only the listed function, never one looked up by name."""
    if build.get("function") != MOBILENET_V1:
        raise BackboneError(
            f"the json asks to call {build.get('function')!r}; only {MOBILENET_V1} may be named",
            remedy='use "create_model" with a name that timm has registered',
        )
    arguments = {key: value for key, value in dict(build.get("kwargs", {})).items() if key != "num_classes"}
    return Architecture("timm-mobilenetv1", str(build.get("args", ["mobilenetv1_100"])[0]), arguments)


def _built(builder: str, name: str, arguments: dict[str, Any]) -> nn.Module:
    module, _, function = BUILDERS[builder].partition(":")
    build = getattr(import_module(module), function)
    try:
        net: nn.Module = build(name, arguments)
    except BackboneError:
        raise
    except (TypeError, ValueError, AssertionError, LookupError, RuntimeError) as error:  # timm and torch raise them all
        raise BackboneError(
            f"{name} cannot be built with {arguments}: {error}", remedy="correct the arguments"
        ) from error
    return net


BUILDERS = {
    "bag-of-vectors": "ghep.backbone.bag_of_vectors:build",
    "bilm": "ghep.backbone.bilm:build",
    "keras": "ghep.backbone.keras_networks:build",
    "small-resnet": "ghep.backbone.small_resnet:build",
    "text-to-text": "ghep.backbone.huggingface:build",
    "timm": "ghep.backbone.timm_networks:timm_network",
    "timm-mobilenetv1": "ghep.backbone.timm_networks:mobilenet_v1",
    "transformers": "ghep.backbone.huggingface:build",
}
"""Builder -> ``module:function`` that builds a network from a name and its arguments."""
BACKBONES = {"text-to-text": "ghep.backbone.text_to_text:TextToTextBackbone"}
"""Builder -> ``module:class`` of its backbones, where that is not the one of the modality."""
LIBRARIES = {"transformers": "transformers", "text-to-text": "transformers", "bag-of-vectors": "torch", "bilm": "torch"}
"""Builder -> the distribution its networks come from, where that is not timm."""
