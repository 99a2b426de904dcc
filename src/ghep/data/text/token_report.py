"""How well a tokenizer's vocabulary fits the texts, measured before training. Out: statistics, and findings.

The warning thresholds below were chosen with all-MiniLM-L6-v2 (English, WordPiece) on twelve English files (movie
reviews, questions, Wikipedia, Shakespeare), four Vietnamese files (student feedback, Wikipedia) and two files of hotel
reviews in Chinese.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

from ghep.messages import Message
from ghep.types import Finding

MAX_UNKNOWN = 0.10
"""Share of unknown tokens above which a vocabulary does not fit these texts (English sets: 0.00; Chinese with an
English vocabulary: 0.65)."""
MAX_FRAGMENTS = 1.5
"""Tokens per plain word above which words are split into pieces that are rare in pretraining. In parts of 100 texts:
English 1.05 to 1.17 (no alarm in any of 249 parts), Vietnamese 1.62 to 1.71 (an alarm in all 92). Links,
mentions, hashtags, numbers and punctuation do not count: with them English tweets have 1.42."""
MAX_FOREIGN = 0.2
"""Share of letters in scripts for which the vocabulary has almost no words."""


@dataclass(frozen=True, slots=True)
class TokenReport:
    """Statistics of the tokens of a set of texts."""

    texts: int
    tokens: float
    """Tokens per text, without special tokens."""
    tokens_per_word: float | None
    """Words are separated by white space; None where the script does not separate them."""
    unknown: float
    """Share of tokens without an entry in the vocabulary: for word vectors the out-of-vocabulary rate."""
    foreign: float
    """Share of letters in scripts for which the vocabulary has almost no words."""
    cut_texts: float
    """Share of texts that are truncated."""
    cut_tokens: float
    """Share of all tokens that are truncated."""
    pieces: float | None = None
    """Tokens per plain word (without links, mentions, hashtags, numbers and punctuation); None as above."""

    def describe(self, max_length: int | None) -> Message:
        """Return the statistics as one line for the plan; ``max_length`` None: texts are read as a whole."""
        params = {
            "tokens": self.tokens,
            "per_word": "none" if self.tokens_per_word is None else self.tokens_per_word,
            "unknown": self.unknown,
            "foreign": self.foreign,
        }
        if max_length is None:
            return Message("token-report-whole", params)
        cut = {
            "cut_texts": self.cut_texts or 0,
            "cut_tokens": self.cut_tokens,
            "length": max_length,
        }
        return Message("token-report", params | cut)

    def findings(self, max_length: int, truncate: str = "head") -> list[Finding]:
        """Return findings if the vocabulary does not fit the texts, or if texts are truncated."""
        reasons = []
        if self.unknown > MAX_UNKNOWN:
            reasons.append(Message("mismatch-unknown", {"share": self.unknown}))
        if self.foreign > MAX_FOREIGN:
            reasons.append(Message("mismatch-scripts", {"share": self.foreign}))
        if (self.pieces or 0) > MAX_FRAGMENTS and self.foreign <= MAX_FOREIGN:
            reasons.append(Message("mismatch-pieces", {"pieces": self.pieces}))
        found = []
        if reasons:
            joined = reduce(lambda first, second: Message("mismatch-two", {"first": first, "second": second}), reasons)
            found.append(Finding.of("domain-mismatch", "warning", reasons=joined))
        if self.cut_tokens > 0.01:
            finding = Finding.of(
                "texts-cut",
                "warning" if self.cut_tokens > 0.1 else "info",
                texts=self.cut_texts,
                tokens=self.cut_tokens,
                length=max_length,
                kept=truncate,
            )
            found.append(finding)
        return found
