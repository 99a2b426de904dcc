# The words of typer, which reads the command line. The English is typer's own.

typer-usage = Usage:
typer-default = [default: {"{"}{"}"}]
typer-env-var = [env var: {"{"}{"}"}]
typer-required = [required]
typer-deprecated = {"(deprecated) "}
typer-arguments = Arguments
typer-options = Options
typer-commands = Commands
typer-error = Error
typer-aborted = Aborted.
typer-try-help = Try [blue]'{"{"}command_path{"}"} {"{"}help_option{"}"}'[/] for help.
typer-missing-command = Missing command.
typer-help = Show this message and exit.
typer-install-completion = Install completion for the current shell.
typer-show-completion = Show completion for the current shell, to copy it or customize the installation.
typer-install-completion-shell = Install completion for the specified shell.
typer-show-completion-shell = Show completion for the specified shell, to copy it or customize the installation.
typer-missing-argument = Missing argument '{ $name }'.{ $more ->
    [none] { "" }
   *[other] { $more }
 }
typer-missing-option = Missing option '{ $name }'.{ $more ->
    [none] { "" }
   *[other] { $more }
 }
typer-no-such-option = No such option: { $name }{ $names ->
    [none] { "" }
   *[other] { " " }(Possible options: { $names })
 }
typer-no-such-command-like = No such command '{ $name }'.{ $names ->
    [none] { "" }
   *[other] { " " }Did you mean { $names }?
 }
typer-option-requires = Option '{ $name }' requires an argument.
typer-option-takes-none = Option '{ $name }' does not take a value.
typer-not-valid = Invalid value for { $name }: { $value } is not a valid { $kind }.
typer-invalid-value = Invalid value for { $name }: { $cause }
typer-extra-arguments = Got unexpected extra arguments ({ $names })

# The language.

help-lang = Language of messages, help and reports: en (English) or vi (Tiếng Việt). Default: GHEP_LANG, else the language of the system.
language-unknown = there is no language "{ $name }"
    .remedy = choose one of: { OR($known) }
