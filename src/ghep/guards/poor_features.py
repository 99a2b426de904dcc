"""Findings on poor features, as runs and advice report them: what is fed in, the weights, and the features.

In: a backbone, examples prepared for it, and features that were computed anyway. Out: findings. Nothing is run but the
first layer on a few images.
"""

from __future__ import annotations

import numpy as np

from ghep.backbone.base import Backbone
from ghep.data.loading.batches import LabelledExamples
from ghep.guards.features import check_features
from ghep.guards.preprocessing import MOST, check_preprocessing
from ghep.guards.weight_structure import check_weights
from ghep.types import Finding

POOR = {
    "features-not-finite",
    "features-constant",
    "features-collapsed",
    "features-low-rank",
    "features-dead",
    "features-no-better-than-random",
    "features-no-better-than-majority",
    "weights-without-structure",
    "embeddings-without-structure",
    "preprocessing-does-not-fit",
}
"""Codes of findings after which another backbone or an earlier block should be tried."""


def backbone_findings(backbone: Backbone, data: LabelledExamples, *, most: int = MOST) -> tuple[Finding, ...]:
    """Return findings on the weights of a pretrained ``backbone`` and on its preprocessing.

    The preprocessing is tried on at most ``most`` of ``data``. A backbone with random weights has none.
    """
    if not backbone.card.pretrained:
        return ()
    return (*check_weights(backbone).findings, *check_preprocessing(backbone, data, most=most).findings)


def feature_findings(backbone: Backbone, features: np.ndarray) -> tuple[Finding, ...]:
    """Return findings on ``features`` (N, D) of the training examples; none on features with positions (N, L, H).

    Features of random weights, as of a control, may be as poor as they are: only errors are reported.
    """
    found = check_features(features, name=backbone.card.name).findings if features.ndim == 2 else ()
    return found if backbone.card.pretrained else tuple(one for one in found if one.severity == "error")
