"""Train a vocabulary on a corpus. In: documents. Out: the content of a ``tokenizer.json``, the same in every process.

    wordpiece    BERT's: lower case, words and pieces "##ing"; [PAD] [UNK] [CLS] [SEP] [MASK] are 0 to 4
    bytes        GPT-2's: pairs of bytes merged, so that every text can be written; <|endoftext|> <pad> <mask>
    unigram      T5's: pieces with probabilities, <pad> </s> <unk>, and the 100 sentinels <extra_id_0> ... at the end
    characters   each character is a token; <|endoftext|> <pad> <mask> <unk>

The trainers of ``tokenizers`` keep words in hash maps with random seeds. Merging pairs of bytes does not depend on
their order; WordPiece numbers the letters, and breaks ties between pairs, in that order (huggingface/tokenizers issue
1794), and Unigram adds floating-point numbers in it. So ghep numbers the letters for WordPiece itself: all are passed
as special tokens, sorted. For ``unigram`` ghep takes pieces from merged pairs, and estimates their probabilities from
the best segmentation of each word, dropping rare pieces, twice (Viterbi training, instead of the sums over
segmentations of Kudo 2018, arXiv:1804.10959, section 3.2).
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from math import log
from typing import Any, Literal, Protocol

from ghep.data.text.ngrams import count_words

Kind = Literal["wordpiece", "bytes", "unigram", "characters"]

BERT = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
GPT = ("<|endoftext|>", "<pad>", "<mask>")
T5 = ("<pad>", "</s>", "<unk>")
SENTINELS = tuple(f"<extra_id_{number}>" for number in range(100))
"""In the order in which they are used; their ids descend, as T5's do."""
WORDS_PER_TOKEN = 50
"""Words of the corpus for each token: below, most tokens are too rare to learn anything about."""
FEWEST = 512
"""Tokens of the vocabulary of a very small corpus."""
FEWEST_PIECES = 64
"""Of ``unigram``, special tokens aside."""
LETTERS_SHARE = 0.5
"""Largest share of the vocabulary that single letters take; the rarest letters are left out (Chinese has thousands)."""
ACCENTS = 0.005
"""Share of accented letters among all characters above which accents are kept. English reviews and Wikipedia have below
0.0001, Vietnamese Wikipedia 0.18."""
SEEDS = 1.5
"""Pieces from which those of ``unigram`` are chosen, relative to their number."""
_AT_ONCE = 1_000
"""Words per line that is given to a trainer."""


class HasText(Protocol):
    """A document of a corpus."""

    @property
    def text(self) -> str:
        """Its text."""


def train_vocabulary(documents: Sequence[HasText], *, kind: Kind, size: int) -> str:
    """Return the content of a ``tokenizer.json`` with at most ``size`` tokens, special tokens included.

    The vocabulary is smaller where the corpus has fewer than ``WORDS_PER_TOKEN`` words for each token, and where no
    pieces occur twice. It is larger if ``size`` has no room for the special tokens and 256 bytes, or FEWEST_PIECES.
    """
    texts = [document.text for document in documents]
    words = sum(map(count_words, texts))
    size = min(size, max(FEWEST, words // WORDS_PER_TOKEN))
    make = {"wordpiece": _wordpiece, "bytes": _bytes, "unigram": _unigram, "characters": _characters}[kind]
    return str(make(texts, size).to_str())


def _wordpiece(texts: Sequence[str], size: int) -> Any:
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

    normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.BertNormalizer(lowercase=True, strip_accents=not _accented(texts))]
    )
    counts: Counter[str] = Counter()
    for chunk, count in _chunks(texts, normalizer).items():
        for word, _ in pre_tokenizers.BertPreTokenizer().pre_tokenize_str(chunk):
            counts[word] += count
    letters: Counter[str] = Counter()
    for word, count in counts.items():
        for letter in _letters(word):
            letters[letter] += count
    known = _most_frequent(letters, round(LETTERS_SHARE * size))
    words = {word: count for word, count in counts.items() if known.issuperset(_letters(word))}
    trainer = trainers.WordPieceTrainer(
        vocab_size=size, min_frequency=2, special_tokens=[*BERT, *sorted(known)], show_progress=False
    )
    trained = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    trained.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    trained.train_from_iterator(_lines(words), trainer)
    # A tokenizer of its own: in the trained one, every letter is a special token.
    tokenizer = Tokenizer(models.WordPiece(trained.get_vocab(), unk_token="[UNK]"))
    tokenizer.add_special_tokens(list(BERT))
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[(name, BERT.index(name)) for name in ("[CLS]", "[SEP]")],
    )
    return tokenizer


def _accented(texts: Sequence[str]) -> bool:
    """Return whether accents belong to the language: if so they are kept, else "naïve" would be an unknown word."""
    counts: Counter[str] = Counter()
    for text in texts:
        if not text.isascii():
            counts.update(text)
    with_accents = sum(
        count
        for letter, count in counts.items()
        if letter.isalpha() and any(map(unicodedata.combining, unicodedata.normalize("NFD", letter)))
    )
    return with_accents + sum(counts[mark] for mark in counts if unicodedata.combining(mark)) > ACCENTS * sum(
        map(len, texts)
    )


def _letters(word: str) -> list[str]:
    """Return the smallest pieces of a word: its first letter, and the others with "##"."""
    return [word[0], *(f"##{letter}" for letter in word[1:])]


def _bytes(texts: Sequence[str], size: int) -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        min_frequency=2,
        special_tokens=list(GPT),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def _unigram(texts: Sequence[str], size: int) -> Any:
    from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

    normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(r"\s+"), " ")])
    words = {f"\u2581{word}": count for word, count in _chunks(texts, normalizer).items()}
    room = max(FEWEST_PIECES, size - len(T5) - len(SENTINELS))
    letters: Counter[str] = Counter()
    for word, count in words.items():
        for letter in word:
            letters[letter] += count
    known = _most_frequent(letters, round(LETTERS_SHARE * room))
    words = _divided_at_unknown(words, known)
    merged = Tokenizer(models.BPE())
    merged.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    merged.train_from_iterator(
        _lines(words),
        trainers.BpeTrainer(
            vocab_size=round(SEEDS * room), min_frequency=2, initial_alphabet=sorted(known), show_progress=False
        ),
    )
    pieces = _counted(merged, words, known)
    for most in (round((SEEDS + 1) / 2 * room), room):
        pieces = _counted(Tokenizer(_unigram_model(pieces)), words, known)
        rarest_last = sorted(pieces, key=lambda piece: (piece not in known, -pieces[piece], piece))
        pieces = {piece: pieces[piece] for piece in rarest_last[:most]}
    tokenizer = Tokenizer(_unigram_model(pieces))
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="always")
    tokenizer.add_special_tokens([*T5, *reversed(SENTINELS)])
    end = "</s>"
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"$A {end}", pair=f"$A {end} $B {end}", special_tokens=[(end, T5.index(end))]
    )
    return tokenizer


def _divided_at_unknown(words: Mapping[str, int], letters: set[str]) -> Counter[str]:
    """Return the parts of all words between letters that are not in ``letters``, and how often each occurs."""
    counts: Counter[str] = Counter()
    for word, count in words.items():
        for part in "".join(letter if letter in letters else " " for letter in word).split():
            counts[part] += count
    return counts


def _counted(tokenizer: Any, words: Mapping[str, int], letters: set[str]) -> dict[str, float]:
    """Return how often each piece occurs in the words as ``tokenizer`` segments them; of letters at least one half."""
    counts: Counter[str] = Counter()
    ordered = sorted(words)
    for word, made in zip(ordered, tokenizer.encode_batch(ordered, add_special_tokens=False), strict=True):
        for piece in made.tokens:
            counts[piece] += words[word]
    return {**dict.fromkeys(letters, 0.5), **counts}


def _unigram_model(counts: Mapping[str, float]) -> Any:
    """Return the model in which each piece has the logarithm of its share of ``counts`` as its score."""
    from tokenizers import models

    total = log(sum(counts.values()))
    scores = [(piece, round(log(counts[piece]) - total, 6)) for piece in counts]
    ordered = sorted(scores, key=lambda one: (-one[1], one[0]))
    return models.Unigram([*((name, 0.0) for name in T5), *ordered], unk_id=T5.index("<unk>"), byte_fallback=False)


def _characters(texts: Sequence[str], size: int) -> Any:
    from tokenizers import Tokenizer, decoders, models

    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(text)
    special = [*GPT, "<unk>"]
    letters = sorted(_most_frequent(counts, max(1, size - len(special))))
    vocabulary = {token: at for at, token in enumerate([*special, *letters])}
    tokenizer = Tokenizer(models.BPE(vocabulary, [], unk_token="<unk>"))  # without merges, each character is a token
    tokenizer.add_special_tokens(special)
    tokenizer.decoder = decoders.Fuse()
    return tokenizer


def _chunks(texts: Sequence[str], normalizer: Any) -> Counter[str]:
    """Return the pieces between white space of all texts, normalised, and how often each occurs."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(normalizer.normalize_str(text).split())
    return counts


def _most_frequent(counts: Mapping[str, int], most: int) -> set[str]:
    return set(sorted(counts, key=lambda one: (-counts[one], one))[:most])


def _lines(counts: Mapping[str, int]) -> Iterator[str]:
    """Yield each word as often as it occurs, in lines, sorted."""
    for word in sorted(counts):
        left = counts[word]
        while left > 0:
            yield " ".join([word] * min(left, _AT_ONCE))
            left -= _AT_ONCE
