"""Wall clocks to instants and back, for whole columns at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np

from evenhand.fairness.tables.errors import CannotRead
from evenhand.stats.columns import Ints

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = 86_400
_STEP = 7 * _DAY
FIRST, LAST = -2_208_988_800, 7_258_118_400
"""Seconds: 1900 and 2200. A time outside is a slip of the pen, or a word for "never"."""


def checked(zone: str) -> str:
    """The zone, where there is one of that name. Raises CannotRead."""
    try:
        ZoneInfo(zone)
    except (LookupError, ValueError, OSError) as error:
        raise CannotRead(f"{zone!r} is no zone that we know; write one like Europe/Berlin or UTC.") from error
    return zone


def instants(wall: Ints, zone: str) -> Ints:
    """Seconds shown by clocks in a zone → seconds in UTC. An hour that comes twice is its first coming; one that never
    comes is taken by the offset before it."""
    if zone == "UTC" or not len(wall):
        return wall
    changes, offsets = offsets_between(zone, int(wall.min()) - _DAY * 2, int(wall.max()) + _DAY * 2)
    if len(offsets) == 1:
        return np.asarray(wall - offsets[0], np.int64)
    # On the wall a change lies where the old offset ends; a jump ahead leaves a gap that the old offset still reads,
    # and a jump back an hour that the old one reads first.
    on_the_wall = changes + np.maximum(offsets[:-1], offsets[1:])
    return np.asarray(wall - offsets[np.searchsorted(on_the_wall, wall, side="right")], np.int64)


def days(instant: Ints, zone: str) -> Ints:
    """Seconds in UTC → the local day, in days since 1970-01-01."""
    if zone == "UTC" or not len(instant):
        return instant // _DAY
    changes, offsets = offsets_between(zone, int(instant.min()), int(instant.max()))
    if len(offsets) == 1:
        return np.asarray((instant + offsets[0]) // _DAY, np.int64)
    return np.asarray((instant + offsets[np.searchsorted(changes, instant, side="right")]) // _DAY, np.int64)


@lru_cache(maxsize=32)
def offsets_between(zone: str, first: int, last: int) -> tuple[Ints, Ints]:
    """changes: (K,) instants between first and last at which the offset changes. offsets: (K + 1,) seconds."""
    if last - first > 400 * 366 * _DAY:
        first, last = FIRST, LAST
    info = ZoneInfo(zone)
    changes: list[int] = []
    offsets = [_offset(info, first)]
    at = first
    while at < last:
        ahead = min(at + _STEP, last)
        if (offset := _offset(info, ahead)) != offsets[-1]:
            low, high = at, ahead
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if _offset(info, middle) == offsets[-1] else (low, middle)
            changes.append(high)
            offsets.append(offset)
        at = ahead
    return np.array(changes, np.int64), np.array(offsets, np.int64)


def _offset(info: ZoneInfo, instant: int) -> int:
    offset = (_EPOCH + timedelta(seconds=instant)).astimezone(info).utcoffset()
    assert offset is not None
    return round(offset.total_seconds())


def told(instant: int) -> str:
    """An instant in UTC as ISO 8601 writes it."""
    return (_EPOCH + timedelta(seconds=instant)).isoformat().replace("+00:00", "Z")
