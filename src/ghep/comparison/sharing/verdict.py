"""To share or not, by rule: for each way of sharing the first question that is answered with yes is the verdict.

In: gains, bills and remedies (``statistics.py``). Out: a ``SharingVerdict`` for each way of sharing.
"Share" and "share with a remedy" say of *every* task that it loses less than the margin, so each is asked at its own
95 % interval and nothing is corrected (the intersection-union test: Berger 1982, doi:10.2307/1267823). "Separate" says
of *some* task that it was hurt, and there Holm's correction counts the tasks. Else it cannot be told.
docs/decisions/0013 has the measured rates of error.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ghep.comparison.record import SEEDLESS, Contender
from ghep.comparison.report.words import listed, points, seconds
from ghep.comparison.sharing.kinds import MARGIN, harmed, within_margin
from ghep.comparison.sharing.record import Bill, Gain, Remedy, SharedComparison, SharingKind, SharingVerdict
from ghep.comparison.sharing.statistics import bill, gains, remedies_for, ways
from ghep.comparison.sharing.words import bill_words, losses, possible, way_names


@dataclass(frozen=True)
class Facts:
    """What the rules ask of one way of sharing."""

    shared: SharedComparison
    together: Contender
    name: str
    gains: tuple[Gain, ...]
    bill: Bill
    remedies: tuple[Remedy, ...]

    @property
    def remedy(self) -> Remedy | None:
        """Return the remedy that is the best on valid."""
        return next((one for one in self.remedies if one.chosen), None)

    @property
    def missing(self) -> tuple[str, ...]:
        """Return the tasks that could not be judged."""
        judged = {gain.task for gain in self.gains}
        return tuple(task for task in self.shared.every_task if task not in judged)

    @property
    def harmed(self) -> tuple[Gain, ...]:
        """Return what was hurt by what may matter."""
        return tuple(gain for gain in self.gains if harmed(gain))

    @property
    def open(self) -> tuple[Gain, ...]:
        """Return what may have lost more than the margin, or not."""
        return tuple(gain for gain in self.gains if not within_margin(gain) and gain.kind != "hurt")

    @property
    def remedied(self) -> bool:
        """Whether the chosen remedy leaves no task that loses more than the margin."""
        found = self.remedy.gains if self.remedy else ()
        return len(found) == len(self.shared.tasks) and all(map(within_margin, found))

    @property
    def helped(self) -> tuple[Gain, ...]:
        """Return what was helped."""
        return tuple(gain for gain in self.gains if gain.kind == "helped")


class Rule(NamedTuple):
    """If ``holds``, the verdict is ``kind`` and says so."""

    kind: SharingKind
    holds: Callable[[Facts], bool]
    message: Callable[[Facts], str]


def sharing_verdicts(shared: SharedComparison, tried: Sequence[Remedy]) -> tuple[SharingVerdict, ...]:
    """Return the verdict on each way of sharing that has a counterpart, but for remedies: ``tried`` has those.

    Raises DataError where runs did not answer the same examples.
    """
    called = way_names(ways(shared))
    found = []
    for one, name in called.items():
        facts = Facts(shared, one, name, gains(shared, one), bill(shared, one), remedies_for(one, tried))
        if facts.gains and one.sharing not in shared.remedies:
            found.append(verdict_of(facts))
    return tuple(found)


def verdict_of(facts: Facts) -> SharingVerdict:
    """Return the first rule of ``RULES`` that holds, in words. There is at least one gain."""
    rule = next(rule for rule in RULES if rule.holds(facts))
    reason = ". ".join([*(gain.message[0].upper() + gain.message[1:] for gain in facts.gains), *_caveats(facts)])
    return SharingVerdict(facts.together, rule.kind, rule.message(facts), f"{reason}.", facts.gains, facts.bill)


def saves(costs: Bill) -> bool:
    """Whether one model for all takes less time to train, less space or less time to predict."""
    predict, alone = costs.predict_seconds, costs.alone_predict_seconds
    return (
        costs.seconds < costs.alone_seconds
        or 0 < costs.weight_bytes < costs.alone_weight_bytes
        or (predict is not None and alone is not None and predict < alone)
    )


# Which rule holds.


def _missing(facts: Facts) -> bool:
    return bool(facts.missing)


def _identical(facts: Facts) -> bool:
    return all(gain.identical for gain in facts.gains)


def _harmless(facts: Facts) -> bool:
    return all(map(within_margin, facts.gains)) and (saves(facts.bill) or bool(facts.helped))


def _idle(facts: Facts) -> bool:
    return all(map(within_margin, facts.gains))


def _mended(facts: Facts) -> bool:
    return bool(facts.harmed) and facts.remedied


def _open_with_remedy(facts: Facts) -> bool:
    """It hurt, and with the remedy nothing is hurt that can be told."""
    return bool(facts.harmed and facts.remedy) and not any(map(harmed, facts.remedy.gains if facts.remedy else ()))


def _hurt(facts: Facts) -> bool:
    return bool(facts.harmed)


def _otherwise(facts: Facts) -> bool:
    return bool(facts.gains)


# What it says.


def _say_missing(facts: Facts) -> str:
    return (
        f"Whether to share with {facts.name} cannot be told: {listed(facts.missing)} has no finished run "
        "of both kinds, shared and alone."
    )


def _say_identical(facts: Facts) -> str:
    return (
        f"Share with {facts.name}: the trunk is the same frozen one, so every task has the very same answers as alone; "
        f"all that differs is cost{_costs(facts.bill)}."
    )


def _say_harmless(facts: Facts) -> str:
    helped = f"it helps {losses(facts.helped)}, and " if facts.helped else ""
    return f"Share with {facts.name}: {helped}no task loses more than {_margin()}{_costs(facts.bill)}."


def _say_idle(facts: Facts) -> str:
    return f"Do not share with {facts.name}: it neither helps nor saves anything{_costs(facts.bill)}."


def _say_mended(facts: Facts) -> str:
    return (
        f"Share with {facts.name} and {_how(facts)}: as it is sharing hurts {losses(facts.harmed)}; "
        f"so no task loses more than {_margin()}."
    )


def _say_open_with_remedy(facts: Facts) -> str:
    found = facts.remedy.gains if facts.remedy else ()
    left = [gain for gain in found if not within_margin(gain)]
    return (
        f"Sharing with {facts.name} hurts {losses(facts.harmed)}. With {_how(facts)} it cannot be told: "
        f"{possible(left) or 'not every task was judged'}."
    )


def _say_hurt(facts: Facts) -> str:
    tried = ""
    if facts.remedy:
        left = losses([gain for gain in facts.remedy.gains if harmed(gain)])
        tried = f", and {_how(facts)}, the best remedy on valid, does not mend it: {left}"
    return f"Do not share with {facts.name}: it hurts {losses(facts.harmed)}{tried}."


def _say_cannot_tell(facts: Facts) -> str:
    left, costs = possible(facts.open), _costs(facts.bill)
    if facts.helped:
        helped = f"Sharing with {facts.name} helps {losses(facts.helped)}"
        return f"{helped}; whether it costs accuracy elsewhere cannot be told: {left}{costs}."
    return f"Whether sharing with {facts.name} costs accuracy cannot be told: {left}{costs}."


RULES: tuple[Rule, ...] = (
    Rule("cannot-tell", _missing, _say_missing),
    Rule("share", _identical, _say_identical),
    Rule("share", _harmless, _say_harmless),
    Rule("separate", _idle, _say_idle),
    Rule("share-with-remedy", _mended, _say_mended),
    Rule("cannot-tell", _open_with_remedy, _say_open_with_remedy),
    Rule("separate", _hurt, _say_hurt),
    Rule("cannot-tell", _otherwise, _say_cannot_tell),
)
"""In this order."""


# What every verdict has to add.


def _caveats(facts: Facts) -> list[str]:
    found = []
    seeds = _seeds(facts)
    if seeds == 1 and facts.together.strategy not in SEEDLESS:
        found.append("One run of some: what another seed would change is not counted")
    if facts.shared.budget_seconds is not None:
        found.append(
            f"Runs were cut to about {seconds(facts.shared.budget_seconds)}: with more time it may be otherwise"
        )
    return found


def _seeds(facts: Facts) -> int:
    """Return the fewest runs that a gain rests on."""
    counts = [
        sum(run.contender == one for run in facts.shared.tasks[gain.task].full_runs)
        for gain in facts.gains
        for one in (gain.together, gain.alone)
    ]
    return min(counts, default=0)


def _costs(costs: Bill) -> str:
    words = bill_words(costs)
    return f", at {words} of models alone" if words else ""


def _how(facts: Facts) -> str:
    return facts.remedy.together.sharing if facts.remedy else ""


def _margin() -> str:
    return f"{points(MARGIN, signed=False)} points"
