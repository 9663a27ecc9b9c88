"""The columns of files as `cases`: read as the tables of any audit are, but by statements, so that no row comes here.

A chain of views, each a little nearer: `told` (what the files say), `placed` (instants), `dayed` and `begun` (local
days and their beginnings), `timed` (what cannot be read), `judged` (why a case is left out); then `coded`, which is
kept, and `cases`. Names get codes by a table of their own; of the names, only their codes enter a statement.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Any

import numpy as np

from evenhand.fairness.parity.rows import UNKNOWN, Ending, Period, Rows
from evenhand.fairness.parity.sums import MOST_GROUPS, fewer_codes, fewer_names
from evenhand.fairness.scale.engines import Engine
from evenhand.fairness.scale.statements import number, values
from evenhand.fairness.scale.summing import Cases
from evenhand.fairness.tables import plan as plans
from evenhand.fairness.tables import reading, zones
from evenhand.fairness.tables.asked import EMPTY, Asked, YesNo
from evenhand.fairness.tables.columns import listed
from evenhand.fairness.tables.dates import named, pattern_of
from evenhand.fairness.tables.errors import CannotRead
from evenhand.fairness.tables.lengths import seconds, unit_of
from evenhand.fairness.tables.parts import BAD_SHOWN, planned
from evenhand.fairness.tables.plan import BAD, MISSING
from evenhand.fairness.tables.source import Source
from evenhand.fairness.tables.words import money, yes_or_no
from evenhand.fairness.tables.zones import FIRST, LAST
from evenhand.stats.columns import Ints

MOST_NAMES = 100_000
"""More different names than this in one column are no groups, no needs, and too long a statement."""

_DONE_HERE = frozenset(
    (
        *("start", "end", "wait", "by", "need", "solved", "standard", "in_time", "remedy", "amount", "recoded", "day"),
        *("where", "unanswered", "censored_at", "missing", "leaves_out", "zone", "dates", "cells"),
        *("sheet", "profile", "keep"),
    )
)
"""What may be asked of an engine. Whatever else may be asked is refused, not passed over."""

_DAY = 86_400


def project(
    engine: Engine,
    tables: Sequence[Source],
    asked: Asked,
    *,
    now: datetime | None = None,
    on_step: Callable[[str], None] = lambda _: None,
) -> tuple[Cases, Rows]:
    """Makes the engine's table `cases`. Returns what it holds, and, as rows without a case, what was read, left out,
    assumed and warned of. now: a time later than this is nobody's answer yet. Raises CannotRead."""
    for each in fields(asked):
        if each.name not in _DONE_HERE and getattr(asked, each.name):
            option = f"--{each.name.replace('_', '-')}"
            raise CannotRead(f"{option} is for rows in memory only; leave out --engine {engine.name}.")
    asked = plans.settled(tables[0], asked)
    work = _Projection(engine, list(tables), asked, zones.checked(asked.zone or "UTC"))
    on_step("reading")
    work.tell()
    work.place()
    on_step("which cases can be read")
    work.close_the_book(now)
    work.judge()
    on_step("the cases")
    cases = work.code()
    nothing = np.zeros(0, dtype=np.int64)
    about = Rows(
        age=nothing,
        day=nothing,
        need=nothing,
        needs=cases.needs,
        by=(),
        answer=Ending(nothing, np.zeros(0, dtype=np.bool_)),
        read=work.read,
        left_out=work.left_out,
        assumed={
            "censored_at": zones.told(work.censored_at),
            **reading.assumed_of(work.plans, asked, work.zone, tables),
            **work.assumed,
            "engine": engine.name,
        },
        warnings=tuple(reading.date_warnings(work.plans) + work.warnings),
        period=Period(asked.cells or Period.DAY),
        has_ends=cases.has_ends,
    )
    return cases, about


@dataclass
class _Names:
    """The names in one column, or in several together. texts: as they stand, by code; n: cases of each that are kept,
    where groups and needs hang on it."""

    texts: list[tuple[str, ...]]
    n: Ints


@dataclass
class _Projection:
    engine: Engine
    tables: list[Source]
    asked: Asked
    zone: str
    read: int = 0
    left_out: dict[str, int] = field(default_factory=dict)
    assumed: dict[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    censored_at: int = 0

    def __post_init__(self) -> None:
        self.plans = [planned(each, self.asked) for each in self.tables]
        reading.refuse_mixed(self.plans)
        self.plan = self.plans[0]
        self.roles = list(self.plan.times)
        self.has_time = {role: any(each.times[role].has_time for each in self.plans) for role in self.roles}
        self.parsed = [role for role in ("start", "end", "solved", "day") if role in self.roles]
        self.told = " and ".join(each.told for each in self.tables)
        self.has_time.setdefault("end", True)
        self.has_ends = "end" in self.roles or bool(self.asked.wait)
        self.reasons: dict[int, str] = {}
        self.changes: tuple[list[int], list[int]] = ([], [0])
        self.on_the_wall: list[int] = []
        self.joins: list[str] = []
        self.negative = 0

    def one(self, query: str) -> dict[str, Any]:
        """The only row of an answer."""
        return {name: column[0].item() for name, column in self.engine.ask(query).items()}

    def tell(self) -> None:
        """`told`, and how many rows there are."""
        parts, kept = [], 0
        for each in self.plans:
            asks: list[str] = []
            for role, times in each.times.items():
                asks += [
                    f"{self.engine.seconds(times)} AS {role}_said",
                    f"{self.engine.is_zoned(times)} AS {role}_zoned",
                ]
            asks += [f"coalesce({column.raw()}, '') AS {_plainly(role)}_text" for role, column in each.coded.items()]
            for role, column in each.numbers.items():
                value = self.engine.number(column)
                # Neither NaN nor infinite. The plain questions trust a file's statistics, which know of no NaN.
                known = f"CASE WHEN {value} - {value} = 0e0 THEN {value} END"
                asks.append(f"{known} AS {role}_number")
            if each.unanswered:
                asks.append(f"({each.never_answered()}) AS unanswered")
            parts.append(f"SELECT {', '.join(asks)} FROM {each.source.table} {each.condition()}")
            conditions = each.conditions()
            counts = [
                f"count(CASE WHEN {' AND '.join(conditions[: nth + 1])} THEN 1 END) AS kept{nth}"
                for nth in range(len(conditions))
            ]
            found = list(self.one(f"SELECT {', '.join(['count(*) AS n', *counts])} FROM {each.source.table}").values())
            reading.refuse_broken(each.source, int(found[0]), self.asked)
            self.read += int(found[0]) + sum(each.source.left_out.values())
            for why, many in each.source.left_out.items():
                self._leave_out(why, many)
            for before, after, (where, column) in zip(found, found[1:], each.where, strict=False):
                self._leave_out(where.why_not(column.name), int(before) - int(after))
            kept += int(found[-1])
        self.engine.view("told", " UNION ALL ".join(parts))
        if self.read == 0:
            raise CannotRead(f"{self.told} has a header and no rows.")
        if not kept:
            raise self._nothing_left()

    def _leave_out(self, why: str, many: int) -> None:
        if many:
            self.left_out[why] = self.left_out.get(why, 0) + many

    def place(self) -> None:
        """`placed`, `dayed`, `begun`: instants, local days, and the instants at which these begin."""
        asks = []
        for role in self.roles:
            known = f"CASE WHEN {role}_said BETWEEN {FIRST} AND {LAST} THEN {role}_said END"
            asks += [f"coalesce(min({known}), {LAST}) AS {role}_low", f"coalesce(max({known}), {FIRST}) AS {role}_high"]
        reach = self.one(f"SELECT {', '.join(asks)} FROM told")
        low = min(int(reach[f"{role}_low"]) for role in self.roles)
        high = max(int(reach[f"{role}_high"]) for role in self.roles)
        self.reach = low, high
        self.is_ever_ended = "end" in self.roles and int(reach["end_low"]) <= int(reach["end_high"])
        if self.zone != "UTC" and low <= high:
            changes, offsets = zones.offsets_between(self.zone, low - 2 * _DAY, high + 2 * _DAY)
            self.changes = changes.tolist(), offsets.tolist()
            self.on_the_wall = (changes + np.maximum(offsets[:-1], offsets[1:])).tolist()
        placed = []
        for role in self.roles:
            said = f"{role}_said"
            offset = f"CASE WHEN {role}_zoned THEN 0 ELSE {self._offset_on_the_wall(said)} END"
            placed.append(
                f"CASE WHEN {said} BETWEEN {FIRST} AND {LAST} THEN {said} - {offset} "
                f"WHEN {said} = {MISSING}{' OR unanswered' if self._may_be_none(role) else ''} THEN {MISSING} "
                f"ELSE {BAD} END AS {role}_at"
            )
        self.engine.view("said", f"SELECT told.*, {', '.join(placed)} FROM told")
        self.engine.view(
            "placed",
            f"SELECT said.*, {self._end_by_wait()} FROM said" if "end" not in self.roles else "SELECT * FROM said",
        )
        whose = "day" if "day" in self.roles else "start"
        self.engine.view(
            "dayed",
            f"SELECT placed.*, {self._day(f'{whose}_at')} AS day, {self._day('start_at')} AS start_day FROM placed",
        )
        midnight = f"start_day * {_DAY}"
        begins = f"CASE WHEN start_at > {BAD} THEN {midnight} - {self._offset_on_the_wall(midnight)} ELSE start_at END"
        self.engine.view("begun", f"SELECT dayed.*, {begins} AS start_begins FROM dayed")

    def _end_by_wait(self) -> str:
        """SQL: the end, so long after the beginning; how long that is; and both missing where nobody said."""
        if not self.asked.wait:
            return f"{MISSING} AS end_at, CAST(NULL AS DOUBLE) AS took"
        if "wait" not in self.plan.numbers:
            raise CannotRead(
                f"Lengths of time in words ({self.asked.wait[0]!r}) are read in memory only; leave out --engine."
            )
        column = self.plan.numbers["wait"]
        took = f"wait_number * {number(1.0 if column.is_length else unit_of(column.name))}"
        if self.plan.unanswered:
            took = f"CASE WHEN unanswered AND {took} < 0e0 THEN NULL ELSE {took} END"
        # To the nearest second, and to the even one from the middle, as everywhere.
        nearest = (
            f"CASE WHEN {took} - floor({took}) = 5e-1 THEN 2e0 * floor((floor({took}) + 1e0) / 2e0) "
            f"ELSE floor({took} + 5e-1) END"
        )
        ends = (
            f"CASE WHEN {took} >= 0e0 AND start_at > {BAD} THEN start_at + CAST({nearest} AS BIGINT) ELSE {MISSING} END"
        )
        return f"{ends} AS end_at, {took} AS took"

    def _offset_on_the_wall(self, wall: str) -> str:
        """Seconds that clocks are ahead of UTC when they show this; as `zones.instants` has it."""
        return _by_steps(wall, self.on_the_wall, self.changes[1])

    def _day(self, instant: str) -> str:
        offset = _by_steps(instant, self.changes[0], self.changes[1])
        return f"CAST(floor(({instant} + {offset}) / {number(_DAY)}) AS BIGINT)"

    def close_the_book(self, now: datetime | None) -> None:
        """`timed`: which rows have times that can be used; and when the table was taken."""
        start = "start_at"
        if not self.has_time["end"] and self.has_time["start"] and self.is_ever_ended:
            start = "start_begins"
            self.assumed["resolution"] = "days, since the end has no time of day"
        elif "end" in self.roles and self.has_time["end"] and not self.has_time["start"]:
            self.warnings.append(reading.from_midnight(self._name("start")))
        cases = []
        for role in self.parsed:
            cases.append(f"WHEN {role}_at = {BAD} THEN {self._reason(f'{self._name(role)} cannot be read')}")
        if self.asked.wait:
            cases.append(f"WHEN took < 0e0 THEN {self._reason(f'{self.asked.wait[0]} is negative')}")
            self.negative = len(self.reasons)
        for role in ("start", "day"):
            if role in self.roles:
                cases.append(f"WHEN {role}_at = {MISSING} THEN {self._reason(f'no {self._name(role)}')}")
        self.engine.view(
            "timed", f"SELECT begun.*, {start} AS began, CASE {' '.join(cases)} ELSE 0 END AS early FROM begun"
        )
        if self.asked.censored_at and "censored_at" not in self.roles:
            self.censored_at = self._said(self.asked.censored_at[0])
            self.assumed["cut_off"] = "as said"
        else:
            self.censored_at = self._latest(int((now or datetime.now(UTC)).timestamp()) + _DAY)
        longest = max(self.reach[1], self.censored_at) - self.reach[0] + 2 * _DAY
        self.length = "INT" if longest < 2**31 else "BIGINT"  # what sorts in half the room sorts sooner

    def _latest(self, allowed: int) -> int:
        by_column = "censored_at" in self.roles
        roles = ["censored_at"] if by_column else ["start", *self._ends()]
        asks = []
        for role in roles:
            at = "began" if role == "start" else f"{role}_at"
            asks.append(
                f"coalesce(max(CASE WHEN {at} > {BAD} AND {at} <= {allowed} THEN {at} END), {MISSING}) AS {role}"
            )
            asks.append(f"count(CASE WHEN {at} > {allowed} THEN 1 END) AS {role}_later")
        found = self.one(f"SELECT {', '.join(asks)} FROM timed WHERE early = 0")
        latest = max(int(found[role]) for role in roles)
        if latest == MISSING:
            raise CannotRead(f"{self.told}: no time lies before now; is the year right?")
        if later := sum(int(found[f"{role}_later"]) for role in roles):
            self.warnings.append(reading.in_the_future(later))
        self.assumed["cut_off"] = f"at the latest time in {self._name('censored_at') if by_column else 'the table'}"
        return latest

    def _said(self, given: str) -> int:
        if pattern_of(given) is None:
            header = [column.name for column in self.plan.source.columns]
            raise CannotRead(
                f"--censored-at {given!r} is neither a time like 2026-05-03T12:00 nor a column."
                f" The columns are {listed(header)}."
            )
        way = named("month-first" if not self.asked.dates or self.asked.dates.startswith("%") else self.asked.dates)
        way = way.with_more([given])
        row = self.plan.source.con.execute(
            f"SELECT {way.seconds('g')}, {way.is_zoned('g')} FROM (SELECT CAST(? AS VARCHAR) AS g)", [given]
        ).fetchone()
        assert row is not None
        if row[0] is None:
            raise CannotRead(f"--censored-at {given!r} is no time; write it like 2026-05-03T12:00.")
        return int(row[0]) if row[1] else int(zones.instants(np.array([row[0]], np.int64), self.zone)[0])

    def _name(self, role: str) -> str:
        return reading.name_of(self.plan, "wait" if role == "end" and self.asked.wait else role)

    def _ends(self) -> list[str]:
        """The endings there are."""
        return [role for role in ("end", "solved") if role in self.roles or (role == "end" and self.asked.wait)]

    def _may_be_none(self, role: str) -> bool:
        """Whether what this column says may be the end of a case closed without an answer, which is none."""
        return role in plans.ENDS and bool(self.plan.unanswered)

    def _came(self, role: str) -> str:
        """SQL: whether this ending is known to have come, be it in time that is over or not."""
        return f"{role}_at > {BAD}" + (" AND NOT unanswered" if self._may_be_none(role) else "")

    def _reason(self, why: str) -> int:
        """A number for a reason, rising in the order in which reasons go."""
        self.reasons[len(self.reasons) + 1] = why
        return len(self.reasons)

    def _begins(self, role: str) -> str:
        """From when the wait until this ending counts: the day's beginning where the ending has no time of day."""
        return "start_begins" if not self.has_time[role] and self.has_time["start"] else "began"

    def judge(self) -> None:
        """`judged`: why each case is left out, 0 where it is kept."""
        early = len(self.reasons)
        ends = self._ends()
        cases = []
        for role in ends:
            code = self._reason(f"{self._name(role)} before {self._name('start')}")
            cases.append(f"WHEN {self._came(role)} AND {role}_at < {self._begins(role)} THEN {code}")
        cases.append(f"WHEN began > {self.censored_at} THEN {self._reason('began after the table was taken')}")
        self.engine.view(
            "judged",
            f"SELECT timed.*, CASE WHEN early <> 0 THEN early {' '.join(cases)} ELSE 0 END AS reason FROM timed",
        )
        counts = [f"count(CASE WHEN {self._came(role)} THEN 1 END) AS {role}_known" for role in ends]
        asks = ", ".join(["reason", "count(*) AS n", *counts])
        found = self.engine.ask(f"SELECT {asks} FROM judged GROUP BY reason")
        many = {int(reason): int(n) for reason, n in zip(found["reason"], found["n"], strict=True)}
        rest = sum(many.values())
        for code in range(1, early + 1):
            gone = many.get(code, 0)
            if code <= len(self.parsed) and gone > reading.MOST_BAD * rest and not self.asked.leaves_out:
                whose = self.parsed[code - 1]
                raise CannotRead(
                    f"{self.told}: {gone:,} of {rest:,} times in {self._name(whose)!r} cannot be read:"
                    f" {self._bad_shown(whose)}. Say how they are written with --dates (day-first, month-first, or a"
                    " format like '%d.%m.%Y %H:%M'), or leave those rows out with --leave-out."
                )
            if code == self.negative and gone > reading.MOST_BAD * rest and not self.asked.leaves_out:
                raise CannotRead(
                    f"{self.told}: {gone:,} of {rest:,} waits in {self.asked.wait[0]!r} are negative;"
                    " leave them out with --leave-out."
                )
            rest -= gone
        for nth, ending in enumerate(ends):
            later = (found["reason"] == 0) | (found["reason"] > early + nth)
            of, gone = int(found[f"{ending}_known"][later].sum()), many.get(early + 1 + nth, 0)
            if gone > reading.MOST_BAD * max(of, 1) and not self.asked.leaves_out:
                swapped = " Are start and end swapped?" if gone * 2 > of else ""
                raise CannotRead(
                    f"{self.told}: {gone:,} of {of:,} cases end ({self._name(ending)}) before they begin"
                    f" ({self._name('start')}).{swapped} Name other columns, or leave those rows out with --leave-out."
                )
        for code, why in self.reasons.items():
            self._leave_out(why, many.get(code, 0))
        if not many.get(0):
            raise self._nothing_left()

    def _nothing_left(self) -> CannotRead:
        left = "; ".join(f"{n:,} × {why}" for why, n in self.left_out.items()) or "it has no rows"
        return CannotRead(f"No row of {self.told} is left: {left}.")

    def _bad_shown(self, role: str) -> str:
        some: list[str] = []
        for each in self.plans:
            times = each.times[role]
            said = self.engine.seconds(times)
            which = each.where_bad(role, f"{said} <> {MISSING} AND {said} NOT BETWEEN {FIRST} AND {LAST}")
            some += [repr(str(row[0])) for row in each.source.rows(times.text, f"{which} LIMIT {BAD_SHOWN}")]
        return ", ".join(some[:BAD_SHOWN])

    def code(self) -> Cases:
        """`coded` and `cases`: names as codes, lengths of time in seconds."""
        by = [f"by{nth}" for nth in range(len(self.asked.by))]
        need_texts = [f"need{nth}_text" for nth in range(len(plans.needs(self.asked)))]
        keys = {"need": need_texts} if need_texts else {}
        keys |= {role: [f"{role}_text"] for role in by}
        others = [role for role in ("recoded", "in_time", "remedy", "amount", "standard") if role in self.plan.coded]
        keys |= {role: [f"{role}_text"] for role in others}
        joins = [self._named(key, texts) for key, texts in keys.items()]
        columns = [f"names_{key}.code AS {key}_code" for key in keys]
        columns += [
            "CAST(day AS INT) AS day",
            f"CAST({self.censored_at} - began AS {self.length}) AS age",
            *self._ending("end", "answer"),
        ]
        has_solution = "solved" in self.roles
        if has_solution:
            columns += self._ending("solved", "solution")
        if self.plan.unanswered:
            columns.append("unanswered")
        columns += [f"{role}_number" for role in self.plan.numbers]
        if "standard" in self.roles:
            columns += [f"{self._due()} AS standard_promised", f"standard_at = {BAD} AS standard_is_bad"]
        self.engine.keep("coded", f"SELECT {', '.join(columns)} FROM judged {' '.join(joins)} WHERE reason = 0")
        names = {key: self._names(key) for key in keys}
        if self.plan.unanswered:
            many = self.one("SELECT count(CASE WHEN unanswered THEN 1 END) AS n FROM coded")["n"]
            self.assumed["unanswered"], warned = reading.unanswered_told(self.plan, int(many))
            self.warnings += warned

        final, needs = self._need(names.get("need"))
        groups = []
        for nth, role in enumerate(by):
            mapped, labels = self._by(nth, names[role])
            final[role] = mapped
            groups.append((self.plan.coded[f"by {nth}"].name, labels))
        standard = self._standard(names.get("standard"))
        in_time = self._yes_no("in_time", names["in_time"], self.asked.in_time) if self.asked.in_time else None
        if in_time is not None and self.plan.unanswered:
            in_time = f"CASE WHEN unanswered AND {in_time} = 1 THEN 0 ELSE {in_time} END"
        amount = self._amount("amount", names.get("amount")) if self.asked.amount else None
        remedy = None
        if self.asked.remedy:
            remedy = (
                None if "remedy" in self.plan.numbers else self._yes_no("remedy", names["remedy"], self.asked.remedy)
            )
            if remedy is None:
                paid = self._amount("remedy", names.get("remedy"), self.asked.remedy.column[0])
                remedy = f"CASE WHEN {paid} > 0e0 THEN 1 WHEN {paid} <= 0e0 THEN 0 END"
                amount = amount or paid
        if not self.has_ends and remedy is None and amount is None:
            raise CannotRead("Where no column says when a case ended, name what to compare: --remedy or --amount.")
        final |= {"day": self._period(), "age": "age", "answer_wait": "answer_wait", "answer_came": "answer_came"}
        if has_solution:
            final |= {"solution_wait": "solution_wait", "solution_came": "solution_came"}
        optional = {"standard": standard, "in_time": in_time, "remedy": remedy, "amount": amount}
        final |= {name: each for name, each in optional.items() if each is not None}
        if "recoded" in names:
            final["recoded"] = self._recoded(names["recoded"], needs)
        self.engine.view(
            "cases", f"SELECT {', '.join(f'{sql} AS {name}' for name, sql in final.items())} FROM {self._coded}"
        )
        return Cases(
            needs,
            tuple(groups),
            has_solution=has_solution,
            has_standard=standard is not None,
            has_in_time=in_time is not None,
            has_remedy=remedy is not None,
            has_amount=amount is not None,
            has_recoded="recoded" in names,
            has_ends=self.has_ends,
        )

    def _period(self) -> str:
        """SQL over `coded`: the first day of the period that a case's day lies in."""
        period = Period(self.asked.cells or Period.DAY)
        if period is Period.DAY:
            return "day"
        days = self.engine.ask("SELECT DISTINCT day FROM coded")["day"].astype(np.int64)
        pairs = list(zip(days.tolist(), period.begins(days).tolist(), strict=True))
        self.engine.keep("meant_day", f"SELECT * FROM {values('meant', ('day_of', 'day_meant'), pairs)}")
        self.joins.append("JOIN meant_day ON day = day_of")
        return "day_meant"

    def _named(self, key: str, texts: Sequence[str]) -> str:
        """Keeps a table of names with their codes; returns how it is joined."""
        listed_ = ", ".join(texts)
        self.engine.keep(
            f"names_{key}",
            f"SELECT {listed_}, CAST(row_number() OVER (ORDER BY {listed_}) - 1 AS INT) AS code "
            f"FROM (SELECT DISTINCT {listed_} FROM told) AS every",
        )
        return f"JOIN names_{key} ON " + " AND ".join(f"judged.{text} = names_{key}.{text}" for text in texts)

    def _names(self, key: str) -> _Names:
        counted = f"(SELECT {key}_code, count(*) AS n FROM coded GROUP BY {key}_code) AS counted"
        found = self.engine.ask(
            f"SELECT names_{key}.*, coalesce(n, 0) AS n FROM names_{key} LEFT JOIN {counted} ON code = {key}_code "
            "ORDER BY code"
            if key == "need" or key.startswith("by")
            else f"SELECT names_{key}.*, 0 AS n FROM names_{key} ORDER BY code"
        )
        *texts, codes, n = found.values()
        if len(codes) > MOST_NAMES:
            raise CannotRead(
                f"{self.told}: the column for {key.rstrip('0123456789')!r} has {len(codes):,} different values;"
                " name one that puts cases into groups."
            )
        return _Names(list(zip(*(column.tolist() for column in texts), strict=True)), n.astype(np.int64))

    def _labels(self, names: _Names) -> list[tuple[str, ...]]:
        missing = {word.casefold() for word in self.asked.missing}
        return [tuple(reading.cleaned_name(part, missing) for part in text) for text in names.texts]

    def _merged(self, names: _Names) -> tuple[Ints, list[tuple[str, ...]]]:
        """Of each code as it stands, the code among the labels that kept cases have; and these, in order."""
        labels = self._labels(names)
        used = sorted({label for label, n in zip(labels, names.n.tolist(), strict=True) if n})
        place = {label: nth for nth, label in enumerate(used)}
        return np.array([place.get(label, 0) for label in labels], dtype=np.int64), used

    def _mapped(self, key: str, to: Sequence[float | int | None]) -> str:
        """SQL over `coded`: what each code stands for; the code itself where that is the same."""
        if list(to) == list(range(len(to))):
            return f"{key}_code"
        some = [(nth, each) for nth, each in enumerate(to) if each is not None]
        if not some:
            return "CAST(NULL AS DOUBLE)"
        self.engine.keep(f"meant_{key}", f"SELECT * FROM {values('meant', (f'{key}_of', f'{key}_meant'), some)}")
        self.joins.append(f"LEFT JOIN meant_{key} ON {key}_code = {key}_of")
        return f"{key}_meant"

    @property
    def _coded(self) -> str:
        """`coded`, with what its codes were found to stand for beside it."""
        return " ".join(["coded", *self.joins])

    def _need(self, names: _Names | None) -> tuple[dict[str, str], tuple[str, ...]]:
        if names is None:
            return {"need": "0"}, ("every case",)
        code, used = self._merged(names)
        return {"need": self._mapped("need", code.tolist())}, tuple(
            " · ".join(part or EMPTY for part in label) for label in used
        )

    def _by(self, nth: int, names: _Names) -> tuple[str, tuple[str, ...]]:
        name = self.plan.coded[f"by {nth}"].name
        code, used = self._merged(names)
        labels = tuple(label or EMPTY for (label,) in used)
        if len(labels) < 2:
            raise CannotRead(
                f"{self.told}: all cases have one {name!r} ({labels[0]}), so there is nothing to compare;"
                " name another column with --by."
            )
        if len(labels) > reading.MOST_GROUPS:
            raise CannotRead(
                f"{self.told}: {name!r} has {len(labels):,} different values; a comparison needs a column of at"
                f" most {reading.MOST_GROUPS} groups."
            )
        if len(labels) > MOST_GROUPS:
            few = fewer_codes(np.bincount(code, weights=names.n, minlength=len(labels)).astype(np.int64))
            code, labels = few[code], fewer_names(labels, few)
        return self._mapped(f"by{nth}", code.tolist()), labels

    def _recoded(self, names: _Names, needs: Sequence[str]) -> str:
        place = {need: nth for nth, need in enumerate(needs)}
        found = [place.get(label) for (label,) in self._labels(names)]
        if all(each is None for each in found):
            raise CannotRead(
                f"{self.told}: no name in {self.asked.recoded[0]!r} is one of a need; the needs are"
                f" {listed(needs, 10)}."
            )
        return self._mapped("recoded", found)

    def _yes_no(self, role: str, names: _Names, asked: YesNo) -> str | None:
        """None where the column is one of numbers."""
        labels = [label for (label,) in self._labels(names)]
        used = sorted(set(labels))
        said = yes_or_no(used, asked.yes, asked.unknown)
        if said is None:
            if role == "remedy" and not asked.yes and all(money(label) is not None for label in used if label):
                return None
            neither = [label for label in used if yes_or_no([label]) is None]
            raise CannotRead(
                f"{self.told}: the column {asked.column[0]!r} says neither yes nor no: {listed(neither, 5)};"
                f" say which mean yes with --{role.replace('_', '-')} '{asked.column[0]}={neither[0]}'."
            )
        unknown: int | None = None
        if set(said) == {1, UNKNOWN}:
            self.assumed[role] = f"an empty {asked.column[0]} is a no, since no row says no"
            unknown = 0
        meant = {label: unknown if each == UNKNOWN else each for label, each in zip(used, said, strict=True)}
        return self._mapped(role, [meant.get(label) for label in labels])

    def _amount(self, role: str, names: _Names | None, name: str | None = None) -> str:
        name = name or self.asked.amount[0]
        if names is None:
            value = f"{role}_number"
        else:
            labels = [label for (label,) in self._labels(names)]
            read = [money(label) for label in labels]
            if wrong := sorted({label for label in labels if label and money(label) is None}):
                raise CannotRead(f"{self.told}: the column {name!r} has what is no amount: {listed(wrong, 3)}.")
            value = self._mapped(role, read)
        found = self.one(
            f"SELECT count(CASE WHEN {value} = 0e0 THEN 1 END) AS zeros, count(*) - count({value}) AS empty "
            f"FROM {self._coded}"
        )
        if found["empty"] and not found["zeros"]:
            self.assumed[role] = f"an empty {name} is nothing paid, since no row has a 0"
            return f"coalesce({value}, 0e0)"
        return value

    def _ending(self, role: str, name: str) -> list[str]:
        came = f"({self._came(role)} AND {role}_at <= {self.censored_at})"
        wait = f"greatest({role}_at - {self._begins(role)}, 0)"
        lasted = f"CASE WHEN {came} THEN {wait} ELSE {self.censored_at} - began END"
        return [f"CAST({lasted} AS {self.length}) AS {name}_wait", f"{came} AS {name}_came"]

    def _due(self) -> str:
        """Seconds from the beginning until the case was due; null where nobody said."""
        late = ""
        if not self.has_time["standard"] and self.has_time["start"]:
            late = f" + {_DAY}"
            self.assumed["standard"] = f"{self._name('standard')}, to the end of that day"
        return f"CASE WHEN standard_at > {BAD} THEN CAST(standard_at{late} - began AS DOUBLE) END"

    def _standard(self, names: _Names | None) -> str | None:
        """SQL: the seconds that each case was promised; null where none."""
        if not self.asked.standard:
            return None
        name = self.asked.standard[0]
        if "standard" in self.roles:
            value = "standard_promised"
            found = self.one(
                "SELECT count(CASE WHEN standard_promised <= 0e0 THEN 1 END) AS early, count(*) AS n, "
                "count(CASE WHEN standard_is_bad THEN 1 END) AS bad FROM coded"
            )
            if found["bad"] > reading.MOST_BAD * found["n"] and not self.asked.leaves_out:
                raise CannotRead(
                    f"{self.told}: {found['bad']:,} times in {name!r} cannot be read: {self._bad_shown('standard')}."
                )
            if found["early"]:
                self.warnings.append(
                    f"{found['early']:,} cases were due ({name}) when they began or before; they have no standard here."
                )
        elif "standard" in self.plan.numbers:
            column = self.plan.numbers["standard"]
            value = f"standard_number * {number(1.0 if column.is_length else unit_of(column.name))}"
        elif names is not None:
            unit = unit_of(self._name("standard"))
            labels = [label for (label,) in self._labels(names)]
            read = [reading.hours_or_length(label, float(_DAY), unit) for label in labels]
            if odd := sorted({label for label, each in zip(labels, read, strict=True) if label and each is None}):
                raise CannotRead(
                    f"{self.told}: the column {name!r} has what is no due date, hours or length of time:"
                    f" {listed(odd, 3)}."
                )
            value = self._mapped("standard", read)
        else:
            length = seconds(name, day=float(_DAY))
            assert length is not None
            if length <= 0:
                raise CannotRead(f"--standard {name}: a standard is longer than nothing; write it like 4h, 3d or P2D.")
            return number(length)
        value = f"CASE WHEN {value} > 0e0 THEN {value} END"
        if not self.one(f"SELECT count({value}) AS n FROM {self._coded}")["n"]:
            raise CannotRead(
                f"{self.told}: no case has a standard in {name!r}; leave out --standard, or name another column."
            )
        return value


def _plainly(role: str) -> str:
    return role.replace(" ", "")


def _by_steps(value: str, changes: Sequence[int], offsets: Sequence[int]) -> str:
    """offsets[k] where k changes are not above the value."""
    if not changes:
        return str(offsets[0])
    steps = " ".join(f"WHEN {value} < {at} THEN {offset}" for at, offset in zip(changes, offsets, strict=False))
    return f"CASE {steps} ELSE {offsets[-1]} END"
