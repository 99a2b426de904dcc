from __future__ import annotations

import numpy as np

from ghep.guards.majority import majority_findings
from ghep.tasks.classification import Classification
from ghep.tasks.multi_label import MultiLabel
from ghep.types import Score


def test_a_score_below_the_majority_names_what_is_answered_too_often() -> None:
    task = Classification("label", ("hate", "other"))
    targets = np.array([0, 0, 1, 1, 1, -1])
    probabilities = np.array([[0.9, 0.1], [0.9, 0.1], [0.9, 0.1], [0.9, 0.1], [0.1, 0.9], [0.1, 0.9]])
    (found,) = majority_findings(task, "test", Score("accuracy", 0.55, None, 5), 0.6, targets, probabilities)
    assert (found.code, found.severity) == ("below-majority", "warning")
    assert "accuracy of label on test is 0.550, below the 0.600" in found.message
    assert '"hate" is predicted for 80% of the examples, but is the label of 40%' in found.message


def test_a_score_as_high_as_the_majority_is_not_reported() -> None:
    tags = MultiLabel("tags", ("a", "b"))
    rows = np.array([[1, 0], [1, 1]])
    assert majority_findings(tags, "test", Score("accuracy", 0.5, None, 2), 0.5, rows, rows / 1.0) == ()
    assert len(majority_findings(tags, "test", Score("accuracy", 0.4, None, 2), 0.5, rows, rows / 1.0)) == 1
