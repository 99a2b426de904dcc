"""Do the target data look like what the backbone was pretrained on? Measured before training, without source data.

In: a backbone and training examples. Out: a ``DomainMismatch``. And the remedy that needs no training:
``reestimate_on`` replaces BatchNorm's statistics by those of the training images.

**Images.** A network with BatchNorm stores the mean and variance of the inputs of each BatchNorm layer on the source
data, by channel. One pass of the target images gives the same numbers for them (Schneider et al. 2020,
arXiv:2006.16971; by layer in arXiv:2107.00191). For each layer, with (m, s^2) stored and (M, S^2) measured,

    shift = mean over channels of (M - m)^2 / s^2        spread = mean over channels of (log S / s)^2

Both are estimated from two halves of the images, without bias from sampling (``backbone/batch_norm.py``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from torch.nn.modules.batchnorm import _BatchNorm

from ghep.backbone.base import Backbone
from ghep.backbone.batch_norm import (
    ChannelStatistics,
    LayerMismatch,
    fair_batches,
    input_statistics,
    layer_mismatches,
    mismatch_score,
    norm_layers,
    reestimate,
)
from ghep.data.loading.batches import LabelledExamples, spaced
from ghep.data.loading.padded import Inputs
from ghep.data.loading.views import PLAIN
from ghep.data.text.token_report import MAX_FOREIGN, MAX_FRAGMENTS, MAX_UNKNOWN
from ghep.messages import text_of
from ghep.types import Finding

MOST = 128
"""Images whose statistics are measured."""
QUICK = 32
"""As ``MOST``, in a run, where it is an addition to a linear probe of a few seconds."""
FEWEST = 16
"""Images below which the mismatch is not judged."""
BAR = 0.2
"""Mismatch above which it is reported. On photos of animals and flowers at most 0.16 in any draw of 20 images or more;
on handwritten digits 0.30 or more (``benchmarks/mismatch.py``, docs/guards.md)."""
REESTIMATED = 512
"""Most images on which BatchNorm statistics are re-estimated: each channel gets at least 512 x 49 values (7 x 7)."""
FEW_REESTIMATED = 32
"""Images below which re-estimated statistics are reported as unreliable."""


@dataclass(frozen=True)
class DomainMismatch:
    """How far the target data are from the source data of a backbone, or why that cannot be judged."""

    backbone: str
    examples: int
    """Number of training examples that were measured."""
    score: float | None = None
    """The mismatch; None for texts, and where it cannot be judged."""
    layers: tuple[LayerMismatch, ...] = ()
    """By BatchNorm layer, input side first."""
    not_judged: str = ""
    """Why it cannot be judged; empty if it can."""
    of_texts: str = ""
    """For texts: statistics of the tokens, as one sentence."""
    findings: tuple[Finding, ...] = ()

    @property
    def alarm(self) -> bool:
        """Return whether a mismatch is reported."""
        return any(one.code == "domain-mismatch" for one in self.findings)

    @property
    def summary(self) -> str:
        """Return one sentence with the measured numbers and those above which a mismatch is reported."""
        if self.score is not None:
            return text_of("mismatch-summary", score=self.score, count=self.examples, bar=BAR)
        return self.not_judged or self.of_texts

    def to_json(self) -> dict[str, Any]:
        """Return the fields as plain values for JSON, without the findings."""
        return {name: value for name, value in asdict(self).items() if name != "findings"} | {"bar": BAR}


def domain_mismatch(backbone: Backbone, data: LabelledExamples, *, most: int = MOST) -> DomainMismatch:
    """Measure how far the training examples ``data`` are from what ``backbone`` was pretrained on.

    Images: at most ``most`` of them, evenly spaced, are run through the network in eval mode; nothing is changed.
    Texts: the tokenizer's report (``data/text/token_report.py``).
    """
    name = backbone.card.name
    if data.lengths is not None:
        return _of_texts(name, data)
    places = spaced(len(data), most)
    if not backbone.card.pretrained:
        return _not_judged(name, "random", len(places))
    layers = {path: layer for path, layer in norm_layers(backbone).items() if _was_measured(layer)}
    if not layers:
        return _not_judged(name, "no-batch-norm", len(places))
    if len(places) < FEWEST:
        return _not_judged(name, "few", len(places))
    halves = [input_statistics(backbone, _batches(backbone, data, part)) for part in (places[::2], places[1::2])]
    return mismatch_of(name, layers, *halves, examples=len(places))


def mismatch_of(
    name: str,
    layers: Mapping[str, _BatchNorm],
    first: Mapping[str, ChannelStatistics],
    second: Mapping[str, ChannelStatistics],
    *,
    examples: int,
) -> DomainMismatch:
    """Return the mismatch between the stored statistics of ``layers`` and those of two halves of the images."""
    found = layer_mismatches(layers, first, second)
    score = mismatch_score(found)
    return DomainMismatch(name, examples, score, found, findings=mismatch_findings(name, score, examples))


def mismatch_findings(name: str, score: float | None, examples: int) -> tuple[Finding, ...]:
    """Return a finding if the mismatch ``score`` of the backbone ``name``, on ``examples`` images, is above ``BAR``."""
    if score is None or score <= BAR:
        return ()
    params: dict[str, Any] = {"backbone": name, "score": score, "count": examples, "bar": BAR}
    return (Finding.of("domain-mismatch", "warning", message="domain-mismatch-images", **params),)


def _was_measured(layer: _BatchNorm) -> bool:
    """Whether the statistics of ``layer`` are of some data: not the zeros and ones of a new layer."""
    mean, variance = layer.running_mean, layer.running_var
    return mean is not None and variance is not None and not (bool((mean == 0).all()) and bool((variance == 1).all()))


def _not_judged(name: str, cause: str, count: int) -> DomainMismatch:
    why = text_of("mismatch-not-judged", cause=cause, backbone=name, count=count, needed=FEWEST)
    return DomainMismatch(name, count, not_judged=why)


def _of_texts(name: str, data: LabelledExamples) -> DomainMismatch:
    """Return the report of the tokens that the store of ``data`` makes, as a ``DomainMismatch``."""
    store: Any = data.prepared
    found = tuple(one for one in store.findings(data.examples) if one.code == "domain-mismatch")
    bars = {"unknown": MAX_UNKNOWN, "foreign": MAX_FOREIGN, "pieces": MAX_FRAGMENTS}
    report = text_of("mismatch-of-texts", report="; ".join(store.plan_lines()), **bars)
    return DomainMismatch(name, len(data), of_texts=report, findings=found)


def reestimate_on(backbone: Backbone, data: LabelledExamples, *, most: int = REESTIMATED) -> tuple[Finding, ...]:
    """Replace the BatchNorm statistics of ``backbone`` by those of at most ``most`` of ``data``, evenly spaced.

    Returns a finding that says so, a warning if the images are few; none if there is nothing to replace. The same
    images in the same order give the same statistics, so runs and advice share stored activations.
    """
    places = spaced(len(data), most)
    if not norm_layers(backbone) or not len(places):
        return ()
    reestimate(backbone, _batches(backbone, data, places))
    if len(places) < FEW_REESTIMATED:
        return (Finding.of("batch-norm-few-images", "warning", count=len(places)),)
    return (Finding.of("batch-norm-reestimated", "info", count=len(places)),)


def _batches(backbone: Backbone, data: LabelledExamples, places: np.ndarray) -> Iterator[Inputs]:
    """Yield the plain views of the examples at ``places``, in batches of about equal size."""
    device = next(backbone.parameters()).device
    for chunk in fair_batches(places):
        yield data.inputs(chunk, [PLAIN] * len(chunk)).to(device)
