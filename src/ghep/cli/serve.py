"""``ghep serve``: answer requests for predictions over HTTP until asked to stop."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ghep.cli.arguments import given_path
from ghep.config import in_units
from ghep.cpus import cores
from ghep.errors import ConfigError
from ghep.messages import text_of
from ghep.serve.options import ServeOptions
from ghep.setting import settings_of

if TYPE_CHECKING:
    from ghep.export.base_predictor import BasePredictor
    from ghep.serve.server import Server

TOKEN = "GHEP_TOKEN"
"""Environment variable of the token, which ``ps`` does not show to other users as it does an argument."""
NEEDED = ("starlette", "uvicorn", "httptools", "markdown_it", "python_multipart", "prometheus_client")


def command(
    model: Annotated[Path, typer.Argument(help=text_of("help-serve-model"), parser=given_path, metavar="MODEL")],
    *,
    settings: dict[str, Any],
) -> None:
    """Run ``ghep serve``."""
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise ConfigError("serve-not-installed", names=missing)
    if os.environ.get(TOKEN):
        settings.setdefault("token", os.environ[TOKEN])
    settings = in_units(settings, settings_of(ServeOptions))
    engine, threads = settings.get("engine", "auto"), settings.get("threads")
    # Read by OpenMP when torch is loaded; a container with a quota sees more processors than it may use.
    if threads is not None:
        os.environ["OMP_NUM_THREADS"] = str(threads)
    os.environ.setdefault("OMP_NUM_THREADS", str(cores()))
    from ghep.export.exported import is_export
    from ghep.serve.server import serve

    exported = is_export(model)
    if exported and "engine" in settings:
        raise ConfigError("engine-of-export", engine=engine, path=model)
    serve(model, load=lambda: _loaded(model, engine, threads, exported=exported), started=_say, **settings)


def _loaded(model: Path, engine: str, threads: int | None, *, exported: bool) -> BasePredictor:
    """Load a bundle, or an export, which repeats its self-test on this machine."""
    if exported:
        from ghep.export.runtime import load as load_export

        predictor = load_export(model, threads=threads)
        predictor.self_test()
        return predictor
    from ghep.export.predictor import load

    return load(model, engine=engine)


def _say(server: Server) -> None:
    told = text_of("serve-listening", address=server.address, name=server.service.identity.name)
    print(told, file=sys.stderr, flush=True)
