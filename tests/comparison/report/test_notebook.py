"""A comparison in a notebook, and its main figure."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from tests.display.shown import HOSTILE, harmless

from comparison import made_up
from ghep.comparison.compare import Compared, run_rows
from ghep.comparison.record import Comparison, Contender, Failure
from ghep.comparison.report.figures import figure_of
from ghep.comparison.report.notebook import main_plot
from ghep.errors import ConfigError
from ghep.metrics.intervals import wilson
from ghep.types import Finding


def compared(comparison: Comparison) -> Compared:
    return Compared(comparison, made_up.evidence(comparison), Path("out"), Path("out/report.html"))


def test_the_verdict_comes_first_then_the_board_with_the_recommended_in_bold(tmp_path: Path) -> None:
    one = compared(made_up.images(tmp_path))
    page = harmless(one._repr_html_())
    assert page.words.startswith(f"Cannot tell: {one.evidence.verdict.message}")
    ranked = [place.contender for place in one.evidence.leaderboard]
    places = [page.words.index(str(contender), page.words.index("contender accuracy")) for contender in ranked]
    assert places == sorted(places)
    assert f"<strong>{one.recommended}</strong></td>" in one._repr_html_()
    assert "copies-across-splits" in page.words and "out/report.html" in page.words
    assert "few-examples" not in page.words, "what is only information stands in the report"


def test_failures_and_untrusted_names_are_shown_as_text() -> None:
    comparison = made_up.texts()
    contender, lora = Contender("full", f"weights/{HOSTILE}"), Contender("lora", "minilm")
    runs = tuple(replace(run, contender=contender) if run.contender == lora else run for run in comparison.runs)
    comparison = replace(
        comparison,
        runs=runs,
        failures=(Failure(contender, 0, 5, 1, HOSTILE, "a & b"),),
        findings=tuple(Finding(f"{HOSTILE}{index}", "error", HOSTILE) for index in range(20)),
    )
    words = harmless(compared(comparison)._repr_html_()).words
    assert HOSTILE in words and "a & b" in words and "more findings, see the report" in words


def test_a_board_of_hundreds_is_cut() -> None:
    one = compared(made_up.many(60, 1, 50))
    assert "more, see the report" in harmless(one._repr_html_()).words


@pytest.mark.slow
def test_the_figure_is_over_labels_else_over_epochs_else_accuracies(tmp_path: Path) -> None:
    labels, epochs = made_up.images(tmp_path / "a"), made_up.images(tmp_path / "b", labels=False)
    solved = replace(made_up.evidence(epochs), highers=())
    assert main_plot(labels, made_up.evidence(labels)).name == "transfer_labels"
    assert main_plot(epochs, made_up.evidence(epochs)).name == "transfer_epochs"
    board = main_plot(epochs, solved)
    assert board.name == "accuracy" and figure_of(board)._repr_png_()[0].startswith(b"\x89PNG")
    figure = compared(labels).plot()
    assert figure.axes[0].get_xlabel() == "labels" and figure.axes[0].get_xscale() == "log"


def test_there_is_a_row_for_each_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    one = compared(made_up.images(tmp_path))
    rows = run_rows(one.comparison)
    assert len(rows) == len(one.comparison.runs)
    first, run = rows[0], one.comparison.runs[0]
    ends = wilson(int(run.answers.correct.sum()), 240)
    assert (first["low"], first["accuracy"], first["high"]) == (ends.low, run.answers.accuracy, ends.high)
    assert (first["contender"], first["seed"], first["labels"]) == ("linear_probe (seedling)", 0, None)
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ConfigError, match="needs pandas"):
        one.to_frame()


@pytest.mark.slow
def test_the_rows_make_a_data_frame(tmp_path: Path) -> None:
    pytest.importorskip("pandas")
    frame = compared(made_up.images(tmp_path)).to_frame()
    assert {"contender", "seed", "labels", "accuracy", "low", "high", "seconds"} <= set(frame.columns)
