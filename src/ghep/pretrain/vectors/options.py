"""The settings of word vectors. Importing this module does not import torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ghep.errors import ConfigError, did_you_mean
from ghep.messages import text_of
from ghep.pretrain.every_pretraining import VERB, EveryPretraining
from ghep.setting import LEARNING, refusals, setting, settings_of, whole, within

OBJECTIVES = ("word2vec", "fasttext")
VISITS = 20_000_000
"""Words that are read in all passes together, unless their number is given."""
MOST_PASSES = 100.0


@dataclass(frozen=True, kw_only=True)
class VectorOptions(EveryPretraining):
    """How word vectors are trained: all settings except corpus, objective and seed. None: derived.

    ``passes`` are rounded up, and derived from VISITS; the learning rate falls linearly.
    """

    dim: int | None = setting(None, whole(1, 2_000), panel=LEARNING, verbs=VERB)
    """Numbers per vector, 100."""
    window: int | None = setting(None, whole(1, 100), panel=LEARNING, verbs=VERB)
    """Most words on each side that are a word's context, 5; the width is drawn anew for each word."""
    negatives: int | None = setting(None, whole(1, 100), panel=LEARNING, verbs=VERB)
    """Negatives per pair of words, 5."""
    min_count: int | None = setting(None, whole(1), panel=LEARNING, verbs=VERB)
    """Occurrences that a word needs; 5, or 2 below a million words."""
    sample: float | None = setting(None, within(0, 1), panel=LEARNING, verbs=VERB)
    """Share of the corpus from which on a word is left out at times, 1e-3; 0: no word is left out."""
    buckets: int | None = setting(None, whole(1, 10_000_000), panel=LEARNING, verbs=VERB)
    """fastText: rows that the character n-grams share, 200,000."""

    def derived(self, objective: str, *, words: int) -> VectorOptions:
        """Return the options with a value for each None, for a corpus of this number of ``words``."""
        passes = self.passes or min(MOST_PASSES, max(1.0, round(VISITS / max(1, words))))
        found: dict[str, Any] = {"passes": passes, "buckets": 200_000 if objective == "fasttext" else None}
        for name, value in {"lr": 0.025, "dim": 100, "window": 5, "negatives": 5, "sample": 1e-3}.items():
            found[name] = value
        return replace(self, **{name: value for name, value in found.items() if getattr(self, name) is None})


def vector_options(objective: str, values: Mapping[str, Any]) -> VectorOptions:
    """Return the options for ``objective``; raise one ConfigError for all values that cannot be used."""
    known = settings_of(VectorOptions)
    given = {name: value for name, value in values.items() if value is not None}
    if unknown := [name for name in given if name not in known]:
        names = [name for name in known if name != "buckets" or objective == "fasttext"]
        raise ConfigError(
            "vectors-setting-unknown", objective=objective, names=unknown, hint=did_you_mean(unknown[0], names)
        )
    wrong = refusals(known, given)
    if objective == "word2vec" and "buckets" in given:
        wrong.append(text_of("vectors-buckets-without-ngrams"))
    if wrong:
        raise ConfigError("pretrain-settings-refused", wrong=wrong)
    if given.get("resume") and given.get("overwrite"):
        raise ConfigError("resume-and-overwrite")
    return VectorOptions(**given)
