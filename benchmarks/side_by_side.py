"""The same job by ghep and by common alternatives, alternating: seconds, accuracy, memory, ratios with their spread.

    scripts/bench side_by_side DATA --backbone MODEL.safetensors --jobs feature_extraction,light,full [--rounds 3]
    scripts/bench side_by_side reviews --texts --jobs feature_extraction,light,predict
    scripts/bench side_by_side DATA --backbone MODEL.safetensors --jobs compare --peers fastai

DATA is a folder train/ and test/ (or val/) of class folders, or with --texts one of train.csv and test.csv with the
columns text and label. Each peer is installed into an environment of its own (benchmarks/peers/) and follows its own
documentation. Each run is a separate process, and within a round the tools alternate, so that other load on the machine
disturbs all equally. Writes a table, every run (runs.csv) and the machine.

start-up: until imports are done, the model is built, its weights are loaded and compiled. work: the rest of the
process. memory: the largest sum of PSS (private memory plus the share of shared memory) over the process and its
children, read every two seconds, or the largest process as the kernel counted it. ratio: a peer's seconds divided by
ghep's of the same round.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent / "peers"))
from contract import LAUNCHED, Answer, Job
from install import environment

from ghep.backbone.base import Backbone
from ghep.backbone.catalog import load_backbone
from ghep.cli import BRIEF
from ghep.metrics.intervals import wilson

PEERS = Path(__file__).parent / "peers"
GHEP = "ghep"
IMAGES = {"fastai": "fastai_images", "pytorch": "torch_images", "keras": "keras_images"}
TEXTS = {"sentence-transformers": "sentence_texts", "trainer": "trainer_texts", "setfit": "setfit_texts"}
ENVIRONMENTS = {"sentence-transformers": "transformers", "trainer": "transformers"}
"""Peer -> its environment, if the name differs."""
EPOCHS = {"feature_extraction": 5, "light": 10, "full": 3, "progressive": 5, "compare": 3, "prepare": 1}
"""Seeds of the job compare; a peer does one ``fine_tune(5)`` instead."""
TEXT_EPOCHS = {"light": 3, "full": 3}
PREDICTED = 1000
PICTURES = {".jpg", ".jpeg", ".png"}


@dataclass
class Measured:
    """One run of one peer."""

    job: str
    peer: str
    round: int
    startup: float
    work: float
    whole: float
    right: int
    count: int
    peak_bytes: int
    phases: dict[str, float] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def main() -> None:
    arguments = _arguments()
    arguments.out = arguments.out.absolute()  # peers work in a folder of their own
    arguments.out.mkdir(parents=True, exist_ok=True)
    known = TEXTS if arguments.texts else IMAGES
    peers = [name for name in arguments.peers.split(",") if name] if arguments.peers is not None else list(known)
    pythons = {name: environment(ENVIRONMENTS.get(name, name)) for name in peers}
    pythons[GHEP] = Path(sys.executable)
    (arguments.out / "machine.json").write_text(json.dumps(_machine(), indent=1), encoding="utf-8")
    backbone = _backbone(arguments)
    runs: list[Measured] = []
    for name in arguments.jobs.split(","):
        job = _job(name, arguments, backbone)
        print(f"\n{name}: {len(job.train)} train, {len(job.test)} test, {job.epochs} epochs", file=sys.stderr)
        for number in range(arguments.rounds):
            names = [GHEP, *peers]
            turn = number % len(names)
            for peer in names[turn:] + names[:turn]:
                runs += _turn(job, peer, known.get(peer, "ghep_cli"), pythons[peer], number, arguments)
                _write(arguments.out / "runs.csv", runs)
    print(table(runs))
    (arguments.out / "table.md").write_text(table(runs), encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench side_by_side", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--texts", action="store_true", help="DATA is a folder of train.csv and test.csv")
    parser.add_argument("--backbone", type=Path, help="images: weights in timm's names, with their json next to them")
    parser.add_argument("--jobs", default="feature_extraction,light,full,progressive,predict")
    parser.add_argument("--peers", help="with commas; all that know the job unless given")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--thawed", type=int, default=2, help="light: trailing blocks that are trained")
    parser.add_argument("--epochs", type=int, help="other than the usual ones")
    parser.add_argument("--limit", type=int, help="train on so many examples, predict as many")
    parser.add_argument("--timeout", type=float, default=1800.0, help="seconds a run may take")
    parser.add_argument("--out", type=Path, default=Path("build") / "bench" / "side_by_side")
    return parser.parse_args()


def _backbone(arguments: argparse.Namespace) -> Backbone:
    return load_backbone("minilm" if arguments.texts else str(arguments.backbone))


def _job(name: str, arguments: argparse.Namespace, backbone: Backbone) -> Job:
    """Return the job, the same for every tool."""
    read = _texts if arguments.texts else _pictures
    train, test = read(arguments.data, "train"), read(arguments.data, "test") or read(arguments.data, "val")
    if arguments.limit:
        train, test = _thinned(train, arguments.limit), _thinned(test, arguments.limit)
    if name in ("predict", "first_prediction"):
        test = _thinned(test, PREDICTED if name == "predict" else 1)
    table = arguments.out / f"{name}.csv"
    epochs = TEXT_EPOCHS if arguments.texts else EPOCHS
    job = Job(
        name="predict" if name == "first_prediction" else name,
        modality="texts" if arguments.texts else "images",
        train=train,
        test=test,
        classes=sorted({label for _, label in train}),
        backbone=_described(arguments),
        epochs=arguments.epochs or epochs.get(name, 1),
        batch_size=32,
        thawed_blocks=arguments.thawed,
        blocks=[[_plain(module) for module in block.modules if not _is_head(module)] for block in backbone.blocks()],
        table=str(table.absolute()),
    )
    splits = [("test", test)] if job.name == "predict" else [("train", train), ("test", test)]
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text" if arguments.texts else "path", "label", "split"])
        writer.writerows([thing, label, split] for split, examples in splits for thing, label in examples)
    return job


def _plain(module: str) -> str:
    return module.removeprefix("model.")


def _is_head(module: str) -> bool:
    return module in ("classifier", "global_pool", "fc", "head")


def _described(arguments: argparse.Namespace) -> dict[str, Any]:
    if arguments.texts:
        from ghep.backbone.packages import MINILM

        return {"folder": str(MINILM.file().parent)}
    card = json.loads(arguments.backbone.with_suffix(".json").read_text(encoding="utf-8"))
    return {**card, "file": str(arguments.backbone.absolute())}


def _pictures(data: Path, split: str) -> list[tuple[str, str]]:
    # Resolved: ghep identifies a row by its shortest path, and "../data/x.jpg" made absolute is another string.
    found = sorted(path for path in (data.resolve() / split).glob("*/*") if path.suffix.lower() in PICTURES)
    return [(str(path), path.parent.name) for path in found]


def _texts(data: Path, split: str) -> list[tuple[str, str]]:
    path = data / f"{split}.csv"
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [(row["text"], row["label"]) for row in csv.DictReader(file)]


def _thinned(examples: Sequence[tuple[str, str]], count: int) -> list[tuple[str, str]]:
    """Every k-th, so that each class keeps its share."""
    step = max(1.0, len(examples) / count)
    return [examples[int(place * step)] for place in range(min(count, len(examples)))]


def _turn(job: Job, peer: str, script: str, python: Path, number: int, arguments: argparse.Namespace) -> list[Measured]:
    """Let one peer do the job; skip jobs that the peer does not support."""
    model = arguments.out / f"model-{peer}"
    if job.name == "predict":
        if not model.exists():
            prepared = replace(job, name="feature_extraction", model=str(model.absolute()), epochs=EPOCHS["prepare"])
            full = _job("feature_extraction", arguments, _backbone(arguments))
            prepared = replace(prepared, table=full.table, test=full.test)
            if _measure(prepared, peer, script, python, -1, arguments) is None:
                return []
        job = replace(job, model=str(model.absolute()))
    if job.name == "compare" and peer != GHEP:
        job = replace(job, name="fine_tune", epochs=5)
    found = _measure(job, peer, script, python, number, arguments)
    return [] if found is None else [found]


def _measure(
    job: Job, peer: str, script: str, python: Path, number: int, arguments: argparse.Namespace
) -> Measured | None:
    folder = arguments.out / "turn"
    folder.mkdir(exist_ok=True)
    asked, answered = folder / "job.json", folder / "answer.json"
    asked.write_text(json.dumps(asdict(job)), encoding="utf-8")
    answered.unlink(missing_ok=True)
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "OMP_NUM_THREADS")}
    if peer == GHEP and "PYTHONPATH" in os.environ:
        environment["PYTHONPATH"] = os.environ["PYTHONPATH"]
    environment |= {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "true"}
    if peer == GHEP:
        environment |= {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": BRIEF}  # as its command line sets them
    log = (folder / f"{peer}.log").open("wb")
    launched = time.time()
    process = subprocess.Popen(
        [python, PEERS / f"{script}.py", asked, answered],
        env={**environment, LAUNCHED: str(launched)},
        stdout=log,
        stderr=subprocess.STDOUT,
        cwd=folder if peer != GHEP else None,
    )
    peak, whole = _watched(process, arguments.timeout)
    whole -= launched
    if process.returncode or not answered.is_file():
        print(f"  {peer} did not do {job.name}: see {log.name}", file=sys.stderr)
        return None
    answer = Answer(**json.loads(answered.read_text(encoding="utf-8")))
    right = sum(found == label for found, (_, label) in zip(answer.predictions, job.test, strict=False))
    count = len(answer.predictions)
    said = Measured(job.name, peer, number, answer.startup, whole - answer.startup, whole, right, count, peak)
    said.phases, said.versions, said.notes = answer.phases, answer.versions, answer.notes
    share = f"{right / count:.3f}" if count else "-"
    print(
        f"  round {number + 1} {peer:<22} start-up {said.startup:6.1f} s  work {said.work:7.1f} s  right {share}  "
        f"{peak / 2**20:5.0f} MiB  { ({k: round(v, 1) for k, v in said.phases.items()}) }",
        file=sys.stderr,
        flush=True,
    )
    return said


def _watched(process: subprocess.Popen[bytes], timeout: float) -> tuple[int, float]:
    """Wait for the process; return its peak memory and the time of its end, seconds since the epoch."""
    peaks = [0]
    over = threading.Event()

    def look() -> None:
        while not over.wait(2.0):  # measuring slows the measured process
            peaks.append(sum(_proportional(pid) for pid in _family(process.pid)))

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    killer = threading.Timer(timeout, process.kill)
    killer.start()
    _, status, usage = os.wait4(process.pid, 0)
    ended = time.time()
    process.returncode = os.waitstatus_to_exitcode(status)
    killer.cancel()
    over.set()
    watcher.join()
    return max(*peaks, usage.ru_maxrss * 1024), ended


def _family(pid: int) -> list[int]:
    """Return the process and its descendants."""
    found = [pid]
    for one in found:
        for path in Path(f"/proc/{one}/task").glob("*/children"):
            try:
                found += [int(child) for child in path.read_text().split()]
            except OSError:
                continue
    return found


def _proportional(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)


def table(runs: Sequence[Measured]) -> str:
    """Return the table: medians over rounds, ratios paired by round with the smallest and the largest."""
    lines = [
        "| job | by | n | start-up s | work s | whole s | right, 95 % | peak MiB | work / ghep's | whole / ghep's |",
        "|---" * 10 + "|",
    ]
    for job in dict.fromkeys(_asked(run) for run in runs):
        of_job = [run for run in runs if _asked(run) == job]
        ours = {run.round: run for run in of_job if run.peer == GHEP}
        for peer in dict.fromkeys(run.peer for run in sorted(of_job, key=lambda run: run.peer != GHEP)):
            lines.append(_row(job, peer, [run for run in of_job if run.peer == peer], ours))
    return "\n".join(lines) + "\n"


def _asked(run: Measured) -> str:
    return "compare" if run.job == "fine_tune" else run.job


def _row(job: str, peer: str, runs: Sequence[Measured], ours: dict[int, Measured]) -> str:
    middle = {name: statistics.median(getattr(run, name) for run in runs) for name in ("startup", "work", "whole")}
    last = runs[-1]
    right = "-"
    if last.count:
        bounds = wilson(last.right, last.count)
        right = f"{last.right / last.count:.3f} ({bounds.low:.3f} to {bounds.high:.3f})"
    peak = statistics.median(run.peak_bytes for run in runs) / 2**20
    ratios = []
    for name in ("work", "whole"):
        pairs = sorted(getattr(run, name) / getattr(ours[run.round], name) for run in runs if run.round in ours)
        said = f"{statistics.median(pairs):.1f} ({pairs[0]:.1f} to {pairs[-1]:.1f})" if pairs else "-"
        ratios.append("1" if peer == GHEP else said)
    cells = [job, peer, str(len(runs)), *(f"{one:.1f}" for one in middle.values()), right, f"{peak:.0f}", *ratios]
    return f"| {' | '.join(cells)} |"


def _write(path: Path, runs: Sequence[Measured]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(Measured.__dataclass_fields__))
        writer.writeheader()
        for run in runs:
            plain = asdict(run)
            writer.writerow(
                {key: json.dumps(value) if isinstance(value, dict | list) else value for key, value in plain.items()}
            )


def _machine() -> dict[str, Any]:
    model = ""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        model = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        model = platform.processor()
    return {"processor": model, "cores": os.cpu_count(), "system": platform.platform(), "load": os.getloadavg()}


if __name__ == "__main__":
    main()
