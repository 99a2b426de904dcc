"""Language models of 2 layers x 32 on two invented languages: one in which every word has a usual successor, and one
with topics, so that unlabelled texts show which words mean the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from ghep.data.text.word_tokens import UNKNOWN, word_tokenizer_json
from ghep.pretrain.blocks import Blocks, make_blocks
from ghep.pretrain.model import PretrainingModel, scratch
from ghep.pretrain.objectives import Objective, objective_named
from ghep.pretrain.options import PretrainOptions
from ghep.pretrain.plan import derived, size_of
from ghep.pretrain.tokens import Tokens
from ghep.pretrain.vocabulary import SENTINELS

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "<|endoftext|>"]
WORDS = [f"{first}{second}" for first in "bdgk" for second in "ae"]
SMALL: dict[str, Any] = {
    "layers": 2,
    "width": 32,
    "length": 16,
    "batch_size": 16,
    "passes": 2.0,
    "precision": "float32",
    "workers": 1,
}


@dataclass(frozen=True)
class Doc:
    id: str
    text: str


def documents(count: int, *, seed: int = 0, length: int = 30) -> list[Doc]:
    """Walks in which a word is followed by the next one, or, one time in ten, by a random one."""
    rng = np.random.default_rng(seed)
    found = []
    for number in range(count):
        place, walk = int(rng.integers(len(WORDS))), []
        for _ in range(length):
            walk.append(WORDS[place])
            place = (place + 1) % len(WORDS) if rng.random() < 0.9 else int(rng.integers(len(WORDS)))
        found.append(Doc(f"walks.txt:{number + 1}", " ".join(walk)))
    return found


TOPICS = np.array([f"{a}{b}{c}{d}" for a in "bdgkm" for b in "aeio" for c in "ns" for d in "au"]).reshape(-1, 4).T
"""Words of each of four topics; all words are equally frequent."""


def on_topics(count: int, *, seed: int, length: int) -> list[tuple[str, int]]:
    """Texts and their topics, which take turns: six words of ten are of the topic, the others of any."""
    rng = np.random.default_rng(seed)
    found = []
    for number in range(count):
        topic = number % len(TOPICS)
        words = np.where(rng.random(length) < 0.6, rng.choice(TOPICS[topic], length), rng.choice(TOPICS.flat, length))
        found.append((" ".join(words), topic))
    return found


def small_tokens(objective: str) -> Tokens:
    """Words as tokens, with [CLS] and [SEP] around a text, except for a causal model, span and bilm."""
    if objective == "bilm":
        return Tokens(word_tokenizer_json([UNKNOWN, *WORDS]))
    special = ["<pad>", "</s>", "[UNK]", *SENTINELS[9::-1]] if objective == "span" else SPECIAL
    vocabulary = {word: place for place, word in enumerate([*special, *WORDS])}
    made = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    made.add_special_tokens(special)
    if objective == "span":
        made.post_processor = processors.TemplateProcessing("$A </s>", special_tokens=[("</s>", 1)])
    elif objective != "clm":
        marks = [("[CLS]", 2), ("[SEP]", 3)]
        made.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", special_tokens=marks)
    return Tokens(made.to_str())


@dataclass
class Prepared:
    options: PretrainOptions
    tokens: Tokens
    objective: Objective
    model: PretrainingModel
    train: Blocks
    held_out: Blocks


def prepared(name: str, *, count: int = 40, seed: int = 0, **settings: Any) -> Prepared:
    """All that ``train`` takes, for the objective ``name``, from scratch."""
    options = derived(PretrainOptions(**{**SMALL, **settings}), objective=name, words=1000, from_scratch=True)
    tokens = small_tokens(name)
    objective = objective_named(name, tokens, options)
    assert options.length is not None
    backbone = scratch(objective.architecture(size_of(options)), tokens, options.length, seed=seed)
    head, trained = objective.head(backbone, seed=seed, folder=None)
    assert trained
    blocks = [
        make_blocks(walks, tokens, objective, length=options.length, first=objective.first, count_bytes=True)
        for walks in (documents(count), documents(8, seed=1))
    ]
    return Prepared(options, tokens, objective, PretrainingModel(backbone, head), *blocks)
