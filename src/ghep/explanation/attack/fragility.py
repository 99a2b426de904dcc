"""How fragile the strategies of a comparison are: the smallest change that photos need, for the bundle of each.

In: the folder of a comparison, and photos. Out: a ``Fragility``: a row for each strategy, and each pair of strategies
compared on the same photos. Only the files of the runs are read: ``config.json`` and ``bundle/`` in ``runs/*/``.

Within a bound that a file can hold, most networks give way on every photo, so the share that is reached distinguishes
nothing. The distance that a photo needs does. It differs between photos far more than between strategies, so strategies
are compared photo by photo, by ratios.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from itertools import combinations
from math import inf
from pathlib import Path
from statistics import geometric_mean, mean
from typing import Any

from ghep.display import html
from ghep.display.figure import NotebookFigure
from ghep.errors import ConfigError, DataError
from ghep.explanation.attack.attack import Attack, attacked, named, photos_of
from ghep.explanation.attack.attack_options import AttackOptions, options_from
from ghep.explanation.attack.attack_record import finite_median
from ghep.explanation.subject import subject_of
from ghep.messages import Message
from ghep.metrics.intervals import wilson
from ghep.metrics.medians import MedianRatio, median_interval, median_ratio
from ghep.metrics.multiple import holm
from ghep.reporter import Reporter, Silent
from ghep.storage.folder import MANIFEST
from ghep.storage.text import read_json
from ghep.types import Finding, Interval, Raw

RUNS = "runs"
LEVEL = 0.05
"""Adjusted p-value below which two strategies are said to differ."""
FEWEST = 6
"""Photos without which a median has no 95 % interval."""


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
    needed: Mapping[str, float] = field(repr=False)
    """Photo -> the smallest change found, inf if none was. With ``cw`` the Euclidean distance of pixels in [0, 1], else
    the bound in levels. With several bundles the geometric mean."""
    masked: tuple[str, ...]
    """Codes of the findings that gradients mislead the attack; then the row says nothing."""

    @property
    def median(self) -> float | None:
        """Median over photos of what is needed; None if half of them or more are not reached, or none was measured."""
        return finite_median(list(self.needed.values()))

    @property
    def interval(self) -> Interval:
        """The 95 % interval of the median."""
        found = median_interval(list(self.needed.values()))
        return Interval(max(0.0, found.low), found.high)

    @property
    def share(self) -> Interval:
        """Wilson's interval of the share that was reached."""
        return wilson(self.reached, self.n)

    @property
    def name(self) -> str:
        """Return the strategy, and the backbone."""
        return f"{self.strategy} ({Path(self.backbone).name.removesuffix('.safetensors')})"


@dataclass(frozen=True)
class Pair:
    """Two strategies, compared on the photos that both were attacked with."""

    a: str
    b: str
    needed: MedianRatio
    """What ``a`` needs, by what ``b`` needs."""
    p_value: float
    """Of the sign test, adjusted for the number of pairs by Holm's method."""

    @property
    def differ(self) -> bool:
        """Whether one of the two needs larger changes, with 95 % confidence for all pairs together."""
        return self.p_value < LEVEL


@dataclass(frozen=True)
class Fragility:
    """What ``attack_runs`` returns: display it, or ``save`` it."""

    folder: str
    options: AttackOptions
    rows: tuple[Row, ...]
    """From the least fragile to the most; those with masked gradients last."""
    findings: tuple[Finding, ...] = ()

    @cached_property
    def pairs(self) -> tuple[Pair, ...]:
        """Each pair of strategies whose gradients are not masked, the less fragile one first."""
        sides = list(combinations([row for row in self.rows if row.needed and not row.masked], 2))
        found = []
        for a, b in sides:
            common = [one for one in a.needed if one in b.needed]
            found.append(median_ratio([a.needed[one] for one in common], [b.needed[one] for one in common]))
        adjusted = holm([one.p_value for one in found])
        return tuple(Pair(a.name, b.name, one, p) for (a, b), one, p in zip(sides, found, adjusted, strict=True))

    def lead(self) -> str:
        """Return the result in one sentence or two."""
        from ghep.explanation.attack.fragility_page import lead_of

        return lead_of(self)

    def plot(self) -> NotebookFigure:
        """Return a figure of what each strategy needs, with its interval."""
        from ghep.explanation.attack.fragility_page import plotted

        return plotted(self)

    def save(self, folder: str | Path) -> Path:
        """Write page, figure and ``attack.json`` into ``folder``; return the page."""
        from ghep.explanation.attack.fragility_page import saved

        return saved(self, Path(folder))

    def lines(self) -> list[str]:
        """Return the result as the command line prints it."""
        from ghep.explanation.attack.fragility_page import lines_of

        return lines_of(self)

    def to_json(self) -> dict[str, Any]:
        """Return the results as plain values; infinity is None."""
        return {
            "folder": self.folder,
            "options": asdict(self.options),
            "needed": "distance" if self.options.method == "cw" else "levels",
            "rows": [
                {
                    **asdict(row),
                    "needed": {name: _finite(value) for name, value in row.needed.items()},
                    "median": row.median,
                    "low": _finite(row.interval.low),
                    "high": _finite(row.interval.high),
                    "share": [row.share.low, row.share.high],
                }
                for row in self.rows
            ],
            "pairs": [
                {
                    "a": one.a,
                    "b": one.b,
                    "ratio": _finite(one.needed.ratio),
                    "low": one.needed.interval.low,
                    "high": _finite(one.needed.interval.high),
                    "a_needs_more": one.needed.a_larger,
                    "b_needs_more": one.needed.b_larger,
                    "n": one.needed.n,
                    "p_value": one.p_value,
                    "differ": one.differ,
                }
                for one in self.pairs
            ],
            "findings": [asdict(one) for one in self.findings],
        }

    def _repr_html_(self) -> str:
        from ghep.explanation.attack.fragility_page import as_html

        return html.or_text(as_html, self)


def attack_runs(
    folder: str | Path,
    photos: Raw | Sequence[Raw],
    *,
    names: Sequence[str] | None = None,
    reporter: Reporter | None = None,
    **options: Any,
) -> Fragility:
    """Attack the bundles of a comparison with the same photos, and compare the changes that the photos need.

    ``photos`` and ``options`` are as in ``ghep.attack``. The photos should not be training examples. Without ``method``
    and ``epsilon``, the method is ``cw``, which finds distances; with ``pgd`` the smallest bound is measured on all
    photos unless ``checked`` says on how many. Raises ConfigError for a folder without runs that have bundles, and what
    ``ghep.attack`` raises.

    >>> attack_runs("runs/comparison", ["ant.jpg", "bee.jpg"]).rows  # doctest: +SKIP
    """
    given = photos_of(photos)
    chosen, reporter = options_for(options, len(given)), reporter or Silent()
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
            one = attacked(subject_of(bundle, task=chosen.task), given, labels, chosen, reporter)
            group.append(one)
            findings |= {f.code: f for f in one.findings if f.code == "attack-unusable-photos"}
        except DataError as error:
            if error.code != "attack-nothing-to-do":
                raise
            group.append(None)
        reporter.progress("attack-runs", done + 1, len(bundles))
    rows = [_row(strategy, backbone, group, chosen.method) for (strategy, backbone), group in found.items()]
    rows.sort(key=lambda row: (bool(row.masked) or not row.n, -(inf if row.median is None else row.median)))
    fewest = min((len(row.needed) for row in rows if row.needed), default=FEWEST)
    if fewest < FEWEST:
        findings["fragility-few-photos"] = Finding.of("fragility-few-photos", "warning", n=fewest, least=FEWEST)
    result = Fragility(str(folder), chosen, tuple(rows), tuple(findings.values()))
    if chosen.out is not None:
        result.save(chosen.out)
    return result


def options_for(options: Mapping[str, Any], count: int) -> AttackOptions:
    """Return the options; what is not given is chosen so that the needs of all ``count`` photos are measured."""
    given = {name: value for name, value in options.items() if value is not None}
    if not {"method", "epsilon"} & given.keys():
        given["method"] = "cw"
    if given.get("method") != "cw":
        given.setdefault("checked", count)
    return options_from(given)


def _row(strategy: str, backbone: str, group: Sequence[Attack | None], method: str) -> Row:
    done = [one for one in group if one is not None]
    photos = [photo for one in done for photo in one.photos]
    needed: dict[str, list[float]] = {}
    for one in done:
        for name, change in _needed(one, method).items():
            needed.setdefault(name, []).append(change)
    masked = {finding.code: None for one in done if one.checked for finding in one.checked.findings}
    return Row(
        strategy,
        backbone,
        len(group),
        len(photos),
        sum(one.reached for one in done),
        mean(photo.before.probability for photo in photos) if photos else float("nan"),
        {name: geometric_mean(changes) for name, changes in needed.items()},
        tuple(masked),
    )


def _needed(one: Attack, method: str) -> dict[str, float]:
    if method == "cw":
        return {photo.name: max(photo.distance, 1 / 255) if photo.reached else inf for photo in one.photos}
    measured = one.photos[: one.points[0].n] if one.points else ()
    return {photo.name: inf if photo.smallest is None else float(photo.smallest) for photo in measured}


def _finite(value: float) -> float | None:
    return value if -inf < value < inf else None
