"""A plan carried out on a tiny network: what was frozen stands still to the bit, the rest moves, it is learnt."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression

from ghep.errors import ConfigError
from ghep.features.frozen import Engines, FrozenPart
from ghep.features.store import ActivationStore
from ghep.guards.proof import prove
from ghep.messages import language_here
from ghep.model.lora import adapters_in, linear_layers
from ghep.model.predict import predict_logits
from ghep.model.transfer import TransferModel
from ghep.storage.hashing import sha256_file
from ghep.strategy import fit as strategy_fit
from ghep.strategy import precision as strategy_precision
from ghep.strategy import supply
from ghep.strategy.base import Plan
from ghep.strategy.caching import Caching
from ghep.strategy.catalog import STRATEGIES, strategy_named
from ghep.strategy.derive import Situation
from ghep.strategy.progress import Fitted
from ghep.training.moving import free_to_move
from ghep.training.stage import Adapters, Stage
from ghep.training.state import Epoch, ValidResult
from ghep.types import Finding
from tiny import BLOCKS, changed, same, tensors_of, tiny_data, tiny_fit, tiny_model, tiny_tasks
from tiny_transformer import tiny_transformer

TRAIN, VALID = tiny_data(30), tiny_data(12, seed=1)
OF_OWN_WEIGHTS = [name for name in STRATEGIES if name != "lora"]
"""Those that move the backbone's own weights, if any."""
BESIDE = "lora beside convolutions"
QUICK = {"epochs": 4, "batch_size": 10, "lr": 3e-3, "augment": "none"}


def situation(model: TransferModel, n: int = 30) -> Situation:
    names, layers = tuple(block.name for block in model.backbone.blocks()), linear_layers(model.backbone)
    convolutional = any(isinstance(module, torch.nn.Conv2d) for module in model.modules())
    return Situation(n, names, batch_norm=True, has_valid=True, linear_layers=layers, convolutional=convolutional)


def plan_for(name: str, model: TransferModel, **settings: Any) -> Plan:
    return strategy_named(name, **{**({} if name == "linear_probe" else QUICK), **settings}).plan(situation(model))


def carried_out(
    name: str,
    *,
    options: Mapping[str, Any] = MappingProxyType({}),
    train: Any = TRAIN,
    valid: Any = VALID,
    **settings: Any,
) -> tuple[TransferModel, Fitted]:
    model = tiny_transformer() if name == "lora" else tiny_model()
    plan = plan_for("lora" if name == BESIDE else name, model, **settings)
    return model, tiny_fit(model, plan, train, valid, **options)


@pytest.mark.slow
@pytest.mark.parametrize("name", OF_OWN_WEIGHTS)
def test_every_strategy_learns_and_moves_only_what_its_plan_says(name: str) -> None:
    model = tiny_model()
    plan = plan_for(name, model, **({} if name == "linear_probe" else {"epochs": 12, "lr": 5e-3, "patience": 0}))
    before, prints = tensors_of(model), model.backbone.fingerprints()
    fitted = tiny_fit(model, plan, TRAIN, VALID)
    proof = prove(model.backbone, prints, plan.stages)
    still = min(stage.frozen_blocks for stage in plan.stages)
    assert list(proof.blocks.values()) == ["frozen"] * still + ["moved"] * (BLOCKS - still)
    assert proof.still == ()
    moved = changed(before, tensors_of(model))
    frozen = {f"backbone.net.{key}" for index in range(still) for key in model.backbone.block_tensors(index)}
    kept = {name for name in before if "running" in name or "tracked" in name if plan.stages[-1].keep_statistics}
    assert not moved & (frozen | kept) and moved | frozen | kept == set(before)
    correct = predict_logits(model, VALID)["label"].argmax(1) == VALID.targets["label"]
    assert correct.mean() > 0.7 and not model.training
    assert [row.stage for row in fitted.history] == [
        stage.name for stage in plan.stages for _ in range(max(1, stage.epochs))
    ]
    assert fitted.stopped == "" and fitted.examples_seen > 0


@pytest.mark.parametrize("untrained", [tiny_transformer, tiny_model], ids=["attention", "convolutions"])
def test_lora_learns_beside_the_weights_and_leaves_a_plain_model(untrained: Callable[[], TransferModel]) -> None:
    before, model = tensors_of(untrained()), untrained()
    plan = plan_for("lora", model, epochs=12, lr=5e-3, patience=0)
    fitted = tiny_fit(model, plan, TRAIN, VALID)
    after = tensors_of(model)
    free = {f"backbone.net.{name}" for name in free_to_move(model.backbone, plan.stages)}
    assert list(after) == list(before) and not adapters_in(model) and not model.training
    assert changed(before, after) == free | {name for name in before if name.startswith("heads.")}
    assert (predict_logits(model, VALID)["label"].argmax(1) == VALID.targets["label"]).mean() > 0.7
    assert len(fitted.history) == 12 and fitted.stopped == ""


@pytest.mark.slow
@pytest.mark.parametrize("frozen", [0, 3])
def test_lora_trains_on_what_the_blocks_before_its_first_adapter_put_out(
    frozen: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supply, "decide", lambda *_, **__: Caching((0,)))  # whatever this machine's clock says
    live, _ = carried_out("lora", frozen_blocks=frozen)
    model = tiny_transformer()
    store = ActivationStore(tmp_path, limit_bytes=2**30)
    part = FrozenPart(model.backbone, store=store, engines=Engines("torch-float32", half=False), workers=1)
    fitted = tiny_fit(model, plan_for("lora", model, frozen_blocks=frozen), TRAIN, VALID, part)
    assert fitted.stored == (frozen or 1,)
    for name, tensor in tensors_of(live).items():
        torch.testing.assert_close(tensors_of(model)[name], tensor, atol=1e-3, rtol=1e-3)


def test_the_number_format_is_measured_with_the_adapters_there_and_leaves_none(monkeypatch: pytest.MonkeyPatch) -> None:
    plain, seen = strategy_precision.measure, []

    def measured(model: TransferModel, *arguments: Any, **more: Any) -> Any:
        seen.append([name for name, one in model.backbone.named_parameters() if one.requires_grad])
        return plain(model, *arguments, **more)

    monkeypatch.setattr(strategy_precision, "measure", measured)
    model, fitted = carried_out("lora", options={"precision": "auto"})
    assert len(seen) == 1 and len(seen[0]) == 6 and all(".lora." in name for name in seen[0])
    assert fitted.precision and fitted.precision.milliseconds and not adapters_in(model)


STAGED = (
    Stage("probe", (0.0,) * 4, head="solve"),
    Stage("unfreeze", (0.0, 0.0, 0.0, 1e-3), 1e-3, epochs=2, batch_size=10, augment="none"),
    Stage(
        *("lora", (0.0, 0.0, 5e-3, 5e-3), 5e-3),
        **{"epochs": 2, "batch_size": 10, "augment": "none", "adapters": Adapters(4, 8.0, ("qkv",), 0.2)},
    ),
    Stage("all", (1e-3,) * 4, 1e-3, epochs=2, batch_size=10, augment="none"),
)


def staged(**options: Any) -> tuple[TransferModel, Fitted]:
    model = tiny_transformer()
    return model, tiny_fit(model, Plan("staged", STAGED, ("a test",)), TRAIN, VALID, **options)


@pytest.mark.slow
@pytest.mark.parametrize("after", [*(pytest.param(after, marks=pytest.mark.slow) for after in (0, 1, 2, 4, 5)), 3, 6])
def test_adapters_between_other_stages_resume_to_the_bit(after: int, tmp_path: Path) -> None:
    class CutOffError(Exception):
        pass

    rows: list[Epoch] = []

    def cut(row: Epoch) -> None:
        rows.append(row)
        if len(rows) == after + 1:
            raise CutOffError

    options = {"folder": tmp_path, "resume": True}
    with pytest.raises(CutOffError):
        staged(**options, epoch=cut)
    assert same(tensors_of(staged()[0]), tensors_of(staged(**options)[0]))


def test_a_probe_is_logistic_regression_on_the_features() -> None:
    model, _ = carried_out("linear_probe")
    part = FrozenPart(tiny_model().backbone)
    train, valid = (part.activations(data, [BLOCKS])[BLOCKS].matrix() for data in (TRAIN, VALID))
    found = torch.from_numpy(predict_logits(model, VALID)["label"]).softmax(1).numpy()
    mean, scale = train.mean(0), np.sqrt(((train - train.mean(0)) ** 2).mean())
    best = min(
        (
            LogisticRegression(C=1 / (strength * 30), tol=1e-8, max_iter=10_000)
            .fit((train - mean) / scale, TRAIN.targets["label"])
            .predict_proba((valid - mean) / scale)
            for strength in (1.0, 0.1, 0.01, 1e-3, 1e-4)
        ),
        key=lambda answer: -np.log(answer[np.arange(12), VALID.targets["label"]]).mean(),
    )
    np.testing.assert_allclose(found, best, atol=0.01)


def test_tuning_begins_where_the_probe_ended() -> None:
    """The first step of the second stage sees the solved head, not zeros."""
    _, fitted = carried_out("lp_ft", lr=1e-9, epochs=1)
    assert fitted.history[1].train_loss < 0.8 * np.log(3)


def test_light_with_everything_frozen_trains_a_head_only() -> None:
    model, _ = carried_out("light", frozen_blocks=BLOCKS)
    moved = changed(tensors_of(tiny_model()), tensors_of(model))
    assert moved == {name for name in tensors_of(model) if name.startswith("heads.")}


@pytest.mark.slow
@pytest.mark.parametrize("name", [*STRATEGIES, BESIDE])
def test_same_seed_same_weights(name: str) -> None:
    options = {"seed": 3}
    one, other = (carried_out(name, options=options, augment="standard")[0] for _ in range(2))
    assert same(tensors_of(one), tensors_of(other))


def test_stages_do_not_draw_the_same_batches() -> None:
    orders: list[list[str]] = []
    watched = dataclasses.replace(TRAIN, prepared=lambda example: orders[-1].append(example.id) or example.raw)

    def report(row: Epoch) -> None:
        orders.append([])

    orders.append([])
    options = {"epoch": report}
    carried_out("progressive", train=watched, options=options)
    orders = [order for order in orders[1:] if len(order) == 30]  # the first is of the probe
    assert len(orders) >= 3 and len({tuple(order) for order in orders}) == len(orders)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["light", "lp_ft", "lora", BESIDE, "progressive"])
@pytest.mark.parametrize("after", [2, 3])
def test_cut_off_and_resumed_is_never_stopped(name: str, after: int, tmp_path: Path) -> None:
    class CutOffError(Exception):
        pass

    options = {"folder": tmp_path, "resume": True}
    whole, expected = carried_out(name)
    rows: list[Epoch] = []

    def cut(row: Epoch) -> None:
        rows.append(row)
        if len(rows) == after + 1:
            raise CutOffError

    with pytest.raises(CutOffError):
        carried_out(name, options={**options, "epoch": cut})
    again, fitted = carried_out(name, options=options)
    assert same(tensors_of(whole), tensors_of(again))
    assert [finding.code for finding in fitted.findings if finding.code == "resumed"] == ["resumed"]
    one, other = (
        repr([dataclasses.replace(row, seconds=0.0) for row in found.history]) for found in (expected, fitted)
    )
    assert one == other


def test_a_checkpoint_of_another_run_is_refused_and_left_alone(tmp_path: Path) -> None:
    options = {"folder": tmp_path, "resume": True}
    carried_out("full", options=options)
    newest = max(tmp_path.iterdir()) / "state.safetensors"
    before = sha256_file(newest)
    with pytest.raises(ConfigError, match="belongs to other"):
        carried_out("full", options={**options, "key": "other"})
    assert sha256_file(newest) == before


@pytest.mark.parametrize(("strategy", "augment"), [("lp_ft", "none"), ("progressive", "light")])
def test_fine_tuning_that_does_not_help_ends_with_the_probe(strategy: str, augment: str) -> None:
    probe, _ = carried_out("linear_probe")
    options = {"on_divergence": "stop"}  # or the rates would come down and help
    settings = {"lr": 50.0, "optimizer": "sgd", "clip_norm": 0.0, "augment": augment}
    harmed, fitted = carried_out(strategy, options=options, **settings)
    expected, found = tensors_of(probe), tensors_of(harmed)
    assert all(torch.equal(expected[name], found[name]) for name in expected)
    assert fitted.start_kept and {"start-kept", "diverged"} & {finding.code for finding in fitted.findings}
    kept = [one for one in fitted.findings if one.code == "start-kept"]
    assert all(("--augment" in one.remedy) == (augment != "none") for one in kept)
    assert fitted.history[0].valid_score is not None, "the probe is measured on valid, as every epoch is"


def test_stages_after_the_time_limit_are_not_begun() -> None:
    _, fitted = carried_out("progressive", options={"time_limit": 1e-6})
    assert fitted.stopped == "time limit" and {row.stage for row in fitted.history} == {"probe"}
    assert "stopped-early" in {finding.code for finding in fitted.findings}
    _, fitted = carried_out("linear_probe", options={"time_limit": 1e-6})
    assert "time-limit-exceeded" in {finding.code for finding in fitted.findings}


def test_patience_is_said_in_the_language_of_the_reader() -> None:
    _, fitted = carried_out("full", epochs=12, lr=1e-12, patience=1)
    (early,) = [finding for finding in fitted.findings if finding.code == "stopped-early"]
    saved = json.loads(json.dumps(dataclasses.asdict(early)))
    with language_here("vi"):
        assert re.search(r"không cải thiện trong 1 epoch; giữ trọng số của epoch \d", Finding.read(saved).message)


def test_a_resumed_run_is_recorded_as_a_whole(tmp_path: Path) -> None:
    class CutOffError(Exception):
        pass

    rows: list[Epoch] = []

    def cut_off(row: Epoch) -> None:
        rows.append(row)
        if len(rows) == 3:
            raise CutOffError

    options = {"folder": tmp_path, "resume": True}
    _, whole = carried_out("progressive")
    with pytest.raises(CutOffError):
        carried_out("progressive", options={**options, "epoch": cut_off})
    _, resumed = carried_out("progressive", options=options)
    assert resumed.examples_seen == whole.examples_seen
    assert set(resumed.phases) == set(whole.phases)
    assert whole.seconds_before == 0 < resumed.seconds_before < resumed.seconds
    assert [(row.stage, row.epoch, row.valid_loss) for row in resumed.history] == [
        (row.stage, row.epoch, row.valid_loss) for row in whole.history
    ]
    codes = [one.code for one in resumed.findings if one.code not in ("resumed", "nothing-to-resume")]
    assert codes == [finding.code for finding in whole.findings]


def test_divergence_ends_the_plan() -> None:
    model, fitted = carried_out("progressive", lr=1e38, optimizer="sgd", clip_norm=0.0, warmup=0.0)
    assert fitted.stopped == "diverged" and len(fitted.history) < 1 + BLOCKS
    assert "diverged" in {finding.code for finding in fitted.findings}
    assert all(torch.isfinite(tensor).all() for tensor in tensors_of(model).values())
    correct = predict_logits(model, VALID)["label"].argmax(1) == VALID.targets["label"]
    assert correct.mean() > 0.7, "what the stage before had learnt is kept"


def test_class_weights_reach_the_solver() -> None:
    few = np.flatnonzero((TRAIN.targets["label"] != 2) | (np.arange(30) < 6))
    train = dataclasses.replace(
        TRAIN,
        examples=tuple(TRAIN.examples[index] for index in few),
        targets={"label": TRAIN.targets["label"][few]},
    )
    plain, weighted = (
        predict_logits(carried_out("linear_probe", train=train, class_weights=weights)[0], VALID)["label"]
        for weights in (False, True)
    )
    rare = torch.from_numpy(np.stack([plain, weighted])).softmax(2)[:, :, 2].mean(1)
    assert rare[1] > rare[0] + 0.001


def test_several_tasks_and_missing_labels() -> None:
    train, valid = tiny_data(30, tasks=("a", "b.c")), tiny_data(12, seed=1, tasks=("a", "b.c"))
    train.targets["b.c"][::2] = -1
    model = tiny_model(tasks=tiny_tasks("a", "b.c"))
    tiny_fit(model, plan_for("lp_ft", model), train, valid)
    logits = predict_logits(model, valid)
    assert all((logits[task].argmax(1) == valid.targets[task]).mean() > 0.7 for task in ("a", "b.c"))


def test_progress_names_the_phases() -> None:
    seen: list[tuple[str, int, int]] = []
    carried_out("linear_probe", options={"progress": lambda *step: seen.append(step)})
    assert seen[-1] == ("features of train", 30, 30) and ("features of valid", 12, 12) in seen


def test_a_stage_goes_on_from_the_one_before_though_that_lost_a_little(monkeypatch: pytest.MonkeyPatch) -> None:
    plain, ends, begins = strategy_fit.train_stage, [], []

    def watched(model: TransferModel, *arguments: Any, **more: Any) -> Any:
        begins.append(tensors_of(model))
        state = plain(model, *arguments, **more)
        state.best = ValidResult(0.1, 9.0)  # worse than the probe
        ends.append(tensors_of(model))
        return state

    monkeypatch.setattr(strategy_fit, "train_stage", watched)
    model, fitted = carried_out("progressive", frozen_blocks=0)
    probe, _ = carried_out("linear_probe")
    assert len(ends) == BLOCKS and fitted.start_kept
    for end, begin in zip(ends, begins[1:], strict=False):
        assert same(end, begin), "the next stage begins where the last one ended"
    assert not same(ends[-1], tensors_of(model)) and same(tensors_of(probe), tensors_of(model))
