"""Text backbones of a few thousand random weights, written in the true file formats, and texts to learn from.

Every folder is what its authors' tools would have left: ``config.json`` and ``model.safetensors`` of
``save_pretrained`` (some with the head of their source task), and a ``tokenizer.json`` of the kind the family has.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ghep.backbone.bilm import BiLM
from ghep.backbone.huggingface import quiet
from ghep.data.text.word_tokens import UNKNOWN, word_tokenizer_json

H = 16
LAYERS = 2
GOOD = ("good", "great", "fine", "lovely")
BAD = ("bad", "awful", "poor", "dull")
FILLERS = ("the", "a", "film", "plot", "was", "is", "and", "very", "not", "no", "story", "cast")
WORDS = (*GOOD, *BAD, *FILLERS, "yes", "maybe", ".", ",", "!")
SPECIAL = {
    "wordpiece": ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"),
    "bytes": ("<s>", "<pad>", "</s>", "<unk>", "<mask>"),
    "gpt": ("<|endoftext|>",),
    "unigram": ("<pad>", "</s>", "<unk>"),
    "xlnet": ("<unk>", "<s>", "</s>", "<cls>", "<sep>", "<pad>"),
    "sentencepiece": ("<s>", "<pad>", "</s>", "<unk>", "<mask>"),
}
LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Family:
    """How to make the folder of one, and what is to come of it."""

    model: str
    """Of transformers: the class whose ``save_pretrained`` writes the weights."""
    sizes: Mapping[str, Any]
    tokens: str
    """Kind of the tokenizer."""
    pooling: str = "mean"
    tuned: bool = True
    """Whether its attention's layers have names that LoRA looks for."""
    files: Mapping[str, Any] = field(default_factory=dict)
    """More of them, as JSON."""


_BERT = {"hidden_size": H, "num_hidden_layers": LAYERS, "num_attention_heads": 2, "intermediate_size": 24}
_GPT = {"n_embd": H, "n_layer": LAYERS, "n_head": 2, "n_positions": 40}
_T5 = {"d_model": H, "d_kv": 8, "d_ff": 24, "num_layers": LAYERS, "num_decoder_layers": 1, "num_heads": 2}
_POSITIONS = {"max_position_embeddings": 40}
_SENTENCES = {
    "modules.json": [
        {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
        {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
        {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
    ],
    "1_Pooling/config.json": {"word_embedding_dimension": H, "pooling_mode_cls_token": True},
    "sentence_bert_config.json": {"max_seq_length": 24, "do_lower_case": False},
}
FAMILIES: Mapping[str, Family] = {
    "bert": Family("BertForMaskedLM", _BERT | _POSITIONS, "wordpiece"),
    "roberta": Family("RobertaForMaskedLM", _BERT | {"max_position_embeddings": 42}, "bytes"),
    "distilbert": Family(
        "DistilBertModel",
        {"dim": H, "n_layers": LAYERS, "n_heads": 2, "hidden_dim": 24} | _POSITIONS,
        "wordpiece",
    ),
    "electra": Family("ElectraForPreTraining", _BERT | _POSITIONS | {"embedding_size": 8}, "wordpiece"),
    "xlnet": Family("XLNetModel", {"d_model": H, "n_layer": LAYERS, "n_head": 2, "d_inner": 24}, "xlnet", tuned=False),
    "sentences": Family("BertModel", _BERT | _POSITIONS, "wordpiece", "first", files=_SENTENCES),
    "xlm-roberta": Family("XLMRobertaModel", _BERT | {"max_position_embeddings": 42}, "sentencepiece"),
    "mpnet": Family("MPNetModel", _BERT | {"max_position_embeddings": 42}, "sentencepiece"),
    "openai-gpt": Family("OpenAIGPTModel", _GPT, "gpt", "last"),
    "gpt2": Family("GPT2LMHeadModel", _GPT, "gpt", "last"),
    "gpt_neo": Family(
        "GPTNeoModel",
        {"hidden_size": H, "num_layers": LAYERS, "num_heads": 2, "attention_types": [[["global", "local"], 1]]}
        | _POSITIONS
        | {"window_size": 4},
        "gpt",
        "last",
    ),
    "opt": Family(
        "OPTModel",
        {
            "hidden_size": H,
            "num_hidden_layers": LAYERS,
            "num_attention_heads": 2,
            "ffn_dim": 24,
            "word_embed_proj_dim": 8,
        }
        | _POSITIONS,
        "bytes",
        "last",
    ),
    "t5": Family("T5ForConditionalGeneration", _T5, "unigram"),
    "t5-gated": Family("T5ForConditionalGeneration", _T5 | {"feed_forward_proj": "gated-gelu"}, "unigram"),
    "mt5": Family("MT5ForConditionalGeneration", _T5, "unigram"),
}
WORD_FAMILIES = ("glove", "word2vec", "tfidf", "bilm", "bilm-letters")


def write_family(name: str, folder: Path, *, seed: int = 0, scale: float = 0.3) -> str:
    """Write the checkpoint of the family called ``name`` into ``folder``; return what ``load_backbone`` takes."""
    if name in WORD_FAMILIES:
        return _write_words(name, folder, seed)
    family = FAMILIES[name]
    tokenizer = tokenizer_json(family.tokens)
    model = random_model(family.model, {**family.sizes, **_vocabulary(tokenizer, family.tokens)}, seed, scale)
    with quiet():
        model.save_pretrained(folder)
    (folder / "tokenizer.json").write_text(tokenizer, encoding="utf-8")
    for file, content in family.files.items():
        (folder / file).parent.mkdir(exist_ok=True)
        (folder / file).write_text(json.dumps(content), encoding="utf-8")
    return str(folder)


def random_model(kind: str, sizes: Mapping[str, Any], seed: int, scale: float) -> Any:
    """Return a network of transformers' class ``kind``, with matrices drawn wide enough that texts differ."""
    import transformers

    cls = getattr(transformers, kind)
    with torch.random.fork_rng(devices=[]), quiet():
        torch.manual_seed(seed)
        model = cls(cls.config_class(**sizes))
        for parameter in model.parameters():
            if parameter.ndim >= 2:
                torch.nn.init.normal_(parameter, std=scale)
    return model


def _vocabulary(tokenizer: str, kind: str) -> dict[str, int]:
    """Return the sizes and places of a config that hang on its tokenizer."""
    from tokenizers import Tokenizer

    made = Tokenizer.from_str(tokenizer)
    named = {"pad": ("[PAD]", "<pad>"), "bos": ("<s>", "[CLS]"), "eos": ("</s>", "[SEP]", "<|endoftext|>")}
    places = {f"{use}_token_id": _first_id(made, tokens) for use, tokens in named.items()}
    start = {"decoder_start_token_id": 0} if kind == "unigram" else {}
    known = {key: place for key, place in places.items() if place is not None}
    return {"vocab_size": made.get_vocab_size(), **known, **start}


def _first_id(tokenizer: Any, tokens: tuple[str, ...]) -> int | None:
    found = (tokenizer.token_to_id(token) for token in tokens)
    return next((place for place in found if place is not None), None)


@functools.cache
def tokenizer_json(kind: str) -> str:
    """Return the ``tokenizer.json`` of a kind in ``SPECIAL``: it knows the WORDS, and letters for the others."""
    made: Any = {
        "wordpiece": _wordpiece,
        "bytes": _byte_pairs,
        "gpt": _byte_pairs,
        "unigram": _unigram,
        "xlnet": _unigram,
        "sentencepiece": _unigram,
    }[kind](SPECIAL[kind])
    made.post_processor = _around(kind, made)
    return str(made.to_str())


def _wordpiece(special: tuple[str, ...]) -> Any:
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

    entries = dict.fromkeys([*special, *WORDS, *LETTERS, *(f"##{letter}" for letter in LETTERS)])
    model = models.WordPiece({entry: place for place, entry in enumerate(entries)}, unk_token="[UNK]")
    made = Tokenizer(model)
    made.normalizer = normalizers.BertNormalizer(lowercase=True)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.add_special_tokens(list(special))
    return made


def _byte_pairs(special: tuple[str, ...]) -> Any:
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=320,
        special_tokens=list(special),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    made.train_from_iterator([" ".join(WORDS)] * 5, trainer)
    return made


def _unigram(special: tuple[str, ...]) -> Any:
    from tokenizers import Tokenizer, models, pre_tokenizers

    pieces = [(token, 0.0) for token in special]
    pieces += [(f"▁{word}", -2.0) for word in WORDS] + [("▁", -4.0)]
    pieces += [(letter, -6.0) for letter in dict.fromkeys(LETTERS + "".join(word for word in WORDS if len(word) == 1))]
    pieces = list(dict(pieces).items())
    made = Tokenizer(models.Unigram(pieces, unk_id=special.index("<unk>"), byte_fallback=False))
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    made.add_special_tokens(list(special))
    return made


def _around(kind: str, tokenizer: Any) -> Any:
    """Return what puts special tokens around a text, as the family has it."""
    from tokenizers import processors

    around = {
        "wordpiece": ("[CLS] $A [SEP]", "[CLS] $A [SEP] $B:1 [SEP]:1"),
        "bytes": ("<s> $A </s>", "<s> $A </s> </s> $B </s>"),
        "unigram": ("$A </s>", "$A </s> $B </s>"),
        "xlnet": ("$A <sep> <cls>", "$A <sep> $B:1 <sep>:1 <cls>:2"),
        "sentencepiece": ("<s> $A </s>", "<s> $A </s> </s> $B </s>"),
    }
    if kind not in around:
        return None
    single, pair = around[kind]
    tokens = [part for part in single.split() if part != "$A"]
    return processors.TemplateProcessing(
        single=single, pair=pair, special_tokens=[(token, tokenizer.token_to_id(token)) for token in tokens]
    )


def _write_words(name: str, folder: Path, seed: int) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    vectors = np.random.default_rng(seed).normal(size=(len(WORDS), H)).astype(np.float32)
    if name == "word2vec":
        rows = (word.encode() + b" " + row.tobytes() + b"\n" for word, row in zip(WORDS, vectors, strict=True))
        (folder / "v.bin").write_bytes(b"%d %d\n" % vectors.shape + b"".join(rows))
        return str(folder / "v.bin")
    if name in ("glove", "tfidf"):
        lines = (f"{word} {' '.join(map(repr, row.tolist()))}\n" for word, row in zip(WORDS, vectors, strict=True))
        (folder / "v.txt").write_text("".join(lines), encoding="utf-8")
        return str(folder / "v.txt") + ("@tfidf" if name == "tfidf" else "")
    arguments: dict[str, Any] = {"hidden": H // 2}
    if name == "bilm-letters":
        arguments |= {"letter_dim": 4, "filters": [[1, 4], [2, 6]]}
    else:
        arguments["vocabulary"] = len(WORDS) + 1
        (folder / "tokenizer.json").write_text(word_tokenizer_json([UNKNOWN, *WORDS]), encoding="utf-8")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = BiLM(**arguments)
    from safetensors.torch import save_file

    save_file(net.state_dict(), folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps({"builder": "bilm", "name": "tiny", "arguments": arguments}))
    return str(folder)


def texts(count: int, *, seed: int = 0, longest: int = 9) -> list[tuple[str, str]]:
    """Return (text, label) of reviews that hold one good or one bad word among others; the labels take turns."""
    rng = np.random.default_rng(seed)
    made = []
    for number in range(count):
        label, words = (("pos", GOOD), ("neg", BAD))[number % 2]
        text = list(rng.choice(FILLERS, rng.integers(2, longest)))
        text.insert(int(rng.integers(0, len(text) + 1)), str(rng.choice(words)))
        made.append((" ".join(text), label))
    return made


def write_table(path: Path, splits: Mapping[str, list[tuple[str, str]]]) -> Path:
    """Write texts as a CSV with the columns text, label and split."""
    import csv

    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["text", "label", "split"])
        table.writerows([text, label, split] for split, rows in splits.items() for text, label in rows)
    return path
