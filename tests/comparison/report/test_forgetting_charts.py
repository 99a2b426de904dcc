"""The trade-off between target and source: one dot per contender, one line per interpolated run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from matplotlib.figure import Figure

from comparison import made_up
from ghep.comparison.record import Comparison, Evidence, Measured
from ghep.comparison.report.forgetting_charts import trade_off
from ghep.comparison.report.page import write_report

ALPHAS = tuple(
    {"alpha": step / 10, "score": 0.8 + step / 100, "loss": 0.5, "kept": 1 - step / 20, "source": 0.7 - step / 50}
    for step in range(11)
)
CONTROLS = ("majority", "random_features", "scratch", "linear_hog")


def with_forgetting(comparison: Comparison, *, source: bool = True, moved: bool = True) -> Comparison:
    def measured(run: Measured) -> Measured:
        if run.contender.strategy in CONTROLS or run.valid_score is None:
            return run
        known = {"before": 0.7, "after": 0.6 if moved else 0.7}
        kept = 0.8 if moved else 1.0
        alphas: tuple[dict[str, Any], ...] = ALPHAS if run.contender.strategy == "full" else ()
        left = {"moved": moved, "kept": kept, "source": known if source else None}
        return replace(run, forgetting=left, alphas=alphas)

    return replace(comparison, runs=tuple(map(measured, comparison.runs)))


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> tuple[Comparison, Evidence]:
    comparison = made_up.images(tmp_path_factory.mktemp("images"))
    return comparison, made_up.evidence(comparison)


@pytest.mark.parametrize(("source", "column"), [(True, 0.6), (False, 0.8)], ids=["source accuracy", "share kept"])
def test_a_dot_per_contender_and_a_line_per_interpolated_run(
    source: bool, column: float, found: tuple[Comparison, Evidence]
) -> None:
    comparison, evidence = with_forgetting(found[0], source=source), found[1]
    plot = trade_off(comparison, evidence)
    assert plot is not None
    runs = [run for run in comparison.full_runs if run.forgetting]
    dots = [row for row in plot.rows if row["alpha"] == ""]
    assert {row["contender"] for row in dots} == {str(run.contender) for run in runs}
    assert all(row["source"] == pytest.approx(column) for row in dots)
    full = [run for run in runs if run.alphas]
    assert full and len(plot.rows) - len(dots) == len(ALPHAS) * len(full)
    line = [(row["alpha"], row["source"]) for row in plot.rows if row["alpha"] != ""][: len(ALPHAS)]
    assert line == [(row["alpha"], row["source" if source else "kept"]) for row in ALPHAS]
    figure = Figure(figsize=plot.size)
    plot.paint(figure)
    (axes,) = figure.axes
    assert ("accuracy" in axes.get_xlabel()) == source and len(axes.lines) == 2 * len(full) + 2 * len(dots)


@pytest.mark.parametrize("moved", [None, False], ids=["not measured", "nothing moved"])
def test_without_anything_forgotten_there_is_no_figure(moved: bool | None, found: tuple[Comparison, Evidence]) -> None:
    comparison = found[0] if moved is None else with_forgetting(found[0], moved=False)
    assert trade_off(comparison, found[1]) is None


@pytest.mark.slow
def test_the_page_shows_it(found: tuple[Comparison, Evidence], tmp_path: Path) -> None:
    text = write_report(with_forgetting(found[0]), found[1], tmp_path).read_text(encoding="utf-8")
    assert 'id="figure-forgetting"' in text and 'href="#forgetting"' in text
    assert 'href="#forgetting"' not in write_report(*found, tmp_path).read_text(encoding="utf-8")
