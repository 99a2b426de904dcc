"""Split texts into words: the tokenizer for a vocabulary of word vectors, and words for networks that read letters.

Word vectors help only if most words of a text are in the vocabulary, and every collection has its own spelling (GloVe:
"do n't", "u.s."; word2vec's news: "don't", no commas). So the tokenizer is derived from the vocabulary:

- white space separates words, and so does punctuation; each punctuation mark is a token, as in BERT;
- but a word of the vocabulary with a mark inside ("don't", "u.s.", "well-known", "3.14") is kept whole. A word with a
  mark at its end only ("no.") is not: it would absorb the ends of sentences;
- clitics in the vocabulary ("n't", "'s") are split off as in the Penn Treebank, whose tokens GloVe counted;
- letters are lower-cased if the vocabulary has (almost) no upper case.

This works only for languages with spaces between words; Chinese, Japanese and Thai texts need a segmenter first.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from ghep.errors import ConfigError

UNKNOWN = "<unk>"
"""The word at place 0 of every vocabulary here, for all words outside it. No text contains it: brackets are split."""
CLITICS = ("n't", "'s", "'re", "'ve", "'ll", "'d", "'m")
FEW = 0.001
"""Lower-cased collections keep a few words such as "UNK" or "-LRB-"; cased ones have upper case in a tenth or more."""

_MARK_INSIDE = re.compile(r"(?<=\w)[^\w\s]+(?=\w)")


def is_cased(words: Sequence[str]) -> bool:
    """Return whether upper case is meaningful in ``words``: more than one in a thousand contains some."""
    return sum(1 for word in words if word != word.lower()) > FEW * len(words)


def word_tokenizer_json(words: Sequence[str]) -> str:
    """Return the Hugging Face tokenizer for ``words`` (V) as JSON: a token's id is its index in ``words``.

    Read it with ``tokenizers.Tokenizer.from_str``. Raises ConfigError if the first word is not UNKNOWN, if a
    word occurs twice, or if the package ``tokenizers`` is missing.
    """
    _check(words)
    library = _tokenizers()
    vocabulary = {word: place for place, word in enumerate(words)}
    tokenizer = library.Tokenizer(library.models.WordLevel(vocabulary, unk_token=UNKNOWN))
    tokenizer.normalizer = _normalizer(library, words)
    tokenizer.pre_tokenizer = _splitter(library, [clitic for clitic in CLITICS if clitic in vocabulary])
    whole = [word for word in words if _has_mark_inside(word)]
    tokenizer.add_tokens([library.AddedToken(word, single_word=True, normalized=True) for word in whole])
    return str(tokenizer.to_str())


def splitter_json(*, lower: bool = False) -> str:
    """Return the Hugging Face tokenizer whose pre-tokenizer splits a text, after its normalizer, as ``split_words``.

    With ``lower``, the normalizer also lower-cases, as ``word_tokenizer_json`` does for a vocabulary without case.
    """
    library = _tokenizers()
    tokenizer = library.Tokenizer(library.models.WordLevel({UNKNOWN: 0}, unk_token=UNKNOWN))
    plain = _plain(library)
    tokenizer.normalizer = library.normalizers.Sequence([plain, library.normalizers.Lowercase()]) if lower else plain
    tokenizer.pre_tokenizer = _splitter(library, CLITICS)
    return str(tokenizer.to_str())


def split_words(text: str) -> list[str]:
    """Return the words, clitics ("n't", "'s") and punctuation marks of ``text``, without a vocabulary; case is kept.

    >>> split_words("It's a well-made film, isn't it?")
    ['It', "'s", 'a', 'well', '-', 'made', 'film', ',', 'is', "n't", 'it', '?']
    """
    library = _tokenizers()
    return [word for word, _ in _splitter(library, CLITICS).pre_tokenize_str(_plain(library).normalize_str(text))]


def word_spans(text: str) -> list[tuple[int, int]]:
    """Return the characters of ``text``, from start to end, of each word of ``split_words``."""
    library = _tokenizers()
    parts = library.PreTokenizedString(text)
    parts.normalize(_plain(library).normalize)
    _splitter(library, CLITICS).pre_tokenize(parts)
    return [place for _, place, _ in parts.get_splits(offset_referential="original", offset_type="char")]


def _plain(library: Any) -> Any:
    return library.normalizers.Sequence([library.normalizers.NFC(), library.normalizers.Replace("’", "'")])


def _check(words: Sequence[str]) -> None:
    if not words or words[0] != UNKNOWN:
        found = f"{words[0]:.40}" if words else "nothing"
        raise ConfigError("vocabulary-without-unknown", unknown=UNKNOWN, found=found)
    if len(set(words)) < len(words):
        twice = next(word for place, word in enumerate(words) if word in words[:place])
        raise ConfigError("vocabulary-duplicate", word=f"{twice!r:.40}")


def _normalizer(library: Any, words: Sequence[str]) -> Any:
    steps = [library.normalizers.NFC()]
    if not any("’" in word for word in words):
        steps.append(library.normalizers.Replace("’", "'"))
    if not is_cased(words):
        steps.append(library.normalizers.Lowercase())
    return library.normalizers.Sequence(steps)


def _splitter(library: Any, clitics: Sequence[str]) -> Any:
    """Return the rule that splits a text into words (letters, digits, underscores), marks and clitics; no spaces."""
    cut = [r"\w+?(?=n't\b)|n't\b" if clitic == "n't" else rf"{clitic}\b" for clitic in clitics]
    pattern = "(?i:" + "|".join([*cut, r"\w+", r"[^\w\s]"]) + ")"
    return library.pre_tokenizers.Split(library.Regex(pattern), "removed", invert=True)


def _has_mark_inside(word: str) -> bool:
    """Return whether ``word`` has a mark between letters; accents and vowel signs (category M) count as letters."""
    found = _MARK_INSIDE.findall(word)
    return any(not unicodedata.category(letter).startswith("M") for marks in found for letter in marks)


def _tokenizers() -> Any:
    try:
        import tokenizers
    except ImportError as error:
        raise ConfigError("tokenizers-missing") from error
    return tokenizers
