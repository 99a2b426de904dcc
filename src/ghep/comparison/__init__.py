"""Compare strategies and backbones on the user's labels: a grid of runs, their statistics, a verdict and a report."""
