"""Save files so that they are complete or absent: hashes, folders with a manifest, atomic writes of text and JSON."""

from __future__ import annotations

from ghep.storage.folder import (
    MANIFEST,
    check_name,
    read_manifest,
    recover,
    verify_folder,
    write_folder,
)
from ghep.storage.hashing import fingerprint_arrays, sha256_bytes, sha256_file
from ghep.storage.text import read_json, write_json_atomic, write_text_atomic

__all__ = [
    "MANIFEST",
    "check_name",
    "fingerprint_arrays",
    "read_json",
    "read_manifest",
    "recover",
    "sha256_bytes",
    "sha256_file",
    "verify_folder",
    "write_folder",
    "write_json_atomic",
    "write_text_atomic",
]
