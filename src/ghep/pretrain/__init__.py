"""Pretraining: a backbone trained on texts without labels, by the same loop as fine-tuning.

In: a corpus and the name of an objective. Out: a folder in Hugging Face's form that any backbone reader takes.

``ghep.pretrain`` is this package and the function ``pretrain`` in it: calling the package calls the function.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any


class _Callable(ModuleType):
    def __call__(self, *args: Any, **settings: Any) -> Any:
        from ghep.pretrain.pretrain import pretrain

        return pretrain(*args, **settings)


sys.modules[__name__].__class__ = _Callable
