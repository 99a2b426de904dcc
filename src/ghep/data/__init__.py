"""From files to batches: read a source, look at every picture once, split without leaks, load the same pixels."""
