"""How several tasks share one trunk: whose rows come next, how much each loss counts, what to do where gradients clash.

    settings.py     Sharing: what was chosen, plain values
    mixing.py       shares of rows: proportional, equal, square root, temperature
    weighting.py    what a way of weighting losses must do; which name is which way
    fixed.py        weights that were given
    uncertainty.py  one over the loss, learnt (Kendall et al. 2018)
    gradnorm.py     gradients of like length, longer for who is behind (Chen et al. 2018)
    dwa.py          more for the loss that falls slowest (Liu et al. 2019)
    surgery.py      which name is which way of combining gradients
    pcgrad.py       take from each gradient what points against another (Yu et al. 2020)
    cagrad.py       near the mean, the best for who gains least (Liu et al. 2021)
    upgrad.py       project each gradient on what harms nobody (Quinton and Rey 2024)
    gram.py         products of gradients, and what they say of the tasks

Everything here is arithmetic on counts, losses and gradients; the loop (``training/``) brings them and uses the result.
Legend: T tasks, P parameters of the trunk that move.
"""
