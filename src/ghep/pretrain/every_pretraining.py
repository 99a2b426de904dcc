"""The settings that every pretraining has: where it is written, how long it takes, what is held out.

Importing this module does not import torch.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ghep.setting import COMMON, LEARNING, READING, above, is_bool, is_path, setting, within

VERB = ("pretrain",)


@dataclass(frozen=True, kw_only=True)
class EveryPretraining:
    """Settings of language models and of word vectors alike. None: derived."""

    out: Path | str | None = setting(None, is_path, panel=COMMON, flags=("--out", "-o"), metavar="FOLDER", verbs=VERB)
    """The folder that is written; derived from corpus, objective and time unless given."""
    time_limit: float | None = setting(None, above(0), panel=COMMON, unit="seconds", verbs=VERB)
    """Seconds of training; the learning-rate schedule ends with that time."""
    passes: float | None = setting(None, above(0), panel=COMMON, verbs=VERB)
    """Passes over the corpus; with a time limit, the most."""
    overwrite: bool = setting(False, is_bool, panel=COMMON, verbs=VERB)
    resume: bool = setting(False, is_bool, panel=COMMON, verbs=VERB)
    lr: float | None = setting(None, above(0), panel=LEARNING, verbs=VERB)
    """Peak learning rate: 1e-3 from scratch, 1e-4 from a backbone; of word vectors .025, which falls to 1/250 of it."""
    held_out: float = setting(0.05, within(0.001, 0.5), panel=READING, verbs=VERB)
    """Share of the documents that are not trained on, by which the training is judged."""
    checkpoint_seconds: float = setting(30.0, within(0), unit="seconds", verbs=VERB)
