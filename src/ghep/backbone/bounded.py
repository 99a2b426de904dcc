"""Stop building a network as soon as it is larger than the weights that are there for it.

An architecture comes from a file, and ``"depth": 1000000`` would build for hours, or until memory is gone. PyTorch
calls a hook for every parameter, buffer and module that is registered, before a parameter is filled with numbers: there
the network is measured while it grows.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import nn
from torch.nn.modules import module as registration

from ghep.errors import UserError

SPARE = 4
"""Times as much as the file: an encoder may be built with the decoder that is taken away from it."""
SPARE_PIECES = 1_000
SPARE_NUMBERS = 10_000_000
"""For networks of a few tensors."""
DEPTH = re.compile(r"(^|_)(depths?|layers?|blocks?|stages?|repeats?)(_multiplier|_mult)?$")
"""Arguments that are counted through in plain Python before the first layer is made."""


@contextmanager
def built_within(
    state: Mapping[str, torch.Tensor], arguments: Mapping[str, Any], *, error: type[UserError]
) -> Iterator[None]:
    """Raise ``error`` inside the block as soon as this thread builds more than ``SPARE`` times what ``state`` holds."""
    pieces = SPARE * len(state) + SPARE_PIECES
    numbers = SPARE * sum(tensor.numel() for tensor in state.values()) + SPARE_NUMBERS
    _refuse_depths(arguments, limit=pieces, error=error)
    building, built = threading.get_ident(), [0, 0]

    def registered(_: nn.Module, __: str, value: Any) -> None:
        if value is None or threading.get_ident() != building:
            return
        built[0] += 1
        built[1] += value.numel() if isinstance(value, torch.Tensor) else 0
        if built[0] > pieces or built[1] > numbers:
            raise error(
                f"config.json describes a network of more than {pieces:,} tensors and modules, or {numbers:,} numbers; "
                f"model.safetensors holds {len(state):,} tensors",
                remedy="copy the bundle again, or save it again with ghep",
            )

    hooks: list[Callable[..., Any]] = [
        registration.register_module_parameter_registration_hook,
        registration.register_module_buffer_registration_hook,
        registration.register_module_module_registration_hook,
    ]
    with ExitStack() as registered_hooks:
        for hook in hooks:
            registered_hooks.callback(hook(registered).remove)
        yield


def _refuse_depths(arguments: Any, *, limit: int, error: type[UserError], key: str = "") -> None:
    if isinstance(arguments, Mapping):
        for name, value in arguments.items():
            _refuse_depths(value, limit=limit, error=error, key=str(name))
    elif isinstance(arguments, list | tuple):
        for value in arguments:
            _refuse_depths(value, limit=limit, error=error, key=key)
    elif isinstance(arguments, int | float) and abs(arguments) > limit and DEPTH.search(key):
        raise error(
            f"config.json has {key} {arguments!r:.40}; model.safetensors has weights for at most {limit:,} layers",
            remedy="copy the bundle again, or save it again with ghep",
        )
