"""The loss of a causal language model, from the backbone alone: that of transformers' model with its output layer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from ghep.backbone.blocks import evaluating
from ghep.backbone.catalog import load_backbone
from pretrain.small import documents
from tiny_texts import write_family

TEXTS = ("a good film", "the plot was very dull and the cast was fine", "bad")


@pytest.mark.parametrize("kind", ["gpt2", "opt"])
def test_it_is_that_of_the_whole_model(kind: str, tmp_path: Path) -> None:
    import transformers

    backbone: Any = load_backbone(write_family(kind, tmp_path / kind))
    whole: Any = transformers.AutoModelForCausalLM.from_pretrained(tmp_path / kind, local_files_only=True).eval()
    preprocess, losses = backbone.preprocess, list[torch.Tensor]()
    inputs = preprocess.collate([preprocess.decode(text) for text in TEXTS])
    with torch.no_grad(), evaluating(backbone):
        found = backbone.next_token_loss(inputs)
        for ids in inputs.rows():
            logits = whole(input_ids=ids[None]).logits[0, :-1]
            losses.append(torch.nn.functional.cross_entropy(logits, ids[1:], reduction="none"))
    assert found is not None and len(found) == sum(len(one) for one in losses) > 0
    torch.testing.assert_close(found, torch.cat(losses), atol=1e-4, rtol=1e-4)


@pytest.mark.slow
def test_a_trained_model_expects_its_language_and_not_the_same_words_in_another_order(trained_gpt: Path) -> None:
    """Of random weights every order of the words is as likely: a loss in the wrong place would not be noticed."""
    backbone: Any = load_backbone(str(trained_gpt))
    rng, losses = np.random.default_rng(0), []
    walks = [one.text for one in documents(16, seed=9)]
    for texts in (walks, [" ".join(rng.permutation(text.split())) for text in walks]):
        inputs = backbone.preprocess.collate([backbone.preprocess.decode(text) for text in texts])
        with torch.no_grad(), evaluating(backbone):
            losses.append(float(backbone.next_token_loss(inputs).mean()))
    assert losses[0] < 1.2 and losses[1] > losses[0] + 1, losses


@pytest.mark.parametrize("kind", ["bert", "t5"])
def test_other_kinds_have_none(kind: str, tmp_path: Path) -> None:
    backbone: Any = load_backbone(write_family(kind, tmp_path / kind))
    preprocess = backbone.preprocess
    with torch.no_grad():
        assert backbone.next_token_loss(preprocess.collate([preprocess.decode(TEXTS[0])])) is None


def test_an_output_layer_of_its_own_is_not_the_embedding(tmp_path: Path) -> None:
    backbone: Any = load_backbone(write_family("gpt2", tmp_path / "gpt2"))
    backbone.net.model.config.tie_word_embeddings = False
    preprocess = backbone.preprocess
    assert backbone.next_token_loss(preprocess.collate([preprocess.decode(TEXTS[0])])) is None
