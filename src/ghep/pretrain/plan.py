"""What a pretraining does: its settings, derived where they were not given, and its stages.

    head    only if the backbone has not the objective's head: the head alone, the backbone frozen
    all     everything

In: the size of the corpus and the backbone. Out: ``PretrainOptions`` without None, and the stages.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil
from typing import Any

from ghep.errors import ConfigError
from ghep.pretrain.objectives import Size
from ghep.pretrain.options import PretrainOptions
from ghep.training.stage import OptimSettings, Stage

ROUNDS = 20
"""Rounds of a pretraining, each judged on held-out blocks."""
HEAD_SHARE = 0.1
"""Part of the rounds, or of the time, in which a missing head is trained alone."""
PATIENCE = 5
"""Rounds without progress on held-out blocks that end a stage: a small corpus is soon known by heart."""
MOST_PASSES = 1000.0
"""With a time limit."""
SMALL, TINY = 2_000_000, 500_000
"""Words below which the vocabulary is halved, and below which a network from scratch is small and a causal model reads
characters: with 16 blocks of 64 a step, 2,000 steps take minutes."""
MOST_HELD_OUT = 256
"""Held-out blocks that each round is judged on."""


MASKING = {"span": 0.15, "tsdae": 0.6, "electra": 0.15}
"""Objective -> share of the tokens that are cut out, deleted, or replaced, as in its paper."""
BATCHES = {"tsdae": 16, "bilm": 32}
"""Objective -> blocks per step, where every token of a block is predicted: logits are (tokens, V)."""
VOCABULARIES = {"span": ("unigram",), "bilm": ("words", "characters")}
"""Objective -> kinds of vocabulary that it can have, the default first; the other objectives take any but words."""
ANY_VOCABULARY = ("wordpiece", "bytes", "unigram", "characters")


def derived(options: PretrainOptions, *, objective: str, words: int, from_scratch: bool) -> PretrainOptions:
    """Return ``options`` with a value for each None; ``words``: of the corpus.

    Raises ConfigError for a kind of vocabulary that the objective cannot have.
    """
    passes = options.passes or (MOST_PASSES if options.time_limit else 10.0 if from_scratch else 3.0)
    causal = objective == "clm"
    kinds = VOCABULARIES.get(objective, ANY_VOCABULARY)
    kind = options.vocabulary_kind or (kinds[0] if not causal else "characters" if words < TINY else "bytes")
    if kind not in kinds:
        raise ConfigError("pretrain-vocabulary-of-objective", objective=objective, kind=kind, kinds=kinds)
    tiny = from_scratch and words < TINY
    found: dict[str, Any] = {
        "passes": passes,
        "lr": options.lr or (1e-3 if from_scratch else 1e-4),
        "batch_size": options.batch_size or (16 if tiny else BATCHES.get(objective, 64)),
        "length": options.length or (64 if tiny and kind == "characters" and causal else 128),
        "width": options.width or (128 if tiny else 256),
        "masking": options.masking or MASKING.get(objective, 0.25 if from_scratch else 0.15),
        "vocabulary_kind": kind,
        "vocabulary": options.vocabulary or (4096 if words < SMALL else 8192),
    }
    if options.dropout is None:
        found["dropout"] = 0.0 if passes < 10 or options.time_limit else 0.1
    return replace(options, **found)


def size_of(options: PretrainOptions) -> Size:
    """Return the size of a network from scratch."""
    assert options.length is not None and options.width is not None
    return Size(options.layers, options.width, options.length, options.dropout or 0.0)


@dataclass(frozen=True)
class Schedule:
    """How long a pretraining takes, in blocks of text."""

    round_blocks: int
    rounds: int

    def to_json(self) -> dict[str, int]:
        """Return the fields."""
        return {"round_blocks": self.round_blocks, "rounds": self.rounds}


def schedule_for(options: PretrainOptions, *, blocks: int, seconds_per_block: float | None) -> Schedule:
    """Return the schedule for ``blocks`` of text, ``options.passes`` times, in about ``ROUNDS`` rounds.

    With a time limit, a round is that part of what the machine does in this time.
    """
    passes, batch = options.passes or 1.0, options.batch_size or 1
    total = max(1, ceil(passes * blocks))
    expected = total
    if options.time_limit is not None and seconds_per_block:
        expected = min(total, int(options.time_limit / seconds_per_block))
    steps = max(1, round(expected / ROUNDS / batch))
    size = min(total, steps * batch)
    return Schedule(size, max(1, ceil(total / size)))


def stages_of(options: PretrainOptions, *, blocks: int, rounds: int, head_first: bool) -> tuple[Stage, ...]:
    """Return the stages for a backbone with this number of ``blocks`` (of layers, not of text)."""
    assert options.lr is not None and options.batch_size is not None
    optim = OptimSettings(weight_decay=0.01, warmup=0.06, beta2=0.98)
    common: dict[str, Any] = {"batch_size": options.batch_size, "optim": optim}
    every = Stage("all", (options.lr,) * blocks, head_lr=options.lr, epochs=rounds, patience=PATIENCE, **common)
    if not head_first:
        return (every,)
    head = Stage(
        "head", (0.0,) * blocks, head_lr=1e-3, epochs=max(1, round(HEAD_SHARE * min(rounds, ROUNDS))), **common
    )
    return head, every
