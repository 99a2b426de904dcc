"""Write tensors or arrays to a safetensors file, with an OSError if the operating system refuses.

The safetensors library reports a full disk as ``SafetensorError("... (os error 28)")``, which is not an OSError, so
code that handles OSError would treat it as a bug.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from torch import Tensor


def write_tensors(path: Path, tensors: Mapping[str, Tensor], *, metadata: dict[str, str] | None = None) -> None:
    """Write named tensors of any device and layout to ``path``; raise OSError when the system refuses."""
    from safetensors.torch import save_file

    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    with system_errors(path):
        save_file(plain, path, metadata=metadata)


def write_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write named arrays to ``path``; raise OSError when the system refuses."""
    from safetensors.numpy import save_file

    with system_errors(path):
        save_file({name: np.ascontiguousarray(array) for name, array in arrays.items()}, path)


@contextmanager
def system_errors(path: Path) -> Iterator[None]:
    """Replace a SafetensorError in the block by an OSError if it is about an error of the operating system."""
    from safetensors import SafetensorError

    try:
        yield
    except SafetensorError as error:
        number = re.search(r"os error (\d+)", str(error))
        if number is None:
            raise
        code = int(number[1])
        raise OSError(code, os.strerror(code), str(path)) from error
