"""From checked examples to batches: preprocessing, padding, views, and inputs that are passed in memory."""
