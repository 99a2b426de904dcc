"""Preprocessing of texts. In: a text. Out: the token ids, or the bytes of each word, that a backbone takes.

``TokenPreprocess`` returns ids (L,), ``CharacterPreprocess`` the UTF-8 bytes of each word (L, C) for networks that read
spelling. Of a text longer than ``max_length`` the beginning is kept, or the end, or both (``truncate``). Tokenizers are
those of Hugging Face's ``tokenizers``: a ``tokenizer.json`` defines a tokenizer completely, without code, and a bundle
contains this file.

Pairs of texts (``TextPair``) are encoded as the tokenizer encodes two texts, with special tokens between them. A pair
that is too long loses tokens of the longer text first, at the end or (``tail``) at the beginning. If the tokenizer has
no separator token (word vectors, GPT), or if the network reads spelling, a pair is encoded as one text, with
the second text on a new line.
"""

from __future__ import annotations

import functools
import hashlib
import json
import re
import tempfile
import weakref
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from ghep.data.image.augment import Augment
from ghep.data.loading.padded import Padded, pad, padded_arrays
from ghep.data.loading.preprocess import FitsControl
from ghep.data.text.control import fit_text_control
from ghep.data.text.loader import TextPair, load_text
from ghep.data.text.ngrams import units_of
from ghep.data.text.scripts import scripts_of
from ghep.data.text.token_report import TokenReport
from ghep.data.text.word_bytes import word_bytes
from ghep.data.text.word_tokens import split_words, word_spans
from ghep.errors import BackboneError, BundleError, ConfigError
from ghep.messages import text_of
from ghep.types import Example, Finding, Modality, Raw

if TYPE_CHECKING:
    from ghep.data.dataset import Dataset

REVISION = 1
"""Revision of the preprocessing code: raised when the same settings give other ids, to invalidate caches."""
TOKENIZER_FILE = "tokenizer.json"
SECOND = 1 << 21
"""Added to the ids of a second text if the network has vectors for it (BERT's token types): more than the entries of
any vocabulary, and small enough for engines that subtract integers as float32."""
AT_ONCE = 512
"""Texts tokenised per call: the library's intermediate results take 40 KiB for a text of 300 words."""
REPORTED = 2_000
"""Maximum number of texts that the report before training measures."""
NEUTRAL = ("[MASK]", "<mask>", "[PAD]", "<pad>", "<|endoftext|>", "</s>", "[UNK]", "<unk>")
TRUNCATE = ("head", "tail", "head+tail")
"""The part that is kept of a text that is too long. head+tail: a quarter from its beginning, the rest from its end,
near the 128 + 382 tokens that were best in arXiv:1905.05583, section 5.3.1."""


_LINK_OR_TAG = re.compile(r"(?:https?://|www\.)\S+|[@#]\w+")
_WORD = re.compile(r"[^\W\d_]+")


class _TextPreprocess(ABC):
    """Common base of the two kinds of text preprocessing."""

    modality: ClassVar[Modality] = "text"
    input_names: ClassVar[tuple[str, ...]] = ("tokens", "lengths")
    has_views: ClassVar[bool] = False
    blends: ClassVar[bool] = False
    control_in_fit: ClassVar[bool] = True
    embeds_class_names: ClassVar[bool] = True
    max_length: int
    """Positions at which a text is truncated."""
    truncate: str
    """One of TRUNCATE."""
    pairs: bool
    """Whether each example is a pair of texts, according to ``measured_on``."""

    @abstractmethod
    def encode(self, texts: Sequence[str]) -> list[np.ndarray]:
        """Return the prepared form of each text, at least one position long."""

    @abstractmethod
    def spans(self, text: str) -> list[tuple[int, int] | None]:
        """Return the characters of ``text``, from start to end, of each position of its prepared form.

        None for a position that is not in the text, such as a special token. Of a pair, the positions are in the string
        of both texts, the second on a new line.
        """

    @abstractmethod
    def neutral_token(self) -> tuple[str, int] | None:
        """Return a token that says nothing about a text, and its id; None if there is none."""

    @property
    @abstractmethod
    def joins_pairs(self) -> bool:
        """Whether a pair of texts is read as one text."""

    @abstractmethod
    def report(self, texts: Sequence[str]) -> TokenReport:
        """Return statistics of the tokens of ``texts``."""

    def decode(self, raw: Raw) -> np.ndarray:
        """Return the prepared form of a text or a file; raise BadText if it cannot be used."""
        return self.encode([load_text(raw)])[0]

    def view(self, prepared: np.ndarray, augment: Augment | None, rng: np.random.Generator | None) -> np.ndarray:  # noqa: ARG002
        """Return ``prepared`` unchanged."""
        return prepared

    def arrays(self, views: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Return the texts of a batch, padded to the longest of them, and their lengths (N,)."""
        return padded_arrays(views)

    def collate(self, views: Sequence[np.ndarray]) -> Padded:
        """Return the texts of a batch as one Padded, padded to the longest of them."""
        return pad(views)

    def prepared_store(self, *, limit_bytes: int, measure: bool = True) -> TokenStore:  # noqa: ARG002 - ids are small
        """Return an empty store of token ids in memory."""
        return TokenStore(self)

    def linear_control(self, prepared: Callable[[Example], np.ndarray]) -> FitsControl:  # noqa: ARG002 - reads texts
        """Return the control for texts, which fits a linear model on n-grams of words and characters."""
        return fit_text_control

    def measured_on(self, dataset: Dataset) -> Self:
        """Return a copy for pairs of texts or for single texts, whichever ``dataset`` has."""
        pairs = any(isinstance(one.raw, TextPair) for one in dataset.train)
        return replace(self, pairs=pairs)  # type: ignore[type-var]


@dataclass(frozen=True)
class TokenPreprocess(_TextPreprocess):
    """Text -> token ids (L,) with the special tokens the backbone expects, 1 <= L <= ``max_length``."""

    tokenizer: str
    """The content of a ``tokenizer.json``."""
    max_length: int
    """Positions, special tokens included."""
    unknown: int | None = None
    """Id of the token for words outside the vocabulary; None if there is none (byte-level vocabularies)."""
    truncate: str = "head"
    pairs: bool = False
    segments: bool = False
    """Whether the network distinguishes tokens of the second text: ``SECOND`` is added to their ids."""

    def encode(self, texts: Sequence[str]) -> list[np.ndarray]:
        """Return the ids (L,) int32 of each text, tokenised in parallel.

        Raises ConfigError for pairs if ``truncate`` is head+tail, or if ``max_length`` has no room for both texts.
        """
        if any(isinstance(text, TextPair) for text in texts) and self.joins_pairs is False:
            self._refuse_no_room()
            return self._encode_pairs(texts)
        if self.truncate == "head+tail":
            return self._encode_head_and_tail(texts)
        tokenizer, found = _tokenizer(self.tokenizer, self.max_length, self.truncate), []
        for first in range(0, len(texts), AT_ONCE):
            made = tokenizer.encode_batch_fast(list(texts[first : first + AT_ONCE]))
            # An empty result (control characters) becomes one unknown token: every input has a position.
            found += [np.array(one.ids or [self.unknown or 0], dtype=np.int32) for one in made]
        return found

    @property
    def joins_pairs(self) -> bool:
        """Whether a pair is read as one text, because the tokenizer has no separator token."""
        tokenizer = _tokenizer(self.tokenizer, None)
        return bool(tokenizer.num_special_tokens_to_add(True) <= tokenizer.num_special_tokens_to_add(False))

    def _encode_pairs(self, texts: Sequence[str]) -> list[np.ndarray]:
        tokenizer, found = _tokenizer(self.tokenizer, self.max_length, self.truncate), []
        for first in range(0, len(texts), AT_ONCE):
            for one in tokenizer.encode_batch_fast([_two(text) for text in texts[first : first + AT_ONCE]]):
                ids = np.array(one.ids or [self.unknown or 0], dtype=np.int32)
                found.append(ids + SECOND * (np.array(one.type_ids) == 1) if self.segments and one.ids else ids)
        return [ids.astype(np.int32) for ids in found]

    def _refuse_no_room(self) -> None:
        if self.truncate == "head+tail":
            raise ConfigError("truncate-of-pairs")
        special = int(_tokenizer(self.tokenizer, None).num_special_tokens_to_add(True))
        if self.max_length < special + 2:
            raise ConfigError("no-room-for-pair", length=self.max_length, special=special)

    def _encode_head_and_tail(self, texts: Sequence[str]) -> list[np.ndarray]:
        tokenizer, found = _tokenizer(self.tokenizer, None), []
        for first in range(0, len(texts), AT_ONCE):
            for one in tokenizer.encode_batch(list(texts[first : first + AT_ONCE])):
                ids = np.array(one.ids or [self.unknown or 0], dtype=np.int32)
                found.append(ids[self._head_and_tail(one.special_tokens_mask or [0])])
        return found

    def _head_and_tail(self, special: Sequence[int]) -> np.ndarray:
        """Return the positions that are kept of a text whose special tokens are 1 in ``special``."""
        places = np.arange(len(special))
        if len(places) <= self.max_length:
            return places
        own = np.flatnonzero(np.array(special) == 0)
        start, end = int(own[0]), int(own[-1]) + 1  # special tokens around the text stay
        body = truncated(places[start:end], self.max_length - start - (len(places) - end), self.truncate)
        return np.concatenate([places[:start], body, places[end:]])

    def spans(self, text: str) -> list[tuple[int, int] | None]:
        """Return the characters of ``text``, from start to end, of each of its token ids; None for special tokens."""
        two = isinstance(text, TextPair) and not self.joins_pairs
        whole = self.truncate == "head+tail" and not two
        tokenizer = _tokenizer(self.tokenizer, None if whole else self.max_length, self.truncate)
        made = tokenizer.encode_batch([_two(text) if two else str(text)])[0]
        second = len(text.first) + 1 if isinstance(text, TextPair) and two else 0
        found = [
            None if special else (start + second * (part == 1), end + second * (part == 1))
            for (start, end), special, part in zip(
                made.offsets, made.special_tokens_mask, made.sequence_ids, strict=True
            )
        ] or [None]
        return [found[place] for place in self._head_and_tail(made.special_tokens_mask or [0])] if whole else found

    def neutral_token(self) -> tuple[str, int] | None:
        """Return a token that says nothing about a text, and its id: the mask, else padding, the end, an unknown word.

        None if the tokenizer has none of them. Only bracketed names count: ``pad`` is an English word.
        """
        tokenizer = _tokenizer(self.tokenizer, None)
        known = ((name, tokenizer.token_to_id(name)) for name in NEUTRAL)
        return next(((name, place) for name, place in known if place is not None), None)

    def vocabulary_size(self) -> int:
        """Return the number of tokens, including special ones."""
        return int(_tokenizer(self.tokenizer, None).get_vocab_size())

    def special_tokens(self) -> int:
        """Return the number of special tokens added to a text."""
        return int(_tokenizer(self.tokenizer, None).num_special_tokens_to_add(False))

    def sample(self, count: int, length: int) -> Padded:
        """Return ``count`` fixed sequences of ``length`` ids drawn from the vocabulary."""
        return pad(list(np.random.default_rng(0).integers(0, self.vocabulary_size(), (count, length))))

    def describe(self) -> str:
        """Return the input size: ``up to 256 tokens``."""
        return text_of("text-input-tokens", length=self.max_length, kept=self.truncate)

    def details(self) -> dict[str, str]:
        """Return the size of the vocabulary and its scripts."""
        scripts = ", ".join(sorted(_scripts(self.tokenizer))).lower()
        vocabulary = text_of("text-setting-vocabulary-value", count=self.vocabulary_size())
        return {text_of("text-setting-vocabulary"): vocabulary, text_of("text-setting-scripts"): scripts}

    def report(self, texts: Sequence[str]) -> TokenReport:
        """Return statistics of the tokens of ``texts``."""
        tokenizer, counts = _tokenizer(self.tokenizer, None), []
        for first in range(0, len(texts), AT_ONCE):
            for one in tokenizer.encode_batch([self._whole(text) for text in texts[first : first + AT_ONCE]]):
                unknown = 0 if self.unknown is None else one.ids.count(self.unknown)
                counts.append((len(one.ids), sum(one.special_tokens_mask), unknown))
        lengths, special, unknown_ = np.array(counts).T
        own, unknown = lengths - special, int(unknown_.sum())
        words = sum(len(text.split()) for text in texts) if units_of(texts) == "words" else 0
        return TokenReport(
            len(texts),
            float(own.mean()),
            float(own.sum() / words) if words else None,
            float(unknown / max(1, own.sum())),
            _foreign(texts, _scripts(self.tokenizer)),
            float((lengths > self.max_length).mean()),
            float(np.maximum(0, lengths - self.max_length).sum() / max(1, lengths.sum())),
            self._pieces(texts) if words else None,
        )

    def _whole(self, text: str) -> str | tuple[str, str]:
        return text if self.joins_pairs else _two(text)

    def _pieces(self, texts: Sequence[str]) -> float | None:
        """Return the mean number of tokens per word, ignoring links, tags, numbers and marks; None without words."""
        plain = [_WORD.findall(_LINK_OR_TAG.sub(" ", text)) for text in texts]
        words, tokenizer = sum(map(len, plain)), _tokenizer(self.tokenizer, None)
        made = tokenizer.encode_batch_fast([" ".join(found) for found in plain], add_special_tokens=False)
        return sum(len(one.ids) for one in made) / words if words else None

    def identity(self) -> str:
        """Return a text of the settings, the tokenizer's hash and the version of ``tokenizers``."""
        digest = hashlib.sha256(self.tokenizer.encode()).hexdigest()
        settings = {**self.to_json(), "tokenizer": digest, "revision": REVISION, "tokenizers": _version()}
        return json.dumps(settings, sort_keys=True)

    def to_json(self) -> dict[str, Any]:
        """Return the settings as JSON values; the tokenizer is in ``files``."""
        return {
            "processor_class": "ghep.TokenPreprocess",
            "max_length": self.max_length,
            "unknown": self.unknown,
            "padding_side": "right",
            "truncation_side": "left" if self.truncate == "tail" else "right",
            "truncate": self.truncate,
            **({"pairs": True} if self.pairs else {}),
        }

    def files(self) -> dict[str, str]:
        """Return ``tokenizer.json`` -> its content."""
        return {TOKENIZER_FILE: self.tokenizer}

    @classmethod
    def from_json(cls, config: Mapping[str, Any], read: Callable[[str], str]) -> TokenPreprocess:
        """Return the preprocessing in the output of ``to_json`` and ``files``; raise BundleError if it is invalid."""
        try:
            unknown = config["unknown"]
            unknown = None if unknown is None else _size(config, "unknown")
            limit, truncate = _size(config, "max_length"), _truncate_in(config)
            found = cls(read(TOKENIZER_FILE), limit, unknown, truncate, pairs=config.get("pairs") is True)
            _tokenizer(found.tokenizer, found.max_length)
            if not (found.max_length > 0 and (found.unknown or 0) < found.vocabulary_size()):
                none = "none" if unknown is None else unknown
                raise ValueError(text_of("token-settings-range", length=found.max_length, unknown=none))
        except (KeyError, TypeError, ValueError, BackboneError) as error:
            raise BundleError("tokenizer-of-bundle-invalid", type=type(error).__name__, cause=error) from error
        return found


@dataclass(frozen=True)
class CharacterPreprocess(_TextPreprocess):
    """Text -> the bytes of each word (L, C), 1 <= L <= ``max_length``: for networks that read spelling (ELMo)."""

    max_length: int = 512
    """Words at which a text is truncated."""
    letters: int = 50
    """C: bytes per word, including its marks."""
    truncate: str = "head"
    pairs: bool = False
    joins_pairs: ClassVar[bool] = True

    def encode(self, texts: Sequence[str]) -> list[np.ndarray]:
        """Return the bytes of each word, (L, C) int16, for each text."""
        return [
            word_bytes(truncated(split_words(text), self.max_length, self.truncate) or [""], self.letters)
            for text in texts
        ]

    def spans(self, text: str) -> list[tuple[int, int] | None]:
        """Return the characters of ``text``, from start to end, of each word."""
        found: list[tuple[int, int] | None] = list(word_spans(text))
        return truncated(found, self.max_length, self.truncate) or [None]

    def neutral_token(self) -> None:
        """Return None: there are no tokens."""
        return

    def sample(self, count: int, length: int) -> Padded:
        """Return ``count`` fixed sequences of ``length`` random words."""
        letters = np.random.default_rng(0).integers(ord("a"), ord("z") + 1, (count, length, 4))
        return pad([word_bytes(["".join(map(chr, word)) for word in words], self.letters) for words in letters])

    def describe(self) -> str:
        """Return the input size: ``up to 512 words of 50 letters``."""
        return text_of("text-input-words", length=self.max_length, letters=self.letters, kept=self.truncate)

    def details(self) -> dict[str, str]:
        """Return an empty dict: there are no further settings."""
        return {}

    def report(self, texts: Sequence[str]) -> TokenReport:
        """Return statistics of ``texts``: every word can be spelt, so none is unknown and no script is foreign."""
        counts = np.array([max(1, len(split_words(text))) for text in texts])
        words = max(1, sum(len(text.split()) for text in texts))
        over = np.maximum(0, counts - self.max_length)
        cut = (float((over > 0).mean()), float(over.sum() / counts.sum()))
        return TokenReport(len(texts), float(counts.mean()), float(counts.sum() / words), 0.0, 0.0, *cut)

    def identity(self) -> str:
        """Return a text of the settings, the revision of this code and the version of the library that splits words."""
        settings = {**self.to_json(), "revision": REVISION, "tokenizers": _version()}
        return json.dumps(settings, sort_keys=True)

    def to_json(self) -> dict[str, Any]:
        """Return the settings as JSON values."""
        settings = {"max_length": self.max_length, "letters": self.letters, "truncate": self.truncate}
        pairs = {"pairs": True} if self.pairs else {}
        return {"processor_class": "ghep.CharacterPreprocess", **settings, **pairs}

    def files(self) -> dict[str, str]:
        """Return the files to save next to the JSON: none, since ``to_json`` has all settings."""
        return {}

    @classmethod
    def from_json(cls, config: Mapping[str, Any]) -> CharacterPreprocess:
        """Return the preprocessing in the output of ``to_json``; raise BundleError if it is invalid."""
        try:
            sizes = _size(config, "max_length"), _size(config, "letters")
            return cls(*sizes, _truncate_in(config), pairs=config.get("pairs") is True)
        except (KeyError, TypeError, ValueError) as error:
            raise BundleError("text-config-invalid") from error


def _size(config: Mapping[str, Any], key: str) -> int:
    """Return the integer at ``key``; raise ValueError unless it is from 0 to 1,000,000."""
    value = config[key]
    if type(value) is not int or not 0 <= value <= 1_000_000:
        raise ValueError(text_of("token-setting-invalid", key=key, value=f"{value!r:.40}"))
    return value


class TokenStore:
    """Token ids of every example, in memory; collects texts one by one and tokenises them together, in parallel."""

    def __init__(self, preprocess: _TextPreprocess) -> None:
        self.preprocess = preprocess
        self._texts: dict[str, str] = {}
        """Texts that are not tokenised yet, by example id."""
        self._ids: dict[str, np.ndarray] = {}
        self._report: TokenReport | None = None

    def keep(self, example: Example, decoded: str) -> None:
        """Store a text, which is tokenised later, together with others."""
        self._texts[example.id] = decoded

    def __call__(self, example: Example) -> np.ndarray:
        """Return the token ids of an example."""
        if self._texts:
            self._tokenise()
        found = self._ids.get(example.id)
        return self.preprocess.encode([load_text(example.raw)])[0] if found is None else found

    def lengths(self, examples: Sequence[Example]) -> np.ndarray:
        """Return the number of tokens (N,) of each example."""
        return np.array([len(self(example)) for example in examples], dtype=np.int64)

    def plan_lines(self) -> list[str]:
        """Return lines for the plan with statistics of the tokens; none before ``findings`` has measured them."""
        if self._report is None:
            return []
        return [text_of("token-report-line", report=self._report.describe(self.preprocess.max_length))]

    def findings(self, examples: Sequence[Example]) -> list[Finding]:
        """Return findings if the vocabulary does not fit the texts of ``examples``."""
        step = -(-len(examples) // REPORTED)
        texts = [load_text(example.raw) for example in examples[::step]]
        self._report = self.preprocess.report(texts)
        found = self._report.findings(self.preprocess.max_length, self.preprocess.truncate)
        if self.preprocess.joins_pairs and any(isinstance(text, TextPair) for text in texts):
            found.append(Finding.of("pairs-joined", "info"))
        return found

    def shared(self) -> tuple[IO[bytes] | None, dict[str, Any]]:
        """Return an open file with all token ids, one text after the other, and an index of dtype and shapes."""
        if self._texts:
            self._tokenise()
        if not self._ids:
            return None, {"dtype": "int32", "shapes": {}}
        file = tempfile.TemporaryFile(prefix="ghep-tokens-")  # noqa: SIM115 - lives as long as the store
        weakref.finalize(self, file.close)
        for ids in self._ids.values():
            file.write(np.ascontiguousarray(ids).data)
        file.flush()
        dtype = next(iter(self._ids.values())).dtype.name
        return file, {"dtype": dtype, "shapes": {identity: list(ids.shape) for identity, ids in self._ids.items()}}

    def attach(self, content: IO[bytes] | np.ndarray | None, index: Mapping[str, Any]) -> None:
        """Use the ids in a file, memory-mapped, or in its bytes (B,) uint8 in memory.

        ``index`` is what ``shared`` returned in another process.
        """
        if content is None:
            return
        if isinstance(content, np.ndarray):
            ids = content.view(index["dtype"])
        else:
            ids = np.memmap(content, dtype=index["dtype"], mode="r")
            content.close()  # the map stays
        end = 0
        for identity, shape in index["shapes"].items():
            start, end = end, end + int(np.prod(shape))
            self._ids[identity] = np.asarray(ids[start:end]).reshape(shape)

    def _tokenise(self) -> None:
        texts, self._texts = self._texts, {}
        self._ids |= zip(texts, self.preprocess.encode(list(texts.values())), strict=True)


def truncated(sequence: Any, limit: int, truncate: str) -> Any:
    """Return at most ``limit`` items of a list or array, according to ``truncate``.

    head: its beginning. tail: its end. head+tail: a quarter of the items from its beginning, the rest from its end.
    """
    if len(sequence) <= limit:
        return sequence
    head = {"head": limit, "tail": 0}.get(truncate, limit // 4)
    end = sequence[len(sequence) - (limit - head) :]
    return np.concatenate([sequence[:head], end]) if isinstance(sequence, np.ndarray) else [*sequence[:head], *end]


def _two(text: str) -> str | tuple[str, str]:
    """Return a pair as a tuple of two texts, which is the tokenizer's input; a single text unchanged."""
    return (text.first, text.second) if isinstance(text, TextPair) else text


def _truncate_in(config: Mapping[str, Any]) -> str:
    truncate = config.get("truncate", "head")  # bundles of earlier versions kept the beginning
    if truncate not in TRUNCATE:
        raise ValueError(text_of("truncate-invalid", known=TRUNCATE, found=repr(truncate)))
    return str(truncate)


def read_tokenizer(file: Path) -> str:
    """Return the content of a ``tokenizer.json``; raise BackboneError if it is invalid."""
    try:
        content = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise BackboneError("tokenizer-not-text", path=file, cause=error) from error
    _tokenizer(content, None)
    return content


def lower_cased(content: str) -> str:
    """Return the ``tokenizer.json`` changed so that it lower-cases texts first; unchanged if it does so already."""
    from tokenizers import Tokenizer, normalizers

    tokenizer = Tokenizer.from_str(content)
    before = tokenizer.normalizer
    if before is not None and before.normalize_str("A") == "a":
        return content
    tokenizer.normalizer = normalizers.Sequence([normalizers.Lowercase(), *([] if before is None else [before])])
    return str(tokenizer.to_str())


@functools.cache
def _version() -> str:
    """Return the version of ``tokenizers``; a run asks dozens of times, and each answer would read a file."""
    return version("tokenizers")


@functools.lru_cache(maxsize=8)
def _tokenizer(content: str, max_length: int | None, truncate: str = "head") -> Any:
    """Return the tokenizer in ``content``, truncating at ``max_length``, without padding; BackboneError if invalid."""
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_str(content)
    except BaseException as error:  # the library raises plain Exception; when it panics, a BaseException
        if isinstance(error, KeyboardInterrupt | SystemExit | MemoryError):
            raise
        raise BackboneError("tokenizer-invalid", cause=error) from error
    tokenizer.no_padding()
    tokenizer.no_truncation()
    if max_length is not None:
        tokenizer.enable_truncation(max_length, direction="left" if truncate == "tail" else "right")
    return tokenizer


@functools.lru_cache(maxsize=8)
def _scripts(content: str) -> frozenset[str]:
    """Return the scripts of the vocabulary: those of at least 2 % of the entries, or of at least 2,000 entries."""
    tokenizer = _tokenizer(content, None)
    entries = tokenizer.decode_batch([[place] for place in range(tokenizer.get_vocab_size())])
    counts = Counter(script for entry in entries for script in scripts_of(entry.replace("##", "")))
    return frozenset(script for script, count in counts.items() if count >= min(2_000, 0.02 * len(entries)))


def _foreign(texts: Sequence[str], known: frozenset[str]) -> float:
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(scripts_of(text))
    total = sum(counts.values())
    return 0.0 if not total else sum(count for script, count in counts.items() if script not in known) / total
