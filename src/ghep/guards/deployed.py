"""Prove that the deployed model is the measured one: the saved bundle, loaded again, gives bit-identical logits.

The bundle on disk would differ from the scored model in memory if weights were saved in float16, if the saved file did
not restore the preprocessing, or if a tensor was missing from the files.
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
    """Compare ``measured`` (task -> logits of ``data``) with the logits of ``bundle``, computed from the raw files.

    Returns "bit-identical"; raises BrokenPromise if the logits differ. ``measured`` must be from ``predict_logits`` on
    the CPU, where the same sum over the same batches gives the same bits. A few examples are enough, because every
    weight contributes to each logit.
    """
    with load_anew():
        loaded = load_bundle(bundle).model.to("cpu")
    preprocess = loaded.backbone.preprocess
    reread = replace(data, prepared=lambda example: preprocess.decode(example.raw), preprocess=preprocess)
    found = predict_logits(loaded, reread)
    for task, logits in measured.items():
        if not np.array_equal(logits, found[task]):
            largest = float(np.abs(logits - found[task]).max())
            raise BrokenPromise("bundle-answers-differ", bundle=bundle, task=task, difference=largest)
    return "bit-identical"
