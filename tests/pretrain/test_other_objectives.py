"""span, tsdae, electra, bilm: they start by guessing, learn more than a control, and other programs read them."""

from __future__ import annotations

from math import log
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from ghep.backbone.catalog import load_backbone
from ghep.data.corruption import restore_spans
from ghep.data.loading.padded import Padded
from ghep.data.loading.views import PLAIN, View
from ghep.errors import ConfigError
from ghep.metrics.classification import auroc
from ghep.pretrain.blocks import Blocks, split
from ghep.pretrain.folder import check_written
from ghep.pretrain.goal import bits_factor, evaluate
from ghep.pretrain.model import PretrainingModel, unpooled
from ghep.pretrain.objectives import objective_named
from ghep.pretrain.objectives.electra import FACTOR, ReplacedTokens, ReplacementHead, auc_among_equals
from ghep.pretrain.options import PretrainOptions
from ghep.pretrain.outcome import ngram_losses
from ghep.training.precision import Precision
from pretrain.small import WORDS, Prepared, prepared, small_tokens
from pretrain.test_language_models import steps, written

OTHERS = ["span", "tsdae", "electra", "bilm"]
EACH = pytest.mark.parametrize("name", OTHERS)
PLAIN32 = Precision()


def shuffled(one: Prepared) -> Prepared:
    """The same with the words of each block in random order: all that is left to learn is which are frequent."""
    rng = np.random.default_rng(0)
    for blocks in (one.train, one.held_out):
        for place in range(len(blocks)):
            ids = blocks.ids[blocks.starts[place] : blocks.starts[place + 1]]
            own = ~np.isin(ids, blocks.special)
            ids[own] = rng.permutation(ids[own])
    return one


@EACH
def test_an_untrained_model_knows_nothing(name: str) -> None:
    one = prepared(name)
    found = evaluate(one.model, one.objective, one.held_out, PLAIN32)
    assert found.nats_per_token == pytest.approx(log(one.tokens.size), rel=0.06)
    assert found.loss == pytest.approx(one.objective.guessing(), rel=0.06)


@EACH
def test_held_out_blocks_are_judged_on_the_same_corruption_however_they_are_batched(name: str) -> None:
    one = prepared(name)
    first, again = (evaluate(one.model, one.objective, one.held_out, PLAIN32) for _ in range(2))
    assert np.array_equal(first.nats, again.nats) and np.array_equal(first.extra, again.extra)
    place = len(one.held_out) // 2
    alone = evaluate(one.model, one.objective, one.held_out.some(np.array([place])), PLAIN32)
    if name != "bilm":  # drawn by the place among the held-out blocks
        ids, targets = split(one.held_out.inputs(np.array([place]), [PLAIN]))
        one.model.eval()
        with torch.no_grad():
            loss = one.objective.loss(one.model, ids, targets, PLAIN32, None)
        assert float(loss.nats.sum()) == pytest.approx(first.nats[place], rel=1e-4)
        assert loss.extra is None or float(loss.extra) == pytest.approx(first.extra[place], rel=1e-4)
    else:
        assert alone.nats[0] == pytest.approx(first.nats[place], rel=1e-4)


@EACH
def test_a_block_of_one_word_neither_crashes_nor_counts_wrongly(name: str) -> None:
    one = prepared(name)
    special = {"span": 1, "tsdae": 2, "electra": 2, "bilm": 0}[name]
    ids = one.train.block(0)
    ends = ids[np.isin(ids, one.tokens.special)]
    assert len(ends) == special
    word = ids[~np.isin(ids, one.tokens.special)][:1]
    block = np.concatenate([ends[: special // 2], word, ends[special // 2 :]]).astype(np.int32)
    short = Blocks(
        block, np.array([0, len(block)]), np.array([0], dtype=np.int32), ("d",), one.tokens.special, one.objective
    )
    found = evaluate(one.model, one.objective, short, PLAIN32)
    # span: nothing is cut out, the end is written; tsdae: the word and [SEP]; bilm: no word next to it
    assert found.tokens.tolist() == [{"span": 1, "tsdae": 2, "electra": 1, "bilm": 0}[name]]
    assert np.isfinite(found.loss)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "count", "settings"), [("span", 150, {"masking": 0.3}), ("tsdae", 150, {}), ("bilm", 60, {})]
)
def test_it_learns_the_grammar_and_from_shuffled_words_it_does_not(
    name: str, count: int, settings: dict[str, Any]
) -> None:
    one, control = prepared(name, count=400, **settings), shuffled(prepared(name, count=400, **settings))
    for each in (one, control):
        steps(each, count)
    first, second = (evaluate(each.model, each.objective, each.held_out, PLAIN32) for each in (one, control))
    assert first.own_nats_per_token < second.own_nats_per_token - 0.3


def test_the_generator_is_a_quarter_as_wide_and_shares_the_embeddings() -> None:
    one = prepared("electra")
    head = one.model.head
    assert isinstance(head, ReplacementHead)
    assert head.generator.network.config.hidden_size == one.model.transformer.config.hidden_size // 4
    assert head.generator.network.embeddings.word_embeddings.weight is one.model.embedding()
    assert not [name for name, _ in head.named_parameters() if ".embeddings." in name]
    parameters = list(one.model.parameters())
    assert len({id(each) for each in parameters}) == len(parameters)
    steps(one, 1)
    assert all(parameter.grad is not None for parameter in parameters)


def test_what_the_discriminator_reads_differs_from_the_text_only_where_tokens_were_drawn() -> None:
    one = prepared("electra")
    objective = one.objective
    assert isinstance(objective, ReplacedTokens)
    places = np.arange(6)
    ids, targets = split(one.train.inputs(places, [View(None, None, (0, 0, int(place))) for place in places]))
    targets = torch.nn.functional.pad(targets, (0, ids.values.shape[1] - targets.shape[1]), value=-1)
    chances = torch.full((int((targets >= 0).sum()), one.tokens.size), 1 / one.tokens.size)
    text = [one.train.block(int(place)) for place in places]
    seen, replaced = objective.replaced(ids, targets, chances, np.random.default_rng(0))
    again, _ = objective.replaced(ids, targets, chances, np.random.default_rng(0))
    other, _ = objective.replaced(ids, targets, chances, np.random.default_rng(1))
    assert torch.equal(seen.values, again.values) and not torch.equal(seen.values, other.values)
    for row, original in enumerate(text):
        now, changed = seen.values[row, : len(original)].numpy(), replaced[row, : len(original)].numpy()
        assert np.array_equal(changed, now != original)
        assert not changed[targets[row, : len(original)].numpy() < 0].any()
    certain = torch.nn.functional.one_hot(targets[targets >= 0], one.tokens.size).float()
    assert not objective.replaced(ids, targets, certain, np.random.default_rng(0))[1].any()


def test_tokens_are_drawn_as_often_as_the_generator_says() -> None:
    one = prepared("electra")
    assert isinstance(one.objective, ReplacedTokens)
    count = 20_000
    chances = torch.zeros(count, one.tokens.size)
    chances[:, 7], chances[:, 9] = 0.25, 0.75
    ids = Padded(torch.full((1, count), 4), torch.tensor([count]))
    seen, _ = one.objective.replaced(ids, torch.full((1, count), 8), chances, np.random.default_rng(0))
    drawn = seen.values[0].bincount(minlength=10) / count
    assert float(drawn[7]) == pytest.approx(0.25, abs=0.013) and float(drawn[7] + drawn[9]) == 1


def test_the_loss_of_the_discriminator_is_50_times_its_mean_over_the_tokens_of_a_block() -> None:
    one = prepared("electra")
    found = evaluate(one.model, one.objective, one.held_out, PLAIN32)
    assert found.extra == pytest.approx(FACTOR * log(2), rel=0.05)


def test_the_decoder_of_tsdae_has_the_weights_of_the_encoder_and_sees_one_vector() -> None:
    one = prepared("tsdae")
    names = [name for name, _ in one.model.head.named_parameters()]
    assert len({name.split(".crossattention")[0] for name in names if ".crossattention." in name}) == 2  # layers
    assert not [name for name in names if ".attention." in name or "embeddings" in name]
    ids, targets = split(one.train.inputs(np.arange(4), [View(None, None, (0, 0, place)) for place in range(4)]))
    seen: list[torch.Size] = []
    one.model.head.register_forward_pre_hook(
        lambda _, __, given: seen.append(given["encoder_hidden_states"].shape), with_kwargs=True
    )
    found = one.objective.loss(one.model, ids, targets, PLAIN32, None)
    assert seen == [torch.Size((4, 1, 32))]
    assert len(found.nats) == int((targets >= 0).sum()) - 4  # all but the first of each


def test_the_decoder_of_tsdae_does_not_look_ahead() -> None:
    one = prepared("tsdae")
    one.model.eval()
    ids, targets = split(one.train.inputs(np.array([0]), [PLAIN]))
    changed = targets.clone()
    changed[0, -1] = changed[0, 1]
    with torch.no_grad():
        first, second = (one.objective.loss(one.model, ids, each, PLAIN32, None).nats for each in (targets, changed))
    assert torch.equal(first[:-1], second[:-1])


def test_the_targets_of_span_corruption_restore_the_text() -> None:
    one = prepared("span")
    for place in range(10):
        ids, targets = one.train.corrupted(place, (0, 0, place))
        found = restore_spans(ids, targets[:-1], sentinels=one.objective.sentinels)  # type: ignore[attr-defined]
        assert np.array_equal(found, one.train.block(place)) and targets[-1] == one.tokens.end


def test_the_losses_of_special_tokens_are_told_from_those_of_the_text() -> None:
    one = prepared("span")
    found = evaluate(one.model, one.objective, one.held_out, PLAIN32)
    targets = [one.held_out.corrupted(place)[1] for place in range(len(one.held_out))]
    own = [int((~np.isin(each, one.tokens.special)).sum()) for each in targets]
    assert found.own_tokens.tolist() == own and (found.tokens == [len(each) for each in targets]).all()
    assert 0 < found.own_nats.sum() < found.nats.sum()
    assert found.own_nats_per_token == pytest.approx(log(one.tokens.size), rel=0.06)
    assert found.bits_per_byte == pytest.approx(found.own_nats.sum() / log(2) / found.bytes.sum())
    assert bits_factor(found) is None, "a loss with sentinels is not one of text"
    plain = prepared("electra")
    same = evaluate(plain.model, plain.objective, plain.held_out, PLAIN32)
    assert np.array_equal(same.own_nats, same.nats) and np.array_equal(same.own_tokens, same.tokens)


def test_transformers_writes_the_spans_with_the_same_loss(tmp_path: Path) -> None:
    from transformers import T5ForConditionalGeneration

    one = prepared("span")
    steps(one, 5)
    read, info = T5ForConditionalGeneration.from_pretrained(written(one, tmp_path / "out"), output_loading_info=True)
    assert not any(info.values())
    one.model.eval()
    ids, targets = split(one.held_out.inputs(np.arange(4), [PLAIN] * 4))
    with torch.no_grad():
        mine = one.objective.loss(one.model, ids, targets, PLAIN32, None).nats.mean()
        labels = targets.masked_fill(targets < 0, -100)
        theirs = read(input_ids=ids.values, attention_mask=ids.mask.long(), labels=labels).loss
    assert float(mine) == pytest.approx(float(theirs), rel=1e-5)


def test_transformers_detects_replaced_tokens_with_the_same_logits(tmp_path: Path) -> None:
    from transformers import ElectraForPreTraining

    one = prepared("electra")
    steps(one, 5)
    read, info = ElectraForPreTraining.from_pretrained(written(one, tmp_path / "out"), output_loading_info=True)
    assert not any(info.values())
    assert isinstance(one.objective, ReplacedTokens)
    one.model.eval()
    ids, _ = split(one.held_out.inputs(np.arange(4), [PLAIN] * 4))
    with torch.no_grad():
        mine = one.objective.detected(one.model, ids, PLAIN32)
        theirs = read(input_ids=ids.values, attention_mask=ids.mask.long()).logits
    assert torch.allclose(mine[ids.mask], theirs[ids.mask], atol=1e-5)


@pytest.mark.slow
@EACH
def test_ghep_reads_the_folder_without_a_warning(name: str, tmp_path: Path) -> None:
    one = prepared(name)
    steps(one, 3)
    read = load_backbone(str(written(one, tmp_path / "out")))
    assert not [finding for finding in read.findings if finding.severity != "info"]
    assert read.card.pretrained
    check_written(tmp_path / "out", one.model)


def test_ghep_grafts_on_the_encoder_and_on_the_decoder_of_a_span_folder(tmp_path: Path) -> None:
    one = prepared("span")
    steps(one, 3)
    folder = written(one, tmp_path / "out")
    read = load_backbone(f"text2text/{folder}")
    assert not [finding for finding in read.findings if finding.severity != "info"]
    writer = read._writer[0]  # type: ignore[attr-defined]
    mine = dict(one.model.head.named_parameters())["whole.decoder.block.0.layer.1.EncDecAttention.q.weight"]
    assert torch.equal(writer.decoder.block[0].layer[1].EncDecAttention.q.weight, mine)


@pytest.mark.slow
@EACH
def test_the_head_of_a_folder_is_read_again(name: str, tmp_path: Path) -> None:
    one, other = prepared(name), prepared(name, seed=1)
    steps(one, 10)
    folder = written(one, tmp_path / "out")
    backbone = unpooled(load_backbone(str(folder)))  # type: ignore[arg-type]
    head, trained = other.objective.head(backbone, seed=1, folder=folder)
    assert trained
    before, after = (
        evaluate(model, one.objective, one.held_out, PLAIN32) for model in (one.model, PretrainingModel(backbone, head))
    )
    assert after.loss == pytest.approx(before.loss, rel=1e-4)


@pytest.mark.parametrize("name", ["tsdae", "electra", "bilm"])
def test_a_head_that_the_folder_lacks_is_trained_first(name: str, tmp_path: Path) -> None:
    one = prepared(name)
    folder = written(one, tmp_path / "out")
    (folder / "pretraining_head.safetensors").unlink()
    _, trained = one.objective.head(one.model.backbone, seed=0, folder=folder)
    assert not trained


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "other", "code"),
    [
        ("span", "electra", "pretrain-span-of-other-kind"),
        ("electra", "tsdae", "pretrain-electra-of-other-kind"),
        ("tsdae", "span", "pretrain-tsdae-kind"),
        ("bilm", "tsdae", "pretrain-bilm-of-other-kind"),
    ],
)
def test_a_backbone_of_another_kind_is_refused(name: str, other: str, code: str) -> None:
    objective = prepared(name).objective
    with pytest.raises(ConfigError) as refused:
        objective.head(prepared(other).model.backbone, seed=0, folder=None)
    assert refused.value.code == code and refused.value.remedy


def test_a_vocabulary_without_sentinels_is_refused() -> None:
    with pytest.raises(ConfigError, match="sentinels"):
        objective_named("span", small_tokens("tsdae"), PretrainOptions())


def test_each_word_is_predicted_from_both_sides() -> None:
    one = prepared("bilm")
    found = evaluate(one.model, one.objective, one.held_out, PLAIN32)
    assert found.tokens.sum() == 8 * 30
    assert found.nats_per_token == pytest.approx(log(one.tokens.size))  # the softmax starts at zero
    steps(one, 3)
    one.model.eval()
    ids, targets = split(one.held_out.inputs(np.array([0]), [PLAIN]))
    changed = ids.values.clone()
    changed[0, 0] = 1 + changed[0, 0] % len(WORDS)
    with torch.no_grad():
        first, second = (
            one.objective.loss(one.model, Padded(values, ids.lengths), targets, PLAIN32, None).nats
            for values in (ids.values, changed)
        )
    assert first[0] == second[0], "a word is not predicted from itself"
    assert (first[1:] != second[1:]).all(), "the words after it are"


def test_rare_words_are_spelt_and_not_predicted() -> None:
    one = prepared("bilm", vocabulary_kind="characters", vocabulary=5)
    ids, targets = one.train.corrupted(0)
    assert ids.max() > 4 and set(targets.tolist()) <= {0, 1, 2, 3, 4}
    assert np.array_equal(targets[ids < 5], ids[ids < 5]) and not targets[ids >= 5].any()
    assert evaluate(one.model, one.objective, one.held_out, PLAIN32).loss == pytest.approx(log(5))


def test_a_discriminator_that_knows_frequencies_only_is_reported() -> None:
    """Replaced tokens are rarer than others, so a score of the token alone has an AUC above a half."""
    rng = np.random.default_rng(0)
    tokens, known = rng.integers(0, 8, 4000), rng.normal(size=8)
    labels = rng.random(4000) < 0.05 + 0.3 * known.argsort().argsort()[tokens] / 8
    assert auroc(labels.astype(int), np.stack([-known[tokens], known[tokens]], 1))[0] > 0.6
    assert auc_among_equals(known[tokens], labels, tokens) == 0.5
    assert auc_among_equals(known[tokens] + labels, labels, tokens) == 1
    assert np.isnan(auc_among_equals(known[tokens], labels & False, tokens))
    both = [(labels[tokens == one], (known[tokens] + labels + rng.normal(size=4000))[tokens == one]) for one in (0, 1)]
    weighted = sum(auroc(of.astype(int), np.stack([-x, x], 1))[0] * of.sum() * (~of).sum() for of, x in both)
    joined = [np.concatenate(one) for one in zip(*both, strict=True)]
    owner = np.repeat([0, 1], [len(of) for of, _ in both])
    pairs = sum(of.sum() * (~of).sum() for of, _ in both)
    assert auc_among_equals(joined[1], joined[0], owner) == pytest.approx(weighted / pairs)
    objective = prepared("electra").objective
    assert isinstance(objective, ReplacedTokens)
    frequent = {"replaced_auc": 0.7, "random_auc": 0.6, "context_auc": 0.51}
    codes = [one.code for one in objective.findings(words=20_000_000, measures=frequent)]
    assert codes == ["electra-at-chance"]
    assert not objective.findings(words=20_000_000, measures={**frequent, "context_auc": 0.55})


def test_counts_predict_what_the_network_predicts() -> None:
    """Of words that are spelt, both predict the frequent ones and one unknown word, at each word of a block."""
    one = prepared("bilm", vocabulary_kind="characters", vocabulary=5)
    end = evaluate(one.model, one.objective, one.held_out, PLAIN32)
    found = ngram_losses(one.objective, one.train, one.held_out, end)
    assert found["unigram"]["nats_per_token"] < log(5), "half of the words are the unknown one"
    share = found["unigram"]["bits_per_byte"] / found["unigram"]["nats_per_token"]
    assert end.bits_per_byte is not None
    assert share == pytest.approx(end.bits_per_byte / end.nats_per_token)


def test_the_end_that_tsdae_writes_counts_on_both_sides() -> None:
    one = prepared("tsdae")
    end = evaluate(one.model, one.objective, one.held_out, PLAIN32)
    assert end.own_tokens.sum() == sum(len(one.held_out.block(place)) - 1 for place in range(len(one.held_out)))


def test_spans_as_long_as_their_text_are_no_masks() -> None:
    """Of three words and </s>, one is cut out: its sentinel, the word, the last sentinel and </s> are four as well."""
    one = prepared("span")
    block = np.array([*one.train.block(0)[:3], one.tokens.end], dtype=np.int32)
    count = np.array([2, 3, 3, -1])
    held = Blocks(block, np.array([0, 4]), np.array([0]), ("d",), one.tokens.special, one.objective, count)
    end = evaluate(one.model, one.objective, held, PLAIN32)
    assert end.tokens.tolist() == [4] and end.own_tokens.tolist() == [1]
    found = ngram_losses(one.objective, one.train, held, end)
    cut = held.corrupted(0)[1][1]
    assert found["unigram"]["nats_per_token"] == pytest.approx(-log((one.train.ids == cut).mean()), abs=0.02)
