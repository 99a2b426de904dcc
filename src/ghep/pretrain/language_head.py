"""The head of a language model: the output layers of a class of transformers, on states that the backbone computed.

In: states (M, H) of the places to predict. Out: logits (M, V). Layers and their names are those of the class for the
backbone's kind (``BertForMaskedLM``), whose own ``forward`` runs with a stub in place of its network. So every kind
that transformers knows works, and what is saved is read by that class. Only states of predicted places reach the
projection to the vocabulary, which in a small network costs more than its layers.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import torch
from torch import nn

from ghep.backbone.huggingface import quiet
from ghep.data.loading.padded import Padded
from ghep.errors import ConfigError
from ghep.pretrain.cross_entropy import cross_entropy
from ghep.pretrain.model import PretrainingModel
from ghep.pretrain.objectives import Saved, TokenLosses
from ghep.training.precision import Precision


class LanguageHead(nn.Module):
    """States (M, H) -> logits (M, V). Weights shared with the backbone are used and not registered."""

    def __init__(self, whole: nn.Module, transformer: nn.Module) -> None:
        super().__init__()
        prefix = str(whole.base_model_prefix)
        setattr(whole, prefix, transformer)
        whole.tie_weights()  # type: ignore[operator]
        whole._modules.pop(prefix)
        whole.__dict__[prefix] = given_states
        keep_own(whole, transformer)
        self.whole = whole
        self.prefix = prefix

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        """Return logits (M, V) of states (M, H)."""
        return cast("torch.Tensor", self.whole(inputs_embeds=states.unsqueeze(0)).logits[0])

    def saved(self, model: PretrainingModel) -> Saved:
        """Return what transformers' own class reads: backbone and head in its names, shared weights once."""
        body = {f"{self.prefix}.{name}": one for name, one in model.transformer.state_dict().items()}
        head = {name: one.detach() for name, one in self.whole.named_parameters()}
        head |= {name: one for name, one in self.whole.named_buffers() if name in self.whole.state_dict()}
        config: Any = model.transformer.config
        return Saved(type(self.whole).__name__, {**body, **head}, config.to_dict())


def keep_own(network: nn.Module, transformer: nn.Module) -> None:
    """Make ``network`` use the parameters that it shares with ``transformer`` without registering them."""
    shared = {id(parameter) for parameter in transformer.parameters()}
    for module in network.modules():
        for name, parameter in list(module._parameters.items()):
            if parameter is not None and id(parameter) in shared:
                del module._parameters[name]
                module.__dict__[name] = parameter


def given_states(*_: object, **given: Any) -> Any:
    """Return the states that a head is called with, in place of the network that would compute them."""
    from transformers.modeling_outputs import BaseModelOutputWithPastAndCrossAttentions

    return BaseModelOutputWithPastAndCrossAttentions(last_hidden_state=given["inputs_embeds"])


def language_head(
    transformer: nn.Module, auto: Any, *, seed: int, folder: Path | None, objective: str
) -> tuple[LanguageHead, bool]:
    """Return the head of ``auto`` (``AutoModelForMaskedLM``) for ``transformer``, and whether it is trained.

    It is read from ``folder``, if its files have all of it; else drawn from ``seed`` and tied to the embeddings.
    Raises ConfigError for kinds that ``auto`` has no class for.
    """
    config: Any = transformer.config
    options: dict[str, Any] = {"dtype": torch.float32}
    missing: set[str] = set()
    with quiet(), seeded(seed):
        try:
            if folder is None:
                whole = auto.from_config(config, **options)
            else:
                whole, info = auto.from_pretrained(
                    folder,
                    config=config,
                    output_loading_info=True,
                    local_files_only=True,
                    trust_remote_code=False,
                    **options,
                )
                missing = set(map(str, info["missing_keys"]))
            head = LanguageHead(whole, transformer)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ConfigError("pretrain-kind-without-head", objective=objective, kind=config.model_type) from error
    return head, not missing & set(dict(head.whole.named_parameters()))


def predict_tokens(model: PretrainingModel, states: Padded, targets: torch.Tensor, precision: Precision) -> TokenLosses:
    """Return the cross-entropy of each target (N, L) of at least 0, from the states (N, L, H) at its place."""
    places = (targets >= 0).flatten().nonzero().squeeze(1)
    picked = states.values[:, : targets.shape[1]].flatten(0, 1).index_select(0, places)
    with torch.autocast(picked.device.type, torch.bfloat16, enabled=precision.bfloat16):
        nats = cross_entropy(model.head, picked, targets.flatten()[places])
    return TokenLosses(nats, places // targets.shape[1])


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Draw from ``seed`` in the block, and leave the generator of the process as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield
