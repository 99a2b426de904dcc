"""The data that all runs of a comparison have in common: read and split once, and prepared for each backbone.

In: the user's data and the settings. Out: a ``Ground``. Every run uses the splits of seed 0, whatever the seed of the
run, so that contenders are compared on the same examples.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from ghep.advice.candidates import backbones_at_choice
from ghep.backbone.base import Backbone
from ghep.backbone.catalog import load_backbone
from ghep.backbone.installed import default_backbone
from ghep.comparison.execution.ledger import Ledger, require_same_weights, threads_of_runs
from ghep.comparison.execution.reading import FrozenCosts
from ghep.comparison.planning.draws import nested_draws, refuse_sets
from ghep.comparison.planning.pricing import Prices, measured_prices
from ghep.comparison.planning.settings import Settings, run_options
from ghep.comparison.planning.threads import fixed_threads
from ghep.comparison.record import Contender, Data
from ghep.comparison.sharing.parts import limited
from ghep.data.dataset import Dataset, Source, label_counts
from ghep.data.modalities import refuse_other
from ghep.data.numbers import values_of
from ghep.data.sources.tasks import Readable
from ghep.errors import ConfigError, DataError
from ghep.experiment.drop_suspects import read_drop_list, without_suspects
from ghep.experiment.graft import graft
from ghep.experiment.prepared import Prepared, prepared_for, source_of
from ghep.guards.splits import SplitDifferences, compared_splits
from ghep.reporter import Reporter, Silent
from ghep.strategy.catalog import strategy_named
from ghep.types import SPLITS, Finding, Split

SPLIT_SEED = 0


@dataclass(frozen=True)
class Ground:
    """The data of a comparison, prepared for each backbone, and the measured cost of computing with each backbone."""

    data: Data
    """Description of the data of the task; of the first task, if there are several."""
    backbones: tuple[str, ...]
    prepared: Mapping[str, Prepared]
    """Backbone -> the data prepared for it; backbones with the same preprocessing share the prepared data."""
    costs: Mapping[str, FrozenCosts]
    tasks: Mapping[str, Data] = field(default_factory=dict)
    """Task -> description of its data; empty for a single task."""
    prices: Mapping[str, Prices] = field(default_factory=dict)
    """Backbone -> the prices of its work on this machine, in seconds."""
    fewer: Mapping[int, Mapping[Split, int]] = field(default_factory=dict)
    """Labels per class -> number of examples of each split in a draw."""

    def of(self, contender: Contender) -> tuple[Data, ...]:
        """Return the description of the data of each task that ``contender`` is trained on."""
        return tuple(self.tasks[task] for task in contender.tasks) or (self.data,)

    def task_names(self, contender: Contender) -> list[str]:
        """Return the names of the tasks of ``contender``."""
        return [data.task for data in self.of(contender)]

    @property
    def dataset(self) -> Dataset:
        """Return the checked data set: the same for every backbone."""
        return self.prepared[self.backbones[0]].dataset


def open_ground(data: Readable, settings: Settings, ledger: Ledger, reporter: Reporter) -> Ground:
    """Read ``data`` once, prepare it for every backbone, measure the cost of each backbone, and return the Ground.

    Raises ConfigError for a task without test examples; DataError and BackboneError as ``fit`` does.
    """
    ratings = settings.run.get("ratings", ())
    source = source_of(data, settings.read, ratings, each=with_test)
    names = backbones_at_choice(settings.backbones, source.modality, shipped=False)
    size = settings.run.get("image_size")
    backbones = {name: load_backbone(name, image_size=size) for name in names}  # errors come before reading the data
    for backbone in backbones.values():
        backbone.limit_texts(settings.run.get("max_length"), settings.run.get("truncate"))
    prepared: dict[str, Prepared] = {}
    for name, backbone in backbones.items():
        one = f"--backbones {default_backbone(source.modality)}"
        refuse_other(source.name, source.modality, backbone.preprocess.modality, who=backbone.card.name, one=one)
        require_same_weights(ledger, name, backbone.fingerprint())
    costs: dict[str, FrozenCosts] = {}
    prices: dict[str, Prices] = {}
    for name, backbone in backbones.items():
        prepared[name] = _prepared(source, backbone, settings, prepared, reporter)
        found = ledger.decided(
            f"costs {name}", lambda n=name, b=backbone, p=prepared[name]: _costs(n, b, p, settings, ledger)
        )
        if name == names[0]:
            differences = SplitDifferences.from_json(
                ledger.decided("splits", lambda b=backbone, p=prepared[name]: _splits(b, p, settings))
            )
        prices[name] = Prices(**found["prices"])
        costs[name] = FrozenCosts(prices[name].read, prices[name].passes, tuple(found["shares"]))
    first, *others = (key_of(one.dataset) for one in prepared.values())
    if any(other != first for other in others):
        raise DataError("backbones-use-other-examples", data=source.name)
    dataset = limited(prepared[names[0]].dataset, settings.limits, draw=0)
    if settings.labels:
        refuse_sets(dataset, dataset.tasks[0])  # fail before the runs on all labels
    tasks = {task: data_of(dataset, task, differences.findings) for task in dataset.tasks}
    drawn = nested_draws(dataset, dataset.tasks[0], settings.labels, draw=0) if settings.labels else {}
    fewer = {labels: dict(part.counts) for labels, part in drawn.items()}
    return Ground(
        tasks[dataset.tasks[0]], names, prepared, costs, tasks if len(tasks) > 1 else {}, prices=prices, fewer=fewer
    )


def with_test(source: Source) -> Source:
    """Return ``source`` with its valid split as the test split, for tasks that have no test split.

    Models are selected on valid, so results must be measured on other examples. A new valid split is then taken from
    train, as for any source with train and test only. A test split without labels, as in competitions, does not count
    as one. If only some of several tasks have a test split, the valid rows with a label of one of these tasks stay in
    valid; the other valid rows become test rows.
    """
    tested = {task for one in source.examples if source.splits.get(one.id) == "test" for task in one.labels}
    moved = {
        one.id for one in source.examples if source.splits.get(one.id) == "valid" and not (one.labels.keys() & tested)
    }
    if not any(one.labels for one in source.examples if one.id in moved):
        return source
    splits: dict[str, Split] = {name: "test" if name in moved else split for name, split in source.splits.items()}
    found = Finding.of("valid-as-test", "info")
    return replace(source, splits=splits, findings=(*source.findings, found))


def data_of(dataset: Dataset, task: str | None = None, findings: tuple[Finding, ...] = ()) -> Data:
    """Return the description of the data of ``task``; None: the first task. ``findings`` are added to the data set's.

    Raises ConfigError if the test split has no labels of the task, or labels of one class only.
    """
    task = task or dataset.tasks[0]
    headline: Split = "test"
    scored = [example for example in dataset.test if task in example.labels]
    if not scored:  # valid is no substitute: it selects rates, epochs and the contenders to stop
        raise ConfigError("nothing-to-score", data=dataset.name, task=task if len(dataset.tasks) > 1 else "none")
    if len({str(example.labels[task]) for example in scored}) == 1:
        raise ConfigError("test-has-one-class", data=dataset.name, task=task, label=scored[0].labels[task])
    return Data(
        name=dataset.name,
        location=str(dataset.location),
        modality=dataset.modality,
        task=task,
        classes=tuple(dataset.classes[task]),
        counts={split: _counts(dataset, split, task) for split in SPLITS if dataset.examples(split)},
        headline=headline,
        findings=(*dataset.findings, *findings),
        raw={one.id: one.raw for one in scored if isinstance(one.raw, str | Path)},
        sets=tuple(sorted({str(one.labels[task]) for one in scored})) if task in dataset.multi_label else (),
        numeric=task in dataset.regression,
    )


def _counts(dataset: Dataset, split: Split, task: str) -> dict[str, int]:
    if task in dataset.regression:
        return {task: len(values_of(dataset.examples(split), task))}
    return label_counts(dataset.examples(split), task)


def key_of(dataset: Dataset) -> str:
    """Return a hash of the examples, their content, labels and splits."""
    rows = [
        (split, example.id, dataset.digests.get(example.id), sorted(example.labels.items()))
        for split in SPLITS
        for example in dataset.examples(split)
    ]
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()


def _prepared(
    source: Source, backbone: Backbone, settings: Settings, known: Mapping[str, Prepared], reporter: Reporter
) -> Prepared:
    for one in known.values():
        if one.identity == backbone.preprocess.measured_on(one.dataset).identity():
            return one
    options = run_options(settings)
    found = prepared_for(
        source,
        backbone.preprocess,
        seed=SPLIT_SEED,
        strict=options.strict,
        limit_bytes=options.cache_size,
        progress=lambda done, total: reporter.progress("read", done, total),
    )
    if settings.drop_suspects is None:
        return found
    return found.holding(without_suspects(found.dataset, read_drop_list(settings.drop_suspects)))


def _splits(backbone: Backbone, prepared: Prepared, settings: Settings) -> dict[str, Any]:
    """Return how far the splits differ in frozen features, as plain values."""
    made = graft(prepared, backbone, strategy_named("linear_probe"), run_options(settings), Silent())
    return compared_splits(made.backbone, made.splits, made.dataset.groups).to_json()


def _costs(name: str, backbone: Backbone, prepared: Prepared, settings: Settings, ledger: Ledger) -> dict[str, Any]:
    options = run_options(settings)
    with fixed_threads(threads_of_runs(ledger, settings.threads)):
        made = graft(prepared, backbone, strategy_named("linear_probe"), options, Silent())
        prices, costs = measured_prices(name, made, prepared, options, ledger.measured)
    return {"prices": asdict(prices), "shares": list(costs.shares)}
