"""What will be done, in words, before it is done: data, backbone, strategy with its reasons, and each stage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ghep.backbone.base import Backbone
from ghep.data.dataset import Dataset
from ghep.multitask.mixing import shares
from ghep.strategy.base import Plan
from ghep.training.stage import Stage


def plan_in_words(
    dataset: Dataset, backbone: Backbone, plan: Plan, *, summary: str, prepared: Sequence[str]
) -> Iterator[str]:
    """Yield the lines; ``prepared`` are those on the prepared examples."""
    counts = dataset.counts
    sizes = ", ".join(f"{count} {split}" for split, count in counts.items())
    several = dict.fromkeys(dataset.multi_label, ", any number each")
    classes = "; ".join(
        f"{len(names)} classes of {task}{several.get(task, '')}" for task, names in dataset.classes.items()
    )
    yield f"data      {dataset.name}: {sizes}; {classes}"
    card, preprocess = backbone.card, backbone.preprocess
    origin = card.source if card.pretrained else "random weights"
    size, count = preprocess.describe(), len(backbone.blocks())
    yield f"backbone  {card.name} ({origin}): {count} blocks, {backbone.feature_dim} features, {size}"
    yield f"strategy  {plan.strategy}: {summary}"
    yield from (f"  - {reason}" for reason in plan.reasons)
    moving = [stage for stage in plan.stages if stage.head != "solve"]
    if len(dataset.tasks) > 1 and moving:
        yield f"sharing   {_sharing(dataset, moving[-1])}"
    for index, stage in enumerate(plan.stages, 1):
        yield f"  stage {index} {stage.name}: {stage.frozen_blocks} of {len(stage.lrs)} blocks frozen, {_how(stage)}"
    yield from (f"  {line}" for line in prepared)


def _sharing(dataset: Dataset, stage: Stage) -> str:
    labels = {task: sum(task in one.labels for one in dataset.train) for task in dataset.tasks}
    each = ", ".join(f"{task} {share:.0%}" for task, share in shares(labels, stage.sharing).items()).replace("%", " %")
    weights = ", ".join(f"{task} {weight:g}" for task, weight in stage.sharing.task_weights)
    sums = "added" if stage.sharing.surgery == "none" else stage.sharing.surgery
    weighting = f"{stage.sharing.weighting} ({weights})" if weights else stage.sharing.weighting
    return f"rows {stage.sharing.mixing} ({each}), weights {weighting}, gradients {sums}"


def _how(stage: Stage) -> str:
    if stage.head == "solve":
        return "head solved on features"
    moving = [lr for lr in stage.lrs if lr > 0]
    rates = f"rates {min(moving):.1e} to {max(moving):.1e}, " if moving else ""
    if stage.adapters is not None:
        rates = f"adapters of rank {stage.adapters.rank} at {max(moving):.1e}, "
    return f"{rates}head {stage.head_lr:.1e}, {stage.epochs} epochs, batches of {stage.batch_size}"
