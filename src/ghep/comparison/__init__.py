"""Which strategy, from which backbone, is worth it on these labels: a grid of runs, their statistics, the report."""
