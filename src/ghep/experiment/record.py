"""The record of a run: model, data, scores with intervals, findings and cost; as text, HTML, figure and data frame."""

from __future__ import annotations

import os
import platform
import resource
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from ghep.display import html
from ghep.errors import DataError
from ghep.experiment.results import SplitResult, score_json
from ghep.messages import Message, number_text, text_of
from ghep.types import Cost, Finding, Score, three

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ghep.guards.forgetting import Forgetting

SHOWN_LINES = 20
"""Most lines of scores that ``print`` shows."""
SHOWN_FINDINGS = 6
MOST_ROWS = 20
"""Most rows of the HTML table; with more scores, the table has only the primary score of each split and task."""
MOST_FINDINGS = 8


@dataclass(frozen=True, repr=False)
class Run:
    """The result of ``ghep.fit``. The files in ``folder`` hold the same information."""

    backbone: str
    strategy: str
    seed: int
    results: tuple[SplitResult, ...]
    history: tuple[Any, ...]
    cost: Cost
    environment: Mapping[str, Any]
    findings: tuple[Finding, ...]
    proof: Mapping[str, str]
    """Block -> ``frozen`` (bit-identical before and after) or ``moved``."""
    folder: Path
    bundle: Path
    frozen_part: Mapping[str, Any] = field(default_factory=dict)
    """Passes of the frozen blocks: computed or found in the store, and by which engine."""
    forgetting: Forgetting | None = None
    """What training left of what the backbone knew before; None for a backbone with random weights."""

    def result(self, split: str | None = None, task: str | None = None) -> SplitResult:
        """Return the result on ``split`` (default: test, else valid) for ``task`` (default: the first).

        Raises DataError if there is no such result.
        """
        wanted = split or ("test" if any(one.split == "test" for one in self.results) else "valid")
        for one in self.results:
            if one.split == wanted and task in (None, one.task):
                return one
        known = [Message("split-of-task", {"split": one.split, "task": one.task}) for one in self.results]
        raise DataError(
            "no-result", split=wanted, task=task, for_task=task is not None, known=known, results=len(known)
        )

    @property
    def accuracy(self) -> Score:
        """Accuracy on the headline split; raise DataError for a regression task, which has none."""
        return self.result().score("accuracy")

    @property
    def primary(self) -> Score:
        """The score on the headline split that decides between two models: accuracy, or R² for regression."""
        return self.result().primary

    def __repr__(self) -> str:
        """Return a summary of the run in one line; ``print(run)`` shows its scores."""
        seconds = text_of("record-seconds", seconds=self.cost.seconds)
        scored = repr(self.result())[1:-1] if self.results else text_of("nothing-scored")
        return f"<Run: {self._title()}; {scored}; {seconds}>"

    def _title(self) -> str:
        return text_of("record-title", strategy=self.strategy, backbone=self.backbone, seed=str(self.seed))

    def plot(self) -> Figure:
        """Return a figure of the learning curve; for a head that was solved, of the scores with confidence intervals.

        A notebook shows the ``matplotlib.figure.Figure``; nothing is shown or saved here. Raises DataError if there
        were no epochs and nothing was scored.
        """
        from ghep.experiment.plot import run_figure

        return run_figure(self._title(), self.history, self.results)

    def to_frame(self) -> Any:
        """Return a pandas DataFrame with one row per split, task and score; raise ConfigError without pandas.

        Columns: split, task, score, value, low, high, level (of the interval), n, higher_is_better, constant (the score
        of the best constant answer).
        """
        from ghep.experiment.frame import frame_of

        return frame_of(
            {
                "split": result.split,
                "task": result.task,
                "score": score.name,
                **score_json(score),
                "constant": result.constant if score is result.scores[0] else None,
            }
            for result in self.results
            for score in result.scores
        )

    def _repr_html_(self) -> str:
        return html.or_text(_run_html, self)

    def __str__(self) -> str:
        """Return a text with all scores if they fit on a screen, else with the primary score of each split and task."""
        lines = [self._title()]
        every = sum(len(result.scores) + 2 for result in self.results) <= SHOWN_LINES
        for result in self.results if every else self.results[:SHOWN_LINES]:
            if every:
                lines += [f"  {result.split}, {result.task}"]
                lines += [f"    {score.name:<18} {score}" for score in result.scores]
                lines += [f"    {result.constant_name:<18} {number_text(result.constant, '.3f')}"]
            else:
                score, majority = result.scores[0], f"{result.constant_name} {number_text(result.constant, '.3f')}"
                lines += [f"  {result.split}, {result.task}: {score.name} {score}, {majority}"]
        if not every and len(self.results) > SHOWN_LINES:
            lines += [f"  {text_of('more-results', count=len(self.results) - SHOWN_LINES)}"]
        lines += [f"  {text_of('record-cost'):<9} {_cost(self.cost)}"]
        found = [f"{one.level}: {one.code}" for one in self.findings if one.severity != "info"]
        found = list(dict.fromkeys(found))
        shown = text_of("shown-findings", shown=found[:SHOWN_FINDINGS], more=max(0, len(found) - SHOWN_FINDINGS))
        lines += [f"  {text_of('record-findings-label'):<9} {shown}"] if found else []
        return "\n".join([*lines, f"  {text_of('record-bundle'):<9} {self.bundle}"])


def _cost(cost: Cost) -> str:
    return text_of(
        "record-cost-text",
        seconds=cost.seconds,
        memory=cost.peak_memory_bytes,
        trained=cost.trained_parameters,
        total=cost.total_parameters,
    )


def _forgotten(run: Run) -> list[str]:
    return [] if run.forgetting is None else run.forgetting.lines()


def _run_html(run: Run) -> str:
    """Return HTML that shows a run in a notebook: findings, scores, cost and bundle."""
    return html.frame(
        html.heading(
            text_of("record-heading", strategy=run.strategy, backbone=run.backbone),
            text_of("record-seed", seed=str(run.seed)),
        ),
        notes([one for one in run.findings if one.severity == "error"]),
        _scores(run.results) if run.results else html.line(text_of("record-scores"), text_of("nothing-scored")),
        html.line(text_of("record-cost"), _cost(run.cost)),
        *(html.line(text_of("forgetting-label"), line) for line in _forgotten(run)),
        html.line(text_of("record-bundle"), html.code(run.bundle)),
        notes([one for one in run.findings if one.severity != "error"]),
    )


def _scores(results: Sequence[SplitResult]) -> Markup:
    every = sum(len(result.scores) + 1 for result in results) <= MOST_ROWS
    shown = results if every else results[:MOST_ROWS]
    several = len({result.task for result in results}) > 1
    rows = []
    for result in shown:
        where = [result.split, result.task] if several else [result.split]
        for score in result.scores if every else result.scores[:1]:
            rows.append([*where, *_score(score)])
            where = [""] * len(where)
        if every:
            rows.append(
                [*where, html.faint(result.constant_name), html.faint(number_text(result.constant, ".3f")), "", ""]
            )
    titles = ["column-split", *(["column-task"] if several else []), "column-score", "column-value"]
    header = [text_of(code) for code in (*titles, "column-interval", "column-n")]
    first = len(header) - 3
    table = html.table(header, rows, numbers=(first, len(header) - 1))
    left = len(results) - len(shown)
    return html.together(table, html.faint(text_of("more-results", count=left)) if left else "")


def _score(score: Score) -> tuple[object, ...]:
    ends, value = score.interval, three(score.value)
    name = score.name if score.higher_is_better else text_of("lower-is-better", score=score.name)
    return (
        name,
        value,
        "" if ends is None else text_of("interval", low=ends.low, high=ends.high),
        number_text(score.n, ","),
    )


def notes(findings: Iterable[Finding]) -> Markup:
    """Return HTML with the first errors and warnings of ``findings``, and the number of other findings."""
    found = list(findings)
    serious = [one for one in found if one.severity != "info"]
    shown = [html.note(one.severity, one.code, one.message, one.remedy, one.items) for one in serious[:MOST_FINDINGS]]
    more, infos = max(0, len(serious) - MOST_FINDINGS), len(found) - len(serious)
    counts = [Message("more-findings", {"count": more})] if more else []
    counts += [Message("info-findings", {"count": infos})] if infos else []
    rest = html.line(text_of("record-findings-label"), text_of("findings-left", counts=counts)) if counts else ""
    return html.together(*shown, rest)


def environment() -> dict[str, Any]:
    """Return the versions of packages and properties of the machine that can affect scores and costs."""
    import torch

    packages = ("ghep", "torch", "timm", "numpy", "scipy", "scikit-learn", "pillow", "safetensors")
    return {
        "python": sys.version.split()[0],
        "platform": platform.platform(),
        "machine": platform.machine(),
        "cpus": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "accelerator": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
        **{name: _version(name) for name in packages},
    }


def peak_memory_bytes() -> int:
    """Return the peak memory (resident set) of this process in bytes, since its start or ``forget_peak_memory``."""
    with suppress(OSError, ValueError, StopIteration):
        lines = Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
        return 1024 * int(next(line for line in lines if line.startswith("VmHWM")).split()[1])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(peak if sys.platform == "darwin" else peak * 1024)


def forget_peak_memory() -> None:
    """Reset the peak memory of the process, before one of several runs in it. Has an effect on Linux only."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
