"""How several tasks share one trunk: whose rows come next, how much each loss counts, what to do where gradients clash.

    settings.py   Sharing: what was chosen, plain values
    mixing.py     shares of rows: proportional, equal, square root, temperature
    ...           a file for each way of weighting losses, and for each way of combining gradients

Everything here is arithmetic on counts, losses and gradients; the loop (``training/``) brings them and uses the result.
Legend: T tasks, P parameters of the trunk that move.
"""
