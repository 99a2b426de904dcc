"""The model: a backbone with one head per task."""
