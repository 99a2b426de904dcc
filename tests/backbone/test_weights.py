"""Weight files: matching tensors are loaded bit by bit, others are errors with names, and no code runs."""

from __future__ import annotations

import json
import pickle
from argparse import Namespace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from ghep.backbone.architecture import Architecture
from ghep.backbone.weights import load_weights, read_checkpoint, read_weights
from ghep.errors import BackboneError
from tiny import ARCHITECTURE

State = dict[str, torch.Tensor]


@pytest.fixture
def state() -> State:
    """State of the tiny network with a source-task head."""
    weights = {name: tensor.clone() for name, tensor in ARCHITECTURE.build(seed=3).state_dict().items()}
    return {**weights, "linear.weight": torch.ones(10, 16), "linear.bias": torch.zeros(10)}


def loaded(state: State) -> tuple[State, tuple[str, ...]]:
    net = ARCHITECTURE.build(seed=0)
    report = load_weights(net, state, backbone_name="tiny")
    return net.state_dict(), report.head_left_out


def fits(state: State, weights: State) -> bool:
    return all(torch.equal(tensor, state[name]) for name, tensor in weights.items())


def written(state: Any, path: Path) -> Path:
    if path.suffix == ".safetensors":
        save_file(state, path)
    else:
        torch.save(state, path)
    return path


@pytest.mark.parametrize("suffix", [".safetensors", ".pth", ".pt", ".th", ".bin", ".ckpt", ".pth.tar", ".pyth"])
def test_each_format_arrives_bit_for_bit(suffix: str, state: State, tmp_path: Path) -> None:
    read = read_weights(written(state, tmp_path / f"w{suffix}"))
    weights, left_out = loaded(read)
    assert fits(state, weights)
    assert set(left_out) == {"linear.weight", "linear.bias"}


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_precisions_become_float32_and_counters_stay_integers(dtype: torch.dtype, tmp_path: Path) -> None:
    state = {"w": torch.tensor([0.1, 2.0], dtype=dtype), "n": torch.tensor(3)}
    read = read_weights(written(state, tmp_path / "w.safetensors"))
    assert read["w"].dtype == torch.float32 and torch.equal(read["w"], state["w"].float())
    assert read["n"].dtype == torch.int64


@pytest.mark.parametrize(
    "wrap",
    [
        lambda state: {"state_dict": state, "epoch": 3},
        lambda state: {"model": state, "optimizer": {"state": {0: {"exp_avg": torch.zeros(3)}}}},
        lambda state: {"state_dict": {"model": state}},
        lambda state: {"epoch": 1, "model_ema": state},
        lambda state: {"model_state_dict": state, "optimizer_state_dict": {}, "loss": np.float64(0.5)},
        lambda state: {"net": state, "acc": 93.1},
        lambda state: {"weights": state},
        lambda state: {"model": {"state_dict": state, "name": "tiny"}},
        lambda state: {"my_own_key": state, "args": Namespace(lr=0.1, out=None)},
        lambda state: {**state, "epoch": 7},
    ],
)
def test_training_checkpoints_are_unwrapped(wrap: Any, state: State, tmp_path: Path) -> None:
    weights, _ = loaded(read_weights(written(wrap(state), tmp_path / "w.pth")))
    assert fits(state, weights)


def test_of_several_sets_of_weights_the_taken_one_comes_first(state: State, tmp_path: Path) -> None:
    other = {name: torch.zeros_like(tensor) for name, tensor in state.items()}
    content = {"student": other, "teacher": state, "optimizer": {"state": {0: torch.zeros(2)}}}
    read, keys = read_checkpoint(written(content, tmp_path / "w.pth"))
    assert keys == ("teacher", "student") and fits(read, loaded(read)[0]) and fits(state, read)
    with pytest.raises(BackboneError, match="keys are first, second, epoch"):
        read_weights(written({"first": state, "second": other, "epoch": 3}, tmp_path / "v.pth"))


@pytest.mark.parametrize(
    "prefix",
    ["module.", "backbone.", "_orig_mod.", "module._orig_mod.", "model.backbone.", "module.encoder_q.", "a.b.c.d."],
)
def test_a_common_prefix_is_taken_off(prefix: str, state: State) -> None:
    weights, left_out = loaded({prefix + name: tensor for name, tensor in state.items()})
    assert fits(state, weights)
    assert left_out == ("linear.weight", "linear.bias")


@pytest.mark.parametrize(
    ("first", "second"), [("module.encoder_q.", "module.encoder_k."), ("teacher.backbone.", "student.backbone.")]
)
def test_of_two_networks_in_a_file_one_is_loaded_and_both_are_named(first: str, second: str, state: State) -> None:
    other = {second + name: torch.zeros_like(tensor) for name, tensor in state.items()}
    mine = {first + name: tensor for name, tensor in state.items()}
    for both in ({**mine, **other}, {**other, **mine}) if "teacher" in first else ({**mine, **other},):
        net = ARCHITECTURE.build(seed=0)
        report = load_weights(net, both, backbone_name="two")
        assert fits(state, net.state_dict()) and report.candidates == (first, second)


def test_shards_are_read_through_their_index(state: State, tmp_path: Path) -> None:
    names = sorted(state)
    shards = {"model-00001-of-00002.safetensors": names[::2], "model-00002-of-00002.safetensors": names[1::2]}
    for file, part in shards.items():
        save_file({name: state[name] for name in part}, tmp_path / file)
    index = tmp_path / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {name: file for file, part in shards.items() for name in part}}))
    read = read_weights(index)
    assert fits(state, read) and len(read) == len(state)
    (tmp_path / "model-00002-of-00002.safetensors").unlink()
    with pytest.raises(BackboneError, match=r"lacks 1 weight file \(shard\) that"):
        read_weights(index)


@pytest.mark.parametrize("name", ["w.onnx", "w.npz", "w.gguf", "w.msgpack", "w.txt"])
def test_formats_that_are_not_read_are_named(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"anything")
    said = "not a weight file" if name == "w.txt" else r"in .* format, which ghep does not read"
    with pytest.raises(BackboneError, match=said):
        read_weights(tmp_path / name)


def test_a_checkpoint_with_an_object_names_its_class(state: State, tmp_path: Path) -> None:
    with pytest.raises(BackboneError, match=r"an object of the class fractions\.Fraction") as refused:
        read_weights(written({"state_dict": state, "best": Fraction(1, 2)}, tmp_path / "w.pth"))
    assert "weights_only=False" in refused.value.remedy


@pytest.mark.parametrize("name", ["inception_v3"])
def test_second_heads_of_training_are_left_out(name: str) -> None:
    net = nn.Sequential(nn.Linear(2, 2))
    state = {"0.weight": torch.ones(2, 2), "0.bias": torch.ones(2), "AuxLogits.fc.weight": torch.ones(3, 2)}
    assert load_weights(net, state, backbone_name=name).head_left_out == ("AuxLogits.fc.weight",)


def test_a_vision_transformer_of_another_size_is_interpolated() -> None:
    theirs = Architecture("timm", "test_vit", {"img_size": 224}).build(seed=3).state_dict()
    net = Architecture("timm", "test_vit").build(seed=0)
    report = load_weights(net, theirs, backbone_name="vit")
    assert [one.partition(" ")[0] for one in report.resized] == ["pos_embed"]
    assert fits({**theirs, "pos_embed": net.state_dict()["pos_embed"]}, net.state_dict())
    assert net.state_dict()["pos_embed"].std() > 0


# Quantised weights


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda w: {"layer1.0.conv1.weight": (w * 50).to(torch.int8)}, "int8"),
        (lambda w: {"layer1.0.conv1.weight": w.to(torch.float8_e4m3fn), "layer1.0.conv1.weight_scale": w}, "float8"),
        (lambda w: {"layer1.0.conv1.qweight": w.to(torch.int32), "layer1.0.conv1.scales": w}, "GPTQ"),
        (lambda w: {"layer1.0.conv1.weight": w.to(torch.uint8), "layer1.0.conv1.SCB": w}, "uint8|bitsandbytes"),
    ],
    ids=["int8", "fp8", "gptq", "bnb"],
)
@pytest.mark.parametrize("suffix", [".safetensors", ".pth"])
def test_quantised_weights_are_refused_by_name(
    change: Any, said: str, suffix: str, state: State, tmp_path: Path
) -> None:
    state = {**state, **{name: one.contiguous() for name, one in change(state["layer1.0.conv1.weight"]).items()}}
    copies = {name: tensor.clone() for name, tensor in state.items()}
    with pytest.raises(BackboneError, match=f"(?s)quantised.*({said})"):
        read_weights(written(copies, tmp_path / f"w{suffix}"))


def test_float8_without_scales_and_masks_of_integers_are_plain_numbers(tmp_path: Path) -> None:
    state = {
        "w.weight": torch.tensor([0.5, 2.0]).to(torch.float8_e4m3fn),
        "attn.bias": torch.ones(1, 1, 3, 3, dtype=torch.uint8),
        "position_ids": torch.arange(5),
        "logit_scale": torch.tensor(1.0),
    }
    read = read_weights(written(state, tmp_path / "w.safetensors"))
    assert read["w.weight"].tolist() == [0.5, 2.0]


def test_what_lies_outside_the_prefix_is_said_to_be_left_out(state: State) -> None:
    inside = {f"backbone.{name}": tensor for name, tensor in state.items()}
    weights, left_out = loaded({**inside, "decode_head.weight": torch.zeros(2)})
    assert fits(state, weights)
    assert set(left_out) == {"linear.weight", "linear.bias", "decode_head.weight"}


def test_missing_unexpected_and_misshapen_names_are_all_listed(state: State) -> None:
    net = ARCHITECTURE.build(seed=0)
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    del state["layer1.0.conv2.weight"]
    state["layer9.weight"] = torch.zeros(1)
    state["bn1.weight"] = torch.zeros(4)
    with pytest.raises(BackboneError) as refused:
        load_weights(net, state, backbone_name="tiny")
    told = str(refused.value)
    assert "1 missing (layer1.0.conv2.weight)" in told
    assert "1 unexpected (layer9.weight)" in told
    assert "1 of another shape (bn1.weight (4,) -> (8,))" in told
    assert fits(before, net.state_dict()), "nothing is loaded when not all fits"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"layer1.0.conv2.weight": None}, "1 missing"),
        ({"layer9.weight": torch.zeros(1)}, "1 unexpected"),
        ({"bn1.weight": torch.zeros(4)}, "1 of another shape"),
    ],
    ids=["missing", "unexpected", "misshapen"],
)
def test_each_alone_is_enough(change: dict[str, torch.Tensor | None], told: str, state: State) -> None:
    with pytest.raises(BackboneError, match=told):
        loaded({name: tensor for name, tensor in {**state, **change}.items() if tensor is not None})


def test_long_lists_are_counted(state: State) -> None:
    with pytest.raises(BackboneError, match=r"\d\d missing .* and \d+ more"):
        loaded({"linear.weight": torch.zeros(1)})


def test_batch_counters_may_be_missing(state: State) -> None:
    old = {name: tensor for name, tensor in state.items() if not name.endswith("num_batches_tracked")}
    weights, _ = loaded(old)
    assert fits({**state, **old}, weights)


@pytest.mark.parametrize(
    "content",
    [
        b"not weights",
        b"\x08\x00\x00\x00\x00\x00\x00\x00{broken}",
        pickle.dumps({"w": 1}),
    ],
)
@pytest.mark.parametrize("suffix", [".safetensors", ".pth"])
def test_what_is_no_weight_file_is_named_with_the_formats_that_are(suffix: str, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / f"w{suffix}"
    path.write_bytes(content)
    with pytest.raises(BackboneError, match=r"w\.(safetensors|pth)") as refused:
        read_weights(path)
    assert "safetensors" in refused.value.remedy and "weights_only" not in refused.value.cause


LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:0123\nsize 46830571\n"


@pytest.mark.parametrize(
    ("content", "what", "fix"),
    [
        (LFS, "is a Git LFS pointer", "git lfs pull"),
        (b"\n<!DOCTYPE html>\n<html>", "is a web page", "download the file itself"),
        (b"<HTML><body>404", "is a web page", "download the file itself"),
        (b"\xef\xbb\xbf<!doctype html>", "is a web page", "download the file itself"),
        (b"", "is empty", "download it again"),
    ],
)
@pytest.mark.parametrize("suffix", [".safetensors", ".pth", ".bin"])
def test_a_file_that_is_no_weights_is_called_what_it_is(
    suffix: str, content: bytes, what: str, fix: str, tmp_path: Path
) -> None:
    path = tmp_path / f"w{suffix}"
    path.write_bytes(content)
    with pytest.raises(BackboneError, match=what) as refused:
        read_weights(path)
    assert fix in refused.value.remedy and "weights_only" not in str(refused.value)


def test_weights_under_the_suffix_of_another_format_say_which_suffix_fits(state: State, tmp_path: Path) -> None:
    save_file(state, tmp_path / "w.pth")
    torch.save(state, tmp_path / "w.safetensors")
    for name, what, fix in (("w.pth", "is a safetensors file", "w.safetensors"), ("w.safetensors", "PyTorch", "w.pth")):
        with pytest.raises(BackboneError, match=what) as refused:
            read_weights(tmp_path / name)
        assert f"rename it to {fix}" in refused.value.remedy and "weights_only" not in str(refused.value)


@pytest.mark.parametrize("content", [{"a": 1}, [torch.zeros(1)], {0: torch.zeros(1)}, torch.zeros(3), 5])
def test_tensors_without_names_are_no_state_dict(content: Any, tmp_path: Path) -> None:
    with pytest.raises(BackboneError, match="no state_dict"):
        read_weights(written(content, tmp_path / "w.pth"))


def test_a_whole_pickled_model_is_refused_and_not_run(tmp_path: Path) -> None:
    """``torch.save(model)`` writes classes to call, which must be refused: P14."""
    mark = tmp_path / "ran"

    class Payload:
        def __reduce__(self) -> tuple[object, tuple[object, ...]]:
            return Path.touch, (mark,)

    for name, content in {"model.pth": nn.Linear(2, 2), "payload.pth": {"w": Payload()}, "p.bin": Payload()}.items():
        with pytest.raises(BackboneError):
            read_weights(written(content, tmp_path / name))
    assert not mark.exists()


def test_names_of_torchvisions_vgg_go_through_timms_converter() -> None:
    """torchvision's two linear layers after flattening are convolutions in timm, with the same weights."""
    # Real shapes (0.5 GB) would only test memory: one block has all kinds of names.
    converter_input = {
        "features.0.weight": torch.randn(4, 3, 3, 3),
        "classifier.0.weight": torch.randn(8, 512 * 7 * 7),
        "classifier.3.weight": torch.randn(6, 4096),
        "classifier.6.weight": torch.randn(10, 6),
    }

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.features = nn.Sequential(nn.Conv2d(3, 4, 3, bias=False))
            self.pre_logits = nn.ModuleDict(
                {"fc1": nn.Conv2d(512, 8, 7, bias=False), "fc2": nn.Conv2d(4096, 6, 1, bias=False)}
            )

    Net.__module__ = "timm.models.vgg"
    import timm.models.vgg  # noqa: F401 - the converter is looked up where the class says it is from

    for prefix in ("", "module."):
        net = Net()
        report = load_weights(net, {prefix + name: t for name, t in converter_input.items()}, backbone_name="vgg")
        assert report.head_left_out == ("head.fc.weight",)
        assert torch.equal(net.pre_logits["fc1"].weight.flatten(1), converter_input["classifier.0.weight"])
        assert torch.equal(net.pre_logits["fc2"].weight.flatten(1), converter_input["classifier.3.weight"])


@pytest.mark.slow
def test_torchvisions_own_vgg_gives_the_same_features() -> None:
    import torchvision

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        theirs = torchvision.models.vgg11().eval()
        image = torch.randn(1, 3, 224, 224)
    net = Architecture("timm", "vgg11").build().eval()
    load_weights(net, theirs.state_dict(), backbone_name="vgg11")
    with torch.no_grad():
        maps = theirs.avgpool(theirs.features(image)).flatten(1)
        torch.testing.assert_close(net(image), theirs.classifier[:6](maps), rtol=1e-4, atol=1e-5)


def test_a_vision_transformer_inside_a_clip_checkpoint_is_found() -> None:
    """OpenCLIP has timm's ViT under ``visual.trunk.``; timm's converter reads it."""
    architecture = Architecture("timm", "test_vit")
    theirs = architecture.build(seed=3).state_dict()
    net = architecture.build(seed=0)
    load_weights(net, {f"visual.trunk.{name}": tensor for name, tensor in theirs.items()}, backbone_name="clip")
    assert fits(dict(theirs), dict(net.state_dict()))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("mobilenet_v2", "mobilenetv2_100"),
        ("mnasnet1_0", "mnasnet_100"),
        ("efficientnet_b0", "efficientnet_b0"),
        ("convnext_tiny", "convnext_tiny"),
        ("swin_t", "swin_tiny_patch4_window7_224"),
        ("vit_b_16", "vit_base_patch16_224"),
        ("mobilenet_v3_small", "mobilenetv3_small_100"),
    ],
)
def test_torchvision_s_names_give_torchvision_s_features(theirs: str, ours: str, tmp_path: Path) -> None:
    import torchvision

    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(0)
        source = torchvision.models.get_model(theirs).eval()
        for name, tensor in source.state_dict().items():
            if name.endswith("running_var"):
                tensor.add_(torch.rand_like(tensor))
        image = torch.randn(1, 3, 224, 224)
    last = [module for module in source.modules() if isinstance(module, nn.Linear)][-1]
    seen: list[torch.Tensor] = []
    last.register_forward_pre_hook(lambda _, args: seen.append(args[0]))
    # Safetensors files are sorted by name, so the order of the tensors must not matter.
    copies = {name: tensor.clone() for name, tensor in source.state_dict().items()}
    state = read_weights(written(copies, tmp_path / "w.safetensors"))
    if theirs == "mobilenet_v3_small":
        with pytest.raises(BackboneError, match="do not fit") as refused:
            load_weights(Architecture("timm", ours).build(), state, backbone_name=theirs)
        assert '"bn_eps": 0.001' in refused.value.remedy
    net = Architecture("timm", ours, {"bn_eps": 0.001} if "v3" in theirs else {}).build().eval()
    load_weights(net, state, backbone_name=theirs)
    with torch.no_grad():
        source(image)
        torch.testing.assert_close(net(image), seen[0], rtol=1e-4, atol=1e-5)
