"""What a verdict asks about: who ran, who was not judged, who is better than whom, and whether transfer helps.

In: a comparison, its leaderboard and pairs. Out: ``Facts``. Whether pretrained weights help is one planned test for
each kind of control (``Asked``), in a fixed order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from ghep.comparison.analysis.seeds import Right, depends_on_seed
from ghep.comparison.analysis.statistics import SIGNIFICANT, Against, against, better_half, right_answers, turned
from ghep.comparison.record import (
    LINEAR,
    MAJORITY,
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

ASKED: tuple[tuple[QuestionCode, tuple[str, ...]], ...] = (
    ("helps-scratch", (SCRATCH,)),
    ("helps-random-features", (RANDOM_FEATURES,)),
    ("helps-data-control", LINEAR),
    ("helps-majority", (MAJORITY,)),
)
"""In the order in which they are tested."""


class Asked(NamedTuple):
    """Whether pretrained contenders are better than one kind of control."""

    code: QuestionCode
    control: Place
    """Of several, the one that they are least clearly better than."""
    found: Against
    answer: Answer
    new_seeds: bool
    """Whether the answer covers other seeds."""
    passed: bool
    """Whether the next question may be asked: it is yes, also for other seeds wherever several were run."""


@dataclass(frozen=True)
class Facts:
    """What the rules ask about."""

    comparison: Comparison
    places: tuple[Place, ...]
    """Best first."""
    found: tuple[Pair, ...]
    margin: float
    """A difference of accuracy that does not matter."""

    @cached_property
    def models(self) -> tuple[Place, ...]:
        """Return those with pretrained weights that were trained, without those that came out as another of them."""
        return tuple(
            place
            for place in self.places
            if not place.contender.control and not place.contender.reference and place.same_as is None
        )

    @cached_property
    def controls(self) -> tuple[Place, ...]:
        """Return those without pretrained weights."""
        return tuple(place for place in self.places if place.contender.control)

    @cached_property
    def best(self) -> Place:
        """Return the highest mean among those with pretrained weights; of all, if there is none."""
        return (self.models or self.controls or self.places)[0]

    @cached_property
    def rivals(self) -> tuple[Place, ...]:
        """Return the others with pretrained weights that cannot be distinguished from the best."""
        return self.level(self.best, self.models)

    @cached_property
    def asked(self) -> tuple[Asked, ...]:
        """Return whether pretrained weights help, compared with each kind of control that was run, in order.

        The models are their better half on valid, as one mean. Against a control whose scatter between seeds is known
        those with a single run are left out, if there are others: what is said then covers other seeds. Where that
        gives no yes they are counted in a second test, at half the level, which says something of these runs alone.
        """
        right, found = right_answers(self.comparison), list[Asked]()
        for code, names in ASKED:
            controls = [place for place in self.controls if place.contender.strategy in names]
            if controls and self.models:
                tests = [self._against(right, control) for control in controls]
                hardest = min(range(len(tests)), key=lambda number: tests[number].interval.low)
                passed = all(one.passed for one in found)
                found.append(self._asked(code, controls[hardest], tests[hardest], passed))
        return tuple(found)

    def _against(self, right: Right, control: Place) -> Against:
        once = self.once(self.models)
        lasting = tuple(place for place in self.models if place not in once)
        everybody = against(right, better_half(self.models), control.contender)
        if not once or not lasting or self.once((control,)):
            return everybody
        found = against(right, better_half(lasting), control.contender)
        if found.difference > 0 and found.p_value < SIGNIFICANT:
            return found
        runs_help = everybody.difference > 0 and everybody.p_these_runs < SIGNIFICANT / 2
        return everybody if runs_help else found

    @property
    def open_help(self) -> Asked | None:
        """Return the first control that pretrained weights are not known to help against; None if they always do."""
        return next((one for one in self.asked if not one.passed), None)

    @cached_property
    def better_control(self) -> Place | None:
        """Return the best control that is better than every contender with pretrained weights.

        Any control will do, so the level of each is 5 % divided by how many there are (Bonferroni).
        """
        level = SIGNIFICANT / max(1, len(self.controls))
        beating = (one for one in self.controls if all(self.better(one, model, level=level) for model in self.models))
        return next(beating, None)

    @cached_property
    def helped(self) -> tuple[Place, ...]:
        """Return those with pretrained weights that are better than every control, each by itself."""
        return tuple(one for one in self.models if all(self.better(one, control) for control in self.controls))

    @cached_property
    def not_judged(self) -> tuple[Contender, ...]:
        """Return those without a finished run on all labels that could have been better, as far as is known."""
        settled = {place.contender for place in self.places}
        settled |= {one.contender for one in self.comparison.stopped if one.hopeless}
        lost = [failure.contender for failure in self.comparison.failures]
        lost += [stopped.contender for stopped in self.comparison.stopped]
        return tuple(one for one in dict.fromkeys(lost) if one not in settled)

    @property
    def missing(self) -> tuple[Contender, ...]:
        """Return those of them with pretrained weights: one of these may be the best."""
        return tuple(one for one in self.not_judged if not one.control and not one.reference)

    def once(self, places: Sequence[Place]) -> tuple[Place, ...]:
        """Return those that depend on their seed and have a single run: what is said of them is about that run."""
        return tuple(place for place in places if place.seeds == 1 and depends_on_seed(place.contender))

    def pair(self, a: Place, b: Place) -> Pair:
        """Return the comparison of the two, ``a`` first."""
        for pair in self.found:
            if {pair.a, pair.b} == {a.contender, b.contender}:
                return pair if pair.a == a.contender else turned(pair)
        raise DataError(
            f"{a.contender} and {b.contender} were not compared", remedy="pass all pairs of the leaderboard"
        )

    def better(self, a: Place, b: Place, *, level: float = SIGNIFICANT) -> bool:
        """Whether a is clearly better than b, these two alone."""
        pair = self.pair(a, b)
        return pair.p_value < level and pair.difference > 0

    def level(self, place: Place, among: Sequence[Place]) -> tuple[Place, ...]:
        """Return those others that cannot be distinguished from ``place``."""
        return tuple(one for one in among if one != place and self.pair(place, one).p_value >= SIGNIFICANT)

    def no_better(self, control: Place) -> bool:
        """Whether no model is better than ``control`` by more than the margin, as far as its interval reaches."""
        return all(self.pair(model, control).interval.high <= self.margin for model in self.models)

    def name(self, place: Place | Contender) -> str:
        """Return what the report calls a contender, without the backbone if there is but one."""
        contender = place.contender if isinstance(place, Place) else place
        everyone = dict.fromkeys([*(one.contender for one in self.places), *self.not_judged])
        if len({one.backbone for one in everyone if one.backbone}) == 1:
            return contender.strategy  # naming the one backbone each time would say nothing
        return words.names(everyone)[contender]

    def _asked(self, code: QuestionCode, control: Place, test: Against, passed_so_far: bool) -> Asked:
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
        return Asked(code, control, test, answer, test.new_seeds and (sure or answer != "yes"), sure)
