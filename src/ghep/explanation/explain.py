"""``ghep explain``: what a model sees in photos, or which words of a text it answers by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from ghep.errors import ConfigError
from ghep.explanation.options import ExplainOptions
from ghep.explanation.subject import Subject, subject_of
from ghep.model.bundle import Bundle
from ghep.model.device import device_named
from ghep.reporter import Reporter, Silent
from ghep.setting import refusals, settings_of
from ghep.types import Modality, Raw

EXPLAINERS: dict[Modality, str] = {
    "image": "ghep.explanation.maps.explain_photos:explain_photos",
    "text": "ghep.explanation.words:explain_texts",
}
"""Modality of the model -> ``module:function``, called with the subject, raws, names, ``ExplainOptions``, a reporter.

It returns an object with ``lines()``, ``to_json()``, ``problems`` (name -> why), ``findings``, ``plot()``,
``_repr_html_()`` and ``save(folder)``.
"""


def explain(
    model: str | Path | Bundle | Subject,
    inputs: Raw | Sequence[Raw],
    *,
    task: str | None = None,
    target: str | None = None,
    maps: bool = False,
    before: bool = False,
    before_backbone: str | Path | None = None,
    other_seed: str | Path | None = None,
    seed: int = 0,
    device: str = "auto",
    names: Sequence[str] | None = None,
    reporter: Reporter | None = None,
) -> Any:
    """Return what ``model``, a bundle or a backbone with the classifier of its pretraining, sees in ``inputs``.

    ``inputs`` is one photo or several: paths, bytes, PIL images or arrays; ``names`` (N) replace their names. They are
    texts for a model of texts: the result is then a ``TextExplanation`` with the effect of each word. For each
    photo the result has the answer of ``ghep predict``, signed Grad-CAM maps of the class and the runner-up, deletion
    and insertion curves, and the correlation with maps of random weights. ``target`` is the class to explain (default:
    the predicted one); ``maps`` adds the feature maps of early, middle and late blocks; ``before`` compares with the
    backbone before fine-tuning, ``before_backbone`` if the one that the bundle names cannot be found; ``other_seed``
    is a bundle of the same training with another seed, for the noise floor of that comparison. ``task`` chooses one
    of several tasks. The model is left as it was.

    Raises ConfigError for refused settings, an unknown class or task, and a model that cannot be explained;
    BundleError or BackboneError for a model that cannot be loaded. Inputs that cannot be read are in ``problems``.

    >>> found = ghep.explain("runs/pets/bundle", ["cat.jpg"])  # doctest: +SKIP
    >>> found.save("cat-explained")                              # doctest: +SKIP
    """
    given: dict[str, Any] = {
        **{"target": target, "maps": maps, "before": before, "before_backbone": before_backbone},
        **{"other_seed": other_seed, "seed": seed, "device": device},
    }
    wrong = refusals(settings_of(ExplainOptions), given)
    if wrong:
        raise ConfigError("explain-settings-refused", wrong=wrong)
    several = list(inputs) if isinstance(inputs, list | tuple) else [inputs]
    named = [_name(raw, place) for place, raw in enumerate(several, 1)] if names is None else list(names)
    if len(named) != len(several):
        raise ConfigError("predictor-names-count", inputs=len(several), names=len(named))
    subject = model if isinstance(model, Subject) else subject_of(model, task=task)
    if subject.modality not in EXPLAINERS:
        raise ConfigError("subject-not-of-images", name=subject.name)
    module, _, function = EXPLAINERS[subject.modality].partition(":")
    run: Callable[..., Any] = getattr(import_module(module), function)
    with subject.on(device_named(device)):
        return run(subject, several, named, ExplainOptions(**given), reporter or Silent())


def _name(raw: Raw, place: int) -> str:
    return str(raw) if isinstance(raw, str | Path) else f"input {place}"
