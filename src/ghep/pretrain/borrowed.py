"""A second network in pretraining that shares weights with the backbone: TSDAE's decoder, ELECTRA's generator.

Weights that it shares are used and not registered, so that each is trained, saved and counted once, as the backbone's.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import cast

import torch
from torch import nn

from ghep.backbone.weights import read_weights
from ghep.data.loading.padded import Padded
from ghep.pretrain.cross_entropy import cross_entropy
from ghep.pretrain.folder import HEAD_FILE
from ghep.pretrain.language_head import given_states, keep_own
from ghep.pretrain.objectives import TokenLosses


class Borrowing(nn.Module):
    """A language model of transformers, with the weights of ``transformer`` whose names ``lent`` accepts.

    Its network and its output layers are called apart, because only states of predicted places are projected to the
    vocabulary.
    """

    def __init__(self, whole: nn.Module, transformer: nn.Module, lent: Callable[[str], bool]) -> None:
        super().__init__()
        prefix = str(whole.base_model_prefix)
        self.network: nn.Module = getattr(whole, prefix)
        shared = {name: parameter for name, parameter in transformer.named_parameters() if lent(name)}
        for name, _ in list(self.network.named_parameters()):
            if name in shared:
                path, _, last = name.rpartition(".")
                setattr(self.network.get_submodule(path), last, shared[name])
        whole.tie_weights()  # type: ignore[operator]
        whole._modules.pop(prefix)
        whole.__dict__[prefix] = given_states
        self.outputs = whole
        keep_own(self, transformer)

    def forward(self, ids: torch.Tensor, **inputs: torch.Tensor) -> torch.Tensor:
        """Return the states (N, L, H) of ids (N, L); ``inputs`` are further arguments of the network."""
        return cast("torch.Tensor", self.network(input_ids=ids, **inputs).last_hidden_state)

    def logits(self, states: torch.Tensor) -> torch.Tensor:
        """Return logits (M, V) of states (M, H)."""
        return cast("torch.Tensor", self.outputs(inputs_embeds=states.unsqueeze(0)).logits[0])


def read_head(head: nn.Module, folder: Path | None) -> bool:
    """Load the tensors of ``head`` that an earlier pretraining has written; return whether there were any that fit."""
    file = None if folder is None else folder / HEAD_FILE
    if file is None or not file.is_file():
        return False
    found, own = read_weights(file), own_tensors(head)
    if {name: one.shape for name, one in found.items()} != {name: one.shape for name, one in own.items()}:
        return False
    with torch.no_grad():
        for name, one in own.items():
            one.copy_(found[name])
    return True


def own_tensors(head: nn.Module) -> dict[str, torch.Tensor]:
    """Return the parameters of ``head`` by name, each once: BERT's output bias has two names."""
    return {name: parameter.detach() for name, parameter in head.named_parameters()}


def losses_at(
    logits: Callable[[torch.Tensor], torch.Tensor], states: torch.Tensor, targets: torch.Tensor
) -> TokenLosses:
    """Return the cross-entropy of each target (N, L) of at least 0; ``logits`` maps its states (M, H) to (M, V)."""
    rows, places = (targets >= 0).nonzero(as_tuple=True)
    wanted = targets[rows, places]
    return TokenLosses(cross_entropy(logits, states[rows, places], wanted), rows, predicted=wanted)


def mask_of(inputs: Padded) -> torch.Tensor:
    """Return the attention mask (N, L) int64."""
    return inputs.mask.long()
