"""How threads wait is said before torch is loaded, unless the user has said it."""

from __future__ import annotations

import os

import pytest

from ghep import cli

NAMES = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": cli.BRIEF}),
        ({"OMP_WAIT_POLICY": "ACTIVE"}, {"OMP_WAIT_POLICY": "ACTIVE"}),
        ({"GOMP_SPINCOUNT": "7"}, {"GOMP_SPINCOUNT": "7"}),
    ],
)
def test_threads_wait_briefly_unless_told_otherwise(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], expected: dict[str, str]
) -> None:
    seen: dict[str, str] = {}

    def run() -> int:
        seen.update({name: os.environ[name] for name in NAMES if name in os.environ})
        return 0

    for name in NAMES:
        monkeypatch.setenv(name, "")  # so that it is put back afterwards
        monkeypatch.delenv(name)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("ghep.cli.app.run", run)
    monkeypatch.setattr(cli, "_leave", lambda code: None)
    monkeypatch.setattr("ghep.cli.streams.prepare_streams", lambda: None)  # those of pytest stay its own
    cli.main()
    assert seen == expected
