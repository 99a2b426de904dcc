"""ghep through its command line: ``python ghep_cli.py JOB.json ANSWER.json`` in ghep's own environment.

The commands are called in this process to detect when imports are done; they get the arguments that a user would type.
Start-up is defined by the contract: imports, the backbone built, its weights loaded, engines tried and compiled.
Everything else is work, including saving and proving the bundle.
"""

from __future__ import annotations

import csv
import io
import json
import shutil
import tempfile
import time
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from contract import Answer, Job, Stopwatch, asked, reply

STRATEGY = {"feature_extraction": "linear_probe", "light": "light", "full": "full", "progressive": "progressive"}
PHASES = ("load", "read", "extract", "solve", "measure", "train", "evaluate", "control")


def main() -> None:
    job, answer, stopwatch = asked()
    with tempfile.TemporaryDirectory() as folder:
        if job.name == "predict":
            _predict(job, answer, stopwatch, Path(folder))
        elif job.name == "compare":
            _compare(job, answer, stopwatch, Path(folder))
        else:
            _fit(job, answer, stopwatch, Path(folder))
    reply(answer, ["ghep", "torch", "timm", "openvino"])
    from ghep.cli import _leave

    _leave(0)


def _fit(job: Job, answer: Answer, stopwatch: Stopwatch, folder: Path) -> None:
    from ghep.cli import fit  # noqa: F401
    from ghep.experiment.fit import fit as _  # noqa: F401  what the verb imports when it is called

    stopwatch.ready()
    out = folder / "run"
    arguments = ["fit", job.table, "--backbone", _backbone(job), "--strategy", STRATEGY[job.name], "--out", str(out)]
    if job.name != "feature_extraction":
        arguments += ["--epochs", str(job.epochs), "--batch-size", str(job.batch_size)]
    if job.name == "light":
        arguments += ["--patience", "0"]
    if job.name in ("light", "progressive"):
        arguments += ["--frozen-blocks", str(len(job.blocks) - job.thawed_blocks)]
    began = time.perf_counter()
    record = _called(
        [*arguments, *_table(job), "--seed", str(job.seed), "--cache-dir", str(folder / "store"), "--json"]
    )
    whole = time.perf_counter() - began
    phases, choosing = record["cost"]["phases"], record["frozen_part"]["choosing_seconds"]
    answer.startup += phases["load"] + choosing
    answer.phases = {name: phases[name] for name in PHASES if name in phases and name != "load"}
    if "extract" in answer.phases:
        answer.phases["extract"] -= choosing
    answer.phases["save, prove"] = whole - sum(answer.phases.values()) - phases["load"] - choosing
    answer.notes.append(f"precision {record.get('precision', {})}" if job.name == "full" else "")
    with (out / "predictions.csv").open(encoding="utf-8", newline="") as file:
        found = {row["id"]: row["predicted"] for row in csv.DictReader(file) if row["split"] == "test"}
    answer.predictions = _in_order(job, found)
    if job.model:
        shutil.rmtree(job.model, ignore_errors=True)
        shutil.copytree(out / "bundle", job.model)


def _predict(job: Job, answer: Answer, stopwatch: Stopwatch, folder: Path) -> None:
    from ghep.cli import predict  # noqa: F401
    from ghep.export.predictor import load

    load(job.model)
    stopwatch.ready()
    out = folder / "predictions.csv"
    with stopwatch.phase("predict"):
        if job.modality == "images":
            _called(["predict", job.model, *(path for path, _ in job.test), "--out", str(out)], json_wanted=False)
        else:
            _called(["predict", job.model, job.table, "--text", "text", "--out", str(out)], json_wanted=False)
    with out.open(encoding="utf-8", newline="") as file:
        answer.predictions = [row["label"] for row in csv.DictReader(file)]


def _compare(job: Job, answer: Answer, stopwatch: Stopwatch, folder: Path) -> None:
    from ghep.cli import compare  # noqa: F401
    from ghep.comparison.compare import compare as _  # noqa: F401

    stopwatch.ready()
    arguments = ["compare", job.table, "--backbones", _backbone(job), "--strategies", "all", "--seeds", str(job.epochs)]
    with stopwatch.phase("compare"):
        record = _called([*arguments, *_table(job), "--out", str(folder / "comparison"), "--json"])
    answer.notes.append(str(record.get("verdict", ""))[:300])


def _backbone(job: Job) -> str:
    return str(job.backbone["file"]) if job.modality == "images" else "minilm"


def _table(job: Job) -> list[str]:
    column = "--path-column" if job.modality == "images" else "--text-column"
    return [
        column,
        "path" if job.modality == "images" else "text",
        "--label-column",
        "label",
        "--split-column",
        "split",
    ]


def _in_order(job: Job, found: dict[str, str]) -> list[str]:
    """Predictions are identified by id: the row's path, or for texts the row's place in the table."""
    if job.modality == "images":
        by_path = {str(Path(job.table).parent / name): label for name, label in found.items()} | found
        if job.test and not any(path in by_path for path, _ in job.test):
            raise SystemExit(f"no prediction is for {job.test[0][0]}; they are for {next(iter(found), 'nothing')}, ...")
        return [by_path.get(path, "") for path, _ in job.test]
    return list(found.values())


def _called(arguments: list[str], *, json_wanted: bool = True) -> dict[str, Any]:
    from ghep.cli import app

    printed = io.StringIO()
    with redirect_stdout(printed):
        code = app.run(arguments)
    if code not in (0, 1):  # 1: measured, with a finding
        raise SystemExit(f"{' '.join(arguments)[:300]}\nended with {code}")
    return json.loads(printed.getvalue()) if json_wanted else {}


if __name__ == "__main__":
    main()
