"""``keep=wise``: both ends are exact, what lies between is interpolated, and alpha is chosen on valid."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest
import torch

from ghep.guards.proof import prove
from ghep.model.lora import linear_layers
from ghep.model.predict import predict_logits
from ghep.model.transfer import TransferModel
from ghep.strategy import wise
from ghep.strategy.catalog import strategy_named
from ghep.strategy.derive import Situation
from ghep.strategy.progress import Fitted
from ghep.strategy.wise import ALPHAS, Interpolated, Tried, between, chosen, interpolate
from ghep.training.moving import copied, moving
from ghep.training.precision import Precision
from ghep.training.state import ValidResult
from tiny import same, tensors_of, tiny_data, tiny_fit, tiny_model, tiny_tasks
from tiny_transformer import tiny_transformer

TRAIN, VALID = tiny_data(40), tiny_data(24, seed=1)
QUICK = {"epochs": 4, "batch_size": 10, "lr": 3e-3, "augment": "none"}
FINE_TUNING = ("full", "light", "lp_ft", "progressive", "lora", "attention")


def carried_out(
    name: str, *, train: Any = TRAIN, valid: Any = VALID, tasks: tuple[str, ...] = ("label",), **settings: Any
) -> tuple[TransferModel, Fitted]:
    model = tiny_transformer() if name == "attention" else tiny_model(tasks=tiny_tasks(*tasks))
    blocks = tuple(block.name for block in model.backbone.blocks())
    situation = Situation(
        40,
        blocks,
        batch_norm=name != "attention",
        has_valid=valid is not None,
        linear_layers=linear_layers(model.backbone),
        convolutional=name != "attention",
        tasks=tasks,
    )
    strategy = "lora" if name == "attention" else name
    given = {} if strategy == "linear_probe" else QUICK
    plan = strategy_named(strategy, **{**given, **settings}).plan(situation)
    before = model.backbone.fingerprints()
    fitted = tiny_fit(model, plan, train, valid)
    proof = prove(model.backbone, before, plan.stages, start_kept=fitted.backbone_kept)
    assert proof.still == ()
    return model, fitted


def put_between(model: TransferModel, start: dict[str, torch.Tensor], **more: Any) -> Interpolated:
    where = {"unchanged": 0, "alpha": None, "class_weights": {}, "precision": Precision()}
    return interpolate(model, start, valid=VALID, **where, **more)


def wise_at(name: str, alpha: float, **more: Any) -> TransferModel:
    return carried_out(name, keep="wise", keep_alpha=alpha, **more)[0]


@pytest.mark.slow
@pytest.mark.parametrize("name", FINE_TUNING)
def test_alpha_1_is_the_model_without_keep_to_the_bit(name: str) -> None:
    assert same(tensors_of(carried_out(name)[0]), tensors_of(wise_at(name, 1.0)))


@pytest.mark.slow
@pytest.mark.parametrize("name", FINE_TUNING)
def test_alpha_0_is_the_probe_on_the_pretrained_blocks_to_the_bit(name: str) -> None:
    model = wise_at(name, 0.0)
    if name == "attention":
        untrained, heads = tensors_of(tiny_transformer()), {"heads.task_label.weight", "heads.task_label.bias"}
        found = tensors_of(model)
        assert all(torch.equal(found[name], untrained[name]) for name in found.keys() - heads)
        assert any(found[name].any() for name in heads)
    else:
        assert same(tensors_of(carried_out("linear_probe")[0]), tensors_of(model))


def test_in_between_everything_is_interpolated_statistics_too() -> None:
    start, end, middle = (moving(wise_at("full", alpha), 0) for alpha in (0.0, 1.0, 0.3))
    for name, tensor in middle.items():
        expected = end[name] if "tracked" in name else 0.7 * start[name] + 0.3 * end[name]
        torch.testing.assert_close(tensor, expected)
    assert any("running" in name and not torch.equal(start[name], end[name]) for name in middle)


@pytest.mark.parametrize("name", ["lp_ft", "lora"])
def test_statistics_that_training_kept_are_kept_in_between(name: str) -> None:
    before, model = tensors_of(tiny_model()), wise_at(name, 0.5)
    assert all(torch.equal(before[key], tensor) for key, tensor in tensors_of(model).items() if "running" in key)


def test_equal_tensors_integers_and_signed_zeros_stay_as_they_are() -> None:
    start = {"same": torch.tensor([-0.0, 1.0]), "count": torch.tensor(3), "moved": torch.tensor([0.0, 2.0])}
    end = {"same": torch.tensor([-0.0, 1.0]), "count": torch.tensor(7), "moved": torch.tensor([1.0, 4.0])}
    found = between(start, end, 0.25)
    assert torch.signbit(found["same"]).tolist() == [True, False]
    assert found["count"] == 7 and found["moved"].tolist() == [0.25, 2.5]
    assert between(start, end, 0)["count"] == 3 and between(start, end, 1)["count"] == 7


def scores(values: Mapping[float, float]) -> Iterator[ValidResult]:
    yield from (ValidResult(values.get(alpha, 0.5), 1.0 - alpha) for alpha in ALPHAS)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("values", "wanted"),
    [({0.7: 0.9, 0.4: 0.9}, 0.4), ({}, 0.5), ({1.0: 0.9}, 1.0), ({0.0: 0.9}, 0.0)],
    ids=["of two equal ones, the one nearer to the middle", "all equal", "the fine-tuned end", "the pretrained end"],
)
def test_alpha_has_the_best_score_on_valid(
    values: dict[float, float], wanted: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = scores(values)
    monkeypatch.setattr(wise, "valid_result", lambda *_: next(results))
    model, fitted = carried_out("full", keep="wise")
    record = fitted.interpolated
    assert record is not None and record["alpha"] == wanted
    assert [row["alpha"] for row in record["valid"]] == list(ALPHAS)
    assert [row["score"] for row in record["valid"]] == [values.get(alpha, 0.5) for alpha in ALPHAS]
    assert same(tensors_of(model), tensors_of(wise_at("full", wanted)))
    (finding,) = [one for one in fitted.findings if one.code == "wise"]
    assert f"alpha {wanted:g} " in finding.message


def tried(alpha: float, right: list[int]) -> Tried:
    return Tried(alpha, ValidResult(float(np.mean(right)), 1.0), {}, torch.tensor(right, dtype=torch.float32))


def test_a_difference_within_a_standard_error_does_not_move_alpha_from_the_middle() -> None:
    base = [1, 0] * 50
    one_better, ten_better = [1, 1, *base[2:]], [1] * 20 + base[20:]
    assert chosen([tried(0.0, one_better), tried(0.5, base), tried(1.0, base)]) == 0.5, "1 of 100, by chance"
    assert chosen([tried(0.0, ten_better), tried(0.5, base), tried(1.0, base)]) == 0.0
    assert chosen([tried(0.2, base), tried(0.8, base)]) == 0.2, "the smaller of two"
    assert chosen([tried(0.0, [1]), tried(0.5, [0])]) == 0.0, "one example has no standard error"


def test_valid_examples_that_say_nothing_leave_the_middle() -> None:
    """Numbers that are all equal have no R², so the examples' shares of it are NaN."""
    unknown = torch.full((4,), torch.nan)
    both = [Tried(alpha, ValidResult(-alpha, 1.0), {}, unknown) for alpha in (0.0, 0.5, 1.0)]
    assert chosen(both) == 0.5


def test_the_score_of_the_chosen_alpha_is_that_of_the_model() -> None:
    model, fitted = carried_out("full", keep="wise")
    assert fitted.interpolated is not None
    found = {row["alpha"]: row["score"] for row in fitted.interpolated["valid"]}
    right = (predict_logits(model, VALID)["label"].argmax(1) == VALID.targets["label"]).mean()
    assert right == pytest.approx(found[fitted.interpolated["alpha"]])


@pytest.mark.parametrize("valid", ["none", "unlabelled"])
def test_without_labels_in_valid_alpha_is_a_half_and_a_finding_says_so(valid: str) -> None:
    empty = tiny_data(24, seed=1)
    empty.targets["label"][:] = -1  # type: ignore[index]
    _, fitted = carried_out("light", keep="wise", valid=None if valid == "none" else empty)
    assert fitted.interpolated is not None and fitted.interpolated["alpha"] == 0.5
    (finding,) = [one for one in fitted.findings if one.code == "wise-without-valid"]
    assert finding.severity == "warning" and "keep_alpha" in finding.remedy


def test_where_training_was_undone_nothing_is_interpolated() -> None:
    model = tiny_model()
    before = tensors_of(model)
    found = put_between(model, copied(moving(model, 0)))
    assert found.alpha == 0.0 and [row.alpha for row in found.tried] == [0.0]
    assert same(before, tensors_of(model))


@pytest.mark.slow
def test_the_head_of_every_task_is_interpolated() -> None:
    tasks = ("label", "other")
    data = {"train": tiny_data(40, tasks=tasks), "valid": tiny_data(24, tasks=tasks, seed=1), "tasks": tasks}
    start, middle, end = (moving(wise_at("full", alpha, **data), 0) for alpha in (0.0, 0.5, 1.0))
    for task in tasks:
        name = f"heads.{task}.weight"
        assert start[name].any()
        torch.testing.assert_close(middle[name], (start[name] + end[name]) / 2)


def test_what_is_measured_at_each_alpha_is_in_the_record() -> None:
    model = tiny_model()
    start = copied(moving(model, 0))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1)
    seen = []

    def inspect() -> dict[str, float]:
        seen.append(float(moving(model, 0)["heads.label.bias"][0]))
        return {"agreement": 0.5}

    found = put_between(model, start, inspect=inspect)
    np.testing.assert_allclose(seen, [0.1 * alpha for alpha in ALPHAS], atol=1e-6)
    assert [row["agreement"] for row in found.to_json()["valid"]] == [0.5] * len(ALPHAS)
