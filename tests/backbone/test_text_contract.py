"""The contract of text backbones, for every family in ghep, on synthetic checkpoints.

First the backbone alone, then training on it: every strategy, stored activations, bundles in another process.
"""

from __future__ import annotations

import csv
import functools
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

import ghep
from ghep.backbone.base import Backbone
from ghep.backbone.catalog import load_backbone
from ghep.backbone.text import TextNet
from ghep.data.loading.batches import LabelledExamples
from ghep.data.loading.padded import Padded
from ghep.errors import ConfigError
from ghep.experiment.record import Run
from ghep.features.frozen import Engines, FrozenPart
from ghep.model.bundle import load_bundle
from ghep.model.transfer import TransferModel
from ghep.strategy.catalog import STRATEGIES
from ghep.tasks.classification import Classification
from ghep.training.loop import train_stage
from ghep.training.precision import Precision
from ghep.training.stage import OptimSettings, Stage
from ghep.types import Example
from tiny import same, tensors_of, tiny_session
from tiny_texts import FAMILIES, LAYERS, WORD_FAMILIES, texts, write_family, write_table

TEXTS = (
    "the film was very good and the cast is great",
    "bad",
    "a dull plot , yes .",
    "maybe not awful !",
    "no story",
)
"""Of 1 to 10 words."""
ONE_BLOCK = ("glove", "word2vec", "tfidf")
OF_NO_LAYER = {
    "openai-gpt": {"model.position_ids"},  # 0, 1, 2 ...: a constant of the network
    "tfidf": {"idf"},  # set from the training texts before anything is frozen
}
"""Buffers of the network itself, which belong to no block."""
BIAS_OF_T5 = "model.block.0.layer.0.SelfAttention.relative_attention_bias.weight"
READ_LATER = {
    "mpnet": {"model.encoder.relative_attention_bias.weight"},
    **{name: {BIAS_OF_T5} for name in ("t5", "t5-gated", "mt5")},
}
"""Relative position biases: they belong to an early block and are frozen with it, and every layer adds them."""
UNUSED = {
    "xlnet": {
        "model.mask_emb",  # the query stream for masked words
        *(f"model.layer.{k}.rel_attn.{name}" for k in range(LAYERS) for name in ("r_s_bias", "seg_embed")),  # of pairs
    }
}
"""Parameters of a checkpoint on which no feature of a single text depends."""


@pytest.fixture(scope="module", params=[*FAMILIES, *WORD_FAMILIES])
def named(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Backbone]]:
    folder = tmp_path_factory.mktemp("family") / request.param
    backbone = load_backbone(write_family(request.param, folder))
    if request.param == "tfidf":
        made = dict(enumerate(backbone.preprocess.encode(TEXTS)))
        backbone.look_at(made.__getitem__, range(len(made)))
    yield request.param, backbone.eval()


@pytest.fixture
def backbone(named: tuple[str, Backbone]) -> Backbone:
    named[1].requires_grad_(True)
    return named[1].eval()


@pytest.fixture
def inputs(backbone: Backbone) -> Padded:
    return backbone.preprocess.collate(backbone.preprocess.encode(TEXTS))


@pytest.mark.slow
def test_blocks_are_the_embeddings_and_each_layer(named: tuple[str, Backbone]) -> None:
    name, backbone = named
    layers = 0 if name in ONE_BLOCK else LAYERS
    assert [block.name for block in backbone.blocks()] == ["embeddings", *(f"layer {k + 1}" for k in range(layers))]


def test_every_parameter_and_buffer_is_in_exactly_one_block(named: tuple[str, Backbone]) -> None:
    name, backbone = named
    owned = [name for block in backbone.blocks() for name in block.parameters]
    assert sorted(owned) == sorted(name for name, _ in backbone.net.named_parameters())
    tensors = [name for index in range(len(backbone.blocks())) for name in backbone.block_tensors(index)]
    buffers = [name for name, _ in backbone.net.named_buffers()]
    assert sorted(tensors) == sorted({*owned, *buffers} - OF_NO_LAYER.get(name, set()))


def test_features_are_finite_and_tell_texts_apart(backbone: Backbone, inputs: Padded) -> None:
    with torch.no_grad():
        features = backbone(inputs)
        twice = backbone(inputs)
    assert features.shape == (len(TEXTS), backbone.feature_dim) and torch.equal(features, twice)
    assert torch.isfinite(features).all()
    apart = torch.cdist(features, features) + torch.eye(len(TEXTS))
    assert apart.min() > 1e-2 * features.abs().max()


def test_two_halves_are_the_whole_at_every_boundary(named: tuple[str, Backbone], inputs: Padded) -> None:
    name, backbone = named
    last = len(backbone.blocks())
    with torch.no_grad():
        whole = backbone(inputs)
        boundaries = range(last + 1)
        in_one_pass = backbone.forward_at(Padded(inputs.values.clone(), inputs.lengths), boundaries)
        assert torch.equal(in_one_pass[last], whole)
        for k in boundaries:
            activation = backbone.forward_to(inputs, k)
            assert torch.equal(flat(in_one_pass[k]), flat(activation)), k
            kept = flat(activation).clone()
            if 0 < k < last:
                assert activation.values.shape == (*inputs.values.shape[:2], backbone.row_elements(k))
            with poisoned(backbone, k, spared=READ_LATER.get(name, set())):
                assert torch.equal(backbone.forward_from(activation, k), whole), k
            assert torch.equal(flat(activation), kept), "forward_from changed the activation it was given"
    assert backbone.row_elements(last) == backbone.feature_dim


def test_a_text_alone_is_what_it_is_among_longer_ones(backbone: Backbone, inputs: Padded) -> None:
    with torch.no_grad():
        whole = backbone(inputs)
        for place, ids in enumerate(backbone.preprocess.encode(TEXTS)):
            alone = backbone(backbone.preprocess.collate([ids]))
            torch.testing.assert_close(alone[0], whole[place], rtol=1e-5, atol=1e-5)


def test_what_stands_beyond_the_end_of_a_text_is_not_read(backbone: Backbone, inputs: Padded) -> None:
    with torch.no_grad():
        whole = backbone(inputs)
        other = Padded(inputs.values.clone(), inputs.lengths)
        other.values[~inputs.mask] = 7
        assert torch.equal(backbone(other), whole)
        if not isinstance(backbone.net, TextNet):
            return  # word vectors have no layers; ELMo relies on zero padding in every activation
        for k in range(1, len(backbone.blocks())):
            activation = backbone.forward_to(inputs, k)
            activation.values[~inputs.mask] = 3.0
            torch.testing.assert_close(backbone.forward_from(activation, k), whole, rtol=1e-5, atol=1e-5)


def test_pooling_is_what_it_says(named: tuple[str, Backbone], inputs: Padded) -> None:
    """Against a loop over texts: the mean of real positions, the last real one, or the first."""
    name, backbone = named
    if not isinstance(backbone.net, TextNet):
        return
    assert backbone.net.pooling == FAMILIES[name].pooling
    with torch.no_grad():
        every = TextNet(backbone.net.model, "none", pad=backbone.net.pad)(inputs)
        features = backbone(inputs)
    one = {"mean": lambda row: row.mean(0), "first": lambda row: row[0], "last": lambda row: row[-1]}
    for row, feature in zip(every.rows(), features, strict=True):
        expected = one[backbone.net.pooling](row)
        if backbone.net.normalize:
            expected = expected / expected.norm()
        torch.testing.assert_close(feature, expected, rtol=1e-5, atol=1e-5)
    assert backbone.net.normalize == (name == "sentences")


def test_gradients_flow_through_the_second_half_as_through_the_whole(backbone: Backbone, inputs: Padded) -> None:
    for k in range(len(backbone.blocks())):
        last = [p for index in range(k, len(backbone.blocks())) for p in backbone.block_parameters(index).values()]
        whole = torch.autograd.grad(backbone(inputs).square().sum(), last, allow_unused=True)
        with torch.no_grad():
            activation = backbone.forward_to(inputs, k)
        half = torch.autograd.grad(backbone.forward_from(activation, k).square().sum(), last, allow_unused=True)
        for one, other in zip(half, whole, strict=True):
            assert (one is None) == (other is None)
            if one is not None and other is not None:
                torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


def test_the_network_is_left_as_it_was(backbone: Backbone, inputs: Padded) -> None:
    before = tensors_of(backbone)
    modes = [module.training for module in backbone.modules()]
    hooks = [(dict(module._forward_hooks), dict(module._forward_pre_hooks)) for module in backbone.modules()]
    with torch.no_grad():
        for k in range(len(backbone.blocks()) + 1):
            backbone.forward_from(backbone.forward_to(inputs, k), k)
    assert same(before, tensors_of(backbone))
    assert modes == [module.training for module in backbone.modules()]
    assert hooks == [(dict(module._forward_hooks), dict(module._forward_pre_hooks)) for module in backbone.modules()]
    assert not any("forward" in vars(module) for module in backbone.modules())


def test_a_boundary_outside_is_an_error_that_lists_the_blocks(backbone: Backbone, inputs: Padded) -> None:
    for k in (-1, len(backbone.blocks()) + 1):
        with pytest.raises(ConfigError, match="embeddings"):
            backbone.forward_to(inputs, k)


def test_frozen_blocks_have_no_gradient_and_do_not_move_by_a_bit(
    named: tuple[str, Backbone], backbone: Backbone, inputs: Padded
) -> None:
    name, count = named[0], len(backbone.blocks())
    model = TransferModel(backbone, [Classification("label", ("a", "b"))])
    with torch.no_grad():
        model.head("label").weight.normal_(generator=torch.Generator().manual_seed(0))
    state = tensors_of(backbone)
    try:
        for k in range(count + 1):
            _restore(backbone, state)
            _train_one_step(model, inputs, k)
            for index in range(count):
                parameters = backbone.block_parameters(index)
                moved = {one for one, tensor in parameters.items() if not torch.equal(tensor, state[f"net.{one}"])}
                if index < k:
                    assert all(p.grad is None and not p.requires_grad for p in parameters.values())
                    assert not moved
                else:
                    without = {one for one, parameter in parameters.items() if parameter.grad is None}
                    assert without <= UNUSED.get(name, set())
                    assert moved
            model.zero_grad(set_to_none=True)
    finally:
        _restore(backbone, state)
        backbone.requires_grad_(True)


def _train_one_step(model: TransferModel, inputs: Padded, k: int) -> None:
    model.train()
    model.freeze(k)
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.1)
    targets = torch.arange(len(inputs)) % 2
    nn.functional.cross_entropy(model(inputs)["label"], targets).backward()
    optimizer.step()


def _restore(backbone: Backbone, state: dict[str, torch.Tensor]) -> None:
    with torch.no_grad():
        for name, tensor in [*backbone.named_parameters(), *backbone.named_buffers()]:
            tensor.copy_(state[name])


# Training

WRITES = "text2text/t5"
EVERY = (*FAMILIES, *WORD_FAMILIES, WRITES)
EPOCHS = 2
NOT_ADAPTED = {*WORD_FAMILIES, *(name for name, family in FAMILIES.items() if not family.tuned)}
"""Families without a linear layer that matches LoRA's default targets."""

Fits = Callable[[str, str], Run]


@pytest.fixture(scope="module")
def fits(tmp_path_factory: pytest.TempPathFactory) -> Fits:
    """Return the run of a family and a strategy, trained once."""
    root = tmp_path_factory.mktemp("fits")
    splits = {split: texts(count, seed=count) for split, count in (("train", 40), ("valid", 16), ("test", 12))}
    table = write_table(root / "reviews.csv", splits)

    @functools.cache
    def fitted(name: str, strategy: str) -> Run:
        settings = {} if strategy == "linear_probe" else {"epochs": EPOCHS, "batch_size": 8}
        out, backbone = root / f"{name.replace('/', '-')}-{strategy}", checkpoint(name, root)
        return ghep.fit(table, backbone=backbone, strategy=strategy, out=out, precision="float32", **settings)

    return fitted


def checkpoint(name: str, root: Path) -> str:
    """Write the family once; return its name for ``fit``."""
    writes, _, family = name.rpartition("/")
    folder = root / "families" / family
    found = next((str(one) for one in folder.glob("v.*")), str(folder)) + "@tfidf" * (family == "tfidf")
    return f"{writes}/" * bool(writes) + (found if folder.exists() else write_family(family, folder))


def slow_but(fast: Sequence[str]) -> list[object]:
    return [name if name in fast else pytest.param(name, marks=pytest.mark.slow) for name in EVERY]


def families_and_strategies() -> list[object]:
    """Every strategy with BERT and T5; the other families with the strategies that touch them in different ways."""
    few = ("full", "light", "lora")
    return [
        pytest.param(name, strategy, marks=() if name == "bert" else pytest.mark.slow)
        for name in EVERY
        for strategy in STRATEGIES
        if name in ("bert", "t5", *ONE_BLOCK) or strategy in few
    ]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "strategy"), families_and_strategies())
def test_each_strategy_moves_what_its_plan_says_and_nothing_else(name: str, strategy: str, fits: Fits) -> None:
    if strategy == "lora" and name in NOT_ADAPTED:
        with pytest.raises(ConfigError, match="LoRA matched no layer"):
            fits(name, strategy)
        return
    run = fits(name, strategy)
    random = strategy == "scratch"
    before = load_backbone(checkpoint(name, run.folder.parent), random_weights=random)
    after = load_bundle(run.bundle).model.backbone
    for index, block in enumerate(before.blocks()):
        one, other = before.block_parameters(index), after.block_parameters(index)
        moved = {one for one, tensor in one.items() if not torch.equal(tensor, other[one])}
        assert run.proof[block.name] == ("moved" if moved else "frozen")
        if strategy in ("full", "scratch"):
            assert moved, block.name
        if strategy in ("lora", "light", "progressive", "lp_ft") and name not in ONE_BLOCK:
            # Training that ends with a worse score than the solved head is undone: then nothing may have changed.
            undone = "start-kept" in {finding.code for finding in run.findings}
            assert not (undone and name == "bert"), "one family at least shows what moves"
            assert bool(moved) == (not undone and (index > 0 if strategy == "lora" else index == LAYERS))
        if strategy == "linear_probe":
            assert not moved
    assert np.isfinite([score.value for result in run.results for score in result.scores]).all()


@pytest.mark.slow
@pytest.mark.parametrize("k", range(1, LAYERS + 1))
@pytest.mark.parametrize("name", slow_but(["xlnet", "t5", "bilm-letters"]))
def test_an_epoch_on_stored_activations_is_the_epoch_on_live_ones(name: str, k: int, tmp_path: Path) -> None:
    if name in ONE_BLOCK:
        return  # everything is frozen
    weights = {}
    for stored in (False, True):
        backbone = load_backbone(checkpoint(name, tmp_path))
        data = labelled(backbone, texts(24))
        model = TransferModel(backbone, [Classification("label", ("neg", "pos"))])
        part = FrozenPart(backbone, engines=Engines("torch-float32", half=False))
        # SGD, because AdamW divides by the gradient's size, which amplifies rounding where the gradient is zero.
        optim = OptimSettings("sgd", weight_decay=0.0)
        lrs = tuple(0.0 if index < k else 0.1 for index in range(len(backbone.blocks())))
        stage = Stage("one", lrs, head_lr=0.1, epochs=1, batch_size=4, augment="none", optim=optim)
        source = part.activations(data, [k])[k] if stored else data
        train_stage(model, stage, source, None, tiny_session(), precision=Precision())
        weights[stored] = tensors_of(model)
    for one, tensor in weights[False].items():
        torch.testing.assert_close(
            weights[True][one], tensor, rtol=1e-4, atol=1e-5, msg=lambda said, one=one: one + said
        )


def labelled(backbone: Backbone, rows: Sequence[tuple[str, str]]) -> LabelledExamples:
    store = backbone.preprocess.prepared_store(limit_bytes=2**20)
    examples = tuple(Example(str(place), text, {"label": label}) for place, (text, label) in enumerate(rows))
    targets = np.array([label == "pos" for _, label in rows], dtype=np.int64)
    return LabelledExamples(examples, {"label": targets}, store, backbone.preprocess, lengths=store.lengths(examples))


ELSEWHERE = """
import io, json, sys
from contextlib import redirect_stdout
import ghep
from ghep.cli.app import run

said = {}
files = sys.argv[2:]
for bundle in json.loads(sys.argv[1]):
    sys.argv[1:] = ["predict", bundle, *files, "--json"]
    with redirect_stdout(io.StringIO()) as out:
        code = run()
    found = ghep.load(bundle).predict([open(file, encoding="utf-8").read() for file in files])
    said[bundle] = [code, json.loads(out.getvalue()), [one.probabilities for one in found]]
print(json.dumps(said))
"""


@pytest.mark.slow
def test_bundles_say_the_same_in_another_process_to_the_last_digit(fits: Fits, tmp_path: Path) -> None:
    """``guards/deployed.py`` checks the same in the training process for every run."""
    runs = [fits(name, "lora" if name == "bert" else "light") for name in EVERY]
    said = [text for text, _ in texts(12, seed=12)]
    files = [tmp_path / f"{number}.txt" for number in range(len(said))]
    for file, text in zip(files, said, strict=True):
        file.write_text(text, encoding="utf-8")
    argument = json.dumps([str(run.bundle) for run in runs])
    environment = {**os.environ, "PYTHONPATH": str(Path(ghep.__file__).parents[1]), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", ELSEWHERE, argument, *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True, timeout=300)
    elsewhere = json.loads(done.stdout)
    for run in runs:
        here = [one.probabilities for one in ghep.load(run.bundle).predict(said)]
        code, printed, loaded = elsewhere[str(run.bundle)]
        assert code == 0 and [row["input"] for row in printed] == list(map(str, files))
        assert here == loaded == [row["probabilities"] for row in printed]
        rows = csv.DictReader((run.folder / "predictions.csv").read_text(encoding="utf-8").splitlines())
        measured = [(row["p:neg"], row["p:pos"]) for row in rows if row["split"] == "test"]
        assert measured == [(f"{one['neg']:.6f}", f"{one['pos']:.6f}") for one in here]


# Helpers


def flat(values: torch.Tensor | Padded) -> torch.Tensor:
    return values.values if isinstance(values, Padded) else values


class poisoned:  # noqa: N801 - reads as a verb in a with statement
    """Set parameters of the first ``k`` blocks except ``spared`` to NaN in the block, so that any use shows."""

    def __init__(self, backbone: Backbone, k: int, *, spared: Sequence[str] | set[str]) -> None:
        owned = [one for index in range(k) for one in backbone.block_parameters(index).items()]
        self.parameters = [parameter for name, parameter in owned if name not in spared]

    def __enter__(self) -> None:
        self.kept = [parameter.detach().clone() for parameter in self.parameters]
        self._fill([torch.full_like(parameter, float("nan")) for parameter in self.parameters])

    def __exit__(self, *_: object) -> None:
        self._fill(self.kept)

    def _fill(self, values: list[torch.Tensor]) -> None:
        with torch.no_grad():
            for parameter, value in zip(self.parameters, values, strict=True):
                parameter.copy_(value)
