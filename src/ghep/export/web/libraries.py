"""The JavaScript libraries of an export: onnxruntime-web, and tokenizers for texts. Out: their files, verified.

``libraries.json`` is the lock file: versions, the integrity of npm's packages, and the hashes of the files that are
used. The packages are fetched by npm, once, into the cache; or they are read from a folder of unpacked packages.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import shutil
import subprocess
import tarfile
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ghep.errors import ConfigError
from ghep.storage.folder import write_folder

RUNTIME = "onnxruntime-web"
TOKENIZERS = "@huggingface/tokenizers"
FETCH_SECONDS = 600


@cache
def locked() -> dict[str, dict[str, Any]]:
    """Return the lock file: package -> version, integrity, licence, and the hashes of the files that are used."""
    found: dict[str, dict[str, Any]] = json.loads(Path(__file__).with_name("libraries.json").read_text("utf-8"))
    return found


def library_files(package: str, folder: Path | None = None) -> dict[str, bytes]:
    """Return the files of ``package`` that an export uses, by name without folders; their hashes are verified.

    ``folder`` has unpacked packages, such as a ``node_modules`` folder, or is the unpacked package itself; None: the
    cache, which npm fills at the first call. Raises ConfigError if files are missing or differ, or without npm.
    """
    source = package_folder(package) if folder is None else _found(package, folder)
    return {Path(name).name: _verified(source / name, package, digest) for name, digest in _files(package).items()}


def cache_folder() -> Path:
    """Return the folder that keeps fetched packages: ``web`` in ``GHEP_CACHE``, or in the user's cache folder."""
    given, user = os.environ.get("GHEP_CACHE"), os.environ.get("XDG_CACHE_HOME")
    return Path(given) / "web" if given else (Path(user) if user else Path.home() / ".cache") / "ghep" / "web"


def _files(package: str) -> dict[str, str]:
    found: dict[str, str] = locked()[package]["files"]
    return found


def package_folder(package: str) -> Path:
    """Return the folder in the cache with the files of ``package``, fetched by npm at the first call."""
    target = cache_folder() / f"{package.replace('/', '-')}-{locked()[package]['version']}"
    if not target.is_dir():
        content = _fetched(package)
        with write_folder(target) as folder, tarfile.open(fileobj=io.BytesIO(content)) as archive:
            for name in _files(package):
                member = archive.extractfile(f"package/{name}")
                assert member is not None
                (folder / name).parent.mkdir(exist_ok=True)
                (folder / name).write_bytes(member.read())
    return target


def _fetched(package: str) -> bytes:
    """Return the archive of a package as npm delivers it; ConfigError if it is not the one in the lock file."""
    npm, lock = shutil.which("npm"), locked()[package]
    if npm is None:
        raise ConfigError("web-no-npm", package=package, version=lock["version"])
    with TemporaryDirectory(prefix="ghep-npm-") as folder:
        command = [npm, "pack", f"{package}@{lock['version']}", "--silent", "--ignore-scripts"]
        try:
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=FETCH_SECONDS)
            error = done.stderr.strip()
        except (OSError, subprocess.TimeoutExpired) as cause:
            error = str(cause)
        archive = next(Path(folder).glob("*.tgz"), None)
        if archive is None:
            last = (error.splitlines() or [""])[-1]
            raise ConfigError("web-fetch-failed", package=package, version=lock["version"], error=f"{last:.200}")
        content = archive.read_bytes()
    if f"sha512-{base64.b64encode(hashlib.sha512(content).digest()).decode()}" != lock["integrity"]:
        raise ConfigError("web-library-differs", package=package, version=lock["version"], file=archive.name)
    return content


def _found(package: str, folder: Path) -> Path:
    for place in (folder / package, folder / "node_modules" / package, folder / package.rpartition("/")[2], folder):
        if all((place / name).is_file() for name in _files(package)):
            return place
    raise ConfigError(
        "web-library-missing",
        package=package,
        version=locked()[package]["version"],
        folder=folder,
        files=[*_files(package)],
    )


def _verified(path: Path, package: str, digest: str) -> bytes:
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != digest:
        raise ConfigError("web-library-differs", package=package, version=locked()[package]["version"], file=path)
    return content
