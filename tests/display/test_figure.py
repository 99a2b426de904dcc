"""Figures that render themselves in notebooks."""

from __future__ import annotations

import io
import pickle
from typing import Any

import matplotlib
from matplotlib.figure import Figure
from PIL import Image

from ghep.display.figure import NotebookFigure, painted
from ghep.display.look import INK, MUTED
from ghep.messages import locale


def line(figure: Any) -> None:
    axes = figure.subplots()
    axes.plot([1, 100], [0, 1])
    axes.set_xscale("log")
    axes.set_title("$a$ 猫")


def test_a_notebook_gets_a_png_without_pyplot() -> None:
    assert not hasattr(Figure(), "_repr_png_") and Figure()._repr_html_() is None, "a bare figure shows nothing"
    figure = painted("Title", (3.0, 2.0), line, name="x")
    assert isinstance(figure, Figure)
    data, size = figure._repr_png_()
    image = Image.open(io.BytesIO(data))
    assert image.format == "PNG" and image.width > size["width"] == 288
    assert pickle.loads(pickle.dumps(figure))._repr_png_()[1] == size


def test_the_style_applies_to_the_figure_only() -> None:
    before = dict(matplotlib.rcParams)
    figure: NotebookFigure = painted("Title", (3.0, 2.0), line, name="x")
    assert dict(matplotlib.rcParams) == before
    axes = figure.axes[0]
    figure._repr_png_()
    assert {tick.tick1line.get_color() for tick in axes.xaxis.get_minor_ticks()} == {MUTED}
    assert {tick.label1.get_color() for tick in axes.xaxis.get_major_ticks()} == {INK}
    assert not axes.title.get_parse_math()


def test_numbers_at_ticks_are_those_of_the_language() -> None:
    def steps(figure: Any) -> None:
        axes = figure.subplots()
        axes.plot([0, 1], [0, 1])
        axes.set_xticks([0, 0.5, 1])
        axes.set_yticks([0, 1], ["0.0", "1.0"])

    axes = painted("Title", (3.0, 2.0), steps, name="x").axes[0]
    for language, half in (("en", "0.5"), ("vi", "0,5")):
        with locale(language):
            axes.figure.canvas.draw()
            assert [tick.get_text() for tick in axes.get_xticklabels()][1] == half
            assert [tick.get_text() for tick in axes.get_yticklabels()] == ["0.0", "1.0"], "a label is not changed"
