"""A context in which a backbone has the low-rank adapters of a stage."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ghep.backbone.base import Backbone
from ghep.model.lora import add_lora, remove_lora
from ghep.training.stage import Stage


@contextmanager
def adapted(backbone: Backbone, stage: Stage, *, seed: int) -> Iterator[None]:
    """Add the adapters of ``stage``, if it has any; on exit, also after an error, remove those not merged."""
    adapters = stage.adapters
    if adapters is None:
        yield
        return
    add_lora(
        backbone,
        adapters.rank,
        adapters.alpha,
        adapters.targets,
        seed=seed,
        dropout=adapters.dropout,
        frozen_blocks=stage.frozen_blocks,
    )
    try:
        yield
    finally:
        remove_lora(backbone)
