"""Run an OpenVINO graph on the CPU, in float32. Sends no telemetry, and loads no PyTorch."""

from __future__ import annotations

import importlib.util
import platform
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from typing import Any

import numpy as np

from ghep.errors import ConfigError
from ghep.export.exported import Exported

GRAPH = "model.xml"
WEIGHTS = "model.bin"
WITHOUT_WHEELS = ("aarch64", "ARM64")
"""Processors without OpenVINO wheels on Linux and Windows, as in pyproject.toml; Apple's is called arm64."""
