"""Load text backbones from Hugging Face folders: BERT, GPT, T5 and similar. In: a folder. Out: a ``TextBackbone``.

A folder has ``config.json`` (``model_type`` and sizes), weights, a tokenizer and, for sentence encoders, the pooling.
transformers reads the weights; layers that stay random are an error here, where transformers only warns. No code from
the folder runs: its config is plain data, and keys that would make transformers fetch code are dropped.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ghep.backbone.architecture import Architecture
from ghep.backbone.base import Card
from ghep.backbone.blocks import evaluating
from ghep.backbone.quantised import dtypes_in_files, method_in, refuse_quantised, refuse_scales
from ghep.backbone.sentence_encoder import SentenceFiles, read_sentence_files, transformer_folder
from ghep.backbone.text import TextBackbone, TextNet, refuse_other_vocabulary
from ghep.backbone.weight_check import check_arrival, snapshot
from ghep.backbone.weights import refuse_disguised
from ghep.data.loading.padded import Padded, pad
from ghep.data.text.tokens import TOKENIZER_FILE, TokenPreprocess, lower_cased, read_tokenizer
from ghep.errors import BackboneError, did_you_mean
from ghep.messages import Message, text_of
from ghep.storage.text import read_json
from ghep.types import Finding

BUILDER = "transformers"
TEXT_TO_TEXT = "text-to-text"
LONGEST = 512
"""Positions if neither config nor tokenizer gives a limit (relative positions)."""
LONGEST_DEFAULT = 8192
"""Default for configs with higher limits (32,768 to millions): attention over them takes minutes per text on a CPU.
``--max-length`` may be larger."""
LONGEST_POSSIBLE = 1_000_000
"""A ``model_max_length`` from here on means that the tokenizer has no limit."""
CODE = ("auto_map", "custom_pipelines", "quantization_config", "attn_implementation", "experts_implementation")
"""Config keys that may name code or kernels to fetch; some keys with a leading underscore do too."""
VOCABULARIES = (("vocab.txt",), ("vocab.json", "merges.txt"), ("*.model",))
"""Files from which a tokenizer.json can be built: BERT's, GPT's, SentencePiece's."""
ADAPTER = re.compile(r"\.(?:lora|ia3|adapters?|hada|lokr|b?oft|vera|base_layer)(?:[._]|$)")
"""In names of adapter tensors inside a network: peft's LoRA, IA3, LoHa, LoKr, OFT; bottleneck adapters."""
HEAD = re.compile(
    r"[^.]*(?:head|classif|cls|pool|pred|proj|logit|score|loss|crf|summary|qa|vocab_|linear|dense)"
    r"|outputs?\.|fc\d*\.|decoder\.(?:weight|bias)$"
)
"""Start of the names of source-task heads, after the network's prefix."""
CONSTANT = re.compile(r"(?:position_ids|token_type_ids|inv_freq|(?:attn|attention)\.(?:masked_)?bias)$")
"""Masks and counters stored in older files."""
BEFORE_LOADING = 0x67686570
NOT_RUNNABLE = (AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
"""Exceptions of networks that are called with token ids but need other inputs as well."""
EXAMPLES = 3
"""Tensor names in a message."""


def build(name: str, arguments: Mapping[str, Any]) -> TextNet:
    """Return a network with random weights; ``name`` is its ``model_type``, ``arguments`` its config and pooling."""
    model = _model(_config({**arguments.get("config", {}), "model_type": name}))
    pooling, normalize = str(arguments.get("pooling", "mean")), bool(arguments.get("normalize", False))
    return TextNet(model, pooling, pad=_pad(model), normalize=normalize)


def load_folder(
    folder: Path,
    *,
    name: str,
    random_weights: bool,
    seed: int,
    text_to_text: bool = False,
    source: str | None = None,
) -> TextBackbone:
    """Return the backbone in ``folder``; with ``text_to_text``, its decoder scores the labels.

    ``source`` is the source on the card, by default the folder's name and the name in the config. Raises BackboneError
    if the folder is incomplete or damaged, or if the network does not work as a text backbone.
    """
    try:
        return _loaded(folder, name, random_weights=random_weights, seed=seed, text_to_text=text_to_text, source=source)
    except NOT_RUNNABLE as error:  # lxmert needs images, bros boxes, xmod a language; the exceptions differ
        kind = _object(transformer_folder(folder) / "config.json").get("model_type")
        raise BackboneError(
            "network-not-for-texts", name=name, kind=kind, error_type=type(error).__name__, error=_first_line(error)
        ) from error


def _loaded(
    folder: Path, name: str, *, random_weights: bool, seed: int, text_to_text: bool, source: str | None
) -> TextBackbone:
    sentence = read_sentence_files(folder)
    root, folder = folder, transformer_folder(folder)
    config = _object(folder / "config.json")
    kind = str(config.pop("model_type", ""))
    settings = _plain(config)
    if not random_weights:
        _refuse_adapters(folder)
        refuse_quantised(dtypes_in_files(folder), backbone_name=name, method=method_in(config))
    if text_to_text and not getattr(_config({**settings, "model_type": kind}), "is_encoder_decoder", False):
        raise BackboneError("text2text-without-decoder", name=name, kind=kind)
    architecture = Architecture(TEXT_TO_TEXT if text_to_text else BUILDER, kind, {"config": settings})
    net = architecture.build(seed=seed if random_weights else BEFORE_LOADING)
    assert isinstance(net, TextNet)
    if not random_weights:
        _refuse_added(net, dtypes_in_files(folder), name)
    preprocess = _preprocess(folder, net, sentence)
    net.pooling = "none" if text_to_text else sentence.pooling or _usual_pooling(net, preprocess)
    net.normalize = sentence.normalize and not text_to_text
    arguments = {"config": settings, "pooling": net.pooling, "normalize": net.normalize}
    architecture = replace(architecture, arguments=arguments)
    if random_weights:
        card = Card(name, text_of("source-random"), pretrained=False)
        refuse_batch_effects(net, preprocess, name=name)
        return _assembled(net, architecture, preprocess, card, seed=seed)
    inputs = preprocess.sample(4, 12)
    before = snapshot(net, inputs)
    loaded, findings = _load(net, folder, name, text_to_text=text_to_text)
    findings += () if text_to_text else _ignored_settings(sentence, net.pooling, name)
    findings += _extra_layers(net, folder, name)
    findings += check_arrival(net, before, inputs, name=name, rebuild=architecture.build)
    for finding in findings:
        if finding.severity == "error":
            raise BackboneError(finding.message, remedy=finding.remedy)
    refuse_batch_effects(net, preprocess, name=name)
    card = Card(name, source or _origin(root, config), _licence(root))
    return _assembled(net, architecture, preprocess, card, findings, loaded, seed)


def _refuse_adapters(folder: Path) -> None:
    """Raise BackboneError for a LoRA or other adapter next to the base weights: the base alone is a different model."""
    adapters = [
        file.name for file in (folder / "adapter_config.json", *folder.glob("adapter_model.*")) if file.is_file()
    ]
    if adapters:
        base = _object(folder / "adapter_config.json", optional=True).get("base_model_name_or_path")
        raise BackboneError("folder-with-adapter", path=folder, base=base or "unknown", files=adapters)


def _refuse_added(net: TextNet, names: Collection[str], name: str) -> None:
    """Raise BackboneError for tensors in the weight files that change what the network's own weights compute.

    Such tensors are unmerged adapters and quantisation scales. Without them the network would be another model.
    """
    own = list(net.model.state_dict())
    adapters = [] if any(map(ADAPTER.search, own)) else [one for one in names if ADAPTER.search(one)]
    if adapters:
        raise BackboneError("weights-with-adapter", name=name, count=len(adapters), **_first(adapters))
    refuse_scales(names, own, backbone_name=name)


def refuse_batch_effects(net: TextNet, preprocess: TokenPreprocess, *, name: str) -> None:
    """Raise BackboneError if the features of a text depend on the lengths of the other texts in the batch.

    ConvBERT's convolutions, Nystroemformer's landmarks and FNet's Fourier transform include the padding.
    """
    short, long = (preprocess.sample(1, min(length, preprocess.max_length)).values[0].numpy() for length in (5, 11))
    with torch.no_grad(), evaluating(net):
        found = net(pad([short])), net(pad([short, long]))
    alone, together = (row.rows()[0] if isinstance(row, Padded) else row[0] for row in found)
    if not torch.allclose(alone, together, rtol=1e-4, atol=1e-4 * float(alone.abs().max())):
        config: Any = net.model.config
        raise BackboneError("features-depend-on-batch", name=name, kind=config.model_type)


def _assembled(
    net: TextNet,
    architecture: Architecture,
    preprocess: TokenPreprocess,
    card: Card,
    findings: tuple[Finding, ...] = (),
    loaded: nn.Module | None = None,
    seed: int = 0,
) -> TextBackbone:
    if architecture.builder != TEXT_TO_TEXT:
        return TextBackbone(net, architecture=architecture, preprocess=preprocess, card=card, findings=findings)
    from ghep.backbone.text_to_text import TextToTextBackbone, without_encoder

    return TextToTextBackbone(
        net,
        architecture=architecture,
        preprocess=preprocess,
        card=card,
        findings=findings,
        writer=None if loaded is None else without_encoder(loaded),
        seed=seed,
    )


def _usual_pooling(net: TextNet, preprocess: TokenPreprocess) -> str:
    return "last" if is_causal(net, preprocess.sample(1, 6)) else "mean"


def is_causal(net: TextNet, example: Padded) -> bool:
    """Whether the state at a position depends only on earlier positions; tested by running the network."""
    changed = example.values.clone()
    changed[:, -1] = changed[:, 0]
    other = Padded(changed, example.lengths)
    every = TextNet(net.model, "none", pad=net.pad).eval()
    with torch.no_grad():
        one, two = every(example), every(other)
    assert isinstance(one, Padded) and isinstance(two, Padded)
    return torch.equal(one.values[:, :-1], two.values[:, :-1]) and not torch.equal(example.values, other.values)


def _config(settings: Mapping[str, Any]) -> Any:
    from transformers import CONFIG_MAPPING, AutoConfig

    kind = str(settings.get("model_type", ""))
    if kind not in CONFIG_MAPPING:
        hint = did_you_mean(kind, ("bert", "roberta", "distilbert", "gpt2", "t5", "xlnet", "electra"))
        raise BackboneError("transformers-unknown-kind", kind=kind, hint=hint)
    try:
        config = AutoConfig.for_model(**_plain(settings))
    except Exception as error:  # each config class has its own validation
        raise BackboneError("transformers-config-invalid", kind=kind, error=_first_line(error)) from error
    config.use_cache = False
    for key in ("layerdrop", "encoder_layerdrop", "decoder_layerdrop"):  # a dropped layer has no boundary
        if hasattr(config, key):
            setattr(config, key, 0.0)
    return config


def _plain(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the config ``settings`` without keys that name code, files or number formats."""
    left_out = {
        *CODE,
        "architectures",
        "transformers_version",
        "torch_dtype",
        "dtype",
        "use_cache",
        "task_specific_params",
    }
    return {key: value for key, value in settings.items() if key not in left_out and not key.startswith("_")}


def _model(config: Any) -> nn.Module:
    """Return the network for ``config`` without heads, BERT's pooler or the decoder of an encoder-decoder."""
    model = _built(config)
    for module in model.modules():
        if hasattr(type(module), "loss_function"):
            # Unused, but tracing reads every attribute, and without a loss type transformers warns.
            module.loss_type = "ForSequenceClassification"  # type: ignore[assignment]
    return model


def _built(config: Any) -> nn.Module:
    from transformers import AutoModel

    with quiet():
        try:
            if getattr(config, "is_encoder_decoder", False):
                return AutoModel.from_config(config, dtype=torch.float32).get_encoder()  # type: ignore[no-any-return]
            try:
                return AutoModel.from_config(config, dtype=torch.float32, add_pooling_layer=False)  # type: ignore[no-any-return]
            except TypeError:
                return AutoModel.from_config(config, dtype=torch.float32)  # type: ignore[no-any-return]
        except Exception as error:  # each family has its own validation
            raise BackboneError(
                "transformers-not-buildable", kind=config.model_type, error=_first_line(error)
            ) from error


def _load(net: TextNet, folder: Path, name: str, *, text_to_text: bool) -> tuple[nn.Module, tuple[Finding, ...]]:
    """Load the folder's weights into ``net``; return the whole model (with its decoder, if any) and findings.

    Raises BackboneError if weights that the network needs are missing or have other shapes.
    """
    left_out = None if text_to_text else _load_directly(net, folder / "model.safetensors")
    if left_out is not None:
        return net.model, _left_out(net, left_out, name)
    from transformers import AutoModel, AutoModelForSeq2SeqLM

    config = net.model.config
    options: dict[str, Any] = {"config": config, "dtype": torch.float32, "local_files_only": True}
    with quiet():
        try:
            loaded, info = (AutoModelForSeq2SeqLM if text_to_text else AutoModel).from_pretrained(
                folder, output_loading_info=True, trust_remote_code=False, **options
            )
        except Exception as error:  # missing, damaged or foreign files: many types, the same meaning
            for file in sorted((*folder.glob("model*.safetensors"), *folder.glob("pytorch_model*.bin"))):
                refuse_disguised(file)
            raise BackboneError(
                "folder-weights-unreadable", path=folder, kind=type(error).__name__, error=_first_line(error)
            ) from error
    wanted = set(net.model.state_dict())
    source = loaded.get_encoder() if getattr(config, "is_encoder_decoder", False) else loaded
    prefix = _prefix(loaded, source)
    missing = sorted(
        key for key in map(str, info["missing_keys"]) if text_to_text or key.removeprefix(prefix) in wanted
    )
    misshapen = sorted(str(key) for key in info.get("mismatched_keys", ()))
    if missing or misshapen:
        raise BackboneError(
            "weights-of-other-config",
            name=name,
            missing=len(missing),
            missing_names=missing[:EXAMPLES],
            misshapen=len(misshapen),
            misshapen_names=misshapen[:EXAMPLES],
        )
    net.model.load_state_dict({key: value for key, value in source.state_dict().items() if key in wanted})
    return loaded, _left_out(net, sorted(map(str, info["unexpected_keys"])), name)


def _load_directly(net: TextNet, file: Path) -> list[str] | None:
    """Load a safetensors file into ``net``; return the names of its unused tensors, or None if it does not fit ``net``.

    Most files have the tensor names of ``net``; reading them here takes a tenth of the time that transformers takes.
    The caller lets transformers read other files (names of older versions, shards).
    """
    if not file.is_file():
        return None
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        state = load_file(file)
    except (OSError, SafetensorError):
        return None  # transformers, tried next, reports it
    wanted = net.model.state_dict()
    for prefix in ("", f"{getattr(net.model, 'base_model_prefix', '')}."):
        if all(
            state.get(prefix + key) is not None and state[prefix + key].shape == wanted[key].shape for key in wanted
        ):
            net.model.load_state_dict({key: state[prefix + key].float() for key in wanted})
            return sorted(key for key in state if key.removeprefix(prefix) not in wanted)
    return None


def _beyond(net: TextNet, names: Iterable[str]) -> dict[str, str]:
    """Return tensor name -> layer (``encoder.layer.2``) for tensors of layers that exceed the config's layer count."""
    lists = {path: len(module) for path, module in net.model.named_modules() if isinstance(module, nn.ModuleList)}
    beyond = {}
    for tensor in names:
        for path, length in lists.items():
            found = re.search(rf"(?:^|\.){re.escape(path)}\.(\d+)\.", tensor)
            if found is not None and int(found[1]) >= length and "decoder" not in tensor[: found.start()]:
                beyond[tensor] = f"{path}.{found[1]}"
    return beyond


def _extra_layers(net: TextNet, folder: Path, name: str) -> tuple[Finding, ...]:
    """Return a warning if the weight files have more layers than the config says."""
    beyond = set(_beyond(net, dtypes_in_files(folder)).values())
    if not beyond:
        return ()
    return (Finding.of("layers-left-out", "warning", items=sorted(beyond), name=name, count=len(beyond)),)


def _left_out(net: TextNet, names: Sequence[str], name: str) -> tuple[Finding, ...]:
    """Return findings on tensors that were not loaded: heads of the source task (info) and others (warning)."""
    constant = getattr(net.model, "_keys_to_ignore_on_load_unexpected", None) or ()
    beyond = _beyond(net, names)
    names = [one for one in names if one not in beyond and not CONSTANT.search(one)]
    names = [one for one in names if not any(re.search(pattern, one) for pattern in constant)]
    prefix = f"{getattr(net.model, 'base_model_prefix', '')}."
    heads = [one for one in names if HEAD.match(one.removeprefix(prefix))]
    others = [one for one in names if one not in heads]
    loaded = len(net.model.state_dict())
    findings = []
    if heads:
        findings.append(Finding.of("source-head-left-out", "info", items=heads, name=name, loaded=loaded))
    if others:
        findings.append(
            Finding.of(
                "tensors-left-out",
                "warning",
                items=others,
                name=name,
                loaded=loaded,
                count=len(others),
                **_first(others),
            )
        )
    return tuple(findings)


def _first(names: Sequence[str]) -> dict[str, Any]:
    """Return message parameters that shorten a list: ``names``, the first few, and ``more``, how many are omitted."""
    return {"names": list(names[:EXAMPLES]), "more": max(0, len(names) - EXAMPLES)}


def _prefix(loaded: nn.Module, source: nn.Module) -> str:
    return next((f"{path}." for path, module in loaded.named_modules() if module is source and path), "")


def _preprocess(folder: Path, net: TextNet, sentence: SentenceFiles) -> TokenPreprocess:
    content = _tokenizer(folder)
    content = lower_cased(content) if sentence.lower_case else content
    limit = min(_max_length(folder, net), sentence.max_length or LONGEST_POSSIBLE)
    preprocess = TokenPreprocess(content, limit, _unknown(content))
    refuse_other_vocabulary(preprocess, _rows(net.model), name=str(folder))
    return preprocess


def _tokenizer(folder: Path) -> str:
    """Return the content of the folder's ``tokenizer.json``; if missing, build it from older tokenizer files."""
    file = folder / TOKENIZER_FILE
    if file.is_file():
        return read_tokenizer(file)
    # Without any of these, transformers builds an empty tokenizer, to which every word is unknown.
    if not any(all(any(folder.glob(name)) for name in names) for names in VOCABULARIES):
        raise BackboneError("tokenizer-missing", path=folder, file=TOKENIZER_FILE)
    from transformers import AutoTokenizer

    with quiet():
        try:
            made = AutoTokenizer.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
            return str(made.backend_tokenizer.to_str())
        except Exception as error:  # missing files, or a kind without a fast tokenizer
            raise BackboneError(
                "tokenizer-not-convertible", path=folder, file=TOKENIZER_FILE, error=_first_line(error)
            ) from error


def _unknown(content: str) -> int | None:
    model = json.loads(content).get("model", {})
    if isinstance(model.get("unk_id"), int):
        return int(model["unk_id"])
    token, vocabulary = model.get("unk_token"), model.get("vocab")
    found = vocabulary.get(token) if isinstance(vocabulary, dict) and token else None
    return None if found is None else int(found)


def _max_length(folder: Path, net: TextNet) -> int:
    """Return the maximum number of tokens of a text: the smallest limit of config, position table and tokenizer."""
    config = net.model.config
    limits = [
        int(value)
        for key in ("max_position_embeddings", "n_positions")
        if (value := getattr(config, key, 0)) and value > 0
    ]
    for path, module in net.model.named_modules():  # RoBERTa numbers positions from the padding token's id on
        if path.endswith("position_embeddings") and isinstance(module, nn.Embedding) and module.padding_idx is not None:
            limits.append(module.num_embeddings - module.padding_idx - 1)
    value = _object(folder / "tokenizer_config.json", optional=True).get("model_max_length")
    if isinstance(value, int | float) and 0 < value < LONGEST_POSSIBLE:
        limits.append(int(value))
    return min((*limits, LONGEST_DEFAULT)) if limits else LONGEST


def _ignored_settings(sentence: SentenceFiles, pooling: str, name: str) -> tuple[Finding, ...]:
    """Return a warning for sentence-encoder settings that ghep does not implement: some poolings, layers, prompts."""
    if not sentence.ignored:
        return ()
    ignored = [str(setting) for setting in sentence.ignored]
    code = "sentence-files-not-followed"
    return (Finding.of(code, "warning", items=ignored, name=name, ignored=sentence.ignored, pooling=pooling),)


def _pad(model: nn.Module) -> int:
    pad = getattr(model.config, "pad_token_id", None)
    return int(pad) if isinstance(pad, int) and 0 <= pad < _rows(model) else 0


def _rows(model: nn.Module) -> int:
    """Return the number of rows of the token embedding; raise BackboneError if the network has no such embedding."""
    try:
        return int(model.get_input_embeddings().num_embeddings)  # type: ignore[operator]
    except (AttributeError, NotImplementedError, TypeError) as error:
        raise BackboneError("network-without-token-embeddings", network=type(model).__name__) from error


def _origin(folder: Path, config: Mapping[str, Any]) -> str:
    name = config.get("_name_or_path")
    known = isinstance(name, str) and re.fullmatch(r"[\w.-]+(/[\w.-]+)?", name) is not None and ".." not in name
    return f"{folder.name} ({name})" if known else folder.name


def _licence(folder: Path) -> str:
    readme = folder / "README.md"
    if not readme.is_file():
        return "unknown"
    found = re.search(r"^license:\s*(\S+)", readme.read_text(encoding="utf-8", errors="replace")[:4096], re.MULTILINE)
    return found[1] if found else "unknown"


def _object(path: Path, *, optional: bool = False) -> dict[str, Any]:
    if optional and not path.is_file():
        return {}
    found = read_json(path, error=BackboneError, what=Message("backbone-folder"))
    if not isinstance(found, dict):
        raise BackboneError("json-not-an-object", path=path)
    return found


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Silence transformers' logs and progress bars inside the ``with`` statement; ghep reports the same problems."""
    try:
        from transformers.utils import logging
    except ImportError as error:
        raise BackboneError("texts-need-transformers") from error
    level = logging.get_verbosity()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        logging.enable_progress_bar()


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
