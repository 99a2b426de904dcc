"""Tasks: convert labels to targets and logits to answers, and compute losses and scores from targets and logits."""

from __future__ import annotations

from ghep.tasks.base import MISSING, Classifier, Task
from ghep.tasks.classification import Classification
from ghep.tasks.multi_label import MultiLabel
from ghep.tasks.rating import Rating
from ghep.tasks.registry import from_json, task_for
from ghep.tasks.regression import Regression

__all__ = [
    "MISSING",
    "Classification",
    "Classifier",
    "MultiLabel",
    "Rating",
    "Regression",
    "Task",
    "from_json",
    "task_for",
]
