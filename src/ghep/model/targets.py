"""Which layers LoRA adapts: names that are looked for, paths that are found."""

from __future__ import annotations

from collections.abc import Sequence

from ghep.errors import ConfigError

ATTENTION = (
    *("query", "value"),  # BERT, RoBERTa, ELECTRA, MiniLM, ViT of transformers
    *("q_proj", "v_proj"),  # BART, CLIP, Llama, OPT, EVA of timm
    *("q_lin", "v_lin"),  # DistilBERT, XLM
    *("query_proj", "value_proj"),  # DeBERTa
    *("q", "v"),  # MPNet, T5, CaiT
    *("qkv", "Wqkv"),  # one layer for all three: ViT and Swin of timm, ModernBERT
    *("c_attn", "query_key_value"),  # likewise: GPT-2; GPT-NeoX, Falcon
)
"""What families of networks call the layers that make an attention's queries and values: the two that the paper adapts
(section 7.1)."""


def matching(
    layers: Sequence[Sequence[str]], targets: Sequence[str], *, name: str = "the backbone"
) -> tuple[tuple[str, ...], ...]:
    """Return those of ``layers`` (paths by block) whose path is one of ``targets`` or ends in one, at a dot.

    Raises ConfigError when none is: LoRA would be a linear probe (without a word, in most libraries).
    """
    found = tuple(tuple(path for path in block if any(is_named(path, one) for one in targets)) for block in layers)
    if not any(found):
        ends = dict.fromkeys(path.rpartition(".")[2] for block in layers for path in block)
        there = (
            f"its layers are called {', '.join(list(ends)[:12])}"
            if ends
            else "it has no linear layer, and no plain convolution"
        )
        raise ConfigError(
            f"LoRA matched no layer of {name} (looked for {', '.join(targets)}; {there})",
            remedy="name them with targets=..." if ends else "choose light or lp_ft",
        )
    return found


def is_named(path: str, target: str) -> bool:
    """Whether ``path`` is ``target`` or ends in it, at a dot."""
    return path == target or path.endswith(f".{target}")
