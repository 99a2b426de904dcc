"""Engines that run the frozen part of a backbone, and the choice among them."""
