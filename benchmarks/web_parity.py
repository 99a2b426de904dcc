"""Web exports: does a model in Chromium give the labels of ghep predict, and how fast is it?

    scripts/bench web_parity PHOTOS TABLE [--count 100] [--runtime FOLDER] [--out FOLDER]

PHOTOS is a folder of labelled photos in JPEG files, TABLE a table of labelled texts. For each, a linear probe on the
default backbone is trained and exported with ``--to web``. Chromium then opens standalone.html as a file, and the
folder from a static server on this machine, and predicts ``--count`` files or texts of the test split, one by one:
photos as they are, as PNG copies, as lossless WebP copies (which the browser decodes), and as JPEG files that ghep
decodes at half their size or less because they are large; texts as they are. The answers are compared with those of
``ghep predict`` for the same bytes.

Prints a table: equal labels, the largest difference of a probability, seconds until the page is ready, and the median
time of a prediction from the bytes to the answer. Needs playwright and Chromium (``scripts/install browser``).
"""

from __future__ import annotations

import argparse
import base64
import io
import platform
import shutil
import statistics
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from PIL import Image

import ghep
from ghep.data.image.loader import load_image
from ghep.export.run_data import headline, run_data, spaced
from ghep.model.bundle import load_bundle

LARGE = 2400  # pixels of the longer side of photos that are decoded at a reduced size
PREDICT = """async (inputs) => {
  const found = [];
  for (const { name, text, data } of inputs) {
    const raw = text ?? Uint8Array.from(atob(data), (one) => one.charCodeAt(0));
    const start = performance.now();
    const [answer] = await ghep.model.predict(raw, name);
    found.push({ ...answer, milliseconds: performance.now() - start });
  }
  return found;
}"""


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def served(folder: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def photo_sets(paths: Sequence[Path]) -> dict[str, dict[str, bytes]]:
    """Kind of files -> name -> content."""
    images = {path.name: load_image(path) for path in paths}
    large = {
        name: image.resize((LARGE, max(1, LARGE * image.height // image.width)), Image.Resampling.BICUBIC)
        for name, image in images.items()
    }
    return {
        "JPEG, original": {path.name: path.read_bytes() for path in paths},
        "PNG copy": {name: encoded(image, "PNG") for name, image in images.items()},
        "JPEG, large": {name: encoded(image, "JPEG", quality=90) for name, image in large.items()},
        "WebP, lossless": {name: encoded(image, "WEBP", lossless=True) for name, image in images.items()},
    }


def compare(tab: Any, predictor: Any, sets: Mapping[str, Mapping[str, Any]], place: str, ready: float) -> None:
    for kind, inputs in sets.items():
        given = [
            {"name": name, "text": raw}
            if isinstance(raw, str)
            else {"name": name, "data": base64.b64encode(raw).decode()}
            for name, raw in inputs.items()
        ]
        found = [one for start in range(0, len(given), 10) for one in tab.evaluate(PREDICT, given[start : start + 10])]
        expected = predictor.predict(list(inputs.values()), names=list(inputs))
        equal = sum(one["label"] == right.label for one, right in zip(found, expected, strict=True))
        apart = max(
            abs(one["probabilities"][name] - value)
            for one, right in zip(found, expected, strict=True)
            for name, value in right.probabilities.items()
        )
        speed = statistics.median(one["milliseconds"] for one in found)
        print(f"| {kind} | {place} | {equal} of {len(inputs)} | {apart:.1e} | {ready:.1f} | {speed:.0f} |", flush=True)


def opened(browser: Any, url: str) -> tuple[Any, float]:
    tab, start = browser.new_page(), time.perf_counter()
    tab.goto(url)
    tab.wait_for_selector("#status[data-state=ready], #status[data-state=failed]", timeout=180_000)
    assert tab.get_attribute("#status", "data-state") == "ready", tab.inner_text("#status")
    return tab, time.perf_counter() - start


def measured(browser: Any, data: Path, out: Path, count: int, runtime: Path | None) -> None:
    run = ghep.fit(data, strategy="linear_probe", out=out / data.stem)
    export = ghep.export_bundle(run.bundle, "web", runtime=runtime)
    split, examples = headline(run_data(load_bundle(run.bundle)))
    chosen = spaced(examples, count)
    predictor = ghep.load(run.bundle, engine="torch-float32")
    images = predictor.modality == "image"
    sets = photo_sets([Path(one.raw) for one in chosen]) if images else {"texts": {one.id: one.raw for one in chosen}}
    megabytes = (export.folder / "standalone.html").stat().st_size / 1e6
    print(f"\n{data.name}: {split} split, accuracy {run.accuracy}; standalone.html {megabytes:.0f} MB\n")
    print("| inputs | opened from | equal labels | largest difference | ready, s | a prediction, ms |")
    print("|---|---|---|---|---|---|")
    tab, ready = opened(browser, (export.folder / "standalone.html").resolve().as_uri())
    compare(tab, predictor, sets, "a file", ready)
    tab.close()
    with served(export.folder) as url:
        tab, ready = opened(browser, url)
        compare(tab, predictor, sets, "a server", ready)
        tab.close()


def main() -> None:
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="+")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--runtime", type=Path, default=None)
    parser.add_argument("--out", type=Path, default=Path("runs/web_parity"))
    given = parser.parse_args()
    path = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        print(f"Chromium {browser.version}, {platform.processor() or platform.machine()}, ghep {ghep.__version__}")
        for data in given.data:
            measured(browser, data.resolve(), given.out, given.count, given.runtime)
        browser.close()


if __name__ == "__main__":
    main()
