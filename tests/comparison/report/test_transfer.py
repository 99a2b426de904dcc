"""The classic plot of transfer, and the notes on missing parts."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from matplotlib.figure import Figure

from comparison import made_up
from ghep.comparison.record import Comparison, Contender, Evidence, Stopped
from ghep.comparison.report.figures import draw
from ghep.comparison.report.tables import display_names
from ghep.comparison.report.transfer import Transfer, transfer
from ghep.messages import language_here
from ghep.types import Interval

SCRATCH = Contender("scratch", "seedling")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Comparison, Evidence]:
    comparison = made_up.images(tmp_path_factory.mktemp("images"))
    return comparison, made_up.evidence(comparison)


def shown(comparison: Comparison, evidence: Evidence) -> Transfer:
    return transfer(comparison, evidence, display_names(comparison, evidence))


def without(evidence: Evidence, contender: Contender) -> Evidence:
    return replace(
        evidence,
        highers=tuple(one for one in evidence.highers if one.contender != contender),
        curves=tuple(one for one in evidence.curves if one.contender != contender),
        leaderboard=tuple(one for one in evidence.leaderboard if one.contender != contender),
    )


def test_pretrained_and_scratch_are_in_one_plot_with_start_slope_and_asymptote(
    made: tuple[Comparison, Evidence],
) -> None:
    found = shown(*made)
    assert (found.pretrained, found.control) == ("light (seedling)", "scratch (seedling)")
    assert not found.notes
    marks = {(row["contender"], row["what"]) for plot in found.plots for row in plot.rows if "low" in row}
    names = ("light (seedling)", "scratch (seedling)")
    assert marks == {(name, what) for name in names for what in ("start", "slope", "asymptote", "labels")}
    figures = [Figure(figsize=plot.size) for plot in found.plots]
    for plot, figure in zip(found.plots, figures, strict=True):
        plot.paint(figure)
    assert [figure.axes[0].get_xlabel() for figure in figures] == ["epochs", "labels"]


def test_a_drawn_figure_has_the_numbers_of_the_language_at_its_ticks(made: tuple[Comparison, Evidence]) -> None:
    plot = shown(*made).plots[0]
    assert re.search(r">0\.\d+<", draw(plot).svg)
    with language_here("vi"):
        svg = draw(plot).svg
    assert re.search(r">0,\d+<", svg) and not re.search(r">\d+\.\d+<", svg)


def test_the_outcome_is_higher_if_the_interval_of_the_difference_excludes_zero(
    made: tuple[Comparison, Evidence],
) -> None:
    comparison, evidence = made
    said = {line.what: line.outcome for line in shown(comparison, evidence).lines}
    assert said["start"] == said["asymptote"] == said["with 40 labels"] == "higher"
    assert said["slope, points per epoch"] == "cannot tell"
    flat = tuple(replace(one, slope_per_epoch=None, slope_interval=None) for one in evidence.highers)
    lines = {line.what: line for line in shown(comparison, replace(evidence, highers=flat)).lines}
    assert lines["slope, points per epoch"].pretrained == "no gain"
    wide = Interval(0.3, 1.0)
    unsure = tuple(replace(one, asymptote_interval=wide, start_interval=None) for one in evidence.highers)
    said = {line.what: line.outcome for line in shown(comparison, replace(evidence, highers=unsure)).lines}
    assert said["asymptote"] == "cannot tell"
    assert said["start"] == ""


def test_points_of_label_curves_are_compared_draw_by_draw_with_the_same_labels(
    made: tuple[Comparison, Evidence],
) -> None:
    """However wide the two intervals are: luck of the draw that both share says nothing of their difference."""
    comparison, evidence = made
    wide = tuple(
        replace(one, points=tuple(replace(point, interval=Interval(0.0, 1.0)) for point in one.points))
        for one in evidence.curves
    )
    lines = shown(comparison, replace(evidence, curves=wide)).lines
    assert [line.outcome for line in lines if line.what.startswith("with ")] == ["higher", "higher"]
    late = tuple(replace(one, points=one.points[one.contender == SCRATCH :]) for one in evidence.curves)
    runs = tuple(run for run in comparison.runs if (run.contender, run.labels) != (SCRATCH, 5))
    fewest = next(
        line
        for line in shown(replace(comparison, runs=runs), replace(evidence, curves=late)).lines
        if line.what.startswith("with ")
    )
    assert fewest.pretrained and (fewest.control, fewest.outcome) == ("", "")


def test_without_scratch_there_is_a_plot_and_a_note(made: tuple[Comparison, Evidence]) -> None:
    comparison, evidence = made
    found = shown(comparison, without(evidence, SCRATCH))
    assert [plot.title for plot in found.plots] == ["Pretrained, over epochs", "Pretrained, over labels"]
    assert found.notes == ("Scratch is not shown: it did not run.",)
    assert {line.control for line in found.lines} == {""}
    left = replace(comparison, stopped=(Stopped(SCRATCH, 3, "it could not be trained to its plan"),))
    assert "could not be trained to its plan" in shown(left, without(evidence, SCRATCH)).notes[0]
    off = replace(comparison, settings={"controls": False})
    assert "controls were turned off" in shown(off, without(evidence, SCRATCH)).notes[0]


def test_solved_heads_without_other_curves_have_no_plot_but_a_note(made: tuple[Comparison, Evidence]) -> None:
    comparison, evidence = made
    probe = tuple(one for one in evidence.highers if one.contender == Contender("linear_probe", "seedling"))
    found = shown(comparison, replace(evidence, highers=probe, curves=()))
    assert not found.plots
    assert not found.lines
    assert found.notes == (
        "No contender was trained for more than one epoch, so there is no curve over epochs.",
        "Scratch is not shown: it did not run.",
        "There is no curve over the number of labels: repeat the comparison with --labels 5,20,all to get one.",
    )
    asked = shown(replace(comparison, settings={"labels": (5, 20)}), replace(evidence, highers=probe, curves=()))
    assert asked.notes[-1] == "There is no curve over the number of labels: its runs did not finish."
    labels = shown(comparison, replace(evidence, highers=probe))  # a label curve is enough for a plot
    assert [plot.name for plot in labels.plots] == ["transfer_labels"]
    with_scratch = replace(evidence, highers=(*probe, *(one for one in evidence.highers if one.contender == SCRATCH)))
    mixed = shown(comparison, replace(with_scratch, curves=()))
    (plot,) = mixed.plots
    assert mixed.pretrained == "linear_probe (seedling)"
    assert "solved in one step" in mixed.notes[0]
    plot.paint(Figure(figsize=plot.size))


def test_a_linear_model_is_a_third_line_over_labels(made: tuple[Comparison, Evidence]) -> None:
    comparison, evidence = made
    linear = replace(evidence.curves[0], contender=Contender("linear_hog"))
    _, labels = shown(comparison, replace(evidence, curves=(*evidence.curves, linear))).plots
    assert {row["contender"] for row in labels.rows} == {"light (seedling)", "scratch (seedling)", "linear_hog"}
    alone = shown(comparison, replace(evidence, curves=(linear,)))
    assert [plot.name for plot in alone.plots] == ["transfer_epochs"]


def test_no_curves_and_a_single_seed_have_a_note(made: tuple[Comparison, Evidence]) -> None:
    comparison, evidence = made
    nothing = shown(comparison, replace(evidence, highers=(), curves=()))
    assert not nothing.plots
    assert nothing.notes[0] == "No contender with pretrained weights has a curve: there is nothing to plot."
    alone = replace(evidence, highers=tuple(replace(one, seeds=1) for one in evidence.highers))
    assert "how much results vary between seeds is unknown" in shown(comparison, alone).notes[-1]


def test_a_twin_of_the_probe_and_a_reference_are_not_drawn_for_transfer(made: tuple[Comparison, Evidence]) -> None:
    comparison, evidence = made
    light, probe = Contender("light", "seedling"), Contender("linear_probe", "seedling")
    places = tuple(replace(one, same_as=probe if one.contender == light else None) for one in evidence.leaderboard)
    verdict = replace(evidence.verdict, recommended=probe, best=Contender("full", "seedling"))
    assert shown(comparison, replace(evidence, leaderboard=places, verdict=verdict)).pretrained == "full (seedling)"
