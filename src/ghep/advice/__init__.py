"""Which backbone and which strategy, before anything is fine-tuned, and how often such advice was right."""
