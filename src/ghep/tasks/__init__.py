"""Tasks: convert labels to targets and logits to answers, and compute losses and scores from targets and logits."""

from __future__ import annotations

from ghep.tasks.base import MISSING, Task
from ghep.tasks.classification import Classification
from ghep.tasks.multi_label import MultiLabel
from ghep.tasks.rating import Rating
from ghep.tasks.registry import from_json, task_for

__all__ = ["MISSING", "Classification", "MultiLabel", "Rating", "Task", "from_json", "task_for"]
