"""Lines for a terminal."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from comparison import made_up
from ghep.comparison.record import Contender, LabelsSaved, Place, Planned, Stopped
from ghep.comparison.report import terminal_lines
from ghep.comparison.report.tables import (
    axis,
    behind_best,
    board,
    display_names,
    headline,
    labels_needed,
    left_out,
    needed,
    off_by,
    split_use,
    the_best,
    variance,
)
from ghep.comparison.report.words import distinct, duration, names, p_value, parameters, points, score, shortened
from ghep.messages import language_here


def test_the_verdict_is_first_and_the_report_last(tmp_path: Path) -> None:
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


@pytest.mark.slow
def test_columns_are_as_wide_as_their_titles_in_each_language(tmp_path: Path) -> None:
    comparison = made_up.images(tmp_path)
    evidence = made_up.evidence(comparison)
    with language_here("vi"):
        lines = terminal_lines(comparison, evidence)
    start = next(index for index, line in enumerate(lines) if line.startswith("  phương án"))
    title, *board = lines[start : start + 5]
    assert {len(line) for line in board} == {len(title)}
    assert all(line[title.index("khoảng tin cậy") - 1] == " " for line in board)


def test_what_is_left_of_the_source_is_a_column_if_a_contender_moved_blocks(tmp_path: Path) -> None:
    comparison = made_up.images(tmp_path)
    evidence = made_up.evidence(comparison)
    first, *others = evidence.leaderboard
    places = (replace(first, source_kept=0.8234), *(replace(one, source_kept=1.0) for one in others))
    lines = terminal_lines(comparison, replace(evidence, leaderboard=places))
    start = next(index for index, line in enumerate(lines) if line.startswith("  contender"))
    assert lines[start].endswith("  kept") and lines[start + 1].endswith("  0.823")
    assert lines[start + 2].endswith("  1.000")
    assert any("kept: of what the backbone knew before" in line for line in lines)
    frozen = replace(evidence, leaderboard=places[1:])
    assert not any(line.endswith("  kept") for line in terminal_lines(comparison, frozen))


def test_if_a_control_leads_the_best_is_the_best_with_pretrained_weights(tmp_path: Path) -> None:
    comparison = made_up.images(tmp_path)
    evidence = made_up.evidence(comparison)
    assert the_best(evidence) == "the best"
    control = replace(evidence.leaderboard[0], contender=Contender("linear_hog", ""), accuracy=1.0)
    ahead = replace(evidence, leaderboard=(control, *evidence.leaderboard))
    assert the_best(ahead) == "the best with pretrained weights"
    assert "= level with the best with pretrained weights" in "\n".join(terminal_lines(comparison, ahead))


def test_failed_and_left_out_runs_are_reported() -> None:
    comparison = made_up.texts()
    text = "\n".join(terminal_lines(comparison, made_up.evidence(comparison)))
    assert "failed    full, seed 1: not enough memory" in text
    twice = replace(comparison, failures=(*comparison.failures, replace(comparison.failures[0], seed=2, labels=5)))
    again = " ".join("\n".join(terminal_lines(twice, made_up.evidence(comparison))).split())
    assert "failed full, seed 1; full, seed 2, 5 labels per class, draw 0: not enough memory" in again
    assert "left out  progressive, 3 runs: the time limit" in text


def test_left_out_runs_have_one_line_per_contender() -> None:
    comparison = made_up.texts()
    stopped = (*comparison.stopped, *comparison.stopped, replace(comparison.stopped[0], runs=1, reason="hopeless"))
    (found,) = left_out(replace(comparison, stopped=stopped))
    assert found.runs == 7
    assert found.reason == f"{comparison.stopped[0].reason} (and 1 other reason)"


def test_contenders_without_any_run_are_first_among_those_left_out() -> None:
    comparison = made_up.texts()
    judged, missing = Contender("light", "minilm"), Contender("progressive", "minilm")
    stopped = tuple(Stopped(judged, 1, f"no time for seed {seed}") for seed in range(5))
    found = left_out(replace(comparison, stopped=(*stopped, *comparison.stopped)))
    assert [(one.contender, one.runs) for one in found] == [(missing, 3), (judged, 5)]
    assert found[1].reason == "no time for seed 0 (and 4 other reasons)"


def test_the_headline_names_contenders_not_judged() -> None:
    comparison = made_up.texts()
    evidence = made_up.evidence(comparison, "incomplete")
    missing = Contender("progressive", "minilm")
    evidence = replace(evidence, verdict=replace(evidence.verdict, not_judged=(missing,)))
    first = " ".join(" ".join(terminal_lines(comparison, evidence)).split("because")[0].split())
    assert first.startswith("verdict BEST OF THOSE THAT RAN: ")
    assert first.endswith("Not judged (no run finished): progressive.")
    scratch = Contender("scratch", "minilm")
    both = replace(evidence.verdict, not_judged=(missing, scratch), reason="Scratch was not judged.")
    reasoned = replace(evidence, verdict=both)
    assert headline(reasoned, display_names(comparison, reasoned)).endswith(
        "Not judged (no run finished): progressive."
    )
    told = replace(evidence, verdict=replace(evidence.verdict, message="progressive was not judged."))
    assert headline(told, display_names(comparison, told)) == "progressive was not judged."


def test_twins_and_references_are_marked() -> None:
    comparison = made_up.texts()
    evidence = made_up.evidence(comparison)
    probe, zero = Contender("linear_probe", "minilm"), Contender("zero_shot", "minilm")
    places = tuple(
        replace(place, hurt=False, same_as=probe if place.contender.strategy == "lora" else None)
        for place in evidence.leaderboard
    )
    places = (*places[:-1], replace(places[-1], contender=zero))
    evidence = replace(evidence, leaderboard=places)
    text = "\n".join(terminal_lines(comparison, evidence))
    assert "~ lora" in text
    assert "~ same answers as linear_probe" in text
    assert "0 zero_shot" in text
    marks = {line.name: dict(line.marks) for line in board(comparison, evidence, display_names(comparison, evidence))}
    assert marks["lora"]["same"] == "same answers as linear_probe"
    assert marks["zero_shot"] == {"reference": "reference, no labels"}


def test_the_time_is_reported_with_its_estimate() -> None:
    comparison = made_up.texts()
    evidence = made_up.evidence(comparison)
    plan = (Planned("probes", 2, 10.0, 12.0), Planned("light", 3, 50.0, 57.0), Planned("scratch", 3, 99.0))
    text = "\n".join(terminal_lines(replace(comparison, plan=plan), evidence))
    assert "time      30.1 min of at most 30.0 min; its 5 runs took 69.0 s, estimated 60.0 s (+15 %)" in text
    assert "estimated" not in "\n".join(terminal_lines(comparison, evidence))
    assert [off_by(one) for one in plan] == ["+20 %", "+14 %", "–"]


def test_with_one_run_the_seeds_part_is_unknown_unless_nothing_is_random() -> None:
    comparison = made_up.texts()
    evidence = made_up.evidence(comparison)
    once = replace(evidence, leaderboard=tuple(replace(place, seeds=1) for place in evidence.leaderboard))
    lines = {line.name: line for line in variance(once, display_names(comparison, once))}
    assert (lines["light"].seed, lines["light"].largest) == ("unknown", "")
    assert (lines["linear_probe"].seed, lines["linear_probe"].largest) == ("none", "test examples (100 %)")
    thrice = {line.name: line for line in variance(evidence, display_names(comparison, evidence))}
    assert float(thrice["light"].seed) > 0


def test_control_characters_do_not_reach_the_terminal() -> None:
    comparison = made_up.texts()
    named = replace(comparison, failures=(replace(comparison.failures[0], cause="\x1b[31mred"),))
    assert not [line for line in terminal_lines(named, made_up.evidence(comparison)) if "\x1b" in line]


def test_scores_on_valid_have_a_caveat() -> None:
    comparison = made_up.texts()
    assert "slightly too high" in split_use(replace(comparison, data=replace(comparison.data, headline="valid")))


def test_differences_are_the_other_minus_the_best() -> None:
    evidence = made_up.evidence(made_up.texts())
    best = evidence.leaderboard[1]
    evidence = replace(evidence, verdict=replace(evidence.verdict, best=best.contender))
    behind = behind_best(evidence)
    assert [one.other for one in behind] == [place.contender for place in evidence.leaderboard if place != best]
    for one, place in zip(behind, [place for place in evidence.leaderboard if place != best], strict=True):
        assert one.difference == pytest.approx(place.accuracy - best.accuracy)
        assert one.interval.low <= one.difference <= one.interval.high


def test_the_bars_leave_out_contenders_far_behind() -> None:
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


def test_labels_beyond_the_ends_of_the_curve_are_bounds() -> None:
    saved = LabelsSaved(Contender("full", "a"), Contender("scratch", "a"), 24, 0.8, 240, (24, None), 300, 24)
    assert [labels_needed(saved, one) for one in (24, 240, None)] == ["24 or fewer", "240", "more than 300"]


def test_number_formats() -> None:
    assert [score(0.96078), score(None), score(float("nan"))] == ["0.961", "–", "–"]
    assert [points(0.013), points(-0.013), points(-0.0002)] == ["+1.3", "−1.3", "0.0"]
    assert points(0.04, sign="auto") == "4.0"
    assert [p_value(0.00001), p_value(0.0123), p_value(0.31), p_value(1.0)] == ["< 0.001", "0.012", "0.31", "1.00"]
    assert [parameters(8721), parameters(2_223_872), parameters(3_210_000_000)] == ["8,721", "2.22 M", "3.21 G"]
    assert [duration(0.4), duration(12.34), duration(204), duration(9000)] == ["0.40 s", "12.3 s", "3.4 min", "2.5 h"]


def test_names_are_the_shortest_distinct_ones() -> None:
    one, other, third = Contender("full", "a/net"), Contender("full", "b/net"), Contender("light", "a/net")
    assert names([one, other, third, one]) == {one: "full (a/net)", other: "full (b/net)", third: "light (net)"}
    assert names([one, Contender("majority"), one]) == {one: "full", Contender("majority"): "majority"}
    assert shortened("abcdefghij", 5) == "ab…ij"
    assert shortened("abcdefghij", 5, "start") == "…ghij"
    assert distinct(["network_1_of_a_kind", "network_2_of_a_kind"], 10) == ["network_1…", "network_2…"]
    assert distinct(["same", "same"], 3) == ["s…e", "s…e"]
