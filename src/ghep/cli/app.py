"""The commands, their exit codes, and how an error is printed.

Exit codes:

    0     done
    1     done, with a finding that needs attention. ``check``, ``doctor``: warnings. ``predict``: unusable files, or a
          finding of severity error: all images are nearly black on the scale of the model. ``fit``, ``evaluate``: a
          finding of severity error, which means that the scores cannot be trusted or that there are none: scored
          examples have copies in train or were trained on, labels are left out, nothing was held out, training
          diverged (bundle and scores are written). ``compare``: the same in any run, or a failed run (the report is
          written). ``ideal``: an image for which there was no gradient. ``serve``: asked to stop by SIGTERM or Ctrl-C,
          it exits with 0
    2     an error of the user: wrong options, data or backbone, a full disk; ``check``: errors
    3     a bug of ghep; GHEP_DEBUG=1 prints the traceback
    130   interrupted (Ctrl-C); 143 by SIGTERM, 129 by SIGHUP (the terminal was closed). ``fit`` has then saved its
          training and prints how to continue
    141   the reader of the output has closed it (``| head``); files were written all the same
"""

from __future__ import annotations

import errno
import os
import sys
import traceback

import typer
import typer.core

from ghep._version import __version__
from ghep.cli import (
    advise,
    attack,
    backbones,
    check,
    compare,
    doctor,
    evaluate,
    explain,
    export,
    fit,
    ideal,
    predict,
    pretrain,
    push,
    serve,
    similar,
)
from ghep.cli.arguments import with_settings
from ghep.cli.words import Translated, help_of
from ghep.cluster.blocks import ClusterOptions
from ghep.comparison.planning.settings import compare_settings
from ghep.comparison.pretraining.options import then_settings
from ghep.data.sources.options import READ_OPTIONS
from ghep.errors import BrokenPromise, GhepError
from ghep.experiment.options import fit_settings
from ghep.explanation.attack.attack_options import AttackOptions
from ghep.explanation.ideal.request import IdealOptions
from ghep.explanation.neighbours.options import SimilarOptions
from ghep.explanation.options import ExplainOptions
from ghep.features.options import FeatureOptions
from ghep.languages import FLAG, language, language_given
from ghep.messages import remedy_of, text_of
from ghep.pretrain.options import pretrain_settings
from ghep.serve.options import ServeOptions
from ghep.setting import settings_of
from ghep.storage.text import reason
from ghep.team import refuse_team

REMEDIES = {
    errno.ENOSPC: "disk-full",
    errno.EDQUOT: "quota-exceeded",
    errno.EFBIG: "file-too-large",
    errno.EMFILE: "too-many-open-files",
}
"""Error number of the operating system -> code of the message that says what to do."""


class Group(Translated, typer.core.TyperGroup):
    """ghep itself."""


class Command(Translated, typer.core.TyperCommand):
    """A command of ghep."""


app = typer.Typer(
    name="ghep",
    help=help_of("ghep"),
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    cls=Group,
)
for name, settings, command in (
    ("check", {**settings_of(ClusterOptions), **READ_OPTIONS}, check.command),
    ("advise", {**settings_of(FeatureOptions), **settings_of(ClusterOptions), **READ_OPTIONS}, advise.command),
    ("doctor", {**settings_of(FeatureOptions), **READ_OPTIONS}, doctor.command),
    ("fit", fit_settings(), fit.command),
    ("compare", compare_settings(), compare.command),
    ("evaluate", {**settings_of(ClusterOptions), **READ_OPTIONS}, evaluate.command),
    ("predict", {**settings_of(ClusterOptions), **READ_OPTIONS}, predict.command),
    ("serve", settings_of(ServeOptions), serve.command),
    ("explain", settings_of(ExplainOptions), explain.command),
    ("ideal", settings_of(IdealOptions), ideal.command),
    ("attack", settings_of(AttackOptions), attack.command),
    ("similar", settings_of(SimilarOptions), similar.command),
    ("export", READ_OPTIONS, export.command),
    ("pretrain", {**pretrain_settings(), **then_settings()}, pretrain.command),
):
    app.command(name, cls=Command, help=help_of(name))(with_settings(name, settings, command))
app.command("push", cls=Command, help=help_of("push"))(push.command)
app.command("backbones", cls=Command, help=help_of("backbones"))(backbones.command)


def _version(show: bool) -> None:
    if show:
        print(f"ghep {__version__}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help=text_of("help-version")),
    lang: str | None = typer.Option(None, FLAG, metavar="<code>", help=text_of("help-lang")),
) -> None:
    """Accept the options that precede a command (``ghep --version``), and refuse what torchrun cannot divide.

    ``run`` has taken ``--lang`` out before.
    """
    if context.invoked_subcommand not in (None, "fit"):
        refuse_team(str(context.invoked_subcommand))


def run(arguments: list[str] | None = None) -> int:
    """Run one command line and return its exit code."""
    try:
        name, arguments = language_given(sys.argv[1:] if arguments is None else arguments)
        language(name)
        app(arguments, standalone_mode=True)
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else 0
    except GhepError as error:
        if error.repeated:  # another process of torchrun prints it
            return 2
        return _told(error.cause, error.remedy, 3 if isinstance(error, BrokenPromise) else 2)
    except OSError as error:
        where = f"{error.filename}: " if error.filename is not None else ""
        return _told(
            f"{where}{reason(error)}", text_of(REMEDIES.get(error.errno or 0, "check-path-and-permissions")), 2
        )
    except KeyboardInterrupt:
        print(text_of("interrupted"), file=sys.stderr)
        return 130
    except Exception as error:
        torch = sys.modules.get("torch")
        if torch is not None and isinstance(error, torch.OutOfMemoryError):
            return _told(text_of("device-memory-full"), remedy_of("device-memory-full"), 2)
        if os.environ.get("GHEP_DEBUG") == "1":
            traceback.print_exc()
        first = next(iter(str(error).splitlines()), "")
        told = {"error": f"{type(error).__name__}: {first}"}
        return _told(text_of("bug-in-ghep", **told), remedy_of("bug-in-ghep", **told), 3)
    return 0


def _told(cause: str, remedy: str, code: int) -> int:
    print(text_of("error-line", text=cause), file=sys.stderr)
    if remedy:
        print(text_of("fix-line", text=remedy), file=sys.stderr)
    return code
