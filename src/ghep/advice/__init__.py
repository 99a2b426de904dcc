"""Advice before fine-tuning: which backbone and strategy to try first, and how often such advice was right."""
