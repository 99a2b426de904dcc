"""Import timm without importing PyTorch's compiler, which ghep does not use.

timm imports torchvision, one of whose operators imports ``torch._dynamo`` for a check that only matters when the
operator is called. That import alone takes longer than the rest of torch (docs/LOG.md). While timm is imported, a stub
replaces ``torch._dynamo``: the functions used at import time are deferred until they are called, and any other
attribute loads the real module at once.
"""

from __future__ import annotations

import functools
import importlib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

COMPILER = "torch._dynamo"
NAMES = (COMPILER, f"{COMPILER}.utils")


def timm_module() -> Any:
    """Import ``timm`` and return it."""
    if "timm" in sys.modules:
        return sys.modules["timm"]
    import torch  # noqa: F401  import torch first: the stub must not affect it

    with _compiler_deferred():
        import timm
    return timm


@contextmanager
def _compiler_deferred() -> Iterator[None]:
    if any(name in sys.modules for name in NAMES):
        yield
        return
    sys.modules.update({name: _StandIn(name) for name in NAMES})
    try:
        yield
    finally:
        _remove()


def _remove() -> None:
    for name in NAMES:
        if isinstance(sys.modules.get(name), _StandIn):
            del sys.modules[name]


class _StandIn(ModuleType):
    """A stub for the module ``torch._dynamo``, with the attributes that are used at import time."""

    def __getattr__(self, name: str) -> Any:
        deferred = {"disable": _disable, "is_compile_supported": _later(self.__name__, name)}
        if name in deferred:
            return deferred[name]
        plain = ("__spec__", "__file__", "__wrapped__") + ("__path__",) * (self.__name__ != COMPILER)
        if name in plain:  # read from every module during import; only a package has a __path__
            raise AttributeError(name)
        _remove()
        return getattr(importlib.import_module(self.__name__), name)


def _later(module: str, name: str) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        return getattr(importlib.import_module(module), name)(*args, **kwargs)

    return call


def _disable(function: Any = None, recursive: bool = True, **settings: Any) -> Any:
    """Stub of the decorator ``torch._dynamo.disable``: the compiler is loaded once the decorated function is called."""
    if function is None:
        return functools.partial(_disable, recursive=recursive, **settings)
    if not callable(function) or isinstance(function, type):
        _remove()
        return importlib.import_module(COMPILER).disable(function, recursive, **settings)

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        return importlib.import_module(COMPILER).disable(function, recursive, **settings)(*args, **kwargs)

    return call
