"""What a comparison says, for people: one page that needs nothing else, its figures as files, and lines for a terminal.

In: ``Comparison`` and ``Evidence``, nothing else. Out: ``report.html`` and ``figures/``, or lines of text. Of several
tasks ``sharing.py`` and ``sharing_terminal.py`` do the same from ``SharedComparison`` and ``SharingEvidence``; they are
not imported here, for what they show is told in words that are made with this room's.
"""

from ghep.comparison.report.page import write_report
from ghep.comparison.report.terminal import terminal_lines

__all__ = ["terminal_lines", "write_report"]
