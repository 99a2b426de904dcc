"""What a model sees: feature maps, where it looks, its ideal images, how little changes its answer."""
