"""Read a sentence encoder's pooling and preprocessing from the files that sentence-transformers saves.

    modules.json                the modules in order: Transformer, Pooling, optionally Dense, Normalize
    1_Pooling/config.json       {"pooling_mode": "cls"}, a list of modes, or the older {"pooling_mode_cls_token": true}
    sentence_bert_config.json   max_seq_length, do_lower_case (older releases)
    config_sentence_transformers.json   prompts prepended to each text, truncate_dim

In: a folder. Out: ``SentenceFiles``. All released versions of these files are supported; settings that ghep does not
implement are listed in ``SentenceFiles.ignored``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ghep.errors import BackboneError
from ghep.messages import Message
from ghep.storage.text import read_json

MODES = {
    "cls": "first",
    "max": "max",
    "mean": "mean",
    "mean_sqrt_len_tokens": "mean-sqrt",
    "weightedmean": "weighted-mean",
    "lasttoken": "last",
}
"""sentence-transformers' pooling mode -> ours, in the order in which older files concatenate several modes."""
FLAGS = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens": "weightedmean",
    "pooling_mode_lasttoken": "lasttoken",
}
"""Boolean key of older files -> mode."""


@dataclass(frozen=True, slots=True)
class SentenceFiles:
    """Settings of a sentence encoder: its pooling and preprocessing, and those that ghep does not implement."""

    pooling: str | None = None
    """Pooling for ``TextNet``; None: the files name none that ghep implements."""
    normalize: bool = False
    """Whether features are scaled to unit length."""
    max_length: int | None = None
    lower_case: bool = False
    """Whether texts are lower-cased before tokenisation."""
    ignored: tuple[Message, ...] = ()
    """Settings in the files that ghep does not implement."""


def read_sentence_files(folder: Path) -> SentenceFiles:
    """Return the sentence encoder's settings in ``folder``, or defaults; raise BackboneError for invalid JSON."""
    modules = _modules(folder)
    kinds = [kind for kind, _ in modules]
    places = {"Pooling": "1_Pooling", **dict(modules)}
    ignored = [
        Message("sentence-module", {"name": kind})
        for kind in kinds
        if kind not in ("Transformer", "Pooling", "Normalize")
    ]
    normalizes = "Normalize" in kinds and _normalizes_sentences(_config(folder, places["Normalize"]))
    if "Normalize" in kinds and not normalizes:
        ignored.append(Message("sentence-token-normalize"))
    modes = _pooling_modes(_config(folder, places["Pooling"]))
    ignored += [Message("sentence-pooling", {"mode": mode}) for mode in modes if mode not in MODES]
    sentences = _object(folder / "config_sentence_transformers.json")
    prompt = _default_prompt(sentences)
    if prompt:
        ignored.append(Message("sentence-prompt", {"prompt": repr(prompt)}))
    if sentences.get("truncate_dim"):
        ignored.append(Message("sentence-truncate-dim", {"dim": sentences["truncate_dim"]}))
    settings = _object(transformer_folder(folder) / "sentence_bert_config.json")
    limit = settings.get("max_seq_length")
    return SentenceFiles(
        "+".join(MODES[mode] for mode in modes if mode in MODES) or None,
        normalizes,
        int(limit) if isinstance(limit, int | float) and 0 < limit < 1e6 else None,
        settings.get("do_lower_case") == 1,
        tuple(ignored),
    )


def transformer_folder(folder: Path) -> Path:
    """Return the folder of the transformer's files: ``folder``, or the subfolder named by ``modules.json``.

    Early releases saved ``0_Transformer/config.json``.
    """
    if (folder / "config.json").is_file():
        return folder
    places = (place for kind, place in _modules(folder) if kind == "Transformer" and _is_name(place))
    return next((folder / place for place in places if (folder / place / "config.json").is_file()), folder)


def _pooling_modes(config: Mapping[str, Any]) -> list[str]:
    """Return the modes of a pooling config, in the order in which their vectors are concatenated."""
    given = config.get("pooling_mode")
    if isinstance(given, str):
        return [given]
    if isinstance(given, Sequence):
        return [str(mode) for mode in given]
    switches = [key for key in config if key.startswith("pooling_mode_")]
    on = [mode for flag, mode in FLAGS.items() if config.get(flag) == 1]  # true or 1
    on += [key.removeprefix("pooling_mode_") for key in switches if key not in FLAGS and config[key] == 1]
    return on or (["mean"] if config else [])


def _normalizes_sentences(config: Mapping[str, Any]) -> bool:
    return str(config.get("module_input_name", "sentence_embedding")) == "sentence_embedding"


def _default_prompt(config: Mapping[str, Any]) -> str:
    prompts, name = config.get("prompts"), config.get("default_prompt_name")
    return str(prompts.get(name) or "") if isinstance(prompts, Mapping) and isinstance(name, str) else ""


def _modules(folder: Path) -> list[tuple[str, str]]:
    """Return (class name, path) of each module in modules.json; empty if the folder has no such file."""
    file = folder / "modules.json"
    found = read_json(file, error=BackboneError, what=Message("backbone-folder")) if file.is_file() else []
    modules = [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []
    return [(str(one.get("type", "")).rpartition(".")[2], str(one.get("path", ""))) for one in modules]


def _is_name(place: str) -> bool:
    """Whether ``place`` is the plain name of a subfolder, without slashes; other paths are not read."""
    return bool(place) and Path(place).name == place and place != ".."


def _config(folder: Path, place: str) -> Mapping[str, Any]:
    return _object(folder / place / "config.json") if _is_name(place) else {}


def _object(file: Path) -> Mapping[str, Any]:
    if not file.is_file():
        return {}
    found = read_json(file, error=BackboneError, what=Message("backbone-folder"))
    if not isinstance(found, Mapping):
        raise BackboneError("json-not-an-object", path=file)
    return found
