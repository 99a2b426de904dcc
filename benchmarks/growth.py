"""Growth of cost with examples and classes: is time linear and memory bounded?

    scripts/bench growth images --counts 1000,5000,20000 [--backbone B] [--rounds 1]
    scripts/bench growth images --copies-of PHOTOS --counts 1000,5000,20000
    scripts/bench growth texts  --counts 1000,5000,20000 --backbone minilm
    scripts/bench growth texts  --classes 10,100,1000 --count 20000
    scripts/bench growth rows   --classes 10,100,1000 --count 20000

Every run is a separate process: ``ghep fit ... --strategy linear_probe --json`` with an empty store, and a bare pass
from files to features. Images are generated, all different (noise with the spectrum of photos, tinted by class), or
copies of PHOTOS, each with a different comment in the file: other bytes, the same image, which is the worst case of the
search for copies. Texts consist of made-up words. A line is fitted to seconds and bytes against the number of examples;
``bend`` is the slope between the last two numbers divided by that between the first two. ``rows`` are synthetic
features: the head solver and scoring alone, with labels that can be learnt and labels that cannot.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import resource
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

TARGET = 100_000
"""Number of examples to extrapolate to."""
SIDE = 256
"""Pixels of a generated image."""
SMALL = 0.03
"""Smallest reported growth of a part, from the smallest to the largest number, as a share of the whole at the
largest."""
BUSY = 1.5
"""Ratio of the cores used by two runs above which other work on the machine determined the wall seconds."""
MIB = 2**20

Row = dict[str, float]


def main() -> None:
    arguments = _arguments()
    if arguments.only_pass:
        _bare_pass(arguments)
    elif arguments.only_rows:
        _rows(arguments)
    elif arguments.kind == "rows":
        _grow_rows(arguments)
    elif arguments.classes:
        _grow_classes(arguments)
    else:
        _grow_counts(arguments)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench growth", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("kind", choices=("images", "texts", "rows"))
    parser.add_argument("--counts", type=_numbers, default=[1000, 5000, 20000], help="separated by commas")
    parser.add_argument("--classes", type=_numbers, default=[])
    parser.add_argument("--count", type=int, default=20000, help="examples, where classes grow")
    parser.add_argument("--dim", type=int, default=1280, help="of rows")
    parser.add_argument("--backbone", help="seedling or minilm unless given")
    parser.add_argument("--random-weights", action="store_true")
    parser.add_argument("--copies-of", type=Path, help="a folder of photos, one folder a class")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("build") / "bench" / "growth")
    parser.add_argument("--only-pass", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--only-rows", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--random-labels", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    arguments.backbone = arguments.backbone or ("minilm" if arguments.kind == "texts" else "seedling")
    return arguments


def _numbers(text: str) -> list[int]:
    return sorted(int(number) for number in text.split(","))


# --- examples


def _table(arguments: argparse.Namespace, count: int, classes: int) -> Path:
    """Return a table of ``count`` labelled examples; a smaller table is the beginning of a larger one."""
    folder = arguments.out / arguments.kind
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{count}-{classes}{'-copies' * bool(arguments.copies_of)}.csv"
    what = "path" if arguments.kind == "images" else "text"
    make = _texts if arguments.kind == "texts" else _copies if arguments.copies_of else _pictures
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow([what, "label"])
        writer.writerows(make(arguments, folder, count, classes))
    return file


def _pictures(_: argparse.Namespace, folder: Path, count: int, classes: int) -> Iterator[tuple[str, str]]:
    for number in range(count):
        file = folder / "made" / f"{number // 1000:03d}" / f"{number:06d}.jpg"
        if not file.is_file():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(_picture(number))
        label = number % 10 if classes <= 10 else int(np.random.default_rng([1, number]).integers(classes))
        yield str(file.relative_to(folder)), f"class-{label:04d}"


def _picture(number: int) -> bytes:
    """Noise of three scales, coarse ones stronger, tinted by ``number`` modulo 10: a JPEG of about 15 kB."""
    from PIL import Image

    rng = np.random.default_rng([0, number])
    pixels = np.zeros((SIDE, SIDE, 3), np.float32)
    for cells, strength in ((4, 0.5), (24, 0.3), (96, 0.2)):
        noise = Image.fromarray(rng.integers(0, 256, (cells, cells, 3), dtype=np.uint8))
        pixels += strength * np.asarray(noise.resize((SIDE, SIDE), Image.Resampling.BICUBIC), np.float32)
    tint = np.random.default_rng([2, number % 10]).normal(0, 12, 3)
    image = Image.fromarray(np.clip(pixels + tint.astype(np.float32), 0, 255).astype(np.uint8))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=88)
    return buffer.getvalue()


def _copies(arguments: argparse.Namespace, folder: Path, count: int, _: int) -> Iterator[tuple[str, str]]:
    """Photos repeated, each copy with a different comment after the start marker of the file."""
    photos = sorted(file for file in arguments.copies_of.rglob("*") if file.suffix.lower() in (".jpg", ".jpeg"))
    for number in range(count):
        photo, file = photos[number % len(photos)], folder / "copies" / f"{number // 1000:03d}" / f"{number:06d}.jpg"
        if not file.is_file():
            file.parent.mkdir(parents=True, exist_ok=True)
            content, comment = photo.read_bytes(), f"copy {number}".encode()
            segment = b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment
            file.write_bytes(content[:2] + segment + content[2:])
        yield str(file.relative_to(folder)), photo.parent.name


def _texts(_: argparse.Namespace, __: Path, count: int, classes: int) -> Iterator[tuple[str, str]]:
    """Sentences of 5 to 40 made-up words with Zipf frequencies, one of them specific to one of ten classes."""
    syllables = [c + v for c in "bdfgklmnprst" for v in "aeiou"]
    vocabulary = ["".join(np.random.default_rng([3, n]).choice(syllables, 1 + n % 3)) for n in range(8000)]
    chances = 1 / np.arange(10, len(vocabulary) + 10)
    chances /= chances.sum()
    for number in range(count):
        rng = np.random.default_rng([4, number])
        words = [vocabulary[place] for place in rng.choice(len(vocabulary), int(rng.integers(5, 40)), p=chances)]
        own = int(rng.integers(10))
        words.insert(int(rng.integers(len(words))), vocabulary[own])
        label = own if classes <= 10 else int(rng.integers(classes))  # the texts are the same for any number of classes
        yield " ".join(words), f"class-{label:04d}"


# --- runs


class Watched(NamedTuple):
    """Measurements of a process; bytes are peaks."""

    seconds: float
    processor: float
    """Processor seconds of all its threads, which other processes disturb less."""
    resident: float
    anonymous: float
    """The part that the system could not drop and read again from a file (sampled ten times a second)."""
    scratch: float
    """In its open unnamed files: decoded images."""
    printed: str


def watched(command: Sequence[str]) -> Watched:
    """Run ``command`` to its end; exit codes 0 and 1 are accepted (1: measured, with a finding)."""
    began, most, over = time.perf_counter(), {"anonymous": 0.0, "scratch": 0.0}, threading.Event()
    with subprocess.Popen(list(command), stdout=subprocess.PIPE, text=True) as process:
        looking = threading.Thread(target=_look, args=(process.pid, most, over))
        looking.start()
        assert process.stdout is not None
        printed = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        over.set()
        looking.join()
    if process.returncode not in (0, 1) or not printed.strip():
        sys.exit(f"{' '.join(command)}\nended with {process.returncode}")
    unit = 1 if sys.platform == "darwin" else 1024
    clock, processor = time.perf_counter() - began, usage.ru_utime + usage.ru_stime
    return Watched(clock, processor, usage.ru_maxrss * unit, most["anonymous"], most["scratch"], printed)


def _look(pid: int, most: dict[str, float], over: threading.Event) -> None:
    while not over.wait(0.1):
        with suppress(OSError, StopIteration):
            lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
            most["anonymous"] = max(
                most["anonymous"], 1024.0 * int(next(line for line in lines if line.startswith("RssAnon")).split()[1])
            )
            most["scratch"] = max(most["scratch"], sum(_nameless(link) for link in Path(f"/proc/{pid}/fd").iterdir()))


def _nameless(link: Path) -> float:
    with suppress(OSError):
        if str(link.readlink()).endswith("(deleted)"):
            return float(link.stat().st_blocks * 512)
    return 0.0


def _fit(arguments: argparse.Namespace, table: Path, *, store: Path) -> Row:
    """One run of ``ghep fit``: seconds by phase, and bytes."""
    run = arguments.out / "run"
    command = [sys.executable, "-m", "ghep", "fit", str(table), "--backbone", arguments.backbone, "--json"]
    command += ["--strategy", "linear_probe", "--out", str(run), "--overwrite", "--cache-dir", str(store)]
    command += ["--random-weights"] * arguments.random_weights
    seen = watched(command)
    found = json.loads(seen.printed)
    phases: Mapping[str, float] = found["cost"]["phases"]
    return {
        "fit: seconds": seen.seconds,
        "fit: processor seconds": seen.processor,
        **{f"fit: {phase}, s": seconds for phase, seconds in phases.items()},
        "fit: rest of the run, s": found["cost"]["seconds"] - sum(phases.values()),
        "fit: start-up and saving, s": seen.seconds - found["cost"]["seconds"],
        "fit: peak resident, MiB": seen.resident / MIB,
        "fit: peak anonymous, MiB": seen.anonymous / MIB,
        "fit: scratch file, MiB": seen.scratch / MIB,
        "fit: store, MiB": _size(store) / MIB,
        "fit: run folder, MiB": _size(run) / MIB,
        "fit: findings printed, MiB": len(seen.printed) / MIB,
    }


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _pass_row(arguments: argparse.Namespace, table: Path) -> Row:
    command = [sys.executable, __file__, arguments.kind, "--only-pass", str(table), "--backbone", arguments.backbone]
    command += ["--out", str(arguments.out), *["--random-weights"] * arguments.random_weights]
    seen = watched(command)
    found = json.loads(seen.printed)
    return {
        "pass: seconds": found["seconds"],
        "pass: processor seconds": found["processor"],
        "pass: peak resident, MiB": seen.resident / MIB,
        "pass: peak anonymous, MiB": seen.anonymous / MIB,
        "pass: store, MiB": found["store"] / MIB,
    }


def _bare_pass(arguments: argparse.Namespace) -> None:
    """From files not read before to features in a store."""
    from ghep.backbone.catalog import load_backbone
    from ghep.data.loading.batches import LabelledExamples
    from ghep.data.sources.tasks import source_from
    from ghep.data.text.loader import load_text
    from ghep.features.frozen import FrozenPart
    from ghep.features.store import ActivationStore

    backbone = load_backbone(arguments.backbone, random_weights=arguments.random_weights)
    preprocess, examples = backbone.preprocess, source_from(arguments.only_pass).examples
    folder = arguments.out / "pass"
    shutil.rmtree(folder, ignore_errors=True)
    store, began, before = ActivationStore(folder, limit_bytes=2**36), time.perf_counter(), time.process_time()
    texts: Any = preprocess.prepared_store(limit_bytes=0)
    for example in examples if arguments.kind == "texts" else ():
        texts.keep(example, load_text(example.raw))
    # An empty image store decodes each image on request.
    data = LabelledExamples(examples, {}, texts, preprocess, lengths=texts.lengths(examples))
    FrozenPart(backbone, store=store).activations(data, [len(backbone.blocks())])
    clock, processor = time.perf_counter() - began, time.process_time() - before
    print(json.dumps({"seconds": clock, "processor": processor, "store": store.bytes_used()}))


# --- more examples


def _grow_counts(arguments: argparse.Namespace) -> None:
    tables = {count: _table(arguments, count, 10) for count in arguments.counts}
    _fit(arguments, tables[arguments.counts[0]], store=arguments.out / "store")  # warm-up
    runs: list[tuple[int, Row]] = []
    for _ in range(arguments.rounds):
        for count, table in tables.items():
            store = arguments.out / "store"
            shutil.rmtree(store, ignore_errors=True)
            runs.append((count, {**_fit(arguments, table, store=store), **_pass_row(arguments, table)}))
            print(f"{count} examples: {runs[-1][1]['fit: seconds']:.1f} s", file=sys.stderr, flush=True)
    _write(arguments.out / f"{arguments.kind}-counts.csv", "examples", runs)
    _print_runs("examples", runs)
    _print_lines(runs)


class Line(NamedTuple):
    """value = intercept + slope * count, by least squares; ``at`` +- ``half`` is the value at ``TARGET``."""

    intercept: float
    slope: float
    at: float
    half: float
    """Half width of the 95 % prediction interval, by Student's t with n - 2 degrees of freedom."""


def line_through(counts: Sequence[float], values: Sequence[float], target: float = TARGET) -> Line:
    """Fit a line.

    >>> line_through([1, 2, 3], [3.0, 5.0, 7.0], 10)
    Line(intercept=1.0, slope=2.0, at=21.0, half=0.0)
    """
    from scipy import stats

    x, y = np.asarray(counts, float), np.asarray(values, float)
    spread = float(((x - x.mean()) ** 2).sum())
    slope = float(((x - x.mean()) * (y - y.mean())).sum() / spread)
    intercept = float(y.mean() - slope * x.mean())
    half, freedom = float("nan"), len(x) - 2
    if freedom > 0:
        noise = float(((y - intercept - slope * x) ** 2).sum() / freedom)
        reach = 1 + 1 / len(x) + (target - x.mean()) ** 2 / spread
        half = float(stats.t.ppf(0.975, freedom) * np.sqrt(noise * reach))
    return Line(intercept, slope, intercept + slope * target, half)


class Bend(NamedTuple):
    """Comparison of the slope between the last two numbers with that between the first two."""

    ratio: float
    """Ratio of the two slopes; NaN if the first is zero or negative."""
    sigmas: float
    """Difference in standard errors."""
    curved: float
    """Value at ``TARGET``, by the parabola through the medians."""


def bend_of(counts: Sequence[float], values: Sequence[float], noise: float) -> Bend | None:
    """Compare the slopes; ``noise`` is the smallest standard deviation assumed for a value, as a share of it.

    None with fewer than three numbers.
    """
    x, y = np.asarray(counts, float), np.asarray(values, float)
    places = np.unique(x)
    if len(places) < 3:
        return None
    groups = [y[x == place] for place in places]
    middle = np.array([np.median(group) for group in groups])
    error = np.array([max(noise * abs(np.mean(group)), np.std(group)) / np.sqrt(len(group)) for group in groups])
    first, last = places[1] - places[0], places[-1] - places[-2]
    slopes = (middle[1] - middle[0]) / first, (middle[-1] - middle[-2]) / last
    shares = np.zeros(len(places))  # weight of each median in the difference of the slopes
    for place, share in ((-1, 1 / last), (-2, -1 / last), (1, -1 / first), (0, 1 / first)):
        shares[place] += share
    sigmas = (slopes[1] - slopes[0]) / max(float(np.linalg.norm(shares * error)), 1e-12)
    curved = float(np.polyval(np.polyfit(places / TARGET, middle, 2), 1.0))  # scaled for numerical stability
    return Bend(slopes[1] / slopes[0] if slopes[0] > 0 else float("nan"), sigmas, curved)


def _print_lines(runs: Sequence[tuple[int, Row]]) -> None:
    counts, odd = [count for count, _ in runs], []
    print(f"\n| | at 0 | per 1,000 | at {TARGET:,} (95 %) | bend | growth |")
    print("|---|---:|---:|---:|---:|---|")
    for name in runs[0][1]:
        values = [row.get(name, 0.0) for _, row in runs]
        line, bend = line_through(counts, values), bend_of(counts, values, _noise(name))
        said = _verdict(name, values, bend, runs)
        odd += [name] if said.startswith("faster") else []
        print(
            f"| {name} | {line.intercept:.2f} | {1000 * line.slope:.3f} | {line.at:.0f} ({line.at - line.half:.0f} to "
            f"{line.at + line.half:.0f}) | {f'{bend.ratio:.2f}' if bend else ''} | {said} |"
        )
    print(f"\nNOT LINEAR: {'; '.join(odd)}." if odd else "\nNothing is seen to grow faster than linearly.")
    cores = [row["fit: processor seconds"] / row["fit: seconds"] for _, row in runs]
    if max(cores) > BUSY * min(cores):
        print(
            f"The machine was not quiet (runs got {min(cores):.2f} to {max(cores):.2f} cores): go by processor seconds."
        )
    if len(runs) <= 3:
        print("Three runs leave one degree of freedom: the intervals are wide for that. --rounds 2 narrows them.")
    if max(counts) < TARGET / 20:
        print(f"{max(counts):,} examples are too few to say what {TARGET:,} take.")


def _noise(name: str) -> float:
    """Relative noise of a single run on a machine with other load."""
    return 0.1 if _is_seconds(name) else 0.05


def _is_seconds(name: str) -> bool:
    return name.endswith((", s", "seconds"))


def _verdict(name: str, values: Sequence[float], bend: Bend | None, runs: Sequence[tuple[int, Row]]) -> str:
    whole = runs[-1][1]["fit: seconds" if _is_seconds(name) else "fit: peak resident, MiB"]
    if abs(values[-1] - values[0]) < SMALL * whole:
        return "adds little"
    if values[-1] < values[0]:
        return "does not grow"
    if bend is None:
        return "two numbers cannot tell"
    if np.isnan(bend.ratio):
        return "cannot tell: it falls first"
    if abs(bend.sigmas) < 2:
        return "no bend that noise could not make"
    if bend.sigmas > 0:
        return f"faster than linear: {bend.curved:.0f} at {TARGET:,} by a parabola"
    return "slower than linear"


# --- more classes


def _grow_classes(arguments: argparse.Namespace) -> None:
    """Whole runs on the same examples with other random labels; the store is full from the second on."""
    store = arguments.out / "store"
    shutil.rmtree(store, ignore_errors=True)
    runs = []
    for classes in arguments.classes:
        table = _table(arguments, arguments.count, classes)
        runs.append((classes, _fit(arguments, table, store=store)))
        print(f"{classes} classes: {runs[-1][1]['fit: seconds']:.1f} s", file=sys.stderr, flush=True)
    _write(arguments.out / f"{arguments.kind}-classes.csv", "classes", runs)
    _print_runs("classes", runs)


def _grow_rows(arguments: argparse.Namespace) -> None:
    runs = []
    for classes in arguments.classes or [10, 100, 1000]:
        row: Row = {}
        for labels in ([], ["--random-labels"]):
            command = [sys.executable, __file__, "rows", "--only-rows", str(classes), "--count", str(arguments.count)]
            seen = watched([*command, "--dim", str(arguments.dim), *labels])
            said = "random labels" if labels else "labels that can be learnt"
            row |= {f"{said}: {name}": value for name, value in json.loads(seen.printed).items()}
            row[f"{said}: peak resident, MiB"] = seen.resident / MIB
        runs.append((classes, row))
        print(f"{classes} classes", file=sys.stderr, flush=True)
    _write(arguments.out / "rows-classes.csv", "classes", runs)
    _print_runs("classes", runs)


def _rows(arguments: argparse.Namespace) -> None:
    """Solve and score a head on random features like a run: 70 % train, 15 % valid, 15 % test."""
    from ghep.features.probes import solve_head
    from ghep.metrics.calibration import fit_temperature
    from ghep.tasks.registry import task_for

    classes, count = arguments.only_rows, arguments.count
    features, targets = _features(count, arguments.dim, classes, random_labels=arguments.random_labels)
    train, valid, test = np.split(np.arange(count), [count * 70 // 100, count * 85 // 100])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    spent: Row = {}

    def timed(name: str, work: Callable[[], Any]) -> Any:
        began = time.perf_counter()
        result = work()
        spent[f"{name}, s"] = time.perf_counter() - began
        return result

    beside = (features[valid], targets[valid])
    head = timed("solve", lambda: solve_head(features[train], targets[train], classes, valid=beside))
    spent["strengths tried"] = len(head.valid_loss)
    spent["solve: more memory, MiB"] = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    task = task_for("label", tuple(f"{number:04d}" for number in range(classes)), rating=False)
    temperature = timed("temperature", lambda: fit_temperature(head(features[valid]), targets[valid]).temperature)
    probabilities = task.probabilities(head(features[test]), temperature)
    scores = timed("score test", lambda: task.score(targets[test], probabilities, seed=0))
    spent["accuracy"] = scores[0].value
    print(json.dumps(spent))


def _features(count: int, dim: int, classes: int, *, random_labels: bool) -> tuple[np.ndarray, np.ndarray]:
    """Features like real ones: non-negative, of very different scales; every class occurs."""
    rng = np.random.default_rng(0)
    targets = rng.permutation(np.arange(count) % classes)
    features = rng.standard_normal((count, dim), dtype=np.float32)
    if not random_labels:
        features += rng.normal(0, 0.25, (classes, dim)).astype(np.float32)[targets]
    np.maximum(features, 0, out=features)
    features *= np.exp(rng.normal(0, 1, dim)).astype(np.float32)
    return features, targets


# --- output


def _print_runs(of: str, runs: Sequence[tuple[int, Row]]) -> None:
    names = list(dict.fromkeys(name for _, row in runs for name in row))
    print(f"\n| {of} | {' | '.join(f'{number:,}' for number, _ in runs)} |")
    print("|---" + "|---:" * len(runs) + "|")
    for name in names:
        print(f"| {name} | {' | '.join(_short(row.get(name, float('nan'))) for _, row in runs)} |")


def _short(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.2f}"


def _write(file: Path, of: str, runs: Sequence[tuple[int, Row]]) -> None:
    names = list(dict.fromkeys(name for _, row in runs for name in row))
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow([of, *names])
        writer.writerows([number, *(row.get(name, "") for name in names)] for number, row in runs)
    print(file, file=sys.stderr)


if __name__ == "__main__":
    main()
