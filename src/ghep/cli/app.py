"""The verbs, their exit codes, and how a mistake is told.

Exit codes: 0 done; 1 done, and something was found (``check`` with errors); 2 the user can mend it; 3 a bug of ours;
130 interrupted.
"""

from __future__ import annotations

import sys

import typer

from ghep import __version__
from ghep.cli import backbones, check, evaluate, fit, predict
from ghep.errors import BrokenPromise, GhepError

app = typer.Typer(
    name="ghep",
    help="Transfer learning with evidence: graft a new head on a pretrained backbone.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("check")(check.command)
app.command("fit")(fit.command)
app.command("evaluate")(evaluate.command)
app.command("predict")(predict.command)
app.command("backbones")(backbones.command)


def _version(show: bool) -> None:
    if show:
        print(f"ghep {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    """Transfer learning with evidence: graft a new head on a pretrained backbone."""


def run(arguments: list[str] | None = None) -> int:
    """Run one command line and return its exit code."""
    try:
        app(arguments, standalone_mode=True)
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else 0
    except GhepError as error:
        print(f"error: {error.cause}", file=sys.stderr)
        if error.remedy:
            print(f"  fix: {error.remedy}", file=sys.stderr)
        return 3 if isinstance(error, BrokenPromise) else 2
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    return 0
