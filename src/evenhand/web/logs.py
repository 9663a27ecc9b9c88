"""Log lines that say where something went wrong, never whose words, address or private link it met."""

from __future__ import annotations

import logging
import traceback
from pathlib import Path

OUR_OWN = ("evenhand", "granian", "_granian")
"""Loggers whose words are written with care: their messages are shown whole."""


class Discreet(logging.Formatter):
    """One line a record: time, level, logger, what happened, and the places an exception came through.

    A path may be a private link and an exception's text may hold a customer's words, so of other people's records
    only the template is shown ("Could not reach %s"), and of an exception only its kind and its places.
    """

    def format(self, record: logging.LogRecord) -> str:
        when = self.formatTime(record, "%Y-%m-%d %H:%M:%S")
        line = f"{when} {record.levelname} {record.name}: {_said(record)}"
        if record.exc_info and record.exc_info[1] is not None:
            line += f" ({_came_through(record.exc_info[1])})"
        return " ".join(line.split())


def _said(record: logging.LogRecord) -> str:
    if record.name.split(".")[0] in OUR_OWN:
        return record.getMessage()
    if status := getattr(record, "status_code", None):  # of Django's: the rest of it is the path
        return f"answered {status}"
    return str(record.msg) if record.args else f"a message from {Path(record.pathname).name}:{record.lineno}"


def _came_through(error: BaseException, most: int = 8) -> str:
    """The kind of an exception and the last places it came through, newest first."""
    frames = traceback.extract_tb(error.__traceback__)[-most:]
    places = (f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in reversed(frames))
    return f"{type(error).__name__} at " + " < ".join(places)
