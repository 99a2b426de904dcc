"""How fragile the strategies of a comparison are: the same attack on the bundle of each, one row per strategy.

In: the folder of a comparison, and photos. Out: a ``Fragility``. Only the files of the runs are read: ``config.json``
and ``bundle/`` in ``runs/*/``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import inf
from pathlib import Path
from statistics import mean
from typing import Any

from ghep.display import html
from ghep.display.figure import NotebookFigure, painted
from ghep.display.html import cut, visible
from ghep.display.look import SERIES
from ghep.errors import ConfigError, DataError
from ghep.explanation.attack.attack import Attack, attacked, named, photos_of
from ghep.explanation.attack.attack_options import AttackOptions, options_from, written_bound
from ghep.explanation.attack.attack_page import made_ready
from ghep.explanation.attack.attack_record import finite_median
from ghep.explanation.page import Page, Section, drawn, write_page
from ghep.explanation.subject import subject_of
from ghep.messages import Message, text_of
from ghep.metrics.intervals import wilson
from ghep.reporter import Reporter, Silent
from ghep.storage.folder import MANIFEST
from ghep.storage.text import read_json, write_json_atomic
from ghep.types import Finding, Interval, Raw, three

RUNS = "runs"


@dataclass(frozen=True)
class Row:
    """One strategy on one backbone; the photos of its bundles (several with ``--keep all``) are pooled."""

    strategy: str
    backbone: str
    bundles: int
    n: int
    """Attacked photos, of all bundles."""
    reached: int
    confidence: float
    """Mean probability of the answer before the attack."""
    smallest: float | None
    """Median over photos of the smallest bound found, in levels; None: not measured, or above half of the range."""
    measured: int
    """Photos on which ``smallest`` was measured."""
    distance: float | None
    """Median Euclidean distance of the changed images, of pixels in [0, 1]; None if fewer than half are reached."""
    masked: tuple[str, ...]
    """Codes of the findings that gradients mislead the attack; then the row says nothing."""

    @property
    def interval(self) -> Interval:
        """Wilson's interval of the share that was reached."""
        return wilson(self.reached, self.n)

    @property
    def name(self) -> str:
        """Return the strategy, and the backbone."""
        return f"{self.strategy} ({Path(self.backbone).name.removesuffix('.safetensors')})"


@dataclass(frozen=True)
class Fragility:
    """What ``attack_runs`` returns: display it, or ``save`` it."""

    folder: str
    options: AttackOptions
    rows: tuple[Row, ...]
    """From the least fragile to the most."""
    findings: tuple[Finding, ...] = ()

    def lead(self) -> str:
        """Return the result in one sentence."""
        first, last = self.rows[0], self.rows[-1]
        if self.options.method == "cw":
            far = {"a": _far(first.distance), "b": _far(last.distance)}
            return text_of("fragility-lead-distance", first=first.name, last=last.name, **far)
        apart = first.interval.high < last.interval.low
        bound = written_bound(self.options.levels)
        counts = {"a": f"{first.reached}/{first.n}", "b": f"{last.reached}/{last.n}", "bound": bound}
        if last.n and all(row.reached == row.n for row in self.rows):
            return text_of("fragility-lead-all", bound=bound, count=len(self.rows))
        if apart:
            return text_of("fragility-lead-apart", first=first.name, last=last.name, **counts)
        return text_of("fragility-lead-level", first=first.name, last=last.name, **counts)

    def plot(self) -> NotebookFigure:
        """Return a figure of the shares with their intervals."""

        def paint(figure: Any) -> None:
            bottom = 0.5 / (0.9 + 0.34 * len(self.rows))
            axis = figure.subplots(gridspec_kw={"left": 0.42, "right": 0.96, "bottom": bottom, "top": 0.97})
            for place, row in enumerate(reversed(self.rows)):
                share = row.reached / row.n if row.n else 0.0
                axis.plot([row.interval.low, row.interval.high], [place, place], color=SERIES[0], alpha=0.4, lw=5)
                axis.plot([share], [place], marker="o", color=SERIES[0])
            axis.set_yticks(range(len(self.rows)), [cut(visible(row.name), 44) for row in reversed(self.rows)])
            axis.set_xlim(-0.03, 1.03)
            axis.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0 %", "25 %", "50 %", "75 %", "100 %"])
            axis.set_xlabel(text_of("fragility-axis", bound=written_bound(self.options.levels)))

        return painted(text_of("fragility-title"), (7.2, 0.9 + 0.34 * len(self.rows)), paint, name="fragility")

    def save(self, folder: str | Path) -> Path:
        """Write page, figure and ``attack.json`` into ``folder``; return the page."""
        place = Path(folder)
        made_ready(place, overwrite=self.options.overwrite)
        place.mkdir(parents=True, exist_ok=True)
        write_json_atomic(place / "attack.json", self.to_json())
        title = text_of("fragility-title")
        figure = drawn("fragility", title, text_of("fragility-caption"), self.plot())
        section = Section(
            title,
            [],
            [figure],
            _header(),
            [_cells(row) for row in self.rows],
            [1, 2, 3, 4, 5, 6],
            text_of("fragility-caveat"),
        )
        subtitle = text_of("fragility-subtitle", folder=self.folder, bound=written_bound(self.options.levels))
        return write_page(Page(title, subtitle, self.lead(), (), self.findings, [section]), place)

    def lines(self) -> list[str]:
        """Return the result as the command line prints it."""
        table = [_header(), *(_cells(row) for row in self.rows)]
        widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
        aligned = [
            "  ".join(
                cell.rjust(width) if column else cell.ljust(width)
                for column, (cell, width) in enumerate(zip(row, widths, strict=True))
            )
            for row in table
        ]
        return [self.lead(), "", *(line.rstrip() for line in aligned)]

    def to_json(self) -> dict[str, Any]:
        """Return the results as plain values."""
        rows = [{**asdict(row), "low": row.interval.low, "high": row.interval.high} for row in self.rows]
        return {
            "folder": self.folder,
            "options": asdict(self.options),
            "rows": rows,
            "findings": [asdict(one) for one in self.findings],
        }

    def _repr_html_(self) -> str:
        return html.or_text(_as_html, self)


def attack_runs(
    folder: str | Path,
    photos: Raw | Sequence[Raw],
    *,
    names: Sequence[str] | None = None,
    reporter: Reporter | None = None,
    **options: Any,
) -> Fragility:
    """Attack the bundles of a comparison with the same photos, and return how many each strategy lets through.

    ``photos`` and ``options`` are as in ``ghep.attack``. The photos should not be training examples. Raises ConfigError
    for a folder without runs that have bundles, and what ``ghep.attack`` raises.

    >>> attack_runs("runs/comparison", ["ant.jpg", "bee.jpg"], epsilon="1/255").rows  # doctest: +SKIP
    """
    chosen, reporter = options_from(options), reporter or Silent()
    given = photos_of(photos)
    labels = list(names) if names is not None else named(given)
    found: dict[tuple[str, str], list[Attack | None]] = {}
    findings: dict[str, Finding] = {}
    bundles = sorted(one.parent for one in Path(folder).glob(f"{RUNS}/*/bundle/{MANIFEST}"))
    if not bundles:
        raise ConfigError("fragility-without-bundles", folder=folder)
    for done, bundle in enumerate(bundles):
        config = read_json(bundle.parent / "config.json", error=DataError, what=Message("run-settings"))
        strategy, named_so, _ = bundle.parent.name.partition(
            "--"
        )  # a control has the strategy linear_probe in its config
        group = found.setdefault((strategy if named_so else config["strategy"], str(config["backbone"])), [])
        try:
            one = attacked(subject_of(bundle, task=chosen.task), given, labels, chosen, Silent())
            group.append(one)
            findings |= {f.code: f for f in one.findings if f.code == "attack-unusable-photos"}
        except DataError as error:
            if error.code != "attack-nothing-to-do":
                raise
            group.append(None)
        reporter.progress("attack-runs", done + 1, len(bundles))
    rows = [_row(strategy, backbone, group) for (strategy, backbone), group in found.items()]
    if chosen.method == "cw":
        rows.sort(key=lambda row: -inf if row.distance is None else -row.distance)
    else:
        rows.sort(key=lambda row: (row.reached / row.n if row.n else 1.0, -(row.smallest or 0.0)))
    result = Fragility(str(folder), chosen, tuple(rows), tuple(findings.values()))
    if chosen.out is not None:
        result.save(chosen.out)
    return result


def _row(strategy: str, backbone: str, group: Sequence[Attack | None]) -> Row:
    done = [one for one in group if one is not None]
    photos = [photo for one in done for photo in one.photos]
    bounds = [
        inf if photo.smallest is None else float(photo.smallest)
        for one in done
        for photo in (one.photos[: one.points[0].n] if one.points else ())
    ]
    masked = {finding.code: None for one in done if one.checked for finding in one.checked.findings}
    return Row(
        strategy,
        backbone,
        len(group),
        len(photos),
        sum(one.reached for one in done),
        mean(photo.before.probability for photo in photos) if photos else float("nan"),
        finite_median(bounds),
        len(bounds),
        finite_median([photo.distance if photo.reached else inf for photo in photos]),
        tuple(masked),
    )


def _header() -> list[str]:
    return [
        text_of("fragility-column-strategy"),
        text_of("attack-column-pgd"),
        text_of("attack-column-interval"),
        text_of("attack-column-smallest"),
        text_of("fragility-column-distance"),
        text_of("fragility-column-confidence"),
        text_of("fragility-column-masked"),
    ]


def _cells(row: Row) -> list[str]:
    return [
        row.name,
        f"{row.reached}/{row.n}",
        f"{100 * row.interval.low:.0f} – {100 * row.interval.high:.0f} %",
        "-" if row.smallest is None else f"{row.smallest:g}/255 (n={row.measured})",
        _far(row.distance),
        f"{row.confidence:.2f}",
        text_of("attack-yes") if row.masked else text_of("attack-no"),
    ]


def _far(distance: float | None) -> str:
    return "-" if distance is None else three(distance)


def _as_html(found: Fragility) -> str:
    return html.frame(
        html.heading(found.lead()),
        html.table(_header(), [_cells(row) for row in found.rows], numbers=(1, 2, 3, 4, 5)),
        html.element("div", text_of("fragility-caveat")),
    )
