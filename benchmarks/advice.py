"""Was the advice right? Fine-tune everything that could have been advised, and see what following it would have lost.

    scripts/bench advice --images DATA [DATA ...] --texts DATA[@LABEL] [...] --weights FOLDER
                         [--random FILE] [--out build/bench/advice] [--only-judge]

First the linear probe of every data set of --images with every weight file in FOLDER and seedling, of --texts with
minilm. Then light, lp_ft and full of the backbone whose probe is best on valid, for each data set; then of the second,
and so on, full for the first three only. One line of runs.csv a run; a benchmark that was cut off goes on where it was.
Large data are cut down to a stratified draw (--train, --test); where a data set has no test split, its valid split is
kept for testing and another one is set aside from train.

Then the advice is asked for each data set, which never sees the test split, and judged on it: how well each score
orders the backbones (weighted Kendall's tau), and the regret of what was advised: the best accuracy on test among all
runs minus that of the advised one, beside that of rules that need no advice. The best of many runs is best by luck too,
so regret is never quite 0. Thresholds are chosen on the other data sets (leave one out). Writes track_record.json.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

import ghep
from ghep.advice.sample import stratified
from ghep.data.dataset import Source
from ghep.data.sources import read

TUNED = ("light", "lp_ft")
BEST = 3
"""Backbones that are fine-tuned in full too."""
RANDOM = "random weights"


@dataclass(frozen=True)
class Row:
    """One run."""

    data: str
    modality: str
    backbone: str
    strategy: str
    n_train: int
    n_valid: int
    n_test: int
    classes: int
    majority: float
    valid: float
    test: float
    low: float
    high: float
    seconds: float
    trained: int

    @property
    def cell(self) -> tuple[str, str, str]:
        return self.data, self.backbone, self.strategy


KINDS = {field.name: {"str": str, "int": int, "float": float}[str(field.type)] for field in fields(Row)}


def main() -> None:
    arguments = _arguments()
    arguments.out.mkdir(parents=True, exist_ok=True)
    if not arguments.only_judge:
        _measure(arguments)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/bench advice", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--images", nargs="*", default=[], help="DATA, or DATA@LABEL to name the column")
    parser.add_argument("--texts", nargs="*", default=[], help="the same")
    parser.add_argument("--weights", type=Path, help="folder of weight files, each with its json")
    parser.add_argument("--random", help="one of them whose architecture is also tried with random weights")
    parser.add_argument("--train", type=int, default=600, help="examples drawn of train, at most")
    parser.add_argument("--test", type=int, default=600)
    parser.add_argument("--full-seconds", type=float, default=120, help="of training, for full")
    parser.add_argument("--out", type=Path, default=Path("build") / "bench" / "advice")
    parser.add_argument("--only-judge", action="store_true", help="run nothing: judge the runs there are")
    return parser.parse_args()


def _measure(arguments: argparse.Namespace) -> None:
    """Do what runs.csv lacks, in order."""
    file = arguments.out / "runs.csv"
    rows = _read(file)
    weights = sorted(arguments.weights.glob("*.safetensors")) if arguments.weights else []
    sources = [_source(data, arguments) for data in (*arguments.images, *arguments.texts)]
    for source in sources:
        images = [*map(str, weights), "seedling", *[RANDOM] * bool(arguments.random)]
        for backbone in images if source.modality == "image" else ["minilm"]:
            _run(source, backbone, "linear_probe", rows, arguments)
    for source, backbone, strategy in _fine_tuned(sources, rows):
        _run(source, backbone, strategy, rows, arguments)
    print(f"{len(rows)} runs in {file}", file=sys.stderr)


def _fine_tuned(sources: Sequence[Source], rows: Sequence[Row]) -> Iterator[tuple[Source, str, str]]:
    """Yield what comes after the probes: the best backbone of each data set, then the second of each, and so on."""
    ranked = {
        source.name: [
            row.backbone
            for row in sorted(rows, key=lambda row: -row.valid)
            if (row.data, row.strategy) == (source.name, "linear_probe") and row.backbone != RANDOM
        ]
        for source in sources
    }
    for place in range(max(map(len, ranked.values()), default=0)):
        for source in sources:
            for strategy in (*TUNED, *["full"] * (place < BEST)):
                if place < len(ranked[source.name]):
                    yield source, ranked[source.name][place], strategy


def _run(source: Source, backbone: str, strategy: str, rows: list[Row], arguments: argparse.Namespace) -> None:
    name = Path(backbone).name.removesuffix(".safetensors")
    if (source.name, name, strategy) in {row.cell for row in rows}:
        return
    began = time.perf_counter()
    files = {file.stem: str(file) for file in arguments.weights.glob("*.safetensors")} if arguments.weights else {}
    run = ghep.fit(
        source,
        backbone=arguments.random if backbone == RANDOM else files.get(backbone, backbone),
        random_weights=backbone == RANDOM,
        strategy=strategy,
        time_limit=arguments.full_seconds if strategy == "full" else None,
        out=arguments.out / "run",
        overwrite=True,
        cache_dir=arguments.out / "store",
        checkpoint_seconds=3600,
        control=False,
    )
    test, valid = run.result("test"), run.result("valid")
    score = test.score("accuracy")
    assert score.interval is not None
    row = Row(
        source.name,
        source.modality,
        name,
        strategy,
        len(source.examples) - len(valid.targets) - len(test.targets),
        len(valid.targets),
        len(test.targets),
        test.probabilities.shape[1],
        test.majority,
        valid.score("accuracy").value,
        score.value,
        score.interval.low,
        score.interval.high,
        round(time.perf_counter() - began, 1),
        run.cost.trained_parameters,
    )
    rows.append(row)
    _append(row, arguments.out / "runs.csv")
    print(f"{row.data:<14} {row.backbone:<26} {row.strategy:<13} {score} {row.seconds:.0f} s", flush=True)


def _source(data: str, arguments: argparse.Namespace) -> Source:
    """Read and draw; what is drawn depends on the data alone."""
    location, _, label = data.partition("@")
    source = read(location, **({"label_columns": [label]} if label else {}))
    splits = dict(source.splits)
    if "test" not in splits.values():
        splits = {id_: "test" if split == "valid" else split for id_, split in splits.items()}
    parts = {
        split: [example for example in source.examples if splits.get(example.id) == split]
        for split in ("train", "valid", "test")
    }
    train = stratified(parts["train"], arguments.train - (len(parts["valid"]) > 0) * arguments.train // 5)
    drawn = (*train, *stratified(parts["valid"], arguments.train // 5), *stratified(parts["test"], arguments.test))
    return replace(source, examples=drawn, splits={example.id: splits[example.id] for example in drawn}, findings=())


def _read(file: Path) -> list[Row]:
    if not file.is_file():
        return []
    with file.open(encoding="utf-8", newline="") as lines:
        return [Row(**{name: kind(row[name]) for name, kind in KINDS.items()}) for row in csv.DictReader(lines)]


def _append(row: Row, file: Path) -> None:
    new = not file.is_file()
    with file.open("a", encoding="utf-8", newline="") as lines:
        table = csv.DictWriter(lines, list(KINDS))
        if new:
            table.writeheader()
        table.writerow(asdict(row))


if __name__ == "__main__":
    main()
