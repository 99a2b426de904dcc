"""A message without one of its parameters is an error here, also in templates, whose calls no other test reads."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ghep.messages import STRICT


@pytest.fixture(scope="session", autouse=True)
def _strict_messages() -> Iterator[None]:
    token = STRICT.set(True)
    yield
    STRICT.reset(token)
