"""Keras (JAX) on photos, with its own MobileNetV2: ``python keras_images.py JOB.json ANSWER.json``.

It follows Keras' guide "Transfer learning & fine-tuning": Rescaling, the base model with ``training=False`` (BatchNorm
stays in inference mode in every job), average pooling, dropout 0.2 and a Dense layer; Adam at its default 0.001 while
the base is frozen and at 0.00001 for fine-tuning, after the head is trained. In light and full two thirds of the epochs
are for the head, as in the guide's example (two and one). The guide applies random flips and rotations once and caches
the result in memory (``.map(augment).batch().prefetch().cache()``); this script does the same in arrays, because that
pipeline needs TensorFlow. Saving and loading follow "Save, serialize, and export models" (``.keras``).

The crop is that of the weights, not the guide's resize to a square. ``keras.applications`` has none of the other
backbones; the tensors of timm's file are rearranged for it, and BatchNorm gets timm's epsilon.
"""

from __future__ import annotations

import os

os.environ["KERAS_BACKEND"] = "jax"

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import keras
import numpy as np
from contract import Answer, Job, Stopwatch, asked, reply
from safetensors.numpy import load_file

SAVED = "model.keras"
ARCHITECTURE = {"model_name": "mobilenetv2_100", "pad_type": "same"}
EPSILON = 1e-5
"""BatchNorm epsilon of timm's mobilenetv2_100; Keras' MobileNetV2 has 1e-3."""


def main() -> None:
    job, answer, stopwatch = asked()
    keras.utils.set_random_seed(job.seed)
    if job.name == "predict":
        model = keras.saving.load_model(Path(job.model) / SAVED)
        stopwatch.ready()
        with stopwatch.phase("data"):
            photos = _photos(job.test, job)
        _predict(model, photos, job, answer, stopwatch)
    else:
        _train(job, answer, stopwatch)
    reply(answer, ["keras", "jax", "jaxlib", "numpy", "pillow"])


def _train(job: Job, answer: Answer, stopwatch: Stopwatch) -> None:
    base = _base(job)
    model = _model(base, job)
    stages = list(_stages(job))
    _thaw(base, model, *stages[0][:2])
    stopwatch.ready()
    with stopwatch.phase("data"):
        train, test = _augmented(_photos(job.train, job)), _photos(job.test, job)
        targets, truth = (np.array([job.classes.index(label) for _, label in each]) for each in (job.train, job.test))
    for position, (modules, rate, epochs) in enumerate(stages):
        with stopwatch.phase("train"):
            if position:
                _thaw(base, model, modules, rate)
            model.fit(
                train, targets, batch_size=job.batch_size, epochs=epochs, validation_data=(test, truth), verbose=2
            )
        answer.notes.append(f"{epochs} epochs, Adam at {rate:g}, head and {len(modules)} modules of the base trained")
    answer.notes.append("train and predict include what XLA compiles at the first batch of each shape")
    _predict(model, test, job, answer, stopwatch)
    if job.model:
        with stopwatch.phase("save"):
            Path(job.model).mkdir(parents=True, exist_ok=True)
            model.save(Path(job.model) / SAVED)


def _predict(model: keras.Model, photos: np.ndarray, job: Job, answer: Answer, stopwatch: Stopwatch) -> None:
    with stopwatch.phase("predict"):
        logits = model.predict(photos, batch_size=job.batch_size, verbose=0)
        answer.predictions = [job.classes[index] for index in logits.argmax(axis=1)]


def _stages(job: Job) -> Iterator[tuple[list[str], float, int]]:
    """Yield, for each call of ``fit``: which modules of the base train (in timm's names), learning rate and epochs."""
    thawed = {"feature_extraction": 0, "light": job.thawed_blocks, "full": len(job.blocks)}
    if job.name not in thawed:
        raise SystemExit(f"Keras' guide has no job {job.name!r}; use {', '.join(thawed)}, predict")
    modules = [name for block in job.blocks[len(job.blocks) - thawed[job.name] :] for name in block]
    head = min(round(job.epochs * 2 / 3), job.epochs - 1) if modules else job.epochs
    if head:
        yield [], 1e-3, head
    if modules:
        yield modules, 1e-5, job.epochs - head


def _base(job: Job) -> keras.Model:
    """Return Keras' MobileNetV2 without its top, holding every tensor of the file but those of timm's classifier."""
    built = job.backbone.get("create_model", {})
    if any(built.get(name) != value for name, value in ARCHITECTURE.items()):
        raise SystemExit(f"keras.applications has of timm's models only {ARCHITECTURE}, not {job.backbone['file']}")
    size = job.backbone["input_size"][-1]
    base = keras.applications.MobileNetV2(weights=None, include_top=False, input_shape=(size, size, 3))
    tensors = {name: tensor.astype(np.float32) for name, tensor in load_file(job.backbone["file"]).items()}
    for layer in base.layers:
        if layer.weights:
            layer.set_weights(_weights(layer, _module(layer.name), tensors))
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.epsilon = EPSILON
    left = [name for name in tensors if not name.startswith("classifier.") and not name.endswith("num_batches_tracked")]
    if left:
        raise SystemExit(f"{len(left)} tensors of {job.backbone['file']} have no place in Keras' model: {left[:5]}")
    return base


def _weights(layer: keras.Layer, module: str, tensors: dict[str, np.ndarray]) -> list[np.ndarray]:
    """Remove the tensors of timm's ``module`` from ``tensors`` and return them in the layout of Keras' ``layer``."""
    if isinstance(layer, keras.layers.BatchNormalization):
        return [tensors.pop(f"{module}.{part}") for part in ("weight", "bias", "running_mean", "running_var")]
    kernel = tensors.pop(f"{module}.weight")  # (outputs, inputs, H, W); depthwise: (channels, 1, H, W)
    return [kernel.transpose((2, 3, 0, 1) if isinstance(layer, keras.layers.DepthwiseConv2D) else (2, 3, 1, 0))]


STAGES = (1, 2, 3, 4, 3, 3, 1)
"""How many of MobileNetV2's 17 inverted residuals lie in each of timm's ``blocks``."""
OUTSIDE = {"Conv1": "conv_stem", "bn_Conv1": "bn1", "Conv_1": "conv_head", "Conv_1_bn": "bn2"}
PARTS = {"expand": 1, "depthwise": 2, "project": 3}


def _module(layer: str) -> str:
    """Return timm's name of Keras' ``layer``: block_1_expand_BN is blocks.1.0.bn1."""
    if layer in OUTSIDE:
        return OUTSIDE[layer]
    first = layer.startswith("expanded_conv_")  # no expansion
    index, _, part = ("0", "", layer.removeprefix("expanded_conv_")) if first else layer[len("block_") :].partition("_")
    places = [f"blocks.{stage}.{place}" for stage, count in enumerate(STAGES) for place in range(count)]
    number = PARTS[part.removesuffix("_BN")]
    convolutions = ("", "conv_dw", "conv_pw") if first else ("conv_pw", "conv_dw", "conv_pwl")
    name = f"bn{number - first}" if part.endswith("_BN") else convolutions[number - 1]
    return f"{places[int(index)]}.{name}"


def _model(base: keras.Model, job: Job) -> keras.Model:
    """Return the guide's model on top of ``base``: pixels from 0 to 255 in, logits out."""
    mean, std = np.array(job.backbone["mean"]), np.array(job.backbone["std"])
    inputs = keras.Input(shape=base.input_shape[1:])
    scaled = keras.layers.Rescaling(scale=(1 / (255 * std)).tolist(), offset=(-mean / std).tolist())(inputs)
    features = keras.layers.GlobalAveragePooling2D()(base(scaled, training=False))
    return keras.Model(inputs, keras.layers.Dense(len(job.classes))(keras.layers.Dropout(0.2)(features)))


def _thaw(base: keras.Model, model: keras.Model, modules: list[str], rate: float) -> None:
    """Freeze the layers of ``base`` except those of ``modules`` (timm's names), and compile ``model`` anew."""
    base.trainable = bool(modules)
    if modules:
        for layer in base.layers:
            name = _module(layer.name) + "." if layer.weights else ""
            layer.trainable = any(name.startswith(f"{module}.") for module in modules)
    model.compile(
        optimizer=keras.optimizers.Adam(rate),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=[keras.metrics.SparseCategoricalAccuracy()],
    )


def _photos(examples: list[tuple[str, str]], job: Job) -> np.ndarray:
    """Read the photos as the weights need them, (N, H, W, 3) from 0 to 255: resized, then centre-cropped."""
    size = job.backbone["input_size"][-1]
    whole = int(size / job.backbone["crop_pct"])
    edge = (whole - size) // 2

    def read(example: tuple[str, str]) -> np.ndarray:
        photo = keras.utils.load_img(
            example[0], target_size=(whole, whole), interpolation=job.backbone["interpolation"], keep_aspect_ratio=True
        )
        return np.asarray(photo)[edge : edge + size, edge : edge + size]

    with ThreadPoolExecutor(os.cpu_count()) as threads:
        return np.stack(list(threads.map(read, examples)))


def _augmented(photos: np.ndarray) -> np.ndarray:
    """Return the photos after the guide's augmentation, each flipped and rotated at random once."""
    layers = [keras.layers.RandomFlip("horizontal"), keras.layers.RandomRotation(0.1)]
    batches = [photos[start : start + 64] for start in range(0, len(photos), 64)]
    for layer in layers:
        batches = [np.asarray(layer(batch, training=True)) for batch in batches]
    return np.concatenate(batches).round().clip(0, 255).astype(np.uint8)


if __name__ == "__main__":
    main()
