"""An export that runs in a browser: a folder for any static server, and one HTML file for a double click."""
