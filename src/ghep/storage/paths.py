"""Check whether a text can be a path before anything is opened, so that the user gets a message, not a traceback."""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path

from ghep.errors import UserError
from ghep.messages import Message
from ghep.storage.text import reason

_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):/")
"""As in https://, s3://, hf://, also after Path has removed one slash. A single letter is a Windows drive."""


def path_named(text: str | Path, *, error: type[UserError], what: str | Message) -> Path:
    """Return ``text`` as a path; raise ``error`` if it is empty, contains a NUL, is too long, or is a web address.

    ``what`` says in the message what the path is ("the bundle"). Whether the path exists is not checked.
    """
    if not str(text).strip():
        raise error("path-empty", what=what)
    address = _ADDRESS.match(str(text))
    if address and not os.path.lexists(address[0]):
        rest = str(text)[address.end() :].lstrip("/")[:200]
        raise error("path-is-address", what=what, address=f"{address[1]}://{rest}")
    try:
        os.lstat(text)  # Path.exists hides a NUL
    except ValueError:
        raise error("path-has-nul", what=what, path=repr(str(text)[:80])) from None
    except OSError as cause:
        if cause.errno in (errno.ENAMETOOLONG, errno.ELOOP):
            raise error("path-impossible", what=what, path=repr(str(text)[:80]), cause=reason(cause)) from None
    return Path(text)


def refuse_run(folder: Path, *, error: type[UserError], manifest: str) -> None:
    """Raise ``error`` if ``folder`` is the folder of a run, which holds a bundle; the remedy names the bundle.

    ``manifest`` is the name of the file that every bundle has.
    """
    if not (folder / manifest).is_file() and (folder / "bundle" / manifest).is_file():
        raise error("folder-is-a-run", folder=folder, bundle=folder / "bundle")
