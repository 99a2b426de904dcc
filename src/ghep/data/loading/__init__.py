"""From checked examples to batches: preprocessing, padding, views, and inputs passed in memory."""
