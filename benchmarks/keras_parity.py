"""Parity of Keras' weights in ghep and in Keras: features of the same pixels, application by application.

    KERAS_BACKEND=torch python benchmarks/keras_parity.py [--only ResNet50 VGG16] [--form keras]

Needs the extra ``dev`` (Keras and h5py); nothing is downloaded. Each application gets random weights, biases and
BatchNorm statistics, is saved by Keras and loaded by ghep. ``difference`` is the largest of any feature, divided by the
root mean square of Keras' features. Both sides compute in float64, from weights that ghep read as float32: the rounding
of float32 grows with depth in a network of random weights, up to 1 in EfficientNetB4. Pixels go through Keras'
``preprocess_input`` on one side, through the mean and standard deviation of ghep's preprocess on the other.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path
from typing import Any
from unittest.mock import patch

os.environ.setdefault("KERAS_BACKEND", "torch")

import h5py
import keras
import numpy as np
import torch

from ghep.backbone.base import Backbone
from ghep.backbone.catalog import load_backbone
from ghep.data.image.preprocess import ImagePreprocess

MODULES = {
    "VGG16": "vgg16",
    "VGG19": "vgg19",
    "ResNet50": "resnet",
    "ResNet101": "resnet",
    "ResNet152": "resnet",
    "ResNet50V2": "resnet_v2",
    "ResNet101V2": "resnet_v2",
    "ResNet152V2": "resnet_v2",
    "InceptionV3": "inception_v3",
    "DenseNet121": "densenet",
    "DenseNet169": "densenet",
    "DenseNet201": "densenet",
    "MobileNet": "mobilenet",
    "MobileNetV2": "mobilenet_v2",
    "MobileNetV3Small": "mobilenet_v3",
    "MobileNetV3Large": "mobilenet_v3",
    **{f"EfficientNetB{number}": "efficientnet" for number in range(8)},
}
"""Application -> the module of ``keras.applications`` whose ``preprocess_input`` belongs to it."""
FORMS = ("keras", "weights.h5", "unnamed", "h5", "named")
"""``unnamed``: .weights.h5 without layer names, as the first versions of Keras 3 wrote it; ``named``: Keras 2's."""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", nargs="*", default=list(MODULES))
    parser.add_argument("--form", choices=FORMS, default="keras")
    arguments = parser.parse_args()
    print(f"Keras {keras.__version__}, torch {torch.__version__}, {torch.get_num_threads()} threads, {arguments.form}")
    print("| application | features | difference | difference without top | seconds to load |")
    print("|---|---|---|---|---|")
    for name in arguments.only:
        size = 107 if name == "InceptionV3" else 224 if name.startswith("VGG") else 96
        top, seconds, features = parity(name, include_top=True, size=size, form=arguments.form)
        without, _, _ = parity(name, include_top=False, size=size, form=arguments.form)
        print(f"| {name} | {features} | {top:.1e} | {without:.1e} | {seconds:.1f} |", flush=True)


def parity(name: str, *, include_top: bool, size: int, form: str) -> tuple[float, float, int]:
    """Return the largest relative difference of a feature, the seconds to load, and the number of features."""
    model = random_application(name, include_top=include_top, size=size)
    pixels = np.random.default_rng(5).integers(0, 256, (2, size, size, 3)).astype("float32")
    wanted = keras_features(model, name, pixels)
    with tempfile.TemporaryDirectory() as folder:
        path = saved(model, Path(folder), form)
        began = time.perf_counter()
        backbone = load_backbone(str(path))
        seconds = time.perf_counter() - began
    return difference(wanted, ghep_features(backbone, pixels)), seconds, wanted.shape[1]


def random_application(name: str, *, include_top: bool, size: int, seed: int = 0, **arguments: Any) -> Any:
    """Return the application with all weights random, including those that could hide a wrong order or epsilon."""
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    keras.utils.set_random_seed(seed)
    pooling = {} if include_top else {"pooling": "avg"}
    build = getattr(keras.applications, name)
    model = build(weights=None, include_top=include_top, input_shape=(size, size, 3), **pooling, **arguments)
    draw = np.random.default_rng(seed)
    for layer in model.layers:
        for variable in layer.weights:
            shape, kind = tuple(variable.shape), variable.path.rpartition("/")[2]
            if isinstance(layer, keras.layers.Normalization):
                # Keras takes the root in float32: use numbers with an exact root.
                values = draw.integers(4, 9, shape) ** 2 / 256 if "int" not in str(variable.dtype) else None
            elif kind == "kernel":
                inputs = np.prod(shape[:2]) if "depthwise" in type(layer).__name__.lower() else np.prod(shape[:-1])
                values = np.float32((2 / inputs) ** 0.5) * draw.standard_normal(shape, dtype="float32")
            elif kind in ("gamma", "moving_variance"):
                values = draw.uniform(0.5, 1.5, shape)
            else:
                values = draw.normal(0, 0.3, shape)
            if values is not None:
                variable.assign(values.astype("float32"))
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()
    return model


def keras_features(model: Any, name: str, pixels: np.ndarray) -> np.ndarray:
    """Return (N, D), the input of the classifier, for pixels (N, H, W, 3) from 0 to 255."""
    names = {layer.name for layer in model.layers}
    last = next((one for one in ("logits", "conv_preds", "predictions") if one in names), None)
    if last is not None:
        model = keras.Model(model.inputs, model.get_layer(last).input)
    ready = getattr(keras.applications, MODULES[name]).preprocess_input(pixels.astype("float64"))
    return predicted(model, ready)


def predicted(model: Any, inputs: np.ndarray) -> np.ndarray:
    """Return the outputs (N, D) in float64; Keras' BatchNorms and means would else be in float32."""
    backend = keras.src.backend
    with (
        patch.object(backend, "result_type", lambda *_: "float64"),
        patch.object(backend.common.dtypes, "result_type", lambda *_: "float64"),
    ):
        outputs = model.predict(inputs.astype("float64"), verbose=0)
    return np.asarray(outputs).reshape(len(inputs), -1)


def ghep_features(backbone: Backbone, pixels: np.ndarray) -> np.ndarray:
    """Return (N, D) for the same pixels."""
    assert isinstance(backbone.preprocess, ImagePreprocess)
    preprocess = backbone.preprocess
    mean, std = (
        torch.tensor(values, dtype=torch.float64).view(3, 1, 1) for values in (preprocess.mean, preprocess.std)
    )
    inputs = (torch.from_numpy(pixels).double().permute(0, 3, 1, 2) / 255 - mean) / std
    with torch.no_grad():
        return backbone.eval().double()(inputs).numpy()


def difference(wanted: np.ndarray, found: np.ndarray) -> float:
    """Return the largest difference relative to the root mean square of ``wanted``; infinity for another shape."""
    if wanted.shape != found.shape or not np.isfinite(wanted).all():
        return float("inf")
    return float(np.abs(wanted - found).max() / np.sqrt(np.mean(wanted**2)))


def saved(model: Any, folder: Path, form: str) -> Path:
    """Save the model in one of FORMS; return the file."""
    suffix = {"keras": ".keras", "h5": ".h5", "named": ".h5"}.get(form, ".weights.h5")
    path = folder / f"model{suffix}"
    if form == "named":
        from keras.src.legacy.saving.legacy_h5_format import save_weights_to_hdf5_group

        with h5py.File(path, "w") as file:
            save_weights_to_hdf5_group(file, model)
    elif form in ("keras", "h5"):
        model.save(path)
    else:
        model.save_weights(path)
    if form == "unnamed":
        with h5py.File(path, "r+") as file:
            file.visititems(lambda _, member: member.attrs.pop("name", None) and None)
    return path


if __name__ == "__main__":
    main()
