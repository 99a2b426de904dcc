"""The facts behind the verdict: which contenders ran or are missing, which are better, and whether transfer helps.

In: a comparison, its leaderboard and its pairs. Out: ``Facts``. Whether pretrained weights help is tested once for each
kind of control (``HelpTest``), in a fixed order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from ghep.comparison.analysis.seeds import Right, depends_on_seed
from ghep.comparison.analysis.statistics import SIGNIFICANT, Against, against, better_half, right_answers, turned
from ghep.comparison.record import (
    CONSTANT,
    LINEAR,
    RANDOM_FEATURES,
    SCRATCH,
    Answer,
    Comparison,
    Contender,
    Pair,
    Place,
    QuestionCode,
)
from ghep.comparison.report import words
from ghep.errors import DataError

CONTROLS_TESTED: tuple[tuple[QuestionCode, tuple[str, ...]], ...] = (
    ("helps-scratch", (SCRATCH,)),
    ("helps-random-features", (RANDOM_FEATURES,)),
    ("helps-data-control", LINEAR),
    ("helps-majority", CONSTANT),
)
"""Kinds of control in the order in which they are tested."""


class HelpTest(NamedTuple):
    """The result of one test: are pretrained contenders better than one kind of control?"""

    code: QuestionCode
    control: Place
    """The control. If there are several of this kind, the one with the weakest evidence that pretraining is better."""
    found: Against
    answer: Answer
    new_seeds: bool
    """Whether the answer also holds for other seeds."""
    passed: bool
    """Whether the next test may be made: the answer is yes, and also holds for other seeds."""


@dataclass(frozen=True)
class Facts:
    """The leaderboard of a comparison and the conclusions from it that the rules of the verdict use."""

    comparison: Comparison
    places: tuple[Place, ...]
    """The leaderboard, best first."""
    pairs: tuple[Pair, ...]
    margin: float
    """Largest difference in accuracy that does not matter."""

    @cached_property
    def models(self) -> tuple[Place, ...]:
        """Return the trained contenders with pretrained weights, best first, as rows of the leaderboard.

        A contender with the same predictions as another one (``Place.same_as``) is left out.
        """
        return tuple(
            place
            for place in self.places
            if not place.contender.control and not place.contender.reference and place.same_as is None
        )

    @cached_property
    def controls(self) -> tuple[Place, ...]:
        """Return the contenders without pretrained weights, best first, as rows of the leaderboard."""
        return tuple(place for place in self.places if place.contender.control)

    @cached_property
    def best(self) -> Place:
        """Return the pretrained contender with the highest mean accuracy; the best of all if none is pretrained."""
        return (self.models or self.controls or self.places)[0]

    @cached_property
    def rivals(self) -> tuple[Place, ...]:
        """Return the other contenders with pretrained weights that cannot be distinguished from the best."""
        return self.level_with(self.best, self.models)

    @cached_property
    def help_tests(self) -> tuple[HelpTest, ...]:
        """Return the tests of whether pretrained weights help, one for each kind of control that was run, in order.

        Each test compares the control with the mean of several models: the better half, on valid, of the pretrained
        contenders. Models with a single run are left out if the control and other models have several runs, so that the
        answer also holds for other seeds. If the answer is then not yes, a second test at half the level includes these
        models; its answer is about these runs only.
        """
        right, found = right_answers(self.comparison), list[HelpTest]()
        for code, names in CONTROLS_TESTED:
            controls = [place for place in self.controls if place.contender.strategy in names]
            if controls and self.models:
                tests = [self._against(right, control) for control in controls]
                hardest = min(range(len(tests)), key=lambda number: tests[number].interval.low)
                passed = all(one.passed for one in found)
                found.append(self._help_test(code, controls[hardest], tests[hardest], passed))
        return tuple(found)

    def _against(self, right: Right, control: Place) -> Against:
        single = self.single_runs(self.models)
        repeated = tuple(place for place in self.models if place not in single)
        of_all = against(right, better_half(self.models), control.contender)
        if not single or not repeated or self.single_runs((control,)):
            return of_all
        found = against(right, better_half(repeated), control.contender)
        if found.difference > 0 and found.p_value < SIGNIFICANT:
            return found
        runs_help = of_all.difference > 0 and of_all.p_these_runs < SIGNIFICANT / 2
        return of_all if runs_help else found

    @property
    def open_help(self) -> HelpTest | None:
        """Return the first test of whether pretrained weights help whose answer is not yes; None if all answers are.

        A yes that does not hold for other seeds does not count as yes here.
        """
        return next((one for one in self.help_tests if not one.passed), None)

    @cached_property
    def better_control(self) -> Place | None:
        """Return the best control that is significantly better than every pretrained contender; None if none is.

        Any of the controls may be the better one, so the level is 5 % divided by their number (Bonferroni).
        """
        level = SIGNIFICANT / max(1, len(self.controls))
        beating = (one for one in self.controls if all(self.better(one, model, level=level) for model in self.models))
        return next(beating, None)

    @cached_property
    def helped(self) -> tuple[Place, ...]:
        """Return the pretrained contenders that are significantly better than every control.

        The p values are not corrected for the number of tests.
        """
        return tuple(one for one in self.models if all(self.better(one, control) for control in self.controls))

    @cached_property
    def not_judged(self) -> tuple[Contender, ...]:
        """Return the contenders that have no finished run on all labels and might have been better than the best."""
        settled = {place.contender for place in self.places}
        settled |= {one.contender for one in self.comparison.stopped if one.hopeless}
        lost = [failure.contender for failure in self.comparison.failures]
        lost += [stopped.contender for stopped in self.comparison.stopped]
        return tuple(one for one in dict.fromkeys(lost) if one not in settled)

    @property
    def missing(self) -> tuple[Contender, ...]:
        """Return the contenders in ``not_judged`` with pretrained weights: one of these may be the best."""
        return tuple(one for one in self.not_judged if not one.control and not one.reference)

    def single_runs(self, places: Sequence[Place]) -> tuple[Place, ...]:
        """Return those of ``places`` (rows of the leaderboard) whose contender depends on its seed but has one run.

        Conclusions about such a contender hold for that run only.
        """
        return tuple(place for place in places if place.seeds == 1 and depends_on_seed(place.contender))

    def pair(self, a: Place, b: Place) -> Pair:
        """Return the difference in accuracy, ``a`` minus ``b``, with its interval and p value.

        Raises DataError if the two were not compared.
        """
        for pair in self.pairs:
            if {pair.a, pair.b} == {a.contender, b.contender}:
                return pair if pair.a == a.contender else turned(pair)
        raise DataError("pair-missing", a=a.contender, b=b.contender)

    def better(self, a: Place, b: Place, *, level: float = SIGNIFICANT) -> bool:
        """Whether ``a`` is significantly better than ``b``, without correction for other tests."""
        pair = self.pair(a, b)
        return pair.p_value < level and pair.difference > 0

    def level_with(self, place: Place, among: Sequence[Place]) -> tuple[Place, ...]:
        """Return the others in ``among`` whose difference from ``place`` is not significant (p >= 0.05)."""
        return tuple(one for one in among if one != place and self.pair(place, one).p_value >= SIGNIFICANT)

    def no_better(self, control: Place) -> bool:
        """Whether the 95 % confidence intervals exclude that a model beats ``control`` by more than the margin."""
        return all(self.pair(model, control).interval.high <= self.margin for model in self.models)

    def name(self, place: Place | Contender) -> str:
        """Return the contender's name in the report; the backbone is left out if there is only one."""
        contender = place.contender if isinstance(place, Place) else place
        contenders = dict.fromkeys([*(one.contender for one in self.places), *self.not_judged])
        if len({one.backbone for one in contenders if one.backbone}) == 1:
            return contender.strategy
        return words.names(contenders)[contender]

    def _help_test(self, code: QuestionCode, control: Place, test: Against, passed_so_far: bool) -> HelpTest:
        better = test.difference > 0 and passed_so_far
        answer: Answer = "open"
        if self.better_control == control:
            answer = "hurts"
        elif self.no_better(control):
            answer = "no"
        elif better and min(test.p_value, test.p_these_runs) < SIGNIFICANT:
            answer = "yes"
        elif not passed_so_far:
            answer = "not-asked"
        sure = answer == "yes" and test.p_value < SIGNIFICANT
        return HelpTest(code, control, test, answer, test.new_seeds and (sure or answer != "yes"), sure)
