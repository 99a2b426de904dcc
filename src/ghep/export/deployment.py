"""Files that an export has for the machine that it will run on: pinned requirements, a Dockerfile, how to use it.

Requirements list exactly the packages that the runtime imports, to be installed without their dependencies: a package's
own list is longer, because it names what other parts of it import (tokenizers: a client of a model hub; OpenVINO: its
telemetry). ``tests/export/test_deployment.py`` runs an export with nothing else.
"""

from __future__ import annotations

import re
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from ghep._version import __version__
from ghep.data.modalities import modality_named
from ghep.messages import text_of
from ghep.types import Modality

ENGINES = {"onnx": "onnxruntime", "openvino": "openvino", "torch-export": "torch"}
RUNTIME = (
    *("attrs", "babel", "fluent.runtime", "fluent.syntax", "markupsafe", "pytz", "typing_extensions"),  # messages
    *("numpy", "pillow", "safetensors", "threadpoolctl"),
)
COMMAND_LINE = (
    *("annotated-doc", "markdown-it-py", "mdurl", "pygments", "rich", "shellingham", "typer"),
    *("annotated-types", "pydantic", "pydantic-core", "typing-inspection"),  # of typer
)
SERVER = (
    *("anyio", "click", "h11", "httptools", "idna", "jinja2"),
    *("prometheus-client", "python-multipart", "starlette", "uvicorn"),
)


def deployment_files(kind: str, modality: Modality, name: str) -> dict[str, str]:
    """Return name -> content of the files for an export of ``kind``, called ``name``."""
    reading = modality_named(modality).packages
    return {
        "requirements.txt": _pinned((*RUNTIME, *COMMAND_LINE, *reading, ENGINES[kind])),
        "requirements-serve.txt": _pinned(SERVER),
        "Dockerfile": _dockerfile(kind, name),
    }


def model_name(folder: Path) -> str:
    """Return the name of a bundle or export: of ``runs/pets/bundle`` and ``runs/pets/bundle-onnx``, ``pets``."""
    whole = folder.resolve()
    unnamed = {"bundle", *(f"bundle-{kind}" for kind in ENGINES)}
    return whole.parent.name if whole.name in unnamed else whole.name


def image_name(bundle: Path) -> str:
    """Return a name for a container image of the bundle in a folder: of ``runs/Pets/bundle``, ``pets``."""
    return re.sub(r"[^a-z0-9]+", "-", model_name(bundle).lower()).strip("-")[:60].strip("-") or "model"


def usage(kind: str, name: str, *, int8: str = "") -> str:
    """Return the section of a model card that says how to use the export.

    ``int8`` is a line on what was measured, for a graph in int8.
    """
    return text_of("export-usage", kind=kind, name=name, network="int8" if int8 else "float32", int8=int8)


def _pinned(names: tuple[str, ...]) -> str:
    """Return a line for each package: pinned to the version here, if it is installed here."""
    lines = []
    for name in sorted(names):
        try:
            lines.append(f"{name}=={version(name).partition('+')[0]}")  # not 2.15.0+cu132, which an index may lack
        except PackageNotFoundError:
            lines.append(name)
    return "\n".join(lines) + "\n"


def _dockerfile(kind: str, name: str) -> str:
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    complete = "" if kind == "torch-export" else "--no-deps "  # PyTorch needs its dependencies
    return f"""\
# docker build -t {name} .
#     installs ghep from a wheel in this folder (pip wheel --no-deps ghep), else from the package index
# docker run --rm --read-only -p 8000:8000 -e GHEP_TOKEN=... {name}
# docker run --rm --read-only -v "$PWD:/data:ro" {name} predict /model /data
FROM python:{python}-slim
WORKDIR /install
COPY requirements*.txt ghep-*.whl* ./
RUN pip install --no-cache-dir {complete}-r requirements.txt -r requirements-serve.txt \\
 && pip install --no-cache-dir --no-deps "$(ls ghep-*.whl 2>/dev/null || echo ghep=={__version__})" \\
 && useradd --system --uid 10001 ghep
COPY . /model
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
USER 10001
EXPOSE 8000
ENTRYPOINT ["ghep"]
CMD ["serve", "/model", "--host", "0.0.0.0"]
"""
