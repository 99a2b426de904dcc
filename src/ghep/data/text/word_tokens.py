"""Texts to words: the tokenizer that a vocabulary of word vectors asks for, and words for networks that read letters.

Vectors are only as good as the share of words that is found among them, and every collection spells in its own way
(GloVe: "do n't", "u.s."; word2vec's news: "don't", no commas). So the tokenizer is derived from the vocabulary:

- white space parts words, and so does punctuation, each mark a token of its own, as in BERT;
- but a word of the vocabulary with a mark inside ("don't", "u.s.", "well-known", "3.14") is found as it stands. One
  with a mark at its end only ("no.") is not: it would swallow the ends of sentences;
- clitics that the vocabulary holds ("n't", "'s") are cut off as the Penn Treebank does, whose tokens GloVe counted;
- letters are lowered where the vocabulary has (next to) no upper case.

White space must part the words of the language: Chinese, Japanese and Thai need a segmenter before this one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from ghep.errors import ConfigError

UNKNOWN = "<unk>"
"""The word at place 0 of every vocabulary here: whatever is not in it. No text holds it: its brackets are cut off."""
CLITICS = ("n't", "'s", "'re", "'ve", "'ll", "'d", "'m")
FEW = 0.001
"""Lowered collections keep a few words such as "UNK" or "-LRB-"; cased ones have upper case in a tenth and more."""

_MARK_INSIDE = re.compile(r"(?<=\w)[^\w\s]+(?=\w)")


def is_cased(words: Sequence[str]) -> bool:
    """Tell whether upper case means anything in ``words``: more than one in a thousand has some."""
    return sum(1 for word in words if word != word.lower()) > FEW * len(words)


def word_tokenizer_json(words: Sequence[str]) -> str:
    """Return the Hugging Face tokenizer for ``words`` (V) as JSON: a token's id is its place, and UNKNOWN comes first.

    Read it with ``tokenizers.Tokenizer.from_str``. Raises ConfigError for a vocabulary without UNKNOWN in front or
    with a word twice, and where the package ``tokenizers`` is missing.
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


def split_words(text: str) -> list[str]:
    """Return the words and marks of ``text``, cut as above with every clitic and no vocabulary; case stays.

    >>> split_words("It's a well-made film, isn't it?")
    ['It', "'s", 'a', 'well', '-', 'made', 'film', ',', 'is', "n't", 'it', '?']
    """
    library = _tokenizers()
    plain = library.normalizers.Sequence([library.normalizers.NFC(), library.normalizers.Replace("’", "'")])
    return [word for word, _ in _splitter(library, CLITICS).pre_tokenize_str(plain.normalize_str(text))]


def _check(words: Sequence[str]) -> None:
    if not words or words[0] != UNKNOWN:
        raise ConfigError(
            f"a vocabulary begins with {UNKNOWN}, this one with {words[0] if words else 'nothing':.40}",
            remedy=f'put "{UNKNOWN}" at place 0, and a row of zeros at the head of the vectors',
        )
    if len(set(words)) < len(words):
        twice = next(word for place, word in enumerate(words) if word in words[:place])
        raise ConfigError(f"the vocabulary has {twice!r:.40} twice", remedy="keep the first of them")


def _normalizer(library: Any, words: Sequence[str]) -> Any:
    steps = [library.normalizers.NFC()]
    if not any("’" in word for word in words):
        steps.append(library.normalizers.Replace("’", "'"))
    if not is_cased(words):
        steps.append(library.normalizers.Lowercase())
    return library.normalizers.Sequence(steps)


def _splitter(library: Any, clitics: Sequence[str]) -> Any:
    """Runs of letters, digits and underscores, single marks, and clitics; the space between is dropped."""
    cut = [r"\w+?(?=n't\b)|n't\b" if clitic == "n't" else rf"{clitic}\b" for clitic in clitics]
    pattern = "(?i:" + "|".join([*cut, r"\w+", r"[^\w\s]"]) + ")"
    return library.pre_tokenizers.Split(library.Regex(pattern), "removed", invert=True)


def _has_mark_inside(word: str) -> bool:
    """Tell whether a mark stands between letters; accents and vowel signs (category M) are letters here."""
    found = _MARK_INSIDE.findall(word)
    return any(not unicodedata.category(letter).startswith("M") for marks in found for letter in marks)


def _tokenizers() -> Any:
    try:
        import tokenizers
    except ImportError as error:
        raise ConfigError("texts need the package tokenizers", remedy='pip install "ghep[text]"') from error
    return tokenizers
