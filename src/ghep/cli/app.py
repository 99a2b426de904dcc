"""The verbs, their exit codes, and how a mistake is told.

Exit codes, here and nowhere else:

    0     done
    1     done, but something was found that needs attention: ``check``: warnings; ``predict``: unusable files, or
          a finding of severity error: all images are nearly black on the scale of the model;
          ``fit``, ``evaluate``: a finding of severity error, which is one that says that the scores cannot be believed
          or that there are none: scored examples have copies in train or were trained on, labels are left out, nothing
          was held out, training diverged (bundle and scores are written);
          ``compare``: the same in any of its runs, or a run that failed (the report is written)
    2     the user can mend it: wrong options, data, backbone, a full disk; ``check``: errors
    3     a bug of ours; GHEP_DEBUG=1 prints the traceback
    130   interrupted (Ctrl-C); 143 by SIGTERM, 129 by SIGHUP (the terminal is gone). ``fit`` has then saved its
          training, and says how to go on
    141   nobody reads the output any more (``| head``); files were written all the same
"""

from __future__ import annotations

import errno
import os
import sys
import traceback

import typer

from ghep._version import __version__
from ghep.cli import advise, backbones, check, compare, evaluate, fit, predict
from ghep.cli.arguments import with_settings
from ghep.comparison.planning.settings import compare_settings
from ghep.data.sources.options import READ_OPTIONS
from ghep.errors import BrokenPromise, GhepError
from ghep.experiment.options import fit_settings
from ghep.features.options import FeatureOptions
from ghep.setting import settings_of
from ghep.storage.text import reason

REMEDIES = {
    errno.ENOSPC: "free some space, or choose another place; fit: a smaller --cache-size, TMPDIR on a larger disk",
    errno.EDQUOT: "free some space, or choose another place",
    errno.EFBIG: "files may not become that large here (ulimit -f, or the disk): allow it, or choose another place",
    errno.EMFILE: "allow more open files (ulimit -n), or ask for fewer --workers",
}
REMEDY = "check that the path is there and that you may read and write it"
REPORT = "please report it, with this line and the command; GHEP_DEBUG=1 prints where it happened"

app = typer.Typer(
    name="ghep",
    help="Transfer learning with evidence: graft a new head on a pretrained backbone.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for name, settings, command in (
    ("check", READ_OPTIONS, check.command),
    ("advise", {**settings_of(FeatureOptions), **READ_OPTIONS}, advise.command),
    ("fit", fit_settings(), fit.command),
    ("compare", compare_settings(), compare.command),
    ("evaluate", READ_OPTIONS, evaluate.command),
    ("predict", READ_OPTIONS, predict.command),
):
    app.command(name)(with_settings(name, settings, command))
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
        return _told(error.cause, error.remedy, 3 if isinstance(error, BrokenPromise) else 2)
    except OSError as error:
        where = f"{error.filename}: " if error.filename is not None else ""
        return _told(f"{where}{reason(error)}", REMEDIES.get(error.errno or 0, REMEDY), 2)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except Exception as error:
        if os.environ.get("GHEP_DEBUG") == "1":
            traceback.print_exc()
        first = next(iter(str(error).splitlines()), "")
        return _told(f"a bug in ghep: {type(error).__name__}: {first}", REPORT, 3)
    return 0


def _told(cause: str, remedy: str, code: int) -> int:
    print(f"error: {cause}", file=sys.stderr)
    if remedy:
        print(f"  fix: {remedy}", file=sys.stderr)
    return code
