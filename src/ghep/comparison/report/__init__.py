"""What a comparison says, for people: one page that needs nothing else, its figures as files, and lines for a terminal.

In: ``Comparison`` and ``Evidence``, of several tasks ``SharedComparison`` and ``SharingEvidence``, nothing else. Out:
``report.html`` and ``figures/``, or lines of text.
"""

from ghep.comparison.report.page import write_report
from ghep.comparison.report.sharing import write_sharing_report
from ghep.comparison.report.sharing_terminal import sharing_lines
from ghep.comparison.report.terminal import terminal_lines

__all__ = ["sharing_lines", "terminal_lines", "write_report", "write_sharing_report"]
