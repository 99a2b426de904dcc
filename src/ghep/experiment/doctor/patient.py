"""What the guards examine: data with a backbone, or a finished run and the data that it was trained on.

Features are computed once, at first use, as a linear probe computes them, and kept in the store.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ghep.backbone.installed import default_backbone
from ghep.data.dataset import Source
from ghep.data.loading.batches import LabelledExamples
from ghep.data.modalities import refuse_other
from ghep.data.sources.options import READ_OPTION_NAMES
from ghep.data.sources.tasks import Readable
from ghep.errors import ConfigError, DataError, did_you_mean
from ghep.experiment.boundary import at_boundary
from ghep.experiment.graft import Graft, backbone_for, graft
from ghep.experiment.options import RunOptions
from ghep.experiment.prepared import prepared_for, source_of
from ghep.features.options import FeatureOptions
from ghep.messages import Message
from ghep.reporter import Reporter
from ghep.storage.text import read_json
from ghep.strategy.catalog import strategy_named


@dataclass(frozen=True)
class FinishedRun:
    """The files of a run that the guards read."""

    folder: Path
    settings: Mapping[str, Any]
    """config.json"""
    metrics: Mapping[str, Any]
    findings: tuple[Mapping[str, Any], ...]


@dataclass
class Patient:
    """A backbone with new heads on prepared data, before any training, and the run if there is one."""

    name: str
    backbone_name: str
    made: Graft
    source: Source
    """The data as read."""
    given: Mapping[str, Any]
    """Settings of features, as ``advise`` takes them."""
    seed: int
    boundary: bool = False
    """Whether the run used the features of an earlier block, which the backbone here has as well."""
    run: FinishedRun | None = None

    @property
    def splits(self) -> Mapping[str, LabelledExamples]:
        """The splits that are not empty."""
        return {str(split): data for split, data in self.made.splits.items()}

    @functools.cached_property
    def features(self) -> Mapping[str, np.ndarray]:
        """Split -> exact features (N, D) of its examples."""
        return {split: self.made.frozen.features(data, what=split) for split, data in self.splits.items()}


def finished_run(target: Any) -> FinishedRun | None:
    """Return the run in the folder ``target``, or the run whose bundle it is; None if it is anything else.

    Raises ConfigError for a run that has not finished.
    """
    if not isinstance(target, str | Path) or not Path(target).is_dir():
        return None
    folder = Path(target)
    if folder.name == "bundle" and (folder.parent / "config.json").is_file():
        folder = folder.parent
    if not (folder / "config.json").is_file() or not (folder / "plan.json").is_file():
        return None
    if not (folder / "metrics.json").is_file():
        raise ConfigError("doctor-run-unfinished", folder=folder)
    settings, metrics, findings = (
        read_json(folder / name, error=DataError, what=Message("doctor-files-of-run"))
        for name in ("config.json", "metrics.json", "findings.json")
    )
    return FinishedRun(folder, settings, metrics, tuple(findings))


def patient_from(
    target: Readable, *, backbone: str | Path | None, seed: int | None, options: Mapping[str, Any], reporter: Reporter
) -> Patient:
    """Return the patient in ``target``, a run folder or data; for a run, ``backbone`` and ``options`` are those of it.

    Given values replace the ones of the run. Raises ConfigError, DataError or BackboneError.
    """
    given = {name: value for name, value in options.items() if value is not None}
    known = {*READ_OPTION_NAMES, *(field.name for field in dataclasses.fields(FeatureOptions))}
    unknown = [name for name in given if name not in known]
    if unknown:
        raise ConfigError("doctor-unknown-option", names=unknown, hints=[did_you_mean(one, known) for one in unknown])
    run = finished_run(target)
    settings: dict[str, Any] = {}
    if run is not None:
        settings = dict(run.settings["options"])
        target = run.settings["data"]
        backbone = backbone or run.settings["backbone"]
        seed = run.settings["seed"] if seed is None else seed
        _require_data(run, target)
    read = {**settings.get("read", {}), **{name: given.pop(name) for name in READ_OPTION_NAMES if name in given}}
    features = {field.name for field in dataclasses.fields(FeatureOptions)}
    kept = {name: value for name, value in settings.items() if name in features and value not in (None, "")}
    run_options = RunOptions(**{**kept, **given}, ratings=tuple(settings.get("ratings", ())), read=read)
    seed = seed or 0
    source = source_of(target, run_options.read, run_options.ratings)
    name = str(backbone) if backbone is not None else default_backbone(source.modality)
    strategy = strategy_named("linear_probe")
    loaded = backbone_for(name, strategy, run_options, seed=seed)
    one = f"--backbone {default_backbone(source.modality)}"
    refuse_other(source.name, source.modality, loaded.preprocess.modality, who=loaded.card.name, one=one)
    prepared = prepared_for(
        source,
        loaded.preprocess,
        seed=seed,
        strict=run_options.strict,
        limit_bytes=run_options.cache_size,
        progress=lambda done, total: reporter.progress("read", done, total),
    )
    if settings.get("boundary") is not None:
        loaded = at_boundary(loaded, str(settings["boundary"]), prepared, run_options, reporter)
    made = graft(prepared, loaded, strategy, run_options, reporter)
    shown, given = source.name if run is None else str(run.folder), {one: getattr(run_options, one) for one in features}
    return Patient(shown, name, made, source, given, seed, settings.get("boundary") is not None, run)


def _require_data(run: FinishedRun, data: Any) -> None:
    """Raise ConfigError if the data of the run are not at their place any more."""
    places = data.values() if isinstance(data, Mapping) else [data]
    gone = [str(place) for place in places if not Path(place).exists()]
    if gone:
        raise ConfigError("doctor-data-gone", folder=run.folder, places=gone)
