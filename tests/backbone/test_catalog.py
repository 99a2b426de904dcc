"""Load backbones by name: files, folders, bundles and hub names; errors for unknown names."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from ghep.backbone import blueprint
from ghep.backbone.architecture import Architecture, cifar_resnet
from ghep.backbone.base import Backbone
from ghep.backbone.catalog import find, load_backbone
from ghep.backbone.families import timm
from ghep.backbone.huggingface import quiet
from ghep.backbone.installed import at_hand
from ghep.data.image.preprocess import ImagePreprocess
from ghep.errors import BackboneError, UserError
from ghep.model.bundle import save_bundle
from ghep.model.transfer import TransferModel
from tiny import same, tensors_of, tiny_backbone, tiny_tasks
from tiny_texts import random_model

WEIGHTS = Path(__file__).parents[3] / "shared" / "weights"
NUMBERS = {"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5], "input_size": [3, 32, 32], "crop_pct": 1.0}


def write(path: Path, obj: Any) -> Path:
    path.write_text(json.dumps(obj), encoding="utf-8")
    return path


@pytest.fixture
def cifar(tmp_path: Path) -> Path:
    """A weight file with a head, and a card."""
    state = dict(cifar_resnet(8).build(seed=5).state_dict())
    save_file({**state, "linear.weight": torch.ones(10, 64), "linear.bias": torch.ones(10)}, tmp_path / "r.safetensors")
    write(
        tmp_path / "r.json",
        {
            "file": "r.safetensors",
            "architecture": "cifar_resnet8",
            "depth": 8,
            "num_classes": 10,
            "labels": "names.txt",
            **NUMBERS,
            "interpolation": "none (images are 32x32)",
            "licence": "BSD-2-Clause",
            "origin": {"repository": "somebody/nets", "commit": "abc", "file": "r.th"},
        },
    )
    (tmp_path / "names.txt").write_text("cat\ndog\n", encoding="utf-8")
    return tmp_path / "r.safetensors"


def test_a_file_with_its_card(cifar: Path) -> None:
    backbone = load_backbone(str(cifar))
    state = load_file(cifar)
    assert all(torch.equal(tensor, state[name]) for name, tensor in backbone.net.state_dict().items())
    assert backbone.card.pretrained and backbone.card.licence == "BSD-2-Clause"
    assert "somebody/nets" in backbone.card.source and backbone.card.source_labels == ("cat", "dog")
    assert (backbone.preprocess.height, backbone.preprocess.resize_to, backbone.preprocess.mean) == (32, 32, (0.5,) * 3)
    (finding,) = backbone.findings
    assert finding.code == "source-head-left-out" and set(finding.items) == {"linear.weight", "linear.bias"}


def test_a_file_of_one_ones_own_seed_arrives_too(cifar: Path) -> None:
    """The random control with seed 0, saved and loaded: initial weights with seed 0 would be equal to it."""
    save_file(dict(cifar_resnet(8).build(seed=0).state_dict()), cifar)
    assert load_backbone(str(cifar), seed=0).card.pretrained


def test_random_weights_of_the_same_architecture(cifar: Path) -> None:
    control = load_backbone(str(cifar), random_weights=True, seed=2)
    assert not control.card.pretrained and control.card.source == "random weights"
    assert same(tensors_of(control.net), tensors_of(cifar_resnet(8).build(seed=2)))
    again, other = (load_backbone(str(cifar), random_weights=True, seed=seed) for seed in (2, 3))
    assert control.fingerprint() == again.fingerprint() != other.fingerprint()


def test_labels_are_read_from_beside_the_card_only(cifar: Path) -> None:
    card = json.loads(cifar.with_suffix(".json").read_text(encoding="utf-8"))
    for name in ("../names.txt", "/etc/hostname", "nowhere.txt", ["names.txt"], ".."):
        write(cifar.with_suffix(".json"), {**card, "labels": name})
        assert load_backbone(str(cifar)).card.source_labels == ()


def test_a_json_alone_is_an_architecture(cifar: Path) -> None:
    backbone = load_backbone(str(cifar.with_suffix(".json")))
    assert not backbone.card.pretrained and backbone.findings == ()


def test_a_file_alone_says_how_to_name_its_architecture(cifar: Path) -> None:
    cifar.with_suffix(".json").unlink()
    with pytest.raises(BackboneError) as refused:
        load_backbone(str(cifar))
    assert f"timm/<architecture>@{cifar}" in refused.value.remedy and "r.json" in refused.value.remedy


@pytest.mark.parametrize("pretrained_cfg", ["nested", None])
def test_a_folder_as_timm_writes_it(pretrained_cfg: str | None, tmp_path: Path) -> None:
    net = Architecture("timm", "test_resnet").build(seed=4)
    save_file({**net.state_dict(), "fc.weight": torch.ones(7, 384)}, tmp_path / "model.safetensors")
    numbers = {**NUMBERS, "input_size": [3, 160, 160], "interpolation": "bicubic", "license": "mit", "classifier": "fc"}
    nested = {"pretrained_cfg": numbers} if pretrained_cfg else {"pretrained_cfg": None}
    write(tmp_path / "config.json", {"architecture": "test_resnet", "num_classes": 7, "global_pool": "avg", **nested})
    backbone = load_backbone(str(tmp_path))
    assert same(tensors_of(net), tensors_of(backbone.net))
    assert backbone.preprocess.height == 160
    if pretrained_cfg:
        assert backbone.preprocess.interpolation == "bicubic" and backbone.card.licence == "mit"


@pytest.mark.parametrize("kind", ["ViTForImageClassification", "ViTModel"])
def test_a_vision_transformer_of_transformers_gives_its_features(kind: str, tmp_path: Path) -> None:
    sizes = {"hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    theirs = random_model(kind, {**sizes, "image_size": 32, "patch_size": 8, "num_labels": 3}, 0, 0.2).eval()
    with quiet():
        theirs.save_pretrained(tmp_path / "v", max_shard_size=20_000)
    said = {"size": {"height": 32, "width": 32}, "image_mean": [0.5] * 3, "image_std": [0.25] * 3, "resample": 3}
    write(tmp_path / "v" / "preprocessor_config.json", said)
    backbone = load_backbone(str(tmp_path / "v")).eval()
    image = Image.fromarray(np.random.default_rng(0).integers(0, 255, (40, 50, 3), dtype=np.uint8))
    inputs = backbone.preprocess.collate([backbone.preprocess.view(backbone.preprocess.decode(image))])
    expected = (np.asarray(image.resize((32, 32), Image.Resampling.BICUBIC)) / 255 - 0.5) / 0.25
    torch.testing.assert_close(inputs[0].permute(1, 2, 0), torch.tensor(expected, dtype=torch.float32))
    body = getattr(theirs, "vit", theirs)
    with torch.no_grad():
        found, states = backbone(inputs), body(pixel_values=inputs).last_hidden_state
    torch.testing.assert_close(found, states[:, 0], rtol=1e-4, atol=1e-4)
    assert "preprocessing-assumed" not in {one.code for one in backbone.findings}


def test_image_networks_that_are_not_read_are_named_with_timms_name(tmp_path: Path) -> None:
    write(tmp_path / "config.json", {"model_type": "swin", "image_size": 224})
    (tmp_path / "model.safetensors").touch()
    with pytest.raises(BackboneError, match="of the kind swin") as refused:
        load_backbone(str(tmp_path))
    assert "ghep backbones 'swin_*'" in refused.value.remedy


def test_a_network_of_timm_that_transformers_saved_is_timms(tmp_path: Path) -> None:
    net = Architecture("timm", "test_resnet").build(seed=4)
    state = {f"timm_model.{name}": tensor for name, tensor in net.state_dict().items()}
    save_file({**state, "timm_model.fc.weight": torch.ones(7, 384)}, tmp_path / "model.safetensors")
    config = {"model_type": "timm_wrapper", "architecture": "test_resnet", "pretrained_cfg": NUMBERS, "num_labels": 7}
    write(tmp_path / "config.json", config)
    assert same(tensors_of(net), tensors_of(load_backbone(str(tmp_path)).net))


def test_timm_at_file(tmp_path: Path) -> None:
    net = Architecture("timm", "test_resnet").build(seed=4)
    file = tmp_path / "w.pth"
    torch.save(net.state_dict(), file)
    backbone = load_backbone(f"timm/test_resnet.r160_in1k@{file}")
    assert same(tensors_of(net), tensors_of(backbone.net))
    assert backbone.card.pretrained and backbone.card.source == "w.pth", "a bundle does not tell where files lay"
    (assumed,) = backbone.findings
    assert assumed.code == "preprocessing-assumed" and assumed.severity == "warning"
    assert "input_size, mean, std, crop_pct, interpolation" in assumed.message and str(tmp_path) in assumed.remedy


def test_timm_at_file_reads_the_json_beside_it(tmp_path: Path) -> None:
    net = Architecture("timm", "test_resnet").build(seed=4)
    save_file(dict(net.state_dict()), tmp_path / "w.safetensors")
    card = {**NUMBERS, "interpolation": "bicubic", "licence": "mit", "labels": "names.txt", "architecture": "other"}
    write(tmp_path / "w.json", card)
    (tmp_path / "names.txt").write_text("cat\ndog\n", encoding="utf-8")
    backbone = load_backbone(f"timm/test_resnet@{tmp_path / 'w.safetensors'}")
    assert backbone.findings == () and backbone.architecture.name == "test_resnet"
    assert (backbone.preprocess.height, backbone.preprocess.interpolation) == (32, "bicubic")
    assert backbone.card.licence == "mit" and backbone.card.source_labels == ("cat", "dog")
    assert backbone.card.name == "timm/test_resnet"


def test_timm_at_file_takes_the_arguments_that_the_json_has_for_it(tmp_path: Path) -> None:
    arguments = {"model_name": "test_resnet", "drop_rate": 0.25}
    file = write(tmp_path / "w.json", {"create_model": arguments}).with_suffix(".pth")
    file.touch()
    assert find(f"timm/test_resnet.r160_in1k@{file}").architecture.arguments == {"drop_rate": 0.25}
    assert find(f"timm/test_resnet@{file}").card.pretrained
    assert find(f"timm/resnet18@{file}").architecture == Architecture("timm", "resnet18")


@pytest.mark.parametrize("left_out", [["input_size"], ["mean", "std"], ["crop_pct", "interpolation"]])
def test_what_a_card_leaves_out_of_the_preprocessing_is_the_architectures_and_said(
    left_out: list[str], tmp_path: Path
) -> None:
    given = {"input_size": [3, 64, 64], "mean": [0.1] * 3, "std": [0.2] * 3, "crop_pct": 0.5, "interpolation": "box"}
    net = Architecture("timm", "test_resnet").build(seed=4)
    save_file(dict(net.state_dict()), tmp_path / "w.safetensors")
    card = {"architecture": "test_resnet", **{key: None if key in left_out else given[key] for key in given}}
    write(tmp_path / "w.json", card)
    backbone = load_backbone(str(tmp_path / "w.safetensors"))
    expected = {**net.pretrained_cfg, **{key: given[key] for key in given if key not in left_out}}
    assert backbone.preprocess == ImagePreprocess.from_timm(expected)
    (assumed,) = backbone.findings
    assert assumed.code == "preprocessing-assumed" and ", ".join(left_out) in assumed.message
    assert [item.partition(":")[0] for item in assumed.items] == left_out
    control = load_backbone(str(tmp_path / "w.safetensors"), random_weights=True)
    assert control.preprocess == backbone.preprocess and control.findings == ()


@pytest.mark.parametrize(
    "spoil",
    [
        {"input_size": [1, 32, 32]},
        {"in_chans": 1},
        {"create_model": {"model_name": "test_resnet", "in_chans": 4}},
    ],
)
def test_networks_for_other_than_three_channels_are_refused(spoil: dict[str, Any], tmp_path: Path) -> None:
    file = write(tmp_path / "w.json", {"architecture": "test_resnet", **NUMBERS, **spoil})
    with pytest.raises(BackboneError, match="3 channels"):
        load_backbone(str(file))


def test_a_size_that_the_network_cannot_take_is_told(tmp_path: Path) -> None:
    arguments = {"model_name": "vit_tiny_patch16_224", "depth": 1}
    net = Architecture.from_card({"create_model": arguments}).build(seed=4)
    save_file(dict(net.state_dict()), tmp_path / "w.safetensors")
    write(tmp_path / "w.json", {"create_model": arguments, **NUMBERS})
    for name in ("w.json", "w.safetensors"):
        with pytest.raises(BackboneError, match="cannot run on images of 32 x 32") as refused:
            load_backbone(str(tmp_path / name))
        assert "input_size" in refused.value.remedy


def test_a_bundle_is_a_backbone(tmp_path: Path) -> None:
    source = tiny_backbone(seed=6)
    model = TransferModel(source, tiny_tasks("a.b", "c"))
    save_bundle(tmp_path / "b", model, calibration={}, training={}, metrics={}, card="")
    backbone = load_backbone(str(tmp_path / "b"))
    assert backbone.fingerprint() == source.fingerprint()
    assert backbone.preprocess == source.preprocess and backbone.card.name == "tiny"
    assert [block.name for block in backbone.blocks()] == [block.name for block in source.blocks()]


def test_a_bundle_replaced_while_it_becomes_a_backbone_gives_the_weights_that_were_verified(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = tiny_backbone(seed=6), tiny_backbone(seed=7)

    def save(backbone: Backbone) -> None:
        model = TransferModel(backbone, tiny_tasks("a.b", "c"))
        save_bundle(tmp_path / "b", model, calibration={}, training={}, metrics={}, card="")

    def replacing(*arguments: Any) -> Any:
        save(second)
        return before(*arguments)

    save(first)
    before = blueprint.snapshot
    monkeypatch.setattr(blueprint, "snapshot", replacing)
    assert load_backbone(str(tmp_path / "b")).fingerprint() == first.fingerprint()
    monkeypatch.setattr(blueprint, "snapshot", before)
    assert load_backbone(str(tmp_path / "b")).fingerprint() == second.fingerprint()


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("nonesuch", "no backbone, file or folder"),
        ("nowhere/x.safetensors", "no backbone, file or folder"),
        ("timm/", "timm"),
        ("timm/resnet_18", 'did you mean "timm/resnet18"'),
        ("timm/resnt18", 'did you mean "resnet18'),
        ("resnet50", 'did you mean "timm/resnet50"?'),
        ("ResNet50", 'did you mean "timm/resnet50"?'),
        ("efficientnet-b0", 'did you mean "timm/efficientnet_b0"?'),
        ("torchvision/resnet18", 'did you mean "timm/resnet18"?'),
        ("resnet50.a1_in1k", 'did you mean "timm/resnet50.a1_in1k"?'),
        ("distilbert-base-uncased", 'did you mean "hf/distilbert-base-uncased"?'),
        ("google/flan-t5-small", 'did you mean "hf/google/flan-t5-small"?'),
        ("timm/bert-base-uncased", 'did you mean "hf/bert-base-uncased"?'),
        ("sentence-transformers/all-MiniLM-L6-v2", 'did you mean "minilm"?'),
        ("https://huggingface.co/roberta-base", 'did you mean "hf/roberta-base"?'),
        ("https://huggingface.co/timm/resnet18.a1_in1k", 'did you mean "timm/resnet18.a1_in1k"?'),
        ("https://download.pytorch.org/models/resnet18-f37072fd.pth", "download it, and give the path"),
        ("timm/resnet18@nowhere.pth", "is not a file"),
        ("timm/resnet18@", "no file follows the @"),
        ("timm/resnet18@ ", "no file follows the @"),
        ("seedlnig", "seedling"),
        ("Seedling", 'did you mean "seedling"'),
        (" seedling", 'did you mean "seedling"'),
    ],
)
def test_unknown_names_say_what_is_at_hand(name: str, told: str) -> None:
    with pytest.raises(BackboneError) as refused:
        find(name)
    assert told in str(refused.value)
    assert "available offline" in refused.value.remedy or name.startswith(("timm/resn", "https://download"))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["w.npz", "w.onnx", "w.pb", "w.gguf"])
def test_files_that_exist_are_not_said_to_be_missing(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"anything")
    for given in (str(tmp_path / name), f"timm/resnet18@{tmp_path / name}"):
        with pytest.raises(BackboneError, match="which ghep does not read"):
            load_backbone(given)


@pytest.mark.parametrize("suffix", [".ckpt", ".pth.tar"])
def test_checkpoints_of_training_scripts_are_backbones(suffix: str, tmp_path: Path) -> None:
    net = Architecture("timm", "test_resnet").build(seed=4)
    prefixed = {f"model._orig_mod.{name}": tensor for name, tensor in net.state_dict().items()}
    torch.save({"state_dict": prefixed, "epoch": 3}, tmp_path / f"w{suffix}")
    write(tmp_path / "w.json", {"architecture": "test_resnet", **NUMBERS})
    for given in (f"timm/test_resnet@{tmp_path / f'w{suffix}'}", str(tmp_path / f"w{suffix}")):
        backbone = load_backbone(given)
        assert same(tensors_of(net), tensors_of(backbone.net)) and backbone.preprocess.height == 32


def test_a_folder_with_shards_or_one_file_of_another_name_is_a_backbone(tmp_path: Path) -> None:
    net = Architecture("timm", "test_resnet").build(seed=4)
    write(tmp_path / "config.json", {"architecture": "test_resnet", **NUMBERS})
    torch.save(net.state_dict(), tmp_path / "checkpoint-best.pth")
    assert same(tensors_of(net), tensors_of(load_backbone(str(tmp_path)).net))
    (tmp_path / "checkpoint-best.pth").unlink()
    names = list(net.state_dict())
    for number, part in enumerate((names[::2], names[1::2])):
        save_file(
            {name: net.state_dict()[name].contiguous() for name in part}, tmp_path / f"model-{number}.safetensors"
        )
    places = {name: f"model-{number % 2}.safetensors" for number, name in enumerate(names)}
    write(tmp_path / "model.safetensors.index.json", {"weight_map": places})
    assert same(tensors_of(net), tensors_of(load_backbone(str(tmp_path)).net))


def test_the_hub_cache_is_at_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "models--timm--resnet18.a1_in1k").mkdir()
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    assert "timm/resnet18.a1_in1k" in at_hand()
    with pytest.raises(BackboneError, match=r"timm/resnet18\.a1_in1k"):
        find("nonesuch")


def test_no_network_is_one_clear_error_and_quick(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub

    # The library reads HF_HUB_OFFLINE once, when it is imported.
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    states, began = torch.get_rng_state(), time.perf_counter()
    with pytest.raises(BackboneError) as refused:
        load_backbone("timm/test_resnet.r160_in1k")
    assert time.perf_counter() - began < 60  # retries and back-off would take minutes
    assert "timm/test_resnet.r160_in1k@path/to/weights.safetensors" in refused.value.remedy
    assert "available offline" in refused.value.remedy
    assert torch.equal(states, torch.get_rng_state())


def test_a_hub_name_with_random_weights_needs_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timm, "hub_network", lambda *_, **__: pytest.fail("asked the hub"))
    assert not load_backbone("timm/test_resnet", random_weights=True).card.pretrained


@pytest.mark.parametrize(
    "spoil",
    [
        lambda card: [card],
        lambda card: "resnet18",
        lambda card: {**card, "depth": "deep"},
        lambda card: {**card, "mean": [0.5]},
        lambda card: {**card, "std": "half"},
        lambda card: {**card, "std": [0.5, 0.0, 0.5]},
        lambda card: {**card, "input_size": 32},
        lambda card: {**card, "input_size": [3, -32, 32]},
        lambda card: {**card, "input_size": [3, 1000000, 1000000]},
        lambda card: {**card, "crop_pct": "most"},
        lambda card: {**card, "crop_pct": 1e-9},
        lambda card: {**card, "crop_mode": "border"},
        lambda card: {**card, "architecture": "resnet18", "create_model": {"global_pool": ""}, "depth": None},
    ],
)
def test_a_card_that_makes_no_sense_is_the_users_to_mend(spoil: Callable[[Any], Any], cifar: Path) -> None:
    card = json.loads(cifar.with_suffix(".json").read_text(encoding="utf-8"))
    write(cifar.with_suffix(".json"), spoil(card))
    for name in (cifar, cifar.with_suffix(".json")):
        with pytest.raises(UserError):
            load_backbone(str(name))


# Real weights, if available.

real = pytest.mark.skipif(not WEIGHTS.is_dir(), reason="../shared/weights is not here")


@real
@pytest.mark.slow
@pytest.mark.parametrize(
    "file", sorted(WEIGHTS.glob("*.safetensors")) or [None], ids=lambda file: getattr(file, "stem", "")
)
def test_every_shared_file_loads_and_arrives(file: Path) -> None:
    backbone = load_backbone(str(file))
    card = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
    assert backbone.card.pretrained and backbone.card.licence == card["licence"]
    assert len(backbone.card.source_labels) == card["num_classes"]
    assert [finding.code for finding in backbone.findings] == ["source-head-left-out"]
    state = load_file(file)
    assert all(torch.equal(tensor, state[name].to(tensor.dtype)) for name, tensor in backbone.net.state_dict().items())


@real
@pytest.mark.slow
def test_mobilenet_features_are_those_of_timms_own_loading() -> None:
    import timm

    name = "mobilenetv2_100.imagenet"
    theirs = timm.create_model("mobilenetv2_100", num_classes=1000, pad_type="same").eval()
    theirs.load_state_dict(load_file(WEIGHTS / f"{name}.safetensors"))
    transform = timm.data.create_transform(
        input_size=(3, 224, 224), interpolation="bilinear", mean=(0.5,) * 3, std=(0.5,) * 3, crop_pct=0.875
    )
    ours = load_backbone(str(WEIGHTS / f"{name}.safetensors")).eval()
    wave = np.sin(np.arange(301 * 257 * 3) / 50).reshape(301, 257, 3)
    image = Image.fromarray((127 + 120 * wave).astype(np.uint8))
    with torch.no_grad():
        expected = theirs.forward_head(theirs.forward_features(transform(image)[None]), pre_logits=True)
        found = ours(ours.preprocess.collate([ours.preprocess.view(ours.preprocess.decode(image))]).contiguous())
    assert torch.equal(found, expected)
