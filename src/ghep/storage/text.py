"""Write small files atomically, and read and write strict JSON.

Reading requires UTF-8, a limited size, no duplicate key and no NaN. Writing turns NaN and infinities into ``null``,
because JSON does not allow them.
"""

from __future__ import annotations

import json
import math
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ghep.errors import UserError
from ghep.messages import Message, text_of
from ghep.storage.regular import open_regular

JSON_LIMIT_BYTES = 64 * 2**20


def write_text_atomic(path: Path, text: str) -> None:
    """Write ``text`` as UTF-8 so that ``path`` holds either the old content or the new, after any crash.

    Bytes of a file name that are not UTF-8 are written as JSON escapes.
    Raises OSError from the system (disk full, no permission); the old content is then still there.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.name[:200]}.tmp-{os.getpid()}-{secrets.token_hex(4)}")
    try:
        write_bytes_synced(temporary, text.encode("utf-8", "backslashreplace"))
        os.replace(temporary, path)  # noqa: PTH105 - the tests count the calls of os
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def write_json_atomic(path: Path, obj: Any) -> None:
    """Write ``obj`` as indented JSON, atomically, in the order of its keys.

    Numpy scalars and arrays become numbers and lists, paths become strings with forward slashes; NaN and infinities
    become null. Raises TypeError for any other type.
    """
    write_text_atomic(path, json.dumps(plain(obj), indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def read_json(path: Path, *, error: type[UserError], what: str | Message, limit_bytes: int = JSON_LIMIT_BYTES) -> Any:
    """Return the content of a JSON file from an untrusted source.

    ``what`` names the file in the message ("the labels of the bundle"). Raises ``error`` when it is missing, larger
    than ``limit_bytes``, not UTF-8, not JSON, nested too deeply, or has a duplicate key or a NaN.
    """
    path = Path(path)
    try:
        with open_regular(path) as file:
            data = file.read(limit_bytes + 1)
    except (OSError, ValueError) as cause:  # ValueError: a NUL in the name
        raise error("json-unreadable", what=what, path=path, cause=reason(cause)) from cause
    return json_of(data, path, error=error, what=what, limit_bytes=limit_bytes)


def json_of(
    data: bytes, path: Path, *, error: type[UserError], what: str | Message, limit_bytes: int = JSON_LIMIT_BYTES
) -> Any:
    """Return the value in ``data``, the content of the JSON file ``path``; raise ``error`` as ``read_json`` does."""
    if len(data) > limit_bytes:
        raise error("json-too-large", what=what, path=path, limit=limit_bytes)
    try:
        return json.loads(data.decode("utf-8-sig"), object_pairs_hook=_no_duplicates, parse_constant=_no_constants)
    except (ValueError, RecursionError) as cause:
        raise error("json-invalid", what=what, path=path, cause=reason(cause)) from cause


def plain(obj: Any) -> Any:
    """Return ``obj`` converted to JSON types, as ``write_json_atomic`` describes."""
    if obj is None or isinstance(obj, str | bool | int):
        return obj
    if isinstance(obj, float):
        return float(obj) if math.isfinite(obj) else None
    if isinstance(obj, Mapping):
        return {_key(key): plain(value) for key, value in obj.items()}
    if isinstance(obj, list | tuple):
        return [plain(value) for value in obj]
    if isinstance(obj, Path):
        return obj.as_posix()
    if type(obj).__module__ == "numpy":
        return plain(obj.tolist())
    raise TypeError(f"JSON cannot hold a {type(obj).__name__}: {obj!r:.80}")


def write_bytes_synced(path: Path, data: bytes) -> None:
    """Create ``path`` (which must not exist) with ``data``, synced to disk."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(path: Path) -> None:
    """Sync the list of files in a folder to disk; on Windows this is not possible and not needed."""
    if os.name != "nt":
        sync_file(path)


def sync_file(path: Path) -> None:
    """Sync the content of ``path`` to disk."""
    descriptor = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""First characters of a cell that a spreadsheet may run as a formula."""


def cell(value: Any) -> Any:
    """Return a value for a cell of a CSV; text that a spreadsheet would run as a formula gets a single quote in front.

    File names and labels are untrusted, and ``=HYPERLINK(...)`` is a valid file name
    (https://owasp.org/www-community/attacks/CSV_Injection). Numbers stay as they are.
    """
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def text_in(cell: str) -> str:
    """Return the text that ``cell`` made a cell of: without the single quote in front of a formula."""
    return cell[1:] if cell.startswith(tuple(f"'{first}" for first in FORMULA)) else cell


def reason(cause: BaseException) -> str:
    """Return the reason in ``cause``, an error of the operating system or a parser, in a few words."""
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror
    return str(cause) or type(cause).__name__


def _key(key: object) -> str:
    if isinstance(key, str):
        return key
    if isinstance(key, int) and not isinstance(key, bool):
        return str(key)
    raise TypeError(f"a JSON key must be a string, not {type(key).__name__}: {key!r:.80}")


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(text_of("json-duplicate-key", key=f"{key!r:.80}"))
        found[key] = value
    return found


def _no_constants(word: str) -> Any:
    raise ValueError(text_of("json-not-a-number", word=word))
