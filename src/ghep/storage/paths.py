"""Whether a text can be a path at all, asked before anything is looked for there: it is refused by name, not by a
traceback of the system's.
"""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path

from ghep.errors import UserError
from ghep.storage.text import reason

_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):/")
"""As in https://, s3://, hf://, also after Path has taken one slash away. One letter is a drive of Windows."""


def path_named(text: str | Path, *, error: type[UserError], what: str) -> Path:
    """Return ``text`` as a path; raise ``error`` if nothing can be called so: empty, with a NUL in it, too long.

    ``what`` names it in the message ("the bundle"). Whether something lies there is the caller's question.
    """
    if not str(text).strip():
        raise error(f"{what}: an empty text is no path", remedy="give a path; . is the folder you are in")
    address = _ADDRESS.match(str(text))
    if address and not os.path.lexists(address[0]):
        raise error(
            f"{what}: {address[1]}://{str(text)[address.end() :].lstrip('/')[:200]} is an address, no path",
            remedy="ghep reads and writes files: download it, and give the path of the file or folder",
        )
    try:
        os.lstat(text)  # Path.exists hides a NUL
    except ValueError:
        raise error(f"{what}: {str(text)[:80]!r} is no path", remedy="leave the NUL out") from None
    except OSError as cause:
        if cause.errno in (errno.ENAMETOOLONG, errno.ELOOP):
            raise error(f"{what}: {str(text)[:80]!r}... is no path ({reason(cause)})", remedy="correct it") from None
    return Path(text)


def refuse_run(folder: Path, *, error: type[UserError], manifest: str) -> None:
    """Raise ``error`` with the way to the bundle if ``folder`` is a run: a folder with a bundle in it, and none."""
    if not (folder / manifest).is_file() and (folder / "bundle" / manifest).is_file():
        raise error(f"{folder} is a run, not a bundle", remedy=f"pass {folder / 'bundle'}")
