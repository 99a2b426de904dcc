"""Exports of text bundles load in transformers or sentence-transformers as they are, and answer as ghep does."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import ghep
from export.hf_bundles import ANIMAL, TEMPERATURE, bundle_of, named, python_blocks
from export.test_hf import run_alone
from ghep.backbone.catalog import load_backbone
from ghep.backbone.huggingface import quiet
from ghep.errors import ConfigError
from ghep.export.hf import export_hf
from ghep.export.hf_head import head_of
from ghep.export.hf_texts import SENTENCES, TRANSFORMERS, write_text_folder
from ghep.model.bundle import Bundle
from ghep.tasks.multi_label import MultiLabel
from ghep.tasks.regression import Regression
from tiny_texts import FAMILIES, texts, write_family

TEXTS = [text for text, _ in texts(24)] + ["good " * 100]
CLASSIFIERS = {
    *(("bert", "first"), ("roberta", "first"), ("xlm-roberta", "first"), ("mpnet", "first")),  # tanh
    *(("distilbert", "first"), ("electra", "first")),  # ReLU, GELU
    *(("gpt2", "last"), ("openai-gpt", "last"), ("gpt_neo", "last")),  # no bias
}
"""Families and poolings that transformers' classes can compute; every other is for sentence-transformers."""


def text_bundle(
    folder: Path, family: str, *tasks: Any, pooling: str | None = None, pairs: bool = False, **options: Any
) -> Bundle:
    backbone = load_backbone(write_family(family, folder / "backbone"))
    backbone.preprocess = replace(backbone.preprocess, pairs=pairs)
    if pooling is not None:
        backbone.net.pooling = pooling
        backbone.feature_dim *= len(pooling.split("+"))
        arguments = {**backbone.architecture.arguments, "pooling": pooling}
        backbone.architecture = type(backbone.architecture)("transformers", backbone.architecture.name, arguments)
    return bundle_of(folder / "bundle", backbone, *tasks, **options)


def classifier_outputs(folder: Path, given: list[str], **options: Any) -> torch.Tensor:
    """Return the outputs (N, K) that transformers alone computes in one padded batch."""
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    with quiet(), torch.no_grad():
        tokenizer = AutoTokenizer.from_pretrained(folder)
        model, info = AutoModelForSequenceClassification.from_pretrained(folder, output_loading_info=True)
        assert not any(info.values()), info
        return model.eval()(**tokenizer(given, **options, padding=True, truncation=True, return_tensors="pt")).logits


@pytest.mark.slow
@pytest.mark.parametrize(("family", "pooling"), sorted(CLASSIFIERS))
def test_transformers_alone_answers_with_the_calibrated_probabilities(
    family: str, pooling: str, tmp_path: Path
) -> None:
    bundle = text_bundle(tmp_path, family, pooling=pooling)
    (tmp_path / "export").mkdir()
    assert write_text_folder(tmp_path / "export", bundle.model, head_of(bundle, ANIMAL)) == TRANSFORMERS
    found = classifier_outputs(tmp_path / "export", TEXTS)
    expected = ghep.load(bundle.folder).predict_proba(TEXTS)
    assert np.ptp(expected, axis=0).max() > 0.01
    np.testing.assert_allclose(found.softmax(1).numpy(), expected, atol=2e-5)


@pytest.mark.slow
@pytest.mark.parametrize("family", [*FAMILIES])
@pytest.mark.parametrize(
    "pooling", ["mean", "first", "last", "max", "weighted-mean", "mean-sqrt", "mean+max", "max+mean"]
)
def test_every_family_and_pooling_has_a_library(family: str, pooling: str, tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer

    bundle = text_bundle(tmp_path, family, pooling=pooling, scale=0.1)
    (tmp_path / "export").mkdir()
    library = write_text_folder(tmp_path / "export", bundle.model, head_of(bundle, ANIMAL))
    assert library == (TRANSFORMERS if (family, pooling) in CLASSIFIERS else SENTENCES)
    if library == SENTENCES:
        with quiet():
            found = torch.tensor(SentenceTransformer(str(tmp_path / "export"), device="cpu").encode(TEXTS))
        expected = ghep.load(bundle.folder).predict_proba(TEXTS)
        np.testing.assert_allclose(found.softmax(1).numpy(), expected, atol=2e-5)


def test_the_config_names_labels_and_kind_of_problem(tmp_path: Path) -> None:
    for task, kind in ((ANIMAL, "single"), (MultiLabel("animal", ANIMAL.classes), "multi")):
        folder = tmp_path / kind
        bundle = text_bundle(folder, "bert", task, pooling="first")
        (folder / "export").mkdir()
        write_text_folder(folder / "export", bundle.model, head_of(bundle, task))
        config = json.loads((folder / "export/config.json").read_text())
        assert list(config["id2label"].values()) == list(ANIMAL.classes)
        assert config["problem_type"] == f"{kind}_label_classification"
        assert config["architectures"] == ["BertForSequenceClassification"] and "auto_map" not in config


def test_a_number_is_in_the_units_of_the_labels(tmp_path: Path) -> None:
    task = Regression("stars", mean=3.0, spread=1.5)
    bundle = text_bundle(tmp_path, "roberta", task, pooling="first", calibration={"stars": 1.0})
    (tmp_path / "export").mkdir()
    write_text_folder(tmp_path / "export", bundle.model, head_of(bundle, task))
    expected = [one.value for one in ghep.load(bundle.folder).predict(TEXTS)]
    np.testing.assert_allclose(classifier_outputs(tmp_path / "export", TEXTS)[:, 0].numpy(), expected, atol=1e-4)
    config = json.loads((tmp_path / "export/config.json").read_text())
    assert config["problem_type"] == "regression" and config["id2label"] == {"0": "stars"}


def test_pairs_of_texts(tmp_path: Path) -> None:
    pairs = list(zip(TEXTS[:-1], reversed(TEXTS[:-1]), strict=True))
    bundle = text_bundle(tmp_path, "bert", pooling="first", pairs=True)
    (tmp_path / "export").mkdir()
    write_text_folder(tmp_path / "export", bundle.model, head_of(bundle, ANIMAL))
    first, second = map(list, zip(*pairs, strict=True))
    found = classifier_outputs(tmp_path / "export", first, text_pair=second)
    expected = ghep.load(bundle.folder).predict_proba(pairs)
    np.testing.assert_allclose(found.softmax(1).numpy(), expected, atol=2e-5)


def test_texts_that_keep_their_end(tmp_path: Path) -> None:
    bundle = text_bundle(tmp_path, "bert", pooling="first")
    bundle.model.backbone.limit_texts(8, "tail")
    (tmp_path / "export").mkdir()
    write_text_folder(tmp_path / "export", bundle.model, head_of(bundle, ANIMAL))
    given = ["good " * 20 + "bad", "bad " * 20 + "good"]
    preprocess = bundle.model.backbone.preprocess
    with torch.no_grad():
        expected = bundle.model(preprocess.collate(preprocess.encode(given)))["animal"] / TEMPERATURE
    np.testing.assert_allclose(classifier_outputs(tmp_path / "export", given), expected, atol=1e-4)


def test_padding_is_a_token_that_no_text_has(tmp_path: Path) -> None:
    """GPT-2 has no padding: with token 0 in its place, a text that ends with it would lose its last token."""
    from tokenizers import Tokenizer

    bundle = text_bundle(tmp_path, "gpt2", pooling="last")
    (tmp_path / "export").mkdir()
    write_text_folder(tmp_path / "export", bundle.model, head_of(bundle, ANIMAL))
    config = json.loads((tmp_path / "export/config.json").read_text())
    settings = json.loads((tmp_path / "export/tokenizer_config.json").read_text())
    tokenizer = Tokenizer.from_file(str(tmp_path / "export/tokenizer.json"))
    assert settings["pad_token"] == "<|endoftext|>"
    assert tokenizer.token_to_id(settings["pad_token"]) == config["pad_token_id"]


@pytest.mark.parametrize("family", ["glove", "bilm"])
def test_networks_that_transformers_does_not_have_are_refused(family: str, tmp_path: Path) -> None:
    bundle = bundle_of(tmp_path / "bundle", load_backbone(write_family(family, tmp_path / "backbone")))
    with pytest.raises(ConfigError, match=r"is not a network of transformers.*\n.*--to onnx"):
        export_hf(bundle, tmp_path / "export")
    assert not (tmp_path / "export").exists()


@pytest.mark.slow
def test_the_code_of_the_cards_runs(tmp_path: Path) -> None:
    """In one process. GPT-2's tokenizer joins the two texts of a pair, so its code has to give them as one."""
    cards, wanted, text = [], [], "a film that I would watch again"
    pairs = list(zip(TEXTS[:-1], reversed(TEXTS[:-1]), strict=True))
    for family, pooling, library, kind in (
        ("bert", "first", TRANSFORMERS, "softmax"),
        ("bert", "first", TRANSFORMERS, "sigmoid"),
        ("bert", "first", TRANSFORMERS, "pairs"),
        ("bert", "mean", SENTENCES, "softmax"),
        ("bert", "mean", SENTENCES, "sigmoid"),
        ("bert", "mean", SENTENCES, "pairs"),
        ("gpt2", "last", TRANSFORMERS, "pairs"),
    ):
        folder = tmp_path / f"{family}-{pooling}-{kind}"
        task = MultiLabel("animal", ANIMAL.classes) if kind == "sigmoid" else ANIMAL
        bundle = text_bundle(folder, family, task, pooling=pooling, pairs=kind == "pairs")
        (exported,) = export_hf(bundle, folder / "export", inputs=named(pairs if kind == "pairs" else TEXTS))
        assert exported.library == library
        for one in exported.agreements:
            assert one.equal_labels == one.n and one.largest_difference < 1e-4, (folder.name, one)
        if kind == "pairs":
            assert next(one for one in exported.agreements if one.inputs == "files").n == len(pairs)
        (code,) = python_blocks((exported.folder / "README.md").read_text())
        cards.append((code, exported.folder))
        wanted.append(ghep.load(bundle.folder).predict([(text, text) if kind == "pairs" else text])[0].probabilities)
    for (_, folder), answers, expected in zip(cards, run_alone(*cards), wanted, strict=True):
        if isinstance(answers, list):
            flat = answers[0] if isinstance(answers[0], list) else answers
            answers = {one["label"]: one["score"] for one in flat}
        assert answers == pytest.approx(expected, abs=1e-4), folder
