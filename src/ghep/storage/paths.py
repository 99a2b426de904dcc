"""Whether a text can be a path at all, asked before anything is looked for there: it is refused by name, not by a
traceback of the system's.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path

from ghep.errors import UserError
from ghep.storage.text import reason


def path_named(text: str | Path, *, error: type[UserError], what: str) -> Path:
    """Return ``text`` as a path; raise ``error`` if nothing can be called so: empty, with a NUL in it, too long.

    ``what`` names it in the message ("the bundle"). Whether something lies there is the caller's question.
    """
    if not str(text).strip():
        raise error(f"{what}: an empty text is no path", remedy="give a path; . is the folder you are in")
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
