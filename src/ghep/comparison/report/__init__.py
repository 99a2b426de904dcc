"""What a comparison says, for people: one page that needs nothing else, its figures as files, and lines for a terminal.

In: ``Comparison`` and ``Evidence``, nothing else. Out: ``report.html`` and ``figures/``, or lines of text.
"""

from ghep.comparison.report.page import write_report
from ghep.comparison.report.terminal import terminal_lines

__all__ = ["terminal_lines", "write_report"]
