"""A text bundle with one task -> a folder that transformers or sentence-transformers loads.

Which of the two depends on the pooling, because transformers' classification classes read one position of a text:

    first, last     ``AutoModelForSequenceClassification``, where the kind of network has such a class and it can
                    compute the bundle's linear head
    everything else ``SentenceTransformer``: the network, its pooling, and the head as a ``Dense`` module whose outputs
                    are the logits

Classes of transformers have layers of their own between features and outputs. They are set so that they compute
nothing:

    dense + tanh            weights 2^-12 I, and the last layer times 2^12: tanh(x) = x for small x, up to x^2 / 3
    dense + ReLU or GELU    bias + c, and the last layer's bias - W c: both are the identity for large x
    no bias (GPT)           the bias of the last LayerNorm is moved by d, where W d is the bias of the head

Whether the result computes the same is not assumed but compared, on texts of different lengths in one batch.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ghep.backbone.huggingface import quiet
from ghep.backbone.sentence_encoder import FLAGS, MODES
from ghep.backbone.text import TextBackbone, TextNet
from ghep.data.loading.padded import Padded
from ghep.data.text.tokens import NEUTRAL, TOKENIZER_FILE, TokenPreprocess
from ghep.errors import ConfigError
from ghep.export.hf_head import PROBLEM_TYPES, LinearHead, agree
from ghep.messages import Message
from ghep.model.transfer import TransferModel
from ghep.storage.tensors import write_tensors
from ghep.storage.text import write_json_atomic, write_text_atomic

TRANSFORMERS, SENTENCES = "transformers", "sentence-transformers"
SMALL = 2.0**-12
"""Scale of features before a tanh. Features of 10 change by 2e-6 of themselves, and half precision still holds them."""
MARGIN = 8.0
"""From here on GELU(x) is x in float32."""
ENCODERS = {"t5": "T5EncoderModel", "mt5": "MT5EncoderModel", "umt5": "UMT5EncoderModel"}
"""Kind of encoder-decoder -> transformers' class for its encoder alone."""


def write_text_folder(folder: Path, model: TransferModel, head: LinearHead) -> str:
    """Write the files of ``model`` with ``head`` in ``folder``; return the library that loads them.

    Raises ConfigError if the network is not one of transformers, or if neither library can compute what it computes.
    """
    backbone = model.backbone
    net, preprocess = backbone.net, backbone.preprocess
    if backbone.architecture.builder != "transformers" or not isinstance(net, TextNet):
        raise ConfigError("hf-not-a-transformers-network", network=backbone.card.name)
    assert isinstance(backbone, TextBackbone) and isinstance(preprocess, TokenPreprocess)
    pad = _pad_token(preprocess, net)
    with quiet():
        library = _write_classifier(folder, backbone, net, head, pad[1]) or _write_encoder(folder, net, head)
    _write_tokenizer(folder, preprocess, net, pad[0])
    return library


def _write_classifier(folder: Path, backbone: TextBackbone, net: TextNet, head: LinearHead, pad: int) -> str | None:
    """Write transformers' classifier; return None if there is none that computes backbone and head."""
    from transformers import AutoModelForSequenceClassification

    if net.pooling not in ("first", "last") or net.normalize:
        return None
    config = copy.deepcopy(net.model.config)
    config.id2label = dict(enumerate(head.labels))  # type: ignore[union-attr]
    config.label2id = {name: place for place, name in enumerate(head.labels)}  # type: ignore[union-attr]
    config.problem_type, config.pad_token_id = PROBLEM_TYPES[head.kind], pad  # type: ignore[union-attr]
    inputs = _inputs(backbone, pad)
    with torch.no_grad():
        expected = head.of_features(backbone.eval()(inputs))
    for identity in ("direct", "scaled", "shifted"):
        try:
            with torch.random.fork_rng(devices=[]):
                made = AutoModelForSequenceClassification.from_config(config, dtype=torch.float32).eval()
        except (AttributeError, TypeError, ValueError):  # no such class for this kind, or other settings
            return None
        with torch.no_grad():
            if _fill(made, net, head, identity, inputs, largest=_largest(backbone, inputs)) and agree(
                _outputs(made, net, inputs, pad), expected
            ):
                made.save_pretrained(folder)
                return TRANSFORMERS
    return None


def _fill(made: Any, net: TextNet, head: LinearHead, identity: str, inputs: Padded, *, largest: float) -> bool:
    """Set the weights of ``made``, transformers' class with a classifier; return False if it has other layers.

    ``identity`` says how the dense layer before the last becomes the identity; ``direct``: there is no such layer.
    """
    base = getattr(made, made.base_model_prefix)
    before = base.load_state_dict(net.model.state_dict(), strict=False)
    own = [name for name in made.state_dict() if not name.startswith(f"{made.base_model_prefix}.")]
    added = [*(f"{made.base_model_prefix}.{name}" for name in before.missing_keys), *own]
    layers = [made.get_submodule(path) for path in dict.fromkeys(name.rpartition(".")[0] for name in added)]
    if before.unexpected_keys or not layers or not all(isinstance(layer, nn.Linear) for layer in layers):
        return False
    *inner, outer = layers
    if outer.weight.shape != head.weight.shape or len(inner) != (identity != "direct"):
        return False
    weight, bias = head.weight, head.bias
    for layer in inner:
        if layer.weight.shape != (head.inputs, head.inputs) or layer.bias is None:
            return False
        shift = 2.0 ** torch.tensor(2 * largest + MARGIN).log2().ceil()
        layer.weight.copy_(torch.eye(head.inputs) * (SMALL if identity == "scaled" else 1))
        layer.bias.fill_(0.0 if identity == "scaled" else shift)
        if identity == "scaled":
            weight = weight / SMALL
        else:
            bias = bias - weight.sum(1) * shift
    outer.weight.copy_(weight)
    if outer.bias is not None:
        outer.bias.copy_(bias)
        return True
    return _move_bias_into_norm(base, head, inputs)


def _move_bias_into_norm(base: Any, head: LinearHead, inputs: Padded) -> bool:
    """Move the bias of the last LayerNorm by d with W d = b, for a last layer without a bias; False if impossible."""
    outputs: dict[nn.LayerNorm, torch.Tensor] = {}
    norms = [one for one in base.modules() if isinstance(one, nn.LayerNorm) and one.bias is not None]
    hooks = [one.register_forward_hook(lambda layer, _, out: outputs.__setitem__(layer, out)) for one in norms]
    states = base(input_ids=inputs.values, attention_mask=inputs.mask.long()).last_hidden_state
    for hook in hooks:
        hook.remove()
    last = next((norm for norm, output in outputs.items() if torch.equal(output, states)), None)
    if last is None:
        return False
    weight, bias = head.weight.double(), head.bias.double()
    moved = torch.linalg.pinv(weight) @ bias
    if not torch.allclose(weight @ moved, bias, atol=1e-6):
        return False
    last.bias.add_(moved.float())
    return True


def _inputs(backbone: TextBackbone, pad: int) -> Padded:
    """Return synthetic token ids of different lengths, padded with ``pad``, which no text contains."""
    length = min(12, backbone.preprocess.max_length)
    values = backbone.preprocess.sample(4, length).values.long()
    values[values == pad] = (pad + 1) % max(2, int(values.max()))
    lengths = (length - 2 * torch.arange(4)).clamp_min(1)
    return Padded(values.masked_fill(torch.arange(length) >= lengths[:, None], pad), lengths)


def _largest(backbone: TextBackbone, inputs: Padded) -> float:
    features = backbone(inputs)
    assert isinstance(features, torch.Tensor)
    return float(features.abs().max())


def _outputs(made: Any, net: TextNet, inputs: Padded, pad: int) -> torch.Tensor:
    ids = inputs.values.masked_fill(~inputs.mask, pad)
    types = {"token_type_ids": torch.zeros_like(ids)} if net.segments else {}
    logits: torch.Tensor = made(input_ids=ids, attention_mask=inputs.mask.long(), **types).logits
    return logits


def _write_encoder(folder: Path, net: TextNet, head: LinearHead) -> str:
    """Write the network, its pooling and the head as the modules of sentence-transformers."""
    _encoder(net).save_pretrained(folder)
    modules = [("Transformer", ""), ("Pooling", "1_Pooling")]
    modules += [("Normalize", "2_Normalize")] if net.normalize else []
    modules.append(("Dense", f"{len(modules)}_Dense"))
    listed = [
        {"idx": place, "name": str(place), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for place, (kind, path) in enumerate(modules)
    ]
    write_json_atomic(folder / "modules.json", listed)
    for _, path in modules[1:]:
        (folder / path).mkdir()
    modes = [{ours: theirs for theirs, ours in MODES.items()}[one] for one in net.pooling.split("+")]
    width = head.inputs // len(modes)
    write_json_atomic(folder / "1_Pooling/config.json", {"word_embedding_dimension": width, **_pooling(modes)})
    dense = {
        "in_features": head.inputs,
        "out_features": head.outputs,
        "bias": True,
        "activation_function": "torch.nn.modules.linear.Identity",
    }
    write_json_atomic(folder / modules[-1][1] / "config.json", dense)
    tensors = {"linear.weight": head.weight, "linear.bias": head.bias}
    write_tensors(folder / modules[-1][1] / "model.safetensors", tensors, metadata={"format": "pt"})
    return SENTENCES


def _encoder(net: TextNet) -> Any:
    """Return transformers' class for the network without a head; layers that are not used (poolers) are zero."""
    import transformers

    config = net.model.config
    kind = str(config.model_type)  # type: ignore[union-attr]
    if getattr(config, "is_encoder_decoder", False) and kind not in ENCODERS:
        raise ConfigError("hf-head-not-expressible", network=kind, why=Message("hf-encoder-alone"))
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        if kind in ENCODERS:
            made = getattr(transformers, ENCODERS[kind])(config)
            made.get_encoder().load_state_dict(net.model.state_dict())
            return made
        made = transformers.AutoModel.from_config(config, dtype=torch.float32)
        result = made.load_state_dict(net.model.state_dict(), strict=False)
        for name in result.missing_keys:
            made.get_parameter(name).zero_()
    return made


def _pooling(modes: list[str]) -> Mapping[str, Any]:
    """Return the pooling as flags, which all releases read; as a list where the order is not that of the flags."""
    if modes == [mode for mode in MODES if mode in modes]:
        return {flag: mode in modes for flag, mode in FLAGS.items()}
    return {"pooling_mode": modes}


def _pad_token(preprocess: TokenPreprocess, net: TextNet) -> tuple[str, int]:
    """Return a token to pad with, and its id: the network's own, else a special token, because a text has none.

    Raises ConfigError if the tokenizer has none.
    """
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_str(preprocess.tokenizer)
    given = getattr(net.model.config, "pad_token_id", None)
    own = tokenizer.id_to_token(given) if isinstance(given, int) and given == net.pad else None
    if own is not None:
        return own, int(net.pad)
    special = {one["content"] for one in json.loads(preprocess.tokenizer).get("added_tokens", ())}
    names = ("[PAD]", "<pad>", "<|endoftext|>", "</s>", *NEUTRAL, *sorted(special))
    known = ((name, tokenizer.token_to_id(name)) for name in names if name in special)
    found = next(((name, place) for name, place in known if place is not None), None)
    if found is None:
        raise ConfigError("hf-no-token-to-pad")
    return found


def _write_tokenizer(folder: Path, preprocess: TokenPreprocess, net: TextNet, pad: str) -> None:
    write_text_atomic(folder / TOKENIZER_FILE, preprocess.tokenizer)
    segments = ["token_type_ids"] if net.segments else []
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": preprocess.max_length,
        "pad_token": pad,
        "padding_side": "right",
        "truncation_side": "left" if preprocess.truncate == "tail" else "right",
        "model_input_names": ["input_ids", *segments, "attention_mask"],
        "clean_up_tokenization_spaces": False,
    }
    write_json_atomic(folder / "tokenizer_config.json", config)
    if (folder / "modules.json").is_file():
        limits = {"max_seq_length": preprocess.max_length, "do_lower_case": False}
        write_json_atomic(folder / "sentence_bert_config.json", limits)
