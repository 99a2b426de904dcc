"""The verdict on pretraining: helped, no difference, hurt, or cannot tell; what it saved, what it cost, what to do.

In: a ``Comparison`` of the backbone before and after, and the record of the pretraining. Out: a ``BenefitEvidence``.
The kind is that of the primary test (``statistics.py``) by the rule of every gain: significant at 5 %, two-sided, is
*helped* or *hurt*; else an interval inside the margin is *no difference*; else it is *cannot tell*. So "helped" is
false in at most 2.5 % of comparisons in which pretraining changes nothing. All of it is about this one pretrained
backbone: another pretraining, with another seed or corpus, is another backbone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ghep.comparison.analysis.label_curves import Cell, cells_of, point_of, saved_between
from ghep.comparison.pretraining.progress import seconds_of
from ghep.comparison.pretraining.record import AtLabels, BenefitBill, BenefitEvidence, BenefitKind, PairedTest, Sides
from ghep.comparison.pretraining.statistics import Pairs, against, by_strategy, pairs_of, primary_test, secondary_tests
from ghep.comparison.record import CONSTANT, LINEAR, Comparison, Contender, LabelCurve, LabelsSaved
from ghep.comparison.sharing.kinds import MARGIN, SIGNIFICANT, gain_kind
from ghep.messages import Message
from ghep.metrics.power import rounded
from ghep.types import Finding

BEST = "best_on_valid"
"""Stands for the strategy in the contenders of curves and labels saved: it may differ between numbers of labels."""


def benefit(
    comparison: Comparison,
    sides: Sides,
    pretraining: Mapping[str, Any],
    *,
    pretrained: Path = Path(),
    margin: float = MARGIN,
) -> BenefitEvidence:
    """Return the answer to "did it help?".

    ``margin`` is the largest difference in score that does not matter. Raises DataError if no strategy was run on both
    backbones.
    """
    pairs = pairs_of(comparison, sides)
    primary, at = primary_test(pairs), secondary_tests(pairs, margin)
    kind = gain_kind(primary.difference, primary.interval, primary.p_value, margin)
    saved = _saved(pairs, sides)
    bill = _bill(comparison, pretraining, primary, kind)
    control = next((one for one in map(Contender, LINEAR) if one in comparison.contenders), None)
    linear = None if control is None else against(comparison, pairs, control)
    n = next(iter(pairs.after.values())).cell.right.shape[1]
    return BenefitEvidence(
        kind=kind,
        message=_message(kind, primary, margin),
        advice=_advice(
            kind, primary, saved, n, margin, random=sides.random, trained=pretraining.get("objective") != "bn"
        ),
        margin=margin,
        sides=sides,
        primary=primary,
        at=at,
        strategies=by_strategy(comparison, sides),
        saved=saved,
        linear=linear,
        linear_control="" if control is None else control.strategy,
        curves=_curves(comparison, pairs, sides),
        bill=bill,
        score=comparison.data.score,
        findings=_findings(primary, at, linear, control),
        pretraining=pretraining,
        pretrained=pretrained,
    )


def _message(kind: BenefitKind, primary: PairedTest, margin: float) -> Message:
    return Message(
        "benefit-verdict",
        {
            "kind": kind,
            "difference": primary.difference,
            "low": primary.interval.low,
            "high": primary.interval.high,
            "p": primary.p_value,
            "numbers": len(primary.labels),
            "draws": primary.draws,
            "margin": margin,
        },
    )


def _advice(
    kind: BenefitKind,
    primary: PairedTest,
    saved: Sequence[LabelsSaved],
    n: int,
    margin: float,
    *,
    random: bool,
    trained: bool,
) -> Message:
    """Return what to do: which backbone to take, what it is worth in labels, what would settle an open question.

    ``trained``: weights were trained, in steps and at a rate; BatchNorm statistics are not.
    """
    if kind == "cannot-tell":
        examples, draws = primary.needed, primary.draws_needed
        by = "both" if examples and draws else "examples" if examples else "draws" if draws else "nothing"
        return Message(
            "benefit-advice-open",
            {
                "by": by,
                "examples": rounded(examples) if examples else 0,
                "draws": draws or 0,
                "n": n,
                "random": random,
                "ahead": "after" if primary.difference > 0 else "before",
            },
        )
    small = abs(primary.difference) < margin
    worth = saved_message(saved[0]) if kind == "helped" and saved else ""
    told = {"small": small, "worth": worth, "margin": margin, "random": random, "trained": trained}
    return Message("benefit-advice", {"kind": kind, **told})


def saved_message(saved: LabelsSaved) -> Message:
    """Return a sentence on the number of labels with which ``before`` scores as high as ``after``."""
    low, high = saved.interval or (None, None)
    needed = saved.needed
    reach = "beyond" if needed is None else "fewer" if needed <= saved.fewest else "found"
    return Message(
        "benefit-labels-saved",
        {
            "reach": reach,
            "labels": round(saved.num_labels),
            "needed": round(needed or 0),
            "most": round(saved.most),
            "bounds": "none" if low is None else "open" if high is None else "both",
            "low": round(low or 0),
            "high": round(high or 0),
        },
    )


def _saved(pairs: Pairs, sides: Sides) -> tuple[LabelsSaved, ...]:
    """Return how many labels ``before`` needs to reach ``after``; empty with one number of labels."""
    if len(pairs.after) < 2:
        return ()
    cells = ([one.cell for one in side.values()] for side in (pairs.after, pairs.before))
    return tuple(saved_between(Contender(BEST, sides.after), Contender(BEST, sides.before), *cells))


def _curves(comparison: Comparison, pairs: Pairs, sides: Sides) -> tuple[LabelCurve, ...]:
    cells = cells_of(comparison)
    found = [
        _curve(Contender(BEST, backbone), [one.cell for one in side.values()])
        for backbone, side in ((sides.before, pairs.before), (sides.after, pairs.after))
    ]
    others = [
        one
        for one in cells
        if (one.control and one.strategy not in CONSTANT) or (sides.vectors and one.backbone == sides.vectors)
    ]
    return (*found, *(_curve(one, cells[one]) for one in others if len(cells[one]) > 1 and not one.reference))


def _curve(contender: Contender, cells: Sequence[Cell]) -> LabelCurve:
    return LabelCurve(contender, tuple(map(point_of, cells)))


def _bill(
    comparison: Comparison, pretraining: Mapping[str, Any], primary: PairedTest, kind: BenefitKind
) -> BenefitBill:
    seconds = seconds_of(pretraining)
    if kind != "helped" or not seconds:
        return BenefitBill(seconds, comparison.seconds, None, None)
    low, high = (100 * end for end in (primary.interval.low, primary.interval.high))
    per_point = seconds / (100 * primary.difference)
    return BenefitBill(
        seconds, comparison.seconds, per_point, (seconds / high, seconds / low if low > 0 else per_point)
    )


def _findings(
    primary: PairedTest, at: Sequence[AtLabels], linear: PairedTest | None, control: Contender | None
) -> tuple[Finding, ...]:
    found = []
    if primary.draws == 1:
        found.append(Finding.of("benefit-one-draw", "warning"))
    left = [one.labels for one in at if one.labels not in primary.labels]
    if left:
        numbers = [Message("benefit-labels", {"labels": labels or 0}) for labels in left]
        found.append(Finding.of("benefit-labels-left-out", "warning", numbers=numbers))
    if linear is not None and control is not None and linear.p_value < SIGNIFICANT and linear.difference < 0:
        ends = linear.interval
        found.append(
            Finding.of(
                "benefit-linear-better",
                "warning",
                control=control.strategy,
                difference=-linear.difference,
                low=-ends.high,
                high=-ends.low,
            )
        )
    opposite = [one for one in at if one.kind in ("helped", "hurt")]
    if len({one.kind for one in opposite}) > 1:
        both = [Message("benefit-at", {"labels": one.labels or 0, "kind": one.kind}) for one in opposite]
        found.append(Finding.of("benefit-depends-on-labels", "warning", each=both))
    return tuple(found)
