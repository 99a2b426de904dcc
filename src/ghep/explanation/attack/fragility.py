"""How fragile the strategies of a comparison are: the smallest change that photos need, for the bundle of each.

In: the folder of a comparison, and photos. Out: a ``Fragility``: a row for each strategy, and each pair of strategies
compared on the same photos. Only the files of the runs are read: ``config.json`` and ``bundle/`` in ``runs/*/``.

Within a bound that a file can hold, most networks give way on every photo, so the share that is reached distinguishes
nothing. The distance that a photo needs does. It differs between photos far more than between strategies, so strategies
are compared photo by photo, by ratios.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path
from statistics import geometric_mean, mean
from typing import Any

from ghep.display import html
from ghep.display.figure import NotebookFigure
from ghep.errors import ConfigError, DataError
from ghep.explanation.attack.attack import Attack, attacked, named, photos_of
from ghep.explanation.attack.attack_options import AttackOptions, options_from
from ghep.explanation.attack.fragility_page import as_html, as_json, lead_of, lines_of, plotted, saved
from ghep.explanation.attack.fragility_record import Row, StrategiesAttacked
from ghep.explanation.subject import subject_of
from ghep.messages import Message
from ghep.reporter import Reporter, Silent
from ghep.storage.folder import MANIFEST
from ghep.storage.text import read_json
from ghep.types import Finding, Raw

RUNS = "runs"
FEWEST = 6
"""Photos without which a median has no 95 % interval."""


@dataclass(frozen=True)
class Fragility(StrategiesAttacked):
    """What ``attack_runs`` returns: display it, or ``save`` it."""

    def lead(self) -> str:
        """Return the result in one sentence or two."""
        return lead_of(self)

    def plot(self) -> NotebookFigure:
        """Return a figure of what each strategy needs, with its interval."""
        return plotted(self)

    def save(self, folder: str | Path) -> Path:
        """Write page, figure and ``attack.json`` into ``folder``; return the page."""
        return saved(self, Path(folder))

    def lines(self) -> list[str]:
        """Return the result as the command line prints it."""
        return lines_of(self)

    def to_json(self) -> dict[str, Any]:
        """Return the results as plain values; infinity is None."""
        return as_json(self)

    def _repr_html_(self) -> str:
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
