"""The number format in which the stages of a plan are trained: the given one, or the fastest, measured once."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from typing import Any

import torch

from ghep.data.loading.batches import typical_batch
from ghep.data.loading.views import Views
from ghep.errors import ConfigError
from ghep.model.transfer import TransferModel
from ghep.strategy.progress import Fitted
from ghep.strategy.supply import Supply
from ghep.training.adapted import adapted
from ghep.training.precision import ROWS, Precision, measure, named, unmeasured
from ghep.training.session import Session
from ghep.training.stage import Stage


def precision_of(
    model: TransferModel, stages: Sequence[Stage], supply: Supply, session: Session, fitted: Fitted
) -> Precision:
    """Return the given precision, or the fastest one for the stage that trains the most blocks.

    The fastest precision is measured once and saved with the run and with the store, because the precision affects the
    weights; ``fitted`` gets the seconds of the measurement. If the weights must not depend on the machine's load,
    nothing is measured.
    """
    if session.options.precision != "auto":
        return named(session.options.precision)
    frozen = supply.frozen
    if frozen.engines.fixed:
        return unmeasured(model)
    since = time.perf_counter()
    index = min((i for i in range(len(stages)) if stages[i].epochs), key=lambda i: stages[i].frozen_blocks)
    stage = stages[index]
    train, _ = supply.sources(index)
    name = _name(model, stage, train.boundary)
    with frozen.decisions.deciding():
        notes: list[Any] = [frozen.decisions.get(name)]
        notes += [] if frozen.store is None else [frozen.store.note(name)]
        for noted in notes:
            with suppress(KeyError, TypeError, ConfigError):
                best = Precision(named(noted["name"]).name, noted["milliseconds"])
                frozen.decisions.put(name, asdict(best))
                return best
        indices = typical_batch(train, stage.batch_size)
        inputs = train.inputs(indices, [Views(stage.augment, stage.views).at(0, 0, 0)] * len(indices))
        with adapted(model.backbone, stage, seed=session.seed):
            model.freeze(stage.still_blocks, keep_statistics=stage.keep_statistics)
            best = measure(model, inputs, boundary=train.boundary)
        best = Precision(**frozen.decisions.put(name, asdict(best)))
        if frozen.store is not None:
            frozen.store.write_note(name, asdict(best))
    fitted.spent("measure", since)
    return best


def _name(model: TransferModel, stage: Stage, boundary: int) -> str:
    """Return the name under which the precision for ``stage`` is saved: a hash of what its speed depends on.

    The hash leaves out the batch size, so that runs on fewer labels, in smaller batches, use the same precision.
    """
    trained = [model.backbone.architecture.to_json(), stage.still_blocks, boundary]
    machine = [platform.processor(), platform.machine(), os.cpu_count(), torch.get_num_threads()]
    text = json.dumps([trained, ROWS, stage.keep_statistics, machine, torch.__version__, str(model.device)])
    return f"number format, stage {hashlib.sha256(text.encode()).hexdigest()[:32]}"
