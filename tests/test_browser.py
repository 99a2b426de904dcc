"""The browser of the tests sees what a page does wrong."""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from browser import Chromium

pytestmark = pytest.mark.slow

BAD = """<!doctype html><html><head><meta http-equiv="Content-Security-Policy" content="script-src 'unsafe-inline'">
<title>bad</title></head><body>
<img src="http://127.0.0.1:9/other.png"><img src="/missing.png"><p style="width: 2000px">wide</p>
<script>console.error("said");</script><script>eval("1")</script></body></html>"""
GOOD = '<!doctype html><html lang="en"><head><title>good</title><link rel="icon" href="data:,"></head>'
GOOD += "<body><main><h1>good</h1></main></body></html>"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None: ...


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    root: Path = tmp_path_factory.mktemp("site")
    (root / "bad.html").write_text(BAD)
    (root / "good.html").write_text(GOOD)
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=root))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_a_tab_records_errors_policy_other_hosts_and_answers(chromium: Chromium, site: str) -> None:
    with chromium.open(f"{site}/bad.html") as tab:
        assert tab.errors[0] == "said" and "unsafe-eval" in " ".join(tab.errors[1:])
        assert tab.outside == ["http://127.0.0.1:9/other.png"]
        assert tab.refused == ["404 /missing.png"]
        assert tab.overflow() > 500
        assert {one.partition(":")[0] for one in tab.violations()} >= {"html-has-lang", "image-alt"}


def test_a_good_page_has_nothing_recorded(chromium: Chromium, site: str) -> None:
    with chromium.open(f"{site}/good.html", dark=True, width=320) as tab:
        assert tab.page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
        assert (tab.errors, tab.outside, tab.refused, tab.violations(), tab.overflow()) == ([], [], [], [], 0)
