"""What the JavaScript of an export needs to know of a preprocessing. In: a preprocessing. Out: values for JSON."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import numpy as np
from PIL import Image

from ghep.data.image.preprocess import ImagePreprocess
from ghep.data.loading.preprocess import Preprocess
from ghep.data.text.tokens import CharacterPreprocess, TokenPreprocess
from ghep.data.text.word_tokens import splitter_json
from ghep.errors import ConfigError


def preprocess_settings(preprocess: Preprocess) -> dict[str, Any]:
    """Return the settings of ``resize.js`` or ``text.js``; raise ConfigError for pairs of texts."""
    if preprocess.pairs:
        raise ConfigError("web-pairs")
    if isinstance(preprocess, ImagePreprocess):
        return image_settings(preprocess)
    if isinstance(preprocess, CharacterPreprocess):
        own = {"letters": preprocess.letters, "tokenizer": json.loads(splitter_json())}
        return {"kind": "characters", "max_length": preprocess.max_length, "truncate": preprocess.truncate, **own}
    if isinstance(preprocess, TokenPreprocess):
        return token_settings(preprocess)
    raise ConfigError("web-preprocess", name=type(preprocess).__name__)


def image_settings(preprocess: ImagePreprocess) -> dict[str, Any]:
    """Return the settings of ``resize.js``: those in ``preprocessor_config.json``, and the order of the two passes."""
    return {**preprocess.to_json(), "tall_first": _pillow_resizes_tall_first()}


@cache
def _pillow_resizes_tall_first() -> bool:
    """Return whether this Pillow makes the vertical pass first if many more rows are lost than columns (from 13 on).

    The order changes how the values in between are rounded, and with it some pixels.
    """
    levels = np.where(np.random.default_rng(0).random((64, 8, 3)) < 0.5, 0, 255).astype(np.uint8)
    image, bicubic = Image.fromarray(levels), Image.Resampling.BICUBIC
    across_first = image.resize((5, 64), bicubic).resize((5, 8), bicubic)
    return image.resize((5, 8), bicubic).tobytes() != across_first.tobytes()


def token_settings(preprocess: TokenPreprocess) -> dict[str, Any]:
    """Return the settings of ``text.js``: the tokenizer, the special tokens around a text, what is kept of a long one.

    Raises ConfigError if ``max_length`` leaves no room for a token.
    """
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_str(preprocess.tokenizer)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    one = tokenizer.encode("a")
    own = [place for place, special in enumerate(one.special_tokens_mask) if not special] or [len(one.ids)]
    before, after = one.ids[: own[0]], one.ids[own[-1] + 1 :]
    if preprocess.max_length <= len(before) + len(after):
        raise ConfigError("web-no-room", length=preprocess.max_length, special=len(before) + len(after))
    content = json.loads(tokenizer.to_str())
    return {
        "kind": "words" if content["model"]["type"] == "WordLevel" else "tokens",
        "max_length": preprocess.max_length,
        "truncate": preprocess.truncate,
        "unknown": preprocess.unknown or 0,
        "before": before,
        "after": after,
        "lower_cases": tokenizer.normalizer is not None and tokenizer.normalizer.normalize_str("Σ") == "σ",
        "tokenizer": content,
    }
