"""Several processes train as one: the same losses, scores and weights, decided together."""

from __future__ import annotations

import dataclasses
import multiprocessing
import os
import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
import torch.distributed as dist
from torch.nn import functional

import ghep.team
import ghep.training.loop as loop
from ghep.backbone.source_head import SourceHead
from ghep.data.loading.batches import Batch
from ghep.errors import ConfigError, GhepError, Interrupted
from ghep.model.predict import predict_logits
from ghep.model.transfer import TransferModel
from ghep.multitask.settings import Sharing
from ghep.team import Team, joined
from ghep.training.keep import SourceAnswers
from ghep.training.loop import train_stage
from ghep.training.precision import Precision
from ghep.training.stage import Adapters, Keep, ObjectiveSettings, OptimSettings, Stage
from ghep.training.state import DIVERGED, TIME_LIMIT, TrainingState
from ghep.training.stop import StopRequest
from ghep.training.whole_batch import WholeBatch
from team import in_team
from tiny import tensors_of, tiny_data, tiny_model, tiny_session, tiny_stage, tiny_tasks

TRAIN, VALID = tiny_data(26), tiny_data(13, seed=1)  # batches of 8, and one of 2: fewer than three processes


class Trained(NamedTuple):
    losses: list[float]
    """Of each step."""
    state: TrainingState
    weights: dict[str, np.ndarray]


def trained(
    team: Team,
    stage: Stage,
    model: TransferModel,
    *,
    train: Any = TRAIN,
    valid: Any = VALID,
    stop: StopRequest | None = None,
    resume: TrainingState | None = None,
    precision: str = "float32",
    **more: Any,
) -> Trained:
    losses: list[float] = []
    check = loop.check_loss

    def noted(loss: torch.Tensor, *arguments: Any, **options: Any) -> float:
        losses.append(check(loss, *arguments, **options))
        return losses[-1]

    session = dataclasses.replace(tiny_session(), team=team, stop=stop or StopRequest())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, "check_loss", noted)
        state = train_stage(model, stage, train, valid, session, precision=Precision(precision), state=resume, **more)
    return Trained(losses, state, {name: one.numpy() for name, one in tensors_of(model).items()})


def assert_as_one(one: Trained, several: Sequence[Trained], *, weights: float = 5e-5) -> None:
    """Losses agree to 1e-5; AdamW, with a rate of 0.01, enlarges the rounding of the smallest gradients."""
    first = several[0]
    assert len(one.losses) == len(first.losses) >= 3
    np.testing.assert_allclose(first.losses, one.losses, atol=1e-5)
    for row, same in zip(one.state.history, first.state.history, strict=True):
        assert row.valid_score == same.valid_score and row.valid_loss == pytest.approx(same.valid_loss, abs=1e-5)
    for name, tensor in one.weights.items():
        np.testing.assert_allclose(first.weights[name], tensor, atol=weights, err_msg=name)
    for other in several[1:]:  # bit for bit
        assert other.losses == first.losses and other.state.best == first.state.best
        assert all((other.weights[name] == tensor).all() for name, tensor in first.weights.items())


STAGES = {
    "full": (tiny_stage(epochs=2), {}),
    "pretrained statistics": (tiny_stage(epochs=2, keep_statistics=True), {}),
    "light, dropout, average": (tiny_stage(frozen=2, epochs=2, optim=OptimSettings(ema_decay=0.5)), {"dropout": 0.3}),
    "only the head": (tiny_stage(frozen=3, epochs=2), {}),
    "mixup, class weights": (
        tiny_stage(
            epochs=2, augment="standard", objective=ObjectiveSettings(mixup=0.4, cutmix=1.0, class_weights=True)
        ),
        {},
    ),
    "adapters": (tiny_stage(frozen=0, epochs=2, adapters=Adapters(2, 4.0, ("conv1", "conv2"), dropout=0.2)), {}),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", [pytest.param(name, marks=[pytest.mark.slow] * (name != "full")) for name in STAGES])
def test_two_processes_train_as_one(name: str) -> None:
    stage, of_model = STAGES[name]
    one = trained(Team(), stage, tiny_model(**of_model))
    assert_as_one(one, in_team(2, lambda team: trained(team, stage, tiny_model(**of_model))))


@pytest.mark.slow
@pytest.mark.parametrize("name", STAGES)
def test_three_processes_train_as_one_also_on_a_batch_of_two(name: str) -> None:
    stage, of_model = STAGES[name]
    one = trained(Team(), stage, tiny_model(**of_model))
    assert_as_one(one, in_team(3, lambda team: trained(team, stage, tiny_model(**of_model))))


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["bfloat16", "bfloat16-channels_last", "float32-channels_last"])
def test_number_formats_are_those_of_one_process(precision: str) -> None:
    """Batches of 8 and 2: bfloat16 rounds sums in another order, and nothing else differs."""
    stage = tiny_stage(epochs=2)

    def work(team: Team) -> Trained:
        return trained(team, stage, tiny_model(dropout=0.3), precision=precision)

    one, several = work(Team()), in_team(2, work)
    np.testing.assert_allclose(several[0].losses, one.losses, atol=0.02 if "bfloat16" in precision else 1e-5)
    assert several[1].losses == several[0].losses
    assert all((several[1].weights[name] == tensor).all() for name, tensor in several[0].weights.items())


SHARINGS = [
    Sharing(),
    Sharing(weighting="gradnorm", surgery="pcgrad"),
    Sharing(weighting="uncertainty", surgery="cagrad"),
    Sharing(weighting="dwa", mixing="equal"),
]


def some_labels() -> Any:
    """Two tasks; the second has labels for a few rows only, in some batches for none of those of a process."""
    data = tiny_data(26, tasks=("label", "other"))
    sparse = np.where(np.arange(26) % 6 == 0, data.targets["other"], -1)
    return dataclasses.replace(data, targets={"label": data.targets["label"], "other": sparse})


@pytest.mark.slow
@pytest.mark.parametrize("sharing", SHARINGS, ids=lambda one: f"{one.weighting}-{one.surgery}-{one.mixing}")
def test_several_tasks_train_as_in_one_process(sharing: Sharing) -> None:
    stage, data = tiny_stage(epochs=2, sharing=sharing), some_labels()
    valid = tiny_data(13, tasks=("label", "other"), seed=1)

    def work(team: Team) -> Trained:
        return trained(team, stage, tiny_model(tasks=tiny_tasks("label", "other")), train=data, valid=valid)

    one = work(Team())
    several = in_team(2, work)
    assert_as_one(one, several)
    assert several[0].state.gradients == several[1].state.gradients
    rows, same = one.state.history[-1].tasks, several[0].state.history[-1].tasks
    assert [(row.task, row.rows) for row in rows] == [(row.task, row.rows) for row in same]
    assert [row.weight for row in rows] == pytest.approx([row.weight for row in same], abs=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("method", ["l2sp", "lwf"])
def test_terms_that_keep_the_source_count_once(method: Any) -> None:
    stage = tiny_stage(epochs=1, keep=Keep(method, 0.5))
    rng = np.random.default_rng(0)
    head = SourceHead(rng.normal(size=(5, 16)), rng.normal(size=5))
    answers = SourceAnswers(head, rng.normal(size=(26, 16)))

    def work(team: Team) -> Trained:
        model = tiny_model()
        start = {name: one.clone() for name, one in model.state().items()}
        return trained(team, stage, model, start=start, answers=answers)

    assert_as_one(work(Team()), in_team(2, work))


def test_a_request_to_one_process_stops_all_after_the_same_step() -> None:
    def work(team: Team) -> tuple[int, int, bool]:
        stop, saved = StopRequest(), list[TrainingState]()
        check = loop.check_loss

        def asked(*arguments: Any, **more: Any) -> float:
            if arguments[2] == 1 and team.rank == 1:
                stop.ask()
            return check(*arguments, **more)

        with pytest.MonkeyPatch.context() as patch, pytest.raises(Interrupted):
            patch.setattr(loop, "check_loss", asked)
            trained(team, tiny_stage(epochs=2), tiny_model(), stop=stop, save=saved.append, due=lambda: False)
        return len(saved), saved[0].step, stop.asked

    assert in_team(2, work) == [(1, 2, False), (1, 2, True)]


@pytest.mark.slow
@pytest.mark.parametrize("size", [1, 3])
def test_a_stage_that_two_processes_began_is_continued_by_others(size: int) -> None:
    stage, model = tiny_stage(epochs=2), {"dropout": 0.3}
    whole = trained(Team(), stage, tiny_model(**model))

    def begin(team: Team) -> TrainingState:
        saved: list[TrainingState] = []
        trained(team, stage, tiny_model(**model), save=saved.append, due=lambda: True)
        return saved[1]

    state = in_team(2, begin)[0]
    assert (state.epochs_done, state.step) == (0, 2)

    def resume(team: Team) -> Trained:
        return trained(team, stage, tiny_model(**model), resume=state)

    rest = [resume(Team())] if size == 1 else in_team(size, resume)
    assert_as_one(whole._replace(losses=whole.losses[2:]), rest)


class Spoilt:
    """``TRAIN`` with NaN in the input of the example at ``place``."""

    def __init__(self, place: int) -> None:
        self.place = place

    def __getattr__(self, name: str) -> Any:
        return getattr(TRAIN, name)

    def __len__(self) -> int:
        return len(TRAIN)

    def inputs(self, places: np.ndarray, views: Any) -> torch.Tensor:
        found = TRAIN.inputs(places, views)
        assert isinstance(found, torch.Tensor)
        found[torch.from_numpy(places == self.place)] = torch.nan
        return found


@pytest.mark.slow
def test_an_input_that_is_not_finite_is_left_out_by_all() -> None:
    stage, data = tiny_stage(epochs=2), Spoilt(7)

    def work(team: Team) -> Trained:
        return trained(team, stage, tiny_model(), train=data)

    one, several = work(Team()), in_team(2, work)
    assert one.state.left_out == several[0].state.left_out == several[1].state.left_out == (7,)
    assert_as_one(one, several)


@pytest.mark.slow
def test_a_divergence_rolls_all_back() -> None:
    optim = OptimSettings("sgd", warmup=0.0, schedule="constant", clip_norm=0.0)
    stage = tiny_stage(epochs=2, head_lr=1e9, optim=optim)

    def work(team: Team) -> tuple[int, float, str, list[str]]:
        state = trained(team, stage, tiny_model()).state
        return state.retries, state.rate_scale, state.stopped, [one.code for one in state.findings]

    one, several = work(Team()), in_team(2, work)
    assert several == [one, one] and one[0] > 0 and one[2] in ("", DIVERGED)


@pytest.mark.slow
def test_the_clock_of_the_first_process_ends_the_stage() -> None:
    def work(team: Team) -> tuple[str, int, int]:
        began = loop.time.perf_counter
        with pytest.MonkeyPatch.context() as patch:
            if not team.first:  # its clock runs ten thousand times as fast
                patch.setattr(loop.time, "perf_counter", lambda: 1e4 * began())
            state = trained(team, tiny_stage(epochs=10_000), tiny_model(), budget_seconds=1.0).state
        return state.stopped, state.epochs_done, state.steps

    first, second = in_team(2, work)
    assert first == second and first[0] == TIME_LIMIT and 1 <= first[2] < 40_000


@pytest.mark.slow
@pytest.mark.parametrize("shape", [(5, 3), (5, 3, 4), (5, 3, 4, 2)])
def test_batch_norm_is_that_of_all_rows(shape: tuple[int, ...]) -> None:
    """Against ``batch_norm`` itself, whose derivative torch has tested, on values with a large mean."""
    inputs = torch.randn(shape, generator=torch.Generator().manual_seed(0)) + 50
    for weights in ((None, None), (torch.tensor([1.0, 2.0, 0.5]), torch.tensor([0.0, 1.0, 2.0]))):

        def normed(rows: torch.Tensor, weights: Any = weights) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
            mean, variance = torch.zeros(3), torch.ones(3)
            return functional.batch_norm(rows, mean, variance, *weights, True, 0.1, 1e-5), mean, variance

        def run(team: Team, normed: Any = normed) -> Any:
            mine = team.rows(len(inputs))
            rows = inputs[mine].clone().requires_grad_()
            with WholeBatch(team, mine, len(inputs)):
                out, *running = normed(rows)
            out.pow(3).sum().backward()
            return out.detach().numpy(), rows.grad.numpy(), *(one.numpy() for one in running)

        whole = inputs.clone().requires_grad_()
        out, *running = normed(whole)
        out.pow(3).sum().backward()
        assert whole.grad is not None
        parts = in_team(2, run)
        np.testing.assert_allclose(np.concatenate([part[0] for part in parts]), out.detach(), atol=1e-4)
        np.testing.assert_allclose(np.concatenate([part[1] for part in parts]), whole.grad, atol=1e-3)
        for part in parts:
            for found, expected in zip(part[2:], running, strict=True):
                np.testing.assert_allclose(found, expected, rtol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["dropout", "tokens", "attention", "path"])
def test_masks_are_those_of_one_process(kind: str) -> None:
    inputs = torch.randn(6, 2, 4, 8, generator=torch.Generator().manual_seed(0)) + 1
    works: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
        "dropout": lambda rows: functional.dropout(rows, 0.4),
        "tokens": lambda rows: functional.dropout(rows.flatten(0, 1), 0.4).unflatten(0, (-1, 2)),
        "attention": lambda rows: functional.scaled_dot_product_attention(rows, rows, rows, dropout_p=0.4),
        "path": lambda rows: rows * rows.new_empty(len(rows), 1, 1, 1).bernoulli_(0.5),
    }
    torch.manual_seed(0)
    whole = works[kind](inputs)

    def run(team: Team) -> Any:
        mine = team.rows(6)
        torch.manual_seed(0)
        with WholeBatch(team, mine, 6):
            return works[kind](inputs[mine]).numpy()

    np.testing.assert_allclose(np.concatenate(in_team(2, run)), whole, atol=1e-6)


def test_predictions_are_divided_and_equal() -> None:
    model, data = tiny_model(), tiny_data(70)
    torch.nn.init.normal_(model.head("label").weight)
    alone = predict_logits(model, data)["label"]
    for found in in_team(3, lambda team: predict_logits(model, data, team=team)["label"]):
        assert (found == alone).all()


def test_rows_are_divided_into_consecutive_parts() -> None:
    for size in (2, 3, 5):
        for count in (1, 2, 5, 8, 32):
            parts = [np.arange(count)[Team(rank, size).rows(count)] for rank in range(size)]
            if count >= size:
                assert np.concatenate(parts).tolist() == list(range(count)) and min(map(len, parts)) > 0
            else:
                assert all(part.tolist() == list(range(count)) for part in parts)


def test_left_out_rows_shorten_the_part_that_had_them() -> None:
    inputs = torch.arange(3.0)[:, None] + 3
    batch = Batch(np.array([10, 11, 12, 13, 14, 15]), inputs, {"label": torch.arange(6)}, 0, slice(3, 6))
    left = loop._without(batch, [10, 14])
    assert left.indices.tolist() == [11, 12, 13, 15] and left.mine == slice(2, 4)
    assert isinstance(left.inputs, torch.Tensor) and left.inputs.flatten().tolist() == [3.0, 5.0]
    assert left.targets["label"].tolist() == [1, 2, 3, 5]
    assert loop._each_has_rows(batch, [10, 14], Team(1, 2)) and not loop._each_has_rows(batch, [13, 14, 15], Team(0, 2))


def test_tensors_are_summed_in_buckets_and_taken_from_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ghep.team.BUCKET_BYTES", 40)

    def work(team: Team) -> Any:
        last = torch.randn(2, 3, 4, 4).contiguous(memory_format=torch.channels_last)
        held = [torch.full((5, 3), team.rank + 1.0), torch.full((), 10.0 * team.rank), last]
        mine = last.clone().numpy()
        team.sum_all(held)
        total = team.sum(torch.from_numpy(mine))
        given = [torch.full((2, 3, 4, 4), float(team.rank)).contiguous(memory_format=torch.channels_last)]
        team.share(given)
        told = team.told({"rank": team.rank}), team.collected(team.rank), team.any(team.rank == 1), team.any(False)
        return held[0].unique().tolist(), float(held[1]), torch.equal(held[2], total), given[0].unique().tolist(), told

    told = ({"rank": 0}, [0, 1], True, False)
    assert in_team(2, work) == [([3.0], 10.0, True, [0.0], told)] * 2


def _fits_twice(rank: int, port: int, told: Any) -> None:
    """As a script under torchrun that continues after an error."""
    os.environ |= {"RANK": str(rank), "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    ghep.team.time.sleep = lambda _: None
    found = list[Any]()
    for number in range(2):
        try:
            with joined() as team:
                if team.first and number == 0:
                    raise ConfigError("folder-is-a-file", path="run")
                found.append(team.collected((rank, number)))
        except GhepError as error:
            found.append((type(error).__name__, error.repeated))
    told.put((rank, found))
    told.close()
    told.join_thread()
    os._exit(0)


def test_an_error_in_one_process_ends_the_fit_of_all_and_not_the_next_one() -> None:
    """Otherwise the others would wait for an answer, and take one of the next fit for it."""
    context = multiprocessing.get_context("fork")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    told: Any = context.Queue()
    processes = [context.Process(target=_fits_twice, args=(rank, port, told)) for rank in range(2)]
    try:
        for process in processes:
            process.start()
        found = dict(told.get(timeout=60) for _ in processes)
    finally:
        for process in processes:
            process.kill()
            process.join()
    both = [(0, 1), (1, 1)]
    assert found == {0: [("ConfigError", False), both], 1: [("TeamError", True), both]}


def test_torchrun_continues_only_a_run_that_it_has_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that held a run before is refused at every start."""
    for name, value in {"RANK": "0", "WORLD_SIZE": "2", "MASTER_ADDR": "localhost", "MASTER_PORT": "1"}.items():
        monkeypatch.setenv(name, value)
    team = Team(0, 2, lasting=dist.HashStore())
    monkeypatch.setenv("TORCHELASTIC_RESTART_COUNT", "0")
    team.note_begun(tmp_path / "run")
    assert not team.has_begun(tmp_path / "run"), "the first start"
    monkeypatch.setenv("TORCHELASTIC_RESTART_COUNT", "1")
    assert team.has_begun(tmp_path / "run") and not team.has_begun(tmp_path / "other")
    assert not Team().has_begun(tmp_path / "run")
