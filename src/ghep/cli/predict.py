"""``ghep predict``: labels for files, folders, globs, the rows of tables and the lines of files."""

from __future__ import annotations

import csv
import glob
import re
import sys
from collections import Counter
from collections.abc import Container, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Unpack

import typer

from ghep.cli.arguments import Bundle, Json, can_write, given_path
from ghep.cli.show import print_findings
from ghep.cli.terminal import Terminal, print_json
from ghep.data.sources.options import ReadOptions
from ghep.errors import ConfigError, DataError, did_you_mean
from ghep.storage.regular import open_regular
from ghep.storage.text import cell, reason
from ghep.types import Example, Finding, Modality

if TYPE_CHECKING:
    from ghep.export.prediction import Prediction

STANDARD_INPUT = "-"
OWN_PIPE = re.compile(r"/dev/stdin|/(dev|proc/self)/fd/[0-9]+")
NONE = "(none)"
"""What is printed for a multi-label answer without a class."""


def command(
    bundle: Bundle,
    inputs: Annotated[
        list[str],
        typer.Argument(
            help="Files, folders, globs, tables (CSV, TSV, JSON, Parquet, Excel: an answer for each row), or - for "
            "standard input."
        ),
    ],
    lines: Annotated[
        bool,
        typer.Option(
            "--lines", help="Each line is an input: a text, two texts with a tab between, or the path of an image."
        ),
    ] = False,
    task: Annotated[str | None, typer.Option(help="Answer for this task only.")] = None,
    top: Annotated[int, typer.Option(min=1, help="How many classes to print for each input.")] = 1,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="Write a CSV with every class's probability.", parser=given_path, metavar="FILE"
        ),
    ] = None,
    engine: Annotated[
        str, typer.Option(help="What runs the backbone for many inputs: auto (measured, in float32), or torch-float32.")
    ] = "auto",
    json: Json = False,
    *,
    settings: dict[str, Any],
) -> None:
    """Predict the labels of images or texts, one answer for each input, in the order given.

    Of a table the column is read that the model was trained on, unless --text or --path-column names another. An input
    that cannot be used is named with its reason, and the exit code is 1; it is 1 as well if all images are nearly black
    on the scale of the model, which was trained on deeper ones. Tabs and line breaks in a name or a text are printed
    escaped, and a long text is cut; in the CSV a cell that a spreadsheet would run as a formula gets a single
    quote in front; --json is exact. Where an input may have several classes, the classes above one half are printed
    with bars between them, and the probability of that whole answer; --top 3 adds the three likeliest.

    Example: ghep predict runs/ants/bundle new/*.jpg --top 3

    Example: ghep predict runs/reviews/bundle new.csv --text review --out predictions.csv

    Example: echo "What a film!" | ghep predict runs/reviews/bundle -
    """
    can_write(out)
    for argument in inputs:
        if argument != STANDARD_INPUT:
            given_path(argument)
    from ghep.export.predictor import load

    predictor = load(bundle, engine=engine)
    if task is not None and task not in predictor.tasks:
        raise ConfigError(f'the bundle has no task "{task}"', remedy=did_you_mean(task, predictor.tasks))
    pairs = predictor.model.backbone.preprocess.pairs
    asked, findings = examples(
        inputs, predictor.modality, trained=predictor.bundle.columns, lines=lines, pairs=pairs, **settings
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
        )
    with redirect_stdout(sys.stderr):
        print_findings(together)
    texts = [_text(example) for example in asked for _ in predictor.tasks]
    rows = [Answer(text, row) for text, row in zip(texts, every, strict=True) if task in (None, row.task)]
    if out is not None:
        _write(out, rows)  # before anything is printed: whoever reads may stop after ten lines
    if json:
        print_json([row.to_json() for row in rows])
    else:
        sets = {one for one in predictor.tasks if not predictor.exclusive(one)}
        _print(rows, top, sets, several=len(predictor.tasks) > 1)
    if any(row.said.problem for row in rows) or any(one.severity == "error" for one in together):
        raise typer.Exit(1)


@dataclass(frozen=True, slots=True)
class Answer:
    """A prediction beside the text it is for; None where the input is a file."""

    text: str | None
    said: Prediction

    def to_json(self) -> dict[str, Any]:
        """Return it for machines."""
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
    """Return what the arguments name, in their order, with ids to print, and what there is to say about it.

    Of a folder, what training would take from it; of a table, every row, from the column that the model was ``trained``
    on. With ``pairs`` each line is two texts with a tab between. What is named twice is answered twice, with a finding.
    Raises ConfigError for what names nothing, DataError for a table, or a file of lines, that cannot be read.
    """
    from ghep.data.text.loader import encoding_named

    encoding = reading.get("encoding")
    encoding = encoding_named(encoding) if encoding else None
    found: list[Example] = []
    findings: list[Finding] = []
    paths: list[Path] = []
    for argument in arguments:
        stream = _stream(argument)
        if stream is not None:
            found += _from_stream(stream, argument, modality, lines=lines, pairs=pairs, encoding=encoding)
            continue
        findings += _links_upward(argument)
        for path in _files(argument, modality):
            rows, said = _from_file(
                path, modality, trained=trained or {}, lines=lines, pairs=pairs, encoding=encoding, reading=reading
            )
            found += rows
            findings += said
            paths.append(path)
    return found, [*findings, *_named_twice(paths)]


def _links_upward(argument: str) -> list[Finding]:
    from ghep.data.sources.folders.class_folders import links_upward

    folder = Path(argument)
    links = [str(path) for path in links_upward(folder)] if folder.is_dir() else []
    if not links:
        return []
    what = (
        "1 link leads to a folder that it lies"
        if len(links) == 1
        else f"{len(links)} links lead to folders that they lie"
    )
    message = f"{what} in, and {'were' if len(links) > 1 else 'was'} not followed"
    return [Finding("not-files", "warning", message, "remove them, or name the folder that is meant", tuple(links))]


def _named_twice(paths: Sequence[Path]) -> list[Finding]:
    twice = [str(path) for path, times in Counter(path.absolute() for path in paths).items() if times > 1]
    if not twice:
        return []
    message = f"{len(twice)} files are named more than once, by arguments, folders or globs, and answered each time"
    return [Finding("named-twice", "warning", message, "name each once, if one answer is enough", tuple(twice))]


def _stream(argument: str) -> bytes | None:
    """Return what comes by standard input, or by a pipe that the shell made: ``<(command)``; None for anything else."""
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
    """Return the lines of a file, the rows of a table, or the one input that it is."""
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
    """Return the files that an argument names, or the one folder that is a table; ConfigError for none."""
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
        raise ConfigError(f"{_shown(argument)} matches no {given.thing}", remedy=given.remedy)
    return matches


def _lines(data: bytes, name: str, modality: Modality, encoding: str | None, *, pairs: bool) -> list[Example]:
    """Return each line as an example; an empty one keeps its place. Of ``pairs``, one tab stands between the texts."""
    from ghep.data.modalities import modality_named
    from ghep.data.text.encodings import likely_encoding

    try:
        text = data.decode(encoding or "utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"{name}, line {line}: byte 0x{data[error.start]:02x} is not {encoding or 'utf-8'}",
            remedy=f"name the encoding it was saved in (--encoding {likely_encoding(data)}?), or save it as UTF-8",
        ) from None
    each = text.removesuffix("\n").split("\n") if text else []  # not splitlines: a text may hold U+2028
    each = [line.removesuffix("\r") for line in each]
    raws = [modality_named(modality).given.of_line(line, pairs) for line in each]
    return [Example(f"{name}:{number}", raw) for number, raw in enumerate(raws, start=1)]


def _read(path: Path) -> bytes:
    try:
        with open_regular(path) as file:
            return file.read()
    except OSError as error:
        raise DataError(
            f"{path} cannot be read: {reason(error)}", remedy="check the path and its permissions"
        ) from None


def _text(example: Example) -> str | None:
    """Return the text of a row or a line; files are known by their names."""
    return example.raw if isinstance(example.raw, str) else None


def _print(rows: Sequence[Answer], top: int, sets: Container[str], *, several: bool) -> None:
    """Print a line for each answer: the ``top`` classes, likeliest first; of ``sets`` (tasks) the label before them."""
    for row in rows:
        said = row.said
        name = _shown(row.text) if row.text and row.text.strip() else _one_line(said.input)
        name += _one_line(f" ({said.task})") if several else ""
        if said.problem:
            print(f"{name}\t-\t{_one_line(said.problem)}")
            continue
        best = sorted(said.probabilities.items(), key=lambda item: -item[1])[:top]
        if said.task in sets:
            best = [(said.label or NONE, said.probability or 0.0), *(best if top > 1 else [])]
        print(name + "".join(f"\t{_one_line(label)}\t{probability:.4f}" for label, probability in best))


def _shown(text: str) -> str:
    from ghep.data.loading.inputs import shortened

    return _one_line(shortened(text))


def _one_line(text: str) -> str:
    """Return ``text`` with control characters, and bytes that are no UTF-8, written out: one row stays one row."""
    shown = "".join(one.encode("unicode_escape").decode() if one < " " or one == "\x7f" else one for one in text)
    return shown.encode("utf-8", "backslashreplace").decode()


def _write(out: Path, rows: Sequence[Answer]) -> None:
    classes = list(dict.fromkeys(name for row in rows for name in row.said.probabilities))
    texts = any(row.text is not None for row in rows)
    with out.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        table = csv.writer(file)
        header = ["input", *(["text"] if texts else []), "task", "label", "probability", "problem"]
        table.writerow([*header, *(f"p:{name}" for name in classes)])
        for row in rows:
            said = row.said
            each = [f"{said.probabilities[name]:.6f}" if name in said.probabilities else "" for name in classes]
            probability = "" if said.probability is None else f"{said.probability:.6f}"
            named = [said.input, *([row.text or ""] if texts else []), said.task, said.label or ""]
            table.writerow(map(cell, [*named, probability, said.problem, *each]))
    print(f"wrote {out}", file=sys.stderr)
