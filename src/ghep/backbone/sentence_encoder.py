"""Read how a sentence encoder turns token states into one vector, from the files that sentence-transformers saves.

    modules.json                the modules in order: Transformer, Pooling, perhaps Dense, Normalize
    1_Pooling/config.json       {"pooling_mode": "cls"}, a list of modes, or the older {"pooling_mode_cls_token": true}
    sentence_bert_config.json   max_seq_length, do_lower_case (older releases)
    config_sentence_transformers.json   prompts that are put before each text, truncate_dim

Every released form of these files is read. What ghep does not do is returned by name, for a finding.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ghep.errors import BackboneError
from ghep.storage.text import read_json

MODES = {
    "cls": "first",
    "max": "max",
    "mean": "mean",
    "mean_sqrt_len_tokens": "mean-sqrt",
    "weightedmean": "weighted-mean",
    "lasttoken": "last",
}
"""sentence-transformers' pooling mode -> ours. The order is that in which older files concatenate several modes."""
FLAGS = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens": "weightedmean",
    "pooling_mode_lasttoken": "lasttoken",
}
"""The older files have one switch per mode."""


@dataclass(frozen=True, slots=True)
class SentenceFiles:
    """What the files beside a transformer say about its features."""

    pooling: str | None = None
    """As in ``TextNet``; None: the files name no pooling that is done here."""
    normalize: bool = False
    """Features get length 1."""
    max_length: int | None = None
    lower_case: bool = False
    """Texts are lower-cased before they are tokenised."""
    not_followed: tuple[str, ...] = ()
    """What the files ask for and ghep does not do."""


def read_sentence_files(folder: Path) -> SentenceFiles:
    """Return what ``folder`` says; the defaults where it is no sentence encoder. Raises BackboneError for bad JSON."""
    modules = _modules(folder)
    kinds = [kind for kind, _ in modules]
    places = {"Pooling": "1_Pooling", **dict(modules)}
    not_followed = [kind for kind in kinds if kind not in ("Transformer", "Pooling", "Normalize")]
    normalizes = "Normalize" in kinds and _normalizes_sentences(_config(folder, places["Normalize"]))
    if "Normalize" in kinds and not normalizes:
        not_followed.append("Normalize of single tokens")
    modes = _pooling_modes(_config(folder, places["Pooling"]))
    not_followed += [f"pooling {mode}" for mode in modes if mode not in MODES]
    sentences = _object(folder / "config_sentence_transformers.json")
    prompt = _default_prompt(sentences)
    if prompt:
        not_followed.append(f"the prompt {prompt!r} before each text")
    if sentences.get("truncate_dim"):
        not_followed.append(f"features cut to {sentences['truncate_dim']} dimensions (truncate_dim)")
    settings = _object(transformer_folder(folder) / "sentence_bert_config.json")
    limit = settings.get("max_seq_length")
    return SentenceFiles(
        "+".join(MODES[mode] for mode in modes if mode in MODES) or None,
        normalizes,
        int(limit) if isinstance(limit, int | float) and 0 < limit < 1e6 else None,
        settings.get("do_lower_case") == 1,
        tuple(not_followed),
    )


def transformer_folder(folder: Path) -> Path:
    """Return where the transformer's own files are: ``folder``, or the subfolder that ``modules.json`` names.

    Early releases saved ``0_Transformer/config.json``.
    """
    if (folder / "config.json").is_file():
        return folder
    places = (place for kind, place in _modules(folder) if kind == "Transformer" and _is_name(place))
    return next((folder / place for place in places if (folder / place / "config.json").is_file()), folder)


def _pooling_modes(config: Mapping[str, Any]) -> list[str]:
    """Return the modes that a pooling config names, in the order in which their vectors are concatenated."""
    given = config.get("pooling_mode")
    if isinstance(given, str):
        return [given]
    if isinstance(given, Sequence):
        return [str(mode) for mode in given]
    switches = [key for key in config if key.startswith("pooling_mode_")]
    on = [mode for flag, mode in FLAGS.items() if config.get(flag) == 1]  # true, or 1
    on += [key.removeprefix("pooling_mode_") for key in switches if key not in FLAGS and config[key] == 1]
    return on or (["mean"] if config else [])


def _normalizes_sentences(config: Mapping[str, Any]) -> bool:
    return str(config.get("module_input_name", "sentence_embedding")) == "sentence_embedding"


def _default_prompt(config: Mapping[str, Any]) -> str:
    prompts, name = config.get("prompts"), config.get("default_prompt_name")
    return str(prompts.get(name) or "") if isinstance(prompts, Mapping) and isinstance(name, str) else ""


def _modules(folder: Path) -> list[tuple[str, str]]:
    """Return (last word of the type, path) of each module; nothing without a modules.json."""
    file = folder / "modules.json"
    found = read_json(file, error=BackboneError, what="backbone folder") if file.is_file() else []
    modules = [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []
    return [(str(one.get("type", "")).rpartition(".")[2], str(one.get("path", ""))) for one in modules]


def _is_name(place: str) -> bool:
    """Whether it names a folder inside: a path that leads elsewhere is not read."""
    return bool(place) and Path(place).name == place and place != ".."


def _config(folder: Path, place: str) -> Mapping[str, Any]:
    return _object(folder / place / "config.json") if _is_name(place) else {}


def _object(file: Path) -> Mapping[str, Any]:
    if not file.is_file():
        return {}
    found = read_json(file, error=BackboneError, what="backbone folder")
    if not isinstance(found, Mapping):
        raise BackboneError(f"{file} holds no object of names and values", remedy="get it again")
    return found
