from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.comparison.planted import planted, right

from ghep.comparison.analysis import statistics
from ghep.comparison.analysis.statistics import leaderboard, pairs
from ghep.comparison.analysis.verdict import verdict
from ghep.comparison.record import Comparison, Contender, Failure, Stopped, Verdict
from ghep.errors import DataError
from ghep.types import Finding

N = 1000
"""Right on 1000 - k: k wrong ones at the front are shared by all, those farther back are one's own."""
GOOD = right(N, wrong=range(40))
NEARLY = right(N, wrong=[*range(36), 500, 501, 502, 503, 504, 505])
FAIR = right(N, wrong=range(100))
BARELY = right(N, wrong=[*range(30), *range(500, 516)])
POOR = right(N, wrong=range(300))
NONE = right(N, wrong=range(500))


def judged(comparison: Comparison, margin: float = 0.01) -> Verdict:
    return verdict(comparison, leaderboard(comparison), pairs(comparison), margin=margin)


def of(margin: float = 0.01, **rows: np.ndarray) -> Verdict:
    return judged(planted(rows), margin)


def named(contender: Contender) -> str:
    return contender.strategy


def words_of(found: Verdict) -> str:
    return " ".join((found.message, found.reason, found.why_recommended, found.next_step))


def test_winner() -> None:
    found = of(full=GOOD, light=FAIR, linear_probe=POOR, scratch=POOR, majority=NONE)
    assert (found.kind, named(found.best), named(found.recommended)) == ("winner", "full", "full")
    assert found.message == (
        "In these runs pretrained weights help: +15.3 points compared with scratch. full (0.960) is the best: better "
        "than each of the 2 others with pretrained weights."
    )
    assert "full minus light is +6.0 points (95 % interval" in found.reason
    assert "p < 0.001" in found.reason
    assert found.level_with_best == ()
    assert found.next_step == ""


def test_the_only_one_wins_over_the_controls_alone() -> None:
    found = of(full=GOOD, scratch=POOR, majority=NONE)
    assert (found.kind, named(found.recommended)) == ("winner", "full")
    assert "pretrained weights help: +26.0 points compared with scratch" in found.message
    assert "full (0.960) is the only contender" in found.message


def test_tie() -> None:
    found = of(margin=0.02, full=GOOD, light=NEARLY, scratch=POOR, majority=NONE)
    assert (found.kind, [named(one) for one in found.level_with_best]) == ("tie", ["light"])
    assert found.message.endswith("full and light are equally good: within 2.0 points of the best.")
    assert named(found.recommended) == "light"
    assert "cannot be distinguished from full, gives up" in found.why_recommended
    assert "a run takes 20.0 s instead of 100.0 s" in found.why_recommended


def test_too_close_to_call_is_no_tie() -> None:
    found = of(margin=0.005, full=GOOD, light=NEARLY, linear_probe=POOR, scratch=POOR, majority=NONE)
    assert found.kind == "cannot-tell"
    assert found.message.endswith(" Which contender is the best is open: full (0.960) and light (0.958).")
    assert "would be detected four times in five" in found.reason
    assert "test examples (there are 1,000) would show whether full or light is better" in found.next_step
    assert "if 0.2 points is the true difference" in found.next_step
    assert named(found.recommended) == "light"


def test_a_cheap_one_that_is_clearly_worse_is_not_recommended() -> None:
    found = of(margin=0.005, full=GOOD, lora=NEARLY, linear_probe=FAIR, scratch=POOR)
    assert named(found.recommended) in ("full", "lora")


def test_outside_the_interval_of_the_best_is_not_recommended() -> None:
    """Too few runs to tell, but its mean is beyond what the best may have."""
    n = 400
    scattered = np.stack([right(n, wrong=range(count)) for count in (10, 60, 120)])
    best = right(n, wrong=range(20))
    found = of(full=best, linear_probe=scattered, scratch=right(n, wrong=range(250)))
    assert (named(found.best), [named(one) for one in found.level_with_best]) == ("full", ["linear_probe"])
    assert named(found.recommended) == "full"
    assert found.why_recommended == (
        "It has the highest score. linear_probe is cheaper and cannot be distinguished from it, but its score lies "
        "below the 95 % interval of the best."
    )


def test_one_that_is_not_shown_to_beat_the_controls_is_not_recommended() -> None:
    """Ten minutes of movie-polarity: ``light``, with two seeds, was level with the best and not above the n-grams."""
    n = 2000
    hard = np.random.default_rng(0).normal(size=n)

    def answered(share: float, seed: int, own: float = 0.3) -> np.ndarray:
        harder = hard + own * np.random.default_rng(seed).normal(size=n)
        return harder < np.quantile(harder, share)

    rows = {"full": answered(0.839, 1), "lp_ft": answered(0.835, 2), "linear_ngrams": answered(0.789, 3, own=0.8)}
    rows |= {"light": np.stack([answered(0.834, 4), answered(0.814, 5)])}
    found = of(**rows, random_features=np.stack([answered(0.643, seed) for seed in (6, 7, 8)]))
    assert named(found.recommended) == "full" and Contender("light", "seedling") in found.level_with_best
    assert found.why_recommended == (
        "It has the highest score. light is cheaper and cannot be distinguished from it, but has not been shown to be "
        "better than every control."
    )


def test_a_control_that_is_level_with_the_recommended_one_is_named() -> None:
    """Vietnamese opinions: ``full`` 0.898, n-grams 0.897, but scratch scattered, and so its question was open."""
    ngrams = right(N, wrong=[*range(10), *range(500, 532)])
    scratch = np.stack([right(N, wrong=range(count)) for count in (60, 250)])
    found = of(full=GOOD, linear_ngrams=ngrams, scratch=scratch, majority=NONE)
    assert (found.kind, named(found.recommended)) == ("cannot-tell", "full")
    assert found.why_recommended.endswith(
        " But linear_ngrams, which uses no pretrained weights, cannot be distinguished from it and takes 1.0 s."
    )


def test_scatter_between_seeds_asks_for_seeds() -> None:
    n = 4000
    scattered = np.stack([right(n, wrong=range(count)) for count in (100, 400, 600)])
    found = of(full=right(n, wrong=range(250)), lora=scattered, scratch=right(n, wrong=range(3500)))
    assert found.kind == "cannot-tell"
    assert found.next_step.startswith("No number of test examples would show whether full or lora is better")
    assert "seeds" in found.next_step


def test_exactly_equal() -> None:
    found = of(full=GOOD, light=GOOD, scratch=POOR, margin=0.001)
    assert found.kind == "cannot-tell"
    assert "exactly the same score" in found.next_step
    assert named(found.recommended) == "light"


def test_negative_transfer() -> None:
    found = of(full=POOR, light=right(N, wrong=range(310)), scratch=FAIR, random_features=NONE)
    assert (found.kind, named(found.best)) == ("negative-transfer", "full")
    assert found.message == (
        "Pretrained weights hurt here: scratch (0.900), which does not use them, is better than every contender that "
        "does. The best of those is full (0.700)."
    )
    assert named(found.recommended) == "scratch"


def test_one_that_is_not_worse_is_enough_against_negative_transfer() -> None:
    assert of(full=POOR, light=POOR, scratch=FAIR).kind == "negative-transfer"
    assert of(full=right(N, wrong=range(105)), light=POOR, scratch=FAIR, linear_ngrams=FAIR).kind != "negative-transfer"


def test_no_help() -> None:
    words = right(N, wrong=range(38))
    found = of(full=GOOD, linear_probe=FAIR, linear_ngrams=words, majority=NONE)
    assert (found.kind, named(found.recommended)) == ("no-help", "linear_ngrams")
    assert found.message.startswith("Pretrained weights do not help here: full (0.960) is ")
    assert "than linear_ngrams (0.962), which does not use them." in found.message
    assert "Scratch was not run" in found.reason


def test_no_help_needs_every_interval_below_the_margin() -> None:
    """The highest mean is no better; another, with one unlucky seed of three, may be."""
    unlucky = np.stack([right(N, wrong=range(count)) for count in (10, 30, 120)])
    found = of(full=GOOD, lora=unlucky, linear_ngrams=right(N, wrong=range(38)))
    assert found.kind == "cannot-tell"
    assert "open whether pretrained weights are better than linear_ngrams" in found.message


def test_whether_it_helps_may_be_what_is_open() -> None:
    n = 100
    found = of(
        full=right(n, wrong=range(10)),
        linear_ngrams=right(n, wrong=[*range(8), *range(60, 66)]),
        majority=~right(n, wrong=[]),
    )
    assert (found.kind, named(found.best)) == ("cannot-tell", "full")
    assert found.message == (
        "It is open whether pretrained weights are better than linear_ngrams (0.860): full reaches 0.900."
    )
    assert "test examples (there are 100) would show whether full or linear_ngrams is better" in found.next_step
    assert named(found.recommended) == "linear_ngrams"


def test_one_of_many_that_is_better_by_luck_does_not_help() -> None:
    """Better than the control at p = 0.03, one of one; of five the best may be so by luck, their mean is not."""
    n = 300
    control, model = right(n, wrong=range(20)), right(n, wrong=range(200, 207))
    alone = planted({"full": model, "scratch": control})
    assert 0.01 < pairs(alone)[0].p_value < 0.05
    assert judged(alone).kind == "winner"
    tried = {name: right(n, wrong=range(200, 215)) for name in ("light", "lora", "lp_ft", "progressive")}
    found = judged(planted({"full": model, "scratch": control, **tried}))
    assert found.message.startswith("It is open whether pretrained weights are better than scratch")


def test_help_is_asked_of_the_better_half_on_valid() -> None:
    """Two that failed to train, as valid shows, do not hide that two others help."""
    comparison = planted({"full": GOOD, "light": NEARLY, "lora": NONE, "lp_ft": NONE, "scratch": FAIR})
    valid = {"full": 0.95, "light": 0.94, "lora": 0.5, "lp_ft": 0.5}
    runs = [replace(run, valid_score=valid.get(run.contender.strategy, 0.9)) for run in comparison.runs]
    found = judged(replace(comparison, runs=tuple(runs)))
    assert found.questions[0].answer == "yes"
    assert "the mean of full and light minus scratch is +5.9 points" in found.questions[0].message


def test_scratch_that_scatters_does_not_hide_28_points() -> None:
    """A solved probe with one run against three of scratch, on the same 153 photos."""
    n = 153
    scratch = np.stack([right(n, wrong=range(count)) for count in (39, 45, 62)])
    found = of(linear_probe=right(n, wrong=range(5)), scratch=scratch, majority=right(n, wrong=range(70)))
    assert found.message.startswith("Pretrained weights help: +28.")
    asked = found.questions[0]
    assert (asked.code, asked.answer, asked.about) == ("helps-scratch", "yes", "new-seeds")
    assert asked.p_value is not None and asked.p_value < 0.01


def test_help_in_these_runs_alone_is_said_so() -> None:
    n = 600
    scratch = np.stack([right(n, wrong=range(count)) for count in (40, 120, 260)])
    found = of(linear_probe=right(n, wrong=range(60)), scratch=scratch)
    assert (found.kind, named(found.recommended)) == ("cannot-tell", "linear_probe")
    assert found.message == (
        "In these runs pretrained weights help: +13.3 points compared with scratch. Whether pretrained weights "
        "also help with other seeds is open: results differ too much between seeds."
    )
    assert "seeds of each would" in found.next_step
    asked = found.questions[0]
    assert (asked.answer, asked.about) == ("yes", "these-runs")
    assert asked.message.startswith("Yes, in these runs (p < 0.001); with other seeds it is open: linear_probe minus")
    assert asked.p_value is not None and asked.p_value < 0.05


def test_a_single_run_that_is_clearly_better_helps_in_these_runs() -> None:
    """A solved probe alone has no seeds, so it is asked first; where it is no better, the fine-tuned run counts."""
    n = 500
    ngrams, probe = right(n, wrong=range(52)), right(n, wrong=range(20, 75))
    found = of(
        light=right(n, wrong=range(21)), linear_probe=probe, linear_ngrams=ngrams, majority=right(n, wrong=range(400))
    )
    asked = found.questions[1]
    assert (asked.code, asked.answer, asked.about) == ("helps-data-control", "yes", "these-runs")
    assert (found.kind, named(found.best)) == ("winner", "light")
    assert found.message.startswith("In these runs pretrained weights help: ")
    barely = of(light=right(n, wrong=range(9, 52)), linear_probe=probe, linear_ngrams=ngrams)
    assert barely.questions[1].answer == "open" and "linear_probe reaches 0.890" in barely.message


def test_questions_come_in_order_and_wait_for_each_other() -> None:
    found = of(full=GOOD, light=FAIR, scratch=POOR, random_features=BARELY, linear_ngrams=NONE, majority=NONE)
    assert [(one.code, one.answer) for one in found.questions] == [
        ("helps-scratch", "yes"),
        ("helps-random-features", "open"),
        ("helps-data-control", "not-asked"),
        ("helps-majority", "not-asked"),
        ("best", "not-asked"),
        ("cheaper", "not-asked"),
    ]
    assert found.message.startswith(
        "Pretrained weights are better than scratch, but it is open whether they are better than random"
    )
    settled = of(margin=0.02, full=GOOD, light=NEARLY, scratch=POOR, majority=NONE)
    assert [(one.code, one.answer) for one in settled.questions] == [
        ("helps-scratch", "yes"),
        ("helps-majority", "yes"),
        ("best", "no"),
        ("cheaper", "yes"),
    ]
    assert "full and light are equally good" in settled.questions[2].message
    assert "light loses less than 2.0 points" in settled.questions[3].message


def test_of_two_backbones_scratch_counts_that_is_harder_to_beat() -> None:
    comparison = planted({"full": GOOD, "scratch": POOR})
    other = planted({"scratch": BARELY}).runs[0]
    other = replace(other, contender=Contender("scratch", "weights/other.safetensors"))
    found = judged(replace(comparison, runs=(*comparison.runs, other)))
    assert found.questions[0].b == other.contender
    assert found.questions[0].answer == "open"


def test_scratch_that_was_not_judged_blocks_no_winner() -> None:
    comparison = planted({"full": GOOD, "light": FAIR, "random_features": NONE})
    stopped = Stopped(Contender("scratch", "seedling"), 3, "it would not fit the time")
    found = judged(replace(comparison, stopped=(stopped,)))
    assert found.kind == "winner"
    assert "Scratch was not finished, so the score of the same architecture" in found.reason
    assert (found.questions[0].code, found.questions[0].answer) == ("helps-scratch", "not-asked")
    assert "no finished run and may be better" not in found.message


@pytest.mark.parametrize("kind", ["negative-transfer", "no-help"])
def test_transfer_is_not_said_to_hurt_or_to_be_idle_where_some_that_use_it_were_not_judged(kind: str) -> None:
    """A probe below a linear model says nothing of fine-tuning, which had no time."""
    probe = POOR if kind == "negative-transfer" else FAIR
    comparison = planted({"linear_probe": probe, "linear_ngrams": GOOD if kind == "negative-transfer" else FAIR})
    comparison = replace(comparison, runs=tuple(one for one in comparison.runs if one.seed == 0))
    whole = judged(comparison, margin=0.01 if kind == "negative-transfer" else 1.0)
    assert whole.kind == kind
    stopped = Stopped(Contender("light", "seedling"), 3, "no time")
    found = judged(replace(comparison, stopped=(stopped,)), margin=0.01 if kind == "negative-transfer" else 1.0)
    assert found.kind == "incomplete" and "light has no finished run and may be better" in found.message
    assert "hurt" not in found.message and "do not help" not in found.message
    assert found.recommended.strategy == "linear_ngrams" and "light" in found.next_step


def test_a_hopeless_one_that_was_left_out_blocks_no_winner() -> None:
    comparison = planted({"full": GOOD, "light": FAIR, "scratch": POOR})
    stopped = Stopped(Contender("lora", "seedling"), 3, "its optimistic bound lies below full", hopeless=True)
    found = judged(replace(comparison, stopped=(stopped,)))
    assert (found.kind, found.not_judged) == ("winner", ())
    assert judged(replace(comparison, stopped=(replace(stopped, hopeless=False),))).kind == "incomplete"


def test_one_that_came_out_as_the_probe_is_the_probe() -> None:
    """It kept its solved head: no tie with itself, and never recommended, cheaper or not."""
    comparison = planted(
        {"linear_probe": GOOD, "lp_ft": np.tile(GOOD, (2, 1)), "light": FAIR, "scratch": POOR}, lp_ft=1.0
    )
    kept = Finding("start-kept", "info", "it kept its solved head")
    runs = [replace(run, findings=(kept,)) if run.contender.strategy == "lp_ft" else run for run in comparison.runs]
    found = judged(replace(comparison, runs=tuple(runs)))
    assert (found.kind, named(found.best), named(found.recommended)) == ("winner", "linear_probe", "linear_probe")
    assert judged(comparison).kind == "tie"


def test_a_reference_is_neither_best_nor_recommended() -> None:
    found = of(linear_probe=FAIR, zero_shot=GOOD, light=POOR, scratch=NONE)
    assert (found.kind, named(found.best), named(found.recommended)) == ("winner", "linear_probe", "linear_probe")
    assert named(of(zero_shot=GOOD).best) == "zero_shot"
    assert named(of(zero_shot=GOOD, scratch=POOR).best) == "scratch"


def test_the_majority_class_is_never_recommended() -> None:
    n = 40
    found = of(full=right(n, wrong=range(12)), scratch=right(n, wrong=range(14)), majority=right(n, wrong=range(13)))
    assert found.kind == "cannot-tell"
    assert named(found.recommended) != "majority"


def test_no_pretrained_contender() -> None:
    found = of(scratch=FAIR, random_features=POOR, majority=NONE)
    assert (found.kind, named(found.best), named(found.recommended)) == ("cannot-tell", "scratch", "scratch")
    assert found.message.startswith("No contender uses pretrained weights")
    assert found.next_step


def test_no_control_leaves_help_unasked() -> None:
    found = of(full=GOOD, light=FAIR)
    assert (found.kind, found.message) == (
        "winner",
        "In these runs full (0.960) is the best: better than the other contender with pretrained weights.",
    )
    assert "No control was run, so whether pretrained weights help or hurt is not known." in found.reason
    open_one = of(full=GOOD, light=NEARLY, margin=0.001)
    assert open_one.message == "Which contender is the best is open: full (0.960) and light (0.958)."


def test_nothing_to_compare_with() -> None:
    found = of(full=GOOD)
    assert (found.kind, found.message) == ("cannot-tell", "There is nothing to compare full (0.960) with.")
    assert found.next_step
    assert of(majority=NONE).kind == "cannot-tell"


@pytest.mark.parametrize(("n", "said"), [(29, True), (30, False)])
def test_few_test_examples_are_always_said(n: int, said: bool) -> None:
    for rows in ({"full": right(n, wrong=[0])}, {"full": right(n, wrong=[0]), "scratch": ~right(n, wrong=[0])}):
        assert (f"There are only {n} test examples." in of(**rows).message) is said


def test_what_was_not_run_is_said() -> None:
    assert "Scratch was not run" in of(full=GOOD, random_features=POOR, majority=NONE).reason
    assert "Scratch" not in of(full=GOOD, scratch=POOR).reason
    comparison = planted({"full": GOOD, "light": FAIR, "scratch": POOR})
    lora, probe = Contender("lora", "seedling"), Contender("linear_probe", "seedling")
    lost = replace(
        comparison,
        failures=(Failure(lora, 0, None, 0, "", ""), Failure(Contender("full", "seedling"), 2, None, 0, "", "")),
        stopped=(Stopped(probe, 3, "time"),),
    )
    found = judged(lost)
    assert found.kind == "incomplete"
    assert found.message.endswith(
        "full (0.960) is the best of those that ran. lora and linear_probe have no finished run and may be better."
    )
    assert found.next_step == "Run the same command with more time to judge lora and linear_probe."
    assert (found.not_judged, found.best) == ((lora, probe), Contender("full", "seedling"))


def test_one_run_of_what_depends_on_its_seed_is_said() -> None:
    once = of(full=GOOD, light=np.tile(FAIR, (3, 1)), linear_probe=POOR, majority=NONE)
    assert "full has a single run, so the intervals do not include the variation between seeds." in once.reason
    assert "single run" not in of(full=np.tile(GOOD, (2, 1)), linear_probe=POOR, majority=NONE).reason


def test_backbones_are_named_where_there_are_several() -> None:
    comparison = planted({"full": GOOD, "light": FAIR, "scratch": POOR})
    runs = [
        replace(run, contender=Contender("full", "weights/other.safetensors"))
        if run.contender.strategy == "light"
        else run
        for run in comparison.runs
    ]
    found = judged(replace(comparison, runs=tuple(runs)))
    assert "full (seedling) minus full (other)" in found.reason


def test_runs_that_were_cut_for_want_of_time_are_said_to_be() -> None:
    comparison = planted({"full": GOOD, "light": FAIR, "scratch": POOR})
    assert "cut" not in judged(comparison).reason
    assert "Each run was limited to about 90.0 s" in judged(replace(comparison, budget_seconds=90.0)).reason


@pytest.mark.slow
@pytest.mark.parametrize("n", [1, 2, 5, 20, 300])
@pytest.mark.parametrize("number", range(3))
def test_random_answers_have_a_verdict_in_plain_words(n: int, number: int) -> None:
    rng = np.random.default_rng(number)
    names = ["linear_probe", "light", "full", "scratch", "random_features", "linear_ngrams", "majority"]
    chosen = rng.permutation(names)[: 1 + rng.integers(len(names))]
    rows = {str(name): rng.random((rng.integers(1, 4), n)) < rng.uniform(0.2, 1) for name in chosen}
    comparison = planted(rows)
    found = judged(comparison)
    assert {found.best, found.recommended, *found.level_with_best} <= set(comparison.contenders)
    assert found.best not in found.level_with_best
    assert found.message.endswith(".") and found.why_recommended.endswith(".")
    assert not any(bad in words_of(found) for bad in ("nan", "None", "inf", "  ", ".."))


def test_sentences_have_codes_and_parameters() -> None:
    found = of(full=GOOD, light=FAIR, linear_probe=POOR, scratch=POOR, majority=NONE)
    helps, wins = found.sentences["message"]
    assert (helps.code, helps.params["control"]) == ("verdict-helps", "scratch")
    assert helps.params["difference"] == pytest.approx(0.153, abs=0.001)
    assert (wins.code, wins.params["best"], wins.params["accuracy"]) == ("verdict-winner", "full", 0.96)
    texts = {name: " ".join(map(str, of)) for name, of in found.sentences.items()}
    assert texts == {name: getattr(found, name) for name in ("message", "reason", "why_recommended", "next_step")}
    assert found.questions[0].sentence is not None and str(found.questions[0].sentence) == found.questions[0].message


def test_no_finished_run() -> None:
    empty = replace(planted({"full": GOOD}), runs=())
    with pytest.raises(DataError, match="no run on all labels was finished") as caught:
        verdict(empty, (), ())
    assert caught.value.remedy


def drawn(rng: np.random.Generator, skills: dict[str, float], *, n: int = 153, seeds: int = 3) -> Comparison:
    """Answers of runs as skilled as that, on examples that are hard for all alike, with half a point between seeds."""
    hard = rng.normal(size=n)
    rows = {}
    for name, skill in skills.items():
        own = 0.5 * rng.normal(size=n) + 0.03 * rng.normal(size=(seeds, 1)) + 0.4 * rng.normal(size=(seeds, n))
        rows[name] = hard + own < skill
    return planted(rows)


def share_of_kinds(skills: dict[str, float], replications: int = 60) -> dict[str, float]:
    """Without the examples or seeds that would settle a pair: two thirds of the time, and no kind depends on them."""
    rng = np.random.default_rng(0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(statistics, "what_settles", lambda *_: {"needed": None, "seeds_needed": None})
        kinds = [judged(drawn(rng, skills)).kind for _ in range(replications)]
    return {kind: kinds.count(kind) / replications for kind in kinds}


@pytest.mark.slow
def test_where_all_are_equal_neither_help_nor_harm_is_claimed() -> None:
    """Two controls that are as good as everything pretrained: 60 made-up comparisons."""
    everyone = dict.fromkeys(("full", "light", "lora", "scratch", "random_features"), 1.5)
    found = share_of_kinds(everyone)
    assert sum(found.get(kind, 0.0) for kind in ("winner", "tie")) < 0.05
    assert found.get("negative-transfer", 0.0) < 0.05
    assert found["cannot-tell"] > 0.8


@pytest.mark.slow
def test_where_pretrained_are_equal_none_wins() -> None:
    equals = {**dict.fromkeys(("full", "light", "lora"), 1.5), "scratch": 0.3}
    found = share_of_kinds(equals)
    assert found.get("winner", 0.0) < 0.05
    assert found.get("negative-transfer", 0.0) + found.get("no-help", 0.0) < 0.01


@pytest.mark.slow
def test_what_is_there_is_found() -> None:
    assert share_of_kinds({"full": 2.2, "light": 1.2, "scratch": 0.3})["winner"] > 0.9
    assert share_of_kinds({"full": 0.7, "light": 0.5, "scratch": 1.8})["negative-transfer"] > 0.9
