"""Proof that what was measured is what is deployed: the saved bundle, loaded again, answers bit for bit alike.

Weights saved in float16, a preprocessing that does not come back from its file, a tensor that no file holds: each
leaves the model in memory as good as it was scored, and the one on disk worse.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from ghep.data.loader import LabelledExamples
from ghep.errors import BrokenPromise
from ghep.model.bundle import load_bundle
from ghep.model.predict import predict_logits
from ghep.model.transfer import TransferModel

ENOUGH = 4
"""Examples compared: every weight takes part in each."""


def prove_deployed(model: TransferModel, bundle: Path, data: LabelledExamples) -> str:
    """Compare the logits of ``model`` with those of ``bundle``, raw files on; BrokenPromise unless they are the same.

    On the CPU, where the same sum is the same bits; ``model`` stays there.
    """
    few = replace(data, examples=data.examples[:ENOUGH])
    deployed = load_bundle(bundle).model.to("cpu")
    preprocess = deployed.backbone.preprocess
    anew = replace(few, prepared=lambda example: preprocess.decode(example.raw), preprocess=preprocess)
    measured, found = predict_logits(model.to("cpu"), few), predict_logits(deployed, anew)
    for task, logits in measured.items():
        if not np.array_equal(logits, found[task]):
            far = float(np.abs(logits - found[task]).max())
            raise BrokenPromise(
                f"the bundle at {bundle} answers {task} otherwise than the model that was scored (off by {far:.2g})",
                remedy="do not use this bundle, and please report this",
            )
    return "bit-identical"
