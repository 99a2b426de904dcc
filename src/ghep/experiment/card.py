"""The model card: README.md of a bundle, in Hugging Face form, every number with its n and interval."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from ghep._version import __version__
from ghep.backbone.base import Card
from ghep.data.dataset import Dataset, label_counts
from ghep.data.modalities import modality_named
from ghep.experiment.results import SplitResult
from ghep.experiment.unseen import seen_in
from ghep.strategy.base import Plan
from ghep.tasks.base import labelled
from ghep.types import Cost, Finding, Score


def model_card(
    *,
    dataset: Dataset,
    backbone: Card,
    plan: Plan,
    seed: int,
    results: Sequence[SplitResult],
    cost: Cost,
    findings: Sequence[Finding],
    environment: dict[str, Any],
) -> str:
    """Return the card as Markdown with YAML front matter."""
    given, sets = modality_named(dataset.modality).given, dataset.multi_label
    parts = [
        _front_matter(backbone, results, given.pipeline_tag),
        f"# {_text(dataset.name)}: {_text(backbone.name)}, {plan.strategy}\n",
        f"Trained with ghep {__version__}. Use it: `ghep predict FOLDER FILES`, or in Python",
        f"`ghep.load(folder).predict([{given.example}])`.\n",
        "## Data\n",
        _data_table(dataset),
        "## How it was trained\n",
        f"- backbone: {_text(backbone.name)} ({_text(backbone.source)}; licence: {_text(backbone.licence)})",
        f"- strategy: {plan.strategy}, seed {seed}",
        *(f"- {_text(reason)}" for reason in plan.reasons),
        f"- cost: {cost.seconds:.1f} s, peak memory {cost.peak_memory_bytes / 2**20:.0f} MiB, "
        f"{cost.trained_parameters:,} of {cost.total_parameters:,} parameters trained\n",
        "## Results\n",
        _result_table(results),
        *(f"Accuracy of {_text(task)} is of whole sets: right is an answer with all classes right.\n" for task in sets),
        "## What the checks said\n",
        "\n".join(f"- **{finding.severity}** `{finding.code}`: {_text(finding.message)}" for finding in findings)
        or "- nothing",
        "\n## Limits\n",
        f"It knows the classes above and nothing else: {given.others} gets {_gets(dataset)}. The\n"
        f"intervals say how far the scores may be off for {given.things} like those measured, not for {given.things}\n"
        "from elsewhere.\n",
        "## Environment\n",
        "\n".join(f"- {key}: {_text(str(value))}" for key, value in environment.items() if value is not None),
    ]
    return "\n".join(parts) + "\n"


def _gets(dataset: Dataset) -> str:
    return "some of them, or none" if set(dataset.multi_label) == set(dataset.tasks) else "one of them"


def _front_matter(backbone: Card, results: Sequence[SplitResult], pipeline_tag: str) -> str:
    # JSON strings are valid YAML, and safe whatever the name holds.
    lines = [
        "---",
        "library_name: ghep",
        f"pipeline_tag: {pipeline_tag}",
        f"base_model: {json.dumps(backbone.name)}",
    ]
    lines += [f"license: {json.dumps(backbone.licence)}", "metrics:"]
    lines += [f"- {score.name}" for score in (results[0].scores if results else ())]
    return "\n".join([*lines, "---\n"])


def _data_table(dataset: Dataset) -> str:
    lines = []
    for task, classes in dataset.classes.items():
        counts = {split: label_counts(dataset.examples(split), task) for split in ("train", "valid", "test")}
        lines += [f"| {_text(task)} | train | valid | test |", "|---|---|---|---|"]
        lines += [
            f"| {_text(name)} | " + " | ".join(str(counts[split].get(name, 0)) for split in counts) + " |"
            for name in classes
        ]
        lines.append("")
    if dataset.quarantined:
        lines.append(
            f"{len(dataset.quarantined)} {modality_named(dataset.modality).audit.files} could not be used "
            "and were left out.\n"
        )
    return "\n".join(lines)


def _result_table(results: Sequence[SplitResult]) -> str:
    lines = ["| split | task | score | value | 95 % interval | n |", "|---|---|---|---|---|---|"]
    for result in results:
        for score in result.scores:
            lines.append(
                f"| {result.split} | {_text(result.task)} | {score.name} | {score.value:.3f} | {_bounds(score)} | "
                f"{score.n} |"
            )
        lines += [
            f"| {result.split} | {_text(result.task)} | {score.name} without copies in {seen_in(result.split)} | "
            f"{score.value:.3f} | {_bounds(score)} | {score.n} |"
            for score in (result.unseen.scores if result.unseen else ())
        ]
        count = int(labelled(result.targets).sum())
        lines.append(
            f"| {result.split} | {_text(result.task)} | majority class | {result.majority:.3f} | - | {count} |"
        )
        for control in result.controls:
            score = control.score
            lines.append(
                f"| {result.split} | {_text(result.task)} | {control.name} | {score.value:.3f} | {_bounds(score)} | "
                f"{score.n} |"
            )
    return "\n".join(lines) + "\n"


def _bounds(score: Score) -> str:
    return f"{score.interval.low:.3f} to {score.interval.high:.3f}" if score.interval else "-"


def _text(text: str) -> str:
    """Keep a class called ``a|b`` or ``<script>`` from being more than a name."""
    return " ".join(text.replace("|", "\\|").replace("<", "&lt;").splitlines())
