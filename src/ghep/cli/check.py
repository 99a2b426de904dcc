"""``ghep check``: check a data set and print what was found; torch is loaded with ``--labels`` only."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from ghep.cli.arguments import COMMON_PANEL, DataOrTasks, Json, Strict, Tasks, can_write, given_path
from ghep.cli.show import print_findings, visible
from ghep.cli.terminal import Terminal, print_json, stdout_for_result
from ghep.cluster.connect import on_cluster
from ghep.errors import ConfigError
from ghep.messages import text_of
from ghep.types import SPLITS

if TYPE_CHECKING:
    from ghep.data.report import CheckReport

MOST_CLASSES = 20
"""With more classes than this, only the largest and the smallest are printed."""


def command(
    data: DataOrTasks = None,
    task: Tasks = None,
    strict: Strict = False,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help=text_of("help-check-seed"))] = 0,
    labels: Annotated[
        bool, typer.Option("--labels", help=text_of("help-check-labels"), rich_help_panel=COMMON_PANEL)
    ] = False,
    backbone: Annotated[
        str | None, typer.Option("--backbone", "-b", help=text_of("help-check-backbone"), rich_help_panel=COMMON_PANEL)
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            *("--out", "-o"),
            help=text_of("help-check-out"),
            parser=given_path,
            metavar="FOLDER",
            rich_help_panel=COMMON_PANEL,
        ),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help=text_of("help-check-overwrite"), rich_help_panel=COMMON_PANEL)
    ] = False,
    json: Json = False,
    *,
    settings: dict[str, Any],
) -> None:
    """Run ``ghep check``."""
    from ghep.config import data_named
    from ghep.data.check import check

    location, ray = data_named(data, task), settings.pop("ray", None)
    if labels:
        if ray is not None:
            raise ConfigError("check-labels-with-ray")
        _check_labels(
            location, backbone, out, {**settings, "strict": strict}, seed=seed, overwrite=overwrite, json=json
        )
    given = {"--backbone": backbone is not None, "--out": out is not None, "--overwrite": overwrite}
    if unused := [flag for flag, used in given.items() if used]:
        raise ConfigError("check-without-labels", flags=unused, count=len(unused))
    with stdout_for_result(), on_cluster(ray) as cluster, Terminal(quiet=json) as terminal:
        report = check(
            location,
            seed=seed,
            strict=strict,
            progress=lambda done, total: terminal.progress("read", done, total),
            cluster=cluster,
            **settings,
        )
    if json:
        print_json(report.to_json())
    else:
        _print(report)
    raise typer.Exit(report.exit_code)


def _check_labels(
    location: Path | dict[str, str],
    backbone: str | None,
    out: Path | None,
    options: dict[str, Any],
    *,
    seed: int,
    overwrite: bool,
    json: bool,
) -> NoReturn:
    """Check the data set and search for wrong labels; print both results and write the suspects into ``out``."""
    from ghep.experiment.run_folder import refuse_inside_data
    from ghep.experiment.suspects import checked_suspects
    from ghep.experiment.suspects_record import TABLE
    from ghep.explanation.output import output_folder

    name = location.name if isinstance(location, Path) else "-".join(location)
    folder = output_folder("labels", name, out, overwrite=overwrite)
    refuse_inside_data(folder, location)
    can_write(folder, folder=True)
    with Terminal(quiet=json) as terminal:
        report, found = checked_suspects(location, backbone, seed=seed, reporter=terminal, options=options)
    page = found.save(folder)
    if json:
        print_json({**report.to_json(), "labels": {**found.to_json(), "page": page}})
    else:
        _print(report)
        print("\n" + "\n".join(visible(line) for line in found.lines()))
        print_findings(found.findings)
        print(f"\n{text_of('suspects-files', table=folder / TABLE, page=page, count=len(found))}")
    warned = any(one.severity == "warning" for one in found.findings)
    raise typer.Exit(max(report.exit_code, int(warned)))


def _print(report: CheckReport) -> None:
    from ghep.data.dataset import label_counts
    from ghep.data.modalities import modality_named
    from ghep.data.report import number_rows

    data = report.dataset
    audit = modality_named(data.modality).audit
    smallest, largest = (" x ".join(map(str, size)) for size in (report.smallest, report.largest))
    print(text_of("audit-head", name=data.name, count=len(data), things=audit.things, folder=data.location))
    print(text_of("audit-sizes", smallest=smallest, largest=largest, unit=audit.unit))
    numeric = data.regression
    for task, classes in data.classes.items():
        if task in numeric:
            _print_numbers(task, [row[1:] for row in number_rows(data, task, SPLITS)])
            continue
        counts = {split: label_counts(data.examples(split), task) for split in SPLITS}
        rows = [(visible(name), [counts[split].get(name, 0) for split in SPLITS]) for name in classes]
        if (more := len(rows) - MOST_CLASSES) > 0:
            by_size = sorted(rows, key=lambda row: -sum(row[1]))
            shown = {name for name, _ in (*by_size[: MOST_CLASSES // 2], *by_size[-MOST_CLASSES // 2 :])}
            rows = [row for row in rows if row[0] in shown]
        if len(data.classes) > 1:
            labelled = [sum(task in one.labels for one in data.examples(split)) for split in SPLITS]
            missing = [data.counts[split] - n for split, n in zip(SPLITS, labelled, strict=True)]
            rows += [(text_of("audit-in-all"), labelled), (text_of("audit-unlabelled"), missing)]
        width = max(len(name) for name, _ in [*rows, (task, [])])
        print(f"\n{task:<{width}}  " + "".join(f"{split:>8}" for split in SPLITS))
        for name, numbers in rows:
            print(f"{name:<{width}}  " + "".join(f"{n:>8}" for n in numbers))
        if more > 0:
            print(text_of("audit-more-classes", count=more))
    print_findings(report.findings)
    if not report.findings:
        print(f"\n{text_of('audit-clean')}")


def _print_numbers(task: str, rows: list[list[str]]) -> None:
    """Print a table of statistics of a regression task's labels; a row is a name and a value for each split."""
    width = max(len(name) for name in (task, *(row[0] for row in rows)))
    print(f"\n{task:<{width}}  " + "".join(f"{split:>10}" for split in SPLITS))
    for name, *values in rows:
        print(f"{name:<{width}}  " + "".join(f"{value:>10}" for value in values))
