from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ghep.errors import BundleError, ConfigError
from ghep.storage import MANIFEST, check_name, recover, verify_folder, write_folder
from ghep.storage.folder import sweep, temporary_folder

CALLS = ("open", "fsync", "rename", "replace", "mkdir", "unlink", "rmdir")


def fill(folder: Path, content: str) -> None:
    (folder / "sub").mkdir()
    (folder / "a.txt").write_text(content)
    (folder / "sub" / "b.txt").write_text(content)


def save(target: Path, content: str) -> None:
    with write_folder(target) as folder:
        fill(folder, content)


def verify(target: Path, **more: Any) -> None:
    verify_folder(target, error=BundleError, what="the bundle", **more)


def content_of(target: Path) -> str:
    verify(target)
    found = {(target / "a.txt").read_text(), (target / "sub" / "b.txt").read_text()}
    assert len(found) == 1, f"a mix of two folders: {found}"
    return found.pop()


def dead_pid() -> int:
    process = multiprocessing.get_context("spawn").Process(target=int)
    process.start()
    process.join()
    assert process.pid
    return process.pid


class Crash(BaseException):
    """Simulates a kill: no handler catches it."""


def crash_at(n: int, patch: pytest.MonkeyPatch, *, dead: bool, error: type[BaseException]) -> Callable[[], int]:
    """Raise at the n-th of CALLS; when ``dead``, at every later one too, as after a kill."""
    seen = 0

    def guard(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            nonlocal seen
            seen += 1
            if seen == n or (dead and seen > n):
                raise error()
            return real(*args, **kwargs)

        return call

    for name in CALLS:
        patch.setattr(os, name, guard(getattr(os, name)))
    return lambda: seen


@pytest.mark.parametrize("old", [None, "old"])
@pytest.mark.parametrize(("dead", "error"), [(True, Crash), (False, OSError)])
def test_a_crash_at_any_point_leaves_the_old_or_the_new_folder(
    tmp_path: Path, old: str | None, dead: bool, error: type[BaseException]
) -> None:
    outcomes, n = set(), 0
    while True:
        n += 1
        parent = tmp_path / str(n)
        parent.mkdir()
        target = parent / "bundle"
        if old:
            save(target, old)
        raised = False
        with pytest.MonkeyPatch.context() as patch:
            calls = crash_at(n, patch, dead=dead, error=error)
            try:
                save(target, "new")
            except error:
                raised = True
            calls = calls()
        if not dead and old:
            assert target.exists(), "an error that the writer survives never leaves the target missing"
        recover(target)
        found = content_of(target) if target.exists() else None
        assert found in (old, "new")
        assert raised or found == "new", "no error was seen, so the new folder must be there"
        outcomes.add(found)
        save(target, "again")
        assert content_of(target) == "again"
        if calls < n:
            break
    assert n > 10
    assert outcomes == {old, "new"}


def test_everything_is_synced_before_the_folder_is_renamed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: set[int] = set()
    fsync, rename = os.fsync, os.rename

    def note(descriptor: int) -> None:
        synced.add(os.fstat(descriptor).st_ino)
        fsync(descriptor)

    def check(source: Path, target: Path) -> None:
        if target == tmp_path / "bundle":
            renamed.append({str(path) for path in [source, *source.rglob("*")] if path.stat().st_ino not in synced})
            synced.clear()
        rename(source, target)

    renamed: list[set[str]] = []
    monkeypatch.setattr(os, "fsync", note)
    monkeypatch.setattr(os, "rename", check)
    save(tmp_path / "bundle", "x")
    assert renamed == [set()]
    assert synced == {tmp_path.stat().st_ino}, "and the name itself after it"


WRITER = """
import os, socket, sys
import ghep.storage.folder as folder
os.getpid = lambda: {pid}  # as in another process namespace
with folder.write_folder(sys.argv[1]) as temporary:
    (temporary / "a.txt").write_text("new")
    print(temporary, flush=True)
    input()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no flock")
@pytest.mark.parametrize("end", ["finish", "kill"])
def test_a_living_writer_of_another_process_namespace_is_not_swept(tmp_path: Path, end: str) -> None:
    """Two containers of one host name share a volume: the writer's process id is unknown here."""
    command = [sys.executable, "-c", WRITER.format(pid=dead_pid()), str(tmp_path / "bundle")]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as writer:
        assert writer.stdout and writer.stdin
        temporary = Path(writer.stdout.readline().strip())
        recover(tmp_path / "bundle")
        sweep(tmp_path)
        assert (temporary / "a.txt").read_text() == "new"
        if end == "kill":
            writer.kill()
        else:
            writer.stdin.write("\n")
            writer.stdin.close()
        assert writer.wait(30) == (0 if end == "finish" else -9)
    recover(tmp_path / "bundle")
    assert not temporary.exists()
    assert (tmp_path / "bundle" / "a.txt").exists() is (end == "finish")


def test_a_temporary_folder_is_removed_after_its_block_and_after_a_kill(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    code = """import os; from ghep.storage.folder import temporary_folder
with temporary_folder("x") as folder: (folder / "f").write_text("1"); os._exit(9)"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 9
    (left,) = tmp_path.iterdir()
    with temporary_folder("x") as folder:
        assert not left.exists()
        (folder / "sub").mkdir()
        with temporary_folder("x"):
            assert folder.exists()
    assert not any(tmp_path.iterdir())


def test_litter_of_dead_writers_is_swept_and_of_living_ones_kept(tmp_path: Path) -> None:
    save(tmp_path / "bundle", "whole")
    with write_folder(tmp_path / "bundle") as living:
        host = living.name.rsplit("-", 1)[1][:8]
        dead = tmp_path / f".bundle.tmp-{dead_pid()}-{host}00000000"
        elsewhere = tmp_path / f".bundle.tmp-{dead_pid()}-anotherhost"
        dead_old = tmp_path / f".bundle.old-{dead_pid()}-{host}00000000"
        for folder in (dead, elsewhere, dead_old):
            folder.mkdir()
        recover(tmp_path / "bundle")
        assert living.exists()
        assert elsewhere.exists()
        assert not dead.exists()
        assert not dead_old.exists()
        fill(living, "new")
    assert content_of(tmp_path / "bundle") == "new"


def test_a_failing_block_leaves_nothing_and_the_old_folder(tmp_path: Path) -> None:
    save(tmp_path / "bundle", "old")
    with pytest.raises(ZeroDivisionError), write_folder(tmp_path / "bundle") as folder:
        fill(folder, "new")
        1 / 0  # noqa: B018
    assert content_of(tmp_path / "bundle") == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]


def test_a_finished_write_leaves_only_the_target(tmp_path: Path) -> None:
    for content in ("one", "two"):
        save(tmp_path / "deep" / "bundle", content)
        assert content_of(tmp_path / "deep" / "bundle") == content
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["bundle"]


def test_a_folder_of_the_user_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("three years")
    with pytest.raises(ConfigError, match="did not write it"):
        save(tmp_path, "new")
    with pytest.raises(ConfigError, match="a file is there"):
        save(tmp_path / "thesis.txt", "new")
    assert (tmp_path / "thesis.txt").read_text() == "three years"
    (tmp_path / "empty").mkdir()
    save(tmp_path / "empty", "new")
    assert content_of(tmp_path / "empty") == "new"


def test_a_link_keeps_pointing_to_the_new_folder(tmp_path: Path) -> None:
    save(tmp_path / "real", "old")
    (tmp_path / "link").symlink_to("real")
    save(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert content_of(tmp_path / "real") == "new"


@pytest.mark.parametrize("name", ["a.txt", "sub/b.txt"])
@pytest.mark.parametrize("how", ["flip", "truncate", "extend", "delete", "folder"])
def test_every_damage_is_reported(tmp_path: Path, name: str, how: str) -> None:
    save(tmp_path / "bundle", "some content")
    path = tmp_path / "bundle" / name
    data = path.read_bytes()
    path.unlink()
    if how == "flip":
        path.write_bytes(bytes([data[0] ^ 1]) + data[1:])
    elif how in ("truncate", "extend"):
        path.write_bytes(data[:-1] if how == "truncate" else data + b"x")
    elif how == "folder":
        path.mkdir()
    problem = {"flip": "sha256", "truncate": "11 bytes instead of 12", "extend": "13 bytes instead of 12"}
    with pytest.raises(BundleError, match=f"{name} .*{problem.get(how, '')}") as caught:
        verify(tmp_path / "bundle")
    assert caught.value.remedy


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    save(tmp_path / "bundle", "x")
    (tmp_path / "bundle" / "a.txt").unlink()
    os.mkfifo(tmp_path / "bundle" / "a.txt")
    with pytest.raises(BundleError, match="regular"):
        verify(tmp_path / "bundle")


def test_required_files_must_be_listed(tmp_path: Path) -> None:
    save(tmp_path / "bundle", "x")
    (tmp_path / "bundle" / "extra.txt").write_text("smuggled in")
    verify(tmp_path / "bundle", required=["a.txt", "sub/b.txt"])
    with pytest.raises(BundleError, match=r"lacks extra\.txt"):
        verify(tmp_path / "bundle", required=["extra.txt"])


@pytest.mark.parametrize(
    "manifest",
    [
        "",
        "[]",
        "{}",
        '{"format": 2, "files": {}}',
        '{"format": 1, "files": []}',
        '{"format": 1, "files": {"a.txt": 3}}',
        '{"format": 1, "files": {"a.txt": {"sha256": 1, "bytes": 1}}}',
        '{"format": 1, "files": {"a.txt": {"sha256": "", "bytes": true}}}',
        '{"format": 1, "files": {"a.txt": {"sha256": "", "bytes": 1}, "a.txt": {"sha256": "", "bytes": 1}}}',
    ],
)
def test_an_invalid_manifest_is_refused(tmp_path: Path, manifest: str) -> None:
    save(tmp_path / "bundle", "x")
    (tmp_path / "bundle" / MANIFEST).write_text(manifest)
    with pytest.raises(BundleError, match=r"the bundle: .*(not a manifest|not valid|no valid size|format)"):
        verify(tmp_path / "bundle")


def test_no_folder_and_no_manifest(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="there is no folder"):
        verify(tmp_path / "bundle")
    with pytest.raises(BundleError, match="incomplete"):
        verify(tmp_path)
    with pytest.raises(BundleError, match="is not a path"):
        verify(tmp_path / "a\0b")


ESCAPES = [
    "..",
    "../x",
    "a/../../x",
    "/etc/passwd",
    "a\0b",
    "",
    ".",
    "a//b",
    "C:/x",
    "..\\x",
    "x" * 300,
    "a/" * 600 + "a",
]


@pytest.mark.parametrize("name", ESCAPES)
def test_names_stay_in_their_folder(tmp_path: Path, name: str) -> None:
    save(tmp_path / "bundle", "x")
    (tmp_path / "x").write_text("outside")
    manifest = {"format": 1, "files": {name: {"sha256": "0" * 64, "bytes": 7}}}
    (tmp_path / "bundle" / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(BundleError, match="leave its folder"):
        verify(tmp_path / "bundle")


@pytest.mark.parametrize("name", ["a.txt", "sub/b.txt", "my model.safetensors", "mèo/chó-1_2.png", "..a"])
def test_valid_names_pass(name: str) -> None:
    assert check_name(name, error=BundleError, what="x") == name


def write_many(target: Path, start: Any) -> None:
    start.wait()
    for i in range(15):
        save(target, f"{os.getpid()}-{i}")


@pytest.mark.slow
def test_two_writers_and_a_reader(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(3)
    writers = [context.Process(target=write_many, args=(tmp_path / "bundle", start)) for _ in range(2)]
    for writer in writers:
        writer.start()
    start.wait()
    while any(writer.is_alive() for writer in writers):
        recover(tmp_path / "bundle")
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert content_of(tmp_path / "bundle").endswith("-14")
    recover(tmp_path / "bundle")
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]


def test_every_file_has_the_permissions_of_the_manifest(tmp_path: Path) -> None:
    with write_folder(tmp_path / "bundle") as folder:
        (folder / "secret.bin").write_bytes(b"weights")
        (folder / "secret.bin").chmod(0o600)
    modes = {path.name: path.stat().st_mode for path in (tmp_path / "bundle").iterdir()}
    assert modes["secret.bin"] == modes["MANIFEST.json"]
