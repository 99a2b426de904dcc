"""Compare the answers of an export for browsers with those of its bundle, by running its JavaScript in Node.js.

Node.js has the engine of Chromium, but not its image decoders: of the images, PNG and JPEG files are compared, which
the export decodes itself.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ghep.data.image.formats import sniff
from ghep.errors import ConfigError
from ghep.export.base_predictor import BasePredictor
from ghep.export.prediction import Prediction
from ghep.export.web.modules import joined
from ghep.metrics.conformal import LEVEL
from ghep.tasks.base import Task
from ghep.types import Finding, Interval, Raw

OLDEST = 20
"""Major version of Node.js from which on it has all that the script needs."""
BROWSER_FORMATS = {"WEBP", "GIF", "BMP", "TIFF", "PNM", "AVIF", "HEIC"}
"""Formats that the browser decodes, and Node.js cannot."""
IMPORTS = """\
import * as ort from "./onnxruntime.js";
import { Tokenizer } from "./tokenizers.js";
import { Model } from "./model.js";
"""
RUN = """
import { readFileSync } from "node:fs";
const { Model } = module_model;
const folder = process.argv[2];
const read = (name) => new Uint8Array(readFileSync(`${folder}/${name}`));
const settings = JSON.parse(readFileSync(`${folder}/settings.json`));
const [ort, Tokenizer] = [module_onnxruntime, module_tokenizers.Tokenizer];
const wasm = read("runtime.wasm");
const model = await Model.open({ ort, Tokenizer, wasm, graph: read("model.onnx"), settings });
await model.selfTest();
const found = [];
for (const { name, text, file } of JSON.parse(readFileSync(`${folder}/inputs.json`))) {
  found.push(...(await model.predict(text ?? read(file), name)));
}
console.log(JSON.stringify(found));
"""


def can_check() -> bool:
    """Return whether Node.js is installed, in a version that can run an export."""
    return _node() is not None


def comparable(raw: Raw) -> bool:
    """Return whether Node.js reads ``raw`` as a browser does: a text, a PNG or JPEG file, or no image at all."""
    if isinstance(raw, str):
        return True
    data = Path(raw).read_bytes()[:1024] if isinstance(raw, Path) else raw
    return isinstance(data, bytes) and sniff(data[:1024]) not in BROWSER_FORMATS


class InNode:
    """Predicts as an export's JavaScript does. ``files`` are those of ``web_files``, ``modules`` those of a page."""

    def __init__(self, tasks: Sequence[Task], files: Mapping[str, bytes], modules: Mapping[str, str]) -> None:
        self.described_tasks = tuple(tasks)
        self._files = files
        self._script = joined({**modules, "check": IMPORTS}, "check") + RUN

    def predict(
        self,
        inputs: Iterable[Raw],
        *,
        names: Sequence[str],
        report: Callable[[Finding], None] | None = None,  # noqa: ARG002
    ) -> list[Prediction]:
        """Return the predictions for texts and files, one per input and task; a problem is only its reason."""
        with TemporaryDirectory(prefix="ghep-web-") as made:
            folder, given = Path(made), []
            for name in ("settings.json", "model.onnx", "runtime.wasm"):
                (folder / name).write_bytes(self._files[name])
            for place, (name, raw) in enumerate(zip(names, inputs, strict=True)):
                if isinstance(raw, str):
                    given.append({"name": name, "text": raw})
                    continue
                content = raw.read_bytes() if isinstance(raw, Path) else raw
                assert isinstance(content, bytes)
                (folder / f"{place}.input").write_bytes(content)
                given.append({"name": name, "file": f"{place}.input"})
            (folder / "inputs.json").write_text(json.dumps(given), encoding="utf-8")
            return [_prediction(row) for row in self._run(folder)]

    def _run(self, folder: Path) -> list[dict[str, Any]]:
        node = _node()
        assert node is not None
        (folder / "check.mjs").write_text(self._script, encoding="utf-8")
        done = subprocess.run([node, "check.mjs", str(folder)], cwd=folder, capture_output=True, text=True)
        if done.returncode:
            last = next((line for line in done.stderr.splitlines() if "Error" in line), done.stderr)
            raise ConfigError("web-check-failed", error=f"{last.strip():.300}")
        found: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
        return found


class ByReason:
    """Predicts as ``predictor`` does, but a problem is only its reason: JavaScript words the details differently."""

    def __init__(self, predictor: BasePredictor) -> None:
        self._predictor = predictor
        self.described_tasks = predictor.described_tasks

    def predict(
        self, inputs: Iterable[Raw], *, names: Sequence[str], report: Callable[[Finding], None] | None = None
    ) -> list[Prediction]:
        """Return the predictions for ``inputs``, one per input and task."""
        found = self._predictor.predict(inputs, names=names, report=report)
        return [replace(one, problem=one.problem.partition(":")[0]) for one in found]


def _prediction(row: Mapping[str, Any]) -> Prediction:
    problem, interval = row["problem"], row["interval"]
    return Prediction(
        input=row["input"],
        task=row["task"],
        label=row["label"],
        probability=row["probability"],
        probabilities=row["probabilities"],
        problem=problem["reason"] if problem else "",
        value=row["value"],
        interval=Interval(interval[0], interval[1], LEVEL) if interval else None,
    )


def _node() -> str | None:
    """Return the path of Node.js; None if it is missing or too old."""
    path = shutil.which("node")
    if path is None:
        return None
    told = subprocess.run([path, "--version"], capture_output=True, text=True).stdout.strip().removeprefix("v")
    return path if told.partition(".")[0].isdigit() and int(told.partition(".")[0]) >= OLDEST else None
