"""Lines for a terminal."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from comparison import made_up
from ghep.comparison.record import Contender, LabelsSaved, Place
from ghep.comparison.report import terminal_lines
from ghep.comparison.report.tables import axis, behind_best, labels_needed, left_out, needed, touched
from ghep.comparison.report.words import distinct, names, p_value, points, seconds, share, shortened


def test_the_verdict_comes_first_and_the_report_last(tmp_path: Path) -> None:
    comparison = made_up.images(tmp_path)
    evidence = made_up.evidence(comparison)
    lines = terminal_lines(comparison, evidence)
    text = " ".join(" ".join(lines).split())
    assert lines[0].startswith("verdict   CANNOT TELL: ")
    assert evidence.verdict.message in text
    assert evidence.verdict.next_step in text
    assert lines[-1] == f"report    {comparison.folder / 'report.html'}"
    assert all(len(line) <= 100 for line in lines[:-1])
    start = next(index for index, line in enumerate(lines) if line.startswith("  contender"))
    board = lines[start + 1 : start + 5]
    assert [line[0] for line in board] == ["=", "=", "=", "*"]
    assert "copies-across-splits" in text
    assert "few-examples" not in text  # what is only information stands in the report


def test_what_failed_and_what_was_left_out_is_told() -> None:
    comparison = made_up.texts()
    text = "\n".join(terminal_lines(comparison, made_up.evidence(comparison)))
    assert "failed    full (minilm), seed 1: not enough memory" in text
    assert "left out  3 runs of progressive (minilm)" in text


def test_what_was_left_out_is_told_once_a_contender() -> None:
    comparison = made_up.texts()
    stopped = (*comparison.stopped, *comparison.stopped, replace(comparison.stopped[0], runs=1, reason="hopeless"))
    (found,) = left_out(replace(comparison, stopped=stopped))
    assert found.runs == 7
    assert found.reason == f"{comparison.stopped[0].reason}; hopeless"


def test_control_characters_do_not_reach_the_terminal() -> None:
    comparison = made_up.texts()
    named = replace(comparison, failures=(replace(comparison.failures[0], cause="\x1b[31mred"),))
    assert not [line for line in terminal_lines(named, made_up.evidence(comparison)) if "\x1b" in line]


def test_scores_on_valid_are_said_to_be_too_good() -> None:
    comparison = made_up.texts()
    assert "too good" in touched(replace(comparison, data=replace(comparison.data, headline="valid")))


def test_differences_are_the_other_minus_the_best_whichever_of_the_two_is_better() -> None:
    evidence = made_up.evidence(made_up.texts())
    best = evidence.leaderboard[1]
    evidence = replace(evidence, verdict=replace(evidence.verdict, best=best.contender))
    behind = behind_best(evidence)
    assert [one.other for one in behind] == [place.contender for place in evidence.leaderboard if place != best]
    for one, place in zip(behind, [place for place in evidence.leaderboard if place != best], strict=True):
        assert one.difference == pytest.approx(place.accuracy - best.accuracy)
        assert one.interval.low <= one.difference <= one.interval.high


def test_the_bars_leave_out_who_is_far_behind() -> None:
    places: list[Place] = list(made_up.evidence(made_up.texts()).leaderboard)
    low, high = axis(places)
    assert places[-1].accuracy < low
    assert high == max(place.interval.high for place in places)
    assert low == min(place.interval.low for place in places[:-1])


def test_what_would_settle_a_pair_is_examples_else_seeds_else_nothing() -> None:
    pair = made_up.evidence(made_up.texts()).pairs[0]
    assert needed(replace(pair, needed=1200, seeds_needed=None)) == "1,200"
    assert needed(replace(pair, needed=None, seeds_needed=9)) == "9 seeds"
    assert needed(replace(pair, needed=None, seeds_needed=None)) == "–"


def test_labels_beyond_the_ends_of_the_curve_are_said_to_be() -> None:
    saved = LabelsSaved(Contender("full", "a"), Contender("scratch", "a"), 24, 0.8, 240, (24, None), 300, 24)
    assert [labels_needed(saved, one) for one in (24, 240, None)] == ["24 or fewer", "240", "more than 300"]


def test_numbers_are_written_one_way() -> None:
    assert [share(0.96078), share(None), share(float("nan"))] == ["0.961", "–", "–"]
    assert [points(0.013), points(-0.013), points(-0.0002)] == ["+1.3", "−1.3", "0.0"]
    assert points(0.04, signed=False) == "4.0"
    assert [p_value(0.00001), p_value(0.0123), p_value(0.31), p_value(1.0)] == ["< 0.001", "0.012", "0.31", "1.00"]
    assert [seconds(0.4), seconds(12.34), seconds(204), seconds(9000)] == ["0.40 s", "12.3 s", "3.4 min", "2.5 h"]


def test_names_are_as_short_as_they_are_told_apart_by() -> None:
    one, other, third = Contender("full", "a/net"), Contender("full", "b/net"), Contender("light", "a/net")
    assert names([one, other, third, one]) == {one: "full (a/net)", other: "full (b/net)", third: "light (net)"}
    assert shortened("abcdefghij", 5) == "ab…ij"
    assert shortened("abcdefghij", 5, "start") == "…ghij"
    assert distinct(["network_1_of_a_kind", "network_2_of_a_kind"], 10) == ["network_1…", "network_2…"]
    assert distinct(["same", "same"], 3) == ["s…e", "s…e"]
