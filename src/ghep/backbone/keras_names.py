"""Identify the application in a Keras file and map its arrays to timm's names.

In: the layers of a file (``keras_files.py``). Out: the architecture that computes the same function, the parameters of
Keras' own preprocessing, and the tensors. An application is identified by the number and width of its convolutions and
BatchNorms, not by names: Keras 3 writes none, and users rename models. Loading then checks every shape.
``tests/backbone/test_keras.py`` compares features with Keras for each application named here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from ghep.backbone.architecture import Architecture
from ghep.backbone.keras_files import KerasModel, Layer
from ghep.backbone.keras_networks import NORM_EPS
from ghep.errors import BackboneError

CAFFE = ((123.68 / 255, 116.779 / 255, 103.939 / 255), (1 / 255,) * 3)
"""Mean and standard deviation of ``preprocess_input`` in mode "caffe": means subtracted, no scaling. The BGR channel
order is reversed in the first convolution."""
TF = ((0.5,) * 3, (0.5,) * 3)
TORCH = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


@dataclass(frozen=True)
class Application:
    """A Keras application and the network that computes the same function."""

    name: str
    """Name in ``keras.applications``."""
    network: str
    """Name for ``keras_network``."""
    normalised: tuple[tuple[float, ...], tuple[float, ...]]
    """Mean and standard deviation of its ``preprocess_input``, for pixels in [0, 1]."""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    size: int = 224

    @property
    def architecture(self) -> Architecture:
        """The architecture of the network that computes the same function as the application."""
        return Architecture("keras", self.network, dict(self.arguments))


@dataclass(frozen=True)
class KerasWeights:
    """Contents of a Keras file: the application, preprocessing under timm's keys, and tensors for ``from_keras``."""

    application: Application
    numbers: Mapping[str, Any]
    state: Mapping[str, torch.Tensor]


def _bottlenecks(name: str, network: str) -> Application:
    return Application(name, network, CAFFE, {"norm_eps": NORM_EPS, "stride_first": True})


def _dense(name: str, network: str) -> Application:
    return Application(name, network, TORCH, {"norm_eps": NORM_EPS})


def _efficient(number: int, size: int) -> Application:
    return Application(f"EfficientNetB{number}", f"tf_efficientnet_b{number}", TORCH, size=size)


SAME = {"pad_type": "same", "bn_eps": 1e-3}
"""TensorFlow's padding and Keras' epsilon."""
BY_COUNT = {
    (0, 53): _bottlenecks("ResNet50", "resnet50"),
    (0, 104): _bottlenecks("ResNet101", "resnet101"),
    (0, 155): _bottlenecks("ResNet152", "resnet152"),
    (0, 49): Application("ResNet50V2", "resnet50v2", TF),
    (0, 100): Application("ResNet101V2", "resnet101v2", TF),
    (0, 151): Application("ResNet152V2", "resnet152v2", TF),
    (0, 94): Application("InceptionV3", "inception_v3", TF, {"own_border": True}, size=299),
    (0, 121): _dense("DenseNet121", "densenet121"),
    (0, 169): _dense("DenseNet169", "densenet169"),
    (0, 201): _dense("DenseNet201", "densenet201"),
    (13, 27): Application("MobileNet", "mobilenetv1", TF, SAME),
    (17, 52): Application("MobileNetV2", "mobilenetv2", TF, SAME),
    (15, 46): Application("MobileNetV3Large", "tf_mobilenetv3_large", TF),
    (11, 34): Application("MobileNetV3Small", "tf_mobilenetv3_small", TF),
    (16, 49): _efficient(0, 224),
    (23, 69): _efficient(1, 240),
    (26, 78): _efficient(3, 300),
    (32, 96): _efficient(4, 380),
    (39, 116): _efficient(5, 456),
    (45, 134): _efficient(6, 528),
    (55, 163): _efficient(7, 600),
}
"""(number of depthwise convolutions, number of BatchNorms) -> application. B2 has the counts of B1 and is wider."""
VGG = {13: "VGG16", 16: "VGG19"}
"""Number of convolutions -> application, where there is no BatchNorm."""


def keras_weights(model: KerasModel, path: Path) -> KerasWeights:
    """Return the contents of the file at ``path``; raise BackboneError if it is not a supported application."""
    application = _recognised(model)
    if application is None:
        raise BackboneError(
            "keras-unknown-application",
            path=path,
            convolutions=len(model.of_kind("conv")),
            depthwise=len(model.of_kind("depthwise")),
            norms=len(model.of_kind("norm")),
        )
    mean, std = application.normalised
    rescaling = None
    if application.name.startswith("EfficientNet"):
        mean, std = _own_normalisation(model)
    elif not application.name.startswith("MobileNetV3"):  # its Rescaling layer is already in BY_COUNT's numbers
        rescaling = next(((a, b) for a, b in _rescalings(model.config) if a and isinstance(a, int | float)), None)
    if rescaling is not None:  # the model scales pixels itself instead of calling preprocess_input
        mean, std = (-rescaling[1] / rescaling[0] / 255,) * 3, (1 / rescaling[0] / 255,) * 3
    size = _input_size(model.config) or application.size
    numbers = {"input_size": (3, size, size), "mean": mean, "std": std}
    blue_first = application.normalised is CAFFE and rescaling is None
    return KerasWeights(application, numbers, _state(model, application, blue_first=blue_first))


def _recognised(model: KerasModel) -> Application | None:
    convolutions = model.of_kind("conv")
    norms = model.of_kind("norm")
    application = BY_COUNT.get((len(model.of_kind("depthwise")), len(norms)))
    name = application.name if application is not None else ""
    if not norms and len(convolutions) in VGG and not model.of_kind("depthwise"):
        name = VGG[len(convolutions)]
        return Application(name, name.lower(), CAFFE, {} if _has_vgg_top(model) else {"without": ["pre_logits"]})
    if application is None or not convolutions:
        return None
    first = _kernel(convolutions[0]).shape
    if name == "ResNet50" and any(layer.name.startswith("res2a_") for layer in convolutions):
        return _changed(application, norm_eps=1e-3)  # Keras before 2.2.4: Caffe's names, default epsilon
    if name == "EfficientNetB1" and _kernel(convolutions[-1]).shape[3] == 1408:
        return _efficient(2, 260)
    if name == "MobileNet":
        return _changed(application, channel_multiplier=first[3] / 32)
    if name == "MobileNetV2" and len(convolutions) >= 35:
        return _changed(application, channel_multiplier=round(_kernel(convolutions[34]).shape[2] / 320, 2))
    if name.startswith("MobileNetV3"):
        return _mobilenet_v3(application, convolutions)
    return application


def _changed(application: Application, **arguments: Any) -> Application:
    changed = {**application.arguments, **arguments}
    return Application(application.name, application.network, application.normalised, changed, application.size)


def _mobilenet_v3(application: Application, convolutions: Sequence[Layer]) -> Application | None:
    """Return the MobileNetV3 in the file (large or small, minimal or not, width 0.75 or 1); None for other networks.

    The minimal variants have no squeeze-and-excitation.
    """
    large = application.name.endswith("Large")
    plain, squeezing, width = (31, 16, 160) if large else (23, 18, 96)
    full = len(convolutions) >= plain + squeezing
    count = plain + squeezing if full else plain
    if len(convolutions) < plain:
        return None
    multiplier = {1.0: "100", 0.75: "075"}.get(_kernel(convolutions[count - 1]).shape[2] / width)
    if multiplier is None:
        return None
    network = f"{application.network}{'' if full else '_minimal'}_{multiplier}"
    top = len(convolutions) > count
    return Application(application.name, network, TF, {} if top else {"without": ["conv_head", "act2"]})


def _has_vgg_top(model: KerasModel) -> bool:
    dense = [_kernel(layer).shape for layer in model.of_kind("dense")]
    return dense[:2] == [(25088, 4096), (4096, 4096)]


def _kernel(layer: Layer) -> np.ndarray:
    return layer.arrays["kernel"]


def _own_normalisation(model: KerasModel) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return mean and standard deviation of an EfficientNet's own normalisation layers, for pixels in [0, 1].

    The layers compute (x / 255 - mean) / sqrt(variance) of a pixel x. In the weights that Keras published, ``variance``
    is mistakenly ImageNet's standard deviation. Keras corrects this in one more layer, which divides by the square root
    of the standard deviation again; only ``weights="imagenet"`` adds this layer, and it has no arrays. The model's
    config says whether it exists. In a file without a config, the published ``variance`` is corrected.
    """
    layers = model.of_kind("pixels")
    if not layers:
        return TORCH
    mean, variance = (np.ravel(layers[0].arrays[name]).astype(float) for name in ("mean", "variance"))
    std = np.sqrt(variance)
    scales = [scale for scale, _ in _rescalings(model.config) if isinstance(scale, list)]
    released = len(std) == 3 and np.allclose(variance, TORCH[1], atol=1e-4)
    if scales:
        std = std / np.asarray(scales[0], dtype=float)
    elif released and not model.config:
        std = std * np.sqrt(TORCH[1])
    both = np.broadcast_arrays(np.resize(mean, 3), np.resize(std, 3))
    return tuple(both[0].tolist()), tuple(both[1].tolist())


def _rescalings(config: Any) -> Iterator[tuple[Any, Any]]:
    """Yield (scale, offset) of each Rescaling layer in a config, including those in nested models."""
    if isinstance(config, Mapping):
        inside = config.get("config")
        if config.get("class_name") == "Rescaling" and isinstance(inside, Mapping):
            yield inside.get("scale"), inside.get("offset") or 0.0
        for value in config.values():
            yield from _rescalings(value)
    elif isinstance(config, list):
        for value in config:
            yield from _rescalings(value)


def _input_size(config: Any) -> int | None:
    """Return the height = width, in pixels, of the model's input images; None if not in the config or not square."""
    if isinstance(config, Mapping):
        shape = config.get("batch_shape") or config.get("batch_input_shape")
        if isinstance(shape, list) and len(shape) == 4 and shape[1] == shape[2] and isinstance(shape[1], int):
            return shape[1] if shape[1] > 0 else None
    inside: Any = config.values() if isinstance(config, Mapping) else config if isinstance(config, list) else ()
    return next((size for value in inside if (size := _input_size(value))), None)


def _state(model: KerasModel, application: Application, *, blue_first: bool) -> dict[str, torch.Tensor]:
    """Return ``keras.<kind>.<number>.<variable>`` -> array in Keras' layout, numbered in the order of timm's modules.

    Dense layers are numbered after the convolutions, because VGG's two hidden dense layers are convolutions in timm.
    """
    ordered = {kind: _in_order(model.of_kind(kind), application) for kind in ("conv", "depthwise", "norm")}
    ordered["conv"] += model.of_kind("dense")
    state = {
        f"keras.{kind}.{number}.{variable}": torch.from_numpy(np.ascontiguousarray(array))
        for kind, layers in ordered.items()
        for number, layer in enumerate(layers)
        for variable, array in layer.arrays.items()
    }
    if blue_first:
        state["keras.conv.0.kernel"] = state["keras.conv.0.kernel"].flip(2)
    return state


def _in_order(layers: list[Layer], application: Application) -> list[Layer]:
    """Return layers of one kind, given in Keras' order, in timm's order; the orders differ where a model branches."""
    name = application.name
    if name.startswith("ResNet"):
        places = [_resnet_place(layer.name) for layer in layers]
        if all(place is not None for place in places):
            return [layers[index] for index in sorted(range(len(layers)), key=lambda index: places[index] or ())]
        return _defined_order(layers, _resnet_blocks(name, len(layers)))
    if name == "InceptionV3":
        numbers = [re.fullmatch(r".*?(?:_(\d+))?", layer.name) for layer in layers]
        counted = [int(found[1] or 0) if found else 0 for found in numbers]
        if len(set(counted)) == len(layers):
            return [layers[index] for index in sorted(range(len(layers)), key=counted.__getitem__)]
        return _defined_order(layers, INCEPTION)
    return layers


INCEPTION = (
    *((0,),) * 5,
    *((3, 1, 4, 0, 2, 5, 6),) * 3,
    (1, 2, 0, 3),
    *((4, 5, 1, 6, 2, 7, 0, 3, 8, 9),) * 4,
    (2, 3, 0, 4, 1, 5),
    *((4, 1, 5, 2, 3, 6, 7, 0, 8),) * 2,
)
"""Stem and blocks of InceptionV3: position of each layer, in the model's order, within its block in timm.

A model without names sorts its layers by decreasing distance from its output.
"""


def _resnet_blocks(name: str, count: int) -> Iterator[tuple[int, ...]]:
    """Yield, for each block of a ResNet and each of its layers in Keras' order, the position in timm's block.

    ``count`` is the number of layers of one kind (convolutions or BatchNorms) in the model. In Keras the shortcut
    precedes the third convolution. ResNetV2 has no BatchNorm on its shortcuts, so its norms are already in order.
    """
    depths = DEPTHS[name.removesuffix("V2")]
    branches = not (name.endswith("V2") and count == 3 * sum(depths) + 1)
    yield (0,)
    for depth in depths if branches else ():
        yield (0, 1, 3, 2)
        yield from [(0, 1, 2)] * (depth - 1)


DEPTHS = {"ResNet50": (3, 4, 6, 3), "ResNet101": (3, 4, 23, 3), "ResNet152": (3, 8, 36, 3)}


def _defined_order(layers: list[Layer], blocks: Iterable[tuple[int, ...]]) -> list[Layer]:
    """Return ``layers``, given in Keras' order, in timm's order.

    ``blocks`` has, for each block, the positions that ``_resnet_blocks`` yields. Layers after the blocks stay last.
    """
    found: list[Layer] = []
    for block in blocks:
        start = len(found)
        found += [layers[start + block.index(place)] for place in range(len(block))]
    return [*found, *layers[len(found) :]]


def _resnet_place(name: str) -> tuple[int, str, int] | None:
    """Return the sort key of a ResNet layer's Keras ``name`` that gives timm's order; None for an unknown name."""
    found = re.fullmatch(r"conv(\d)_block(\d+)_(\d|preact)_(?:conv|bn)", name)
    if found:
        part = 0 if found[3] == "preact" else int(found[3]) or 4
        return int(found[1]), found[2].zfill(3), part
    old = re.fullmatch(r"(?:res|bn)(\d)(\w+)_branch(1|2a|2b|2c)", name)
    if old:
        return int(old[1]), old[2], {"2a": 1, "2b": 2, "2c": 3, "1": 4}[old[3]]
    if name in ("conv1", "conv1_conv", "conv1_bn", "bn_conv1"):
        return 1, "", 0
    return (9, "", 0) if name == "post_bn" else None


def from_keras(state: Mapping[str, torch.Tensor], net: nn.Module) -> Mapping[str, torch.Tensor]:
    """Return ``state``, tensors of ``keras_weights``, with the names and layout of ``net``; other states unchanged.

    A bias that ``net`` lacks is subtracted from the mean of the BatchNorm that follows, which is equivalent.
    """
    if not any(name.startswith("keras.") for name in state):
        return state
    modules: dict[str, list[tuple[str, nn.Module]]] = {"conv": [], "depthwise": [], "norm": []}
    for name, module in net.named_modules():
        if isinstance(module, nn.BatchNorm2d):
            modules["norm"].append((name, module))
        elif isinstance(module, nn.Conv2d):
            modules["depthwise" if module.groups > 1 else "conv"].append((name, module))
    paired = len(modules["conv"]) == len(modules["norm"])
    found: dict[str, torch.Tensor] = {}
    biases: dict[int, torch.Tensor] = {}
    for name, tensor in state.items():
        _, kind, number, variable = name.split(".")
        index = int(number)
        if index >= len(modules[kind]):  # dense layers, or 1x1 convolutions after the pooling (MobileNet)
            matrix = tensor.flatten(0, -2).T if variable == "kernel" else tensor
            found[f"head.{number}.{LEAVES[variable]}" if kind == "conv" else name] = matrix
            continue
        path, module = modules[kind][index]
        if variable == "kernel":
            found[f"{path}.weight"] = _kernel_for(tensor, module)
        elif variable == "bias" and getattr(module, "bias", None) is None and paired:
            biases[index] = tensor
        else:
            found[f"{path}.{LEAVES[variable]}"] = tensor
    for index, (path, module) in enumerate(modules["norm"]):
        mean = f"{path}.running_mean"
        if index in biases and mean in found:
            found[mean] = found[mean] - biases[index]
        if f"{path}.bias" in found:  # a BatchNorm without scale
            found.setdefault(f"{path}.weight", torch.ones_like(module.weight))  # type: ignore[arg-type]
    return found


LEAVES = {
    "kernel": "weight",
    "bias": "bias",
    "gamma": "weight",
    "beta": "bias",
    "mean": "running_mean",
    "variance": "running_var",
}


def _kernel_for(tensor: torch.Tensor, module: nn.Module) -> torch.Tensor:
    """Convert Keras' layout to torch's: (H, W, I, O) -> (O, I, H, W), depthwise (H, W, C, 1) -> (C, 1, H, W).

    A dense kernel (H * W * I, O) that is a convolution in timm was trained on the flattened channels-last feature map.
    """
    assert isinstance(module, nn.Conv2d)
    if tensor.ndim == 2:
        height, width = module.kernel_size
        if tensor.shape[0] != height * width * module.in_channels:
            return tensor.T
        tensor = tensor.reshape(height, width, module.in_channels, -1)
    return (tensor.permute(2, 3, 0, 1) if module.groups > 1 else tensor.permute(3, 2, 0, 1)).contiguous()
