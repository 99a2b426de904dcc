"""Select the layers that LoRA adapts by their names. In: paths of layers, and names. Out: the matching paths."""

from __future__ import annotations

from collections.abc import Sequence

from ghep.errors import ConfigError
from ghep.messages import Message

ATTENTION = (
    *("query", "value"),  # BERT, RoBERTa, ELECTRA, MiniLM, ViT of transformers
    *("q_proj", "v_proj"),  # BART, CLIP, Llama, OPT, EVA of timm
    *("q_lin", "v_lin"),  # DistilBERT, XLM
    *("query_proj", "value_proj"),  # DeBERTa
    *("q", "v"),  # MPNet, T5, CaiT
    *("qkv", "Wqkv"),  # query, key and value in one layer: ViT and Swin of timm, ModernBERT
    *("c_attn", "query_key_value"),  # the same in GPT-2; in GPT-NeoX, Falcon
)
"""Names of the query and value projections in different families, which the LoRA paper adapts (section 7.1)."""
MOST_LAYERS = 12
"""Layer names in a message."""


def matching(layers: Sequence[Sequence[str]], targets: Sequence[str], *, name: str = "") -> tuple[tuple[str, ...], ...]:
    """Return the paths in ``layers``, a list per block, that equal one of ``targets`` or end in "." and one of them.

    Raises ConfigError if no path matches: only the head would be trained, as in a linear probe.
    """
    found = tuple(tuple(path for path in block if any(is_named(path, one) for one in targets)) for block in layers)
    if not any(found):
        ends = list(dict.fromkeys(path.rpartition(".")[2] for block in layers for path in block))
        raise ConfigError(
            "lora-without-match",
            name=name or Message("named-backbone"),
            targets=targets,
            count=len(ends),
            layers=ends[:MOST_LAYERS],
        )
    return found


def is_named(path: str, target: str) -> bool:
    """Whether ``path`` equals ``target`` or ends in "." and ``target``, as ``layer.0.query`` for ``query``."""
    return path == target or path.endswith(f".{target}")
