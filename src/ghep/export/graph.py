"""The network of a bundle as one graph, from a batch of arrays to named outputs: what every export format traces.

Inputs: ``pixels`` (N, 3, H, W) float32, normalised; or ``tokens`` (N, L), bytes of words (N, L, C), int64, with
``lengths`` (N,) int64. Outputs of each task: ``logits`` (N, K), and ``probabilities`` (N, K) at the bundle's
temperature, or for regression ``value`` (N,) in the units of the labels; with several tasks, ``<task>.logits`` and so
on. Then ``features`` (N, D), unless features have one row per token.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import nn

from ghep.backbone.blocks import evaluating
from ghep.data.loading.padded import parts, whole
from ghep.errors import ConfigError
from ghep.export.exported import output_names
from ghep.export.parity import BATCHES
from ghep.export.runtime import CLOSE
from ghep.model.transfer import TransferModel
from ghep.tasks.base import Classifier, Task
from ghep.tasks.regression import Regression

LONGEST = 200
"""Positions of the longest sample text."""


class Graph(nn.Module):
    """A transfer model whose ``forward`` takes and returns plain tensors: ``input_names`` -> ``output_names``."""

    def __init__(self, model: TransferModel, calibration: Mapping[str, float]) -> None:
        super().__init__()
        self.model = model
        self.calibration = dict(calibration)
        self.input_names = model.backbone.preprocess.input_names
        self.output_names = output_names(model.tasks, features=not model.backbone.ragged_features)

    def forward(self, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Return the outputs in the order of ``output_names``."""
        features = self.model.backbone.forward_from(whole(inputs), 0)
        logits = self.model.from_features(features)
        found = [one for task in self.model.tasks for one in self._answers(task, logits[task.name])]
        return (*found, *(parts(features) if "features" in self.output_names else ()))

    def _answers(self, task: Task, logits: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        if isinstance(task, Regression):
            return logits, task.mean + task.spread * logits[:, 0]
        assert isinstance(task, Classifier)
        scaled = logits / self.calibration.get(task.name, 1.0)
        return logits, scaled.softmax(dim=1) if task.exclusive else scaled.sigmoid()

    def sample(self, count: int) -> tuple[torch.Tensor, ...]:
        """Return ``count`` synthetic inputs; the longest text has ``LONGEST`` positions, or fewer in small batches."""
        backbone = self.model.backbone
        if backbone.fixed_size:
            return parts(backbone.preprocess.sample(count, 0))
        length = min(LONGEST, 12 * count, backbone.preprocess.max_length)  # type: ignore[attr-defined]
        values, _ = parts(backbone.preprocess.sample(count, length))
        lengths = torch.linspace(length, max(1, length // 3), count).round().long()
        inside = torch.arange(length) < lengths[:, None]
        return values * inside.reshape(*inside.shape, *[1] * (values.ndim - 2)), lengths


def graph_difference(graph: Graph, load: Callable[[], Any]) -> str:
    """Return where the outputs of an exported graph differ from those of ``graph``; empty if they agree at all sizes.

    ``load`` returns the function that runs the exported graph, as ``runtime.Run``.
    """
    try:
        run = load()
        for count in BATCHES:
            inputs = graph.sample(count)
            with torch.no_grad(), evaluating(graph.model):
                expected = graph(*inputs)
            found = run([one.numpy() for one in inputs], graph.output_names)
            for name, one, right in zip(graph.output_names, found, expected, strict=True):
                apart = np.abs(one - right.numpy()).max() / max(1.0, float(right.abs().max()))
                if one.shape != tuple(right.shape) or not apart <= CLOSE:
                    return f"{name} of a batch of {count} differs by {apart:.1e}"
    except ConfigError:
        raise
    except Exception as error:  # the engine refuses the file, or an input of another size
        return first_line(error)
    return ""


def free_axes(name: str) -> tuple[str, ...]:
    """Return the names of the first axes of an input or output whose size is free."""
    return ("batch", "length") if name == "tokens" else ("batch",)


def dynamic_shapes(graph: Graph) -> tuple[Any, ...]:
    """Return which axes of the inputs are free, for ``torch.export``."""
    free = (dict.fromkeys(range(len(free_axes(name))), torch.export.Dim.DYNAMIC) for name in graph.input_names)
    return (tuple(free),)


def first_line(error: Exception) -> str:
    """Return the first line of an error's text, or its type."""
    return (str(error).splitlines() or [type(error).__name__])[0]


@contextmanager
def quiet_exporters() -> Iterator[None]:
    """Hide what exporters print: warnings of sizes that are fixed, which are checked afterwards, and progress."""
    level = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(level)
