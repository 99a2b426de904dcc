"""What follows a divergence: the state to continue from, and the finding that reports it.

In: the state at the divergence, the snapshot at the start of the epoch, the cause. Out: a good state, at lower rates or
without the examples that caused it, or the end of the stage.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ghep.data.loading.batches import BatchSource
from ghep.messages import Message
from ghep.training.divergence import DivergedError, slower
from ghep.training.stage import Stage
from ghep.training.state import DIVERGED, TrainingState
from ghep.types import Finding

KEPT_ON_ROLL_BACK = (
    "findings",
    "steps",
    "seconds",
    "retries",
    "rate_scale",
    "restarts",
    "rows_at_once",
    "left_out",
    "good",
    "begin",
    "best",
    "best_epoch",
    "best_state",
    "best_each",
)
"""State fields that a roll-back does not reset."""
OF_EPOCHS = ("good", "best", "best_epoch", "best_state", "best_each")
"""Those among them that it resets when it returns to the start of the stage."""


def recovered(
    now: TrainingState,
    start: TrainingState | None,
    cause: DivergedError,
    stage: Stage,
    train: BatchSource,
    *,
    retries: int,
    harmed: bool = False,
) -> tuple[TrainingState, Finding]:
    """Return the good state from which training continues after ``cause``, and the finding about it.

    ``start`` is the snapshot at the start of the epoch, None once a healthy step has followed. If the epochs before
    have ``harmed`` the model, training returns to the start of the stage, and they are forgotten. If inputs are not
    finite, lower rates do not help: the examples with such inputs are left out instead. After ``retries`` divergences
    of the run the state says that the stage has ended.
    """
    begin = now.begin if harmed and not cause.bad else None
    good = begin or _last_good(now, start)
    kept = [name for name in KEPT_ON_ROLL_BACK if begin is None or name not in OF_EPOCHS]
    state = replace(
        good,
        history=list(good.history),
        suspected=start is not None and not cause.bad and begin is None,
        **{name: getattr(now, name) for name in kept},
    )
    step = 0 if cause.step is None else cause.step + 1
    items = [train.name(index) for index in cause.bad]
    found: dict[str, Any] = {"what": cause.what, "place": place_in(stage, now.epochs_done, step)}
    again = retries > 0 and len(now.left_out) + len(cause.bad) < len(train)
    if not again or (not cause.bad and now.retries >= retries):
        state.stopped = DIVERGED
        found |= {"retries": now.retries, "kept": "best" if now.best_state else "earlier"}
        found |= {} if cause.bad else {"lr": stage.head_lr * now.rate_scale}
        message = "diverged-inputs" if cause.bad else "diverged-stopped"
        finding = Finding.of("diverged", "error", message=message, items=items, **found)
    elif cause.bad:
        state.left_out = tuple(sorted({*now.left_out, *cause.bad}))
        found |= {"count": len(cause.bad)}
        finding = Finding.of("diverged", "warning", message="diverged-inputs-left-out", items=items, **found)
    else:
        state.retries += 1
        state.rate_scale = slower(now.rate_scale, state.retries)
        found |= {"lr": stage.head_lr * now.rate_scale, "new_lr": stage.head_lr * state.rate_scale}
        found |= {"scale": state.rate_scale, "epoch": good.epochs_done + 1}
        finding = Finding.of("diverged", "warning", message="diverged-retry", **found)
    state.findings = [*state.findings, finding]
    return state, finding


def _last_good(now: TrainingState, start: TrainingState | None) -> TrainingState:
    """Return the snapshot to return to: the start of this epoch, or of the one before if this start has failed.

    No loss is computed after the last step of an epoch until the next epoch begins. So if the first step of an epoch
    fails twice, the last step of the epoch before is the cause, and training returns to the start of that.
    """
    good = now.good or start if now.suspected else start or now.good
    assert good is not None
    return good


def place_in(stage: Stage, epochs_done: int, step: int) -> Message:
    """Return a message that names epoch, step and stage; ``step`` counts from 1, and 0 means the end of the epoch."""
    return Message("training-place", {"epoch": epochs_done + 1, "step": step, "stage": stage.name})
