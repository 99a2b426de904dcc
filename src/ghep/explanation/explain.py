"""``ghep explain``: what a model sees in photos, or which words of a text it answers by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Unpack

from ghep.errors import ConfigError
from ghep.explanation.inputs import named_inputs
from ghep.explanation.options import ExplainKeywords, ExplainOptions, options_from
from ghep.explanation.subject import Subject, subject_of
from ghep.model.bundle import Bundle
from ghep.model.device import device_named
from ghep.reporter import Reporter, Silent
from ghep.setting import settings_of, with_signature
from ghep.types import Modality, Raw

EXPLAINERS: dict[Modality, str] = {
    "image": "ghep.explanation.maps.explain_photos:explain_photos",
    "text": "ghep.explanation.words:explain_texts",
}
"""Modality of the model -> ``module:function``, called with the subject, raws, names, ``ExplainOptions``, a reporter.

It returns an object with ``lines()``, ``to_json()``, ``problems`` (name -> why), ``findings``, ``plot()``,
``_repr_html_()`` and ``save(folder)``.
"""


@with_signature(settings_of(ExplainOptions))
def explain(
    model: str | Path | Bundle | Subject,
    inputs: Raw | Sequence[Raw],
    *,
    task: str | None = None,
    names: Sequence[str] | None = None,
    reporter: Reporter | None = None,
    **options: Unpack[ExplainKeywords],
) -> Any:
    """Return what ``model``, a bundle or a backbone with the classifier of its pretraining, sees in ``inputs``.

    ``inputs`` is one photo or several: paths, bytes, PIL images or arrays; ``names`` (N) replace their names. They are
    texts for a model of texts: the result is then a ``TextExplanation`` with the effect of each word. For each
    photo the result has the answer of ``ghep predict``, signed Grad-CAM maps of the class and the runner-up, deletion
    and insertion curves, and the correlation with maps of random weights. ``task`` chooses one of several tasks.
    ``options`` are the fields of ``ExplainOptions``: ``target`` is the class to explain (default: the predicted one);
    ``maps`` adds the feature maps of early, middle and late blocks; ``before`` compares with the backbone before
    fine-tuning, ``before_backbone`` if the one that the bundle names cannot be found; ``other_seed`` is a bundle of the
    same training with another seed, for the noise floor of that comparison; ``seed``, ``device``. The model is left
    as it was.

    Raises ConfigError for refused settings, an unknown class or task, and a model that cannot be explained;
    BundleError or BackboneError for a model that cannot be loaded. Inputs that cannot be read are in ``problems``.

    >>> found = ghep.explain("runs/pets/bundle", ["cat.jpg"])  # doctest: +SKIP
    >>> found.save("cat-explained")                              # doctest: +SKIP
    """
    chosen = options_from(options)
    several, named = named_inputs(inputs, names)
    subject = model if isinstance(model, Subject) else subject_of(model, task=task)
    if subject.modality not in EXPLAINERS:
        raise ConfigError("subject-not-of-images", name=subject.name)
    module, _, function = EXPLAINERS[subject.modality].partition(":")
    run: Callable[..., Any] = getattr(import_module(module), function)
    with subject.on(device_named(chosen.device)):
        return run(subject, several, named, chosen, reporter or Silent())
