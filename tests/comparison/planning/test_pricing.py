"""The work of a plan is counted: what thaws less never costs more, whatever the prices."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from ghep.comparison.planning import pricing
from ghep.comparison.planning.pricing import (
    FORWARD,
    Prices,
    StepTimes,
    Work,
    likely_epochs,
    load_and_training,
    measured_prices,
    places_of_length,
    seconds_of_head,
    seconds_of_row,
    typical_lengths,
    work_of,
)
from ghep.experiment.graft import backbone_for, graft
from ghep.experiment.options import RunOptions
from ghep.experiment.prepared import prepared_for, source_of
from ghep.features.costs import Costs
from ghep.features.decisions import Decisions
from ghep.reporter import Silent
from ghep.strategy.catalog import STRATEGIES, strategy_named
from ghep.strategy.derive import Situation
from ghep.strategy.wise import ALPHAS

BLOCKS = tuple("abcdefgh")
COSTS = Costs(1e-3, 2e-3, tuple(index / 8 for index in range(9)), (0, *(1000,) * 8))
COUNTS = {"train": 400, "valid": 100, "test": 200}
SITUATION = Situation(400, BLOCKS, batch_norm=True, has_valid=True, linear_layers=(("fc",),) * 8)


def work(strategy: str, limit: int = 10**9, **settings: object) -> Work:
    return work_of(strategy_named(strategy, **settings).plan(SITUATION), COSTS, COUNTS, limit_bytes=limit)  # type: ignore[arg-type]


def test_a_probe_is_one_pass_and_full_every_row_in_every_epoch() -> None:
    probe = Work(0.0, 400 + 100, 0.0, ((1, 8),), solved=400, scored_at=8, scored_passes=100 + 200)
    assert work("linear_probe") == probe
    assert work("full", epochs=10) == Work(10 * (400 + 100 * FORWARD), 0.0, 400.0 + 300.0, likely=0.75)


def test_patience_is_expected_to_end_a_stage_half_way_from_the_first_epoch_that_it_may() -> None:
    assert [likely_epochs(*case) for case in ((12, 5), (15, 5), (3, 5), (12, 0))] == [8.5, 10, 3, 12]
    assert work("full", epochs=10, patience=6).likely == pytest.approx(0.8)
    assert work("full", epochs=10, patience=0).likely == work("linear_probe").likely == 1


def test_a_stored_boundary_is_passed_once_for_each_view_and_a_live_one_in_every_epoch() -> None:
    stored, live = work("light", epochs=10, views=4), work("light", epochs=10, views=4, limit=0)
    assert (stored.scored, stored.scored_passes, stored.scored_at) == (700 * 2 * 2 / 8, 300 * 6 / 8, 6)
    assert (live.scored, live.scored_passes, live.scored_at) == (700, 0, 0)
    assert stored.depth == live.depth == 2 / 8
    assert stored.stored == ((4, 6),) and stored.passes == pytest.approx((4 * 400 + 100) * 6 / 8)
    assert stored.train == pytest.approx(10 * (400 + 100 * FORWARD) * 2 / 8)
    assert live.passes == 0 and live.train == pytest.approx(stored.train + 10 * (400 + 100) * FORWARD * 6 / 8)


def test_an_interpolation_is_the_pass_of_its_head_and_a_pass_over_valid_for_each_alpha() -> None:
    plain, wise = work("full", epochs=10), work("full", epochs=10, keep="wise")
    assert wise.train == pytest.approx(plain.train + len(ALPHAS) * 100 * FORWARD)
    assert wise.passes == 400 + 100 and wise.stored == ((1, 8),) and wise.updates == plain.updates
    assert work("full", epochs=10, keep="wise", keep_alpha=0.5).train == plain.train
    stored, chosen = work("light", epochs=10, views=4), work("light", epochs=10, views=4, keep="wise")
    assert chosen.train == pytest.approx(stored.train + len(ALPHAS) * 100 * FORWARD * 2 / 8)
    assert chosen.stored == ((1, 8), (4, 6))


def test_an_update_costs_as_much_as_the_weights_it_moves() -> None:
    costs = replace(
        COSTS, weights=(0.0, *(0.5,) * 5, 0.75, 0.9, 1.0)
    )  # half of them are embeddings, in the first block

    def updates(strategy: str) -> float:
        plan = strategy_named(strategy, epochs=10, batch_size=32).plan(SITUATION)  # type: ignore[arg-type]
        return work_of(plan, costs, COUNTS, limit_bytes=10**9).updates

    assert updates("full") == 10 * 13 and updates("light") == pytest.approx(10 * 13 * 0.25)
    lora = strategy_named("lora", targets=("fc",))
    adapted = work_of(lora.plan(SITUATION), costs, COUNTS, limit_bytes=0)
    assert adapted.updates == 0
    epochs = lora.plan(SITUATION).stages[0].epochs
    assert adapted.train < work("full", epochs=epochs).train, "it computes no gradients of weights"
    doubled = Work(5.0, 1.0, 1.0, updates=3.0).times(2)
    assert (doubled.train, doubled.updates) == (10.0, 6.0)
    prices = Prices(overhead=2.0, train=0.1, passes=0.01, scored=0.02, update=0.5)
    assert prices.seconds(doubled) == pytest.approx(2 + 10 * 0.1 + 6 * 0.5 + 0.01 + 0.02)


def test_whatever_the_prices_what_is_part_of_another_is_cheaper() -> None:
    """So a busy machine does not turn a tie round."""
    works = {name: work(name) for name in STRATEGIES if name != "lora"}
    for prices in (Prices(1, 1e-3, 1e-3, 1e-3), Prices(9, 0.1, 1e-4, 1e-4), Prices(0.1, 0.05, 0.05, 0.05)):
        cost = {name: prices.by_itself(one) for name, one in works.items()}
        assert cost["linear_probe"] == min(cost.values())
        assert cost["lp_ft"] <= cost["scratch"] and cost["light"] - works["light"].passes * prices.passes < cost["full"]


class Sequences(SimpleNamespace):
    """Examples, as far as their lengths matter; the input of a batch is its padded shape."""

    def __len__(self) -> int:
        return len(self.lengths) if self.lengths is not None else 100

    def inputs(self, places: np.ndarray, _: object) -> tuple[int, int]:
        return len(places), int(self.lengths[places].max())


def test_training_rows_are_timed_on_the_lengths_that_take_the_time_of_an_epoch() -> None:
    """On Vietnamese reviews, batches are padded to 28 tokens in the mean and 252 at most; training took 1.4 times the
    price of texts of 28 tokens, because attention grows with the square of the length."""
    data: Any = Sequences(lengths=np.array([10] * 96 + [26] * 2 + [90] * 2))
    assert typical_lengths(data, batch_size=20) == ([10.0, 90.0, 90.0], 26.0), "four batches of 10 and one of 90"
    assert set(data.lengths[places_of_length(data, 2, 90.0)]) == {90}
    data.lengths = None
    assert typical_lengths(data, batch_size=20) == ([1.0], 1.0) and len(places_of_length(data, 7, 1.0)) == 7


def test_a_training_row_costs_the_mean_over_the_lengths_of_an_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    """A step that costs 1 ms a position and 10 microseconds a squared position, and .5 s for the update."""
    lengths = np.array([10] * 400 + [100] * 200 + [300] * 40)
    data, rows = Sequences(lengths=lengths), list[np.ndarray]()
    plan, model = SimpleNamespace(stages=[SimpleNamespace(batch_size=32)]), SimpleNamespace(device=torch.device("cpu"))
    made = SimpleNamespace(splits={"train": data}, plan=plan, model=model, frozen=SimpleNamespace())

    def fit_plan(_: object, __: object, taken: np.ndarray, ___: object, session: Any, ____: object) -> None:
        rows.append(taken)
        longest = float(taken.max())
        seconds = 0.5 + len(taken) * (1e-3 * longest + 1e-5 * longest**2)
        session.reporter.times = [(seconds, seconds)]

    monkeypatch.setattr(pricing, "backbone_for", lambda *_, **__: None)
    monkeypatch.setattr(pricing, "graft", lambda *_: made)
    monkeypatch.setattr(pricing, "taken", lambda data, places: data.lengths[places])
    monkeypatch.setattr(pricing, "fit_plan", fit_plan)
    prepared: Any = SimpleNamespace()
    _, row, update, disturbed = load_and_training("b", prepared, RunOptions(), Decisions(), 1e-3)
    padded = np.repeat([10, 100, 300], [13, 6, 2])  # of 400, 200 and 40 examples in batches of 32
    assert len(rows) == 4 and not disturbed and update == pytest.approx(0.5)
    assert row == pytest.approx(float(np.mean(1e-3 * padded + 1e-5 * padded**2)), rel=0.15)


def test_a_row_of_a_pass_is_timed_on_batches_of_the_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine for which a batch has a cost of its own: that of a short text was priced as its share of a long one."""
    clock = [0.0]
    monkeypatch.setattr(pricing.time, "perf_counter", lambda: clock[0])
    monkeypatch.setattr(pricing.time, "process_time", lambda: clock[0])

    def engine(shape: tuple[int, int]) -> None:
        rows, length = shape
        clock[0] += rows * (0.002 + length * 1e-4)

    choice: Any = SimpleNamespace(engine=engine, examples_per_second=100.0)
    lengths, each = np.array([100] * 300 + [20] * 300 + [10] * 300), 0.002 + 1e-4 * 130 / 3

    def price(lengths: Any, *, on_cpu: bool = True) -> float:
        return seconds_of_row(choice, Sequences(lengths=lengths), on_cpu=on_cpu)  # type: ignore[arg-type]

    assert price(lengths) == pytest.approx(each) and price(None) == 0.01
    monkeypatch.setattr(pricing.time, "process_time", lambda: clock[0] / 2)  # other processes have the cores
    assert price(lengths) == pytest.approx(each / 2)
    assert price(lengths, on_cpu=False) == pytest.approx(each), "the processor waits for the device"


def test_the_price_of_a_head_grows_with_its_outputs_and_features() -> None:
    assert 0 < seconds_of_head(256, 2, 1000) < seconds_of_head(2048, 100, 1000)


def test_a_step_that_shares_the_cores_is_priced_by_its_processor_seconds() -> None:
    steps = StepTimes()
    steps.times = [(1.0, 0.9), (0.5, 0.1), (2.0, 3.8)]
    assert steps.fastest(on_cpu=True) == (1.0, False)
    assert steps.fastest(on_cpu=False) == (0.5, False)
    steps.times = [(9.0, 1.2), (8.0, 1.1)]
    assert steps.fastest(on_cpu=True) == (1.1, True)


@pytest.mark.slow
def test_prices_are_measured_once_on_a_machine_that_is_not_busy_and_kept_alongside_the_store(
    photos: Path, small_backbone: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = RunOptions(cache_dir=tmp_path / "store", workers=1)

    def priced() -> Prices:
        strategy = strategy_named("linear_probe")
        backbone = backbone_for(small_backbone, strategy, options, seed=0)
        prepared = prepared_for(source_of(photos, {}, ()), backbone.preprocess, seed=0, limit_bytes=10**9)
        made = graft(prepared, backbone, strategy, options, Silent())
        return measured_prices(small_backbone, made, prepared, options, Decisions(tmp_path / "decisions.json"))[0]

    trained: list[Any] = []
    fit_plan = pricing.fit_plan
    monkeypatch.setattr(pricing, "fit_plan", lambda *given: trained.append(given) or fit_plan(*given))
    monkeypatch.setattr(pricing.time, "process_time", lambda: 0.0)  # other processes have the cores
    priced()
    monkeypatch.setattr(pricing.time, "process_time", pricing.time.perf_counter)
    measured = len(trained)
    first = priced()
    assert len(trained) > measured > 0
    measured = len(trained)
    assert min(first.overhead, first.train, first.passes, first.scored, first.read, first.head) > 0
    assert first.train >= first.passes
    assert replace(priced(), read=first.read) == first
    assert len(trained) == measured
