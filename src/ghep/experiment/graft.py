"""A graft is a backbone with new heads, ready to train: everything that is decided before the first step.

In: prepared data, a backbone, a strategy. Out: a ``Graft`` with the model, the splits with targets, the plan, and the
frozen part, whose activations are computed once. Runs and learning-rate trials both start from a graft.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ghep.backbone.base import Backbone
from ghep.backbone.catalog import load_backbone
from ghep.backbone.source_head import SourceHead, source_head
from ghep.data.dataset import Dataset
from ghep.data.loading.batches import LabelledExamples
from ghep.errors import ConfigError
from ghep.experiment.announce import announcement
from ghep.experiment.options import RunOptions
from ghep.experiment.prepared import Prepared, tasks_of
from ghep.features.costs import activation_bytes
from ghep.features.frozen import FrozenPart, frozen_part
from ghep.guards.mismatch import REESTIMATED, reestimate_on
from ghep.guards.sharing import size_findings
from ghep.messages import Message, text_of
from ghep.model.device import device_named
from ghep.model.lora import linear_layers
from ghep.model.transfer import TransferModel
from ghep.multitask.mixing import shares
from ghep.reporter import Reporter
from ghep.strategy.base import Plan, Strategy
from ghep.strategy.derive import Situation
from ghep.tasks.base import Classifier, labelled
from ghep.types import Finding, Split


@dataclass(frozen=True)
class Graft:
    """A model with its data, plan and frozen part, ready to train."""

    dataset: Dataset
    model: TransferModel
    splits: Mapping[Split, LabelledExamples]
    strategy: Strategy
    situation: Situation
    """Properties of data and backbone, from which the plan was derived."""
    plan: Plan
    before: Mapping[str, str]
    """Fingerprints of the backbone's tensors before training, after BatchNorm statistics were re-estimated, if so."""
    frozen: FrozenPart
    findings: tuple[Finding, ...]
    """Findings about the prepared training examples, the cost of a step, and the sizes of the tasks."""
    prepared_lines: tuple[str, ...] = ()
    """Lines about the prepared examples, for the announcement."""
    source_head: SourceHead | None = None
    """The classifier of the backbone's source task, if the plan needs it (``keep="lwf"``)."""

    @property
    def backbone(self) -> Backbone:
        """The backbone of the model."""
        return self.model.backbone

    def announcement(self) -> Iterator[str]:
        """Yield the lines that a run prints before it starts."""
        summary, prepared = self.strategy.summary, self.prepared_lines
        yield from announcement(self.dataset, self.backbone, self.plan, summary=summary, prepared=prepared)
        yield from (f"  {finding.level}: {finding.message}" for finding in self.findings)

    def key(self, *, seed: int, ratings: tuple[str, ...]) -> str:
        """Return a hash of data, weights, plan, seed and preprocessing that identifies the run of a checkpoint."""
        labels = [
            (split, example.id, self.dataset.digests.get(example.id), sorted(example.labels.items()))
            for split in self.dataset.counts
            for example in self.dataset.examples(split)
        ]
        stages = [stage.to_json() for stage in self.plan.stages]
        preprocess = self.backbone.preprocess.to_json()
        more: list[Any] = [sorted(self.dataset.weights.items())] if self.dataset.weights else []
        more += [self.plan.interpolation.to_json()] if self.plan.interpolation is not None else []
        text = json.dumps([labels, sorted(self.before.items()), stages, seed, sorted(ratings), preprocess, *more])
        return hashlib.sha256(text.encode()).hexdigest()


def backbone_for(name: str, strategy: Strategy, options: RunOptions, *, seed: int) -> Backbone:
    """Return the backbone ``name``, with random weights if the strategy or the options require them."""
    random = options.random_weights or not strategy.uses_pretrained
    backbone = load_backbone(name, random_weights=random, seed=seed, image_size=options.image_size)
    backbone.limit_texts(options.max_length, options.truncate)
    return backbone


def graft(prepared: Prepared, backbone: Backbone, strategy: Strategy, options: RunOptions, reporter: Reporter) -> Graft:
    """Return ``backbone`` with new heads for the tasks of ``prepared``, and the plan of ``strategy``."""
    dataset, store = prepared.dataset, prepared.store
    backbone.preprocess = backbone.preprocess.measured_on(dataset)
    backbone.look_at(store, dataset.train)
    tasks = tasks_of(dataset, options.ratings)
    if strategy.class_weights and not any(isinstance(task, Classifier) for task in tasks):
        raise ConfigError("class-weights-without-classes", tasks=[task.name for task in tasks], count=len(tasks))
    splits = prepared.labelled(tasks, backbone.preprocess)
    model = TransferModel(backbone, tasks)
    situation = _situation(model, splits)
    plan = strategy.plan(situation)
    source = _source_head(backbone) if strategy.keep == "lwf" else None
    for task in tasks if any(stage.head == "solve" for stage in plan.stages) else ():
        model.head(task.name)  # raises now if its head is not linear, not after a pass over the data
    slow = backbone.cost_findings(store.lengths(dataset.train))
    findings = (*store.findings(dataset.train), *slow, *_size_findings(plan, splits["train"]))
    model.to(device_named(options.device))
    if strategy.batch_norm == "reestimate":
        findings += _reestimated(backbone, dataset, splits["train"])
    before = backbone.fingerprints()
    expected = sum(len(data) for data in splits.values())
    frozen = frozen_part(backbone, options, expected=expected, fingerprints=before, progress=reporter.progress)
    frozen.at_once = model.at_once
    lines = tuple(store.plan_lines())
    return Graft(dataset, model, splits, strategy, situation, plan, before, frozen, findings, lines, source)


def _source_head(backbone: Backbone) -> SourceHead:
    """Return the classifier of the source task; raise ConfigError if the backbone has none."""
    found = source_head(backbone.loaded_as, backbone) if backbone.loaded_as else Message("source-head-none")
    if isinstance(found, Message):
        raise ConfigError("keep-lwf-needs-source-head", backbone=backbone.card.name, why=found)
    return found


def _reestimated(backbone: Backbone, dataset: Dataset, train: LabelledExamples) -> tuple[Finding, ...]:
    """Replace the BatchNorm statistics of ``backbone`` by those of ``train``, note it on its card, return findings."""
    found = reestimate_on(backbone, train)
    if found:
        count = min(len(train), REESTIMATED)
        source = text_of("card-reestimated", source=backbone.card.source, count=count, data=dataset.name)
        backbone.card = replace(backbone.card, source=source)
    return found


def _situation(model: TransferModel, splits: Mapping[Split, LabelledExamples]) -> Situation:
    """Return the properties of data and backbone that the rules in ``strategy/derive.py`` use."""
    from torch.nn import Conv2d, Linear
    from torch.nn.modules.batchnorm import _BatchNorm

    backbone = model.backbone
    return Situation(
        num_train=len(splits["train"]),
        blocks=tuple(block.name for block in backbone.blocks()),
        batch_norm=any(isinstance(module, _BatchNorm) for module in backbone.modules()),
        has_valid="valid" in splits,
        shallow=backbone.shallow,
        width=backbone.width,
        views=backbone.preprocess.has_views,
        blends=backbone.preprocess.blends,
        linear_layers=linear_layers(backbone),
        tasks=tuple(splits["train"].targets),
        convolutional=any(isinstance(module, Conv2d) for module in backbone.modules()),
        pretrained=backbone.card.pretrained,
        linear_heads=all(isinstance(head, Linear) for head in model.heads.values()),
        activation_bytes=functools.cache(functools.partial(activation_bytes, model, splits["train"])),
    )


def _size_findings(plan: Plan, train: LabelledExamples) -> tuple[Finding, ...]:
    """Return a finding if tasks that share trained weights have very unequal numbers of labels."""
    trained = [stage for stage in plan.stages if stage.head != "solve"]
    labels = {task: int(labelled(targets).sum()) for task, targets in train.targets.items()}
    return size_findings(labels, shares(labels, trained[-1].sharing)) if trained and len(labels) > 1 else ()
