"""A BERT of 2,000 weights and reviews that a child could tell apart: what using text models is tested on."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

GOOD, BAD = ("good", "great", "lovely", "fine"), ("bad", "awful", "dull", "poor")
OTHERS = ("the", "a", "film", "plot", "was", "is", "and", "very", "story", "cast", "it")


def small_bert(folder: Path, *, seed: int = 0) -> str:
    """Write a folder in Hugging Face's form: two layers, 16 wide, random weights, WordPiece; return its name."""
    from transformers import BertConfig, BertModel

    special = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
    pieces = [*special, *GOOD, *BAD, *OTHERS, *"0123456789", *(f"##{digit}" for digit in range(10))]
    words = {word: place for place, word in enumerate(pieces)}
    sizes = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 24}
    config = BertConfig(vocab_size=len(words), max_position_embeddings=32, pad_token_id=0, **sizes)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    tokenizer = Tokenizer(models.WordPiece(words, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    marks = [("[CLS]", words["[CLS]"]), ("[SEP]", words["[SEP]"])]
    tokenizer.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", special_tokens=marks)
    tokenizer.save(str(folder / "tokenizer.json"))
    return str(folder)


def reviews(n: int, *, seed: int = 0) -> tuple[list[str], list[str]]:
    """Texts of 3 to 14 words, no two of them equal, with one that says what it thinks; and "down" or "up"."""
    rng = np.random.default_rng(seed)
    texts, labels = [], []
    for place in range(n):
        words = list(rng.choice(OTHERS, rng.integers(2, 13)))
        words.insert(rng.integers(len(words) + 1), str(rng.choice((BAD, GOOD)[place % 2])))
        texts.append(" ".join([*words, str(seed * 10_000 + place)]))
        labels.append(("down", "up")[place % 2])
    return texts, labels


def write_table(file: Path, /, **columns: Sequence[str]) -> Path:
    with file.open("w", encoding="utf-8", newline="") as opened:
        table = csv.writer(opened)
        table.writerow(columns)
        table.writerows(zip(*columns.values(), strict=True))
    return file
