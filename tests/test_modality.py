"""Whether an example is an image or a text is known to ``data/``, ``backbone/`` and ``explanation/`` only.

The questions of ``explanation/`` differ: where in an image, which words. So do the forms of other programs in which a
model is exported: timm's for images, transformers' for texts, JavaScript for a browser.

Elsewhere the registry is asked (``modality_named(source.modality).audit``) or a method called. Comparing two modalities
with each other is no branch: it asks whether data and model belong together.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "ghep"
KNOWING = {"data", "backbone", "explanation", "pretrain"}
"""Each objective of pretraining is one of texts or of photos."""
FORMS = ("export/hf", "export/web/", "export/odd_inputs.py")
"""Beginnings of paths."""
KINDS = {"image", "text"}
CLASSES = {
    *("ImageBackbone", "TextBackbone", "TextToTextBackbone", "ImagePreprocess", "TokenPreprocess"),
    *("CharacterPreprocess", "Padded", "PixelStore", "TokenStore"),
}
ROOMS = {
    "ghep.data.image.loader",
    "ghep.data.text.loader",
    "ghep.data.text.tokens",
    "ghep.data.image.pixels",
    "ghep.data.image.formats",
    "PIL",
}
ALLOWED = {
    ("comparison/report/mistakes.py", "data.modality == 'image'"),  # maps are of photos
    ("serve/where.py", "modality == 'image'"),
    ("serve/where.py", "ghep.data.image.loader.pixels_in"),  # the limit of pixels is one of photos
    ("serve/page_routes.py", "facts.modality == 'text'"),  # a page without JavaScript repeats the text that was asked
    ("serve/page_routes.py", "ghep.data.text.loader.TextPair"),
    ("serve/inputs.py", "ghep.data.text.loader.encoding_named"),  # of a Content-Type
    ("cli/remote.py", "PIL.Image"),  # an image in a table is sent as a file
    ("cli/predict.py", "ghep.data.text.loader.encoding_named"),  # a check of an option: nothing is read by it
    ("features/options.py", "ghep.data.image.pixels.DEFAULT_LIMIT_BYTES"),
    ("features/options.py", "ghep.data.text.tokens.TRUNCATE"),  # the names that an option may have
    ("experiment/evaluation.py", "ghep.data.image.pixels.DEFAULT_LIMIT_BYTES"),
    ("model/bundle.py", "ghep.data.text.tokens.TOKENIZER_FILE"),  # the name of a file that is read, whatever is in it
}


def branches(source: str) -> Iterator[tuple[int, str]]:
    """Yield (line, what) for everything that asks which modality it is."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Compare | ast.Match):
            constants = {
                one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str)
            }
            names = {one.attr for one in ast.walk(node) if isinstance(one, ast.Attribute)}
            names |= {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
            if "modality" in names and constants & KINDS:
                yield node.lineno, ast.unparse(node).splitlines()[0]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("isinstance", "type"):
            named = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
            if named & CLASSES:
                yield node.lineno, ast.unparse(node)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if node.module in ROOMS or alias.name in CLASSES - {"Padded"}:
                    yield node.lineno, f"{node.module}.{alias.name}"
        elif isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names if alias.name in ROOMS)


def files() -> list[str]:
    every = (path.relative_to(PACKAGE).as_posix() for path in sorted(PACKAGE.rglob("*.py")))
    return [path for path in every if path.partition("/")[0] not in KNOWING and not path.startswith(FORMS)]


@pytest.mark.slow
@pytest.mark.parametrize("path", files())
def test_nothing_above_data_and_backbone_asks_whether_it_is_a_picture_or_a_text(path: str) -> None:
    found = branches((PACKAGE / path).read_text(encoding="utf-8"))
    asked = [f"{path}:{line}: {what}" for line, what in found if (path, what) not in ALLOWED]
    assert not asked, f"a missing method or a missing row of a table: {asked}"


@pytest.mark.slow
def test_what_is_allowed_is_still_there() -> None:
    there = {(path, what) for path in files() for _, what in branches((PACKAGE / path).read_text(encoding="utf-8"))}
    assert there >= ALLOWED


@pytest.mark.parametrize(
    "line",
    [
        "if backbone.preprocess.modality == 'text': pass",
        "x = 1 if 'image' != modality else 2",
        "y = modality in ('text',)",
        "match data.modality:\n    case 'image': pass",
        "isinstance(inputs, Padded)",
        "isinstance(backbone, ImageBackbone | None)",
        "if type(p) is TokenPreprocess: pass\ntype(TokenPreprocess)",
        "from ghep.data.image.pixels import PixelStore",
        "from ghep.data.loading.preprocess import ImagePreprocess",
        "from ghep.data.text.tokens import TOKENIZER_FILE",
        "import PIL",
    ],
)
def test_branches_are_seen(line: str) -> None:
    assert list(branches(line))


@pytest.mark.parametrize(
    "line",
    ["source.modality != model.backbone.preprocess.modality", "modality_named(modality).given.things", "'text' in row"],
)
def test_what_is_no_branch_passes(line: str) -> None:
    assert not list(branches(line))
