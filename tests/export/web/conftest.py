"""The JavaScript libraries of web exports, fetched once by npm into .cache/web; tests are skipped where npm cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from ghep.errors import ConfigError
from ghep.export.web.libraries import RUNTIME, TOKENIZERS, locked, package_folder

CACHE = Path(__file__).parents[3] / ".cache"


@pytest.fixture(scope="session")
def libraries() -> Path:
    """A folder like ``node_modules`` with the packages of ``libraries.json``."""
    folder = CACHE / "node_modules"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GHEP_CACHE", str(CACHE))
        for package in (RUNTIME, TOKENIZERS):
            try:
                source = package_folder(package)
            except ConfigError as error:
                pytest.skip(f"{error} (scripts/install browser)")
            target = folder / package
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.exists():
                target.symlink_to(source, target_is_directory=True)
    assert set(locked()) == {RUNTIME, TOKENIZERS}
    return folder
