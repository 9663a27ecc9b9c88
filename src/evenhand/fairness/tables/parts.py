"""One table as columns of numbers, rows in its own order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from evenhand.fairness.tables import plan as plans
from evenhand.fairness.tables.asked import Asked
from evenhand.fairness.tables.dates import EPOCH_MS, EPOCH_S, pattern_of
from evenhand.fairness.tables.errors import CannotRead
from evenhand.fairness.tables.lengths import seconds
from evenhand.fairness.tables.plan import BAD, MISSING, Plan, Times
from evenhand.fairness.tables.source import BLANKS, Column, Source
from evenhand.fairness.tables.zones import FIRST, LAST, instants
from evenhand.stats.columns import Flags, Floats, Ints

MOST_NAMES = 1_000_000
BAD_SHOWN = 3
_ROUNDS = 3


@dataclass
class Coded:
    """A column of names. codes: (N,) 0 … len(labels) − 1, any unsigned type."""

    name: str
    codes: NDArray[Any]
    labels: list[str]


@dataclass
class Part:
    """The rows of one table that `where` keeps. times: (N,) seconds in UTC, MISSING or BAD. key: (N,) one number for
    each case, where rows of one case are to be found. read: rows of the table, before `where`. unanswered: (N,)
    closed without an answer; None where nobody said how that is told."""

    plan: Plan
    times: dict[str, Ints]
    coded: dict[str, Coded]
    numbers: dict[str, Floats]
    key: NDArray[np.uint64] | None
    read: int
    left_out: dict[str, int] = field(default_factory=dict)
    unanswered: Flags | None = None

    def __len__(self) -> int:
        return len(self.times["start"])


def part(source: Source, asked: Asked, zone: str) -> Part:
    """Read one table. Raises CannotRead."""
    while True:
        try:
            return _part(source, asked, zone)
        except (duckdb.Error, UnicodeDecodeError) as error:
            if source.path is None or source.is_mended:
                said = str(error).splitlines()[0].rstrip(".")
                raise CannotRead(f"{source.told} cannot be read as a table: {said}.") from error
            source.mend()


def _part(source: Source, asked: Asked, zone: str) -> Part:
    plan = planned(source, asked)
    counts, raw = _first_look(plan)
    for _ in range(_ROUNDS):
        columns = _columns(plan, raw)
        bad = {role: column == BAD for role, column in columns.times.items()}
        more = {role: _widened(plan, plan.times[role]) for role, is_bad in bad.items() if is_bad.any()}
        if all(plan.times[role] == new for role, new in more.items()):
            break
        widened = plans.ordered(source, [*(plan.times | more).values()], plan.condition())
        plan = replace(plan, times={one.role: one for one in widened})
    read, left_out = counts
    for role, zoned in columns.zoned.items():
        columns.times[role] = _in_utc(columns.times[role], zoned, zone)
    if columns.unanswered is not None:
        for role in plans.ENDS:
            if role in columns.times:  # what is no answer may be said in words
                columns.times[role][columns.unanswered & (columns.times[role] == BAD)] = MISSING
    return Part(
        plan,
        columns.times,
        columns.coded,
        columns.numbers,
        columns.key,
        read,
        {**source.left_out, **left_out},
        columns.unanswered,
    )


def planned(source: Source, asked: Asked) -> Plan:
    """Which columns are read, and how. Raises CannotRead."""
    for names in (asked.start, () if asked.end == (plans.NONE,) else asked.end):
        if names:
            plans.joined(source, names)
    where = tuple((each, plans.found(source, each.column)) for each in asked.where)
    one_per = plans.found(source, asked.one_per) if asked.one_per else None
    unanswered = tuple((each, plans.found(source, each.column)) for each in asked.unanswered)
    plan = Plan(source, {}, {}, {}, where, one_per, unanswered)
    condition = plan.condition()
    end = () if asked.end == (plans.NONE,) else asked.end
    roles = {"start": asked.start, "end": end, "solved": asked.solved, "day": asked.day}
    if asked.censored_at and plans.has(source, asked.censored_at):
        roles["censored_at"] = asked.censored_at
    times = [plans.times(source, role, names, condition, asked) for role, names in roles.items() if names]
    coded = {f"need {nth}": plans.found(source, names) for nth, names in enumerate(plans.needs(asked))}
    coded |= {f"by {nth}": plans.found(source, names) for nth, names in enumerate(asked.by)}
    numbers: dict[str, Column] = {}
    if asked.wait:
        column = plans.found(source, asked.wait)
        (numbers if column.is_number or column.is_length else coded)["wait"] = column
    if asked.recoded:
        coded["recoded"] = plans.found(source, asked.recoded)
    if asked.in_time:
        coded["in_time"] = plans.found(source, asked.in_time.column)
    if asked.remedy:
        column = plans.found(source, asked.remedy.column)
        (numbers if column.is_number and not asked.remedy.yes else coded)["remedy"] = column
    if asked.amount:
        column = plans.found(source, asked.amount)
        (numbers if column.is_number else coded)["amount"] = column
    if asked.standard and (plans.has(source, asked.standard) or seconds(asked.standard[0]) is None):
        column = plans.found(source, asked.standard)
        if column.is_number or column.is_length:
            numbers["standard"] = column
        elif column.is_time:
            times.append(plans.times(source, "standard", asked.standard, condition, asked))
        else:
            due = plans.times(source, "standard", asked.standard, condition, asked)
            some = plans.samples(source, due.text, condition)
            if some and sum(dates_like(text) for text in some) * 2 > len(some):
                times.append(due)
            else:
                coded["standard"] = column
    return replace(
        plan,
        times={one.role: one for one in plans.ordered(source, times, condition)},
        coded=coded,
        numbers=numbers,
    )


def dates_like(text: str) -> bool:
    return pattern_of(text) not in (None, EPOCH_S, EPOCH_MS)


def _first_look(plan: Plan) -> tuple[tuple[int, dict[str, int]], dict[str, list[str]]]:
    """Rows in all, those left out by `where`, and the names in each coded column as they stand."""
    conditions = plan.conditions()
    all_hold = " AND ".join(conditions) or "true"
    asks = ["count(*)"]
    asks += [f"count(*) FILTER (WHERE {' AND '.join(conditions[: nth + 1])})" for nth in range(len(conditions))]
    asks += [f"list(DISTINCT {column.raw()}) FILTER (WHERE {all_hold})" for column in plan.coded.values()]
    found = plan.source.rows(", ".join(asks), doing="Counting")[0]
    read, kept = int(found[0]), [int(each) for each in found[1 : len(conditions) + 1]]
    left_out: dict[str, int] = {}
    for before, after, (where, column) in zip([read, *kept], kept, plan.where, strict=False):
        if before > after:
            why = where.why_not(column.name)
            left_out[why] = left_out.get(why, 0) + before - after
    raw = {}
    for (role, column), some in zip(plan.coded.items(), found[len(conditions) + 1 :], strict=True):
        raw[role] = sorted(each for each in some or () if each is not None)
        if len(raw[role]) > MOST_NAMES:
            raise CannotRead(
                f"{plan.source.told}: the column {column.name!r} has {len(raw[role]):,} different values;"
                " name one that puts cases into groups."
            )
    return (read, left_out), raw


@dataclass
class _Columns:
    times: dict[str, Ints]
    zoned: dict[str, Any]
    coded: dict[str, Coded]
    numbers: dict[str, Floats]
    key: NDArray[np.uint64] | None
    unanswered: Flags | None


def _columns(plan: Plan, raw: dict[str, list[str]]) -> _Columns:
    """Fetch every column of the plan at once."""
    con = plan.source.con
    asks = []
    for nth, one in enumerate(plan.times.values()):
        asks.append(f"{one.seconds} AS t{nth}")
        if one.is_zoned not in ("true", "false"):
            asks.append(f"coalesce({one.is_zoned}, false) AS z{nth}")
    for nth, (role, column) in enumerate(plan.coded.items()):
        size = len(raw[role])
        kind = "UTINYINT" if size < 2**8 else "USMALLINT" if size < 2**16 else "UINTEGER"
        if size:
            con.execute(f"CREATE OR REPLACE TYPE names{nth} AS ENUM (SELECT unnest(?))", [raw[role]])
            asks.append(f"CAST(coalesce(enum_code(CAST({column.raw()} AS names{nth})), {size}) AS {kind}) AS c{nth}")
        else:
            asks.append(f"CAST(0 AS {kind}) AS c{nth}")
    for nth, column in enumerate(plan.numbers.values()):
        number = f"epoch(CAST({column.sql} AS INTERVAL))" if column.is_length else f"CAST({column.sql} AS DOUBLE)"
        asks.append(f"coalesce({number}, CAST('nan' AS DOUBLE)) AS n{nth}")
    if plan.one_per is not None:
        asks.append(f"hash(coalesce({plan.one_per.text()}, '')) AS k")
    if plan.unanswered:
        asks.append(f"({plan.never_answered()}) AS u")
    arrays = plan.source.arrays(", ".join(asks), plan.condition(), doing="Reading")
    times = {role: _possible(np.asarray(arrays[f"t{nth}"], np.int64)) for nth, role in enumerate(plan.times)}
    zoned: dict[str, Any] = {
        role: np.asarray(arrays[f"z{nth}"], bool) if f"z{nth}" in arrays else one.is_zoned == "true"
        for nth, (role, one) in enumerate(plan.times.items())
    }
    coded = {
        role: Coded(column.name, np.asarray(arrays[f"c{nth}"]), [*raw[role], ""])
        for nth, (role, column) in enumerate(plan.coded.items())
    }
    numbers = {role: np.asarray(arrays[f"n{nth}"], np.float64) for nth, role in enumerate(plan.numbers)}
    key = np.asarray(arrays["k"], np.uint64) if plan.one_per is not None else None
    unanswered = np.asarray(arrays["u"], bool) if plan.unanswered else None
    return _Columns(times, zoned, coded, numbers, key, unanswered)


def _possible(column: Ints) -> Ints:
    """The same, with times that nobody can mean as BAD."""
    column[((column < FIRST) & (column != MISSING)) | (column > LAST)] = BAD
    return column


def _widened(plan: Plan, one: Times) -> Times:
    """The same column, with whatever other ways of writing a time stand in it."""
    way = one.way
    if way is None or way.own:
        return one
    one = replace(one, is_careful=True)
    both = f"{plan.condition()} AND" if plan.condition() else "WHERE"
    odd = plan.source.rows(f"DISTINCT {one.text}", f"{both} {one.is_bad} LIMIT {plans.SAMPLES}")
    return replace(one, way=way.with_more(sorted(str(text) for (text,) in odd)))


def _in_utc(column: Ints, zoned: Any, zone: str) -> Ints:
    """Times without a zone are those of clocks in `zone`."""
    if zone == "UTC" or zoned is True:
        return column
    naive = (column > BAD) & ~np.asarray(zoned)
    if naive.all():
        return instants(column, zone)
    moved = column.copy()
    moved[naive] = instants(column[naive], zone)
    return moved


def bad_shown(part_: Part, role: str) -> str:
    """The first times that cannot be read, each with its line (its row, where there are no lines)."""
    plan, one = part_.plan, part_.plan.times[role]
    source = plan.source
    first = source.rows(one.text, f"{plan.where_bad(role, one.is_bad)} LIMIT {BAD_SHOWN}")
    texts = [str(text) for (text,) in first]
    lines = source.lines(_stands_in(plan, one, set(texts)), BAD_SHOWN)
    if lines:
        return ", ".join(f"{text!r} (line {line})" for text, line in zip(texts, lines, strict=False))
    return ", ".join(repr(text) for text in texts)


def _stands_in(plan: Plan, one: Times, texts: set[str]) -> Callable[[list[str]], bool]:
    """Whether a row of text is one that `where` keeps and that has one of these in the column."""
    order = {column.sql: nth for nth, column in enumerate(plan.source.columns)}
    places = [order.get(column.sql, -1) for column in one.columns]
    kept = [(order.get(column.sql, -1), where) for where, column in plan.where]

    def is_it(cells: list[str]) -> bool:
        stripped = [cell.strip(BLANKS) for cell in cells]
        if max([*places, *(place for place, _ in kept)]) >= len(stripped):
            return False
        if any((stripped[place] in where.values) == where.is_not for place, where in kept):
            return False
        return " ".join(stripped[place] for place in places if stripped[place]) in texts

    return is_it
