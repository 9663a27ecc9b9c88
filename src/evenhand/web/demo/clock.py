"""The demo's clock: real time, put back to a quarter's eighth week at first, then moved by what a visitor let pass and
by the nights in which the demo was not running.

In demo mode alone, Django's `timezone.now` is replaced by it once, at start, so that pages and loops tell one time.
By how much it is moved stands in a file of the data folder, which every process of the demo reads again when it
changes. No stored time is touched: the ledger is append-only, and a promise keeps the time that was told.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from django.utils import timezone

FILE = "demo-clock"
_real: Callable[[], datetime] = timezone.now


class Clock:
    """Tells the demo's time. file: holds the seconds by which it is ahead of real time, or below zero behind."""

    def __init__(self, file: Path, real: Callable[[], datetime] = _real) -> None:
        self._file, self._real = file, real
        self._read: tuple[int, int] | None = None
        self._ahead = timedelta(0)

    def now(self) -> datetime:
        return self._real() + self.ahead()

    def ahead(self) -> timedelta:
        """By how much it is ahead; the file is read again only when it was written."""
        try:
            about = self._file.stat()
        except FileNotFoundError:
            return timedelta(0)
        if self._read != (about.st_mtime_ns, about.st_ino):
            self._ahead = timedelta(seconds=float(self._file.read_text(encoding="ascii")))
            self._read = (about.st_mtime_ns, about.st_ino)
        return self._ahead

    def let_pass(self, span: timedelta) -> None:
        self._keep(self.ahead() + span)

    def stand_at(self, moment: datetime) -> None:
        """Go on from this moment, whatever the real time is."""
        self._keep(moment - self._real())

    def _keep(self, ahead: timedelta) -> None:
        # Renamed into place: another process reads the old time or the new one, never half of it.
        new = self._file.with_suffix(f".{os.getpid()}")
        new.write_text(str(ahead.total_seconds()), encoding="ascii")
        new.replace(self._file)


def of(data: Path) -> Clock:
    """The clock of a demo's data folder."""
    return Clock(data / FILE)


def tell_time_by(clock: Clock) -> None:
    """Let the whole process tell this clock's time."""
    timezone.now = clock.now


def real_now() -> datetime:
    """The time of the visitor's own clock."""
    return _real()


def tell_real_time() -> None:
    timezone.now = _real
