"""The kinds of backbones, one file each; ``catalog.FAMILIES`` has their order."""
