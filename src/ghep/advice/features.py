"""The frozen features of one backbone for the examples of one round of advice.

In: a backbone's name and the examples. Out: features (n, D) and targets (n,) of train and of valid. The backbone is
loaded on first use. Features are computed exactly as a linear probe on the same data computes them (one pass per split,
with an engine chosen by the number of examples). They are kept in the same store under the same keys, so a later fit on
the same examples reuses them.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ghep.advice.prepared_cache import Remembered
from ghep.advice.question import Question
from ghep.advice.race import Sample
from ghep.backbone.base import Backbone
from ghep.backbone.batch_norm import norm_layers
from ghep.backbone.catalog import load_backbone
from ghep.backbone.leading import leading
from ghep.data.loading.batches import LabelledExamples
from ghep.data.modalities import refuse_other
from ghep.errors import BackboneError
from ghep.features.frozen import FrozenPart, frozen_part
from ghep.guards.mismatch import DomainMismatch, domain_mismatch, reestimate_on
from ghep.guards.poor_features import backbone_findings, feature_findings
from ghep.model.device import device_named
from ghep.types import Example, Finding


@dataclass(frozen=True)
class Features:
    """The features (n, D) and targets (n,) of train and of valid."""

    train: tuple[np.ndarray, np.ndarray]
    valid: tuple[np.ndarray, np.ndarray]

    @property
    def both(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the features (n, D) and targets (n,) of train and valid, concatenated."""
        features, targets = (np.concatenate(parts) for parts in zip(self.train, self.valid, strict=True))
        return features, targets


class Extractor:
    """Computes features with one frozen backbone. Its first use may raise BackboneError or DataError."""

    def __init__(
        self,
        name: str,
        question: Question,
        *,
        random_weights: bool = False,
        boundary: int | None = None,
        reestimated: bool = False,
    ) -> None:
        """``reestimated``: with BatchNorm statistics of the training images in place of the pretrained ones."""
        self.name, self.question, self.random_weights, self.boundary = name, question, random_weights, boundary
        self.reestimated = reestimated

    def over(self, sample: Sample) -> Features:
        """Return the features of ``sample``, with one pass for each split whose features are not in the store."""
        train, valid = (self.of(examples, split) for examples, split in zip(sample, ("train", "valid"), strict=True))
        return Features(train, valid)

    def release(self) -> None:
        """Free the memory of weights and engines; both are loaded again on the next use."""
        for cached in ("backbone", "frozen"):
            self.__dict__.pop(cached, None)

    @functools.cached_property
    def backbone(self) -> Backbone:
        """The backbone, with the same preprocessing as in a run on these data."""
        dataset, options = self.question.dataset, self.question.options
        backbone = load_backbone(
            self.name, random_weights=self.random_weights, seed=self.question.seed, image_size=options.image_size
        )
        if self.boundary is not None:
            backbone = leading(backbone, self.boundary)
        backbone.limit_texts(options.max_length, options.truncate)
        backbone.preprocess = backbone.preprocess.measured_on(dataset)
        refuse_other(dataset.name, dataset.modality, backbone.preprocess.modality, who=backbone.card.name)
        if backbone.ragged_features:
            raise BackboneError("backbone-generates-labels", backbone=backbone.card.name)
        backbone.look_at(self._store(backbone), dataset.train)
        backbone = backbone.to(device_named(options.device))
        if self.reestimated:  # on the images that a run uses, so that the run finds the features in the store
            reestimate_on(backbone, self.data(dataset.train, backbone))
        return backbone

    @functools.cached_property
    def frozen(self) -> FrozenPart:
        """The frozen part, which computes and stores features."""
        listener = self.question.listener
        progress = None if listener is None else listener.progress
        part = frozen_part(self.backbone, self.question.options, expected=self.question.expected, progress=progress)
        part.cluster = self.question.cluster
        return part

    def findings(self) -> tuple[Finding, ...]:
        """Return the findings on the backbone, the prepared examples and the passes."""
        of_examples = self._store(self.backbone).findings(self.question.used[0])
        of_passes = (*self.frozen.findings, *self.frozen.at_once.findings(self.frozen.device))
        found = (*self.backbone.findings, *of_examples, *of_passes)
        return tuple(one for one in found if one.code != "source-head-left-out")

    def poor(self, features: np.ndarray) -> tuple[Finding, ...]:
        """Return findings on the weights, the preprocessing and ``features`` (n, D) (``guards/poor_features.py``)."""
        of_backbone = backbone_findings(self.backbone, self.data(self.question.rounds[0][0], self.backbone))
        return (*of_backbone, *feature_findings(self.backbone, features))

    def weight_bytes(self) -> int:
        """Return the size of the backbone's weights in memory, in bytes."""
        return sum(parameter.nbytes for parameter in self.backbone.parameters())

    def _store(self, backbone: Backbone) -> Remembered:
        return self.question.memory.store(backbone.preprocess, limit_bytes=self.question.options.cache_size)

    def mismatch(self) -> DomainMismatch | None:
        """Return how far the training images are from the source data; None for a network without BatchNorm."""
        if not norm_layers(self.backbone):
            return None
        return domain_mismatch(self.backbone, self.data(self.question.used[0], self.backbone))

    def data(self, examples: Sequence[Example], backbone: Backbone) -> LabelledExamples:
        """Return ``examples`` with their targets, as the backbone takes them."""
        store, question = self._store(backbone), self.question
        return LabelledExamples(
            tuple(examples),
            {question.task.name: question.targets(examples)},
            store,
            backbone.preprocess,
            question.dataset.digests,
            store.lengths(examples),
        )

    def of(self, examples: Sequence[Example], split: str) -> tuple[np.ndarray, np.ndarray]:
        """Return the features (n, D) and targets (n,) of ``examples``, which belong to ``split``."""
        backbone, question = self.backbone, self.question
        if not examples:
            return np.zeros((0, backbone.feature_dim), np.float32), question.targets(examples)
        data = self.data(examples, backbone)
        return self.frozen.features(data, what=split), np.asarray(data.targets[question.task.name])
