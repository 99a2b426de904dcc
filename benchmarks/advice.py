"""Regret of the advice: fine-tune everything that could have been advised and measure the loss of following it.

    scripts/bench advice --images DATA [DATA ...] --texts DATA[@LABEL] [...] --weights FOLDER
                         [--random FILE] [--out build/bench/advice] [--only-judge]

First it solves the linear probe of every data set of --images with every weight file in FOLDER and seedling, of --texts
with minilm, and computes the advice for each (advice/*.json), which never uses the test split. Then it trains lp_ft,
light and full on the advised backbone of each data set, then on the second one, and so on; full only on the first ones
(--full-of). One line of runs.csv per run; an interrupted benchmark continues where it stopped. Large data are cut down
to a stratified draw (--train, --test); where a data set has no test split, its valid split is kept for testing and a
new one is split off train.

Then the advice is judged: how well each score orders the backbones (weighted Kendall's tau), and, for data sets with
all runs of the advised backbone, the regret: the best test accuracy of all runs minus that of the advised one, compared
with rules that need no advice. The best of many runs is best by luck too, so regret is never quite 0. The rules judged
on a data set were chosen on the others (leave one out). Writes track_record.json and advice.md.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import weightedtau

import ghep
from ghep.advice.advise import advise
from ghep.advice.rules import Case, Rules, rule
from ghep.advice.sample import stratified
from ghep.data.dataset import Source
from ghep.data.sources import read
from ghep.experiment.record import environment
from ghep.storage.text import write_json_atomic

TUNED = ("lp_ft", "light")
RANDOM = "random weights"
STRATEGIES = ("linear_probe", *TUNED, "full")
SCORES = {"probe": "probe", "LogME": "log_me", "H-score": "h_score", "k-NN": "knn", "LEEP": "leep", "NCE": "nce"}
LINES = {
    "many_per_class": (10, 15, 20, 30, 50, 75, 100, 150, 250, 400, float("inf")),
    "near": (0.0, 0.3, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 1.1),
    "gain": (0.0, 0.3, 0.5, 0.7),
}
"""Candidate thresholds of the table."""
CELLS = {
    ("few", "near"): ("linear_probe", "lp_ft"),
    ("few", "far"): ("light", "lp_ft", "linear_probe"),
    ("many", "near"): ("lp_ft", "full", "linear_probe"),
    ("many", "far"): ("full", "lp_ft", "light"),
}
WRITTEN = Rules(
    many_per_class=100,
    near=0.9,
    gain=0.5,
    cells={
        ("few", "near"): "linear_probe",
        ("few", "far"): "light",
        ("many", "near"): "lp_ft",
        ("many", "far"): "full",
    },
)
"""The table as written before any measurement."""
PRICE = 0.001
"""Mean accuracy that each departure from them must gain: a few data sets prove little."""


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
    _judge(arguments)


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
    parser.add_argument(
        "--full-of", type=int, default=3, help="backbones a data set, the best first, that full is run of"
    )
    parser.add_argument("--full-seconds", type=float, default=120, help="of training, for full")
    parser.add_argument("--out", type=Path, default=Path("build") / "bench" / "advice")
    parser.add_argument("--only-judge", action="store_true", help="train nothing: judge by the runs there are")
    return parser.parse_args()


def _files(arguments: argparse.Namespace) -> dict[str, str]:
    """Return name in tables -> argument of fit."""
    files = sorted(arguments.weights.glob("*.safetensors")) if arguments.weights else []
    return {file.name.removesuffix(".safetensors"): str(file) for file in files}


def _measure(arguments: argparse.Namespace) -> None:
    """Make the runs missing from runs.csv, in order."""
    file = arguments.out / "runs.csv"
    rows = _read(file)
    sources = [_source(data, arguments) for data in (*arguments.images, *arguments.texts)]
    for source in sources:
        images = [*_files(arguments), "seedling", *[RANDOM] * bool(arguments.random)]
        for backbone in images if source.modality == "image" else ["minilm"]:
            _run(source, backbone, "linear_probe", rows, arguments)
    ranked = {source.name: [one["name"] for one in _asked(source, arguments)["candidates"]] for source in sources}
    for source, backbone, strategy in _fine_tuned(sources, ranked, arguments.full_of):
        _run(source, backbone, strategy, rows, arguments)
    print(f"{len(rows)} runs in {file}", file=sys.stderr)


def _asked(source: Source, arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the advice on ``source`` as JSON, computed once."""
    file = arguments.out / "advice" / f"{source.name}.json"
    if not file.is_file():
        named = list(_files(arguments).values()) if source.modality == "image" else []
        advice = advise(source, backbones=named, cache_dir=arguments.out / "store")
        file.parent.mkdir(exist_ok=True)
        write_json_atomic(file, advice.to_json())
        print(f"{source.name:<14} {advice.candidates[0].name:<26} advised, {advice.seconds:.0f} s", flush=True)
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def _fine_tuned(
    sources: Sequence[Source], ranked: Mapping[str, Sequence[str]], full_of: int
) -> Iterator[tuple[Source, str, str]]:
    """Yield the runs after the probes: the advised backbone of each data set, then the second of each, and so on."""
    for place in range(max(map(len, ranked.values()), default=0)):
        for strategy in (*TUNED, *["full"] * (place < full_of)):
            for source in sources:
                if place < len(ranked[source.name]):
                    yield source, ranked[source.name][place], strategy


def _run(source: Source, backbone: str, strategy: str, rows: list[Row], arguments: argparse.Namespace) -> None:
    if (source.name, backbone, strategy) in {row.cell for row in rows}:
        return
    began = time.perf_counter()
    run = ghep.fit(
        source,
        backbone=arguments.random if backbone == RANDOM else _files(arguments).get(backbone, backbone),
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
        backbone,
        strategy,
        len(source.examples) - len(valid.targets) - len(test.targets),
        len(valid.targets),
        len(test.targets),
        test.predictions.shape[1],
        test.constant,
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
    """Read and draw; the draw depends only on the data."""
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


@dataclass(frozen=True)
class Judged:
    """The advice for one data set, and the result of every run on it."""

    data: str
    backbone: str
    """The advised one."""
    case: Case
    candidates: Sequence[Mapping[str, Any]]
    """All of them, as JSON."""
    cells: Mapping[tuple[str, str], Row]
    """(backbone, strategy) -> the run; without random weights."""

    @property
    def best(self) -> Row:
        return max(self.cells.values(), key=lambda row: row.test)

    def regret(self, backbone: str, strategy: str) -> float:
        """NaN if not tried."""
        row = self.cells.get((backbone, strategy))
        return float("nan") if row is None else self.best.test - row.test


def _judge(arguments: argparse.Namespace) -> None:
    asked = [_judged(_source(data, arguments), arguments) for data in (*arguments.images, *arguments.texts)]
    judged = [one for one in asked if all((one.backbone, strategy) in one.cells for strategy in STRATEGIES)]
    if not judged:
        sys.exit("no data set has all runs of the backbone that was advised: let it run on, without --only-judge")
    every = sorted(_every_rules(), key=lambda rules: _departures(rules, WRITTEN))
    regrets = np.array(
        [[one.regret(one.backbone, rule(one.case, rules).strategy) for one in judged] for rules in every]
    )
    price = PRICE * np.array([_departures(rules, WRITTEN) for rules in every])
    others = (regrets.sum(1, keepdims=True) - regrets) / max(len(judged) - 1, 1)  # mean over the other data sets
    left_out = [every[place] for place in (others + price[:, None]).argmin(0)]
    chosen = every[int((regrets.mean(1) + price).argmin())]
    record = _record(judged, left_out, chosen, arguments)
    write_json_atomic(arguments.out / "track_record.json", record)
    text = "\n".join(
        (*_taus(asked), "", *_regrets(judged, record, _usual(arguments)), "", f"Rules chosen on all data: {chosen}", "")
    )
    (arguments.out / "advice.md").write_text(text, encoding="utf-8")
    print(text)


def _usual(arguments: argparse.Namespace) -> str:
    """Return the default choice without advice: the backbone that --random names."""
    return Path(arguments.random or "").name.removesuffix(".safetensors")


def _judged(source: Source, arguments: argparse.Namespace) -> Judged:
    rows, asked = _read(arguments.out / "runs.csv"), _asked(source, arguments)
    candidates = asked["candidates"]
    cells = {(row.backbone, row.strategy): row for row in rows if row.data == source.name and row.backbone != RANDOM}
    case = Case(**{field.name: asked["case"][field.name] for field in fields(Case)})
    return Judged(source.name, candidates[0]["name"], case, candidates, cells)


def _every_rules() -> Iterator[Rules]:
    for lines in itertools.product(*LINES.values()):
        for strategies in itertools.product(*CELLS.values()):
            yield Rules(*lines, cells=dict(zip(CELLS, strategies, strict=True)))


def _departures(rules: Rules, written: Rules) -> int:
    lines = sum(getattr(rules, name) != getattr(written, name) for name in LINES)
    return lines + sum(rules.cells[cell] != written.cells[cell] for cell in CELLS)


def _record(
    judged: Sequence[Judged], left_out: Sequence[Rules], chosen: Rules, arguments: argparse.Namespace
) -> dict[str, Any]:
    sets = []
    for one, rules in zip(judged, left_out, strict=True):
        best, strategy = one.best, rule(one.case, rules).strategy
        advised = one.cells[one.backbone, strategy]
        sets.append(
            {
                "name": one.data,
                "modality": best.modality,
                "num_train": best.n_train,
                "classes": best.classes,
                "num_test": best.n_test,
                "advised": [one.backbone, strategy],
                "accuracy": advised.test,
                "best": [best.backbone, best.strategy],
                "best_accuracy": best.test,
                "best_standard_error": (best.test * (1 - best.test) / best.n_test) ** 0.5,
                "regret": best.test - advised.test,
                "regret_of_rules_as_shipped": one.regret(one.backbone, rule(one.case, chosen).strategy),
                "runs": len(one.cells),
            }
        )
    regrets = [found["regret"] for found in sets]
    simple = _simple(judged, _usual(arguments))
    rival = min((name for name in simple if np.isfinite(simple[name]).all()), key=lambda name: np.mean(simple[name]))
    return {
        "how": "rules chosen on the other data sets; regret: best accuracy on test of all runs minus the advice's",
        "full": {"backbones": arguments.full_of, "seconds": arguments.full_seconds},
        "median": float(np.median(regrets)),
        "worst": max(regrets),
        "rules": {
            **{name: getattr(chosen, name) for name in LINES},
            **{" ".join(k): v for k, v in chosen.cells.items()},
        },
        "without_advice": {
            name: {"median": float(np.nanmedian(found)), "worst": float(np.nanmax(found))}
            for name, found in simple.items()
            if np.isfinite(found).any()
        },
        "rival": {"rule": rival, "median": float(np.median(simple[rival])), "worst": max(simple[rival])},
        "environment": {
            "ghep": ghep.__version__,
            **{name: environment()[name] for name in ("torch", "timm", "machine", "cpus")},
        },
        "data_sets": sets,
    }


def _simple(judged: Sequence[Judged], usual: str) -> dict[str, list[float]]:
    """Regret of rules without advice, and of the best probe with always the same strategy."""
    fixed = {
        f"always {usual} (texts: minilm), {strategy}": [
            one.regret(usual if one.best.modality == "image" else "minilm", strategy) for one in judged
        ]
        for strategy in STRATEGIES
    }
    probed = {
        f"best probe, always {strategy}": [one.regret(one.backbone, strategy) for one in judged]
        for strategy in STRATEGIES
    }
    return fixed | probed


def _taus(judged: Sequence[Judged]) -> Iterator[str]:
    """Weighted Kendall's tau of each score over the backbones, against the probe on test and the best fine-tuning."""
    several = [one for one in judged if len(one.candidates) > 2]
    for what, strategies in (("the linear probe", ("linear_probe",)), ("the best fine-tuning", (*TUNED, "full"))):
        yield f"Weighted Kendall's tau of each score with the accuracy on test of {what} (n: backbones)."
        yield ""
        yield f"| data | n | {' | '.join(SCORES)} |"
        yield "|---" * (2 + len(SCORES)) + "|"
        taus = {one.data: [_tau(one, name, strategies) for name in SCORES.values()] for one in several}
        for data, found in taus.items():
            yield f"| {data} | {found[0][1]} | {' | '.join(f'{tau:.2f}' for tau, _ in found)} |"
        known = np.array([[tau for tau, _ in found] for found in taus.values() if found[0][1] > 2])
        if len(known):
            yield f"| mean | | {' | '.join(f'{tau:.2f}' for tau in known.mean(0))} |"
        yield ""


def _tau(one: Judged, score: str, strategies: Sequence[str]) -> tuple[float, int]:
    pairs = []
    for candidate in one.candidates:
        name = candidate["name"]
        value = candidate["probe"]["accuracy"] if score == "probe" else candidate["scores"][score]
        reached = [one.cells[name, strategy].test for strategy in strategies if (name, strategy) in one.cells]
        if value is not None and reached:
            pairs.append((value, max(reached)))
    return (float(weightedtau(*zip(*pairs, strict=True)).statistic) if len(pairs) > 2 else float("nan")), len(pairs)


def _regrets(judged: Sequence[Judged], record: Mapping[str, Any], usual: str) -> Iterator[str]:
    yield "Regret in points of accuracy on test: the best of all runs minus the advised, by rules of the others."
    yield ""
    yield "| data | train | classes | test | advised | accuracy | best | accuracy | runs | regret | by rules of all |"
    yield "|---" * 11 + "|"
    for one in record["data_sets"]:
        advised, best = " ".join(one["advised"]), " ".join(one["best"])
        yield (
            f"| {one['name']} | {one['num_train']} | {one['classes']} | {one['num_test']} | {advised} | "
            f"{one['accuracy']:.3f} | {best} | {one['best_accuracy']:.3f} ± {one['best_standard_error']:.3f} | "
            f"{one['runs']} | {100 * one['regret']:.1f} | {100 * one['regret_of_rules_as_shipped']:.1f} |"
        )
    yield ""
    yield "| rule | median | worst | data sets |"
    yield "|---|---|---|---|"
    yield f"| advice | {100 * record['median']:.1f} | {100 * record['worst']:.1f} | {len(judged)} |"
    for name, found in _simple(judged, usual).items():
        ran = np.isfinite(found)
        if ran.any():
            yield f"| {name} | {100 * np.nanmedian(found):.1f} | {100 * np.nanmax(found):.1f} | {ran.sum()} |"


if __name__ == "__main__":
    main()
