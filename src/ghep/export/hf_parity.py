"""How far a folder for Hugging Face's libraries agrees with ghep, from the raw file to the answer.

In: the folder, a predictor of the bundle, raw inputs. Out: for each library, the share of equal labels and the largest
difference of a probability. The networks compute the same; the libraries read files differently (EXIF rotation, alpha,
16-bit images, large JPEGs, texts that are cut), so this is measured on files, with nothing of ghep on their side.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from ghep.backbone.deferred import timm_module
from ghep.backbone.huggingface import quiet
from ghep.data.loading.preprocess import Preprocess
from ghep.data.modalities import modality_named
from ghep.data.text.loader import TextPair, load_text
from ghep.data.text.tokens import TokenPreprocess
from ghep.errors import BadText, ConfigError
from ghep.export.hf_head import LinearHead
from ghep.export.hf_texts import SENTENCES, TRANSFORMERS
from ghep.export.odd_inputs import odd_inputs
from ghep.export.predictor import Predictor
from ghep.types import Raw

TIMM = "timm"
BATCH = 16
MOST_NAMED = 10

Reads = Callable[[Sequence[Raw]], list["np.ndarray | None"]]
"""Raw inputs -> for each the outputs or answers (K,) of a library; None where the library cannot read it."""


@dataclass(frozen=True)
class Agreement:
    """How a library's answers to some raw inputs compare with ghep's."""

    library: str
    version: str
    inputs: str
    """``files`` of the data, or ``odd inputs``: rotated, transparent, 16-bit, very long, ..."""
    n: int
    """Inputs that both can read."""
    equal_labels: int
    """Of these; for regression, numbers that differ by less than a thousandth of the spread of the labels."""
    largest_difference: float
    """Of a probability; for regression of the number."""
    median_difference: float
    """Median over the inputs of the largest difference in each."""
    worst: str
    """Name of the input with the largest difference."""
    differing: tuple[str, ...]
    """Names of the inputs whose difference is above a hundredth (of the spread), the largest first; at most ten."""
    unread: tuple[str, ...]
    """Names of inputs that the library cannot read and ghep can."""

    def to_json(self) -> dict[str, Any]:
        """Return the fields as plain values."""
        return asdict(self)


def agreements(
    folder: Path, library: str, head: LinearHead, predictor: Predictor, task: str, inputs: Mapping[str, Raw]
) -> tuple[Agreement, ...]:
    """Return the agreement on ``inputs``, if there are any, and on odd inputs, with each library that loads ``folder``.

    ``library`` is timm, transformers or sentence-transformers. A folder for timm is also loaded by transformers, where
    that is installed.
    """
    odd = odd_inputs(predictor.modality, pairs=predictor.preprocess.pairs)
    sets = {"files": inputs, "odd inputs": odd}
    readers = {library: _reader(folder, library, head, predictor.preprocess)}
    if library == TIMM and find_spec("transformers") is not None:
        readers[TRANSFORMERS] = _pipeline_reader(folder, head)
    return tuple(
        _compared(read, name, kind, given, head, predictor, task)
        for kind, given in sets.items()
        if given
        for name, read in readers.items()
    )


def _compared(
    read: Reads, library: str, kind: str, given: Mapping[str, Raw], head: LinearHead, predictor: Predictor, task: str
) -> Agreement:
    names, raws = list(given), modality_named(predictor.modality).given.sequence(list(given.values()))
    answered = [one for one in predictor.predict(raws, names=names, report=lambda _: None) if one.task == task]
    ours = [
        None if one.problem else np.array([one.value] if one.value is not None else list(one.probabilities.values()))
        for one in answered
    ]
    theirs = read(raws)
    both = [k for k, (one, two) in enumerate(zip(ours, theirs, strict=True)) if one is not None and two is not None]
    apart = np.array([float(np.abs(_row(ours, k) - _row(theirs, k)).max()) for k in both])
    same = [_same(_row(ours, k), _row(theirs, k), head) for k in both]
    return Agreement(
        library,
        version(library),
        kind,
        len(both),
        sum(same),
        float(apart.max()) if both else 0.0,
        float(np.median(apart)) if both else 0.0,
        names[both[int(apart.argmax())]] if both else "",
        tuple(names[both[k]] for k in np.argsort(-apart, kind="stable")[:MOST_NAMED] if apart[k] > 0.01 * head.spread),
        tuple(name for name, one, two in zip(names, ours, theirs, strict=True) if one is not None and two is None),
    )


def _row(rows: Sequence[np.ndarray | None], place: int) -> np.ndarray:
    found = rows[place]
    assert found is not None
    return found


def _same(one: np.ndarray, two: np.ndarray, head: LinearHead) -> bool:
    if head.kind == "none":
        return bool(abs(one[0] - two[0]) < 1e-3 * head.spread)
    if head.kind == "sigmoid":
        return bool(((one > 0.5) == (two > 0.5)).all())
    return bool(one.argmax() == two.argmax())


def _reader(folder: Path, library: str, head: LinearHead, preprocess: Preprocess) -> Reads:
    """Return what loads ``folder`` with ``library`` alone and answers as the model card shows."""
    if library == TIMM:
        return _timm_reader(folder, head)
    assert isinstance(preprocess, TokenPreprocess)
    read = _sentence_reader if library == SENTENCES else _classifier_reader
    return read(folder, head, joined=preprocess.joins_pairs)


def _timm_reader(folder: Path, head: LinearHead) -> Reads:
    timm = timm_module()
    with torch.random.fork_rng(devices=[]):
        net = timm.create_model(f"local-dir:{folder}", pretrained=True).eval()
    transform = timm.data.create_transform(**timm.data.resolve_model_data_config(net), is_training=False)

    def read(raws: Sequence[Raw]) -> list[np.ndarray | None]:
        found: list[np.ndarray | None] = []
        for part in _parts(raws):
            images = [_opened(raw) for raw in part]
            known = [transform(one.convert("RGB")) for one in images if one is not None]
            with torch.no_grad():
                answers = iter(head.answers(net(torch.stack(known)).numpy()) if known else ())
            found += [None if one is None else next(answers) for one in images]
        return found

    return read


def _pipeline_reader(folder: Path, head: LinearHead) -> Reads:
    from transformers import pipeline

    with quiet():
        pipe: Any = pipeline("image-classification", model=str(folder), device="cpu")

    def read(raws: Sequence[Raw]) -> list[np.ndarray | None]:
        found: list[np.ndarray | None] = []
        for part in _parts(raws):
            images = [_opened(raw) for raw in part]
            known = [one for one in images if one is not None]
            with quiet():
                answers = iter(pipe(known, top_k=head.outputs) if known else ())
            found += [None if one is None else _by_label(next(answers), head) for one in images]
        return found

    return read


def _classifier_reader(folder: Path, head: LinearHead, *, joined: bool) -> Reads:
    from transformers import pipeline

    with quiet():
        pipe: Any = pipeline("text-classification", model=str(folder), device="cpu")

    def read(raws: Sequence[Raw]) -> list[np.ndarray | None]:
        given = [_text(raw, joined=joined) for raw in raws]
        forms = [{"text": one[0], "text_pair": one[1]} if isinstance(one, tuple) else one for one in given]
        with quiet():
            return [None if one is None else _by_label(pipe(one, top_k=None, truncation=True), head) for one in forms]

    return read


def _sentence_reader(folder: Path, head: LinearHead, *, joined: bool) -> Reads:
    if find_spec("sentence_transformers") is None:
        raise ConfigError("hf-needs-sentence-transformers")
    from sentence_transformers import SentenceTransformer

    with quiet():
        model: Any = SentenceTransformer(str(folder), device="cpu")

    def read(raws: Sequence[Raw]) -> list[np.ndarray | None]:
        given = [_text(raw, joined=joined) for raw in raws]
        known = [one for one in given if one is not None]
        logits = model.encode(known, batch_size=BATCH, show_progress_bar=False) if known else ()
        answers = iter(head.answers(np.asarray(logits)) if known else ())
        return [None if one is None else next(answers) for one in given]

    return read


def _text(raw: Raw, *, joined: bool) -> str | tuple[str, str] | None:
    """Return the text, or the two texts of a pair that is not read as one; None if it is not a text."""
    try:
        text = load_text(raw)
    except BadText:
        return None
    return (text.first, text.second) if isinstance(text, TextPair) and not joined else str(text)


def _by_label(answers: Sequence[dict[str, Any]], head: LinearHead) -> np.ndarray:
    """Return a pipeline's answers as a row (K,), in the order of the labels."""
    scores = {str(one["label"]): float(one["score"]) for one in answers}
    return np.array([scores[label] for label in head.labels])


def _parts(raws: Sequence[Raw]) -> Iterator[Sequence[Raw]]:
    for first in range(0, len(raws), BATCH):
        yield raws[first : first + BATCH]


def _opened(raw: Raw) -> Image.Image | None:
    """Return the image as a user of Pillow opens it; None if Pillow cannot."""
    try:
        if isinstance(raw, Image.Image):
            return raw
        if isinstance(raw, np.ndarray):
            return Image.fromarray(raw)
        image = Image.open(io.BytesIO(raw) if isinstance(raw, bytes) else Path(raw))
        image.load()
        return image
    except (OSError, ValueError, SyntaxError, TypeError):
        return None
