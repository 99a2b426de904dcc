"""The contract of a strategy, held against all of them: plans that can be carried out, in every situation."""

from __future__ import annotations

import dataclasses
import itertools
import json
from typing import Any

import pytest

from ghep.data.image.augment import AUGMENTS
from ghep.data.loading.views import PLAIN, Views
from ghep.errors import ConfigError
from ghep.model.targets import ATTENTION
from ghep.strategy.base import Plan, Strategy, discriminative
from ghep.strategy.catalog import STRATEGIES, strategy_named
from ghep.strategy.derive import Situation
from ghep.training.stage import Adapters, Stage

SIZES = (10, 11, 50, 333, 2000, 20_000, 50_000)
BLOCKS = (1, 2, 3, 9, 24)

every = pytest.mark.parametrize("kind", STRATEGIES.values(), ids=STRATEGIES)


def situation(n: int = 500, blocks: int = 6, **changes: Any) -> Situation:
    names = tuple(f"block {index}" for index in range(blocks))
    return dataclasses.replace(Situation(n, names, batch_norm=True, has_valid=True), **changes)


@every
@pytest.mark.parametrize("n", SIZES)
def test_every_plan_can_be_carried_out(kind: type[Strategy], n: int) -> None:
    for blocks, batch_norm, has_valid, pixels in itertools.product(BLOCKS, *[(True, False)] * 3):
        layers = (("block 0.query", "block 0.dense"),) * blocks if pixels else None
        changes = {"batch_norm": batch_norm, "has_valid": has_valid, "linear_layers": layers}
        plan = kind().plan(situation(n, blocks, **changes, views=pixels, blends=pixels))
        can_be_carried_out(plan, kind, n=n, blocks=blocks, has_valid=has_valid)
        assert plan.findings == (), "of what was derived there is nothing to say"
        if not pixels:
            assert all(set(Views(stage.augment, stage.views).kept) == {PLAIN} for stage in trained(plan))
            assert not any(stage.objective.mixup or stage.objective.cutmix for stage in plan.stages)
            assert not any(reason.startswith("mixup") for reason in plan.reasons)


def can_be_carried_out(plan: Plan, kind: type[Strategy], *, n: int, blocks: int, has_valid: bool) -> None:
    assert plan.strategy == kind.name and plan.stages
    assert len({stage.name for stage in plan.stages}) == len(plan.stages)
    assert plan.reasons and all(reason.strip() for reason in plan.reasons)
    for stage in plan.stages:
        assert len(stage.lrs) == blocks
        assert list(stage.lrs) == sorted(stage.lrs), "nearer to the input slower; frozen ones lead"
        assert all(lr > 0 for lr in stage.lrs[stage.frozen_blocks :]) and not any(stage.lrs[: stage.frozen_blocks])
        if stage.head == "solve":
            assert stage.frozen_blocks == blocks and stage.epochs == 0
        else:
            assert 1 <= stage.epochs <= 100 and 1 <= stage.batch_size <= max(8, n) and stage.head_lr > 0
            assert max(stage.lrs, default=0) <= stage.head_lr <= 0.1
            assert stage.augment in AUGMENTS
            assert stage.patience == 0 or has_valid
    json.dumps([stage.to_json() for stage in plan.stages])


def trained(plan: Plan) -> list[Stage]:
    return [stage for stage in plan.stages if stage.head == "train"]


@every
def test_names_aliases_and_spellings_resolve(kind: type[Strategy]) -> None:
    for name in (kind.name, *kind.aliases, kind.name.upper(), kind.name.replace("_", "-")):
        assert strategy_named(name) == kind()
    assert kind().summary != kind.name and kind.__doc__


def test_no_name_means_two_strategies() -> None:
    names = [name for kind in STRATEGIES.values() for name in (kind.name, *kind.aliases)]
    assert len(set(names)) == len(names)


@every
def test_unknown_settings_suggest(kind: type[Strategy]) -> None:
    with pytest.raises(ConfigError, match=r'(?s)epoch and leer.*did you mean "epochs"'):
        strategy_named(kind.name, epoch=3, leer=1)
    assert strategy_named(kind.name, epochs=None) == kind(), "None is left to be derived"


def test_unknown_strategies_suggest() -> None:
    with pytest.raises(ConfigError, match='did you mean "linear_probe"'):
        strategy_named("linear_prob")


@every
def test_what_is_given_is_taken(kind: type[Strategy]) -> None:
    given = {"batch_size": 5, "lr": 0.01, "epochs": 30, "augment": "none", "patience": 7, "label_smoothing": 0.2}
    given |= {"mixup": 0.3, "cutmix": 0.4, "class_weights": True, "optimizer": "sgd", "weight_decay": 0.1}
    given |= {
        "momentum": 0.5,
        "warmup": 0.2,
        "schedule": "constant",
        "clip_norm": 2.0,
        "ema_decay": 0.9,
        "head_lr": 0.02,
    }
    plan = strategy_named(kind.name, **given).plan(situation())
    for stage in plan.stages:
        assert stage.objective.class_weights
    assert sum(stage.epochs for stage in trained(plan)) in (0, 30)
    for stage in trained(plan):
        assert (stage.batch_size, stage.augment, stage.patience, stage.head_lr) == (5, "none", 7, 0.02)
        assert stage.lrs[-1] == pytest.approx(0.01)
        assert (stage.objective.mixup, stage.objective.cutmix, stage.objective.label_smoothing) == (0.3, 0.4, 0.2)
        optim = stage.optim
        assert (optim.name, optim.weight_decay, optim.momentum) == ("sgd", 0.1, 0.5)
        assert (optim.warmup, optim.schedule, optim.clip_norm, optim.ema_decay) == (0.2, "constant", 2.0, 0.9)


def test_rates_fall_by_the_decay_from_block_to_block() -> None:
    assert discriminative(1.0, 0.5, 4) == [0.125, 0.25, 0.5, 1.0]
    assert discriminative(1.0, 0.5, 4, frozen=2) == [0, 0, 0.5, 1.0]
    for blocks in BLOCKS[1:]:
        lrs = strategy_named("full").plan(situation(blocks=blocks)).stages[0].lrs
        assert lrs[0] / lrs[-1] == pytest.approx(0.1, rel=0.02), "the first block at a tenth of the last"


# Memory

MIB, GIB = 2**20, 2**30


@pytest.mark.parametrize(
    ("each", "size"), [(2 * MIB, 128), (24 * MIB, 128), (25 * MIB, 64), (82 * MIB, 32), (GIB, 2), (9 * GIB, 2)]
)
def test_a_batch_is_no_larger_than_its_activations_allow(each: int, size: int) -> None:
    """At 224 px a ResNet-50 from scratch would hold 10 GiB of activations in a batch of 128."""
    plan = strategy_named("scratch").plan(situation(2_000, activation_bytes=lambda _: each))
    assert plan.stages[0].batch_size == size
    (reason,) = (one for one in plan.reasons if one.startswith("batches"))
    assert ("of activations, within 3.0 GiB; 128 (about an eighth of 2,000" in reason) is (size < 128)
    unbounded = strategy_named("scratch").plan(situation(2_000)).stages[0]
    assert plan.stages[0].lrs == unbounded.lrs, "rates do not depend on the size of the batch"
    given = strategy_named("scratch", batch_size=128).plan(situation(2_000, activation_bytes=lambda _: each))
    assert given.stages[0].batch_size == 128, "what is asked for is obeyed"


@pytest.mark.parametrize(
    ("name", "blocks"), [("full", 0), ("scratch", 0), ("light", 4), ("progressive", 4), ("lp_ft", 4), ("lora", 1)]
)
def test_the_activations_that_count_are_those_of_the_blocks_that_move(name: str, blocks: int) -> None:
    asked: list[int] = []

    def counted(frozen_blocks: int) -> int:
        asked.append(frozen_blocks)
        return 192 * MIB

    plan = strategy_named(name).plan(situation(400, linear_layers=LAYERS, activation_bytes=counted))
    assert asked == [blocks] and {stage.batch_size for stage in trained(plan)} == {16}


# One by one


def frozen(plan: Plan) -> list[int]:
    return [stage.frozen_blocks for stage in plan.stages]


def test_linear_probe_trains_nothing() -> None:
    plan = strategy_named("linear_probe").plan(situation())
    assert frozen(plan) == [6] and plan.stages[0].head == "solve"


@pytest.mark.parametrize(("blocks", "still"), [(1, 0), (2, 1), (3, 2), (6, 4), (9, 7), (24, 18)])
def test_light_moves_the_last_quarter(blocks: int, still: int) -> None:
    assert frozen(strategy_named("light").plan(situation(blocks=blocks))) == [still]


@pytest.mark.parametrize("still", range(7))
def test_light_freezes_what_it_is_told(still: int) -> None:
    assert frozen(strategy_named("light", frozen_blocks=still).plan(situation())) == [still]


@pytest.mark.parametrize("still", [-1, 7])
def test_light_cannot_freeze_what_is_not_there(still: int) -> None:
    with pytest.raises(ConfigError, match="frozen_blocks"):
        strategy_named("light", frozen_blocks=still).plan(situation())


def test_full_and_scratch_freeze_nothing() -> None:
    assert frozen(strategy_named("full").plan(situation())) == [0]
    assert frozen(strategy_named("scratch").plan(situation())) == [0]
    assert not strategy_named("scratch").uses_pretrained
    assert len(set(strategy_named("scratch").plan(situation()).stages[0].lrs)) == 1, "nothing to be careful with"


@pytest.mark.parametrize("blocks", BLOCKS)
def test_progressive_unfreezes_one_more_block_per_stage(blocks: int) -> None:
    plan = strategy_named("progressive").plan(situation(2_000, blocks=blocks))
    assert frozen(plan) == list(range(blocks, -1, -1))
    assert plan.stages[0].head == "solve"
    assert all(stage.epochs == 1 for stage in plan.stages[1:-1])


def test_progressive_says_when_the_epochs_that_were_given_do_not_do() -> None:
    plan = strategy_named("progressive", epochs=3).plan(situation(2_000, blocks=9))
    assert sum(stage.epochs for stage in plan.stages) == 9
    (finding,) = plan.findings
    assert finding.code == "epochs-too-few" and "9 epochs instead of 3" in finding.message
    assert strategy_named("progressive", epochs=9).plan(situation(2_000, blocks=9)).findings == ()


@pytest.mark.parametrize("name", ["progressive", "lp_ft"])
@pytest.mark.parametrize(
    ("n", "blocks", "still"), [(1_999, 9, 6), (2_000, 9, 0), (100, 1, 0), (100, 2, 1), (100, 3, 2), (100, 24, 16)]
)
def test_of_few_labels_two_thirds_of_the_blocks_stay_frozen_after_a_solved_head(
    name: str, n: int, blocks: int, still: int
) -> None:
    plan = strategy_named(name).plan(situation(n, blocks=blocks))
    assert frozen(plan)[0] == blocks and frozen(plan)[-1] == still
    said = {0: "all blocks are trained" if n >= 2_000 else "no block stays frozen", 1: f"the first of {blocks} blocks"}
    assert any(said.get(still, f"first {still} of {blocks}") in reason for reason in plan.reasons)


@pytest.mark.parametrize("name", ["progressive", "lp_ft"])
def test_how_many_blocks_stay_frozen_can_be_given(name: str) -> None:
    for still in range(6):
        assert frozen(strategy_named(name, frozen_blocks=still).plan(situation()))[-1] == still
    for still in (-1, 6):
        with pytest.raises(ConfigError, match="frozen_blocks"):
            strategy_named(name, frozen_blocks=still).plan(situation())


def test_probe_then_tune_is_gentler_than_full() -> None:
    many = situation(2_000)
    tune, full = strategy_named("lp_ft").plan(many).stages[1], strategy_named("full").plan(many).stages[0]
    assert tune.lrs == pytest.approx([lr / 2 for lr in full.lrs]) and tune.head_lr == tune.lrs[-1]


@pytest.mark.parametrize(("n", "alpha"), [(500, 0.0), (19_999, 0.0), (20_000, 0.1)])
def test_scratch_mixes_from_20000_labels_on_and_says_so(n: int, alpha: float) -> None:
    plan = strategy_named("scratch").plan(situation(n))
    assert plan.stages[0].objective.mixup == alpha and any("mixup" in reason for reason in plan.reasons)
    assert strategy_named("scratch", mixup=0.3).plan(situation(n)).stages[0].objective.mixup == 0.3


@pytest.mark.parametrize(
    "setting",
    [
        {"epochs": -1},
        {"batch_size": 0},
        {"lr": -0.1},
        {"lr": float("nan")},
        {"head_lr": 0.0},
        {"layer_decay": 0.0},
        {"layer_decay": 1.5},
        {"warmup": -0.1},
        {"warmup": 1.5},
        {"ema_decay": 1.0},
        {"label_smoothing": 1.5},
        {"mixup": -1.0},
        {"optimizer": "adam"},
        {"schedule": "linear"},
        {"augment": "strong"},
        {"patience": -1},
        {"momentum": 1.0},
        {"weight_decay": -1.0},
        {"clip_norm": -1.0},
        {"epochs": "5"},
        {"epochs": 2.5},
        {"lr": "fast"},
    ],
    ids=str,
)
def test_values_that_cannot_be_are_errors_that_name_the_setting(setting: dict[str, Any]) -> None:
    for kind in STRATEGIES:
        with pytest.raises(ConfigError, match=next(iter(setting))):
            strategy_named(kind, **setting)


@every
def test_views_and_blends_that_cannot_be_are_said_and_not_followed(kind: type[Strategy]) -> None:
    given = {"augment": "standard", "views": 3, "mixup": 0.3, "cutmix": 0.4}
    plan = kind(**given).plan(situation(views=False, blends=False))
    for stage in trained(plan):
        assert (stage.augment, stage.views, stage.objective.mixup, stage.objective.cutmix) == ("none", 0, 0, 0)
    said = " ".join(finding.message for finding in plan.findings)
    assert {finding.code for finding in plan.findings} == {"settings-unused"}
    assert all(name in said for name in given)
    if trained(plan):
        assert not kind(**given).plan(situation()).findings
        off = kind(augment="none", views=0, mixup=0.0).plan(situation(views=False, blends=False))
        assert not off.findings, "what was switched off is off"


def test_scratch_is_slower_without_batch_norm_and_says_why() -> None:
    rates = {}
    for batch_norm in (True, False):
        plan = strategy_named("scratch").plan(situation(batch_norm=batch_norm))
        rates[batch_norm] = plan.stages[0].lrs[-1]
        assert any("without BatchNorm" in reason for reason in plan.reasons) is not batch_norm
    assert rates == {True: 2e-3, False: 5e-4}


@pytest.mark.parametrize(("name", "schedule"), [("progressive", "triangular"), ("lp_ft", "cosine"), ("lora", "cosine")])
def test_each_stage_of_progressive_is_a_triangle(name: str, schedule: str) -> None:
    assert {stage.optim.schedule for stage in trained(strategy_named(name).plan(situation()))} == {schedule}
    given = strategy_named(name, schedule="constant").plan(situation())
    assert {stage.optim.schedule for stage in trained(given)} == {"constant"}


# LoRA

LAYERS = (("embedding.project",), *((f"layer.{k}.query", f"layer.{k}.value", f"layer.{k}.dense") for k in range(5)))


def test_lora_freezes_the_blocks_before_its_first_adapter() -> None:
    plan = strategy_named("lora").plan(situation(linear_layers=LAYERS))
    (stage,) = plan.stages
    assert stage.frozen_blocks == 1 and stage.still_blocks == 6 and len(set(stage.lrs[1:])) == 1
    assert stage.head_lr == 4 * stage.lrs[-1]
    assert stage.adapters == Adapters(8, 16.0, ("query", "value"), 0.0)
    assert any("10 layers (query, value), from block 2 of 6 on" in reason for reason in plan.reasons)
    assert stage.to_json()["adapters"]["rank"] == 8
    later = strategy_named("lora", frozen_blocks=3).plan(situation(linear_layers=LAYERS)).stages[0]
    assert later.frozen_blocks == 3
    project = strategy_named("lora", targets=["project"]).plan(situation(linear_layers=LAYERS)).stages[0]
    assert project.frozen_blocks == 0


@pytest.mark.parametrize("targets", ["query, dense", ["query", "dense"], ("query", "dense")])
def test_targets_of_lora_come_as_a_list_or_with_commas(targets: Any) -> None:
    plan = strategy_named("lora", targets=targets, rank=2, alpha=3, dropout=0.1).plan(situation(linear_layers=LAYERS))
    assert plan.stages[0].adapters == Adapters(2, 3, ("query", "dense"), 0.1)


def test_lora_that_matches_nothing_is_an_error_before_anything_is_trained() -> None:
    with pytest.raises(
        ConfigError, match=r"(?s)looked for layers called quary; .*project, query, value, dense\).*targets="
    ):
        strategy_named("lora", targets="quary").plan(situation(linear_layers=LAYERS))
    with pytest.raises(ConfigError, match=r"(?s)no linear layer.*choose the strategy light"):
        strategy_named("lora").plan(situation(linear_layers=((),) * 6))
    with pytest.raises(ConfigError, match="leaves none of 6 blocks"):
        strategy_named("lora", frozen_blocks=6).plan(situation(linear_layers=LAYERS))
    with pytest.raises(ConfigError, match=r"(?s)layers called query.*no linear layer.*choose the strategy light"):
        strategy_named("lora").plan(situation(linear_layers=((),) * 6, convolutional=True))
    with pytest.raises(ConfigError, match=r"looked for layers called query.*stem, conv, down, up"):
        strategy_named("lora", targets=ATTENTION).plan(situation(linear_layers=CONVOLUTIONS, convolutional=True))


CONVOLUTIONS = (("stem",), *((f"stage.{k}.conv", f"stage.{k}.se.down", f"stage.{k}.se.up") for k in range(5)))
"""Of a network without attention."""


@pytest.mark.parametrize(("n", "first"), [(300, 4), (1999, 4), (2000, 1)])
def test_lora_beside_convolutions_leaves_what_lp_ft_leaves_and_the_stem(n: int, first: int) -> None:
    seen = situation(n, linear_layers=CONVOLUTIONS, convolutional=True)
    plan = strategy_named("lora").plan(seen)
    (stage,) = plan.stages
    assert stage.frozen_blocks == first and stage.still_blocks == 6
    assert first == max(1, strategy_named("lp_ft").plan(seen).stages[-1].frozen_blocks)
    assert stage.adapters == Adapters(8, 16.0, ("conv", "down", "up"), 0.0)
    count = 3 * (6 - first)
    assert any(f"{count} layers (conv, down, up), from block {first + 1} of 6 on" in reason for reason in plan.reasons)


def test_what_is_given_to_lora_rules_beside_convolutions_too() -> None:
    seen = situation(300, linear_layers=CONVOLUTIONS, convolutional=True)
    stage = strategy_named("lora", targets="se.up").plan(seen).stages[0]
    assert stage.adapters.targets == ("se.up",) and stage.frozen_blocks == 1
    assert strategy_named("lora", targets="stem").plan(seen).stages[0].frozen_blocks == 0
    whole = strategy_named("lora", frozen_blocks=0).plan(seen)
    assert whole.stages[0].frozen_blocks == 0 and "stem" in whole.stages[0].adapters.targets
    assert any("0: given" in reason for reason in whole.reasons)


def test_a_network_of_one_convolutional_block_is_adapted() -> None:
    seen = situation(300, 1, linear_layers=(("conv1", "conv2"),), convolutional=True)
    assert strategy_named("lora").plan(seen).stages[0].frozen_blocks == 0


def test_attention_is_all_that_lora_adapts_where_there_is_any() -> None:
    """A vision transformer begins with a convolution, and texts have none: of both the plan is the paper's."""
    layers = (("patch_embed.proj",), *LAYERS[1:])
    texts, pictures = (
        strategy_named("lora").plan(situation(batch_norm=False, linear_layers=layers, convolutional=convolutional))
        for convolutional in (False, True)
    )
    assert texts == pictures
    (stage,) = texts.stages
    assert stage.lrs == (0.0, *(5e-4,) * 5) and stage.head_lr == 2e-3
    assert stage.adapters == Adapters(8, 16.0, ("query", "value"), 0.0)


def test_texts_without_attention_are_refused_still() -> None:
    with pytest.raises(ConfigError, match="looked for layers called query"):
        strategy_named("lora").plan(situation(linear_layers=(("forwards",), ("project",)) * 3))


@pytest.mark.parametrize(
    "setting",
    [{"rank": 0}, {"rank": 2.5}, {"alpha": 0}, {"dropout": 1.0}, {"targets": ""}, {"targets": []}, {"targets": [3]}],
    ids=str,
)
def test_settings_of_lora_that_cannot_be(setting: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=next(iter(setting))):
        strategy_named("lora", **setting)


def test_plans_without_adapters_do_not_speak_of_them() -> None:
    """So what a run is known by stays what it was."""
    assert "adapters" not in strategy_named("full").plan(situation()).stages[0].to_json()


def test_several_wrong_values_are_named_at_once() -> None:
    with pytest.raises(ConfigError, match=r"epochs=-1 .*lr=-2 "):
        strategy_named("full", epochs=-1, lr=-2)


def test_sgd_takes_rates_and_decay_of_its_own() -> None:
    adamw, sgd = (strategy_named("full", optimizer=name).plan(situation()).stages[0] for name in ("adamw", "sgd"))
    assert sgd.lrs[-1] > 5 * adamw.lrs[-1] and sgd.optim.weight_decay < adamw.optim.weight_decay
    assert "sgd" in " ".join(strategy_named("full", optimizer="sgd").plan(situation()).reasons)


@pytest.mark.parametrize(
    ("changes", "rate"),
    [
        ({"batch_norm": True}, 2e-4),
        ({"batch_norm": False}, 5e-5),
        ({"batch_norm": False, "width": 384}, 2e-4),
        ({"batch_norm": False, "width": 768}, 1e-4),
        ({"batch_norm": False, "width": 16, "shallow": True}, 1e-3),
    ],
)
def test_the_rate_of_a_text_network_goes_with_one_over_its_width(changes: dict[str, Any], rate: float) -> None:
    stage = strategy_named("full").plan(situation(**changes)).stages[-1]
    assert stage.lrs[-1] == pytest.approx(rate) and stage.head_lr == pytest.approx(4 * rate)
