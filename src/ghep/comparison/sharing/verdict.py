"""The verdict on each shared model: share, separate, or cannot tell. The first rule that holds decides.

In: the gains, bills and remedies of shared models (``statistics.py``). Out: a ``SharingVerdict`` for each.
"Share" and "share with a remedy" claim that *every* task loses less than the margin. So the 95 % confidence interval of
each task is used without correction (the intersection-union test: Berger 1982, doi:10.2307/1267823). "Separate" claims
that *some* task was hurt, so its p value is corrected for the number of tasks (Holm). If neither is shown, the verdict
is "cannot tell". docs/decisions/0013 has the measured error rates.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ghep.comparison.record import SEEDLESS, Contender
from ghep.comparison.sharing.kinds import MARGIN, harmed, within_margin
from ghep.comparison.sharing.record import Bill, Gain, Remedy, SharedComparison, SharingKind, SharingVerdict
from ghep.comparison.sharing.statistics import bill, gains, remedies_for, ways
from ghep.comparison.sharing.words import changes, costs_message, ranges, way_names
from ghep.messages import Message


@dataclass(frozen=True)
class Facts:
    """The facts about one shared model that the rules use: its gains, its costs and the remedies that were tried."""

    shared: SharedComparison
    together: Contender
    name: str
    gains: tuple[Gain, ...]
    bill: Bill
    remedies: tuple[Remedy, ...]

    @property
    def remedy(self) -> Remedy | None:
        """Return the remedy (another sharing strategy) that was chosen on valid; None if none was tried."""
        return next((one for one in self.remedies if one.chosen), None)

    @property
    def missing(self) -> tuple[str, ...]:
        """Return the tasks that were not judged, because the shared or the single-task model has no finished run."""
        judged = {gain.task for gain in self.gains}
        return tuple(task for task in self.shared.every_task if task not in judged)

    @property
    def harmed(self) -> tuple[Gain, ...]:
        """Return the gains of the tasks that sharing hurt significantly and that may have lost more than the margin."""
        return tuple(gain for gain in self.gains if harmed(gain))

    @property
    def open(self) -> tuple[Gain, ...]:
        """Return the gains of the tasks that were not shown to be hurt, but may have lost more than the margin."""
        return tuple(gain for gain in self.gains if not within_margin(gain) and gain.kind != "hurt")

    @property
    def remedied(self) -> bool:
        """Whether all tasks were judged with the chosen remedy, and none of them loses more than the margin."""
        found = self.remedy.gains if self.remedy else ()
        return len(found) == len(self.shared.tasks) and all(map(within_margin, found))

    @property
    def helped(self) -> tuple[Gain, ...]:
        """Return the gains of the tasks that were helped."""
        return tuple(gain for gain in self.gains if gain.kind == "helped")


class Rule(NamedTuple):
    """One rule of the verdict on a shared model: if ``holds``, the verdict is ``kind`` with this message."""

    kind: SharingKind
    holds: Callable[[Facts], bool]
    message: Callable[[Facts], Message]


def sharing_verdicts(shared: SharedComparison, tried: Sequence[Remedy]) -> tuple[SharingVerdict, ...]:
    """Return the verdict on each shared model for which single-task models with its strategy and backbone were run.

    The remedies in ``tried`` have no verdict of their own. Raises DataError if runs were scored on different examples.
    """
    called = way_names(ways(shared))
    found = []
    for one, name in called.items():
        facts = Facts(shared, one, name, gains(shared, one), bill(shared, one), remedies_for(one, tried))
        if facts.gains and one.sharing not in shared.remedies:
            found.append(verdict_of(facts))
    return tuple(found)


def verdict_of(facts: Facts) -> SharingVerdict:
    """Return the verdict of the first rule in ``RULES`` that holds. ``facts`` must have at least one gain."""
    rule = next(rule for rule in RULES if rule.holds(facts))
    message = rule.message(facts)
    reason = (*(gain.sentence for gain in facts.gains if gain.sentence is not None), *_caveats(facts))
    return SharingVerdict(
        facts.together,
        rule.kind,
        str(message),
        " ".join(map(str, reason)),
        facts.gains,
        facts.bill,
        {"message": (message,), "reason": reason},
    )


def saves(costs: Bill) -> bool:
    """Whether the shared model takes less time to train, less space or less time to predict."""
    predict, single = costs.predict_seconds, costs.alone_predict_seconds
    return (
        costs.seconds < costs.alone_seconds
        or 0 < costs.weight_bytes < costs.alone_weight_bytes
        or (predict is not None and single is not None and predict < single)
    )


# Conditions of the rules.


def _missing(facts: Facts) -> bool:
    return bool(facts.missing)


def _identical(facts: Facts) -> bool:
    return all(gain.identical for gain in facts.gains)


def _harmless(facts: Facts) -> bool:
    return all(map(within_margin, facts.gains)) and (saves(facts.bill) or bool(facts.helped))


def _idle(facts: Facts) -> bool:
    return all(map(within_margin, facts.gains))


def _remedied(facts: Facts) -> bool:
    return bool(facts.harmed) and facts.remedied


def _open_with_remedy(facts: Facts) -> bool:
    """Whether a task was hurt by the default sharing strategy, and no task is shown to be hurt with the remedy."""
    return bool(facts.harmed and facts.remedy) and not any(map(harmed, facts.remedy.gains if facts.remedy else ()))


def _hurt(facts: Facts) -> bool:
    return bool(facts.harmed)


def _otherwise(facts: Facts) -> bool:
    return bool(facts.gains)


# Messages of the rules.


def _missing_message(facts: Facts) -> Message:
    return Message(
        "sharing-verdict-missing", {"name": facts.name, "missing": facts.missing, "count": len(facts.missing)}
    )


def _identical_message(facts: Facts) -> Message:
    return Message("sharing-verdict-identical", {"name": facts.name, "costs": costs_message(facts.bill)})


def _harmless_message(facts: Facts) -> Message:
    return Message(
        "sharing-verdict-harmless",
        {
            "name": facts.name,
            "helped": changes(facts.helped),
            "num_helped": len(facts.helped),
            "margin": MARGIN,
            "costs": costs_message(facts.bill),
        },
    )


def _idle_message(facts: Facts) -> Message:
    return Message("sharing-verdict-idle", {"name": facts.name, "costs": costs_message(facts.bill)})


def _remedied_message(facts: Facts) -> Message:
    return Message(
        "sharing-verdict-remedied",
        {"name": facts.name, "fix": _fix(facts), "harmed": changes(facts.harmed), "margin": MARGIN},
    )


def _open_with_remedy_message(facts: Facts) -> Message:
    found = facts.remedy.gains if facts.remedy else ()
    left = [gain for gain in found if not within_margin(gain)]
    return Message(
        "sharing-verdict-remedy-open",
        {
            "name": facts.name,
            "harmed": changes(facts.harmed),
            "fix": _fix(facts),
            "open": ranges(left),
            "num_open": len(left),
        },
    )


def _hurt_message(facts: Facts) -> Message:
    found = facts.remedy.gains if facts.remedy else ()
    return Message(
        "sharing-verdict-hurt",
        {
            "name": facts.name,
            "harmed": changes(facts.harmed),
            "tried": facts.remedy is not None,
            "fix": _fix(facts),
            "left": changes([gain for gain in found if harmed(gain)]),
        },
    )


def _open_message(facts: Facts) -> Message:
    return Message(
        "sharing-verdict-open",
        {
            "name": facts.name,
            "helped": changes(facts.helped),
            "num_helped": len(facts.helped),
            "open": ranges(facts.open),
            "costs": costs_message(facts.bill),
        },
    )


RULES: tuple[Rule, ...] = (
    Rule("cannot-tell", _missing, _missing_message),
    Rule("share", _identical, _identical_message),
    Rule("share", _harmless, _harmless_message),
    Rule("separate", _idle, _idle_message),
    Rule("share-with-remedy", _remedied, _remedied_message),
    Rule("cannot-tell", _open_with_remedy, _open_with_remedy_message),
    Rule("separate", _hurt, _hurt_message),
    Rule("cannot-tell", _otherwise, _open_message),
)
"""The rules, in the order in which they are tried."""


def _caveats(facts: Facts) -> list[Message]:
    """Return messages on what limits a verdict: contenders with a single run, and a time limit that cut training."""
    found = []
    if _fewest_seeds(facts) == 1 and facts.together.strategy not in SEEDLESS:
        found.append(Message("sharing-one-run"))
    if facts.shared.budget_seconds is not None:
        found.append(Message("sharing-cut-budget", {"seconds": facts.shared.budget_seconds}))
    return found


def _fewest_seeds(facts: Facts) -> int:
    """Return the smallest number of runs that a model in one of the gains has."""
    counts = [
        sum(run.contender == one for run in facts.shared.tasks[gain.task].full_runs)
        for gain in facts.gains
        for one in (gain.together, gain.alone)
    ]
    return min(counts, default=0)


def _fix(facts: Facts) -> str:
    return facts.remedy.together.sharing if facts.remedy else ""
