"""The families of backbones, one file each; ``catalog.FAMILIES`` gives their order."""
