"""The model card: README.md of a bundle, in Hugging Face's format.

Every score is shown with its number of examples and its confidence interval.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from ghep._version import __version__
from ghep.backbone.base import Card
from ghep.backbone.hub_names import base_model, licence_fields
from ghep.data.dataset import Dataset, label_counts
from ghep.data.modalities import modality_named
from ghep.data.numbers import summary, values_of
from ghep.experiment.results import SplitResult
from ghep.experiment.unseen import seen_in
from ghep.guards.forgetting import Forgetting
from ghep.messages import text_of
from ghep.strategy.base import Plan
from ghep.tasks.base import labelled
from ghep.types import SPLITS, Cost, Finding, Score, three


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
    forgetting: Forgetting | None = None,
) -> str:
    """Return the model card as Markdown with YAML front matter."""
    modality, sets = modality_named(dataset.modality), dataset.multi_label
    given = modality.given
    parts = [
        _front_matter(backbone, results, given.pipeline_tag),
        text_of("card-title", data=_text(dataset.name), backbone=_text(backbone.name), strategy=plan.strategy) + "\n",
        text_of("card-use", version=__version__, example=given.example) + "\n",
        text_of("card-data") + "\n",
        _data_table(dataset),
        text_of("card-training") + "\n",
        text_of(
            "card-backbone",
            name=_text(backbone.name),
            source=_text(backbone.source),
            licence=_text(backbone.licence),
        ),
        text_of("card-strategy", strategy=plan.strategy, seed=str(seed)),
        *(f"- {_text(str(reason))}" for reason in plan.reasons),
        text_of(
            "card-cost",
            seconds=cost.seconds,
            memory=cost.peak_memory_bytes,
            trained=cost.trained_parameters,
            total=cost.total_parameters,
        )
        + "\n",
        text_of("card-results") + "\n",
        _result_table(results),
        *(text_of("card-accuracy-of-sets", task=_text(task)) + "\n" for task in sets),
        *_forgotten(forgetting),
        text_of("card-findings") + "\n",
        "\n".join(f"- **{finding.level}** `{finding.code}`: {_text(finding.message)}" for finding in findings)
        or text_of("card-no-findings"),
        "\n" + text_of("card-limits") + "\n",
        text_of("card-limits-text", others=given.others, things=modality.audit.things, predicted=_predicted(dataset))
        + "\n",
        text_of("card-environment") + "\n",
        "\n".join(f"- {key}: {_text(str(value))}" for key, value in environment.items() if value is not None),
    ]
    return "\n".join(parts) + "\n"


def _forgotten(forgetting: Forgetting | None) -> list[str]:
    lines = [] if forgetting is None else forgetting.lines()
    return [text_of("card-forgetting") + "\n", *(f"- {_text(line)}" for line in lines), ""] if lines else []


def _predicted(dataset: Dataset) -> str:
    if set(dataset.regression) == set(dataset.tasks):
        return "number"
    return "sets" if set(dataset.multi_label) == set(dataset.tasks) else "one"


def _front_matter(backbone: Card, results: Sequence[SplitResult], pipeline_tag: str) -> str:
    # JSON strings are valid YAML, and safe for any name.
    lines = [
        "---",
        "library_name: ghep",
        f"pipeline_tag: {pipeline_tag}",
    ]
    if (name := base_model(backbone)) is not None:
        lines.append(f"base_model: {json.dumps(name)}")
    lines += [f"{key}: {json.dumps(value)}" for key, value in licence_fields(backbone).items()]
    lines.append("metrics:")
    lines += [f"- {score.name}" for score in (results[0].scores if results else ())]
    return "\n".join([*lines, "---\n"])


def _data_table(dataset: Dataset) -> str:
    lines = []
    numeric = dataset.regression
    for task, classes in dataset.classes.items():
        if task in numeric:
            lines += _number_table(dataset, task)
            continue
        counts = {split: label_counts(dataset.examples(split), task) for split in ("train", "valid", "test")}
        lines += [text_of("card-data-header", task=_text(task)), "|---|---|---|---|"]
        lines += [
            f"| {_text(name)} | " + " | ".join(str(counts[split].get(name, 0)) for split in counts) + " |"
            for name in classes
        ]
        lines.append("")
    if dataset.quarantined:
        files = modality_named(dataset.modality).audit.files
        lines.append(text_of("card-left-out", count=len(dataset.quarantined), files=files) + "\n")
    return "\n".join(lines)


def _number_table(dataset: Dataset, task: str) -> list[str]:
    """Return the lines of a table with the distribution of the numbers of ``task`` in each split."""
    rows = [(split, summary(values_of(dataset.examples(split), task))) for split in SPLITS]
    return [
        text_of("card-number-header", task=_text(task)),
        "|---|---|---|---|---|---|",
        *(
            f"| {split} | {one.count} | {one.low:.6g} | {one.middle:.6g} | {one.high:.6g} | {one.spread:.6g} |"
            for split, one in rows
            if one.count
        ),
        "",
    ]


def _result_table(results: Sequence[SplitResult]) -> str:
    lines = [text_of("card-results-header"), "|---|---|---|---|---|---|"]
    for result in results:
        start = f"| {result.split} | {_text(result.task)} |"
        lines += [f"{start} {score.name} | {_numbers(score)} |" for score in result.scores]
        for score in result.unseen.scores if result.unseen else ():
            name = text_of("card-score-unseen", score=score.name, seen_in=seen_in(result.split))
            lines.append(f"{start} {name} | {_numbers(score)} |")
        count = int(labelled(result.targets).sum())
        lines.append(f"{start} {result.constant_name} | {result.constant:.3f} | - | {count} |")
        lines += [f"{start} {control.name} | {_numbers(control.score)} |" for control in result.controls]
    return "\n".join(lines) + "\n"


def _numbers(score: Score) -> str:
    """Return a score's value, confidence interval and number of examples as three cells of a Markdown table."""
    ends = score.interval
    interval = text_of("interval", low=ends.low, high=ends.high) if ends else "-"
    return f"{three(score.value)} | {interval} | {score.n}"


def _text(text: str) -> str:
    """Return ``text`` with bars, tags and line breaks escaped or removed, so that Markdown shows them as text."""
    return " ".join(text.replace("|", "\\|").replace("<", "&lt;").splitlines())
