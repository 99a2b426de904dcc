"""``--objective bn``: BatchNorm statistics re-estimated on unlabelled photos, in one pass and without training.

In: photos and an image backbone. Out: a ``Pretrained`` whose folder holds the same weights with other statistics: each
BatchNorm layer normalises by the mean and variance that its inputs have on the photos, not on the source data
(Schneider et al. 2020, arXiv:2006.16971). The mismatch of stored and measured statistics is measured on held-out photos
before and after, by layer (``backbone/batch_norm.py``). Nothing else may change, which is checked.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from ghep._version import __version__
from ghep.backbone.base import Backbone
from ghep.backbone.batch_norm import (
    LayerMismatch,
    fair_batches,
    input_statistics,
    layer_mismatches,
    mismatch_score,
    norm_layers,
    reestimate,
)
from ghep.backbone.catalog import load_backbone
from ghep.data.image.pixels import DEFAULT_LIMIT_BYTES
from ghep.data.image.preprocess import ImagePreprocess
from ghep.data.loading.batches import LabelledExamples
from ghep.data.loading.padded import Inputs
from ghep.data.loading.views import PLAIN
from ghep.errors import BrokenPromise, ConfigError
from ghep.messages import text_of
from ghep.model.device import device_named
from ghep.pretrain.image_folder import is_named_by_timm, write_image_backbone
from ghep.pretrain.photos import HELD_OUT, Photos, read_photos
from ghep.pretrain.record import RECORD, Pretrained, read_pretrained
from ghep.reporter import Reporter, Silent
from ghep.types import Finding

OBJECTIVE = "bn"
STATISTICS = ("running_mean", "running_var", "num_batches_tracked")
"""Last parts of the names of the tensors that may change."""


def reestimate_on_photos(
    photos: str | Path | Sequence[str | Path],
    *,
    backbone: str | Path,
    out: str | Path,
    exclude: Sequence[Any] = (),
    held_out: float = HELD_OUT,
    seed: int = 0,
    overwrite: bool = False,
    device: str = "auto",
    workers: int = 2,
    reporter: Reporter | None = None,
) -> Pretrained:
    """Write ``backbone`` with the BatchNorm statistics of ``photos`` to the folder ``out``; return the record.

    ``photos`` are folders, tables or files; labels in them are not used. ``exclude`` are test photos of a task, whose
    copies are dropped (``photos.py``). ``held_out`` is the share of photos on which the mismatch is measured, ``seed``
    decides which.

    Raises ConfigError for a backbone without such statistics, and if ``out`` holds a pretraining and ``overwrite`` is
    false; DataError if there are too few usable photos.
    """
    began, reporter, folder = time.perf_counter(), reporter or Silent(), Path(out)
    if (folder / RECORD).exists() and not overwrite:
        raise ConfigError("bn-out-exists", folder=folder)
    network = _network(str(backbone))
    assert isinstance(network.preprocess, ImagePreprocess)
    plain = network.preprocess
    store = plain.prepared_store(limit_bytes=DEFAULT_LIMIT_BYTES)
    found = read_photos(
        photos, store, exclude=exclude, held_out=held_out, seed=seed, workers=workers, reporter=reporter
    )
    network.to(device_named(device))
    of_photos = plain.with_levels(found.levels)
    used, kept = (LabelledExamples(part, {}, store, of_photos) for part in (found.used, found.held_out))
    before, tensors = _mismatches(network, kept), network.fingerprints()
    began_pass = time.perf_counter()
    reestimate(network, _batches(network, used, reporter))
    seconds = time.perf_counter() - began_pass
    _refuse_changed_weights(tensors, network)
    after = _mismatches(network, kept)
    source = text_of("bn-source", source=network.card.source, count=len(used), data=found.name)
    network.card = replace(network.card, source=source)
    record = {
        "objective": OBJECTIVE,
        "backbone": str(backbone),
        "photos": len(used),
        "held_out_photos": len(kept),
        "unusable": len(found.unusable),
        "dropped": dict(found.dropped),
        "digest": found.digest,
        "mismatch_before": mismatch_score(before),
        "mismatch_after": mismatch_score(after),
        "layers": [_row(*both) for both in zip(before, after, strict=True)],
        "curve": [],
        "seconds": {"training": seconds, "all": time.perf_counter() - began},
        "seed": seed,
        "settings": {"held_out": held_out},
        "findings": [asdict(one) for one in (*network.findings, *found.findings, *_findings(before, after, len(used)))],
        "version": __version__,
        "date": date.today().isoformat(),
    }
    write_image_backbone(folder, network, record=record, card=_card(network, found, record))
    return read_pretrained(folder)


def _network(name: str) -> Backbone:
    """Return the backbone; raise ConfigError unless it has BatchNorm statistics of some data."""
    network = load_backbone(name)
    if network.preprocess.modality != "image":
        raise ConfigError("bn-not-of-images", name=network.card.name)
    if not norm_layers(network):
        raise ConfigError("bn-no-batch-norm", name=network.card.name)
    if not network.card.pretrained:
        raise ConfigError("bn-random-weights", name=network.card.name)
    return network


def _mismatches(network: Backbone, data: LabelledExamples) -> tuple[LayerMismatch, ...]:
    places = np.arange(len(data))
    halves = [input_statistics(network, _batches(network, data, places=half)) for half in (places[::2], places[1::2])]
    return layer_mismatches(norm_layers(network), *halves)


def _batches(
    network: Backbone, data: LabelledExamples, reporter: Reporter | None = None, *, places: np.ndarray | None = None
) -> Iterator[Inputs]:
    """Yield the plain views of the photos (at ``places``) in fair batches."""
    device, done = next(network.parameters()).device, 0
    for part in fair_batches(np.arange(len(data)) if places is None else places):
        yield data.inputs(part, [PLAIN] * len(part)).to(device)
        done += len(part)
        if reporter is not None:
            reporter.progress("batch-norm", done, len(data))


def _refuse_changed_weights(before: dict[str, str], network: Backbone) -> None:
    """Raise BrokenPromise if a tensor changed that is no statistic."""
    after = network.fingerprints()
    changed = [name for name in before if before[name] != after[name]]
    wrong = [name for name in changed if name.rpartition(".")[2] not in STATISTICS]
    if wrong:
        raise BrokenPromise("bn-weights-changed", names=wrong[:5])


def _row(before: LayerMismatch, after: LayerMismatch) -> dict[str, Any]:
    return {
        "layer": before.layer,
        "shift_before": before.shift,
        "spread_before": before.spread,
        "shift_after": after.shift,
        "spread_after": after.spread,
    }


def _findings(before: tuple[LayerMismatch, ...], after: tuple[LayerMismatch, ...], count: int) -> tuple[Finding, ...]:
    first, last = mismatch_score(before), mismatch_score(after)
    if last < first:
        return (Finding.of("bn-reestimated", "info", before=first, after=last, count=count),)
    return (Finding.of("bn-mismatch-not-lower", "warning", before=first, after=last, count=count),)


def _card(network: Backbone, photos: Photos, record: dict[str, Any]) -> str:
    library = "timm" if is_named_by_timm(network) else "ghep"
    lines = [
        "---",
        f"library_name: {library}",
        "tags: [image-feature-extraction]",
        "---",
        text_of("bn-card-title", name=network.card.name, data=photos.name),
        "",
        text_of("bn-card-what", backbone=record["backbone"], count=record["photos"], version=__version__),
        "",
        text_of(
            "bn-card-mismatch",
            before=record["mismatch_before"],
            after=record["mismatch_after"],
            count=record["held_out_photos"],
        ),
        "",
        text_of("bn-card-source", source=network.card.source, licence=network.card.licence),
        "",
        text_of("bn-card-use"),
    ]
    return "\n".join(lines) + "\n"
