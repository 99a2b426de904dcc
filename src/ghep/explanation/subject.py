"""The model under study: a bundle, or a backbone with the classifier of its pretraining.

In: the name of a bundle folder or of a backbone. Out: a ``Subject``, which computes logits from pixels at the photo's
own size, with gradients. While it is in use, parameters have no gradients and all modules are in eval mode; both are
restored.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ghep.backbone.base import Backbone
from ghep.backbone.blocks import evaluating
from ghep.backbone.catalog import load_backbone
from ghep.backbone.image import ImageBackbone
from ghep.backbone.source_head import source_head
from ghep.backbone.source_labels import outputs_called, source_labels
from ghep.data.image.differentiable import PixelTransform
from ghep.data.loading.padded import Inputs
from ghep.errors import ConfigError, did_you_mean
from ghep.messages import Message
from ghep.model.bundle import Bundle, load_bundle
from ghep.storage.folder import MANIFEST
from ghep.tasks.base import Classifier, Task, classes_of
from ghep.types import Finding, Modality

MOST_HINTS = 5
"""Classes that a refusal of an unknown label suggests."""


@dataclass(frozen=True)
class Subject:
    """A network with one head, and what its outputs mean."""

    name: str
    backbone: Backbone
    head: nn.Module
    """Features (N, D) -> logits (N, K)."""
    labels: tuple[str, ...]
    """Names of the K outputs: the classes; the name of the task for a number."""
    task: Task | None = None
    """None for the classifier of a backbone's pretraining, which has exclusive classes."""
    calibration: float | None = None
    bundle: Bundle | None = None
    findings: tuple[Finding, ...] = ()
    """What was assumed about a backbone from a file: its preprocessing, the names of its classes."""

    @property
    def modality(self) -> Modality:
        """Modality of the inputs."""
        return self.backbone.preprocess.modality

    @property
    def classes(self) -> tuple[str, ...]:
        """Return the classes; empty for a number."""
        return self.labels if self.task is None else classes_of(self.task)

    def transform(self, height: int, width: int) -> PixelTransform:
        """Return the preprocessing, with gradients, of photos that are ``height`` x ``width`` pixels."""
        return PixelTransform(self.images().preprocess, height, width)

    def logits(self, inputs: Inputs) -> torch.Tensor:
        """Return the logits (N, K) of preprocessed ``inputs``."""
        found: torch.Tensor = self.head(self.backbone(inputs))
        return found

    def probabilities(self, logits: torch.Tensor) -> torch.Tensor:
        """Return the calibrated probabilities (N, K), as ``ghep predict`` gives them; numbers (N, 1) for a number."""
        if self.task is None:
            return logits.softmax(1)
        found = self.task.predict(logits.detach().cpu().numpy(), self.calibration)
        return torch.from_numpy(found if isinstance(self.task, Classifier) else found[:, :1]).float()

    def index_of(self, label: str) -> int:
        """Return the output called ``label``, or whose synonym it is; raise ConfigError if there is none, or several.

        Names are compared without case.
        """
        if label in self.labels:
            return self.labels.index(label)
        found = outputs_called(self.labels, label)
        if len(found) == 1:
            return found[0]
        if not self.classes:
            raise ConfigError("subject-number-no-class", name=self.name, label=label, task=self.labels[0])
        if found:
            raise ConfigError("subject-ambiguous-label", label=label, labels=[self.labels[one] for one in found])
        # "cat" is like no whole name, but a word of "Persian cat".
        wanted = set(re.findall(r"\w+", label.lower()))
        having = [name for name in self.labels if wanted and wanted <= set(re.findall(r"\w+", name.lower()))]
        hint = did_you_mean(label, self.labels)
        if having:
            hint = Message("did-you-mean", {"names": [f'"{name}"' for name in having[:MOST_HINTS]]})
        raise ConfigError("subject-unknown-label", name=label, hint=hint)

    @contextmanager
    def in_use(self) -> Iterator[Backbone]:
        """Put the model in eval mode without gradients of parameters in the block; restore both after it."""
        modules = nn.ModuleList([self.backbone, self.head])
        wanted = [(parameter, parameter.requires_grad) for parameter in modules.parameters()]
        try:
            for parameter, _ in wanted:
                parameter.requires_grad_(False)
            with evaluating(modules), torch.enable_grad():
                yield self.backbone
        finally:
            for parameter, before in wanted:
                parameter.requires_grad_(before)

    @contextmanager
    def on(self, device: torch.device) -> Iterator[None]:
        """Move the model to ``device`` in the block, and back after it."""
        modules = nn.ModuleList([self.backbone, self.head])
        before = next(self.head.parameters()).device
        try:
            modules.to(device)
            yield
        finally:
            modules.to(before)

    def images(self) -> ImageBackbone:
        """Return the backbone; raise ConfigError if it does not read images."""
        if not isinstance(self.backbone, ImageBackbone):
            raise ConfigError("subject-not-of-images", name=self.name)
        return self.backbone


def subject_of(name: str | Path | Bundle, *, task: str | None = None) -> Subject:
    """Return the model called ``name``: a bundle (its ``task``, by default the first), or a backbone.

    Raises BundleError or BackboneError if it cannot be loaded, ConfigError for a backbone without the classifier of its
    pretraining, for an unknown task, and for a model whose head does not work on features (text-to-text).
    """
    if isinstance(name, Bundle) or (Path(name) / MANIFEST).is_file():
        bundle = name if isinstance(name, Bundle) else load_bundle(name)
        return _of_bundle(bundle, task)
    backbone = load_backbone(str(name))
    head = source_head(str(name), backbone)
    if isinstance(head, Message):
        raise ConfigError("subject-without-classifier", name=name, cause=head)
    layer = nn.Linear(head.weight.shape[1], len(head.weight))
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(head.weight))
        layer.bias.copy_(torch.from_numpy(head.bias))
    labels, findings = source_labels(str(name), backbone.card.source_labels, len(head.weight))
    assumed = tuple(one for one in backbone.findings if one.severity != "info")
    return Subject(str(name), backbone, layer, labels, findings=(*assumed, *findings))


def _of_bundle(bundle: Bundle, wanted: str | None) -> Subject:
    model, names = bundle.model, [task.name for task in bundle.model.tasks]
    if wanted is not None and wanted not in names:
        raise ConfigError("predictor-unknown-task", name=wanted, hint=did_you_mean(wanted, names))
    task = model.tasks[names.index(wanted)] if wanted is not None else model.tasks[0]
    if model.backbone.ragged_features:
        raise ConfigError("subject-text-to-text", name=bundle.folder)
    calibration: Any = bundle.calibration.get(task.name)
    labels = classes_of(task) or (task.name,)
    return Subject(str(bundle.folder), model.backbone, model.head(task.name), labels, task, calibration, bundle)
