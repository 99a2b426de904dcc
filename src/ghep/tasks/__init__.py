"""Tasks: labels to targets, logits to answers, and both to a loss and scores."""

from __future__ import annotations

from ghep.tasks.base import MISSING, Task
from ghep.tasks.classification import Classification
from ghep.tasks.multi_label import MultiLabel
from ghep.tasks.rating import Rating
from ghep.tasks.registry import from_json, task_for

__all__ = ["MISSING", "Classification", "MultiLabel", "Rating", "Task", "from_json", "task_for"]
