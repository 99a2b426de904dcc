"""Has fine-tuning overwritten what the backbone knew? The same inputs through the backbone before and after.

Measured on at most ``MOST_INPUTS`` held-out target inputs, whose labels are not used, and for texts on sentences that
belong to no data set:

    agreement    the source head, put back: share of the target inputs to which it gives the same answer as before
    divergence   KL divergence of its probabilities before from those after, in nats, mean over the inputs
    CKA          by block, debiased linear CKA of the activations before and after, averaged over positions
    neighbours   texts: share of the 10 nearest neighbours of each probe sentence that are still among the 10 nearest
    loss         causal language models with a tied output layer: next-token cross-entropy on the probe sentences

With labelled source data also the accuracy of the source head before and after, compared example by example. Blocks
that did not change are not measured: their CKA is exactly 1.

Agreement needs no source data: Li and Hoiem 2016, "Learning without forgetting" (arXiv:1606.09282) use the same outputs
as targets. It is the most sensitive of these and saturates first, so no bar is set on it. CKA: ``metrics/cka.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ghep.backbone.base import Backbone
from ghep.backbone.blocks import evaluating
from ghep.backbone.source_head import SourceHead
from ghep.data.loading.batches import LabelledExamples, batches_in_order, chunks_by_length
from ghep.data.loading.padded import Inputs, laid_out
from ghep.features.live import exact_forward
from ghep.messages import Message, text_of
from ghep.metrics.cka import linear_cka
from ghep.metrics.intervals import wilson
from ghep.metrics.paired import Paired, mcnemar
from ghep.model.predict import predict_logits
from ghep.model.transfer import TransferModel
from ghep.tasks.classification import Classification
from ghep.types import Finding, Score

MOST_INPUTS, FEWEST_INPUTS, LEAST_INPUTS = 128, 32, 4
"""The most inputs that are measured, the fewest if there are so many, and those without which CKA has no value."""
SHARE = 40
"""One input is measured for each so many examples that training sees: two passes of inference on them then cost less
than 2 % of the training of all blocks."""
NEIGHBOURS = 10
PREDICTED = 40
"""Probe sentences on which next tokens are predicted: logits of a vocabulary of 50,000 are expensive."""
BARS = {"source": 0.4, "neighbours": 0.15, "cka": 0.55}
"""Measure -> what is left of the source knowledge is reported below this. Between what healthy runs leave and what runs
at 30 times their rates leave (``benchmarks/source_kept.py``; docs/guards.md)."""
SOURCE = "source"
"""Name of the source task in ``SourceData`` and in the model that ``with_source_head`` returns."""


@dataclass(frozen=True)
class SourceData:
    """Labelled examples of the data that a backbone was pretrained on."""

    examples: LabelledExamples
    """Targets of the task ``SOURCE``: outputs of the source head, int64 (N,)."""
    name: str = ""
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class SourceScores:
    """The answers of a backbone with its source head to source data."""

    accuracy: Score
    right: NDArray[np.bool_]
    """(N,), whether each answer is right."""


def source_scores(backbone: Backbone, head: SourceHead, source: SourceData, *, workers: int = 2) -> SourceScores:
    """Return the accuracy of ``backbone`` with its source head put back on ``source``, with a 95 % interval.

    The backbone may have been fine-tuned since; its modes and weights are not changed. Pass the ``right`` of two calls
    to ``source_loss`` for the paired interval of the difference.
    """
    model, data = with_source_head(backbone, head), source.examples
    forward = exact_forward(model, data, images=len(data))
    logits = predict_logits(model, data, workers=workers, forward=forward)[SOURCE]
    right: NDArray[np.bool_] = logits.argmax(1) == data.targets[SOURCE]
    share, n = float(right.mean()), len(right)
    return SourceScores(Score("accuracy", share, wilson(float(right.sum()), n), n), right)


def source_loss(before: SourceScores, after: SourceScores) -> Paired:
    """Return the accuracy before minus that after, on the same examples, with interval and p-value."""
    return mcnemar(before.right, after.right)


def with_source_head(backbone: Backbone, head: SourceHead) -> TransferModel:
    """Return a model of ``backbone``, which is not copied, with its source head as the head of the task ``SOURCE``."""
    task = Classification(SOURCE, tuple(str(index) for index in range(len(head.weight))))
    model = TransferModel(backbone, (task,))
    layer = model.head(SOURCE)
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(head.weight))
        layer.bias.copy_(torch.from_numpy(head.bias))
    layer.to(next(backbone.parameters()).device)
    return model


@dataclass(frozen=True)
class Agreement:
    """The source head's answers to the same inputs before and after."""

    share: Score
    """Share of the inputs with the same most probable class."""
    divergence: float
    """Mean KL divergence of the probabilities before from those after, in nats."""


def agreement(before: NDArray[Any], after: NDArray[Any]) -> Agreement:
    """Return the agreement of probabilities (n, Z) ``before`` and ``after``."""
    same, n = int((before.argmax(1) == after.argmax(1)).sum()), len(before)
    tiny = np.finfo(np.float64).tiny
    divergence = (before * (np.log(before + tiny) - np.log(after + tiny))).sum(1).mean()
    return Agreement(Score("agreement", same / n, wilson(same, n), n), max(0.0, float(divergence)))


@dataclass(frozen=True)
class Snapshot:
    """What a backbone outputs on the inputs of ``Inspected``."""

    activations: Mapping[int, NDArray[np.float32]]
    """Boundary -> mean over positions, (n, C)."""
    answers: NDArray[np.float64] | None
    """Probabilities (n, Z) of the source head; None without one."""
    sentences: NDArray[np.float32] | None
    """Features (P, D) of the probe sentences; None for images."""
    next_token_loss: float | None
    """In nats, on the probe sentences; None if the backbone is no language model."""
    source: SourceScores | None


@dataclass(frozen=True)
class Inspected:
    """The inputs on which a backbone is compared with itself, and its source head."""

    examples: LabelledExamples
    split: str
    places: NDArray[np.int64]
    """Indices of the examples that are used."""
    first: int = 0
    """Number of leading blocks that no stage changes: they are not measured."""
    head: SourceHead | None = None
    no_head: Message | None = None
    """Why there is no source head."""
    source: SourceData | None = None
    workers: int = 2

    def snapshot(self, backbone: Backbone) -> Snapshot:
        """Return the outputs of ``backbone`` in eval mode; its modes and weights are unchanged afterwards."""
        last = len(backbone.blocks())
        boundaries = sorted({*range(self.first + 1, last), last})
        found: dict[int, NDArray[np.float32]] = {}
        row_of = {int(place): row for row, place in enumerate(self.places)}
        with torch.no_grad(), evaluating(backbone):
            for batch in batches_in_order(self.examples, batch_size=32, workers=self.workers, places=self.places):
                rows = [row_of[int(place)] for place in batch.indices]
                for k, values in zip(boundaries, _means(backbone, batch.inputs, boundaries), strict=True):
                    found.setdefault(k, np.empty((len(self.places), values.shape[1]), np.float32))[rows] = values
            sentences, loss = self._probed(backbone)
        answers = None if self.head is None else self.head.probabilities(found[last])
        scores = None
        if self.source is not None and self.head is not None:
            scores = source_scores(backbone, self.head, self.source, workers=self.workers)
        return Snapshot(found, answers, sentences, loss, scores)

    def _probed(self, backbone: Backbone) -> tuple[NDArray[np.float32] | None, float | None]:
        """Return the features of the probe sentences and their next-token loss; None for a backbone of images."""
        if not backbone.preprocess.embeds_class_names:
            return None, None
        views = [backbone.preprocess.decode(sentence) for sentence in probe_sentences()]
        features: dict[int, NDArray[np.float32]] = {}
        losses, last = list[torch.Tensor](), len(backbone.blocks())
        for chunk in chunks_by_length(np.arange(len(views)), np.array([len(one) for one in views])):
            inputs = backbone.preprocess.collate([views[place] for place in chunk])
            features |= dict(zip(chunk.tolist(), _means(backbone, inputs, [last])[0], strict=True))
        for view in views[:: max(1, len(views) // PREDICTED)]:
            loss = backbone.next_token_loss(backbone.preprocess.collate([view]).to(_device(backbone)))
            if loss is None:
                break
            losses.append(loss)
        together = float(torch.cat(losses).mean()) if losses else None
        return np.stack([features[place] for place in range(len(views))]), together


def _means(backbone: Backbone, inputs: Inputs, boundaries: list[int]) -> list[NDArray[np.float32]]:
    found = backbone.forward_at(laid_out(inputs.to(_device(backbone)), torch.channels_last), boundaries)
    return [backbone.channel_means(one).cpu().numpy() for one in found]


def _device(backbone: Backbone) -> torch.device:
    return next(backbone.parameters()).device


@cache
def probe_sentences() -> tuple[str, ...]:
    """Return the probe sentences: 15 subjects of 8 plain English sentences, written for this purpose."""
    return tuple(files("ghep.guards").joinpath("probe_sentences.txt").read_text(encoding="utf-8").splitlines())


def inputs_for(examples_seen: int, available: int) -> NDArray[np.int64]:
    """Return the indices of the inputs to measure: spread evenly over ``available``, more for longer training.

    ``examples_seen`` is the number of examples that training sees, counted once per epoch.
    """
    wanted = min(available, max(FEWEST_INPUTS, min(MOST_INPUTS, examples_seen // SHARE)))
    return np.unique(np.linspace(0, available - 1, wanted).astype(np.int64))


def neighbour_overlap(before: NDArray[Any], after: NDArray[Any], *, count: int = NEIGHBOURS) -> float:
    """Return the mean share of the ``count`` nearest rows, by cosine, that ``before`` and ``after`` (P, D) share."""
    one, other = _nearest(before, count), _nearest(after, count)
    shared = [len({*a} & {*b}) for a, b in zip(one.tolist(), other.tolist(), strict=True)]
    return float(np.mean(shared) / count)


def _nearest(features: NDArray[Any], count: int) -> NDArray[np.int64]:
    unit = features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)
    cosines = unit @ unit.T
    np.fill_diagonal(cosines, -np.inf)
    nearest: NDArray[np.int64] = np.argsort(-cosines, axis=1, kind="stable")[:, :count]
    return nearest


@dataclass(frozen=True)
class Forgetting:
    """How much of what the backbone knew is left after a run; each measure is None where there is none."""

    cka: Mapping[str, float]
    """Block -> CKA of its output before and after; exactly 1 for blocks that did not change."""
    agreement: Agreement | None = None
    neighbours: float | None = None
    """Share of the nearest neighbours of the probe sentences that are left."""
    next_token_loss: tuple[float, float] | None = None
    """Before and after, in nats."""
    source: tuple[SourceScores, SourceScores] | None = None
    """On labelled source data, before and after."""
    inputs: int = 0
    """Target inputs that were measured; 0 if no block changed."""
    split: str = ""
    no_head: Message | None = None
    """Why the source head's answers were not compared."""

    @property
    def moved(self) -> bool:
        """Whether any pretrained block changed."""
        return self.inputs > 0

    @property
    def kept(self) -> float:
        """What is left of the source knowledge, by ``measure``; 1 is all, and exactly 1 if no block changed."""
        if not self.moved:
            return 1.0
        if self.source is not None and self.measure == "source":
            before, after = (one.accuracy.value for one in self.source)
            return min(1.0, after / before)
        return list(self.cka.values())[-1] if self.neighbours is None else self.neighbours

    @property
    def measure(self) -> str:
        """What ``kept`` is: ``source`` (accuracy after / before), ``neighbours`` (texts), or ``cka`` of the features.

        Not agreement: on target inputs it falls to a few percent in healthy runs that lose a third of the source
        accuracy (docs/guards.md).
        """
        if self.source is not None and self.source[0].accuracy.value > 0:
            return "source"
        return "cka" if self.neighbours is None else "neighbours"

    @property
    def loss(self) -> Paired | None:
        """The accuracy on source data before minus that after, with interval; None without source data."""
        return None if self.source is None else source_loss(*self.source)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """A warning if less is left than any healthy run left (``BARS``)."""
        if not self.moved or self.kept >= BARS[self.measure]:
            return ()
        return (Finding.of("forgot-source", "warning", measured=self._measured(), bar=BARS[self.measure]),)

    @property
    def summary(self) -> str:
        """One sentence: the measured number and the bar below which it is reported."""
        if not self.moved:
            return text_of("forgetting-none")
        return text_of("forgetting-summary", measured=self._measured(), bar=BARS[self.measure])

    def lines(self) -> list[str]:
        """Return what was measured, as sentences, without the bar; nothing for a frozen trunk without source data."""
        if not self.moved and self.source is None:
            return []
        found = [] if self.moved else [text_of("forgetting-none")]
        if self.source is not None and (lost := self.loss) is not None:
            first, last = (one.accuracy for one in self.source)
            found.append(
                text_of(
                    "forgetting-source",
                    before=first.value,
                    after=last.value,
                    difference=-lost.difference,
                    low=-lost.interval.high,
                    high=-lost.interval.low,
                    count=first.n,
                )
            )
        if self.moved:
            block = min(self.cka, key=lambda name: self.cka[name])
            values = {"inputs": self.inputs, "split": self.split, "block": block, "cka": self.cka[block]}
            found.append(text_of("forgetting-cka", share=list(self.cka.values())[-1], **values))
        if self.agreement is not None:
            share, ends = self.agreement.share, self.agreement.share.interval
            assert ends is not None
            values = {"share": share.value, "low": ends.low, "high": ends.high, "inputs": share.n, "split": self.split}
            found.append(text_of("forgetting-agreement", divergence=self.agreement.divergence, **values))
        if self.neighbours is not None:
            found.append(text_of("forgetting-neighbours", share=self.neighbours, count=NEIGHBOURS))
        if self.next_token_loss is not None:
            before, after = self.next_token_loss
            found.append(text_of("forgetting-loss", before=before, after=after))
        return found

    def _measured(self) -> Message:
        values: dict[str, Any] = {"measure": self.measure, "share": self.kept, "inputs": self.inputs}
        return Message("forgetting-measured", {**values, "split": self.split, "count": NEIGHBOURS})

    def to_json(self) -> dict[str, Any]:
        """Return the numbers as plain values."""
        agreed, lost = self.agreement, self.loss
        ends = None if agreed is None else agreed.share.interval
        found: dict[str, Any] = {
            "moved": self.moved,
            "kept": self.kept,
            "measure": self.measure if self.moved else None,
            "bar": BARS[self.measure] if self.moved else None,
            "split": self.split or None,
            "inputs": self.inputs,
            "cka": dict(self.cka),
            "agreement": None,
            "no_source_head": None if self.no_head is None else str(self.no_head),
            "neighbours": self.neighbours,
            "next_token_loss": None,
            "source": None,
        }
        if agreed is not None and ends is not None:
            found["agreement"] = {"value": agreed.share.value, "low": ends.low, "high": ends.high, "n": agreed.share.n}
            found["divergence"] = agreed.divergence
        if self.next_token_loss is not None:
            found["next_token_loss"] = dict(zip(("before", "after"), self.next_token_loss, strict=True))
        if self.source is not None and lost is not None:
            scores = zip(("before", "after"), self.source, strict=True)
            found["source"] = {
                **{name: one.accuracy.value for name, one in scores},
                "lost": lost.difference,
                "low": lost.interval.low,
                "high": lost.interval.high,
                "p": lost.p_value,
                "n": lost.n,
            }
        return found


def forgetting(inspected: Inspected, blocks: Mapping[str, str], before: Snapshot, after: Snapshot) -> Forgetting:
    """Compare two snapshots of one backbone; ``blocks``: name -> ``frozen`` or ``moved``, in order (``guards.proof``).

    CKA is 0 where it cannot be computed because activations are equal for all inputs, as of a network that collapsed.
    """
    names = list(blocks)
    still = next((place for place, name in enumerate(names) if blocks[name] == "moved"), len(names))
    cka = dict.fromkeys(names[:still], 1.0)
    for place, name in enumerate(names[still:], still + 1):
        value = linear_cka(*(one.activations[place].astype(np.float64) for one in (before, after)))
        cka[name] = 0.0 if np.isnan(value) else value
    sentences, losses = (before.sentences, after.sentences), (before.next_token_loss, after.next_token_loss)
    return Forgetting(
        cka,
        None if before.answers is None or after.answers is None else agreement(before.answers, after.answers),
        None if sentences[0] is None or sentences[1] is None else neighbour_overlap(sentences[0], sentences[1]),
        None if losses[0] is None or losses[1] is None else (losses[0], losses[1]),
        None if before.source is None or after.source is None else (before.source, after.source),
        len(inspected.places),
        inspected.split,
        inspected.no_head,
    )


def nothing_forgotten(blocks: Mapping[str, str], source: SourceScores | None = None) -> Forgetting:
    """Return the result for a backbone in which no block changed; ``source`` are its scores on source data."""
    return Forgetting(dict.fromkeys(blocks, 1.0), source=None if source is None else (source, source))
