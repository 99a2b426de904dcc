"""Make the runs of a comparison, in this process or in workers, with a ledger that survives kills."""
