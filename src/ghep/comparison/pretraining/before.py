"""The backbones of the question: what pretraining left, and what it began with.

In: the folder that ``ghep pretrain`` wrote. Out: ``Sides``. A pretraining that began with a backbone names it in
``pretraining.json``. One that began with random weights is compared with the same architecture and vocabulary with new
random weights, which are written to a folder of the same form (``random_twin``).
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ghep.backbone.catalog import load_backbone
from ghep.backbone.huggingface import quiet
from ghep.backbone.word_vectors import read_word_vectors
from ghep.comparison.pretraining.record import Sides
from ghep.errors import BackboneError, ConfigError
from ghep.messages import Message
from ghep.storage.folder import write_folder
from ghep.storage.tensors import write_tensors
from ghep.storage.text import read_json, write_text_atomic

RECORD = "pretraining.json"
VECTORS = "vectors.txt"
TWIN = "before"
"""Name of the folder, and of the file of vectors, with random weights."""
SEED = 1
"""Of the random weights: not 0, with which ghep builds networks by default."""
COPIED = ("*.json", "*.txt", "*.model", "*/config.json")
"""Files of a folder that are not weights: config, tokenizer, pooling."""


def read_record(folder: Path) -> Mapping[str, Any]:
    """Return the content of ``pretraining.json``. Raises ConfigError if the folder has none."""
    if not (folder / RECORD).is_file():
        raise ConfigError("benefit-no-record", folder=folder)
    record: Mapping[str, Any] = read_json(folder / RECORD, error=ConfigError, what=Message("benefit-record"))
    return record


def refuse_missing(vectors: str | Path | None) -> None:
    """Raise ConfigError if there is no file or folder of word vectors at ``vectors``; None: none was named."""
    if vectors and not Path(vectors).exists():
        raise ConfigError("benefit-vectors-missing", path=str(vectors))


def sides_of(
    folder: Path,
    record: Mapping[str, Any],
    twins: Path,
    *,
    before: str | Path | None = None,
    vectors: str = "",
    overwrite: bool = False,
) -> Sides:
    """Return the backbones to compare; a random ``before`` is written into the folder ``twins``, unless it is there
    and ``overwrite`` is False.

    ``before`` replaces the backbone that the record names, which may have moved. Raises ConfigError if it is not there.
    """
    after = folder / VECTORS if (folder / VECTORS).is_file() else folder
    named = str(before) if before is not None else _name_in(record)
    if named is None:
        return Sides(str(random_twin(after, twins, overwrite=overwrite)), str(after), random=True, vectors=vectors)
    try:
        load_backbone(named)
    except BackboneError as error:
        raise ConfigError("benefit-before-missing", folder=folder, backbone=named, cause=error.cause) from error
    return Sides(named, str(after), vectors=vectors)


def _name_in(record: Mapping[str, Any]) -> str | None:
    """Return the backbone that the pretraining began with, as it was named then; None: none.

    A record without ``location`` has only the name on the backbone's card.
    """
    backbone = record.get("backbone")
    if isinstance(backbone, Mapping):
        return str(backbone.get("location") or backbone["name"])
    return None if backbone is None else str(backbone)


def random_twin(backbone: Path, twins: Path, *, seed: int = SEED, overwrite: bool = False) -> Path:
    """Return a backbone like ``backbone`` with random weights: a folder, or a file of word vectors, in ``twins``.

    Vocabulary, sizes and pooling are the same; random word vectors also have the same standard deviation.
    """
    if backbone.is_file():
        twin = twins / f"{TWIN}.txt"
        if overwrite or not twin.is_file():
            twins.mkdir(parents=True, exist_ok=True)
            write_text_atomic(twin, _random_vectors(backbone, seed))
        return twin
    twin = twins / TWIN
    if overwrite or not twin.is_dir():
        net = load_backbone(str(backbone), random_weights=True, seed=seed).net
        with write_folder(twin) as folder:
            for file in sorted({file for pattern in COPIED for file in backbone.glob(pattern)}):
                if file.name not in (RECORD, "MANIFEST.json"):
                    (folder / file.relative_to(backbone)).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(file, folder / file.relative_to(backbone))
            model: Any = getattr(net, "model", None)
            if hasattr(model, "save_pretrained"):  # a network of transformers, which writes its own names
                with quiet():
                    model.save_pretrained(folder)
            else:
                write_tensors(folder / "model.safetensors", net.state_dict())
    return twin


def _random_vectors(file: Path, seed: int) -> str:
    found = read_word_vectors(file)
    shape = len(found.words) - 1, found.vectors.shape[1]
    scale = float(found.vectors[1:].std())
    drawn = np.random.default_rng(seed).normal(0.0, scale, shape).astype(np.float32)
    rows = (
        f"{word} {' '.join(f'{value:.5g}' for value in row)}" for word, row in zip(found.words[1:], drawn, strict=True)
    )
    return "\n".join([f"{shape[0]} {shape[1]}", *rows]) + "\n"
