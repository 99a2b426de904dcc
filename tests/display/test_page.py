"""Templates escape what they are given, refuse what is missing, and share a head that forbids scripts and requests."""

from __future__ import annotations

from pathlib import Path

import pytest
from jinja2 import UndefinedError

from ghep.display.page import templates_in
from ghep.messages import Message


def test_values_are_escaped_and_missing_ones_are_errors(tmp_path: Path) -> None:
    (tmp_path / "one.html").write_text("{{ name }} {{ nothing }} {{ said }}")
    template = templates_in(tmp_path, none="–").get_template("one.html")
    said = template.render(name="<b>\x1b", nothing=None, said=Message("display-more-items", {"count": 2}))
    assert said.startswith("&lt;b&gt;\ufffd – ") and "2" in said
    with pytest.raises(UndefinedError, match="said"):
        template.render(name="a", nothing=None)


def test_every_page_may_have_the_same_head_and_a_style_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "one.html").write_text('{% include "head.html" %}')
    template = templates_in(tmp_path).get_template("one.html")
    assert "default-src 'none'" in template.render() and "--ink:" in template.render()
    assert "a > b {}" in template.render(style="a > b {}")
