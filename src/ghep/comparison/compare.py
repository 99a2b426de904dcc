"""``compare``: which strategy on which backbone is best for these labels? With confidence intervals, cost and controls.

In: data and settings. Out: a ``Compared`` (one task) or a ``SharedCompared`` (several tasks), and a report on disk. In
order: read the data once, make every run (``driver.py``), read the runs back from their folders, compute the evidence
(``evidence.py``), and write the report (``report/``). Every run is a ``ghep.fit`` in a folder of its own, on the same
split. The activations of frozen blocks are computed once for all runs. Calling ``compare`` again with the same settings
continues an interrupted comparison.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from ghep.cluster.connect import Cluster, on_cluster
from ghep.comparison.analysis.evidence import evidence, evidence_json
from ghep.comparison.execution.clock import Clock
from ghep.comparison.execution.driver import Driver
from ghep.comparison.execution.gathering import gathered
from ghep.comparison.execution.ground import key_of, open_ground
from ghep.comparison.execution.ledger import Ledger, open_ledger, require_same_data, require_same_seeds, threads_of_runs
from ghep.comparison.execution.without_runs import WithoutRun, without_runs
from ghep.comparison.keywords import CompareKeywords
from ghep.comparison.planning.draws import less_than_all
from ghep.comparison.planning.settings import Settings, compare_settings, for_tasks, run_options, settings_from
from ghep.comparison.planning.threads import fixed_threads
from ghep.comparison.record import Comparison, Contender, Evidence
from ghep.comparison.report import terminal_lines, write_report
from ghep.comparison.report.figures import figure_of
from ghep.comparison.report.mistake_neighbours import TrainingData
from ghep.comparison.report.notebook import comparison_html, main_plot
from ghep.comparison.report.sharing import write_sharing_report
from ghep.comparison.report.sharing_charts import gains
from ghep.comparison.report.sharing_notebook import sharing_html
from ghep.comparison.report.sharing_tables import way_display_names
from ghep.comparison.report.sharing_terminal import sharing_lines
from ghep.comparison.sharing.evidence import sharing_evidence, sharing_json
from ghep.comparison.sharing.gathering import shared_gathered
from ghep.comparison.sharing.record import SharedComparison, SharingEvidence
from ghep.comparison.sharing.remedies import try_remedies
from ghep.data.dataset import Source
from ghep.data.sources.in_memory import is_in_memory
from ghep.data.sources.tasks import Readable, source_from
from ghep.display.html import or_text
from ghep.errors import DataError, Interrupted
from ghep.experiment.frame import frame_of
from ghep.experiment.run_folder import make_folder, refuse_inside_data, writable
from ghep.messages import text_of
from ghep.metrics.crossed import accuracy as mean_score
from ghep.reporter import Reporter, Silent
from ghep.setting import with_signature
from ghep.storage.lock import locked
from ghep.storage.text import write_json_atomic
from ghep.team import refuse_team
from ghep.training.stop import StopRequest

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, repr=False)
class Compared:
    """The result of ``ghep.compare`` for data with one task. All of it is also saved in ``folder``."""

    comparison: Comparison
    evidence: Evidence
    folder: Path
    report: Path

    @property
    def recommended(self) -> Contender:
        """Return the recommended contender: the cheapest that cannot be distinguished from the best."""
        return self.evidence.verdict.recommended

    @property
    def bundle(self) -> Path | None:
        """Return the bundle folder of the recommended contender's best seed, by validation score; None if not kept."""
        return best_bundle(self.comparison, self.recommended)

    @property
    def doubtful(self) -> bool:
        """Return whether a run failed or a finding has the severity "error"."""
        return _doubtful(self.comparison)

    def to_json(self) -> dict[str, Any]:
        """Return the results as plain values for JSON, without the predictions for each example."""
        found = evidence_json(self.comparison, self.evidence)
        return {**found, "folder": str(self.folder), "report": str(self.report)}

    def lines(self) -> list[str]:
        """Return the summary of the comparison as lines of text: verdict, leaderboard, findings, file paths."""
        model = [] if self.bundle is None else [text_of("compare-model", bundle=self.bundle)]
        return [*terminal_lines(self.comparison, self.evidence), *model]

    def __repr__(self) -> str:
        return f"<Compared: {self.evidence.verdict.kind}; take {self.recommended}; {self.report}>"

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def _repr_html_(self) -> str:
        return or_text(lambda one: comparison_html(one.comparison, one.evidence, one.report), self)

    def plot(self) -> Figure:
        """Return the main chart as a ``matplotlib.figure.Figure``, which is neither shown nor saved.

        It compares pretrained models with models trained from scratch: over the number of labels if there are label
        curves, else over epochs. If there is no scratch control, it is the leaderboard.
        """
        return figure_of(main_plot(self.comparison, self.evidence))

    def to_frame(self) -> Any:
        """Return a pandas DataFrame with one row per run; raises ConfigError without pandas.

        Columns: contender, strategy, backbone, seed, labels (per class; None: all), draw, accuracy, the ends of its
        95 % confidence interval over test examples (low, high), n (number of test examples), seconds.
        """
        return frame_of(run_rows(self.comparison))


@dataclass(frozen=True, repr=False)
class SharedCompared:
    """The result of ``ghep.compare`` for data with several tasks. All of it is also saved in ``folder``."""

    comparison: SharedComparison
    evidence: SharingEvidence
    folder: Path
    report: Path

    @property
    def recommended(self) -> Contender | None:
        """Return the recommended shared model; None if single-task models are recommended instead."""
        return self.evidence.recommended

    @property
    def bundle(self) -> Path | None:
        """Return the bundle folder of the recommended shared model; None if none is recommended or it was not kept.

        Of several seeds it is the one with the best validation score.
        """
        return None if self.recommended is None else next(iter(self.bundles.values()), None)

    @property
    def bundles(self) -> dict[str, Path]:
        """Return task -> bundle folder of its recommended model: the shared model or the task's single-task model.

        A task whose model was not kept is left out.
        """
        found: dict[str, Path] = {}
        for task, comparison in self.comparison.tasks.items():
            contender = self.recommended or self.evidence.by_task[task].verdict.recommended
            bundle = best_bundle(comparison, contender)
            found |= {task: bundle} if bundle is not None else {}
        return found

    @property
    def doubtful(self) -> bool:
        """Return whether a run failed or a finding has the severity "error"."""
        return any(map(_doubtful, self.comparison.tasks.values()))

    def to_json(self) -> dict[str, Any]:
        """Return the results as plain values for JSON, without the predictions for each example."""
        found = sharing_json(self.comparison, self.evidence)
        return {**found, "folder": str(self.folder), "report": str(self.report)}

    def lines(self) -> list[str]:
        """Return the summary of the comparison as lines of text: verdict, gains, costs, findings, file paths."""
        models = [f"{task:10}{bundle}" for task, bundle in self.bundles.items()]
        models = [text_of("compare-model", bundle=self.bundle)] if self.recommended else models
        return [*sharing_lines(self.comparison, self.evidence), *models]

    def __repr__(self) -> str:
        return f"<SharedCompared: {self.evidence.kind}; {self.report}>"

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def _repr_html_(self) -> str:
        return or_text(lambda one: sharing_html(one.comparison, one.evidence, one.report), self)

    def plot(self) -> Figure:
        """Return the chart of the effect of sharing on each task as a ``matplotlib.figure.Figure``.

        The figure is neither shown nor saved. Raises DataError if no shared model was run.
        """
        found = gains(self.evidence, way_display_names(self.comparison, self.evidence))
        if found is None:
            raise DataError("compare-nothing-to-plot", report=self.report)
        return figure_of(found)

    def to_frame(self) -> Any:
        """Return a pandas DataFrame like that of ``Compared``, with a column ``task``: one row per run and task."""
        tables = self.comparison.tasks.items()
        return frame_of([{"task": task, **row} for task, one in tables for row in run_rows(one)])


def run_rows(comparison: Comparison) -> list[dict[str, Any]]:
    """Return one dict (column -> value, as in ``Compared.to_frame``) for each run, in the order they were made."""
    rows = []
    for run in comparison.runs:
        n = len(run.answers.targets)
        ends = mean_score(run.answers.credit[None]).interval()
        rows.append(
            {
                "contender": str(run.contender),
                "strategy": run.contender.strategy,
                "backbone": run.contender.backbone,
                "seed": run.seed,
                "labels": run.labels,
                "draw": run.draw,
                comparison.data.score: run.answers.accuracy,
                "low": ends.low,
                "high": ends.high,
                "n": n,
                "seconds": run.seconds,
            }
        )
    return rows


def _doubtful(comparison: Comparison) -> bool:
    return bool(comparison.failures) or any(finding.severity == "error" for finding in comparison.findings)


def best_bundle(comparison: Comparison, contender: Contender) -> Path | None:
    """Return the bundle folder of the contender's best seed, by validation score; None if no model was kept."""
    kept = [run for run in comparison.full_runs if run.contender == contender and run.bundle is not None]
    return max(kept, key=lambda run: (run.valid_score or 0.0, -run.seed)).bundle if kept else None


@with_signature(compare_settings())
def compare(
    data: Readable,
    *,
    out: str | Path | None = None,
    overwrite: bool = False,
    reporter: Reporter | None = None,
    stop: StopRequest | None = None,
    **options: Unpack[CompareKeywords],
) -> Compared | SharedCompared:
    """Train every strategy on every backbone with several seeds, write a report, and return which is best.

    ``data`` is as in ``fit``. Images in memory are compared in this process only (``jobs`` 1). ``out`` is the folder of
    the runs and the report; by default ``runs/compare-<data>-<hash>``.

    ``options``: ``backbones`` and ``strategies`` (names, or one string with commas; default: all strategies),
    ``seeds`` (5), ``labels`` (numbers of labels per class, for an accuracy curve over nested draws of the labels),
    ``time_limit`` (seconds), ``search`` (search each strategy's learning rate on valid), ``controls`` (compare with
    models without transfer), ``keep`` ("best" bundle of each contender, or "all"), ``augment`` (augmentation of every
    strategy that takes gradient steps), ``jobs`` (number of runs at once, each in a process of its own with ``threads``
    threads), ``ray`` (make the runs on a Ray cluster: "auto" or HOST:PORT; results depend neither on ``jobs`` nor on
    ``ray``), the options of a run (``device``, ``workers``, ``cache_dir``, ...) and the options for reading tables.
    For several tasks the defaults are ``settings.SHARED_STRATEGIES`` and 3 ``seeds``, and there are three more options:
    ``affinity`` (how to estimate which task helps which), ``remedies`` (other sharing strategies to try) and ``limits``
    (task -> largest number of its labels to use).

    The same call continues an interrupted comparison; a finished run is never repeated. If a run fails, that is
    reported and the others continue. Each run is scored on the test split once, and nothing is selected by test
    scores. If sharing hurts a task on test, other sharing strategies are tried, and one of them is selected on valid.
    Raises ConfigError, DataError or BackboneError for errors of the user; Interrupted after ``stop.ask()``.

    >>> compared = compare("photos/", seeds=3)  # doctest: +SKIP
    >>> print(compared)                                                 # doctest: +SKIP
    """
    return compare_with(data, settings_from(**options), out=out, overwrite=overwrite, reporter=reporter, stop=stop)


def compare_with(
    data: Readable,
    settings: Settings,
    *,
    out: str | Path | None = None,
    overwrite: bool = False,
    reporter: Reporter | None = None,
    stop: StopRequest | None = None,
) -> Compared | SharedCompared:
    """Do what ``compare`` does, with checked settings."""
    refuse_team("compare")
    stop = stop or StopRequest()
    if is_in_memory(data):
        data, settings = source_from(data, **settings.read), replace(settings, read={})
    refuse_inside_data(Path(out or "runs"), data)
    folder = Path(out) if out is not None else default_folder(data, settings)
    with writable(folder.parent if out is None else folder), locked(make_folder(folder)) as unlocked:
        ledger = open_ledger(folder, _key(data, settings), overwrite=overwrite)
        reporter = reporter or Silent()
        for finding in unlocked:
            reporter.say(text_of("compare-finding", level=finding.severity, finding=finding.message))
        clock = Clock(ledger, settings.time_limit)  # a time limit includes reading and decoding
        with (
            on_cluster(settings.ray) as cluster,
            fixed_threads(threads_of_runs(ledger, settings.threads)),
        ):
            return _compare(data, settings, ledger, clock, reporter, stop, cluster)


def default_folder(data: Readable, settings: Settings) -> Path:
    """Return the folder ``runs/compare-<data>-<hash>``; a call with the same data and settings has the same folder."""
    name = "-".join(data) if isinstance(data, Mapping) else data.name if isinstance(data, Source) else _path(data).name
    return Path("runs") / f"compare-{re.sub(r'[^A-Za-z0-9._-]+', '-', name)[:60]}-{_key(data, settings)[:8]}"


def _key(data: Readable, settings: Settings) -> str:
    return replace(settings, read={**settings.read, "data": _where(data)}).key()


def _where(data: Readable) -> Any:
    if isinstance(data, Mapping):
        return {task: _where(one) for task, one in data.items()}
    return str(data.location if isinstance(data, Source) else _path(data).absolute())


def _path(data: Readable) -> Path:
    assert isinstance(data, str | Path)  # data in memory are a Source here
    return Path(data)


def _compare(
    data: Readable,
    settings: Settings,
    ledger: Ledger,
    clock: Clock,
    reporter: Reporter,
    stop: StopRequest,
    cluster: Cluster | None,
) -> Compared | SharedCompared:
    ground = open_ground(data, settings, ledger, reporter)
    require_same_data(ledger, key_of(ground.dataset))
    if ground.tasks:
        settings = for_tasks(settings, len(ground.tasks))
        shown = {"tasks": len(ground.tasks), "strategies": settings.strategies, "seeds": settings.seeds}
        reporter.say(text_of("compare-tasks", **shown))
    fewer = less_than_all(ground.dataset, ground.data.task, settings.labels) if settings.labels else ()
    if fewer != settings.labels:
        reporter.say(text_of("labels-are-all", labels=[one for one in settings.labels if one not in fewer]))
        settings = replace(settings, labels=fewer)
    require_same_seeds(ledger, settings.seeds)
    ledger.save()
    driver = Driver(ground, settings, ledger, clock, reporter, stop, cluster)
    try:
        if settings.controls:
            reporter.say(text_of("compare-controls"))
        controls = without_runs(ground, settings, ledger)
        driver.make_all()
        if ground.tasks:
            try_remedies(driver, data)
    except Interrupted as error:
        raise Interrupted("comparison-stopped", cause=error.cause) from None
    finally:
        driver.close()
    return _shared(driver, data, controls) if ground.tasks else _of_one_task(driver, data, controls)


def _of_one_task(driver: Driver, data: Readable, controls: Sequence[WithoutRun]) -> Compared:
    comparison, folder = gathered(driver, data, controls), driver.ledger.folder
    found = evidence(comparison)
    write_json_atomic(folder / "comparison.json", evidence_json(comparison, found))
    training = TrainingData(driver.ground.prepared, run_options(driver.settings))
    return Compared(comparison, found, folder, write_report(comparison, found, folder, training))


def _shared(driver: Driver, data: Readable, controls: Sequence[WithoutRun]) -> SharedCompared:
    comparison, folder = shared_gathered(driver, data, controls), driver.ledger.folder
    found = sharing_evidence(comparison)
    write_json_atomic(folder / "comparison.json", sharing_json(comparison, found))
    return SharedCompared(comparison, found, folder, write_sharing_report(comparison, found, folder))
