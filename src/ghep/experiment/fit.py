"""From a data set to a measured run: read, graft, plan, train, prove, score, save.

The story of a run, straight down; each step is one call into the room that owns it.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ghep import __version__
from ghep.backbone.at_hand import DEFAULTS
from ghep.backbone.base import Backbone, Card
from ghep.backbone.catalog import load_backbone
from ghep.data.check import prepare
from ghep.data.dataset import Dataset, Source
from ghep.data.loader import LabelledExamples
from ghep.data.modalities import refuse_other
from ghep.data.preprocess import PreparedStore, Preprocess
from ghep.data.sources import read
from ghep.errors import ConfigError, Interrupted, did_you_mean
from ghep.experiment.announce import plan_in_words
from ghep.experiment.card import model_card
from ghep.experiment.controls import control_findings, with_controls
from ghep.experiment.folder import metrics_json, write_history, write_outcome, write_predictions, write_settings
from ghep.experiment.options import COLUMNS, RunOptions, clear, make_folder, refuse_finished, writable, wrong_values
from ghep.experiment.record import Run, SplitResult, environment, peak_memory_bytes
from ghep.experiment.reporter import Reporter, Silent
from ghep.experiment.scoring import prove_scored, results, scored_from, split_logits, temperatures
from ghep.features.frozen import Engines, FrozenPart, default_folder, passes_in_json
from ghep.features.store import ActivationStore
from ghep.guards.deployed import prove_deployed
from ghep.guards.proof import Proof, findings_of, prove
from ghep.guards.seen import seen_by_training
from ghep.guards.splits import split_findings
from ghep.model.bundle import round_weights, save_bundle
from ghep.model.device import device_named
from ghep.model.lora import linear_layers
from ghep.model.transfer import TransferModel
from ghep.strategy.base import Plan, Strategy
from ghep.strategy.catalog import strategy_named
from ghep.strategy.derive import Situation
from ghep.strategy.fit import FitOptions, Fitted, fit_plan
from ghep.tasks.base import Task
from ghep.tasks.rating import plain_number
from ghep.tasks.registry import task_for
from ghep.training.checkpoint import Checkpoints
from ghep.training.moving import trained_parameters
from ghep.training.stop import StopRequest
from ghep.types import Cost, Example, Finding, Split


def fit(
    data: str | Path | Source,
    *,
    backbone: str | Path | None = None,
    strategy: str | Strategy = "linear_probe",
    seed: int = 0,
    reporter: Reporter | None = None,
    stop: StopRequest | None = None,
    **options: Any,
) -> Run:
    """Train one model on ``data`` and return its measured record; the bundle is in ``run.bundle``.

    ``backbone`` is a name or a path; unless given, ``seedling`` for images and ``minilm`` for texts.

    ``options`` are fields of RunOptions (``out``, ``time_limit``, ``resume``, ...), what is said of a table
    (``path_column``, ``text_column``, ``label_columns``, ``split_column``, ``encoding``) or fields of the strategy
    (``epochs``, ``lr``, ...); None is not given. An unknown one is a ConfigError, and so is a value that cannot be,
    all of them in one, before anything is read. Raises DataError, BackboneError, ConfigError for what the user can
    mend; Interrupted when ``stop.ask()`` was called during training, which is then saved.

    >>> run = fit("photos/", backbone="seedling", strategy="light", epochs=3)  # doctest: +SKIP
    >>> print(run.accuracy)                                                      # doctest: +SKIP
    0.941 [0.893, 0.969] (n=153)
    """
    options = {name: value for name, value in options.items() if value is not None}
    read = options.pop("read", {})
    columns = (
        {**read, **{name: options.pop(name) for name in COLUMNS if name in options}}
        if isinstance(read, Mapping)
        else {}
    )
    given = {"data": data, "backbone": backbone, "strategy": strategy, "seed": seed, "read": read}
    wrong = wrong_values({**columns, **options, **given})
    if isinstance(data, Source) and any(columns.values()):
        wrong.append(f"{', '.join(columns)} (a Source has no columns: its examples have their labels)")
    known = {option.name for option in dataclasses.fields(RunOptions)}
    settings = {name: value for name, value in options.items() if name not in known}
    strategy = _strategy(strategy, settings, known, wrong)
    run_options = RunOptions(**{name: value for name, value in options.items() if name in known}, read=columns)
    stop = stop or StopRequest()
    return _Experiment(
        data, None if backbone is None else str(backbone), strategy, seed, run_options, reporter or Silent(), stop
    ).run()


def _strategy(given: Any, settings: Mapping[str, Any], known: Iterable[str], wrong: list[str]) -> Strategy:
    """Return the strategy; raise one ConfigError for what is wrong with it and for ``wrong`` beside it."""
    said = f"fit cannot have {'; '.join(wrong)}"
    strategy = None
    try:
        if isinstance(given, str):
            strategy = strategy_named(given, **settings)
        elif isinstance(given, Strategy) and settings:
            raise ConfigError(
                f"settings {', '.join(settings)} came beside a Strategy object",
                remedy=f"put them into it; {did_you_mean(next(iter(settings)), known)}",
            )
        elif isinstance(given, Strategy):
            strategy = given
    except ConfigError as error:
        if not wrong:
            raise
        raise ConfigError(f"{error.cause}; {said}", remedy=error.remedy) from None
    if wrong or strategy is None:
        raise ConfigError(said, remedy="correct these, or leave them out")
    return strategy


@dataclass
class _Experiment:
    data: str | Path | Source
    wanted: str | None
    """The backbone, if one was named."""
    strategy: Strategy
    seed: int
    options: RunOptions
    reporter: Reporter
    stop: StopRequest

    def run(self) -> Run:
        with writable(Path(self.options.out or "runs")):
            if self.options.out is not None:
                refuse_finished(Path(self.options.out), self.options)
            elif self.options.resume:
                raise ConfigError("resume needs the folder of the run that was cut off", remedy="name it: out (--out)")
            return self._run()

    def _run(self) -> Run:
        began = time.perf_counter()
        phases: dict[str, float] = {}
        source = self.data if isinstance(self.data, Source) else read(self.data, **self.options.read)
        phases["read"] = time.perf_counter() - began
        name = self.wanted or DEFAULTS[source.modality]
        backbone = load_backbone(name, random_weights=self._random, seed=self.seed)
        one = f"--backbone {DEFAULTS[source.modality]}"
        refuse_other(source.name, source.modality, backbone.preprocess.modality, who=backbone.card.name, one=one)
        phases["load"] = time.perf_counter() - began - phases["read"]
        source = with_plain_numbers(source, self.options.ratings)
        store = backbone.preprocess.prepared_store(limit_bytes=self.options.cache_size)
        dataset = prepare(
            source,
            seed=self.seed,
            strict=self.options.strict,
            keep=store,
            progress=lambda done, total: self.reporter.progress("read", done, total),
        )
        odd = store.findings(dataset.train)
        backbone.look_at(store, dataset.train)
        phases["read"] = time.perf_counter() - began - phases["load"]
        tasks = _tasks(dataset, self.options.ratings)
        model = TransferModel(backbone, tasks).to(device_named(self.options.device))
        splits = _labelled(dataset, tasks, store, backbone.preprocess)
        plan = self.strategy.plan(_situation(backbone, splits))
        folder = self._folder(dataset, backbone)
        if self.options.overwrite:
            clear(folder)
        write_settings(folder, self._settings(dataset, name), plan)
        summary = self.strategy.summary
        for line in plan_in_words(dataset, backbone, plan, summary=summary, prepared=store.in_words()):
            self.reporter.say(line)
        for finding in odd:
            self.reporter.say(f"  {finding.severity}: {finding.message}")

        before = backbone.fingerprints()
        frozen = self._frozen_part(backbone, before)
        fit_options = self._fit_options(folder, dataset, before, plan)
        try:
            fitted = fit_plan(model, plan, splits["train"], splits.get("valid"), fit_options, frozen)
        except Interrupted as error:
            raise Interrupted(error.cause, remedy=f"to go on, add --out {folder} --resume (out, resume=True)") from None
        proof = prove(backbone, before, plan.stages, start_kept=fitted.start_kept)
        round_weights(model, self.options.save_dtype)  # before scoring: what is measured is what is deployed

        held_out: dict[str, LabelledExamples] = {split: data for split, data in splits.items() if split != "train"}
        start = time.perf_counter()
        sources = scored_from(frozen, held_out, stored=fitted.stored)
        logits = split_logits(model, sources, workers=self.options.workers, progress=self.reporter.progress)
        fitted.frozen = passes_in_json(frozen)
        temperature = temperatures(model, logits["valid"], splits["valid"]) if "valid" in logits else {}
        scored = results(model, logits, held_out, temperature, seed=self.seed)
        phases["evaluate"] = time.perf_counter() - start
        unfitted: tuple[Finding, ...] = ()
        if self.options.control:
            start = time.perf_counter()
            scored, unfitted = with_controls(scored, splits, model.tasks, seed=self.seed)
            phases["control"] = time.perf_counter() - start
        findings = (
            *dataset.findings,
            *odd,
            *backbone.findings,
            *plan.findings,
            *fitted.findings,
            *findings_of(proof),
            *split_findings({(one.split, one.task): one.score("accuracy") for one in scored}),
            *unfitted,
            *control_findings(scored),
        )
        cost = _cost(began, {**phases, **fitted.phases}, model, plan, fitted)
        return self._save(folder, dataset, splits, model, plan, fitted, proof, scored, temperature, findings, cost)

    def _frozen_part(self, backbone: Backbone, before: Mapping[str, str]) -> FrozenPart:
        options = self.options
        folder = Path(options.cache_dir) if options.cache_dir is not None else default_folder()
        return FrozenPart(
            backbone,
            store=ActivationStore(folder, limit_bytes=options.cache_size) if options.cache else None,
            fingerprints=before,
            engines=Engines(options.engine),
            workers=options.workers,
            progress=self.reporter.progress,
        )

    @property
    def _random(self) -> bool:
        return self.options.random_weights or not self.strategy.uses_pretrained

    def _folder(self, dataset: Dataset, backbone: Backbone) -> Path:
        if self.options.out is not None:
            folder = Path(self.options.out)
        else:
            stamp = datetime.now().strftime("%Y%m%d-%H%M%S-%f")
            name = "-".join((dataset.name, Path(backbone.card.name).name, self.strategy.name, str(self.seed), stamp))
            folder = Path("runs") / name
        return make_folder(folder)

    def _settings(self, dataset: Dataset, backbone: str) -> dict[str, Any]:
        return {
            "data": str(dataset.location),
            "backbone": backbone,
            "strategy": self.strategy.name,
            "settings": dataclasses.asdict(self.strategy),
            "seed": self.seed,
            "options": {
                **dataclasses.asdict(self.options),
                "out": str(self.options.out or ""),
                "cache_dir": str(self.options.cache_dir or ""),
            },
        }

    def _fit_options(self, folder: Path, dataset: Dataset, before: Mapping[str, str], plan: Plan) -> FitOptions:
        labels = [
            (split, example.id, dataset.digests.get(example.id), sorted(example.labels.items()))
            for split in dataset.counts
            for example in dataset.examples(split)
        ]
        stages = [stage.to_json() for stage in plan.stages]
        text = json.dumps([labels, sorted(before.items()), stages, self.seed, sorted(self.options.ratings)])
        return FitOptions(
            seed=self.seed,
            time_limit=self.options.time_limit,
            precision=self.options.precision,
            workers=self.options.workers,
            checkpoints=folder / "checkpoints",
            checkpoint_seconds=self.options.checkpoint_seconds,
            on_divergence=self.options.on_divergence,
            resume=self.options.resume,
            run_key=hashlib.sha256(text.encode()).hexdigest(),
            stop=self.stop,
            report=self.reporter.epoch,
            say=self.reporter.say,
            progress=self.reporter.progress,
        )

    def _save(
        self,
        folder: Path,
        dataset: Dataset,
        splits: Mapping[Split, LabelledExamples],
        model: TransferModel,
        plan: Plan,
        fitted: Fitted,
        proof: Proof,
        scored: tuple[SplitResult, ...],
        temperature: Mapping[str, float],
        findings: tuple[Finding, ...],
        cost: Cost,
    ) -> Run:
        surroundings = {
            **environment(),
            "device": str(model.device),
            "precision": fitted.precision.name if fitted.precision else "float32",
        }
        metrics = metrics_json(scored, cost)
        card = model_card(
            dataset=dataset,
            backbone=model.backbone.card,
            plan=plan,
            seed=self.seed,
            results=scored,
            cost=cost,
            findings=findings,
            environment=surroundings,
        )
        training = {
            **_without_paths(self._settings(dataset, self.wanted or DEFAULTS[dataset.modality])),
            "environment": surroundings,
            "proof": proof.blocks,
            "precision_milliseconds": fitted.precision.milliseconds if fitted.precision else {},
        }
        model.backbone.card = _raised(model.backbone.card, dataset, plan, proof)
        bundle = folder / "bundle"
        save_bundle(
            bundle,
            model,
            temperatures=temperature,
            training=training,
            metrics=metrics,
            card=card,
            seen=seen_by_training(dataset),
            dtype=self.options.save_dtype,
        )
        metrics["deployed"] = prove_deployed(model, bundle, splits["train"])
        metrics["scored_as_deployed"] = prove_scored(model, splits, scored, temperature)
        write_history(folder, fitted.history)
        write_predictions(folder, scored, {task.name: task.classes for task in model.tasks})
        write_outcome(
            folder,
            {
                **metrics,
                "environment": surroundings,
                "proof": proof.blocks,
                "stopped": fitted.stopped,
                "frozen_part": fitted.frozen,
            },
            findings,
            dataset.quarantined,
        )
        Checkpoints(folder / "checkpoints").keep_newest()  # the last one, of the weights alone: for --resume
        return Run(
            model.backbone.card.name,
            self.strategy.name,
            self.seed,
            scored,
            tuple(fitted.history),
            cost,
            surroundings,
            findings,
            proof.blocks,
            folder,
            bundle,
            fitted.frozen,
        )


def _tasks(dataset: Dataset, ratings: Sequence[str]) -> list[Task]:
    ratings = (ratings,) if isinstance(ratings, str) else ratings
    unknown = [name for name in ratings if name not in dataset.classes]
    if unknown:
        raise ConfigError(
            f"{', '.join(unknown)} is no task of {dataset.name}", remedy=did_you_mean(unknown[0], dataset.classes)
        )
    return [task_for(name, classes, rating=name in ratings) for name, classes in dataset.classes.items()]


def with_plain_numbers(source: Source, ratings: Sequence[str]) -> Source:
    """Write the numbers of rating columns in one way: a column with blanks comes as 5.0 where another has 5."""
    ratings = (ratings,) if isinstance(ratings, str) else ratings
    if not ratings:
        return source

    def plain(example: Example) -> Example:
        labels = {task: plain_number(label) if task in ratings else label for task, label in example.labels.items()}
        return dataclasses.replace(example, labels=labels)

    return dataclasses.replace(source, examples=tuple(map(plain, source.examples)))


def _labelled(
    dataset: Dataset, tasks: Sequence[Task], store: PreparedStore, preprocess: Preprocess
) -> dict[Split, LabelledExamples]:
    """Return the splits that hold anything, with their targets."""
    found: dict[Split, LabelledExamples] = {}
    for split in ("train", "valid", "test"):
        examples = dataset.examples(split)
        if examples:
            targets = {task.name: task.encode([example.labels for example in examples]) for task in tasks}
            lengths = store.lengths(examples)
            found[split] = LabelledExamples(examples, targets, store, preprocess, dataset.digests, lengths)
    return found


def _without_paths(settings: dict[str, Any]) -> dict[str, Any]:
    """Return settings for the bundle, which travels: names of files, not where they lie on this machine."""
    options = {key: value for key, value in settings["options"].items() if key not in ("out", "cache_dir")}
    names = {key: Path(settings[key]).name for key in ("data", "backbone")}
    return {**settings, **names, "options": options}


def _raised(card: Card, dataset: Dataset, plan: Plan, proof: Proof) -> Card:
    """Return the card of the backbone as it is now: the same, if it stood still, else raised on this data too."""
    if "moved" not in proof.blocks.values():
        return card
    before = f", after {card.source}" if card.pretrained else ""
    labels = tuple(label for classes in dataset.classes.values() for label in classes)
    source = f"{dataset.name} ({len(dataset.train)} examples, {plan.strategy} by ghep {__version__}){before}"
    return dataclasses.replace(card, source=source, pretrained=True, source_labels=labels)


def _situation(backbone: Backbone, splits: Mapping[Split, LabelledExamples]) -> Situation:
    from torch.nn.modules.batchnorm import _BatchNorm

    return Situation(
        num_train=len(splits["train"]),
        blocks=tuple(block.name for block in backbone.blocks()),
        batch_norm=any(isinstance(module, _BatchNorm) for module in backbone.modules()),
        has_valid="valid" in splits,
        shallow=backbone.shallow,
        width=backbone.width,
        views=backbone.preprocess.has_views,
        blends=backbone.preprocess.blends,
        linear_layers=linear_layers(backbone),
    )


def _cost(began: float, phases: dict[str, float], model: TransferModel, plan: Plan, fitted: Fitted) -> Cost:
    return Cost(
        seconds=time.perf_counter() - began,
        peak_memory_bytes=peak_memory_bytes(),
        trained_parameters=trained_parameters(model, plan.stages),
        total_parameters=sum(parameter.numel() for parameter in model.parameters()),
        examples_seen=fitted.examples_seen,
        phases=phases,
    )
