"""One run, from data to a saved bundle: read, plan, train, check frozen weights, score, save.

In: a location or data in memory, a backbone, a strategy, a seed. Out: a ``Run``.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Unpack

from ghep.advice.advise import advise
from ghep.advice.candidates import short_name
from ghep.backbone.base import Backbone
from ghep.backbone.installed import default_backbone
from ghep.backbone.packages import is_verified
from ghep.cluster.connect import Cluster, on_cluster
from ghep.data.dataset import Dataset, Source
from ghep.data.loading.batches import LabelledExamples, spaced
from ghep.data.modalities import refuse_other
from ghep.data.sources.options import READ_OPTION_NAMES
from ghep.data.sources.tasks import Readable
from ghep.errors import ConfigError, Interrupted, did_you_mean
from ghep.experiment.boundary import at_boundary
from ghep.experiment.drop_suspects import DropList, read_drop_list, without_suspects
from ghep.experiment.folder import DECISIONS, write_settings
from ghep.experiment.forgetting import unused_source_data, watch
from ghep.experiment.graft import Graft, backbone_for, graft
from ghep.experiment.keywords import FitKeywords
from ghep.experiment.options import RunOptions, fit_settings, wrong_values
from ghep.experiment.outcome import Outcome, save
from ghep.experiment.prepared import Prepared, prepared_for, source_of
from ghep.experiment.record import Run, peak_memory_bytes
from ghep.experiment.run_folder import (
    clear,
    make_folder,
    refuse_finished,
    refuse_inside_data,
    refuse_other_settings,
    writable,
)
from ghep.experiment.score_run import score_run
from ghep.experiment.scoring import scored_from
from ghep.experiment.trackers import Trackers
from ghep.features.decisions import Decisions
from ghep.features.options import FeatureOptions
from ghep.guards.mismatch import QUICK, domain_mismatch, mismatch_findings
from ghep.guards.poor_features import backbone_findings, feature_findings
from ghep.guards.preprocessing import QUICK as QUICK_PIXELS
from ghep.guards.proof import findings_of, prove
from ghep.guards.sharing import gradient_findings
from ghep.messages import Message, text_of
from ghep.model.bundle import round_weights
from ghep.model.transfer import TransferModel
from ghep.reporter import Reporter, Silent
from ghep.setting import settings_of, with_signature
from ghep.storage.lock import locked
from ghep.strategy.base import Plan, Strategy
from ghep.strategy.catalog import strategy_named
from ghep.strategy.fit import fit_plan
from ghep.strategy.progress import Fitted
from ghep.team import Team, joined, under_torchrun
from ghep.training.checkpoint import Checkpoint, Checkpoints
from ghep.training.memory import give_back_freed_memory
from ghep.training.moving import trained_parameters
from ghep.training.session import Session
from ghep.training.state import Epoch
from ghep.training.stop import StopRequest
from ghep.types import Cost, Finding, Split

AUTO = "auto"
"""As backbone or strategy: ``ghep.advise`` chooses it."""
ADVISE_OPTIONS = (*READ_OPTION_NAMES, *settings_of(FeatureOptions))


@with_signature(fit_settings())
def fit(
    data: Readable | Prepared,
    *,
    backbone: str | Path | None = None,
    strategy: str | Strategy = "linear_probe",
    seed: int = 0,
    reporter: Reporter | None = None,
    stop: StopRequest | None = None,
    decisions: Decisions | None = None,
    **options: Unpack[FitKeywords],
) -> Run:
    """Train one model on ``data`` and return its measured record; the bundle is in ``run.bundle``.

    ``data`` is a location; a ``Source``; data already ``Prepared`` for this backbone's preprocessing; the locations of
    several tasks that share one model, ``{"cars": "road/cars", "people": "road/pedestrians"}``; or data in memory: a
    data frame or a dict of columns (with the options of tables), a Hugging Face ``Dataset``, a torchvision dataset
    without a transform, or a dict that maps splits to such data.
    ``backbone`` is a name or a path; default: ``efficientnet-lite0`` for images, ``minilm`` for texts. With ``auto`` as
    backbone or strategy, ``ghep.advise`` chooses it, without test examples and without fine-tuning.

    ``decisions`` are measured choices that are shared with other runs; those of this run are in ``decisions.json`` of
    its folder.

    ``options`` are settings of the run (``out``, ``time_limit``, ``resume``, ...: ``RunOptions``), of reading
    (``text_column``, ``label_columns``, ``test``, ...: ``ReadOptions``) or of the strategy (``epochs``, ``lr``, ...);
    None means not given. One ConfigError names all unknown options and all refused values, before anything is read.
    Raises DataError, BackboneError or ConfigError for what the user can fix; Interrupted, after a checkpoint, when
    ``stop.ask()`` was called during training.

    In a program that ``torchrun`` started, all processes call this; they share each batch, the first one writes, and
    each gets the same ``Run``.

    >>> run = fit("photos/", strategy="light", epochs=3)  # doctest: +SKIP
    >>> print(run.accuracy)                                                      # doctest: +SKIP
    0.941 [0.893, 0.969] (n=153)
    """
    values: dict[str, Any] = {name: value for name, value in options.items() if value is not None}
    read = values.pop("read", {})
    columns = {**read} if isinstance(read, Mapping) else {}
    columns |= {name: values.pop(name) for name in READ_OPTION_NAMES if name in values}
    given = {"data": data, "backbone": backbone, "strategy": strategy, "seed": seed, "read": read}
    wrong = wrong_values({**columns, **values, **given})
    advised: tuple[Finding, ...] = ()
    if AUTO in (backbone, strategy) and not wrong:
        backbone, strategy, advised = _advised(data, backbone, strategy, seed, {**columns, **values}, reporter)
    if isinstance(data, Source | Prepared) and any(columns.values()):
        wrong.append(text_of("columns-without-table", names=list(columns), type=type(data).__name__))
    known = settings_of(RunOptions)
    settings = {name: value for name, value in values.items() if name not in known}
    strategy = _strategy(strategy, settings, known, wrong)
    run_options = RunOptions(**{name: value for name, value in values.items() if name in known}, read=columns)
    named = None if backbone is None else str(backbone)
    with joined() as team:
        if run_options.out is not None and team.has_begun(Path(run_options.out)):
            run_options = dataclasses.replace(run_options, resume=True, overwrite=False)
        experiment = _Experiment(
            *(data, named, strategy, seed, run_options),
            *((reporter if team.first else None) or Silent(), stop or StopRequest(), advised),
            decisions=decisions or Decisions(),
            team=team,
        )
        return experiment.run()


def _advised(
    data: Readable | Prepared,
    backbone: str | Path | None,
    strategy: str | Strategy,
    seed: int,
    options: Mapping[str, Any],
    reporter: Reporter | None,
) -> tuple[str | Path | None, str | Strategy, tuple[Finding, ...]]:
    """Replace ``auto`` by what ``ghep.advise`` chooses; return backbone, strategy and a finding with the reasons."""
    if isinstance(data, Prepared):
        raise ConfigError("auto-needs-unprepared-data")
    if under_torchrun():
        raise ConfigError("team-not-auto")
    named = [] if backbone in (AUTO, None) else [str(backbone)]
    known = {name: options[name] for name in ADVISE_OPTIONS if name in options}
    advice = advise(data, backbones=named, shipped=backbone == AUTO, seed=seed, reporter=reporter, **known)
    advised = Finding.of(
        "advised",
        "info",
        backbone=short_name(str(advice.backbone)),
        strategy=advice.strategy,
        items=advice.ruling.reasons,
    )
    if reporter is not None:
        reporter.say(advised.message)
    return (
        advice.backbone if backbone == AUTO else backbone,
        advice.strategy if strategy == AUTO else strategy,
        (advised,),
    )


def _strategy(given: Any, settings: Mapping[str, Any], known: Iterable[str], wrong: list[str]) -> Strategy:
    """Return the strategy; raise one ConfigError with the mistakes in its settings and those in ``wrong``."""
    strategy = None
    try:
        if isinstance(given, str):
            strategy = strategy_named(given, **settings)
        elif isinstance(given, Strategy) and settings:
            raise ConfigError(
                "settings-with-strategy-object", names=list(settings), hint=did_you_mean(next(iter(settings)), known)
            )
        elif isinstance(given, Strategy):
            strategy = given
    except ConfigError as error:
        if not wrong:
            raise
        refused = Message("fit-settings-refused", {"wrong": wrong})
        raise ConfigError(
            "fit-strategy-and-settings-refused", cause=error.cause, refused=refused, remedy=error.remedy
        ) from None
    if wrong or strategy is None:
        raise ConfigError("fit-settings-refused", wrong=wrong)
    return strategy


@dataclass
class _Experiment:
    data: Readable | Prepared
    backbone_name: str | None
    """None: the default of the modality."""
    strategy: Strategy
    seed: int
    options: RunOptions
    reporter: Reporter
    stop: StopRequest
    advised: tuple[Finding, ...] = ()
    decisions: Decisions = field(default_factory=Decisions)
    team: Team = field(default_factory=Team)
    """The processes that train the model together; the first one scores and writes."""
    lock_findings: tuple[Finding, ...] = ()
    """A warning if the run folder could not be locked."""
    dropped: DropList | None = None
    """The labels that are left out of train."""
    cluster: Cluster | None = None
    """The nodes that compute features; None: this process does."""

    def __post_init__(self) -> None:
        self.trackers = Trackers(self.reporter.say)

    def run(self) -> Run:
        if self.options.out is None and self.options.resume:
            raise ConfigError("resume-without-out")
        if self.options.drop_suspects is not None:
            self.dropped = read_drop_list(self.options.drop_suspects)
        refuse_inside_data(Path(self.options.out or "runs"), self.data)
        if not self.team.first:
            return self._run()
        with writable(Path(self.options.out or "runs")), on_cluster(self.options.ray) as self.cluster, self.trackers:
            if self.options.out is None:
                return self._run()
            with locked(Path(self.options.out)) as self.lock_findings:
                refuse_finished(Path(self.options.out), self.options)
                return self._run()

    def _run(self) -> Run:
        began, used, options = time.perf_counter(), time.process_time(), self.options
        phases: dict[str, float] = {}
        backbone, prepared, name = self._opened(phases)
        dataset = prepared.dataset
        made = graft(prepared, backbone, self.strategy, options, self.reporter)
        model, splits = made.model, made.splits
        if options.refit:
            _refuse_refit(made)
        phases["read"] = time.perf_counter() - began - phases["load"]
        self._refuse_other_data(made)
        if not self.team.first:
            return self._helped(made, used)
        folder = self._folder(dataset, backbone)
        settings = self._settings(dataset, name)
        if options.resume:
            refuse_other_settings(folder, settings)
        if options.overwrite:
            clear(folder)
        decisions = self.decisions.also_in(folder / DECISIONS)
        made.frozen.decisions, made.frozen.cluster = decisions, self.cluster
        if self.team.size > 1:
            self.reporter.say(text_of("team-line", processes=self.team.size))
        mismatch = self._mismatch_findings(made)
        for line in made.announcement():
            self.reporter.say(line)
        for finding in mismatch:
            self.reporter.say(f"  {finding.level}: {finding.message}")
        for finding in dataset.findings:
            if finding.severity == "error":
                self.reporter.say(text_of("training-despite-error", cause=finding.message, finding=finding.code))

        checked = () if is_verified(name) else backbone_findings(backbone, splits["train"], most=QUICK_PIXELS)
        session = Session(
            options=options,
            seed=self.seed,
            reporter=_WithTrackers(self.reporter, self.trackers),
            stop=self.stop,
            checkpoints=self._checkpoints(folder, made),
            team=self.team,
        )
        saved = session.checkpoints.newest() if options.resume and session.checkpoints else None
        saved = self.team.told(saved)
        if not options.resume:
            (folder / DECISIONS).unlink(missing_ok=True)
        write_settings(folder, settings, made.plan)
        self.team.note_begun(folder)
        self.trackers.begin(options.report_to, folder, settings, made.plan)
        watched = watch(made, name, options, phases)  # before a checkpoint is loaded
        try:
            train, valid = splits["train"], splits.get("valid")
            fitted = fit_plan(
                *(model, made.plan, train, valid, session, made.frozen),
                resume_from=saved,
                source=made.source_head,
                inspect=None if watched is None else watched.left,
            )
        except Interrupted as error:
            raise Interrupted("run-interrupted", cause=error.cause, folder=folder) from None
        proof = prove(backbone, made.before, made.plan.stages, start_kept=fitted.backbone_kept)
        round_weights(model, options.save_dtype)  # before scoring, so that the scores are of the saved weights

        if "train" in fitted.features:
            checked = (*checked, *feature_findings(backbone, fitted.features["train"]))
        scored = score_run(
            made, fitted, options, seed=self.seed, phases=phases, progress=self.reporter.progress, team=self.team
        )
        helpers_used = sum(self.team.collected(0.0))
        forgetting = None if watched is None else watched.after(proof, phases)
        findings = (
            *self.advised,
            *self.lock_findings,
            *self.trackers.findings,
            *self._deterministic_findings(str(model.device)),
            *dataset.findings,
            *made.findings,
            *mismatch,
            *backbone.findings,
            *made.plan.findings,
            *fitted.findings,
            *_refit_findings(fitted, splits),
            *findings_of(proof),
            *checked,
            *gradient_findings(fitted.gradients, surgery=made.plan.stages[-1].sharing.surgery),
            *scored.findings,
            *model.at_once.findings(model.device),
            *(() if watched is None else watched.findings),
            *(() if forgetting is None else forgetting.findings),
            *unused_source_data(watched, options),
        )
        cost = _cost(began, used - helpers_used, {**phases, **fitted.phases}, model, made.plan, fitted)
        outcome = Outcome(
            *(made, self.seed, settings, fitted, proof, scored, findings, cost, forgetting), processes=self.team.size
        )
        run = save(outcome, folder, dtype=options.save_dtype)
        self.trackers.finish(run)
        return self.team.told(run)

    def _helped(self, made: Graft, used: float) -> Run:
        """Train with the first process of the team, wait while it scores and writes, and return its run.

        ``used`` are the seconds of processor time that this process had used before the run.
        """
        made.frozen.decisions = self.decisions
        session = Session(options=self.options, seed=self.seed, stop=self.stop, team=self.team)
        saved: Checkpoint | None = self.team.told(None)
        train, valid = made.splits["train"], made.splits.get("valid")
        fitted = fit_plan(
            *(made.model, made.plan, train, valid, session, made.frozen), resume_from=saved, source=made.source_head
        )
        held_out: dict[str, LabelledExamples] = {split: data for split, data in made.splits.items() if split != "train"}
        scored_from(made.frozen, held_out, stored=fitted.stored, team=self.team)
        self.team.collected(time.process_time() - used)
        run: Run | None = self.team.told(None)
        assert run is not None
        return run

    def _refuse_other_data(self, made: Graft) -> None:
        """Raise ConfigError, in all processes of a team, if they do not train the same model on the same data."""
        if self.team.size > 1:
            keys = self.team.collected(made.key(seed=self.seed, ratings=self.options.ratings))
            other = next((rank for rank, key in enumerate(keys) if key != keys[0]), None)
            if other is not None:
                raise ConfigError("team-data-differ", rank=other)

    def _opened(self, phases: dict[str, float]) -> tuple[Backbone, Prepared, str]:
        """Return the backbone, the data prepared for it, and the name that it was loaded by."""
        data, options = self.data, self.options
        held = data.dataset if isinstance(data, Prepared) else source_of(data, options.read, options.ratings)
        name = self.backbone_name or default_backbone(held.modality)
        began = time.perf_counter()
        backbone = backbone_for(name, self.strategy, options, seed=self.seed)
        one = f"--backbone {default_backbone(held.modality)}"
        refuse_other(held.name, held.modality, backbone.preprocess.modality, who=backbone.card.name, one=one)
        give_back_freed_memory()  # of the random weights, which the pretrained ones have replaced
        phases["load"] = time.perf_counter() - began
        if isinstance(held, Source):
            data = prepared_for(
                held,
                backbone.preprocess,
                seed=self.seed,
                strict=options.strict,
                limit_bytes=options.cache_size,
                progress=lambda done, total: self.reporter.progress("read", done, total),
                cluster=self.cluster,
            )
        assert isinstance(data, Prepared)
        if self.dropped is not None:
            data = data.holding(without_suspects(data.dataset, self.dropped))
        if options.boundary is not None:
            backbone = at_boundary(backbone, str(options.boundary), data, options, self.reporter)
        return backbone, data, name

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
            "data": dict(dataset.places) or str(dataset.location),
            "backbone": backbone,
            "strategy": self.strategy.name,
            "settings": dataclasses.asdict(self.strategy),
            "seed": self.seed,
            "options": {
                **{name: value for name, value in dataclasses.asdict(self.options).items() if name != "ray"},
                "out": str(self.options.out or ""),
                "cache_dir": str(self.options.cache_dir or ""),
                "source_data": str(self.options.source_data or ""),
                "drop_suspects": str(self.options.drop_suspects or ""),
                "drop_suspects_sha256": "" if self.dropped is None else self.dropped.sha256,
            },
        }

    def _mismatch_findings(self, made: Graft) -> tuple[Finding, ...]:
        """Return a finding if the training images do not look like the source data of the backbone.

        Texts are judged when they are tokenised. The runs of a comparison share the measurement. It is no decision of
        this run, so its folder does not keep it.
        """
        if self.strategy.batch_norm == "reestimate" or made.splits["train"].lengths is not None:
            return ()
        train = made.splits["train"]
        examined = [made.backbone.fingerprint(of=made.before), train.preprocess.identity()]
        examined += [train.digest(place) for place in spaced(len(train), QUICK)]
        name = f"domain mismatch {hashlib.sha256(json.dumps(examined).encode()).hexdigest()[:16]}"
        noted = self.decisions.get(name)
        if not isinstance(noted, Mapping) or "mismatch" not in noted:
            found = domain_mismatch(made.backbone, train, most=QUICK)
            noted = {"mismatch": found.score, "examples": found.examples}
            self.decisions.put(name, noted)
        return mismatch_findings(made.backbone.card.name, noted["mismatch"], noted["examples"])

    def _deterministic_findings(self, device: str) -> Iterator[Finding]:
        """Yield a warning if ``deterministic`` was requested on a device whose kernels may sum in any order."""
        if self.options.deterministic and device != "cpu":
            yield Finding.of("not-deterministic", "warning", device=device)

    def _checkpoints(self, folder: Path, made: Graft) -> Checkpoints | None:
        """Return the checkpoints of the run; None for a refit: solving a head takes seconds, and is not resumed."""
        if self.options.refit:
            return None
        key = made.key(seed=self.seed, ratings=self.options.ratings)
        return Checkpoints(folder / "checkpoints", self.options.checkpoint_seconds, key)


@dataclass(frozen=True)
class _WithTrackers:
    """A reporter that also passes the rows of the history to the experiment trackers."""

    reporter: Reporter
    trackers: Trackers

    def say(self, text: str) -> None:
        self.reporter.say(text)

    def progress(self, phase: str, done: int, total: int) -> None:
        self.reporter.progress(phase, done, total)

    def epoch(self, row: Epoch) -> None:
        self.reporter.epoch(row)
        self.trackers.epoch(row)


def _refuse_refit(made: Graft) -> None:
    """Raise ConfigError where heads cannot be solved again on train and valid."""
    if any(stage.head != "solve" for stage in made.plan.stages):
        raise ConfigError("refit-needs-solved-head", strategy=made.strategy.name)
    if "valid" not in made.splits:
        raise ConfigError("refit-needs-valid", data=made.dataset.name)


def _refit_findings(fitted: Fitted, splits: Mapping[Split, LabelledExamples]) -> Iterator[Finding]:
    """Yield a finding if heads were refitted: scores on valid and the temperature are of the heads before the refit."""
    if fitted.chosen_on is not None:
        yield Finding.of("refitted", "info", examples=len(splits["train"]) + len(splits["valid"]))


def _cost(
    began: float, used: float, phases: dict[str, float], model: TransferModel, plan: Plan, fitted: Fitted
) -> Cost:
    return Cost(
        # With the time before an interruption: otherwise a resumed run would look cheaper than it was.
        seconds=time.perf_counter() - began + fitted.seconds_before,
        peak_memory_bytes=peak_memory_bytes(),
        trained_parameters=trained_parameters(model, plan.stages),
        total_parameters=sum(parameter.numel() for parameter in model.parameters()),
        examples_seen=fitted.examples_seen,
        phases=phases,
        cpu_seconds=None if fitted.seconds_before else time.process_time() - used,
    )
