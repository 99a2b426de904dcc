"""Write a pretrained backbone as a folder in Hugging Face's form, and check that ghep reads the same network from it.

config.json, model.safetensors      in the names of transformers' class, with its head if it has one
tokenizer.json, tokenizer_config.json
modules.json, 1_Pooling/, ...       of a sentence encoder that was continued
pretraining_head.safetensors        a head that transformers has no class for
README.md                           the card
pretraining.json, history.csv       what was measured
MANIFEST.json                       size and SHA-256 of each
"""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from ghep.backbone.bilm import BiLM
from ghep.backbone.blocks import evaluating
from ghep.backbone.families.elmo import load_bilm
from ghep.backbone.huggingface import load_folder
from ghep.backbone.text import TextBackbone
from ghep.data.loading.padded import Padded
from ghep.data.text.tokens import TOKENIZER_FILE
from ghep.errors import BrokenPromise
from ghep.pretrain.model import PretrainingModel, unpooled
from ghep.pretrain.objectives import Saved
from ghep.pretrain.record import RECORD
from ghep.pretrain.tokens import ENDS, MASKS, PADS, Tokens
from ghep.storage.folder import write_folder
from ghep.storage.tensors import write_tensors
from ghep.storage.text import write_json_atomic

HEAD_FILE = "pretraining_head.safetensors"
KEPT = (
    "modules.json",
    "sentence_bert_config.json",
    "config_sentence_transformers.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "vocab.txt",
    "vocab.json",
    "merges.txt",
    "spiece.model",
)
"""Files that a continued backbone keeps, with the folders that ``modules.json`` names."""
NAMED = {
    "mask_token": MASKS,
    "pad_token": PADS,
    "unk_token": ("[UNK]", "<unk>"),
    "eos_token": ENDS[:2],
    "cls_token": ("[CLS]",),
    "sep_token": ("[SEP]",),
}
"""Key of tokenizer_config.json -> names that such a token has."""


def write_pretrained(
    folder: Path,
    model: PretrainingModel,
    saved: Saved,
    tokens: Tokens,
    *,
    length: int,
    source: Path | None,
    record: Mapping[str, Any],
    history: Sequence[Mapping[str, Any]],
    card: str,
) -> None:
    """Write ``folder``, completely or not at all; ``source`` is the folder of the backbone that was continued.

    Raises BrokenPromise if the folder does not give the states that the model gives.
    """
    with write_folder(folder) as target:
        write_json_atomic(target / "config.json", {**_config(saved), "architectures": [saved.architecture]})
        write_tensors(target / "model.safetensors", saved.tensors, metadata={"format": "pt"})
        if saved.head:
            write_tensors(target / HEAD_FILE, saved.head)
        (target / TOKENIZER_FILE).write_text(tokens.content, encoding="utf-8")
        if source is None:
            write_json_atomic(target / "tokenizer_config.json", _tokenizer_config(tokens, length))
        else:
            _keep(source, target)
        write_json_atomic(target / RECORD, record)
        with (target / "history.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(history[0]) if history else [])
            writer.writeheader()
            writer.writerows(history)
        (target / "README.md").write_text(card, encoding="utf-8")
        check_written(target, model)


def check_written(folder: Path, model: PretrainingModel) -> None:
    """Raise BrokenPromise if the backbone in ``folder`` does not give the states of ``model``."""
    if isinstance(model.backbone.net, BiLM):
        read = load_bilm(folder, name=folder.name, random_weights=False, seed=0)
    else:
        read = load_folder(folder, name=folder.name, random_weights=False, seed=0)
    inputs = read.preprocess.sample(2, min(12, read.preprocess.max_length))
    found, expected = (_states(one, inputs) for one in (unpooled(read), model.backbone))
    if not torch.allclose(found, expected, rtol=1e-4, atol=1e-5):
        raise BrokenPromise("pretrained-folder-differs", difference=float((found - expected).abs().max()))


def _states(backbone: TextBackbone, inputs: Padded) -> torch.Tensor:
    with torch.no_grad(), evaluating(backbone):
        found = backbone(inputs.to(next(backbone.parameters()).device))
    return (found.values if isinstance(found, Padded) else found).float().cpu()


def _config(saved: Saved) -> dict[str, Any]:
    """Return the config as plain JSON values, without paths of this machine."""
    left_out = ("_name_or_path", "transformers_version", "dtype", "torch_dtype", "architectures")
    plain: dict[str, Any] = json.loads(json.dumps(dict(saved.config), default=str))
    return {key: value for key, value in plain.items() if key not in left_out}


def _tokenizer_config(tokens: Tokens, length: int) -> dict[str, Any]:
    named = {
        key: next((one for one in names if tokens.id_of((one,)) is not None), None) for key, names in NAMED.items()
    }
    kind = {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": length}
    return {**kind, **{key: name for key, name in named.items() if name is not None}}


def _keep(source: Path, target: Path) -> None:
    """Copy the files that say how a continued backbone is used: its tokenizer's settings, pooling, prompts."""
    for name in KEPT:
        if (source / name).is_file():
            shutil.copyfile(source / name, target / name)
    if (source / "modules.json").is_file():
        for module in json.loads((source / "modules.json").read_text(encoding="utf-8")):
            place = str(module.get("path", ""))
            if place and Path(place).name == place and (source / place / "config.json").is_file():
                (target / place).mkdir(exist_ok=True)
                for file in (source / place).iterdir():
                    if file.suffix in (".json", ".safetensors"):
                        shutil.copyfile(file, target / place / file.name)
