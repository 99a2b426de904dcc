"""Write an export for browsers: a folder for any static server, with one HTML file that needs no server.

index.html       the page; loads app.js, page.css, settings.json, model.onnx and runtime.wasm from next to it
standalone.html  the same page with all of them inside: works when opened by a double click, without a network
parity.json      how well its answers agreed with the bundle's
licences.txt     what the page consists of, and under which licences
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import torch
from markupsafe import Markup
from PIL import Image

from ghep._version import __version__
from ghep.backbone.blocks import evaluating
from ghep.display.look import page_style
from ghep.display.page import templates_in
from ghep.export.deployment import model_name
from ghep.export.exported import PARITY
from ghep.export.formats import Export, Request
from ghep.export.graph import Graph
from ghep.export.onnx import onnx_bytes
from ghep.export.parity import LIMIT, agreement, parity_line, refuse_different
from ghep.export.predictor import Predictor
from ghep.export.web.check import ByReason, InNode, can_check, comparable
from ghep.export.web.libraries import RUNTIME, TOKENIZERS, library_files, locked
from ghep.export.web.modules import joined
from ghep.export.web.settings import preprocess_settings
from ghep.export.write import compared_inputs
from ghep.features.engines.choose import PLAIN
from ghep.messages import text_of
from ghep.model.bundle import Bundle
from ghep.storage.folder import write_folder
from ghep.storage.text import write_json_atomic
from ghep.tasks.base import Classifier, Task, classes_of
from ghep.types import Modality

HERE = Path(__file__).parent
MODULES = ("answers", "image", "jpeg", "model", "page", "png", "resize", "text")
MODEL, WASM = "model.onnx", "runtime.wasm"
LARGEST_INSIDE = 380 * 2**20
"""Bytes of a model up to which it is also written into one HTML file. Browsers hold it as one text: in Chromium, of at
most 512 Mi characters, and base64 needs four for three bytes."""
MOST = 200
"""Examples of a split that are compared, evenly spaced."""
SELF_TEST_TEXTS = ("A fine film, isn't it?", "naïve café 东京 👍🏽 ΑΣ", "word " * 400)
SERVED_POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src blob: data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'"
)


def export_web(request: Request) -> Export:
    """Write the export; raise ConfigError if its answers are not those of the bundle.

    They are compared by running the export's JavaScript in Node.js; without it, ``parity.json`` says so.
    """
    bundle = request.bundle
    files = web_files(bundle, model_name(bundle.folder), runtime=request.runtime)
    if can_check():
        told = _parity(request, files)
        refuse_different(told, request.to)
        lines = [parity_line(one) for one in told["compared"]]
        if not request.splits:
            lines.append(text_of("parity-without-data"))
    else:
        told = {"compared": [], "batches": {}}
        lines = [text_of("web-not-compared")]
    with write_folder(request.out) as folder:
        for name, content in files.items():
            (folder / name).write_bytes(content)
        write_json_atomic(folder / PARITY, told)
        for name in ("labels.json", "README.md"):
            if (bundle.folder / name).is_file():
                (folder / name).write_bytes((bundle.folder / name).read_bytes())
    single = request.out / "standalone.html"
    opened = (
        text_of("web-written", page=single) if single.name in files else text_of("web-too-large", limit=LARGEST_INSIDE)
    )
    return Export(request.to, request.out, told, (opened, *lines))


def _parity(request: Request, files: Mapping[str, bytes]) -> dict[str, Any]:
    bundle = request.bundle
    modality = bundle.model.backbone.preprocess.modality
    libraries = library_files(RUNTIME, request.runtime)
    libraries |= library_files(TOKENIZERS, request.runtime) if modality == "text" else {}
    expected = ByReason(Predictor(bundle, engine=PLAIN))
    found = InNode(bundle.model.tasks, files, modules(libraries))
    sets, of = compared_inputs(request, most=MOST)
    compared = []
    for name, raws in sets.items():
        inputs = {key: Path(raw) if modality == "image" and isinstance(raw, str) else raw for key, raw in raws.items()}
        usable = {key: raw for key, raw in inputs.items() if comparable(raw)}
        if usable:
            compared.append({"inputs": name, "of": of.get(name, len(inputs)), **agreement(expected, found, usable)})
    return {"limit": LIMIT, "compared": compared, "batches": {}, "engine": "onnxruntime-web in Node.js"}


def web_files(bundle: Bundle, name: str, *, runtime: Path | None = None) -> dict[str, bytes]:
    """Return the files of an export for browsers: name -> content.

    ``runtime`` is a folder with the unpacked npm packages of ``libraries.json``; None: they are fetched once. Raises
    ConfigError if they cannot be had, for pairs of texts, and for a network that cannot be exported.
    """
    preprocess = bundle.model.backbone.preprocess
    made = preprocess_settings(preprocess)
    libraries = library_files(RUNTIME, runtime)
    if preprocess.modality == "text":
        libraries |= library_files(TOKENIZERS, runtime)
    graph = Graph(bundle.model, bundle.calibration).eval()
    settings = {
        "ghep": __version__,
        "name": name,
        "modality": preprocess.modality,
        "preprocess": made,
        "tasks": [task.to_json() for task in bundle.model.tasks],
        "half_widths": {
            task.name: bundle.calibration[task.name]
            for task in bundle.model.tasks
            if not classes_of(task) and task.name in bundle.calibration
        },
        "self_test": self_test(graph),
        "words": page_words(),
    }
    files = {
        "settings.json": json.dumps(settings, ensure_ascii=False).encode(),
        MODEL: onnx_bytes(graph),
        WASM: libraries["ort-wasm-simd-threaded.wasm"],
        "app.js": joined(modules(libraries), "page").encode(),
        "page.css": f"{page_style()}\n{(HERE / 'page.css').read_text('utf-8')}".encode(),
        "licences.txt": licences(preprocess.modality, libraries).encode(),
    }
    subtitle = described(preprocess.modality, bundle.model.tasks)
    files["index.html"] = page(name, subtitle, preprocess.modality, SERVED_POLICY, _served_parts()).encode()
    if len(files[MODEL]) <= LARGEST_INSIDE:
        files["standalone.html"] = standalone(name, subtitle, preprocess.modality, files).encode()
    return files


def modules(libraries: Mapping[str, bytes]) -> dict[str, str]:
    """Return the ES modules of a page: name -> source; without the tokenizers, an export of nothing in their place."""
    tokenizers = libraries.get("tokenizers.min.mjs", b"export const Tokenizer = null;\n")
    return {
        **{name: (HERE / f"{name}.js").read_text("utf-8") for name in MODULES},
        "onnxruntime": libraries["ort.wasm.bundle.min.mjs"].decode(),
        "tokenizers": tokenizers.decode(),
    }


def self_test(graph: Graph) -> list[dict[str, Any]]:
    """Return raw inputs, and the outputs of PyTorch for them: the page repeats them when it is opened."""
    preprocess = graph.model.backbone.preprocess
    image = sample_image()
    raws: Sequence[Any] = [image] if preprocess.modality == "image" else SELF_TEST_TEXTS
    found = []
    for raw in raws:
        arrays = preprocess.arrays([preprocess.view(preprocess.decode(raw), None, None)])
        with torch.no_grad(), evaluating(graph.model):
            outputs = graph(*map(torch.from_numpy, arrays))
        given = {"text": raw} if isinstance(raw, str) else {"image": base64.b64encode(raw).decode()}
        values = {
            name: one[0].reshape(-1).tolist()
            for name, one in zip(graph.output_names, outputs, strict=True)
            if name != "features"
        }
        found.append({**given, "outputs": values})
    return found


def sample_image() -> bytes:
    """Return a PNG file of a synthetic image with edges and gradients."""
    down, across = np.mgrid[:90, :120]
    bands = [down * 2 + across, across * down // 40, 255 * ((across // 15 + down // 15) % 2)]
    file = BytesIO()
    Image.fromarray((np.stack(bands, axis=-1) % 256).astype(np.uint8)).save(file, "PNG")
    return file.getvalue()


def standalone(name: str, subtitle: str, modality: Modality, files: Mapping[str, bytes]) -> str:
    """Return the page with all ``files`` inside; its policy forbids every request."""
    script, style = (files[one].decode().replace("</script", "<\\/script") for one in ("app.js", "page.css"))
    policy = (
        f"default-src 'none'; script-src '{_digest(script)}' 'wasm-unsafe-eval'; style-src '{_digest(style)}'; "
        "img-src blob: data:; base-uri 'none'; form-action 'none'"
    )
    packed = {one: base64.b64encode(gzip.compress(files[one], 6, mtime=0)).decode() for one in (WASM, MODEL)}
    settings = files["settings.json"].decode().replace("<", "\\u003c")
    parts = {
        "style": Markup("<style>{}</style>").format(Markup(style)),
        "script": Markup('<script type="module">{}</script>').format(Markup(script)),
        "blocks": [
            ("settings", "application/json", Markup(settings)),
            *((one, "application/gzip;base64", Markup(text)) for one, text in packed.items()),
        ],
    }
    return page(name, subtitle, modality, policy, parts)


def page(name: str, subtitle: str, modality: Modality, policy: str, parts: Mapping[str, Any]) -> str:
    """Return the HTML of the page; ``parts`` are its style, script and blocks of data."""
    made = templates_in(HERE)
    made.globals["text"] = text_of
    values = {"name": name, "subtitle": subtitle, "modality": modality, "policy": policy, **parts}
    return made.get_template("page.html").render(values)


def _served_parts() -> dict[str, Any]:
    return {
        "style": Markup('<link rel="stylesheet" href="page.css">'),
        "script": Markup('<script type="module" src="app.js"></script>'),
        "blocks": (),
    }


def _digest(content: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}"


def described(modality: Modality, tasks: Sequence[Task]) -> str:
    """Return a line on what goes in and what comes out: ``images; label: one of 3 classes``."""
    told = [
        text_of(
            "web-page-task",
            name=task.name,
            count=len(classes_of(task)),
            kind="number" if not isinstance(task, Classifier) else "one" if task.exclusive else "any",
        )
        for task in tasks
    ]
    return text_of("web-page-subtitle", modality=modality, tasks=told)


def page_words() -> dict[str, Any]:
    """Return the texts that the script puts in: name -> text; ``{x}`` in a text is replaced by the value of x."""
    return {
        "ready": text_of("web-page-ready"),
        "working": text_of("web-page-working"),
        "failed": text_of("web-page-failed"),
        "differs": text_of("web-page-differs"),
        "none": text_of("prediction-none"),
        "without_class": text_of("prediction-without-class"),
        "probability": text_of("web-page-probability", value="{probability}"),
        "interval": text_of("web-page-interval", low="{low}", high="{high}"),
        "classes": text_of("web-page-classes", task="{task}"),
        "more": text_of("web-page-more", count="{count}"),
        "problems": {
            "empty": text_of("web-problem-empty"),
            "too-large-file": text_of("web-problem-too-large-file"),
            "too-many-pixels": text_of("web-problem-too-many-pixels"),
            "too-elongated": text_of("web-problem-too-elongated"),
            "truncated": text_of("web-problem-truncated"),
            "damaged": text_of("web-problem-damaged"),
            "not-an-image": text_of("web-problem-not-an-image"),
            "format-not-allowed": text_of("web-problem-format-not-allowed"),
            "unsupported-mode": text_of("web-problem-unsupported-mode"),
            "unknown-range": text_of("web-problem-unknown-range"),
            "too-long": text_of("web-problem-too-long"),
            "not-text": text_of("web-problem-not-text"),
            "not-utf-8": text_of("web-problem-not-utf-8"),
            "not-finite": text_of("outputs-not-finite"),
        },
    }


def licences(modality: Modality, libraries: Mapping[str, bytes]) -> str:
    """Return what the page consists of besides the model, with licences."""
    packages = [RUNTIME, TOKENIZERS] if modality == "text" else [RUNTIME]
    lines = [f"{one} {locked()[one]['version']}: {locked()[one]['licence']}" for one in packages]
    texts = [(HERE / "mit.txt").read_text("utf-8"), libraries.get("LICENSE", b"").decode()]
    return "\n\n".join(["\n".join([text_of("web-licences", version=__version__), *lines]), *filter(None, texts)]) + "\n"
