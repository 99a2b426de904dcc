"""A file of torch.export that would run code when it is loaded is refused; those of ghep are not."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
import torch

from ghep.errors import ConfigError
from ghep.export.torch_archive import code_in
from ghep.export.torch_engine import program_run

CODE = "__import__('os').system('touch MARK')"


class Net(torch.nn.Linear):
    """Returns a tuple, as the graph of a model does."""

    def forward(self, pixels: torch.Tensor) -> tuple[torch.Tensor]:  # type: ignore[override]
        return (super().forward(pixels),)


@pytest.fixture(scope="module")
def program() -> bytes:
    """A program with a free size, written by PyTorch."""
    made = torch.export.export(Net(4, 2).eval(), (torch.ones(3, 4),), dynamic_shapes=({0: torch.export.Dim.DYNAMIC},))
    file = io.BytesIO()
    torch.export.save(made, file)
    return file.getvalue()


def changed(program: bytes, change: Callable[[str, bytes], bytes], *more: tuple[str, bytes]) -> bytes:
    """The archive with each content replaced by ``change(name, content)``, and more files."""
    file = io.BytesIO()
    with ZipFile(io.BytesIO(program)) as old, ZipFile(file, "w") as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
        for name, content in more:
            new.writestr(name, content)
    return file.getvalue()


def with_value(program: bytes, key: str, value: object) -> bytes:
    """The program in whose JSON the first member ``key`` has another value."""

    def change(name: str, content: bytes) -> bytes:
        if not name.endswith("model.json"):
            return content
        described = json.loads(content)
        assert replaced(described)
        return json.dumps(described).encode()

    def replaced(part: Any) -> bool:
        if isinstance(part, dict) and key in part:
            part[key] = value
            return True
        return any(map(replaced, part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()))

    return changed(program, change)


class Payload:
    """Runs a command when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (f"touch {self.mark}",)


def test_what_pytorch_wrote_is_loaded(program: bytes) -> None:
    assert code_in(program) == ""
    guarded = with_value(program, "guards_code", ["L['pixels'].size()[0] <= 32"])
    (found,) = program_run(guarded, ["logits"])([torch.ones(5, 4).numpy()], ["logits"])
    assert found.shape == (5, 2)


def test_a_pickle_in_the_sample_inputs_is_not_run(program: bytes, tmp_path: Path) -> None:
    mark, file = tmp_path / "mark", io.BytesIO()
    torch.save((Payload(mark),), file)
    forged = changed(program, lambda name, old: file.getvalue() if "sample_inputs" in name else old)
    with pytest.raises(Exception, match=r"[Ww]eights"):
        program_run(forged, ["logits"])
    assert not mark.exists()
    assert "TORCH_FORCE_WEIGHTS_ONLY_LOAD" not in os.environ


@pytest.mark.parametrize("text", [CODE, "Max('1', 1)", "().__class__", "Symbol('s1', x=print())", "open(1)", "n.real"])
def test_expressions_and_guards_that_are_more_than_numbers_are_refused(program: bytes, text: str) -> None:
    for key, value in (("expr_str", text), ("guards_code", [text])):
        with pytest.raises(ConfigError, match="could run code"):
            program_run(with_value(program, key, value), ["logits"])


@pytest.mark.parametrize("target", ["torch.os.system", "torch.hub.load", "torch.ops.load_library", "#x", "math.a.b"])
def test_operators_are_only_those_of_tensors(program: bytes, target: str) -> None:
    with pytest.raises(ConfigError, match="could run code"):
        program_run(with_value(program, "target", target), ["logits"])


@pytest.mark.parametrize("name", ["archive/data/aotinductor/model/x.so", "other/archive_version", "ARCHIVE/byteorder"])
def test_other_files_in_the_archive_are_refused(program: bytes, name: str) -> None:
    with pytest.raises(ConfigError, match="could run code"):
        program_run(changed(program, lambda _, old: old, (name, b"x")), ["logits"])


@pytest.mark.parametrize("content", [b"", b"PK", b"x" * 100])
def test_what_is_no_archive_is_refused(content: bytes) -> None:
    with pytest.raises(ConfigError, match="could run code"):
        program_run(content, ["logits"])
