"""mlm and clm: they start by guessing, learn, are judged on fixed places, and transformers reads the same numbers."""

from __future__ import annotations

from math import log
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from ghep.backbone.catalog import load_backbone
from ghep.data.loading.batches import training_batches
from ghep.data.loading.padded import Padded
from ghep.data.loading.views import PLAIN, Views
from ghep.errors import BrokenPromise, ConfigError
from ghep.pretrain.blocks import split
from ghep.pretrain.folder import check_written, write_pretrained
from ghep.pretrain.goal import PretrainingGoal, evaluate
from ghep.pretrain.objectives import objective_named
from ghep.pretrain.options import PretrainOptions
from ghep.training.precision import Precision
from pretrain.small import WORDS, Prepared, prepared, small_tokens

BOTH = pytest.mark.parametrize("name", ["mlm", "clm"])


def steps(one: Prepared, count: int, lr: float = 3e-3) -> list[float]:
    optimizer, losses = torch.optim.AdamW(one.model.parameters(), lr), []
    goal = PretrainingGoal(one.objective, Precision())
    one.model.train()
    common: dict[str, Any] = {"batch_size": 16, "views": Views("light"), "seed": 0, "workers": 1}
    every = (batch for epoch in range(count) for batch in training_batches(one.train, epoch=epoch, **common))
    for step, batch in zip(range(count), every, strict=False):
        loss = goal.losses(one.model, batch, Precision(), np.random.default_rng(step)).each[0].mean
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def written(one: Prepared, folder: Path) -> Path:
    write_pretrained(
        folder,
        one.model,
        one.objective.saved(one.model),
        one.tokens,
        length=one.options.length or 0,
        source=None,
        record={"objective": one.objective.name},
        history=[{"round": 1}],
        card="# A card\n",
    )
    return folder


@BOTH
def test_an_untrained_model_knows_nothing(name: str) -> None:
    one = prepared(name)
    found = evaluate(one.model, one.objective, one.held_out, Precision())
    assert found.loss == pytest.approx(log(one.tokens.size), rel=0.03) == pytest.approx(one.objective.guessing(), 0.03)


@pytest.mark.slow
@BOTH
def test_it_learns_more_than_which_words_are_frequent(name: str) -> None:
    one = prepared(name, count=200)
    steps(one, {"mlm": 500, "clm": 100}[name])
    found = evaluate(one.model, one.objective, one.held_out, Precision())
    assert found.loss < log(len(WORDS)) - 0.5
    assert found.bits_per_byte == pytest.approx(found.nats.sum() / log(2) / found.bytes.sum())


def test_a_causal_model_predicts_every_token_of_the_text_once() -> None:
    one = prepared("clm")
    found = evaluate(one.model, one.objective, one.held_out, Precision())
    assert found.tokens.sum() == 8 * 30
    assert found.bytes.sum() == 8 * 89  # 30 words of two letters, 29 spaces


def test_a_masked_model_predicts_a_share_and_no_special_token() -> None:
    one = prepared("mlm", count=200, masking=0.2)
    ids, targets = split(one.train.inputs(np.arange(len(one.train)), [PLAIN] * len(one.train)))
    hidden, text = targets >= 0, ids.mask
    assert not np.isin(targets[hidden].numpy(), one.tokens.special).any()
    assert float(hidden.sum() / (text.sum() - 2 * len(ids))) == pytest.approx(0.2, abs=0.02)
    fates = ids.values[:, : targets.shape[1]][hidden]
    assert float((fates == one.tokens.mask).float().mean()) == pytest.approx(0.8, abs=0.05)
    assert not np.isin(fates[fates != one.tokens.mask].numpy(), one.tokens.special).any()


@BOTH
def test_held_out_blocks_are_judged_on_the_same_places(name: str) -> None:
    one = prepared(name)
    first, again = (evaluate(one.model, one.objective, one.held_out, Precision()) for _ in range(2))
    assert np.array_equal(first.nats, again.nats) and np.array_equal(first.tokens, again.tokens)
    assert one.model.training  # the mode is as before


@BOTH
def test_transformers_reads_the_folder_and_computes_the_same_loss(name: str, tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM, AutoModelForMaskedLM

    one = prepared(name)
    steps(one, 5)
    kind = {"mlm": AutoModelForMaskedLM, "clm": AutoModelForCausalLM}[name]
    read, info = kind.from_pretrained(written(one, tmp_path / "out"), output_loading_info=True)
    assert not any(info.values())
    one.model.eval()
    ids, targets = split(one.held_out.inputs(np.arange(4), [PLAIN] * 4))
    with torch.no_grad():
        mine = one.objective.loss(one.model, ids, targets, Precision(), None).nats.mean()
        logits = read(input_ids=ids.values, attention_mask=ids.mask.long()).logits[:, : targets.shape[1]]
    other = torch.nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=-1)
    assert float(mine) == pytest.approx(float(other), rel=1e-5)


@BOTH
def test_ghep_reads_the_folder_without_a_warning(name: str, tmp_path: Path) -> None:
    one = prepared(name)
    steps(one, 5)
    read = load_backbone(str(written(one, tmp_path / "out")))
    assert not [finding for finding in read.findings if finding.severity != "info"]
    assert read.card.pretrained and read.preprocess.max_length == 16
    check_written(tmp_path / "out", one.model)
    with torch.no_grad():
        one.model.embedding().mul_(2)
    with pytest.raises(BrokenPromise, match="other states"):
        check_written(tmp_path / "out", one.model)


@pytest.mark.slow
@BOTH
def test_the_head_of_a_folder_is_read_again(name: str, tmp_path: Path) -> None:
    one, other = prepared(name), prepared(name, seed=1)
    steps(one, 20)
    folder = written(one, tmp_path / "out")
    from ghep.pretrain.model import PretrainingModel, unpooled

    backbone = unpooled(load_backbone(str(folder)))  # type: ignore[arg-type]
    head, trained = other.objective.head(backbone, seed=1, folder=folder)
    assert trained
    before, after = (
        evaluate(model, one.objective, one.held_out, Precision())
        for model in (one.model.eval(), PretrainingModel(backbone, head))
    )
    assert after.loss == pytest.approx(before.loss, rel=1e-5)


def test_weights_shared_with_the_backbone_are_trained_once() -> None:
    one = prepared("mlm")
    names = [name for name, _ in one.model.head.named_parameters()]
    assert not [name for name in names if "decoder.weight" in name]
    parameters = list(one.model.parameters())
    assert len({id(one) for one in parameters}) == len(parameters)
    assert len(list(prepared("clm").model.head.parameters())) == 0


@pytest.mark.parametrize(("name", "other"), [("mlm", "clm"), ("clm", "mlm")])
def test_an_objective_that_does_not_fit_the_backbone_is_refused(name: str, other: str) -> None:
    backbone = prepared(other).model.backbone
    objective = objective_named(name, small_tokens("mlm"), PretrainOptions())
    with pytest.raises(ConfigError) as refused:
        objective.head(backbone, seed=0, folder=None)
    assert other in refused.value.remedy


def test_an_unknown_objective_and_a_vocabulary_without_a_mask_are_refused() -> None:
    with pytest.raises(ConfigError, match="mlmm"):
        objective_named("mlmm", small_tokens("mlm"), PretrainOptions())
    import json

    content: dict[str, Any] = json.loads(small_tokens("clm").content.replace("[MASK]", "[OTHER]"))
    from ghep.pretrain.tokens import Tokens

    with pytest.raises(ConfigError, match="mask token"):
        objective_named("mlm", Tokens(json.dumps(content)), PretrainOptions())


def test_a_round_takes_the_next_blocks_of_the_order() -> None:
    one = prepared("mlm")
    goal, total = PretrainingGoal(one.objective, Precision(), 32), len(one.train)
    from ghep.pretrain.plan import stages_of

    (stage,) = stages_of(one.options, blocks=4, rounds=10, head_first=False)
    assert stage.augment != "none" and not goal.augments(stage), "views draw the corruption, on held-out blocks as well"
    rounds = [goal.rows(one.train, stage, seed=0, epoch=epoch) for epoch in range(2 * total // 32)]
    places = np.concatenate([rows.places for rows in rounds if rows is not None])[: 2 * total // 32 * 32]
    passes = np.concatenate([rows.passes for rows in rounds if rows is not None])
    assert sorted(places[:total]) == list(range(total)) and (passes[:total] == 0).all() and passes[total] == 1
    assert not np.array_equal(places[:total], np.arange(total))


def test_only_hidden_places_reach_the_vocabulary() -> None:
    one = prepared("mlm")
    seen: list[int] = []
    hook = one.model.head.register_forward_hook(lambda _, args, __: seen.append(len(args[0])))
    inputs = one.train.inputs(np.arange(8), [PLAIN] * 8)
    assert isinstance(inputs, Padded)
    ids, targets = split(inputs)
    one.objective.loss(one.model, ids, targets, Precision(), None)
    hook.remove()
    assert seen == [int((targets >= 0).sum())] and seen[0] < ids.values.numel() / 3
