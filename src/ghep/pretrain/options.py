"""The settings of ``ghep pretrain``. Importing this module does not import torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ghep.errors import ConfigError, did_you_mean
from ghep.features.options import FeatureOptions
from ghep.messages import text_of
from ghep.pretrain.every_pretraining import VERB, EveryPretraining
from ghep.pretrain.vectors.options import OBJECTIVES as VECTORS
from ghep.pretrain.vectors.options import VectorOptions
from ghep.setting import (
    COMMON,
    LEARNING,
    READING,
    Setting,
    is_bool,
    is_path,
    is_text,
    refusals,
    setting,
    settings_of,
    whole,
    within,
)
from ghep.training.options import PRECISIONS, TrainOptions

KINDS = ("wordpiece", "bytes", "unigram", "characters", "words")
_features = settings_of(FeatureOptions)

OBJECTIVE_NAMES = ("mlm", "clm", "span", "tsdae", "electra", "bilm", "word2vec", "fasttext", "bn")
"""Language models; word vectors; BatchNorm statistics of photos."""
UNMASKED = ("clm", "bilm")
"""Objectives that hide nothing: every token is predicted from those before it."""
OF_CORPUS = ("column", "documents", "encoding", "licence", "held_out")
"""Settings of how a corpus is read."""
OF_PHOTOS = ("out", "overwrite", "held_out", "device", "workers")
"""Settings of the objective bn."""
OF_SCRATCH = ("layers", "width", "dropout", "vocabulary", "vocabulary_kind")
"""Settings of a network from random weights."""


@dataclass(frozen=True, kw_only=True)
class PretrainGiven:
    """The arguments of ``pretrain`` that are not options."""

    objective: str = setting(None, is_text, panel=COMMON, metavar="NAME", verbs=VERB)
    backbone: str | None = setting(None, is_path, panel=COMMON, flags=("--from", "-b"), metavar="BACKBONE", verbs=VERB)
    """The backbone that is continued; None: random weights and a vocabulary of the corpus."""
    seed: int = setting(0, whole(0, 2**32 - 1), panel=COMMON, verbs=VERB)


@dataclass(frozen=True, kw_only=True)
class PretrainOptions(EveryPretraining):
    """How a backbone is pretrained: all settings except corpus, objective, backbone and seed. None: derived."""

    batch_size: int | None = setting(None, whole(1), panel=LEARNING, verbs=VERB)
    """Blocks per step."""
    length: int | None = setting(None, whole(8), panel=LEARNING, verbs=VERB)
    """Positions of a block, special tokens included."""
    masking: float | None = setting(None, within(0.01, 0.9), panel=LEARNING, verbs=VERB)
    """Share of the tokens that are hidden; .25 from scratch, .15 from a backbone."""
    layers: int = setting(4, whole(1, 48), panel=LEARNING, verbs=VERB)
    """From scratch: number of layers."""
    width: int | None = setting(None, lambda value: whole(16)(value) and value % 16 == 0, panel=LEARNING, verbs=VERB)
    """From scratch: H, features per position; 256, or 128 below 500,000 words."""
    dropout: float | None = setting(None, within(0, 0.9), panel=LEARNING, verbs=VERB)
    """Of a network from scratch: 0 below ten passes, else 0.1."""
    vocabulary: int | None = setting(None, whole(32), panel=LEARNING, verbs=VERB)
    """From scratch: most tokens of the vocabulary."""
    vocabulary_kind: Literal["wordpiece", "bytes", "unigram", "characters", "words"] | None = setting(
        None, choices=KINDS, panel=LEARNING, verbs=VERB
    )
    column: str | None = setting(None, is_text, panel=READING, verbs=VERB, metavar="NAME")
    """In a table: the column with the texts."""
    documents: Literal["line", "paragraph", "article", "separator", "file"] | None = setting(
        None, choices=("line", "paragraph", "article", "separator", "file"), panel=READING, verbs=VERB
    )
    """How text files are divided into documents; None: by the first rule that fits."""
    encoding: str | None = setting(None, is_text, panel=READING, verbs=VERB)
    """Of text files and tables that are not UTF-8."""
    licence: str | None = setting(None, is_text, panel=READING, verbs=VERB)
    """Of the corpus, as told: for the card."""
    precision: str = setting("auto", choices=("auto", *PRECISIONS), verbs=VERB)
    on_divergence: Literal["retry", "stop"] = setting("retry", choices=("retry", "stop"), verbs=VERB)
    deterministic: bool = setting(False, is_bool, verbs=VERB)
    """Make no decision by measuring time."""
    workers: int = setting(2, whole(0), verbs=VERB)
    """Threads that corrupt blocks."""
    device: str = setting("auto", _features["device"].possible, wrong=_features["device"].wrong, verbs=VERB)

    def training(self) -> TrainOptions:
        """Return the options of the training loop."""
        return TrainOptions(
            time_limit=self.time_limit,
            precision="float32" if self.deterministic and self.precision == "auto" else self.precision,
            on_divergence=self.on_divergence,
            workers=self.workers,
            device=self.device,
            deterministic=self.deterministic,
        )


def options_from(values: Mapping[str, Any]) -> PretrainOptions:
    """Return the options; raise one ConfigError for all values that cannot be used."""
    known = settings_of(PretrainOptions)
    wrong = refusals(known, values)
    unknown = [name for name in values if name not in known]
    if unknown:
        raise ConfigError("pretrain-setting-unknown", names=unknown, hint=did_you_mean(unknown[0], known))
    if values.get("deterministic") is True and values.get("time_limit") is not None:
        wrong.append(text_of("deterministic-time-limit"))
    if values.get("resume") and values.get("overwrite"):
        raise ConfigError("resume-and-overwrite")
    if wrong:
        raise ConfigError("pretrain-settings-refused", wrong=wrong)
    return PretrainOptions(**values)


def refuse_meaningless(objective: str, settings: Mapping[str, Any], *, continued: bool) -> None:
    """Raise ConfigError for ``settings`` that ``objective`` does not have, or that a backbone decides (``continued``).

    Names that no objective has are left to ``options_from`` and ``vector_options``.
    """
    own = settings_of(PretrainOptions)
    if objective in VECTORS:
        own = {**settings_of(VectorOptions), **{name: own[name] for name in OF_CORPUS}}
    elif objective == "bn":
        own = {name: own[name] for name in OF_PHOTOS}
    elif objective in UNMASKED:
        own = {name: one for name, one in own.items() if name != "masking"}
    given = [name for name, value in settings.items() if value is not None]
    if other := [name for name in given if name in pretrain_settings() and name not in own]:
        raise ConfigError("pretrain-setting-of-other-objective", objective=objective, names=other, known=list(own))
    if continued and (sizes := [name for name in given if name in OF_SCRATCH]):
        raise ConfigError("pretrain-setting-of-scratch", names=sizes)


def pretrain_settings() -> dict[str, Setting]:
    """Return name -> setting of ``ghep pretrain``."""
    return {**settings_of(PretrainGiven), **settings_of(VectorOptions), **settings_of(PretrainOptions)}
