"""``ghep push``: a bundle or an export to a repository on Hugging Face's hub.

In: a folder that ghep wrote, the name of a repository. Out: a plan, which touches no network; or one commit. The folder
is checked against its manifest first, and only the files in the manifest are uploaded. The token is found by
huggingface_hub (``HF_TOKEN``, or the file that ``hf auth login`` writes) and appears in no message.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ghep._version import __version__
from ghep.errors import BundleError, ConfigError
from ghep.messages import Message
from ghep.storage.folder import MANIFEST, read_manifest, verify_folder
from ghep.storage.lock import FILE as LOCK
from ghep.storage.paths import path_named, refuse_run

LEFT_OUT = (LOCK, ".DS_Store", "Thumbs.db", "desktop.ini")
"""Files that other programs leave in folders, and ghep's own lock: not uploaded. Any other file is an error."""
EXPLAINED = {
    401: "push-refused-401",
    403: "push-refused-403",
    404: "push-refused-404",
    409: "push-refused-409",
    413: "push-refused-413",
}
"""HTTP status -> code of its message."""
NO_NETWORK = ("TransportError", "ConnectionError", "TimeoutError")
"""Base classes of what the clients of huggingface_hub's versions (httpx, httpx2, requests) raise without network."""
EXAMPLES = 3
"""File names in a message."""


@dataclass(frozen=True)
class PushPlan:
    """What would be uploaded, and where to."""

    folder: Path
    repository: str
    """``OWNER/NAME``, or ``NAME`` in the namespace of the token's user."""
    files: tuple[tuple[str, int], ...]
    """Name and size in bytes of each file, the manifest last."""
    left_out: tuple[str, ...]
    """Files in the folder that are not uploaded."""
    private: bool
    endpoint: str
    """Address of the hub."""

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(size for _, size in self.files)


def plan_push(folder: Path | str, repository: str, *, public: bool = False, endpoint: str | None = None) -> PushPlan:
    """Return what ``push`` would upload, after checking every file of ``folder``; no network is used.

    ``endpoint`` is the address of another hub than huggingface_hub's own (``HF_ENDPOINT``).
    Raises BundleError if the folder is damaged, was not written by ghep or holds other files; ConfigError if
    ``repository`` is not the name of a repository.
    """
    folder = path_named(folder, error=BundleError, what=Message("pushed-folder"))
    if not folder.is_dir() and Path(repository).is_dir():
        raise ConfigError("push-arguments-swapped", folder=folder, repository=repository)
    _refuse_name(repository)
    refuse_run(folder, error=BundleError, manifest=MANIFEST)
    verify_folder(folder, error=BundleError, what=Message("pushed-folder"))
    listed = read_manifest(folder, error=BundleError, what=Message("pushed-folder"))
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}
    others = sorted(found - set(listed) - {MANIFEST})
    foreign = [name for name in others if Path(name).name not in LEFT_OUT]
    if foreign:
        more = max(0, len(foreign) - EXAMPLES)
        raise BundleError("push-other-files", folder=folder, names=foreign[:EXAMPLES], more=more, manifest=MANIFEST)
    files = [(name, entry.bytes) for name, entry in sorted(listed.items())]
    files.append((MANIFEST, (folder / MANIFEST).stat().st_size))
    return PushPlan(folder, repository, tuple(files), tuple(others), not public, endpoint or _hub().constants.ENDPOINT)


def push(plan: PushPlan, *, quiet: bool = False) -> str:
    """Create the repository if it does not exist, upload the files in one commit; return the commit's address.

    Progress is shown on stderr if that is a terminal, unless ``quiet``.

    Raises ConfigError without a token or network, if the hub refuses, or if an existing repository is public and the
    plan is private.
    """
    hub = _hub()
    token = hub.get_token()
    if not token:
        raise ConfigError("push-without-token")
    api = hub.HfApi(endpoint=plan.endpoint, token=token, library_name="ghep", library_version=__version__)
    with _explained(plan, token), _bars(shown=sys.stderr.isatty() and not quiet):
        repository = api.create_repo(plan.repository, private=plan.private, repo_type="model", exist_ok=True).repo_id
        if plan.private and not api.repo_info(repository, repo_type="model").private:
            raise ConfigError("push-repository-is-public", repository=repository)
        operations = [hub.CommitOperationAdd(name, str(plan.folder / name)) for name, _ in plan.files]
        commit = api.create_commit(
            repository,
            operations,
            commit_message=f"Upload {plan.folder.resolve().name} with ghep {__version__}",
            repo_type="model",
        )
    return str(commit.commit_url)


def _hub() -> Any:
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    import huggingface_hub
    import huggingface_hub.constants

    return huggingface_hub


@contextmanager
def _bars(*, shown: bool) -> Iterator[None]:
    from huggingface_hub.utils import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars

    if shown or are_progress_bars_disabled():
        yield
        return
    disable_progress_bars()
    try:
        yield
    finally:
        enable_progress_bars()


def _refuse_name(repository: str) -> None:
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id

    _, address, rest = repository.partition("://")
    if address:
        parts = [part for part in rest.split("/")[1:] if part][:2]
        raise ConfigError("push-repository-is-address", repository=repository, name="/".join(parts) or "OWNER/NAME")
    try:
        validate_repo_id(repository)
    except HFValidationError as error:
        raise ConfigError("push-repository-invalid", repository=repository, why=str(error).split(":")[0]) from None


@contextmanager
def _explained(plan: PushPlan, token: str) -> Iterator[None]:
    """Turn the exceptions of the hub's client into ConfigErrors that say what to do, without the token."""
    from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

    where = {"repository": plan.repository, "endpoint": plan.endpoint}
    try:
        yield
    except OfflineModeIsEnabled:
        raise ConfigError("push-offline", **where) from None
    except ConfigError:
        raise
    except Exception as failed:  # many types: of the HTTP client, refused metadata, RuntimeError with the real cause
        error = failed.__cause__ if isinstance(failed, RuntimeError) and failed.__cause__ is not None else failed
        said = _first_line(error).replace(token, "***")
        if isinstance(error, HfHubHTTPError):
            status = getattr(error.response, "status_code", None)
            code = EXPLAINED.get(status or 0, "push-refused")
            raise ConfigError(code, **where, status=str(status), said=said) from None
        if any(kind.__name__ in NO_NETWORK for kind in type(error).__mro__):
            raise ConfigError("push-no-network", **where, kind=type(error).__name__) from None
        raise ConfigError("push-failed", **where, said=said) from None


def _first_line(error: BaseException) -> str:
    """Return what the hub said, else the first line of the error."""
    said = getattr(error, "server_message", None) or str(error)
    return next((line.strip() for line in said.splitlines() if line.strip()), type(error).__name__)[:300]
