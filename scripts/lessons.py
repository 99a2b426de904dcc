"""Run the code of a lesson and print what it prints: .venv/bin/python scripts/lessons.py docs/lessons/PAGE.md [--write]

The blocks run in order in an empty temporary folder and in this one process. A ``sh`` block is a few command lines;
what is not ``ghep`` is run by the shell. ``python`` blocks share their names, as in one session. A ``text`` block
quotes what the block above it prints: whole lines in their order, or the beginning of a line and three dots.
``--write`` replaces the numbers in the quotes by those of this run, and marks lines that are left out by three dots.
"""

from __future__ import annotations

import io
import os
import re
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple

FENCE = re.compile(r"^```(sh|python|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
DOTS = "..."
NUMBER = re.compile(r"[-+−±]?\d[\d.,]*(e[-+]\d+)?")
TIME = re.compile(r"# (s|min|h|giây|phút|giờ)\b")


class Block(NamedTuple):
    """Code of a lesson, and the lines of its output that the page quotes."""

    language: str
    code: str
    quoted: list[str]


class Ran(NamedTuple):
    """What a block printed, its highest exit code, and the processor seconds that it took."""

    printed: str
    exit_code: int
    seconds: float


def blocks(page: Path) -> list[Block]:
    """Return the blocks of code in ``page``, in order."""
    found: list[Block] = []
    for language, body in FENCE.findall(page.read_text(encoding="utf-8")):
        if language == "text":
            found[-1].quoted.extend(line for line in body.splitlines() if line.strip() not in ("", DOTS))
        else:
            found.append(Block(language, body, []))
    return found


def executed(page: Path, folder: Path, *, instead: Mapping[str, str] | None = None) -> Iterator[tuple[Block, Ran]]:
    """Run each block of ``page`` in ``folder``; a Python block that raises ends it.

    Each text of ``instead`` is replaced by another in all blocks, such as a strategy by a cheaper one.
    """
    names: dict[str, Any] = {"__name__": "__main__"}
    with chdir(folder):
        for block in blocks(page):
            for old, new in (instead or {}).items():
                block = block._replace(code=block.code.replace(old, new))
            began, said, code = time.process_time(), io.StringIO(), 0
            with redirect_stdout(said), redirect_stderr(said):
                if block.language == "python":
                    exec(compile(block.code, str(page), "exec"), names)
                else:
                    code = max(map(_command, block.code.replace("\\\n", " ").splitlines()))
            yield block, Ran(said.getvalue(), code, time.process_time() - began)


def _command(line: str) -> int:
    """Run one command line, print what it prints, and return its exit code."""
    from ghep.cli.app import run

    first, *rest = shlex.split(line)
    if first == "ghep":
        return run(rest)  # which expands globs itself
    done = subprocess.run(line, shell=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    print(done.stdout, end="")
    return done.returncode


def shape(line: str) -> str:
    """Return ``line`` without what depends on the machine: digits, units of time, widths of columns, marks of rank."""
    plain = NUMBER.sub("#", " ".join(line.split()))
    return TIME.sub("# TIME", plain).removeprefix("* ").removeprefix("= ")


def places(quoted: list[str], printed: str) -> list[int | None]:
    """Return the line of ``printed`` that has the shape of each of ``quoted``, in this order; None where none has."""
    found: list[int | None] = []
    lines, start = printed.splitlines(), 0
    for one in quoted:
        wanted = shape(one)
        beginning = wanted.removesuffix(DOTS).rstrip() if wanted.endswith(DOTS) else None
        place = next(
            (
                at
                for at in range(start, len(lines))
                if (shape(lines[at]) == wanted if beginning is None else shape(lines[at]).startswith(beginning))
            ),
            None,
        )
        found.append(place)
        start = start if place is None else place + 1
    return found


def refreshed(quoted: list[str], printed: str) -> list[str]:
    """Return ``quoted`` with the numbers of ``printed``, and with three dots for the lines that are left out."""
    lines, last, found = printed.splitlines(), None, []
    for old, place in zip(quoted, places(quoted, printed), strict=True):
        if place is None:
            raise SystemExit(f"not printed: {old}")
        if last is not None and any(line.strip() for line in lines[last + 1 : place]):
            found.append(DOTS)
        new = lines[place].expandtabs().rstrip()
        if old.endswith(DOTS):
            words = re.findall(r"\s*\S+", new)[: len(old.split()) - 1]
            new = "".join(words) + f" {DOTS}"
        found.append(new)
        last = place
    return found


def rewritten(text: str, printed: list[str]) -> str:
    """Return the page ``text`` with refreshed quotes; ``printed`` has what each block of code printed."""
    at = -1

    def block(match: re.Match[str]) -> str:
        nonlocal at
        if match[1] != "text":
            at += 1
            return match[0]
        quoted = [line for line in match[2].splitlines() if line.strip() not in ("", DOTS)]
        return "```text\n" + "\n".join(refreshed(quoted, printed[at])) + "\n```"

    return FENCE.sub(block, text)


def main() -> None:
    page = Path(sys.argv[1]).resolve()
    os.environ.setdefault("GHEP_LANG", "vi" if "vi" in page.parts else "en")
    printed: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("GHEP_CACHE", str(Path(folder, "activations")))
        place = Path(folder, "lesson")
        place.mkdir()
        for block, ran in executed(page, place):
            print(f"{block.code}--- exit code {ran.exit_code}, {ran.seconds:.1f} s\n{ran.printed}", flush=True)
            printed.append(ran.printed)
    if "--write" in sys.argv[2:]:
        page.write_text(rewritten(page.read_text(encoding="utf-8"), printed), encoding="utf-8")


if __name__ == "__main__":
    main()
