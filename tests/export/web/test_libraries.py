"""The JavaScript libraries are exactly those of the lock file, or there is no export."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from ghep.errors import ConfigError
from ghep.export.web import libraries as module
from ghep.export.web.libraries import RUNTIME, TOKENIZERS, library_files, locked


def test_files_of_an_unpacked_package(libraries: Path) -> None:
    assert set(library_files(TOKENIZERS, libraries)) == {"tokenizers.min.mjs", "LICENSE"}
    assert library_files(TOKENIZERS, libraries / TOKENIZERS) == library_files(TOKENIZERS, libraries)


def test_a_changed_file_is_refused(libraries: Path, tmp_path: Path) -> None:
    shutil.copytree(libraries / TOKENIZERS, tmp_path / TOKENIZERS)
    file = tmp_path / TOKENIZERS / "dist" / "tokenizers.min.mjs"
    file.write_bytes(file.read_bytes() + b"\n")
    with pytest.raises(ConfigError, match="its hash is another one"):
        library_files(TOKENIZERS, tmp_path)


def test_a_folder_without_the_package_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="does not contain dist/ort"):
        library_files(RUNTIME, tmp_path)


def test_without_npm_the_error_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GHEP_CACHE", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigError, match="npm is not installed") as raised:
        library_files(RUNTIME)
    assert "--runtime" in raised.value.remedy


def test_an_archive_that_is_not_the_locked_one_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    npm = tmp_path / "npm"
    npm.write_text("#!/bin/sh\necho wrong > package.tgz\n")
    npm.chmod(0o755)
    monkeypatch.setenv("GHEP_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(ConfigError, match="its hash is another one"):
        library_files(TOKENIZERS)
    assert not (tmp_path / "cache").exists()


def test_the_lock_file_names_no_host() -> None:
    text = Path(module.__file__).with_name("libraries.json").read_text("utf-8")
    assert "http" not in text and set(json.loads(text)) == set(locked())
