"""``python -m ghep`` is ``ghep``."""

from ghep.cli import main

main()
