"""The vocabulary of a pretraining: from texts to ids without special tokens, and the special tokens of a block.

In: the content of a ``tokenizer.json``. Out: ids (L,), and the bytes of text that each id stands for.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ghep.data.text.tokens import AT_ONCE

MASKS = ("[MASK]", "<mask>")
UNKNOWN = ("[UNK]", "<unk>")
PADS = ("[PAD]", "<pad>")
ENDS = ("<|endoftext|>", "</s>", "[SEP]")


@dataclass(frozen=True)
class Tokens:
    """A tokenizer, with what pretraining asks about it."""

    content: str
    """The content of a ``tokenizer.json``."""

    @cached_property
    def tokenizer(self) -> Any:
        """The tokenizer, without truncation and padding."""
        from tokenizers import Tokenizer

        made = Tokenizer.from_str(self.content)
        made.no_padding()
        made.no_truncation()
        return made

    @cached_property
    def size(self) -> int:
        """V: number of tokens, special ones included."""
        return int(self.tokenizer.get_vocab_size())

    @cached_property
    def special(self) -> np.ndarray:
        """Ids of the special tokens, which are never corrupted and never a target of masking."""
        added = json.loads(self.content).get("added_tokens") or []
        return np.array(sorted(one["id"] for one in added if one.get("special")), dtype=np.int64)

    @cached_property
    def around(self) -> tuple[np.ndarray, np.ndarray]:
        """Ids that the tokenizer puts before and after a text: ``[CLS]`` and ``[SEP]`` of BERT; empty for GPT kinds."""
        made = self.tokenizer.encode("a")
        own = [place for place, special in enumerate(made.special_tokens_mask) if not special]
        first, last = (own[0], own[-1] + 1) if own else (len(made.ids), len(made.ids))
        return np.array(made.ids[:first], dtype=np.int32), np.array(made.ids[last:], dtype=np.int32)

    def id_of(self, names: Sequence[str]) -> int | None:
        """Return the id of the first of ``names`` that the vocabulary has; None if it has none of them."""
        found = (self.tokenizer.token_to_id(name) for name in names)
        return next((int(one) for one in found if one is not None), None)

    @property
    def mask(self) -> int | None:
        """Id of the mask token."""
        return self.id_of(MASKS)

    @property
    def pad(self) -> int:
        """Id of the padding token, 0 if there is none."""
        return self.id_of(PADS) or 0

    @property
    def unknown(self) -> int | None:
        """Id of the token for what is outside the vocabulary; None if there is none."""
        return self.id_of(UNKNOWN)

    @property
    def end(self) -> int | None:
        """Id of the token that ends a text."""
        return self.id_of(ENDS)

    def encode(self, texts: Sequence[str]) -> list[np.ndarray]:
        """Return the ids (L,) int32 of each text, without special tokens."""
        found = []
        for first in range(0, len(texts), AT_ONCE):
            made = self.tokenizer.encode_batch_fast(list(texts[first : first + AT_ONCE]), add_special_tokens=False)
            found += [np.array(one.ids, dtype=np.int32) for one in made]
        return found

    def bytes_of(self, text: str) -> np.ndarray:
        """Return how many UTF-8 bytes of ``text`` each token (L,) stands for, with the white space before it.

        The bytes after the last token count for the last one, so the sum is that of the text.
        """
        ends = [end for _, end in self.tokenizer.encode(text, add_special_tokens=False).offsets]
        if not ends:
            return np.zeros(0, dtype=np.int64)
        ends[-1] = len(text)
        ascii_only = text.isascii()
        before = None if ascii_only else np.cumsum([0, *(len(letter.encode(errors="replace")) for letter in text)])
        places = np.maximum.accumulate(np.array(ends, dtype=np.int64))
        return np.diff(places if before is None else before[places], prepend=0)

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text of ``ids``, without special tokens."""
        return str(self.tokenizer.decode([int(one) for one in ids], skip_special_tokens=True))

    def decode_with_masks(self, ids: Sequence[int]) -> str:
        """Return the text of ``ids`` with ``___`` for the mask token, without other special tokens."""
        parts: list[list[int]] = [[]]
        for one in ids:
            if one == self.mask:
                parts.append([])
            else:
                parts[-1].append(int(one))
        return " ___ ".join(self.decode(part) for part in parts).strip()

    def name_of(self, place: int) -> str:
        """Return the token with the id ``place``, as it is in the vocabulary."""
        return str(self.tokenizer.id_to_token(place))
