"""What happens by itself: each loop finds a row, claims it, does it, and looks again. A restart loses nothing.

Any number of processes may run the loops at once: whoever is first to a row does it, the others find nothing to do.
How long to rest is counted by a clock that is never set; what is due is judged by the time of day, each time anew.
What may take its time (the audit, the probes) runs in a thread beside the rest, so that no promise waits for it.
"""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db import close_old_connections, connection, transaction
from django.utils import timezone

from evenhand.care.ledger import writing as ledger
from evenhand.care.promises import outlook, watching
from evenhand.care.promises.models import Outlook
from evenhand.care.promises.watching import Moved
from evenhand.doors import outbox
from evenhand.fairness.live import night
from evenhand.fairness.practice import nights
from evenhand.web import ledger_heads
from evenhand.web.models import Beat

log = logging.getLogger(__name__)

Step = Callable[[datetime], bool]
"""Does one thing that is due at that time; True where there may be more to do."""

AT_MOST_AT_A_TIME = 500
"""Steps of one loop before the next one has its turn."""
REST = 1.0
FORECAST_EVERY = timedelta(seconds=60)
TRIED_AGAIN_AFTER = timedelta(minutes=10)
LEFT_AFTER = 5.0
"""Seconds a long step is waited for when all is to end."""


@dataclass
class Loop:
    """A step, how long to rest when there is nothing to do (seconds), whether a step may take its time, and how its
    last try went."""

    name: str
    step: Step
    rest: float = REST
    is_long: bool = False
    is_failing: bool = False
    _next: float = field(default=0.0, repr=False)

    def run(self, now: Callable[[], datetime], clock: Callable[[], float]) -> bool:
        """Do what is due; True where more is waiting."""
        if clock() < self._next:
            return False
        try:
            for _ in range(AT_MOST_AT_A_TIME):
                if not self.step(now()):
                    break
            else:
                return True
            self.is_failing = False
        except Exception as error:  # noqa: BLE001 - one loop's trouble must not stop the others
            # The kind alone: an error's text may hold a customer's words.
            log.error("The loop '%s' failed: %s", self.name, type(error.__cause__ or error).__name__)
            self.is_failing = True
            if not connection.in_atomic_block:
                close_old_connections()  # the next try has a new one, should the database have been away
        self._next = clock() + self.rest
        return False


def all_loops(data: Path) -> list[Loop]:
    """Every loop, the promises first: after a pause each one that fell due is judged before anything else."""
    return [
        Loop("break overdue promises", _and_tell(watching.break_one_overdue)),
        Loop("come back to customers", _and_tell(watching.come_back_to_one)),
        Loop("end lapsed leases", _and_tell(watching.end_one_lapsed_lease)),
        Loop("look ahead", look_ahead, rest=5.0),
        Loop("look at promises", _and_tell(partial(watching.look_at_one_promise, forecast_due=outlook.forecast_due))),
        Loop("carry messages", outbox.carry_one),
        Loop("audit", night.audit_if_due, rest=2.0, is_long=True),
        Loop("probe the line", nights.probe_if_due, rest=60.0, is_long=True),
        Loop("draw cases to be coded again", nights.draw_if_due, rest=600.0, is_long=True),
        Loop("keep the ledger's head", lambda now: _keep_head(data), rest=60.0),
    ]


def _and_tell(act: Callable[..., Moved | None]) -> Step:
    """Do it and put the message that tells of it into the outbox: both are kept, or neither.

    A row that fails is passed over for a while, so that it holds up nobody else's promise.
    """
    stuck: dict[int, datetime] = {}

    def step(now: datetime) -> bool:
        passed_over = {row for row, since in stuck.items() if timedelta(0) <= now - since < TRIED_AGAIN_AFTER}
        try:
            with transaction.atomic():
                moved = act(now, without=passed_over)
                if moved is not None:
                    outbox.tell(moved, now)
        except watching.Stuck as failed:
            stuck[failed.row] = now
            raise
        return moved is not None

    return step


def look_ahead(now: datetime) -> bool:
    """Forecast every line, unless another process did so within the minute; a forecast from the future is none."""
    last = Outlook.objects.order_by("-made_at").values_list("made_at", flat=True).first()
    if last is None or not timedelta(0) <= now - last < FORECAST_EVERY:
        outlook.look_ahead(now)
    return False


def _keep_head(data: Path) -> bool:
    ledger_heads.keep(data, ledger.head())
    return False


def beat(now: datetime, loops: list[Loop]) -> bool:
    """Say that the loops of this machine are alive, and which of them failed."""
    failing = ", ".join(loop.name for loop in loops if loop.is_failing)
    Beat.objects.update_or_create(machine=socket.gethostname()[:120], defaults={"at": now, "failing": failing[:300]})
    return False


def work(stop: threading.Event, loops: list[Loop] | None = None) -> None:
    """Run the loops until told to stop, those of long steps in a thread of their own.

    A long step that is still under way a little later is left: what it had not written down is done again.
    """
    loops = all_loops(settings.DATA) if loops is None else loops
    heart = Loop("show signs of life", lambda now: beat(now, loops), rest=30.0)
    long_ones = [loop for loop in loops if loop.is_long]
    beside = threading.Thread(target=_beside, args=(stop, long_ones), name="long loops", daemon=True)
    beside.start()
    _turn_by_turn(stop, [*(loop for loop in loops if not loop.is_long), heart])
    beside.join(LEFT_AFTER)


def _beside(stop: threading.Event, loops: list[Loop]) -> None:
    try:
        _turn_by_turn(stop, loops)
    finally:
        connection.close()  # each thread has one of its own


def _turn_by_turn(stop: threading.Event, loops: list[Loop]) -> None:
    while not stop.is_set():
        waiting = [loop for loop in loops if not stop.is_set() and loop.run(timezone.now, time.monotonic)]
        if not waiting:
            stop.wait(REST)
