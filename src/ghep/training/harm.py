"""Has training done harm? A stage whose epochs end far below its start has learning rates that are too high.

In: loss and score of each validation example at the start of a stage and in its best epoch, and the training loss. Out:
whether the difference is harm rather than noise. The training loop asks after the first quarter of a stage, and begins
it again at lower rates (``restarted``), unless a range test acquits the rates (``acquitted``).

A divergence (``divergence.py``) is an explosion within a step. Harm has no explosion: with clipped gradients or AdamW
the loss stays finite, and the network forgets what made its features useful. Measured by ``scripts/bench
too_high_rate``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ghep.messages import text_of
from ghep.training.range_test import RISE, RangeTest
from ghep.training.stage import Stage
from ghep.training.state import TrainingState, ValidResult
from ghep.training.validation import Each, change
from ghep.types import Finding

RESTARTS = 2
"""Most restarts of a run. Each costs a quarter of a stage, or a stage of one epoch, and a range test."""
SURE = 1e-3
"""Largest p-value of a difference that counts as harm."""
PROBABLE = 0.05
"""The same where training is worse than guessing as well."""
FAR = 0.05
"""Least loss of score that counts as harm: a stage that unfreezes a block often loses a little before it gains."""
SLOWER = 0.1
"""Factor of the rates of a stage that begins again; less if the range test says so."""
ABOVE = 1.25
"""Least training loss, in units of the loss of guessing, that counts as harm whatever the range test says, if a stage
started by guessing. That of a healthy first epoch of few steps is up to 1.09 in ``scripts/bench divergence``."""
CODE = "learning-rate-too-high"
VIEWS = "augmentation-does-not-fit"


def judged_after(stage: Stage) -> int:
    """Return the number of epochs after which a stage is judged: a quarter of them, by which its rates have peaked."""
    return max(1, -(-stage.epochs // 4))


def did_harm(start: Each, best: Each, *, train_losses: Sequence[float], guessing: float, ended: bool = False) -> bool:
    """Whether the ``best`` epoch so far is far below the ``start`` of the stage, by more than chance allows.

    - The score has fallen surely, and the loss on valid has risen, probably.
    - The score has fallen probably, the loss on valid has risen surely, and the training loss of the last epoch is
      above that of ``guessing``.
    - If the stage started by guessing, its score can hardly fall: the loss on valid has risen surely, and the training
      loss is above guessing; or it has risen probably, and the training loss of an earlier epoch was far above. If the
      stage has ``ended``, only the first, with a score that is no better.

    ``train_losses`` are those of the epochs of the stage.

    A rise of the loss alone is no harm: a confident head may have a large loss and a good score. Nor is a high training
    loss, which may be due to wrong labels, nor a large loss on valid after a few steps, while BatchNorm's statistics
    are still almost those of the start.
    """
    loss, score, above = change(start, best, "loss"), change(start, best, "score"), train_losses[-1] >= guessing
    if loss.difference <= 0:
        return False
    if _guessed(start, guessing):
        if ended:
            return above and loss.p_value < SURE and score.difference <= 0
        far_above = max(train_losses) >= ABOVE * guessing
        return (above and loss.p_value < SURE) or (far_above and loss.p_value < PROBABLE)
    if score.difference > -FAR:
        return False
    surely = score.p_value < SURE and loss.p_value < PROBABLE
    return surely or (above and score.p_value < PROBABLE and loss.p_value < SURE)


def acquitted(
    now: TrainingState, stage: Stage, tested: RangeTest, *, guessing: float, augmented: bool
) -> list[Finding] | None:
    """Return the findings, if any, where something else than the rates of the stage did the harm; None: they did it.

    The loss did not rise at these rates in the range test, and besides:

    - The stage started by guessing, and its training loss is not far above that: BatchNorm's statistics after few steps
      explain the loss on valid. No finding.
    - The head knew valid at the start, but not the training examples as they are ``augmented`` or blended: before any
      step their loss was above that of valid by as much as an explosion is.
    """
    assert now.start_each is not None and now.best is not None
    if tested.exploded is not None:
        return None
    if _guessed(now.start_each, guessing):
        return [] if now.history[-1].train_loss < ABOVE * guessing else None
    start = {name: float(values.double().mean()) for name, values in now.start_each.items()}
    if not augmented or tested.calm < start["loss"] + RISE * guessing:
        return None
    found: dict[str, Any] = {"loss": tested.calm, "guessing": guessing, "valid": start["loss"], "start": start["score"]}
    return [Finding.of(VIEWS, "warning", stage=stage.name, score=now.best.score, **found)]


def restarted(now: TrainingState, stage: Stage, tested: RangeTest) -> tuple[TrainingState, Finding]:
    """Return the state at the start of the stage with lower rates, and the finding about it.

    The rates are a tenth of the present ones, or less if they would not be safe by the range test. Abandoned epochs are
    not in the history.
    """
    begin, worst = now.begin, now.best
    assert begin is not None and worst is not None
    findings, again = [one for one in now.findings if not _is_open(one)], [*filter(_is_open, now.findings)]
    scale = SLOWER * now.rate_scale
    scale = scale if tested.safe is None else min(scale, tested.safe)
    found = _found(now, stage) | {
        "epochs": now.epochs_done,
        "safe": rate_of(stage) * scale,
        "exploded": None if tested.exploded is None else rate_of(stage) * tested.exploded,
        "score": worst.score,
    }
    if again:  # the second restart of this stage: one finding has the first rate and the last one
        found |= {name: again[0].params[name] for name in ("lr", "epochs", "score")}
    finding = Finding.of(CODE, "warning", message="rate-too-high-restarting", **found)
    state = replace(
        begin,
        history=list(begin.history),
        findings=[*findings, finding],
        steps=now.steps,
        seconds=now.seconds,
        retries=now.retries,
        rate_scale=scale,
        restarts=now.restarts + 1,
        left_out=now.left_out,
        rows_at_once=now.rows_at_once,
    )
    return state, finding


def concluded(findings: Sequence[Finding], state: TrainingState, stage: Stage, *, harmed: bool) -> list[Finding]:
    """Return ``findings`` with the outcome of each restart of the stage, and a finding if harm was done in the end.

    ``harmed``: whether the best epoch of the finished stage is far below its start.
    """
    said = [_with_outcome(one, state.best) if _is_open(one) else one for one in findings]
    if not harmed or any(one.code == VIEWS and one.params["stage"] == stage.name for one in said):
        return said
    assert state.best is not None
    found = _found(state, stage) | {"score": state.best.score}
    return [*said, Finding.of(CODE, "warning", message="rate-too-high", **found, safe=SLOWER * found["lr"])]


def rate_of(stage: Stage) -> float:
    """Return the rate that ``--lr`` sets: that of the last block, or of the head if all blocks are frozen."""
    return stage.lrs[-1] or stage.head_lr


def harm_line(finding: Finding) -> str:
    """Return the line that reports a restart while it happens."""
    return text_of("rate-too-high-line", finding=finding.message)


def _guessed(start: Each, guessing: float) -> bool:
    """Whether the model gave the same probability to all classes at the start of the stage."""
    return abs(float(start["loss"].mean()) - guessing) < 0.01 * guessing


def _found(state: TrainingState, stage: Stage) -> dict[str, Any]:
    assert state.start_each is not None
    start = float(state.start_each["score"].double().mean())
    return {"stage": stage.name, "lr": rate_of(stage) * state.rate_scale, "start": start}


def _is_open(finding: Finding) -> bool:
    return finding.code == CODE and "safe" in finding.params and "after" not in finding.params


def _with_outcome(finding: Finding, best: ValidResult | None) -> Finding:
    after = None if best is None else best.score
    return Finding.of(CODE, "warning", message="rate-too-high-restarted", **finding.params, after=after)
