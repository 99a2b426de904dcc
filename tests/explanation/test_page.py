"""The page holds its figures, makes no request and trusts no name."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from ghep.explanation.page import Page, Section, pictured, write_page
from ghep.types import Finding


def test_a_page_is_one_file_with_figures_beside_it(tmp_path: Path) -> None:
    figure = pictured("cat", "The cat", "<script>alert(1)</script>", Image.new("RGB", (8, 6)), width=80)
    section = Section("Where", ["a & b"], [figure], ["class", "p"], [["<b>cat</b>", ".9"]], [1], "A map says where.")
    finding = Finding("some-code", "warning", "a message", ("one",))
    path = write_page(Page("cat.jpg", "model", "It sees a cat.", findings=[finding], sections=[section]), tmp_path)
    text = path.read_text(encoding="utf-8")
    assert "<script" not in text and "&lt;b&gt;cat" in text and "a &amp; b" in text and "some-code" in text
    assert "http://" not in text and "https://" not in text and 'src="data:image/png;base64,' in text
    with Image.open(tmp_path / "figures" / "cat.png") as image:
        assert image.size == (8, 6)
