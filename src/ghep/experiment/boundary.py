"""Features of an earlier block (``--boundary``): the block that is named, or the best of a few middle blocks on valid.

In: a backbone, prepared data and the name of a block, its number, or ``auto``. Out: the first blocks of the backbone as
a backbone of its own (``backbone/leading.py``). Blocks are compared by linear heads that are solved on train and scored
on valid, never on test. Their features are stored, so that the run that follows reads those of the best.
"""

from __future__ import annotations

from contextlib import suppress

from ghep.backbone.base import Backbone
from ghep.backbone.leading import AUTO, boundary_named, last_block, leading, middle
from ghep.errors import BackboneError, ConfigError
from ghep.experiment.options import RunOptions
from ghep.experiment.prepared import Prepared, tasks_of
from ghep.features.frozen import frozen_part
from ghep.messages import number_text
from ghep.model.device import device_named
from ghep.model.transfer import TransferModel
from ghep.reporter import Reporter
from ghep.strategy.base import solve_stage
from ghep.strategy.solve import solve_heads
from ghep.training.state import ValidResult
from ghep.types import Finding


def at_boundary(
    backbone: Backbone, boundary: str, prepared: Prepared, options: RunOptions, reporter: Reporter
) -> Backbone:
    """Return ``backbone`` up to the block ``boundary``: a name, a number from 1, or ``auto``.

    Raises ConfigError for an unknown block, for ``auto`` without validation examples, and for networks without earlier
    features; BackboneError where the network cannot end there.
    """
    if boundary != AUTO:
        return leading(backbone, boundary_named(backbone, boundary))
    if not prepared.dataset.valid:
        raise ConfigError("boundary-needs-valid", data=prepared.dataset.name)
    tried = []
    for place in middle(backbone):
        with suppress(BackboneError, ConfigError):  # the network cannot end there
            tried.append(leading(backbone, place))
    if not tried:
        raise ConfigError("boundary-alone", name=backbone.card.name)
    tried.append(backbone)
    found = [_solved(one, prepared, options, reporter) for one in tried]
    best = 0
    for place, result in enumerate(found):
        if not found[best].better_than(result):  # of equal ones the later block
            best = place
    chosen = tried[best]
    finding = Finding.of(
        "boundary-chosen",
        "info",
        items=[
            f"{last_block(one)}: {number_text(result.score, '.3f')}" for one, result in zip(tried, found, strict=True)
        ],
        name=backbone.card.name,
        block=last_block(chosen),
        count=len(tried),
        value=found[best].score,
        last=found[-1].score,
    )
    reporter.say(finding.message)
    chosen.findings = (*chosen.findings, finding)
    return chosen


def _solved(backbone: Backbone, prepared: Prepared, options: RunOptions, reporter: Reporter) -> ValidResult:
    """Return score and loss on valid of linear heads on the features of ``backbone``."""
    backbone.preprocess = backbone.preprocess.measured_on(prepared.dataset)
    backbone.to(device_named(options.device))
    tasks = tasks_of(prepared.dataset, options.ratings)
    splits = prepared.labelled(tasks, backbone.preprocess)
    expected = sum(map(len, splits.values()))
    part = frozen_part(backbone, options, expected=expected, progress=reporter.progress)
    features = {  # in the order of a run, which finds these rows
        split: part.features(splits[split], exact=split == "valid", what=split) for split in ("valid", "train")
    }
    stage = solve_stage(len(backbone.blocks()), class_weights=False)
    solved = solve_heads(TransferModel(backbone, tasks), stage, features, splits["train"], splits["valid"])
    if solved.result is None:
        raise ConfigError("boundary-needs-valid", data=prepared.dataset.name)
    return solved.result
