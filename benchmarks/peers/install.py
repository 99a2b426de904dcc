"""Create the virtual environment of a peer from ``environments/NAME.txt``.

    python benchmarks/peers/install.py fastai keras

Environments are in build/bench/environments. uv creates them, and links equal files of several environments to one copy
on disk; it is installed into a small environment of its own the first time.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ENVIRONMENTS = HERE.parents[1] / "build" / "bench" / "environments"


def environment(name: str) -> Path:
    """Return the Python of the peer's environment, created if missing or if its list has changed."""
    wanted = HERE / "environments" / f"{name}.txt"
    folder = ENVIRONMENTS / name
    stamp = folder / f".installed-{hashlib.sha256(wanted.read_bytes()).hexdigest()[:16]}"
    python = folder / "bin" / "python"
    if not stamp.is_file():
        uv = _uv()
        print(f"installing {name} into {folder}", file=sys.stderr, flush=True)
        subprocess.run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, folder], check=True)
        command = [uv, "pip", "install", "--quiet", "--system-certs", "--python", python, "-r", wanted]
        subprocess.run(command, check=True)
        stamp.touch()
    return python.absolute()


def _uv() -> Path:
    uv = ENVIRONMENTS / "uv" / "bin" / "uv"
    if not uv.is_file():
        subprocess.run([sys.executable, "-m", "venv", ENVIRONMENTS / "uv"], check=True)
        pip = [ENVIRONMENTS / "uv" / "bin" / "python", "-m", "pip", "install", "--quiet", "uv"]
        subprocess.run(pip, check=True)
    return uv


if __name__ == "__main__":
    for one in sys.argv[1:]:
        print(environment(one))
