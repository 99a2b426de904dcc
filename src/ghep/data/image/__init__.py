"""Images: the one loader, formats and bit depths, random views, the audit, and a linear model as the control."""
