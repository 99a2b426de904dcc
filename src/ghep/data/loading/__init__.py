"""From checked examples to batches: preprocessing, views, padding, and the check of inputs passed in memory."""
