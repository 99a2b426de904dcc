"""``ghep predict``: print labels for files, folders, globs, the rows of tables and the lines of files."""

from __future__ import annotations

import csv
import glob
import re
import sys
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Unpack

import typer

from ghep.cli.arguments import Json, can_write, given_path
from ghep.cli.remote import RemotePredictor, is_address
from ghep.cli.show import SHOWN_ITEMS, print_findings
from ghep.cli.terminal import Terminal, print_json, stdout_for_result
from ghep.data.sources.options import ReadOptions
from ghep.errors import ConfigError, DataError, did_you_mean
from ghep.messages import text_of
from ghep.storage.lock import locked
from ghep.storage.regular import open_regular
from ghep.storage.text import cell, reason
from ghep.types import Example, Finding, Modality

if TYPE_CHECKING:
    from ghep.data.sources.parts import Part
    from ghep.export.base_predictor import BasePredictor
    from ghep.export.prediction import Prediction
    from ghep.export.shards import Shards

STANDARD_INPUT = "-"
OWN_PIPE = re.compile(r"/dev/stdin|/(dev|proc/self)/fd/[0-9]+")
NONE = "(none)"
"""Printed for a multi-label answer without a class."""


def command(
    bundle: Annotated[str, typer.Argument(help=text_of("help-predict-model"), metavar="MODEL")],
    inputs: Annotated[
        list[str],
        typer.Argument(help=text_of("help-predict-inputs")),
    ],
    lines: Annotated[
        bool,
        typer.Option("--lines", help=text_of("help-predict-lines")),
    ] = False,
    task: Annotated[str | None, typer.Option(help=text_of("help-predict-task"))] = None,
    top: Annotated[int, typer.Option(min=1, help=text_of("help-predict-top"))] = 1,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help=text_of("help-predict-out"), parser=given_path, metavar="FILE"),
    ] = None,
    engine: Annotated[str | None, typer.Option(help=text_of("help-predict-engine"))] = None,
    abstain: Annotated[float | None, typer.Option(help=text_of("help-predict-abstain"), metavar="RATE")] = None,
    json: Json = False,
    *,
    settings: dict[str, Any],
) -> None:
    """Run ``ghep predict``."""
    ray = settings.pop("ray", None)
    can_write(out)
    for argument in inputs:
        if argument != STANDARD_INPUT:
            given_path(argument)
    predictor = _predictor(bundle, engine)
    if task is not None and task not in predictor.tasks:
        raise ConfigError("bundle-has-no-task", task=task, hint=did_you_mean(task, predictor.tasks))
    if ray is not None:
        if out is None or json or isinstance(predictor, RemotePredictor):
            raise ConfigError("predict-ray-needs-table", out=out is not None, json=json)
        _on_cluster(
            ray,
            predictor,
            given_path(bundle),
            inputs,
            out,
            task=task,
            abstain=abstain,
            engine=engine or "auto",
            lines=lines,
            reading=settings,
        )
        return
    asked, findings = examples(
        inputs, predictor.modality, trained=predictor.columns, lines=lines, pairs=predictor.pairs, **settings
    )
    with redirect_stdout(sys.stderr):
        print_findings(findings)
    together: list[Finding] = []
    with Terminal(quiet=json) as terminal:
        every = predictor.predict(
            [example.raw for example in asked],
            names=[example.id for example in asked],
            progress=lambda done, total: terminal.progress("predict", done, total),
            report=together.append,
            abstain=abstain,
        )
    with redirect_stdout(sys.stderr):
        print_findings(together)
    texts = [_text(example) for example in asked for _ in predictor.tasks]
    rows = [Answer(text, row) for text, row in zip(texts, every, strict=True) if task in (None, row.task)]
    if out is not None:
        _write(
            out, rows, abstain=abstain is not None
        )  # before anything is printed: the reader may stop after ten lines
    if json:
        print_json([row.to_json() for row in rows])
    else:
        sets = {one for one in predictor.tasks if not predictor.exclusive(one)}
        _print(rows, top, sets, several=len(predictor.tasks) > 1)
        if abstain is not None:
            print(_withheld([row.said for row in rows], abstain), file=sys.stderr)
    if any(row.said.problem for row in rows) or any(one.severity == "error" for one in together):
        raise typer.Exit(1)


def _on_cluster(
    address: str,
    predictor: BasePredictor,
    model: Path,
    inputs: Sequence[str],
    out: Path,
    *,
    task: str | None,
    abstain: float | None,
    engine: str,
    lines: bool,
    reading: Mapping[str, Any],
) -> None:
    """Predict on the cluster at ``address`` and write the same table as without it; print only what went wrong.

    The answers are collected in a folder next to ``out``, from which a call that was killed continues. Raises typer's
    Exit if an input could not be used or a finding is an error.
    """
    from ghep.cluster.connect import connected
    from ghep.export.base_predictor import refuse_rate
    from ghep.export.shards import predicted

    if abstain is not None:
        refuse_rate(abstain, predictor.least_rates())
    parts, findings = inputs_in_parts(
        inputs, predictor.modality, trained=predictor.columns, lines=lines, pairs=predictor.pairs, **reading
    )
    with redirect_stdout(sys.stderr):
        print_findings(findings)
    with _folder_of_parts(out) as (folder, unlocked):
        with stdout_for_result(), connected(address) as cluster, Terminal() as terminal:
            shards = predicted(
                cluster,
                predictor,
                model,
                parts,
                folder,
                engine=engine,
                abstain=abstain,
                progress=lambda done, total: terminal.progress("predict", done, total),
            )
        with redirect_stdout(sys.stderr):
            print_findings([*unlocked, *shards.findings])
        rows = _Rows(shards, task)
        _write(out, rows, abstain=abstain is not None)
        problems = [row for row in rows if row.said.problem]
        _print(problems[:SHOWN_ITEMS], 1, (), several=len(predictor.tasks) > 1)
        if len(problems) > SHOWN_ITEMS:
            print(text_of("predict-more-problems", count=len(problems) - SHOWN_ITEMS))
        if abstain is not None:
            print(_withheld((row.said for row in rows), abstain), file=sys.stderr)
        shards.remove()
    if problems or any(one.severity == "error" for one in shards.findings):
        raise typer.Exit(1)


@contextmanager
def _folder_of_parts(out: Path) -> Iterator[tuple[Path, tuple[Finding, ...]]]:
    """Yield a locked folder next to ``out`` for its answers in parts, and findings; remove it at the end if empty."""
    folder = out.with_name(f"{out.name}.parts")
    folder.mkdir(exist_ok=True)
    try:
        with locked(folder) as unlocked:
            yield folder, unlocked
    finally:
        with suppress(OSError):
            folder.rmdir()


@dataclass(frozen=True)
class _Rows:
    """The answers for one task, or for all tasks, read from their files each time."""

    shards: Shards
    task: str | None

    def __iter__(self) -> Iterator[Answer]:
        return (Answer(text, said) for text, said in self.shards if self.task in (None, said.task))


def _predictor(model: str, engine: str | None) -> BasePredictor | RemotePredictor:
    """Return what answers for ``model``: a bundle, an export, or the address of a server.

    Raises ConfigError if an engine was named for an export or a server, which have their own.
    """
    from ghep.export.exported import is_export

    if is_address(model):
        if engine is not None:
            raise ConfigError("engine-of-server", engine=engine)
        return RemotePredictor(model)
    folder = given_path(model)
    if is_export(folder):
        if engine is not None:
            raise ConfigError("engine-of-export", engine=engine, path=folder)
        from ghep.export.runtime import load as load_export

        return load_export(folder)
    from ghep.export.predictor import load

    return load(folder, engine=engine or "auto")


@dataclass(frozen=True, slots=True)
class Answer:
    """A prediction, and the text that it is for; the text is None if the input is a file."""

    text: str | None
    said: Prediction

    def to_json(self) -> dict[str, Any]:
        """Return input, text, prediction and problem as plain values."""
        from ghep.data.loading.inputs import text_in_json

        said = asdict(self.said)
        text = {} if self.text is None else {"text": text_in_json(self.text)}
        return {"input": said.pop("input"), **text, **said, "problem": self.said.problem or None}


def examples(
    arguments: Sequence[str],
    modality: Modality,
    *,
    trained: Mapping[str, Any] | None = None,
    lines: bool = False,
    pairs: bool = False,
    **reading: Unpack[ReadOptions],
) -> tuple[list[Example], list[Finding]]:
    """Return the examples that ``arguments`` name, in their order, with ids to print, and findings about them.

    A folder gives the files that training would read from it. A table gives every row, read from the same column as in
    training (``trained`` has the names of columns). With ``lines``, each line of a file is an example; with ``pairs``,
    a line is two texts separated by a tab. An input that is named twice is predicted twice and reported.

    Raises ConfigError for an argument that names nothing, DataError for a table or file of lines that cannot be read.
    """
    parts, findings = inputs_in_parts(
        arguments, modality, trained=trained, lines=lines, pairs=pairs, whole=True, **reading
    )
    return [example for part in parts for example in part.examples()], findings


def inputs_in_parts(
    arguments: Sequence[str],
    modality: Modality,
    *,
    trained: Mapping[str, Any] | None = None,
    lines: bool = False,
    pairs: bool = False,
    whole: bool = False,
    **reading: Unpack[ReadOptions],
) -> tuple[list[Part], list[Finding]]:
    """Return the inputs that ``arguments`` name, and findings about them, as ``examples`` does, but in parts.

    A Parquet file is one part whose rows are read later, unless ``whole``.
    """
    from ghep.data.sources.layout import table_format
    from ghep.data.sources.parts import Listed, parquet_rows
    from ghep.data.text.loader import encoding_named

    encoding = reading.get("encoding")
    encoding = encoding_named(encoding) if encoding else None
    found: list[Part] = []
    findings: list[Finding] = []
    paths: list[Path] = []
    said: Sequence[Finding]
    for argument in arguments:
        stream = _stream(argument)
        if stream is not None:
            rows = _from_stream(stream, argument, modality, lines=lines, pairs=pairs, encoding=encoding)
            found.append(Listed(tuple(rows)))
            continue
        findings += _links_upward(argument)
        listed: list[Example] = []
        for path in _files(argument, modality):
            paths.append(path)
            if not (whole or lines) and path.is_file() and table_format(path) == ".parquet":
                of_file, said = parquet_rows(path, modality, trained or {}, **reading)
                found += [Listed(tuple(listed)), of_file]
                listed = []
            else:
                rows, said = _from_file(
                    path, modality, trained=trained or {}, lines=lines, pairs=pairs, encoding=encoding, reading=reading
                )
                listed += rows
            findings += said
        found.append(Listed(tuple(listed)))
    return found, [*findings, *_named_twice(paths)]


def _links_upward(argument: str) -> list[Finding]:
    from ghep.data.sources.folders.class_folders import links_upward

    folder = Path(argument)
    links = [str(path) for path in links_upward(folder)] if folder.is_dir() else []
    if not links:
        return []
    return [Finding.of("not-files", "warning", items=links, message="links-not-followed", count=len(links))]


def _named_twice(paths: Sequence[Path]) -> list[Finding]:
    twice = [str(path) for path, times in Counter(path.absolute() for path in paths).items() if times > 1]
    if not twice:
        return []
    return [Finding.of("named-twice", "warning", items=twice, count=len(twice))]


def _stream(argument: str) -> bytes | None:
    """Return the content of standard input, or of a pipe of the shell (``<(command)``); None for other arguments."""
    if argument == STANDARD_INPUT:
        return sys.stdin.buffer.read()
    if OWN_PIPE.fullmatch(argument) and Path(argument).is_fifo():
        return Path(argument).read_bytes()
    return None


def _from_stream(
    data: bytes, name: str, modality: Modality, *, lines: bool, pairs: bool, encoding: str | None
) -> list[Example]:
    from ghep.data.modalities import modality_named

    if lines:
        return _lines(data, name, modality, encoding, pairs=pairs)
    return [Example(name, modality_named(modality).given.of_bytes(data, encoding))]


def _from_file(
    path: Path,
    modality: Modality,
    *,
    trained: Mapping[str, Any],
    lines: bool,
    pairs: bool,
    encoding: str | None,
    reading: ReadOptions,
) -> tuple[list[Example], Sequence[Finding]]:
    """Return examples from a file (its lines, the rows of a table, or the file as one input), and findings."""
    from ghep.data.modalities import modality_named
    from ghep.data.sources import read_as_trained

    if lines:
        return _lines(_read(path), str(path), modality, encoding, pairs=pairs), ()
    table = read_as_trained(path, modality, trained, **reading)
    return (
        table
        if table is not None
        else ([Example(str(path), modality_named(modality).given.of_file(path, encoding))], ())
    )


def _files(argument: str, modality: Modality) -> list[Path]:
    """Return the files that ``argument`` names: a file, a folder or a glob. Raise ConfigError if there are none.

    A folder that is a data set saved by Hugging Face datasets is returned itself.
    """
    from ghep.data.modalities import modality_named
    from ghep.data.sources.layout import is_saved_dataset

    given, path = modality_named(modality).given, given_path(argument)
    if path.is_dir() and not is_saved_dataset(path):
        matches = given.files_in(path)
    elif path.exists():
        matches = [path]
    else:
        matches = [Path(name) for name in sorted(glob.glob(argument, recursive=True)) if Path(name).is_file()]
    if not matches:
        raise ConfigError("input-not-found", argument=_shown(argument), thing=given.thing, advice=given.remedy)
    return matches


def _lines(data: bytes, name: str, modality: Modality, encoding: str | None, *, pairs: bool) -> list[Example]:
    """Return each line as an example, including empty lines. With ``pairs``, a line is two texts separated by a tab."""
    from ghep.data.modalities import modality_named
    from ghep.data.text.encodings import likely_encoding

    try:
        text = data.decode(encoding or "utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        byte, likely = f"{data[error.start]:02x}", likely_encoding(data)
        told: dict[str, Any] = {
            "file": name,
            "line": line,
            "byte": byte,
            "encoding": encoding or "utf-8",
            "likely": likely,
        }
        raise DataError("line-not-decodable", **told) from None
    each = text.removesuffix("\n").split("\n") if text else []  # not splitlines: a text may hold U+2028
    each = [line.removesuffix("\r") for line in each]
    raws = [modality_named(modality).given.of_line(line, pairs) for line in each]
    return [Example(f"{name}:{number}", raw) for number, raw in enumerate(raws, start=1)]


def _read(path: Path) -> bytes:
    try:
        with open_regular(path) as file:
            return file.read()
    except OSError as error:
        raise DataError("input-unreadable", path=path, cause=reason(error)) from None


def _text(example: Example) -> str | None:
    """Return the text of a row or a line; None for a file."""
    return example.raw if isinstance(example.raw, str) else None


def _print(rows: Sequence[Answer], top: int, sets: Container[str], *, several: bool) -> None:
    """Print one line per answer with the ``top`` most probable classes, the most probable first.

    A number is followed by its prediction interval. For tasks in ``sets`` (multi-label), the predicted label is printed
    before the classes. With ``several`` tasks, each line names the task. Last is why an answer is withheld, if it is.
    """
    for row in rows:
        said = row.said
        name = _shown(row.text) if row.text and row.text.strip() else _one_line(said.input)
        name += _one_line(f" ({said.task})") if several else ""
        if said.problem:
            print(f"{name}\t-\t{_one_line(said.problem)}")
            continue
        withheld = f"\t{said.abstained}" if said.abstained else ""
        if said.value is not None:
            from ghep.export.prediction import bounds

            print(f"{name}\t{said.label}\t{bounds(said).strip()}".rstrip() + withheld)
            continue
        best = sorted(said.probabilities.items(), key=lambda item: -item[1])[:top]
        if said.task in sets:
            best = [(said.label or NONE, said.probability or 0.0), *(best if top > 1 else [])]
        classes = "".join(f"\t{_one_line(label)}\t{probability:.4f}" for label, probability in best)
        print(f"{name}{classes}{withheld}")


def _withheld(rows: Iterable[Prediction], rate: float) -> str:
    """Return a line with the number of answers that are withheld, and of how many."""
    kinds = Counter(one.abstained for one in rows if not one.problem)
    numbers = {"unfamiliar": kinds["unfamiliar"], "undecided": kinds["undecided"], "total": sum(kinds.values())}
    return text_of("predictions-withheld", rate=rate, **numbers)


def _shown(text: str) -> str:
    from ghep.data.loading.inputs import shortened

    return _one_line(shortened(text))


def _one_line(text: str) -> str:
    """Return ``text`` with control characters, and bytes that are not UTF-8, escaped, so that it fits on one line."""
    shown = "".join(one.encode("unicode_escape").decode() if one < " " or one == "\x7f" else one for one in text)
    return shown.encode("utf-8", "backslashreplace").decode()


def _write(out: Path, rows: Iterable[Answer], *, abstain: bool) -> None:
    """Write the answers as a CSV; they are iterated twice, because the first pass finds the columns."""
    classes: dict[str, None] = {}
    texts = numbers = False
    for row in rows:
        classes |= dict.fromkeys(row.said.probabilities)
        texts, numbers = texts or row.text is not None, numbers or row.said.value is not None
    with out.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        table = csv.writer(file)
        header = ["input", *(["text"] if texts else []), "task", "label", "probability", "problem"]
        header += ["low", "high"] if numbers else []
        header += ["abstained", "familiarity", "certainty"] if abstain else []
        table.writerow([*header, *(f"p:{name}" for name in classes)])
        for row in rows:
            said = row.said
            each = [f"{said.probabilities[name]:.6f}" if name in said.probabilities else "" for name in classes]
            label = said.label or "" if said.value is None else float(said.label or "nan")
            probability = "" if said.probability is None else f"{said.probability:.6f}"
            named = [said.input, *([row.text or ""] if texts else []), said.task, label]
            ends = ("", "") if said.interval is None else (said.interval.low, said.interval.high)
            p_values = ["" if one is None else f"{one:.6f}" for one in (said.familiarity, said.certainty)]
            judged = [said.abstained, *p_values] if abstain else []
            table.writerow(map(cell, [*named, probability, said.problem, *(ends if numbers else ()), *judged, *each]))
    print(text_of("predictions-written", file=out), file=sys.stderr)
