"""Pretrain a backbone on unlabelled texts: read, tokenise, train, judge, save.

In: a corpus, an objective and, for continued pretraining, a backbone. Out: a ``Pretrained``, and its folder.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from ghep.backbone.bilm import BiLM
from ghep.backbone.catalog import load_backbone
from ghep.backbone.families.huggingface_text import folder_of
from ghep.backbone.text import TextBackbone, TextNet
from ghep.data.corpus import Corpus, read_corpus
from ghep.data.corpus.leaks import texts_to_exclude
from ghep.data.loading.batches import spaced
from ghep.data.text.tokens import TOKENIZER_FILE, TokenPreprocess, read_tokenizer
from ghep.errors import ConfigError, Interrupted, did_you_mean
from ghep.messages import Message, text_of
from ghep.model.device import device_named
from ghep.pretrain.blocks import Blocks, make_blocks
from ghep.pretrain.card import card_of
from ghep.pretrain.folder import write_pretrained
from ghep.pretrain.in_progress import in_progress, refuse_taken
from ghep.pretrain.model import PretrainingModel, scratch, unpooled
from ghep.pretrain.objectives import Objective, objective_named, vocabulary_for
from ghep.pretrain.options import (
    OBJECTIVE_NAMES,
    OF_CORPUS,
    PretrainGiven,
    PretrainOptions,
    options_from,
    pretrain_settings,
    refuse_meaningless,
)
from ghep.pretrain.outcome import record_of
from ghep.pretrain.plan import MOST_HELD_OUT, derived, size_of
from ghep.pretrain.record import RECORD, Pretrained, read_pretrained
from ghep.pretrain.tokens import Tokens
from ghep.pretrain.training import train
from ghep.reporter import Reporter, Silent
from ghep.setting import refusals, settings_of, with_signature
from ghep.storage.folder import MANIFEST, verify_folder
from ghep.storage.hashing import fingerprint_arrays
from ghep.team import refuse_team
from ghep.training.checkpoint import Checkpoints
from ghep.training.session import Session
from ghep.training.stop import StopRequest
from ghep.types import Finding

WORD_VECTORS = ("word2vec", "fasttext")
UNIMPORTANT = (
    *("out", "overwrite", "resume", "time_limit", "workers", "checkpoint_seconds"),
    *OF_CORPUS,
)
"""Options that do not change the weights, or that the corpus' digest tells."""
UNCUT = 10_000_000
"""Tokens of a document that are reported on: blocks leave nothing out."""
REPORTED = 2000
"""Documents by which the vocabulary of a continued backbone is judged."""


@with_signature(pretrain_settings())
def pretrain(
    corpus: str | Path | Sequence[str | Path] | Corpus,
    *,
    objective: str,
    backbone: str | Path | None = None,
    seed: int = 0,
    exclude: Sequence[str] = (),
    reporter: Reporter | None = None,
    stop: StopRequest | None = None,
    **settings: Any,
) -> Pretrained:
    """Pretrain a backbone on ``corpus`` and return the record; the backbone is in ``pretrained.folder``.

    ``corpus`` is a text file, a table, a folder, several of them, or a ``Corpus``; for the objective ``bn``, photos.
    ``objective`` is a name in ``OBJECTIVE_NAMES``. ``backbone`` is continued, with its vocabulary; None: random weights
    and a vocabulary of the corpus. ``exclude`` are test texts of a task: what contains one of them is left out.
    ``settings`` are those of ``ghep pretrain``, such as ``out``, ``time_limit`` (seconds) and ``passes``.

    Raises ConfigError for settings that cannot be used and for an objective that does not fit the backbone, DataError
    for a corpus that cannot be read, and Interrupted, after saving, if ``stop`` was requested.

    >>> done = ghep.pretrain("reviews.txt", objective="mlm", backbone="minilm", time_limit=1200)  # doctest: +SKIP
    >>> run = ghep.fit("labelled.csv", backbone=done.folder)  # doctest: +SKIP
    """
    refuse_team("pretrain")
    reporter, name = reporter or Silent(), None if backbone is None else str(backbone)
    if objective not in OBJECTIVE_NAMES:
        raise ConfigError(
            "pretrain-objective-unknown", name=objective, hint=did_you_mean(objective.lower(), OBJECTIVE_NAMES)
        )
    refuse_meaningless(objective, settings, continued=name is not None)
    if wrong := refusals(settings_of(PretrainGiven), {"seed": seed}):
        raise ConfigError("pretrain-settings-refused", wrong=wrong)
    if settings.get("resume") and settings.get("out") is None:
        raise ConfigError("resume-without-out")
    if objective == "bn":
        return _on_photos(corpus, name, seed, exclude, reporter, settings)
    if objective in WORD_VECTORS:
        return _vectors(corpus, objective, name, seed, exclude, reporter, stop, settings)
    return _Pretraining(corpus, objective, name, seed, exclude, options_from(settings), reporter, stop).run()


def _on_photos(
    photos: Any, backbone: str | None, seed: int, exclude: Sequence[Any], reporter: Reporter, settings: dict[str, Any]
) -> Pretrained:
    """Re-estimate BatchNorm statistics; raise ConfigError for settings that have no meaning there."""
    from ghep.pretrain.batch_norm import reestimate_on_photos

    if backbone is None:
        raise ConfigError("pretrain-bn-without-backbone")
    options_from(settings)
    out = settings.pop("out", None) or default_folder(photos, "bn", seed)
    return reestimate_on_photos(
        photos, backbone=backbone, out=out, exclude=exclude, seed=seed, reporter=reporter, **settings
    )


def _vectors(
    location: Any,
    objective: str,
    backbone: str | None,
    seed: int,
    exclude: Sequence[str],
    reporter: Reporter,
    stop: StopRequest | None,
    settings: dict[str, Any],
) -> Pretrained:
    """Train word vectors."""
    from ghep.pretrain.vectors.options import vector_options
    from ghep.pretrain.vectors.pretrain import pretrain_vectors

    if backbone is not None:
        raise ConfigError("pretrain-vectors-from-backbone", objective=objective)
    reading = {name: settings[name] for name in OF_CORPUS if settings.get(name) is not None}
    own = {name: value for name, value in settings.items() if name not in OF_CORPUS or name == "held_out"}
    vector_options(objective, own)
    out = own.pop("out", None) or default_folder(location, objective, seed)
    refuse_taken(Path(out), resume=bool(own.get("resume")), overwrite=bool(own.get("overwrite")))
    corpus = read(location, PretrainOptions(**reading), seed=seed, exclude=exclude, reporter=reporter)
    return pretrain_vectors(corpus, objective=objective, out=out, seed=seed, reporter=reporter, stop=stop, **own)


def read(location: Any, options: PretrainOptions, *, seed: int, exclude: Sequence[str], reporter: Reporter) -> Corpus:
    """Return the corpus at ``location``, without the texts ``exclude``, and report its size.

    Raises ConfigError for a ``Corpus`` that was read without ``exclude``.
    """
    exclude = texts_to_exclude(exclude)  # before the corpus is read
    if isinstance(location, Corpus):
        if exclude:
            raise ConfigError("pretrain-exclude-of-corpus", count=len(exclude))
        corpus = location
    else:
        reporter.say(text_of("pretrain-reading"))
        corpus = read_corpus(
            location,
            seed=seed,
            exclude=exclude,
            column=options.column,
            held_out=options.held_out,
            documents=options.documents,
            encoding=options.encoding,
            licence=options.licence or "",
        )
    counts = {"documents": len(corpus.train), "held_out": len(corpus.held_out)}
    reporter.say(text_of("pretrain-corpus-line", words=corpus.words, **counts))
    return corpus


def default_folder(location: Any, objective: str, seed: int) -> Path:
    """Return ``runs/pretrain-NAME-OBJECTIVE-SEED-STAMP``."""
    stamp = datetime.now().strftime("%Y%m%d-%H%M%S-%f")
    places = [location] if isinstance(location, str | Path) else location
    name = Path(str(places[0])).stem if isinstance(places, list | tuple) and places else "corpus"
    return Path("runs") / "-".join(("pretrain", name, objective, str(seed), stamp))


@dataclass
class _Pretraining:
    location: Any
    objective_name: str
    backbone_name: str | None
    seed: int
    exclude: Sequence[str]
    options: PretrainOptions
    reporter: Reporter
    stop: StopRequest | None
    findings: list[Finding] = field(default_factory=list)

    def run(self) -> Pretrained:
        began, used = time.perf_counter(), time.process_time()
        folder = Path(self.options.out or default_folder(self.location, self.objective_name, self.seed))
        refuse_taken(folder, resume=self.options.resume, overwrite=self.options.overwrite)
        continued = self._continued()  # a misspelt name is not told after minutes of reading
        corpus = read(self.location, self.options, seed=self.seed, exclude=self.exclude, reporter=self.reporter)
        self.findings += corpus.findings
        self.options = options = derived(
            self.options, objective=self.objective_name, words=corpus.words, from_scratch=self.backbone_name is None
        )
        tokens = self._tokens(corpus, continued, folder)
        objective = objective_named(self.objective_name, tokens, options)
        size = size_of(options)
        backbone = continued or scratch(objective.architecture(size), tokens, size.length, seed=self.seed)
        source = None if self.backbone_name is None else folder_of(self.backbone_name)
        head, trained = objective.head(backbone, seed=self.seed, folder=source)
        model = PretrainingModel(backbone, head).to(device_named(options.device))
        blocks, held_out = self._blocks(corpus, tokens, objective)
        key = self._key(corpus, tokens, model)
        with in_progress(
            folder,
            key,
            objective=self.objective_name,
            resume=options.resume,
            overwrite=options.overwrite,
            files={TOKENIZER_FILE: tokens.content},
        ) as found:
            self.findings += found
            if (folder / RECORD).is_file():
                return read_pretrained(folder)
            checkpoints = Checkpoints(folder / "checkpoints", options.checkpoint_seconds, key)
            session = Session(
                options=options.training(),
                seed=self.seed,
                reporter=self.reporter,
                stop=self.stop or StopRequest(),
                checkpoints=checkpoints,
            )
            try:
                done = train(
                    model,
                    objective,
                    blocks,
                    held_out,
                    options,
                    session,
                    head_first=not trained,
                    resume_from=checkpoints.newest() if options.resume else None,
                )
            except Interrupted as error:
                raise Interrupted("pretrain-interrupted", cause=error.cause, folder=folder) from None
            self.findings += done.findings
            record = record_of(
                model,
                objective,
                tokens,
                blocks,
                held_out,
                done,
                corpus,
                options,
                self.findings,
                key=key,
                seed=self.seed,
                backbone=None if continued is None else {**continued.card.to_json(), "location": self.backbone_name},
                seconds=time.perf_counter() - began,
                processor=time.process_time() - used,
            )
            write_pretrained(
                folder,
                model,
                objective.saved(model),
                tokens,
                length=options.length or 0,
                source=source,
                record=record,
                history=record["curve"],
                card=card_of(record),
            )
        return read_pretrained(folder)

    def _continued(self) -> TextBackbone | None:
        """Return the backbone to continue, without pooling; None from scratch. Raises ConfigError for other kinds."""
        if self.backbone_name is None:
            return None
        backbone = load_backbone(self.backbone_name)
        if not isinstance(backbone, TextBackbone) or not isinstance(backbone.net, TextNet | BiLM):
            raise ConfigError("pretrain-backbone-not-a-transformer", name=self.backbone_name)
        self.findings += [one for one in backbone.findings if one.severity != "info"]
        if isinstance(backbone.net, BiLM):
            spelling = not isinstance(backbone.preprocess, TokenPreprocess)
            self.options = dataclasses.replace(self.options, vocabulary_kind="characters" if spelling else "words")
        return unpooled(backbone)

    def _tokens(self, corpus: Corpus, continued: TextBackbone | None, folder: Path) -> Tokens:
        """Return the vocabulary: that of the backbone, after a report on how it fits, or one of the corpus.

        A resumed pretraining reads the one that it began with.
        """
        options = self.options
        if continued is None:
            if options.resume and (folder / MANIFEST).is_file():
                verify_folder(folder, error=ConfigError, what=Message("pretraining-folder"), required=(TOKENIZER_FILE,))
                return Tokens((folder / TOKENIZER_FILE).read_text(encoding="utf-8"))
            return Tokens(vocabulary_for(self.objective_name, corpus.train, options))
        preprocess = continued.preprocess
        if not isinstance(preprocess, TokenPreprocess):  # reads spelling; the words that it predicts are in its folder
            return Tokens(read_tokenizer(folder_of(self.backbone_name or "") / TOKENIZER_FILE))
        limit = preprocess.max_length
        if options.length is not None and options.length > limit:
            continued.limit_texts(options.length, None)  # raises ConfigError if the network cannot read as many
        texts = [corpus.train[place].text for place in spaced(len(corpus.train), REPORTED)]
        report = dataclasses.replace(preprocess, max_length=UNCUT).report(texts)
        self.reporter.say(text_of("token-report-line", report=report.describe(None)))
        self.findings += report.findings(UNCUT)
        return Tokens(preprocess.tokenizer)

    def _blocks(self, corpus: Corpus, tokens: Tokens, objective: Objective) -> tuple[Blocks, Blocks]:
        """Return the blocks to train on and those that are held out, at most MOST_HELD_OUT."""
        length = self.options.length or 0
        train = make_blocks(corpus.train, tokens, objective, length=length, first=objective.first)
        held = make_blocks(corpus.held_out, tokens, objective, length=length, first=objective.first, count_bytes=True)
        if not train.predicts() or not held.predicts():
            raise ConfigError("pretrain-corpus-without-tokens", train=len(train), held_out=len(held))
        held = held.some(spaced(len(held), MOST_HELD_OUT))
        counts = {"blocks": len(train), "tokens": len(train.ids), "held_out": len(held)}
        self.reporter.say(text_of("pretrain-blocks-line", vocabulary=tokens.size, length=length, **counts))
        return train, held

    def _key(self, corpus: Corpus, tokens: Tokens, model: PretrainingModel) -> str:
        """Return a hash of everything that determines the result."""
        own = {name: value for name, value in dataclasses.asdict(self.options).items() if name not in UNIMPORTANT}
        weights = fingerprint_arrays({name: one.detach().cpu().numpy() for name, one in model.state().items()})
        pooling = getattr(model.head, "pooling", "")  # of TSDAE: not in the weights
        parts = [corpus.digest, self.objective_name, own, self.seed, tokens.content, weights, pooling]
        text = json.dumps(parts, default=str)
        return hashlib.sha256(text.encode()).hexdigest()
