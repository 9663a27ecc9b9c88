"""Points in time written as text: which way, found from samples; and the SQL that reads a column of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum

_MONTH = r"(?P<month>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)(?P<rest>[a-z]*)"
_DATES = (
    r"(?P<y>\d{4})(?P<s>[-/.])\d{1,2}(?P=s)\d{1,2}",
    r"(?P<a>\d{1,2})(?P<s>[-/.])(?P<b>\d{1,2})(?P=s)(?P<y>\d{4}|\d{2})",
    rf"\d{{1,2}}(?P<s>[-/ ]){_MONTH}(?P<comma>,?)(?P=s)(?P<y>\d{{4}}|\d{{2}})",
    rf"{_MONTH} \d{{1,2}}(?P<comma>,?) (?P<y>\d{{4}})",
)
_TIME = (
    r"(?:(?P<gap>T|t|, ?| +)\d{1,2}:\d{2}(?P<seconds>:\d{2}(?P<fraction>[.,]\d{1,9})?)?"
    r"(?:(?P<space> ?)(?P<half>[AaPp][Mm]))?(?P<zone> ?(?:Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?))?)?"
)
_WEEKDAY = r"(?:(?P<weekday>(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*)(?P<pause>,? ))?"
_SHAPES = tuple(re.compile(f"{_WEEKDAY}{date}{_TIME}", re.IGNORECASE) for date in _DATES)
_SECONDS = re.compile(r"\d{9,10}(?:\.\d+)?")
_MILLISECONDS = re.compile(r"\d{12,13}(?:\.0)?")
_EXCEL = re.compile(r"[2-7]\d{4}\.\d+")
_COMPACT = re.compile(r"(?:19|20|21)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?P<time>T?\d{6})?")

ZONED = r"[0-9](?: ?(?:Z|UTC|GMT|[+-][0-9]{2}(?::?[0-9]{2})?))$"
"""What ends a time that carries its own zone; only for texts longer than a date."""


class Order(StrEnum):
    """Which comes first in 3/4/2015."""

    MONTH_FIRST = "month first"
    DAY_FIRST = "day first"


@dataclass(frozen=True, slots=True)
class Pattern:
    """One way of writing a point in time. format: for strptime, {a} and {b} where day and month are; "iso" and the
    epochs are read without."""

    format: str
    is_date: bool = False
    is_zoned: bool = False
    is_open_order: bool = False
    """Day and month could change places."""

    def ordered(self, order: Order) -> str:
        if not self.is_open_order:
            return self.format
        first, second = ("%m", "%d") if order is Order.MONTH_FIRST else ("%d", "%m")
        return self.format.replace("{a}", first).replace("{b}", second)


ISO, ISO_ZONED, ISO_DATE = Pattern("iso"), Pattern("iso", is_zoned=True), Pattern("iso", is_date=True)
EPOCH_S, EPOCH_MS = Pattern("epoch seconds", is_zoned=True), Pattern("epoch milliseconds", is_zoned=True)
EXCEL = Pattern("days as Excel counts them")
"""Days since the last of 1899, 1970 began on day 25,569; guessed where parts of a day stand behind a point."""


def pattern_of(text: str) -> Pattern | None:
    """How one text writes a point in time; None where it does not."""
    text = text.strip()
    if _COMPACT.fullmatch(text):
        time = {8: "", 14: "%H%M%S", 15: "T%H%M%S"}[len(text)]
        return Pattern(f"%Y%m%d{time}", is_date=not time)
    if _SECONDS.fullmatch(text):
        return EPOCH_S
    if _MILLISECONDS.fullmatch(text):
        return EPOCH_MS
    if _EXCEL.fullmatch(text):
        return EXCEL
    for nth, shape in enumerate(_SHAPES):
        if found := shape.fullmatch(text):
            return _pattern(nth, found.groupdict())
    return None


def _pattern(nth: int, part: dict[str, str | None]) -> Pattern:
    gap, zone = part["gap"], part["zone"]
    is_date = gap is None
    year = "%Y" if len(part["y"] or "") == 4 else "%y"
    separator = part.get("s") or " "
    # The cast reads the year first, 24 hours, and zones without a blank before them.
    is_iso = (
        nth == 0
        and separator in "-/"
        and part["weekday"] is None
        and part["half"] is None
        and (is_date or gap in ("T", " "))
        and "," not in (part["fraction"] or "")
        and (zone is None or zone[0] != " ")
    )
    if is_iso:
        return ISO_DATE if is_date else ISO_ZONED if zone else ISO
    month = "%b" if not part.get("rest") else "%B"
    date = (
        f"%Y{separator}%m{separator}%d",
        f"{{a}}{separator}{{b}}{separator}{year}",
        f"%d{separator}{month}{part.get('comma') or ''}{separator}{year}",
        f"{month} %d{part.get('comma') or ''} {year}",
    )[nth]
    if weekday := part["weekday"]:
        date = ("%a" if len(weekday) == 3 else "%A") + (part["pause"] or "") + date
    time = ""
    if not is_date:
        time = (gap or "") + ("%I:%M" if part["half"] else "%H:%M")
        if part["seconds"]:
            time += ":%S"
        if fraction := part["fraction"]:
            time += fraction[0] + ("%f" if len(fraction) <= 7 else "%n")
        if part["half"]:
            time += f"{part['space']}%p"
        if zone:
            time += " " * (len(zone) - len(zone.lstrip())) + ("%z" if zone.strip()[0] in "+-" else "%Z")
    return Pattern(date + time, is_date, zone is not None, is_open_order=nth == 1)


@dataclass(frozen=True)
class Way:
    """How a column writes points in time. order: of day and month, None while nothing hangs on it."""

    patterns: tuple[Pattern, ...] = ()
    order: Order | None = None
    is_guessed: bool = False
    """Whether the order could be either, and was taken to be month first."""
    own: tuple[str, ...] = field(default=())
    """Formats that somebody named."""

    def __bool__(self) -> bool:
        return bool(self.patterns or self.own)

    @property
    def has_zone(self) -> bool:
        return any(each.is_zoned for each in self.patterns) or any("%z" in own or "%Z" in own for own in self.own)

    @property
    def may_lack_zone(self) -> bool:
        return any(not each.is_zoned for each in self.patterns) or any(
            "%z" not in own and "%Z" not in own for own in self.own
        )

    @property
    def has_time(self) -> bool:
        return any(not each.is_date for each in self.patterns) or any(
            "%H" in own or "%I" in own or "%c" in own for own in self.own
        )

    @property
    def needs_order(self) -> bool:
        return any(each.is_open_order for each in self.patterns)

    def with_more(self, texts: Iterable[str]) -> Way:
        """The same with whatever ways these texts are written in; in order of first use."""
        seen = dict.fromkeys(self.patterns)
        seen.update(dict.fromkeys(found for text in texts if (found := pattern_of(text))))
        return replace(self, patterns=tuple(seen))

    def told(self) -> str:
        """For people: the formats."""
        order = self.order or Order.MONTH_FIRST
        ways = [each.ordered(order) for each in self.patterns] or list(self.own)
        return ", ".join(dict.fromkeys("ISO 8601" if way == "iso" else way for way in ways))

    def seconds(self, text: str) -> str:
        """SQL: whole seconds since 1970 of a text, NULL where it cannot be read.

        A time with a zone is read as that instant, one without as if its zone were UTC.
        """
        order = self.order or Order.MONTH_FIRST
        tries = []
        if any(each.format == "iso" for each in self.patterns):
            kind = "TIMESTAMPTZ" if self.has_zone else "TIMESTAMP"
            tries.append(f"epoch_us(TRY_CAST({text} AS {kind})) // 1000000")
        formats = [each.ordered(order) for each in self.patterns if "%" in each.format] + list(self.own)
        for zoned in (False, True):
            if some := [way for way in formats if ("%z" in way.lower()) == zoned]:
                listed = ", ".join(quoted(way) for way in dict.fromkeys(some))
                tries.append(f"epoch_us(try_strptime({text}, [{listed}])) // 1000000")
        if EPOCH_S in self.patterns:
            tries.append(f"nullif(TRY_CAST(floor(TRY_CAST({text} AS DOUBLE)) AS BIGINT), 0)")
        elif EPOCH_MS in self.patterns:
            tries.append(f"nullif(TRY_CAST(floor(TRY_CAST({text} AS DOUBLE) / 1000) AS BIGINT), 0)")
        if EXCEL in self.patterns:
            days = f"TRY_CAST({text} AS DOUBLE)"
            tries.append(
                f"CASE WHEN {days} BETWEEN 20000 AND 80000 THEN CAST(round(({days} - 25569) * 86400) AS BIGINT) END"
            )
        if not tries:
            return "CAST(NULL AS BIGINT)"
        return f"coalesce({', '.join(tries)})" if len(tries) > 1 else tries[0]

    def is_zoned(self, text: str) -> str:
        """SQL: whether a text names its own zone."""
        if not self.has_zone:
            return "false"
        if not self.may_lack_zone:
            return "true"
        is_epoch = f" OR regexp_full_match({text}, '[0-9]{{9,13}}([.][0-9]+)?')" if _is_epoch(self.patterns) else ""
        return f"(length({text}) > 10 AND regexp_matches({text}, {quoted(ZONED)})){is_epoch}"


def _is_epoch(patterns: tuple[Pattern, ...]) -> bool:
    return EPOCH_S in patterns or EPOCH_MS in patterns


def named(way: str) -> Way:
    """What `--dates` asks for: `day-first`, `month-first`, `iso`, `excel`, or formats as strptime knows them, parted by
    bars."""
    if way in ("day-first", "month-first"):
        return Way(order=Order(way.replace("-", " ")))
    if way == "iso":
        return Way(patterns=(ISO, ISO_DATE))
    if way == "excel":
        return Way(patterns=(EXCEL,))
    return Way(own=tuple(part.strip() for part in way.split("|") if part.strip()))


def decide(samples: Iterable[str]) -> tuple[bool, bool]:
    """Whether any sample rules out that the month, and the day, comes first."""
    no_month_first = no_day_first = False
    for text in samples:
        if found := _SHAPES[1].fullmatch(text.strip()):
            no_month_first |= int(found["a"]) > 12
            no_day_first |= int(found["b"]) > 12
    return no_month_first, no_day_first


def parts_over_twelve(text: str) -> tuple[str, str]:
    """SQL: whether the first, and the second, number of a text like 22/04/2015 cannot be a month."""
    first, second = (
        f"TRY_CAST(regexp_extract({text}, '^[^0-9]*([0-9]{{1,2}})[-/.]([0-9]{{1,2}})[-/.]', {nth}) AS TINYINT) > 12"
        for nth in (1, 2)
    )
    return first, second


def quoted(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"
