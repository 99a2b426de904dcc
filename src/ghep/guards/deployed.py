"""Proof that what was measured is what is deployed: the saved bundle, loaded again, answers bit for bit alike.

Weights saved in float16, a preprocessing that does not come back from its file, a tensor that no file holds: each
leaves the model in memory as good as it was scored, and the one on disk worse.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from ghep.backbone.cached import load_anew
from ghep.data.loading.batches import LabelledExamples
from ghep.errors import BrokenPromise
from ghep.model.bundle import load_bundle
from ghep.model.predict import predict_logits


def prove_deployed(measured: Mapping[str, np.ndarray], bundle: Path, data: LabelledExamples) -> str:
    """Compare ``measured``, task -> logits of ``data``, with those of ``bundle``, raw files on.

    Raises BrokenPromise unless they are the same. They have to come from ``predict_logits`` on the CPU, where the same
    sum over the same batches is the same bits. A few examples are enough: every weight takes part in each.
    """
    with load_anew():
        deployed = load_bundle(bundle).model.to("cpu")
    preprocess = deployed.backbone.preprocess
    anew = replace(data, prepared=lambda example: preprocess.decode(example.raw), preprocess=preprocess)
    found = predict_logits(deployed, anew)
    for task, logits in measured.items():
        if not np.array_equal(logits, found[task]):
            far = float(np.abs(logits - found[task]).max())
            raise BrokenPromise(
                f"the bundle at {bundle} answers {task} otherwise than the model that was scored (off by {far:.2g})",
                remedy="do not use this bundle, and please report this",
            )
    return "bit-identical"
