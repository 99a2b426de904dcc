"""An image bundle with one task -> a folder in the layout of timm's hub, which plain timm and transformers load.

In: a model. Out: the network with its head inside (``model.safetensors``) and ``config.json``, which names timm's
architecture, its arguments, the preprocessing (``pretrained_cfg``) and the classes. ``timm.create_model("local-dir:..",
pretrained=True)`` and transformers' ``timm_wrapper`` read the same two files; neither runs code from the folder.

The temperature is in the last layer: softmax(logits) is the calibrated probability, for a regression task the only
output is the number itself.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import nn

from ghep.backbone.deferred import timm_module
from ghep.data.image.levels import NOMINAL
from ghep.data.image.preprocess import ImagePreprocess
from ghep.errors import ConfigError
from ghep.export.hf_head import PROBLEM_TYPES, LinearHead, agree
from ghep.messages import Message
from ghep.model.transfer import TransferModel
from ghep.storage.tensors import write_tensors
from ghep.storage.text import write_json_atomic

SAMPLES = 4
"""Synthetic images on which the network with its head inside is compared with backbone and head."""


def write_timm_folder(folder: Path, model: TransferModel, head: LinearHead) -> None:
    """Write ``config.json`` and ``model.safetensors`` of ``model`` with ``head`` in ``folder``.

    Raises ConfigError if the network is not one of timm's, if timm's version with a head computes something else, or if
    the model was trained on images of more than 8 bits, which Pillow clips to white.
    """
    architecture, preprocess = model.backbone.architecture, model.backbone.preprocess
    assert isinstance(preprocess, ImagePreprocess)
    name = architecture.name.partition(".")[0]
    if architecture.builder != "timm" or not timm_module().is_model(name):
        raise ConfigError("hf-not-a-timm-network", network=name)
    if preprocess.levels != NOMINAL:
        raise ConfigError("hf-images-of-more-bits", levels=preprocess.levels.describe())
    net = _with_head(model, name, head)
    config = {
        "architecture": name,
        "num_classes": head.outputs,
        "num_features": int(getattr(net, "num_features", model.backbone.feature_dim)),
        "label_names": list(head.labels),
        "problem_type": PROBLEM_TYPES[head.kind],
        "pretrained_cfg": _pretrained_cfg(net, preprocess, head, architecture.name),
        **({"model_args": dict(architecture.arguments)} if architecture.arguments else {}),
    }
    write_tensors(folder / "model.safetensors", net.state_dict(), metadata={"format": "pt"})
    write_json_atomic(folder / "config.json", config)
    _refuse_differences(folder, model, head, preprocess, name=name)


def _refuse_differences(
    folder: Path, model: TransferModel, head: LinearHead, preprocess: ImagePreprocess, *, name: str
) -> None:
    """Raise ConfigError if what timm loads from ``folder`` computes other outputs, or reads images of another size."""
    timm = timm_module()
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        loaded: nn.Module = timm.create_model(f"local-dir:{folder}", pretrained=True).eval()
        pixels = preprocess.sample(SAMPLES, 0)
        same = agree(loaded(pixels), head.of_features(model.backbone.eval()(pixels)))
    if not same:
        raise ConfigError("hf-head-not-expressible", network=name, why=Message("hf-outputs-differ"))
    theirs = ImagePreprocess.from_timm(timm.data.resolve_model_data_config(loaded))
    if theirs != preprocess:
        why = Message("hf-preprocessing-differs", {"theirs": theirs.describe(), "ours": preprocess.describe()})
        raise ConfigError("hf-head-not-expressible", network=name, why=why)


def _with_head(model: TransferModel, name: str, head: LinearHead) -> nn.Module:
    """Return timm's network with K outputs and the weights of the backbone and of ``head``.

    The layers that only this network has are its classifiers: one linear layer, two of equal weight (distilled
    networks), a 1x1 convolution, or a linear layer behind a BatchNorm (LeViT), which becomes the identity.
    """
    with torch.random.fork_rng(devices=[]):
        arguments = model.backbone.architecture.arguments
        net: nn.Module = timm_module().create_model(name, num_classes=head.outputs, **arguments)
    result = net.load_state_dict(model.backbone.net.state_dict(), strict=False)
    if result.unexpected_keys:
        reason = Message("hf-tensors-without-place", {"names": list(result.unexpected_keys[:3])})
        raise ConfigError("hf-head-not-expressible", network=name, why=reason)
    with torch.no_grad():
        for path in dict.fromkeys(key.rpartition(".")[0] for key in result.missing_keys):
            _fill(net.get_submodule(path), head, name=name, path=path)
    return net


def _fill(layer: nn.Module, head: LinearHead, *, name: str, path: str) -> None:
    """Set the weights of one layer of a classifier; raise ConfigError for a layer that cannot hold ``head``."""
    if isinstance(layer, nn.BatchNorm1d) and layer.running_mean is not None and layer.running_var is not None:
        layer.reset_parameters()
        layer.running_var.fill_(1 - layer.eps)
    elif isinstance(layer, nn.Linear | nn.Conv2d) and layer.bias is not None and layer.weight[0].numel() == head.inputs:
        layer.weight.copy_(head.weight.view_as(layer.weight))
        layer.bias.copy_(head.bias)
    else:
        reason = Message("hf-layer-not-linear", {"path": path, "kind": type(layer).__name__})
        raise ConfigError("hf-head-not-expressible", network=name, why=reason)


def _pretrained_cfg(net: nn.Module, preprocess: ImagePreprocess, head: LinearHead, name: str) -> dict[str, Any]:
    """Return what timm needs to know of the weights: input, preprocessing, and the names of first and last layer."""
    declared: dict[str, Any] = dict(getattr(net, "pretrained_cfg", None) or {})
    kept = {key: declared.get(key) for key in ("first_conv", "classifier", "pool_size", "fixed_input_size")}
    return {
        "tag": name.partition(".")[2] or None,
        "num_classes": head.outputs,
        **preprocess.to_timm(),
        **kept,
        "fixed_input_size": bool(kept["fixed_input_size"]),
        "custom_load": False,
    }
