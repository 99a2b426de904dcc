"""How several tasks share one backbone: which rows are drawn, how losses are weighted, how gradients are combined.

    settings.py     Sharing: the chosen settings, as plain values
    mixing.py       shares of rows: proportional, equal, square root, temperature
    weighting.py    the protocol of loss weightings, and their names
    fixed.py        given weights
    uncertainty.py  learnt weights, one over the loss (Kendall et al. 2018)
    gradnorm.py     gradients of equal norm, larger for tasks that are behind (Chen et al. 2018)
    dwa.py          larger weights for losses that fall slowly (Liu et al. 2019)
    surgery.py      the methods that combine conflicting gradients, by name
    pcgrad.py       remove from each gradient the part that opposes another (Yu et al. 2020)
    cagrad.py       the direction near the mean gradient that is best for the task that gains least (Liu et al. 2021)
    upgrad.py       project each gradient onto directions that harm no task (Quinton and Rey 2024)
    gram.py         inner products of gradients, and statistics of them

Everything here is arithmetic on counts, losses and gradients; the training loop (``training/``) provides them and uses
the results. Legend: T tasks, P trained parameters that the tasks share.
"""
