"""Named pipes and devices where files should be: refused at once, never waited for."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import pytest

from ghep.data.image.loader import load_image
from ghep.data.sources import read, read_unlabelled
from ghep.data.text.loader import load_text
from ghep.errors import BadImage, BadText, BundleError, DataError
from ghep.storage.folder import read_folder
from ghep.storage.regular import open_regular
from ghep.storage.text import read_json

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="only where there are named pipes")


class WaitedError(Exception):
    pass


@pytest.fixture(autouse=True)
def _no_waiting() -> Iterator[None]:
    def waited(_: int, __: FrameType | None) -> None:
        raise WaitedError

    before = signal.signal(signal.SIGALRM, waited)
    signal.alarm(5)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture(params=["pipe", "device"])
def odd(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "odd"
    if request.param == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/zero")
    return path


def test_images_and_texts_are_refused_by_what_they_are(odd: Path) -> None:
    for load, error in ((load_image, BadImage), (load_text, BadText)):
        with pytest.raises(error, match=r"unreadable: it is a (named pipe|device), not a regular file"):
            load(odd)


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".json", ".parquet"])
def test_a_table_that_is_none_is_refused(suffix: str, odd: Path) -> None:
    table = odd.rename(odd.with_suffix(suffix))
    with pytest.raises(DataError):
        read(table)
    assert read_unlabelled(table, "text") is None


def test_a_row_that_names_one_costs_that_row_only(odd: Path) -> None:
    (odd.parent / "t.csv").write_text(f"path,label\n{odd.name},a\nb.png,b\n", encoding="utf-8")
    example = read(odd.parent / "t.csv", path_column="path").examples[0]
    with pytest.raises(BadImage, match="unreadable"):
        load_image(example.raw)


def test_a_bundle_with_one_in_it_is_refused(odd: Path) -> None:
    folder = odd.parent / "bundle"
    folder.mkdir()
    odd.rename(folder / "MANIFEST.json")
    with pytest.raises(BundleError, match="not a regular file"):
        read_folder(folder, error=BundleError, what="bundle", required=(), wanted=())
    with pytest.raises(BundleError, match="not a regular file"):
        read_json(folder / "MANIFEST.json", error=BundleError, what="bundle")


def test_regular_files_folders_and_sockets(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"content")
    with open_regular(tmp_path / "file") as file:
        assert file.read() == b"content"
    with pytest.raises(IsADirectoryError):
        open_regular(tmp_path)
    with pytest.raises(FileNotFoundError):
        open_regular(tmp_path / "none")
