"""``ghep doctor``: all guards at once, on data with a backbone or on a finished run."""
