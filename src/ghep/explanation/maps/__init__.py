"""What a model sees in a photo: where it finds evidence for a class, its feature maps, and what fine-tuning changed."""
