"""What a vocabulary makes of texts, looked at before training: do the two belong together?

The limits are measured with all-MiniLM-L6-v2 (English, WordPiece) on twelve English files (movie reviews, questions,
Wikipedia, Shakespeare), four Vietnamese ones (student feedback, Wikipedia) and two of hotel reviews in Chinese.
"""

from __future__ import annotations

from dataclasses import dataclass

from ghep.types import Finding

MAX_UNKNOWN = 0.10
"""Share of unknown tokens above which a vocabulary is not one for these texts (English sets: 0.00; Chinese under an
English vocabulary: 0.65)."""
MAX_FRAGMENTS = 1.5
"""Tokens per plain word above which words are cut into pieces the backbone has hardly seen. In parts of 100 texts:
English 1.05 to 1.17 (no alarm in any of 249 parts), Vietnamese 1.62 to 1.71 (an alarm in all 92). Links,
mentions, hashtags, numbers and punctuation do not count: with them English tweets have 1.42."""
MAX_FOREIGN = 0.2
"""Share of letters in scripts the vocabulary has next to no words of."""


@dataclass(frozen=True, slots=True)
class TokenReport:
    """What a vocabulary makes of texts."""

    texts: int
    tokens: float
    """Per text, special ones not counted."""
    tokens_per_word: float | None
    """Words are what white space separates; None where the script does not."""
    unknown: float
    """Share of tokens that the vocabulary has no entry for: for word vectors the out-of-vocabulary rate."""
    foreign: float
    """Share of letters of scripts that the vocabulary has next to no words of."""
    cut_texts: float
    """Share of texts that are longer than the backbone takes."""
    cut_tokens: float
    """Share of all tokens that is cut off."""
    pieces: float | None = None
    """Tokens per plain word (links, mentions, hashtags, numbers and punctuation do not count); None as above."""

    def in_words(self, max_length: int) -> str:
        """Return one line for the plan."""
        cut = (
            f"{self.cut_texts:.1%} cut at {max_length} ({self.cut_tokens:.1%} of the tokens)"
            if self.cut_texts
            else f"none cut at {max_length}"
        )
        each = "" if self.tokens_per_word is None else f"{self.tokens_per_word:.2f} a word, "
        return (
            f"{self.tokens:.0f} tokens a text, {each}{self.unknown:.1%} unknown, "
            f"{self.foreign:.1%} of letters in scripts outside the vocabulary; {cut}"
        )

    def findings(self, max_length: int, truncate: str = "head") -> list[Finding]:
        """Report where texts and vocabulary do not belong together, and how much of the texts is cut off."""
        reasons = []
        if self.unknown > MAX_UNKNOWN:
            reasons.append(f"{self.unknown:.0%} of the tokens are unknown to it")
        if self.foreign > MAX_FOREIGN:
            reasons.append(f"{self.foreign:.0%} of the letters are of scripts it has next to no words of")
        if (self.pieces or 0) > MAX_FRAGMENTS and self.foreign <= MAX_FOREIGN:
            reasons.append(f"it cuts a word into {self.pieces:.2f} pieces (usual: 1.1 to 1.2)")
        found = []
        if reasons:
            message = f"the backbone's vocabulary was made for other texts than these: {'; '.join(reasons)}"
            remedy = (
                "take a backbone pretrained on this language or field (a multilingual one serves most), and compare "
                "with linear_ngrams"
            )
            found.append(Finding("domain-mismatch", "warning", message, remedy))
        if self.cut_tokens > 0.01:
            lost = {"head": "at the end", "tail": "at the beginning"}.get(truncate, "in the middle")
            message = (
                f"{self.cut_texts:.1%} of the texts are longer than {max_length:,} positions: {self.cut_tokens:.1%} "
                f"of the tokens are cut off, {lost}"
            )
            other = "keep the other end or both ends (--truncate tail, head+tail)" if truncate == "head" else ""
            remedy = "split long texts, or take a backbone for longer ones (or a higher --max-length)"
            remedy = f"{other}, {remedy}" if other else remedy
            found.append(Finding("texts-cut", "warning" if self.cut_tokens > 0.1 else "info", message, remedy))
        return found
