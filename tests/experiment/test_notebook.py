"""What a person sees of a run: printed, in a notebook, as a figure, as a data frame."""

from __future__ import annotations

import sys
from dataclasses import replace
from math import nan
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.display.shown import HOSTILE, harmless

from ghep.errors import ConfigError, DataError
from ghep.experiment.record import Run
from ghep.experiment.results import SplitResult
from ghep.training.state import Epoch, TaskEpoch
from ghep.types import Cost, Finding, Interval, Score

NAMES = ("accuracy", "macro_f1", "balanced_accuracy", "auroc", "mcc", "log_loss", "ece")
SCORES = tuple(Score(name, 0.9, Interval(0.8, 0.95), 240, name not in ("log_loss", "ece")) for name in NAMES)
SOLVED = Epoch("head", 0, nan, 0.41, 0.88, 0.0, 1.0)
EPOCHS = tuple(Epoch("full", number, 1 / number, 0.3, 0.9, 1e-3, 9.0) for number in range(1, 5))


def result(split: str, task: str = "label", scores: tuple[Score, ...] = SCORES) -> SplitResult:
    return SplitResult(split, task, (), np.zeros(1, np.int64), np.ones((1, 2)) / 2, scores, 0.125)


def run(history: tuple[Epoch, ...] = (SOLVED,), results: tuple[SplitResult, ...] = (result("test"),)) -> Run:
    cost = Cost(95.2, 812 * 2**20, 3_400_000, 3_412_345, 9000)
    folder = Path("runs/flowers")
    return Run("tiny", "lp_ft", 0, results, history, cost, {}, (), {}, folder, folder / "bundle")


MANY = tuple(result(split, f"task{index}") for index in range(30) for split in ("valid", "test"))


def test_a_run_fits_a_screen_whatever_is_in_it() -> None:
    found = tuple(Finding(f"code-{index}", "warning", "x") for index in range(40))
    for one in (run(), run(results=(result("valid"), result("test"))), replace(run(results=MANY), findings=found)):
        lines = str(one).splitlines()
        assert len(lines) <= 25 and max(map(len, lines)) <= 160
    shown = str(run(results=(result("valid"), result("test"))))
    assert shown.count("accuracy           0.900") == 2 and "log_loss" in shown
    assert "and 40 more, see metrics.json" in str(run(results=MANY))


def test_a_notebook_shows_scores_cost_and_findings() -> None:
    found = (
        Finding("copies", "error", "4 copies", "remove them", ("a", "b")),
        Finding("not-converged", "warning", "still improving"),
        Finding("few", "info", "few"),
    )
    page = harmless(replace(run(results=(result("valid"), result("test"))), findings=found)._repr_html_())
    assert "lp_ft from tiny seed 0" in page.words
    assert "accuracy 0.900 0.800 to 0.950 240" in page.words
    assert "95.2 s, peak memory 812 MiB" in page.words
    assert page.words.index("copies") < page.words.index("accuracy") < page.words.index("not-converged")
    assert "1 for information" in page.words
    assert "and 40 more" in harmless(run(results=MANY)._repr_html_()).words
    assert "nothing was held out" in harmless(run(results=())._repr_html_()).words


def test_names_from_anywhere_are_names() -> None:
    one = replace(
        run(results=(result("test", HOSTILE), result("test", "other"))),
        backbone=HOSTILE,
        bundle=Path(HOSTILE),
        findings=(Finding(HOSTILE, "error", HOSTILE, HOSTILE, (HOSTILE,)),),
    )
    assert harmless(one._repr_html_()).words.count(HOSTILE) >= 6


def lines_of(axes: Any) -> dict[str, list[list[float]]]:
    return {str(one.get_label()): one.get_xydata().tolist() for one in axes.get_lines()}


def test_the_learning_curve_has_every_epoch_on_one_axis_with_its_stages() -> None:
    loss, score = run((SOLVED, *EPOCHS)).plot().axes
    assert lines_of(loss)["train"] == [[number, 1 / number] for number in range(1, 5)]
    assert lines_of(loss)["valid"] == [[0, 0.41], *([number, 0.3] for number in range(1, 5))]
    assert [point[0] for point in next(iter(lines_of(score).values()))] == [0, 1, 2, 3, 4]
    assert [text.get_text() for text in loss.texts] == ["head", "full"]


def test_stages_follow_each_other_and_are_numbered_where_their_names_have_no_room() -> None:
    blocks = tuple(Epoch(f"blocks {k} to 12", i, 0.5, 0.4, 0.8, 1e-3, 9.0) for k in range(9, 1, -1) for i in (1, 2))
    loss, _ = run(blocks).plot().axes
    assert [point[0] for point in lines_of(loss)["valid"]] == list(range(1, 17))
    assert [text.get_text() for text in loss.texts] == [str(number) for number in range(1, 9)]


def test_without_valid_there_is_the_loss_and_with_tasks_each_has_a_line() -> None:
    alone = tuple(replace(row, valid_loss=None, valid_score=None) for row in EPOCHS)
    (loss,) = run(alone, results=()).plot().axes
    assert set(lines_of(loss)) == {"train"}
    each = (TaskEpoch("cars", 0.1, 0.1, 0.7, 1.0, 9), TaskEpoch("$x$ 猫", 0.1, 0.1, None, 1.0, 9))
    figure = run(tuple(replace(row, tasks=each) for row in EPOCHS)).plot()
    assert set(lines_of(figure.axes[1])) == {"cars", "mean of the tasks"}
    assert figure._repr_png_()[0].startswith(b"\x89PNG")


def test_a_solved_head_has_its_scores_with_intervals() -> None:
    (axes,) = run(results=(result("valid"), result("test"))).plot().axes
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        f"{split} {name}" for split in ("valid", "test") for name in NAMES[:5]
    ]
    assert [0.8, 0.95] in [one.get_xdata().tolist() for one in axes.get_lines() if len(one.get_xdata()) == 2]
    assert len(run(results=MANY).plot().axes[0].get_yticklabels()) == 24
    with pytest.raises(DataError, match="nothing to plot"):
        run(results=()).plot()


def test_long_names_leave_room_for_the_curves() -> None:
    name = "a task with a name that does not end " * 9
    each = (TaskEpoch(name, 0.1, 0.1, 0.7, 1.0, 9),)
    trained = run(tuple(replace(row, tasks=each) for row in EPOCHS))
    for one in (replace(trained, backbone="x" * 300), run(results=(result("test", name), result("test", "other")))):
        figure = one.plot()
        width, _ = figure.get_size_inches()
        assert width < 12 and all(axes.get_window_extent().width > 150 for axes in figure.axes)
        box = figure.subfigs[0].texts[0].get_window_extent()
        assert box.x1 <= figure.bbox.width, "the title is cut"


def test_a_data_frame_needs_pandas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ConfigError, match="needs pandas") as raised:
        run().to_frame()
    assert raised.value.remedy == "pip install pandas"


def test_a_data_frame_has_a_row_for_each_score() -> None:
    pytest.importorskip("pandas")
    frame = run(results=(result("valid"), result("test"))).to_frame()
    assert len(frame) == 14
    first = frame.iloc[0]
    assert (first.split, first.score, first.value, first.low, first.constant) == ("valid", "accuracy", 0.9, 0.8, 0.125)
