"""ghep grafts a new head on a pretrained backbone: transfer learning, with evidence.

>>> import ghep
>>> run = ghep.fit("photos/", strategy="linear_probe")     # doctest: +SKIP
>>> ghep.load(run.bundle).predict(["new.jpg"])                                  # doctest: +SKIP

Importing ghep is cheap: torch is loaded when a name that needs it is first used.
"""

from __future__ import annotations

import importlib
import warnings
from typing import TYPE_CHECKING, Any

from ghep._version import __version__

# tqdm warns of missing ipywidgets when a library below imports it in a notebook; ghep draws no such bars.
warnings.filterwarnings("ignore", message="IProgress not found")

if TYPE_CHECKING:
    from ghep.advice.advise import advise as advise
    from ghep.cli.terminal import Terminal as Terminal
    from ghep.comparison.compare import compare as compare
    from ghep.comparison.pretraining.benefit import pretraining_benefit as pretraining_benefit
    from ghep.data.check import check as check
    from ghep.estimator import TransferClassifier as TransferClassifier
    from ghep.estimator import TransferRegressor as TransferRegressor
    from ghep.experiment.doctor.doctor import doctor as doctor
    from ghep.experiment.fit import fit as fit
    from ghep.experiment.suspects import suspects as suspects
    from ghep.explanation.attack.attack import attack as attack
    from ghep.explanation.explain import explain as explain
    from ghep.explanation.ideal.ideal_images import ideal as ideal
    from ghep.explanation.neighbours.similar import similar as similar
    from ghep.export.formats import export_bundle as export_bundle
    from ghep.export.predictor import load as load
    from ghep.languages import language as language
    from ghep.pretrain.pretrain import pretrain as pretrain
    from ghep.pretrain.record import read_pretrained as read_pretrained

_PUBLIC = {
    "Terminal": "ghep.cli.terminal",
    "TransferClassifier": "ghep.estimator",
    "TransferRegressor": "ghep.estimator",
    "advise": "ghep.advice.advise",
    "attack": "ghep.explanation.attack.attack",
    "check": "ghep.data.check",
    "compare": "ghep.comparison.compare",
    "doctor": "ghep.experiment.doctor.doctor",
    "explain": "ghep.explanation.explain",
    "export_bundle": "ghep.export.formats",
    "fit": "ghep.experiment.fit",
    "ideal": "ghep.explanation.ideal.ideal_images",
    "language": "ghep.languages",
    "load": "ghep.export.predictor",
    "pretrain": "ghep.pretrain.pretrain",
    "pretraining_benefit": "ghep.comparison.pretraining.benefit",
    "read_pretrained": "ghep.pretrain.record",
    "similar": "ghep.explanation.neighbours.similar",
    "suspects": "ghep.experiment.suspects",
}

__all__ = [
    "Terminal",
    "TransferClassifier",
    "TransferRegressor",
    "__version__",
    "advise",
    "attack",
    "check",
    "compare",
    "doctor",
    "explain",
    "export_bundle",
    "fit",
    "ideal",
    "language",
    "load",
    "pretrain",
    "pretraining_benefit",
    "read_pretrained",
    "similar",
    "suspects",
]


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(importlib.import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'ghep' has no attribute {name!r}; public names: {', '.join(__all__)}")


def __dir__() -> list[str]:
    return sorted(__all__)
