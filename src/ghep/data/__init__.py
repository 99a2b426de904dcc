"""From files to batches: read a source, check every example once, split without leaks, load the same pixels."""
