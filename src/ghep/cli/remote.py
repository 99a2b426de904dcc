"""A model behind the address of a server (``ghep serve``): predictions over HTTP, one request per input.

Loads neither torch nor an HTTP library besides Python's own.
"""

from __future__ import annotations

import http.client
import json
import os
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

import numpy as np

from ghep.errors import ConfigError, DataError
from ghep.export.base_predictor import refuse_rate
from ghep.export.prediction import Prediction, Predictions, judged
from ghep.metrics.conformal import LEVEL
from ghep.storage.regular import open_regular
from ghep.storage.text import reason
from ghep.types import Finding, Interval, Modality, Raw

TOKEN = "GHEP_TOKEN"
"""Environment variable with the token of the server."""
TIMEOUT = 120
"""Seconds until an answer must come."""
ATTEMPTS = 6
"""Requests for one input, if the server says that it is busy."""
LONGEST_WAIT = 10
"""Seconds between two of them at most, whatever the server says."""
OF_THE_INPUT = (400, 413, 415, 422)
"""Statuses that concern one input: the others are answered all the same."""
MOST_BYTES = 64 * 2**20
"""Size of an answer."""


def is_address(text: str) -> bool:
    """Return whether ``text`` is the address of a server, and not a path."""
    return text.startswith(("http://", "https://"))


class RemotePredictor:
    """Asks a running server, with the interface of a predictor as far as ``ghep predict`` needs it.

    Raises ConfigError if no server answers at ``address``, if it is no server of ghep, or if it wants another token.
    """

    columns: Mapping[str, Any]
    """Empty: a server does not tell which columns its model was trained on."""

    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/")
        self._place = _place(self.address)
        self._connection: http.client.HTTPConnection | None = None
        self.columns = {}
        status, said = self._ask("GET", "/openapi.json")
        self._close()
        told = said.get("info", {}).get("x-ghep") if isinstance(said.get("info"), dict) else None
        if status in (401, 403, 503):
            raise self._refused(status, said)
        if status != 200 or not isinstance(told, dict):
            raise ConfigError("remote-not-ghep", address=self.address)
        self.modality: Modality = told["modality"]
        self.pairs = bool(told["pairs"])
        self._exclusive = {one["name"]: bool(one["exclusive"]) for one in told["tasks"]}
        self._least = {one["name"]: one.get("least_abstain") for one in told["tasks"]}

    @property
    def tasks(self) -> tuple[str, ...]:
        """Names of the tasks."""
        return tuple(self._exclusive)

    def exclusive(self, task: str) -> bool:
        """Return whether each input has exactly one class of ``task``; False for multi-label tasks and regression."""
        return self._exclusive[task]

    def predict(
        self,
        inputs: Sequence[Raw],
        *,
        names: Sequence[str],
        progress: Callable[[int, int], None],
        report: Callable[[Finding], None],  # noqa: ARG002
        abstain: float | None = None,
    ) -> Predictions:
        """Return one prediction per input and task, in order.

        ``abstain`` replaces the rate at which the server withholds answers. The server itself watches for drift.
        Raises ConfigError if the server cannot be reached, refuses the token, or stays busy, or if its model cannot
        abstain at this rate.
        """
        if abstain is not None:
            refuse_rate(abstain, self._least)
        found = Predictions()
        try:
            for place, (raw, name) in enumerate(zip(inputs, names, strict=True)):
                found += self._one(raw, name)
                progress(place + 1, len(inputs))
        finally:
            self._close()
        return found if abstain is None else Predictions(judged(one, abstain) for one in found)

    def _one(self, raw: Raw, name: str) -> list[Prediction]:
        body, media = _body(raw)
        for attempt in range(ATTEMPTS):
            status, said = self._ask("POST", "/predict", body, {"Content-Type": media})
            if status != 503 or attempt == ATTEMPTS - 1:
                break
            time.sleep(min(LONGEST_WAIT, said["retry-after"]))
        rows = said.get("predictions")
        if status in (200, 422) and isinstance(rows, list):
            return [_prediction(row, name) for row in rows]
        if status in OF_THE_INPUT:
            problem = f"{said.get('code', status)}: {said.get('detail', '')}"
            return [Prediction(name, task, None, None, {}, problem) for task in self.tasks]
        raise self._refused(status, said)

    def _ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, dict[str, Any]]:
        """Send a request and return status and JSON of the answer; ``retry-after`` is always a number of seconds."""
        sent = {"Accept": "application/json", **(headers or {})}
        if os.environ.get(TOKEN):
            sent["Authorization"] = f"Bearer {os.environ[TOKEN]}"
        for again in (True, False):
            connection = self._connection or self._connected()
            fresh = self._connection is None
            try:
                connection.request(method, self._place.path + path, body, sent)
                answer = connection.getresponse()
                content = answer.read(MOST_BYTES)
                break
            except (OSError, http.client.HTTPException) as error:
                connection.close()
                self._connection = None
                if fresh or not again:  # a connection that was kept may have been closed in the meantime
                    raise ConfigError("remote-no-server", address=self.address, cause=_cause(error)) from None
        self._connection = connection
        if answer.will_close:
            self._close()
        try:
            said = json.loads(content)
        except ValueError:
            said = {}
        said = said if isinstance(said, dict) else {}
        wait = answer.headers.get("Retry-After", "1")
        return answer.status, {**said, "retry-after": int(wait) if wait.isdecimal() else 1}

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connected(self) -> http.client.HTTPConnection:
        place = self._place
        if place.scheme == "https":
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(place.hostname or "", place.port, timeout=TIMEOUT, context=context)
        return http.client.HTTPConnection(place.hostname or "", place.port, timeout=TIMEOUT)

    def _refused(self, status: int, said: Mapping[str, Any]) -> ConfigError:
        if status in (401, 403):
            given = "yes" if os.environ.get(TOKEN) else "no"
            return ConfigError("remote-not-permitted", address=self.address, variable=TOKEN, given=given)
        detail = f"{said.get('detail', '')!s:.300}"
        return ConfigError("remote-refused", address=self.address, status=status, detail=detail)


def _place(address: str) -> SplitResult:
    try:
        place = urlsplit(address)
        usable = bool(place.hostname) and place.port != 0 and not place.query and not place.fragment
    except ValueError:  # a port that is no number
        usable = False
    if not usable or place.username is not None:
        raise ConfigError("remote-address", address=f"{address:.100}")
    return place


def _body(raw: Raw) -> tuple[bytes, str]:
    """Return the body of a request for one input, and its media type; DataError for a file that cannot be read."""
    if isinstance(raw, Path):
        try:
            with open_regular(raw) as file:
                return file.read(), "application/octet-stream"
        except OSError as error:
            raise DataError("input-unreadable", path=raw, cause=reason(error)) from None
    if isinstance(raw, bytes):
        return raw, "application/octet-stream"
    if isinstance(raw, str):
        pair = getattr(raw, "first", None), getattr(raw, "second", None)
        value: Any = raw if pair[0] is None else list(pair)
        return json.dumps({"inputs": [value]}).encode(), "application/json"
    return _png(raw), "application/octet-stream"


def _png(raw: Any) -> bytes:
    """Return an image of PIL, or an array, as a PNG file."""
    import io

    from PIL import Image

    image = raw if isinstance(raw, Image.Image) else Image.fromarray(np.asarray(raw))
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def _prediction(row: Mapping[str, Any], name: str) -> Prediction:
    problem, interval = row.get("problem"), row.get("interval")
    return Prediction(
        name,
        row["task"],
        row["label"],
        row["probability"],
        dict(row["probabilities"]),
        "" if problem is None else f"{problem['reason']}: {problem['detail']}",
        row["value"],
        None if interval is None else Interval(interval[0], interval[1], LEVEL),
        familiarity=row.get("familiarity"),
        certainty=row.get("certainty"),
        abstained="" if not row.get("abstained") else "unfamiliar" if row.get("unfamiliar") else "undecided",
    )


def _cause(error: Exception) -> str:
    return reason(error) if isinstance(error, OSError) and error.strerror else str(error) or type(error).__name__
