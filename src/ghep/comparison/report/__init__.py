"""The report of a comparison: one self-contained HTML page, its figures as files, and lines for a terminal.

In: ``Comparison`` and ``Evidence``. Out: ``report.html`` and ``figures/``, or lines of text. ``sharing.py`` and
``sharing_terminal.py`` do the same for several tasks, from ``SharedComparison`` and ``SharingEvidence``. These two are
not imported here, because the records of several tasks import the number formats of this package.
"""

from ghep.comparison.report.page import write_report
from ghep.comparison.report.terminal import terminal_lines

__all__ = ["terminal_lines", "write_report"]
