"""P9: SIGTERM, SIGHUP and Ctrl-C save and leave with 143, 129 and 130; a second one leaves now."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import ghep.training.loop as loop
from ghep.cli.app import run
from ghep.experiment.fit import fit

FIT = ["--strategy", "full", "--precision", "float32", "--workers", "1", "--epochs", "3", "--batch-size", "10"]
CODES = {signal.SIGTERM: 143, signal.SIGINT: 130, signal.SIGHUP: 129}


@pytest.fixture(autouse=True)
def _as_a_terminal_starts_it() -> Iterator[None]:
    """Whoever starts the tests may ignore signals, as nohup does."""
    before = {number: signal.signal(number, signal.SIG_DFL) for number in (signal.SIGTERM, signal.SIGHUP)}
    before[signal.SIGINT] = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture(scope="module")
def whole(photos: Path, small_backbone: str, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The weights of the run that is never stopped."""
    out = tmp_path_factory.mktemp("run") / "whole"
    settings = {"strategy": "full", "precision": "float32", "workers": 1, "epochs": 3, "batch_size": 10}
    fit(photos, backbone=small_backbone, out=out, **settings)
    return weights(out)


def weights(out: Path) -> bytes:
    return (out / "bundle" / "model.safetensors").read_bytes()


def signals_in_step(steps: dict[int, int], number: signal.Signals, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the middle of step k the process gets ``steps[k]`` signals."""
    plain, count = loop._clip, iter(range(1, 10_000))

    def clip(*arguments: object) -> object:
        for _ in range(steps.get(next(count), 0)):
            signal.raise_signal(number)
        return plain(*arguments)

    monkeypatch.setattr(loop, "_clip", clip)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "step"),
    [
        *((number, 7) for number in CODES),
        *(  # 6 an epoch: the first, the end of one, the first of the last, the very last
            pytest.param(number, step, marks=pytest.mark.slow)
            for number, step in zip((signal.SIGTERM, *CODES), (1, 6, 13, 18), strict=True)
        ),
    ],
)
def test_a_signal_saves_after_the_step_and_leaves_and_resuming_ends_the_same(
    number: signal.Signals,
    step: int,
    whole: bytes,
    photos: Path,
    small_backbone: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    command = ["fit", str(photos), "-b", small_backbone, "-o", str(tmp_path / "run"), *FIT]
    before = [signal.getsignal(one) for one in CODES]
    with monkeypatch.context() as patch:
        signals_in_step({step: 1}, number, patch)
        assert run(command) == CODES[number]
    told = capsys.readouterr().err
    assert f"step {(step - 1) % 6 + 1} of stage full" in told and f"--out {tmp_path / 'run'} --resume" in told
    (saved,) = (tmp_path / "run" / "checkpoints").iterdir()
    assert saved.name == f"step-{step:08d}" and not (tmp_path / "run" / "bundle").exists()
    assert [signal.getsignal(one) for one in CODES] == before, "handlers are given back"
    assert run([*command, "--resume"]) == 0
    assert weights(tmp_path / "run") == whole


@pytest.mark.slow
@pytest.mark.parametrize("number", CODES)
def test_the_second_one_leaves_now(
    number: signal.Signals, photos: Path, small_backbone: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    signals_in_step({7: 2}, number, monkeypatch)
    command = ["fit", str(photos), "-b", small_backbone, "-o", str(tmp_path / "run"), *FIT]
    assert run([*command, "--checkpoint-seconds", "0"]) == CODES[number]
    names = sorted(path.name for path in (tmp_path / "run" / "checkpoints").iterdir())
    assert names == ["step-00000005", "step-00000006"], "step 7 was neither ended nor saved"


@pytest.mark.slow
@pytest.mark.parametrize("number", CODES)
@pytest.mark.parametrize(
    "where", ["ghep.experiment.prepared.prepare", "ghep.experiment.fit.fit_plan", "ghep.strategy.solve.solve_any_head"]
)
def test_where_nothing_is_trained_the_first_one_leaves_at_once(
    where: str,
    number: signal.Signals,
    photos: Path,
    small_backbone: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def asked(*_: object, **__: object) -> None:
        signal.raise_signal(number)
        raise AssertionError("it went on")

    monkeypatch.setattr(where, asked)
    out = tmp_path / "run"
    assert run(["fit", str(photos), "-b", small_backbone, "-o", str(out), "--strategy", "lp_ft"]) == CODES[number]
    assert not (out / "checkpoints").exists()


def test_the_library_leaves_handlers_alone(photos: Path, small_backbone: str, tmp_path: Path) -> None:
    seen: list[object] = []

    class Watches:
        def say(self, text: str) -> None: ...

        def progress(self, phase: str, done: int, total: int) -> None: ...

        def epoch(self, row: object) -> None:
            seen.append([signal.getsignal(one) for one in CODES])

    before = [signal.getsignal(one) for one in CODES]
    fit(
        photos,
        backbone=small_backbone,
        strategy="full",
        epochs=1,
        precision="float32",
        out=tmp_path,
        reporter=Watches(),
    )
    assert seen == [before]


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_in_a_process_of_its_own(
    number: signal.Signals, whole: bytes, photos: Path, small_backbone: str, tmp_path: Path
) -> None:
    """The tests above raise each signal, SIGHUP too, in this process."""
    out = tmp_path / "run"
    command = [sys.executable, "-m", "ghep", "fit", str(photos), "-b", small_backbone, "-o", str(out), *FIT]
    child = subprocess.Popen([*command, "--checkpoint-seconds", "0"], stderr=subprocess.PIPE, text=True)
    for _ in range(2400):
        if child.poll() is not None or any((out / "checkpoints").glob("step-*")):
            break
        time.sleep(0.05)
    child.send_signal(number)
    _, told = child.communicate(timeout=120)
    assert child.returncode == CODES[number], told
    assert "--resume" in told and "Traceback" not in told
    assert run([*command[3:], "--resume"]) == 0 and weights(out) == whole
