"""Analyse the runs of a comparison: statistics, label curves and the verdict."""
