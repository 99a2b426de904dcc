"""The folder of a pretraining in progress: ``begun.json`` says what of, ``checkpoints/`` continue it.

When the pretraining ends, the folder is replaced as a whole by what was pretrained.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ghep.errors import ConfigError
from ghep.pretrain.record import RECORD
from ghep.storage.folder import MANIFEST, write_folder
from ghep.storage.lock import locked
from ghep.storage.text import read_json, write_json_atomic
from ghep.types import Finding

BEGUN = "begun.json"


def refuse_taken(folder: Path, *, resume: bool, overwrite: bool) -> None:
    """Raise ConfigError if ``folder`` has files, unless they are of a pretraining to be resumed or overwritten.

    Such a pretraining must have ended: another process that is still writing the folder is an error too.
    """
    if folder.exists() and not folder.is_dir():
        raise ConfigError("folder-is-a-file", path=folder)
    if not folder.is_dir() or not any(folder.iterdir()):
        return
    if any((folder / name).is_file() for name in (BEGUN, RECORD)):
        with locked(folder):
            pass
    elif not resume:
        raise ConfigError("pretrain-out-is-foreign", folder=folder)
    if not resume and not overwrite:
        raise ConfigError("pretrain-out-held", folder=folder, finished=(folder / RECORD).is_file())


@contextmanager
def in_progress(
    folder: Path,
    key: str,
    *,
    objective: str,
    resume: bool,
    overwrite: bool = False,
    files: Mapping[str, str] | None = None,
) -> Iterator[tuple[Finding, ...]]:
    """Make ``folder`` with these text ``files``, or check that it may be resumed, and hold its lock for the block.

    ``key`` identifies the pretraining. Yields a finding if the folder cannot be locked. Raises ConfigError if the
    folder to be resumed is of another pretraining, or if another process began to write it while the corpus was read.
    A finished pretraining (``pretraining.json``) is left as it is. If the block is left by Ctrl-C or an error before
    there is a checkpoint, the folder is removed: the same command can be given again.
    """
    refuse_taken(folder, resume=resume, overwrite=overwrite)
    if resume and (folder / MANIFEST).is_file():
        name = RECORD if (folder / RECORD).is_file() else BEGUN
        held = read_json(folder / name, error=ConfigError, what=name)
        if not isinstance(held, dict) or held.get("key") != key:
            raise ConfigError("pretrain-resumed-with-other-settings", folder=folder)
    else:
        with write_folder(folder) as new:
            write_json_atomic(new / BEGUN, {"key": key, "objective": objective})
            for name, text in (files or {}).items():
                (new / name).write_text(text, encoding="utf-8")
    with locked(folder) as findings:  # outside of what removes the folder: it may be another process that holds it
        try:
            yield findings
        except BaseException:
            if not (folder / RECORD).is_file() and not any((folder / "checkpoints").glob("*")):
                shutil.rmtree(folder, ignore_errors=True)
            raise
