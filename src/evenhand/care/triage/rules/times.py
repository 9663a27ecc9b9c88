"""The times to come that words name, and how far off they are."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from evenhand.care.triage.patterns import Parts, alternatives, beside

_KEPT = beside(__file__)
_NUMBERS = {word: float(value) for value, words in _KEPT["numbers"].items() for word in words.split()}
# A unit's first letter tells its hours in every language: minutes; hours, Stunden; days, Tage, jours.
_UNITS = {"m": 1 / 60, "h": 1.0, "s": 1.0, "u": 1.0, "d": 24.0, "t": 24.0, "j": 24.0}
_WEEKDAYS = {
    form: number
    for names in _KEPT["weekdays"].values()
    for number, name in enumerate(names)
    for form in (name.removesuffix("s?"), name.replace("?", ""))
}
_WORDS = Parts({"number_word": sorted(_NUMBERS, key=len, reverse=True), "weekday": _KEPT["weekdays"]})

_OF_LENGTH = Parts(_KEPT["length"]["parts"], _WORDS)
_LENGTH = _OF_LENGTH.exactly(_KEPT["length"]["named"])
_COUNTED = _OF_LENGTH.exactly(_KEPT["length"]["counted"])
_OF_CLOCK = Parts(_KEPT["clock"]["parts"])
_CLOCK = _OF_CLOCK.exactly(_KEPT["clock"]["pattern"])
_AT = _OF_CLOCK.exactly(_KEPT["clock"]["after"])
_THING = _OF_CLOCK.exactly(_KEPT["clock"]["not_before"])
_OF_DAY = Parts(_KEPT["day"]["parts"], _WORDS)
_DAY = _OF_DAY.exactly(_KEPT["day"]["pattern"])
_EVENING = _OF_DAY.exactly(_KEPT["day"]["evening"])
_ENDS: dict[str, int] = _KEPT["day_part"]["ends"]
_BEGINS: dict[str, int] = _KEPT["day_part"]["begins"]
_MIDNIGHT: list[str] = alternatives(_KEPT["reading"]["midnight"])
_SECOND_HALF: list[str] = alternatives(_KEPT["reading"]["second_half"])
_MINUTES: dict[str, int] = _KEPT["reading"]["minutes"]

_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Mention:
    """A time in the words: where it stands, and how many hours off (None: not known; `inf`: weeks away)."""

    start: int
    end: int
    hours: float | None


class _Day(NamedTuple):
    """A day in the words. midnight: when it begins, None if not known. hours: until it matters, if no hour is said."""

    find: re.Match[str]
    midnight: datetime | None
    hours: float | None

    @property
    def is_dated(self) -> bool:
        return bool(self.find["today"] or self.find["tomorrow"] or self.find["weekday"])


def times_in(matter: str, sent_at: datetime | None) -> list[Mention]:
    """Every time to come that the words name. sent_at: when the customer pressed send, in the place's own zone; without
    it only "in two hours" has a length. Doubt is settled towards less time left: "tomorrow" is nine in the morning."""
    found = [
        Mention(*find.span(), _length(next(group for group in find.groups() if group)))
        for find in _LENGTH.finditer(matter)
    ]
    days = [_Day(find, *_day_of(find, sent_at)) for find in _DAY.finditer(matter)]
    used: set[int] = set()
    for find in _CLOCK.finditer(matter):
        if not _is_a_time(find, matter):
            continue
        number = _nearest(find, days)
        if number is not None:
            used.add(number)
        found.append(Mention(*find.span(), _clock_hours(find, None if number is None else days[number], sent_at)))
    found += [Mention(*day.find.span(), day.hours) for number, day in enumerate(days) if number not in used]
    return found


def _length(words: str) -> float | None:
    if words.startswith(("half", "media", "einer halben", "une demi")):
        return 0.5
    if words.startswith(("quarter", "within", "in under")):
        return 0.25 if words.startswith("quarter") else 0.75
    found = _COUNTED.match(words)
    if found is None:
        return None
    number = _NUMBERS.get(found[1])
    number = float(found[1].replace(",", ".")) if number is None else number
    return (number + 0.5 if found[2] else number) * _UNITS[found[3][0]]


# --- days -----------------------------------------------------------------------------------------------------------
def _day_of(find: re.Match[str], sent_at: datetime | None) -> tuple[datetime | None, float | None]:
    """When the day that is meant begins and, where no hour is said, the hours until it matters."""
    if find["now"]:
        return sent_at, 0.5
    if find["later"]:
        return None, float("inf")
    if sent_at is None:
        return None, None
    midnight = sent_at.replace(hour=0, minute=0, second=0, microsecond=0)
    if find["today"]:
        left = _hours_left(midnight, _end_of_today(find), sent_at)
        return midnight, left if left > 0 else _hours_left(midnight, 24, sent_at)
    if find["tomorrow"]:
        day = midnight + timedelta(days=1)
        return day, _hours_left(day, _BEGINS.get((find["its"] or "").strip(), 9), sent_at)
    ahead = (_WEEKDAYS[find["weekday"]] - sent_at.weekday()) % 7
    day = midnight + timedelta(days=ahead)
    return day, _hours_left(day, 9, sent_at) if ahead else max(0.0, _hours_left(day, 18, sent_at))


def _hours_left(midnight: datetime, hour: int, sent_at: datetime) -> float:
    return (midnight + timedelta(hours=hour) - sent_at) / _HOUR


def _end_of_today(find: re.Match[str]) -> int:
    part = find["part"] or find["part_es"] or find["part_de"] or find["part_fr"]
    if part:
        return _ENDS.get(part, 18)
    return 22 if find["today"].startswith("toni") else 18


def _nearest(clock: re.Match[str], days: list[_Day]) -> int | None:
    """Which of the days the clock time belongs to: the one that begins nearest, less than 25 characters off."""
    near = [
        (abs(clock.start() - day.find.start()), number)
        for number, day in enumerate(days)
        if day.is_dated and day.find.start() - clock.end() < 25 and clock.start() - day.find.end() < 25
    ]
    return min(near)[1] if near else None


# --- the clock --------------------------------------------------------------------------------------------------------
def _is_a_time(find: re.Match[str], matter: str) -> bool:
    """A number alone is a time only after "at" and the like, and not where it counts or numbers something."""
    if any(find[said] for said in ("half_day", "sure", "minute", "named", "part", "word_half_day", "half")):
        return True
    follows_at = _AT.search(matter, max(0, find.start() - 12), find.start()) is not None
    return follows_at and _THING.match(matter, find.end()) is None


def _clock_hours(find: re.Match[str], day: _Day | None, sent_at: datetime | None) -> float | None:
    """Hours from `sent_at` to the clock time. Of two readings ("at six") the next to come is taken."""
    if sent_at is None:
        return None
    hour, minute, is_sure = _hour_and_minute(find)
    if day is not None and _EVENING.match(day.find[0]) and not is_sure and hour < 12:
        hour, is_sure = hour + 12, True
    base = day.midnight if day is not None else None
    midnight = sent_at.replace(hour=0, minute=0, second=0, microsecond=0)
    days = [base] if base is not None else [midnight, midnight + timedelta(days=1)]
    hours = [hour] if is_sure or hour > 12 else [hour % 12, hour % 12 + 12]
    lengths = sorted((each + timedelta(hours=h, minutes=minute) - sent_at) / _HOUR for each in days for h in hours)
    # A bare "six" tomorrow is more likely by day than at six at night, yet less time left is the safer reading.
    past = 0.0 if base is not None and base <= sent_at else lengths[-1]
    return next((length for length in lengths if length > 0), past)


def _hour_and_minute(find: re.Match[str]) -> tuple[int, int, bool]:
    """hour: 0 to 24. minute. And whether it is known which half of the day is meant."""
    if find["named"]:
        return (24, 0, True) if find["named"] in _MIDNIGHT else (12, 0, True)
    if find["word"]:
        hour = int(_NUMBERS[find["word"]]) if find["word"] != "eins" else 1
        minute, is_sure = _MINUTES.get(find["word_minute"] or "", 0), False
    else:
        hour, minute = int(find["hour"]), int(find["minute"] or 0)
        is_sure = find["hour"].startswith("0")
    hour, is_sure = _in_its_half(find, hour, is_sure)
    if find["half"] == "half past":
        minute = 30
    elif find["half"] == "quarter past":
        minute = 15
    elif find["half"] == "quarter to":
        hour, minute = (hour - 1) % 24, 45
    elif find["half"] == "halb":
        hour, minute = (hour - 1) % 24, 30
    return hour, minute, is_sure


def _in_its_half(find: re.Match[str], hour: int, is_sure: bool) -> tuple[int, bool]:
    half_day = (find["half_day"] or find["word_half_day"] or "").replace(".", "")
    part = find["part"] or ""
    if half_day == "pm" or any(word in part for word in _SECOND_HALF):
        return hour % 12 + 12, True
    if half_day == "am" or part:
        return hour % 12, True
    return hour, is_sure or hour > 12
