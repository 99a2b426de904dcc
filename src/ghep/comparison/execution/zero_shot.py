"""The reference without labels: the class whose name, embedded by the same backbone, is nearest to the text.

In: a backbone for texts and the names of the classes. Out: answers on the test split. A class is the mean of two
vectors of length 1, of its name and of a sentence with it; the highest cosine wins (Chang et al. 2008, "Importance of
semantic representation: dataless classification", AAAI-08; for sentence encoders Yin et al. 2019, arXiv:1909.00161).
It uses pretrained weights and no label, so it is no control: it says what the labels added.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence

import numpy as np

from ghep.backbone.blocks import evaluating
from ghep.comparison.execution.controls import answered, judged, measured
from ghep.comparison.planning.settings import Settings, run_options
from ghep.comparison.record import ZERO_SHOT, Contender, Data, Measured
from ghep.data.loading.batches import LabelledExamples
from ghep.experiment.graft import backbone_for, graft
from ghep.experiment.prepared import Prepared
from ghep.experiment.reporter import Silent
from ghep.features.decisions import Decisions
from ghep.features.frozen import FrozenPart
from ghep.features.store import StoreFullError
from ghep.metrics.calibration import softmax
from ghep.model.transfer import TransferModel
from ghep.strategy.catalog import strategy_named
from ghep.tasks.base import Task
from ghep.types import Finding

TEMPLATE = "This text is about {}."
TEMPERATURE = 0.05
"""Of the cosines, for probabilities. Fixed: there is no label to fit it by."""

_WORD = re.compile("[^\\W\\d_]{2}|[\u3040-\u30ff\u3400-\u9fff]")
"""Two letters in a row, or one character of Chinese or Japanese."""


def names_of(classes: Sequence[str]) -> list[str] | str:
    """Return what the classes are called in plain words; else, in one line, why no text can be near them."""
    names = [re.sub(r"[\s_.\-]+", " ", re.sub(r"([a-z])([A-Z])", r"\1 \2", one)).strip() for one in classes]
    wordless = [one for one, name in zip(classes, names, strict=True) if not _WORD.search(name)]
    if wordless:
        return f"class names such as {wordless[0]!r} are no words"
    if len({name.lower() for name in names}) < len(names):
        return "two class names are the same words"
    return names


def zero_shot(
    name: str, prepared: Prepared, task: Task, data: Data, settings: Settings, decisions: Decisions
) -> Measured | Finding:
    """Return how the backbone ``name`` answers the test split without labels; a finding with the cause if it cannot.

    Features of the test split are those that a linear probe on the backbone left in the store. ``decisions`` are the
    engines that were chosen.
    """
    began = time.perf_counter()
    names = names_of(data.classes)
    if isinstance(names, str) or data.sets:
        return _left_out(names if isinstance(names, str) else "a text may have several classes")
    options, strategy = run_options(settings), strategy_named("linear_probe")
    backbone = backbone_for(name, strategy, options, seed=0)
    if backbone.ragged_features:
        return _left_out(f"{backbone.card.name} has no single vector for a text")
    made = graft(prepared, backbone, strategy, options, Silent())
    if made.backbone.preprocess.pairs:
        return _left_out("the examples are pairs of texts")
    made.frozen.decisions = decisions
    examples, test = judged(prepared.dataset, data), made.splits["test"]
    features = _features(made.frozen, test)[[data.task in one.labels for one in test.examples]]
    forms = ([form.format(one) for one in names] for form in ("{}", TEMPLATE))
    classes = sum(_length_one(_embedded(made.model, texts)) for texts in forms)
    cosines = _length_one(features) @ _length_one(np.asarray(classes)).T
    answers = answered(examples, task, softmax(cosines, TEMPERATURE), data)
    seconds = time.perf_counter() - began
    return measured(Contender(ZERO_SHOT, name), answers, seconds, labels=None, draw=0, seed=0, num_train=0)


def _left_out(reason: str) -> Finding:
    return Finding("no-zero-shot", "info", f"{ZERO_SHOT} was left out: {reason}")


def _features(frozen: FrozenPart, test: LabelledExamples) -> np.ndarray:
    """Return (n, D), exact."""
    boundary = len(frozen.backbone.blocks())
    try:
        return frozen.activations(test, [boundary], exact=True, what="test")[boundary].matrix()
    except StoreFullError:
        return frozen.in_memory().activations(test, [boundary], exact=True, what="test")[boundary].matrix()


def _embedded(model: TransferModel, texts: Sequence[str]) -> np.ndarray:
    """Return the features (N, D) of ``texts``."""
    import torch

    preprocess = model.backbone.preprocess
    views = [preprocess.view(preprocess.decode(text), None, None) for text in texts]
    with torch.no_grad(), evaluating(model):
        features = [model.backbone(preprocess.collate([view]).to(model.device)) for view in views]
    return torch.cat(features).float().cpu().numpy()


def _length_one(vectors: np.ndarray) -> np.ndarray:
    """Return vectors (N, D) of length 1; zeros stay zeros (a name without a word that the backbone knows)."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, 1e-12))
