"""Which columns of one table are read, and the SQL that turns each into numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import duckdb

from evenhand.fairness.tables import columns, dates, profiles
from evenhand.fairness.tables.asked import Asked, Names, Where
from evenhand.fairness.tables.columns import listed, near, same_name
from evenhand.fairness.tables.dates import Order, Way, quoted
from evenhand.fairness.tables.errors import CannotRead
from evenhand.fairness.tables.source import Column, Source
from evenhand.fairness.tables.zones import FIRST, LAST

SAMPLES = 1000

MISSING = -(2**62)
BAD = MISSING + 1
"""In a column of seconds: nothing stands there; what stands there is no time."""

NO_TIME = ("0", "null", "none", "nan", "nat", "n/a", "na", "-", "?")
"""Words in a column of times that stand for nothing."""

ENDS = ("end", "solved")
"""Columns of times that say when something came."""

NONE = "none"
"""What `--need` says where all cases are one need, and `--end` where the table says of no case when it ended."""


@dataclass(frozen=True)
class Times:
    """A column of points in time, or two that are joined: a date and a time of day. way: None for a column of times."""

    role: str
    columns: tuple[Column, ...]
    way: Way | None
    missing: tuple[str, ...] = NO_TIME
    is_careful: bool = False
    """Take away blanks and words for nothing; that costs more than to read the time, so only where it is needed."""

    @property
    def name(self) -> str:
        return "+".join(column.name for column in self.columns)

    @property
    def has_time(self) -> bool:
        return self.columns[0].kind != "DATE" if self.way is None else self.way.has_time

    @property
    def text(self) -> str:
        """SQL: what stands there, NULL where nothing does, or a word for nothing."""
        words = ", ".join(quoted(word.casefold()) for word in dict.fromkeys(self.missing))
        first, *others = (
            f"CASE WHEN lower({column.text()}) IN ({words}) THEN NULL ELSE {column.text()} END"
            for column in self.columns
        )
        rest = "".join(f" || coalesce(' ' || {other}, '')" for other in others)
        return f"({first}{rest})"

    @property
    def seconds(self) -> str:
        """SQL: whole seconds since 1970, of any size; MISSING, or BAD."""
        if self.way is None:
            column = self.columns[0].sql
            as_time = f"CAST({column} AS TIMESTAMP)" if self.columns[0].kind == "DATE" else column
            return f"coalesce(epoch_us({as_time}) // 1000000, {MISSING})"
        text = self.columns[0].raw() if self._is_plain else self.text
        nothing = f"CASE WHEN {text} IS NULL OR {text} = '' THEN {MISSING} ELSE {BAD} END"
        return f"coalesce({self.way.seconds(text)}, {nothing})"

    @property
    def _is_plain(self) -> bool:
        return len(self.columns) == 1 and not self.is_careful

    @property
    def is_bad(self) -> str:
        """SQL: whether something stands there, and no time that could be meant."""
        return f"({self.seconds} NOT BETWEEN {FIRST} AND {LAST} AND {self.seconds} <> {MISSING})"

    @property
    def is_zoned(self) -> str:
        """SQL: whether it names its own zone."""
        if self.way is None:
            return "true" if self.columns[0].is_zoned else "false"
        return self.way.is_zoned(self.columns[0].raw() if self._is_plain else self.text)


@dataclass(frozen=True)
class Plan:
    """What is read from one table. times, coded and numbers: by role."""

    source: Source
    times: dict[str, Times]
    coded: dict[str, Column]
    numbers: dict[str, Column]
    where: tuple[tuple[Where, Column], ...]
    one_per: Column | None
    unanswered: tuple[tuple[Where, Column], ...] = ()

    def conditions(self) -> list[str]:
        """SQL: one condition for each `where`, in order."""
        return [_holds(where, column) for where, column in self.where]

    def condition(self) -> str:
        found = self.conditions()
        return f"WHERE {' AND '.join(found)}" if found else ""

    def never_answered(self) -> str:
        """SQL: whether a case was closed without an answer; nothing where nobody said how that is told."""
        return " OR ".join(_holds(where, column) for where, column in self.unanswered)

    def where_bad(self, role: str, is_bad: str) -> str:
        """SQL: the rows that count in which a column of times cannot be read. is_bad: SQL, of one row."""
        found = [*self.conditions(), is_bad]
        if role in ENDS and self.unanswered:
            found.append(f"NOT ({self.never_answered()})")
        return f"WHERE {' AND '.join(found)}"


def _holds(where: Where, column: Column) -> str:
    values = ", ".join(quoted(value) for value in where.values)
    return f"coalesce({column.text()}, '') {'NOT ' if where.is_not else ''}IN ({values})"


def settled(source: Source, asked: Asked) -> Asked:
    """What is asked, with the columns that nobody named guessed from the header. Raises CannotRead."""
    header = [column.name for column in source.columns]
    unknown: list[str] = []

    def one(flag: str, known: Sequence[str], what: str) -> Names:
        hits = columns.guessed(header, known)
        if len(hits) == 1:
            return (hits[0],)
        why = f"any of {listed(hits)} could be" if hits else "no column is known to be"
        unknown.append(f"{why} {what}; name it with --{flag} COLUMN.")
        return ()

    whole = replace(
        asked,
        start=asked.start or one("start", columns.START, "when a case began"),
        end=asked.end or (() if asked.wait else one("end", columns.END, "when it was answered")),
        by=asked.by or (one("by", columns.BY, "the group to compare by"),),
        need=asked.need or (one("need", columns.NEED, "the need (or say --need none)"),),
    )
    if unknown:
        first, *others = unknown
        why = " ".join([first, *(each[:1].upper() + each[1:] for each in others)])
        raise CannotRead(f"{source.told}: {why} The columns are {listed(header)}.{_by_profile(source, asked)}")
    if asked.profile and has(source, whole.start):
        _check_profile(source, whole, asked.profile)
    if whole.end and has(source, whole.start) and has(source, whole.end):
        start, end = found(source, whole.start), found(source, whole.end)
        if start == end:
            raise CannotRead(
                f"{source.told}: {start.name!r} is both when a case began and when it was answered, so nobody would"
                " have waited; name another column with --start or --end."
            )
    for group in whole.by:
        for need in needs(whole):
            if has(source, group) and has(source, need) and found(source, group) == found(source, need):
                raise CannotRead(
                    f"{source.told}: {found(source, group).name!r} is both the group and the need, so no two groups"
                    " have the same need; name another column with --by or --need (or say --need none)."
                )
    return whole


def _check_profile(source: Source, asked: Asked, named: str) -> None:
    """What the profile takes for the groups and the need is there. Raises CannotRead, with the option that says it."""
    profile = profiles.profile(named)
    for flag, mine, theirs in (("by", asked.by, profile.by), ("need", needs(asked), profile.need)):
        for names in mine:
            if names in theirs and not has(source, names):
                raise CannotRead(
                    f"{source.told}: there is no column {names[0]!r}, which the profile {named} takes for --{flag};"
                    f" name yours with --{flag}. The columns are {listed([each.name for each in source.columns])}."
                )


def _by_profile(source: Source, asked: Asked) -> str:
    """A word on the profiles that know a table with these columns."""
    if asked.profile:
        return ""
    fits = []
    for name in profiles.shipped():
        known = profiles.profile(name)
        roles = (known.start, known.end or known.wait, *known.by)
        if all(has(source, names) or names == (NONE,) for names in roles):
            fits.append(f"--profile {name}")
    return f" It has the columns that {' and '.join(fits)} {'knows' if len(fits) == 1 else 'know'}." if fits else ""


def needs(asked: Asked) -> tuple[Names, ...]:
    """The columns of the need; none where all cases are one need."""
    return () if asked.need == ((NONE,),) else asked.need


def found(source: Source, names: Names) -> Column:
    """The column of the first of these spellings that the table has. Raises CannotRead."""
    for name in names:
        if (column := source.column(name)) is not None:
            return column
    header = [column.name for column in source.columns]
    for name in names:
        alike = [each for each in header if same_name(each, name)]
        if len(alike) > 1:
            raise CannotRead(f"{source.told}: {len(alike)} columns are called {names[0]!r}; rename all but one.")
    close = [each for name in names for each in near(name, header)]
    meant = f" Did you mean {' or '.join(repr(each) for each in dict.fromkeys(close))}?" if close else ""
    raise CannotRead(f"{source.told}: there is no column {names[0]!r}.{meant} The columns are {listed(header)}.")


def has(source: Source, names: Names) -> bool:
    return any(source.column(name) is not None for name in names)


def joined(source: Source, names: Names) -> tuple[Column, ...]:
    """The column of that name, or the two of a name like "Date+Time". Raises CannotRead."""
    if has(source, names):
        return (found(source, names),)
    for name in names:
        parts = tuple(part.strip() for part in name.split("+"))
        if len(parts) == 2 and all(has(source, (part,)) for part in parts):
            return tuple(found(source, (part,)) for part in parts)
    return (found(source, (names[0].partition("+")[0].strip() if "+" in names[0] else names[0], *names[1:])),)


def samples(source: Source, text: str, where: str) -> list[str]:
    """The first texts of a column, in the order of the table."""
    both = f"{where} AND" if where else "WHERE"
    return [str(row[0]) for row in source.rows(text, f"{both} {text} IS NOT NULL LIMIT {SAMPLES}")]


def times(source: Source, role: str, names: Names, where: str, asked: Asked) -> Times:
    """How a column of points in time is read: by its type, as somebody said, or as its first texts are written."""
    group = joined(source, names)
    if len(group) == 1 and group[0].is_time:
        return Times(role, group, None)
    if len(group) == 1 and group[0].kind in ("FLOAT", "DOUBLE"):
        group = (Column(group[0].name, f"TRY_CAST({group[0].sql} AS BIGINT)", "BIGINT"),)
    plain = Times(role, group, Way(), (*NO_TIME, *asked.missing))
    way = _way(source, asked.dates) if asked.dates else Way()
    if not way.own:
        way = way.with_more(samples(source, plain.text, where))
    return replace(plain, way=way)


def _way(source: Source, given: str) -> Way:
    way = dates.named(given)
    try:
        source.con.execute(f"SELECT {way.seconds('g')} FROM (SELECT 'x' AS g)")
    except duckdb.Error as error:
        raise CannotRead(
            f"--dates {given!r} is neither day-first, month-first, iso nor excel, nor a format like '%d.%m.%Y %H:%M'."
        ) from error
    if way.own and not all("%" in each for each in way.own):
        raise CannotRead(f"--dates {given!r} names no part of a date; write it like '%d.%m.%Y %H:%M'.")
    return way


def ordered(source: Source, each: Sequence[Times], where: str) -> list[Times]:
    """The same with the order of day and month settled from all that stands in the table, for all columns at once."""
    open_ones = [one for one in each if one.way is not None and one.way.needs_order and one.way.order is None]
    if not open_ones:
        return list(each)
    texts = [one.text for one in open_ones]
    seen = [dates.decide(samples(source, text, where)) for text in texts]
    no_month_first, no_day_first = (any(part) for part in zip(*seen, strict=True))
    if no_month_first == no_day_first:
        asks = ", ".join(
            f"count(*) FILTER (WHERE {over})"
            for over in (
                " OR ".join(pair) for pair in zip(*(dates.parts_over_twelve(text) for text in texts), strict=True)
            )
        )
        over_first, over_second = source.rows(asks, where, doing="Looking at the dates")[0]
        is_guessed = over_first == over_second
        order = Order.DAY_FIRST if over_first > over_second else Order.MONTH_FIRST
        if is_guessed and all(
            "." in pattern.format
            for one in open_ones
            for pattern in (one.way or Way()).patterns
            if pattern.is_open_order
        ):
            order, is_guessed = Order.DAY_FIRST, False  # 3.4.2015 is written where the day comes first
    else:
        order, is_guessed = (Order.DAY_FIRST if no_month_first else Order.MONTH_FIRST), False
    return [
        replace(one, way=replace(one.way, order=order, is_guessed=is_guessed))
        if one in open_ones and one.way is not None
        else one
        for one in each
    ]
