"""Pretraining: a backbone trained on texts without labels, by the same loop as fine-tuning.

In: a corpus and the name of an objective. Out: a folder in Hugging Face's form that any backbone reader takes.
"""
