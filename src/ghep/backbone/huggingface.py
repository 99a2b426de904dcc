"""Text backbones in Hugging Face's form, from a folder: BERT, GPT, T5 and their kin.

A folder holds ``config.json`` (``model_type`` and sizes), weights, a tokenizer, and for sentence encoders how they
pool. Weights are read by transformers; it warns of layers that stay random and goes on, here that is an error. No code
of a folder is run: its config is read as plain data, and the keys that would have transformers fetch code are left out.
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
from ghep.backbone.weights import MERGE, refuse_disguised
from ghep.data.loading.padded import Padded, pad
from ghep.data.text.tokens import TOKENIZER_FILE, TokenPreprocess, lower_cased, read_tokenizer
from ghep.errors import BackboneError, did_you_mean
from ghep.storage.text import read_json
from ghep.types import Finding

BUILDER = "transformers"
TEXT_TO_TEXT = "text-to-text"
INSTALL = 'pip install "ghep[text]"'
LONGEST = 512
"""Positions where neither config nor tokenizer names a limit (relative positions)."""
LONGEST_DEFAULT = 8192
"""Positions where a config names more (32,768 to millions): attention over them takes minutes a text on a CPU. A larger
``--max-length`` is followed."""
LONGEST_POSSIBLE = 1_000_000
"""Above this a ``model_max_length`` means that the tokenizer knows no limit."""
CODE = ("auto_map", "custom_pipelines", "quantization_config", "attn_implementation", "experts_implementation")
"""Keys of a config that may name code or kernels to fetch; so do some that begin with an underscore."""
VOCABULARIES = (("vocab.txt",), ("vocab.json", "merges.txt"), ("*.model",))
"""Files that a tokenizer.json can be made of: of BERT's kind, of GPT's, of SentencePiece."""
ADAPTER = re.compile(r"\.(?:lora|ia3|adapters?|hada|lokr|b?oft|vera|base_layer)(?:[._]|$)")
"""In names of tensors that adapters add inside a network: peft's LoRA, IA3, LoHa, LoKr, OFT; bottleneck adapters."""
HEAD = re.compile(
    r"[^.]*(?:head|classif|cls|pool|pred|proj|logit|score|loss|crf|summary|qa|vocab_|linear|dense)"
    r"|outputs?\.|fc\d*\.|decoder\.(?:weight|bias)$"
)
"""How names of the heads of a source task begin, after the network's prefix."""
CONSTANT = re.compile(r"(?:position_ids|token_type_ids|inv_freq|(?:attn|attention)\.(?:masked_)?bias)$")
"""Masks and counters that older files hold."""
BEFORE_LOADING = 0x67686570
NOT_RUNNABLE = (AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
"""What the code of a network raises that is called with token ids and wants something else, too."""


def build(name: str, arguments: Mapping[str, Any]) -> TextNet:
    """Build with random weights: ``name`` is a ``model_type``, ``arguments`` hold ``config`` and ``pooling``."""
    model = _model(_config({**arguments.get("config", {}), "model_type": name}))
    pooling, normalize = str(arguments.get("pooling", "mean")), bool(arguments.get("normalize", False))
    return TextNet(model, pooling, pad=_pad(model), normalize=normalize)


def load_folder(
    folder: Path,
    *,
    name: str,
    random_weights: bool,
    seed: int,
    writes: bool = False,
    source: str | None = None,
) -> TextBackbone:
    """Return the backbone in ``folder``; with ``writes`` its decoder writes the labels (``text_to_text.py``).

    ``source`` is for the card; unless given, the folder's name and what its config says. Raises BackboneError for a
    folder that is incomplete or damaged, and for kinds of networks that do not work as a text backbone.
    """
    try:
        return _loaded(folder, name, random_weights=random_weights, seed=seed, writes=writes, source=source)
    except NOT_RUNNABLE as error:  # lxmert wants images, bros boxes, xmod a language: each says so in its own way
        kind = _object(transformer_folder(folder) / "config.json").get("model_type")
        raise BackboneError(
            f"{name} ({kind}) does not work as a text backbone ({type(error).__name__}: {_first_line(error)})",
            remedy="choose a kind that needs token ids alone: BERT, RoBERTa, GPT, T5 kinds",
        ) from error


def _loaded(
    folder: Path, name: str, *, random_weights: bool, seed: int, writes: bool, source: str | None
) -> TextBackbone:
    sentence = read_sentence_files(folder)
    root, folder = folder, transformer_folder(folder)
    config = _object(folder / "config.json")
    kind = str(config.pop("model_type", ""))
    settings = _plain(config)
    if not random_weights:
        _refuse_adapters(folder)
        refuse_quantised(dtypes_in_files(folder), what=name, method=method_in(config))
    if writes and not getattr(_config({**settings, "model_type": kind}), "is_encoder_decoder", False):
        raise BackboneError(
            f"{name} has no decoder to write labels with: {kind} is no encoder-decoder",
            remedy="pass a T5's folder or name, or leave text2text/ out",
        )
    architecture = Architecture(TEXT_TO_TEXT if writes else BUILDER, kind, {"config": settings})
    net = architecture.build(seed=seed if random_weights else BEFORE_LOADING)
    assert isinstance(net, TextNet)
    if not random_weights:
        _refuse_added(net, dtypes_in_files(folder), name)
    preprocess = _preprocess(folder, net, sentence)
    net.pooling = "none" if writes else sentence.pooling or _usual_pooling(net, preprocess)
    net.normalize = sentence.normalize and not writes
    arguments = {"config": settings, "pooling": net.pooling, "normalize": net.normalize}
    architecture = replace(architecture, arguments=arguments)
    if random_weights:
        card = Card(name, "random weights", pretrained=False)
        refuse_neighbours(net, preprocess, name=name)
        return _assembled(net, architecture, preprocess, card, seed=seed)
    inputs = preprocess.sample(4, 12)
    before = snapshot(net, inputs)
    loaded, findings = _load(net, folder, name, writes=writes)
    findings += () if writes else _not_followed(sentence, net.pooling, name)
    findings += (*_cut_off(net, folder, name), *check_arrival(net, before, inputs, name=name, again=architecture.build))
    for finding in findings:
        if finding.severity == "error":
            raise BackboneError(finding.message, remedy=finding.remedy)
    refuse_neighbours(net, preprocess, name=name)
    card = Card(name, source or _origin(root, config), _licence(root))
    return _assembled(net, architecture, preprocess, card, findings, loaded, seed)


def _refuse_adapters(folder: Path) -> None:
    """Raise BackboneError for a LoRA or another adapter next to the base weights: the base alone is another model."""
    adapters = [
        file.name for file in (folder / "adapter_config.json", *folder.glob("adapter_model.*")) if file.is_file()
    ]
    if adapters:
        base = _object(folder / "adapter_config.json", optional=True).get("base_model_name_or_path", "its base")
        raise BackboneError(
            f"{folder} holds an adapter for {base} ({', '.join(adapters)}), which ghep does not apply",
            remedy=f"{MERGE}; to use the base alone, move the adapter's files away",
        )


def _refuse_added(net: TextNet, names: Collection[str], name: str) -> None:
    """Raise BackboneError for tensors in the weight files that change what the network's own weights compute.

    Those are adapters that were not merged, and scales of codes. Without them the rest is another model, or nonsense.
    """
    own = list(net.model.state_dict())
    adapters = [] if any(map(ADAPTER.search, own)) else [one for one in names if ADAPTER.search(one)]
    if adapters:
        raise BackboneError(
            f"the weights of {name} hold {len(adapters)} tensors of an adapter that is not merged "
            f"({_few(adapters)}), which ghep does not apply",
            remedy=f"{MERGE}; to use the base alone, save it without the adapter",
        )
    refuse_scales(names, own, what=name)


def refuse_neighbours(net: TextNet, preprocess: TokenPreprocess, *, name: str) -> None:
    """Raise BackboneError if the features of a text depend on how long the others in its batch are.

    ConvBERT's convolutions, Nystroemformer's landmarks and FNet's Fourier transform reach into the padding.
    """
    short, long = (preprocess.sample(1, min(length, preprocess.max_length)).values[0].numpy() for length in (5, 11))
    with torch.no_grad(), evaluating(net):
        found = net(pad([short])), net(pad([short, long]))
    alone, together = (row.rows()[0] if isinstance(row, Padded) else row[0] for row in found)
    if not torch.allclose(alone, together, rtol=1e-4, atol=1e-4 * float(alone.abs().max())):
        config: Any = net.model.config
        raise BackboneError(
            f"{name} ({config.model_type}) gives a text other features when a longer text is in its batch",
            remedy="choose a backbone that leaves out padding: BERT, RoBERTa, DistilBERT, ELECTRA, MPNet, T5 kinds",
        )


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
    """Whether what stands at one position depends on those before it alone: tried, not looked up."""
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
        raise BackboneError(
            f'transformers knows no model_type "{kind}"',
            remedy=did_you_mean(kind, ("bert", "roberta", "distilbert", "gpt2", "t5", "xlnet", "electra")),
        )
    try:
        config = AutoConfig.for_model(**_plain(settings))
    except Exception as error:  # each config checks itself in its own way
        raise BackboneError(
            f"the config of this {kind} cannot be: {_first_line(error)}", remedy="correct config.json"
        ) from error
    config.use_cache = False
    for key in ("layerdrop", "encoder_layerdrop", "decoder_layerdrop"):  # a layer that is left out has no boundary
        if hasattr(config, key):
            setattr(config, key, 0.0)
    return config


def _plain(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the sizes and switches of a config, without what names code, files or number formats."""
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
    """Return the network without heads: of an encoder-decoder its encoder, of BERT without the unused pooler."""
    model = _built(config)
    for module in model.modules():
        if hasattr(type(module), "loss_function"):
            # Never used here; but whoever lists a module's attributes (tracing does) asks for it, and without a type
            # transformers complains of that.
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
        except Exception as error:  # each family checks its sizes in its own way
            raise BackboneError(
                f"{config.model_type} cannot be built: {_first_line(error)}", remedy="correct its config.json"
            ) from error


def _load(net: TextNet, folder: Path, name: str, *, writes: bool) -> tuple[nn.Module, tuple[Finding, ...]]:
    """Lay the folder's weights into ``net``; an error if any that it needs is missing. Returns the whole model, too."""
    left_out = None if writes else _laid_in(net, folder / "model.safetensors")
    if left_out is not None:
        return net.model, _left_out(net, left_out, name)
    from transformers import AutoModel, AutoModelForSeq2SeqLM

    config = net.model.config
    options: dict[str, Any] = {"config": config, "dtype": torch.float32, "local_files_only": True}
    with quiet():
        try:
            loaded, info = (AutoModelForSeq2SeqLM if writes else AutoModel).from_pretrained(
                folder, output_loading_info=True, trust_remote_code=False, **options
            )
        except Exception as error:  # missing, damaged or foreign files: many kinds, one meaning
            for file in sorted((*folder.glob("model*.safetensors"), *folder.glob("pytorch_model*.bin"))):
                refuse_disguised(file)
            raise BackboneError(
                f"the weights in {folder} cannot be read ({type(error).__name__}: {_first_line(error)})",
                remedy="a folder needs config.json and model.safetensors (or pytorch_model.bin with tensors only)",
            ) from error
    wanted = set(net.model.state_dict())
    source = loaded.get_encoder() if getattr(config, "is_encoder_decoder", False) else loaded
    prefix = _prefix(loaded, source)
    missing = sorted(key for key in map(str, info["missing_keys"]) if writes or key.removeprefix(prefix) in wanted)
    misshapen = sorted(str(key) for key in info.get("mismatched_keys", ()))
    if missing or misshapen:
        raise BackboneError(
            f"{name} lacks {len(missing)} tensors its config asks for ({', '.join(missing[:5])}) and has "
            f"{len(misshapen)} of another shape ({', '.join(misshapen[:3])})",
            remedy="the weights belong to another config: get both from the same place",
        )
    net.model.load_state_dict({key: value for key, value in source.state_dict().items() if key in wanted})
    return loaded, _left_out(net, sorted(map(str, info["unexpected_keys"])), name)


def _laid_in(net: TextNet, file: Path) -> list[str] | None:
    """Read one safetensors file whose names are the network's own; None, and nothing done, if they are not.

    That is most of them, in a tenth of the seconds. The others (names of older versions, several files) are for
    transformers to read.
    """
    if not file.is_file():
        return None
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        state = load_file(file)
    except (OSError, SafetensorError):
        return None  # said by what is tried next
    wanted = net.model.state_dict()
    for prefix in ("", f"{getattr(net.model, 'base_model_prefix', '')}."):
        if all(
            state.get(prefix + key) is not None and state[prefix + key].shape == wanted[key].shape for key in wanted
        ):
            net.model.load_state_dict({key: state[prefix + key].float() for key in wanted})
            return sorted(key for key in state if key.removeprefix(prefix) not in wanted)
    return None


def _beyond(net: TextNet, names: Iterable[str]) -> dict[str, str]:
    """Return tensor -> layer (``encoder.layer.2``) for the layers that the config does not ask for."""
    lists = {path: len(module) for path, module in net.model.named_modules() if isinstance(module, nn.ModuleList)}
    beyond = {}
    for tensor in names:
        for path, length in lists.items():
            found = re.search(rf"(?:^|\.){re.escape(path)}\.(\d+)\.", tensor)
            if found is not None and int(found[1]) >= length and "decoder" not in tensor[: found.start()]:
                beyond[tensor] = f"{path}.{found[1]}"
    return beyond


def _cut_off(net: TextNet, folder: Path, name: str) -> tuple[Finding, ...]:
    """Report layers that the files hold and the config does not ask for."""
    beyond = set(_beyond(net, dtypes_in_files(folder)).values())
    if not beyond:
        return ()
    message = f"the files of {name} hold {len(beyond)} layers more than its config asks for; they were not loaded"
    remedy = "correct the number of layers in config.json, unless the shorter network is what you want"
    return (Finding("layers-left-out", "warning", message, remedy, tuple(sorted(beyond))),)


def _left_out(net: TextNet, names: Sequence[str], name: str) -> tuple[Finding, ...]:
    """Report the tensors of the files that were not loaded: heads of the source task, and, as a warning, others."""
    constant = getattr(net.model, "_keys_to_ignore_on_load_unexpected", None) or ()
    beyond = _beyond(net, names)
    names = [one for one in names if one not in beyond and not CONSTANT.search(one)]
    names = [one for one in names if not any(re.search(pattern, one) for pattern in constant)]
    prefix = f"{getattr(net.model, 'base_model_prefix', '')}."
    heads = [one for one in names if HEAD.match(one.removeprefix(prefix))]
    others = [one for one in names if one not in heads]
    loaded = f"{len(net.model.state_dict())} tensors of {name} loaded"
    findings = []
    if heads:
        message = f"{loaded}; the heads of its source task were left out"
        findings.append(Finding("source-head-left-out", "info", message, items=tuple(heads)))
    if others:
        message = f"{loaded}; its files hold {len(others)} more, which its config has no place for ({_few(others)})"
        remedy = "check that config.json belongs to these weights; if it does, the network is used without them"
        findings.append(Finding("tensors-left-out", "warning", message, remedy, tuple(others)))
    return tuple(findings)


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3:,} more" if len(names) > 3 else "")


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
    """Return the content of ``tokenizer.json``, or of one made from the older files."""
    file = folder / TOKENIZER_FILE
    if file.is_file():
        return read_tokenizer(file)
    # Without any of these transformers makes a tokenizer of nothing, to which every word is unknown.
    if not any(all(any(folder.glob(name)) for name in names) for names in VOCABULARIES):
        raise BackboneError(
            f"{folder} has no {TOKENIZER_FILE}, and nothing that one could be made of",
            remedy="copy tokenizer.json beside config.json (or vocab.txt, vocab.json and merges.txt, spiece.model)",
        )
    from transformers import AutoTokenizer

    with quiet():
        try:
            made = AutoTokenizer.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
            return str(made.backend_tokenizer.to_str())
        except Exception as error:  # no files, or a kind that has no fast form
            raise BackboneError(
                f"{folder} has no {TOKENIZER_FILE}, and none can be made of its other files ({_first_line(error)})",
                remedy="copy tokenizer.json beside config.json",
            ) from error


def _unknown(content: str) -> int | None:
    model = json.loads(content).get("model", {})
    if isinstance(model.get("unk_id"), int):
        return int(model["unk_id"])
    token, vocabulary = model.get("unk_token"), model.get("vocab")
    found = vocabulary.get(token) if isinstance(vocabulary, dict) and token else None
    return None if found is None else int(found)


def _max_length(folder: Path, net: TextNet) -> int:
    """Return the positions the network was trained with, as its config, position table and tokenizer say."""
    config = net.model.config
    limits = [
        int(value)
        for key in ("max_position_embeddings", "n_positions")
        if (value := getattr(config, key, 0)) and value > 0
    ]
    for path, module in net.model.named_modules():  # RoBERTa counts positions from the padding token's id on
        if path.endswith("position_embeddings") and isinstance(module, nn.Embedding) and module.padding_idx is not None:
            limits.append(module.num_embeddings - module.padding_idx - 1)
    value = _object(folder / "tokenizer_config.json", optional=True).get("model_max_length")
    if isinstance(value, int | float) and 0 < value < LONGEST_POSSIBLE:
        limits.append(int(value))
    return min((*limits, LONGEST_DEFAULT)) if limits else LONGEST


def _not_followed(sentence: SentenceFiles, pooling: str, name: str) -> tuple[Finding, ...]:
    """Report what a sentence encoder's own files ask for and is not done here: other poolings, layers, prompts."""
    if not sentence.not_followed:
        return ()
    message = f"the files of {name} ask for {', '.join(sentence.not_followed)}, which ghep does not do"
    remedy = f"its features are the {pooling} over tokens: as good as any to fine-tune, perhaps not to probe"
    return (Finding("sentence-files-not-followed", "warning", message, remedy, sentence.not_followed),)


def _pad(model: nn.Module) -> int:
    pad = getattr(model.config, "pad_token_id", None)
    return int(pad) if isinstance(pad, int) and 0 <= pad < _rows(model) else 0


def _rows(model: nn.Module) -> int:
    """Return the number of tokens the network has vectors for; BackboneError if it does not read tokens."""
    try:
        return int(model.get_input_embeddings().num_embeddings)  # type: ignore[operator]
    except (AttributeError, NotImplementedError, TypeError) as error:
        raise BackboneError(
            f"{type(model).__name__} has no table of token vectors: it does not read texts as tokens",
            remedy="choose a text backbone: BERT, GPT, T5 kinds",
        ) from error


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
    found = read_json(path, error=BackboneError, what="backbone folder")
    if not isinstance(found, dict):
        raise BackboneError(f"{path} is no object of names and values", remedy="get it again")
    return found


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep transformers from talking: what it would say is checked here, and told in findings."""
    try:
        from transformers.utils import logging
    except ImportError as error:
        raise BackboneError("text backbones need transformers, which is not installed", remedy=INSTALL) from error
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
