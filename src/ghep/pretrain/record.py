"""The record of a pretraining: what ``pretraining.json`` in its folder says. Reading it does not import torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ghep.errors import BackboneError
from ghep.messages import Message
from ghep.storage.folder import read_folder
from ghep.storage.text import json_of
from ghep.types import Finding

RECORD = "pretraining.json"


@dataclass(frozen=True)
class Pretrained:
    """A finished pretraining."""

    folder: Path
    """A backbone in Hugging Face's form, or vectors: what ``--backbone`` takes."""
    record: Mapping[str, Any]
    """The content of ``pretraining.json``."""

    @property
    def objective(self) -> str:
        """Name of the objective."""
        return str(self.record["objective"])

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found on the way."""
        return tuple(Finding.read(one) for one in self.record["findings"])

    @property
    def curve(self) -> tuple[Mapping[str, Any], ...]:
        """One row per round of blocks: ``steps``, ``seconds``, ``train_loss``, ``held_out_loss``, ``bits_per_byte``."""
        return tuple(self.record["curve"])


def read_pretrained(folder: Path | str) -> Pretrained:
    """Return the pretraining in ``folder``; raise BackboneError if there is none, or if a file was changed."""
    path, what = Path(folder), Message("pretraining-folder")
    content = read_folder(path, error=BackboneError, what=what, required=(RECORD,), wanted=(RECORD,))[RECORD]
    return Pretrained(path, json_of(content, path / RECORD, error=BackboneError, what=what))
