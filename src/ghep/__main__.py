"""Run the command line, so that ``python -m ghep`` does the same as ``ghep``."""

from ghep.cli import main

main()
