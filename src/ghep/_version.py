"""The version of ghep, in a file of its own: nothing has to import the whole package for it."""

__version__ = "0.1.0"
