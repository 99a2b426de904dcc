"""Images: loader, formats and bit depths, random views, the audit, and the linear control."""
