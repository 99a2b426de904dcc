"""What is asked of an example: how labels become targets, logits become answers, and both become a loss and scores."""

from __future__ import annotations

from ghep.tasks.base import MISSING, Task
from ghep.tasks.classification import Classification
from ghep.tasks.registry import from_json

__all__ = ["MISSING", "Classification", "Task", "from_json"]
