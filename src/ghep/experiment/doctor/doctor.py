"""All guards at once: what is wrong with this data and backbone, or with this run; how sure; what to do.

In: data and a backbone, or a run folder. Out: a ``Diagnosis``. Nothing is fine-tuned; the cost is about that of a
linear probe, because every guard works on stored features, on the data as read, or on the record of the run.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Unpack

from ghep.advice.keywords import AdviseKeywords
from ghep.data.sources.options import READ_OPTIONS
from ghep.data.sources.tasks import Readable
from ghep.experiment.doctor.diagnosis import Diagnosis, Examination
from ghep.experiment.doctor.guards import OF_DATA, OF_RUN, Guard
from ghep.experiment.doctor.patient import Patient, patient_from
from ghep.features.options import FeatureOptions
from ghep.messages import text_of
from ghep.reporter import Reporter, Silent
from ghep.setting import settings_of, with_signature


@with_signature({**settings_of(FeatureOptions), **READ_OPTIONS})
def doctor(
    target: Readable,
    *,
    backbone: str | Path | None = None,
    seed: int | None = None,
    reporter: Reporter | None = None,
    **options: Unpack[AdviseKeywords],
) -> Diagnosis:
    """Examine ``target`` with all guards and return a ``Diagnosis``.

    ``target`` is data, as for ``fit``, or the folder of a finished run. Data are examined with ``backbone``, by default
    the one for their modality. A run is examined on its own data, with its backbone as it was before training, together
    with the record of its training. ``seed`` is that of the split (default: 0, or that of the run). ``options`` are
    those of ``advise``.

    The test split is used without its labels, to see whether it differs from train and valid, and never to choose.
    Raises ConfigError for a run that has not finished or whose data are gone, DataError for unusable data, and
    BackboneError for a backbone that cannot be used.

    >>> print(ghep.doctor("photos/", backbone="efficientnet-lite0"))      # doctest: +SKIP
    """
    began, said = time.perf_counter(), reporter or Silent()
    patient = patient_from(target, backbone=backbone, seed=seed, options=options, reporter=said)
    guards = [*OF_DATA, *(OF_RUN if patient.run is not None else ())]
    examinations = []
    for number, guard in enumerate(guards):
        said.progress("examine", number, len(guards))
        examinations.append(_examined(guard, patient))
    said.progress("examine", len(guards), len(guards))
    return Diagnosis(patient.name, patient.backbone_name, tuple(examinations), time.perf_counter() - began)


def _examined(guard: Guard, patient: Patient) -> Examination:
    """Return the result of ``guard``, with its seconds."""
    began = time.perf_counter()
    found = guard(patient)
    return Examination(
        found.name,
        found.summary or text_of("doctor-nothing-found"),
        found.findings,
        found.facts,
        found.tried,
        time.perf_counter() - began,
        found.skipped,
    )
