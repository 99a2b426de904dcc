"""The record of a run: what was trained, from what, how good with what interval, at what cost."""

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
from ghep.types import Cost, Finding, Score

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHOWN_LINES = 20
"""Lines of scores that ``print`` shows of a run."""
SHOWN_FINDINGS = 6
MOST_ROWS = 20
"""Of the table; of more scores only the primary one of each split and task is shown."""
MOST_FINDINGS = 8


@dataclass(frozen=True, repr=False)
class Run:
    """What ``ghep.fit`` returns. Everything in it is also in ``folder``."""

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
    """Passes of the frozen blocks: what was computed, what was found in the store, by which engine."""

    def result(self, split: str | None = None, task: str | None = None) -> SplitResult:
        """Return the result of ``split`` (test if there is one, else valid) for ``task`` (the first unless named)."""
        wanted = split or ("test" if any(one.split == "test" for one in self.results) else "valid")
        for one in self.results:
            if one.split == wanted and task in (None, one.task):
                return one
        there = ", ".join(f"{result.split} of {result.task}" for result in self.results) or "none: nothing was held out"
        raise DataError(
            f"the run has no result for split {wanted}" + (f" of task {task}" if task else ""),
            remedy=f"results there are: {there}",
        )

    @property
    def accuracy(self) -> Score:
        """Accuracy on the headline split."""
        return self.result().score("accuracy")

    def __repr__(self) -> str:
        """Return one line; ``print`` shows more, and ``folder`` holds all of it."""
        scored = repr(self.result())[1:-1] if self.results else "nothing was held out"
        return f"<Run: {self.strategy} from {self.backbone}, seed {self.seed}; {scored}; {self.cost.seconds:.1f} s>"

    def plot(self) -> Figure:
        """Return the figure of the learning curve; of a head that was solved, the scores with their intervals.

        A ``matplotlib.figure.Figure`` that a notebook shows; nothing is shown or saved here. Raises DataError where
        there were no epochs and nothing was scored.
        """
        from ghep.experiment.plot import run_figure

        return run_figure(f"{self.strategy} from {self.backbone}, seed {self.seed}", self.history, self.results)

    def to_frame(self) -> Any:
        """Return a pandas DataFrame with one row per split, task and score; raises ConfigError without pandas.

        Columns: split, task, score, value, low, high, level (of the interval), n, higher_is_better, majority.
        """
        from ghep.experiment.frame import frame_of

        return frame_of(
            {
                "split": result.split,
                "task": result.task,
                "score": score.name,
                **score_json(score),
                "majority": result.majority if score is result.scores[0] else None,
            }
            for result in self.results
            for score in result.scores
        )

    def _repr_html_(self) -> str:
        return html.or_text(_run_html, self)

    def __str__(self) -> str:
        """Return all scores where they fit a screen, else the primary score of each split and task."""
        lines = [f"{self.strategy} from {self.backbone}, seed {self.seed}"]
        every = sum(len(result.scores) + 2 for result in self.results) <= SHOWN_LINES
        for result in self.results if every else self.results[:SHOWN_LINES]:
            if every:
                lines += [f"  {result.split}, {result.task}"]
                lines += [f"    {score.name:<18} {score}" for score in result.scores]
                lines += [f"    {'majority class':<18} {result.majority:.3f}"]
            else:
                score = result.scores[0]
                lines += [
                    f"  {result.split}, {result.task}: {score.name} {score}, majority class {result.majority:.3f}"
                ]
        if not every and len(self.results) > SHOWN_LINES:
            lines += [f"  and {len(self.results) - SHOWN_LINES} more, see metrics.json"]
        trained = f"{self.cost.trained_parameters:,} of {self.cost.total_parameters:,} parameters trained"
        memory = f"peak memory {self.cost.peak_memory_bytes / 2**20:.0f} MiB"
        lines += [f"  cost      {self.cost.seconds:.1f} s, {memory}, {trained}"]
        found = [f"{one.severity}: {one.code}" for one in self.findings if one.severity != "info"]
        found = list(dict.fromkeys(found))
        more = f" and {len(found) - SHOWN_FINDINGS} more" if len(found) > SHOWN_FINDINGS else ""
        lines += [f"  findings  {', '.join(found[:SHOWN_FINDINGS])}{more}"] if found else []
        return "\n".join([*lines, f"  bundle    {self.bundle}"])


def _run_html(run: Run) -> str:
    """Return the HTML of a run."""
    cost = run.cost
    memory = f"peak memory {cost.peak_memory_bytes / 2**20:,.0f} MiB"
    trained = f"{cost.trained_parameters:,} of {cost.total_parameters:,} parameters trained"
    return html.frame(
        html.heading(f"{run.strategy} from {run.backbone}", f"seed {run.seed}"),
        notes([one for one in run.findings if one.severity == "error"]),
        _scores(run.results) if run.results else html.line("scores", "nothing was held out"),
        html.line("cost", f"{cost.seconds:,.1f} s, {memory}, {trained}"),
        html.line("bundle", html.code(run.bundle)),
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
            rows.append([*where, html.faint("majority class"), html.faint(f"{result.majority:.3f}"), "", ""])
    header = ["split", *(["task"] if several else []), "score", "value", "95 % interval", "n"]
    first = len(header) - 3
    table = html.table(header, rows, numbers=(first, len(header) - 1))
    left = len(results) - len(shown)
    return html.together(table, html.faint(f"and {left} more, see metrics.json") if left else "")


def _score(score: Score) -> tuple[object, ...]:
    ends, value = score.interval, f"{score.value:.3f}"
    name = score.name if score.higher_is_better else f"{score.name} (lower is better)"
    return name, value, "" if ends is None else f"{ends.low:.3f} to {ends.high:.3f}", f"{score.n:,}"


def notes(findings: Iterable[Finding]) -> Markup:
    """Return the first errors and warnings, and the number of all others."""
    found = list(findings)
    grave = [one for one in found if one.severity != "info"]
    shown = [html.note(one.severity, one.code, one.message, one.remedy, one.items) for one in grave[:MOST_FINDINGS]]
    more = [f"{len(grave) - MOST_FINDINGS} more"] if len(grave) > MOST_FINDINGS else []
    more += [f"{len(found) - len(grave)} for information"] if len(found) > len(grave) else []
    rest = html.line("findings", f"{' and '.join(more)}: see findings.json") if more else ""
    return html.together(*shown, rest)


def environment() -> dict[str, Any]:
    """Return versions and machine, as far as they can change a number."""
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
    """Return the largest resident size of this process so far, or since ``forget_peak_memory``."""
    with suppress(OSError, ValueError, StopIteration):
        lines = Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
        return 1024 * int(next(line for line in lines if line.startswith("VmHWM")).split()[1])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(peak if sys.platform == "darwin" else peak * 1024)


def forget_peak_memory() -> None:
    """Let the peak count from now on, for one of several runs in a process. Linux alone can; elsewhere it stays."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
