"""The model: one backbone, one head per task."""
