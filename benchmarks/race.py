"""Time saved by the race in ghep advise, and how often it stops the backbone that would have been best.

    scripts/bench race DATA[@LABEL] [...] --weights FOLDER [--draws 10] [--out build/bench/race] [--against SRC]

Judged (unless --only-time): features of every backbone over all examples that advise uses, once. The probe on all of
them is taken as the truth for a backbone. Then the race is run on --draws draws of the first round; the first of them
is the one that advise makes. Counted: how often the race stops the backbone with the best probe, how often one that
cannot be distinguished from it (McNemar's p above 0.05), how many backbones continue, the remaining share of all passes
(backbones times examples), and the largest loss of probe accuracy by following the race. --equal ACCURACY simulates
nine backbones of that accuracy and prints how often chance alone stops a given one.

Timed (unless --only-judge): ``advise`` in a fresh process with an empty store, with the race and without it, one after
the other under the same load; with --against also the version of ghep in that src folder. Processor seconds and wall
seconds; on a busy machine only their ratios are meaningful.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

ONCE = """
import json, resource, sys, time
began = time.perf_counter()
from ghep.advice.advise import advise
given = json.loads(sys.argv[1])
if given["whole"]:
    from ghep.advice import race
    race.FIRST = 10**9
found = advise(given["data"], backbones=given["backbones"], cache_dir=given["store"], **given["options"])
used = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps({
    "wall": time.perf_counter() - began,
    "cpu": used.ru_utime + used.ru_stime,
    "peak_mib": used.ru_maxrss / 1024,
    "best": found.candidates[0].name,
    "strategy": found.strategy,
    "level": [one.name for one in found.level],
}))
"""


def main() -> None:
    arguments = _arguments()
    arguments.out.mkdir(parents=True, exist_ok=True)
    for named in arguments.data:
        data, _, label = named.partition("@")
        options: dict[str, Any] = {"label_columns": [label]} if label else {}
        if not arguments.only_time:
            _judge(data, options, arguments)
        if not arguments.only_judge:
            _time(data, options, arguments)
    for accuracy in arguments.equal:
        _equal(accuracy, arguments.races)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/bench race", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", nargs="*", help="DATA, or DATA@LABEL to name the column")
    parser.add_argument("--weights", type=Path, help="folder of weight files, each with its json")
    parser.add_argument("--backbones", default="", help="more of them, separated by commas")
    parser.add_argument("--draws", type=int, default=10, help="first rounds to try")
    parser.add_argument("--out", type=Path, default=Path("build") / "bench" / "race")
    parser.add_argument("--against", type=Path, help="src folder of another version of ghep, timed the same way")
    parser.add_argument("--rounds", type=int, default=1, help="times that each way is timed")
    parser.add_argument("--ways", default="", help="which are timed: race,no race,against; all unless given")
    parser.add_argument("--equal", type=float, nargs="*", default=[], help="accuracies of nine equally good backbones")
    parser.add_argument("--races", type=int, default=2000, help="simulated races for each of them")
    parser.add_argument("--only-judge", action="store_true")
    parser.add_argument("--only-time", action="store_true")
    return parser.parse_args()


def _named(arguments: argparse.Namespace) -> list[str]:
    files = [str(arguments.weights)] if arguments.weights else []
    return [*files, *(name for name in arguments.backbones.split(",") if name)]


def _judge(data: str, options: dict[str, Any], arguments: argparse.Namespace) -> None:
    from ghep.advice.advise import CHANCE, question_about
    from ghep.advice.candidates import backbones_at_choice, short_name
    from ghep.advice.features import Extractor, Features
    from ghep.advice.probe import probe
    from ghep.advice.race import rounds
    from ghep.data.sources.tasks import source_from
    from ghep.features.options import FeatureOptions
    from ghep.metrics.paired import mcnemar

    source = source_from(data, **options)
    question = question_about(source, 0, FeatureOptions(cache_dir=arguments.out / "store"), None)
    names = backbones_at_choice(_named(arguments), source.modality)
    outputs, features, right = question.task.outputs, dict[str, Features](), dict[str, np.ndarray]()
    for name in names:
        features[name] = Extractor(name, question).over(question.used)
        right[name] = probe(features[name].train, features[name].valid, outputs, seed=question.seed).correct
        print(f"  {short_name(name):<30} {right[name].mean():.4f} on {len(right[name])}", flush=True)
    best = max(names, key=lambda name: right[name].mean())
    level = [name for name in names if mcnemar(right[best], right[name]).p_value > CHANCE]
    places = [{one.id: place for place, one in enumerate(split)} for split in question.used]
    used = sum(map(len, question.used))
    stopped_best, stopped_level, kept, share, lost = 0, 0, [], [], []
    for draw in range(arguments.draws):
        first = rounds(*question.used, classes=outputs, seed=draw)[0]
        rows = [np.array([place[one.id] for one in split], int) for place, split in zip(places, first, strict=True)]
        correct = {}
        for name in names:
            found = features[name]
            parts = [(of[0][row], of[1][row]) for of, row in zip((found.train, found.valid), rows, strict=True)]
            correct[name] = probe(*parts, outputs, seed=draw).correct
        on = _run_on(names, correct) if sum(map(len, first)) < used else list(names)
        stopped_best += best not in on
        stopped_level += len(set(level) - set(on))
        kept.append(len(on))
        seen = sum(map(len, first)) * len(names) * (sum(map(len, first)) < used) + used * len(on)
        share.append(seen / used / len(names))
        lost.append(float(right[best].mean() - max(right[name].mean() for name in on)))
        if draw == 0:
            print(f"  advise's own draw runs on with {', '.join(map(short_name, on))}")
    record = {
        "data": source.name,
        "classes": outputs,
        "examples": used,
        "backbones": len(names),
        "best": short_name(best),
        "level": [short_name(name) for name in level],
        "draws": arguments.draws,
        "best_stopped": stopped_best,
        "level_stopped": stopped_level,
        "run_on": float(np.mean(kept)),
        "share_of_passes": float(np.mean(share)),
        "worst_loss": max(lost),
    }
    _note(record, arguments)
    print(
        f"| {source.name} | {outputs} | {used} | {short_name(best)} | {stopped_best} of {arguments.draws} | "
        f"{stopped_level} of {arguments.draws * len(level)} | {np.mean(kept):.1f} of {len(names)} | "
        f"{100 * np.mean(share):.0f} % | {100 * max(lost):.1f} |",
        flush=True,
    )


def _run_on(names: Sequence[str], correct: dict[str, np.ndarray]) -> list[str]:
    from ghep.advice.race import clearly_worse

    first = max(names, key=lambda name: correct[name].mean())
    return [name for name in names if name == first or not clearly_worse(correct[first], correct[name])]


def _time(data: str, options: dict[str, Any], arguments: argparse.Namespace) -> None:
    ways: dict[str, tuple[bool, Path | None]] = {"race": (False, None), "no race": (True, None)}
    if arguments.against:
        ways["against"] = (False, arguments.against)
    ways = {way: ways[way] for way in arguments.ways.split(",") if way in ways} or ways
    found: dict[str, list[dict[str, Any]]] = {way: [] for way in ways}
    for _ in range(arguments.rounds):
        for way, (whole, src) in ways.items():
            with tempfile.TemporaryDirectory(dir=arguments.out) as store:
                given = {
                    "data": data,
                    "backbones": _named(arguments),
                    "store": store,
                    "whole": whole,
                    "options": options,
                }
                environment = {**os.environ, **({"PYTHONPATH": str(src)} if src else {})}
                command = [sys.executable, "-c", ONCE, json.dumps(given)]
                out = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
                found[way].append(json.loads(out.splitlines()[-1]))
                one = found[way][-1]
                print(
                    f"  {Path(data).name:<16} {way:<8} {one['cpu']:6.1f} s of processor, {one['wall']:6.1f} s, "
                    f"{one['peak_mib']:.0f} MiB: "
                    f"{one['best']} with {one['strategy']}; level: {', '.join(one['level'])}",
                    flush=True,
                )
    _note({"timed": data, **found}, arguments)


def _equal(accuracy: float, races: int) -> None:
    """Rate at which a given one of nine equally good backbones with independent answers stops."""
    from ghep.advice.race import FIRST

    rng, stopped = np.random.default_rng(0), 0
    for _ in range(races):
        right = rng.random((9, FIRST)) < accuracy
        stopped += "0" not in _run_on([str(at) for at in range(9)], {str(at): right[at] for at in range(9)})
    print(
        f"nine of accuracy {accuracy}: a given one stops in {100 * stopped / races:.2f} % of {races} races", flush=True
    )


def _note(record: dict[str, Any], arguments: argparse.Namespace) -> None:
    with (arguments.out / "race.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(record) + "\n")


if __name__ == "__main__":
    main()
