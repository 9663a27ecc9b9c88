"""Let time pass in the demo: the clock moves, and what fell due meanwhile happens, in order."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from evenhand.web import loops
from evenhand.web.demo.clock import Clock

STEP = timedelta(minutes=5)


def let_pass(span: timedelta, clock: Clock, data: Path) -> datetime:
    """Run every loop at each step of the way, then move the clock; returns what it shows.

    The loops of the running server may meet these at any row: whoever is first does it, as ever.
    """
    at, end = clock.now(), clock.now() + span
    while at < end:
        at = min(at + STEP, end)
        for loop in loops.all_loops(data):
            while loop.step(at):
                pass
    clock.let_pass(span)
    return end
