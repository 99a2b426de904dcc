"""The words that typer writes itself, in the language in use: titles of the help, and errors in the arguments.

typer has them in English. Those that it takes from ``gettext`` are replaced before typer is loaded (``speak``); the
classes of the commands replace the others. A sentence that is not known here stays English.
"""

from __future__ import annotations

import gettext
import re
from typing import Any

from ghep.messages import DEFAULT, language_here, language_now, text_of

PLAIN = (
    "typer-default",
    "typer-env-var",
    "typer-required",
    "typer-deprecated",
    "typer-arguments",
    "typer-options",
    "typer-commands",
    "typer-error",
    "typer-aborted",
    "typer-try-help",
    "typer-missing-command",
    "typer-help",
    "typer-install-completion",
    "typer-show-completion",
    "typer-install-completion-shell",
    "typer-show-completion-shell",
)
"""Codes of the sentences that typer writes as they are."""
PATTERNS = (
    (r"Missing argument '?(?P<name>.*?)'?\.(?P<more>.*)", "typer-missing-argument"),
    (r"Missing (?:option|parameter) '?(?P<name>.*?)'?\.(?P<more>.*)", "typer-missing-option"),
    (r"No such option: (?P<name>\S+)(?: \(Possible options: (?P<names>.*)\))?", "typer-no-such-option"),
    (r"No such command '(?P<name>.*?)'\.(?: Did you mean (?P<names>.*)\?)?", "typer-no-such-command-like"),
    (r"Option '?(?P<name>.*?)'? requires (?:an argument|\d+ arguments)\.", "typer-option-requires"),
    (r"Option '?(?P<name>.*?)'? does not take a value\.", "typer-option-takes-none"),
    (r"Invalid value for (?P<name>.*?): (?P<value>.*) is not a valid (?P<kind>.*)\.", "typer-not-valid"),
    (r"Invalid value for (?P<name>.*?): (?P<cause>.*)", "typer-invalid-value"),
    (r"Got unexpected extra arguments?(?:\(s\))? \((?P<names>.*)\)", "typer-extra-arguments"),
)
"""Errors in the arguments: how typer writes them, and the code of the same message here."""


def speak() -> None:
    """Make typer, which is not loaded yet, write its titles in the language in use."""
    if language_now() != DEFAULT:
        known = words()
        gettext.gettext = lambda message: known.get(message, message)


def words() -> dict[str, str]:
    """Return typer's English -> the text in the language in use."""
    with language_here(DEFAULT):
        english = [text_of(code) for code in PLAIN]
    return dict(zip(english, map(text_of, PLAIN), strict=True))


def told(message: str) -> str:
    """Return an error of typer in the language in use."""
    if language_now() == DEFAULT:
        return message
    for pattern, code in PATTERNS:
        if found := re.fullmatch(pattern, message.strip(), re.DOTALL):
            return text_of(code, **{name: value or "none" for name, value in found.groupdict().items()}).strip()
    return message


def help_of(command: str) -> str:
    """Return the help of ``command``, each paragraph on one line: the terminal's width breaks it, and nothing else."""
    return re.sub(r"(?<!\n)\n(?!\n)", " ", text_of(f"command-{command}"))


class Translated:
    """A command or a group of typer whose usage, options and errors are in the language in use."""

    def format_usage(self: Any, ctx: Any, formatter: Any) -> None:
        """Write the line that shows how the command is called."""
        formatter.write_usage(
            ctx.command_path, " ".join(self.collect_usage_pieces(ctx)), prefix=f"{text_of('typer-usage')} "
        )

    def get_params(self: Any, ctx: Any) -> list[Any]:
        """Return the parameters; those that typer adds have their help in the language in use."""
        found, known = super().get_params(ctx), words()  # type: ignore[misc]
        for one in found:
            if (text := getattr(one, "help", None)) in known:
                one.help = known[text]
        return list(found)

    def make_context(self: Any, *given: Any, **options: Any) -> Any:
        """Read the arguments."""
        try:
            return super().make_context(*given, **options)  # type: ignore[misc]
        except Exception as error:
            raise _in_language(error) from None

    def resolve_command(self: Any, *given: Any) -> Any:
        """Find the command that is named first."""
        try:
            return super().resolve_command(*given)  # type: ignore[misc]
        except Exception as error:
            raise _in_language(error) from None


def _in_language(error: Exception) -> Exception:
    """Return an error of typer, which has ``format_message``, with its text in the language in use."""
    if hasattr(error, "format_message") and type(error).__name__ != "NoArgsIsHelpError":
        text = told(error.format_message())
        error.format_message = lambda: text
    return error
