"""The lines that a run prints before it starts: data, backbone, strategy with its reasons, and each stage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ghep.backbone.base import Backbone
from ghep.data.dataset import Dataset
from ghep.messages import Message, text_of
from ghep.multitask.mixing import shares
from ghep.strategy.base import Plan
from ghep.training.stage import Stage


def announcement(
    dataset: Dataset, backbone: Backbone, plan: Plan, *, summary: str, prepared: Sequence[str]
) -> Iterator[str]:
    """Yield the lines of text; ``prepared`` are the lines about the prepared examples, which are last."""
    sizes = [Message("plan-split", {"count": count, "split": split}) for split, count in dataset.counts.items()]
    numeric = dataset.regression
    classes = [
        Message("plan-numbers", {"task": task})
        if task in numeric
        else Message("plan-classes", {"count": len(names), "task": task, "multi_label": task in dataset.multi_label})
        for task, names in dataset.classes.items()
    ]
    yield text_of("plan-data", name=dataset.name, sizes=sizes, classes=classes)
    card, count = backbone.card, len(backbone.blocks())
    yield text_of(
        "plan-backbone",
        name=card.name,
        source=card.source,
        pretrained=card.pretrained,
        blocks=count,
        features=backbone.feature_dim,
        preprocess=backbone.preprocess.describe(),
    )
    yield text_of("plan-strategy", name=plan.strategy, summary=summary)
    yield from (f"  - {reason}" for reason in plan.reasons)
    trained = [stage for stage in plan.stages if stage.head != "solve"]
    if len(dataset.tasks) > 1 and trained:
        yield _sharing(dataset, trained[-1])
    for index, stage in enumerate(plan.stages, 1):
        yield text_of(
            "plan-stage",
            index=index,
            name=stage.name,
            frozen=stage.frozen_blocks,
            blocks=len(stage.lrs),
            training=_training(stage),
        )
    yield from (f"  {line}" for line in prepared)


def _sharing(dataset: Dataset, stage: Stage) -> str:
    labels = {task: sum(task in one.labels for one in dataset.train) for task in dataset.tasks}
    sharing = stage.sharing
    return text_of(
        "plan-sharing",
        mixing=sharing.mixing,
        shares=[
            Message("plan-share", {"task": task, "share": share}) for task, share in shares(labels, sharing).items()
        ],
        weighting=sharing.weighting,
        weights=[
            Message("plan-task-weight", {"task": task, "weight": weight}) for task, weight in sharing.task_weights
        ],
        given=len(sharing.task_weights),
        surgery=sharing.surgery,
    )


def _training(stage: Stage) -> Message:
    if stage.head == "solve":
        return Message("plan-stage-solved")
    rates = [lr for lr in stage.lrs if lr > 0]
    return Message(
        "plan-stage-trained",
        {
            "trains": "adapters" if stage.adapters is not None else "blocks" if rates else "head",
            "rank": stage.adapters.rank if stage.adapters is not None else 0,
            "lowest": min(rates, default=0.0),
            "highest": max(rates, default=0.0),
            "head_lr": stage.head_lr,
            "epochs": stage.epochs,
            "batch_size": stage.batch_size,
        },
    )
