"""What a notebook shows of a plan: its stages as a table, and the reasons."""

from __future__ import annotations

from ghep.display import html
from ghep.strategy.base import Plan
from ghep.training.stage import Stage

MOST_STAGES = 20


def plan_html(plan: Plan) -> str:
    """Return the HTML of a plan."""
    count = f"{len(plan.stages)} {'stage' if len(plan.stages) == 1 else 'stages'}"
    header = ("", "stage", "frozen blocks", "", "learning rates", "head", "epochs", "batch size")
    rows = [(place, *_stage(stage)) for place, stage in enumerate(plan.stages[:MOST_STAGES], 1)]
    left = len(plan.stages) - len(rows)
    return html.frame(
        html.heading(plan.strategy, count),
        html.table(header, rows, numbers=(0, 2, 6, 7), wrapped=(4,)),
        html.faint(f"and {left} more stages") if left else "",
        html.bullets(plan.reasons),
        *(html.note(one.severity, one.code, one.message, one.remedy, one.items) for one in plan.findings),
    )


def _stage(stage: Stage) -> tuple[object, ...]:
    total = len(stage.lrs)
    frozen = f"{stage.frozen_blocks} of {total}", html.bar(stage.frozen_blocks / total) if total else ""
    if stage.head == "solve":
        return stage.name, *frozen, "", "solved on features", "", ""
    moving = [lr for lr in stage.lrs if lr > 0]
    rates = _between(min(moving), max(moving)) if moving else ""
    if stage.adapters is not None:
        rates = f"adapters of rank {stage.adapters.rank}, {rates}"
    return stage.name, *frozen, rates, f"{stage.head_lr:.1e}", stage.epochs, stage.batch_size


def _between(low: float, high: float) -> str:
    return f"{low:.1e}" if low == high else f"{low:.1e} to {high:.1e}"
