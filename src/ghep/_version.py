"""The version of ghep, in a separate file, so that it can be read without importing the whole package."""

__version__ = "0.1.0"
