"""Business hours: how long a place was open between two instants, for whole columns at once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np

from evenhand.care.clock.working import WEEKDAYS, CalendarError, WorkingTime
from evenhand.fairness.tables.errors import CannotRead
from evenhand.stats.columns import Floats, Ints

_SHORT = {name[:3]: nth for nth, name in enumerate(WEEKDAYS)} | {name: nth for nth, name in enumerate(WEEKDAYS)}
_SPELL = re.compile(r"\d{1,2}:\d{2}-\d{1,2}:\d{2}", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
HOW = 'write it like "mon-fri 09:00-17:00, sat 10:00-14:00 Europe/Berlin 2026-12-25", or name a TOML file'


@dataclass(frozen=True, slots=True)
class Hours:
    """The hours in which waits count. told: as it was asked for."""

    working: WorkingTime
    told: str

    @property
    def day(self) -> float:
        """Seconds of a working day: the mean over the weekdays that have hours."""
        return self.working.day_length.total_seconds()

    def clock(self, first: int, last: int) -> Callable[[Ints], Floats]:
        """A clock that runs while the place is open: (N,) instants → (N,) seconds open since `first`.

        first, last: seconds in UTC; every instant asked for lies between them.
        """
        if self.working.is_always:
            return lambda instants: (instants - first).astype(np.float64)
        since, until = (datetime.fromtimestamp(each, UTC) for each in (first, last + 1))
        stretches = self.working.opened_between(since, until)
        marks = np.empty(2 * len(stretches) + 2)
        marks[0], marks[-1] = first, last + 1
        marks[1:-1:2] = [opens.timestamp() for opens, _ in stretches]
        marks[2:-1:2] = [closes.timestamp() for _, closes in stretches]
        runs = np.zeros(len(marks))
        runs[2:-1:2] = marks[2:-1:2] - marks[1:-2:2]
        so_far = np.cumsum(runs)
        return lambda instants: np.interp(instants, marks, so_far)


def hours(given: str, zone: str | None) -> Hours:
    """Business hours from words or from a TOML file (zone, holidays, and hours by weekday). Raises CannotRead."""
    try:
        if given.endswith(".toml"):
            return _from_file(Path(given), zone)
        return _from_words(given, zone)
    except CalendarError as error:
        raise CannotRead(f"The calendar {given!r} cannot be used: {error}; {HOW}.") from error


def _from_words(given: str, zone: str | None) -> Hours:
    weekly: dict[int, list[tuple[str, str]]] = {}
    holidays: list[date] = []
    days: list[int] = []
    for word in given.replace(",", " ").replace(";", " ").split():
        if _SPELL.fullmatch(word):
            opens, closes = (part.zfill(5) for part in word.split("-"))
            if not days:
                raise CannotRead(f"The calendar {given!r} names no weekdays before {word}; {HOW}.")
            for day in days:
                weekly.setdefault(day, []).append((opens, closes))
        elif _DATE.fullmatch(word):
            holidays.append(_date(word, given))
        elif (found := _weekdays(word)) is not None:
            days = found
        elif zone is None or "/" in word or word == "UTC":
            zone = word
        else:
            raise CannotRead(f"The calendar {given!r} has {word!r}, which says nothing; {HOW}.")
    return Hours(WorkingTime(zone or "UTC", weekly, holidays), given)


def _weekdays(word: str) -> list[int] | None:
    first, dash, last = word.casefold().partition("-")
    if first not in _SHORT or (dash and last not in _SHORT):
        return None
    begin, end = _SHORT[first], _SHORT[last] if dash else _SHORT[first]
    return [day % 7 for day in range(begin, end + 1 if end >= begin else end + 8)]


def _date(word: str, given: str) -> date:
    try:
        return date.fromisoformat(word)
    except ValueError as error:
        raise CannotRead(f"The calendar {given!r} has {word}, which is no date.") from error


def _from_file(path: Path, zone: str | None) -> Hours:
    try:
        written: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise CannotRead(f"{path}: there is no such calendar file.") from error
    except (OSError, ValueError) as error:
        raise CannotRead(f"{path} cannot be read as TOML: {error}.") from error
    return from_table(written, zone, str(path))


def from_table(written: dict[str, Any], zone: str | None, told: str) -> Hours:
    """Business hours as TOML has them: {zone, holidays = [dates], hours = {"mon-fri" = ["09:00-17:00"]}}."""
    if unknown := set(written) - {"zone", "holidays", "hours"}:
        raise CannotRead(f"{told}: {sorted(unknown)[0]!r} is unknown; a calendar has zone, hours and holidays.")
    named = " ".join(
        f"{days} {' '.join([spells] if isinstance(spells, str) else spells)}"
        for days, spells in dict(written.get("hours", {})).items()
    )
    shut = " ".join(str(each) for each in written.get("holidays", ()))
    read = _from_words(f"{named} {shut}", str(written.get("zone") or zone or "UTC"))
    return Hours(read.working, told)
