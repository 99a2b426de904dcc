"""Stop building a network as soon as it is much larger than the weights that will be loaded into it.

An architecture is read from a file, and ``"depth": 1000000`` would take hours or all memory to build. PyTorch calls a
hook for each parameter, buffer and module that is registered, before a parameter is initialised; these hooks measure
the growing network.
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
"""Allowed multiple of the file's size: an encoder may be built together with a decoder that is then removed."""
SPARE_PIECES = 1_000
SPARE_NUMBERS = 10_000_000
"""Added to the limit on values, and SPARE_PIECES to the limit on tensors, for networks of few tensors."""
DEPTH = re.compile(r"(^|_)(depths?|layers?|blocks?|stages?|repeats?)(_multiplier|_mult)?$")
"""Arguments that networks loop over in Python before they create the first layer."""


@contextmanager
def built_within(
    state: Mapping[str, torch.Tensor], arguments: Mapping[str, Any], *, error: type[UserError]
) -> Iterator[None]:
    """Inside the ``with`` statement, raise ``error`` as soon as a network outgrows its weights, ``state``.

    The limits are ``SPARE`` times the number of tensors and of values in ``state``, plus a constant. Only networks that
    this thread builds are measured. Depths in ``arguments`` (those of the architecture) that exceed the limit raise
    ``error`` at once.
    """
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
            raise error("network-larger-than-weights", pieces=pieces, numbers=numbers, tensors=len(state))

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
        raise error("depth-larger-than-weights", argument=key, value=f"{arguments!r:.40}", limit=limit)
