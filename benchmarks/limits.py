"""The machine's limits and ghep's share of them: matmul, decoding, memory; the lower bound of each job.

    scripts/bench limits DATA --backbone B [--random-weights] [--examples 1000] [--rounds 5]
    scripts/bench limits reviews.csv --backbone minilm --text text

Measurements alternate, so that other processes disturb all equally; a share is computed within one round, and the
median of the rounds is printed with the lowest and the highest. ``cores`` is processor seconds divided by wall seconds:
below the number of threads, other processes had the rest. The lower bound is the time if preparing the examples and
running the backbone each went at its limit: the longer of the two, if each had its own hardware, or their sum, as both
want the same cores here. There are two sorts of limit: the machine's (bare Pillow or tokenizers; the backbone's
arithmetic at the highest bfloat16 rate of any matrix product), and that of ghep's own parts, each alone.
"""

from __future__ import annotations

import argparse
import csv
import io
import os
import platform
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import cycle, islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from ghep.backbone.base import Backbone
from ghep.backbone.blocks import evaluating
from ghep.backbone.catalog import load_backbone
from ghep.data.check import prepare
from ghep.data.dataset import Source
from ghep.data.image.loader import image_bytes
from ghep.data.loading.batches import LabelledExamples, batches_in_order
from ghep.data.loading.padded import Inputs
from ghep.data.sources.tasks import source_from
from ghep.data.text.loader import load_text
from ghep.features.engines.engine import UnavailableError
from ghep.features.engines.openvino import CHUNK, _import_without_telemetry
from ghep.features.frozen import BATCH, Engines, FrozenPart
from ghep.types import Example

SQUARES = (512, 1024, 2048, 4096)
LARGEST_SHAPES = 3
FLOPS_AT_ONCE = 1e10
"""Operations in one timing of a product: 20 ms at 500 GFLOP/s."""
TRIAD_ELEMENTS = 2**25
"""Elements of each of three float32 vectors: 128 MiB, several times the cache."""
PIXEL_BYTES = 8 * 2**30
HELD = 4
"""Batches of images for the backbone alone, used in rotation: more than a cache holds."""


class Work(NamedTuple):
    """One measurement: a run of it does ``amount`` of ``unit`` without its "/s"."""

    run: Callable[[], object]
    amount: float
    unit: str


@dataclass(frozen=True)
class Timed:
    """Its rounds."""

    work: Work
    seconds: np.ndarray
    processor: np.ndarray

    @property
    def rates(self) -> np.ndarray:
        return self.work.amount / self.seconds


@dataclass(frozen=True)
class Case:
    """The examples, and the backbone they are run through."""

    backbone: Backbone
    source: Source
    examples: tuple[Example, ...]
    part: FrozenPart
    threads: int

    @property
    def things(self) -> str:
        return "images" if self.source.modality == "image" else "texts"


def main() -> None:
    arguments = _arguments()
    torch.set_num_threads(arguments.threads)
    case = _case(arguments)
    data = _opened(case)
    choice = case.part.engine_for(data, _last(case.backbone), exact=False, images=arguments.job or len(data))
    batches = list(islice(batches_in_order(data, batch_size=BATCH), HELD if case.things == "images" else None))
    shapes, dense = _dense_shapes(case.backbone, batches[len(batches) // 2].inputs[:CHUNK])
    flops = _flops(case.backbone, data)
    print(
        f"{platform.processor() or platform.machine()}, {_processor()}, {os.cpu_count()} cores, {case.threads} threads"
    )
    print(f"torch {torch.__version__}, {Path(arguments.backbone).name}, {choice.engine.identity}")
    print(f"{len(data)} {case.things} of {case.source.name}, {arguments.rounds} rounds\n")
    preparing, limit = _preparing_pictures(case) if case.things == "images" else _preparing_texts(case)
    works = {
        **_products(SQUARES, shapes.most_common(LARGEST_SHAPES)),
        **_memory(case.threads),
        **preparing,
        "inputs, 1 worker": Work(lambda: _exhaust(_opened(case), 1), len(data), f"{case.things}/s"),
        "inputs, 2 workers": Work(lambda: _exhaust(_opened(case), 2), len(data), f"{case.things}/s"),
        "backbone alone": _trunk(choice.engine, [batch.inputs for batch in batches], len(data), case.things),
        "feature pass": Work(lambda: _pass(case, _opened(case)), len(data), f"{case.things}/s"),
        "read and check, then pass": Work(lambda: _as_fit_does(case), len(data), f"{case.things}/s"),
    }
    found = in_turns(works, arguments.rounds)
    rows = [*_rates(found), *_arithmetic(found, flops, dense, choice.engine.exact)]
    floors = _floors(found, limit, flops)
    _print_rates(rows)
    _print_floors(floors, found, case)
    _write(arguments.out, rows, floors)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench limits", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data")
    parser.add_argument("--backbone", default="seedling")
    parser.add_argument("--random-weights", action="store_true", help="as fast as pretrained ones")
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--examples", type=int, default=1000, help="of train, evenly spaced; at most")
    parser.add_argument("--job", type=int, help="examples for which the engine is chosen; as many as there are")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--text", help="column of texts")
    parser.add_argument("--label", help="column of labels")
    parser.add_argument("--out", type=Path, default=Path("build") / "bench" / "limits.csv")
    return parser.parse_args()


def _case(arguments: argparse.Namespace) -> Case:
    labels = [arguments.label] if arguments.label else []
    source = source_from(arguments.data, text_column=arguments.text, label_columns=labels)
    train = [one for one in source.examples if source.splits.get(one.id, "train") == "train"]
    places = np.unique(np.linspace(0, len(train) - 1, min(len(train), arguments.examples)).astype(int))
    examples = tuple(train[place] for place in places)
    backbone = load_backbone(arguments.backbone, random_weights=arguments.random_weights).eval()
    source = replace(source, examples=examples, splits={})
    part = FrozenPart(backbone, engines=Engines(arguments.engine))
    return Case(backbone, source, examples, part, arguments.threads)


# --- measurements


def in_turns(works: Mapping[str, Work], rounds: int) -> dict[str, Timed]:
    """Run everything once to warm up, then ``rounds`` times, alternating."""
    for work in works.values():
        work.run()
    clock = {name: np.zeros(rounds) for name in works}
    processor = {name: np.zeros(rounds) for name in works}
    for turn in range(rounds):
        for name, work in works.items():
            began = time.perf_counter(), time.process_time()
            work.run()
            clock[name][turn] = time.perf_counter() - began[0]
            processor[name][turn] = time.process_time() - began[1]
    return {name: Timed(work, clock[name], processor[name]) for name, work in works.items()}


Shape = tuple[int, int, int]
"""Rows, inner and outer size of a matrix product."""


def _products(squares: Sequence[int], shapes: Sequence[tuple[Shape, float]]) -> dict[str, Work]:
    """Matrix products in each number format, of square matrices and of the backbone's largest layers."""
    named: dict[str, Shape] = {f"{size} x {size}": (size, size, size) for size in squares}
    named |= {f"layer {m} x {k} x {n}": (m, k, n) for (m, k, n), _ in shapes}
    makers: dict[str, Callable[[Shape], Callable[[], object]]] = {
        "float32, torch": lambda shape: _torch_product(shape, torch.float32),
        "bfloat16, torch": lambda shape: _torch_product(shape, torch.bfloat16),
        "bfloat16, openvino": _openvino_product,
    }
    works = {}
    for kind, make in makers.items():
        for name, shape in named.items():
            try:
                once, flops = make(shape), 2 * int(np.prod(shape))
            except UnavailableError as error:
                print(f"no matmul {kind}: {error}")
                break
            times = max(1, round(FLOPS_AT_ONCE / flops))
            works[f"matmul {kind}, {name}"] = Work(_repeated(once, times), times * flops / 1e9, "GFLOP/s")
    return works


def _repeated(once: Callable[[], object], times: int) -> Callable[[], None]:
    def run() -> None:
        for _ in range(times):
            once()

    return run


def _torch_product(shape: Shape, dtype: torch.dtype) -> Callable[[], object]:
    rows, inner, outer = shape
    left, right = torch.randn(rows, inner, dtype=dtype), torch.randn(inner, outer, dtype=dtype)
    out = torch.empty(rows, outer, dtype=dtype)
    return lambda: torch.mm(left, right, out=out)


def _openvino_product(shape: Shape) -> Callable[[], object]:
    """A product with constant weights, like a compiled layer."""
    runtime = _import_without_telemetry()
    rows, inner, outer = shape
    core = runtime.Core()
    if "BF16" not in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        raise UnavailableError("this processor has no bfloat16 arithmetic")
    rng = np.random.default_rng(0)
    left = runtime.opset13.parameter([rows, inner], np.float32)
    weights = runtime.opset13.constant(rng.standard_normal((inner, outer), dtype=np.float32))
    model = runtime.Model([runtime.opset13.matmul(left, weights, False, False)], [left])
    settings = {
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_PRECISION_HINT": "bf16",
        "INFERENCE_NUM_THREADS": torch.get_num_threads(),
    }
    compiled = core.compile_model(model, "CPU", settings)
    given = rng.standard_normal((rows, inner), dtype=np.float32)
    return lambda: compiled([given], share_inputs=True, share_outputs=True)


def _memory(threads: int) -> dict[str, Work]:
    """``a = b + scalar * c``, two vectors read and one written (McCalpin's STREAM counts these bytes)."""
    a, b, c = (torch.ones(TRIAD_ELEMENTS) for _ in range(3))

    def triad(count: int) -> None:
        torch.set_num_threads(count)
        torch.add(b, c, alpha=3.0, out=a)
        torch.set_num_threads(threads)

    gigabytes = 3 * 4 * TRIAD_ELEMENTS / 1e9
    return {
        f"memory triad, {count} thread{'s' * (count > 1)}": Work(lambda count=count: triad(count), gigabytes, "GB/s")  # type: ignore[misc]
        for count in sorted({1, threads})
    }


def _preparing_pictures(case: Case) -> tuple[dict[str, Work], str]:
    """Decoding alone, then with ghep's additions, from bytes in memory; and which of these is the limit."""
    files = [image_bytes(example.raw) for example in case.examples]  # type: ignore[arg-type]
    preprocess: Any = case.backbone.preprocess

    def decode(data: bytes, reduced: bool) -> Image.Image:
        image = Image.open(io.BytesIO(data))
        if reduced and preprocess.at_least is not None:
            image.draft(None, (preprocess.at_least, preprocess.at_least))
        image.load()
        return image

    ways: dict[str, tuple[Callable[[bytes], object], int]] = {
        "decode, full size, 1 worker": (lambda data: decode(data, False), 1),
        "decode, full size, 2 workers": (lambda data: decode(data, False), 2),
        "decode, reduced, 1 worker": (lambda data: decode(data, True), 1),
        "decode, reduced, 2 workers": (lambda data: decode(data, True), 2),
        "decode, reduced, and resize, 2 workers": (lambda data: preprocess.prepare(decode(data, True)), 2),
        "the same with ghep's checks, 2 workers": (preprocess.decode, 2),
    }
    works = {
        name: Work(lambda each=each, workers=workers: _by_workers(each, files, workers), len(files), "images/s")  # type: ignore[misc]
        for name, (each, workers) in ways.items()
    }
    return works, "decode, reduced, 2 workers"


def _by_workers(each: Callable[[bytes], object], files: Sequence[bytes], workers: int) -> None:
    with ThreadPoolExecutor(workers) as pool:
        for _ in pool.map(each, files):
            pass


def _preparing_texts(case: Case) -> tuple[dict[str, Work], str]:
    """Tokenising alone; and which of these is the limit."""
    texts = [load_text(example.raw) for example in case.examples]
    preprocess: Any = case.backbone.preprocess

    def tokenise(parallel: bool) -> None:
        os.environ["TOKENIZERS_PARALLELISM"] = str(parallel).lower()
        preprocess.encode(texts)
        os.environ["TOKENIZERS_PARALLELISM"] = "true"

    works = {
        "tokenise, 1 thread": Work(lambda: tokenise(False), len(texts), "texts/s"),
        "tokenise, all threads": Work(lambda: tokenise(True), len(texts), "texts/s"),
    }
    return works, "tokenise, all threads"


def _opened(case: Case) -> LabelledExamples:
    """Images decoded on request; tokenised texts."""
    preprocess = case.backbone.preprocess
    if case.things == "images":
        return LabelledExamples(case.examples, {}, lambda example: preprocess.decode(example.raw), preprocess)
    store: Any = preprocess.prepared_store(limit_bytes=PIXEL_BYTES)
    for example in case.examples:
        store.keep(example, load_text(example.raw))
    return LabelledExamples(case.examples, {}, store, preprocess, lengths=store.lengths(case.examples))


def _exhaust(data: LabelledExamples, workers: int) -> None:
    for _ in batches_in_order(data, batch_size=BATCH, workers=workers):
        pass


def _trunk(engine: Callable[[Inputs], object], held: Sequence[Inputs], count: int, things: str) -> Work:
    """The engine on inputs in memory: as many as there are examples, from few batches."""
    batches = list(held) if things == "texts" else list(islice(cycle(held), -(-count // BATCH)))

    def run() -> None:
        for inputs in batches:
            engine(inputs)

    return Work(run, sum(len(inputs) for inputs in batches), f"{things}/s")


def _pass(case: Case, data: LabelledExamples) -> None:
    fresh = case.part.in_memory()
    fresh._chosen = case.part._chosen
    fresh.activations(data, _last(case.backbone))


def _as_fit_does(case: Case) -> None:
    """The phases read and extract of ``ghep fit``, from files to features, without its report of vocabularies."""
    preprocess = case.backbone.preprocess
    store: Any = preprocess.prepared_store(limit_bytes=PIXEL_BYTES)
    dataset = prepare(case.source, keep=store)
    kept = tuple(example for split in (dataset.train, dataset.valid, dataset.test) for example in split)
    _pass(case, LabelledExamples(kept, {}, store, preprocess, dataset.digests, store.lengths(kept)))


def _last(backbone: Backbone) -> tuple[int]:
    return (len(backbone.blocks()),)


# --- work of the backbone


def _flops(backbone: Backbone, data: LabelledExamples) -> float:
    """Per example, by PyTorch's counter: a multiplication and an addition are two; mean of several, without padding."""
    places = np.unique(np.linspace(0, len(data) - 1, 1 if data.lengths is None else 64).astype(int))
    with FlopCounterMode(display=False) as counter, torch.no_grad(), evaluating(backbone):
        for batch in batches_in_order(data, batch_size=1, places=places):
            backbone(batch.inputs)
    return counter.get_total_flops() / len(places)


def _dense_shapes(backbone: Backbone, inputs: Inputs) -> tuple[Counter[Shape], float]:
    """FLOPs by the matrix product of a layer, and their share of all; depthwise convolutions and attention are not
    included.
    """
    found: Counter[Shape] = Counter()

    def watch(module: nn.Module, _: Any, out: torch.Tensor) -> None:
        weight: Any = module.weight
        outer = len(weight)
        shape = (out.numel() // outer, weight.numel() // outer, outer)
        found[shape] += 2 * shape[0] * shape[1] * shape[2]

    layers = [
        layer
        for layer in backbone.modules()
        if isinstance(layer, nn.Linear) or (isinstance(layer, nn.Conv2d) and layer.groups == 1)
    ]
    hooks = [layer.register_forward_hook(watch) for layer in layers]
    with FlopCounterMode(display=False) as counter, torch.no_grad(), evaluating(backbone):
        backbone(inputs)
    for hook in hooks:
        hook.remove()
    return found, found.total() / counter.get_total_flops()


# --- derived numbers


class Row(NamedTuple):
    """A line of the first table: median, lowest and highest of the rounds."""

    quantity: str
    middle: float
    low: float
    high: float
    unit: str
    cores: float


def _rates(found: Mapping[str, Timed]) -> list[Row]:
    return [
        Row(name, *_spread(one.rates), one.work.unit, float(np.median(one.processor / one.seconds)))
        for name, one in found.items()
    ]


def _arithmetic(found: Mapping[str, Timed], flops: float, dense: float, exact: bool) -> list[Row]:
    """The backbone's throughput as arithmetic, and compared with the peaks."""
    alone = found["backbone alone"].rates * flops / 1e9
    half, single = peak(found, "bfloat16"), peak(found, "float32")
    bandwidth = max(float(one.rates.max()) for name, one in found.items() if name.startswith("memory"))
    nan = float("nan")
    return [
        Row("backbone, arithmetic of one example", *[flops / 1e9] * 3, "GFLOP", nan),
        Row("of it in dense layers", *[100 * dense] * 3, "%", nan),
        Row("backbone alone", *_spread(alone), "GFLOP/s", nan),
        Row("backbone alone of the bfloat16 peak", *_spread(100 * alone / half), "%", nan),
        Row("backbone alone of the float32 peak", *_spread(100 * alone / single), "%" + " (exact engine)" * exact, nan),
        Row("bfloat16 peak by memory bandwidth", *[half / bandwidth] * 3, "FLOP a byte", nan),
    ]


def peak(found: Mapping[str, Timed], dtype: str) -> float:
    """GFLOP/s of the fastest round of any matrix product in ``dtype``, so that load does not raise the shares."""
    rates = [float(one.rates.max()) for name, one in found.items() if name.startswith(f"matmul {dtype}")]
    return max(rates, default=float("nan"))


def _floors(found: Mapping[str, Timed], limit: str, flops: float) -> dict[str, np.ndarray]:
    """Floor -> seconds (rounds,) for all of the examples."""
    trunk = found["backbone alone"]
    count = found["feature pass"].work.amount
    at_peak = np.full_like(trunk.seconds, flops * count / 1e9 / peak(found, "bfloat16"))
    decode, inputs = found[limit].seconds, found["inputs, 2 workers"].seconds
    alone = trunk.seconds * count / trunk.work.amount
    return {
        limit: decode,
        "backbone's arithmetic at the bfloat16 peak": at_peak,
        "(a) the machine's limits, the longer of the two": np.maximum(decode, at_peak),
        "(b) the machine's limits, their sum": decode + at_peak,
        "ghep's inputs alone, 2 workers": inputs,
        "ghep's backbone alone": alone,
        "(a) ghep's parts, the longer of the two": np.maximum(inputs, alone),
        "(b) ghep's parts, their sum": inputs + alone,
    }


JOBS = ("feature pass", "read and check, then pass")


def _spread(values: np.ndarray) -> tuple[float, float, float]:
    return float(np.median(values)), float(values.min()), float(values.max())


def _print_rates(rows: Sequence[Row]) -> None:
    print("| quantity | middle | lowest | highest | unit | cores |")
    print("|---|---:|---:|---:|---|---:|")
    for row in rows:
        numbers = " | ".join(f"{value:.4g}" for value in (row.middle, row.low, row.high))
        print(f"| {row.quantity} | {numbers} | {row.unit} | {'' if np.isnan(row.cores) else f'{row.cores:.2f}'} |")


def _print_floors(floors: Mapping[str, np.ndarray], found: Mapping[str, Timed], case: Case) -> None:
    print(f"\n| floor for {len(case.examples)} {case.things} | seconds | {' | '.join(f'of {job}' for job in JOBS)} |")
    print("|---" + "|---:" * (1 + len(JOBS)) + "|")
    for name, seconds in floors.items():
        shares = [_in_words(100 * seconds / found[job].seconds, " %") for job in JOBS] if name[0] == "(" else [""] * 2
        print(f"| {name} | {_in_words(seconds)} | {' | '.join(shares)} |")
    for job in JOBS:
        print(f"| {job}, measured | {_in_words(found[job].seconds)} |{' |' * len(JOBS)}")


def _in_words(values: np.ndarray, unit: str = "") -> str:
    middle, low, high = _spread(values)
    return f"{middle:.3g}{unit} ({low:.3g} to {high:.3g})"


def _write(file: Path, rows: Sequence[Row], floors: Mapping[str, np.ndarray]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(Row._fields)
        writer.writerows(rows)
        writer.writerows(Row(f"floor: {name}", *_spread(values), "s", float("nan")) for name, values in floors.items())
    print(f"\n{file}")


def _processor() -> str:
    """Name of the processor as the kernel reports it, if it does."""
    file = Path("/proc/cpuinfo")
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines() if file.is_file() else []
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "processor unknown")


if __name__ == "__main__":
    main()
