"""``ghep similar``: the training examples nearest to an example, and whether they agree with the prediction.

In: a model and examples. Out: a ``Similar``. Self and copies (equal content, or a distance near zero) are listed and do
not vote. The vote of the others is compared with the votes on training examples of the predicted class: few of its own
class among the neighbours is a surprise only where that is rare.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ghep.data.image.pixels import DEFAULT_LIMIT_BYTES
from ghep.data.loading.batches import LabelledExamples, batches_in_order
from ghep.data.modalities import modality_named
from ghep.data.text.loader import wrong_form
from ghep.errors import ConfigError
from ghep.explanation.inputs import named_inputs
from ghep.explanation.neighbours.index import TrainingIndex, nearest, shown_of, training_index
from ghep.explanation.neighbours.options import SimilarOptions
from ghep.explanation.neighbours.record import Neighbour, Neighbours, Similar
from ghep.explanation.subject import Subject, subject_of
from ghep.messages import number_text
from ghep.model.bundle import Bundle
from ghep.model.device import device_named
from ghep.reporter import Reporter, Silent
from ghep.setting import refusals, settings_of
from ghep.tasks.base import Classifier
from ghep.types import Example, Finding, LabelSet, Raw, classes_in

COPY = 0.001
"""Distance below which a neighbour counts as a copy of the example: the network sees no difference."""
ALIKE = 0.35
"""Distance below which a neighbour is compared with the example by the rules that find near copies in a data set. A
photo saved again as JPEG of quality 60, mirrored, or cropped by 10 pixels was at 0.06, at half its size at 0.26, and
the nearest other photo at 0.48 (EfficientNet-Lite0, one photo of Oxford pets)."""
EXTRA = 20
"""Most copies among the neighbours of one example."""
BATCH = 32
USUAL = 100
"""Training examples of the predicted class whose neighbours show what is usual."""
RARE = 0.05
"""Share of the training examples of a class below which a vote is unusual for the class."""


def similar(
    model: str | Path | Bundle | Subject,
    inputs: Raw | Sequence[Raw],
    *,
    data: str | Path | None = None,
    neighbours: int = 10,
    task: str | None = None,
    workers: int = 2,
    device: str = "auto",
    names: Sequence[str] | None = None,
    reporter: Reporter | None = None,
) -> Similar:
    """Return the training examples of ``model`` that are nearest to each of ``inputs``, by the model's features.

    ``inputs`` is one example or several: for images paths, bytes, PIL images or arrays, for texts str or paths;
    ``names`` (N) replace their names. ``data`` is the location of the training data; None: the one in the record of the
    run. The first call computes the features of the training examples and saves them next to the bundle. ``task``
    chooses one of several tasks.

    Raises ConfigError for refused settings and if the training data are not found, DataError if they cannot be used,
    BundleError or BackboneError for a model that cannot be loaded. Inputs that cannot be read have a ``problem``.

    >>> found = ghep.similar("runs/pets/bundle", ["cat.jpg"])  # doctest: +SKIP
    >>> [one.label for one in found[0].neighbours]              # doctest: +SKIP
    ['Bengal', 'Bengal', 'Egyptian_Mau', ...]
    """
    given = {"data": data, "neighbours": neighbours, "workers": workers, "device": device}
    wrong = refusals(settings_of(SimilarOptions), given)
    if wrong:
        raise ConfigError("similar-settings-refused", wrong=wrong)
    several, named = named_inputs(inputs, names)
    subject = model if isinstance(model, Subject) else subject_of(model, task=task)
    reporter = reporter or Silent()
    with subject.on(device_named(device)):
        index = training_index(subject, data=data, workers=workers, reporter=reporter)
        examples = [Example(str(place), raw) for place, raw in enumerate(several)]
        features, logits, digests, problems = _measured(subject, examples, workers)
    answers = _answers(subject, logits)
    rows, found = iter(zip(features, answers, strict=True)), []
    search = _Search(subject, index, neighbours)
    for example, name in zip(examples, named, strict=True):
        shown = shown_of(example, subject.modality)
        if example.id in problems:
            found.append(Neighbours(name, shown, problem=problems[example.id]))
            continue
        row, (label, probability) = next(rows)
        found.append(search.of(name, example, row, digests[example.id], label, probability))
    findings = (*subject.findings, *index.findings, *_surprises(found))
    numeric = subject.task is not None and not isinstance(subject.task, Classifier)
    return Similar(subject.name, index.data, len(index), tuple(found), findings, subject.modality, search.task, numeric)


def _measured(
    subject: Subject, examples: Sequence[Example], workers: int
) -> tuple[np.ndarray, np.ndarray, dict[str, str], dict[str, str]]:
    """Return features (M, D) and logits (M, K) of the usable ``examples``, digests by id, and problems by id."""
    preprocess = subject.backbone.preprocess
    store = preprocess.prepared_store(limit_bytes=DEFAULT_LIMIT_BYTES, measure=False)
    wrong = {one.id: error.cause for one in examples if (error := wrong_form(one.raw, pairs=preprocess.pairs))}
    fitting = [one for one in examples if one.id not in wrong]
    seen = modality_named(subject.modality).audit.scan(fitting, keep=store, workers=workers)
    digests = {fact.id: fact.digest.hex() for fact in seen.facts}
    usable = tuple(one for one in examples if one.id in digests)
    features = np.empty((len(usable), subject.backbone.feature_dim), dtype=np.float32)
    logits = np.empty((len(usable), len(subject.labels)), dtype=np.float32)
    if usable:
        data = LabelledExamples(usable, {}, store, preprocess, digests, store.lengths(usable))
        with subject.in_use() as backbone, torch.no_grad():
            for batch in batches_in_order(data, batch_size=BATCH, workers=workers):
                found = backbone(batch.inputs.to(next(backbone.parameters()).device))
                features[batch.indices] = found.float().cpu().numpy()
                logits[batch.indices] = subject.head(found).float().cpu().numpy()
    return features, logits, digests, wrong | {one.id: f"{one.reason}: {one.detail}" for one in seen.quarantined}


def _answers(subject: Subject, logits: np.ndarray) -> list[tuple[str, float]]:
    """Return the predicted label of each row of ``logits`` as written in data, and its probability; NaN for numbers."""
    if not len(logits):
        return []
    task = subject.task
    predicted = subject.probabilities(torch.from_numpy(logits)).numpy()
    if task is None:
        return [(subject.labels[place], float(row[place])) for row in predicted for place in [int(row.argmax())]]
    if not isinstance(task, Classifier):
        whole = task.predict(logits, subject.calibration)
        return [(label, float("nan")) for label in task.decode(whole)]
    answers = task.answers(predicted)
    return list(zip(task.written(answers), map(float, task.likelihood(answers, predicted)), strict=True))


class _Search:
    """Finds the neighbours of examples, and what is usual for each class."""

    def __init__(self, subject: Subject, index: TrainingIndex, count: int) -> None:
        self.index, self.count, self.modality = index, count, subject.modality
        self.images = subject.modality == "image"
        self.task = next(iter(index.labels[0]), "") if subject.task is None else subject.task.name
        self.unlabelled = np.array([self.task not in one for one in index.labels])
        """Whether an example has no label of this task; such examples are no neighbours."""
        self.numeric = subject.task is not None and not isinstance(subject.task, Classifier)
        several = isinstance(subject.task, Classifier) and not subject.task.exclusive
        self.agrees: Callable[[str, str], bool] = _has_all if several else str.__eq__
        self._usual: dict[str, np.ndarray] = {}

    def of(
        self, name: str, example: Example, features: np.ndarray, digest: str, label: str, probability: float
    ) -> Neighbours:
        """Return the neighbours of ``example``, from its ``features`` (D,) and the ``digest`` of its content."""
        index = self.index
        (distances,) = index.distances(features[None])
        same = np.array([one == digest for one in index.digests])
        distances = np.where(same, 0.0, distances.clip(0))
        distances[self.unlabelled] = np.inf
        (near,), (places,) = nearest(distances[None], self.count + EXTRA)
        alike = self._alike(example, [place for place in places[near < ALIKE] if not same[place]])
        found: list[Neighbour] = []
        for distance, place in zip(near[np.isfinite(near)].tolist(), places.tolist(), strict=False):
            theirs = index.labels[place].get(self.task, "")
            copy = bool(same[place]) or distance < COPY or place in alike
            agrees, shown = self.agrees(theirs, label), index.shown[place]
            found.append(Neighbour(index.ids[place], theirs, distance, shown, bool(same[place]), copy, agrees))
            if sum(not one.copy for one in found) == self.count:
                break
        votes = None if self.numeric else sum(one.agrees for one in found if not one.copy)
        usual = self.usual(label) if votes is not None else np.empty(0)
        typical = float(np.median(usual)) if len(usual) else None
        rare = float((usual <= votes).mean()) if votes is not None and len(usual) else None
        return Neighbours(
            name, shown_of(example, self.modality), label, probability, tuple(found), votes, typical, rare
        )

    def _alike(self, example: Example, places: Sequence[int]) -> set[int]:
        """Return those of ``places`` whose examples are near copies of ``example``, as an audit of a data set says."""
        others = [(place, self.index.shown[place]) for place in places]
        raws = [Example(str(place), Path(one) if self.images else one) for place, one in others if one]
        if not raws:
            return set()
        audit = modality_named(self.modality).audit
        pairs = audit.alike(audit.scan([replace(example, id=""), *raws], workers=1).facts)
        return {int(other) for pair in pairs if "" in pair for other in pair if other}

    def usual(self, label: str) -> np.ndarray:
        """Return for up to ``USUAL`` training examples of a class how many of their neighbours agree, (n,)."""
        if label not in self._usual:
            labels = [one.get(self.task, "") for one in self.index.labels]
            own = [place for place, one in enumerate(labels) if self.agrees(one, label) and not self.unlabelled[place]]
            own = own[:: max(1, len(own) // USUAL)][:USUAL]
            votes = []
            if own:
                distances = 1 - self.index.rows[own] @ self.index.rows.T
                distances[distances < COPY] = np.inf  # itself, and its copies
                distances[:, self.unlabelled] = np.inf
                near, places = nearest(distances, self.count)
                agree = np.array([self.agrees(one, label) for one in labels])
                votes = (agree[places] & np.isfinite(near)).sum(1).tolist()
            self._usual[label] = np.array(votes)
        return self._usual[label]


def _surprises(found: Sequence[Neighbours]) -> list[Finding]:
    """Return findings on examples whose neighbours mostly have other labels, and on those that were trained on."""
    said = []
    for one in found:
        other, times = one.majority
        voters = len(one.voters)
        rare = one.rare is not None and one.rare < RARE
        if one.votes is not None and times > one.votes and (2 * times >= voters or rare):
            told: dict[str, Any] = {
                "name": one.name,
                "votes": one.votes,
                "count": voters,
                "label": one.label,
                "other": other,
                "times": times,
                "usual": "unknown" if one.usual is None else number_text(one.usual, ".0f"),
                "rare": "yes" if rare else "no",
            }
            said.append(Finding.of("neighbours-disagree", "warning", items=[one.name], **told))
    copies = [one.name for one in found if any(each.copy for each in one.neighbours)]
    if copies:
        said.append(Finding.of("copies-among-neighbours", "info", items=copies, count=len(copies)))
    return said


def _has_all(label: str, wanted: str) -> bool:
    """Whether the classes of ``label`` include those of ``wanted``, and none if that has none."""
    theirs, mine = set(classes_in(LabelSet(label))), set(classes_in(LabelSet(wanted)))
    return mine <= theirs if mine else not theirs
