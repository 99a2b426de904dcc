"""From a text to the token ids a backbone was trained on; the tokenizer travels in the bundle, as its JSON.

Tokenizers are those of Hugging Face's ``tokenizers`` (a ``tokenizer.json`` holds all there is to one, and no code).
``TokenPreprocess`` gives ids (L,), ``CharacterPreprocess`` the UTF-8 bytes of each word (L, C) for character networks.
Of a text longer than ``max_length`` the beginning is kept, or the end, or both (``truncate``).

Pairs of texts (``TextPair``) are encoded as the tokenizer encodes two texts, with its special tokens between them. A
pair that is too long loses tokens of its longer text first, at the end or (``tail``) at the beginning. Where the
tokenizer puts nothing between two texts (word vectors, GPT), and where words are read by letters, a pair is one text,
the second on a new line.
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
from ghep.data.loading.padded import Padded, pad
from ghep.data.loading.preprocess import FitsControl
from ghep.data.text.control import fit_text_control
from ghep.data.text.loader import TextPair, load_text
from ghep.data.text.ngrams import units_of
from ghep.data.text.scripts import scripts_of
from ghep.data.text.token_report import TokenReport
from ghep.data.text.word_bytes import word_bytes
from ghep.data.text.word_tokens import split_words
from ghep.errors import BackboneError, BundleError, ConfigError
from ghep.types import Example, Finding, Modality, Raw

if TYPE_CHECKING:
    from ghep.data.dataset import Dataset

REVISION = 1
"""Of the way from text to ids: raised when the same settings give others, for what was stored of them."""
TOKENIZER_FILE = "tokenizer.json"
SECOND = 1 << 21
"""Added to the ids of a second text where the network has vectors for that (BERT's token types): more than the entries
of any vocabulary, and small enough for engines that subtract whole numbers as float32."""
AT_ONCE = 512
"""Texts that are tokenised together: what the library makes of one on the way takes 40 KiB for 300 words."""
LOOKED_AT = 2_000
"""Texts that the report before training is made of."""
TRUNCATE = ("head", "tail", "head+tail")
"""What is kept of a text that is too long. head+tail: a quarter from its beginning, the rest from its end, near the
128 + 382 tokens that were best in arXiv:1905.05583, section 5.3.1."""


_LINK_OR_TAG = re.compile(r"(?:https?://|www\.)\S+|[@#]\w+")
_WORD = re.compile(r"[^\W\d_]+")


class _Texts(ABC):
    """What the two kinds of text preprocess have in common."""

    modality: ClassVar[Modality] = "text"
    has_views: ClassVar[bool] = False
    blends: ClassVar[bool] = False
    control_in_fit: ClassVar[bool] = True
    embeds_class_names: ClassVar[bool] = True
    max_length: int
    """Positions at which a text is cut."""
    truncate: str
    """One of TRUNCATE."""
    pairs: bool
    """Whether each example is a pair of texts, as far as ``measured_on`` was told."""

    @abstractmethod
    def encode(self, texts: Sequence[str]) -> list[np.ndarray]:
        """Return the prepared form of each text, at least one position long."""

    @property
    @abstractmethod
    def joins_pairs(self) -> bool:
        """Whether a pair of texts is read as one text."""

    @abstractmethod
    def report(self, texts: Sequence[str]) -> TokenReport:
        """Look at texts before training."""

    def decode(self, raw: Raw) -> np.ndarray:
        """Load a text or a file of text and prepare it; BadText for one that cannot be used."""
        return self.encode([load_text(raw)])[0]

    def view(self, prepared: np.ndarray, augment: Augment | None, rng: np.random.Generator | None) -> np.ndarray:  # noqa: ARG002
        """Return it as it is."""
        return prepared

    def collate(self, views: Sequence[np.ndarray]) -> Padded:
        """Fill up to the longest."""
        return pad(views)

    def prepared_store(self, *, limit_bytes: int, measure: bool = True) -> TokenStore:  # noqa: ARG002 - ids are small
        """Return a store in memory."""
        return TokenStore(self)

    def linear_control(self, prepared: Callable[[Example], np.ndarray]) -> FitsControl:  # noqa: ARG002 - of the texts
        """Return a linear model on n-grams of words and characters."""
        return fit_text_control

    def measured_on(self, dataset: Dataset) -> Self:
        """Return the same for the pairs, or for the single texts, that ``dataset`` holds."""
        pairs = any(isinstance(one.raw, TextPair) for one in dataset.train)
        return replace(self, pairs=pairs)  # type: ignore[type-var]


@dataclass(frozen=True)
class TokenPreprocess(_Texts):
    """Text -> token ids (L,) with the special tokens the backbone is used to, 1 <= L <= ``max_length``."""

    tokenizer: str
    """The content of a ``tokenizer.json``."""
    max_length: int
    """Positions, special tokens included."""
    unknown: int | None = None
    """Id of the token for what the vocabulary has no entry for; None: there is no such (byte-level vocabularies)."""
    truncate: str = "head"
    pairs: bool = False
    segments: bool = False
    """Whether the network is told which tokens are of the second text: their ids come with ``SECOND`` added."""

    def encode(self, texts: Sequence[str]) -> list[np.ndarray]:
        """Tokenise many at once, in parallel; ids (L,) int32. ConfigError for pairs that cannot be cut as asked."""
        if any(isinstance(text, TextPair) for text in texts) and self.joins_pairs is False:
            self._refuse_no_room()
            return self._encode_pairs(texts)
        if self.truncate == "head+tail":
            return self._encode_head_and_tail(texts)
        tokenizer, found = _tokenizer(self.tokenizer, self.max_length, self.truncate), []
        for first in range(0, len(texts), AT_ONCE):
            made = tokenizer.encode_batch_fast(list(texts[first : first + AT_ONCE]))
            # A text of which nothing is left (control characters) is one unknown token: every input has a position.
            found += [np.array(one.ids or [self.unknown or 0], dtype=np.int32) for one in made]
        return found

    @property
    def joins_pairs(self) -> bool:
        """Whether a pair is read as one text, because the tokenizer puts no token between two."""
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
            raise ConfigError(
                "truncate=head+tail is for single texts, and these are pairs of texts",
                remedy="choose head or tail: a pair that is too long loses tokens of its longer text first",
            )
        special = int(_tokenizer(self.tokenizer, None).num_special_tokens_to_add(True))
        if self.max_length < special + 2:
            raise ConfigError(
                f"max_length={self.max_length} leaves no room for a pair of texts: {special} positions are special "
                "tokens",
                remedy="choose a longer one, such as 128",
            )

    def _encode_head_and_tail(self, texts: Sequence[str]) -> list[np.ndarray]:
        tokenizer, found = _tokenizer(self.tokenizer, None), []
        for first in range(0, len(texts), AT_ONCE):
            for one in tokenizer.encode_batch(list(texts[first : first + AT_ONCE])):
                ids = np.array(one.ids or [self.unknown or 0], dtype=np.int32)
                if len(ids) > self.max_length:
                    own = np.flatnonzero(np.array(one.special_tokens_mask) == 0)
                    start, end = int(own[0]), int(own[-1]) + 1  # special tokens around the text stay
                    body = kept(ids[start:end], self.max_length - start - (len(ids) - end), self.truncate)
                    ids = np.concatenate([ids[:start], body, ids[end:]])
                found.append(ids)
        return found

    def vocabulary_size(self) -> int:
        """Return the number of tokens there are, special ones included."""
        return int(_tokenizer(self.tokenizer, None).get_vocab_size())

    def special_tokens(self) -> int:
        """Return the number of tokens that are put around a text."""
        return int(_tokenizer(self.tokenizer, None).num_special_tokens_to_add(False))

    def sample(self, count: int, length: int) -> Padded:
        """Return ``count`` sequences of ``length`` ids drawn from the vocabulary, always the same."""
        return pad(list(np.random.default_rng(0).integers(0, self.vocabulary_size(), (count, length))))

    def describe(self) -> str:
        """Return ``up to 256 tokens``."""
        return f"up to {self.max_length} tokens{_part(self.truncate)}"

    def details(self) -> dict[str, str]:
        """Return the size of the vocabulary and the scripts it has words of."""
        return {
            "vocabulary": f"{self.vocabulary_size():,} tokens",
            "scripts": ", ".join(sorted(_scripts(self.tokenizer))).lower(),
        }

    def report(self, texts: Sequence[str]) -> TokenReport:
        """Look at ``texts``."""
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
        """Return the tokens per plain word; None where there are no words."""
        plain = [_WORD.findall(_LINK_OR_TAG.sub(" ", text)) for text in texts]
        words, tokenizer = sum(map(len, plain)), _tokenizer(self.tokenizer, None)
        made = tokenizer.encode_batch_fast([" ".join(found) for found in plain], add_special_tokens=False)
        return sum(len(one.ids) for one in made) / words if words else None

    def identity(self) -> str:
        """Return the settings, with the tokenizer by its hash and the version of the library."""
        digest = hashlib.sha256(self.tokenizer.encode()).hexdigest()
        settings = {**self.to_json(), "tokenizer": digest, "revision": REVISION, "tokenizers": version("tokenizers")}
        return json.dumps(settings, sort_keys=True)

    def to_json(self) -> dict[str, Any]:
        """Write the settings; the tokenizer is in ``files``."""
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
        """Return the tokenizer, under the name Hugging Face has for it."""
        return {TOKENIZER_FILE: self.tokenizer}

    @classmethod
    def from_json(cls, config: Mapping[str, Any], read: Callable[[str], str]) -> TokenPreprocess:
        """Read what ``to_json`` and ``files`` wrote; raise BundleError when it cannot be."""
        try:
            unknown = config["unknown"]
            unknown = None if unknown is None else _size(config, "unknown")
            limit, truncate = _size(config, "max_length"), _truncate_in(config)
            found = cls(read(TOKENIZER_FILE), limit, unknown, truncate, pairs=config.get("pairs") is True)
            _tokenizer(found.tokenizer, found.max_length)
            if not (found.max_length > 0 and (found.unknown or 0) < found.vocabulary_size()):
                raise ValueError(f"max_length is {found.max_length}, the unknown token is {unknown}")
        except (KeyError, TypeError, ValueError, BackboneError) as error:
            raise BundleError(
                f"the tokenizer of the bundle cannot be read ({type(error).__name__}: {error})",
                remedy="copy the bundle again; nothing was loaded",
            ) from error
        return found


@dataclass(frozen=True)
class CharacterPreprocess(_Texts):
    """Text -> the bytes of each word (L, C), 1 <= L <= ``max_length``: for networks that read spelling (ELMo)."""

    max_length: int = 512
    """Words."""
    letters: int = 50
    """C: bytes of a word, marks included."""
    truncate: str = "head"
    pairs: bool = False
    joins_pairs: ClassVar[bool] = True

    def encode(self, texts: Sequence[str]) -> list[np.ndarray]:
        """Return (L, C) int16 for each text."""
        return [
            word_bytes(kept(split_words(text), self.max_length, self.truncate) or [""], self.letters) for text in texts
        ]

    def sample(self, count: int, length: int) -> Padded:
        """Return ``count`` sequences of ``length`` made-up words, always the same."""
        letters = np.random.default_rng(0).integers(ord("a"), ord("z") + 1, (count, length, 4))
        return pad([word_bytes(["".join(map(chr, word)) for word in words], self.letters) for words in letters])

    def describe(self) -> str:
        """Return ``up to 512 words of 50 letters``."""
        return f"up to {self.max_length} words of {self.letters} letters{_part(self.truncate)}"

    def details(self) -> dict[str, str]:
        """Return nothing more."""
        return {}

    def report(self, texts: Sequence[str]) -> TokenReport:
        """Look at ``texts``: every word can be spelt, so none is unknown and no script is foreign."""
        counts = np.array([max(1, len(split_words(text))) for text in texts])
        words = max(1, sum(len(text.split()) for text in texts))
        over = np.maximum(0, counts - self.max_length)
        cut = (float((over > 0).mean()), float(over.sum() / counts.sum()))
        return TokenReport(len(texts), float(counts.mean()), float(counts.sum() / words), 0.0, 0.0, *cut)

    def identity(self) -> str:
        """Return the settings, with the revision of this code and of the library that splits words."""
        settings = {**self.to_json(), "revision": REVISION, "tokenizers": version("tokenizers")}
        return json.dumps(settings, sort_keys=True)

    def to_json(self) -> dict[str, Any]:
        """Write the settings."""
        settings = {"max_length": self.max_length, "letters": self.letters, "truncate": self.truncate}
        pairs = {"pairs": True} if self.pairs else {}
        return {"processor_class": "ghep.CharacterPreprocess", **settings, **pairs}

    def files(self) -> dict[str, str]:
        """Return nothing: all is in the settings."""
        return {}

    @classmethod
    def from_json(cls, config: Mapping[str, Any]) -> CharacterPreprocess:
        """Read what ``to_json`` wrote; raise BundleError when it cannot be."""
        try:
            sizes = _size(config, "max_length"), _size(config, "letters")
            return cls(*sizes, _truncate_in(config), pairs=config.get("pairs") is True)
        except (KeyError, TypeError, ValueError) as error:
            raise BundleError("preprocessor_config.json cannot be read", remedy="copy the bundle again") from error


def _size(config: Mapping[str, Any], key: str) -> int:
    """Return an integer from 0 to 1,000,000; raise ValueError for anything else."""
    value = config[key]
    if type(value) is not int or not 0 <= value <= 1_000_000:
        raise ValueError(f"{key} is {value!r:.40}")
    return value


class TokenStore:
    """Token ids of every example, in memory: texts come in one by one and are tokenised together, in parallel."""

    def __init__(self, preprocess: _Texts) -> None:
        self.preprocess = preprocess
        self._texts: dict[str, str] = {}
        """What came in and is not tokenised yet, by example."""
        self._ids: dict[str, np.ndarray] = {}
        self._report: TokenReport | None = None

    def keep(self, example: Example, decoded: str) -> None:
        """Take a text."""
        self._texts[example.id] = decoded

    def __call__(self, example: Example) -> np.ndarray:
        """Return the ids of an example."""
        if self._texts:
            self._tokenise()
        found = self._ids.get(example.id)
        return self.preprocess.encode([load_text(example.raw)])[0] if found is None else found

    def lengths(self, examples: Sequence[Example]) -> np.ndarray:
        """Return the number of tokens (N,) of each."""
        return np.array([len(self(example)) for example in examples], dtype=np.int64)

    def plan_lines(self) -> list[str]:
        """Say what the vocabulary makes of the texts, once ``findings`` has looked at them."""
        return [] if self._report is None else [f"texts: {self._report.in_words(self.preprocess.max_length)}"]

    def findings(self, examples: Sequence[Example]) -> list[Finding]:
        """Say where the vocabulary does not belong to the texts of ``examples``."""
        step = -(-len(examples) // LOOKED_AT)
        texts = [load_text(example.raw) for example in examples[::step]]
        self._report = self.preprocess.report(texts)
        found = self._report.findings(self.preprocess.max_length, self.preprocess.truncate)
        if self.preprocess.joins_pairs and any(isinstance(text, TextPair) for text in texts):
            message = (
                "this backbone has no form for two texts: it reads each pair as one text, the second on a new line"
            )
            remedy = "a backbone of the BERT, RoBERTa or T5 kinds marks where the second text begins"
            found.append(Finding("pairs-joined", "info", message, remedy))
        return found

    def shared(self) -> tuple[IO[bytes] | None, dict[str, Any]]:
        """Return a file with all ids, one text after the other, and the number of bytes and the shape of each."""
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

    def attach(self, file: IO[bytes] | None, index: Mapping[str, Any]) -> None:
        """Take the ids in ``file``, mapped into memory; ``index`` is what ``shared`` said of it in another process."""
        if file is None:
            return
        ids, end = np.memmap(file, dtype=index["dtype"], mode="r"), 0
        file.close()  # the map stays
        for identity, shape in index["shapes"].items():
            start, end = end, end + int(np.prod(shape))
            self._ids[identity] = np.asarray(ids[start:end]).reshape(shape)

    def _tokenise(self) -> None:
        texts, self._texts = self._texts, {}
        self._ids |= zip(texts, self.preprocess.encode(list(texts.values())), strict=True)


def kept(sequence: Any, limit: int, truncate: str) -> Any:
    """Return ``limit`` items of a list or array: its beginning, its end, or a quarter from the one and three from the
    other; as it is where it is not longer.
    """
    if len(sequence) <= limit:
        return sequence
    head = {"head": limit, "tail": 0}.get(truncate, limit // 4)
    end = sequence[len(sequence) - (limit - head) :]
    return np.concatenate([sequence[:head], end]) if isinstance(sequence, np.ndarray) else [*sequence[:head], *end]


def _two(text: str) -> str | tuple[str, str]:
    """Return what the tokenizer takes for a pair; a single text as it is."""
    return (text.first, text.second) if isinstance(text, TextPair) else text


def _part(truncate: str) -> str:
    """Return ", the end of longer texts" and such for ``describe``; nothing for the default."""
    return {"head": "", "tail": ", the end of longer texts"}.get(truncate, ", beginning and end of longer texts")


def _truncate_in(config: Mapping[str, Any]) -> str:
    truncate = config.get("truncate", "head")  # bundles of earlier versions kept the head
    if truncate not in TRUNCATE:
        raise ValueError(f"truncate is {', '.join(TRUNCATE)}, not {truncate!r}")
    return str(truncate)


def read_tokenizer(file: Path) -> str:
    """Return the content of a ``tokenizer.json``; raise BackboneError if it is none."""
    try:
        content = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise BackboneError(f"{file} cannot be read: {error}", remedy="get its tokenizer.json again") from error
    _tokenizer(content, None)
    return content


def lower_cased(content: str) -> str:
    """Return a ``tokenizer.json`` that lower-cases texts first; the same content where it does so already."""
    from tokenizers import Tokenizer, normalizers

    tokenizer = Tokenizer.from_str(content)
    before = tokenizer.normalizer
    if before is not None and before.normalize_str("A") == "a":
        return content
    tokenizer.normalizer = normalizers.Sequence([normalizers.Lowercase(), *([] if before is None else [before])])
    return str(tokenizer.to_str())


@functools.lru_cache(maxsize=8)
def _tokenizer(content: str, max_length: int | None, truncate: str = "head") -> Any:
    """Return the tokenizer, which cuts at ``max_length`` and does not fill up; BackboneError when it is none."""
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_str(content)
    except BaseException as error:  # the library raises plain Exception; where it panics, a BaseException
        if isinstance(error, KeyboardInterrupt | SystemExit | MemoryError):
            raise
        raise BackboneError(f"the tokenizer cannot be read: {error}", remedy="get its tokenizer.json again") from error
    tokenizer.no_padding()
    tokenizer.no_truncation()
    if max_length is not None:
        tokenizer.enable_truncation(max_length, direction="left" if truncate == "tail" else "right")
    return tokenizer


@functools.lru_cache(maxsize=8)
def _scripts(content: str) -> frozenset[str]:
    """Return the scripts that the vocabulary has words of: 2 % of its entries, or 2,000."""
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
