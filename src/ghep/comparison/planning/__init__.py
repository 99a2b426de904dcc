"""Which runs a comparison makes, what they cost, and in which order they come."""
