"""Missing parameters of a message are errors in these tests, also in templates, which no other test parses."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ghep.messages import STRICT


@pytest.fixture(scope="package", autouse=True)
def _strict_messages() -> Iterator[None]:
    token = STRICT.set(True)
    yield
    STRICT.reset(token)
