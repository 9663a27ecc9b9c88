"""Times in plain words, in the reader's language: what is left of a promise, when it falls due, how long a standard is.

Words of a language that is not here fall back to English. `static/ui/due-clock.js` keeps the same words true in the
browser; a test compares the two.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Final, Literal

MINUTE: Final = timedelta(minutes=1)
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
SOON: Final = 30 * MINUTE

State = Literal["ahead", "soon", "late"]


@dataclass(frozen=True)
class Words:
    """The words of one language; `{}` takes the length of time."""

    left: str
    late: str
    ahead: str
    ago: str
    under_a_minute: str
    day: str
    days: str
    units: dict[str, tuple[str, str, str, str]]  # one, many, one working, many working
    join: str
    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    date: str


ENGLISH: Final = Words(
    left="{} left",
    late="{} late",
    ahead="in {}",
    ago="{} ago",
    under_a_minute="under 1 min",
    day="1 day",
    days="{} days",
    units={
        "minute": ("minute", "minutes", "working minute", "working minutes"),
        "hour": ("hour", "hours", "working hour", "working hours"),
        "day": ("day", "days", "working day", "working days"),
    },
    join="{} and {}",
    weekdays=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    months=(
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
    date="{weekday} {day} {month}",
)
SPANISH: Final = Words(
    left="aún {}",
    late="{} de retraso",
    ahead="en {}",
    ago="hace {}",
    under_a_minute="menos de 1 min",
    day="1 día",
    days="{} días",
    units={
        "minute": ("minuto", "minutos", "minuto hábil", "minutos hábiles"),
        "hour": ("hora", "horas", "hora hábil", "horas hábiles"),
        "day": ("día", "días", "día hábil", "días hábiles"),
    },
    join="{} y {}",
    weekdays=("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
    months=(
        "enero",
        "febrero",
        "marzo",
        "abril",
        "mayo",
        "junio",
        "julio",
        "agosto",
        "septiembre",
        "octubre",
        "noviembre",
        "diciembre",
    ),
    date="{weekday} {day} de {month}",
)


def words_of(language: str) -> Words:
    return SPANISH if language.lower().startswith("es") else ENGLISH


def length(span: timedelta, language: str = "en") -> str:
    """A length of time as short as a chip: "18 min", "1 h 05 min", "3 h", "1 day". Rounded down, without its sign."""
    words = words_of(language)
    minutes = int(abs(span) / MINUTE)
    if minutes < 1:
        return words.under_a_minute
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 24 * 60:
        hours, rest = divmod(minutes, 60)
        return f"{hours} h {rest:02} min" if rest else f"{hours} h"
    days = minutes // (24 * 60)
    return words.day if days == 1 else words.days.format(days)


def time_left(due_at: datetime, now: datetime, language: str = "en") -> str:
    """What a chip says: "18 min left", "1 h 05 left", "12 min late"."""
    words = words_of(language)
    span = length(due_at - now, language)
    if " h " in span:
        span = span.removesuffix(" min")
    return (words.left if due_at >= now else words.late).format(span)


def time_until(due_at: datetime, now: datetime, language: str = "en") -> str:
    """What a sentence says: "in 2 h 10 min", "12 min ago"."""
    words = words_of(language)
    return (words.ahead if due_at >= now else words.ago).format(length(due_at - now, language))


def state(due_at: datetime, now: datetime, soon: timedelta = SOON) -> State:
    """How a promise stands that nobody has kept or broken yet."""
    if due_at < now:
        return "late"
    return "soon" if due_at - now <= soon else "ahead"


def soon_for(made_at: datetime | None, due_at: datetime) -> timedelta:
    """The last quarter of a promise is "soon", at most half an hour; without its start, half an hour is."""
    return SOON if made_at is None else max(MINUTE, min(SOON, (due_at - made_at) / 4))


def when(at: datetime, zone: tzinfo, now: datetime, language: str = "en") -> str:
    """A time as people say it there: "Tuesday 14:30"; with its date once the weekday alone could mean two days.
    at, now: aware. zone: the place's own. It names the day and never says "today", so that it stays true in a letter.
    """
    words = words_of(language)
    local, today = at.astimezone(zone), now.astimezone(zone)
    weekday = words.weekdays[local.weekday()]
    clock = f"{local:%H:%M}"
    if abs((local.date() - today.date()).days) < 7:
        return f"{weekday} {clock}"
    date = words.date.format(weekday=weekday, day=local.day, month=words.months[local.month - 1])
    if local.year != today.year:
        date = f"{date} {local.year}"
    return f"{date}, {clock}"


def duration(span: timedelta, language: str = "en", *, is_working: bool = False) -> str:
    """A length of time in whole words: "15 minutes", "1 hour and 30 minutes", "4 working hours", "3 working days".
    Seconds are left out; a whole number of days is said in days.
    """
    words = words_of(language)
    minutes = int(span / MINUTE)
    parts: list[tuple[int, str]] = []
    for unit, size in (("day", 24 * 60), ("hour", 60), ("minute", 1)):
        count, minutes = divmod(minutes, size)
        if count:
            parts.append((count, unit))
    if not parts:
        parts = [(0, "minute")]
    said = [f"{count} {words.units[unit][(count != 1) + 2 * is_working]}" for count, unit in parts[:2]]
    return said[0] if len(said) == 1 else words.join.format(*said)
