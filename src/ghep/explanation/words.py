"""Which words of a text made the model say so: integrated gradients on the embeddings, summed to words.

In: a ``Subject`` that reads texts, and texts. Out: a ``TextExplanation``: the effect of each word on the log-odds of
one class (or on the number, for regression). The effects add up to the difference between the text and a text that says
nothing, which has the mask or padding token at the place of each token (Sundararajan et al. 2017, arXiv:1703.01365).

    method        where                                                          exact up to
    gradients     the embeddings, boundary 1 of the backbone                      COMPLETENESS, else with more steps
    sum           word vectors: each token's part in the features                 rounding, for two classes
    occlusion     where gradients do not add up: each word is left out in turn    effects do not add up

The path runs between two activations of the backbone's own boundary, so no layer is named and special tokens, which are
the same in both texts, have no effect. A word is what a reader calls one: letters and digits up to a space or a mark;
in scripts without spaces, a piece of the tokenizer. The effect of a token that covers several words is divided by
characters.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import torch

from ghep.backbone.text import TextBackbone
from ghep.data.loading.batches import POSITIONS
from ghep.data.loading.padded import Inputs, Padded
from ghep.data.modalities import modality_named
from ghep.data.text.loader import load_text
from ghep.data.text.scripts import scripts_of
from ghep.data.text.tokens import SECOND
from ghep.errors import BadExample, ConfigError
from ghep.explanation.options import ExplainOptions
from ghep.explanation.subject import Subject
from ghep.explanation.text_explanation import ExplainedText, TextExplanation, Word
from ghep.reporter import Reporter, Silent
from ghep.tasks.base import Classifier
from ghep.types import Raw

STEPS = (16, 64, 192, 512)
"""Gauss-Legendre steps of the integral, tried in turn until the effects add up."""
COMPLETENESS = 0.01
"""Largest difference between the sum of the effects and the change of the score, divided by that change."""
SMALL = 0.1
"""A change of the score below this counts as this: a hundredth of nothing cannot be reached in float32."""
OF_PHOTOS = ("maps", "before", "before_backbone", "other_seed")
TOP = 5
UNSPACED = frozenset({"HAN", "KANA", "THAI", "LAO", "KHMER", "MYANMAR", "TIBETAN"})
JOINING = frozenset("'’-‐·.,_")
"""Marks that do not end a word if letters or digits are on both sides: don't, well-known, 3.14."""


def explain_texts(
    subject: Subject,
    texts: Sequence[Raw],
    names: Sequence[str] | None = None,
    options: ExplainOptions | None = None,
    reporter: Reporter | None = None,
) -> TextExplanation:
    """Return the effect of each word of ``texts`` on what ``subject`` says.

    The class explained is ``options.target``, by default the predicted class of each text. Its score is the log-odds
    against all other classes, calibrated as ``ghep predict`` calibrates probabilities; for regression it is the
    predicted number. A text that cannot be used has a ``problem``.

    Raises ConfigError for a model of images, for an unknown target, and for options of photos.
    """
    backbone, options, reporter = subject.backbone, options or ExplainOptions(), reporter or Silent()
    if not isinstance(backbone, TextBackbone):
        raise ConfigError("explain-texts-of-images", name=subject.name)
    given = [f"--{name.replace('_', '-')}" for name in OF_PHOTOS if getattr(options, name)]
    if given:
        raise ConfigError("explain-photos-only", options=given, count=len(given), name=subject.name)
    index = None if options.target is None else subject.index_of(options.target)
    prepared = modality_named("text").given.prepare(backbone.preprocess, texts)
    found = []
    with (
        subject.in_use(),
        torch.backends.cudnn.flags(enabled=False),
    ):  # cuDNN has no backward pass of LSTMs in eval mode
        for place, (raw, (one, _)) in enumerate(zip(texts, prepared, strict=True)):
            name = names[place] if names is not None else str(place + 1)
            if isinstance(one, BadExample):
                found.append(ExplainedText(name, str(raw) if isinstance(raw, str) else "", problem=one.cause))
            else:
                found.append(_explained(subject, backbone, name, load_text(raw), one, index))
            reporter.progress("explain", place + 1, len(texts))
    numeric = subject.task is not None and not isinstance(subject.task, Classifier)
    return TextExplanation(subject.name, tuple(found), numeric)


def _explained(
    subject: Subject, backbone: TextBackbone, name: str, text: str, prepared: np.ndarray, index: int | None
) -> ExplainedText:
    logits = subject.logits(_batch(backbone, [prepared]))
    row = subject.probabilities(logits)[0].tolist()
    order = sorted(range(len(row)), key=lambda place: -row[place])
    chosen = order[0] if index is None else index
    spans = backbone.preprocess.spans(text)
    pieces = words_of(text, spans)

    def score(features: Inputs) -> torch.Tensor:
        return scores(subject, subject.head(features), chosen)

    said = ExplainedText(
        name,
        str(text),
        subject.labels[chosen],
        subject.labels[order[0]],
        tuple((subject.labels[place], row[place]) for place in order[:TOP]),
        limit=backbone.preprocess.max_length,
    )
    path = _path(backbone, prepared, spans)
    if path is not None:
        for steps in STEPS:
            effects, change, base = integrated(path, score, steps)
            gap = abs(float(effects.sum()) - change) / max(abs(change), SMALL)
            if gap <= COMPLETENESS:
                words, rest = summed(effects, spans, pieces)
                made = _words(text, pieces, words, spans)
                told: dict[str, Any] = {
                    "rest": rest,
                    "how": path.how,
                    "steps": steps,
                    "gap": gap,
                    "baseline": path.baseline,
                }
                return replace(said, score=base + change, base=base, words=made, tokens=tuple(effects.tolist()), **told)
    return replace(said, **_occluded(backbone, text, prepared, spans, pieces, score))


def scores(subject: Subject, logits: torch.Tensor, index: int) -> torch.Tensor:
    """Return the score (N,) of output ``index`` from logits (N, K).

    The calibrated log-odds of a class: against all others if classes exclude each other; or the number, in its units.
    """
    task = subject.task
    if task is not None and not isinstance(task, Classifier):
        return logits[:, 0] * getattr(task, "spread", 1.0) + getattr(task, "mean", 0.0)
    scaled = logits / (subject.calibration or 1.0)
    if task is not None and not task.exclusive:
        return scaled[:, index]
    others = torch.cat([scaled[:, :index], scaled[:, index + 1 :]], dim=1)
    return scaled[:, index] - others.logsumexp(1)


@dataclass(frozen=True)
class Line:
    """A straight line between two activations of one text, and what computes the features from a point on it."""

    start: torch.Tensor
    """(1, L, H): a text that says nothing."""
    end: torch.Tensor
    lengths: torch.Tensor
    features: Callable[[Padded], Inputs]
    how: str
    baseline: str


def _path(backbone: TextBackbone, prepared: np.ndarray, spans: Sequence[tuple[int, int] | None]) -> Line | None:
    """Return the path of a text; None if the network has no boundary behind its embeddings."""
    inputs = _batch(backbone, [prepared])
    with torch.no_grad():
        parts = backbone.summands(inputs)
        if parts is not None:
            nothing = torch.zeros_like(parts.values)
            return Line(nothing, parts.values, inputs.lengths, lambda one: one.values.sum(1), "sum", "")
        if backbone.width is None:
            return None
        end = backbone.forward_to(inputs, 1)
        assert isinstance(end, Padded)
        neutral = backbone.preprocess.neutral_token()
        start = torch.zeros_like(end.values)
        if neutral is not None:
            silent = prepared.copy()
            own = np.array([span is not None for span in spans])
            silent[own] += neutral[1] - prepared[own] % SECOND  # the mark of a second text stays
            embedded = backbone.forward_to(_batch(backbone, [silent]), 1)
            assert isinstance(embedded, Padded)
            start = embedded.values
    name = neutral[0] if neutral is not None else ""
    return Line(start, end.values, inputs.lengths, lambda one: backbone.forward_from(one, 1), "gradients", name)


def integrated(path: Line, score: Callable[[Inputs], torch.Tensor], steps: int) -> tuple[np.ndarray, float, float]:
    """Return the effect of each position (L,), the change of the score along the path, and the score at its start.

    The integral of the gradient is taken with ``steps`` Gauss-Legendre points, in batches of at most ``POSITIONS``
    positions: a long text takes no more memory than a short one.
    """
    points, weights = np.polynomial.legendre.leggauss(steps)
    shares = torch.from_numpy((points + 1) / 2).float().to(path.end.device)
    part = torch.from_numpy(weights / 2).float().to(path.end.device)
    along = path.end - path.start
    total = torch.zeros_like(along[0])
    at_once = max(1, POSITIONS // path.end.shape[1])
    for first in range(0, steps, at_once):
        share, weight = shares[first : first + at_once, None, None], part[first : first + at_once, None, None]
        values = (path.start + share * along).requires_grad_()
        found = score(path.features(Padded(values, path.lengths.expand(len(values)))))
        (gradient,) = torch.autograd.grad(found.sum(), values)
        total += (weight * gradient).sum(0)
    with torch.no_grad():
        ends = Padded(torch.cat([path.start, path.end]), path.lengths.expand(2))
        base, score_of_text = score(path.features(ends)).tolist()
    return (total * along[0]).sum(1).cpu().numpy().astype(np.float64), score_of_text - base, base


def _occluded(
    backbone: TextBackbone,
    text: str,
    prepared: np.ndarray,
    spans: Sequence[tuple[int, int] | None],
    pieces: Sequence[tuple[int, int]],
    score: Callable[[Inputs], torch.Tensor],
) -> dict[str, Any]:
    """Return the fields of an explanation by occlusion: how much the score falls if a word's positions are left out."""
    covers = [[place for place, span in enumerate(spans) if _overlap(span, piece)] for piece in pieces]
    (nothing,) = backbone.preprocess.encode([""])
    own = [place for place, span in enumerate(spans) if span is not None]
    without = [np.delete(prepared, places, axis=0) for places in [*covers, own]]
    rows = [one if len(one) else nothing for one in without]
    with torch.no_grad():
        (whole,) = score(backbone(_batch(backbone, [prepared]))).tolist()
        left: list[float] = []
        at_once = max(1, POSITIONS // len(prepared))
        for first in range(0, len(rows), at_once):
            left += score(backbone(_batch(backbone, rows[first : first + at_once]))).tolist()
    effects = [whole - one if places else 0.0 for one, places in zip(left, covers, strict=False)]
    return {
        "score": whole,
        "base": left[-1],
        "words": _words(text, pieces, effects, spans),
        "how": "occlusion",
        "gap": abs(sum(effects) - (whole - left[-1])) / max(abs(whole - left[-1]), SMALL),
    }


def words_of(text: str, spans: Sequence[tuple[int, int] | None]) -> list[tuple[int, int]]:
    """Return the characters, from start to end, of each word and each run of marks of ``text``.

    A run of letters in a script without spaces is divided where a token of ``spans`` ends.
    """
    found: list[tuple[int, int]] = []
    for start, end, letters in _runs(text):
        if letters and UNSPACED & scripts_of(text[start:end]).keys():
            cuts = {span[1] for span in spans if span is not None and start < span[1] < end}
            inside = {place for span in spans if span is not None for place in cuts if span[0] < place < span[1]}
            ends = sorted({start, end, *(cuts - inside)})
            found += pairwise(ends)
        else:
            found.append((start, end))
    return found


def _runs(text: str) -> Iterator[tuple[int, int, bool]]:
    """Yield start, end and whether they are letters, of each run of letters and digits and of each run of marks."""
    kinds = [_kind(letter) for letter in text]
    for place in range(1, len(text) - 1):
        if text[place] in JOINING and kinds[place - 1] == kinds[place + 1] == "letter":
            kinds[place] = "letter"
    start = 0
    for place in range(1, len(text) + 1):
        if place == len(text) or kinds[place] != kinds[start]:
            if kinds[start] != "space":
                yield start, place, kinds[start] == "letter"
            start = place


def _kind(letter: str) -> str:
    if letter.isspace():
        return "space"
    return "letter" if letter.isalnum() or unicodedata.category(letter)[0] == "M" else "mark"


def summed(
    effects: np.ndarray, spans: Sequence[tuple[int, int] | None], pieces: Sequence[tuple[int, int]]
) -> tuple[list[float], float]:
    """Return the effect of each of ``pieces``, and that of positions outside all of them; together the whole sum.

    ``effects`` (L,) are those of the positions with the characters ``spans``.
    """
    words, rest = [0.0] * len(pieces), 0.0
    for effect, span in zip(effects.tolist(), spans, strict=True):
        shares = {place: _overlap(span, piece) for place, piece in enumerate(pieces)}
        whole = sum(shares.values())
        if not whole:
            rest += effect
        for place, share in shares.items():
            words[place] += effect * share / whole if share else 0.0
    return words, rest


def _overlap(span: tuple[int, int] | None, piece: tuple[int, int]) -> int:
    """Return the number of characters that both have."""
    return 0 if span is None else max(0, min(span[1], piece[1]) - max(span[0], piece[0]))


def _words(
    text: str,
    pieces: Sequence[tuple[int, int]],
    effects: Sequence[float],
    spans: Sequence[tuple[int, int] | None],
) -> tuple[Word, ...]:
    read = [any(_overlap(span, piece) for span in spans) for piece in pieces]
    return tuple(
        Word(str(text)[start:end], start, end, effect, seen)
        for (start, end), effect, seen in zip(pieces, effects, read, strict=True)
    )


def _batch(backbone: TextBackbone, prepared: Sequence[np.ndarray]) -> Padded:
    return backbone.preprocess.collate(prepared).to(next(backbone.parameters()).device)
