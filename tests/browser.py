"""Chromium for tests of web pages: ``with Chromium() as chromium``, ``with chromium.open(url) as tab``.

A tab records what a page may not do: write errors to the console, break its content security policy, ask another host
for anything. Tests without Chromium or playwright are skipped; ``scripts/install browser`` installs both.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)
TIMEOUT = 20_000
"""Milliseconds that an action or an expected element may take; two cores are slow while other tests run."""
OWN_SCHEMES = {"blob", "data", "about", "chrome-extension"}
AXE = Path(__file__).parents[1] / ".cache" / "axe" / "node_modules" / "axe-core" / "axe.min.js"
"""Of ``scripts/install browser``."""


@dataclass
class Tab:
    """A page in a browser, and what it did wrong."""

    page: Page
    home: str
    """``host:port`` that it may ask."""
    errors: list[str] = field(default_factory=list)
    """Errors and warnings on its console, breaches of its policy among them, and exceptions that nothing caught."""
    outside: list[str] = field(default_factory=list)
    """Addresses of other hosts that it asked for."""
    refused: list[str] = field(default_factory=list)
    """``404 /missing.png``: answers of 400 and above."""

    def violations(self) -> list[str]:
        """What axe-core finds wrong for people who cannot see or use a mouse; skips the test where it is missing."""
        if not AXE.is_file():
            pytest.skip("no axe-core: scripts/install browser")
        self.page.evaluate(AXE.read_text(encoding="utf-8"))  # not a script element, which the policy forbids
        found: dict[str, Any] = self.page.evaluate("() => axe.run()")
        return [f"{one['id']}: {node['html']}" for one in found["violations"] for node in one["nodes"]]

    def overflow(self) -> int:
        """Pixels by which the page is wider than its window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


class Chromium:
    """A running Chromium with a profile of its own, which ends with the block."""

    def __enter__(self) -> Chromium:
        sync_api = pytest.importorskip("playwright.sync_api", reason="no playwright: scripts/install dev")
        path = next(filter(None, map(shutil.which, NAMES)), None)
        if path is None:
            pytest.skip("no Chromium: scripts/install browser")
        self._playwright = sync_api.sync_playwright().start()
        try:
            self.browser: Browser = self._playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        except BaseException:
            self._playwright.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.browser.close()
        self._playwright.stop()

    @contextmanager
    def open(
        self, url: str, *, dark: bool = False, width: int = 1280, scripts: bool = True, **context: Any
    ) -> Iterator[Tab]:
        """Open ``url`` in a context without cookies or cache; ``context`` goes to playwright's ``new_context``."""
        made = self.browser.new_context(
            color_scheme="dark" if dark else "light",
            viewport={"width": width, "height": 800},
            java_script_enabled=scripts,
            **context,
        )
        try:
            made.set_default_timeout(TIMEOUT)
            tab = Tab(made.new_page(), urlsplit(url).netloc)
            _watch(tab)
            tab.page.goto(url)
            yield tab
        finally:
            made.close()


def _watch(tab: Tab) -> None:
    def console(message: ConsoleMessage) -> None:
        # An answer of 400 and above is in ``refused``.
        if message.type in ("error", "warning") and not message.text.startswith("Failed to load resource: the server"):
            tab.errors.append(message.text)

    def request(one: Request) -> None:
        parts = urlsplit(one.url)
        if parts.scheme not in OWN_SCHEMES and parts.netloc != tab.home:
            tab.outside.append(one.url)

    def response(one: Response) -> None:
        if one.status >= 400:
            tab.refused.append(f"{one.status} {urlsplit(one.url).path}")

    tab.page.on("console", console)
    tab.page.on("pageerror", lambda error: tab.errors.append(str(error)))
    tab.page.on("request", request)
    tab.page.on("response", response)
