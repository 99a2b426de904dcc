"""``pretraining_benefit``: did pretraining on own text help on this task? The comparison, the verdict, the page.

In: what ``ghep pretrain`` wrote, and labelled data. Out: a ``Benefit``, and a folder with ``report.html``,
``benefit.json`` and the comparison. In order: find or write the backbone from before (``before.py``), make an ordinary
comparison of both (``compare_with``), and conclude (``verdict.py``).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Unpack

from ghep.comparison.analysis.evidence import plain_values
from ghep.comparison.compare import Compared, compare_with
from ghep.comparison.execution.ground import SPLIT_SEED, with_test
from ghep.comparison.keywords import CompareKeywords
from ghep.comparison.planning.settings import ALL, settings_from
from ghep.comparison.pretraining.before import read_record, refuse_missing, sides_of
from ghep.comparison.pretraining.options import LABELS, SEEDS, STRATEGIES
from ghep.comparison.pretraining.page import write_benefit_report
from ghep.comparison.pretraining.record import BenefitEvidence, BenefitKind
from ghep.comparison.pretraining.terminal import benefit_lines
from ghep.comparison.pretraining.verdict import benefit
from ghep.comparison.sharing.kinds import MARGIN
from ghep.data.check import prepare
from ghep.data.dataset import multi_label_of
from ghep.data.sources.in_memory import is_in_memory
from ghep.data.sources.options import READ_OPTION_NAMES
from ghep.data.sources.tasks import Readable, source_from
from ghep.errors import ConfigError
from ghep.experiment.prepared import source_of
from ghep.experiment.run_folder import make_folder, writable
from ghep.messages import text_of
from ghep.reporter import Reporter, Silent
from ghep.storage.text import write_json_atomic
from ghep.training.stop import StopRequest
from ghep.types import Example


@dataclass(frozen=True, repr=False)
class Benefit:
    """The result of ``ghep.pretraining_benefit``. All of it is also saved in ``folder``."""

    evidence: BenefitEvidence
    compared: Compared
    """The comparison that it was computed from, with a report of its own."""
    folder: Path
    report: Path

    @property
    def kind(self) -> BenefitKind:
        """Return the verdict: helped, no-difference, hurt, or cannot-tell."""
        return self.evidence.kind

    @property
    def doubtful(self) -> bool:
        """Return whether a run failed or a finding has the severity "error"."""
        return self.compared.doubtful

    def to_json(self) -> dict[str, Any]:
        """Return the verdict and its numbers as plain values for JSON."""
        found = {**plain_values(self.evidence), "folder": str(self.folder), "report": str(self.report)}
        return {**found, "comparison": str(self.compared.folder)}

    def lines(self) -> list[str]:
        """Return the answer as lines of text: verdict, advice, the table over numbers of labels, cost, findings."""
        return benefit_lines(self.evidence, self.compared.comparison, self.report)

    def __repr__(self) -> str:
        return f"<Benefit: {self.kind}; {self.report}>"

    def __str__(self) -> str:
        return "\n".join(self.lines())


def pretraining_benefit(
    pretrained: str | Path | Any,
    data: Readable,
    *,
    before: str | Path | None = None,
    vectors: str | Path | None = None,
    scratch: bool = False,
    margin: float = MARGIN,
    out: str | Path | None = None,
    overwrite: bool = False,
    reporter: Reporter | None = None,
    stop: StopRequest | None = None,
    **options: Unpack[CompareKeywords],
) -> Benefit:
    """Return whether pretraining helped on the task of ``data``, compared with the backbone before it.

    ``pretrained`` is what ``ghep.pretrain`` returned, or its folder. ``before`` is the backbone that it began with;
    by default the one that the folder names, or the same architecture with random weights if there was none.
    ``vectors`` is a file of word vectors to compare with. ``margin`` is the largest difference in score that does not
    matter; it has to be chosen before the comparison. With ``scratch`` the controls that need training are made as
    well: the architecture trained from random weights, and random features; a linear model on n-grams, the majority
    class and zero-shot answers always are.

    ``options`` are those of ``compare``; the defaults are ``strategies`` linear_probe and light, ``labels`` 16, 64
    and all, and 5 ``seeds``. ``out`` is the folder of the results, by default one in ``runs``, named after pretraining
    and data. The same call continues an interrupted comparison.

    Raises ConfigError if the folder has no ``pretraining.json``, if ``before`` is not there, or for data with several
    tasks; otherwise as ``compare``.

    >>> benefit = ghep.pretraining_benefit("runs/pretrain-reviews", "reviews.csv", text_column="text")  # doctest: +SKIP
    >>> benefit.kind  # doctest: +SKIP
    'cannot-tell'
    """
    place, reporter = Path(getattr(pretrained, "folder", pretrained)), reporter or Silent()
    record = read_record(place)
    refuse_missing(vectors)
    given: CompareKeywords = {"strategies": STRATEGIES, "labels": LABELS, "seeds": SEEDS, **options}
    if "labels" not in options and (several := _with_label_sets(data, options)):
        given["labels"] = ALL
        reporter.say(text_of("benefit-all-labels", task=several[0]))
    folder = Path(out) if out is not None else _default_folder(place, data)
    with writable(folder.parent):
        make_folder(folder)
    sides = sides_of(place, record, folder, before=before, vectors=str(vectors or ""), overwrite=overwrite)
    backbones = [one for one in (sides.before, sides.after, sides.vectors) if one]
    settings = settings_from(**{**given, "backbones": backbones})
    settings = replace(settings, trained_controls=(sides.after,) if scratch else ())
    reporter.say(text_of("benefit-begins", before=sides.before, after=sides.after, random=sides.random))
    compared = compare_with(
        data, settings, out=folder / "comparison", overwrite=overwrite, reporter=reporter, stop=stop
    )
    if not isinstance(compared, Compared):
        raise ConfigError("benefit-of-several-tasks", tasks=list(compared.comparison.tasks))
    found = benefit(compared.comparison, sides, record, pretrained=place, margin=margin)
    report = write_benefit_report(found, compared.comparison, folder)
    result = Benefit(found, compared, folder, report)
    write_json_atomic(folder / "benefit.json", result.to_json())
    return result


def held_back_texts(data: Readable, *, ratings: Sequence[str] = (), **options: Any) -> tuple[str, ...]:
    """Return the texts that ``pretraining_benefit`` will test on, which no corpus may contain.

    ``options`` are ``strict`` and those for reading tables. Empty for data that are not texts.
    """
    return tuple(text for one in _tested(data, ratings, options) for text in _texts(one.raw))


def held_back_photos(data: Readable, *, ratings: Sequence[str] = (), **options: Any) -> tuple[Any, ...]:
    """Return the images, as given, that ``pretraining_benefit`` will test on; ``options`` as ``held_back_texts``.

    Copies of them are dropped from photos that BatchNorm statistics are re-estimated on. Empty for texts.
    """
    return tuple(one.raw for one in _tested(data, ratings, options) if not _texts(one.raw))


def _tested(data: Readable, ratings: Sequence[str], options: Mapping[str, Any]) -> tuple[Example, ...]:
    """Return the examples of the test split of the comparison; raise ConfigError for data with several tasks."""
    read = {name: value for name, value in options.items() if name in READ_OPTION_NAMES and value is not None}
    if is_in_memory(data):
        data, read = source_from(data, **read), {}
    strict = bool(options.get("strict"))
    prepared = prepare(source_of(data, read, ratings, each=with_test), seed=SPLIT_SEED, strict=strict)
    if len(prepared.tasks) > 1:
        raise ConfigError("benefit-of-several-tasks", tasks=list(prepared.tasks))
    if prepared.multi_label and settings_from(labels=options.get("labels") or ()).labels:
        raise ConfigError("benefit-labels-of-sets", task=prepared.multi_label[0], labels=str(options["labels"]))
    return prepared.test


def _with_label_sets(data: Readable, options: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the tasks of ``data`` with several classes per example, of which labels per class cannot be drawn."""
    read = {name: value for name, value in options.items() if name in READ_OPTION_NAMES and value is not None}
    source = source_from(data, **read)
    return multi_label_of(source.examples, source.tasks)


def _texts(raw: Any) -> tuple[str, ...]:
    """Return the text of an example; of a pair (``TextPair``) both."""
    both = (getattr(raw, part, None) for part in ("first", "second"))
    texts = tuple(text for text in both if text is not None) or (raw,)
    return tuple(text for text in texts if isinstance(text, str))


def _default_folder(place: Path, data: Readable) -> Path:
    name = getattr(data, "name", None) or (Path(data).name if isinstance(data, str | Path) else "data")
    where = str(Path(data).absolute()) if isinstance(data, str | Path) else name
    key = hashlib.sha256(f"{place.absolute()}\n{where}".encode("utf-8", "surrogateescape")).hexdigest()[:8]
    return Path("runs") / f"benefit-{re.sub(r'[^A-Za-z0-9._-]+', '-', f'{place.name}-{name}')[:60]}-{key}"
