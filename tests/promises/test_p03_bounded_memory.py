"""P3: bombs are refused from the header, in < 0.2 s and < 50 MB; a scan does not hold pictures."""

from __future__ import annotations

import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ghep.data.image.audit import scan
from ghep.data.image.loader import load_image
from ghep.errors import BadImage
from ghep.types import Example

CHILD = """
import resource, sys, time
from pathlib import Path
from ghep.data.image.loader import load_image
from ghep.errors import BadImage
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
start = time.process_time()
try:
    load_image(Path(sys.argv[1]))
except BadImage as error:
    print(error.reason, time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def jpeg_header(width: int, height: int) -> bytes:
    """Rewrite the size in the frame header of a small JPEG."""
    import io

    buffer = io.BytesIO()
    Image.new("RGB", (16, 16)).save(buffer, "JPEG")
    data = bytearray(buffer.getvalue())
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = height.to_bytes(2, "big") + width.to_bytes(2, "big")
    return bytes(data)


def gif_header(width: int, height: int) -> bytes:
    return b"GIF89a" + width.to_bytes(2, "little") + height.to_bytes(2, "little") + bytes([0, 0, 0, 0x2C])


def webp_header(width: int, height: int) -> bytes:
    body = b"WEBPVP8X" + (10).to_bytes(4, "little") + bytes(4)
    body += (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"RIFF" + len(body).to_bytes(4, "little") + body


def bmp_header(width: int, height: int) -> bytes:
    info = (40).to_bytes(4, "little") + width.to_bytes(4, "little") + height.to_bytes(4, "little")
    info += (1).to_bytes(2, "little") + (24).to_bytes(2, "little") + bytes(24)
    return b"BM" + (54).to_bytes(4, "little") + bytes(4) + (54).to_bytes(4, "little") + info


HEADERS = {"jpeg": jpeg_header, "webp": webp_header, "bmp": bmp_header}


@pytest.mark.parametrize("kind", HEADERS)
@pytest.mark.parametrize("megapixels", [85, 160])
def test_refused_from_the_header(kind: str, megapixels: int) -> None:
    data = HEADERS[kind](10_000, megapixels * 100)
    tracemalloc.start()
    start = time.process_time()
    with pytest.raises(BadImage) as caught:
        load_image(data)
    seconds, peak = time.process_time() - start, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert caught.value.reason == "too-many-pixels"
    assert seconds < 0.2 and peak < 5e6


def test_a_large_bomb_file_is_not_even_read(tmp_path: Path) -> None:
    """200 MB on disk (sparse) whose header says 100 megapixels; measured in a process of its own."""
    path = tmp_path / "bomb.bmp"
    with path.open("wb") as file:
        file.write(bmp_header(10_000, 10_000))
        file.truncate(200 * 2**20)
    out = subprocess.run([sys.executable, "-c", CHILD, str(path)], capture_output=True, text=True, check=True).stdout
    reason, seconds, kilobytes = out.split()
    assert reason == "too-many-pixels"
    assert float(seconds) < 0.2 and int(kilobytes) < 50_000


def test_a_file_too_large_to_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    with path.open("wb") as file:
        file.truncate(300 * 2**20)
    with pytest.raises(BadImage) as caught:
        load_image(path)
    assert caught.value.reason == "too-large-file"


@pytest.mark.slow
def test_a_scan_holds_no_pictures(tmp_path: Path) -> None:
    """60 pictures of 2.25 MB each decoded: the peak stays far below their sum."""
    examples = []
    for at in range(60):
        path = tmp_path / f"{at}.png"
        Image.fromarray(np.full((866, 866, 3), at, np.uint8)).save(path)
        examples.append(Example(path.name, path, {"label": "a"}))
    import resource

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert len(scan(examples).facts) == 60
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1e3
    assert grown < 50
