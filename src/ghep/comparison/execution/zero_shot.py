"""The reference without labels: predict the class whose name, embedded by the same backbone, is closest to the text.

In: a text backbone and the names of the classes. Out: predictions on the test split. Each class is represented by the
mean of two unit vectors, those of the class name and of a sentence with the name; the class with the highest cosine is
predicted (Chang et al. 2008, "Importance of semantic representation: dataless classification", AAAI-08; for sentence
encoders Yin et al. 2019, arXiv:1909.00161). The reference uses pretrained weights, so it is not a control. Comparing
with it shows how much the labels add.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence

import numpy as np

from ghep.backbone.blocks import evaluating
from ghep.comparison.execution.controls import answered, headline_examples, measured
from ghep.comparison.planning.settings import Settings, run_options
from ghep.comparison.record import ZERO_SHOT, Contender, Data, Measured
from ghep.data.loading.batches import LabelledExamples
from ghep.experiment.graft import backbone_for, graft
from ghep.experiment.prepared import Prepared
from ghep.features.decisions import Decisions
from ghep.features.frozen import FrozenPart
from ghep.features.store import StoreFullError
from ghep.messages import Message
from ghep.metrics.calibration import softmax
from ghep.model.transfer import TransferModel
from ghep.reporter import Silent
from ghep.strategy.catalog import strategy_named
from ghep.tasks.base import Task
from ghep.types import Finding

TEMPLATE = "This text is about {}."
TEMPERATURE = 0.05
"""Softmax temperature by which cosines become probabilities. It is fixed, as there are no labels to fit it on."""

_WORD = re.compile("[^\\W\\d_]{2}|[\u3040-\u30ff\u3400-\u9fff]")
"""Two letters in a row, or one Chinese or Japanese character."""


def names_of(classes: Sequence[str]) -> list[str] | Message:
    """Return the class names as separate words (``redApple_2`` -> ``red Apple 2``).

    If names have no words, or two have the same words, return a message that says so.
    """
    names = [re.sub(r"[\s_.\-]+", " ", re.sub(r"([a-z])([A-Z])", r"\1 \2", one)).strip() for one in classes]
    wordless = [one for one, name in zip(classes, names, strict=True) if not _WORD.search(name)]
    if wordless:
        return Message("class-name-without-words", {"name": wordless[0]})
    if len({name.lower() for name in names}) < len(names):
        return Message("class-names-same-words")
    return names


def zero_shot(
    name: str, prepared: Prepared, task: Task, data: Data, settings: Settings, decisions: Decisions
) -> Measured | Finding:
    """Return the zero-shot result of the backbone ``name`` on the test split, or a finding why there is none.

    The features of the test split are those that a linear probe cached in the store. ``decisions`` holds the chosen
    engines.
    """
    began = time.perf_counter()
    if data.numeric:
        return left_out(Message("zero-shot-regression"))
    names = names_of(data.classes)
    if isinstance(names, Message):
        return left_out(names)
    if data.sets:
        return left_out(Message("zero-shot-multi-label"))
    options, strategy = run_options(settings), strategy_named("linear_probe")
    backbone = backbone_for(name, strategy, options, seed=0)
    if backbone.ragged_features:
        return left_out(Message("zero-shot-no-vector", {"backbone": backbone.card.name}))
    made = graft(prepared, backbone, strategy, options, Silent())
    if made.backbone.preprocess.pairs:
        return left_out(Message("zero-shot-pairs"))
    made.frozen.decisions = decisions
    examples, test = headline_examples(prepared.dataset, data), made.splits["test"]
    features = _features(made.frozen, test)[[data.task in one.labels for one in test.examples]]
    forms = ([form.format(one) for one in names] for form in ("{}", TEMPLATE))
    classes = sum(_normalised(_embedded(made.model, texts)) for texts in forms)
    cosines = _normalised(features) @ _normalised(np.asarray(classes)).T
    answers = answered(examples, task, softmax(cosines, TEMPERATURE), data)
    seconds = time.perf_counter() - began
    return measured(Contender(ZERO_SHOT, name), answers, seconds, labels=None, draw=0, seed=0, num_train=0)


def left_out(cause: str | Message, advice: str = "") -> Finding:
    """Return the finding that there is no zero-shot reference, with the cause and an optional remedy."""
    return Finding.of("no-zero-shot", "info", cause=cause, advice=advice)


def _features(frozen: FrozenPart, test: LabelledExamples) -> np.ndarray:
    """Return the features (n, D) of the test split, computed in float32 and cached in the store if it has room."""
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


def _normalised(vectors: np.ndarray) -> np.ndarray:
    """Return ``vectors`` (N, D) scaled to length 1. Zero vectors, of names without a known word, stay zero."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, 1e-12))
