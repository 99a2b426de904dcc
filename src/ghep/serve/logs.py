"""Logs as JSON, one line per event on standard error: never an input, a file name, an address or a query."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

LOGGER = logging.getLogger("ghep.serve")


class JsonLines(logging.Formatter):
    """Formats a record as one line of JSON; fields are passed as ``extra={"fields": {...}}``."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        said: dict[str, Any] = {"time": moment, "level": record.levelname.lower(), "event": record.getMessage()}
        said |= getattr(record, "fields", {})
        if record.exc_info:
            said["error"] = self.formatException(record.exc_info)
        return json.dumps(said)


def log_to_stderr() -> None:
    """Send the logs of the server, and errors of the libraries that read requests, to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    for name, level in (("ghep.serve", logging.INFO), ("uvicorn", logging.ERROR), ("python_multipart", logging.ERROR)):
        logger = logging.getLogger(name)
        logger.handlers[:], logger.propagate = [handler], False
        logger.setLevel(level)
