"""Plan a comparison: its runs, their cost and their order."""
